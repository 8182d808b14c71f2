//! 核对总表: every check, those that hold too, with its arithmetic alive; and 表间勾稽, those between tables.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::formula;
use super::page::{Page, Show, internal};
use super::work::{Check, Work};
use crate::model::{Evidence, Operation, PaperSheet as Part, Shape};

/// The first row of checks, below title, head, explanation and headings.
pub(super) const TOP: u32 = 5;
/// The column of the marks.
pub(super) const MARKS: u16 = 9;

/// Every check.
pub(super) fn write(work: &Work) -> Result<Option<Worksheet>, XlsxError> {
    let explanation = if work.unlisted == 0 {
        work.t(
            "每项核对一行，相符的也列出。申报数、核对数、差异和标识都是公式，取自各规范表；改动规范表中的数，本表随之重算。",
            "One row a check, those that agree too. Stated, computed, difference and mark are formulas over the normalized tables and follow them.",
        )
        .to_owned()
    } else {
        format!(
            "{}{}{}",
            work.t("核对太多，相符的 ", "Too many checks: "),
            work.unlisted,
            work.t(" 项未逐项列出；其余每项一行。", " that agree are not listed one by one.")
        )
    };
    let all: Vec<&Check> = work.checks.iter().collect();
    Ok((!all.is_empty()).then_some(sheet(work, Part::Checks, &explanation, &all)?))
}

/// The checks whose cells stand in more than one table.
pub(super) fn write_between(work: &Work) -> Result<Option<Worksheet>, XlsxError> {
    let between: Vec<&Check> = work.checks.iter().filter(|check| is_between(work, check)).collect();
    if between.is_empty() {
        return Ok(None);
    }
    let explanation = work.t(
        "不同表之间同一数额、或应当相加相等的数额。单位不同的先折算。",
        "The same amount in different tables, or amounts that must add up across them, brought to one unit.",
    );
    Ok(Some(sheet(work, Part::Between, explanation, &between)?))
}

/// Whether a check joins tables.
pub(super) fn is_between(work: &Work, check: &Check) -> bool {
    let relation = work.relation(check);
    let outcome = &check.outcome;
    relation.evidence.contains(Evidence::Packet)
        || matches!(relation.shape, Shape::Cells { .. })
            && outcome.terms.iter().any(|term| term.table != outcome.target.table)
}

fn sheet(
    work: &Work,
    part: Part,
    explanation: &str,
    checks: &[&Check],
) -> Result<Worksheet, XlsxError> {
    let amount = work.amounts();
    let widths = vec![7, 5, 15, 20, 17, amount, amount, work.differences(), 8, 5, 5, 20, 15];
    let mut page = work.page(part, widths)?;
    page.line(explanation)?;
    page.headings(&[
        work.t("索引号", "Index"),
        work.t("规则", "Rule"),
        work.t("核对事项", "What is checked"),
        work.t("项目", "Figure"),
        work.t("位置", "Place"),
        work.t("申报数", "Stated"),
        work.t("核对数", "Computed"),
        work.t("差异", "Difference"),
        work.t("允差", "Tolerance"),
        work.t("标识", "Mark"),
        work.t("单位", "Unit"),
        work.t("算式", "Arithmetic"),
        work.t("依据", "Because of"),
    ])?;
    debug_assert_eq!(page.row, TOP);
    page.freeze(2)?;
    for check in checks {
        row(work, &mut page, check, part.index())?;
    }
    page.filter()?;
    page.finish()
}

fn row(work: &Work, page: &mut Page, check: &Check, index: &str) -> Result<(), XlsxError> {
    let (relation, outcome) = (work.relation(check), &check.outcome);
    let mut cells: Vec<(Show, Format)> = vec![
        (Show::Text(format!("{index}-{}", check.id + 1)), work.style.middle()),
        (Show::text(relation.rule.clone()), work.style.middle()),
        (Show::Text(work.subject(relation)), work.style.text()),
        (Show::Text(work.label(&outcome.target)), work.style.text()),
        work.link(&outcome.target),
    ];
    cells.extend(work.figures(check, page.row, 5));
    cells.push((Show::Text(work.unit(&outcome.target)), work.style.middle()));
    let mut arithmetic = formula::in_words(work.packet(), relation, outcome);
    if relation.operation == Operation::Sum && outcome.is_large_rounding(work.packet()) {
        arithmetic.push_str(work.t(
            "（尾差偏大，超过四舍五入通常所致，可再看一眼）",
            " (large for rounding of so many figures; worth a look)",
        ));
    }
    cells.push((Show::Text(arithmetic), work.style.text()));
    cells.push((Show::Text(work.evidence(relation)), work.style.text()));
    page.cells(&cells)
}

/// A link to the row of a check.
pub(super) fn link(work: &Work, check: &Check) -> (Show, Format) {
    let at = work.position(check.id) as u32;
    let words = format!("{}-{}", Part::Checks.index(), check.id + 1);
    (Show::Link(internal(work.name(Part::Checks), TOP + at, 0), words), work.style.link())
}
