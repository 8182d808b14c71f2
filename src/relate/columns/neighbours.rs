//! Signed sums of the columns beside a target: 期初 + 新增 − 偿还 = 期末.

use std::collections::BTreeSet;

use super::{Parts, Proposer, Score};
use crate::model::{EvidenceSet, Operation, Origin, Relation, Severity, Shape};
use crate::relate::view::Trial;

impl Proposer<'_> {
    /// Signed sums of the columns beside a target, found by the numbers of many rows: 期初 + 新增 − 偿还 = 期末.
    ///
    /// Columns that a total column covers already are stepped over, so that a difference runs over the totals.
    pub(super) fn neighbours(&self, found: &[Relation]) -> Vec<Relation> {
        let table = self.view.table;
        let targets: BTreeSet<u32> = found
            .iter()
            .filter_map(|relation| match &relation.shape {
                Shape::Fields { target, .. } if relation.operation == Operation::Sum => {
                    Some(*target)
                }
                _ => None,
            })
            .collect();
        let covered: BTreeSet<u32> = found
            .iter()
            .flat_map(|relation| match &relation.shape {
                Shape::Fields { terms, .. } if relation.operation == Operation::Sum => {
                    terms.iter().map(|(column, _)| *column).collect()
                }
                _ => Vec::new(),
            })
            .collect();
        let amounts: Vec<usize> =
            self.amounts().into_iter().filter(|at| !table.fields[*at].says.not_additive).collect();
        let mut relations: Vec<Relation> = Vec::new();
        let mut taken: BTreeSet<u32> = BTreeSet::new();
        for &target in amounts.iter().rev() {
            let column = table.fields[target].column;
            if targets.contains(&column) || taken.contains(&column) {
                continue;
            }
            // Without a word for what is left or what became of it, the numbers alone must speak: that is mining's work.
            let key = self.key(target);
            let forms = &self.view.rulebook.differences;
            if !forms.iter().any(|form| form.target.stand_in(&key)) {
                continue;
            }
            let beside: Vec<usize> = amounts
                .iter()
                .copied()
                .filter(|at| *at != target && self.same_measure(*at, target))
                .filter(|at| {
                    !covered.contains(&table.fields[*at].column) || covered.contains(&column)
                })
                .collect();
            let mut proposals = signed_windows(&beside, target);
            // A pair anywhere, for differences.
            for &a in &beside {
                for &b in &beside {
                    if a != b && beside.len() <= 24 {
                        let mut pair = vec![(a, 1), (b, -1)];
                        pair.sort_unstable();
                        proposals.push(pair);
                    }
                }
            }
            let Some((parts, score)) = self.first_convincing(target, proposals) else { continue };
            // One relation among the same columns, seen from one of them.
            taken.extend(parts.iter().map(|(at, _)| table.fields[*at].column));
            taken.insert(column);
            let strong = score.convinces();
            let severity = if strong { Severity::Error } else { Severity::Warning };
            let rule =
                if parts.iter().all(|(_, coefficient)| *coefficient > 0) { "T02" } else { "T03" };
            if let Some(mut relation) =
                self.fields_relation(rule, severity, Operation::Sum, target, parts, &score)
            {
                relation.evidence = EvidenceSet::of(Origin::Label).with(Origin::Mined);
                relations.push(relation);
            }
        }
        relations
    }

    /// The first proposal that many rows support, tried on a few rows before all.
    fn first_convincing(&self, target: usize, proposals: Vec<Parts>) -> Option<(Parts, Score)> {
        let telling: Vec<usize> = self
            .rows
            .iter()
            .copied()
            .filter(|row| {
                self.view.cell(*row, target).value().is_some_and(|value| !value.is_zero())
            })
            .take(12)
            .collect();
        let mut seen: BTreeSet<Parts> = BTreeSet::new();
        let mut best: Option<(Parts, Score)> = None;
        for parts in proposals {
            if parts.iter().all(|(_, coefficient)| *coefficient < 0) || !seen.insert(parts.clone())
            {
                continue;
            }
            let (mut holds, mut fails) = (0, 0);
            for &row in &telling {
                match self.view.try_fields(row, target, &parts) {
                    Trial::Holds => holds += 1,
                    Trial::Fails => fails += 1,
                    _ => {}
                }
                if fails > 2 {
                    break;
                }
            }
            if fails > 2 || holds < 2 || holds < 2 * fails {
                continue;
            }
            let score = self.score(target, &parts);
            let every_part_counts = self.every_part_counts(&parts);
            if score.holds >= 3
                && score.holds >= 4 * score.fails
                && every_part_counts
                && best.as_ref().is_none_or(|(_, best)| score.holds > best.holds)
            {
                best = Some((parts, score));
            }
        }
        best
    }
}

/// All signs over the runs of columns that touch the target, or begin or end the table.
pub(super) fn signed_windows(beside: &[usize], target: usize) -> Vec<Parts> {
    let split = beside.partition_point(|at| *at < target);
    let mut windows = Vec::new();
    for width in 2..=6 {
        for start in 0..beside.len().saturating_sub(width - 1) {
            let touches = start + width == split || start == split;
            let edge = start == 0 || start + width == beside.len();
            if !(touches || edge && width <= 3) {
                continue;
            }
            let window = &beside[start..start + width];
            for signs in 0..1_u32 << width {
                let parts: Parts = window
                    .iter()
                    .enumerate()
                    .map(|(at, field)| (*field, if signs >> at & 1 == 0 { 1 } else { -1 }))
                    .collect();
                if parts.iter().any(|(_, coefficient)| *coefficient > 0) {
                    windows.push(parts);
                }
            }
        }
    }
    windows
}
