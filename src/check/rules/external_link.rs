//! W05 `external-link`: formulas that point to other files, which do not come with the submission.

use std::collections::BTreeMap;

use super::{Context, Rule, listed};
use crate::model::{CellRef, Finding, Place, Severity, Text, Workbook};

pub(super) static RULE: Rule = Rule { code: "W05", severity: Severity::Info, check };

/// Cells named in one finding.
const RELATED: usize = 50;

fn check(context: &Context) -> Vec<Finding> {
    context.workbooks().filter_map(|(file, workbook)| of_file(context, file, workbook)).collect()
}

fn of_file(context: &Context, file: u32, workbook: &Workbook) -> Option<Finding> {
    let book = context.packet.formulas.get(file as usize)?;
    let external: Vec<bool> = (0..book.form_count())
        .map(|form| book.tree(form as u32).is_some_and(crate::formula::Tree::is_external))
        .collect();
    let mut by_sheet: BTreeMap<u32, Vec<CellRef>> = BTreeMap::new();
    for (sheet, content) in workbook.sheets.iter().enumerate() {
        let sheet = sheet as u32;
        for ((cell, _), form) in content.formulas.iter().zip(book.forms(sheet)) {
            if external[*form as usize] {
                by_sheet.entry(sheet).or_default().push(*cell);
            }
        }
    }
    let total: usize = by_sheet.values().map(Vec::len).sum();
    let links = &workbook.external_links;
    if total == 0 && links.is_empty() {
        return None;
    }
    let names =
        if links.is_empty() { String::new() } else { format!("（{}）", links.join("、")) };
    let english = if links.is_empty() { String::new() } else { format!(" ({})", links.join(", ")) };
    let mut message = Text::new(
        format!("工作簿链接到其他文件{names}，这些数字的来源无法核实"),
        format!(
            "the workbook links to other files{english}; where those figures come from cannot be verified"
        ),
    );
    for (sheet, cells) in &by_sheet {
        let name = &workbook.sheets[*sheet as usize].name;
        let cells = listed(cells);
        message.zh.push_str(&format!("；{name}：{}", cells.zh));
        message.en.push_str(&format!("; {name}: {}", cells.en));
    }
    let mut finding = RULE.about(Some(file), message);
    finding.related = by_sheet
        .iter()
        .flat_map(|(sheet, cells)| {
            cells.iter().map(|cell| Place { file, sheet: *sheet, cell: *cell })
        })
        .take(RELATED)
        .collect();
    Some(finding)
}
