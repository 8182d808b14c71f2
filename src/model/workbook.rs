//! What was read from one file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::cell::{CellStyle, Value};
use super::entry::Entry;
use super::merges::Merges;
use super::place::{CellRef, Range};
use crate::number::{self, Decimal, Marks};

/// File formats, told by content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the formats")]
pub enum Format {
    Xlsx,
    Xlsm,
    Xltx,
    Xlsb,
    Xls,
    Et,
    Ods,
    Csv,
    Html,
    Mhtml,
    SpreadsheetMl,
    Docx,
    Unknown,
}

impl Format {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Xlsm => "xlsm",
            Self::Xltx => "xltx",
            Self::Xlsb => "xlsb",
            Self::Xls => "xls",
            Self::Et => "et",
            Self::Ods => "ods",
            Self::Csv => "csv",
            Self::Html => "html",
            Self::Mhtml => "mhtml",
            Self::SpreadsheetMl => "spreadsheetml",
            Self::Docx => "docx",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a file, or a sheet of it, could not be read. The closed list of the report's schema.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    serde::Deserialize,
    serde::Serialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the codes are explained by their messages")]
pub enum ReadErrorCode {
    NotFound,
    NotAWorkbook,
    Encrypted,
    RightsManaged,
    Truncated,
    Damaged,
    TooLarge,
    Hostile,
    UnsupportedFormat,
    UnknownEncoding,
    Empty,
    MacroOnly,
    LockFile,
    Timeout,
    Crashed,
    Io,
}

/// Why a workbook could not be read. A wrong figure is a finding, not an error.
///
/// Message and hint are in both languages; they name the sheet and cell where one is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", message.zh)]
pub struct ReadError {
    /// The kind of trouble.
    pub code: ReadErrorCode,
    /// What happened.
    pub message: super::Text,
    /// What to do.
    pub hint: super::Text,
    /// The sheet, where known.
    pub sheet: Option<String>,
    /// The cell, where known.
    pub cell: Option<CellRef>,
}

impl ReadError {
    /// An error about the whole file.
    pub fn new(code: ReadErrorCode, message: super::Text, hint: super::Text) -> Self {
        Self { code, message, hint, sheet: None, cell: None }
    }
}

/// A sheet that could not be read, while others could.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetError {
    /// The sheet's name.
    pub name: String,
    /// Why.
    pub error: ReadError,
}

/// One workbook, as read.
#[derive(Clone, Debug)]
pub struct Workbook {
    /// Its format by content.
    pub format: Format,
    /// The sheets that could be read, in the file's order (a .csv has one, named after the file's stem in the model but without a name in reports).
    pub sheets: Vec<Sheet>,
    /// The sheets that could not.
    pub refused_sheets: Vec<SheetError>,
    /// Styles; a cell holds an index into these. Index 0 always exists.
    pub styles: Arc<Vec<CellStyle>>,
    /// Defined names.
    pub names: Vec<DefinedName>,
    /// Serial dates count from 1904.
    pub date_1904: bool,
    /// Excel's "precision as displayed" is on.
    pub precision_as_displayed: bool,
    /// The workbook refers to other files.
    pub external_links: Vec<String>,
    /// Things worth saying about the reading (extension and content differ, encoding guessed).
    pub remarks: Vec<super::Text>,
}

impl Workbook {
    /// A workbook without sheets, with the default style alone.
    pub fn empty(format: Format) -> Self {
        Self {
            format,
            sheets: Vec::new(),
            refused_sheets: Vec::new(),
            styles: Arc::new(vec![CellStyle::default()]),
            names: Vec::new(),
            date_1904: false,
            precision_as_displayed: false,
            external_links: Vec::new(),
            remarks: Vec::new(),
        }
    }

    /// The style of a cell; the default one where the index is unknown.
    pub fn style(&self, index: u16) -> &CellStyle {
        static DEFAULT: std::sync::LazyLock<CellStyle> =
            std::sync::LazyLock::new(CellStyle::default);
        self.styles.get(usize::from(index)).unwrap_or(&DEFAULT)
    }
}

/// A defined name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinedName {
    /// The name.
    pub name: String,
    /// Its formula, without `=`.
    pub formula: String,
    /// The sheet it is limited to.
    pub sheet: Option<u32>,
    /// Hidden from the user.
    pub hidden: bool,
}

/// Whether a sheet is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Visibility {
    #[default]
    Visible,
    Hidden,
    VeryHidden,
}

/// A handle of a text in a sheet's [`Texts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(pub(super) u32);

/// The texts of a sheet: the workbook's shared ones and the sheet's own.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    shared: Arc<Vec<Box<str>>>,
    own: Vec<Box<str>>,
}

impl Texts {
    const OWN: u32 = 1 << 31;

    /// Texts over a workbook's shared ones.
    pub fn over(shared: Arc<Vec<Box<str>>>) -> Self {
        Self { shared, own: Vec::new() }
    }

    /// The handle of shared text `index`; `None` when there is no such text.
    pub fn shared(&self, index: usize) -> Option<TextId> {
        (index < self.shared.len() && index < Self::OWN as usize).then_some(TextId(index as u32))
    }

    /// Keeps a text of this sheet.
    pub fn add(&mut self, text: impl Into<Box<str>>) -> TextId {
        self.own.push(text.into());
        TextId(Self::OWN | (self.own.len() - 1) as u32)
    }

    /// The sheet's own texts.
    pub fn own(&self) -> impl Iterator<Item = &str> {
        self.own.iter().map(AsRef::as_ref)
    }

    /// How many texts there are, shared and own.
    pub fn len(&self) -> usize {
        self.shared.len() + self.own.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place of a text among all, below [`Self::len`].
    pub fn index(&self, id: TextId) -> usize {
        if id.0 & Self::OWN == 0 {
            id.0 as usize
        } else {
            self.shared.len() + (id.0 & !Self::OWN) as usize
        }
    }

    /// The text behind a handle.
    pub fn get(&self, id: TextId) -> &str {
        if id.0 & Self::OWN == 0 {
            &self.shared[id.0 as usize]
        } else {
            &self.own[(id.0 & !Self::OWN) as usize]
        }
    }
}

/// A formula as stored, shared and array formulas written out for their cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formula {
    /// Its text without `=`.
    pub text: Box<str>,
    /// A value was stored beside it.
    pub cached: bool,
    /// Part of an array formula.
    pub array: bool,
}

/// A note (批注) on a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Who wrote it.
    pub author: String,
    /// What it says.
    pub text: String,
    /// The twin of a threaded comment.
    pub threaded: bool,
}

/// What is special about a row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RowFormat {
    /// Hidden, by hand or by a filter.
    pub hidden: bool,
    /// Outline level, 0 to 7.
    pub outline: u8,
    /// Height in points, where set.
    pub height: Option<f32>,
}

/// What is special about a column.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ColumnFormat {
    /// Hidden.
    pub hidden: bool,
    /// Outline level.
    pub outline: u8,
    /// Width in characters, where set.
    pub width: Option<f32>,
}

/// One sheet: sparse cells in row order and what surrounds them.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Whether it is shown.
    pub visibility: Visibility,
    /// Texts of the cells.
    pub texts: Texts,
    /// Merged ranges.
    pub merges: Vec<Range>,
    /// Rows with anything special.
    pub rows: BTreeMap<u32, RowFormat>,
    /// Columns with anything special.
    pub columns: BTreeMap<u32, ColumnFormat>,
    /// Formulas, sorted by cell.
    pub formulas: Vec<(CellRef, Formula)>,
    /// Notes.
    pub notes: BTreeMap<CellRef, Note>,
    /// Cells are protected.
    pub protected: bool,
    /// A filter is set.
    pub filter: Option<Range>,
    /// Decimals printed of cells whose text showed them (text formats: 5.00 in a .csv), where the style does not say.
    pub printed: BTreeMap<CellRef, u8>,
    /// Which marks its numbers typed as text are written with.
    pub marks: Marks,
    /// Numbers that lost digits behind the 28th decimal: how many, and the first of them.
    pub rounded: Option<(u32, CellRef)>,
    /// Numbers too large for any amount, kept as text: how many, and the first of them.
    pub oversized: Option<(u32, CellRef)>,
    /// Cells under a merged range that hold something else than it shows: how many, and the first of them.
    pub covered: Option<(u32, CellRef)>,
    /// What the cells under merged ranges hold, sorted: nobody sees it, but formulas count it.
    under: Vec<(CellRef, Value)>,
    over: Merges,
    entries: Vec<Entry>,
    /// Numbers of more digits than an entry has room for.
    wide: Vec<Decimal>,
    row_starts: Vec<(u32, u32)>,
    /// The first and the last column in which a cell exists.
    edges: Option<(u16, u16)>,
}

impl Sheet {
    /// The merged range that lies over a cell.
    pub fn merge_over(&self, cell: CellRef) -> Option<&Range> {
        self.over.over(&self.merges, cell)
    }

    /// The cells that exist, in order: cell, value, style index.
    pub fn cells(&self) -> impl Iterator<Item = (CellRef, Value, u16)> + '_ {
        self.cells_of_rows(0..self.row_starts.len())
    }

    /// The rows that exist, in order.
    pub fn row_numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.row_starts.iter().map(|(row, _)| *row)
    }

    /// The cells of one row, in order: column, value, style index.
    pub fn row(&self, row: u32) -> impl Iterator<Item = (u32, Value, u16)> + '_ {
        self.row_entries(row)
            .iter()
            .map(|entry| (u32::from(entry.column), entry.value(&self.wide), entry.style))
    }

    fn row_entries(&self, row: u32) -> &[Entry] {
        &self.entries[self.row_range(row)]
    }

    /// The places of a row's cells among all cells that exist, in the order of [`Self::cells`].
    #[inline]
    pub fn row_range(&self, row: u32) -> std::ops::Range<usize> {
        // Most sheets have no gaps, so that the row is its own index from the first.
        let first = self.row_starts.first().map_or(0, |(first, _)| *first);
        let guess = row.wrapping_sub(first) as usize;
        let at = match self.row_starts.get(guess) {
            Some((found, _)) if *found == row => guess,
            _ => match self.row_starts.binary_search_by_key(&row, |(row, _)| *row) {
                Ok(at) => at,
                Err(_) => return 0..0,
            },
        };
        self.range_of(at)
    }

    /// The entries of the row at a place among those that exist.
    fn range_of(&self, at: usize) -> std::ops::Range<usize> {
        let start = self.row_starts[at].1 as usize;
        let end = self.row_starts.get(at + 1).map_or(self.entries.len(), |next| next.1 as usize);
        start..end
    }

    fn entry(&self, cell: CellRef) -> Option<&Entry> {
        self.position(cell).map(|at| &self.entries[at])
    }

    /// The place of a cell among all cells that exist, in the order of [`Self::cells`].
    #[inline]
    pub fn position(&self, cell: CellRef) -> Option<usize> {
        let range = self.row_range(cell.row);
        let entries = &self.entries[range.clone()];
        let first = entries.first()?.column;
        let column = u16::try_from(cell.column).ok()?;
        let guess = usize::from(column.checked_sub(first)?);
        match entries.get(guess) {
            Some(entry) if entry.column == column => Some(range.start + guess),
            _ => entries
                .binary_search_by_key(&column, |entry| entry.column)
                .ok()
                .map(|at| range.start + at),
        }
    }

    /// A cell's value and style index; `None` where there is no cell.
    pub fn cell(&self, cell: CellRef) -> Option<(Value, u16)> {
        self.entry(cell).map(|entry| (entry.value(&self.wide), entry.style))
    }

    /// The cells of a piece of the rows that exist, by their place among [`Self::row_numbers`]: row, column, value, style.
    pub fn cells_of_rows(
        &self,
        rows: std::ops::Range<usize>,
    ) -> impl Iterator<Item = (CellRef, Value, u16)> + '_ {
        rows.flat_map(move |at| {
            let row = self.row_starts[at].0;
            self.entries[self.range_of(at)].iter().map(move |entry| {
                let cell = CellRef::new(row, u32::from(entry.column));
                (cell, entry.value(&self.wide), entry.style)
            })
        })
    }

    /// The places of the cells of a piece of the rows that exist, by their place among [`Self::row_numbers`].
    pub fn range_of_rows(&self, rows: std::ops::Range<usize>) -> std::ops::Range<usize> {
        let start = |at: usize| {
            self.row_starts.get(at).map_or(self.entries.len(), |(_, start)| *start as usize)
        };
        start(rows.start)..start(rows.end)
    }

    /// What a cell holds; `Empty` where there is none.
    pub fn value(&self, cell: CellRef) -> Value {
        self.entry(cell).map_or(Value::Empty, |entry| entry.value(&self.wide))
    }

    /// What formulas find in a cell: what it holds, even where a merged range covers it.
    pub fn stored(&self, cell: CellRef) -> Value {
        match self.value(cell) {
            Value::Empty => self
                .under
                .binary_search_by_key(&cell, |(cell, _)| *cell)
                .map_or(Value::Empty, |at| self.under[at].1),
            value => value,
        }
    }

    /// Whether a merged range covers something in any cell.
    pub(crate) fn covers(&self) -> bool {
        !self.under.is_empty()
    }

    /// Whether a merged range covers something in a cell.
    pub fn is_covered(&self, cell: CellRef) -> bool {
        self.under.binary_search_by_key(&cell, |(cell, _)| *cell).is_ok()
    }

    /// The text of a cell of text.
    pub fn text(&self, cell: CellRef) -> Option<&str> {
        match self.value(cell) {
            Value::Text(id) => Some(self.texts.get(id)),
            _ => None,
        }
    }

    /// The style index of a cell; `None` where there is no cell.
    pub fn style(&self, cell: CellRef) -> Option<u16> {
        self.entry(cell).map(|entry| entry.style)
    }

    /// The formula of a cell.
    pub fn formula(&self, cell: CellRef) -> Option<&Formula> {
        self.formulas
            .binary_search_by_key(&cell, |(cell, _)| *cell)
            .ok()
            .map(|at| &self.formulas[at].1)
    }

    /// Puts a value into a cell, which keeps its style; a cell that did not exist is made without one.
    pub fn put(&mut self, cell: CellRef, value: Value) {
        let Ok(column) = u16::try_from(cell.column) else { return };
        if let Some(at) = self.position(cell) {
            let Entry { style, .. } = self.entries[at];
            self.entries[at] = Entry::new(value, column, style, &mut self.wide);
            return;
        }
        let row = match self.row_starts.binary_search_by_key(&cell.row, |(row, _)| *row) {
            Ok(row) => row,
            Err(row) => {
                let start =
                    self.row_starts.get(row).map_or(self.entries.len() as u32, |next| next.1);
                self.row_starts.insert(row, (cell.row, start));
                row
            }
        };
        let range = self.range_of(row);
        let before = self.entries[range.clone()].partition_point(|entry| entry.column < column);
        let entry = Entry::new(value, column, 0, &mut self.wide);
        self.entries.insert(range.start + before, entry);
        self.row_starts[row + 1..].iter_mut().for_each(|next| next.1 += 1);
        let (left, right) = self.edges.unwrap_or((column, column));
        self.edges = Some((left.min(column), right.max(column)));
    }

    /// The rectangle around all cells that exist.
    pub fn used(&self) -> Option<Range> {
        let (first, last) = (self.row_starts.first()?.0, self.row_starts.last()?.0);
        let (left, right) = self.edges?;
        Some(Range::new(CellRef::new(first, u32::from(left)), CellRef::new(last, u32::from(right))))
    }

    /// How many cells exist.
    pub fn cell_count(&self) -> usize {
        self.entries.len()
    }

    /// How many rows exist.
    pub fn row_count(&self) -> usize {
        self.row_starts.len()
    }

    /// Whether a row is hidden.
    pub fn row_hidden(&self, row: u32) -> bool {
        self.rows.get(&row).is_some_and(|format| format.hidden)
    }

    /// Whether a column is hidden.
    pub fn column_hidden(&self, column: u32) -> bool {
        self.columns.get(&column).is_some_and(|format| format.hidden)
    }
}

/// Merges larger than this cover whole sheets and hide nothing in earnest.
pub const LARGEST_MERGE: u64 = 20_000;

impl Sheet {
    /// Takes what merged ranges cover from their cells: a reader sees the first cell alone.
    fn cover(&mut self) {
        // Merges do not overlap in earnest, so that each cell is met about once.
        let mut left = self.entries.len() as u64 * 4 + 1_000_000;
        for merge in std::mem::take(&mut self.merges) {
            self.merges.push(merge);
            let (rows, columns) = merge.size();
            if rows == 1 && columns == 1 || u64::from(rows) * u64::from(columns) > LARGEST_MERGE {
                continue;
            }
            let shown = self.value(merge.start);
            let first = self.row_starts.partition_point(|(row, _)| *row < merge.start.row);
            for at in first..self.row_starts.len() {
                let row = self.row_starts[at].0;
                let range = self.range_of(at);
                let from = range.start
                    + self.entries[range.clone()]
                        .partition_point(|entry| u32::from(entry.column) < merge.start.column);
                let until = from
                    + self.entries[from..range.end]
                        .partition_point(|entry| u32::from(entry.column) <= merge.end.column);
                let visited = (until - from) as u64 + 1;
                if row > merge.end.row || visited > left {
                    break;
                }
                left -= visited;
                for index in from..until {
                    let entry = self.entries[index];
                    let cell = CellRef::new(row, u32::from(entry.column));
                    if cell == merge.start || entry.is_empty() {
                        continue;
                    }
                    let value = entry.value(&self.wide);
                    if !self.reads_as(value, shown) {
                        count(&mut self.covered, cell);
                    }
                    self.under.push((cell, value));
                    let Entry { column, style, .. } = entry;
                    self.entries[index] = Entry::new(Value::Empty, column, style, &mut self.wide);
                }
            }
        }
        self.under.sort_by_key(|(cell, _)| *cell);
    }

    fn reads_as(&self, value: Value, other: Value) -> bool {
        match (value, other) {
            (Value::Text(a), Value::Text(b)) => {
                self.texts.get(a).trim() == self.texts.get(b).trim()
            }
            _ => value == other,
        }
    }
}

/// Counts a cell; the first one is kept.
fn count(seen: &mut Option<(u32, CellRef)>, cell: CellRef) {
    seen.get_or_insert((0, cell)).0 += 1;
}

/// Collects a sheet's cells in any order; the last of two for the same cell wins.
#[derive(Debug, Default)]
pub struct SheetBuilder {
    /// Everything but the cells.
    pub sheet: Sheet,
    unordered: bool,
    last: Option<CellRef>,
    stray: Vec<(CellRef, Entry)>,
}

impl SheetBuilder {
    /// A builder of a sheet of that name.
    pub fn new(name: impl Into<String>, texts: Texts) -> Self {
        Self { sheet: Sheet { name: name.into(), texts, ..Sheet::default() }, ..Self::default() }
    }

    /// Adds a cell; `cell` must be on the grid.
    #[inline]
    pub fn push(&mut self, cell: CellRef, value: Value, style: u16) {
        debug_assert!(cell.on_grid());
        let value = match value {
            Value::Number(number) if number.scale() >= number::LOST => {
                count(&mut self.sheet.rounded, cell);
                Value::Number(number.normalize())
            }
            value => value,
        };
        let entry = Entry::new(value, cell.column as u16, style, &mut self.sheet.wide);
        if self.last.is_some_and(|last| cell <= last) {
            self.unordered = true;
            self.stray.push((cell, entry));
            return;
        }
        if self.last.is_none_or(|last| last.row != cell.row) {
            self.sheet.row_starts.push((cell.row, self.sheet.entries.len() as u32));
        }
        self.last = Some(cell);
        self.sheet.entries.push(entry);
    }

    /// Notes that the number of a cell is kept as text, since no amount is as large.
    pub fn note_oversized(&mut self, cell: CellRef) {
        count(&mut self.sheet.oversized, cell);
    }

    /// Adds a cell of text.
    pub fn push_text(&mut self, cell: CellRef, text: impl Into<Box<str>>, style: u16) {
        let id = self.sheet.texts.add(text);
        self.push(cell, Value::Text(id), style);
    }

    /// How many cells so far.
    pub fn len(&self) -> usize {
        self.sheet.entries.len() + self.stray.len()
    }

    /// No cells so far.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether cells came out of order, which no writer of Excel's own does.
    pub fn unordered(&self) -> bool {
        self.unordered
    }

    /// A cell that was added twice with different values, so that which one holds cannot be told; an empty one that came
    /// first does not count. Texts count as different unless they are the same shared one or read the same.
    pub fn contradiction(&self) -> Option<CellRef> {
        let mut last: BTreeMap<CellRef, Value> = BTreeMap::new();
        for (cell, entry) in &self.stray {
            let value = entry.value(&self.sheet.wide);
            let before = last.insert(*cell, value).unwrap_or_else(|| self.sheet.value(*cell));
            let same = match (before, value) {
                (Value::Empty, _) => true,
                (Value::Text(a), Value::Text(b)) => {
                    self.sheet.texts.get(a) == self.sheet.texts.get(b)
                }
                (a, b) => a == b,
            };
            if !same {
                return Some(*cell);
            }
        }
        None
    }

    /// The columns between which all cells stand: cells of a row are in order, so that its ends tell.
    fn edges(&self) -> Option<(u16, u16)> {
        let Sheet { entries, row_starts, .. } = &self.sheet;
        let left = row_starts.iter().map(|(_, start)| entries[*start as usize].column).min()?;
        let ends = row_starts.iter().skip(1).map(|(_, start)| *start as usize);
        let right = ends.chain([entries.len()]).map(|end| entries[end - 1].column).max()?;
        Some((left, right))
    }

    /// The sheet.
    pub fn finish(mut self) -> Sheet {
        if self.unordered {
            let mut all: BTreeMap<CellRef, Entry> = BTreeMap::new();
            for (at, &(row, start)) in self.sheet.row_starts.iter().enumerate() {
                let end = self
                    .sheet
                    .row_starts
                    .get(at + 1)
                    .map_or(self.sheet.entries.len(), |next| next.1 as usize);
                for entry in &self.sheet.entries[start as usize..end] {
                    all.insert(CellRef::new(row, u32::from(entry.column)), *entry);
                }
            }
            all.extend(self.stray.drain(..));
            self.sheet.entries.clear();
            self.sheet.row_starts.clear();
            let mut last = None;
            for (cell, entry) in all {
                if last != Some(cell.row) {
                    self.sheet.row_starts.push((cell.row, self.sheet.entries.len() as u32));
                    last = Some(cell.row);
                }
                self.sheet.entries.push(entry);
            }
        }
        self.sheet.edges = self.edges();
        self.sheet.formulas.sort_by_key(|(cell, _)| *cell);
        self.sheet.marks = Marks::infer(self.sheet.texts.own());
        let mut seen = BTreeSet::new();
        self.sheet.merges.retain(|merge| seen.insert(*merge));
        self.sheet.cover();
        self.sheet
    }
}
