//! V02 `voucher-number-gap`: the vouchers of a month do not run on from one to the next.
//!
//! ```toml
//! [V02]
//! name = "voucher-number-gap"
//! severity = "warning"
//! source = "General knowledge of public accounting; no primary source was checked"
//! zh.title = "凭证断号"
//! zh.source = "会计常识；未核对原始文件"
//! zh.checks = "同一类凭证每月的编号应连续；缺少过多的（只是抽出的凭证）不判断。"
//! zh.example = "3 月记字凭证缺第 7 号。"
//! zh.remedy = "说明作废或漏装。"
//! en.title = "voucher numbers do not run on"
//! en.checks = "Numbers of a month's vouchers run on; a draw of vouchers is not judged."
//! en.example = "Number 7 of March is missing."
//! en.remedy = "Say whether it was cancelled."
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::entries::ledgers;
use super::{Context, Rule};
use crate::model::{Finding, Place, Severity, Text, civil};

pub(super) static RULE: Rule = Rule { code: "V02", severity: Severity::Warning, check };

/// Vouchers that a month must have before a gap among them means anything.
const LEAST: usize = 5;

fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ledger in ledgers(context, "journal") {
        // By kind of voucher (记, 收, 付) and month.
        let mut months: BTreeMap<(String, i64), BTreeMap<u32, Place>> = BTreeMap::new();
        for line in ledger.entries() {
            let (Some(said), Some(place)) =
                (ledger.said(line, "voucher"), ledger.place(line, "voucher"))
            else {
                continue;
            };
            let Some((kind, number)) = voucher(&said) else { continue };
            let month = ledger.day(line, "date").and_then(civil);
            let Some((year, month, _)) = month else { continue };
            let month = i64::from(year) * 12 + i64::from(month);
            months.entry((kind, month)).or_default().entry(number).or_insert(place);
        }
        for ((_, month), numbers) in &months {
            let (Some((first, at)), Some((last, _))) =
                (numbers.first_key_value(), numbers.last_key_value())
            else {
                continue;
            };
            let known: BTreeSet<u32> = numbers.keys().copied().collect();
            let missing: Vec<u32> =
                (*first..=*last).filter(|number| !known.contains(number)).take(200).collect();
            // A draw of vouchers is no ledger.
            if numbers.len() < LEAST || missing.is_empty() || missing.len() * 4 > numbers.len() {
                continue;
            }
            let shown: Vec<String> = missing.iter().take(8).map(u32::to_string).collect();
            let shown = shown.join("、");
            let month = (month - 1) % 12 + 1;
            findings.push(RULE.at(
                *at,
                Text::new(
                    format!("{month} 月凭证断号：缺第 {shown} 号，请核实是否作废或漏装"),
                    format!("vouchers of month {month} do not run on: {shown} missing"),
                ),
            ));
        }
    }
    findings
}

/// 记-12 → 记, 12.
fn voucher(text: &str) -> Option<(String, u32)> {
    let kind: String = text.chars().filter(|c| c.is_alphabetic()).collect();
    let digits: Vec<&str> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    Some((kind, digits.last()?.parse().ok()?))
}
