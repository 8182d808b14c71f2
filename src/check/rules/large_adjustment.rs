//! A07 `large-adjustment`: the budget was changed by more than three tenths of what it was at the start.
//!
//! ```toml
//! [A07]
//! name = "large-adjustment"
//! severity = "warning"
//! source = "Threshold of 30 % as GovBudgetChecker (R013) has it; 财预〔2013〕53号 names the indicator 预算调整率"
//! zh.title = "预算调整幅度大"
//! zh.source = "财预〔2013〕53号列有预算调整率；30% 的界限为通行做法"
//! zh.checks = "预算调整率 = |调整后 − 年初| ÷ 年初，超过 30% 的请说明年初预算编制依据。"
//! zh.example = "年初 5,706.39，调整后 26,027.24：调整率 356.11%。"
//! zh.remedy = "说明追加的依据，以及年初为何未能列入。"
//! en.title = "the budget was changed by much"
//! en.checks = "Rate of adjustment = |adjusted − initial| ÷ initial; past 30 % it asks."
//! en.example = "5,706.39 at the start, 26,027.24 adjusted: 356.11 %."
//! en.remedy = "Say what the additions rest on, and why they were not budgeted at the start."
//! ```

use super::{Context, Rule, SpokenUnit, whole_at};
use crate::model::{Finding, Quantity, Severity, Stage, Text, by_scope};
use crate::number::{Decimal, round_half_away};

pub(super) static RULE: Rule = Rule { code: "A07", severity: Severity::Warning, check };

/// 预算调整率 past which it is asked about, in hundredths: the threshold that is commonly used.
const MOST: i64 = 30;

fn check(context: &Context) -> Vec<Finding> {
    by_scope(&context.quantities).iter().filter_map(|group| of_group(context, group)).collect()
}

fn of_group(context: &Context, group: &[&Quantity]) -> Option<Finding> {
    let only = |stage| whole_at(group.iter().copied().filter(|one| one.has_unit), stage);
    let (initial, adjusted) = (only(Stage::Initial)?, only(Stage::Adjusted)?);
    let change = adjusted.amount - initial.amount;
    let rate = change.abs().checked_mul(Decimal::ONE_HUNDRED)?.checked_div(initial.amount)?;
    if initial.amount <= Decimal::ZERO || rate <= Decimal::from(MOST) {
        return None;
    }
    let rate = round_half_away(rate, 2);
    let unit = SpokenUnit::of(context.packet, adjusted);
    let word = &unit.word;
    let (a, b) = (unit.shown(initial.amount), unit.shown(adjusted.amount));
    let mut finding = RULE.at(
        adjusted.place,
        Text::new(
            format!(
                "年初预算 {a} {word}，调整后 {b} {word}，预算调整率 {rate}%，请说明年初预算编制依据"
            ),
            format!("{a} {word} at the start, {b} adjusted: changed by {rate} %"),
        ),
    );
    finding.related = vec![initial.place];
    Some(finding)
}
