//! .xls, .et and .xlt: our own reader of BIFF5 and BIFF8 streams.
//!
//! A library gives values and formulas of these files, but not the number formats that say how many digits a person
//! sees, nor hidden rows, indents and notes, and it allocates by the corners of the used range. The records are simple
//! enough to read once and have all of it, sparse. [MS-XLS] is the source of the layouts.

mod crypt;
pub(super) mod formula;
mod functions;
mod sheet;
mod text;

use std::sync::Arc;

pub(super) use text::valued;

pub(super) use sheet::{UNREADABLE, characters, double, rk, twentieths};

use formula::{Dialect, Environment, decompile, quoted};
use text::{Charset, Segments};

use super::bytes::{u16_at, u32_at, utf_16};
use super::compound::Compound;
use super::error::{Fault, Located, damaged, fault, refuse_too_many_sheets, too_large, truncated};
use super::runs::{self, Mark};

use super::{Limits, number_format, sheets};
use crate::model::{
    CellRef, CellStyle, DefinedName, Format, HorizontalAlignment, ReadErrorCode, SheetError, Text,
    Value, Visibility, Workbook,
};

/// Record types used here.
mod record {
    pub(super) const FORMULA: u16 = 0x0006;
    // Of Excel 3 and 4; some programs write their types and the layout of later ones.
    pub(super) const FORMULA_3: u16 = 0x0206;
    pub(super) const FORMULA_4: u16 = 0x0406;
    pub(super) const EOF: u16 = 0x000A;
    pub(super) const PRECISION: u16 = 0x000E;
    pub(super) const PROTECT: u16 = 0x0012;
    pub(super) const EXTERNSHEET: u16 = 0x0017;
    pub(super) const NAME: u16 = 0x0018;
    pub(super) const NOTE: u16 = 0x001C;
    pub(super) const DATEMODE: u16 = 0x0022;
    pub(super) const EXTERNNAME: u16 = 0x0023;
    pub(super) const FILEPASS: u16 = 0x002F;
    pub(super) const FONT: u16 = 0x0031;
    pub(super) const CONTINUE: u16 = 0x003C;
    pub(super) const CODEPAGE: u16 = 0x0042;
    pub(super) const OBJECT: u16 = 0x005D;
    pub(super) const COLINFO: u16 = 0x007D;
    pub(super) const BOUNDSHEET: u16 = 0x0085;
    pub(super) const PALETTE: u16 = 0x0092;
    pub(super) const AUTOFILTERINFO: u16 = 0x009D;
    pub(super) const MULRK: u16 = 0x00BD;
    pub(super) const MULBLANK: u16 = 0x00BE;
    pub(super) const RSTRING: u16 = 0x00D6;
    pub(super) const XF: u16 = 0x00E0;
    pub(super) const MERGECELLS: u16 = 0x00E5;
    pub(super) const SST: u16 = 0x00FC;
    pub(super) const LABELSST: u16 = 0x00FD;
    pub(super) const SUPBOOK: u16 = 0x01AE;
    pub(super) const TXO: u16 = 0x01B6;
    pub(super) const BLANK: u16 = 0x0201;
    pub(super) const NUMBER: u16 = 0x0203;
    pub(super) const LABEL: u16 = 0x0204;
    pub(super) const BOOLERR: u16 = 0x0205;
    pub(super) const STRING: u16 = 0x0207;
    pub(super) const ROW: u16 = 0x0208;
    pub(super) const ARRAY: u16 = 0x0221;
    pub(super) const TABLE: u16 = 0x0236;
    pub(super) const RK: u16 = 0x027E;
    pub(super) const FORMAT: u16 = 0x041E;
    pub(super) const SHRFMLA: u16 = 0x04BC;
    pub(super) const BOF: u16 = 0x0809;
}

/// Reads a compound file that holds a workbook.
pub(super) fn read(
    name: &str,
    file: &Compound,
    limits: &Limits,
    passwords: &[String],
) -> Result<Workbook, Fault> {
    let stream = match file.stream("Workbook").or_else(|| file.stream("LinkedBook")) {
        Some(stream) => stream?,
        None => {
            return Err(fault(
                ReadErrorCode::NotAWorkbook,
                "OLE 复合文件里没有工作簿",
                "the OLE compound file holds no workbook",
            ));
        }
    };
    read_stream(name, stream, limits, passwords)
}

/// Whether the names and texts of all sheets mean the same in every code page.
fn is_ascii(workbook: &Workbook) -> bool {
    workbook.sheets.iter().all(|sheet| {
        let mut cells = sheet.cells();
        sheet.name.is_ascii()
            && cells.all(|(_, value, _)| match value {
                Value::Text(id) => sheet.texts.get(id).is_ascii(),
                _ => true,
            })
    })
}

/// Reads a stream of records.
pub(super) fn read_stream(
    name: &str,
    mut stream: Vec<u8>,
    limits: &Limits,
    passwords: &[String],
) -> Result<Workbook, Fault> {
    let dialect = dialect(&stream)?;
    crypt::decrypt(&mut stream, dialect, passwords)?;
    let mut globals = Globals { dialect, ..Globals::default() };
    globals.read(&stream, limits)?;
    refuse_too_many_sheets(globals.tabs.len(), limits)?;
    let environment = globals.environment();
    let shared = Arc::new(std::mem::take(&mut globals.strings));
    let is_et =
        name.to_ascii_lowercase().ends_with(".et") || name.to_ascii_lowercase().ends_with(".ett");
    let mut workbook = Workbook::empty(if is_et { Format::Et } else { Format::Xls });
    workbook.styles = Arc::new(globals.styles());
    workbook.date_1904 = globals.date_1904;
    workbook.precision_as_displayed = globals.precision_as_displayed;
    workbook.external_links.clone_from(&globals.links);
    workbook.remarks.extend(runs::remark(globals.shortened));

    let context = sheet::Context {
        dialect,
        stream: &stream,
        charset: globals.charset,
        strings: shared,
        environment: &environment,
        limits,
        cells: std::sync::atomic::AtomicU64::new(0),
        uncalculated: std::sync::atomic::AtomicBool::new(false),
    };
    let tabs: Vec<&Tab> = globals.tabs.iter().filter(|tab| tab.kind == 0).collect();
    let (results, written) = sheets::read(
        &tabs,
        limits,
        &context.cells,
        || {},
        |tab, room| {
            sheet::read(&context, room, tab.start, &tab.name)
                .map_err(|error| error.in_sheet(&tab.name))
        },
    );
    let mut positions = vec![None; globals.tabs.len()];
    for ((number, tab), result) in tabs.into_iter().enumerate().zip(results) {
        match result {
            Ok(mut sheet) => {
                written.settle(number, &mut sheet);
                sheet.visibility = tab.visibility;
                positions[tab.index] = Some(workbook.sheets.len() as u32);
                workbook.sheets.push(sheet);
            }
            Err(error) => {
                workbook.refused_sheets.push(SheetError { name: tab.name.clone(), error: *error });
            }
        }
    }
    workbook.remarks.extend(written.remark());
    let uncalculated = context.uncalculated.into_inner();
    workbook.remarks.extend(super::xlsx::remark_uncalculated(&workbook, uncalculated));
    let guessed = dialect == Dialect::Biff5 && matches!(globals.charset, Charset::Unstated);
    if guessed && !is_ascii(&workbook) {
        workbook.remarks.push(Text::new(
            "文件没有说明代码页，文字按 GBK 读取",
            "the file states no code page: its texts are read as GBK",
        ));
    }
    globals.place_names(&mut workbook, &environment, &positions);
    if workbook.sheets.is_empty() {
        if let Some(first) = workbook.refused_sheets.into_iter().next() {
            return Err(Box::new(first.error));
        }
        let macros = globals.tabs.iter().any(|tab| tab.kind == 1 || tab.kind == 6);
        return Err(if macros {
            fault(ReadErrorCode::MacroOnly, "文件只含宏表", "the workbook has macro sheets only")
        } else {
            fault(ReadErrorCode::Empty, "文件中没有工作表", "the workbook has no worksheets")
        });
    }
    Ok(workbook)
}

/// The version that the first record states.
fn dialect(stream: &[u8]) -> Result<Dialect, Fault> {
    let (Some(first), Some(version)) = (u16_at(stream, 0), u16_at(stream, 4)) else {
        return Err(truncated("工作簿数据流是空的", "the workbook stream is empty"));
    };
    match (first, version) {
        (record::BOF, 0x0600) => Ok(Dialect::Biff8),
        (record::BOF, 0x0500) => Ok(Dialect::Biff5),
        (0x0009 | 0x0209 | 0x0409, _) => Err(legacy()),
        (record::BOF, _) => Ok(Dialect::Biff8),
        _ => Err(damaged("工作簿数据流没有开头记录", "the workbook stream has no first record")),
    }
}

/// The refusal of Excel 2 to 4.
pub(super) fn legacy() -> Fault {
    fault(
        ReadErrorCode::UnsupportedFormat,
        "Excel 4.0 及更早的格式（BIFF2–BIFF4）",
        "the format of Excel 4.0 or earlier (BIFF2 to BIFF4)",
    )
}

/// The records of a stream from some offset on: type, payload.
struct Records<'s> {
    stream: &'s [u8],
    at: usize,
}

impl<'s> Records<'s> {
    fn new(stream: &'s [u8], at: usize) -> Self {
        Self { stream, at }
    }

    /// The payloads of the CONTINUE records that follow.
    fn continued(&mut self) -> Vec<&'s [u8]> {
        let mut pieces = Vec::new();
        while u16_at(self.stream, self.at) == Some(record::CONTINUE) {
            match self.next() {
                Some((_, piece)) => pieces.push(piece),
                None => break,
            }
        }
        pieces
    }
}

impl<'s> Iterator for Records<'s> {
    type Item = (u16, &'s [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let kind = u16_at(self.stream, self.at)?;
        let length = usize::from(u16_at(self.stream, self.at + 2)?);
        let payload = self.stream.get(self.at + 4..self.at + 4 + length)?;
        self.at += 4 + length;
        Some((kind, payload))
    }
}

struct Tab {
    index: usize,
    name: String,
    start: usize,
    kind: u8,
    visibility: Visibility,
}

struct RawStyle {
    font: u16,
    format: u16,
    horizontal: u8,
    wrap: bool,
    indent: u8,
    borders: [bool; 4],
    pattern: u8,
    colour: u16,
}

struct RawName {
    name: String,
    sheet: u16,
    hidden: bool,
    tokens: Vec<u8>,
    extra: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Font {
    bold: bool,
    /// How runs in it are written.
    mark: Mark,
}

/// A book that formulas refer to.
enum LinkedBook {
    Own,
    /// Another workbook, by its sheets.
    Other(Vec<String>),
    AddIn,
}

/// What stands before the sheets.
struct Globals {
    dialect: Dialect,
    charset: Charset,
    tabs: Vec<Tab>,
    strings: Vec<Box<str>>,
    formats: std::collections::HashMap<u16, String>,
    fonts: Vec<Font>,
    /// Texts of which a part does not count.
    shortened: u64,
    raw_styles: Vec<RawStyle>,
    palette: Vec<u32>,
    names: Vec<RawName>,
    books: Vec<LinkedBook>,
    externals: Vec<(u16, u16, u16)>,
    external_names: Vec<(u16, String)>,
    links: Vec<String>,
    date_1904: bool,
    precision_as_displayed: bool,
}

impl Default for Globals {
    fn default() -> Self {
        Self {
            dialect: Dialect::Biff8,
            charset: Charset::default(),
            tabs: Vec::new(),
            strings: Vec::new(),
            formats: std::collections::HashMap::new(),
            fonts: Vec::new(),
            shortened: 0,
            raw_styles: Vec::new(),
            palette: Vec::new(),
            names: Vec::new(),
            books: Vec::new(),
            externals: Vec::new(),
            external_names: Vec::new(),
            links: Vec::new(),
            date_1904: false,
            precision_as_displayed: false,
        }
    }
}

impl Globals {
    fn read(&mut self, stream: &[u8], limits: &Limits) -> Result<(), Fault> {
        if self.dialect == Dialect::Biff5 {
            // The code page stands behind records that need it in some files.
            let page = Records::new(stream, 0)
                .take_while(|(kind, _)| *kind != record::EOF)
                .find(|(kind, _)| *kind == record::CODEPAGE)
                .and_then(|(_, payload)| u16_at(payload, 0));
            self.charset = Charset::of_page(page);
        }
        let mut records = Records::new(stream, 0);
        let mut ended = false;
        while let Some((kind, payload)) = records.next() {
            match kind {
                record::EOF => {
                    ended = true;
                    break;
                }
                record::SST => {
                    let mut pieces = vec![payload];
                    pieces.extend(records.continued());
                    self.shared_strings(&pieces, limits)?;
                }
                record::NAME => {
                    let mut whole = payload.to_vec();
                    for piece in records.continued() {
                        whole.extend_from_slice(piece);
                    }
                    self.name(&whole);
                }
                record::EXTERNSHEET => {
                    let mut whole = payload.to_vec();
                    for piece in records.continued() {
                        whole.extend_from_slice(piece);
                    }
                    self.extern_sheet(&whole);
                }
                _ => self.record(kind, payload)?,
            }
        }
        if !ended && self.tabs.is_empty() {
            return Err(truncated(
                "工作簿数据流在中途结束",
                "the workbook stream ends in the middle",
            ));
        }
        Ok(())
    }

    fn record(&mut self, kind: u16, payload: &[u8]) -> Result<(), Fault> {
        match kind {
            record::DATEMODE => self.date_1904 = u16_at(payload, 0) == Some(1),
            record::PRECISION => self.precision_as_displayed = u16_at(payload, 0) == Some(0),
            record::FORMAT => self.format(payload)?,
            record::FONT => {
                self.fonts.push(Font {
                    bold: u16_at(payload, 6).is_some_and(|weight| weight >= 600),
                    mark: match (u16_at(payload, 2), u16_at(payload, 8)) {
                        (Some(flags), _) if flags & 0x08 != 0 => Mark::Struck,
                        (_, Some(1 | 2)) => Mark::Raised,
                        _ => Mark::Plain,
                    },
                });
            }
            record::XF => self.raw_styles.extend(raw_style(self.dialect, payload)),
            record::PALETTE => {
                self.palette = payload
                    .get(2..)
                    .unwrap_or_default()
                    .chunks_exact(4)
                    .map(|c| u32::from(c[0]) << 16 | u32::from(c[1]) << 8 | u32::from(c[2]))
                    .collect();
            }
            record::BOUNDSHEET => self.tab(payload)?,
            record::SUPBOOK => self.book(payload),
            record::EXTERNNAME => self.external_name(payload),
            _ => {}
        }
        Ok(())
    }

    fn format(&mut self, payload: &[u8]) -> Result<(), Fault> {
        let Some(id) = u16_at(payload, 0) else { return Ok(()) };
        let code = match self.dialect {
            Dialect::Biff5 => {
                let length = usize::from(payload.get(2).copied().unwrap_or(0));
                let raw = payload.get(3..).unwrap_or_default();
                self.charset.decode(&raw[..raw.len().min(length)])?
            }
            _ => text::unicode(payload.get(2..).unwrap_or_default()).unwrap_or_default(),
        };
        self.formats.insert(id, code);
        Ok(())
    }

    fn tab(&mut self, payload: &[u8]) -> Result<(), Fault> {
        let (Some(start), Some([state, kind])) = (u32_at(payload, 0), payload.get(4..6)) else {
            return Err(damaged("工作表目录损坏", "the list of sheets is damaged"));
        };
        let rest = &payload[6..];
        let name = match self.dialect {
            Dialect::Biff5 => {
                let length = usize::from(rest.first().copied().unwrap_or(0));
                let raw = rest.get(1..).unwrap_or_default();
                self.charset.decode(&raw[..raw.len().min(length)])?
            }
            _ => text::short_unicode(rest).unwrap_or_default(),
        };
        let visibility = match state & 3 {
            0 => Visibility::Visible,
            1 => Visibility::Hidden,
            _ => Visibility::VeryHidden,
        };
        let index = self.tabs.len();
        self.tabs.push(Tab { index, name, start: start as usize, kind: kind & 0x0F, visibility });
        Ok(())
    }

    fn shared_strings(&mut self, pieces: &[&[u8]], limits: &Limits) -> Result<(), Fault> {
        let count = u32_at(pieces[0], 4).unwrap_or(0);
        if u64::from(count) > limits.strings {
            return Err(too_large(
                ("共享字符串数", "shared strings"),
                limits.strings,
                "--max-strings",
            ));
        }
        let mut segments = Segments::new(pieces, 8);
        for _ in 0..count {
            match segments.rich() {
                Some((text, runs)) => {
                    let (text, less) = text::valued(text, &runs, |font| self.mark(font));
                    self.shortened += u64::from(less);
                    self.strings.push(text.into_boxed_str());
                }
                // Cells that refer to a string that is not there are refused where they stand.
                None => break,
            }
        }
        Ok(())
    }

    fn name(&mut self, payload: &[u8]) {
        let Some(parsed) = self.parse_name(payload) else {
            // Formulas count names, so that one that cannot be read keeps its place.
            self.names.push(RawName {
                name: "#NAME?".to_owned(),
                sheet: 0,
                hidden: true,
                tokens: Vec::new(),
                extra: Vec::new(),
            });
            return;
        };
        self.names.push(parsed);
    }

    fn parse_name(&self, payload: &[u8]) -> Option<RawName> {
        let flags = u16_at(payload, 0)?;
        let length = usize::from(*payload.get(3)?);
        let size = usize::from(u16_at(payload, 4)?);
        let sheet = u16_at(payload, 8)?;
        let (raw, after) = if self.dialect == Dialect::Biff5 {
            let raw = payload.get(14..14 + length)?;
            (self.charset.decode(raw).ok()?, 14 + length)
        } else {
            let wide = payload.get(14)? & 1 != 0;
            let bytes = if wide { length * 2 } else { length };
            let raw = payload.get(15..15 + bytes)?;
            let text =
                if wide { utf_16(raw) } else { raw.iter().map(|b| char::from(*b)).collect() };
            (text, 15 + bytes)
        };
        let name = if flags & 0x20 != 0 { builtin_name(&raw) } else { raw };
        let tokens = payload.get(after..after + size)?.to_vec();
        let extra = payload.get(after + size..).unwrap_or_default().to_vec();
        Some(RawName { name, sheet, hidden: flags & 1 != 0, tokens, extra })
    }

    fn book(&mut self, payload: &[u8]) {
        let book = match (u16_at(payload, 0), u16_at(payload, 2)) {
            (_, Some(0x0401)) => LinkedBook::Own,
            (_, Some(0x3A01)) => LinkedBook::AddIn,
            (Some(count), Some(_)) => {
                let mut segments = Segments::new(&[payload], 2);
                let path = segments.string().unwrap_or_default();
                let path = plain_path(&path);
                let sheets = (0..count).map_while(|_| segments.string()).collect();
                self.links.push(path);
                LinkedBook::Other(sheets)
            }
            _ => LinkedBook::AddIn,
        };
        self.books.push(book);
    }

    fn extern_sheet(&mut self, payload: &[u8]) {
        if self.dialect == Dialect::Biff5 {
            return;
        }
        for entry in payload.get(2..).unwrap_or_default().chunks_exact(6) {
            let word = |at: usize| u16_at(entry, at).unwrap_or(0xFFFF);
            self.externals.push((word(0), word(2), word(4)));
        }
    }

    fn external_name(&mut self, payload: &[u8]) {
        let book = (self.books.len() as u16).wrapping_sub(1);
        let name = payload.get(6..).and_then(text::short_unicode).unwrap_or_default();
        self.external_names.push((book, name));
    }

    fn environment(&self) -> Environment {
        let own: Vec<String> = self.tabs.iter().map(|tab| tab.name.clone()).collect();
        let links: Vec<usize> = self
            .books
            .iter()
            .enumerate()
            .filter(|(_, book)| matches!(book, LinkedBook::Other(_)))
            .map(|(index, _)| index)
            .collect();
        let mut environment = Environment {
            own,
            names: self.names.iter().map(|name| name.name.clone()).collect(),
            ..Environment::default()
        };
        for (position, (book, first, last)) in self.externals.iter().enumerate() {
            let text = match self.books.get(usize::from(*book)) {
                Some(LinkedBook::Own) => prefix(&environment.own, *first, *last, ""),
                Some(LinkedBook::Other(sheets)) => {
                    let number = links.iter().position(|index| *index == usize::from(*book));
                    prefix(sheets, *first, *last, &format!("[{}]", number.unwrap_or(0) + 1))
                }
                _ => None,
            };
            environment.sheets.push(text);
            let mut number = 0;
            for (owner, name) in &self.external_names {
                if owner == book {
                    number += 1;
                    environment.external.insert((position as u16, number), name.clone());
                }
            }
        }
        environment
    }

    fn place_names(
        &self,
        workbook: &mut Workbook,
        environment: &Environment,
        positions: &[Option<u32>],
    ) {
        for raw in &self.names {
            let base = CellRef::new(0, 0);
            let Some(formula) = decompile(self.dialect, &raw.tokens, &raw.extra, base, environment)
            else {
                continue;
            };
            let sheet = match raw.sheet {
                0 => None,
                number => match positions.get(usize::from(number) - 1) {
                    Some(Some(position)) => Some(*position),
                    _ => continue,
                },
            };
            if raw.name == "_xlnm._FilterDatabase"
                && let Some(sheet) = sheet.and_then(|sheet| workbook.sheets.get_mut(sheet as usize))
            {
                let range = formula.rsplit('!').next().unwrap_or_default();
                if sheet.filter.is_some() {
                    sheet.filter = range.parse().ok();
                }
            }
            let name = raw.name.clone();
            workbook.names.push(DefinedName { name, formula, sheet, hidden: raw.hidden });
        }
    }

    fn styles(&self) -> Vec<CellStyle> {
        let mut styles: Vec<CellStyle> =
            self.raw_styles.iter().map(|raw| self.style(raw)).collect();
        if styles.is_empty() {
            styles.push(CellStyle::default());
        }
        styles
    }

    fn style(&self, raw: &RawStyle) -> CellStyle {
        let code = self
            .formats
            .get(&raw.format)
            .map(String::as_str)
            .or(number_format::builtin(u32::from(raw.format)))
            .unwrap_or("");
        CellStyle {
            number_format: number_format::parse(code),
            invisible: number_format::invisible(code),
            bold: self.font(raw.font).is_some_and(|font| font.bold),
            indent: u32::from(raw.indent),
            wrap: raw.wrap,
            horizontal: match raw.horizontal {
                1 => HorizontalAlignment::Left,
                2 => HorizontalAlignment::Center,
                3 => HorizontalAlignment::Right,
                4 => HorizontalAlignment::Fill,
                5 => HorizontalAlignment::Justify,
                6 => HorizontalAlignment::CenterAcross,
                7 => HorizontalAlignment::Distributed,
                _ => HorizontalAlignment::General,
            },
            borders: raw.borders,
            fill: (raw.pattern == 1).then(|| self.colour(raw.colour)).flatten(),
        }
    }

    /// A font by its number. Font 4 does not exist: numbers above it are one too high.
    fn font(&self, number: u16) -> Option<&Font> {
        self.fonts.get(usize::from(if number >= 4 { number - 1 } else { number }))
    }

    fn mark(&self, number: u16) -> Mark {
        self.font(number).map_or(Mark::Plain, |font| font.mark)
    }

    fn colour(&self, index: u16) -> Option<u32> {
        const FIRST: [u32; 8] =
            [0, 0xFF_FFFF, 0xFF_0000, 0x00_FF00, 0x00_00FF, 0xFF_FF00, 0xFF_00FF, 0x00_FFFF];
        match usize::from(index) {
            index @ 0..=7 => Some(FIRST[index]),
            index @ 8..=63 => {
                self.palette.get(index - 8).copied().or(FIRST.get(index - 8).copied())
            }
            _ => None,
        }
    }
}

fn raw_style(dialect: Dialect, payload: &[u8]) -> Option<RawStyle> {
    let word = |at: usize| u16_at(payload, at);
    let align = *payload.get(6)?;
    let mut style = RawStyle {
        font: word(0)?,
        format: word(2)?,
        horizontal: align & 7,
        wrap: align & 8 != 0,
        indent: 0,
        borders: [false; 4],
        pattern: 0,
        colour: 0,
    };
    if dialect == Dialect::Biff5 {
        let colours = word(8)?;
        let bottom = word(10)?;
        let others = word(12)?;
        style.pattern = (bottom & 0x3F) as u8;
        style.colour = colours & 0x7F;
        style.borders =
            [others & 0x38 != 0, others & 0x1C0 != 0, others & 7 != 0, bottom & 0x1C0 != 0];
    } else {
        style.indent = payload.get(8)? & 0x0F;
        let lines = word(10)?;
        style.borders =
            [lines & 0xF != 0, lines & 0xF0 != 0, lines & 0xF00 != 0, lines & 0xF000 != 0];
        style.pattern = (u32_at(payload, 14)? >> 26) as u8;
        style.colour = word(18)? & 0x7F;
    }
    Some(style)
}

/// What stands before `!` for the sheets from `first` to `last` of a book.
fn prefix(sheets: &[String], first: u16, last: u16, book: &str) -> Option<String> {
    if first == 0xFFFE {
        return None;
    }
    let first_name = sheets.get(usize::from(first))?;
    let name = if first == last {
        first_name.clone()
    } else {
        format!("{first_name}:{}", sheets.get(usize::from(last))?)
    };
    if book.is_empty() && first == last {
        return Some(quoted(&name));
    }
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':'));
    Some(if plain {
        format!("{book}{name}")
    } else {
        format!("'{book}{}'", name.replace('\'', "''"))
    })
}

/// A link's path with its control characters, which stand for drives and folders, made readable.
fn plain_path(path: &str) -> String {
    path.chars()
        .filter(|c| !matches!(c, '\u{1}' | '\u{2}' | '\u{4}'..='\u{8}'))
        .map(|c| if c == '\u{3}' { '/' } else { c })
        .collect()
}

fn builtin_name(raw: &str) -> String {
    const NAMES: [&str; 14] = [
        "Consolidate_Area",
        "Auto_Open",
        "Auto_Close",
        "Extract",
        "Database",
        "Criteria",
        "Print_Area",
        "Print_Titles",
        "Recorder",
        "Data_Form",
        "Auto_Activate",
        "Auto_Deactivate",
        "Sheet_Title",
        "_FilterDatabase",
    ];
    match raw.chars().next().and_then(|c| NAMES.get(c as usize)) {
        Some(name) => format!("_xlnm.{name}"),
        None => raw.to_owned(),
    }
}
