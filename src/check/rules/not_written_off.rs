//! Z09 `not-written-off`: a list of vehicles says that some were handed over, sold or scrapped, and still carries their value.
//!
//! ```toml
//! [Z09]
//! name = "not-written-off"
//! severity = "warning"
//! source = "Books agree with what is there"
//! zh.title = "已移交、处置的资产未核销"
//! zh.source = "账实相符"
//! zh.checks = "车辆（资产）清单注明已移交、拍卖、报废，仍列有原值的。"
//! zh.example = "10 辆中 3 辆已移交，仍列原值。"
//! zh.remedy = "办理核销，或说明。"
//! en.title = "assets that are gone are still carried"
//! en.checks = "Lists of vehicles that were handed over, sold or scrapped and still carry their value."
//! en.example = "3 of 10 vehicles handed over."
//! en.remedy = "Write them off."
//! ```

use super::entries::ledgers;
use super::{Context, Rule};
use crate::model::{Finding, Severity, Text};

pub(super) static RULE: Rule = Rule { code: "Z09", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let words = &context.rulebook.words;
    let mut findings = Vec::new();
    for list in ledgers(context, "vehicles") {
        let all = list.entries().count();
        let gone: Vec<_> = list
            .entries()
            .filter(|line| {
                let state = list.said(line, "state").unwrap_or_default();
                words.disposed.stand_in(&state) && !words.not_disposed.stand_in(&state)
            })
            .filter_map(|line| Some((line, list.amount(line, "original")?)))
            .collect();
        let Some((first, _)) = gone.first() else { continue };
        let Some(place) = list.place(first, "original") else { continue };
        let named: Vec<String> = gone
            .iter()
            .map(|(line, _)| list.said(line, "plate").unwrap_or_else(|| line.label.clone()))
            .collect();
        let shown = named.iter().take(6).cloned().collect::<Vec<_>>().join("、");
        let count = gone.len();
        let mut finding = RULE.at(
            place,
            Text::new(
                format!("{all} 辆中有 {count} 辆已移交、处置而仍列有原值：{shown}，账实不符，请核实是否已核销"),
                format!("{count} of {all} vehicles are gone and still carried: {shown}"),
            ),
        );
        finding.related =
            gone[1..].iter().filter_map(|(line, _)| list.place(line, "original")).collect();
        findings.push(finding);
    }
    findings
}
