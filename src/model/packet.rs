//! All the files of one call, with what was recognized in them.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::arena::{Arena, Packed};
use super::figure::{Figure, State};
use super::formula::{Computed, FormulaBook};
use super::names::Names;
use super::place::{CellRef, Place};
use super::table::{Field, FieldRole, Line, LineRole, Table};
use super::trust::Trust;
use super::workbook::{Format, ReadError, Sheet, Workbook};
use super::{CellStyle, QuickSet, Value, words};
use crate::number::{self, Decimal, Literal, Unit};

/// How reading a file went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Whole.
    Read,
    /// Some sheets refused.
    Partial,
    /// Not at all.
    Refused,
    /// Stopped by a limit.
    Killed,
}

/// A file as it was given.
#[derive(Clone, Debug)]
pub struct InputFile {
    /// As given on the command line; inside an archive `archive.zip!/path.xlsx`.
    pub path: String,
    /// Its format by content.
    pub format: Format,
    /// SHA-256 of its bytes, in hexadecimal; empty when there were none.
    pub sha256: String,
    /// How reading went.
    pub status: Status,
    /// Why it was refused.
    pub error: Option<ReadError>,
    /// What was read; `None` when refused, or when the same bytes were read before (see `same_as`).
    pub workbook: Option<Workbook>,
    /// The earlier file with the same bytes.
    pub same_as: Option<u32>,
}

/// All the files of one call.
#[derive(Clone, Debug, Default)]
pub struct Packet {
    /// As given, in order.
    pub files: Vec<InputFile>,
    /// Tables of all files, in order.
    pub tables: Vec<Table>,
    /// The formulas of each file, parsed, and what those without a stored value come to. Made by [`Packet::new`].
    pub formulas: Vec<FormulaBook>,
    /// The figures of each table, once the meaning of all is settled.
    pub(crate) arenas: Vec<Arena>,
    /// Its quantities, once they were asked for and the meaning of all is settled.
    pub(crate) quantities: OnceLock<Arc<Vec<Vec<super::Quantity>>>>,
    /// Cells whose formulas were found to give what is stored beside them, once they were asked.
    pub(crate) fresh: OnceLock<QuickSet<Place>>,
    /// Which cells a person believes before others.
    pub trust: Trust,
    /// Drafted reports that speak of its figures.
    pub narratives: Vec<super::Narrative>,
    /// How names in it are compared.
    pub names: Arc<Names>,
}

impl Packet {
    /// Says that nothing of the tables and of what the cells hold will change any more: from now on figures are looked up
    /// once.
    pub fn settle(&mut self) {
        self.arenas = self.tables.iter().map(Arena::new).collect();
        self.quantities = OnceLock::new();
        self.fresh = OnceLock::new();
    }

    /// What a formula without a stored value comes to, where it could be computed.
    pub fn computed(&self, place: Place) -> Option<&Computed> {
        self.formulas.get(place.file as usize)?.computed(place.sheet, place.cell)
    }

    /// The sheet of a place.
    pub fn sheet(&self, file: u32, sheet: u32) -> Option<&Sheet> {
        self.workbook(file)?.sheets.get(sheet as usize)
    }

    /// The workbook of a file.
    pub fn workbook(&self, file: u32) -> Option<&Workbook> {
        self.files.get(file as usize)?.workbook.as_ref()
    }

    /// The sheet of a table.
    pub fn table_sheet(&self, table: &Table) -> Option<&Sheet> {
        self.sheet(table.file, table.sheet)
    }

    /// Whether a cell of a table is written with a %.
    pub fn is_percent(&self, table: &Table, cell: CellRef) -> bool {
        let Some(sheet) = self.table_sheet(table) else { return false };
        match sheet.cell(cell) {
            Some((Value::Number(_), style)) => self
                .workbook(table.file)
                .is_some_and(|workbook| workbook.style(style).number_format.percent),
            Some((Value::Text(id), _)) => sheet
                .marks
                .parse(sheet.texts.get(id))
                .is_some_and(|literal| literal.unit == Some(Unit::Percent)),
            _ => false,
        }
    }

    /// The table that a place belongs to: the one known, else the first around it.
    pub fn table_of(&self, place: Place, known: Option<u32>) -> Option<&Table> {
        match known {
            Some(id) => self.tables.get(id as usize),
            None => self.tables.iter().find(|table| {
                (table.file, table.sheet) == (place.file, place.sheet)
                    && table.range.contains(place.cell)
            }),
        }
    }

    /// The file and sheet of table `id`.
    pub fn place_of(&self, table: u32) -> (u32, u32) {
        let table = &self.tables[table as usize];
        (table.file, table.sheet)
    }

    /// The sheet's name as reports give it: a .csv has none.
    pub fn sheet_name(&self, place: Place) -> Option<&str> {
        let workbook = self.workbook(place.file)?;
        (workbook.format != Format::Csv)
            .then(|| workbook.sheets.get(place.sheet as usize).map(|s| s.name.as_str()))?
    }

    /// The month or the like that the sheet of a table is named after.
    pub fn period(&self, table: &Table) -> Option<words::Period> {
        let cell = table.range.start;
        self.sheet_name(Place { file: table.file, sheet: table.sheet, cell }).map(words::period)
    }

    /// A cell seen as a figure, with the printed digits that its own format, or its column, gives.
    pub fn figure(&self, place: Place, table: Option<u32>) -> Figure {
        if let Some(id) = table
            && let Some(arena) = self.arenas.get(id as usize)
            && let Some(index) = arena.index(&self.tables[id as usize], place)
            && let Some(figure) = arena.at(self, &self.tables[id as usize], index).figure()
        {
            return figure;
        }
        self.look_up(place, table)
    }

    /// A figure of a table that is settled.
    pub(crate) fn packed(&self, place: Place, table: u32) -> Option<Packed> {
        let arena = self.arenas.get(table as usize)?;
        let about = &self.tables[table as usize];
        let index = arena.index(about, place)?;
        Some(arena.at(self, about, index))
    }

    /// The figures of a table; those of one that is not settled are taken out anew.
    pub(crate) fn arena(&self, table: &Table) -> Cow<'_, Arena> {
        match self.arenas.get(table.id as usize) {
            Some(arena) => Cow::Borrowed(arena),
            None => Cow::Owned(Arena::new(table)),
        }
    }

    /// Whether some line of a table has a unit of its own.
    pub(crate) fn units_by_line(&self, table: u32) -> bool {
        self.arenas.get(table as usize).is_none_or(|arena| arena.units_by_line)
    }

    /// A cell of a table seen as a figure, looked up in its sheet.
    pub(crate) fn look_up_in(&self, table: &Table, cell: CellRef) -> Figure {
        self.look_up(Place { file: table.file, sheet: table.sheet, cell }, Some(table.id))
    }

    /// A cell seen as a figure, looked up in its sheet.
    pub(crate) fn look_up(&self, place: Place, table: Option<u32>) -> Figure {
        let Some(workbook) = self.workbook(place.file) else { return BLANK };
        let Some(sheet) = workbook.sheets.get(place.sheet as usize) else { return BLANK };
        let table = table.map(|id| &self.tables[id as usize]);
        figure(workbook, sheet, place.cell, table, self.computed(place))
    }

    /// The unit of a cell: the column's, the line's or the table's.
    pub fn unit(&self, place: Place, table: Option<u32>) -> Option<&Unit> {
        let table = &self.tables[table? as usize];
        table.unit_at(place.cell)
    }

    /// 合计 / 原值: the line's label and the field's.
    pub fn label(&self, place: Place, table: Option<u32>) -> String {
        let (line, field) = self.labels(place, table);
        joined(line, field)
    }

    /// The same where people are shown it: long names are cut.
    pub fn shown_label(&self, place: Place, table: Option<u32>) -> String {
        let (line, field) = self.labels(place, table);
        joined(&words::shown(line), &words::shown(field))
    }

    /// The labels of the line and of the field.
    pub(crate) fn labels(&self, place: Place, table: Option<u32>) -> (&str, &str) {
        let Some(table) = table.map(|id| &self.tables[id as usize]) else { return ("", "") };
        let line = table.line_at(place.cell.row).map(|line| line.label.as_str());
        let field = table.field_at(place.cell.column).map(|field| field.label.as_str());
        (line.unwrap_or_default(), field.unwrap_or_default())
    }
}

impl Table {
    /// The unit of a cell of this table.
    pub fn unit_at(&self, cell: CellRef) -> Option<&Unit> {
        static PERCENT: Unit = Unit::Percent;
        let field: Option<&Field> = self.field_at(cell.column);
        if field.is_some_and(|field| field.role == FieldRole::Percent) {
            return Some(&PERCENT);
        }
        field
            .and_then(|field| field.unit.as_ref())
            .or_else(|| self.line_at(cell.row).and_then(|line| line.unit.as_ref()))
            .or(match field.map(|field| field.role) {
                Some(FieldRole::Quantity) => None,
                _ => self.unit.as_ref(),
            })
    }
}

/// 合计 / 原值
fn joined(line: &str, field: &str) -> String {
    match (line.is_empty(), field.is_empty()) {
        (false, false) => format!("{line} / {field}"),
        (false, true) => line.to_owned(),
        _ => field.to_owned(),
    }
}

/// Decimals beyond which an amount was reckoned and is no amount of money that anybody typed.
const RECKONED: u32 = 6;

/// Decimals of money as people type it.
const MONEY: u32 = 2;

const BLANK: Figure =
    Figure { state: State::Blank, decimals: 0, from_text: false, exact: false, fives: false };

fn figure(
    workbook: &Workbook,
    sheet: &Sheet,
    cell: CellRef,
    table: Option<&Table>,
    computed: Option<&Computed>,
) -> Figure {
    let (mut value, style) = sheet.cell(cell).unwrap_or((Value::Empty, 0));
    let style: &CellStyle = workbook.style(style);
    let field = table.and_then(|table| table.field_at(cell.column));
    let mut figure = BLANK;
    let mut is_percent = style.number_format.percent;
    match computed {
        Some(Computed::Number(number)) => value = Value::Number(*number),
        Some(Computed::Bool(truth)) => value = Value::Bool(*truth),
        Some(Computed::Error(error)) => value = Value::Error(*error),
        Some(Computed::Text(text)) => {
            figure.state = match number::placeholder(text) {
                _ if text.trim().is_empty() => State::Blank,
                Some(placeholder) => State::Placeholder(placeholder),
                None => State::Unreadable,
            };
            return figure;
        }
        Some(Computed::Blank) | None => {}
    }
    match value {
        Value::Empty => {
            if sheet.formula(cell).is_some_and(|formula| !formula.cached) {
                figure.state = State::NotCalculated;
            }
        }
        Value::Bool(_) => figure.state = State::Unreadable,
        Value::Error(_) => figure.state = State::Error,
        // A date among amounts is shown as one, and no sum that a person makes of what is shown holds its serial number.
        Value::Number(value)
            if style.number_format.date
                && !value.is_zero()
                && field.is_some_and(|field| field.role == FieldRole::Amount) =>
        {
            figure.state = State::Unreadable;
        }
        Value::Number(value) => {
            figure.state = State::Number(value);
            let format = &style.number_format;
            figure.decimals = match (format.decimals, sheet.printed.get(&cell)) {
                (Some(decimals), _) => {
                    decimals as i32 + if format.percent { 2 } else { 0 } - format.scale as i32
                }
                (None, _) => field.map_or(value.scale(), |field| kept(field, value.scale())) as i32,
            };
        }
        Value::Text(id) => {
            let text = sheet.texts.get(id);
            if text.trim().is_empty() {
                return figure;
            }
            if let Some(placeholder) = number::placeholder(text) {
                figure.state = State::Placeholder(placeholder);
                return figure;
            }
            match sheet.marks.parse(text) {
                Some(literal) => {
                    figure.state = State::Number(literal.value);
                    figure.from_text = true;
                    is_percent |= literal.unit == Some(Unit::Percent);
                    let whole = literal.decimals == 0 && !literal.value.is_zero();
                    figure.decimals = match field {
                        // Text shows all the digits it has: 15961 among others with two decimals is a whole number.
                        Some(field) if literal.unit != Some(Unit::Percent) && !whole => {
                            kept(field, literal.decimals) as i32
                        }
                        _ => literal.decimals as i32,
                    };
                    let unit = table.and_then(|table| table.unit_at(cell));
                    if let Some(unit) = unit
                        && let Some((value, shift)) = in_unit(&literal, unit)
                    {
                        figure.state = State::Number(value);
                        figure.decimals = literal.decimals as i32 - shift;
                    }
                }
                None => figure.state = State::Unreadable,
            }
        }
    }
    if field.is_some_and(|field| field.hundredths)
        && !is_percent
        && let State::Number(value) = &mut figure.state
    {
        *value /= crate::number::Decimal::ONE_HUNDRED;
        figure.decimals += 2;
    }
    if let (State::Number(value), Some(table)) = (figure.state, table) {
        let in_yuan = || table.unit_at(cell).is_some_and(|unit| *unit == Unit::Yuan);
        let line = || table.line_at(cell.row);
        figure.fives = is_of_fives(table, field, value);
        figure.exact = !figure.fives
            && (is_exact(field, value.scale(), figure.decimals, in_yuan, line)
                || is_unrounded(table, field, &figure));
    }
    figure
}

/// Whether a number prints what it holds: an amount in 元 with two decimals, a count, points. An amount with more digits than
/// any price of a fen or less is reckoned, and holds binary noise: what is printed counts.
#[inline]
pub(super) fn is_exact<'a>(
    field: Option<&Field>,
    scale: u32,
    decimals: i32,
    in_yuan: impl FnOnce() -> bool,
    line: impl FnOnce() -> Option<&'a Line>,
) -> bool {
    decimals >= 2 && scale <= RECKONED && in_yuan()
        || decimals == 0
            && field.is_some_and(|field| {
                field.is_counted() || field.is_of_points() && are_given(field, line())
            })
}

/// Whether a whole number of a table of such numbers is what the next five of something is.
#[inline]
pub(super) fn is_of_fives(table: &Table, field: Option<&Field>, value: Decimal) -> bool {
    table.fives
        && field.is_some_and(|field| field.role != FieldRole::Percent && !field.is_of_points())
        && value.is_integer()
}

/// Whether points of a line are given; what half points come to may be printed without the half.
fn are_given(field: &Field, line: Option<&Line>) -> bool {
    let is_total = |line: &Line| matches!(line.role, LineRole::Total | LineRole::Subtotal);
    field.decimals == 0 || !line.is_some_and(is_total)
}

/// Whether a figure of a table whose figures were not rounded prints what it holds.
fn is_unrounded(table: &Table, field: Option<&Field>, figure: &Figure) -> bool {
    table.unrounded
        && field.is_some_and(|field| field.role != FieldRole::Percent)
        && figure.number().is_some_and(|number| figure.shown(number) == number.normalize())
}

/// Decimals of a figure that no format gives any: its own, and up to two that its column shows. Excel drops the noughts at
/// the end of 5.50; that a figure among others of six decimals ended in four would be one chance in ten thousand.
pub(super) fn kept(field: &Field, own: u32) -> u32 {
    own.max(field.decimals.min(MONEY))
}

/// An amount with a unit of its own (0.2万 in a table of 元), in the table's unit, and by how many digits its point moves;
/// `None` where it is in that unit or says none.
fn in_unit(literal: &Literal, unit: &Unit) -> Option<(Decimal, i32)> {
    let (own, base) = (literal.unit.as_ref()?.yuan()?, unit.yuan()?);
    if own == base {
        return None;
    }
    let digits = |yuan: Decimal| yuan.trunc().mantissa().unsigned_abs().checked_ilog10();
    let shift = digits(own)? as i32 - digits(base)? as i32;
    Some(((literal.value * own).checked_div(base)?.normalize(), shift))
}
