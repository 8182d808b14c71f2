//! T07 `stale-formula`: the value stored beside a formula is not what its cells give.
//!
//! What fails as a relation under this code is a finding already; here are the formulas that no relation can say, the
//! stale values that the printed digits hide, and the formulas that were never calculated.
//!
//! ```toml
//! [T07]
//! name = "stale-formula"
//! severity = "error"
//! source = "The workbook's own formulas, recomputed in decimals; a change below the printed digits is a warning, a value never stored a note"
//! zh.title = "公式的存储值已过期"
//! zh.source = "报送表自己的公式，以十进制重算；印出位数以下的变化列为核实，未保存的值列为提示"
//! zh.checks = "单元格里的公式按现有数字重算后，与文件中存储（也是打印出来）的结果不同：改了数字没有重算，或由其他程序写出。显示的数字会变的为错误，只差在未显示的小数位的为核实；从未计算过的为提示，并以重算值参与核对。"
//! zh.example = "B10 为 =SUM(B4:B9)，存储值 358.78，重算为 427.87。"
//! zh.remedy = "用 Excel 或 WPS 打开，按 F9 重算后保存，再报送。"
//! en.title = "a formula's stored value is out of date"
//! en.checks = "A formula recomputed from its cells differs from the value stored, which is what is printed. A warning where only hidden decimals would change; a formula never calculated is a note, and its computed value is used."
//! en.example = "B10 is =SUM(B4:B9), stored 358.78, recomputed 427.87."
//! en.remedy = "Open the file, recalculate (F9), save and submit again."
//! ```

use std::collections::BTreeMap;

use super::{Context, Rule, listed, printed};
use crate::formula::{Computed, Evaluator, Freshness, freshness};
use crate::model::{CellRef, Finding, Place, Severity, Text, Workbook, many};
use crate::number::Decimal;

pub(super) static RULE: Rule = Rule { code: "T07", severity: Severity::Error, check };

/// Stale formulas of one form on one sheet.
#[derive(Default)]
struct Group {
    cells: Vec<CellRef>,
    visible: bool,
    first: Option<(Decimal, Decimal)>,
}

fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    let reported = context.failing_targets();
    let fresh = context.packet.fresh.get();
    let is_fresh = |place: &Place| fresh.is_some_and(|fresh| fresh.contains(place));
    for (file, workbook) in context.workbooks() {
        let Some(book) = context.packet.formulas.get(file as usize) else { continue };
        if book.is_empty() {
            continue;
        }
        let mut evaluator = Evaluator::new(workbook, book);
        for sheet in 0..workbook.sheets.len() as u32 {
            let mut groups: BTreeMap<u32, Group> = BTreeMap::new();
            let mut left_out = Vec::new();
            let formulas = &workbook.sheets[sheet as usize].formulas;
            for ((cell, formula), form) in formulas.iter().zip(book.forms(sheet)) {
                let place = Place { file, sheet, cell: *cell };
                if reported.contains(&place) || is_fresh(&place) {
                    continue;
                }
                match freshness(context.packet, &mut evaluator, place, formula) {
                    Freshness::Stale { value, visible } => {
                        let group = groups.entry(*form).or_default();
                        group.cells.push(*cell);
                        group.visible |= visible;
                        let stored =
                            context.packet.figure(place, None).number().unwrap_or_default();
                        group.first.get_or_insert((stored, value));
                    }
                    Freshness::LeftOut => left_out.push(*cell),
                    Freshness::Fresh | Freshness::Unknown => {}
                }
            }
            for group in groups.values() {
                findings.push(stale(context, Place { file, sheet, cell: group.cells[0] }, group));
            }
            findings.extend(never_calculated(context, workbook, file, sheet));
            findings.extend(not_tried(file, sheet, &left_out));
        }
    }
    findings
}

fn stale(context: &Context, place: Place, group: &Group) -> Finding {
    let (stored, value) = group.first.unwrap_or_default();
    let cells = listed(&group.cells);
    let (stored_text, value_text) = if group.visible {
        (printed(context, place, None, stored), printed(context, place, None, value))
    } else {
        (
            stored.normalize().to_string(),
            value.round_sf(15).unwrap_or(value).normalize().to_string(),
        )
    };
    let message = if group.cells.len() == 1 {
        Text::new(
            format!("公式未重新计算：存的是 {stored_text}，按单元格现值应为 {value_text}"),
            format!("stale formula: {stored_text} is stored, its cells give {value_text}"),
        )
    } else {
        Text::new(
            format!(
                "{} 的同类公式未重新计算：首个存的是 {stored_text}，按单元格现值应为 {value_text}",
                cells.zh
            ),
            format!(
                "stale formulas of one form in {}: the first stores {stored_text}, its cells give {value_text}",
                cells.en
            ),
        )
    };
    let mut finding = RULE.at(place, message);
    if !group.visible {
        finding.severity = Severity::Warning;
    }
    finding.related = group.cells[1..].iter().map(|cell| Place { cell: *cell, ..place }).collect();
    finding
}

/// Formulas that look at so many cells, all together, that they were not calculated again.
fn not_tried(file: u32, sheet: u32, cells: &[CellRef]) -> Option<Finding> {
    let first = *cells.first()?;
    let total = cells.len();
    let mut finding = RULE.at(
        Place { file, sheet, cell: first },
        Text::new(
            format!("{total} 个公式没有重算：本工作簿的公式一共要查看的单元格太多，没有核对存储的结果是否最新"),
            format!(
                "{} not calculated again: the formulas of this workbook look at too many cells in all; whether their stored results are fresh was not checked",
                many(total, "formula")
            ),
        ),
    );
    finding.severity = Severity::Info;
    finding.related =
        cells[1..].iter().take(200).map(|cell| Place { file, sheet, cell: *cell }).collect();
    Some(finding)
}

fn never_calculated(
    context: &Context,
    workbook: &Workbook,
    file: u32,
    sheet: u32,
) -> Option<Finding> {
    let book = &context.packet.formulas[file as usize];
    let formulas = &workbook.sheets[sheet as usize].formulas;
    let cells: Vec<CellRef> = formulas
        .iter()
        .filter(|(cell, _)| book.is_uncalculated(sheet, *cell))
        .map(|(cell, _)| *cell)
        .collect();
    let first = *cells.first()?;
    let known = cells
        .iter()
        .filter(|cell| matches!(book.computed(sheet, **cell), Some(value) if !matches!(value, Computed::Error(_))))
        .count();
    let (total, unknown) = (cells.len(), cells.len() - known);
    let mut message = Text::new(
        format!("{total} 个公式从未计算，文件中没有结果；核对时使用了重算值"),
        format!(
            "{} never calculated; computed values are used in the checks",
            many(total, "formula")
        ),
    );
    if unknown > 0 {
        message.zh = format!(
            "{total} 个公式从未计算，文件中没有结果；其中 {known} 个已重算用于核对，{unknown} 个无法重算"
        );
        message.en = format!(
            "{} never calculated; {known} computed for the checks, {unknown} could not be",
            many(total, "formula")
        );
    }
    let mut finding = RULE.at(Place { file, sheet, cell: first }, message);
    finding.severity = Severity::Info;
    finding.related =
        cells[1..].iter().take(200).map(|cell| Place { file, sheet, cell: *cell }).collect();
    Some(finding)
}
