//! What the rows say. The columns are a contract: `schema.rs` has them, docs/convert.md explains each.

use std::collections::BTreeMap;
use std::fmt;

use super::batch::{Batch, write_cell, write_count};
use super::lines::Reading;
use super::schema::Sheaf;
use super::whose::{self, Names};
use crate::model::{
    CellRef, Facet, Field, FieldRole, Finding, Format, InputFile, Judge, LineRole, Operand,
    Outcome, Packet, Place, ReadError, ReadFrom, Relation, Report, Stage, State, Status, Sureness,
    Table, Value,
};
use crate::number::{Decimal, Unit};

/// Which file of the whole conversion a report is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its id: see [`super::file_id`].
    pub id: &'a str,
    /// Its path as reports give it.
    pub path: &'a str,
    /// The bytes of its path in hexadecimal, where they are not UTF-8.
    pub path_bytes: Option<&'a str>,
    /// Its size.
    pub bytes: Option<u64>,
    /// The file with the same bytes whose data stand for this one's.
    pub duplicate_of: Option<&'a str>,
}

/// The rows of some files, by kind.
#[derive(Clone, Debug)]
pub struct Rows([Batch; 6]);

impl Default for Rows {
    fn default() -> Self {
        Self(Sheaf::ALL.map(Batch::new))
    }
}

impl Rows {
    /// The rows of one kind.
    pub fn of(&self, sheaf: Sheaf) -> &Batch {
        &self.0[sheaf as usize]
    }

    /// Takes the rows of one kind away.
    pub fn take(&mut self, sheaf: Sheaf) -> Batch {
        std::mem::replace(&mut self.0[sheaf as usize], Batch::new(sheaf))
    }

    fn at(&mut self, sheaf: Sheaf) -> &mut Batch {
        &mut self.0[sheaf as usize]
    }

    /// Adds all rows of the report of one file. `full` is called between rows, so that who must not hold all of them can
    /// take them away.
    pub fn add(&mut self, subject: &Subject, report: &Report, full: &mut impl FnMut(&mut Self)) {
        let Some(file) = report.packet.files.first() else { return };
        let names = Names::of(subject.path);
        let about = About { subject, report, names };
        about.whole(file, self);
        for (at, table) in report.packet.tables.iter().enumerate() {
            about.table(at, table, self, full);
        }
        for relation in &report.relations {
            let judge = Judge::new(&report.packet, relation);
            for ordinal in 0..relation.check_count() {
                let id = relation.first_check + ordinal as u64;
                about.check(id, relation, &judge.outcome(ordinal), self.at(Sheaf::Checks));
                full(self);
            }
        }
        // A table is read once for all that is said of it.
        let mut readings = BTreeMap::new();
        for (at, finding) in report.findings.iter().enumerate() {
            about.finding(at, finding, &mut readings, self.at(Sheaf::Findings));
            full(self);
        }
        full(self);
    }

    /// Adds the row of a file that never reached the pipeline.
    pub fn add_refused(&mut self, subject: &Subject, sha256: &str, error: &ReadError) {
        let killed = matches!(
            error.code,
            crate::model::ReadErrorCode::Timeout | crate::model::ReadErrorCode::Crashed
        );
        let status = if killed { Status::Killed } else { Status::Refused };
        self.alone(subject, sha256, Format::Unknown, status, Some(error));
    }

    /// Adds the row of a file whose data stand under another with the same bytes.
    pub fn add_duplicate(&mut self, subject: &Subject, sha256: &str) {
        self.alone(subject, sha256, Format::Unknown, Status::Read, None);
    }

    fn alone(
        &mut self,
        subject: &Subject,
        sha256: &str,
        format: Format,
        status: Status,
        error: Option<&ReadError>,
    ) {
        let file = InputFile {
            path: subject.path.to_owned(),
            format,
            sha256: sha256.to_owned(),
            status,
            error: error.cloned(),
            workbook: None,
            same_as: None,
        };
        let report = Report::default();
        let about = About { subject, report: &report, names: Names::of(subject.path) };
        about.whole(&file, self);
    }
}

/// The word that a serialized enum has in the JSON report.
struct Word<T>(T);

impl<T: serde::Serialize> fmt::Display for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(f)
    }
}

fn signed(count: u64) -> Option<i64> {
    i64::try_from(count).ok()
}

/// The file that rows are about, and its report.
struct About<'a> {
    subject: &'a Subject<'a>,
    report: &'a Report,
    names: Names<'a>,
}

impl<'a> About<'a> {
    fn packet(&self) -> &'a Packet {
        &self.report.packet
    }

    fn sheet(&self, place: Place) -> Option<&'a str> {
        self.packet().sheet_name(place)
    }

    fn whole(&self, file: &InputFile, rows: &mut Rows) {
        let (packet, summary) = (self.packet(), &self.report.summary);
        let workbook = file.workbook.as_ref();
        let (entity, year) = whose::by_names(&self.names);
        let of = |table| whose::entity_of(packet, table, &self.names);
        let entity = whose::of_file(&packet.tables.iter().map(of).collect::<Vec<_>>(), || entity);
        let of = |table| whose::year_of(packet, table, &self.names);
        let year = whose::of_file(&packet.tables.iter().map(of).collect::<Vec<_>>(), || year);
        let remarks = workbook.map(|book| {
            let refused =
                book.refused_sheets.iter().map(|s| format!("{}: {}", s.name, s.error.message.zh));
            let said = book.remarks.iter().map(|remark| remark.zh.clone());
            refused.chain(said).collect::<Vec<_>>().join("\n")
        });
        let error = file.error.as_ref();
        let refused = error.is_some() || self.subject.duplicate_of.is_some();
        let count = |count: u64| if refused { None } else { signed(count) };
        rows.at(Sheaf::Files)
            .row()
            .text(self.subject.id)
            .text(self.subject.path)
            .maybe(self.subject.path_bytes)
            .text(file.format.name())
            .count(self.subject.bytes.and_then(signed))
            .maybe(Some(&*file.sha256).filter(|sum| !sum.is_empty()))
            .maybe(self.subject.duplicate_of)
            .shown(Some(match self.subject.duplicate_of {
                Some(_) => "duplicate".to_owned(),
                None => Word(file.status).to_string(),
            }))
            .shown(error.map(|error| Word(error.code)))
            .maybe(error.map(|error| &*error.message.zh))
            .maybe(error.map(|error| &*error.hint.zh).filter(|hint| !hint.is_empty()))
            .maybe(entity.value.as_deref())
            .maybe(entity.source)
            .count(year.value.map(i64::from))
            .maybe(year.source)
            .count(count(workbook.map_or(0, |book| book.sheets.len() as u64)))
            .count(count(workbook.map_or(0, |book| book.refused_sheets.len() as u64)))
            .count(count(packet.tables.len() as u64))
            .count(count(self.report.coverage.numbers))
            .count(count(self.report.coverage.checked))
            .count(count(summary.holds))
            .count(count(summary.rounding))
            .count(count(summary.fails))
            .count(count(summary.unverifiable))
            .count(count(summary.error))
            .count(count(summary.warning))
            .count(count(summary.info))
            .maybe(remarks.as_deref().filter(|remarks| !remarks.is_empty()))
            .end();
    }

    fn table(&self, at: usize, table: &Table, rows: &mut Rows, full: &mut impl FnMut(&mut Rows)) {
        let packet = self.packet();
        let Some(reading) = Reading::new(packet, table, &self.report.relations) else { return };
        let entity = whose::entity_of(packet, table, &self.names);
        let year = whose::year_of(packet, table, &self.names);
        let mut numbers = 0;
        let paths: Vec<String> =
            table.figure_fields().map(|field| reading.field_path(field)).collect();
        for (index, line) in table.lines.iter().enumerate() {
            if !(line.role.is_data() || line.role == LineRole::Section) {
                continue;
            }
            let path = reading.path(index);
            let own = reading.entity(index);
            let entity = own.as_deref().or(entity.value.as_deref());
            self.line(at, table, index, &reading, &path, entity, rows.at(Sheaf::Lines));
            if !line.role.is_data() {
                continue;
            }
            for (field, field_path) in table.figure_fields().zip(&paths) {
                let said = Said { path: &path, field_path, entity, year: year.value };
                let facts = rows.at(Sheaf::Facts);
                numbers += i64::from(self.fact(at, table, index, field, &reading, &said, facts));
            }
            full(rows);
        }
        let corner = Place { file: table.file, sheet: table.sheet, cell: table.range.start };
        let lines = table.lines.iter().filter(|line| line.role.is_data()).count();
        rows.at(Sheaf::Tables)
            .row()
            .text(self.subject.id)
            .count(Some(at as i64))
            .maybe(self.sheet(corner))
            .shown(Some(table.range))
            .maybe(table.title.as_deref())
            .maybe(table.kind.as_deref())
            .shown(table.unit.as_ref())
            .count(year.value.map(i64::from))
            .maybe(year.source)
            .maybe(entity.value.as_deref())
            .maybe(entity.source)
            .count(Some(lines as i64))
            .count(Some(paths.len() as i64))
            .count(Some(numbers))
            .end();
    }

    #[expect(clippy::too_many_arguments, reason = "what a row of lines is made of")]
    fn line(
        &self,
        at: usize,
        table: &Table,
        index: usize,
        reading: &Reading,
        path: &str,
        entity: Option<&str>,
        lines: &mut Batch,
    ) {
        let line = &table.lines[index];
        let codes = reading.codes(index);
        let parent = reading.parent(index).map(|parent| line_id(table.lines[parent].row));
        lines
            .row()
            .text(self.subject.id)
            .count(Some(at as i64))
            .count(Some(line_id(line.row)))
            .text(&line.label)
            .text(&line.name)
            .text(path)
            .text(line_role(line.role))
            .count(Some(line.level.into()))
            .count(parent)
            .truth(reading.is_leaf(index))
            .maybe(line.code.as_deref())
            .maybe(codes.function.as_deref())
            .maybe(codes.economic.as_deref())
            .maybe(codes.project.as_deref())
            .maybe(codes.region.as_deref())
            .maybe(entity)
            .maybe(reading.texts(index).as_deref())
            .shown(line.label_cell)
            .end();
    }

    #[expect(clippy::too_many_arguments, reason = "what a row of facts is made of")]
    fn fact(
        &self,
        at: usize,
        table: &Table,
        index: usize,
        field: &Field,
        reading: &Reading,
        said: &Said,
        facts: &mut Batch,
    ) -> bool {
        let line = &table.lines[index];
        let cell = CellRef::new(line.row, field.column);
        let place = Place { file: table.file, sheet: table.sheet, cell };
        let Some(sheet) = self.packet().table_sheet(table) else { return false };
        if sheet.value(cell) == Value::Empty {
            return false;
        }
        let figure = self.packet().figure(place, Some(table.id));
        let State::Number(value) = figure.state else { return false };
        let unit = self.packet().unit(place, Some(table.id));
        let is_total = reading.is_total(field);
        // What is only guessed is left empty, for who adds up cannot see that it was; 支出合计 below a title that says 决算 is no guess.
        // A title tells the stage of income and expenditure, not that of the limits of debt in 债务限额及余额决算情况表.
        let is_known = |facet: &Facet<Stage>| {
            let own = matches!(facet.source, ReadFrom::Line | ReadFrom::Above | ReadFrom::Header);
            facet.sure > Sureness::Guessed && (own || table.reading.side.is_some())
        };
        let mut said_of = [table.stage_of(line, field), table.reading.stage].into_iter().flatten();
        let stage = said_of.find(is_known);
        let stage = stage.map(|facet| stage_of_money(facet.value));
        let stated = || table.year_of(line, field).map(|facet| facet.value).or(field.year);
        let headed = field.year.is_some() || field.reading.year.is_some();
        let year = match reading.year(index) {
            Some((year, own)) if own || !headed => Some(year),
            _ => stated(),
        };
        let mut row = facts.row();
        row.text(self.subject.id)
            .count(Some(at as i64))
            .count(Some(line_id(line.row)))
            .text(&CellRef::column_letters(field.column))
            .maybe(self.sheet(place))
            .cell(cell);
        // The cell's text as typed, or its stored number.
        match sheet.text(cell) {
            Some(typed) => row.text(typed),
            None => row.digits(value),
        };
        row.number(Some(value));
        match unit {
            Some(Unit::Percent) => row.text("1"),
            unit => row.shown(unit),
        };
        row.number(unit.and_then(Unit::yuan).and_then(|factor| value.checked_mul(factor)))
            .count(Some(figure.decimals.into()))
            .truth(figure.from_text)
            .text(&line.label)
            .text(said.path)
            .text(line_role(line.role))
            .truth(reading.is_leaf(index) && !is_total)
            .text(&field.label)
            .text(said.field_path)
            .text(field_role(field.role))
            .maybe(field.id.as_deref())
            .truth(is_total)
            .maybe(stage.map(|(stage, _)| stage))
            .count(stage.and_then(|(_, sign)| sign))
            .maybe(table.kind.as_deref())
            .count(year.or(said.year).map(i64::from))
            .maybe(said.entity)
            .end();
        true
    }

    /// The table, row and column of a cell, where it is in a table.
    fn within(place: Place, table: Option<u32>) -> (Option<i64>, Option<i64>, Option<String>) {
        match table {
            None => (None, None, None),
            Some(table) => (
                Some(table.into()),
                Some(line_id(place.cell.row)),
                Some(CellRef::column_letters(place.cell.column)),
            ),
        }
    }

    fn check(&self, id: u64, relation: &Relation, outcome: &Outcome, checks: &mut Batch) {
        let target = &outcome.target;
        let (table, line, field) = Self::within(target.place, target.table);
        checks
            .row()
            .text(self.subject.id)
            .count(signed(id))
            .count(table)
            .count(line)
            .maybe(field.as_deref())
            .text(&relation.rule)
            .shown(Some(Word(relation.evidence.strongest())))
            .shown(Some(Word(relation.operation)))
            .shown(Some(Word(outcome.verdict)))
            .maybe(self.sheet(target.place))
            .cell(target.place.cell)
            .text(&self.packet().label(target.place, target.table))
            .shown(self.packet().unit(target.place, target.table))
            .number(outcome.stated)
            .number(outcome.computed)
            .number(outcome.difference)
            .number(outcome.tolerance)
            .written(|out| self.terms(&outcome.terms, out))
            .end();
    }

    /// Terms as `1*'支出明细'!C4`, without the sheet in a .csv.
    fn terms(&self, terms: &[Operand], out: &mut Vec<u8>) {
        for (at, term) in terms.iter().enumerate() {
            if at > 0 {
                out.push(b' ');
            }
            write_count(term.coefficient.into(), out);
            out.push(b'*');
            if let Some(sheet) = self.sheet(term.place) {
                out.push(b'\'');
                for (at, part) in sheet.split('\'').enumerate() {
                    out.extend_from_slice(if at > 0 { b"''" } else { b"" });
                    out.extend_from_slice(part.as_bytes());
                }
                out.extend_from_slice(b"'!");
            }
            write_cell(term.place.cell, out);
        }
    }

    fn finding(
        &self,
        at: usize,
        finding: &Finding,
        readings: &mut BTreeMap<u32, Option<Reading<'a>>>,
        findings: &mut Batch,
    ) {
        let found = self.report.outcome(finding);
        let place = finding.place;
        let table = found
            .as_ref()
            .and_then(|(_, _, outcome)| outcome.target.table)
            .or_else(|| Some(self.packet().table_of(place?, None)?.id));
        let read = table.zip(place).and_then(|(id, place)| {
            let table = &self.packet().tables[id as usize];
            let reading =
                readings.entry(id).or_insert_with(|| Reading::new(self.packet(), table, &[]));
            let reading = reading.as_ref()?;
            let line = table.line_index(place.cell.row)?;
            Some((reading.path(line), reading.texts(line)))
        });
        let best = finding.diagnoses.first();
        let changes = best.map(|diagnosis| {
            let change = |change: &crate::model::Change| {
                format!("{}={}", change.place.cell, change.value.normalize())
            };
            diagnosis.changes.iter().map(change).collect::<Vec<_>>().join(" ")
        });
        let outcome = found.as_ref().map(|(_, _, outcome)| outcome);
        let number = |of: fn(&Outcome) -> Option<Decimal>| outcome.and_then(of);
        findings
            .row()
            .text(self.subject.id)
            .count(Some(at as i64))
            .count(found.as_ref().and_then(|(id, _, _)| signed(*id)))
            .count(table.map(i64::from))
            .count(table.and(place).map(|place| line_id(place.cell.row)))
            .text(&finding.rule)
            .shown(Some(Word(finding.severity)))
            .maybe(place.and_then(|place| self.sheet(place)))
            .shown(place.map(|place| place.cell))
            .maybe(place.map(|place| self.packet().label(place, table)).as_deref())
            .maybe(read.as_ref().map(|(path, _)| path.as_str()))
            .maybe(read.as_ref().and_then(|(_, texts)| texts.as_deref()))
            .shown(place.and_then(|place| self.packet().unit(place, table)))
            .number(number(|outcome| outcome.stated))
            .number(number(|outcome| outcome.computed))
            .number(number(|outcome| outcome.difference))
            .text(&finding.message.zh)
            .maybe(best.map(|diagnosis| &*diagnosis.text.zh))
            .shown(best.map(|diagnosis| Word(diagnosis.kind)))
            .maybe(changes.as_deref().filter(|changes| !changes.is_empty()))
            .end();
    }
}

/// What the facts of a line have in common, and the header of one.
struct Said<'a> {
    path: &'a str,
    field_path: &'a str,
    entity: Option<&'a str>,
    year: Option<i32>,
}

/// Rows as sheets count them.
fn line_id(row: u32) -> i64 {
    i64::from(row) + 1
}

pub(super) fn line_role(role: LineRole) -> &'static str {
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

/// The stage of money, and whether an adjustment adds (1) or takes away (-1): 追加 and 调减 are adjustments with a sign, a net
/// adjustment carries its own.
fn stage_of_money(stage: Stage) -> (&'static str, Option<i64>) {
    match stage {
        Stage::Initial => ("initial", None),
        Stage::Adjustment => ("adjustment", None),
        Stage::Increase => ("adjustment", Some(1)),
        Stage::Decrease => ("adjustment", Some(-1)),
        Stage::CarriedIn => ("carried_in", None),
        Stage::Budget => ("budget", None),
        Stage::Adjusted => ("adjusted", None),
        Stage::Executed => ("executed", None),
        Stage::CarriedOver => ("carried_over", None),
    }
}
