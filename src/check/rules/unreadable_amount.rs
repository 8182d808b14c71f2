//! W06 `unreadable-amount`: a cell of a column of money holds something that is meant as an amount and is none.
//!
//! Without this, a line that cannot be read would only be missing from a list of checks not done; and a column of which
//! nothing can be read is no column of figures at all, so that nothing would be said of it.
//!
//! ```toml
//! [W06]
//! name = "unreadable-amount"
//! severity = "warning"
//! source = "General knowledge: what is shown as an amount and stored as something else is left out of sums"
//! zh.title = "金额读不出来"
//! zh.source = "常识：显示为金额而存为他物的，求和时会漏掉"
//! zh.checks = "金额列中的单元格不是数字而又像数字：写法残缺的数、带说明文字的数、日期、逻辑值。它们不计入任何核对，逐格列出；整列都读不出时也列出。“见附表”一类的文字不算。"
//! zh.example = "支出数一列有“30.2.0”“12,34”，另一格是日期。"
//! zh.remedy = "改为数字；说明文字请写到备注列。"
//! en.title = "an amount cannot be read"
//! en.checks = "Cells of a column of money that look like numbers and are none: broken numbers, numbers with words, dates, truth values. No check uses them; each is named, also where nothing in the column can be read."
//! en.example = "30.2.0 and 12,34 among the amounts paid, and a date."
//! en.remedy = "Type a number; put words into the remarks."
//! ```

use std::collections::BTreeMap;

use super::{Context, Rule};
use crate::lexicon::Words;
use crate::model::words::key;
use crate::model::{
    CellRef, Field, FieldRole, Finding, Place, Severity, Sheet, Table, Text, Value, Workbook,
    moment,
};
use crate::number::{self, Unit};

pub(super) static RULE: Rule = Rule { code: "W06", severity: Severity::Warning, check };

/// Rows in which a header is looked for on a sheet without tables.
const HEADER_ROWS: u32 = 12;

/// Cells named in a message.
const SHOWN: usize = 10;

fn check(context: &Context) -> Vec<Finding> {
    let known = &context.rulebook.words;
    let mut findings = Vec::new();
    for (table, sheet) in context.tables() {
        let Some(workbook) = context.packet.workbook(table.file) else { continue };
        for (field, held) in context.held(table) {
            // All are numbers, and none is a day.
            if held.texts == 0 && held.truths == 0 && held.dates == 0 {
                continue;
            }
            let cells = in_field(known, table, field, workbook, sheet);
            findings.extend(finding(table.file, table.sheet, &field.label, &cells));
        }
    }
    for (file, workbook) in context.workbooks() {
        for (number, sheet) in workbook.sheets.iter().enumerate() {
            let number = number as u32;
            let has_tables =
                context.packet.tables.iter().any(|t| (t.file, t.sheet) == (file, number));
            if has_tables {
                continue;
            }
            for (header, cells) in on_sheet(known, workbook, sheet) {
                findings.extend(finding(file, number, &header, &cells));
            }
        }
    }
    findings
}

/// The unreadable amounts of a field, with what each shows.
fn in_field(
    known: &Words,
    table: &Table,
    field: &Field,
    workbook: &Workbook,
    sheet: &Sheet,
) -> Vec<(CellRef, String)> {
    let doubtful = matches!(field.role, FieldRole::Text | FieldRole::Date | FieldRole::Code);
    // Columns of numbers are many things (years, hours, marks): of money by their unit or their header.
    let unit = field.unit.as_ref().or(table.unit.as_ref());
    let amounts = field.role == FieldRole::Amount && unit.is_some_and(Unit::is_money);
    if !amounts && !((doubtful || field.role == FieldRole::Amount) && is_money(known, &field.label))
    {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut filled = 0_usize;
    for line in table.lines.iter().filter(|line| line.role.is_data()) {
        let cell = CellRef::new(line.row, field.column);
        if line.label_cell == Some(cell) || stands_beside_its_name(known, sheet, cell) {
            continue;
        }
        filled += usize::from(sheet.value(cell) != Value::Empty);
        found.extend(unreadable(known, workbook, sheet, cell).map(|text| (cell, text)));
    }
    // A column of words or dates with a few numbers in it is what it is.
    if doubtful && (found.len() < 2 || found.len() * 2 < filled) {
        found.clear();
    }
    found
}

/// Whether a cell is the day that its neighbour on the left names: 启用日期 | 2006-12-30, among pairs of names and values.
fn stands_beside_its_name(known: &Words, sheet: &Sheet, cell: CellRef) -> bool {
    let left = cell.column.checked_sub(1).map(|column| CellRef::new(cell.row, column));
    left.and_then(|left| sheet.text(left)).is_some_and(|name| {
        let name = key(name.trim_end_matches([':', '：']));
        name.chars().count() <= 12 && known.dates.end(&name)
    })
}

/// Columns of a sheet without tables, under a header of money, of which nothing can be read.
fn on_sheet(
    known: &Words,
    workbook: &Workbook,
    sheet: &Sheet,
) -> Vec<(String, Vec<(CellRef, String)>)> {
    let mut headers: BTreeMap<u32, (u32, String)> = BTreeMap::new();
    for row in sheet.row_numbers().take_while(|row| *row < HEADER_ROWS) {
        for (column, value, _) in sheet.row(row) {
            let Value::Text(id) = value else { continue };
            let text = sheet.texts.get(id).trim();
            if is_money(known, text)
                && text.chars().count() <= 20
                && !text.contains(char::is_numeric)
            {
                headers.insert(column, (row, text.to_owned()));
            }
        }
    }
    let mut columns: BTreeMap<u32, (usize, Vec<(CellRef, String)>)> = BTreeMap::new();
    if headers.is_empty() {
        return Vec::new();
    }
    for (cell, value, _) in sheet.cells() {
        let under = headers.get(&cell.column).is_some_and(|(row, _)| cell.row > *row);
        if under && value != Value::Empty {
            let (filled, found) = columns.entry(cell.column).or_default();
            *filled += 1;
            found.extend(unreadable(known, workbook, sheet, cell).map(|text| (cell, text)));
        }
    }
    columns
        .into_iter()
        .filter(|(_, (filled, found))| found.len() >= 2 && found.len() * 5 >= filled * 4)
        .filter_map(|(column, (_, found))| Some((headers.remove(&column)?.1, found)))
        .collect()
}

/// Whether a header is one of money. A column is taken for one by its header only where nothing in it can be read.
fn is_money(known: &Words, header: &str) -> bool {
    known.money_columns.stand_in(&key(header))
}

/// Bytes of a text that may be meant as an amount.
const LONGEST: usize = 400;

/// What a cell shows that is meant as an amount and is none: a date, a truth value, a text made of digits for the most
/// part. Words (见附表3) are no amounts and meant as none.
fn unreadable(known: &Words, workbook: &Workbook, sheet: &Sheet, cell: CellRef) -> Option<String> {
    let (value, style) = sheet.cell(cell)?;
    match value {
        Value::Number(number) => {
            let format = &workbook.style(style).number_format;
            (format.date && !number.is_zero())
                .then(|| moment(number, workbook.date_1904, &format.code))
        }
        Value::Bool(truth) => Some(if truth { "TRUE" } else { "FALSE" }.to_owned()),
        Value::Text(id) => {
            let text = sheet.texts.get(id).trim();
            // Of forty signs and the spaces between them; a long text may stand in very many cells.
            if text.len() > LONGEST {
                return None;
            }
            let signs = text.chars().filter(|c| !c.is_whitespace()).count();
            let digits = text.chars().filter(|c| c.is_ascii_digit() || ('０'..='９').contains(c));
            let numeric = signs > 0 && digits.count() * 2 >= signs && signs <= 40;
            let read = number::placeholder(text).is_some() || sheet.marks.parse(text).is_some();
            (numeric && !read && !is_label(known, text)).then(|| text.chars().take(24).collect())
        }
        _ => None,
    }
}

/// Whether a text of digits names something: a year or a span of years, a period (FY03, Fall 2002, 2002Q1).
///
/// Letters that are typed in place of digits (1O0, l00) make no word.
fn is_label(known: &Words, text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphabetic() && !matches!(c, 'O' | 'o' | 'l' | 'I');
    let numbers: Vec<&str> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let years = numbers.len() == 2
        && numbers.iter().all(|part| part.len() == 4 && matches!(&part[..2], "18" | "19" | "20"));
    years || text.contains(word) || known.periods.stand_in(text)
}

fn finding(file: u32, sheet: u32, header: &str, cells: &[(CellRef, String)]) -> Option<Finding> {
    let place = |cell: CellRef| Place { file, sheet, cell };
    let (first, _) = cells.first()?;
    let names: Vec<String> =
        cells.iter().take(SHOWN).map(|(cell, text)| format!("{cell}“{text}”")).collect();
    let name =
        if header.is_empty() { CellRef::column_letters(first.column) } else { header.to_owned() };
    let more = cells.len().saturating_sub(SHOWN);
    let (zh, en) = if more > 0 {
        (format!(" 等 {} 处", cells.len()), format!(" and {more} more"))
    } else {
        (String::new(), String::new())
    };
    let mut finding = RULE.at(
        place(*first),
        Text::new(
            format!("“{name}”列的 {}{zh}不能读作金额（日期、逻辑值或残缺的数），没有参与核对", names.join("、")),
            format!("{name}: {}{en} cannot be read as amounts (dates, truth values, broken numbers) and took no part in the check", names.join(", ")),
        ),
    );
    finding.related = cells[1..].iter().map(|(cell, _)| place(*cell)).collect();
    Some(finding)
}
