//! The notation of the fixtures reads what it says.

mod common;

use gouji::model::{CellRef, Value, Visibility};
use gouji::number::Decimal;

fn at(name: &str) -> CellRef {
    name.parse().expect("a cell")
}

#[test]
fn a_fixture_reads_as_the_workbook_it_shows() {
    let text = "\
remarks are skipped
== first
@ 收支总表, 万元
! hide row 4
! hide column C
项目 | 金额 | 备注
**人员经费** | 1,120.50 | 占比
　公用经费 | '30.20 | 22.8%
合计 | =SUM(B3:B4) => 150.40 | =1/0 => #DIV/0!
占比 | 0.4567 as 0.00 | =B5/B3
== second
@@ 甲.xlsx
@ 表一
! hide sheet
年度 | < | 名称
2021 | 2022 | ^
@@ 乙.csv
a | 1
";
    let cases = common::cases(text);
    assert_eq!(cases.len(), 2);
    let workbook = &cases[0].files[0].1;
    let sheet = &workbook.sheets[0];
    assert_eq!(sheet.text(at("C1")), Some("单位：万元"));
    assert_eq!(sheet.text(at("A4")), Some("　公用经费"));
    assert_eq!(sheet.text(at("B4")), Some("30.20"));
    assert!(sheet.row_hidden(3) && sheet.column_hidden(2));
    assert_eq!(sheet.value(at("B3")), Value::Number(Decimal::new(11205, 1)));
    let style = |cell: &str| workbook.style(sheet.style(at(cell)).expect("a cell"));
    assert!(style("A3").bold);
    assert_eq!(style("B3").number_format.code, "#,##0.00");
    assert_eq!(style("B6").number_format.decimals, Some(2));
    assert!(style("C4").number_format.percent);
    let formula = sheet.formula(at("B5")).expect("a formula");
    assert_eq!((&*formula.text, formula.cached), ("SUM(B3:B4)", true));
    assert_eq!(sheet.value(at("B5")), Value::Number(Decimal::new(1504, 1)));
    assert!(!sheet.formula(at("C6")).expect("a formula").cached);
    assert!(matches!(sheet.value(at("C5")), Value::Error(_)));
    let second = &cases[1];
    assert_eq!(second.files.len(), 2);
    let sheet = &second.files[0].1.sheets[0];
    assert_eq!(sheet.visibility, Visibility::Hidden);
    let merges: Vec<String> = sheet.merges.iter().map(ToString::to_string).collect();
    assert_eq!(merges, ["A1:B1", "C1:C2"]);
    assert_eq!(second.files[1].1.sheets[0].text(at("B1")), Some("1"));
}
