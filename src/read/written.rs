//! Formulas written out for every cell that has them, within a bound.
//!
//! A formula that a million cells share is stored once: a few bytes of a file could fill any memory.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Limits;
use super::biff::UNREADABLE;
use super::error::{Fault, hostile, too_large};
use crate::model::{CellRef, Formula, Range, Sheet, Value};

/// What a formula costs besides its text.
const OVERHEAD: u64 = 64;

/// The bytes of formulas written out for a workbook so far.
pub(super) struct Written {
    bytes: AtomicU64,
    limit: u64,
    cells: u64,
}

impl Written {
    /// Nothing yet. All formulas together may take what one part of a file may.
    pub(super) fn new(limits: &Limits) -> Self {
        Self { bytes: AtomicU64::new(0), limit: limits.part, cells: limits.cells }
    }

    /// A formula as it is kept, one that could not be read as [`UNREADABLE`]; counted.
    pub(super) fn keep(&self, text: Option<String>) -> Result<Box<str>, Fault> {
        let text = text.unwrap_or_else(|| UNREADABLE.to_owned());
        self.count(&text)?;
        Ok(text.into_boxed_str())
    }

    /// Counts a formula that is about to be kept.
    pub(super) fn count(&self, text: &str) -> Result<(), Fault> {
        let cost = text.len() as u64 + OVERHEAD;
        if self.bytes.fetch_add(cost, Ordering::Relaxed) + cost > self.limit {
            return Err(too_large(
                ("逐格写出后的公式字节数", "bytes of formulas written out cell by cell"),
                self.limit,
                "--max-part",
            ));
        }
        Ok(())
    }

    /// Gives the cells of array formulas beyond the first their formula; of those that overlap the first one holds.
    pub(super) fn spread(
        &self,
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
                        self.count(text)?;
                        let cached = value != Value::Empty;
                        fresh.push((cell, Formula { text: text.clone(), cached, array: true }));
                    }
                }
            }
            if visited > self.cells.saturating_mul(4) {
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
