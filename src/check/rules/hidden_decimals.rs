//! T09 `displayed-differs-from-stored`: the printed digits add up, and what is stored behind them gives another total.
//!
//! Totals that are stored exactly and print one digit off their printed parts are ordinary rounding (尾差), and no
//! matter here. What counts is a total typed to fit the printed parts: recalculated, it would print another figure.
//!
//! ```toml
//! [T09]
//! name = "displayed-differs-from-stored"
//! severity = "warning"
//! source = "Compares verdicts on displayed and on stored values; the risk of “set precision as displayed” is known from spreadsheets of statistics offices"
//! zh.title = "显示的数与存储的数结论不同"
//! zh.source = "按显示值与按存储值所作判断的比较；“以显示精度为准”的风险见于统计部门的表格"
//! zh.checks = "按显示的数相加与合计相符，按存储的数相加却会显示成另一个数：分项藏着未显示的小数，合计是手工填的。合计由公式得出、仅末位相差的是尾差，不在此列。"
//! zh.example = "三项存储 1.4，显示 1，合计填 3；按存储的数应显示 4。"
//! zh.remedy = "用 ROUND 把数取到所印位数后再合计，使打印出来的表自身相符。"
//! en.title = "displayed and stored figures disagree in their verdict"
//! en.checks = "The displayed parts add up to the stated total, but what is stored would display another: parts hide decimals and the total was typed. A total off by its last digit only is rounding, not this."
//! en.example = "Three parts stored as 1.4 and shown as 1; the total says 3, and would show 4."
//! en.remedy = "Round the parts to the printed digits before adding them."
//! ```

use std::collections::BTreeSet;

use super::{Context, Rule};
use crate::model::{Finding, Operation, Outcome, Place, Severity, Text, evaluate};
use crate::number::Decimal;

pub(super) static RULE: Rule = Rule { code: "T09", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let mut said: BTreeSet<Place> = BTreeSet::new();
    context
        .rounding
        .iter()
        .map(|(relation, ordinal)| (&context.relations[*relation as usize], *ordinal))
        .filter(|(relation, _)| relation.operation == Operation::Sum)
        .filter_map(|(relation, ordinal)| {
            hidden_decimals(context, &evaluate(context.packet, relation, ordinal as usize))
        })
        // A total of both its rows and its columns hides its decimals once.
        .filter(|own| own.place.is_some_and(|place| said.insert(place)))
        .collect()
}

fn hidden_decimals(context: &Context, outcome: &Outcome) -> Option<Finding> {
    let packet = context.packet;
    let target = outcome.target;
    let figure = packet.figure(target.place, target.table);
    let (stated, computed) = (outcome.stated?, outcome.computed?);
    let (printed, fresh) = (figure.shown(stated), figure.shown(computed));
    // Less than a whole printed unit is what rounding may leave.
    let step = figure.half_unit().checked_mul(Decimal::TWO)?;
    if printed == fresh || outcome.difference?.abs() < step {
        return None;
    }
    let unit = packet.unit(target.place, target.table);
    let mut sum = Decimal::ZERO;
    let mut hiding = Vec::new();
    for term in &outcome.terms {
        let part = packet.figure(term.place, term.table);
        let Some(number) = part.number() else { continue };
        // Other units or digits print on another scale: there is no printed sum to speak of.
        if packet.unit(term.place, term.table) != unit || part.decimals != figure.decimals {
            return None;
        }
        let shown = part.shown(number);
        if shown != number.normalize() {
            hiding.push(term.place);
        }
        sum = sum.checked_add(shown.checked_mul(Decimal::from(term.coefficient))?)?;
    }
    if sum.normalize() != printed || hiding.is_empty() {
        return None;
    }
    let print = |value| super::printed(context, target.place, target.table, value);
    let (printed, fresh) = (print(printed), print(fresh));
    let mut finding = RULE.at(
        target.place,
        Text::new(
            format!("显示的各项相加为 {printed}，与合计相符；但分项藏有小数，按存储的数应为 {fresh}"),
            format!("the printed parts add up to {printed} as stated, but they hide decimals: what is stored adds up to {fresh}"),
        ),
    );
    finding.related = hiding;
    Some(finding)
}
