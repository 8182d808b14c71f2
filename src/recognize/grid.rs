//! A sheet seen as rows and columns of cell kinds, without its empty rows and columns.
//!
//! Used ranges lie (A1:XFA16371 around 30,000 cells), so rows and columns that hold nothing are left out, and what the
//! rest of recognition calls row 3 is the fourth row that holds something. Hidden rows above the header and hidden columns
//! of bookkeeping (export keys of databases) are left out too.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU8, Ordering};

use crate::lexicon::{Rulebook, Words};
use crate::model::words;
use crate::model::{CellRef, CellStyle, LARGEST_MERGE, Range, Sheet, Value, Workbook};
use crate::number::Decimal;
use crate::{number, parallel};

/// What a cell is, as far as layout is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellKind {
    Empty,
    Text,
    /// A number, or a text that reads as one.
    Number,
    Percent,
    Dash,
    Error,
    Date,
}

impl CellKind {
    pub(super) fn is_figure(self) -> bool {
        matches!(self, Self::Number | Self::Percent | Self::Error)
    }
}

/// A sheet without its empty rows and columns.
pub(super) struct Grid<'a> {
    pub(super) rulebook: &'a Rulebook,
    pub(super) workbook: &'a Workbook,
    pub(super) sheet: &'a Sheet,
    pub(super) rows: Vec<u32>,
    pub(super) columns: Vec<u32>,
    kinds: Vec<CellKind>,
    texts: TextFacts,
    anchors: HashMap<CellRef, Range>,
    covered: HashMap<CellRef, CellRef>,
}

impl<'a> Grid<'a> {
    pub(super) fn words(&self) -> &'a Words {
        &self.rulebook.words
    }

    pub(super) fn new(rulebook: &'a Rulebook, workbook: &'a Workbook, sheet: &'a Sheet) -> Self {
        let texts = TextFacts::new(sheet);
        let pieces = pieces(workbook, sheet, &texts);
        let (rows, columns) = occupied(sheet, &pieces);
        let mut grid = Self {
            rulebook,
            workbook,
            sheet,
            kinds: vec![CellKind::Empty; rows.len() * columns.len()],
            texts,
            rows,
            columns,
            anchors: HashMap::new(),
            covered: HashMap::new(),
        };
        for merge in &sheet.merges {
            let (height, width) = merge.size();
            grid.anchors.insert(merge.start, *merge);
            if u64::from(height) * u64::from(width) <= LARGEST_MERGE {
                for row in merge.start.row..=merge.end.row {
                    for column in merge.start.column..=merge.end.column {
                        grid.covered.insert(CellRef::new(row, column), merge.start);
                    }
                }
            }
        }
        grid.fill(&pieces);
        grid
    }

    /// Places the kinds of the sheet's cells, given piece by piece in their order, where the kept rows and columns cross.
    fn fill(&mut self, pieces: &[Piece]) {
        let width = self.columns.len();
        let last = self.columns.last().map_or(0, |column| *column as usize + 1);
        let mut index = vec![None; last];
        for (at, column) in self.columns.iter().enumerate() {
            index[*column as usize] = Some(at);
        }
        if width == 0 {
            return;
        }
        let (sheet, rows) = (self.sheet, &self.rows);
        parallel::fill(&mut self.kinds, PIECE * width, |from, kinds| {
            let mut piece = 0;
            for (kinds, row) in kinds.chunks_mut(width).zip(&rows[from / width..]) {
                let cells = sheet.row_range(*row);
                // Rows follow one another, and so do the pieces that their cells are in.
                while pieces[piece].first + pieces[piece].kinds.len() <= cells.start {
                    piece += 1;
                }
                let (first, known) = (pieces[piece].first, &pieces[piece].kinds);
                let known = &known[cells.start - first..cells.end - first];
                for ((column, _, _), kind) in sheet.row(*row).zip(known) {
                    if let Some(&Some(column)) = index.get(column as usize) {
                        kinds[column] = *kind;
                    }
                }
            }
        });
    }

    pub(super) fn height(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn kind(&self, row: usize, column: usize) -> CellKind {
        self.kinds[row * self.columns.len() + column]
    }

    pub(super) fn kinds(&self, row: usize) -> &[CellKind] {
        &self.kinds[row * self.columns.len()..(row + 1) * self.columns.len()]
    }

    pub(super) fn cell(&self, row: usize, column: usize) -> CellRef {
        CellRef::new(self.rows[row], self.columns[column])
    }

    /// The text of a cell as it stands, numbers written plainly.
    pub(super) fn text(&self, row: usize, column: usize) -> String {
        self.text_at(self.cell(row, column))
    }

    /// The same without a copy where there is a text.
    pub(super) fn written(&self, row: usize, column: usize) -> Cow<'a, str> {
        let cell = self.cell(row, column);
        let sheet: &'a Sheet = self.sheet;
        match sheet.text(cell) {
            Some(text) => Cow::Borrowed(words::start(text)),
            None => Cow::Owned(self.text_at(cell)),
        }
    }

    /// The text of a cell of text, as far as it names anything; of any other cell nothing.
    pub(super) fn str(&self, row: usize, column: usize) -> &str {
        self.sheet.text(self.cell(row, column)).map_or("", words::start)
    }

    /// Whether the text of a cell of text heads what numbers columns, and otherwise whether it names something, as `tell`
    /// finds of a text that was not asked for yet.
    pub(super) fn numbering(
        &self,
        row: usize,
        column: usize,
        tell: impl Fn(&str) -> Numbers,
    ) -> Numbers {
        match self.sheet.value(self.cell(row, column)) {
            Value::Text(id) => {
                let at = self.sheet.texts.index(id);
                self.texts.numbers(at, || tell(words::start(self.sheet.texts.get(id))))
            }
            _ => tell(""),
        }
    }

    /// The number of a cell that holds, or spells in plain digits, a whole number not below zero.
    pub(super) fn whole(&self, row: usize, column: usize) -> Option<u32> {
        match self.sheet.value(self.cell(row, column)) {
            Value::Number(number) if number.is_integer() => u32::try_from(number).ok(),
            Value::Text(id) => {
                let text = self.sheet.texts.get(id).trim();
                // 2019.0: as programs write the whole numbers of a column that has a gap.
                let whole =
                    text.split_once('.').filter(|(_, rest)| rest.bytes().all(|b| b == b'0'));
                whole.map_or(text, |(whole, _)| whole).parse().ok()
            }
            _ => None,
        }
    }

    pub(super) fn text_at(&self, cell: CellRef) -> String {
        match self.sheet.value(cell) {
            Value::Text(id) => words::start(self.sheet.texts.get(id)).to_owned(),
            Value::Number(number) => number.normalize().to_string(),
            Value::Bool(value) => value.to_string(),
            Value::Error(error) => error.text().to_owned(),
            Value::Empty => String::new(),
        }
    }

    /// The text that a reader sees in a cell: a merged range's own text anywhere inside it.
    pub(super) fn seen(&self, row: usize, column: usize) -> String {
        let cell = self.cell(row, column);
        let anchor = self.covered.get(&cell).copied().unwrap_or(cell);
        self.text_at(anchor)
    }

    /// The merge that begins at, or covers, a cell.
    pub(super) fn merge(&self, row: usize, column: usize) -> Option<Range> {
        let cell = self.cell(row, column);
        let anchor = self.covered.get(&cell).copied().unwrap_or(cell);
        self.anchors.get(&anchor).copied()
    }

    /// Columns that hold something in a row.
    pub(super) fn filled(&self, row: usize) -> impl Iterator<Item = usize> + '_ {
        self.kinds(row)
            .iter()
            .enumerate()
            .filter(|(_, kind)| **kind != CellKind::Empty)
            .map(|(at, _)| at)
    }

    /// Whether blank rows of the sheet lie between this row and the one above.
    pub(super) fn gap_above(&self, row: usize) -> bool {
        row > 0 && self.rows[row] > self.rows[row - 1] + 1
    }
}

/// What a text is to rows that number columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// 栏次, 公式: it heads such a row.
    Heads,
    /// A name.
    Names,
    Neither,
}

/// What is known of each text of a sheet: the same ones come again and again, and each is looked at about once.
struct TextFacts(Vec<AtomicU8>);

impl TextFacts {
    /// The kind of a cell that holds the text, one more; nought while it is not known.
    const KIND: u8 = 0b111;
    /// What it is to rows that number columns, one more.
    const NUMBERS: u8 = 0b11 << 3;

    fn new(sheet: &Sheet) -> Self {
        Self(std::iter::repeat_with(AtomicU8::default).take(sheet.texts.len()).collect())
    }

    #[inline]
    fn kind(&self, at: usize, tell: impl FnOnce() -> CellKind) -> CellKind {
        const KINDS: [CellKind; 7] = [
            CellKind::Empty,
            CellKind::Text,
            CellKind::Number,
            CellKind::Percent,
            CellKind::Dash,
            CellKind::Error,
            CellKind::Date,
        ];
        match self.0[at].load(Ordering::Relaxed) & Self::KIND {
            0 => {
                let kind = tell();
                self.0[at].fetch_or(kind as u8 + 1, Ordering::Relaxed);
                kind
            }
            known => KINDS[usize::from(known) - 1],
        }
    }

    #[inline]
    fn numbers(&self, at: usize, tell: impl FnOnce() -> Numbers) -> Numbers {
        const NUMBERS: [Numbers; 3] = [Numbers::Heads, Numbers::Names, Numbers::Neither];
        match (self.0[at].load(Ordering::Relaxed) & Self::NUMBERS) >> 3 {
            0 => {
                let numbers = tell();
                self.0[at].fetch_or((numbers as u8 + 1) << 3, Ordering::Relaxed);
                numbers
            }
            known => NUMBERS[usize::from(known) - 1],
        }
    }
}

/// What numbers are in cells of each style.
fn number_kinds(workbook: &Workbook) -> Vec<CellKind> {
    let kind = |style: &CellStyle| {
        if style.number_format.date {
            CellKind::Date
        } else if style.number_format.percent {
            CellKind::Percent
        } else {
            CellKind::Number
        }
    };
    workbook.styles.iter().map(kind).collect()
}

fn text_kind(text: &str, marks: number::Marks) -> CellKind {
    let trimmed =
        text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{3000}' | '\u{a0}'));
    if trimmed.is_empty() {
        return CellKind::Empty;
    }
    // The common case first: a name. Nothing that begins with an ideograph other than a numeral is a number.
    if number::placeholder(trimmed).is_some() {
        return CellKind::Dash;
    }
    if trimmed.chars().count() > 32 {
        return CellKind::Text;
    }
    match marks.parse(trimmed) {
        Some(literal) => {
            let digits = trimmed.chars().filter(char::is_ascii_digit).count();
            let code = trimmed.chars().all(|c| c.is_ascii_digit())
                && (trimmed.starts_with('0') && trimmed.len() > 1 || digits > 15);
            if code || literal.spelling == number::Spelling::Chinese && trimmed.chars().count() < 3
            {
                CellKind::Text
            } else if literal.spelling == number::Spelling::Percent {
                CellKind::Percent
            } else {
                CellKind::Number
            }
        }
        None => CellKind::Text,
    }
}

/// Rows that are looked at in one go.
pub(super) const PIECE: usize = 4096;

/// Cells of a hidden column that are looked at.
const MOST_HIDDEN: usize = 200;

/// What some rows of a sheet hold.
struct Piece {
    /// What each of their cells is, in order.
    kinds: Vec<CellKind>,
    /// The place of the first of them among all cells of the sheet.
    first: usize,
    /// The rows that hold anything.
    rows: Vec<u32>,
    /// How many cells of each column hold something.
    counts: Vec<u64>,
    /// The first cells of each hidden column.
    hidden: BTreeMap<u32, Vec<CellRef>>,
}

/// What a sheet holds, some rows at a time.
fn pieces(workbook: &Workbook, sheet: &Sheet, texts: &TextFacts) -> Vec<Piece> {
    let width = sheet.used().map_or(0, |used| used.end.column as usize + 1);
    let numbers = number_kinds(workbook);
    let is_hidden: Vec<bool> =
        (0..width as u32).map(|column| sheet.column_hidden(column)).collect();
    parallel::map_pieces(sheet.row_count(), PIECE, |rows| {
        let cells = sheet.range_of_rows(rows.clone());
        let mut piece = Piece {
            kinds: Vec::with_capacity(cells.len()),
            first: cells.start,
            rows: Vec::with_capacity(rows.len()),
            counts: vec![0; width],
            hidden: BTreeMap::new(),
        };
        let mut last = None;
        for (cell, value, style) in sheet.cells_of_rows(rows) {
            let kind = match value {
                Value::Number(_) => {
                    numbers.get(usize::from(style)).copied().unwrap_or(CellKind::Number)
                }
                Value::Text(id) => texts
                    .kind(sheet.texts.index(id), || text_kind(sheet.texts.get(id), sheet.marks)),
                Value::Empty
                    if !sheet.formulas.is_empty()
                        && sheet.formula(cell).is_some_and(|formula| !formula.cached) =>
                {
                    CellKind::Number
                }
                Value::Empty => CellKind::Empty,
                Value::Bool(_) => CellKind::Text,
                Value::Error(_) => CellKind::Error,
            };
            piece.kinds.push(kind);
            if kind == CellKind::Empty {
                continue;
            }
            if last != Some(cell.row) {
                piece.rows.push(cell.row);
                last = Some(cell.row);
            }
            piece.counts[cell.column as usize] += 1;
            if is_hidden[cell.column as usize] {
                let cells = piece.hidden.entry(cell.column).or_default();
                if cells.len() < MOST_HIDDEN {
                    cells.push(cell);
                }
            }
        }
        piece
    })
}

/// Rows and columns that hold something and are not bookkeeping.
fn occupied(sheet: &Sheet, pieces: &[Piece]) -> (Vec<u32>, Vec<u32>) {
    let width = sheet.used().map_or(0, |used| used.end.column as usize + 1);
    let mut counts = vec![0_u64; width];
    let mut hidden: HashMap<u32, Vec<CellRef>> = HashMap::new();
    let mut rows: Vec<u32> = Vec::new();
    for piece in pieces {
        rows.extend_from_slice(&piece.rows);
        counts.iter_mut().zip(&piece.counts).for_each(|(count, more)| *count += more);
        for (column, cells) in &piece.hidden {
            let known = hidden.entry(*column).or_default();
            known.extend(cells.iter().take(MOST_HIDDEN - known.len()));
        }
    }
    let mut kept: Vec<u32> =
        (0..width as u32).filter(|column| counts[*column as usize] > 0).collect();
    kept.retain(|column| hidden.get(column).is_none_or(|cells| holds_amounts(sheet, cells)));
    // Hidden rows above the first visible one are export keys, not a part of the table.
    if let Some(first) = rows.iter().position(|row| !sheet.row_hidden(*row)) {
        rows.drain(..first);
    }
    // Rows of export keys that nobody hid are none either, nor are the columns that mark the lines for the export.
    if let Some(last) = rows.iter().take(KEY_ROWS).rposition(|row| holds_keys(sheet, *row)) {
        rows.drain(..=last);
        kept.retain(|column| !is_marks(sheet, &rows, *column));
    }
    if let Some(table) = beside_header(sheet, &rows, &kept) {
        kept.truncate(table);
    }
    // A sheet of two far corners must not become a grid of billions.
    let area = rows.len() as u64 * kept.len() as u64;
    let cells: u64 = counts.iter().sum();
    if area > 64 * cells + 100_000 {
        let floor = (rows.len() as u64 / 200).max(1);
        kept.retain(|column| counts[*column as usize] > floor);
    }
    (rows, kept)
}

/// Rows and columns of a sheet in which figures beside its header are looked for, and columns that may hold them.
const SMALL: (usize, usize) = (400, 60);
const BESIDE: usize = 4;

/// How many columns of a small sheet stand before figures at its edge that belong to none of its lines: behind an empty column,
/// without a word, beside the names of columns, and few. What somebody worked out there is no part of the table, and its header
/// is one all the same.
fn beside_header(sheet: &Sheet, rows: &[u32], kept: &[u32]) -> Option<usize> {
    /// Figures of the table for each beside it.
    const MORE: usize = 8;
    if rows.len() > SMALL.0 || kept.len() > SMALL.1 {
        return None;
    }
    let edge = kept.windows(2).rposition(|pair| pair[1] > pair[0] + 1)? + 1;
    let first = kept[edge];
    let reaches = |merge: &Range| merge.start.column < first && merge.end.column >= first;
    if edge < 3 || kept.len() - edge > BESIDE || sheet.merges.iter().any(reaches) {
        return None;
    }
    let (mut figures, mut aside, mut beside_names, mut under_names) = (0, 0, false, false);
    for row in rows {
        let (mut names, mut own, mut edge) = (0, 0, 0);
        for (column, value, _) in sheet.row(*row) {
            match value {
                Value::Empty => {}
                Value::Number(_) if column >= first => edge += 1,
                _ if column >= first => return None,
                Value::Text(_) => names += 1,
                _ => own += 1,
            }
        }
        beside_names |= edge > 0 && own == 0 && names >= 3;
        under_names |= beside_names && own >= 3;
        figures += own;
        aside += edge;
    }
    (under_names && aside >= 2 && figures >= MORE * aside).then_some(edge)
}

/// Rows at the top of a sheet in which export keys are looked for.
const KEY_ROWS: usize = 8;

/// Whether a row holds two export keys or more.
fn holds_keys(sheet: &Sheet, row: u32) -> bool {
    sheet
        .row(row)
        .filter(|(column, _, _)| is_key(sheet, CellRef::new(row, *column)))
        .nth(1)
        .is_some()
}

/// Whether a column holds export keys, and beside them nothing but zeros.
fn is_marks(sheet: &Sheet, rows: &[u32], column: u32) -> bool {
    let mut keys = 0;
    for row in rows.iter().take(MOST_HIDDEN) {
        let cell = CellRef::new(*row, column);
        let zero = match sheet.value(cell) {
            Value::Empty => true,
            Value::Number(number) => number.is_zero(),
            Value::Text(_) => matches!(sheet.text(cell).map(str::trim), Some("" | "0")),
            _ => false,
        };
        if !zero && !is_key(sheet, cell) {
            return false;
        }
        keys += u32::from(!zero);
    }
    keys > 0
}

/// Whether a hidden column holds at least two different amounts, as a hidden part of a sum does.
fn holds_amounts(sheet: &Sheet, cells: &[CellRef]) -> bool {
    if only_rises(sheet, cells) {
        return false;
    }
    let mut first = None;
    for cell in cells {
        if let Value::Number(number) = sheet.value(*cell) {
            if number.is_zero() {
                continue;
            }
            match first {
                None => first = Some(number),
                Some(seen) if seen != number => {
                    return !cells.iter().any(|cell| is_key(sheet, *cell));
                }
                Some(_) => {}
            }
        }
    }
    false
}

/// Whether a column holds small whole numbers that rise from row to row: numbers of lines, some of which were taken out.
fn only_rises(sheet: &Sheet, cells: &[CellRef]) -> bool {
    let (mut last, mut count) = (Decimal::ZERO, 0_u32);
    for cell in cells {
        if let Value::Number(number) = sheet.value(*cell) {
            if number <= last || !number.is_integer() {
                return false;
            }
            (last, count) = (number, count + 1);
        }
    }
    count >= 5 && last < Decimal::from(10 * count)
}

/// Export keys of databases: VALID#, `AD_CODE#13`.
fn is_key(sheet: &Sheet, cell: CellRef) -> bool {
    sheet.text(cell).is_some_and(|text| {
        let key = words::key(text);
        key.contains('#') && key.is_ascii()
    })
}
