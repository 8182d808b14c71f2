//! Where a family that is known to be meant does not hold: a slip, told only when nothing speaks against it.
//!
//! The family is a witness by its other instances: the same rows hold in other columns, the same columns in other rows.
//! Against an alarm speak another family that has the same target cell and holds right there, whichever way it runs; a
//! figure beside the family that is the very difference; an instance in which families do not hold at all or that is called
//! a rate; a neighbouring instance that fails too, for slips do not come in pairs; and too few figures to try it.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::Direction;
use super::family::{Family, Form};
use super::grid::{Grid, Scaled};
use super::words::{Word, Words};
use crate::model::Operation;

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

/// The instances in which each family fails though it is meant there.
pub fn broken(grid: &Grid, families: &[Family]) -> Vec<Vec<u32>> {
    let known = Known::of(grid, families);
    families
        .iter()
        .map(|family| match family.operation {
            Operation::Sum => {
                let left: Vec<u32> =
                    family.fails.iter().copied().filter(|at| known.lets(family, *at)).collect();
                if is_meant(grid, family, left.len()) { left } else { vec![] }
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
    /// Cells that are the target of a sum that holds, by its direction.
    totals: BTreeSet<(Direction, (u32, u32))>,
    /// Cells that are a quotient or a mean of others.
    rates: BTreeSet<(u32, u32)>,
    /// How many sums hold and fail in each row and column.
    fates: BTreeMap<(Direction, u32), (usize, usize)>,
}

impl<'a> Known<'a> {
    fn of(grid: &'a Grid, families: &[Family]) -> Self {
        let (mut totals, mut rates) = (BTreeSet::new(), BTreeSet::new());
        let mut fates: BTreeMap<(Direction, u32), (usize, usize)> = BTreeMap::new();
        for family in families {
            let sum = family.operation == Operation::Sum;
            for &at in family.holds.iter().filter(|at| tells(grid, family, **at)) {
                let target = place(family, family.target, at);
                if sum {
                    totals.insert((family.direction, target));
                } else {
                    rates.insert(target);
                }
            }
            if sum {
                for (list, hold) in [(&family.holds, true), (&family.fails, false)] {
                    for &at in list {
                        let fate = fates.entry((family.direction, at)).or_default();
                        *if hold { &mut fate.0 } else { &mut fate.1 } += 1;
                    }
                }
            }
        }
        Self { grid, totals, rates, fates }
    }

    /// Whether nothing speaks against an alarm where a sum fails.
    fn lets(&self, family: &Family, at: u32) -> bool {
        let target = place(family, family.target, at);
        let (holds, fails) = self.fates.get(&(family.direction, at)).copied().unwrap_or_default();
        let adds_up = fails <= 2 || holds * 2 >= fails;
        let explained =
            self.totals.contains(&(family.direction, target)) || self.rates.contains(&target);
        adds_up
            && !explained
            && !self.is_total_of_others(family, at)
            && !is_rate(self.grid, family, at)
            && !family.fails.iter().any(|other| other.abs_diff(at) == 1)
            && is_tried(self.grid, family, at)
            && !is_explained_beside(self.grid, family, at)
    }

    /// Whether the target adds up across while most of the parts do not: it is the total of something else there.
    fn is_total_of_others(&self, family: &Family, at: u32) -> bool {
        let across = match family.direction {
            Direction::Fields => Direction::Lines,
            Direction::Lines => Direction::Fields,
        };
        let total = |series: u32| self.totals.contains(&(across, place(family, series, at)));
        total(family.target)
            && family.terms.iter().filter(|term| total(**term)).count() * 2 < family.terms.len()
    }
}

/// Whether a sum's other instances prove that it is meant.
fn is_meant(grid: &Grid, family: &Family, failures: usize) -> bool {
    let tried = family.holds.len() + family.fails.len();
    if failures == 0
        || failures > MOST_FAILURES
        || family.fails.len() * FAILING_SHARE > tried
        || family.score < LEAST_SCORE
        || family.terms.len() < 2
    {
        return false;
    }
    // What repeats in every column is one witness.
    let different: BTreeSet<Vec<Option<i128>>> = family
        .holds
        .iter()
        .filter(|at| tells(grid, family, **at))
        .map(|at| {
            let values = family.terms.iter().take(3).chain([&family.target]);
            values.map(|series| cell(grid, family, *series, *at).map(|cell| cell.value)).collect()
        })
        .collect();
    let witnesses = different.len();
    match family.form {
        Form::Run | Form::Folded | Form::Alike if failures == 1 => {
            witnesses >= 2 || witnesses == 1 && family.worded
        }
        Form::Run | Form::Folded | Form::Alike => witnesses >= HOLDS_PER_FAILURE * failures,
        // What stands apart was looked for until it fitted.
        Form::Siblings | Form::Stride | Form::Signed => {
            witnesses >= 2 * HOLDS_PER_FAILURE * failures
        }
        Form::Apart | Form::Pair | Form::Quotient => false,
    }
}

/// Whether an instance that holds says something: at least two parts other than zero.
fn tells(grid: &Grid, family: &Family, at: u32) -> bool {
    figures(grid, family, at).filter(|cell| cell.value != 0).count() >= 2
}

/// Whether the words of an instance call its figures rates, means or changes: they do not add up, though they may by chance.
fn is_rate(grid: &Grid, family: &Family, at: u32) -> bool {
    let hint = match family.direction {
        Direction::Fields => &grid.rows[at as usize],
        Direction::Lines => &grid.columns[at as usize],
    };
    let words = Words::of(&hint.label);
    [Word::Average, Word::Rate, Word::Percent].into_iter().any(|word| words.has(word))
}

/// Whether an instance that fails has as many figures as it takes.
fn is_tried(grid: &Grid, family: &Family, at: u32) -> bool {
    let filled = |at: u32| figures(grid, family, at).count();
    let usual = family.holds.iter().map(|at| filled(*at)).max().unwrap_or(0);
    filled(at) >= 2 && filled(at) * 2 >= usual
}

/// Whether a figure right beside the family is the very difference: it belongs to the sum here, or another reading does.
fn is_explained_beside(grid: &Grid, family: &Family, at: u32) -> bool {
    let Some(stated) = cell(grid, family, family.target, at) else { return true };
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
    let gap = (stated.value - sum).abs();
    let all = || family.terms.iter().chain([&family.target]).map(|series| *series as usize);
    let (first, last) = (all().min().unwrap_or(0), all().max().unwrap_or(0));
    let count = match family.direction {
        Direction::Fields => grid.columns.len(),
        Direction::Lines => grid.rows.len(),
    };
    (first.saturating_sub(BESIDE)..count.min(last + BESIDE + 1))
        .filter(|series| !all().any(|own| own == *series))
        .filter_map(|series| cell(grid, family, series as u32, at))
        .any(|cell| cell.value != 0 && cell.value.abs() == gap)
}

fn place(family: &Family, series: u32, at: u32) -> (u32, u32) {
    match family.direction {
        Direction::Fields => (at, series),
        Direction::Lines => (series, at),
    }
}

fn figures(grid: &Grid, family: &Family, at: u32) -> impl Iterator<Item = Scaled> {
    family.terms.iter().filter_map(move |term| cell(grid, family, *term, at))
}

fn cell(grid: &Grid, family: &Family, series: u32, at: u32) -> Option<Scaled> {
    let (row, column) = place(family, series, at);
    grid.at(row as usize, column as usize)
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
