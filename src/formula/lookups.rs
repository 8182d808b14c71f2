//! What stands where in long columns, found out once: thousands of lines that each look up a name in another sheet would walk
//! down its column thousands of times.
//!
//! A look-up here gives what a walk would have given, what it would have met on its way included: the largest number counts for
//! how exact binary arithmetic is. Where a walk might have met a number that may be the one wanted, it is made.

use std::collections::{BTreeMap, HashMap};
use std::ops::{Bound, RangeInclusive};

use super::Unknown;
use super::evaluate::{Evaluator, Step, Stop, near};
use crate::model::{CellError, CellRef, Computed, QuickMap, Range};
use crate::number::Decimal;

/// Ranges of no more rows than this are walked down.
const SHORT: u32 = 64;
/// So are those of no more than one in so many rows of the sheet.
const SHARE: u32 = 8;
/// The largest numbers are known of so many rows at once.
const BLOCK: usize = 64;

/// The columns in which something was looked up so far; `None` for those that must be walked down.
#[derive(Debug, Default)]
pub(super) struct Lookups {
    known: QuickMap<(u32, u32), Option<Column>>,
}

impl Lookups {
    /// Forgets all: cells hold other values.
    pub(super) fn clear(&mut self) {
        self.known.clear();
    }
}

/// Where the values of a column stand, rows in order.
#[derive(Debug, Default)]
struct Column {
    /// By the text in small letters: case makes no difference.
    texts: HashMap<String, Vec<u32>>,
    numbers: BTreeMap<Decimal, Vec<u32>>,
    /// The sizes of the numbers by row, zero elsewhere, and the largest of each block of rows.
    sizes: Vec<Decimal>,
    blocks: Vec<Decimal>,
}

impl Column {
    fn add(&mut self, row: u32, value: &Computed) {
        match value {
            Computed::Text(text) => self.texts.entry(text.to_lowercase()).or_default().push(row),
            Computed::Number(number) => {
                self.numbers.entry(*number).or_default().push(row);
                let at = row as usize;
                self.sizes.resize(self.sizes.len().max(at + 1), Decimal::ZERO);
                self.blocks.resize(self.blocks.len().max(at / BLOCK + 1), Decimal::ZERO);
                self.sizes[at] = number.abs();
                self.blocks[at / BLOCK] = self.blocks[at / BLOCK].max(number.abs());
            }
            _ => {}
        }
    }

    /// The size of the largest number in some rows.
    fn largest(&self, rows: RangeInclusive<u32>) -> Decimal {
        let (mut at, end) =
            (*rows.start() as usize, self.sizes.len().min(*rows.end() as usize + 1));
        let mut largest = Decimal::ZERO;
        while at < end {
            let next = if at.is_multiple_of(BLOCK) && at + BLOCK <= end {
                largest = largest.max(self.blocks[at / BLOCK]);
                BLOCK
            } else {
                largest = largest.max(self.sizes[at]);
                1
            };
            at += next;
        }
        largest
    }

    /// Whether a number stands here that is not the wanted one, but may be as far as binary arithmetic goes.
    fn is_doubtful(&self, wanted: Decimal, magnitude: Decimal) -> bool {
        let below = self.numbers.range(..wanted).next_back();
        let above = self.numbers.range((Bound::Excluded(wanted), Bound::Unbounded)).next();
        below.into_iter().chain(above).any(|(number, _)| near(*number, wanted, magnitude))
    }
}

/// The first cell of a range that equals a text or a number; `None` where the range is to be walked down.
pub(super) fn find(
    e: &mut Evaluator,
    wanted: &Computed,
    sheet: u32,
    range: Range,
) -> Option<Step<CellRef>> {
    let range = e.book.clip(sheet, range)?;
    let (rows, columns) = range.size();
    let column = range.start.column;
    let whole = Range::new(CellRef::new(0, column), CellRef::new(u32::MAX, column));
    let whole = e.book.clip(sheet, whole)?;
    if columns != 1 || rows <= SHORT || rows < whole.size().0 / SHARE {
        return None;
    }
    if !e.lookups.known.contains_key(&(sheet, column)) {
        let read = match read(e, sheet, whole) {
            Ok(read) => Some(read),
            Err(Stop::Unknown(Unknown::Budget)) => {
                return Some(Err(Stop::Unknown(Unknown::Budget)));
            }
            Err(_) => None,
        };
        e.lookups.known.insert((sheet, column), read);
    }
    let known = e.lookups.known.get(&(sheet, column))?.as_ref()?;
    let places = match wanted {
        Computed::Text(text) => known.texts.get(&text.to_lowercase()),
        Computed::Number(number) => {
            let magnitude = e.magnitude.max(known.largest(range.start.row..=range.end.row));
            if known.is_doubtful(*number, magnitude) {
                return None;
            }
            known.numbers.get(number)
        }
        _ => return None,
    };
    let found = places.and_then(|rows| {
        let row = *rows.get(rows.partition_point(|row| *row < range.start.row))?;
        (row <= range.end.row).then_some(row)
    });
    let met = known.largest(range.start.row..=found.unwrap_or(range.end.row));
    e.magnitude = e.magnitude.max(met);
    if !e.spend(1) {
        return Some(Err(Stop::Unknown(Unknown::Budget)));
    }
    let none = Stop::Error(CellError::NotAvailable);
    Some(found.map(|row| CellRef::new(row, column)).ok_or(none))
}

/// What a column holds; an error where a cell of it cannot be known.
fn read(e: &mut Evaluator, sheet: u32, column: Range) -> Step<Column> {
    let outside = e.magnitude;
    let mut known = Column::default();
    let walked = e.each_cell(sheet, column, |_, cell, value| {
        known.add(cell.row, &value);
        Ok(())
    });
    e.magnitude = outside;
    walked.map(|()| known)
}
