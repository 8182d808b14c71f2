//! Parts, encodings, notes and numbers of packages.

use gouji::model::{CellError, Language, Value};
use gouji::write::annotate::{WriteErrorCode, annotate, plan, unmark, verify};

use super::makers::*;

#[test]
fn sheets_whose_parts_have_escaped_names_are_marked() {
    for (part, target) in [
        ("sheet%201.xml", "sheet%201.xml"),
        ("sheet 1.xml", "sheet%201.xml"),
        ("%E6%94%AF%E5%87%BA.xml", "%E6%94%AF%E5%87%BA.xml"),
        ("支出.xml", "支出.xml"),
        ("a%28b%29.xml", "a(b).xml"),
    ] {
        let bytes = book(part, target, sheet(&rows(TABLE), "").into_bytes(), &[]);
        let report = checked("x.xlsx", &bytes);
        assert_eq!(found(&report), ["T01 C6"], "{part}");
        let marked = annotate(&bytes, &plan(&report, 0, Language::Zh, false)).unwrap();
        assert_eq!(verify(&marked.bytes).unwrap(), [], "{part}");
        assert!(marked.marked >= 1 && marked.noted >= 1, "{part}");
        let sheet = &opened("x.xlsx", &marked.bytes).sheets[0];
        assert!(sheet.notes.contains_key(&"C6".parse().unwrap()), "{part}");
    }
}

/// A package with a part under another name, by which others call it as the target says.
fn renamed(bytes: &[u8], from: &str, part: &str, target: &str) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut parts = Vec::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).unwrap();
        let name = entry.name().unwrap().replace(from, part);
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut content).unwrap();
        let content = String::from_utf8(content).unwrap().replace(from, target);
        parts.push((name, content.into_bytes()));
    }
    let parts: Vec<_> = parts.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    zipped(&parts)
}

/// The same of other parts than sheets, of a workbook with texts that cells share and with notes, and of Word documents.
#[test]
fn other_parts_may_have_escaped_names_too() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0..).zip(TABLE) {
        for (column, cell) in (0..).zip(*cells) {
            match cell.parse::<f64>() {
                Ok(number) => sheet.write_number(row, column, number).unwrap(),
                Err(_) => sheet.write_string(row, column, *cell).unwrap(),
            };
        }
    }
    sheet.insert_note(3, 1, &rust_xlsxwriter::Note::new("按文件核定")).unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    for (from, part, target) in [
        ("sharedStrings.xml", "shared%20strings.xml", "shared%20strings.xml"),
        ("sharedStrings.xml", "共享 字符串.xml", "%E5%85%B1%E4%BA%AB%20字符串.xml"),
        ("workbook.xml", "工作簿.xml", "%E5%B7%A5%E4%BD%9C%E7%B0%BF.xml"),
        ("styles.xml", "mise en forme.xml", "mise%20en%20forme.xml"),
        ("comments1.xml", "注释.xml", "%E6%B3%A8%E9%87%8A.xml"),
        ("vmlDrawing1.vml", "drawing%201.vml", "drawing%201.vml"),
    ] {
        let bytes = renamed(&bytes, from, part, target);
        let report = checked("x.xlsx", &bytes);
        assert_eq!(found(&report), ["T01 C6"], "{part}");
        let marked = annotate(&bytes, &plan(&report, 0, Language::Zh, false)).unwrap();
        assert_eq!(verify(&marked.bytes).unwrap(), [], "{part}");
        let sheet = &opened("x.xlsx", &marked.bytes).sheets[0];
        assert!(sheet.notes[&"B4".parse().unwrap()].text.ends_with("按文件核定"), "{part}");
        assert!(sheet.notes[&"C6".parse().unwrap()].text.contains("应为"), "{part}");
    }
    for (part, target) in
        [("document%201.xml", "document%201.xml"), ("文件.xml", "%E6%96%87%E4%BB%B6.xml")]
    {
        let bytes = renamed(&docx(TABLE), "document.xml", part, target);
        assert_eq!(found(&checked("x.docx", &bytes)), ["T01 C6"], "{part}");
    }
}

#[test]
fn sheets_in_other_encodings_are_read_and_said_to_be_whole() {
    let text = sheet(&rows(TABLE), "");
    let utf_16 = text.replace("UTF-8", "UTF-16");
    let little: Vec<u8> = utf_16.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = utf_16.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let (gbk, _, _) = encoding_rs::GBK.encode(&text);
    let gbk = gbk.into_owned();
    let declared = |name: &str, bytes: Vec<u8>| {
        let head = br#"encoding="UTF-8""#;
        let from = bytes.windows(head.len()).position(|window| window == head).unwrap();
        let mut own = bytes;
        own.splice(from..from + head.len(), format!("encoding=\"{name}\"").bytes());
        own
    };
    for (name, bytes) in [
        ("UTF-16, little", [vec![0xff, 0xfe], little].concat()),
        ("UTF-16, big", [vec![0xfe, 0xff], big].concat()),
        ("GB2312", declared("GB2312", gbk.clone())),
        ("gb18030", declared("gb18030", gbk.clone())),
    ] {
        let bytes = book("sheet1.xml", "sheet1.xml", bytes, &[]);
        let report = checked("x.xlsx", &bytes);
        assert_eq!(found(&report), ["T01 C6"], "{name}");
        match annotate(&bytes, &plan(&report, 0, Language::Zh, false)) {
            Ok(marked) => assert_eq!(verify(&marked.bytes).unwrap(), [], "{name}"),
            Err(error) => {
                assert_eq!(error.code, WriteErrorCode::Unsupported, "{name}");
                assert!(error.message.zh.contains("没有损坏"), "{name}: {}", error.message.zh);
            }
        }
    }
}

/// The same encodings in other formats.
#[test]
fn other_formats_are_read_in_other_encodings() {
    let wide = |text: &str| -> Vec<u8> {
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect()
    };
    let gbk = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    let old = |name: &str| spreadsheetml(TABLE, name);
    let open: String = TABLE.iter().map(|row| ods_row(row, "")).collect();
    for (name, bytes) in [
        ("x.xml", gbk(&old("GB2312"))),
        ("x.xml", gbk(&old("GB18030"))),
        ("x.xml", wide(&old("UTF-16"))),
        ("x.html", gbk(&page(TABLE).replace("<body>", "<head><meta charset=gb2312></head><body>"))),
        ("x.ods", ods_encoded(&open, |text| wide(&text.replace("UTF-8", "UTF-16")))),
        ("x.ods", ods_encoded(&open, |text| gbk(&text.replace("UTF-8", "GB18030")))),
    ] {
        assert_eq!(found(&checked(name, &bytes)), ["T01 C6"], "{name}");
    }
}

/// What merged ranges cover is not seen: it is left out and said to be, in every format; formulas go on counting it.
#[test]
fn covered_cells_are_no_part_of_a_table() {
    let spanned = |columns: u32, rows: u32| {
        format!(r#" table:number-columns-spanned="{columns}" table:number-rows-spanned="{rows}""#)
    };
    let title = ods_row(&["2023年部门支出表（单位：万元）", "<旧表", "<6"], &spanned(3, 1));
    let ordinary = |rows: &[&[&str]]| rows.iter().map(|row| ods_row(row, "")).collect::<String>();
    let in_title = ods(&(title + &ordinary(&TABLE[1..])));
    let in_line = ods(&(ordinary(&TABLE[..5])
        + &ods_row(&["以上为财政拨款", "<7", "<8"], &spanned(3, 1))
        + &ordinary(&TABLE[5..])));
    for (name, bytes, total) in [("title", in_title, "C6"), ("line", in_line, "C7")] {
        let report = checked("x.ods", &bytes);
        assert_eq!(found(&report), [format!("T01 {total}")], "{name}");
        assert_eq!(report.packet.tables.len(), 1, "{name}");
        let remarks = &opened("x.ods", &bytes).remarks;
        assert!(remarks.iter().any(|remark| remark.en.contains("what 2 cells held")), "{name}");
    }
    // The same in an .xlsx, as programs leave it that merge without clearing: down a column of amounts.
    let lines: &[&[&str]] = &[
        &["2023年部门支出表（单位：万元）"],
        &["项目", "预算数", "决算数"],
        &["人员支出", "70", "310"],
        &["公用支出", "70", "80"],
        &["其他支出", "15", "10"],
        &["合计", "85", "500"],
    ];
    let merged = r#"<mergeCells count="1"><mergeCell ref="B3:B4"/></mergeCells>"#;
    let bytes = book("sheet1.xml", "sheet1.xml", sheet(&rows(lines), merged).into_bytes(), &[]);
    assert_eq!(found(&checked("x.xlsx", &bytes)), ["T01 C6"]);
    let workbook = opened("x.xlsx", &bytes);
    assert_eq!(at(&workbook, "B4"), Value::Empty);
    assert!(workbook.remarks.is_empty(), "what is the same as above is not missed");
    assert_eq!(workbook.sheets[0].stored("B4".parse().unwrap()), number("70"));
    // The same in an .xls.
    let bytes = xls_table(lines, &[xls_merge([2, 3, 1, 1])]);
    assert_eq!(found(&checked("x.xls", &bytes)), ["T01 C6"]);
    assert_eq!(at(&opened("x.xls", &bytes), "B4"), Value::Empty);
    // A formula counts it, so that its stored result is fresh, and says nothing of what is shown.
    let cells = rows(lines)
        .replace(r#"<c r="B6"><v>85</v></c>"#, r#"<c r="B6"><f>SUM(B3:B5)</f><v>155</v></c>"#);
    let bytes = book("sheet1.xml", "sheet1.xml", sheet(&cells, merged).into_bytes(), &[]);
    let report = checked("x.xlsx", &bytes);
    assert!(!found(&report).contains(&"T07 B6".to_owned()), "{:?}", found(&report));
}

#[test]
fn notes_without_their_drawing_are_kept_beside_ours() {
    let notes = |name: &str, text: &str| {
        let drawing = if matches!(name, "no element" | "no relationship") {
            String::new()
        } else {
            format!(
                r#"<Relationship Id="rId1" Type="{RELATIONSHIPS}/vmlDrawing" Target="../drawings/vmlDrawing1.vml"/>"#
            )
        };
        let shapes = (name == "no shape")
            .then_some(r#"<xml xmlns:v="urn:schemas-microsoft-com:vml"></xml>"#);
        let mut parts = vec![
            (
                "xl/comments1.xml",
                format!(r#"{HEAD}<comments xmlns="{MAIN}"><authors><author>甲</author></authors><commentList><comment ref="B4" authorId="0"><text><t>{text}</t></text></comment></commentList></comments>"#).into_bytes(),
            ),
            (
                "xl/worksheets/_rels/sheet1.xml.rels",
                format!(r#"{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{drawing}<Relationship Id="rId2" Type="{RELATIONSHIPS}/comments" Target="../comments1.xml"/></Relationships>"#).into_bytes(),
            ),
        ];
        parts.extend(shapes.map(|xml| ("xl/drawings/vmlDrawing1.vml", xml.as_bytes().to_vec())));
        parts
    };
    for (name, behind, text) in [
        ("no element", "", "按文件核定"),
        ("no part", r#"<legacyDrawing r:id="rId1"/>"#, "see annex"),
        ("no part, no element", "", "按文件核定"),
        ("no relationship", r#"<legacyDrawing r:id="rId1"/>"#, "按文件核定"),
        ("no shape", r#"<legacyDrawing r:id="rId1"/>"#, "詳見附件"),
    ] {
        let bytes = book(
            "sheet1.xml",
            "sheet1.xml",
            sheet(&rows(TABLE), behind).into_bytes(),
            &notes(name, text),
        );
        let report = checked("x.xlsx", &bytes);
        let marked = annotate(&bytes, &plan(&report, 0, Language::Zh, false)).unwrap();
        assert_eq!(verify(&marked.bytes).unwrap(), [], "{name}");
        let sheet = &opened("x.xlsx", &marked.bytes).sheets[0];
        assert_eq!(sheet.notes[&"B4".parse().unwrap()].text, text, "{name}");
        assert!(sheet.notes[&"C6".parse().unwrap()].text.contains("应为"), "{name}");
    }
    // A note of an open document that says nothing of how it is drawn.
    let note =
        r"<office:annotation><text:p>按文件核定</text:p></office:annotation><text:p>人员支出";
    let open: String = TABLE.iter().map(|row| ods_row(row, "")).collect();
    let bytes = ods(&open.replace("<text:p>人员支出", note));
    let report = checked("x.ods", &bytes);
    assert_eq!(found(&report), ["T01 C6"]);
    let marked = annotate(&bytes, &plan(&report, 0, Language::Zh, false)).unwrap();
    let sheet = &opened("x.ods", &marked.bytes).sheets[0];
    assert_eq!(sheet.notes[&"A3".parse().unwrap()].text, "按文件核定");
    assert!(sheet.notes[&"C6".parse().unwrap()].text.contains("应为"));
}

/// Old programs store an error of a formula as 0, or as a text, and only what is shown says it.
#[test]
fn errors_of_old_ods_are_no_zeros() {
    for (value, shown, error) in [
        ("0", "Err:502", CellError::Value),
        ("0", "错误:502", CellError::Value),
        ("0", "Err:503", CellError::Number),
        ("0", "錯誤:532", CellError::DivideByZero),
        ("0", "#REF!", CellError::Reference),
        ("0", "Err:522", CellError::Other),
    ] {
        let cell = format!(
            r#"<table:table-row><table:table-cell office:value-type="float" office:value="{value}"><text:p>{shown}</text:p></table:table-cell></table:table-row>"#
        );
        assert_eq!(at(&opened("x.ods", &ods(&cell)), "A1"), Value::Error(error), "{shown}");
    }
    for (value, shown) in [("0", "0.00"), ("502", "Err:502"), ("0", "-")] {
        let cell = format!(
            r#"<table:table-row><table:table-cell office:value-type="float" office:value="{value}"><text:p>{shown}</text:p></table:table-cell></table:table-row>"#
        );
        assert_eq!(at(&opened("x.ods", &ods(&cell)), "A1"), number(value), "{shown}");
    }
}

#[test]
fn stray_nuls_hide_no_figures() {
    for text in [
        "Item,Amount\nA,120\nB,230\nTotal,777\n\0,\0,",
        "Item,Amount\nA,120\nB,230\nTotal,777\0\n",
        "\0项目,金额\n甲,120\n乙,230\n合计,777\n",
        "项目\t金额\n甲\t120\n乙\t23\x0000\n合计\t777\n\0",
    ] {
        let name = "x.csv";
        let report = checked(name, text.as_bytes());
        assert_eq!(found(&report), ["T01 B4"], "{text:?}");
        let workbook = opened(name, text.as_bytes());
        assert!(workbook.remarks.iter().any(|remark| remark.en.contains("NUL")), "{text:?}");
    }
}

/// Numbers that no decimal of ours holds are kept as well as can be, and never without a word.
#[test]
fn numbers_beyond_our_decimals_are_told() {
    let one = |value: &str| {
        let cells = format!(r#"<row r="1"><c r="A1"><v>{value}</v></c></row>"#);
        opened("x.xlsx", &book("s.xml", "s.xml", sheet(&cells, "").into_bytes(), &[]))
    };
    for (value, kept) in [
        ("1e-20", Some("0.00000000000000000001")),
        ("0.1", Some("0.1")),
        ("-1E-5", Some("-0.00001")),
        ("999999999999999", Some("999999999999999")),
        ("1e-30", None),
        ("1.5e-28", None),
        ("1e300", None),
        ("-2e19", None),
    ] {
        let workbook = one(value);
        match kept {
            Some(kept) => {
                assert_eq!(at(&workbook, "A1"), number(kept), "{value}");
                assert!(workbook.remarks.is_empty(), "{value}: {:?}", workbook.remarks);
            }
            None => assert_eq!(workbook.remarks.len(), 1, "{value}"),
        }
    }
    let float = |value: &str| {
        let cell = ods_row(&[value], "");
        opened("x.ods", &ods(&cell)).remarks.len()
    };
    assert_eq!((float("1e300"), float("1e-30"), float("12.5")), (1, 1, 0));
}

#[test]
fn a_text_longer_than_excel_holds_is_cut_and_said_to_be() {
    let long = "长".repeat(50_000);
    let text = format!("项目,金额\n{long},1\n乙,2\n合计,3\n");
    let workbook = opened("x.csv", text.as_bytes());
    let kept = workbook.sheets[0].text("A2".parse().unwrap()).unwrap();
    assert_eq!(kept.chars().count(), 32_767);
    assert!(workbook.remarks[0].en.contains("32767"), "{:?}", workbook.remarks);
    // A quote that nobody closed is a character, however much follows.
    let open = format!("项目,金额\n甲\"{},1\n\"乙,2\n合计,3\n", "x".repeat(300_000));
    assert_eq!(opened("x.csv", open.as_bytes()).sheets[0].text("B4".parse().unwrap()), Some("3"));
}

/// A start tag with attributes or namespaces without end: RUSTSEC-2026-0194 and -0195 of the library that the second reader
/// of found cells stands on, which once took quadratic time, and memory without bound. A finding makes it read.
#[test]
fn tags_with_attributes_without_end_are_read() {
    let many = |one: fn(u32) -> String| (0..60_000).map(one).collect::<Vec<_>>().concat();
    let attributes = many(|at| format!(r#" a{at}="1""#));
    let spaces = many(|at| format!(r#" xmlns:n{at}="urn:{at}""#));
    for (name, extra) in [("attributes", attributes), ("namespaces", spaces)] {
        let cells = rows(TABLE).replacen(r#"<row r="6""#, &format!(r#"<row r="6"{extra}"#), 1);
        let bytes = book("s.xml", "s.xml", sheet(&cells, "").into_bytes(), &[]);
        assert_eq!(found(&checked("x.xlsx", &bytes)), ["T01 C6"], "{name}");
    }
}

/// The sum of some rows of a column, as a formula of that type of record, with its stored value and flags.
fn xls_sum(kind: u16, row: u16, column: u16, rows: [u16; 2], value: f64, flags: u16) -> Vec<u8> {
    let words = |words: &[u16]| words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let relative = 0xC000 | column;
    let tokens: Vec<u8> =
        [vec![0x25], words(&[rows[0], rows[1], relative, relative]), vec![0x42, 1, 4, 0]].concat();
    let payload: Vec<u8> = [
        words(&[row, column, 0]),
        value.to_le_bytes().to_vec(),
        words(&[flags, 0, 0, tokens.len() as u16]),
        tokens,
    ]
    .concat();
    record(kind, &payload)
}

/// Programs write formulas under the types of older Excels, in the layout of the later one: none of their values is lost.
#[test]
fn formulas_of_older_types_keep_their_values() {
    let lines: &[&[&str]] = &[
        &["2023年部门支出表（单位：万元）"],
        &["项目", "预算数", "决算数"],
        &["人员支出", "70", "310"],
        &["公用支出", "15", "80"],
        &["合计", "85"],
    ];
    for kind in [0x0006, 0x0206, 0x0406] {
        let bytes = xls_table(lines, &[xls_sum(kind, 4, 2, [2, 3], 500.0, 0)]);
        let workbook = opened("x.xls", &bytes);
        assert_eq!(at(&workbook, "C5"), number("500"), "{kind:x}");
        let sheet = &workbook.sheets[0];
        assert_eq!(&*sheet.formula("C5".parse().unwrap()).unwrap().text, "SUM(C3:C4)", "{kind:x}");
        let found = found(&checked("x.xls", &bytes));
        assert!(found.iter().any(|what| what.ends_with("C5")), "{kind:x}: {found:?}");
        assert!(workbook.remarks.is_empty(), "{:?}", workbook.remarks);
        // What was never calculated says so, and its 0 is no value.
        let bytes = xls_table(lines, &[xls_sum(kind, 4, 2, [2, 3], 0.0, 2)]);
        let workbook = opened("x.xls", &bytes);
        assert_eq!(at(&workbook, "C5"), Value::Empty, "{kind:x}");
        let told = |remark: &gouji::model::Text| remark.zh.contains("公式旁存储的 0 不作为数值");
        assert!(workbook.remarks.iter().any(told), "{kind:x}");
    }
}

/// An .ods whose maker wrote no manifest is read; its copy is marked, has one that office programs open it by, and gives back the
/// parts there were.
#[test]
fn an_ods_without_a_manifest_is_marked() {
    let rows: String = TABLE.iter().map(|row| ods_row(row, "")).collect();
    let whole = ods(&rows);
    let mut bytes = Vec::new();
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(&mut bytes));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&whole)).unwrap();
    for at in 0..archive.len() {
        let entry = archive.by_index_raw(at).unwrap();
        if entry.name().unwrap() != "META-INF/manifest.xml" {
            out.raw_copy_file(entry).unwrap();
        }
    }
    out.finish().unwrap();
    let report = checked("x.ods", &bytes);
    assert_eq!(found(&report), ["T01 C6"]);
    let marked = annotate(&bytes, &plan(&report, 0, Language::Zh, false)).unwrap();
    assert_eq!(marked.extension, "ods");
    assert_eq!(marked.marked, 1);
    let again = checked("x.ods", &marked.bytes);
    assert_eq!(found(&again), ["T01 C6"]);
    let parts = |bytes: &[u8]| -> Vec<(String, String)> {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        (0..archive.len())
            .map(|at| {
                let mut entry = archive.by_index(at).unwrap();
                let name = entry.name().unwrap().into_owned();
                (name, std::io::read_to_string(&mut entry).unwrap())
            })
            .collect()
    };
    let copy = parts(&marked.bytes);
    let (_, list) = copy.iter().find(|(name, _)| name == "META-INF/manifest.xml").unwrap();
    assert!(list.contains("full-path=\"/\"") && list.contains("full-path=\"content.xml\""));
    assert_eq!(parts(&unmark(&marked.bytes).unwrap()), parts(&bytes));
}
