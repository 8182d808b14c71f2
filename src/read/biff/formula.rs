//! Formulas of the binary formats: tokens in reverse Polish order, written out as Excel shows them.
//!
//! One decompiler serves BIFF5, BIFF8 and BIFF12 (.xlsb), which differ in the widths of their operands only. A token
//! that is not understood gives no formula at all rather than a wrong one.

use std::collections::HashMap;

use super::functions::function;
use crate::model::{CellError, CellRef};
use crate::read::bytes::{f64_at, u16_at, u32_at, utf_16};

/// Which widths operands have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::read) enum Dialect {
    Biff5,
    Biff8,
    Biff12,
}

impl Dialect {
    fn last_row(self) -> u32 {
        match self {
            Self::Biff5 => 16_383,
            Self::Biff8 => 65_535,
            Self::Biff12 => 1_048_575,
        }
    }

    fn last_column(self) -> u32 {
        if self == Self::Biff12 { 16_383 } else { 255 }
    }
}

/// Excel stores at most 16,384 bytes of tokens.
const LONGEST_TOKENS: usize = 1 << 15;

/// What the longest formula that Excel takes (8,192 characters) needs at most, a term at a time: names are long and
/// tokens short, so that an endless formula fits a small file.
const MOST_WRITTEN: usize = 1 << 25;

/// What formulas refer to by number.
#[derive(Debug, Default)]
pub(in crate::read) struct Environment {
    /// What stands before `!` by index of external sheet; `None` where it cannot be told.
    pub(in crate::read) sheets: Vec<Option<String>>,
    /// The workbook's own sheets.
    pub(in crate::read) own: Vec<String>,
    /// Defined names.
    pub(in crate::read) names: Vec<String>,
    /// Names of other workbooks and of add-ins, by external sheet and number from one.
    pub(in crate::read) external: HashMap<(u16, u32), String>,
}

/// A sheet's name as it stands before `!`, quoted where needed.
pub(in crate::read) fn quoted(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.')
        && name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && name.parse::<CellRef>().is_err();
    if plain { name.to_owned() } else { format!("'{}'", name.replace('\'', "''")) }
}

/// The text of a formula in the cell `base`; `None` when a token is not understood.
pub(in crate::read) fn decompile(
    dialect: Dialect,
    tokens: &[u8],
    extra: &[u8],
    base: CellRef,
    environment: &Environment,
) -> Option<String> {
    if tokens.len() > LONGEST_TOKENS {
        return None;
    }
    let mut machine =
        Machine { dialect, tokens, at: 0, extra, base, environment, stack: Vec::new(), written: 0 };
    while machine.at < tokens.len() {
        machine.token()?;
        if machine.written > MOST_WRITTEN {
            return None;
        }
    }
    let text = machine.stack.pop()?;
    machine.stack.is_empty().then_some(text)
}

/// Where the formula that a cell shares is written, when its tokens say only that.
pub(in crate::read) fn shared_origin(
    dialect: Dialect,
    tokens: &[u8],
) -> Option<(u32, Option<u32>)> {
    if tokens.first() != Some(&0x01) {
        return None;
    }
    if dialect == Dialect::Biff12 {
        return Some((u32_at(tokens, 1)?, None));
    }
    Some((u32::from(u16_at(tokens, 1)?), Some(u32::from(u16_at(tokens, 3)?))))
}

struct Machine<'m> {
    dialect: Dialect,
    tokens: &'m [u8],
    at: usize,
    extra: &'m [u8],
    base: CellRef,
    environment: &'m Environment,
    stack: Vec<String>,
    /// Bytes of all operands so far, those that went into others counted again.
    written: usize,
}

const BINARY: [&str; 15] =
    ["+", "-", "*", "/", "^", "&", "<", "<=", "=", ">=", ">", "<>", " ", ",", ":"];

impl<'m> Machine<'m> {
    fn take(&mut self, count: usize) -> Option<&'m [u8]> {
        let bytes = self.tokens.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn word(&mut self) -> Option<u16> {
        u16_at(self.take(2)?, 0)
    }

    fn long(&mut self) -> Option<u32> {
        u32_at(self.take(4)?, 0)
    }

    fn push(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.written += text.len();
        self.stack.push(text);
    }

    /// By dialect: BIFF5, BIFF8, BIFF12.
    fn width(&self, widths: [usize; 3]) -> usize {
        widths[self.dialect as usize]
    }

    fn token(&mut self) -> Option<()> {
        let token = self.byte()?;
        // Operands come in three classes (reference, value, array) that print alike.
        let token = if token >= 0x40 { (token & 0x1F) | 0x20 } else { token };
        match token {
            0x03..=0x11 => {
                let (right, left) = (self.stack.pop()?, self.stack.pop()?);
                self.push(left + BINARY[usize::from(token) - 3] + &right);
            }
            0x12 | 0x13 => {
                let operand = self.stack.pop()?;
                self.push(if token == 0x12 { "+" } else { "-" }.to_owned() + &operand);
            }
            0x14 => {
                let operand = self.stack.pop()?;
                self.push(operand + "%");
            }
            0x15 => {
                let operand = self.stack.pop()?;
                self.push(format!("({operand})"));
            }
            0x16 => self.push(""),
            0x17 => {
                let text = self.string()?;
                self.push(format!("\"{}\"", text.replace('"', "\"\"")));
            }
            0x19 => self.attribute()?,
            0x1C => {
                let code = self.byte()?;
                self.push(error(code).text());
            }
            0x1D => {
                let truth = self.byte()?;
                self.push(if truth == 0 { "FALSE" } else { "TRUE" });
            }
            0x1E => {
                let number = self.word()?;
                self.push(number.to_string());
            }
            0x1F => {
                let number = f64_at(self.take(8)?, 0)?;
                self.push(number.to_string());
            }
            0x20 => {
                self.take(self.width([7, 7, 14]))?;
                let array = self.array()?;
                self.push(array);
            }
            0x21 => {
                let number = self.word()?;
                let (name, arguments) = function(number)?;
                self.call(name, arguments?)?;
            }
            0x22 => {
                let arguments = usize::from(self.byte()? & 0x7F);
                let number = self.word()?;
                self.variable_call(number, arguments)?;
            }
            0x23 => self.name()?,
            0x24 | 0x2C => {
                let corner = self.corner(token == 0x2C)?;
                self.push(corner.text());
            }
            0x25 | 0x2D => {
                let area = self.area(token == 0x2D)?;
                self.push(area);
            }
            0x26..=0x28 => {
                self.take(6)?;
            }
            0x29 | 0x2E | 0x2F => {
                self.take(2)?;
            }
            0x2A => {
                self.take(self.width([3, 4, 6]))?;
                self.push("#REF!");
            }
            0x2B => {
                self.take(self.width([6, 8, 12]))?;
                self.push("#REF!");
            }
            0x39 => self.external_name()?,
            0x3A..=0x3D => self.on_sheet(token)?,
            _ => return None,
        }
        Some(())
    }

    fn string(&mut self) -> Option<String> {
        match self.dialect {
            Dialect::Biff5 => {
                let length = usize::from(self.byte()?);
                let bytes = self.take(length)?;
                Some(encoding_rs::GBK.decode_without_bom_handling(bytes).0.into_owned())
            }
            Dialect::Biff8 => {
                let length = usize::from(self.byte()?);
                let wide = self.byte()? & 1 != 0;
                let bytes = self.take(if wide { length * 2 } else { length })?;
                Some(if wide {
                    utf_16(bytes)
                } else {
                    bytes.iter().map(|b| char::from(*b)).collect()
                })
            }
            Dialect::Biff12 => {
                let length = usize::from(self.word()?);
                self.take(length * 2).map(utf_16)
            }
        }
    }

    fn attribute(&mut self) -> Option<()> {
        let kind = self.byte()?;
        let data = self.word()?;
        if kind & 0x04 != 0 {
            self.take((usize::from(data) + 1) * 2)?;
        } else if kind & 0x10 != 0 {
            self.call("SUM", 1)?;
        }
        Some(())
    }

    fn call(&mut self, name: &str, arguments: usize) -> Option<()> {
        let first = self.stack.len().checked_sub(arguments)?;
        let arguments = self.stack.split_off(first).join(",");
        self.push(format!("{name}({arguments})"));
        Some(())
    }

    fn variable_call(&mut self, number: u16, arguments: usize) -> Option<()> {
        if number & 0x7FFF != 255 {
            // Macro commands are marked in the highest bit; none is a worksheet's.
            let (name, _) = function(number)?;
            return self.call(name, arguments);
        }
        // A function known by name only: the name is its first argument.
        let count = arguments.checked_sub(1)?;
        let first = self.stack.len().checked_sub(arguments)?;
        let name = self.stack.remove(first);
        let name = name.strip_prefix("_xlfn.").unwrap_or(&name).to_owned();
        self.call(&name, count)
    }

    fn name(&mut self) -> Option<()> {
        let index = match self.dialect {
            Dialect::Biff5 => {
                let index = self.word()?;
                self.take(12)?;
                u32::from(index)
            }
            _ => self.long()?,
        };
        let name = self.environment.names.get((index as usize).checked_sub(1)?)?.clone();
        self.push(name);
        Some(())
    }

    fn external_name(&mut self) -> Option<()> {
        let sheet = self.word()?;
        let number = match self.dialect {
            Dialect::Biff5 => return None,
            Dialect::Biff8 => self.long()? & 0xFFFF,
            Dialect::Biff12 => self.long()?,
        };
        let name = self.environment.external.get(&(sheet, number)).cloned();
        let name = if let Some(name) = name {
            name
        } else {
            // A name of this workbook reached through its own sheets.
            let name = self.environment.names.get((number as usize).checked_sub(1)?)?;
            self.environment.sheets.get(usize::from(sheet))?.as_ref()?;
            name.clone()
        };
        self.push(name);
        Some(())
    }

    fn on_sheet(&mut self, token: u8) -> Option<()> {
        let prefix = if self.dialect == Dialect::Biff5 {
            let index = self.word()?;
            self.take(8)?;
            let (first, last) = (self.word()?, self.word()?);
            if index < 0x8000 {
                return None;
            }
            let own = &self.environment.own;
            let first_name = own.get(usize::from(first))?;
            if first == last {
                quoted(first_name)
            } else {
                quoted(&format!("{first_name}:{}", own.get(usize::from(last))?))
            }
        } else {
            let index = usize::from(self.word()?);
            self.environment.sheets.get(index)?.clone()?
        };
        let reference = match token {
            0x3A => self.corner(false)?.text(),
            0x3B => self.area(false)?,
            0x3C => {
                self.take(self.width([3, 4, 6]))?;
                "#REF!".to_owned()
            }
            _ => {
                self.take(self.width([6, 8, 12]))?;
                "#REF!".to_owned()
            }
        };
        self.push(format!("{prefix}!{reference}"));
        Some(())
    }

    fn corner(&mut self, offsets: bool) -> Option<Corner> {
        let (row, column) = match self.dialect {
            Dialect::Biff5 => {
                let row = self.word()?;
                let column = self.byte()?;
                return Some(self.place_biff5(row, column, offsets));
            }
            Dialect::Biff8 => (u32::from(self.word()?), self.word()?),
            Dialect::Biff12 => (self.long()?, self.word()?),
        };
        Some(self.place(row, column, offsets))
    }

    fn area(&mut self, offsets: bool) -> Option<String> {
        let (first, last) = if self.dialect == Dialect::Biff5 {
            let (top, bottom) = (self.word()?, self.word()?);
            let (left, right) = (self.byte()?, self.byte()?);
            (self.place_biff5(top, left, offsets), self.place_biff5(bottom, right, offsets))
        } else {
            let (top, bottom) = if self.dialect == Dialect::Biff8 {
                (u32::from(self.word()?), u32::from(self.word()?))
            } else {
                (self.long()?, self.long()?)
            };
            let (left, right) = (self.word()?, self.word()?);
            (self.place(top, left, offsets), self.place(bottom, right, offsets))
        };
        if first.row == 0 && last.row == self.dialect.last_row() {
            return Some(format!("{}:{}", first.column_text(), last.column_text()));
        }
        if first.column == 0 && last.column == self.dialect.last_column() {
            return Some(format!("{}:{}", first.row_text(), last.row_text()));
        }
        Some(format!("{}:{}", first.text(), last.text()))
    }

    fn place_biff5(&self, row: u16, column: u8, offsets: bool) -> Corner {
        let flags = row & 0xC000;
        let number = u32::from(row & 0x3FFF);
        let relative_row = flags & 0x8000 != 0;
        let relative_column = flags & 0x4000 != 0;
        let mut corner = Corner {
            row: number,
            column: u32::from(column),
            fixed_row: !relative_row,
            fixed_column: !relative_column,
        };
        if offsets {
            if relative_row {
                corner.row = (self.base.row + number) & 0x3FFF;
            }
            if relative_column {
                corner.column = (self.base.column + u32::from(column)) & 0xFF;
            }
        }
        corner
    }

    fn place(&self, row: u32, column: u16, offsets: bool) -> Corner {
        let relative_row = column & 0x8000 != 0;
        let relative_column = column & 0x4000 != 0;
        let (rows, columns) = (self.dialect.last_row(), self.dialect.last_column());
        let mut corner = Corner {
            row: row & rows,
            column: u32::from(column & 0x3FFF) & columns,
            fixed_row: !relative_row,
            fixed_column: !relative_column,
        };
        if offsets {
            if relative_row {
                corner.row = self.base.row.wrapping_add(row) & rows;
            }
            if relative_column {
                corner.column = self.base.column.wrapping_add(u32::from(column & 0x3FFF)) & columns;
            }
        }
        corner
    }

    /// An array constant; its values follow the tokens.
    fn array(&mut self) -> Option<String> {
        let (columns, rows) = if self.dialect == Dialect::Biff12 {
            let rows = u32_at(self.extra, 0)? as usize;
            let columns = u32_at(self.extra, 4)? as usize;
            self.extra = &self.extra[8..];
            (columns, rows)
        } else {
            let columns = usize::from(*self.extra.first()?) + 1;
            let rows = usize::from(u16_at(self.extra, 1)?) + 1;
            self.extra = &self.extra[3..];
            (columns, rows)
        };
        // Rows without columns would cost a line each and be backed by no byte.
        if columns == 0 || columns.checked_mul(rows)? > self.extra.len() {
            return None;
        }
        let mut lines = Vec::new();
        for _ in 0..rows {
            let mut values = Vec::new();
            for _ in 0..columns {
                values.push(self.constant()?);
            }
            lines.push(values.join(","));
        }
        Some(format!("{{{}}}", lines.join(";")))
    }

    fn constant(&mut self) -> Option<String> {
        let (kind, rest) = self.extra.split_first()?;
        let (text, used) = match (self.dialect, kind) {
            (Dialect::Biff12, 0x00) | (Dialect::Biff5 | Dialect::Biff8, 0x01) => {
                (f64_at(rest, 0)?.to_string(), 8)
            }
            (Dialect::Biff12, 0x01) => {
                let length = usize::from(u16_at(rest, 0)?) * 2;
                (format!("\"{}\"", utf_16(rest.get(2..2 + length)?)), 2 + length)
            }
            (Dialect::Biff8, 0x02) => {
                let length = usize::from(u16_at(rest, 0)?);
                let wide = rest.get(2)? & 1 != 0;
                let bytes = if wide { length * 2 } else { length };
                let raw = rest.get(3..3 + bytes)?;
                let text: String =
                    if wide { utf_16(raw) } else { raw.iter().map(|b| char::from(*b)).collect() };
                (format!("\"{text}\""), 3 + bytes)
            }
            (Dialect::Biff12, 0x02) => {
                (if *rest.first()? == 0 { "FALSE" } else { "TRUE" }.to_owned(), 1)
            }
            (Dialect::Biff5 | Dialect::Biff8, 0x04) => {
                (if *rest.first()? == 0 { "FALSE" } else { "TRUE" }.to_owned(), 8)
            }
            (Dialect::Biff12, 0x04) => (error(*rest.first()?).text().to_owned(), 4),
            (Dialect::Biff5 | Dialect::Biff8, 0x10) => (error(*rest.first()?).text().to_owned(), 8),
            (Dialect::Biff5 | Dialect::Biff8, 0x00) => (String::new(), 8),
            _ => return None,
        };
        self.extra = rest.get(used..)?;
        Some(text)
    }
}

struct Corner {
    row: u32,
    column: u32,
    fixed_row: bool,
    fixed_column: bool,
}

impl Corner {
    fn column_text(&self) -> String {
        let fixed = if self.fixed_column { "$" } else { "" };
        fixed.to_owned() + &CellRef::column_letters(self.column)
    }

    fn row_text(&self) -> String {
        format!("{}{}", if self.fixed_row { "$" } else { "" }, self.row + 1)
    }

    fn text(&self) -> String {
        self.column_text() + &self.row_text()
    }
}

/// The error value of a code.
pub(in crate::read) fn error(code: u8) -> CellError {
    match code {
        0x00 => CellError::Null,
        0x07 => CellError::DivideByZero,
        0x0F => CellError::Value,
        0x17 => CellError::Reference,
        0x1D => CellError::Name,
        0x24 => CellError::Number,
        0x2A => CellError::NotAvailable,
        _ => CellError::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(tokens: &[u8]) -> Option<String> {
        let environment = Environment {
            sheets: vec![Some("收入".to_owned()), Some("'a b'".to_owned())],
            names: vec!["合计".to_owned()],
            ..Environment::default()
        };
        decompile(Dialect::Biff8, tokens, &[], CellRef::new(4, 2), &environment)
    }

    #[test]
    fn tokens_are_written_out() {
        for (tokens, expected) in [
            (&[0x44, 0, 0, 0, 0xC0, 0x1E, 2, 0, 0x05][..], "A1*2"),
            (&[0x25, 0, 0, 2, 0, 0, 0xC0, 0, 0xC0, 0x19, 0x10, 0, 0], "SUM(A1:A3)"),
            (&[0x25, 0, 0, 0xFF, 0xFF, 1, 0x40, 2, 0, 0x22, 1, 5, 0], "AVERAGE(B:$C)"),
            (&[0x3A, 0, 0, 4, 0, 3, 0, 0x3A, 1, 0, 0, 0, 0, 0xC0, 0x04], "收入!$D$5-'a b'!A1"),
            (&[0x4C, 0xFF, 0xFF, 0xFE, 0xFF], "A4"),
            (&[0x23, 1, 0, 0, 0, 0x14, 0x15, 0x13], "-(合计%)"),
            (&[0x17, 2, 0, b'a', b'"', 0x1D, 1, 0x08], "\"a\"\"\"&TRUE"),
            (&[0x1E, 5, 0, 0x1E, 2, 0, 0x41, 27, 0], "ROUND(5,2)"),
            (&[0x2A, 0, 0, 0, 0], "#REF!"),
        ] {
            assert_eq!(text(tokens).as_deref(), Some(expected), "{tokens:x?}");
        }
    }

    #[test]
    fn array_constants_have_rows_of_columns() {
        let number = |kind: u8, value: f64| [&[kind][..], &value.to_le_bytes()].concat();
        let values = |kind: u8| [number(kind, 1.0), number(kind, 2.0), number(kind, 3.0)].concat();
        for (dialect, head, kind, size) in [
            (Dialect::Biff8, &[2_u8, 0, 0][..], 1, 8),
            (Dialect::Biff12, &[1, 0, 0, 0, 3, 0, 0, 0], 0, 15),
        ] {
            let mut tokens = vec![0x60];
            tokens.resize(size, 0);
            let extra = [head, &values(kind)].concat();
            let base = CellRef::new(0, 0);
            let text = decompile(dialect, &tokens, &extra, base, &Environment::default());
            assert_eq!(text.as_deref(), Some("{1,2,3}"), "{dialect:?}");
        }
    }

    #[test]
    fn what_is_not_understood_gives_nothing() {
        for tokens in [&[0x03][..], &[0x1E, 1], &[0x18, 0x19], &[0x7F], &[], &[0x41, 0xFF, 0x7F]] {
            assert_eq!(text(tokens), None, "{tokens:x?}");
        }
    }
}
