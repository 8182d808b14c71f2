//! What is nested without end, in every format: a thread with the stack that Windows gives a program's first one reads
//! and checks it, since an overflow ends the process and no code can catch it.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail them")]

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::time::{Duration, Instant};

use gouji::model::ReadErrorCode;
use gouji::pipeline::Options;
use gouji::pipeline::{Input, run};
use gouji::read::{Limits, read};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const STACK: usize = 1 << 20;
const DEEP: usize = 100_000;

const TYPES: &str = r#"<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#;
const RELS: &str = r#"<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str =
    r#"<workbook><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#;
const BOOK_RELS: &str = r#"<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="r3" Type="http://x/styles" Target="styles.xml"/></Relationships>"#;
const SHEET: &str =
    r#"<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>"#;
const SHEET_RELS: &str = r#"<Relationships><Relationship Id="r1" Type="http://x/comments" Target="../comments1.xml"/></Relationships>"#;

fn pack(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in parts {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A small .xlsx with one part replaced.
fn xlsx(part: &str, text: &str) -> Vec<u8> {
    let parts = [
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", RELS),
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", BOOK_RELS),
        ("xl/worksheets/sheet1.xml", SHEET),
        ("xl/worksheets/_rels/sheet1.xml.rels", SHEET_RELS),
        ("xl/sharedStrings.xml", "<sst/>"),
        ("xl/styles.xml", "<styleSheet/>"),
        ("xl/comments1.xml", "<comments/>"),
    ];
    let parts: Vec<(&str, &[u8])> = parts
        .iter()
        .map(|(name, own)| (*name, if *name == part { text.as_bytes() } else { own.as_bytes() }))
        .collect();
    pack(&parts)
}

/// An .xlsx whose cells have these formulas with the stored value 1, all in column A.
fn formulas<'f>(formulas: impl IntoIterator<Item = &'f str>) -> Vec<u8> {
    let mut rows = String::new();
    for (index, formula) in formulas.into_iter().enumerate() {
        let row = index + 1;
        let formula = formula.replace('&', "&amp;").replace('<', "&lt;");
        write!(rows, r#"<row r="{row}"><c r="A{row}"><f>{formula}</f><v>1</v></c></row>"#).unwrap();
    }
    xlsx(
        "xl/worksheets/sheet1.xml",
        &format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"),
    )
}

fn nested(open: &str, inside: &str, close: &str, times: usize) -> String {
    open.repeat(times) + inside + &close.repeat(times)
}

/// Reads a file, and checks it from end to end, on a small stack; the number of sheets or the refusal.
fn outcome(name: &str, bytes: Vec<u8>) -> Result<usize, ReadErrorCode> {
    let own = name.to_owned();
    let work = move || {
        let result = read(&own, &bytes, &Limits::default());
        let result = result.map(|workbook| workbook.sheets.len()).map_err(|error| error.code);
        let input = Input { path: own, bytes: Ok(bytes) };
        run(&[input], &Options::default(), &Limits::default());
        result
    };
    let started = Instant::now();
    let result = std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join();
    let most = if cfg!(debug_assertions) { 60 } else { 5 };
    assert!(started.elapsed() < Duration::from_secs(most), "{name}: {:?}", started.elapsed());
    result.unwrap_or_else(|_| panic!("{name} panicked"))
}

#[test]
fn xml_of_xlsx_goes_no_deeper_than_its_limit() {
    for (part, open, close, root) in [
        ("xl/worksheets/sheet1.xml", "<x>", "</x>", "worksheet"),
        ("xl/worksheets/sheet1.xml", "<sheetData>", "</sheetData>", "worksheet"),
        ("xl/sharedStrings.xml", "<si><r>", "</r></si>", "sst"),
        ("xl/styles.xml", "<fonts>", "</fonts>", "styleSheet"),
        ("xl/comments1.xml", "<comment ref=\"A1\"><text>", "</text></comment>", "comments"),
        ("xl/workbook.xml", "<sheets>", "</sheets>", "workbook"),
        ("_rels/.rels", "<Relationship>", "</Relationship>", "Relationships"),
        ("[Content_Types].xml", "<Override>", "</Override>", "Types"),
    ] {
        let xml = format!("<{root}>{}</{root}>", nested(open, "", close, DEEP));
        let name = format!("{part}.xlsx");
        assert_eq!(outcome(&name, xlsx(part, &xml)), Err(ReadErrorCode::TooLarge), "{part} {open}");
    }
}

#[test]
fn formulas_nest_as_deep_as_they_like() {
    let shapes: [&dyn Fn(usize) -> String; 16] = [
        &|n| nested("(", "1", ")", n),
        &|n| nested("IF(1,", "1", ")", n),
        &|n| nested("SUM(B1,-(", "1", "))", n),
        &|n| nested("{", "1", "}", n),
        &|n| nested("[", "1", "]", n),
        &|n| nested("-", "1", "", n),
        &|n| nested("+-", "1", "%", n),
        &|n| nested("@", "B1", "#", n),
        &|n| nested("1^", "1", "", n),
        &|n| nested("1+", "1", "", n),
        &|n| nested("1*", "1", "", n),
        &|n| nested("1&", "1", "", n),
        &|n| nested("1<", "1", "", n),
        &|n| nested("B1:", "B1", "", n),
        &|n| nested("B1 ", "B1", "", n),
        &|n| nested("'", "1", "\"", n),
    ];
    let texts: Vec<String> = [60, 64, 300, 4000, DEEP]
        .into_iter()
        .flat_map(|times| shapes.iter().map(move |shape| shape(times)))
        .collect();
    let bytes = formulas(texts.iter().map(String::as_str));
    assert_eq!(outcome("formulas.xlsx", bytes), Ok(1));
}

#[test]
fn cells_and_names_that_go_on_in_others_end() {
    // Each cell is the next one, none was ever calculated; and two that are each other.
    let mut rows = String::new();
    for row in 1..=20_000 {
        write!(rows, r#"<row r="{row}"><c r="A{row}"><f>A{}+0</f></c></row>"#, row + 1).unwrap();
    }
    rows.push_str(r#"<row r="20001"><c r="A20001"><v>1</v></c><c r="B20001"><f>C20001</f></c><c r="C20001"><f>B20001</f></c></row>"#);
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    assert_eq!(outcome("chain.xlsx", xlsx("xl/worksheets/sheet1.xml", &sheet)), Ok(1));

    let mut names = String::new();
    for index in 0..5000 {
        write!(names, r#"<definedName name="n{index}">n{}*1</definedName>"#, index + 1).unwrap();
    }
    names.push_str(r#"<definedName name="n5000">n0</definedName>"#);
    let book =
        BOOK.replace("</workbook>", &format!("<definedNames>{names}</definedNames></workbook>"));
    let cell = r#"<worksheet><sheetData><row r="1"><c r="A1"><f>n0+n4999</f><v>1</v></c></row></sheetData></worksheet>"#;
    let parts: [(&str, &[u8]); 5] = [
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("_rels/.rels", RELS.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", BOOK_RELS.as_bytes()),
        ("xl/worksheets/sheet1.xml", cell.as_bytes()),
    ];
    assert_eq!(outcome("names.xlsx", pack(&parts)), Ok(1));
}

fn record(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut out = kind.to_le_bytes().to_vec();
    out.extend(u16::try_from(payload.len()).unwrap().to_le_bytes());
    out.extend(payload);
    out
}

/// An .xls, as a bare stream of records, with a formula of these tokens.
fn xls(tokens: &[u8]) -> Vec<u8> {
    let start_of = |kind: u8| record(0x0809, &[0, 6, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut book = start_of(5);
    let offset = u32::try_from(book.len() + 4 + 9 + 4).unwrap();
    let mut tab = offset.to_le_bytes().to_vec();
    tab.extend([0, 0, 1, 0, b'S']);
    book.extend(record(0x85, &tab));
    book.extend(record(0x0A, &[]));
    book.extend(start_of(0x10));
    let mut cell = vec![0; 6];
    cell.extend(1_f64.to_le_bytes());
    cell.extend([0; 6]);
    cell.extend(u16::try_from(tokens.len()).unwrap().to_le_bytes());
    cell.extend(tokens);
    book.extend(record(0x06, &cell));
    book.extend(record(0x0A, &[]));
    book
}

/// An .xlsb with a formula of these tokens.
fn xlsb(tokens: &[u8]) -> Vec<u8> {
    let book = [
        &[0x9C, 0x01, 22, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, b'r', 0, b'1', 0, 1, 0, 0, 0][..],
        b"S\0",
    ]
    .concat();
    let mut cell = vec![0; 8];
    cell.extend(1_f64.to_le_bytes());
    cell.extend([0; 2]);
    cell.extend(u32::try_from(tokens.len()).unwrap().to_le_bytes());
    cell.extend(tokens);
    cell.extend([0; 4]);
    let length = cell.len();
    let mut sheet = vec![0x91, 0x01, 0, 0, 25];
    sheet.extend([0; 25]);
    sheet.push(9);
    sheet.extend(
        (0..4).map(|at| ((length >> (7 * at)) & 0x7F) as u8 | if at < 3 { 0x80 } else { 0 }),
    );
    sheet.extend(&cell);
    sheet.extend([0x92, 0x01, 0]);
    let rels = RELS.replace("workbook.xml", "workbook.bin");
    let book_rels = r#"<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="sheet1.bin"/></Relationships>"#;
    pack(&[
        ("_rels/.rels", rels.as_bytes()),
        ("xl/workbook.bin", &book),
        ("xl/_rels/workbook.bin.rels", book_rels.as_bytes()),
        ("xl/sheet1.bin", &sheet),
    ])
}

#[test]
fn formulas_of_binary_formats_nest_as_deep_as_they_like() {
    // The number 1, then parentheses around it, or signs before it.
    for token in [0x15_u8, 0x13] {
        let tokens = |count: usize| {
            let mut tokens = vec![0x1E, 1, 0];
            tokens.resize(3 + count, token);
            tokens
        };
        for count in [40, 8000] {
            assert_eq!(outcome("deep.xls", xls(&tokens(count))), Ok(1));
        }
        for count in [40, 16_000, 4_000_000] {
            assert_eq!(outcome("deep.xlsb", xlsb(&tokens(count))), Ok(1));
        }
        let bytes = xlsb(&tokens(40));
        let workbook = read("deep.xlsb", &bytes, &Limits::default()).unwrap();
        let formula = &workbook.sheets[0].formulas[0].1.text;
        let shown =
            if token == 0x15 { nested("(", "1", ")", 40) } else { nested("-", "1", "", 40) };
        assert_eq!(**formula, *shown);
    }
}

#[test]
fn open_documents_go_no_deeper_than_their_limit() {
    let content = |inside: &str| {
        format!(
            r#"<office:document-content><office:body><office:spreadsheet><table:table table:name="S">{inside}</table:table></office:spreadsheet></office:body></office:document-content>"#
        )
    };
    let ods = |inside: &str| {
        pack(&[
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            ("content.xml", content(inside).as_bytes()),
        ])
    };
    let cell = |attributes: &str, inside: &str| {
        format!(
            "<table:table-row><table:table-cell {attributes}>{inside}</table:table-cell></table:table-row>"
        )
    };
    for inside in [
        nested("<table:table-row-group>", "", "</table:table-row-group>", DEEP),
        nested("<table:table>", "", "</table:table>", DEEP),
        cell("", &nested("<text:p><text:span>", "x", "</text:span></text:p>", DEEP)),
        cell("", &nested("<office:annotation>", "x", "</office:annotation>", DEEP)),
        cell(
            "",
            &nested(
                "<table:table><table:table-row><table:table-cell>",
                "x",
                "</table:table-cell></table:table-row></table:table>",
                DEEP,
            ),
        ),
    ] {
        assert_eq!(outcome("deep.ods", ods(&inside)), Err(ReadErrorCode::TooLarge));
    }
    for (open, close) in [("(", ")"), ("-", ""), ("[", "]"), ("IF(1;", ")"), ("{", "}")] {
        let formula = nested(open, "1", close, DEEP);
        let cell = cell(
            &format!(r#"table:formula="of:={formula}" office:value-type="float" office:value="1""#),
            "",
        );
        assert_eq!(outcome("formula.ods", ods(&cell)), Ok(1), "{open}");
    }
    let flat = format!(
        r#"<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0">{}</office:document>"#,
        nested("<office:body>", "", "</office:body>", DEEP)
    );
    assert_eq!(outcome("deep.fods", flat.into_bytes()), Err(ReadErrorCode::TooLarge));
}

#[test]
fn spreadsheetml_goes_no_deeper_than_its_limit() {
    let document = |inside: &str| {
        format!(r#"<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet Name="S"><Table><Row>{inside}</Row></Table></Worksheet></Workbook>"#)
            .into_bytes()
    };
    for (open, close) in
        [("<Cell>", "</Cell>"), ("<Cell><Data>", "</Data></Cell>"), ("<b>", "</b>")]
    {
        let bytes = document(&nested(open, "1", close, DEEP));
        assert_eq!(outcome("deep.xml", bytes), Err(ReadErrorCode::TooLarge), "{open}");
    }
    for (open, close) in [("(", ")"), ("-", ""), ("R[", "]"), ("'", "")] {
        let formula = nested(open, "1", close, DEEP);
        let cell = format!(r#"<Cell Formula="={formula}"><Data Type="Number">1</Data></Cell>"#);
        assert_eq!(outcome("formula.xml", document(&cell)), Ok(1), "{open}");
    }
}

#[test]
fn pages_nest_their_tables_no_deeper_than_a_constant() {
    let table = nested("<table><tr><td>", "1", "</td></tr></table>", 10_000);
    assert_eq!(outcome("deep.html", table.into_bytes()), Err(ReadErrorCode::TooLarge));
    let open = "<table><tr><td>".repeat(10_000);
    assert_eq!(outcome("open.html", open.into_bytes()), Err(ReadErrorCode::TooLarge));
    for (open, close) in
        [("<div>", "</div>"), ("<b>", ""), ("<!--", "-->"), ("<script>", "</script>")]
    {
        let page = format!("<table><tr><td>1<td>{}2</table>", nested(open, "x", close, DEEP));
        assert_eq!(outcome("deep.html", page.into_bytes()), Ok(1), "{open}");
    }
    let part = "--X\r\nContent-Type: multipart/related; boundary=\"X\"\r\n\r\n";
    let mail = format!(
        "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"X\"\r\n\r\n{}--X\r\nContent-Type: text/html\r\n\r\n<table><tr><td>1</table>\r\n--X--",
        part.repeat(10_000)
    );
    // No program writes so many parts: those behind the first thousand are not read.
    assert_eq!(outcome("deep.mht", mail.into_bytes()), Err(ReadErrorCode::NotAWorkbook));
}

#[test]
fn documents_nest_their_tables_no_deeper_than_a_constant() {
    let docx = |body: &str| {
        let types = TYPES
            .replace("/xl/workbook.xml", "/word/document.xml")
            .replace("spreadsheetml.sheet", "wordprocessingml.document");
        let rels = RELS.replace("xl/workbook.xml", "word/document.xml");
        pack(&[
            ("[Content_Types].xml", types.as_bytes()),
            ("_rels/.rels", rels.as_bytes()),
            (
                "word/document.xml",
                format!("<w:document><w:body>{body}</w:body></w:document>").as_bytes(),
            ),
        ])
    };
    let open = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>1</w:t></w:r></w:p></w:tc><w:tc>";
    let close = "</w:tc></w:tr></w:tbl>";
    assert_eq!(
        outcome("deep.docx", docx(&nested(open, "", close, 10_000))),
        Err(ReadErrorCode::TooLarge)
    );
    // Each of the first tables is a sheet; what lies deeper is text.
    assert_eq!(outcome("nested.docx", docx(&nested(open, "", close, 60))), Ok(9));
    let table = nested(open, "", close, 1);
    for (open, close) in
        [("<w:sdt>", "</w:sdt>"), ("<w:p><w:r>", "</w:r></w:p>"), ("<w:ins>", "</w:ins>")]
    {
        let body = nested(open, &table, close, DEEP);
        assert_eq!(outcome("deep.docx", docx(&body)), Err(ReadErrorCode::TooLarge), "{open}");
    }
}

#[test]
fn texts_nest_as_deep_as_they_like() {
    for field in [
        nested("(", "1", ")", DEEP / 5),
        nested("（", "其中：", "）", DEEP / 5),
        nested("-", "1", "", DEEP / 5),
        nested("一、", "收入", "", DEEP / 5),
        nested("1.", "收入", "", DEEP / 5),
        nested("十", "万", "亿", DEEP / 5),
        nested("1=2+", "3", "", DEEP / 5),
        nested("　", "收入", "", DEEP / 5),
        nested("\"\"", "", "", DEEP / 5),
    ] {
        let text =
            format!("单位：万元\n项目,{field},金额\n{field},{field},1\n甲,2,{field}\n合计,3,4\n");
        assert_eq!(outcome("deep.csv", text.into_bytes()), Ok(1));
    }
}

#[test]
fn packages_inside_packages_are_not_opened() {
    let mut bytes = xlsx("", "");
    for _ in 0..200 {
        bytes = pack(&[("x.xlsx", &bytes)]);
    }
    assert_eq!(outcome("deep.zip", bytes), Err(ReadErrorCode::NotAWorkbook));
}
