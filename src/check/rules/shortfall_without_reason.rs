//! P09 `shortfall-without-reason`: an indicator lost points without a reason, in a form that states reasons of others.
//!
//! ```toml
//! [P09]
//! name = "shortfall-without-reason"
//! severity = "warning"
//! source = "Forms of self-evaluation ask for the reason of a deviation; also checked by audit_agent"
//! zh.title = "扣分未说明原因"
//! zh.source = "绩效自评表样设有偏差原因栏"
//! zh.checks = "自评表的“偏差原因”栏有填写时，其余得分低于分值的指标也应说明原因；整栏都没有填的表不问。"
//! zh.example = "苗木成活率分值 25，得分 22，偏差原因空白。"
//! zh.remedy = "填写偏差原因和改进措施。"
//! en.title = "points were lost and no reason is given"
//! en.checks = "Where a form states reasons for some, its other indicators below their full points state one, too."
//! en.example = "22 points of 25, no reason."
//! en.remedy = "State the reason and what is done about it."
//! ```

use super::entries::ledgers;
use super::{Context, Rule, listed};
use crate::model::{CellRef, Finding, LineRole, Severity, Text};

pub(super) static RULE: Rule = Rule { code: "P09", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    for form in ledgers(context, "performance_scores") {
        // A column that the whole form leaves empty is not used there.
        if !form.entries().any(|line| form.said(line, "reason").is_some()) {
            continue;
        }
        // What is a sum of others has its reasons with them.
        let silent: Vec<_> = form
            .entries()
            .filter(|line| line.role == LineRole::Item)
            .filter(|line| {
                let points = form.figure(line, "score").zip(form.figure(line, "weight"));
                points.is_some_and(|(score, weight)| score < weight)
                    && form.said(line, "reason").is_none()
            })
            .filter_map(|line| form.place(line, "reason"))
            .collect();
        let Some(first) = silent.first() else { continue };
        let cells: Vec<CellRef> = silent.iter().map(|place| place.cell).collect();
        let told = listed(&cells);
        let mut finding = RULE.at(
            *first,
            Text::new(
                format!("得分低于分值，未说明偏差原因：{}", told.zh),
                format!("points were lost and no reason is given: {}", told.en),
            ),
        );
        finding.related = silent[1..].to_vec();
        findings.push(finding);
    }
    findings
}
