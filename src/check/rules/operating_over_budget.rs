//! P16 `operating-over-budget`: 公用经费控制率 above 100 %: more was spent on operating than was budgeted.
//!
//! Against the adjusted budget of 公用经费 where a table states it, else against the initial one, stated or added up from the
//! economic classes of the basic budget.
//!
//! ```toml
//! [P16]
//! name = "operating-over-budget"
//! severity = "warning"
//! source = "财预〔2013〕53号: 公用经费控制率 = 实际支出公用经费总额 ÷ 预算安排公用经费总额"
//! zh.title = "公用经费支出超预算"
//! zh.checks = "公用经费控制率 = 公用经费支出 ÷ 公用经费预算（有调整后预算的用调整后，没有的用年初预算，或由基本支出的经济分类汇总），超过 100% 的请说明。"
//! zh.example = "公用经费支出 105.00，预算 100.00，控制率 105.00%。"
//! zh.remedy = "说明超出的原因和资金来源。"
//! en.title = "operating expenditure exceeds its budget"
//! en.checks = "Operating expenditure over its budget, adjusted or initial, above 100 %."
//! en.example = "105.00 against 100.00."
//! en.remedy = "Explain the excess and its source."
//! ```

use super::staff_increase_not_staff::by_economic_class;
use super::{Context, Rule, SpokenUnit};
use crate::lexicon::Words;
use crate::model::{Class, Finding, Item, Packet, Quantity, Severity, Side, Stage, Text, by_scope};
use crate::number::{Decimal, round_half_away};

pub(super) static RULE: Rule = Rule { code: "P16", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let groups = by_scope(&context.quantities);
    groups
        .iter()
        .filter_map(|group| of_group(&context.rulebook.words, context.packet, group))
        .collect()
}

fn of_group(known: &Words, packet: &Packet, group: &[&Quantity]) -> Option<Finding> {
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
            let (_, operating, place) = by_economic_class(known, packet, group)?;
            (operating, place, false)
        }
    };
    if budget <= Decimal::ZERO || spent.amount - spent.half <= budget {
        return None;
    }
    let unit = SpokenUnit::of(packet, spent);
    let word = &unit.word;
    let rate = round_half_away(spent.amount * Decimal::ONE_HUNDRED / budget, 2);
    let (a, b) = (unit.shown(spent.amount), unit.shown(budget));
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
