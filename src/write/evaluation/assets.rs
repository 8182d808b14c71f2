//! 资产核对: the checks of asset tables, and what they come to if the likeliest cause is true.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::checks;
use super::formula;
use super::kinds::{PaperView, kind};
use super::page::{Page, Show};
use super::work::{Check, Work};
use crate::model::{Change, Operand, Operation, PaperSheet as Part, Verdict};
use crate::number::Decimal;

/// Writes the sheet; `None` without an asset table.
pub(super) fn write(work: &Work) -> Result<Option<Worksheet>, XlsxError> {
    let tables: Vec<u32> = work
        .packet()
        .tables
        .iter()
        .filter(|table| kind(table) == Some(PaperView::Assets))
        .map(|table| table.id)
        .collect();
    if tables.is_empty() {
        return Ok(None);
    }
    let checks: Vec<&Check> = work
        .checks
        .iter()
        .filter(|check| check.outcome.target.table.is_some_and(|table| tables.contains(&table)))
        .collect();
    let amount = work.amounts();
    let widths = vec![24, 20, amount, amount, work.differences(), 8, 5, 6, 26, 8, 14];
    let mut page = work.page(Part::Assets, widths)?;
    let explanation = work.t(
        "资产表的每项核对：申报数与重算数。下面按疑似原因试算：把涉及的单元格改为疑似的数，各项核对是否都相符。",
        "Every check of the asset tables, stated beside recomputed; below, what they come to if the likely cause is true.",
    );
    page.line(explanation)?;
    page.headings(&[
        work.t("项目", "Figure"),
        work.t("位置", "Place"),
        work.t("申报数", "Stated"),
        work.t("重算数", "Recomputed"),
        work.t("差异", "Difference"),
        work.t("允差", "Tolerance"),
        work.t("标识", "Mark"),
        work.t("单位", "Unit"),
        work.t("算式", "Arithmetic"),
        work.t("交叉索引", "See"),
        work.t("核对事项", "What is checked"),
    ])?;
    page.freeze(1)?;
    for check in &checks {
        row(work, &mut page, check)?;
    }
    if checks.is_empty() {
        page.line(
            work.t("资产表没有可核对的关系。", "Nothing in the asset tables can be checked."),
        )?;
    }
    trials(work, &mut page, &checks)?;
    Ok(Some(page.finish()?))
}

fn row(work: &Work, page: &mut Page, check: &Check) -> Result<(), XlsxError> {
    let (relation, outcome) = (work.relation(check), &check.outcome);
    let mut cells: Vec<(Show, Format)> = vec![
        (Show::Text(work.label(&outcome.target)), work.style.text()),
        work.link(&outcome.target),
    ];
    cells.extend(work.figures(check, page.row, 2));
    cells.push((Show::Text(work.unit(&outcome.target)), work.style.middle()));
    cells
        .push((Show::Text(formula::in_words(work.packet(), relation, outcome)), work.style.text()));
    cells.push(checks::link(work, check));
    cells.push((Show::Text(work.subject(relation)), work.style.text()));
    page.cells(&cells)
}

/// For each likeliest cause of a failing sum: the cells it changes, and the checks with them changed.
fn trials(work: &Work, page: &mut Page, checks: &[&Check]) -> Result<(), XlsxError> {
    let mut done: Vec<Vec<Change>> = Vec::new();
    for check in checks {
        let Some(finding) = check.finding.map(|at| &work.report.findings[at]) else { continue };
        let Some(diagnosis) = finding.diagnoses.first().filter(|d| !d.changes.is_empty()) else {
            continue;
        };
        if done.contains(&diagnosis.changes) {
            continue;
        }
        done.push(diagnosis.changes.clone());
        page.section(work.t(
            "按疑似原因试算（仅供判断，不是定论）",
            "If the likely cause is true (to judge by, not a fact)",
        ))?;
        page.line(diagnosis.text.get(work.language()))?;
        page.headings(&[
            work.t("项目", "Figure"),
            work.t("位置", "Place"),
            work.t("申报数", "Stated"),
            work.t("试算数", "On trial"),
            work.t("改变", "Change"),
        ])?;
        let first = page.row;
        for change in &diagnosis.changes {
            change_row(work, page, check, change)?;
        }
        for affected in checks.iter().filter(|other| is_affected(other, &diagnosis.changes)) {
            trial_row(work, page, affected, &diagnosis.changes, first)?;
        }
    }
    Ok(())
}

fn is_affected(check: &Check, changes: &[Change]) -> bool {
    let sum = check.outcome.verdict == Verdict::Fails;
    sum && check
        .outcome
        .terms
        .iter()
        .chain([&check.outcome.target])
        .any(|operand| changes.iter().any(|change| change.place == operand.place))
}

fn change_row(
    work: &Work,
    page: &mut Page,
    check: &Check,
    change: &Change,
) -> Result<(), XlsxError> {
    let operand =
        Operand { place: change.place, table: check.outcome.target.table, coefficient: 1 };
    let before = work.packet().figure(change.place, operand.table).number();
    let number = work.format(&operand, 0);
    let line = page.row + 1;
    let stated = match (before, work.layout.reference(work.packet(), &operand)) {
        (Some(value), Some(reference)) => Show::live(reference, value),
        (value, _) => Show::maybe(value),
    };
    let difference = before.map(|before| change.value - before);
    page.cells(&[
        (
            Show::Text(format!("{} {}", work.t("改", "change"), work.label(&operand))),
            work.style.text(),
        ),
        work.link(&operand),
        (stated, number.clone()),
        (Show::Number(change.value), number.clone().set_background_color(work.style.doubtful)),
        (
            difference.map_or(Show::Blank, |d| {
                Show::live(formula::difference_formula(&format!("D{line}"), &format!("C{line}")), d)
            }),
            number,
        ),
    ])
}

/// The sum with the changed cells: what it comes to then, beside what is stated.
fn trial_row(
    work: &Work,
    page: &mut Page,
    check: &Check,
    changes: &[Change],
    first: u32,
) -> Result<(), XlsxError> {
    let outcome = &check.outcome;
    let (Some(stated), Some(computed)) = (outcome.stated, outcome.computed) else { return Ok(()) };
    let changed = |operand: &Operand| -> Option<Decimal> {
        let change = changes.iter().find(|change| change.place == operand.place)?;
        let before = work.packet().figure(operand.place, operand.table).number()?;
        Some((change.value - before) * Decimal::from(operand.coefficient))
    };
    let shift: Decimal = outcome.terms.iter().filter_map(changed).sum();
    let own = changed(&outcome.target).unwrap_or_default();
    let trial = computed + shift;
    let number = work.format(&outcome.target, 0);
    let line = page.row + 1;
    let difference = stated + own - trial;
    let tolerance = outcome.tolerance.unwrap_or_default();
    let verdict = if difference.is_zero() {
        Verdict::Holds
    } else if difference.abs() <= tolerance {
        Verdict::Rounding
    } else {
        Verdict::Fails
    };
    let marks = work.marks();
    let mark = formula::mark(marks, verdict, &marks.holds);
    let live = |formula: Option<String>, value: Decimal| match formula {
        Some(formula) => Show::live(formula, value),
        None => Show::Number(value),
    };
    // What the cells on trial change, each by its row above.
    let shifted = |operands: &[Operand]| -> Option<String> {
        let mut formula = String::new();
        for operand in operands {
            let Some(at) = changes.iter().position(|change| change.place == operand.place) else {
                continue;
            };
            let sign = if operand.coefficient < 0 { '-' } else { '+' };
            let times = operand.coefficient.unsigned_abs();
            let times = if times == 1 { String::new() } else { format!("{times}*") };
            formula.push_str(&format!("{sign}{times}E{}", first + at as u32 + 1));
        }
        Some(formula)
    };
    let reference = work.layout.reference(work.packet(), &outcome.target);
    let stated_formula = reference.and_then(|reference| {
        Some(format!("ROUND({reference}{},10)", shifted(&[outcome.target])?))
    });
    let trial_formula =
        formula::computed(&work.layout, work.packet(), work.relation(check), outcome)
            .filter(|_| work.relation(check).operation == Operation::Sum)
            .and_then(|formula| Some(format!("ROUND({formula}{},10)", shifted(&outcome.terms)?)));
    let row = format!("ROUND(C{line}-D{line},10)");
    page.cells(&[
        (
            Show::Text(format!("{} {}", work.t("则", "then"), work.label(&outcome.target))),
            work.style.text(),
        ),
        work.link(&outcome.target),
        (live(stated_formula, stated + own), number.clone()),
        (live(trial_formula, trial), number.clone()),
        (Show::live(row, difference), number),
        (Show::Blank, work.style.text()),
        (Show::text(mark), work.style.middle()),
    ])
}
