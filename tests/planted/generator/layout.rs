//! From a form to cells: every way that clerks lay out the same table.

use gouji::number::{Decimal, round_half_away};

use super::book::{Book, Figure, Op, Print, Spot, TrueRelation, TrueTable};
use super::form::{Calc, Form, Logic, Measure, Row, RowKind};
use super::rng::Rng;

/// How levels of lines are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Levels {
    /// 一、 （一） 1. by level.
    Numbered([&'static str; 3]),
    /// Leading spaces.
    Spaces(char, usize),
    /// Alignment indents.
    Indent,
    /// Nothing but codes or words.
    Plain,
    /// The first level in a column of its own, merged down over its lines.
    Category,
}

/// How codes are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Codes {
    /// Not at all.
    None,
    /// In a column of their own.
    Column,
    /// Split over 类, 款, 项.
    Split,
    /// Before the name, with something between.
    Glued(&'static str, &'static str),
}

/// Where the unit is said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum UnitAt {
    /// 单位：万元 at the right end of a row of its own.
    Line,
    /// The same, with 编制单位 at the left.
    LineWithEntity,
    /// In the title.
    Title,
    /// In each header of money.
    Header,
}

/// The choices of one table.
#[derive(Clone, Debug)]
pub struct Style {
    /// Levels of lines.
    pub levels: Levels,
    /// Codes.
    pub codes: Codes,
    /// A column of serial numbers: its heading.
    pub serial: Option<&'static str>,
    /// The total stands on top.
    pub total_top: bool,
    /// Where the unit is said.
    pub unit: UnitAt,
    /// Header cells that belong together are merged.
    pub merged: bool,
    /// A row of column numbers under the header.
    pub index_row: bool,
    /// An empty column after the names.
    pub gap: bool,
    /// Rows of notes below.
    pub notes: usize,
    /// How money prints.
    pub money: Print,
    /// How shares print.
    pub percent: Print,
    /// What stands where there is no figure.
    pub nothing: &'static str,
    /// Zeros are printed as such, or as `nothing`.
    pub zeros: bool,
    /// The header again before row so and so.
    pub repeat: Option<usize>,
    /// Bold totals.
    pub bold: bool,
    /// Spaces inside 合计.
    pub spaced: bool,
    /// Words before the title (附件1).
    pub attachment: Option<&'static str>,
}

const NUMBERINGS: &[[&str; 3]] = &[
    ["一、", "（一）", "1."],
    ["一、", "1.", "（1）"],
    ["（一）", "1.", "（1）"],
    ["一、", "1、", "(1)"],
    ["(一)", "1、", "①"],
];

impl Style {
    /// A style that suits a form.
    pub fn random(form: &Form, csv: bool, rng: &mut Rng) -> Self {
        let coded = form.roots.iter().any(|node| node.code.is_some());
        let deep = form.depth() > 1;
        let below = form.roots.iter().any(|node| node.below);
        let codes = if coded {
            *rng.pick(&[
                &Codes::Column,
                &Codes::Column,
                &Codes::Column,
                &Codes::Split,
                &Codes::Glued("", "-"),
                &Codes::Glued("", "—"),
                &Codes::Glued("", " "),
                &Codes::Glued("[", "]"),
            ])
        } else {
            Codes::None
        };
        let levels = if form.plain {
            Levels::Plain
        } else if coded {
            *rng.pick(&[
                &Levels::Plain,
                &Levels::Plain,
                &Levels::Spaces(' ', 2),
                &Levels::Spaces('\u{3000}', 1),
                if csv { &Levels::Plain } else { &Levels::Indent },
            ])
        } else if below {
            match rng.below(3) {
                0 if form.roots.iter().all(|node| node.below && node.section.is_some()) => {
                    Levels::Category
                }
                1 => Levels::Plain,
                _ => Levels::Numbered(NUMBERINGS[rng.below(NUMBERINGS.len())]),
            }
        } else if deep || rng.chance(30) {
            match rng.below(if csv { 4 } else { 5 }) {
                0 => Levels::Spaces(' ', rng.between(2, 4)),
                1 => Levels::Spaces('\u{3000}', rng.between(1, 2)),
                4 => Levels::Indent,
                _ => Levels::Numbered(NUMBERINGS[rng.below(NUMBERINGS.len())]),
            }
        } else {
            Levels::Plain
        };
        let money = match rng.below(if csv { 2 } else { 10 }) {
            _ if csv => Print::Text { thousands: rng.chance(30), fixed: rng.chance(60) },
            0 => Print::Text { thousands: true, fixed: true },
            1 => Print::Text { thousands: false, fixed: rng.chance(50) },
            2..=4 => Print::Number("#,##0.00".into()),
            5 => Print::Number("0.00".into()),
            6 if form.decimals == 2 => Print::Number("#,##0.00_ ;[Red]-#,##0.00 ".into()),
            _ => Print::Number(String::new()),
        };
        let money = match money {
            Print::Number(code) if form.decimals != 2 && !code.is_empty() => {
                Print::Number(["#,##0", "#,##0.0"][form.decimals.min(1) as usize].into())
            }
            money => money,
        };
        let percent = match rng.below(4) {
            0 => Print::PercentText,
            1 => Print::Points,
            _ if csv => Print::PercentText,
            _ => Print::Percent,
        };
        Self {
            levels,
            codes,
            serial: (form.depth() == 1 && rng.chance(45))
                .then(|| rng.pick(&["序号", "行次", "编号"])),
            total_top: rng.chance(45),
            unit: *rng.pick(&[
                &UnitAt::Line,
                &UnitAt::Line,
                &UnitAt::LineWithEntity,
                &UnitAt::Title,
                &UnitAt::Header,
            ]),
            merged: !csv && rng.chance(85),
            index_row: rng.chance(10),
            gap: rng.chance(5),
            notes: if rng.chance(40) { rng.between(1, 2) } else { 0 },
            money,
            percent,
            nothing: rng.pick(&["", "", "", "—", "-", "——"]),
            zeros: rng.chance(60),
            repeat: None,
            bold: rng.chance(40),
            spaced: rng.chance(20),
            attachment: rng.chance(15).then(|| rng.pick(&["附件1", "附表2", "表3", "公开02表"])),
        }
    }
}

/// Where a table goes and how much of its frame is drawn.
pub struct Site<'a> {
    /// The sheet.
    pub sheet: usize,
    /// First row.
    pub top: u32,
    /// First column.
    pub left: u32,
    /// The title, where this table draws one.
    pub title: Option<&'a str>,
    /// Whose table it is.
    pub entity: &'a str,
    /// Header rows, at least.
    pub header_rows: usize,
    /// Data rows, at least; the total stands in the last of them.
    pub rows: usize,
    /// The width over which title and unit stretch, where wider than the table.
    pub width: u32,
}

/// What one printed column is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Printed {
    Serial,
    Category,
    Code(Option<usize>),
    Label,
    Gap,
    Figure(usize),
}

fn printed(form: &Form, style: &Style) -> Vec<Printed> {
    let mut columns = Vec::new();
    if style.serial.is_some() {
        columns.push(Printed::Serial);
    }
    if style.levels == Levels::Category {
        columns.push(Printed::Category);
    }
    match style.codes {
        Codes::Column => columns.push(Printed::Code(None)),
        Codes::Split => columns.extend([0, 1, 2].map(|level| Printed::Code(Some(level)))),
        _ => {}
    }
    columns.push(Printed::Label);
    if style.gap {
        columns.push(Printed::Gap);
    }
    columns.extend((0..form.columns.len()).map(Printed::Figure));
    columns
}

/// How many columns a table takes.
pub fn width(form: &Form, style: &Style) -> u32 {
    printed(form, style).len() as u32
}

/// Header rows a form needs.
pub fn header_rows(form: &Form) -> usize {
    let own = form.columns.iter().map(|column| column.head.len()).max().unwrap_or(1);
    own + usize::from(form.band.is_some())
}

/// Draws a table and tells the book what is true of it; returns the row below it.
pub fn place(book: &mut Book, form: &Form, style: &Style, site: &Site, rng: &mut Rng) -> u32 {
    let columns = printed(form, style);
    let wide = site.width.max(columns.len() as u32);
    let (sheet, left) = (site.sheet, site.left);
    let mut row = site.top;
    if let Some(title) = site.title {
        row = draw_title(book, form, style, site, title, wide, row);
    }
    let own = columns.iter().map(|column| heads(form, style, *column).len()).max().unwrap_or(1);
    let header = site.header_rows.max(own);
    draw_header(book, form, style, &columns, (sheet, row, left), header);
    row += header as u32;
    if style.index_row && site.rows == 0 {
        let label = columns.iter().position(|c| *c == Printed::Label).unwrap_or(0);
        let sheet = &mut book.sheets[sheet];
        sheet.text(row, left + label as u32, "栏次");
        let mut number = 0;
        for (at, column) in columns.iter().enumerate() {
            if matches!(column, Printed::Figure(_)) {
                number += 1;
                let cell = sheet.text(row, left + at as u32, "");
                cell.content = super::book::Content::Number(Decimal::from(number), String::new());
            }
        }
        row += 1;
    }
    let (rows, logic) = form.rows(style.total_top);
    let mut at_row = Vec::with_capacity(rows.len());
    for (at, line) in rows.iter().enumerate() {
        if style.repeat == Some(at) && at > 0 && site.rows == 0 {
            draw_header(book, form, style, &columns, (sheet, row, left), header);
            row += header as u32;
        }
        if at + 1 == rows.len() && rows.len() < site.rows && line.kind == RowKind::Total {
            row += (site.rows - rows.len()) as u32;
        }
        at_row.push(row);
        if line.kind == RowKind::Section && style.levels == Levels::Category {
            continue;
        }
        draw_line(book, form, style, &columns, (sheet, row, left), line, at, rng);
        row += 1;
    }
    if style.levels == Levels::Category {
        draw_categories(book, style, &columns, (sheet, left), &rows, &at_row);
    }
    let spot = |(line, column): (usize, usize)| -> Spot {
        let at = columns.iter().position(|c| *c == Printed::Figure(column)).expect("printed");
        (sheet, at_row[line], left + at as u32)
    };
    let name = |index: usize| form.columns[index].head.last().cloned().unwrap_or_default();
    book.tables.push(TrueTable {
        sheet,
        unit: form.unit,
        fields: (0..form.columns.len())
            .filter(|at| form.columns[*at].measure != Measure::Words)
            .map(|at| {
                let percent = matches!(form.columns[at].measure, Measure::Percent(_));
                let points = percent && style.percent == Print::Points;
                let decimals = form.decimals_of(at) + if percent && !points { 2 } else { 0 };
                (spot((0, at)).2, name(at), decimals, percent, points)
            })
            .collect(),
        lines: rows
            .iter()
            .zip(&at_row)
            .filter(|(line, _)| line.kind != RowKind::Section)
            .map(|(line, row)| (*row, line.label.clone(), line.kind == RowKind::OfWhich))
            .collect(),
    });
    for Logic { op, target, terms, why } in logic {
        let terms = terms.into_iter().map(|(cell, c)| (spot(cell), c)).collect();
        book.truth.push(TrueRelation { op, target: spot(target), terms, why, kind: form.kind });
    }
    // A parent with one part only says the same figure twice.
    for relation in &mut book.truth {
        if relation.op == Op::Sum && relation.terms.len() == 1 && relation.terms[0].1 == 1 {
            relation.op = Op::Equal;
        }
    }
    if site.title.is_some() {
        for at in 0..style.notes {
            let words = [
                "注：本表反映本年度收支情况。",
                "填表人：张三    审核人：李四    填报日期：2023年3月5日",
                "说明：1.数据来源于部门账套；2.金额单位见表头。",
            ];
            let words = if at == 0 { words[rng.below(3)] } else { words[1] };
            book.sheets[sheet].text(row, left, words);
            if style.merged && wide > 1 {
                book.sheets[sheet].merge(row, left, row, left + wide - 1);
            }
            row += 1;
        }
    }
    row
}

fn draw_title(
    book: &mut Book,
    form: &Form,
    style: &Style,
    site: &Site,
    title: &str,
    wide: u32,
    mut row: u32,
) -> u32 {
    let left = site.left;
    let sheet = &mut book.sheets[site.sheet];
    if let Some(words) = style.attachment {
        sheet.text(row, left, words);
        row += 1;
    }
    let words = if style.unit == UnitAt::Title {
        format!("{title}（单位：{}）", form.unit)
    } else {
        title.to_owned()
    };
    let cell = sheet.text(row, left, words);
    (cell.bold, cell.center) = (true, true);
    if style.merged {
        sheet.merge(row, left, row, left + wide - 1);
    }
    row += 1;
    match style.unit {
        UnitAt::Line => {
            sheet.text(row, left + wide - 1, format!("单位：{}", form.unit));
            row += 1;
        }
        UnitAt::LineWithEntity => {
            sheet.text(row, left, format!("编制单位：{}", site.entity));
            if wide > 1 {
                sheet.text(row, left + wide - 1, format!("金额单位：{}", form.unit));
            }
            row += 1;
        }
        UnitAt::Title | UnitAt::Header => {}
    }
    row
}

fn heads(form: &Form, style: &Style, column: Printed) -> Vec<String> {
    let mut path: Vec<String> = match column {
        Printed::Serial => vec![style.serial.unwrap_or("序号").to_owned()],
        Printed::Category => vec!["类别".to_owned()],
        Printed::Code(None) => vec!["科目编码".to_owned()],
        Printed::Code(Some(level)) => {
            vec!["科目编码".to_owned(), ["类", "款", "项"][level].to_owned()]
        }
        Printed::Label => vec![form.label_head.clone()],
        Printed::Gap => vec![],
        Printed::Figure(at) => {
            let column = &form.columns[at];
            let mut path = column.head.clone();
            let points = style.percent == Print::Points;
            if let Some(last) = path.last_mut() {
                match column.measure {
                    Measure::Money if style.unit == UnitAt::Header => {
                        *last = format!("{last}（{}）", form.unit);
                    }
                    Measure::Percent(_) if points && !last.contains('%') => {
                        *last = format!("{last}（%）");
                    }
                    _ => {}
                }
            }
            path
        }
    };
    if let Some(band) = form.band.as_ref().filter(|_| column != Printed::Gap) {
        path.insert(0, band.clone());
    }
    path
}

fn draw_header(
    book: &mut Book,
    form: &Form,
    style: &Style,
    columns: &[Printed],
    (sheet, top, left): Spot,
    rows: usize,
) {
    let paths: Vec<Vec<String>> =
        columns.iter().map(|column| heads(form, style, *column)).collect();
    let sheet = &mut book.sheets[sheet];
    for (at, path) in paths.iter().enumerate() {
        for (level, word) in path.iter().enumerate() {
            let same = |other: Option<&Vec<String>>| {
                level + 1 < path.len()
                    && other.is_some_and(|other| {
                        other.len() > level + 1 && other[..=level] == path[..=level]
                    })
            };
            // A heading over several columns is written over the first of them.
            if at > 0 && same(paths.get(at - 1)) {
                continue;
            }
            let mut last = at;
            while same(paths.get(last + 1)) {
                last += 1;
            }
            let bottom = if level + 1 == path.len() { rows - 1 } else { level };
            let (row, column) = (top + level as u32, left + at as u32);
            let cell = sheet.text(row, column, word);
            (cell.bold, cell.center) = (style.bold, true);
            if style.merged {
                sheet.merge(row, column, top + bottom as u32, left + last as u32);
            }
        }
    }
}

fn numbering(pattern: &str, ordinal: usize) -> String {
    const CHINESE: [&str; 10] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    let number = ordinal + 1;
    let chinese = match number {
        1..=10 => CHINESE[ordinal].to_owned(),
        11..=19 => format!("十{}", CHINESE[number - 11]),
        _ => format!(
            "{}十{}",
            CHINESE[number / 10 - 1],
            if number.is_multiple_of(10) { "" } else { CHINESE[number % 10 - 1] }
        ),
    };
    if pattern == "①" {
        return char::from_u32('①' as u32 + ordinal.min(19) as u32)
            .expect("a circled digit")
            .to_string();
    }
    pattern.replace('一', &chinese).replace('1', &number.to_string())
}

fn label(style: &Style, line: &Row) -> String {
    let mut words = line.label.clone();
    if style.spaced && line.kind == RowKind::Total && words == "合计" {
        words = "合  计".into();
    }
    if line.kind == RowKind::OfWhich {
        let lead = match style.levels {
            Levels::Spaces(space, width) => space.to_string().repeat(width * line.depth),
            _ => String::new(),
        };
        let prefix = if line.ordinal == 0 { "其中：" } else { "" };
        let hang = if line.ordinal > 0 { "\u{3000}\u{3000}\u{3000}" } else { "" };
        return format!("{lead}{prefix}{hang}{words}");
    }
    if let (Codes::Glued(open, close), Some(code)) = (style.codes, &line.code) {
        words = format!("{open}{code}{close}{words}");
    }
    match style.levels {
        Levels::Spaces(space, width) if line.kind != RowKind::Total => {
            space.to_string().repeat(width * line.depth) + &words
        }
        Levels::Numbered(patterns) if !line.plain => {
            numbering(patterns[line.depth.min(2)], line.ordinal) + &words
        }
        _ => words,
    }
}

#[expect(clippy::too_many_arguments, reason = "a drawing function of a test")]
fn draw_line(
    book: &mut Book,
    form: &Form,
    style: &Style,
    columns: &[Printed],
    (sheet, row, left): Spot,
    line: &Row,
    at: usize,
    rng: &mut Rng,
) {
    for (offset, printed) in columns.iter().enumerate() {
        let column = left + offset as u32;
        match *printed {
            Printed::Serial if line.kind == RowKind::Item => {
                let cell = book.sheets[sheet].text(row, column, "");
                let number = Decimal::from(at as u64 + u64::from(!style.total_top));
                cell.content = super::book::Content::Number(number, String::new());
            }
            Printed::Code(level) => {
                if let Some(code) = &line.code {
                    let text = match level {
                        None => Some(code.as_str()),
                        Some(level) => {
                            let parts = [(0, 3), (3, 5), (5, 7)];
                            (line.depth >= level)
                                .then(|| code.get(parts[level].0..parts[level].1))
                                .flatten()
                        }
                    };
                    if let Some(text) = text {
                        book.sheets[sheet].text(row, column, text);
                    }
                }
            }
            Printed::Label => {
                let cell = book.sheets[sheet].text(row, column, label(style, line));
                cell.bold = style.bold && line.kind != RowKind::Item;
                if style.levels == Levels::Indent {
                    cell.indent = line.depth as u8;
                }
            }
            Printed::Figure(index) if line.kind != RowKind::Section => {
                if let Calc::Words(words) = form.columns[index].calc {
                    if rng.chance(60) && line.kind == RowKind::Item {
                        let words = rng.pick(words);
                        book.sheets[sheet].text(row, column, words);
                    }
                    continue;
                }
                let figure = figure(form, style, line, index);
                book.figures.insert((sheet, row, column), figure);
                book.print((sheet, row, column));
            }
            _ => {}
        }
    }
}

fn figure(form: &Form, style: &Style, line: &Row, index: usize) -> Figure {
    let column = &form.columns[index];
    let decimals = form.decimals_of(index);
    let print = match column.measure {
        Measure::Percent(_) => style.percent.clone(),
        Measure::Count if matches!(style.money, Print::Number(_)) => Print::Number(String::new()),
        Measure::Count => Print::Text { thousands: false, fixed: true },
        Measure::Money => style.money.clone(),
        Measure::Plain(_) | Measure::Words => match &style.money {
            Print::Number(code) if code.is_empty() || decimals != form.decimals => {
                Print::Number(String::new())
            }
            print => print.clone(),
        },
    };
    let mut figure = Figure {
        value: line.values[index],
        decimals,
        print,
        nothing: style.nothing,
        exact: form.unit == "元" && decimals >= 2 && column.measure == Measure::Money,
    };
    let held = figure.held_decimals();
    figure.value = figure.value.map(|value| round_half_away(value, held).normalize());
    if figure.value.is_some_and(|value| value.is_zero())
        && !style.zeros
        && line.kind == RowKind::Item
    {
        figure.value = None;
    }
    figure
}

/// Names of the first level in their own column, merged down.
fn draw_categories(
    book: &mut Book,
    style: &Style,
    columns: &[Printed],
    (sheet, left): (usize, u32),
    rows: &[Row],
    at_row: &[u32],
) {
    let column = left
        + columns.iter().position(|c| *c == Printed::Category).expect("a category column") as u32;
    let mut start: Option<(usize, &str)> = None;
    for at in 0..=rows.len() {
        let ends = at == rows.len() || rows[at].depth == 0 && rows[at].kind != RowKind::Parent;
        if ends && let Some((first, words)) = start.take() {
            let sheet = &mut book.sheets[sheet];
            sheet.text(at_row[first], column, words);
            if style.merged {
                sheet.merge(at_row[first], column, at_row[at - 1], column);
            }
        }
        if at < rows.len() && rows[at].kind == RowKind::Section {
            start = Some((at, &rows[at].label));
        }
    }
}
