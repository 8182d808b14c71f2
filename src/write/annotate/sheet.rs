//! One sheet, patched while it streams by.
//!
//! Inflated bytes come in through a small window and go out again as they are; only the style index of a marked cell,
//! and what inserting a mark needs, is changed. A row without marks is skipped to its end tag by a substring search. What
//! is only known too late (a mark inside a merged range, which must go to its first cell; a cell outside the stated
//! dimension) is returned as [`Facts`], and the caller streams once more with it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::ops::Range as Span;

use memchr::{memchr, memmem};

use super::package::RELATIONSHIPS_STRICT;
use super::splice::Cut;
use super::styles::{Paint, Painter};
use super::xml::{self, Tag, TagKind};
use crate::model::{CellRef, Range};

const COMPATIBILITY: &str = "http://schemas.openxmlformats.org/markup-compatibility/2006";
/// The largest piece of markup.
const TOKEN_LIMIT: usize = 8 << 20;
const CHUNK: usize = 64 << 10;

/// The children of `worksheet` in the order that the schema fixes.
pub(super) const ORDER: &[&str] = &[
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "legacyDrawing",
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
];

/// The place of a child of `worksheet` in the schema's order.
pub(super) fn rank(local: &[u8]) -> Option<usize> {
    ORDER.iter().position(|name| name.as_bytes() == local)
}

/// What a sheet is to get.
pub(super) struct Job<'a> {
    /// Marked cells by row and column.
    pub(super) marks: BTreeMap<u32, BTreeMap<u32, Paint>>,
    /// The relationship id for `legacyDrawing`, where the sheet has none and gets notes.
    pub(super) drawing: Option<String>,
    /// Links back from marked cells: the cell, and where they lead.
    pub(super) links: BTreeMap<CellRef, String>,
    /// The text shown over such a link.
    pub(super) tooltip: &'a str,
    /// `r:`'s namespace in the file's own dialect.
    pub(super) relationships: &'static str,
    /// Whether cells may be inserted that do not exist.
    pub(super) insert: bool,
    /// What the dimension must say, where a cell was inserted outside it.
    pub(super) dimension: Option<Range>,
}

/// What was seen of a sheet while it went by.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// Marks inside a merged range, and the range's first cell.
    pub(super) moved: BTreeMap<CellRef, CellRef>,
    /// The dimension needed by what was inserted, where it differs from the stated one.
    pub(super) dimension: Option<Range>,
    /// Rows do not ascend, so that nothing can be inserted.
    pub(super) unordered: bool,
    /// The id of the sheet's own `legacyDrawing`.
    pub(super) drawing: Option<String>,
    /// A `legacyDrawing` of ours was put in.
    pub(super) drawing_added: bool,
    /// Marked cells that were given a fill.
    pub(super) painted: BTreeSet<CellRef>,
    /// Marked cells that hold something. Only they are linked: some readers take a link's target for the value of an
    /// empty cell.
    pub(super) filled: BTreeSet<CellRef>,
    /// Of these, those that show a shared string, and which. An empty string counts as nothing, too.
    pub(super) strings: BTreeMap<CellRef, u32>,
    /// Marked cells that are links already.
    pub(super) linked: BTreeSet<CellRef>,
    /// Widths and heights, for the size of notes.
    pub(super) grid: Grid,
}

/// Column widths and row heights in pixels.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    columns: Vec<(u32, u32, f32)>,
    default_width: f32,
    rows: BTreeMap<u32, f32>,
    default_height: f32,
}

impl Default for Grid {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            default_width: 64.0,
            rows: BTreeMap::new(),
            default_height: 20.0,
        }
    }
}

impl Grid {
    pub(super) fn width(&self, column: u32) -> f32 {
        let own = self.columns.iter().find(|(first, last, _)| (*first..=*last).contains(&column));
        own.map_or(self.default_width, |(_, _, width)| *width)
    }

    pub(super) fn height(&self, row: u32) -> f32 {
        self.rows.get(&row).copied().unwrap_or(self.default_height)
    }
}

/// Width in characters to pixels, at the 7 pixels of the usual font.
#[expect(clippy::float_arithmetic, reason = "pixels, no amounts")]
fn pixels(characters: f32) -> f32 {
    (characters * 7.0).round()
}

/// Streams a sheet from `inner` to `out`.
pub(super) fn patch<R: Read, W: Write>(
    inner: R,
    out: W,
    job: &Job<'_>,
    painter: &mut Painter<'_>,
) -> io::Result<(W, Vec<Cut>, Facts)> {
    let mut pass = Pass {
        editor: Editor::new(inner, out),
        job,
        painter,
        facts: Facts::default(),
        prefix: String::new(),
        id: None,
        column_styles: Vec::new(),
        dimension: None,
        inserted: None,
        row: 0,
        todo: job.marks.clone(),
    };
    pass.run()?;
    let Pass { editor, facts, .. } = pass;
    let (out, cuts) = editor.finish()?;
    Ok((out, cuts, facts))
}

struct Pass<'a, 'p, 'j, R, W> {
    editor: Editor<R, W>,
    job: &'a Job<'j>,
    painter: &'a mut Painter<'p>,
    facts: Facts,
    /// The prefix of the sheet's own elements, with its colon.
    prefix: String,
    /// The prefix bound to the relationships' namespace.
    id: Option<String>,
    column_styles: Vec<(u32, u32, u32)>,
    dimension: Option<Range>,
    /// The rectangle around what was inserted.
    inserted: Option<Range>,
    /// The last row seen, counted from one; 0 for none.
    row: u32,
    todo: BTreeMap<u32, BTreeMap<u32, Paint>>,
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

impl<R: Read, W: Write> Pass<'_, '_, '_, R, W> {
    fn run(&mut self) -> io::Result<()> {
        self.root()?;
        let mut depth = 1_u32;
        let mut tail = Tail::default();
        let mut data_seen = false;
        while let Some(tag) = self.editor.next_tag()? {
            let tag = self.editor.tag(&tag);
            match tag.kind {
                TagKind::Other => {}
                TagKind::Start | TagKind::Empty => {
                    let (local, start) = (tag.local().to_vec(), tag.kind == TagKind::Start);
                    if depth == 1 {
                        let own = tag.prefix() == self.prefix.as_bytes();
                        if own && local == b"sheetData" {
                            data_seen = true;
                            self.data(start)?;
                            continue;
                        }
                        self.before_child(&local, own, &mut tail)?;
                    }
                    self.note(&local, depth, &mut tail);
                    depth += u32::from(start);
                }
                TagKind::End => {
                    depth -= 1;
                    if depth == 0 {
                        self.pend(usize::MAX, &mut tail)?;
                        self.facts.unordered |= !data_seen;
                        self.after();
                        return self.editor.rest();
                    }
                    if depth == 1 && tag.local() == b"hyperlinks" {
                        let text = self.link_elements(&mut tail);
                        let at = self.editor.start;
                        self.editor.insert(at, text.as_bytes())?;
                    }
                }
            }
        }
        Err(bad("worksheet"))
    }

    fn root(&mut self) -> io::Result<()> {
        while let Some(tag) = self.editor.next_tag()? {
            let tag = self.editor.tag(&tag);
            if tag.kind == TagKind::Other {
                if tag.raw.starts_with(b"<!DOCTYPE") {
                    return Err(bad("DOCTYPE"));
                }
                if tag.raw.starts_with(b"<?xml") && !xml::is_utf8(tag.raw) {
                    return Err(bad("not UTF-8"));
                }
                continue;
            }
            if !tag.opens(b"worksheet") || tag.kind == TagKind::Empty {
                return Err(bad("worksheet"));
            }
            self.prefix = String::from_utf8_lossy(tag.prefix()).into_owned();
            self.id = xml::prefix_of(&tag, &[self.job.relationships]);
            return Ok(());
        }
        Err(bad("worksheet"))
    }

    /// What must stand before the child that comes now.
    fn before_child(&mut self, local: &[u8], own: bool, tail: &mut Tail) -> io::Result<()> {
        let place = if own { rank(local) } else { self.alternate(local)? };
        if let Some(place) = place {
            self.pend(place, tail)?;
        }
        Ok(())
    }

    /// The place of `mc:AlternateContent`: that of what it holds.
    fn alternate(&mut self, local: &[u8]) -> io::Result<Option<usize>> {
        if local != b"AlternateContent" {
            return Ok(None);
        }
        let content = self.editor.whole_element()?;
        Ok(xml::tags(&content).find_map(|(_, tag)| rank(tag.local())))
    }

    /// Notes what a tag outside the cells says.
    fn note(&mut self, local: &[u8], depth: u32, tail: &mut Tail) {
        let tag = self.editor.current();
        match local {
            b"dimension" if depth == 1 => {
                self.dimension =
                    tag.value("ref").and_then(|text| text.replace('$', "").parse().ok());
                if let (Some(wanted), Some(value)) = (self.job.dimension, tag.value_range("ref")) {
                    let start = self.editor.start;
                    // An error of the writer comes up again at the next write.
                    let _ = self.editor.replace(
                        start + value.start..start + value.end,
                        wanted.to_string().as_bytes(),
                    );
                }
            }
            b"sheetFormatPr" if depth == 1 => self.default_sizes(),
            b"col" if depth == 2 => self.column(),
            b"mergeCell" if depth == 2 => self.merge(),
            b"hyperlink" if depth == 2 => {
                let range = tag.value("ref").and_then(|text| text.parse::<Range>().ok());
                let cells = self
                    .job
                    .links
                    .keys()
                    .filter(|cell| range.is_some_and(|range| range.contains(**cell)));
                self.facts.linked.extend(cells.copied());
            }
            // Strict sheets have it inside mc:AlternateContent.
            b"legacyDrawing" => {
                self.facts.drawing = tag.local_value("id").map(std::borrow::Cow::into_owned);
                tail.drawing = true;
            }
            b"hyperlinks" if depth == 1 => tail.links = true,
            _ => {}
        }
    }

    #[expect(clippy::float_arithmetic, reason = "pixels, no amounts")]
    fn default_sizes(&mut self) {
        let tag = self.editor.current();
        if let Some(width) = tag.number::<f32>("defaultColWidth") {
            self.facts.grid.default_width = pixels(width);
        } else if let Some(width) = tag.number::<f32>("baseColWidth") {
            self.facts.grid.default_width = pixels(width) + 8.0;
        }
        if let Some(height) = tag.number::<f32>("defaultRowHeight") {
            self.facts.grid.default_height =
                if tag.flag("zeroHeight") { 0.0 } else { height / 0.75 };
        }
    }

    fn column(&mut self) {
        let tag = self.editor.current();
        let (Some(first), Some(last)) = (tag.number::<u32>("min"), tag.number::<u32>("max")) else {
            return;
        };
        let (Some(first), Some(last)) = (first.checked_sub(1), last.checked_sub(1)) else { return };
        if let Some(style) = tag.number("style") {
            self.column_styles.push((first, last, style));
        }
        let width = if tag.flag("hidden") { Some(0.0) } else { tag.number("width").map(pixels) };
        if let Some(width) = width {
            self.facts.grid.columns.push((first, last, width));
        }
    }

    fn merge(&mut self) {
        let tag = self.editor.current();
        let Some(range) = tag.value("ref").and_then(|text| text.parse::<Range>().ok()) else {
            return;
        };
        for (row, columns) in self.job.marks.range(range.start.row..=range.end.row) {
            for column in columns.range(range.start.column..=range.end.column).map(|(c, _)| *c) {
                let cell = CellRef::new(*row, column);
                if cell != range.start {
                    self.facts.moved.insert(cell, range.start);
                }
            }
        }
    }

    /// Inserts what belongs before the child of that place.
    fn pend(&mut self, place: usize, tail: &mut Tail) -> io::Result<()> {
        let at = self.editor.start;
        let after = |name: &str| rank(name.as_bytes()).is_some_and(|own| place > own);
        if !tail.links && after("hyperlinks") {
            let text = self.link_elements(tail);
            if !text.is_empty() {
                let prefix = &self.prefix;
                let text = format!("<{prefix}hyperlinks>{text}</{prefix}hyperlinks>");
                self.editor.insert(at, text.as_bytes())?;
            }
        }
        if !tail.drawing && after("legacyDrawing") {
            tail.drawing = true;
            if let Some(id) = &self.job.drawing {
                self.facts.drawing_added = true;
                let prefix = &self.prefix;
                let mut text = match &self.id {
                    Some(own) if !own.is_empty() => {
                        format!("<{prefix}legacyDrawing {own}id=\"{id}\"/>")
                    }
                    _ => format!(
                        "<{prefix}legacyDrawing xmlns:r=\"{}\" r:id=\"{id}\"/>",
                        self.job.relationships
                    ),
                };
                if self.job.relationships == RELATIONSHIPS_STRICT {
                    text = format!(
                        "<mc:AlternateContent xmlns:mc=\"{COMPATIBILITY}\"><mc:Choice xmlns:v=\"urn:schemas-microsoft-com:vml\" Requires=\"v\">{text}</mc:Choice></mc:AlternateContent>"
                    );
                }
                self.editor.insert(at, text.as_bytes())?;
            }
        }
        Ok(())
    }

    /// The links back, once.
    fn link_elements(&mut self, tail: &mut Tail) -> String {
        tail.links = true;
        if std::mem::replace(&mut tail.linked, true) {
            return String::new();
        }
        let mut text = String::new();
        for (cell, target) in &self.job.links {
            if self.facts.filled.contains(cell) && !self.facts.linked.contains(cell) {
                text.push_str(&format!(
                    "<{}hyperlink ref=\"{cell}\" location=\"{}\" tooltip=\"{}\"/>",
                    self.prefix,
                    xml::escape(target),
                    xml::escape(self.job.tooltip),
                ));
            }
        }
        text
    }

    /// Whether the dimension has to be widened.
    fn after(&mut self) {
        let (Some(inserted), Some(stated)) = (self.inserted, self.dimension) else { return };
        if self.job.dimension.is_none()
            && !(stated.contains(inserted.start) && stated.contains(inserted.end))
        {
            self.facts.dimension = Some(around(stated, inserted));
        }
    }

    /// The cells.
    fn data(&mut self, open: bool) -> io::Result<()> {
        if !open {
            if self.job.insert && !self.todo.is_empty() {
                let rows = self.rows_before(u32::MAX);
                let name = format!("{}sheetData", self.prefix);
                let end = self.editor.pos;
                self.editor.replace(end - 2..end, format!(">{rows}</{name}>").as_bytes())?;
            }
            return Ok(());
        }
        let close = format!("</{}row>", self.prefix);
        while let Some(span) = self.editor.next_tag()? {
            let tag = self.editor.tag(&span);
            if tag.closes(b"sheetData") {
                let rows = self.rows_before(u32::MAX);
                let at = self.editor.start;
                return self.editor.insert(at, rows.as_bytes());
            }
            if !tag.opens(b"row") {
                continue;
            }
            let number = tag.number::<u32>("r").unwrap_or(self.row + 1);
            if number <= self.row || number > 1_048_576 {
                self.facts.unordered = true;
            }
            if self.wants_heights(number - u32::from(number > 0)) {
                self.height(number.saturating_sub(1));
            }
            self.row = number;
            let index = number.wrapping_sub(1);
            if self.todo.first_key_value().is_some_and(|(row, _)| *row < index) {
                let rows = self.rows_before(index);
                let at = self.editor.start;
                self.editor.insert(at, rows.as_bytes())?;
            }
            let marks = self.todo.remove(&index);
            let tag = self.editor.current();
            match (marks, tag.kind) {
                (None, TagKind::Start) => self.editor.skip_past(close.as_bytes())?,
                (None, _) => {}
                (Some(marks), kind) => self.row_with_marks(index, marks, kind == TagKind::Start)?,
            }
        }
        Err(bad("sheetData"))
    }

    fn wants_heights(&self, row: u32) -> bool {
        // A note hangs over the rows beside and below its cell.
        self.job.marks.range(row.saturating_sub(60)..=row.saturating_add(2)).next().is_some()
    }

    #[expect(clippy::float_arithmetic, reason = "pixels, no amounts")]
    fn height(&mut self, row: u32) {
        let tag = self.editor.current();
        let height = if tag.flag("hidden") {
            Some(0.0)
        } else {
            tag.number::<f32>("ht").map(|ht| ht / 0.75)
        };
        if let Some(height) = height {
            self.facts.grid.rows.insert(row, height);
        }
    }

    /// New rows for the marks above a row (from zero) that have none.
    fn rows_before(&mut self, row: u32) -> String {
        let mut text = String::new();
        let rest = self.todo.split_off(&row);
        let rows = std::mem::replace(&mut self.todo, rest);
        if !self.job.insert || self.facts.unordered {
            return text;
        }
        for (row, columns) in rows {
            let prefix = self.prefix.clone();
            let mut cells = String::new();
            for (column, paint) in columns {
                cells.push_str(&self.new_cell(CellRef::new(row, column), paint, None));
            }
            if !cells.is_empty() {
                text.push_str(&format!("<{prefix}row r=\"{}\">{cells}</{prefix}row>", row + 1));
            }
        }
        text
    }

    /// A cell that did not exist, in the style that its row or column gives it.
    fn new_cell(&mut self, cell: CellRef, paint: Paint, row_style: Option<u32>) -> String {
        if !self.job.insert || self.facts.unordered {
            return String::new();
        }
        let column_style = || {
            let column = cell.column;
            self.column_styles
                .iter()
                .find(|(first, last, _)| (*first..=*last).contains(&column))
                .map(|(_, _, style)| *style)
        };
        let style = row_style.or_else(column_style).unwrap_or(0);
        let Some(painted) = self.painter.paint(style, paint) else { return String::new() };
        self.facts.painted.insert(cell);
        let own = Range::new(cell, cell);
        self.inserted = Some(self.inserted.map_or(own, |all| around(all, own)));
        format!("<{}c r=\"{cell}\" s=\"{painted}\"/>", self.prefix)
    }

    fn row_with_marks(
        &mut self,
        row: u32,
        mut marks: BTreeMap<u32, Paint>,
        open: bool,
    ) -> io::Result<()> {
        let tag = self.editor.current();
        let style = tag.flag("customFormat").then(|| tag.number::<u32>("s")).flatten();
        self.widen_spans(&marks)?;
        if !open {
            let cells = self.new_cells(row, &mut marks, u32::MAX, style);
            if !cells.is_empty() {
                let name = format!("{}row", self.prefix);
                let end = self.editor.pos;
                self.editor.replace(end - 2..end, format!(">{cells}</{name}>").as_bytes())?;
            }
            return Ok(());
        }
        let mut next = 0_u32;
        // The marked cell that we are in, and whether it shows a shared string.
        let mut inside: Option<(CellRef, bool)> = None;
        while let Some(span) = self.editor.next_tag()? {
            let tag = self.editor.tag(&span);
            if let Some((cell, shared)) = inside {
                if tag.closes(b"c") {
                    inside = None;
                } else if tag.kind == TagKind::Start && matches!(tag.local(), b"v" | b"t" | b"f") {
                    self.note_content(cell, shared)?;
                }
                continue;
            }
            if tag.closes(b"row") {
                let cells = self.new_cells(row, &mut marks, u32::MAX, style);
                let at = self.editor.start;
                return self.editor.insert(at, cells.as_bytes());
            }
            if !tag.opens(b"c") || tag.prefix() != self.prefix.as_bytes() {
                continue;
            }
            let explicit = tag
                .raw_value("r")
                .and_then(|text| std::str::from_utf8(text).ok())
                .and_then(|text| text.parse::<CellRef>().ok());
            let column = explicit.map_or(next, |cell| cell.column);
            if column < next {
                self.facts.unordered = true;
            }
            if marks.first_key_value().is_some_and(|(wanted, _)| *wanted < column) {
                let cells = self.new_cells(row, &mut marks, column, style);
                let at = self.editor.start;
                self.editor.insert(at, cells.as_bytes())?;
            }
            next = column + 1;
            if let Some(paint) = marks.remove(&column) {
                let tag = self.editor.current();
                let cell = CellRef::new(row, column);
                inside = (tag.kind == TagKind::Start)
                    .then(|| (cell, tag.raw_value("t").is_some_and(|kind| kind == b"s")));
                self.restyle(cell, paint)?;
            }
        }
        Err(bad("row"))
    }

    /// Notes what a marked cell holds, at the tag that its value or formula begins with.
    fn note_content(&mut self, cell: CellRef, shared: bool) -> io::Result<()> {
        let formula = self.editor.current().local() == b"f";
        let text = self.editor.text()?;
        if text.is_empty() && !formula {
            return Ok(());
        }
        let index = std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok());
        if let Some(index) = index.filter(|_| shared) {
            self.facts.strings.insert(cell, index);
        }
        self.facts.filled.insert(cell);
        Ok(())
    }

    /// New cells for the marks of a row left of a column.
    fn new_cells(
        &mut self,
        row: u32,
        marks: &mut BTreeMap<u32, Paint>,
        column: u32,
        style: Option<u32>,
    ) -> String {
        let rest = marks.split_off(&column);
        let mut cells = String::new();
        for (column, paint) in std::mem::replace(marks, rest) {
            cells.push_str(&self.new_cell(CellRef::new(row, column), paint, style));
        }
        cells
    }

    /// `spans` is only a hint, but it must not deny a cell that is there.
    fn widen_spans(&mut self, marks: &BTreeMap<u32, Paint>) -> io::Result<()> {
        let tag = self.editor.current();
        let (Some(range), Some((first, _)), Some((last, _))) =
            (tag.value_range("spans"), marks.first_key_value(), marks.last_key_value())
        else {
            return Ok(());
        };
        let text = String::from_utf8_lossy(&tag.raw[range.clone()]).into_owned();
        let Some((from, to)) = text.split_once(':') else { return Ok(()) };
        let (Ok(from), Ok(to)) = (from.parse::<u32>(), to.parse::<u32>()) else { return Ok(()) };
        if *first + 1 >= from && *last < to {
            return Ok(());
        }
        let start = self.editor.start;
        let wider = format!("{}:{}", from.min(first + 1), to.max(last + 1));
        self.editor.replace(start + range.start..start + range.end, wider.as_bytes())
    }

    /// Gives the cell of the current tag its painted style.
    fn restyle(&mut self, cell: CellRef, paint: Paint) -> io::Result<()> {
        let tag = self.editor.current();
        let start = self.editor.start;
        let (range, style) = match tag.value_range("s") {
            Some(range) => (start + range.start..start + range.end, tag.number::<u32>("s")),
            None => (start + tag.name_end()..start + tag.name_end(), Some(0)),
        };
        let Some(painted) = style.and_then(|style| self.painter.paint(style, paint)) else {
            return Ok(());
        };
        self.facts.painted.insert(cell);
        if range.is_empty() {
            self.editor.insert(range.start, format!(" s=\"{painted}\"").as_bytes())
        } else {
            self.editor.replace(range, painted.to_string().as_bytes())
        }
    }
}

/// What is done of the sheet's tail.
#[derive(Default)]
struct Tail {
    /// `hyperlinks` is there, the file's or ours.
    links: bool,
    /// Our links are written.
    linked: bool,
    /// `legacyDrawing` is there, or not wanted.
    drawing: bool,
}

fn around(a: Range, b: Range) -> Range {
    Range::new(
        CellRef::new(a.start.row.min(b.start.row), a.start.column.min(b.start.column)),
        CellRef::new(a.end.row.max(b.end.row), a.end.column.max(b.end.column)),
    )
}

/// A window on a stream that is copied to another, with changes.
struct Editor<R, W> {
    inner: R,
    out: W,
    buffer: Vec<u8>,
    /// Bytes of the buffer before this are written.
    copied: usize,
    /// Where the current tag begins.
    start: usize,
    /// Where the current tag ends; scanning goes on from here.
    pos: usize,
    /// Bytes of the buffer that hold content.
    end: usize,
    ended: bool,
    written: u64,
    cuts: Vec<Cut>,
}

impl<R: Read, W: Write> Editor<R, W> {
    fn new(inner: R, out: W) -> Self {
        Self {
            inner,
            out,
            buffer: vec![0; CHUNK],
            copied: 0,
            start: 0,
            pos: 0,
            end: 0,
            ended: false,
            written: 0,
            cuts: Vec::new(),
        }
    }

    /// The tag of a span of the buffer.
    fn tag(&self, span: &Span<usize>) -> Tag<'_> {
        Tag::new(&self.buffer[span.clone()])
    }

    /// The current tag.
    fn current(&self) -> Tag<'_> {
        Tag::new(&self.buffer[self.start..self.pos])
    }

    /// Reads more; bytes before `start` go out. False at the end of the stream.
    fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.start > self.copied {
            self.out.write_all(&self.buffer[self.copied..self.start])?;
            self.written += (self.start - self.copied) as u64;
            self.copied = self.start;
        }
        if self.copied > 0 {
            self.buffer.copy_within(self.copied..self.end, 0);
            self.end -= self.copied;
            self.start = self.start.saturating_sub(self.copied);
            self.pos -= self.copied;
            self.copied = 0;
        }
        if self.end == self.buffer.len() {
            if self.buffer.len() >= TOKEN_LIMIT {
                return Err(bad("a token of more than 8 MiB"));
            }
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        loop {
            match self.inner.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(false);
                }
                Ok(count) => {
                    self.end += count;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The text between the current tag and the next.
    fn text(&mut self) -> io::Result<&[u8]> {
        let mut seen = 0;
        loop {
            if let Some(at) = memchr(b'<', &self.buffer[self.pos + seen..self.end]) {
                return Ok(&self.buffer[self.pos..self.pos + seen + at]);
            }
            seen = self.end - self.pos;
            if !self.fill()? {
                return Ok(&self.buffer[self.pos..self.end]);
            }
        }
    }

    /// The next markup. It stays in the buffer, and may be changed, until the next call.
    fn next_tag(&mut self) -> io::Result<Option<Span<usize>>> {
        loop {
            if let Some(at) = memchr(b'<', &self.buffer[self.pos..self.end]) {
                self.start = self.pos + at;
                break;
            }
            self.pos = self.end;
            self.start = self.end;
            if !self.fill()? {
                return Ok(None);
            }
        }
        // From here `pos` follows `start`, so that `fill` keeps the tag.
        self.pos = self.start;
        loop {
            if let Some(length) = xml::markup_end(&self.buffer[self.start..self.end]) {
                self.pos = self.start + length;
                return Ok(Some(self.start..self.pos));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Goes past the next `needle`, which must be an end tag; slowly where comments or CDATA are about.
    fn skip_past(&mut self, needle: &[u8]) -> io::Result<()> {
        let finder = memmem::Finder::new(needle);
        loop {
            let ahead = &self.buffer[self.pos..self.end];
            let found = finder.find(ahead);
            let passed = found.map_or(ahead.len(), |at| at + needle.len());
            if memchr(b'!', &ahead[..passed]).is_some()
                && memmem::find(&ahead[..passed], b"<!").is_some()
            {
                return self.skip_by_tags(needle);
            }
            if found.is_some() {
                self.pos += passed;
                self.start = self.pos;
                return Ok(());
            }
            // The needle, or a `<!`, may straddle the window's end.
            let keep = needle.len().min(ahead.len());
            self.pos = self.end - keep;
            self.start = self.pos;
            if !self.fill()? {
                return Err(bad("row"));
            }
        }
    }

    fn skip_by_tags(&mut self, needle: &[u8]) -> io::Result<()> {
        while let Some(span) = self.next_tag()? {
            let tag = self.tag(&span);
            if tag.kind == TagKind::End && needle[2..].starts_with(tag.name()) {
                return Ok(());
            }
        }
        Err(bad("row"))
    }

    /// The bytes of the whole element that the current tag opens, without going past its start tag.
    fn whole_element(&mut self) -> io::Result<Vec<u8>> {
        let tag = self.current();
        if tag.kind == TagKind::Empty {
            return Ok(tag.raw.to_vec());
        }
        let close = [b"</", tag.name()].concat();
        loop {
            let ahead = &self.buffer[self.start..self.end];
            if let Some(at) = memmem::find(ahead, &close) {
                return Ok(ahead[..at].to_vec());
            }
            if !self.fill()? {
                return Err(bad("AlternateContent"));
            }
        }
    }

    fn flush_to(&mut self, at: usize) -> io::Result<()> {
        if at < self.copied {
            return Err(bad("edits out of order"));
        }
        self.out.write_all(&self.buffer[self.copied..at])?;
        self.written += (at - self.copied) as u64;
        self.copied = at;
        Ok(())
    }

    fn insert(&mut self, at: usize, text: &[u8]) -> io::Result<()> {
        self.replace(at..at, text)
    }

    /// Puts `text` in the place of a span of the current tag.
    fn replace(&mut self, span: Span<usize>, text: &[u8]) -> io::Result<()> {
        if span.is_empty() && text.is_empty() {
            return Ok(());
        }
        self.flush_to(span.start)?;
        self.cuts.push(Cut {
            at: self.written,
            take: text.len() as u64,
            put: self.buffer[span.clone()].to_vec(),
        });
        self.out.write_all(text)?;
        self.written += text.len() as u64;
        self.copied = span.end;
        Ok(())
    }

    /// Copies all that is left.
    fn rest(&mut self) -> io::Result<()> {
        loop {
            self.pos = self.end;
            self.start = self.end;
            if !self.fill()? {
                return Ok(());
            }
        }
    }

    fn finish(mut self) -> io::Result<(W, Vec<Cut>)> {
        self.flush_to(self.end)?;
        Ok((self.out, self.cuts))
    }
}
