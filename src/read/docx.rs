//! The tables of a Word document, each a sheet: self-evaluation forms and reports often come as Word.
//!
//! The short paragraphs just above a table (its caption, 单位：万元) stand above it on the sheet too, since they are what
//! recognition goes by; the nearest of them that is no unit names the sheet.

use std::collections::HashSet;

use super::empty_workbook;
use super::error::{Fault, fault, too_large};
use super::package::{Package, Part};
use super::xml::{Event, Scanner, unescape};
use crate::model::{
    CellRef, Format, Range, ReadErrorCode, SheetBuilder, Texts, Visibility, Workbook,
};

/// Paragraphs above a table that are kept, and how long they may be.
const CAPTIONS: usize = 3;
const CAPTION_LENGTH: usize = 60;

/// Reads the document whose main part is `main`.
pub(super) fn read(package: &Package, main: &Part) -> Result<Workbook, Fault> {
    let mut reader = Reader {
        workbook: empty_workbook(Format::Docx),
        captions: Vec::new(),
        names: HashSet::new(),
        cells: 0,
        limit: package.limits().cells,
    };
    let mut scanner = package.xml(main)?;
    loop {
        match scanner.next()? {
            Event::Start(tag) => match scanner.bytes(tag.name) {
                b"p" => {
                    let text = text(&mut scanner)?;
                    reader.paragraph(&text);
                }
                b"tbl" => reader.table(&mut scanner)?,
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

struct Reader {
    workbook: Workbook,
    captions: Vec<String>,
    names: HashSet<String>,
    cells: u64,
    limit: u64,
}

/// A cell of a row: where it starts, how many columns it has, and whether it goes on from the row above.
struct Cell {
    text: String,
    columns: u32,
    continues: Option<bool>,
}

impl Reader {
    fn paragraph(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        if text.chars().count() > CAPTION_LENGTH {
            self.captions.clear();
            return;
        }
        if self.captions.len() == CAPTIONS {
            self.captions.remove(0);
        }
        self.captions.push(text.to_owned());
    }

    fn table(&mut self, scanner: &mut Scanner) -> Result<(), Fault> {
        let captions = std::mem::take(&mut self.captions);
        let name = self.name(&captions);
        let mut builder = SheetBuilder::new(name, Texts::default());
        for (row, caption) in captions.iter().enumerate() {
            builder.push_text(CellRef::new(row as u32, 0), caption.as_str(), 0);
        }
        let mut row = captions.len() as u32;
        // Cells that go down over rows: by column, where they began and how wide they are.
        let mut tall: Vec<(CellRef, u32, u32)> = Vec::new();
        let outside = scanner.depth() - 1;
        loop {
            match scanner.next()? {
                Event::Start(tag) if scanner.bytes(tag.name) == b"tr" => {
                    let cells = cells(scanner)?;
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
        close(&mut builder, &mut tall, |_| true);
        let mut sheet = builder.finish();
        sheet.visibility = Visibility::Visible;
        self.workbook.sheets.push(sheet);
        Ok(())
    }

    fn row(
        &mut self,
        builder: &mut SheetBuilder,
        row: u32,
        cells: Vec<Cell>,
        tall: &mut Vec<(CellRef, u32, u32)>,
    ) -> Result<(), Fault> {
        let mut column = 0_u32;
        let mut going_on = HashSet::new();
        for cell in cells {
            let place = CellRef::new(row, column);
            let last = column.saturating_add(cell.columns - 1).min(16_383);
            if !place.on_grid() {
                return Err(too_large(("行数或列数", "rows or columns"), 1_048_576, "--max-cells"));
            }
            if cell.continues == Some(true) {
                if let Some(open) = tall.iter_mut().find(|open| open.0.column == column) {
                    open.2 = row;
                    going_on.insert(column);
                }
            } else {
                if !cell.text.is_empty() {
                    self.cells += 1;
                    if self.cells > self.limit {
                        return Err(too_large(("单元格数", "cells"), self.limit, "--max-cells"));
                    }
                    builder.push_text(place, cell.text, 0);
                }
                close(builder, tall, |open| open.column == column);
                tall.push((place, last, row));
                going_on.insert(column);
            }
            column = last + 1;
        }
        close(builder, tall, |open| !going_on.contains(&open.column));
        Ok(())
    }

    fn name(&mut self, captions: &[String]) -> String {
        let number = self.workbook.sheets.len() + 1;
        let name = captions
            .iter()
            .rev()
            .find(|caption| !caption.contains("单位") && !caption.contains("金额"))
            .cloned()
            .unwrap_or_else(|| format!("表格{number}"));
        let name = if self.names.contains(&name) { format!("{name} ({number})") } else { name };
        self.names.insert(name.clone());
        name
    }
}

/// Makes merged ranges of the tall cells that end here.
fn close(
    builder: &mut SheetBuilder,
    tall: &mut Vec<(CellRef, u32, u32)>,
    ends: impl Fn(CellRef) -> bool,
) {
    tall.retain(|(start, last_column, last_row)| {
        if !ends(*start) {
            return true;
        }
        let end = CellRef::new(*last_row, *last_column);
        if end != *start {
            builder.sheet.merges.push(Range::new(*start, end));
        }
        false
    });
}

/// The cells of the row whose start was just met.
fn cells(scanner: &mut Scanner) -> Result<Vec<Cell>, Fault> {
    let outside = scanner.depth() - 1;
    let mut cells = Vec::new();
    loop {
        match scanner.next()? {
            Event::Start(tag) => match scanner.bytes(tag.name) {
                b"tc" => cells.push(cell(scanner)?),
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

fn cell(scanner: &mut Scanner) -> Result<Cell, Fault> {
    let outside = scanner.depth() - 1;
    let mut cell = Cell { text: String::new(), columns: 1, continues: None };
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
                b"p" => {
                    let text = text(scanner)?;
                    if !cell.text.is_empty() {
                        cell.text.push('\n');
                    }
                    cell.text.push_str(&text);
                }
                b"del" | b"moveFrom" => scanner.skip()?,
                _ => {}
            },
            Event::End(_) if scanner.depth() == outside => {
                cell.text.truncate(cell.text.trim_end().len());
                return Ok(cell);
            }
            _ => {}
        }
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
