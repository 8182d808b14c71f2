//! How much a family of checks that hold proves, in bits.
//!
//! A check that holds by chance does so with about (width of what would pass ÷ size of the figures); its gain is the
//! negative logarithm of that. Against the gain stand the bits it takes to say in which of the tried instances the family
//! holds, and to say which of all possible families it is. What remains is the score: the odds, as a power of two, that
//! the family is meant rather than met with.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "evidence is weighed here, never an amount"
)]

use super::axis::Axis;
use super::family::Slice;
use super::words::Word;

/// The most that one check can prove, so that no single long number decides.
const MOST_BITS: f64 = 22.0;

/// The gain of one check whose figures are of size `size` while `width` would pass.
pub(super) fn bits(size: i128, width: i128) -> f64 {
    let ratio = size.unsigned_abs() as f64 / width.max(1) as f64;
    (1.0 + ratio).log2().min(MOST_BITS)
}

/// log₂(n + 1).
pub(super) fn log2(n: usize) -> f64 {
    (n as f64 + 1.0).log2()
}

/// What came of a family in its instances.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Tally {
    /// Bits gained in the instances that hold.
    pub(super) gain: f64,
    /// Instances that hold and could have failed.
    pub(super) holds: u32,
    /// Instances that could hold or fail.
    pub(super) tried: u32,
    /// Instances that hold, repeated figures counted once.
    pub(super) distinct: f64,
    /// Instances that hold with more than one part.
    pub(super) several: u32,
}

impl Tally {
    /// Gains less the bits that say where it holds.
    pub(super) fn score(&self) -> f64 {
        let (n, h) = (f64::from(self.tried), f64::from(self.holds));
        if self.tried == 0 {
            return 0.0;
        }
        let p = h / n;
        let entropy = |p: f64| if p <= 0.0 || p >= 1.0 { 0.0 } else { -p * p.log2() };
        self.gain - n * (entropy(p) + entropy(1.0 - p))
    }
}

/// The verdict on one instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// The target, or all terms, hold no figure.
    Untried,
    /// Holds, with this gain; a gain of zero proves nothing (0 = 0 + 0).
    Holds(f64),
    Fails,
}

/// Whether `target` is the sum (or the mean) of `terms` in `instance`.
pub(super) fn test_sum(
    axis: &Axis,
    target: usize,
    terms: Slice<'_>,
    instance: usize,
    mean: bool,
) -> Verdict {
    try_sum(axis, target, terms, instance, mean).verdict
}

/// What one instance says of a sum.
pub(super) struct Trial {
    pub(super) verdict: Verdict,
    /// It has more than one part other than zero: the only part is copied, which proves little.
    pub(super) several: bool,
}

impl From<Verdict> for Trial {
    fn from(verdict: Verdict) -> Self {
        Self { verdict, several: false }
    }
}

/// The same, with how many parts hold a figure.
pub(super) fn try_sum(
    axis: &Axis,
    target: usize,
    terms: Slice<'_>,
    instance: usize,
    mean: bool,
) -> Trial {
    let Some(stated) = axis.at(target, instance) else { return Verdict::Untried.into() };
    let (mut sum, mut half, mut count, mut nonzero) = (0_i128, 0_i128, 0_i128, 0_u32);
    let mut grain = axis.series[target].grain;
    let (mut low, mut high, mut largest) = (i128::MAX, i128::MIN, 0);
    let added = terms.all.len() - terms.minus;
    for (place, &term) in terms.all.iter().enumerate() {
        let Some(cell) = axis.at(term, instance) else { continue };
        sum += if place < added { cell.value } else { -cell.value };
        half += cell.half;
        count += 1;
        nonzero += u32::from(cell.value != 0);
        grain = grain.min(axis.series[term].grain);
        low = low.min(cell.value);
        high = high.max(cell.value);
        largest = largest.max(cell.value.abs());
    }
    if count == 0 {
        // Nothing comes to nought, and proves nothing.
        return if stated.value == 0 && !mean { Verdict::Holds(0.0) } else { Verdict::Untried }
            .into();
    }
    if mean {
        if (sum - stated.value * count).abs() > stated.half * count + half + count {
            return Verdict::Fails.into();
        }
        let width = (2 * stated.half).max(axis.series[target].grain).max(1);
        let verdict = Verdict::Holds(if count < 2 || low == high {
            0.0
        } else {
            bits(high - low, width) * axis.weight(target, instance)
        });
        return verdict.into();
    }
    let tolerance = stated.half + half;
    let off = (sum - stated.value).abs();
    if off > tolerance {
        return Verdict::Fails.into();
    }
    let copy = axis.copy_gain(target);
    let width = axis.width(off, tolerance, count).max(grain).max(axis.steps[instance]);
    // Of two, one taken away, that they are equal is what is said.
    let cancelled = if terms.all.len() > 2 { cancelled(axis, terms, instance) } else { 0 };
    let nonzero = nonzero - 2 * cancelled;
    // Two that cancel, neither taken away, are a figure and its copy with the sign turned.
    let turned = stated.value == 0 && nonzero == 2 && terms.minus == 0;
    let nonzero = if turned { 1 } else { nonzero };
    let gain = sum_gain(stated.value, largest, nonzero, width, copy);
    let verdict = Verdict::Holds(gain * axis.weight(target, instance));
    Trial { verdict, several: nonzero > 1 }
}

/// How many figures that are added equal one that is taken away: together they say nothing of the target.
fn cancelled(axis: &Axis, terms: Slice<'_>, instance: usize) -> u32 {
    let value = |term: &usize| axis.at(*term, instance).map_or(0, |cell| cell.value);
    let (added, taken) = terms.all.split_at(terms.all.len() - terms.minus);
    let mut taken: Vec<i128> = taken.iter().map(value).filter(|value| *value != 0).collect();
    let mut count = 0;
    for figure in added.iter().map(value) {
        if let Some(at) = taken.iter().position(|other| *other == figure) {
            taken.swap_remove(at);
            count += 1;
        }
    }
    count
}

impl Axis {
    /// How wide the span is that a sum of `count` parts was as likely to fall into by chance: what the printed digits let
    /// pass, or, where the stored values agree to their last digit, that digit alone.
    pub(super) fn width(&self, off: i128, tolerance: i128, count: i128) -> i128 {
        if off <= self.noise * (count + 1) { self.noise } else { 2 * tolerance }
    }

    /// What a copy of its only part proves of a sum.
    pub(super) fn copy_gain(&self, target: usize) -> f64 {
        if self.says(target, Word::Total) { 2.0 } else { 0.25 }
    }
}

/// The gain of one sum that holds.
pub(super) fn sum_gain(stated: i128, largest: i128, nonzero: u32, width: i128, copy: f64) -> f64 {
    match (stated, nonzero) {
        (_, 0) => 0.0,
        // A copy of its only part: copies are common.
        (_, 1) => copy,
        // Parts that cancel.
        (0, _) => bits(largest, width),
        _ => bits(stated, width),
    }
}

/// The tally of a sum or a mean over all instances, and where it holds and fails.
pub(super) fn tally_sum(
    axis: &Axis,
    target: usize,
    terms: Slice<'_>,
    mean: bool,
) -> (Tally, Vec<u32>, Vec<u32>) {
    let mut tally = Tally::default();
    let (mut holds, mut fails) = (vec![], vec![]);
    for instance in 0..axis.instances {
        let trial = try_sum(axis, target, terms, instance, mean);
        match trial.verdict {
            Verdict::Untried => {}
            Verdict::Holds(gain) => {
                if gain > 0.0 {
                    tally.gain += gain;
                    tally.several += u32::from(trial.several);
                    tally.distinct += axis.weight(target, instance);
                    tally.holds += 1;
                    tally.tried += 1;
                }
                holds.push(instance as u32);
            }
            Verdict::Fails => {
                tally.tried += 1;
                fails.push(instance as u32);
            }
        }
    }
    (tally, holds, fails)
}
