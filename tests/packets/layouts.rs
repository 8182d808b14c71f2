//! The sample packet in other layouts: the adjustment's stages side by side, all tables on one sheet, digits as they come from
//! an input method. What holds in the one must hold in each, and nothing else be wrong.

use std::fmt::Write as _;
use std::fs;

use gouji::model::{CellRef, Report, Severity, Sheet, Value, Verdict, Workbook, evaluate};
use gouji::pipeline::{self, Input, Options};
use gouji::read;

use crate::common;

/// The sample's sheets: file, name, cells in the notation of the fixtures.
fn sheets() -> Vec<(String, String, Vec<Vec<String>>)> {
    let mut names: Vec<_> = fs::read_dir("samples/packet")
        .expect("the sample packet")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "xlsx"))
        .collect();
    names.sort();
    let mut sheets = Vec::new();
    for path in names {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let bytes = fs::read(&path).expect("a readable sample");
        let book = read::read(&name, &bytes, &read::Limits::default()).expect("a workbook");
        for sheet in &book.sheets {
            sheets.push((name.clone(), sheet.name.clone(), rows(&book, sheet)));
        }
    }
    assert!(sheets.len() >= 7, "the sample packet has its tables");
    sheets
}

fn rows(book: &Workbook, sheet: &Sheet) -> Vec<Vec<String>> {
    let merged = |cell: CellRef| {
        let merge =
            sheet.merges.iter().find(|merge| merge.contains(cell) && merge.start != cell)?;
        Some(if cell.column > merge.start.column { "<" } else { "^" }.to_owned())
    };
    let (mut last, mut width) = (0, 0);
    for row in 0..200 {
        for column in 0..12 {
            if !matches!(sheet.value(CellRef::new(row, column)), Value::Empty) {
                (last, width) = (row, width.max(column));
            }
        }
    }
    (0..=last)
        .map(|row| {
            (0..=width)
                .map(|column| {
                    let cell = CellRef::new(row, column);
                    match sheet.value(cell) {
                        Value::Text(id) => sheet.texts.get(id).replace('|', "\\|"),
                        Value::Number(number) => {
                            let style = sheet.style(cell).map(|style| book.style(style));
                            if style.is_some_and(|style| style.number_format.percent) {
                                let shown =
                                    (number * gouji::number::Decimal::ONE_HUNDRED).normalize();
                                let code = if shown.scale() > 0 { "0.0%" } else { "0%" };
                                format!("{shown}% as {code}")
                            } else {
                                number.normalize().to_string()
                            }
                        }
                        _ => merged(cell).unwrap_or_default(),
                    }
                })
                .collect()
        })
        .collect()
}

fn report(sheets: &[(String, String, Vec<Vec<String>>)]) -> Report {
    let mut text = String::new();
    let mut file = "";
    for (name, sheet, rows) in sheets {
        if name != file {
            writeln!(text, "@@ {name}").expect("writing to a string");
            file = name;
        }
        writeln!(text, "@ {sheet}\n! general").expect("writing to a string");
        for row in rows {
            writeln!(text, "{}", row.join(" | ")).expect("writing to a string");
        }
    }
    common::case(&text).report()
}

/// A01 and A05 hold, and only the two totals of the asset table are wrong.
fn is_as_the_sample(report: &Report, layout: &str) {
    for code in ["A01", "A05"] {
        let verdicts: Vec<Verdict> = report
            .relations
            .iter()
            .filter(|relation| relation.rule == code)
            .flat_map(|relation| {
                (0..relation.check_count())
                    .map(|at| evaluate(&report.packet, relation, at).verdict)
                    .collect::<Vec<_>>()
            })
            .collect();
        let holds = verdicts.iter().all(|one| matches!(one, Verdict::Holds | Verdict::Rounding));
        assert!(!verdicts.is_empty() && holds, "{layout}: {code} {verdicts:?}");
    }
    let errors: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.message.zh.as_str())
        .collect();
    let of_assets = errors.iter().all(|text| text.contains("358.78") || text.contains("312.15"));
    assert!(errors.len() == 2 && of_assets, "{layout}: {errors:?}");
}

#[test]
fn as_it_is() {
    is_as_the_sample(&report(&sheets()), "as it is");
}

#[test]
fn stages_side_by_side() {
    let mut sheets = sheets();
    let adjustment =
        sheets.iter_mut().find(|(_, name, _)| name == "预算调整").expect("the adjustment");
    let rows = &mut adjustment.2;
    let body: Vec<(String, String)> = rows[3..]
        .iter()
        .filter(|row| !row[1].is_empty() && row[1] != "<")
        .map(|row| (row[0].replace('\u{3000}', ""), row[1].clone()))
        .collect();
    let header = ["单位名称".to_owned()].into_iter().chain(body.iter().map(|one| one.0.clone()));
    let line = ["伊金霍洛旗住房保障综合服务中心".to_owned()];
    let line = line.into_iter().chain(body.iter().map(|one| one.1.clone()));
    let width = body.len() + 1;
    let mut title = vec![rows[0][0].clone()];
    title.resize(width, "<".to_owned());
    let mut unit = vec![rows[1][0].clone()];
    unit.resize(width - 1, String::new());
    unit.push("单位：万元".to_owned());
    *rows = vec![title, unit, header.collect(), line.collect()];
    is_as_the_sample(&report(&sheets), "stages side by side");
}

#[test]
fn all_on_one_sheet() {
    let mut all: Vec<Vec<String>> = Vec::new();
    for (_, _, rows) in sheets() {
        all.extend(rows);
        all.extend([Vec::new(), Vec::new()]);
    }
    let one = [("全部.xlsx".to_owned(), "汇总材料".to_owned(), all)];
    is_as_the_sample(&report(&one), "all on one sheet");
}

/// The sheets as a program of the nineties keeps them: made by `LibreOffice` of `samples/formats/整套报表.xls`, its figures typed
/// over in full-width digits.
#[test]
fn digits_of_an_input_method_in_a_workbook_of_excel_97() {
    let name = "sample_wide_digits.xls";
    let bytes = fs::read(format!("tests/packets/{name}")).expect("the workbook");
    let input = Input { path: name.to_owned(), bytes: Ok(bytes) };
    let report = pipeline::run(&[input], &Options::default(), &read::Limits::default());
    is_as_the_sample(&report, ".xls with full-width digits");
}

#[test]
fn digits_of_an_input_method() {
    let mut sheets = sheets();
    for (_, _, rows) in &mut sheets {
        for cell in rows.iter_mut().flatten() {
            let number = !cell.is_empty()
                && cell.chars().all(|c| c.is_ascii_digit() || c == '.')
                && cell.chars().any(|c| c.is_ascii_digit());
            if number {
                let wide = |c: char| char::from_u32(u32::from(c) - 0x21 + 0xff01).unwrap_or(c);
                *cell = format!("'{}", cell.chars().map(wide).collect::<String>());
            }
        }
    }
    is_as_the_sample(&report(&sheets), "full-width digits");
}
