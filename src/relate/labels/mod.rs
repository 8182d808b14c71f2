//! What the words and the forms say about rows: a total and its parts, a line and the lines under it, 其中.
//!
//! Words propose several readings of a table: the parts of 合计 may be the outermost lines, all lines, the subtotals, above it
//! or below it. The numbers choose between the readings; they do not invent one. A reading that no column supports is
//! asserted only where the words leave no other, for then the failure is worth a finding.

mod branches;
mod ledger;
mod says;
mod scopes;
mod statements;
mod totals;

use std::collections::{BTreeMap, BTreeSet};

use super::view::{Trial, View};
use crate::lexicon::Words;
use crate::model::{
    EvidenceSet, FieldRole, LineRole, Operation, Origin, Relation, Shape, Table, TotalWord, words,
};
use crate::number::Decimal;
use crate::parallel;
use ledger::is_running_balance;
pub(super) use ledger::without_balances;
use says::Says;

/// Figures that all readings of a table that reach over the whole of it may look at: a table of thousands of subtotals would
/// cost the square of its length otherwise.
const WIDE: usize = 40_000_000;

/// Figures that are worth a core's while.
const LONG: usize = 16_384;

/// One reading of a line's parts.
#[derive(Clone, Debug)]
struct Reading {
    parts: Vec<usize>,
    /// How well words and forms support it: the strongest first.
    prior: u8,
}

/// How a reading did on the numbers.
#[derive(Clone, Debug, Default)]
struct Score {
    holds: Vec<usize>,
    trivial: Vec<usize>,
    fails: Vec<usize>,
}

impl Score {
    fn tried(&self) -> usize {
        self.holds.len() + self.fails.len()
    }
}

/// A relation accepted for a line.
struct Accepted {
    target: usize,
    parts: Vec<usize>,
    score: Score,
    /// No column supports it; the words alone do.
    words_only: bool,
}

/// Relations between the lines of a table.
pub(super) fn relate(view: &View<'_>) -> Vec<Relation> {
    let table = view.table;
    let columns = additive_fields(&view.rulebook.words, table);
    if columns.is_empty() {
        return Vec::new();
    }
    let mut reader = Proposer {
        view,
        columns,
        covered: vec![None; table.lines.len()],
        adds_up: vec![false; table.lines.len()],
        levels: BTreeMap::new(),
        accepted: Vec::new(),
        units: unit_column(view),
        wide: WIDE,
    };
    let says = Says::of(view);
    let deductions =
        [reader.deductions(&says), reader.statements(&says), reader.remainders(&says)].concat();
    let carried = reader.carried_on(&deductions);
    reader.branches(&says);
    reader.totals();
    reader.passed_over();
    reader.drop_columns_that_never_add();
    let mut relations: Vec<Relation> =
        reader.accepted.iter().filter_map(|accepted| reader.relation(accepted)).collect();
    relations.extend(deductions);
    relations.extend(carried);
    relations.extend(reader.of_which());
    relations
}

/// Fields whose figures add up over lines.
fn additive_fields(known: &Words, table: &Table) -> Vec<usize> {
    table
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| {
            let share = known.share_headers.stand_in(&words::key(&field.label));
            match field.role {
                FieldRole::Amount | FieldRole::Quantity => !field.says.not_additive,
                FieldRole::Percent => share,
                _ => false,
            }
        })
        .map(|(at, _)| at)
        .collect()
}

/// The column in which each line has the unit of its figures: 单位 over 吨, 元/吨, 万元.
fn unit_column(view: &View<'_>) -> Option<usize> {
    let known = &view.rulebook.words;
    view.table.fields.iter().position(|field| {
        field.role == FieldRole::Text && known.unit_columns.has(&words::key(&field.label))
    })
}

struct Proposer<'a> {
    view: &'a View<'a>,
    columns: Vec<usize>,
    /// The accepted target that a line is a part of.
    covered: Vec<Option<usize>>,
    /// Whether a list of the line is known to add up.
    adds_up: Vec<bool>,
    /// How many of those lines stand at each level.
    levels: BTreeMap<u16, usize>,
    accepted: Vec<Accepted>,
    /// The column that says what each line is measured in.
    units: Option<usize>,
    /// How many more figures may be looked at in readings that reach over the whole table.
    wide: usize,
}

impl Proposer<'_> {
    fn lines(&self) -> &[crate::model::Line] {
        &self.view.table.lines
    }

    fn role(&self, line: usize) -> LineRole {
        self.lines()[line].role
    }

    fn total_word(&self, line: usize) -> Option<TotalWord> {
        matches!(self.role(line), LineRole::Total | LineRole::Subtotal)
            .then(|| self.lines()[line].total)
            .flatten()
    }

    fn score(&self, target: usize, parts: &[usize], alone: bool) -> Score {
        let mut score = Score::default();
        let weighted: Vec<(usize, i32)> = parts.iter().map(|part| (*part, 1)).collect();
        // Shares add up to the whole only where the whole is 100 %.
        let adds_up = |column: &usize| {
            self.view.table.fields[*column].role != FieldRole::Percent
                || self.view.cell(target, *column).value() == Some(Decimal::ONE)
        };
        let columns: Vec<usize> = self.columns.iter().copied().filter(adds_up).collect();
        let piece = (LONG / (parts.len() + 1)).max(1);
        if parts.len() > LONG {
            self.view.load();
        }
        let trials = parallel::map_pieces(columns.len(), piece, |at| {
            let trial = |column: &usize| self.view.try_lines(*column, target, &weighted);
            columns[at].iter().map(trial).collect::<Vec<Trial>>()
        })
        .concat();
        for (column, trial) in columns.into_iter().zip(trials) {
            match trial {
                Trial::Holds => score.holds.push(column),
                // One part that equals the total beside empty ones supports a list that the words propose as well as a
                // sum does.
                Trial::Single
                    if alone && (parts.len() >= 2 || self.total_word(parts[0]).is_some()) =>
                {
                    score.holds.push(column);
                }
                Trial::Single | Trial::Trivial => score.trivial.push(column),
                Trial::Fails => score.fails.push(column),
                Trial::Untried => {}
            }
        }
        score
    }

    /// The reading that the numbers support best; the words decide between equals.
    fn choose(&self, target: usize, mut readings: Vec<Reading>) -> Option<(Reading, Score)> {
        readings.sort_by_key(|reading| std::cmp::Reverse(reading.prior));
        let mut best: Option<(Reading, Score)> = None;
        let mut seen: BTreeSet<Vec<usize>> = BTreeSet::new();
        for reading in readings {
            if reading.parts.is_empty() || !seen.insert(reading.parts.clone()) {
                continue;
            }
            let score = self.score(target, &reading.parts, reading.prior >= 60);
            let better = match &best {
                None => true,
                Some((_, best)) => {
                    let rank =
                        |score: &Score| (score.holds.len(), std::cmp::Reverse(score.fails.len()));
                    score.holds.len() > best.holds.len()
                        || score.holds.len() == best.holds.len()
                            && !best.holds.is_empty()
                            && rank(&score) > rank(best)
                        || best.tried() == 0 && best.trivial.is_empty() && rank(&score) > rank(best)
                }
            };
            if better {
                best = Some((reading, score));
            }
        }
        best
    }

    fn accept(&mut self, target: usize, parts: Vec<usize>, score: Score, words_only: bool) {
        for part in &parts {
            self.covered[*part] = Some(target);
        }
        if !score.holds.is_empty() {
            self.adds_up[target] = true;
            *self.levels.entry(self.lines()[target].level).or_default() += 1;
        }
        self.accepted.push(Accepted { target, parts, score, words_only });
    }

    /// Whether a line says what one of something costs, by its name or unit.
    fn is_apiece(&self, line: usize) -> bool {
        let known = &self.view.rulebook.words;
        known.is_apiece(&self.lines()[line].label)
            || self.units.is_some_and(|units| known.is_apiece(self.view.text(line, units)))
    }

    /// Whether lines say that they are measured in different things: 吨, 台.
    fn are_unlike(&self, lines: &[usize]) -> bool {
        let Some(units) = self.units else { return false };
        let known = &self.view.rulebook.words.measures;
        let texts: BTreeSet<String> = lines
            .iter()
            .map(|line| words::key(self.view.text(*line, units)).into_owned())
            .filter(|unit| known.has(unit) || unit.ends_with('元'))
            .collect();
        texts.len() > 1
    }

    /// A column in which no relation holds though several were tried does not add up (prices, averages): leave it out.
    fn drop_columns_that_never_add(&mut self) {
        for &column in &self.columns.clone() {
            let holds = self.accepted.iter().filter(|a| a.score.holds.contains(&column)).count();
            let failing: Vec<&Accepted> = self
                .accepted
                .iter()
                .filter(|a| a.score.fails.contains(&column) && !a.score.holds.is_empty())
                .collect();
            // One wrong cell breaks every list it is in: that is a finding, not a column of prices.
            let shared = failing.first().is_some_and(|first| {
                let involved = |a: &Accepted, line: usize| {
                    a.target == line || a.parts.binary_search(&line).is_ok()
                };
                std::iter::once(first.target)
                    .chain(first.parts.iter().copied())
                    .any(|line| failing.iter().all(|a| involved(a, line)))
            });
            let fails = failing.len();
            if holds == 0
                && (fails >= 2 && !shared
                    || is_running_balance(
                        &self.view.rulebook.words,
                        self.view.table,
                        &self.view.table.fields[column],
                    ))
            {
                for accepted in &mut self.accepted {
                    accepted.score.fails.retain(|c| *c != column);
                    accepted.score.trivial.retain(|c| *c != column);
                }
                self.columns.retain(|c| *c != column);
            }
        }
    }

    fn relation(&self, accepted: &Accepted) -> Option<Relation> {
        let table = self.view.table;
        // One line below another without a code is no list by itself, nor is what could be tried in none of several columns.
        let Score { holds, trivial, fails } = &accepted.score;
        let single = accepted.parts.len() == 1
            && self.total_word(accepted.parts[0]).is_none()
            && table.lines[accepted.parts[0]].code.is_none();
        let supported = if fails.is_empty() { self.columns.len() == 1 } else { !single };
        if table.kind.is_none() && holds.is_empty() && trivial.is_empty() && !supported {
            return None;
        }
        let adds_up =
            |column: usize| self.accepted.iter().any(|other| other.score.holds.contains(&column));
        let columns: Vec<u32> = self
            .columns
            .iter()
            .copied()
            .filter(|column| {
                let stated = self.view.cell(accepted.target, *column).value().is_some();
                if table.fields[*column].role == FieldRole::Percent
                    && !accepted.score.holds.contains(column)
                    && !accepted.score.fails.contains(column)
                {
                    return false;
                }
                let filled = || {
                    let mut parts = accepted.parts.iter();
                    parts.any(|part| self.view.cell(*part, *column).value().is_some())
                };
                // A blank in a column in which no list adds up is no total that was forgotten, and a figure above blanks only
                // there is none of them.
                let meant = table.kind.is_some() || adds_up(*column);
                if stated {
                    let list = meant && accepted.parts.len() > 1;
                    return list || !accepted.score.holds.is_empty() || filled();
                }
                // A dash over counts of unlike things (台, 平方米) says that they are not added.
                table.fields[*column].role == FieldRole::Amount && meant && filled()
            })
            .map(|column| table.fields[column].column)
            .collect();
        if columns.is_empty() {
            return None;
        }
        let mut evidence = EvidenceSet::of(Origin::Label);
        if accepted.score.holds.len() >= 2 && !accepted.words_only {
            evidence = evidence.with(Origin::Mined);
        }
        Some(
            Relation::new(
                "T01",
                Operation::Sum,
                Shape::Lines {
                    table: table.id,
                    target: table.lines[accepted.target].row,
                    terms: accepted.parts.iter().map(|part| (table.lines[*part].row, 1)).collect(),
                    columns,
                },
                evidence,
            )
            .supported(accepted.score.holds.len() as u32, accepted.score.tried() as u32),
        )
    }
}
