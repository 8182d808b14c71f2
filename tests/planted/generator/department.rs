//! A department's money, so that the tables of one workbook agree with each other.

use gouji::number::Decimal;

use super::rng::Rng;

/// A functional item: 类, 款, 项 with their names, and what is spent on it.
#[derive(Clone, Debug)]
pub struct Function {
    /// Codes of 类, 款, 项.
    pub codes: [&'static str; 3],
    /// Their names.
    pub names: [&'static str; 3],
    /// 基本支出
    pub basic: Decimal,
    /// 项目支出
    pub project: Decimal,
}

/// An economic item of the basic expenditure.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its code (30101).
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its amount at the beginning of the year.
    pub initial: Decimal,
}

/// A project.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its name.
    pub name: &'static str,
    /// 年初预算
    pub initial: Decimal,
    /// 追加, of the own level and of the upper one.
    pub added: [Decimal; 2],
    /// 追减
    pub cut: Decimal,
    /// 支出
    pub paid: Decimal,
}

/// Everything.
#[derive(Clone, Debug)]
pub struct Department {
    /// Its name.
    pub name: &'static str,
    /// The year.
    pub year: usize,
    /// 万元 or 元.
    pub unit: &'static str,
    /// Printed decimals of money.
    pub decimals: u32,
    /// Amounts carry digits that are not printed, so that sums round.
    pub rounded: bool,
    /// By function.
    pub functions: Vec<Function>,
    /// Basic expenditure by economic item.
    pub items: Vec<Item>,
    /// Projects.
    pub projects: Vec<Project>,
}

const NAMES: &[&str] = &[
    "某市住房和城乡建设局",
    "清河县教育局",
    "永安区民政局",
    "市档案馆",
    "东山镇人民政府",
    "临江市自然资源局",
    "省地质调查院",
    "新城区卫生健康委员会",
    "白水县水利局",
    "市公共资源交易中心",
];

const FUNCTIONS: &[([&str; 3], [&str; 3])] = &[
    (["201", "20101", "2010101"], ["一般公共服务支出", "人大事务", "行政运行"]),
    (["201", "20101", "2010102"], ["一般公共服务支出", "人大事务", "一般行政管理事务"]),
    (
        ["201", "20103", "2010301"],
        ["一般公共服务支出", "政府办公厅（室）及相关机构事务", "行政运行"],
    ),
    (
        ["201", "20103", "2010399"],
        [
            "一般公共服务支出",
            "政府办公厅（室）及相关机构事务",
            "其他政府办公厅（室）及相关机构事务支出",
        ],
    ),
    (["205", "20502", "2050202"], ["教育支出", "普通教育", "小学教育"]),
    (["205", "20502", "2050203"], ["教育支出", "普通教育", "初中教育"]),
    (["205", "20508", "2050803"], ["教育支出", "进修及培训", "培训支出"]),
    (
        ["208", "20805", "2080505"],
        ["社会保障和就业支出", "行政事业单位养老支出", "机关事业单位基本养老保险缴费支出"],
    ),
    (
        ["208", "20805", "2080506"],
        ["社会保障和就业支出", "行政事业单位养老支出", "机关事业单位职业年金缴费支出"],
    ),
    (["208", "20808", "2080801"], ["社会保障和就业支出", "抚恤", "死亡抚恤"]),
    (["210", "21011", "2101101"], ["卫生健康支出", "行政事业单位医疗", "行政单位医疗"]),
    (["210", "21011", "2101102"], ["卫生健康支出", "行政事业单位医疗", "事业单位医疗"]),
    (["212", "21201", "2120101"], ["城乡社区支出", "城乡社区管理事务", "行政运行"]),
    (["212", "21203", "2120303"], ["城乡社区支出", "城乡社区公共设施", "小城镇基础设施建设"]),
    (["213", "21303", "2130305"], ["农林水支出", "水利", "水利工程建设"]),
    (["213", "21303", "2130306"], ["农林水支出", "水利", "水利工程运行与维护"]),
    (["221", "22101", "2210103"], ["住房保障支出", "保障性安居工程支出", "棚户区改造"]),
    (["221", "22102", "2210201"], ["住房保障支出", "住房改革支出", "住房公积金"]),
    (["221", "22102", "2210203"], ["住房保障支出", "住房改革支出", "购房补贴"]),
    (["224", "22401", "2240106"], ["灾害防治及应急管理支出", "应急管理事务", "安全监管"]),
];

const ITEMS: &[(&str, &str)] = &[
    ("30101", "基本工资"),
    ("30102", "津贴补贴"),
    ("30103", "奖金"),
    ("30107", "绩效工资"),
    ("30108", "机关事业单位基本养老保险缴费"),
    ("30109", "职业年金缴费"),
    ("30110", "职工基本医疗保险缴费"),
    ("30112", "其他社会保障缴费"),
    ("30113", "住房公积金"),
    ("30199", "其他工资福利支出"),
    ("30201", "办公费"),
    ("30202", "印刷费"),
    ("30205", "水费"),
    ("30206", "电费"),
    ("30207", "邮电费"),
    ("30208", "取暖费"),
    ("30209", "物业管理费"),
    ("30211", "差旅费"),
    ("30213", "维修（护）费"),
    ("30216", "培训费"),
    ("30217", "公务接待费"),
    ("30226", "劳务费"),
    ("30228", "工会经费"),
    ("30229", "福利费"),
    ("30231", "公务用车运行维护费"),
    ("30239", "其他交通费用"),
    ("30299", "其他商品和服务支出"),
    ("30301", "离休费"),
    ("30302", "退休费"),
    ("30305", "生活补助"),
    ("30309", "奖励金"),
    ("31002", "办公设备购置"),
    ("31007", "信息网络及软件购置更新"),
];

/// Names of the classes of economic items.
pub const CLASSES: &[(&str, &str)] = &[
    ("301", "工资福利支出"),
    ("302", "商品和服务支出"),
    ("303", "对个人和家庭的补助"),
    ("310", "资本性支出"),
];

const PROJECTS: &[&str] = &[
    "信息网络维护",
    "老旧小区改造",
    "公共租赁住房维修",
    "供热锅炉脱硫脱硝",
    "延期供热补贴",
    "农村危房改造",
    "城市道路养护",
    "污水处理厂运行",
    "路灯电费",
    "中小学校舍维修",
    "义务教育公用经费",
    "困难群众救助",
    "高标准农田建设",
    "河道清淤整治",
    "防汛物资购置",
    "档案数字化",
    "不动产登记系统建设",
    "土地调查",
    "公立医院综合改革补助",
    "疫情防控物资",
    "安全生产监管",
    "执法装备购置",
    "人才引进经费",
    "专项债券利息",
    "垃圾分类试点",
    "园林绿化养护",
    "历史遗留矿山修复",
    "监控设备更新",
    "棚户区改造二期",
    "社区服务用房购置",
];

/// A plausible amount in the smallest kept digits: mostly ragged, sometimes round.
pub fn amount(rng: &mut Rng, decimals: u32, digits: (usize, usize)) -> Decimal {
    let length = rng.between(digits.0, digits.1) as u32;
    let low = 10_u64.pow(length - 1);
    let whole = low + rng.next() % (low * 9);
    if rng.chance(18) {
        return Decimal::from(if length > 2 && rng.chance(50) { whole / 10 * 10 } else { whole });
    }
    let scale = 10_u64.pow(decimals);
    Decimal::new((whole * scale + rng.next() % scale) as i64, decimals)
}

/// Cuts an amount into parts of at least nothing that add up to it.
pub fn cut(rng: &mut Rng, whole: Decimal, parts: usize, decimals: u32) -> Vec<Decimal> {
    let scale = Decimal::from(10_u64.pow(decimals));
    let units: u64 = (whole * scale).trunc().try_into().unwrap_or(0);
    let mut cuts: Vec<u64> = (1..parts).map(|_| rng.next() % (units + 1)).collect();
    cuts.push(0);
    cuts.push(units);
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| Decimal::new((pair[1] - pair[0]) as i64, decimals)).collect()
}

impl Department {
    /// A department of any size.
    pub fn random(rng: &mut Rng) -> Self {
        let yuan = rng.chance(20);
        let rounded = !yuan && rng.chance(15);
        let decimals = if !yuan && rng.chance(8) { 0 } else { 2 };
        let kept = if rounded { decimals + 4 } else { decimals };
        let digits = if yuan {
            (3, 7)
        } else if decimals == 0 {
            (2, 6)
        } else {
            (1, 4)
        };
        let money = |rng: &mut Rng| amount(rng, kept, digits);
        let count = rng.between(6, 18);
        let items: Vec<Item> = rng
            .sample(ITEMS, count)
            .into_iter()
            .map(|(code, name)| Item { code, name, initial: money(rng) })
            .collect();
        let count = rng.between(3, 14);
        let projects: Vec<Project> = rng
            .sample(PROJECTS, count)
            .into_iter()
            .map(|name| {
                let initial = if rng.chance(20) { Decimal::ZERO } else { money(rng) };
                let mut some = |odds| if rng.chance(odds) { money(rng) } else { Decimal::ZERO };
                let mut added = [some(50), some(35)];
                if initial.is_zero() && added[0].is_zero() {
                    added[0] = money(rng);
                }
                let parts = cut(rng, initial, 3, kept);
                let cut_off = if rng.chance(25) { parts[0] } else { Decimal::ZERO };
                let adjusted = initial + added[0] + added[1] - cut_off;
                let rest = cut(rng, adjusted, 4, kept)[0];
                let paid = if rng.chance(40) { adjusted } else { adjusted - rest };
                Project { name, initial, added, cut: cut_off, paid }
            })
            .collect();
        let count = rng.between(3, 12);
        let mut functions: Vec<Function> = rng
            .sample(FUNCTIONS, count)
            .into_iter()
            .map(|(codes, names)| Function {
                codes,
                names,
                basic: Decimal::ZERO,
                project: Decimal::ZERO,
            })
            .collect();
        let basic: Decimal = items.iter().map(|item| item.initial).sum();
        for (at, part) in cut(rng, basic, functions.len(), kept).into_iter().enumerate() {
            functions[at].basic = part;
        }
        for project in &projects {
            let at = rng.below(functions.len());
            functions[at].project += project.initial;
        }
        Self {
            name: rng.pick(NAMES),
            year: rng.between(2019, 2024),
            unit: if yuan { "元" } else { "万元" },
            decimals,
            rounded,
            functions,
            items,
            projects,
        }
    }

    /// Decimals that amounts carry.
    pub fn kept(&self) -> u32 {
        self.decimals + if self.rounded { 4 } else { 0 }
    }

    /// An amount that fits beside the department's others.
    pub fn money(&self, rng: &mut Rng) -> Decimal {
        let digits = if self.unit == "元" {
            (3, 7)
        } else if self.decimals == 0 {
            (2, 6)
        } else {
            (1, 4)
        };
        amount(rng, self.kept(), digits)
    }
}
