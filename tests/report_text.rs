//! What people read at a terminal, in both languages.
//!
//! The report is made by hand from the asset table of a published evaluation, so that it stays what it is while
//! recognition learns.

mod common;

use gouji::model::{
    CellRef, Change, Coverage, Diagnosis, DiagnosisKind, EvidenceSet, Field, FieldRole, Finding,
    Language, Line, LineRole, Operation, Origin, Place, Range, Relation, Report, RuleCard,
    RuleText, Severity, Shape, Summary, Table, Text,
};
use gouji::number::{Decimal, Unit};
use gouji::write::text::{self, Style};

const ASSETS: &str = "\
@@ 固定资产情况表.xlsx
@ 固定资产情况表
固定资产情况表
 | | | 单位：万元
固定资产类别 | 数量 | 原值 | 在用 | 利用率
合计 | —— | 358.78 | 312.15 | 87%
（一）土地、房屋及构筑物 | —— | 0 | 0 | ——
（二）通用设备 | 316 | 125.03 | 78.40 | 62.7%
（三）无形资产 | 2 | 138.18 | 138.18 | 100%
（四）家具、用具 | 420 | 164.66 | 164.66 | 100%
";

fn place(cell: &str) -> Place {
    Place { file: 0, sheet: 0, cell: cell.parse().expect("a cell") }
}

fn table() -> Table {
    let fields = [
        ("固定资产类别", FieldRole::Label, None),
        ("数量", FieldRole::Quantity, None),
        ("原值", FieldRole::Amount, Some(Unit::TenThousandYuan)),
        ("在用", FieldRole::Amount, Some(Unit::TenThousandYuan)),
        ("利用率", FieldRole::Percent, Some(Unit::Percent)),
    ];
    let labels = [
        "合计",
        "（一）土地、房屋及构筑物",
        "（二）通用设备",
        "（三）无形资产",
        "（四）家具、用具",
    ];
    Table {
        range: Range::new(CellRef::new(0, 0), CellRef::new(7, 4)),
        title: Some("固定资产情况表".to_owned()),
        header: Some((2, 2)),
        unit: Some(Unit::TenThousandYuan),
        fields: fields
            .into_iter()
            .enumerate()
            .map(|(column, (label, role, unit))| Field {
                column: column as u32,
                label: label.to_owned(),
                role,
                unit,
                ..Field::default()
            })
            .collect(),
        lines: labels
            .into_iter()
            .enumerate()
            .map(|(at, label)| Line {
                row: 3 + at as u32,
                label: label.to_owned(),
                role: if at == 0 { LineRole::Total } else { LineRole::Item },
                ..Line::default()
            })
            .collect(),
        ..Table::default()
    }
}

fn report() -> Report {
    let mut report = common::case(ASSETS).report();
    report.packet.tables = vec![table()];
    let total = Relation {
        rule: "Z01".to_owned(),
        severity: Severity::Error,
        evidence: EvidenceSet::of(Origin::Label),
        operation: Operation::Sum,
        shape: Shape::Lines {
            table: 0,
            target: 3,
            terms: vec![(4, 1), (5, 1), (6, 1), (7, 1)],
            columns: vec![2, 3],
        },
        support: (0, 2),
        reason: None,
        first_check: 0,
        claims: Vec::new(),
    };
    let rate = Relation {
        rule: "Z06".to_owned(),
        operation: Operation::Ratio,
        severity: Severity::Warning,
        shape: Shape::Fields { table: 0, target: 4, terms: vec![(3, 1), (2, 1)], rows: vec![5] },
        first_check: 2,
        claims: Vec::new(),
        reason: Some(Text::new("利用率 = 在用 ÷ 原值", "utilisation = in use ÷ original value")),
        ..total.clone()
    };
    report.relations = vec![total, rate];
    let halved = Decimal::new(6909, 2);
    let change = |cell| Change { place: place(cell), value: halved };
    let diagnosis = Diagnosis {
        kind: DiagnosisKind::named("doubled"),
        changes: vec![change("C7"), change("D7")],
        text: Text::new(
            "疑似无形资产多计一倍：C7、D7 由 138.18 改为 69.09，原值、在用两列均相符，且不影响其他核对（另有 1 种解释）",
            "Intangibles seem doubled: C7 and D7 138.18 → 69.09 mends both columns and breaks nothing (1 rival)",
        ),
        repairs: 2,
        breaks: 0,
        rivals: 1,
        equals: 0,
        asserted: vec![],
    };
    let finding = |cell, check, rule: &str| Finding {
        rule: rule.to_owned(),
        severity: Severity::Error,
        check: Some(check),
        place: Some(place(cell)),
        file: None,
        related: Vec::new(),
        message: Text::new("合计与各类之和不符", "the total is not the sum of its classes"),
        diagnoses: vec![diagnosis.clone()],
        consequences: vec![],
        matter: None,
        read_twice: None,
    };
    let mut rate = finding("E6", (1, 0), "Z06");
    rate.severity = Severity::Warning;
    rate.diagnoses.clear();
    rate.related = vec![place("D6")];
    report.findings = vec![finding("C4", (0, 0), "Z01"), finding("D4", (0, 1), "Z01"), rate];
    report.summary = Summary {
        files: 1,
        tables: 1,
        fails: 2,
        holds: 1,
        error: 2,
        warning: 1,
        ..Summary::default()
    };
    report.coverage = Coverage { numbers: 17, checked: 14 };
    let rules = std::sync::Arc::make_mut(&mut report.rules);
    rules.clear();
    rules.insert(
        "Z01".to_owned(),
        RuleCard {
            code: "Z01".to_owned(),
            name: "asset-total-not-sum".to_owned(),
            severity: Severity::Error,
            source: String::new(),
            zh: titled("大类合计与各类之和不符"),
            en: titled("asset total is not the sum of its classes"),
            raised_by: Vec::new(),
        },
    );
    report
}

fn titled(title: &str) -> RuleText {
    RuleText { title: title.to_owned(), ..RuleText::default() }
}

fn shown(style: Style) -> String {
    let mut bytes = Vec::new();
    text::write(&report(), style, &mut bytes).expect("memory can be written");
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn chinese() {
    insta::assert_snapshot!(shown(Style::default()));
}

#[test]
fn english() {
    insta::assert_snapshot!(shown(Style { language: Language::En, ..Style::default() }));
}

#[test]
fn a_narrow_terminal_is_respected() {
    let text = shown(Style { width: 60, ..Style::default() });
    for line in text.lines() {
        let width = unicode_width::UnicodeWidthStr::width(line);
        assert!(width <= 60, "{width} columns: {line}");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn colour_changes_no_character() {
    let plain = shown(Style::default());
    let coloured = shown(Style { color: true, ..Style::default() });
    assert!(coloured.contains("\u{1b}[1;31m"), "errors are red");
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((text, tail)) = rest.split_once("\u{1b}[") {
        stripped.push_str(text);
        rest = tail.split_once('m').expect("an end of the colour").1;
    }
    stripped.push_str(rest);
    assert_eq!(stripped, plain);
}
