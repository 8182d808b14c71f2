//! Z10 `not-depreciated`: a class of assets that wears out has no depreciation, where others of the table have.
//!
//! ```toml
//! [Z10]
//! name = "not-depreciated"
//! severity = "warning"
//! source = "政府会计准则第3号—固定资产 (财会〔2017〕4号 应用指南): what wears out is depreciated monthly"
//! zh.title = "未计提折旧"
//! zh.source = "政府会计准则第3号—固定资产及应用指南（财会〔2017〕4号）：按月计提折旧"
//! zh.checks = "同表其他资产都有累计折旧，某一类有原值而没有折旧。土地、文物、图书、动植物、无形资产以外的才问。"
//! zh.example = "专用设备原值 60.00，累计折旧 0。"
//! zh.remedy = "补提折旧，或说明（如已提足、当月新增）。"
//! en.title = "no depreciation"
//! en.checks = "A class that wears out has none, where others of the table have."
//! en.example = "Equipment of 60.00, depreciation 0."
//! en.remedy = "Charge it, or give the reason."
//! ```

use super::entries::ledgers;
use super::{Context, Rule};
use crate::model::{Finding, LineRole, Severity, Text};

pub(super) static RULE: Rule = Rule { code: "Z10", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let lasting = &context.rulebook.words.not_depreciated;
    let mut findings = Vec::new();
    for table in ledgers(context, "assets") {
        let charged = table.entries().filter(|l| table.amount(l, "depreciation").is_some()).count();
        if charged < 2 {
            continue;
        }
        for line in table.entries().filter(|line| line.role != LineRole::OfWhich) {
            let Some(original) = table.amount(line, "original") else { continue };
            if table.amount(line, "depreciation").is_some() || lasting.stand_in(&line.name) {
                continue;
            }
            let Some(place) = table.place(line, "depreciation") else { continue };
            let (label, unit) = (&line.label, table.unit("original"));
            let original = original.normalize();
            findings.push(RULE.at(
                place,
                Text::new(
                    format!("“{label}”原值 {original} {unit}，未计提折旧，请说明"),
                    format!("{label}: {original} {unit} without depreciation"),
                ),
            ));
        }
    }
    findings
}
