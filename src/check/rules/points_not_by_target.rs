//! P04, P05 `points-not-by-target`: full points for a target that was not met.
//!
//! A target of at least so much (≥95%, 95, 不低于) and one of at most so much (≤2%, 不超过) are both read from the target as it is
//! written; what is not a number, or is in another unit, is left alone.
//!
//! ```toml
//! [P04]
//! name = "full-points-below-target"
//! severity = "warning"
//! source = "Practice of the self-evaluation forms: B ≥ A scores full, else in proportion"
//! zh.title = "未达标而得满分"
//! zh.source = "绩效自评表的通行计分：完成值达到指标值得满分，否则按比例"
//! zh.checks = "指标值为“不少于”的，完成值低于指标值，却得满分。定性指标、单位不同的不判断。"
//! zh.example = "指标 ≥95%，完成 90%，分值 10，得分 10。"
//! zh.remedy = "按比例扣分，或说明理由。"
//! en.title = "full points below the target"
//! en.checks = "A target of at least so much was not met, and scored full points."
//! en.example = "At least 95 %, 90 % reached, 10 of 10 points."
//! en.remedy = "Deduct in proportion, or give the reason."
//!
//! [P05]
//! name = "full-points-above-limit"
//! severity = "warning"
//! source = "Practice of the self-evaluation forms for targets of at most so much"
//! zh.title = "超过上限而得满分"
//! zh.source = "绩效自评表对“不超过”类指标的通行计分"
//! zh.checks = "指标值为“不超过”的，完成值高于指标值，却得满分。"
//! zh.example = "指标 ≤2 次，完成 3 次，分值 5，得分 5。"
//! zh.remedy = "按比例扣分，或说明理由。"
//! en.title = "full points above the limit"
//! en.checks = "A target of at most so much was exceeded, and scored full points."
//! en.example = "At most 2, 3 happened, 5 of 5 points."
//! en.remedy = "Deduct in proportion, or give the reason."
//! ```

use super::entries::ledgers;
use super::{Context, Rule};
use crate::lexicon::Words;
use crate::model::words::key;
use crate::model::{Finding, Severity, Text};
use crate::number::{self, Decimal, round_half_away};

pub(super) static AT_LEAST: Rule =
    Rule { code: "P04", severity: Severity::Warning, check: of_at_least };
pub(super) static AT_MOST: Rule =
    Rule { code: "P05", severity: Severity::Warning, check: of_at_most };

fn of_at_least(context: &Context) -> Vec<Finding> {
    scored_full(context, false)
}

fn of_at_most(context: &Context) -> Vec<Finding> {
    scored_full(context, true)
}

fn scored_full(context: &Context, at_most: bool) -> Vec<Finding> {
    let rule = if at_most { &AT_MOST } else { &AT_LEAST };
    let known = &context.rulebook.words;
    let mut findings = Vec::new();
    for form in ledgers(context, "performance_scores") {
        for line in form.entries() {
            let (Some(wanted), Some(done)) = (form.said(line, "target"), form.said(line, "actual"))
            else {
                continue;
            };
            let (Some(weight), Some(score)) =
                (form.figure(line, "weight"), form.figure(line, "score"))
            else {
                continue;
            };
            let (Some(target), Some(actual)) = (Bound::of(known, &wanted), Bound::of(known, &done))
            else {
                continue;
            };
            if target.at_most != at_most || !target.is_missed_by(&actual) || score < weight {
                continue;
            }
            let part = if at_most {
                target.value.checked_div(actual.value)
            } else {
                actual.value.checked_div(target.value)
            };
            let Some(points) = part.and_then(|part| part.checked_mul(weight)) else { continue };
            let points = round_half_away(points, 2).normalize();
            let Some(place) = form.place(line, "score") else { continue };
            let label = form.said(line, "indicator").unwrap_or_else(|| line.label.clone());
            let score = score.normalize();
            let mut finding = rule.at(
                place,
                Text::new(
                    format!("“{label}”指标值 {wanted}，完成 {done}，未达标而得满分 {score}，按比例应为 {points} 分"),
                    format!("{label}: {done} of a target of {wanted} is not met, yet scored {score}; in proportion {points}"),
                ),
            );
            finding.related.extend(form.place(line, "actual"));
            findings.push(finding);
        }
    }
    findings
}

/// A number with its sense and what it counts.
pub(super) struct Bound {
    pub(super) value: Decimal,
    pub(super) at_most: bool,
    pub(super) unit: String,
}

impl Bound {
    /// Whether a result of the same unit falls short of it.
    pub(super) fn is_missed_by(&self, actual: &Self) -> bool {
        let missed =
            if self.at_most { actual.value > self.value } else { actual.value < self.value };
        missed && self.unit == actual.unit
    }

    /// ≥95% · ≤2小时 · 不低于3次 · 5
    pub(super) fn of(words: &Words, text: &str) -> Option<Self> {
        let folded = key(text);
        let least = words.at_least.beginning(&folded);
        let most = words.at_most.beginning(&folded);
        let rest = &folded[least.or(most).unwrap_or(0)..];
        let end = rest
            .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
            .unwrap_or(rest.len());
        let digits: String = rest[..end].chars().filter(|c| *c != ',').collect();
        let value = number::exact_text(&digits)?;
        let unit = &rest[end..];
        let below = words.at_most_ends.without_end(unit);
        let above = words.at_least_ends.without_end(unit);
        let unit = below.or(above).unwrap_or(unit);
        // 2023年6月, 3-5天 are no single numbers.
        if unit.chars().count() > 4 || unit.contains(|c: char| c.is_ascii_digit()) {
            return None;
        }
        Some(Self { value, at_most: most.is_some() || below.is_some(), unit: unit.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::Rulebook;

    #[test]
    fn targets_are_read_as_written() {
        let book = Rulebook::default();
        for (text, value, at_most, unit) in [
            ("≥95%", "95", false, "%"),
            ("＞＝3次", "3", false, "次"),
            ("≤2小时", "2", true, "小时"),
            ("30天以内", "30", true, "天"),
            ("不低于90%", "90", false, "%"),
            ("120", "120", false, ""),
        ] {
            let bound = Bound::of(&book.words, text).unwrap();
            assert_eq!(bound.value, value.parse().unwrap(), "{text}");
            assert_eq!((bound.at_most, bound.unit.as_str()), (at_most, unit), "{text}");
        }
        for text in ["良好", "2024年6月30日", "3-5天", "完成", ""] {
            assert!(Bound::of(&book.words, text).is_none(), "{text}");
        }
    }
}
