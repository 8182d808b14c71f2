//! L06 `four-sources-differ`: what was allotted, paid, booked and reported for a project do not go together.
//!
//! Pairs of sources are checked by L04, L05 and V03, which tell of one slip among many that agree. Here a project's figures are
//! put side by side: more paid than allotted, or no two of what was paid, booked and reported the same.
//!
//! ```toml
//! [L06]
//! name = "four-sources-differ"
//! severity = "warning"
//! source = "General practice of performance evaluation; no primary source was checked"
//! zh.title = "指标、支付、账面、报表四方不符"
//! zh.source = "绩效评价通行做法；未核对原始文件"
//! zh.checks = "同一项目的指标（台账）、支付（明细）、账面（序时账）、报表（支出表）并列：支付大于指标的，或支付、账面、报表三者互不相同的，提出。"
//! zh.example = "某项目指标 45.00，支付 47.25。"
//! zh.remedy = "四方逐笔核对，说明差异。"
//! en.title = "allotments, payments, books and report differ"
//! en.checks = "Of one project: more paid than allotted, or payments, entries and report all different."
//! en.example = "45.00 allotted, 47.25 paid."
//! en.remedy = "Reconcile them line by line."
//! ```

use std::collections::BTreeMap;

use super::entries::ledgers;
use super::{Context, Rule};
use crate::model::{Class, Finding, Item, Place, Quantity, Severity, Stage, Text, entry_quantity};
use crate::number::Decimal;

pub(super) static RULE: Rule = Rule { code: "L06", severity: Severity::Warning, check };

/// What a source says of a project.
#[derive(Clone, Default)]
struct Said {
    amount: Decimal,
    half: Decimal,
    places: Vec<Place>,
}

impl Said {
    fn add(&mut self, one: &Quantity, sign: Decimal) {
        self.amount += one.amount * sign;
        self.half += one.half;
        self.places.push(one.place);
    }

    fn agrees(&self, other: &Self) -> bool {
        (self.amount - other.amount).abs() <= self.half + other.half
    }
}

/// By project; years, entities and drafts of a packet apart.
type Source = BTreeMap<(String, Option<i32>, Option<u32>), Said>;

fn check(context: &Context) -> Vec<Finding> {
    let (allotted, paid) = (allotted(context), paid(context));
    let (booked, reported) = (booked(context), reported(context));
    let mut findings = Vec::new();
    for (key, paid) in &paid {
        let (project, year, draft) = key;
        // An entry of a journal does not know its draft's number.
        let quota = allotted.get(key);
        let book = booked.get(&(project.clone(), *year, None)).filter(|_| draft.is_none());
        let report = reported.get(key);
        let beyond = quota.is_some_and(|quota| paid.amount - quota.amount > paid.half + quota.half);
        let apart = book.zip(report).is_some_and(|(book, report)| {
            !paid.agrees(book) && !paid.agrees(report) && !book.agrees(report)
        });
        if !beyond && !apart {
            continue;
        }
        let yuan = |said: Option<&Said>| said.map(|said| said.amount.normalize().to_string());
        let zh = |said: Option<&Said>| yuan(said).unwrap_or_else(|| "未取得".to_owned());
        let en = |said: Option<&Said>| yuan(said).unwrap_or_else(|| "not there".to_owned());
        let Some(place) = paid.places.first() else { continue };
        let mut finding = RULE.at(
            *place,
            Text::new(
                format!(
                    "“{project}”四方核对（元）：指标 {}，支付 {}，账面 {}，报表 {}，请核实",
                    zh(quota),
                    zh(Some(paid)),
                    zh(book),
                    zh(report)
                ),
                format!(
                    "{project} (yuan): allotted {}, paid {}, booked {}, reported {}: verify",
                    en(quota),
                    en(Some(paid)),
                    en(book),
                    en(report)
                ),
            ),
        );
        let others = [quota, book, report].into_iter().flatten().flat_map(|said| &said.places);
        finding.related = paid.places[1..].iter().chain(others).copied().collect();
        findings.push(finding);
    }
    findings
}

fn of_kind<'a>(context: &'a Context, kind: &'a str) -> impl Iterator<Item = &'a Quantity> + 'a {
    let tables = &context.packet.tables;
    context
        .quantities
        .iter()
        .flatten()
        .filter(move |one| tables[one.table as usize].kind.as_deref() == Some(kind))
}

fn named(one: &Quantity) -> Option<(String, Option<i32>, Option<u32>)> {
    match &one.item {
        Item::Named(name) => Some((name.clone(), one.year, one.draft)),
        _ => None,
    }
}

/// Allotments less what was taken back.
fn allotted(context: &Context) -> Source {
    let mut source = Source::new();
    for one in of_kind(context, "quota") {
        let sign = match one.stage {
            Stage::Decrease => Decimal::NEGATIVE_ONE,
            Stage::Initial | Stage::Budget | Stage::Increase | Stage::Adjustment => Decimal::ONE,
            _ => continue,
        };
        if let Some(key) = named(one) {
            source.entry(key).or_default().add(one, sign);
        }
    }
    // A register of additions alone does not say what may be spent.
    let starts = |one: &Quantity| matches!(one.stage, Stage::Initial | Stage::Budget);
    if of_kind(context, "quota").any(starts) { source } else { Source::new() }
}

fn paid(context: &Context) -> Source {
    let mut source = Source::new();
    for one in of_kind(context, "payments").filter(|one| one.stage == Stage::Executed) {
        if let Some(key) = named(one) {
            source.entry(key).or_default().add(one, Decimal::ONE);
        }
    }
    source
}

/// Expense entries, of the book that budgets are kept in where there is one.
fn booked(context: &Context) -> Source {
    let mut books: [Source; 2] = Default::default();
    for journal in ledgers(context, "journal") {
        let Some(debit) = journal.field("debit") else { continue };
        for line in journal.entries() {
            let (Some(account), Some(project)) =
                (journal.said(line, "account"), journal.said(line, "project"))
            else {
                continue;
            };
            let book = match account.chars().next() {
                Some('7') => 0,
                Some('5') => 1,
                _ => continue,
            };
            let Some(at) = journal.table.line_index(line.row) else { continue };
            let item = Item::Named(context.packet.names.key(&project).name);
            let place = (at, debit.column);
            let one = entry_quantity(context.packet, journal.table, place, Stage::Executed, item);
            let Some(one) = one.filter(|one| !one.amount.is_zero()) else { continue };
            if let Some(key) = named(&one) {
                books[book].entry(key).or_default().add(&one, Decimal::ONE);
            }
        }
    }
    let [budget, financial] = books;
    if budget.is_empty() { financial } else { budget }
}

/// What tables of expenditure state of a project, once.
fn reported(context: &Context) -> Source {
    let mut found: BTreeMap<_, Vec<&Quantity>> = BTreeMap::new();
    for one in of_kind(context, "expenditure").filter(|one| {
        one.stage == Stage::Executed
            && one.funds.is_all()
            && !matches!(one.class, Some(Class::Basic | Class::Staff | Class::Operating))
    }) {
        if let Some(key) = named(one) {
            found.entry(key).or_default().push(one);
        }
    }
    found
        .into_iter()
        .filter(|(_, all)| all.len() == 1)
        .map(|(key, all)| {
            let mut said = Said::default();
            said.add(all[0], Decimal::ONE);
            (key, said)
        })
        .collect()
}
