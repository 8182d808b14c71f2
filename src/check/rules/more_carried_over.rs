//! A11 `more-carried-over`: much more is carried over at the end of the year than was carried in at its start.
//!
//! ```toml
//! [A11]
//! name = "more-carried-over"
//! severity = "warning"
//! source = "财预〔2013〕53号 names the indicator 结转结余变动率; the bounds are ours"
//! zh.title = "结转结余增加较多"
//! zh.source = "财预〔2013〕53号列有结转结余变动率；界限为本程序所取"
//! zh.checks = "结转结余变动率 =（年末 − 年初）÷ 年初。超过 30%，且年末结转结余达到调整后预算的一成的，请说明原因。"
//! zh.example = "年初结转 50.00，年末结转 120.00，调整后预算 980.00：变动率 140%。"
//! zh.remedy = "说明结转结余增加的原因，以及盘活的安排。"
//! en.title = "more is carried over than was carried in"
//! en.checks = "Rate = (closing − opening) ÷ opening; past 30 %, where a tenth of the budget or more is carried over."
//! en.example = "50.00 carried in, 120.00 carried over of a budget of 980.00: 140 %."
//! en.remedy = "Say why, and what is done with it."
//! ```

use super::{Context, Rule, SpokenUnit, whole_at};
use crate::model::{Finding, Quantity, Severity, Stage, Text, by_scope};
use crate::number::{Decimal, round_half_away};

pub(super) static RULE: Rule = Rule { code: "A11", severity: Severity::Warning, check };

/// 结转结余变动率 past which it is asked about, in hundredths: as of the rate of adjustment.
const MOST: i64 = 30;
/// One in so many of the budget must be carried over before it is asked about.
const SHARE: i64 = 10;

fn check(context: &Context) -> Vec<Finding> {
    by_scope(&context.quantities).iter().filter_map(|group| of_group(context, group)).collect()
}

fn of_group(context: &Context, group: &[&Quantity]) -> Option<Finding> {
    let only = |stage| whole_at(group.iter().copied().filter(|one| one.has_unit), stage);
    let (opening, closing) = (only(Stage::CarriedIn)?, only(Stage::CarriedOver)?);
    let budget = only(Stage::Adjusted)?;
    let more = closing.amount - opening.amount;
    if opening.amount <= Decimal::ZERO || closing.amount * Decimal::from(SHARE) < budget.amount {
        return None;
    }
    let rate = more.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(opening.amount)?;
    if rate <= Decimal::from(MOST) {
        return None;
    }
    let rate = round_half_away(rate, 2).normalize();
    let unit = SpokenUnit::of(context.packet, closing);
    let word = &unit.word;
    let (a, b) = (unit.shown(opening.amount), unit.shown(closing.amount));
    let mut finding = RULE.at(
        closing.place,
        Text::new(
            format!("年初结转结余 {a} {word}，年末 {b} {word}，结转结余变动率 {rate}%，请说明原因"),
            format!("{a} {word} carried in, {b} carried over: {rate} % more"),
        ),
    );
    finding.related = vec![opening.place];
    Some(finding)
}
