//! What is known of a sheet before its numbers are asked: sums and quotients that its own formulas say, where they hold.
//!
//! Where formulas, or words that the numbers prove, make every figure of some lines a part of one total or that total, none of
//! them can be the sum of others, or the total would count it twice: nothing is left that mining could tell of them. Of columns
//! what is known is not looked for again, neither as it stands nor turned round.

use super::axis::Direction;
use super::evidence::Tally;
use super::family::{Candidate, Family, Form};
use super::grid::Grid;
use crate::model::Operation;

/// What is known of a grid: whoever has nothing but numbers knows nothing.
#[derive(Clone, Debug, Default)]
pub struct Explained {
    /// Sums of lines that hold, where these explain all lines.
    pub(super) lines: Option<Vec<Family>>,
    /// Differences and quotients of columns that hold wherever they were tried.
    pub(super) fields: Vec<Family>,
    /// Columns whose figures are all told by those of their row.
    pub(super) told: Vec<bool>,
}

/// Bits from which the numbers of a sum or quotient speak for it by themselves.
const SPEAKS: u32 = 16;

/// Fewest instances of a quotient that do.
const LEAST_QUOTIENTS: usize = 3;

impl Explained {
    /// Whether all figures of a column are told by those of their row.
    pub(super) fn is_told(&self, column: usize) -> bool {
        self.told.get(column).copied().unwrap_or(false)
    }
}

/// Differences and quotients that are told otherwise, to find them again in whatever order. Sums without a sign are not among
/// them: mining finds those at little cost, and folds their parts away.
#[derive(Default)]
pub(super) struct Said {
    /// The series of each with their signs, in order, the first one added.
    equations: Vec<Vec<(usize, i32)>>,
    /// The three series of each quotient or product, in order, its target, and where it holds.
    quotients: Vec<([usize; 3], usize, Vec<u32>)>,
    /// The sums as candidates that were chosen before any other.
    pub(super) sums: Vec<Candidate>,
}

impl Said {
    pub(super) fn of(families: &[Family]) -> Self {
        let mut said = Self::default();
        for family in families {
            match (family.operation, family.terms.as_slice()) {
                (Operation::Sum, _) if family.minus > 0 => {
                    let sum = candidate(family);
                    said.equations.push(in_order(sum.equation()));
                    said.sums.push(sum);
                }
                (Operation::Ratio | Operation::Product, [first, second]) => {
                    let mut series = [family.target, *first, *second].map(|series| series as usize);
                    series.sort_unstable();
                    said.quotients.push((series, family.target as usize, family.holds.clone()));
                }
                _ => {}
            }
        }
        said
    }

    /// Whether a sum is one of these, however it is turned.
    pub(super) fn holds_sum(&self, target: usize, terms: &[usize], minus: usize) -> bool {
        let mut own = None;
        self.equations.iter().filter(|equation| equation.len() == terms.len() + 1).any(|equation| {
            let added = terms.len() - minus;
            let sign = |place: usize| if place < added { 1 } else { -1 };
            let own = own.get_or_insert_with(|| {
                let terms = terms.iter().enumerate();
                in_order(terms.map(|(place, term)| (*term, sign(place))).chain([(target, -1)]))
            });
            own == equation
        })
    }

    /// Whether a quotient of three series is one of these, however it is turned.
    pub(super) fn holds_quotient(&self, mut series: [usize; 3]) -> bool {
        !self.quotients.is_empty() && {
            series.sort_unstable();
            self.quotients.iter().any(|(own, ..)| *own == series)
        }
    }

    /// Where a series is told to be a quotient.
    pub(super) fn instances_of_quotient(&self, target: usize) -> &[u32] {
        let of = self.quotients.iter().find(|(_, own, _)| *own == target);
        of.map_or(&[], |(.., holds)| holds)
    }
}

/// An equation by its series, the first of them added.
fn in_order(equation: impl Iterator<Item = (usize, i32)>) -> Vec<(usize, i32)> {
    let mut equation: Vec<(usize, i32)> = equation.collect();
    equation.sort_unstable();
    if equation.first().is_some_and(|(_, sign)| *sign < 0) {
        for (_, sign) in &mut equation {
            *sign = -*sign;
        }
    }
    equation
}

/// A sum that is known as one that was chosen.
fn candidate(family: &Family) -> Candidate {
    Candidate {
        operation: family.operation,
        target: family.target as usize,
        terms: family.terms.iter().map(|term| *term as usize).collect(),
        minus: family.minus,
        factor: family.factor,
        form: Form::Said,
        score: family.score,
        tally: Tally::default(),
    }
}

/// A sum or quotient that is known, of a grid: where it holds are its columns or rows.
pub(super) fn family(
    (direction, operation): (Direction, Operation),
    target: u32,
    mut terms: Vec<(u32, i32)>,
    holds: Vec<u32>,
) -> Family {
    if operation == Operation::Sum {
        // Those taken away stand last.
        terms.sort_by_key(|(term, sign)| (*sign < 0, *term));
    }
    Family {
        direction,
        operation,
        target,
        minus: terms.iter().filter(|(_, sign)| *sign < 0).count(),
        terms: terms.into_iter().map(|(term, _)| term).collect(),
        factor: 1,
        holds,
        fails: vec![],
        score: 0.0,
        worded: false,
        form: Form::Said,
    }
}

/// Whether the numbers of a family speak for it by themselves: that they came to it by chance is too unlikely.
pub(super) fn speaks(grid: &Grid, family: &Family) -> bool {
    let at = |series: u32, instance: u32| grid.along(family.direction, series, instance);
    if family.operation != Operation::Sum && family.holds.len() < LEAST_QUOTIENTS {
        return false;
    }
    let mut bits = 0;
    for &instance in &family.holds {
        let Some(stated) = at(family.target, instance) else { continue };
        let parts = family.terms.iter().filter_map(|term| at(*term, instance));
        if parts.filter(|part| part.value != 0).count() > 1 {
            let size = stated.value.unsigned_abs() / (2 * stated.half).unsigned_abs().max(2);
            bits += size.checked_ilog2().unwrap_or(0);
        }
        if bits >= SPEAKS {
            return true;
        }
    }
    false
}
