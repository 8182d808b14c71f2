//! The tables of a Word document, each a sheet: self-evaluation forms and reports often come as Word.
//!
//! The short paragraphs just above a table (its caption, 单位：万元) stand above it on the sheet too, since they are what
//! recognition goes by; the nearest of them that is no unit names the sheet. A table inside a cell is a sheet too, which
//! follows that of its cell: a table that only arranges others has none.

use std::collections::{BTreeMap, HashSet};

use super::error::{Fault, fault, refuse_too_many_sheets, too_large};
use super::package::{Package, Part};
use super::xml::{Event, Scanner, unescape};
use super::{Limits, empty_workbook};
use crate::model::{
    CellRef, Format, Range, ReadErrorCode, SheetBuilder, Texts, Visibility, Workbook,
};

/// Paragraphs above a table that are kept, and how long they may be.
const CAPTIONS: usize = 3;
const CAPTION_LENGTH: usize = 60;

/// Tables inside tables deeper than this are text of the cell.
const NESTED: u32 = 8;

/// Reads the document whose main part is `main`.
pub(super) fn read(package: &Package, main: &Part) -> Result<Workbook, Fault> {
    let mut reader = Reader {
        workbook: empty_workbook(Format::Docx),
        captions: Vec::new(),
        names: HashSet::new(),
        cells: 0,
        limits: package.limits(),
    };
    let mut scanner = package.xml(main)?;
    loop {
        match scanner.next()? {
            Event::Start(tag) => match scanner.bytes(tag.name) {
                b"p" => {
                    let text = text(&mut scanner)?;
                    note_caption(&mut reader.captions, &text);
                }
                b"tbl" => {
                    let captions = std::mem::take(&mut reader.captions);
                    reader.table(&mut scanner, &captions, 0)?;
                }
                b"del" | b"moveFrom" => scanner.skip()?,
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
    }
    if reader.workbook.sheets.is_empty() {
        return Err(fault(
            ReadErrorCode::Empty,
            "Word 文档里没有表格",
            "the Word document has no tables",
        ));
    }
    Ok(reader.workbook)
}

struct Reader<'l> {
    workbook: Workbook,
    captions: Vec<String>,
    names: HashSet<String>,
    cells: u64,
    limits: &'l Limits,
}

/// Cells that go down over rows, by column: where they began, and their last column and row so far.
type Tall = BTreeMap<u32, (CellRef, CellRef)>;

/// A cell of a row: how many columns it has, and whether it goes on from the row above.
struct Cell {
    text: String,
    columns: u32,
    continues: Option<bool>,
}

impl Reader<'_> {
    /// Reads the table whose start was just met.
    fn table(
        &mut self,
        scanner: &mut Scanner,
        captions: &[String],
        level: u32,
    ) -> Result<(), Fault> {
        let name = self.name(captions);
        let mut builder = SheetBuilder::new(name.as_str(), Texts::default());
        for (row, caption) in captions.iter().enumerate() {
            builder.push_text(CellRef::new(row as u32, 0), caption.as_str(), 0);
        }
        let position = self.workbook.sheets.len();
        let before = self.cells;
        let mut row = captions.len() as u32;
        let mut tall = Tall::new();
        let outside = scanner.depth() - 1;
        loop {
            match scanner.next()? {
                Event::Start(tag) if scanner.bytes(tag.name) == b"tr" => {
                    let cells = self.cells(scanner, captions, level)?;
                    self.row(&mut builder, row, cells, &mut tall)?;
                    row += 1;
                }
                Event::Start(tag)
                    if matches!(scanner.bytes(tag.name), b"tblPr" | b"tblGrid" | b"del") =>
                {
                    scanner.skip()?;
                }
                Event::End(_) if scanner.depth() == outside => break,
                _ => {}
            }
        }
        for tall in tall.into_values() {
            merge(&mut builder, tall);
        }
        let arranges = self.cells == before || builder.len() == captions.len();
        if arranges && let Some(first) = self.workbook.sheets.get_mut(position) {
            // The captions above it are those of the first table in it.
            if first.name == numbered(&name, position + 1) {
                first.name = name;
            }
            return Ok(());
        }
        let mut sheet = builder.finish();
        sheet.visibility = Visibility::Visible;
        self.workbook.sheets.insert(position, sheet);
        refuse_too_many_sheets(self.workbook.sheets.len(), self.limits)
    }

    fn row(
        &mut self,
        builder: &mut SheetBuilder,
        row: u32,
        cells: Vec<Cell>,
        tall: &mut Tall,
    ) -> Result<(), Fault> {
        let mut column = 0_u32;
        for cell in cells {
            let place = CellRef::new(row, column);
            let last = column.saturating_add(cell.columns - 1).min(16_383);
            if !place.on_grid() {
                return Err(too_large(("行数或列数", "rows or columns"), 1_048_576, "--max-cells"));
            }
            if cell.continues == Some(true) {
                if let Some((_, end)) = tall.get_mut(&column) {
                    end.row = row;
                }
            } else {
                if !cell.text.is_empty() {
                    self.cells += 1;
                    if self.cells > self.limits.cells {
                        return Err(too_large(
                            ("单元格数", "cells"),
                            self.limits.cells,
                            "--max-cells",
                        ));
                    }
                    builder.push_text(place, cell.text, 0);
                }
                if let Some(above) = tall.insert(column, (place, CellRef::new(row, last))) {
                    merge(builder, above);
                }
            }
            column = last + 1;
        }
        tall.retain(|_, (start, end)| {
            if end.row < row {
                merge(builder, (*start, *end));
            }
            end.row == row
        });
        Ok(())
    }

    /// The cells of the row whose start was just met; `captions` stand above its table.
    fn cells(
        &mut self,
        scanner: &mut Scanner,
        captions: &[String],
        level: u32,
    ) -> Result<Vec<Cell>, Fault> {
        let outside = scanner.depth() - 1;
        let mut cells = Vec::new();
        loop {
            match scanner.next()? {
                Event::Start(tag) => match scanner.bytes(tag.name) {
                    b"tc" => cells.push(self.cell(scanner, captions, level)?),
                    // Columns left out before the first cell.
                    b"gridBefore" => {
                        let columns = scanner
                            .text_attribute(tag, b"val")
                            .and_then(|n| n.parse::<u32>().ok())
                            .unwrap_or(0)
                            .min(64);
                        for _ in 0..columns {
                            cells.push(Cell { text: String::new(), columns: 1, continues: None });
                        }
                    }
                    _ => {}
                },
                Event::End(_) if scanner.depth() == outside => return Ok(cells),
                _ => {}
            }
        }
    }

    fn cell(
        &mut self,
        scanner: &mut Scanner,
        captions: &[String],
        level: u32,
    ) -> Result<Cell, Fault> {
        let outside = scanner.depth() - 1;
        let mut cell = Cell { text: String::new(), columns: 1, continues: None };
        let mut paragraphs: Vec<String> = Vec::new();
        loop {
            match scanner.next()? {
                Event::Start(tag) => match scanner.bytes(tag.name) {
                    b"gridSpan" => {
                        cell.columns = scanner
                            .text_attribute(tag, b"val")
                            .and_then(|n| n.parse::<u32>().ok())
                            .unwrap_or(1)
                            .clamp(1, 1024);
                    }
                    b"vMerge" => {
                        cell.continues = Some(scanner.attribute(tag, b"val") != Some(b"restart"));
                    }
                    b"tbl" if level < NESTED => {
                        let own = take_captions(&mut paragraphs);
                        let captions = if own.is_empty() { captions } else { &own };
                        self.table(scanner, captions, level + 1)?;
                    }
                    b"p" => paragraphs.push(text(scanner)?),
                    b"del" | b"moveFrom" => scanner.skip()?,
                    _ => {}
                },
                Event::End(_) if scanner.depth() == outside => {
                    let first = paragraphs.iter().position(|text| !text.is_empty());
                    cell.text = paragraphs[first.unwrap_or(0)..].join("\n");
                    cell.text.truncate(cell.text.trim_end().len());
                    return Ok(cell);
                }
                _ => {}
            }
        }
    }

    fn name(&mut self, captions: &[String]) -> String {
        let number = self.workbook.sheets.len() + 1;
        let name = captions
            .iter()
            .rev()
            .find(|caption| !caption.contains("单位") && !caption.contains("金额"))
            .cloned()
            .unwrap_or_else(|| format!("表格{number}"));
        let name = if self.names.contains(&name) { numbered(&name, number) } else { name };
        self.names.insert(name.clone());
        name
    }
}

/// The name of a sheet where another has it already.
fn numbered(name: &str, number: usize) -> String {
    format!("{name} ({number})")
}

/// Keeps a paragraph as one that may stand above a table.
fn note_caption(captions: &mut Vec<String>, text: &str) {
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    if text.chars().count() > CAPTION_LENGTH {
        captions.clear();
        return;
    }
    if captions.len() == CAPTIONS {
        captions.remove(0);
    }
    captions.push(text.to_owned());
}

/// Takes the paragraphs that stand above a table off those of its cell.
fn take_captions(paragraphs: &mut Vec<String>) -> Vec<String> {
    let mut captions = Vec::new();
    while captions.len() < CAPTIONS
        && let Some(last) = paragraphs.last()
        && last.trim().chars().count() <= CAPTION_LENGTH
    {
        let text = last.trim();
        if !text.is_empty() {
            captions.insert(0, text.to_owned());
        }
        paragraphs.pop();
    }
    captions
}

/// Makes a merged range of a cell of more than one place.
fn merge(builder: &mut SheetBuilder, (start, end): (CellRef, CellRef)) {
    if start != end {
        builder.sheet.merges.push(Range::new(start, end));
    }
}

/// The text of the paragraph whose start was just met; deleted text and field codes are left out.
fn text(scanner: &mut Scanner) -> Result<String, Fault> {
    let outside = scanner.depth() - 1;
    let mut text = String::new();
    let mut inside = false;
    loop {
        match scanner.next()? {
            Event::Start(tag) => match scanner.bytes(tag.name) {
                b"t" => inside = true,
                b"tab" => text.push('\t'),
                b"br" | b"cr" => text.push('\n'),
                b"noBreakHyphen" => text.push('-'),
                b"del" | b"moveFrom" | b"pPr" | b"rPr" | b"txbxContent" | b"Fallback" => {
                    scanner.skip()?;
                }
                _ => {}
            },
            Event::Text(span) if inside => text.push_str(&unescape(scanner.bytes(span))),
            Event::Cdata(span) if inside => {
                text.push_str(&String::from_utf8_lossy(scanner.bytes(span)));
            }
            Event::End(_) if scanner.depth() == outside => return Ok(text),
            Event::End(name) if scanner.bytes(name) == b"t" => inside = false,
            _ => {}
        }
    }
}
