//! Rates of two columns, growth between two, amounts a head.

use std::collections::BTreeSet;

use super::super::belief;
use super::super::view::{Quoted, Quotient};
use super::Proposer;
use crate::model::words;
use crate::model::{EvidenceSet, FieldRole, Operation, Origin, Relation, Scaled, Shape};
use crate::number::Decimal;

/// A way to read a column as the rate or change of two.
struct Reading {
    target: usize,
    operation: Operation,
    a: usize,
    b: usize,
    /// What counts between readings that as many rows support.
    bonus: i64,
}

/// Two columns that give a third as their rate or change.
#[derive(Clone)]
struct Rate {
    rank: i64,
    operation: Operation,
    a: usize,
    b: usize,
    score: RatioScore,
}

impl Proposer<'_> {
    /// Columns of percentages: rates of two columns, growth between two, shares of a total.
    pub(super) fn ratios(&self) -> Vec<Relation> {
        let percents: Vec<usize> = (0..self.fields().len())
            .filter(|at| self.fields()[*at].role == FieldRole::Percent)
            .collect();
        let mut relations = Vec::new();
        for target in percents {
            relations.extend(self.rate(target).or_else(|| self.share(target)).unwrap_or_default());
        }
        // 人均经费 = 经费 ÷ 人数.
        for target in self.amounts() {
            let key = self.key(target);
            if self.view.rulebook.words.per_unit_headers.stand_in(&key) {
                relations.extend(self.rate(target).unwrap_or_default());
            }
        }
        relations
    }

    fn rate(&self, target: usize) -> Option<Vec<Relation>> {
        let amounts = self.amounts();
        let header = self.fields()[target].path.concat();
        let key = words::key(&header);
        let growth = self.view.rulebook.words.growth_headers.stand_in(&key);
        let per_unit = self.fields()[target].role != FieldRole::Percent;
        let mut readings: Vec<Reading> = Vec::new();
        for &a in &amounts {
            for &b in &amounts {
                let alike = self.fields()[a].role == self.fields()[b].role;
                if a == b || a == target || b == target || per_unit && alike {
                    continue;
                }
                for operation in [Operation::Ratio, Operation::RelativeChange] {
                    if per_unit && operation == Operation::RelativeChange {
                        continue;
                    }
                    let worded = i64::from((operation == Operation::RelativeChange) == growth);
                    // Nearest columns win between equals.
                    let near =
                        -((a as i64 - target as i64).abs() + (b as i64 - target as i64).abs());
                    readings.push(Reading { target, operation, a, b, bonus: worded * 100 + near });
                }
            }
        }
        let promising = self.promising_rate(&readings);
        if promising.is_none() && amounts.len() >= MANY {
            let near = Near::new(self, target, &amounts);
            readings.retain(|reading| !near.is_lost(reading));
        }
        let mut best: Option<Rate> = None;
        for (at, reading) in readings.iter().enumerate() {
            let rival = best.as_ref().map(|best| best.rank);
            let rate = match &promising {
                Some((known, rate)) if *known == at => Some(rate.clone()),
                // An earlier reading that is as good comes first.
                Some((known, rate)) if at < *known => self
                    .score_rate(reading, rival.map_or(rate.rank, |rival| rate.rank.max(rival + 1))),
                _ => self.score_rate(reading, rival.map_or(i64::MIN, |rival| rival + 1)),
            };
            if let Some(rate) = rate
                && best.as_ref().is_none_or(|best| rate.rank > best.rank)
            {
                best = Some(rate);
            }
        }
        let Rate { operation, a, b, score, .. } = best?;
        let found = Reading { target, operation, a, b, bonus: 0 };
        // It ties, if only by accident: it is no share of a whole either.
        if !self.is_no_accident(&found, readings.len()) {
            return Some(Vec::new());
        }
        let table = self.view.table;
        let rows: Vec<u32> = self
            .rows
            .iter()
            .copied()
            .filter(|row| [target, a, b].iter().all(|at| self.view.states(*row, *at)))
            .filter(|row| {
                let divisor = if operation == Operation::Ratio { b } else { a };
                self.view.counts(*row, divisor)
            })
            .map(|row| table.lines[row].row)
            .collect();
        Some(vec![
            Relation::new(
                "T04",
                operation,
                Shape::Fields {
                    table: table.id,
                    target: table.fields[target].column,
                    terms: vec![(table.fields[a].column, 1), (table.fields[b].column, 1)],
                    rows,
                },
                EvidenceSet::of(Origin::Label).with(Origin::Mined),
            )
            .supported(score.holds + score.near, score.tried()),
        ])
    }

    /// The reading that a few rows speak for, scored in full: others need not be tried to the end once they can no longer
    /// outrank it.
    fn promising_rate(&self, readings: &[Reading]) -> Option<(usize, Rate)> {
        // Of a short table, two rows tell about as well as more would.
        let few = match self.rows.len() {
            ..8 => return None,
            8..=1024 => 2,
            _ => 64,
        };
        let few = self.rows.iter().step_by(self.rows.len() / few).take(few);
        let at = (0..readings.len()).max_by_key(|at| {
            let mut score = RatioScore::default();
            few.clone().for_each(|row| score.count(self.try_rate(*row, &readings[*at])));
            i64::from(score.holds + score.near) * 1000 + readings[*at].bonus
        })?;
        Some((at, self.score_rate(&readings[at], i64::MIN)?))
    }

    /// The score of a reading over all rows; `None` when it does not convince, and as soon as its rank can no longer reach
    /// `least`.
    fn score_rate(&self, reading: &Reading, least: i64) -> Option<Rate> {
        let mut score = RatioScore::default();
        for (at, &row) in self.rows.iter().enumerate() {
            score.count(self.try_rate(row, reading));
            let possible = score.holds + score.near + (self.rows.len() - at - 1) as u32;
            if score.is_lost(possible) || i64::from(possible) * 1000 + reading.bonus < least {
                return None;
            }
        }
        let rank = i64::from(score.holds + score.near) * 1000 + reading.bonus;
        let Reading { operation, a, b, .. } = *reading;
        (score.holds >= 1 && score.convinces()).then_some(Rate { rank, operation, a, b, score })
    }

    /// Whether a reading that was chosen among so many ties in figures of enough digits: in a table of equal columns every
    /// pair is a quotient somewhere.
    fn is_no_accident(&self, reading: &Reading, among: usize) -> bool {
        let known = &self.view.rulebook.beliefs;
        let rates = &self.view.rulebook.words.rate_lines;
        let header = self.fields()[reading.target].path.concat();
        let key = words::key(&header);
        let named = rates.end(&key) && !key.ends_with('%');
        // A header that names the rate has chosen already.
        let chance = if named { 0 } else { belief::choice(among) };
        let needed = known.rival.value + chance;
        let mut seen: BTreeSet<Decimal> = BTreeSet::new();
        let mut bits = 0;
        self.rows.iter().any(|&row| {
            let cell = self.view.cell(row, reading.target);
            if let Some(stated) = cell.value()
                && stated.abs() != Decimal::ONE
                && let Some(Quoted::Holds { telling: true } | Quoted::Near) =
                    self.try_rate(row, reading)
                && seen.insert(stated.normalize())
            {
                let slack = self.slack_of_rate(row, reading).unwrap_or_else(|| cell.half());
                bits += belief::bits(known, stated, slack, Decimal::new(1, 6));
            }
            bits >= needed
        })
    }

    /// Within what a rate ties: its own printed digits, or, where it is off by more, those of its two figures, too. Of 4 and 5
    /// things anything from a half to one and a half is a rate.
    fn slack_of_rate(&self, row: usize, reading: &Reading) -> Option<Decimal> {
        let [target, a, b] =
            [reading.target, reading.a, reading.b].map(|at| self.view.cell(row, at));
        let (stated, first, second) = (target.value()?, a.value()?, b.value()?);
        let (divisor, computed) = match reading.operation {
            Operation::Ratio => (second, first.checked_div(second)?),
            _ => (first, second.checked_div(first)? - Decimal::ONE),
        };
        let half = target.half();
        if (stated - computed).abs() <= half * Decimal::from(3) {
            return Some(half);
        }
        let input = a.half() + b.half() * (computed.abs() + Decimal::ONE);
        Some(half + input.checked_div(divisor.abs())?)
    }

    fn try_rate(&self, row: usize, reading: &Reading) -> Option<Quoted> {
        let form = match reading.operation {
            Operation::Ratio => Quotient::Ratio,
            _ => Quotient::Change,
        };
        self.view.try_quotient(form, [reading.target, reading.a, reading.b].map(|at| (row, at)))
    }
}

/// So many columns of amounts make it worth while to look up in each row which of them are where a rate would have them,
/// rather than to try all pairs.
const MANY: usize = 8;

/// In how many rows a column, divided by another, lies where the rate of a third would have it: never fewer than where the
/// reading holds, or nearly does.
struct Near<'a> {
    amounts: &'a [usize],
    /// Rows where both have figures and the divisor is not zero, by divisor and other.
    tried: Vec<u32>,
    /// Rows where the other is near the rate times the divisor.
    ratios: Vec<u32>,
    /// Rows where the other is near the divisor and its change.
    changes: Vec<u32>,
    /// Rows with figures that no integer holds: they may be anything.
    odd: u32,
}

impl<'a> Near<'a> {
    fn new(proposer: &Proposer, target: usize, amounts: &'a [usize]) -> Self {
        let pairs = amounts.len() * amounts.len();
        let mut near = Self {
            amounts,
            tried: vec![0; pairs],
            ratios: vec![0; pairs],
            changes: vec![0; pairs],
            odd: 0,
        };
        let mut figures: Vec<([i128; 2], usize)> = Vec::with_capacity(amounts.len());
        for &row in &proposer.rows {
            figures.clear();
            let mut odd = false;
            let stated = match proposer.view.rough(row, target) {
                Some((Scaled::Number { value, half }, rough)) => {
                    // Cut down, it may be a unit more, and so may its half unit.
                    [i128::from(value), i128::from(half) + if rough { 4 } else { 0 }]
                }
                Some(_) => continue,
                None => {
                    near.odd += 1;
                    continue;
                }
            };
            for (at, amount) in amounts.iter().enumerate() {
                match proposer.view.scaled(row, *amount) {
                    Some(Scaled::Number { value, half }) => {
                        figures.push(([value, half].map(i128::from), at));
                    }
                    Some(_) => {}
                    None => odd = true,
                }
            }
            if odd {
                near.odd += 1;
            } else {
                near.count(stated, &mut figures);
            }
        }
        near
    }

    /// Counts one row.
    fn count(&mut self, stated: [i128; 2], figures: &mut [([i128; 2], usize)]) {
        let width = self.amounts.len();
        figures.sort_unstable();
        let loosest = figures.iter().map(|([_, half], _)| *half).max().unwrap_or(0);
        for &([divisor, _], by) in figures.iter().filter(|([divisor, _], _)| *divisor != 0) {
            let own = by * width;
            for (_, other) in figures.iter() {
                self.tried[own + other] += 1;
            }
            let size = divisor.abs();
            if size <= 4 * loosest {
                // Less than its own printed digits allow for: the quotient may be anything.
                for (_, other) in figures.iter() {
                    self.ratios[own + other] += 1;
                    self.changes[own + other] += 1;
                }
                continue;
            }
            let (Some(product), Some(slack)) =
                (stated[0].checked_mul(divisor), stated[1].checked_mul(3 * size))
            else {
                for (_, other) in figures.iter() {
                    self.ratios[own + other] += 1;
                    self.changes[own + other] += 1;
                }
                continue;
            };
            let middle = product / Scaled::ONE;
            let slack = slack / Scaled::ONE + 2 * loosest;
            // What the digits of the divisor allow for grows with the quotient, which the slack itself may enlarge.
            let spread = slack + 2 * loosest * (middle.abs() + slack) / size + 4;
            for (counts, middle) in
                [(&mut self.ratios, middle), (&mut self.changes, middle + divisor)]
            {
                let from = figures.partition_point(|([value, _], _)| *value < middle - spread);
                let found = figures[from..].iter();
                for (_, other) in found.take_while(|([value, _], _)| *value <= middle + spread) {
                    counts[own + other] += 1;
                }
            }
        }
    }

    /// Whether a reading cannot convince.
    fn is_lost(&self, reading: &Reading) -> bool {
        let at = |field: usize| self.amounts.binary_search(&field).ok();
        let (Some(a), Some(b)) = (at(reading.a), at(reading.b)) else { return false };
        let width = self.amounts.len();
        let (at, counts) = match reading.operation {
            Operation::Ratio => (b * width + a, &self.ratios),
            _ => (a * width + b, &self.changes),
        };
        let possible = counts[at] + self.odd;
        let fails = self.tried[at] - counts[at];
        possible == 0 || fails >= 2 && possible < 3 * fails
    }
}

/// Trials of a rate. `near` counts those within one unit of the last printed digit, as people round by hand.
#[derive(Clone, Debug, Default)]
pub(super) struct RatioScore {
    pub(super) holds: u32,
    pub(super) near: u32,
    pub(super) fails: u32,
}

impl RatioScore {
    pub(super) fn count(&mut self, trial: Option<Quoted>) {
        match trial {
            Some(Quoted::Holds { telling }) => self.holds += u32::from(telling),
            Some(Quoted::Near) => self.near += 1,
            Some(Quoted::Fails) => self.fails += 1,
            None => {}
        }
    }

    /// Whether it will not convince any more, where so many trials at most end well.
    pub(super) fn is_lost(&self, possible: u32) -> bool {
        self.fails >= 2 && possible < 3 * self.fails
    }

    pub(super) fn tried(&self) -> u32 {
        self.holds + self.near + self.fails
    }

    pub(super) fn convinces(&self) -> bool {
        let good = self.holds + self.near;
        good >= 2 && good >= 3 * self.fails
            || good == 1 && self.fails == 0
            || good >= 2 && self.fails == 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::view::quoted_integers;
    use super::*;

    fn number() -> impl Strategy<Value = [i128; 2]> {
        let half = prop_oneof![Just(0_i128), Just(50_000_000), Just(5_000_000_000)];
        let digits = prop_oneof![-200_i128..200, -10_000_000_i128..10_000_000];
        (digits, half).prop_map(|(digits, half)| [digits * 100_000_000, half])
    }

    proptest! {
        /// A column is never said to be away from where a rate that holds would have it.
        #[test]
        fn what_holds_is_near(
            amounts in prop::collection::vec(number(), 2..8),
            stated in number(),
            of in (0_usize..8, 0_usize..8),
        ) {
            // Mostly the rate of two of them, as it would be printed.
            let (a, b) = (of.0 % amounts.len(), of.1 % amounts.len());
            let stated = match amounts[b][0] {
                0 => stated,
                below => {
                    let hundredth = Scaled::ONE / 100;
                    let quotient = amounts[a][0] * Scaled::ONE / below;
                    [quotient / hundredth * hundredth, hundredth / 2]
                }
            };
            let fields: Vec<usize> = (0..amounts.len()).collect();
            let pairs = fields.len() * fields.len();
            let mut near = Near {
                amounts: &fields,
                tried: vec![0; pairs],
                ratios: vec![0; pairs],
                changes: vec![0; pairs],
                odd: 0,
            };
            let mut figures: Vec<([i128; 2], usize)> = amounts.iter().copied().zip(0..).collect();
            near.count(stated, &mut figures);
            for first in 0..fields.len() {
                for second in 0..fields.len() {
                    let (a, b) = (amounts[first], amounts[second]);
                    let holds = |form| {
                        matches!(
                            quoted_integers(form, (stated, false), a, b),
                            Some(Quoted::Holds { .. } | Quoted::Near)
                        )
                    };
                    if b[0] != 0 && holds(Quotient::Ratio) {
                        prop_assert_eq!(near.ratios[second * fields.len() + first], 1);
                    }
                    if a[0] != 0 && holds(Quotient::Change) {
                        prop_assert_eq!(near.changes[first * fields.len() + second], 1);
                    }
                }
            }
        }
    }
}
