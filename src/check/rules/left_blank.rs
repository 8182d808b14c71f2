//! W07 `left-blank`: a blank cell in a column that all other lines fill, which the figures beside it determine.
//!
//! 净值 left out beside 原值 and 折旧 is no error of arithmetic: it is asked for.
//!
//! ```toml
//! [W07]
//! name = "left-blank"
//! severity = "warning"
//! source = "General practice: an empty cell among filled ones is asked for before it is counted as nought"
//! zh.title = "疑似漏填"
//! zh.source = "通行做法：填满的列中有空格的，先问清再作零"
//! zh.checks = "其他各行都填的列中有一格空白，而同行其他数可以算出它时，不作计算错误，只请核实是否漏填。"
//! zh.example = "原值 100.00，累计折旧 40.00，净值空白：应为 60.00。"
//! zh.remedy = "补填，或注明为零。"
//! en.title = "a figure may have been left out"
//! en.checks = "A blank in a column that all other lines fill, which the other figures of its line determine: asked for, no error of arithmetic."
//! en.example = "Value 100.00, depreciation 40.00, net value blank: 60.00."
//! en.remedy = "Fill it in, or say that it is nought."
//! ```

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
