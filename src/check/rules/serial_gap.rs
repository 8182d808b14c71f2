//! T10 `serial-gap`: a serial-number column that skips or repeats a number.
//!
//! Lists start again at 1 under a new section, sums and headings carry no number, and merged cells leave blanks: none of
//! that is a gap. Only a column that otherwise counts up is judged.
//!
//! ```toml
//! [T10]
//! name = "serial-gap"
//! severity = "info"
//! source = "General practice"
//! zh.title = "序号断号或重号"
//! zh.source = "通行做法"
//! zh.checks = "序号列应从 1 起连续；断号可能是删掉了行，重号可能是粘贴了行。"
//! zh.example = "序号 1、2、4。"
//! zh.remedy = "核对是否漏报或重报了一行，再重排序号。"
//! en.title = "serial numbers have gaps or repeats"
//! en.checks = "A serial column should run from 1: a gap may be a deleted row, a repeat a pasted one."
//! en.example = "1, 2, 4."
//! en.remedy = "See whether a row was lost or doubled, then renumber."
//! ```

use super::{Context, Rule};
use crate::model::{CellRef, FieldRole, Finding, Place, Severity, Sheet, Table, Text, Value};
use crate::number;

pub(super) static RULE: Rule = Rule { code: "T10", severity: Severity::Info, check };

/// Numbers farther apart than this are another numbering, not a gap.
const FARTHEST: i64 = 10;

/// Fewer numbers than this are no series.
const LEAST: usize = 5;

fn check(context: &Context) -> Vec<Finding> {
    context.tables().filter_map(|(table, sheet)| of_table(table, sheet)).collect()
}

fn of_table(table: &Table, sheet: &Sheet) -> Option<Finding> {
    let field = table.fields.iter().find(|field| field.role == FieldRole::Serial)?;
    let numbers: Vec<(CellRef, i64)> = table
        .lines
        .iter()
        .filter_map(|line| {
            let cell = CellRef::new(line.row, field.column);
            whole(sheet, cell).map(|number| (cell, number))
        })
        .collect();
    if numbers.len() < LEAST {
        return None;
    }
    let steps = numbers.len() - 1;
    let odd: Vec<_> = numbers
        .windows(2)
        .map(|pair| (pair[0], pair[1]))
        .filter(|((_, before), (_, after))| *after != before + 1 && *after != 1)
        .collect();
    // One slip in a series is a slip; more than one in eight is another way of numbering.
    let far = odd.iter().any(|((_, before), (_, after))| (after - before).abs() > FARTHEST);
    if far || odd.is_empty() || odd.len() * 8 > steps.max(8) || numbers[0].1 != 1 {
        return None;
    }
    let mut zh = Vec::new();
    let mut en = Vec::new();
    for ((_, before), (cell, after)) in &odd {
        let order = after.cmp(before);
        if order.is_eq() {
            zh.push(format!("{cell} 重复序号 {after}"));
            en.push(format!("{cell} repeats {after}"));
        } else if order.is_lt() {
            zh.push(format!("{cell} 的 {after} 排在 {before} 之后"));
            en.push(format!("{cell} has {after} after {before}"));
        } else {
            let missing = if *after == before + 2 {
                format!("{}", before + 1)
            } else {
                format!("{}–{}", before + 1, after - 1)
            };
            zh.push(format!("{cell} 前缺 {missing}"));
            en.push(format!("{missing} is missing before {cell}"));
        }
    }
    let place = |cell: CellRef| Place { file: table.file, sheet: table.sheet, cell };
    let message = Text::new(
        format!("序号不连续：{}", zh.join("；")),
        format!("serial numbers do not run on: {}", en.join("; ")),
    );
    let mut finding = RULE.at(place(odd[0].1.0), message);
    finding.related = odd[1..].iter().map(|(_, (cell, _))| place(*cell)).collect();
    Some(finding)
}

/// A whole number in a cell, also as text.
fn whole(sheet: &Sheet, cell: CellRef) -> Option<i64> {
    let value = match sheet.value(cell) {
        Value::Number(value) => value,
        Value::Text(id) => {
            let text = sheet.texts.get(id).trim();
            text.bytes().all(|b| b.is_ascii_digit()).then(|| number::exact_text(text))??
        }
        _ => return None,
    };
    if value.scale() == 0 {
        return i64::try_from(value.mantissa()).ok();
    }
    value.fract().is_zero().then(|| i64::try_from(value.trunc().mantissa()).ok())?
}
