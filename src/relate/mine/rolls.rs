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

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::Limits;
use super::axis::{Direction, FINEST, common_grain};
use super::broken::is_slip;
use super::evidence::{Tally, bits, log2};
use super::explained::Explained;
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
/// Fewest equal steps that do where they begin with the first figure, and how long they must be.
const LEAST_EVEN: usize = 4;
const LONG: i128 = 1_000;
/// Bits that a first figure gives which is what its own terms come to, and a step that another one was like.
const BEGINS: f64 = 4.0;
const REPEATED: f64 = 0.5;
const MOST_REPEATED: usize = 12;
/// Steps that fail before a series is given up of which next to none hold.
const MOST_FAILS: usize = 64;
/// Longest cumulation whose figures are said to be the sums of all up to them, too.
const LONGEST_SUM: usize = 40;
/// Steps that hold for each that does not, where its failing is told; half as many under 余额.
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
    /// The numbers alone say that it is one.
    pub sure: bool,
}

impl Roll {
    /// Where its one term was added up from the first figure on, which is that term itself: each figure after the second and
    /// the instances it is the sum of.
    pub(super) fn sums(&self, grid: &Grid) -> Vec<(u32, Vec<u32>)> {
        let [(term, 1)] = self.terms[..] else { return vec![] };
        let at = |series: u32, instance: u32| grid.along(self.direction, series, instance);
        let Some((first, _)) = self.holds.first().copied() else { return vec![] };
        let one_after_another = self.holds.windows(2).all(|pair| pair[0].1 == pair[1].0);
        let begins = at(term, first).zip(at(self.series, first));
        if self.holds.len() > LONGEST_SUM
            || !self.broken.is_empty()
            || !one_after_another
            || begins.is_none_or(|(own, stated)| own.value != stated.value)
        {
            return vec![];
        }
        let mut parts = vec![first];
        let all = self.holds.iter().map(|(_, to)| {
            parts.push(*to);
            (*to, parts.clone())
        });
        all.skip(1).collect()
    }
}

/// The balances of a grid that no sum of `known` explains already.
pub(super) fn find(
    grid: &Grid,
    limits: &Limits,
    known: &[Family],
    explained: &Explained,
) -> Vec<Roll> {
    let along = |direction: Direction, told: &dyn Fn(usize) -> bool| {
        Side::new(grid, limits, direction).map(|side| along(&side, known, told)).unwrap_or_default()
    };
    let mut found = along(Direction::Fields, &|column| explained.is_told(column));
    if explained.lines.is_none() {
        found.extend(along(Direction::Lines, &|_| false));
    }
    found
}

/// The figures of a grid along one axis.
struct Side<'a> {
    limits: &'a Limits,
    direction: Direction,
    hints: &'a [Arc<Hint>],
    instances: usize,
    /// Which of them are totals: they carry nothing on.
    totals: Vec<bool>,
    /// What the last stored digit of a figure may be off by.
    noise: i128,
    /// One.
    unit: i128,
    /// Series by series; none of those that take no part.
    cells: Vec<Option<Scaled>>,
    /// Series that hold figures other than zero, in order.
    live: Vec<usize>,
    /// The figures of each instance by their values, once they are asked for.
    indexes: Vec<OnceCell<Index>>,
}

impl<'a> Side<'a> {
    /// `None` where balances are not looked for.
    fn new(grid: &'a Grid, limits: &'a Limits, direction: Direction) -> Option<Self> {
        let (hints, others) = (grid.hints(direction), grid.hints(direction.across()));
        if hints.len() > LONGEST || others.len() > LONGEST || others.len() <= LEAST_DISTINCT {
            return None;
        }
        let instances = others.len();
        let mut cells = Vec::with_capacity(grid.cells.len());
        let mut live = vec![];
        for (series, hint) in (0..).zip(hints) {
            let before = cells.len();
            cells.extend((0..instances as u32).map(|instance| {
                if hint.excluded { None } else { grid.along(direction, series, instance) }
            }));
            if cells[before..].iter().flatten().any(|cell| cell.value != 0) {
                live.push(series as usize);
            }
        }
        let totals = others.iter().map(|hint| hint.says.has(Word::Total)).collect();
        let noise = if grid.scale >= FINEST { 2 } else { 0 };
        // All values are doubled.
        let unit = 2 * 10_i128.pow(grid.scale);
        let indexes = vec![OnceCell::new(); instances];
        Some(Self {
            limits,
            direction,
            hints,
            instances,
            totals,
            noise,
            unit,
            cells,
            live,
            indexes,
        })
    }

    fn at(&self, series: usize, instance: usize) -> Option<Scaled> {
        self.cells[series * self.instances + instance]
    }

    fn value(&self, series: usize, instance: usize) -> i128 {
        self.at(series, instance).map_or(0, |cell| cell.value)
    }

    fn index(&self, instance: usize) -> &Index {
        self.indexes[instance].get_or_init(|| Index::of(self, instance))
    }
}

/// `told` are the series that others explain.
fn along(side: &Side<'_>, known: &[Family], told: &dyn Fn(usize) -> bool) -> Vec<Roll> {
    let explained = |roll: &Roll| {
        known.iter().any(|family| {
            family.direction == side.direction
                && family.operation == Operation::Sum
                && family.target == roll.series
                && roll.terms.iter().all(|(term, _)| family.terms.contains(term))
        })
    };
    (0..side.live.len())
        .filter(|rank| !told(side.live[*rank]))
        .filter_map(|rank| of_series(side, rank))
        .filter(|roll| is_meant(side, roll) && !explained(roll))
        .flat_map(|roll| [closing(side, &roll), Some(roll)])
        .flatten()
        .collect()
}

/// What totals below a balance state of it: 本月合计 and 本年累计 of a ledger repeat the last one. One that does not is told
/// where others do, or where a slip of the pen parts them.
fn closing(side: &Side<'_>, roll: &Roll) -> Option<Roll> {
    let series = roll.series as usize;
    let upwards = roll.holds.first().is_some_and(|(from, to)| from > to);
    if upwards || !side.hints[series].says.has(Word::Difference) {
        return None;
    }
    let (mut holds, mut fails) = (vec![], vec![]);
    let mut last: Option<(usize, i128)> = None;
    for at in 0..side.instances {
        let Some(Scaled { value, .. }) = side.at(series, at) else { continue };
        match last {
            _ if !side.totals[at] => last = Some((at, value)),
            Some((from, before)) if value == before => holds.push((from as u32, at as u32)),
            Some((from, before)) => fails.push((from as u32, at as u32, before, value)),
            None => {}
        }
    }
    let broken = match fails[..] {
        [(from, to, before, stated)] => {
            let grain = common_grain([before, stated]);
            let is_told = holds.len() >= 2 || is_slip(stated / grain, before / grain);
            if is_told { vec![(from, to)] } else { vec![] }
        }
        _ => vec![],
    };
    let meant = holds.len() + broken.len() > 0 && fails.len() <= holds.len() + broken.len();
    let support = (holds.len() as u32, (holds.len() + fails.len()) as u32);
    meant.then(|| Roll { terms: vec![], holds, broken, support, ..roll.clone() })
}

/// Whether a balance is one by its form, as two series say what came in and what went out, or by a word: its own for a balance
/// or a cumulation, or that of a change, other than one in per cent, for what is carried. Other figures may well be those
/// before them and one more, like times of day at even steps: many different steps must say that they are not.
fn is_meant(side: &Side<'_>, roll: &Roll) -> bool {
    let says = |series: u32, word: Word| side.hints[series as usize].says.has(word);
    roll.sure
        || roll.terms.len() > 1
        || [Word::Difference, Word::Running].into_iter().any(|word| says(roll.series, word))
        || roll
            .terms
            .iter()
            .any(|(term, _)| says(*term, Word::Change) && !says(*term, Word::Percent))
}

/// The end at which a series of balances begins. A bank writes its statements with the newest line on top.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    OldestFirst,
    NewestFirst,
}

/// One step of a series.
#[derive(Clone, Copy)]
struct Step {
    from: usize,
    to: usize,
    by: i128,
    half: i128,
}

/// From each figure of a series to the next one, or, where the newest stands first, to the one before.
fn steps(side: &Side<'_>, series: usize, order: Order, totals: bool) -> Vec<Step> {
    let mut steps = vec![];
    let mut before: Option<(usize, Scaled)> = None;
    for at in 0..side.instances {
        let to = match order {
            Order::OldestFirst => at,
            Order::NewestFirst => side.instances - 1 - at,
        };
        if side.totals[to] && !totals {
            continue;
        }
        let Some(cell) = side.at(series, to) else { continue };
        if let Some((from, old)) = before {
            steps.push(Step { from, to, by: cell.value - old.value, half: cell.half + old.half });
        }
        before = Some((to, cell));
    }
    steps
}

/// Whether so many of the steps differ that they can prove a balance.
fn differ(steps: &[Step]) -> bool {
    let mut different: Vec<i128> = Vec::with_capacity(LEAST_DISTINCT);
    for by in steps.iter().map(|step| step.by).filter(|by| *by != 0) {
        if !different.contains(&by) {
            different.push(by);
        }
        if different.len() >= LEAST_DISTINCT {
            return true;
        }
    }
    false
}

/// Whether many steps are one long figure: what is written off each year.
fn are_even(steps: &[Step]) -> bool {
    steps.iter().filter(|step| step.by.abs() >= LONG).take(LEAST_EVEN).count() == LEAST_EVEN
}

/// The balance that the series at a place among the live ones is. That it runs upwards is tried of all pairs where its header
/// says that it is one; else of single series only, which finds what was there before the terms of the same instance, too.
fn of_series(side: &Side<'_>, rank: usize) -> Option<Roll> {
    let says = side.hints[side.live[rank]].says;
    let named = says.has(Word::Difference) || says.has(Word::Running);
    let best = |order: Order, pairs: bool| {
        let plain = in_order(side, rank, &steps(side, side.live[rank], order, false), pairs);
        // What is a total in another table of the sheet may be a line like others in this one.
        let has_totals =
            (0..side.instances).any(|at| side.totals[at] && side.at(side.live[rank], at).is_some());
        if !has_totals || plain.as_ref().is_some_and(|(_, roll)| roll.support.0 == roll.support.1) {
            return plain;
        }
        let all = in_order(side, rank, &steps(side, side.live[rank], order, true), pairs);
        let better = all.filter(|(score, _)| plain.as_ref().is_none_or(|(old, _)| score > old));
        better.or(plain)
    };
    let found = best(Order::OldestFirst, true).or_else(|| best(Order::NewestFirst, named));
    found.map(|(_, roll)| roll)
}

fn in_order(side: &Side<'_>, rank: usize, steps: &[Step], pairs: bool) -> Option<(f64, Roll)> {
    if !differ(steps) && !are_even(steps) {
        return None;
    }
    let near = near(side, rank);
    let mut candidates: BTreeSet<Vec<(u32, i32)>> = BTreeSet::new();
    let mut alone: BTreeMap<(u32, i32), usize> = BTreeMap::new();
    for (at, step) in pivots(steps, SINGLES).enumerate() {
        let window = Window { side, index: side.index(step.to), step, near: near.clone(), rank };
        for one in window.singles() {
            *alone.entry(one).or_default() += 1;
        }
        if pairs && at % (SINGLES / PAIRS) == 0 {
            candidates.extend(window.pairs());
        }
    }
    // In a ledger each line fills one of its columns: which belong together is told by different lines.
    let mut alone: Vec<((u32, i32), usize)> = alone.into_iter().collect();
    alone.sort_by_key(|(one, count)| (std::cmp::Reverse(*count), *one));
    alone.truncate(MOST_SINGLES);
    alone.sort_unstable();
    for (at, (one, _)) in alone.iter().enumerate() {
        candidates.insert(vec![*one]);
        let rest = if pairs { &alone[at + 1..] } else { &[] };
        let others = rest.iter().filter(|(other, _)| other.0 != one.0);
        candidates.extend(others.map(|(other, _)| vec![*one, *other]));
    }
    let mut best: Option<(f64, Roll)> = None;
    for terms in candidates {
        if let Some((score, roll)) = proved(side, rank, steps, &terms)
            && best.as_ref().is_none_or(|(old, _)| score > *old + 1e-9)
        {
            best = Some((score, roll));
        }
    }
    best
}

/// The live series on either side that may be carried on.
fn near(side: &Side<'_>, rank: usize) -> Range<usize> {
    rank.saturating_sub(REACH)..side.live.len().min(rank + REACH + 1)
}

/// Steps of different size, spread over all of them.
fn pivots(steps: &[Step], most: usize) -> impl Iterator<Item = Step> {
    let moving: Vec<Step> = steps.iter().copied().filter(|step| step.by != 0).collect();
    let stride = (moving.len() / most).max(1);
    moving.into_iter().step_by(stride).take(most)
}

/// The figures of one instance by their values.
#[derive(Clone)]
struct Index {
    /// By their band of values, in order, with their place among the live series: binary fractions are cut at their last
    /// digit.
    at: Vec<(i128, u32)>,
    /// Of each live series the lower half of its value: sums of these tell that nothing meets.
    low: Vec<u64>,
    /// A bit for each band that holds one, bands folded: nearly all that is asked for is not there.
    held: Vec<u64>,
    /// The same of sizes, whatever their sign, where nothing is cut.
    sizes: Vec<u64>,
    /// The same for wider bands of the lower halves, told without a division where there is noise.
    wide: Vec<u64>,
    /// Bits of a place in both.
    place: u32,
    /// A wide band is so many bits of a value wide.
    shift: u32,
}

impl Index {
    fn of(side: &Side<'_>, instance: usize) -> Self {
        let values = || side.live.iter().map(|series| side.value(*series, instance));
        let low = values().map(|value| value as u64).collect();
        let mut at: Vec<(i128, u32)> = (0..)
            .zip(values())
            .filter(|(_, value)| *value != 0)
            .map(|(rank, value)| (band(value, side.noise), rank))
            .collect();
        at.sort_unstable();
        // Those beside it, too, where they count: then one bit tells. About one in 32 is set.
        let reach = side.noise.min(1);
        let place = (at.len() * 32 * (1 + 2 * reach as usize)).next_power_of_two().ilog2().max(6);
        let held = vec![0; 1 << (place - 6)];
        let slack = 2 * (8 * side.noise + 1) as u64;
        let shift = u64::BITS - (2 * slack).leading_zeros();
        let sizes = held.clone();
        let mut own = Self { at, low, wide: held.clone(), held, sizes, place, shift };
        if reach > 0 {
            for low in values().filter(|value| *value != 0).map(|value| value as u64) {
                for end in [low.wrapping_sub(slack), low.wrapping_add(slack)] {
                    let (word, bit) = own.place(end >> shift);
                    own.wide[word] |= 1 << bit;
                }
            }
        }
        for (band, _) in &own.at {
            let (word, bit) = own.place((*band as i64).unsigned_abs());
            own.sizes[word] |= 1 << bit;
            for band in band - reach..=band + reach {
                let (word, bit) = own.place(band as u64);
                own.held[word] |= 1 << bit;
            }
        }
        own
    }

    /// Where the bit of a band is, told from its lower half.
    #[inline]
    fn place(&self, band: u64) -> (usize, u32) {
        let place = band.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - self.place);
        ((place / 64) as usize, (place % 64) as u32)
    }

    /// Whether a figure may lie in a band, or in one beside it that counts.
    #[inline]
    fn may_hold(&self, band: u64) -> bool {
        let (word, bit) = self.place(band);
        self.held[word] >> bit & 1 == 1
    }

    /// Whether a figure may be of the size of a value with this lower half, where nothing is cut.
    #[inline]
    fn may_be_of_size(&self, low: u64) -> bool {
        let (word, bit) = self.place((low as i64).unsigned_abs());
        self.sizes[word] >> bit & 1 == 1
    }

    /// Whether a figure may lie in the band of a value with this lower half, or in one beside it.
    #[inline]
    fn may_be_near(&self, low: u64) -> bool {
        let (word, bit) = self.place(low >> self.shift);
        self.wide[word] >> bit & 1 == 1
    }
}

/// The figures that may make up one step.
struct Window<'a> {
    side: &'a Side<'a>,
    index: &'a Index,
    step: Step,
    /// The series near enough, by their place among the live ones.
    near: Range<usize>,
    /// That of the series itself, which is none of them.
    rank: usize,
}

impl Window<'_> {
    /// Whether a series may hold a value: nearly none does.
    #[inline]
    fn may_hold(&self, value: i128) -> bool {
        self.index.may_hold(band(value, self.side.noise) as u64)
    }

    /// Whether a series may make up the step together with one whose value has this lower half.
    #[inline]
    fn may_meet(&self, low: u64) -> bool {
        let by = self.step.by as u64;
        let (less, more) = (by.wrapping_sub(low), by.wrapping_add(low));
        if self.side.noise > 0 {
            let may = |low: u64| {
                self.index.may_be_near(low) || self.index.may_be_near(low.wrapping_neg())
            };
            return may(less) || may(more);
        }
        self.index.may_be_of_size(less) || self.index.may_be_of_size(more)
    }

    /// Series near enough that hold a value, no more than say anything.
    fn holding(&self, value: i128) -> impl Iterator<Item = u32> {
        let noise = self.side.noise;
        let (band, reach) = (band(value, noise), noise.min(1));
        let at = &self.index.at;
        let from = at.partition_point(|(other, _)| *other < band - reach);
        let bands = at[from..].chunk_by(|a, b| a.0 == b.0);
        bands.take_while(move |equal| equal[0].0 <= band + reach).flat_map(|equal| {
            let is_near = |rank: &usize| self.near.contains(rank) && *rank != self.rank;
            let ranks = equal.iter().map(|(_, rank)| *rank as usize).filter(is_near);
            let few = ranks.clone().take(MOST_EQUAL + 1).count() <= MOST_EQUAL;
            ranks.filter(move |_| few).map(|rank| self.side.live[rank] as u32)
        })
    }

    /// Series that make up the step alone.
    fn singles(&self) -> impl Iterator<Item = (u32, i32)> {
        [(self.step.by, 1), (-self.step.by, -1)]
            .into_iter()
            .filter(|(value, _)| self.may_hold(*value))
            .flat_map(|(value, sign)| self.holding(value).map(move |series| (series, sign)))
    }

    /// Two series that make it up together.
    fn pairs(&self) -> Vec<Vec<(u32, i32)>> {
        let mut found = vec![];
        for (rank, low) in self.near.clone().zip(&self.index.low[self.near.clone()]) {
            if !self.may_meet(*low) || rank == self.rank {
                continue;
            }
            let one = self.side.live[rank];
            let value = self.side.value(one, self.step.to);
            if value == 0 {
                continue;
            }
            let one = one as u32;
            for (rest, sign) in [(self.step.by - value, 1), (self.step.by + value, -1)] {
                for (rest, other_sign) in [(rest, 1), (-rest, -1)] {
                    if !self.may_hold(rest) {
                        continue;
                    }
                    found.extend(
                        self.holding(rest)
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
#[inline]
fn band(value: i128, noise: i128) -> i128 {
    let width = 8 * noise + 1;
    match i64::try_from(value) {
        _ if width == 1 => value,
        // 128 bits are divided by calling a function, 64 are not.
        Ok(value) => i128::from(value.div_euclid(width as i64)),
        Err(_) => value.div_euclid(width),
    }
}

/// What came of one step: what its terms come to, and what they may be off by.
#[derive(Clone, Copy)]
struct Trial {
    step: Step,
    sum: i128,
    tolerance: i128,
}

impl Trial {
    fn holds(&self) -> bool {
        (self.sum - self.step.by).abs() <= self.tolerance
    }
}

fn proved(
    side: &Side<'_>,
    rank: usize,
    steps: &[Step],
    terms: &[(u32, i32)],
) -> Option<(f64, Roll)> {
    let noise = side.noise * (terms.len() as i128 + 2);
    let mut trials: Vec<Trial> = vec![];
    let (mut holds, mut fails) = (0_usize, 0_usize);
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
        let trial = Trial { step: *step, sum, tolerance };
        if trial.holds() {
            holds += 1;
        } else {
            fails += 1;
            // Most chance meetings end here.
            if fails >= MOST_FAILS && holds * 8 < fails {
                return None;
            }
        }
        trials.push(trial);
    }
    let whole = judged(side, rank, &trials, terms, 0.0);
    whole.or_else(|| {
        // Of tables one below the other only one may carry something on.
        let pieces = trials
            .split(|trial| !trial.holds())
            .filter(|piece| piece.len() >= LEAST_DISTINCT)
            .max_by_key(|piece| piece.len())?;
        let place = 2.0 * log2(trials.len());
        judged(side, rank, pieces, terms, place)
    })
}

/// What came of all the steps that were tried.
struct Count {
    /// The steps that hold: from which instance to which.
    holds: Vec<(u32, u32)>,
    /// The steps that fail, and what their terms come to.
    fails: Vec<(Step, i128)>,
    /// What each different step that holds goes on by, and what it may be off by.
    different: Vec<(i128, i128)>,
}

impl Count {
    fn of(trials: &[Trial]) -> Self {
        let mut count = Self { holds: vec![], fails: vec![], different: vec![] };
        let mut seen: BTreeSet<i128> = BTreeSet::new();
        for trial in trials {
            let Trial { step, sum, tolerance } = *trial;
            if !trial.holds() {
                count.fails.push((step, sum));
                continue;
            }
            count.holds.push((step.from as u32, step.to as u32));
            if seen.insert(step.by) {
                count.different.push((step.by, 2 * tolerance));
            }
        }
        count
    }

    /// What the steps prove by themselves, in figures that are multiples of `grain`.
    fn tally(&self, grain: i128) -> Tally {
        // A balance that is off to both sides by the same is one wrong figure.
        let once = matches!(self.fails.as_slice(), [one, other] if is_one_figure(one, other));
        Tally {
            gain: self.different.iter().map(|(by, slack)| bits(*by, (*slack).max(grain))).sum(),
            holds: self.holds.len() as u32,
            tried: (self.holds.len() + self.fails.len() - usize::from(once)) as u32,
            ..Tally::default()
        }
    }
}

/// What a balance begins with is what its terms come to there: it is carried on from nothing.
fn begins(side: &Side<'_>, series: usize, trials: &[Trial], terms: &[(u32, i32)]) -> bool {
    trials.first().is_some_and(|Trial { step, .. }| {
        let parts = terms.iter().map(|(term, c)| {
            side.at(*term as usize, step.from).map_or(0, |cell| cell.value * i128::from(*c))
        });
        let stated = side.value(series, step.from);
        stated != 0 && parts.sum::<i128>() == stated
    })
}

/// The bits it takes to say which series are carried on. Words leave few to choose among.
fn choice(side: &Side<'_>, rank: usize, terms: &[(u32, i32)], spoken: bool) -> f64 {
    let near = near(side, rank).len();
    let of_term = |term: u32| {
        let at = side.live.binary_search(&(term as usize)).unwrap_or(0);
        let is_near = spoken || terms.len() == 1;
        log2(if is_near { 2 * at.abs_diff(rank).min(REACH) } else { near - 1 })
    };
    terms.iter().map(|(term, _)| of_term(*term)).sum()
}

/// How surely so many steps are those of a balance; `place` is what it takes to say where it is one.
fn judged(
    side: &Side<'_>,
    rank: usize,
    trials: &[Trial],
    terms: &[(u32, i32)],
    place: f64,
) -> Option<(f64, Roll)> {
    let limits = side.limits;
    let series = side.live[rank];
    let count = Count::of(trials);
    let begins = begins(side, series, trials, terms);
    let grain = grain(side, trials.iter().map(|trial| trial.step), terms);
    let even = begins
        && count.fails.is_empty()
        && count.holds.len() >= LEAST_EVEN
        && terms.len() == 1
        && count.different.iter().all(|(by, _)| by.abs() / grain >= LONG);
    if count.different.len() < LEAST_DISTINCT && !even {
        return None;
    }
    let mut tally = count.tally(grain);
    // Words for it, or for totals as what is carried on, let steps that are alike say something, too.
    let says = side.hints[series].says;
    let worded = says.has(Word::Difference) || says.has(Word::Running);
    let of_totals = terms.iter().all(|(term, _)| {
        let says = side.hints[*term as usize].says;
        says.has(Word::Total) || says.has(Word::Difference)
    });
    let spoken = worded || of_totals;
    if spoken {
        let repeated = count.holds.len() - count.different.len();
        tally.gain += if begins { BEGINS } else { 0.0 };
        tally.gain += REPEATED * repeated.min(MOST_REPEATED) as f64;
    }
    let cost = 4.0 + choice(side, rank, terms, spoken) + place - if worded { 4.0 } else { 0.0 };
    let score = tally.score() - cost;
    let least = if worded || even { limits.worded_carried } else { limits.carried };
    let holds_in = |share: f64| f64::from(tally.holds) >= share * f64::from(tally.tried);
    if score < least || !holds_in(limits.carried_share) {
        return None;
    }
    let balance = says.has(Word::Difference);
    let enough = if balance { HOLDS_PER_FAILURE / 2 } else { HOLDS_PER_FAILURE };
    let mut broken = broken(side, series, &count.fails, (count.different.len(), enough));
    // Without a word a figure that is not the one before and one more may begin something else, unless a slip of the pen parts
    // them.
    if let ([(step, sum)], false) = (count.fails.as_slice(), balance) {
        let (by, sum) = (step.by / grain, sum / grain);
        broken.retain(|_| is_slip(by, sum));
    }
    // Fractions of one are rates more often than amounts.
    let are_amounts =
        trials.iter().filter(|trial| trial.step.by.abs() >= side.unit).count() * 2 >= trials.len();
    let many = count.different.len() as f64 >= limits.bare_carried_distinct
        && score >= limits.bare_carried;
    let roll = Roll {
        direction: side.direction,
        series: series as u32,
        terms: terms.to_vec(),
        support: (count.holds.len() as u32, trials.len() as u32),
        holds: count.holds,
        broken,
        sure: are_amounts && (many || even) && holds_in(limits.bare_carried_share),
    };
    Some((score, roll))
}

/// The power of ten that all steps and what makes them up are multiples of.
fn grain(side: &Side<'_>, steps: impl Iterator<Item = Step>, terms: &[(u32, i32)]) -> i128 {
    let figures = steps.flat_map(|step| {
        let parts = terms.iter().map(move |(term, _)| side.value(*term as usize, step.to));
        parts.chain([step.by])
    });
    common_grain(figures)
}

/// Whether two failing steps are those to and from one balance, which is off to both sides by the same.
fn is_one_figure(one: &(Step, i128), other: &(Step, i128)) -> bool {
    let gap = |(step, sum): &(Step, i128)| step.by - sum;
    one.0.to == other.0.from && (gap(one) + gap(other)).abs() <= one.0.half + other.0.half
}

/// The failing steps that one wrong figure explains: a part, or a balance that is off to both sides by the same.
fn broken(
    side: &Side<'_>,
    series: usize,
    fails: &[(Step, i128)],
    (distinct, enough): (usize, usize),
) -> Vec<(u32, u32)> {
    let places = |steps: &[(Step, i128)]| {
        steps.iter().map(|(step, _)| (step.from as u32, step.to as u32)).collect()
    };
    match fails {
        // What begins anew carries nothing on.
        [(step, sum)] if side.value(series, step.to) == *sum => vec![],
        [one] if distinct >= enough => places(&[*one]),
        [one, other] if distinct >= HOLDS_PER_FAILURE / 2 && is_one_figure(one, other) => {
            places(&[*one, *other])
        }
        _ => vec![],
    }
}
