//! What the rows say. The columns are a contract: `schema.rs` has them, docs/convert.md explains each.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;

use super::batch::{Batch, Shared, write_cell, write_column, write_count};
use super::lines::Reading;
use super::schema::Sheaf;
use super::whose::{self, Known, Names};
use crate::model::{
    CellRef, Facet, Field, Finding, Format, InputFile, Judge, Line, LineRole, Operand, Outcome,
    Packet, Place, ReadError, ReadFrom, Relation, Report, Sheet, Stage, State, Status, Sureness,
    Table, Value, Verdict,
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

    /// Takes the rows of one kind away, and keeps their memory for others.
    pub fn clear(&mut self, sheaf: Sheaf) {
        self.at(sheaf).clear();
    }

    fn at(&mut self, sheaf: Sheaf) -> &mut Batch {
        &mut self.0[sheaf as usize]
    }

    /// Adds all rows of the report of one file. `full` is called between rows, so that who must not hold all of them can
    /// take them away.
    pub fn add(&mut self, subject: &Subject, report: &Report, full: &mut impl FnMut(&mut Self)) {
        let Some(file) = report.packet.files.first() else { return };
        let names = Names::of(subject.path);
        let mut about = About { subject, report, names, known: Vec::new() };
        about.known = about.known_of_tables();
        about.whole(file, self);
        for (at, table) in report.packet.tables.iter().enumerate() {
            about.table(at, table, self, full);
        }
        for relation in &report.relations {
            let judge = Judge::new(&report.packet, relation);
            let mut shared = SharedByChecks::default();
            for ordinal in 0..relation.check_count() {
                let id = relation.first_check + ordinal as u64;
                let checks = self.at(Sheaf::Checks);
                if checks.rows() == 0 {
                    shared = SharedByChecks::default();
                }
                about.check(id, relation, &judge.outcome(ordinal), &mut shared, checks);
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
        let about =
            About { subject, report: &report, names: Names::of(subject.path), known: Vec::new() };
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
    /// Whose each table is, and of which year.
    known: Vec<(Known<String>, Known<i32>)>,
}

/// What the checks of a relation have in common.
#[derive(Default)]
struct SharedByChecks<'a> {
    id: Shared,
    rule: Shared,
    origin: Shared,
    operation: Shared,
    verdicts: Vec<(Verdict, Shared)>,
    sheets: Vec<((u32, u32), Shared)>,
    units: Vec<(Option<&'a Unit>, Shared)>,
    /// The name of a sheet as terms have it.
    quoted: Option<(Place, Vec<u8>)>,
}

/// The place of a text in a short list of those that rows share, by what it is of.
fn of<K>(known: &mut Vec<(K, Shared)>, key: K, is: impl Fn(&K, &K) -> bool) -> &mut Shared {
    let found = known.iter().position(|(other, _)| is(other, &key));
    let at = found.unwrap_or_else(|| {
        known.push((key, Shared::default()));
        known.len() - 1
    });
    &mut known[at].1
}

/// Whether both are the same unit of a table, or none.
fn is_same_unit(one: Option<&Unit>, other: Option<&Unit>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => std::ptr::eq(one, other),
        (None, None) => true,
        _ => false,
    }
}

/// What the facts of a table, of each of its columns and of a line have in common.
#[derive(Default)]
struct SharedByFacts<'a> {
    id: Shared,
    sheet: Shared,
    kind: Shared,
    units: Vec<(Option<&'a Unit>, Shared)>,
    stages: Vec<(Option<&'static str>, Shared)>,
    fields: Vec<SharedByField>,
    line: SharedByLine,
}

#[derive(Clone, Default)]
struct SharedByField {
    id: Shared,
    label: Shared,
    path: Shared,
    role: Shared,
    name: Shared,
}

#[derive(Default)]
struct SharedByLine {
    label: Shared,
    path: Shared,
    role: Shared,
    entity: Shared,
}

/// Writes a value as it is shown.
fn show(value: impl fmt::Display, out: &mut Vec<u8>) -> bool {
    // Memory takes everything.
    write!(out, "{value}").is_ok()
}

impl<'a> About<'a> {
    fn packet(&self) -> &'a Packet {
        &self.report.packet
    }

    fn sheet(&self, place: Place) -> Option<&'a str> {
        self.packet().sheet_name(place)
    }

    fn known_of_tables(&self) -> Vec<(Known<String>, Known<i32>)> {
        let packet = self.packet();
        let of = |table| {
            let entity = whose::entity_of(packet, table, &self.names);
            (entity, whose::year_of(packet, table, &self.names))
        };
        packet.tables.iter().map(of).collect()
    }

    fn whole(&self, file: &InputFile, rows: &mut Rows) {
        let (packet, summary) = (self.packet(), &self.report.summary);
        let workbook = file.workbook.as_ref();
        let (entities, years) =
            (self.known.iter().map(|one| &one.0), self.known.iter().map(|one| &one.1));
        let entity = whose::of_file(entities, || whose::entity_by_names(&self.names));
        let year = whose::of_file(years, || whose::year_by_names(&self.names));
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

    fn table(
        &self,
        at: usize,
        table: &'a Table,
        rows: &mut Rows,
        full: &mut impl FnMut(&mut Rows),
    ) {
        let packet = self.packet();
        let Some(reading) = Reading::new(packet, table, &self.report.relations) else { return };
        let (entity, year) = &self.known[at];
        let mut numbers = 0;
        let mut shared = SharedByFacts::default();
        let Some(sheet) = packet.table_sheet(table) else { return };
        let (by_line, silent) = (packet.units_by_line(table.id), Line::default());
        let headers: Vec<Header> = table
            .figure_fields()
            .map(|field| {
                let unit = |line: &Line| table.unit_at(CellRef::new(line.row, field.column));
                Header {
                    field,
                    path: reading.field_path(field),
                    is_total: reading.is_total(field),
                    headed: field.year.is_some() || field.reading.year.is_some(),
                    unit: if by_line { None } else { table.lines.first().and_then(unit) },
                    units_by_line: by_line,
                    stage: table.stage_of(&silent, field),
                    year: table.year_of(&silent, field),
                }
            })
            .collect();
        let mut values: Vec<Value> = Vec::new();
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
            let facts = rows.at(Sheaf::Facts);
            if facts.rows() == 0 {
                // Those before were taken away.
                shared = SharedByFacts::default();
            }
            shared.line = SharedByLine::default();
            shared.fields.resize(headers.len(), SharedByField::default());
            let said = Said {
                at,
                table,
                sheet,
                line,
                path: &path,
                is_leaf: reading.is_leaf(index),
                entity,
                own_year: reading.year(index),
                year: year.value,
            };
            values.clear();
            values.resize(headers.len(), Value::Empty);
            let mut at = headers.iter().zip(&mut values).peekable();
            for (column, value, _) in sheet.row(line.row) {
                while at.next_if(|(header, _)| header.field.column < column).is_some() {}
                if let Some((_, own)) = at.next_if(|(header, _)| header.field.column == column) {
                    *own = value;
                }
            }
            for (nth, (header, value)) in headers.iter().zip(&values).enumerate() {
                if *value != Value::Empty {
                    numbers += i64::from(self.fact(&said, nth, header, *value, &mut shared, facts));
                }
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
            .count(Some(headers.len() as i64))
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
            .text(line.role.name())
            .count(Some(line.level.into()))
            .count(parent)
            .truth(reading.is_leaf(index))
            .maybe(line.code.as_deref())
            .maybe(codes.function.as_deref())
            .maybe(codes.economic.as_deref())
            .maybe(codes.project.as_deref())
            .maybe(codes.region.as_deref())
            .maybe(entity)
            .shared(&mut Shared::default(), |out| reading.write_texts(index, out))
            .shared(&mut Shared::default(), |out| {
                line.label_cell.into_iter().for_each(|cell| write_cell(cell, out));
                line.label_cell.is_some()
            })
            .end();
    }

    /// Adds the figure of a line and a column, where what is stored there is one.
    fn fact(
        &self,
        said: &Said<'_>,
        nth: usize,
        header: &Header<'a>,
        stored: Value,
        shared: &mut SharedByFacts<'a>,
        facts: &mut Batch,
    ) -> bool {
        let &Said { at, table, sheet, line, .. } = said;
        let &Header { field, is_total, .. } = header;
        let cell = CellRef::new(line.row, field.column);
        let place = Place { file: table.file, sheet: table.sheet, cell };
        let figure = self.packet().figure(place, Some(table.id));
        let State::Number(value) = figure.state else { return false };
        let own = || self.packet().unit(place, Some(table.id));
        let unit = if header.units_by_line { own() } else { header.unit };
        // What is only guessed is left empty, for who adds up cannot see that it was; 支出合计 below a title that says 决算 is no guess.
        // A title tells the stage of income and expenditure, not that of the limits of debt in 债务限额及余额决算情况表.
        let is_known = |facet: &Facet<Stage>| {
            let own = matches!(facet.source, ReadFrom::Line | ReadFrom::Above | ReadFrom::Header);
            facet.sure > Sureness::Guessed && (own || table.reading.side.is_some())
        };
        // Nearly all lines say no more than what they are called.
        let (own_stage, own_year) = if line.reading.as_ref().is_none_or(|own| is_silent(own)) {
            (header.stage, header.year)
        } else {
            (table.stage_of(line, field), table.year_of(line, field))
        };
        let mut said_of = [own_stage, table.reading.stage].into_iter().flatten();
        let stage = said_of.find(is_known);
        let stage = stage.map(|facet| stage_of_money(facet.value));
        let stated = || own_year.map(|facet| facet.value).or(field.year);
        let year = match said.own_year {
            Some((year, own)) if own || !header.headed => Some(year),
            _ => stated(),
        };
        let SharedByFacts { id, sheet: sheet_name, kind, units, stages, fields, line: own } =
            shared;
        let stage_name = stage.map(|(stage, _)| stage);
        let by_field = &mut fields[nth];
        let mut row = facts.row();
        row.repeated(id, Some(self.subject.id))
            .count(Some(at as i64))
            .count(Some(line_id(line.row)))
            .shared(&mut by_field.id, |out| {
                write_column(field.column, out);
                true
            })
            .repeated(sheet_name, self.sheet(place))
            .cell(cell);
        // The cell's text as typed, or its stored number.
        match stored {
            Value::Text(id) => row.text(sheet.texts.get(id)),
            _ => row.digits(value),
        };
        row.number(Some(value));
        row.shared(of(units, unit, |one, other| is_same_unit(*one, *other)), |out| match unit {
            None => false,
            Some(Unit::Percent) => show("1", out),
            Some(unit) => show(unit, out),
        });
        let in_yuan = match unit.and_then(Unit::yuan) {
            Some(factor) if factor == Decimal::ONE => Some(value),
            factor => factor.and_then(|factor| value.checked_mul(factor)),
        };
        row.number(in_yuan)
            .count(Some(figure.decimals.into()))
            .truth(figure.from_text)
            .repeated(&mut own.label, Some(&line.label))
            .repeated(&mut own.path, Some(said.path))
            .repeated(&mut own.role, Some(line.role.name()))
            .truth(said.is_leaf && !is_total)
            .repeated(&mut by_field.label, Some(&field.label))
            .repeated(&mut by_field.path, Some(&header.path))
            .repeated(&mut by_field.role, Some(field.role.name()))
            .repeated(&mut by_field.name, field.id.as_deref())
            .truth(is_total)
            .repeated(of(stages, stage_name, |one, other| one == other), stage_name)
            .count(stage.and_then(|(_, sign)| sign))
            .repeated(kind, table.kind.as_deref())
            .count(year.or(said.year).map(i64::from))
            .repeated(&mut own.entity, said.entity)
            .end();
        true
    }

    fn check(
        &self,
        id: u64,
        relation: &Relation,
        outcome: &Outcome,
        shared: &mut SharedByChecks<'a>,
        checks: &mut Batch,
    ) {
        let Operand { place, table, .. } = outcome.target;
        let SharedByChecks { id: file, rule, origin, operation, verdicts, sheets, units, quoted } =
            shared;
        let unit = self.packet().unit(place, table);
        let (verdict, is_verdict) = (outcome.verdict, |a: &Verdict, b: &Verdict| a == b);
        checks
            .row()
            .repeated(file, Some(self.subject.id))
            .count(signed(id))
            .count(table.map(i64::from))
            .count(table.map(|_| line_id(place.cell.row)))
            .shared(&mut Shared::default(), |out| {
                write_column(place.cell.column, out);
                table.is_some()
            })
            .repeated(rule, Some(&relation.rule))
            .shared(origin, |out| show(Word(relation.evidence.strongest()), out))
            .shared(operation, |out| show(Word(relation.operation), out))
            .shared(of(verdicts, verdict, is_verdict), |out| show(Word(verdict), out))
            .repeated(of(sheets, (place.file, place.sheet), |a, b| a == b), self.sheet(place))
            .cell(place.cell)
            .written(|out| {
                let (line, field) = self.packet().labels(place, table);
                for (at, part) in
                    [line, field].into_iter().filter(|part| !part.is_empty()).enumerate()
                {
                    out.extend_from_slice(if at > 0 { b" / " } else { b"" });
                    out.extend_from_slice(part.as_bytes());
                }
            })
            .shared(of(units, unit, |one, other| is_same_unit(*one, *other)), |out| {
                unit.is_some_and(|unit| show(unit, out))
            })
            .number(outcome.stated)
            .number(outcome.computed)
            .number(outcome.difference)
            .number(outcome.tolerance)
            .written(|out| self.terms(&outcome.terms, quoted, out))
            .end();
    }

    /// Terms as `1*'支出明细'!C4`, without the sheet in a .csv.
    fn terms(&self, terms: &[Operand], quoted: &mut Option<(Place, Vec<u8>)>, out: &mut Vec<u8>) {
        for (at, term) in terms.iter().enumerate() {
            if at > 0 {
                out.push(b' ');
            }
            write_count(term.coefficient.into(), out);
            out.push(b'*');
            let sheet = |place: &Place| (place.file, place.sheet);
            let known =
                quoted.as_ref().is_some_and(|(known, _)| sheet(known) == sheet(&term.place));
            if !known {
                let name = self.sheet(term.place);
                let name = name.map(|name| format!("'{}'!", name.replace('\'', "''")));
                *quoted = Some((term.place, name.unwrap_or_default().into_bytes()));
            }
            out.extend_from_slice(quoted.as_ref().map_or(&[], |(_, name)| name));
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

/// What the facts of a line have in common.
struct Said<'a> {
    at: usize,
    table: &'a Table,
    sheet: &'a Sheet,
    line: &'a Line,
    path: &'a str,
    is_leaf: bool,
    entity: Option<&'a str>,
    own_year: Option<(i32, bool)>,
    year: Option<i32>,
}

/// What the facts of a column have in common.
struct Header<'a> {
    field: &'a Field,
    path: String,
    is_total: bool,
    /// Whether the header says a year.
    headed: bool,
    /// The unit of all its figures, where lines have none of their own.
    unit: Option<&'a Unit>,
    units_by_line: bool,
    /// Of a line that says neither.
    stage: Option<Facet<Stage>>,
    year: Option<Facet<i32>>,
}

/// Whether a line says a name, and neither stage nor year.
fn is_silent(reading: &crate::model::Reading) -> bool {
    reading.stage.is_none() && !reading.name.is_empty()
}

/// Rows as sheets count them.
fn line_id(row: u32) -> i64 {
    i64::from(row) + 1
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
