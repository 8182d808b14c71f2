//! What a cell holds: runs that do not count, spellings of amounts, words of totals, entities, dates, code pages.

use gouji::model::Value;

use super::makers::*;

/// A table whose second total is wrong by 100, and whose first is right where the marked cell counts 50.
fn with_fifty<'c>(fifty: &'c str, [head, first, total]: [&'c str; 3]) -> Vec<Vec<&'c str>> {
    vec![
        vec![head, "一", "二"],
        vec![first, fifty, "900"],
        vec!["乙", "30", "60"],
        vec!["丙", "20", "20"],
        vec![total, "100", "1080"],
    ]
}

fn slices<'r, 'c>(rows: &'r [Vec<&'c str>]) -> Vec<&'r [&'c str]> {
    rows.iter().map(Vec::as_slice).collect()
}

#[test]
fn what_is_struck_raised_deleted_or_hidden_is_no_part_of_an_amount() {
    let words = ["项目", "甲", "合计"];
    let run = |properties: &str, text: &str| {
        format!("<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>")
    };
    let (plain, old) = (run("", "50"), run("", "90"));
    let in_word = [
        run("<w:strike/>", "90") + &plain,
        run("<w:dstrike/>", "90") + &plain,
        run("<w:vanish/>", "9") + &plain,
        plain.clone() + &run(r#"<w:vertAlign w:val="superscript"/>"#, "1"),
        format!("<w:del>{}</w:del>{plain}", old.replace("w:t>", "w:delText>")),
        format!("<w:moveFrom>{old}</w:moveFrom>{plain}"),
    ];
    for cell in &in_word {
        let rows = with_fifty(cell, words);
        let report = checked("x.docx", &docx(&slices(&rows)));
        assert_eq!(found(&report), ["T01 C5"], "{cell}");
    }
    for cell in [
        "<s>90</s>50",
        "<strike>90</strike>50",
        "<del>9</del>50",
        "50<sup>1</sup>",
        "50<sup>[注2]</sup>",
        "<span style='text-decoration:line-through'>90</span>50",
        "<span style='display:none'>9</span>50",
        "<i hidden>9</i>50",
        "50<template>7</template><noscript>8</noscript>",
        "<select><option>1<option selected>50</select>",
    ] {
        let rows = with_fifty(cell, words);
        let bytes = page(&slices(&rows)).into_bytes();
        assert_eq!(found(&checked("x.html", &bytes)), ["T01 C5"], "{cell}");
    }
    for cell in ["<S>90</S>50", "50<Sup>1</Sup>", "<Font>5</Font><B>0</B><Sup>①</Sup>"] {
        let rows = with_fifty(cell, words);
        let bytes = spreadsheetml(&slices(&rows), "UTF-8").into_bytes();
        assert_eq!(found(&checked("x.xml", &bytes)), ["T01 C5"], "{cell}");
    }
    let struck = "<r><rPr><strike/></rPr><t>90</t></r><r><t>50</t></r>";
    let raised = r#"<r><t>50</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>1</t></r>"#;
    let phonetic = r#"<t>50</t><rPh sb="0" eb="1"><t>9</t></rPh>"#;
    for cell in [struck, raised, phonetic] {
        let table = with_fifty("50", words);
        let cells = rows(&slices(&table)).replacen(
            r#"<c r="B2"><v>50</v></c>"#,
            &format!(r#"<c r="B2" t="inlineStr"><is>{cell}</is></c>"#),
            1,
        );
        let bytes = book("s.xml", "s.xml", sheet(&cells, "").into_bytes(), &[]);
        assert_eq!(found(&checked("x.xlsx", &bytes)), ["T01 C5"], "{cell}");
    }
    for cell in [
        r#"5<text:span text:style-name="T1">9</text:span>0"#,
        r#"50<text:span text:style-name="T2">1</text:span>"#,
        "50<office:annotation><text:p>9</text:p></office:annotation>",
    ] {
        let styles = r#"<office:automatic-styles><style:style style:name="T1" style:family="text"><style:text-properties style:text-line-through-style="solid"/></style:style><style:style style:name="T2" style:family="text"><style:text-properties style:text-position="super 58%"/></style:style></office:automatic-styles>"#;
        let rows = with_fifty(cell, words);
        let table: String = rows.iter().map(|row| ods_row(row, "")).collect();
        assert_eq!(found(&checked("x.ods", &ods_styled(styles, &table))), ["T01 C5"], "{cell}");
    }
    // Fonts of an .xls: 1 is struck through, 2 is raised.
    for runs in [vec![("90", 1), ("50", 0)], vec![("50", 0), ("1", 2)], vec![("5", 0), ("0", 0)]] {
        let texts: Vec<Vec<Run>> = ["项目", "一", "二", "甲", "乙", "丙", "合计"]
            .iter()
            .map(|text| vec![(*text, 0)])
            .collect();
        let texts = [texts, vec![runs.clone()]].concat();
        let mut cells: Vec<Vec<u8>> = (0..3).map(|at| xls_shared(0, at, at)).collect();
        cells.extend((1..5).map(|row| xls_shared(row, 0, row + 2)));
        cells.push(xls_shared(1, 1, 7));
        for (row, column, value) in [
            (2, 1, 30.0),
            (3, 1, 20.0),
            (4, 1, 100.0),
            (1, 2, 900.0),
            (2, 2, 60.0),
            (3, 2, 20.0),
            (4, 2, 1080.0),
        ] {
            cells.push(xls_number(row, column, 0, value));
        }
        let book = [xls_styles(), vec![xls_texts(&texts)]].concat();
        assert_eq!(found(&checked("x.xls", &xls(6, &book, b"S", &cells))), ["T01 C5"], "{runs:?}");
    }
}

/// In headers and labels, and in another language; what replaces nothing, or is no mark of a note, stays.
#[test]
fn marks_in_headers_and_labels_hide_no_words() {
    for words in [
        ["项目<sup>①</sup>", "甲<s>乙</s>", "合计<sup>1</sup>"],
        ["Item<sup>1</sup>", "A<sup>2</sup>", "Total<sup>*</sup>"],
        ["項目", "甲<del>（舊）</del>", "合<span hidden>x</span>計"],
    ] {
        let table = with_fifty("50", words);
        let report = checked("x.html", page(&slices(&table)).as_bytes());
        assert_eq!(found(&report), ["T01 C5"], "{words:?}");
    }
    for (cell, kept) in
        [("面积m<sup>2</sup>", "面积m2"), ("<s>900</s>", "900"), ("10<sup>4</sup>人", "10人")]
    {
        let workbook = opened("x.html", page(&[&[cell, "1"], &["甲", "2"]]).as_bytes());
        assert_eq!(workbook.sheets[0].text("A1".parse().unwrap()), Some(kept));
    }
}

/// Minus two hundred and fifty in the spellings of people and programs.
const SPELLINGS: &[&str] = &[
    "250.00-",
    "250-",
    "-250",
    "−250",
    "‑250",
    "－２５０",
    "(250)",
    "（250）",
    "(250.00)",
    "△250",
    "▲250",
    "Δ250",
    "\u{202d}-250\u{202c}",
    "\u{200e}-250",
    "-2.5E+02",
    "=\"-250\"",
    "¥-250",
    "-¥250",
    "￥-250.00",
    "$(250)",
    "-$250",
    "US$-250",
    "-US$250",
    "HK$-250",
    "RMB -250",
    "-250 RMB",
    "CNY -250",
    "-250 CNY",
    "€-250",
    "-250 €",
    "-250 EUR",
    "£-250",
    "-£250",
    "人民币-250",
    "-250元",
    "负250",
    "-2,50",
];

#[test]
fn amounts_are_read_as_they_are_spelled() {
    for spelling in SPELLINGS.iter().filter(|spelling| !["负250", "-2,50"].contains(spelling)) {
        for [head, amount, total] in
            [["项目", "金额", "合计"], ["Item", "Amount", "Total"], ["項目", "金額", "總計"]]
        {
            let table = [
                &[head, amount][..],
                &["甲", spelling],
                &["乙", "1000"],
                &["丙", "300"],
                &[total, "1050"],
            ];
            for (name, bytes) in in_every_format(&table) {
                let report = checked(name, &bytes);
                assert_eq!(found(&report), Vec::<String>::new(), "{spelling} in {name}");
                assert_eq!(report.summary.holds, 1, "{spelling} in {name}, {total}");
            }
        }
    }
}

/// In the total, and where each amount is spelled so; a wrong total is told.
#[test]
fn spelled_amounts_count_wherever_they_stand() {
    for [one, two, sum, wrong] in [
        ["¥1,000.00", "¥980.00", "¥1,980.00", "¥2,080.00"],
        ["1.0E+03", "9.8E+02", "1.98E+03", "2.08E+03"],
        ["US$1000", "US$980", "US$1980", "US$2080"],
        ["1000 EUR", "980 EUR", "1980 EUR", "2080 EUR"],
        ["=\"1000\"", "=\"980\"", "=\"1980\"", "=\"2080\""],
        [
            "\u{202d}1000\u{202c}",
            "\u{202d}980\u{202c}",
            "\u{202d}1980\u{202c}",
            "\u{202d}2080\u{202c}",
        ],
        ["RMB1000", "RMB980", "RMB1980", "RMB2080"],
        ["１０００", "９８０", "１９８０", "２０８０"],
    ] {
        let table = [
            &["项目", "预算", "决算"][..],
            &["甲", one, one],
            &["乙", two, two],
            &["合计", sum, wrong],
        ];
        for (name, bytes) in in_every_format(&table) {
            let report = checked(name, &bytes);
            assert_eq!(found(&report), ["T01 C4"], "{one} in {name}");
            assert_eq!(report.summary.holds, 1, "{one} in {name}");
        }
    }
}

/// Where nothing in a column of money can be read, each cell is named; where one cell cannot, it is.
#[test]
fn unreadable_amounts_are_named_cell_by_cell() {
    for [head, amount, total] in
        [["项目", "金额（万元）", "合计"], ["Item", "Amount", "Total"], ["項目", "金額", "合計"]]
    {
        let table = [&[head, amount][..], &["甲", "1.2.3"], &["乙", "4,5,6.7.8"], &[total, "5..0"]];
        for (name, bytes) in in_every_format(&table) {
            let report = checked(name, &bytes);
            let said = message(&report, "W06");
            for cell in ["B2“1.2.3”", "B3“4,5,6.7.8”", "B4“5..0”"] {
                assert!(said.contains(cell), "{name}: {said}");
            }
        }
    }
}

/// Where the first line of a table has no amount, it is a line all the same: its total is not wrong without it.
#[test]
fn a_first_line_without_an_amount_is_no_header() {
    for [head, amount, total] in
        [["项目", "金额", "合计"], ["Item", "Amount", "Total"], ["科目名稱", "金額", "總計"]]
    {
        for broken in ["2024-01-01", "1,00O", "10..5", "1.000.00,0", "2024/1/1"] {
            let table = [
                &[head, amount][..],
                &["甲", broken],
                &["乙", "500"],
                &["丙", "300"],
                &[total, "1800"],
            ];
            for (name, bytes) in in_every_format(&table) {
                let report = checked(name, &bytes);
                assert_eq!(found(&report), ["W06 B2"], "{broken} in {name}, {total}");
            }
        }
    }
    // Dates and years of a second header row stay what they are.
    for head in ["2023", "2023-12-31", "2023年", "2022-2023", "1-6月"] {
        let table = [
            &["项目", "本年"][..],
            &["名称", head],
            &["甲", "1000"],
            &["乙", "500"],
            &["合计", "1600"],
        ];
        assert_eq!(found(&checked("x.csv", delimited(&table).as_bytes())), ["T01 B5"], "{head}");
    }
}

#[test]
fn totals_are_known_in_traditional_chinese() {
    for word in [
        "合計",
        "總計",
        "小計",
        "共計",
        "總 計",
        "合　計",
        "總額",
        "總和",
        "合共",
        "總共",
        "總合計",
        "合計總額",
    ] {
        let table = [
            &["項目", "預算數", "決算數"][..],
            &["人員經費", "100", "900"],
            &["公用經費", "20", "80"],
            &[word, "120", "1080"],
        ];
        for (name, bytes) in in_every_format(&table) {
            assert_eq!(found(&checked(name, &bytes)), ["T01 C4"], "{word} in {name}");
        }
        // Across: a column of totals.
        let table = [
            &["項目", "基本支出", "項目支出", word][..],
            &["甲", "11", "23", "34"],
            &["乙", "45", "52", "107"],
            &["丙", "73", "89", "162"],
            &["丁", "21", "17", "38"],
            &["戊", "77", "31", "108"],
        ];
        let bytes = delimited(&table).into_bytes();
        assert_eq!(found(&checked("x.csv", &bytes)), ["T02 D3"], "{word}");
    }
    // In bytes of Big5, as texts and as a page, and in those of UTF-16.
    let table =
        [&["項目", "金額"][..], &["教育支出", "900"], &["衛生支出", "80"], &["合計", "1080"]];
    let text = delimited(&table);
    let (big5, _, _) = encoding_rs::BIG5.encode(&text);
    assert_eq!(found(&checked("x.csv", &big5)), ["T01 B4"]);
    let marked = page(&table).replace("<body>", "<head><meta charset=big5></head><body>");
    let (big5, _, _) = encoding_rs::BIG5.encode(&marked);
    assert_eq!(found(&checked("x.html", &big5)), ["T01 B4"]);
    let wide: Vec<u8> =
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(found(&checked("x.csv", &wide)), ["T01 B4"]);
}

#[test]
fn entities_and_inputs_of_pages_are_amounts() {
    for cell in [
        "&minus;250",
        "&#8722;250",
        "&#x2212;250",
        "&minus;&yen;250",
        "&yen;&minus;250",
        "(&pound;250)",
        "&minus;250&nbsp;&euro;",
        "&nbsp;&minus;250",
        "&ensp;&emsp;&thinsp;&minus;250",
        "&zwnj;&minus;250&zwj;",
        "&#x202d;&minus;250&lrm;",
        "<input value='-250'>",
        "<input type=text value=\"(250)\">",
        "<input type=hidden value=9>-250",
        "<input type=checkbox value=7>-250",
        "<textarea>-250</textarea>",
        "<select><option>9<option selected>-250</select>",
    ] {
        for [head, label, total] in [
            ["项目", "&ensp;甲", "合&emsp;计"],
            ["Item&nbsp;", "A &amp; B", "&nbsp;Total"],
            ["項目", "&middot;甲", "總計"],
        ] {
            let table = [
                &[head, "&yen;"][..],
                &[label, cell],
                &["乙", "1&#44;000"],
                &["丙", "300"],
                &[total, "1050"],
            ];
            let html = page(&table);
            let folded = format!(
                "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}",
                quoted(&html)
            );
            for (name, text) in [("x.html", &html), ("x.mht", &folded)] {
                let report = checked(name, text.as_bytes());
                assert_eq!(found(&report), Vec::<String>::new(), "{cell} in {name}");
                assert_eq!(report.summary.holds, 1, "{cell} in {name}, {total}");
            }
        }
    }
    for dash in ["&mdash;", "&ndash;", "&mdash;&mdash;", "&horbar;", "&minus;", "&hyphen;"] {
        let table =
            [&["项目", "金额"][..], &["甲", dash], &["乙", "80"], &["丙", "20"], &["合计", "100"]];
        let report = checked("x.html", page(&table).as_bytes());
        assert_eq!((found(&report), report.summary.holds), (Vec::new(), 1), "{dash}");
    }
}

fn quoted(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'=' | 128.. => format!("={byte:02X}"),
            _ => char::from(byte).to_string(),
        })
        .collect()
}

/// A date among amounts is named, as its sheet shows it.
#[test]
fn a_date_among_amounts_is_named_as_it_is_shown() {
    let excel = |format: &str, head: [&str; 3], at: u32| {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (row, text) in (0..).zip([head[0], "甲", "乙", "丙", head[2]]) {
            sheet.write(row, 0, text).unwrap();
        }
        sheet.write(0, 1, head[1]).unwrap();
        for (row, value) in [(1, 1000), (2, 500), (3, 300), (4, 1800)] {
            sheet.write(row, 1, value).unwrap();
        }
        let format = rust_xlsxwriter::Format::new().set_num_format(format);
        sheet.write_with_format(at, 1, 45_292, &format).unwrap();
        book.save_to_buffer().unwrap()
    };
    for (format, shown) in [
        ("yyyy-mm-dd", "2024-01-01"),
        ("yyyy/m/d", "2024/1/1"),
        ("yyyy\"年\"m\"月\"d\"日\"", "2024年1月1日"),
        ("mmm-yy", "Jan-24"),
    ] {
        for head in
            [["项目", "金额", "合计"], ["Item", "Amount", "Total"], ["項目", "金額", "總計"]]
        {
            // In a line, in the first one, and in the total.
            for at in [2, 1, 4] {
                let report = checked("x.xlsx", &excel(format, head, at));
                let said = message(&report, "W06");
                assert!(said.contains(&format!("B{}“{shown}”", at + 1)), "{head:?}: {said}");
            }
        }
    }
    let table = [
        &["项目", "金额"][..],
        &["甲", "1000"],
        &["乙", "2024-01-01"],
        &["丙", "300"],
        &["合计", "1300"],
    ];
    for (name, bytes) in in_every_format(&table) {
        let said = message(&checked(name, &bytes), "W06");
        assert!(said.contains("B3“2024-01-01”"), "{name}: {said}");
    }
    let mut moment = table.map(<[&str]>::to_vec);
    moment[2][1] = "@2024-01-01T00:00:00.000";
    let bytes = spreadsheetml(&slices(&moment), "UTF-8").into_bytes();
    assert!(message(&checked("x.xml", &bytes), "W06").contains("B3“2024-01-01”"));
    let open: String = table.iter().map(|row| ods_row(row, "")).collect::<String>().replace(
        r#"office:value-type="string"><text:p>2024-01-01"#,
        r#"office:value-type="date" office:date-value="2024-01-01"><text:p>2024-01-01"#,
    );
    assert!(message(&checked("x.ods", &ods(&open)), "W06").contains("B3“2024-01-01”"));
    // Of a type that says so, behind a format that does not.
    let typed = rows(&table).replace(
        r#"t="inlineStr"><is><t>2024-01-01</t></is>"#,
        r#"t="d"><v>2024-01-01T00:00:00</v>"#,
    );
    let bytes = book("s.xml", "s.xml", sheet(&typed, "").into_bytes(), &[]);
    assert!(message(&checked("x.xlsx", &bytes), "W06").contains("B3“2024-01-01"));
    let mut old = table.map(<[&str]>::to_vec);
    old[2][1] = "";
    let bytes = xls_table(&slices(&old), &[xls_number(2, 1, 1, 45_292.0)]);
    assert!(message(&checked("x.xls", &bytes), "W06").contains("B3“2024/1/1”"));
}

/// Texts of an old .xls are bytes: which, its code page says; where it says none they are read as GBK, and that is told.
#[test]
fn a_code_page_that_is_not_stated_is_told() {
    let made = |texts: [&[u8]; 3], page: Option<u16>| {
        let mut cells: Vec<Vec<u8>> = [texts[0], b"A", b"B", texts[2]]
            .iter()
            .zip(0..)
            .map(|(text, row)| xls_label(row, 0, text))
            .collect();
        cells.push(xls_label(0, 1, texts[1]));
        for (row, value) in [(1, 900.0), (2, 80.0), (3, 1080.0)] {
            cells.push(xls_number(row, 1, 0, value));
        }
        let book: Vec<Vec<u8>> =
            page.iter().map(|page| record(0x42, &page.to_le_bytes())).collect();
        xls(5, &book, b"S", &cells)
    };
    let gbk = |text: &str| encoding_rs::GBK.encode(text).0.into_owned();
    let big5 = |text: &str| encoding_rs::BIG5.encode(text).0.into_owned();
    let simple = ["项目", "金额", "合计"];
    let traditional = ["項目", "金額", "合計"];
    let english: [&[u8]; 3] = [b"Item", b"Amount", b"Total"];
    for (texts, page, words, told) in [
        (simple.map(gbk), None, simple, true),
        (simple.map(gbk), Some(936), simple, false),
        (traditional.map(gbk), None, traditional, true),
        (traditional.map(big5), Some(950), traditional, false),
        (english.map(<[u8]>::to_vec), None, ["Item", "Amount", "Total"], false),
        (english.map(<[u8]>::to_vec), Some(1252), ["Item", "Amount", "Total"], false),
    ] {
        let bytes = made([&texts[0], &texts[1], &texts[2]], page);
        let workbook = opened("x.xls", &bytes);
        for (cell, word) in ["A1", "B1", "A4"].iter().zip(words) {
            assert_eq!(workbook.sheets[0].text(cell.parse().unwrap()), Some(word), "{page:?}");
        }
        let said = workbook.remarks.iter().any(|remark| remark.zh.contains("按 GBK 读取"));
        assert_eq!(said, told, "{words:?} {page:?}");
        assert_eq!(found(&checked("x.xls", &bytes)), ["T01 B4"], "{words:?}");
        assert!(matches!(at(&workbook, "B2"), Value::Number(_)));
    }
}
