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
use super::apart::{independent, of_one_whole};
use super::axis::{Axis, common_grain};
use super::evidence::{Verdict, log2, tally_sum, test_sum};
use super::family::{Candidate, Form, Slice, Terms};
use super::meet::{Half, sums};
use super::words::Word;
use crate::model::Operation;

/// How many neighbours on one side take part.
const REACH: usize = 8;
/// How many instances are searched for candidates.
const PIVOTS: usize = 3;
/// Figures near a target past which an instance is as rich as any.
const MOST_RICH: usize = 16;
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
    let filled = Filled::new(axis, list);
    for (at, &target) in list.iter().enumerate() {
        if !open(target) {
            continue;
        }
        for before in [true, false] {
            let window = nearest(list, at, before, REACH);
            if window.len() >= 2 {
                let pivots = filled.pivots(at, before, REACH);
                found.extend(best(axis, limits, target, &window, &pivots));
            }
        }
    }
    found
}

/// Differences and checks that are nought wherever they are stated: what is left of two lines that are equal, one of them right
/// beside.
pub(super) fn noughts(axis: &Axis, limits: &Limits, list: &[usize]) -> Vec<Candidate> {
    let is_nought = |target: usize| {
        let mut figures = (0..axis.instances).filter_map(|at| axis.at(target, at));
        [Word::Difference, Word::Change, Word::Check]
            .into_iter()
            .any(|word| axis.says(target, word))
            && figures.all(|cell| cell.value == 0)
    };
    let mut found = vec![];
    for (at, &target) in list.iter().enumerate().filter(|(_, target)| is_nought(**target)) {
        for before in [true, false] {
            let window = nearest(list, at, before, NOUGHT_REACH);
            let pairs = (1..window.len())
                .flat_map(|far| (0..far.min(NOUGHT_NEAR)).map(move |near| (near, far)));
            let sums = pairs.filter_map(|(near, far)| {
                let all = vec![window[near], window[far]];
                let (tally, holds, fails) =
                    tally_sum(axis, target, Slice { all: &all, minus: 1 }, false);
                if holds.is_empty() || !fails.is_empty() {
                    return None;
                }
                let tally = independent(axis, target, Slice { all: &all, minus: 1 }, false, tally);
                let score = tally.score() - 3.0 - 2.0 * log2(near) - 2.0 * log2(far);
                (score >= limits.worded_signed && tally.several > 0).then_some(Candidate {
                    operation: Operation::Sum,
                    target,
                    minus: 1,
                    terms: all,
                    factor: 1,
                    form: Form::Signed,
                    score,
                    tally,
                })
            });
            found.extend(sums.max_by(|a, b| a.score.total_cmp(&b.score)));
        }
    }
    found
}

/// How many neighbours of a difference that is nought are looked at, and how near one of the two must be.
const NOUGHT_REACH: usize = 60;
const NOUGHT_NEAR: usize = 3;

/// The series of a list nearest to a place in it, on one side.
pub(super) fn nearest(list: &[usize], at: usize, before: bool, count: usize) -> Vec<usize> {
    if before {
        list[..at].iter().rev().take(count).copied().collect()
    } else {
        list[at + 1..].iter().take(count).copied().collect()
    }
}

/// In how many of the first series of a list each instance holds a figure other than zero.
pub(super) struct Filled {
    /// For each place of the list and behind the last one, by instance.
    before: Vec<u32>,
    instances: usize,
}

impl Filled {
    pub(super) fn new(axis: &Axis, list: &[usize]) -> Self {
        let instances = axis.instances;
        let mut before = vec![0; (list.len() + 1) * instances];
        for (at, series) in list.iter().enumerate() {
            let (known, next) = before[at * instances..][..2 * instances].split_at_mut(instances);
            for (instance, (known, next)) in known.iter().zip(next).enumerate() {
                let filled = axis.at(*series, instance).is_some_and(|cell| cell.value != 0);
                *next = known + u32::from(filled);
            }
        }
        Self { before, instances }
    }

    /// The instances in which most of the so many nearest series on one side of a place of the list, and the one there, hold
    /// figures other than zero.
    pub(super) fn pivots(&self, at: usize, before: bool, reach: usize) -> Vec<usize> {
        let count = self.before.len() / self.instances.max(1) - 1;
        let (from, to) = if before {
            (at.saturating_sub(reach), at)
        } else {
            (at + 1, count.min(at + 1 + reach))
        };
        let row = |place: usize| &self.before[place * self.instances..][..self.instances];
        let (from, to, own, next) = (row(from), row(to), row(at), row(at + 1));
        let rich = |instance: usize| {
            let rich = (to[instance] - from[instance]) as usize;
            if own[instance] == next[instance] { 0 } else { rich }
        };
        let mut counts = [0; MOST_RICH + 1];
        for instance in 0..self.instances {
            counts[rich(instance).min(MOST_RICH)] += 1;
        }
        // How many figures the last one taken has, and how many have more.
        let (mut least, mut sure) = (MOST_RICH, 0);
        while least > 2 && sure + counts[least] < PIVOTS {
            sure += counts[least];
            least -= 1;
        }
        let alike = counts[least];
        let open = (PIVOTS - sure).min(alike);
        // Of those that are as rich as the last one, some from all over: what fails does so in neighbours.
        let spread = |place: usize| place * (alike - 1) / (open - 1).max(1);
        let (mut best, mut last) = (Vec::with_capacity(PIVOTS), Vec::with_capacity(PIVOTS));
        let mut seen = 0;
        for instance in 0..self.instances {
            let own = rich(instance).min(MOST_RICH);
            if own > least {
                best.push(instance);
            } else if own == least {
                if last.len() < open && spread(last.len()) == seen {
                    last.push(instance);
                }
                seen += 1;
            }
        }
        best.sort_by_key(|instance| std::cmp::Reverse(rich(*instance)));
        best.extend(last);
        best
    }
}

fn best(
    axis: &Axis,
    limits: &Limits,
    target: usize,
    window: &[usize],
    pivots: &[usize],
) -> Option<Candidate> {
    // What else is believed takes all neighbours from the nearest on, and those under the target.
    let only_differences = !is_worded(axis, target) && !is_under(axis, target, window[0]);
    let mut seen: BTreeSet<Vec<i8>> = BTreeSet::new();
    let mut best: Option<Candidate> = None;
    for &pivot in pivots {
        let may = if only_differences { may_differ } else { may_meet };
        if !may(axis, target, window, pivot) {
            continue;
        }
        for signs in meetings(axis, target, window, pivot) {
            if !seen.insert(signs.clone()) {
                continue;
            }
            let terms = signed(window, &signs);
            if axis.said.holds_sum(target, &terms.all, terms.minus) {
                continue;
            }
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
    far.sort_unstable();
    let mut found: Vec<Vec<i8>> = vec![];
    for (sum, signs) in &near {
        let wanted = stated.value - sum;
        let from = far.partition_point(|(value, _)| *value < wanted - slack);
        for (value, others) in &far[from..] {
            if *value > wanted + slack || found.len() >= MOST_HITS {
                break;
            }
            let all = || signs[..middle].iter().chain(&others[..cells.len() - middle]).copied();
            if all().filter(|sign| *sign != 0).count() >= 2 && all().any(|sign| sign == 1) {
                found.push(all().collect());
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

/// The figures of a target and a window in one instance in 64 bits, where these hold all their sums.
struct Narrow {
    stated: i64,
    figures: [i64; REACH],
    /// What all of them may be off by together.
    slack: i64,
}

impl Narrow {
    fn of(axis: &Axis, target: usize, window: &[usize], pivot: usize) -> Option<Self> {
        if axis.walk.sums(pivot, 2 * REACH) {
            let [stated, mut slack] = axis.walk.at(target, pivot)?;
            slack += (axis.noise * 8 / axis.walk.unit(pivot)) as i64;
            let mut figures = [0; REACH];
            for (figure, series) in figures.iter_mut().zip(window) {
                if let Some([value, half]) = axis.walk.at(*series, pivot) {
                    *figure = value;
                    slack += half;
                }
            }
            return Some(Self { stated, figures, slack });
        }
        let at = |series: usize| axis.at(series, pivot);
        let stated = at(target)?;
        // Amounts beside rates of many decimals end in zeros.
        let figures = window.iter().filter_map(|series| at(*series)).chain([stated]);
        let unit = common_grain(figures.map(|cell| cell.value));
        let narrow = |value: i128| {
            let value = i64::try_from(value / unit).ok()?;
            (value.unsigned_abs() < (i64::MAX / 8) as u64 / (2 * REACH as u64 + 2)).then_some(value)
        };
        let mut figures = [0; REACH];
        let mut half = stated.half;
        for (figure, series) in figures.iter_mut().zip(window) {
            if let Some(cell) = at(*series) {
                *figure = narrow(cell.value)?;
                half += cell.half;
            }
        }
        let slack = narrow(half + axis.noise * 8)?;
        Some(Self { stated: narrow(stated.value)?, figures, slack })
    }
}

/// Whether the target may be the difference of two of a window.
fn may_differ(axis: &Axis, target: usize, window: &[usize], pivot: usize) -> bool {
    let Some(narrow) = Narrow::of(axis, target, window, pivot) else { return true };
    let figures = &narrow.figures[..window.len()];
    figures.iter().enumerate().any(|(at, first)| {
        let rest = first - narrow.stated;
        let other =
            |(place, second): (usize, &i64)| place != at && (second - rest).abs() <= narrow.slack;
        figures.iter().enumerate().any(other)
    })
}

/// Whether sums of both halves of a window may meet; asked of 64 bits, where they hold the figures.
fn may_meet(axis: &Axis, target: usize, window: &[usize], pivot: usize) -> bool {
    let Some(narrow) = Narrow::of(axis, target, window, pivot) else { return true };
    let (near, far) = narrow.figures[..window.len()].split_at(window.len() / 2);
    let all = |half: &[i64]| sums(half.iter().map(|figure| *figure as u64), &[0, 1, -1]);
    let slack = narrow.slack as u64;
    let near = Half::new(all(near), slack);
    all(far).into_iter().any(|far| {
        let rest = (narrow.stated as u64).wrapping_sub(far);
        near.any_in(rest.wrapping_sub(slack), rest.wrapping_add(slack))
    })
}

/// All signed sums of a few figures, each with its signs.
fn halves(cells: &[(i128, i128)]) -> Vec<(i128, [i8; REACH])> {
    let mut all = vec![(0, [0; REACH])];
    for (at, &(value, _)) in cells.iter().enumerate() {
        let signs: &[i8] = if value == 0 { &[0] } else { &[0, 1, -1] };
        let with = |(sum, list): (i128, [i8; REACH])| {
            signs.iter().map(move |sign| {
                let mut list = list;
                list[at] = *sign;
                (sum + value * i128::from(*sign), list)
            })
        };
        all = all.into_iter().flat_map(with).collect();
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
    if terms.minus > 0 && of_one_whole(axis, target, terms.slice()) {
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
