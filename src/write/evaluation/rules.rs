//! 规则说明: the marks, how agreement is judged, and every rule that was applied, with its source.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::page::{Page, Show};
use super::work::Work;
use crate::model::PaperSheet as Part;
use crate::number::Decimal;

/// Writes the sheet.
pub(super) fn write(work: &Work) -> Result<Worksheet, XlsxError> {
    let widths = vec![7, 24, 8, 7, 7, 40, 50];
    let mut page = work.page(Part::Rules, widths)?;
    marks(work, &mut page)?;
    judgement(work, &mut page)?;
    applied(work, &mut page)?;
    page.finish()
}

fn marks(work: &Work, page: &mut Page) -> Result<(), XlsxError> {
    page.section(work.t("标识", "Marks"))?;
    let own = work.marks();
    let marks = [
        (&own.holds, work.t("相符：申报数与核对数完全一致", "agrees exactly")),
        (
            &own.down,
            work.t("纵向合计相符：各行相加等于合计行（审核表）", "a column adds up (lead sheets)"),
        ),
        (
            &own.across,
            work.t("横向合计相符：各栏相加等于合计栏（审核表）", "a row adds up (lead sheets)"),
        ),
        (
            &own.recomputed,
            work.t(
                "本表重算相符：比率、乘积、平均数等由本表的数重算（审核表）",
                "a rate, product or average recomputed within the table (lead sheets)",
            ),
        ),
        (&own.between, work.t("与他表相符（审核表）", "agrees with another table (lead sheets)")),
        (
            &own.rounding,
            work.t(
                "尾差：差异在各数印出位数所允许的范围内（四舍五入）",
                "rounding: within what the printed digits allow",
            ),
        ),
        (&own.fails, work.t("不符：超出尾差", "differs by more than rounding")),
        (
            &own.unverifiable,
            work.t(
                "未能核对：缺数、错误值或不是数字；不算相符，也不算不符",
                "not verifiable: a figure is missing or no number",
            ),
        ),
        (&own.not_applicable, work.t("不适用：该项核对的前提不成立", "not applicable")),
    ];
    for (mark, words) in marks {
        page.cells(&[
            (Show::text(mark.as_str()), work.style.middle()),
            (Show::text(""), work.style.text()),
        ])?;
        page.row -= 1;
        page.sheet.merge_range(page.row, 1, page.row, 6, words, &work.style.text())?;
        page.row += 1;
    }
    Ok(())
}

fn judgement(work: &Work, page: &mut Page) -> Result<(), XlsxError> {
    page.section(work.t("怎样判断相符", "How agreement is judged"))?;
    for line in [
        work.t(
            "印出 d 位小数的数，代表其上下各半个末位单位之间的任何值；合计的允差是合计与各组成数的半个末位单位之和。以元为单位、两位小数的数没有允差。",
            "A number printed with d decimals stands for anything within half a unit of its last digit; a sum may differ by the sum of those halves. Yuan with two decimals are exact.",
        ),
        work.t(
            "比率由分子、分母的可能范围求出，再与印出的比率比较；差在末位一个单位以内的列为核实，说明是舍入、截断还是凑整。",
            "A rate is computed from the ranges of both sides and compared with the printed one; one unit of its last digit is a warning.",
        ),
        work.t(
            "空白、——、/、无 不是零：相加时不计，单独列明；缺了它们就无法判断的，写“未能核对”。",
            "Blank, —— and the like are not zero: they add nothing, and where they are needed the check is not verifiable.",
        ),
        work.t(
            "核对总表的“依据”：公式指报送表内的公式，名称指行列名称，表类指该类表的通行关系，表间指不同表之间的关系，数字指数字本身的规律，自定指使用者写的规则。",
            "\"Because of\" in the list of checks: formula, of the submitted sheet; labels, of lines and columns; kind, what tables of the kind state; packet, between tables; numbers, what the figures show; own rule, written by the user.",
        ),
        work.t(
            "疑似原因是把一个数（或一行两列）改为某值后各项核对都相符、且不影响原来相符的核对的一种解释；有别的解释时注明几种。",
            "A likely cause is a change of one figure (or one row in two columns) that makes the checks agree and breaks none; rivals are counted.",
        ),
    ] {
        page.line(line)?;
    }
    Ok(())
}

fn applied(work: &Work, page: &mut Page) -> Result<(), XlsxError> {
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for relation in &work.report.relations {
        counts.entry(&relation.rule).or_default().0 += relation.check_count() as u64;
    }
    for finding in &work.report.findings {
        counts.entry(&finding.rule).or_default().1 += 1;
    }
    page.section(work.t("本次用到的规则", "Rules applied"))?;
    page.headings(&[
        work.t("规则", "Rule"),
        work.t("名称", "Title"),
        work.t("严重度", "Severity"),
        work.t("核对项", "Checks"),
        work.t("差异", "Findings"),
        work.t("制度依据", "Source"),
        work.t("说明", "What it checks"),
    ])?;
    page.repeat_latest()?;
    for (code, (checks, findings)) in counts {
        let card = work.report.rule(code);
        let severity = card.map(|card| card.severity);
        page.cells(&[
            (Show::text(code), work.style.middle()),
            (Show::Text(work.rule_title(code)), work.style.text()),
            (
                Show::text(
                    severity.map(|s| s.label().get(work.language()).to_owned()).unwrap_or_default(),
                ),
                severity
                    .map_or(work.style.middle(), |s| work.severity_format(work.style.middle(), s)),
            ),
            (Show::Number(Decimal::from(checks)), work.style.number(0)),
            (Show::Number(Decimal::from(findings)), work.style.number(0)),
            (Show::text(card.map_or("", |card| card.basis(work.language()))), work.style.text()),
            (
                Show::Text(
                    card.map(|card| without_markdown(&card.docs(work.language())))
                        .unwrap_or_default(),
                ),
                work.style.text(),
            ),
        ])?;
    }
    Ok(())
}

/// The first paragraph of a rule's page, without its markup.
fn without_markdown(docs: &str) -> String {
    let paragraphs = docs.split("\n\n").map(str::trim);
    let mut text = paragraphs
        .map(|paragraph| {
            let lines = paragraph.lines().filter(|line| !line.starts_with('#'));
            lines.collect::<Vec<_>>().join("\n")
        })
        .find(|paragraph| !paragraph.trim().is_empty())
        .unwrap_or_default();
    text.retain(|c| c != '`' && c != '*');
    text.trim().to_owned()
}
