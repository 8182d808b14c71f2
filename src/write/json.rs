//! The JSON report, whose shape is a contract.
//!
//! The types below are the contract: `schemas/report.schema.json` is generated from them ([`schema`]), and a test keeps
//! both equal. Lists are evaluated while they are written, so that a report of millions of checks is never held as a
//! document. Amounts are decimal strings without trailing zeros, in the unit that stands beside them; shares are
//! fractions.

use std::io;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::clean::escaped;
use super::drafts::{Drafts, Fate, Followed};
use super::output::Output;
use crate::model::{
    CellRef, Change, Coverage, DiagnosisKind, Finding, Language, Matter, Operand, Operation,
    Origin, Outcome, Packet, Place, ReadError, ReadErrorCode, ReadTwice, Relation, Report,
    Severity, Status, Summary, Suppression, Verdict,
};
use crate::number::Decimal;

pub(super) static OUTPUT: Output = Output {
    name: "json",
    about: ["全部内容，供程序读取", "for programs"],
    on_screen: false,
    write: |report, wanted, mut out| write(report, wanted.checks, wanted.style.language, &mut out),
};

/// Which checks are listed; summary and coverage count all either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checks {
    /// Every check with every term.
    #[default]
    All,
    /// Those that fail or could not be verified.
    Failing,
}

/// Writes the report as one JSON document, each file, table, check and finding on a line of its own.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(
    report: &Report,
    checks: Checks,
    language: Language,
    out: &mut impl io::Write,
) -> io::Result<()> {
    write_document(&document(report, checks, language), out)
}

/// The same, with what became of the last draft.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_compared(
    report: &Report,
    before: &Report,
    drafts: &Drafts,
    checks: Checks,
    language: Language,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let previous = Some(previous(report, before, drafts, language));
    write_document(&Document { previous, ..document(report, checks, language) }, out)
}

/// A report as one line of many: `{"packet": name, "report": …}`.
///
/// # Errors
/// When `out` cannot be written.
pub fn line(packet: &str, report: &[u8], out: &mut impl io::Write) -> io::Result<()> {
    out.write_all(b"{\"packet\": ")?;
    out.write_all(escaped(&serde_json::to_string(packet)?).as_bytes())?;
    out.write_all(b", \"report\": ")?;
    // Line breaks stand between members only: within texts they are escaped.
    for part in report.split(|byte| *byte == b'\n') {
        out.write_all(part.trim_ascii_start())?;
    }
    out.write_all(b"}\n")
}

fn write_document(document: &Document<'_>, out: &mut impl io::Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Lines::default());
    document.serialize(&mut serializer).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

/// Line breaks around the members of the document and the entries of its lists, and nowhere deeper.
#[derive(Default)]
struct Lines {
    depth: u32,
    empty: bool,
}

impl Lines {
    fn open(&mut self, out: &mut (impl io::Write + ?Sized), bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.empty = true;
        out.write_all(bracket)
    }

    fn next(&mut self, out: &mut (impl io::Write + ?Sized), first: bool) -> io::Result<()> {
        self.empty = false;
        out.write_all(match (self.depth, first) {
            (1, true) => b"\n  ".as_slice(),
            (1, false) => b",\n  ",
            (2, true) => b"\n    ",
            (2, false) => b",\n    ",
            (_, true) => b"",
            (_, false) => b", ",
        })
    }

    fn close(&mut self, out: &mut (impl io::Write + ?Sized), bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        match self.depth {
            _ if self.empty => {}
            0 => out.write_all(b"\n")?,
            1 => out.write_all(b"\n  ")?,
            _ => {}
        }
        self.empty = false;
        out.write_all(bracket)
    }
}

impl serde_json::ser::Formatter for Lines {
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        out.write_all(escaped(fragment).as_bytes())
    }

    fn begin_array<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"[")
    }

    fn end_array<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"]")
    }

    fn begin_array_value<W: io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.next(out, first)
    }

    fn begin_object<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"{")
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"}")
    }

    fn begin_object_key<W: io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.next(out, first)
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }
}

/// The JSON Schema of the report, as `schemas/report.schema.json` holds it. `causes` are the names of all causes.
pub fn schema(causes: &[&str]) -> String {
    let mut settings = schemars::generate::SchemaSettings::draft2020_12();
    settings.contract = schemars::generate::Contract::Serialize;
    let mut schema = settings.into_generator().into_root_schema_for::<Document<'static>>();
    if let Some(names) = schema.pointer_mut("/$defs/DiagnosisKind/enum") {
        *names = causes.into();
    }
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// What `gouji check --format json` prints.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "gouji report", rename = "Report")]
struct Document<'a> {
    /// The version of gouji that wrote this.
    gouji: &'static str,
    /// Files as given.
    #[serde(serialize_with = "each")]
    #[schemars(with = "Vec<FileEntry<'static>>")]
    files: List<'a, FileEntry<'a>>,
    /// Tables found in them.
    #[serde(serialize_with = "each")]
    #[schemars(with = "Vec<TableEntry<'static>>")]
    tables: List<'a, TableEntry<'a>>,
    /// What was checked; only asserted relations.
    #[serde(serialize_with = "each")]
    #[schemars(with = "Vec<CheckEntry<'static>>")]
    checks: List<'a, CheckEntry<'a>>,
    /// What is worth a person's time.
    #[serde(serialize_with = "each")]
    #[schemars(with = "Vec<FindingEntry<'static>>")]
    findings: List<'a, FindingEntry<'a>>,
    /// What the findings come to, each cause once; gravest first.
    #[serde(serialize_with = "each")]
    #[schemars(with = "Vec<CauseEntry<'static>>")]
    causes: List<'a, CauseEntry<'a>>,
    /// Blank cells whose value the equalities around them determine: no statement of the sheet, to be asked for.
    #[serde(serialize_with = "each")]
    #[schemars(with = "Vec<ChangeEntry<'static>>")]
    deduced: List<'a, ChangeEntry<'a>>,
    /// How many figures there are, and how many took part in a check.
    coverage: Coverage,
    /// Counts of checks by outcome and of findings by severity.
    summary: Summary,
    /// What became of the last draft; absent where none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<PreviousEntry<'a>>,
}

/// The last draft and this one.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Previous")]
struct PreviousEntry<'a> {
    /// Tables that are in both.
    tables: u64,
    /// Figures that stand in both.
    compared: u64,
    /// Figures that changed.
    changes: Vec<ChangedEntry<'a>>,
    /// What became of the findings of either.
    findings: Vec<FateEntry<'a>>,
}

/// A figure that is another one now.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Changed")]
struct ChangedEntry<'a> {
    /// Where it stands now.
    cell: CellEntry<'a>,
    label: String,
    was: Option<Amount>,
    is: Option<Amount>,
    /// A finding of the last draft asked for it, or it follows from such a change.
    asked: bool,
}

/// A finding through both drafts.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Fate")]
struct FateEntry<'a> {
    fate: Fate,
    rule: &'a str,
    /// As the draft says it that has it, this one before the last.
    message: &'a str,
    /// Its index in `findings`; null where it is gone.
    finding: Option<u32>,
}

/// A list whose entries are made when they are written.
type List<'a, T> = Box<dyn Fn() -> Box<dyn Iterator<Item = T> + 'a> + 'a>;

fn each<T: Serialize, S: Serializer>(list: &List<'_, T>, out: S) -> Result<S::Ok, S::Error> {
    out.collect_seq(list())
}

/// A file as given on the command line.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "File")]
struct FileEntry<'a> {
    /// What `file` means elsewhere in this document.
    id: u32,
    /// As given; inside an archive `archive.zip!/path/in/it.xlsx`.
    path: &'a str,
    /// By content: xlsx, xls, ods, csv, …; `unknown` where it could not be told.
    format: &'static str,
    /// SHA-256 of its bytes; null when there were none.
    sha256: Option<&'a str>,
    /// How reading went.
    status: Status,
    /// Why it was refused.
    error: Option<ErrorEntry<'a>>,
    /// Sheets that were refused while others were read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sheets: Vec<SheetEntry<'a>>,
    /// The earlier file with the same bytes, which was read instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    same_as: Option<u32>,
    /// What is worth saying about the reading (extension and content differ, encoding guessed).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<&'a str>,
}

/// A sheet that was refused.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RefusedSheet")]
struct SheetEntry<'a> {
    name: &'a str,
    error: ErrorEntry<'a>,
}

/// Why something could not be read.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReadError")]
struct ErrorEntry<'a> {
    /// The kind of trouble: a closed list.
    code: ReadErrorCode,
    /// What happened.
    message: &'a str,
    /// What to do; empty where nothing can be done.
    hint: &'a str,
    /// The sheet, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<&'a str>,
    /// The cell, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    cell: Option<Shown<CellRef>>,
}

/// A table found on a sheet.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Table")]
struct TableEntry<'a> {
    id: u32,
    file: u32,
    /// Null in a .csv.
    sheet: Option<&'a str>,
    /// From title or header to the last row.
    #[schemars(with = "String")]
    range: Shown<crate::model::Range>,
    title: Option<&'a str>,
    /// The table kind, where known.
    kind: Option<&'a str>,
    /// The unit of its money.
    unit: Option<String>,
    year: Option<i32>,
    /// Whose table it is.
    entity: Option<&'a str>,
}

/// One check.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Check")]
struct CheckEntry<'a> {
    id: u64,
    /// The rule's code.
    rule: &'a str,
    /// The strongest source of the relation.
    origin: Origin,
    /// All its sources.
    evidence: Vec<Origin>,
    operation: Operation,
    outcome: Verdict,
    target: OperandEntry<'a>,
    /// Cell by cell, in the operation's order.
    terms: Vec<TermEntry<'a>>,
    /// The target's unit, in which the following four are.
    unit: Option<String>,
    /// What the target says.
    stated: Option<Amount>,
    /// What the terms give.
    computed: Option<Amount>,
    /// stated − computed
    difference: Option<Amount>,
    /// How far stated and computed may lie apart by the digits printed.
    tolerance: Option<Amount>,
    /// Of a check that does not tie: what speaks for its exact cells.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    witnesses: Vec<String>,
    /// Of a check that does not tie: what speaks against them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    against: Vec<String>,
    /// Of a check that does not tie and is `unverifiable`: why it is not told as a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// A cell with its figure.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Operand")]
struct OperandEntry<'a> {
    #[serde(flatten)]
    cell: CellEntry<'a>,
    /// The line's label and the field's: 合计 / 原值.
    label: String,
    /// Null where the cell holds no number.
    value: Option<Amount>,
    /// The cell's own unit, in which `value` is.
    unit: Option<String>,
}

/// A cell with its figure and its sign.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Term")]
struct TermEntry<'a> {
    #[serde(flatten)]
    operand: OperandEntry<'a>,
    /// 1, −1 or a whole number; always 1 outside sums.
    coefficient: Amount,
}

/// Where something stands.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Cell")]
struct CellEntry<'a> {
    file: u32,
    /// Null in a .csv.
    sheet: Option<&'a str>,
    #[schemars(with = "String")]
    cell: Shown<CellRef>,
}

/// One thing found.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
struct FindingEntry<'a> {
    /// The rule's code.
    rule: &'a str,
    severity: Severity,
    /// The failing check; null for what is not arithmetic.
    check: Option<u64>,
    /// Null for a whole file or packet.
    cell: Option<CellEntry<'a>>,
    /// The file; null for a whole packet.
    file: Option<u32>,
    /// Cells that belong to it.
    related: Vec<CellEntry<'a>>,
    message: &'a str,
    /// Likely causes, best first.
    diagnoses: Vec<DiagnosisEntry<'a>>,
    /// A name that stays the same when files are renamed and rows move.
    fingerprint: String,
    /// The cause that it is told under: its id in `causes`.
    cause: Option<u32>,
    /// Whether a second reader sees the same values in its cells; null where none could look.
    read_twice: Option<ReadTwice>,
    /// Why a person lets it stand; absent where nobody does.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<SuppressedEntry<'a>>,
    /// Why a person let it stand when its numbers were others; absent where nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    lapsed: Option<SuppressedEntry<'a>>,
}

/// Why a finding may stand, by a person's word.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Suppressed")]
struct SuppressedEntry<'a> {
    /// Never empty.
    reason: &'a str,
    /// Who said so.
    by: Option<&'a str>,
    /// When, as it was written.
    on: Option<&'a str>,
}

/// One cause with all that it explains.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Cause")]
struct CauseEntry<'a> {
    id: u32,
    /// That of its gravest finding.
    severity: Severity,
    text: &'a str,
    /// The cell to look at first; null for a whole file or packet.
    cell: Option<CellEntry<'a>>,
    /// What would have to change; only what every equally good explanation shares.
    changes: Vec<ChangeEntry<'a>>,
    /// The findings that it explains, as indexes into `findings`.
    findings: &'a [u32],
    /// Cells that are wrong only because of it.
    consequences: Vec<CellEntry<'a>>,
    /// `asserted`, or `one of N` equally good explanations.
    sure: String,
}

/// One explanation, worded 疑似.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Diagnosis")]
struct DiagnosisEntry<'a> {
    /// What seems to have been done to the stated value.
    kind: DiagnosisKind,
    /// The first of `changes`; null where nothing need change.
    cell: Option<CellEntry<'a>>,
    value: Option<Amount>,
    /// Cells and the values that would make it tie.
    changes: Vec<ChangeEntry<'a>>,
    text: &'a str,
    /// Failing checks that the changes mend.
    repairs: u32,
    /// Holding checks that they would break.
    breaks: u32,
    /// Other explanations that repair as many.
    rivals: u32,
}

/// A cell and the value that would make it tie.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Change")]
struct ChangeEntry<'a> {
    cell: CellEntry<'a>,
    value: Amount,
}

/// Something written as it is shown.
struct Shown<T>(T);

impl<T: std::fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&self.0)
    }
}

/// A decimal string without trailing zeros.
struct Amount(Decimal);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&self.0.normalize())
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A decimal number as a string, never a float.",
            "type": "string",
            "pattern": r"^-?[0-9]+(\.[0-9]+)?$"
        })
    }
}

fn document(report: &Report, checks: Checks, language: Language) -> Document<'_> {
    let packet = &report.packet;
    Document {
        gouji: env!("CARGO_PKG_VERSION"),
        files: Box::new(move || {
            Box::new((0..packet.files.len()).map(move |id| file(packet, id, language)))
        }),
        tables: Box::new(move || {
            Box::new(packet.tables.iter().map(move |entry| table(packet, entry)))
        }),
        checks: Box::new(move || {
            Box::new(
                report
                    .checks()
                    .filter(move |(_, _, outcome)| {
                        checks == Checks::All
                            || matches!(outcome.verdict, Verdict::Fails | Verdict::Unverifiable)
                    })
                    .map(move |(id, relation, outcome)| {
                        check(packet, id, relation, &outcome, language)
                    }),
            )
        }),
        findings: Box::new(move || {
            let names = super::fingerprint::all(report);
            Box::new(report.findings.iter().zip(names).enumerate().map(
                move |(at, (entry, name))| {
                    let suppressed = report.suppressed.get(&(at as u32)).map(suppressed);
                    let lapsed = report.lapsed.get(&(at as u32)).map(self::suppressed);
                    FindingEntry { suppressed, lapsed, ..finding(report, entry, name, language) }
                },
            ))
        }),
        causes: Box::new(move || {
            Box::new(
                report
                    .matters
                    .iter()
                    .enumerate()
                    .map(move |(id, entry)| cause(packet, id as u32, entry, language)),
            )
        }),
        deduced: Box::new(move || {
            Box::new(
                report.deduced.iter().map(|one| ChangeEntry {
                    cell: cell(packet, one.place),
                    value: Amount(one.value),
                }),
            )
        }),
        coverage: report.coverage,
        summary: report.summary,
        previous: None,
    }
}

fn file(packet: &Packet, id: usize, language: Language) -> FileEntry<'_> {
    let file = &packet.files[id];
    let workbook = file.workbook.as_ref();
    FileEntry {
        id: id as u32,
        path: &file.path,
        format: file.format.name(),
        sha256: (!file.sha256.is_empty()).then_some(file.sha256.as_str()),
        status: file.status,
        error: file.error.as_ref().map(|error| read_error(error, language)),
        sheets: workbook
            .iter()
            .flat_map(|workbook| &workbook.refused_sheets)
            .map(|sheet| SheetEntry {
                name: &sheet.name,
                error: read_error(&sheet.error, language),
            })
            .collect(),
        same_as: file.same_as,
        remarks: workbook
            .iter()
            .flat_map(|workbook| &workbook.remarks)
            .map(|remark| remark.get(language))
            .collect(),
    }
}

fn read_error(error: &ReadError, language: Language) -> ErrorEntry<'_> {
    ErrorEntry {
        code: error.code,
        message: error.message.get(language),
        hint: error.hint.get(language),
        sheet: error.sheet.as_deref(),
        cell: error.cell.map(Shown),
    }
}

fn table<'a>(packet: &'a Packet, table: &'a crate::model::Table) -> TableEntry<'a> {
    let place = Place { file: table.file, sheet: table.sheet, cell: table.range.start };
    TableEntry {
        id: table.id,
        file: table.file,
        sheet: packet.sheet_name(place),
        range: Shown(table.range),
        title: table.title.as_deref(),
        kind: table.kind.as_deref(),
        unit: table.unit.as_ref().map(ToString::to_string),
        year: table.year,
        entity: table.entity.as_deref(),
    }
}

fn check<'a>(
    packet: &'a Packet,
    id: u64,
    relation: &'a Relation,
    outcome: &Outcome,
    language: Language,
) -> CheckEntry<'a> {
    let target = operand(packet, &outcome.target);
    let claim = relation.claim((id - relation.first_check) as usize);
    CheckEntry {
        id,
        rule: &relation.rule,
        origin: relation.evidence.strongest(),
        evidence: relation.evidence.iter().collect(),
        operation: relation.operation,
        outcome: outcome.verdict,
        unit: target.unit.clone(),
        target,
        terms: outcome
            .terms
            .iter()
            .map(|term| TermEntry {
                operand: operand(packet, term),
                coefficient: Amount(term.coefficient.into()),
            })
            .collect(),
        stated: outcome.stated.map(Amount),
        computed: outcome.computed.map(Amount),
        difference: outcome.difference.map(Amount),
        tolerance: outcome.tolerance.map(Amount),
        witnesses: claim.map_or_else(Vec::new, |claim| {
            claim.witnesses.iter().map(|witness| said(&witness.text(), language)).collect()
        }),
        against: claim.map_or_else(Vec::new, |claim| {
            claim.against.iter().map(|objection| said(&objection.text(), language)).collect()
        }),
        reason: claim.and_then(|claim| claim.doubt.as_ref()).map(|doubt| doubt.get(language)),
    }
}

fn said(text: &crate::model::Text, language: Language) -> String {
    text.get(language).to_owned()
}

fn operand<'a>(packet: &'a Packet, operand: &Operand) -> OperandEntry<'a> {
    OperandEntry {
        cell: cell(packet, operand.place),
        label: packet.label(operand.place, operand.table),
        value: packet.figure(operand.place, operand.table).number().map(Amount),
        unit: packet.unit(operand.place, operand.table).map(ToString::to_string),
    }
}

fn cell(packet: &Packet, place: Place) -> CellEntry<'_> {
    CellEntry { file: place.file, sheet: packet.sheet_name(place), cell: Shown(place.cell) }
}

fn finding<'a>(
    report: &'a Report,
    finding: &'a Finding,
    fingerprint: String,
    language: Language,
) -> FindingEntry<'a> {
    let packet = &report.packet;
    FindingEntry {
        fingerprint,
        rule: &finding.rule,
        severity: finding.severity,
        check: finding.check.map(|(relation, ordinal)| {
            report.relations[relation as usize].first_check + u64::from(ordinal)
        }),
        cell: finding.place.map(|place| cell(packet, place)),
        file: finding.file.or(finding.place.map(|place| place.file)),
        related: finding.related.iter().map(|place| cell(packet, *place)).collect(),
        message: finding.message.get(language),
        diagnoses: finding
            .diagnoses
            .iter()
            .map(|diagnosis| DiagnosisEntry {
                kind: diagnosis.kind,
                cell: diagnosis.changes.first().map(|change| cell(packet, change.place)),
                value: diagnosis.changes.first().map(|change| Amount(change.value)),
                changes: diagnosis
                    .changes
                    .iter()
                    .map(|change| ChangeEntry {
                        cell: cell(packet, change.place),
                        value: Amount(change.value),
                    })
                    .collect(),
                text: diagnosis.text.get(language),
                repairs: diagnosis.repairs,
                breaks: diagnosis.breaks,
                rivals: diagnosis.rivals,
            })
            .collect(),
        cause: finding.matter,
        read_twice: finding.read_twice,
        suppressed: None,
        lapsed: None,
    }
}

fn previous<'a>(
    report: &'a Report,
    before: &'a Report,
    drafts: &Drafts,
    language: Language,
) -> PreviousEntry<'a> {
    let number = |report: &Report, operand: &Operand| {
        report.packet.figure(operand.place, operand.table).number().map(Amount)
    };
    let changed = drafts.figures(before, report).into_iter().map(|figure| ChangedEntry {
        cell: cell(&report.packet, figure.now.place),
        label: report.packet.label(figure.now.place, figure.now.table),
        was: number(before, &figure.before),
        is: number(report, &figure.now),
        asked: figure.asked,
    });
    let fate = |one: &Followed| {
        let finding = match (one.now, one.before) {
            (Some(now), _) => report.findings.get(now as usize)?,
            (None, Some(at)) => before.findings.get(at as usize)?,
            (None, None) => return None,
        };
        let (rule, message) = (finding.rule.as_str(), finding.message.get(language));
        Some(FateEntry { fate: one.fate, rule, message, finding: one.now })
    };
    PreviousEntry {
        tables: drafts.tables.len() as u64,
        compared: drafts.compared,
        changes: changed.collect(),
        findings: drafts.findings.iter().filter_map(fate).collect(),
    }
}

fn suppressed(said: &Suppression) -> SuppressedEntry<'_> {
    let Suppression { reason, by, on, .. } = said;
    SuppressedEntry { reason, by: by.as_deref(), on: on.as_deref() }
}

fn cause<'a>(
    packet: &'a Packet,
    id: u32,
    matter: &'a Matter,
    language: Language,
) -> CauseEntry<'a> {
    let change =
        |one: &Change| ChangeEntry { cell: cell(packet, one.place), value: Amount(one.value) };
    CauseEntry {
        id,
        severity: matter.severity,
        text: matter.text.get(language),
        cell: matter.place.map(|place| cell(packet, place)),
        changes: matter.changes.iter().map(change).collect(),
        findings: &matter.findings,
        consequences: matter.consequences.iter().map(|place| cell(packet, *place)).collect(),
        sure: match matter.one_of {
            0 | 1 => "asserted".to_owned(),
            n => format!("one of {n}"),
        },
    }
}
