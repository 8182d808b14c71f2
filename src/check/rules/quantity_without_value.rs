//! Z11 `quantity-without-value`: assets that are counted and have no value, or the reverse.
//!
//! ```toml
//! [Z11]
//! name = "quantity-without-value"
//! severity = "warning"
//! source = "General knowledge of public accounting; no primary source was checked"
//! zh.title = "有数量无金额"
//! zh.source = "会计常识；未核对原始文件"
//! zh.checks = "资产表某一行有数量而原值为 0，或有原值而数量为 0；留空的不算。"
//! zh.example = "家具 12 件，原值 0。"
//! zh.remedy = "补填，或说明。"
//! en.title = "counted without a value"
//! en.checks = "A line that is counted and valued at 0, or the reverse; blanks are not meant."
//! en.example = "12 pieces, value 0."
//! en.remedy = "Fill it in."
//! ```

use super::entries::ledgers;
use super::{Context, Rule};
use crate::model::{Finding, Line, Severity, Text};

pub(super) static RULE: Rule = Rule { code: "Z11", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    for table in ledgers(context, "assets") {
        let counted =
            |line: &Line| table.figure(line, "quantity").is_some_and(|count| !count.is_zero());
        let valued = |line: &Line| table.amount(line, "original").is_some();
        let both = table.entries().filter(|line| counted(line) && valued(line)).count();
        // A form that counts only some of its classes leaves the others blank.
        if both < 3 {
            continue;
        }
        for line in table.entries() {
            let zero = |id: &str| table.figure(line, id).is_some_and(|value| value.is_zero());
            let without = if counted(line) && !valued(line) && zero("original") {
                ("有数量无金额", "counted and without a value", "original")
            } else if valued(line) && zero("quantity") {
                ("有金额而数量为 0", "valued and counted as none", "quantity")
            } else {
                continue;
            };
            let Some(place) = table.place(line, without.2) else { continue };
            let label = &line.label;
            findings.push(RULE.at(
                place,
                Text::new(
                    format!("“{label}”{}，请核实", without.0),
                    format!("{label} is {}", without.1),
                ),
            ));
        }
    }
    findings
}
