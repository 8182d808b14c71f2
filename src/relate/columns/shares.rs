//! 占比: shares of a total line.

use std::collections::BTreeSet;

use super::super::belief;
use super::super::view::{Cell, Quoted, Quotient};
use super::Proposer;
use super::rates::RatioScore;
use crate::model::{
    CellRef, EvidenceSet, LineRole, Operand, Operation, Origin, Place, Relation, Shape,
};
use crate::number::Decimal;

/// Shares that must be tried in a stretch of lines between two totals.
const LEAST_OF_STRETCH: u32 = 3;

/// Levels of lines of one total: on each they come to the whole once.
const MOST_LEVELS: u32 = 8;

/// A column that others are shares of, in one line.
struct Share {
    /// How many shares it explains, an explicit total before other lines; between equals, how many to the last printed digit.
    rank: (u32, u32),
    at: usize,
    total: usize,
    score: RatioScore,
}

impl Proposer<'_> {
    /// Shares of a total line: 占比. Of one total in the whole column, else in each stretch of lines of the one that closes or
    /// opens it: 收入 and 支出 below each other.
    pub(super) fn share(&self, target: usize) -> Option<Vec<Relation>> {
        self.share_among(target, &self.rows, 2).or_else(|| {
            let stretches = self.stretches();
            let found = stretches
                .iter()
                .filter_map(|rows| self.share_among(target, rows, LEAST_OF_STRETCH));
            let found: Vec<Relation> = found.flatten().collect();
            (stretches.len() > 1 && !found.is_empty()).then_some(found)
        })
    }

    /// The lines between one total and the next, each with the total that closes it; with the one that opens it, where the
    /// table begins with one.
    fn stretches(&self) -> Vec<Vec<usize>> {
        let is_total = |row: &usize| self.view.table.lines[*row].role == LineRole::Total;
        let opens = self.rows.first().is_some_and(is_total);
        let parts = self.rows.chunk_by(|a, b| if opens { !is_total(b) } else { !is_total(a) });
        parts.map(<[usize]>::to_vec).collect()
    }

    /// The same among some lines.
    fn share_among(&self, target: usize, rows: &[usize], least: u32) -> Option<Vec<Relation>> {
        let table = self.view.table;
        let mut totals: Vec<usize> = rows
            .iter()
            .copied()
            .filter(|row| {
                matches!(table.lines[*row].role, LineRole::Total | LineRole::Subtotal)
                    || table.lines[*row].level == 0
            })
            .collect();
        totals.sort_by_key(|row| match table.lines[*row].role {
            LineRole::Total => 0,
            LineRole::Subtotal => 1,
            _ => 2,
        });
        let mut best: Option<Share> = None;
        for at in self.amounts() {
            for &total in totals.iter().take(12) {
                if self.view.cell(total, at).value().is_none_or(|whole| whole.is_zero()) {
                    continue;
                }
                let explicit = matches!(table.lines[total].role, LineRole::Total);
                let others: Vec<usize> = rows.iter().copied().filter(|row| *row != total).collect();
                if explicit && self.exceeds_levels(target, &others) {
                    continue;
                }
                let mut score = RatioScore::default();
                for (tried, &row) in others.iter().enumerate() {
                    let cells = [(row, target), (row, at), (total, at)];
                    score.count(self.view.try_quotient(Quotient::Share, cells));
                    let possible = score.holds + score.near + (others.len() - tried - 1) as u32;
                    if score.is_lost(possible) {
                        break;
                    }
                }
                if score.tried() >= least && score.convinces() && (explicit || score.holds >= 2) {
                    let good = (score.holds + score.near) * 2 + u32::from(explicit);
                    let rank = (good, score.holds);
                    if best.as_ref().is_none_or(|best| rank > best.rank) {
                        best = Some(Share { rank, at, total, score });
                    }
                }
            }
        }
        let Share { at, total, score, .. } = best?;
        if !self.shares_prove(
            target,
            rows,
            (at, total),
            self.amounts().len() * totals.len().min(12),
        ) {
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
            rows.iter()
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

    /// Whether shares come to more than any levels of lines do: what each is measured against, full marks, is no total of them.
    fn exceeds_levels(&self, target: usize, rows: &[usize]) -> bool {
        let shares = rows.iter().filter_map(|row| self.view.cell(*row, target).value());
        shares.sum::<Decimal>() > Decimal::from(MOST_LEVELS)
    }

    /// Whether shares of a whole that was chosen among so many tie in figures of enough digits: nought and the whole are
    /// shares of anything.
    fn shares_prove(
        &self,
        target: usize,
        rows: &[usize],
        (at, total): (usize, usize),
        among: usize,
    ) -> bool {
        let known = &self.view.rulebook.beliefs;
        let needed = known.rival.value + belief::choice(among);
        let mut seen: BTreeSet<Decimal> = BTreeSet::new();
        let mut bits = 0;
        rows.iter().filter(|row| **row != total).any(|&row| {
            let cell = self.view.cell(row, target);
            let cells = [(row, target), (row, at), (total, at)];
            if let Some(stated) = cell.value()
                && stated.abs() != Decimal::ONE
                && let Some(Quoted::Holds { telling: true } | Quoted::Near) =
                    self.view.try_quotient(Quotient::Share, cells)
                && seen.insert(stated.normalize())
            {
                let [part, whole] = [cells[1], cells[2]].map(|(row, at)| self.view.cell(row, at));
                let slack = slack_of_share(cell, part, whole).unwrap_or_else(|| cell.half());
                bits += belief::bits(known, stated, slack, Decimal::new(1, 6));
            }
            bits >= needed
        })
    }
}

/// Within what a share ties: its own printed digits, or, where it is off by more, those of the part and the whole, too. Of a few
/// things anything is a share.
fn slack_of_share(target: Cell, part: Cell, whole: Cell) -> Option<Decimal> {
    let (stated, first, second) = (target.value()?, part.value()?, whole.value()?);
    let (computed, half) = (first.checked_div(second)?, target.half());
    if (stated - computed).abs() <= half * Decimal::from(3) {
        return Some(half);
    }
    let input = part.half() + whole.half() * computed.abs();
    Some(half + input.checked_div(second.abs())?)
}
