//! Tells the program what the tables are and what is true of them, so that the diagnosis is measured apart from the
//! recognition.

use std::collections::BTreeMap;

use gouji::lexicon::Rulebook;
use gouji::model::{
    CellRef, EvidenceSet, Field, FieldRole, InputFile, Line, LineRole, Operand, Operation, Origin,
    Packet, Place, Range, Relation, Report, Severity, Shape, Status, Table,
};
use gouji::number::Unit;
use gouji::read::Limits;
use gouji::{check, diagnose, read};

use super::book::{Book, Op, Spot, TrueRelation, TrueTable};

/// Checks a workbook with its true relations.
pub fn check(book: &Book) -> Report {
    let (path, bytes) = book.bytes();
    let workbook = read::read(path, &bytes, &Limits::default()).expect("our own workbook is read");
    let file = InputFile {
        path: path.to_owned(),
        format: workbook.format,
        sha256: String::new(),
        status: Status::Read,
        error: None,
        workbook: Some(workbook),
        same_as: None,
    };
    let mut packet = Packet::new(vec![file]);
    packet.tables = book.tables.iter().enumerate().map(|(id, t)| table(id as u32, t)).collect();
    let mut relations = relations(book);
    let checked = check::check(&Rulebook::default(), &packet, &mut relations);
    let mut findings = diagnose::diagnose(&packet, &relations, &checked.failing);
    findings.sort_by_key(|finding| finding.place);
    Report { packet, relations, findings, ..Report::default() }
}

fn table(id: u32, truth: &TrueTable) -> Table {
    let unit = Unit::parse(truth.unit);
    Table {
        id,
        file: 0,
        sheet: truth.sheet as u32,
        range: Range::new(CellRef::new(0, 0), CellRef::new(0, 0)),
        title: None,
        header: None,
        unit: unit.clone(),
        unit_cell: None,
        year: None,
        entity: None,
        kind: None,
        fields: truth
            .fields
            .iter()
            .map(|(column, name, decimals, percent, points)| Field {
                column: *column,
                label: name.clone(),
                path: vec![name.clone()],
                role: if *percent { FieldRole::Percent } else { FieldRole::Amount },
                decimals: *decimals,
                unit: if *percent { Some(Unit::Percent) } else { unit.clone() },
                hundredths: *points,
                ..Field::default()
            })
            .collect(),
        lines: truth
            .lines
            .iter()
            .map(|(row, name, of_which)| Line {
                row: *row,
                label: name.clone(),
                name: name.clone(),
                role: if *of_which { LineRole::OfWhich } else { LineRole::Item },
                ..Line::default()
            })
            .collect(),
        evidence: vec![],
        ..Table::default()
    }
}

/// True relations of one form put together as families, as the program does.
fn relations(book: &Book) -> Vec<Relation> {
    type Family = (usize, Op, bool, u32, Vec<(u32, i32)>);
    let mut families: BTreeMap<Family, Vec<u32>> = BTreeMap::new();
    let mut single = Vec::new();
    for truth in &book.truth {
        let (sheet, row, column) = truth.target;
        let table = book.tables.iter().position(|table| {
            table.sheet == sheet
                && table.lines.iter().any(|line| line.0 == row)
                && table.fields.iter().any(|field| field.0 == column)
        });
        let inside = |spot: &Spot| spot.0 == sheet;
        if truth.terms.iter().all(|(spot, _)| inside(spot) && spot.2 == column) {
            let terms = truth.terms.iter().map(|(spot, c)| (spot.1, *c)).collect();
            let family = (table.expect("a table"), truth.op, true, row, terms);
            families.entry(family).or_default().push(column);
        } else if truth.terms.iter().all(|(spot, _)| inside(spot) && spot.1 == row) {
            let terms = truth.terms.iter().map(|(spot, c)| (spot.2, *c)).collect();
            let family = (table.expect("a table"), truth.op, false, column, terms);
            families.entry(family).or_default().push(row);
        } else {
            single.push(relation(truth.op, cells(book, truth)));
        }
    }
    families
        .into_iter()
        .map(|((table, op, lines, target, terms), mut along)| {
            along.sort_unstable();
            let table = table as u32;
            let shape = if lines {
                Shape::Lines { table, target, terms, columns: along }
            } else {
                Shape::Fields { table, target, terms, rows: along }
            };
            relation(op, shape)
        })
        .chain(single)
        .collect()
}

fn cells(book: &Book, truth: &TrueRelation) -> Shape {
    let operand = |spot: Spot, coefficient: i32| Operand {
        place: Place { file: 0, sheet: spot.0 as u32, cell: CellRef::new(spot.1, spot.2) },
        table: book
            .tables
            .iter()
            .position(|table| {
                table.sheet == spot.0
                    && table.lines.iter().any(|line| line.0 == spot.1)
                    && table.fields.iter().any(|field| field.0 == spot.2)
            })
            .map(|at| at as u32),
        coefficient,
    };
    Shape::Cells {
        target: operand(truth.target, 1),
        terms: truth.terms.iter().map(|(spot, c)| operand(*spot, *c)).collect(),
    }
}

fn relation(op: Op, shape: Shape) -> Relation {
    Relation {
        rule: "T01".into(),
        severity: Severity::Error,
        evidence: EvidenceSet::of(Origin::Label),
        operation: match op {
            Op::Sum => Operation::Sum,
            Op::Ratio => Operation::Ratio,
            Op::Change => Operation::RelativeChange,
            Op::Product => Operation::Product,
            Op::Equal => Operation::Equal,
        },
        shape,
        support: (0, 0),
        reason: None,
        first_check: 0,
        claims: Vec::new(),
    }
}
