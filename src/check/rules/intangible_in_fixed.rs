//! Z12 `intangible-in-fixed`: a total of fixed assets holds intangible ones.
//!
//! ```toml
//! [Z12]
//! name = "intangible-in-fixed"
//! severity = "info"
//! source = "Intangible assets are no fixed assets"
//! zh.title = "固定资产合计含无形资产"
//! zh.source = "无形资产不属于固定资产"
//! zh.checks = "表名为固定资产而合计里加入了无形资产，建议更名或分列。"
//! zh.example = "固定资产合计 = 通用设备 + 无形资产 + 家具。"
//! zh.remedy = "更名为“资产情况表”，或把无形资产列在合计之外。"
//! en.title = "a total of fixed assets holds intangible ones"
//! en.checks = "A table of fixed assets adds up intangible ones too."
//! en.example = "Equipment + intangible assets + furniture."
//! en.remedy = "Rename the table, or list them apart."
//! ```

use super::{Context, Rule};
use crate::model::{Finding, LineRole, Operation, Severity, Shape, Text};

pub(super) static RULE: Rule = Rule { code: "Z12", severity: Severity::Info, check };

fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    for relation in context.relations.iter().filter(|one| one.operation == Operation::Sum) {
        let Shape::Lines { table, target, terms, columns } = &relation.shape else { continue };
        let table = &context.packet.tables[*table as usize];
        let words = &context.rulebook.words;
        let title = table.title.as_deref().unwrap_or_default();
        let is_total = table.line_at(*target).is_some_and(|line| line.role == LineRole::Total);
        if !is_total || !words.fixed_assets.stand_in(title) || words.intangible.stand_in(title) {
            continue;
        }
        let intangible = terms
            .iter()
            .filter_map(|(row, _)| table.line_at(*row))
            .find(|line| words.intangible.stand_in(&line.name));
        let (Some(line), Some(column)) = (intangible, columns.first()) else { continue };
        let cell = crate::model::CellRef::new(line.row, *column);
        let place = crate::model::Place { file: table.file, sheet: table.sheet, cell };
        if findings.iter().any(|known: &Finding| known.place == Some(place)) {
            continue;
        }
        findings.push(RULE.at(
            place,
            Text::new(
                "固定资产合计中含无形资产，口径不同，建议表名改为“资产”或分列".to_owned(),
                "the total of fixed assets holds intangible ones: rename the table or list them apart".to_owned(),
            ),
        ));
    }
    findings
}
