//! One lead sheet a table: what was submitted, what its own figures give, the difference and the mark.
//!
//! The marks are those of auditors: ∧ a column adds up, ‹ a row adds up, ∑ recomputed within the table, 表 agrees with another
//! table; a house may have others.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::checks::{self, is_between};
use super::formula;
use super::layout::TableSheet;
use super::page::{Page, Show, internal};
use super::work::{Check, Work};
use crate::model::{Operation, PaperSheet as Part, Shape, Table, Verdict};

/// Rows of one sheet; of a table with more, those that hold are counted.
const LISTED: usize = 5_000;

/// The index number and the name of a table's lead sheet: D1, D1 支出明细.
pub(super) fn names(sheet: &TableSheet) -> (String, String) {
    let lead = |text: &str| format!("{}{}", Part::Lead.index(), text.trim_start_matches('T'));
    (lead(&sheet.index), lead(&sheet.name))
}

/// Writes the lead sheet; `None` where nothing of the table is the target of a check.
pub(super) fn write(work: &Work, sheet: &TableSheet) -> Result<Option<Worksheet>, XlsxError> {
    let table = &work.packet().tables[sheet.table];
    let mut all: Vec<&Check> = work.checks_of(table.id).collect();
    if all.is_empty() {
        return Ok(None);
    }
    let place = |check: &Check| check.outcome.target.place.cell;
    all.sort_by_key(|check| (place(check).row, place(check).column, check.id));
    let count = all.len();
    if count > LISTED {
        all.retain(|check| check.outcome.verdict != Verdict::Holds);
        all.truncate(LISTED);
    }
    let (index, name) = names(sheet);
    let title = table.title.clone().unwrap_or_else(|| sheet.name.clone());
    let title = format!("{}{title}", work.t("审核表：", "Lead sheet: "));
    let amount = work.amounts();
    let widths = vec![6, 28, 17, amount, amount, work.differences(), 8, 6, 6, 28, 8];
    let mut page = Page::new(work, &name, &index, &title, widths)?;
    head(work, &mut page, sheet, count - all.len())?;
    for check in &all {
        row(work, &mut page, table, check)?;
    }
    page.filter()?;
    Ok(Some(page.finish()?))
}

fn head(work: &Work, page: &mut Page, sheet: &TableSheet, left: usize) -> Result<(), XlsxError> {
    let marks = work.marks();
    let mut legend = work.t(
        format!(
            "{} 纵向合计相符　{} 横向合计相符　{} 本表重算相符　{} 与他表相符　{} 尾差　{} 不符　{} 未能核对",
            marks.down, marks.across, marks.recomputed, marks.between, marks.rounding, marks.fails, marks.unverifiable
        ),
        format!(
            "{} column adds up   {} row adds up   {} recomputed   {} agrees with another table   {} rounding   {} differs   {} not verifiable",
            marks.down, marks.across, marks.recomputed, marks.between, marks.rounding, marks.fails, marks.unverifiable
        ),
    );
    if left > 0 {
        legend.push_str(&work.t(
            format!("　（另有 {left} 项相符的未逐项列出）"),
            format!("   ({left} more that agree are not listed)"),
        ));
    }
    page.line(&legend)?;
    let words = format!("{} {}", work.t("申报数取自", "Submitted figures:"), sheet.name);
    let format =
        work.style.link().set_border(rust_xlsxwriter::FormatBorder::None).unset_text_wrap();
    page.put(page.row, 0, &Show::Link(internal(&sheet.name, 0, 0), words), &format)?;
    page.row += 1;
    page.headings(&[
        work.t("原行", "Row"),
        work.t("项目", "Line"),
        work.t("栏次", "Column"),
        work.t("申报数", "Submitted"),
        work.t("重算数", "Recomputed"),
        work.t("差异", "Difference"),
        work.t("允差", "Tolerance"),
        work.t("标识", "Mark"),
        work.t("单位", "Unit"),
        work.t("算式（报送表单元格）", "Arithmetic (submitted cells)"),
        work.t("参见", "See"),
    ])?;
    page.freeze(2)
}

fn row(work: &Work, page: &mut Page, table: &Table, check: &Check) -> Result<(), XlsxError> {
    let (relation, outcome) = (work.relation(check), &check.outcome);
    let cell = outcome.target.place.cell;
    let line = table.line_at(cell.row).map(|line| line.label.clone()).unwrap_or_default();
    let field = table.field_at(cell.column).map(|field| field.label.clone()).unwrap_or_default();
    let mut cells: Vec<(Show, Format)> = vec![
        (Show::count(cell.row + 1), work.style.count()),
        (Show::Text(line), work.style.text()),
        (Show::Text(field), work.style.text()),
    ];
    cells.extend(work.figures_marked(check, page.row, 3, Some(tick(work, check))));
    cells.push((Show::Text(work.unit(&outcome.target)), work.style.middle()));
    cells
        .push((Show::Text(formula::in_words(work.packet(), relation, outcome)), work.style.text()));
    cells.push(checks::link(work, check));
    page.cells(&cells)
}

/// The mark of a check that holds, by what was done.
fn tick<'a>(work: &'a Work, check: &Check) -> &'a str {
    let (marks, relation) = (work.marks(), work.relation(check));
    if is_between(work, check) {
        return &marks.between;
    }
    match (relation.operation, &relation.shape) {
        (Operation::Sum, Shape::Fields { .. }) => &marks.across,
        (Operation::Sum | Operation::AtMost, _) => &marks.down,
        _ => &marks.recomputed,
    }
}
