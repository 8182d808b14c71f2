//! Documents and pages of `tests/documents`, each beside the text that it must be read as.
//!
//! The documents come of other programs, and the texts of the tables that went into them: see `make.py` there.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use gouji::model::{Format, Sheet, Value, Workbook};
use gouji::read::{Limits, read};

fn cell(workbook: &Workbook, sheet: &Sheet, value: Value, style: u16) -> String {
    let text = match value {
        Value::Empty => String::new(),
        Value::Text(id) => sheet.texts.get(id).replace('\n', "⏎"),
        Value::Number(number) => format!("#{}", number.normalize()),
        other => format!("{other:?}"),
    };
    match workbook.style(style).number_format.code.as_ref() {
        "" | "General" => text,
        code => format!("{text} [{code}]"),
    }
}

fn shown(workbook: &Workbook) -> String {
    let mut sheets = Vec::new();
    for sheet in &workbook.sheets {
        let mut out = format!("== {}\n", sheet.name);
        for row in sheet.row_numbers() {
            let mut cells = Vec::new();
            for (column, value, style) in sheet.row(row) {
                cells.resize(column as usize, String::new());
                cells.push(cell(workbook, sheet, value, style));
            }
            let line = format!("{}: {}", row + 1, cells.join(" | "));
            writeln!(out, "{}", line.trim_end_matches([' ', '|', '\u{a0}'])).expect("a string");
        }
        if !sheet.merges.is_empty() {
            let mut merges = sheet.merges.clone();
            merges.sort_by_key(|merge| merge.start);
            let merges: Vec<String> = merges.iter().map(ToString::to_string).collect();
            writeln!(out, "merged {}", merges.join(" ")).expect("a string");
        }
        sheets.push(out.replace('\u{a0}', ""));
    }
    sheets.join("\n")
}

fn opened(file: &str) -> Workbook {
    let bytes = fs::read(Path::new("tests/documents").join(file)).expect("a document");
    read(file, &bytes, &Limits::default()).unwrap_or_else(|error| panic!("{file}: {error:?}"))
}

#[test]
fn documents_are_read_as_what_went_into_them() {
    let mut checked = 0;
    for entry in fs::read_dir("tests/documents").expect("a folder") {
        let path = entry.expect("a listing").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let Some(file) = name.strip_suffix(".txt") else { continue };
        let expected = fs::read_to_string(&path).expect("a text");
        assert_eq!(shown(&opened(file)), expected, "{file}");
        checked += 1;
    }
    assert_eq!(checked, 6);
}

#[test]
fn documents_are_known_by_their_content() {
    for (file, format, remark) in [
        ("self_evaluation_word.docx", Format::Docx, false),
        ("self_evaluation_libreoffice.docx", Format::Docx, false),
        ("details_libreoffice.html", Format::Html, false),
        ("details_database.xls", Format::Html, true),
        ("workbook_excel_gbk.mht", Format::Mhtml, false),
    ] {
        let workbook = opened(file);
        assert_eq!(workbook.format, format, "{file}");
        let said = workbook.remarks.iter().any(|remark| remark.zh.contains("扩展名"));
        assert_eq!(said, remark, "{file}");
    }
}
