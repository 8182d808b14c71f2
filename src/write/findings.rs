//! Findings → one flat table in .csv, a line each, for spreadsheets and scripts.
//!
//! UTF-8 with a byte order mark, because Excel and WPS take a .csv without one for GBK. Amounts are plain decimals in the
//! unit that stands beside them, shares are fractions. A text that a spreadsheet would take for a formula gets a single
//! quote in front.

use std::io;

use super::dataset::is_dangerous;
use super::fingerprint;
use super::output::Output;
use crate::model::{Finding, Language, Packet, Place, Report, Suppression};
use crate::number::Decimal;

pub(super) static OUTPUT: Output = Output {
    name: "csv",
    about: ["问题清单，一行一条", "a flat list of findings"],
    on_screen: false,
    write: |report, wanted, mut out| write(report, wanted.style.language, &mut out),
};

/// The columns, in order; new ones are only ever added at the end.
pub const COLUMNS: [&str; 17] = [
    "severity",
    "rule",
    "title",
    "file",
    "sheet",
    "cell",
    "label",
    "unit",
    "stated",
    "expected",
    "difference",
    "message",
    "cause",
    "suspect",
    "suggested",
    "fingerprint",
    "suppressed",
];

/// Writes the table.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &Report, language: Language, out: &mut impl io::Write) -> io::Result<()> {
    out.write_all("\u{feff}".as_bytes())?;
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    table.write_record(COLUMNS)?;
    for (at, (finding, name)) in report.findings.iter().zip(fingerprint::all(report)).enumerate() {
        let reason = report.suppressed.get(&(at as u32)).map(Suppression::told).unwrap_or_default();
        table.write_record(row(report, finding, [name, said(&reason)], language))?;
    }
    table.flush()
}

fn row(
    report: &Report,
    finding: &Finding,
    [name, reason]: [String; 2],
    language: Language,
) -> [String; 17] {
    let packet = &report.packet;
    let outcome = report.outcome(finding).map(|(_, _, outcome)| outcome);
    let table = outcome.as_ref().and_then(|outcome| outcome.target.table);
    let file = finding.file.or(finding.place.map(|place| place.file));
    let cause = finding.diagnoses.first();
    let change = cause.and_then(|cause| cause.changes.first());
    let at =
        |say: &dyn Fn(Place) -> Option<String>| finding.place.and_then(say).unwrap_or_default();
    let amount = |value: Option<Decimal>| {
        value.map(|value| value.normalize().to_string()).unwrap_or_default()
    };
    let stated = |pick: fn(&crate::model::Outcome) -> Option<Decimal>| {
        amount(outcome.as_ref().and_then(pick))
    };
    [
        finding.severity.label().get(language).to_owned(),
        finding.rule.clone(),
        said(report.rule(&finding.rule).map_or("", |card| card.title(language))),
        said(file.and_then(|file| packet.files.get(file as usize)).map_or("", |file| &file.path)),
        at(&|place| packet.sheet_name(place).map(said)),
        at(&|place| Some(place.cell.to_string())),
        at(&|place| Some(said(&packet.label(place, table)))),
        at(&|place| packet.unit(place, table).map(ToString::to_string)),
        stated(|outcome| outcome.stated),
        stated(|outcome| outcome.computed),
        stated(|outcome| outcome.difference),
        said(finding.message.get(language)),
        said(cause.map_or("", |cause| cause.text.get(language))),
        change.map(|change| said(&cell(packet, change.place))).unwrap_or_default(),
        amount(change.map(|change| change.value)),
        name,
        reason,
    ]
}

/// `表!B4`
fn cell(packet: &Packet, place: Place) -> String {
    match packet.sheet_name(place) {
        Some(sheet) => format!("{sheet}!{}", place.cell),
        None => place.cell.to_string(),
    }
}

/// Words of the submission or of ours, which no spreadsheet may take for a formula.
fn said(text: &str) -> String {
    if is_dangerous(text) { format!("'{text}") } else { text.to_owned() }
}
