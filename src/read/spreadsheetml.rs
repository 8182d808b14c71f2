//! The XML of Excel 2003 (`SpreadsheetML`), which statistics systems still write, named .xls as often as .xml.

use std::collections::HashMap;
use std::sync::Arc;

use super::error::{
    Fault, Located, damaged, fault, refuse_contradiction, refuse_too_many_formats,
    refuse_too_many_sheets, too_large,
};
use super::runs::{self, Mark, Runs};
use super::serial::{Moments, iso_serial};
use super::written::Written;
use super::xml::{Event, Limit, Scanner, Tag, unescape};
use super::{Limits, number_format};
use crate::model::{
    CellError, CellRef, CellStyle, ColumnFormat, DefinedName, Format, Formula, HorizontalAlignment,
    Note, Range, ReadErrorCode, RowFormat, Sheet, SheetBuilder, Texts, Value, Visibility, Workbook,
};
use crate::number;

/// Reads a document.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Workbook, Fault> {
    let mut scanner = Scanner::over(bytes, Limit { depth: limits.depth })?;
    let mut reader = XmlWorkbookReader {
        workbook: Workbook::empty(Format::SpreadsheetMl),
        styles: vec![CellStyle::default()],
        by_id: HashMap::new(),
        limits,
        cells: 0,
        written: Written::new(limits, 1),
        moments: Moments::default(),
        shortened: 0,
    };
    reader.document(&mut scanner)?;
    if reader.workbook.sheets.is_empty() {
        return Err(fault(
            ReadErrorCode::Empty,
            "文件中没有工作表",
            "the workbook has no worksheets",
        ));
    }
    reader.workbook.styles = Arc::new(reader.styles);
    reader.workbook.remarks.extend(reader.written.remark());
    reader.workbook.remarks.extend(runs::remark(reader.shortened));
    Ok(reader.workbook)
}

struct XmlWorkbookReader<'l> {
    workbook: Workbook,
    styles: Vec<CellStyle>,
    by_id: HashMap<String, u16>,
    limits: &'l Limits,
    cells: u64,
    written: Written,
    moments: Moments,
    /// Texts of which a part does not count.
    shortened: u64,
}

impl XmlWorkbookReader<'_> {
    fn document(&mut self, scanner: &mut Scanner) -> Result<(), Fault> {
        loop {
            match scanner.next()? {
                Event::Start(tag) => match scanner.bytes(tag.name) {
                    b"Workbook" | b"Styles" | b"Names" | b"ExcelWorkbook" => {}
                    b"Style" => self.style(scanner, tag)?,
                    b"Date1904" => self.workbook.date_1904 = true,
                    b"PrecisionAsDisplayed" => self.workbook.precision_as_displayed = true,
                    b"NamedRange" => {
                        let name = scanner.text_attribute(tag, b"Name").unwrap_or_default();
                        let formula = scanner.text_attribute(tag, b"RefersTo").unwrap_or_default();
                        let hidden = scanner.flag(tag, b"Hidden");
                        let formula = a1(formula.trim_start_matches('='), CellRef::new(0, 0));
                        self.workbook.names.push(DefinedName {
                            name,
                            formula,
                            sheet: None,
                            hidden,
                        });
                        scanner.skip()?;
                    }
                    b"Worksheet" => {
                        let sheet = self.sheet(scanner, tag)?;
                        self.workbook.sheets.push(sheet);
                        refuse_too_many_sheets(self.workbook.sheets.len(), self.limits)?;
                    }
                    _ => scanner.skip()?,
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn style(&mut self, scanner: &mut Scanner, tag: Tag) -> Result<(), Fault> {
        let id = scanner.text_attribute(tag, b"ID").unwrap_or_default();
        let parent = scanner.text_attribute(tag, b"Parent").unwrap_or_else(|| "Default".to_owned());
        let base = self.by_id.get(&parent).copied().unwrap_or(0);
        let mut style = self.styles[usize::from(base)].clone();
        let outside = scanner.depth() - 1;
        loop {
            match scanner.next()? {
                Event::Start(tag) => match scanner.bytes(tag.name) {
                    b"NumberFormat" => {
                        let code = scanner.text_attribute(tag, b"Format").unwrap_or_default();
                        let code = named_format(&code);
                        style.number_format = number_format::parse(code);
                        style.invisible = number_format::invisible(code);
                    }
                    b"Font" => style.bold = scanner.flag(tag, b"Bold"),
                    b"Alignment" => {
                        style.wrap = scanner.flag(tag, b"WrapText");
                        style.indent = integer(scanner, tag, b"Indent").unwrap_or(0).min(250);
                        style.horizontal = match scanner.attribute(tag, b"Horizontal") {
                            Some(b"Left") => HorizontalAlignment::Left,
                            Some(b"Center") => HorizontalAlignment::Center,
                            Some(b"Right") => HorizontalAlignment::Right,
                            Some(b"Justify") => HorizontalAlignment::Justify,
                            Some(b"CenterAcrossSelection") => HorizontalAlignment::CenterAcross,
                            Some(b"Distributed") => HorizontalAlignment::Distributed,
                            _ => HorizontalAlignment::General,
                        };
                    }
                    b"Border" => {
                        let side = match scanner.attribute(tag, b"Position") {
                            Some(b"Left") => 0,
                            Some(b"Right") => 1,
                            Some(b"Top") => 2,
                            Some(b"Bottom") => 3,
                            _ => continue,
                        };
                        style.borders[side] = scanner
                            .attribute(tag, b"LineStyle")
                            .is_some_and(|line| line != b"None");
                    }
                    b"Interior" => {
                        style.fill = scanner.text_attribute(tag, b"Color").and_then(|colour| {
                            u32::from_str_radix(colour.strip_prefix('#')?, 16).ok()
                        });
                    }
                    _ => {}
                },
                Event::End(_) if scanner.depth() == outside => break,
                _ => {}
            }
        }
        if let Ok(index) = u16::try_from(self.styles.len()) {
            if id == "Default" {
                self.styles[0] = style.clone();
            }
            self.styles.push(style);
            self.by_id.insert(id, index);
        }
        Ok(())
    }

    fn sheet(&mut self, scanner: &mut Scanner, tag: Tag) -> Result<Sheet, Fault> {
        let name = scanner.text_attribute(tag, b"Name").unwrap_or_default();
        let mut sheet = SheetReader {
            builder: SheetBuilder::new(&name, Texts::default()),
            row: 0,
            column: 0,
            next_column: 0,
            arrays: Vec::new(),
            format_entries: 0,
            moment: false,
        };
        sheet.builder.sheet.protected = scanner.flag(tag, b"Protected");
        sheet.read(scanner, self).map_err(|error| error.in_sheet(&name))?;
        refuse_contradiction(&sheet.builder).map_err(|error| error.in_sheet(&name))?;
        let arrays = sheet.arrays;
        let mut sheet = sheet.builder.finish();
        sheet.formulas.sort_by_key(|(cell, _)| *cell);
        sheet.formulas.dedup_by_key(|(cell, _)| *cell);
        self.written.room(0).spread(&mut sheet, &arrays).map_err(|error| error.in_sheet(&name))?;
        Ok(sheet)
    }

    fn count(&mut self) -> Result<(), Fault> {
        self.cells += 1;
        if self.cells > self.limits.cells {
            return Err(too_large(("单元格数", "cells"), self.limits.cells, "--max-cells"));
        }
        Ok(())
    }
}

struct SheetReader {
    builder: SheetBuilder,
    row: u32,
    column: u32,
    next_column: u32,
    arrays: Vec<(CellRef, Range, Box<str>)>,
    format_entries: usize,
    /// The cell at hand is a moment by its type.
    moment: bool,
}

impl SheetReader {
    fn read(&mut self, scanner: &mut Scanner, reader: &mut XmlWorkbookReader) -> Result<(), Fault> {
        let outside = scanner.depth() - 1;
        loop {
            match scanner.next()? {
                Event::Start(tag) => match scanner.bytes(tag.name) {
                    b"Table" | b"WorksheetOptions" => {}
                    b"Column" => self.column_format(scanner, tag)?,
                    b"Row" => self.row(scanner, tag, reader)?,
                    b"Visible" => {
                        self.builder.sheet.visibility = match scanner.text_content()?.trim() {
                            "SheetHidden" => Visibility::Hidden,
                            "SheetVeryHidden" => Visibility::VeryHidden,
                            _ => Visibility::Visible,
                        };
                    }
                    b"AutoFilter" => {
                        self.builder.sheet.filter = scanner
                            .text_attribute(tag, b"Range")
                            .and_then(|range| a1(&range, CellRef::new(0, 0)).parse().ok());
                        scanner.skip()?;
                    }
                    _ => scanner.skip()?,
                },
                Event::End(_) if scanner.depth() == outside => return Ok(()),
                _ => {}
            }
        }
    }

    fn column_format(&mut self, scanner: &Scanner, tag: Tag) -> Result<(), Fault> {
        let first = integer(scanner, tag, b"Index").map_or(self.next_column, |n| n.max(1) - 1);
        let last = first.saturating_add(integer(scanner, tag, b"Span").unwrap_or(0)).min(16_383);
        let hidden = scanner.flag(tag, b"Hidden");
        if hidden {
            self.format_entries += (last + 1).saturating_sub(first) as usize;
            refuse_too_many_formats(self.format_entries)?;
            for column in first..=last {
                let format = ColumnFormat { hidden, ..ColumnFormat::default() };
                self.builder.sheet.columns.insert(column, format);
            }
        }
        self.next_column = last + 1;
        Ok(())
    }

    fn row(
        &mut self,
        scanner: &mut Scanner,
        tag: Tag,
        reader: &mut XmlWorkbookReader,
    ) -> Result<(), Fault> {
        if let Some(index) = integer(scanner, tag, b"Index") {
            self.row = index.checked_sub(1).ok_or_else(off_grid)?;
        }
        if self.row > 1_048_575 {
            return Err(off_grid());
        }
        let span = integer(scanner, tag, b"Span").unwrap_or(0);
        let format = RowFormat { hidden: scanner.flag(tag, b"Hidden"), ..RowFormat::default() };
        if format.hidden {
            self.format_entries += span as usize + 1;
            refuse_too_many_formats(self.format_entries)?;
            for row in self.row..=self.row.saturating_add(span.min(1_048_575)).min(1_048_575) {
                self.builder.sheet.rows.insert(row, format);
            }
        }
        self.column = 0;
        let outside = scanner.depth() - 1;
        loop {
            match scanner.next()? {
                Event::Start(tag) if scanner.bytes(tag.name) == b"Cell" => {
                    self.cell(scanner, tag, reader)?;
                }
                Event::Start(_) => scanner.skip()?,
                Event::End(_) if scanner.depth() == outside => break,
                _ => {}
            }
        }
        self.row = self.row.saturating_add(span).saturating_add(1);
        Ok(())
    }

    fn cell(
        &mut self,
        scanner: &mut Scanner,
        tag: Tag,
        reader: &mut XmlWorkbookReader,
    ) -> Result<(), Fault> {
        if let Some(index) = integer(scanner, tag, b"Index") {
            self.column = index.checked_sub(1).ok_or_else(off_grid)?;
        }
        let place = CellRef::new(self.row, self.column);
        if !place.on_grid() {
            return Err(off_grid());
        }
        let across = integer(scanner, tag, b"MergeAcross").unwrap_or(0);
        let down = integer(scanner, tag, b"MergeDown").unwrap_or(0);
        let end = CellRef::new(self.row.saturating_add(down), self.column.saturating_add(across));
        if !end.on_grid() {
            return Err(off_grid().at_cell(place));
        }
        if end != place {
            self.builder.sheet.merges.push(Range::new(place, end));
        }
        let mut style = scanner
            .text_attribute(tag, b"StyleID")
            .and_then(|id| reader.by_id.get(&id).copied())
            .unwrap_or(0);
        let formula = scanner.text_attribute(tag, b"Formula");
        let array = scanner.text_attribute(tag, b"ArrayRange");
        self.moment = false;
        let value = self.content(scanner, place, reader)?;
        if self.moment && matches!(value, Value::Number(_)) {
            style = reader.moments.style(&mut reader.styles, style, false);
        }
        if let Some(formula) = formula {
            let text = a1(formula.trim_start_matches('='), place).into_boxed_str();
            let array = array.and_then(|range| a1(&range, place).parse::<Range>().ok());
            if let Some(range) = array {
                self.arrays.push((place, range, text.clone()));
            }
            let cached = value != Value::Empty;
            let formula = Formula { text, cached, array: array.is_some() };
            self.builder.sheet.formulas.push((place, formula));
        }
        reader.count()?;
        self.builder.push(place, value, style);
        self.column = end.column + 1;
        Ok(())
    }

    fn content(
        &mut self,
        scanner: &mut Scanner,
        place: CellRef,
        reader: &mut XmlWorkbookReader,
    ) -> Result<Value, Fault> {
        let outside = scanner.depth() - 1;
        let mut value = Value::Empty;
        loop {
            match scanner.next()? {
                Event::Start(tag) => match scanner.bytes(tag.name) {
                    b"Data" => {
                        let kind = scanner.text_attribute(tag, b"Type").unwrap_or_default();
                        let (text, less) = data(scanner)?;
                        reader.shortened += u64::from(less);
                        self.moment = kind == "DateTime";
                        value = self.value(&kind, text, reader.workbook.date_1904);
                    }
                    b"Comment" => {
                        let author = scanner.text_attribute(tag, b"Author").unwrap_or_default();
                        let text = scanner.text_content()?.trim().to_owned();
                        if (self.builder.sheet.notes.len() as u64) < reader.limits.notes {
                            let note = Note { author, text, threaded: false };
                            self.builder.sheet.notes.insert(place, note);
                        }
                    }
                    _ => scanner.skip()?,
                },
                Event::End(_) if scanner.depth() == outside => return Ok(value),
                _ => {}
            }
        }
    }

    fn value(&mut self, kind: &str, text: String, date_1904: bool) -> Value {
        let number = match kind {
            "Number" => number::stored_text(&text),
            "DateTime" => iso_serial(text.trim(), date_1904),
            "Boolean" => return Value::Bool(matches!(text.trim(), "1" | "true")),
            "Error" => {
                return Value::Error(CellError::parse(text.trim()).unwrap_or(CellError::Other));
            }
            _ => None,
        };
        match number {
            Some(number) => Value::Number(number),
            None if text.is_empty() && kind != "String" => Value::Empty,
            None if kind == "Number" && text.trim().parse::<f64>().is_ok() => {
                self.builder.note_oversized(CellRef::new(self.row, self.column));
                Value::Text(self.builder.sheet.texts.add(text))
            }
            None => Value::Text(self.builder.sheet.texts.add(text)),
        }
    }
}

/// The text of the `Data` element whose start was just met, whose runs are elements of HTML, and whether parts of it do
/// not count.
fn data(scanner: &mut Scanner) -> Result<(String, bool), Fault> {
    let outside = scanner.depth() - 1;
    let mut runs = Runs::default();
    let mut marks: Vec<(u32, Mark)> = Vec::new();
    loop {
        let mark = marks.last().map_or(Mark::Plain, |(_, mark)| *mark);
        match scanner.next()? {
            Event::Start(tag) => match scanner.bytes(tag.name) {
                b"S" => marks.push((scanner.depth(), Mark::Struck)),
                b"Sup" | b"Sub" if mark == Mark::Plain => {
                    marks.push((scanner.depth(), Mark::Raised));
                }
                _ => {}
            },
            Event::Text(span) => runs.push(&unescape(scanner.bytes(span)), mark),
            Event::Cdata(span) => runs.push(&String::from_utf8_lossy(scanner.bytes(span)), mark),
            Event::End(_) if scanner.depth() == outside => return Ok(runs.value()),
            Event::End(_) => marks.retain(|(depth, _)| *depth <= scanner.depth()),
            Event::Eof => return Ok(runs.value()),
        }
    }
}

fn off_grid() -> Fault {
    damaged("单元格不在表格范围内", "a cell is not on the grid")
}

fn integer(scanner: &Scanner, tag: Tag, name: &[u8]) -> Option<u32> {
    scanner.text_attribute(tag, name)?.trim().parse().ok()
}

/// The code behind one of the names that this format uses.
fn named_format(name: &str) -> &str {
    match name {
        "General" | "General Number" | "Yes/No" | "True/False" | "On/Off" => "General",
        "Fixed" => "0.00",
        "Standard" => "#,##0.00",
        "Percent" => "0.00%",
        "Scientific" => "0.00E+00",
        "Currency" => "\"¥\"#,##0.00",
        "Euro Currency" => "\"€\"#,##0.00",
        "General Date" | "Short Date" | "Medium Date" | "Long Date" => "yyyy/m/d",
        "Short Time" | "Medium Time" | "Long Time" => "h:mm",
        code => code,
    }
}

/// A formula with references like `R[-1]C2`, in the cell `base`, as Excel shows it: `$B3`.
fn a1(text: &str, base: CellRef) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let quote = bytes[at];
        if quote == b'"' || quote == b'\'' {
            let end = rest[1..].find(char::from(quote)).map_or(rest.len(), |end| end + 2);
            out.push_str(&rest[..end]);
            at += end;
            continue;
        }
        let after_word = at > 0 && is_word(bytes[at - 1]);
        if let Some((reference, length)) = (!after_word).then(|| r1c1(rest, base)).flatten() {
            out.push_str(&reference);
            at += length;
            continue;
        }
        let length = rest.chars().next().map_or(1, char::len_utf8);
        out.push_str(&rest[..length]);
        at += length;
    }
    out
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | 0x80..)
}

/// One axis: absolute with its number, relative with its offset.
fn axis(text: &str, letter: char) -> Option<((bool, i64), &str)> {
    let rest = text.strip_prefix(letter)?;
    if let Some(inner) = rest.strip_prefix('[') {
        // No offset on the grid is longer.
        let end = inner.bytes().take(9).position(|byte| byte == b']')?;
        return Some(((false, inner[..end].parse().ok()?), &inner[end + 1..]));
    }
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    if end == 0 {
        return Some(((false, 0), rest));
    }
    Some(((true, rest[..end].parse().ok()?), &rest[end..]))
}

/// A reference at the beginning of a text, and its length.
fn r1c1(text: &str, base: CellRef) -> Option<(String, usize)> {
    let row = axis(text, 'R');
    let (row, rest) = match row {
        Some((row, rest)) => (Some(row), rest),
        None => (None, text),
    };
    let (column, rest) = match axis(rest, 'C') {
        Some((column, rest)) => (Some(column), rest),
        None => (None, rest),
    };
    if row.is_none() && column.is_none()
        || rest.bytes().next().is_some_and(|b| is_word(b) || b == b'(' || b == b'!')
    {
        return None;
    }
    let place = |(fixed, number): (bool, i64), own: u32| {
        let index =
            if fixed { number.checked_sub(1)? } else { i64::from(own).checked_add(number)? };
        Some((if fixed { "$" } else { "" }, u32::try_from(index).ok()?))
    };
    let row = row.map(|row| place(row, base.row));
    let column = column.map(|column| place(column, base.column));
    let on_grid = |axis: &Option<Option<(&str, u32)>>, last: u32| {
        axis.is_none_or(|axis| axis.is_some_and(|(_, index)| index <= last))
    };
    let length = text.len() - rest.len();
    if !on_grid(&row, 1_048_575) || !on_grid(&column, 16_383) {
        return Some(("#REF!".to_owned(), length));
    }
    let row = row.flatten().map(|(fixed, index)| format!("{fixed}{}", index + 1));
    let column =
        column.flatten().map(|(fixed, index)| format!("{fixed}{}", CellRef::column_letters(index)));
    let text = match (column, row) {
        (Some(column), Some(row)) => column + &row,
        (Some(column), None) => format!("{column}:{column}"),
        (None, Some(row)) => format!("{row}:{row}"),
        (None, None) => return None,
    };
    Some((text, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_turned_round() {
        let base = CellRef::new(4, 2);
        for (text, expected) in [
            ("SUM(R[-3]C:R[-1]C)", "SUM(C2:C4)"),
            ("R1C1+RC[-1]*R[1]C3", "$A$1+B5*$C6"),
            ("'R1C1 x'!R2C2&\"R1C1\"", "'R1C1 x'!$B$2&\"R1C1\""),
            ("收入!RC", "收入!C5"),
            ("ROUND(RC[1],2)+COUNT(R1)", "ROUND(D5,2)+COUNT($1:$1)"),
            ("R[-9]C", "#REF!"),
            ("C2", "$B:$B"),
            ("Rate+RCx", "Rate+RCx"),
        ] {
            assert_eq!(a1(text, base), expected, "{text}");
        }
    }

    #[test]
    fn a_document_is_read() {
        let xml = r#"<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Styles><Style ss:ID="Default"/><Style ss:ID="s1"><NumberFormat ss:Format="Standard"/><Font ss:Bold="1"/></Style></Styles>
<Worksheet ss:Name="表"><Table><Row><Cell ss:MergeAcross="1"><Data ss:Type="String">标题</Data></Cell></Row>
<Row ss:Index="3" ss:Hidden="1"><Cell ss:StyleID="s1"><Data ss:Type="Number">5706.3900000000003</Data></Cell>
<Cell ss:Index="4" ss:Formula="=SUM(RC[-3])"><Data ss:Type="Number">1</Data></Cell><Cell ss:Formula="=RC[-1]"/></Row></Table></Worksheet></Workbook>"#;
        let workbook = read(xml.as_bytes(), &Limits::default()).unwrap();
        let sheet = &workbook.sheets[0];
        assert_eq!(sheet.merges[0].to_string(), "A1:B1");
        assert!(sheet.row_hidden(2));
        let amount = "A3".parse().unwrap();
        assert_eq!(sheet.value(amount), Value::Number("5706.39".parse().unwrap()));
        let style = workbook.style(sheet.style(amount).unwrap());
        assert!(style.bold && style.number_format.decimals == Some(2));
        assert_eq!(&*sheet.formula("D3".parse().unwrap()).unwrap().text, "SUM(A3)");
        assert!(!sheet.formula("E3".parse().unwrap()).unwrap().cached);
    }
}
