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
    let blanks: Vec<(Place, Decimal, Vec<Place>)> =
        blanks.into_iter().map(|(cell, (value, beside))| (cell, value, beside)).collect();
    let line = |place: Place| (place.file, place.sheet, place.cell.row);
    blanks
        .chunk_by(|one, next| line(one.0) == line(next.0))
        .map(|of_line| finding(context, of_line))
        .collect()
}

/// What is asked of the blanks of one line, each with its value and the checks that say so.
fn finding(context: &Context, blanks: &[(Place, Decimal, Vec<Place>)]) -> Finding {
    let (first, ..) = &blanks[0];
    let table = context.packet.table_of(*first, None).map(|table| table.id);
    let label = context.packet.label(*first, table);
    let beside = || blanks.iter().flat_map(|(.., beside)| beside.iter().copied());
    let along = beside().any(|place| place.cell.row == first.cell.row);
    let (zh, en) = if along {
        ("同行其他数", "the other figures of its line")
    } else {
        ("合计与其他各行", "the total and the other lines")
    };
    let values: Vec<String> = blanks
        .iter()
        .map(|(_, value, beside)| {
            // A blank prints no digits that its value could be cut to: those of the figures beside it are.
            let digits =
                |place: &Place| context.packet.figure(*place, table).number().map(|n| n.scale());
            let scale = beside.iter().filter_map(digits).max().unwrap_or_default();
            let mut value = value.normalize();
            if !value.is_integer() {
                value.rescale(scale.max(value.scale()));
            }
            value.to_string()
        })
        .collect();
    let cells: Vec<String> = blanks.iter().map(|(place, ..)| place.cell.to_string()).collect();
    let name = if blanks.len() == 1 {
        format!("“{label}”")
    } else {
        format!("“{label}”等 {} ", cells.join("、"))
    };
    let english = if blanks.len() == 1 {
        format!("“{label}” is")
    } else {
        format!("“{label}” and others ({}) are", cells.join(", "))
    };
    let mut finding = RULE.at(
        *first,
        Text::new(
            format!("{name}空白：按{zh}应为 {}，是否漏填？", values.join("、")),
            format!(
                "{english} blank: by {en} it should be {}; was it left out?",
                values.join(", ")
            ),
        ),
    );
    finding.related = blanks[1..].iter().map(|(place, ..)| *place).chain(beside()).collect();
    finding
}
