//! A family of checks that the numbers support.

use std::cmp::Ordering;

use super::axis::Direction;
use super::evidence::Tally;
use crate::model::Operation;

/// How a family lies on its axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// Target and terms next to each other.
    Run,
    /// Next to each other once the parts of subtotals are folded away.
    Folded,
    /// Terms that share a label.
    Siblings,
    /// Terms at equal distances.
    Stride,
    /// Terms in a run away from the target.
    Apart,
    /// Two terms anywhere.
    Pair,
    /// Lines of one look (level, numbering, bold, without a label) next to each other once all others are left out.
    Alike,
    /// Neighbours, some of them taken away.
    Signed,
    /// Two terms at the distances that the targets before or behind have them too.
    Block,
    /// Chosen ones among neighbours, proved by several instances at once.
    Listed,
    /// Items and the line of another look below them, in a sheet of such lists.
    Closed,
    /// A quotient or a change.
    Quotient,
    /// Told otherwise, by formulas or words or what is declared.
    Said,
}

/// The right-hand side of a sum.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) all: Vec<usize>,
    /// How many of them, the last ones, are taken away.
    pub(super) minus: usize,
}

impl Terms {
    pub(super) fn slice(&self) -> Slice<'_> {
        Slice { all: &self.all, minus: self.minus }
    }
}

/// The right-hand side of a sum, borrowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slice<'a> {
    pub(super) all: &'a [usize],
    pub(super) minus: usize,
}

impl<'a> From<&'a [usize]> for Slice<'a> {
    fn from(all: &'a [usize]) -> Self {
        Self { all, minus: 0 }
    }
}

impl<'a> From<&'a Vec<usize>> for Slice<'a> {
    fn from(all: &'a Vec<usize>) -> Self {
        Self { all, minus: 0 }
    }
}

/// A family as found, before the choice among rivals.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) operation: Operation,
    pub(super) target: usize,
    pub(super) terms: Vec<usize>,
    /// How many of the terms, the last ones, are taken away.
    pub(super) minus: usize,
    /// The target is this many times the result: 100 for percentages printed without a sign.
    pub(super) factor: u32,
    pub(super) form: Form,
    pub(super) score: f64,
    pub(super) tally: Tally,
}

impl Candidate {
    pub(super) fn slice(&self) -> Slice<'_> {
        Slice { all: &self.terms, minus: self.minus }
    }

    /// The sum as an equation: its series with their coefficients, which come to nought.
    pub(super) fn equation(&self) -> impl Iterator<Item = (usize, i32)> {
        let added = self.terms.len() - self.minus;
        let sign = move |place: usize| if place < added { 1 } else { -1 };
        let terms = self.terms.iter().enumerate();
        terms.map(move |(place, term)| (*term, sign(place))).chain([(self.target, -1)])
    }

    /// Whether it was put together from series here and there, so that fewer of them may say the same.
    pub(super) fn may_be_shortened(&self) -> bool {
        self.operation == Operation::Sum
            && self.terms.len() > 2
            && matches!(
                self.form,
                Form::Signed | Form::Listed | Form::Apart | Form::Siblings | Form::Stride
            )
    }

    /// Whether the terms stand before the target.
    pub(super) fn before(&self) -> bool {
        self.terms.first().is_some_and(|term| *term < self.target)
    }

    /// First and last series that it covers.
    pub(super) fn span(&self) -> (usize, usize) {
        let all = || self.terms.iter().copied().chain([self.target]);
        (all().min().unwrap_or(self.target), all().max().unwrap_or(self.target))
    }

    pub(super) fn best_first(a: &Self, b: &Self) -> Ordering {
        b.score
            .total_cmp(&a.score)
            .then_with(|| (a.form, a.target, &a.terms).cmp(&(b.form, b.target, &b.terms)))
    }
}

/// A family of checks that the numbers of a grid support.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Columns against columns, or rows against rows.
    pub direction: Direction,
    /// Sum, Average, Ratio or `RelativeChange`.
    pub operation: Operation,
    /// The target: a column or row of the grid.
    pub target: u32,
    /// The terms, in the operation's order.
    pub terms: Vec<u32>,
    /// How many of the terms of a sum, the last ones, are taken away.
    pub minus: usize,
    /// The target is this many times the result: 100 for percentages printed without a sign.
    pub factor: u32,
    /// Where it holds: rows or columns of the grid.
    pub holds: Vec<u32>,
    /// Where it was tried and fails.
    pub fails: Vec<u32>,
    /// Bits of evidence, a power of two of the odds that it is meant.
    pub score: f64,
    /// The words speak for it too.
    pub worded: bool,
    /// How its series lie to each other.
    pub form: Form,
}
