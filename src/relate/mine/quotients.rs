//! Ratios and relative changes: target = a ÷ b, target = (b − a) ÷ a, as fractions or as percentages without a sign.
//!
//! In a few rich instances every target and every second operand name the value that the other operand must have; it is
//! looked up among the instance's figures, and what is met there is tried in all instances.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "evidence is weighed here, never an amount"
)]

use std::collections::{BTreeMap, HashSet};

use super::Limits;
use super::axis::Axis;
use super::choose::copy;
use super::evidence::{Tally, Verdict, bits, log2};
use super::family::{Candidate, Form};
use super::grid::Scaled;
use super::words::Word;
use crate::model::Operation;

/// How many instances are searched for candidates.
const PIVOTS: usize = 5;
/// How many figures are looked at where one is wanted: of two thousand equal ones every one is met at every other, which was
/// a minute's work. The most that a real workbook asks for is a fifth of it.
const LOOKS: usize = 5_000_000;
/// Fractions, and percentages printed without a sign.
const FACTORS: [i128; 2] = [1, 100];

/// A reading: the operation, its first and second operand, its factor.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
struct Reading {
    target: usize,
    first: usize,
    second: usize,
    factor: i128,
    change: bool,
}

/// Ratios and relative changes, every reading that the numbers support.
pub(super) fn find(axis: &Axis, limits: &Limits) -> Vec<Candidate> {
    let live = &axis.live;
    if live.len() < 3 {
        return vec![];
    }
    let reach = Limits::reach(live.len());
    let mut seen = HashSet::new();
    let mut found = vec![];
    let mut budget = limits.tries;
    let mut looks = LOOKS;
    for pivot in axis.pivots(PIVOTS) {
        let mut values: Vec<(i128, usize)> = live
            .iter()
            .filter_map(|s| axis.at(*s, pivot).map(|cell| (cell.value, *s)))
            .filter(|(value, _)| *value != 0)
            .collect();
        values.sort_unstable();
        let largest = values.iter().map(|(value, _)| value.abs()).max().unwrap_or(0);
        let ends = values.first().zip(values.last()).map_or((0, 0), |(low, high)| (low.0, high.0));
        let divisors: Vec<Option<i128>> =
            live.iter().map(|s| axis.at(*s, pivot).map(|cell| cell.value)).collect();
        let mut by_size: Vec<(i128, usize)> = divisors
            .iter()
            .enumerate()
            .filter_map(|(at, divisor)| Some((divisor.filter(|value| *value != 0)?.abs(), at)))
            .collect();
        by_size.sort_unstable();
        let mut small: Vec<usize> = vec![];
        let rough = Rough::new(values.iter().map(|(value, _)| *value as f64).collect());
        for (at, &target) in live.iter().enumerate() {
            let Some(stated) = axis.at(target, pivot).filter(|_| !axis.is_told(target)) else {
                continue;
            };
            let one = axis.one as f64;
            let quotient = (stated.value as f64 / one, (2 * stated.half) as f64 / one);
            let near = at.saturating_sub(reach)..live.len().min(at + reach + 1);
            let most = largest_divisor(axis, stated, largest);
            small.clear();
            let few = by_size.partition_point(|(size, _)| *size <= most);
            if few < near.len() {
                // Between amounts hardly any divisor is small enough.
                small.extend(
                    by_size[..few].iter().map(|(_, at)| *at).filter(|at| near.contains(at)),
                );
                small.sort_unstable();
            } else {
                small.extend(near);
            }
            for &place in &small {
                let (base, Some(divisor)) = (live[place], divisors[place]) else { continue };
                if base == target
                    || divisor == 0
                    || divisor.abs() > most
                    || !rough.may_meet(quotient, divisor as f64)
                {
                    continue;
                }
                for (factor, middle, slack) in wanted(axis.one, stated, divisor) {
                    for change in [false, true] {
                        let middle = if change { middle + divisor } else { middle };
                        let (low, high) = (middle - slack, middle + slack);
                        if low > ends.1 || high < ends.0 {
                            continue;
                        }
                        let from = values.partition_point(|(value, _)| *value < low);
                        for &(value, other) in &values[from..] {
                            if value > high || looks == 0 {
                                break;
                            }
                            looks -= 1;
                            if other == target
                                || other == base
                                || budget == 0
                                || axis.said.holds_quotient([target, other, base])
                            {
                                continue;
                            }
                            let reading = if change {
                                Reading { target, first: base, second: other, factor, change }
                            } else {
                                Reading { target, first: other, second: base, factor, change }
                            };
                            if !matches!(test(axis, reading, pivot), Verdict::Holds(gain) if gain > 0.3)
                                || !seen.insert(reading)
                            {
                                continue;
                            }
                            budget -= 1;
                            found.extend(candidate(axis, limits, reading));
                        }
                    }
                }
            }
        }
    }
    one_reading_each(axis, found)
}

/// The figures of an instance as floats, sorted: they tell at little cost that nothing lies where a reading wants it, as nearly
/// nothing does, and never that something does.
struct Rough {
    values: Vec<f64>,
    /// A bit for each narrow band of values that holds one, bands folded: most of what is asked for is told by it.
    bands: [u64; 64],
}

impl Rough {
    fn new(values: Vec<f64>) -> Self {
        let mut bands = [0; 64];
        for value in &values {
            let (word, bit) = Self::place(Self::band(*value));
            bands[word] |= 1 << bit;
        }
        Self { values, bands }
    }

    /// The sign, the power of two and the first eight binary digits behind it: a band is less than a 256th of its values wide.
    fn band(value: f64) -> u64 {
        value.to_bits() >> 44
    }

    fn place(band: u64) -> (usize, u32) {
        let place = band.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
        ((place / 64) as usize, (place % 64) as u32)
    }

    /// Whether one of them lies in a span.
    fn any_in(&self, low: f64, high: f64) -> bool {
        let (first, last) = (Self::band(low), Self::band(high));
        if first.abs_diff(last) <= 1 {
            let holds = |band: u64| {
                let (word, bit) = Self::place(band);
                self.bands[word] >> bit & 1 == 1
            };
            if !holds(first) && (first == last || !holds(last)) {
                return false;
            }
        }
        let from = self.values.partition_point(|value| *value < low);
        self.values.get(from).is_some_and(|value| *value <= high)
    }

    /// Whether a figure may be the other operand of a quotient, given with twice its half unit, and one operand.
    fn may_meet(&self, (quotient, slack): (f64, f64), divisor: f64) -> bool {
        let (middle, slack) = (quotient * divisor, slack * divisor.abs());
        // Far beyond what floats are off by, and what is lost where integers are divided.
        let spare = (middle.abs() + divisor.abs()) * 1e-12 + 8.0;
        FACTORS.iter().any(|factor| {
            let factor = *factor as f64;
            let (middle, slack) = (middle / factor, slack / factor + spare);
            [middle, middle + divisor]
                .into_iter()
                .any(|middle| self.any_in(middle - slack, middle + slack))
        })
    }
}

/// Past this size of a divisor the other operand would have to be larger than `largest` in every reading, as it mostly would
/// be between amounts.
fn largest_divisor(axis: &Axis, stated: Scaled, largest: i128) -> i128 {
    let scale = FACTORS[1].saturating_mul(axis.one);
    // |stated × divisor| ÷ scale less its slack and the divisor itself, which a change adds.
    let slope = stated.value.abs().saturating_sub(2 * stated.half).saturating_sub(scale);
    if slope <= 0 { i128::MAX } else { (largest + 4).saturating_mul(scale) / slope }
}

/// The values that the other operand may have, for each factor: the middle and how far off they may be. Of a change the
/// middle lies the divisor further.
fn wanted(
    one: i128,
    stated: Scaled,
    divisor: i128,
) -> impl Iterator<Item = (i128, i128, i128)> + use<> {
    // ratio: a = t·b ÷ f; change: now = base + t·base ÷ f.
    let product = stated.value.checked_mul(divisor);
    let slack = (2 * stated.half).checked_mul(divisor.abs());
    // 128 bits are divided by calling a function, 64 are not.
    let part = |of: i128, by: i128| match (i64::try_from(of), i64::try_from(by)) {
        (_, Ok(1)) => of,
        (Ok(of), Ok(by)) => i128::from(of / by),
        _ => of / by,
    };
    let plain = product.zip(slack).filter(|_| one.checked_mul(FACTORS[1]).is_some());
    let plain = plain.map(|(product, slack)| (part(product, one), part(slack, one)));
    plain.into_iter().flat_map(move |(middle, slack)| {
        FACTORS.map(|factor| (factor, part(middle, factor), part(slack, factor) + 2))
    })
}

/// Whether a reading holds in an instance.
fn test(axis: &Axis, reading: Reading, instance: usize) -> Verdict {
    let (Some(stated), Some(first), Some(second)) = (
        axis.at(reading.target, instance),
        axis.at(reading.first, instance),
        axis.at(reading.second, instance),
    ) else {
        return Verdict::Untried;
    };
    let (above, below) =
        if reading.change { (second.value - first.value, first) } else { (first.value, second) };
    if below.value == 0 {
        return Verdict::Untried;
    }
    let scale = reading.factor * axis.one;
    let (Some(product), Some(wanted), Some(own)) = (
        stated.value.checked_mul(below.value),
        above.checked_mul(scale),
        stated.half.checked_mul(below.value.abs()),
    ) else {
        return Verdict::Untried;
    };
    // What the printed digits of the operands allow, but never more than the target's own digits do.
    let spread = first
        .half
        .checked_mul(scale)
        .zip(second.half.checked_mul(stated.value.abs().max(scale)))
        .map_or(own, |(a, b)| a.saturating_add(b).min(own));
    let off = (product - wanted).abs();
    if off > own + own / 20 + spread {
        return Verdict::Fails;
    }
    let series = &axis.series[reading.target];
    let trivial = above == 0
        || above.abs() == below.value.abs()
        || stated.value == 0
        || (!reading.change && (below.value == axis.one || above == stated.value));
    if trivial {
        return Verdict::Holds(0.0);
    }
    let weight = axis.weight(reading.target, instance);
    let loose = bits(stated.value, (2 * stated.half).max(series.grain));
    let gain = if off == 0 && !reading.change {
        // An exact product: the chance is that of meeting this very value.
        loose.max(bits(above, axis.series[reading.first].grain))
    } else {
        loose
    };
    Verdict::Holds(gain * weight)
}

/// The same quotient of the same figures is one coincidence, however often it stands there, and so is one quotient throughout:
/// columns that are equal, or a fixed multiple of each other, have quotients everywhere.
fn tally(axis: &Axis, reading: Reading) -> Tally {
    let mut tally = Tally::default();
    let mut met: BTreeMap<(i128, i128), (f64, u32)> = BTreeMap::new();
    for instance in 0..axis.instances {
        match test(axis, reading, instance) {
            Verdict::Holds(gain) if gain > 0.0 => {
                let value = |series: usize| axis.at(series, instance).map_or(0, |cell| cell.value);
                let entry = met.entry((value(reading.target), value(reading.first))).or_default();
                entry.0 += gain;
                entry.1 += 1;
                tally.holds += 1;
                tally.tried += 1;
            }
            Verdict::Fails => tally.tried += 1,
            _ => {}
        }
        if tally.tried >= 12 && tally.holds * 4 < tally.tried {
            break;
        }
    }
    let mut quotients: Vec<i128> = met.keys().map(|(quotient, _)| *quotient).collect();
    quotients.dedup();
    let repeat = |count: f64| (1.0 + 0.25 * count.log2()) / count;
    let (mut gain, mut distinct) = (0.0, 0.0);
    for (sum, count) in met.values() {
        let count = f64::from(*count);
        gain += sum * repeat(count);
        distinct += 1.0;
    }
    if quotients.len() < DIFFERENT_QUOTIENTS && distinct > 1.0 {
        let each = repeat(distinct) * quotients.len() as f64;
        gain *= each.min(1.0);
        distinct = quotients.len() as f64;
    }
    Tally { gain, distinct, ..tally }
}

/// Fewest different quotients that are more than one multiple met again and again.
const DIFFERENT_QUOTIENTS: usize = 3;

fn candidate(axis: &Axis, limits: &Limits, reading: Reading) -> Option<Candidate> {
    let tally = tally(axis, reading);
    let distance = |s: usize| log2(s.abs_diff(reading.target));
    let cost = 4.0 + 1.5 * (distance(reading.first) + distance(reading.second));
    let score = tally.score() - cost + prior(axis, reading);
    // Without a word for it, a quotient must be beyond doubt.
    let operation = if reading.change { Operation::RelativeChange } else { Operation::Ratio };
    let (floor, share) = if worded(axis, reading.target, operation) {
        (limits.quotient, limits.quotient_share)
    } else if reading.change {
        (limits.bare_change, limits.bare_quotient_share)
    } else {
        (limits.bare_quotient, limits.bare_quotient_share)
    };
    (score >= floor
        && f64::from(tally.holds) >= share * f64::from(tally.tried)
        && tally.holds >= limits.quotient_holds)
        .then(|| Candidate {
            operation,
            target: reading.target,
            terms: vec![reading.first, reading.second],
            minus: 0,
            factor: u32::try_from(reading.factor).unwrap_or(1),
            form: Form::Quotient,
            score,
            tally,
        })
}

fn prior(axis: &Axis, reading: Reading) -> f64 {
    let target = reading.target;
    let mut prior = 0.0;
    if reading.change {
        if axis.says(target, Word::Change) {
            prior += 8.0;
        }
        if reading.first.abs_diff(reading.second) == 1 {
            prior += 2.0;
        }
    } else {
        if axis.says(target, Word::Rate) || axis.says(target, Word::Average) {
            prior += 4.0;
        }
        if axis.says(target, Word::Change) {
            prior -= 6.0;
        }
        if axis.says(target, Word::Total) && !axis.says(target, Word::Rate) {
            prior -= 3.0;
        }
    }
    for operand in [reading.first, reading.second] {
        if axis.says(operand, Word::Percent) && !axis.says(target, Word::Percent) {
            prior -= 4.0;
        }
    }
    prior
}

/// Of the readings of one target, and of those of the same three series, the best.
fn one_reading_each(axis: &Axis, found: Vec<Candidate>) -> Vec<Candidate> {
    let mut kept: Vec<Candidate> = vec![];
    let said = |candidate: &Candidate| {
        let told = axis.said.instances_of_quotient(candidate.target);
        told.iter().any(|instance| holds(axis, candidate, *instance as usize))
    };
    let found = found.into_iter().filter(|candidate| !said(candidate)).collect();
    let mut found = one_of_copies(axis, one_way_round(axis, found));
    found.sort_by(Candidate::best_first);
    for candidate in found {
        let clash =
            kept.iter().any(|old| old.target == candidate.target && overlap(axis, old, &candidate));
        if !clash {
            kept.push(candidate);
        }
    }
    kept
}

/// A product can be read as either of two quotients (price = amount ÷ quantity, quantity = amount ÷ price). The one that
/// words call a rate is meant, else the one that is written out in many digits as only what was divided is, else the factor
/// written first.
fn one_way_round(axis: &Axis, found: Vec<Candidate>) -> Vec<Candidate> {
    let mut by_series: BTreeMap<[usize; 3], Vec<Candidate>> = BTreeMap::new();
    for candidate in found {
        let mut series = [candidate.target, candidate.terms[0], candidate.terms[1]];
        series.sort_unstable();
        by_series.entry(series).or_default().push(candidate);
    }
    by_series
        .into_values()
        .filter_map(|readings| {
            let most = readings.iter().map(|reading| reading.tally.holds).max()?;
            let best = readings.iter().map(|reading| reading.score).fold(0.0, f64::max);
            readings
                .into_iter()
                .filter(|r| r.tally.holds * 4 >= most * 3 && r.score >= best / 4.0)
                .min_by_key(|r| {
                    (!worded(axis, r.target, r.operation), !is_written_out(axis, r), r.target)
                })
        })
        .collect()
}

/// Whether the figures of a quotient have many decimals, and those of what it is made from have not.
fn is_written_out(axis: &Axis, quotient: &Candidate) -> bool {
    let grain = |series: usize| axis.series[series].grain;
    let coarsest = axis.one / TYPED;
    grain(quotient.target) < coarsest && quotient.terms.iter().all(|term| grain(*term) >= coarsest)
}

/// Where nobody types a figure that is finer than one of so many.
const TYPED: i128 = 10_000;

/// Where columns repeat each other, what is the quotient of two is so in each of them. The one that words call a rate is meant,
/// else the one nearest to its operands.
fn one_of_copies(axis: &Axis, found: Vec<Candidate>) -> Vec<Candidate> {
    let rank = |c: &Candidate| {
        let reach = c.terms.iter().map(|term| term.abs_diff(c.target)).sum::<usize>();
        (!worded(axis, c.target, c.operation), reach, c.target)
    };
    let mut alike: BTreeMap<(Operation, Vec<usize>), Vec<Candidate>> = BTreeMap::new();
    for candidate in found {
        alike.entry((candidate.operation, candidate.terms.clone())).or_default().push(candidate);
    }
    let mut kept = vec![];
    for mut readings in alike.into_values() {
        readings.sort_by_key(rank);
        // Each different target, and how often it is there.
        let mut different: Vec<(Candidate, Vec<Candidate>)> = vec![];
        for reading in readings {
            let known = different.len().min(MOST_COPIES);
            match different[..known]
                .iter_mut()
                .find(|(old, _)| copy(axis, old.target, reading.target))
            {
                Some((_, copies)) => copies.push(reading),
                None => different.push((reading, vec![])),
            }
        }
        for (nearest, copies) in different {
            // Two columns may well be the same rate; in a table of equal columns it is an accident.
            if copies.len() < LEAST_COPIES {
                kept.extend(copies);
            }
            kept.push(nearest);
        }
    }
    kept
}

/// Repetitions of a target past which only the nearest is meant.
const LEAST_COPIES: usize = 2;
/// How many different targets of two operands are held against one for a repetition.
const MOST_COPIES: usize = 200;

/// Whether words speak for a quotient.
fn worded(axis: &Axis, target: usize, operation: Operation) -> bool {
    if operation == Operation::RelativeChange {
        axis.says(target, Word::Change)
    } else {
        axis.says(target, Word::Rate) || axis.says(target, Word::Average)
    }
}

/// Whether two readings of a target explain the same cells.
fn overlap(axis: &Axis, a: &Candidate, b: &Candidate) -> bool {
    (0..axis.instances).any(|instance| holds(axis, a, instance) && holds(axis, b, instance))
}

/// Whether a quotient holds in an instance, proving something or not.
pub(super) fn verdict(axis: &Axis, candidate: &Candidate, instance: usize) -> Verdict {
    let reading = Reading {
        target: candidate.target,
        first: candidate.terms[0],
        second: candidate.terms[1],
        factor: i128::from(candidate.factor),
        change: candidate.operation == Operation::RelativeChange,
    };
    test(axis, reading, instance)
}

fn holds(axis: &Axis, candidate: &Candidate, instance: usize) -> bool {
    matches!(verdict(axis, candidate, instance), Verdict::Holds(gain) if gain > 0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn floats_let_through_what_integers_want(
            stated in prop_oneof![-400_i64..400, any::<i64>()],
            half in prop_oneof![0_i64..100, 0_i64..1_000_000],
            divisor in prop_oneof![-5_000_i64..5_000, any::<i64>()],
            scale in 0_u32..11,
            change in any::<bool>(),
            at in 0_usize..2,
            place in -1.0_f64..=1.0,
        ) {
            let one = 2 * 10_i128.pow(scale);
            let stated = Scaled { value: stated.into(), half: half.into() };
            let divisor = i128::from(divisor);
            if let Some((_, middle, slack)) = wanted(one, stated, divisor).nth(at) {
                let middle = if change { middle + divisor } else { middle };
                // Some figure that is wanted.
                let other = middle + (slack as f64 * place) as i128;
                let rough = Rough::new(vec![other as f64]);
                let quotient =
                    (stated.value as f64 / one as f64, (2 * stated.half) as f64 / one as f64);
                prop_assert!(rough.may_meet(quotient, divisor as f64));
            }
        }
    }
}
