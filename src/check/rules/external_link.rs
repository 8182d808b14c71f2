//! W05 `external-link`: formulas that point to other files, which do not come with the submission.
//!
//! ```toml
//! [W05]
//! name = "external-link"
//! severity = "info"
//! source = "General practice: the receiver does not have the other file"
//! zh.title = "公式引用了其他文件"
//! zh.source = "通行做法：收表的人没有被引用的文件"
//! zh.checks = "公式指向别的工作簿。收表的人没有那个文件，数字无从核实，重算时还可能变成错误值。"
//! zh.example = "='D:\\预算\\[2022.xlsx]表1'!B4"
//! zh.remedy = "把引用的数粘贴为数值，或把那个文件一并报送。"
//! en.title = "formulas refer to other files"
//! en.checks = "A formula points into another workbook, which the receiver does not have."
//! en.example = "='D:\\budget\\[2022.xlsx]Sheet1'!B4"
//! en.remedy = "Paste the values, or submit that file too."
//! ```

use std::collections::BTreeMap;

use super::{Context, Rule, listed};
use crate::model::{CellRef, Finding, Place, Severity, Text, Workbook, many};

pub(super) static RULE: Rule = Rule { code: "W05", severity: Severity::Info, check };

/// Linked files named in the message.
const LINKS: usize = 3;
/// Characters of a linked file's name.
const NAME: usize = 40;

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
    let (names, english) = named(links);
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

/// The names of the linked files without their folders, the first few.
fn named(links: &[String]) -> (String, String) {
    let mut names: Vec<String> = links.iter().map(|link| short(link)).collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return (String::new(), String::new());
    }
    let shown = names[..names.len().min(LINKS)].to_vec();
    match names.len().saturating_sub(LINKS) {
        0 => (format!("（{}）", shown.join("、")), format!(" ({})", shown.join(", "))),
        more => (
            format!("（{} 等 {} 个文件）", shown.join("、"), names.len()),
            format!(" ({} and {})", shown.join(", "), many(more, "more file")),
        ),
    }
}

/// What tells a file from others: its name, cut where it is very long.
fn short(link: &str) -> String {
    let name = link.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or(link);
    let mut short: String = name.chars().take(NAME).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_told_by_their_names() {
        let links: Vec<String> =
            ["file:///C:/a/b/预算.xlsx", r"\\server\share\二.xls", "三.xls", "四.xls"]
                .map(str::to_owned)
                .to_vec();
        assert_eq!(short(&links[0]), "预算.xlsx");
        assert_eq!(named(&links[..2]).0, "（二.xls、预算.xlsx）");
        assert_eq!(named(&links).0, "（三.xls、二.xls、四.xls 等 4 个文件）");
        assert_eq!(short(&"长".repeat(90)).chars().count(), NAME + 1);
    }
}
