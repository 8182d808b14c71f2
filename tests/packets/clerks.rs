//! Packets of other houses, as their clerks lay them out: every table has several forms, amounts are to the fen behind 万元 of
//! two decimals, a project is spelt otherwise in each table, the adjustment comes in nine forms, payments are split.
//!
//! The departments of [`HELD_OUT`] were never looked at while the program was made: only their figures count.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use gouji::model::{CellRef, Place};

use crate::common;
use crate::department::{Dice, Spoilt, Tie};

/// A house and its projects, each as the budget, the adjustment, the execution and the evaluation spell it.
struct House {
    name: &'static str,
    projects: [[&'static str; 4]; 6],
}

/// Houses from this one on are not looked at while the program changes.
pub(crate) const HELD_OUT: usize = 7;

const HOUSES: [House; 14] = [
    House {
        name: "云岭县卫生健康局",
        projects: [
            [
                "基本公共卫生服务补助",
                "基本公卫服务补助资金",
                "基本公共卫生服务项目",
                "基本公共卫生服务",
            ],
            [
                "县医院医疗设备购置",
                "县人民医院医疗设备购置",
                "县医院设备购置",
                "县人民医院医疗设备购置项目",
            ],
            ["乡村医生养老补助", "村医养老补助", "乡村医生养老生活补助", "乡村医生养老补助经费"],
            [
                "妇幼保健院业务用房维修",
                "妇幼保健院业务用房维修改造",
                "妇幼保健院业务用房维修工程",
                "妇幼保健院用房维修",
            ],
            ["卫生监督执法工作经费", "卫生监督执法经费", "卫生监督执法工作", "卫生监督执法"],
            [
                "重大传染病防控",
                "重大传染病防控补助资金",
                "重大传染病防控经费",
                "中央重大传染病防控",
            ],
        ],
    },
    House {
        name: "滨河市水务局",
        projects: [
            ["城区排水管网清淤", "城区排水管网清淤疏浚", "排水管网清淤", "城区排水管网清淤项目"],
            [
                "龙潭水库除险加固",
                "龙潭水库除险加固工程",
                "龙潭水库除险加固",
                "龙潭水库除险加固项目",
            ],
            ["农村供水保障", "农村供水保障工程", "农村供水保障项目", "农村供水保障资金"],
            ["河道保洁及日常巡查", "河道保洁和日常巡查", "河道保洁、日常巡查", "河道保洁及巡查"],
            ["节水型社会建设", "节水型社会建设经费", "节水型社会建设", "节水型社会达标建设"],
            [
                "山洪灾害监测预警",
                "山洪灾害监测预警系统",
                "山洪灾害监测预警项目",
                "山洪灾害监测预警",
            ],
        ],
    },
    House {
        name: "梧桐区文化馆",
        projects: [
            ["免费开放补助", "文化馆免费开放补助", "免费开放补助资金", "免费开放"],
            ["群众合唱节", "群众合唱节活动经费", "群众合唱节", "群众合唱节活动"],
            ["少儿美术公益培训", "少儿美术公益培训班", "少儿美术公益培训经费", "少儿美术公益培训"],
            [
                "小剧场灯光设备更新",
                "小剧场灯光设备更新改造",
                "小剧场灯光更新",
                "小剧场灯光设备更新项目",
            ],
            ["非遗传习所建设", "非物质文化遗产传习所建设", "非遗传习所建设经费", "非遗传习所"],
            ["文化志愿服务", "文化志愿服务补贴", "文化志愿服务", "文化志愿者服务"],
        ],
    },
    House {
        name: "柳河乡人民政府",
        projects: [
            ["村干部报酬", "村干部报酬及补贴", "村干部报酬", "村干部报酬支出"],
            ["农村厕所革命", "农村厕所革命补助", "农村户厕改造", "农村厕所革命项目"],
            ["柳河村文化广场", "柳河村文化广场建设", "柳河村文化广场工程", "柳河村文化广场项目"],
            ["乡村道路硬化", "乡村道路硬化工程", "乡村道路硬化", "村道路硬化"],
            ["垃圾清运及保洁", "垃圾清运和保洁", "垃圾清运及保洁费", "垃圾清运保洁"],
            ["一事一议财政奖补", "一事一议奖补", "一事一议财政奖补项目", "一事一议财政奖补资金"],
        ],
    },
    House {
        name: "青石镇中心小学",
        projects: [
            ["教学楼屋面防水", "教学楼屋面防水维修", "教学楼屋面防水工程", "教学楼屋面防水"],
            ["课后服务补助", "课后服务补助经费", "课后服务", "课后服务补助资金"],
            ["学生营养餐", "学生营养餐补助", "学生营养餐", "学生营养改善计划"],
            ["多媒体教室设备", "多媒体教室设备购置", "多媒体教室设备采购", "多媒体教室设备"],
            ["运动场改造", "学校运动场改造", "运动场改造工程", "运动场改造项目"],
            ["校园安保服务", "校园安保服务费", "校园安保", "校园安保服务项目"],
        ],
    },
    House {
        name: "云岭县疾病预防控制中心",
        projects: [
            ["免疫规划疫苗冷链", "免疫规划疫苗冷链运转", "免疫规划疫苗冷链经费", "疫苗冷链"],
            ["艾滋病防治", "艾滋病防治经费", "艾滋病防治项目", "艾滋病防治补助"],
            ["实验室检测试剂", "实验室检测试剂购置", "实验室检测试剂", "实验室试剂"],
            ["地方病防治", "地方病防治补助", "地方病防治", "地方病防治项目"],
            ["健康素养促进", "健康素养促进行动", "健康素养促进", "健康素养促进项目"],
            ["应急物资储备", "应急物资储备经费", "应急物资储备", "卫生应急物资储备"],
        ],
    },
    House {
        name: "滨河市应急管理局",
        projects: [
            ["安全生产执法检查", "安全生产执法检查经费", "安全生产执法", "安全生产执法检查"],
            ["森林消防队伍", "森林消防队伍建设", "森林消防队伍经费", "森林消防队伍建设项目"],
            ["应急指挥平台", "应急指挥平台建设", "应急指挥平台项目", "应急指挥平台"],
            ["自然灾害救助", "自然灾害生活救助", "自然灾害救助资金", "自然灾害救助"],
            ["灾害风险普查", "自然灾害风险普查", "灾害风险普查经费", "灾害风险普查"],
            ["救灾物资采购", "救灾物资采购及储备", "救灾物资采购", "救灾物资采购项目"],
        ],
    },
    House {
        name: "长泽县城市管理局",
        projects: [
            ["路灯电费及维护", "路灯电费和维护", "路灯电费及维护费", "路灯电费及维护"],
            ["公厕管理", "公厕管理经费", "公共厕所管理", "公厕管理项目"],
            ["生活垃圾填埋场运行", "生活垃圾填埋场运行费", "垃圾填埋场运行", "生活垃圾填埋场运行"],
            ["园林绿化养护", "园林绿化养护项目", "园林绿化养护", "园林绿化养护经费"],
            ["违建拆除", "违法建筑拆除", "违建拆除经费", "违建拆除"],
            ["停车场建设", "公共停车场建设", "停车场建设工程", "停车场建设"],
        ],
    },
    House {
        name: "梧桐区档案馆",
        projects: [
            ["档案数字化", "档案数字化加工", "档案数字化经费", "档案数字化项目"],
            [
                "库房恒温恒湿设备",
                "档案库房恒温恒湿设备",
                "库房恒温恒湿设备购置",
                "库房恒温恒湿设备",
            ],
            ["地方志编纂", "地方志编纂出版", "地方志编纂", "地方志编纂经费"],
            [
                "爱国主义教育基地",
                "爱国主义教育基地布展",
                "爱国主义教育基地",
                "爱国主义教育基地项目",
            ],
            ["档案抢救保护", "重点档案抢救保护", "档案抢救保护", "档案抢救保护补助"],
            ["消防系统改造", "消防系统改造工程", "消防系统改造", "消防系统升级改造"],
        ],
    },
    House {
        name: "沙坪街道办事处",
        projects: [
            ["社区工作者报酬", "社区工作者报酬经费", "社区工作者报酬", "社区工作者报酬及社保"],
            ["老旧楼院改造", "老旧楼院改造工程", "老旧楼院改造项目", "老旧楼院改造"],
            ["社区食堂运营补贴", "社区食堂运营补贴", "社区食堂补贴", "社区食堂运营补贴资金"],
            ["网格员补助", "网格员补助经费", "网格员补助", "网格员工作补助"],
            ["物业管理奖补", "物业管理奖补资金", "物业管理奖补", "物业管理以奖代补"],
            ["平安建设", "平安建设工作经费", "平安建设", "平安建设项目"],
        ],
    },
    House {
        name: "云岭县残疾人联合会",
        projects: [
            ["残疾人康复服务", "残疾人康复服务补助", "残疾人康复", "残疾人康复服务"],
            ["辅助器具适配", "残疾人辅助器具适配", "辅助器具适配经费", "辅具适配"],
            ["残疾人就业培训", "残疾人就业培训补贴", "残疾人就业培训", "残疾人就业技能培训"],
            ["无障碍改造", "家庭无障碍改造", "无障碍改造项目", "残疾人家庭无障碍改造"],
            ["托养服务", "托养服务补助", "托养服务", "残疾人托养服务"],
            ["助学补助", "残疾学生助学补助", "助学补助", "助学补助资金"],
        ],
    },
    House {
        name: "滨河市住房和城乡建设局",
        projects: [
            ["公租房维修", "公共租赁住房维修", "公租房维修工程", "公租房维修"],
            ["棚改安置房", "棚户区改造安置房", "棚改安置房建设", "棚改安置房项目"],
            ["电梯加装补助", "既有住宅加装电梯补助", "加装电梯补助", "电梯加装补助"],
            ["老旧小区改造", "老旧小区改造配套", "老旧小区基础设施改造", "老旧小区改造项目"],
            ["供热管网改造", "供热管网改造工程", "供热管网改造", "供热管网更新改造"],
            ["危房鉴定", "农村危房鉴定", "危房鉴定费", "危房鉴定"],
        ],
    },
    House {
        name: "长泽县第一幼儿园",
        projects: [
            ["幼儿园设备购置", "幼儿园玩教具设备购置", "设备购置", "幼儿园设备购置项目"],
            ["保教费返还", "保教费返还支出", "保教费返还", "保教费返还经费"],
            ["园舍维修改造", "园舍维修改造工程", "园舍维修", "园舍维修改造"],
            ["学前资助", "学前教育资助", "学前资助资金", "学前教育资助"],
            ["保安服务", "保安服务费", "保安服务", "保安服务采购"],
            ["食堂改造", "食堂改造工程", "食堂改造", "食堂改造项目"],
        ],
    },
    House {
        name: "梧桐区司法局",
        projects: [
            ["法律援助办案补贴", "法律援助案件补贴", "法律援助办案补贴", "法律援助补贴"],
            ["社区矫正", "社区矫正工作经费", "社区矫正", "社区矫正中心建设"],
            ["人民调解", "人民调解案件补贴", "人民调解经费", "人民调解"],
            ["普法宣传", "普法宣传教育", "普法宣传经费", "普法宣传"],
            ["司法所规范化建设", "司法所规范化建设", "司法所规范化", "司法所规范化建设项目"],
            [
                "公共法律服务中心",
                "公共法律服务中心运行",
                "公共法律服务中心",
                "公共法律服务中心运行费",
            ],
        ],
    },
];

const STAFF: [(&str, &str); 5] = [
    ("30101", "基本工资"),
    ("30102", "津贴补贴"),
    ("30103", "奖金"),
    ("30113", "住房公积金"),
    ("30305", "生活补助"),
];
const OPERATING: [(&str, &str); 4] =
    [("30201", "办公费"), ("30205", "水费"), ("30206", "电费"), ("30229", "福利费")];

/// What a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Initial,
    Increase,
    Decrease,
    Adjusted,
    Spent,
    Left,
    /// 原值 at the end of the year.
    Asset,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    Whole,
    Basic,
    Staff,
    Operating,
    Projects,
    Project(usize),
    Economic(usize),
    Income,
    /// A class of assets.
    Class(usize),
}

#[derive(Clone)]
enum Cell {
    Text(String),
    /// In fen.
    Money(i64, Option<(What, Of)>),
    Blank,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    Yuan,
    Thousand,
    TenThousand,
}

struct Sheet {
    file: usize,
    name: String,
    rows: Vec<Vec<Cell>>,
    /// Where tables start, with their unit: several may stand on one sheet.
    tables: Vec<(usize, In)>,
}

/// A packet and what it states where.
pub(crate) struct Clerked {
    pub(crate) name: String,
    files: Vec<String>,
    sheets: Vec<Sheet>,
    payments: Vec<(usize, Vec<(usize, usize, usize)>)>,
}

fn text(words: impl Into<String>) -> Cell {
    Cell::Text(words.into())
}

fn money(value: i64) -> Cell {
    Cell::Money(value, None)
}

fn texts<const N: usize>(words: [&str; N]) -> Vec<Cell> {
    words.iter().map(|word| if word.is_empty() { Cell::Blank } else { text(*word) }).collect()
}

/// Initial, increase, decrease, adjusted, spent, left.
type Way = [i64; 6];

struct Figures {
    economic: Vec<Way>,
    projects: Vec<Way>,
    assets: Vec<i64>,
}

impl Figures {
    fn new(dice: &mut Dice) -> Self {
        let fen = dice.below(2) == 0;
        let amount = |dice: &mut Dice, least: u64, most: u64| -> i64 {
            let yuan = least + dice.below(most - least);
            let fen = if fen { dice.below(100) } else { 0 };
            (yuan * 100 + fen) as i64
        };
        let way = |dice: &mut Dice, initial: i64, chances: u64| -> Way {
            let up = if dice.below(chances) == 0 { amount(dice, 3_000, 900_000) } else { 0 };
            let down = if up == 0 && dice.below(chances) == 0 {
                initial / (3 + dice.below(6) as i64)
            } else {
                0
            };
            let adjusted = initial + up - down;
            let left = if dice.below(2) == 0 { adjusted / (7 + dice.below(30) as i64) } else { 0 };
            [initial, up, down, adjusted, adjusted - left, left]
        };
        let economic = (0..STAFF.len() + OPERATING.len())
            .map(|at| {
                let most = if at < STAFF.len() { 4_000_000 } else { 300_000 };
                let initial = amount(dice, 5_000, most);
                way(dice, initial, 4)
            })
            .collect();
        let mut projects: Vec<Way> = (0..5)
            .map(|_| {
                let initial = amount(dice, 20_000, 6_000_000);
                way(dice, initial, 2)
            })
            .collect();
        let added = amount(dice, 100_000, 2_000_000);
        projects.push([0, added, 0, added, added, 0]);
        if projects.iter().all(|project| project[2] == 0) {
            let cut = projects[1][0] / 4;
            let initial = projects[1][0];
            projects[1] = [initial, 0, cut, initial - cut, initial - cut, 0];
        }
        let assets = (0..5).map(|_| amount(dice, 50_000, 9_000_000)).collect();
        Self { economic, projects, assets }
    }

    fn way(&self, of: Of) -> Way {
        let sum = |rows: &[Way]| {
            rows.iter().fold([0; 6], |sum, row| std::array::from_fn(|at| sum[at] + row[at]))
        };
        match of {
            Of::Staff => sum(&self.economic[..STAFF.len()]),
            Of::Operating => sum(&self.economic[STAFF.len()..]),
            Of::Basic => sum(&self.economic),
            Of::Economic(at) => self.economic[at],
            Of::Project(at) => self.projects[at],
            Of::Projects => sum(&self.projects),
            Of::Whole | Of::Income => {
                let all: Vec<Way> = [self.economic.as_slice(), &self.projects].concat();
                sum(&all)
            }
            Of::Class(_) => [0; 6],
        }
    }

    /// Last year's budget.
    fn older(&self, of: Of) -> i64 {
        let leaves: Vec<Way> = match of {
            Of::Economic(at) => vec![self.economic[at]],
            Of::Project(at) => vec![self.projects[at]],
            Of::Staff => self.economic[..STAFF.len()].to_vec(),
            Of::Operating => self.economic[STAFF.len()..].to_vec(),
            Of::Basic => self.economic.clone(),
            Of::Projects => self.projects.clone(),
            _ => [self.economic.as_slice(), &self.projects].concat(),
        };
        leaves.iter().map(|leaf| leaf[0] / 1_000 * 900).sum()
    }

    fn cell(&self, what: What, of: Of) -> Cell {
        let value = match (what, of) {
            (What::Asset, Of::Class(at)) => self.assets[at],
            (What::Asset, _) => self.assets.iter().sum(),
            _ => self.way(of)[what as usize],
        };
        Cell::Money(value, Some((what, of)))
    }
}

impl In {
    fn word(self) -> &'static str {
        match self {
            Self::Yuan => "元",
            Self::Thousand => "千元",
            Self::TenThousand => "万元",
        }
    }

    /// The printed number of an amount in fen: two decimals, rounded.
    fn shown(self, fen: i64) -> String {
        let cents = match self {
            Self::Yuan => fen,
            Self::Thousand => (fen + 500).div_euclid(1_000),
            Self::TenThousand => (fen + 5_000).div_euclid(10_000),
        };
        format!(
            "{}{}.{:02}",
            if cents < 0 { "-" } else { "" },
            cents.abs() / 100,
            cents.abs() % 100
        )
    }
}

impl Clerked {
    pub(crate) fn houses() -> usize {
        HOUSES.len()
    }

    pub(crate) fn new(seed: u64, house: usize, year: i32, draft: usize) -> Self {
        let mut dice =
            Dice::new(seed * 7_919 + house as u64 * 131 + year as u64 * 17 + draft as u64 * 3);
        for _ in 0..4 {
            dice.below(2);
        }
        let figures = Figures::new(&mut dice);
        let mut packet = Self {
            name: String::new(),
            files: Vec::new(),
            sheets: Vec::new(),
            payments: Vec::new(),
        };
        let binding = dice.below(4);
        let mut clerk = Clerk {
            house: &HOUSES[house],
            year,
            draft: ["一稿", "二稿"][draft],
            figures: &figures,
            binding,
            unit: [In::Yuan, In::TenThousand, In::Thousand, In::TenThousand]
                [dice.below(4) as usize],
            dice,
            forms: Vec::new(),
        };
        clerk.balance(&mut packet);
        clerk.functions(&mut packet);
        clerk.economic(&mut packet);
        clerk.projects(&mut packet);
        clerk.adjustment(&mut packet);
        clerk.execution(&mut packet);
        clerk.evaluation(&mut packet);
        clerk.assets(&mut packet);
        clerk.payments(&mut packet);
        packet.name = format!(
            "{} {year} {} seed {seed} forms {}",
            HOUSES[house].name,
            clerk.draft,
            clerk.forms.join(",")
        );
        packet
    }

    fn place(&self, (sheet, row, column): (usize, usize, usize)) -> Place {
        let own = &self.sheets[sheet];
        let before = self.sheets[..sheet].iter().filter(|other| other.file == own.file).count();
        Place {
            file: own.file as u32,
            sheet: before as u32,
            cell: CellRef::new(row as u32, column as u32),
        }
    }

    fn table(&self, (sheet, row, _): (usize, usize, usize)) -> (usize, usize) {
        let tables = &self.sheets[sheet].tables;
        (sheet, tables.iter().filter(|(start, _)| *start <= row).count())
    }

    fn unit(&self, (sheet, row, _): (usize, usize, usize)) -> In {
        let tables = &self.sheets[sheet].tables;
        tables.iter().rev().find(|(start, _)| *start <= row).expect("in a table").1
    }

    fn stated(&self) -> BTreeMap<(What, Of), Vec<(usize, usize, usize)>> {
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

    fn value(&self, (sheet, row, column): (usize, usize, usize)) -> i64 {
        match self.sheets[sheet].rows[row][column] {
            Cell::Money(value, _) => value,
            _ => 0,
        }
    }

    /// The ties between tables that the figures have.
    pub(crate) fn ties(&self) -> Vec<Tie> {
        let stated = self.stated();
        let mut ties = Vec::new();
        for (tag, cells) in &stated {
            for (at, a) in cells.iter().enumerate() {
                for b in &cells[at + 1..] {
                    if self.table(*a) != self.table(*b) && self.value(*a) != 0 {
                        ties.push(Tie {
                            cells: [self.place(*a), self.place(*b)].into(),
                            what: format!("{tag:?}"),
                        });
                    }
                }
            }
        }
        // 年初 + 调增 − 调减 = 调整后, where one table states all of it.
        let things: BTreeSet<Of> = stated.keys().map(|(_, of)| *of).collect();
        for of in things {
            let all = |what: What| stated.get(&(what, of)).cloned().unwrap_or_default();
            for up in all(What::Increase) {
                let near = |what: What| {
                    all(what).into_iter().find(|cell| self.table(*cell) == self.table(up))
                };
                let (Some(a), Some(b), Some(c)) =
                    (near(What::Initial), near(What::Decrease), near(What::Adjusted))
                else {
                    continue;
                };
                let cells = [a, up, b, c].map(|cell| self.place(cell)).into();
                ties.push(Tie { cells, what: format!("identity of {of:?}") });
            }
        }
        // What was paid in parts.
        for (project, lines) in &self.payments {
            for spent in stated.get(&(What::Spent, Of::Project(*project))).into_iter().flatten() {
                if lines.len() > 1 && !lines.contains(spent) {
                    let cells = lines.iter().chain([spent]).map(|cell| self.place(*cell)).collect();
                    ties.push(Tie { cells, what: format!("payments of {project}") });
                }
            }
        }
        ties
    }

    /// Spoils one figure that another table states, too.
    pub(crate) fn plant(&mut self, seed: u64) -> Option<Spoilt> {
        let name =
            self.name.bytes().fold(0_u64, |sum, byte| sum * 31 % 1_000_003 + u64::from(byte));
        let mut dice = Dice::new(seed * 101 + name);
        let stated = self.stated();
        let many: Vec<_> = stated
            .iter()
            .filter(|((what, of), cells)| {
                let tables: BTreeSet<_> = cells.iter().map(|cell| self.table(*cell)).collect();
                tables.len() >= 2
                    && *of != Of::Income
                    && !matches!(what, What::Increase | What::Decrease)
                    && self.value(cells[0]) > 1_000_000
            })
            .collect();
        let (tag, cells) = many[dice.below(many.len() as u64) as usize];
        let at = cells[dice.below(cells.len() as u64) as usize];
        let value = self.value(at);
        let shown = self.unit(at).shown(value);
        let digits: Vec<usize> =
            (0..shown.len()).filter(|at| shown.as_bytes()[*at].is_ascii_digit()).collect();
        let mut spoilt = shown.clone().into_bytes();
        match dice.below(3) {
            0 => {
                let pair = digits.windows(2).find(|pair| {
                    spoilt[pair[0]] != spoilt[pair[1]] && (pair[0] > 0 || spoilt[pair[1]] != b'0')
                })?;
                spoilt.swap(pair[0], pair[1]);
            }
            kind => {
                let at =
                    digits[(dice.below(3) as usize + usize::from(kind == 1)).min(digits.len() - 3)];
                spoilt[at] = b'1' + (spoilt[at] - b'0' + 2) % 9;
                if spoilt == shown.as_bytes() {
                    spoilt[at] = if spoilt[at] == b'9' { b'8' } else { spoilt[at] + 1 };
                }
            }
        }
        let spoilt = String::from_utf8(spoilt).ok()?;
        let what = format!(
            "{tag:?} {shown} -> {spoilt} at {} {}",
            self.sheets[at.0].name,
            CellRef::new(at.1 as u32, at.2 as u32)
        );
        let place = self.place(at);
        self.sheets[at.0].rows[at.1][at.2] = text(spoilt);
        Some(Spoilt { cells: [place].into(), what })
    }

    /// The packet in the notation of the fixtures.
    pub(crate) fn written(&self) -> String {
        let mut out = String::new();
        for (at, file) in self.files.iter().enumerate() {
            writeln!(out, "@@ {file}").expect("writing to a string");
            for (number, sheet) in
                self.sheets.iter().enumerate().filter(|(_, sheet)| sheet.file == at)
            {
                writeln!(out, "@ {}", sheet.name).expect("writing to a string");
                for (row, cells) in sheet.rows.iter().enumerate() {
                    let cells: Vec<String> = cells
                        .iter()
                        .map(|cell| match cell {
                            Cell::Text(words) => words.clone(),
                            Cell::Blank => String::new(),
                            Cell::Money(value, _) => self.unit((number, row, 0)).shown(*value),
                        })
                        .collect();
                    writeln!(out, "{}", cells.join(" | ")).expect("writing to a string");
                }
            }
        }
        out
    }

    pub(crate) fn case(&self) -> common::Case {
        common::case(&self.written())
    }
}

struct Clerk<'a> {
    house: &'a House,
    year: i32,
    draft: &'a str,
    figures: &'a Figures,
    /// 0: a workbook a table; 1: one workbook; 2: budget and execution apart; 3: everything on one sheet.
    binding: u64,
    unit: In,
    dice: Dice,
    forms: Vec<String>,
}

impl Clerk<'_> {
    fn form(&mut self, table: &str, forms: u64) -> u64 {
        let form = self.dice.below(forms);
        self.forms.push(format!("{table}{form}"));
        form
    }

    fn pick(&mut self, words: &[&'static str]) -> &'static str {
        words[self.dice.below(words.len() as u64) as usize]
    }

    fn project(&mut self, at: usize, spelling: usize) -> String {
        let name = self.house.projects[at][spelling];
        match self.dice.below(9) {
            0 => format!("{}年{name}", self.year),
            1 => format!("{}年度{name}", self.year),
            2 => format!("{name}（{}年）", self.year),
            3 => format!("{name}专项"),
            _ => name.to_owned(),
        }
    }

    fn names(&mut self, spelling: usize) -> Vec<String> {
        (0..6).map(|at| self.project(at, spelling)).collect()
    }

    /// A table with title, unit and header, on a sheet of its own or below the one before.
    fn start<'p>(
        &mut self,
        packet: &'p mut Clerked,
        part: &str,
        name: &str,
        title: &str,
        header: Vec<Vec<Cell>>,
    ) -> &'p mut Sheet {
        let width = header.iter().map(Vec::len).max().unwrap_or(1);
        let file = match self.binding {
            0 => name.to_owned(),
            2 => part.to_owned(),
            _ => format!("{}材料", self.house.name),
        };
        let path = format!("{}/{}/{}/{file}.xlsx", self.house.name, self.year, self.draft);
        if !packet.files.contains(&path) {
            packet.files.push(path.clone());
        }
        let file = packet.files.iter().position(|known| *known == path).expect("just pushed");
        let alone = self.binding != 3 || packet.sheets.is_empty();
        let unit = match self.dice.below(4) {
            0 => In::Yuan,
            1 => In::TenThousand,
            _ => self.unit,
        };
        let mut head = vec![text(format!(
            "{}{}年{}{title}",
            if self.dice.below(3) > 0 { self.house.name } else { "" },
            self.year,
            if self.dice.below(3) == 0 { "度" } else { "" },
        ))];
        head.resize(width, text("<"));
        let mut line = vec![Cell::Blank; width];
        let whose =
            ["编制单位：", "填报单位：", "单位名称：", "部门："][self.dice.below(4) as usize];
        line[0] = text(format!("{whose}{}", self.house.name));
        let said = ["单位：", "金额单位：", "单位:"][self.dice.below(3) as usize];
        line[width - 1] = text(format!("{said}{}", unit.word()));
        if alone {
            packet.sheets.push(Sheet {
                file,
                name: if self.binding == 3 { "全部材料".to_owned() } else { name.to_owned() },
                rows: Vec::new(),
                tables: Vec::new(),
            });
        }
        let sheet = packet.sheets.last_mut().expect("just pushed");
        if !alone {
            sheet.rows.extend([Vec::new(), Vec::new()]);
        }
        sheet.tables.push((sheet.rows.len(), unit));
        sheet.rows.push(head);
        sheet.rows.push(line);
        sheet.rows.extend(header);
        sheet
    }

    fn balance(&mut self, packet: &mut Clerked) {
        let figures = self.figures;
        let whole = figures.way(Of::Whole)[0];
        let initial = |of: Of| figures.cell(What::Initial, of);
        match self.form("收支", 5) {
            // Both sides, totals of the year and carried money.
            0 => {
                let header = vec![
                    texts(["收　　入", "<", "支　　出", "<"]),
                    texts(["项目", "预算数", "项目", "预算数"]),
                ];
                let title = self.pick(&["部门收支预算总表", "收支预算总表", "部门预算收支总表"]);
                let carried = whole / 50;
                let sheet = self.start(packet, "预算", "收支总表", title, header);
                let rows = &mut sheet.rows;
                let mut row = |a: &str, x: Cell, b: &str, y: Cell| {
                    rows.push(vec![
                        if a.is_empty() { Cell::Blank } else { text(a) },
                        x,
                        if b.is_empty() { Cell::Blank } else { text(b) },
                        y,
                    ]);
                };
                let other = whole / 30;
                row(
                    "一、一般公共预算拨款收入",
                    money(whole - other - carried),
                    "一、基本支出",
                    initial(Of::Basic),
                );
                row("二、事业收入", money(other), "二、项目支出", initial(Of::Projects));
                row("本年收入合计", money(whole - carried), "本年支出合计", money(whole));
                row("上年结转结余", money(carried), "结转下年", money(0));
                row("收入总计", initial(Of::Income), "支出总计", initial(Of::Whole));
            }
            // One list, income first.
            1 => {
                let header = vec![texts(["项目", "预算金额", "备注"])];
                let title = self.pick(&["部门预算收支情况表", "收支预算表"]);
                let sheet = self.start(packet, "预算", "收支预算", title, header);
                let mut row = |a: &str, x: Cell| sheet.rows.push(vec![text(a), x, Cell::Blank]);
                row("一、收入合计", initial(Of::Income));
                row("　财政拨款收入", money(whole - whole / 20));
                row("　其他收入", money(whole / 20));
                row("二、支出合计", initial(Of::Whole));
                row("　基本支出", initial(Of::Basic));
                row("　　人员经费", initial(Of::Staff));
                row("　　公用经费", initial(Of::Operating));
                row("　项目支出", initial(Of::Projects));
            }
            // The same with the totals on top and last year's figures beside them, both sides.
            3 => {
                let header = vec![
                    texts(["收入", "<", "<", "支出", "<", "<"]),
                    texts(["项目", "上年预算", "本年预算", "项目", "上年预算", "本年预算"]),
                ];
                let title = self.pick(&["部门收支预算总表", "收支总体情况表"]);
                let sheet = self.start(packet, "预算", "收支总表", title, header);
                let older = |of: Of| money(figures.older(of));
                let rows = &mut sheet.rows;
                rows.push(vec![
                    text("收入总计"),
                    older(Of::Whole),
                    initial(Of::Income),
                    text("支出总计"),
                    older(Of::Whole),
                    initial(Of::Whole),
                ]);
                rows.push(vec![
                    text("一、财政拨款"),
                    older(Of::Whole),
                    money(whole),
                    text("一、基本支出"),
                    older(Of::Basic),
                    initial(Of::Basic),
                ]);
                rows.push(vec![
                    text("二、其他收入"),
                    money(0),
                    money(0),
                    text("二、项目支出"),
                    older(Of::Projects),
                    initial(Of::Projects),
                ]);
            }
            // One line of the house, parts side by side.
            4 => {
                let header = vec![
                    texts(["单位", "支出预算", "<", "<", "<", "<"]),
                    texts(["^", "合计", "基本支出", "<", "<", "项目支出"]),
                    texts(["^", "^", "小计", "人员经费", "公用经费", "^"]),
                ];
                let title = self.pick(&["部门支出预算汇总表", "支出预算安排表"]);
                let sheet = self.start(packet, "预算", "支出汇总", title, header);
                let name = self.house.name;
                let parts =
                    [Of::Whole, Of::Basic, Of::Staff, Of::Operating, Of::Projects].map(initial);
                sheet.rows.push([text(name)].into_iter().chain(parts).collect());
            }
            // Last year's figures beside this year's.
            _ => {
                let year = self.year;
                let header = vec![vec![
                    text("支出项目"),
                    text(format!("{}年预算数", year - 1)),
                    text(format!("{year}年预算数")),
                    text("增减额"),
                ]];
                let sheet = self.start(packet, "预算", "支出预算", "部门支出预算表", header);
                let mut row = |a: &str, of: Of| {
                    let before = figures.older(of);
                    let now = figures.way(of)[0];
                    sheet.rows.push(vec![text(a), money(before), initial(of), money(now - before)]);
                };
                row("基本支出", Of::Basic);
                row("项目支出", Of::Projects);
                row("支出合计", Of::Whole);
            }
        }
    }

    fn functions(&mut self, packet: &mut Clerked) {
        let figures = self.figures;
        let initial = |of: Of| figures.cell(What::Initial, of);
        let (basic, projects) = (figures.way(Of::Basic)[0], figures.way(Of::Projects)[0]);
        let top = self.form("功能", 2) == 0;
        let header = vec![
            texts(["科目编码", "科目名称", "合计", "其中", "<"]),
            texts(["^", "^", "^", "基本支出", "项目支出"]),
        ];
        let title = self.pick(&["部门支出预算总表", "支出预算总表", "一般公共预算支出预算表"]);
        let sheet = self.start(packet, "预算", "支出总表", title, header);
        let total = vec![
            Cell::Blank,
            text("合计"),
            initial(Of::Whole),
            initial(Of::Basic),
            initial(Of::Projects),
        ];
        if top {
            sheet.rows.push(total.clone());
        }
        let pension = basic / 9;
        let mut row = |code: &str, name: &str, a: i64, b: i64| {
            sheet.rows.push(vec![
                text(format!("'{code}")),
                text(name),
                money(a + b),
                money(a),
                money(b),
            ]);
        };
        row("208", "社会保障和就业支出", pension, 0);
        row("20805", "　行政事业单位养老支出", pension, 0);
        row("2080505", "　　机关事业单位基本养老保险缴费支出", pension, 0);
        row("212", "城乡社区支出", basic - pension, projects);
        row("21201", "　城乡社区管理事务", basic - pension, projects);
        row("2120101", "　　行政运行", basic - pension, 0);
        row("2120199", "　　其他城乡社区管理事务支出", 0, projects);
        if !top {
            sheet.rows.push(total);
        }
    }

    fn economic(&mut self, packet: &mut Clerked) {
        let figures = self.figures;
        let initial = |of: Of| figures.cell(What::Initial, of);
        let all = || STAFF.iter().chain(&OPERATING).enumerate();
        match self.form("经济", 3) {
            // Columns of staff and operating money.
            0 => {
                let header = vec![texts(["科目编码", "科目名称", "合计", "人员经费", "公用经费"])];
                let sheet =
                    self.start(packet, "预算", "基本支出", "一般公共预算基本支出表", header);
                sheet.rows.push(vec![
                    Cell::Blank,
                    text("合计"),
                    initial(Of::Basic),
                    initial(Of::Staff),
                    initial(Of::Operating),
                ]);
                for (at, (code, name)) in all() {
                    let value = figures.economic[at][0];
                    let (a, b) = if at < STAFF.len() { (value, 0) } else { (0, value) };
                    sheet.rows.push(vec![
                        text(format!("'{code}")),
                        text(*name),
                        initial(Of::Economic(at)),
                        money(a),
                        money(b),
                    ]);
                }
            }
            // Sections.
            1 => {
                let header = vec![texts(["项目", "金额"])];
                let sheet = self.start(packet, "预算", "基本支出", "基本支出预算明细表", header);
                sheet.rows.push(vec![text("一、人员经费"), initial(Of::Staff)]);
                for (at, (_, name)) in all() {
                    if at == STAFF.len() {
                        sheet.rows.push(vec![text("二、公用经费"), initial(Of::Operating)]);
                    }
                    sheet.rows.push(vec![text(format!("　{name}")), initial(Of::Economic(at))]);
                }
                sheet.rows.push(vec![text("基本支出合计"), initial(Of::Basic)]);
            }
            // Budget beside execution, subtotals.
            _ => {
                let header =
                    vec![texts(["序号", "支出内容", "年初预算", "调整后预算", "实际支出"])];
                let sheet = self.start(packet, "预算", "基本支出", "基本支出预算执行表", header);
                let stages = [What::Initial, What::Adjusted, What::Spent];
                let mut row = |number: Cell, name: &str, of: Of| {
                    let cells = stages.iter().map(|what| figures.cell(*what, of));
                    sheet.rows.push([number, text(name)].into_iter().chain(cells).collect());
                };
                for (at, (_, name)) in all() {
                    row(text(format!("{}", at + 1)), name, Of::Economic(at));
                    if at + 1 == STAFF.len() {
                        row(Cell::Blank, "人员经费小计", Of::Staff);
                    }
                }
                row(Cell::Blank, "公用经费小计", Of::Operating);
                row(Cell::Blank, "合计", Of::Basic);
            }
        }
    }

    fn projects(&mut self, packet: &mut Clerked) {
        let figures = self.figures;
        let names = self.names(0);
        match self.form("项目", 3) {
            0 => {
                let amount = self.pick(&["预算数", "年初预算", "金额", "预算安排数", "申请金额"]);
                let header = vec![texts(["序号", "项目名称", amount, "备注"])];
                let title =
                    self.pick(&["项目支出预算表", "项目支出明细表（年初预算）", "项目支出安排表"]);
                let sheet = self.start(packet, "预算", "项目支出", title, header);
                for (at, name) in names.iter().enumerate().take(5) {
                    sheet.rows.push(vec![
                        text(format!("{}", at + 1)),
                        text(&**name),
                        figures.cell(What::Initial, Of::Project(at)),
                        Cell::Blank,
                    ]);
                }
                sheet.rows.push(vec![
                    text("合计"),
                    text("<"),
                    figures.cell(What::Initial, Of::Projects),
                    Cell::Blank,
                ]);
            }
            // Sources side by side, the total on top.
            1 => {
                let header = vec![
                    texts(["项目名称", "资金来源", "<", "<"]),
                    texts(["^", "小计", "本级财政资金", "上级资金"]),
                ];
                let sheet = self.start(packet, "预算", "项目支出", "项目支出预算表", header);
                let halves =
                    |value: i64, at: usize| if at.is_multiple_of(2) { value } else { value / 3 };
                let local: Vec<i64> =
                    (0..5).map(|at| halves(figures.projects[at][0], at)).collect();
                let all: i64 = local.iter().sum();
                let whole = figures.way(Of::Projects)[0];
                sheet.rows.push(vec![
                    text("合计"),
                    figures.cell(What::Initial, Of::Projects),
                    money(all),
                    money(whole - all),
                ]);
                for at in 0..5 {
                    sheet.rows.push(vec![
                        text(&*names[at]),
                        figures.cell(What::Initial, Of::Project(at)),
                        money(local[at]),
                        money(figures.projects[at][0] - local[at]),
                    ]);
                }
            }
            // With targets.
            _ => {
                let header = vec![texts(["项目名称", "项目类别", "年度预算金额", "年度绩效目标"])];
                let sheet = self.start(
                    packet,
                    "预算",
                    "项目绩效目标",
                    "项目支出绩效目标申报汇总表",
                    header,
                );
                for at in 0..5 {
                    sheet.rows.push(vec![
                        text(&*names[at]),
                        text(["民生", "运转", "建设"][at % 3]),
                        figures.cell(What::Initial, Of::Project(at)),
                        text("按计划完成年度任务"),
                    ]);
                }
                sheet.rows.push(vec![
                    text("合　计"),
                    Cell::Blank,
                    figures.cell(What::Initial, Of::Projects),
                    Cell::Blank,
                ]);
            }
        }
    }

    fn adjustment(&mut self, packet: &mut Clerked) {
        let figures = self.figures;
        let cell = |what: What, of: Of| figures.cell(what, of);
        let names = self.names(1);
        let stages = [What::Initial, What::Increase, What::Decrease, What::Adjusted];
        let title = self.pick(&[
            "部门预算调整情况表",
            "预算调整汇总表",
            "部门预算调整明细表",
            "年度预算调整表",
            "预算追加（减）情况表",
        ]);
        let words = [
            self.pick(&[
                "年初预算",
                "年初预算数",
                "调整前预算数",
                "年初批复数",
                "年初部门预算",
                "年初核定数",
                "期初预算",
                "年初预算安排",
                "年初下达指标",
            ]),
            self.pick(&[
                "本年调增",
                "追加预算",
                "调增数",
                "年中追加",
                "预算调增额",
                "调整增加数",
                "预算增加",
                "调增（＋）",
                "本年追加指标",
            ]),
            self.pick(&[
                "本年调减",
                "核减预算",
                "调减数",
                "年中核减",
                "预算调减额",
                "调整减少数",
                "预算减少",
                "调减（－）",
                "本年收回指标",
            ]),
            self.pick(&[
                "调整后预算",
                "调整后预算数",
                "调整预算数",
                "全年预算数",
                "变动后预算",
                "最终预算数",
                "调整后年度预算",
                "年末预算数",
                "调整后指标数",
            ]),
        ];
        let part = "调整";
        match self.form("调整", 13) {
            0 => {
                let header =
                    vec![texts(["项目", words[0], words[1], words[2], words[3], "调整原因"])];
                let sheet = self.start(packet, part, "预算调整", title, header);
                let mut row = |name: &str, of: Of| {
                    let cells = stages.iter().map(|what| cell(*what, of));
                    sheet
                        .rows
                        .push([text(name)].into_iter().chain(cells).chain([Cell::Blank]).collect());
                };
                row("合计", Of::Whole);
                row("一、基本支出", Of::Basic);
                row("1.人员经费", Of::Staff);
                row("2.公用经费", Of::Operating);
                row("二、项目支出", Of::Projects);
                for (at, name) in names.iter().enumerate() {
                    row(&format!("{}.{name}", at + 1), Of::Project(at));
                }
            }
            // Stages below each other, the increase with its sources.
            1 => {
                let header = vec![texts(["预算构成", "金额", "批复文号"])];
                let sheet = self.start(packet, part, "预算调整", title, header);
                let up = figures.way(Of::Whole)[1];
                let mut row = |name: &str, value: Cell| {
                    sheet.rows.push(vec![text(name), value, Cell::Blank]);
                };
                row(&format!("一、{}", words[0]), cell(What::Initial, Of::Whole));
                row(&format!("二、{}", words[1]), cell(What::Increase, Of::Whole));
                row("（一）上级专项资金", money(up / 3));
                row("（二）本级追加", money(up - up / 3));
                row(&format!("三、{}", words[2]), cell(What::Decrease, Of::Whole));
                row(&format!("四、{}", words[3]), cell(What::Adjusted, Of::Whole));
            }
            // A change with its sign.
            2 => {
                let change =
                    self.pick(&["预算调整数", "调整额（＋、－）", "调整金额", "增减变动额"]);
                let header = vec![texts(["预算项目", words[0], change, words[3]])];
                let sheet = self.start(packet, part, "预算调整", title, header);
                let mut row = |name: &str, of: Of| {
                    let way = figures.way(of);
                    sheet.rows.push(vec![
                        text(name),
                        cell(What::Initial, of),
                        money(way[1] - way[2]),
                        cell(What::Adjusted, of),
                    ]);
                };
                row("基本支出", Of::Basic);
                for (at, name) in names.iter().enumerate() {
                    row(name, Of::Project(at));
                }
                row("总计", Of::Whole);
            }
            // One line of the house, stages over parts.
            3 => {
                let mut above = vec![text("单位名称")];
                let mut below = vec![text("^")];
                for word in words {
                    above.extend([text(word), text("<"), text("<")]);
                    below.extend(texts(["小计", "基本支出", "项目支出"]));
                }
                let sheet = self.start(packet, part, "预算调整", title, vec![above, below]);
                let mut row = vec![text(self.house.name)];
                for what in stages {
                    row.extend([Of::Whole, Of::Basic, Of::Projects].map(|of| cell(what, of)));
                }
                sheet.rows.push(row);
            }
            // Things side by side, stages below each other.
            4 => {
                let mut header = texts(["预算类别", "合计", "基本支出"]);
                header.extend(names.iter().map(|name| text(&**name)));
                let sheet = self.start(packet, part, "预算调整", title, vec![header]);
                for (word, what) in words.into_iter().zip(stages) {
                    let all = [Of::Whole, Of::Basic].into_iter().chain((0..6).map(Of::Project));
                    sheet.rows.push(
                        [text(word)].into_iter().chain(all.map(|of| cell(what, of))).collect(),
                    );
                }
            }
            // In two rounds.
            5 => {
                let header = vec![
                    texts(["项目名称", words[0], "追加预算", "<", "<", words[2], words[3]]),
                    texts(["^", "^", "第一批", "第二批", "小计", "^", "^"]),
                ];
                let sheet = self.start(packet, part, "预算调整", title, header);
                let mut row = |name: &str, of: Of, first: i64| {
                    let way = figures.way(of);
                    sheet.rows.push(vec![
                        text(name),
                        cell(What::Initial, of),
                        money(first),
                        money(way[1] - first),
                        cell(What::Increase, of),
                        cell(What::Decrease, of),
                        cell(What::Adjusted, of),
                    ]);
                };
                let mut sum = figures.way(Of::Basic)[1] / 3;
                row("基本支出", Of::Basic, sum);
                for (at, name) in names.iter().enumerate() {
                    let first = figures.projects[at][1] / 2;
                    sum += first;
                    row(name, Of::Project(at), first);
                }
                row("合计", Of::Whole, sum);
            }
            // What changed, and the whole below.
            6 => {
                let header = vec![texts(["序号", "调整项目", words[1], words[2], "依据"])];
                let sheet = self.start(packet, part, "预算调整", title, header);
                let mut number = 0;
                let mut row = |name: &str, of: Of| {
                    let way = figures.way(of);
                    if way[1] != 0 || way[2] != 0 {
                        number += 1;
                        sheet.rows.push(vec![
                            text(format!("{number}")),
                            text(name),
                            cell(What::Increase, of),
                            cell(What::Decrease, of),
                            Cell::Blank,
                        ]);
                    }
                };
                row("基本支出", Of::Basic);
                for (at, name) in names.iter().enumerate() {
                    row(name, Of::Project(at));
                }
                sheet.rows.push(vec![
                    text("合计"),
                    text("<"),
                    cell(What::Increase, Of::Whole),
                    cell(What::Decrease, Of::Whole),
                    Cell::Blank,
                ]);
                let header = vec![texts([words[0], words[1], words[2], words[3]])];
                let sheet = self.start(packet, part, "调整汇总", "预算调整汇总表", header);
                sheet.rows.push(stages.iter().map(|what| cell(*what, Of::Whole)).collect());
            }
            // A block of stages for each project.
            7 => {
                let header = vec![texts(["项目", "预算阶段", "金额", "其中：上级资金"])];
                let sheet = self.start(packet, part, "预算调整", title, header);
                let all = [("基本支出", Of::Basic)]
                    .into_iter()
                    .chain(names.iter().enumerate().map(|(at, name)| (&**name, Of::Project(at))))
                    .chain([("合计", Of::Whole)]);
                for (name, of) in all {
                    for (line, (word, what)) in words.into_iter().zip(stages).enumerate() {
                        sheet.rows.push(vec![
                            if line == 0 { text(name) } else { text("^") },
                            text(word),
                            cell(what, of),
                            money(0),
                        ]);
                    }
                }
            }
            // A table for each stage.
            9 => {
                let all = |names: &[String]| -> Vec<(String, Of)> {
                    [("基本支出".to_owned(), Of::Basic)]
                        .into_iter()
                        .chain(
                            names.iter().cloned().enumerate().map(|(at, n)| (n, Of::Project(at))),
                        )
                        .collect()
                };
                for (name, title, what) in [
                    ("追加", "预算追加情况表", What::Increase),
                    ("调减", "预算调减情况表", What::Decrease),
                    ("调整后", "调整后预算表", What::Adjusted),
                ] {
                    let header = vec![texts(["序号", "项目名称", "金额", "文号"])];
                    let sheet = self.start(packet, part, name, title, header);
                    for (at, (name, of)) in all(&names).into_iter().enumerate() {
                        sheet.rows.push(vec![
                            text(format!("{}", at + 1)),
                            text(name),
                            cell(what, of),
                            Cell::Blank,
                        ]);
                    }
                    sheet.rows.push(vec![
                        Cell::Blank,
                        text("合计"),
                        cell(what, Of::Whole),
                        Cell::Blank,
                    ]);
                }
            }
            // The total in the first row, each amount with its share of the whole.
            10 => {
                let header = vec![
                    texts(["预算项目", words[0], "<", words[1], words[2], words[3], "<"]),
                    texts(["^", "金额", "占比", "^", "^", "金额", "占比"]),
                ];
                let sheet = self.start(packet, part, "预算调整", title, header);
                let whole = figures.way(Of::Whole);
                let mut row = |name: &str, of: Of| {
                    let way = figures.way(of);
                    let share = |at: usize| {
                        let hundredths = (way[at] * 20_000 / whole[at] + 1) / 2;
                        text(format!("{}.{:02}%", hundredths / 100, hundredths % 100))
                    };
                    sheet.rows.push(vec![
                        text(name),
                        cell(What::Initial, of),
                        share(0),
                        cell(What::Increase, of),
                        cell(What::Decrease, of),
                        cell(What::Adjusted, of),
                        share(3),
                    ]);
                };
                row("合计", Of::Whole);
                row("基本支出", Of::Basic);
                row("其中：人员经费", Of::Staff);
                row("　　　公用经费", Of::Operating);
                row("项目支出", Of::Projects);
                for (at, name) in names.iter().enumerate() {
                    row(&format!("　　{name}"), Of::Project(at));
                }
            }
            // Last year's budget in front.
            11 => {
                let year = self.year;
                let mut header = vec![text("项目"), text(format!("{}年预算数", year - 1))];
                header.extend(words.map(|word| text(format!("{year}年{word}"))));
                let sheet = self.start(packet, part, "预算调整", title, vec![header]);
                let mut row = |name: &str, of: Of| {
                    let cells = stages.iter().map(|what| cell(*what, of));
                    let older = money(figures.older(of));
                    sheet.rows.push([text(name), older].into_iter().chain(cells).collect());
                };
                row("基本支出", Of::Basic);
                for (at, name) in names.iter().enumerate() {
                    row(name, Of::Project(at));
                }
                row("总计", Of::Whole);
            }
            // Full sentences.
            _ => {
                let header = vec![texts(["序号", "内容", "本年数"])];
                let sheet = self.start(packet, part, "预算调整", title, header);
                let year = self.year;
                let rows = [
                    (format!("{year}年年初部门预算批复"), What::Initial),
                    ("执行中追加预算（含上级转移支付）".to_owned(), What::Increase),
                    ("执行中调减、收回预算".to_owned(), What::Decrease),
                    (format!("{year}年调整后部门预算"), What::Adjusted),
                ];
                for (at, (name, what)) in rows.into_iter().enumerate() {
                    sheet.rows.push(vec![
                        text(format!("{}", at + 1)),
                        text(name),
                        cell(what, Of::Whole),
                    ]);
                }
            }
        }
    }

    fn execution(&mut self, packet: &mut Clerked) {
        let figures = self.figures;
        let cell = |what: What, of: Of| figures.cell(what, of);
        let names = self.names(2);
        let part = "执行";
        let title = self.pick(&[
            "部门预算执行情况表",
            "部门支出执行明细表",
            "预算支出执行表",
            "年度支出情况表",
        ]);
        let rate = |of: Of| {
            let way = figures.way(of);
            let hundredths = (way[4] * 20_000 / way[3] + 1) / 2;
            text(format!("{}.{:02}%", hundredths / 100, hundredths % 100))
        };
        match self.form("执行", 8) {
            0 => {
                let header = vec![texts([
                    "项目名称",
                    "年初预算数",
                    "调整预算数",
                    "支出数",
                    "执行率",
                    "结转结余",
                ])];
                let sheet = self.start(packet, part, "支出执行", title, header);
                let mut row = |name: &str, of: Of| {
                    sheet.rows.push(vec![
                        text(name),
                        cell(What::Initial, of),
                        cell(What::Adjusted, of),
                        cell(What::Spent, of),
                        rate(of),
                        cell(What::Left, of),
                    ]);
                };
                row("合计", Of::Whole);
                row("基本支出", Of::Basic);
                for (at, name) in names.iter().enumerate() {
                    row(name, Of::Project(at));
                }
            }
            1 => {
                let header = vec![
                    texts(["支出项目", "预算数", "<", "支出数", "<", "<", "年末结余"]),
                    texts(["^", "年初预算", "全年预算", "小计", "本级资金", "上级资金", "^"]),
                ];
                let sheet = self.start(packet, part, "支出执行", title, header);
                let mut row = |name: &str, of: Of, upper: i64| {
                    let spent = figures.way(of)[4];
                    sheet.rows.push(vec![
                        text(name),
                        cell(What::Initial, of),
                        cell(What::Adjusted, of),
                        cell(What::Spent, of),
                        money(spent - upper),
                        money(upper),
                        cell(What::Left, of),
                    ]);
                };
                row("一、基本支出", Of::Basic, 0);
                let upper: Vec<i64> = (0..6).map(|at| figures.projects[at][4] / 4).collect();
                row("二、项目支出", Of::Projects, upper.iter().sum());
                for (at, name) in names.iter().enumerate() {
                    row(&format!("　{name}"), Of::Project(at), upper[at]);
                }
                row("合计", Of::Whole, upper.iter().sum());
            }
            2 => {
                let amount = self.pick(&["决算数", "支出金额", "实际支出数", "金额"]);
                let title = self.pick(&["支出决算明细表", "部门支出明细表", "支出明细表"]);
                let header = vec![texts(["序号", "支出内容", amount, "备注"])];
                let sheet = self.start(packet, part, "支出明细", title, header);
                let mut number = 0;
                let mut row = |name: &str, of: Of| {
                    number += 1;
                    sheet.rows.push(vec![
                        text(format!("{number}")),
                        text(name),
                        cell(What::Spent, of),
                        Cell::Blank,
                    ]);
                };
                row("人员经费", Of::Staff);
                row("公用经费", Of::Operating);
                for (at, name) in names.iter().enumerate() {
                    row(name, Of::Project(at));
                }
                sheet.rows.push(vec![
                    Cell::Blank,
                    text("合计"),
                    cell(What::Spent, Of::Whole),
                    Cell::Blank,
                ]);
            }
            // By levels, as the payment system says it.
            3 => {
                let header = vec![texts(["项目", "指标金额", "已支付金额", "指标结余"])];
                let title = self.pick(&["预算指标执行情况表", "预算执行进度表"]);
                let sheet = self.start(packet, part, "指标执行", title, header);
                let mut row = |name: &str, of: Of| {
                    sheet.rows.push(vec![
                        text(name),
                        cell(What::Adjusted, of),
                        cell(What::Spent, of),
                        cell(What::Left, of),
                    ]);
                };
                row("一、基本支出", Of::Basic);
                row("（一）人员经费", Of::Staff);
                row("（二）公用经费", Of::Operating);
                row("二、项目支出", Of::Projects);
                for (at, name) in names.iter().enumerate() {
                    row(
                        &format!("（{}）{name}", ["一", "二", "三", "四", "五", "六"][at]),
                        Of::Project(at),
                    );
                }
                row("总计", Of::Whole);
            }
            // Quarters, and what the year came to.
            5 => {
                let all = self.pick(&["全年支出", "累计支出", "全年合计", "支出合计"]);
                let header =
                    vec![texts(["项目", "全年预算", "一季度", "二季度", "三季度", "四季度", all])];
                let title = self.pick(&["分季度支出情况表", "部门支出分季度执行表"]);
                let sheet = self.start(packet, part, "分季支出", title, header);
                let quarters = |value: i64| {
                    let third = value / 300 * 100;
                    [third / 2, third, third, value - third / 2 - 2 * third]
                };
                let of_all = |of: Of| -> [i64; 4] {
                    let parts: Vec<Of> = match of {
                        Of::Projects => (0..6).map(Of::Project).collect(),
                        Of::Whole => {
                            [Of::Basic].into_iter().chain((0..6).map(Of::Project)).collect()
                        }
                        of => vec![of],
                    };
                    parts
                        .into_iter()
                        .map(|of| quarters(figures.way(of)[4]))
                        .fold([0; 4], |sum, one| std::array::from_fn(|at| sum[at] + one[at]))
                };
                let mut row = |name: &str, of: Of| {
                    let cells = of_all(of).map(money);
                    sheet.rows.push(
                        [text(name), cell(What::Adjusted, of)]
                            .into_iter()
                            .chain(cells)
                            .chain([cell(What::Spent, of)])
                            .collect(),
                    );
                };
                row("合计", Of::Whole);
                row("一、基本支出", Of::Basic);
                row("二、项目支出", Of::Projects);
                for (at, name) in names.iter().enumerate() {
                    row(&format!("{}.{name}", at + 1), Of::Project(at));
                }
            }
            // Last year's expenditure, the change and its rate beside.
            6 => {
                let year = self.year;
                let header = vec![vec![
                    text("支出项目"),
                    text(format!("{}年决算数", year - 1)),
                    text(format!("{year}年决算数")),
                    text("增减额"),
                    text("增减%"),
                ]];
                let title = self.pick(&["支出决算对比表", "部门支出决算情况表"]);
                let sheet = self.start(packet, part, "支出决算", title, header);
                let mut row = |name: &str, of: Of, before: i64| {
                    let now = figures.way(of)[4];
                    let rate = |more: i64| (more.abs() * 20_000 / before + 1) / 2 * more.signum();
                    let hundredths = if before == 0 { 0 } else { rate(now - before) };
                    let sign = if hundredths < 0 { "-" } else { "" };
                    let (whole, rest) = (hundredths.abs() / 100, hundredths.abs() % 100);
                    sheet.rows.push(vec![
                        text(name),
                        money(before),
                        cell(What::Spent, of),
                        money(now - before),
                        if before == 0 {
                            text("——")
                        } else {
                            text(format!("{sign}{whole}.{rest:02}%"))
                        },
                    ]);
                };
                let before = |of: Of| figures.way(of)[4] / 1000 * 900;
                let mut sum = before(Of::Staff) + before(Of::Operating);
                row("人员经费", Of::Staff, before(Of::Staff));
                row("公用经费", Of::Operating, before(Of::Operating));
                for (at, name) in names.iter().enumerate() {
                    sum += before(Of::Project(at));
                    row(name, Of::Project(at), before(Of::Project(at)));
                }
                row("支出合计", Of::Whole, sum);
            }
            // Things side by side, stages below each other.
            7 => {
                let mut header = texts(["指标", "合计", "基本支出"]);
                header.extend(names.iter().map(|name| text(&**name)));
                self.start(packet, part, "支出执行", title, vec![header]);
                let spent = self.pick(&["实际支出", "本年支出数", "支付数", "实际执行数"]);
                let left = self.pick(&["年末结余", "未支出数", "剩余指标", "结转下年"]);
                for (word, what) in
                    [("调整后预算", What::Adjusted), (spent, What::Spent), (left, What::Left)]
                {
                    let all = [Of::Whole, Of::Basic].into_iter().chain((0..6).map(Of::Project));
                    let sheet = packet.sheets.last_mut().expect("just started");
                    sheet.rows.push(
                        [text(word)].into_iter().chain(all.map(|of| cell(what, of))).collect(),
                    );
                }
            }
            // Money of the house and money from above apart.
            _ => {
                for (odd, name, title) in [
                    (0, "本级支出", "本级资金支出明细表"),
                    (1, "上级支出", "上级专项资金支出明细表"),
                ] {
                    let header = vec![texts(["序号", "项目名称", "支出金额"])];
                    let sheet = self.start(packet, part, name, title, header);
                    let mut sum = 0;
                    let mut number = 0;
                    let mut row = |name: &str, of: Of| {
                        number += 1;
                        sum += figures.way(of)[4];
                        sheet.rows.push(vec![
                            text(format!("{number}")),
                            text(name),
                            cell(What::Spent, of),
                        ]);
                    };
                    if odd == 0 {
                        row("人员经费", Of::Staff);
                        row("公用经费", Of::Operating);
                    }
                    for (at, name) in names.iter().enumerate().filter(|(at, _)| at % 2 == odd) {
                        row(name, Of::Project(at));
                    }
                    sheet.rows.push(vec![Cell::Blank, text("合计"), money(sum)]);
                }
            }
        }
    }

    fn evaluation(&mut self, packet: &mut Clerked) {
        let figures = self.figures;
        let cell = |what: What, of: Of| figures.cell(what, of);
        let names = self.names(3);
        let part = "绩效";
        let rate = |of: Of| {
            let way = figures.way(of);
            let hundredths = (way[4] * 20_000 / way[3] + 1) / 2;
            text(format!("{}.{:02}%", hundredths / 100, hundredths % 100))
        };
        let stages = [What::Initial, What::Adjusted, What::Spent];
        match self.form("绩效", 6) {
            0 => {
                for at in [1, 3] {
                    let header = vec![
                        texts(["项目名称", &names[at], "<", "<", "<", "<"]),
                        texts(["主管部门", self.house.name, "<", "实施单位", self.house.name, "<"]),
                        texts(["资金情况", "", "年初预算数", "全年预算数", "全年执行数", "执行率"]),
                    ];
                    let name = ["", "自评表一", "", "自评表二"][at];
                    let sheet = self.start(packet, part, name, "项目支出绩效自评表", header);
                    let of = Of::Project(at);
                    let row = |word: &str, cells: Vec<Cell>, rate: Cell| -> Vec<Cell> {
                        [text("^"), text(word)].into_iter().chain(cells).chain([rate]).collect()
                    };
                    let stated = stages.map(|what| cell(what, of)).to_vec();
                    sheet.rows.push(row("年度资金总额", stated, rate(of)));
                    let way = figures.way(of);
                    let plain = vec![money(way[0]), money(way[3]), money(way[4])];
                    sheet.rows.push(row("其中：当年财政拨款", plain, Cell::Blank));
                    let none = vec![money(0), money(0), money(0)];
                    sheet.rows.push(row("上年结转资金", none.clone(), Cell::Blank));
                    sheet.rows.push(row("其他资金", none, Cell::Blank));
                }
            }
            1 => {
                let header = vec![texts([
                    "序号",
                    "项目名称",
                    "全年预算数（A）",
                    "全年执行数（B）",
                    "执行率（B/A）",
                    "自评得分",
                ])];
                let title = self.pick(&["项目支出绩效自评结果汇总表", "项目绩效自评情况汇总表"]);
                let sheet = self.start(packet, part, "自评汇总", title, header);
                for (at, name) in names.iter().enumerate() {
                    let of = Of::Project(at);
                    sheet.rows.push(vec![
                        text(format!("{}", at + 1)),
                        text(&**name),
                        cell(What::Adjusted, of),
                        cell(What::Spent, of),
                        rate(of),
                        text(format!("'{}", 86 + at * 2)),
                    ]);
                }
                sheet.rows.push(vec![
                    text("合计"),
                    text("<"),
                    cell(What::Adjusted, Of::Projects),
                    cell(What::Spent, Of::Projects),
                    rate(Of::Projects),
                    Cell::Blank,
                ]);
            }
            2 => {
                let header =
                    vec![texts(["资金构成", "年初预算数", "全年预算数", "全年执行数", "执行率"])];
                let sheet = self.start(packet, part, "整体自评", "部门整体支出绩效自评表", header);
                let mut row = |name: &str, of: Of| {
                    let cells = stages.iter().map(|what| cell(*what, of));
                    sheet
                        .rows
                        .push([text(name)].into_iter().chain(cells).chain([rate(of)]).collect());
                };
                row("年度资金总额", Of::Whole);
                row("其中：基本支出", Of::Basic);
                row("　　　项目支出", Of::Projects);
            }
            // Money of each project with its sources, wide.
            4 => {
                let header = vec![
                    texts(["序号", "项目名称", "预算资金", "<", "<", "实际支出", "<", "<", "等级"]),
                    texts(["^", "^", "小计", "财政拨款", "其他", "小计", "财政拨款", "其他", "^"]),
                ];
                let title = self.pick(&["项目绩效评价情况汇总表", "项目支出绩效自评汇总表"]);
                let sheet = self.start(packet, part, "绩效汇总", title, header);
                sheet.rows.push(
                    [text("合计"), text("<"), cell(What::Adjusted, Of::Projects)]
                        .into_iter()
                        .chain([money(figures.way(Of::Projects)[3]), money(0)])
                        .chain([cell(What::Spent, Of::Projects)])
                        .chain([money(figures.way(Of::Projects)[4]), money(0), Cell::Blank])
                        .collect(),
                );
                for (at, name) in names.iter().enumerate() {
                    let (of, way) = (Of::Project(at), figures.projects[at]);
                    sheet.rows.push(vec![
                        text(format!("{}", at + 1)),
                        text(&**name),
                        cell(What::Adjusted, of),
                        money(way[3]),
                        money(0),
                        cell(What::Spent, of),
                        money(way[4]),
                        money(0),
                        text("优"),
                    ]);
                }
            }
            // A form that states its money in two cells.
            5 => {
                for at in [0, 4] {
                    let header = vec![texts(["项目名称", &names[at], "<", "<"])];
                    let name = if at == 0 { "绩效表一" } else { "绩效表二" };
                    let sheet = self.start(packet, part, name, "项目绩效自评表", header);
                    let of = Of::Project(at);
                    sheet.rows.push(vec![
                        text("项目预算（调整后）"),
                        cell(What::Adjusted, of),
                        text("实际支出"),
                        cell(What::Spent, of),
                    ]);
                    sheet.rows.push(vec![
                        text("预算执行率"),
                        rate(of),
                        text("自评等级"),
                        text("优"),
                    ]);
                }
            }
            // Projects and what they were to do, one below the other.
            _ => {
                let header = vec![texts(["项目名称", "预算安排", "实际完成", "自评得分"])];
                let title = "重点项目绩效情况表";
                let sheet = self.start(packet, part, "重点项目", title, header);
                for at in [0, 2, 4] {
                    sheet.rows.push(vec![
                        text(&*names[at]),
                        cell(What::Adjusted, Of::Project(at)),
                        cell(What::Spent, Of::Project(at)),
                        text("'90"),
                    ]);
                }
            }
        }
    }

    fn assets(&mut self, packet: &mut Clerked) {
        const CLASSES: [&str; 5] =
            ["房屋及构筑物", "通用设备", "专用设备", "图书档案", "家具、用具"];
        let figures = self.figures;
        let form = self.form("资产", 3);
        if form == 0 {
            return;
        }
        let worn = |value: i64, at: usize| value / (3 + at as i64);
        let header = vec![texts(["资产类别", "数量", "账面原值", "累计折旧", "账面净值"])];
        let title = self.pick(&["固定资产情况表", "国有资产存量情况表", "资产情况统计表"]);
        let sheet = self.start(packet, "资产", "资产情况", title, header);
        let (mut all, mut count) = (0, 0);
        for (at, class) in CLASSES.into_iter().enumerate() {
            let value = figures.assets[at];
            all += worn(value, at);
            count += 7 * at + 2;
            sheet.rows.push(vec![
                text(class),
                text(format!("{}", 7 * at + 2)),
                figures.cell(What::Asset, Of::Class(at)),
                money(worn(value, at)),
                money(value - worn(value, at)),
            ]);
        }
        let whole: i64 = figures.assets.iter().sum();
        sheet.rows.push(vec![
            text("合计"),
            text(format!("{count}")),
            figures.cell(What::Asset, Of::Whole),
            money(all),
            money(whole - all),
        ]);
        if form == 1 {
            let header = vec![texts(["资产类别", "年初数", "本年增加", "本年减少", "年末数"])];
            let sheet =
                self.start(packet, "资产", "资产变动", "固定资产增减变动表（原值）", header);
            let mut sums = [0; 3];
            for (at, class) in CLASSES.into_iter().enumerate() {
                let value = figures.assets[at];
                let (up, down) = (value / 5, value / 40);
                for (sum, one) in sums.iter_mut().zip([value - up + down, up, down]) {
                    *sum += one;
                }
                sheet.rows.push(vec![
                    text(class),
                    money(value - up + down),
                    money(up),
                    money(down),
                    figures.cell(What::Asset, Of::Class(at)),
                ]);
            }
            sheet.rows.push(vec![
                text("合计"),
                money(sums[0]),
                money(sums[1]),
                money(sums[2]),
                figures.cell(What::Asset, Of::Whole),
            ]);
        } else {
            let header = vec![texts(["资产", "年初余额", "期末余额"])];
            let sheet = self.start(packet, "资产", "资产负债", "资产负债表（部分）", header);
            let mut row = |name: &str, opening: i64, value: Cell| {
                sheet.rows.push(vec![text(name), money(opening), value]);
            };
            row("货币资金", 0, money(0));
            row("固定资产原值", whole - whole / 7, figures.cell(What::Asset, Of::Whole));
            row("减：固定资产累计折旧", all - all / 9, money(all));
            row("固定资产净值", whole - whole / 7 - all + all / 9, money(whole - all));
        }
    }

    /// What was paid, one line a payment.
    fn payments(&mut self, packet: &mut Clerked) {
        if self.form("支付", 3) != 0 {
            return;
        }
        let (figures, year) = (self.figures, self.year);
        let names = self.names(2);
        let header = vec![texts(["支付日期", "项目名称", "收款单位", "用途", "支付金额"])];
        let sheet = self.start(packet, "支付", "支付明细", "国库集中支付明细表", header);
        let mut lines: Vec<(usize, usize)> = Vec::new();
        let mut all = 0;
        for round in 0..2 {
            for at in [1, 0, 3, 2] {
                let spent = figures.projects[at][4];
                let first = spent / 1_000_000 * 400_000;
                let value = if round == 0 { first } else { spent - first };
                if value == 0 {
                    continue;
                }
                all += value;
                lines.push((at, sheet.rows.len()));
                sheet.rows.push(vec![
                    text(format!("{}-{:02}-{:02}", year, 3 + round * 5, 5 + at * 3)),
                    text(&*names[at]),
                    text(["甲建设有限公司", "乙商贸有限公司", "丙服务中心", "丁科技有限公司"][at]),
                    text(["工程款", "货款", "服务费", "设备款"][at]),
                    money(value),
                ]);
            }
        }
        sheet.rows.push(vec![text("合计"), Cell::Blank, Cell::Blank, Cell::Blank, money(all)]);
        let sheet = packet.sheets.len() - 1;
        for project in 0..4 {
            let own: Vec<_> = lines
                .iter()
                .filter(|(at, _)| *at == project)
                .map(|(_, row)| (sheet, *row, 4))
                .collect();
            packet.payments.push((project, own));
        }
    }
}
