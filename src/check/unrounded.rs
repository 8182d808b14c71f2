//! Tables whose figures were added up as they stand: all their sums tie to the last digit but those of one cell.
//!
//! Figures that were rounded, each by itself, miss their totals by a last digit or two in a third of all sums. Where dozens
//! tie exactly, none of the figures was rounded, and what misses by 0.01 is as wrong as what misses by 100.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    FieldRole, Operation, Outcome, Packet, Place, Relation, Shape, Verdict, evaluate,
};

/// Sums within the printed digits that one wrong cell is taken to have caused.
const MOST: usize = 3;

/// Hundredths of a bit by which sums that tie to the last digit must speak against rounding: one chance in four thousand.
const ENOUGH: u32 = 1_200;

/// Sums of a table that are looked at for that.
const LOOKED_AT: usize = 4_000;

/// What `inspect` says of such a table.
const NOT_ROUNDED: &str =
    "all its sums but those of one cell tie to the last digit: its figures were not rounded";

/// Marks the tables whose figures were not rounded, of those in which some sums tie within the printed digits only (relation,
/// ordinal); says whether there is any.
pub fn mark_unrounded(
    packet: &mut Packet,
    relations: &[Relation],
    rounding: &[(u32, u32)],
) -> bool {
    let mut by_table: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
    for &(relation, ordinal) in rounding {
        if let Some(table) = table_of_sum(&relations[relation as usize]) {
            by_table.entry(table).or_default().push((relation, ordinal));
        }
    }
    by_table.retain(|_, checks| checks.len() <= MOST);
    let reckoned = quotients(packet, relations, &by_table);
    by_table.retain(|_, checks| is_of_one_cell(packet, relations, checks, &reckoned));
    let mut sums: BTreeMap<u32, Vec<&Relation>> = BTreeMap::new();
    for relation in relations {
        if let Some(table) = table_of_sum(relation).filter(|table| by_table.contains_key(table)) {
            sums.entry(table).or_default().push(relation);
        }
    }
    by_table.retain(|table, _| ties_speak(packet, &sums[table]));
    for table in by_table.keys() {
        let table = &mut packet.tables[*table as usize];
        table.unrounded = true;
        table.evidence.push(NOT_ROUNDED.to_owned());
    }
    !by_table.is_empty()
}

/// The table of a sum along its lines or columns that words, forms or formulas propose.
fn table_of_sum(relation: &Relation) -> Option<u32> {
    match relation.shape {
        Shape::Lines { table, .. } | Shape::Fields { table, .. }
            if relation.operation == Operation::Sum && relation.rule != "T06" =>
        {
            Some(table)
        }
        _ => None,
    }
}

/// The cells of some tables that are means or quotients of others: these were rounded, whatever the others are.
fn quotients(
    packet: &Packet,
    relations: &[Relation],
    tables: &BTreeMap<u32, Vec<(u32, u32)>>,
) -> BTreeSet<Place> {
    let mut terms = vec![];
    let mut found = BTreeSet::new();
    for relation in relations {
        let is_one = matches!(
            relation.operation,
            Operation::Average | Operation::Ratio | Operation::RelativeChange
        );
        for ordinal in 0..if is_one { relation.check_count() } else { 0 } {
            let target = relation.operands(ordinal, |table| packet.place_of(table), &mut terms);
            if target.table.is_some_and(|table| tables.contains_key(&table)) {
                found.insert(target.place);
            }
        }
    }
    found
}

/// Whether one cell is in all the checks, and none of their figures was `reckoned` by dividing or hides a digit.
fn is_of_one_cell(
    packet: &Packet,
    relations: &[Relation],
    checks: &[(u32, u32)],
    reckoned: &BTreeSet<Place>,
) -> bool {
    let mut shared: Option<BTreeSet<Place>> = None;
    for &(relation, ordinal) in checks {
        let outcome = evaluate(packet, &relations[relation as usize], ordinal as usize);
        let Some(cells) = plain(packet, &outcome) else { return false };
        if !cells.is_disjoint(reckoned) {
            return false;
        }
        shared = Some(match shared {
            Some(shared) => shared.intersection(&cells).copied().collect(),
            None => cells,
        });
    }
    shared.is_some_and(|shared| !shared.is_empty())
}

/// The cells of a sum that state a figure, where all print what they hold and none is a share.
fn plain(packet: &Packet, outcome: &Outcome) -> Option<BTreeSet<Place>> {
    let mut cells = BTreeSet::new();
    for operand in outcome.terms.iter().chain([&outcome.target]) {
        let figure = packet.figure(operand.place, operand.table);
        let Some(number) = figure.number() else { continue };
        let table = &packet.tables[operand.table? as usize];
        let is_share = table
            .field_at(operand.place.cell.column)
            .is_some_and(|field| field.role == FieldRole::Percent);
        if is_share || figure.fives || figure.shown(number) != number.normalize() {
            return None;
        }
        cells.insert(operand.place);
    }
    (outcome.difference.is_some_and(|difference| !difference.is_zero())).then_some(cells)
}

/// Whether sums of a table that tie to the last digit are too many for figures that were rounded.
fn ties_speak(packet: &Packet, sums: &[&Relation]) -> bool {
    let checks =
        sums.iter().flat_map(|relation| (0..relation.check_count()).map(move |at| (*relation, at)));
    let mut bits = 0;
    for (relation, ordinal) in checks.take(LOOKED_AT) {
        let outcome = evaluate(packet, relation, ordinal);
        if outcome.verdict == Verdict::Holds
            && outcome.difference.is_some_and(|difference| difference.is_zero())
        {
            bits += hundredths_of_bits(&outcome, packet);
        }
        if bits >= ENOUGH {
            return true;
        }
    }
    false
}

/// How much a sum that ties to the last digit says against rounding: n figures rounded each by itself come out even less often
/// the more they are.
fn hundredths_of_bits(outcome: &Outcome, packet: &Packet) -> u32 {
    let stated = outcome.terms.iter().filter(|term| {
        let figure = packet.figure(term.place, term.table);
        figure.number().is_some_and(|number| !number.is_zero())
    });
    match stated.count() {
        0 | 1 => 0,
        2 => 40,
        3 => 58,
        4 => 72,
        5..=6 => 85,
        7..=10 => 100,
        11..=18 => 125,
        _ => 160,
    }
}
