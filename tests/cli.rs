//! The program as people call it: exit codes, bad input, what is written and what is left alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rust_xlsxwriter::Workbook;
use serde_json::Value;
use tempfile::TempDir;

const PACKET: &str = "samples/packet";

fn gouji(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gouji"));
    command.args(arguments).env_remove("GOUJI_LANG").env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    gouji(arguments).output().expect("the program starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit, not a signal")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("one JSON document and nothing else")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// A folder with one of each kind of bad input, and one good file.
struct Bad {
    folder: TempDir,
}

impl Bad {
    fn new() -> Self {
        let bad = Self { folder: TempDir::new().expect("a folder") };
        let sample = fs::read(Path::new(PACKET).join("支出明细.xlsx")).expect("the sample");
        fs::write(bad.path("好.xlsx"), &sample).expect("written");
        fs::write(bad.path("半截.xlsx"), &sample[..sample.len() / 2]).expect("written");
        fs::write(bad.path("照片.xlsx"), b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01")
            .expect("written");
        fs::copy("tests/data/encrypted.xlsx", bad.path("加密.xlsx")).expect("copied");
        let mut empty = Workbook::new();
        empty.add_worksheet();
        empty.save(bad.path("空表.xlsx")).expect("written");
        let mut words = Workbook::new();
        let sheet = words.add_worksheet();
        for (row, line) in
            ["填报说明", "一、请于月底前报送", "二、金额单位为万元"].iter().enumerate()
        {
            sheet.write_string(row as u32, 0, *line).expect("written");
        }
        words.save(bad.path("说明.xlsx")).expect("written");
        bad
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// All files by name with their bytes.
    fn content(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files: Vec<(PathBuf, Vec<u8>)> = fs::read_dir(self.folder.path())
            .expect("readable")
            .map(|entry| entry.expect("readable").path())
            .map(|path| (path.clone(), fs::read(&path).expect("readable")))
            .collect();
        files.sort();
        files
    }
}

const NAMES: &[&str] =
    &["没有.xlsx", "照片.xlsx", "半截.xlsx", "加密.xlsx", "空表.xlsx", "说明.xlsx", "好.xlsx"];

#[test]
fn every_bad_input_has_a_clear_row_and_the_good_file_is_still_checked() {
    let bad = Bad::new();
    let before = bad.content();
    let paths: Vec<PathBuf> = NAMES.iter().map(|name| bad.path(name)).collect();
    let mut arguments = vec!["check", "--format", "json"];
    arguments.extend(paths.iter().map(|path| text(path)));
    let report = json(&run(&arguments));
    let codes = [
        Some("not_found"),
        Some("not_a_workbook"),
        Some("truncated"),
        Some("encrypted"),
        None,
        None,
        None,
    ];
    for (at, (name, wanted)) in NAMES.iter().zip(codes).enumerate() {
        let file = &report["files"][at];
        assert!(file["path"].as_str().is_some_and(|path| path.ends_with(name)), "{file}");
        match wanted {
            Some(code) => {
                assert_eq!(file["status"], "refused", "{name}");
                assert_eq!(file["error"]["code"], code, "{name}");
                let said = |key: &str| file["error"][key].as_str().is_some_and(|s| !s.is_empty());
                assert!(said("message") && said("hint"), "{name} must say what to do: {file}");
            }
            None => assert_eq!(file["status"], "read", "{name}: {file}"),
        }
    }
    let good = report["checks"].as_array().expect("a list");
    assert!(good.iter().any(|check| check["outcome"] == "holds"), "the good file was not checked");
    assert!(good.iter().all(|check| check["target"]["file"] == 6));
    assert_eq!(bad.content(), before, "nothing may be written or changed");
}

#[test]
fn refusals_are_told_to_people_in_both_languages() {
    let bad = Bad::new();
    let encrypted = bad.path("加密.xlsx");
    for (language, word) in [("zh", "密码"), ("en", "password")] {
        let output = run(&["check", text(&encrypted), "--lang", language]);
        assert_eq!(code(&output), 2);
        assert!(stdout(&output).contains(word), "{}", stdout(&output));
    }
}

#[test]
fn a_password_in_a_file_opens_an_encrypted_workbook() {
    let bad = Bad::new();
    let words = bad.path("口令.txt");
    fs::write(&words, "wrong\ngouji\n").expect("written");
    let encrypted = bad.path("加密.xlsx");
    let output = run(&["check", text(&encrypted), "--password-file", text(&words)]);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("相符 1"), "{}", stdout(&output));
}

#[test]
fn nothing_to_check_is_said_and_is_no_failure() {
    let bad = Bad::new();
    for name in ["空表.xlsx", "说明.xlsx"] {
        let output = run(&["check", text(&bad.path(name))]);
        assert_eq!(code(&output), 0, "{name}");
        assert!(stdout(&output).contains("没有可核对的内容"), "{}", stdout(&output));
    }
    let folder = TempDir::new().expect("a folder");
    let output = run(&["check", text(folder.path())]);
    assert_eq!(code(&output), 2, "an empty folder has no file to check");
}

#[test]
fn exit_codes_follow_the_findings_and_fail_on() {
    let checked = |more: &[&str]| {
        let mut arguments = vec!["check", PACKET];
        arguments.extend(more);
        code(&run(&arguments))
    };
    assert_eq!(checked(&[]), 1);
    assert_eq!(checked(&["--fail-on", "never"]), 0);
    assert_eq!(checked(&["--select", "W", "--fail-on", "error"]), 0);
    assert_eq!(checked(&["--fail-on", "sometimes"]), 2);
    assert_eq!(code(&run(&["check"])), 2);
    assert_eq!(code(&run(&["--help"])), 0);
    assert_eq!(code(&run(&["--version"])), 0);
    assert_eq!(code(&run(&["explain", "T01"])), 0);
    assert_eq!(code(&run(&["explain", "nothing"])), 2);
}

#[test]
fn settings_beside_the_workbooks_are_used_and_errors_in_them_point_at_the_place() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("资产.xlsx");
    fs::copy(Path::new(PACKET).join("固定资产情况表.xlsx"), &file).expect("copied");
    assert_eq!(code(&run(&["check", text(&file)])), 1);
    let settings = folder.path().join("gouji.toml");
    fs::write(&settings, "fail-on = \"never\"\n").expect("written");
    assert_eq!(code(&run(&["check", text(&file)])), 0);
    assert_eq!(code(&run(&["check", text(&file), "--fail-on", "error"])), 1, "arguments go first");
    fs::write(&settings, "fail-on = \"never\"\nfoo = 1\n").expect("written");
    let output = run(&["check", text(&file)]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("gouji.toml") && stderr(&output).contains("foo"));
}

#[test]
fn colour_is_for_terminals_and_for_those_who_do_not_refuse_it() {
    let piped = run(&["check", PACKET]);
    assert!(!stdout(&piped).contains('\u{1b}'), "no colour into a pipe");
    let forced = gouji(&["check", PACKET]).env("CLICOLOR_FORCE", "1").output().expect("starts");
    assert!(stdout(&forced).contains("\u{1b}["), "colour where it is asked for");
    let refused = gouji(&["check", PACKET])
        .env("CLICOLOR_FORCE", "0")
        .env("NO_COLOR", "1")
        .output()
        .expect("starts");
    assert!(!stdout(&refused).contains('\u{1b}'));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = gouji(&["check", PACKET, "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert_eq!(stderr(&output), "");
    assert_eq!(code(&output), 0);
}

#[test]
fn folders_are_walked_in_order_and_what_is_left_out_is_said() {
    let folder = TempDir::new().expect("a folder");
    let inner = folder.path().join("乙");
    fs::create_dir(&inner).expect("made");
    for path in [
        folder.path().join("b.csv"),
        folder.path().join("a.csv"),
        inner.join("c.csv"),
        folder.path().join("~$a.xlsx"),
        folder.path().join(".hidden.csv"),
        folder.path().join("readme.pdf"),
        folder.path().join("a-核对.xlsx"),
    ] {
        fs::write(path, "项目,金额\n甲,1\n").expect("written");
    }
    let output = run(&["check", text(folder.path()), "--format", "json"]);
    let report = json(&output);
    let names: Vec<String> = report["files"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|file| {
            file["path"].as_str().expect("a path").rsplit('/').next().unwrap_or("").to_owned()
        })
        .collect();
    assert_eq!(names, ["a.csv", "b.csv", "c.csv"]);
    let said = stderr(&output);
    for left_out in ["~$a.xlsx", ".hidden.csv", "readme.pdf", "a-核对.xlsx"] {
        assert!(said.contains(left_out), "{left_out} was left out silently: {said}");
    }
}

#[test]
fn dropping_files_writes_copies_beside_them_and_leaves_them_alone() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("资产.xlsx");
    fs::copy(Path::new(PACKET).join("固定资产情况表.xlsx"), &file).expect("copied");
    let before = fs::read(&file).expect("read");
    let output = run(&[text(&file)]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(stdout(&output).contains("358.78"), "findings are printed too");
    let copy = folder.path().join("资产-核对.xlsx");
    assert!(copy.exists(), "{}", stdout(&output));
    let paper = folder.path().join("评价底稿.xlsx");
    assert!(paper.exists(), "{}", stdout(&output));
    fs::write(&paper, "a reviewer's conclusions").expect("written");
    assert_eq!(fs::read(&file).expect("read"), before);
    let marked = fs::read(&copy).expect("read");
    assert_eq!(code(&run(&[text(&file)])), 1, "and again");
    assert_eq!(fs::read(&copy).expect("read"), marked, "the same copy");
    assert_eq!(fs::read(&paper).expect("read"), b"a reviewer's conclusions", "not overwritten");
    assert!(folder.path().join("评价底稿(2).xlsx").exists());
    let names: Vec<String> = fs::read_dir(folder.path())
        .expect("readable")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(names.is_empty(), "temporary files were left: {names:?}");
}

#[test]
fn a_marked_copy_is_marked_again_as_its_original_is() {
    for (sample, name, copy_name) in [
        ("samples/packet/固定资产情况表.xlsx", "资产.xlsx", "资产-核对.xlsx"),
        ("samples/formats/整套报表.ods", "整套.ods", "整套-核对.ods"),
        ("samples/formats/整套报表.xls", "整套.xls", "整套-核对.xlsx"),
    ] {
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join(name);
        fs::copy(sample, &file).expect("copied");
        let output = run(&["annotate", text(&file)]);
        assert_eq!(code(&output), 1, "{}", stderr(&output));
        let copy = folder.path().join(copy_name);
        let marked = fs::read(&copy).expect("a copy");
        let again = run(&["annotate", text(&copy)]);
        assert_eq!(code(&again), 1, "{}", stderr(&again));
        assert_eq!(stdout(&again), stdout(&output), "the same name");
        let remarks = |output: &Output| -> Vec<String> {
            let said = stderr(output);
            said.lines().filter(|line| line.starts_with("说明")).map(str::to_owned).collect()
        };
        assert_eq!(remarks(&again), remarks(&output), "the same remarks");
        assert_eq!(fs::read(&copy).expect("a copy"), marked, "the same bytes");
        let names = fs::read_dir(folder.path()).expect("readable").count();
        assert_eq!(names, 2, "no copy of the copy beside {copy_name}");
        let elsewhere = folder.path().join("别处");
        assert_eq!(code(&run(&["annotate", text(&copy), "-o", text(&elsewhere)])), 1);
        assert_eq!(fs::read(elsewhere.join(copy_name)).expect("a copy"), marked);
    }
}

#[test]
fn a_marked_copy_is_read_as_its_original() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("资产.xlsx");
    fs::copy(Path::new(PACKET).join("固定资产情况表.xlsx"), &file).expect("copied");
    assert_eq!(code(&run(&["annotate", text(&file)])), 1, "written, and it has errors");
    let copy = folder.path().join("资产-核对.xlsx");
    let [before, after] =
        [&file, &copy].map(|path| json(&run(&["check", text(path), "--format", "json"])));
    assert!(!before["findings"].as_array().expect("a list").is_empty());
    for part in ["findings", "summary", "coverage", "tables", "checks"] {
        assert!(!before[part].is_null(), "{part}");
        assert_eq!(before[part], after[part], "{part}");
    }
    let remarks = &after["files"][0]["remarks"];
    assert!(remarks.to_string().contains("去掉标注"), "{remarks}");
}

#[test]
fn a_copy_that_somebody_worked_in_is_not_overwritten() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("资产.xlsx");
    fs::copy(Path::new(PACKET).join("固定资产情况表.xlsx"), &file).expect("copied");
    let copy = folder.path().join("资产-核对.xlsx");
    fs::copy(Path::new(PACKET).join("支出明细.xlsx"), &copy).expect("somebody's own file");
    let before = fs::read(&copy).expect("read");
    assert_eq!(code(&run(&["annotate", text(&file)])), 1, "written, and it has errors");
    assert_eq!(code(&run(&["annotate", text(&file)])), 1, "written, and it has errors");
    assert_eq!(fs::read(&copy).expect("read"), before);
    assert!(folder.path().join("资产-核对(2).xlsx").exists());
    assert!(!folder.path().join("资产-核对(3).xlsx").exists(), "our own copy is replaced");
}

#[test]
fn why_a_file_cannot_be_read_is_said_where_it_cannot_be_marked() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("半.xls");
    let whole = fs::read("samples/formats/整套报表.xls").expect("read");
    fs::write(&file, &whole[..3000]).expect("written");
    let output = run(&["annotate", text(&file)]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("OLE"), "{}", stderr(&output));
    assert!(stderr(&output).contains("提交人"), "what to do: {}", stderr(&output));
}

#[test]
fn copies_of_files_with_one_name_do_not_overwrite_each_other() {
    let folder = TempDir::new().expect("a folder");
    for (unit, sample) in [("甲", "支出明细.xlsx"), ("乙", "预算调整.xlsx")] {
        fs::create_dir(folder.path().join(unit)).expect("made");
        let file = folder.path().join(unit).join("报表.xlsx");
        fs::copy(Path::new(PACKET).join(sample), file).expect("copied");
    }
    let out = folder.path().join("结果");
    let output = run(&["annotate", text(folder.path()), "-o", text(&out)]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let copies = [out.join("报表-核对.xlsx"), out.join("报表-核对(2).xlsx")];
    let bytes: Vec<Vec<u8>> = copies.iter().map(|path| fs::read(path).expect("a copy")).collect();
    assert_ne!(bytes[0], bytes[1]);
}

#[test]
fn the_evaluation_workbook_is_written_where_asked_and_never_over_an_input() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("资产.xlsx");
    fs::copy(Path::new(PACKET).join("固定资产情况表.xlsx"), &file).expect("copied");
    let paper = folder.path().join("新建").join("底稿.xlsx");
    let output = run(&["evaluate", text(&file), "-o", text(&paper)]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(fs::read(&paper).expect("written").starts_with(b"PK"));
    let before = fs::read(&file).expect("read");
    assert_eq!(code(&run(&["evaluate", text(&file), "-o", text(&file)])), 2);
    assert_eq!(fs::read(&file).expect("read"), before);
}

#[test]
fn without_a_workbook_there_is_no_evaluation_workbook() {
    let folder = TempDir::new().expect("a folder");
    let paper = folder.path().join("底稿.xlsx");
    let missing = folder.path().join("没有这个文件.xlsx");
    let output = run(&["evaluate", text(&missing), "-o", text(&paper)]);
    assert_eq!(code(&output), code(&run(&["check", text(&missing)])), "as check exits");
    assert!(!paper.exists() && stderr(&output).contains("没有这个文件"), "{}", stderr(&output));
}

#[test]
fn previous_takes_the_paper_before_and_the_last_draft_and_refuses_what_is_neither() {
    let folder = TempDir::new().expect("a folder");
    let [old, new] = ["一稿", "二稿"].map(|name| {
        let draft = folder.path().join(name);
        fs::create_dir(&draft).expect("made");
        fs::copy(Path::new(PACKET).join("固定资产情况表.xlsx"), draft.join("资产.xlsx"))
            .expect("copied");
        draft
    });
    let first = old.join("评价底稿.xlsx");
    assert_eq!(code(&run(&["evaluate", text(&old), "-o", text(&first)])), 1);
    let paper = folder.path().join("底稿.xlsx");
    let output = run(&["evaluate", text(&new), "-o", text(&paper), "--previous", text(&old)]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.contains("前后稿对比") && said.contains("已带入"), "{said}");
    let empty = folder.path().join("空");
    fs::create_dir(&empty).expect("made");
    let output =
        run(&["evaluate", text(&new), "-o", text(&paper), "--force", "--previous", text(&empty)]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("无法对比"), "{}", stderr(&output));
}

#[test]
fn a_place_that_cannot_be_written_is_named_with_what_to_do() {
    let folder = TempDir::new().expect("a folder");
    let blocked = folder.path().join("占着");
    fs::write(&blocked, "a file where a folder is wanted").expect("written");
    let sample = Path::new(PACKET).join("预算调整.xlsx");
    let output = run(&["annotate", text(&sample), "-o", text(&blocked)]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("占着") && stderr(&output).contains("-o"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn the_same_call_prints_the_same_bytes() {
    let first = run(&["check", PACKET, "--format", "json"]);
    let second = gouji(&["check", PACKET, "--format", "json"])
        .env("LANG", "en_US.UTF-8")
        .env("LC_ALL", "en_US.UTF-8")
        .output()
        .expect("starts");
    assert_eq!(first.stdout, second.stdout);
}

#[test]
fn help_is_in_the_language_asked_for() {
    let chinese = stdout(&run(&["check", "--help"]));
    assert!(chinese.contains("用法：gouji check [选项]"), "{chinese}");
    assert!(!chinese.contains("Usage"), "{chinese}");
    let english = stdout(&run(&["check", "--help", "--lang", "en"]));
    assert!(english.contains("Usage: gouji check"), "{english}");
    assert!(!english.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c)), "{english}");
    let by_variable = gouji(&["--help"]).env("GOUJI_LANG", "en").output().expect("starts");
    assert!(stdout(&by_variable).contains("Usage: gouji"));
    let wrong = run(&["check", "--fromat", "json", "x"]);
    assert!(stderr(&wrong).contains("不认识的参数“--fromat”"), "{}", stderr(&wrong));
}

#[test]
fn each_limit_named_in_a_refusal_is_an_option_that_raises_it() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("表.xlsx");
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, text) in ["项目", "甲", "合计"].into_iter().enumerate() {
        sheet.write(row as u32, 0, text).expect("a cell");
        sheet.write(row as u32, 1, 1.5).expect("a cell");
        sheet.insert_note(row as u32, 1, &rust_xlsxwriter::Note::new("注")).expect("a note");
    }
    workbook.save(&path).expect("a workbook");
    for (option, small, enough) in [
        ("--max-file", "1KiB", "64 KiB"),
        ("--max-inflated", "1k", "1MiB"),
        ("--max-part", "200", "1MB"),
        ("--max-parts", "3", "40"),
        ("--max-depth", "2", "20"),
        ("--max-cells", "2", "7"),
        ("--max-strings", "1", "7"),
        ("--max-notes", "1", "7"),
    ] {
        let told = |value: &str| {
            let report = json(&run(&["check", text(&path), "--format", "json", option, value]));
            report["files"][0]["error"].to_string() + &report["remarks"].to_string()
        };
        let refusal = told(small);
        assert!(refusal.contains(&format!("{option}）")), "{option}: {refusal}");
        assert!(!told(enough).contains("--max-"), "{option}: {}", told(enough));
        for command in ["inspect", "annotate", "evaluate", "convert"] {
            let help = stdout(&run(&[command, "--help"]));
            assert!(help.contains(option), "{command} lacks {option}");
        }
    }
    let wrong = run(&["check", text(&path), "--max-file", "5 parsecs"]);
    assert_eq!(code(&wrong), 2);
    assert!(stderr(&wrong).contains("--max-file"), "{}", stderr(&wrong));
}

#[test]
fn slips_of_the_keyboard_are_understood() {
    for (arguments, meant) in [
        (vec!["chekc", PACKET], "gouji check"),
        (vec!["check", "--fomat", "json", PACKET], "--format"),
        (vec!["check", "--format", "jsn", PACKET], "json"),
        (vec!["check", "samples/packet/支出明细表.xlsx"], "支出明细.xlsx"),
    ] {
        for (language, question) in [("zh", "是不是"), ("en", "did you mean")] {
            let output = gouji(&arguments).env("GOUJI_LANG", language).output().expect("it starts");
            assert_eq!(code(&output), 2, "{arguments:?}");
            let said = stderr(&output) + &stdout(&output);
            assert!(said.contains(meant), "{arguments:?}: {said}");
            let file = arguments[1].ends_with("支出明细表.xlsx");
            assert!(file || said.contains(question), "{arguments:?}: {said}");
        }
    }
}

#[test]
fn every_command_that_checks_ends_alike() {
    let folder = TempDir::new().expect("a folder");
    let out = folder.path().join("底稿.xlsx");
    for (file, wanted) in [("固定资产情况表.xlsx", 1), ("支出明细.xlsx", 0)] {
        let path = Path::new(PACKET).join(file);
        let copies = folder.path().join("副本");
        let check = run(&["check", text(&path)]);
        let annotate = run(&["annotate", text(&path), "-o", text(&copies)]);
        let evaluate = run(&["evaluate", text(&path), "-o", text(&out)]);
        let bare = run(&[text(&path), "-o", text(&copies), "--no-open"]);
        for output in [&check, &annotate, &evaluate, &bare] {
            assert_eq!(code(output), wanted, "{file}: {}", stderr(output));
        }
        let verdict =
            stdout(&check).lines().find(|line| line.starts_with("核对 ")).map(str::to_owned);
        let verdict = verdict.expect("a verdict");
        for output in [&annotate, &evaluate] {
            assert!(stderr(output).contains(&verdict), "{}", stderr(output));
        }
    }
    for command in ["annotate", "evaluate"] {
        let output = run(&[command, "没有这个文件.xlsx", "-o", text(&folder.path().join("x"))]);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains("没有这个文件.xlsx"), "{}", stderr(&output));
    }
}

#[test]
fn findings_as_a_flat_table() {
    let output = run(&["check", PACKET, "--format", "csv"]);
    assert_eq!(code(&output), 1);
    let text = stdout(&output);
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let head = reader.headers().expect("headings").clone();
    let rows: Vec<_> = reader.records().collect::<Result<_, _>>().expect("records");
    let at = |row: &csv::StringRecord, name: &str| {
        row[head.iter().position(|column| column == name).expect(name)].to_owned()
    };
    let asset = rows.iter().find(|row| at(row, "cell") == "C5").expect("the asset total");
    for (column, value) in [
        ("rule", "Z01"),
        ("sheet", "固定资产情况表"),
        ("unit", "万元"),
        ("stated", "358.78"),
        ("expected", "427.87"),
        ("difference", "-69.09"),
        ("suspect", "固定资产情况表!C20"),
        ("suggested", "69.09"),
    ] {
        assert_eq!(at(asset, column), value, "{column}");
    }
    let names: std::collections::BTreeSet<String> =
        rows.iter().map(|row| at(row, "fingerprint")).collect();
    assert_eq!(names.len(), rows.len(), "no two alike");
}

#[test]
fn fingerprints_outlive_renamed_files() {
    let folder = TempDir::new().expect("a folder");
    let renamed = folder.path().join("第二稿.xlsx");
    fs::copy(Path::new(PACKET).join("固定资产情况表.xlsx"), &renamed).expect("copied");
    let [first, second] = [Path::new(PACKET).join("固定资产情况表.xlsx"), renamed].map(|path| {
        let report = json(&run(&["check", text(&path), "--format", "json"]));
        let findings = report["findings"].as_array().expect("a list").clone();
        findings.iter().map(|finding| finding["fingerprint"].clone()).collect::<Vec<_>>()
    });
    assert!(first.len() >= 2 && first.iter().all(Value::is_string));
    assert_eq!(first, second);
}

#[test]
fn sarif_names_workbooks_and_cells() {
    let output = run(&["check", PACKET, "没有.xlsx", "--format", "sarif", "--lang", "en"]);
    assert_eq!(code(&output), 1);
    let log = json(&output);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("results");
    let asset = results
        .iter()
        .find(|result| result["locations"][0]["logicalLocations"][0]["name"] == "C5")
        .expect("the asset total");
    assert_eq!((&asset["ruleId"], &asset["level"]), (&"Z01".into(), &"error".into()));
    let place = &asset["locations"][0];
    assert_eq!(place["logicalLocations"][0]["kind"], "cell");
    assert_eq!(place["logicalLocations"][0]["fullyQualifiedName"], "固定资产情况表!C5");
    let artifact = &place["physicalLocation"]["artifactLocation"];
    let index = artifact["index"].as_u64().expect("an index") as usize;
    assert_eq!(run["artifacts"][index]["location"]["uri"], artifact["uri"]);
    assert!(artifact["uri"].as_str().expect("a URI").is_ascii());
    let rule = asset["ruleIndex"].as_u64().expect("an index") as usize;
    assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], "Z01");
    let told = &run["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(told.as_array().map(Vec::len), Some(1), "the file that is not there: {told}");
}

#[test]
fn completions_are_printed() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let output = run(&["completions", shell]);
        assert_eq!(code(&output), 0);
        assert!(stdout(&output).contains("annotate"), "{shell}");
    }
}

/// A .zip of the sample packet, its names led astray, in another .zip, with a file that is no workbook.
fn zipped_packet(folder: &Path) -> PathBuf {
    use std::io::{Cursor, Write as _};
    let pack = |members: &[(String, Vec<u8>)]| {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            let options = zip::write::SimpleFileOptions::default();
            archive.start_file(name.as_str(), options).expect("a member");
            archive.write_all(bytes).expect("written");
        }
        archive.finish().expect("an archive").into_inner()
    };
    let mut members: Vec<(String, Vec<u8>)> = fs::read_dir(PACKET)
        .expect("the samples")
        .map(|entry| entry.expect("an entry"))
        .map(|entry| {
            let name = entry.file_name().into_string().expect("a plain name");
            (format!("../../局/{name}"), fs::read(entry.path()).expect("read"))
        })
        .collect();
    members.sort();
    let inner = pack(&members);
    let outer = pack(&[
        ("局.zip".to_owned(), inner),
        ("说明.txt".to_owned(), b"read me".to_vec()),
        ("完.xlsx".to_owned(), b"\xff\xd8\xff\xe0".to_vec()),
    ]);
    let path = folder.join("送审.zip");
    fs::write(&path, outer).expect("written");
    path
}

#[test]
fn an_archive_is_checked_as_the_folder_it_was_made_of() {
    let folder = TempDir::new().expect("a folder");
    let archive = zipped_packet(folder.path());
    let packed = run(&["check", "--format", "json", text(&archive)]);
    let (packed_report, plain) =
        (json(&packed), json(&run(&["check", "--format", "json", PACKET])));
    assert_eq!(code(&packed), 1);
    assert!(stderr(&packed).contains("略过不是表格的文件 1 个"), "{}", stderr(&packed));
    let cells = |report: &Value| -> Vec<(String, String)> {
        let findings = report["findings"].as_array().expect("findings");
        let mut cells: Vec<_> = findings
            .iter()
            .map(|finding| (finding["rule"].to_string(), finding["target"]["cell"].to_string()))
            .collect();
        cells.sort();
        cells
    };
    assert!(!cells(&plain).is_empty());
    assert_eq!(cells(&packed_report), cells(&plain));
    let files = packed_report["files"].as_array().expect("files");
    assert_eq!(files.len(), 6);
    assert!(
        files.iter().any(|file| file["path"].as_str().unwrap().ends_with("完.xlsx")
            && file["status"] == "refused")
    );
}

#[test]
fn copies_of_members_stand_beside_their_archive_and_nowhere_else() {
    let folder = TempDir::new().expect("a folder");
    let archive = zipped_packet(folder.path());
    let before = fs::read(&archive).expect("read");
    let output = run(&["annotate", text(&archive)]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let copies = folder.path().join("送审/局.zip/局");
    assert_eq!(
        fs::read_dir(&copies).expect("a folder of copies").count(),
        5,
        "{}",
        stdout(&output)
    );
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 2);
    assert_eq!(fs::read(&archive).expect("read"), before);
}

#[test]
fn archives_without_workbooks_and_archives_in_folders_are_told() {
    let folder = TempDir::new().expect("a folder");
    let archive = folder.path().join("空.zip");
    fs::write(&archive, b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").expect("written");
    let output = run(&["check", text(&archive)]);
    assert_eq!(code(&output), 2);
    assert!(stdout(&output).contains("压缩包里没有表格"), "{}", stdout(&output));
    fs::write(folder.path().join("旧.rar"), b"Rar!\x1a\x07\0").expect("written");
    let rar = run(&["check", text(&folder.path().join("旧.rar"))]);
    assert!(stdout(&rar).contains("这种压缩包不能打开"), "{}", stdout(&rar));
    let output = run(&["check", text(folder.path())]);
    assert!(
        stderr(&output).contains("压缩包（要核对其中的表格，请直接指定它）"),
        "{}",
        stderr(&output)
    );
}

/// The packet with a settings file beside it.
fn packet_with(settings: &str) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for entry in fs::read_dir(PACKET).expect("the samples").flatten() {
        fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("copied");
    }
    fs::write(folder.path().join("gouji.toml"), settings).expect("written");
    folder
}

#[test]
fn findings_stand_with_a_reason_and_stay_in_every_report() {
    let before = json(&run(&["check", PACKET, "--format", "json"]));
    let errors = before["findings"].as_array().expect("findings").iter();
    let errors: Vec<&str> = errors
        .filter(|finding| finding["severity"] == "error")
        .map(|finding| finding["fingerprint"].as_str().expect("a name"))
        .collect();
    assert_eq!(errors.len(), 2);
    let one = |name: &str| {
        format!("[[suppress]]\nfinding = \"{name}\"\nreason = \"附件三已说明\"\nby = \"王芳\"\n")
    };
    let gone = "0123456789abcdef";
    let folder = packet_with(&[errors[0], errors[1], gone].map(one).concat());
    let path = text(folder.path());

    let people = run(&["check", path]);
    assert_eq!(code(&people), 0, "warnings are left");
    assert!(stdout(&people).contains("附件三已说明 (王芳)"), "{}", stdout(&people));
    assert!(stdout(&people).contains("错误 0，"), "{}", stdout(&people));
    assert!(stdout(&people).contains("另有 2 处已说明理由"), "{}", stdout(&people));
    assert!(stderr(&people).contains(gone), "an explanation of nothing: {}", stderr(&people));

    let after = json(&run(&["check", path, "--format", "json"]));
    assert_eq!(
        (&after["summary"]["error"], &after["summary"]["suppressed"]),
        (&0.into(), &2.into())
    );
    let told = after["findings"].as_array().expect("findings").iter();
    let told: Vec<&Value> =
        told.filter(|one| errors.contains(&one["fingerprint"].as_str().unwrap_or(""))).collect();
    assert!(
        told.len() == 2 && told.iter().all(|one| one["suppressed"]["reason"] == "附件三已说明")
    );

    let log = json(&run(&["check", path, "--format", "sarif"]));
    let results = log["runs"][0]["results"].as_array().expect("results");
    let all: Vec<usize> = results
        .iter()
        .map(|one| one["suppressions"].as_array().expect("of every result").len())
        .collect();
    assert_eq!(all.iter().sum::<usize>(), 2);
    let plain = json(&run(&["check", PACKET, "--format", "sarif"]));
    assert!(plain["runs"][0]["results"][0].get("suppressions").is_none());

    let csv = stdout(&run(&["check", path, "--format", "csv"]));
    assert_eq!(csv.lines().filter(|line| line.ends_with(",附件三已说明 (王芳)")).count(), 2);
}

#[test]
fn a_file_of_explanations_is_begun_kept_and_told_in_marked_copies() {
    let folder = TempDir::new().expect("a folder");
    let (book, file) = (folder.path().join("资产.xlsx"), folder.path().join("说明.toml"));
    fs::copy(format!("{PACKET}/固定资产情况表.xlsx"), &book).expect("copied");
    let with = |command: &str| run(&[command, text(&book), "--explanations", text(&file)]);
    assert_eq!(code(&with("check")), 1);
    let begun = fs::read_to_string(&file).expect("begun");
    assert_eq!(begun.matches("reason = \"\"").count(), 3, "{begun}");

    fs::write(&file, begun.replace("reason = \"\"", "reason = \"已与台账核对\""))
        .expect("filled in");
    assert_eq!(code(&with("check")), 0);
    assert_eq!(code(&with("annotate")), 0);
    let marked: String = fs::read_dir(folder.path())
        .expect("the folder")
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().contains("核对"))
        .flat_map(|entry| {
            let bytes = fs::read(entry.path()).expect("a copy");
            let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a package");
            let parts = archive.len();
            let mut text = |at| std::io::read_to_string(archive.by_index(at).expect("a part")).ok();
            (0..parts).filter_map(&mut text).collect::<Vec<_>>()
        })
        .collect();
    assert!(marked.contains("已说明：已与台账核对") && !marked.contains("≠ 错误 Z01"));

    // With other numbers an explanation says nothing.
    let changed = fs::read_to_string(&file).expect("kept").replace("358.78/", "358.79/");
    fs::write(&file, changed).expect("changed");
    assert_eq!(code(&with("check")), 1);
}

#[test]
fn no_finding_stands_without_a_reason() {
    for (entry, told) in [
        ("finding = \"0123456789abcdef\"\nreason = \" \"", "没有写理由"),
        ("finding = \"0123456789abcdef\"", "reason"),
        ("reason = \"x\"", "finding"),
    ] {
        let folder = packet_with(&format!("[[suppress]]\n{entry}\n"));
        let output = run(&["check", text(folder.path())]);
        assert_eq!(code(&output), 2, "{entry}");
        assert!(stderr(&output).contains(told), "{entry}: {}", stderr(&output));
    }
}

#[test]
fn a_code_is_known_however_it_is_typed() {
    for typed in ["T1", "t01", "total-not-sum"] {
        assert!(stdout(&run(&["explain", typed])).starts_with("# T01"), "{typed}");
    }
    let slip = stderr(&run(&["explain", "totl-not-sum", "--lang", "en"]));
    assert!(slip.contains("did you mean total-not-sum"), "{slip}");
}

#[test]
fn english_help_is_wholly_english() {
    let whole = stdout(&run(&["--lang", "en", "--help"]));
    let commands = whole.lines().skip_while(|line| !line.contains("Commands")).skip(1);
    let commands: Vec<&str> = commands
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands {
        let said = stdout(&run(&["--lang", "en", command, "--help"]));
        assert_eq!(said, stdout(&run(&[command, "--help", "--lang", "en"])), "{command}");
        // The names of files that are written are what they are.
        let rest = said.replace("评价底稿.xlsx", "").replace("-核对-results.xlsx", "");
        let odd: String = rest.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).collect();
        assert_eq!(odd, "", "{command}");
    }
}

/// The two tables of a small house, in a folder of their own.
fn draft(folder: &Path, name: &str, adjusted: &str, spent: [&str; 2]) -> PathBuf {
    let draft = folder.join(name);
    fs::create_dir_all(&draft).expect("made");
    let adjustment = format!(
        "某县气象站2024年预算调整表,,,,\n,,,,单位：万元\n项目,年初预算,调增,调减,调整后预算\n\
         雷达维护,120.50,30.20,0.00,{adjusted}\n观测站改造,86.40,0.00,6.15,80.25\n"
    );
    let [radar, station] = spent;
    let expenditure = format!(
        "某县气象站2024年支出明细表,,\n,,单位：万元\n项目,调整后预算,支出数\n\
         雷达维护,150.70,{radar}\n观测站改造,80.25,{station}\n合计,230.95,226.95\n"
    );
    fs::write(draft.join("调整.csv"), adjustment).expect("written");
    fs::write(draft.join("支出.csv"), expenditure).expect("written");
    draft
}

#[test]
fn a_draft_is_compared_with_the_one_before() {
    let folder = TempDir::new().expect("a folder");
    // The first draft swaps two digits of the radar's budget; the second mends that, breaks a total and changes it unasked.
    let old = draft(folder.path(), "一稿", "157.00", ["146.70", "80.25"]);
    let new = draft(folder.path(), "二稿", "150.70", ["146.70", "82.25"]);
    let with =
        |format: &str| run(&["check", text(&new), "--previous", text(&old), "--format", format]);
    let people = with("text");
    assert_eq!(code(&people), 1, "{}", stderr(&people));
    let said = stdout(&people);
    assert!(said.contains("与上一稿相比") && said.contains("已改正"), "{said}");

    let report = json(&with("json"));
    let previous = &report["previous"];
    let fates: Vec<(&str, &str)> = previous["findings"]
        .as_array()
        .expect("findings of both")
        .iter()
        .map(|one| (one["fate"].as_str().expect("a fate"), one["rule"].as_str().expect("a rule")))
        .collect();
    assert!(fates.contains(&("mended", "A03")), "{fates:?}");
    assert!(fates.contains(&("new", "T01")), "{fates:?}");
    let changes = previous["changes"].as_array().expect("changes");
    let asked: Vec<(&str, bool)> = changes
        .iter()
        .map(|one| (one["is"].as_str().unwrap_or("none"), one["asked"] == true))
        .collect();
    assert!(asked.contains(&("150.7", true)) && asked.contains(&("82.25", false)), "{asked:?}");

    // The same draft again: nothing changed, and what was open is.
    let same = json(&run(&["check", text(&old), "--previous", text(&old), "--format", "json"]));
    assert_eq!(same["previous"]["changes"].as_array().map(Vec::len), Some(0));
    let fates = same["previous"]["findings"].as_array().expect("findings");
    assert!(!fates.is_empty() && fates.iter().all(|one| one["fate"] == "open"), "{fates:?}");

    let nothing = folder.path().join("空");
    fs::create_dir(&nothing).expect("made");
    let output = run(&["check", text(&new), "--previous", text(&nothing)]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("无法对比"), "{}", stderr(&output));
}

#[test]
fn each_folder_is_a_packet_of_its_own() {
    let folder = TempDir::new().expect("a folder");
    let all = folder.path().join("全部");
    fs::create_dir(&all).expect("made");
    draft(&all, "甲站", "150.70", ["146.70", "80.25"]);
    draft(&all, "乙站", "157.00", ["146.70", "80.25"]);
    let together = run(&["check", text(&all), "--packet-per-folder", "--format", "json"]);
    assert_eq!(code(&together), 1, "{}", stderr(&together));
    let said = stdout(&together);
    let packets: Vec<Value> =
        said.lines().map(|line| serde_json::from_str(line).expect("a report a line")).collect();
    let errors: Vec<u64> = packets
        .iter()
        .map(|one| one["report"]["summary"]["error"].as_u64())
        .chain(packets.iter().map(|one| one["summary"]["error"].as_u64()))
        .flatten()
        .collect();
    assert_eq!(packets.len(), 2, "{said}");
    assert!(errors.contains(&0) && errors.iter().any(|count| *count > 0), "{errors:?}");
    assert!(stderr(&together).contains("共 2 套材料"), "{}", stderr(&together));
    let csv = run(&["check", text(&all), "--packet-per-folder", "--format", "csv"]);
    assert_eq!(code(&csv), 2);
}

/// Two tables of one bureau, in which a project has two names and two projects have nearly one.
fn projects_of_a_bureau() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let table = |name: &str, rows: &str| {
        let head = format!("2023年{name},\n编制单位：某县卫生健康局,单位：万元\n");
        fs::write(folder.path().join(format!("{name}.csv")), head + rows).expect("written");
    };
    table(
        "项目支出预算表",
        "项目名称,年初预算\n县医院能力提升,1286.40\n村卫生室补助,350.00\n疾控信息系统,96.25\n柳林经适房B区,350.50\n合计,2083.15\n",
    );
    table(
        "项目支出明细表",
        "项目名称,年初预算,实际支出\n公立医院综合改革,1268.40,1268.40\n村卫生室补助,350.00,350.00\n疾控信息系统,96.25,96.25\n柳林经济适用房B区,5000.00,5000.00\n合计,6714.65,6714.65\n",
    );
    folder
}

#[test]
fn decisions_on_projects_are_begun_kept_and_taken() {
    let folder = projects_of_a_bureau();
    let file = folder.path().join("项目认定.toml");
    let check = || run(&["check", text(folder.path()), "--projects", text(&file)]);
    let begun = check();
    assert!(stderr(&begun).contains("共 1 对"), "{}", stderr(&begun));
    assert!(stdout(&begun).contains("B7 柳林经济适用房B区"), "{}", stdout(&begun));
    let asked = fs::read_to_string(&file).expect("begun");
    assert!(asked.contains("项目支出明细表.csv A7；"), "{asked}");

    // The one pair is two projects; another, which no likeness speaks for, is one.
    let decided = asked.replace("same = \"\"", "same = \"否\"")
        + "\n\n[[project]]\nnames = [\"县医院能力提升\", \"公立医院综合改革\"]\nsame = \"是\"\nby = \"王芳\"\n";
    fs::write(&file, &decided).expect("filled in");
    let told = stdout(&check());
    assert!(!told.contains("350.50   应为"), "{told}");
    assert!(told.contains("公立医院综合改革 / 年初预算 1268.40"), "{told}");

    // The working paper says who decided, and a paper filled in is taken as the file is.
    let (paper, second) = (folder.path().join("一.xlsx"), folder.path().join("二.xlsx"));
    let evaluate = |output: &Path, more: &[&str]| {
        let paths = ["evaluate", text(folder.path()), "-o", text(output)];
        let output = run(&[&paths, more].concat());
        assert_eq!(code(&output), 1, "{}", stderr(&output));
    };
    evaluate(&paper, &["--projects", text(&file)]);
    evaluate(&second, &["--previous", text(&paper)]);
    for paper in [&paper, &second] {
        let rows = sheet_rows(paper, "项目对照");
        let pair = |name: &str| {
            rows.iter().find(|row| row.contains(name) && row.contains("认定")).cloned()
        };
        let (one, two) = (pair("公立医院综合改革"), pair("柳林经适房B区"));
        assert!(one.is_some_and(|row| row.contains("人工认定为同一项目")), "{rows:#?}");
        assert!(two.is_some_and(|row| row.contains("人工认定不是同一项目")), "{rows:#?}");
    }

    for (wrong, word) in [("same = \"也许\"", "“也许”"), ("same = 1", "“1”")] {
        fs::write(&file, decided.replace("same = \"否\"", wrong)).expect("spoilt");
        let refused = check();
        assert_eq!(code(&refused), 2, "{wrong}");
        assert!(stderr(&refused).contains(word), "{}", stderr(&refused));
    }
}

/// The texts of a sheet's rows, each as one line.
fn sheet_rows(paper: &Path, sheet: &str) -> Vec<String> {
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(paper).expect("a workbook");
    let range = calamine::Reader::worksheet_range(&mut book, sheet).expect("the sheet");
    range
        .rows()
        .map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|"))
        .collect()
}

/// What acts on a screen, in labels, names of sheets and of files: no output holds it as it is, and JSON says it all the same.
#[test]
fn nothing_in_a_workbook_acts_on_the_screen() {
    const ACTING: &str = "\u{7f}\u{202e}\u{2066}\u{9b}";
    let folder = TempDir::new().expect("a folder");
    let long = ACTING.repeat(20);
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name(format!("支出{ACTING}")).expect("a name");
    let rows =
        [("项目", 0), (&*format!("{long}甲"), 10), (&*format!("乙{long}"), 20), ("合计", 99)];
    for (row, (label, amount)) in (0..).zip(rows) {
        sheet.write_string(row, 0, label).expect("written");
        if row == 0 {
            sheet.write_string(row, 1, format!("金额（万元）{long}")).expect("written");
        } else {
            sheet.write_number(row, 1, amount).expect("written");
        }
    }
    let path = folder.path().join("表\u{202e}.xlsx");
    workbook.save(&path).expect("written");
    let calls: [(&[&str], i32); 6] = [
        (&["check"], 1),
        (&["check", "--lang", "en"], 1),
        (&["check", "--format", "json"], 1),
        (&["check", "--format", "sarif"], 1),
        (&["inspect"], 0),
        (&["inspect", "--format", "json"], 0),
    ];
    for (call, ends) in calls {
        let output = run(&[call, &[text(&path)]].concat());
        assert_eq!(code(&output), ends, "{call:?}: {}", stderr(&output));
        let printed = stdout(&output) + &stderr(&output);
        assert!(!printed.contains(|c| ACTING.contains(c)), "{call:?}");
        if call.contains(&"json") && call[0] == "check" {
            assert_eq!(json(&output)["tables"][0]["sheet"], format!("支出{ACTING}"));
        }
    }
}

#[test]
fn files_are_written_though_nobody_reads_what_is_printed() {
    let folder = TempDir::new().expect("a folder");
    for arguments in [&["samples/packet", "--no-open"][..], &["annotate", "samples/packet"][..]] {
        let out = folder.path().join(arguments[0]);
        let mut child = gouji(arguments)
            .args(["-o", text(&out)])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        drop(child.stdout.take());
        assert_eq!(child.wait().expect("an end").code(), Some(1), "{arguments:?}");
        let marked = fs::read_dir(&out)
            .expect("a folder")
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().contains("-核对"));
        assert_eq!(marked.count(), 5, "{arguments:?}");
        let paper = out.join("评价底稿.xlsx");
        assert_eq!(paper.exists(), arguments[0] != "annotate", "{arguments:?}");
    }
}
