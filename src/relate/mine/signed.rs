//! Sums with signs among the neighbours of a target: what is left, what came of it, net of.
//!
//! Of a few neighbours each may be added, taken away or left out. In a few rich instances the halves of such sums are met
//! with each other; what meets there is tried in all instances.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "evidence is weighed here, never an amount"
)]

use std::collections::BTreeSet;

use super::Limits;
use super::apart::independent;
use super::axis::Axis;
use super::evidence::{Verdict, log2, tally_sum, test_sum};
use super::family::{Candidate, Form, Terms};
use super::meet::{Half, sums};
use super::words::Word;
use crate::model::Operation;

/// How many neighbours on one side take part.
const REACH: usize = 8;
/// How many instances are searched for candidates.
const PIVOTS: usize = 3;
/// Sums that meet in one instance. Where more do, figures are so small that meeting says nothing.
const MOST_HITS: usize = 48;
/// Bits that say of one neighbour whether it is added, taken away or left out.
pub(super) const CHOICE: f64 = 1.6;
/// Longest list that is searched: signs are looked for in statements and ledgers, not in registers.
const LONGEST: usize = 600;

/// The best signed sum of each target that `open` leaves to be explained.
pub(super) fn find(
    axis: &Axis,
    limits: &Limits,
    list: &[usize],
    open: impl Fn(usize) -> bool,
) -> Vec<Candidate> {
    if list.len() < 3 || list.len() > LONGEST {
        return vec![];
    }
    let mut found = vec![];
    for (at, &target) in list.iter().enumerate() {
        if !open(target) {
            continue;
        }
        for before in [true, false] {
            let window = nearest(list, at, before, REACH);
            if window.len() >= 2 {
                found.extend(best(axis, limits, target, &window));
            }
        }
    }
    found
}

/// The series of a list nearest to a place in it, on one side.
pub(super) fn nearest(list: &[usize], at: usize, before: bool, count: usize) -> Vec<usize> {
    if before {
        list[..at].iter().rev().take(count).copied().collect()
    } else {
        list[at + 1..].iter().take(count).copied().collect()
    }
}

/// The instances in which most of the window holds figures other than zero.
pub(super) fn pivots(axis: &Axis, target: usize, window: &[usize]) -> Vec<usize> {
    let live = |series: usize, instance: usize| {
        axis.at(series, instance).is_some_and(|cell| cell.value != 0)
    };
    let mut ranked: Vec<(usize, usize)> = (0..axis.instances)
        .filter(|instance| live(target, *instance))
        .map(|instance| (window.iter().filter(|s| live(**s, instance)).count(), instance))
        .filter(|(rich, _)| *rich >= 2)
        .collect();
    ranked.sort_by_key(|(rich, instance)| (std::cmp::Reverse(*rich), *instance));
    ranked.into_iter().take(PIVOTS).map(|(_, instance)| instance).collect()
}

fn best(axis: &Axis, limits: &Limits, target: usize, window: &[usize]) -> Option<Candidate> {
    let pivots = pivots(axis, target, window);
    // What else is believed takes all neighbours from the nearest on, and those under the target.
    let only_differences = !is_worded(axis, target) && !is_under(axis, target, window[0]);
    let mut seen: BTreeSet<Vec<i8>> = BTreeSet::new();
    let mut best: Option<Candidate> = None;
    for &pivot in &pivots {
        let may = if only_differences { may_differ } else { may_meet };
        if !may(axis, target, window, pivot) {
            continue;
        }
        for signs in meetings(axis, target, window, pivot) {
            if !seen.insert(signs.clone()) {
                continue;
            }
            let terms = signed(window, &signs);
            let fails = |instance: &&usize| {
                test_sum(axis, target, terms.slice(), **instance, false) == Verdict::Fails
            };
            if pivots.iter().filter(fails).count() * 2 > pivots.len() {
                continue;
            }
            if let Some(candidate) = candidate(axis, limits, target, window, terms)
                && best.as_ref().is_none_or(|best| candidate.score > best.score + 1e-9)
            {
                best = Some(candidate);
            }
        }
    }
    best
}

/// The series of a window that signs add and take away.
pub(super) fn signed(window: &[usize], signs: &[i8]) -> Terms {
    let pick = |wanted: i8| {
        window.iter().zip(signs).filter(move |(_, sign)| **sign == wanted).map(|(s, _)| *s)
    };
    let minus = pick(-1).count();
    Terms { all: pick(1).chain(pick(-1)).collect(), minus }
}

/// The signs of the window that give the target in an instance; neighbours without a figure are left out.
fn meetings(axis: &Axis, target: usize, window: &[usize], pivot: usize) -> Vec<Vec<i8>> {
    let Some(stated) = axis.at(target, pivot) else { return vec![] };
    let cells: Vec<(i128, i128)> = window
        .iter()
        .map(|s| axis.at(*s, pivot).map_or((0, 0), |cell| (cell.value, cell.half)))
        .collect();
    let slack = stated.half + cells.iter().map(|(_, half)| half).sum::<i128>() + axis.noise * 8;
    let middle = cells.len() / 2;
    let near = halves(&cells[..middle]);
    let mut far = halves(&cells[middle..]);
    far.sort();
    let mut found: Vec<Vec<i8>> = vec![];
    for (sum, signs) in &near {
        let wanted = stated.value - sum;
        let from = far.partition_point(|(value, _)| *value < wanted - slack);
        for (value, others) in &far[from..] {
            if *value > wanted + slack || found.len() >= MOST_HITS {
                break;
            }
            let all: Vec<i8> = signs.iter().chain(others).copied().collect();
            let used = all.iter().filter(|sign| **sign != 0).count();
            if used >= 2 && all.contains(&1) {
                found.push(all);
            }
        }
    }
    found
}

/// Whether words call a target what is left or what changed.
pub(super) fn is_worded(axis: &Axis, target: usize) -> bool {
    [Word::Difference, Word::Change].into_iter().any(|word| axis.says(target, word))
}

/// Whether a series stands under a target in the tree.
fn is_under(axis: &Axis, target: usize, series: usize) -> bool {
    axis.series[series].hint.level > axis.series[target].hint.level
}

/// The figures of an instance with their half units, where 64 bits hold their sums, and what the figures of a window may be
/// off by together.
fn figures<'a>(
    axis: &'a Axis,
    target: usize,
    window: &[usize],
    pivot: usize,
) -> Option<(impl Fn(usize) -> [i64; 2] + use<'a>, i64)> {
    let walk = axis.walk.as_ref().filter(|walk| walk.sums(2 * window.len()))?;
    let at = move |series: usize| walk.at(series, pivot).unwrap_or_default();
    let half: i64 = window.iter().map(|series| at(*series)[1]).sum();
    let slack = at(target)[1] + half + axis.noise as i64 * 8;
    Some((at, slack))
}

/// Whether the target may be the difference of two of a window.
fn may_differ(axis: &Axis, target: usize, window: &[usize], pivot: usize) -> bool {
    let Some((at, slack)) = figures(axis, target, window, pivot) else { return true };
    let stated = at(target)[0];
    window.iter().any(|first| {
        let rest = at(*first)[0] - stated;
        window.iter().any(|second| first != second && (at(*second)[0] - rest).abs() <= slack)
    })
}

/// Whether sums of both halves of a window may meet; asked of 64 bits, where they hold the figures.
fn may_meet(axis: &Axis, target: usize, window: &[usize], pivot: usize) -> bool {
    let Some((at, slack)) = figures(axis, target, window, pivot) else { return true };
    let stated = at(target)[0];
    let (near, far) = window.split_at(window.len() / 2);
    let all = |half: &[usize]| sums(half.iter().map(|series| at(*series)[0] as u64), &[0, 1, -1]);
    let near = Half::new(all(near), slack as u64);
    all(far).into_iter().any(|far| {
        let rest = (stated as u64).wrapping_sub(far);
        near.any_in(rest.wrapping_sub(slack as u64), rest.wrapping_add(slack as u64))
    })
}

/// All signed sums of a few figures.
fn halves(cells: &[(i128, i128)]) -> Vec<(i128, Vec<i8>)> {
    let mut all = vec![(0, vec![])];
    for &(value, _) in cells {
        let signs: &[i8] = if value == 0 { &[0] } else { &[0, 1, -1] };
        all = all
            .into_iter()
            .flat_map(|(sum, list): (i128, Vec<i8>)| {
                signs.iter().map(move |sign| {
                    let mut list = list.clone();
                    list.push(*sign);
                    (sum + value * i128::from(*sign), list)
                })
            })
            .collect();
    }
    all
}

fn candidate(
    axis: &Axis,
    limits: &Limits,
    target: usize,
    window: &[usize],
    terms: Terms,
) -> Option<Candidate> {
    let (tally, _, _) = tally_sum(axis, target, terms.slice(), false);
    if f64::from(tally.holds) < limits.signed_share * f64::from(tally.tried) {
        return None;
    }
    let tally = independent(axis, target, terms.slice(), false, tally);
    let far = window.iter().rposition(|s| terms.all.contains(s)).unwrap_or(0) + 1;
    let skipped = far - terms.all.len();
    let worded = is_worded(axis, target);
    // Without a word, signs could have been chosen to fit: a difference of two, or what stands under the target in the tree.
    let under = skipped == 0 && terms.all.iter().all(|term| is_under(axis, target, *term));
    let two = terms.all.len() == 2 && terms.minus == 1;
    if !(worded || two || under) {
        return None;
    }
    let percent = |s: usize| axis.says(s, Word::Percent);
    let unlike = terms.all.iter().any(|term| percent(*term) != percent(target));
    let prior = if worded { 4.0 } else { 0.0 } - if unlike { 8.0 } else { 0.0 };
    let cost = 3.0 + CHOICE * far as f64 + log2(terms.all.len());
    let score = tally.score() - cost + prior;
    let floor = if worded { limits.worded_signed } else { limits.signed };
    let distinct = if worded { 1.0 } else { 3.0 };
    (score >= floor && tally.distinct >= distinct).then_some(Candidate {
        operation: Operation::Sum,
        target,
        minus: terms.minus,
        terms: terms.all,
        factor: 1,
        form: Form::Signed,
        score,
        tally,
    })
}
