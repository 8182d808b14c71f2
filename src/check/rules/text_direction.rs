//! B29 `direction-not-as-figures`: what a drafted report says of this year and the last is not what their figures say: 增长
//! where they fell, a rise of another amount or rate, 持平 where they differ.
//!
//! The two figures are those of the sentence (1,200万元，较上年 1,150万元增长), or this year's and last year's of the line of a table
//! that states this year's. Where neither is there, nothing is said; nor where the difference is so far from what the text
//! says that it may speak of something else.
//!
//! ```toml
//! [B29]
//! name = "direction-not-as-figures"
//! severity = "warning"
//! source = "Form of published department budgets; also checked by GovBudgetChecker (V33-110)"
//! zh.title = "增减表述与数据不符"
//! zh.source = "部门预算公开说明的体例"
//! zh.checks = "报告文字写“比上年增加（增长）”“减少（下降）”“与上年持平”的，与句中两年的数、或表内本年与上年的数比较：方向、增减额、增减幅度。找不到两年的数，或相差过大、可能另有所指的，不判断。"
//! zh.example = "支出合计 580.10 万元，比上年增加 18.90 万元；上年为 599.00。"
//! zh.remedy = "改正文字，或改正数字。"
//! en.title = "a rise or fall is not that of the figures"
//! en.checks = "Words of a rise, a fall or no change against the year before in a drafted report, and the two figures of the sentence or the table: which way, how much, and by how many per cent."
//! en.example = "580.10, an increase; the year before had 599.00."
//! en.remedy = "Correct the words, or the figure."
//! ```

use super::{Context, Rule};
use crate::lexicon::{List, Words};
use crate::model::{CellRef, FieldRole, Finding, Mention, Narrative, Place, Severity, Table, Text};
use crate::number::{Decimal, Unit, round_half_away};

pub(super) static RULE: Rule = Rule { code: "B29", severity: Severity::Warning, check };

/// How far a rate may be from the right one before it is taken for the rate of something else.
const RATE_NEAR: Decimal = Decimal::from_parts(2, 0, 0, false, 2);

fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    for narrative in &context.packet.narratives {
        for at in 0..narrative.mentions.len() {
            findings.extend(of_change(context, narrative, at));
            findings.extend(of_no_change(context, narrative, at));
        }
    }
    findings
}

/// This year's figure and last year's, in yuan, and where last year's stands.
struct Years {
    now: Decimal,
    last: Decimal,
    /// How far rounding may put their difference off.
    slack: Decimal,
    place: Option<Place>,
}

impl Years {
    fn change(&self) -> Decimal {
        self.now - self.last
    }

    fn finding(&self, message: Text) -> Finding {
        match self.place {
            Some(place) => RULE.at(place, message),
            None => RULE.about(None, message),
        }
    }
}

/// Which way a mention says that figures went: `Some(true)` up. 增减 and 由增加转为减少 say no one direction.
fn direction(words: &Words, mention: &Mention) -> Option<bool> {
    let (rose, fell) = (said(mention, &words.rising), said(mention, &words.falling));
    (rose != fell).then_some(rose)
}

fn of_change(context: &Context, narrative: &Narrative, at: usize) -> Option<Finding> {
    let words = &context.rulebook.words;
    let mention = &narrative.mentions[at];
    let rose = direction(words, mention)?;
    let years = compared(context, narrative, at)?;
    let change = years.change();
    let (zh, en) = if rose { ("增加", "an increase") } else { ("减少", "a decrease") };
    let shown = (change / Decimal::from(10_000)).normalize();
    let (name, text) = (&narrative.name, quoted(narrative, mention));
    if change.abs() > years.slack && change.is_sign_positive() != rose {
        return Some(years.finding(Text::new(
            format!("“{name}”写为{zh}，按两年的数相差 {shown} 万元，方向相反：“{text}”"),
            format!("{name} says {en}, the figures differ by {shown} 万元 the other way"),
        )));
    }
    let written = &mention.written;
    if mention.percent {
        let right = rate(&years, mention)?;
        return Some(years.finding(Text::new(
            format!("“{name}”写为{zh} {written}，按两年的数应为 {right}%：“{text}”"),
            format!("{name} says {en} of {written}, by the figures it is {right} %"),
        )));
    }
    let apart = (mention.value - change.abs()).abs();
    let other_thing = apart * Decimal::from(10) > change.abs();
    (apart > mention.half + years.slack && !other_thing).then(|| {
        let shown = shown.abs();
        years.finding(Text::new(
            format!("“{name}”写为{zh} {written}，按两年的数为 {shown} 万元：“{text}”"),
            format!("{name} says {en} of {written}, the figures differ by {shown} 万元"),
        ))
    })
}

/// The right rate of a change in hundredths, with the decimals that the text prints, where the text prints another.
fn rate(years: &Years, mention: &Mention) -> Option<Decimal> {
    if !years.last.is_sign_positive() || years.last <= years.slack {
        return None;
    }
    let change = years.change().abs();
    let low = (change - years.slack).checked_div(years.last + years.slack)?;
    let high = (change + years.slack).checked_div(years.last - years.slack)?;
    let right = change.checked_div(years.last)?;
    let within = low <= mention.value + mention.half && high >= mention.value - mention.half;
    if within || (right - mention.value).abs() > RATE_NEAR {
        return None;
    }
    let decimals = (mention.half * Decimal::from(2)).normalize().scale().saturating_sub(2);
    let mut shown = round_half_away(right * Decimal::ONE_HUNDRED, decimals);
    shown.rescale(decimals);
    Some(shown)
}

/// 580.10 万元，与上年持平, and the table has another figure for the last year.
fn of_no_change(context: &Context, narrative: &Narrative, at: usize) -> Option<Finding> {
    let words = &context.rulebook.words;
    let now = &narrative.mentions[at];
    let sentence = narrative.sentences.get(now.sentence as usize)?;
    let next = narrative.mentions.get(at + 1).filter(|next| next.sentence == now.sentence);
    let end = next.map_or(sentence.len(), |next| next.start);
    let behind = sentence.get(now.start + now.written.len()..end)?;
    if now.percent
        || direction(words, now).is_some()
        || !words.unchanged.stand_in(behind)
        || !words.compared_years.stand_in(behind)
    {
        return None;
    }
    let (last, half, place) = last_year(context, now)?;
    let years = Years { now: now.value, last, slack: now.half + half, place: Some(place) };
    let change = years.change();
    (change.abs() > years.slack).then(|| {
        let shown = (change / Decimal::from(10_000)).normalize();
        let (name, text) = (&narrative.name, quoted(narrative, now));
        years.finding(Text::new(
            format!("“{name}”写为与上年持平，按表内两年的数相差 {shown} 万元：“{text}”"),
            format!("{name} says that nothing changed, the figures differ by {shown} 万元"),
        ))
    })
}

/// The two years that a rise or fall is between. 比上年增加 18.90 万元，增长 3.2%: what follows speaks of the same two.
fn compared(context: &Context, narrative: &Narrative, at: usize) -> Option<Years> {
    let words = &context.rulebook.words;
    let all = &narrative.mentions;
    let is_compared = |mention: &Mention| said(mention, &words.compared_years);
    let mut first = at;
    while !is_compared(&all[first]) {
        let before = first.checked_sub(1)?;
        let follows = all[before].sentence == all[at].sentence
            && (is_compared(&all[before]) || direction(words, &all[before]).is_some());
        if !follows {
            return None;
        }
        first = before;
    }
    let amounts = || {
        all[..=first].iter().rev().filter(|one| one.sentence == all[at].sentence && !one.percent)
    };
    let plain = |one: &&Mention| direction(words, one).is_none();
    let now = amounts().filter(plain).find(|one| !is_compared(one))?;
    if let Some(last) = amounts().filter(plain).find(|one| is_compared(one)) {
        let slack = now.half + last.half;
        return Some(Years { now: now.value, last: last.value, slack, place: None });
    }
    let (last, half, place) = last_year(context, now)?;
    Some(Years { now: now.value, last, slack: now.half + half, place: Some(place) })
}

/// The beginning of a mention's sentence.
fn quoted(narrative: &Narrative, mention: &Mention) -> String {
    let sentence = narrative.sentences.get(mention.sentence as usize);
    sentence.map(|text| text.chars().take(60).collect()).unwrap_or_default()
}

fn said(mention: &Mention, list: &List) -> bool {
    list.stand_in(&mention.before)
}

/// What a line that states the amount for this year states for the last, half a unit of its last digit, and where.
fn last_year(context: &Context, now: &Mention) -> Option<(Decimal, Decimal, Place)> {
    let mut found: Option<(Decimal, Decimal, Place)> = None;
    for table in &context.packet.tables {
        let Some(year) = table.year else { continue };
        for line in table.lines.iter().filter(|line| line.role.is_data()) {
            let states = |of: i32| -> Vec<(Decimal, Decimal, Place)> {
                let fields = table.fields.iter().filter(|field| field.role == FieldRole::Amount);
                fields
                    .filter(|field| {
                        let said = field.reading.year.map_or(year, |facet| facet.value);
                        said == of && field.reading.measure.is_none()
                    })
                    .filter_map(|field| yuan(context, table, line.row, field.column))
                    .collect()
            };
            let agrees = states(year)
                .iter()
                .any(|(value, half, _)| (*value - now.value).abs() <= now.half.max(*half));
            let last = states(year - 1);
            let ([one], true) = (last.as_slice(), agrees) else { continue };
            // Two lines that say otherwise are no answer.
            if found.is_some_and(|(known, ..)| known != one.0) {
                return None;
            }
            found = Some(*one);
        }
    }
    found
}

fn yuan(
    context: &Context,
    table: &Table,
    row: u32,
    column: u32,
) -> Option<(Decimal, Decimal, Place)> {
    let cell = CellRef::new(row, column);
    let place = Place { file: table.file, sheet: table.sheet, cell };
    let figure = context.packet.figure(place, Some(table.id));
    let unit = context.packet.unit(place, Some(table.id)).and_then(Unit::yuan)?;
    Some((figure.number()?.checked_mul(unit)?, figure.half_unit().checked_mul(unit)?, place))
}
