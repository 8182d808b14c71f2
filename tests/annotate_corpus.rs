//! Marks forced on the workbooks of the shared corpora: nothing but the marks changes.
//!
//! An ordinary run takes every tenth workbook; `GOUJI_CORPUS=all` takes all of them, and `GOUJI_CORPUS_OUT=DIR` keeps the
//! copies for the other readers (`tests/annotate_corpus.py`).

#![allow(clippy::print_stdout, reason = "a test says what it counted")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use gouji::model::{CellRef, Workbook};
use gouji::read::{Limits, read};
use gouji::write::annotate::{Plan, WriteErrorCode, annotate, unmark, verify, verify_copy};

const ENDINGS: [&str; 5] = ["xlsx", "xlsm", "xltx", "xltm", "ods"];

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
    if std::env::var("GOUJI_CORPUS").is_ok_and(|value| value == "all") {
        files
    } else {
        files.into_iter().step_by(10).collect()
    }
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

/// What became of one workbook: `Ok(None)` for a copy that is right, `Ok(Some)` for one that cannot be marked.
fn try_one(path: &Path, bytes: &[u8], out: Option<&Path>) -> Result<Option<String>, String> {
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
    if let Some(out) = out {
        let plain =
            path.to_string_lossy().replace("../shared/data/", "").replace(['/', '\\'], "__");
        fs::write(out.join(plain), &annotated.bytes).map_err(|error| error.to_string())?;
    }
    Ok(None)
}

#[test]
fn copies_differ_by_their_marks_only() {
    let out = std::env::var_os("GOUJI_CORPUS_OUT").map(PathBuf::from);
    let (mut right, mut left_out, mut wrong) = (0, Vec::new(), Vec::new());
    for path in corpus() {
        let bytes = fs::read(&path).expect("a readable file");
        if bytes.len() > 8 << 20 {
            left_out.push(format!("{}: large", path.display()));
            continue;
        }
        match try_one(&path, &bytes, out.as_deref()) {
            Ok(None) => right += 1,
            Ok(Some(why)) => left_out.push(format!("{}: {why}", path.display())),
            Err(why) => wrong.push(format!("{}: {why}", path.display())),
        }
    }
    println!("{right} right, {} left out, {} wrong", left_out.len(), wrong.len());
    for line in &left_out {
        println!("left out: {line}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The checker says nothing of workbooks that Excel opens: all of the corpora but those made to be broken.
#[test]
fn the_checker_raises_no_false_alarm() {
    let mut alarms = Vec::new();
    let mut good = 0;
    for path in corpus() {
        if path.extension().is_some_and(|found| found == "ods") {
            continue;
        }
        let bytes = fs::read(&path).expect("a readable file");
        match verify(&bytes) {
            Ok(breaches) if breaches.is_empty() => good += 1,
            Ok(breaches) => {
                for breach in breaches {
                    alarms.push(format!(
                        "{}: {} {} {}",
                        path.display(),
                        breach.rule,
                        breach.part,
                        breach.detail
                    ));
                }
            }
            Err(_) => {}
        }
    }
    println!("{good} without a breach");
    for line in &alarms {
        println!("alarm: {line}");
    }
}
