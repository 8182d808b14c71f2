//! Rows → one .xlsx, a sheet for each kind of rows; what does not fit on a sheet goes on.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::batch::{Batch, Datum};
use super::schema::Sheaf;

/// Rows of a sheet, its heading not among them.
const ROWS: u32 = 1_048_575;
/// Characters of a cell.
const CHARACTERS: usize = 32_767;

/// A workbook being written. Rows must come kind by kind, in the order of [`Sheaf::ALL`].
pub struct Writer {
    workbook: Workbook,
    at: Option<(Sheaf, u32, usize)>,
    heading: Format,
}

impl Writer {
    /// A workbook without sheets yet, which says no time, so that the same rows give the same bytes.
    ///
    /// # Errors
    /// Never; the time is a valid one.
    pub fn new() -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        let time = ExcelDateTime::from_ymd(2000, 1, 1)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&time));
        Ok(Self { workbook, at: None, heading: Format::new().set_bold() })
    }

    /// Begins a kind of rows.
    ///
    /// # Errors
    /// When its heading cannot be written.
    pub fn begin(&mut self, sheaf: Sheaf) -> Result<(), XlsxError> {
        self.sheet(sheaf, 1)
    }

    fn sheet(&mut self, sheaf: Sheaf, part: usize) -> Result<(), XlsxError> {
        let name = match part {
            1 => sheaf.name().to_owned(),
            part => format!("{}_{part}", sheaf.name()),
        };
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        sheet.set_freeze_panes(1, 0)?;
        for (at, column) in sheaf.columns().iter().enumerate() {
            sheet.write_string_with_format(0, at as u16, column.name, &self.heading)?;
        }
        self.at = Some((sheaf, 1, part));
        Ok(())
    }

    /// Adds rows. A number is the float nearest to it, as everywhere in Excel; a text that is too long for a cell is cut.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, batch: &Batch) -> Result<(), XlsxError> {
        told(|| self.put(batch))
    }

    fn put(&mut self, batch: &Batch) -> Result<(), XlsxError> {
        for row in 0..batch.rows() {
            if let Some((sheaf, next, part)) = self.at
                && next > ROWS
            {
                self.sheet(sheaf, part + 1)?;
            }
            let Some((_, next, _)) = &mut self.at else { break };
            let at = *next;
            *next += 1;
            let last = self.workbook.worksheets().len() - 1;
            let sheet = self.workbook.worksheet_from_index(last)?;
            for (column, datum) in batch.data(row).enumerate() {
                let column = column as u16;
                match datum {
                    Datum::Null => {}
                    Datum::Text(text) => {
                        let end =
                            text.char_indices().nth(CHARACTERS).map_or(text.len(), |(end, _)| end);
                        sheet.write_string(at, column, &text[..end])?;
                    }
                    Datum::Number(value) => {
                        sheet.write(at, column, value)?;
                    }
                    Datum::Count(value) => {
                        sheet.write(at, column, crate::number::Decimal::from(value))?;
                    }
                    Datum::Truth(value) => {
                        sheet.write_boolean(at, column, value)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes the workbook.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self, path: &Path) -> Result<(), XlsxError> {
        told(|| self.workbook.save(path))
    }
}

/// Does what the library ends the program at, where its file of rows takes no more, and says so instead.
fn told(work: impl FnOnce() -> Result<(), XlsxError>) -> Result<(), XlsxError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let full = "there is no room for temporary files";
        Err(XlsxError::IoError(io::Error::new(io::ErrorKind::StorageFull, full)))
    })
}
