//! Sums of chosen series without a look in common: section totals of a balance sheet, states against federation, some of them
//! taken away.
//!
//! Which of the nearest ones are meant is asked of two instances at once: sums of both, folded into one number, meet the
//! target's only where both tie. That nothing meets is told by each instance alone, cheaply. What meets is tried in all instances. Each series passed over costs the bits that it takes
//! to say so.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "evidence is weighed here, never an amount"
)]

use std::collections::BTreeSet;
use std::ops::Range;

use super::Limits;
use super::apart::{independent, of_one_whole};
use super::axis::Axis;
use super::evidence::{log2, tally_sum};
use super::family::{Candidate, Form};
use super::meet::{Met, Sizes, sums};
use super::signed::{CHOICE, Filled, is_worded, nearest, signed};
use super::words::Word;
use crate::model::{Operation, QuickMap};

/// How many neighbours on one side may be added or left out.
const REACH: usize = 16;
/// How many may be added, taken away or left out.
const SIGNED_REACH: usize = 12;
/// Lists that meet in one pair. Where more do, figures are so small that meeting says nothing.
const MOST_HITS: usize = 32;
/// Longest list that is searched: statements are short, and a long list would cost more than it tells.
const LONGEST: usize = 120;
/// Folds the figures of two instances into one number: sums of folded figures are folded sums.
const FOLD: i128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835_u128 as i128;

/// The best list of each target that `open` leaves to be explained.
pub(super) fn find(
    axis: &Axis,
    limits: &Limits,
    list: &[usize],
    open: impl Fn(usize) -> bool,
) -> Vec<Candidate> {
    if list.len() < 4 || list.len() > LONGEST || axis.instances < 2 {
        return vec![];
    }
    let mut found = vec![];
    let filled = Filled::new(axis, list);
    let mut stretches = Stretches { axis, list, known: QuickMap::default() };
    for (at, &target) in list.iter().enumerate() {
        if !open(target) {
            continue;
        }
        stretches.forget(at);
        for before in [true, false] {
            let near = |count: usize| nearest(list, at, before, count);
            let plain = near(REACH);
            let sums = |pivot: usize| may_add_up(axis, target, &plain, pivot);
            let pivots = filled.pivots(at, before, REACH);
            let plain = best(axis, limits, (target, &plain), pivots, &[0, 1], sums);
            found.extend(plain.or_else(|| {
                if !may_have_signs(axis, limits, target) {
                    return None;
                }
                let signed = near(SIGNED_REACH);
                let sums = |pivot: usize| stretches.may_meet(at, before, pivot);
                let pivots = filled.pivots(at, before, SIGNED_REACH);
                best(axis, limits, (target, &signed), pivots, &[0, 1, -1], sums)
            }));
        }
    }
    found
}

/// Whether a target has so many figures that a choice of signs can prove anything: each counts for one at most.
fn may_have_signs(axis: &Axis, limits: &Limits, target: usize) -> bool {
    let worded = axis.says(target, Word::Total) || is_worded(axis, target);
    let distinct = if worded {
        limits.listed_distinct.min(limits.listed_signed_distinct)
    } else {
        limits.listed_signed_distinct
    };
    axis.series[target].count as f64 >= distinct
}

/// `may` tells of an instance, with certainty where it says no, whether any choice gives the target in it.
fn best(
    axis: &Axis,
    limits: &Limits,
    (target, window): (usize, &[usize]),
    mut pivots: Vec<usize>,
    signs: &[i8],
    mut may: impl FnMut(usize) -> bool,
) -> Option<Candidate> {
    if window.len() < 3 {
        return None;
    }
    // Both of a pair must give it.
    while pivots.len() >= 2 && !may(pivots[pivots.len() - 1]) {
        pivots.pop();
    }
    if let Some(last) = pivots.pop() {
        pivots.retain(|pivot| may(*pivot));
        pivots.push(last);
    }
    let mut seen: BTreeSet<Vec<i8>> = BTreeSet::new();
    let mut best: Option<Candidate> = None;
    for (at, &one) in pivots.iter().enumerate() {
        for &other in &pivots[at + 1..] {
            for choice in meetings(axis, target, window, [one, other], signs) {
                if !seen.insert(choice.clone()) {
                    continue;
                }
                if let Some(candidate) = candidate(axis, limits, target, window, &choice)
                    && best.as_ref().is_none_or(|best| candidate.score > best.score + 1e-9)
                {
                    best = Some(candidate);
                }
            }
        }
    }
    best
}

/// The lower half of a figure's bits: sums of these are those of the figures.
fn low(axis: &Axis, series: usize, instance: usize) -> u64 {
    axis.at(series, instance).map_or(0, |cell| cell.value as u64)
}

/// Whether some figures of a window may add up to the target in an instance. Where none is negative, those larger than the
/// target take no part.
fn may_add_up(axis: &Axis, target: usize, window: &[usize], pivot: usize) -> bool {
    let value = |series: usize| axis.at(series, pivot).map_or(0, |cell| cell.value);
    let stated = value(target);
    let grows = axis.nonnegative(pivot);
    let mut parts = [0_u64; REACH];
    let (mut count, mut all) = (0, 0_i128);
    for &series in window {
        let part = value(series);
        if part != 0 && !(grows && part > stated) {
            parts[count] = part as u64;
            count += 1;
            all = all.saturating_add(part);
        }
    }
    if grows && all < stated {
        return false;
    }
    let (near, far) = parts[..count].split_at(count / 2);
    let all = |half: &[u64]| sums(half.iter().copied(), &[0, 1]);
    let near = Met::new(all(near));
    all(far).into_iter().any(|far| near.holds((stated as u64).wrapping_sub(far)))
}

/// The signed sums of a few series of a list that lie side by side, in one instance: half of the window of one target is a
/// half of others' windows too.
struct Stretches<'a> {
    axis: &'a Axis,
    list: &'a [usize],
    /// By the first series, how many there are, and the instance.
    known: QuickMap<(usize, usize, usize), Sizes>,
}

impl Stretches<'_> {
    /// Forgets what targets from `at` on do not ask for, now and then.
    fn forget(&mut self, at: usize) {
        if at.is_multiple_of(SIGNED_REACH) {
            self.known.retain(|(first, ..), _| first + SIGNED_REACH >= at);
        }
    }

    /// Whether signed sums of the nearest series before or behind a place of the list may come to its figure.
    fn may_meet(&mut self, at: usize, before: bool, pivot: usize) -> bool {
        const HALF: usize = SIGNED_REACH / 2;
        let count = self.list.len();
        let [near, far] = if before {
            [at.saturating_sub(HALF)..at, at.saturating_sub(2 * HALF)..at.saturating_sub(HALF)]
        } else {
            let end = |places: usize| (at + 1 + places).min(count);
            [at + 1..end(HALF), end(HALF)..end(2 * HALF)]
        };
        let key = |range: &Range<usize>| (range.start, range.len(), pivot);
        for range in [&near, &far] {
            let (axis, list) = (self.axis, self.list);
            self.known.entry(key(range)).or_insert_with(|| {
                Sizes::new(list[range.clone()].iter().map(|series| low(axis, *series, pivot)))
            });
        }
        let stated = low(self.axis, self.list[at], pivot);
        let [Some(near), Some(far)] = [near, far].map(|range| self.known.get(&key(&range))) else {
            return true;
        };
        near.meets(far, stated)
    }
}

/// The choices of signs that give the target in both instances; series without figures in them are left out.
fn meetings(
    axis: &Axis,
    target: usize,
    window: &[usize],
    [one, other]: [usize; 2],
    signs: &[i8],
) -> Vec<Vec<i8>> {
    let value = |series: usize, instance: usize| axis.at(series, instance).map_or(0, |c| c.value);
    let folded =
        |series: usize| value(series, one).wrapping_add(value(series, other).wrapping_mul(FOLD));
    let figures: Vec<i128> = window.iter().map(|series| folded(*series)).collect();
    let wanted = folded(target);
    let middle = figures.len() / 2;
    if !may_meet(&figures, middle, wanted, signs) {
        return vec![];
    }
    let mut near = all(&figures[..middle], signs);
    near.sort_unstable();
    let decode = |mut code: u32, count: usize| -> Vec<i8> {
        (0..count)
            .map(|_| {
                let sign = signs[(code % 3) as usize];
                code /= 3;
                sign
            })
            .collect()
    };
    let mut found: Vec<Vec<i8>> = vec![];
    for (sum, far) in all(&figures[middle..], signs) {
        let rest = wanted.wrapping_sub(sum);
        let from = near.partition_point(|(value, _)| *value < rest);
        for (_, code) in near[from..].iter().take_while(|(value, _)| *value == rest) {
            if found.len() >= MOST_HITS {
                return found;
            }
            let mut choice = decode(*code, middle);
            choice.extend(decode(far, figures.len() - middle));
            if choice.iter().filter(|sign| **sign != 0).count() >= 2 && choice.contains(&1) {
                found.push(choice);
            }
        }
    }
    found
}

/// Whether sums of both halves may meet, told by the lower half of the bits.
fn may_meet(figures: &[i128], middle: usize, wanted: i128, signs: &[i8]) -> bool {
    let low = |figures: &[i128]| sums(figures.iter().map(|figure| *figure as u64), signs);
    let near = Met::new(low(&figures[..middle]));
    low(&figures[middle..]).into_iter().any(|far| near.holds((wanted as u64).wrapping_sub(far)))
}

/// All sums of a few folded figures, each with the places of its signs as digits of a number to the base of three.
fn all(figures: &[i128], signs: &[i8]) -> Vec<(i128, u32)> {
    let choices = |figure: i128| if figure == 0 { 1 } else { signs.len() };
    let mut all = Vec::with_capacity(figures.iter().map(|figure| choices(*figure)).product());
    all.push((0_i128, 0_u32));
    let mut place = 1;
    for &figure in figures {
        let count = choices(figure);
        let known = all.len();
        for (digit, sign) in signs.iter().enumerate().take(count).skip(1) {
            let step = figure.wrapping_mul(i128::from(*sign));
            for at in 0..known {
                let (sum, code) = all[at];
                all.push((sum.wrapping_add(step), code + place * digit as u32));
            }
        }
        place *= 3;
    }
    all
}

fn candidate(
    axis: &Axis,
    limits: &Limits,
    target: usize,
    window: &[usize],
    choice: &[i8],
) -> Option<Candidate> {
    let terms = signed(window, choice);
    let minus = terms.minus;
    if axis.said.holds_sum(target, &terms.all, minus) {
        return None;
    }
    let (tally, _, _) = tally_sum(axis, target, terms.slice(), false);
    if f64::from(tally.holds) < limits.listed_share * f64::from(tally.tried) {
        return None;
    }
    if terms.minus > 0 && of_one_whole(axis, target, terms.slice()) {
        return None;
    }
    let tally = independent(axis, target, terms.slice(), false, tally);
    let far = choice.iter().rposition(|sign| *sign != 0).unwrap_or(0) + 1;
    let percent = |s: usize| axis.says(s, Word::Percent);
    let unlike = terms.all.iter().any(|term| percent(*term) != percent(target));
    let total = axis.says(target, Word::Total);
    let prior = if total && minus == 0 { 4.0 } else { 0.0 } - if unlike { 8.0 } else { 0.0 };
    let each = if minus > 0 { CHOICE } else { 1.0 };
    let score = tally.score() - 3.0 - each * far as f64 - log2(terms.all.len()) + prior;
    // Signs that no word speaks for could have been chosen to fit.
    let chosen = minus > 0 && !total && !is_worded(axis, target);
    let (floor, distinct) = if chosen {
        (limits.listed_signed, limits.listed_signed_distinct)
    } else {
        (limits.listed, limits.listed_distinct)
    };
    (score >= floor && tally.distinct >= distinct).then_some(Candidate {
        operation: Operation::Sum,
        target,
        terms: terms.all,
        minus,
        factor: 1,
        form: Form::Listed,
        score,
        tally,
    })
}
