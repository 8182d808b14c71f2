//! One worksheet: cells as they stand, and what surrounds them.
//!
//! Nearly every cell has one of a few plain shapes; those are read straight from the scanner's window ([`quick`]) and
//! anything else goes the general way. The two must agree, which a test holds them to. Cells that lie outside the grid,
//! stand in a row that is not theirs, or come twice are refused: which of two values a person sees cannot be told.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::memchr;

use super::strings::{self, unescape_controls};
use crate::model::{
    CellError, CellRef, CellStyle, ColumnFormat, Formula, Range, RowFormat, Sheet, SheetBuilder,
    Text, Texts, Value,
};
use crate::number::{self, Decimal};
use crate::read::Limits;
use crate::read::error::{Fault, Located, damaged, refuse_contradiction, refuse_too_many_formats};
use crate::read::serial::iso_serial;
use crate::read::shared_formula::translate;
use crate::read::written::Room;
use crate::read::xml::{Event, Scanner, Tag, unescape};

/// What all sheets of a workbook have in common.
pub(super) struct Context<'c> {
    pub(super) strings: Arc<Vec<Box<str>>>,
    pub(super) limits: &'c Limits,
    /// Cells of all sheets so far.
    pub(super) cells: AtomicU64,
    /// Texts of which a part does not count.
    pub(super) shortened: AtomicU64,
    pub(super) date_1904: bool,
    pub(super) styles: &'c [CellStyle],
    /// The file asks to be calculated when opened: zeros stored beside formulas are fillers.
    pub(super) uncalculated: bool,
}

/// Reads a worksheet.
pub(super) fn read(
    scanner: &mut Scanner,
    name: &str,
    context: &Context,
    room: Room,
) -> Result<(Sheet, Vec<Text>), Fault> {
    let mut reader = XlsxSheetReader {
        context,
        room,
        builder: SheetBuilder::new(name, Texts::over(context.strings.clone())),
        row: 0,
        next_row: 0,
        next_column: 0,
        uncounted: 0,
        masters: HashMap::new(),
        followers: Vec::new(),
        arrays: Vec::new(),
        column_entries: 0,
    };
    reader.worksheet(scanner).map_err(|error| error.in_sheet(name))?;
    reader.finish(name).map_err(|error| error.in_sheet(name))
}

struct XlsxSheetReader<'c> {
    context: &'c Context<'c>,
    room: Room<'c>,
    builder: SheetBuilder,
    row: u32,
    next_row: u32,
    next_column: u32,
    uncounted: u64,
    /// Shared formulas: where they were written, and their text.
    masters: HashMap<u32, (CellRef, Box<str>)>,
    followers: Vec<(CellRef, u32, bool)>,
    arrays: Vec<(CellRef, Range, Box<str>)>,
    column_entries: usize,
}

/// How a cell stores its value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum StoredAs {
    #[default]
    Number,
    Shared,
    Text,
    Inline,
    Bool,
    Error,
    Date,
}

impl StoredAs {
    fn parse(word: &[u8]) -> Self {
        match word {
            b"s" => Self::Shared,
            b"str" => Self::Text,
            b"inlineStr" => Self::Inline,
            b"b" => Self::Bool,
            b"e" => Self::Error,
            b"d" => Self::Date,
            _ => Self::Number,
        }
    }
}

/// A stored value, taken out of the buffer.
#[derive(Debug, PartialEq)]
enum Stored {
    None,
    Number(Decimal),
    Shared(usize),
    /// What stands for the index of a shared string and is none.
    NoIndex(Box<str>),
    Text(Box<str>),
    /// A number that is larger than any amount, as it is written.
    Oversized(Box<str>),
    Bool(bool),
    Error(CellError),
}

/// The `f` element of a cell.
#[derive(Debug, Default, PartialEq)]
struct RawFormula {
    text: Box<str>,
    shared: Option<u32>,
    array: Option<Range>,
    table: bool,
}

#[derive(Debug, PartialEq)]
struct RawCell {
    /// Where it says that it stands.
    place: Option<CellRef>,
    style: u32,
    stored: Stored,
    formula: Option<RawFormula>,
}

impl XlsxSheetReader<'_> {
    fn worksheet(&mut self, scanner: &mut Scanner) -> Result<(), Fault> {
        loop {
            match scanner.next()? {
                Event::Start(tag) if scanner.depth() == 2 => match scanner.bytes(tag.name) {
                    b"sheetData" => self.sheet_data(scanner)?,
                    b"cols" => self.columns(scanner)?,
                    b"mergeCells" => self.merges(scanner)?,
                    b"sheetProtection" => {
                        self.builder.sheet.protected = scanner.flag(tag, b"sheet");
                        scanner.skip()?;
                    }
                    b"autoFilter" => {
                        self.builder.sheet.filter = scanner
                            .text_attribute(tag, b"ref")
                            .and_then(|range| range.parse().ok());
                        scanner.skip()?;
                    }
                    _ => scanner.skip()?,
                },
                Event::Eof => return self.count(),
                _ => {}
            }
        }
    }

    fn columns(&mut self, scanner: &mut Scanner) -> Result<(), Fault> {
        let outside = scanner.depth() - 1;
        loop {
            match scanner.next()? {
                Event::Start(tag) if scanner.bytes(tag.name) == b"col" => {
                    let first = integer(scanner, tag, b"min").unwrap_or(1).max(1);
                    let last = integer(scanner, tag, b"max").unwrap_or(first).min(16_384);
                    let width = scanner.attribute(tag, b"width").and_then(float);
                    let format = ColumnFormat {
                        hidden: scanner.flag(tag, b"hidden"),
                        outline: integer(scanner, tag, b"outlineLevel").unwrap_or(0).min(7) as u8,
                        width,
                    };
                    if format == ColumnFormat::default() {
                        continue;
                    }
                    self.column_entries += (last + 1).saturating_sub(first) as usize;
                    refuse_too_many_formats(self.column_entries)?;
                    for column in first..=last {
                        self.builder.sheet.columns.insert(column - 1, format);
                    }
                }
                Event::End(_) if scanner.depth() == outside => return Ok(()),
                _ => {}
            }
        }
    }

    fn merges(&mut self, scanner: &mut Scanner) -> Result<(), Fault> {
        let outside = scanner.depth() - 1;
        loop {
            match scanner.next()? {
                Event::Start(tag) if scanner.bytes(tag.name) == b"mergeCell" => {
                    let text = scanner.text_attribute(tag, b"ref").unwrap_or_default();
                    let range = text.parse().map_err(|()| {
                        damaged(
                            format!("合并区域“{text}”不在表格范围内"),
                            format!("the merged range \"{text}\" is not on the grid"),
                        )
                    })?;
                    self.builder.sheet.merges.push(range);
                }
                Event::End(_) if scanner.depth() == outside => return Ok(()),
                _ => {}
            }
        }
    }

    fn sheet_data(&mut self, scanner: &mut Scanner) -> Result<(), Fault> {
        let outside = scanner.depth() - 1;
        loop {
            match scanner.next()? {
                Event::Start(tag) if scanner.bytes(tag.name) == b"row" => self.row(scanner, tag)?,
                Event::Start(_) => scanner.skip()?,
                Event::End(_) if scanner.depth() == outside => return Ok(()),
                _ => {}
            }
        }
    }

    fn row(&mut self, scanner: &mut Scanner, tag: Tag) -> Result<(), Fault> {
        let mut format = RowFormat::default();
        let mut custom_height = false;
        self.row = self.next_row;
        for (name, value) in scanner.attributes(tag) {
            match name {
                b"r" => self.row = row_number(value)?,
                b"hidden" => format.hidden = crate::read::xml::truth(value),
                b"outlineLevel" => format.outline = digits(value).unwrap_or(0).min(7) as u8,
                b"ht" => format.height = float(value),
                b"customHeight" => custom_height = crate::read::xml::truth(value),
                _ => {}
            }
        }
        if !custom_height {
            format.height = None;
        }
        if self.row > 1_048_575 {
            return Err(off_grid(&format!("row {}", u64::from(self.row) + 1)));
        }
        if format != RowFormat::default() {
            self.builder.sheet.rows.insert(self.row, format);
        }
        self.next_row = self.row + 1;
        self.next_column = 0;
        self.count()?;
        self.cells(scanner)
    }

    fn cells(&mut self, scanner: &mut Scanner) -> Result<(), Fault> {
        let outside = scanner.depth() - 1;
        loop {
            scanner.ensure(256)?;
            if scanner.at_rest() {
                let taken = self.quick_cells(scanner.window())?;
                if taken > 0 {
                    scanner.advance(taken);
                    continue;
                }
            }
            match scanner.next()? {
                Event::Start(tag) if scanner.bytes(tag.name) == b"c" => {
                    let cell = slow(scanner, tag, self.context)?;
                    self.keep(cell)?;
                }
                Event::Start(_) => scanner.skip()?,
                Event::End(_) if scanner.depth() == outside => return Ok(()),
                _ => {}
            }
        }
    }

    /// Keeps as many cells of plain shapes as the window begins with; gives their length in bytes.
    fn quick_cells(&mut self, window: &[u8]) -> Result<usize, Fault> {
        let mut taken = 0;
        loop {
            let rest = &window[taken..];
            if let Some((cell, length)) = plain(rest)
                && self.keep_plain(&cell)
            {
                taken += length;
            } else if let Some((cell, length)) = quick(rest) {
                self.keep(cell)?;
                taken += length;
            } else {
                return Ok(taken);
            }
        }
    }

    /// Keeps a cell unless something is wrong with it, which the general way says.
    fn keep_plain(&mut self, plain: &Plain) -> bool {
        let value = match plain.value {
            PlainValue::Number(number) => Value::Number(number),
            PlainValue::Shared(index) => match self.builder.sheet.texts.shared(index as usize) {
                Some(text) => Value::Text(text),
                None => return false,
            },
        };
        if plain.cell.row != self.row {
            return false;
        }
        self.next_column = plain.cell.column + 1;
        self.uncounted += 1;
        self.builder.push(plain.cell, value, plain.style);
        true
    }

    /// Adds the cells of the last row to the count of the workbook.
    fn count(&mut self) -> Result<(), Fault> {
        let (limits, mut fresh) = (self.context.limits, std::mem::take(&mut self.uncounted));
        if fresh > 0 {
            fresh += limits.row_cost();
        }
        limits.allow_cells(self.context.cells.fetch_add(fresh, Ordering::Relaxed) + fresh)
    }

    fn keep(&mut self, raw: RawCell) -> Result<(), Fault> {
        let cell = raw.place.unwrap_or(CellRef::new(self.row, self.next_column));
        if cell.row != self.row {
            return Err(damaged(
                format!("写在第 {} 行里", self.row + 1),
                format!("it is written in row {}", self.row + 1),
            )
            .at_cell(cell));
        }
        if !cell.on_grid() {
            return Err(off_grid(&cell.to_string()));
        }
        self.next_column = cell.column + 1;
        self.uncounted += 1;
        let mut value = match raw.stored {
            Stored::None => Value::Empty,
            Stored::Number(number) => Value::Number(number),
            Stored::Bool(truth) => Value::Bool(truth),
            Stored::Error(error) => Value::Error(error),
            Stored::Text(text) => {
                self.uncounted += self.context.limits.text_cost(&text);
                self.context.limits.allow_cells(self.uncounted)?;
                Value::Text(self.builder.sheet.texts.add(text))
            }
            Stored::Oversized(text) => {
                self.builder.note_oversized(cell);
                Value::Text(self.builder.sheet.texts.add(text))
            }
            Stored::Shared(index) => match self.builder.sheet.texts.shared(index) {
                Some(text) => Value::Text(text),
                None => {
                    return Err(damaged(
                        format!("引用了不存在的第 {index} 个共享字符串"),
                        format!("it refers to shared string {index}, which does not exist"),
                    )
                    .at_cell(cell));
                }
            },
            Stored::NoIndex(text) => return Err(no_index(&text).at_cell(cell)),
        };
        if let Some(formula) = raw.formula {
            if self.context.uncalculated && value == Value::Number(Decimal::ZERO) {
                value = Value::Empty;
            }
            self.formula(cell, formula, value != Value::Empty);
        }
        self.builder.push(cell, value, u16::try_from(raw.style).unwrap_or(0));
        Ok(())
    }

    fn formula(&mut self, cell: CellRef, raw: RawFormula, cached: bool) {
        if let Some(range) = raw.array {
            self.arrays.push((cell, range, raw.text.clone()));
        }
        if let Some(index) = raw.shared {
            if raw.text.is_empty() {
                self.followers.push((cell, index, cached));
                return;
            }
            self.masters.entry(index).or_insert_with(|| (cell, raw.text.clone()));
        }
        if raw.text.is_empty() && !raw.table {
            // An empty <f/> is no formula; array cells after the first are added in the end.
            return;
        }
        let formula = Formula { text: raw.text, cached, array: raw.array.is_some() };
        self.builder.sheet.formulas.push((cell, formula));
    }

    fn finish(mut self, name: &str) -> Result<(Sheet, Vec<Text>), Fault> {
        for (cell, index, cached) in std::mem::take(&mut self.followers) {
            let Some((master, text)) = self.masters.get(&index) else {
                return Err(damaged(
                    format!("引用了不存在的共享公式 {index}"),
                    format!("it refers to shared formula {index}, which does not exist"),
                )
                .at_cell(cell));
            };
            let rows = i64::from(cell.row) - i64::from(master.row);
            let columns = i64::from(cell.column) - i64::from(master.column);
            // About as long as its master: what has no room need not be translated.
            if !self.room.has_room(text.len()) {
                continue;
            }
            let text = translate(text, rows, columns).into_boxed_str();
            self.builder.sheet.formulas.push((cell, Formula { text, cached, array: false }));
        }
        let mut remarks = Vec::new();
        if self.builder.unordered() {
            remarks.push(Text::new(
                format!("工作表“{name}”的单元格没有按顺序存放"),
                format!("the cells of sheet \"{name}\" are not stored in order"),
            ));
        }
        refuse_contradiction(&self.builder)?;
        let mut sheet = self.builder.finish();
        self.room.spread(&mut sheet, &self.arrays)?;
        let last = sheet.used().map_or(0, |used| used.end.column);
        sheet.columns.split_off(&(last + 2));
        Ok((sheet, remarks))
    }
}

/// A cell that is nothing but a number or a shared text, with or without a style: nine in ten.
#[derive(Debug, PartialEq)]
struct Plain {
    cell: CellRef,
    style: u16,
    value: PlainValue,
}

#[derive(Debug, PartialEq)]
enum PlainValue {
    Number(Decimal),
    Shared(u32),
}

/// Reads such a cell in one pass, its attributes in the order in which all common writers put them: `r`, `s`, `t`.
#[inline]
fn plain(window: &[u8]) -> Option<(Plain, usize)> {
    let rest = window.strip_prefix(b"<c r=\"")?;
    let (mut column, mut at) = (0, 0);
    while let Some(letter) = rest.get(at).map(|byte| byte.wrapping_sub(b'A'))
        && letter < 26
    {
        if at == 3 {
            return None;
        }
        column = column * 26 + u32::from(letter) + 1;
        at += 1;
    }
    let (row, rest) = leading_digits(&rest[at..])?;
    let cell = CellRef::new(row.checked_sub(1)?, column.checked_sub(1)?);
    if !cell.on_grid() {
        return None;
    }
    let mut rest = rest.strip_prefix(b"\"")?;
    let mut style = 0;
    if let Some(after) = rest.strip_prefix(b" s=\"") {
        let (index, after) = leading_digits(after)?;
        style = u16::try_from(index).ok()?;
        rest = after.strip_prefix(b"\"")?;
    }
    let (value, rest) = if let Some(rest) = rest.strip_prefix(b"><v>") {
        let (number, length) = number::exact_prefix(rest)?;
        (PlainValue::Number(number), &rest[length..])
    } else {
        let (index, rest) = leading_digits(rest.strip_prefix(b" t=\"s\"><v>")?)?;
        (PlainValue::Shared(index), rest)
    };
    let rest = rest.strip_prefix(b"</v></c>")?;
    Some((Plain { cell, style, value }, window.len() - rest.len()))
}

/// Up to nine digits at the start of bytes, and what follows them.
#[inline]
fn leading_digits(text: &[u8]) -> Option<(u32, &[u8])> {
    let (mut number, mut at) = (0_u32, 0);
    while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0'))
        && digit < 10
    {
        if at == 9 {
            return None;
        }
        number = number * 10 + u32::from(digit);
        at += 1;
    }
    (at > 0).then(|| (number, &text[at..]))
}

/// Reads a cell of one of the plain shapes from the window: the cell and its length in bytes. `None` for any other.
fn quick(window: &[u8]) -> Option<(RawCell, usize)> {
    if !window.starts_with(b"<c") {
        return None;
    }
    let mut at = 2;
    let mut cell = RawCell { place: None, style: 0, stored: Stored::None, formula: None };
    let mut kind = StoredAs::Number;
    loop {
        match *window.get(at)? {
            b' ' => {
                let name = *window.get(at + 1)?;
                if window.get(at + 2..at + 4)? != b"=\"" {
                    return None;
                }
                let start = at + 4;
                let end = start
                    + memchr(b'"', window.get(start..)?.get(..16.min(window.len() - start))?)?;
                let value = &window[start..end];
                match name {
                    b'r' => cell.place = Some(place(value)?),
                    b's' => cell.style = digits(value)?,
                    b't' => kind = StoredAs::parse(value),
                    _ => return None,
                }
                at = end + 1;
            }
            b'>' => break,
            b'/' if window.get(at + 1) == Some(&b'>') => return Some((cell, at + 2)),
            _ => return None,
        }
    }
    at += 1;
    let mut rest = window.get(at..)?;
    if let Some(inner) = rest.strip_prefix(b"<f>") {
        let end = memchr(b'<', inner)?;
        rest = inner[end..].strip_prefix(b"</f>")?;
        cell.formula = Some(RawFormula { text: text_of(&inner[..end]), ..RawFormula::default() });
    }
    if let Some(inner) = rest.strip_prefix(b"<v>") {
        let end = memchr(b'<', inner)?;
        rest = inner[end..].strip_prefix(b"</v>")?;
        cell.stored = match kind {
            StoredAs::Inline | StoredAs::Date => return None,
            kind => store(kind, &inner[..end]),
        };
    } else if let Some(after) = rest.strip_prefix(b"<v/>") {
        rest = after;
        cell.stored = store(kind, b"");
    }
    let rest = rest.strip_prefix(b"</c>")?;
    Some((cell, window.len() - rest.len()))
}

/// Reads any cell.
fn slow(scanner: &mut Scanner, tag: Tag, context: &Context) -> Result<RawCell, Fault> {
    let outside = scanner.depth() - 1;
    let mut cell = RawCell { place: None, style: 0, stored: Stored::None, formula: None };
    let mut kind = StoredAs::Number;
    let mut moment: Option<Box<str>> = None;
    for (name, value) in scanner.attributes(tag) {
        match name {
            b"r" => {
                let text = unescape(value);
                cell.place = Some(text.trim().parse().map_err(|()| off_grid(&text))?);
            }
            b"s" => cell.style = digits(value).unwrap_or(0),
            b"t" => kind = StoredAs::parse(value),
            _ => {}
        }
    }
    loop {
        match scanner.next()? {
            Event::Start(tag) => match scanner.bytes(tag.name) {
                b"v" => {
                    let text = scanner.text_content()?;
                    cell.stored = if kind == StoredAs::Date {
                        moment = Some(plain_moment(text.trim()).into());
                        match iso_serial(text.trim(), context.date_1904) {
                            Some(serial) => Stored::Number(serial),
                            None => Stored::Text(text.into_boxed_str()),
                        }
                    } else {
                        store_text(kind, text)
                    };
                }
                b"f" => cell.formula = Some(formula(scanner, tag)?),
                b"is" => {
                    let (text, less) = strings::value(scanner)?;
                    context.shortened.fetch_add(u64::from(less), Ordering::Relaxed);
                    cell.stored = Stored::Text(text.into_boxed_str());
                }
                _ => scanner.skip()?,
            },
            Event::End(_) if scanner.depth() == outside => {
                // Behind a format that shows amounts the number of a day would be one.
                let style = context.styles.get(cell.style as usize);
                if let Some(text) = moment
                    && style.is_none_or(|style| !style.number_format.date)
                {
                    cell.stored = Stored::Text(text);
                }
                return Ok(cell);
            }
            _ => {}
        }
    }
}

/// A moment as people write it: 2024-01-01 of 2024-01-01T00:00:00.
fn plain_moment(text: &str) -> String {
    match text.split_once('T') {
        Some((day, time)) if !time.contains(|c: char| c.is_ascii_digit() && c != '0') => {
            day.to_owned()
        }
        _ => text.replace('T', " "),
    }
}

fn formula(scanner: &mut Scanner, tag: Tag) -> Result<RawFormula, Fault> {
    let mut formula = RawFormula::default();
    let mut kind: &[u8] = b"";
    let mut range = None;
    let mut index = None;
    for (name, value) in scanner.attributes(tag) {
        match name {
            b"t" => kind = value,
            b"ref" => range = unescape(value).parse().ok(),
            b"si" => index = digits(value),
            _ => {}
        }
    }
    match kind {
        b"shared" => formula.shared = index,
        b"array" => formula.array = range,
        b"dataTable" => formula.table = true,
        _ => {}
    }
    formula.text = scanner.text_content()?.into_boxed_str();
    if formula.table && formula.text.is_empty() {
        formula.text = "TABLE()".into();
    }
    Ok(formula)
}

fn store(kind: StoredAs, raw: &[u8]) -> Stored {
    match kind {
        StoredAs::Number => {
            if raw.is_empty() {
                return Stored::None;
            }
            match std::str::from_utf8(raw).ok().and_then(number::stored_text) {
                Some(number) => Stored::Number(number),
                None => store_text(kind, unescape(raw).into_owned()),
            }
        }
        StoredAs::Shared => match digits(raw) {
            Some(index) => Stored::Shared(index as usize),
            None => store_text(kind, unescape(raw).into_owned()),
        },
        _ => store_text(kind, unescape(raw).into_owned()),
    }
}

fn store_text(kind: StoredAs, text: String) -> Stored {
    let trimmed = text.trim();
    match kind {
        StoredAs::Text => {
            let text = if text.contains("_x") { unescape_controls(&text) } else { text };
            Stored::Text(text.into_boxed_str())
        }
        _ if trimmed.is_empty() => Stored::None,
        StoredAs::Number | StoredAs::Date => match number::stored_text(trimmed) {
            Some(number) => Stored::Number(number),
            // Beyond what money can be, or no number at all: shown as it is, never rounded into one.
            None if trimmed.parse::<f64>().is_ok() => Stored::Oversized(text.into_boxed_str()),
            None => Stored::Text(text.into_boxed_str()),
        },
        StoredAs::Shared => match trimmed.parse() {
            Ok(index) => Stored::Shared(index),
            Err(_) => Stored::NoIndex(trimmed.into()),
        },
        StoredAs::Inline => Stored::Text(text.into_boxed_str()),
        StoredAs::Bool => Stored::Bool(matches!(trimmed, "1" | "true" | "TRUE")),
        StoredAs::Error => Stored::Error(CellError::parse(trimmed).unwrap_or(CellError::Other)),
    }
}

fn text_of(raw: &[u8]) -> Box<str> {
    unescape(raw).into_owned().into_boxed_str()
}

/// A reference such as `B4` in capitals; `None` for anything else.
fn place(text: &[u8]) -> Option<CellRef> {
    let (mut column, mut row, mut at) = (0_u32, 0_u32, 0);
    while let Some(letter) = text.get(at).filter(|b| b.is_ascii_uppercase()) {
        if at == 3 {
            return None;
        }
        column = column * 26 + u32::from(letter - b'A') + 1;
        at += 1;
    }
    if at == 0 || text.len() - at > 7 || at == text.len() {
        return None;
    }
    for digit in &text[at..] {
        if !digit.is_ascii_digit() {
            return None;
        }
        row = row * 10 + u32::from(digit - b'0');
    }
    let cell = CellRef::new(row.checked_sub(1)?, column - 1);
    cell.on_grid().then_some(cell)
}

fn row_number(value: &[u8]) -> Result<u32, Fault> {
    let text = unescape(value);
    text.trim()
        .parse::<u32>()
        .ok()
        .and_then(|row| row.checked_sub(1))
        .filter(|row| *row <= 1_048_575)
        .ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            damaged(
                format!("第 {shown} 行不在表格范围内（1048576 行 × 16384 列）"),
                format!("row {shown} is not on the grid of 1048576 rows and 16384 columns"),
            )
        })
}

/// The text is told as it stands in the file, as long as a message may be.
fn no_index(text: &str) -> Fault {
    let shown: String = text.chars().take(40).collect();
    damaged(
        format!("“{shown}”不是共享字符串的序号"),
        format!("\"{shown}\" is no index of a shared string"),
    )
}

fn off_grid(place: &str) -> Fault {
    damaged(
        format!("“{place}”不在表格范围内（1048576 行 × 16384 列）"),
        format!("\"{place}\" is not on the grid of 1048576 rows and 16384 columns"),
    )
}

fn digits(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 9 {
        return None;
    }
    text.iter().try_fold(0_u32, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
    })
}

fn float(value: &[u8]) -> Option<f32> {
    std::str::from_utf8(value).ok()?.parse().ok().filter(|f: &f32| f.is_finite())
}

fn integer(scanner: &Scanner, tag: Tag, name: &[u8]) -> Option<u32> {
    scanner.attribute(tag, name).and_then(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::xml::Limit;

    #[test]
    fn the_quick_way_and_the_general_way_agree() {
        let limits = Limits::default();
        let context = Context {
            strings: Arc::new(Vec::new()),
            limits: &limits,
            cells: AtomicU64::new(0),
            shortened: AtomicU64::new(0),
            date_1904: false,
            styles: &[],
            uncalculated: false,
        };
        for xml in [
            "<c r=\"A1\"/>",
            "<c r=\"A1\" s=\"3\"></c>",
            "<c r=\"AB12\" s=\"3\" t=\"s\"><v>17</v></c>",
            "<c r=\"A1\"><v>5706.3900000000003</v></c>",
            "<c><v>-0.5</v></c>",
            "<c r=\"A1\"><v>1E-7</v></c>",
            "<c r=\"A1\"><v>1e300</v></c>",
            "<c r=\"A1\"><v>abc</v></c>",
            "<c r=\"A1\"><v></v></c>",
            "<c r=\"A1\"><v/></c>",
            "<c r=\"A1\" t=\"b\"><v>1</v></c>",
            "<c r=\"A1\" t=\"e\"><v>#DIV/0!</v></c>",
            "<c r=\"A1\" t=\"str\"><v>a&amp;b_x000D_</v></c>",
            "<c r=\"A1\" t=\"str\"><f>B1&amp;\"x\"</f><v></v></c>",
            "<c r=\"A1\"><f>SUM(A2:A9)</f><v>10</v></c>",
            "<c r=\"A1\"><f>SUM(A2:A9)</f></c>",
            "<c r=\"A1\"><f>SUM(A2:A9)</f><v></v></c>",
        ] {
            let (fast, length) = quick(format!("{xml}<c").as_bytes()).expect(xml);
            assert_eq!(length, xml.len(), "{xml}");
            let mut scanner = Scanner::over(xml.as_bytes(), Limit { depth: 9 }).unwrap();
            let Ok(Event::Start(tag)) = scanner.next() else { panic!("{xml}") };
            let general = slow(&mut scanner, tag, &context).unwrap();
            assert_eq!(fast, general, "{xml}");
            if let Some((plain, length)) = plain(format!("{xml}<c").as_bytes()) {
                assert_eq!(length, xml.len(), "{xml}");
                assert_eq!(raw(&plain), general, "{xml}");
            }
        }
    }

    fn raw(plain: &Plain) -> RawCell {
        RawCell {
            place: Some(plain.cell),
            style: u32::from(plain.style),
            stored: match plain.value {
                PlainValue::Number(number) => Stored::Number(number),
                PlainValue::Shared(index) => Stored::Shared(index as usize),
            },
            formula: None,
        }
    }

    #[test]
    fn the_plainest_cells_are_read_in_one_pass() {
        for (xml, is_plain) in [
            ("<c r=\"A1\"><v>1</v></c>", true),
            ("<c r=\"XFD1048576\" s=\"65535\"><v>-1.50</v></c>", true),
            ("<c r=\"B2\" s=\"3\" t=\"s\"><v>17</v></c>", true),
            ("<c r=\"B2\" t=\"s\"><v>0</v></c>", true),
            ("<c r=\"B2\"><v>5706.3900000000003</v></c>", true),
            ("<c r=\"XFE1\"><v>1</v></c>", false),
            ("<c r=\"A1048577\"><v>1</v></c>", false),
            ("<c r=\"A0\"><v>1</v></c>", false),
            ("<c r=\"1\"><v>1</v></c>", false),
            ("<c r=\"A\"><v>1</v></c>", false),
            ("<c r=\"a1\"><v>1</v></c>", false),
            ("<c r=\"B2\" s=\"65536\"><v>1</v></c>", false),
            ("<c r=\"B2\" t=\"b\"><v>1</v></c>", false),
            ("<c r=\"B2\"><v>1E-7</v></c>", false),
            ("<c r=\"B2\"><v></v></c>", false),
            ("<c r=\"B2\"><f>A1</f><v>1</v></c>", false),
            ("<c r=\"B2\"><v>1</v></c", false),
        ] {
            let found = plain(xml.as_bytes());
            assert_eq!(found.is_some(), is_plain, "{xml}");
            if let Some((cell, length)) = found {
                assert_eq!(length, xml.len(), "{xml}");
                assert_eq!(Some((raw(&cell), length)), quick(xml.as_bytes()), "{xml}");
            }
        }
    }

    #[test]
    fn odd_shapes_are_left_to_the_general_way() {
        for xml in [
            "<c r='A1'/>",
            "<c r=\"A0\"/>",
            "<c r=\"XFE1\"/>",
            "<c r=\"a1\"/>",
            "<c r=\"A1\" t=\"inlineStr\"><is><t>x</t></is></c>",
            "<c r=\"A1\"><f t=\"shared\" si=\"0\"/></c>",
            "<c r=\"A1\"><v>1</v",
            "<c r=\"A1\"><v>1<!-- x --></v></c>",
            "<col min=\"1\"/>",
        ] {
            assert_eq!(quick(xml.as_bytes()), None, "{xml}");
        }
    }
}
