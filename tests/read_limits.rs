//! Files made to hurt: each is read or refused in bounded time and memory, with the code that fits.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail them")]
#![expect(clippy::format_collect, reason = "a test builds its input")]

use std::io::{Cursor, Write as _};
use std::time::{Duration, Instant};

use gouji::model::{ReadErrorCode, Value, Workbook};
use gouji::read::{Limits, read};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const TYPES: &str = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#;
const RELS: &str = r#"<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str =
    r#"<workbook><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#;
const BOOK_RELS: &str = r#"<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://x/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;

/// A package of a workbook with one sheet of that XML, and more parts.
fn package(sheet: &[u8], more: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let parts = [
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("_rels/.rels", RELS.as_bytes()),
        ("xl/workbook.xml", BOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", BOOK_RELS.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    for (name, bytes) in parts.iter().chain(more) {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn sheet(rows: &str) -> Vec<u8> {
    format!("<worksheet><sheetData>{rows}</sheetData></worksheet>").into_bytes()
}

fn opened(bytes: &[u8]) -> Result<Workbook, ReadErrorCode> {
    read("x.xlsx", bytes, &Limits::default()).map_err(|error| error.code)
}

#[test]
fn the_corners_of_the_grid_cost_nothing() {
    let rows = r#"<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2.50</v></c></row>"#;
    let started = Instant::now();
    let workbook = opened(&package(&sheet(rows), &[])).unwrap();
    assert!(started.elapsed() < Duration::from_secs(1));
    let sheet = &workbook.sheets[0];
    assert_eq!(sheet.cell_count(), 2);
    let corner = "XFD1048576".parse().unwrap();
    assert_eq!(sheet.value(corner), Value::Number("2.5".parse().unwrap()));
}

#[test]
fn what_lies_off_the_grid_or_contradicts_itself_is_refused() {
    for rows in [
        r#"<row r="2147483647"><c><v>1</v></c></row>"#,
        r#"<row r="1048577"><c><v>1</v></c></row>"#,
        r#"<row r="-1"><c><v>1</v></c></row>"#,
        r#"<row r="0"><c><v>1</v></c></row>"#,
        r#"<row r="1"><c r="XFE1"><v>1</v></c></row>"#,
        r#"<row r="1"><c r="A0"><v>1</v></c></row>"#,
        r#"<row r="1"><c r="A1048577"><v>1</v></c></row>"#,
        r#"<row r="1"><c r="A2"><v>1</v></c></row>"#,
        r#"<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>"#,
        r#"<row r="1"><c r="A1" t="s"><v>0</v></c></row>"#,
        r#"<row r="1"><c r="A1"><f t="shared" si="3"/><v>0</v></c></row>"#,
    ] {
        let error = read("x.xlsx", &package(&sheet(rows), &[]), &Limits::default()).unwrap_err();
        assert_eq!(error.code, ReadErrorCode::Damaged, "{rows}");
        assert_eq!(error.sheet.as_deref(), Some("S"), "{rows}");
        assert!(error.message.zh.contains('S') && !error.hint.en.is_empty(), "{rows}");
    }
    // Out of order, or twice the same, is odd but says nothing false.
    for rows in [
        r#"<row r="2"><c r="A2"><v>2</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>"#,
        r#"<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>1.0</v></c></row>"#,
    ] {
        let workbook = opened(&package(&sheet(rows), &[])).unwrap();
        assert_eq!(workbook.sheets[0].value("A1".parse().unwrap()), Value::Number(1.into()));
    }
}

#[test]
fn a_bomb_is_counted_while_it_inflates() {
    // Half a gigabyte of blanks in half a megabyte.
    let mut bomb = b"<worksheet><sheetData>".to_vec();
    bomb.resize(512 << 20, b' ');
    let bytes = package(&bomb, &[]);
    drop(bomb);
    assert!(bytes.len() < 1 << 20);
    let limits = Limits { inflated: 64 << 20, ..Limits::default() };
    let started = Instant::now();
    let error = read("x.xlsx", &bytes, &limits).unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(20));
    assert!(
        matches!(error.code, ReadErrorCode::TooLarge | ReadErrorCode::Hostile),
        "{:?}",
        error.code
    );
    let limits = Limits { part: 1 << 20, ..Limits::default() };
    let error = read("x.xlsx", &bytes, &limits).unwrap_err();
    assert_eq!(error.code, ReadErrorCode::TooLarge);
    assert!(error.message.zh.contains("1048576") && error.message.en.contains("--max-part"));
}

#[test]
fn a_million_shared_strings_are_bounded() {
    let mut strings = b"<sst>".to_vec();
    for _ in 0..1_000_000 {
        strings.extend_from_slice(b"<si><t>a</t></si>");
    }
    strings.extend_from_slice(b"</sst>");
    let rows = r#"<row r="1"><c r="A1" t="s"><v>999999</v></c></row>"#;
    let bytes = package(&sheet(rows), &[("xl/sharedStrings.xml", &strings)]);
    assert_eq!(opened(&bytes).unwrap().sheets[0].text("A1".parse().unwrap()), Some("a"));
    let limits = Limits { strings: 999_999, ..Limits::default() };
    let error = read("x.xlsx", &bytes, &limits).unwrap_err();
    assert_eq!(error.code, ReadErrorCode::TooLarge);
    assert!(error.message.en.contains("--max-strings"), "{}", error.message.en);
}

#[test]
fn limits_are_named_in_the_refusal() {
    let rows = r#"<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>1</v></c></row>"#;
    let bytes = package(&sheet(rows), &[]);
    for (limits, option) in [
        (Limits { container: 10, ..Limits::default() }, "--max-file"),
        (Limits { parts: 2, ..Limits::default() }, "--max-parts"),
        (Limits { cells: 1, likely: false, ..Limits::default() }, "--max-cells"),
        (Limits { depth: 2, ..Limits::default() }, "--max-depth"),
        (Limits { inflated: 100, ..Limits::default() }, "--max-inflated"),
    ] {
        let error = read("x.xlsx", &bytes, &limits).unwrap_err();
        assert_eq!(error.code, ReadErrorCode::TooLarge, "{option}");
        assert!(error.message.zh.contains(option) && error.hint.zh.contains(option), "{option}");
    }
}

#[test]
fn a_doctype_and_a_wrong_checksum_are_refused() {
    let doctype = br#"<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData/></worksheet>"#;
    assert_eq!(opened(&package(doctype, &[])).unwrap_err(), ReadErrorCode::Hostile);

    let good = package(&sheet(r#"<row r="1"><c r="A1"><v>1</v></c></row>"#), &[]);
    // The checksum in the directory: 16 bytes into the last entry's header.
    let last = good.windows(4).rposition(|w| w == [0x50, 0x4B, 1, 2]).unwrap();
    let mut bad = good.clone();
    bad[last + 16] ^= 1;
    assert_eq!(opened(&bad).unwrap_err(), ReadErrorCode::Damaged);

    // Something in front of the package: another reader might see another file.
    let mut prefixed = b"PK\x03\x04xxxx".to_vec();
    prefixed.extend_from_slice(&good);
    assert_eq!(opened(&prefixed).unwrap_err(), ReadErrorCode::Hostile);
}

#[test]
fn every_truncation_and_flip_gives_a_typed_result() {
    let rows: String = (1..40)
        .map(|r| format!(r#"<row r="{r}"><c r="A{r}"><v>{r}.5</v></c><c r="B{r}" t="str"><f>A{r}</f><v>x</v></c></row>"#))
        .collect();
    let xlsx = package(&sheet(&rows), &[("xl/sharedStrings.xml", b"<sst><si><t>a</t></si></sst>")]);
    let html = "<table><tr><td colspan=2>合计<tr><td>1<td>2</table>".repeat(8).into_bytes();
    let csv = "项目,金额\n\"甲\",\"1,234.50\"\n".repeat(20).into_bytes();
    let xml = r#"<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet Name="a"><Table><Row><Cell Formula="=R[-1]C"><Data Type="Number">1</Data></Cell></Row></Table></Worksheet></Workbook>"#.as_bytes().to_vec();
    for (name, seed) in [("a.xlsx", xlsx), ("a.html", html), ("a.csv", csv), ("a.xml", xml)] {
        for end in 0..seed.len() {
            let _ = read(name, &seed[..end], &Limits::default());
        }
        let mut flipped = seed.clone();
        for at in 0..flipped.len() {
            let bit = 1 << (at % 8);
            flipped[at] ^= bit;
            let _ = read(name, &flipped, &Limits::default());
            flipped[at] ^= bit;
        }
    }
}

#[test]
fn what_is_no_index_of_a_shared_string_is_told_as_it_stands() {
    for index in ["-1", "1.5", "合计", "99999999999999999999"] {
        let rows = format!(r#"<row r="1"><c r="B1" t="s"><v> {index} </v></c></row>"#);
        let bytes = package(&sheet(&rows), &[("xl/sharedStrings.xml", b"<sst/>")]);
        let error = read("x.xlsx", &bytes, &Limits::default()).unwrap_err();
        assert_eq!(error.code, ReadErrorCode::Damaged, "{index}");
        assert_eq!(error.cell, "B1".parse().ok(), "{index}");
        assert!(error.message.zh.contains(&format!("“{index}”")), "{}", error.message.zh);
    }
}

#[test]
fn formulas_that_cells_share_are_counted_as_they_are_written_out() {
    let long = "A1+".repeat(800) + "1";
    let followers: String = (2..3000)
        .map(|r| format!(r#"<row r="{r}"><c r="B{r}"><f t="shared" si="0"/><v>1</v></c></row>"#))
        .collect();
    let shared = format!(
        r#"<row r="1"><c r="B1"><f t="shared" si="0" ref="B1:B3000">{long}</f><v>1</v></c></row>{followers}"#
    );
    let cells: String =
        (2..3000).map(|r| format!(r#"<row r="{r}"><c r="B{r}"><v>1</v></c></row>"#)).collect();
    let array = format!(
        r#"<row r="1"><c r="B1"><f t="array" ref="B1:B3000">{long}</f><v>1</v></c></row>{cells}"#
    );
    let limits = Limits { part: 1 << 20, ..Limits::default() };
    for rows in [shared, array] {
        let bytes = package(&sheet(&rows), &[]);
        assert_eq!(opened(&bytes).unwrap().sheets[0].formulas.len(), 2999);
        let workbook = read("x.xlsx", &bytes, &limits).unwrap();
        assert!(
            (1..500).contains(&workbook.sheets[0].formulas.len()),
            "as many as there is room for"
        );
        assert_eq!(workbook.sheets[0].cell_count(), 2999, "the values stay");
        assert!(workbook.remarks.iter().any(|remark| remark.en.contains("only the values")));
    }
    let content = format!(
        r#"<office:document-content><office:body><office:spreadsheet><table:table table:name="S"><table:table-row table:number-rows-repeated="3000"><table:table-cell table:formula="of:={}" office:value-type="float" office:value="1"/></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"#,
        "[.A1]+".repeat(2000) + "1"
    );
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [
        ("mimetype", &b"application/vnd.oasis.opendocument.spreadsheet"[..]),
        ("content.xml", content.as_bytes()),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    let ods = zip.finish().unwrap().into_inner();
    let workbook = read("x.ods", &ods, &limits).unwrap();
    assert!((1..300).contains(&workbook.sheets[0].formulas.len()));
    assert_eq!(workbook.sheets[0].cell_count(), 3000);
    assert!(workbook.remarks.iter().any(|remark| remark.en.contains("only the values")));
}

#[test]
fn the_same_sheets_are_kept_whatever_thread_is_faster() {
    let mut book = rust_xlsxwriter::Workbook::new();
    for cells in [600, 600, 300, 600, 100, 50] {
        let sheet = book.add_worksheet();
        for row in 0..cells / 10 {
            for column in 0..10 {
                sheet.write(row, column, 1).unwrap();
            }
        }
    }
    let bytes = book.save_to_buffer().unwrap();
    let limits = Limits { cells: 1000, likely: false, ..Limits::default() };
    for _ in 0..50 {
        let workbook = read("x.xlsx", &bytes, &limits).unwrap();
        let kept: Vec<&str> = workbook.sheets.iter().map(|sheet| sheet.name.as_str()).collect();
        assert_eq!(kept, ["Sheet1", "Sheet3", "Sheet5"], "as many as fit, from the first on");
        let refused = workbook.refused_sheets.iter();
        assert!(refused.clone().all(|sheet| sheet.error.code == ReadErrorCode::TooLarge));
        assert_eq!(refused.count(), 3);
    }
}

/// No option makes a sheet larger: what does not fit is told so, with what helps.
#[test]
fn what_no_sheet_can_hold_is_to_be_split() {
    let wide = format!("项目{}\n甲{}\n", ",金额".repeat(17_000), ",1".repeat(17_000));
    let page = format!("<table><tr>{}</table>", "<td>1".repeat(17_000));
    for (name, text) in [("x.csv", wide), ("x.html", page)] {
        let error = read(name, text.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(error.code, ReadErrorCode::TooLarge, "{name}");
        assert!(error.message.zh.contains("16384 列"), "{name}: {}", error.message.zh);
        assert!(error.hint.zh.contains("拆成") && !error.hint.zh.contains("--"), "{name}");
    }
}

/// Files of some kilobytes that hold what takes gigabytes: cells, lines, texts. Who trusts one says so.
#[test]
fn a_small_file_holds_no_more_than_its_size_makes_likely() {
    let number = "<c><v>1</v></c>";
    let inline = |text: &str| format!(r#"<c t="inlineStr"><is><t>{text}</t></is></c>"#);
    let cells = format!("<row>{}</row>", number.repeat(1000)).repeat(1900);
    let lines = format!("<row>{number}</row>").repeat(380_000);
    let texts: String = (0..130)
        .map(|at| format!("<row>{}</row>", inline(&format!("{at}{}", "甲".repeat(330_000)))))
        .collect();
    let shared: String =
        (0..130).map(|at| format!("<si><t>{at}{}</t></si>", "甲".repeat(330_000))).collect();
    let shared = format!("<sst>{shared}</sst>");
    let opened_ods = |rows: &str| {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let content = format!(
            r#"<office:document-content><office:body><office:spreadsheet><table:table table:name="S">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"#
        );
        for (name, text) in [
            ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
            ("content.xml", &content),
        ] {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        ("x.ods", zip.finish().unwrap().into_inner())
    };
    let value = r#"<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="COLUMNS"/>"#;
    let repeated = |rows: u32, columns: u32| {
        let cells = value.replace("COLUMNS", &columns.to_string());
        opened_ods(&format!(
            r#"<table:table-row table:number-rows-repeated="{rows}">{cells}</table:table-row>"#
        ))
    };
    let spelled: String = (0..130)
        .map(|at| format!(r#"<table:table-row><table:table-cell office:value-type="string"><text:p>{at}{}</text:p></table:table-cell></table:table-row>"#, "甲".repeat(330_000)))
        .collect();
    let hurting = [
        ("x.xlsx", package(&sheet(&cells), &[])),
        ("x.xlsx", package(&sheet(&lines), &[])),
        ("x.xlsx", package(&sheet(&texts), &[])),
        ("x.xlsx", package(&sheet(""), &[("xl/sharedStrings.xml", shared.as_bytes())])),
        repeated(1900, 1000),
        repeated(380_000, 1),
        opened_ods(&spelled),
    ];
    for (number, (name, bytes)) in hurting.into_iter().enumerate() {
        assert!(bytes.len() < 1 << 20, "{number}: {}", bytes.len());
        let error =
            read(name, &bytes, &Limits::default()).map(|book| book.refused_sheets[0].error.clone());
        let error = error.unwrap_or_else(|error| error);
        assert_eq!(error.code, ReadErrorCode::TooLarge, "{number}");
        assert!(error.hint.zh.contains("--max-cells"), "{number}: {}", error.hint.zh);
    }
    // A form of a hundred thousand lines of zeros is no attack, and what is trusted is read.
    let zeros = format!("<row>{}</row>", "<c><v>0</v></c>".repeat(10)).repeat(100_000);
    let workbook = opened(&package(&sheet(&zeros), &[])).unwrap();
    assert_eq!(workbook.sheets[0].cell_count(), 1_000_000);
    let limits = Limits { likely: false, ..Limits::default() };
    let workbook = read("x.xlsx", &package(&sheet(&lines), &[]), &limits).unwrap();
    assert_eq!(workbook.sheets[0].cell_count(), 380_000);
}

#[test]
fn there_are_no_more_sheets_than_parts() {
    let limits = Limits { parts: 20, ..Limits::default() };
    let xml = format!(
        r#"<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">{}</Workbook>"#,
        r#"<Worksheet Name="a"><Table><Row><Cell><Data Type="Number">1</Data></Cell></Row></Table></Worksheet>"#.repeat(21)
    );
    let error = read("x.xml", xml.as_bytes(), &limits).unwrap_err();
    assert_eq!(error.code, ReadErrorCode::TooLarge);
    assert!(error.message.en.contains("sheets") && error.message.en.contains("--max-parts"));
    assert_eq!(read("x.xml", xml.as_bytes(), &Limits::default()).unwrap().sheets.len(), 21);
}

#[test]
fn what_repeats_itself_over_rows_and_columns_ends() {
    let limits = Limits { cells: 100_000, ..Limits::default() };
    let page = format!(
        "<table><tr>{}{}</table>",
        "<td rowspan=65536>".repeat(10_000),
        "<tr><td>1".repeat(20_000)
    );
    let xml = format!(
        r#"<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet Name="a"><Table>{}</Table></Worksheet></Workbook>"#,
        r#"<Row Index="1" Span="1048574" Hidden="1"/>"#.repeat(10_000)
    );
    for (name, bytes) in [("x.html", page), ("x.xml", xml)] {
        let started = Instant::now();
        let error = read(name, bytes.as_bytes(), &limits).unwrap_err();
        assert_eq!(error.code, ReadErrorCode::Hostile, "{name}");
        assert!(started.elapsed() < Duration::from_mins(1), "{name}");
    }
}
