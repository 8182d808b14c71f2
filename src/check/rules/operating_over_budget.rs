//! P16 `operating-over-budget`: 公用经费控制率 above 100 %: more was spent on operating than was budgeted.
//!
//! Against the adjusted budget of 公用经费 where a table states it, else against the initial one, stated or added up from the
//! economic classes of the basic budget.

use super::staff_increase_not_staff::by_economic_class;
use super::{Context, Rule};
use crate::model::{Class, Finding, Item, Packet, Quantity, Severity, Side, Stage, Text, by_scope};
use crate::number::{Decimal, Unit, round_half_away};

pub(super) static RULE: Rule = Rule { code: "P16", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let groups = by_scope(&context.quantities);
    groups.iter().filter_map(|group| of_group(context.packet, group)).collect()
}

fn of_group(packet: &Packet, group: &[&Quantity]) -> Option<Finding> {
    let stated = |stage: Stage| {
        let mut found = group.iter().filter(|one| {
            one.stage == stage
                && one.class == Some(Class::Operating)
                && one.item == Item::Whole
                && one.side != Some(Side::Income)
                && one.funds.is_all()
        });
        let first = found.next()?;
        found.all(|other| other.agrees(first)).then_some(*first)
    };
    let spent = group.iter().find(|one| {
        one.stage == Stage::Executed
            && one.class == Some(Class::Operating)
            && one.item == Item::Whole
            && one.side != Some(Side::Income)
    })?;
    let (budget, from, adjusted) = match (stated(Stage::Adjusted), stated(Stage::Initial)) {
        (Some(one), _) => (one.amount, one.place, true),
        (None, Some(one)) => (one.amount, one.place, false),
        (None, None) => {
            let (_, operating, place) = by_economic_class(packet, group)?;
            (operating, place, false)
        }
    };
    if budget <= Decimal::ZERO || spent.amount - spent.half <= budget {
        return None;
    }
    let unit = packet.unit(spent.place, Some(spent.table));
    let scale = unit.and_then(Unit::yuan).unwrap_or(Decimal::ONE);
    let shown = |yuan: Decimal| (yuan / scale).normalize();
    let word = unit.map(ToString::to_string).unwrap_or_default();
    let rate = round_half_away(spent.amount * Decimal::ONE_HUNDRED / budget, 2);
    let (a, b) = (shown(spent.amount), shown(budget));
    let (zh, en) =
        if adjusted { ("调整后预算", "adjusted") } else { ("年初预算", "initial") };
    let mut finding = RULE.at(
        spent.place,
        Text::new(
            format!("公用经费支出 {a} {word}，{zh} {b} {word}，公用经费控制率 {rate}%，超过 100%，请说明"),
            format!("operating expenditure of {a} {word} against an {en} budget of {b}: {rate} %, above 100 %: explain"),
        ),
    );
    finding.related = vec![from];
    Some(finding)
}
