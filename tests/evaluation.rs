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
use gouji::write::drafts::Fate;
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
        ..EvaluationOptions::default()
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
        "绩效指标与评分",
        "覆盖情况",
        "标识说明及规则",
    ] {
        assert!(names.contains(&name.to_owned()), "{name} is missing from {names:?}");
    }
    assert_eq!(names[..3], ["封面", "索引目录", "总览"]);
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
        rows.rows().filter(|row| matches!(&row[0], Data::String(index) if index.starts_with("B-")));
    assert_eq!(checks.count() as u64, report.summary.checks());
    let formulas = book.worksheet_formula("核对总表").expect("formulas");
    // Stated, computed and difference of each check that has them.
    let live = formulas.used_cells().filter(|(_, _, text)| !text.is_empty()).count() as u64;
    assert!(live >= 3 * (report.summary.holds + report.summary.fails), "{live} formulas");
    let findings = book.worksheet_range("差异清单").expect("the findings");
    let listed = findings
        .rows()
        .filter(|row| matches!(&row[0], Data::String(index) if index.starts_with("C-")));
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
    let rows = rows(&mut book, "绩效指标与评分");
    let total = rows.iter().find(|row| row[0] == "总分").expect("a total score");
    assert_eq!((total[1].as_str(), total[3].as_str()), ("96.5", "优"));
    assert!(!rows.iter().flatten().any(|word| word == "差"), "no part is graded alone");
}

#[test]
fn every_sheet_has_its_head_and_fits_a_landscape_page() {
    let report = packet();
    let bytes = write(&report, &options(&report, Language::Zh)).expect("a workbook");
    let mut book = open(bytes.clone());
    for name in book.sheet_names() {
        if ["封面", "图表数据"].contains(&name.as_str()) {
            continue;
        }
        let words = rows(&mut book, &name);
        let head = words[1..3].concat().concat();
        for word in ["被评价单位：伊金霍洛旗", "编制人：", "复核人：", "索引号：", "年度：2022"]
        {
            assert!(head.contains(word), "{name}: no {word} in {head}");
        }
    }
    // 100 % of ten points, or no less than 85 %: what is wider goes on beside.
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).expect("a package");
    for at in 0..archive.len() {
        let part = archive.by_index(at).expect("a part");
        let name = part.name().expect("a name").into_owned();
        if !name.starts_with("xl/worksheets/sheet") {
            continue;
        }
        let text = std::io::read_to_string(part).expect("text");
        let value = |column: &str, key: &str| -> f64 {
            let from = column.find(key).map_or(0, |at| at + key.len());
            column[from..].split('"').next().and_then(|v| v.parse().ok()).unwrap_or_default()
        };
        let pixels: f64 = text
            .split("<col ")
            .skip(1)
            .filter(|column| !column.split("/>").next().unwrap_or("").contains("hidden"))
            .map(|column| {
                let count = value(column, "max=\"") - value(column, "min=\"") + 1.0;
                count * (7.0 * value(column, "width=\"")).round()
            })
            .sum();
        assert!(pixels <= 1265.0 || !text.contains("fitToWidth"), "{name}: {pixels} pixels");
    }
}

#[test]
fn each_table_has_a_lead_sheet_whose_recomputed_figures_are_alive() {
    let report = packet();
    let mut book = open(write(&report, &options(&report, Language::Zh)).expect("a workbook"));
    let lead = book
        .sheet_names()
        .into_iter()
        .find(|name| name.starts_with('D') && name.contains("资产"))
        .expect("a lead sheet of the assets");
    let words = rows(&mut book, &lead);
    let total =
        words.iter().find(|row| row[1] == "合计" && row[3] == "358.78").expect("the total of 原值");
    assert_eq!((total[4].as_str(), total[7].as_str()), ("427.87", "≠"));
    let formulas = book.worksheet_formula(&lead).expect("formulas");
    let live = formulas.used_cells().filter(|(_, _, text)| !text.is_empty()).count();
    assert!(live >= 3 * (words.len() - 8), "{live} formulas in {} rows", words.len());
}

#[test]
fn what_the_packet_has_nothing_for_is_left_out_and_named_on_the_index() {
    let mut book = paper(
        "\
@ 收支, 万元
2024年收支表 | <
项目 | 金额
甲 | 1.00
乙 | 2.00
合计 | 3.00
",
    );
    let names = book.sheet_names();
    for name in ["差异清单", "问题核实反馈单", "资产核对", "绩效指标与评分", "凭证线索"]
    {
        assert!(!names.contains(&name.to_owned()), "{name}");
        let index = rows(&mut book, "索引目录");
        assert!(index.iter().any(|row| row[1] == name && !row[2].is_empty()), "{name} not named");
    }
    assert!(names.contains(&"核对总表".to_owned()));
}

/// The paper with words typed into the conclusion of its first finding and the answer of its first point, as a person leaves it.
fn reviewed(report: &Report) -> gouji::model::Workbook {
    let bytes = write(report, &options(report, Language::Zh)).expect("a workbook");
    let mut book = gouji::read::read("底稿.xlsx", &bytes, &Limits::default()).expect("readable");
    for (sheet, key, typed) in [
        (
            "差异清单",
            "gouji|finding|",
            [(3, "需整改"), (2, "已与单位核对"), (1, "李复核")].as_slice(),
        ),
        ("问题核实反馈单", "gouji|answer|", &[(2, "多计一倍，已更正")]),
    ] {
        let at = book.sheets.iter().position(|one| one.name == sheet).expect("the sheet");
        let old = &book.sheets[at];
        let mut made = gouji::model::SheetBuilder::new(sheet, gouji::model::Texts::default());
        let is_key = |cell| old.text(cell).is_some_and(|text| text.starts_with(key));
        let first = old.cells().map(|(cell, _, _)| cell).find(|cell| is_key(*cell)).expect("a key");
        let mut cells: Vec<(gouji::model::CellRef, String)> = old
            .cells()
            .filter_map(|(cell, _, _)| Some((cell, old.text(cell)?.to_owned())))
            .collect();
        for (before, word) in typed {
            let cell = gouji::model::CellRef::new(first.row, first.column - before);
            cells.retain(|(other, _)| *other != cell);
            cells.push((cell, (*word).to_owned()));
        }
        cells.sort_by_key(|(cell, _)| (cell.row, cell.column));
        for (cell, text) in cells {
            made.push_text(cell, text, 0);
        }
        book.sheets[at] = made.finish();
    }
    book
}

#[test]
fn conclusions_are_carried_over_while_the_numbers_stand() {
    use gouji::write::evaluation::Review;
    let report = packet();
    let review = Review::of(&reviewed(&report)).expect("a working paper");
    assert_eq!(review.filled(), 2);
    let carried = EvaluationOptions { review: Some(review), ..options(&report, Language::Zh) };
    let mut book = open(write(&report, &carried).expect("a workbook"));
    let first = rows(&mut book, "差异清单").into_iter().find(|row| row[0] == "C-1").expect("a row");
    assert_eq!(first[12..15], ["需整改", "已与单位核对", "李复核"]);
    let point = rows(&mut book, "问题核实反馈单").into_iter().find(|row| row[0] == "C-1");
    assert_eq!(point.expect("a row")[4], "多计一倍，已更正");
}

#[test]
fn a_conclusion_on_other_numbers_is_told_and_not_carried_over() {
    use gouji::write::evaluation::Review;
    let case = |total: &str| {
        common::case(&format!(
            "@ 收支, 万元\n2024年收支表 | <\n项目 | 金额\n甲 | 1.00\n乙 | 2.00\n丙 | 4.00\n合计 | {total}\n"
        ))
        .report()
    };
    let (before, after) = (case("9.00"), case("8.00"));
    let review = Review::of(&reviewed(&before)).expect("a working paper");
    let options = EvaluationOptions { review: Some(review), ..EvaluationOptions::default() };
    let mut book = open(write(&after, &options).expect("a workbook"));
    let first = rows(&mut book, "差异清单").into_iter().find(|row| row[0] == "C-1").expect("a row");
    assert_eq!(first[12], "", "another number: judged anew");
    assert!(first[13].contains("需整改") && first[13].contains("申报 9"), "{}", first[13]);
}

#[test]
fn the_letter_asks_what_the_sheet_asks() {
    use gouji::write::evaluation::letter;
    let report = packet();
    let options = options(&report, Language::Zh);
    let bytes = letter(&report, &options).expect("a letter").expect("something to ask");
    assert_eq!(bytes, letter(&report, &options).expect("a letter").expect("again"), "same bytes");
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).expect("a package");
    let part = archive.by_name("word/document.xml").expect("the document");
    let text = std::io::read_to_string(part).expect("text");
    let mut book = open(write(&report, &options).expect("a workbook"));
    let asked: Vec<_> = rows(&mut book, "问题核实反馈单")
        .into_iter()
        .filter(|row| row[0].starts_with("C-"))
        .collect();
    assert!(!asked.is_empty());
    for row in asked {
        assert!(text.contains(&row[0]), "{}", row[0]);
    }
    assert!(text.contains("盖章"));
}

#[test]
fn a_house_has_its_own_names_marks_and_order() {
    use gouji::lexicon::{Rulebook, Source};
    let text = fs::read_to_string("samples/house/paper.toml").expect("the sample");
    let rulebook =
        Rulebook::of(&[Source::new("paper.toml", "paper.toml", text)]).expect("a rulebook");
    let report = packet();
    let options = EvaluationOptions { house: rulebook.house, ..options(&report, Language::Zh) };
    let mut book = open(write(&report, &options).expect("a workbook"));
    let names = book.sheet_names();
    assert_eq!(names[3..5], ["审核发现汇总", "与被评价单位核对记录"], "{names:?}");
    assert!(!names.contains(&"凭证线索".to_owned()));
    assert!(rows(&mut book, "核对总表").iter().any(|row| row[9] == "√"));
    assert!(rows(&mut book, "封面")[0][0].contains("示例会计师事务所"));
    for wrong in [
        "[paper]\nfarm = \"x\"",
        "[paper.colours]\nink = \"red\"",
        "[paper]\nwithout = [\"checks\"]",
    ] {
        assert!(Rulebook::of(&[Source::new("x.toml", "x.toml", wrong)]).is_err(), "{wrong}");
    }
}

#[test]
fn a_summary_ranks_adds_up_and_tells_what_was_not_done() {
    use gouji::model::Text;
    use gouji::write::evaluation::{Standing, summary};
    let of = |paid: &str, total: &str| {
        common::case(&format!(
            "@ 调整, 万元\n2024年部门预算调整情况表 | < | < | <\n项目 | 年初预算 | 调增 | 调整后预算\n甲 | 10.00 | 2.00 | 12.00\n乙 | 5.00 | 0.00 | 5.00\n合计 | 15.00 | 2.00 | {total}\n@ 支出, 万元\n2024年支出明细表 | <\n项目 | 支出数\n甲 | {paid}\n乙 | 5.00\n合计 | 15.00\n"
        ))
        .report()
    };
    let standings = [
        Standing::of(&of("10.00", "17.00"), "一中", "一中-评价底稿.xlsx"),
        Standing::of(&of("11.00", "18.00"), "二中", "二中-评价底稿.xlsx"),
        Standing::failed("三中", Text::new("没有表格", "no workbook")),
    ];
    let mut book = open(summary(&standings, &EvaluationOptions::default()).expect("a summary"));
    assert_eq!(book.sheet_names(), ["汇总排名", "共性问题", "资金汇总", "未完成"]);
    let ranking = rows(&mut book, "汇总排名");
    let units: Vec<&str> = ranking[3..5].iter().map(|row| row[1].as_str()).collect();
    assert_eq!(units, ["二中", "一中"], "most errors first");
    let money = rows(&mut book, "资金汇总");
    let total = money.iter().find(|row| row[1] == "合计").expect("a total");
    assert_eq!(total[2], "30", "{total:?}");
    let undone = rows(&mut book, "未完成");
    assert!(undone.iter().any(|row| row[0] == "三中" && row[2].contains("没有表格")));
}

/// The row of a sheet that has a word in some column.
fn row_with(rows: &[Vec<String>], column: usize, word: &str) -> Vec<String> {
    let found = rows.iter().find(|row| row[column] == word);
    found.unwrap_or_else(|| panic!("no {word} in {rows:?}")).clone()
}

#[test]
fn two_drafts_are_compared_by_names_and_what_became_of_each_difference_is_told() {
    let draft = |rows: &str| {
        common::case(&format!(
            "@ 支出, 万元\n2024年支出明细表 | < | <\n项目 | 支出数 | 备注\n{rows}"
        ))
        .report()
    };
    let before = draft(
        "校舍维修 | 10.00 | 已验收\n设备购置 | 20.00 |\n旧项目 | 3.00 |\n安保服务 | 5.00 |\n合计 | 39.00 |\n",
    );
    // A line moved, one renamed, one added, one figure and one remark changed; the total was mended.
    let now = draft(
        "设备购置 | 21.00 |\n校舍维修 | 10.00 | 未验收\n改名项目 | 3.00 |\n安保服务 | 5.00 |\n绿化 | 2.00 |\n合计 | 41.00 |\n",
    );
    let options = EvaluationOptions {
        earlier: Some(std::sync::Arc::new(before)),
        ..options(&now, Language::Zh)
    };
    let mut book = open(write(&now, &options).expect("a workbook"));
    let rows = rows(&mut book, "前后稿对比");
    assert!(row_with(&rows, 0, "已改正")[3].contains("合计"), "the total agrees now");
    let figure = row_with(&rows, 3, "设备购置 / 支出数");
    assert_eq!(figure[4..7], ["20", "21", "1"]);
    let words = row_with(&rows, 3, "校舍维修 / 备注");
    assert_eq!(words[4..6], ["已验收", "未验收"]);
    let added = |name: &str| rows.iter().any(|row| row[1] == "增行" && row[3] == name);
    // Among lines in another order nobody can say which was renamed.
    assert!(added("绿化") && added("改名项目"));
    assert_eq!(row_with(&rows, 1, "删行")[3..5], ["旧项目", "3"]);
    assert_eq!(row_with(&rows, 3, "合计 / 支出数")[4..7], ["39", "41", "2"]);
    assert!(!rows.iter().any(|row| row[3] == "校舍维修 / 支出数"), "a line that moved is the same");
    let index = self::rows(&mut book, "索引目录");
    assert!(index.iter().any(|row| row[0] == "K" && row[1] == "前后稿对比"));
}

#[test]
fn a_difference_whose_figure_is_gone_is_not_called_mended() {
    let case = |text: &str| common::case(text).report();
    let before = case(
        "@ 收支, 万元\n2024年收支表 | <\n项目 | 金额\n甲 | 1.00\n乙 | 2.00\n丙 | 4.00\n合计 | 9.00\n",
    );
    let now =
        case("@ 收支, 万元\n2024年收支表 | <\n项目 | 金额\n甲 | 1.00\n乙 | 2.00\n丙 | 4.00\n");
    assert!(before.summary.error > 0);
    let drafts = gouji::write::drafts::compare(&before, &now);
    assert_eq!((drafts.count(Fate::Mended), drafts.count(Fate::Unchecked)), (0, 1));
    let renamed = case(
        "@ 收支, 万元\n2024年收支表 | <\n项目 | 金额\n甲 | 1.00\n乙类 | 2.00\n丙 | 4.00\n合计 | 9.00\n",
    );
    let changes = gouji::write::drafts::compare(&before, &renamed).changes;
    assert!(matches!(changes[..], [gouji::write::drafts::Change::Renamed { .. }]), "{changes:?}");
    let same = gouji::write::drafts::compare(&before, &before);
    assert!(same.changes.is_empty() && same.compared == 4);
    assert_eq!((same.count(Fate::Open), same.count(Fate::New)), (1, 0));
}

#[test]
fn another_units_or_years_money_never_stands_in_the_key_figures() {
    let mut book = paper(
        "@ 预算, 万元
2023年部门支出预算表 | < | <
项目 | 2022年执行数 | 2023年预算数
工资福利支出 | 700.11 | 800.22
商品和服务支出 | 300.33 | 200.44
合计 | 1000.44 | 1000.66
",
    );
    let figures = figures(&mut book, "总览");
    assert_eq!(figures.get("实际支出"), None, "2022 is not the year of the paper");
    assert_eq!(figures.get("年初预算"), Some(&1000.66));
}

#[test]
fn a_project_spends_its_total_and_not_its_months_again() {
    let mut book = paper(
        "@ 支出, 万元
2023年支出明细表 | < | < | < | <
项目 | 1月 | 2月 | 3月 | 合计
校舍维修 | 1.00 | 2.00 | 3.00 | 6.00
设备购置 | 4.00 | 0.00 | 1.00 | 5.00
合计 | 5.00 | 2.00 | 4.00 | 11.00
",
    );
    if book.sheet_names().contains(&"资金流向".to_owned()) {
        let rows = rows(&mut book, "资金流向");
        for (name, spent) in [("校舍维修", "6"), ("设备购置", "5")] {
            if let Some(row) = rows.iter().find(|row| row[0] == name) {
                assert!(row[4] == spent || row[4] == "0", "{row:?}");
            }
        }
    }
}

/// Words that a Chinese paper may have in Latin letters.
const LATIN: [&str; 10] = [
    "samples",
    "packet",
    "gouji",
    "previous",
    "SHA",
    "Excel",
    "xlsx",
    "XBRL",
    "Calculations",
    "explain",
];

#[test]
fn a_chinese_paper_speaks_chinese_and_an_english_one_english() {
    let report = packet();
    let mut book = open(write(&report, &options(&report, Language::Zh)).expect("a workbook"));
    for name in book.sheet_names() {
        for row in rows(&mut book, &name) {
            for cell in row.iter().filter(|cell| !cell.starts_with("gouji|")) {
                let words = cell.split(|c: char| !c.is_ascii_alphanumeric());
                for word in words.filter(|word| word.len() > 3 && !is_code(word)) {
                    assert!(LATIN.contains(&word), "{name}: {cell}");
                }
            }
        }
    }
    let english = common::case(
        "@ Spending, yuan
Spending by department 2024 | < | <
Department | Budget | Spent
Police | 10.00 | 9.00
Fire and rescue | 20.00 | 19.00
Total | 30.00 | 29.00
",
    )
    .report();
    let mut book = open(write(&english, &options(&english, Language::En)).expect("a workbook"));
    for name in book.sheet_names() {
        for row in rows(&mut book, &name) {
            for cell in row {
                // Rules may name the Chinese words that they go by.
                let chinese = cell.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c));
                let latin = cell.chars().filter(char::is_ascii_alphabetic);
                assert!(chinese.count() * 4 <= latin.count(), "{name}: {cell}");
            }
        }
    }
}

/// A hash, a cell, a code of a subject.
fn is_code(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
}

#[test]
fn what_is_of_a_part_of_the_year_or_in_no_unit_is_not_taken_for_the_years_money() {
    let mut book = paper(
        "@ 上半年, 万元
2023年1-6月预算执行情况表 | < | <
项目 | 全年预算数 | 1-6月执行数
人员经费 | 100.50 | 50.20
公用经费 | 20.25 | 9.90
合计 | 120.75 | 60.10
",
    );
    let overview = rows(&mut book, "总览");
    for (word, shown) in
        [("调整后预算", "120.75"), ("实际支出", "未取得"), ("年末结转结余", "未取得")]
    {
        assert_eq!(row_with(&overview, 0, word)[1], shown, "{word}");
    }
    assert!(row_with(&overview, 0, "实际支出")[2].contains("部分月份"));
    assert!(!overview.iter().any(|row| row[0] == "预算执行率"), "no rate of half a year");
}

#[test]
fn months_beside_their_total_are_spent_once() {
    let mut book = paper(
        "@ 月报, 千元
2023年1-12月支出明细表 | < | < | < | <
项目 | 1月 | 2月 | 3月 | 合计
人员经费 | 10.50 | 11.25 | 12.75 | 34.50
公用经费 | 3.20 | 4.10 | 5.30 | 12.60
合计 | 13.70 | 15.35 | 18.05 | 47.10
",
    );
    assert_eq!(row_with(&rows(&mut book, "总览"), 0, "实际支出")[1], "47.1");
}

#[test]
fn of_two_units_each_has_its_own_money_and_the_paper_says_whose_it_tells() {
    let of = |name: &str, budget: &str, sum: &str| {
        format!(
            "@ {name}, 万元
2023年{name}项目支出情况表 | < | <
编制单位：{name} | <
项目 | 年初预算数 | 支出数
校舍维修 | {budget} | {budget}
设备购置 | 5.00 | 5.00
合计 | {sum} | {sum}
"
        )
    };
    let text = format!("{}{}", of("甲中心", "10.00", "15.00"), of("乙中心", "20.00", "25.00"));
    let mut book = paper(&text);
    let unit = rows(&mut book, "封面").into_iter().find(|row| row[0] == "被评价单位");
    let unit = unit.expect("the unit")[1].clone();
    if unit.contains("另有 1 个单位") {
        let first = if unit.starts_with('甲') { "10" } else { "20" };
        let money = rows(&mut book, "资金流向");
        assert_eq!(row_with(&money, 0, "校舍维修")[1], first);
    } else {
        panic!("{unit}");
    }
}

/// The sheets of a workbook as XML, texts in place of their numbers, without the numbers of styles, which depend on who asked first.
fn sheets(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a package");
    let mut part = |name: &str| {
        std::io::read_to_string(archive.by_name(name).expect("the part")).expect("UTF-8")
    };
    let shared = part("xl/sharedStrings.xml");
    let (shared, _) = shared.split_once("</sst>").unwrap_or((&shared, ""));
    let texts: Vec<&str> = shared.split("<si>").skip(1).collect();
    let names: Vec<String> = (1..40).map(|at| format!("xl/worksheets/sheet{at}.xml")).collect();
    let known: Vec<String> =
        archive.file_names().flatten().map(std::borrow::Cow::into_owned).collect();
    let mut part = |name: &str| {
        std::io::read_to_string(archive.by_name(name).expect("the part")).expect("UTF-8")
    };
    let mut sheets = BTreeMap::new();
    for name in names.into_iter().filter(|name| known.contains(name)) {
        let mut written = String::new();
        let mut xml = part(&name);
        // What is filled, which is told twice.
        for told in [" spans=\"", " ref=\"A1:"] {
            while let Some(at) = xml.find(told) {
                let start = at + told.len();
                let end = start + xml[start..].find('"').expect("an end");
                xml.replace_range(at..=end, "");
            }
        }
        for (at, piece) in xml.split("<c ").enumerate() {
            let piece = if let Some((before, rest)) = piece.split_once(" s=\"").filter(|_| at > 0) {
                format!("{before}{}", rest.split_once('"').expect("an end").1)
            } else {
                piece.to_owned()
            };
            let text = piece.contains("t=\"s\"").then(|| {
                let (before, rest) = piece.split_once("<v>").expect("a value");
                let (id, after) = rest.split_once("</v>").expect("an end");
                // As it is written where rows go into files.
                let before = before.replace("t=\"s\"", "t=\"inlineStr\"");
                let text = texts[id.parse::<usize>().expect("a number")].replace("</si>", "</is>");
                format!("{before}<is>{text}{after}")
            });
            written.push_str(&text.unwrap_or(piece));
        }
        sheets.insert(name, written);
    }
    sheets
}

/// Rows, what stands behind them with the last; an empty one at the end is left out.
fn without_the_empty_row(mut rows: Vec<String>) -> Vec<String> {
    let last = rows.pop().expect("a row");
    let (empty, behind) = last.split_once("</row>").expect("an end");
    assert!(!empty.contains("ht=") && !last.contains("<v>"), "{empty}");
    rows.last_mut().expect("a row").push_str(behind);
    rows
}

#[test]
fn rows_put_into_files_as_they_are_written_make_the_same_paper() {
    for report in [packet(), Report::default()] {
        for language in [Language::Zh, Language::En] {
            let kept = options(&report, language);
            let sparing = EvaluationOptions { sparing: true, ..kept.clone() };
            let [kept, spilled] =
                [kept, sparing].map(|options| sheets(&write(&report, &options).expect("a paper")));
            assert_eq!(kept.len(), spilled.len());
            for (name, sheet) in &kept {
                let rows = |sheet: &str| sheet.split("<row ").map(ToOwned::to_owned).collect();
                let (kept, spilled): (Vec<String>, Vec<String>) =
                    (rows(sheet), rows(&spilled[name]));
                let more = spilled.len() > kept.len();
                let spilled = if more { without_the_empty_row(spilled) } else { spilled };
                for (kept, spilled) in kept.iter().zip(&spilled) {
                    assert_eq!(kept, spilled, "{name}");
                }
                assert_eq!(kept.len(), spilled.len(), "{name}");
            }
        }
    }
}
