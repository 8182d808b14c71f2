//! 差异清单: what must be corrected or explained, with its place, its cause, words to send back, and room for an answer.

use rust_xlsxwriter::{DataValidation, Format, Worksheet, XlsxError};

use super::super::shown;
use super::checks;
use super::formula;
use super::page::{Page, Show};
use super::style;
use super::work::{Check, Work, severity_format};
use crate::model::{Finding, Operand, Operation, Place, ReadTwice, Severity};
use crate::number::{Decimal, Unit, round_half_away};

/// Rows that the drop-down lists reach at least.
const LISTS: u32 = 50;

/// Every finding.
pub(super) fn write(work: &Work) -> Result<Worksheet, XlsxError> {
    let name = work.names.differences;
    let widths = vec![6, 7, 6, 26, 14, 18, 12, 12, 11, 8, 6, 28, 18, 28, 7, 13, 9, 10];
    let mut page = Page::new(name, "B", name, widths, work.language())?;
    let explanation = work.t(
        "错误须更正，核实须说明或更正，提示供参考；疑似原因是使各项核对都相符的一种解释，不是定论。单位说明、复核意见、复核人由人填写。",
        "Errors must be corrected, warnings explained or corrected. A likely cause is one explanation that makes the checks agree, not a fact. The last columns are for people.",
    );
    page.lead(work.names.overview, explanation)?;
    page.headings(&[
        work.t("索引号", "Index"),
        work.t("严重度", "Severity"),
        work.t("规则", "Rule"),
        work.t("差异", "Finding"),
        work.t("规范表位置", "Normalized place"),
        work.t("报送文件位置", "Submitted place"),
        work.t("申报数", "Stated"),
        work.t("核对数", "Computed"),
        work.t("相差", "Difference"),
        work.t("差异率", "Share"),
        work.t("单位", "Unit"),
        work.t("疑似原因", "Likely cause"),
        work.t("依据", "Basis"),
        work.t("建议表述", "Suggested wording"),
        work.t("交叉索引", "See"),
        work.t("单位说明", "Unit's answer"),
        work.t("复核意见", "Conclusion"),
        work.t("复核人/日期", "Reviewer, date"),
    ])?;
    let top = page.row;
    page.freeze(3)?;
    // One row a matter: the finding that tells of it names the other cells.
    let told =
        work.findings_by_weight().into_iter().filter(|at| !work.report.is_told_elsewhere(*at));
    for (number, at) in told.enumerate() {
        row(work, &mut page, number + 1, at)?;
    }
    if work.report.findings.is_empty() {
        page.line(work.t("没有差异。", "No differences."))?;
    } else {
        page.filter()?;
    }
    conclusions(work, &mut page, top)?;
    Ok(page.sheet)
}

fn conclusions(work: &Work, page: &mut Page, top: u32) -> Result<(), XlsxError> {
    let choices = [
        work.t("认可", "accepted"),
        work.t("需整改", "to be corrected"),
        work.t("待补证", "evidence awaited"),
    ];
    let list = DataValidation::new().allow_list_strings(&choices)?;
    page.sheet.add_data_validation(top, 16, page.row.max(top + LISTS), 16, &list)?;
    Ok(())
}

fn row(work: &Work, page: &mut Page, number: usize, at: usize) -> Result<(), XlsxError> {
    let finding = &work.report.findings[at];
    let check = work.check_of(at);
    let severity = finding.severity.label();
    let mut message = finding.message.get(work.language()).to_owned();
    message.push_str(&shown::also(work.report, finding, work.language()));
    let mut cells: Vec<(Show, Format)> = vec![
        (Show::Text(format!("B-{number}")), style::middle()),
        (
            Show::text(severity.get(work.language())),
            severity_format(style::middle(), finding.severity),
        ),
        (Show::text(finding.rule.clone()), style::middle()),
        (Show::Text(message), style::text()),
    ];
    cells.extend(places(work, finding, check));
    cells.extend(figures(work, check, page.row));
    cells.push((Show::Text(causes(work, finding)), style::text()));
    cells.push((Show::Text(basis(work, finding, check)), style::text()));
    cells.push((Show::Text(wording(work, finding, check)), style::text()));
    cells.push(check.map_or((Show::Blank, style::text()), |check| checks::link(work, check)));
    cells.push((Show::Blank, style::text()));
    cells.push((Show::Blank, style::middle()));
    cells.push((Show::Blank, style::text()));
    page.cells(&cells)
}

fn places(work: &Work, finding: &Finding, check: Option<&Check>) -> [(Show, Format); 2] {
    let file = finding.file.map(|file| work.file_name(file)).unwrap_or_default();
    let Some(place) = finding.place else {
        return [(Show::Blank, style::text()), (Show::Text(file), style::text())];
    };
    let table = check.map_or_else(|| table_of(work, place), |check| check.outcome.target.table);
    [work.link(&Operand { place, table, coefficient: 1 }), work.source_link(place)]
}

fn table_of(work: &Work, place: Place) -> Option<u32> {
    work.packet().table_of(place, None).map(|table| table.id)
}

/// 申报数, 核对数, 相差, 差异率, 单位.
fn figures(work: &Work, check: Option<&Check>, row: u32) -> Vec<(Show, Format)> {
    let Some(check) = check else {
        return (0..5).map(|_| (Show::Blank, style::text())).collect();
    };
    let mut figures = work.figures(check, row, 6);
    figures.truncate(3);
    figures.push((share(work, check, row), style::percent(1)));
    figures.push((Show::Text(work.unit(&check.outcome.target)), style::middle()));
    figures
}

/// Difference ÷ computed, to a ten-thousandth; of a share, or of nothing, it says nothing.
fn share(work: &Work, check: &Check, row: u32) -> Show {
    let (Some(computed), Some(difference)) =
        (check.outcome.computed, formula::difference(&check.outcome))
    else {
        return Show::Blank;
    };
    let target = &check.outcome.target;
    let is_share = work.packet().unit(target.place, target.table) == Some(&Unit::Percent);
    if is_share || computed.is_zero() {
        return Show::Blank;
    }
    let Some(share) = difference.checked_div(computed) else { return Show::Blank };
    let line = row + 1;
    let share = round_half_away(share, 6);
    // At the edge of the last digit binary and decimal may part; the figure is shown with one decimal anyway.
    Show::live(format!("ROUND(I{line}/H{line},6)"), share)
}

/// All explanations, best first.
fn causes(work: &Work, finding: &Finding) -> String {
    let mut causes: Vec<String> = Vec::new();
    for (at, diagnosis) in finding.diagnoses.iter().take(3).enumerate() {
        let text = diagnosis.text.get(work.language());
        causes.push(if at == 0 { text.to_owned() } else { format!("{}) {text}", at + 1) });
    }
    causes.join("\n")
}

/// The arithmetic and the rule's source.
fn basis(work: &Work, finding: &Finding, check: Option<&Check>) -> String {
    let mut basis = check.map_or_else(String::new, |check| {
        let words = formula::in_words(work.packet(), work.relation(check), &check.outcome);
        format!("{words}\n")
    });
    basis.push_str(&work.rule_title(&finding.rule));
    let read = match finding.read_twice {
        Some(ReadTwice::Agree) => work.t("\n取数：两种读取方法一致", "\nRead by two readers alike"),
        Some(ReadTwice::Differ) => work.t("\n取数：两种读取方法不一致", "\nTwo readers differ"),
        None => "",
    };
    basis.push_str(read);
    basis
}

/// A sentence for the letter to the unit: it follows the cause, and asks for no change of a cell that is not to blame.
fn wording(work: &Work, finding: &Finding, check: Option<&Check>) -> String {
    let said = || finding.message.get(work.language()).to_owned();
    let Some(check) = check else { return said() };
    let outcome = &check.outcome;
    let (Some(stated), Some(computed)) = (outcome.stated, outcome.computed) else { return said() };
    let target = &outcome.target;
    let table = work.table(target.table).and_then(|table| table.title.clone());
    let table = table.unwrap_or_else(|| work.place(target.place));
    let label = work.label(target);
    let among = if checks::is_between(work, check) {
        work.t("表间", "the other tables")
    } else {
        work.t("表内", "the table")
    };
    let (stated, difference) = (
        work.amount(target, stated, 0),
        work.difference(target, outcome.difference.unwrap_or(Decimal::ZERO)),
    );
    let computed = work.amount(target, computed, 2);
    let bound = work.relation(check).operation == Operation::AtMost;
    let zh = if bound { "不应超过" } else { "计算为" };
    let en = if bound { "allows at most" } else { "gives" };
    let head = work.t(
        format!("《{table}》“{label}”填列 {stated}，按{among}关系{zh} {computed}，相差 {difference}"),
        format!("\"{table}\", {label}: stated {stated}, {among} {en} {computed}, a difference of {difference}"),
    );
    let cause = suspect(work, finding);
    let end = match finding.severity {
        Severity::Error => work.t("请核实并更正。", "please verify and correct."),
        Severity::Warning => {
            work.t("请核实，说明原因或更正。", "please verify, and explain or correct.")
        }
        Severity::Info => work.t("请留意。", "please note."),
    };
    format!("{head}{}{cause}{end}", work.t("，", "; "))
}

/// The change that the first cause asks for, in words; nothing where no change is known.
fn suspect(work: &Work, finding: &Finding) -> String {
    let Some(change) = finding.diagnoses.first().and_then(|cause| cause.changes.first()) else {
        return String::new();
    };
    let operand =
        Operand { place: change.place, table: table_of(work, change.place), coefficient: 1 };
    let (label, place) = (work.label(&operand), work.place(change.place));
    let value = work.amount(&operand, change.value, 4);
    work.t(
        format!("疑为“{label}”（{place}）应为 {value}，"),
        format!("perhaps {label} ({place}) should be {value}; "),
    )
}
