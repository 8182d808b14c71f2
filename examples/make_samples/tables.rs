//! The tables, figure by figure as the report prints them.

/// How a number shows.
#[derive(Clone, Copy)]
pub(crate) enum Look {
    /// As typed.
    General,
    /// 14,534.54
    Money,
    /// 87%
    Percent,
    /// 62.7%
    PercentOne,
}

/// What a cell holds.
#[derive(Clone, Copy)]
pub(crate) enum Cell {
    Blank,
    Text(&'static str),
    /// A number as typed; percentages as fractions.
    Number(&'static str, Look),
    /// A total by formula: the number of rows above it that it adds, and what that gives.
    Sum(u32, &'static str, Look),
}

/// What a row is, which decides its looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    Item,
    Total,
}

/// A header cell that covers several: text, row, column, last row, last column, from the header's corner.
pub(crate) type Header = (&'static str, u16, u16, u16, u16);

/// One table as a clerk lays it out: title, unit line, header, rows, a line for signatures.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) sheet: &'static str,
    /// Empty where the table goes on below the one before.
    pub(crate) title: &'static str,
    pub(crate) header: Vec<Header>,
    pub(crate) widths: Vec<u16>,
    pub(crate) rows: Vec<(Row, Vec<Cell>)>,
    /// Cells of the first column merged downwards: first and last row, from the first data row.
    pub(crate) merges: Vec<(u32, u32)>,
    pub(crate) signed: bool,
    /// Its figures are money, so that a unit line stands above it.
    pub(crate) money: bool,
}

pub(crate) const ENTITY: &str = "伊金霍洛旗住房保障综合服务中心";
pub(crate) const ENTITY_LINE: &str = "编制单位：伊金霍洛旗住房保障综合服务中心";
pub(crate) const UNIT_LINE: &str = "单位：万元";
pub(crate) const SIGNATURES: &str = "单位负责人：　　　　　　财务负责人：　　　　　　填表人：";

/// The files of the packet: name without suffix, tables.
pub(crate) fn files() -> Vec<(&'static str, Vec<Table>)> {
    vec![
        ("支出预算", vec![shares(), basic(), projects()]),
        ("预算调整", vec![adjustment()]),
        ("支出明细", expenditure()),
        ("固定资产情况表", vec![assets()]),
        ("绩效目标分解表", vec![targets()]),
    ]
}

fn header(words: &[&'static str]) -> Vec<Header> {
    words.iter().zip(0..).map(|(word, column)| (*word, 0, column, 0, column)).collect()
}

fn shares() -> Table {
    let row = |name, amount, share, look| {
        vec![Cell::Text(name), Cell::Number(amount, Look::Money), Cell::Number(share, look)]
    };
    Table {
        sheet: "预算安排",
        title: "2022年度部门预算安排情况表",
        header: header(&["项目", "预算金额", "占比"]),
        widths: vec![36, 18, 14],
        rows: vec![
            (Row::Item, row("一般公共预算拨款", "5706.39", "1", Look::Percent)),
            (Row::Item, row("其中：基本支出", "1304.39", "0.228", Look::PercentOne)),
            (Row::Item, row("　　　项目支出", "4402", "0.772", Look::PercentOne)),
            (Row::Total, row("合计", "5706.39", "1", Look::Percent)),
        ],
        merges: vec![],
        signed: true,
        money: true,
    }
}

fn basic() -> Table {
    let items = [
        ("其他社会保障缴费", "11"),
        ("机关事业单位基本养老保险缴费", "127.47"),
        ("职工基本医疗保险缴费", "51.11"),
        ("其他资本性支出", "2.52"),
        ("住房公积金", "96.8"),
        ("津贴补贴", "188.71"),
        ("差旅费", "6.76"),
        ("福利费", "19.19"),
        ("工会经费", "18.39"),
        ("基本工资", "362.16"),
        ("绩效工资", "372.63"),
        ("印刷费", "5"),
        ("水费", "0.8"),
        ("培训费", "5"),
        ("公务接待费", "0.8"),
        ("劳务费", "13.05"),
        ("公务用车运行维护费", "18"),
        ("办公设备购置", "5"),
    ];
    let mut rows: Vec<(Row, Vec<Cell>)> = items
        .iter()
        .map(|(name, value)| {
            (Row::Item, vec![Cell::Text(name), Cell::Number(value, Look::General)])
        })
        .collect();
    rows.push((Row::Total, vec![Cell::Text("合计"), Cell::Number("1304.39", Look::General)]));
    Table {
        sheet: "基本支出",
        title: "2022年度部门支出预算安排情况（基本支出）",
        header: header(&["科目名称", "基本支出"]),
        widths: vec![44, 24],
        rows,
        merges: vec![],
        signed: true,
        money: true,
    }
}

fn projects() -> Table {
    let mut rows: Vec<(Row, Vec<Cell>)> = [
        ("公共租赁住房维修", "200"),
        ("供热锅炉脱硫脱硝除尘技术改造及供热防尘治理", "1952"),
        ("延期供热补贴", "2250"),
    ]
    .iter()
    .map(|(name, value)| {
        (Row::Item, vec![Cell::Text(name), Cell::Text(ENTITY), Cell::Number(value, Look::Money)])
    })
    .collect();
    rows.push((
        Row::Total,
        vec![Cell::Text("合计"), Cell::Blank, Cell::Sum(3, "4402", Look::Money)],
    ));
    Table {
        sheet: "项目支出",
        title: "2022年度部门支出预算安排情况（项目支出）",
        header: header(&["项目名称", "项目单位", "合计"]),
        widths: vec![48, 34, 16],
        rows,
        merges: vec![],
        signed: true,
        money: true,
    }
}

fn adjustment() -> Table {
    let row = |name, amount, note| {
        vec![Cell::Text(name), Cell::Number(amount, Look::Money), Cell::Text(note)]
    };
    Table {
        sheet: "预算调整",
        title: "2022年度部门预算调整情况表",
        header: header(&["项目", "金额", "调整事由"]),
        widths: vec![30, 16, 66],
        rows: vec![
            (
                Row::Item,
                vec![Cell::Text("年初预算"), Cell::Number("5706.39", Look::Money), Cell::Blank],
            ),
            (
                Row::Item,
                vec![Cell::Text("年中调增"), Cell::Number("20320.85", Look::Money), Cell::Blank],
            ),
            (
                Row::Item,
                row(
                    "其中：本级财政资金",
                    "8540.19",
                    "公共租赁住房维修、2019年老旧小区基础设施配套改造、公共租赁住房物业费及供暖费、2022年创城小区改造、步梯增装电梯、2021年创城小区零星维修、品质小区改造、2021年老旧小区基础设施配套改造、红海子廉租、柳沟经济适用房B区等项目",
                ),
            ),
            (
                Row::Item,
                row(
                    "　　　上级专项资金",
                    "11492.7",
                    "江苏工业园区、步梯增装电梯、2019年老旧小区基础设施配套改造、2022年老旧小区基础设施配套改造工程、供热补贴项目",
                ),
            ),
            (Row::Item, row("　　　本级人员预算", "287.96", "基础绩效及年度考核奖")),
            (
                Row::Total,
                vec![Cell::Text("调整后预算"), Cell::Number("26027.24", Look::Money), Cell::Blank],
            ),
        ],
        merges: vec![],
        signed: true,
        money: true,
    }
}

fn numbered(
    items: &[(&'static str, &'static str, &'static str)],
    total: &'static str,
) -> Vec<(Row, Vec<Cell>)> {
    let mut rows: Vec<(Row, Vec<Cell>)> = items
        .iter()
        .map(|(serial, name, amount)| {
            (
                Row::Item,
                vec![
                    Cell::Number(serial, Look::General),
                    Cell::Text(name),
                    Cell::Number(amount, Look::Money),
                ],
            )
        })
        .collect();
    rows.push((
        Row::Total,
        vec![Cell::Text("合计"), Cell::Blank, Cell::Sum(items.len() as u32, total, Look::Money)],
    ));
    rows
}

fn expenditure() -> Vec<Table> {
    let local = numbered(
        &[
            ("1", "公共租赁住房维修", "25.62"),
            ("2", "2019年老旧小区基础设施配套改造", "4.38"),
            ("3", "公共租赁住房物业费及供暖费", "71.31"),
            ("4", "信息网络维护", "30"),
            ("5", "脱硫脱硝项目", "1952"),
            ("6", "2022年创城小区改造", "50"),
            ("7", "保障性住房债券利息", "531"),
            ("8", "2022年公租房维修", "200"),
            ("9", "供热补贴", "2250"),
            ("10", "阿康物流园区", "224.32"),
            ("11", "公共租赁住房维修", "374.38"),
            ("12", "步梯增装电梯", "700"),
            ("13", "2021年创城小区零星维修", "300"),
            ("14", "品质小区改造", "29.94"),
            ("15", "2021年老旧小区基础设施配套改造", "631.91"),
            ("16", "红海子廉租", "1"),
            ("17", "2019年老旧小区基础设施配套改造", "216.33"),
            ("18", "柳沟经适房B区", "350"),
            ("19", "柳沟经济适用房B区", "5000"),
            ("20", "人员经费", "1493.54"),
            ("21", "公用经费", "98.81"),
        ],
        "14534.54",
    );
    let superior = numbered(
        &[
            ("1", "江苏工业园区", "420"),
            ("2", "步梯增装电梯", "100"),
            ("3", "2019年老旧小区基础设施配套改造", "1.84"),
            ("4", "2022年老旧小区基础设施配套改造工程", "8000"),
            ("5", "供热补贴", "2830.86"),
            ("6", "步梯增装电梯", "140"),
        ],
        "11492.7",
    );
    let widths = vec![9, 48, 18];
    vec![
        Table {
            sheet: "支出明细",
            title: "2022年度支出明细表",
            header: header(&["序号", "本级财政资金支出", "支出数"]),
            widths: widths.clone(),
            rows: local,
            merges: vec![],
            signed: false,
            money: true,
        },
        Table {
            sheet: "支出明细",
            title: "",
            header: header(&["序号", "上级专项资金支出", "支出数"]),
            widths,
            rows: superior,
            merges: vec![],
            signed: true,
            money: true,
        },
    ]
}

fn assets() -> Table {
    use Look::{General as G, Percent, PercentOne};
    const NONE: Cell = Cell::Text("——");
    let n = Cell::Number;
    let rows: Vec<(Row, &'static str, [Cell; 4])> = vec![
        (Row::Total, "合计", [NONE, n("358.78", G), n("312.15", G), n("0.87", Percent)]),
        (Row::Item, "（一）土地、房屋及构筑物", [NONE; 4]),
        (Row::Item, "其中：1.土地（平方米）", [NONE; 4]),
        (Row::Item, "　　　2.房屋（平方米）", [NONE; 4]),
        (Row::Item, "　　　　办公用房", [NONE; 4]),
        (Row::Item, "　　　　其中：本单位实际使用办公室用房", [NONE; 4]),
        (Row::Item, "　　　　业务用房", [NONE; 4]),
        (Row::Item, "　　　　其他用房", [NONE; 4]),
        (
            Row::Item,
            "（二）通用设备（个、台、辆等）",
            [n("10", G), n("125.03", G), n("78.4", G), n("0.627", PercentOne)],
        ),
        (
            Row::Item,
            "其中：1.车辆",
            [n("10", G), n("125.03", G), n("78.4", G), n("0.627", PercentOne)],
        ),
        (Row::Item, "　　　2.单价50万元（含）以上（不含车辆）", [n("0", G), NONE, NONE, NONE]),
        (Row::Item, "（三）专用设备（个、台等）", [n("0", G), NONE, NONE, NONE]),
        (Row::Item, "其中：单价100万元（含）以上", [n("0", G), NONE, NONE, NONE]),
        (Row::Item, "（四）文物和陈列品（个、件等）", [NONE; 4]),
        (Row::Item, "其中：文物", [NONE; 4]),
        (
            Row::Item,
            "（五）无形资产",
            [n("26", G), n("138.18", G), n("138.18", G), n("1", Percent)],
        ),
        (
            Row::Item,
            "（六）家具、用具、装具及动植物（个、套等）",
            [n("646", G), n("164.66", G), n("164.66", G), n("1", Percent)],
        ),
    ];
    Table {
        sheet: "固定资产情况表",
        title: "2022年度固定资产情况表",
        header: vec![
            ("固定资产类别", 0, 0, 1, 0),
            ("账面数", 0, 1, 0, 4),
            ("数量", 1, 1, 1, 1),
            ("原值", 1, 2, 1, 2),
            ("在用（含出租出借）", 1, 3, 1, 3),
            ("利用率", 1, 4, 1, 4),
        ],
        widths: vec![48, 12, 14, 20, 12],
        rows: rows
            .into_iter()
            .map(|(row, name, figures)| {
                (row, std::iter::once(Cell::Text(name)).chain(figures).collect())
            })
            .collect(),
        merges: vec![],
        signed: true,
        money: true,
    }
}

fn targets() -> Table {
    const ALL: Cell = Cell::Number("1", Look::Percent);
    let t = Cell::Text;
    let groups: [(&'static str, Vec<(&'static str, Cell)>); 3] = [
        (
            "部门履职情况",
            vec![
                ("年度计划完成率", ALL),
                ("年度绩效管理", t("报告完成及时评价等级优秀")),
                ("上级部门考核情况", t("优秀")),
            ],
        ),
        (
            "部门产出",
            vec![
                ("建设公共租赁住房完成率", t("≥90%")),
                ("公租房分配率", t("≥90%")),
                ("步梯楼加装电梯完成率", ALL),
                ("公租房租赁补贴户数", t("≥13户")),
                ("举办物业安全宣传活动次数", t("≥4次")),
                ("党建活动开展次数", t("≥2次")),
                ("老旧小区改造完成率", t("≥90%")),
                ("公租房维修完成率", t("≥90%")),
                ("公租房日常管理服务工作完成率", ALL),
                ("开展全旗房地产行业日常管理服务工作完成率", ALL),
                ("信息及政务公开完整率", ALL),
                ("各项工作完成及时性", t("及时")),
            ],
        ),
        (
            "部门效果",
            vec![
                ("落实相关人员住房保障", t("显著")),
                ("改善小区居民整体生活质量", t("持续改善")),
                ("维护当地房地产交易秩序", t("显著")),
                ("推进老旧小区改造工作", t("持续推进")),
                ("提升物业服务质量和标准化水平", t("持续提升")),
                ("优化营商环境", t("显著")),
                ("孤、老、病、残特殊家庭优先分配公租房占比", ALL),
                ("确保冬季采暖期居民安全稳定用热", t("显著")),
                ("公租房分配人员满意度", t("≥90%")),
                ("社会公众满意度", t("≥90%")),
            ],
        ),
    ];
    let (mut rows, mut merges) = (Vec::new(), Vec::new());
    for (kind, targets) in groups {
        let first = rows.len() as u32;
        for (at, (name, value)) in targets.into_iter().enumerate() {
            let kind = if at == 0 { t(kind) } else { Cell::Blank };
            rows.push((Row::Item, vec![kind, t(name), value, t("计划标准")]));
        }
        merges.push((first, rows.len() as u32 - 1));
    }
    Table {
        sheet: "绩效目标分解表",
        title: "2022年度部门绩效目标分解表",
        header: header(&["目标类型", "目标名称", "目标标杆值", "标杆值依据"]),
        widths: vec![18, 46, 30, 18],
        rows,
        merges,
        signed: true,
        money: false,
    }
}
