//! P14 `all-full-points`: every indicator of a self-evaluation has full points.
//!
//! ```toml
//! [P14]
//! name = "all-full-points"
//! severity = "info"
//! source = "General knowledge of public accounting; no primary source was checked"
//! zh.title = "全部满分"
//! zh.source = "会计常识；未核对原始文件"
//! zh.checks = "自评表各项指标全部满分的，提示核对完成值的佐证。"
//! zh.example = "12 项指标得分都等于分值。"
//! zh.remedy = "抽查完成值的依据。"
//! en.title = "full points for everything"
//! en.checks = "Every indicator of a form has full points: look at the evidence."
//! en.example = "Twelve indicators, all full."
//! en.remedy = "Draw evidence for some."
//! ```

use super::entries::ledgers;
use super::{Context, Rule};
use crate::model::{Finding, Severity, Text};

pub(super) static RULE: Rule = Rule { code: "P14", severity: Severity::Info, check };

/// Indicators that a form must have before full points for all of them are worth a word.
const LEAST: usize = 6;

fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    for form in ledgers(context, "performance_scores") {
        let scored: Vec<_> = form
            .entries()
            .filter_map(|line| {
                let (weight, score) = (form.figure(line, "weight")?, form.figure(line, "score")?);
                (!weight.is_zero()).then_some((line, weight, score))
            })
            .collect();
        let full = scored.iter().all(|(_, weight, score)| score == weight);
        if scored.len() < LEAST || !full {
            continue;
        }
        let Some(place) = form.place(scored[0].0, "score") else { continue };
        let count = scored.len();
        findings.push(RULE.at(
            place,
            Text::new(
                format!("{count} 项指标全部满分，自评区分度不足，建议核对完成值的佐证"),
                format!("all {count} indicators have full points: look at the evidence"),
            ),
        ));
    }
    findings
}
