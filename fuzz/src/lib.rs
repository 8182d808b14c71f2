//! What the fuzz targets share: small limits, and packages around one part.

use std::io::{Cursor, Write as _};

use gouji::read::{Limits, read};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Bounds small enough that what gets through them is a finding.
pub fn limits() -> Limits {
    Limits {
        inflated: 64 << 20,
        part: 32 << 20,
        cells: 200_000,
        strings: 100_000,
        ..Limits::default()
    }
}

const PARTS: &[(&str, &str)] = &[
    (
        "[Content_Types].xml",
        r#"<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#,
    ),
    (
        "_rels/.rels",
        r#"<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<workbook><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="r3" Type="http://x/styles" Target="styles.xml"/></Relationships>"#,
    ),
    (
        "xl/worksheets/sheet1.xml",
        r#"<worksheet><sheetData><row r="1"><c r="A1" s="1" t="s"><v>0</v></c><c r="B1" s="1"><f>A1*2</f><v>1</v></c></row></sheetData></worksheet>"#,
    ),
    (
        "xl/worksheets/_rels/sheet1.xml.rels",
        r#"<Relationships><Relationship Id="r1" Type="http://x/comments" Target="../comments1.xml"/></Relationships>"#,
    ),
    ("xl/comments1.xml", "<comments/>"),
    ("xl/sharedStrings.xml", "<sst><si><t>a</t></si></sst>"),
    (
        "xl/styles.xml",
        r#"<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="4"/></cellXfs></styleSheet>"#,
    ),
];

fn pack<'p>(parts: impl IntoIterator<Item = (&'p str, &'p [u8])>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in parts {
        zip.start_file(name, options).expect("room in memory");
        zip.write_all(bytes).expect("room in memory");
    }
    zip.finish().expect("room in memory").into_inner()
}

/// Reads a small .xlsx in which one part is `data`.
pub fn part(name: &str, data: &[u8]) {
    let parts = PARTS
        .iter()
        .map(|(part, text)| (*part, if *part == name { data } else { text.as_bytes() }));
    let _ = read("x.xlsx", &pack(parts), &limits());
}

/// Reads a small .xlsx whose only number format is `data`.
pub fn number_format(data: &[u8]) {
    let code: String = String::from_utf8_lossy(data)
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;");
    let xml = format!(
        r#"<styleSheet><numFmts><numFmt numFmtId="200" formatCode="{code}"/></numFmts><cellXfs><xf/><xf numFmtId="200"/></cellXfs></styleSheet>"#
    );
    part("xl/styles.xml", xml.as_bytes());
}

/// Reads a small .xlsb whose sheet is `data`.
pub fn binary_part(data: &[u8]) {
    // One record of the list of sheets: shown, number 1, relationship r1, name S.
    let mut book = vec![
        0x9C, 0x01, 22, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, b'r', 0, b'1', 0, 1, 0, 0, 0, b'S', 0,
    ];
    book[2] = (book.len() - 3) as u8;
    let rels = br#"<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="xl/workbook.bin"/></Relationships>"#;
    let book_rels = br#"<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="sheet1.bin"/></Relationships>"#;
    let sheet = [&[0x91, 0x01, 0][..], data, &[0x92, 0x01, 0]].concat();
    let parts: [(&str, &[u8]); 4] = [
        ("_rels/.rels", rels),
        ("xl/workbook.bin", &book),
        ("xl/_rels/workbook.bin.rels", book_rels),
        ("xl/sheet1.bin", &sheet),
    ];
    let _ = read("x.xlsb", &pack(parts), &limits());
}

/// Reads a stream of BIFF8 records: a head of our own, then `data`.
pub fn records(data: &[u8]) {
    let head = [0x09, 0x08, 16, 0, 0, 6, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let _ = read("x.xls", &[&head[..], data].concat(), &limits());
}

/// Reads an .ods whose content is `data`.
pub fn open_document(data: &[u8]) {
    let parts: [(&str, &[u8]); 2] =
        [("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", data)];
    let _ = read("x.ods", &pack(parts), &limits());
}

/// Reads a zip container as it is.
pub fn container(data: &[u8]) {
    let _ = read("x.xlsx", &[b"PK\x03\x04", data].concat(), &limits());
}

/// Reads any file.
pub fn whole_file(data: &[u8]) {
    let _ = read("file", data, &limits());
}

/// Reads delimited text.
pub fn delimited(data: &[u8]) {
    let _ = read("file.csv", data, &limits());
}

/// Reads a page saved as .xls.
pub fn page(data: &[u8]) {
    let _ = read("x.xls", &[b"<html><body><table>", data].concat(), &limits());
}

/// Reads `SpreadsheetML` 2003.
pub fn spreadsheetml(data: &[u8]) {
    let head = br#"<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">"#;
    let _ = read("x.xml", &[head, data].concat(), &limits());
}

/// Reads a .docx whose document is `data`.
pub fn document(data: &[u8]) {
    let types = br#"<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
    let rels = br#"<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="word/document.xml"/></Relationships>"#;
    let parts: [(&str, &[u8]); 3] =
        [("[Content_Types].xml", types), ("_rels/.rels", rels), ("word/document.xml", data)];
    let _ = read("x.docx", &pack(parts), &limits());
}

/// Reads an amount as people spell it, and as a machine does.
pub fn amounts(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = gouji::number::parse(&text);
    let _ = gouji::number::exact_text(&text);
}

/// Reads one relation.
pub fn relation(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Err(error) = gouji::lexicon::parse(&text) {
        assert!(error.at <= text.chars().count() + 1, "the place lies in the text");
    }
}

/// Reads a person's rulebook: as a kind, as lists of words, and in sections. Each run reads ours below it, which takes most of
/// its time, so that the first byte chooses one of the names.
pub fn schemas(data: &[u8]) {
    const NAMES: [&str; 5] =
        ["kinds/own.toml", "words.toml", "rules.toml", "gouji.toml", "own.toml"];
    let Some((first, data)) = data.split_first() else { return };
    let within = NAMES[usize::from(*first) % NAMES.len()];
    let text = String::from_utf8_lossy(data);
    let source = gouji::lexicon::Source::new(within, within, text.as_ref());
    for mistake in gouji::lexicon::Rulebook::of(&[source]).err().into_iter().flatten() {
        let line = text.split('\n').nth(mistake.line - 1);
        let width = line.map_or(0, |line| line.chars().count());
        assert!(mistake.column <= width + 1, "the place lies in the text");
    }
}

/// Checks delimited text from end to end.
pub fn check(data: &[u8]) {
    let input = gouji::pipeline::Input { path: "file.csv".to_owned(), bytes: Ok(data.to_vec()) };
    let _ = gouji::pipeline::run(&[input], &gouji::pipeline::Options::default(), &limits());
}

/// Every target, by the name of its file.
pub const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("amounts", amounts),
    ("check", check),
    ("comments", |data| part("xl/comments1.xml", data)),
    ("delimited", delimited),
    ("docx", document),
    ("html", page),
    ("number_format", number_format),
    ("ods_content", open_document),
    ("relation", relation),
    ("relations", |data| part("xl/_rels/workbook.xml.rels", data)),
    ("schemas", schemas),
    ("shared_strings", |data| part("xl/sharedStrings.xml", data)),
    ("sheet_xml", |data| part("xl/worksheets/sheet1.xml", data)),
    ("spreadsheetml", spreadsheetml),
    ("styles", |data| part("xl/styles.xml", data)),
    ("whole_file", whole_file),
    ("workbook_xml", |data| part("xl/workbook.xml", data)),
    ("xls_records", records),
    ("xlsb_sheet", binary_part),
    ("zip_open", container),
];
