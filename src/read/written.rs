//! Formulas written out for every cell that has them, within a bound.
//!
//! A formula that a million cells share is stored once: a few bytes of a file could fill any memory. So there is room for
//! as much as honest files of that size hold; formulas beyond it are left out and said to be, the values stay.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::Limits;
use super::biff::UNREADABLE;
use super::error::{Fault, hostile};
use crate::model::{CellRef, Formula, Range, Sheet, Text, Value, many};

/// What a formula costs besides its text.
const OVERHEAD: u64 = 64;

/// Room that every file has.
const ROOM: u64 = 8 << 20;

/// Room for every byte of a file: a shared formula takes some 10 bytes of a file that is packed well, with 100 written out.
const ROOM_PER_BYTE: u64 = 16;

/// Formulas of a sheet that may be kept between two looks at what the sheets before it take.
const LOOK_AFTER: u64 = 4 << 10;

/// The bytes of formulas written out for a workbook so far, sheet by sheet.
///
/// Sheets are read side by side, and which formulas are left out must not depend on which thread was faster: where all
/// together are more than there is room for, the sheets that come first keep theirs. A sheet that is read before them stops
/// as soon as it is certain that it will find no room, and gives back what it has when all are read ([`Self::settle`]).
pub(super) struct Written {
    sheets: Vec<Own>,
    /// Of all sheets.
    bytes: AtomicU64,
    /// Formulas for which there was no room.
    left_out: AtomicU64,
    limit: u64,
    cells: u64,
}

/// What the formulas of one sheet take.
#[derive(Default)]
struct Own {
    bytes: AtomicU64,
    looked: AtomicU64,
    closed: AtomicBool,
}

/// The room for the formulas of one sheet, or of sheets that are read one after the other.
#[derive(Clone, Copy)]
pub(super) struct Room<'w> {
    written: &'w Written,
    sheet: usize,
}

impl Written {
    /// Nothing yet, of so many sheets. All formulas together may take what one part of a file may, and what the file's size
    /// makes likely.
    pub(super) fn new(limits: &Limits, sheets: usize) -> Self {
        let likely = limits.container.saturating_mul(ROOM_PER_BYTE).saturating_add(ROOM);
        Self {
            sheets: std::iter::repeat_with(Own::default).take(sheets.max(1)).collect(),
            bytes: AtomicU64::new(0),
            left_out: AtomicU64::new(0),
            limit: limits.part.min(likely),
            cells: limits.cells,
        }
    }

    /// The room of a sheet.
    pub(super) fn room(&self, sheet: usize) -> Room<'_> {
        Room { written: self, sheet }
    }

    /// Takes the formulas from a sheet for which there was no room behind the sheets before it, once all are read.
    pub(super) fn settle(&self, number: usize, sheet: &mut Sheet) {
        if number > 0 && self.before(number + 1) > self.limit {
            self.left_out.fetch_add(sheet.formulas.len() as u64, Ordering::Relaxed);
            sheet.formulas = Vec::new();
        }
    }

    /// What the sheets before that one take.
    fn before(&self, sheet: usize) -> u64 {
        self.sheets[..sheet].iter().map(|own| own.bytes.load(Ordering::Relaxed)).sum()
    }

    /// Says how many formulas were left out.
    pub(super) fn remark(&self) -> Option<Text> {
        let count = self.left_out.load(Ordering::Relaxed);
        (count > 0).then(|| {
            Text::new(
                format!("公式逐格写出后过长：{count} 个单元格只读了数值，没有读公式"),
                format!("formulas written out cell by cell are too long: of {} only the values were read", many(count, "cell")),
            )
        })
    }
}

impl Room<'_> {
    /// A formula as it is kept, one that could not be read as [`UNREADABLE`]; `None` where there is no room for it.
    pub(super) fn keep(self, text: Option<String>) -> Option<Box<str>> {
        let text = text.unwrap_or_else(|| UNREADABLE.to_owned());
        self.has_room(text.len()).then(|| text.into_boxed_str())
    }

    /// Takes room for a formula of that length, unless there is none.
    pub(super) fn has_room(self, length: usize) -> bool {
        let cost = length as u64 + OVERHEAD;
        let Written { bytes, limit, .. } = self.written;
        let all = bytes.fetch_add(cost, Ordering::Relaxed) + cost;
        let own = &self.written.sheets[self.sheet];
        let mine = own.bytes.fetch_add(cost, Ordering::Relaxed) + cost;
        if all > *limit && !own.closed.load(Ordering::Relaxed) {
            let looked = own.looked.load(Ordering::Relaxed);
            if looked == 0 || mine > looked + LOOK_AFTER || mine > *limit {
                own.looked.store(mine, Ordering::Relaxed);
                let closed = self.written.before(self.sheet) + mine > *limit;
                own.closed.store(closed, Ordering::Relaxed);
            }
        }
        let room = !own.closed.load(Ordering::Relaxed);
        self.written.left_out.fetch_add(u64::from(!room), Ordering::Relaxed);
        room
    }

    /// Whether the room is used up, so that a formula need not be written out to be left out; it is counted as left out.
    pub(super) fn is_full(self) -> bool {
        let full = self.written.sheets[self.sheet].closed.load(Ordering::Relaxed);
        self.written.left_out.fetch_add(u64::from(full), Ordering::Relaxed);
        full
    }

    /// Gives the cells of array formulas beyond the first their formula; of those that overlap the first one holds.
    pub(super) fn spread(
        self,
        sheet: &mut Sheet,
        arrays: &[(CellRef, Range, Box<str>)],
    ) -> Result<(), Fault> {
        let mut fresh = Vec::new();
        let mut visited = 0_u64;
        for (first, range, text) in arrays.iter().filter(|(_, range, _)| range.start != range.end) {
            let rows: Vec<u32> = if range.size().0 > 64 {
                let inside = range.start.row..=range.end.row;
                sheet.row_numbers().filter(|row| inside.contains(row)).collect()
            } else {
                (range.start.row..=range.end.row).collect()
            };
            for row in rows {
                visited += 1;
                for (column, value, _) in sheet.row(row) {
                    visited += 1;
                    let cell = CellRef::new(row, column);
                    if range.contains(cell) && cell != *first {
                        if !self.has_room(text.len()) {
                            continue;
                        }
                        let cached = value != Value::Empty;
                        fresh.push((cell, Formula { text: text.clone(), cached, array: true }));
                    }
                }
            }
            if visited > self.written.cells.saturating_mul(4) {
                return Err(hostile(
                    "数组公式互相重叠过多",
                    "array formulas overlap each other too much",
                ));
            }
        }
        if !fresh.is_empty() {
            sheet.formulas.extend(fresh);
            sheet.formulas.sort_by_key(|(cell, _)| *cell);
            sheet.formulas.dedup_by_key(|(cell, _)| *cell);
        }
        Ok(())
    }
}
