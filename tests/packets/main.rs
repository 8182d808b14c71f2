//! Whole packets of invented departments: ten departments, two years, two drafts, six layouts of the adjustment, units and
//! spellings that differ from table to table. Which ties must be found is known from how the packets are made, and so is
//! which cells were spoilt afterwards.

#![allow(clippy::print_stdout, reason = "what was missed is shown where a test fails")]

#[path = "../common/mod.rs"]
mod common;
mod department;

use std::collections::BTreeSet;

use department::{Packet, Tie};
use gouji::model::{Place, Report, Severity};

/// The checks of a report as sets of cells.
fn checks(report: &Report) -> BTreeSet<BTreeSet<Place>> {
    let mut sets = BTreeSet::new();
    let mut terms = Vec::new();
    for relation in &report.relations {
        for at in 0..relation.check_count() {
            let target = relation.operands(at, |table| report.packet.place_of(table), &mut terms);
            let cells = terms.iter().map(|term| term.place).chain([target.place]).collect();
            sets.insert(cells);
        }
    }
    sets
}

/// The cells that a finding speaks of.
fn cells(report: &Report, finding: &gouji::model::Finding) -> BTreeSet<Place> {
    let mut cells: BTreeSet<Place> =
        finding.place.into_iter().chain(finding.related.iter().copied()).collect();
    if let Some((_, _, outcome)) = report.outcome(finding) {
        cells.extend(outcome.terms.iter().map(|term| term.place).chain([outcome.target.place]));
    }
    cells
}

fn told(report: &Report, finding: &gouji::model::Finding) -> String {
    let place = finding.place.map_or("packet".to_owned(), |place| common::place(report, place));
    let terms: Vec<String> = report.outcome(finding).map_or_else(Vec::new, |(_, _, outcome)| {
        outcome.terms.iter().map(|term| common::place(report, term.place)).collect()
    });
    format!("{:?} {} {place} = {}", finding.severity, finding.rule, terms.join(" + "))
}

fn packets(seed: u64) -> Vec<Packet> {
    let mut all = Vec::new();
    for department in 0..10 {
        for (at, year) in [2023, 2024].into_iter().enumerate() {
            for draft in 0..2 {
                let layout = department + 2 * at + 3 * draft;
                all.push(Packet::new(seed, department, year, draft, layout));
            }
        }
    }
    all
}

/// What was understood of a packet, to look at.
fn dump(report: &Report) {
    for table in &report.packet.tables {
        println!(
            "TABLE {:?} {:?} {:?} {:?} kind {:?} entity {:?} draft {:?} project {:?} header {:?}",
            table.title,
            table.range,
            table.unit,
            table.year,
            table.kind,
            table.entity,
            table.draft,
            table.project,
            table.header
        );
        for field in &table.fields {
            println!(
                "  F {} {:?} {:?} stage {:?} class {:?}",
                field.path.join("/"),
                field.role,
                field.reading.measure.map(|f| f.value),
                field.reading.stage.map(|f| (f.value, f.sure)),
                field.reading.class.map(|f| f.value)
            );
        }
        for line in &table.lines {
            let reading = line.reading.as_deref();
            println!(
                "  L {} {:?} {:?} parent {:?} item {:?} stage {:?} class {:?}",
                line.row + 1,
                line.label,
                line.role,
                line.parent,
                line.item(&report.packet.names),
                reading.and_then(|r| r.stage).map(|f| (f.value, f.sure, f.source)),
                reading.and_then(|r| r.class).map(|f| f.value)
            );
        }
    }
}

#[test]
fn ties_are_found_and_nothing_is_alarmed() {
    let verbose = std::env::var_os("SHOW").is_some();
    let (mut found, mut wanted, mut alarms) = (0, 0, Vec::new());
    for packet in packets(1) {
        let report = packet.case().report();
        let checks = checks(&report);
        if std::env::var("DUMP").is_ok_and(|name| packet.name.contains(&name)) {
            dump(&report);
        }
        for Tie { cells, what } in packet.ties() {
            wanted += 1;
            if checks.contains(&cells) {
                found += 1;
            } else if verbose {
                let cells: Vec<String> =
                    cells.iter().map(|place| common::place(&report, *place)).collect();
                println!("missed {} {what}: {}", packet.name, cells.join(" "));
            }
        }
        for finding in &report.findings {
            if finding.severity != Severity::Info {
                alarms.push(format!("{}: {}", packet.name, told(&report, finding)));
            }
        }
    }
    println!("ties {found} of {wanted}, alarms {}", alarms.len());
    alarms.iter().take(40).for_each(|alarm| println!("alarm {alarm}"));
    assert!(found * 100 >= wanted * 98, "{found} of {wanted}");
    assert!(alarms.is_empty(), "{} alarms", alarms.len());
}

#[test]
fn what_is_planted_is_seen() {
    let (mut seen, mut planted, mut strange) = (0, 0, Vec::new());
    for seed in 2..5 {
        for mut packet in packets(seed) {
            let Some(spoilt) = packet.plant(seed) else { continue };
            let report = packet.case().report();
            planted += 1;
            let about = |finding: &&gouji::model::Finding| {
                finding.severity != Severity::Info
                    && !cells(&report, finding).is_disjoint(&spoilt.cells)
            };
            if report.findings.iter().any(|finding| about(&finding)) {
                seen += 1;
            } else {
                println!("unseen {} {}", packet.name, spoilt.what);
            }
            for finding in &report.findings {
                if finding.severity == Severity::Error && !about(&finding) {
                    strange.push(format!(
                        "{}: {} ({})",
                        packet.name,
                        told(&report, finding),
                        spoilt.what
                    ));
                }
            }
        }
    }
    println!("planted {seen} of {planted}, strange {}", strange.len());
    strange.iter().take(30).for_each(|one| println!("strange {one}"));
    assert!(seen * 100 >= planted * 94, "{seen} of {planted}");
    assert!(strange.is_empty(), "{} errors elsewhere", strange.len());
}
