//! A01, A03: 年初 + 调增 − 调减 = 调整后, by what lines, columns and tables mean.
//!
//! The identity is the same whether the stages stand below each other, side by side or in three workbooks. Which lines or
//! columns belong together is said by their other facets: the same part, source, thing and year. Where something stands
//! between that was not understood, it is said only where it holds.

use std::collections::{BTreeMap, BTreeSet};

use super::slip::is_slip;
use crate::model::{
    CellRef, Class, EvidenceSet, Facet, FieldRole, Funds, Item, Judge, LineRole, Operation, Origin,
    Packet, Place, Quantity, QuickSet, Reading, Relation, Severity, Shape, Stage, Sureness, Table,
    Text, Verdict,
};

/// What lines or columns of one identity share.
type Key = (Option<Class>, Funds, Option<Item>, Option<i32>);

fn key(table: &Table, reading: &Reading, item: Option<Item>) -> Key {
    (
        reading.class.map(|facet| facet.value),
        reading.funds.map_or(Funds::default(), |facet| facet.value),
        item,
        reading.year.map(|facet| facet.value).filter(|year| Some(*year) != table.year),
    )
}

/// The members of one identity, by stage: where, and how sure.
struct Members<T> {
    initial: Vec<T>,
    increase: Vec<T>,
    decrease: Vec<T>,
    change: Vec<T>,
    carried: Vec<T>,
    adjusted: Vec<T>,
    unsure: bool,
}

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self {
            initial: Vec::new(),
            increase: Vec::new(),
            decrease: Vec::new(),
            change: Vec::new(),
            carried: Vec::new(),
            adjusted: Vec::new(),
            unsure: false,
        }
    }
}

impl<T: Copy> Members<T> {
    fn add(&mut self, stage: Stage, sure: Sureness, at: T) {
        let list = match stage {
            Stage::Initial => &mut self.initial,
            Stage::Increase => &mut self.increase,
            Stage::Decrease => &mut self.decrease,
            Stage::Adjustment => &mut self.change,
            Stage::CarriedIn => &mut self.carried,
            Stage::Adjusted => &mut self.adjusted,
            _ => return,
        };
        list.push(at);
        self.unsure |= sure == Sureness::Guessed;
    }

    /// The target and the sets of terms that it may be the sum of, likeliest first.
    fn candidates(&self) -> Option<(T, Vec<Vec<(T, i32)>>)> {
        let ([initial], [adjusted]) = (self.initial.as_slice(), self.adjusted.as_slice()) else {
            return None;
        };
        let moved: Vec<(T, i32)> = if self.increase.is_empty() && self.decrease.is_empty() {
            self.change.iter().map(|at| (*at, 1)).collect()
        } else {
            let up = self.increase.iter().map(|at| (*at, 1));
            up.chain(self.decrease.iter().map(|at| (*at, -1))).collect()
        };
        if moved.is_empty() {
            return None;
        }
        let first = |more: &[(T, i32)]| [&[(*initial, 1)], more].concat();
        let mut sets = vec![first(&moved)];
        if !self.carried.is_empty() {
            let carried: Vec<(T, i32)> = self.carried.iter().map(|at| (*at, 1)).collect();
            sets.push(first(&[moved.as_slice(), &carried].concat()));
        }
        if !self.decrease.is_empty() {
            // What was taken away may be written with its sign.
            sets.push(first(&moved.iter().map(|(at, _)| (*at, 1)).collect::<Vec<_>>()));
        }
        if !self.change.is_empty() && moved.len() > 1 {
            let change: Vec<(T, i32)> = self.change.iter().map(|at| (*at, 1)).collect();
            sets.push(first(&change));
        }
        Some((*adjusted, sets))
    }
}

/// The identity wherever it is found.
pub(super) fn relate(packet: &Packet, quantities: &[Vec<Quantity>]) -> Vec<Relation> {
    let mut relations = Vec::new();
    for table in packet.tables.iter().filter(|table| table.lines.len() <= 20_000) {
        relations.extend(in_lines(packet, table));
        relations.extend(in_columns(packet, table));
        relations.extend(left_over(packet, table));
    }
    relations.extend(across(packet, quantities, &relations));
    relations
}

/// Whether a sum of lines takes one stage of the budget for a part of another: 调增合计 is no total of 年初预算.
///
/// Only what labels and numbers propose: a formula of the sheet, and the identity itself, stand.
pub(super) fn crosses_stages(packet: &Packet, relation: &Relation) -> bool {
    if !matches!(relation.rule.as_str(), "T01" | "T03" | "T05" | "T06")
        || relation.evidence.contains(Origin::Formula)
    {
        return false;
    }
    let (table, target, terms) = match &relation.shape {
        Shape::Lines { table, target, terms, .. } => (table, target, terms),
        // 年初预算 is never what 调增 and 调整后预算 come to, though it is where nothing was adjusted.
        Shape::Fields { table, target, terms, .. } if relation.rule == "T06" => {
            let table = &packet.tables[*table as usize];
            let stage = |column: u32| {
                let stage = table.field_at(column)?.reading.stage?;
                (stage.sure > Sureness::Guessed).then_some(stage.value)
            };
            let adjusted = |column: u32| stage(column) == Some(Stage::Adjusted);
            return stage(*target).is_some_and(|own| {
                matches!(own, Stage::Initial | Stage::Increase | Stage::Decrease)
            }) && terms.iter().any(|(column, _)| adjusted(*column));
        }
        _ => return false,
    };
    let table = &packet.tables[*table as usize];
    let stage = |row: u32| {
        let reading = table.line_at(row)?.reading.as_deref()?;
        let stage = reading.stage.filter(|stage| stage.sure > Sureness::Guessed)?.value;
        let moved =
            matches!(stage, Stage::Initial | Stage::Increase | Stage::Decrease | Stage::Adjusted);
        (moved && (reading.name.is_empty() || stage_is_inherited(reading))).then_some(stage)
    };
    let Some(own) = stage(*target) else { return false };
    terms.iter().any(|(row, _)| stage(*row).is_some_and(|other| other != own))
}

/// Sums of columns that fail where another column is the sum of just those columns in more lines: 全年预算 beside 全年支出 and
/// its quarters is no sum of what was spent, though it is where all of it was. So are those that fail only in lines where the
/// identity of the budget gives the same column: batches that are alike elsewhere may have any sign.
pub(super) fn drop_rival_totals(packet: &Packet, relations: &mut Vec<Relation>) {
    let sums: Vec<Option<Sum>> =
        relations.iter().map(|relation| Sum::of(packet, relation)).collect();
    let mut whole: BTreeMap<(u32, &[(u32, i32)]), Vec<&Sum>> = BTreeMap::new();
    for sum in sums.iter().flatten() {
        whole.entry((sum.table, &sum.terms)).or_default().push(sum);
    }
    let rival = |sum: &Sum| {
        let others = whole.get(&(sum.table, sum.terms.as_slice())).into_iter().flatten();
        others.into_iter().any(|other| {
            other.target != sum.target && other.checks >= sum.checks && other.fails < sum.fails
        })
    };
    let given = given(packet, relations);
    let explained =
        |sum: &Sum| sum.failing.iter().all(|row| given.contains(&(sum.table, sum.target, *row)));
    let mut at = 0;
    relations.retain(|_| {
        let sum = &sums[at];
        at += 1;
        sum.as_ref()
            .is_none_or(|sum| sum.fails == 0 || !sum.by_numbers || !(rival(sum) || explained(sum)))
    });
}

/// The cells, by table, column and line, that the identity of the budget gives.
fn given(packet: &Packet, relations: &[Relation]) -> BTreeSet<(u32, u32, u32)> {
    let mut given = BTreeSet::new();
    for relation in relations.iter().filter(|one| matches!(one.rule.as_str(), "A01" | "A03")) {
        let Shape::Fields { table, target, rows, .. } = &relation.shape else { continue };
        let judge = Judge::new(packet, relation);
        let holds = |at: usize| matches!(judge.verdict(at), Verdict::Holds | Verdict::Rounding);
        let held = rows.iter().enumerate().filter(|(at, _)| holds(*at));
        given.extend(held.map(|(_, row)| (*table, *target, *row)));
    }
    given
}

/// A sum of columns and in how many lines it fails.
struct Sum {
    table: u32,
    target: u32,
    terms: Vec<(u32, i32)>,
    checks: usize,
    fails: usize,
    /// The lines where it does.
    failing: Vec<u32>,
    by_numbers: bool,
}

impl Sum {
    fn of(packet: &Packet, relation: &Relation) -> Option<Self> {
        let Shape::Fields { table, target, terms, rows } = &relation.shape else { return None };
        let additive = matches!(relation.rule.as_str(), "T02" | "T03" | "T06");
        if !additive || relation.operation != Operation::Sum || terms.len() < 2 {
            return None;
        }
        let judge = Judge::new(packet, relation);
        let checks = relation.check_count();
        let failing: Vec<u32> = rows
            .iter()
            .enumerate()
            .filter(|(at, _)| judge.verdict(*at) == Verdict::Fails)
            .map(|(_, row)| *row)
            .collect();
        let mut terms = terms.clone();
        terms.sort_unstable();
        let by_numbers = !relation.evidence.contains(Origin::Formula);
        let fails = failing.len();
        Some(Self { table: *table, target: *target, terms, checks, fails, failing, by_numbers })
    }
}

/// A02: a total of an increase and the sources that it came from.
pub(super) fn name_sources(packet: &Packet, relations: &mut [Relation]) {
    let increase = |stage: Option<crate::model::Facet<Stage>>| {
        stage.is_some_and(|facet| facet.value == Stage::Increase && facet.sure > Sureness::Guessed)
    };
    for relation in relations.iter_mut().filter(|one| matches!(one.rule.as_str(), "T01" | "T02")) {
        let all = match &relation.shape {
            Shape::Lines { table, target, terms, .. } => {
                let table = &packet.tables[*table as usize];
                let said = |row: u32| {
                    let reading = table.line_at(row).and_then(|line| line.reading.as_deref());
                    reading.is_some_and(|reading| increase(reading.stage))
                };
                // Named parts of an increase have its stage from it.
                said(*target) && terms.iter().all(|(row, _)| said(*row))
            }
            Shape::Fields { table, target, terms, .. } => {
                let table = &packet.tables[*table as usize];
                let said = |column: u32| {
                    table.field_at(column).is_some_and(|field| increase(field.reading.stage))
                };
                said(*target) && terms.iter().all(|(column, _)| said(*column))
            }
            Shape::Cells { .. } => false,
        };
        if all {
            "A02".clone_into(&mut relation.rule);
        }
    }
}

fn stage_is_inherited(reading: &crate::model::Reading) -> bool {
    reading.stage.is_some_and(|stage| stage.source == crate::model::ReadFrom::Above)
}

/// Stages below each other.
fn in_lines(packet: &Packet, table: &Table) -> Vec<Relation> {
    let mut groups: BTreeMap<Key, Members<usize>> = BTreeMap::new();
    for (at, line) in table.lines.iter().enumerate().filter(|(_, line)| line.role.is_data()) {
        let Some(reading) = line.reading.as_deref() else { continue };
        let Some(stage) = reading.stage else { continue };
        // A thing named beside its stage is of that stage; a stage named in a thing's name is not.
        if !reading.name.is_empty() && stage.source != crate::model::ReadFrom::Above {
            continue;
        }
        let item = Some(line.item(&packet.names)).filter(|item| *item != Item::Whole);
        let key = key(table, reading, item);
        let members = groups.entry(key).or_default();
        // A part of a line of the same group is in it already.
        let inside = |of: &usize| is_inside(table, at, *of);
        let listed = [&members.initial, &members.increase, &members.decrease];
        let listed = listed.into_iter().chain([&members.change, &members.adjusted]);
        if listed.flatten().any(inside) {
            continue;
        }
        members.add(stage.value, stage.sure, at);
    }
    let columns: Vec<u32> = plain_amounts(table).collect();
    let mut relations = Vec::new();
    if columns.is_empty() {
        return relations;
    }
    for ((_, _, item, _), members) in &groups {
        let Some((target, sets)) = members.candidates() else { continue };
        let row = |at: usize| table.lines[at].row;
        let made = sets.iter().map(|set| {
            let terms = set.iter().map(|(at, sign)| (row(*at), *sign)).collect();
            let shape = Shape::Lines {
                table: table.id,
                target: row(target),
                terms,
                columns: columns.clone(),
            };
            relation(item.is_some(), members.unsure, shape)
        });
        let odd = stranger_between(table, &sets[0], target);
        relations.extend(best(packet, made.collect(), odd));
    }
    relations
}

/// The columns of money that have no stage of their own, so that the lines may have theirs.
fn plain_amounts(table: &Table) -> impl Iterator<Item = u32> + '_ {
    table
        .fields
        .iter()
        .filter(|field| field.role == FieldRole::Amount)
        .filter(|field| {
            field.reading.measure.is_none()
                && field.reading.stage.is_none_or(|stage| stage.value == Stage::Budget)
        })
        .map(|field| field.column)
}

/// Whether a line is a part of another, or of one of its parts.
fn is_inside(table: &Table, line: usize, of: usize) -> bool {
    let mut at = table.lines[line].parent;
    for _ in 0..16 {
        match at {
            Some(parent) if parent as usize == of => return true,
            Some(parent) => at = table.lines[parent as usize].parent,
            None => return false,
        }
    }
    false
}

/// Whether a line that is none of the stages stands between them, at their own level.
fn stranger_between(table: &Table, terms: &[(usize, i32)], target: usize) -> bool {
    let all = || terms.iter().map(|(at, _)| *at).chain([target]);
    let (Some(first), Some(last)) = (all().min(), all().max()) else { return false };
    let level = table.lines[first].level;
    (first..last).any(|at| {
        let line = &table.lines[at];
        line.role == LineRole::Item
            && line.level <= level
            && !all().any(|own| own == at || is_inside(table, at, own))
            && line
                .reading
                .as_deref()
                .is_none_or(|reading| reading.stage.is_none() && !reading.name.is_empty())
    })
}

/// Stages side by side.
fn in_columns(packet: &Packet, table: &Table) -> Vec<Relation> {
    let mut groups: BTreeMap<Key, Members<u32>> = BTreeMap::new();
    let amounts = || table.fields.iter().filter(|field| field.role == FieldRole::Amount);
    for field in amounts() {
        let Some(stage) = field.reading.stage else { continue };
        if field.reading.measure.is_some() || stage.value == Stage::Budget {
            continue;
        }
        let key = key(table, &field.reading, None);
        groups.entry(key).or_default().add(stage.value, stage.sure, field.column);
    }
    let mut relations = Vec::new();
    for (key, members) in &mut groups {
        totals_first(table, &mut members.increase);
        totals_first(table, &mut members.decrease);
        let Some((target, sets)) = members.candidates() else { continue };
        let last = sets[0].iter().map(|(column, _)| *column).chain([target]).max();
        let first = sets[0].iter().map(|(column, _)| *column).chain([target]).min();
        let known =
            |column: u32| column == target || sets.iter().flatten().any(|(own, _)| *own == column);
        let odd = amounts().any(|field| {
            first.is_some_and(|first| field.column > first)
                && last.is_some_and(|last| field.column < last)
                && !known(field.column)
                && field.reading.stage.is_none()
                && field.reading.measure.is_none()
                && field.reading.class.map(|facet| facet.value) == key.0
        });
        for whole in [true, false] {
            let rows: Vec<u32> = table
                .lines
                .iter()
                .filter(|line| line.role.is_data())
                .filter(|line| {
                    let reading = line.reading.as_deref();
                    // A line of its own stage, in a table of stages, is another crossing.
                    reading.map_or(!whole, |reading| {
                        let all = reading.name.is_empty() || is_house(packet, table, &line.name);
                        all == whole && reading.stage.is_none()
                    })
                })
                .map(|line| line.row)
                .collect();
            if rows.is_empty() {
                continue;
            }
            let made = sets.iter().map(|set| {
                let shape = Shape::Fields {
                    table: table.id,
                    target,
                    terms: set.clone(),
                    rows: rows.clone(),
                };
                relation(!whole, members.unsure, shape)
            });
            relations.extend(best(packet, made.collect(), odd));
        }
    }
    relations
}

/// A line named as the house itself, or as the end of its name: it is of the whole.
fn is_house(packet: &Packet, table: &Table, name: &str) -> bool {
    let Some(entity) = &table.entity else { return false };
    let (house, own) = (packet.names.key(entity).name, packet.names.key(name).name);
    house == own || own.chars().count() >= 4 && house.ends_with(&own)
}

/// 调增合计 | 本级 | 上级: the total stands for its parts.
fn totals_first(table: &Table, columns: &mut Vec<u32>) {
    let total = |column: &u32| table.field_at(*column).is_some_and(|field| field.reading.total);
    if columns.len() > 1 && columns.iter().filter(|column| total(column)).count() == 1 {
        columns.retain(total);
    }
}

/// A05 in one table: 调整后预算 = 支出 + 结转结余, below each other. Money that was taken back may stand between and need not be
/// stated, so that a difference is told only where it is a slip of the pen.
fn left_over(packet: &Packet, table: &Table) -> Vec<Relation> {
    let mut groups: BTreeMap<Key, BTreeMap<Stage, Vec<u32>>> = BTreeMap::new();
    for line in table.lines.iter().filter(|line| line.role.is_data()) {
        let Some(reading) = line.reading.as_deref() else { continue };
        // 本年支出 between the two others is what was spent, though its words alone leave that open.
        let open = |stage: &Facet<Stage>| stage.value == Stage::Executed;
        let Some(stage) =
            reading.stage.filter(|stage| stage.sure > Sureness::Guessed || open(stage))
        else {
            continue;
        };
        if !reading.name.is_empty() || line.item(&packet.names) != Item::Whole {
            continue;
        }
        let key = key(table, reading, None);
        groups.entry(key).or_default().entry(stage.value).or_default().push(line.row);
    }
    let columns: Vec<u32> = plain_amounts(table).collect();
    let mut relations = Vec::new();
    for stages in groups.values() {
        let only = |stage: Stage| match stages.get(&stage).map(Vec::as_slice) {
            Some([row]) => Some(*row),
            _ => None,
        };
        let (Some(target), Some(spent), Some(left)) =
            (only(Stage::Adjusted), only(Stage::Executed), only(Stage::CarriedOver))
        else {
            continue;
        };
        for column in columns.iter().copied() {
            let shape = Shape::Lines {
                table: table.id,
                target,
                terms: vec![(spent, 1), (left, 1)],
                columns: vec![column],
            };
            let evidence = EvidenceSet::of(Origin::Label).with(Origin::Kind);
            let relation = Relation::new("A05", Operation::Sum, shape, evidence)
                .of_severity(Severity::Warning)
                .because(Text::new(
                    "调整后预算应为支出与结转结余之和",
                    "the adjusted budget is what was spent and what is carried over",
                ));
            let judge = Judge::new(packet, &relation);
            let told = match judge.verdict(0) {
                Verdict::Holds | Verdict::Rounding => true,
                Verdict::Fails => {
                    let number = |row: u32| {
                        let cell = CellRef::new(row, column);
                        let place = Place { file: table.file, sheet: table.sheet, cell };
                        packet.figure(place, Some(table.id)).number()
                    };
                    let figures = (number(target), number(spent), number(left));
                    let (Some(adjusted), Some(spent), Some(left)) = figures else { continue };
                    is_slip(adjusted, spent + left)
                        || is_slip(spent, adjusted - left)
                        || is_slip(left, adjusted - spent)
                }
                _ => false,
            };
            relations.extend(told.then_some(relation));
        }
    }
    relations
}

/// Stages in several tables: 年初预算表, 追加表 and 调整后预算表 of one entity, year and thing.
fn across(packet: &Packet, quantities: &[Vec<Quantity>], known: &[Relation]) -> Vec<Relation> {
    type Scope<'a> = (Option<u32>, Option<i32>, Option<u32>, Option<Class>, Funds, &'a Item);
    let targets: QuickSet<Place> = known
        .iter()
        .flat_map(|relation| {
            let mut terms = Vec::new();
            (0..relation.check_count())
                .map(|at| relation.operands(at, |t| packet.place_of(t), &mut terms).place)
                .collect::<Vec<_>>()
        })
        .collect();
    // Mostly all of them are told where they stand.
    let is_open = |one: &Quantity| {
        one.stage == Stage::Adjusted
            && one.side != Some(crate::model::Side::Income)
            && !targets.contains(&one.place)
    };
    if !quantities.iter().flatten().any(is_open) {
        return Vec::new();
    }
    let mut groups: BTreeMap<Scope, Members<(u32, Place)>> = BTreeMap::new();
    for quantity in quantities.iter().flatten() {
        if quantity.side == Some(crate::model::Side::Income) {
            continue;
        }
        // A project is one whatever class its table names.
        let class = quantity.class.filter(|_| quantity.item == Item::Whole);
        let key =
            (quantity.entity, quantity.year, quantity.draft, class, quantity.funds, &quantity.item);
        groups.entry(key).or_default().add(
            quantity.stage,
            quantity.sure,
            (quantity.table, quantity.place),
        );
    }
    let mut relations = Vec::new();
    for (key, members) in groups {
        let adjusted: Vec<_> =
            members.adjusted.iter().filter(|(_, place)| !targets.contains(place)).collect();
        // What is stated in several places is compared there; one of each is enough to add up.
        let ([target], Some(initial)) = (adjusted.as_slice(), members.initial.first()) else {
            continue;
        };
        let one = Members {
            initial: vec![*initial],
            adjusted: vec![**target],
            increase: of_one_table(&members.increase),
            decrease: of_one_table(&members.decrease),
            change: of_one_table(&members.change),
            carried: Vec::new(),
            unsure: true,
        };
        let tables: BTreeSet<u32> = [&one.initial, &one.adjusted, &one.increase]
            .into_iter()
            .chain([&one.decrease, &one.change])
            .flatten()
            .map(|(table, _)| *table)
            .collect();
        let Some((_, sets)) = one.candidates().filter(|_| tables.len() > 1) else { continue };
        let operand = |(table, place): (u32, Place), coefficient: i32| crate::model::Operand {
            place,
            table: Some(table),
            coefficient,
        };
        let made = sets.iter().map(|set| {
            let terms = set.iter().map(|(at, sign)| operand(*at, *sign)).collect();
            let shape = Shape::Cells { target: operand(**target, 1), terms };
            relation(*key.5 != Item::Whole, true, shape)
        });
        relations.extend(best(packet, made.collect(), true));
    }
    relations
}

fn of_one_table(members: &[(u32, Place)]) -> Vec<(u32, Place)> {
    let first = members.first().map(|(table, _)| *table);
    let all_in_one = members.iter().all(|(table, _)| Some(*table) == first);
    if all_in_one && members.len() == 1 { members.to_vec() } else { Vec::new() }
}

fn relation(named: bool, unsure: bool, shape: Shape) -> Relation {
    // What the stages of a budget come to is a definition; only their names are read.
    let evidence = EvidenceSet::of(Origin::Label);
    let evidence = if unsure { evidence } else { evidence.with(Origin::Kind) };
    Relation::new(if named { "A03" } else { "A01" }, Operation::Sum, shape, evidence)
        .of_severity(if unsure { Severity::Warning } else { Severity::Error })
        .because(Text::new(
            "年初预算 + 调增 − 调减 = 调整后预算",
            "initial budget + increase − decrease = adjusted budget",
        ))
}

/// The reading of an identity that the figures support best; where `odd` only those checks that hold.
fn best(packet: &Packet, made: Vec<Relation>, odd: bool) -> Option<Relation> {
    let mut chosen: Option<(usize, usize, Relation)> = None;
    for relation in made {
        // A second reading is believed only where the first one mostly fails: one wrong figure is no other sign.
        if chosen.as_ref().is_some_and(|(best, failed, _)| failed <= best) {
            break;
        }
        let judge = Judge::new(packet, &relation);
        let verdicts: Vec<Verdict> =
            (0..relation.check_count()).map(|at| judge.verdict(at)).collect();
        let holds = verdicts
            .iter()
            .filter(|verdict| matches!(verdict, Verdict::Holds | Verdict::Rounding))
            .count();
        let fails = verdicts.iter().filter(|verdict| **verdict == Verdict::Fails).count();
        if chosen.as_ref().is_none_or(|(best, ..)| holds > *best) {
            chosen = Some((holds, fails, relation));
        }
    }
    let (holds, fails, mut relation) = chosen?;
    relation.support = (holds as u32, (holds + fails) as u32);
    // Most lines saying otherwise is a misreading, not a table full of errors.
    let misread = fails > holds && holds + fails > 2 || fails > 2 && fails * 2 > holds;
    if odd && fails > 0 && (fails * 4 > holds) || misread {
        return None;
    }
    (holds + fails > 0).then_some(relation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_chosen_by_stage() {
        let mut members: Members<u32> = Members::default();
        for (stage, at) in
            [(Stage::Initial, 1), (Stage::Increase, 2), (Stage::Decrease, 3), (Stage::Adjusted, 4)]
        {
            members.add(stage, Sureness::Sure, at);
        }
        let (target, sets) = members.candidates().unwrap();
        assert_eq!(target, 4);
        assert_eq!(sets[0], [(1, 1), (2, 1), (3, -1)]);
        members.add(Stage::Adjusted, Sureness::Sure, 5);
        assert!(members.candidates().is_none());
    }
}
