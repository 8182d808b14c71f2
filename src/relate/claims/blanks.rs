//! Figures that were left blank, where the rest says what they would be.

use super::Weigher;
use super::axes::{List, Row, is_stated};
use crate::model::{Field, LineRole, Objection, Operation, Outcome, Shape, State, Table};
use crate::number::Decimal;
use crate::relate::view::View;

/// Figures beside blanks past which it says nothing that one of them is what is lacking.
const MOST_BESIDE: usize = 8;

impl Weigher<'_> {
    /// The only blank among the figures of a line, in a column that other lines fill: it was left out, and nothing is wrong.
    pub(super) fn left_blank(
        &self,
        view: &View<'_>,
        list: &List,
        line: usize,
        outcome: &Outcome,
    ) -> Option<Objection> {
        let table = view.table;
        let is_blank = |line: usize, at: usize| {
            let place = outcome.target.place.at(table.lines[line].row, table.fields[at].column);
            self.packet.figure(place, Some(table.id)).state == State::Blank
        };
        let mut blanks = list.terms.iter().filter(|(at, _)| is_blank(line, *at));
        let (Some((blank, coefficient)), None) = (blanks.next(), blanks.next()) else {
            return None;
        };
        let value = outcome.difference?.checked_div(Decimal::from(*coefficient))?;
        let mut others = (0..table.lines.len())
            .filter(|at| *at != line && table.lines[*at].role.is_data())
            .filter(|at| is_stated(&Row(view, *at), list.target));
        let mut count = 0;
        let filled = others.all(|other| {
            count += 1;
            !is_blank(other, *blank)
        });
        let place = outcome.target.place.at(table.lines[line].row, table.fields[*blank].column);
        // A column that stands empty now and then is empty where there is nothing.
        (filled && count >= 3).then_some(Objection::LeftBlank { cell: place, value })
    }

    /// A blank among the lines of a list, where another check along its line is off by the same.
    pub(super) fn blank_part(
        &self,
        table: &Table,
        list: &List,
        column: usize,
        outcome: &Outcome,
    ) -> Option<Objection> {
        let difference = outcome.difference?;
        let column = table.fields[column].column;
        list.terms.iter().find_map(|(at, _)| {
            let row = table.lines[*at].row;
            let at = |column: u32| outcome.target.place.at(row, column);
            let cell = at(column);
            let is_blank = self.packet.figure(cell, Some(table.id)).state == State::Blank;
            let told = table.fields.iter().any(|field| {
                let gap = self.gaps.get(&(at(field.column), false));
                gap.is_some_and(|gap| gap.abs() == difference.abs())
            });
            (is_blank && told).then_some(Objection::LeftBlank { cell, value: difference })
        })
    }

    /// A blank among the lines of a list, where another figure of its line is all that the total has more: it stands in another
    /// column, and was left out in this one.
    pub(super) fn blank_beside(
        &self,
        table: &Table,
        list: &List,
        column: usize,
        outcome: &Outcome,
    ) -> Option<Objection> {
        let difference = outcome.difference.filter(|difference| !difference.is_zero())?;
        let slack = outcome.tolerance.unwrap_or_default();
        let column = table.fields[column].column;
        let place = |at: usize, column: u32| outcome.target.place.at(table.lines[at].row, column);
        let figure = |at: usize, column: u32| self.packet.figure(place(at, column), Some(table.id));
        let mut looked_at = 0;
        let mut found = None;
        for (at, coefficient) in &list.terms {
            if figure(*at, column).state != State::Blank {
                continue;
            }
            let value = difference.checked_mul(Decimal::from(*coefficient))?;
            for field in table.figure_fields() {
                let Some(number) = figure(*at, field.column).number() else { continue };
                looked_at += 1;
                if found.is_none() && (number - value).abs() <= slack {
                    found = Some(Objection::LeftBlank { cell: place(*at, column), value });
                }
            }
        }
        // Of many figures one is equal by accident.
        found.filter(|_| looked_at <= MOST_BESIDE)
    }

    /// The only line of a list that states no figure at all, where what its total is off by in several columns adds up along
    /// the line as the other lines do: its figures were left out.
    pub(super) fn blank_line(
        &self,
        table: &Table,
        list: &List,
        column: usize,
        outcome: &Outcome,
    ) -> Option<Objection> {
        let place =
            |line: usize, column: u32| outcome.target.place.at(table.lines[line].row, column);
        let gap = |column: u32| {
            let gap = self.gaps.get(&(place(list.target, column), true)).copied();
            gap.filter(|gap| !gap.is_zero())
        };
        let column = table.fields[column].column;
        let value = gap(column)?;
        let ties = |index: &u32| {
            let relation = &self.relations[*index as usize];
            let Shape::Fields { target, terms, .. } = &relation.shape else { return false };
            let is_in = *target == column || terms.iter().any(|(term, _)| *term == column);
            let parts = terms.iter().filter(|(term, _)| gap(*term).is_some()).count();
            let sum: Decimal = terms
                .iter()
                .map(|(term, sign)| gap(*term).unwrap_or_default() * Decimal::from(*sign))
                .sum();
            relation.operation == Operation::Sum && is_in && parts >= 2 && gap(*target) == Some(sum)
        };
        if !self.fields.get(&table.id)?.iter().any(ties) {
            return None;
        }
        let (first, last) = (
            list.terms.iter().map(|(at, _)| *at).min()?,
            list.terms.iter().map(|(at, _)| *at).max()?,
        );
        let is_blank = |at: &usize| {
            let line = &table.lines[*at];
            let states = |field: &Field| {
                self.packet.figure(place(*at, field.column), Some(table.id)).state != State::Blank
            };
            !line.name.is_empty()
                && line.total.is_none()
                && (line.role.is_data() || line.role == LineRole::Section)
                && !table.figure_fields().any(states)
        };
        let mut blanks = (first + 1..last).filter(is_blank);
        let (Some(blank), None) = (blanks.next(), blanks.next()) else { return None };
        // A heading stands out from what it heads.
        let form = |at: usize| {
            let line = &table.lines[at];
            (line.numbering, line.indent, line.bold)
        };
        let beside = [blank - 1, blank + 1];
        let alike = beside
            .iter()
            .all(|at| list.terms.iter().any(|(term, _)| term == at) && form(*at) == form(blank));
        alike.then(|| Objection::LeftBlank { cell: place(blank, column), value })
    }
}
