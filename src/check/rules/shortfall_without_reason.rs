//! P09 `shortfall-without-reason`: a target was not reached, and the column for the reason is empty.
//!
//! ```toml
//! [P09]
//! name = "shortfall-without-reason"
//! severity = "warning"
//! source = "Forms of self-evaluation ask for the reason of a deviation; also checked by audit_agent"
//! zh.title = "未达标未说明原因"
//! zh.source = "绩效自评表样设有偏差原因栏"
//! zh.checks = "自评表有“偏差原因”栏时，实际完成值未达到指标值的（单位相同、可以比较）应说明原因。"
//! zh.example = "苗木成活率指标值 ≥95%，完成 90%，偏差原因空白。"
//! zh.remedy = "填写偏差原因和改进措施。"
//! en.title = "a target was missed and no reason is given"
//! en.checks = "Where a form has a column for reasons, targets that were not reached (of one unit) have one."
//! en.example = "90 % of at least 95 %, no reason."
//! en.remedy = "State the reason and what is done about it."
//! ```

use super::entries::{Ledger, ledgers};
use super::points_not_by_target::Bound;
use super::{Context, Rule, listed};
use crate::lexicon::Words;
use crate::model::{CellRef, Finding, Line, LineRole, Severity, Text};

pub(super) static RULE: Rule = Rule { code: "P09", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let known = &context.rulebook.words;
    let mut findings = Vec::new();
    for form in ledgers(context, "performance_scores") {
        if form.field("reason").is_none() {
            continue;
        }
        let silent: Vec<_> = form
            .entries()
            .filter(|line| line.role == LineRole::Item && is_missed(known, &form, line))
            .filter(|line| form.said(line, "reason").is_none())
            .filter_map(|line| form.place(line, "reason"))
            .collect();
        let Some(first) = silent.first() else { continue };
        let cells: Vec<CellRef> = silent.iter().map(|place| place.cell).collect();
        let told = listed(&cells);
        let mut finding = RULE.at(
            *first,
            Text::new(
                format!("未达到指标值，未说明偏差原因：{}", told.zh),
                format!("targets were missed and no reason is given: {}", told.en),
            ),
        );
        finding.related = silent[1..].to_vec();
        findings.push(finding);
    }
    findings
}

/// Whether what was done falls short of the target, where the two can be compared.
fn is_missed(known: &Words, form: &Ledger, line: &Line) -> bool {
    let bound = |id: &str| Bound::of(known, &form.said(line, id)?);
    bound("target").zip(bound("actual")).is_some_and(|(target, done)| target.is_missed_by(&done))
}
