//! A09 `increase-not-as-stated`: the budget was increased for staff, and the expenditure shows that a part went elsewhere.
//!
//! What staff and operating expenditure grew by is only known where one table states the basic budget by economic class, or by
//! 人员经费 and 公用经费, and another what was spent on both. Both grew by the increase in all: only then is its split asked
//! about.
//!
//! ```toml
//! [A09]
//! name = "increase-not-as-stated"
//! severity = "warning"
//! source = "The reason that an adjustment states against the change by economic class; seed report"
//! zh.title = "调增事由与经济分类变动不一致"
//! zh.source = "调整事由与经济分类变动的对照"
//! zh.checks = "调增事由写明为人员经费的，比较人员、公用两类的支出与年初预算：两类增加之和等于调增数，而公用经费也有增加的，请说明。"
//! zh.example = "调增人员经费 50.00；支出比年初预算，人员增加 45.00，公用增加 5.00。"
//! zh.remedy = "说明公用经费增加的依据，或更正调增事由。"
//! en.title = "an increase did not go where it was stated to go"
//! en.checks = "An increase for staff against what staff and operating expenditure grew by."
//! en.example = "50.00 for staff; staff grew by 45.00, operating expenditure by 5.00."
//! en.remedy = "Explain the increase of operating expenditure, or correct the reason."
//! ```

use super::{Context, Rule, SpokenUnit};
use crate::lexicon::{List, Words};
use crate::model::{
    Class, Finding, Item, Packet, Place, Quantity, Severity, Side, Stage, Text, by_scope, words,
};
use crate::number::Decimal;

pub(super) static RULE: Rule = Rule { code: "A09", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let groups = by_scope(&context.quantities);
    groups
        .iter()
        .filter_map(|group| of_group(&context.rulebook.words, context.packet, group))
        .collect()
}

fn of_group(known: &Words, packet: &Packet, group: &[&Quantity]) -> Option<Finding> {
    let only = |stage: Stage, class: Class| {
        let mut found = group.iter().filter(|one| {
            one.stage == stage
                && one.class == Some(class)
                && one.item == Item::Whole
                && one.side != Some(Side::Income)
        });
        let first = found.next()?;
        found.all(|other| other.agrees(first)).then_some(*first)
    };
    let increase = only(Stage::Increase, Class::Staff)?;
    let (staff, operating) =
        (only(Stage::Executed, Class::Staff)?, only(Stage::Executed, Class::Operating)?);
    let stated = only(Stage::Initial, Class::Staff).zip(only(Stage::Initial, Class::Operating));
    let (of_staff, of_operating, from) = match stated {
        Some((a, b)) => (a.amount, b.amount, a.place),
        None => by_economic_class(known, packet, group)?,
    };
    let (more_staff, more_operating) = (staff.amount - of_staff, operating.amount - of_operating);
    let slack = increase.half + staff.half + operating.half;
    let all_of_it = (more_staff + more_operating - increase.amount).abs() <= slack;
    if !all_of_it || more_operating <= slack || increase.amount <= Decimal::ZERO {
        return None;
    }
    let unit = SpokenUnit::of(packet, operating);
    let word = &unit.word;
    let (total, a, b) =
        (unit.shown(increase.amount), unit.shown(more_staff), unit.shown(more_operating));
    let mut finding = RULE.at(
        operating.place,
        Text::new(
            format!("调增事由为人员经费 {total} {word}；按支出与年初预算比较，人员经费增加 {a}，公用经费增加 {b}，请说明公用经费增加的依据"),
            format!("the increase of {total} {word} is stated to be for staff; against the initial budget staff grew by {a} and operating expenditure by {b}: on what basis?"),
        ),
    );
    finding.related = vec![increase.place, staff.place, from];
    Some(finding)
}

/// Staff and operating money of a table of the basic budget whose every line is an economic class.
pub(super) fn by_economic_class(
    known: &Words,
    packet: &Packet,
    group: &[&Quantity],
) -> Option<(Decimal, Decimal, Place)> {
    let tables: std::collections::BTreeSet<u32> = group.iter().map(|one| one.table).collect();
    tables.into_iter().find_map(|table| {
        let own: Vec<&&Quantity> =
            group.iter().filter(|one| one.table == table && one.stage == Stage::Initial).collect();
        let total =
            own.iter().find(|one| one.item == Item::Whole && one.class == Some(Class::Basic))?;
        let lines: Vec<&&&Quantity> = own
            .iter()
            .filter(|one| {
                one.place.cell.column == total.place.cell.column && one.item != Item::Whole
            })
            .collect();
        let (mut staff, mut operating) = (Decimal::ZERO, Decimal::ZERO);
        for one in &lines {
            match class(known, packet, one)? {
                Class::Staff => staff += one.amount,
                _ => operating += one.amount,
            }
        }
        let ties = (staff + operating - total.amount).abs() <= total.half;
        (lines.len() >= 4 && ties).then_some((staff, operating, total.place))
    })
}

/// What a line of the basic budget is for, by its code or its name.
fn class(known: &Words, packet: &Packet, quantity: &Quantity) -> Option<Class> {
    let line = &packet.tables[quantity.table as usize].lines[quantity.line];
    if let Some(code) = line.code.as_deref().filter(|code| code.len() == 5) {
        return match code.get(..3)? {
            "301" | "303" => Some(Class::Staff),
            "302" | "309" | "310" => Some(Class::Operating),
            _ => None,
        };
    }
    let (name, own) = (words::key(&line.name), packet.names.key(&line.name).name);
    let is = |list: &List| {
        list.has(&name) || list.iter().any(|known| packet.names.key(known).name == own)
    };
    if is(&known.staff_items) {
        Some(Class::Staff)
    } else {
        is(&known.operating_items).then_some(Class::Operating)
    }
}
