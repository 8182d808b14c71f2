//! A10 `project-not-continued`: money was spent on a project that neither the initial budget nor the adjustment names.
//!
//! It takes a list of budgeted projects and a table of the adjustment to say so: where one of them is missing from the packet
//! nothing is known. Names are compared loosely here, since a match that is wrongly believed only keeps a question back.
//!
//! ```toml
//! [A10]
//! name = "project-not-continued"
//! severity = "warning"
//! source = "General practice of performance evaluation"
//! zh.title = "项目预算与支出不衔接"
//! zh.source = "绩效评价通行做法"
//! zh.checks = "年初有预算的项目在支出表里应能找到（或列明调减），有支出的项目应有预算来源。项目按名称和金额匹配。"
//! zh.example = "“信息网络维护”有支出 30.00，年初预算和调整表都未列。"
//! zh.remedy = "补列预算来源，或说明项目更名、合并。"
//! en.title = "a project is not continued from budget to expenditure"
//! en.checks = "Budgeted projects should appear in the expenditure, and paid ones have a source."
//! en.example = "A project paid 30.00 that neither budget nor adjustment lists."
//! en.remedy = "Name the source, or say that the project was renamed or merged."
//! ```

use std::collections::BTreeSet;

use super::{Context, Rule};
use crate::lexicon::Words;
use crate::model::{
    Class, FieldRole, Finding, Item, Names, Packet, Quantity, Severity, Side, Stage, Table, Text,
    Value, by_scope,
};

pub(super) static RULE: Rule = Rule { code: "A10", severity: Severity::Warning, check };

/// Projects that a budget must list before it is taken for a list of them.
const LISTED: usize = 2;
/// How alike the names of a project before and after it was renamed are at least: 农村厕所革命, 农村户厕改造.
const AKIN: u32 = 20;

fn check(context: &Context) -> Vec<Finding> {
    let groups = by_scope(&context.quantities);
    groups
        .iter()
        .flat_map(|group| of_group(&context.rulebook.words, context.packet, group))
        .collect()
}

fn of_group(known: &Words, packet: &Packet, group: &[&Quantity]) -> Vec<Finding> {
    let named = |quantity: &Quantity| matches!(quantity.item, Item::Named(_));
    let tables: BTreeSet<u32> = group.iter().map(|quantity| quantity.table).collect();
    let is_budget = |table: u32| {
        let table = &packet.tables[table as usize];
        table.kind.as_deref() == Some("budget_project")
            || table.reading.class.is_some_and(|facet| facet.value == Class::Project)
    };
    let budgeted: BTreeSet<&Item> = group
        .iter()
        .filter(|one| one.stage == Stage::Initial && named(one) && !one.amount.is_zero())
        .filter(|one| is_budget(one.table))
        .map(|one| &one.item)
        .collect();
    let adjusting: Vec<&Table> = packet
        .tables
        .iter()
        .filter(|table| table.kind.as_deref() == Some("adjustment"))
        .filter(|table| tables.contains(&table.id))
        .collect();
    if budgeted.len() < LISTED || adjusting.is_empty() {
        return Vec::new();
    }
    let reasons: Vec<String> =
        adjusting.iter().flat_map(|table| reasons(known, packet, table)).collect();
    // An adjustment that names no project says nothing of any.
    let named_there = group.iter().any(|one| {
        named(one)
            && matches!(one.stage, Stage::Increase | Stage::Adjustment | Stage::Adjusted)
            && adjusting.iter().any(|table| table.id == one.table)
    });
    if reasons.is_empty() && !named_there {
        return Vec::new();
    }
    let moved =
        [Stage::Initial, Stage::Budget, Stage::Increase, Stage::Adjustment, Stage::Adjusted];
    let executed: Vec<(&str, &Quantity)> = group
        .iter()
        .filter(|one| {
            one.stage == Stage::Executed
                && !one.amount.is_zero()
                && one.amount.is_sign_positive()
                && one.side != Some(Side::Income)
                && !matches!(one.class, Some(Class::Basic | Class::Staff | Class::Operating))
        })
        .filter_map(|one| match &one.item {
            Item::Named(name) => Some((name.as_str(), *one)),
            _ => None,
        })
        .collect();
    // Budgeted projects that nothing was spent on by their name: one of them may have been renamed.
    let unspent: Vec<&str> = budgeted
        .iter()
        .filter_map(|item| match item {
            Item::Named(name) => Some(name.as_str()),
            _ => None,
        })
        .filter(|name| !executed.iter().any(|(spent, _)| is_like(&packet.names, spent, name)))
        .collect();
    let renamed = |name: &str| {
        unspent.iter().any(|old| {
            let akin = |spent: &str| packet.names.likeness(spent, old).score >= AKIN;
            akin(name) && !executed.iter().any(|(other, _)| *other != name && akin(other))
        })
    };
    let mut findings = Vec::new();
    let mut asked: BTreeSet<&str> = BTreeSet::new();
    for (name, spent) in executed.iter().copied() {
        let same = |other: &Quantity| match &other.item {
            Item::Named(known) => {
                is_like(&packet.names, name, known)
                    || other.stage == Stage::Initial
                        && other.agrees(spent)
                        && spent.has_digits(3)
                        && !packet.names.are_apart(name, known)
            }
            _ => false,
        };
        let basis = group
            .iter()
            .any(|one| moved.contains(&one.stage) && !one.amount.is_zero() && same(one));
        // Another name whose line states the same before and after: 农村厕所革命, 农村户厕改造.
        let basis = basis
            || group.iter().any(|own| {
                (own.table, own.line) == (spent.table, spent.line)
                    && moved.contains(&own.stage)
                    && own.has_digits(4)
                    && group.iter().any(|one| {
                        one.table != own.table
                            && moved.contains(&one.stage)
                            && (one.stage == own.stage || own.stage == Stage::Budget)
                            && one.agrees(own)
                    })
            });
        let told = reasons.iter().any(|reason| is_like(&packet.names, name, reason));
        if basis || told || renamed(name) || !asked.insert(name) {
            continue;
        }
        let table = &packet.tables[spent.table as usize];
        let label = &table.lines[spent.line].label;
        findings.push(RULE.at(
            spent.place,
            Text::new(
                format!("“{label}”有支出，年初预算未列，调整表及调整事由中也未见，请核实预算依据"),
                format!("{label} was spent on, and is neither budgeted at the start nor named in the adjustment: verify its basis"),
            ),
        ));
    }
    findings
}

/// Whether two names as compared may be one project's.
fn is_like(names: &Names, one: &str, other: &str) -> bool {
    let like = names.likeness(one, other);
    like.score >= 40
        || like.contained
        || like.in_order
        || (other.contains(one) || one.contains(other)) && !names.are_apart(one, other)
}

/// The names listed in the words of an adjustment: 包括甲、乙、丙等项目.
fn reasons(known: &Words, packet: &Packet, table: &Table) -> Vec<String> {
    let Some(sheet) = packet.table_sheet(table) else { return Vec::new() };
    let words = |role: FieldRole| matches!(role, FieldRole::Note | FieldRole::Text);
    let mut names_of = Vec::new();
    for line in &table.lines {
        for field in table.fields.iter().filter(|field| words(field.role)) {
            let cell = crate::model::CellRef::new(line.row, field.column);
            let Value::Text(id) = sheet.value(cell) else { continue };
            let text = sheet.texts.get(id).trim().trim_end_matches(['。', '.']);
            let body = known
                .list_begins
                .iter()
                .fold(text, |text, word| text.trim_start_matches(word.as_str()));
            for name in body.split(['、', '；', ';', '，', ',', '\n']) {
                let key = packet
                    .names
                    .key(
                        known
                            .list_ends
                            .iter()
                            .fold(name, |name, word| name.trim_end_matches(word.as_str())),
                    )
                    .name;
                if key.chars().count() >= 3 {
                    names_of.push(key);
                }
            }
        }
    }
    names_of
}
