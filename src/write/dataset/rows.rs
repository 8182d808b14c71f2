//! What the rows say. Column names are a contract: docs/convert.md explains each.

use super::{Datum, Row, Sheaf};
use crate::model::{
    CellRef, Field, FieldRole, Finding, InputFile, Line, LineRole, Operand, Outcome, Packet, Place,
    ReadError, Relation, Report, Stage, State, Status, Table, Value,
};
use crate::number::{Decimal, Unit};

pub(super) const FILES: &[&str] = &[
    "file",
    "path",
    "format",
    "bytes",
    "sha256",
    "status",
    "error_code",
    "error_message",
    "error_hint",
    "sheets",
    "refused_sheets",
    "tables",
    "numbers",
    "checked",
    "holds",
    "rounding",
    "fails",
    "unverifiable",
    "errors",
    "warnings",
    "infos",
    "remarks",
];

pub(super) const TABLES: &[&str] = &[
    "file", "table", "path", "sha256", "sheet", "range", "title", "kind", "unit", "year", "entity",
    "lines", "fields", "numbers",
];

pub(super) const FACTS: &[&str] = &[
    "file",
    "table",
    "path",
    "sha256",
    "sheet",
    "cell",
    "raw",
    "value",
    "unit",
    "value_yuan",
    "decimals",
    "stored_as_text",
    "kind",
    "entity",
    "year",
    "line",
    "line_name",
    "line_code",
    "line_role",
    "line_level",
    "field",
    "field_path",
    "field_role",
    "field_id",
    "stage",
];

pub(super) const CHECKS: &[&str] = &[
    "file",
    "check",
    "path",
    "sha256",
    "rule",
    "origin",
    "operation",
    "outcome",
    "sheet",
    "cell",
    "label",
    "unit",
    "stated",
    "computed",
    "difference",
    "tolerance",
    "terms",
];

pub(super) const FINDINGS: &[&str] = &[
    "file",
    "check",
    "path",
    "sha256",
    "rule",
    "severity",
    "sheet",
    "cell",
    "message",
    "cause",
    "cause_kind",
    "changes",
];

/// Which file of the whole conversion a report is about.
pub struct Subject<'a> {
    /// Its number, from zero, over all files of the conversion.
    pub id: u64,
    /// Its path as reports give it.
    pub path: &'a str,
    /// Its size.
    pub bytes: Option<u64>,
}

/// Calls `put` with every row of the report of one file.
pub fn rows(subject: &Subject, report: &Report, mut put: impl FnMut(Sheaf, Row)) {
    let Some(file) = report.packet.files.first() else { return };
    put(Sheaf::Files, file_row(subject, file, report));
    let about = About { subject, sha256: &file.sha256, report };
    for table in &report.packet.tables {
        put(Sheaf::Tables, about.table(table));
        about.facts(table, &mut put);
    }
    report.each_check(|id, relation, outcome| {
        put(Sheaf::Checks, about.check(id, relation, &outcome));
    });
    for finding in &report.findings {
        put(Sheaf::Findings, about.finding(finding));
    }
}

/// The row of a file that never reached the pipeline.
pub fn refused(subject: &Subject, error: &ReadError) -> Row {
    let file = InputFile {
        path: subject.path.to_owned(),
        format: crate::model::Format::Unknown,
        sha256: String::new(),
        status: Status::Refused,
        error: Some(error.clone()),
        workbook: None,
        same_as: None,
    };
    file_row(subject, &file, &Report::default())
}

fn text(text: impl Into<String>) -> Datum {
    Datum::Text(text.into())
}

fn maybe(value: Option<impl Into<String>>) -> Datum {
    value.map_or(Datum::Null, |value| Datum::Text(value.into()))
}

fn number(value: Option<Decimal>) -> Datum {
    value.map_or(Datum::Null, |value| Datum::Number(value.normalize()))
}

/// The word that a serialized enum has in the JSON report.
fn word(value: impl serde::Serialize) -> Datum {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Datum::Text(word),
        _ => Datum::Null,
    }
}

fn file_row(subject: &Subject, file: &InputFile, report: &Report) -> Row {
    let workbook = file.workbook.as_ref();
    let counts = |count: u64| Datum::Count(count);
    let summary = &report.summary;
    let remarks = workbook.map(|book| {
        let refused =
            book.refused_sheets.iter().map(|s| format!("{}: {}", s.name, s.error.message.zh));
        let said = book.remarks.iter().map(|remark| remark.zh.clone());
        refused.chain(said).collect::<Vec<_>>().join("\n")
    });
    vec![
        counts(subject.id),
        text(subject.path),
        text(file.format.name()),
        subject.bytes.map_or(Datum::Null, Datum::Count),
        if file.sha256.is_empty() { Datum::Null } else { text(&*file.sha256) },
        word(file.status),
        file.error.as_ref().map_or(Datum::Null, |error: &ReadError| word(error.code)),
        maybe(file.error.as_ref().map(|error| error.message.zh.clone())),
        maybe(
            file.error.as_ref().map(|error| error.hint.zh.clone()).filter(|hint| !hint.is_empty()),
        ),
        counts(workbook.map_or(0, |book| book.sheets.len() as u64)),
        counts(workbook.map_or(0, |book| book.refused_sheets.len() as u64)),
        counts(report.packet.tables.len() as u64),
        counts(report.coverage.numbers),
        counts(report.coverage.checked),
        counts(summary.holds),
        counts(summary.rounding),
        counts(summary.fails),
        counts(summary.unverifiable),
        counts(summary.error),
        counts(summary.warning),
        counts(summary.info),
        maybe(remarks.filter(|remarks| !remarks.is_empty())),
    ]
}

/// The file that rows are about, and its report.
struct About<'a> {
    subject: &'a Subject<'a>,
    sha256: &'a str,
    report: &'a Report,
}

impl About<'_> {
    fn packet(&self) -> &Packet {
        &self.report.packet
    }

    fn sheet(&self, place: Place) -> Datum {
        maybe(self.packet().sheet_name(place))
    }

    /// The first four columns of all but files: file, ordinal, path, SHA-256.
    fn start(&self, ordinal: Option<u64>) -> Row {
        vec![
            Datum::Count(self.subject.id),
            ordinal.map_or(Datum::Null, Datum::Count),
            text(self.subject.path),
            text(self.sha256),
        ]
    }

    fn table(&self, table: &Table) -> Row {
        let corner = Place { file: table.file, sheet: table.sheet, cell: table.range.start };
        let mut row = self.start(Some(u64::from(table.id)));
        let mut numbers = 0;
        self.each_number(table, |_, _, _, _| numbers += 1);
        row.extend([
            self.sheet(corner),
            text(table.range.to_string()),
            maybe(table.title.as_deref()),
            maybe(table.kind.as_deref()),
            maybe(table.unit.as_ref().map(ToString::to_string)),
            table.year.map_or(Datum::Null, |year| Datum::Whole(year.into())),
            maybe(table.entity.as_deref()),
            Datum::Count(table.lines.iter().filter(|line| line.role.is_data()).count() as u64),
            Datum::Count(table.figure_fields().count() as u64),
            Datum::Count(numbers),
        ]);
        row
    }

    fn each_number(&self, table: &Table, mut visit: impl FnMut(&Line, &Field, Place, Decimal)) {
        let Some(sheet) = self.packet().table_sheet(table) else { return };
        for line in table.lines.iter().filter(|line| line.role.is_data()) {
            for field in table.figure_fields() {
                let cell = CellRef::new(line.row, field.column);
                let place = Place { file: table.file, sheet: table.sheet, cell };
                if sheet.value(cell) == Value::Empty {
                    continue;
                }
                if let State::Number(value) = self.packet().figure(place, Some(table.id)).state {
                    visit(line, field, place, value);
                }
            }
        }
    }

    fn facts(&self, table: &Table, put: &mut impl FnMut(Sheaf, Row)) {
        self.each_number(table, |line, field, place, value| {
            let figure = self.packet().figure(place, Some(table.id));
            let unit = self.packet().unit(place, Some(table.id));
            let factor = unit.and_then(Unit::yuan);
            let mut row = self.start(Some(u64::from(table.id)));
            row.extend([
                self.sheet(place),
                text(place.cell.to_string()),
                text(self.raw(place, value)),
                number(Some(value)),
                maybe(unit.map(ToString::to_string)),
                number(factor.and_then(|factor| value.checked_mul(factor))),
                Datum::Whole(figure.decimals.into()),
                Datum::Truth(figure.from_text),
                maybe(table.kind.as_deref()),
                maybe(table.entity.as_deref()),
                field.year.or(table.year).map_or(Datum::Null, |year| Datum::Whole(year.into())),
                text(&*line.label),
                text(&*line.name),
                maybe(line.code.as_deref()),
                text(line_role(line.role)),
                Datum::Count(u64::from(line.level)),
                text(&*field.label),
                text(field.path.join(" / ")),
                text(field_role(field.role)),
                maybe(field.id.as_deref()),
                maybe(field.stage.map(stage)),
            ]);
            put(Sheaf::Facts, row);
        });
    }

    /// The cell's text as typed, or its stored number.
    fn raw(&self, place: Place, value: Decimal) -> String {
        let sheet = self.packet().sheet(place.file, place.sheet);
        let typed = sheet.and_then(|sheet| sheet.text(place.cell));
        typed.map_or_else(|| value.to_string(), str::to_owned)
    }

    fn check(&self, id: u64, relation: &Relation, outcome: &Outcome) -> Row {
        let target = &outcome.target;
        let mut row = self.start(Some(id));
        row.extend([
            text(&*relation.rule),
            text(origin(relation)),
            word(relation.operation),
            word(outcome.verdict),
            self.sheet(target.place),
            text(target.place.cell.to_string()),
            text(self.packet().label(target.place, target.table)),
            maybe(self.packet().unit(target.place, target.table).map(ToString::to_string)),
            number(outcome.stated),
            number(outcome.computed),
            number(outcome.difference),
            number(outcome.tolerance),
            text(outcome.terms.iter().map(|term| self.term(term)).collect::<Vec<_>>().join(" ")),
        ]);
        row
    }

    /// `1*支出明细!C4`, without the sheet in a .csv.
    fn term(&self, term: &Operand) -> String {
        match self.packet().sheet_name(term.place) {
            Some(sheet) => {
                format!("{}*'{}'!{}", term.coefficient, sheet.replace('\'', "''"), term.place.cell)
            }
            None => format!("{}*{}", term.coefficient, term.place.cell),
        }
    }

    fn finding(&self, finding: &Finding) -> Row {
        let id = self.report.outcome(finding).map(|(id, _, _)| id);
        let best = finding.diagnoses.first();
        let changes = best.map(|diagnosis| {
            let change = |change: &crate::model::Change| {
                format!("{}={}", change.place.cell, change.value.normalize())
            };
            diagnosis.changes.iter().map(change).collect::<Vec<_>>().join(" ")
        });
        let mut row = self.start(id);
        row.extend([
            text(&*finding.rule),
            word(finding.severity),
            finding.place.map_or(Datum::Null, |place| self.sheet(place)),
            maybe(finding.place.map(|place| place.cell.to_string())),
            text(&*finding.message.zh),
            maybe(best.map(|diagnosis| diagnosis.text.zh.clone())),
            best.map_or(Datum::Null, |diagnosis| word(diagnosis.kind)),
            maybe(changes.filter(|changes| !changes.is_empty())),
        ]);
        row
    }
}

fn origin(relation: &Relation) -> String {
    match word(relation.evidence.strongest()) {
        Datum::Text(word) => word,
        _ => String::new(),
    }
}

fn line_role(role: LineRole) -> &'static str {
    match role {
        LineRole::Item => "item",
        LineRole::Subtotal => "subtotal",
        LineRole::Total => "total",
        LineRole::OfWhich => "of_which",
        LineRole::Section => "section",
        LineRole::Header => "header",
        LineRole::Note => "note",
        LineRole::Blank => "blank",
    }
}

fn field_role(role: FieldRole) -> &'static str {
    match role {
        FieldRole::Serial => "serial",
        FieldRole::Code => "code",
        FieldRole::Label => "label",
        FieldRole::Amount => "amount",
        FieldRole::Percent => "percent",
        FieldRole::Quantity => "quantity",
        FieldRole::Date => "date",
        FieldRole::Text => "text",
        FieldRole::Note => "note",
        FieldRole::Blank => "blank",
    }
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Initial => "initial",
        Stage::Adjustment => "adjustment",
        Stage::Adjusted => "adjusted",
        Stage::Executed => "executed",
        Stage::CarriedOver => "carried_over",
    }
}
