//! The normalized tables, one sheet each: every line and figure at its place, with what it was recognized to be.

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Note, Worksheet, XlsxError};

use super::formula::mark;
use super::layout::{FIELDS, TOP, TableSheet};
use super::page::{Page, Show, beginning};
use super::work::{Work, gravity};
use crate::model::{
    CellRef, Field, FieldRole, Line, LineRole, Operand, Place, State, Table, Value, Verdict,
};

/// Writes the sheet of one table.
pub(super) fn write(work: &Work, sheet: &TableSheet) -> Result<Worksheet, XlsxError> {
    let table = &work.packet().tables[sheet.table];
    let mut page = start(work, sheet, table)?;
    head(work, &mut page, sheet, table)?;
    for line in &sheet.lines {
        write_line(work, &mut page, sheet, table, &table.lines[*line])?;
    }
    page.filter()?;
    notes(work, &mut page, sheet)?;
    page.finish()
}

fn start(work: &Work, sheet: &TableSheet, table: &Table) -> Result<Page, XlsxError> {
    let labels = table.lines.iter().map(|line| {
        unicode_width::UnicodeWidthStr::width(line.label.as_str()) + 2 * usize::from(line.level)
    });
    let label_width = labels.max().unwrap_or(10).clamp(16, 40) as u16 + 2;
    let mut widths = vec![7, 9];
    if sheet.codes {
        widths.push(12);
    }
    widths.push(label_width);
    widths.extend(sheet.fields.iter().map(|at| field_width(work, &table.fields[*at])));
    widths.push(7);
    let title = table.title.clone().unwrap_or_else(|| sheet.name.clone());
    Page::new(work, &sheet.name, &sheet.index, &title, widths)
}

fn field_width(work: &Work, field: &Field) -> u16 {
    let heading = unicode_width::UnicodeWidthStr::width(field.label.as_str()) as u16;
    match field.role {
        FieldRole::Amount => work.amounts().max(heading.min(16) + 2),
        FieldRole::Percent | FieldRole::Quantity | FieldRole::Date => 9.max(heading.min(12) + 2),
        _ => 30,
    }
}

fn head(work: &Work, page: &mut Page, sheet: &TableSheet, table: &Table) -> Result<(), XlsxError> {
    let place = Place { file: table.file, sheet: table.sheet, cell: table.range.start };
    let (source, _) = work.source_link(place);
    let plain = work.style.plain();
    let about = about(work, table);
    let words = format!("{}：{}", work.t("来源", "Source"), source_words(work, table));
    if let Show::Link(target, _) = source {
        let format = work.style.link().set_border(FormatBorder::None).unset_text_wrap();
        page.put(page.row, 0, &Show::Link(target, words), &format)?;
    } else {
        page.put(page.row, 0, &Show::Text(words), &plain)?;
    }
    page.row += 1;
    page.put(page.row, 0, &Show::Text(about), &plain)?;
    page.row += 1;
    debug_assert_eq!(page.row + 1, TOP);
    let unit_words: Vec<String> =
        sheet.fields.iter().map(|at| field_heading(table, &table.fields[*at])).collect();
    let mut headings = vec![work.t("原行", "Row"), work.t("行类", "Line is")];
    if sheet.codes {
        headings.push(work.t("代码", "Code"));
    }
    headings.push(work.t("项目", "Line"));
    headings.extend(unit_words.iter().map(String::as_str));
    headings.push(work.t("标识", "Mark"));
    page.headings(&headings)?;
    page.repeat_columns(sheet.front())?;
    page.freeze(sheet.front())
}

fn source_words(work: &Work, table: &Table) -> String {
    let sheet = work.packet().table_sheet(table).map_or("", |sheet| sheet.name.as_str());
    format!("{} › {sheet} › {}", work.file_name(table.file), table.range)
}

/// Unit, year, whose table, what kind.
fn about(work: &Work, table: &Table) -> String {
    let unit = table.unit.as_ref().map(|unit| work.unit_word(unit));
    let missing = work.t("未注明", "not stated");
    let mut parts =
        vec![format!("{}：{}", work.t("单位", "Unit"), unit.as_deref().unwrap_or(missing))];
    if let Some(year) = table.year {
        parts.push(format!("{}：{year}", work.t("年度", "Year")));
    }
    if let Some(entity) = &table.entity {
        parts.push(format!("{}：{entity}", work.t("编制单位", "Of")));
    }
    parts.push(format!(
        "{}：{}",
        work.t("表类", "Kind"),
        work.kind_name(table).unwrap_or_else(|| {
            work.t("未识别，按行列名称与公式核对", "unknown; checked by labels and formulas")
                .to_owned()
        })
    ));
    if table.fields.len() > FIELDS {
        parts.push(format!(
            "{} {}",
            work.t("列数过多，本页最多列出的列数：", "Too many columns; this sheet shows at most"),
            FIELDS
        ));
    }
    parts.join("　")
}

/// 账面数·原值（万元）
fn field_heading(table: &Table, field: &Field) -> String {
    let mut path: Vec<&str> = field.path.iter().map(String::as_str).collect();
    path.dedup();
    let mut heading = if path.is_empty() { field.label.clone() } else { path.join("·") };
    let own = field.unit.as_ref().filter(|unit| Some(*unit) != table.unit.as_ref());
    if let Some(unit) = own.map(ToString::to_string).filter(|unit| !heading.contains(unit.as_str()))
    {
        heading = format!("{heading}（{unit}）");
    }
    heading
}

/// What the line is, in a word.
pub(super) fn role(work: &Work, role: LineRole) -> &'static str {
    match role {
        LineRole::Item => work.t("明细", "item"),
        LineRole::Subtotal => work.t("小计", "subtotal"),
        LineRole::Total => work.t("合计", "total"),
        LineRole::OfWhich => work.t("其中", "of which"),
        LineRole::Section => work.t("标题", "heading"),
        LineRole::Header | LineRole::Note | LineRole::Blank => "",
    }
}

fn write_line(
    work: &Work,
    page: &mut Page,
    sheet: &TableSheet,
    table: &Table,
    line: &Line,
) -> Result<(), XlsxError> {
    let looks = |format: Format| match line.role {
        LineRole::Total | LineRole::Subtotal => format.set_background_color(work.style.total),
        _ => format,
    };
    let bold =
        |format: Format| if line.role == LineRole::Total { format.set_bold() } else { format };
    let mut cells = vec![
        (Show::count(line.row + 1), looks(work.style.count())),
        (Show::text(role(work, line.role)), looks(work.style.middle())),
    ];
    if sheet.codes {
        cells.push((Show::text(line.code.clone().unwrap_or_default()), looks(work.style.text())));
    }
    let indent = u8::try_from(line.level.min(12)).unwrap_or(0);
    let label = looks(bold(work.style.text().set_align(FormatAlign::Left).set_indent(indent)));
    cells.push((Show::text(line.label.clone()), label));
    let mut worst: Option<Verdict> = None;
    for field in sheet.fields.iter().map(|at| &table.fields[*at]) {
        let place = place(table, line, field);
        let verdict = work.places.get(&place).copied().flatten();
        if verdict.is_some_and(|v| worst.is_none_or(|worst| gravity(v) > gravity(worst))) {
            worst = verdict;
        }
        let (show, format) = figure(work, table, field, place, page.room());
        let format = bold(looks(format));
        let format = if verdict == Some(Verdict::Fails) {
            format.set_background_color(work.style.wrong)
        } else {
            format
        };
        cells.push((show, format));
    }
    let marks = work.marks();
    let word = worst.map(|verdict| mark(marks, verdict, &marks.holds)).unwrap_or_default();
    cells.push((Show::text(word), looks(work.style.middle())));
    page.cells(&cells)
}

fn place(table: &Table, line: &Line, field: &Field) -> Place {
    let cell = CellRef::new(line.row, field.column);
    Place { file: table.file, sheet: table.sheet, cell }
}

/// A figure as a number; everything else as the text that stands there.
fn figure(work: &Work, table: &Table, field: &Field, place: Place, room: usize) -> (Show, Format) {
    let packet = work.packet();
    // One more than there is room for, so that the page says that there is more.
    let text = cell_text(work, place, room.saturating_add(1));
    if !field.role.is_figure() {
        // What reads 100% in a column of words is shown so.
        let shown = match packet.figure(place, Some(table.id)).state {
            State::Number(_) if text.is_none() => number_text(work, place),
            _ => text.unwrap_or_default(),
        };
        return (Show::Text(shown), work.style.text());
    }
    let operand = Operand { place, table: Some(table.id), coefficient: 1 };
    match packet.figure(place, Some(table.id)).state {
        State::Number(value) => (Show::Number(value), work.format(&operand, 0)),
        State::Blank => (Show::Blank, work.style.text()),
        State::NotCalculated => {
            (Show::text(work.t("（未计算）", "(not calculated)")), work.style.middle())
        }
        State::Placeholder(_) | State::Error | State::Unreadable => {
            (Show::Text(text.unwrap_or_default()), work.style.middle())
        }
    }
}

/// The text of a cell, so many characters of it at most, or its error; `None` where it holds a number or nothing.
pub(super) fn cell_text(work: &Work, place: Place, most: usize) -> Option<String> {
    let sheet = work.packet().sheet(place.file, place.sheet)?;
    match sheet.value(place.cell) {
        Value::Text(id) => Some(beginning(sheet.texts.get(id).trim(), most).to_owned()),
        Value::Error(error) => Some(error.text().to_owned()),
        Value::Bool(value) => Some(if value { "TRUE" } else { "FALSE" }.to_owned()),
        Value::Number(_) | Value::Empty => None,
    }
}

/// A number in a column of words, as its format shows it.
pub(super) fn number_text(work: &Work, place: Place) -> String {
    let packet = work.packet();
    let Some(sheet) = packet.sheet(place.file, place.sheet) else { return String::new() };
    let Value::Number(value) = sheet.value(place.cell) else { return String::new() };
    let percent = packet
        .workbook(place.file)
        .is_some_and(|book| book.style(sheet.style(place.cell).unwrap_or(0)).number_format.percent);
    if percent {
        let hundredfold = value.checked_mul(crate::number::Decimal::ONE_HUNDRED);
        return format!("{}%", hundredfold.unwrap_or(value).normalize());
    }
    value.normalize().to_string()
}

/// A note on each figure that a finding is about.
fn notes(work: &Work, page: &mut Page, sheet: &TableSheet) -> Result<(), XlsxError> {
    let mut written = std::collections::HashSet::new();
    for (at, finding) in work.report.findings.iter().enumerate() {
        let Some(check) = work.check_of(at) else { continue };
        let spot = work.layout.spot(work.packet(), &check.outcome.target);
        let Some((_, row, column)) = spot.filter(|spot| spot.0.table == sheet.table) else {
            continue;
        };
        if written.insert((row, column)) && written.len() <= 2_000 {
            let mut text = format!("{} {}", finding.rule, finding.message.get(work.language()));
            if let Some(diagnosis) = finding.diagnoses.first() {
                text.push('\n');
                text.push_str(diagnosis.text.get(work.language()));
            }
            let note = Note::new(text.chars().take(2_000).collect::<String>())
                .set_author("gouji")
                .add_author_prefix(false)
                .set_width(320)
                .set_height(110);
            page.sheet.insert_note(row, column, &note)?;
        }
    }
    Ok(())
}
