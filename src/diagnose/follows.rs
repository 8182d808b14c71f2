//! Failures that only repeat other failures, by arithmetic alone and whatever their cause.
//!
//! Three patterns, each an identity between checks, so that nothing is left that the total itself could be wrong by:
//!
//! - a total over single lines fails by exactly what the subtotals of some of those lines fail by: with the subtotals as
//!   stated it holds, and the gap is one level down;
//! - a line across the columns fails where the line is in every column the sum of other lines: what it is off by is what
//!   those lines are off by together;
//! - the same of a column that is in every line the sum of other columns.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::network::{Known, Network};
use crate::model::{CellRef, Operand, Operation, Place, Shape, Verdict};
use crate::number::Decimal;

/// Terms of a total whose subtotals are looked for.
const TERMS: usize = 2_000;

/// The failing check that check `at` only repeats, one level down.
pub(super) fn below(network: &Network<'_>, at: usize) -> Option<usize> {
    let known = network.failed(at);
    let relation = &network.relations[network.failing[at].0 as usize];
    if relation.operation != Operation::Sum {
        return None;
    }
    subtotals(network, at, &known).or_else(|| lines_below(network, at, &known))
}

/// The failing check of another column that check `at` only repeats in the column of totals.
pub(super) fn beside(network: &Network<'_>, at: usize) -> Option<usize> {
    let (relation, _, outcome) = &network.failing[at];
    let Shape::Lines { columns, .. } = &network.relations[*relation as usize].shape else {
        return None;
    };
    let target = outcome.target.place;
    let total = network.families_of_column(target).into_iter().find_map(|family| {
        let other = &network.relations[family as usize];
        let Shape::Fields { target: column, terms, .. } = &other.shape else { return None };
        let rows = || outcome.terms.iter().chain([&outcome.target]).map(|o| o.place.cell.row);
        let holds = *column == target.cell.column
            && other.operation == Operation::Sum
            && rows().all(|row| adds_up(network, target, outcome.target.table, terms, (row, true)));
        holds.then_some(terms)
    })?;
    let parts = columns.iter().enumerate().filter(|(_, column)| {
        total.iter().any(|(part, coefficient)| part == *column && *coefficient == 1)
    });
    let failing =
        parts.filter_map(|(ordinal, _)| network.failing_index((*relation, ordinal as u32)));
    largest(network, failing)
}

/// A total over single lines, off by what their subtotals are off by.
fn subtotals(network: &Network<'_>, at: usize, known: &Known) -> Option<usize> {
    let outcome = &known.outcome;
    if outcome.terms.len() > TERMS || outcome.terms.len() < 3 {
        return None;
    }
    let own: BTreeMap<Place, i32> =
        outcome.terms.iter().map(|term| (term.place, term.coefficient)).collect();
    let mut candidates: BTreeSet<usize> = BTreeSet::new();
    for term in &outcome.terms {
        candidates.extend(
            network.near(term.place).iter().filter_map(|check| network.failing_index(*check)),
        );
    }
    let is_inside = |other: &usize| {
        let part = &network.failing[*other].2;
        *other != at
            && network.relations[network.failing[*other].0 as usize].operation == Operation::Sum
            && part.terms.len() < outcome.terms.len()
            && !own.contains_key(&part.target.place)
            && part.target.place != outcome.target.place
            && part.terms.iter().all(|term| own.get(&term.place) == Some(&term.coefficient))
    };
    let mut inside: Vec<usize> = candidates.into_iter().filter(is_inside).collect();
    inside.sort_by_key(|other| Reverse(network.failing[*other].2.terms.len()));
    let mut taken: HashSet<Place> = HashSet::new();
    let mut chosen = Vec::new();
    for other in inside {
        let terms = &network.failing[other].2.terms;
        if terms.iter().all(|term| !taken.contains(&term.place)) {
            taken.extend(terms.iter().map(|term| term.place));
            chosen.push(other);
        }
    }
    let gap: Option<Decimal> =
        chosen.iter().map(|other| network.failing[*other].2.difference).sum();
    (gap == outcome.difference && gap.is_some_and(|gap| !gap.is_zero())).then_some(())?;
    largest(network, chosen.into_iter())
}

/// A line across the columns, off by what the lines that it is the sum of are off by.
fn lines_below(network: &Network<'_>, at: usize, known: &Known) -> Option<usize> {
    let (relation, _, outcome) = &network.failing[at];
    let family = &network.relations[*relation as usize];
    let Shape::Fields { terms, rows, .. } = &family.shape else { return None };
    let target = outcome.target.place;
    let children = network.families_of_row(target).into_iter().find_map(|other| {
        let other = &network.relations[other as usize];
        let Shape::Lines { target: row, terms: children, .. } = &other.shape else { return None };
        let columns = || terms.iter().map(|(column, _)| *column).chain([target.cell.column]);
        let holds = *row == target.cell.row
            && other.operation == Operation::Sum
            && columns().all(|column| {
                adds_up(network, target, known.outcome.target.table, children, (column, false))
            });
        holds.then_some(children)
    })?;
    let failing =
        children.iter().filter(|(_, coefficient)| *coefficient == 1).filter_map(|(row, _)| {
            let ordinal = rows.iter().position(|own| own == row)?;
            network.failing_index((*relation, ordinal as u32))
        });
    largest(network, failing)
}

/// Whether the line (or column) of `home` is the sum of others in one column (or line); blanks add nothing, and where all
/// are blank there is nothing to add.
fn adds_up(
    network: &Network<'_>,
    home: Place,
    table: Option<u32>,
    parts: &[(u32, i32)],
    (index, by_row): (u32, bool),
) -> bool {
    let value = |at: u32| {
        let cell = if by_row { CellRef::new(index, at) } else { CellRef::new(at, index) };
        let place = Place { cell, ..home };
        network.stated(&Operand { place, table, coefficient: 1 }).unwrap_or_default()
    };
    let own = value(if by_row { home.cell.column } else { home.cell.row });
    let sum: Option<Decimal> = parts.iter().try_fold(Decimal::ZERO, |sum, (at, coefficient)| {
        sum.checked_add(value(*at).checked_mul(Decimal::from(*coefficient))?)
    });
    sum == Some(own)
}

/// Of some failing checks the one that is off by most.
fn largest(network: &Network<'_>, failing: impl Iterator<Item = usize>) -> Option<usize> {
    failing.filter(|at| network.failing[*at].2.verdict == Verdict::Fails).max_by_key(|at| {
        (network.failing[*at].2.difference.unwrap_or_default().abs(), Reverse(*at))
    })
}
