//! W01 `number-stored-as-text`: a numeric field holds a number typed as text.
//!
//! Database exports hold every number as text; that is one remark for a sheet, not one for a cell. In a .csv everything
//! is text, and nothing is said.
//!
//! ```toml
//! [W01]
//! name = "number-stored-as-text"
//! severity = "info"
//! source = "Excel's SUM skips such cells; its own background check marks them"
//! zh.title = "数字存为文本"
//! zh.source = "Excel 求和时略过文本单元格，其后台检查也作标记"
//! zh.checks = "数字列里以文本存放的数字。本程序照常读取，但 Excel 的 SUM 会跳过它，合计因此少算。"
//! zh.example = "以撇号开头的 '1,304.39，单元格左上角有绿色三角。"
//! zh.remedy = "选中该列，用“数据 → 分列 → 完成”，或点绿色三角选“转换为数字”。"
//! en.title = "a number is stored as text"
//! en.checks = "Text that reads as a number in a column of numbers. It is read here, but SUM skips it."
//! en.example = "'1,304.39 with a green triangle in its corner."
//! en.remedy = "Convert it to a number: Data → Text to Columns → Finish."
//! ```

use std::collections::BTreeSet;

use super::{Context, Held, Rule, listed};
use crate::model::{CellRef, Field, Finding, Format, Place, Severity, Sheet, Table, Text, Value};
use crate::number::{self, Unit};

pub(super) static RULE: Rule = Rule { code: "W01", severity: Severity::Info, check };

/// Texts for each number of a table whose figures are all said to be texts.
const NEARLY_ALL: usize = 4;

fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut exports: BTreeSet<(u32, u32)> = BTreeSet::new();
    for (table, sheet) in context.tables() {
        let plain = |format: Format| {
            matches!(format, Format::Csv | Format::Html | Format::Mhtml | Format::Docx)
        };
        if context.packet.workbook(table.file).is_none_or(|workbook| plain(workbook.format)) {
            continue;
        }
        let all_numbers =
            |(field, held): (&Field, Held)| held.texts == 0 || !field.role.is_figure();
        if context.held(table).all(all_numbers) {
            continue;
        }
        // A column that nobody named holds the exporting program's own marks.
        let fields: Vec<_> = kinds(table, sheet)
            .into_iter()
            .filter(|(field, texts, numbers)| !field.path.is_empty() || *numbers > texts.len())
            .collect();
        let texts: usize = fields.iter().map(|(_, texts, _)| texts.len()).sum();
        let numbers: usize = fields.iter().map(|(_, _, numbers)| numbers).sum();
        if texts == 0 {
            continue;
        }
        if texts >= numbers {
            // 占比 typed as text beside figures that are numbers is not the whole table.
            if texts >= 3
                && numbers * NEARLY_ALL <= texts
                && exports.insert((table.file, table.sheet))
            {
                let cells = fields.iter().flat_map(|(_, texts, _)| texts).copied().min();
                findings.extend(cells.map(|cell| export(table, cell, texts)));
            }
            continue;
        }
        for (field, texts, numbers) in &fields {
            if *numbers >= 2 && *numbers > texts.len() && !texts.is_empty() {
                findings.push(in_field(table, sheet, field, texts));
            }
        }
    }
    findings
}

/// Of each field the cells that are numbers as text, and how many are numbers.
fn kinds<'a>(table: &'a Table, sheet: &Sheet) -> Vec<(&'a Field, Vec<CellRef>, usize)> {
    let mut fields: Vec<_> = table.figure_fields().map(|field| (field, Vec::new(), 0)).collect();
    for line in table.lines.iter().filter(|line| line.role.is_data()) {
        for (field, texts, numbers) in &mut fields {
            let cell = CellRef::new(line.row, field.column);
            match sheet.value(cell) {
                Value::Number(_) => *numbers += 1,
                Value::Text(id)
                    if sheet.formula(cell).is_none() && is_number(sheet.texts.get(id)) =>
                {
                    texts.push(cell);
                }
                _ => {}
            }
        }
    }
    fields
}

/// Digits as a figure is typed; an amount with its unit or in capitals is meant as text.
fn is_number(text: &str) -> bool {
    number::placeholder(text).is_none()
        && number::parse(text).is_some_and(|literal| {
            literal.spelling != number::Spelling::Chinese
                && literal.unit.is_none_or(|unit| unit == Unit::Percent)
        })
}

fn export(table: &Table, cell: CellRef, count: usize) -> Finding {
    let place = Place { file: table.file, sheet: table.sheet, cell };
    RULE.at(
        place,
        Text::new(
            format!("表中 {count} 个数字都存为文本，核对时已按数字读取；在 Excel 中求和会得 0"),
            format!("all {count} figures of the table are stored as text; they are read as numbers here, but Excel's SUM skips them"),
        ),
    )
}

fn in_field(table: &Table, sheet: &Sheet, field: &Field, cells: &[CellRef]) -> Finding {
    let place = |cell: CellRef| Place { file: table.file, sheet: table.sheet, cell };
    let name = match field.label.as_str() {
        "" => CellRef::column_letters(field.column),
        label => label.to_owned(),
    };
    let message = if let [only] = cells {
        let text = sheet.text(*only).unwrap_or_default().trim();
        Text::new(
            format!("“{name}”列的 {text} 是文本，Excel 求和会漏掉它"),
            format!("{text} in {name} is text: Excel's SUM skips it"),
        )
    } else {
        let listed = listed(cells);
        Text::new(
            format!("“{}”列的 {} 是文本形式的数字，Excel 求和会漏掉它们", name, listed.zh),
            format!("{} in {} are numbers stored as text: Excel's SUM skips them", listed.en, name),
        )
    };
    let mut finding = RULE.at(place(cells[0]), message);
    finding.related = cells[1..].iter().map(|cell| place(*cell)).collect();
    finding
}
