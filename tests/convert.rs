//! Conversion of a tree: a row for each file, the same bytes with any number of jobs and after any kill, nothing lost.
#![cfg(all(feature = "parquet", feature = "sqlite", feature = "sevenz", feature = "serve"))]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use gouji::write::dataset::{Sheaf, parquet};

const GOUJI: &str = env!("CARGO_BIN_EXE_gouji");

fn gouji(arguments: &[&str]) -> Output {
    gouji_in(Path::new("."), arguments)
}

/// Where ids of files must not depend on a temporary folder's name: paths are relative to `folder`.
fn gouji_in(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(GOUJI)
        .current_dir(folder)
        .args(arguments)
        .args(["--lang", "en"])
        .stdin(Stdio::null())
        .output()
        .expect("the program")
}

/// Converts, and gives the exit code and what was said.
fn convert(input: &Path, output: &Path, more: &[&str]) -> (i32, String) {
    let (input, output) = (text(input), text(output));
    let done = gouji(&[&["convert", input, "-o", output], more].concat());
    (done.status.code().unwrap_or(-1), String::from_utf8_lossy(&done.stderr).into_owned())
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a name that is text")
}

/// A workbook of one table whose figures no other has.
fn table(number: usize) -> String {
    format!(
        "单位：万元,\n项目,2022年预算数\n甲{number},{number}.50\n乙,2.25\n合计,{}.75\n",
        number + 2
    )
}

/// Folders and files: a good workbook, GBK text, a picture named .xlsx, a lock file, an archive with GBK names.
fn tree(folder: &Path) {
    fs::create_dir_all(folder.join("2022/甲")).expect("a folder");
    fs::copy("samples/packet/支出明细.xlsx", folder.join("2022/甲/支出.xlsx")).expect("a copy");
    fs::copy("samples/formats/整套报表.csv", folder.join("2022/整套.csv")).expect("a copy");
    fs::write(folder.join("2022/照片.xlsx"), b"\xff\xd8\xff\xe0 JFIF").expect("a file");
    fs::write(folder.join("2022/~$支出.xlsx"), b"lock").expect("a file");
    fs::write(folder.join("说明.txt"), "不是表格").expect("a file");
    fs::write(folder.join("2022/旧.rar"), b"Rar!\x1a\x07\x01\x00").expect("a file");
    let (name, _, _) = encoding_rs::GBK.encode("旧档/陰.xlsx");
    let workbook = fs::read("samples/packet/预算调整.xlsx").expect("a sample");
    let inner = stored(&[("内.csv".as_bytes(), table(7).as_bytes())]);
    let archive = stored(&[(&name, &workbook), (b"inner.zip", &inner)]);
    fs::write(folder.join("旧档.zip"), archive).expect("an archive");
    let seven = fs::File::create(folder.join("旧档.7z")).expect("a file");
    let mut seven = sevenz(seven);
    seven.push("2021/预算.csv", table(8).as_bytes());
    seven.finish();
}

/// Many small tables.
fn many(folder: &Path, count: usize) {
    for number in 0..count {
        let folder = folder.join(format!("{:02}", number % 7));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(format!("表{number:04}.csv")), table(number)).expect("a file");
    }
}

/// A .zip with stored members of those raw names, as archivers that know no Unicode write it.
fn stored(members: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut zip = Vec::new();
    let mut directory = Vec::new();
    for (name, content) in members {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let mut sizes = Vec::new();
        sizes.extend(crc.sum().to_le_bytes());
        sizes.extend((content.len() as u32).to_le_bytes());
        sizes.extend((content.len() as u32).to_le_bytes());
        sizes.extend((name.len() as u16).to_le_bytes());
        sizes.extend([0, 0]);
        let start = zip.len() as u32;
        zip.extend(b"PK\x03\x04\x14\0\0\0\0\0\0\0\x21\0");
        zip.extend(&sizes);
        zip.extend(*name);
        zip.extend(*content);
        directory.extend(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\x21\0");
        directory.extend(&sizes);
        directory.extend([0; 10]);
        directory.extend(start.to_le_bytes());
        directory.extend(*name);
    }
    let start = zip.len() as u32;
    zip.extend(&directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    let count = (members.len() as u16).to_le_bytes();
    zip.extend([count, count].concat());
    zip.extend((directory.len() as u32).to_le_bytes());
    zip.extend(start.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

/// A .7z with stored members: a signature, the bytes, and a header that is not packed.
struct Sevenz {
    file: fs::File,
    members: Vec<(String, Vec<u8>)>,
}

fn sevenz(file: fs::File) -> Sevenz {
    Sevenz { file, members: Vec::new() }
}

impl Sevenz {
    fn push(&mut self, name: &str, bytes: &[u8]) {
        self.members.push((name.to_owned(), bytes.to_owned()));
    }

    fn finish(mut self) {
        let [(name, bytes)] = self.members.as_slice() else { panic!("one member") };
        let number = |value: usize| match value {
            0..0x80 => vec![value as u8],
            _ => vec![0x80 | (value >> 8) as u8, value as u8],
        };
        let sum = |bytes: &[u8]| {
            let mut crc = flate2::Crc::new();
            crc.update(bytes);
            crc.sum().to_le_bytes()
        };
        let mut header = vec![1, 4, 6, 0, 1, 9];
        header.extend(number(bytes.len()));
        // One folder whose only coder copies.
        header.extend([0, 7, 11, 1, 0, 1, 1, 0, 12]);
        header.extend(number(bytes.len()));
        header.extend([0, 8, 10, 1]);
        header.extend(sum(bytes));
        header.extend([0, 0, 5, 1, 17]);
        let name: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        header.extend(number(name.len() + 1));
        header.push(0);
        header.extend(name);
        header.extend([0, 0]);
        let mut place = Vec::new();
        place.extend((bytes.len() as u64).to_le_bytes());
        place.extend((header.len() as u64).to_le_bytes());
        place.extend(sum(&header));
        self.file.write_all(b"7z\xbc\xaf\x27\x1c\0\x04").expect("a signature");
        self.file.write_all(&sum(&place)).expect("a sum");
        self.file.write_all(&place).expect("a place");
        self.file.write_all(bytes).expect("bytes");
        self.file.write_all(&header).expect("a header");
    }
}

/// The outputs, without what a dataset keeps for itself.
fn outputs(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry"));
    entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("an output"))
        })
        .collect()
}

fn same(one: &Path, other: &Path) {
    let (one, other) = (outputs(one), outputs(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(bytes == &other[name], "{name} differs");
    }
}

fn records(path: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(path).expect("an output");
    text.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

const ALL: &[&str] = &["--to", "parquet,sqlite,csv,jsonl,xlsx"];
const JSONL: &[&str] = &["--to", "jsonl"];

#[test]
fn a_tree_becomes_rows_and_a_bad_file_is_one_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("in");
    tree(&input);
    // The results may stand inside the tree: they are not read.
    let output = input.join("数据");
    let (code, said) = convert(&input, &output, ALL);
    assert_eq!(code, 0, "{said}");
    let files = records(&output.join("files.jsonl"));
    let told: Vec<(&str, &str)> = files
        .iter()
        .map(|file| {
            let path = file["path"].as_str().expect("a path");
            let inside = path.split_once("/in/").map_or(path, |(_, inside)| inside);
            (inside, file["error_code"].as_str().unwrap_or("-"))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("2022/整套.csv", "-"),
            ("2022/旧.rar", "unsupported_format"),
            ("2022/照片.xlsx", "not_a_workbook"),
            ("2022/甲/支出.xlsx", "-"),
            ("旧档.7z!/2021/预算.csv", "-"),
            ("旧档.zip!/inner.zip!/内.csv", "-"),
            ("旧档.zip!/旧档/陰.xlsx", "-"),
        ]
    );
    let facts = records(&output.join("facts.jsonl"));
    let paid = facts
        .iter()
        .find(|fact| fact["file_id"] == files[3]["file_id"] && fact["line"] == "柳沟经适房B区")
        .expect("the fact");
    assert_eq!(
        (&paid["value"], &paid["unit"], &paid["value_yuan"]),
        (&"350".into(), &"万元".into(), &"3500000".into())
    );
    // The listing that it was made from.
    let listing = fs::File::open(output.join(".gouji/manifest.parquet")).expect("a manifest");
    let listing = parquet::open(&listing).expect("a .parquet");
    let mut listed = 0;
    parquet::read(Sheaf::Manifest, &listing, |rows| {
        listed += rows.rows();
        Ok(())
    })
    .expect("rows");
    assert_eq!(listed, files.len());
    // The same tree again, over the results of the first time.
    let before = outputs(&output);
    assert!(convert(&input, &output, ALL).1.contains("7 done before"));
    assert!(before == outputs(&output));
}

#[test]
fn every_form_holds_the_same_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    tree(&input);
    convert(&input, &output, ALL);
    for name in ["files", "tables", "lines", "facts", "checks", "findings"] {
        let rows = records(&output.join(format!("{name}.jsonl"))).len();
        // The reader refuses records of another length than the heading's.
        let mut csv =
            csv::Reader::from_path(output.join(format!("{name}.csv"))).expect("an output");
        assert_eq!(
            csv.records().collect::<Result<Vec<_>, _>>().expect("records").len(),
            rows,
            "{name}"
        );
    }
    let described = fs::read(output.join("datapackage.json")).expect("a description");
    let described: serde_json::Value = serde_json::from_slice(&described).expect("an object");
    for resource in described["resources"].as_array().expect("resources") {
        let path = output.join(resource["path"].as_str().expect("a path"));
        assert_eq!(Some(fs::metadata(path).expect("an output").len()), resource["bytes"].as_u64());
    }
}

#[test]
fn any_number_of_jobs_and_any_parts_give_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    many(&at("in"), 400);
    tree(&at("in"));
    for (name, jobs) in [("one", "1"), ("four", "4")] {
        let (code, said) = convert(&at("in"), &at(name), &[ALL, &["-j", jobs]].concat());
        assert_eq!(code, 0, "{said}");
    }
    same(&at("one"), &at("four"));
    for (name, shard) in [("a", "1/3"), ("b", "2/3"), ("c", "3/3")] {
        let (code, said) = convert(&at("in"), &at(name), &["--shard", shard]);
        assert_eq!(code, 0, "{said}");
        assert!(said.contains("this is a part"), "{said}");
    }
    let parts = ["a", "b", "c"].map(|name| text(&at(name)).to_owned());
    let merge = |parts: &[String]| {
        let mut arguments = vec!["merge"];
        arguments.extend(parts.iter().map(String::as_str));
        let whole = at("whole");
        arguments.extend(["-o", text(&whole)]);
        gouji(&[&arguments, ALL].concat())
    };
    // The first third of the bytes is never the whole.
    let short = merge(&parts[..1]);
    assert_eq!(short.status.code(), Some(2), "a part is missing");
    assert!(String::from_utf8_lossy(&short.stderr).contains("in none of the parts"));
    assert!(merge(&parts).status.success());
    same(&at("one"), &at("whole"));
}

#[test]
fn a_run_that_was_killed_goes_on_to_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    many(&at("in"), 600);
    convert(&at("in"), &at("whole"), &["--to", "parquet,csv"]);
    let mut kills = 0;
    for wait in (0..12).map(|try_| 40 + 70 * try_) {
        let mut child = Command::new(GOUJI)
            .args(["convert", text(&at("in")), "-o", text(&at("killed")), "--to", "parquet,csv"])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        std::thread::sleep(Duration::from_millis(wait));
        if child.try_wait().expect("a child").is_none() {
            kills += 1;
        }
        child.kill().expect("a signal");
        child.wait().expect("its end");
    }
    assert!(kills > 0);
    let (code, said) = convert(&at("in"), &at("killed"), &["--to", "parquet,csv"]);
    assert_eq!(code, 0, "{said}");
    same(&at("whole"), &at("killed"));
}

#[test]
fn changed_files_are_done_again_and_others_are_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    many(&input, 300);
    // Where chunks end depends on the files' ids, so on their paths: these are the same in every run.
    let convert_to = |output: &str| {
        let done = gouji_in(folder.path(), &[&["convert", "in", "-o", output], JSONL].concat());
        String::from_utf8_lossy(&done.stderr).into_owned()
    };
    convert_to("out");
    let changed = input.join("03/表0003.csv");
    let modified = fs::metadata(&changed).expect("a file").modified().expect("a time");
    // As long as before, and with the time of before.
    fs::write(&changed, table(3).replace("2.25", "1.25")).expect("a file");
    let file = fs::File::options().write(true).open(&changed).expect("a file");
    file.set_modified(modified).expect("the time of before");
    drop(file);
    let planned = gouji_in(folder.path(), &["convert", "in", "-o", "out", "--dry-run"]);
    let planned = String::from_utf8_lossy(&planned.stderr).into_owned();
    assert!(!planned.contains("300 are done"), "{planned}");
    let said = convert_to("out");
    assert!(!said.contains("300 done before") && !said.contains(" 0 done before"), "{said}");
    let facts = records(&output.join("facts.jsonl"));
    assert_eq!(facts.iter().filter(|fact| fact["value"] == "1.25").count(), 1);
    // A new file changes the chunk that it falls into and no other.
    fs::write(input.join("00/新.csv"), table(5000)).expect("a file");
    let said = convert_to("out");
    assert!(!said.contains(" 0 done before"), "{said}");
    convert_to("fresh");
    same(&output, &folder.path().join("fresh"));
}

#[test]
fn the_same_bytes_twice_are_counted_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir_all(&input).expect("a folder");
    fs::write(input.join("a.csv"), table(1)).expect("a file");
    fs::write(input.join("b.csv"), table(1)).expect("a file");
    fs::write(input.join("c.csv"), table(2)).expect("a file");
    let archive = stored(&[(b"d.csv", table(2).as_bytes())]);
    fs::write(input.join("z.zip"), archive).expect("a file");
    convert(&input, &output, JSONL);
    let files = records(&output.join("files.jsonl"));
    let twins: Vec<_> = files.iter().map(|file| file["duplicate_of"].clone()).collect();
    let (none, id) = (serde_json::Value::Null, |at: usize| files[at]["file_id"].clone());
    assert_eq!(twins, [none.clone(), id(0), none, id(2)]);
    assert_eq!(files[1]["status"], "duplicate");
    assert_eq!(files[1]["sha256"], files[0]["sha256"]);
    assert_eq!(records(&output.join("facts.jsonl")).len(), 6);
}

// Nothing lost: each of these did harm once.

#[test]
fn a_dataset_is_never_replaced_by_less_without_being_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    many(&input, 3);
    convert(&input, &output, JSONL);
    let before = outputs(&output);
    // Nothing readable, nothing at all, one fewer, one spoilt.
    let empty = folder.path().join("empty");
    fs::create_dir_all(&empty).expect("a folder");
    let (code, said) = convert(&empty, &output, JSONL);
    assert!(code == 2 && said.contains("no files found"), "{said}");
    fs::write(empty.join("x.xlsx"), b"nothing").expect("a file");
    let (code, said) = convert(&empty, &output, JSONL);
    assert!(code == 2 && said.contains("3 files of the dataset"), "{said}");
    fs::rename(input.join("00/表0000.csv"), folder.path().join("away.csv")).expect("away");
    let (code, said) = convert(&input, &output, JSONL);
    assert!(code == 2 && said.contains("表0000.csv"), "{said}");
    fs::rename(folder.path().join("away.csv"), input.join("00/表0000.csv")).expect("back");
    fs::write(input.join("01/表0001.csv"), b"\0\x01\x02\x03").expect("a file");
    let (code, said) = convert(&input, &output, JSONL);
    assert!(code == 2 && said.contains("表0001.csv"), "{said}");
    assert!(before == outputs(&output), "the results of before");
    // Told so, it is; and a form that stands there is never left behind the others.
    let (code, _) = convert(&input, &output, &["--to", "csv", "--replace"]);
    assert_eq!(code, 0);
    assert_eq!(records(&output.join("facts.jsonl")).len(), 6);
}

#[test]
fn inputs_are_never_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    many(folder.path(), 2);
    let facts = folder.path().join("facts.csv");
    fs::write(&facts, table(1)).expect("a file");
    let into_itself = convert(&facts, folder.path(), &["--to", "csv"]);
    assert!(into_itself.0 == 2 && into_itself.1.contains("inside the folder"), "{into_itself:?}");
    let (code, _) = convert(folder.path(), folder.path(), &["--to", "csv", "--replace"]);
    assert_eq!(code, 2);
    assert_eq!(fs::read_to_string(&facts).expect("the input"), table(1));
    assert!(!folder.path().join("tables.csv").exists());
    // Files of the names of outputs that nobody told us to replace.
    let strange = tempfile::tempdir().expect("a folder");
    fs::write(strange.path().join("facts.csv"), "mine").expect("a file");
    let (code, said) = convert(Path::new("samples/packet"), strange.path(), &["--to", "csv"]);
    assert!(code == 2 && said.contains("--replace"), "{said}");
    assert_eq!(fs::read(strange.path().join("facts.csv")).expect("the file"), b"mine");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_a_row_and_hangs_nothing() {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    many(&input, 1);
    let made = Command::new("mkfifo").arg(input.join("管道.xlsx")).status().expect("mkfifo");
    assert!(made.success());
    let closed = input.join("关");
    fs::create_dir(&closed).expect("a folder");
    fs::write(closed.join("里.csv"), table(2)).expect("a file");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).expect("permissions");
    for raw in [b"\xd4\xd1.csv", b"\xd4\xd2.csv"] {
        fs::write(input.join(std::ffi::OsStr::from_bytes(raw)), table(usize::from(raw[1])))
            .expect("a file");
    }
    let (code, said) = convert(&input, &output, JSONL);
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).expect("permissions");
    assert_eq!(code, 0, "{said}");
    let files = records(&output.join("files.jsonl"));
    let of = |name: &'static str| {
        files.iter().filter(move |f| f["path"].as_str().is_some_and(|p| p.ends_with(name)))
    };
    assert_eq!(of("管道.xlsx").next().expect("a row")["error_code"], "not_a_workbook");
    // Whoever may do everything can open the folder all the same.
    let inside = of("关/里.csv").count();
    assert!(of("关").any(|row| row["error_code"] == "io") || inside == 1);
    assert_eq!((of("%D4%D1.csv").count(), of("%D4%D2.csv").count()), (1, 1));
    let raw = of("%D4%D1.csv").next().expect("a row")["path_bytes"].as_str().expect("bytes");
    assert!(raw.ends_with("d4d12e637376"), "{raw}");
}

#[test]
fn results_of_ours_are_no_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("in");
    many(&input, 2);
    convert(&input, &input.join("旧结果"), &["--to", "csv,xlsx"]);
    // A copy without what tells a dataset.
    fs::create_dir_all(input.join("抄")).expect("a folder");
    fs::copy(input.join("旧结果/facts.csv"), input.join("抄/facts.csv")).expect("a copy");
    let output = folder.path().join("out");
    let (_, said) = convert(&input, &output, JSONL);
    assert_eq!(records(&output.join("files.jsonl")).len(), 2, "{said}");
}

#[test]
fn two_runs_never_write_one_folder_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    many(&input, 400);
    let start = |form: &str| {
        Command::new(GOUJI)
            .args(["convert", text(&input), "-o", text(&output), "--to", form, "-j", "1"])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program")
    };
    let mut first = start("csv");
    while !output.join(".gouji/lock").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = start("jsonl").wait_with_output().expect("its end");
    let in_time = first.try_wait().expect("a child").is_none();
    assert!(first.wait().expect("its end").success());
    // On a slow machine the second may come when the first is done.
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(
        !in_time || second.status.code() == Some(2) && said.contains("另一次转换正在写入"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn a_limit_on_files_is_an_error_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    many(&input, 20);
    let limited = format!(
        "ulimit -f 8; exec {GOUJI} convert {} -o {} --lang en",
        text(&input),
        text(&output)
    );
    let done = Command::new("bash").args(["-c", &limited]).output().expect("bash");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(2), "{said}");
    let mut left: Vec<PathBuf> = vec![output.join(".gouji/chunks")];
    left.extend(outputs(&output).into_keys().map(PathBuf::from));
    let parts = fs::read_dir(&left[0]).expect("the folder");
    let parts = parts
        .filter(|e| e.as_ref().is_ok_and(|e| e.file_name().to_string_lossy().ends_with("-part")));
    assert_eq!((left.len(), parts.count()), (1, 0), "{said}");
    let (code, said) = convert(&input, &output, &[]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn size_and_sum_are_those_of_the_same_bytes() {
    use sha2::Digest as _;
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    many(&input, 300);
    let growing = input.join("00/表0000.csv");
    let mut child = Command::new(GOUJI)
        .args(["convert", text(&input), "-o", text(&output), "--to", "jsonl", "-j", "1"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    let mut states = vec![fs::read(&growing).expect("the file")];
    while child.try_wait().expect("a child").is_none() {
        let next = [states.last().expect("a state").as_slice(), b",\n"].concat();
        fs::write(folder.path().join("next"), &next).expect("a file");
        fs::rename(folder.path().join("next"), &growing).expect("a change");
        states.push(next);
        std::thread::sleep(Duration::from_millis(3));
    }
    let files = records(&output.join("files.jsonl"));
    let row = files.iter().find(|f| f["path"].as_str().is_some_and(|p| p.ends_with("表0000.csv")));
    let row = row.expect("a row");
    let state =
        states.iter().find(|state| state.len() as u64 == row["bytes"].as_u64().unwrap_or(0));
    let sum = sha2::Sha256::digest(state.expect("a state of that size"));
    let told = row["sha256"].as_str().expect("a sum");
    let told = (0..32).map(|at| u8::from_str_radix(&told[at * 2..at * 2 + 2], 16).expect("a byte"));
    assert!(told.eq(sum.iter().copied()));
}

#[test]
fn the_first_bad_file_ends_a_run_that_is_to_fail_fast() {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    tree(&input);
    let (code, said) = convert(&input, &output, &["--fail-fast"]);
    assert!(code == 2 && said.contains("--fail-fast"), "{said}");
    assert!(!output.join("files.parquet").exists());
}

#[test]
fn a_file_that_takes_too_much_costs_one_row() {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    many(&input, 5);
    // Some ten million cells: no memory of 200 MiB holds them, and none is asked for by the others.
    let row = "1,".repeat(1000);
    let mut big = String::with_capacity(22 << 20);
    (0..10_000).for_each(|_| {
        big.push_str(&row);
        big.push('\n');
    });
    fs::write(input.join("03/大.csv"), big).expect("a file");
    let (code, said) = convert(&input, &output, &[JSONL, &["--memory", "200MiB"]].concat());
    assert_eq!(code, 0, "{said}");
    let files = records(&output.join("files.jsonl"));
    let bad: Vec<_> = files.iter().filter(|file| !file["error_code"].is_null()).collect();
    assert_eq!((files.len(), bad.len()), (6, 1));
    assert_eq!(bad[0]["error_code"], "too_large");
    assert_eq!(records(&output.join("facts.jsonl")).len(), 15);
}

#[test]
fn lines_say_what_adds_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("柳河县财政局/2021"), folder.path().join("out"));
    fs::create_dir_all(&input).expect("a folder");
    let rows = "单位：万元,,,,\n科目编码,科目名称,主管部门,预算数,完成率\n\
        205,教育支出,,30.00,50%\n20502,普通教育,教育局,30.00,50%\n2050202,小学教育,教育局,10.00,50%\n\
        2050203,初中教育,教育局,20.00,50%\n208,社会保障和就业支出,民政局,5.00,50%\n,合计,,35.00,50%\n";
    fs::write(input.join("支出.csv"), rows).expect("a file");
    convert(&input, &output, JSONL);
    let files = records(&output.join("files.jsonl"));
    assert_eq!((&files[0]["year"], &files[0]["year_source"]), (&2021.into(), &"folder".into()));
    assert_eq!(
        (&files[0]["entity"], &files[0]["entity_source"]),
        (&"柳河县财政局".into(), &"folder".into())
    );
    let lines = records(&output.join("lines.jsonl"));
    let leaves: Vec<_> = lines
        .iter()
        .filter(|line| line["is_leaf"] == true)
        .map(|line| line["name"].clone())
        .collect();
    assert_eq!(leaves, ["小学教育", "初中教育", "社会保障和就业支出"]);
    let primary = lines.iter().find(|line| line["name"] == "小学教育").expect("a line");
    assert_eq!(primary["function_code"], "2050202");
    assert_eq!(primary["entity"], "教育局");
    assert_eq!(primary["path"], "教育支出 / 普通教育 / 小学教育");
    assert_eq!(primary["parent_line"], 4);
    let texts: serde_json::Value =
        serde_json::from_str(primary["texts"].as_str().expect("texts")).expect("an object");
    assert_eq!(texts["主管部门"], "教育局");
    let facts = records(&output.join("facts.jsonl"));
    let rate = facts.iter().find(|fact| fact["field_role"] == "percent").expect("a rate");
    assert_eq!(
        (&rate["unit"], &rate["value"], &rate["year"]),
        (&"1".into(), &"0.5".into(), &2021.into())
    );
}

#[test]
fn merged_cells_are_carried_down_and_adjustments_have_a_sign() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("调整.xlsx");
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write(0, 0, "2022年预算调整表").expect("a cell");
    sheet.write(1, 4, "单位：万元").expect("a cell");
    for (column, header) in ["处室", "项目", "年初预算", "调增", "调减"].iter().enumerate()
    {
        sheet.write(2, column as u16, *header).expect("a cell");
    }
    let plain = rust_xlsxwriter::Format::new();
    sheet.merge_range(3, 0, 4, 0, "基教处", &plain).expect("a merge");
    for (row, (name, first, up, down)) in
        [("校舍维修", 10.5, 1.5, 0.5), ("营养餐", 20.25, 2.5, 1.25)].iter().enumerate()
    {
        let row = row as u32 + 3;
        sheet.write(row, 1, *name).expect("a cell");
        sheet.write(row, 2, *first).expect("a cell");
        sheet.write(row, 3, *up).expect("a cell");
        sheet.write(row, 4, *down).expect("a cell");
    }
    workbook.save(&input).expect("a workbook");
    let output = folder.path().join("out");
    convert(&input, &output, JSONL);
    let lines = records(&output.join("lines.jsonl"));
    let paths: Vec<_> = lines.iter().map(|line| line["path"].clone()).collect();
    assert_eq!(paths, ["基教处 / 校舍维修", "基教处 / 营养餐"]);
    let facts = records(&output.join("facts.jsonl"));
    let signs: Vec<_> = facts.iter().take(3).map(|fact| fact["stage_sign"].clone()).collect();
    assert_eq!(signs, [serde_json::Value::Null, 1.into(), (-1).into()]);
    assert!(facts.iter().all(|fact| fact["field_path"] != "" && fact["is_leaf"] == true));
}

#[test]
fn csv_records_disarm_formulas() {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("表.csv"), folder.path().join("out"));
    let rows = "单位：万元,\n项目,金额\n=cmd|calc,-5.00\n甲,15.00\n合计,10.00\n";
    fs::write(&input, rows).expect("a file");
    let (_, said) = convert(&input, &output, &["--to", "csv"]);
    assert!(said.contains("single quote"), "{said}");
    let facts = fs::read_to_string(output.join("facts.csv")).expect("an output");
    assert!(facts.contains("\"'=cmd|calc\"") && facts.contains(",-5,"), "{facts}");
    // Made with the rows the first time, and of the rows that stand there the second.
    let (_, said) = convert(&input, &output, &["--to", "csv"]);
    assert!(said.contains("single quote"), "{said}");
    assert_eq!(facts, fs::read_to_string(output.join("facts.csv")).expect("an output"));
}
