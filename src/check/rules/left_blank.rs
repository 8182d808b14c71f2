//! W07 `left-blank`: a blank cell in a column that all other lines fill, which the figures beside it determine.
//!
//! 净值 left out beside 原值 and 折旧 is no error of arithmetic: it is asked for.

use std::collections::BTreeMap;

use super::{Context, Rule};
use crate::model::{Finding, Objection, Place, Severity, Text};
use crate::number::Decimal;

pub(super) static RULE: Rule = Rule { code: "W07", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let mut blanks: BTreeMap<Place, (Decimal, Vec<Place>)> = BTreeMap::new();
    let mut terms = Vec::new();
    for relation in context.relations {
        for (ordinal, claim) in &relation.claims {
            let Some(Objection::LeftBlank { cell, value }) = claim.against.first() else {
                continue;
            };
            let place_of = |table| context.packet.place_of(table);
            let target = relation.operands(*ordinal as usize, place_of, &mut terms);
            blanks.entry(*cell).or_insert_with(|| (*value, Vec::new())).1.push(target.place);
        }
    }
    blanks
        .into_iter()
        .map(|(cell, (value, beside))| finding(context, cell, value, beside))
        .collect()
}

fn finding(context: &Context, cell: Place, value: Decimal, beside: Vec<Place>) -> Finding {
    let table = context.packet.table_of(cell, None).map(|table| table.id);
    let label = context.packet.label(cell, table);
    // A blank prints no digits that its value could be cut to.
    let shown = value.normalize();
    let mut finding = RULE.at(
        cell,
        Text::new(
            format!("“{label}”空白：按同行其他数应为 {shown}，是否漏填？"),
            format!(
                "“{label}” is blank: by the other figures it should be {shown}; was it left out?"
            ),
        ),
    );
    finding.related = beside;
    finding
}
