//! Where a family that is known to be meant does not hold: a slip, told only when nothing speaks against it.
//!
//! The family is a witness by its other instances: the same rows hold in other columns, the same columns in other rows.
//! Against an alarm speak another family that has the same target cell and holds right there, whichever way it runs; a
//! figure beside the family that is the very difference and might belong to it; an instance in which families do not hold
//! at all or that is called a rate; a neighbouring instance that fails too, for slips do not come in pairs; and too few
//! figures to try it. Families that fail together because they share one cell are one slip, not many.
//!
//! A difference that one slip of the pen makes (a digit, two swapped, a sign, the point) is a witness of its own, worth the
//! bits that such a difference is rarer than any other of its size.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::{Direction, common_grain};
use super::crossed;
use super::family::{Family, Form};
use super::grid::{Grid, Scaled};
use super::words::Word;
use crate::model::Operation;
use crate::relate::slip::digits_slip;

/// One in so many tried instances may fail, whatever the reason.
const FAILING_SHARE: usize = 3;
/// Failures past which a family means something else there.
const MOST_FAILURES: usize = 3;
/// Instances that hold, for each that does not.
const HOLDS_PER_FAILURE: usize = 4;
/// Least score of a family that one word and one other instance support, and of one that several instances support: one
/// chance in four thousand.
const LEAST_SCORE: f64 = 12.0;
/// How far beyond the family's ends a figure may explain a difference.
const BESIDE: usize = 4;
/// Least number of instances and least score of a quotient whose breaking is worth a person's time.
const QUOTIENT_TRIED: usize = 12;
const QUOTIENT_SCORE: f64 = 60.0;

/// Least score of a list that only one other column proves, and the place where it stands. Of all runs of lines next to a
/// total it is the one that its place gives: what the choice among them has cost is not owed, some six bits.
const WHOLE_SCORE: f64 = 9.0;

/// Bits that the form of a slip must prove where it speaks for an alarm.
const SLIP_BITS: f64 = 8.0;
/// Instances that hold where it does.
const SLIP_WITNESSES: usize = 2;
/// Least score where it speaks for an alarm at a sum that was looked for until it fitted.
const CHOSEN_SCORE: f64 = 48.0;
/// Failures of that form past which they are none.
const MOST_SLIPS: usize = 2;

/// The instances in which each family fails though it is meant there.
pub fn broken(grid: &Grid, families: &[Family]) -> Vec<Vec<u32>> {
    let known = Known::of(grid, families);
    let crossed = crossed::find(grid, families, |family, at| known.adds_up(family, at));
    families
        .iter()
        .zip(crossed)
        .map(|(family, crossed)| match family.operation {
            // The form of the sheet has proven it.
            Operation::Sum if family.form == Form::Closed => {
                family.fails.iter().copied().filter(|at| known.lets(family, *at)).collect()
            }
            Operation::Sum => {
                // Where nothing adds up anyway (a column of rates between amounts), nothing is said of a list either; what was
                // looked for until it fitted has no such excuse.
                let excused = |at: u32| is_list(family) && !known.adds_up(family, at);
                let fails: Vec<u32> =
                    family.fails.iter().copied().filter(|at| !excused(*at)).collect();
                // Slips do not come in pairs; rates beside amounts fail by what they are.
                let lone = |at: &u32| {
                    !fails
                        .iter()
                        .any(|other| other.abs_diff(*at) == 1 && !known.holds_rates(family, *other))
                };
                let left: Vec<u32> = fails
                    .iter()
                    .copied()
                    .filter(|at| lone(at) && known.lets(family, *at))
                    .collect();
                let mut told = if is_meant(grid, family, left.len(), fails.len())
                    || fails.len() == 1 && left == fails && known.is_whole_but_once(family, left[0])
                {
                    left
                } else {
                    slips(grid, family, &left, fails.len())
                };
                told.extend(crossed);
                told.sort_unstable();
                told.dedup();
                told
            }
            Operation::Average => vec![],
            _ if is_strong_quotient(family) => family.fails.clone(),
            _ => vec![],
        })
        .collect()
}

/// What all families together say of cells and instances.
struct Known<'a> {
    grid: &'a Grid,
    /// Sums by their direction and target.
    sums: BTreeMap<(Direction, u32), Vec<&'a Family>>,
    /// Cells that are a quotient or a mean of others.
    rates: BTreeSet<(u32, u32)>,
    /// How many sums that mostly hold do so in each row and column.
    holding: BTreeMap<(Direction, u32), usize>,
    /// The others among them, by their series.
    failing: BTreeMap<(Direction, u32), Vec<BTreeSet<u32>>>,
}

impl<'a> Known<'a> {
    fn of(grid: &'a Grid, families: &'a [Family]) -> Self {
        let mut sums: BTreeMap<(Direction, u32), Vec<&Family>> = BTreeMap::new();
        let mut rates = BTreeSet::new();
        let mut holding: BTreeMap<(Direction, u32), usize> = BTreeMap::new();
        let mut failing: BTreeMap<(Direction, u32), Vec<BTreeSet<u32>>> = BTreeMap::new();
        for family in families {
            let sum = family.operation == Operation::Sum;
            if sum {
                sums.entry((family.direction, family.target)).or_default().push(family);
            } else {
                let told = family.holds.iter().filter(|at| tells(grid, family, **at));
                rates.extend(told.map(|at| family.direction.cell(family.target, *at)));
            }
            if !sum || family.holds.len() < 2 * family.fails.len() {
                continue;
            }
            for &at in &family.holds {
                *holding.entry((family.direction, at)).or_default() += 1;
            }
            let series: BTreeSet<u32> =
                family.terms.iter().copied().chain([family.target]).collect();
            for &at in &family.fails {
                failing.entry((family.direction, at)).or_default().push(series.clone());
            }
        }
        Self { grid, sums, rates, holding, failing }
    }

    /// Whether more sums fail in an instance than hold, though they have no cell in common that may be wrong.
    fn is_odd(&self, direction: Direction, at: u32) -> bool {
        let Some(failing) = self.failing.get(&(direction, at)) else { return false };
        let holding = self.holding.get(&(direction, at)).copied().unwrap_or_default();
        let common = failing.iter().skip(1).fold(failing[0].clone(), |common, series| {
            common.intersection(series).copied().collect()
        });
        failing.len() > 2 && holding < failing.len() && common.is_empty()
    }

    /// The sums of a series that hold in an instance and say something there.
    fn holding_at(
        &self,
        direction: Direction,
        target: u32,
        at: u32,
    ) -> impl Iterator<Item = &'a Family> {
        let sums = self.sums.get(&(direction, target)).into_iter().flatten().copied();
        sums.filter(move |sum| sum.holds.binary_search(&at).is_ok() && tells(self.grid, sum, at))
    }

    /// Whether figures of an instance add up at all.
    fn adds_up(&self, family: &Family, at: u32) -> bool {
        !self.is_odd(family.direction, at)
            && !is_rate(self.grid, family, at)
            && !self.rates.contains(&family.direction.cell(family.target, at))
    }

    /// Whether most parts of a sum are quotients in an instance.
    fn holds_rates(&self, family: &Family, at: u32) -> bool {
        let rates = family
            .terms
            .iter()
            .filter(|term| self.rates.contains(&family.direction.cell(**term, at)));
        2 * rates.count() > family.terms.len()
    }

    /// Whether nothing speaks against an alarm where a sum fails.
    fn lets(&self, family: &Family, at: u32) -> bool {
        // A total by months and by departments is both: that the other one holds here says that a part of this one is wrong.
        let explained = self
            .holding_at(family.direction, family.target, at)
            .any(|other| !is_list(family) || !hold_together(self.grid, family, other));
        !explained
            && self.adds_up(family, at)
            && !self.is_total_of_others(family, at)
            && !self.goes_on(family, at)
            && is_tried(self.grid, family, at)
            && !is_explained_beside(self.grid, family, at)
    }

    /// Whether the figures of a column go on right below a total of lines, where those of the columns that it is proven in end.
    fn goes_on(&self, family: &Family, at: u32) -> bool {
        let last = family.terms.iter().max().copied().unwrap_or_default();
        let below = family.target as usize + 1;
        let is_live = |column: &u32| {
            below < self.grid.rows.len() && self.grid.at(below, *column as usize).is_some()
        };
        family.direction == Direction::Lines
            && is_list(family)
            && family.target == last + 1
            && is_live(&at)
            && !family.holds.iter().any(is_live)
    }

    /// Whether a list of lines takes all that stands between its total and the nearest total, gap or end of the table, and ties
    /// in another column: its place is a witness beside that column. Its total must be of the size of a sum where it fails:
    /// means, prices and rates in a column of their own are not.
    fn is_whole_but_once(&self, family: &Family, at: u32) -> bool {
        let (Some(first), Some(last)) = (family.terms.iter().min(), family.terms.iter().max())
        else {
            return false;
        };
        let closes = family.target == last + 1;
        let opens = family.target + 1 == *first;
        let is_live = |row: u32| {
            (0..self.grid.columns.len()).any(|column| self.grid.at(row as usize, column).is_some())
        };
        let is_total = |row: u32| {
            self.grid.rows[row as usize].says.has(Word::Total)
                || self.sums.get(&(Direction::Lines, row)).is_some_and(|sums| {
                    sums.iter().any(|sum| is_list(sum) && sum.holds.len() >= sum.fails.len().max(1))
                })
        };
        let rows = self.grid.rows.len() as u32;
        let ends =
            |row: Option<u32>| row.is_none_or(|row| row >= rows || !is_live(row) || is_total(row));
        let bounded = closes && ends(first.checked_sub(1)) || opens && ends(Some(last + 1));
        family.form == Form::Run
            && family.direction == Direction::Lines
            && family.minus == 0
            && family.terms.len() >= 2
            && family.terms.len() as u32 == last - first + 1
            && bounded
            && family.score >= WHOLE_SCORE
            && witnesses(self.grid, family) >= 1
            && self.is_of_a_sum(family, at)
    }

    /// Whether what is stated is no less than each part, and at most half off their sum.
    fn is_of_a_sum(&self, family: &Family, at: u32) -> bool {
        let (Some(stated), Some(gap)) =
            (cell(self.grid, family, family.target, at), gap(self.grid, family, at))
        else {
            return false;
        };
        let parts: Vec<i128> = figures(self.grid, family, at).map(|cell| cell.value).collect();
        parts.len() >= 2
            && parts.iter().all(|part| *part >= 0 && *part <= stated.value)
            && 2 * gap.abs() <= stated.value - gap
    }

    /// Whether the target adds up across while most of the parts do not: it is the total of something else there.
    fn is_total_of_others(&self, family: &Family, at: u32) -> bool {
        let across = family.direction.across();
        let total = |series: u32| self.holding_at(across, at, series).next().is_some();
        total(family.target)
            && family.terms.iter().filter(|term| total(**term)).count() * 2 < family.terms.len()
    }
}

/// Whether a sum's other instances prove that it is meant.
fn is_meant(grid: &Grid, family: &Family, failures: usize, fails: usize) -> bool {
    let tried = family.holds.len() + fails;
    if failures == 0
        || failures > MOST_FAILURES
        || fails * FAILING_SHARE > tried
        || family.score < LEAST_SCORE
        || family.terms.len() < 2
    {
        return false;
    }
    let witnesses = witnesses(grid, family);
    match family.form {
        _ if is_list(family) && failures == 1 => witnesses >= 2 || witnesses == 1 && family.worded,
        _ if is_list(family) => witnesses >= HOLDS_PER_FAILURE * failures,
        // What stands apart was looked for until it fitted.
        Form::Listed if family.terms.len() < 3 => false,
        Form::Siblings | Form::Stride | Form::Signed | Form::Block | Form::Listed => {
            witnesses >= 2 * HOLDS_PER_FAILURE * failures
        }
        _ => false,
    }
}

/// Whether a sum is of neighbours, or of lines of one look: a list, not what was looked for until it fitted.
pub(super) fn is_list(family: &Family) -> bool {
    matches!(family.form, Form::Run | Form::Folded | Form::Alike)
}

/// The failures that one slip of the pen explains, in sums of neighbours. What else was looked for until it fitted must be
/// beyond all chance, and one slip all that there is.
fn slips(grid: &Grid, family: &Family, left: &[u32], fails: usize) -> Vec<u32> {
    let (score, enough) = match family.form {
        _ if is_list(family) => (LEAST_SCORE, SLIP_WITNESSES),
        Form::Listed | Form::Signed if fails <= MOST_SLIPS => (CHOSEN_SCORE, HOLDS_PER_FAILURE),
        _ => return vec![],
    };
    if family.terms.len() < 2 || family.score < score || witnesses(grid, family) < enough {
        return vec![];
    }
    let slips: Vec<u32> =
        left.iter().copied().filter(|at| slip_bits(grid, family, *at) >= SLIP_BITS).collect();
    // What fails otherwise is a place for other sums; where it is more than what holds, so may this be.
    let other = fails - slips.len();
    let most = if is_list(family) { MOST_SLIPS } else { 1 };
    if slips.len() > most || other > family.holds.len() { vec![] } else { slips }
}

/// One unit of the last digit that the figures of a family have in some instances, doubled as they are.
pub(super) fn grain(grid: &Grid, family: &Family, instances: impl Iterator<Item = u32>) -> i128 {
    common_grain(instances.flat_map(|at| {
        let series = family.terms.iter().chain([&family.target]);
        series.filter_map(move |series| Some(cell(grid, family, *series, at)?.value))
    }))
}

/// How much rarer a difference that a slip makes is than any of its size, in bits; zero where no slip makes it.
#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "evidence is weighed here, never an amount"
)]
fn slip_bits(grid: &Grid, family: &Family, at: u32) -> f64 {
    let (Some(stated), Some(gap)) = (cell(grid, family, family.target, at), gap(grid, family, at))
    else {
        return 0.0;
    };
    let grain = grain(grid, family, family.holds.iter().take(8).copied().chain([at]));
    let added = family.terms.len() - family.minus;
    let target = [(stated.value, stated.value - gap)];
    let parts = family.terms.iter().enumerate().filter_map(|(place, term)| {
        let value = cell(grid, family, *term, at)?.value;
        Some((value, if place < added { value + gap } else { value - gap }))
    });
    let made = target.into_iter().chain(parts).any(|(is, was)| is_slip(is / grain, was / grain));
    if !made {
        return 0.0;
    }
    let size = (gap / grain).unsigned_abs().max(1);
    // One of nine digits, or two swapped, at each place; a sign or a few places of the point in each figure.
    let forms = 18.0 * f64::from(size.ilog10() + 1) + 7.0 * (family.terms.len() + 1) as f64;
    ((2 * size) as f64 / forms).log2().max(0.0)
}

/// Whether one number is another with a digit wrong, two neighbours swapped, the sign turned or the point moved.
pub(super) fn is_slip(is: i128, was: i128) -> bool {
    if is == was || is == 0 || was == 0 {
        return false;
    }
    if is == -was {
        return true;
    }
    if (is < 0) != (was < 0) {
        return false;
    }
    let (is, was) = (is.unsigned_abs(), was.unsigned_abs());
    if [10, 100, 1000].iter().any(|times| is == was * times || was == is * times) {
        return true;
    }
    digits_slip(is.to_string().as_bytes(), was.to_string().as_bytes())
}

/// How many instances that hold differ from each other: what repeats in every column is one witness, and so are a column of
/// amounts and the one of its shares.
pub(super) fn witnesses(grid: &Grid, family: &Family) -> usize {
    let mut seen: BTreeSet<Vec<Option<i128>>> = BTreeSet::new();
    let mut different: Vec<u32> = vec![];
    let tells = |at: &&u32| tells(grid, family, **at) && !is_loose(grid, family, **at);
    for &at in family.holds.iter().filter(tells) {
        let values = family.terms.iter().take(3).chain([&family.target]);
        let figures =
            values.map(|series| cell(grid, family, *series, at).map(|cell| cell.value)).collect();
        if seen.insert(figures) && !different.iter().any(|other| is_share(grid, family, at, *other))
        {
            different.push(at);
        }
        if different.len() >= ENOUGH_WITNESSES {
            break;
        }
    }
    different.len()
}

/// Whether an instance holds only within printed digits that let nearly anything pass: 3 % beside 3.3 %.
fn is_loose(grid: &Grid, family: &Family, at: u32) -> bool {
    let Some(stated) = cell(grid, family, family.target, at) else { return true };
    let half = figures(grid, family, at).map(|cell| cell.half).sum::<i128>() + stated.half;
    gap(grid, family, at) != Some(0) && stated.value.abs() < LOOSE * half
}

/// A figure that is fewer times its tolerance proves less than two bits.
const LOOSE: i128 = 8;

/// More are never asked for.
const ENOUGH_WITNESSES: usize = 2 * HOLDS_PER_FAILURE * MOST_FAILURES;

/// Whether of two instances one gives the shares of the other: the same parts of a whole of a hundred at most.
fn is_share(grid: &Grid, family: &Family, one: u32, other: u32) -> bool {
    let value = |series: u32, at: u32| cell(grid, family, series, at).map_or(0, |cell| cell.value);
    let (a, b) = (value(family.target, one), value(family.target, other));
    let whole = 2 * 10_i128.pow(grid.scale) * 100;
    a.abs().min(b.abs()) <= whole
        && family.terms.iter().all(|term| {
            let (left, right) = (value(*term, one), value(*term, other));
            let product = |x: i128, y: i128| x.checked_mul(y);
            match (product(left, b), product(right, a), product(a, b)) {
                (Some(left), Some(right), Some(whole)) => {
                    (left - right).abs() <= whole.abs() / SHARE_STEPS
                }
                _ => false,
            }
        })
}

/// Instances in which two sums of one target must hold together, each by figures of its own, to be both meant.
pub(super) const TOGETHER: usize = 2;

/// Whether two sums of one target hold together elsewhere, each by figures that the other one does not count: both are meant.
fn hold_together(grid: &Grid, one: &Family, other: &Family) -> bool {
    let live = |family: &Family, at: u32| -> BTreeSet<u32> {
        let filled = |series: &u32| cell(grid, family, *series, at).is_some_and(|c| c.value != 0);
        family.terms.iter().copied().filter(filled).collect()
    };
    let both: BTreeSet<[i128; 2]> = one
        .holds
        .iter()
        .filter(|at| {
            other.holds.binary_search(at).is_ok()
                && tells(grid, one, **at)
                && live(one, **at) != live(other, **at)
        })
        .map(|at| shares(grid, one, *at))
        .collect();
    both.len() >= TOGETHER
}

/// How finely shares are told apart.
const SHARE_STEPS: i128 = 200;

/// What the first parts are of the total: a column of shares repeats the one of amounts that it is made from.
pub(super) fn shares(grid: &Grid, family: &Family, at: u32) -> [i128; 2] {
    let value = |series: u32| cell(grid, family, series, at).map_or(0, |cell| cell.value);
    let total = value(family.target);
    let share = |place: usize| {
        let part = family.terms.get(place).map_or(0, |term| value(*term));
        let half = total.abs() / 2;
        (part * SHARE_STEPS + half).checked_div(total).unwrap_or(part)
    };
    [share(0), share(1)]
}

/// Whether an instance that holds says something: at least two parts that the printed digits tell from nothing. 2968 = 2968 + 1
/// passes, and holds as well without the 1.
pub(super) fn tells(grid: &Grid, family: &Family, at: u32) -> bool {
    let half = |series: u32| cell(grid, family, series, at).map_or(0, |cell| cell.half);
    let slack: i128 = family.terms.iter().chain([&family.target]).map(|series| half(*series)).sum();
    let stated = cell(grid, family, family.target, at).map_or(0, |cell| cell.value);
    let parts = || figures(grid, family, at).filter(|cell| cell.value.abs() > slack);
    // What equals one part, where the others come to nothing, is a copy of it.
    parts().count() >= 2 && (stated == 0 || parts().all(|cell| cell.value != stated))
}

/// Whether the words of an instance call its figures rates, means or changes: they do not add up, though they may by chance.
fn is_rate(grid: &Grid, family: &Family, at: u32) -> bool {
    let hint = &grid.hints(family.direction.across())[at as usize];
    [Word::Average, Word::Rate, Word::Percent].into_iter().any(|word| hint.says.has(word))
}

/// Whether an instance that fails has as many figures as it takes: half of what is usual, or what others hold with.
pub(super) fn is_tried(grid: &Grid, family: &Family, at: u32) -> bool {
    let filled = |at: u32| figures(grid, family, at).count();
    let own = filled(at);
    let usual = family.holds.iter().map(|at| filled(*at)).max().unwrap_or(0);
    let as_few = || family.holds.iter().any(|at| filled(*at) <= own && tells(grid, family, *at));
    own >= 2 && (own * 2 >= usual || as_few())
}

/// Stated less computed.
pub(super) fn gap(grid: &Grid, family: &Family, at: u32) -> Option<i128> {
    let stated = cell(grid, family, family.target, at)?;
    let added = family.terms.len() - family.minus;
    let sum: i128 = family
        .terms
        .iter()
        .enumerate()
        .filter_map(|(place, term)| {
            let value = cell(grid, family, *term, at)?.value;
            Some(if place < added { value } else { -value })
        })
        .sum();
    Some(stated.value - sum)
}

/// Whether a figure right beside the family is the very difference and may belong to the sum: what stands there in other
/// instances belongs to none of the sums that hold without it.
fn is_explained_beside(grid: &Grid, family: &Family, at: u32) -> bool {
    let Some(gap) = gap(grid, family, at) else { return true };
    let all = || family.terms.iter().chain([&family.target]).map(|series| *series as usize);
    let (first, last) = (all().min().unwrap_or(0), all().max().unwrap_or(0));
    let count = grid.hints(family.direction).len();
    let stated =
        |series: usize, at: u32| cell(grid, family, series as u32, at).map_or(0, |cell| cell.value);
    (first.saturating_sub(BESIDE)..count.min(last + BESIDE + 1))
        .filter(|series| !all().any(|own| own == *series))
        .filter(|series| gap != 0 && stated(*series, at).abs() == gap.abs())
        .any(|series| {
            let without = family.holds.iter().filter(|other| stated(series, **other) != 0).count();
            without < REFUTED
        })
}

/// Instances that hold without a figure that is there, which show that it is no part.
const REFUTED: usize = 2;

fn figures(grid: &Grid, family: &Family, at: u32) -> impl Iterator<Item = Scaled> {
    family.terms.iter().filter_map(move |term| cell(grid, family, *term, at))
}

pub(super) fn cell(grid: &Grid, family: &Family, series: u32, at: u32) -> Option<Scaled> {
    grid.along(family.direction, series, at)
}

#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "evidence is weighed here, never an amount"
)]
fn is_strong_quotient(family: &Family) -> bool {
    let tried = family.holds.len() + family.fails.len();
    (family.fails.len() * 20 <= tried || family.fails.len() == 1)
        && tried >= QUOTIENT_TRIED
        && family.score >= QUOTIENT_SCORE + 10.0 * family.fails.len() as f64
        && family.worded
}
