//! The JSON report keeps its contract: the schema file is the types', and what is written fits the schema.

use std::fs;

use gouji::diagnose::CAUSES;
use gouji::model::{
    Change, Diagnosis, DiagnosisKind, EvidenceSet, Finding, Language, Operand, Operation, Origin,
    Place, Relation, Report, Severity, Shape, Text,
};
use gouji::number::Decimal;
use gouji::pipeline::Options;
use gouji::pipeline::{self, Input};
use gouji::read::Limits;
use gouji::write::OUTPUTS;
use gouji::write::json::{self, Checks};
use gouji::write::output::Wanted;
use serde_json::Value;

const SCHEMA: &str = "schemas/report.schema.json";

fn written(report: &Report, checks: Checks, language: Language) -> Value {
    let mut bytes = Vec::new();
    json::write(report, checks, language, &mut bytes).expect("memory can be written");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// A report whose every list has an entry: a sum that fails, one that holds, a refused file.
fn example() -> Report {
    let sheet = "项目,金额\n人员,1.50\n公用,2.00\n合计,3.2\n";
    let inputs = [
        Input { path: "表.csv".to_owned(), bytes: Ok(sheet.into()) },
        Input { path: "图.xlsx".to_owned(), bytes: Ok(b"PK\x03\x04 cut".to_vec()) },
    ];
    let mut report = pipeline::run(&inputs, &Options::default(), &Limits::default());
    let place = |cell: &str| Place { file: 0, sheet: 0, cell: cell.parse().expect("a cell") };
    let operand =
        |cell: &str, coefficient| Operand { place: place(cell), table: None, coefficient };
    let relation = |target, terms: &[&str], first_check| Relation {
        rule: "T01".to_owned(),
        severity: Severity::Error,
        evidence: EvidenceSet::of(Origin::Label).with(Origin::Mined),
        operation: Operation::Sum,
        shape: Shape::Cells {
            target: operand(target, 1),
            terms: terms.iter().map(|cell| operand(cell, 1)).collect(),
        },
        support: (1, 1),
        reason: None,
        first_check,
        claims: Vec::new(),
    };
    report.relations = vec![relation("B2", &["B2"], 0), relation("B4", &["B2", "B3"], 1)];
    let change = Change { place: place("B4"), value: Decimal::new(350, 2) };
    report.findings = vec![Finding {
        rule: "T01".to_owned(),
        severity: Severity::Error,
        check: Some((1, 0)),
        place: Some(place("B4")),
        file: None,
        related: vec![place("B2")],
        message: Text::new("合计不符", "does not add up"),
        diagnoses: vec![Diagnosis {
            kind: DiagnosisKind::named("digit"),
            changes: vec![change],
            text: Text::new("疑似", "maybe"),
            repairs: 1,
            breaks: 0,
            rivals: 2,
            equals: 0,
            asserted: vec![],
        }],
        consequences: vec![],
        matter: None,
        read_twice: None,
    }];
    report
}

#[test]
fn the_schema_file_is_generated_from_the_types() {
    let causes: Vec<&str> = CAUSES.iter().map(|cause| cause.kind.name()).collect();
    let generated = json::schema(&causes);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        fs::write(SCHEMA, &generated).expect("a writable checkout");
    }
    let kept = fs::read_to_string(SCHEMA).expect("the schema file");
    assert_eq!(
        kept.replace("\r\n", "\n"),
        generated,
        "run the tests once with UPDATE_GENERATED=1 and commit {SCHEMA}"
    );
}

#[test]
fn every_error_code_is_explained() {
    let schema: Value =
        serde_json::from_str(&fs::read_to_string(SCHEMA).expect("the schema")).expect("a schema");
    let explained = fs::read_to_string("docs/convert.md").expect("the page");
    let codes = schema["$defs"]["ReadErrorCode"]["enum"].as_array().expect("a closed list");
    for code in codes.iter().map(|code| code.as_str().expect("a word")) {
        assert!(explained.contains(&format!("\n| `{code}` | ")), "docs/convert.md lacks {code}");
    }
    assert!(codes.len() > 10);
}

#[test]
fn what_is_written_fits_the_schema() {
    let schema: Value =
        serde_json::from_str(&fs::read_to_string(SCHEMA).expect("the schema file")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    for (report, checks) in
        [(example(), Checks::All), (example(), Checks::Failing), (Report::default(), Checks::All)]
    {
        let document = written(&report, checks, Language::Zh);
        let errors: Vec<String> =
            validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    let mut wrong = written(&example(), Checks::All, Language::Zh);
    wrong["checks"][0]["stated"] = serde_json::json!(1.5);
    assert!(!validator.is_valid(&wrong), "a float is no amount");
}

#[test]
fn every_key_of_the_contract_is_there() {
    let document = written(&example(), Checks::All, Language::Zh);
    let keys = |value: &Value| -> Vec<String> {
        value.as_object().map(|o| o.keys().cloned().collect()).unwrap_or_default()
    };
    for (value, wanted) in [
        (&document, "gouji files tables checks findings coverage summary"),
        (&document["files"][0], "id path format sha256 status error"),
        (&document["files"][1]["error"], "code message hint"),
        (
            &document["checks"][0],
            "id rule origin evidence operation outcome target terms unit stated computed difference tolerance",
        ),
        (&document["checks"][0]["target"], "file sheet cell label value unit"),
        (&document["checks"][0]["terms"][0], "file sheet cell label value unit coefficient"),
        (&document["findings"][0], "rule severity check cell file related message diagnoses"),
        (
            &document["findings"][0]["diagnoses"][0],
            "kind cell value changes text repairs breaks rivals",
        ),
        (&document["coverage"], "numbers checked"),
        (
            &document["summary"],
            "files tables holds rounding fails unverifiable not_applicable error warning info",
        ),
    ] {
        let found = keys(value);
        for key in wanted.split(' ') {
            assert!(found.iter().any(|name| name == key), "no `{key}` among {found:?}");
        }
    }
}

#[test]
fn amounts_are_plain_decimal_strings_and_csv_has_no_sheet() {
    let document = written(&example(), Checks::All, Language::En);
    let check = &document["checks"][1];
    assert_eq!(check["outcome"], "fails");
    assert_eq!(check["stated"], "3.2");
    assert_eq!(check["computed"], "3.5");
    assert_eq!(check["difference"], "-0.3");
    assert_eq!(check["terms"][0]["value"], "1.5");
    assert_eq!(check["terms"][0]["coefficient"], "1");
    assert_eq!(check["target"]["sheet"], Value::Null);
    assert_eq!(check["target"]["cell"], "B4");
    assert_eq!(document["findings"][0]["check"], 1);
    assert_eq!(document["findings"][0]["message"], "does not add up");
    assert_eq!(document["findings"][0]["diagnoses"][0]["value"], "3.5");
}

#[test]
fn failing_checks_keep_their_ids() {
    let document = written(&example(), Checks::Failing, Language::Zh);
    let ids: Vec<u64> = document["checks"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|c| c["id"].as_u64())
        .collect();
    assert_eq!(ids, [1]);
}

#[test]
fn every_form_of_the_report_is_what_its_snapshot_shows() {
    let mut report = example();
    // Cards and kinds come and go.
    std::sync::Arc::make_mut(&mut report.rules).retain(|code, _| code == "T01");
    report.kinds.truncate(0);
    for output in OUTPUTS {
        let mut bytes = Vec::new();
        output.write(&report, &Wanted::default(), &mut bytes).expect("memory can be written");
        let text = String::from_utf8(bytes).expect("text").replace(env!("CARGO_PKG_VERSION"), "0");
        insta::assert_snapshot!(format!("output_{}", output.name), text);
    }
}
