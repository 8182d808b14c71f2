//! Explanations that change several cells together: one line in several columns, an amount in the wrong one of two cells,
//! two figures in each other's place, two errors that hide each other.
//!
//! Any two sums can be mended by changing a cell of each, so that two cells are an explanation only where a third check
//! confirms them: it fails and holds then, or one of the changes alone would break it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::cause::{Weight, significant};
use super::explain::{BUDGET, Explanation, IMPLAUSIBLE, SHORT, Search, fit};
use super::network::{Check, Known};
use crate::model::{CellRef, Change, DiagnosisKind, Operand, Place, Shape, Verdict};

/// Pairs of changes that may be tried.
const PAIRS: usize = 20_000;

/// Changes of one check that are paired; past it a check has too many ways to be mended to say anything.
const CANDIDATES: usize = 80;

impl Search<'_, '_> {
    /// One line in several columns, or one amount in the wrong one of two cells.
    pub(super) fn joint(&mut self) {
        let mut families: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (at, (relation, _, outcome)) in self.network.failing.iter().enumerate() {
            if outcome.difference.is_some() && self.network.failed(at).is_sum() {
                families.entry(*relation).or_default().push(at);
            }
        }
        for (relation, failing) in families {
            if failing.len() < 2 || failing.len() > 40 {
                continue;
            }
            let lines =
                matches!(self.network.relations[relation as usize].shape, Shape::Lines { .. });
            if lines {
                self.same_line(&failing);
                if (3..=5).contains(&failing.len()) {
                    for (index, first) in failing.iter().enumerate() {
                        for second in &failing[index + 1..] {
                            self.same_line(&[*first, *second]);
                        }
                    }
                }
            }
            for (index, first) in failing.iter().enumerate() {
                for second in &failing[index + 1..] {
                    self.swapped(*first, *second);
                }
            }
        }
        for at in 0..self.network.failing.len() {
            self.exchanged(at);
        }
        self.pairs();
    }

    fn same_line(&mut self, failing: &[usize]) {
        let known: Vec<Rc<Known>> = failing.iter().map(|at| self.network.failed(*at)).collect();
        let count = known[0].outcome.terms.len();
        if known.iter().any(|one| one.outcome.terms.len() != count) {
            return;
        }
        self.looked += count * failing.len();
        if self.looked > BUDGET {
            return;
        }
        for line in 0..=count {
            let mut changes = Vec::new();
            let mut judged = Vec::new();
            for one in &known {
                let outcome = &one.outcome;
                let operand = outcome.terms.get(line).unwrap_or(&outcome.target);
                let figure = self.figure(operand);
                let value = if line == count {
                    outcome.computed
                } else {
                    outcome.difference.and_then(|difference| {
                        let step = difference.checked_div(one.weight(operand.place))?;
                        figure.number().unwrap_or_default().checked_add(step)
                    })
                };
                let Some(value) = value else { break };
                let value = fit(value, self.decimals(operand, &figure));
                let (weight, kind, _) = self.judge(operand, &figure, value, None);
                changes.push(Change { place: operand.place, value });
                judged.push((weight, kind));
            }
            let plausible = judged.iter().all(|(weight, _)| *weight > IMPLAUSIBLE);
            if changes.len() != known.len() || !plausible {
                continue;
            }
            let (weight, kind, source) = self.together(&changes, &judged);
            // The one that the others follow from is named first.
            changes.swap(0, source);
            if count <= SHORT || kind != DiagnosisKind::Unexplained {
                self.keep(changes, (weight, kind, vec![]), None);
            }
        }
    }

    /// One slip seen in several columns of a line: the same in each, or one whose figure the others were added up from.
    fn together(
        &self,
        changes: &[Change],
        judged: &[(Weight, DiagnosisKind)],
    ) -> (Weight, DiagnosisKind, usize) {
        let least = judged.iter().map(|(weight, _)| *weight).min().unwrap_or(IMPLAUSIBLE);
        let kind = judged[0].1;
        if kind != DiagnosisKind::Unexplained && judged.iter().all(|(_, other)| *other == kind) {
            // The same slip again in the next column is nearly one event.
            return (least - 3, kind, 0);
        }
        for (source, (weight, kind)) in judged.iter().enumerate() {
            let follows = |(at, change): (usize, &Change)| {
                at == source
                    || self.network.near(change.place).iter().any(|check| {
                        let known = self.network.known(*check);
                        known.outcome.target.place == change.place
                            && !known.weight(changes[source].place).is_zero()
                            && matches!(known.outcome.verdict, Verdict::Holds | Verdict::Rounding)
                    })
            };
            if *kind != DiagnosisKind::Unexplained && changes.iter().enumerate().all(follows) {
                return (weight - 6, *kind, source);
            }
        }
        let all: Weight = judged.iter().map(|(weight, _)| *weight).sum();
        (all.max(IMPLAUSIBLE + 1), DiagnosisKind::Unexplained, 0)
    }

    /// An amount that stands in one check's cell and belongs in the other's.
    fn swapped(&mut self, first: usize, second: usize) {
        let (one, other) = (self.network.failed(first), self.network.failed(second));
        let off = |known: &Known| known.outcome.difference.unwrap_or_default();
        if off(&one) != -off(&other) || one.outcome.terms.len() != other.outcome.terms.len() {
            return;
        }
        self.looked += one.outcome.terms.len();
        if self.looked > BUDGET {
            return;
        }
        for (a, b) in one.outcome.terms.iter().zip(&other.outcome.terms) {
            let (x, y) = (self.network.stated(a), self.network.stated(b));
            let (values, weight, kind) = match (x.unwrap_or_default(), y.unwrap_or_default()) {
                (x, y) if x == y => continue,
                // The whole amount, beside an empty cell, or the two amounts changed places.
                (x, y) if x.is_zero() || y.is_zero() => ((y, x), -8, DiagnosisKind::Misplaced),
                (x, y) => ((y, x), -12, DiagnosisKind::Exchanged),
            };
            let step = off(&one).checked_div(one.weight(a.place));
            if step.is_none_or(|step| values.0 != x.unwrap_or_default() + step) {
                continue;
            }
            let changes = vec![
                Change { place: a.place, value: values.0 },
                Change { place: b.place, value: values.1 },
            ];
            self.keep(changes, (weight, kind, vec![]), None);
        }
    }

    /// Two figures of one failing check in each other's place, or one of it and its neighbour of another.
    fn exchanged(&mut self, at: usize) {
        let known = self.network.failed(at);
        let outcome = &known.outcome;
        let (Some(stated), Some(computed)) = (outcome.stated, outcome.computed) else { return };
        if !known.is_sum() || outcome.terms.len() > SHORT {
            return;
        }
        self.looked += outcome.terms.len();
        if self.looked > BUDGET {
            return;
        }
        // Of two parts the total is then their difference, which is likelier a sign.
        let total = if outcome.terms.len() == 2 { -26 } else { -17 };
        // A part where its total belongs: computed − part + stated is what the total says then.
        for term in &outcome.terms {
            let Some(part) = self.network.stated(term).filter(|part| !part.is_zero()) else {
                continue;
            };
            let weight = known.weight(term.place);
            let after =
                (stated - part).checked_mul(weight).and_then(|step| computed.checked_add(step));
            if after == Some(part) && part != stated && significant(part) > 1 {
                let other = outcome.target.place;
                let changes = vec![
                    Change { place: other, value: part },
                    Change { place: term.place, value: stated },
                ];
                self.keep(changes, (total, DiagnosisKind::Exchanged, vec![]), Some(at));
            }
        }
        let operands: Vec<Operand> =
            outcome.terms.iter().chain([&outcome.target]).copied().collect();
        for operand in operands {
            let Some(own) = self.network.stated(&operand).filter(|own| !own.is_zero()) else {
                continue;
            };
            let step = if operand.place == outcome.target.place {
                Some(computed - stated)
            } else {
                outcome
                    .difference
                    .and_then(|difference| difference.checked_div(known.weight(operand.place)))
            };
            let Some(needed) = step.and_then(|step| own.checked_add(step)) else { continue };
            for other in self.neighbours(&operand) {
                let there = self.network.stated(&other);
                // Both must be asked for: columns that say the same are no exchange.
                if there == Some(needed)
                    && !needed.is_zero()
                    && significant(needed) > 1
                    && self.network.failures_near(other.place) > 0
                {
                    let changes = vec![
                        Change { place: operand.place, value: needed },
                        Change { place: other.place, value: own },
                    ];
                    if self.network.effect(&changes).repairs.len() > 1 {
                        self.keep(changes, (-13, DiagnosisKind::Exchanged, vec![]), Some(at));
                    }
                }
            }
        }
    }

    /// The cells beside a cell, among the lines and columns of its table.
    fn neighbours(&self, operand: &Operand) -> Vec<Operand> {
        let Some(id) = operand.table else { return Vec::new() };
        let table = &self.network.packet.tables[id as usize];
        let CellRef { row, column } = operand.place.cell;
        // Both are in the sheet's order.
        let from = table.lines.partition_point(|line| line.row < row);
        let (above, below) = table.lines.split_at(from);
        let before = above.iter().rev().find(|line| line.role.is_data());
        let after = below.iter().find(|line| line.row > row && line.role.is_data());
        let rows = before.into_iter().chain(after).map(|line| CellRef::new(line.row, column));
        let from = table.fields.partition_point(|field| field.column < column);
        let (left, right) = table.fields.split_at(from);
        let before = left.iter().rev().find(|field| field.role.is_figure());
        let after = right.iter().find(|field| field.column > column && field.role.is_figure());
        let columns = before.into_iter().chain(after).map(|field| CellRef::new(row, field.column));
        rows.chain(columns)
            .map(|cell| Operand { place: Place { cell, ..operand.place }, ..*operand })
            .collect()
    }

    /// Two changes that a third check confirms.
    fn pairs(&mut self) {
        let mut by_check: BTreeMap<Check, Vec<usize>> = BTreeMap::new();
        let singles: Vec<usize> = (0..self.found.len())
            .filter(|at| {
                let one = &self.found[*at];
                one.changes.len() == 1 && one.weight > IMPLAUSIBLE && one.effect.broken.len() < 3
            })
            .collect();
        for at in singles {
            for check in self.network.near(self.found[at].changes[0].place).iter() {
                by_check.entry(*check).or_default().push(at);
            }
        }
        let mut pairs: BTreeSet<(usize, usize)> = BTreeSet::new();
        for (check, touching) in &by_check {
            if touching.len() > CANDIDATES || pairs.len() > PAIRS {
                continue;
            }
            let failing = self.network.failing_index(*check);
            for (index, first) in touching.iter().enumerate() {
                for second in &touching[index + 1..] {
                    let (one, other) = (&self.found[*first], &self.found[*second]);
                    let mends = |one: &Explanation| {
                        failing.is_some_and(|at| one.effect.repairs.contains(&at))
                    };
                    let breaks = |one: &Explanation| one.effect.broken.contains(check);
                    let confirmed = failing.is_some() && !mends(one) && !mends(other)
                        || breaks(one) && breaks(other);
                    let apart = one.changes[0].place != other.changes[0].place
                        && one.effect.repairs.iter().all(|at| !other.effect.repairs.contains(at));
                    if confirmed && apart {
                        pairs.insert((*first, *second));
                    }
                }
            }
        }
        for (first, second) in pairs.into_iter().take(PAIRS) {
            self.pair(first, second);
        }
    }

    fn pair(&mut self, first: usize, second: usize) {
        let (one, other) = (self.found[first].clone(), self.found[second].clone());
        let changes = vec![one.changes[0], other.changes[0]];
        let effect = self.network.effect(&changes);
        let alone = one.effect.repairs.len() + other.effect.repairs.len();
        let broken = one.effect.breaks + other.effect.breaks;
        let confirmed = effect.repairs.len() > alone
            || broken > 0 && effect.repairs.len() == alone && alone > 1;
        if effect.breaks > 0 || !confirmed {
            return;
        }
        let step = |change: &Change| {
            let stated = self.network.stated(&self.network.operand(change.place));
            change.value - stated.unwrap_or_default()
        };
        let told = match (one.kind, other.kind) {
            // What is too much in one cell is too little in the other.
            _ if broken > 0 && step(&changes[0]) == -step(&changes[1]) => {
                (-36, DiagnosisKind::Misplaced)
            }
            (DiagnosisKind::Unexplained, kind) | (kind, DiagnosisKind::Unexplained) => {
                (one.weight + other.weight, kind)
            }
            (kind, _) => (one.weight + other.weight, kind),
        };
        let weight = told.0.max(IMPLAUSIBLE + 1);
        self.keep(changes, (weight, told.1, vec![]), None);
    }
}
