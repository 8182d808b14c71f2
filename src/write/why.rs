//! What is claimed about one cell: which cells it should agree with, who says so, who speaks against it, and what came of
//! it. For people who wonder why a figure was told as wrong, or was not.

use std::fmt::Write as _;

use super::shown;
use crate::model::{
    Claim as Weighed, Language, Matter, Objection, Operand, Operation, Origin, Outcome, Place,
    Relation, Report, Verdict, Witness, many,
};

/// Terms of a claim that are written out.
const TERMS: usize = 40;

/// One claim about the cell.
struct Claim<'a> {
    relation: &'a Relation,
    outcome: Outcome,
    weighed: &'a Weighed,
    /// The cell is what the others should come to; else it is one of them.
    is_target: bool,
}

/// A claim about a cell as it was weighed: the relation's index, the check's ordinal, its outcome, what speaks for and
/// against it.
pub type About = (u32, u32, Outcome, Weighed);

/// What is claimed about a cell, as text.
pub fn why(report: &Report, about: &[About], place: Place, language: Language) -> String {
    let claims: Vec<Claim<'_>> =
        about.iter().filter_map(|about| claim(report, about, place)).collect();
    let say = |zh: &str, en: &str| match language {
        Language::Zh => zh.to_owned(),
        Language::En => en.to_owned(),
    };
    let mut text = heading(report, place, &claims, language);
    if claims.is_empty() {
        text += &say(
            "没有任何核对涉及此单元格：没有文字、公式、编号、缩进或数字说明它应与哪些数相符。\n",
            "No check touches this cell: no word, formula, numbering, indent or number says what it should agree with.\n",
        );
        return text;
    }
    let parts =
        [(true, say("它应等于：", "It should be:")), (false, say("它参与：", "It takes part in:"))];
    for (is_target, title) in parts {
        let own: Vec<&Claim<'_>> =
            claims.iter().filter(|claim| claim.is_target == is_target).collect();
        if own.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{title}");
        for claim in own {
            text += &told(report, claim, language);
        }
    }
    text += &verdict(report, place, &claims, language);
    text
}

fn claim<'a>(
    report: &'a Report,
    (relation, _, outcome, weighed): &'a About,
    place: Place,
) -> Option<Claim<'a>> {
    let relation = report.relations.get(*relation as usize)?;
    let mut outcome = outcome.clone();
    if weighed.doubt.is_some() && outcome.verdict == Verdict::Fails {
        outcome.verdict = Verdict::Unverifiable;
    }
    let is_target = outcome.target.place == place;
    Some(Claim { relation, outcome, weighed, is_target })
}

fn heading(report: &Report, place: Place, claims: &[Claim<'_>], language: Language) -> String {
    let packet = &report.packet;
    let operand = claims.iter().find_map(|claim| {
        let all = claim.outcome.terms.iter().chain([&claim.outcome.target]);
        all.copied().find(|operand| operand.place == place)
    });
    let known = operand
        .and_then(|operand| operand.table)
        .or_else(|| packet.table_of(place, None).map(|table| table.id));
    let value = packet
        .workbook(place.file)
        .zip(packet.sheet(place.file, place.sheet))
        .map_or_else(String::new, |(book, sheet)| shown::cell(book, sheet, place.cell));
    let blank = match language {
        Language::Zh => "（空）",
        Language::En => "(blank)",
    };
    let path = packet.files.get(place.file as usize).map_or("", |file| file.path.as_str());
    let sheet = packet.sheet_name(place).map(|name| format!(" › {name}")).unwrap_or_default();
    let label = packet.shown_label(place, known);
    let value = if value.is_empty() { blank } else { value.as_str() };
    let mut text = format!("{path}{sheet} › {}  {label}  {value}\n", place.cell);
    let formula = packet
        .sheet(place.file, place.sheet)
        .and_then(|sheet| sheet.formula(place.cell))
        .map(|formula| formula.text.to_string());
    if let Some(formula) = formula {
        let _ = writeln!(text, "  ={}", formula.trim_start_matches('='));
    }
    text
}

fn told(report: &Report, claim: &Claim<'_>, language: Language) -> String {
    let Claim { relation, outcome, .. } = claim;
    let zh = language == Language::Zh;
    let look = shown::look(&report.packet, outcome.target.place, outcome.target.table);
    let show = |value: Option<crate::number::Decimal>| {
        value.map_or_else(
            || if zh { "（空）" } else { "(blank)" }.to_owned(),
            |v| look.fitting(v, 4).show(v),
        )
    };
    let mut text = format!("  {} {}\n", relation.rule, equation(report, relation, outcome));
    let result = match (outcome.verdict, zh) {
        (Verdict::Holds, true) => format!("相符：{}", show(outcome.stated)),
        (Verdict::Holds, false) => format!("holds: {}", show(outcome.stated)),
        (Verdict::Rounding, true) => {
            format!("尾差：{} 与 {}", show(outcome.stated), show(outcome.computed))
        }
        (Verdict::Rounding, false) => {
            format!("within rounding: {} and {}", show(outcome.stated), show(outcome.computed))
        }
        (Verdict::Fails, true) => format!(
            "不符：{} 与 {}，相差 {}",
            show(outcome.stated),
            show(outcome.computed),
            show(outcome.difference)
        ),
        (Verdict::Fails, false) => format!(
            "fails: {} is not {}, off by {}",
            show(outcome.stated),
            show(outcome.computed),
            show(outcome.difference)
        ),
        (_, true) => "未能核对".to_owned(),
        (_, false) => "not verifiable".to_owned(),
    };
    let _ = writeln!(text, "    {} {result}", if zh { "结果" } else { "result" });
    let proposed: Vec<&str> =
        relation.evidence.iter().map(|origin| witness(origin, language)).collect();
    let (held, tried) = relation.support;
    let mut line = proposed.join(if zh { "、" } else { ", " });
    if tried > 1 {
        line += &if zh {
            format!("；同样的算法在 {tried} 处可试，{held} 处成立")
        } else {
            format!("; the same arithmetic holds in {held} of {tried} places")
        };
    }
    let _ = writeln!(text, "    {} {line}", if zh { "来源" } else { "from" });
    let weighed = claim.weighed;
    for witness in weighed.witnesses.iter().map(Witness::text) {
        let _ = writeln!(text, "    {} {}", if zh { "佐证" } else { "for" }, witness.get(language));
    }
    // Against what holds nothing needs to be said.
    if !matches!(outcome.verdict, Verdict::Holds | Verdict::Rounding) {
        for against in weighed.against.iter().map(Objection::text) {
            let word = if zh { "反证" } else { "against" };
            let _ = writeln!(text, "    {word} {}", against.get(language));
        }
        if let Some(doubt) = weighed.doubt.as_ref().filter(|_| weighed.against.is_empty()) {
            let _ =
                writeln!(text, "    {} {}", if zh { "存疑" } else { "doubt" }, doubt.get(language));
        }
    }
    text
}

fn witness(origin: Origin, language: Language) -> &'static str {
    match (origin, language) {
        (Origin::Mined, Language::Zh) => "数字本身",
        (Origin::Label, Language::Zh) => "文字、编号或缩进",
        (Origin::Formula, Language::Zh) => "表内公式",
        (Origin::Packet, Language::Zh) => "表间规定",
        (Origin::Kind, Language::Zh) => "表式规定",
        (Origin::User, Language::Zh) => "用户规定",
        (Origin::Mined, Language::En) => "the numbers",
        (Origin::Label, Language::En) => "words, numbering or indents",
        (Origin::Formula, Language::En) => "a formula of the sheet",
        (Origin::Packet, Language::En) => "declared between tables",
        (Origin::Kind, Language::En) => "declared for the table kind",
        (Origin::User, Language::En) => "the user's own file",
    }
}

/// `C4 = C12 + C18 − C19`, cells only.
fn equation(report: &Report, relation: &Relation, outcome: &Outcome) -> String {
    let home = outcome.target.place;
    let name = |operand: &Operand| {
        let place = operand.place;
        match report.packet.sheet_name(place) {
            Some(sheet) if (place.file, place.sheet) != (home.file, home.sheet) => {
                format!("{sheet}!{}", place.cell)
            }
            _ => place.cell.to_string(),
        }
    };
    let joint = match relation.operation {
        Operation::Ratio => " ÷ ",
        Operation::Product => " × ",
        Operation::RelativeChange => " → ",
        _ => " + ",
    };
    let mut text = format!("{} ", home.cell);
    text += if relation.operation == Operation::AtMost { "≤ " } else { "= " };
    for (at, term) in outcome.terms.iter().take(TERMS).enumerate() {
        let is_sum = joint == " + ";
        text += match (at, is_sum && term.coefficient < 0) {
            (0, true) => "−",
            (0, false) => "",
            (_, true) => " − ",
            (_, false) => joint,
        };
        if is_sum && term.coefficient.abs() != 1 {
            let _ = write!(text, "{} × ", term.coefficient.abs());
        }
        text += &name(term);
    }
    if outcome.terms.len() > TERMS {
        let _ = write!(text, " + … ({})", outcome.terms.len());
    }
    text
}

fn verdict(report: &Report, place: Place, claims: &[Claim<'_>], language: Language) -> String {
    let zh = language == Language::Zh;
    let count = |verdict: Verdict| claims.iter().filter(|c| c.outcome.verdict == verdict).count();
    let (holds, fails) = (count(Verdict::Holds) + count(Verdict::Rounding), count(Verdict::Fails));
    let mut text = if zh {
        format!("结论：{} 项核对，{holds} 项相符，{fails} 项不符\n", claims.len())
    } else {
        format!("Verdict: {}, {holds} hold, {fails} fail\n", many(claims.len(), "check"))
    };
    let about = |matter: &&Matter| {
        matter.place == Some(place)
            || matter.changes.iter().any(|change| change.place == place)
            || matter.consequences.contains(&place)
            || matter.findings.iter().any(|at| {
                let finding = &report.findings[*at as usize];
                finding.place == Some(place) || finding.related.contains(&place)
            })
    };
    for matter in report.matters.iter().filter(about) {
        let _ = writeln!(
            text,
            "  {} {}",
            matter.severity.label().get(language),
            matter.text.get(language)
        );
    }
    text
}
