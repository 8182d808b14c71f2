//! What a check needs to know besides values, and every refusal by its code: each named once, in files spelled out here.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail them")]

use std::io::{Cursor, Write as _};

use gouji::model::ReadErrorCode as C;
use gouji::model::{
    CellRef, CellStyle, Format, HorizontalAlignment, Sheet, Value, Visibility, Workbook,
};
use gouji::read::{Limits, read};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

fn pack(parts: &[(&str, String)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, text) in parts {
        zip.start_file(*name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const BOOK: &str = r#"<workbook xmlns="MAIN" xmlns:r="OFFICE"><workbookPr date1904="1"/><sheets>
<sheet name="预算" sheetId="1" r:id="r1"/><sheet name="隐藏" sheetId="2" state="hidden" r:id="r2"/><sheet name="深藏" sheetId="3" state="veryHidden" r:id="r3"/></sheets>
<definedNames><definedName name="合计数">预算!$B$9</definedName><definedName name="局部" localSheetId="1" hidden="1">预算!$A$1</definedName></definedNames>
<calcPr fullPrecision="0"/></workbook>"#;

const STYLES: &str = r##"<styleSheet xmlns="MAIN"><numFmts count="4"><numFmt numFmtId="170" formatCode="0!.0,"/><numFmt numFmtId="171" formatCode="#,##0,"/><numFmt numFmtId="172" formatCode="0.0%"/><numFmt numFmtId="173" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/></numFmts>
<fonts><font/><font><b/></font></fonts><fills><fill/><fill><patternFill patternType="solid"><fgColor rgb="FFFFC000"/></patternFill></fill></fills>
<borders><border/><border><left style="thin"/><right/><top style="double"/><bottom/></border></borders>
<cellXfs><xf numFmtId="0"/><xf numFmtId="2"/><xf numFmtId="4"/><xf numFmtId="172"/><xf numFmtId="171"/><xf numFmtId="170"/><xf numFmtId="173"/><xf numFmtId="49"/>
<xf numFmtId="0" fontId="1" fillId="1" borderId="1"><alignment horizontal="center" indent="2" wrapText="1"/></xf></cellXfs></styleSheet>"##;

const SHEET: &str = r#"<worksheet xmlns="MAIN" xmlns:r="OFFICE"><cols><col min="3" max="4" hidden="1" outlineLevel="2"/></cols><sheetData>
<row r="1"><c r="A1" s="8" t="s"><v>0</v></c></row>
<row r="2"><c r="A2" t="inlineStr"><is><r><t>人员</t></r><r><t>经费</t></r></is></c><c r="B2" s="1"><v>5706.3900000000003</v></c><c r="C2" s="2"><v>1234.5</v></c><c r="D2" s="3"><v>0.125</v></c><c r="E2" s="4"><v>12345678</v></c><c r="F2" s="5"><v>12345678</v></c><c r="G2" s="6"><v>41000</v></c><c r="H2" s="7" t="s"><v>1</v></c><c r="I2"><v>1E-7</v></c></row>
<row r="3" hidden="1" outlineLevel="1"><c r="B3"><f t="shared" si="0" ref="B3:B5">B2*2+$C$2</f><v>10</v></c></row>
<row r="4" outlineLevel="1"><c r="B4"><f t="shared" si="0"/><v>20</v></c></row>
<row r="5"><c r="B5"><f t="shared" si="0"/></c></row>
<row r="6"><c r="B6"><f t="array" ref="B6:B7">C2:C3*2</f><v>1</v></c></row><row r="7"><c r="B7"><v>2</v></c></row>
<row r="8"><c r="A8" t="b"><v>1</v></c><c r="B8" t="e"><v>#DIV/0!</v></c><c r="C8" t="str"><f>A2&amp;"x"</f><v>人员经费x</v></c></row>
</sheetData><sheetProtection sheet="1"/><autoFilter ref="A1:I8"/><mergeCells><mergeCell ref="A1:I1"/></mergeCells><legacyDrawing r:id="r9"/></worksheet>"#;

const COMMENTS: &str = r#"<comments xmlns="MAIN"><authors><author>审核人</author></authors><commentList><comment ref="B2" authorId="0"><text><r><t>核对</t></r><r><t>到指标文件</t></r></text></comment></commentList></comments>"#;

/// The parts of a workbook with all of it, of that main type; strict spells other namespaces.
fn parts(main_type: &str, strict: bool) -> Vec<(&'static str, String)> {
    let relations = |list: &[(&str, &str)]| {
        let list: String = list
            .iter()
            .enumerate()
            .map(|(at, (kind, target))| {
                format!(
                    r#"<Relationship Id="r{}" Type="{OFFICE}/{kind}" Target="{target}"/>"#,
                    at + 1
                )
            })
            .collect::<Vec<_>>()
            .concat();
        format!("<Relationships>{list}</Relationships>")
    };
    let blank = r#"<worksheet xmlns="MAIN"><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>"#;
    let parts = vec![
        ("[Content_Types].xml", format!(r#"<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.{main_type}.main+xml"/></Types>"#)),
        ("_rels/.rels", relations(&[("officeDocument", "xl/workbook.xml")])),
        ("xl/workbook.xml", BOOK.to_owned()),
        ("xl/_rels/workbook.xml.rels", relations(&[("worksheet", "worksheets/sheet1.xml"), ("worksheet", "worksheets/sheet2.xml"), ("worksheet", "/xl/worksheets/sheet3.xml"), ("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")])),
        ("xl/styles.xml", STYLES.to_owned()),
        ("xl/sharedStrings.xml", r#"<sst xmlns="MAIN"><si><t>部门预算</t></si><si><t xml:space="preserve"> 001 </t><rPh sb="0" eb="1"><t>no</t></rPh></si></sst>"#.to_owned()),
        ("xl/worksheets/sheet1.xml", SHEET.to_owned()),
        ("xl/worksheets/_rels/sheet1.xml.rels", relations(&[("comments", "../comments1.xml")])),
        ("xl/comments1.xml", COMMENTS.to_owned()),
        ("xl/worksheets/sheet2.xml", blank.to_owned()),
        ("xl/worksheets/sheet3.xml", blank.to_owned()),
    ];
    let (main, office) = if strict {
        (
            "http://purl.oclc.org/ooxml/spreadsheetml/main",
            "http://purl.oclc.org/ooxml/officeDocument/relationships",
        )
    } else {
        (MAIN, OFFICE)
    };
    parts
        .into_iter()
        .map(|(name, text)| {
            let text = text.replace("\"MAIN\"", &format!("\"{main}\""));
            (name, text.replace("\"OFFICE\"", &format!("\"{office}\"")).replace(OFFICE, office))
        })
        .collect()
}

const SHEET_TYPE: &str = "openxmlformats-officedocument.spreadsheetml.sheet";

fn at(place: &str) -> CellRef {
    place.parse().unwrap()
}

fn style<'w>(workbook: &'w Workbook, sheet: &Sheet, place: &str) -> &'w CellStyle {
    let cell = at(place);
    let (_, _, style) = sheet.row(cell.row).find(|(column, ..)| *column == cell.column).unwrap();
    workbook.style(style)
}

#[test]
fn everything_that_surrounds_the_values_is_read() {
    for strict in [false, true] {
        let workbook =
            read("a.xlsx", &pack(&parts(SHEET_TYPE, strict)), &Limits::default()).unwrap();
        assert!(workbook.date_1904 && workbook.precision_as_displayed);
        let shown: Vec<_> =
            workbook.sheets.iter().map(|sheet| (sheet.name.as_str(), sheet.visibility)).collect();
        assert_eq!(
            shown,
            [
                ("预算", Visibility::Visible),
                ("隐藏", Visibility::Hidden),
                ("深藏", Visibility::VeryHidden)
            ]
        );
        let names: Vec<_> = workbook
            .names
            .iter()
            .map(|name| (name.name.as_str(), name.formula.as_str(), name.sheet, name.hidden))
            .collect();
        assert_eq!(
            names,
            [("合计数", "预算!$B$9", None, false), ("局部", "预算!$A$1", Some(1), true)]
        );

        let sheet = &workbook.sheets[0];
        assert!(sheet.protected);
        assert_eq!(sheet.filter.unwrap().to_string(), "A1:I8");
        assert_eq!(sheet.merges[0].to_string(), "A1:I1");
        let note = &sheet.notes[&at("B2")];
        assert_eq!((note.author.as_str(), note.text.as_str()), ("审核人", "核对到指标文件"));
        assert!(sheet.rows[&2].hidden && sheet.rows[&2].outline == 1 && !sheet.rows[&3].hidden);
        assert!(sheet.columns[&2].hidden && sheet.columns[&3].outline == 2);
        assert!(!sheet.columns.contains_key(&4));
    }
}

#[test]
fn values_have_their_digits_and_what_is_printed_of_them() {
    let workbook = read("a.xlsx", &pack(&parts(SHEET_TYPE, false)), &Limits::default()).unwrap();
    let sheet = &workbook.sheets[0];
    for (place, value, code, decimals, percent, scale) in [
        ("B2", "5706.39", "0.00", Some(2), false, 0),
        ("C2", "1234.5", "#,##0.00", Some(2), false, 0),
        ("D2", "0.125", "0.0%", Some(1), true, 0),
        ("E2", "12345678", "#,##0,", Some(0), false, 3),
        ("F2", "12345678", "0!.0,", Some(1), false, 4),
        ("I2", "0.0000001", "", None, false, 0),
    ] {
        assert_eq!(sheet.value(at(place)), Value::Number(value.parse().unwrap()), "{place}");
        let format = &style(&workbook, sheet, place).number_format;
        assert_eq!(
            (format.code.as_str(), format.decimals, format.percent, format.scale),
            (code, decimals, percent, scale),
            "{place}"
        );
    }
    assert!(style(&workbook, sheet, "G2").number_format.date);
    assert!(style(&workbook, sheet, "H2").number_format.text);
    assert_eq!(sheet.text(at("A2")), Some("人员经费"));
    assert_eq!(sheet.text(at("H2")), Some(" 001 "));
    let title = style(&workbook, sheet, "A1");
    assert!(title.bold && title.wrap);
    assert_eq!((title.indent, title.horizontal), (2, HorizontalAlignment::Center));
    assert_eq!((title.borders, title.fill), ([true, false, true, false], Some(0x00FF_C000)));
    assert_eq!(sheet.value(at("A8")), Value::Bool(true));
    assert!(matches!(sheet.value(at("B8")), Value::Error(_)));
}

#[test]
fn formulas_are_written_out_for_each_cell_and_say_whether_they_were_calculated() {
    let workbook = read("a.xlsx", &pack(&parts(SHEET_TYPE, false)), &Limits::default()).unwrap();
    let formulas: Vec<_> = workbook.sheets[0]
        .formulas
        .iter()
        .map(|(cell, formula)| (cell.to_string(), &*formula.text, formula.cached, formula.array))
        .collect();
    let expected = [
        ("B3", "B2*2+$C$2", true, false),
        ("B4", "B3*2+$C$2", true, false),
        ("B5", "B4*2+$C$2", false, false),
        ("B6", "C2:C3*2", true, true),
        ("B7", "C2:C3*2", true, true),
        ("C8", "A2&\"x\"", true, false),
    ];
    let expected =
        expected.map(|(cell, text, cached, array)| (cell.to_owned(), text, cached, array));
    assert_eq!(formulas, expected);
}

#[test]
fn every_kind_of_package_is_known_by_its_content() {
    for (name, main_type, format, remark) in [
        ("a.xlsx", SHEET_TYPE, Format::Xlsx, false),
        ("a.et", SHEET_TYPE, Format::Xlsx, false),
        ("a.xls", SHEET_TYPE, Format::Xlsx, true),
        ("a.xlsm", "ms-excel.sheet.macroEnabled", Format::Xlsm, false),
        ("a.xltx", "openxmlformats-officedocument.spreadsheetml.template", Format::Xltx, false),
        ("a.ett", "openxmlformats-officedocument.spreadsheetml.template", Format::Xltx, false),
    ] {
        let workbook = read(name, &pack(&parts(main_type, false)), &Limits::default()).unwrap();
        assert_eq!(workbook.format, format, "{name}");
        let said = workbook.remarks.iter().any(|remark| remark.zh.contains("扩展名"));
        assert_eq!(said, remark, "{name}");
    }
}

#[test]
fn delimited_text_is_read_in_every_encoding() {
    let simple = "项目,金额\n人员经费,120.50\n合计,120.50\n";
    let traditional = "項目,金額\n人員經費,120.50\n合計,120.50\n";
    let units =
        |text: &str, to: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to).collect::<Vec<u8>>();
    for (bytes, item) in [
        (simple.as_bytes().to_vec(), "人员经费"),
        (format!("\u{feff}{simple}").into_bytes(), "人员经费"),
        (encoding_rs::GB18030.encode(simple).0.into_owned(), "人员经费"),
        (encoding_rs::BIG5.encode(traditional).0.into_owned(), "人員經費"),
        (units(simple, u16::to_le_bytes), "人员经费"),
        (units(simple, u16::to_be_bytes), "人员经费"),
        (units(&format!("\u{feff}{simple}"), u16::to_be_bytes), "人员经费"),
    ] {
        for name in ["表.csv", "表.txt", "表.xls"] {
            let workbook = read(name, &bytes, &Limits::default()).unwrap();
            assert_eq!(workbook.format, Format::Csv);
            assert_eq!(workbook.sheets[0].text(at("A2")), Some(item), "{name}");
            assert_eq!(workbook.sheets[0].text(at("B3")), Some("120.50"), "{name}");
        }
    }
    let tabs = read("表.tsv", simple.replace(',', "\t").as_bytes(), &Limits::default()).unwrap();
    assert_eq!(tabs.sheets[0].text(at("B2")), Some("120.50"));
}

/// A compound file with these streams, of 4096 bytes each so that none is a small one.
fn compound(streams: &[(&str, &[u8])]) -> Vec<u8> {
    const SECTOR: usize = 512;
    const EACH: usize = 4096 / SECTOR;
    let mut file = vec![0; SECTOR];
    file[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    let word = |file: &mut Vec<u8>, at: usize, value: u32| {
        file[at..at + 4].copy_from_slice(&value.to_le_bytes());
    };
    file[0x1A..0x20].copy_from_slice(&[3, 0, 0xFE, 0xFF, 9, 0]);
    word(&mut file, 0x20, 6);
    word(&mut file, 0x2C, 1);
    word(&mut file, 0x30, 1);
    word(&mut file, 0x38, 4096);
    word(&mut file, 0x3C, 0xFFFF_FFFE);
    word(&mut file, 0x44, 0xFFFF_FFFE);
    for index in 0..109 {
        word(&mut file, 0x4C + index * 4, if index == 0 { 0 } else { 0xFFFF_FFFF });
    }
    // Sector 0 is the table of sectors, 1 and 2 the directory, the streams follow.
    let mut table = vec![0xFFFF_FFFD, 2, 0xFFFF_FFFE];
    for stream in 0..streams.len() {
        let first = 3 + stream * EACH;
        table.extend(
            (first..first + EACH)
                .map(|at| if at + 1 == first + EACH { 0xFFFF_FFFE } else { at as u32 + 1 }),
        );
    }
    table.resize(SECTOR / 4, 0xFFFF_FFFF);
    file.extend(table.iter().flat_map(|next| next.to_le_bytes()));
    let mut directory = vec![0; 2 * SECTOR];
    let none = 0xFFFF_FFFF_u32;
    let all = [("Root Entry", 5_u8, 0xFFFF_FFFE, 0_u32)].into_iter().chain(
        streams.iter().enumerate().map(|(at, (name, _))| (*name, 2, (3 + at * EACH) as u32, 4096)),
    );
    for (at, (name, kind, start, size)) in all.enumerate() {
        let entry = &mut directory[at * 128..(at + 1) * 128];
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry[..units.len()].copy_from_slice(&units);
        entry[0x40] = units.len() as u8 + 2;
        entry[0x42] = kind;
        entry[0x44..0x48].copy_from_slice(&none.to_le_bytes());
        let next = if kind == 2 && at < streams.len() { at as u32 + 1 } else { none };
        entry[0x48..0x4C].copy_from_slice(&next.to_le_bytes());
        entry[0x4C..0x50].copy_from_slice(&if kind == 5 { 1 } else { none }.to_le_bytes());
        entry[0x74..0x78].copy_from_slice(&start.to_le_bytes());
        entry[0x78..0x7C].copy_from_slice(&size.to_le_bytes());
    }
    file.extend(directory);
    for (_, bytes) in streams {
        let mut content = bytes.to_vec();
        content.resize(4096, 0);
        file.extend(content);
    }
    file
}

#[test]
fn every_refusal_has_its_code() {
    let good = pack(&parts(SHEET_TYPE, false));
    let biff = |version: u8| vec![0x09, version, 6, 0, 0, 0, 0x10, 0, 0, 0];
    let mut macros = parts(SHEET_TYPE, false);
    for (name, text) in &mut macros {
        if name.ends_with("workbook.xml.rels") {
            *text = text.replace("/worksheet\"", "/xlMacrosheet\"");
        }
    }
    let locked = r#"<manifest:manifest><manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>"#;
    let extensible = compound(&[("EncryptionInfo", &[4, 0, 3, 0]), ("EncryptedPackage", &[9])]);
    let other = compound(&[("EncryptionInfo", &[9, 0, 9, 0]), ("EncryptedPackage", &[9])]);
    let doctype = pack(
        &parts(SHEET_TYPE, false)
            .into_iter()
            .map(|(name, text)| {
                (name, if name == "xl/workbook.xml" { format!("<!DOCTYPE x>{text}") } else { text })
            })
            .collect::<Vec<_>>(),
    );
    for (name, bytes, code) in [
        ("~$a.xlsx", vec![7; 165], C::LockFile),
        ("empty.xlsx", Vec::new(), C::Empty),
        ("blank.csv", b" \r\n".to_vec(), C::Empty),
        ("a.pdf", b"%PDF-1.7 \0".to_vec(), C::NotAWorkbook),
        ("a.xls", b"\0\x01\x02\x03".to_vec(), C::NotAWorkbook),
        ("slides.zip", pack(&[("ppt/presentation.xml", String::new())]), C::NotAWorkbook),
        ("doc.doc", compound(&[("WordDocument", &[1])]), C::NotAWorkbook),
        ("a.slk", b"ID;PWXL;N;E\r\n".to_vec(), C::UnsupportedFormat),
        ("a.dif", b"TABLE\r\n0,1\r\n".to_vec(), C::UnsupportedFormat),
        ("two.xls", biff(0), C::UnsupportedFormat),
        ("three.xls", biff(2), C::UnsupportedFormat),
        ("four.xls", biff(4), C::UnsupportedFormat),
        ("cut.xlsx", good[..good.len() - 30].to_vec(), C::Truncated),
        ("cut.xls", compound(&[("Workbook", &[9, 8])])[..700].to_vec(), C::Truncated),
        ("unknown.csv", b"a,\xFF\xFF\xFF,\x81\n".to_vec(), C::UnknownEncoding),
        ("macros.xlsm", pack(&macros), C::MacroOnly),
        ("rights.xlsx", compound(&[("EncryptedPackage", &[9])]), C::RightsManaged),
        (
            "rights.xls",
            compound(&[("\u{9}DRMContent", &[9]), ("Workbook", &[9])]),
            C::RightsManaged,
        ),
        ("extensible.xlsx", extensible, C::Encrypted),
        ("other.xlsx", other, C::Encrypted),
        (
            "locked.ods",
            pack(&[
                ("mimetype", "application/vnd.oasis.opendocument.spreadsheet".to_owned()),
                ("META-INF/manifest.xml", locked.to_owned()),
                ("content.xml", "x".to_owned()),
            ]),
            C::Encrypted,
        ),
        ("doctype.xlsx", doctype, C::Hostile),
    ] {
        let error =
            read(name, &bytes, &Limits::default()).err().unwrap_or_else(|| panic!("{name}"));
        assert_eq!(error.code, code, "{name}: {}", error.message.en);
        for said in [&error.message, &error.hint] {
            assert!(!said.zh.is_empty() && !said.en.is_empty(), "{name}");
        }
    }
    let limits = Limits { container: 100, ..Limits::default() };
    assert_eq!(read("big.xlsx", &good, &limits).unwrap_err().code, C::TooLarge);
}

#[test]
fn an_error_that_excel_stores_as_zero_is_an_error() {
    let cell = |text: &str| {
        format!(
            r#"<table:table-cell table:formula="of:=ERROR.TYPE(#VALUE!)" office:value-type="float" office:value="0"><text:p>{text}</text:p></table:table-cell>"#
        )
    };
    let content = format!(
        r#"<office:document-content><office:body><office:spreadsheet><table:table table:name="S"><table:table-row>{}{}</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"#,
        cell("#DIV/0!"),
        cell("0")
    );
    let mimetype = "application/vnd.oasis.opendocument.spreadsheet".to_owned();
    let bytes = pack(&[("mimetype", mimetype), ("content.xml", content)]);
    let workbook = read("a.ods", &bytes, &Limits::default()).unwrap();
    let sheet = &workbook.sheets[0];
    assert!(matches!(sheet.value(at("A1")), Value::Error(_)));
    assert_eq!(sheet.value(at("B1")), Value::Number(0.into()));
    assert_eq!(&*sheet.formulas[0].1.text, "ERROR.TYPE(#VALUE!)");
}
