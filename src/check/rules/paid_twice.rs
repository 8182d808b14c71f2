//! V10 `paid-twice`: the same payee is paid the same amount for the same project within days.
//!
//! ```toml
//! [V10]
//! name = "paid-twice"
//! severity = "warning"
//! source = "General knowledge of public accounting; no primary source was checked"
//! zh.title = "疑似重复支付"
//! zh.source = "会计常识；未核对原始文件"
//! zh.checks = "同一收款人、同一项目在 7 天内收到两笔相同金额。"
//! zh.example = "某公司 3 月 5 日、3 月 8 日各收 12.00。"
//! zh.remedy = "核对合同和发票。"
//! en.title = "perhaps paid twice"
//! en.checks = "One payee, one project, one amount, twice within seven days."
//! en.example = "12.00 on 5 and 8 March."
//! en.remedy = "Compare contract and invoices."
//! ```

use std::collections::BTreeMap;

use super::entries::ledgers;
use super::{Context, Rule};
use crate::model::{Finding, Line, Severity, Text, words};
use crate::number::Decimal;

pub(super) static RULE: Rule = Rule { code: "V10", severity: Severity::Warning, check };

/// Days between two payments past which they are instalments.
const DAYS: i64 = 7;

fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ledger in ledgers(context, "payments") {
        let mut paid: BTreeMap<(String, String, Decimal), Vec<(i64, &Line)>> = BTreeMap::new();
        for line in ledger.entries() {
            let (Some(payee), Some(amount), Some(day)) =
                (ledger.said(line, "payee"), ledger.amount(line, "paid"), ledger.day(line, "date"))
            else {
                continue;
            };
            let project = ledger.said(line, "project").unwrap_or_default();
            let key = (
                words::key(&payee).into_owned(),
                words::key(&project).into_owned(),
                amount.normalize(),
            );
            paid.entry(key).or_default().push((day, line));
        }
        for ((_, _, amount), mut lines) in paid {
            lines.sort_by_key(|(day, line)| (*day, line.row));
            for pair in lines.windows(2) {
                let ((before, first), (after, second)) = (pair[0], pair[1]);
                if after - before > DAYS {
                    continue;
                }
                let (Some(place), Some(other)) =
                    (ledger.place(second, "paid"), ledger.place(first, "paid"))
                else {
                    continue;
                };
                let payee = ledger.said(second, "payee").unwrap_or_default();
                let (unit, apart) = (ledger.unit("paid"), after - before);
                let mut finding = RULE.at(
                    place,
                    Text::new(
                        format!(
                            "“{payee}”{apart} 天内收到两笔相同金额 {amount} {unit}（另见 {}），请核实是否重复支付",
                            other.cell
                        ),
                        format!(
                            "{payee} was paid {amount} {unit} twice within {apart} days (see {})",
                            other.cell
                        ),
                    ),
                );
                finding.related = vec![other];
                findings.push(finding);
            }
        }
    }
    findings
}
