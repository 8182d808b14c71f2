//! 其中：… is at most what it is part of.

use super::Proposer;
use crate::model::{Operation, Origin, Relation, Shape};

impl Proposer<'_> {
    /// A column 其中：… is at most the total column before it, or the column before it.
    pub(super) fn of_which(&self, found: &[Relation]) -> Vec<Relation> {
        let table = self.view.table;
        let amounts = self.amounts();
        let starts = |at: usize| self.fields()[at].says.of_which;
        let mut relations = Vec::new();
        for &at in amounts.iter().filter(|at| starts(**at)) {
            let before =
                || {
                    amounts.iter().rev().copied().filter(|other| {
                        *other < at && !starts(*other) && self.same_measure(*other, at)
                    })
                };
            let Some(whole) =
                before().find(|other| self.is_total(*other)).or_else(|| before().next())
            else {
                continue;
            };
            let (own, of) = (table.fields[at].column, table.fields[whole].column);
            let rest =
                |field: usize| self.view.rulebook.words.rest_headers.stand_in(&self.key(field));
            let summed = found.iter().any(|relation| {
                matches!(&relation.shape, Shape::Fields { target, terms, .. }
                    if *target == of && terms.contains(&(own, 1)))
            });
            if summed || rest(at) || rest(whole) {
                continue;
            }
            let (mut holds, mut fails) = (0_u32, 0_u32);
            let mut rows = Vec::new();
            for &row in &self.rows {
                let (Some(part), Some(all)) =
                    (self.view.cell(row, at).value(), self.view.cell(row, whole).value())
                else {
                    continue;
                };
                if part.is_sign_negative() || all.is_sign_negative() {
                    continue;
                }
                if part <= all {
                    holds += 1;
                } else {
                    fails += 1;
                }
                rows.push(table.lines[row].row);
            }
            // More than one row against it, and 其中 speaks of something else.
            if rows.is_empty() || fails > 1 || fails == 1 && holds < 3 {
                continue;
            }
            relations.push(
                Relation::new(
                    "T05",
                    Operation::AtMost,
                    Shape::Fields { table: table.id, target: own, terms: vec![(of, 1)], rows },
                    Origin::Label,
                )
                .supported(holds, holds + fails),
            );
        }
        relations
    }
}
