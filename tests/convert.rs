//! Conversion of a tree: a row for each file, the same bytes with any number of threads, nothing left half-written.
#![cfg(feature = "parallel")]

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use gouji::batch::convert::{Converted, Job, convert, find, is_output};
use gouji::pipeline::Options;
use gouji::read::Limits;
use gouji::write::dataset::Form;

/// Folders and files: a good workbook, GBK text, a picture named .xlsx, a lock file, an archive with GBK names.
fn tree(folder: &Path) {
    fs::create_dir_all(folder.join("2022/甲")).expect("a folder");
    fs::copy("samples/packet/支出明细.xlsx", folder.join("2022/甲/支出.xlsx")).expect("a copy");
    fs::copy("samples/formats/整套报表.csv", folder.join("2022/整套.csv")).expect("a copy");
    fs::write(folder.join("2022/照片.xlsx"), b"\xff\xd8\xff\xe0 JFIF").expect("a file");
    fs::write(folder.join("2022/~$支出.xlsx"), b"lock").expect("a file");
    fs::write(folder.join("说明.txt"), "不是表格").expect("a file");
    let (name, _, _) = encoding_rs::GBK.encode("旧档/陰.xlsx");
    fs::write(
        folder.join("旧档.zip"),
        stored(&name, &fs::read("samples/packet/预算调整.xlsx").expect("a sample")),
    )
    .expect("an archive");
}

/// A .zip with one stored member of that raw name, as archivers that know no Unicode write it.
fn stored(name: &[u8], content: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(content);
    let mut sizes = Vec::new();
    sizes.extend(crc.sum().to_le_bytes());
    sizes.extend((content.len() as u32).to_le_bytes());
    sizes.extend((content.len() as u32).to_le_bytes());
    sizes.extend((name.len() as u16).to_le_bytes());
    sizes.extend([0, 0]);
    let mut zip = b"PK\x03\x04\x14\0\0\0\0\0\0\0\x21\0".to_vec();
    zip.extend(&sizes);
    zip.extend(name);
    zip.extend(content);
    let start = zip.len() as u32;
    zip.extend(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\x21\0");
    zip.extend(&sizes);
    zip.extend([0; 12]);
    zip.extend([0; 2]);
    zip.extend(name);
    let size = zip.len() as u32 - start;
    zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend(size.to_le_bytes());
    zip.extend(start.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

fn job(output: PathBuf, jobs: usize) -> Job {
    Job {
        output,
        forms: BTreeSet::from([Form::Csv, Form::Jsonl]),
        jobs: Some(jobs),
        options: Options::default(),
        limits: Limits::default(),
    }
}

fn run(input: &Path, output: &Path, jobs: usize) -> Converted {
    let skip = |path: &Path| is_output(path, output);
    let found = find(&[input.to_owned()], &Limits::default(), &skip);
    assert!(found.unfound.is_empty());
    convert(&found.sources, &job(output.to_owned(), jobs), &|_| {}).expect("a conversion")
}

fn records(path: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(path).expect("an output");
    text.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

#[test]
fn a_tree_becomes_rows_and_a_bad_file_is_one_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    tree(folder.path());
    // The results may stand inside the tree: they are not read.
    let output = folder.path().join("数据");
    let converted = run(folder.path(), &output, 2);
    assert_eq!((converted.files, converted.refused), (4, 1));
    let files = records(&output.join("files.jsonl"));
    let paths: Vec<&str> =
        files.iter().map(|file| file["path"].as_str().expect("a path")).collect();
    for (path, ending) in paths.iter().zip([
        "2022/整套.csv",
        "2022/照片.xlsx",
        "2022/甲/支出.xlsx",
        "旧档.zip!/旧档/陰.xlsx",
    ]) {
        assert!(path.ends_with(ending), "{paths:?}");
    }
    assert_eq!(files[1]["status"], "refused");
    assert_eq!(files[1]["error_code"], "not_a_workbook");
    let facts = records(&output.join("facts.jsonl"));
    assert_eq!(facts.len() as u64, converted.facts);
    let paid = facts
        .iter()
        .find(|fact| fact["file"] == 2 && fact["line"] == "柳沟经适房B区")
        .expect("the fact");
    assert_eq!(
        (&paid["value"], &paid["unit"], &paid["value_yuan"]),
        (&"350".into(), &"万元".into(), &"3500000".into())
    );
    assert_eq!(paid["sha256"], files[2]["sha256"]);
    // The same tree again, over the results of the first time.
    let before = fs::read(output.join("facts.csv")).expect("an output");
    run(folder.path(), &output, 2);
    assert!(before == fs::read(output.join("facts.csv")).expect("an output"));
    let left: Vec<_> =
        fs::read_dir(&output).expect("outputs").map(|e| e.expect("an entry").file_name()).collect();
    assert_eq!(left.len(), 10, "{left:?}");
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("in");
    tree(&input);
    for copy in 0..20 {
        fs::copy("samples/packet/固定资产情况表.xlsx", input.join(format!("资产{copy:02}.xlsx")))
            .expect("a copy");
    }
    let (one, many) = (folder.path().join("one"), folder.path().join("many"));
    assert_eq!(run(&input, &one, 1), run(&input, &many, 4));
    for name in ["files", "tables", "facts", "checks", "findings"] {
        for ending in ["csv", "jsonl"] {
            let file = format!("{name}.{ending}");
            assert!(
                fs::read(one.join(&file)).expect("one")
                    == fs::read(many.join(&file)).expect("many"),
                "{file}"
            );
        }
    }
}

#[test]
fn csv_records_have_their_columns_and_disarm_formulas() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("in");
    fs::create_dir_all(&input).expect("a folder");
    let mut file = fs::File::create(input.join("表.csv")).expect("a file");
    file.write_all("单位：万元,\n项目,金额\n=cmd|calc,-5.00\n甲,15.00\n合计,10.00\n".as_bytes())
        .expect("a file");
    let output = folder.path().join("out");
    let converted = run(&input, &output, 1);
    assert!(converted.neutralised > 0);
    for name in ["files", "tables", "facts", "checks", "findings"] {
        // The reader refuses records of another length than the heading's.
        let mut reader =
            csv::Reader::from_path(output.join(format!("{name}.csv"))).expect("an output");
        let heading = reader.headers().expect("a heading").clone();
        let column = |name: &str| heading.iter().position(|other| other == name);
        for record in reader.records() {
            let record = record.expect("a record");
            if let (Some(line), Some(value)) = (column("line"), column("value"))
                && record[line].contains("cmd")
            {
                assert_eq!((&record[line], &record[value]), ("'=cmd|calc", "-5"));
            }
        }
    }
}

#[test]
fn what_a_killed_run_left_is_taken_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("out");
    fs::create_dir_all(&output).expect("a folder");
    fs::write(output.join(".facts.csv.part"), vec![b'x'; 1 << 20]).expect("a file");
    run(Path::new("samples/packet"), &output, 1);
    assert!(!output.join(".facts.csv.part").exists());
    let facts = fs::read_to_string(output.join("facts.csv")).expect("an output");
    assert!(facts.starts_with("\u{feff}file,") && !facts.contains("xxx"));
}

#[test]
fn an_output_that_cannot_be_written_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("out");
    // A folder stands where an output's name must go.
    fs::create_dir_all(output.join("checks.csv/x")).expect("a folder");
    let found = find(&[PathBuf::from("samples/packet")], &Limits::default(), &|_| false);
    assert!(convert(&found.sources, &job(output.clone(), 1), &|_| {}).is_err());
    let parts = fs::read_dir(&output).expect("the folder");
    assert!(
        parts.into_iter().all(|e| !e
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .ends_with(".part"))
    );
}
