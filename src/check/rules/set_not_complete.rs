//! B31 `set-not-complete`: a set of published tables lacks one that it usually has, or has one of another year.
//!
//! Sets differ by province, so that a missing table is asked about only where nearly all of the set is there, and never one
//! that a unit without such money need not print.
//!
//! ```toml
//! [B31]
//! name = "set-not-complete"
//! severity = "warning"
//! source = "Sets of published budget and accounts tables; also checked by GovBudgetChecker"
//! zh.title = "公开表不齐全"
//! zh.source = "部门预决算公开的表样"
//! zh.checks = "部门预算（决算）公开的主要表齐不齐：只缺一两张时提出。地方表样可能不同，政府性基金、国有资本经营等没有资金可以不列的表不问。"
//! zh.example = "有收支总表、收入总表、财政拨款收支总表、一般公共预算支出表、基本支出表，缺支出总表。"
//! zh.remedy = "补齐该表，或说明表样不含。"
//! en.title = "a table of the set is missing"
//! en.checks = "Whether the main tables of a published budget (accounts) are there, asked where one or two are not."
//! en.example = "All but the table of expenditure."
//! en.remedy = "Add it, or say that the set has none."
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, Rule};
use crate::model::{Finding, Severity, Text};

pub(super) static RULE: Rule = Rule { code: "B31", severity: Severity::Warning, check };

/// The kinds of tables that nearly every set has.
const SETS: [&[&str]; 2] = [
    &["income_expenditure", "income", "spending", "fiscal", "general_budget", "budget_basic"],
    &[
        "accounts_summary",
        "accounts_income",
        "accounts_spending",
        "accounts_fiscal",
        "accounts_general",
        "accounts_basic",
    ],
];
/// Tables of a set that may be missing before it is no such set.
const MISSING: usize = 1;

fn check(context: &Context) -> Vec<Finding> {
    type Scope<'a> = (Option<&'a str>, Option<i32>, Option<&'a str>);
    let mut groups: BTreeMap<Scope, (BTreeSet<&str>, BTreeSet<u32>)> = BTreeMap::new();
    for table in &context.packet.tables {
        let scope = (table.entity.as_deref(), table.year, table.draft.as_deref());
        let (kinds, files) = groups.entry(scope).or_default();
        kinds.extend(table.kind.as_deref());
        files.insert(table.file);
    }
    let mut findings = Vec::new();
    for ((entity, year, _), (kinds, files)) in &groups {
        for set in SETS {
            let missing: Vec<&&str> = set.iter().filter(|kind| !kinds.contains(**kind)).collect();
            if missing.is_empty() || missing.len() > MISSING {
                continue;
            }
            let name = |kind: &str| context.rulebook.kind(kind);
            let names: Vec<_> = missing.iter().filter_map(|kind| name(kind)).collect();
            let zh: Vec<&str> = names.iter().map(|kind| kind.name.as_str()).collect();
            let en: Vec<&str> = names.iter().map(|kind| kind.english.as_str()).collect();
            let whose = entity.unwrap_or_default();
            let when = year.map(|year| format!("{year}年")).unwrap_or_default();
            let only = if files.len() == 1 { files.first().copied() } else { None };
            findings.push(RULE.about(
                only,
                Text::new(
                    format!("{whose}{when}公开表缺少：{}，请核实", zh.join("、")),
                    format!("the set lacks: {}", en.join(", ")),
                ),
            ));
        }
    }
    findings
}
