//! Blank cells whose value the equalities around them determine: 净值 beside 原值 and 折旧, a total over stated parts.
//!
//! Two passes. First only equalities in which nothing else is blank, each deduced value serving the next; then totals whose
//! blank parts add nothing, as everywhere else. What is deduced is no statement of the sheet: it is marked so, and asked for.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Change, Operand, Operation, Outcome, Packet, Place, Relation, Verdict, evaluate,
};
use crate::number::Decimal;

/// Checks that are evaluated again to find those that could not be verified; of larger packets none is.
const CHECKS: usize = 200_000;

/// Unverifiable checks that are solved together.
const UNVERIFIABLE: usize = 5_000;

/// Rounds of deducing from what was deduced.
const ROUNDS: usize = 12;

/// Blank cells with the values that they must have, by cell.
pub fn deduced(packet: &Packet, relations: &[Relation], unverifiable: u64) -> Vec<Change> {
    let count: usize = relations.iter().map(Relation::check_count).sum();
    if unverifiable == 0 || unverifiable as usize > UNVERIFIABLE || count > CHECKS {
        return Vec::new();
    }
    let is_sum =
        |relation: &&Relation| matches!(relation.operation, Operation::Sum | Operation::Equal);
    let open: Vec<Outcome> = relations
        .iter()
        .filter(is_sum)
        .flat_map(|relation| {
            (0..relation.check_count()).map(move |ordinal| evaluate(packet, relation, ordinal))
        })
        .filter(|outcome| outcome.verdict == Verdict::Unverifiable && usable(packet, outcome))
        .collect();
    let mut known: BTreeMap<Place, Decimal> = BTreeMap::new();
    let mut refuted: BTreeSet<Place> = BTreeSet::new();
    for blanks_count in [false, true] {
        for _ in 0..ROUNDS {
            let mut more = false;
            for outcome in &open {
                let Some((place, value)) = solve(packet, outcome, &known, blanks_count) else {
                    continue;
                };
                match known.get(&place) {
                    Some(other) if *other != value => {
                        refuted.insert(place);
                    }
                    Some(_) => {}
                    None => {
                        known.insert(place, value);
                        more = true;
                    }
                }
            }
            if !more {
                break;
            }
        }
    }
    known.retain(|place, _| !refuted.contains(place));
    known.into_iter().map(|(place, value)| Change { place, value }).collect()
}

/// Whether all cells are in one unit and none holds an error or a text.
fn usable(packet: &Packet, outcome: &Outcome) -> bool {
    let unit = packet.unit(outcome.target.place, outcome.target.table);
    outcome.terms.iter().chain([&outcome.target]).all(|operand| {
        packet.unit(operand.place, operand.table) == unit
            && !packet.figure(operand.place, operand.table).is_unusable()
    })
}

/// The only unknown of an equality. `blanks_count`: parts that are blank are nothing, and only the target is unknown.
fn solve(
    packet: &Packet,
    outcome: &Outcome,
    known: &BTreeMap<Place, Decimal>,
    blanks_count: bool,
) -> Option<(Place, Decimal)> {
    let value = |operand: &Operand| {
        let stated = packet.figure(operand.place, operand.table).number();
        stated.or_else(|| known.get(&operand.place).copied())
    };
    let mut unknown: Option<(Place, i32)> = None;
    let mut sum = Decimal::ZERO;
    let mut stated = false;
    let own = Operand { coefficient: -1, ..outcome.target };
    for operand in outcome.terms.iter().chain([&own]) {
        let is_target = operand.place == own.place;
        match value(operand) {
            Some(value) => {
                stated |= !is_target;
                sum = sum.checked_add(value.checked_mul(Decimal::from(operand.coefficient))?)?;
            }
            None if blanks_count && !is_target => {}
            None if unknown.is_some() => return None,
            None => unknown = Some((operand.place, operand.coefficient)),
        }
    }
    let (place, coefficient) = unknown.filter(|_| stated)?;
    Some((place, (-sum).checked_div(Decimal::from(coefficient))?.normalize()))
}
