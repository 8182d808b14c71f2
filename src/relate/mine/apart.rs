//! Sums and means of series that do not stand next to their target: runs further away, every other column, columns that
//! share a label, pairs.
//!
//! Candidate sets are enumerated; the sum of each in a few rich instances is looked up among that instance's figures, and
//! only what is met there is tried in all instances.
#![expect(clippy::float_arithmetic, reason = "evidence is weighed here, never an amount")]

use std::collections::{BTreeMap, HashSet};
use std::ops::{Add, AddAssign, Sub};

use super::Limits;
use super::axis::{Axis, unit};
use super::evidence::{Tally, Verdict, log2, tally_sum, test_sum};
use super::family::{Candidate, Form, Slice};
use super::grid::Scaled;
use super::words::Word;
use crate::model::Operation;

/// Longest distance between terms at equal distances.
const LONGEST_STRIDE: usize = 8;
/// How many instances are searched for candidates.
const PIVOTS: usize = 4;
/// Sets that meet a figure of one instance. Where more do, figures are so small and many that meeting says nothing.
const MOST_HITS: usize = 1 << 18;

/// A set of terms, as cheap to name as possible.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Set {
    form: Form,
    first: u32,
    step: u32,
    count: u32,
}

/// Sums and means of sets away from their target.
pub(super) fn find(axis: &Axis, limits: &Limits, live: &[usize]) -> Vec<Candidate> {
    if live.len() < 3 {
        return vec![];
    }
    let groups = groups(axis, live);
    let mut seen: HashSet<(usize, Set, bool)> = HashSet::new();
    let mut found = vec![];
    let mut budget = limits.tries;
    for pivot in axis.pivots(PIVOTS) {
        let mut values: Vec<(i128, usize)> = live
            .iter()
            .filter_map(|s| axis.at(*s, pivot).map(|cell| (cell.value, *s)))
            .filter(|(value, _)| *value != 0)
            .collect();
        values.sort_unstable();
        let most_half = values
            .iter()
            .filter_map(|(_, s)| axis.at(*s, pivot))
            .map(|cell| cell.half)
            .max()
            .unwrap_or(0);
        let averages: Vec<(i128, usize)> =
            values.iter().copied().filter(|(_, s)| axis.says(*s, Word::Average)).collect();
        let mut hits: Vec<(usize, Set, bool)> = vec![];
        let mut visit = |set: Set, sum: i128, half: i128, count: i128| {
            if hits.len() >= MOST_HITS {
                return;
            }
            let slack = half + most_half;
            let from = values.partition_point(|(value, _)| *value < sum - slack);
            let near = values[from..].iter().take_while(|(value, _)| *value <= sum + slack);
            hits.extend(near.map(|(_, target)| (*target, set, false)));
            if count > 2 && set.form != Form::Pair && !averages.is_empty() {
                let mean = sum / count;
                let slack = most_half + half / count + 1;
                let from = averages.partition_point(|(value, _)| *value < mean - slack);
                let near = averages[from..].iter().take_while(|(value, _)| *value <= mean + slack);
                hits.extend(near.map(|(_, target)| (*target, set, true)));
            }
        };
        // Nearly all sets meet no figure, and that is told on 64 bits.
        if let Some(narrow) = Narrow::of(axis, live, pivot, &averages) {
            let near = Near::new(&values, narrow.unit, most_half);
            let most_half = (most_half / narrow.unit) as i64;
            let at = |series: usize| narrow.cells[series];
            let may = |sum: i64, half: i64, count: u32| {
                let slack = half + most_half;
                near.may_hold(sum - slack, sum + slack)
                    || narrow.may_be_mean(sum, half, count, most_half)
            };
            // Where no figure is negative, sums only grow, and those past the last figure that they can reach meet none.
            let grows = averages.is_empty() && axis.nonnegative(pivot);
            let sorted: Vec<i64> = if grows {
                values.iter().map(|(value, _)| part(*value, narrow.unit)).collect()
            } else {
                vec![]
            };
            let last = |sum: i64, half: i64| {
                let most = sum + half + most_half;
                let below = sorted.partition_point(|value| *value <= most);
                below.checked_sub(1).map_or(0, |at| sorted[at]) + half + most_half
            };
            let last = grows.then_some(&last as &dyn Fn(i64, i64) -> i64);
            enumerate(live, &groups, at, may, last, &mut |set, sum, half, count| {
                if sum != 0 {
                    let whole = |part: i64| i128::from(part) * narrow.unit;
                    visit(set, whole(sum), whole(half), i128::from(count));
                }
            });
        } else {
            let at = |series: usize| axis.at(series, pivot).map(|cell| [cell.value, cell.half]);
            let may = |sum: i128, _, _| sum != 0;
            enumerate(live, &groups, at, may, None, &mut |set, sum, half, count| {
                visit(set, sum, half, i128::from(count));
            });
        }
        for (target, set, mean) in hits {
            if budget == 0 {
                break;
            }
            if !seen.insert((target, set, mean)) {
                continue;
            }
            let terms = terms(live, &groups, set);
            let terms: Vec<usize> = if set.form == Form::Siblings {
                terms.into_iter().filter(|t| *t != target).collect()
            } else {
                terms
            };
            if terms.len() < 2
                || terms.contains(&target)
                || test_sum(axis, target, (&terms).into(), pivot, mean) == Verdict::Fails
            {
                continue;
            }
            budget -= 1;
            if !promising(axis, target, (&terms).into(), mean) {
                continue;
            }
            let (tally, _, _) = tally_sum(axis, target, (&terms).into(), mean);
            found.push((target, set, terms, mean, tally));
        }
    }
    found
        .into_iter()
        .filter_map(|(target, set, terms, mean, tally)| {
            candidate(axis, limits, target, set, terms, mean, tally)
        })
        .collect()
}

/// The figures of one instance with their half units in 64 bits, where these hold all sums of them.
struct Narrow {
    /// By series.
    cells: Vec<Option<[i64; 2]>>,
    /// What they are multiples of, and given in: amounts beside rates of many decimals end in zeros.
    unit: i128,
    /// Those of lines of means.
    averages: Vec<i64>,
}

impl Narrow {
    /// Where more lines are called means, each set is asked whether it comes to one.
    const MOST_AVERAGES: usize = 8;

    fn of(axis: &Axis, live: &[usize], pivot: usize, averages: &[(i128, usize)]) -> Option<Self> {
        let figures = || live.iter().filter_map(|s| Some((*s, axis.at(*s, pivot)?)));
        if axis.walk.sums(pivot, live.len() + 4) {
            let unit = axis.walk.unit(pivot);
            let mut cells = vec![None; axis.series.len()];
            for series in live {
                cells[*series] = axis.walk.at(*series, pivot);
            }
            let averages = averages.iter().map(|(value, _)| (value / unit) as i64).collect();
            return Some(Self { cells, unit, averages });
        }
        let cells: Vec<Scaled> = figures().map(|(_, cell)| cell).collect();
        let unit = unit(cells.iter());
        let narrow = |whole: i128| i64::try_from(whole / unit).ok();
        let mut cells = vec![None; axis.series.len()];
        let mut most = 0;
        for (series, cell) in figures() {
            let [value, half] = [narrow(cell.value)?, narrow(cell.half)?];
            most = most.max(value.checked_abs()?.checked_add(half)?);
            cells[series] = Some([value, half]);
        }
        let sum = i64::try_from(live.len() + 4).ok()?.checked_mul(most)?;
        let averages = averages.iter().map(|(value, _)| narrow(*value)).collect::<Option<_>>()?;
        (sum < i64::MAX / 8).then_some(Self { cells, unit, averages })
    }

    /// Whether the mean of so many figures may be a figure of a line of means, each up to half a unit off.
    #[inline]
    fn may_be_mean(&self, sum: i64, half: i64, count: u32, most_half: i64) -> bool {
        if self.averages.is_empty() || count < 3 {
            return false;
        }
        let count = i64::from(count);
        let slack = (most_half + 2) * count + half;
        self.averages.len() > Self::MOST_AVERAGES
            || self.averages.iter().any(|mean| (mean * count - sum).abs() <= slack)
    }
}

/// A figure in a unit in which 64 bits hold it.
#[inline]
fn part(whole: i128, unit: i128) -> i64 {
    // 128 bits are divided by calling a function.
    if unit == 1 { whole as i64 } else { (whole / unit) as i64 }
}

/// Tells quickly that no figure lies in a span, which is so of nearly all that are asked for: a bit for each narrow band of
/// values that holds one, bands folded onto a table that stays in the cache.
struct Near {
    bits: Vec<u64>,
    /// Bits of a place in the table.
    place: u32,
    /// A band is so many bits of a value wide.
    band: u32,
}

impl Near {
    /// The same where there are few values, and at most.
    const PLACES: [u32; 2] = [11, 16];
    /// Sums of up to so many figures have slack within a band.
    const TERMS: i128 = 32;

    /// `values` are those to be told, in units; `half` is the most that any of them may be off.
    fn new(values: &[(i128, usize)], unit: i128, half: i128) -> Self {
        let widest = i128::from(part(half, unit)).saturating_mul(2 * Self::TERMS).saturating_add(1);
        let band = (128 - widest.unsigned_abs().leading_zeros()).min(62);
        // About one in a hundred places is taken.
        let [few, most] = Self::PLACES;
        let place = (values.len().next_power_of_two().ilog2() + 6).clamp(few, most);
        let mut near = Self { bits: vec![0; 1 << (place - 6)], place, band };
        for (value, _) in values {
            let place = near.place(part(*value, unit) >> near.band);
            near.bits[place / 64] |= 1 << (place % 64);
        }
        near
    }

    #[inline]
    fn place(&self, band: i64) -> usize {
        ((band as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - self.place)) as usize
    }

    #[inline]
    fn may_hold(&self, low: i64, high: i64) -> bool {
        let (first, last) = (low >> self.band, high >> self.band);
        let holds = |band: i64| {
            let place = self.place(band);
            self.bits[place / 64] >> (place % 64) & 1 == 1
        };
        // A wide span is not worth asking for band by band.
        last - first > 1 || holds(first) || last != first && holds(last)
    }
}

fn candidate(
    axis: &Axis,
    limits: &Limits,
    target: usize,
    set: Set,
    terms: Vec<usize>,
    mean: bool,
    tally: Tally,
) -> Option<Candidate> {
    let (floor, share) = if set.form == Form::Siblings {
        (limits.siblings, limits.siblings_share)
    } else {
        (limits.apart, limits.apart_share)
    };
    // What many instances speak against is told first, at less cost.
    if f64::from(tally.holds) < share * f64::from(tally.tried) {
        return None;
    }
    let tally = independent(axis, target, (&terms).into(), mean, tally);
    let prior = if mean { axis.mean_prior(target) } else { axis.sum_prior(target, &terms) };
    // Where it stands is told by how far it is away and how far it reaches.
    let gap = terms.iter().map(|t| axis.between(*t, target)).min().unwrap_or(0);
    let place = match set.form {
        Form::Siblings => 4.0 + log2(gap),
        Form::Stride => 4.0 + 2.0 * log2(set.step as usize) + 2.0 * log2(gap),
        Form::Pair => 5.0 + 2.0 * log2(gap) + 3.0 * log2((set.step - set.first) as usize),
        _ => 4.0 + 3.0 * log2(gap),
    };
    let score = tally.score() - place - 2.0 * log2(terms.len()) + prior;
    let weak = matches!(set.form, Form::Apart | Form::Pair);
    if weak && tally.distinct < limits.apart_distinct {
        return None;
    }
    if score < floor {
        return None;
    }
    let operation = if mean { Operation::Average } else { Operation::Sum };
    Some(Candidate { operation, target, terms, minus: 0, factor: 1, form: set.form, score, tally })
}

/// The tally with instances that are proportional to each other counted as one, and without those that are the sum of others:
/// price lists and constant rows repeat one coincidence in every row, columns of totals that of their parts.
pub(super) fn independent(
    axis: &Axis,
    target: usize,
    terms: Slice<'_>,
    mean: bool,
    tally: Tally,
) -> Tally {
    let shares = |stated: i128, value: i128| {
        if stated == 0 { value } else { value * SHARE_STEPS / stated }
    };
    let by_shares = counted_once(axis, target, terms, mean, shares);
    // Where as many are added as taken away, but for one, what all figures have in common says nothing: rows at equal steps
    // repeat one coincidence, too.
    let (gain, distinct) = if terms.minus > 0 && terms.all.len() == 2 * terms.minus + 1 {
        let by_steps = counted_once(axis, target, terms, mean, |stated, value| value - stated);
        (by_shares.0.min(by_steps.0), by_shares.1.min(by_steps.1))
    } else {
        by_shares
    };
    Tally { gain, distinct: distinct.min(tally.distinct), ..tally }
}

/// Whether what is added comes to the same wherever a sum with signs holds: both sides of it are parts of one whole (100 %),
/// each by itself.
pub(super) fn of_one_whole(axis: &Axis, target: usize, terms: Slice<'_>) -> bool {
    let added = &terms.all[..terms.all.len() - terms.minus];
    let grain = added.iter().map(|term| axis.series[*term].grain).max().unwrap_or(0);
    let (mut low, mut high, mut slack) = (i128::MAX, i128::MIN, 0);
    for instance in 0..axis.instances {
        let verdict = test_sum(axis, target, terms, instance, false);
        if !matches!(verdict, Verdict::Holds(gain) if gain > 0.0) {
            continue;
        }
        let cells = || added.iter().filter_map(|term| axis.at(*term, instance));
        let whole: i128 = cells().map(|cell| cell.value).sum();
        low = low.min(whole);
        high = high.max(whole);
        slack = slack.max(cells().map(|cell| cell.half).sum());
    }
    // Shares are rounded each by itself.
    let rounded = grain * added.len() as i128 + 2 * slack + axis.noise * 8;
    added.len() > 1 && high.saturating_sub(low) <= rounded && high / 100 >= rounded
}

/// The gain and the number of instances that differ in how the first two terms stand to the target.
fn counted_once(
    axis: &Axis,
    target: usize,
    terms: Slice<'_>,
    mean: bool,
    stands: impl Fn(i128, i128) -> i128,
) -> (f64, f64) {
    // A whole and its parts, whichever of them is the target, are written so often that a total of them still says something.
    let whole = terms.minus == 0 || terms.minus + 1 == terms.all.len();
    let following = if whole { WHOLE_FOLLOWS } else { 0.0 };
    let mut groups: BTreeMap<[i128; 2], Alike> = BTreeMap::new();
    for instance in 0..axis.instances {
        let (Verdict::Holds(gain), Some(stated)) =
            (test_sum(axis, target, terms, instance, mean), axis.at(target, instance))
        else {
            continue;
        };
        let weight = if axis.follows[instance] { following } else { 1.0 };
        if gain <= 0.0 || weight <= 0.0 {
            continue;
        }
        let value = |term: usize| axis.at(term, instance).map_or(0, |cell| cell.value);
        let key = [terms.all[0], terms.all[1]].map(|term| stands(stated.value, value(term)));
        let alike = groups.entry(key).or_insert(Alike { gain, count: 0, weight });
        // Shares of a few things are printed to many digits, and prove no more than the few.
        alike.gain = alike.gain.min(gain);
        alike.weight = alike.weight.max(weight);
        alike.count += 1;
    }
    let (mut gain, mut distinct) = (0.0, 0.0);
    for alike in groups.values() {
        let weight = alike.weight * (1.0 + 0.25 * f64::from(alike.count).log2());
        gain += alike.gain * weight;
        distinct += weight;
    }
    (gain, distinct)
}

/// Instances that differ in nothing but their size: what the least of them proves, how many they are and what one counts.
struct Alike {
    gain: f64,
    count: u32,
    weight: f64,
}

/// What a tie counts of a whole and its parts in an instance that is the sum of others.
const WHOLE_FOLLOWS: f64 = 0.5;

/// How finely shares are told apart.
const SHARE_STEPS: i128 = 199;

/// Whether the first instances do not speak against it: most chance meetings end here.
fn promising(axis: &Axis, target: usize, terms: Slice<'_>, mean: bool) -> bool {
    let (mut holds, mut fails) = (0, 0);
    for instance in 0..axis.instances {
        match test_sum(axis, target, terms, instance, mean) {
            Verdict::Holds(gain) if gain > 0.3 => holds += 1,
            Verdict::Fails => fails += 1,
            _ => {}
        }
        if fails >= 6 && holds * 2 < fails {
            return false;
        }
        if holds > 12 {
            break;
        }
    }
    holds > 0
}

/// Series by the words of their label, a level of a header path each, where several share them.
fn groups(axis: &Axis, live: &[usize]) -> Vec<Vec<usize>> {
    let parts = axis.label_parts();
    let mut by_part: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for &s in live {
        for part in &parts[s] {
            let entry = by_part.entry(*part).or_default();
            if entry.last() != Some(&s) {
                entry.push(s);
            }
        }
    }
    let mut groups: Vec<Vec<usize>> =
        by_part.into_values().filter(|group| group.len() >= 2).collect();
    groups.sort();
    groups.dedup();
    groups
}

fn terms(live: &[usize], groups: &[Vec<usize>], set: Set) -> Vec<usize> {
    match set.form {
        Form::Siblings => groups[set.first as usize]
            .iter()
            .skip(set.step as usize)
            .take(set.count as usize)
            .copied()
            .collect(),
        Form::Pair => vec![live[set.first as usize], live[set.step as usize]],
        _ => (0..set.count).map(|k| live[(set.first + k * set.step) as usize]).collect(),
    }
}

/// Calls `visit` with every set that `may` be one, told from its sum, half width and count of figures; `figure` gives those of
/// one instance. Where sums of more terms are never smaller, `last` tells of the largest of a row of sums, and its half width,
/// past which of them none is one.
fn enumerate<T>(
    live: &[usize],
    groups: &[Vec<usize>],
    figure: impl Fn(usize) -> Option<[T; 2]>,
    may: impl Fn(T, T, u32) -> bool,
    last: Option<&dyn Fn(T, T) -> T>,
    visit: &mut dyn FnMut(Set, T, T, u32),
) where
    T: Copy + Default + PartialOrd + AddAssign + Add<Output = T> + Sub<Output = T>,
{
    let zero = T::default();
    let cells: Vec<(T, T, u32)> = live
        .iter()
        .map(|s| figure(*s).map_or((zero, zero, 0), |[value, half]| (value, half, 1)))
        .collect();
    for (at, group) in groups.iter().enumerate() {
        // The whole group, and the group without its first or last, which may be the total.
        for (skip, count) in [(0, group.len()), (1, group.len() - 1), (0, group.len() - 1)] {
            let (mut sum, mut half, mut number) = (zero, zero, 0);
            for s in group.iter().skip(skip).take(count) {
                if let Some([value, own]) = figure(*s) {
                    sum += value;
                    half += own;
                    number += 1;
                }
            }
            if count >= 2 && number > 0 && may(sum, half, number) {
                let set = Set {
                    form: Form::Siblings,
                    first: at as u32,
                    step: skip as u32,
                    count: count as u32,
                };
                visit(set, sum, half, number);
            }
        }
    }
    let reach = Limits::reach(live.len());
    // For each step, the sums and half widths of all from a place on.
    let rests: Vec<Vec<(T, T)>> = (1..=LONGEST_STRIDE)
        .filter(|_| last.is_some())
        .map(|step| {
            let mut rests = vec![(zero, zero); cells.len() + step];
            for at in (0..cells.len()).rev() {
                let (sum, half) = rests[at + step];
                rests[at] = (sum + cells[at].0, half + cells[at].1);
            }
            rests
        })
        .collect();
    for first in 0..live.len() {
        let start = cells[first];
        if start.2 == 0 {
            continue;
        }
        for step in 1..=LONGEST_STRIDE {
            let form = if step == 1 { Form::Apart } else { Form::Stride };
            let (mut sum, mut half, mut number) = start;
            let (mut count, mut at) = (1, first + step);
            let end = last.map(|last| {
                let rests = &rests[step - 1];
                let (from, beyond) = (rests[first], first + step * reach);
                let (rest, own) = rests.get(beyond).copied().unwrap_or_default();
                last(from.0 - rest, from.1 - own)
            });
            while let Some((value, own, one)) = cells.get(at).filter(|_| count < reach) {
                sum += *value;
                half += *own;
                number += one;
                count += 1;
                at += step;
                if end.is_some_and(|end| sum > end) {
                    break;
                }
                // Two terms at a distance are a pair, and enumerated as such.
                if *one != 0 && (count > 2 || step == 1) && may(sum, half, number) {
                    let set =
                        Set { form, first: first as u32, step: step as u32, count: count as u32 };
                    visit(set, sum, half, number);
                }
            }
        }
        if start.0 == zero {
            continue;
        }
        let seconds = cells.iter().copied().enumerate().take(live.len().min(first + reach));
        for (second, (value, own, one)) in seconds.skip(first + 1) {
            if one != 0 && value != zero && may(start.0 + value, start.1 + own, 2) {
                let set =
                    Set { form: Form::Pair, first: first as u32, step: second as u32, count: 2 };
                visit(set, start.0 + value, start.1 + own, 2);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_figure_in_a_span_is_overlooked() {
        let mut bits = 7_u64;
        let mut next = || {
            bits = bits
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (bits >> 20) as i64 - (1 << 43)
        };
        for (unit, half) in [(1, 0), (1, 1), (1, 500), (1000, 0), (1000, 3)] {
            let values: Vec<i64> = (0..400).map(|_| next()).collect();
            let whole: Vec<(i128, usize)> =
                values.iter().map(|value| (i128::from(*value) * unit, 0)).collect();
            let near = Near::new(&whole, unit, i128::from(half) * unit);
            for value in &values {
                for slack in [0, half, 40 * half] {
                    assert!(near.may_hold(value - slack, value + slack));
                    assert!(near.may_hold(*value, value + 2 * slack));
                }
            }
            let empty = (0..1000).filter(|_| {
                let at = next();
                !near.may_hold(at - half, at + half)
            });
            assert!(empty.count() > 900, "few spans hold anything");
        }
    }
}
