//! P03 `budget-points-not-by-rate`: the points for executing the budget are not weight × rate.
//!
//! ```toml
//! [P03]
//! name = "budget-points-not-by-rate"
//! severity = "warning"
//! source = "Practice of the self-evaluation forms; some places score in bands"
//! zh.title = "预算执行得分与执行率不符"
//! zh.source = "绩效自评表的通行计分；部分地方分档计分"
//! zh.checks = "预算执行率得分 = 分值 × 执行率（不超过 100%）；当地分档计分的请注明。"
//! zh.example = "分值 10，执行率 90%，得分 10：应为 9。"
//! zh.remedy = "改正得分，或注明当地标准。"
//! en.title = "points for execution do not follow from the rate"
//! en.checks = "Points = weight × rate, at most the weight; some places score in bands."
//! en.example = "10 points at 90 % scored 10: 9."
//! en.remedy = "Correct the points, or name the local standard."
//! ```

use super::entries::ledgers;
use super::{Context, Rule};
use crate::model::{FieldRole, Finding, Severity, Text, words};
use crate::number::{Decimal, round_half_away};

pub(super) static RULE: Rule = Rule { code: "P03", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    for form in ledgers(context, "performance_scores") {
        let is_rate = form.field("rate").is_some_and(|field| {
            field.role == FieldRole::Percent
                && context.rulebook.words.execution_headers.stand_in(&words::key(&field.label))
        });
        if !is_rate {
            continue;
        }
        for line in form.entries() {
            let (Some(weight), Some(score), Some(rate)) = (
                form.figure(line, "weight"),
                form.figure(line, "score"),
                form.figure(line, "rate"),
            ) else {
                continue;
            };
            // Half a tenth of a point is how forms round; a rate is printed to two decimals at most.
            let full = weight * rate.min(Decimal::ONE);
            let slack = Decimal::new(5, 2) + weight * Decimal::new(5, 5);
            let rounded = round_half_away(full, 0) == score;
            if weight.is_zero() || (full - score).abs() <= slack || rounded {
                continue;
            }
            let Some(place) = form.place(line, "score") else { continue };
            let shown = round_half_away(full, 2).normalize();
            let percent = round_half_away(rate * Decimal::ONE_HUNDRED, 2).normalize();
            let (weight, score) = (weight.normalize(), score.normalize());
            findings.push(RULE.at(
                place,
                Text::new(
                    format!("预算执行率 {percent}%、分值 {weight}，得分应为 {shown}，表中为 {score}；当地分档计分的请注明"),
                    format!("{weight} points at {percent} % are {shown}, the form says {score}"),
                ),
            ));
        }
    }
    findings
}
