//! Where a figure stands.

use std::fmt;
use std::str::FromStr;

/// The last row and column of a sheet, counted from zero.
pub(crate) const LAST: CellRef = CellRef { row: 1_048_575, column: 16_383 };

/// A cell of a sheet, counted from zero; shown as in Excel (`B4`). Ordered by row, then column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellRef {
    /// Row, from zero.
    pub row: u32,
    /// Column, from zero.
    pub column: u32,
}

impl CellRef {
    /// The cell at `row` and `column`, both from zero.
    pub const fn new(row: u32, column: u32) -> Self {
        Self { row, column }
    }

    /// The letters of a column: 0 is `A`, 27 is `AB`.
    pub fn column_letters(column: u32) -> String {
        letters(column, &mut [0; 8]).to_owned()
    }

    /// Whether the cell lies on a sheet of Excel's size.
    pub fn on_grid(self) -> bool {
        self.row <= LAST.row && self.column <= LAST.column
    }
}

/// The letters of a column, written to the end of a buffer.
fn letters(column: u32, buffer: &mut [u8; 8]) -> &str {
    let mut rest = u64::from(column) + 1;
    let mut at = buffer.len();
    while rest > 0 {
        rest -= 1;
        at -= 1;
        buffer[at] = b'A' + (rest % 26) as u8;
        rest /= 26;
    }
    std::str::from_utf8(&buffer[at..]).unwrap_or_default()
}

impl fmt::Display for CellRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(letters(self.column, &mut [0; 8]))?;
        write!(f, "{}", u64::from(self.row) + 1)
    }
}

impl FromStr for CellRef {
    type Err = ();

    /// Reads `B4`, with or without `$`. Fails off the grid.
    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.as_bytes();
        let mut at = usize::from(text.first() == Some(&b'$'));
        let (mut column, mut row) = (0_u32, 0_u32);
        let letters = at;
        while let Some(letter) = text.get(at).filter(|b| b.is_ascii_alphabetic()) {
            column = column
                .checked_mul(26)
                .and_then(|c| c.checked_add(u32::from(letter.to_ascii_uppercase() - b'A') + 1))
                .ok_or(())?;
            at += 1;
        }
        if at == letters || at - letters > 3 {
            return Err(());
        }
        at += usize::from(text.get(at) == Some(&b'$'));
        if at == text.len() || text.len() - at > 7 {
            return Err(());
        }
        for digit in &text[at..] {
            if !digit.is_ascii_digit() {
                return Err(());
            }
            row = row * 10 + u32::from(digit - b'0');
        }
        let cell = Self { row: row.checked_sub(1).ok_or(())?, column: column - 1 };
        if cell.on_grid() { Ok(cell) } else { Err(()) }
    }
}

/// A rectangle of cells, both corners included; shown as in Excel (`A1:F12`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// Upper left.
    pub start: CellRef,
    /// Lower right.
    pub end: CellRef,
}

impl Range {
    /// The rectangle between two corners.
    pub fn new(start: CellRef, end: CellRef) -> Self {
        Self { start, end }
    }

    /// Whether `cell` is inside.
    pub fn contains(&self, cell: CellRef) -> bool {
        (self.start.row..=self.end.row).contains(&cell.row)
            && (self.start.column..=self.end.column).contains(&cell.column)
    }

    /// How many rows and columns.
    pub fn size(&self) -> (u32, u32) {
        (self.end.row - self.start.row + 1, self.end.column - self.start.column + 1)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.start == self.end {
            write!(f, "{}", self.start)
        } else {
            write!(f, "{}:{}", self.start, self.end)
        }
    }
}

impl FromStr for Range {
    type Err = ();

    /// Reads `A1:F12` or `A1`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (a, b) = text.split_once(':').unwrap_or((text, text));
        let (a, b): (CellRef, CellRef) = (a.parse()?, b.parse()?);
        Ok(Self {
            start: CellRef::new(a.row.min(b.row), a.column.min(b.column)),
            end: CellRef::new(a.row.max(b.row), a.column.max(b.column)),
        })
    }
}

/// A cell of a packet: which file, which sheet of it, which cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Index into [`super::Packet::files`].
    pub file: u32,
    /// Index into [`super::Workbook::sheets`].
    pub sheet: u32,
    /// The cell.
    pub cell: CellRef,
}

impl Place {
    /// Another cell of the same sheet; row and column count from nought.
    #[must_use]
    pub fn at(self, row: u32, column: u32) -> Self {
        Self { cell: CellRef::new(row, column), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_names_go_both_ways() {
        for (name, row, column) in
            [("A1", 0, 0), ("B4", 3, 1), ("AB10", 9, 27), ("XFD1048576", 1_048_575, 16_383)]
        {
            assert_eq!(name.parse(), Ok(CellRef::new(row, column)));
            assert_eq!(CellRef::new(row, column).to_string(), name);
        }
        for bad in ["", "A", "1", "A0", "XFE1", "A1048577", "A1B", "AAAA1", "A99999999"] {
            assert!(bad.parse::<CellRef>().is_err(), "{bad}");
        }
    }
}
