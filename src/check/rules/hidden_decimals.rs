//! T09 `displayed-differs-from-stored`: the printed digits add up, and what is stored behind them gives another total.
//!
//! Totals that are stored exactly and print one digit off their printed parts are ordinary rounding (尾差), and no
//! matter here. What counts is a total typed to fit the printed parts: recalculated, it would print another figure.

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
