//! Sums and means of the series that stand right before or behind their target.
//!
//! A pass walks from each target away over its neighbours and scores every length of the run in all instances at once.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "evidence is weighed here, never an amount"
)]

use std::collections::BTreeMap;
use std::ops::{Add, AddAssign, Sub};

use super::Limits;
use super::axis::Axis;
use super::evidence::{Tally, Verdict, bits, log2, sum_gain, test_sum};
use super::family::{Candidate, Form};
use super::words::Word;
use crate::model::Operation;

/// A pass over what earlier ones have left open.
#[derive(Clone, Copy)]
pub(super) struct Pass<'a> {
    /// How many came before it.
    pub(super) number: usize,
    /// Whether a series is known to be a sum; empty before any is.
    pub(super) totals: &'a [bool],
}

impl Pass<'_> {
    /// The first one, or one where no sums are known.
    pub(super) fn plain(number: usize) -> Self {
        Self { number, totals: &[] }
    }

    fn is_total(self, series: usize) -> bool {
        self.totals.get(series).is_some_and(|total| *total)
    }
}

/// Sums and means of runs among the series of `list`, the best reading of each target and side.
pub(super) fn find(axis: &Axis, limits: &Limits, list: &[usize], pass: Pass<'_>) -> Vec<Candidate> {
    let behind: Vec<usize> = list.iter().rev().copied().collect();
    let found = (0..list.len()).flat_map(|at| of_target(axis, limits, [list, &behind], pass, at));
    without_doubles(axis, found.collect())
}

/// Those that do not count a total together with all its parts: where that holds, the target is twice the total.
fn without_doubles(axis: &Axis, found: Vec<Candidate>) -> Vec<Candidate> {
    let sums = || found.iter().filter(|c| c.operation == Operation::Sum);
    let mut of_target: BTreeMap<usize, Vec<&Candidate>> = BTreeMap::new();
    for sum in sums() {
        of_target.entry(sum.target).or_default().push(sum);
    }
    let doubles = |outer: &Candidate| {
        let inner = outer.terms.iter().filter_map(|term| of_target.get(term)).flatten();
        outer.operation == Operation::Sum
            && inner
                .filter(|inner| inner.terms.iter().all(|term| outer.terms.contains(term)))
                .any(|inner| holds_with(axis, inner, outer))
    };
    let doubles: Vec<bool> = found.iter().map(doubles).collect();
    found.into_iter().zip(doubles).filter(|(_, doubles)| !doubles).map(|(one, _)| one).collect()
}

/// Instances that show that one sum holds wherever another does.
const LEAST_DOUBLED: usize = 3;

/// Whether one sum holds nearly wherever another does.
fn holds_with(axis: &Axis, one: &Candidate, other: &Candidate) -> bool {
    let proves = |sum: &Candidate, at: usize| {
        let verdict = test_sum(axis, sum.target, sum.slice(), at, false);
        matches!(verdict, Verdict::Holds(gain) if gain > 0.0)
    };
    let (mut both, mut alone) = (0, 0);
    for instance in (0..axis.instances).filter(|at| proves(other, *at)) {
        if proves(one, instance) {
            both += 1;
        } else {
            alone += 1;
        }
    }
    both >= LEAST_DOUBLED && both > 8 * alone
}

/// The same of one target alone.
pub(super) fn find_for(
    axis: &Axis,
    limits: &Limits,
    list: &[usize],
    pass: Pass<'_>,
    target: usize,
) -> Vec<Candidate> {
    let behind: Vec<usize> = list.iter().rev().copied().collect();
    list.binary_search(&target)
        .map(|at| of_target(axis, limits, [list, &behind], pass, at))
        .unwrap_or_default()
}

/// `list` is given forwards and backwards.
fn of_target(
    axis: &Axis,
    limits: &Limits,
    [list, behind]: [&[usize]; 2],
    pass: Pass<'_>,
    at: usize,
) -> Vec<Candidate> {
    let mut found = vec![];
    for run in [&behind[list.len() - at..], &list[at + 1..]] {
        let run = &run[..run.len().min(limits.longest_run)];
        if run.len() < 2 {
            continue;
        }
        found.extend(
            sum_of(axis, list[at], run, pass).filter(|found| supported(axis, limits, found, pass)),
        );
        // Nothing else can be believed of a mean, and trying is what costs most.
        let named = axis.says(list[at], Word::Average);
        if named || pass.number == 0 && axis.series[list[at]].hint.label.is_empty() {
            found.extend(
                mean_of(axis, list[at], run, pass.number)
                    .filter(|found| believable(axis, limits, found)),
            );
        }
    }
    found
}

/// Sums of the lines of one look or depth, what lies between left out: a list of section totals.
pub(super) fn alike(
    axis: &Axis,
    limits: &Limits,
    list: &[usize],
    pass: Pass<'_>,
) -> Vec<Candidate> {
    let mut classes: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for &series in list {
        for &class in &axis.series[series].hint.classes {
            classes.entry(class).or_default().push(series);
        }
    }
    classes.retain(|_, members| members.len() >= 2 && members.len() < list.len());
    let mut found = vec![];
    for members in classes.values() {
        for &target in list {
            let at = members.partition_point(|member| *member < target);
            let after = at + usize::from(members.get(at) == Some(&target));
            for run in [
                members[..at]
                    .iter()
                    .rev()
                    .take(limits.longest_run)
                    .copied()
                    .collect::<Vec<usize>>(),
                members[after..].iter().take(limits.longest_run).copied().collect(),
            ] {
                if run.len() < 2 {
                    continue;
                }
                let Some(mut sum) = sum_of(axis, target, &run, pass) else { continue };
                sum.form = Form::Alike;
                sum.score -= log2(classes.len());
                found.extend(supported(axis, limits, &sum, pass).then_some(sum));
            }
        }
    }
    found
}

/// Whether enough speaks for a sum.
fn supported(axis: &Axis, limits: &Limits, sum: &Candidate, pass: Pass<'_>) -> bool {
    let worded = axis.says(sum.target, Word::Total);
    // Copies of an only part, be there ever so many, are copies.
    if sum.tally.several == 0 && !worded {
        return false;
    }
    let floor = match (worded, sum.form) {
        (true, _) => limits.worded_run,
        (false, Form::Folded) if goes_on(sum, pass) => {
            // What fails in many of few columns does not go on there: it is owed what naming the total has saved.
            let most = f64::from(sum.tally.holds) >= GOES_ON_SHARE * f64::from(sum.tally.tried);
            if most { limits.goes_on } else { limits.folded + 2.0 * log2(sum.terms.len()) }
        }
        (false, Form::Folded) => limits.folded,
        (false, Form::Alike) => limits.alike,
        (false, _) => limits.run,
    };
    let share = if worded { limits.run_share / 2.0 } else { limits.run_share };
    sum.score >= floor && f64::from(sum.tally.holds) >= share * f64::from(sum.tally.tried)
}

/// Least share of tried instances that hold for a sum that goes on from the total before it.
const GOES_ON_SHARE: f64 = 0.75;

/// Whether a sum goes on from the total before it: profit before tax is the operating profit and all that stands since.
pub(super) fn goes_on(sum: &Candidate, pass: Pass<'_>) -> bool {
    sum.before() && sum.terms.last().is_some_and(|first| pass.is_total(*first))
}

/// Whether a mean is one: without the word, only a line without any label, many parts and nearly all instances prove it.
fn believable(axis: &Axis, limits: &Limits, mean: &Candidate) -> bool {
    if axis.says(mean.target, Word::Average) {
        return mean.score >= limits.run;
    }
    axis.series[mean.target].hint.label.is_empty()
        && mean.score >= limits.mean
        && mean.terms.len() >= 3
        && f64::from(mean.tally.holds) >= 0.8 * f64::from(mean.tally.tried)
        && mean.tally.distinct >= 2.0
}

/// Of runs that cross each other (neither nested nor apart), the best stay.
pub(super) fn choose(mut fresh: Vec<Candidate>) -> Vec<Candidate> {
    fresh.sort_by(Candidate::best_first);
    let mut kept: Vec<Candidate> = vec![];
    for candidate in fresh {
        let clash = kept.iter().any(|old| {
            let (a, b) = (candidate.span(), old.span());
            let apart = a.1 < b.0 || b.1 < a.0;
            if apart {
                return false;
            }
            // The same target read as a total of what stands before and of what stands behind: both may be.
            if old.target == candidate.target {
                return old.before() == candidate.before() && old.operation == candidate.operation;
            }
            if old.operation != candidate.operation {
                return false;
            }
            // A target among the other's terms is nesting; so are equal term lists of two targets.
            let nested = old.terms.contains(&candidate.target)
                && candidate.terms.iter().all(|t| !old.terms.contains(t))
                || candidate.terms.contains(&old.target)
                    && old.terms.iter().all(|t| !candidate.terms.contains(t));
            let shared = candidate.terms.iter().any(|t| old.terms.contains(t));
            shared && !same(&candidate.terms, &old.terms) && !nested
        });
        if !clash {
            kept.push(candidate);
        }
    }
    kept
}

fn same(a: &[usize], b: &[usize]) -> bool {
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    a.sort_unstable();
    b.sort_unstable();
    a == b
}

/// The most that copies of an only part prove together: be there ever so many, they are copies.
const MOST_COPIED: f64 = 8.0;

/// What all instances say of each length of a run.
struct Lengths {
    gain: Vec<f64>,
    distinct: Vec<f64>,
    holds: Vec<u32>,
    /// Instances first tried at this length.
    first_tried: Vec<u32>,
    /// Instances that hold with several parts.
    several: Vec<u32>,
    /// What those gain that copy an only part.
    copied: Vec<f64>,
}

impl Lengths {
    fn new(length: usize) -> Self {
        Self {
            gain: vec![0.0; length],
            distinct: vec![0.0; length],
            holds: vec![0; length],
            first_tried: vec![0; length],
            several: vec![0; length],
            copied: vec![0.0; length],
        }
    }

    /// The best length (a count of terms), its tally and its score.
    fn best(&self, cost: impl Fn(usize) -> f64) -> Option<(usize, Tally, f64)> {
        let mut tried = 0;
        let mut best: Option<(usize, Tally, f64)> = None;
        for at in 0..self.gain.len() {
            tried += self.first_tried[at];
            if self.holds[at] == 0 || at == 0 {
                continue;
            }
            let tally = Tally {
                gain: self.gain[at] - (self.copied[at] - MOST_COPIED).max(0.0),
                holds: self.holds[at],
                tried,
                distinct: self.distinct[at],
                several: self.several[at],
            };
            let score = tally.score() - cost(at + 1);
            if best.is_none_or(|(_, _, old)| score > old + 1e-9) {
                best = Some((at + 1, tally, score));
            }
        }
        best
    }
}

fn sum_of(axis: &Axis, target: usize, run: &[usize], pass: Pass<'_>) -> Option<Candidate> {
    let fits = |instance: usize| axis.walk.sums(instance, run.len());
    if !(0..axis.instances).any(|at| !fits(at) || meets(axis, target, run, at)) {
        return None;
    }
    let mut lengths = Lengths::new(run.len());
    for instance in 0..axis.instances {
        if fits(instance) && axis.walk.unit(instance) == 1 {
            let at = |series: usize| axis.walk.at(series, instance);
            sums_in(axis, target, run, instance, &mut lengths, at);
        } else {
            let at = |series: usize| axis.at(series, instance).map(|cell| [cell.value, cell.half]);
            sums_in(axis, target, run, instance, &mut lengths, at);
        }
    }
    let (length, tally, score) = lengths.best(|length| {
        let own = cost(axis, run, length, pass.number);
        // A statement goes on from one of the totals before: that one is named at less cost.
        let totals = run[..length].iter().filter(|series| pass.is_total(**series)).count();
        if run[0] < target && pass.is_total(run[length - 1]) {
            own - 2.0 * log2(length) + 2.0 * log2(totals - 1)
        } else {
            own
        }
    })?;
    let length = extend(axis, target, run, length, &lengths);
    let score = score + axis.sum_prior(target, &run[..length]);
    Some(Candidate {
        operation: Operation::Sum,
        target,
        terms: run[..length].to_vec(),
        minus: 0,
        factor: 1,
        form: if pass.number == 0 { Form::Run } else { Form::Folded },
        score,
        tally,
    })
}

/// Whether a run of some length may come to the target in an instance: most never do, and need not be counted.
fn meets(axis: &Axis, target: usize, run: &[usize], instance: usize) -> bool {
    let figures = run.iter().filter_map(|term| axis.walk.at(*term, instance));
    axis.walk
        .at(target, instance)
        .is_some_and(|stated| comes_to(stated, axis.nonnegative(instance), figures))
}

/// Whether the first figures of a run, with their half units, come to what is stated at some length; where it is `growing`,
/// none that follow bring it back.
#[inline]
pub(super) fn comes_to(
    [stated, mut half]: [i64; 2],
    growing: bool,
    run: impl Iterator<Item = [i64; 2]>,
) -> bool {
    let (mut sum, mut any) = (0, false);
    for [value, own] in run {
        sum += value;
        half += own;
        any |= value != 0;
        if any && (sum - stated).abs() <= half {
            return true;
        }
        if growing && sum - half > stated {
            return false;
        }
    }
    false
}

/// What one instance says of each length of a run: `at` gives its figures, with their half units, in integers that hold
/// their sums.
#[inline]
fn sums_in<T>(
    axis: &Axis,
    target: usize,
    run: &[usize],
    instance: usize,
    lengths: &mut Lengths,
    at: impl Fn(usize) -> Option<[T; 2]>,
) where
    T: Copy + Default + Ord + AddAssign + Add<Output = T> + Sub<Output = T> + Into<i128>,
{
    let Some([stated, half]) = at(target) else { return };
    let zero = T::default();
    let growing = axis.nonnegative(instance);
    let (mut sum, mut half, mut nonzero, mut any) = (zero, half, 0_u32, false);
    // Of the terms up to `seen`: asked for only where a sum holds.
    let (mut seen, mut largest, mut grain) = (0, 0_i128, axis.series[target].grain);
    for (place, &term) in run.iter().enumerate() {
        if let Some([value, own]) = at(term) {
            sum += value;
            half += own;
            nonzero += u32::from(value != zero);
            // An instance of zeros only proves nothing and is not tried.
            if !any && (stated != zero || value != zero) {
                lengths.first_tried[place] += 1;
            }
            any = true;
            if growing && sum - half > stated {
                break;
            }
        }
        let off = if sum < stated { stated - sum } else { sum - stated };
        if off > half || nonzero == 0 {
            continue;
        }
        for &term in &run[seen..=place] {
            if let Some([value, _]) = at(term).filter(|[value, _]| *value != zero) {
                grain = grain.min(axis.series[term].grain);
                largest = largest.max(value.into().abs());
            }
        }
        seen = place + 1;
        let width = axis.width(off.into(), half.into(), i128::from(nonzero)).max(grain);
        let copy = axis.copy_gain(target);
        let weight = axis.weight(target, instance);
        // Two that cancel are a figure and its copy with the sign turned.
        let turned = stated == zero && nonzero == 2;
        let parts = if turned { 1 } else { nonzero };
        let gain = sum_gain(stated.into(), largest, parts, width, copy) * weight;
        if gain > 0.0 {
            if parts > 1 {
                lengths.several[place] += 1;
            } else {
                lengths.copied[place] += gain;
            }
            lengths.gain[place] += gain;
            lengths.holds[place] += 1;
            lengths.distinct[place] += weight;
        }
    }
}

/// The bits that say which run it is: its side, its length, the gaps it crosses.
fn cost(axis: &Axis, run: &[usize], length: usize, pass: usize) -> f64 {
    let gaps = run[1..length].iter().filter(|s| axis.series[**s].after_gap).count();
    2.0 + pass as f64 + 2.0 * log2(length) + (gaps as f64).min(6.0)
}

/// Takes along what adds nothing (zeros and blanks) up to the next gap.
fn extend(
    axis: &Axis,
    target: usize,
    run: &[usize],
    mut length: usize,
    lengths: &Lengths,
) -> usize {
    let before = run[0] < target;
    while length < run.len() && lengths.holds[length] == lengths.holds[length - 1] {
        let (near, far) = (run[length - 1], run[length]);
        let gap = if before { axis.series[near].after_gap } else { axis.series[far].after_gap };
        if gap || near.abs_diff(far) != 1 || axis.says(far, Word::Total) {
            break;
        }
        length += 1;
    }
    length
}

/// How many series may stand between a line of means and what it is the mean of.
const MEAN_OFFSET: usize = 4;

fn mean_of(axis: &Axis, target: usize, run: &[usize], pass: usize) -> Option<Candidate> {
    (0..=MEAN_OFFSET.min(run.len() - 2))
        .filter_map(|offset| mean_from(axis, target, &run[offset..], offset, pass))
        .max_by(|a, b| a.score.total_cmp(&b.score))
}

fn mean_from(
    axis: &Axis,
    target: usize,
    run: &[usize],
    offset: usize,
    pass: usize,
) -> Option<Candidate> {
    let mut lengths = Lengths::new(run.len());
    for instance in 0..axis.instances {
        let Some(stated) = axis.at(target, instance) else { continue };
        let weight = axis.weight(target, instance);
        let width = (2 * stated.half).max(axis.series[target].grain).max(1);
        let (mut sum, mut half, mut count) = (0_i128, 0_i128, 0_i128);
        let (mut low, mut high) = (i128::MAX, i128::MIN);
        for (at, &term) in run.iter().enumerate() {
            if let Some(cell) = axis.at(term, instance) {
                sum += cell.value;
                half += cell.half;
                count += 1;
                low = low.min(cell.value);
                high = high.max(cell.value);
                if count == 2 {
                    lengths.first_tried[at] += 1;
                }
            }
            if count >= 2
                && low != high
                && (sum - stated.value * count).abs() <= stated.half * count + half + count
            {
                lengths.gain[at] += bits(high - low, width) * weight;
                lengths.holds[at] += 1;
                lengths.distinct[at] += weight;
            }
        }
    }
    let (length, tally, score) =
        lengths.best(|length| cost(axis, run, length, pass) + 2.0 * offset as f64)?;
    let length = extend(axis, target, run, length, &lengths);
    let score = score + axis.mean_prior(target);
    Some(Candidate {
        operation: Operation::Average,
        target,
        terms: run[..length].to_vec(),
        minus: 0,
        factor: 1,
        form: Form::Run,
        score,
        tally,
    })
}

impl Axis {
    /// What words say for or against `target` being the sum of `terms`.
    pub(super) fn sum_prior(&self, target: usize, terms: &[usize]) -> f64 {
        let mut prior = 0.0;
        if self.says(target, Word::Total) {
            prior += 5.0;
        }
        if self.says(target, Word::Average) && !self.says(target, Word::Total) {
            prior -= 4.0;
        }
        // A percentage is a sum only of percentages.
        let percent = |s: usize| self.says(s, Word::Percent);
        let alike = terms.iter().filter(|t| percent(**t) == percent(target)).count();
        if alike * 2 < terms.len() {
            prior -= 6.0;
        }
        prior
    }

    /// What words say for or against `target` being a mean.
    pub(super) fn mean_prior(&self, target: usize) -> f64 {
        if self.says(target, Word::Average) {
            6.0
        } else if self.says(target, Word::Total) {
            -6.0
        } else {
            -3.0
        }
    }
}
