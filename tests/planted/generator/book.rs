//! A workbook as laid out: cells, the figures among them, and what is true of the figures.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use gouji::number::{Decimal, round_half_away};
use rust_xlsxwriter::{Format, FormatAlign, Workbook};

/// A cell: sheet, row, column, from zero.
pub type Spot = (usize, u32, u32);

/// How a figure is printed.
#[derive(Clone, Debug, PartialEq)]
pub enum Print {
    /// A number with this number format; empty for General.
    Number(String),
    /// Text, with or without thousands separators and with fixed decimals or not.
    Text { thousands: bool, fixed: bool },
    /// A fraction under a percent format.
    Percent,
    /// Text with a %.
    PercentText,
    /// A number of percent points; the header says %.
    Points,
}

/// A number in a table. Percentages are fractions.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What the cell holds; `None` for a blank or dash.
    pub value: Option<Decimal>,
    /// Printed decimals (of percent points, for percentages).
    pub decimals: u32,
    /// How it is printed.
    pub print: Print,
    /// What stands where there is no figure.
    pub nothing: &'static str,
    /// 元 with two decimals: no slack.
    pub exact: bool,
}

impl Figure {
    /// Decimals of the value as held.
    pub fn held_decimals(&self) -> u32 {
        self.decimals + if self.is_percent() { 2 } else { 0 }
    }

    /// Whether it is a share or rate.
    pub fn is_percent(&self) -> bool {
        matches!(self.print, Print::Percent | Print::PercentText | Print::Points)
    }

    /// Half a unit of the last printed digit.
    pub fn half_unit(&self) -> Decimal {
        if self.exact { Decimal::ZERO } else { Decimal::new(5, self.held_decimals() + 1) }
    }
}

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Words, or a number typed as text.
    Text(String),
    /// A number and its format.
    Number(Decimal, String),
}

/// A cell and its looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// What it holds.
    pub content: Content,
    /// Bold type.
    pub bold: bool,
    /// Alignment indent.
    pub indent: u8,
    /// Centred.
    pub center: bool,
}

/// The arithmetic of a true relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    /// target = Σ coefficient × term
    Sum,
    /// first ÷ second
    Ratio,
    /// (second − first) ÷ first
    Change,
    /// first × second
    Product,
    /// The same figure twice.
    Equal,
}

/// What is true of some cells.
#[derive(Clone, Debug)]
pub struct TrueRelation {
    /// The arithmetic.
    pub op: Op,
    /// The target.
    pub target: Spot,
    /// The terms.
    pub terms: Vec<(Spot, i32)>,
    /// In a word, for people who read failures.
    pub why: &'static str,
    /// The kind of table.
    pub kind: &'static str,
}

/// A table as it was laid out.
#[derive(Clone, Debug, Default)]
pub struct TrueTable {
    /// Its sheet.
    pub sheet: usize,
    /// 万元 and the like.
    pub unit: &'static str,
    /// Column, name, printed decimals, and whether it holds percentages, and those as numbers of percent points.
    pub fields: Vec<(u32, String, u32, bool, bool)>,
    /// Row, name, and whether it is a 其中 line.
    pub lines: Vec<(u32, String, bool)>,
}

/// A sheet.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Cells by row and column.
    pub cells: BTreeMap<(u32, u32), Cell>,
    /// Merges: first row, first column, last row, last column.
    pub merges: Vec<(u32, u32, u32, u32)>,
}

impl Sheet {
    /// Writes words.
    pub fn text(&mut self, row: u32, column: u32, text: impl Into<String>) -> &mut Cell {
        let cell =
            Cell { content: Content::Text(text.into()), bold: false, indent: 0, center: false };
        self.cells.insert((row, column), cell);
        self.cells.get_mut(&(row, column)).expect("just written")
    }

    /// Merges a range of more than one cell.
    pub fn merge(&mut self, top: u32, left: u32, bottom: u32, right: u32) {
        if (top, left) != (bottom, right) {
            self.merges.push((top, left, bottom, right));
        }
    }

    /// The row below the last one.
    pub fn end(&self) -> u32 {
        let cells = self.cells.keys().map(|(row, _)| row + 1).max().unwrap_or(0);
        self.merges.iter().map(|merge| merge.2 + 1).max().unwrap_or(0).max(cells)
    }
}

/// A workbook, its figures and their truth.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// Its sheets.
    pub sheets: Vec<Sheet>,
    /// The figures by cell.
    pub figures: BTreeMap<Spot, Figure>,
    /// What is true of them.
    pub truth: Vec<TrueRelation>,
    /// Its tables.
    pub tables: Vec<TrueTable>,
    /// Written as .csv (one sheet only).
    pub csv: bool,
    /// The forms and styles that made it, for people who read failures.
    pub made_of: Vec<String>,
}

/// 1234.5 as 1,234.50.
pub fn spell(value: Decimal, decimals: Option<u32>, thousands: bool) -> String {
    let text = match decimals {
        Some(decimals) => {
            let mut value = round_half_away(value, decimals);
            value.rescale(decimals);
            value.to_string()
        }
        None => value.normalize().to_string(),
    };
    if !thousands {
        return text;
    }
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, fraction) =
        digits.split_once('.').map_or((digits, String::new()), |(w, f)| (w, format!(".{f}")));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{fraction}")
}

impl Book {
    /// Puts a figure's cell on its sheet again, after it was made or changed.
    pub fn print(&mut self, spot: Spot) {
        let figure = &self.figures[&spot];
        let hundred = Decimal::ONE_HUNDRED;
        let content = match (figure.value, &figure.print) {
            (None, _) if figure.nothing.is_empty() => None,
            (None, _) => Some(Content::Text(figure.nothing.to_owned())),
            (Some(value), Print::Number(format)) => Some(Content::Number(value, format.clone())),
            (Some(value), Print::Text { thousands, fixed }) => {
                let decimals = fixed.then_some(figure.decimals);
                Some(Content::Text(spell(value, decimals, *thousands)))
            }
            (Some(value), Print::Percent) => {
                let zeros = "0".repeat(figure.decimals as usize);
                let point = if figure.decimals > 0 { "." } else { "" };
                Some(Content::Number(value, format!("0{point}{zeros}%")))
            }
            (Some(value), Print::PercentText) => {
                Some(Content::Text(spell(value * hundred, Some(figure.decimals), false) + "%"))
            }
            (Some(value), Print::Points) => {
                Some(Content::Number((value * hundred).normalize(), String::new()))
            }
        };
        let cells = &mut self.sheets[spot.0].cells;
        match content {
            None => {
                cells.remove(&(spot.1, spot.2));
            }
            Some(content) => {
                let looks = cells.get(&(spot.1, spot.2)).map(|cell| cell.bold);
                let bold = looks.unwrap_or(false);
                let cell = Cell { content, bold, indent: 0, center: false };
                cells.insert((spot.1, spot.2), cell);
            }
        }
    }

    /// The value of a figure; blanks and dashes count nothing.
    pub fn value(&self, spot: Spot) -> Decimal {
        self.figures.get(&spot).and_then(|figure| figure.value).unwrap_or_default()
    }

    /// How far stated and computed lie apart beyond what printed digits allow; zero where they agree, `None` where
    /// nothing can be computed.
    pub fn excess(&self, relation: &TrueRelation) -> Option<Decimal> {
        let target = self.figures.get(&relation.target)?;
        let stated = target.value?;
        let figure = |at: usize| self.figures.get(&relation.terms[at].0);
        let mut slack = target.half_unit();
        let computed = match relation.op {
            Op::Sum | Op::Equal => {
                for (spot, coefficient) in &relation.terms {
                    if let Some(figure) = self.figures.get(spot).filter(|f| f.value.is_some()) {
                        slack += figure.half_unit() * Decimal::from(coefficient.abs());
                    }
                }
                relation.terms.iter().map(|(spot, c)| self.value(*spot) * Decimal::from(*c)).sum()
            }
            Op::Product => {
                let (a, b) = (figure(0)?, figure(1)?);
                let (x, y) = (a.value?, b.value?);
                slack += a.half_unit() * y.abs() + b.half_unit() * x.abs();
                x * y
            }
            Op::Ratio | Op::Change => {
                let (over, under) = if relation.op == Op::Ratio { (0, 1) } else { (1, 0) };
                let (a, b) = (figure(over)?, figure(under)?);
                let (x, y) = (a.value?, b.value?);
                let quotient = x.checked_div(y)?;
                slack += (a.half_unit() + b.half_unit() * quotient.abs()) / y.abs();
                slack *= Decimal::new(101, 2);
                if relation.op == Op::Ratio { quotient } else { quotient - Decimal::ONE }
            }
        };
        Some(((stated - computed).abs() - slack).max(Decimal::ZERO))
    }

    /// The bytes of the file, and its name.
    pub fn bytes(&self) -> (&'static str, Vec<u8>) {
        if self.csv {
            ("planted.csv", self.csv_bytes())
        } else {
            ("planted.xlsx", self.xlsx_bytes())
        }
    }

    fn csv_bytes(&self) -> Vec<u8> {
        let sheet = &self.sheets[0];
        let width = sheet.cells.keys().map(|(_, column)| column + 1).max().unwrap_or(0);
        let mut text = String::from("\u{feff}");
        for row in 0..sheet.end() {
            let fields: Vec<String> = (0..width)
                .map(|column| match sheet.cells.get(&(row, column)).map(|cell| &cell.content) {
                    None => String::new(),
                    Some(Content::Text(text)) if text.contains([',', '"']) => {
                        format!("\"{}\"", text.replace('"', "\"\""))
                    }
                    Some(Content::Text(text)) => text.clone(),
                    Some(Content::Number(value, format)) if format.contains('%') => {
                        format!("{}%", (*value * Decimal::ONE_HUNDRED).normalize())
                    }
                    Some(Content::Number(value, _)) => value.normalize().to_string(),
                })
                .collect();
            text.push_str(&fields.join(","));
            text.push_str("\r\n");
        }
        text.into_bytes()
    }

    fn xlsx_bytes(&self) -> Vec<u8> {
        let mut workbook = Workbook::new();
        for sheet in &self.sheets {
            let worksheet = workbook.add_worksheet();
            worksheet.set_name(&sheet.name).expect("a fit name");
            let blank = Format::new();
            for &(top, left, bottom, right) in &sheet.merges {
                worksheet
                    .merge_range(top, left as u16, bottom, right as u16, "", &blank)
                    .unwrap_or_else(|e| {
                        panic!("{e}: {top} {left} {bottom} {right}\n{}", self.show())
                    });
            }
            for (&(row, column), cell) in &sheet.cells {
                let mut format = Format::new();
                if cell.bold {
                    format = format.set_bold();
                }
                if cell.indent > 0 {
                    format = format.set_indent(cell.indent);
                }
                if cell.center {
                    format = format.set_align(FormatAlign::Center);
                }
                let column = column as u16;
                match &cell.content {
                    Content::Text(text) => {
                        worksheet.write_string_with_format(row, column, text, &format).map(drop)
                    }
                    Content::Number(value, code) => {
                        if !code.is_empty() {
                            format = format.set_num_format(code);
                        }
                        let number: f64 = value.to_string().parse().expect("a number");
                        worksheet.write_number_with_format(row, column, number, &format).map(drop)
                    }
                }
                .expect("a cell on the grid");
            }
        }
        workbook.save_to_buffer().expect("a workbook in memory")
    }

    /// The sheets as text, for people.
    pub fn show(&self) -> String {
        let mut out = String::new();
        for (index, sheet) in self.sheets.iter().enumerate() {
            let _ =
                writeln!(out, "  @ {} ({})", sheet.name, self.made_of.get(index).map_or("", |s| s));
            let width = sheet.cells.keys().map(|(_, column)| column + 1).max().unwrap_or(0);
            for row in 0..sheet.end() {
                let mut line = format!("  {:>3} ", row + 1);
                for column in 0..width {
                    let text = match sheet.cells.get(&(row, column)).map(|cell| &cell.content) {
                        None => String::new(),
                        Some(Content::Text(text))
                            if self.figures.contains_key(&(index, row, column)) =>
                        {
                            format!("'{text}")
                        }
                        Some(Content::Text(text)) => text.clone(),
                        Some(Content::Number(value, format)) if format.contains('%') => {
                            format!("{}%", (*value * Decimal::ONE_HUNDRED).normalize())
                        }
                        Some(Content::Number(value, _)) => value.normalize().to_string(),
                    };
                    let merged = sheet.merges.iter().any(|m| {
                        (m.0..=m.2).contains(&row)
                            && (m.1..=m.3).contains(&column)
                            && (m.0, m.1) != (row, column)
                    });
                    let _ = write!(line, "|{}{text}", if merged { "~" } else { "" });
                }
                let _ = writeln!(out, "{line}");
            }
            for merge in sheet.merges.iter().filter(|m| m.0 != m.2) {
                let _ = writeln!(
                    out,
                    "      merged {}:{}",
                    name((index, merge.0, merge.1)),
                    name((index, merge.2, merge.3))
                );
            }
        }
        out
    }
}

/// A1, as people say it.
pub fn name(spot: Spot) -> String {
    gouji::model::CellRef::new(spot.1, spot.2).to_string()
}
