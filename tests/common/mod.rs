//! Workbooks that a person can read: the notation of the fixtures in `tests/`.
//!
//! ```text
//! == the total is 0.30 short          a case; lines before the first one are remarks
//! @@ 预算.xlsx                        a file of the case's packet (optional; a .csv holds texts only)
//! @ 收支总表, 万元                     a sheet; a unit becomes a first row 单位：万元 in the last column
//! ! hide row 3                        see `FileReader::directive` for all of these
//! 项目     | 金额
//! 人员经费 | 120.50                   a number; its digits give the cell's number format
//! 　公用经费 | 30.20                  full-width spaces stay: they are the indent
//! **合计** | =SUM(B3:B4) => 150.40    bold; a formula and its stored value (without `=>`: never calculated)
//! ```
//!
//! Further cells: `'123` is text, `22.8%` a percentage, `14,534.54` grouped, `120.4567 as 0.00` a number behind another
//! format (`as General`: none), `#REF!` an error, `<` and `^` belong to the merged cell on the left or above, an empty
//! one is no cell. A `\|` is a bar.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test binary uses its own part of the notation, as a module of its own"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use gouji::model::{
    CellError, CellRef, CellStyle, DefinedName, Format, Formula, InputFile, NumberFormat, Place,
    Range, Report, Sheet, SheetBuilder, Status, Texts, Value, Visibility, Workbook,
};
use gouji::number::{self, Spelling};
use gouji::pipeline;
use gouji::pipeline::Options;

/// One case of a fixture: a packet.
pub struct Case {
    /// What it shows.
    pub name: String,
    /// Its files, by path.
    pub files: Vec<(String, Workbook)>,
}

impl Case {
    /// The files as the pipeline takes them.
    pub fn input(&self) -> Vec<InputFile> {
        self.files
            .iter()
            .map(|(path, workbook)| InputFile {
                path: path.clone(),
                format: workbook.format,
                sha256: String::new(),
                status: Status::Read,
                error: None,
                workbook: Some(workbook.clone()),
                same_as: None,
            })
            .collect()
    }

    /// The whole check of the packet.
    pub fn report(&self) -> Report {
        pipeline::check_files(self.input(), &Options::default())
    }
}

/// The cases of a fixture.
pub fn cases(text: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut reader: Option<CaseReader> = None;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("== ") {
            cases.extend(reader.take().map(CaseReader::finish));
            reader = Some(CaseReader::new(name.trim()));
        } else if let Some(reader) = reader.as_mut() {
            reader.line(line);
        }
    }
    cases.extend(reader.map(CaseReader::finish));
    assert!(!cases.is_empty(), "a fixture without `== case`");
    cases
}

/// The only case of a text without `== `.
pub fn case(text: &str) -> Case {
    cases(&format!("== case\n{text}")).remove(0)
}

/// `file!sheet!B4` of a place; the file is left out where there is one only.
pub fn place(report: &Report, place: Place) -> String {
    let mut text = String::new();
    if report.packet.files.len() > 1 {
        text.push_str(&report.packet.files[place.file as usize].path);
        text.push('!');
    }
    if let Some(sheet) = report.packet.sheet_name(place) {
        text.push_str(sheet);
        text.push('!');
    }
    text + &place.cell.to_string()
}

struct CaseReader {
    case: Case,
    file: Option<FileReader>,
}

impl CaseReader {
    fn new(name: &str) -> Self {
        Self { case: Case { name: name.to_owned(), files: Vec::new() }, file: None }
    }

    fn line(&mut self, line: &str) {
        if let Some(path) = line.strip_prefix("@@ ") {
            self.end_file();
            self.file = Some(FileReader::new(path.trim()));
            return;
        }
        let file = self.file.get_or_insert_with(|| FileReader::new("case.xlsx"));
        if let Some(sheet) = line.strip_prefix("@ ") {
            file.start_sheet(sheet);
        } else if let Some(directive) = line.strip_prefix("! ") {
            file.directive(directive.trim());
        } else if file.sheet.is_some() || !line.trim().is_empty() {
            file.row(line);
        }
    }

    fn end_file(&mut self) {
        self.case.files.extend(self.file.take().map(FileReader::finish));
    }

    fn finish(mut self) -> Case {
        self.end_file();
        self.case
    }
}

struct FileReader {
    path: String,
    workbook: Workbook,
    styles: Vec<CellStyle>,
    sheet: Option<SheetReader>,
}

struct SheetReader {
    builder: SheetBuilder,
    rows: Vec<Vec<String>>,
    unit: Option<String>,
    general: bool,
}

impl FileReader {
    fn new(path: &str) -> Self {
        let format =
            if path.rsplit('.').next() == Some("csv") { Format::Csv } else { Format::Xlsx };
        Self {
            path: path.to_owned(),
            workbook: Workbook::empty(format),
            styles: vec![CellStyle::default()],
            sheet: None,
        }
    }

    fn start_sheet(&mut self, line: &str) {
        self.end_sheet();
        let (name, unit) = match line.split_once([',', '，']) {
            Some((name, unit)) => (name.trim(), Some(unit.trim().to_owned())),
            None => (line.trim(), None),
        };
        self.sheet = Some(SheetReader {
            builder: SheetBuilder::new(name, Texts::default()),
            rows: Vec::new(),
            unit,
            general: false,
        });
    }

    /// `hide row 3` · `hide column C` · `hide sheet` · `general` (numbers have no format) · `name 总额 = 表!$B$4` ·
    /// `link 上年.xlsx` (the workbook refers to another file) · `outline row 3 1` · `colour row 3` (to the last column).
    fn directive(&mut self, text: &str) {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["name", name, "=", formula @ ..] => self.workbook.names.push(DefinedName {
                name: (*name).to_owned(),
                formula: formula.join(" "),
                sheet: None,
                hidden: false,
            }),
            ["link", target] => self.workbook.external_links.push((*target).to_owned()),
            words => {
                let reader = self.sheet.as_mut().expect("a directive about a sheet needs a sheet");
                if let ["colour", "row", row] = words {
                    let last = CellRef::new(row_index(row), 16_383);
                    return reader.builder.push(last, Value::Empty, 0);
                }
                let sheet = &mut reader.builder.sheet;
                match words {
                    ["general"] => reader.general = true,
                    ["hide", "sheet"] => sheet.visibility = Visibility::Hidden,
                    ["hide", "row", row] => {
                        sheet.rows.entry(row_index(row)).or_default().hidden = true;
                    }
                    ["hide", "column", column] => {
                        let cell: CellRef = format!("{column}1").parse().expect("a column");
                        sheet.columns.entry(cell.column).or_default().hidden = true;
                    }
                    ["outline", "row", row, level] => {
                        sheet.rows.entry(row_index(row)).or_default().outline =
                            level.parse().expect("an outline level");
                    }
                    _ => panic!("no such directive: ! {text}"),
                }
            }
        }
    }

    fn row(&mut self, line: &str) {
        if self.sheet.is_none() {
            self.start_sheet("Sheet1");
        }
        let cells = line
            .replace("\\|", "\u{0}")
            .split('|')
            .map(|cell| cell.trim_matches([' ', '\t']).replace('\u{0}', "|"))
            .collect();
        self.sheet.as_mut().expect("just made").rows.push(cells);
    }

    fn end_sheet(&mut self) {
        let Some(mut reader) = self.sheet.take() else { return };
        while reader.rows.last().is_some_and(|row| row.iter().all(String::is_empty)) {
            reader.rows.pop();
        }
        if let Some(unit) = reader.unit.take() {
            let width = reader.rows.iter().map(Vec::len).max().unwrap_or(1);
            let mut first = vec![String::new(); width];
            first[width - 1] = format!("单位：{unit}");
            reader.rows.insert(0, first);
        }
        let sheet = self.build(reader);
        self.workbook.sheets.push(sheet);
    }

    fn build(&mut self, reader: SheetReader) -> Sheet {
        let mut merged: BTreeMap<CellRef, CellRef> = BTreeMap::new();
        let mut owner: BTreeMap<CellRef, CellRef> = BTreeMap::new();
        let SheetReader { mut builder, rows, general, .. } = reader;
        for (row, cells) in rows.iter().enumerate() {
            for (column, text) in cells.iter().enumerate() {
                let cell = CellRef::new(row as u32, column as u32);
                let neighbour = match text.as_str() {
                    "<" => CellRef::new(cell.row, cell.column - 1),
                    "^" => CellRef::new(cell.row - 1, cell.column),
                    _ => {
                        self.cell(&mut builder, cell, text, general);
                        continue;
                    }
                };
                let start = owner.get(&neighbour).copied().unwrap_or(neighbour);
                owner.insert(cell, start);
                let end = merged.entry(start).or_insert(cell);
                *end = CellRef::new(end.row.max(cell.row), end.column.max(cell.column));
            }
        }
        builder.sheet.merges = merged.into_iter().map(|(a, b)| Range::new(a, b)).collect();
        builder.finish()
    }

    fn cell(&mut self, builder: &mut SheetBuilder, cell: CellRef, text: &str, general: bool) {
        let mut style = CellStyle::default();
        let mut text = text;
        if let Some(inner) = text.strip_prefix("**").and_then(|t| t.strip_suffix("**")) {
            style.bold = true;
            text = inner;
        }
        if text.is_empty() {
            return;
        }
        if self.workbook.format == Format::Csv {
            builder.push_text(cell, text, 0);
            return;
        }
        if let Some(formula) = text.strip_prefix('=') {
            let (formula, cached) = match formula.split_once("=>") {
                Some((formula, value)) => (formula.trim(), Some(value.trim())),
                None => (formula, None),
            };
            let formula = Formula { text: formula.into(), cached: cached.is_some(), array: false };
            builder.sheet.formulas.push((cell, formula));
            match cached {
                Some(value) => self.value(builder, cell, value, style, general),
                None => builder.push(cell, Value::Empty, 0),
            }
            return;
        }
        self.value(builder, cell, text, style, general);
    }

    fn value(
        &mut self,
        builder: &mut SheetBuilder,
        cell: CellRef,
        text: &str,
        mut style: CellStyle,
        general: bool,
    ) {
        let (shown, code) = match text.rsplit_once(" as ") {
            Some((shown, code)) => (shown, Some(code)),
            None => (text, general.then_some("General")),
        };
        let literal = number::parse(shown).filter(|literal| {
            let plain =
                matches!(literal.spelling, Spelling::Plain | Spelling::Grouped | Spelling::Percent);
            plain && (literal.unit.is_none() || literal.spelling == Spelling::Percent)
        });
        let error = CellError::parse(text).map(Value::Error);
        let logical = match text {
            "TRUE" => Some(Value::Bool(true)),
            "FALSE" => Some(Value::Bool(false)),
            _ => None,
        };
        if let Some(literal) = literal.filter(|_| !shown.starts_with('\'')) {
            style.number_format = match code {
                Some(code) => format(code),
                None => format(&code_of(&literal)),
            };
            let style = self.style(style);
            builder.push(cell, Value::Number(literal.value), style);
        } else if let Some(value) = error.or(logical) {
            let style = self.style(style);
            builder.push(cell, value, style);
        } else {
            let style = self.style(style);
            builder.push_text(cell, text.strip_prefix('\'').unwrap_or(text), style);
        }
    }

    fn style(&mut self, style: CellStyle) -> u16 {
        let at = self.styles.iter().position(|known| *known == style).unwrap_or_else(|| {
            self.styles.push(style);
            self.styles.len() - 1
        });
        at as u16
    }

    fn finish(mut self) -> (String, Workbook) {
        self.end_sheet();
        self.workbook.styles = Arc::new(self.styles);
        (self.path, self.workbook)
    }
}

fn row_index(row: &str) -> u32 {
    row.parse::<u32>().expect("a row number") - 1
}

/// The number format that prints a literal as it is written.
fn code_of(literal: &number::Literal) -> String {
    let percent = literal.spelling == Spelling::Percent;
    let decimals = literal.decimals - if percent { 2 } else { 0 };
    let mut code = String::from(if literal.spelling == Spelling::Grouped { "#,##0" } else { "0" });
    if decimals > 0 {
        code.push('.');
        code.push_str(&"0".repeat(decimals as usize));
    }
    if percent {
        code.push('%');
    }
    code
}

/// A number format of the plain kinds.
fn format(code: &str) -> NumberFormat {
    if code == "General" {
        return NumberFormat::default();
    }
    let decimals = code
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.chars().filter(|c| *c == '0').count() as u32);
    NumberFormat {
        code: code.to_owned(),
        decimals: Some(decimals),
        percent: code.ends_with('%'),
        ..NumberFormat::default()
    }
}
