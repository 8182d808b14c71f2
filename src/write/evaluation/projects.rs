//! Projects matched across tables by name and by amount, with how sure and why.
//!
//! Shown, never asserted: no check and no finding comes from here. Names are compared without numbering, year and the
//! suffixes 项目 and 工程, with the common short forms written out (公租房 = 公共租赁住房); two names that carry different years
//! are different projects unless the amounts agree too. Amounts anchor: two similar names with the same amount, which no
//! other candidate has, are more than two similar names.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::{Amount, Flow, amount};
use super::kinds::{PaperView, kind};
use super::known::refusal;
use super::work::Work;
use crate::model::names::{self, Key};
use crate::model::{
    CellRef, Decision, Field, FieldRole, Language, Line, LineRole, Names, Packet, Place, ReadFrom,
    Stage, Table, Text, Value,
};
use crate::number::Decimal;

/// Past so many names only equal ones are matched: pairs grow with the square.
const PAIRED: usize = 1_500;
/// Pairs that are listed.
const LISTED: usize = 2_000;

/// Where a name was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// Budgeted at the year's start.
    Initial,
    /// Named as a reason of adjustment.
    Reason,
    /// Spent on.
    Executed,
}

/// A name in a table.
#[derive(Clone, Debug)]
pub(super) struct Mention {
    pub(super) role: Role,
    /// As written, trimmed.
    pub(super) name: String,
    /// Where it is written.
    pub(super) place: Place,
    /// The table.
    pub(super) table: u32,
    /// The line's money; reasons have none.
    pub(super) amount: Option<Amount>,
    /// Why the line's money is not taken.
    pub(super) unsure: Option<Text>,
    /// The name as compared, and the year in it.
    key: Key,
}

/// How sure a match is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sureness {
    Low,
    Medium,
    High,
}

/// Two mentions that may be one project.
#[derive(Clone, Debug)]
pub(super) struct Match {
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) sureness: Sureness,
    /// Likeness of the names in hundredths.
    pub(super) likeness: u32,
    /// Why.
    pub(super) why: Text,
    /// Whether they are one, where people decided that.
    pub(super) decision: Option<bool>,
}

/// Where a project's money comes from, as far as the tables say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// Budgeted at the start.
    Initial,
    /// Named in the adjustment.
    Reason,
    /// Both.
    Both,
    /// Expenditure on staff and running, no project.
    Running,
    /// Neither, though the packet has a table of projects budgeted at the start.
    None,
    /// The packet has no such table: nobody can say.
    Unknown,
}

/// Mentions taken for one project.
#[derive(Clone, Debug)]
pub(super) struct Project {
    /// Its different names, first met first.
    pub(super) names: Vec<String>,
    pub(super) initial: Option<Amount>,
    /// Spent by the first table of expenditure, and by all others.
    pub(super) first: Option<Amount>,
    pub(super) others: Option<Amount>,
    /// Where it was met: indexes of mentions.
    pub(super) members: Vec<usize>,
    /// Lines of expenditure.
    pub(super) payments: usize,
    pub(super) basis: Basis,
    /// The tables of expenditure differ in their reasons: it was met in so many of them.
    named_apart: bool,
    /// Tables that tell the same money of it tell it differently.
    told_apart: bool,
}

impl Project {
    /// All that was spent on it, in yuan.
    pub(super) fn spent(&self) -> Decimal {
        [&self.first, &self.others].into_iter().flatten().map(|amount| amount.yuan).sum()
    }

    /// Whether any table says what was spent on it.
    pub(super) fn has_spent(&self) -> bool {
        self.first.is_some() || self.others.is_some()
    }

    /// Whether it is staff and running costs, no project.
    pub(super) fn is_running(&self) -> bool {
        self.basis == Basis::Running
    }

    /// Whether a finding is about one of its figures.
    pub(super) fn is_doubted(&self, work: &Work, mentions: &[Mention]) -> bool {
        self.members.iter().any(|at| work.is_doubted(mentions[*at].place))
    }

    /// What a reviewer should see beside it.
    pub(super) fn remark(&self, work: &Work, mentions: &[Mention]) -> String {
        let language = work.language();
        let basis = match self.basis {
            Basis::Initial => Text::new("年初预算列有", "budgeted at the start"),
            Basis::Reason => Text::new("调整表中列有或点名", "named in the adjustment"),
            Basis::Both => Text::new(
                "年初预算列有，调整表中列有或点名",
                "budgeted at the start, named in the adjustment",
            ),
            Basis::Running => {
                Text::new("人员、公用经费，非项目", "staff and running costs, no project")
            }
            Basis::Unknown => Text::new(
                "报送材料中没有年初项目预算，无从核对依据",
                "the packet has no initial budget by project to compare with",
            ),
            Basis::None => Text::new(
                "年初预算未列，调整表也未列或点名，请核实预算依据",
                "neither budgeted at the start nor named in the adjustment: verify its basis",
            ),
        };
        let mut remarks = vec![basis.get(language).to_owned()];
        if self.initial.is_some() && self.payments == 0 {
            let text = Text::new("有预算，支出表中未见", "budgeted, not met in the expenditure");
            remarks.push(text.get(language).to_owned());
        }
        if self.named_apart {
            let text = Text::new("名称写法不一", "written in several ways");
            remarks.push(text.get(language).to_owned());
        }
        if self.told_apart {
            let text = Text::new("各表所列金额不一致", "the tables state it differently");
            remarks.push(text.get(language).to_owned());
        }
        let mut unsure: Vec<&str> = Vec::new();
        for why in self.members.iter().filter_map(|at| mentions[*at].unsure.as_ref()) {
            let why = why.get(language);
            if !unsure.contains(&why) {
                unsure.push(why);
            }
        }
        remarks.extend(unsure.into_iter().map(str::to_owned));
        if self.is_doubted(work, mentions) {
            let text = Text::new(
                "所列金额涉及差异清单中的问题，以更正后的数为准",
                "its figures are in question: see the differences",
            );
            remarks.push(text.get(language).to_owned());
        }
        remarks.join(match language {
            Language::Zh => "；",
            Language::En => "; ",
        })
    }
}

/// All mentions of projects in the packet.
///
/// Of several units' tables only those of `entity` and of nobody by name: the same name means other money elsewhere.
pub(super) fn mentions(packet: &Packet, entity: Option<&str>) -> Vec<Mention> {
    let mut mentions = Vec::new();
    for table in packet.tables.iter().filter(|table| is_of(table, entity)) {
        match kind(table) {
            Some(PaperView::BudgetProject | PaperView::Expenditure) => {
                lines(packet, table, &mut mentions);
            }
            Some(PaperView::Adjustment) => {
                reasons(packet, table, &mut mentions);
                lines(packet, table, &mut mentions);
            }
            _ => {}
        }
    }
    budgeted_elsewhere(packet, entity, &mut mentions);
    mentions
}

fn is_of(table: &Table, entity: Option<&str>) -> bool {
    match (table.entity.as_deref(), entity) {
        (Some(own), Some(entity)) => is_same_house(own, entity),
        _ => true,
    }
}

/// 某局 and 某局机关 are one house.
pub(super) fn is_same_house(a: &str, b: &str) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

/// Projects that are met in the expenditure are looked for in every other table that says what was budgeted: a department's
/// budget lists them beside its classes, which are no projects.
fn budgeted_elsewhere(packet: &Packet, entity: Option<&str>, mentions: &mut Vec<Mention>) {
    let spent = mentions.iter().filter(|mention| mention.role == Role::Executed);
    let known: BTreeSet<Key> = spent.map(|mention| mention.key.clone()).collect();
    for table in packet.tables.iter().filter(|table| {
        is_of(table, entity) && matches!(kind(table), None | Some(PaperView::Budget))
    }) {
        for (at, line) in table.lines.iter().enumerate().filter(|(_, line)| line.role.is_data()) {
            if !known.contains(&packet.names.key(&line.name)) {
                continue;
            }
            let initial = |field: &&Field| {
                let stage = table
                    .meaning(&packet.names, at, field.column)
                    .and_then(|meaning| meaning.stage);
                field.role == FieldRole::Amount
                    && stage
                        .is_some_and(|stage| matches!(stage.value, Stage::Initial | Stage::Budget))
                    && is_of_this_year(packet, table, at, field.column)
            };
            let columns: Vec<&Field> = table.fields.iter().filter(initial).collect();
            if columns.is_empty() {
                continue;
            }
            let cell = line.label_cell.unwrap_or(CellRef::new(line.row, 0));
            let place = Place { file: table.file, sheet: table.sheet, cell };
            let money = whole(&columns)
                .and_then(|field| amount(packet, table, line, field.column, 1))
                .filter(|amount| {
                    amount.cells.iter().all(|cell| refusal(packet, cell, false).is_none())
                });
            mentions.push(mention(
                &packet.names,
                Role::Initial,
                written(line),
                place,
                table.id,
                money,
            ));
        }
    }
}

/// The column that says the whole where several say the same stage: the only one, or the only total among them. Two that
/// nothing tells apart are not added up: they may say the same money twice.
fn whole<'a>(columns: &[&'a Field]) -> Option<&'a Field> {
    let only = |keep: &dyn Fn(&Field) -> bool| {
        let mut kept = columns.iter().copied().filter(|field| keep(field));
        kept.next().filter(|_| kept.next().is_none())
    };
    only(&|_| true)
        .or_else(|| only(&|field| field.says.total))
        .or_else(|| only(&|field| !field.says.of_which))
}

/// The named lines of a table, once for each column of money that says what was budgeted at the start, or what was spent.
fn lines(packet: &Packet, table: &Table, mentions: &mut Vec<Mention>) {
    for (at, line) in table.lines.iter().enumerate() {
        let meaning_only = line.reading.as_ref().is_some_and(|reading| reading.is_meaning_only());
        let named =
            matches!(line.role, LineRole::Item | LineRole::OfWhich) && !line.name.is_empty();
        let adjustment = kind(table) == Some(PaperView::Adjustment);
        if !named || meaning_only && (adjustment || !is_running(&line.name)) {
            continue;
        }
        if adjustment && is_adjusted(packet, table, at) {
            let cell = line.label_cell.unwrap_or(CellRef::new(line.row, 0));
            let place = Place { file: table.file, sheet: table.sheet, cell };
            mentions.push(mention(
                &packet.names,
                Role::Reason,
                written(line),
                place,
                table.id,
                None,
            ));
        }
        for role in [Role::Initial, Role::Executed] {
            let says = |field: &&Field| {
                field.role == FieldRole::Amount
                    && role_of(packet, table, at, field.column) == Some(role)
            };
            let columns: Vec<&Field> = table.fields.iter().filter(says).collect();
            let Some(first) = columns.first() else { continue };
            let cell = line.label_cell.unwrap_or(CellRef::new(line.row, first.column));
            let place = Place { file: table.file, sheet: table.sheet, cell };
            let whole = whole(&columns);
            let money = whole.and_then(|field| amount(packet, table, line, field.column, 1));
            let unsure = match &money {
                None if whole.is_none() => Some(Text::new(
                    "一表有几栏同类金额，分不清，未取数",
                    "one table has several columns of the kind: not taken",
                )),
                None => None,
                Some(amount) => amount
                    .cells
                    .iter()
                    .find_map(|cell| refusal(packet, cell, role == Role::Executed)),
            };
            let taken = unsure.is_none();
            let met = mention(&packet.names, role, written(line), place, table.id, money);
            mentions.push(Mention { unsure, amount: met.amount.filter(|_| taken), ..met });
        }
    }
}

/// The line's name with the letters that the clerk wrote: names are compared in small ones.
fn written(line: &Line) -> &str {
    let small = line.label.to_lowercase();
    let at = small.rfind(&line.name).filter(|_| small.len() == line.label.len());
    at.and_then(|at| line.label.get(at..at + line.name.len())).unwrap_or(&line.name)
}

/// Whether a line of an adjustment table gives or takes anything.
fn is_adjusted(packet: &Packet, table: &Table, at: usize) -> bool {
    let moves = [Stage::Adjustment, Stage::Increase, Stage::Decrease];
    table.fields.iter().filter(|field| field.role == FieldRole::Amount).any(|field| {
        let stage =
            table.meaning(&packet.names, at, field.column).and_then(|meaning| meaning.stage);
        stage.is_some_and(|stage| moves.contains(&stage.value))
            && amount(packet, table, &table.lines[at], field.column, 1)
                .is_some_and(|amount| !amount.yuan.is_zero())
    })
}

/// What a column of money says of a project, of the table's own year.
fn role_of(packet: &Packet, table: &Table, line: usize, column: u32) -> Option<Role> {
    let meaning = table.meaning(&packet.names, line, column)?;
    let role = match meaning.stage?.value {
        Stage::Initial => Role::Initial,
        // 预算数 is the initial one in a table of the budget alone.
        Stage::Budget if kind(table) == Some(PaperView::BudgetProject) => Role::Initial,
        Stage::Executed => Role::Executed,
        _ => return None,
    };
    let whole = meaning.funds.is_none_or(|funds| !matches!(funds.source, ReadFrom::Header));
    (whole && is_of_this_year(packet, table, line, column)).then_some(role)
}

fn is_of_this_year(packet: &Packet, table: &Table, line: usize, column: u32) -> bool {
    let said = table.meaning(&packet.names, line, column).and_then(|meaning| meaning.year);
    match (said, table.year) {
        (Some(year), Some(own)) => year.value == own,
        _ => true,
    }
}

/// 包括甲、乙、丙等项目: the names listed in the words of an adjustment.
fn reasons(packet: &Packet, table: &Table, mentions: &mut Vec<Mention>) {
    let Some(sheet) = packet.table_sheet(table) else { return };
    let words = |role: FieldRole| matches!(role, FieldRole::Note | FieldRole::Text);
    for line in &table.lines {
        for field in table.fields.iter().filter(|field| words(field.role)) {
            let cell = CellRef::new(line.row, field.column);
            let Value::Text(id) = sheet.value(cell) else { continue };
            let place = Place { file: table.file, sheet: table.sheet, cell };
            for name in listed(sheet.texts.get(id)) {
                mentions.push(mention(&packet.names, Role::Reason, &name, place, table.id, None));
            }
        }
    }
}

/// The names of a list in words; a text that lists nothing gives none.
fn listed(text: &str) -> Vec<String> {
    let text = text.trim().trim_end_matches(['。', '.']);
    let body = text.strip_prefix("包括").or_else(|| text.strip_prefix("主要为")).unwrap_or(text);
    let body = body.trim_end_matches("项目").trim_end_matches('等');
    let names: Vec<&str> = body
        .split(['、', '；', ';', '\n'])
        .map(str::trim)
        .filter(|name| name.chars().count() >= 3)
        .collect();
    if names.len() < 2 && !text.ends_with("项目") {
        return Vec::new();
    }
    names.into_iter().map(str::to_owned).collect()
}

fn mention(
    names: &Names,
    role: Role,
    name: &str,
    place: Place,
    table: u32,
    amount: Option<Amount>,
) -> Mention {
    let key = names.key(name);
    Mention { role, name: name.trim().to_owned(), place, table, amount, unsure: None, key }
}

/// Staff and running costs, which stand in tables of expenditure beside projects.
fn is_running(name: &str) -> bool {
    ["人员经费", "公用经费", "基本支出", "人员支出", "公用支出", "日常公用"]
        .iter()
        .any(|word| name.contains(word))
}

/// Every pair of mentions that may be one project: different names first, surest first.
pub(super) fn matches(names: &Names, mentions: &[Mention]) -> Vec<Match> {
    let mut matches = Vec::new();
    let mut add = |left: usize, right: usize| {
        matches.extend(pair(names, mentions, (left, &mentions[left]), (right, &mentions[right])));
    };
    if mentions.len() <= PAIRED {
        for left in 0..mentions.len() {
            (left + 1..mentions.len()).for_each(|right| add(left, right));
        }
    } else {
        for same in spellings(mentions) {
            for (at, left) in same.iter().enumerate() {
                same[at + 1..].iter().for_each(|right| add(*left, *right));
            }
        }
    }
    // Names that differ come first: equal ones need no second look.
    let differ = |one: &Match| mentions[one.left].name != mentions[one.right].name;
    matches.sort_by(|a, b| {
        let key = |one: &Match| (differ(one), one.decision.is_none(), one.sureness, one.likeness);
        key(b).cmp(&key(a)).then((a.left, a.right).cmp(&(b.left, b.right)))
    });
    matches.truncate(LISTED);
    matches
}

/// Two different names that may be one project's, on which nobody decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPair {
    /// As written.
    pub names: [String; 2],
    /// Where they stand.
    pub places: [Place; 2],
    /// What speaks for it.
    pub why: Text,
    /// Taken for one until somebody says otherwise.
    pub taken: bool,
}

/// The pairs of names in a packet that people are asked about, each once, house by house, surest first.
pub fn open_pairs(packet: &Packet) -> Vec<OpenPair> {
    let mut houses: Vec<Option<&str>> = Vec::new();
    for own in packet.tables.iter().filter_map(|table| table.entity.as_deref()) {
        if !houses.iter().flatten().any(|known| is_same_house(known, own)) {
            houses.push(Some(own));
        }
    }
    if houses.is_empty() {
        houses.push(None);
    }
    let mut asked: BTreeSet<[String; 2]> = BTreeSet::new();
    let mut open = Vec::new();
    for house in houses {
        let mentions = mentions(packet, house);
        for one in matches(&packet.names, &mentions) {
            let (a, b) = (&mentions[one.left], &mentions[one.right]);
            let mut key = [a.name.clone(), b.name.clone()];
            let names = key.clone();
            key.sort();
            if a.name != b.name && one.decision.is_none() && asked.insert(key) {
                let (places, taken) = ([a.place, b.place], is_one(&one));
                open.push(OpenPair { names, places, why: one.why, taken });
            }
        }
    }
    open
}

/// Whether a match makes its names one project.
fn is_one(one: &Match) -> bool {
    one.decision.unwrap_or(one.sureness == Sureness::High || one.likeness == 100)
}

/// For each name as compared, the first mention of each of its spellings in each role.
fn spellings(mentions: &[Mention]) -> Vec<Vec<usize>> {
    let mut met: BTreeSet<(Role, &str)> = BTreeSet::new();
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, mention) in mentions.iter().enumerate() {
        if met.insert((mention.role, &mention.name)) {
            by_name.entry(&mention.key.name).or_default().push(at);
        }
    }
    by_name.into_values().collect()
}

fn pair(
    names: &Names,
    mentions: &[Mention],
    (left, a): (usize, &Mention),
    (right, b): (usize, &Mention),
) -> Option<Match> {
    // The same name twice in one table is two payments, nothing to show.
    if a.role == b.role && a.name == b.name
        || a.place == b.place
        || is_running(&a.name)
        || is_running(&b.name)
    {
        return None;
    }
    if a.name != b.name
        && let Some(decision) = names.decision(&a.name, &b.name)
    {
        return Some(decided(decision, left, right));
    }
    let names::Likeness { score, contained, .. } = names.likeness(&a.key.name, &b.key.name);
    let same_amount = match (&a.amount, &b.amount) {
        (Some(a), Some(b)) => Some(a.yuan == b.yuan && !a.yuan.is_zero()),
        _ => None,
    };
    let years = match (a.key.year, b.key.year) {
        (Some(a), Some(b)) => Some(a == b),
        _ => None,
    };
    let anchored = same_amount == Some(true) && is_alone(mentions, a, b);
    let sureness = judge(score, contained, same_amount, anchored, years)?;
    // Inside one table only spellings of the same name are worth a line.
    if a.table == b.table && score < 85 {
        return None;
    }
    Some(Match {
        left,
        right,
        sureness,
        likeness: score,
        why: why(a, b, score, contained, same_amount, anchored),
        decision: None,
    })
}

fn decided(decision: &Decision, left: usize, right: usize) -> Match {
    let Decision { same, reason, by, on, .. } = decision;
    let said = |separator: &str, stop: &str| {
        let who = [by, on].into_iter().flatten().map(String::as_str).collect::<Vec<_>>();
        let all = [Some(who.join(separator)).filter(|who| !who.is_empty()), reason.clone()];
        all.into_iter().flatten().fold(String::new(), |text, word| text + stop + &word)
    };
    let (zh, en) = match same {
        true => ("人工认定为同一项目", "decided to be one project"),
        false => ("人工认定不是同一项目", "decided to be two projects"),
    };
    Match {
        left,
        right,
        sureness: Sureness::High,
        likeness: if *same { 100 } else { 0 },
        why: Text::new(format!("{zh}{}", said("，", "；")), format!("{en}{}", said(", ", "; "))),
        decision: Some(*same),
    }
}

/// Whether no third mention of either role has that amount.
fn is_alone(mentions: &[Mention], a: &Mention, b: &Mention) -> bool {
    let Some(amount) = &a.amount else { return false };
    let with = |role: Role| {
        mentions
            .iter()
            .filter(|m| m.role == role && m.amount.as_ref().is_some_and(|m| m.yuan == amount.yuan))
            .count()
    };
    with(a.role) == 1 && (a.role == b.role || with(b.role) == 1)
}

fn judge(
    score: u32,
    contained: bool,
    same_amount: Option<bool>,
    anchored: bool,
    years: Option<bool>,
) -> Option<Sureness> {
    if years == Some(false) {
        // 2019年… and 2021年… are two projects, unless the very amount says otherwise.
        return (anchored && score >= 85).then_some(Sureness::Low);
    }
    let (same, unknown) = (same_amount == Some(true), same_amount.is_none());
    match score {
        100 if same || unknown => Some(Sureness::High),
        50.. if same => Some(Sureness::High),
        _ if same && contained && anchored => Some(Sureness::High),
        85.. => Some(Sureness::Medium),
        _ if contained && (same || unknown) => Some(Sureness::Medium),
        25.. if same && anchored => Some(Sureness::Low),
        70.. => Some(Sureness::Low),
        _ => None,
    }
}

fn why(
    a: &Mention,
    b: &Mention,
    score: u32,
    contained: bool,
    same_amount: Option<bool>,
    anchored: bool,
) -> Text {
    let (mut zh, mut en) = match (a.name == b.name, score) {
        (true, _) => ("名称相同".to_owned(), "same name".to_owned()),
        (false, 100) => (
            "名称去掉年度、后缀并展开简称后相同".to_owned(),
            "same name without year and suffix, short forms written out".to_owned(),
        ),
        (false, _) if contained => (
            format!("一名含于另一名（相似 {score}%）"),
            format!("one name holds the other ({score}% alike)"),
        ),
        (false, _) => (format!("名称相似 {score}%"), format!("names {score}% alike")),
    };
    match same_amount {
        Some(true) => {
            zh.push_str(if anchored {
                "；金额相同，且别处没有同样的金额"
            } else {
                "；金额相同"
            });
            en.push_str(if anchored {
                "; same amount, which stands nowhere else"
            } else {
                "; same amount"
            });
        }
        Some(false) => {
            zh.push_str("；金额不同");
            en.push_str("; amounts differ");
        }
        None => {
            zh.push_str("；一方无金额");
            en.push_str("; one has no amount");
        }
    }
    Text::new(zh, en)
}

/// Mentions put together into projects: same name, or a sure match.
pub(super) fn projects(mentions: &[Mention], matches: &[Match], flows: &[Flow]) -> Vec<Project> {
    let mut group: Vec<usize> = (0..mentions.len()).collect();
    let mut by_key: BTreeMap<(&str, Option<i32>), usize> = BTreeMap::new();
    for (at, mention) in mentions.iter().enumerate() {
        let first = *by_key.entry((&mention.key.name, mention.key.year)).or_insert(at);
        join(&mut group, first, at);
    }
    for one in matches.iter().filter(|one| is_one(one)) {
        join(&mut group, one.left, one.right);
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in 0..mentions.len() {
        members.entry(root(&mut group, at)).or_default().push(at);
    }
    let parts = complements(flows);
    // Only beside a budget by project does it say anything that a project is not in it.
    let budgeted =
        mentions.iter().any(|mention| mention.role != Role::Executed && !is_running(&mention.name));
    let first_table = mentions.iter().find(|m| m.role == Role::Executed).map(|m| m.table);
    members
        .into_values()
        .filter(|members| members.iter().any(|at| mentions[*at].role != Role::Reason))
        .map(|members| {
            let met: Vec<&Mention> = members.iter().map(|at| &mentions[*at]).collect();
            Project { members, ..project(&met, first_table, &parts, budgeted) }
        })
        .collect()
}

fn root(group: &mut [usize], at: usize) -> usize {
    let mut at = at;
    while group[at] != at {
        group[at] = group[group[at]];
        at = group[at];
    }
    at
}

fn join(group: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(group, a), root(group, b));
    // The earlier mention leads, so that the order is the tables'.
    group[a.max(b)] = a.min(b);
}

/// Tables of expenditure that are parts of one whole (本级, 上级专项): what they spend on a project adds up. Other tables tell
/// the same money again.
fn complements(flows: &[Flow]) -> BTreeSet<u32> {
    flows
        .iter()
        .filter(|flow| flow.executed.len() > 1)
        .flat_map(|flow| flow.executed.iter().flat_map(|step| &step.amount.cells))
        .filter_map(|cell| cell.table)
        .collect()
}

/// The tables whose money counts for a role: of those that tell the same, the first.
fn counted(members: &[&Mention], role: Role, parts: &BTreeSet<u32>) -> BTreeSet<u32> {
    let mut tables: Vec<u32> = Vec::new();
    for mention in members.iter().filter(|m| m.role == role && m.amount.is_some()) {
        if !tables.contains(&mention.table) {
            tables.push(mention.table);
        }
    }
    let adding = role == Role::Executed && tables.iter().any(|table| parts.contains(table));
    if adding {
        tables.into_iter().filter(|table| parts.contains(table)).collect()
    } else {
        tables.into_iter().take(1).collect()
    }
}

/// Whether the tables that tell the same money of a project tell it differently.
fn is_told_apart(members: &[&Mention], role: Role, counted: &BTreeSet<u32>) -> bool {
    let mut sums: BTreeMap<u32, Decimal> = BTreeMap::new();
    for mention in members.iter().filter(|m| m.role == role && counted.len() == 1) {
        let Some(amount) = &mention.amount else { continue };
        let sum = sums.entry(mention.table).or_default();
        *sum = sum.checked_add(amount.yuan).unwrap_or(*sum);
    }
    sums.values().any(|sum| Some(sum) != sums.values().next())
}

fn project(
    members: &[&Mention],
    first_table: Option<u32>,
    parts: &BTreeSet<u32>,
    budgeted: bool,
) -> Project {
    let mut names: Vec<String> = Vec::new();
    for mention in members {
        if !names.contains(&mention.name) {
            names.push(mention.name.clone());
        }
    }
    let sum = |keep: &dyn Fn(&Mention) -> bool| -> Option<Amount> {
        let mut all: Option<Amount> = None;
        for mention in members.iter().filter(|mention| keep(mention)) {
            let Some(amount) = &mention.amount else { continue };
            let all = all.get_or_insert(Amount { cells: Vec::new(), yuan: Decimal::ZERO });
            all.cells.extend(&amount.cells);
            all.yuan = all.yuan.checked_add(amount.yuan).unwrap_or(all.yuan);
        }
        all
    };
    let (budget, spent) =
        (counted(members, Role::Initial, parts), counted(members, Role::Executed, parts));
    let has = |role: Role| {
        let any = |m: &&Mention| {
            m.role == role && m.amount.as_ref().is_none_or(|amount| !amount.yuan.is_zero())
        };
        members.iter().copied().any(|m| any(&m))
    };
    let basis = match (has(Role::Initial), has(Role::Reason)) {
        (true, true) => Basis::Both,
        (true, false) => Basis::Initial,
        (false, true) => Basis::Reason,
        (false, false) if members.iter().all(|mention| is_running(&mention.name)) => Basis::Running,
        (false, false) if budgeted => Basis::None,
        (false, false) => Basis::Unknown,
    };
    Project {
        named_apart: names.len() > 1,
        members: Vec::new(),
        names,
        initial: sum(&|m| m.role == Role::Initial && budget.contains(&m.table)),
        first: sum(&|m| {
            m.role == Role::Executed && spent.contains(&m.table) && Some(m.table) == first_table
        }),
        others: sum(&|m| {
            m.role == Role::Executed && spent.contains(&m.table) && Some(m.table) != first_table
        }),
        payments: members
            .iter()
            .filter(|m| m.role == Role::Executed && spent.contains(&m.table))
            .count(),
        told_apart: is_told_apart(members, Role::Initial, &budget)
            || is_told_apart(members, Role::Executed, &spent),
        basis,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(role: Role, table: u32, row: u32, name: &str, yuan: Option<&str>) -> Mention {
        let place = Place { file: 0, sheet: table, cell: CellRef::new(row, 0) };
        let amount = yuan.map(|yuan| Amount { cells: Vec::new(), yuan: yuan.parse().unwrap() });
        mention(&known(), role, name, place, table, amount)
    }

    fn known() -> Names {
        let owned = |word: &str| word.to_owned();
        let short = [
            ("公租房", "公共租赁住房"),
            ("经适房", "经济适用住房"),
            ("经济适用房", "经济适用住房"),
        ];
        let short = short.map(|(short, long)| (owned(short), owned(long)));
        Names::new(short, ["项目"].map(owned), vec![owned("其中")])
    }

    /// The seed's names and amounts, in 万元.
    fn seed() -> Vec<Mention> {
        let mut all = Vec::new();
        for (row, (name, amount)) in [
            ("公共租赁住房维修", "200"),
            ("供热锅炉脱硫脱硝除尘技术改造及供热防尘治理", "1952"),
            ("延期供热补贴", "2250"),
        ]
        .iter()
        .enumerate()
        {
            all.push(at(Role::Initial, 0, row as u32, name, Some(amount)));
        }
        for name in
            listed("公共租赁住房维修、2019年老旧小区基础设施配套改造、柳沟经济适用房B区等项目")
        {
            all.push(at(Role::Reason, 1, 0, &name, None));
        }
        for (row, (name, amount)) in [
            ("公共租赁住房维修", "25.62"),
            ("2019年老旧小区基础设施配套改造", "4.38"),
            ("信息网络维护", "30"),
            ("脱硫脱硝项目", "1952"),
            ("2022年公租房维修", "200"),
            ("供热补贴", "2250"),
            ("公共租赁住房维修", "374.38"),
            ("2021年老旧小区基础设施配套改造", "631.91"),
            ("柳沟经适房B区", "350"),
            ("柳沟经济适用房B区", "5000"),
            ("人员经费", "1493.54"),
        ]
        .iter()
        .enumerate()
        {
            all.push(at(Role::Executed, 2, row as u32, name, Some(amount)));
        }
        all
    }

    fn sureness(mentions: &[Mention], a: (&str, &str), b: (&str, &str)) -> Option<Sureness> {
        let is = |mention: &Mention, (name, amount): (&str, &str)| {
            let yuan = mention.amount.as_ref().map(|a| a.yuan.to_string()).unwrap_or_default();
            mention.name == name && yuan == amount
        };
        matches(&known(), mentions)
            .iter()
            .find(|one| {
                let (l, r) = (&mentions[one.left], &mentions[one.right]);
                is(l, a) && is(r, b) || is(l, b) && is(r, a)
            })
            .map(|one| one.sureness)
    }

    #[test]
    fn similar_names_with_the_same_amount_are_sure() {
        let seed = seed();
        for (a, b, amount) in [
            ("供热锅炉脱硫脱硝除尘技术改造及供热防尘治理", "脱硫脱硝项目", "1952"),
            ("延期供热补贴", "供热补贴", "2250"),
            ("公共租赁住房维修", "2022年公租房维修", "200"),
        ] {
            assert_eq!(sureness(&seed, (a, amount), (b, amount)), Some(Sureness::High), "{a} {b}");
        }
    }

    #[test]
    fn spellings_of_one_name_are_shown_but_their_amounts_keep_them_apart() {
        let seed = seed();
        let found = sureness(&seed, ("柳沟经适房B区", "350"), ("柳沟经济适用房B区", "5000"));
        assert_eq!(found, Some(Sureness::Medium));
    }

    #[test]
    fn different_years_and_repeated_payments_are_no_matches() {
        let seed = seed();
        let a = ("2019年老旧小区基础设施配套改造", "4.38");
        assert_eq!(sureness(&seed, a, ("2021年老旧小区基础设施配套改造", "631.91")), None);
        let twice = (("公共租赁住房维修", "25.62"), ("公共租赁住房维修", "374.38"));
        assert_eq!(sureness(&seed, twice.0, twice.1), None);
        assert_eq!(sureness(&seed, ("信息网络维护", "30"), ("公共租赁住房维修", "200")), None);
    }

    #[test]
    fn projects_show_their_money_and_what_has_no_basis() {
        let seed = seed();
        let projects = projects(&seed, &matches(&known(), &seed), &[]);
        let find = |name: &str| {
            projects.iter().find(|project| project.names.iter().any(|n| n == name)).unwrap()
        };
        let rent = find("公共租赁住房维修");
        assert_eq!(rent.spent().to_string(), "600.00");
        assert_eq!(rent.basis, Basis::Both);
        assert_eq!(find("信息网络维护").basis, Basis::None);
        assert_eq!(find("脱硫脱硝项目").basis, Basis::Initial);
        assert_eq!(find("2019年老旧小区基础设施配套改造").basis, Basis::Reason);
        assert_eq!(find("2021年老旧小区基础设施配套改造").basis, Basis::None);
        assert_eq!(find("人员经费").basis, Basis::Running);
        assert_eq!(find("柳沟经适房B区").spent().to_string(), "5350");
    }

    #[test]
    fn words_that_list_nothing_name_no_project() {
        assert!(listed("基础绩效及年度考核奖").is_empty());
        assert_eq!(listed("江苏工业园区、供热补贴项目"), ["江苏工业园区", "供热补贴"]);
    }
}
