//! The patcher of `OpenDocument` spreadsheets: `content.xml` gets styles, annotations and one more table, nothing else.
//!
//! A marked cell may be one of many that a repeat count stands for: it is then cut out of its run, so that its
//! neighbours stay what they were.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use super::container::Archive;
use super::package::Package;
use super::plan::{MarkKind, Plan};
use super::splice::Patch;
use super::styles::Paint;
use super::undo::{self, Record};
use super::xml::{self, Tag, TagKind};
use super::{Annotated, WriteError, notes, ods_summary, sheet_title, vml, xlsx};
use crate::model::{CellRef, Text};

pub(super) const MIME: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet";
const CONTENT: &str = "content.xml";
const MANIFEST: &str = "META-INF/manifest.xml";
/// Our record of what was there before.
const RECORD: &str = "gouji/marks.xml";

/// The prefixes that we write, with what they must be bound to.
const PREFIXES: [(&str, &str); 9] = [
    ("office", "urn:oasis:names:tc:opendocument:xmlns:office:1.0"),
    ("style", "urn:oasis:names:tc:opendocument:xmlns:style:1.0"),
    ("table", "urn:oasis:names:tc:opendocument:xmlns:table:1.0"),
    ("text", "urn:oasis:names:tc:opendocument:xmlns:text:1.0"),
    ("fo", "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"),
    ("svg", "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"),
    ("number", "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("xlink", "http://www.w3.org/1999/xlink"),
];

/// Whether an archive is an `OpenDocument` spreadsheet.
pub(super) fn is_ods(archive: &Archive<'_>) -> bool {
    archive
        .find("mimetype")
        .is_some_and(|entry| archive.read(entry).is_ok_and(|kind| kind.starts_with(MIME)))
}

/// The record that a copy of ours carries.
pub(super) fn record(archive: &Archive<'_>) -> Option<Record> {
    Record::parse(&archive.read(archive.find(RECORD)?).ok()?)
}

struct Target {
    paint: Paint,
    notes: Vec<String>,
}

type Rows = BTreeMap<u32, BTreeMap<u32, Target>>;

/// Marks a spreadsheet that has no marks of ours.
pub(super) fn annotate(archive: &Archive<'_>, plan: &Plan) -> Result<Annotated, WriteError> {
    let mut package = Package::new(archive);
    if archive.find(MANIFEST).is_some() {
        refuse_encrypted(&package)?;
    }
    let content = package.read(CONTENT)?;
    super::package::check_text(CONTENT, &content)?;
    let book = OdsContent::read(&content)?;
    let by_table = targets(&book, plan)?;
    let mut work = Work {
        patch: Patch::new(content.clone()),
        content: &content,
        book: &book,
        styles: String::new(),
        twins: BTreeMap::new(),
        remarks: Vec::new(),
        marked: 0,
        noted: 0,
        missing: Vec::new(),
    };
    work.bind_prefixes()?;
    for (index, rows) in by_table {
        work.mark_table(index, rows);
    }
    if !work.missing.is_empty() {
        let cells = std::mem::take(&mut work.missing).join("、");
        work.remarks.push(Text::new(
            format!("{cells} 处没有单元格，未加标注，见核对结果。"),
            format!("There is no cell at {cells}; see the results."),
        ));
    }
    if archive.find("META-INF/documentsignatures.xml").is_some() {
        package.drop_part("META-INF/documentsignatures.xml");
        work.remarks.push(Text::new(
            "原文件带有数字签名；任何改动都会使签名失效，因此标注副本中已去除签名，原文件未动。",
            "The file is digitally signed; any change breaks a signature, so the copy carries none. The original is untouched.",
        ));
    }
    let separate = work.add_summary(plan)?;
    let Work { patch, remarks, marked, noted, .. } = work;
    package.put_patch(CONTENT, patch);
    let own = format!(
        "<manifest:file-entry manifest:full-path=\"{RECORD}\" manifest:media-type=\"text/xml\"/>"
    );
    if archive.find(MANIFEST).is_some() {
        package.patch(MANIFEST)?.append_to(b"manifest", &own)?;
    } else {
        // Office programs open nothing without one; the copy is to be opened.
        package.add(MANIFEST.to_owned(), manifest(archive, &own).as_bytes())?;
    }
    Ok(Annotated {
        bytes: undo::assemble(archive, &package.finish()?, &plan.summary.origin, RECORD)?,
        extension: "ods",
        converted: false,
        again: false,
        separate_summary: separate,
        remarks,
        marked,
        noted,
    })
}

fn refuse_encrypted(package: &Package<'_>) -> Result<(), WriteError> {
    let manifest = package.read(MANIFEST)?;
    if xml::tags(&manifest).any(|(_, tag)| tag.opens(b"encryption-data")) {
        return Err(super::encrypted());
    }
    Ok(())
}

/// A list of a package's parts, where its maker wrote none.
fn manifest(archive: &Archive<'_>, own: &str) -> String {
    let mut list = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"><manifest:file-entry manifest:full-path=\"/\" manifest:media-type=\"{}\"/>",
        String::from_utf8_lossy(MIME)
    );
    for entry in &archive.entries {
        let name = entry.part_name();
        if name == "mimetype" || name.starts_with("META-INF/") || name.ends_with('/') {
            continue;
        }
        let is_xml = Path::new(&*name).extension().is_some_and(|ending| ending == "xml");
        let kind = if is_xml { "text/xml" } else { "" };
        list.push_str(&format!(
            "<manifest:file-entry manifest:full-path=\"{}\" manifest:media-type=\"{kind}\"/>",
            xml::escape(&name)
        ));
    }
    list + own + "</manifest:manifest>"
}

/// A table: its name and where its content lies.
struct Table {
    name: String,
    inside: Range<usize>,
}

/// What `content.xml` says, as places in its bytes.
struct OdsContent {
    tables: Vec<Table>,
    /// Cell styles by name: the whole element.
    styles: BTreeMap<String, Range<usize>>,
    /// The start tag of the root, and the place for our styles.
    root: Range<usize>,
    automatic: Option<(Range<usize>, bool)>,
    /// Where a table is added.
    end: usize,
    body: usize,
    locked: bool,
}

impl OdsContent {
    fn read(bytes: &[u8]) -> Result<Self, WriteError> {
        let mut book = Self {
            tables: Vec::new(),
            styles: BTreeMap::new(),
            root: 0..0,
            automatic: None,
            end: 0,
            body: 0,
            locked: false,
        };
        let mut depth = 0_u32;
        let mut in_automatic = false;
        let mut style: Option<(String, usize)> = None;
        let mut table: Option<(String, usize)> = None;
        for (at, tag) in xml::tags(bytes) {
            let end = at + tag.raw.len();
            match tag.kind {
                TagKind::Other => {}
                TagKind::Start | TagKind::Empty => {
                    let empty = tag.kind == TagKind::Empty;
                    match (depth, tag.local()) {
                        (0, _) => book.root = at..end,
                        (1, b"automatic-styles") => {
                            in_automatic = !empty;
                            book.automatic = Some((at..end, empty));
                        }
                        (1, b"body") => book.body = at,
                        (2, b"spreadsheet") => {
                            book.locked =
                                tag.value("table:structure-protected").is_some_and(|v| v == "true");
                        }
                        (2, b"style") if in_automatic => {
                            let name = tag.value("style:name").unwrap_or_default().into_owned();
                            if tag.value("style:family").is_some_and(|f| f == "table-cell") {
                                if empty {
                                    book.styles.insert(name, at..end);
                                } else {
                                    style = Some((name, at));
                                }
                            }
                        }
                        (3, b"table") if !empty => {
                            let name = tag.value("table:name").unwrap_or_default().into_owned();
                            table = Some((name, end));
                        }
                        _ => {}
                    }
                    depth += u32::from(!empty);
                }
                TagKind::End => {
                    depth = depth.saturating_sub(1);
                    match (depth, tag.local()) {
                        (1, b"automatic-styles") => in_automatic = false,
                        (2, b"style") => {
                            if let Some((name, from)) = style.take() {
                                book.styles.insert(name, from..end);
                            }
                        }
                        (3, b"table") => {
                            if let Some((name, from)) = table.take() {
                                book.tables.push(Table { name, inside: from..at });
                                book.end = end;
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
        if book.tables.is_empty() || depth != 0 {
            return Err(WriteError::damaged(CONTENT));
        }
        Ok(book)
    }
}

fn targets(book: &OdsContent, plan: &Plan) -> Result<BTreeMap<usize, Rows>, WriteError> {
    let mut by_table: BTreeMap<usize, Rows> = BTreeMap::new();
    for mark in &plan.marks {
        let Some(index) = book.tables.iter().position(|table| table.name == mark.sheet) else {
            return Err(xlsx::no_such_cell(&mark.sheet, mark.cell));
        };
        let target = by_table
            .entry(index)
            .or_default()
            .entry(mark.cell.row)
            .or_default()
            .entry(mark.cell.column)
            .or_insert(Target { paint: Paint::Term, notes: Vec::new() });
        target.paint = target.paint.max(mark.kind.paint());
        target.notes.extend(mark.note.clone());
    }
    Ok(by_table)
}

struct Work<'a> {
    patch: Patch,
    content: &'a [u8],
    book: &'a OdsContent,
    /// New automatic styles.
    styles: String,
    twins: BTreeMap<(String, Paint), String>,
    remarks: Vec<Text>,
    marked: usize,
    noted: usize,
    missing: Vec<String>,
}

/// A row or cell of the table: its element, and how many it stands for.
struct Piece {
    element: Range<usize>,
    tag_end: usize,
    first: u32,
    count: u32,
    style: Option<String>,
    empty: bool,
}

impl Work<'_> {
    /// Declares the prefixes that we need and the file does not.
    fn bind_prefixes(&mut self) -> Result<(), WriteError> {
        let root = self.book.root.clone();
        let tag = Tag::new(&self.content[root.clone()]);
        let mut missing = String::new();
        for (prefix, namespace) in PREFIXES {
            match tag.value(&format!("xmlns:{prefix}")) {
                Some(bound) if bound == namespace => {}
                Some(_) => return Err(WriteError::unsupported(format!("xmlns:{prefix}"))),
                None => missing.push_str(&format!(" xmlns:{prefix}=\"{namespace}\"")),
            }
        }
        if !missing.is_empty() {
            self.patch.insert(root.start + tag.name_end(), missing);
        }
        Ok(())
    }

    fn mark_table(&mut self, index: usize, mut rows: Rows) {
        let table = &self.book.tables[index];
        let columns = column_styles(self.content, &table.inside);
        for row in pieces(self.content, &table.inside, b"table-row") {
            let last = row.first.saturating_add(row.count);
            let inside: Rows = take(&mut rows, row.first, last);
            if inside.is_empty() {
                continue;
            }
            if row.count == 1 {
                let cells = inside.into_values().next().unwrap_or_default();
                let edits = self.row_edits(index, &row, row.first, cells, &columns);
                for (range, text) in edits {
                    self.patch.replace(range, text);
                }
            } else {
                let text = self.split_row(index, &row, inside, &columns);
                self.patch.replace(row.element.clone(), text);
            }
        }
        let name = &table.name;
        self.missing.extend(rows.iter().flat_map(|(row, cells)| {
            cells.keys().map(move |column| format!("{name}!{}", CellRef::new(*row, *column)))
        }));
    }

    /// A row that stands for many, cut where marks are.
    fn split_row(
        &mut self,
        index: usize,
        row: &Piece,
        marked: Rows,
        columns: &[(u32, u32, String)],
    ) -> String {
        let mut text = String::new();
        let mut next = row.first;
        for (number, cells) in marked {
            text.push_str(&repeated(self.content, row, number - next));
            let mut patch = Patch::new(self.content[row.element.clone()].to_vec());
            set_repeat(&mut patch, 1, "table:number-rows-repeated");
            for (range, new) in self.row_edits(index, row, number, cells, columns) {
                patch.replace(range.start - row.element.start..range.end - row.element.start, new);
            }
            text.push_str(&String::from_utf8_lossy(&patch.apply().0));
            next = number + 1;
        }
        text.push_str(&repeated(self.content, row, row.first + row.count - next));
        text
    }

    /// The edits of one row, as ranges of the whole content.
    fn row_edits(
        &mut self,
        index: usize,
        row: &Piece,
        number: u32,
        mut cells: BTreeMap<u32, Target>,
        columns: &[(u32, u32, String)],
    ) -> Vec<(Range<usize>, String)> {
        let mut edits = Vec::new();
        if !row.empty {
            let inside = row.tag_end..row.element.end - "</table:table-row>".len();
            for cell in cell_pieces(self.content, &inside) {
                let last = cell.first.saturating_add(cell.count);
                let marked = take(&mut cells, cell.first, last);
                if marked.is_empty() {
                    continue;
                }
                let mut text = String::new();
                let mut next = cell.first;
                for (column, target) in marked {
                    text.push_str(&repeated(self.content, &cell, column - next));
                    text.push_str(&self.marked_cell(row, &cell, column, &target, columns));
                    next = column + 1;
                }
                text.push_str(&repeated(self.content, &cell, cell.first + cell.count - next));
                edits.push((cell.element, text));
            }
        }
        let name = &self.book.tables[index].name;
        self.missing
            .extend(cells.keys().map(|column| format!("{name}!{}", CellRef::new(number, *column))));
        edits
    }

    fn marked_cell(
        &mut self,
        row: &Piece,
        cell: &Piece,
        column: u32,
        target: &Target,
        columns: &[(u32, u32, String)],
    ) -> String {
        let inherited = || {
            row.style.clone().or_else(|| {
                let own =
                    columns.iter().find(|(first, last, _)| (*first..=*last).contains(&column));
                own.map(|(_, _, style)| style.clone())
            })
        };
        let style = cell.style.clone().or_else(inherited).unwrap_or_else(|| "Default".to_owned());
        let twin = self.twin(&style, target.paint);
        self.marked += 1;
        let element = &self.content[cell.element.clone()];
        let mut patch = Patch::new(element.to_vec());
        let tag = Tag::new(&element[..cell.tag_end - cell.element.start]);
        if let Some(range) = tag.value_range("table:style-name") {
            patch.replace(range, twin);
        } else {
            patch.insert(tag.name_end(), format!(" table:style-name=\"{twin}\""));
        }
        if let Some(range) = repeat_range(&tag, "table:number-columns-repeated") {
            patch.replace(range, "");
        }
        if !target.notes.is_empty() {
            self.noted += 1;
            let note = notes::fitted(&target.notes.join("\n\n"));
            annotation(&mut patch, element, cell, &note);
        }
        String::from_utf8_lossy(&patch.apply().0).into_owned()
    }

    /// The name of a style like `style` with our fill.
    fn twin(&mut self, style: &str, paint: Paint) -> String {
        if let Some(known) = self.twins.get(&(style.to_owned(), paint)) {
            return known.clone();
        }
        let name = self.free_style_name(self.twins.len() + 1);
        let own = self.book.styles.get(style).map(|range| &self.content[range.clone()]);
        self.styles.push_str(&match own {
            Some(element) => painted_style(element, &name, paint),
            None => format!(
                "<style:style style:name=\"{name}\" style:family=\"table-cell\" style:parent-style-name=\"{}\"><style:table-cell-properties fo:background-color=\"{}\"/></style:style>",
                xml::escape(style),
                colour(paint.colours().0)
            ),
        });
        self.twins.insert((style.to_owned(), paint), name.clone());
        name
    }

    fn free_style_name(&self, number: usize) -> String {
        let mut name = format!("gouji{number}");
        while self.book.styles.contains_key(&name) {
            name.push('x');
        }
        name
    }

    /// Adds the table of results and our styles.
    fn add_summary(&mut self, plan: &Plan) -> Result<Option<Vec<u8>>, WriteError> {
        let mut separate = None;
        if self.book.locked {
            self.remarks.push(Text::new(
                "文档结构受保护，未添加工作表；核对结果另存为单独的工作簿。",
                "The document's structure is protected, so no table was added; the results are in a workbook of their own.",
            ));
            separate = Some(xlsx::separate_summary(plan, &self.remarks)?);
        } else {
            let wanted = sheet_title(plan.language);
            let taken = |name: &str| self.book.tables.iter().any(|table| table.name == name);
            let title = std::iter::once(wanted.to_owned())
                .chain((2_u32..).map(|number| format!("{wanted} ({number})")))
                .find(|name| !taken(name))
                .unwrap_or_default();
            let (styles, table) = ods_summary::build(plan, &title, &self.remarks);
            self.styles.push_str(&styles);
            self.patch.insert(self.book.end, table);
        }
        let styles = std::mem::take(&mut self.styles);
        match &self.book.automatic {
            Some((tag, true)) => {
                let end = tag.end - 2..tag.end;
                self.patch.replace(end, format!(">{styles}</office:automatic-styles>"));
            }
            Some((_, false)) => self.patch.append_to(b"automatic-styles", &styles)?,
            None => self.patch.insert(
                self.book.body,
                format!("<office:automatic-styles>{styles}</office:automatic-styles>"),
            ),
        }
        Ok(separate)
    }
}

/// The entries of `map` from `first` up to but not including `last`.
fn take<T>(map: &mut BTreeMap<u32, T>, first: u32, last: u32) -> BTreeMap<u32, T> {
    let mut inside = map.split_off(&first);
    let mut rest = inside.split_off(&last);
    map.append(&mut rest);
    inside
}

/// The default styles of columns: first, last, style.
fn column_styles(content: &[u8], inside: &Range<usize>) -> Vec<(u32, u32, String)> {
    let mut styles = Vec::new();
    let mut next = 0_u32;
    for (_, tag) in xml::tags(&content[inside.clone()]) {
        if tag.opens(b"table-row") {
            break;
        }
        if tag.opens(b"table-column") {
            let count = tag.number::<u32>("table:number-columns-repeated").unwrap_or(1).max(1);
            let last = next.saturating_add(count - 1);
            if let Some(style) = tag.value("table:default-cell-style-name") {
                styles.push((next, last, style.into_owned()));
            }
            next = last.saturating_add(1);
        }
    }
    styles
}

/// Rows of a table, wherever groups and headings put them; tables inside cells are passed over.
fn pieces(content: &[u8], inside: &Range<usize>, local: &[u8]) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let mut next = 0_u32;
    let mut depth = 0_u32;
    for (at, tag) in xml::tags(&content[inside.clone()]) {
        let (start, end) = (inside.start + at, inside.start + at + tag.raw.len());
        if tag.kind == TagKind::End && tag.local() == local {
            depth = depth.saturating_sub(1);
            if depth == 0
                && let Some(last) = found.last_mut()
            {
                last.element.end = end;
            }
        } else if tag.opens(local) {
            if depth == 0 {
                let count = tag.number::<u32>("table:number-rows-repeated").unwrap_or(1).max(1);
                found.push(Piece {
                    element: start..end,
                    tag_end: end,
                    first: next,
                    count,
                    style: tag
                        .value("table:default-cell-style-name")
                        .map(std::borrow::Cow::into_owned),
                    empty: tag.kind == TagKind::Empty,
                });
                next = next.saturating_add(count);
            }
            depth += u32::from(tag.kind == TagKind::Start);
        }
    }
    found
}

/// Cells of a row, covered ones too.
fn cell_pieces(content: &[u8], inside: &Range<usize>) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let mut next = 0_u32;
    let mut depth = 0_u32;
    for (at, tag) in xml::tags(&content[inside.clone()]) {
        let (start, end) = (inside.start + at, inside.start + at + tag.raw.len());
        match tag.kind {
            TagKind::Other => {}
            TagKind::Start | TagKind::Empty => {
                if depth == 0 && matches!(tag.local(), b"table-cell" | b"covered-table-cell") {
                    let count =
                        tag.number::<u32>("table:number-columns-repeated").unwrap_or(1).max(1);
                    found.push(Piece {
                        element: start..end,
                        tag_end: end,
                        first: next,
                        count,
                        style: tag.value("table:style-name").map(std::borrow::Cow::into_owned),
                        empty: tag.kind == TagKind::Empty,
                    });
                    next = next.saturating_add(count);
                }
                depth += u32::from(tag.kind == TagKind::Start);
            }
            TagKind::End => {
                depth = depth.saturating_sub(1);
                if depth == 0
                    && let Some(last) = found.last_mut()
                    && !last.empty
                {
                    last.element.end = end;
                }
            }
        }
    }
    found
}

/// A repeat attribute with its name and the space before it.
fn repeat_range(tag: &Tag<'_>, name: &str) -> Option<Range<usize>> {
    let value = tag.value_range(name)?;
    let start = memchr::memmem::rfind(&tag.raw[..value.start], name.as_bytes())?;
    Some(start - 1..value.end + 1)
}

fn set_repeat(patch: &mut Patch, count: u32, name: &str) {
    let length = xml::markup_end(&patch.bytes).unwrap_or(patch.bytes.len());
    let tag = Tag::new(&patch.bytes[..length]);
    let text = if count == 1 { String::new() } else { format!(" {name}=\"{count}\"") };
    match repeat_range(&tag, name) {
        Some(range) => patch.replace(range, text),
        None if count > 1 => patch.insert(tag.name_end(), text),
        None => {}
    }
}

/// The same row or cell, standing for another count; nothing for none.
fn repeated(content: &[u8], piece: &Piece, count: u32) -> String {
    if count == 0 {
        return String::new();
    }
    let mut patch = Patch::new(content[piece.element.clone()].to_vec());
    let name = if Tag::new(&content[piece.element.start..piece.tag_end]).local() == b"table-row" {
        "table:number-rows-repeated"
    } else {
        "table:number-columns-repeated"
    };
    set_repeat(&mut patch, count, name);
    String::from_utf8_lossy(&patch.apply().0).into_owned()
}

/// Puts a note into a cell, or adds it to the one that is there.
#[expect(clippy::float_arithmetic, reason = "centimetres, no amounts")]
fn annotation(patch: &mut Patch, element: &[u8], cell: &Piece, note: &str) {
    let lines: String =
        note.lines().map(|line| format!("<text:p>{}</text:p>", xml::escape(line))).collect();
    let existing = xml::tags(element).find(|(_, tag)| tag.closes(b"annotation"));
    if let Some((at, _)) = existing {
        patch.insert(at, format!("<text:p>————————</text:p>{lines}"));
        return;
    }
    let (width, height) = vml::box_size(note);
    let text = format!(
        "<office:annotation office:display=\"false\" svg:width=\"{:.2}cm\" svg:height=\"{:.2}cm\"><dc:creator>{}</dc:creator>{lines}</office:annotation>",
        width / 37.8,
        height / 37.8,
        notes::AUTHOR
    );
    if cell.empty {
        let name = String::from_utf8_lossy(Tag::new(element).name()).into_owned();
        let end = element.len();
        patch.replace(end - 2..end, format!(">{text}</{name}>"));
    } else {
        patch.insert(cell.tag_end - cell.element.start, text);
    }
}

/// `FFRRGGBB` as `#rrggbb`.
pub(super) fn colour(argb: &str) -> String {
    format!("#{}", argb[2..].to_ascii_lowercase())
}

/// A style with another name and our fill.
fn painted_style(element: &[u8], name: &str, paint: Paint) -> String {
    let light = xml::tags(element)
        .find(|(_, tag)| tag.opens(b"text-properties"))
        .and_then(|(_, tag)| tag.value("fo:color").map(std::borrow::Cow::into_owned))
        .is_some_and(|colour| is_light(&colour));
    let (under_dark, under_light) = paint.colours();
    let fill = colour(if light { under_light } else { under_dark });
    let mut patch = Patch::new(element.to_vec());
    let length = xml::markup_end(element).unwrap_or(element.len());
    let tag = Tag::new(&element[..length]);
    if let Some(range) = tag.value_range("style:name") {
        patch.replace(range, name);
    }
    // A style that people see under a name of its own must not be there twice.
    if let Some(range) = repeat_range(&tag, "style:display-name") {
        patch.replace(range, "");
    }
    let properties = xml::tags(element).find(|(_, tag)| tag.opens(b"table-cell-properties"));
    let attribute = format!(" fo:background-color=\"{fill}\"");
    match (properties, tag.kind) {
        (Some((at, found)), _) => match found.value_range("fo:background-color") {
            Some(range) => patch.replace(at + range.start..at + range.end, fill),
            None => patch.insert(at + found.name_end(), attribute),
        },
        (None, TagKind::Empty) => patch.replace(
            length - 2..length,
            format!("><style:table-cell-properties{attribute}/></style:style>"),
        ),
        (None, _) => patch.insert(length, format!("<style:table-cell-properties{attribute}/>")),
    }
    String::from_utf8_lossy(&patch.apply().0).into_owned()
}

fn is_light(colour: &str) -> bool {
    let Some(value) = colour.strip_prefix('#').and_then(|hex| u32::from_str_radix(hex, 16).ok())
    else {
        return false;
    };
    let [_, red, green, blue] = value.to_be_bytes().map(u32::from);
    (red * 299 + green * 587 + blue * 114) / 1000 > 170
}

/// For the legend of the table of results.
pub(super) const KINDS: [MarkKind; 4] =
    [MarkKind::Error, MarkKind::Warning, MarkKind::Info, MarkKind::Term];

/// A cell of an .ods as a link names it.
pub(super) fn location(sheet: &str, cell: CellRef) -> String {
    format!("#'{}'.{cell}", sheet.replace('\'', "''"))
}
