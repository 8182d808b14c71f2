//! The checks around the cells that may be to blame, and what a change of some cells does to them.
//!
//! A relation is a family, and a sheet may have 600,000 checks; only rows and columns near failures are looked up, a
//! check is evaluated once, and a changed part moves a sum without adding it up again.

use std::cell::RefCell;
use std::rc::Rc;

use super::followers::Followers;
use crate::model::{
    Change, Operand, Operation, Origin, Outcome, Packet, Place, QuickMap, QuickSet, Relation,
    Shape, Verdict, evaluate, evaluate_with,
};
use crate::number::{Decimal, Unit};

/// A check: its relation and its ordinal there.
pub(super) type Check = (u32, u32);

/// A check evaluated once.
#[derive(Debug)]
pub(super) struct Known {
    /// Its result as the sheets stand.
    pub(super) outcome: Outcome,
    /// For sums: how much of the target one of each term's units is, sorted by cell. Empty for other operations.
    weights: Vec<(Place, Decimal)>,
}

impl Known {
    /// By how much the computed value grows when a term grows by one; zero for cells that are no terms.
    pub(super) fn weight(&self, place: Place) -> Decimal {
        let at = self.weights.partition_point(|(other, _)| *other < place);
        self.weights[at..]
            .iter()
            .take_while(|(other, _)| *other == place)
            .map(|(_, weight)| *weight)
            .sum()
    }

    /// Whether the operation is a sum, so that changes add up.
    pub(super) fn is_sum(&self) -> bool {
        !self.weights.is_empty()
    }
}

/// What a change of some cells does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Effect {
    /// Failing checks that it mends, as indexes into the failing ones.
    pub(super) repairs: Vec<usize>,
    /// How many checks that held would fail.
    pub(super) breaks: u32,
    /// The first few of those.
    pub(super) broken: Vec<Check>,
    /// How many of the mended ones tie only within the printed digits.
    pub(super) roundings: u32,
    /// Checks that nobody could verify, for a cell was blank, and that hold then.
    pub(super) confirms: u32,
    /// Those of them that fail then.
    pub(super) denies: u32,
}

/// The checks around the failing ones.
pub(super) struct Network<'a> {
    pub(super) packet: &'a Packet,
    pub(super) relations: &'a [Relation],
    pub(super) failing: &'a [(u32, u32, Outcome)],
    failing_at: QuickMap<Check, usize>,
    /// Families of lines by file, sheet and row.
    rows: QuickMap<(u32, u32, u32), Vec<u32>>,
    /// Families of columns by file, sheet and column.
    columns: QuickMap<(u32, u32, u32), Vec<u32>>,
    /// Single checks by cell.
    cells: QuickMap<Place, Vec<u32>>,
    followers: Followers<'a>,
    known: RefCell<QuickMap<Check, Rc<Known>>>,
    near: RefCell<QuickMap<Place, Rc<[Check]>>>,
    /// The tables of the cells of single checks.
    tables: RefCell<QuickMap<u32, QuickMap<Place, Option<u32>>>>,
}

impl<'a> Network<'a> {
    /// Looks up the relations that touch a row, a column or a cell of a failing check.
    pub(super) fn new(
        packet: &'a Packet,
        relations: &'a [Relation],
        failing: &'a [(u32, u32, Outcome)],
    ) -> Self {
        let mut near_rows = QuickSet::default();
        let mut near_columns = QuickSet::default();
        let mut near_cells = QuickSet::default();
        for (_, _, outcome) in failing {
            for Operand { place, .. } in outcome.terms.iter().chain([&outcome.target]) {
                near_rows.insert((place.file, place.sheet, place.cell.row));
                near_columns.insert((place.file, place.sheet, place.cell.column));
                near_cells.insert(*place);
            }
        }
        let mut network = Self {
            packet,
            relations,
            failing,
            failing_at: failing
                .iter()
                .enumerate()
                .map(|(at, (relation, ordinal, _))| ((*relation, *ordinal), at))
                .collect(),
            rows: QuickMap::default(),
            columns: QuickMap::default(),
            cells: QuickMap::default(),
            followers: Followers::new(packet),
            known: RefCell::default(),
            near: RefCell::default(),
            tables: RefCell::default(),
        };
        for (index, relation) in relations.iter().enumerate() {
            let index = index as u32;
            match &relation.shape {
                Shape::Lines { table, target, terms, .. } => {
                    let (file, sheet) = packet.place_of(*table);
                    for row in terms.iter().map(|(row, _)| *row).chain([*target]) {
                        if near_rows.contains(&(file, sheet, row)) {
                            note(network.rows.entry((file, sheet, row)).or_default(), index);
                        }
                    }
                }
                Shape::Fields { table, target, terms, .. } => {
                    let (file, sheet) = packet.place_of(*table);
                    for column in terms.iter().map(|(column, _)| *column).chain([*target]) {
                        if near_columns.contains(&(file, sheet, column)) {
                            note(network.columns.entry((file, sheet, column)).or_default(), index);
                        }
                    }
                }
                Shape::Cells { target, terms } => {
                    for Operand { place, .. } in terms.iter().chain([target]) {
                        if near_cells.contains(place) {
                            note(network.cells.entry(*place).or_default(), index);
                        }
                    }
                }
            }
        }
        network
    }

    /// The index of a check among the failing ones.
    pub(super) fn failing_index(&self, check: Check) -> Option<usize> {
        self.failing_at.get(&check).copied()
    }

    /// A failing check, evaluated.
    pub(super) fn failed(&self, at: usize) -> Rc<Known> {
        let (relation, ordinal, _) = &self.failing[at];
        self.known((*relation, *ordinal))
    }

    /// A check, evaluated.
    pub(super) fn known(&self, check: Check) -> Rc<Known> {
        if let Some(known) = self.known.borrow().get(&check) {
            return Rc::clone(known);
        }
        let relation = &self.relations[check.0 as usize];
        let outcome = match self.failing_at.get(&check) {
            Some(&at) => self.failing[at].2.clone(),
            None => evaluate(self.packet, relation, check.1 as usize),
        };
        let known = Rc::new(Known { weights: self.weights(relation, &outcome), outcome });
        self.known.borrow_mut().insert(check, Rc::clone(&known));
        known
    }

    fn weights(&self, relation: &Relation, outcome: &Outcome) -> Vec<(Place, Decimal)> {
        let count = match relation.operation {
            Operation::Sum | Operation::Equal | Operation::AtMost => Decimal::ONE,
            Operation::Average => {
                let stated =
                    |term: &&Operand| self.packet.figure(term.place, term.table).number().is_some();
                Decimal::from(outcome.terms.iter().filter(stated).count().max(1) as u64)
            }
            Operation::Ratio | Operation::Product | Operation::RelativeChange => return Vec::new(),
        };
        let yuan =
            |operand: &Operand| self.packet.unit(operand.place, operand.table).and_then(Unit::yuan);
        let base = yuan(&outcome.target);
        let mut weights: Vec<(Place, Decimal)> = outcome
            .terms
            .iter()
            .map(|term| {
                let factor = match (yuan(term), base) {
                    (Some(own), Some(base)) if own != base => own / base,
                    _ => Decimal::ONE,
                };
                let coefficient = match relation.operation {
                    Operation::Equal => Decimal::ONE,
                    _ => Decimal::from(term.coefficient),
                };
                (term.place, coefficient * factor / count)
            })
            .collect();
        weights.sort_unstable_by_key(|(place, _)| *place);
        weights
    }

    /// The checks that a cell takes part in, failing or not.
    pub(super) fn near(&self, place: Place) -> Rc<[Check]> {
        if let Some(near) = self.near.borrow().get(&place) {
            return Rc::clone(near);
        }
        let Place { file, sheet, cell } = place;
        let mut checks = Vec::new();
        for &index in self.rows.get(&(file, sheet, cell.row)).into_iter().flatten() {
            if let Shape::Lines { columns, .. } = &self.relations[index as usize].shape {
                checks.extend(position(columns, cell.column).map(|ordinal| (index, ordinal)));
            }
        }
        for &index in self.columns.get(&(file, sheet, cell.column)).into_iter().flatten() {
            if let Shape::Fields { rows, .. } = &self.relations[index as usize].shape {
                checks.extend(position(rows, cell.row).map(|ordinal| (index, ordinal)));
            }
        }
        checks.extend(self.cells.get(&place).into_iter().flatten().map(|index| (*index, 0)));
        // A check whose claim is in doubt speaks neither for nor against a change.
        checks.retain(|(relation, ordinal)| {
            self.relations[*relation as usize].doubt(*ordinal as usize).is_none()
        });
        checks.sort_unstable();
        checks.dedup();
        let near: Rc<[Check]> = checks.into();
        self.near.borrow_mut().insert(place, Rc::clone(&near));
        near
    }

    /// The families of lines that the row of a cell takes part in.
    pub(super) fn families_of_row(&self, place: Place) -> Vec<u32> {
        self.rows.get(&(place.file, place.sheet, place.cell.row)).cloned().unwrap_or_default()
    }

    /// The families of columns that the column of a cell takes part in.
    pub(super) fn families_of_column(&self, place: Place) -> Vec<u32> {
        self.columns.get(&(place.file, place.sheet, place.cell.column)).cloned().unwrap_or_default()
    }

    /// How many failing checks a cell takes part in.
    pub(super) fn failures_near(&self, place: Place) -> usize {
        self.near(place).iter().filter(|check| self.failing_at.contains_key(check)).count()
    }

    /// Whether a check of this cell that is a sum holds now, so that no change of this cell alone can be right.
    pub(super) fn is_held(&self, place: Place) -> bool {
        self.near(place).iter().any(|check| {
            let known = self.known(*check);
            known.is_sum()
                && known.outcome.verdict == Verdict::Holds
                && self.relations[check.0 as usize].operation != Operation::AtMost
        })
    }

    /// What changing these cells, and with them what formulas calculate from them, does to all checks around them.
    pub(super) fn effect(&self, changes: &[Change]) -> Effect {
        let meant = changes;
        let changes = self.followers.follow(changes);
        let changes = changes.as_slice();
        let mut checks: Vec<Check> = Vec::new();
        for change in changes {
            checks.extend(self.near(change.place).iter());
        }
        if changes.len() > 1 {
            checks.sort_unstable();
            checks.dedup();
        }
        let mut effect = Effect::default();
        for check in checks {
            let failing = self.failing_index(check);
            let known = self.known(check);
            let before = known.outcome.verdict;
            let after = self.after(check, &known, changes);
            if before == Verdict::Unverifiable {
                effect.confirms += u32::from(after == Verdict::Holds);
                effect.roundings += u32::from(after == Verdict::Rounding);
                effect.denies += u32::from(after == Verdict::Fails);
                continue;
            }
            match (failing, after) {
                (Some(at), Verdict::Holds) => effect.repairs.push(at),
                (Some(at), Verdict::Rounding) => {
                    effect.repairs.push(at);
                    effect.roundings += 1;
                }
                // A cell that is corrected gets another formula, or a figure instead of one.
                (None, Verdict::Fails) if !self.is_own_formula(check, &known, meant) => {
                    effect.breaks += 1;
                    if effect.broken.len() < 3 {
                        effect.broken.push(check);
                    }
                }
                _ => {}
            }
        }
        effect
    }

    /// Whether a check only says what the formula of a changed cell says.
    fn is_own_formula(&self, check: Check, known: &Known, changes: &[Change]) -> bool {
        let target = known.outcome.target.place;
        let evidence = self.relations[check.0 as usize].evidence;
        evidence.strongest() == Origin::Formula
            && !evidence.contains(Origin::Label)
            && changes.iter().any(|change| change.place == target)
    }

    fn after(&self, check: Check, known: &Known, changes: &[Change]) -> Verdict {
        let relation = &self.relations[check.0 as usize];
        let outcome = &known.outcome;
        let moved = known.is_sum().then(|| moved(self, known, changes)).flatten();
        let quick = moved.zip(outcome.difference).zip(outcome.tolerance);
        let (Some(((moved, difference), tolerance)), Operation::Sum | Operation::Equal) =
            (quick, relation.operation)
        else {
            let value = |place: Place| {
                changes.iter().find(|change| change.place == place).map(|change| change.value)
            };
            return evaluate_with(self.packet, relation, check.1 as usize, &value).verdict;
        };
        let left = difference + moved;
        match left.abs() {
            left if left.is_zero() => Verdict::Holds,
            left if left <= tolerance => Verdict::Rounding,
            _ => Verdict::Fails,
        }
    }

    /// What a cell says now; zero where it says nothing.
    pub(super) fn stated(&self, operand: &Operand) -> Option<Decimal> {
        self.packet.figure(operand.place, operand.table).number()
    }

    /// A cell with the table that it belongs to in some check.
    pub(super) fn operand(&self, place: Place) -> Operand {
        let table = self.near(place).first().and_then(|(relation, _)| {
            match &self.relations[*relation as usize].shape {
                Shape::Lines { table, .. } | Shape::Fields { table, .. } => Some(*table),
                // Each cell of a long sum is asked about: its cells are looked up, not gone through.
                Shape::Cells { target, terms } => *self
                    .tables
                    .borrow_mut()
                    .entry(*relation)
                    .or_insert_with(|| {
                        let cells = [target].into_iter().chain(terms.iter().rev());
                        cells.map(|cell| (cell.place, cell.table)).collect()
                    })
                    .get(&place)?,
            }
        });
        Operand { place, table, coefficient: 1 }
    }
}

/// By how much stated − computed grows; `None` when a changed cell says nothing now and is the target.
fn moved(network: &Network, known: &Known, changes: &[Change]) -> Option<Decimal> {
    let mut moved = Decimal::ZERO;
    for change in changes {
        let weight = known.weight(change.place);
        if change.place == known.outcome.target.place {
            moved = moved.checked_add(change.value.checked_sub(known.outcome.stated?)?)?;
        }
        if !weight.is_zero() {
            let stated = network.stated(&network.operand(change.place)).unwrap_or_default();
            moved = moved.checked_sub(change.value.checked_sub(stated)?.checked_mul(weight)?)?;
        }
    }
    Some(moved)
}

fn note(indexes: &mut Vec<u32>, index: u32) {
    if indexes.last() != Some(&index) {
        indexes.push(index);
    }
}

/// Rows and columns of a family are nearly always in the sheet's order.
fn position(sorted: &[u32], value: u32) -> Option<u32> {
    match sorted.binary_search(&value) {
        Ok(at) => Some(at as u32),
        Err(_) if sorted.is_sorted() => None,
        Err(_) => sorted.iter().position(|other| *other == value).map(|at| at as u32),
    }
}
