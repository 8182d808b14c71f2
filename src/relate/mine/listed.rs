//! Sums of chosen series without a look in common: section totals of a balance sheet, states against federation, some of them
//! taken away.
//!
//! Which of the nearest ones are meant is asked of two instances at once: sums of both, folded into one number, meet the
//! target's only where both tie. What meets is tried in all instances. Each series passed over costs the bits that it takes
//! to say so.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "evidence is weighed here, never an amount"
)]

use std::collections::BTreeSet;

use super::Limits;
use super::apart::independent;
use super::axis::Axis;
use super::evidence::{log2, tally_sum};
use super::family::{Candidate, Form};
use super::meet::{Half, sums};
use super::signed::{CHOICE, is_worded, nearest, pivots, signed};
use super::words::Word;
use crate::model::Operation;

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
    for (at, &target) in list.iter().enumerate() {
        if !open(target) {
            continue;
        }
        for before in [true, false] {
            let near = |count: usize| nearest(list, at, before, count);
            let plain = best(axis, limits, target, &near(REACH), &[0, 1]);
            found.extend(
                plain.or_else(|| best(axis, limits, target, &near(SIGNED_REACH), &[0, 1, -1])),
            );
        }
    }
    found
}

fn best(
    axis: &Axis,
    limits: &Limits,
    target: usize,
    window: &[usize],
    signs: &[i8],
) -> Option<Candidate> {
    if window.len() < 3 {
        return None;
    }
    let pivots = pivots(axis, target, window);
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
    let near = Half::new(low(&figures[..middle]), 0);
    low(&figures[middle..]).into_iter().any(|far| {
        let rest = (wanted as u64).wrapping_sub(far);
        near.any_in(rest, rest)
    })
}

/// All sums of a few folded figures, each with the places of its signs as digits of a number to the base of three.
fn all(figures: &[i128], signs: &[i8]) -> Vec<(i128, u32)> {
    let mut all = vec![(0_i128, 0_u32)];
    let mut place = 1;
    for &figure in figures {
        let count = if figure == 0 { 1 } else { signs.len() };
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
    let (tally, _, _) = tally_sum(axis, target, terms.slice(), false);
    if f64::from(tally.holds) < limits.listed_share * f64::from(tally.tried) {
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
