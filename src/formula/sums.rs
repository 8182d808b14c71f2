//! Sums of long ranges, each continued from one that begins at the same cell: a running total down 30,000 rows has 450
//! million terms, and takes as many steps as it has rows.

use std::collections::BTreeMap;

use super::evaluate::{Evaluator, Step, Stop, add, divide_by};
use crate::model::{CellError, CellRef, Computed, QuickMap, Range};
use crate::number::Decimal;

/// Ranges of no more cells than this are not remembered.
const SHORT: u64 = 64;

/// A remembered range that the next one begins with is forgotten for it when they are no further apart, in rows: then what
/// is remembered of a running total stays one range.
const NEAR: u32 = 64;

/// What SUM, AVERAGE, MAX and MIN collect.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gathered {
    pub(super) sum: Decimal,
    pub(super) count: u32,
    pub(super) most: Option<Decimal>,
    pub(super) least: Option<Decimal>,
}

impl Gathered {
    pub(super) fn add(&mut self, value: Decimal) -> Step<()> {
        self.join(&Self { sum: value, count: 1, most: Some(value), least: Some(value) })
    }

    pub(super) fn join(&mut self, other: &Self) -> Step<()> {
        self.sum = add(self.sum, other.sum)?;
        self.count += other.count;
        self.most = self.most.max(other.most);
        self.least = match (self.least, other.least) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        Ok(())
    }

    pub(super) fn average(&self) -> Step<Decimal> {
        divide_by(self.sum, self.count.into())
    }
}

/// Where a remembered range begins, its last column, and whether subtotals in it are left out.
type Key = (u32, CellRef, u32, bool);

/// The sums of ranges so far.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// By the row that they end with.
    known: QuickMap<Key, BTreeMap<u32, Known>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    gathered: Gathered,
    magnitude: Decimal,
    /// The error value at which it stops.
    error: Option<CellError>,
}

impl Sums {
    /// Forgets all: cells hold other values.
    pub(super) fn clear(&mut self) {
        self.known.clear();
    }
}

/// The numbers of a range; texts and logical values are left out, and subtotals where that is asked for.
pub(super) fn of_range(
    e: &mut Evaluator,
    sheet: u32,
    range: Range,
    skip_subtotals: bool,
) -> Step<Gathered> {
    let Some(range) = e.book.clip(sheet, range) else { return Ok(Gathered::default()) };
    let (rows, columns) = range.size();
    let long = u64::from(rows) * u64::from(columns) > SHORT;
    let key = (sheet, range.start, range.end.column, skip_subtotals);
    let begun = if long { e.sums.known.get(&key) } else { None };
    let begun = begun.and_then(|known| known.range(..=range.end.row).next_back());
    let (from, mut known) = match begun {
        Some((row, known)) => (Some(*row), *known),
        None => (None, Known::default()),
    };
    let outside = std::mem::replace(&mut e.magnitude, known.magnitude);
    if known.error.is_none() {
        let rest = from.map_or(range.start.row, |row| row + 1);
        let rest = Range::new(CellRef::new(rest, range.start.column), range.end);
        if from != Some(range.end.row) {
            let walked = walk(e, sheet, rest, skip_subtotals, &mut known);
            if let Err(stop) = walked {
                e.magnitude = e.magnitude.max(outside);
                return Err(stop);
            }
        }
    }
    known.magnitude = e.magnitude;
    e.magnitude = e.magnitude.max(outside);
    if long {
        let all = e.sums.known.entry(key).or_default();
        if let Some(row) = from.filter(|row| range.end.row - row <= NEAR) {
            all.remove(&row);
        }
        all.insert(range.end.row, known);
    }
    match known.error {
        Some(error) => Err(Stop::Error(error)),
        None if e.spend(1) => Ok(known.gathered),
        None => Err(Stop::Unknown(super::Unknown::Budget)),
    }
}

/// Adds the cells of a range, up to an error value.
fn walk(
    e: &mut Evaluator,
    sheet: u32,
    range: Range,
    skip_subtotals: bool,
    known: &mut Known,
) -> Step<()> {
    let walked = e.each_cell(sheet, range, |e, cell, value| match value {
        Computed::Number(value) if !(skip_subtotals && e.book.is_subtotal(sheet, cell)) => {
            known.gathered.add(value)
        }
        Computed::Error(error) => {
            known.error = Some(error);
            Err(Stop::Error(error))
        }
        _ => Ok(()),
    });
    if known.error.is_some() { Ok(()) } else { walked }
}
