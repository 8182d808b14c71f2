//! The tutorial `docs/own-rules.md`, kept true: its rules and tables do what it says.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use gouji::lexicon::{Rulebook, Source};
use gouji::model::Report;
use gouji::pipeline::{self, Options};

fn tutorial() -> String {
    fs::read_to_string("docs/own-rules.md").expect("the tutorial")
}

/// The block behind a fence that ends with `name`.
fn block(text: &str, name: &str) -> String {
    let from = text.find(&format!("{name}\n")).expect("a block of that name") + name.len() + 1;
    let to = text[from..].find("```").expect("its end");
    text[from..from + to].to_owned()
}

fn rulebook(text: &str) -> Result<Rulebook, Vec<String>> {
    let source = Source::new("gouji.toml", "gouji.toml", text);
    Rulebook::of(&[source])
        .map_err(|mistakes| mistakes.iter().map(|mistake| mistake.text().zh).collect())
}

fn report(tables: &str, rulebook: Rulebook) -> Report {
    let options = Options { rulebook: Arc::new(rulebook), ..Options::default() };
    pipeline::check_files(common::case(tables).input(), &options)
}

#[test]
fn the_tables_of_the_tutorial_break_its_relation_until_they_are_mended() {
    let text = tutorial();
    let (rules, tables) = (block(&text, "```toml gouji.toml"), block(&text, "```text 表格"));
    let found = |tables: &str| {
        let report = report(tables, rulebook(&rules).expect("the tutorial's rules"));
        let own = report.findings.iter().filter(|finding| finding.rule == "U01");
        own.map(|finding| common::place(&report, finding.place.expect("a place")))
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&tables), ["工会.xlsx!工会!C6"]);
    assert!(found(&tables.replace("5.30", "5.50").replace("12.30", "12.50")).is_empty());
    // Without the file nobody knows of it.
    let report = report(&tables, Rulebook::default());
    assert!(report.findings.iter().all(|finding| finding.rule != "U01"));
}

#[test]
fn words_of_meaning_and_short_names_are_ones_own() {
    let tables = "@ 调整\n2024年预算调整情况表 | | | |\n | | | | 单位：万元\n\
                  项目 | 年初预算 | 年中加拨数 | 年中核回数 | 调整后预算\n\
                  行道树补植 | 120.50 | 30.20 | 0.00 | 150.70\n公园厕所改造 | 86.40 | 62.60 | 10.00 | 139.00\n\
                  合计 | 206.90 | 92.80 | 10.00 | 289.70\n";
    let own = "[meanings]\nup = [\"加拨\"]\ndown = [\"核回\"]\n[names]\nendings = [\"任务\"]\n[names.short]\n\"村路\" = \"农村公路\"\n";
    let checks = |rulebook: Rulebook| {
        let report = report(tables, rulebook);
        report
            .relations
            .iter()
            .filter(|one| one.rule == "A01")
            .map(gouji::model::Relation::check_count)
            .sum::<usize>()
    };
    assert_eq!(checks(Rulebook::default()), 0);
    assert!(checks(rulebook(own).expect("rules")) > 0);
    let names = rulebook(own).expect("rules").names;
    assert_eq!(names.key("村路养护任务").name, names.key("农村公路养护").name);
    assert!(Rulebook::default().names.key("村路养护任务").name.ends_with("任务"));
    let said = rulebook("[meanings]\nupp = [\"加拨\"]\n").expect_err("no such list");
    assert!(said[0].contains("第 2 行第 1 列：没有字词表 upp；可用：up"), "{said:?}");
    let said = rulebook("[names]\nshort = [\"村路\"]\n").expect_err("no table");
    assert!(said[0].contains("第 2 行"), "{said:?}");
}

#[test]
fn the_mistakes_of_the_tutorial_are_told_as_it_says() {
    let text = tutorial();
    let rules = block(&text, "```toml gouji.toml");
    let mut told = 0;
    for row in text.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = row.trim_matches('|').split(" | ").map(str::trim);
        let (line, said) = (cells.next().expect("a line"), cells.next().expect("what is said"));
        let line = line.trim_matches('`');
        let key = line.split(" = ").next().expect("a key").replace("titel", "title");
        let broken: Vec<&str> = rules
            .lines()
            .map(|own| if own.starts_with(&format!("{key} = ")) { line } else { own })
            .collect();
        let mistakes = rulebook(&broken.join("\n")).expect_err("a mistake");
        assert!(
            mistakes.iter().any(|mistake| mistake.contains(said)),
            "the tutorial says {said}, the program {mistakes:?}"
        );
        told += 1;
    }
    assert_eq!(told, 3);
}

#[test]
fn a_rulebook_that_cannot_be_read_checks_nothing_and_says_so() {
    let broken = Rulebook::of(&[Source::new("words.toml", "words.toml", "\n totals = 3")]);
    let mistakes = broken.expect_err("a list is a list");
    let rulebook = Rulebook { mistakes, ..Rulebook::default() };
    let report = report(&block(&tutorial(), "```text 表格"), rulebook);
    assert!(report.packet.files.iter().all(|file| {
        let error = file.error.as_ref().expect("an error");
        file.workbook.is_none() && error.message.zh.contains("words.toml 第 2 行")
    }));
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

/// The tables of the tutorial as .csv files in a folder.
#[cfg(feature = "serve")]
#[test]
fn what_is_trusted_is_not_suspected() {
    let tables = "@@ 台账.csv\n@ 台账\n2024年支出明细表 | | |\n | | | 单位：万元\n项目 | 基本支出 | 项目支出 | 合计\n\
                  办公楼运行 | 1304.39 | 212.57 | 1516.96\n泵站维护 | 61.10 | 268.44 | 328.54\n\
                  水质监测 | 96.75 | 143.62 | 240.37\n合计 | 1461.24 | 624.63 | 2085.87\n";
    let folder = tempfile::tempdir().expect("a folder");
    files(tables, folder.path());
    let path = folder.path().to_str().expect("a path");
    let check = || run(&["check", path], Path::new("nothing"));
    let said = check();
    assert!(said.contains("B5 由 61.10 改为 60.10"), "{said}");
    let rules = block(&tutorial(), "```toml 先信哪些数");
    fs::write(folder.path().join("gouji.toml"), &rules).expect("written");
    let said = check();
    assert!(said.contains("T02") && !said.contains("B5 由"), "{said}");
    // The settings are no file that was left out.
    assert!(!said.contains("略过"), "{said}");
    fs::write(folder.path().join("gouji.toml"), rules.replace("locked", "huge")).expect("written");
    let said = check();
    assert!(said.contains("`huge`") && said.contains("locked"), "{said}");
}

fn files(tables: &str, folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    for part in tables.split("@@ ").skip(1) {
        let (name, rows) = part.split_once('\n').expect("rows");
        let row = |row: &str| row.split('|').map(str::trim).collect::<Vec<_>>().join(",");
        let rows = rows.lines().filter(|line| !line.starts_with('@')).map(row);
        let text = rows.collect::<Vec<_>>().join("\n");
        let name = name.trim().replace(".xlsx", ".csv");
        fs::write(folder.join(name), text).expect("a file");
    }
}

/// What a run of the program says, and what it left in a folder.
#[cfg(feature = "serve")]
fn run(arguments: &[&str], left: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_gouji"))
        .args(arguments)
        .env_remove("GOUJI_LANG")
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    let mut folders = vec![left.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let text =
                ["csv", "json"].iter().any(|end| path.extension().is_some_and(|e| e == *end));
            if path.is_dir() {
                folders.push(path);
            } else if text {
                said.push_str(&fs::read_to_string(&path).expect("a text"));
            }
        }
    }
    said
}

#[test]
#[cfg(feature = "serve")]
fn every_command_knows_the_rules_beside_the_files_and_those_it_is_told_of() {
    let text = tutorial();
    let (rules, tables) = (block(&text, "```toml gouji.toml"), block(&text, "```text 表格"));
    let home = tempfile::TempDir::new().expect("a folder");
    let path = |name: &str| home.path().join(name);
    let (beside, apart, shared) = (path("in"), path("inbox/packet"), path("rules"));
    files(&tables, &beside);
    fs::write(beside.join("gouji.toml"), &rules).expect("a file");
    files(&tables, &apart);
    fs::create_dir(&shared).expect("a folder");
    fs::write(shared.join("own.toml"), &rules).expect("a file");
    let [beside, apart, shared] =
        [&beside, &apart, &shared].map(|path| path.to_str().expect("plain"));
    let [inbox, data, more, out] = ["inbox", "data", "more", "out"].map(path);
    fs::create_dir(&out).expect("a folder");
    let text = |path: &PathBuf| path.to_str().expect("plain").to_owned();
    let [inbox, data_at, more_at, out_at] = [&inbox, &data, &more, &out].map(text);

    let nothing = path("nothing");
    assert!(run(&["check", beside, "--format", "json"], &nothing).contains("\"U01\""));
    assert!(!run(&["check", apart, "--format", "json"], &nothing).contains("\"U01\""));
    assert!(run(&["inspect", beside], &nothing).contains("工会经费拨缴表"));
    assert!(!run(&["inspect", apart, "--format", "json"], &nothing).contains("\"union\""));
    assert!(
        run(&["inspect", apart, "--format", "json", "--rules", shared], &nothing)
            .contains("\"union\"")
    );
    assert!(run(&["convert", beside, "-o", &data_at, "--to", "csv"], &data).contains("union"));
    let told = run(&["convert", apart, "-o", &more_at, "--to", "csv"], &more);
    assert!(!told.contains("union"), "{told}");
    // What was done without the rules is done again with them.
    let told = run(&["convert", apart, "-o", &more_at, "--to", "csv", "--rules", shared], &more);
    assert!(told.contains("union"), "{told}");
    let watch = ["watch", &inbox, &out_at, "--once", "--interval", "1", "--settle", "1"];
    let told = run(&[&watch[..], &["--rules", shared]].concat(), &out);
    assert!(told.contains("\"U01\""), "{told}");
}
