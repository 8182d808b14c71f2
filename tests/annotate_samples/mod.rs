//! Workbooks made here, with what a patcher can break: charts, tables, notes, threads, names, protection, pictures.
#![allow(dead_code, unreachable_pub, reason = "each test uses its own part")]
#![allow(clippy::float_arithmetic, clippy::doc_markdown, reason = "figures of a sample")]

use std::io::{Cursor, Read, Write};

use gouji::model::CellRef;
use gouji::write::annotate::{Mark, MarkKind, Origin, Plan, Row, Summary};
use rust_xlsxwriter::{
    Chart, ChartType, Color, ConditionalFormatCell, ConditionalFormatCellRule,
    ConditionalFormatDataBar, DataValidation, Format, FormatBorder, Note, Sparkline, Table,
    TableColumn, Workbook,
};

/// The parts of a zip, in order.
pub type Parts = Vec<(String, Vec<u8>)>;

pub fn parts(bytes: &[u8]) -> Parts {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    (0..archive.len())
        .map(|at| {
            let mut entry = archive.by_index(at).expect("an entry");
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("its content");
            (entry.name().map(std::borrow::Cow::into_owned).unwrap_or_default(), content)
        })
        .collect()
}

pub fn zipped(parts: &Parts) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    for (name, content) in parts {
        writer.start_file(name.as_str(), options).expect("a new entry");
        writer.write_all(content).expect("its content");
    }
    writer.finish().expect("a zip").into_inner()
}

/// A part's text changed: the first `from` becomes `to`.
pub fn edit(parts: &mut Parts, part: &str, from: &str, to: &str) {
    let content = &mut parts.iter_mut().find(|(name, _)| name == part).expect(part).1;
    let text = String::from_utf8(content.clone()).expect("text");
    assert!(text.contains(from), "{part} has no {from}:\n{text}");
    *content = text.replacen(from, to, 1).into_bytes();
}

pub fn add(parts: &mut Parts, name: &str, content: &str) {
    parts.push((name.to_owned(), content.as_bytes().to_vec()));
}

fn cell(name: &str) -> CellRef {
    name.parse().expect("a cell")
}

/// A workbook with much in it.
pub fn rich() -> Vec<u8> {
    let mut book = Workbook::new();
    let money = Format::new().set_num_format("#,##0.00").set_border(FormatBorder::Thin);
    let white =
        Format::new().set_font_color(Color::White).set_background_color(Color::Navy).set_bold();
    let sheet = book.add_worksheet().set_name("收支总表").expect("a name");
    sheet.set_column_width(0, 24).expect("a width");
    sheet.merge_range(0, 0, 0, 3, "2022年度收支总表", &white).expect("a range");
    for (row, (name, amount)) in
        [("人员经费", 120.5), ("公用经费", 30.2), ("项目经费", 400.0)].into_iter().enumerate()
    {
        let row = row as u32 + 2;
        sheet.write(row, 0, name).expect("a cell");
        sheet.write_with_format(row, 1, amount, &money).expect("a cell");
        sheet.write_with_format(row, 2, amount * 2.0, &money).expect("a cell");
    }
    sheet.write(5, 0, "合计").expect("a cell");
    sheet.write_formula_with_format(5, 1, "=SUM(B3:B5)", &money).expect("a cell");
    sheet.write_formula_with_format(5, 2, "=SUM(C3:C5)", &money).expect("a cell");
    sheet.insert_note(3, 1, &Note::new("原有批注").set_author("王")).expect("a note");
    sheet.insert_note(4, 1, &Note::new("又一条").set_author("王")).expect("a note");
    sheet.add_conditional_format(2, 2, 4, 2, &ConditionalFormatDataBar::new()).expect("a format");
    sheet
        .add_conditional_format(
            2,
            1,
            4,
            1,
            &ConditionalFormatCell::new()
                .set_rule(ConditionalFormatCellRule::GreaterThan(100))
                .set_format(Format::new().set_font_color(Color::Blue)),
        )
        .expect("a format");
    sheet
        .add_data_validation(
            2,
            3,
            4,
            3,
            &DataValidation::new().allow_list_strings(&["是", "否"]).expect("a list"),
        )
        .expect("a validation");
    sheet
        .add_sparkline(2, 4, &Sparkline::new().set_range(("收支总表", 2, 1, 2, 2)))
        .expect("a sparkline");
    let mut chart = Chart::new(ChartType::Column);
    chart.add_series().set_values(("收支总表", 2, 1, 4, 1));
    sheet.insert_chart(8, 5, &chart).expect("a chart");
    sheet.set_print_area(0, 0, 6, 5).expect("an area");
    sheet.set_repeat_rows(0, 1).expect("rows");
    sheet.write_url(6, 0, "https://example.org/").expect("a link");

    let sheet = book.add_worksheet().set_name("明细").expect("a name");
    let table = Table::new().set_name("明细表").set_columns(&[
        TableColumn::new().set_header("项目"),
        TableColumn::new().set_header("金额"),
    ]);
    sheet.add_table(0, 0, 4, 1, &table).expect("a table");
    for row in 1..=4_u32 {
        sheet.write(row, 0, format!("项目{row}")).expect("a cell");
        sheet.write(row, 1, f64::from(row) * 10.0).expect("a cell");
    }
    let other = Table::new()
        .set_name("别表")
        .set_columns(&[TableColumn::new().set_header("甲"), TableColumn::new().set_header("乙")]);
    sheet.add_table(0, 4, 3, 5, &other).expect("a table");
    sheet.merge_range(7, 0, 8, 1, "并", &Format::new()).expect("a range");
    sheet.protect();
    sheet.insert_note(2, 0, &Note::new("第二张表").set_author("李")).expect("a note");

    let sheet = book.add_worksheet().set_name("隐藏").expect("a name");
    sheet.write(0, 0, 1).expect("a cell");
    sheet.set_hidden(true);
    book.define_name("汇率", "=7.1").expect("a name");
    book.define_name("明细!局部", "=明细!$A$1").expect("a name");
    let bytes = book.save_to_buffer().expect("a workbook");
    with_threads(with_chain(parts(&bytes)))
}

/// A calculation chain, which rust_xlsxwriter does not write.
fn with_chain(mut all: Parts) -> Parts {
    edit(
        &mut all,
        "[Content_Types].xml",
        "</Types>",
        "<Override PartName=\"/xl/calcChain.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml\"/></Types>",
    );
    edit(
        &mut all,
        "xl/_rels/workbook.xml.rels",
        "</Relationships>",
        "<Relationship Id=\"rId90\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain\" Target=\"calcChain.xml\"/></Relationships>",
    );
    add(
        &mut all,
        "xl/calcChain.xml",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<calcChain xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><c r=\"B6\" i=\"1\"/><c r=\"C6\"/></calcChain>",
    );
    all
}

/// A threaded comment with its twin on 明细!A4.
fn with_threads(mut all: Parts) -> Vec<u8> {
    const ID: &str = "{11111111-2222-3333-4444-555555555555}";
    let comments = all
        .iter()
        .filter(|(name, _)| name.starts_with("xl/comments"))
        .map(|(name, _)| name.clone())
        .nth(1)
        .expect("the second sheet's notes");
    edit(&mut all, &comments, "</authors>", &format!("<author>tc={ID}</author></authors>"));
    edit(
        &mut all,
        &comments,
        "</commentList>",
        "<comment ref=\"A4\" authorId=\"2\"><text><t>[Threaded comment]\n帖</t></text></comment></commentList>",
    );
    let drawing = comments.replace("xl/comments", "xl/drawings/vmlDrawing").replace(".xml", ".vml");
    edit(
        &mut all,
        &drawing,
        "</xml>",
        "<v:shape id=\"_x0000_s2060\" type=\"#_x0000_t202\" style=\"visibility:hidden\"><x:ClientData ObjectType=\"Note\"><x:Anchor>1, 15, 2, 2, 3, 15, 5, 4</x:Anchor><x:Row>3</x:Row><x:Column>0</x:Column></x:ClientData></v:shape></xml>",
    );
    edit(
        &mut all,
        "[Content_Types].xml",
        "</Types>",
        "<Override PartName=\"/xl/threadedComments/threadedComment1.xml\" ContentType=\"application/vnd.ms-excel.threadedcomments+xml\"/><Override PartName=\"/xl/persons/person.xml\" ContentType=\"application/vnd.ms-excel.person+xml\"/></Types>",
    );
    edit(
        &mut all,
        "xl/worksheets/_rels/sheet2.xml.rels",
        "</Relationships>",
        "<Relationship Id=\"rId91\" Type=\"http://schemas.microsoft.com/office/2017/10/relationships/threadedComment\" Target=\"../threadedComments/threadedComment1.xml\"/></Relationships>",
    );
    edit(
        &mut all,
        "xl/_rels/workbook.xml.rels",
        "</Relationships>",
        "<Relationship Id=\"rId92\" Type=\"http://schemas.microsoft.com/office/2017/10/relationships/person\" Target=\"persons/person.xml\"/></Relationships>",
    );
    add(
        &mut all,
        "xl/threadedComments/threadedComment1.xml",
        &format!(
            "<ThreadedComments xmlns=\"http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments\"><threadedComment ref=\"A4\" dT=\"2023-01-01T00:00:00.00\" personId=\"{{AAAAAAAA-2222-3333-4444-555555555555}}\" id=\"{ID}\"><text>帖</text></threadedComment></ThreadedComments>"
        ),
    );
    add(
        &mut all,
        "xl/persons/person.xml",
        "<personList xmlns=\"http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments\"><person displayName=\"王\" id=\"{AAAAAAAA-2222-3333-4444-555555555555}\" userId=\"王\" providerId=\"None\"/></personList>",
    );
    zipped(&all)
}

/// Marks of every kind: on plain cells, on a note, on a thread, in a merged range, on cells that do not exist.
pub fn plan() -> Plan {
    let mut plan = Plan::default();
    for (sheet, name, kind) in [
        ("收支总表", "B6", MarkKind::Error),
        ("收支总表", "C6", MarkKind::Warning),
        ("收支总表", "B4", MarkKind::Info),
        ("收支总表", "C1", MarkKind::Info),
        ("收支总表", "B3", MarkKind::Term),
        ("收支总表", "H20", MarkKind::Info),
        ("收支总表", "A7", MarkKind::Info),
        ("收支总表", "F7", MarkKind::Term),
        ("明细", "A4", MarkKind::Error),
        ("明细", "B3", MarkKind::Error),
        ("隐藏", "A1", MarkKind::Warning),
    ] {
        let note = (kind != MarkKind::Term).then(|| {
            "≠ 错误 T01 合计不等于分项之和\n申报：550.70 万元\n应为：551.70 万元\n相差：−1.00 万元\n依据：B3 人员经费 120.50 + B4 公用经费 30.20 + B5 项目经费 400.00\n疑似 <漏加> & “重复”".to_owned()
        });
        plan.marks.push(Mark { sheet: sheet.to_owned(), cell: cell(name), kind, note });
        if kind != MarkKind::Term {
            plan.summary.rows.push(row(kind, sheet, name));
        }
    }
    plan.summary = Summary {
        origin: Origin {
            name: "收支.xlsx".to_owned(),
            sha256: "0".repeat(64),
            conversion: Vec::new(),
        },
        lines: vec![
            "结论：发现错误 3 项、需核实 2 项、提示 4 项。".to_owned(),
            "核对 46 项：一致 42，尾差 0，不符 4，未能核对 0。".to_owned(),
        ],
        unchecked: vec!["12 个数字没有可用的核对关系，未作核对；未核对不等于正确。".to_owned()],
        ..plan.summary
    };
    plan
}

pub fn row(kind: MarkKind, sheet: &str, name: &str) -> Row {
    Row {
        kind,
        rule: "T01".to_owned(),
        place: Some((sheet.to_owned(), cell(name))),
        also: Vec::new(),
        other_file: None,
        what: "合计 / 支出数".to_owned(),
        message: "合计 550.70 与分项之和 551.70 不符，相差 −1.00 万元".to_owned(),
        stated: Some("550.70".parse().expect("a number")),
        computed: Some("551.70".parse().expect("a number")),
        difference: Some("-1".parse().expect("a number")),
        percent: false,
        unit: "万元".to_owned(),
        cause: "疑似 公用经费少计 1.00".to_owned(),
    }
}
