//! Bytes → [`Workbook`]. One file per format; the format is told by content, never by the name.
//!
//! [`read`] is pure: no files, no clock, no threads of its own unless the `parallel` feature is on. Isolation of formats
//! whose library can abort is the doors' business.

mod provisional;

use crate::model::{ReadError, Workbook};

/// Bounds against hostile files, counted while reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub container: u64,
    /// Inflated bytes of all parts.
    pub inflated: u64,
    /// Inflated bytes of one part.
    pub part: u64,
    /// Parts of the container.
    pub parts: u64,
    /// Depth of XML elements.
    pub depth: u32,
    /// Cells of all sheets.
    pub cells: u64,
    /// Shared strings.
    pub strings: u64,
    /// Notes of one sheet.
    pub notes: u64,
}

impl Default for Limits {
    /// The command line's limits.
    fn default() -> Self {
        Self {
            container: 256 << 20,
            inflated: 2 << 30,
            part: 1 << 30,
            parts: 4096,
            depth: 256,
            cells: 50_000_000,
            strings: 4_000_000,
            notes: 10_000,
        }
    }
}

/// Reads a workbook of any supported format. `name` is used for messages and for the sheet name of a .csv only.
///
/// # Errors
/// When nothing of the file can be read; a sheet that cannot be read while others can is in `refused_sheets`.
pub fn read(name: &str, bytes: &[u8], limits: &Limits) -> Result<Workbook, ReadError> {
    provisional::read(name, bytes, limits)
}
