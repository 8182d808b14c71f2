//! One department's packet: its figures, its tables in the layout of its clerk, and which cells state the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use gouji::model::{CellRef, Place};

use crate::common;

/// Numbers from a seed, the same on every machine.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }
}

const DEPARTMENTS: [(&str, [&str; 6]); 10] = [
    (
        "青岚县卫生健康局",
        [
            "基本公共卫生服务",
            "乡镇卫生院能力建设",
            "计划生育家庭奖励扶助",
            "疾控中心实验室设备",
            "村卫生室运行补助",
            "妇女两癌筛查",
        ],
    ),
    (
        "白沙县水利局",
        [
            "农村饮水安全巩固提升",
            "小型水库维修养护",
            "河湖长制工作经费",
            "中小河流治理",
            "水土保持综合治理",
            "山洪灾害防治",
        ],
    ),
    (
        "东埠市文化馆",
        [
            "公共文化设施免费开放",
            "非遗保护传承",
            "送戏下乡惠民演出",
            "群众文化活动",
            "舞台灯光音响更新",
            "文化馆场馆维修",
        ],
    ),
    (
        "石门镇人民政府",
        [
            "人居环境整治",
            "村级组织运转经费",
            "镇区道路维修",
            "敬老院运行补助",
            "防汛抗旱物资",
            "网格化管理",
        ],
    ),
    (
        "青岚县图书馆",
        [
            "图书文献购置",
            "数字资源建设",
            "流动图书车运行",
            "阅览室空调改造",
            "古籍修复",
            "全民阅读推广",
        ],
    ),
    (
        "白沙县农业农村局",
        [
            "高标准农田建设",
            "动物疫病防控",
            "耕地地力保护补贴",
            "农机购置补贴",
            "农产品质量安全监测",
            "秸秆综合利用",
        ],
    ),
    (
        "东埠市第三中学",
        [
            "教学楼抗震加固",
            "学生营养改善",
            "理化实验室建设",
            "校园监控系统运维",
            "家庭困难学生资助",
            "操场塑胶跑道",
        ],
    ),
    (
        "石门县民政局",
        [
            "城乡居民最低生活保障",
            "孤儿基本生活费",
            "殡仪馆火化设备",
            "社区养老服务设施",
            "残疾人两项补贴",
            "临时救助",
        ],
    ),
    (
        "青岚县林业局",
        [
            "森林防火隔离带",
            "天然林保护",
            "退耕还林补助",
            "林业有害生物防治",
            "苗圃基地建设",
            "护林员劳务补助",
        ],
    ),
    (
        "白沙县交通运输局",
        [
            "农村公路养护",
            "危桥改造",
            "公交运营补贴",
            "治超检测站建设",
            "路政执法装备",
            "客运站候车厅维修",
        ],
    ),
];

const ECONOMIC: [(&str, &str); 6] = [
    ("30101", "基本工资"),
    ("30102", "津贴补贴"),
    ("30107", "绩效工资"),
    ("30201", "办公费"),
    ("30211", "差旅费"),
    ("30228", "工会经费"),
];

/// What a cell states: of which stage, of which thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Initial,
    Increase,
    Decrease,
    Adjusted,
    Spent,
    Left,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Thing {
    Whole,
    Basic,
    Projects,
    Project(usize),
    /// Income in all.
    Income,
}

/// Cells that must stand in one check.
pub(crate) struct Tie {
    pub(crate) cells: BTreeSet<Place>,
    pub(crate) what: String,
}

/// What was spoilt.
pub(crate) struct Spoilt {
    pub(crate) cells: BTreeSet<Place>,
    pub(crate) what: String,
}

#[derive(Clone)]
enum Cell {
    Text(String),
    /// In hundreds of yuan.
    Money(i64, Option<(Stage, Thing)>),
    Blank,
}

struct Sheet {
    file: usize,
    name: String,
    thousands: bool,
    rows: Vec<Vec<Cell>>,
}

/// A packet and what it states where.
pub(crate) struct Packet {
    pub(crate) name: String,
    files: Vec<String>,
    sheets: Vec<Sheet>,
}

fn text(words: impl Into<String>) -> Cell {
    Cell::Text(words.into())
}

struct Figures {
    economic: Vec<i64>,
    basic: [i64; 6],
    projects: Vec<[i64; 6]>,
}

impl Figures {
    fn new(dice: &mut Dice) -> Self {
        let economic: Vec<i64> = (0..6).map(|_| 1_000 + dice.below(90_000) as i64).collect();
        let row = |dice: &mut Dice, initial: i64| {
            let up = if dice.below(2) == 0 { 100 + dice.below(40_000) as i64 } else { 0 };
            let down = if up == 0 && dice.below(2) == 0 {
                initial / (3 + dice.below(5) as i64)
            } else {
                0
            };
            let adjusted = initial + up - down;
            let left = if dice.below(2) == 0 { adjusted / (7 + dice.below(20) as i64) } else { 0 };
            [initial, up, down, adjusted, adjusted - left, left]
        };
        let basic = row(dice, economic.iter().sum());
        let mut projects: Vec<[i64; 6]> = (0..5)
            .map(|_| {
                let initial = 1_000 + dice.below(400_000) as i64;
                row(dice, initial)
            })
            .collect();
        // One comes from above during the year.
        let added = 10_000 + dice.below(90_000) as i64;
        projects.push([0, added, 0, added, added, 0]);
        if projects.iter().all(|project| project[2] == 0) {
            let cut = projects[1][0] / 4;
            let own = &mut projects[1];
            *own = [own[0], 0, cut, own[0] - cut, own[0] - cut, 0];
        }
        Self { economic, basic, projects }
    }

    fn of(&self, thing: Thing) -> [i64; 6] {
        let sum = |rows: &mut dyn Iterator<Item = [i64; 6]>| {
            rows.fold([0; 6], |sum, row| std::array::from_fn(|at| sum[at] + row[at]))
        };
        match thing {
            Thing::Basic => self.basic,
            Thing::Project(at) => self.projects[at],
            Thing::Projects => sum(&mut self.projects.iter().copied()),
            Thing::Whole | Thing::Income => {
                sum(&mut self.projects.iter().copied().chain([self.basic]))
            }
        }
    }

    fn cell(&self, stage: Stage, thing: Thing) -> Cell {
        Cell::Money(self.of(thing)[stage as usize], Some((stage, thing)))
    }
}

impl Packet {
    pub(crate) fn new(
        seed: u64,
        department: usize,
        year: i32,
        draft: usize,
        layout: usize,
    ) -> Self {
        let mut dice =
            Dice::new(seed * 1_000 + department as u64 * 40 + year as u64 * 7 + draft as u64);
        let (unit, projects) = DEPARTMENTS[department];
        let figures = Figures::new(&mut dice);
        let mut packet = Self {
            name: format!("{unit} {year} 第{}稿 layout {}", draft + 1, layout % 6),
            files: Vec::new(),
            sheets: Vec::new(),
        };
        let draft = ["初稿", "二稿"][draft];
        let mut clerk = Clerk { unit, year, projects, dice, figures: &figures, draft };
        clerk.budget(&mut packet);
        clerk.adjustment(&mut packet, layout % 6);
        clerk.execution(&mut packet);
        clerk.evaluation(&mut packet);
        packet
    }

    fn place(&self, sheet: usize, row: usize, column: usize) -> Place {
        let own = &self.sheets[sheet];
        let before = self.sheets[..sheet].iter().filter(|other| other.file == own.file).count();
        Place {
            file: own.file as u32,
            sheet: before as u32,
            cell: CellRef::new(row as u32, column as u32),
        }
    }

    /// Every stated cell: sheet, row, column.
    fn stated(&self) -> BTreeMap<(Stage, Thing), Vec<(usize, usize, usize)>> {
        let mut stated: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (at, sheet) in self.sheets.iter().enumerate() {
            for (row, cells) in sheet.rows.iter().enumerate() {
                for (column, cell) in cells.iter().enumerate() {
                    if let Cell::Money(_, Some(tag)) = cell {
                        stated.entry(*tag).or_default().push((at, row, column));
                    }
                }
            }
        }
        stated
    }

    /// The ties between tables that the figures have.
    pub(crate) fn ties(&self) -> Vec<Tie> {
        let stated = self.stated();
        let place = |(sheet, row, column): (usize, usize, usize)| self.place(sheet, row, column);
        let value = |(sheet, row, column): (usize, usize, usize)| match self.sheets[sheet].rows[row]
            [column]
        {
            Cell::Money(value, _) => value,
            _ => 0,
        };
        let mut ties = Vec::new();
        for (tag, cells) in &stated {
            for (at, a) in cells.iter().enumerate() {
                for b in &cells[at + 1..] {
                    if a.0 != b.0 && value(*a) != 0 && tag.1 != Thing::Income {
                        ties.push(Tie {
                            cells: [place(*a), place(*b)].into(),
                            what: format!("{tag:?}"),
                        });
                    }
                }
            }
        }
        // 年初 + 调增 − 调减 = 调整后, of the whole and of every project, where one table or file states all of it.
        let things: BTreeSet<Thing> = stated.keys().map(|(_, thing)| *thing).collect();
        for thing in things {
            let of = |stage: Stage| stated.get(&(stage, thing)).cloned().unwrap_or_default();
            let (Some(up), Some(down)) =
                (of(Stage::Increase).first().copied(), of(Stage::Decrease).first().copied())
            else {
                continue;
            };
            let near = |stage: Stage| {
                let cells = of(stage);
                let name = |at: &(usize, usize, usize)| self.sheets[at.0].name.clone();
                let own = cells.iter().find(|cell| cell.0 == up.0).copied();
                own.or_else(|| cells.iter().find(|cell| name(cell).contains("调整")).copied())
            };
            if let (Some(initial), Some(adjusted)) = (near(Stage::Initial), near(Stage::Adjusted)) {
                let cells = [initial, up, down, adjusted].map(place).into();
                ties.push(Tie { cells, what: format!("identity of {thing:?}") });
            }
        }
        // 年初预算 = 基本 + 项目, of two tables.
        let total = |thing: Thing, word: &str| {
            stated[&(Stage::Initial, thing)]
                .iter()
                .find(|cell| self.sheets[cell.0].name.contains(word))
                .copied()
        };
        if let (Some(basic), Some(projects)) =
            (total(Thing::Basic, "基本"), total(Thing::Projects, "项目支出"))
        {
            for whole in &stated[&(Stage::Initial, Thing::Whole)] {
                let cells = [place(*whole), place(basic), place(projects)].into();
                ties.push(Tie { cells, what: "whole = basic + projects".to_owned() });
            }
        }
        // 收入总计 = 支出总计
        for a in stated.get(&(Stage::Initial, Thing::Income)).into_iter().flatten() {
            for b in stated[&(Stage::Initial, Thing::Whole)].iter().filter(|b| b.0 == a.0) {
                ties.push(Tie { cells: [place(*a), place(*b)].into(), what: "balance".to_owned() });
            }
        }
        ties
    }

    /// Spoils one figure that another table states, too; with its total, so that its own table still adds up.
    pub(crate) fn plant(&mut self, seed: u64) -> Option<Spoilt> {
        let mut dice = Dice::new(
            seed ^ self.name.len() as u64
                ^ self.sheets.len() as u64
                ^ self.name.bytes().map(u64::from).sum::<u64>(),
        );
        let stated = self.stated();
        let many: Vec<_> = stated
            .iter()
            .filter(|((stage, thing), cells)| {
                cells.len() >= 2
                    && *thing != Thing::Income
                    && !matches!(stage, Stage::Increase | Stage::Decrease)
                    && matches!(self.sheets[cells[0].0].rows[cells[0].1][cells[0].2], Cell::Money(value, _) if value > 1_000)
            })
            .collect();
        let ((stage, thing), cells) = many[dice.below(many.len() as u64) as usize];
        let &(sheet, row, column) = &cells[dice.below(cells.len() as u64) as usize];
        let Cell::Money(value, tag) = self.sheets[sheet].rows[row][column].clone() else {
            return None;
        };
        let wrong = match dice.below(3) {
            0 => value + 900,
            1 => {
                let digits = value.to_string().into_bytes();
                let mut swapped = digits.clone();
                let at = (0..digits.len() - 1).find(|at| {
                    digits[*at] != digits[at + 1] && (*at > 0 || digits[at + 1] != b'0')
                })?;
                swapped.swap(at, at + 1);
                String::from_utf8(swapped).ok()?.parse().ok()?
            }
            _ => value + 10_i64.pow(value.to_string().len() as u32 - 2) * 3,
        };
        self.sheets[sheet].rows[row][column] = Cell::Money(wrong, tag);
        let what = format!(
            "{stage:?} {thing:?} {value} -> {wrong} at {} {}",
            self.sheets[sheet].name,
            CellRef::new(row as u32, column as u32)
        );
        Some(Spoilt { cells: [self.place(sheet, row, column)].into(), what })
    }

    /// The packet as the notation of the fixtures.
    pub(crate) fn case(&self) -> common::Case {
        let mut out = String::new();
        for (at, file) in self.files.iter().enumerate() {
            writeln!(out, "@@ {file}").expect("writing to a string");
            for sheet in self.sheets.iter().filter(|sheet| sheet.file == at) {
                writeln!(out, "@ {}", sheet.name).expect("writing to a string");
                for row in &sheet.rows {
                    let cells: Vec<String> = row.iter().map(|cell| sheet.shown(cell)).collect();
                    writeln!(out, "{}", cells.join(" | ")).expect("writing to a string");
                }
            }
        }
        common::case(&out)
    }
}

impl Sheet {
    fn shown(&self, cell: &Cell) -> String {
        match cell {
            Cell::Text(words) => words.clone(),
            Cell::Blank => String::new(),
            Cell::Money(value, _) if self.thousands => {
                format!("{}.{:02}", value / 100, value % 100)
            }
            Cell::Money(value, _) => format!("{}.00", value * 100),
        }
    }
}

struct Clerk<'a> {
    unit: &'a str,
    year: i32,
    draft: &'a str,
    projects: [&'a str; 6],
    dice: Dice,
    figures: &'a Figures,
}

impl Clerk<'_> {
    /// A sheet with title, unit line and header, in a file.
    fn sheet<'p>(
        &mut self,
        packet: &'p mut Packet,
        file: &str,
        name: &str,
        title: &str,
        width: usize,
    ) -> &'p mut Sheet {
        let path = format!("{}/{}/{file}.xlsx", self.draft, self.year);
        if !packet.files.contains(&path) {
            packet.files.push(path);
        }
        let thousands = self.dice.below(2) == 0;
        let mut head = vec![text(format!(
            "{}{}年{title}",
            if self.dice.below(2) == 0 { self.unit } else { "" },
            self.year
        ))];
        head.resize(width, text("<"));
        let mut line = vec![text(format!("编制单位：{}", self.unit))];
        line.resize(width - 1, Cell::Blank);
        line.push(text(format!("单位：{}", if thousands { "万元" } else { "元" })));
        packet.sheets.push(Sheet {
            file: packet.files.len() - 1,
            name: name.to_owned(),
            thousands,
            rows: vec![head, line],
        });
        packet.sheets.last_mut().expect("just pushed")
    }

    /// A project's name as this table spells it.
    fn project(&mut self, at: usize) -> String {
        let name = self.projects[at];
        match self.dice.below(6) {
            0 => format!("{name}项目"),
            1 => format!("{}年{name}", self.year),
            2 => format!("{name}经费"),
            3 => name
                .replace("疾控中心", "疾病预防控制中心")
                .replace("非遗", "非物质文化遗产")
                .replace("河湖长制", "河长制")
                .replace("运维", "运行维护"),
            _ => name.to_owned(),
        }
    }

    fn budget(&mut self, packet: &mut Packet) {
        let figures = self.figures;
        let money = |value: i64| Cell::Money(value, None);
        let whole = figures.of(Thing::Whole)[0];
        let last_year = self.dice.below(2) == 0;
        let sheet = self.sheet(
            packet,
            "部门预算",
            "收支总表",
            "部门收支预算总表",
            if last_year { 6 } else { 4 },
        );
        let (basic, projects) = (figures.of(Thing::Basic)[0], figures.of(Thing::Projects)[0]);
        let mut row = |left: &str, a: Cell, right: &str, b: Cell| {
            let older = |cell: &Cell| match cell {
                Cell::Money(value, _) => Cell::Money(value * 9 / 10, None),
                _ => Cell::Blank,
            };
            let row = if last_year {
                vec![text(left), older(&a), a, text(right), older(&b), b]
            } else {
                vec![text(left), a, text(right), b]
            };
            sheet.rows.push(row);
        };
        if last_year {
            row("收入项目", text("本年预算数"), "支出项目", text("本年预算数"));
            let at = sheet.rows.len() - 1;
            sheet.rows[at][1] = text("上年预算数");
            sheet.rows[at][4] = text("上年预算数");
        } else {
            row("收入项目", text("预算数"), "支出项目", text("预算数"));
        }
        let mut row = |left: &str, a: Cell, right: &str, b: Cell| {
            let older = |cell: &Cell| match cell {
                Cell::Money(value, _) => Cell::Money(value * 9 / 10, None),
                _ => Cell::Blank,
            };
            let row = if last_year {
                vec![text(left), older(&a), a, text(right), older(&b), b]
            } else {
                vec![text(left), a, text(right), b]
            };
            sheet.rows.push(row);
        };
        row(
            "一、财政拨款收入",
            money(whole - 1_000),
            "一、基本支出",
            Cell::Money(basic, Some((Stage::Initial, Thing::Basic))),
        );
        row(
            "二、事业收入",
            money(1_000),
            "二、项目支出",
            Cell::Money(projects, Some((Stage::Initial, Thing::Projects))),
        );
        row(
            "收入总计",
            Cell::Money(whole, Some((Stage::Initial, Thing::Income))),
            "支出总计",
            Cell::Money(whole, Some((Stage::Initial, Thing::Whole))),
        );
        if last_year {
            // Nine tenths do not add up to the last yuan: last year's column is its own table of numbers.
            let rows = &mut sheet.rows;
            let last = rows.len() - 1;
            for column in [1, 4] {
                let sum = (last - 2..last)
                    .map(|row| match rows[row][column] {
                        Cell::Money(value, _) => value,
                        _ => 0,
                    })
                    .sum();
                rows[last][column] = money(sum);
            }
            if let (Cell::Money(a, _), Cell::Money(b, _)) =
                (rows[last][1].clone(), rows[last][4].clone())
            {
                if let Cell::Money(first, _) = rows[last - 2][1] {
                    rows[last - 2][1] = money(first + b - a);
                }
                rows[last][1] = money(b);
            }
        }
        // 基本支出
        let sheet = self.sheet(packet, "部门预算", "基本支出", "基本支出预算表", 3);
        sheet.rows.push(["科目编码", "科目名称", "金额"].map(text).into());
        for ((code, name), value) in ECONOMIC.iter().zip(&figures.economic) {
            sheet.rows.push(vec![text(format!("'{code}")), text(*name), money(*value)]);
        }
        sheet.rows.push(vec![
            Cell::Blank,
            text("合计"),
            figures.cell(Stage::Initial, Thing::Basic),
        ]);
        // 项目支出
        let names: Vec<String> = (0..5).map(|at| self.project(at)).collect();
        let header = self.dice.pick(&["预算数", "金额", "年初预算", "预算安排"]);
        let title = self.dice.pick(&["项目支出预算表", "项目支出预算明细表"]);
        let sheet = self.sheet(packet, "部门预算", "项目支出", title, 3);
        sheet.rows.push(["序号", "项目名称", header].map(text).into());
        for (at, name) in names.iter().enumerate() {
            sheet.rows.push(vec![
                text((at + 1).to_string()),
                text(name),
                figures.cell(Stage::Initial, Thing::Project(at)),
            ]);
        }
        sheet.rows.push(vec![
            Cell::Blank,
            text("合计"),
            figures.cell(Stage::Initial, Thing::Projects),
        ]);
    }

    fn words(&mut self) -> [&'static str; 4] {
        [
            self.dice.pick(&["年初预算", "年初预算数", "年初批复预算", "调整前预算"]),
            self.dice.pick(&[
                "本年调增",
                "调增合计",
                "年中追加数",
                "预算追加",
                "本年预算调整增加额",
            ]),
            self.dice.pick(&["本年调减", "调减合计", "年中追减数", "预算核减"]),
            self.dice.pick(&["调整后预算", "调整后预算数", "全年预算数", "调整后预算总额"]),
        ]
    }

    fn adjustment(&mut self, packet: &mut Packet, layout: usize) {
        let figures = self.figures;
        let words = self.words();
        let stages = [Stage::Initial, Stage::Increase, Stage::Decrease, Stage::Adjusted];
        let title = self.dice.pick(&["部门预算调整情况表", "预算调整表", "年中预算调整表"]);
        let named: Vec<String> = (0..6).map(|at| self.project(at)).collect();
        match layout {
            // Stages below each other, of the whole.
            0 => {
                let sheet = self.sheet(packet, "预算调整", "预算调整", title, 3);
                sheet.rows.push(["项目", "金额", "说明"].map(text).into());
                for (word, stage) in words.into_iter().zip(stages) {
                    sheet.rows.push(vec![
                        text(word),
                        figures.cell(stage, Thing::Whole),
                        Cell::Blank,
                    ]);
                }
            }
            // Side by side, by project.
            1 => {
                let sheet = self.sheet(packet, "预算调整", "预算调整", title, 5);
                sheet.rows.push([&["项目"][..], &words].concat().into_iter().map(text).collect());
                let mut row = |name: &str, thing: Thing| {
                    let cells = stages.iter().map(|stage| figures.cell(*stage, thing));
                    sheet.rows.push([text(name)].into_iter().chain(cells).collect());
                };
                row("一、基本支出", Thing::Basic);
                row("二、项目支出", Thing::Projects);
                for (at, name) in named.iter().enumerate() {
                    row(
                        &format!("{}{name}", if at == 0 { "其中：" } else { "　　　" }),
                        Thing::Project(at),
                    );
                }
                row("合计", Thing::Whole);
            }
            // Stages below each other, parts side by side.
            2 => {
                let sheet = self.sheet(packet, "预算调整", "预算调整", title, 4);
                sheet.rows.push(["预算阶段", "基本支出", "项目支出", "合计"].map(text).into());
                for (word, stage) in words.into_iter().zip(stages) {
                    let cells = [Thing::Basic, Thing::Projects, Thing::Whole]
                        .map(|thing| figures.cell(stage, thing));
                    sheet.rows.push([text(word)].into_iter().chain(cells).collect());
                }
            }
            // A block of stages for each project.
            3 => {
                let sheet = self.sheet(packet, "预算调整", "预算调整", title, 3);
                sheet.rows.push(["项目名称", "预算类型", "金额"].map(text).into());
                for (at, name) in named.iter().enumerate() {
                    for (line, (word, stage)) in words.into_iter().zip(stages).enumerate() {
                        let first = if line == 0 { text(name) } else { text("^") };
                        sheet.rows.push(vec![
                            first,
                            text(word),
                            figures.cell(stage, Thing::Project(at)),
                        ]);
                    }
                }
            }
            // Three workbooks.
            4 => {
                for (file, word, stages) in [
                    ("年初预算", "年初预算表", &[(Stage::Initial, "金额")][..]),
                    (
                        "预算追加",
                        "预算追加追减表",
                        &[(Stage::Increase, words[1]), (Stage::Decrease, words[2])],
                    ),
                    ("调整后预算", "调整后预算表", &[(Stage::Adjusted, "金额")]),
                ] {
                    let names: Vec<String> = (0..6).map(|at| self.project(at)).collect();
                    let sheet = self.sheet(packet, file, word, word, stages.len() + 1);
                    sheet.rows.push(
                        [text("项目")]
                            .into_iter()
                            .chain(stages.iter().map(|(_, word)| text(*word)))
                            .collect(),
                    );
                    let mut row = |name: &str, thing: Thing| {
                        let cells = stages.iter().map(|(stage, _)| figures.cell(*stage, thing));
                        sheet.rows.push([text(name)].into_iter().chain(cells).collect());
                    };
                    row("基本支出", Thing::Basic);
                    for (at, name) in names.iter().enumerate() {
                        row(name, Thing::Project(at));
                    }
                    row("合计", Thing::Whole);
                }
            }
            // A block of lines for each stage.
            _ => {
                let sheet = self.sheet(packet, "预算调整", "预算调整", title, 3);
                sheet.rows.push(["类别", "内容", "金额"].map(text).into());
                for (word, stage) in words.into_iter().zip(stages) {
                    let parts = [
                        ("基本支出", Thing::Basic),
                        ("项目支出", Thing::Projects),
                        ("小计", Thing::Whole),
                    ];
                    for (line, (name, thing)) in parts.into_iter().enumerate() {
                        let first = if line == 0 { text(word) } else { text("^") };
                        sheet.rows.push(vec![first, text(name), figures.cell(stage, thing)]);
                    }
                }
            }
        }
    }

    fn execution(&mut self, packet: &mut Packet) {
        let figures = self.figures;
        let header = [
            self.dice.pick(&["支出内容", "项目名称", "项目"]),
            self.dice.pick(&["年初预算", "年初预算数", "年初批复数"]),
            self.dice.pick(&["调整后预算", "全年预算数", "调整后预算数"]),
            self.dice.pick(&["支出数", "实际支出", "本年执行数", "决算数", "全年支付金额"]),
            self.dice.pick(&["结转结余", "年末结转", "结余"]),
        ];
        let title = self.dice.pick(&["部门预算执行情况表", "支出执行明细表", "部门支出明细表"]);
        let names: Vec<String> = (0..6).map(|at| self.project(at)).collect();
        let sheet = self.sheet(packet, "支出明细", "支出", title, 5);
        sheet.rows.push(header.map(text).into());
        let stages = [Stage::Initial, Stage::Adjusted, Stage::Spent, Stage::Left];
        let mut row = |name: &str, thing: Thing| {
            let cells = stages.iter().map(|stage| figures.cell(*stage, thing));
            sheet.rows.push([text(name)].into_iter().chain(cells).collect());
        };
        row("基本支出", Thing::Basic);
        for (at, name) in names.iter().enumerate() {
            row(name, Thing::Project(at));
        }
        row("合计", Thing::Whole);
    }

    fn evaluation(&mut self, packet: &mut Packet) {
        let figures = self.figures;
        let at = self.dice.below(5) as usize;
        let name = self.project(at);
        let sheet = self.sheet(packet, "绩效自评", "自评表", "项目支出绩效自评表", 6);
        let row = |cells: [Cell; 6]| cells.into();
        let blank = || Cell::Blank;
        sheet.rows.push(row([
            text("项目名称"),
            text(&name),
            text("<"),
            text("<"),
            text("<"),
            text("<"),
        ]));
        sheet.rows.push(row([
            "项目资金",
            "资金类别",
            "年初预算数",
            "全年预算数",
            "全年执行数",
            "执行率",
        ]
        .map(text)));
        let [initial, _, _, adjusted, spent, _] = figures.of(Thing::Project(at));
        let money = |value: i64| Cell::Money(value, None);
        let hundredths = (spent * 20_000 / adjusted + 1) / 2;
        let rate = format!("{}.{:02}%", hundredths / 100, hundredths % 100);
        sheet.rows.push(row([
            text("^"),
            text("年度资金总额"),
            figures.cell(Stage::Initial, Thing::Project(at)),
            figures.cell(Stage::Adjusted, Thing::Project(at)),
            figures.cell(Stage::Spent, Thing::Project(at)),
            text(rate),
        ]));
        sheet.rows.push(row([
            text("^"),
            text("其中：财政拨款"),
            money(initial),
            money(adjusted),
            money(spent),
            blank(),
        ]));
        sheet.rows.push(row([text("^"), text("其他资金"), money(0), money(0), money(0), blank()]));
    }
}
