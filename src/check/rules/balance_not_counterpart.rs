//! V07 `balance-not-counterpart`: what one unit has to get from another is not what that one has to pay.
//!
//! ```toml
//! [V07]
//! name = "balance-not-counterpart"
//! severity = "warning"
//! source = "General knowledge of public accounting; no primary source was checked"
//! zh.title = "往来双方余额不符"
//! zh.source = "会计常识；未核对原始文件"
//! zh.checks = "甲单位应收（暂付）乙单位的余额 = 乙单位应付（暂存）甲单位的余额，两张明细表都列有对方时核对。"
//! zh.example = "局机关应收实验小学 12,000.00，实验小学应付局机关 10,200.00。"
//! zh.remedy = "双方对账，核对未达账项。"
//! en.title = "a balance is not its counterpart's"
//! en.checks = "What one unit is owed by another = what that one owes it, where both list each other."
//! en.example = "12,000.00 owed by the books of the one, 10,200.00 by those of the other."
//! en.remedy = "Reconcile the two, and look for items in transit."
//! ```

use super::entries::{Ledger, ledgers};
use super::{Context, Rule};
use crate::model::{Finding, Line, Severity, Text, words};
use crate::number::{Decimal, Unit};

pub(super) static RULE: Rule = Rule { code: "V07", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let all: Vec<Ledger> = ledgers(context, "receivables").collect();
    let titled = |ledger: &&Ledger, list: &crate::lexicon::List| {
        list.stand_in(&words::key(ledger.table.title.as_deref().unwrap_or_default()))
    };
    let known = &context.rulebook.words;
    let mut findings = Vec::new();
    for owed in all.iter().filter(|ledger| titled(ledger, &known.receivable)) {
        for owing in all.iter().filter(|ledger| titled(ledger, &known.payable)) {
            if owed.table.year != owing.table.year || owed.table.draft != owing.table.draft {
                continue;
            }
            findings.extend(of_pair(context, owed, owing));
        }
    }
    findings
}

fn of_pair(context: &Context, owed: &Ledger, owing: &Ledger) -> Option<Finding> {
    let names = &context.packet.names;
    let key = |name: &str| names.key(name).name;
    let (creditor, debtor) = (owed.table.entity.as_deref()?, owing.table.entity.as_deref()?);
    if key(creditor) == key(debtor) {
        return None;
    }
    let (theirs, ours) = (lines(context, owed, debtor), lines(context, owing, creditor));
    let (first, second) = (theirs.first()?, ours.first()?);
    let place = owed.place(first.0, "balance")?;
    let other = owing.place(second.0, "balance")?;
    let sum = |lines: &[(&Line, Decimal)]| -> Decimal { lines.iter().map(|line| line.1).sum() };
    let yuan = |place, table: u32, amount: Decimal| {
        let unit = context.packet.unit(place, Some(table)).and_then(Unit::yuan)?;
        let figure = context.packet.figure(place, Some(table));
        Some((amount.checked_mul(unit)?, figure.half_unit().checked_mul(unit)?))
    };
    let (a, half_a) = yuan(place, owed.table.id, sum(&theirs))?;
    let (b, half_b) = yuan(other, owing.table.id, sum(&ours))?;
    let count = |lines: &[(&Line, Decimal)]| Decimal::from(lines.len());
    if (a - b).abs() <= half_a * count(&theirs) + half_b * count(&ours) {
        return None;
    }
    let (a, b) = (a.normalize(), b.normalize());
    let mut finding = RULE.at(
        place,
        Text::new(
            format!(
                "{creditor}账上应收{debtor} {a} 元，{debtor}账上应付{creditor} {b} 元，请双方对账"
            ),
            format!("{creditor} is owed {a} yuan by {debtor}, which states {b}: reconcile"),
        ),
    );
    finding.related = theirs[1..]
        .iter()
        .filter_map(|(line, _)| owed.place(line, "balance"))
        .chain(ours.iter().filter_map(|(line, _)| owing.place(line, "balance")))
        .collect();
    Some(finding)
}

/// The lines of a party, with their balances.
fn lines<'a>(context: &Context, ledger: &Ledger<'a>, party: &str) -> Vec<(&'a Line, Decimal)> {
    let key = |name: &str| context.packet.names.key(name).name;
    ledger
        .entries()
        .filter(|line| ledger.said(line, "party").is_some_and(|name| key(&name) == key(party)))
        .filter_map(|line| Some((line, ledger.amount(line, "balance")?)))
        .collect()
}
