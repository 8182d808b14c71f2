//! Tables → packet: table kind, fields, stages, units, years and printed digits, added to what was recognized.

mod entity;
mod fives;
mod meaning;
mod narrative;
mod words;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub use narrative::narrative;

use crate::lexicon::{Rulebook, TableKind};
use crate::model::{
    CellRef, FieldRole, Item, Packet, Quantity, Table, UNIT_OF_FIGURES, Value, quantities,
    words as labels,
};
use crate::number::Unit;

/// Adds meaning to the packet's tables.
pub fn normalize(rulebook: &Rulebook, packet: &mut Packet) {
    packet.names = Arc::clone(&rulebook.names);
    let sheet_names: Vec<String> = packet
        .tables
        .iter()
        .map(|table| packet.table_sheet(table).map(|sheet| sheet.name.clone()).unwrap_or_default())
        .collect();
    let file_names: Vec<String> =
        packet.files.iter().map(|file| stem(&file.path).to_owned()).collect();
    for (table, sheet) in packet.tables.iter_mut().zip(&sheet_names) {
        let file = &file_names[table.file as usize];
        // A kind that is there already is a person's word.
        let kind = match &table.kind {
            Some(said) => rulebook.kind(said),
            None => kind_of(rulebook, table, sheet, file),
        };
        table.year = table.year.or_else(|| labels::year(sheet)).or_else(|| labels::year(file));
        if let Some(kind) = kind {
            table.kind = Some(kind.id.clone());
            name_fields(table, kind);
        }
        for field in &mut table.fields {
            field.stage = field.stage.or_else(|| rulebook.words.stage(&field.path.concat()));
        }
    }
    continued_kinds(rulebook, packet);
    entity::name(&rulebook.words, packet);
    units(packet);
    units_of_cells(packet);
    meaning::read(rulebook, packet);
    printed_digits(packet);
    fives::find(packet);
    units_of_figures(packet);
}

/// Digits that one figure alone must share with another table's to show a unit.
const DIGITS: u32 = 5;

/// Pairs of figures that are compared to find units: a second of work at most. Past them a table's unit stays unknown, which is asked.
const PAIRS: usize = 20_000_000;

/// A table that states no unit, and repeats figures of one that does, is in the unit in which they agree.
fn units_of_figures(packet: &mut Packet) {
    let silent = |table: &Table| {
        table.unit.is_none()
            && table.fields.iter().all(|field| !field.unit.as_ref().is_some_and(Unit::is_money))
            && table.fields.iter().any(|field| field.role == FieldRole::Amount)
    };
    if !(2..=200).contains(&packet.tables.len()) || !packet.tables.iter().any(silent) {
        return;
    }
    let all = quantities(packet);
    let mut stated: HashMap<&Item, Vec<&Quantity>> = HashMap::new();
    for one in all.iter().flatten().filter(|one| one.unit_known) {
        stated.entry(&one.item).or_default().push(one);
    }
    let mut left = PAIRS;
    let units = [Unit::Yuan, Unit::ThousandYuan, Unit::TenThousandYuan, Unit::HundredMillionYuan];
    for (at, own) in all.iter().enumerate() {
        if !silent(&packet.tables[at]) {
            continue;
        }
        let others = |one: &Quantity| stated.get(&one.item).map_or(&[][..], Vec::as_slice);
        let pairs: usize = own.iter().map(|one| others(one).len()).sum();
        let Some(rest) = left.checked_sub(pairs * units.len()) else { continue };
        left = rest;
        let agreeing = |unit: &Unit| -> (usize, bool) {
            let yuan = unit.yuan().unwrap_or_default();
            let same = |a: &Quantity, b: &Quantity| {
                let (amount, half) = (a.amount.checked_mul(yuan), a.half.checked_mul(yuan));
                let (Some(amount), Some(half)) = (amount, half) else { return false };
                (amount - b.amount).abs() <= half + b.half
            };
            let mut long = false;
            let count = own
                .iter()
                .filter(|one| one.has_digits(3))
                .filter(|one| {
                    let found = others(one).iter().any(|other| {
                        other.table as usize != at && one.same_scope(other) && same(one, other)
                    });
                    long |= found && one.has_digits(DIGITS);
                    found
                })
                .count();
            (count, long)
        };
        let mut found: Vec<(usize, bool, &Unit)> = units
            .iter()
            .map(|unit| (agreeing(unit), unit))
            .map(|((count, long), unit)| (count, long, unit))
            .collect();
        found.sort_by_key(|(count, long, _)| std::cmp::Reverse((*count, *long)));
        let [(count, long, unit), (next, ..), ..] = found.as_slice() else { continue };
        if count > next && (*count >= 2 || *long) {
            let table = &mut packet.tables[at];
            table.unit = Some((*unit).clone());
            table.evidence.push(UNIT_OF_FIGURES.to_owned());
        }
    }
}

/// A table without a title of its own, under one whose figures are called the same, is of that one's kind.
fn continued_kinds(rulebook: &Rulebook, packet: &mut Packet) {
    for at in 1..packet.tables.len() {
        let (before, rest) = packet.tables.split_at_mut(at);
        let (above, table) = (&before[at - 1], &mut rest[0]);
        if table.title.is_some() || (above.file, above.sheet) != (table.file, table.sheet) {
            continue;
        }
        let Some(kind) = above.kind.as_deref().and_then(|id| rulebook.kind(id)) else {
            continue;
        };
        let known = |label: &str| above.figure_fields().any(|field| field.label == label);
        let figures = table.figure_fields().count();
        let shared = table.figure_fields().filter(|field| known(&field.label)).count();
        if figures > 0 && shared * 2 >= figures {
            table.kind = Some(kind.id.clone());
            name_fields(table, kind);
        }
    }
}

fn stem(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The kind whose title words stand in the table's title; a table without one is known by its sheet's name, then the file's.
fn kind_of<'a>(
    rulebook: &'a Rulebook,
    table: &Table,
    sheet: &str,
    file: &str,
) -> Option<&'a TableKind> {
    let names = [table.title.as_deref().unwrap_or_default(), sheet, file];
    let names = names.iter().map(|name| Folded::new(name));
    names.filter(|name| name.key.chars().count() >= 3).find_map(|name| {
        rulebook.kinds.iter().find(|kind| {
            kind.title.iter().any(|group| group.iter().all(|word| name.holds(word)))
                && !kind.not_title.iter().any(|word| name.holds(word))
        })
    })
}

/// A text folded to a key, in which many words are looked for.
struct Folded {
    key: String,
    /// A bit for each of its characters: what has others does not stand in it.
    bits: u64,
}

impl Folded {
    fn new(text: &str) -> Self {
        let key = labels::key(text).into_owned();
        let bits = bits(&key);
        Self { key, bits }
    }

    fn holds(&self, word: &str) -> bool {
        if labels::is_key(word) {
            bits(word) & !self.bits == 0 && self.key.contains(word)
        } else {
            self.key.contains(&*labels::key(word))
        }
    }

    fn is(&self, word: &str) -> bool {
        if labels::is_key(word) { self.key == word } else { self.key == labels::key(word) }
    }
}

fn bits(text: &str) -> u64 {
    text.chars().fold(0, |bits, c| bits | 1 << (u32::from(c) % 64))
}

/// Gives fields the ids of their kind: for each id the column whose header fits best.
fn name_fields(table: &mut Table, kind: &TableKind) {
    let headers = table.fields.iter().map(|field| {
        let label = field.path.last().map_or("", String::as_str);
        (Folded::new(label), Folded::new(&field.path.concat()))
    });
    let headers: Vec<(Folded, Folded)> = headers.collect();
    for own in &kind.fields {
        let mut best: Option<(usize, usize, usize)> = None;
        for (at, field) in table.fields.iter().enumerate() {
            if field.id.is_some() || field.role == FieldRole::Serial {
                continue;
            }
            // A column that was left empty, where no other fits.
            let empty = if field.role == FieldRole::Blank { 3 } else { 0 };
            let coded = field.role == FieldRole::Code;
            let (label, joined) = &headers[at];
            let rank = own.headers.iter().enumerate().find_map(|(rank, header)| {
                if label.is(header) {
                    Some((0, rank))
                } else if coded {
                    None
                } else if label.holds(header) {
                    Some((1, rank))
                } else {
                    joined.holds(header).then_some((2, rank))
                }
            });
            if let Some((fit, rank)) = rank.map(|(fit, rank)| (fit + empty, rank))
                && best.is_none_or(|(a, b, _)| (fit, rank) < (a, b))
            {
                best = Some((fit, rank, at));
            }
        }
        if let Some((_, _, at)) = best {
            table.fields[at].id = Some(own.id.clone());
            table.fields[at].stage = own.stage;
        }
    }
}

/// A table without a unit takes the one that all other tables of its file have.
fn units(packet: &mut Packet) {
    let mut of_file: BTreeMap<u32, Option<Unit>> = BTreeMap::new();
    for table in &packet.tables {
        let Some(unit) = table.unit.clone().filter(Unit::is_money) else { continue };
        of_file
            .entry(table.file)
            .and_modify(|known| {
                if known.as_ref() != Some(&unit) {
                    *known = None;
                }
            })
            .or_insert(Some(unit));
    }
    for table in &mut packet.tables {
        let has_money = table.fields.iter().any(|field| field.role == FieldRole::Amount);
        if table.unit.is_none()
            && has_money
            && let Some(Some(unit)) = of_file.get(&table.file)
        {
            table.unit = Some(unit.clone());
            table.evidence.push("unit taken from the file's other tables".to_owned());
        }
    }
}

/// A column of a table without a unit whose every amount is written with one (2000万元) has it.
fn units_of_cells(packet: &mut Packet) {
    let mut found: Vec<(usize, usize, Unit)> = Vec::new();
    for (at, table) in packet.tables.iter().enumerate().filter(|(_, table)| table.unit.is_none()) {
        let Some(sheet) = packet.table_sheet(table) else { continue };
        for (field, about) in table.fields.iter().enumerate() {
            if about.role != FieldRole::Amount || about.unit.is_some() {
                continue;
            }
            let cells = table.lines.iter().filter(|line| line.role.is_data());
            let values = cells.map(|line| sheet.value(CellRef::new(line.row, about.column)));
            let units: Option<Vec<Unit>> = values
                .filter_map(|value| match value {
                    Value::Number(_) => Some(None),
                    Value::Text(id) => {
                        let literal = sheet.marks.parse(sheet.texts.get(id))?;
                        Some(literal.unit.filter(Unit::is_money))
                    }
                    _ => None,
                })
                .collect();
            if let Some(first) = units.and_then(|units| units.into_iter().next()) {
                found.push((at, field, first));
            }
        }
    }
    for (table, field, unit) in found {
        packet.tables[table].fields[field].unit = Some(unit);
    }
}

/// Under General a column shows as many decimals as its longest number has; where none of its numbers shows any, the
/// table's other columns of the same unit say how many there are, and then the file's other tables: 11, 5 and 200 among
/// 127.47 are 11.00, 5.00 and 200.00.
fn printed_digits(packet: &mut Packet) {
    let mut of_file: BTreeMap<(u32, Option<Unit>), u32> = BTreeMap::new();
    let unit_of =
        |table: &Table, at: usize| table.fields[at].unit.clone().or_else(|| table.unit.clone());
    for table in &packet.tables {
        for (at, field) in table.fields.iter().enumerate() {
            if field.role == FieldRole::Amount && field.decimals <= 4 {
                let most = of_file.entry((table.file, unit_of(table, at))).or_default();
                *most = (*most).max(field.decimals);
            }
        }
    }
    for table in &mut packet.tables {
        let of_table: Vec<(Option<Unit>, u32)> = (0..table.fields.len())
            .filter(|at| table.fields[*at].role == FieldRole::Amount)
            .map(|at| (unit_of(table, at), table.fields[at].decimals))
            .collect();
        for at in 0..table.fields.len() {
            if table.fields[at].role != FieldRole::Amount || table.fields[at].decimals > 0 {
                continue;
            }
            let unit = unit_of(table, at);
            let own = of_table
                .iter()
                .filter(|(other, decimals)| *other == unit && *decimals <= 4)
                .map(|(_, d)| *d)
                .max()
                .unwrap_or(0);
            let wider = if unit.is_some() {
                of_file.get(&(table.file, unit)).copied().unwrap_or(0)
            } else {
                0
            };
            table.fields[at].decimals = if own > 0 { own } else { wider };
        }
    }
}
