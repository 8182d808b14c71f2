//! 占比: shares of a total line.

use std::collections::BTreeSet;

use super::super::belief;
use super::super::view::{Quoted, Quotient};
use super::Proposer;
use super::rates::RatioScore;
use crate::model::{
    CellRef, EvidenceSet, LineRole, Operand, Operation, Origin, Place, Relation, Shape,
};
use crate::number::Decimal;

/// A column that others are shares of, in one line.
struct Share {
    rank: u32,
    at: usize,
    total: usize,
    score: RatioScore,
}

impl Proposer<'_> {
    /// Shares of a total line: 占比.
    pub(super) fn share(&self, target: usize) -> Option<Vec<Relation>> {
        let table = self.view.table;
        let totals: Vec<usize> = self
            .rows
            .iter()
            .copied()
            .filter(|row| {
                matches!(table.lines[*row].role, LineRole::Total | LineRole::Subtotal)
                    || table.lines[*row].level == 0
            })
            .collect();
        let mut best: Option<Share> = None;
        for at in self.amounts() {
            for &total in totals.iter().take(12) {
                if self.view.cell(total, at).value().is_none_or(|whole| whole.is_zero()) {
                    continue;
                }
                let explicit = matches!(table.lines[total].role, LineRole::Total);
                let others: Vec<usize> =
                    self.rows.iter().copied().filter(|row| *row != total).collect();
                let mut score = RatioScore::default();
                for (tried, &row) in others.iter().enumerate() {
                    let cells = [(row, target), (row, at), (total, at)];
                    score.count(self.view.try_quotient(Quotient::Share, cells));
                    let possible = score.holds + score.near + (others.len() - tried - 1) as u32;
                    if score.is_lost(possible) {
                        break;
                    }
                }
                if score.tried() >= 2 && score.convinces() && (explicit || score.holds >= 2) {
                    let rank = (score.holds + score.near) * 2 + u32::from(explicit);
                    if best.as_ref().is_none_or(|best| rank > best.rank) {
                        best = Some(Share { rank, at, total, score });
                    }
                }
            }
        }
        let Share { at, total, score, .. } = best?;
        if !self.shares_prove(target, at, total, self.amounts().len() * totals.len().min(12)) {
            return None;
        }
        let operand = |row: usize, field: usize| Operand {
            place: Place {
                file: table.file,
                sheet: table.sheet,
                cell: CellRef::new(table.lines[row].row, table.fields[field].column),
            },
            table: Some(table.id),
            coefficient: 1,
        };
        Some(
            self.rows
                .iter()
                .copied()
                .filter(|row| {
                    self.view.cell(*row, target).value().is_some()
                        && self.view.cell(*row, at).value().is_some()
                        // The whole's own share says something where the others are known to be shares of it.
                        && (*row != total || score.holds >= 2)
                })
                .map(|row| {
                    Relation::new(
                        "T04",
                        Operation::Ratio,
                        Shape::Cells {
                            target: operand(row, target),
                            terms: vec![operand(row, at), operand(total, at)],
                        },
                        EvidenceSet::of(Origin::Label).with(Origin::Mined),
                    )
                    .supported(score.holds + score.near, score.tried())
                })
                .collect(),
        )
    }

    /// Whether shares of a whole that was chosen among so many tie in figures of enough digits: nought and the whole are
    /// shares of anything.
    fn shares_prove(&self, target: usize, at: usize, total: usize, among: usize) -> bool {
        let known = &self.view.rulebook.beliefs;
        let needed = known.rival.value + belief::choice(among);
        let mut seen: BTreeSet<Decimal> = BTreeSet::new();
        let mut bits = 0;
        self.rows.iter().filter(|row| **row != total).any(|&row| {
            let cell = self.view.cell(row, target);
            let cells = [(row, target), (row, at), (total, at)];
            if let Some(stated) = cell.value()
                && stated.abs() != Decimal::ONE
                && let Some(Quoted::Holds { telling: true } | Quoted::Near) =
                    self.view.try_quotient(Quotient::Share, cells)
                && seen.insert(stated.normalize())
            {
                bits += belief::bits(known, stated, cell.half(), Decimal::new(1, 6));
            }
            bits >= needed
        })
    }
}
