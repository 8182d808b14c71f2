//! Balances carried on: what stands here is what stood there before, and what came in and went out since. 余额 of a ledger line
//! by line, the closing cash of each month, retained earnings of each year.
//!
//! The steps of such a series are the figures of one other series or of two, added or taken away. Which ones is asked of a
//! few steps; what meets there is tried in all of them. A step counts once, however often it is repeated.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "evidence is weighed here, never an amount"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::axis::{Direction, FINEST, dividing};
use super::evidence::{Tally, bits, log2};
use super::family::Family;
use super::grid::{Grid, Hint, Scaled};
use super::words::Word;
use crate::model::Operation;

/// How many series on either side may hold what came in and went out.
const REACH: usize = 24;
/// How many steps are asked which one series makes them up, and how many of these which two do.
const SINGLES: usize = 9;
const PAIRS: usize = 3;
/// How many of the series found so are tried together.
const MOST_SINGLES: usize = 4;
/// Longest axis along which balances are looked for.
const LONGEST: usize = 2_000;
/// Fewest different steps that prove one.
const LEAST_DISTINCT: usize = 3;
/// Least score, as of other sums that were looked for until they fitted.
const LEAST_SCORE: f64 = 24.0;
/// Least share of the steps that must hold.
const LEAST_SHARE: f64 = 0.75;
/// Steps that hold for each that does not, where its failing is told.
const HOLDS_PER_FAILURE: usize = 8;
/// Figures of one value among the neighbours. Where more stand there, meeting one says nothing.
const MOST_EQUAL: usize = 3;

/// A balance carried on along one axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Roll {
    /// Along rows (a column of balances) or along columns (a row of them).
    pub direction: Direction,
    /// The column or row of the balances.
    pub series: u32,
    /// What is added to the balance before, and what is taken away.
    pub terms: Vec<(u32, i32)>,
    /// The steps that hold: from which instance to which.
    pub holds: Vec<(u32, u32)>,
    /// The steps that do not though they are meant.
    pub broken: Vec<(u32, u32)>,
    /// How many steps hold, and how many there are.
    pub support: (u32, u32),
}

/// The balances of a grid that no sum of `known` explains already.
pub(super) fn find(grid: &Grid, known: &[Family]) -> Vec<Roll> {
    let lines = [Direction::Fields, Direction::Lines];
    lines.into_iter().flat_map(|direction| along(grid, known, direction)).collect()
}

/// The figures of a grid along one axis.
struct Side<'a> {
    grid: &'a Grid,
    direction: Direction,
    hints: &'a [Arc<Hint>],
    instances: usize,
}

impl Side<'_> {
    fn at(&self, series: usize, instance: usize) -> Option<Scaled> {
        if self.hints[series].excluded {
            return None;
        }
        match self.direction {
            Direction::Fields => self.grid.at(instance, series),
            Direction::Lines => self.grid.at(series, instance),
        }
    }

    fn value(&self, series: usize, instance: usize) -> i128 {
        self.at(series, instance).map_or(0, |cell| cell.value)
    }
}

fn along(grid: &Grid, known: &[Family], direction: Direction) -> Vec<Roll> {
    let (hints, others) = match direction {
        Direction::Fields => (&grid.columns, &grid.rows),
        Direction::Lines => (&grid.rows, &grid.columns),
    };
    if hints.len() > LONGEST || others.len() > LONGEST || others.len() <= LEAST_DISTINCT {
        return vec![];
    }
    let side = Side { grid, direction, hints, instances: others.len() };
    let live: Vec<usize> = (0..hints.len())
        .filter(|series| (0..side.instances).any(|at| side.value(*series, at) != 0))
        .collect();
    let explained = |roll: &Roll| {
        known.iter().any(|family| {
            family.direction == direction
                && family.operation == Operation::Sum
                && family.target == roll.series
                && roll.terms.iter().all(|(term, _)| family.terms.contains(term))
        })
    };
    (0..live.len())
        .filter_map(|at| of_series(&side, &live, at))
        .filter(|roll| !explained(roll))
        .collect()
}

/// One step of a series.
#[derive(Clone, Copy)]
struct Step {
    from: usize,
    to: usize,
    by: i128,
    half: i128,
}

fn steps(side: &Side<'_>, series: usize) -> Vec<Step> {
    let mut steps = vec![];
    let mut before: Option<(usize, Scaled)> = None;
    for to in 0..side.instances {
        let Some(cell) = side.at(series, to) else { continue };
        if let Some((from, old)) = before {
            steps.push(Step { from, to, by: cell.value - old.value, half: cell.half + old.half });
        }
        before = Some((to, cell));
    }
    steps
}

fn of_series(side: &Side<'_>, live: &[usize], at: usize) -> Option<Roll> {
    let series = live[at];
    let steps = steps(side, series);
    let different: BTreeSet<i128> =
        steps.iter().map(|step| step.by).filter(|by| *by != 0).collect();
    if different.len() < LEAST_DISTINCT {
        return None;
    }
    let window: Vec<usize> = live[at.saturating_sub(REACH)..live.len().min(at + REACH + 1)]
        .iter()
        .copied()
        .filter(|other| *other != series)
        .collect();
    let mut candidates: BTreeSet<Vec<(u32, i32)>> = BTreeSet::new();
    let mut alone: BTreeMap<(u32, i32), usize> = BTreeMap::new();
    for (at, pivot) in pivots(&steps, SINGLES).enumerate() {
        let figures = Figures::of(side, &window, pivot);
        for one in figures.singles() {
            *alone.entry(one).or_default() += 1;
        }
        if at % (SINGLES / PAIRS) == 0 {
            candidates.extend(figures.pairs());
        }
    }
    // In a ledger each line fills one of its columns: which belong together is told by different lines.
    let mut alone: Vec<((u32, i32), usize)> = alone.into_iter().collect();
    alone.sort_by_key(|(one, count)| (std::cmp::Reverse(*count), *one));
    alone.truncate(MOST_SINGLES);
    alone.sort_unstable();
    for (at, (one, _)) in alone.iter().enumerate() {
        candidates.insert(vec![*one]);
        let others = alone[at + 1..].iter().filter(|(other, _)| other.0 != one.0);
        candidates.extend(others.map(|(other, _)| vec![*one, *other]));
    }
    let mut best: Option<(f64, Roll)> = None;
    for terms in candidates {
        if let Some((score, roll)) = proved(side, series, &steps, terms, window.len())
            && best.as_ref().is_none_or(|(old, _)| score > *old + 1e-9)
        {
            best = Some((score, roll));
        }
    }
    best.map(|(_, roll)| roll)
}

/// Steps of different size, spread over all of them.
fn pivots(steps: &[Step], most: usize) -> impl Iterator<Item = Step> {
    let moving: Vec<Step> = steps.iter().copied().filter(|step| step.by != 0).collect();
    let stride = (moving.len() / most).max(1);
    moving.into_iter().step_by(stride).take(most)
}

/// The figures that may make up one step.
struct Figures {
    step: Step,
    all: Vec<(u32, i128)>,
    /// By their band of values, in order: binary fractions are cut at their last digit.
    at: Vec<(i128, u32)>,
    /// A bit for each band that holds one, bands folded: nearly all that is asked for is not there.
    held: [u64; 4],
    noise: i128,
}

impl Figures {
    fn of(side: &Side<'_>, window: &[usize], step: Step) -> Self {
        let all: Vec<(u32, i128)> = window
            .iter()
            .map(|series| (*series as u32, side.value(*series, step.to)))
            .filter(|(_, value)| *value != 0)
            .collect();
        let noise = noise(side.grid);
        let mut bands: Vec<(i128, u32)> =
            all.iter().map(|(series, value)| (band(*value, noise), *series)).collect();
        bands.sort_unstable();
        let mut own = Self { step, all, at: Vec::with_capacity(bands.len()), held: [0; 4], noise };
        for equal in bands.chunk_by(|a, b| a.0 == b.0).filter(|equal| equal.len() <= MOST_EQUAL) {
            own.at.extend_from_slice(equal);
            let (word, bit) = Self::place(equal[0].0);
            own.held[word] |= 1 << bit;
        }
        own
    }

    /// Where the bit of a band is.
    fn place(band: i128) -> (usize, u32) {
        let place = (band as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
        ((place / 64) as usize, (place % 64) as u32)
    }

    fn near(&self, value: i128) -> impl Iterator<Item = u32> {
        let (band, reach) = (band(value, self.noise), self.noise.min(1));
        let may_hold = (band - reach..=band + reach).any(|band| {
            let (word, bit) = Self::place(band);
            self.held[word] >> bit & 1 == 1
        });
        let from = if may_hold {
            self.at.partition_point(|(other, _)| *other < band - reach)
        } else {
            self.at.len()
        };
        let rest = self.at[from..].iter();
        rest.take_while(move |(other, _)| *other <= band + reach).map(|(_, series)| *series)
    }

    /// Series that make up the step alone.
    fn singles(&self) -> impl Iterator<Item = (u32, i32)> {
        [1, -1].into_iter().flat_map(|sign| {
            self.near(self.step.by * i128::from(sign)).map(move |series| (series, sign))
        })
    }

    /// Two series that make it up together.
    fn pairs(&self) -> Vec<Vec<(u32, i32)>> {
        let mut found = vec![];
        for &(one, value) in &self.all {
            for sign in [1, -1] {
                let rest = self.step.by - value * i128::from(sign);
                for other_sign in [1, -1] {
                    let others = self.near(rest * i128::from(other_sign));
                    found.extend(
                        others
                            .filter(|other| *other > one)
                            .map(|other| vec![(one, sign), (other, other_sign)]),
                    );
                }
            }
        }
        found
    }
}

/// The band that a value lies in.
fn band(value: i128, noise: i128) -> i128 {
    let width = 8 * noise + 1;
    match i64::try_from(value) {
        _ if width == 1 => value,
        // 128 bits are divided by calling a function, 64 are not.
        Ok(value) => i128::from(value.div_euclid(width as i64)),
        Err(_) => value.div_euclid(width),
    }
}

/// What the last stored digit of a figure may be off by.
fn noise(grid: &Grid) -> i128 {
    if grid.scale >= FINEST { 2 } else { 0 }
}

fn proved(
    side: &Side<'_>,
    series: usize,
    steps: &[Step],
    terms: Vec<(u32, i32)>,
    choice: usize,
) -> Option<(f64, Roll)> {
    let noise = noise(side.grid) * (terms.len() as i128 + 2);
    let mut tally = Tally::default();
    let mut seen: BTreeSet<i128> = BTreeSet::new();
    let (mut holds, mut fails, mut fresh) = (vec![], vec![], vec![]);
    for step in steps {
        let cells =
            || terms.iter().filter_map(|(term, c)| Some((side.at(*term as usize, step.to)?, *c)));
        // Where nothing is written down, nothing is carried on: the first line of the next sheet of a ledger.
        if cells().next().is_none() {
            continue;
        }
        let sum: i128 = cells().map(|(cell, sign)| cell.value * i128::from(sign)).sum();
        if sum == 0 && step.by == 0 {
            continue;
        }
        let tolerance = step.half + cells().map(|(cell, _)| cell.half).sum::<i128>() + noise;
        if (sum - step.by).abs() <= tolerance {
            holds.push((step.from as u32, step.to as u32));
            tally.holds += 1;
            if seen.insert(step.by) {
                fresh.push((step.by, 2 * tolerance));
            }
        } else {
            fails.push((*step, sum));
            // Most chance meetings end here.
            if fails.len() >= 6 && tally.holds as usize * 2 < fails.len() {
                return None;
            }
        }
    }
    tally.tried = tally.holds + fails.len() as u32;
    if seen.len() < LEAST_DISTINCT {
        return None;
    }
    let grain = grain(side, steps, &terms);
    for (by, slack) in fresh {
        tally.gain += bits(by, slack.max(grain));
    }
    let worded = side.hints[series].says.has(Word::Difference);
    let cost = 4.0 + log2(choice) * terms.len() as f64 - if worded { 4.0 } else { 0.0 };
    let score = tally.score() - cost;
    if score < LEAST_SCORE || f64::from(tally.holds) < LEAST_SHARE * f64::from(tally.tried) {
        return None;
    }
    let broken = broken(side, series, &fails, seen.len());
    let support = (holds.len() as u32, (holds.len() + fails.len()) as u32);
    let series = series as u32;
    Some((score, Roll { direction: side.direction, series, terms, holds, broken, support }))
}

/// The power of ten that all steps and what makes them up are multiples of.
fn grain(side: &Side<'_>, steps: &[Step], terms: &[(u32, i32)]) -> i128 {
    let mut grain: i128 = 2 * 10_i128.pow(24);
    for step in steps {
        let parts = terms.iter().map(|(term, _)| side.value(*term as usize, step.to));
        for value in parts.chain([step.by]).filter(|value| *value != 0) {
            grain = dividing(grain, value);
        }
    }
    grain
}

/// The failing steps that one wrong figure explains: a part, or a balance that is off to both sides by the same.
fn broken(
    side: &Side<'_>,
    series: usize,
    fails: &[(Step, i128)],
    distinct: usize,
) -> Vec<(u32, u32)> {
    let places = |steps: &[(Step, i128)]| {
        steps.iter().map(|(step, _)| (step.from as u32, step.to as u32)).collect()
    };
    let gap = |(step, sum): &(Step, i128)| step.by - sum;
    match fails {
        // What begins anew carries nothing on.
        [(step, sum)] if side.value(series, step.to) == *sum => vec![],
        [one] if distinct >= HOLDS_PER_FAILURE => places(&[*one]),
        [one, other]
            if distinct >= HOLDS_PER_FAILURE / 2
                && one.0.to == other.0.from
                && (gap(one) + gap(other)).abs() <= one.0.half + other.0.half =>
        {
            places(&[*one, *other])
        }
        _ => vec![],
    }
}
