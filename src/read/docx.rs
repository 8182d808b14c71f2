//! The tables of a Word document, each a sheet: self-evaluation forms and reports often come as Word.
//!
//! The short paragraphs just above a table (its caption, 单位：万元) stand above it on the sheet too, since they are what
//! recognition goes by; the nearest of them that is no unit names the sheet. A table inside a cell is a sheet too, which
//! follows that of its cell: a table that only arranges others has none.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Limits;
use super::error::{Fault, beyond_grid, fault, refuse_too_many_sheets};
use super::package::{Package, Part};
use super::runs::{self, Mark, Runs};
use super::xlsx::relations;
use super::xml::{Event, Scanner, Tag, truth, unescape};
use crate::model::{
    CellRef, Format, Range, ReadErrorCode, SheetBuilder, Texts, Visibility, Workbook,
};

/// Paragraphs above a table that are kept, and how long they may be.
const CAPTIONS: usize = 3;
const CAPTION_LENGTH: usize = 60;

/// Tables inside tables deeper than this are text of the cell.
const NESTED: u32 = 8;

/// Reads the document whose main part is `main`.
pub(super) fn read(package: &Package, main: &Part, limits: &Limits) -> Result<Workbook, Fault> {
    let styles = match relations(package, &main.name)?
        .iter()
        .find(|relation| relation.kind.eq_ignore_ascii_case("/styles"))
        .and_then(|relation| package.part(&relation.target))
    {
        Some(part) => Styles::read(&mut package.xml(part)?)?,
        None => Styles::default(),
    };
    let mut reader = DocumentReader {
        workbook: Workbook::empty(Format::Docx),
        styles,
        shortened: 0,
        captions: Vec::new(),
        names: HashSet::new(),
        cells: 0,
        limits,
    };
    let mut scanner = package.xml(main)?;
    loop {
        match scanner.next()? {
            Event::Start(tag) => match scanner.bytes(tag.name) {
                b"p" => {
                    let text = reader.text(&mut scanner)?;
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
    reader.workbook.remarks.extend(runs::remark(reader.shortened));
    Ok(reader.workbook)
}

/// The paragraphs of the document outside its tables, a line each.
pub(super) fn paragraphs(package: &Package, main: &Part, limits: &Limits) -> Result<String, Fault> {
    let mut reader = DocumentReader {
        workbook: Workbook::empty(Format::Docx),
        styles: Styles::default(),
        shortened: 0,
        captions: Vec::new(),
        names: HashSet::new(),
        cells: 0,
        limits,
    };
    let mut scanner = package.xml(main)?;
    let mut text = String::new();
    loop {
        match scanner.next()? {
            Event::Start(tag) => match scanner.bytes(tag.name) {
                b"p" => {
                    text.push_str(&reader.text(&mut scanner)?);
                    text.push('\n');
                }
                b"tbl" | b"del" | b"moveFrom" => scanner.skip()?,
                _ => {}
            },
            Event::Eof => return Ok(text),
            _ => {}
        }
    }
}

/// How a run of text is written, as far as its value goes.
#[derive(Clone, Copy, Debug, Default)]
struct Written {
    hidden: Option<bool>,
    struck: Option<bool>,
    raised: Option<bool>,
}

impl Written {
    /// Takes in a property; any other element is none of ours.
    fn take(&mut self, scanner: &Scanner, tag: Tag) {
        let on = || Some(scanner.attribute(tag, b"val").is_none_or(truth));
        match scanner.bytes(tag.name) {
            b"vanish" | b"webHidden" => self.hidden = on(),
            b"strike" | b"dstrike" => self.struck = on(),
            b"vertAlign" => {
                let place = scanner.attribute(tag, b"val");
                self.raised = Some(matches!(place, Some(b"superscript" | b"subscript")));
            }
            _ => {}
        }
    }

    /// What is written here, or else there.
    fn or(self, other: Self) -> Self {
        Self {
            hidden: self.hidden.or(other.hidden),
            struck: self.struck.or(other.struck),
            raised: self.raised.or(other.raised),
        }
    }

    /// `None` where it is not shown.
    fn mark(self) -> Option<Mark> {
        match self {
            Self { hidden: Some(true), .. } => None,
            Self { struck: Some(true), .. } => Some(Mark::Struck),
            Self { raised: Some(true), .. } => Some(Mark::Raised),
            _ => Some(Mark::Plain),
        }
    }
}

/// Styles by their ids: how their text is written, and the style that each is based on.
#[derive(Default)]
struct Styles(HashMap<String, (Written, String)>);

impl Styles {
    fn read(scanner: &mut Scanner) -> Result<Self, Fault> {
        let mut styles = HashMap::new();
        let mut id = String::new();
        let mut style = (Written::default(), String::new());
        loop {
            match scanner.next()? {
                Event::Start(tag) => match scanner.bytes(tag.name) {
                    b"style" => {
                        styles.insert(std::mem::take(&mut id), std::mem::take(&mut style));
                        id = scanner.text_attribute(tag, b"styleId").unwrap_or_default();
                    }
                    b"basedOn" => style.1 = scanner.text_attribute(tag, b"val").unwrap_or_default(),
                    // What a style says of parts of tables holds for those parts alone.
                    b"tblStylePr" | b"docDefaults" => scanner.skip()?,
                    _ => style.0.take(scanner, tag),
                },
                Event::Eof => break,
                _ => {}
            }
        }
        styles.insert(id, style);
        Ok(Self(styles))
    }

    fn written(&self, id: &str) -> Written {
        let mut written = Written::default();
        let mut id = id;
        for _ in 0..16 {
            let Some((own, base)) = self.0.get(id) else { break };
            written = written.or(*own);
            id = base;
        }
        written
    }
}

struct DocumentReader<'l> {
    workbook: Workbook,
    styles: Styles,
    /// Texts of which a part does not count.
    shortened: u64,
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

impl DocumentReader<'_> {
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
        let mut rows = 0;
        let mut row = captions.len() as u32;
        let mut tall = Tall::new();
        let outside = scanner.depth() - 1;
        loop {
            match scanner.next()? {
                Event::Start(tag) if scanner.bytes(tag.name) == b"tr" => {
                    // A row whose deletion is tracked is no longer there.
                    if let Some(cells) = self.cells(scanner, captions, level)? {
                        rows += self.limits.row_cost();
                        self.limits.allow_cells(self.cells + rows)?;
                        self.row(&mut builder, row, cells, &mut tall)?;
                        row += 1;
                    }
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
        self.cells += rows;
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
                return Err(beyond_grid());
            }
            if cell.continues == Some(true) {
                if let Some((_, end)) = tall.get_mut(&column) {
                    end.row = row;
                }
            } else {
                if !cell.text.is_empty() {
                    self.cells += 1 + self.limits.text_cost(&cell.text);
                    self.limits.allow_cells(self.cells)?;
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

    /// The cells of the row whose start was just met; `captions` stand above its table. `None` where it was deleted.
    fn cells(
        &mut self,
        scanner: &mut Scanner,
        captions: &[String],
        level: u32,
    ) -> Result<Option<Vec<Cell>>, Fault> {
        let outside = scanner.depth() - 1;
        let mut cells = Vec::new();
        let mut deleted = false;
        loop {
            match scanner.next()? {
                Event::Start(tag) => match scanner.bytes(tag.name) {
                    b"tc" => cells.extend(self.cell(scanner, captions, level)?),
                    b"del" | b"moveFrom" if cells.is_empty() => deleted = true,
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
                Event::End(_) if scanner.depth() == outside => {
                    self.shortened += u64::from(deleted);
                    return Ok((!deleted).then_some(cells));
                }
                _ => {}
            }
        }
    }

    /// The cell whose start was just met; `None` where it was deleted.
    fn cell(
        &mut self,
        scanner: &mut Scanner,
        captions: &[String],
        level: u32,
    ) -> Result<Option<Cell>, Fault> {
        let outside = scanner.depth() - 1;
        let mut deleted = false;
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
                    b"p" => paragraphs.push(self.text(scanner)?),
                    b"cellDel" => deleted = true,
                    b"del" | b"moveFrom" => scanner.skip()?,
                    _ => {}
                },
                Event::End(_) if scanner.depth() == outside => {
                    let first = paragraphs.iter().position(|text| !text.is_empty());
                    cell.text = paragraphs[first.unwrap_or(0)..].join("\n");
                    cell.text.truncate(cell.text.trim_end().len());
                    self.shortened += u64::from(deleted);
                    return Ok((!deleted).then_some(cell));
                }
                _ => {}
            }
        }
    }

    /// The text of the paragraph whose start was just met, without what was deleted, is hidden or struck through, marks
    /// of notes and field codes.
    fn text(&mut self, scanner: &mut Scanner) -> Result<String, Fault> {
        let outside = scanner.depth() - 1;
        let mut runs = Runs::default();
        let mut hides = false;
        let mut inside = false;
        let mut paragraph = Written::default();
        let mut run = Written::default();
        loop {
            match scanner.next()? {
                Event::Start(tag) => match scanner.bytes(tag.name) {
                    b"r" => run = Written::default(),
                    b"pPr" => paragraph = self.paragraph(scanner)?,
                    b"rPr" => run = self.properties(scanner)?,
                    b"t" => inside = true,
                    name @ (b"tab" | b"br" | b"cr" | b"noBreakHyphen") => {
                        let sign = match name {
                            b"tab" => "\t",
                            b"noBreakHyphen" => "-",
                            _ => "\n",
                        };
                        if let Some(mark) = run.or(paragraph).mark() {
                            runs.push(sign, mark);
                        }
                    }
                    b"del" | b"moveFrom" | b"txbxContent" | b"Fallback" | b"rt" => {
                        scanner.skip()?;
                    }
                    _ => {}
                },
                Event::Text(span) if inside => {
                    let text = unescape(scanner.bytes(span));
                    match run.or(paragraph).mark() {
                        Some(mark) => runs.push(&text, mark),
                        None => hides = true,
                    }
                }
                Event::Cdata(span) if inside => {
                    let text = String::from_utf8_lossy(scanner.bytes(span));
                    match run.or(paragraph).mark() {
                        Some(mark) => runs.push(&text, mark),
                        None => hides = true,
                    }
                }
                Event::End(_) if scanner.depth() == outside => {
                    let (text, less) = runs.value();
                    self.shortened += u64::from(less || hides);
                    return Ok(text);
                }
                Event::End(name) if scanner.bytes(name) == b"t" => inside = false,
                _ => {}
            }
        }
    }

    /// How the text of a paragraph is written by its style.
    fn paragraph(&self, scanner: &mut Scanner) -> Result<Written, Fault> {
        let outside = scanner.depth() - 1;
        let mut written = Written::default();
        loop {
            match scanner.next()? {
                Event::Start(tag) => match scanner.bytes(tag.name) {
                    b"pStyle" => {
                        let id = scanner.text_attribute(tag, b"val").unwrap_or_default();
                        written = self.styles.written(&id);
                    }
                    // These are for the mark at the paragraph's end.
                    _ => scanner.skip()?,
                },
                Event::End(_) if scanner.depth() == outside => return Ok(written),
                _ => {}
            }
        }
    }

    /// How a run is written, by itself and by its style.
    fn properties(&self, scanner: &mut Scanner) -> Result<Written, Fault> {
        let outside = scanner.depth() - 1;
        let (mut own, mut style) = (Written::default(), Written::default());
        loop {
            match scanner.next()? {
                Event::Start(tag) => {
                    if scanner.bytes(tag.name) == b"rStyle" {
                        let id = scanner.text_attribute(tag, b"val").unwrap_or_default();
                        style = self.styles.written(&id);
                    } else {
                        own.take(scanner, tag);
                    }
                }
                Event::End(_) if scanner.depth() == outside => return Ok(own.or(style)),
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
