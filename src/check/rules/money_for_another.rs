//! V04 `money-of-one-spent-on-another`: what was received for one project was paid for another.
//!
//! 资金流向表 says for each receipt what was paid from it. Names are compared as projects are: another spelling, and a part of
//! the project, is the same; words of a use that name no project (工程款) say nothing.
//!
//! ```toml
//! [V04]
//! name = "money-of-one-spent-on-another"
//! severity = "warning"
//! source = "Money for a purpose is spent on it (专款专用)"
//! zh.title = "收甲项目资金付乙项目"
//! zh.source = "专款专用"
//! zh.checks = "资金流向表中，收到的是一个项目的资金，支付的是另一个项目。名称按项目匹配，写法不同不算。"
//! zh.example = "收“老旧小区改造”25.62，支付“公租房维修”25.62。"
//! zh.remedy = "说明调剂依据，或退回原渠道。"
//! en.title = "money received for one project was paid for another"
//! en.checks = "Receipts and payments of a table of fund trails, by project."
//! en.example = "25.62 received for one, paid for another."
//! en.remedy = "Name what allows it, or return the money."
//! ```

use super::entries::ledgers;
use super::trails::{Trail, trails};
use super::{Context, Rule, whole_at};
use crate::model::{Finding, Severity, Stage, Text};
use crate::number::Decimal;

pub(super) static RULE: Rule = Rule { code: "V04", severity: Severity::Warning, check };

/// Whether two names may be one project's.
fn is_one(context: &Context, a: &str, b: &str) -> bool {
    let known = &context.packet.names;
    let (one, other) = (known.key(a).name, known.key(b).name);
    let like = known.likeness(&one, &other);
    like.score >= 50
        || like.contained
        || like.in_order
        || (one.contains(&other) || other.contains(&one)) && !known.are_apart(&one, &other)
}

fn check(context: &Context) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        trails(context).iter().filter_map(|trail| in_words(context, trail)).collect();
    for ledger in ledgers(context, "fund_trail") {
        let pairs: Vec<_> = ledger
            .entries()
            .filter_map(|line| {
                let (source, used) = (ledger.said(line, "source")?, ledger.said(line, "use")?);
                Some((line, source, used))
            })
            .collect();
        // Where no use is its source's own, the column holds purposes, not projects.
        let own = pairs.iter().filter(|(_, source, used)| is_one(context, source, used)).count();
        let is_source =
            |name: &str| pairs.iter().any(|(_, source, _)| is_one(context, source, name));
        for (line, source, used) in &pairs {
            if is_one(context, source, used) || own == 0 && !is_source(used) {
                continue;
            }
            let Some(place) = ledger.place(line, "spent").or_else(|| ledger.place(line, "use"))
            else {
                continue;
            };
            let amount = ledger
                .amount(line, "spent")
                .map(|amount| format!(" {amount} {}", ledger.unit("spent")))
                .unwrap_or_default();
            findings.push(RULE.at(
                place,
                Text::new(
                    format!("收“{source}”的资金，支付“{used}”{amount}，请核实是否专款专用"),
                    format!("money received for {source} was paid for {used}{amount}: verify"),
                ),
            ));
        }
    }
    if !findings.is_empty() {
        findings.extend(all_spent(context));
    }
    findings
}

/// 收甲项目 25.62万元，支出到乙项目 25.62万元, as a text tells it.
fn in_words(context: &Context, trail: &Trail) -> Option<Finding> {
    let others: Vec<String> = trail
        .uses
        .iter()
        .filter(|(_, name)| !is_one(context, &trail.source, name))
        .map(|(mention, name)| format!("“{name}”{}", mention.written))
        .collect();
    if others.is_empty() {
        return None;
    }
    let (name, source, all) = (&trail.narrative.name, &trail.source, &trail.receipt.written);
    let told = others.join("、");
    Some(RULE.about(
        None,
        Text::new(
            format!("“{name}”：收“{source}”的资金 {all}，支付{told}，请核实是否专款专用"),
            format!("{name}: money received for {source} ({all}) was paid for {told}: verify"),
        ),
    ))
}

/// A budget carried out to the last yuan beside money that went from project to project: 以拨代支?
fn all_spent(context: &Context) -> Option<Finding> {
    let only = |stage| whole_at(context.quantities.iter().flatten(), stage);
    let message = Text::new(
        "预算执行率 100%，同时有收此项目资金支付彼项目的情况，请核实是否以拨代支",
        "all of the budget is spent, and money went from one project to another: verify that it was paid, not only passed on",
    );
    if let (Some(spent), Some(budget)) = (only(Stage::Executed), only(Stage::Adjusted)) {
        let mut finding = RULE.at(spent.place, message);
        finding.related = vec![budget.place];
        return (spent.amount == budget.amount).then_some(finding);
    }
    // Where tables do not state both, a report may say so itself.
    let words = &context.rulebook.words.execution_words;
    let said =
        context.packet.narratives.iter().flat_map(|narrative| &narrative.mentions).any(|mention| {
            mention.percent && mention.value == Decimal::ONE && words.stand_in(&mention.before)
        });
    said.then(|| RULE.about(None, message))
}
