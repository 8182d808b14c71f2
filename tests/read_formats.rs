//! One workbook saved in several formats is one workbook: what surrounds the values is the same from .xlsx, .xlsb, .xls,
//! .ods and the XML of 2003.
//!
//! The shared corpora hold workbooks that one person saved in Excel in each format. Each is held to its .xlsx, property by
//! property; what a format cannot hold is left out below by name.

#![expect(clippy::print_stdout, reason = "what was skipped and counted is said")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use gouji::model::{Sheet, Value, Workbook};
use gouji::read::{Limits, read};

/// A property of a sheet as text, one line for each place.
type Property = (&'static str, fn(&Workbook, &Sheet) -> BTreeSet<String>);

const PROPERTIES: &[Property] = &[
    ("visibility", |_, sheet| BTreeSet::from([format!("{:?}", sheet.visibility)])),
    ("protected", |_, sheet| BTreeSet::from([sheet.protected.to_string()])),
    ("merges", |_, sheet| sheet.merges.iter().map(ToString::to_string).collect()),
    ("hidden rows", |_, sheet| hidden(sheet.rows.iter().map(|(row, format)| (row, format.hidden)))),
    ("hidden columns", |_, sheet| {
        hidden(sheet.columns.iter().map(|(column, format)| (column, format.hidden)))
    }),
    ("levels of rows", |_, sheet| {
        sheet
            .rows
            .iter()
            .filter(|(_, format)| format.outline > 0)
            .map(|(row, format)| format!("{row}: {}", format.outline))
            .collect()
    }),
    ("notes", |_, sheet| {
        sheet.notes.iter().map(|(cell, note)| format!("{cell}: {}", note.text.trim())).collect()
    }),
    ("filter", |_, sheet| sheet.filter.iter().map(ToString::to_string).collect()),
    ("values", |_, sheet| {
        sheet
            .cells()
            .filter_map(|(cell, value, _)| Some(format!("{cell}: {}", shown(sheet, value)?)))
            .collect()
    }),
    ("formulas", |_, sheet| {
        let known = sheet.formulas.iter().filter(|(_, formula)| &*formula.text != "?");
        known.map(|(cell, formula)| format!("{cell}: {}", plain(&formula.text))).collect()
    }),
    ("bold", |book, sheet| {
        let filled = sheet.cells().filter(|(_, value, _)| *value != Value::Empty);
        filled
            .filter(|(_, _, style)| book.style(*style).bold)
            .map(|(c, ..)| c.to_string())
            .collect()
    }),
    ("decimals", |book, sheet| {
        let numbers = sheet.cells().filter(|(_, value, _)| matches!(value, Value::Number(_)));
        numbers
            .map(|(cell, _, style)| {
                let format = &book.style(style).number_format;
                format!("{cell}: {:?} {} {}", format.decimals, format.percent, format.scale)
            })
            .collect()
    }),
];

/// A formula without what programs put before the names of newer functions.
fn plain(formula: &str) -> String {
    formula.replace(' ', "").replace("_xlfn.", "").replace("COM.MICROSOFT.", "")
}

fn hidden<'r>(formats: impl Iterator<Item = (&'r u32, bool)>) -> BTreeSet<String> {
    formats.filter(|(_, hidden)| *hidden).map(|(at, _)| at.to_string()).collect()
}

fn shown(sheet: &Sheet, value: Value) -> Option<String> {
    Some(match value {
        Value::Empty => return None,
        Value::Text(id) => sheet.texts.get(id).replace("\r\n", "\n").replace('\r', "\n"),
        Value::Number(number) => {
            // Binary formats and text round the last of 17 digits apart.
            let number: f64 = number.to_string().parse().expect("a number");
            format!("{number:.11e}")
        }
        other => format!("{other:?}"),
    })
}

/// Where the files themselves differ, by the beginning of what is told.
const EXPLAINED: &[(&str, &str)] = &[
    ("AutoFilter.ods sheets", "blanks in names became _ when it was saved"),
    ("LONumbers.xls Sheet1", "the .xlsx holds blank texts where this one has numbers"),
    ("comments_stress_test.xlsb Sheet4 notes", "a note without text is not stored"),
    ("defined_names_simple.xls", "a name in another book, which is told by its number only"),
    ("formula_stress_test.xlsb Date values", "the time of saving"),
    ("formula_stress_test.xls Date values", "the time of saving"),
    ("formula_stress_test.ods Date values", "the time of saving"),
    ("formula_stress_test.xlsb Math values", "random numbers; 24 digits spelled out"),
    ("formula_stress_test.xls Math values", "random numbers; 24 digits spelled out"),
    ("formula_stress_test.ods Math values", "random numbers; 24 digits as they are shown"),
    ("formula_stress_test.ods Information values", "the version of the program"),
    ("formula_stress_test.ods Math formulas", "functions have older names there"),
    ("formula_stress_test.ods Statistical formulas", "functions have older names there"),
    ("formula_stress_test.ods Text values", "calculated on a Mac; controls cannot be stored"),
    ("named_ranges_2011.xls", "names reached through the book itself, spelled [0]! in .xlsx"),
    ("outline.ods Sheet1 levels of rows", "the last row was not stored"),
    ("sheet_visibility.ods VeryHidden", "there is one way of hiding only"),
    ("wtf_path.xlsb SheetJS formulas", "saved without formulas"),
    ("xlsx-stream-d-date-cell.xls", "23 digits spelled out"),
];

fn open(path: &Path) -> Option<Workbook> {
    let bytes = fs::read(path).ok()?;
    read(&path.display().to_string(), &bytes, &Limits::default()).ok()
}

#[test]
fn one_workbook_is_the_same_in_every_format() {
    let root = Path::new("../shared/data/torture/sheetjs");
    let Ok(entries) = fs::read_dir(root) else {
        println!("skipped: ../shared/data is not here");
        return;
    };
    let mut same: BTreeMap<(String, &str), u32> = BTreeMap::new();
    let mut differ = Vec::new();
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for original in paths.iter().filter(|path| path.extension().is_some_and(|e| e == "xlsx")) {
        for extension in ["xlsb", "xls", "ods", "xml"] {
            let other = original.with_extension(extension);
            if !other.exists() {
                continue;
            }
            let (Some(first), Some(second)) = (open(original), open(&other)) else { continue };
            let name = other.file_name().expect("a name").to_string_lossy().into_owned();
            let names = |book: &Workbook| -> Vec<String> {
                book.sheets.iter().map(|sheet| sheet.name.clone()).collect()
            };
            if names(&first) != names(&second) {
                differ.push(format!("{name} sheets: {:?} {:?}", names(&first), names(&second)));
                continue;
            }
            for (a, b) in first.sheets.iter().zip(&second.sheets) {
                for (property, of) in PROPERTIES {
                    let (a_has, b_has) = (of(&first, a), of(&second, b));
                    if a_has == b_has {
                        *same.entry((extension.to_owned(), property)).or_default() += 1;
                    } else {
                        let only = |x: &BTreeSet<String>, y: &BTreeSet<String>| {
                            let list: Vec<String> = x.difference(y).take(3).cloned().collect();
                            format!("{} {list:?}", x.difference(y).count())
                        };
                        differ.push(format!(
                            "{name} {} {property}: {} in .xlsx, {} here",
                            a.name,
                            only(&a_has, &b_has),
                            only(&b_has, &a_has)
                        ));
                    }
                }
            }
        }
    }
    println!("{same:#?}");
    let all = differ.len();
    differ.retain(|told| !EXPLAINED.iter().any(|(start, _)| told.starts_with(start)));
    println!("{} differences explained", all - differ.len());
    assert!(same.values().sum::<u32>() > 2000, "too few were compared");
    assert!(differ.is_empty(), "{}: {differ:#?}", differ.len());
}
