//! One table of an `OpenDocument` spreadsheet.
//!
//! Nearly every cell is a number or a text in one plain paragraph; those are read straight from the scanner's window
//! ([`plain`]), anything else goes the general way. The two must agree, which a test holds them to.

use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::memchr;

use super::formula::translate;
use super::styles::{Run, Styles};
use crate::model::{
    CellError, CellRef, ColumnFormat, Formula, Note, Range, RowFormat, Sheet, SheetBuilder, Texts,
    Value, Visibility,
};
use crate::number::{self, Decimal};
use crate::read::Limits;
use crate::read::error::{Fault, Located, damaged, too_large};
use crate::read::runs::{Mark, Runs};
use crate::read::serial::{duration_serial, iso_serial};
use crate::read::shared_formula;
use crate::read::written::Room;
use crate::read::xml::{Event, Scanner, Tag};

struct OdsTableReader<'r> {
    styles: &'r mut Styles,
    limits: &'r Limits,
    cells: &'r AtomicU64,
    room: Room<'r>,
    date_1904: bool,
    builder: SheetBuilder,
    row: u32,
    column: u32,
    next_column_format: u32,
    outline: u8,
    column_outline: u8,
    /// Style names by the columns up to which they apply.
    column_styles: Vec<(u32, Rc<str>)>,
    row_style: Option<Rc<str>>,
    arrays: Vec<Range>,
    /// What the texts of the row cost, counted in cells.
    text_cost: u64,
    /// Texts of which a part does not count.
    shortened: u64,
    /// The style last met in each column, and its index where it was asked for.
    seen: Vec<(Rc<str>, Option<u16>)>,
    /// The cells of the last row, for their room.
    spare: Vec<(u32, Cell)>,
}

/// A cell as read: what it holds, and how often it is repeated.
struct Cell {
    value: Value,
    style: Option<Rc<str>>,
    formula: Option<String>,
    cached: bool,
    repeated: u32,
    /// It is a time (`true`) or a date by its type.
    moment: Option<bool>,
}

/// A cell of a plain shape, as it stands in the window.
#[derive(Debug, Default, PartialEq)]
struct Plain<'w> {
    style: Option<&'w str>,
    /// The value of a number, without which it is a text, or nothing.
    number: Option<&'w str>,
    text: Option<&'w str>,
    repeated: u32,
}

/// Levels of elements that a plain cell has.
const PLAIN_LEVELS: u32 = 2;

/// Reads the table whose start was just met.
pub(super) fn read(
    scanner: &mut Scanner,
    tag: Tag,
    styles: &mut Styles,
    limits: &Limits,
    cells: &AtomicU64,
    room: Room,
    date_1904: bool,
) -> Result<Sheet, Fault> {
    let name = scanner.text_attribute(tag, b"name").unwrap_or_default();
    let style = scanner.text_attribute(tag, b"style-name").unwrap_or_default();
    let mut reader = OdsTableReader {
        limits,
        cells,
        room,
        date_1904,
        builder: SheetBuilder::new(&name, Texts::default()),
        row: 0,
        column: 0,
        next_column_format: 0,
        outline: 0,
        column_outline: 0,
        column_styles: Vec::new(),
        row_style: None,
        arrays: Vec::new(),
        text_cost: 0,
        shortened: 0,
        seen: Vec::new(),
        spare: Vec::new(),
        styles,
    };
    let sheet = &mut reader.builder.sheet;
    sheet.protected = scanner.flag(tag, b"protected");
    if reader.styles.hides(&style) || scanner.attribute(tag, b"display") == Some(b"false") {
        sheet.visibility = Visibility::Hidden;
    }
    reader.table(scanner).map_err(|error| error.in_sheet(&name))?;
    let arrays = reader.arrays;
    reader.styles.shortened += reader.shortened;
    let mut sheet = reader.builder.finish();
    mark_arrays(&mut sheet, &arrays, room).map_err(|error| error.in_sheet(&name))?;
    let last = sheet.used().map_or(0, |used| used.end.column);
    sheet.columns.split_off(&(last + 2));
    let last = sheet.used().map_or(0, |used| used.end.row);
    sheet.rows.split_off(&(last + 2));
    Ok(sheet)
}

/// Gives the cells of matrix formulas beyond the first their formula.
fn mark_arrays(sheet: &mut Sheet, ranges: &[Range], room: Room) -> Result<(), Fault> {
    let mut arrays = Vec::new();
    for range in ranges {
        if let Ok(at) = sheet.formulas.binary_search_by_key(&range.start, |(cell, _)| *cell) {
            let formula = &mut sheet.formulas[at].1;
            formula.array = true;
            arrays.push((range.start, *range, formula.text.clone()));
        }
    }
    room.spread(sheet, &arrays)
}

impl OdsTableReader<'_> {
    fn table(&mut self, scanner: &mut Scanner) -> Result<(), Fault> {
        let outside = scanner.depth() - 1;
        let mut groups = Vec::new();
        loop {
            match scanner.next()? {
                Event::Start(tag) => match scanner.bytes(tag.name) {
                    b"table-row-group" => {
                        groups.push((scanner.depth(), true));
                        self.outline = (self.outline + 1).min(7);
                    }
                    b"table-column-group" => {
                        groups.push((scanner.depth(), false));
                        self.column_outline = (self.column_outline + 1).min(7);
                    }
                    b"table-header-rows"
                    | b"table-rows"
                    | b"table-header-columns"
                    | b"table-columns"
                    | b"named-expressions" => {}
                    b"table-column" => self.columns(scanner, tag),
                    b"table-row" => self.row(scanner, tag)?,
                    _ => scanner.skip()?,
                },
                Event::End(_) if scanner.depth() == outside => return Ok(()),
                Event::End(_)
                    if groups.last().is_some_and(|(depth, _)| *depth == scanner.depth() + 1) =>
                {
                    match groups.pop() {
                        Some((_, true)) => self.outline = self.outline.saturating_sub(1),
                        _ => self.column_outline = self.column_outline.saturating_sub(1),
                    }
                }
                _ => {}
            }
        }
    }

    fn columns(&mut self, scanner: &Scanner, tag: Tag) {
        let repeated = repeated(scanner, tag, b"number-columns-repeated");
        let first = self.next_column_format;
        let last = first.saturating_add(repeated).min(16_384);
        let hidden = matches!(scanner.attribute(tag, b"visibility"), Some(b"collapse" | b"filter"));
        let format = ColumnFormat { hidden, outline: self.column_outline, width: None };
        if format != ColumnFormat::default() {
            for column in first..last {
                self.builder.sheet.columns.insert(column, format);
            }
        }
        let style = scanner.text_attribute(tag, b"default-cell-style-name").unwrap_or_default();
        self.column_styles.push((last, style.into()));
        self.next_column_format = last;
    }

    fn row(&mut self, scanner: &mut Scanner, tag: Tag) -> Result<(), Fault> {
        let repeated = repeated(scanner, tag, b"number-rows-repeated");
        let hidden = matches!(scanner.attribute(tag, b"visibility"), Some(b"collapse" | b"filter"));
        self.row_style = scanner.text_attribute(tag, b"default-cell-style-name").map(Rc::from);
        let outside = scanner.depth() - 1;
        self.column = 0;
        let mut cells = std::mem::take(&mut self.spare);
        cells.clear();
        loop {
            scanner.ensure(512)?;
            if scanner.at_rest() && scanner.has_levels(PLAIN_LEVELS) {
                let taken = self.plain_cells(scanner.window(), &mut cells);
                scanner.advance(taken);
            }
            self.limits.allow_cells(self.text_cost)?;
            match scanner.next()? {
                Event::Start(tag) => match scanner.bytes(tag.name) {
                    b"table-cell" | b"covered-table-cell" => {
                        let cell = self.cell(scanner, tag)?;
                        let column = self.column;
                        self.column = column.saturating_add(cell.repeated);
                        cells.push((column, cell));
                    }
                    _ => scanner.skip()?,
                },
                Event::End(_) if scanner.depth() == outside => break,
                _ => {}
            }
        }
        let filled = cells.iter().any(|(_, cell)| cell.holds_something());
        let format = RowFormat { hidden, outline: self.outline, height: None };
        if format != RowFormat::default() {
            // Blank rows repeated to the end of the sheet need no entry each.
            let marked = if filled { repeated } else { repeated.min(4096) };
            for row in self.row..self.row.saturating_add(marked).min(1_048_576) {
                self.builder.sheet.rows.insert(row, format);
            }
        }
        let copies = if filled { repeated } else { 1 };
        let lines = if filled { u64::from(copies) * self.limits.row_cost() } else { 0 };
        let cost = lines + std::mem::take(&mut self.text_cost);
        self.limits.allow_cells(self.cells.fetch_add(cost, Ordering::Relaxed) + cost)?;
        for copy in 0..copies {
            for (column, cell) in &cells {
                self.place(self.row.saturating_add(copy), *column, cell, copy)?;
            }
        }
        self.row = self.row.saturating_add(repeated);
        self.spare = cells;
        Ok(())
    }

    /// Takes as many cells of plain shapes as the window begins with; gives their length in bytes.
    fn plain_cells(&mut self, window: &[u8], cells: &mut Vec<(u32, Cell)>) -> usize {
        let mut taken = 0;
        while let Some((plain, length)) = plain(&window[taken..]) {
            let value = match (plain.number, plain.text) {
                (Some(number), _) => match number::stored_text(number) {
                    Some(number) => Value::Number(number),
                    None => break,
                },
                (None, Some(text)) => self.text(text),
                (None, None) => Value::Empty,
            };
            let style = plain.style.map(|name| self.named(name));
            let cell = Cell {
                value,
                style,
                formula: None,
                cached: value != Value::Empty,
                repeated: plain.repeated,
                moment: None,
            };
            cells.push((self.column, cell));
            self.column = self.column.saturating_add(plain.repeated);
            taken += length;
        }
        taken
    }

    /// The name of a style of this column, which is nearly always that of the cell above.
    fn named(&mut self, name: &str) -> Rc<str> {
        match self.seen.get(self.column as usize) {
            Some((seen, _)) if **seen == *name => Rc::clone(seen),
            _ => name.into(),
        }
    }

    /// The index of a style in a column.
    fn index(&mut self, column: u32, name: &Rc<str>) -> u16 {
        let column = column as usize;
        if let Some((seen, Some(index))) = self.seen.get(column)
            && (Rc::ptr_eq(seen, name) || seen == name)
        {
            return *index;
        }
        let index = self.styles.index(name);
        if self.seen.len() <= column {
            self.seen.resize(column + 1, (Rc::from(""), None));
        }
        self.seen[column] = (Rc::clone(name), Some(index));
        index
    }

    fn place(&mut self, row: u32, column: u32, cell: &Cell, copy: u32) -> Result<(), Fault> {
        let something = cell.holds_something();
        let styled = cell.style.is_some() && cell.repeated <= 64;
        if !something && !styled {
            return Ok(());
        }
        // A few bytes can repeat a cell over the whole grid.
        let total = self.cells.fetch_add(u64::from(cell.repeated), Ordering::Relaxed);
        let limit = self.limits.cells;
        if total + u64::from(cell.repeated) > limit {
            return Err(too_large(
                ("重复单元格展开后的单元格数", "cells, repeated ones counted each,"),
                limit,
                "--max-cells",
            ));
        }
        for index in 0..cell.repeated {
            let at = CellRef::new(row, column.saturating_add(index));
            if !at.on_grid() {
                if something {
                    return Err(
                        damaged("单元格不在表格范围内", "a cell is not on the grid").at_cell(at)
                    );
                }
                return Ok(());
            }
            let style = self.style(at.column, cell);
            self.builder.push(at, cell.value, style);
            if let Some(text) = &cell.formula
                && self.room.has_room(text.len())
            {
                let text = if index == 0 && copy == 0 {
                    text.clone()
                } else {
                    shared_formula::translate(text, i64::from(copy), i64::from(index))
                };
                let formula =
                    Formula { text: text.into_boxed_str(), cached: cell.cached, array: false };
                self.builder.sheet.formulas.push((at, formula));
            }
        }
        Ok(())
    }

    fn style(&mut self, column: u32, cell: &Cell) -> u16 {
        let by_column = || {
            let at = self.column_styles.partition_point(|(end, _)| *end <= column);
            self.column_styles.get(at).map(|(_, name)| Rc::clone(name))
        };
        let name = cell.style.clone().or_else(|| self.row_style.clone()).or_else(by_column);
        let own = match name {
            Some(name) if !name.is_empty() => self.index(column, &name),
            _ => 0,
        };
        cell.moment.map_or(own, |time| self.styles.moment(own, time))
    }

    fn cell(&mut self, scanner: &mut Scanner, tag: Tag) -> Result<Cell, Fault> {
        let covered = scanner.bytes(tag.name) == b"covered-table-cell";
        let at = CellRef::new(self.row, self.column);
        let mut cell = Cell {
            value: Value::Empty,
            style: scanner.text_attribute(tag, b"style-name").map(Rc::from),
            formula: scanner.text_attribute(tag, b"formula").map(|text| translate(&text)),
            cached: false,
            repeated: repeated(scanner, tag, b"number-columns-repeated"),
            moment: None,
        };
        let span = |name: &[u8]| repeated(scanner, tag, name);
        let (columns, rows) = (span(b"number-columns-spanned"), span(b"number-rows-spanned"));
        let corner = |columns: u32, rows: u32| {
            CellRef::new(
                at.row.saturating_add(rows - 1).min(1_048_575),
                at.column.saturating_add(columns - 1).min(16_383),
            )
        };
        if (columns > 1 || rows > 1) && !covered && at.on_grid() {
            self.builder.sheet.merges.push(Range::new(at, corner(columns, rows)));
        }
        let (columns, rows) =
            (span(b"number-matrix-columns-spanned"), span(b"number-matrix-rows-spanned"));
        if scanner.attribute(tag, b"number-matrix-columns-spanned").is_some() && at.on_grid() {
            self.arrays.push(Range::new(at, corner(columns, rows)));
        }
        let kind = scanner.text_attribute(tag, b"value-type").unwrap_or_default();
        let value = scanner.text_attribute(tag, b"value");
        let date = scanner.text_attribute(tag, b"date-value");
        let time = scanner.text_attribute(tag, b"time-value");
        let truth = scanner.text_attribute(tag, b"boolean-value");
        let string = scanner.text_attribute(tag, b"string-value");
        // LibreOffice says "error" in a second attribute of the same name, after the first.
        let error =
            scanner.attributes(tag).any(|(name, value)| name == b"value-type" && value == b"error");
        let text = self.content(scanner, at)?;
        cell.value = match kind.as_str() {
            _ if error => Value::Error(error_of(&text).unwrap_or(CellError::Other)),
            // Excel and old LibreOffice store an error as the number 0, or as a text; only what is shown says it.
            "float" | "percentage" | "currency" | "string" if is_error(value.as_deref(), &text) => {
                Value::Error(error_of(&text).unwrap_or(CellError::Other))
            }
            "float" | "percentage" | "currency" => {
                let value = value.unwrap_or_default();
                let number = number::stored_text(&value);
                if number.is_none() && value.trim().parse::<f64>().is_ok() && at.on_grid() {
                    self.builder.note_oversized(at);
                }
                self.number(number, &text)
            }
            "date" => self.number(iso_serial(&date.unwrap_or_default(), self.date_1904), &text),
            "time" => self.number(duration_serial(&time.unwrap_or_default()), &text),
            "boolean" => Value::Bool(truth.as_deref() == Some("true")),
            "string" => self.text(string.unwrap_or(text)),
            // A formula that was never calculated has no type; any text beside it would be a guess.
            _ if text.is_empty() || cell.formula.is_some() => Value::Empty,
            _ => self.text(text),
        };
        cell.cached = cell.value != Value::Empty;
        let moment = matches!(kind.as_str(), "date" | "time");
        if moment && matches!(cell.value, Value::Number(_)) {
            cell.moment = Some(kind == "time");
        }
        Ok(cell)
    }

    fn number(&mut self, number: Option<Decimal>, text: &str) -> Value {
        match number {
            Some(number) => Value::Number(number),
            None if text.is_empty() => Value::Empty,
            None => self.text(text),
        }
    }

    fn text(&mut self, text: impl Into<Box<str>>) -> Value {
        let text = text.into();
        self.text_cost += self.limits.text_cost(&text);
        Value::Text(self.builder.sheet.texts.add(text))
    }

    /// The text of a cell: its paragraphs, without notes and drawings. A note is kept for the cell.
    fn content(&mut self, scanner: &mut Scanner, at: CellRef) -> Result<String, Fault> {
        let outside = scanner.depth() - 1;
        let mut text = String::new();
        let mut paragraphs = 0;
        loop {
            match scanner.next()? {
                Event::Start(tag) => match scanner.bytes(tag.name) {
                    b"p" | b"h" => {
                        if paragraphs > 0 {
                            text.push('\n');
                        }
                        paragraphs += 1;
                        self.shortened += u64::from(paragraph(scanner, &mut text, self.styles)?);
                    }
                    b"annotation" => {
                        let note = note(scanner)?;
                        if at.on_grid()
                            && (self.builder.sheet.notes.len() as u64) < self.limits.notes
                        {
                            self.builder.sheet.notes.insert(at, note);
                        }
                    }
                    _ => scanner.skip()?,
                },
                Event::End(_) if scanner.depth() == outside => return Ok(text),
                _ => {}
            }
        }
    }
}

impl Cell {
    fn holds_something(&self) -> bool {
        self.value != Value::Empty || self.formula.is_some()
    }
}

/// The cell of a plain shape that a window begins with, and its length in bytes: a number, a text in one paragraph, or nothing
/// in an empty element. `None` for any other, and for what the window cuts off.
fn plain(window: &[u8]) -> Option<(Plain<'_>, usize)> {
    let mut rest = window.strip_prefix(b"<table:table-cell")?;
    let mut cell = Plain { repeated: 1, ..Plain::default() };
    let (mut kind, mut value) = (None, None);
    let mut repeated = None;
    let is_empty = loop {
        match *rest.first()? {
            b' ' => {}
            b'>' => break false,
            b'/' if rest.get(1) == Some(&b'>') => break true,
            _ => return None,
        }
        rest = &rest[1..];
        if matches!(rest.first()?, b' ' | b'>' | b'/') {
            continue;
        }
        let equals = memchr(b'=', rest)?;
        let (name, quoted) = (&rest[..equals], rest[equals + 1..].strip_prefix(b"\"")?);
        let length = memchr(b'"', quoted)?;
        let own = &quoted[..length];
        rest = &quoted[length + 1..];
        let local = memchr(b':', name).map_or(name, |colon| &name[colon + 1..]);
        match local {
            b"style-name" => set(&mut cell.style, own)?,
            // LibreOffice says "error" in a second attribute of the same name.
            b"value-type" if own == b"error" => return None,
            b"value-type" if kind.is_some() => {}
            b"value-type" => kind = Some(own),
            b"value" => set(&mut value, own)?,
            b"number-columns-repeated" => set(&mut repeated, own)?,
            b"formula"
            | b"string-value"
            | b"number-columns-spanned"
            | b"number-rows-spanned"
            | b"number-matrix-columns-spanned"
            | b"number-matrix-rows-spanned" => return None,
            _ if name.starts_with(b"xmlns") || name.contains(&b'<') || name.contains(&b'>') => {
                return None;
            }
            _ if name
                .iter()
                .any(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'')) =>
            {
                return None;
            }
            _ => {}
        }
    };
    if let Some(repeated) = repeated {
        cell.repeated = count(repeated);
    }
    if is_empty {
        // Of a type, or with a value that is shown nowhere, it is no plain one.
        let plain = kind.is_none() && value.is_none();
        return plain.then(|| (cell, window.len() - rest.len() + 2));
    }
    let paragraph = rest[1..].strip_prefix(b"<text:p>")?;
    let length = memchr(b'<', paragraph)?;
    let behind = paragraph[length..].strip_prefix(b"</text:p></table:table-cell>")?;
    let mut text = None;
    set(&mut text, &paragraph[..length])?;
    match kind? {
        b"float" | b"percentage" | b"currency" => cell.number = Some(value?),
        b"string" => cell.text = text,
        _ => return None,
    }
    // What is only shown in words is an error.
    (!is_error(value, text.unwrap_or_default())).then(|| (cell, window.len() - behind.len()))
}

/// Keeps the first value of its name, where it needs no reading.
fn set<'w>(kept: &mut Option<&'w str>, value: &'w [u8]) -> Option<()> {
    if kept.is_none() {
        let plain = !value.iter().any(|byte| matches!(byte, b'&' | b'\r'));
        *kept = Some(std::str::from_utf8(value).ok().filter(|_| plain)?);
    }
    Some(())
}

/// Adds the text of the paragraph whose start was just met; says whether parts of it do not count.
fn paragraph(scanner: &mut Scanner, text: &mut String, styles: &Styles) -> Result<bool, Fault> {
    let outside = scanner.depth() - 1;
    let mut runs = Runs::default();
    let mut hides = false;
    let mut spans: Vec<(u32, Option<Mark>)> = Vec::new();
    loop {
        let mark = spans.last().map_or(Some(Mark::Plain), |(_, mark)| *mark);
        let mut add = |piece: &str| match mark {
            Some(mark) => runs.push(piece, mark),
            None => hides = true,
        };
        match scanner.next()? {
            Event::Start(tag) => match scanner.bytes(tag.name) {
                b"s" => {
                    let count = repeated(scanner, tag, b"c").min(1024);
                    add(&" ".repeat(count as usize));
                }
                b"tab" => add("\t"),
                b"line-break" => add("\n"),
                b"span" => {
                    let name = scanner.text_attribute(tag, b"style-name").unwrap_or_default();
                    let own = match styles.run(&name) {
                        Some(Run::Unseen) => None,
                        Some(Run::Marked(own)) if mark == Some(Mark::Plain) => Some(own),
                        _ => mark,
                    };
                    spans.push((scanner.depth(), own));
                }
                b"annotation" | b"note" | b"ruby-text" | b"hidden-text" | b"hidden-paragraph" => {
                    scanner.skip()?;
                }
                _ => {}
            },
            Event::Text(span) => add(&crate::read::xml::unescape(scanner.bytes(span))),
            Event::Cdata(span) => add(&String::from_utf8_lossy(scanner.bytes(span))),
            Event::End(_) if scanner.depth() == outside => break,
            Event::End(_) => spans.retain(|(depth, _)| *depth <= scanner.depth()),
            Event::Eof => break,
        }
    }
    let (value, less) = runs.value();
    text.push_str(&value);
    Ok(less || hides)
}

fn note(scanner: &mut Scanner) -> Result<Note, Fault> {
    let outside = scanner.depth() - 1;
    let mut note = Note { author: String::new(), text: String::new(), threaded: false };
    loop {
        match scanner.next()? {
            Event::Start(tag) => match scanner.bytes(tag.name) {
                b"creator" => note.author = scanner.text_content()?,
                b"date" | b"date-string" => scanner.skip()?,
                b"p" => {
                    if !note.text.is_empty() {
                        note.text.push('\n');
                    }
                    paragraph(scanner, &mut note.text, &Styles::default())?;
                }
                _ => {}
            },
            Event::End(_) if scanner.depth() == outside => return Ok(note),
            _ => {}
        }
    }
}

/// A count of repetitions: at least one, and no more than a sheet has rows.
fn repeated(scanner: &Scanner, tag: Tag, name: &[u8]) -> u32 {
    scanner.text_attribute(tag, name).map_or(1, |value| count(&value))
}

fn count(value: &str) -> u32 {
    value.parse::<u32>().unwrap_or(1).clamp(1, 1_048_576)
}

/// Whether a number is only what stands for an error.
fn is_error(value: Option<&str>, text: &str) -> bool {
    matches!(value, None | Some("0" | "NaN" | "1.#NAN")) && error_of(text).is_some()
}

/// The error that a text shows, in Excel's words, or by the number that `LibreOffice` gives it (Err:502, 错误:502).
fn error_of(text: &str) -> Option<CellError> {
    let text = text.trim();
    if let Some(error) = CellError::parse(text) {
        return Some(error);
    }
    let number = ["Err:", "错误:", "錯誤:", "错误：", "錯誤："]
        .iter()
        .find_map(|word| text.strip_prefix(word))?;
    Some(match number.trim().parse::<u16>().ok()? {
        503 => CellError::Number,
        519 | 502 | 504 => CellError::Value,
        524 => CellError::Reference,
        525 => CellError::Name,
        532 => CellError::DivideByZero,
        32767 => CellError::NotAvailable,
        1..=600 => CellError::Other,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cells of a row, read the quick way where that is open to them, and the general way.
    fn read_both_ways(cells: &str) -> [Result<Vec<String>, String>; 2] {
        [cells.to_owned(), cells.replace("<table:", "<t:").replace("</table:", "</t:")].map(|cells| {
            let xml = format!(
                "<o:spreadsheet><table:table table:name=\"S\"><table:table-row>{cells}</table:table-row></table:table></o:spreadsheet>"
            );
            let limits = Limits::default();
            let book = super::super::read_flat(xml.as_bytes(), &limits)
                .map_err(|error| format!("{:?}", error.code))?;
            let sheet = &book.sheets[0];
            let shown = |value: Value| match value {
                Value::Text(id) => format!("“{}”", sheet.texts.get(id)),
                other => format!("{other:?}"),
            };
            let cells = sheet.cells();
            let merges = &sheet.merges;
            let mut said: Vec<String> = cells
                .map(|(cell, value, style)| format!("{cell} {} {style} {merges:?}", shown(value)))
                .collect();
            said.extend(sheet.formulas.iter().map(|(cell, own)| format!("{cell} ={}", own.text)));
            Ok(said)
        })
    }

    #[test]
    fn the_quick_way_and_the_general_way_agree() {
        let paragraph = |attributes: &str, text: &str| {
            format!("<table:table-cell{attributes}><text:p>{text}</text:p></table:table-cell>")
        };
        let float = " office:value-type=\"float\"";
        let cells = [
            paragraph(&format!("{float} office:value=\"12.50\""), "12.5"),
            paragraph(&format!(" table:style-name=\"c1\"{float} office:value=\"-3\" calcext:value-type=\"float\""), "3-"),
            paragraph(&format!("{float} office:value=\"0\""), "#DIV/0!"),
            paragraph(&format!("{float} office:value=\"0\""), "0.00"),
            paragraph(&format!("{float} office:value=\"0\" calcext:value-type=\"error\""), "Err:502"),
            paragraph(&format!("{float} office:value=\"1e400\""), "many"),
            paragraph(&format!("{float} office:value=\"x\""), "shown"),
            paragraph(float, "no value"),
            paragraph(" office:value-type=\"percentage\" office:value=\"0.3333333333333333\"", "33%"),
            paragraph(" office:value-type=\"string\"", "合计"),
            paragraph(" office:value-type=\"string\"", "a &lt; b"),
            paragraph(" office:value-type=\"string\"", "#N/A"),
            paragraph(" office:value-type=\"string\"", ""),
            paragraph(" office:value-type=\"string\"", "a<text:s/>b"),
            paragraph(" office:value-type=\"string\" office:string-value=\"other\"", "shown"),
            paragraph(" office:value-type=\"date\" office:date-value=\"2026-01-02\"", "2026"),
            paragraph(" office:value-type=\"boolean\" office:boolean-value=\"true\"", "TRUE"),
            paragraph(&format!(" table:formula=\"of:=1+1\"{float} office:value=\"2\""), "2"),
            paragraph(&format!(" table:number-columns-spanned=\"2\"{float} office:value=\"2\""), "2"),
            paragraph(&format!(" table:number-columns-repeated=\"3\"{float} office:value=\"2\""), "2"),
            paragraph(&format!(" table:number-columns-repeated=\"x\"{float} office:value=\"2\""), "2"),
            paragraph(&format!("{float} office:value=\"1\" a:value=\"2\""), "1"),
            paragraph(&format!("{float} office:value='7' "), "7"),
            paragraph(&format!("{float} x:a=\"b > c\" office:value=\"7\""), "7"),
            paragraph("", "no type"),
            "<table:table-cell/>".to_owned(),
            "<table:table-cell />".to_owned(),
            "<table:table-cell table:style-name=\"c1\" table:number-columns-repeated=\"4\"/>".to_owned(),
            format!("<table:table-cell{float} office:value=\"5\"/>"),
            format!("<table:table-cell{float} office:value=\"5\"></table:table-cell>"),
            "<table:covered-table-cell/>".to_owned(),
            "<table:table-cell office:value-type=\"string\"><text:p>a</text:p><text:p>b</text:p></table:table-cell>".to_owned(),
            "<table:table-cell office:value-type=\"string\"><office:annotation><text:p>n</text:p></office:annotation><text:p>b</text:p></table:table-cell>".to_owned(),
        ];
        for cell in &cells {
            let [quick, general] = read_both_ways(cell);
            assert_eq!(quick, general, "{cell}");
        }
        let [quick, general] = read_both_ways(&cells.concat());
        assert_eq!(quick, general);
        assert!(general.is_ok_and(|cells| cells.len() > 20));
        let is_plain =
            |cell: &str| plain(cell.as_bytes()).is_some_and(|(_, end)| end == cell.len());
        assert_eq!(cells.iter().filter(|cell| is_plain(cell)).count(), 15);
    }
}
