//! The facts of fifty generated workbooks, figure by figure, against what the generator knows: value, unit, yuan, path, parent,
//! leaf, stage, sign, year, entity, header. Ten of each of five layouts that budget units use.
#![cfg(all(feature = "parquet", feature = "serve"))]
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "workbooks are written in binary numbers, as Excel writes them"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use rust_xlsxwriter::{Format, Workbook, Worksheet};

/// What a figure is known to be. Money in hundredths of its unit.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Truth {
    value: String,
    unit: &'static str,
    yuan: Option<String>,
    path: String,
    parent: Option<u32>,
    leaf: bool,
    stage: Option<&'static str>,
    sign: Option<i64>,
    year: i32,
    entity: String,
    header: String,
}

/// A column of figures.
#[derive(Clone, Copy)]
struct Column {
    header: &'static str,
    stage: Option<&'static str>,
    sign: Option<i64>,
    total: bool,
}

const fn column(header: &'static str, stage: &'static str) -> Column {
    Column { header, stage: Some(stage), sign: None, total: false }
}

/// Numbers that look like those of a budget, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    fn cents(&mut self) -> i64 {
        1_000 + self.below(9_000_000) as i64
    }
}

/// A workbook being made, with what is true of each cell.
struct Book {
    sheet: Worksheet,
    truths: BTreeMap<String, Truth>,
    unit: &'static str,
    factor: i64,
    year: i32,
    entity: String,
}

impl Book {
    fn new(unit: &'static str, year: i32, entity: &str) -> Self {
        let factor = if unit == "万元" { 10_000 } else { 1 };
        let (sheet, truths) = (Worksheet::new(), BTreeMap::new());
        Self { sheet, truths, unit, factor, year, entity: entity.to_owned() }
    }

    fn say(&mut self, row: u32, column: u16, text: &str) {
        self.sheet.write(row, column, text).expect("a cell");
    }

    #[expect(clippy::too_many_arguments, reason = "all that is true of a figure")]
    fn money(
        &mut self,
        row: u32,
        at: u16,
        cents: i64,
        path: &str,
        parent: Option<u32>,
        leaf: bool,
        column: Column,
    ) {
        let format = Format::new().set_num_format("#,##0.00");
        self.sheet.write_with_format(row, at, cents as f64 / 100.0, &format).expect("a cell");
        let truth = Truth {
            value: plain(cents, 2),
            unit: self.unit,
            yuan: Some(plain(cents * self.factor, 2)),
            path: path.to_owned(),
            parent: parent.map(|row| row + 1),
            leaf: leaf && !column.total,
            stage: column.stage,
            sign: column.sign,
            year: self.year,
            entity: self.entity.clone(),
            header: column.header.to_owned(),
        };
        self.truths.insert(cell(row, at), truth);
    }

    #[expect(clippy::too_many_arguments, reason = "a figure is known by all of these")]
    fn rate(
        &mut self,
        row: u32,
        at: u16,
        hundredths: i64,
        path: &str,
        parent: Option<u32>,
        leaf: bool,
        header: &str,
    ) {
        let format = Format::new().set_num_format("0.00%");
        self.sheet
            .write_with_format(row, at, hundredths as f64 / 10_000.0, &format)
            .expect("a cell");
        let truth = Truth {
            value: plain(hundredths, 4),
            unit: "1",
            yuan: None,
            path: path.to_owned(),
            parent: parent.map(|row| row + 1),
            leaf,
            stage: None,
            sign: None,
            year: self.year,
            entity: self.entity.clone(),
            header: header.to_owned(),
        };
        self.truths.insert(cell(row, at), truth);
    }

    fn save(self, path: &Path) -> BTreeMap<String, Truth> {
        let mut workbook = Workbook::new();
        workbook.push_worksheet(self.sheet);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        workbook.save(path).expect("a workbook");
        self.truths
    }
}

fn cell(row: u32, column: u16) -> String {
    format!("{}{}", char::from(b'A' + column as u8), row + 1)
}

/// A decimal without zeros at its end.
fn plain(mantissa: i64, scale: u32) -> String {
    let unit = 10_i64.pow(scale);
    let sign = if mantissa < 0 { "-" } else { "" };
    let (whole, part) = (mantissa.abs() / unit, mantissa.abs() % unit);
    let text = format!("{sign}{whole}.{part:0width$}", width = scale as usize);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

const UNITS: &[&str] =
    &["柳河县教育局", "柳河县民政局", "青山市水务局", "青山市卫生健康委员会", "白塔区交通运输局"];

/// 科目编码 and 科目名称 in three levels, the total above or below.
fn by_function(dice: &mut Dice, path: &Path) -> BTreeMap<String, Truth> {
    let columns = [
        column("年初预算数", "initial"),
        column("调整后预算数", "adjusted"),
        column("支出决算数", "executed"),
    ];
    let (entity, year, unit) =
        (dice.of(UNITS), 2016 + dice.below(9) as i32, dice.of(&["万元", "元"]));
    let mut book = Book::new(unit, year, entity);
    book.say(0, 0, &format!("{entity}{year}年一般公共预算支出决算表"));
    book.say(1, 4, &format!("单位：{unit}"));
    for (at, text) in
        ["科目编码", "科目名称"].into_iter().chain(columns.map(|column| column.header)).enumerate()
    {
        book.say(2, at as u16, text);
    }
    // Code, name, parent, figures; bottom-up sums after.
    let mut lines: Vec<(String, String, Option<usize>, [i64; 3])> = Vec::new();
    for (class, name) in [("205", "教育支出"), ("208", "社会保障和就业支出"), ("213", "农林水支出")]
    {
        let top = lines.len();
        lines.push((class.to_owned(), name.to_owned(), None, [0; 3]));
        for middle in 1..=1 + dice.below(3) {
            let within = lines.len();
            lines.push((
                format!("{class}{middle:02}"),
                format!("{}第{middle}类", &name[..6]),
                Some(top),
                [0; 3],
            ));
            for low in 1..=2 + dice.below(3) {
                let figures = [dice.cents(), dice.cents(), dice.cents()];
                let name = format!("{}事项{middle}之{low}", &name[..6]);
                lines.push((format!("{class}{middle:02}{low:02}"), name, Some(within), figures));
            }
        }
    }
    let mut total = [0; 3];
    for at in (0..lines.len()).rev() {
        let (_, _, parent, figures) = lines[at].clone();
        let into = parent.map_or(&mut total, |parent| &mut lines[parent].3);
        into.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
    }
    let above = dice.below(2) == 0;
    let (first, total_row) = if above { (4, 3) } else { (3, 3 + lines.len() as u32) };
    book.say(total_row, 1, "合计");
    for (at, (cents, column)) in total.into_iter().zip(columns).enumerate() {
        book.money(total_row, at as u16 + 2, cents, "合计", None, false, column);
    }
    for at in 0..lines.len() {
        let row = first + at as u32;
        let (code, name, parent, figures) = lines[at].clone();
        book.say(row, 0, &code);
        book.say(row, 1, &name);
        let mut names = vec![name];
        let mut next = parent;
        while let Some(above) = next {
            names.insert(0, lines[above].1.clone());
            next = lines[above].2;
        }
        for (column, cents) in figures.into_iter().enumerate() {
            let parent = parent.map(|parent| first + parent as u32);
            book.money(
                row,
                column as u16 + 2,
                cents,
                &names.join(" / "),
                parent,
                code.len() == 7,
                columns[column],
            );
        }
    }
    book.save(path)
}

/// Projects under departments whose cells are merged down, with adjustments both ways and a rate.
fn projects(dice: &mut Dice, path: &Path) -> BTreeMap<String, Truth> {
    let up = Column { sign: Some(1), ..column("追加", "adjustment") };
    let down = Column { sign: Some(-1), ..column("调减", "adjustment") };
    let columns = [
        column("年初预算数", "initial"),
        up,
        down,
        column("调整后预算数", "adjusted"),
        column("实际支出数", "executed"),
    ];
    let (year, unit) = (2016 + dice.below(9) as i32, dice.of(&["万元", "元"]));
    let mut book = Book::new(unit, year, "");
    book.say(0, 0, &format!("{year}年度项目支出明细表"));
    book.say(1, 8, &format!("金额单位：{unit}"));
    let headers = ["主管部门", "项目编码", "项目名称"];
    for (at, text) in
        headers.into_iter().chain(columns.map(|column| column.header)).chain(["执行率"]).enumerate()
    {
        book.say(2, at as u16, text);
    }
    let mut row = 3;
    let mut total = [0; 5];
    for (place, department) in UNITS.iter().take(2 + dice.below(3) as usize).enumerate() {
        let count = 2 + dice.below(4) as u32;
        let plain = Format::new();
        book.sheet.merge_range(row, 0, row + count - 1, 0, department, &plain).expect("a merge");
        (*department).clone_into(&mut book.entity);
        for at in 0..count {
            let name = format!(
                "{}工程{place}{at}",
                dice.of(&["校舍维修", "河道整治", "设备购置", "信息化建设"])
            );
            let code = format!("{year}{place:03}{at:05}");
            book.say(row, 1, &code);
            book.say(row, 2, &name);
            let (initial, more, less) =
                (dice.cents() + 1_000_000, dice.cents() / 10, dice.cents() / 20);
            let adjusted = initial + more - less;
            let spent = adjusted / 100 * (60 + dice.below(40) as i64);
            let shown = format!("{department} / {name}");
            for (at, cents) in [initial, more, less, adjusted, spent].into_iter().enumerate() {
                book.money(row, at as u16 + 3, cents, &shown, None, true, columns[at]);
                total[at] += cents;
            }
            let rate = (spent * 20_000 + adjusted) / (adjusted * 2);
            book.rate(row, 8, rate, &shown, None, true, "执行率");
            row += 1;
        }
    }
    // The total is of no department, and nothing else says whose the table is but the folder.
    "青山市".clone_into(&mut book.entity);
    book.say(row, 2, "合计");
    for (at, cents) in total.into_iter().enumerate() {
        book.money(row, at as u16 + 3, cents, "合计", None, false, columns[at]);
    }
    book.rate(
        row,
        8,
        (total[4] * 20_000 + total[3]) / (total[3] * 2),
        "合计",
        None,
        false,
        "执行率",
    );
    book.save(path)
}

/// One total column beside its parts, and 其中 lines that name only some of what is above them.
fn of_which(dice: &mut Dice, path: &Path) -> BTreeMap<String, Truth> {
    let columns = [
        Column { total: true, ..column("合计", "executed") },
        column("基本支出", "executed"),
        column("项目支出", "executed"),
    ];
    let (entity, year, unit) =
        (dice.of(UNITS), 2016 + dice.below(9) as i32, dice.of(&["万元", "元"]));
    let mut book = Book::new(unit, year, entity);
    book.say(0, 0, "支出决算表");
    book.say(1, 0, &format!("编制单位：{entity}"));
    book.say(1, 3, &format!("{year}年度"));
    book.say(1, 5, &format!("单位：{unit}"));
    for (at, text) in ["项目"].into_iter().chain(columns.map(|column| column.header)).enumerate()
    {
        book.say(2, at as u16, text);
    }
    let mut row = 3;
    let mut total = [0; 3];
    for name in ["工资福利支出", "商品和服务支出", "对个人和家庭的补助", "资本性支出"]
    {
        let (basic, project) = (dice.cents(), dice.cents());
        book.say(row, 0, name);
        for (at, cents) in [basic + project, basic, project].into_iter().enumerate() {
            book.money(row, at as u16 + 1, cents, name, None, true, columns[at]);
            total[at] += cents;
        }
        let above = row;
        row += 1;
        if dice.below(2) == 0 {
            let label = format!("其中：{}", &name[..6]);
            let (basic, project) = (basic / 3, project / 2);
            book.say(row, 0, &label);
            let shown = format!("{name} / {label}");
            for (at, cents) in [basic + project, basic, project].into_iter().enumerate() {
                book.money(row, at as u16 + 1, cents, &shown, Some(above), false, columns[at]);
            }
            row += 1;
        }
    }
    book.say(row, 0, "支出合计");
    for (at, cents) in total.into_iter().enumerate() {
        book.money(row, at as u16 + 1, cents, "支出合计", None, false, columns[at]);
    }
    book.save(path)
}

/// Two years side by side under merged headers, lines numbered in Chinese.
fn two_years(dice: &mut Dice, path: &Path) -> BTreeMap<String, Truth> {
    let (entity, year, unit) =
        (dice.of(UNITS), 2016 + dice.below(9) as i32, dice.of(&["万元", "元"]));
    let mut book = Book::new(unit, year, entity);
    let below = [column("年初预算数", "initial"), column("决算数", "executed")];
    book.say(0, 0, &format!("{entity}收支情况表"));
    book.say(1, 4, &format!("单位：{unit}"));
    let plain = Format::new();
    book.sheet.merge_range(2, 0, 3, 0, "项目", &plain).expect("a merge");
    for (at, year) in [year - 1, year].into_iter().enumerate() {
        let column = 1 + 2 * at as u16;
        book.sheet
            .merge_range(2, column, 2, column + 1, &format!("{year}年"), &plain)
            .expect("a merge");
        for (at, text) in below.iter().enumerate() {
            book.say(3, column + at as u16, text.header);
        }
    }
    let numbers = ["一", "二", "三", "四"];
    let mut row = 4;
    let mut total = [0; 4];
    for (at, name) in ["人员经费", "公用经费", "项目经费"].iter().enumerate() {
        let (above, label) = (row, format!("{}、{name}", numbers[at]));
        let mut sum = [0; 4];
        row += 1;
        for part in 0..2 + dice.below(3) as usize {
            let own = format!("（{}）{}之{}", numbers[part % 4], name, part + 1);
            book.say(row, 0, &own);
            let shown = format!("{label} / {own}");
            for (column, sum) in sum.iter_mut().enumerate() {
                let cents = dice.cents();
                *sum += cents;
                in_year(&mut book, row, column, cents, &shown, Some(above), true, below);
            }
            row += 1;
        }
        book.say(above, 0, &label);
        for (column, cents) in sum.into_iter().enumerate() {
            in_year(&mut book, above, column, cents, &label, None, false, below);
            total[column] += cents;
        }
    }
    book.say(row, 0, "合计");
    for (column, cents) in total.into_iter().enumerate() {
        in_year(&mut book, row, column, cents, "合计", None, false, below);
    }
    book.save(path)
}

#[expect(clippy::too_many_arguments, reason = "all that is true of a figure")]
fn in_year(
    book: &mut Book,
    row: u32,
    at: usize,
    cents: i64,
    path: &str,
    parent: Option<u32>,
    leaf: bool,
    below: [Column; 2],
) {
    let column = at as u16 + 1;
    book.money(row, column, cents, path, parent, leaf, below[at % 2]);
    let year = book.year - i32::from(at < 2);
    if let Some(truth) = book.truths.get_mut(&cell(row, column)) {
        truth.year = year;
        truth.header = format!("{year}年 / {}", below[at % 2].header);
    }
}

/// Income on the left, expenditure on the right; year and unit known from folders alone.
fn side_by_side(dice: &mut Dice, path: &Path) -> BTreeMap<String, Truth> {
    let unit = dice.of(&["万元", "元"]);
    let mut book = Book::new(unit, 2019, "青山市");
    book.say(0, 0, "收支预算总表");
    book.say(1, 3, &format!("单位：{unit}"));
    let column = column("年初预算数", "initial");
    for (at, text) in ["收入", column.header, "支出", column.header].into_iter().enumerate() {
        book.say(2, at as u16, text);
    }
    let left = ["一般公共预算拨款收入", "政府性基金预算拨款收入", "事业收入", "其他收入"];
    let right = ["一般公共服务支出", "教育支出", "卫生健康支出", "住房保障支出"];
    let mut totals = [0, 0];
    for at in 0..4_u32 {
        for (side, names) in [left, right].into_iter().enumerate() {
            let cents = dice.cents();
            totals[side] += cents;
            let name = names[at as usize];
            book.say(3 + at, side as u16 * 2, name);
            book.money(3 + at, side as u16 * 2 + 1, cents, name, None, true, column);
        }
    }
    for (side, name) in ["收入总计", "支出总计"].into_iter().enumerate() {
        book.say(7, side as u16 * 2, name);
        book.money(7, side as u16 * 2 + 1, totals[side], name, None, false, column);
    }
    book.save(path)
}

#[test]
fn fifty_workbooks_say_what_is_true() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("青山市/2019");
    let layouts: [(&str, fn(&mut Dice, &Path) -> BTreeMap<String, Truth>); 5] = [
        ("功能", by_function),
        ("项目", projects),
        ("其中", of_which),
        ("两年", two_years),
        ("总表", side_by_side),
    ];
    let mut expected = BTreeMap::new();
    for number in 0..50_u64 {
        let (name, layout) = layouts[number as usize % 5];
        let file = format!("{name}{number:02}.xlsx");
        let truths = layout(&mut Dice(number * 7_919 + 1), &input.join(&file));
        expected.extend(truths.into_iter().map(|(cell, truth)| ((file.clone(), cell), truth)));
    }
    let output = folder.path().join("out");
    let done = Command::new(env!("CARGO_BIN_EXE_gouji"))
        .args(["convert", "--to", "jsonl", "-o"])
        .arg(&output)
        .arg(folder.path().join("青山市"))
        .stdin(Stdio::null())
        .output()
        .expect("the program");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let records = |name: &str| -> Vec<serde_json::Value> {
        let text = fs::read_to_string(output.join(name)).expect("an output");
        text.lines().map(|line| serde_json::from_str(line).expect("a record")).collect()
    };
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut files = BTreeMap::new();
    for file in records("files.jsonl") {
        let name = word(&file["path"]).rsplit('/').next().unwrap_or_default().to_owned();
        files.insert(word(&file["file_id"]), name);
    }
    let mut parents = BTreeMap::new();
    for line in records("lines.jsonl") {
        let key = (word(&line["file_id"]), line["table_id"].as_i64(), line["line_id"].as_i64());
        parents.insert(key, line["parent_line"].as_i64().map(|row| row as u32));
    }
    let mut found = BTreeMap::new();
    for fact in records("facts.jsonl") {
        let id = word(&fact["file_id"]);
        let key = (id.clone(), fact["table_id"].as_i64(), fact["line_id"].as_i64());
        let truth = Truth {
            value: word(&fact["value"]),
            unit: match fact["unit"].as_str() {
                Some("万元") => "万元",
                Some("元") => "元",
                Some("1") => "1",
                _ => "?",
            },
            yuan: fact["value_yuan"].as_str().map(str::to_owned),
            path: word(&fact["line_path"]),
            parent: parents.get(&key).copied().flatten(),
            leaf: fact["is_leaf"] == true,
            stage: match fact["stage"].as_str() {
                Some("initial") => Some("initial"),
                Some("adjustment") => Some("adjustment"),
                Some("adjusted") => Some("adjusted"),
                Some("executed") => Some("executed"),
                Some(_) => Some("?"),
                None => None,
            },
            sign: fact["stage_sign"].as_i64(),
            year: fact["year"].as_i64().unwrap_or_default() as i32,
            entity: word(&fact["entity"]),
            header: word(&fact["field_path"]),
        };
        let old = found.insert((files[&id].clone(), word(&fact["cell"])), truth);
        assert_eq!(old, None, "a cell twice");
    }
    // By layout and facet: how many are wrong, and one of them.
    let mut wrong: BTreeMap<(String, &str), (u32, String)> = BTreeMap::new();
    let mut tell = |key: &(String, String), facet: &'static str, said: String| {
        let layout = key.0.chars().take(2).collect();
        let told = wrong.entry((layout, facet)).or_insert_with(|| (0, format!("{key:?} {said}")));
        told.0 += 1;
    };
    for (key, truth) in &expected {
        let Some(one) = found.get(key) else {
            tell(key, "missing", format!("{truth:?}"));
            continue;
        };
        for (facet, is, should) in [
            ("value", format!("{:?}", one.value), format!("{:?}", truth.value)),
            ("unit", format!("{:?}", one.unit), format!("{:?}", truth.unit)),
            ("yuan", format!("{:?}", one.yuan), format!("{:?}", truth.yuan)),
            ("path", one.path.clone(), truth.path.clone()),
            ("parent", format!("{:?}", one.parent), format!("{:?}", truth.parent)),
            ("leaf", format!("{:?}", one.leaf), format!("{:?}", truth.leaf)),
            ("stage", format!("{:?}", one.stage), format!("{:?}", truth.stage)),
            ("sign", format!("{:?}", one.sign), format!("{:?}", truth.sign)),
            ("year", one.year.to_string(), truth.year.to_string()),
            ("entity", one.entity.clone(), truth.entity.clone()),
            ("header", one.header.clone(), truth.header.clone()),
        ] {
            if is != should {
                tell(key, facet, format!("is {is}, should be {should}"));
            }
        }
    }
    for key in found.keys().filter(|key| !expected.contains_key(*key)) {
        tell(key, "no figure", String::new());
    }
    assert!(expected.len() > 1_500, "{}", expected.len());
    assert!(wrong.is_empty(), "of {}: {wrong:#?}", expected.len());
}
