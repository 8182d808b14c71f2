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

/// The numbers that a finding speaks of: what is stated and computed, else those of its message. A person's explanation stands
/// while they do.
pub fn numbers(report: &Report, finding: &Finding) -> String {
    if let Some((_, _, outcome)) = report.outcome(finding) {
        let told = [outcome.stated, outcome.computed].into_iter().flatten();
        return told.map(|value| value.normalize().to_string()).collect::<Vec<_>>().join("/");
    }
    let mut numbers = Vec::new();
    let mut number = String::new();
    let mut before = ' ';
    for c in finding.message.zh.chars().chain([' ']) {
        // B4 is a place, which moves.
        let inside = !number.is_empty() && (c == '.' || c == ',');
        if c.is_ascii_digit() && (!number.is_empty() || !before.is_ascii_alphanumeric()) || inside {
            number.push(c);
        } else if !number.is_empty() {
            numbers.push(number.trim_end_matches(['.', ',']).replace(',', ""));
            number.clear();
        }
        before = c;
    }
    numbers.join("/")
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
