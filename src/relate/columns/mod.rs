//! What headers say about columns: 合计 and its parts, differences, products, rates, shares, growth; one file a form.
//!
//! As with rows, words propose and numbers choose. Every row is a trial, so that support is usually large.

mod differences;
mod neighbours;
mod of_which;
mod products;
mod rates;
mod shares;
mod stated;
mod sums;

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::view::{Trial, View};
use crate::model::words;
use crate::model::{
    EvidenceSet, Field, FieldRole, Operation, Origin, Relation, Severity, Shape, Table,
};

/// Past so many columns of amounts a table is a matrix, and what its headers say is left to mining.
const MOST_COLUMNS: usize = 200;

/// Relations between the columns of a table.
pub(super) fn relate(view: &View<'_>) -> Vec<Relation> {
    let rows: Vec<usize> =
        (0..view.table.lines.len()).filter(|line| view.table.lines[*line].role.is_data()).collect();
    let proposer = Proposer { view, rows };
    if proposer.amounts().len() > MOST_COLUMNS {
        return proposer.declared();
    }
    let mut relations = proposer.sums();
    relations.extend(proposer.declared());
    relations.extend(proposer.differences());
    relations.extend(proposer.neighbours(&relations));
    let products = proposer.products();
    // 单价 as a quotient says again what 数量 × 单价 = 金额 says.
    let ratios = proposer
        .ratios()
        .into_iter()
        .filter(|ratio| !products.iter().any(|product| fields_of(product) == fields_of(ratio)));
    relations.extend(ratios);
    relations.extend(products);
    relations.extend(proposer.of_which(&relations));
    relations
}

/// The columns that a relation ties, in their order.
fn fields_of(relation: &Relation) -> Option<Vec<u32>> {
    let Shape::Fields { target, terms, .. } = &relation.shape else { return None };
    let mut columns: Vec<u32> = terms.iter().map(|(column, _)| *column).chain([*target]).collect();
    columns.sort_unstable();
    Some(columns)
}

struct Proposer<'a> {
    view: &'a View<'a>,
    rows: Vec<usize>,
}

/// A proposed right-hand side: fields with coefficients.
type Parts = Vec<(usize, i32)>;

#[derive(Default)]
struct Score {
    holds: u32,
    /// One part equals the target beside empty ones.
    single: u32,
    trivial: u32,
    fails: u32,
}

impl Score {
    fn tried(&self) -> u32 {
        self.holds + self.single + self.fails
    }

    /// With the rows where one part alone equals the target: good support where the words propose the parts.
    fn worded(&self) -> u32 {
        self.holds + self.single
    }

    fn count(&mut self, trial: Trial) {
        match trial {
            Trial::Holds => self.holds += 1,
            Trial::Single => self.single += 1,
            Trial::Trivial => self.trivial += 1,
            Trial::Fails => self.fails += 1,
            Trial::Untried => {}
        }
    }

    /// What a reading is ranked by; a row adds one at most.
    fn weight(&self) -> i64 {
        i64::from(self.worded()) - 3 * i64::from(self.fails)
    }

    /// Whether the numbers support it well enough that a failing row is worth a finding.
    fn convinces(&self) -> bool {
        let holds = self.worded();
        holds >= 2 && holds >= 3 * self.fails
            || holds == 1 && self.fails == 0
            || holds >= 2 && self.fails == 1
    }
}

impl Proposer<'_> {
    fn fields(&self) -> &[Field] {
        &self.view.table.fields
    }

    fn key(&self, field: usize) -> Cow<'_, str> {
        words::key(&self.fields()[field].label)
    }

    fn amounts(&self) -> Vec<usize> {
        (0..self.fields().len())
            .filter(|at| matches!(self.fields()[*at].role, FieldRole::Amount | FieldRole::Quantity))
            .collect()
    }

    fn score(&self, target: usize, parts: &Parts) -> Score {
        self.view.load();
        let mut score = Score::default();
        self.view.try_each(&self.rows, target, parts, |trial| {
            score.count(trial);
            true
        });
        score
    }

    /// The score over all rows, or `None` as soon as it can no longer reach a weight of `least`.
    fn score_of_at_least(&self, least: i64, target: usize, parts: &Parts) -> Option<Score> {
        let mut score = Score::default();
        let mut left = self.rows.len() as i64;
        self.view.try_each(&self.rows, target, parts, |trial| {
            score.count(trial);
            left -= 1;
            score.weight() + left >= least
        });
        (left == 0 && score.weight() >= least).then_some(score)
    }

    fn is_total(&self, field: usize) -> bool {
        self.fields()[field].says.total
    }

    fn same_measure(&self, field: usize, other: usize) -> bool {
        let (a, b) = (&self.fields()[field], &self.fields()[other]);
        a.role == b.role
            && (a.unit == b.unit || a.unit.is_none() || b.unit.is_none())
            && !a.says.not_additive
    }

    fn best(&self, target: usize, proposals: Vec<Parts>) -> Option<(Parts, Score)> {
        let mut seen: BTreeSet<Parts> = BTreeSet::new();
        let proposals: Vec<Parts> = proposals
            .into_iter()
            .filter(|parts| {
                !parts.is_empty()
                    && parts.iter().all(|(at, _)| *at != target)
                    && seen.insert(parts.clone())
            })
            .collect();
        let mut promising = self.promising(target, &proposals);
        let mut least = promising.as_ref().map_or(i64::MIN, |(_, score)| score.weight());
        let mut best: Option<(Parts, Score)> = None;
        for (at, parts) in proposals.into_iter().enumerate() {
            let known = promising.take_if(|(known, _)| *known == at).map(|(_, score)| score);
            let Some(score) = known.or_else(|| self.score_of_at_least(least, target, &parts))
            else {
                continue;
            };
            // Zeros and single parts support nothing, but they contradict nothing either.
            let rank = |score: &Score| (score.weight(), score.trivial.min(1));
            let better = best.as_ref().is_none_or(|(_, best)| {
                rank(&score) > rank(best) && (score.worded() > 0 || score.fails == 0)
            });
            if better {
                least = least.max(score.weight());
                best = Some((parts, score));
            }
        }
        best
    }

    /// The proposal that a few rows of a long table speak for, with its score: others need not be tried to the end once they
    /// can no longer reach it.
    fn promising(&self, target: usize, proposals: &[Parts]) -> Option<(usize, Score)> {
        const FEW: usize = 64;
        if self.rows.len() <= 2 * FEW {
            return None;
        }
        let few: Vec<usize> = self.rows.iter().copied().step_by(self.rows.len() / FEW).collect();
        let at = (0..proposals.len()).max_by_key(|at| {
            let mut score = Score::default();
            self.view.try_each(&few, target, &proposals[*at], |trial| {
                score.count(trial);
                true
            });
            score.weight()
        })?;
        let score = self.score(target, &proposals[at]);
        (score.worded() > 0 || score.fails == 0).then_some((at, score))
    }

    /// Whether each part is other than zero in some row: one that never is could have either sign.
    fn every_part_counts(&self, parts: &Parts) -> bool {
        parts.iter().all(|(at, _)| self.rows.iter().any(|row| self.view.counts(*row, *at)))
    }

    /// Turns `c = d − b` into `d = b + c` where `c` is left blank in rows that `d` states: a check needs its target.
    fn orient(&self, target: usize, parts: Parts) -> (usize, Parts) {
        let blanks = |field: usize| {
            self.rows
                .iter()
                .filter(|row| {
                    !self.view.states(**row, field)
                        && parts.iter().any(|(at, _)| self.view.states(**row, *at))
                })
                .count()
        };
        if parts.iter().all(|(_, coefficient)| *coefficient > 0) || blanks(target) == 0 {
            return (target, parts);
        }
        let Some(&(fuller, _)) =
            parts.iter().find(|(at, coefficient)| *coefficient == 1 && blanks(*at) == 0)
        else {
            return (target, parts);
        };
        let mut turned: Parts = parts
            .iter()
            .filter(|(at, _)| *at != fuller)
            .map(|(at, coefficient)| (*at, -coefficient))
            .collect();
        turned.push((target, 1));
        turned.sort_unstable();
        (fuller, turned)
    }

    fn fields_relation(
        &self,
        rule: &str,
        severity: Severity,
        operation: Operation,
        target: usize,
        parts: Parts,
        score: &Score,
    ) -> Option<Relation> {
        let (target, parts) = self.orient(target, parts);
        let table: &Table = self.view.table;
        let rows: Vec<u32> = self
            .rows
            .iter()
            .copied()
            .filter(|row| {
                self.view.states(*row, target)
                    || parts.iter().any(|(at, _)| self.view.states(*row, *at))
            })
            .map(|row| table.lines[row].row)
            .collect();
        if rows.is_empty() {
            return None;
        }
        let mut evidence = EvidenceSet::of(Origin::Label);
        if score.holds >= 2 {
            evidence = evidence.with(Origin::Mined);
        }
        Some(
            Relation::new(
                rule,
                operation,
                Shape::Fields {
                    table: table.id,
                    target: table.fields[target].column,
                    terms: parts
                        .iter()
                        .map(|(at, coefficient)| (table.fields[*at].column, *coefficient))
                        .collect(),
                    rows,
                },
                evidence,
            )
            .of_severity(severity)
            .supported(score.holds, score.tried()),
        )
    }
}
