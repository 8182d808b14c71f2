//! The evaluation workbook of the sample packet: its sheets, its live formulas, its figures; and texts that would like to
//! be formulas.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use gouji::model::{Language, Report};
use gouji::pipeline::Options;
use gouji::pipeline::{Input, run};
use gouji::read::Limits;
use gouji::write::evaluation::{EvaluationOptions, relative_links, write};

fn packet() -> Report {
    let mut paths: Vec<_> = fs::read_dir("samples/packet")
        .expect("the samples")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let inputs: Vec<Input> = paths
        .iter()
        .map(|path| Input {
            path: path.to_string_lossy().into_owned(),
            bytes: Ok(fs::read(path).expect("a sample")),
        })
        .collect();
    run(&inputs, &Options::default(), &Limits::default())
}

fn options(report: &Report, language: Language) -> EvaluationOptions {
    EvaluationOptions {
        language,
        date: Some("2023-01-10".to_owned()),
        links: relative_links(&report.packet, "samples/评价底稿.xlsx".as_ref()),
    }
}

fn open(bytes: Vec<u8>) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(bytes)).expect("a workbook that opens")
}

/// The figures in the second column of a sheet, by the words in the first; the first of each counts.
fn figures(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str) -> BTreeMap<String, f64> {
    let range = book.worksheet_range(sheet).expect("the sheet");
    let mut figures = BTreeMap::new();
    for row in range.rows() {
        if let [Data::String(word), Data::Float(value), ..] = row {
            figures.entry(word.clone()).or_insert(*value);
        }
    }
    figures
}

#[test]
fn the_samples_give_a_working_paper_with_the_money_in_it() {
    let report = packet();
    let bytes = write(&report, &options(&report, Language::Zh)).expect("a workbook");
    let mut book = open(bytes);
    let names = book.sheet_names();
    for name in [
        "总览",
        "差异清单",
        "核对总表",
        "资金流向",
        "项目对照",
        "资产核对",
        "绩效指标",
        "覆盖情况",
        "规则说明",
    ] {
        assert!(names.contains(&name.to_owned()), "{name} is missing from {names:?}");
    }
    assert_eq!(names[0], "总览");
    let figures = figures(&mut book, "总览");
    for (word, value) in [
        ("年初预算", "5706.39"),
        ("预算调整", "20320.85"),
        ("调整后预算", "26027.24"),
        ("实际支出", "26027.24"),
        ("年末结转结余", "0"),
        ("预算执行率", "1"),
    ] {
        assert_eq!(figures.get(word).map(f64::to_string).as_deref(), Some(value), "{word}");
    }
}

#[test]
fn every_check_is_a_row_with_live_figures() {
    let report = packet();
    let mut book = open(write(&report, &options(&report, Language::Zh)).expect("a workbook"));
    let rows = book.worksheet_range("核对总表").expect("the checks");
    let checks =
        rows.rows().filter(|row| matches!(&row[0], Data::String(index) if index.starts_with("C-")));
    assert_eq!(checks.count() as u64, report.summary.checks());
    let formulas = book.worksheet_formula("核对总表").expect("formulas");
    // Stated, computed and difference of each check that has them.
    let live = formulas.used_cells().filter(|(_, _, text)| !text.is_empty()).count() as u64;
    assert!(live >= 3 * (report.summary.holds + report.summary.fails), "{live} formulas");
    let findings = book.worksheet_range("差异清单").expect("the findings");
    let listed = findings
        .rows()
        .filter(|row| matches!(&row[0], Data::String(index) if index.starts_with("B-")));
    assert_eq!(listed.count(), report.matters.len(), "one entry a cause");
}

#[test]
fn the_same_report_gives_the_same_bytes_in_both_languages() {
    for language in [Language::Zh, Language::En] {
        let (first, second) = (packet(), packet());
        assert!(
            write(&first, &options(&first, language)).expect("a workbook")
                == write(&second, &options(&second, language)).expect("a workbook")
        );
    }
}

#[test]
fn texts_of_a_submission_never_become_formulas_or_links() {
    let hostile = "=HYPERLINK(\"http://example.invalid\")";
    let csv = format!(
        "{hostile},,\n单位：万元,,\n项目,@SUM(1),=2+3\n{hostile},1,2\nhttp://example.invalid,3,4\nmailto:a@b.c,5,6\n合计,9,13\n"
    );
    let csv = csv.replace(hostile, &format!("\"{}\"", hostile.replace('"', "\"\"")));
    let input = Input { path: "=cmd.csv".to_owned(), bytes: Ok(csv.into_bytes()) };
    let report = run(&[input], &Options::default(), &Limits::default());
    assert!(!report.packet.tables.is_empty(), "nothing recognized, nothing tested");
    let bytes = write(&report, &options(&report, Language::Zh)).expect("a workbook");
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).expect("a package");
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).expect("a part");
        if part.name().expect("a name").ends_with(".rels") {
            let text = std::io::read_to_string(&mut part).expect("text");
            assert!(!text.contains("example.invalid") && !text.contains("mailto:"), "{text}");
        }
    }
    let mut book = open(bytes);
    for name in book.sheet_names() {
        let formulas = book.worksheet_formula(&name).expect("formulas");
        for (_, _, text) in formulas.used_cells() {
            assert!(!text.contains("HYPERLINK") && !text.contains("2+3"), "{name}: {text}");
        }
    }
}

#[test]
fn a_packet_of_nothing_gives_a_working_paper_that_says_so() {
    let input =
        Input { path: "空.csv".to_owned(), bytes: Ok("只有文字\n没有数字\n".into()) };
    let report = run(&[input], &Options::default(), &Limits::default());
    let mut book = open(write(&report, &EvaluationOptions::default()).expect("a workbook"));
    let overview = book.worksheet_range("总览").expect("the overview");
    assert!(
        overview
            .used_cells()
            .any(|(_, _, cell)| cell == &Data::String("没有可以核对的内容".to_owned()))
    );
    assert!(overview.used_cells().any(|(_, _, cell)| cell == &Data::String("未取得".to_owned())));
}

/// All words and figures of a sheet, row by row.
fn rows(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str) -> Vec<Vec<String>> {
    let range = book.worksheet_range(sheet).expect("the sheet");
    range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

fn paper(text: &str) -> Xlsx<Cursor<Vec<u8>>> {
    let report = common::case(text).report();
    open(write(&report, &EvaluationOptions::default()).expect("a workbook"))
}

#[test]
fn money_of_projects_is_not_the_departments() {
    let mut book = paper(
        "\
@@ 调整.xlsx
@ 预算调整表, 万元
2023年部门预算调整情况表 | < | < | < | <
填报单位：青石县水利局
项目 | 年初预算 | 调增 | 调减 | 调整后预算
基本支出 | 812.40 | 20.00 | 0.00 | 832.40
项目支出 | 655.30 | 80.00 | 15.50 | 719.80
合计 | 1467.70 | 100.00 | 15.50 | 1552.20
@@ 项目.xlsx
@ 项目支出明细, 万元
2023年项目支出明细表 | < | <
填报单位：青石县水利局
项目名称 | 年初预算 | 实际支出
河道治理 | 402.10 | 398.45
农村饮水安全 | 253.20 | 260.00
合计 | 655.30 | 658.45
",
    );
    let flow = rows(&mut book, "资金流向");
    let second = |word: &str| {
        flow.iter().find(|row| row[0] == word).map(|row| row[1].clone()).unwrap_or_default()
    };
    assert_eq!(second("年初预算"), "1467.7");
    assert_eq!(second("调整后预算"), "1552.2");
    assert_eq!(second("实际支出"), "未取得", "658.45 is money of projects alone");
    assert_eq!(second("年末结转结余"), "未取得");
    assert_eq!(second("预算执行率"), "", "no rate of a part over the whole");
    let river = flow.iter().find(|row| row[0] == "河道治理").expect("the project");
    assert_eq!((river[1].as_str(), river[4].as_str()), ("402.1", "398.45"));
    let total = flow.iter().rfind(|row| row[0] == "合计").expect("the total");
    assert_eq!(total[1], "655.3", "a budget that two tables state counts once");
}

#[test]
fn a_form_in_two_tables_is_graded_as_a_whole() {
    let mut book = paper(
        "\
@ 自评表, 万元
2023年度项目支出绩效自评表 | < | < | < | <
项目资金 | 全年预算数 | 全年执行数 | 分值 | 得分
年度资金总额 | 500.00 | 475.00 | 10 | 9.5

一级指标 | 三级指标 | 年度指标值 | 分值 | 得分
产出指标 | 修渠长度 | ≥12公里 | 50 | 48
效益指标 | 灌溉面积 | ≥3000亩 | 30 | 30
满意度指标 | 群众满意度 | ≥90% | 10 | 9
",
    );
    let rows = rows(&mut book, "绩效指标");
    let total = rows.iter().find(|row| row[0] == "总分").expect("a total score");
    assert_eq!((total[1].as_str(), total[3].as_str()), ("96.5", "优"));
    assert!(!rows.iter().flatten().any(|word| word == "差"), "no part is graded alone");
}
