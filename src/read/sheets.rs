//! Sheets read side by side, within bounds that all of them share, and with the same result whatever the number of threads.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Limits;
use super::error::Fault;
use super::written::{Room, Written};

/// Reads every sheet, and gives the room of their formulas back to settle.
///
/// Where all together have more cells than a file may have, which sheet met the bound depends on which thread was faster.
/// Then they are read once more, one after the other: those that come first, and those that still fit, are kept. `again`
/// takes back whatever else the first reading counted.
pub(super) fn read<T: Sync, R: Send>(
    entries: &[T],
    limits: &Limits,
    cells: &AtomicU64,
    again: impl FnOnce(),
    one: impl Fn(&T, Room<'_>) -> Result<R, Fault> + Sync,
) -> (Vec<Result<R, Fault>>, Written) {
    let written = Written::new(limits, entries.len());
    let shared = cells.load(Ordering::Relaxed);
    let numbered: Vec<(usize, &T)> = entries.iter().enumerate().collect();
    let sheets =
        crate::parallel::map(&numbered, |(number, entry)| one(entry, written.room(*number)));
    if cells.load(Ordering::Relaxed) <= limits.cells {
        return (sheets, written);
    }
    drop(sheets);
    again();
    cells.store(shared, Ordering::Relaxed);
    let written = Written::new(limits, entries.len());
    let in_turn = |(number, entry): (usize, &T)| {
        let before = cells.load(Ordering::Relaxed);
        let sheet = one(entry, written.room(number));
        if sheet.is_err() {
            cells.store(before, Ordering::Relaxed);
        }
        sheet
    };
    (numbered.into_iter().map(in_turn).collect(), written)
}
