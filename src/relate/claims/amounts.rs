//! What is no sum: means, products, balances carried on, blocks that stand beside a list.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::axes::{
    Axis, Column, List, Row, Set, additive, grain, is_stated, is_total, number, proof, tries,
};
use super::{SumDown, Weigher};
use crate::lexicon::Beliefs;
use crate::model::{
    CellRef, Field, FieldRole, Measure, Objection, Operand, Operation, Outcome, Place, Relation,
    Shape, State, Table, Value, Verdict, words,
};
use crate::number::{Decimal, Placeholder, Unit};
use crate::relate::above::Above;
use crate::relate::belief;
use crate::relate::view::{Trial, View};

impl Weigher<'_> {
    /// Parts that were not published (*, x), where a figure in their place could make up what is missing.
    pub(super) fn withheld(&self, outcome: &Outcome) -> Option<Objection> {
        let missing = outcome.difference?;
        let is_hidden = |part: &&Operand| {
            let state = self.packet.figure(part.place, part.table).state;
            state == State::Placeholder(Placeholder::Withheld)
                && missing.is_sign_negative() == (part.coefficient < 0)
        };
        let cells: Vec<Place> =
            outcome.terms.iter().filter(is_hidden).map(|part| part.place).collect();
        (!cells.is_empty()).then_some(Objection::Withheld { cells })
    }

    /// Whether all parts that state something are written with a % and the total is not, in columns of amounts; or, where only
    /// the numbers of other lines say that it is a sum, both are: shares stand between the amounts.
    pub(super) fn mixes_percents(
        &self,
        table: &Table,
        list: &List,
        own: &Relation,
        place: &dyn Fn(usize) -> Place,
    ) -> bool {
        let is_percent = |at: usize| self.packet.is_percent(table, place(at).cell);
        let is_rate = |at: usize| {
            let column = place(at).cell.column;
            table.field_at(column).is_some_and(|field| field.role == FieldRole::Percent)
        };
        let is_stated = |at: &usize| {
            let figure = self.packet.figure(place(*at), Some(table.id));
            figure.number().is_some_and(|number| !number.is_zero())
        };
        let mut parts = list.terms.iter().map(|(at, _)| *at).filter(is_stated).peekable();
        parts.peek().is_some()
            && parts.all(|at| is_percent(at) && !is_rate(at))
            && (own.rule == "T06" || !is_percent(list.target) && !is_rate(list.target))
    }

    /// Whether what a line states is, in every column, a quotient of other lines: rates do not add up along it.
    pub(super) fn is_quotient_down(&self, table: &Table, outcome: &Outcome) -> bool {
        const COLUMNS: u32 = 2;
        let row = outcome.target.place.cell.row;
        self.lines.get(&table.id).into_iter().flatten().any(|index| {
            let relation = &self.relations[*index as usize];
            let fails = self.fails.get(index).copied().unwrap_or(0);
            matches!(relation.shape, Shape::Lines { target, .. } if target == row)
                && matches!(relation.operation, Operation::Ratio | Operation::RelativeChange)
                && relation.support.0 > COLUMNS
                && fails == 0
        })
    }

    /// The points that a total of weights counts and its table does not list: named by words above the table, or the ten
    /// that such forms give to carrying out the budget, where no line speaks of it.
    pub(super) fn points_in_words(&self, view: &View<'_>, list: &List) -> Option<Objection> {
        let table = view.table;
        let mut weights = table.fields.iter().enumerate().filter(|(_, field)| {
            field.reading.measure.is_some_and(|facet| facet.value == Measure::Weight)
        });
        let points = weights.find_map(|(column, _)| {
            let axis = Column(view, column);
            let sum: Decimal = list.terms.iter().map(|(at, _)| number(&axis, *at)).sum();
            let missing = number(&axis, list.target) - sum;
            (!sum.is_zero() && missing > Decimal::ZERO).then_some(missing)
        })?;
        let known = &view.rulebook.words;
        let about_budget = |text: &str| known.budget_points.stand_in(text);
        let listed = table.lines.iter().any(|line| about_budget(&line.label));
        let sheet = self.packet.table_sheet(table)?;
        let points_in = |key: &str| {
            known
                .point_units
                .iter()
                .any(|unit| key.contains(&format!("{}{unit}", points.normalize())))
        };
        let above = table.header.map_or(table.range.start.row, |(first, _)| first);
        let in_words =
            sheet.cells().take_while(|(cell, _, _)| cell.row < above).any(|(_, value, _)| {
                let Value::Text(id) = value else { return false };
                let text = sheet.texts.get(id);
                about_budget(text) && points_in(&words::key(text))
            });
        (in_words || points == Decimal::TEN && !listed).then_some(Objection::InWords { points })
    }

    /// The last or first of the parts where the total states that very figure: what is left after the last month, or was there
    /// before the first, is what is left of the year. The parts are not the flows that make it up.
    pub(super) fn balance(&self, list: &List, axis: &dyn Axis) -> Option<usize> {
        let stated = number(axis, list.target);
        let parts: Set = list.present(axis).into_iter().collect();
        let ends = [*parts.last()?, *parts.first()?];
        let is_telling = parts.len() >= self.beliefs.mean.value as usize
            && list.terms.iter().all(|(_, coefficient)| *coefficient == 1)
            && proof(self.beliefs, axis, list.target, &list.terms) >= self.beliefs.rival.value;
        ends.into_iter().find(|at| is_telling && number(axis, *at) == stated)
    }

    /// The last of the parts where a total below them states that very figure, and the column holds what is left: by its
    /// header, because some of it is carried on, or because hardly anything changes from line to line.
    pub(super) fn last_balance(
        &self,
        table: &Table,
        list: &List,
        axis: &Column<'_>,
    ) -> Option<usize> {
        const REPEATED: usize = 3;
        let field = &table.fields[axis.1];
        let last = self.balance(list, axis)?;
        let parts: Vec<Decimal> =
            list.present(axis).into_iter().map(|at| number(axis, at)).collect();
        let repeats = parts.windows(2).filter(|pair| pair[0] == pair[1]).count();
        let is_rest = self.words.rest_words.stand_in(&words::key(&field.label))
            || self.rolled.contains_key(&(table.id, field.column))
            || repeats >= REPEATED && 2 * repeats >= parts.len();
        let closes = list.present(axis).last() == Some(&last) && last < list.target;
        (is_rest && closes).then_some(last)
    }

    /// Whether a header names a mean or an amount a head.
    fn is_a_mean(&self, field: &Field) -> bool {
        let header = field.path.concat();
        let key = words::key(&header);
        let name = words::key(&field.label);
        self.words.per_unit_headers.stand_in(&key)
            || self.words.mean_marks.stand_in(&name) && !self.words.no_means.stand_in(&name)
    }

    /// Whether this column, and another in which the claim fails and that is no quotient, states less than some part and more
    /// than others: a mean.
    pub(super) fn lies_among(
        &self,
        relation: u32,
        view: &View<'_>,
        list: &List,
        column: usize,
    ) -> bool {
        let table = view.table;
        let among = |field: usize| lies_among(self.beliefs, &Column(view, field), list);
        if !among(column) {
            return false;
        }
        if self.is_a_mean(&table.fields[column]) {
            return true;
        }
        let known = self.among.borrow().get(&relation).copied();
        let count = known.unwrap_or_else(|| {
            let is_one = |field: &usize| {
                among(*field)
                    && tries(&Column(view, *field), list.target, &list.terms) == Trial::Fails
                    && !self.is_quotient(table, *field)
            };
            let count = additive(table).filter(is_one).count() as u32;
            self.among.borrow_mut().insert(relation, count);
            count
        });
        count >= 2
    }

    /// Whether a part is as much as what is stated, and all come to far more, though no slip of the pen makes it so and nothing
    /// tells that the column holds amounts: a density, a rank, the greatest of its lines.
    pub(super) fn is_far_below(
        &self,
        view: &View<'_>,
        list: &List,
        column: usize,
        outcome: &Outcome,
    ) -> bool {
        let table = view.table;
        let axis = Column(view, column);
        let parts = || list.terms.iter().map(|(at, _)| number(&axis, *at)).filter(|n| !n.is_zero());
        let (Some(stated), Some(computed)) = (outcome.stated, outcome.computed) else {
            return false;
        };
        let times = Decimal::from(self.beliefs.below.value);
        let unit = table.unit_at(outcome.target.place.cell);
        let enough = parts().count() >= self.beliefs.mean.value as usize
            || parts().count() >= 2 && parts().all(|part| part >= stated);
        list.terms.iter().all(|(_, sign)| *sign == 1)
            && enough
            && parts().all(|part| !part.is_sign_negative())
            && stated > Decimal::ZERO
            && parts().any(|part| part >= stated)
            && stated.checked_mul(times).is_some_and(|most| most <= computed)
            && table.fields[column].year.is_none()
            && !unit.is_some_and(Unit::is_money)
            && !self.is_off_by_slip(outcome)
            && !self.is_off_by_digit(outcome)
            && !self.adds_with_others(view, list, column)
            && !self.adds_up_otherwise(table, list, column)
    }

    /// The lines right above a line, some at least, whose sum is what it states.
    pub(super) fn sum_above(
        &self,
        view: &View<'_>,
        axis: &Column<'_>,
        line: usize,
    ) -> Option<Vec<usize>> {
        let table = view.table;
        let above = self.above.borrow().get(&(table.id, axis.1)).cloned();
        let above = above.unwrap_or_else(|| {
            let figures: Vec<Decimal> = (0..table.lines.len()).map(|at| number(axis, at)).collect();
            let above = Above::new(
                &figures,
                |at| {
                    let line = &table.lines[at];
                    !is_total(line) && line.role.is_data() && !figures[at].is_zero()
                },
                |at| is_total(&table.lines[at]),
            );
            let above = Rc::new(above);
            self.above.borrow_mut().insert((table.id, axis.1), Rc::clone(&above));
            above
        });
        let (run, among) = match &*above {
            Some(above) => above.sum(line, number(axis, line))?,
            None => run_above(table, axis, line)?,
        };
        let parts: Vec<(usize, i32)> = run.iter().map(|at| (*at, 1)).collect();
        let chance = belief::choice(among) / 2;
        let ties = run.len() >= self.beliefs.above.value as usize
            && proof(self.beliefs, axis, line, &parts) >= self.beliefs.rival.value + chance;
        ties.then_some(run)
    }

    /// Whether a line without a name bears a number of its own in the first column, as those above it do: that of a pupil or a
    /// voucher, which no line of means has.
    pub(super) fn bears_number(&self, table: &Table, list: &List, line: usize) -> bool {
        let Some(first) = table.fields.first() else { return false };
        let Some(sheet) = self.packet.sheet(table.file, table.sheet) else { return false };
        let number = |at: usize| match sheet.value(CellRef::new(table.lines[at].row, first.column))
        {
            Value::Number(number) if number.is_integer() => Some(number),
            _ => None,
        };
        let Some(own) = number(line) else { return false };
        list.target != 0
            && list.terms.iter().all(|(at, _)| *at != 0)
            && (0..table.lines.len())
                .filter(|at| *at != line && table.lines[*at].role.is_data())
                .all(|at| number(at) != Some(own))
    }

    /// Whether a column stands behind names of its own, that follow other figures: each line that fills it bears another one,
    /// and that of the total is no word for it. The word stands over what is before.
    pub(super) fn is_named_otherwise(&self, table: &Table, list: &List, axis: &Column<'_>) -> bool {
        let fields = &table.fields;
        let is_figure = |field: &Field| field.role.is_figure();
        let Some(names) = fields[..axis.1].iter().rposition(|field| !is_figure(field)) else {
            return false;
        };
        let Some(sheet) = self.packet.sheet(table.file, table.sheet) else { return false };
        let name = |at: usize| {
            let value = sheet.value(CellRef::new(table.lines[at].row, fields[names].column));
            let Value::Text(id) = value else { return None };
            Some(words::key(sheet.texts.get(id))).filter(|key| !key.is_empty())
        };
        let Some(total) = name(list.target) else { return false };
        let mut seen = BTreeSet::from([total.clone()]);
        fields[..names].iter().any(is_figure)
            && total != words::key(&table.lines[list.target].label)
            && !self.words.plain_totals.has(&total)
            && list.present(axis).into_iter().all(|at| name(at).is_some_and(|key| seen.insert(key)))
    }

    /// Whether a column stands behind a column of names, where the list adds up in no column and fails in two or more, while
    /// it does before: a block of its own, whose lines are called otherwise. Where before it one part is all there is, the
    /// total must bear a name there too.
    pub(super) fn stands_beside(&self, view: &View<'_>, list: &List, column: usize) -> bool {
        let table = view.table;
        let fields = &table.fields;
        let Some(names) = fields[..column].iter().rposition(|field| !field.role.is_figure()) else {
            return false;
        };
        let end = fields[column..]
            .iter()
            .position(|field| !field.role.is_figure())
            .map_or(fields.len(), |length| column + length);
        let of = |range: std::ops::Range<usize>, wanted: Trial| {
            additive(table)
                .filter(|at| range.contains(at))
                .filter(|at| tries(&Column(view, *at), list.target, &list.terms) == wanted)
                .count()
        };
        let is_named = || {
            let cell = CellRef::new(table.lines[list.target].row, fields[names].column);
            let sheet = self.packet.sheet(table.file, table.sheet);
            sheet.is_some_and(|sheet| matches!(sheet.value(cell), Value::Text(_)))
        };
        of(names + 1..end, Trial::Holds) == 0
            && of(names + 1..end, Trial::Fails) >= 2
            && (of(0..names, Trial::Holds) >= 1
                || of(0..names, Trial::Fails) == 0
                    && of(0..names, Trial::Single) >= 1
                    && is_named())
    }

    /// Whether the figures of a column are balances, each carried on from the line before: 余额 of a ledger, whose total is the
    /// last of them.
    pub(super) fn is_carried_on(&self, table: &Table, column: usize) -> bool {
        const ENOUGH: u32 = 3;
        let column = (table.id, table.fields[column].column);
        self.rolled.get(&column).is_some_and(|times| *times >= ENOUGH)
    }

    /// Whether nothing in a column adds up though several lists were tried, and other columns do. One wrong figure breaks
    /// every list that it is in, each by the same amount.
    pub(super) fn never_adds(&self, table: &Table, column: usize) -> bool {
        let (mut holds, mut fails) = (0, 0);
        // What each figure would have to change by for all lists to add up.
        let mut wrong: Option<HashMap<CellRef, Decimal>> = None;
        for sum in self.sums_down(table, column) {
            let outcome = sum.outcome();
            match outcome.verdict {
                Verdict::Holds => holds += 1,
                Verdict::Fails => {
                    fails += 1;
                    let off = outcome.difference.unwrap_or_default();
                    let terms = outcome
                        .terms
                        .iter()
                        .map(|term| (term.place.cell, off * Decimal::from(term.coefficient)));
                    let mut changes: HashMap<CellRef, Decimal> =
                        terms.chain([(outcome.target.place.cell, -off)]).collect();
                    if let Some(before) = wrong {
                        changes.retain(|cell, change| before.get(cell) == Some(change));
                    }
                    wrong = Some(changes);
                }
                _ => {}
            }
        }
        let elsewhere = || {
            let relations = self.lines.get(&table.id).into_iter().flatten();
            let relations = relations.map(|index| &self.relations[*index as usize]);
            relations
                .filter(|relation| relation.operation == Operation::Sum && relation.support.0 > 0)
                .count()
        };
        let is_one = wrong.is_some_and(|changes| !changes.is_empty());
        holds == 0 && fails >= 2 && !is_one && elsewhere() >= 2
    }

    /// Whether a column is added up with others along the lines, and the list holds in each of these: then it holds in this one,
    /// or one of its figures is wrong.
    pub(super) fn adds_with_others(&self, view: &View<'_>, list: &List, column: usize) -> bool {
        const ENOUGH: u32 = 3;
        let table = view.table;
        let own = table.fields[column].column;
        let holds = |others: &[u32]| {
            let at = |other: u32| table.fields.iter().position(|field| field.column == other);
            let trial = |other: &u32| {
                at(*other).map(|at| tries(&Column(view, at), list.target, &list.terms))
            };
            let trials: Vec<Option<Trial>> = others.iter().map(trial).collect();
            trials.contains(&Some(Trial::Holds))
                && !trials.iter().any(|trial| matches!(trial, None | Some(Trial::Fails)))
        };
        self.fields.get(&table.id).into_iter().flatten().any(|index| {
            let relation = &self.relations[*index as usize];
            let Shape::Fields { target, terms, .. } = &relation.shape else { return false };
            let columns = || terms.iter().map(|(column, _)| *column).chain([*target]);
            relation.operation == Operation::Sum
                && relation.support.0 >= ENOUGH
                && columns().any(|column| column == own)
                && holds(&columns().filter(|column| *column != own).collect::<Vec<u32>>())
        })
    }

    /// Whether other lists of a column add up in it.
    pub(super) fn adds_up_otherwise(&self, table: &Table, list: &List, column: usize) -> bool {
        const ENOUGH: usize = 2;
        let row = table.lines[list.target].row;
        let holds = |sum: &SumDown<'_>| {
            if sum.target == row || sum.terms.iter().any(|(term, _)| *term == row) {
                return false;
            }
            let outcome = sum.outcome();
            let parts = outcome.terms.iter().filter(|term| {
                let figure = self.packet.figure(term.place, term.table);
                figure.number().is_some_and(|number| !number.is_zero())
            });
            outcome.verdict == Verdict::Holds && parts.take(2).count() == 2
        };
        self.sums_down(table, column).filter(holds).take(ENOUGH).count() == ENOUGH
    }
}

/// Whether what is stated lies among its parts, which are all of one size: a mean, not a sum.
pub(super) fn is_mean(known: &Beliefs, axis: &dyn Axis, list: &List) -> bool {
    let parts: Vec<Decimal> =
        list.terms.iter().map(|(at, _)| number(axis, *at)).filter(|n| !n.is_zero()).collect();
    let (Some(least), Some(most)) = (parts.iter().min(), parts.iter().max()) else { return false };
    let stated = number(axis, list.target);
    parts.len() >= known.mean.value as usize
        && *least > Decimal::ZERO
        && *most <= *least * Decimal::from(known.spread.value)
        && (*least..=*most).contains(&stated)
}

/// Whether what is stated is the greatest of enough lines, which come to twice as much at least: the longest run, not all runs.
pub(super) fn is_greatest(known: &Beliefs, axis: &dyn Axis, list: &List) -> bool {
    let stated = number(axis, list.target);
    let parts: Vec<Decimal> =
        list.terms.iter().map(|(at, _)| number(axis, *at)).filter(|n| !n.is_zero()).collect();
    parts.len() > known.mean.value as usize
        && parts.iter().all(|part| part.is_sign_positive() && *part <= stated)
        && parts.iter().filter(|part| **part == stated).count() == 1
        && parts.iter().sum::<Decimal>() >= stated * Decimal::TWO
}

/// Whether a sum ties in more digits than anybody writes.
pub(super) fn is_beyond_print(outcome: &Outcome) -> bool {
    let (Some(stated), Some(off)) = (outcome.stated, outcome.difference) else { return false };
    off.abs() <= stated.abs() * Decimal::new(1, 9)
}

/// Whether several parts come to just twice what is stated: each counts once by itself and once in a total among them.
pub(super) fn is_doubled(outcome: &Outcome) -> bool {
    let (Some(stated), Some(computed), Some(tolerance)) =
        (outcome.stated, outcome.computed, outcome.tolerance)
    else {
        return false;
    };
    let off = (computed - stated * Decimal::TWO).abs();
    outcome.terms.len() >= LEAST_DOUBLED
        && !stated.is_zero()
        && off <= (tolerance * Decimal::TWO).max(stated.abs() * Decimal::new(1, 3))
}

/// Fewest parts of which some can be totals of the others.
const LEAST_DOUBLED: usize = 4;

/// Whether two or more parts are each larger than what they are said to come to, and none is less than nothing.
pub(super) fn is_below_parts(axis: &dyn Axis, list: &List) -> bool {
    let stated = number(axis, list.target);
    let parts = || list.terms.iter().map(|(at, times)| number(axis, *at) * Decimal::from(*times));
    !stated.is_sign_negative()
        && parts().all(|part| !part.is_sign_negative() || part.is_zero())
        && parts().filter(|part| *part > stated).count() >= 2
}

/// Parts that are, to the last digit, what another part right above or below them states, in so many digits that it is no
/// accident: they are its own lines, and a sum of all counts them twice.
pub(super) fn own_lines(known: &Beliefs, axis: &dyn Axis, list: &List) -> Option<Vec<usize>> {
    let mut parts: Vec<usize> = list.present(axis).into_iter().collect();
    let needed = known.rival.value + belief::choice(2 * parts.len() * parts.len());
    let run = |parts: &[usize], whole: usize| {
        let stated = number(axis, parts[whole]);
        let half = axis.at(parts[whole]).half();
        let mut sum = Decimal::ZERO;
        let last = parts[whole + 1..].iter().position(|at| {
            sum += number(axis, *at);
            sum == stated
        })?;
        let lines = parts[whole + 1..][..=last].to_vec();
        let proves = belief::bits(known, stated, half, grain(half)) >= needed;
        (lines.len() >= 2 && proves).then_some(lines)
    };
    let below = (0..parts.len()).find_map(|whole| run(&parts, whole));
    below.or_else(|| {
        parts.reverse();
        (0..parts.len()).find_map(|whole| run(&parts, whole))
    })
}

/// Whether what is stated is the product or the quotient of two of its parts, or of one and a figure right before them: orders
/// × cost per order, value ÷ shares, all users × the part of them who pay.
pub(super) fn is_product(known: &Beliefs, axis: &dyn Axis, list: &List) -> bool {
    const MOST: usize = 6;
    const BEFORE: usize = 2;
    let parts: Vec<Decimal> =
        list.terms.iter().map(|(at, _)| number(axis, *at)).filter(|n| !n.is_zero()).collect();
    if !(2..=MOST).contains(&parts.len()) {
        return false;
    }
    let first = list.terms.iter().map(|(at, _)| *at).fold(list.target, usize::min);
    let before = (0..first).rev().map(|at| number(axis, at)).filter(|n| !n.is_zero());
    let before: Vec<Decimal> = before.take(BEFORE).collect();
    let stated = number(axis, list.target);
    let half = axis.at(list.target).half();
    let is_it = |result: Option<Decimal>, chance: u32| {
        result.is_some_and(|result| (result - stated).abs() <= half)
            && belief::bits(known, stated, half, grain(half)) >= known.numbers.value + chance
    };
    let unit = |factor: Decimal| factor.abs() == Decimal::ONE;
    let comes_of = |one: Decimal, other: Decimal, chance: u32| {
        !unit(one)
            && !unit(other)
            && (is_it(one.checked_mul(other), chance)
                || is_it(one.checked_div(other), chance)
                || is_it(other.checked_div(one), chance))
    };
    let pairs = parts.len() * (parts.len() - 1) / 2;
    let own = belief::choice(pairs);
    let more = belief::choice(pairs + before.len() * parts.len());
    parts.iter().enumerate().any(|(at, one)| {
        parts[at + 1..].iter().any(|other| comes_of(*one, *other, own))
            || before.iter().any(|other| comes_of(*one, *other, more))
    })
}

/// Whether what is stated has digits that none of its parts has, so many that nobody typed them: it was computed, and not by
/// adding these. The area of a ring is no sum of its radii.
pub(super) fn has_more_digits(axis: &dyn Axis, list: &List) -> bool {
    const TYPED: u32 = 5;
    const BEYOND: u32 = 3;
    let scale = |at: usize| number(axis, at).normalize().scale();
    let own = scale(list.target);
    let parts = list.present(axis).into_iter().map(scale).max();
    own > TYPED && parts.is_some_and(|parts| own > parts + BEYOND)
}

/// Whether the first line below a total that stands on top adds it to the line above: then it is an item among others, and what
/// is below it not its parts.
pub(super) fn is_added_below(known: &Beliefs, axis: &dyn Axis, list: &List) -> bool {
    let target = list.target;
    let Some(below) = list.present(axis).into_iter().next().filter(|at| *at > target) else {
        return false;
    };
    let Some(above) = (0..target).rev().find(|at| is_stated(axis, *at)) else { return false };
    let [stated, below, above] = [target, below, above].map(|at| number(axis, at));
    let half = axis.at(target).half();
    !stated.is_zero()
        && !above.is_zero()
        && below == stated + above
        && belief::bits(known, below, half, grain(half)) >= known.numbers.value
}

/// Whether what is stated lies between the least and the largest of enough parts of one sign.
pub(super) fn lies_among(known: &Beliefs, axis: &dyn Axis, list: &List) -> bool {
    let parts = || list.terms.iter().map(|(at, _)| number(axis, *at)).filter(|n| !n.is_zero());
    let (Some(least), Some(most)) = (parts().min(), parts().max()) else { return false };
    parts().count() >= known.mean.value as usize
        && least > Decimal::ZERO
        && least < most
        && (least..=most).contains(&number(axis, list.target))
}

/// The fewest lines right above a line whose sum is what it states, nearest first, and how many could be among them.
fn run_above(table: &Table, axis: &dyn Axis, line: usize) -> Option<(Vec<usize>, usize)> {
    let mut lines = lines_above(table, axis, line);
    let stated = number(axis, line);
    let mut sum = Decimal::ZERO;
    let last = lines.iter().position(|at| {
        sum += number(axis, *at);
        sum == stated
    })?;
    let among = lines.len();
    lines.truncate(last + 1);
    Some((lines, among))
}

pub(super) fn lines_above(table: &Table, axis: &dyn Axis, line: usize) -> Vec<usize> {
    (0..line)
        .rev()
        .take_while(|at| !is_total(&table.lines[*at]))
        .filter(|at| table.lines[*at].role.is_data() && is_stated(axis, *at))
        .collect()
}

/// Whether a line lies, in every column of a list, among the figures above it: their mean, middle or greatest.
pub(super) fn is_statistic(view: &View<'_>, list: &List, line: usize) -> bool {
    let columns: Vec<usize> = list
        .terms
        .iter()
        .map(|(at, _)| *at)
        .filter(|at| is_stated(&Row(view, line), *at))
        .collect();
    columns.len() >= 3
        && columns.iter().all(|column| {
            let axis = Column(view, *column);
            let above = lines_above(view.table, &axis, line);
            let value = number(&axis, line);
            above.len() >= 3
                && above.iter().any(|at| number(&axis, *at) >= value)
                && above.iter().map(|at| number(&axis, *at)).sum::<Decimal>() > value
        })
}

/// Whether a part's digits are its whole's digits and more: codes of the lines (10201, 1020101) stand in place of amounts.
pub(super) fn extends_digits(outcome: &Outcome) -> bool {
    let (Some(part), Some(whole)) = (outcome.stated, outcome.computed) else { return false };
    let whole = whole.normalize();
    let (part, whole) = (part.normalize().to_string(), whole.to_string());
    whole.len() >= 3
        && part.len() >= whole.len() + 2
        && part.starts_with(&whole)
        && part.bytes().all(|byte| byte.is_ascii_digit())
}
