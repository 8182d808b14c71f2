//! The words of notes and of the sheet 核对结果.

use std::fmt::Write as _;

use super::plan::{MarkKind, Origin, explains, has_figures};
use crate::model::{
    Finding, Format, Language, Operand, Operation, Outcome, Packet, Place, Relation, Report, State,
    Status, many,
};
use crate::number::{Decimal, Unit};

/// Terms that a note lists before it says how many more there are.
const TERMS_SHOWN: usize = 20;

fn pick<'a>(language: Language, chinese: &'a str, english: &'a str) -> &'a str {
    match language {
        Language::Zh => chinese,
        Language::En => english,
    }
}

/// A unit as people write it.
pub(super) fn unit_word(unit: &Unit) -> String {
    unit.to_string()
}

/// A figure as people write it: grouped, with a real minus sign, percentages with their sign.
pub(super) fn figure(value: Decimal, percent: bool) -> String {
    let value = if percent {
        value.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(value).round_dp(6).normalize()
    } else {
        value.round_dp(8)
    };
    let plain = value.abs().to_string();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut text = String::new();
    if value.is_sign_negative() && !value.is_zero() {
        text.push('−');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    if percent {
        text.push('%');
    }
    text
}

/// `C12`, `支出表!C12`, `file › 支出表!C12`: as much as is needed seen from a place.
fn reference(packet: &Packet, from: Place, to: Place) -> String {
    let cell = to.cell.to_string();
    if (from.file, from.sheet) == (to.file, to.sheet) {
        return cell;
    }
    let sheet = packet.sheet_name(to).map(|name| format!("{name}!")).unwrap_or_default();
    if from.file == to.file {
        return format!("{sheet}{cell}");
    }
    let file = packet.files.get(to.file as usize).map_or("", |file| file.path.as_str());
    format!("{} › {sheet}{cell}", base_name(file))
}

fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn term(packet: &Packet, from: Place, operand: &Operand, language: Language) -> String {
    let label = packet.shown_label(operand.place, operand.table);
    let label = label.split(" / ").next().unwrap_or_default().trim();
    let value = packet.figure(operand.place, operand.table);
    let percent = packet.unit(operand.place, operand.table) == Some(&Unit::Percent);
    let mut text = reference(packet, from, operand.place);
    if !label.is_empty() {
        let _ = write!(text, " {label}");
    }
    match value.state {
        State::Number(number) => {
            let _ = write!(text, " {}", figure(number, percent));
        }
        State::Blank | State::Placeholder(_) => {
            text.push_str(pick(language, "（空）", " (blank)"));
        }
        _ => text.push_str(pick(language, "（无法读取）", " (unreadable)")),
    }
    text
}

/// How the computed figure came about.
fn formula(packet: &Packet, relation: &Relation, outcome: &Outcome, language: Language) -> String {
    let from = outcome.target.place;
    let words: Vec<String> = outcome
        .terms
        .iter()
        .take(TERMS_SHOWN)
        .map(|operand| term(packet, from, operand, language))
        .collect();
    let mut text = String::new();
    match relation.operation {
        Operation::Sum | Operation::AtMost => {
            for (at, (operand, word)) in outcome.terms.iter().zip(&words).enumerate() {
                let sign = match (at, operand.coefficient < 0) {
                    (0, false) => "",
                    (0, true) => "− ",
                    (_, false) => " + ",
                    (_, true) => " − ",
                };
                text.push_str(sign);
                if operand.coefficient.abs() != 1 {
                    let _ = write!(text, "{} × ", operand.coefficient.abs());
                }
                text.push_str(word);
            }
        }
        Operation::Ratio => text = words.join(" ÷ "),
        Operation::Product => text = words.join(" × "),
        Operation::Average => {
            text = format!("{}（{}）", pick(language, "平均", "mean "), words.join("、"));
        }
        Operation::RelativeChange => {
            if let [base, now] = &words[..] {
                text = format!("（{now} − {base}）÷ {base}");
            }
        }
        Operation::Equal => text = words.concat(),
    }
    if outcome.terms.len() > TERMS_SHOWN {
        let more = outcome.terms.len() - TERMS_SHOWN;
        text.push_str(&match language {
            Language::Zh => format!(" …… 另有 {more} 项"),
            Language::En => format!(" … and {more} more"),
        });
    }
    text
}

/// How a finding is marked: what a person has explained is for information.
pub(super) fn kind(report: &Report, finding: &Finding) -> MarkKind {
    match report.explained(finding) {
        Some(_) => MarkKind::Info,
        None => finding.severity.into(),
    }
}

/// The note on a finding's cell.
pub(super) fn note(
    report: &Report,
    finding: &Finding,
    outcome: Option<(&Relation, &Outcome)>,
    language: Language,
) -> String {
    let packet = &report.packet;
    let kind = kind(report, finding);
    let title = report.rule(&finding.rule).map_or("", |card| card.title(language));
    let mut lines =
        vec![format!("{} {} {title}", kind.label(language), finding.rule).trim_end().to_owned()];
    let shown = outcome.filter(|(_, outcome)| has_figures(outcome));
    if let Some((relation, outcome)) = shown {
        let target = outcome.target;
        let unit = packet.unit(target.place, target.table);
        let percent = unit == Some(&Unit::Percent);
        let word = match unit {
            Some(Unit::Percent) | None => String::new(),
            Some(unit) => format!(" {unit}"),
        };
        let computed = match relation.operation {
            Operation::AtMost => pick(language, "不应大于：", "At most: "),
            _ => pick(language, "应为：", "Expected: "),
        };
        for (label, value) in [
            (pick(language, "申报：", "Stated: "), outcome.stated),
            (computed, outcome.computed),
            (pick(language, "相差：", "Difference: "), outcome.difference),
        ] {
            if let Some(value) = value {
                let end = if percent && label.starts_with(['相', 'D']) {
                    // A difference of percentages is in points.
                    let points = figure(value, true);
                    let points = points.trim_end_matches('%').to_owned();
                    format!("{points}{}", pick(language, " 个百分点", " points"))
                } else {
                    format!("{}{word}", figure(value, percent))
                };
                lines.push(format!("{label}{end}"));
            }
        }
        let sum = formula(packet, relation, outcome, language);
        lines.push(format!("{}{sum}", pick(language, "依据：", "From: ")));
    } else {
        lines.push(finding.message.get(language).to_owned());
    }
    let cause = cause(finding, language);
    if !cause.is_empty() {
        lines.push(cause);
    }
    if let (false, Some(place)) = (finding.related.is_empty(), finding.place) {
        let cells: Vec<String> = finding
            .related
            .iter()
            .take(TERMS_SHOWN)
            .map(|related| reference(packet, place, *related))
            .collect();
        lines.push(format!(
            "{}{}",
            pick(language, "相关：", "Related: "),
            cells.join(pick(language, "、", ", "))
        ));
    }
    if let Some(said) = report.explained(finding) {
        lines.push(format!("{}{}", pick(language, "已说明：", "Explained: "), said.told()));
    }
    lines.join("\n")
}

/// The likeliest cause, worded as a suspicion; empty when there is none.
pub(super) fn cause(finding: &Finding, language: Language) -> String {
    let Some(first) = finding.diagnoses.first().filter(|_| explains(finding)) else {
        return String::new();
    };
    let words = first.text.get(language);
    let mut text = match language {
        Language::Zh if words.contains("疑似") => words.to_owned(),
        Language::Zh => format!("疑似 {words}"),
        Language::En => format!("Possibly: {words}"),
    };
    if first.rivals > 0 && !words.contains("另有") && !words.contains("other explanation") {
        text.push_str(&match language {
            Language::Zh => format!("（另有 {} 种解释）", first.rivals),
            Language::En => format!(" ({})", many(first.rivals, "other explanation")),
        });
    }
    text
}

/// The file of that number.
pub(super) fn origin(report: &Report, file: u32) -> Origin {
    let Some(own) = report.packet.files.get(file as usize) else { return Origin::default() };
    Origin {
        name: base_name(&own.path).to_owned(),
        sha256: own.sha256.clone(),
        conversion: Vec::new(),
    }
}

/// Which file the sheet speaks of.
pub(super) fn subject(origin: &Origin, language: Language) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let (name, sha) = (&origin.name, &origin.sha256);
    if name.is_empty() {
        return String::new();
    }
    match language {
        Language::Zh => format!("文件：{name}　SHA-256：{sha}　gouji {version}"),
        Language::En => format!("File: {name}   SHA-256: {sha}   gouji {version}"),
    }
}

/// The verdict: what was checked, with what result.
pub(super) fn verdict(report: &Report, language: Language) -> Vec<String> {
    let summary = &report.summary;
    let coverage = report.coverage;
    let files = report.packet.files.len();
    let zh = language == Language::Zh;
    let mut lines = Vec::new();
    lines.push(match (summary.error, summary.warning, zh) {
        (0, 0, true) => "结论：未发现不符。".to_owned(),
        (0, 0, false) => "Verdict: nothing was found that does not agree.".to_owned(),
        (errors, warnings, true) => {
            format!("结论：发现错误 {errors} 项、需核实 {warnings} 项、提示 {} 项。", summary.info)
        }
        (errors, warnings, false) => format!(
            "Verdict: {}, {warnings} to verify, {} for information.",
            many(errors, "error"),
            summary.info
        ),
    });
    lines.push(if zh {
        format!(
            "核对 {} 项：一致 {}，尾差 {}，不符 {}，未能核对 {}，不适用 {}；{} 个数字中 {} 个参与核对。",
            summary.checks(), summary.holds, summary.rounding, summary.fails, summary.unverifiable,
            summary.not_applicable, coverage.numbers, coverage.checked,
        )
    } else {
        format!(
            "{}: {} hold, {} within rounding, {} fail, {} could not be verified, {} do not apply; {} of {} took part.",
            many(summary.checks(), "check"), summary.holds, summary.rounding, summary.fails, summary.unverifiable,
            summary.not_applicable, coverage.checked, many(coverage.numbers, "figure"),
        )
    });
    if files > 1 {
        lines.push(if zh {
            format!("以上为本次一并核对的 {files} 个文件的合计；下表只列本文件的事项和涉及全部文件的事项。")
        } else {
            format!("The counts are of all {files} files checked together; the list holds what concerns this file or all of them.")
        });
    }
    lines
}

/// What was not checked.
pub(super) fn unchecked(report: &Report, file: u32, language: Language) -> Vec<String> {
    let zh = language == Language::Zh;
    let packet = &report.packet;
    let mut lines = Vec::new();
    let missing = report.coverage.numbers.saturating_sub(report.coverage.checked);
    if missing > 0 {
        lines.push(if zh {
            format!("{missing} 个数字没有可用的核对关系，未作核对；未核对不等于正确。")
        } else {
            format!(
                "{} without a relation to check by; not checked does not mean right.",
                many(missing, "figure")
            )
        });
    }
    if report.summary.unverifiable > 0 {
        let count = report.summary.unverifiable;
        lines.push(if zh {
            format!("{count} 项因缺少数字或数字无法读取而未能核对。")
        } else {
            format!(
                "{} could not be made because a figure is missing or unreadable.",
                many(count, "check")
            )
        });
    }
    let Some(own) = packet.files.get(file as usize) else { return lines };
    let source = own.workbook.as_ref().or_else(|| packet.workbook(own.same_as?));
    if let Some(workbook) = source {
        for refused in &workbook.refused_sheets {
            let why = refused.error.message.get(language);
            lines.push(if zh {
                format!("工作表“{}”未能读取：{why}", refused.name)
            } else {
                format!("Sheet “{}” could not be read: {why}", refused.name)
            });
        }
        let index = own.same_as.unwrap_or(file);
        let bare: Vec<&str> = workbook
            .sheets
            .iter()
            .enumerate()
            .filter(|(at, sheet)| {
                sheet.cell_count() > 0
                    && !packet
                        .tables
                        .iter()
                        .any(|table| (table.file, table.sheet as usize) == (index, *at))
            })
            .map(|(_, sheet)| sheet.name.as_str())
            .collect();
        if !bare.is_empty() && workbook.format != Format::Csv {
            lines.push(if zh {
                format!("未识别出表格、因而未核对的工作表：{}。", bare.join("、"))
            } else {
                format!("Sheets on which no table was recognized: {}.", bare.join(", "))
            });
        }
    }
    for other in
        packet.files.iter().filter(|other| matches!(other.status, Status::Refused | Status::Killed))
    {
        let name = base_name(&other.path);
        let why = other.error.as_ref().map_or("", |error| error.message.get(language));
        lines.push(if zh {
            format!("同批文件“{name}”未能读取：{why}")
        } else {
            format!("The file “{name}” could not be read: {why}")
        });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped() {
        for (value, percent, text) in [
            ("1234567.80", false, "1,234,567.80"),
            ("-69.09", false, "−69.09"),
            ("0.228", true, "22.8%"),
            ("100", false, "100"),
            ("-1000", false, "−1,000"),
            ("0", false, "0"),
        ] {
            assert_eq!(figure(value.parse().unwrap(), percent), text);
        }
    }
}
