//! Sheet → tables: regions, titles, units, header trees, row trees, what each row and column is.

use crate::model::{Table, Workbook};

/// Recognizes the tables of one sheet. Ids and the file index are set by the pipeline.
pub fn recognize(_workbook: &Workbook, _sheet: u32) -> Vec<Table> {
    Vec::new()
}
