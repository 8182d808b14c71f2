//! Rates and shares: whether others of their family prove them, and what else one may be a quotient of.

use std::collections::HashSet;
use std::rc::Rc;

use super::Weigher;
use super::amounts::lines_above;
use super::axes::{Axis, Column, additive, grain, is_total, number};
use crate::lexicon::Beliefs;
use crate::model::{
    FieldRole, Objection, Operand, Operation, Outcome, Place, Shape, Table, Verdict, evaluate,
    words,
};
use crate::number::{Decimal, round_half_away};
use crate::relate::belief;
use crate::relate::view::View;

impl Weigher<'_> {
    /// A change over a negative base that ties with its sign turned.
    pub(super) fn negative_base(&self, outcome: &Outcome) -> bool {
        let base = outcome
            .terms
            .first()
            .and_then(|term| self.packet.figure(term.place, term.table).number());
        let (Some(base), Some(stated), Some(computed), Some(tolerance)) =
            (base, outcome.stated, outcome.computed, outcome.tolerance)
        else {
            return false;
        };
        base.is_sign_negative() && (stated + computed).abs() <= tolerance
    }

    /// A change of a rate that is told in points: a margin of 73.2 after 72.2 changed by 1.0 in a column of changes in per cent.
    pub(super) fn change_in_points(&self, outcome: &Outcome) -> Option<Objection> {
        let (view, line, _) = self.position(outcome)?;
        if !self.words.percent_headers.stand_in(&words::key(&view.table.lines[line].label)) {
            return None;
        }
        let [base, now] = outcome.terms.as_slice() else { return None };
        let figure = |operand: &Operand| self.packet.figure(operand.place, operand.table).number();
        let (change, stated) = (figure(now)? - figure(base)?, outcome.stated?);
        let half = self.packet.figure(outcome.target.place, outcome.target.table).half_unit();
        let ties = |change: Decimal| (change - stated).abs() <= half;
        (ties(change) || ties(change / Decimal::ONE_HUNDRED))
            .then(|| Objection::Rival { parts: vec![now.place, base.place] })
    }

    /// Whether the quotients of a family that hold are no accident: of all pairs of columns that it might have been, this one
    /// ties in different figures of enough digits.
    pub(super) fn quotients_prove(&self, index: u32) -> bool {
        if let Some(known) = self.proven.borrow().get(&index) {
            return *known;
        }
        let relation = &self.relations[index as usize];
        let Shape::Fields { table, target, .. } = &relation.shape else { return true };
        let table = &self.packet.tables[*table as usize];
        let columns = additive(table).count();
        let chance = belief::choice(2 * columns * columns.saturating_sub(1));
        let rates = &self.words.rate_lines;
        let named = table
            .fields
            .iter()
            .any(|field| field.column == *target && rates.end(&words::key(&field.path.concat())));
        // A header that names the rate has chosen already.
        let chance = if named { 0 } else { chance };
        let needed = self.beliefs.numbers.value.max(self.beliefs.rival.value + chance);
        let mut seen: HashSet<Decimal> = HashSet::new();
        let mut bits = 0;
        let known = (0..relation.check_count()).any(|ordinal| {
            let outcome = evaluate(self.packet, relation, ordinal);
            let (Some(stated), Some(off)) = (outcome.stated, outcome.difference) else {
                return false;
            };
            // Nought, the whole and its loss are the quotients of anything.
            let ties = matches!(outcome.verdict, Verdict::Holds | Verdict::Rounding)
                && !stated.is_zero()
                && stated.abs() != Decimal::ONE
                && seen.insert(stated.normalize());
            if ties {
                // As near as it came, be it nearer than the printed digits need; what ties for the few digits of its figures
                // alone proves what these do.
                let figure = self.packet.figure(outcome.target.place, outcome.target.table);
                let loose = off.abs() > figure.half_unit();
                let slack = outcome.tolerance.filter(|_| loose).unwrap_or(off.abs());
                bits += belief::bits(self.beliefs, stated, slack, Decimal::new(1, 4));
            }
            bits >= needed
        });
        self.proven.borrow_mut().insert(index, known);
        known
    }

    /// What a product that does not tie may stand for: the lines below it, too, that state its factors and no product.
    pub(super) fn spans_lines(&self, outcome: &Outcome) -> Option<Objection> {
        let (view, line, field) = self.position(outcome)?;
        let factors: Vec<usize> = outcome
            .terms
            .iter()
            .filter_map(|term| {
                let column = term.place.cell.column;
                view.table.fields.iter().position(|field| field.column == column)
            })
            .collect();
        let product = |line: usize| {
            let mut product = Decimal::ONE;
            for factor in &factors {
                product = product.checked_mul(view.cell(line, *factor).value()?)?;
            }
            Some(product)
        };
        let mut sum = outcome.computed?;
        let mut parts: Vec<Place> = outcome.terms.iter().map(|term| term.place).collect();
        for below in line + 1..view.table.lines.len() {
            if view.states(below, field) {
                return None;
            }
            sum = sum.checked_add(product(below)?)?;
            let row = view.table.lines[below].row;
            let columns = outcome.terms.iter().map(|term| term.place.cell.column);
            parts.extend(columns.map(|column| outcome.target.place.at(row, column)));
            if (sum - outcome.stated?).abs() <= outcome.tolerance? {
                return Some(Objection::Rival { parts });
            }
        }
        None
    }

    /// A family of quotients that fails in a good part of its lines.
    pub(super) fn seldom_holds(&self, index: u32) -> Option<Objection> {
        let relation = &self.relations[index as usize];
        let mut fails = self.fails.get(&index).copied().unwrap_or(0);
        if relation.operation == Operation::RelativeChange && fails >= self.beliefs.everywhere.value
        {
            let in_points = (0..relation.check_count())
                .map(|ordinal| evaluate(self.packet, relation, ordinal))
                .filter(|outcome| outcome.verdict == Verdict::Fails)
                .filter(|outcome| self.change_in_points(outcome).is_some());
            fails = fails.saturating_sub(in_points.count() as u32);
        }
        let checks = relation.check_count() as u32;
        (fails >= self.beliefs.everywhere.value && fails * self.beliefs.part.value >= checks)
            .then(|| Objection::MostlyFails { holds: checks.saturating_sub(fails), fails })
    }

    /// What a quotient that does not tie may be instead: of another whole, or the mean or sum of its column.
    pub(super) fn quotient(&self, outcome: &Outcome) -> Option<Objection> {
        let (view, line, field) = self.position(outcome)?;
        let table = view.table;
        if is_of_another_group(table, field, outcome) {
            return Some(Objection::Structure);
        }
        if self.is_coarse(view, line, outcome) {
            return Some(Objection::Coarse);
        }
        let place = |line: usize, field: usize| {
            outcome.target.place.at(table.lines[line].row, table.fields[field].column)
        };
        let ending = is_total(&table.lines[line])
            || !table.lines[line + 1..].iter().any(|line| line.role.is_data());
        if ending
            && let Some(run) = statistic_above(self.beliefs, table, &Column(view, field), line)
        {
            return Some(Objection::Rival {
                parts: run.into_iter().map(|at| place(at, field)).collect(),
            });
        }
        let above = outcome.terms.first()?;
        let whole = outcome.terms.get(1)?;
        let share = whole.place.cell.column == above.place.cell.column;
        // A line of rates below a list (turnout in %) is no part of its total.
        let label = words::key(&table.lines[line].label);
        if share && self.words.percent_headers.stand_in(&label) {
            return Some(Objection::NoAmount);
        }
        // What is left of the whole's own share is of the whole that it is part of: voters who came, of all.
        if share && above.place == whole.place && !is_total(&table.lines[line]) {
            return Some(Objection::Beyond);
        }
        // Where the whole's own share is stated and not all, the shares are of another whole.
        if share && Self::whole_is_not_all(view, (line, field), whole) {
            return Some(Objection::Structure);
        }
        // What is no part of the whole has no share in it.
        let size = |operand: &Operand| {
            self.packet.figure(operand.place, operand.table).number().map(|number| number.abs())
        };
        if share && outcome.stated == Some(Decimal::ZERO) && size(above) >= size(whole) {
            return Some(Objection::NoAmount);
        }
        let own = (table.id, above.place.cell.row);
        let bits = |whole: &(u32, u32)| self.wholes.get(whole).copied().unwrap_or(0);
        let needed = self.beliefs.rival.value + belief::choice(table.lines.len());
        let mut others: Vec<(u32, u32)> =
            self.other_wholes(outcome).into_iter().map(|(whole, _)| whole).collect();
        if share && outcome.stated == Some(Decimal::ONE) {
            others.push(own);
        }
        let (_, row) = others.into_iter().find(|whole| bits(whole) >= needed)?;
        Some(Objection::Rival {
            parts: vec![above.place, above.place.at(row, above.place.cell.column)],
        })
    }

    /// Whether the share of the whole itself is stated, and is not one.
    fn whole_is_not_all(view: &View<'_>, (line, field): (usize, usize), whole: &Operand) -> bool {
        let Some(at) = view.table.line_index(whole.place.cell.row) else { return false };
        if at == line {
            return false;
        }
        let cell = view.cell(at, field);
        let off = cell.value().map(|value| (value - Decimal::ONE).abs());
        off.is_some_and(|off| off > cell.half() && off < Decimal::ONE)
    }

    /// Whether a quotient ties with as many digits as the rates of its line are written with, which other lines give more of:
    /// one list was put together from several. What agrees in nine digits is beyond anything that was written.
    fn is_coarse(&self, view: &View<'_>, line: usize, outcome: &Outcome) -> bool {
        const RATES: usize = 3;
        let (Some(stated), Some(computed), Some(off)) =
            (outcome.stated, outcome.computed, outcome.difference)
        else {
            return false;
        };
        if off.abs() <= stated.abs() * Decimal::new(1, 9) {
            return true;
        }
        let table = view.table;
        let (mut rates, mut digits) = (0, 0);
        for field in table.fields.iter().filter(|field| field.role == FieldRole::Percent) {
            let figure = self.packet.figure(
                outcome.target.place.at(table.lines[line].row, field.column),
                Some(table.id),
            );
            let Some(value) = figure.number().filter(|value| !value.is_zero()) else { continue };
            rates += 1;
            digits = digits.max(value.normalize().scale());
        }
        let own = self.packet.figure(outcome.target.place, Some(table.id)).decimals;
        // Rounded by hand they may be off by one of the last digit.
        rates >= RATES
            && i64::from(digits) < i64::from(own)
            && (round_half_away(computed, digits) - stated).abs() <= Decimal::new(1, digits)
    }

    /// The rows of the part's column that give what is stated if they are the whole, and the bits of each tie.
    pub(super) fn other_wholes(&self, outcome: &Outcome) -> Vec<((u32, u32), u32)> {
        let [above, below] = outcome.terms.as_slice() else { return Vec::new() };
        let (Some((view, line, field)), Some(stated)) = (self.position(outcome), outcome.stated)
        else {
            return Vec::new();
        };
        let table = view.table;
        let column = above.place.cell.column;
        let at = table.fields.iter().position(|field| field.column == column);
        let part = table.line_index(above.place.cell.row);
        let (Some(at), Some(part)) = (at, part) else { return Vec::new() };
        let Some(part) = view.cell(part, at).value().filter(|part| !part.is_zero()) else {
            return Vec::new();
        };
        if below.place.cell.column != column || !self.may_look(table.lines.len()) {
            return Vec::new();
        }
        let half = view.cell(line, field).half();
        let bits = belief::bits(self.beliefs, stated, half, grain(half));
        let figures = self.sorted(view, at);
        let may_be = match wholes_of(part, stated - half, stated + half) {
            Some((least, most)) => {
                let from = figures.partition_point(|(whole, _)| *whole < least);
                let end = figures.partition_point(|(whole, _)| *whole <= most);
                &figures[from..end.max(from)]
            }
            None => &figures[..],
        };
        let mut wholes: Vec<usize> = may_be
            .iter()
            .filter(|(whole, _)| {
                let share = part.checked_div(*whole);
                share.is_some_and(|share| (share - stated).abs() <= half)
            })
            .map(|(_, line)| *line)
            .collect();
        wholes.sort_unstable();
        wholes
            .into_iter()
            .map(|other| table.lines[other].row)
            .filter(|row| *row != below.place.cell.row && *row != above.place.cell.row)
            .map(|row| ((table.id, row), bits))
            .collect()
    }

    /// The figures of a field, the smallest first.
    pub(super) fn sorted(&self, view: &View<'_>, field: usize) -> Rc<[(Decimal, usize)]> {
        let key = (view.table.id, field);
        if let Some(known) = self.sorted.borrow().get(&key) {
            return Rc::clone(known);
        }
        let figure = |line: usize| {
            let value = view.cell(line, field).value().filter(|value| !value.is_zero())?;
            Some((value, line))
        };
        let mut figures: Vec<(Decimal, usize)> =
            (0..view.table.lines.len()).filter_map(figure).collect();
        figures.sort_unstable();
        let figures: Rc<[(Decimal, usize)]> = figures.into();
        self.sorted.borrow_mut().insert(key, Rc::clone(&figures));
        figures
    }

    /// Whether a column is the quotient of two others.
    pub(super) fn is_quotient(&self, table: &Table, field: usize) -> bool {
        let column = table.fields[field].column;
        self.fields.get(&table.id).into_iter().flatten().any(|index| {
            let relation = &self.relations[*index as usize];
            let (held, tried) = relation.support;
            matches!(&relation.shape, Shape::Fields { target, .. } if *target == column)
                && relation.operation == Operation::Ratio
                && held >= 2
                && held * 2 > tried
        })
    }
}

/// Between which figures a whole lies of which a part is a share between two, with room for what quotients are rounded by;
/// `None` where that says nothing.
fn wholes_of(part: Decimal, low: Decimal, high: Decimal) -> Option<(Decimal, Decimal)> {
    if low <= Decimal::ZERO && high >= Decimal::ZERO {
        return None;
    }
    let (one, other) = (part.checked_div(low)?, part.checked_div(high)?);
    let room = one.abs().max(other.abs()) / Decimal::from(1_000_000);
    Some((one.min(other).checked_sub(room)?, one.max(other).checked_add(room)?))
}

/// Whether a rate stands behind a figure of its own group of columns (人数, %) and is read as one of other groups.
fn is_of_another_group(table: &Table, field: usize, outcome: &Outcome) -> bool {
    let Some(before) = field.checked_sub(1).map(|at| &table.fields[at]) else { return false };
    let own = &table.fields[field];
    let group = |path: &[String]| path.split_last().map(|(_, group)| group.to_vec());
    let row = outcome.target.place.cell.row;
    let across = outcome.terms.iter().all(|term| term.place.cell.row == row);
    across
        && own.path.len() >= 2
        && matches!(before.role, FieldRole::Amount | FieldRole::Quantity)
        && group(&own.path) == group(&before.path)
        && table.fields.iter().filter(|field| group(&field.path) == group(&own.path)).count() == 2
        && outcome.terms.iter().all(|term| term.place.cell.column != before.column)
}

/// The lines above up to the last total, whose mean or sum it is.
fn statistic_above(
    known: &Beliefs,
    table: &Table,
    axis: &dyn Axis,
    line: usize,
) -> Option<Vec<usize>> {
    let run = lines_above(table, axis, line);
    let sum: Decimal = run.iter().map(|at| number(axis, *at)).sum();
    let mean = sum.checked_div(Decimal::from(run.len() as u64))?;
    let (stated, half) = (number(axis, line), axis.at(line).half());
    let ties = |value: Decimal| (value - stated).abs() <= half;
    let proves = belief::bits(known, stated, half, grain(half)) >= known.rival.value;
    (run.len() >= known.above.value as usize && proves && (ties(mean) || ties(sum))).then_some(run)
}
