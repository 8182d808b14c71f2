//! What a conversion to .xlsx keeps, seen by reading it back.

use std::io::{Cursor, Read as _};

use gouji::model::{ColumnFormat, DefinedName, Format, RowFormat, Sheet, Workbook};
use gouji::read::{Limits, read};
use gouji::write::annotate::{convert, verify};

#[test]
fn outlines_names_and_filters_are_kept() {
    let mut workbook = Workbook {
        sheets: vec![Sheet::default(), Sheet::default()],
        ..Workbook::empty(Format::Xls)
    };
    for (sheet, name) in workbook.sheets.iter_mut().zip(["收支", "明'细"]) {
        sheet.name = name.to_owned();
    }
    for (row, outline) in [(1, 1), (2, 2), (3, 1), (5, 1)] {
        workbook.sheets[0].rows.insert(row, RowFormat { outline, ..RowFormat::default() });
    }
    let column = ColumnFormat { outline: 1, width: Some(12.0), ..ColumnFormat::default() };
    workbook.sheets[0].columns.insert(2, column);
    workbook.sheets[0].filter = "A1:C9".parse().ok();
    let name = |name: &str, formula: &str, sheet| DefinedName {
        name: name.to_owned(),
        formula: formula.to_owned(),
        sheet,
        hidden: false,
    };
    workbook.names = vec![
        name("汇率", "7.1", None),
        name("区域", "收支!$A$1:$B$4", Some(1)),
        name("旧", "#REF!", None),
        name("_xlnm._FilterDatabase", "收支!$A$1:$C$9", Some(0)),
    ];
    let converted = convert(&workbook).unwrap();
    assert!(converted.remarks[1].en.starts_with("1 defined names"), "{:?}", converted.remarks);
    let limits = Limits::default();
    let back = read("x.xlsx", &converted.bytes, &limits).unwrap();
    let levels: Vec<_> = back.sheets[0].rows.iter().map(|(row, own)| (*row, own.outline)).collect();
    assert_eq!(levels, [(1, 1), (2, 2), (3, 1), (5, 1)]);
    // The reader leaves out columns beyond the last cell.
    let mut archive = zip::ZipArchive::new(Cursor::new(&converted.bytes)).unwrap();
    let mut sheet = String::new();
    archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
    assert!(sheet.contains("<col min=\"3\" max=\"3\""), "{sheet}");
    assert!(sheet.contains("outlineLevel=\"1\"/></cols>"), "{sheet}");
    assert_eq!(back.sheets[0].filter, workbook.sheets[0].filter);
    let mut names: Vec<_> = back
        .names
        .iter()
        .filter(|name| !name.name.starts_with("_xlnm"))
        .map(|name| (&*name.name, &*name.formula, name.sheet))
        .collect();
    names.sort_unstable();
    assert_eq!(names, [("区域", "收支!$A$1:$B$4", Some(1)), ("汇率", "7.1", None)]);
    assert_eq!(verify(&converted.bytes).unwrap(), []);
}
