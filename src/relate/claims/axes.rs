//! The figures that a claim adds up: along a column or a line, by positions in their table.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use crate::lexicon::Beliefs;
use crate::model::{FieldRole, Line, LineRole, Table};
use crate::number::Decimal;
use crate::relate::belief;
use crate::relate::view::{Cell, Trial, View, trial};

/// The other columns of a list, or the other lines of a row of columns: put together where one of them is asked for.
pub(super) struct Others<'a> {
    made: OnceCell<Vec<Box<dyn Axis + 'a>>>,
    make: Box<dyn Fn() -> Vec<Box<dyn Axis + 'a>> + 'a>,
}

impl<'a> Others<'a> {
    pub(super) fn new(make: impl Fn() -> Vec<Box<dyn Axis + 'a>> + 'a) -> Self {
        Self { made: OnceCell::new(), make: Box::new(make) }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &dyn Axis> {
        self.made.get_or_init(&self.make).iter().map(|axis| &**axis)
    }
}

/// A list of figures in one column (or line): its positions, sorted.
pub(super) type Set = Vec<usize>;

/// One column of a list, or one line of a row of columns: where the figures are.
pub(super) trait Axis {
    fn at(&self, position: usize) -> Cell;
}

pub(super) struct Column<'a>(pub(super) &'a View<'a>, pub(super) usize);

pub(super) struct Row<'a>(pub(super) &'a View<'a>, pub(super) usize);

impl Axis for Column<'_> {
    fn at(&self, position: usize) -> Cell {
        self.0.cell(position, self.1)
    }
}

impl Axis for Row<'_> {
    fn at(&self, position: usize) -> Cell {
        self.0.cell(self.1, position)
    }
}

pub(super) fn number(axis: &dyn Axis, position: usize) -> Decimal {
    axis.at(position).value().unwrap_or_default()
}

/// How a signed sum of positions does against a target.
pub(super) fn tries(axis: &dyn Axis, target: usize, parts: &[(usize, i32)]) -> Trial {
    trial(axis.at(target), parts.iter().map(|(at, coefficient)| (axis.at(*at), *coefficient)))
}

/// By how much the parts exceed what is stated, and what their printed digits allow for.
pub(super) fn surplus(axis: &dyn Axis, list: &List) -> (Decimal, Decimal) {
    let target = axis.at(list.target);
    let (mut over, mut slack) = (-target.value().unwrap_or_default(), target.half());
    for (at, times) in &list.terms {
        let cell = axis.at(*at);
        over += cell.value().unwrap_or_default() * Decimal::from(*times);
        slack += cell.half() * Decimal::from(times.abs());
    }
    (over, slack)
}

/// One unit of the last printed digit.
pub(super) fn grain(half: Decimal) -> Decimal {
    if half.is_zero() { Decimal::new(1, 2) } else { half + half }
}

/// Bits that a tie proves.
pub(super) fn proof(
    known: &Beliefs,
    axis: &dyn Axis,
    target: usize,
    parts: &[(usize, i32)],
) -> u32 {
    let stated = axis.at(target);
    let slack = parts.iter().map(|(at, _)| axis.at(*at).half()).sum::<Decimal>() + stated.half();
    belief::bits(known, number(axis, target), slack, grain(stated.half()))
}

/// Whether a sum ties to the last digit.
pub(super) fn is_exact(axis: &dyn Axis, target: usize, parts: &[(usize, i32)]) -> bool {
    let sum: Decimal =
        parts.iter().map(|(at, coefficient)| number(axis, *at) * Decimal::from(*coefficient)).sum();
    sum == number(axis, target)
}

pub(super) fn is_stated(axis: &dyn Axis, at: usize) -> bool {
    !number(axis, at).is_zero()
}

/// The fields whose figures may add up over lines.
pub(super) fn additive(table: &Table) -> impl Iterator<Item = usize> + '_ {
    table
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| {
            matches!(field.role, FieldRole::Amount | FieldRole::Quantity)
                && !field.says.not_additive
        })
        .map(|(at, _)| at)
}

/// A target and its parts, as positions in the table.
pub(super) struct List {
    pub(super) target: usize,
    pub(super) terms: Vec<(usize, i32)>,
}

impl List {
    pub(super) fn of_lines(table: &Table, target: u32, terms: &[(u32, i32)]) -> Option<Self> {
        Some(Self {
            target: table.line_index(target)?,
            terms: terms
                .iter()
                .map(|(row, coefficient)| Some((table.line_index(*row)?, *coefficient)))
                .collect::<Option<_>>()?,
        })
    }

    pub(super) fn of_fields(table: &Table, target: u32, terms: &[(u32, i32)]) -> Option<Self> {
        let at = |column: u32| table.fields.iter().position(|field| field.column == column);
        Some(Self {
            target: at(target)?,
            terms: terms
                .iter()
                .map(|(column, coefficient)| Some((at(*column)?, *coefficient)))
                .collect::<Option<_>>()?,
        })
    }

    /// The parts that state anything but zero.
    pub(super) fn present(&self, axis: &dyn Axis) -> BTreeSet<usize> {
        self.terms.iter().map(|(at, _)| *at).filter(|at| is_stated(axis, *at)).collect()
    }
}

pub(super) fn is_total(line: &Line) -> bool {
    matches!(line.role, LineRole::Total | LineRole::Subtotal)
}
