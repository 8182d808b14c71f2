//! Makers of small files in every format, and what is asked of them.

use std::io::{Cursor, Write as _};

use gouji::model::{CellRef, Report, Value, Workbook};
use gouji::pipeline::{Input, Options, run};
use gouji::read::{Limits, read};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub(crate) const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
pub(crate) const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
pub(crate) const RELATIONSHIPS: &str =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
pub(crate) const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
pub(crate) const TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

pub(crate) fn zipped(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A cell of a worksheet: a number, or any other text.
pub(crate) fn cell(at: &str, value: &str) -> String {
    if value.parse::<f64>().is_ok() {
        return format!(r#"<c r="{at}"><v>{value}</v></c>"#);
    }
    format!(r#"<c r="{at}" t="inlineStr"><is><t>{value}</t></is></c>"#)
}

pub(crate) fn rows(rows: &[&[&str]]) -> String {
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        text += &format!(r#"<row r="{}">"#, at + 1);
        for (column, value) in row.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
            text += &cell(&CellRef::new(at as u32, column as u32).to_string(), value);
        }
        text += "</row>";
    }
    text
}

/// A table whose second total says 500 where its lines give 400.
pub(crate) const TABLE: &[&[&str]] = &[
    &["2023年部门支出表（单位：万元）"],
    &["项目", "预算数", "决算数"],
    &["人员支出", "70", "310"],
    &["公用支出", "20", "80"],
    &["其他支出", "15", "10"],
    &["合计", "105", "500"],
];

/// A worksheet: its rows, and what follows them.
pub(crate) fn sheet(cells: &str, behind: &str) -> String {
    format!(
        r#"{HEAD}<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONSHIPS}"><sheetData>{cells}</sheetData>{behind}</worksheet>"#
    )
}

/// A workbook of one sheet, whose part has that name in the zip, and is called so by its relationship.
pub(crate) fn book(part: &str, target: &str, sheet: Vec<u8>, more: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let types = format!(
        r#"{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/><Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/><Override PartName="/xl/worksheets/{target}" ContentType="{TYPE}.worksheet+xml"/><Override PartName="/xl/comments1.xml" ContentType="{TYPE}.comments+xml"/></Types>"#
    );
    let types = if more.is_empty() {
        types.replace(
            &format!(
                r#"<Override PartName="/xl/comments1.xml" ContentType="{TYPE}.comments+xml"/>"#
            ),
            "",
        )
    } else {
        types
    };
    let mut parts = vec![
        ("[Content_Types].xml", types.into_bytes()),
        (
            "_rels/.rels",
            format!(r#"{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{RELATIONSHIPS}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#).into_bytes(),
        ),
        (
            "xl/workbook.xml",
            format!(r#"{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONSHIPS}"><sheets><sheet name="支出" sheetId="1" r:id="rId1"/></sheets></workbook>"#).into_bytes(),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(r#"{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{RELATIONSHIPS}/worksheet" Target="worksheets/{target}"/></Relationships>"#).into_bytes(),
        ),
    ];
    let name = format!("xl/worksheets/{part}");
    parts.push((&name, sheet));
    parts.extend(more.iter().map(|(name, bytes)| (*name, bytes.clone())));
    zipped(&parts)
}

/// A workbook of those sheets.
pub(crate) fn sheets(sheets: &[String]) -> Vec<u8> {
    let (mut types, mut tabs, mut targets) = (String::new(), String::new(), String::new());
    for at in 1..=sheets.len() {
        types += &format!(
            r#"<Override PartName="/xl/worksheets/s{at}.xml" ContentType="{TYPE}.worksheet+xml"/>"#
        );
        tabs += &format!(r#"<sheet name="S{at}" sheetId="{at}" r:id="rId{at}"/>"#);
        targets += &format!(
            r#"<Relationship Id="rId{at}" Type="{RELATIONSHIPS}/worksheet" Target="worksheets/s{at}.xml"/>"#
        );
    }
    let names: Vec<String> =
        (1..=sheets.len()).map(|at| format!("xl/worksheets/s{at}.xml")).collect();
    let mut parts = vec![
        ("[Content_Types].xml", format!(r#"{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>{types}</Types>"#).into_bytes()),
        ("_rels/.rels", format!(r#"{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{RELATIONSHIPS}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#).into_bytes()),
        ("xl/workbook.xml", format!(r#"{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONSHIPS}"><sheets>{tabs}</sheets></workbook>"#).into_bytes()),
        ("xl/_rels/workbook.xml.rels", format!(r#"{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{targets}</Relationships>"#).into_bytes()),
    ];
    parts.extend(
        names.iter().map(String::as_str).zip(sheets.iter().map(|sheet| sheet.clone().into_bytes())),
    );
    zipped(&parts)
}

pub(crate) fn ods(table: &str) -> Vec<u8> {
    ods_styled("", table)
}

/// An .ods with styles of its own.
pub(crate) fn ods_styled(styles: &str, table: &str) -> Vec<u8> {
    ods_content(styles, table, |text| text.as_bytes().to_vec())
}

/// An .ods whose content is written in those bytes.
pub(crate) fn ods_encoded(table: &str, encode: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    ods_content("", table, encode)
}

fn ods_content(styles: &str, table: &str, encode: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    let names = "xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\" xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"";
    zipped(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet".to_vec()),
        (
            "META-INF/manifest.xml",
            format!(r#"{HEAD}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"#).into_bytes(),
        ),
        (
            "content.xml",
            encode(&format!(
                r#"{HEAD}<office:document-content {names}>{styles}<office:body><office:spreadsheet><table:table table:name="支出">{table}</table:table></office:spreadsheet></office:body></office:document-content>"#
            )),
        ),
    ])
}

/// A row of an .ods: `<` is a cell that the one on its left, or above, covers and that holds the rest.
pub(crate) fn ods_row(cells: &[&str], attributes: &str) -> String {
    let mut text = "<table:table-row>".to_owned();
    for (at, value) in cells.iter().enumerate() {
        let (name, value) = match value.strip_prefix('<') {
            Some(value) => ("covered-table-cell", value),
            None => ("table-cell", *value),
        };
        let attributes = if at == 0 { attributes } else { "" };
        let typed = if value.parse::<f64>().is_ok() {
            format!(r#" office:value-type="float" office:value="{value}""#)
        } else {
            r#" office:value-type="string""#.to_owned()
        };
        text +=
            &format!("<table:{name}{typed}{attributes}><text:p>{value}</text:p></table:{name}>");
    }
    text + "</table:table-row>"
}

pub(crate) fn opened(name: &str, bytes: &[u8]) -> Workbook {
    read(name, bytes, &Limits::default()).unwrap()
}

pub(crate) fn checked(name: &str, bytes: &[u8]) -> Report {
    let input = Input { path: name.to_owned(), bytes: Ok(bytes.to_vec()) };
    run(&[input], &Options::default(), &Limits::default())
}

/// The errors and questions of a report: code and cell.
pub(crate) fn found(report: &Report) -> Vec<String> {
    report
        .findings
        .iter()
        .map(|finding| format!("{} {}", finding.rule, finding.place.unwrap().cell))
        .filter(|finding| !finding.starts_with("W01"))
        .collect()
}

pub(crate) fn at(workbook: &Workbook, cell: &str) -> Value {
    workbook.sheets[0].value(cell.parse().unwrap())
}

pub(crate) fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

/// A record of the binary formats.
pub(crate) fn record(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut out = kind.to_le_bytes().to_vec();
    out.extend(u16::try_from(payload.len()).unwrap().to_le_bytes());
    out.extend(payload);
    out
}

/// What an .xls of one sheet has: the records of the book behind its start, and those of the sheet.
pub(crate) fn xls(version: u8, book: &[Vec<u8>], name: &[u8], sheet: &[Vec<u8>]) -> Vec<u8> {
    let start = |kind: u8| {
        let mut payload = vec![0, version, kind, 0];
        payload.resize(if version == 6 { 16 } else { 8 }, 0);
        record(0x0809, &payload)
    };
    let mut all = start(5);
    all.extend(book.concat());
    let mut tab = vec![0; 6];
    tab.push(u8::try_from(name.len()).unwrap());
    if version == 6 {
        tab.push(0);
    }
    tab.extend(name);
    let offset = u32::try_from(all.len() + 4 + tab.len() + 4).unwrap();
    tab[..4].copy_from_slice(&offset.to_le_bytes());
    all.extend(record(0x85, &tab));
    all.extend(record(0x0A, &[]));
    all.extend(start(0x10));
    all.extend(sheet.concat());
    all.extend(record(0x0A, &[]));
    all
}

fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// The fonts of an .xls: plain, struck through, raised; and styles: plain, a date.
pub(crate) fn xls_styles() -> Vec<Vec<u8>> {
    let font = |flags: u16, raised: u16| {
        let mut payload = words(&[200, flags, 0x7FFF, 400, raised]);
        payload.extend([0, 0, 0, 0, 1, 0, b'A']);
        record(0x31, &payload)
    };
    let style = |format: u16| {
        let mut payload = words(&[0, format]);
        payload.resize(20, 0);
        record(0xE0, &payload)
    };
    vec![font(0, 0), font(8, 0), font(0, 1), style(0), style(14)]
}

/// Runs of a text: how far each goes in UTF-16 is counted; the number is that of its font.
pub(crate) type Run<'t> = (&'t str, u16);

/// The texts of an .xls, each of runs.
pub(crate) fn xls_texts(texts: &[Vec<Run>]) -> Vec<u8> {
    let count = u32::try_from(texts.len()).unwrap().to_le_bytes();
    let mut payload = [count, count].concat();
    for runs in texts {
        let text: Vec<u16> = runs.iter().flat_map(|(text, _)| text.encode_utf16()).collect();
        payload.extend(words(&[text.len() as u16]));
        payload.push(9);
        payload.extend(words(&[runs.len() as u16]));
        payload.extend(words(&text));
        let mut at = 0;
        for (text, font) in runs {
            payload.extend(words(&[at, *font]));
            at += text.encode_utf16().count() as u16;
        }
    }
    record(0xFC, &payload)
}

pub(crate) fn xls_number(row: u16, column: u16, style: u16, value: f64) -> Vec<u8> {
    let mut payload = words(&[row, column, style]);
    payload.extend(value.to_le_bytes());
    record(0x0203, &payload)
}

pub(crate) fn xls_shared(row: u16, column: u16, index: u16) -> Vec<u8> {
    record(0xFD, &words(&[row, column, 0, index, 0]))
}

/// A text of BIFF5, in whatever bytes.
pub(crate) fn xls_label(row: u16, column: u16, text: &[u8]) -> Vec<u8> {
    let mut payload = words(&[row, column, 0, text.len() as u16]);
    payload.extend(text);
    record(0x0204, &payload)
}

pub(crate) fn xls_merge([top, bottom, left, right]: [u16; 4]) -> Vec<u8> {
    record(0xE5, &words(&[1, top, bottom, left, right]))
}

/// A table of texts and numbers as an .xls whose texts are plain.
pub(crate) fn xls_table(rows: &[&[&str]], more: &[Vec<u8>]) -> Vec<u8> {
    let (mut texts, mut cells) = (Vec::new(), Vec::new());
    for (row, values) in (0..).zip(rows) {
        for (column, value) in (0..).zip(*values).filter(|(_, value)| !value.is_empty()) {
            if let Ok(number) = value.parse() {
                cells.push(xls_number(row, column, 0, number));
            } else {
                cells.push(xls_shared(row, column, texts.len() as u16));
                texts.push(vec![(*value, 0)]);
            }
        }
    }
    let book = [xls_styles(), vec![xls_texts(&texts)]].concat();
    xls(6, &book, b"S", &[cells, more.to_vec()].concat())
}

/// A page of one table, whose cells are HTML.
pub(crate) fn page(rows: &[&[&str]]) -> String {
    let mut text = "<html><body><table>".to_owned();
    for row in rows {
        text += "<tr>";
        for cell in *row {
            text += &format!("<td>{cell}</td>");
        }
        text += "</tr>";
    }
    text + "</table></body></html>"
}

/// A Word document of a table, whose cells are runs of `WordprocessingML`, or plain texts.
pub(crate) fn docx(rows: &[&[&str]]) -> Vec<u8> {
    let mut body = String::new();
    for row in rows {
        body += "<w:tr>";
        for cell in *row {
            let runs = match cell.strip_prefix('<') {
                Some(_) => (*cell).to_owned(),
                None => format!("<w:r><w:t>{cell}</w:t></w:r>"),
            };
            body += &format!("<w:tc><w:p>{runs}</w:p></w:tc>");
        }
        body += "</w:tr>";
    }
    zipped(&[
        ("[Content_Types].xml", format!(r#"<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#).into_bytes()),
        ("_rels/.rels", format!(r#"<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{RELATIONSHIPS}/officeDocument" Target="word/document.xml"/></Relationships>"#).into_bytes()),
        ("word/document.xml", format!(r#"<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:tbl>{body}</w:tbl></w:body></w:document>"#).into_bytes()),
    ])
}

/// A workbook in the XML of Excel 2003, whose cells are the content of `Data`; what begins with `@` is a moment.
pub(crate) fn spreadsheetml(rows: &[&[&str]], encoding: &str) -> String {
    let mut text = String::new();
    for row in rows {
        text += "<Row>";
        for cell in *row {
            let (kind, cell) = match cell.strip_prefix('@') {
                Some(moment) => ("DateTime", moment),
                None if cell.parse::<f64>().is_ok() => ("Number", *cell),
                None => ("String", *cell),
            };
            text += &format!(
                r#"<Cell><ss:Data ss:Type="{kind}" xmlns="http://www.w3.org/TR/REC-html40">{cell}</ss:Data></Cell>"#
            );
        }
        text += "</Row>";
    }
    format!(
        r#"<?xml version="1.0" encoding="{encoding}"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="S"><Table>{text}</Table></Worksheet></Workbook>"#
    )
}

/// Texts between commas.
pub(crate) fn delimited(rows: &[&[&str]]) -> String {
    rows.iter().map(|row| row.join(",") + "\n").collect()
}

/// A table of texts and numbers in every format that needs no more than its rows.
pub(crate) fn in_every_format(table: &[&[&str]]) -> Vec<(&'static str, Vec<u8>)> {
    let escaped: Vec<Vec<String>> = table
        .iter()
        .map(|row| row.iter().map(|cell| cell.replace('&', "&amp;").replace('<', "&lt;")).collect())
        .collect();
    let escaped: Vec<Vec<&str>> =
        escaped.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let escaped: Vec<&[&str]> = escaped.iter().map(Vec::as_slice).collect();
    let quoted: Vec<Vec<String>> = table
        .iter()
        .map(|row| row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect())
        .collect();
    let quoted: String = quoted.iter().map(|row| row.join(",") + "\n").collect();
    let open: String = escaped.iter().map(|row| ods_row(row, "")).collect();
    vec![
        ("x.csv", quoted.into_bytes()),
        ("x.xlsx", book("s.xml", "s.xml", sheet(&rows(&escaped), "").into_bytes(), &[])),
        ("x.xls", xls_table(table, &[])),
        ("x.ods", ods(&open)),
        ("x.html", page(&escaped).into_bytes()),
        ("x.docx", docx(&escaped)),
        ("x.xml", spreadsheetml(&escaped, "UTF-8").into_bytes()),
    ]
}

/// What the cell of a finding of that rule says, in Chinese.
#[track_caller]
pub(crate) fn message(report: &Report, rule: &str) -> String {
    let finding = report.findings.iter().find(|finding| finding.rule == rule);
    let Some(finding) = finding else { panic!("no {rule}: {:?}", found(report)) };
    finding.message.zh.clone()
}
