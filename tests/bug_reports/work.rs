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

/// Two thousand equal figures are each the quotient of any others; what they add up to is checked all the same.
#[test]
fn equal_figures_are_added_up_and_not_divided_by_each_other() {
    let mut rows = format!(
        r#"<row r="1">{}{}{}</row>"#,
        cell("A1", "项目"),
        cell("B1", "预算数"),
        cell("C1", "决算数")
    );
    for at in 2..2002 {
        rows += &format!(
            r#"<row r="{at}">{}{}{}</row>"#,
            cell(&format!("A{at}"), &format!("项目{at}")),
            cell(&format!("B{at}"), "100"),
            cell(&format!("C{at}"), "100")
        );
    }
    rows += &format!(
        r#"<row r="2002">{}{}{}</row>"#,
        cell("A2002", "合计"),
        cell("B2002", "200000"),
        cell("C2002", "203000")
    );
    let report = checked("x.xlsx", &book("s.xml", "s.xml", sheet(&rows, "").into_bytes(), &[]));
    let errors: Vec<_> =
        report.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].place.unwrap().cell.to_string(), "C2002");
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

/// A text of a header or a label costs its length at every figure that it stands over or beside: past what any name has, no more
/// of it is read, and the figures are checked all the same.
#[test]
fn texts_longer_than_names_are_names_only_at_their_start() {
    let (header, label) = ("年初预算".to_owned() + &"金".repeat(30_000), "甲".repeat(5_000));
    let columns: Vec<String> = (0..60).map(|at| format!("第{at}项")).collect();
    let mut lines: Vec<Vec<String>> = vec![
        vec!["项目".to_owned(), header],
        [vec![String::new()], columns.clone()].concat(),
        [vec![label], vec!["510".to_owned(); 60]].concat(),
        [vec!["乙".to_owned()], vec!["730".to_owned(); 60]].concat(),
        [vec!["合计".to_owned()], vec!["1240".to_owned(); 60]].concat(),
    ];
    lines[4][2] = "1420".to_owned();
    let lines: Vec<Vec<&str>> =
        lines.iter().map(|line| line.iter().map(String::as_str).collect()).collect();
    let lines: Vec<&[&str]> = lines.iter().map(Vec::as_slice).collect();
    let merged = r#"<mergeCells count="1"><mergeCell ref="B1:BI1"/></mergeCells>"#;
    let bytes = book("s.xml", "s.xml", sheet(&rows(&lines), merged).into_bytes(), &[]);
    let report = checked("x.xlsx", &bytes);
    assert_eq!(found(&report), ["T01 C5"]);
    let table = &report.packet.tables[0];
    let long = |text: &String| text.chars().count() > 1_000;
    assert!(!table.lines.iter().any(|line| long(&line.label)));
    assert!(!table.fields.iter().flat_map(|field| &field.path).chain(&table.title).any(long));
}

/// So are the name of a sheet, which is told with every figure, and a text that is merged over very many lines.
#[test]
fn long_texts_are_not_multiplied_in_data() {
    use gouji::write::dataset::{Rows, Sheaf, Subject, file_id};
    let lines = 3_000;
    let mut table = format!(
        "<table><tr><td>主管部门<td>项目<td>金额<tr><td rowspan={lines}>{}<td>甲<td>1",
        "部".repeat(20_000)
    );
    table += &"<tr><td>乙<td>1".repeat(lines - 1);
    let page = checked("x.html", table.as_bytes());
    let content = TABLE.iter().map(|row| ods_row(row, "")).collect::<String>();
    let long = "表".repeat(50_000);
    let open = ods_encoded(&content, |text| {
        text.replace("table:name=\"支出\"", &format!("table:name=\"{long}\"")).into_bytes()
    });
    let open = checked("x.ods", &open);
    assert_eq!(found(&open), ["T01 C6"]);
    let workbook = open.packet.files[0].workbook.as_ref().unwrap();
    assert_eq!(workbook.sheets[0].name.chars().count(), 1_000);
    assert!(workbook.remarks.iter().any(|remark| remark.zh.contains("工作表名过长")));
    // The merged text would be 180 MB each in texts, paths and units of 3,000 lines; 16 MB are whole, of the rest the starts.
    for (report, most) in [(&page, 70_000_000), (&open, 500_000)] {
        let id = file_id(b"x");
        let subject =
            Subject { id: &id, path: "x", path_bytes: None, bytes: None, duplicate_of: None };
        let mut rows = Rows::default();
        rows.add(&subject, report, &mut |_| {});
        let size = |sheaf: Sheaf| {
            let batch = rows.of(sheaf);
            let texts =
                (0..batch.rows()).flat_map(|row| batch.data(row)).map(|datum| match datum {
                    gouji::write::dataset::Datum::Text(text) => text.len(),
                    _ => 0,
                });
            texts.sum::<usize>()
        };
        let size = size(Sheaf::Lines) + size(Sheaf::Facts);
        assert!(size < most, "{size}");
    }
}

/// Formulas of a thousand references each are parsed up to a bound; how many were not is said.
#[test]
fn formulas_too_long_and_too_many_are_told() {
    let mut cells = format!("<row r=\"1\">{}{}</row>", cell("A1", "项目"), cell("B1", "金额"));
    for at in 2..602 {
        // Each of a length of its own, so that no two are one form.
        let sum = vec!["A$2"; 900 + at].join("+");
        cells += &format!(
            "<row r=\"{at}\"><c r=\"A{at}\"><v>1</v></c><c r=\"B{at}\"><f>{sum}</f><v>1</v></c></row>"
        );
    }
    let report = checked("x.xlsx", &book("s.xml", "s.xml", sheet(&cells, "").into_bytes(), &[]));
    let remarks = &report.packet.files[0].workbook.as_ref().expect("read").remarks;
    assert!(remarks.iter().any(|remark| remark.zh.contains("公式过长过多")), "{remarks:?}");
    assert!(remarks.iter().any(|remark| remark.en.contains("formulas, unchecked")), "{remarks:?}");
    // The cells are counted, and not their forms: a shared one stands in four cells more.
    let of = |extra: &str| {
        let cells = format!("{cells}{extra}");
        let bytes = book("s.xml", "s.xml", sheet(&cells, "").into_bytes(), &[]);
        let report = checked("x.xlsx", &bytes);
        let remarks = &report.packet.files[0].workbook.as_ref().expect("read").remarks;
        let told = remarks.iter().find(|remark| remark.zh.contains("公式过长过多")).expect("told");
        let digits: String = told.zh.chars().filter(char::is_ascii_digit).collect();
        digits.parse::<u32>().expect("a count")
    };
    let long = vec!["A$2"; 1_600].join("+");
    let shared: String = (602..607)
        .map(|at| format!("<row r=\"{at}\"><c r=\"B{at}\"><f>{long}</f><v>1</v></c></row>"))
        .collect();
    assert_eq!(of(&shared), of("") + 5);
}

/// What lines are called is kept as far as all lines of a workbook have room for it, and shown as far as people read.
#[test]
fn long_names_are_not_multiplied_by_lines_and_findings() {
    let label = "甲".repeat(2_000);
    let lines = |count: u32| {
        let mut cells = rows(&[&["项目", "年初数", "调整数", "合计数"]]);
        for at in 2..count + 2 {
            cells += &format!(
                "<row r=\"{at}\">{}{}{}<c r=\"D{at}\"><f>B{at}+C{at}</f><v>900</v></c></row>",
                cell(&format!("A{at}"), &label),
                cell(&format!("B{at}"), "100"),
                cell(&format!("C{at}"), "200"),
            );
        }
        checked("x.xlsx", &book("s.xml", "s.xml", sheet(&cells, "").into_bytes(), &[]))
    };
    let few = lines(3);
    assert_eq!(few.packet.tables[0].lines[1].label.chars().count(), 1_000);
    let many = lines(4_000);
    assert_eq!(many.packet.tables[0].lines[1].label.chars().count(), 499);
    let told = many.findings.iter().find(|finding| finding.rule == "T07").expect("told");
    let place = told.place.expect("a cell");
    assert_eq!(place.cell.to_string(), "D2");
    assert_eq!(many.packet.shown_label(place, Some(0)), format!("{}… / 合计数", "甲".repeat(80)));
    for text in told.diagnoses.iter().map(|cause| &cause.text).chain([&told.message]) {
        assert!(text.zh.chars().count() < 400, "{}", text.zh);
    }
}
