//! Lines printed under one total and counted in another: the parts of some totals add up to more than they say, and
//! together by exactly what a higher total says more than its parts, in every column.
//!
//! Counties that a province's government pays directly stand under their cities so; nobody's figure is wrong. That is one
//! matter, to be asked: not one error for every total and column.

use std::collections::{BTreeMap, BTreeSet};

use super::network::Network;
use super::wording::{cell, line};
use crate::model::{
    CellRef, Diagnosis, DiagnosisKind, Finding, Operand, Operation, Place, Severity, Shape, Text,
};
use crate::number::Decimal;

/// Columns in which the gaps must cancel: in one alone two totals may be off by the same by chance.
const COLUMNS: usize = 2;

/// A family of failing sums over lines: its relation and what each column is off by.
struct Family {
    relation: u32,
    target: u32,
    gaps: BTreeMap<u32, Decimal>,
    failing: Vec<usize>,
}

/// Makes such failures one finding, at the higher total. `into` says for each failing check under which it is told.
pub(super) fn group(network: &Network<'_>, findings: &mut [Option<Finding>], into: &mut [usize]) {
    let families = families(network);
    for (at, (table, whole)) in families.iter().enumerate() {
        let Shape::Lines { terms, .. } = &network.relations[whole.relation as usize].shape else {
            continue;
        };
        let is_part = |(other, (other_table, part)): &(usize, &(u32, Family))| {
            *other != at
                && other_table == table
                && terms.iter().any(|(row, k)| *row == part.target && *k == 1)
                && part.gaps.iter().all(|(column, gap)| {
                    whole
                        .gaps
                        .get(column)
                        .is_some_and(|own| own.is_sign_negative() != gap.is_sign_negative())
                })
        };
        let parts: Vec<&Family> =
            families.iter().enumerate().filter(is_part).map(|(_, (_, part))| part).collect();
        let cancels = |(column, gap): (&u32, &Decimal)| {
            let below: Decimal = parts.iter().filter_map(|part| part.gaps.get(column)).sum();
            below == -*gap
        };
        let exceeds = whole.gaps.values().all(Decimal::is_sign_positive);
        if parts.is_empty()
            || whole.gaps.len() < COLUMNS
            || !exceeds
            || !whole.gaps.iter().all(cancels)
        {
            continue;
        }
        let first = whole.failing[0];
        if findings[first].is_none() {
            continue;
        }
        fold(network, findings, into, whole, &parts);
    }
}

fn families(network: &Network<'_>) -> Vec<(u32, Family)> {
    let mut families: BTreeMap<u32, (u32, Family)> = BTreeMap::new();
    for (at, (relation, _, outcome)) in network.failing.iter().enumerate() {
        let own = &network.relations[*relation as usize];
        let (Shape::Lines { table, target, .. }, Operation::Sum, Some(gap)) =
            (&own.shape, own.operation, outcome.difference)
        else {
            continue;
        };
        let (_, family) = families.entry(*relation).or_insert_with(|| {
            let (gaps, failing) = (BTreeMap::new(), Vec::new());
            (*table, Family { relation: *relation, target: *target, gaps, failing })
        });
        family.gaps.insert(outcome.target.place.cell.column, gap);
        family.failing.push(at);
    }
    families.into_values().collect()
}

fn fold(
    network: &Network<'_>,
    findings: &mut [Option<Finding>],
    into: &mut [usize],
    whole: &Family,
    parts: &[&Family],
) {
    let first = whole.failing[0];
    let home = network.failing[first].2.target;
    let moved: Vec<u32> = parts.iter().flat_map(|part| moved(network, part)).collect();
    let mut related: BTreeSet<Place> = moved.iter().map(|row| at_row(home.place, *row)).collect();
    let mut told = Vec::new();
    let rest = whole.failing[1..].iter().chain(parts.iter().flat_map(|part| &part.failing));
    for at in rest {
        if let Some(finding) = findings[*at].take() {
            related.extend(finding.place);
            told.extend(finding.place);
        }
        into[*at] = first;
    }
    let name = |row: u32| {
        let place = at_row(home.place, row);
        let named = line(network.packet, &Operand { place, ..home });
        let own = cell(network.packet, place, home.place);
        if named.is_empty() { own } else { format!("{named}（{own}）") }
    };
    let named = |rows: &mut dyn Iterator<Item = u32>| {
        let mut names: Vec<String> = rows.take(7).map(name).collect();
        if names.len() == 7 {
            names.truncate(6);
            names.push("……".to_owned());
        }
        names.join("、")
    };
    let totals = named(&mut parts.iter().map(|part| part.target));
    let whole_name = name(whole.target);
    let count = whole.gaps.len();
    let text = if moved.is_empty() {
        Text::new(
            format!(
                "疑似 归属口径不同：{totals} 的分项多出的数，合起来在 {count} 列都恰好等于 {whole_name} 多出的数，像是有行列在下级之下而计入上级"
            ),
            format!(
                "perhaps lines are counted one level up: what the parts of {totals} exceed them by is in {count} columns exactly what {whole_name} exceeds its own parts by"
            ),
        )
    } else {
        let rows = named(&mut moved.iter().copied());
        Text::new(
            format!(
                "疑似 归属口径不同：{rows} 列在 {totals} 之下，却直接计入 {whole_name}，{count} 列均如此；按此各合计均相符"
            ),
            format!(
                "perhaps lines are counted one level up: {rows} stand under {totals} and are counted in {whole_name}, in {count} columns alike; all totals agree then"
            ),
        )
    };
    if let Some(finding) = findings[first].as_mut() {
        finding.severity = finding.severity.min(Severity::Warning);
        finding.related = related.into_iter().filter(|place| *place != home.place).collect();
        finding.consequences = told;
        finding.diagnoses = vec![Diagnosis {
            kind: DiagnosisKind::Misplaced,
            changes: Vec::new(),
            text,
            repairs: (whole.failing.len()
                + parts.iter().map(|part| part.failing.len()).sum::<usize>())
                as u32,
            breaks: 0,
            rivals: 0,
            equals: 0,
            asserted: Vec::new(),
        }];
    }
}

/// The lines of a total that are what its parts exceed it by, in every column: one, or the last few.
fn moved(network: &Network<'_>, part: &Family) -> Vec<u32> {
    let outcome = &network.failing[part.failing[0]].2;
    let rows: Vec<u32> = outcome.terms.iter().map(|term| term.place.cell.row).collect();
    let value = |row: u32, column: u32| {
        let place = outcome.target.place.at(row, column);
        network.stated(&Operand { place, ..outcome.target }).unwrap_or_default()
    };
    let are_gap = |rows: &[u32]| {
        part.gaps.iter().all(|(column, gap)| {
            rows.iter().map(|row| value(*row, *column)).sum::<Decimal>() == gap.abs()
        })
    };
    let single = rows.iter().copied().find(|row| are_gap(&[*row]));
    let last = || (0..rows.len()).rev().map(|from| &rows[from..]).find(|rows| are_gap(rows));
    single.map(|row| vec![row]).or_else(|| last().map(<[u32]>::to_vec)).unwrap_or_default()
}

fn at_row(home: Place, row: u32) -> Place {
    Place { cell: CellRef::new(row, home.cell.column), ..home }
}
