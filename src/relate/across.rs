//! The same quantity in two tables of a packet (X01), found by what lines and columns are called and confirmed by how many
//! of them agree.
//!
//! Two tables that list the same names or codes state the same amounts in some pair of columns, or they do not. Where
//! enough lines agree and next to none disagrees, those that disagree are worth a finding; where only a few lines are
//! shared, agreement is no evidence and nothing is said.

use std::cell::{LazyCell, OnceCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem::take;

use super::amount::Amount;
use crate::model::words::Period;
use crate::model::{
    CellRef, EvidenceSet, Field, FieldRole, Operand, Operation, Origin, Packet, Place, QuickMap,
    Relation, Severity, Shape, Table, Text,
};
use crate::number::{Decimal, Unit};

/// Shared lines that must agree before a disagreement means anything.
const AGREEING: usize = 4;
/// Lines that must agree for each that does not.
const DISAGREEING: usize = 8;
/// Tables of a packet past which pairs are not tried: an archive is no packet.
const TABLES: usize = 300;

/// Equal amounts between tables.
pub(super) fn relate(packet: &Packet) -> Vec<Relation> {
    if !(2..=TABLES).contains(&packet.tables.len()) {
        return Vec::new();
    }
    let mut known = HashMap::new();
    let names: Vec<Vec<(usize, usize)>> =
        packet.tables.iter().map(|table| numbered(names(table), &mut known)).collect();
    // The tables that list each name, and in which line.
    let mut lists: Vec<Vec<(usize, usize)>> = vec![Vec::new(); known.len()];
    for (table, names) in names.iter().enumerate() {
        for (name, line) in names {
            lists[*name].push((table, *line));
        }
    }
    let figures: Vec<Figures> =
        packet.tables.iter().map(|table| Figures::new(packet, table)).collect();
    let periods: Vec<Option<Period>> =
        packet.tables.iter().map(|table| packet.period(table)).collect();
    let mut relations = Vec::new();
    // Asked for where two tables may be compared at all, which those of several months are not.
    let alike = LazyCell::new(|| alike(&lists, &figures));
    // How many names a table shares with each later one.
    let mut shared = vec![0; packet.tables.len()];
    for a in 0..packet.tables.len() {
        for (name, _) in &names[a] {
            for (b, _) in lists[*name].iter().rev().take_while(|(b, _)| *b > a) {
                shared[*b] += 1;
            }
        }
        for b in a + 1..packet.tables.len() {
            if take(&mut shared[b]) < AGREEING {
                continue;
            }
            let (left, right) = (&packet.tables[a], &packet.tables[b]);
            let beside = || {
                periods[a].as_ref().zip(periods[b].as_ref()).is_some_and(|(a, b)| a.is_beside(b))
            };
            if comparable(left, right)
                && !(left.file == right.file && beside())
                && alike.get(&(a, b)).is_some_and(|lines| *lines >= AGREEING)
            {
                let shared = shared_lines(&names[a], &names[b]);
                relations.extend(columns(&figures[a], &figures[b], &shared));
            }
        }
    }
    relations
}

/// In how many lines of one name two tables have an amount that may be the same, besides nought: mostly in none. All tables
/// that list a name are asked at once.
fn alike(lists: &[Vec<(usize, usize)>], figures: &[Figures]) -> QuickMap<(usize, usize), usize> {
    let mut alike: QuickMap<(usize, usize), usize> = QuickMap::default();
    let (mut amounts, mut met) = (Vec::new(), Vec::new());
    for list in lists.iter().filter(|list| list.len() > 1) {
        amounts.clear();
        for &(table, line) in list {
            let own = figures[table].line(line).iter().flatten().filter(|one| !one.is_zero());
            amounts.extend(own.map(|one| (one.about(), one.reach(), table)));
        }
        amounts.sort_unstable();
        let most = amounts.iter().map(|(_, reach, _)| *reach).max().unwrap_or(0);
        for (at, (about, reach, table)) in amounts.iter().enumerate() {
            let rest = amounts[at + 1..].iter().map(|(other, own, b)| (other - about, own, b));
            let near = rest.take_while(|(apart, ..)| *apart <= reach + most);
            met.extend(
                near.filter(|(apart, own, other)| *apart <= reach + *own && *other != table)
                    .map(|(_, _, other)| (*table.min(other), *table.max(other))),
            );
        }
        met.sort_unstable();
        met.dedup();
        for pair in met.drain(..) {
            *alike.entry(pair).or_default() += 1;
        }
    }
    alike
}

/// The lines of two tables that have one name, those of the left in order.
fn shared_lines(left: &[(usize, usize)], right: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut others = right.iter().peekable();
    let mut shared: Vec<(usize, usize)> = left
        .iter()
        .filter_map(|(name, line)| {
            while others.next_if(|(other, _)| other < name).is_some() {}
            let (_, other) = others.next_if(|(other, _)| other == name)?;
            Some((*line, *other))
        })
        .collect();
    shared.sort_unstable();
    shared
}

/// Lines by code and name, or by name; `None` where a name occurs twice.
fn names(table: &Table) -> HashMap<&str, Option<usize>> {
    let mut names: HashMap<&str, Option<usize>> = HashMap::with_capacity(table.lines.len());
    for (at, line) in table.lines.iter().enumerate() {
        // Every table has a 合计: it says nothing about what the table is.
        if !line.role.is_data() || line.name.chars().count() < 2 || line.total.is_some() {
            continue;
        }
        let name = match &line.code {
            Some(code) if code.len() >= 3 => code,
            _ => &line.name,
        };
        names.entry(name).and_modify(|seen| *seen = None).or_insert(Some(at));
    }
    names
}

/// The names that occur once as numbers, the same for the same name, in order.
fn numbered<'a>(
    names: HashMap<&'a str, Option<usize>>,
    known: &mut HashMap<&'a str, usize>,
) -> Vec<(usize, usize)> {
    let next = |(name, line): (&'a str, Option<usize>)| {
        let number = known.len();
        Some((*known.entry(name).or_insert(number), line?))
    };
    let mut numbered: Vec<(usize, usize)> = names.into_iter().filter_map(next).collect();
    numbered.sort_unstable();
    numbered
}

/// Tables of one entity and year. Tables side by side, and copies of one sheet, are not compared.
pub(super) fn comparable(left: &Table, right: &Table) -> bool {
    let same = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
    let side_by_side =
        (left.file, left.sheet) == (right.file, right.sheet) && left.header == right.header;
    same(&left.entity, &right.entity)
        && (left.year.is_none() || right.year.is_none() || left.year == right.year)
        && !side_by_side
}

fn money(field: &Field) -> bool {
    field.role == FieldRole::Amount && !field.says.not_additive
}

/// The amounts of a table, line by line once they are asked for.
struct Figures<'a> {
    packet: &'a Packet,
    table: &'a Table,
    money: Vec<&'a Field>,
    lines: Vec<OnceCell<Vec<Option<Amount>>>>,
}

impl<'a> Figures<'a> {
    fn new(packet: &'a Packet, table: &'a Table) -> Self {
        let money = table.fields.iter().filter(|field| money(field)).collect();
        Self { packet, table, money, lines: vec![OnceCell::new(); table.lines.len()] }
    }

    fn place(&self, line: usize, field: &Field) -> Place {
        let cell = CellRef::new(self.table.lines[line].row, field.column);
        Place { file: self.table.file, sheet: self.table.sheet, cell }
    }

    /// Those of a line, in the order of the columns of money.
    fn line(&self, line: usize) -> &[Option<Amount>] {
        self.lines[line].get_or_init(|| {
            let figure = |field: &&Field| {
                let (place, id) = (self.place(line, field), Some(self.table.id));
                let unit = self.packet.unit(place, id).and_then(Unit::yuan);
                let unit = unit.unwrap_or(Decimal::ONE);
                let figure = self.packet.figure(place, id);
                let amount = figure.number()?.checked_mul(unit)?;
                let half = figure.half_unit().checked_mul(unit)?;
                Some(Amount::new(amount, half))
            };
            self.money.iter().map(figure).collect()
        })
    }
}

/// For each column of the right table the column of the left that it repeats.
fn columns(left: &Figures, right: &Figures, shared: &[(usize, usize)]) -> Vec<Relation> {
    let mut best: BTreeMap<u32, (usize, usize, usize, usize)> = BTreeMap::new();
    for (target, field) in right.money.iter().enumerate() {
        for source in 0..left.money.len() {
            let (mut agree, mut disagree) = (0, 0);
            let mut amounts = BTreeSet::new();
            for (a, b) in shared {
                let (Some(one), Some(other)) = (left.line(*a)[source], right.line(*b)[target])
                else {
                    continue;
                };
                // Nought, and what a rougher figure cannot tell from it, agrees with anything.
                if !one.tells(&other) {
                    continue;
                }
                if one.agrees(&other) {
                    agree += 1;
                    amounts.insert(one.value);
                } else {
                    disagree += 1;
                }
                // Whatever the other lines say, it repeats nothing.
                if DISAGREEING * disagree > shared.len() - disagree {
                    break;
                }
            }
            let better = best.get(&field.column).is_none_or(|(most, ..)| agree > *most);
            // Scores of 1 and 2 agree in any two columns: what disagrees is told by amounts that differ from each other.
            let telling = amounts.len() >= DISAGREEING * disagree;
            if agree >= AGREEING && telling && better {
                best.insert(field.column, (agree, disagree, source, target));
            }
        }
    }
    // A column repeats one column, not several: of two that share a source the better one stays.
    let mut pairs: Vec<(usize, usize, usize, usize)> = best.into_values().collect();
    pairs.sort_by_key(|(agree, disagree, ..)| (std::cmp::Reverse(*agree), *disagree));
    let mut sources = BTreeSet::new();
    pairs.retain(|(_, _, source, _)| sources.insert(left.money[*source].column));
    let mut relations = Vec::new();
    for (agree, disagree, source, target) in pairs {
        for (a, b) in shared {
            let operand = |side: &Figures, line: usize, field: usize| Operand {
                place: side.place(line, side.money[field]),
                table: Some(side.table.id),
                coefficient: 1,
            };
            if left.line(*a)[source].is_none() || right.line(*b)[target].is_none() {
                continue;
            }
            relations.push(
                Relation::new(
                    "X01",
                    Operation::Equal,
                    Shape::Cells {
                        target: operand(right, *b, target),
                        terms: vec![operand(left, *a, source)],
                    },
                    EvidenceSet::of(Origin::Label).with(Origin::Mined),
                )
                .of_severity(Severity::Warning)
                .supported(agree as u32, (agree + disagree) as u32)
                .because(Text::new(
                    "两表所列同一项目的数额应一致",
                    "two tables state the amount of the same item",
                )),
            );
        }
    }
    relations
}
