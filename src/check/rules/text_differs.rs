//! B27 `text-differs-from-table`: a drafted report states a figure that the tables state otherwise.
//!
//! An amount that stands in some table is agreed. One that does not is only told where its words say which figure it is, the
//! tables know that figure, and the two are near: a report also speaks of what no table holds. Shares are recomputed from the
//! amounts of their own sentence, rates of execution from the tables.
//!
//! ```toml
//! [B27]
//! name = "text-differs-from-table"
//! severity = "warning"
//! source = "Published budget reports, whose text repeats the tables; GovBudgetChecker; seed report"
//! zh.title = "报告文字与表格不一致"
//! zh.source = "公开的预算说明，其文字与表中数字相对应"
//! zh.checks = "用 --report 给出报告（.docx、.txt、.md）时，文字中的金额与表格数字核对（折算单位），占比按同一句中的金额重算，预算执行率按表内支出与调整后预算重算，项目个数、车辆数与表中所列核对，套数与面积互相核对。表中没有的数字不提出。"
//! zh.example = "文字写“年初预算 5,760.39 万元”，表中年初预算为 5,706.39 万元。"
//! zh.remedy = "改正文字，或核对表格；引用的数字所在的表本身不符的，先改表。"
//! en.title = "the text differs from the tables"
//! en.checks = "With --report: amounts of a drafted report against the tables' figures, shares against the amounts of their sentence, the rate of execution and numbers of projects and vehicles against the tables, numbers of dwellings against areas. Numbers that no table holds are not told."
//! en.example = "An initial budget of 5,760.39 in words, 5,706.39 in the table."
//! en.remedy = "Correct the words, or check the table."
//! ```

use super::{Context, Rule, SpokenUnit, whole_at};
use crate::model::{
    CellRef, CountMeasure, Counted, FieldRole, Finding, Item, LineRole, Mention, Narrative, Place,
    Quantity, Severity, Side, Stage, Sureness, Text,
};
use crate::number::{Decimal, Unit, round_half_away};

pub(super) static RULE: Rule = Rule { code: "B27", severity: Severity::Warning, check };

/// An amount of some table, in yuan.
struct Stated {
    yuan: Decimal,
    half: Decimal,
    place: Place,
}

fn check(context: &Context) -> Vec<Finding> {
    if context.packet.narratives.is_empty() {
        return Vec::new();
    }
    let stated = stated(context);
    let quantities: Vec<Quantity> = context.quantities.iter().flatten().cloned().collect();
    let mut findings = Vec::new();
    for narrative in &context.packet.narratives {
        let before = findings.len();
        for (at, mention) in narrative.mentions.iter().enumerate() {
            let finding = if mention.percent {
                share(context, narrative, at)
                    .or_else(|| execution(context, narrative, mention, &quantities))
            } else {
                amount(context, narrative, mention, &stated, &quantities)
                    .or_else(|| invested(context, narrative, mention, &quantities))
            };
            findings.extend(finding);
        }
        findings.extend(counted(context, narrative));
        findings.extend(areas(context, narrative));
        let told = findings[before..].iter().filter(|one| one.severity > Severity::Info).count();
        findings.extend(agreed(narrative, &stated, told));
    }
    findings
}

/// How many amounts of a report stand in the tables: without it silence would say nothing.
fn agreed(narrative: &Narrative, stated: &[Stated], told: usize) -> Option<Finding> {
    let amounts: Vec<&Mention> =
        narrative.mentions.iter().filter(|mention| !mention.percent).collect();
    let all = amounts.len();
    if all == 0 {
        return None;
    }
    let found = amounts.iter().filter(|mention| !agreeing(stated, mention).is_empty()).count();
    let (name, missing) = (&narrative.name, all - found);
    let mut finding = RULE.about(
        None,
        Text::new(
            format!(
                "“{name}”中的 {all} 个金额，{found} 个与表格所列相同，{missing} 个表中没有；提出问题 {told} 处"
            ),
            format!(
                "of {all} amounts in {name} {found} stand in the tables and {missing} do not; {told} are asked about"
            ),
        ),
    );
    finding.severity = Severity::Info;
    Some(finding)
}

/// Every amount of every table, by value.
fn stated(context: &Context) -> Vec<Stated> {
    let packet = context.packet;
    let mut all: Vec<Stated> = Vec::new();
    for table in &packet.tables {
        for line in table.lines.iter().filter(|line| line.role.is_data()) {
            for field in table.fields.iter().filter(|field| field.role == FieldRole::Amount) {
                let cell = CellRef::new(line.row, field.column);
                let place = Place { file: table.file, sheet: table.sheet, cell };
                let figure = packet.figure(place, Some(table.id));
                let unit = packet.unit(place, Some(table.id)).and_then(Unit::yuan);
                let unit = unit.unwrap_or(Decimal::ONE);
                let number = figure.number().and_then(|number| number.checked_mul(unit));
                let half = figure.half_unit().checked_mul(unit);
                if let (Some(yuan), Some(half)) = (number, half) {
                    all.push(Stated { yuan, half, place });
                }
            }
        }
    }
    all.sort_by_key(|one| (one.yuan, one.place));
    all
}

/// The cells that state an amount.
fn agreeing<'a>(stated: &'a [Stated], mention: &Mention) -> Vec<&'a Stated> {
    let reach = mention.half + Decimal::from(5_000);
    let from = stated.partition_point(|one| one.yuan < mention.value - reach);
    stated[from..]
        .iter()
        .take_while(|one| one.yuan <= mention.value + reach)
        .filter(|one| (one.yuan - mention.value).abs() <= mention.half.max(one.half))
        .collect()
}

fn amount(
    context: &Context,
    narrative: &Narrative,
    mention: &Mention,
    stated: &[Stated],
    quantities: &[Quantity],
) -> Option<Finding> {
    let found = agreeing(stated, mention);
    if !found.is_empty() {
        // The table itself may be wrong there.
        let failing = context.failing_targets();
        let wrong = found.iter().all(|one| failing.contains(&one.place));
        return wrong.then(|| {
            let mut finding = RULE.at(
                found[0].place,
                Text::new(
                    format!(
                        "{}写的 {} 与此处一致，但此处与表内计算数不符（另见该项核对）{}",
                        named(narrative),
                        mention.written,
                        quoted(narrative, mention)
                    ),
                    format!(
                        "{} of {} agrees with this cell, which itself does not tie",
                        mention.written, narrative.name
                    ),
                ),
            );
            finding.severity = Severity::Info;
            finding
        });
    }
    let said = &mention.reading;
    let stage = said.stage.filter(|stage| stage.sure >= Sureness::Likely)?.value;
    let rest = without_entities(context, &said.name);
    if rest.chars().count() > 2 || said.measure.is_some() {
        return None;
    }
    let meant: Vec<&Quantity> = quantities
        .iter()
        .filter(|one| {
            one.item == Item::Whole
                && (one.stage == stage || stage == Stage::Budget && one.stage == Stage::Initial)
                && one.class == said.class.map(|facet| facet.value)
                && one.funds == said.funds.map(|facet| facet.value).unwrap_or_default()
                && one.sure >= Sureness::Likely
                && (one.side == Some(Side::Income))
                    == (said.side.map(|facet| facet.value) == Some(Side::Income))
                && said.year.is_none_or(|year| one.year.is_none_or(|own| own == year.value))
        })
        .collect();
    let first = meant.first()?;
    if !meant.iter().all(|one| one.agrees(first)) || first.amount.is_zero() {
        return None;
    }
    let near = (first.amount - mention.value).abs() * Decimal::from(10) <= first.amount.abs();
    if !near {
        return None;
    }
    Some(differs(context, narrative, mention, first))
}

fn differs(
    context: &Context,
    narrative: &Narrative,
    mention: &Mention,
    table: &Quantity,
) -> Finding {
    let packet = context.packet;
    let unit = SpokenUnit::of(packet, table);
    let (shown, word) = (unit.shown(table.amount), &unit.word);
    let label = packet.label(table.place, Some(table.table));
    RULE.at(
        table.place,
        Text::new(
            format!(
                "{}写 {}，表中“{label}”为 {shown} {word}，请核对{}",
                named(narrative),
                mention.written,
                quoted(narrative, mention)
            ),
            format!(
                "{} says {}, the table {shown} {word} ({label})",
                narrative.name, mention.written
            ),
        ),
    )
}

/// Characters of a sentence in front of an investment that may name what it is of, and how many of a name tell it.
const IN_FRONT: usize = 30;
const TELLING: usize = 4;

/// 加大老旧小区维修改造力度，全年总投资1.2亿元: beside what was spent on the projects of that name. A year's expenditure need not
/// be the investment, so that it is only shown.
fn invested(
    context: &Context,
    narrative: &Narrative,
    mention: &Mention,
    quantities: &[Quantity],
) -> Option<Finding> {
    if !context.rulebook.words.investment_words.stand_in(&mention.before) {
        return None;
    }
    let front = &narrative.sentences.get(mention.sentence as usize)?[..mention.start];
    let mut words: Vec<char> = front.chars().rev().take(IN_FRONT).collect();
    words.reverse();
    let spent = |part: &str| -> Vec<&Quantity> {
        quantities
            .iter()
            .filter(|one| one.stage == Stage::Executed && !one.amount.is_zero())
            .filter(|one| matches!(&one.item, Item::Named(name) if name.contains(part)))
            .collect()
    };
    let (part, found) = words
        .windows(TELLING)
        .map(|window| window.iter().collect::<String>())
        .map(|part| {
            let found = spent(&part);
            (part, found)
        })
        .max_by_key(|(_, found)| found.len())
        .filter(|(_, found)| found.len() >= 2)?;
    let lines = once(&found);
    let sum: Decimal = lines.iter().map(|one| one.amount).sum();
    let half: Decimal = lines.iter().map(|one| one.half).sum();
    if (sum - mention.value).abs() <= mention.half + half {
        return None;
    }
    let shown = (sum / Decimal::from(10_000)).normalize();
    let (name, written, count) = (named(narrative), &mention.written, lines.len());
    let mut finding = RULE.at(
        lines[0].place,
        Text::new(
            format!("{name}写总投资 {written}；名称含“{part}”的 {count} 项支出合计 {shown} 万元，口径不同的请说明"),
            format!("{name} speaks of an investment of {written}; {count} lines of “{part}” come to {shown} 万元"),
        ),
    );
    finding.severity = Severity::Info;
    finding.related = lines[1..].iter().map(|one| one.place).collect();
    Some(finding)
}

/// The lines of the first table, and of each other one that states none of what is there already again: 本级 and 上级 add up.
fn once<'a>(found: &[&'a Quantity]) -> Vec<&'a Quantity> {
    let mut lines: Vec<&Quantity> = Vec::new();
    for own in found.chunk_by(|a, b| a.table == b.table) {
        let again =
            |one: &&Quantity| lines.iter().any(|other| other.item == one.item && other.agrees(one));
        if !own.iter().any(again) && lines.first().is_none_or(|first| first.same_scope(own[0])) {
            lines.extend(own);
        }
    }
    lines
}

/// 占比22.8%: the amount in front of it over one further in front.
fn share(context: &Context, narrative: &Narrative, at: usize) -> Option<Finding> {
    let mention = &narrative.mentions[at];
    let words = mention.before.as_str();
    let known = &context.rulebook.words;
    if !known.share_words.stand_in(words) || known.share_not.stand_in(words) {
        return None;
    }
    let own: Vec<&Mention> = narrative.mentions[..at]
        .iter()
        .filter(|other| other.sentence == mention.sentence && !other.percent)
        .collect();
    let (part, wholes) = own.split_last()?;
    if part.value.is_zero() {
        return None;
    }
    let stated = stated(context);
    // 4,402 in words is the 4,402.00 of the table.
    let half = |mention: &Mention| {
        let cells = agreeing(&stated, mention);
        cells.iter().map(|one| one.half).chain([mention.half]).min().unwrap_or(mention.half)
    };
    let of_part = half(part);
    let within = |whole: &Mention| {
        let of_whole = half(whole);
        let low = (part.value - of_part).checked_div(whole.value + of_whole)?;
        let high = (part.value + of_part).checked_div(whole.value - of_whole)?;
        Some(low <= mention.value + mention.half && high >= mention.value - mention.half)
    };
    let candidates: Vec<&&Mention> =
        wholes.iter().chain([part]).filter(|whole| whole.value > whole.half).collect();
    if candidates.iter().any(|whole| within(whole) == Some(true)) {
        return None;
    }
    // The nearest whole: where even that is far off, the share is of something else.
    let ratio = |whole: &Mention| part.value.checked_div(whole.value).unwrap_or_default();
    let best = wholes
        .iter()
        .filter(|whole| whole.value > part.value)
        .min_by_key(|whole| (ratio(whole) - mention.value).abs())?;
    let right = ratio(best);
    if (right - mention.value).abs() > Decimal::new(2, 2) {
        return None;
    }
    let decimals = mention.written.trim_end_matches('%').split_once('.');
    let decimals = decimals.map_or(0, |(_, tail)| tail.trim().len() as u32);
    let mut shown = round_half_away(right * Decimal::ONE_HUNDRED, decimals);
    shown.rescale(decimals);
    let place = agreeing(&stated, part).first().map(|one| one.place);
    let message = Text::new(
        format!(
            "{}写占比 {}，按文中 {} ÷ {} 应为 {shown}%{}",
            named(narrative),
            mention.written,
            part.written,
            best.written,
            quoted(narrative, mention)
        ),
        format!(
            "{} says {}, but {} of {} is {shown} %",
            narrative.name, mention.written, part.written, best.written
        ),
    );
    Some(match place {
        Some(place) => RULE.at(place, message),
        None => RULE.about(None, message),
    })
}

/// 预算执行率为100%: what was spent over the adjusted budget, of the whole.
fn execution(
    context: &Context,
    narrative: &Narrative,
    mention: &Mention,
    quantities: &[Quantity],
) -> Option<Finding> {
    let known = &context.rulebook.words;
    if !known.execution_words.stand_in(&mention.before) {
        return None;
    }
    let words: String = mention.before.chars().filter(|c| c.is_alphabetic()).collect();
    let mut name = words.as_str();
    while let Some(rest) = known.particles.iter().find_map(|word| name.strip_suffix(word.as_str()))
    {
        name = rest;
    }
    let own = without_entities(context, name);
    if !known.execution_rates.has(&own) {
        return None;
    }
    let only = |stage| whole_at(quantities, stage);
    let (spent, budget) = (only(Stage::Executed)?, only(Stage::Adjusted)?);
    let rate = spent.amount.checked_div(budget.amount)?;
    let slack = mention.half + (spent.half + budget.half).checked_div(budget.amount)?;
    if (rate - mention.value).abs() <= slack {
        return None;
    }
    let shown = round_half_away(rate * Decimal::ONE_HUNDRED, 2).normalize();
    let mut finding = RULE.at(
        spent.place,
        Text::new(
            format!(
                "{}写预算执行率 {}，按表内支出与调整后预算应为 {shown}%{}",
                named(narrative),
                mention.written,
                quoted(narrative, mention)
            ),
            format!(
                "{} says a rate of execution of {}, the tables give {shown} %",
                narrative.name, mention.written
            ),
        ),
    );
    finding.related = vec![budget.place];
    Some(finding)
}

/// Projects that a report may leave out or count otherwise before it speaks of other projects than the table.
const NEAR: usize = 3;

/// 车辆共计10台, 21个项目: against how many a table lists.
fn counted(context: &Context, narrative: &Narrative) -> Vec<Finding> {
    let known = &context.rulebook.words;
    let packet = context.packet;
    let listed = |one: &Counted| -> Vec<(usize, Place)> {
        let vehicles = one.measure == CountMeasure::Vehicle
            && (known.vehicle_words.stand_in(&one.before)
                || known.vehicle_nouns.beginning(&one.after).is_some());
        let project = one.measure == CountMeasure::Piece
            && known.project_nouns.beginning(&one.after).is_some();
        let mut found = Vec::new();
        for table in &packet.tables {
            let kind = table.kind.as_deref();
            let items = table.lines.iter().filter(|line| line.role == LineRole::Item);
            let lines: Vec<_> = if vehicles && kind == Some("vehicles") {
                items.collect()
            } else if project && kind == Some("budget_project") {
                items.filter(|line| matches!(line.item(&packet.names), Item::Named(_))).collect()
            } else {
                continue;
            };
            if let Some(cell) = lines.first().and_then(|line| line.label_cell) {
                let place = Place { file: table.file, sheet: table.sheet, cell };
                found.push((lines.len(), place));
            }
        }
        found
    };
    let mut findings = Vec::new();
    for one in &narrative.counts {
        let lists = listed(one);
        let [(count, place)] = lists.as_slice() else { continue };
        let near = |said: usize| said != *count && said.abs_diff(*count) <= NEAR;
        let Some(said) = usize::try_from(one.value).ok().filter(|said| near(*said)) else {
            continue;
        };
        let noun = if one.measure == CountMeasure::Piece { "项目" } else { "" };
        let (name, written) = (named(narrative), format!("{}{noun}", one.written));
        findings.push(RULE.at(
            *place,
            Text::new(
                format!("{name}写 {written}，此表列有 {count} 项，请核对"),
                format!("{name} says {said}, the table lists {count}"),
            ),
        ));
    }
    findings
}

/// How far apart an area and what its parts come to may be, in hundredths: 约60平米 is round.
const ROUND: i64 = 20;

/// 918套8万平米，单套建筑面积约60平米: so many of one size come to another area.
fn areas(context: &Context, narrative: &Narrative) -> Option<Finding> {
    let known = &context.rulebook.words;
    narrative.counts.iter().find_map(|apiece| {
        let each = |one: &Counted| {
            one.measure == CountMeasure::Area && known.apiece_words.stand_in(&one.before)
        };
        if !each(apiece) {
            return None;
        }
        let in_sentence = || narrative.counts.iter().filter(|o| o.sentence == apiece.sentence);
        let mut many = in_sentence().filter(|one| one.measure == CountMeasure::Dwelling);
        let mut area =
            in_sentence().filter(|one| one.measure == CountMeasure::Area && !each(one));
        let (Some(many), None) = (many.next(), many.next()) else { return None };
        let (Some(area), None) = (area.next(), area.next()) else { return None };
        let come = many.value.checked_mul(apiece.value)?;
        let apart = (come - area.value).abs().checked_mul(Decimal::ONE_HUNDRED)?;
        if apart <= area.value.checked_mul(Decimal::from(ROUND))? || many.value.is_zero() {
            return None;
        }
        let one = round_half_away(area.value.checked_div(many.value)?, 1).normalize();
        let (come, name) = (come.normalize(), named(narrative));
        let (a, b, c) = (&many.written, &apiece.written, &area.written);
        Some(RULE.about(
            None,
            Text::new(
                format!("{name}写 {a}、每套 {b}，合 {come} 平方米，与 {c} 不符（按 {c} 计每套 {one} 平方米），请核实"),
                format!("{name}: {a} of {b} come to {come} m², not {c} ({one} each)"),
            ),
        ))
    })
}

fn named(narrative: &Narrative) -> String {
    format!("“{}”", narrative.name)
}

/// The sentence, cut to what a screen shows.
fn quoted(narrative: &Narrative, mention: &Mention) -> String {
    const SHOWN: usize = 60;
    let sentence = narrative.sentences.get(mention.sentence as usize).map_or("", String::as_str);
    let at = sentence.find(&mention.written).unwrap_or(0);
    let start = sentence[..at].char_indices().rev().nth(SHOWN / 2).map_or(0, |(at, _)| at);
    let text: String = sentence[start..].chars().take(SHOWN).collect();
    let (head, tail) = (
        if start > 0 { "…" } else { "" },
        if sentence[start..].len() > text.len() { "…" } else { "" },
    );
    format!("：“{head}{text}{tail}”")
}

/// What is left of some words without the names of the packet's entities.
fn without_entities(context: &Context, name: &str) -> String {
    let mut rest = crate::model::words::key(name).into_owned();
    for table in &context.packet.tables {
        if let Some(entity) = &table.entity {
            rest = rest.replace(&*crate::model::words::key(entity), "");
            rest = rest.replace(&context.packet.names.key(entity).name, "");
        }
    }
    rest
}
