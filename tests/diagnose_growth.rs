//! The diagnosis stays quick on long tables: it looks only at what lies near failures.

use std::time::{Duration, Instant};

use gouji::lexicon::Rulebook;
use gouji::model::{
    CellRef, EvidenceSet, Field, FieldRole, Format, InputFile, Line, Operation, Origin, Packet,
    Range, Relation, Severity, Shape, SheetBuilder, Status, Table, Texts, Value, Workbook,
};
use gouji::number::Decimal;
use gouji::{check, diagnose};

const COLUMNS: u32 = 6;

/// A table of so many lines, a total below and a total column, where every `wrong`th line has a point misplaced, and each total
/// below is off by something of its own, or by nothing.
fn packet(lines: u32, wrong: u32, off: bool) -> (Packet, Vec<Relation>, usize) {
    let mut builder = SheetBuilder::new("表", Texts::default());
    let mut sums = vec![Decimal::ZERO; COLUMNS as usize + 1];
    let mut planted = 0;
    for row in 0..lines {
        let mut total = Decimal::ZERO;
        for column in 0..COLUMNS {
            let value = Decimal::new(i64::from((row * 7919 + column * 104_729) % 999_983) + 1, 2);
            total += value;
            sums[column as usize] += value;
            let slip = wrong > 0 && row % wrong == 1 && column == row % COLUMNS;
            planted += usize::from(slip);
            let stated = if slip { value * Decimal::TEN } else { value };
            builder.push(CellRef::new(row, column), Value::Number(stated), 0);
        }
        sums[COLUMNS as usize] += total;
        builder.push(CellRef::new(row, COLUMNS), Value::Number(total), 0);
    }
    for (column, sum) in sums.iter().enumerate() {
        let by =
            if off { Decimal::new(8_147_231 + 976_543 * column as i64, 2) } else { Decimal::ZERO };
        builder.push(CellRef::new(lines, column as u32), Value::Number(*sum + by), 0);
    }
    let workbook = Workbook { sheets: vec![builder.finish()], ..Workbook::empty(Format::Xlsx) };
    let file = InputFile {
        path: "long.xlsx".into(),
        format: Format::Xlsx,
        sha256: String::new(),
        status: Status::Read,
        error: None,
        workbook: Some(workbook),
        same_as: None,
    };
    let mut packet = Packet::new(vec![file]);
    packet.tables.push(Table {
        id: 0,
        file: 0,
        sheet: 0,
        range: Range::new(CellRef::new(0, 0), CellRef::new(lines, COLUMNS)),
        title: None,
        header: None,
        unit: None,
        unit_cell: None,
        year: None,
        entity: None,
        kind: None,
        fields: (0..=COLUMNS)
            .map(|column| Field {
                column,
                role: FieldRole::Amount,
                decimals: 2,
                ..Field::default()
            })
            .collect(),
        lines: (0..=lines).map(|row| Line { row, ..Line::default() }).collect(),
        evidence: vec![],
        ..Table::default()
    });
    let relation = |shape| Relation {
        rule: "T01".into(),
        severity: Severity::Error,
        evidence: EvidenceSet::of(Origin::Label),
        operation: Operation::Sum,
        shape,
        support: (0, 0),
        reason: None,
        first_check: 0,
        claims: Vec::new(),
    };
    let relations = vec![
        relation(Shape::Lines {
            table: 0,
            target: lines,
            terms: (0..lines).map(|row| (row, 1)).collect(),
            columns: (0..=COLUMNS).collect(),
        }),
        relation(Shape::Fields {
            table: 0,
            target: COLUMNS,
            terms: (0..COLUMNS).map(|column| (column, 1)).collect(),
            rows: (0..=lines).collect(),
        }),
    ];
    (packet, relations, planted)
}

fn diagnosed(lines: u32, wrong: u32) -> (usize, usize, Duration) {
    let (packet, mut relations, planted) = packet(lines, wrong, false);
    let checked = check::check(&Rulebook::default(), &packet, &mut relations);
    let start = Instant::now();
    let findings = diagnose::diagnose(&packet, &relations, &checked.failing);
    let took = start.elapsed();
    let named = findings
        .iter()
        .filter(|finding| {
            finding.check.is_some_and(|(relation, _)| relation == 1)
                && finding.diagnoses[0].changes.len() == 1
                && finding.diagnoses[0].kind == gouji::model::DiagnosisKind::named("decimal_slip")
        })
        .count();
    (planted, named, took)
}

#[test]
fn a_thousand_failing_checks_take_no_time() {
    let (planted, named, took) = diagnosed(4_000, 4);
    eprintln!("{planted} planted, {named} named, {took:?}");
    assert_eq!(planted, 1_000);
    assert!(named * 10 >= planted * 9, "{named} of {planted}");
    // Unoptimized and beside other tests; optimized it is a tenth of that.
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn one_failure_among_many_thousand_checks_takes_no_time() {
    let (planted, named, took) = diagnosed(60_000, 60_000);
    eprintln!("{planted} planted, {named} named, {took:?}");
    assert_eq!((planted, named), (1, 1));
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn what_was_not_tried_is_not_called_inexplicable() {
    let (packet, mut relations, _) = packet(100_000, 0, true);
    let checked = check::check(&Rulebook::default(), &packet, &mut relations);
    let findings = diagnose::diagnose(&packet, &relations, &checked.failing);
    let says = |finding: &&gouji::model::Finding, words: &str| {
        finding.diagnoses.iter().any(|diagnosis| diagnosis.text.zh.contains(words))
    };
    // The parts of the first totals were all tried, those of the last were not.
    let totals = || findings.iter().filter(|finding| finding.check.is_some_and(|(at, _)| at == 0));
    assert_eq!(totals().count(), COLUMNS as usize + 1);
    assert!(totals().take(3).all(|total| !says(&total, "未能求解")));
    assert!(totals().skip(4).all(|total| says(&total, "未能求解")), "{findings:?}");
}
