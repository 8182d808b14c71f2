//! Sums along a line: what speaks for and against them.

use std::collections::HashSet;

use super::amounts::{is_mean, is_statistic};
use super::axes::{
    Axis, Column, List, Others, Row, Set, grain, is_exact, is_total, number, surplus, tries,
};
use super::{Elsewhere, Weigher, confirmed, is_identity};
use crate::lexicon::Beliefs;
use crate::model::{
    CellRef, Claim, Field, Objection, Operation, Origin, Outcome, Place, Relation, Shape, Witness,
};
use crate::number::Decimal;
use crate::relate::belief;
use crate::relate::view::{Trial, View};

impl Weigher<'_> {
    /// Parts of one line.
    pub(super) fn fields(
        &self,
        relation: u32,
        view: &View<'_>,
        list: &List,
        line: usize,
        outcome: &Outcome,
        claim: &mut Claim,
    ) {
        let table = view.table;
        let own = &self.relations[relation as usize];
        let axis = Row(view, line);
        if table.fields[list.target].formula.is_some() {
            claim.witnesses.push(Witness::Declared);
        }
        if own.evidence.contains(Origin::Formula) {
            claim.witnesses.push(Witness::Formulas);
        }
        if own.evidence.contains(Origin::Label) {
            claim.witnesses.push(Witness::Header);
        }
        // Where the header groups the columns, one part that equals the total beside empty ones speaks for the group; so it
        // does under 合计.
        let grouped = own.evidence.contains(Origin::Label);
        let across = self.across(relation, view, list, grouped);
        let others = Others::new(|| {
            let others = (0..table.lines.len())
                .filter(|at| *at != line && table.lines[*at].role.is_data())
                .filter(|at| !across.carried[*at]);
            others.map(|at| Box::new(Row(view, at)) as Box<dyn Axis>).collect()
        });
        let elsewhere = match tries(&axis, list.target, &list.terms) {
            Trial::Holds | Trial::Single => self.elsewhere(others.iter(), list, grouped),
            own => {
                let told = own == Trial::Fails
                    && table.lines[line].role.is_data()
                    && !across.carried[line];
                Elsewhere { fails: across.elsewhere.fails - u32::from(told), ..across.elsewhere }
            }
        };
        let (holds, fails) = self.told(elsewhere, claim);
        if are_copies(&axis, list) && !others.iter().any(|other| adds_up(other, list)) {
            claim.against.push(Objection::Structure);
        }
        if (holds, fails) == (0, 0) && is_sole_across(view, own, list) {
            claim.witnesses.push(Witness::Sole);
        }
        // A mined family is believed for its many bits alone: `mine` has weighed it.
        if own.rule == "T06" {
            claim.witnesses.push(Witness::Mined);
            if self.is_often_broken(outcome, holds, fails) {
                claim.against.push(Objection::MostlyFails { holds, fails: fails + 1 });
            }
        }
        if fails + 1 > holds && holds + fails >= self.beliefs.everywhere.value {
            claim.against.push(Objection::MostlyFails { holds, fails: fails + 1 });
        }
        let scope: Set = (0..table.fields.len())
            .filter(|at| table.fields[*at].role == table.fields[list.target].role)
            .collect();
        let place = |at: usize| Place {
            file: table.file,
            sheet: table.sheet,
            cell: CellRef::new(table.lines[line].row, table.fields[at].column),
        };
        let mut against = self.known_rivals(relation, view, list, &others, outcome, false);
        against.extend(self.part_of_its_part(table, list, outcome));
        against.extend(self.never_counted(relation, list, &axis, &others, &place));
        if let Some(again) = stands_over_several(self.beliefs, &axis, list) {
            let cells = again.into_iter().map(place).collect();
            against.push(Objection::CountedTwice { cells });
        }
        if list.terms.iter().all(|(_, coefficient)| *coefficient == 1) {
            against.extend(self.left_out(list, &axis, &others, outcome, &scope, &place));
        }
        if let Some(parts) = self.parts_that_add_up(view, list, line) {
            let target = table.fields[list.target].column;
            let is_off =
                |row: &u32| self.gaps.contains_key(&(outcome.target.place.at(*row, target), false));
            if !parts.iter().any(is_off) {
                against.push(Objection::Carried);
            }
        } else if !is_total(&table.lines[line]) {
            let down = Column(view, list.target);
            if let Some(run) = self.sum_above(view, &down, line) {
                let column = table.fields[list.target].column;
                let cell = |at: usize| outcome.target.place.at(table.lines[at].row, column);
                against.push(Objection::Rival { parts: run.into_iter().map(cell).collect() });
            }
        }
        if let Some(last) = self.balance(list, &axis) {
            against.push(Objection::Rival { parts: vec![place(last)] });
        }
        if let Some(objection) = self.left_blank(view, list, line, outcome) {
            against.insert(0, objection);
        }
        let unnamed = table.lines[line].label.is_empty() && !self.bears_number(table, list, line);
        against.extend(self.withheld(outcome));
        if unnamed && is_statistic(view, list, line)
            || self.words.is_apiece(&table.lines[line].label)
            || self.words.is_of_extremes(&table.lines[line].label)
            || self.is_quotient_down(table, outcome)
            || is_mean(self.beliefs, &axis, list)
            || self.mixes_percents(table, list, own, &place)
        {
            against.push(Objection::NoAmount);
        }
        let column = table.fields[list.target].column;
        if self.is_better_known(relation, column, outcome, holds)
            || self.is_turned(list, &axis, &others)
        {
            against.push(Objection::Structure);
        }
        claim.against.splice(0..0, against);
        if is_identity(own) {
            confirmed(claim, outcome);
        }
    }

    /// Whether the column is known, in more lines than this family holds in, as the sum of other columns.
    fn is_better_known(&self, own: u32, column: u32, outcome: &Outcome, holds: u32) -> bool {
        let Place { cell, sheet, file } = outcome.target.place;
        let terms_of = |relation: &Relation| match &relation.shape {
            Shape::Fields { terms, .. } => terms.clone(),
            _ => Vec::new(),
        };
        let ours = terms_of(&self.relations[own as usize]);
        self.relations.iter().enumerate().any(|(index, relation)| {
            let Shape::Fields { table, target, rows, terms } = &relation.shape else {
                return false;
            };
            *target == column
                && relation.operation == Operation::Sum
                && relation.support.0 > holds + 1
                && index != own as usize
                && {
                    let table = &self.packet.tables[*table as usize];
                    (table.file, table.sheet) == (file, sheet)
                }
                && rows.binary_search(&cell.row).is_ok()
                // What counts the same columns and more is the same sum.
                && !ours.iter().all(|term| terms.contains(term))
        })
    }

    /// Whether the same cells with one sign turned, or all, tie in every line in which the list fails, in more of them than
    /// slips would be: these lines are meant so.
    fn is_turned(&self, list: &List, own: &dyn Axis, others: &Others) -> bool {
        let turned = |which: Option<usize>| -> Vec<(usize, i32)> {
            let turn = |at| which.is_none_or(|which| which == at);
            let terms = list.terms.iter().enumerate();
            terms.map(|(at, (term, c))| (*term, if turn(at) { -c } else { *c })).collect()
        };
        let readings = (0..list.terms.len()).map(Some).chain([None]).map(turned);
        let mut readings: Vec<_> =
            readings.filter(|parts| is_exact(own, list.target, parts)).collect();
        if readings.is_empty() {
            return false;
        }
        let mut figures = HashSet::from([number(own, list.target).normalize()]);
        for axis in others.iter() {
            if tries(axis, list.target, &list.terms) == Trial::Fails {
                figures.insert(number(axis, list.target).normalize());
                readings.retain(|parts| is_exact(axis, list.target, parts));
            }
        }
        figures.len() >= self.beliefs.everywhere.value as usize && !readings.is_empty()
    }
}

/// Whether what is stated stands in each of several parts again: they repeat it, and nothing is added up.
fn are_copies(axis: &dyn Axis, list: &List) -> bool {
    let stated = number(axis, list.target);
    let parts =
        || list.terms.iter().map(|(at, _)| number(axis, *at)).filter(|part| !part.is_zero());
    parts().count() >= 2 && parts().all(|part| part == stated)
}

/// Neighbouring columns that state one figure, of digits enough, again, where the line ties with it counted once: it stands over
/// all of them.
fn stands_over_several(known: &Beliefs, axis: &dyn Axis, list: &List) -> Option<Vec<usize>> {
    let (over, slack) = surplus(axis, list);
    let mut parts = list.terms.clone();
    parts.sort_unstable();
    let again = |one: &(usize, i32), next: &(usize, i32)| {
        next.0 == one.0 + 1
            && (one.1, next.1) == (1, 1)
            && number(axis, one.0) == number(axis, next.0)
    };
    parts.chunk_by(again).find_map(|run| {
        let value = number(axis, run[0].0);
        let half = axis.at(run[0].0).half();
        let proves = belief::bits(known, value, half, grain(half))
            >= known.rival.value + belief::choice(list.terms.len());
        let times = Decimal::from(run.len() as u64 - 1);
        (run.len() >= 2 && proves && (value * times - over).abs() <= slack)
            .then(|| run[1..].iter().map(|(at, _)| *at).collect())
    })
}

/// Whether a list ties by several parts.
fn adds_up(axis: &dyn Axis, list: &List) -> bool {
    tries(axis, list.target, &list.terms) == Trial::Holds
}

/// Whether a total of columns, in a form whose kind is known to have one, has every amount of its group of the header as a
/// part, or under the own total of a part's group: 合计 of 出国, 购置及运行费 (小计, 购置, 运行), 接待.
fn is_sole_across(view: &View<'_>, own: &Relation, list: &List) -> bool {
    let table = view.table;
    let code = || {
        let kind = table.kind.as_deref().and_then(|id| view.rulebook.kind(id))?;
        kind.column_total_code.as_ref()
    };
    let fields = &table.fields;
    let target = &fields[list.target];
    if !target.says.total || code() != Some(&own.rule) {
        return false;
    }
    let depth = target.path.len().saturating_sub(1);
    let group = &target.path[..depth];
    let inside = |field: &Field| field.role == target.role && field.path.starts_with(group);
    let stands_for = |part: &Field, field: &Field| {
        part.says.total
            && part.path.len() > depth + 1
            && field.path.get(..=depth) == part.path.get(..=depth)
    };
    let parts = || list.terms.iter().map(|(at, _)| &fields[*at]);
    list.terms.len() >= 2
        && list.terms.iter().all(|(at, sign)| *sign == 1 && inside(&fields[*at]))
        && fields.iter().filter(|field| inside(field)).all(|field| {
            field.column == target.column
                || field.says.of_which
                || parts().any(|part| part.column == field.column || stands_for(part, field))
        })
}
