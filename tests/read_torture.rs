//! Every odd, old, broken and hostile file of the shared corpora is read or refused with a code, quickly.

#![expect(clippy::print_stdout, reason = "what was skipped and counted is said")]
#![expect(clippy::result_large_err, reason = "the error of the library")]

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gouji::read::{Limits, read};

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut entries: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, into);
        } else {
            into.push(path);
        }
    }
}

#[test]
fn every_file_is_read_or_refused() {
    let mut paths = Vec::new();
    for folder in ["../shared/data/torture", "../shared/data/real"] {
        files(Path::new(folder), &mut paths);
    }
    if paths.is_empty() {
        println!("skipped: ../shared/data is not here");
        return;
    }
    let mut tally: BTreeMap<String, u32> = BTreeMap::new();
    let mut failures = Vec::new();
    for path in &paths {
        let name = path.display().to_string();
        let bytes = fs::read(path).expect("a readable file");
        let started = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| read(&name, &bytes, &Limits::default())));
        let took = started.elapsed();
        if took > Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 5 }) {
            failures.push(format!("{name}: took {took:?}"));
        }
        let verdict = match result {
            Err(_) => {
                failures.push(format!("{name}: panicked"));
                "panic".to_owned()
            }
            Ok(Ok(workbook)) => {
                for sheet in &workbook.refused_sheets {
                    println!("PART {name}: {:?} {}", sheet.error.code, sheet.error.message.en);
                }
                format!("read {}", workbook.format.name())
            }
            Ok(Err(error)) => {
                println!("REFUSED {name}: {:?} {}", error.code, error.message.en);
                if error.hint.zh.is_empty() || error.hint.en.is_empty() {
                    failures.push(format!("{name}: no hint"));
                }
                format!("{:?}", error.code)
            }
        };
        *tally.entry(verdict).or_default() += 1;
    }
    println!("{} files: {tally:?}", paths.len());
    assert!(failures.is_empty(), "{failures:#?}");
}
