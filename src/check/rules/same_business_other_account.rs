//! V06 `same-business-other-account`: entries of one purpose are booked on different accounts.
//!
//! ```toml
//! [V06]
//! name = "same-business-other-account"
//! severity = "warning"
//! source = "Consistency of accounting"
//! zh.title = "同类业务记在不同科目"
//! zh.source = "会计核算的一致性"
//! zh.checks = "摘要相同的支出记在不同的支出科目上，列出凭证号。一张凭证内分摊到几个科目的不算。"
//! zh.example = "慰问：1 月记在福利费，12 月记在其他支出。"
//! zh.remedy = "统一科目，或说明理由。"
//! en.title = "entries of one purpose are on different accounts"
//! en.checks = "Expenditure of one summary on several accounts; a voucher that splits it is not meant."
//! en.example = "Visits on welfare in January, on other expenses in December."
//! en.remedy = "Use one account, or give the reason."
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::entries::{Ledger, ledgers};
use super::{Context, Rule};
use crate::model::{Finding, Line, Severity, Text, words};

pub(super) static RULE: Rule = Rule { code: "V06", severity: Severity::Warning, check };

/// Purposes that are asked about before the list is cut.
const MOST: usize = 20;

fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ledger in ledgers(context, "journal") {
        // What was spent, by purpose and by book: 5 of financial, 7 of budget accounting.
        let mut purposes: BTreeMap<(String, char), Vec<(&Line, String)>> = BTreeMap::new();
        for line in ledger.entries() {
            let (Some(account), Some(summary)) =
                (ledger.said(line, "account"), ledger.said(line, "summary"))
            else {
                continue;
            };
            let debit = ledger.amount(line, "debit").is_some();
            let Some(book) = account.chars().next().filter(|c| debit && matches!(c, '5' | '7'))
            else {
                continue;
            };
            let purpose = purpose(&summary);
            if purpose.chars().count() >= 3 {
                purposes.entry((purpose, book)).or_default().push((line, account));
            }
        }
        for ((_, _), entries) in &purposes {
            let accounts: BTreeSet<&str> = entries.iter().map(|(_, a)| a.as_str()).collect();
            // A purpose that is on many accounts is a batch (发放工资), not one business.
            if entries.len() < 2 || !(2..=3).contains(&accounts.len()) || split(&ledger, entries) {
                continue;
            }
            let first = entries[0].0;
            let Some(place) = ledger.place(first, "account") else { continue };
            let mut told = Vec::new();
            for account in &accounts {
                let vouchers: BTreeSet<String> = entries
                    .iter()
                    .filter(|(_, own)| own == account)
                    .filter_map(|(line, _)| ledger.said(line, "voucher"))
                    .collect();
                let vouchers: Vec<String> = vouchers.into_iter().take(3).collect();
                told.push(format!("{account}（{}）", vouchers.join("、")));
            }
            let summary = ledger.said(first, "summary").unwrap_or_default();
            let told = told.join("；");
            let mut finding = RULE.at(
                place,
                Text::new(
                    format!("同类业务“{summary}”记在不同科目：{told}，请核实"),
                    format!("entries like “{summary}” are on different accounts: {told}"),
                ),
            );
            finding.related =
                entries[1..].iter().filter_map(|(line, _)| ledger.place(line, "account")).collect();
            findings.push(finding);
            if findings.len() == MOST {
                return findings;
            }
        }
    }
    findings
}

/// Whether every voucher of the purpose splits it over the accounts alike.
fn split(ledger: &Ledger, entries: &[(&Line, String)]) -> bool {
    let mut vouchers: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (line, account) in entries {
        let voucher = ledger.said(line, "voucher").unwrap_or_default();
        vouchers.entry(voucher).or_default().insert(account);
    }
    vouchers.values().any(|accounts| accounts.len() > 1)
}

/// A summary without its dates, numbers and places of the month.
fn purpose(summary: &str) -> String {
    words::key(summary)
        .chars()
        .filter(|c| c.is_alphabetic() && !"年月日度第季一二三四五六七八九十".contains(*c))
        .collect()
}
