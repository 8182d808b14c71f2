//! A name for each finding that outlives renamed files and moved rows.
//!
//! It is made of what the finding is about (the rule, the table's title, the labels of line and column), never of where it
//! stands, so that a decision of a person, or a machine that tracks findings, meets it again in the next draft. Findings
//! that agree in all of that are counted in their order.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use crate::model::{Finding, Report, hexadecimal};

/// 16 hexadecimal digits for each finding, in the order of [`Report::findings`]; no two alike.
pub fn all(report: &Report) -> Vec<String> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    report
        .findings
        .iter()
        .map(|finding| {
            let subject = subject(report, finding);
            let count = seen.entry(subject.clone()).or_default();
            let name = hexadecimal(&Sha256::digest(format!("{subject}\0{count}"))[..8]);
            *count += 1;
            name
        })
        .collect()
}

/// What a finding is about, in words that a new draft keeps.
fn subject(report: &Report, finding: &Finding) -> String {
    let packet = &report.packet;
    let Some(place) = finding.place else { return finding.rule.clone() };
    let stated = report.outcome(finding).and_then(|(_, _, outcome)| outcome.target.table);
    let table = packet.table_of(place, stated);
    let sheet = packet.sheet_name(place).unwrap_or_default();
    let title = table.and_then(|table| table.title.as_deref()).unwrap_or(sheet);
    let label = match table {
        Some(table) => packet.label(place, Some(table.id)),
        None => place.cell.to_string(),
    };
    [&finding.rule, title, &label]
        .map(|part| part.split_whitespace().collect::<String>())
        .join("\0")
}
