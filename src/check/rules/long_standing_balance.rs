//! V08 `long-standing-balance`: a receivable or payable that has not moved for years.
//!
//! ```toml
//! [V08]
//! name = "long-standing-balance"
//! severity = "warning"
//! source = "General knowledge of public accounting; no primary source was checked"
//! zh.title = "往来款长期挂账"
//! zh.source = "会计常识；未核对原始文件"
//! zh.checks = "账龄或发生日期满 3 年而仍有余额的往来款。"
//! zh.example = "其他应收款某公司 12.00，2019 年发生。"
//! zh.remedy = "清理，或说明原因。"
//! en.title = "a balance has stood for years"
//! en.checks = "Receivables and payables of three years and more."
//! en.example = "12.00 since 2019."
//! en.remedy = "Settle it, or say why not."
//! ```

use super::entries::ledgers;
use super::{Context, Rule};
use crate::model::{Finding, Severity, Text, civil_days};

pub(super) static RULE: Rule = Rule { code: "V08", severity: Severity::Warning, check };

/// Years after which a balance is asked about: 往来款项 are to be settled within them as audits commonly hold.
const YEARS: i64 = 3;

fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ledger in ledgers(context, "receivables") {
        let end = ledger.table.year.and_then(|year| civil_days(year, 12, 31));
        for line in ledger.entries() {
            let Some(balance) = ledger.amount(line, "balance") else { continue };
            let aged = ledger.said(line, "age").and_then(|age| years(&age));
            let since = ledger.day(line, "since").zip(end).map(|(since, end)| (end - since) / 365);
            let Some(age) = aged.or(since).filter(|age| *age >= YEARS) else { continue };
            let Some(place) = ledger.place(line, "balance") else { continue };
            let (label, unit) = (&line.label, ledger.unit("balance"));
            let balance = balance.normalize();
            findings.push(RULE.at(
                place,
                Text::new(
                    format!("“{label}”{balance} {unit}挂账已满 {age} 年，请说明未清理的原因"),
                    format!("{label}: {balance} {unit} have stood for {age} years"),
                ),
            ));
        }
    }
    findings
}

/// 3年以上 → 3, 2-3年 → 2, 5 → 5.
fn years(age: &str) -> Option<i64> {
    let digits: String =
        age.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    let number = digits.parse::<i64>().ok();
    let written = || "一二三四五六七八九".chars().position(|c| age.starts_with(c));
    let number = number.or_else(|| written().map(|at| at as i64 + 1))?;
    (!age.contains(['月', '天', '日'])).then_some(number)
}
