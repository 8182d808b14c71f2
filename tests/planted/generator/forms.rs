//! The tables that departments hand in, each with its usual words and their variants.

use gouji::number::Decimal;

use super::department::{CLASSES, Department, amount, cut};
use super::form::{Calc, Column, Form, Measure, Node, Values};
use super::rng::Rng;

use Calc::{Base, Change, Linear, Product, Rate, Ratio, Share, Words};

/// Makes one form, or several that stand side by side.
pub type Maker = fn(&Department, &mut Rng) -> Vec<Form>;

/// Every maker by its name.
pub const MAKERS: &[(&str, Maker)] = &[
    ("function", function),
    ("function_detail", function_detail),
    ("economic", economic),
    ("balance", balance),
    ("fiscal_balance", fiscal_balance),
    ("execution", execution),
    ("adjustment", adjustment),
    ("assets", assets),
    ("asset_rolling", asset_rolling),
    ("three_public", three_public),
    ("year_change", year_change),
    ("procurement", procurement),
    ("scores", scores),
    ("months", months),
    ("matrix", matrix),
    ("rolling", rolling),
    ("staff", staff),
    ("revenue", revenue),
    ("debt", debt),
    ("shares", shares),
    ("grants", grants),
    ("subtotals", subtotals),
    ("funds", funds),
    ("land", land),
];

fn form(kind: &'static str, title: String, department: &Department) -> Form {
    Form {
        kind,
        title,
        unit: department.unit,
        decimals: department.decimals,
        label_head: "项目".into(),
        ..Form::default()
    }
}

fn values<const N: usize>(pairs: [(&'static str, Decimal); N]) -> Values {
    pairs.into_iter().collect()
}

fn total(rng: &mut Rng) -> String {
    rng.pick(&["合计", "合计", "合计", "总计", "合  计", "总 计"]).to_owned()
}

/// A total column before or after its parts.
fn around(total: Column, parts: Vec<Column>, rng: &mut Rng) -> Vec<Column> {
    let mut columns = parts;
    let at = if rng.chance(70) { 0 } else { columns.len() };
    columns.insert(at, total);
    columns
}

fn function_tree(
    department: &Department,
    value: impl Fn(usize) -> Values,
    deep: bool,
) -> Vec<Node> {
    let mut roots: Vec<Node> = Vec::new();
    for (at, function) in department.functions.iter().enumerate() {
        let [class, group, item] = function.codes;
        if roots.last().and_then(|node| node.code.as_deref()) != Some(class) {
            roots.push(Node::parent(function.names[0], vec![]).code(class));
        }
        let parent = roots.last_mut().expect("just pushed");
        let leaf = Node::leaf(function.names[2], value(at)).code(item);
        if !deep {
            parent.children.push(leaf);
            continue;
        }
        if parent.children.last().and_then(|node| node.code.as_deref()) != Some(group) {
            parent.children.push(Node::parent(function.names[1], vec![]).code(group));
        }
        parent.children.last_mut().expect("just pushed").children.push(leaf);
    }
    roots
}

fn function(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let title = format!(
        "{}年{}",
        department.year,
        rng.pick(&[
            "部门支出总表",
            "一般公共预算支出表",
            "部门支出预算表（按功能分类）",
            "支出预算总表"
        ])
    );
    let mut form = form("function", title, department);
    form.label_head = (rng.pick(&["科目名称", "功能科目名称", "功能分类科目名称"])).into();
    let group = rng.pick(&["", "", "本年支出", "2023年预算数"]);
    let head = |word: &'static str| -> Vec<&'static str> {
        if group.is_empty() { vec![word] } else { vec![group, word] }
    };
    let parts = vec![
        Column::money("basic", &head("基本支出"), Base),
        Column::money("project", &head("项目支出"), Base),
    ];
    let word = rng.pick(&["合计", "小计", "总计", "支出合计"]);
    let sum = Column::money("total", &head(word), Linear(vec![("basic", 1), ("project", 1)]));
    form.columns = around(sum, parts, rng);
    if rng.chance(20) {
        let head = rng.pick(&["占比", "占总支出比重", "比重（%）"]);
        form.columns.push(Column::new("share", &[head], Share("total"), Measure::Percent(2)));
    }
    let deep = rng.chance(75);
    let value = |at: usize| {
        let function = &department.functions[at];
        values([("basic", function.basic), ("project", function.project)])
    };
    form.roots = function_tree(department, value, deep);
    form.total = Some(total(rng));
    vec![form]
}

fn function_detail(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let title = format!("{}年度支出决算表", department.year);
    let mut form = form("function_detail", title, department);
    form.label_head = "科目名称".into();
    let basic = |word: &'static str| ["基本支出", word];
    let mut inner = around(
        Column::money("basic", &basic("小计"), Linear(vec![("staff", 1), ("public", 1)])),
        vec![
            Column::money("staff", &basic("人员经费"), Base),
            Column::money("public", &basic("公用经费"), Base),
        ],
        rng,
    );
    inner.push(Column::money("project", &["项目支出"], Base));
    let other = rng.chance(40);
    let mut terms = vec![("basic", 1), ("project", 1)];
    if other {
        inner.push(Column::money("business", &["经营支出"], Base));
        terms.push(("business", 1));
    }
    let sum =
        Column::money("total", &[rng.pick(&["本年支出合计", "合计", "支出合计"])], Linear(terms));
    form.columns = around(sum, inner, rng);
    let splits: Vec<[Decimal; 4]> = department
        .functions
        .iter()
        .map(|_| {
            let own = department.money(rng);
            let parts = cut(rng, own, 2, department.kept());
            let other = if rng.chance(50) { department.money(rng) } else { Decimal::ZERO };
            [parts[0], parts[1], department.money(rng), other]
        })
        .collect();
    let value = |at: usize| {
        let [staff, public, project, business] = splits[at];
        values([("staff", staff), ("public", public), ("project", project), ("business", business)])
    };
    form.roots = function_tree(department, value, rng.chance(60));
    form.total = Some(total(rng));
    vec![form]
}

fn economic(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let title = format!(
        "{}年{}",
        department.year,
        rng.pick(&["一般公共预算基本支出表", "基本支出预算表（按经济分类）", "基本支出明细表"])
    );
    let mut form = form("economic", title, department);
    form.label_head = (rng.pick(&["经济分类科目名称", "科目名称", "项目"])).into();
    let split = rng.chance(60);
    if split {
        let parts = vec![
            Column::money("staff", &["人员经费"], Base),
            Column::money("public", &["公用经费"], Base),
        ];
        let terms = vec![("staff", 1), ("public", 1)];
        form.columns = around(Column::money("total", &["合计"], Linear(terms)), parts, rng);
    } else {
        form.columns =
            vec![Column::money("total", &[rng.pick(&["金额", "预算数", "支出数"])], Base)];
    }
    for (code, name) in CLASSES {
        let leaves: Vec<Node> = department
            .items
            .iter()
            .filter(|item| item.code.starts_with(code))
            .map(|item| {
                let staff = matches!(*code, "301" | "303");
                let key = match (split, staff) {
                    (false, _) => "total",
                    (true, true) => "staff",
                    (true, false) => "public",
                };
                Node::leaf(item.name, values([(key, item.initial)])).code(item.code)
            })
            .collect();
        if !leaves.is_empty() {
            form.roots.push(Node::parent(*name, leaves).code(*code));
        }
    }
    form.total = Some(total(rng));
    vec![form]
}

const SOURCES: &[&str] = &[
    "一般公共预算拨款收入",
    "政府性基金预算拨款收入",
    "国有资本经营预算拨款收入",
    "财政专户管理资金收入",
    "事业收入",
    "上级补助收入",
    "附属单位上缴收入",
    "事业单位经营收入",
    "其他收入",
];

fn balance(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let title = format!(
        "{}年{}",
        department.year,
        rng.pick(&["部门收支总表", "收支预算总表", "收入支出决算总表", "部门收支总体情况表"])
    );
    let kept = department.kept();
    let spent: Decimal = department.functions.iter().map(|f| f.basic + f.project).sum();
    let column = rng.pick(&["预算数", "金额", "决算数", "本年预算数"]);
    let carried = if rng.chance(60) {
        department.money(rng).min(spent / Decimal::TWO)
    } else {
        Decimal::ZERO
    };
    let carried = carried.round_dp(kept);
    let sources = rng.between(3, 7);
    let mut amounts = cut(rng, spent - carried, sources, kept);
    for amount in &mut amounts {
        if rng.chance(15) {
            *amount += Decimal::ZERO;
        }
    }
    let leaf = |name: &str, amount: Decimal| Node::leaf(name, values([("amount", amount)]));
    let names = rng.sample(SOURCES, sources);
    let roman = rng.pick(&["", "一、", "1."]);
    let number = |at: usize, name: &str| match roman {
        "一、" => format!(
            "{}、{name}",
            ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"][at]
        ),
        "1." => format!("{}.{name}", at + 1),
        _ => name.to_owned(),
    };
    let mut left = form("balance", title.clone(), department);
    left.band = Some((rng.pick(&["收入", "收    入", "本年收入"])).into());
    left.columns = vec![Column::money("amount", &[column], Base)];
    left.plain = true;
    let mut income = Node::parent(
        rng.pick(&["本年收入合计", "收入合计", "本年收入小计"]),
        amounts.iter().enumerate().map(|(at, a)| leaf(&number(at, names[at]), *a)).collect(),
    );
    income.below = true;
    left.roots =
        vec![income, leaf(rng.pick(&["上年结转", "上年结转结余", "年初结转和结余"]), carried)];
    left.total = Some((rng.pick(&["收入总计", "收 入 总 计", "总计"])).into());
    left.total_below = true;
    let mut right = form("balance", title, department);
    right.band = Some((rng.pick(&["支出", "支    出", "本年支出"])).into());
    right.columns.clone_from(&left.columns);
    right.plain = true;
    let mut classes: Vec<(&str, Decimal)> = Vec::new();
    for function in &department.functions {
        let own = function.basic + function.project;
        match classes.last_mut() {
            Some((name, sum)) if *name == function.names[0] => *sum += own,
            _ => classes.push((function.names[0], own)),
        }
    }
    let mut expenditure = Node::parent(
        rng.pick(&["本年支出合计", "支出合计"]),
        classes.iter().enumerate().map(|(at, (name, a))| leaf(&number(at, name), *a)).collect(),
    );
    expenditure.below = true;
    right.roots = vec![expenditure, leaf(rng.pick(&["结转下年", "年末结转和结余"]), Decimal::ZERO)];
    right.total = Some((rng.pick(&["支出总计", "支 出 总 计", "总计"])).into());
    right.total_below = true;
    vec![left, right]
}

fn fiscal_balance(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let title = format!("{}年财政拨款收支总表", department.year);
    let kept = department.kept();
    let keys = ["general", "fund", "capital"];
    let heads = ["一般公共预算", "政府性基金预算", "国有资本经营预算"];
    let mut right = form("fiscal_balance", title.clone(), department);
    right.plain = true;
    right.band = Some("支出".into());
    let parts: Vec<Column> = (0..3).map(|at| Column::money(keys[at], &[heads[at]], Base)).collect();
    let terms = keys.iter().map(|key| (*key, 1)).collect();
    right.columns = around(Column::money("total", &["合计"], Linear(terms)), parts, rng);
    let mut sums = [Decimal::ZERO; 3];
    let mut leaves = Vec::new();
    for (at, function) in department.functions.iter().enumerate() {
        if leaves.last().is_some_and(|node: &Node| node.label.ends_with(function.names[0])) {
            continue;
        }
        let which = usize::from(at % 4 == 2);
        let own = department.money(rng);
        let other = if rng.chance(25) { department.money(rng) } else { Decimal::ZERO };
        sums[which] += own;
        sums[2] += other;
        let mut own = values([(keys[which], own)]);
        if !other.is_zero() {
            own.insert("capital", other);
        }
        leaves.push(Node::leaf(
            format!(
                "（{}）{}",
                ["一", "二", "三", "四", "五", "六", "七", "八", "九"][leaves.len()],
                function.names[0]
            ),
            own,
        ));
    }
    let mut node = Node::parent("本年支出合计", leaves);
    node.below = rng.chance(50);
    node.label = if node.below { "本年支出合计".into() } else { "一、本年支出".into() };
    right.roots = vec![node, Node::leaf("二、结转下年", Values::new())];
    right.total = Some("支出总计".into());
    right.total_below = true;
    let mut left = form("fiscal_balance", title, department);
    left.plain = true;
    left.band = Some("收入".into());
    left.columns = vec![Column::money("amount", &["预算数"], Base)];
    let carried = cut(rng, sums.iter().sum(), 6, kept)[0];
    let mut rest = carried;
    let mut income = Vec::new();
    for (at, head) in
        ["（一）一般公共预算拨款", "（二）政府性基金预算拨款", "（三）国有资本经营预算拨款"]
            .iter()
            .enumerate()
    {
        let less = rest.min(sums[at]);
        rest -= less;
        income.push(Node::leaf(*head, values([("amount", sums[at] - less)])));
    }
    let mut node = Node::parent("一、本年收入", income);
    if rng.chance(30) {
        node.label = "本年收入合计".into();
        node.below = true;
    }
    left.roots = vec![node, Node::leaf("二、上年结转", values([("amount", carried)]))];
    left.total = Some("收入总计".into());
    left.total_below = true;
    vec![left, right]
}

fn execution(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let title = format!(
        "{}年度{}",
        department.year,
        rng.pick(&[
            "项目支出执行情况表",
            "部门预算执行情况表",
            "项目支出明细表",
            "预算执行情况统计表"
        ])
    );
    let mut form = form("execution", title, department);
    form.label_head = (rng.pick(&["项目名称", "项目", "支出项目"])).into();
    let budget = rng.pick(&["全年预算数", "预算数", "调整后预算数", "预算安排"]);
    let paid = rng.pick(&["执行数", "支出数", "实际支出", "全年执行数", "累计支出"]);
    let rest = rng.pick(&["结余", "结余数", "年末结转", "结转结余", "未执行数"]);
    let rate = rng.pick(&["执行率", "预算执行率", "支出进度", "完成率"]);
    let places = rng.between(0, 2) as u32;
    form.columns =
        vec![Column::money("adjusted", &[budget], Base), Column::money("paid", &[paid], Base)];
    if rng.chance(75) {
        form.columns.push(Column::money(
            "rest",
            &[rest],
            Linear(vec![("adjusted", 1), ("paid", -1)]),
        ));
    }
    if rng.chance(75) {
        let column =
            Column::new("rate", &[rate], Ratio("paid", "adjusted"), Measure::Percent(places));
        form.columns.push(column);
    }
    if rng.chance(30) {
        form.columns.push(Column::new(
            "note",
            &["备注"],
            Words(&["已完工", "跨年项目", "按合同支付", "政府采购"]),
            Measure::Words,
        ));
    }
    let leaf = |project: &super::department::Project| {
        let adjusted = project.initial + project.added[0] + project.added[1] - project.cut;
        Node::leaf(project.name, values([("adjusted", adjusted), ("paid", project.paid)]))
    };
    let leaves: Vec<Node> = department.projects.iter().map(leaf).collect();
    form.roots = grouped(leaves, rng, &["本级安排项目", "上级专项", "债券项目"]);
    form.total = Some(total(rng));
    vec![form]
}

/// Flat, in groups with the sum above, or in groups with the sum below.
fn grouped(leaves: Vec<Node>, rng: &mut Rng, names: &[&str]) -> Vec<Node> {
    let kind = rng.below(4);
    if kind < 2 || leaves.len() < 5 {
        return leaves;
    }
    let size = leaves.len().div_ceil(names.len()).max(2);
    let groups: Vec<Vec<Node>> = leaves.chunks(size).map(<[Node]>::to_vec).collect();
    groups
        .into_iter()
        .enumerate()
        .map(|(at, children)| {
            if kind == 2 {
                return Node::parent(names[at], children);
            }
            let mut node = Node::parent(rng.pick(&["小计", "小 计"]), children);
            node.below = true;
            node.plain = true;
            node.section = Some(names[at].to_owned());
            node
        })
        .collect()
}

fn adjustment(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let title = format!(
        "{}年{}",
        department.year,
        rng.pick(&[
            "部门预算调整情况表",
            "预算调整表",
            "项目预算调整明细表",
            "年度预算追加（追减）情况表"
        ])
    );
    let mut form = form("adjustment", title, department);
    form.label_head = "项目名称".into();
    let first = rng.pick(&["年初预算数", "年初预算", "年初批复数"]);
    let last = rng.pick(&["调整后预算数", "调整预算数", "调整后预算", "全年预算数"]);
    form.columns = vec![Column::money("initial", &[first], Base)];
    match rng.below(3) {
        0 => {
            let (up, down) = *rng.pick(&[&("调增", "调减"), &("追加", "追减"), &("增加", "减少")]);
            form.columns.push(Column::money("up", &["预算调整", up], Base));
            form.columns.push(Column::money("down", &["预算调整", down], Base));
            let terms = vec![("initial", 1), ("up", 1), ("down", -1)];
            form.columns.push(Column::money("adjusted", &[last], Linear(terms)));
        }
        1 => {
            let group = rng.pick(&["调增", "本年追加", "预算追加"]);
            let inner = around(
                Column::money("up", &[group, "小计"], Linear(vec![("own", 1), ("upper", 1)])),
                vec![
                    Column::money("own", &[group, "本级追加"], Base),
                    Column::money("upper", &[group, "上级专项"], Base),
                ],
                rng,
            );
            form.columns.extend(inner);
            form.columns.push(Column::money("down", &[rng.pick(&["调减", "追减", "收回"])], Base));
            let terms = vec![("initial", 1), ("up", 1), ("down", -1)];
            form.columns.push(Column::money("adjusted", &[last], Linear(terms)));
        }
        _ => {
            let word = rng.pick(&["调整数", "预算调整数", "调增（+）调减（-）", "增减额"]);
            form.columns.push(Column::money("change", &[word], Base));
            let terms = vec![("initial", 1), ("change", 1)];
            form.columns.push(Column::money("adjusted", &[last], Linear(terms)));
        }
    }
    if rng.chance(25) {
        let calc = Change("initial", "adjusted");
        form.columns.push(Column::new("rate", &["预算调整率"], calc, Measure::Percent(2)));
    }
    let leaves = department
        .projects
        .iter()
        .map(|project| {
            let [own, upper] = project.added;
            Node::leaf(
                project.name,
                values([
                    ("initial", project.initial),
                    ("up", own + upper),
                    ("own", own),
                    ("upper", upper),
                    ("down", project.cut),
                    ("change", own + upper - project.cut),
                ]),
            )
        })
        .collect();
    form.roots = grouped(leaves, rng, &["行政运行类", "民生保障类", "基本建设类"]);
    form.total = Some(total(rng));
    vec![form]
}

fn assets(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let mut form = form(
        "assets",
        format!(
            "{}年{}",
            department.year,
            rng.pick(&["固定资产情况表", "国有资产使用情况表", "资产存量情况表"])
        ),
        department,
    );
    form.label_head = (rng.pick(&["固定资产类别", "资产类别", "资产名称"])).into();
    let book = rng.chance(40);
    let path = |group: &'static str, word: &'static str| -> Vec<&'static str> {
        if book { vec![group, word] } else { vec![word] }
    };
    let mut columns = vec![Column::new("count", &["数量"], Base, Measure::Count)];
    columns.push(Column::money("cost", &path("账面数", "原值"), Base));
    if rng.chance(70) {
        let word = rng.pick(&["累计折旧", "折旧", "累计折旧（摊销）"]);
        columns.push(Column::money("worn", &path("账面数", word), Base));
        let terms = vec![("cost", 1), ("worn", -1)];
        columns.push(Column::money("net", &path("账面数", "净值"), Linear(terms)));
    }
    if rng.chance(60) {
        columns.push(Column::money("used", &[rng.pick(&["在用", "在用资产原值", "自用"])], Base));
        let calc = Ratio("used", "cost");
        columns.push(Column::new(
            "rate",
            &[rng.pick(&["利用率", "使用率"])],
            calc,
            Measure::Percent(1),
        ));
    }
    form.columns = columns;
    let kept = department.kept();
    let leaf = |name: &str, rng: &mut Rng| {
        let cost = department.money(rng);
        let worn = cut(rng, cost, 2, kept)[0];
        let used = if rng.chance(50) { cost } else { cost - cut(rng, cost, 5, kept)[0] };
        Node::leaf(
            name,
            values([
                ("count", Decimal::from(rng.between(1, 900) as u64)),
                ("cost", cost),
                ("worn", worn),
                ("used", used),
            ]),
        )
    };
    let names = [
        "土地、房屋及构筑物",
        "通用设备",
        "专用设备",
        "文物和陈列品",
        "图书、档案",
        "家具、用具、装具及动植物",
    ];
    for name in names.iter().take(rng.between(3, 6)) {
        let mut node = if rng.chance(30) {
            let inner: &[&str] = match *name {
                "通用设备" => &["汽车", "计算机设备", "办公设备"],
                "土地、房屋及构筑物" => &["房屋", "构筑物"],
                _ => &["甲类", "乙类"],
            };
            Node::parent(*name, inner.iter().map(|name| leaf(name, rng)).collect())
        } else {
            leaf(name, rng)
        };
        if node.children.is_empty() && rng.chance(35) {
            let part = |value: &Decimal, rng: &mut Rng| cut(rng, *value, 3, kept)[1];
            let own = node.values.clone();
            let inner = own
                .iter()
                .map(|(key, value)| {
                    (*key, if *key == "count" { Decimal::ONE } else { part(value, rng) })
                })
                .collect::<Values>();
            let mut inner = inner;
            let cost = inner["cost"];
            inner.insert("worn", inner["worn"].min(cost));
            inner.insert("used", inner["used"].min(cost));
            node.of_which
                .push(Node::leaf(rng.pick(&["单价50万元以上", "办公用房", "车辆"]), inner));
        }
        form.roots.push(node);
    }
    form.total = Some(total(rng));
    vec![form]
}

fn asset_rolling(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let title = format!("{}年资产增减变动表", department.year);
    let mut form = form("asset_rolling", title, department);
    form.label_head = "资产类别".into();
    let group = rng.chance(50);
    let (up, down): (&[&str], &[&str]) = if group {
        (&["本年变动", "增加"], &["本年变动", "减少"])
    } else {
        (&["本年增加"], &["本年减少"])
    };
    form.columns = vec![
        Column::money("open", &[rng.pick(&["年初数", "期初数", "年初账面数"])], Base),
        Column::money("up", up, Base),
        Column::money("down", down, Base),
        Column::money(
            "close",
            &[rng.pick(&["年末数", "期末数", "年末账面数"])],
            Linear(vec![("open", 1), ("up", 1), ("down", -1)]),
        ),
    ];
    for name in rng.sample(
        &[
            "货币资金",
            "应收账款",
            "存货",
            "固定资产",
            "在建工程",
            "无形资产",
            "公共基础设施",
            "其他资产",
        ],
        6,
    ) {
        let open = department.money(rng);
        let down = cut(rng, open, 3, department.kept())[0];
        let up = if rng.chance(70) { department.money(rng) } else { Decimal::ZERO };
        form.roots.push(Node::leaf(name, values([("open", open), ("up", up), ("down", down)])));
    }
    form.total = Some((rng.pick(&["合计", "资产合计", "资产总计"])).into());
    vec![form]
}

fn three_public(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let mut form = form(
        "three_public",
        format!("{}年“三公”经费{}", department.year, rng.pick(&["支出表", "预算表", "支出情况表"])),
        department,
    );
    form.label_head = (rng.pick(&["单位名称", "项目", "年度"])).into();
    let car = rng.pick(&["公务用车购置及运行费", "公务用车购置及运行维护费"]);
    let inner = around(
        Column::money("car", &[car, "小计"], Linear(vec![("buy", 1), ("run", 1)])),
        vec![
            Column::money("buy", &[car, rng.pick(&["公务用车购置费", "购置费"])], Base),
            Column::money("run", &[car, rng.pick(&["公务用车运行费", "运行维护费"])], Base),
        ],
        rng,
    );
    let mut parts = vec![Column::money(
        "abroad",
        &[rng.pick(&["因公出国（境）费", "因公出国（境）费用"])],
        Base,
    )];
    parts.extend(inner);
    parts.push(Column::money("guests", &["公务接待费"], Base));
    let terms = vec![("abroad", 1), ("car", 1), ("guests", 1)];
    form.columns = around(
        Column::money("total", &[rng.pick(&["合计", "“三公”经费合计"])], Linear(terms)),
        parts,
        rng,
    );
    let rows: &[&str] = match form.label_head.as_str() {
        "年度" => &["2021年预算数", "2022年预算数"],
        "项目" => &["预算数", "决算数"],
        _ => &["局机关", "执法大队", "信息中心", "质监站"],
    };
    for row in rows {
        form.roots.push(Node::leaf(
            *row,
            values([
                ("abroad", if rng.chance(30) { department.money(rng) } else { Decimal::ZERO }),
                ("buy", if rng.chance(50) { department.money(rng) } else { Decimal::ZERO }),
                ("run", department.money(rng)),
                ("guests", department.money(rng)),
            ]),
        ));
    }
    form.total = (rows.len() == 4).then(|| total(rng));
    vec![form]
}

fn year_change(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let mut form = form(
        "year_change",
        format!(
            "{}年{}",
            department.year,
            rng.pick(&["非税收入征收情况对比表", "专项经费增减变化表", "运转经费对比分析表"])
        ),
        department,
    );
    let (old, new) = *rng.pick(&[
        &("上年数", "本年数"),
        &("2021年", "2022年"),
        &("上年决算数", "本年决算数"),
        &("上年同期", "本期数"),
    ]);
    form.columns = vec![Column::money("old", &[old], Base), Column::money("new", &[new], Base)];
    let group = rng.chance(50);
    let (by, percent): (&[&str], &[&str]) = if group {
        (&["比上年增减", "金额"], &["比上年增减", "%"])
    } else {
        (&["增减额"], &[rng.pick(&["增减%", "增长率", "增减比例", "同比增长（%）"])])
    };
    form.columns.push(Column::money("by", by, Linear(vec![("new", 1), ("old", -1)])));
    let places = rng.between(1, 2) as u32;
    form.columns.push(Column::new(
        "percent",
        percent,
        Change("old", "new"),
        Measure::Percent(places),
    ));
    let names = [
        "办公费",
        "会议费",
        "培训费",
        "差旅费",
        "物业管理费",
        "维修费",
        "委托业务费",
        "劳务费",
        "设备购置费",
        "宣传费",
    ];
    for name in rng.sample(&names, 7) {
        let old = department.money(rng);
        let new = if rng.chance(60) {
            old + cut(rng, old, 3, department.kept())[0]
        } else {
            department.money(rng)
        };
        form.roots.push(Node::leaf(name, values([("old", old), ("new", new)])));
    }
    form.total = Some(total(rng));
    vec![form]
}

fn procurement(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let mut form = form(
        "procurement",
        format!(
            "{}年{}",
            department.year,
            rng.pick(&["政府采购预算表", "设备购置明细表", "采购清单"])
        ),
        department,
    );
    form.unit = "元";
    form.decimals = 2;
    form.label_head = (rng.pick(&["品目名称", "采购项目", "物品名称", "采购品目"])).into();
    if rng.chance(60) {
        form.columns.push(Column::new(
            "unit",
            &["计量单位"],
            Words(&["台", "套", "个", "批"]),
            Measure::Words,
        ));
    }
    form.columns.push(Column::new("count", &["数量"], Base, Measure::Count));
    form.columns.push(Column::new("price", &["单价"], Rate, Measure::Money));
    form.columns.push(Column::money(
        "amount",
        &[rng.pick(&["金额", "总价", "预算金额", "小计"])],
        Product("count", "price"),
    ));
    let names = [
        "台式计算机",
        "便携式计算机",
        "激光打印机",
        "复印机",
        "办公桌椅",
        "服务器",
        "空调",
        "投影仪",
        "扫描仪",
        "会议系统",
        "碎纸机",
        "文件柜",
    ];
    let mut leaves = Vec::new();
    for name in rng.sample(&names, 8) {
        let price = amount(rng, 2, (2, 5));
        let count = Decimal::from(rng.between(1, 60) as u64);
        leaves.push(Node::leaf(name, values([("count", count), ("price", price)])));
    }
    form.roots = grouped(leaves, rng, &["办公设备", "专用设备", "家具用具"]);
    form.total = Some(total(rng));
    vec![form]
}

fn scores(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let title = format!(
        "{}年度{}",
        department.year,
        rng.pick(&["部门整体支出绩效评价指标评分表", "绩效自评指标得分表"])
    );
    let mut form = form("scores", title, department);
    form.unit = "分";
    form.decimals = 2;
    form.label_head = (rng.pick(&["指标名称", "三级指标", "评价指标"])).into();
    form.columns = vec![
        Column::new("weight", &[rng.pick(&["分值", "权重", "标准分"])], Base, Measure::Plain(0)),
        Column::new(
            "score",
            &[rng.pick(&["得分", "评价得分", "自评得分"])],
            Base,
            Measure::Plain(2),
        ),
    ];
    if rng.chance(40) {
        form.columns.push(Column::new(
            "rate",
            &["得分率"],
            Ratio("score", "weight"),
            Measure::Percent(2),
        ));
    }
    let groups = [
        ("投入", ["目标设定", "预算配置", "在职人员控制率"]),
        ("过程", ["预算执行率", "资金使用合规性", "资产管理"]),
        ("产出", ["数量指标", "质量指标", "时效指标"]),
        ("效果", ["社会效益", "可持续影响", "满意度"]),
    ];
    let weights: &[[u32; 3]; 4] = rng.pick(&[
        &[[5, 5, 5], [10, 8, 7], [15, 10, 10], [10, 5, 10]],
        &[[4, 6, 5], [12, 10, 8], [10, 15, 5], [10, 5, 10]],
    ]);
    let kind = rng.below(3);
    for (at, (name, items)) in groups.iter().enumerate() {
        let leaves: Vec<Node> = items
            .iter()
            .enumerate()
            .map(|(item, name)| {
                let weight = Decimal::from(weights[at][item]);
                let lost = if rng.chance(60) {
                    Decimal::new(rng.between(1, 150) as i64, 2)
                } else {
                    Decimal::ZERO
                };
                Node::leaf(*name, values([("weight", weight), ("score", weight - lost)]))
            })
            .collect();
        if kind == 0 {
            form.roots.extend(leaves);
            continue;
        }
        let mut node = Node::parent(*name, leaves);
        if kind == 2 {
            node.section = Some((*name).to_owned());
            node.label = "小计".into();
            node.below = true;
            node.plain = true;
        }
        form.roots.push(node);
    }
    form.total = Some((rng.pick(&["合计", "总分", "总计"])).into());
    vec![form]
}

fn months(department: &Department, rng: &mut Rng) -> Vec<Form> {
    const QUARTERS: [(&str, &str); 4] =
        [("q1", "一季度"), ("q2", "二季度"), ("q3", "三季度"), ("q4", "四季度")];
    const MONTHS: [(&str, &str); 6] =
        [("m1", "1月"), ("m2", "2月"), ("m3", "3月"), ("m4", "4月"), ("m5", "5月"), ("m6", "6月")];
    let quarters = rng.chance(60);
    let parts: &[(&'static str, &str)] = if quarters { &QUARTERS } else { &MONTHS };
    let mut form = form(
        "months",
        format!(
            "{}年{}",
            department.year,
            rng.pick(&["专项资金分季度拨付表", "水电费用统计表", "用款计划表"])
        ),
        department,
    );
    form.label_head = (rng.pick(&["单位名称", "费用项目", "用款单位"])).into();
    let group = rng.chance(40);
    let columns = parts
        .iter()
        .map(|(key, word)| {
            if group {
                Column::money(key, &["分期计划", word], Base)
            } else {
                Column::money(key, &[word], Base)
            }
        })
        .collect();
    let terms = parts.iter().map(|(key, _)| (*key, 1)).collect();
    form.columns = around(
        Column::money("total", &[rng.pick(&["合计", "全年合计", "累计"])], Linear(terms)),
        columns,
        rng,
    );
    for name in rng.sample(
        &[
            "第一中学",
            "实验小学",
            "人民医院",
            "文化馆",
            "图书馆",
            "敬老院",
            "体育中心",
            "环卫所",
            "园林处",
        ],
        6,
    ) {
        let own = parts.iter().map(|(key, _)| (*key, department.money(rng))).collect();
        form.roots.push(Node::leaf(name, own));
    }
    form.total = Some(total(rng));
    vec![form]
}

fn matrix(department: &Department, rng: &mut Rng) -> Vec<Form> {
    const KEYS: [&str; 5] = ["a", "b", "c", "d", "e"];
    let heads = *rng.pick(&[
        &["工资福利", "商品服务", "个人家庭补助", "资本性支出", "其他"],
        &["财政拨款", "事业收入", "经营收入", "上级补助", "其他收入"],
        &["城区", "东乡", "西乡", "南乡", "北乡"],
    ]);
    let count = rng.between(3, 5);
    let mut form = form(
        "matrix",
        format!(
            "{}年{}",
            department.year,
            rng.pick(&["下属单位支出汇总表", "各乡镇补助资金分配表", "二级单位收入汇总表"])
        ),
        department,
    );
    form.label_head = (rng.pick(&["单位", "单位名称", "二级单位"])).into();
    let parts = (0..count).map(|at| Column::money(KEYS[at], &[heads[at]], Base)).collect();
    let terms = KEYS[..count].iter().map(|key| (*key, 1)).collect();
    form.columns = around(Column::money("total", &["合计"], Linear(terms)), parts, rng);
    let names = [
        "局机关",
        "执法支队",
        "信息中心",
        "培训学校",
        "质量监督站",
        "档案馆",
        "服务中心",
        "勘测院",
    ];
    for name in rng.sample(&names, 6) {
        let own = KEYS[..count]
            .iter()
            .map(|key| (*key, if rng.chance(85) { department.money(rng) } else { Decimal::ZERO }))
            .collect();
        form.roots.push(Node::leaf(name, own));
    }
    if rng.chance(30) {
        let leaves = std::mem::take(&mut form.roots);
        form.roots = vec![
            Node::parent("行政单位", leaves[..2].to_vec()),
            Node::parent("事业单位", leaves[2..].to_vec()),
        ];
    }
    form.total = Some(total(rng));
    vec![form]
}

fn rolling(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let title = format!("{}年度政府性基金预算财政拨款收入支出决算表", department.year);
    let mut form = form("rolling", title, department);
    form.label_head = "科目名称".into();
    let spent = around(
        Column::money("spent", &["本年支出", "小计"], Linear(vec![("basic", 1), ("project", 1)])),
        vec![
            Column::money("basic", &["本年支出", "基本支出"], Base),
            Column::money("project", &["本年支出", "项目支出"], Base),
        ],
        rng,
    );
    form.columns = vec![
        Column::money("open", &[rng.pick(&["年初结转和结余", "上年结转"])], Base),
        Column::money("income", &["本年收入"], Base),
    ];
    form.columns.extend(spent);
    let terms = vec![("open", 1), ("income", 1), ("spent", -1)];
    form.columns.push(Column::money(
        "close",
        &[rng.pick(&["年末结转和结余", "结转下年"])],
        Linear(terms),
    ));
    let rows: Vec<Values> = department
        .functions
        .iter()
        .map(|_| {
            let open = if rng.chance(50) { department.money(rng) } else { Decimal::ZERO };
            let income = department.money(rng);
            let parts = cut(rng, open + income, 3, department.kept());
            values([("open", open), ("income", income), ("basic", parts[0]), ("project", parts[1])])
        })
        .collect();
    form.roots = function_tree(department, |at| rows[at].clone(), rng.chance(50));
    form.total = Some(total(rng));
    vec![form]
}

fn staff(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let mut form = form("staff", format!("{}年人员经费测算表", department.year), department);
    form.unit = "元";
    form.decimals = 2;
    form.label_head = (rng.pick(&["单位名称", "科室", "岗位类别"])).into();
    let mut parts = vec![
        Column::new("on", &["人数", "在职"], Base, Measure::Count),
        Column::new("off", &["人数", "退休"], Base, Measure::Count),
    ];
    parts = around(
        Column::new(
            "people",
            &["人数", "小计"],
            Linear(vec![("on", 1), ("off", 1)]),
            Measure::Count,
        ),
        parts,
        rng,
    );
    form.columns = parts;
    form.columns.push(Column::money("wages", &["工资总额"], Base));
    form.columns.push(Column::money("bonus", &["奖金"], Base));
    form.columns.push(Column::money(
        "total",
        &["经费合计"],
        Linear(vec![("wages", 1), ("bonus", 1)]),
    ));
    if rng.chance(60) {
        let calc = Ratio("total", "people");
        form.columns.push(Column::new("mean", &["人均经费"], calc, Measure::Plain(2)));
    }
    for name in
        rng.sample(&["办公室", "财务科", "人事科", "规划科", "执法科", "法规科", "监察室"], 5)
    {
        let people = rng.between(2, 60);
        let off = rng.below(20);
        form.roots.push(Node::leaf(
            name,
            values([
                ("on", Decimal::from(people as u64)),
                ("off", Decimal::from(off as u64)),
                ("wages", amount(rng, 2, (5, 7))),
                ("bonus", amount(rng, 2, (4, 6))),
            ]),
        ));
    }
    form.total = Some(total(rng));
    vec![form]
}

fn revenue(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let mut form = form(
        "revenue",
        format!(
            "{}年全县一般公共预算收入{}",
            department.year,
            rng.pick(&["完成情况表", "决算表", "执行情况表"])
        ),
        department,
    );
    form.label_head = (rng.pick(&["预算科目", "项目", "收入项目", "项    目"])).into();
    form.columns = vec![
        Column::money("budget", &["预算数"], Base),
        Column::money("adjusted", &["调整预算数"], Base),
        Column::money("actual", &["决算数"], Base),
        Column::new(
            "done",
            &[rng.pick(&["决算数为调整预算数的%", "完成调整预算的％", "完成比例"])],
            Ratio("actual", "adjusted"),
            Measure::Percent(1),
        ),
    ];
    if rng.chance(60) {
        form.columns.push(Column::money("last", &["上年决算数"], Base));
        form.columns.push(Column::new(
            "growth",
            &[rng.pick(&["比上年增长%", "增长率", "决算数比上年增减%"])],
            Change("last", "actual"),
            Measure::Percent(1),
        ));
    }
    let kept = department.kept();
    let leaf = |name: &str, rng: &mut Rng| {
        let actual = department.money(rng);
        let spread = |rng: &mut Rng| actual + cut(rng, actual, 4, kept)[0];
        let own = values([
            ("budget", spread(rng)),
            ("adjusted", spread(rng)),
            ("actual", actual),
            ("last", spread(rng)),
        ]);
        Node::leaf(name, own)
    };
    let taxes: Vec<Node> = rng
        .sample(
            &[
                "增值税",
                "企业所得税",
                "个人所得税",
                "资源税",
                "城市维护建设税",
                "房产税",
                "印花税",
                "契税",
                "耕地占用税",
            ],
            6,
        )
        .into_iter()
        .map(|name| leaf(name, rng))
        .collect();
    let others: Vec<Node> = rng
        .sample(
            &[
                "专项收入",
                "行政事业性收费收入",
                "罚没收入",
                "国有资源（资产）有偿使用收入",
                "其他收入",
            ],
            4,
        )
        .into_iter()
        .map(|name| leaf(name, rng))
        .collect();
    form.roots = vec![Node::parent("税收收入", taxes), Node::parent("非税收入", others)];
    form.total =
        Some((rng.pick(&["一般公共预算收入合计", "本年收入合计", "合计", "收入合计"])).into());
    vec![form]
}

fn debt(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let title = format!("{}年地方政府债务余额变动情况表", department.year);
    let mut form = form("debt", title, department);
    form.label_head = (rng.pick(&["地区", "债务类型"])).into();
    form.columns = vec![
        Column::money("limit", &["债务限额"], Base),
        Column::money("open", &["年初余额"], Base),
        Column::money("new", &["本年新增", "新增债券"], Base),
        Column::money("again", &["本年新增", "再融资债券"], Base),
        Column::money("paid", &["本年偿还"], Base),
        Column::money(
            "close",
            &["年末余额"],
            Linear(vec![("open", 1), ("new", 1), ("again", 1), ("paid", -1)]),
        ),
    ];
    for name in
        rng.sample(&["市本级", "东城区", "西城区", "高新区", "清河县", "白水县", "经开区"], 5)
    {
        let open = department.money(rng);
        let paid = cut(rng, open, 3, department.kept())[0];
        let (new, again) = (department.money(rng), department.money(rng));
        form.roots.push(Node::leaf(
            name,
            values([
                ("limit", open + new + again + department.money(rng)),
                ("open", open),
                ("new", new),
                ("again", again),
                ("paid", paid),
            ]),
        ));
    }
    form.total = Some(total(rng));
    vec![form]
}

fn shares(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let title = format!(
        "{}年{}",
        department.year,
        rng.pick(&["支出结构分析表", "收入来源构成表", "专项资金投向结构表"])
    );
    let mut form = form("shares", title, department);
    form.columns = vec![
        Column::money("amount", &[rng.pick(&["金额", "支出金额", "本年数"])], Base),
        Column::new(
            "share",
            &[rng.pick(&["占比", "比重", "占总额比例", "构成比（%）"])],
            Share("amount"),
            Measure::Percent(rng.between(1, 2) as u32),
        ),
    ];
    for name in rng.sample(
        &[
            "教育",
            "科技",
            "文化",
            "社会保障",
            "卫生健康",
            "节能环保",
            "城乡社区",
            "农林水",
            "交通运输",
            "住房保障",
        ],
        6,
    ) {
        form.roots.push(Node::leaf(name, values([("amount", department.money(rng))])));
    }
    form.total = Some(total(rng));
    vec![form]
}

fn grants(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let title = format!("{}年上级专项资金到位及使用情况表", department.year);
    let mut form = form("grants", title, department);
    form.label_head = (rng.pick(&["资金名称", "专项名称"])).into();
    let mut inner = vec![
        Column::money("centre", &["到位资金", "中央"], Base),
        Column::money("province", &["到位资金", "省级"], Base),
        Column::money("county", &["到位资金", "县级配套"], Base),
    ];
    let terms = vec![("centre", 1), ("province", 1), ("county", 1)];
    inner = around(Column::money("got", &["到位资金", "小计"], Linear(terms)), inner, rng);
    form.columns = vec![Column::new(
        "paper",
        &["文号"],
        Words(&["财预〔2022〕12号", "财社〔2022〕5号", "财建〔2022〕101号"]),
        Measure::Words,
    )];
    form.columns.extend(inner);
    form.columns.push(Column::money("used", &["已使用"], Base));
    form.columns.push(Column::money("left", &["结余资金"], Linear(vec![("got", 1), ("used", -1)])));
    if rng.chance(50) {
        form.columns.push(Column::new(
            "rate",
            &["使用率（%）"],
            Ratio("used", "got"),
            Measure::Percent(2),
        ));
    }
    let kept = department.kept();
    let mut leaves = Vec::new();
    for name in rng.sample(
        &[
            "义务教育补助",
            "基本公共卫生服务",
            "农业保险保费补贴",
            "城镇保障性安居工程",
            "水利发展资金",
            "就业补助资金",
            "困难群众救助补助",
        ],
        5,
    ) {
        let mut some = |odds| if rng.chance(odds) { department.money(rng) } else { Decimal::ZERO };
        let (centre, province, county) = (some(80), some(60), some(40));
        let got = centre + province + county;
        let used = if got.is_zero() { got } else { got - cut(rng, got, 4, kept)[0] };
        leaves.push(Node::leaf(
            name,
            values([
                ("centre", centre),
                ("province", province),
                ("county", county),
                ("used", used),
            ]),
        ));
    }
    form.roots = leaves;
    form.total = Some(total(rng));
    vec![form]
}

fn subtotals(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let title = format!(
        "{}年{}",
        department.year,
        rng.pick(&["补助资金发放明细表", "工程款支付明细表", "经费支出明细表"])
    );
    let mut form = form("subtotals", title, department);
    form.label_head = (rng.pick(&["名称", "支出内容", "明细项目"])).into();
    form.columns =
        vec![Column::money("amount", &[rng.pick(&["金额", "支付金额", "支出数"])], Base)];
    if rng.chance(50) {
        form.columns.push(Column::money("rest", &["尚未支付"], Base));
        form.columns.push(Column::money(
            "all",
            &["合同总额"],
            Linear(vec![("amount", 1), ("rest", 1)]),
        ));
    }
    let below = rng.chance(60);
    for (name, items) in [
        ("基本支出", ["工资", "办公费", "取暖费", "差旅费"]),
        ("项目支出", ["道路改造", "管网维修", "绿化工程", "监理费"]),
        ("其他支出", ["利息", "手续费", "捐赠", "补偿费"]),
    ]
    .into_iter()
    .take(rng.between(2, 3))
    {
        let leaves = items
            .iter()
            .take(rng.between(2, 4))
            .map(|name| {
                Node::leaf(
                    *name,
                    values([("amount", department.money(rng)), ("rest", department.money(rng))]),
                )
            })
            .collect();
        let mut node = Node::parent(name, leaves);
        if below {
            node.label = "小计".into();
            node.section = Some(name.to_owned());
            node.below = true;
            node.plain = true;
        }
        form.roots.push(node);
    }
    form.total = Some(total(rng));
    vec![form]
}

fn funds(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let title = format!("{}年项目资金来源表", department.year);
    let mut form = form("funds", title, department);
    form.label_head = "项目名称".into();
    let general = rng.chance(50);
    let fiscal = |word: &'static str| ["财政拨款", word];
    let mut parts = around(
        Column::money("fiscal", &fiscal("小计"), Linear(vec![("general", 1), ("fund", 1)])),
        vec![
            Column::money("general", &fiscal("一般公共预算"), Base),
            Column::money("fund", &fiscal("政府性基金"), Base),
        ],
        rng,
    );
    parts.push(Column::money("own", &["单位资金"], Base));
    let mut terms = vec![("fiscal", 1), ("own", 1)];
    if general {
        parts.push(Column::money("carried", &["上年结转资金"], Base));
        terms.push(("carried", 1));
    }
    form.columns = around(
        Column::money("total", &[rng.pick(&["合计", "资金总额", "总计"])], Linear(terms)),
        parts,
        rng,
    );
    for name in rng.sample(
        &[
            "党建工作经费",
            "法治宣传",
            "会议中心运转",
            "数据机房运维",
            "规划编制",
            "平安建设",
            "课题研究",
            "后勤保障",
        ],
        5,
    ) {
        let mut some = |odds| if rng.chance(odds) { department.money(rng) } else { Decimal::ZERO };
        let own = values([
            ("general", some(90)),
            ("fund", some(30)),
            ("own", some(40)),
            ("carried", some(30)),
        ]);
        form.roots.push(Node::leaf(name, own));
    }
    form.total = Some(total(rng));
    vec![form]
}

fn land(department: &Department, rng: &mut Rng) -> Vec<Form> {
    let title = format!(
        "{}年{}",
        department.year,
        rng.pick(&["办公用房使用情况统计表", "公共租赁住房情况表"])
    );
    let mut form = form("land", title, department);
    form.unit = "平方米";
    form.label_head = (rng.pick(&["单位名称", "小区名称"])).into();
    let area = |rng: &mut Rng| amount(rng, 2, (2, 4));
    form.columns = vec![
        Column::new("count", &["套数"], Base, Measure::Count),
        Column::new("used", &["面积（平方米）", "在用"], Base, Measure::Plain(2)),
        Column::new("let", &["面积（平方米）", "出租"], Base, Measure::Plain(2)),
        Column::new("idle", &["面积（平方米）", "闲置"], Base, Measure::Plain(2)),
        Column::new(
            "all",
            &["面积（平方米）", "合计"],
            Linear(vec![("used", 1), ("let", 1), ("idle", 1)]),
            Measure::Plain(2),
        ),
        Column::new("rate", &["闲置率"], Ratio("idle", "all"), Measure::Percent(2)),
    ];
    for name in
        rng.sample(&["东苑小区", "西苑小区", "康乐家园", "安居里", "幸福新村", "锦绣花园"], 5)
    {
        let idle = if rng.chance(60) { area(rng) } else { Decimal::ZERO };
        form.roots.push(Node::leaf(
            name,
            values([
                ("count", Decimal::from(rng.between(1, 300) as u64)),
                ("used", area(rng)),
                ("let", area(rng)),
                ("idle", idle),
            ]),
        ));
    }
    form.total = Some(total(rng));
    vec![form]
}
