//! The choice among rival readings of the same cells.
#![expect(clippy::float_arithmetic, reason = "evidence is weighed here, never an amount")]

use std::collections::BTreeMap;

use super::axis::Axis;
use super::evidence::{Verdict, test_sum};
use super::family::{Candidate, Family, Form};
use super::quotients;
use super::words::Word;
use crate::model::Operation;

/// Keeps of the sums and means found away from their target those that no better one explains or implies.
pub(super) fn sums(runs: Vec<Candidate>, mut apart: Vec<Candidate>) -> Vec<Candidate> {
    let mut span = Span::default();
    for run in &runs {
        if run.operation == Operation::Sum {
            span.add(run);
        }
    }
    let mut kept = runs;
    apart.sort_by(Candidate::best_first);
    for candidate in apart {
        if kept.iter().any(|old| rivals(old, &candidate)) {
            continue;
        }
        let fresh = candidate.operation != Operation::Sum || span.add(&candidate);
        let weak = matches!(candidate.form, Form::Apart | Form::Pair);
        if fresh || !weak {
            kept.push(candidate);
        }
    }
    kept
}

/// Whether two families of one target use the same term, or are the same three series the other way round.
fn rivals(old: &Candidate, new: &Candidate) -> bool {
    if old.target == new.target {
        return old.terms.iter().any(|term| new.terms.contains(term));
    }
    old.operation == new.operation
        && old.terms.contains(&new.target)
        && new.terms.contains(&old.target)
}

/// Of all families of one axis, those whose targets no better family of another operation explains.
pub(super) fn operations(axis: &Axis, mut all: Vec<Candidate>) -> Vec<Family> {
    all.sort_by(Candidate::best_first);
    let mut kept: Vec<Family> = vec![];
    let mut taken: BTreeMap<usize, Vec<(Operation, Vec<u32>)>> = BTreeMap::new();
    for candidate in all {
        let family = family(axis, &candidate);
        if family.holds.is_empty() {
            continue;
        }
        let claims = taken.entry(candidate.target).or_default();
        let clash = claims.iter().any(|(operation, holds)| {
            *operation != candidate.operation && {
                let shared = family.holds.iter().filter(|i| holds.binary_search(i).is_ok()).count();
                shared * 2 > family.holds.len()
            }
        });
        if !clash {
            claims.push((candidate.operation, family.holds.clone()));
            kept.push(family);
        }
    }
    kept
}

fn family(axis: &Axis, candidate: &Candidate) -> Family {
    let (mut holds, mut fails) = (vec![], vec![]);
    for instance in 0..axis.instances {
        let verdict = match candidate.operation {
            Operation::Sum | Operation::Average => test_sum(
                axis,
                candidate.target,
                &candidate.terms,
                instance,
                candidate.operation == Operation::Average,
            ),
            _ => quotients::verdict(axis, candidate, instance),
        };
        match verdict {
            Verdict::Untried => {}
            Verdict::Holds(_) => holds.push(instance as u32),
            Verdict::Fails => fails.push(instance as u32),
        }
    }
    let target = candidate.target;
    let worded = match candidate.operation {
        Operation::Sum => axis.says(target, Word::Total),
        Operation::Average => axis.says(target, Word::Average),
        Operation::RelativeChange => axis.says(target, Word::Change),
        _ => axis.says(target, Word::Rate),
    };
    Family {
        direction: axis.direction,
        operation: candidate.operation,
        target: target as u32,
        terms: candidate.terms.iter().map(|t| *t as u32).collect(),
        factor: candidate.factor,
        holds,
        fails,
        score: candidate.score,
        worded,
    }
}

/// A prime below 2³¹, for exact elimination.
const PRIME: i64 = 2_147_483_647;

/// The linear span of sums: tells which ones follow from others.
#[derive(Default)]
struct Span {
    rows: BTreeMap<usize, BTreeMap<usize, i64>>,
}

impl Span {
    /// Adds target − Σ terms; false when it follows from what is there.
    fn add(&mut self, candidate: &Candidate) -> bool {
        let mut row: BTreeMap<usize, i64> = BTreeMap::new();
        row.insert(candidate.target, PRIME - 1);
        for &term in &candidate.terms {
            *row.entry(term).or_insert(0) += 1;
        }
        loop {
            row.retain(|_, value| *value % PRIME != 0);
            let Some((&lead, &value)) = row.iter().next() else { return false };
            let Some(known) = self.rows.get(&lead) else {
                let inverse = power(value, PRIME - 2);
                for value in row.values_mut() {
                    *value = *value * inverse % PRIME;
                }
                self.rows.insert(lead, row);
                return true;
            };
            for (&at, &own) in known {
                let entry = row.entry(at).or_insert(0);
                *entry = (*entry + (PRIME - value) * own) % PRIME;
            }
        }
    }
}

fn power(mut base: i64, mut exponent: i64) -> i64 {
    let mut result = 1;
    base %= PRIME;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % PRIME;
        }
        base = base * base % PRIME;
        exponent >>= 1;
    }
    result
}
