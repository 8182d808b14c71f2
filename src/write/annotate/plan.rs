//! What is to be marked, and what the sheet 核对结果 says.
//!
//! A plan knows nothing of file formats: it can be made from a [`Report`], or by hand.

use std::collections::BTreeMap;

use super::super::shown;
use super::styles::Paint;
use super::text;
use crate::model::{
    CellRef, DiagnosisKind, Finding, Language, Outcome, Packet, Relation, Report, Severity, Text,
    Verdict,
};
use crate::number::{Decimal, Unit};

/// How a cell is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarkKind {
    /// A cell that was added up: grey.
    Term,
    /// 提示: blue.
    Info,
    /// 核实: yellow.
    Warning,
    /// 错误: orange.
    Error,
}

impl From<Severity> for MarkKind {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Info => Self::Info,
        }
    }
}

impl MarkKind {
    /// A sign and a word, so that colour is never alone.
    pub fn label(self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::Error => ("≠ 错误", "≠ Error"),
            Self::Warning => ("！核实", "! Verify"),
            Self::Info => ("○ 提示", "○ Info"),
            Self::Term => ("＋ 参与合计", "+ Term"),
        };
        match language {
            Language::Zh => chinese,
            Language::En => english,
        }
        .to_owned()
    }

    pub(super) fn paint(self) -> Paint {
        match self {
            Self::Error => Paint::Error,
            Self::Warning => Paint::Warning,
            Self::Info => Paint::Info,
            Self::Term => Paint::Term,
        }
    }
}

/// One mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The sheet's name.
    pub sheet: String,
    /// The cell.
    pub cell: CellRef,
    /// How it is marked.
    pub kind: MarkKind,
    /// What its note says; terms have none.
    pub note: Option<String>,
}

/// One row of the sheet 核对结果.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// How grave.
    pub kind: MarkKind,
    /// The rule's code.
    pub rule: String,
    /// Sheet and cell, which are linked when they are in this file.
    pub place: Option<(String, CellRef)>,
    /// Other cells of the same matter, whose notes lead to this row too.
    pub also: Vec<(String, CellRef)>,
    /// The file, where it is not this one.
    pub other_file: Option<String>,
    /// The labels of the figure.
    pub what: String,
    /// What is wrong.
    pub message: String,
    /// What the cell says, in its own unit; fractions for percentages.
    pub stated: Option<Decimal>,
    /// What it should be.
    pub computed: Option<Decimal>,
    /// stated − computed.
    pub difference: Option<Decimal>,
    /// The figures are fractions.
    pub percent: bool,
    /// The unit.
    pub unit: String,
    /// The likeliest cause.
    pub cause: String,
}

/// The file that was submitted. A copy remembers it, so that marking the copy again says the same of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Its name, without folders.
    pub name: String,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// What a conversion left behind; empty where the copy is the submitted file itself.
    pub conversion: Vec<Text>,
}

/// The sheet 核对结果.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Which file this is.
    pub origin: Origin,
    /// The verdict, a line or more.
    pub lines: Vec<String>,
    /// Findings, the largest amount first.
    pub rows: Vec<Row>,
    /// What was not checked.
    pub unchecked: Vec<String>,
}

/// What an annotated copy is to show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The language of notes and of the sheet.
    pub language: Language,
    /// Marks, in any order; several on one cell are joined.
    pub marks: Vec<Mark>,
    /// The sheet 核对结果.
    pub summary: Summary,
}

impl Plan {
    /// Adds a mark made by hand, with its row.
    pub fn mark_by_hand(&mut self, sheet: &str, cell: CellRef) {
        let (message, note) = match self.language {
            Language::Zh => ("手工标注", "○ 提示 手工标注"),
            Language::En => ("marked by hand", "○ Info marked by hand"),
        };
        self.marks.push(Mark {
            sheet: sheet.to_owned(),
            cell,
            kind: MarkKind::Info,
            note: Some(note.to_owned()),
        });
        self.summary.rows.push(Row {
            kind: MarkKind::Info,
            rule: String::new(),
            place: Some((sheet.to_owned(), cell)),
            also: Vec::new(),
            other_file: None,
            what: String::new(),
            message: message.to_owned(),
            stated: None,
            computed: None,
            difference: None,
            percent: false,
            unit: String::new(),
            cause: String::new(),
        });
    }
}

/// The plan for file `file` of a report. `show_terms` marks the cells of failing sums, too.
pub fn plan(report: &Report, file: u32, language: Language, show_terms: bool) -> Plan {
    let packet = &report.packet;
    let mut plan = Plan { language, ..Plan::default() };
    let given = file;
    // Findings name the first of files with the same bytes.
    let file = packet.files.get(file as usize).and_then(|own| own.same_as).unwrap_or(file);
    let mut rows: Vec<(Decimal, Row)> = Vec::new();
    let mut told: BTreeMap<u32, usize> = BTreeMap::new();
    for finding in &report.findings {
        let own = finding.place.map(|place| place.file).or(finding.file);
        if own.is_some_and(|own| own != file) {
            continue;
        }
        let outcome = report.outcome(finding);
        let outcome = outcome.as_ref().map(|(_, relation, outcome)| (*relation, outcome));
        // One row a matter, told by its first finding in this file.
        let known = finding.matter.and_then(|matter| told.get(&matter).copied());
        if let Some(at) = known {
            rows[at].1.also.extend(sheet_and_cell(packet, finding));
        } else {
            if let Some(matter) = finding.matter {
                told.insert(matter, rows.len());
            }
            let (amount, mut row) = row(packet, finding, outcome, file, language);
            row.message.push_str(&shown::also(report, finding, language));
            // A cause that is told in one row is explained when each of its findings is.
            let all = || report.also(finding).all(|other| report.explained(other).is_some());
            if let Some(said) = report.explained(finding).filter(|_| all()) {
                row.kind = MarkKind::Info;
                row.message.push_str(&match language {
                    Language::Zh => format!("（已说明：{}）", said.told()),
                    Language::En => format!(" (explained: {})", said.told()),
                });
            }
            rows.push((amount, row));
        }
        let Some(place) = finding.place else { continue };
        let Some(sheet) = packet.sheet(place.file, place.sheet) else { continue };
        plan.marks.push(Mark {
            sheet: sheet.name.clone(),
            cell: place.cell,
            kind: text::kind(report, finding),
            note: Some(text::note(report, finding, outcome, language)),
        });
        if show_terms && let Some((_, outcome)) = outcome {
            mark_terms(&mut plan, packet, outcome, file);
        }
    }
    rows.sort_by(|(a, x), (b, y)| b.cmp(a).then(y.kind.cmp(&x.kind)).then(x.rule.cmp(&y.rule)));
    plan.summary = Summary {
        origin: text::origin(report, given),
        lines: text::verdict(report, language),
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        unchecked: text::unchecked(report, file, language),
    };
    plan
}

fn mark_terms(plan: &mut Plan, packet: &Packet, outcome: &Outcome, file: u32) {
    for term in outcome.terms.iter().filter(|term| term.place.file == file) {
        if let Some(sheet) = packet.sheet(file, term.place.sheet) {
            plan.marks.push(Mark {
                sheet: sheet.name.clone(),
                cell: term.place.cell,
                kind: MarkKind::Term,
                note: None,
            });
        }
    }
}

fn sheet_and_cell(packet: &Packet, finding: &Finding) -> Option<(String, CellRef)> {
    let place = finding.place?;
    Some((packet.sheet(place.file, place.sheet)?.name.clone(), place.cell))
}

/// A row, and the amount in yuan by which rows are sorted.
fn row(
    packet: &Packet,
    finding: &Finding,
    outcome: Option<(&Relation, &Outcome)>,
    file: u32,
    language: Language,
) -> (Decimal, Row) {
    let table = outcome.and_then(|(_, outcome)| outcome.target.table);
    let unit = finding.place.and_then(|place| packet.unit(place, table));
    let outcome = outcome.map(|(_, outcome)| outcome);
    let difference = outcome.and_then(|outcome| outcome.difference);
    let amount = difference
        .zip(unit.and_then(Unit::yuan))
        .and_then(|(difference, yuan)| difference.abs().checked_mul(yuan))
        .unwrap_or(Decimal::ZERO);
    let place = sheet_and_cell(packet, finding);
    let own = finding.place.map(|place| place.file).or(finding.file);
    let other_file = own
        .filter(|own| *own != file)
        .and_then(|own| packet.files.get(own as usize))
        .map(|other| other.path.clone());
    let row = Row {
        kind: finding.severity.into(),
        rule: finding.rule.clone(),
        place,
        also: Vec::new(),
        other_file,
        what: finding.place.map(|place| packet.shown_label(place, table)).unwrap_or_default(),
        message: finding.message.get(language).to_owned(),
        stated: outcome.and_then(|outcome| outcome.stated),
        computed: outcome.and_then(|outcome| outcome.computed),
        difference,
        percent: unit == Some(&Unit::Percent),
        unit: unit.map(text::unit_word).unwrap_or_default(),
        cause: text::cause(finding, language),
    };
    (amount, row)
}

/// Whether a first diagnosis says more than that none was found.
pub(super) fn explains(finding: &Finding) -> bool {
    finding.diagnoses.first().is_some_and(|diagnosis| diagnosis.kind != DiagnosisKind::Unexplained)
}

/// Whether an outcome shows figures worth a line.
pub(super) fn has_figures(outcome: &Outcome) -> bool {
    outcome.verdict != Verdict::NotApplicable && outcome.computed.is_some()
}
