//! P11 `target-changed`: a self-evaluation states another target than the form that was approved.
//!
//! ```toml
//! [P11]
//! name = "target-changed"
//! severity = "error"
//! source = "Approved targets are binding on the self-evaluation (项目支出绩效评价管理办法, 财预〔2020〕10号)"
//! zh.title = "自评指标值与批复目标不一致"
//! zh.source = "项目支出绩效评价管理办法（财预〔2020〕10号）：以批复的绩效目标为依据"
//! zh.checks = "自评表与绩效目标表里同名指标的指标值应一致；没有两个以上其他指标相符的只作“核实”。"
//! zh.example = "目标表 ≥95%，自评表 ≥90%。"
//! zh.remedy = "按批复的目标自评，或附调整批复。"
//! en.title = "a target differs from the approved one"
//! en.checks = "Indicators of one name have one target in the approved form and the self-evaluation."
//! en.example = "≥95 % approved, ≥90 % evaluated."
//! en.remedy = "Evaluate by the approved target, or attach the approval of the change."
//! ```

use std::collections::BTreeMap;

use super::entries::{Ledger, ledgers};
use super::points_not_by_target::Bound;
use super::{Context, Rule};
use crate::lexicon::Words;
use crate::model::{Finding, Line, Severity, Text, words};

pub(super) static RULE: Rule = Rule { code: "P11", severity: Severity::Error, check };

fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    let known = &context.rulebook.words;
    for after in ledgers(context, "performance_scores") {
        for before in ledgers(context, "performance_targets") {
            let differ =
                |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
            let (a, b) = (after.table, before.table);
            if differ(&a.entity, &b.entity)
                || differ(&a.draft, &b.draft)
                || differ(&a.project, &b.project)
                || a.year.is_some() && b.year.is_some() && a.year != b.year
            {
                continue;
            }
            findings.extend(compared(known, &before, &after));
        }
    }
    findings
}

/// Indicators of one name, and what both forms say of them.
fn compared(known: &Words, before: &Ledger, after: &Ledger) -> Vec<Finding> {
    let (old, new) = (targets(known, before), targets(known, after));
    let pairs: Vec<_> = new
        .iter()
        .filter_map(|(name, there)| Some((there.as_ref()?, old.get(name)?.as_ref()?)))
        .collect();
    let same =
        |a: &Bound, b: &Bound| (a.value, a.at_most, &a.unit) == (b.value, b.at_most, &b.unit);
    let agree = pairs.iter().filter(|((_, _, now), (_, _, then))| same(now, then)).count();
    let mut findings = Vec::new();
    for ((line, now, target), (other, then, was)) in pairs.iter().copied() {
        if same(target, was) || target.unit != was.unit {
            continue;
        }
        let (Some(place), Some(from)) =
            (after.place(line, "target"), before.place(other, "target"))
        else {
            continue;
        };
        let label = after.said(line, "indicator").unwrap_or_else(|| line.label.clone());
        let mut finding = RULE.at(
            place,
            Text::new(
                format!("“{label}”自评表的指标值为 {now}，批复的绩效目标为 {then}"),
                format!("{label}: the self-evaluation states a target of {now}, the approved form {then}"),
            ),
        );
        // One name is little to go by where nothing else of the two forms agrees.
        if agree < 2 {
            finding.severity = Severity::Warning;
        }
        finding.related.push(from);
        findings.push(finding);
    }
    findings
}

type Target<'a> = (&'a Line, String, Bound);

/// By indicator; `None` where a name stands twice.
fn targets<'a>(known: &Words, form: &Ledger<'a>) -> BTreeMap<String, Option<Target<'a>>> {
    let mut found: BTreeMap<String, Option<Target>> = BTreeMap::new();
    for line in form.entries() {
        let name = form.said(line, "indicator").unwrap_or_else(|| line.name.clone());
        let name = words::key(&name).into_owned();
        let Some(said) = form.said(line, "target") else { continue };
        let Some(bound) = Bound::of(known, &said) else { continue };
        if name.chars().count() >= 3 {
            found
                .entry(name)
                .and_modify(|twice| *twice = None)
                .or_insert(Some((line, said, bound)));
        }
    }
    found
}
