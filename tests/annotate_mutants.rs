//! The checker against workbooks broken on purpose, each in one way that makes Excel refuse or repair a file.

#![allow(clippy::print_stdout, reason = "a test says what it counted")]

#[path = "annotate_samples/mod.rs"]
mod samples;

use gouji::write::annotate::{annotate, verify};
use samples::{Parts, add, edit, parts, zipped};

/// One way to break a workbook: the rule it breaks, and how.
struct Mutant {
    rule: u8,
    name: String,
    bytes: Vec<u8>,
}

const TYPES: &str = "[Content_Types].xml";
const BOOK: &str = "xl/workbook.xml";
const BOOK_RELS: &str = "xl/_rels/workbook.xml.rels";
const STYLES: &str = "xl/styles.xml";
const STRINGS: &str = "xl/sharedStrings.xml";
const ONE: &str = "xl/worksheets/sheet1.xml";
const ONE_RELS: &str = "xl/worksheets/_rels/sheet1.xml.rels";
const TWO: &str = "xl/worksheets/sheet2.xml";
const TWO_RELS: &str = "xl/worksheets/_rels/sheet2.xml.rels";
const THREE: &str = "xl/worksheets/sheet3.xml";
const RESULTS: &str = "xl/worksheets/sheet4.xml";
const NOTES: &str = "xl/comments1.xml";
const NOTES_TWO: &str = "xl/comments2.xml";
const NOTES_OURS: &str = "xl/comments3.xml";
const VML: &str = "xl/drawings/vmlDrawing1.vml";
const VML_TWO: &str = "xl/drawings/vmlDrawing2.vml";
const VML_OURS: &str = "xl/drawings/vmlDrawing3.vml";
const TABLE: &str = "xl/tables/table1.xml";
const OTHER_TABLE: &str = "xl/tables/table2.xml";
const CHAIN: &str = "xl/calcChain.xml";
const THREADS: &str = "xl/threadedComments/threadedComment1.xml";

/// Texts replaced: rule, part, what, by what.
const EDITS: &[(u8, &str, &str, &str)] = &[
    // Content types.
    (
        2,
        TYPES,
        "<Default Extension=\"vml\" ContentType=\"application/vnd.openxmlformats-officedocument.vmlDrawing\"/>",
        "",
    ),
    (
        2,
        TYPES,
        "ContentType=\"application/vnd.openxmlformats-officedocument.vmlDrawing\"",
        "ContentType=\"application/xml\"",
    ),
    (
        2,
        TYPES,
        "PartName=\"/xl/comments3.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml\"",
        "PartName=\"/xl/comments3.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"",
    ),
    (
        2,
        TYPES,
        "<Override PartName=\"/xl/comments3.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml\"/>",
        "",
    ),
    (
        2,
        TYPES,
        "<Override PartName=\"/xl/worksheets/sheet4.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>",
        "",
    ),
    (
        2,
        TYPES,
        "<Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/>",
        "",
    ),
    (2, TYPES, "PartName=\"/xl/worksheets/sheet4.xml\"", "PartName=\"/xl/worksheets/sheet1.xml\""),
    (2, TYPES, "PartName=\"/xl/sharedStrings.xml\"", "PartName=\"xl/sharedStrings.xml\""),
    (2, TYPES, "</Types>", "<Default Extension=\"XML\" ContentType=\"text/xml\"/></Types>"),
    // Relationships.
    (3, BOOK_RELS, "Target=\"/xl/worksheets/sheet4.xml\"", "Target=\"/xl/worksheets/sheet9.xml\""),
    (3, BOOK_RELS, "Id=\"rIdGouji1\"", "Id=\"rId1\""),
    (3, BOOK_RELS, "Id=\"rIdGouji1\"", "Id=\"9rId\""),
    (3, BOOK_RELS, "Id=\"rIdGouji1\"", "Id=\"rId*0\""),
    (3, BOOK_RELS, "Target=\"styles.xml\"", "Target=\"style.xml\""),
    (3, BOOK, "r:id=\"rIdGouji1\"", "r:id=\"rId77\""),
    (3, ONE, "<legacyDrawing r:id=\"rId3\"/>", "<legacyDrawing r:id=\"rId33\"/>"),
    (3, ONE, "<drawing r:id=\"rId2\"/>", "<drawing r:id=\"rId22\"/>"),
    (
        3,
        ONE_RELS,
        "Target=\"../drawings/vmlDrawing1.vml\"",
        "Target=\"../drawing/vmlDrawing1.vml\"",
    ),
    (3, ONE_RELS, "Target=\"../comments1.xml\"", "Target=\"comments1.xml\""),
    (3, TWO, "<tablePart r:id=\"rId3\"/>", "<tablePart r:id=\"rId8\"/>"),
    (4, "_rels/.rels", "Target=\"xl/workbook.xml\"", "Target=\"xl/book.xml\""),
    (4, "_rels/.rels", "relationships/officeDocument\"", "relationships/document\""),
    // Sheets and names.
    (7, BOOK, "name=\"核对结果\" sheetId=\"4\"", "name=\"核对结果\" sheetId=\"2\""),
    (7, BOOK, "sheetId=\"4\"", "sheetId=\"0\""),
    (7, BOOK, "sheetId=\"4\"", "sheetId=\"70000\""),
    (7, BOOK, "name=\"核对结果\"", "name=\"明细\""),
    (7, BOOK, "name=\"核对结果\"", "name=\"\""),
    (7, BOOK, "name=\"核对结果\"", "name=\"核对[结果]\""),
    (7, BOOK, "name=\"核对结果\"", "name=\"核对:结果\""),
    (7, BOOK, "name=\"核对结果\"", "name=\"'核对结果\""),
    (
        7,
        BOOK,
        "name=\"核对结果\"",
        "name=\"一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二\"",
    ),
    (7, BOOK, "name=\"核对结果\"", "name=\"History\""),
    (8, BOOK, "localSheetId=\"3\"", "localSheetId=\"4\""),
    (8, BOOK, "name=\"局部\" localSheetId=\"1\"", "name=\"局部\" localSheetId=\"9\""),
    (9, BOOK, "<workbookView ", "<workbookView activeTab=\"7\" "),
    (9, BOOK, "<workbookView ", "<workbookView firstSheet=\"4\" "),
    (9, BOOK, "<workbookView ", "<workbookView activeTab=\"2\" "),
    (
        10,
        BOOK,
        "<definedName name=\"汇率\">7.1</definedName>",
        "<definedName name=\"汇率\">7.1</definedName><definedName name=\"汇率\">7.2</definedName>",
    ),
    (
        10,
        BOOK,
        "</definedNames>",
        "<definedName name=\"Print_Titles\" localSheetId=\"0\">收支总表!$1:$1</definedName></definedNames>",
    ),
    (
        10,
        BOOK,
        "</definedNames>",
        "<definedName name=\"_XLNM.PRINT_AREA\" localSheetId=\"0\">收支总表!$A$1</definedName></definedNames>",
    ),
    (
        10,
        BOOK,
        "<calcPr calcId=\"124519\" fullCalcOnLoad=\"1\"/></workbook>",
        "<calcPr calcId=\"124519\"/><bookViews><workbookView/></bookViews></workbook>",
    ),
    // One dialect.
    (
        13,
        ONE,
        "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"",
        "xmlns=\"http://purl.oclc.org/ooxml/spreadsheetml/main\"",
    ),
    (
        13,
        STYLES,
        "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"",
        "xmlns=\"http://purl.oclc.org/ooxml/spreadsheetml/main\"",
    ),
    (13, RESULTS, " xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"", ""),
    // Cells.
    (17, ONE, "<row r=\"4\"", "<row r=\"3\""),
    (17, ONE, "<row r=\"4\"", "<row r=\"9\""),
    (17, ONE, "<row r=\"20\"", "<row r=\"2000000\""),
    (17, ONE, "<row r=\"1\"", "<row r=\"0\""),
    (17, ONE, "r=\"C4\"", "r=\"B4\""),
    (17, ONE, "r=\"C4\"", "r=\"A4\""),
    (17, ONE, "r=\"C4\"", "r=\"C5\""),
    (17, ONE, "r=\"H20\"", "r=\"XFE20\""),
    (17, ONE, "r=\"H20\"", "r=\"20H\""),
    (19, ONE, "<row r=\"7\" spans=\"1:6\"", "<row r=\"7\" spans=\"1:4\""),
    (19, ONE, "<row r=\"7\" spans=\"1:6\"", "<row r=\"7\" spans=\"1:5\""),
    (19, ONE, "<row r=\"7\" spans=\"1:6\"", "<row r=\"7\" spans=\"7:9\""),
    (19, ONE, "<row r=\"20\"", "<row spans=\"1:4\" r=\"20\""),
    (20, ONE, "<v>120.5</v>", "<v>120,5</v>"),
    (20, ONE, "<c r=\"A3\" t=\"s\">", "<c r=\"A3\" t=\"string\">"),
    (21, ONE, "<c r=\"A3\" t=\"s\"><v>1</v>", "<c r=\"A3\" t=\"s\"><v>99</v>"),
    (21, ONE, "<c r=\"A3\" t=\"s\"><v>1</v>", "<c r=\"A3\" t=\"s\"><v>-1</v>"),
    (21, STRINGS, "<si><t>项目4</t></si>", ""),
    (23, ONE, "<mergeCell ref=\"A1:D1\"/>", "<mergeCell ref=\"A1:D1\"/><mergeCell ref=\"D1:E2\"/>"),
    (23, ONE, "<mergeCell ref=\"A1:D1\"/>", "<mergeCell ref=\"A1:D1\"/><mergeCell ref=\"A1:D1\"/>"),
    (23, ONE, "<mergeCell ref=\"A1:D1\"/>", "<mergeCell ref=\"A1:\"/>"),
    (23, TWO, "<mergeCell ref=\"A8:B9\"/>", "<mergeCell ref=\"A5:B9\"/>"),
    (24, ONE, "<dimension ref=\"A1:H20\"/>", "<dimension ref=\"A1-H20\"/>"),
    (24, ONE, "<dimension ref=\"A1:H20\"/>", "<dimension ref=\"\"/>"),
    // Tables.
    (25, TABLE, "<tableColumn id=\"1\" name=\"项目\"/>", "<tableColumn id=\"1\" name=\"名称\"/>"),
    (25, TABLE, "<tableColumn id=\"2\" name=\"金额\"/>", ""),
    (25, TABLE, "displayName=\"明细表\"", "displayName=\"T1\""),
    (25, TABLE, "displayName=\"明细表\"", "displayName=\"明 细\""),
    (25, OTHER_TABLE, "id=\"2\"", "id=\"1\""),
    (25, OTHER_TABLE, "displayName=\"别表\"", "displayName=\"明细表\""),
    (25, OTHER_TABLE, "ref=\"E1:F4\"", "ref=\"E1:G4\""),
    (
        25,
        TWO,
        "<c r=\"A1\" t=\"s\"><v>6</v></c>",
        "<c r=\"A1\" t=\"inlineStr\"><is><t>科目</t></is></c>",
    ),
    // Conditional formats.
    (26, ONE, "dxfId=\"0\"", "dxfId=\"3\""),
    (26, ONE, "priority=\"2\"", "priority=\"0\""),
    (26, ONE, " priority=\"2\"", ""),
    // The calculation chain.
    (28, CHAIN, "<c r=\"C6\"/>", "<c r=\"C6\"/><c r=\"A3\"/>"),
    (28, CHAIN, "<c r=\"C6\"/>", "<c r=\"C6\"/><c r=\"A1\" i=\"7\"/>"),
    (28, CHAIN, "<c r=\"C6\"/>", "<c i=\"1\"/>"),
    (28, ONE, "<f>SUM(B3:B5)</f>", ""),
    (
        29,
        ONE,
        " xmlns:x14ac=\"http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac\" mc:Ignorable=\"x14ac\"",
        " xmlns:x14ac=\"http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac\" mc:Ignorable=\"x14ac xr\"",
    ),
    // Styles.
    (30, STYLES, "<fonts count=\"8\">", "<fonts count=\"9\">"),
    (30, STYLES, "<numFmts count=\"2\">", "<numFmts count=\"3\">"),
    (30, STYLES, "<cellStyles ", "<colors/><cellStyles "),
    (30, STYLES, "<fills ", "<cellStyles count=\"0\"></cellStyles><fills "),
    (31, ONE, "<c r=\"B6\" s=\"", "<c r=\"B6\" s=\"9"),
    (
        31,
        STYLES,
        "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>",
        "<xf numFmtId=\"0\" fontId=\"90\" fillId=\"0\" borderId=\"0\"/>",
    ),
    (31, STYLES, "fillId=\"3\" borderId", "fillId=\"99\" borderId"),
    (31, STYLES, "borderId=\"1\"", "borderId=\"77\""),
    (31, STYLES, "xfId=\"0\"", "xfId=\"50\""),
    (32, ONE, "<col min=\"1\" max=\"1\"", "<col min=\"1\" max=\"1\" style=\"400\""),
    (32, ONE, "<col min=\"1\" max=\"1\"", "<col min=\"2\" max=\"1\""),
    (32, ONE, "<col min=\"1\" max=\"1\"", "<col min=\"1\" max=\"20000\""),
    (32, ONE, "<row r=\"20\">", "<row r=\"20\" s=\"400\" customFormat=\"1\">"),
    // Notes.
    (33, NOTES, "<comment ref=\"B5\" authorId=\"1\">", "<comment ref=\"B5\" authorId=\"9\">"),
    (33, NOTES, "<comment ref=\"B5\" authorId=\"1\">", "<comment ref=\"B5\">"),
    (33, NOTES, "<comment ref=\"B5\"", "<comment ref=\"B4\""),
    (33, NOTES, "<comment ref=\"B5\"", "<comment ref=\"\""),
    (33, NOTES_TWO, "<author>gouji</author>", ""),
    (34, ONE, "<legacyDrawing r:id=\"rId3\"/>", ""),
    (34, THREE, "<legacyDrawing", "<legacyDrawingHF"),
    (
        34,
        ONE_RELS,
        "relationships/comments\" Target=\"../comments1.xml\"",
        "relationships/other\" Target=\"../comments1.xml\"",
    ),
    (34, TWO_RELS, "../drawings/vmlDrawing2.vml", "../drawings/vmlDrawing1.vml"),
    // The order of elements.
    (35, ONE, "<dataValidations count=\"1\">", "<printOptions/><dataValidations count=\"1\">"),
    (35, ONE, "<sheetViews>", "<sheetFormatPr/><sheetViews>"),
    (
        35,
        ONE,
        "<drawing r:id=\"rId2\"/><legacyDrawing r:id=\"rId3\"/>",
        "<legacyDrawing r:id=\"rId3\"/><drawing r:id=\"rId2\"/>",
    ),
    (35, ONE, "<hyperlinks>", "<hyperlinks></hyperlinks><hyperlinks>"),
    (34, TWO, "<legacyDrawing r:id=\"rId1\"/><tableParts count=\"2\">", "<tableParts count=\"2\">"),
    (35, RESULTS, "<pageMargins ", "<headerFooter/><pageMargins "),
    // Shapes.
    (36, VML_TWO, "data=\"2\"", "data=\"1\""),
    (36, VML_OURS, "data=\"3\"", "data=\"2\""),
    (36, VML, "_x0000_s1026", "_x0000_s1025"),
    (36, VML, "_x0000_s1026", "_x0000_s9000"),
    (36, VML_TWO, "_x0000_s2061", "_x0000_s1027"),
    (37, VML, "<x:Row>4</x:Row>", "<x:Row>40</x:Row>"),
    (37, VML, "<x:Row>4</x:Row>", ""),
    (37, VML, "<x:Column>1</x:Column>", "<x:Column>x</x:Column>"),
    (37, VML_OURS, "<x:Anchor>1, 15,", "<x:Anchor>1,"),
    (37, VML_OURS, "id=\"_x0000_t202\"", "id=\"_x0000_t203\""),
    (37, VML, "</xml>", ""),
    // Threads.
    (
        38,
        THREADS,
        "id=\"{11111111-2222-3333-4444-555555555555}\"",
        "id=\"{21111111-2222-3333-4444-555555555555}\"",
    ),
    (38, NOTES_TWO, "[Threaded comment]", "[Threaded comment]"),
    (38, THREADS, "ref=\"A4\"", "ref=\"A5\""),
    // XML.
    (39, ONE, "</sheetData>", "</sheetdata>"),
    (39, ONE, "</worksheet>", ""),
    (39, ONE, "<c r=\"A3\" t=\"s\">", "<c r=\"A3\" r=\"A3\" t=\"s\">"),
    (39, RESULTS, "核对结果", "核对 & 结果"),
    (39, RESULTS, "核对结果", "核对\u{b}结果"),
    (39, RESULTS, "核对结果", "核对&nbsp;结果"),
    (39, BOOK, "r:id=\"rIdGouji1\"", "q:id=\"rIdGouji1\""),
    (39, STYLES, "</styleSheet>", "</styleSheet><x/>"),
    (39, NOTES, "<author>王</author>", "<author>王"),
    (39, "customXml/item1.xml", "</marks>", ""),
];

fn swap(content: &mut [u8], from: &[u8], to: &[u8]) {
    let at = content.windows(from.len()).rposition(|window| window == from).expect("the bytes");
    content[at..at + from.len()].copy_from_slice(to);
}

fn mutants(base: &[u8]) -> Vec<Mutant> {
    let all = parts(base);
    let mut mutants = Vec::new();
    for (rule, part, from, to) in EDITS {
        if from == to {
            continue;
        }
        let mut changed = all.clone();
        edit(&mut changed, part, from, to);
        let name = format!("{part}: {from} → {to}");
        mutants.push(Mutant { rule: *rule, name, bytes: zipped(&changed) });
    }
    let mut push = |rule: u8, name: &str, parts: Parts| {
        mutants.push(Mutant { rule, name: name.to_owned(), bytes: zipped(&parts) });
    };
    // Parts that are missing.
    for (rule, part) in [
        (2, TYPES),
        (3, ONE),
        (3, RESULTS),
        (3, STYLES),
        (3, STRINGS),
        (3, NOTES),
        (3, VML_OURS),
        (3, "xl/comments3.xml"),
        (3, TABLE),
        (3, THREADS),
        (3, "xl/charts/chart1.xml"),
        (4, BOOK),
        (4, "_rels/.rels"),
        (3, BOOK_RELS),
        (3, TWO_RELS),
        (3, "customXml/itemProps1.xml"),
    ] {
        let mut changed = all.clone();
        changed.retain(|(name, _)| name != part);
        push(rule, &format!("without {part}"), changed);
    }
    // All sheets hidden.
    let mut changed = all.clone();
    for name in ["收支总表", "明细", "核对结果"] {
        edit(
            &mut changed,
            BOOK,
            &format!("name=\"{name}\""),
            &format!("name=\"{name}\" state=\"hidden\""),
        );
    }
    push(9, "no visible sheet", changed);
    // Text that is too long.
    let mut changed = all.clone();
    edit(&mut changed, RESULTS, "核对结果", &"长".repeat(33_000));
    push(22, "a long inline text", changed);
    let mut changed = all.clone();
    edit(&mut changed, STRINGS, "人员经费", &"长".repeat(33_000));
    push(22, "a long shared text", changed);
    // Text of too many lines.
    let lines = "行\n".repeat(254);
    for (name, part, from) in [
        ("an inline text of 254 line feeds", RESULTS, "核对结果"),
        ("a shared text of 254 line feeds", STRINGS, "人员经费"),
    ] {
        let mut changed = all.clone();
        edit(&mut changed, part, from, &lines);
        push(22, name, changed);
    }
    let mut changed = all.clone();
    edit(&mut changed, NOTES_OURS, "相差", &"长".repeat(33_000));
    push(22, "a long note", changed);
    // Two names that differ by case only, and a broken signature.
    let mut changed = all.clone();
    add(&mut changed, "XL/STYLES.XML", "<a/>");
    push(1, "two entries differ by case", changed);
    let mut changed = all.clone();
    add(&mut changed, "_xmlsignatures/sig1.xml", "<a/>");
    edit(
        &mut changed,
        TYPES,
        "</Types>",
        "<Override PartName=\"/_xmlsignatures/sig1.xml\" ContentType=\"application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml\"/></Types>",
    );
    push(15, "a signature that nothing leads to", changed);
    let mut changed = all.clone();
    edit(
        &mut changed,
        "_rels/.rels",
        "</Relationships>",
        "<Relationship Id=\"rId80\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin\" Target=\"_xmlsignatures/origin.sigs\"/></Relationships>",
    );
    push(15, "a signature origin that is missing", changed);
    // A sheet with two comments parts.
    let mut changed = all.clone();
    edit(
        &mut changed,
        ONE_RELS,
        "</Relationships>",
        "<Relationship Id=\"rId60\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments\" Target=\"/xl/comments3.xml\"/></Relationships>",
    );
    push(34, "two comments parts on a sheet", changed);
    mutants.push(style_of_none());
    bytes_mutants(base, &mut mutants);
    mutants
}

/// A copy of a workbook without named styles, in which a format of ours names one.
fn style_of_none() -> Mutant {
    let mut plain = parts(&samples::rich());
    rewrite(&mut plain, STYLES, |mut styles| {
        for list in ["cellStyleXfs", "cellStyles"] {
            let from = styles.find(&format!("<{list}")).expect("a list");
            let end = format!("</{list}>");
            let to = from + styles[from..].find(&end).expect("its end") + end.len();
            styles.replace_range(from..to, "");
        }
        styles.replace(" xfId=\"0\"", "")
    });
    let copy = annotate(&zipped(&plain), &samples::plan()).expect("a copy").bytes;
    assert_eq!(verify(&copy).expect("a copy to verify"), [], "without named styles, too");
    let mut changed = parts(&copy);
    rewrite(&mut changed, STYLES, |mut styles| {
        let formats = styles.find("</cellXfs>").expect("formats");
        let last = styles[..formats].rfind("<xf ").expect("a format");
        styles.insert_str(last + 3, " xfId=\"0\"");
        styles
    });
    Mutant {
        rule: 31,
        name: "a format of ours names a style where there are none".to_owned(),
        bytes: zipped(&changed),
    }
}

fn rewrite(parts: &mut Parts, name: &str, change: impl FnOnce(String) -> String) {
    let content = &mut parts.iter_mut().find(|(part, _)| part == name).expect("the part").1;
    *content = change(String::from_utf8(content.clone()).expect("text")).into_bytes();
}

/// What only the container's bytes can break.
fn bytes_mutants(base: &[u8], mutants: &mut Vec<Mutant>) {
    let mut push = |rule: u8, name: &str, bytes: Vec<u8>| {
        mutants.push(Mutant { rule, name: name.to_owned(), bytes });
    };
    let first =
        |needle: &[u8]| base.windows(needle.len()).position(|w| w == needle).expect("there");
    // The first local header: checksum, size, method, name.
    for (name, offset) in
        [("local checksum", 14), ("local size", 22), ("local method", 8), ("local name", 31)]
    {
        let mut bytes = base.to_vec();
        bytes[first(b"PK\x03\x04") + offset] ^= 1;
        push(1, name, bytes);
    }
    let mut bytes = base.to_vec();
    let data = first(b"xl/theme/theme1.xml") + 60;
    bytes[data] ^= 0x10;
    push(5, "a flipped bit in the compressed data", bytes);
    let mut bytes = base.to_vec();
    swap(&mut bytes, b"xl/comments3.xml", b"xl/comments2.xml");
    push(1, "two entries of one name", bytes);
    push(5, "cut short", base[..base.len() - 30].to_vec());
    let mut bytes = base.to_vec();
    let central = first(b"PK\x01\x02");
    bytes[central + 10] = 12;
    push(5, "a method nobody knows", bytes);
    let mut bytes = base.to_vec();
    bytes[central + 8] |= 1;
    push(16, "an encrypted entry", bytes);
    // The second entry of the directory points at the first's data.
    let mut bytes = base.to_vec();
    let second = central
        + 4
        + base[central + 4..].windows(4).position(|w| w == b"PK\x01\x02").expect("there");
    bytes.copy_within(central + 42..central + 46, second + 42);
    push(1, "two entries share their data", bytes);
}

#[test]
fn what_is_broken_is_found() {
    let base = samples::rich();
    assert_eq!(verify(&base).unwrap(), [], "the workbook to start from is right");
    let copy = annotate(&base, &samples::plan()).unwrap().bytes;
    assert_eq!(verify(&copy).unwrap(), [], "so is its copy");
    let mutants = mutants(&copy);
    let (mut found, mut named, mut missed) = (0, 0, Vec::new());
    for mutant in &mutants {
        let breaches = verify(&mutant.bytes);
        match &breaches {
            Ok(breaches) if breaches.is_empty() => missed.push(&mutant.name),
            Ok(breaches) => {
                found += 1;
                let right = breaches.iter().any(|breach| breach.rule == mutant.rule);
                named += usize::from(right);
                if !right {
                    println!("rule {} told as {:?}: {}", mutant.rule, breaches, mutant.name);
                }
            }
            Err(_) => found += 1,
        }
    }
    println!("{} mutants, {found} found, {named} by the rule they break", mutants.len());
    for name in &missed {
        println!("missed: {name}");
    }
    let mut names: Vec<&str> = mutants.iter().map(|mutant| mutant.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() >= 100, "{} distinct mutants", names.len());
    assert!(found * 100 >= mutants.len() * 98, "{found} of {}", mutants.len());
    assert!(named * 100 >= mutants.len() * 90, "{named} of {} by the right rule", mutants.len());
}
