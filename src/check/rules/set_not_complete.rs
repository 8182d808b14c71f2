//! B31 `set-not-complete`: a set of published tables lacks one that it usually has, or has it with the title of another year,
//! or has it twice.
//!
//! Sets differ by province, so that a table is asked about only where nearly all of the set is there, and never one that a
//! unit without such money need not print.
//!
//! ```toml
//! [B31]
//! name = "set-not-complete"
//! severity = "warning"
//! source = "Sets of published budget and accounts tables; also checked by GovBudgetChecker"
//! zh.title = "公开表不齐全、年度不对或重复"
//! zh.source = "部门预决算公开的表样"
//! zh.checks = "部门预算（决算）公开的主要表齐不齐：只缺一张时提出；所缺的表在、而标题是另一年度的，指出年度；同一张表（标题相同）出现两次的，指出重复。地方表样可能不同，政府性基金、国有资本经营等没有资金可以不列的表不问。"
//! zh.example = "有收支总表、收入总表、财政拨款收支总表、一般公共预算支出表、基本支出表，缺支出总表。"
//! zh.remedy = "补齐该表、改正标题的年度、删去重复的表，或说明理由。"
//! en.title = "a table of the set is missing, of another year, or there twice"
//! en.checks = "Whether the main tables of a published budget (accounts) are there, asked where one is not, where it has the title of another year, and where one of the same title is there twice."
//! en.example = "All but the table of expenditure."
//! en.remedy = "Add it, mend the year of its title, take the second one out, or say why it is so."
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, Rule};
use crate::model::{Finding, Place, Severity, Table, Text};

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

/// Whose tables, of which year and draft.
type Scope<'a> = (Option<&'a str>, Option<i32>, Option<&'a str>);

fn check(context: &Context) -> Vec<Finding> {
    let mut groups: BTreeMap<Scope, Vec<&Table>> = BTreeMap::new();
    for table in &context.packet.tables {
        let scope = (table.entity.as_deref(), table.year, table.draft.as_deref());
        groups.entry(scope).or_default().push(table);
    }
    let mut findings = Vec::new();
    for (scope, tables) in &groups {
        for set in SETS {
            let lacks = |tables: &[&Table]| -> Vec<&str> {
                let has = |kind: &str| tables.iter().any(|one| one.kind.as_deref() == Some(kind));
                set.iter().copied().filter(|kind| !has(kind)).collect()
            };
            let missing = lacks(tables);
            if missing.len() > MISSING {
                continue;
            }
            findings.extend(set.iter().filter_map(|kind| twice(tables, kind)));
            // Of another year, whose own set is not there.
            let stray = |kind: &str| {
                groups.iter().find_map(|(other, own)| {
                    let near = (other.0, other.2) == (scope.0, scope.2) && other.1.is_some();
                    let table = own.iter().find(|one| one.kind.as_deref() == Some(kind))?;
                    (near && other.1 != scope.1 && lacks(own).len() > MISSING).then_some(*table)
                })
            };
            match missing.iter().find_map(|kind| stray(kind)).zip(scope.1) {
                Some((table, year)) => findings.extend(of_another_year(table, year)),
                None if missing.is_empty() => {}
                None => findings.push(lacking(context, *scope, tables, &missing)),
            }
        }
    }
    findings
}

fn lacking(context: &Context, scope: Scope, tables: &[&Table], missing: &[&str]) -> Finding {
    let (entity, year, _) = scope;
    let names: Vec<_> = missing.iter().filter_map(|kind| context.rulebook.kind(kind)).collect();
    let zh: Vec<&str> = names.iter().map(|kind| kind.name.as_str()).collect();
    let en: Vec<&str> = names.iter().map(|kind| kind.english.as_str()).collect();
    let whose = entity.unwrap_or_default();
    let when = year.map(|year| format!("{year}年")).unwrap_or_default();
    let files: BTreeSet<u32> = tables.iter().map(|table| table.file).collect();
    let only = if files.len() == 1 { files.first().copied() } else { None };
    RULE.about(
        only,
        Text::new(
            format!("{whose}{when}公开表缺少：{}，请核实", zh.join("、")),
            format!("the set lacks: {}", en.join(", ")),
        ),
    )
}

fn of_another_year(table: &Table, year: i32) -> Option<Finding> {
    let (title, own) = (table.title.as_deref()?, table.year?);
    Some(RULE.at(
        start(table),
        Text::new(
            format!("“{title}”的年度为 {own} 年，其余各表为 {year} 年，请核实"),
            format!("{title} is of {own}, the other tables of {year}"),
        ),
    ))
}

/// Two tables of one kind and title, on two sheets.
fn twice(tables: &[&Table], kind: &str) -> Option<Finding> {
    let mut same = tables.iter().filter(|table| table.kind.as_deref() == Some(kind));
    let (first, second) = (same.next()?, same.next()?);
    let title = second.title.as_deref()?;
    let apart = (first.file, first.sheet) != (second.file, second.sheet);
    if !apart || first.title.as_deref() != Some(title) || same.next().is_some() {
        return None;
    }
    let mut finding = RULE.at(
        start(second),
        Text::new(
            format!("“{title}”出现两次，请核实以哪一张为准"),
            format!("{title} is there twice"),
        ),
    );
    finding.related = vec![start(first)];
    Some(finding)
}

fn start(table: &Table) -> Place {
    Place { file: table.file, sheet: table.sheet, cell: table.range.start }
}
