//! 差异清单: what must be corrected or explained, with its place, its cause, words to send back, and room for an answer.

use rust_xlsxwriter::{DataValidation, Format, Worksheet, XlsxError};

use super::super::shown;
use super::checks;
use super::formula;
use super::page::{Page, Show, internal};
use super::work::{Check, Work};
use crate::model::{Finding, Operand, Operation, PaperSheet as Part, Place, ReadTwice, Severity};
use crate::number::{Decimal, Unit, round_half_away};

/// The first row of findings.
pub(super) const TOP: u32 = 5;
/// Rows that the drop-down lists reach at least.
const LISTS: u32 = 50;
/// Columns that a person fills in: conclusion, note, who and when.
pub(super) const FILLED: [u16; 3] = [12, 13, 14];
/// The hidden column by which the next paper knows a finding again.
pub(super) const KEY: u16 = 15;

/// Every finding; `None` where there is none.
pub(super) fn write(work: &Work) -> Result<Option<Worksheet>, XlsxError> {
    if work.report.findings.is_empty() {
        return Ok(None);
    }
    let amount = work.amounts();
    let widths = vec![6, 6, 5, 27, 24, 17, 8, amount, amount, work.differences(), 8, 5, 8, 10, 8];
    let mut page = work.page(Part::Differences, widths)?;
    page.line(work.t(
        "错误须更正，核实须说明或更正，提示供参考。疑似原因是使各项核对都相符的一种解释，不是定论。复核意见、复核说明、复核人由人填写，下次用 --previous 带入。",
        "Errors must be corrected, warnings explained or corrected. A likely cause is one explanation that makes the checks agree, not a fact. The last columns are for people; --previous carries them over.",
    ))?;
    page.headings(&[
        work.t("索引号", "Index"),
        work.t("严重度", "Severity"),
        work.t("规则", "Rule"),
        work.t("差异", "Finding"),
        work.t("疑似原因与依据", "Likely cause, basis"),
        work.t("报送文件位置", "Submitted place"),
        work.t("交叉索引", "See"),
        work.t("申报数", "Stated"),
        work.t("核对数", "Computed"),
        work.t("相差", "Difference"),
        work.t("差异率", "Share"),
        work.t("单位", "Unit"),
        work.t("复核意见", "Conclusion"),
        work.t("复核说明", "Note"),
        work.t("复核人/日期", "Reviewer, date"),
    ])?;
    let top = page.row;
    debug_assert_eq!(top, TOP);
    page.freeze(3)?;
    // One row a matter: the finding that tells of it names the other cells.
    for (number, at) in told(work).into_iter().enumerate() {
        row(work, &mut page, number + 1, at)?;
    }
    page.filter()?;
    conclusions(work, &mut page, top)?;
    page.sheet.set_column_hidden(KEY)?;
    Ok(Some(page.finish()?))
}

/// The findings that are told, each cause once, gravest first.
pub(super) fn told(work: &Work) -> Vec<usize> {
    let order = work.findings_by_weight().into_iter();
    order.filter(|at| !work.report.is_told_elsewhere(*at)).collect()
}

fn conclusions(work: &Work, page: &mut Page, top: u32) -> Result<(), XlsxError> {
    let choices = [
        work.t("认可", "accepted"),
        work.t("需整改", "to be corrected"),
        work.t("待补证", "evidence awaited"),
    ];
    let list = DataValidation::new().allow_list_strings(&choices)?;
    let last = page.row.max(top + LISTS);
    page.sheet.add_data_validation(top, FILLED[0], last, FILLED[0], &list)?;
    Ok(())
}

fn row(work: &Work, page: &mut Page, number: usize, at: usize) -> Result<(), XlsxError> {
    let finding = &work.report.findings[at];
    let check = work.check_of(at);
    let severity = finding.severity.label();
    let mut message = finding.message.get(work.language()).to_owned();
    message.push_str(&shown::also(work.report, finding, work.language()));
    let mut cells: Vec<(Show, Format)> = vec![
        (Show::Text(format!("{}-{number}", Part::Differences.index())), work.style.middle()),
        (
            Show::text(severity.get(work.language())),
            work.severity_format(work.style.middle(), finding.severity),
        ),
        (Show::text(finding.rule.clone()), work.style.middle()),
        (Show::Text(message), work.style.text()),
        (Show::Text(causes(work, finding, check)), work.style.text()),
        submitted(work, finding),
        see(work, finding, check),
    ];
    cells.extend(figures(work, check, page.row));
    let ([conclusion, note, by], key) = work.review(at);
    cells.push((Show::text(conclusion), work.style.middle()));
    cells.push((Show::text(note), work.style.text()));
    cells.push((Show::text(by), work.style.text()));
    cells.push((Show::Text(key), work.style.plain()));
    page.cells(&cells)
}

/// Where it stands in the submitted file, in words, with a link.
fn submitted(work: &Work, finding: &Finding) -> (Show, Format) {
    match (finding.place, finding.file) {
        (Some(place), _) => work.source_link(place),
        (None, Some(file)) => (Show::Text(work.file_name(file)), work.style.text()),
        (None, None) => (Show::Blank, work.style.text()),
    }
}

/// The check behind it, or the normalized cell of what is no check.
fn see(work: &Work, finding: &Finding, check: Option<&Check>) -> (Show, Format) {
    if let Some(check) = check {
        return checks::link(work, check);
    }
    let Some(place) = finding.place else { return (Show::Blank, work.style.text()) };
    let operand = Operand { place, table: table_of(work, place), coefficient: 1 };
    match work.layout.spot(work.packet(), &operand) {
        Some((sheet, row, column)) => {
            (Show::Link(internal(&sheet.name, row, column), sheet.index.clone()), work.style.link())
        }
        None => (Show::Blank, work.style.text()),
    }
}

fn table_of(work: &Work, place: Place) -> Option<u32> {
    work.packet().table_of(place, None).map(|table| table.id)
}

/// 申报数, 核对数, 相差, 差异率, 单位.
fn figures(work: &Work, check: Option<&Check>, row: u32) -> Vec<(Show, Format)> {
    let Some(check) = check else {
        return (0..5).map(|_| (Show::Blank, work.style.text())).collect();
    };
    let mut figures = work.figures(check, row, 7);
    figures.truncate(3);
    figures.push((share(work, check, row), work.style.percent(1)));
    figures.push((Show::Text(work.unit(&check.outcome.target)), work.style.middle()));
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
    // Ten times and more is another unit or another figure: no share of anything.
    if share.abs() >= Decimal::TEN {
        return Show::Blank;
    }
    // At the edge of the last digit binary and decimal may part; the figure is shown with one decimal anyway.
    Show::live(format!("ROUND(J{line}/I{line},6)"), share)
}

/// All explanations, best first, and the arithmetic.
fn causes(work: &Work, finding: &Finding, check: Option<&Check>) -> String {
    let mut causes: Vec<String> = Vec::new();
    for (at, diagnosis) in finding.diagnoses.iter().take(3).enumerate() {
        let text = diagnosis.text.get(work.language());
        causes.push(if at == 0 { text.to_owned() } else { format!("{}) {text}", at + 1) });
    }
    if let Some(check) = check {
        let words = formula::in_words(work.packet(), work.relation(check), &check.outcome);
        causes.push(format!("{}{words}", work.t("算式：", "Arithmetic: ")));
    } else {
        causes.push(format!("{}{}", work.t("依据：", "Basis: "), work.rule_title(&finding.rule)));
    }
    if finding.read_twice == Some(ReadTwice::Differ) {
        causes.push(work.t("取数：两种读取方法不一致", "Two readers differ").to_owned());
    }
    causes.join("\n")
}

/// A sentence for the letter to the unit: it follows the cause, and asks for no change of a cell that is not to blame.
pub(super) fn wording(work: &Work, finding: &Finding, check: Option<&Check>) -> String {
    let said = || finding.message.get(work.language()).to_owned();
    let Some(check) = check else { return said() };
    let outcome = &check.outcome;
    let (Some(stated), Some(computed)) = (outcome.stated, outcome.computed) else { return said() };
    let target = &outcome.target;
    let table = work.table(target.table).and_then(|table| table.title.clone());
    let sheet = || work.packet().sheet_name(target.place).map(str::to_owned);
    let table = table.or_else(sheet).unwrap_or_else(|| work.file_name(target.place.file));
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
    let words = &work.options.house.words;
    let own = |own: &Option<String>, zh: &str, en: &str| {
        own.clone().unwrap_or_else(|| work.t(zh, en).to_owned())
    };
    let end = match finding.severity {
        Severity::Error => own(&words.correct, "请核实并更正。", "please verify and correct."),
        Severity::Warning => own(
            &words.explain,
            "请核实，说明原因或更正。",
            "please verify, and explain or correct.",
        ),
        Severity::Info => own(&words.note, "请留意。", "please note."),
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
