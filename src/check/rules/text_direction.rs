//! B29 `direction-not-as-figures`: a drafted report says 增长 where the figures fell, or the reverse.
//!
//! The two figures are those of the sentence (1,200万元，较上年 1,150万元增长), or this year's and last year's of the line of a table
//! that states this year's. Where neither is there, nothing is said.
//!
//! ```toml
//! [B29]
//! name = "direction-not-as-figures"
//! severity = "warning"
//! source = "Form of published department budgets; also checked by GovBudgetChecker (V33-110)"
//! zh.title = "增减表述与数据方向相反"
//! zh.source = "部门预算公开说明的体例"
//! zh.checks = "报告文字写“比上年增加（增长）”“减少（下降）”的，与句中两年的数、或表内本年与上年的数比较方向。找不到两年的数不判断。"
//! zh.example = "支出合计 580.10 万元，比上年增加 18.90 万元；上年为 599.00。"
//! zh.remedy = "改正文字，或改正数字。"
//! en.title = "a direction is not that of the figures"
//! en.checks = "Words of a rise or a fall against the year before in a drafted report, and the two figures of the sentence or the table."
//! en.example = "580.10, an increase; the year before had 599.00."
//! en.remedy = "Correct the words, or the figure."
//! ```

use super::{Context, Rule};
use crate::lexicon::List;
use crate::model::{CellRef, FieldRole, Finding, Mention, Narrative, Place, Severity, Table, Text};
use crate::number::{Decimal, Unit};

pub(super) static RULE: Rule = Rule { code: "B29", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    for narrative in &context.packet.narratives {
        for at in 0..narrative.mentions.len() {
            findings.extend(of_mention(context, narrative, at));
        }
    }
    findings
}

fn of_mention(context: &Context, narrative: &Narrative, at: usize) -> Option<Finding> {
    let words = &context.rulebook.words;
    let mention = &narrative.mentions[at];
    let (rose, fell) = (said(mention, &words.rising), said(mention, &words.falling));
    // 增减 and 由增加转为减少 say no one direction.
    if rose == fell || !said(mention, &words.compared_years) {
        return None;
    }
    let sentence: Vec<&Mention> = narrative.mentions[..at]
        .iter()
        .filter(|other| other.sentence == mention.sentence && !other.percent)
        .collect();
    let now = sentence.iter().rev().find(|other| !said(other, &words.compared_years))?;
    let before = sentence.iter().rev().find(|other| said(other, &words.compared_years));
    let (change, place) = match before {
        Some(before) if !said(before, &words.rising) && !said(before, &words.falling) => {
            (now.value - before.value, None)
        }
        _ => {
            let (last, place) = last_year(context, now)?;
            (now.value - last, Some(place))
        }
    };
    let slack = now.half * Decimal::from(2);
    if change.abs() <= slack || change.is_sign_positive() == rose {
        return None;
    }
    let (zh, en) = if rose { ("增加", "an increase") } else { ("减少", "a decrease") };
    let shown = (change / Decimal::from(10_000)).normalize();
    let text: String =
        narrative.sentences.get(mention.sentence as usize)?.chars().take(60).collect();
    let message = Text::new(
        format!("“{}”写为{zh}，按两年的数相差 {shown} 万元，方向相反：“{text}”", narrative.name),
        format!("{} says {en}, the figures differ by {shown} 万元 the other way", narrative.name),
    );
    Some(match place {
        Some(place) => RULE.at(place, message),
        None => RULE.about(None, message),
    })
}

fn said(mention: &Mention, list: &List) -> bool {
    list.stand_in(&mention.before)
}

/// What a line that states the amount for this year states for the last.
fn last_year(context: &Context, now: &Mention) -> Option<(Decimal, Place)> {
    let mut found: Option<(Decimal, Place)> = None;
    for table in &context.packet.tables {
        let Some(year) = table.year else { continue };
        for line in table.lines.iter().filter(|line| line.role.is_data()) {
            let states = |of: i32| -> Vec<(Decimal, Place)> {
                let fields = table.fields.iter().filter(|field| field.role == FieldRole::Amount);
                fields
                    .filter(|field| {
                        let said = field.reading.year.map_or(year, |facet| facet.value);
                        said == of && field.reading.measure.is_none()
                    })
                    .filter_map(|field| yuan(context, table, line.row, field.column))
                    .collect()
            };
            let agrees =
                states(year).iter().any(|(value, _)| (*value - now.value).abs() <= now.half);
            let last = states(year - 1);
            let ([one], true) = (last.as_slice(), agrees) else { continue };
            // Two lines that say otherwise are no answer.
            if found.is_some_and(|(known, _)| known != one.0) {
                return None;
            }
            found = Some(*one);
        }
    }
    found
}

fn yuan(context: &Context, table: &Table, row: u32, column: u32) -> Option<(Decimal, Place)> {
    let cell = CellRef::new(row, column);
    let place = Place { file: table.file, sheet: table.sheet, cell };
    let number = context.packet.figure(place, Some(table.id)).number()?;
    let unit = context.packet.unit(place, Some(table.id)).and_then(Unit::yuan)?;
    Some((number.checked_mul(unit)?, place))
}
