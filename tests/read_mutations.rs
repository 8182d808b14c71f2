//! Mutated workbooks: whatever is done to a file, reading it ends soon with a result of its type.
//!
//! Parts of packages are mutated inside and packed again with right checksums, so that mutations reach the records and
//! the XML. `GOUJI_MUTATIONS` sets how many are tried (the long run asks for many); `GOUJI_SEED` where they start. What
//! once failed is kept in `tests/cases/read/` and tried again each time.

#![expect(clippy::print_stdout, reason = "what was skipped and counted is said")]

use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gouji::read::{Limits, read};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below.max(1)
    }
}

/// Bounds small enough that what gets through them is a finding.
fn limits() -> Limits {
    Limits {
        inflated: 64 << 20,
        part: 32 << 20,
        cells: 1_000_000,
        strings: 100_000,
        ..Limits::default()
    }
}

/// Small workbooks of every format, of the shared corpora where they are here.
fn seeds() -> Vec<(String, Vec<u8>)> {
    let mut seeds = vec![
        ("a.csv".to_owned(), "项目,金额\n甲,\"1,234.50\"\n\n乙;5\n".as_bytes().to_vec()),
        ("a.html".to_owned(), "<meta charset=gbk><style>.a{mso-number-format:\"0\\.00\"}</style><table><tr><td rowspan=2 class=a x:num=1>甲<td colspan=3>2<tr><td>3<table><tr><td>x</table></table>".as_bytes().to_vec()),
        ("a.mht".to_owned(), b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"X\"\r\n\r\n--X\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<table><tr><td>=C1=D7</table>\r\n--X--".to_vec()),
        ("a.xml".to_owned(), r#"<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet Name="a"><Table><Column Index="2" Span="3" Hidden="1"/><Row Index="2"><Cell Index="3" MergeAcross="2" Formula="=SUM(R[-1]C:RC[-1])" ArrayRange="R1C1:R2C2"><Data Type="Number">1</Data></Cell></Row></Table></Worksheet></Workbook>"#.as_bytes().to_vec()),
    ];
    let root = Path::new("../shared/data/torture");
    for folder in [
        "sheetjs",
        "calamine/tests",
        "readxl/tests/testthat/sheets",
        "sheetjs/biff5",
        "sheetjs/wps",
    ] {
        let Ok(entries) = fs::read_dir(root.join(folder)) else { continue };
        let mut paths: Vec<PathBuf> =
            entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            let small = fs::metadata(&path).is_ok_and(|data| data.is_file() && data.len() < 30_000);
            if small {
                let bytes = fs::read(&path).expect("a readable file");
                seeds.push((path.display().to_string(), bytes));
            }
        }
    }
    seeds
}

const WORDS: &[&[u8]] = &[
    b"4294967295",
    b"-1",
    b"1048577",
    b"XFD1048576",
    b"<c r=\"A1\"><v>1</v></c>",
    b"\"",
    b"<",
    b">",
    b"&#x110000;",
    b"<f t=\"shared\" si=\"0\"/>",
    b"<!--",
    b"]]>",
    b"\xFF\xFF\xFF\xFF",
    b"\x00\x00\x00\x00",
    b"\xFF\xFF",
    b"'",
    b";",
    b"[",
    b"{",
    b"E+400",
    b"number-rows-repeated=\"1048576\"",
];

fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.roll(6) {
        let at = dice.roll(bytes.len());
        match dice.roll(7) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << dice.roll(8),
            1 if !bytes.is_empty() => bytes[at] = dice.roll(256) as u8,
            2 => bytes.truncate(at),
            3 => {
                let word = WORDS[dice.roll(WORDS.len())];
                bytes.splice(at..at, word.iter().copied());
            }
            4 => {
                let end = (at + dice.roll(64)).min(bytes.len());
                bytes.drain(at..end);
            }
            5 => {
                let end = (at + dice.roll(256)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let word = WORDS[dice.roll(WORDS.len())];
                for (offset, byte) in word.iter().enumerate() {
                    if let Some(slot) = bytes.get_mut(at + offset) {
                        *slot = *byte;
                    }
                }
            }
        }
    }
}

/// The package with one of its parts mutated, checksums right; `None` when it is none.
fn mutate_part(bytes: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let chosen = dice.roll(archive.len());
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).ok()?;
        let mut content = Vec::new();
        part.read_to_end(&mut content).ok()?;
        if index == chosen {
            mutate(&mut content, dice);
        }
        out.start_file(part.name().ok()?.into_owned(), options).ok()?;
        out.write_all(&content).ok()?;
    }
    Some(out.finish().ok()?.into_inner())
}

/// Reads and says what went wrong, if anything did.
fn trial(name: &str, bytes: &[u8]) -> Option<String> {
    let started = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(|| read(name, bytes, &limits()).is_ok()));
    let took = started.elapsed();
    match result {
        Err(_) => Some(format!("{name}: panicked")),
        Ok(_) if took > Duration::from_secs(if cfg!(debug_assertions) { 30 } else { 5 }) => {
            Some(format!("{name}: took {took:?}"))
        }
        Ok(_) => None,
    }
}

#[test]
fn mutated_files_give_typed_results() {
    let count: usize =
        std::env::var("GOUJI_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(3_000);
    let seed = std::env::var("GOUJI_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let seeds = seeds();
    let mut dice = Dice(seed);
    let mut failures = Vec::new();
    for index in 0..count {
        let (name, original) = &seeds[dice.roll(seeds.len())];
        let mut bytes = match dice.roll(4) {
            0 => None,
            _ => mutate_part(original, &mut dice),
        }
        .unwrap_or_else(|| {
            let mut bytes = original.clone();
            mutate(&mut bytes, &mut dice);
            bytes
        });
        if let Some(failure) = trial(name, &bytes) {
            let case = std::env::temp_dir().join(format!("gouji-mutation-{seed}-{index}"));
            bytes.shrink_to_fit();
            fs::write(&case, &bytes).expect("a writable folder");
            failures.push(format!("{failure}, kept as {}", case.display()));
        }
    }
    println!("{count} mutations of {} seeds", seeds.len());
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn what_failed_once_does_not_fail_again() {
    let mut tried = 0;
    for entry in fs::read_dir("tests/cases/read").into_iter().flatten().flatten() {
        let path = entry.path();
        // The folders hold parts of files, which have a test of their own.
        if path.is_dir() {
            continue;
        }
        let bytes = fs::read(&path).expect("a readable case");
        assert_eq!(trial(&path.display().to_string(), &bytes), None);
        tried += 1;
    }
    println!("{tried} cases");
}

/// For the long run: every length of small files of all formats.
#[test]
#[ignore = "takes minutes; part of the long run"]
fn every_truncation_gives_a_typed_result() {
    let mut formats: std::collections::BTreeMap<String, u32> = std::collections::BTreeMap::new();
    let mut runs = 0_u64;
    for (name, bytes) in seeds() {
        let extension = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let seen = formats.entry(extension).or_default();
        if *seen >= 2 || bytes.len() > 20_000 {
            continue;
        }
        *seen += 1;
        for end in 0..bytes.len() {
            assert_eq!(trial(&name, &bytes[..end]), None, "cut at {end}");
            runs += 1;
        }
    }
    println!("{runs} truncations: {formats:?}");
}
