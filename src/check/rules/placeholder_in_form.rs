//! P15 `placeholder-in-form`: a target or a result of a self-evaluation that was never filled in.
//!
//! ```toml
//! [P15]
//! name = "placeholder-in-form"
//! severity = "info"
//! source = "Seen in forms as they are handed in"
//! zh.title = "自评表有占位符"
//! zh.source = "报送的自评表中所见"
//! zh.checks = "自评表里留有 * 、××、XX 等占位符的指标值或完成值。"
//! zh.example = "完成值写为“**”。"
//! zh.remedy = "填写实际数。"
//! en.title = "a placeholder in a form"
//! en.checks = "A target or result that is a placeholder."
//! en.example = "A result of **."
//! en.remedy = "Fill in the figure."
//! ```

use super::entries::ledgers;
use super::{Context, Rule, listed};
use crate::model::{Finding, Place, Severity, Text};

pub(super) static RULE: Rule = Rule { code: "P15", severity: Severity::Info, check };

fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    for form in ledgers(context, "performance_scores") {
        let cells: Vec<Place> = form
            .entries()
            .flat_map(|line| ["target", "actual"].map(|id| (line, id)))
            .filter(|(line, id)| form.said(line, id).is_some_and(|said| is_placeholder(&said)))
            .filter_map(|(line, id)| form.place(line, id))
            .collect();
        let Some(first) = cells.first() else { continue };
        let places = listed(&cells.iter().map(|place| place.cell).collect::<Vec<_>>());
        let mut finding = RULE.at(
            *first,
            Text::new(
                format!("指标值或完成值仍是占位符：{}", places.zh),
                format!("targets or results are placeholders: {}", places.en),
            ),
        );
        finding.related = cells[1..].to_vec();
        findings.push(finding);
    }
    findings
}

/// **, ××, XX: signs that stand for what was to be filled in.
fn is_placeholder(text: &str) -> bool {
    let bare: Vec<char> = text.chars().filter(|c| !c.is_whitespace() && *c != '%').collect();
    bare.len() >= 2 && bare.iter().all(|c| "*＊×xXＸ".contains(*c))
}
