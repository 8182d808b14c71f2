//! Blocks of lines or columns that are sums or differences of other blocks, place by place: 差异 of each item below 预算 of each
//! and 决算 of each.
//!
//! One such pair of terms far from its target proves little. That the same two distances hold for several targets in a row
//! proves the form, and what each of them gains counts for all.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "evidence is weighed here, never an amount"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Limits;
use super::apart::independent;
use super::axis::Axis;
use super::evidence::{Tally, Verdict, log2, test_sum, try_sum};
use super::family::{Candidate, Form, Slice};
use super::meet::Half;
use crate::model::Operation;

/// How many instances are searched for candidates.
const PIVOTS: usize = 4;
/// Longest list that is searched: every two of its figures are tried.
const LONGEST: usize = 200;
/// Figures of one value in one instance. Where more stand there, meeting one says nothing.
const MOST_EQUAL: usize = 3;
/// How many pairs of distances are tried in full.
const MOST_TRIED: usize = 24;
/// Terms at least one of which is no nearer: nearer ones are found as neighbours.
const LEAST_FAR: i32 = 3;

/// The distances of two terms from their target, and whether the second one is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Distances {
    first: i32,
    second: i32,
    minus: bool,
}

/// The sums of blocks of other blocks, a candidate each target.
pub(super) fn find(axis: &Axis, limits: &Limits, list: &[usize]) -> Vec<Candidate> {
    if list.len() < 3 * limits.block_length || list.len() > LONGEST {
        return vec![];
    }
    let mut votes: HashMap<Distances, BTreeSet<usize>> = HashMap::new();
    for pivot in axis.pivots(PIVOTS) {
        vote(axis, list, pivot, &mut votes);
    }
    let mut forms: Vec<(Distances, BTreeSet<usize>)> =
        votes.into_iter().filter(|(_, targets)| targets.len() >= limits.block_length).collect();
    forms.sort_by(|a, b| (b.1.len(), a.0).cmp(&(a.1.len(), b.0)));
    forms
        .into_iter()
        .take(MOST_TRIED)
        .flat_map(|(form, _)| of_form(axis, limits, list, form))
        .collect()
}

/// Counts for each pair of distances at which targets it meets in one instance.
fn vote(
    axis: &Axis,
    list: &[usize],
    pivot: usize,
    votes: &mut HashMap<Distances, BTreeSet<usize>>,
) {
    let figures: Vec<(usize, i128)> = list
        .iter()
        .filter_map(|series| Some((*series, axis.at(*series, pivot)?.value)))
        .filter(|(_, value)| *value != 0)
        .collect();
    // Binary fractions are cut at their last digit: what meets lies in the same band or the next.
    let width = 8 * axis.noise + 1;
    let band = |value: i128| match i64::try_from(value) {
        // 128 bits are divided by calling a function, 64 are not.
        Ok(value) if width <= 64 => i128::from(value.div_euclid(width as i64)),
        _ => value.div_euclid(width),
    };
    // Nearly all that is asked for is not there.
    let near = if width == 1 { 0 } else { 2 * width as u64 };
    // That is told by sizes: what is left of two figures is the same both ways round, but for its sign.
    let size = |low: u64| (low as i64).unsigned_abs();
    let lows: Vec<u64> = figures.iter().map(|(_, value)| *value as u64).collect();
    let filled = Half::new(lows.iter().map(|low| size(*low)).collect(), near);
    let away = |series: usize, target: usize| series as i32 - target as i32;
    let mut pairs: Vec<(usize, usize)> = vec![];
    for (one, own) in lows.iter().enumerate() {
        for (other, low) in lows.iter().enumerate().skip(one + 1) {
            let rest = size(own.wrapping_sub(*low));
            if filled.may_hold(rest.saturating_sub(near), rest.wrapping_add(near)) {
                pairs.extend([(one, other), (other, one)]);
            }
        }
    }
    if pairs.is_empty() {
        return;
    }
    let mut at: HashMap<i128, Vec<usize>> = HashMap::new();
    for (series, value) in &figures {
        at.entry(band(*value)).or_default().push(*series);
    }
    at.retain(|_, list| list.len() <= MOST_EQUAL);
    for (target, first) in pairs {
        let ((target, stated), (first, value)) = (figures[target], figures[first]);
        for (rest, minus) in [(stated - value, false), (value - stated, true)] {
            let (steps, band) = (if width == 1 { 0..=0 } else { -1..=1 }, band(rest));
            for &second in steps.filter_map(|step| at.get(&(band + step))).flatten() {
                if second == target || second == first || !minus && second < first {
                    continue;
                }
                let form =
                    Distances { first: away(first, target), second: away(second, target), minus };
                if form.first.abs().max(form.second.abs()) >= LEAST_FAR {
                    votes.entry(form).or_default().insert(target);
                }
            }
        }
    }
}

/// The stretches of targets at which a pair of distances holds.
fn of_form(axis: &Axis, limits: &Limits, list: &[usize], form: Distances) -> Vec<Candidate> {
    let mut stretch: Vec<Candidate> = vec![];
    let mut found: BTreeMap<usize, Candidate> = BTreeMap::new();
    let mut close = |stretch: &mut Vec<Candidate>| {
        found.extend(proved(limits, std::mem::take(stretch)).into_iter().map(|c| (c.target, c)));
    };
    let takes_part = taking_part(axis, list, form);
    for &target in list {
        match of_target(axis, list, target, form, &takes_part) {
            Some(candidate) if candidate.tally.tried == 0 => {}
            Some(candidate)
                if f64::from(candidate.tally.holds)
                    >= limits.block_share * f64::from(candidate.tally.tried) =>
            {
                stretch.push(candidate);
            }
            _ => close(&mut stretch),
        }
    }
    close(&mut stretch);
    found.into_values().collect()
}

/// The two terms of a target, where both are there.
fn terms(list: &[usize], target: usize, form: Distances) -> Option<Vec<usize>> {
    let at = |away: i32| {
        let series = usize::try_from(target as i32 + away).ok()?;
        list.binary_search(&series).ok()
    };
    Some(vec![list[at(form.first)?], list[at(form.second)?]])
}

/// The instances in which the form holds at all: a column of dimensions before the figures has no such sums.
fn taking_part(axis: &Axis, list: &[usize], form: Distances) -> Vec<bool> {
    let minus = usize::from(form.minus);
    let mut holds = vec![0; axis.instances];
    for &target in list {
        let Some(terms) = terms(list, target, form) else { continue };
        for (instance, holds) in holds.iter_mut().enumerate() {
            let slice = Slice { all: &terms, minus };
            let verdict = test_sum(axis, target, slice, instance, false);
            *holds += i32::from(matches!(verdict, Verdict::Holds(gain) if gain > 0.0));
        }
    }
    holds.into_iter().map(|holds| holds >= 2).collect()
}

fn of_target(
    axis: &Axis,
    list: &[usize],
    target: usize,
    form: Distances,
    takes_part: &[bool],
) -> Option<Candidate> {
    let terms = terms(list, target, form)?;
    let minus = usize::from(form.minus);
    let slice = Slice { all: &terms, minus };
    let mut tally = Tally::default();
    for instance in (0..axis.instances).filter(|instance| takes_part[*instance]) {
        let trial = try_sum(axis, target, slice, instance, false);
        match trial.verdict {
            Verdict::Holds(gain) if gain > 0.0 => {
                tally.several += u32::from(trial.several);
                tally.gain += gain;
                tally.distinct += axis.weight(target, instance);
                tally.holds += 1;
                tally.tried += 1;
            }
            Verdict::Fails => tally.tried += 1,
            _ => {}
        }
    }
    let tally = independent(axis, target, slice, false, tally);
    Some(Candidate {
        operation: Operation::Sum,
        target,
        score: tally.score(),
        terms,
        minus,
        factor: 1,
        form: Form::Block,
        tally,
    })
}

/// A stretch whose members together prove the form; each is worth what all of them prove.
fn proved(limits: &Limits, mut stretch: Vec<Candidate>) -> Vec<Candidate> {
    let different = stretch.iter().filter(|one| one.tally.distinct >= 0.5).count();
    let gain: f64 = stretch.iter().map(|one| one.tally.score()).sum();
    let cost = stretch.first().map_or(0.0, |one| {
        1.0 + one.terms.iter().map(|term| 2.0 * log2(term.abs_diff(one.target))).sum::<f64>()
    });
    if different < limits.block_length || gain - cost < limits.block {
        return vec![];
    }
    let score = (gain - cost) / stretch.len() as f64;
    for one in &mut stretch {
        one.score = one.score.max(score);
    }
    stretch
}
