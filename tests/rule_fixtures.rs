//! Every rule over its fixture: `tests/rules/<code>.txt` holds cases, the snapshot what the rule finds in each.

mod common;

use std::fmt::Write as _;
use std::fs;

use gouji::model::{Finding, Report};

/// The findings of one rule in a fixture, case by case.
fn findings(text: &str, code: &str) -> String {
    let mut out = String::new();
    for case in common::cases(text) {
        let report = case.report();
        writeln!(out, "== {}", case.name).expect("writing to a string");
        let mut found = report.findings.iter().filter(|finding| finding.rule == code).peekable();
        if found.peek().is_none() {
            writeln!(out, "nothing").expect("writing to a string");
        }
        found.for_each(|finding| out.push_str(&shown(&report, finding)));
    }
    out
}

fn shown(report: &Report, finding: &Finding) -> String {
    let place = match (finding.place, finding.file) {
        (Some(place), _) => common::place(report, place),
        (None, Some(file)) => report.packet.files[file as usize].path.clone(),
        (None, None) => "packet".to_owned(),
    };
    // What is said of a failing check is the diagnosis' business; here its figures count.
    if let Some((_, _, outcome)) = report.outcome(finding) {
        let text = |value: Option<gouji::number::Decimal>| {
            value.map_or("none".to_owned(), |value| value.normalize().to_string())
        };
        let (stated, computed) = (text(outcome.stated), text(outcome.computed));
        return format!("{:?} {place}\n  stated {stated}, computed {computed}\n", finding.severity);
    }
    let related: Vec<String> =
        finding.related.iter().map(|place| common::place(report, *place)).collect();
    format!(
        "{:?} {place}\n  {}\n  {}\n  related: {}\n",
        finding.severity,
        finding.message.zh,
        finding.message.en,
        if related.is_empty() { "none".to_owned() } else { related.join(", ") },
    )
}

#[test]
fn rules() {
    insta::glob!("rules/*.txt", |path| {
        let code = path.file_stem().and_then(|stem| stem.to_str()).expect("a code as file name");
        let text = fs::read_to_string(path).expect("a readable fixture");
        insta::assert_snapshot!(findings(&text, code));
    });
}
