//! .xlsb: the binary records of BIFF12 inside a zip package ([MS-XLSB]).
//!
//! The package, its relationships and the formulas' tokens are those of the other formats; only the records are read
//! here. Parts are small enough to be inflated whole.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::biff::formula::{Dialect, Environment, decompile, error, quoted, shared_origin};
use super::biff::{UNREADABLE, characters, double, rk, twentieths, valued};
use super::bytes::{f64_at, u16_at, u32_at, utf_16};
use super::error::{
    Fault, Located, damaged, fault, refuse_contradiction, refuse_too_many_formats,
    refuse_too_many_sheets, too_large, truncated,
};
use super::package::{Package, Part};
use super::runs::{self, Mark};
use super::written::Room;
use super::xlsx::{Relation, relations};
use super::{Limits, number_format, sheets};
use crate::model::{
    CellRef, CellStyle, ColumnFormat, DefinedName, Format, Formula, HorizontalAlignment, Note,
    Range, ReadErrorCode, RowFormat, Sheet, SheetBuilder, SheetError, Texts, Value, Visibility,
    Workbook,
};
use crate::number::Decimal;

/// Reads the workbook whose main part is `main`.
pub(super) fn read(package: &Package, main: &Part, limits: &Limits) -> Result<Workbook, Fault> {
    let relations = relations(package, &main.name)?;
    let mut book = XlsbBook::default();
    book.read(&package.bytes(main)?)?;
    refuse_too_many_sheets(book.tabs.len(), limits)?;
    let part = |kind: &str| {
        relations
            .iter()
            .find(|relation| relation.kind.eq_ignore_ascii_case(kind))
            .and_then(|relation| package.part(&relation.target))
    };
    let mut workbook = Workbook::empty(Format::Xlsb);
    let mut fonts = Vec::new();
    if let Some(part) = part("/styles") {
        let bytes = package.bytes(part)?;
        workbook.styles = Arc::new(styles(&bytes));
        fonts = run_marks(&bytes);
    }
    let (strings, shortened) = match part("/sharedStrings") {
        Some(part) => shared_strings(&package.bytes(part)?, &fonts, limits)?,
        None => (Vec::new(), 0),
    };
    workbook.remarks.extend(runs::remark(shortened));
    workbook.date_1904 = book.date_1904;
    workbook.precision_as_displayed = book.precision_as_displayed;
    workbook.external_links = super::xlsx::external_links(package, &relations);
    let environment = book.environment();
    let context = Context {
        cells: AtomicU64::new(strings.iter().map(|text| limits.text_cost(text)).sum()),
        strings: Arc::new(strings),
        environment: &environment,
        limits,
        uncalculated: book.full_calculation,
    };
    let tabs: Vec<(&Tab, Option<&Relation>)> = book
        .tabs
        .iter()
        .map(|tab| (tab, relations.iter().find(|relation| relation.id == tab.relation)))
        .filter(|(_, relation)| {
            relation.is_none_or(|relation| {
                !matches!(
                    relation.kind.as_str(),
                    "/chartsheet" | "/dialogsheet" | "/xlMacrosheet" | "/xlIntlMacrosheet"
                )
            })
        })
        .collect();
    let (results, written) = sheets::read(
        &tabs,
        limits,
        &context.cells,
        || {},
        |found, room| {
            let (tab, relation) = found;
            let part = relation
                .and_then(|relation| package.part(&relation.target))
                .ok_or_else(|| damaged("工作表的部件不存在", "the sheet's part is missing"))
                .and_then(|part| Ok((part, package.bytes(part)?)));
            part.and_then(|(part, bytes)| {
                let mut sheet = XlsbSheetReader::read(&context, room, &bytes, &tab.name)?;
                sheet.visibility = tab.visibility;
                add_notes(package, part, &mut sheet, limits)?;
                Ok(sheet)
            })
            .map_err(|error| error.in_sheet(&tab.name))
        },
    );
    let mut positions = vec![None; book.tabs.len()];
    for ((number, (tab, _)), result) in tabs.into_iter().enumerate().zip(results) {
        match result {
            Ok(mut sheet) => {
                written.settle(number, &mut sheet);
                positions[tab.index] = Some(workbook.sheets.len() as u32);
                workbook.sheets.push(sheet);
            }
            Err(error) => {
                workbook.refused_sheets.push(SheetError { name: tab.name.clone(), error: *error });
            }
        }
    }
    workbook.remarks.extend(written.remark());
    let asked = book.full_calculation;
    workbook.remarks.extend(super::xlsx::remark_uncalculated(&workbook, asked));
    workbook.names = book.names(&environment, &positions);
    if workbook.sheets.is_empty() {
        return Err(match workbook.refused_sheets.into_iter().next() {
            Some(first) => Box::new(first.error),
            None => {
                fault(ReadErrorCode::Empty, "文件中没有工作表", "the workbook has no worksheets")
            }
        });
    }
    Ok(workbook)
}

/// The records of a part: type, payload.
struct Records<'s> {
    rest: &'s [u8],
}

impl<'s> Iterator for Records<'s> {
    type Item = (u16, &'s [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (first, mut rest) = self.rest.split_first()?;
        let mut kind = u16::from(first & 0x7F);
        if first & 0x80 != 0 {
            let (second, tail) = rest.split_first()?;
            kind |= u16::from(second & 0x7F) << 7;
            rest = tail;
        }
        let mut length = 0_usize;
        for shift in [0, 7, 14, 21] {
            let (byte, tail) = rest.split_first()?;
            length |= usize::from(byte & 0x7F) << shift;
            rest = tail;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let payload = rest.get(..length)?;
        self.rest = &rest[length..];
        Some((kind, payload))
    }
}

/// A text with a length of 32 bits, and what follows it.
fn wide(bytes: &[u8]) -> Option<(String, &[u8])> {
    let length = u32_at(bytes, 0)?;
    if length == u32::MAX {
        return Some((String::new(), &bytes[4..]));
    }
    let end = 4_usize.checked_add((length as usize).checked_mul(2)?)?;
    Some((utf_16(bytes.get(4..end)?), &bytes[end..]))
}

/// A formula's tokens and what belongs to them.
fn formula_parts(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let size = u32_at(bytes, 0)? as usize;
    let tokens = bytes.get(4..4_usize.checked_add(size)?)?;
    let rest = &bytes[4 + size..];
    let extra = u32_at(rest, 0).map_or(0, |size| size as usize);
    Some((tokens, rest.get(4..4_usize.checked_add(extra)?).unwrap_or_default()))
}

fn range(bytes: &[u8]) -> Option<Range> {
    let word = |at: usize| u32_at(bytes, at);
    let range = Range::new(CellRef::new(word(0)?, word(8)?), CellRef::new(word(4)?, word(12)?));
    (range.start.row <= range.end.row
        && range.start.column <= range.end.column
        && range.end.on_grid())
    .then_some(range)
}

struct Tab {
    index: usize,
    name: String,
    relation: String,
    visibility: Visibility,
}

struct RawName {
    name: String,
    sheet: u32,
    hidden: bool,
    tokens: Vec<u8>,
    extra: Vec<u8>,
}

#[derive(Default)]
struct XlsbBook {
    tabs: Vec<Tab>,
    /// Whether each supporting book is this one.
    own: Vec<bool>,
    externals: Vec<(u32, i32, i32)>,
    names: Vec<RawName>,
    date_1904: bool,
    precision_as_displayed: bool,
    full_calculation: bool,
}

impl XlsbBook {
    fn read(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        for (kind, payload) in (Records { rest: bytes }) {
            match kind {
                153 => self.date_1904 = u32_at(payload, 0).is_some_and(|flags| flags & 1 != 0),
                157 => {
                    if let Some(flags) = u16_at(payload, 24) {
                        self.full_calculation = flags & 1 != 0;
                        self.precision_as_displayed = flags & 8 == 0;
                    }
                }
                156 => {
                    let tab = self.tab(payload);
                    self.tabs.push(tab.ok_or_else(|| {
                        damaged("工作表目录损坏", "the list of sheets is damaged")
                    })?);
                }
                357 | 358 => self.own.push(true),
                355 | 667 => self.own.push(false),
                362 => {
                    for entry in payload.get(4..).unwrap_or_default().chunks_exact(12) {
                        let word = |at: usize| u32_at(entry, at).unwrap_or(u32::MAX);
                        self.externals.push((
                            word(0),
                            word(4).cast_signed(),
                            word(8).cast_signed(),
                        ));
                    }
                }
                39 => self.names.push(raw_name(payload).unwrap_or(RawName {
                    name: "#NAME?".to_owned(),
                    sheet: u32::MAX,
                    hidden: true,
                    tokens: Vec::new(),
                    extra: Vec::new(),
                })),
                _ => {}
            }
        }
        Ok(())
    }

    fn tab(&self, payload: &[u8]) -> Option<Tab> {
        let visibility = match u32_at(payload, 0)? {
            0 => Visibility::Visible,
            1 => Visibility::Hidden,
            _ => Visibility::VeryHidden,
        };
        let (relation, rest) = wide(payload.get(8..)?)?;
        let (name, _) = wide(rest)?;
        Some(Tab { index: self.tabs.len(), name, relation, visibility })
    }

    fn environment(&self) -> Environment {
        let own: Vec<String> = self.tabs.iter().map(|tab| tab.name.clone()).collect();
        let mut sheets = Vec::new();
        for (book, first, last) in &self.externals {
            let is_own = self.own.get(*book as usize).copied().unwrap_or(false);
            let name = |index: i32| own.get(usize::try_from(index).ok()?);
            sheets.push(match (is_own, name(*first), name(*last)) {
                (true, Some(a), Some(_)) if first == last => Some(quoted(a)),
                (true, Some(a), Some(b)) => {
                    let (plain_a, plain_b) = (quoted(a), quoted(b));
                    Some(if plain_a == *a && plain_b == *b {
                        format!("{a}:{b}")
                    } else {
                        format!("'{}:{}'", a.replace('\'', "''"), b.replace('\'', "''"))
                    })
                }
                _ => None,
            });
        }
        Environment {
            sheets,
            own,
            names: self.names.iter().map(|name| name.name.clone()).collect(),
            external: HashMap::new(),
        }
    }

    fn names(&self, environment: &Environment, positions: &[Option<u32>]) -> Vec<DefinedName> {
        self.names
            .iter()
            .filter_map(|raw| {
                let base = CellRef::new(0, 0);
                let formula =
                    decompile(Dialect::Biff12, &raw.tokens, &raw.extra, base, environment)?;
                let sheet = if raw.sheet == u32::MAX {
                    None
                } else {
                    Some((*positions.get(raw.sheet as usize)?)?)
                };
                Some(DefinedName { name: raw.name.clone(), formula, sheet, hidden: raw.hidden })
            })
            .collect()
    }
}

fn raw_name(payload: &[u8]) -> Option<RawName> {
    let flags = u32_at(payload, 0)?;
    let sheet = u32_at(payload, 5)?;
    let (name, rest) = wide(payload.get(9..)?)?;
    let (tokens, extra) = formula_parts(rest)?;
    Some(RawName {
        name: if flags & 0x20 != 0 && !name.starts_with("_xlnm.") {
            format!("_xlnm.{name}")
        } else {
            name
        },
        sheet,
        hidden: flags & 1 != 0,
        tokens: tokens.to_vec(),
        extra: extra.to_vec(),
    })
}

/// The texts that cells share, and how many of them have parts that do not count.
fn shared_strings(
    bytes: &[u8],
    fonts: &[Mark],
    limits: &Limits,
) -> Result<(Vec<Box<str>>, u64), Fault> {
    let mut strings: Vec<Box<str>> = Vec::new();
    let (mut shortened, mut cost) = (0, 0);
    for (kind, payload) in (Records { rest: bytes }) {
        if kind != 19 {
            continue;
        }
        if strings.len() as u64 >= limits.strings {
            return Err(too_large(
                ("共享字符串数", "shared strings"),
                limits.strings,
                "--max-strings",
            ));
        }
        let text = payload.get(1..).and_then(wide);
        let (text, rest) =
            text.ok_or_else(|| damaged("共享字符串损坏", "a shared string is damaged"))?;
        let rich = payload[0] & 1 != 0;
        let count = u32_at(rest, 0).filter(|_| rich).map_or(0, |count| count as usize);
        let runs: Vec<(u16, u16)> = rest
            .get(4..)
            .unwrap_or_default()
            .chunks_exact(4)
            .take(count)
            .filter_map(|run| Some((u16_at(run, 0)?, u16_at(run, 2)?)))
            .collect();
        let font = |index: u16| fonts.get(usize::from(index)).copied().unwrap_or_default();
        let (text, less) = valued(text, &runs, font);
        shortened += u64::from(less);
        cost += limits.text_cost(&text);
        limits.allow_cells(cost)?;
        strings.push(text.into_boxed_str());
    }
    Ok((strings, shortened))
}

/// How runs in each font are written.
fn run_marks(bytes: &[u8]) -> Vec<Mark> {
    (Records { rest: bytes })
        .filter(|(kind, _)| *kind == 43)
        .map(|(_, payload)| match (u16_at(payload, 2), u16_at(payload, 6)) {
            (Some(flags), _) if flags & 0x08 != 0 => Mark::Struck,
            (_, Some(1 | 2)) => Mark::Raised,
            _ => Mark::Plain,
        })
        .collect()
}

/// The cell styles: formats, fonts, fills and borders stand in lists of their own before them.
fn styles(bytes: &[u8]) -> Vec<CellStyle> {
    let mut formats: HashMap<u16, String> = HashMap::new();
    let (mut bold, mut fills, mut borders) = (Vec::new(), Vec::new(), Vec::new());
    let mut styles = Vec::new();
    let mut in_cells = false;
    for (kind, payload) in (Records { rest: bytes }) {
        match kind {
            44 => {
                if let (Some(id), Some((code, _))) =
                    (u16_at(payload, 0), payload.get(2..).and_then(wide))
                {
                    formats.insert(id, code);
                }
            }
            43 => bold.push(u16_at(payload, 4).is_some_and(|weight| weight >= 600)),
            45 => fills.push(fill(payload)),
            46 => {
                let side = |index: usize| payload.get(1 + index * 10).is_some_and(|dg| *dg != 0);
                // Stored as top, bottom, left, right.
                borders.push([side(2), side(3), side(0), side(1)]);
            }
            617 => in_cells = true,
            618 => in_cells = false,
            47 if in_cells => {
                let word = |at: usize| usize::from(u16_at(payload, at).unwrap_or(0));
                let id = word(2) as u16;
                let code = formats
                    .get(&id)
                    .map(String::as_str)
                    .or(number_format::builtin(u32::from(id)))
                    .unwrap_or("");
                let alignment = payload.get(12).copied().unwrap_or(0);
                styles.push(CellStyle {
                    number_format: number_format::parse(code),
                    invisible: number_format::invisible(code),
                    bold: bold.get(word(4)).copied().unwrap_or(false),
                    fill: fills.get(word(6)).copied().flatten(),
                    borders: borders.get(word(8)).copied().unwrap_or_default(),
                    indent: u32::from(payload.get(11).copied().unwrap_or(0)),
                    wrap: alignment & 0x40 != 0,
                    horizontal: horizontal(alignment & 7),
                });
            }
            _ => {}
        }
    }
    if styles.is_empty() {
        styles.push(CellStyle::default());
    }
    styles
}

fn fill(payload: &[u8]) -> Option<u32> {
    let colour = payload.get(4..12)?;
    let solid = u32_at(payload, 0)? == 1;
    (solid && colour[0] >> 1 == 2)
        .then(|| u32::from(colour[4]) << 16 | u32::from(colour[5]) << 8 | u32::from(colour[6]))
}

fn horizontal(code: u8) -> HorizontalAlignment {
    match code {
        1 => HorizontalAlignment::Left,
        2 => HorizontalAlignment::Center,
        3 => HorizontalAlignment::Right,
        4 => HorizontalAlignment::Fill,
        5 => HorizontalAlignment::Justify,
        6 => HorizontalAlignment::CenterAcross,
        7 => HorizontalAlignment::Distributed,
        _ => HorizontalAlignment::General,
    }
}

fn add_notes(
    package: &Package,
    part: &Part,
    sheet: &mut Sheet,
    limits: &Limits,
) -> Result<(), Fault> {
    for relation in relations(package, &part.name)? {
        if relation.kind != "/comments" {
            continue;
        }
        let Some(part) = package.part(&relation.target) else { continue };
        let bytes = package.bytes(part)?;
        let mut authors = Vec::new();
        let mut place = None;
        for (kind, payload) in (Records { rest: &bytes }) {
            match kind {
                632 => authors.push(wide(payload).map(|(name, _)| name).unwrap_or_default()),
                635 => {
                    let author = u32_at(payload, 0).unwrap_or(0) as usize;
                    place = payload.get(4..).and_then(range).map(|range| (range.start, author));
                }
                637 => {
                    let text = payload.get(1..).and_then(wide).map(|(text, _)| text);
                    if let (Some((cell, author)), Some(text)) = (place.take(), text) {
                        if sheet.notes.len() as u64 >= limits.notes {
                            return Err(too_large(
                                ("一张工作表的批注数", "notes of one sheet"),
                                limits.notes,
                                "--max-notes",
                            ));
                        }
                        let author = authors.get(author).cloned().unwrap_or_default();
                        let threaded = author.starts_with("tc=");
                        sheet.notes.insert(cell, Note { author, text, threaded });
                    }
                }
                _ => {}
            }
        }
    }
    Ok(())
}

struct Context<'c> {
    strings: Arc<Vec<Box<str>>>,
    environment: &'c Environment,
    limits: &'c Limits,
    cells: AtomicU64,
    uncalculated: bool,
}

struct Master<'s> {
    range: Range,
    tokens: &'s [u8],
    extra: &'s [u8],
    array: bool,
}

struct XlsbSheetReader<'c, 's> {
    context: &'c Context<'c>,
    room: Room<'c>,
    builder: SheetBuilder,
    row: u32,
    masters: HashMap<(u32, u32), Master<'s>>,
    waiting: Vec<(CellRef, (u32, u32), bool)>,
    counted: usize,
    /// What the texts since then cost, counted in cells.
    text_cost: u64,
    column_entries: usize,
}

impl<'c, 's> XlsbSheetReader<'c, 's> {
    fn read(
        context: &'c Context<'c>,
        room: Room<'c>,
        bytes: &'s [u8],
        name: &str,
    ) -> Result<Sheet, Fault> {
        let mut reader = Self {
            context,
            room,
            builder: SheetBuilder::new(name, Texts::over(context.strings.clone())),
            row: 0,
            masters: HashMap::new(),
            waiting: Vec::new(),
            counted: 0,
            text_cost: 0,
            column_entries: 0,
        };
        let (mut inside, mut ended) = (false, false);
        for (kind, payload) in (Records { rest: bytes }) {
            match kind {
                145 => inside = true,
                146 => (inside, ended) = (false, true),
                // Future records behind the data have numbers of cells.
                0..=11 | 62 if !inside => {}
                _ => reader.record(kind, payload)?,
            }
        }
        if !ended {
            return Err(truncated("工作表记录在中途结束", "the sheet's records end in the middle"));
        }
        reader.count()?;
        reader.finish()
    }

    fn count(&mut self) -> Result<(), Fault> {
        let limits = self.context.limits;
        let mut fresh = (self.builder.len() - self.counted) as u64;
        if fresh > 0 {
            fresh += limits.row_cost() + std::mem::take(&mut self.text_cost);
        }
        self.counted = self.builder.len();
        limits.allow_cells(self.context.cells.fetch_add(fresh, Ordering::Relaxed) + fresh)
    }

    fn record(&mut self, kind: u16, payload: &'s [u8]) -> Result<(), Fault> {
        let short = || damaged("单元格记录太短", "a cell's record is too short");
        match kind {
            0 => self.row(payload).ok_or_else(short)??,
            1..=11 | 62 => self.cell(kind, payload).ok_or_else(short)??,
            60 => self.column(payload)?,
            176 => self.builder.sheet.merges.extend(range(payload)),
            161 => self.builder.sheet.filter = range(payload),
            535 => self.builder.sheet.protected = u32_at(payload, 2) == Some(1),
            426 | 427 => {
                let skip = if kind == 426 { 17 } else { 16 };
                if let (Some(range), Some((tokens, extra))) =
                    (range(payload), payload.get(skip..).and_then(formula_parts))
                {
                    let key = self
                        .waiting
                        .last()
                        .map_or((range.start.row, range.start.column), |(_, origin, _)| *origin);
                    self.masters.insert(key, Master { range, tokens, extra, array: kind == 426 });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn row(&mut self, payload: &[u8]) -> Option<Result<(), Fault>> {
        self.row = u32_at(payload, 0)?;
        if self.row > 1_048_575 {
            return Some(Err(damaged("行号超出表格范围", "a row is not on the grid")));
        }
        let height = u16_at(payload, 8)?;
        let flags = *payload.get(11)?;
        let format = RowFormat {
            hidden: flags & 0x10 != 0,
            outline: flags & 7,
            height: (flags & 0x20 != 0).then(|| twentieths(height)),
        };
        if format != RowFormat::default() {
            self.builder.sheet.rows.insert(self.row, format);
        }
        Some(self.count())
    }

    fn column(&mut self, payload: &[u8]) -> Result<(), Fault> {
        let word = |at: usize| u32_at(payload, at);
        let (Some(first), Some(last), Some(width), Some(flags)) =
            (word(0), word(4), word(8), u16_at(payload, 16))
        else {
            return Ok(());
        };
        self.column_entries += (last.min(16_383) + 1).saturating_sub(first) as usize;
        refuse_too_many_formats(self.column_entries)?;
        let format = ColumnFormat {
            hidden: flags & 1 != 0,
            outline: (flags >> 8 & 7) as u8,
            width: u16::try_from(width).ok().map(characters),
        };
        for column in first..=last.min(16_383) {
            self.builder.sheet.columns.insert(column, format);
        }
        Ok(())
    }

    fn cell(&mut self, kind: u16, payload: &'s [u8]) -> Option<Result<(), Fault>> {
        let cell = CellRef::new(self.row, u32_at(payload, 0)?);
        if !cell.on_grid() {
            return Some(Err(damaged("单元格不在表格范围内", "the cell is not on the grid")));
        }
        let style = u16::try_from(u32_at(payload, 4)? & 0x00FF_FFFF).unwrap_or(0);
        let data = payload.get(8..)?;
        let (limits, builder, cost) = (self.context.limits, &mut self.builder, &mut self.text_cost);
        let mut text = |builder: &mut SheetBuilder, text: String| {
            *cost += limits.text_cost(&text);
            Value::Text(builder.sheet.texts.add(text))
        };
        let mut rest: &[u8] = &[];
        let mut value = match kind {
            1 => Value::Empty,
            2 => rk(u32_at(data, 0)?, cell, builder),
            3 => Value::Error(error(*data.first()?)),
            4 => Value::Bool(*data.first()? != 0),
            5 => double(f64_at(data, 0)?, cell, builder),
            6 => text(builder, wide(data)?.0),
            7 => {
                let index = u32_at(data, 0)? as usize;
                match builder.sheet.texts.shared(index) {
                    Some(id) => Value::Text(id),
                    None => {
                        return Some(Err(damaged(
                            format!("引用了不存在的第 {index} 个共享字符串"),
                            format!("it refers to shared string {index}, which does not exist"),
                        )
                        .at_cell(cell)));
                    }
                }
            }
            62 => text(builder, wide(data.get(1..)?)?.0),
            8 => {
                let (own, tail) = wide(data)?;
                rest = tail;
                text(builder, own)
            }
            9 => {
                rest = data.get(8..)?;
                double(f64_at(data, 0)?, cell, builder)
            }
            10 => {
                rest = data.get(1..)?;
                Value::Bool(*data.first()? != 0)
            }
            _ => {
                rest = data.get(1..)?;
                Value::Error(error(*data.first()?))
            }
        };
        if (8..=11).contains(&kind) {
            let (tokens, extra) = formula_parts(rest.get(2..)?)?;
            if self.context.uncalculated && value == Value::Number(Decimal::ZERO) {
                value = Value::Empty;
            }
            let cached = value != Value::Empty;
            match shared_origin(Dialect::Biff12, tokens) {
                Some((row, _)) => {
                    let origin = (row, u32_at(extra, 0).unwrap_or(cell.column));
                    self.waiting.push((cell, origin, cached));
                }
                None => {
                    self.keep(cell, tokens, extra, cached, false);
                }
            }
        }
        self.builder.push(cell, value, style);
        Some(limits.allow_cells(self.text_cost))
    }

    fn keep(&mut self, cell: CellRef, tokens: &[u8], extra: &[u8], cached: bool, array: bool) {
        if self.room.is_full() {
            return;
        }
        let text = decompile(Dialect::Biff12, tokens, extra, cell, self.context.environment);
        if let Some(text) = self.room.keep(text) {
            self.builder.sheet.formulas.push((cell, Formula { text, cached, array }));
        }
    }

    fn finish(mut self) -> Result<Sheet, Fault> {
        for (cell, origin, cached) in std::mem::take(&mut self.waiting) {
            if let Some(master) =
                self.masters.get(&origin).filter(|master| master.range.contains(cell))
            {
                let (tokens, extra, array) = (master.tokens, master.extra, master.array);
                self.keep(cell, tokens, extra, cached, array);
            } else {
                let formula = Formula { text: UNREADABLE.into(), cached, array: false };
                self.builder.sheet.formulas.push((cell, formula));
            }
        }
        refuse_contradiction(&self.builder)?;
        let mut sheet = self.builder.finish();
        let last = sheet.used().map_or(0, |used| used.end.column);
        sheet.columns.split_off(&(last + 2));
        Ok(sheet)
    }
}
