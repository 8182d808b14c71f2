//! Replays the cases of `tests/cases/read`, which fuzzing found or began with, through the entries of the fuzz targets.

#![expect(clippy::print_stdout, reason = "names the case that breaks")]

#[path = "../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "public for the targets")]
mod entries;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn no_case_breaks_the_reader() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/read");
    for (target, entry) in entries::TARGETS {
        let folder = root.join(target);
        let mut cases = 0;
        for case in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{target}: {error}")) {
            let path = case.expect("a listing").path();
            let data = fs::read(&path).expect("a case");
            let started = Instant::now();
            println!("{}", path.display());
            entry(&data);
            assert!(started.elapsed() < Duration::from_secs(5), "{} takes long", path.display());
            cases += 1;
        }
        assert!(cases > 0, "{target} has no case");
    }
}

#[test]
fn every_target_and_every_folder_of_cases_has_an_entry() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(root.join(folder)).expect("a folder");
        let names = entries.map(|entry| entry.expect("a listing").file_name());
        names.map(|name| name.to_string_lossy().trim_end_matches(".rs").to_owned()).collect()
    };
    let known: BTreeSet<String> =
        entries::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("fuzz/fuzz_targets"), known);
    assert_eq!(names("tests/cases/read"), known);
}
