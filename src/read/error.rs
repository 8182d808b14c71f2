//! Refusals of this room, besides those of containers.

use super::Limits;
use crate::model::{CellRef, SheetBuilder};
pub(super) use crate::office::{Fault, damaged, encrypted, fault, hostile, too_large, truncated};

/// Refuses a sheet in which a cell is stored twice with different values.
pub(super) fn refuse_contradiction(builder: &SheetBuilder) -> Result<(), Fault> {
    match builder.contradiction() {
        None => Ok(()),
        Some(cell) => Err(damaged(
            "同一单元格存了两个不同的值，无法确定以哪个为准",
            "the cell is stored twice with different values, and which one holds cannot be told",
        )
        .at_cell(cell)),
    }
}

/// Refuses formats of rows or columns that repeat each other without end.
pub(super) fn refuse_too_many_formats(entries: usize) -> Result<(), Fault> {
    if entries > 1 << 22 {
        return Err(hostile(
            "行列格式重复过多",
            "the formats of rows or columns repeat each other too often",
        ));
    }
    Ok(())
}

/// Refuses more sheets than a file may have parts: an element of a few bytes would cost a thousand each.
pub(super) fn refuse_too_many_sheets(count: usize, limits: &Limits) -> Result<(), Fault> {
    if count as u64 > limits.parts {
        return Err(too_large(("工作表数", "sheets"), limits.parts, "--max-parts"));
    }
    Ok(())
}

/// What an error is about, added where it is known.
pub(super) trait Located {
    /// Names the sheet, unless one is named already.
    fn in_sheet(self, name: &str) -> Self;
    /// Names the cell, unless one is named already.
    fn at_cell(self, cell: CellRef) -> Self;
}

impl Located for Fault {
    fn in_sheet(mut self, name: &str) -> Self {
        if self.sheet.is_none() {
            self.sheet = Some(name.to_owned());
            self.message.zh = format!("工作表“{name}”：{}", self.message.zh);
            self.message.en = format!("sheet \"{name}\": {}", self.message.en);
        }
        self
    }

    fn at_cell(mut self, cell: CellRef) -> Self {
        if self.cell.is_none() {
            self.cell = Some(cell);
            self.message.zh = format!("单元格 {cell}：{}", self.message.zh);
            self.message.en = format!("cell {cell}: {}", self.message.en);
        }
        self
    }
}
