//! V05 `uses-not-receipt`: the uses named for a receipt do not come to it.
//!
//! ```toml
//! [V05]
//! name = "uses-not-receipt"
//! severity = "warning"
//! source = "Practice of performance evaluation: receipts are followed to their uses"
//! zh.title = "列明的去向与到账不符"
//! zh.source = "绩效评价的通行做法：到账与列明的去向逐笔核对"
//! zh.checks = "每笔到账资金与列明的各项支出之和比较：少列的指出尚有多少去向未列明，多列的指出超出多少。"
//! zh.example = "到账 1,000.00，列明 991.42，尚有 8.58 未列明。"
//! zh.remedy = "补列去向，或说明结余。"
//! en.title = "named uses do not come to the receipt"
//! en.checks = "Receipts against the uses named for them."
//! en.example = "1,000.00 received, 991.42 named: 8.58 unnamed."
//! en.remedy = "Name the rest."
//! ```

use std::collections::BTreeMap;

use super::entries::ledgers;
use super::trails::{Trail, trails};
use super::{Context, Rule};
use crate::model::{Finding, Place, Severity, Text};
use crate::number::Decimal;

pub(super) static RULE: Rule = Rule { code: "V05", severity: Severity::Warning, check };

struct Source {
    place: Place,
    label: String,
    received: Vec<Decimal>,
    spent: Decimal,
    uses: usize,
    places: Vec<Place>,
}

fn check(context: &Context) -> Vec<Finding> {
    let mut findings: Vec<Finding> = trails(context).iter().filter_map(in_words).collect();
    for ledger in ledgers(context, "fund_trail") {
        let mut sources: BTreeMap<String, Source> = BTreeMap::new();
        let mut order: Vec<String> = Vec::new();
        for line in ledger.entries() {
            let (Some(label), Some(place)) =
                (ledger.said(line, "source"), ledger.place(line, "received"))
            else {
                continue;
            };
            let name = context.packet.names.key(&label).name;
            let source = sources.entry(name.clone()).or_insert_with(|| {
                order.push(name);
                Source {
                    place,
                    label,
                    received: Vec::new(),
                    spent: Decimal::ZERO,
                    uses: 0,
                    places: Vec::new(),
                }
            });
            source.received.extend(ledger.amount(line, "received"));
            if let Some(spent) = ledger.amount(line, "spent") {
                source.spent += spent;
                source.uses += 1;
                source.places.extend(ledger.place(line, "spent"));
            }
        }
        for name in &order {
            let source = &sources[name];
            // Received once, or the same amount repeated on every line.
            let Some(first) = source.received.first() else { continue };
            let received = if source.received.iter().all(|one| one == first) {
                *first
            } else {
                source.received.iter().copied().sum()
            };
            let rest = received - source.spent;
            if source.uses == 0 || rest.is_zero() {
                continue;
            }
            let unit = ledger.unit("received");
            let (label, spent) = (&source.label, source.spent.normalize());
            let received = received.normalize();
            let message = if rest.is_sign_negative() {
                let over = rest.abs().normalize();
                Text::new(
                    format!("“{label}”到账 {received}，列明的支出 {spent}，超出 {over} {unit}"),
                    format!("{label}: {received} received, {spent} spent, {over} {unit} more"),
                )
            } else {
                let rest = rest.normalize();
                Text::new(
                    format!(
                        "“{label}”到账 {received}，列明去向 {spent}，尚有 {rest} {unit}去向未列明"
                    ),
                    format!("{label}: {received} received, {spent} named, {rest} {unit} unnamed"),
                )
            };
            let mut finding = RULE.at(source.place, message);
            finding.related.clone_from(&source.places);
            findings.push(finding);
        }
    }
    findings
}

/// 收到甲资金 1,000万元，支出到乙 303万元、丙 628.73万元等项目: what is left is not named.
fn in_words(trail: &Trail) -> Option<Finding> {
    let spent: Decimal = trail.uses.iter().map(|(mention, _)| mention.value).sum();
    let received = trail.receipt.value;
    if spent == received {
        return None;
    }
    let ten_thousand = Decimal::from(10_000);
    let shown = |yuan: Decimal| (yuan / ten_thousand).normalize();
    let (name, source) = (&trail.narrative.name, &trail.source);
    let (all, named) = (&trail.receipt.written, shown(spent));
    let message = if spent > received {
        let over = shown(spent - received);
        Text::new(
            format!("“{name}”：收到“{source}”{all}，列明的支出 {named} 万元，超出 {over} 万元"),
            format!("{name}: {all} received for {source}, {named} 万元 spent, {over} more"),
        )
    } else {
        let rest = shown(received - spent);
        Text::new(
            format!(
                "“{name}”：收到“{source}”{all}，列明去向 {named} 万元，尚有 {rest} 万元去向未列明"
            ),
            format!("{name}: {all} received for {source}, {named} 万元 named, {rest} unnamed"),
        )
    };
    Some(RULE.about(None, message))
}
