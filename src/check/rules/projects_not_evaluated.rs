//! P13 `projects-not-evaluated`: a list of self-evaluations leaves out projects that the budget lists.
//!
//! ```toml
//! [P13]
//! name = "projects-not-evaluated"
//! severity = "warning"
//! source = "全面实施预算绩效管理: all projects are evaluated by their units"
//! zh.title = "自评未覆盖全部项目"
//! zh.source = "全面实施预算绩效管理：项目由单位全部自评"
//! zh.checks = "列出多个项目的自评汇总表，应覆盖预算项目表的全部项目。"
//! zh.example = "预算列 7 个项目，自评汇总表 5 个。"
//! zh.remedy = "补充自评，或说明不需自评的理由。"
//! en.title = "not all projects were evaluated"
//! en.checks = "A list of self-evaluations covers all budgeted projects."
//! en.example = "7 projects budgeted, 5 evaluated."
//! en.remedy = "Evaluate the rest, or say why not."
//! ```

use super::{Context, Rule};
use crate::model::{Finding, Item, Quantity, Severity, Stage, Table, Text};

pub(super) static RULE: Rule = Rule { code: "P13", severity: Severity::Warning, check };

/// Projects that a list must evaluate before it is taken for one of all.
const LISTED: usize = 3;

fn check(context: &Context) -> Vec<Finding> {
    let of_kind = |kind: &str| -> Vec<&Table> {
        let tables = context.packet.tables.iter();
        tables.filter(|table| table.kind.as_deref() == Some(kind)).collect()
    };
    let budgets = of_kind("budget_project");
    let mut findings = Vec::new();
    for list in of_kind("performance_scores") {
        let evaluated = named(context, list, |_| true);
        let scored = list.fields.iter().any(|field| field.id.as_deref() == Some("score"));
        if evaluated.len() < LISTED || !scored || list.project.is_some() {
            continue;
        }
        for budget in &budgets {
            let budgeted = named(context, budget, |one| one.stage == Stage::Initial);
            let (Some(a), Some(b)) = (evaluated.first(), budgeted.first()) else { continue };
            if !a.1.same_scope(b.1) {
                continue;
            }
            let is_one = |a: &(&str, &Quantity), b: &(&str, &Quantity)| {
                let like = context.packet.names.likeness(a.0, b.0);
                like.score >= 40
                    || like.contained
                    || like.in_order
                    || a.1.agrees(b.1)
                        && a.1.has_digits(4)
                        && !context.packet.names.are_apart(a.0, b.0)
            };
            let missing: Vec<&(&str, &Quantity)> = budgeted
                .iter()
                .filter(|one| !evaluated.iter().any(|own| is_one(own, one)))
                .collect();
            let met = budgeted.len() - missing.len();
            // A list of other things than these projects leaves out most of them.
            if missing.is_empty() || met * 2 < budgeted.len() {
                continue;
            }
            let label = |one: &Quantity| {
                let table = &context.packet.tables[one.table as usize];
                table.lines[one.line].label.trim().to_owned()
            };
            let shown: Vec<String> = missing.iter().take(6).map(|one| label(one.1)).collect();
            let (shown, all) = (shown.join("、"), budgeted.len());
            let mut finding = RULE.at(
                a.1.place,
                Text::new(
                    format!(
                        "预算列 {all} 个项目，自评汇总见 {met} 个，未见：{shown}，请补充或说明"
                    ),
                    format!("{met} of {all} budgeted projects are evaluated; missing: {shown}"),
                ),
            );
            finding.related = missing.iter().map(|one| one.1.place).collect();
            findings.push(finding);
        }
    }
    findings
}

/// The projects of a table, each once.
fn named<'a>(
    context: &'a Context,
    table: &Table,
    wanted: impl Fn(&Quantity) -> bool,
) -> Vec<(&'a str, &'a Quantity)> {
    let mut found: Vec<(&str, &Quantity)> = Vec::new();
    for one in &context.quantities[table.id as usize] {
        let Item::Named(name) = &one.item else { continue };
        if wanted(one) && !one.amount.is_zero() && !found.iter().any(|(known, _)| known == name) {
            found.push((name, one));
        }
    }
    found
}
