//! Faults that come of another: what is off by just what its parts, or its whole, are off by.

use std::collections::HashSet;

use super::Weigher;
use super::axes::{Column, List, Row, additive, is_stated, number, tries};
use crate::model::{
    Claim, Objection, Operation, Outcome, Place, Relation, Shape, Table, Verdict, Witness, evaluate,
};
use crate::number::Decimal;
use crate::relate::view::{Trial, View};

/// Levels of totals through which one fault is followed.
const DEEPEST: usize = 8;

impl Weigher<'_> {
    /// A sum along a line that is off by what its columns, or the lines it adds up, are off by is told with them; where none
    /// of these is told, neither is it.
    pub(super) fn settle(&self, failing: &[(u32, u32, Outcome)], claims: &mut [Claim]) {
        let is_across = |relation: u32| {
            let relation = &self.relations[relation as usize];
            relation.operation == Operation::Sum && matches!(relation.shape, Shape::Fields { .. })
        };
        for _ in 0..DEEPEST {
            let told: HashSet<(Place, bool)> = failing
                .iter()
                .zip(&*claims)
                .filter(|(_, claim)| claim.doubt.is_none())
                .map(|((relation, _, outcome), _)| (outcome.target.place, !is_across(*relation)))
                .collect();
            let mut settled = true;
            for ((relation, ordinal, outcome), claim) in failing.iter().zip(&mut *claims) {
                if !is_across(*relation) || claim.doubt.is_some() {
                    continue;
                }
                let objection = self.off_with(*relation, *ordinal, outcome, &told);
                if let Some(objection) = objection {
                    claim.doubt = Some(objection.text());
                    claim.against.push(objection);
                    settled = false;
                }
            }
            if settled {
                return;
            }
        }
    }

    /// What makes a sum along a line no fault of its own, where that is told nowhere.
    fn off_with(
        &self,
        relation: u32,
        ordinal: u32,
        outcome: &Outcome,
        told: &HashSet<(Place, bool)>,
    ) -> Option<Objection> {
        let Shape::Fields { table, target, terms, rows } = &self.relations[relation as usize].shape
        else {
            return None;
        };
        let view = &self.views[table];
        let list = List::of_fields(view.table, *target, terms)?;
        let line = view.table.line_index(rows[ordinal as usize])?;
        if let Some(cells) = self.parts_off(view, &list, line, outcome)
            && !cells.iter().any(|cell| told.contains(&(*cell, true)))
        {
            return Some(Objection::PartsOff { cells });
        }
        let place = |row: u32| outcome.target.place.at(row, *target);
        let off: Vec<Place> = self
            .parts_that_add_up(view, &list, line)?
            .into_iter()
            .map(place)
            .filter(|place| self.gaps.contains_key(&(*place, false)))
            .collect();
        let sum: Decimal = off.iter().filter_map(|place| self.gaps.get(&(*place, false))).sum();
        (!off.is_empty()
            && Some(sum) == outcome.difference
            && !off.iter().any(|place| told.contains(&(*place, false))))
        .then_some(Objection::Carried)
    }

    /// The rows that a line is the sum of, by a list that holds in every column of this one.
    pub(super) fn parts_that_add_up(
        &self,
        view: &View<'_>,
        list: &List,
        line: usize,
    ) -> Option<Vec<u32>> {
        let table = view.table;
        let row = table.lines[line].row;
        self.lines.get(&table.id)?.iter().find_map(|index| {
            let relation = &self.relations[*index as usize];
            let Shape::Lines { target, terms, columns, .. } = &relation.shape else { return None };
            if *target != row || relation.operation != Operation::Sum {
                return None;
            }
            let fields = std::iter::once(list.target).chain(list.terms.iter().map(|(at, _)| *at));
            let holds = fields.into_iter().all(|at| {
                if view.cell(line, at).value().is_none() {
                    return true;
                }
                let column = table.fields[at].column;
                columns.iter().position(|own| *own == column).is_some_and(|ordinal| {
                    let verdict = evaluate(self.packet, relation, ordinal).verdict;
                    matches!(verdict, Verdict::Holds | Verdict::Rounding)
                })
            });
            holds.then(|| terms.iter().map(|(row, _)| *row).collect())
        })
    }

    /// Whether what is off here is what other columns are off by: along this line and along each of its parts the column adds
    /// up over other columns, and none of these is told.
    pub(super) fn is_carried(
        &self,
        view: &View<'_>,
        list: &List,
        column: usize,
        outcome: &Outcome,
    ) -> bool {
        let table = view.table;
        let own = table.fields[column].column;
        let holds_in = |relation: &Relation, rows: &[u32], line: usize| {
            let row = table.lines[line].row;
            rows.binary_search(&row).is_ok_and(|ordinal| {
                let verdict = evaluate(self.packet, relation, ordinal).verdict;
                matches!(verdict, Verdict::Holds | Verdict::Rounding)
            })
        };
        let lines = || std::iter::once(list.target).chain(list.terms.iter().map(|(at, _)| *at));
        self.fields.get(&table.id).into_iter().flatten().any(|index| {
            let relation = &self.relations[*index as usize];
            let Shape::Fields { target, terms, rows, .. } = &relation.shape else { return false };
            let is_told = |column: u32| {
                self.gaps.contains_key(&(
                    outcome.target.place.at(outcome.target.place.cell.row, column),
                    true,
                ))
            };
            let Some(across) = List::of_fields(table, *target, terms) else { return false };
            // A line that states nothing here states nothing there.
            let is_empty = |at: usize| {
                !is_stated(&Column(view, column), at) && across.present(&Row(view, at)).is_empty()
            };
            // A column whose list is there and whose total was left out, beside another one that states it, says nothing of what
            // it is off by.
            let is_left_out = |term: usize| {
                let axis = Column(view, term);
                !is_stated(&axis, list.target)
                    && !list.present(&axis).is_empty()
                    && !across.present(&Row(view, list.target)).is_empty()
            };
            *target == own
                && relation.operation == Operation::Sum
                && terms.len() >= 2
                && !terms.iter().any(|(term, _)| is_told(*term))
                && !across.terms.iter().any(|(term, _)| is_left_out(*term))
                && lines().all(|at| is_empty(at) || holds_in(relation, rows, at))
        })
    }

    /// The columns of a line that are off from their own lists by just what their sum is off, where what is stated is the sum
    /// of its own list: they are wrong, not it.
    fn parts_off(
        &self,
        view: &View<'_>,
        list: &List,
        line: usize,
        outcome: &Outcome,
    ) -> Option<Vec<Place>> {
        let table = view.table;
        let row = table.lines[line].row;
        let place = |at: usize| outcome.target.place.at(row, table.fields[at].column);
        // The list that the target's own column adds up, tried in the columns of the parts.
        self.lines.get(&table.id).into_iter().flatten().find_map(|index| {
            let relation = &self.relations[*index as usize];
            let Shape::Lines { target, terms, .. } = &relation.shape else { return None };
            let long = terms.len() >= self.beliefs.above.value as usize;
            if *target != row || relation.operation != Operation::Sum || !long {
                return None;
            }
            let down = List::of_lines(table, row, terms)?;
            let gap = |at: usize| {
                let axis = Column(view, at);
                let sum: Decimal = down
                    .terms
                    .iter()
                    .map(|(at, coefficient)| number(&axis, *at) * Decimal::from(*coefficient))
                    .sum();
                number(&axis, down.target) - sum
            };
            if tries(&Column(view, list.target), line, &down.terms) != Trial::Holds {
                return None;
            }
            let off: Vec<(usize, Decimal)> = list
                .terms
                .iter()
                .map(|(at, coefficient)| (*at, gap(*at) * Decimal::from(*coefficient)))
                .filter(|(_, gap)| !gap.is_zero())
                .collect();
            let sum: Decimal = off.iter().map(|(_, gap)| *gap).sum();
            // A blank has no list of its own that could be told.
            let stated = off.iter().all(|(at, _)| is_stated(&Row(view, line), *at));
            let is_wrong = matches!(off[..], [(at, _)] if self.adds_with_others(view, &down, at));
            (!off.is_empty() && stated && !is_wrong && (outcome.difference? + sum).is_zero())
                .then(|| off.into_iter().map(|(at, _)| place(at)).collect())
        })
    }

    /// The parts whose own lists fail by what this list is off, in one column.
    pub(super) fn cancelling(
        &self,
        list: &List,
        column: usize,
        place: &dyn Fn(usize, usize) -> Place,
    ) -> Vec<Place> {
        let gap = |at: usize| {
            self.gaps.get(&(place(at, column), true)).copied().filter(|gap| !gap.is_zero())
        };
        let Some(own) = gap(list.target) else { return Vec::new() };
        let failing: Vec<(Place, Decimal)> =
            list.terms.iter().filter_map(|(at, _)| Some((place(*at, column), gap(*at)?))).collect();
        let sum: Decimal = failing.iter().map(|(_, gap)| *gap).sum();
        if (sum + own).is_zero() {
            failing.into_iter().map(|(place, _)| place).collect()
        } else {
            Vec::new()
        }
    }

    /// The list above that this line is a part of, where it fails by what this line's own list is off.
    pub(super) fn above(&self, table: &Table, list: &List, own: u32) -> Option<List> {
        let row = table.lines[list.target].row;
        self.lines.get(&table.id)?.iter().filter(|index| **index != own).find_map(|index| {
            let relation = &self.relations[*index as usize];
            let Shape::Lines { target, terms, .. } = &relation.shape else { return None };
            let is_part = relation.operation == Operation::Sum
                && terms.iter().any(|(term, coefficient)| *term == row && *coefficient == 1);
            if is_part { List::of_lines(table, *target, terms) } else { None }
        })
    }

    /// A line between two lists that is off in both by the same: in one column it is a wrong figure, and both lists speak for
    /// each other; in several, or in several parts at once, lines are counted one level up.
    pub(super) fn between(
        &self,
        table: &Table,
        list: &List,
        column: usize,
        own: u32,
        place: &dyn Fn(usize, usize) -> Place,
    ) -> Option<Result<Witness, Objection>> {
        let above = self.above(table, list, own);
        std::iter::once(list).chain(&above).find_map(|list| {
            let cells = self.cancelling(list, column, place);
            let columns = || {
                additive(table).filter(|at| !self.cancelling(list, *at, place).is_empty()).count()
            };
            // A figure left at nought lacks its whole list: nothing is counted elsewhere.
            let left_out = |cell: &Place| {
                self.packet.figure(*cell, Some(table.id)).number().is_none_or(|n| n.is_zero())
            };
            if cells.len() == 1 && left_out(&cells[0]) {
                Some(Ok(Witness::Numbers { holds: 1, fails: 0 }))
            } else if cells.len() >= 2 || !cells.is_empty() && columns() >= 2 {
                Some(Err(Objection::CountedAbove { cells }))
            } else if cells.is_empty() {
                None
            } else {
                Some(Ok(Witness::Numbers { holds: 1, fails: 0 }))
            }
        })
    }
}
