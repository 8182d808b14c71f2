//! Work without end: what is left out is told, and is the same whichever thread was faster.

use gouji::model::Severity;
use gouji::read::{Limits, read};

use super::makers::*;

/// A ledger of so many entries of 1, each with the total so far; the stored total of one entry is 5 too large.
fn ledger(entries: u32, stale: u32) -> Vec<u8> {
    let mut cells = format!(
        r#"<row r="1">{}{}{}</row>"#,
        cell("A1", "项目"),
        cell("B1", "金额（万元）"),
        cell("C1", "累计")
    );
    for at in 2..entries + 2 {
        let stored = at - 1 + if at == stale { 5 } else { 0 };
        cells += &format!(
            r#"<row r="{at}">{}{}<c r="C{at}"><f>SUM(B$2:B{at})</f><v>{stored}</v></c></row>"#,
            cell(&format!("A{at}"), &format!("甲{at}")),
            cell(&format!("B{at}"), "1"),
        );
    }
    book("s.xml", "s.xml", sheet(&cells, "").into_bytes(), &[])
}

/// A running total is calculated again in as many steps as it has rows; of sums too long to be listed cell by cell each is
/// counted as not checked, with the reason.
#[test]
fn sums_too_long_to_be_listed_are_told() {
    let report = checked("x.xlsx", &ledger(3000, 2500));
    // 1 + 2 + … + 1413 terms are listed.
    let left_out: Vec<_> = report
        .relations
        .iter()
        .filter(|relation| relation.doubt(0).is_some_and(|doubt| doubt.zh.contains("不再逐格核对")))
        .collect();
    assert_eq!(left_out.len(), 3000 - 1413);
    assert_eq!(report.summary.unverifiable, 3000 - 1413);
    let stale: Vec<_> = report.findings.iter().filter(|finding| finding.rule == "T07").collect();
    assert_eq!(stale.len(), 1, "{stale:?}");
    assert_eq!(stale[0].place.unwrap().cell.to_string(), "C2500");
    assert_eq!(stale[0].severity, Severity::Error);
    assert!(stale[0].message.zh.contains("2504") && stale[0].message.zh.contains("2499"));
    let again = checked("x.xlsx", &ledger(3000, 2500));
    assert_eq!(
        format!("{:?} {:?}", report.summary, report.findings),
        format!("{:?} {:?}", again.summary, again.findings)
    );
}

/// Formulas that look at more cells than all of a workbook may are told; small ones after them are calculated all the same.
#[test]
fn formulas_that_were_not_calculated_again_are_told() {
    let mut cells = String::new();
    for at in 1..3001 {
        cells += &format!(r#"<row r="{at}">{}</row>"#, cell(&format!("A{at}"), "1"));
    }
    // Each looks at all of them, and at other texts.
    let mut sheet_2 = String::new();
    for at in 1..1201 {
        sheet_2 += &format!(
            r#"<row r="{at}"><c r="A{at}"><f>COUNTIF(A$1:A$3000,"&gt;{at}")+D{at}</f><v>0</v></c><c r="B{at}"><f>D{at}+E{at}</f><v>{}</v></c>{}{}</row>"#,
            if at == 1200 { 9 } else { 3 },
            cell(&format!("D{at}"), "1"),
            cell(&format!("E{at}"), "2"),
        );
    }
    let sheet_2 = sheet_2.replace("A$1:A$3000", "D$1:E$1200");
    let bytes = book("s.xml", "s.xml", sheet(&sheet_2, "").into_bytes(), &[]);
    let report = checked("x.xlsx", &bytes);
    let told: Vec<_> = report.findings.iter().filter(|finding| finding.rule == "T07").collect();
    let not_tried = told.iter().find(|finding| finding.severity == Severity::Info).unwrap();
    assert!(not_tried.message.zh.contains("没有重算"), "{}", not_tried.message.zh);
    assert!(told.iter().any(|finding| finding.place.unwrap().cell.to_string() == "B1200"));
}

/// Shared formulas written out are bounded. Sheets are read side by side: those that come first have what room there is.
#[test]
fn the_first_sheets_have_the_room_for_formulas() {
    let long = "A1+".repeat(300) + "1";
    let followers: String = (2..400)
        .map(|r| format!(r#"<row r="{r}"><c r="B{r}"><f t="shared" si="0"/><v>1</v></c></row>"#))
        .collect();
    let shared = format!(
        r#"<row r="1"><c r="B1"><f t="shared" si="0" ref="B1:B400">{long}</f><v>1</v></c></row>{followers}"#
    );
    let bytes = sheets(&vec![sheet(&shared, ""); 12]);
    // A follower takes 901 + 64 bytes: 398 of them 384,070; so there is room for the followers of two sheets.
    let limits = Limits { part: 1 << 20, ..Limits::default() };
    for _ in 0..20 {
        let workbook = read("x.xlsx", &bytes, &limits).unwrap();
        let kept: Vec<usize> = workbook.sheets.iter().map(|sheet| sheet.formulas.len()).collect();
        assert_eq!(kept, [399, 399, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let told = &workbook.remarks[0].en;
        assert!(told.contains(&format!("{} cells", 10 * 399)), "{told}");
    }
}
