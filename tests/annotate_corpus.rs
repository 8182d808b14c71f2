//! Marks forced on the workbooks of the shared corpora: nothing but the marks changes.
//!
//! An ordinary run takes every tenth workbook; `GOUJI_CORPUS=all` takes all of them, and `GOUJI_CORPUS_OUT=DIR` keeps the
//! copies for the other readers (`.ci/long/annotate_corpus.py`). What copy and original hold is compared as this reader
//! sees it and as calamine does.

#![allow(clippy::print_stdout, reason = "a test says what it counted")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use calamine::{Ods, Reader, Xlsx};
use gouji::model::{CellRef, Workbook};
use gouji::read::{Limits, read};
use gouji::write::annotate::{Plan, WriteErrorCode, annotate, unmark, verify, verify_copy};

const ENDINGS: [&str; 5] = ["xlsx", "xlsm", "xltx", "xltm", "ods"];

/// Whether all workbooks are wanted.
fn is_whole() -> bool {
    std::env::var("GOUJI_CORPUS").is_ok_and(|value| value == "all")
}

/// The workbooks, sorted; empty where the corpora are absent.
fn corpus() -> Vec<PathBuf> {
    fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|found| {
                ENDINGS.iter().any(|ending| found.eq_ignore_ascii_case(ending))
            }) {
                into.push(path);
            }
        }
    }
    let mut files = Vec::new();
    walk(Path::new("../shared/data"), &mut files);
    files.sort();
    if files.is_empty() {
        println!("skipped: ../shared/data is not here");
    }
    if is_whole() { files } else { files.into_iter().step_by(10).collect() }
}

/// A small generator, so that the same file gets the same marks.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// Marks on up to four cells that exist and one that does not, on each of the first sheets.
fn plan(workbook: &Workbook, seed: u64) -> Plan {
    let mut random = Random(seed | 1);
    let mut plan = Plan::default();
    for sheet in workbook.sheets.iter().take(6) {
        let cells: Vec<CellRef> = sheet.cells().map(|(cell, ..)| cell).take(20_000).collect();
        for _ in 0..4.min(cells.len()) {
            plan.mark_by_hand(&sheet.name, cells[random.below(cells.len())]);
        }
        let free = CellRef::new(random.below(60) as u32, random.below(30) as u32);
        plan.mark_by_hand(&sheet.name, free);
    }
    plan
}

fn parts(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
    (0..archive.len())
        .map(|at| {
            let mut entry = archive.by_index(at).expect("an entry");
            let mut content = Vec::new();
            if let Err(error) = entry.read_to_end(&mut content) {
                content = error.to_string().into_bytes();
            }
            (entry.name().map(std::borrow::Cow::into_owned).unwrap_or_default(), content)
        })
        .collect()
}

/// Values and formulas of all sheets, by name.
fn contents(workbook: &Workbook) -> BTreeMap<String, Vec<String>> {
    workbook
        .sheets
        .iter()
        .map(|sheet| {
            let cells = sheet
                .cells()
                .filter(|(cell, value, _)| {
                    *value != gouji::model::Value::Empty || sheet.formula(*cell).is_some()
                })
                .map(|(cell, value, _)| {
                    let shown = match value {
                        gouji::model::Value::Text(id) => sheet.texts.get(id).to_owned(),
                        other => format!("{other:?}"),
                    };
                    let formula = sheet.formula(cell).map(|formula| formula.text.to_string());
                    format!("{cell} {shown} {formula:?}")
                })
                .collect();
            (sheet.name.clone(), cells)
        })
        .collect()
}

/// Values and formulas as calamine reads them, by sheet; `None` where it cannot.
fn theirs(bytes: &[u8], ods: bool) -> Option<BTreeMap<String, Vec<String>>> {
    fn all<R: Reader<Cursor<Vec<u8>>>>(mut book: R) -> BTreeMap<String, Vec<String>> {
        let mut found = BTreeMap::new();
        for name in book.sheet_names() {
            let mut cells = Vec::new();
            if let Ok(values) = book.worksheet_range(&name) {
                let (top, left) = values.start().unwrap_or_default();
                for (row, column, data) in values.used_cells() {
                    cells.push(format!(
                        "{} {} {data:?}",
                        top as usize + row,
                        left as usize + column
                    ));
                }
            }
            if let Ok(formulas) = book.worksheet_formula(&name) {
                let (top, left) = formulas.start().unwrap_or_default();
                for (row, column, text) in formulas.used_cells() {
                    cells.push(format!(
                        "{} {} ={text}",
                        top as usize + row,
                        left as usize + column
                    ));
                }
            }
            found.insert(name, cells);
        }
        found
    }
    let cursor = Cursor::new(bytes.to_vec());
    catch_unwind(AssertUnwindSafe(|| {
        Some(if ods { all(Ods::new(cursor).ok()?) } else { all(Xlsx::new(cursor).ok()?) })
    }))
    .ok()
    .flatten()
}

/// calamine keeps a sheet as a rectangle, which two far cells make larger than memory.
fn too_wide(workbook: &Workbook) -> bool {
    workbook.sheets.iter().any(|sheet| {
        sheet.used().is_some_and(|used| {
            (u64::from(used.end.row) + 1) * (u64::from(used.end.column) + 1) > 20_000_000
        })
    })
}

/// What calamine sees in copy and original: what differs, or why it was not asked.
fn compared(
    workbook: &Workbook,
    original: &[u8],
    copy: &[u8],
    ods: bool,
) -> Result<Option<&'static str>, String> {
    if too_wide(workbook) {
        return Ok(Some("two far cells"));
    }
    let Some(before) = theirs(original, ods) else { return Ok(Some("calamine cannot read it")) };
    let after = theirs(copy, ods).ok_or("calamine does not read the copy")?;
    for (sheet, cells) in &before {
        if after.get(sheet) != Some(cells) {
            return Err(format!("calamine reads other values in {sheet}"));
        }
    }
    Ok(None)
}

/// What became of one workbook: `Ok(None)` for a copy that is right, `Ok(Some)` for one that cannot be marked.
fn try_one(
    path: &Path,
    bytes: &[u8],
    out: Option<&Path>,
    tally: &mut Tally,
) -> Result<Option<String>, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let workbook = match read(&name, bytes, &Limits::default()) {
        Ok(workbook) => workbook,
        Err(error) => return Ok(Some(format!("not read: {:?}", error.code))),
    };
    let seed = bytes.len() as u64 * 2_654_435_761;
    let plan = plan(&workbook, seed);
    let annotated = match annotate(bytes, &plan) {
        Ok(annotated) => annotated,
        Err(error) if error.code != WriteErrorCode::BrokenRule => {
            return Ok(Some(format!("not marked: {:?} {}", error.code, error.message.en)));
        }
        Err(error) => return Err(format!("{:?} {}", error.code, error.message.en)),
    };
    let breaches = verify_copy(bytes, &annotated.bytes).map_err(|error| error.message.en)?;
    if !breaches.is_empty() {
        return Err(format!("{breaches:?}"));
    }
    let again = annotate(&annotated.bytes, &plan).map_err(|error| error.message.en)?;
    if again.bytes != annotated.bytes {
        return Err("annotating twice is not annotating once".to_owned());
    }
    let back = unmark(&annotated.bytes).map_err(|error| error.message.en)?;
    if parts(&back) != parts(bytes) {
        return Err("unmark does not give the original parts".to_owned());
    }
    let copy = read(&name, &annotated.bytes, &Limits::default())
        .map_err(|error| format!("the copy is not read: {error:?}"))?;
    let after = contents(&copy);
    for (sheet, cells) in contents(&workbook) {
        if after.get(&sheet) != Some(&cells) {
            return Err(format!("values of {sheet} differ"));
        }
    }
    let ods = path.extension().is_some_and(|found| found.eq_ignore_ascii_case("ods"));
    match compared(&workbook, bytes, &annotated.bytes, ods)? {
        None => tally.calamine += 1,
        Some(why) => tally.without_calamine.push(format!("{}: {why}", path.display())),
    }
    tally.marked += annotated.marked;
    tally.noted += annotated.noted;
    if let Some(out) = out {
        let plain =
            path.to_string_lossy().replace("../shared/data/", "").replace(['/', '\\'], "__");
        fs::write(out.join(plain), &annotated.bytes).map_err(|error| error.to_string())?;
    }
    Ok(None)
}

/// What a run went through.
#[derive(Default)]
struct Tally {
    marked: usize,
    noted: usize,
    calamine: u32,
    without_calamine: Vec<String>,
}

#[test]
fn copies_differ_by_their_marks_only() {
    let out = std::env::var_os("GOUJI_CORPUS_OUT").map(PathBuf::from);
    let (mut right, mut left_out, mut wrong) = (0, Vec::new(), Vec::new());
    let mut tally = Tally::default();
    for path in corpus() {
        let bytes = fs::read(&path).expect("a readable file");
        match try_one(&path, &bytes, out.as_deref(), &mut tally) {
            Ok(None) => right += 1,
            Ok(Some(why)) => left_out.push(format!("{}: {why}", path.display())),
            Err(why) => wrong.push(format!("{}: {why}", path.display())),
        }
    }
    println!("{right} right, {} left out, {} wrong", left_out.len(), wrong.len());
    println!("{} cells filled, {} noted", tally.marked, tally.noted);
    println!("calamine: {} right, {} left out", tally.calamine, tally.without_calamine.len());
    for line in &left_out {
        println!("left out: {line}");
    }
    for line in &tally.without_calamine {
        println!("calamine left out: {line}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Workbooks of the corpora that do break rules: part of the path, the rules, and what is the matter with them.
const BROKEN: &[(&str, &[u8], &str)] = &[
    ("clusterfuzz-testcase", &[1, 4, 5, 17, 39], "made by a fuzzer"),
    ("spreadsheet/crash-274d63", &[5], "made by a fuzzer"),
    ("LoadPivotTables.xlsx", &[5], "a lock file, no zip"),
    ("issue252.xlsx", &[4, 5], "a part's size in the zip is wrong"),
    ("issue_530.xlsx", &[9], "activeTab and firstSheet name sheets that are not there"),
    ("LO/xlsx/formats.xlsx", &[30], "dxfs after colors, which the schema forbids"),
    (
        "LO/xlsx/pivot_table_first_header_row.xlsx",
        &[10],
        "written by LibreOffice: the filter's name is there twice",
    ),
    ("LO/xlsx/tdf100709.xlsx", &[2, 3, 31], "parts and content types are missing"),
    ("excelize/test/BadWorkbook.xlsx", &[7], "made to be bad: without sheets"),
    ("openxml4j/invalid.xlsx", &[2, 4], "made to be bad: a zip of something else"),
    ("spreadsheet/54764", &[21, 39], "an XML bomb in the shared strings"),
    ("spreadsheet/poc-xmlbomb", &[21, 39], "an XML bomb in the shared strings"),
    ("spreadsheet/poc-shared-strings.xlsx", &[17, 22], "an attack: row 0, and one huge string"),
    ("spreadsheet/duplicate-filename", &[1], "made to be bad: an entry twice"),
    ("spreadsheet/sample-beta.xlsx", &[4], "of a beta of Excel 2007, with other relationships"),
    ("spreadsheet/xlsx-corrupted.xlsx", &[4, 39], "made to be bad"),
];

/// The checker says nothing of workbooks that Excel opens: all of the corpora but those known to be broken.
#[test]
fn the_checker_raises_no_false_alarm() {
    let mut alarms = Vec::new();
    let mut met = BTreeSet::new();
    let mut good = 0;
    let paths = corpus();
    for path in &paths {
        if path.extension().is_some_and(|found| found.eq_ignore_ascii_case("ods")) {
            continue;
        }
        let name = path.to_string_lossy().replace('\\', "/");
        let known = BROKEN.iter().position(|(part, ..)| name.contains(part));
        let bytes = fs::read(path).expect("a readable file");
        // What is no OOXML package at all (a CSV named .xlsx, an encrypted file) is refused, which is no alarm.
        let Ok(breaches) = verify(&bytes) else { continue };
        good += usize::from(breaches.is_empty());
        met.extend(known.filter(|_| !breaches.is_empty()));
        for breach in breaches {
            if known.is_none_or(|at| !BROKEN[at].1.contains(&breach.rule)) {
                alarms.push(format!("{name}: {} {} {}", breach.rule, breach.part, breach.detail));
            }
        }
    }
    println!("{good} without a breach, {} kinds of broken ones", met.len());
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
    if is_whole() && !paths.is_empty() {
        let stale: Vec<&str> =
            (0..BROKEN.len()).filter(|at| !met.contains(at)).map(|at| BROKEN[at].0).collect();
        assert!(stale.is_empty(), "not broken after all: {stale:?}");
    }
}
