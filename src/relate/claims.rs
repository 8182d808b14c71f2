//! Weighs checks that do not hold: who speaks for the claim, who against.
//!
//! Whoever proposed a claim, the same witnesses are asked about its exact cells, each by itself: words, indents, numbering,
//! codes, the same cells along other columns or lines, other lists of the table, formulas, declarations. Against it stand
//! readings that tie where the claim does not.

use std::cell::{Cell as Counter, OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::above::Above;
use super::belief;
use super::own::OwnFormulas;
use super::view::{Cell, Trial, View, trial};
use crate::lexicon::{Beliefs, Rulebook, Words};
use crate::model::{
    CellRef, Claim, Field, FieldRole, Line, LineRole, Measure, Objection, Operand, Operation,
    Origin, Outcome, Packet, Place, Relation, Shape, State, Table, Value, Verdict, Witness,
    evaluate, words,
};
use crate::number::{Decimal, round_half_away};

/// What speaks for and against each failing check, in their order.
pub fn weigh(
    rulebook: &Rulebook,
    packet: &Packet,
    relations: &[Relation],
    failing: &[(u32, u32, Outcome)],
) -> Vec<Claim> {
    if failing.is_empty() {
        return Vec::new();
    }
    let weigher = Weigher::new(rulebook, packet, relations, failing);
    let mut claims: Vec<Claim> = failing
        .iter()
        .map(|(relation, ordinal, outcome)| weigher.weigh(*relation, *ordinal, outcome))
        .collect();
    weigher.settle(failing, &mut claims);
    say_once(relations, failing, &mut claims);
    claims
}

/// A mined check that is off by what another check of the same cell is off by says the same again.
fn say_once(relations: &[Relation], failing: &[(u32, u32, Outcome)], claims: &mut [Claim]) {
    let mined = |relation: u32| relations[relation as usize].rule == "T06";
    let said: HashSet<(Place, Decimal)> = failing
        .iter()
        .zip(&*claims)
        .filter(|((relation, _, _), claim)| !mined(*relation) && claim.doubt.is_none())
        .filter_map(|((_, _, outcome), _)| Some((outcome.target.place, outcome.difference?)))
        .collect();
    for ((relation, _, outcome), claim) in failing.iter().zip(claims) {
        let again = |difference| said.contains(&(outcome.target.place, difference));
        if mined(*relation) && outcome.difference.is_some_and(again) {
            claim.against.push(Objection::SaidBefore);
            claim.doubt = claim.against.last().map(Objection::text);
        }
    }
}

/// All claims about a cell, as target or part: relation, ordinal, outcome, what speaks for and against it.
pub fn claims_about(
    rulebook: &Rulebook,
    packet: &Packet,
    relations: &[Relation],
    place: Place,
) -> Vec<(u32, u32, Outcome, Claim)> {
    let mut about = Vec::new();
    let mut terms = Vec::new();
    for (index, relation) in relations.iter().enumerate() {
        for ordinal in 0..relation.check_count() {
            let target = relation.operands(ordinal, |table| packet.place_of(table), &mut terms);
            if target.place == place || terms.iter().any(|term| term.place == place) {
                about.push((index as u32, ordinal as u32, evaluate(packet, relation, ordinal)));
            }
        }
    }
    let weigher = Weigher::new(rulebook, packet, relations, &about);
    about
        .into_iter()
        .map(|(relation, ordinal, outcome)| {
            let known = relations[relation as usize].claim(ordinal as usize).cloned();
            let claim = known.unwrap_or_else(|| weigher.weigh(relation, ordinal, &outcome));
            (relation, ordinal, outcome, claim)
        })
        .collect()
}

struct Weigher<'a> {
    beliefs: &'a Beliefs,
    words: &'a Words,
    packet: &'a Packet,
    relations: &'a [Relation],
    /// Relations along lines, by table.
    lines: HashMap<u32, Vec<u32>>,
    /// Relations along columns, by table.
    fields: HashMap<u32, Vec<u32>>,
    /// Single checks, by target.
    cells: HashMap<Place, Vec<u32>>,
    /// How many balances of a column, by table and column, are carried on from another line of it.
    rolled: HashMap<(u32, u32), u32>,
    views: HashMap<u32, View<'a>>,
    /// The failing checks' differences, by target and whether they run along lines.
    gaps: HashMap<(Place, bool), Decimal>,
    /// How many checks of each relation fail.
    fails: HashMap<u32, u32>,
    /// Bits that failing shares prove of other wholes: the whole's table and row.
    wholes: HashMap<(u32, u32), u32>,
    /// Whether the quotients of a family that hold prove it.
    proven: RefCell<HashMap<u32, bool>>,
    /// What a sum along lines does in all of them, by relation.
    across: RefCell<HashMap<u32, Rc<Across>>>,
    /// The figures above each line, by table and field; `None` where they have too many digits.
    above: RefCell<HashMap<(u32, usize), Rc<Option<Above>>>>,
    /// The figures other than zero of a table's field with their lines, the smallest first.
    sorted: RefCell<HashMap<(u32, usize), Rc<[(Decimal, usize)]>>>,
    looks: Counter<usize>,
    formulas: OwnFormulas<'a>,
    /// The parts that no line counts, by relation.
    uncounted: RefCell<HashMap<u32, Rc<[usize]>>>,
    /// In how many columns where a relation fails its total lies among its parts.
    among: RefCell<HashMap<u32, u32>>,
}

/// What a sum along lines does in every line of its table, looked at once for all that fail.
struct Across {
    /// Lines that are off by what the lines they add up are: they say nothing of their own.
    carried: Vec<bool>,
    /// What the others say.
    elsewhere: Elsewhere,
}

/// In how many columns or lines a sum ties, in how many it does not, and the bits that this proves.
#[derive(Clone, Copy)]
struct Elsewhere {
    holds: u32,
    fails: u32,
    bits: u32,
}

/// The other columns of a list, or the other lines of a row of columns: put together where one of them is asked for.
struct Others<'a> {
    made: OnceCell<Vec<Box<dyn Axis + 'a>>>,
    make: Box<dyn Fn() -> Vec<Box<dyn Axis + 'a>> + 'a>,
}

impl<'a> Others<'a> {
    fn new(make: impl Fn() -> Vec<Box<dyn Axis + 'a>> + 'a) -> Self {
        Self { made: OnceCell::new(), make: Box::new(make) }
    }

    fn iter(&self) -> impl Iterator<Item = &dyn Axis> {
        self.made.get_or_init(&self.make).iter().map(|axis| &**axis)
    }
}

/// Levels of totals through which one fault is followed.
const DEEPEST: usize = 8;

/// A list of figures in one column (or line): its positions, sorted.
type Set = Vec<usize>;

/// One column of a list, or one line of a row of columns: where the figures are.
trait Axis {
    fn at(&self, position: usize) -> Cell;
}

struct Column<'a>(&'a View<'a>, usize);
struct Row<'a>(&'a View<'a>, usize);

impl Axis for Column<'_> {
    fn at(&self, position: usize) -> Cell {
        self.0.cell(position, self.1)
    }
}

impl Axis for Row<'_> {
    fn at(&self, position: usize) -> Cell {
        self.0.cell(self.1, position)
    }
}

fn number(axis: &dyn Axis, position: usize) -> Decimal {
    axis.at(position).value().unwrap_or_default()
}

/// How a signed sum of positions does against a target.
fn tries(axis: &dyn Axis, target: usize, parts: &[(usize, i32)]) -> Trial {
    trial(axis.at(target), parts.iter().map(|(at, coefficient)| (axis.at(*at), *coefficient)))
}

impl<'a> Weigher<'a> {
    fn new(
        rulebook: &'a Rulebook,
        packet: &'a Packet,
        relations: &'a [Relation],
        failing: &[(u32, u32, Outcome)],
    ) -> Self {
        let mut tables: HashSet<u32> = HashSet::new();
        let mut gaps = HashMap::new();
        let mut fails: HashMap<u32, u32> = HashMap::new();
        for (relation, _, outcome) in failing {
            *fails.entry(*relation).or_default() += 1;
            let by_line = match relations[*relation as usize].shape {
                Shape::Lines { table, .. } => {
                    tables.insert(table);
                    true
                }
                Shape::Fields { table, .. } => {
                    tables.insert(table);
                    false
                }
                Shape::Cells { target, .. } => {
                    tables.extend(target.table);
                    continue;
                }
            };
            if let Some(difference) = outcome.difference {
                gaps.entry((outcome.target.place, by_line)).or_insert(difference);
            }
        }
        let beside: HashSet<u32> = tables.iter().flat_map(|table| beside(packet, *table)).collect();
        let (mut lines, mut fields): (HashMap<u32, Vec<u32>>, HashMap<u32, Vec<u32>>) =
            Default::default();
        let mut cells: HashMap<Place, Vec<u32>> = HashMap::new();
        let mut rolled: HashMap<(u32, u32), u32> = HashMap::new();
        for (at, relation) in relations.iter().enumerate() {
            match &relation.shape {
                Shape::Lines { table, .. } if tables.contains(table) || beside.contains(table) => {
                    lines.entry(*table).or_default().push(at as u32);
                }
                Shape::Fields { table, .. } if tables.contains(table) => {
                    fields.entry(*table).or_default().push(at as u32);
                }
                Shape::Cells { target, terms }
                    if target.table.is_none_or(|t| tables.contains(&t)) =>
                {
                    cells.entry(target.place).or_default().push(at as u32);
                    let own = target.place.cell.column;
                    let on = |term: &Operand| {
                        term.table == target.table && term.place.cell.column == own
                    };
                    if let Some(table) = target.table
                        && relation.rule == "T06"
                        && terms.len() > 1
                        && terms.iter().filter(|term| on(term)).count() == 1
                    {
                        *rolled.entry((table, own)).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
        let views = tables
            .into_iter()
            .map(|table| (table, View::new(rulebook, packet, &packet.tables[table as usize])))
            .collect();
        let beliefs = &rulebook.beliefs;
        let looks = Counter::new(beliefs.looks.value as usize);
        let wholes = HashMap::new();
        let mut own = Self {
            beliefs,
            words: &rulebook.words,
            packet,
            relations,
            lines,
            fields,
            cells,
            rolled,
            views,
            gaps,
            fails,
            wholes,
            proven: RefCell::default(),
            across: RefCell::default(),
            above: RefCell::default(),
            sorted: RefCell::default(),
            looks,
            formulas: OwnFormulas::new(packet),
            uncounted: RefCell::default(),
            among: RefCell::default(),
        };
        for (relation, _, outcome) in failing {
            if own.relations[*relation as usize].operation != Operation::Ratio {
                continue;
            }
            for (whole, bits) in own.other_wholes(outcome) {
                *own.wholes.entry(whole).or_default() += bits;
            }
        }
        own
    }

    fn weigh(&self, relation: u32, ordinal: u32, outcome: &Outcome) -> Claim {
        let index = relation;
        let relation = &self.relations[relation as usize];
        let mut claim = Claim::default();
        // A formula that does not give what is stored beside it needs no other witness.
        if relation.rule == "T07" {
            return claim;
        }
        if [Origin::User, Origin::Kind, Origin::Packet]
            .iter()
            .any(|origin| relation.evidence.contains(*origin))
        {
            claim.witnesses.push(Witness::Declared);
        }
        match (&relation.shape, relation.operation) {
            (Shape::Lines { table, target, terms, columns }, Operation::Sum) => {
                let view = &self.views[table];
                let list = List::of_lines(view.table, *target, terms);
                let column = view
                    .table
                    .fields
                    .iter()
                    .position(|field| field.column == columns[ordinal as usize]);
                if let (Some(list), Some(column)) = (list, column) {
                    self.lines(index, view, &list, column, outcome, &mut claim);
                    if relation.rule == "P01"
                        && let Some(objection) = self.points_in_words(view, &list)
                    {
                        claim.against.insert(0, objection);
                    }
                    let total = is_total(&view.table.lines[list.target]);
                    self.own_formula(relation, outcome, total, &mut claim);
                    belief::rule(self.beliefs, &mut claim);
                }
            }
            (Shape::Fields { table, target, terms, rows }, Operation::Sum) => {
                let view = &self.views[table];
                let list = List::of_fields(view.table, *target, terms);
                let line = view.table.line_index(rows[ordinal as usize]);
                if let (Some(list), Some(line)) = (list, line) {
                    self.fields(index, view, &list, line, outcome, &mut claim);
                    self.own_formula(relation, outcome, false, &mut claim);
                    belief::rule(self.beliefs, &mut claim);
                }
            }
            (_, Operation::AtMost) if extends_digits(outcome) => {
                claim.against.push(Objection::NoAmount);
                belief::rule(self.beliefs, &mut claim);
            }
            (_, Operation::AtMost) => {
                if claim.witnesses.is_empty()
                    && let Some(objection) = self.more_than_all(index, outcome)
                {
                    claim.doubt = Some(objection.text());
                    claim.against.push(objection);
                }
            }
            (_, Operation::Ratio | Operation::RelativeChange) => {
                claim.witnesses.push(Witness::Header);
                if self.quotients_prove(index) {
                    claim.witnesses.push(numbers(relation));
                }
                claim.against.extend(self.seldom_holds(index));
                if relation.operation == Operation::Ratio {
                    claim.against.extend(self.quotient(outcome));
                } else if self.negative_base(outcome) {
                    claim.against.push(Objection::NegativeBase);
                }
                self.own_formula(relation, outcome, false, &mut claim);
                belief::rule(self.beliefs, &mut claim);
            }
            _ => {}
        }
        claim
    }

    /// Whether a claim counts a line and what that line itself adds up, by its name or formula: what stands below the closing
    /// total of a list is no sum of them all.
    fn counts_a_total(&self, table: &Table, list: &List) -> bool {
        let parts: HashSet<u32> = list.terms.iter().map(|(at, _)| table.lines[*at].row).collect();
        self.lines.get(&table.id).into_iter().flatten().any(|index| {
            let relation = &self.relations[*index as usize];
            let Shape::Lines { target, terms, .. } = &relation.shape else { return false };
            relation.operation == Operation::Sum
                && parts.contains(target)
                && relation.support.0 > 0
                && [Origin::Formula, Origin::Label]
                    .iter()
                    .any(|origin| relation.evidence.contains(*origin))
                && terms.iter().filter(|(row, _)| parts.contains(row)).count() >= 2
        })
    }

    /// The cell's own formula, where it reads otherwise and holds.
    fn own_formula(&self, relation: &Relation, outcome: &Outcome, total: bool, claim: &mut Claim) {
        if outcome.verdict == Verdict::Fails
            && !claim.against.contains(&Objection::Formula)
            && self.formulas.object(outcome, &relation.shape, relation.operation, total)
        {
            claim.against.insert(0, Objection::Formula);
        }
    }

    /// A sum along a line that is off by what its columns, or the lines it adds up, are off by is told with them; where none
    /// of these is told, neither is it.
    fn settle(&self, failing: &[(u32, u32, Outcome)], claims: &mut [Claim]) {
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
        let place = |row: u32| {
            let cell = CellRef::new(row, *target);
            Place { cell, ..outcome.target.place }
        };
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

    /// A change over a negative base that ties with its sign turned.
    fn negative_base(&self, outcome: &Outcome) -> bool {
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

    /// Whether the quotients of a family that hold are no accident: of all pairs of columns that it might have been, this one
    /// ties in different figures of enough digits.
    fn quotients_prove(&self, index: u32) -> bool {
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
                // As near as it came, be it nearer than the printed digits need.
                bits += belief::bits(self.beliefs, stated, off.abs(), Decimal::new(1, 4));
            }
            bits >= needed
        });
        self.proven.borrow_mut().insert(index, known);
        known
    }

    /// A family of quotients that fails in a good part of its lines.
    fn seldom_holds(&self, index: u32) -> Option<Objection> {
        let fails = self.fails.get(&index).copied().unwrap_or(0);
        let checks = self.relations[index as usize].check_count() as u32;
        (fails >= self.beliefs.everywhere.value && fails * self.beliefs.part.value >= checks)
            .then(|| Objection::MostlyFails { holds: checks.saturating_sub(fails), fails })
    }

    /// What a quotient that does not tie may be instead: of another whole, or the mean or sum of its column.
    fn quotient(&self, outcome: &Outcome) -> Option<Objection> {
        let (view, line, field) = self.position(outcome)?;
        let table = view.table;
        if is_of_another_group(table, field, outcome) {
            return Some(Objection::Structure);
        }
        if self.is_coarse(view, line, outcome) {
            return Some(Objection::Coarse);
        }
        let place = |line: usize, field: usize| Place {
            cell: CellRef::new(table.lines[line].row, table.fields[field].column),
            ..outcome.target.place
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
        let cell = CellRef::new(row, above.place.cell.column);
        Some(Objection::Rival { parts: vec![above.place, Place { cell, ..above.place }] })
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
            let cell = CellRef::new(table.lines[line].row, field.column);
            let figure = self.packet.figure(Place { cell, ..outcome.target.place }, Some(table.id));
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
    fn other_wholes(&self, outcome: &Outcome) -> Vec<((u32, u32), u32)> {
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
    fn sorted(&self, view: &View<'_>, field: usize) -> Rc<[(Decimal, usize)]> {
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

    /// Where the target of a check stands in its table.
    fn position(&self, outcome: &Outcome) -> Option<(&View<'a>, usize, usize)> {
        let view = self.views.get(&outcome.target.table?)?;
        let cell = outcome.target.place.cell;
        let field = view.table.fields.iter().position(|field| field.column == cell.column)?;
        Some((view, view.table.line_index(cell.row)?, field))
    }

    /// The points that a total of weights counts and its table does not list: named by words above the table, or the ten
    /// that such forms give to carrying out the budget, where no line speaks of it.
    fn points_in_words(&self, view: &View<'_>, list: &List) -> Option<Objection> {
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

    /// Whether every line between the first and what it comes to says its sign, both signs among them: 余额, 加：, 减：,
    /// 调节后余额.
    fn says_signs(&self, table: &Table, list: &List) -> bool {
        let key = |at: usize| words::key(&table.lines[at].label);
        let mut terms: Vec<usize> = list.terms.iter().map(|(at, _)| *at).collect();
        terms.sort_unstable();
        let Some((first, signed)) = terms.split_first() else { return false };
        let adds = signed.iter().filter(|at| self.words.added.begin(&key(**at))).count();
        let takes = signed.iter().filter(|at| self.words.deducted.begin(&key(**at))).count();
        *first < list.target
            && list.target > signed.last().copied().unwrap_or_default()
            && adds > 0
            && takes > 0
            && adds + takes == signed.len()
            && self.words.outcomes.stand_in(&key(list.target))
    }

    /// A list down one column.
    fn lines(
        &self,
        relation: u32,
        view: &View<'_>,
        list: &List,
        column: usize,
        outcome: &Outcome,
        claim: &mut Claim,
    ) {
        let table = view.table;
        let own = &self.relations[relation as usize];
        let target = &table.lines[list.target];
        let axis = Column(view, column);
        if target.formula.is_some() {
            claim.witnesses.push(Witness::Declared);
        }
        if own.evidence.contains(Origin::Formula) {
            claim.witnesses.push(Witness::Formulas);
        }
        // T03: 减： and 净值 say so.
        if matches!(target.role, LineRole::Total | LineRole::Subtotal)
            || own.rule == "T03"
            || self.words.class_heads.has(&target.name)
            || self.has_twin(table, list)
        {
            claim.witnesses.push(Witness::Word);
        }
        if own.rule == "T06" {
            claim.witnesses.push(Witness::Mined);
        }
        let present: BTreeSet<usize> = list.present(&axis);
        for (witness, set) in [
            (Witness::Indents, by_indents(&table.lines, list)),
            (Witness::Numbering, by_numbering(&table.lines, list)),
            (Witness::Codes, by_codes(&table.lines, list)),
        ] {
            let Some(set) = set else { continue };
            let says: BTreeSet<usize> =
                set.into_iter().filter(|at| is_stated(&axis, *at)).collect();
            if says == present {
                claim.witnesses.push(witness);
            } else if !says.is_empty() && witness != Witness::Numbering && own.rule != "T03" {
                claim.against.push(Objection::Structure);
            }
        }
        if claim.against.is_empty()
            && (is_sole(table, list)
                || closes_section(view, list)
                || own.rule == "T03" && view.carries_on(list.target)
                || self.says_signs(table, list))
        {
            claim.witnesses.push(Witness::Sole);
        }
        let others = Others::new(|| {
            let others = additive(table).filter(|field| *field != column);
            others.map(|field| Box::new(Column(view, field)) as Box<dyn Axis>).collect()
        });
        let (holds, fails) = self.told(self.elsewhere(others.iter(), list, false), claim);
        let exact = view.rulebook.words.plain_totals.has(&words::key(&target.label));
        let grounded = claim
            .witnesses
            .iter()
            .any(|witness| matches!(witness, Witness::Declared | Witness::Formulas));
        if holds <= fails && fails + 1 >= self.beliefs.everywhere.value && !exact && !grounded {
            claim.against.push(Objection::MostlyFails { holds, fails: fails + 1 });
        }
        let (alike, unlike) = self.alike(table, list, relation);
        if alike > unlike {
            claim.witnesses.push(Witness::Alike { holds: alike, fails: unlike });
        } else if alike == 0 && unlike > 0 && holds == 0 && !exact && !grounded {
            claim.against.push(Objection::MostlyFails { holds, fails: unlike + 1 });
        }
        let scope = (0..table.lines.len()).filter(|at| table.lines[*at].role.is_data()).collect();
        let place = |at: usize| Place {
            file: table.file,
            sheet: table.sheet,
            cell: CellRef::new(table.lines[at].row, table.fields[column].column),
        };
        let mut against = self.known_rivals(relation, view, list, &others, outcome, true);
        if closes_section(view, list) {
            // What other lines come to, too, is no other reading of a section that its total names.
            let is_own = |part: &Place| list.terms.iter().any(|(at, _)| place(*at) == *part);
            against.retain(
                |other| !matches!(other, Objection::Rival { parts } if !parts.iter().any(is_own)),
            );
        }
        let sets = || level_sets(&table.lines, list.target);
        let cell = |at: usize, field: usize| Place {
            cell: CellRef::new(table.lines[at].row, table.fields[field].column),
            ..outcome.target.place
        };
        // A wrong figure between two lists makes its parts tie with the list above: that is no other reading of it.
        if let [wrong] = self.cancelling(list, column, &cell)[..] {
            let replaces = |parts: &[Place]| {
                let kept = list.terms.iter().map(|(at, _)| place(*at)).filter(|own| *own != wrong);
                !parts.contains(&wrong) && kept.into_iter().all(|own| parts.contains(&own))
            };
            against.retain(|other| !matches!(other, Objection::Rival { parts } if replaces(parts)));
        } else {
            against.extend(self.rivals(list, &axis, &others, sets, &place));
        }
        against.extend(self.left_out(list, &axis, &others, outcome, &scope, &place));
        against.extend(self.counted_twice(table, list, &axis, &others, outcome, &place));
        against.extend(self.never_counted(relation, list, &axis, &others, &place));
        against.extend(self.taken_off(table, list, &axis, &place));
        let blank = self.blank_part(table, list, column, outcome);
        if let Some(objection) = blank.or_else(|| self.blank_line(table, list, column, outcome)) {
            against.insert(0, objection);
        }
        if self.is_passed_over(table, list, column) {
            claim.witnesses.push(Witness::Numbers { holds: 1, fails: 0 });
        }
        match self.between(table, list, column, relation, &cell) {
            Some(Ok(witness)) => claim.witnesses.push(witness),
            Some(Err(objection)) => against.insert(0, objection),
            None => {}
        }
        let is_mean =
            || is_mean(self.beliefs, &axis, list) || self.lies_among(relation, view, list, column);
        if let Some(last) = self.last_balance(table, list, &axis) {
            against.push(Objection::Rival { parts: vec![place(last)] });
        }
        if self.is_carried_on(table, column)
            || self.never_adds(table, column)
            || is_product(self.beliefs, &axis, list)
            || is_mean()
                && !self.adds_with_others(view, list, column)
                && !self.adds_up_otherwise(table, list, column)
        {
            against.push(Objection::NoAmount);
        }
        if holds <= fails && self.is_anothers(table, list, relation, holds) {
            against.push(Objection::Structure);
        }
        if is_beyond_print(outcome) {
            against.push(Objection::NoAmount);
        }
        // Nought is a part of anything.
        if is_stated(&axis, list.target) && self.is_part_beside(table, list, column) {
            against.push(Objection::Structure);
        }
        if self.is_named_otherwise(table, list, &axis)
            || self.stands_beside(view, list, column)
            || own.rule != "T06" && self.counts_a_total(table, list)
        {
            against.push(Objection::Structure);
        }
        if self.is_carried(view, list, column, outcome) {
            against.push(Objection::Carried);
        }
        claim.against.splice(0..0, against);
        if is_identity(own) {
            confirmed(claim, outcome);
        }
    }

    /// Parts of one line.
    fn fields(
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
        if (holds, fails) == (0, 0) && is_sole_across(view, own, list) {
            claim.witnesses.push(Witness::Sole);
        }
        // A mined family is believed for its many bits alone: `mine` has weighed it.
        if own.rule == "T06" {
            claim.witnesses.push(Witness::Mined);
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
        if list.terms.iter().all(|(_, coefficient)| *coefficient == 1) {
            against.extend(self.left_out(list, &axis, &others, outcome, &scope, &place));
        }
        if let Some(parts) = self.parts_that_add_up(view, list, line) {
            let target = table.fields[list.target].column;
            let is_off = |row: &u32| {
                let cell = CellRef::new(*row, target);
                self.gaps.contains_key(&(Place { cell, ..outcome.target.place }, false))
            };
            if !parts.iter().any(is_off) {
                against.push(Objection::Carried);
            }
        } else if !is_total(&table.lines[line]) {
            let down = Column(view, list.target);
            if let Some(run) = self.sum_above(view, &down, line) {
                let column = table.fields[list.target].column;
                let cell = |at: usize| Place {
                    cell: CellRef::new(table.lines[at].row, column),
                    ..outcome.target.place
                };
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
        if unnamed && is_statistic(view, list, line)
            || self.words.is_apiece(&table.lines[line].label)
            || is_mean(self.beliefs, &axis, list)
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

    /// The last or first of the parts where the total states that very figure: what is left after the last month, or was there
    /// before the first, is what is left of the year. The parts are not the flows that make it up.
    fn balance(&self, list: &List, axis: &dyn Axis) -> Option<usize> {
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
    fn last_balance(&self, table: &Table, list: &List, axis: &Column<'_>) -> Option<usize> {
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

    /// A claim with a part that is itself, in this very line, the sum of the target and something else, or its multiple.
    fn part_of_its_part(&self, table: &Table, list: &List, outcome: &Outcome) -> Option<Objection> {
        let own = table.fields[list.target].column;
        let row = outcome.target.place.cell.row;
        let is_part = |column: u32| {
            list.terms.iter().any(|(at, times)| *times == 1 && table.fields[*at].column == column)
        };
        self.fields.get(&table.id)?.iter().find_map(|index| {
            let relation = &self.relations[*index as usize];
            let Shape::Fields { target, terms, rows, .. } = &relation.shape else { return None };
            if !matches!(relation.operation, Operation::Sum | Operation::Product)
                || terms.len() < 2
                || !terms.contains(&(own, 1))
                || !is_part(*target)
            {
                return None;
            }
            let outcome = evaluate(self.packet, relation, rows.iter().position(|own| *own == row)?);
            matches!(outcome.verdict, Verdict::Holds | Verdict::Rounding).then(|| {
                Objection::Rival { parts: outcome.terms.iter().map(|term| term.place).collect() }
            })
        })
    }

    /// A part that the claim counts and no total does: wherever it says something, the total ties without it. It is part of
    /// another part, 其中 by another name.
    fn never_counted(
        &self,
        relation: u32,
        list: &List,
        axis: &dyn Axis,
        others: &Others<'_>,
        place: &dyn Fn(usize) -> Place,
    ) -> Option<Objection> {
        let known = self.uncounted.borrow().get(&relation).cloned();
        let uncounted = known.unwrap_or_else(|| {
            let axes = std::iter::once(axis).chain(others.iter());
            let found: Rc<[usize]> = uncounted(axes, list).into();
            self.uncounted.borrow_mut().insert(relation, Rc::clone(&found));
            found
        });
        if uncounted.is_empty() {
            return None;
        }
        let (over, slack) = surplus(axis, list);
        let is_it = |at: &&usize| {
            let term = list.terms.iter().find(|(term, _)| term == *at);
            term.is_some_and(|(_, times)| {
                (number(axis, **at) * Decimal::from(*times) - over).abs() <= slack
            })
        };
        uncounted.iter().find(is_it).map(|at| Objection::CountedTwice { cells: vec![place(*at)] })
    }

    /// A part that the claim adds though its name says that it is taken off, where it ties taken off.
    fn taken_off(
        &self,
        table: &Table,
        list: &List,
        axis: &dyn Axis,
        place: &dyn Fn(usize) -> Place,
    ) -> Option<Objection> {
        let (over, slack) = surplus(axis, list);
        let is_it = |(at, times): &&(usize, i32)| {
            let twice = number(axis, *at) * Decimal::TWO;
            *times == 1
                && !twice.is_zero()
                && (twice - over).abs() <= slack
                && self.words.taken_off.begin(&words::key(&table.lines[*at].label))
        };
        list.terms.iter().find(is_it)?;
        let stated = list.terms.iter().map(|(at, _)| *at).filter(|at| is_stated(axis, *at));
        Some(Objection::Rival { parts: stated.map(place).collect() })
    }

    /// Whether a header names a mean or an amount a head.
    fn is_a_mean(&self, field: &Field) -> bool {
        let key = words::key(&field.path.concat());
        let name = words::key(&field.label);
        self.words.per_unit_headers.stand_in(&key)
            || self.words.mean_marks.stand_in(&name) && !self.words.no_means.stand_in(&name)
    }

    /// Whether this column, and another in which the claim fails and that is no quotient, states less than some part and more
    /// than others: a mean.
    fn lies_among(&self, relation: u32, view: &View<'_>, list: &List, column: usize) -> bool {
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

    /// Whether a column is the quotient of two others.
    fn is_quotient(&self, table: &Table, field: usize) -> bool {
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

    /// What else a part may be that is more than its whole: part of a net figure, or one of two that partly cancel out.
    fn more_than_all(&self, index: u32, outcome: &Outcome) -> Option<Objection> {
        let relation = &self.relations[index as usize];
        let Shape::Lines { table, target, terms, .. } = &relation.shape else { return None };
        let table = &self.packet.tables[*table as usize];
        if let [(whole, _)] = terms.as_slice()
            && let Some(whole) = table.line_at(*whole)
            && self.words.net_wholes.stand_in(&words::key(&whole.label))
        {
            return Some(Objection::Net);
        }
        let (part, whole) = (outcome.stated?, outcome.computed?);
        let next = table.lines.get(table.line_index(*target)? + 1)?;
        let cell = CellRef::new(next.row, outcome.target.place.cell.column);
        let place = Place { cell, ..outcome.target.place };
        let figure = self.packet.figure(place, Some(table.id));
        let off = part.checked_add(figure.number()?)?.checked_sub(whole)?;
        (off.abs() <= outcome.tolerance? + figure.half_unit())
            .then(|| Objection::Rival { parts: vec![outcome.target.place, place] })
    }

    /// The only blank among the figures of a line, in a column that other lines fill: it was left out, and nothing is wrong.
    fn left_blank(
        &self,
        view: &View<'_>,
        list: &List,
        line: usize,
        outcome: &Outcome,
    ) -> Option<Objection> {
        let table = view.table;
        let is_blank = |line: usize, at: usize| {
            let cell = CellRef::new(table.lines[line].row, table.fields[at].column);
            let place = Place { cell, ..outcome.target.place };
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
        let cell = CellRef::new(table.lines[line].row, table.fields[*blank].column);
        let place = Place { cell, ..outcome.target.place };
        // A column that stands empty now and then is empty where there is nothing.
        (filled && count >= 3).then_some(Objection::LeftBlank { cell: place, value })
    }

    /// A blank among the lines of a list, where another check along its line is off by the same.
    fn blank_part(
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
            let at =
                |column: u32| Place { cell: CellRef::new(row, column), ..outcome.target.place };
            let cell = at(column);
            let is_blank = self.packet.figure(cell, Some(table.id)).state == State::Blank;
            let told = table.fields.iter().any(|field| {
                let gap = self.gaps.get(&(at(field.column), false));
                gap.is_some_and(|gap| gap.abs() == difference.abs())
            });
            (is_blank && told).then_some(Objection::LeftBlank { cell, value: difference })
        })
    }

    /// The only line of a list that states no figure at all, where what its total is off by in several columns adds up along
    /// the line as the other lines do: its figures were left out.
    fn blank_line(
        &self,
        table: &Table,
        list: &List,
        column: usize,
        outcome: &Outcome,
    ) -> Option<Objection> {
        let place = |line: usize, column: u32| Place {
            cell: CellRef::new(table.lines[line].row, column),
            ..outcome.target.place
        };
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

    /// The rows that a line is the sum of, by a list that holds in every column of this one.
    fn parts_that_add_up(&self, view: &View<'_>, list: &List, line: usize) -> Option<Vec<u32>> {
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

    /// Whether what is off here is what other columns are off by: along this line and along each of its parts the column adds
    /// up over other columns, and none of these is told.
    fn is_carried(&self, view: &View<'_>, list: &List, column: usize, outcome: &Outcome) -> bool {
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
                let cell = CellRef::new(outcome.target.place.cell.row, column);
                self.gaps.contains_key(&(Place { cell, ..outcome.target.place }, true))
            };
            let Some(across) = List::of_fields(table, *target, terms) else { return false };
            // A line that states nothing here states nothing there.
            let is_empty = |at: usize| {
                !is_stated(&Column(view, column), at) && across.present(&Row(view, at)).is_empty()
            };
            *target == own
                && relation.operation == Operation::Sum
                && terms.len() >= 2
                && !terms.iter().any(|(term, _)| is_told(*term))
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
        let place = |at: usize| Place {
            cell: CellRef::new(row, table.fields[at].column),
            ..outcome.target.place
        };
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

    /// Whether what is taken for a total stands among its own parts in a list that adds up in this column.
    fn is_part_beside(&self, table: &Table, list: &List, column: usize) -> bool {
        let row = |at: usize| table.lines[at].row;
        let parts: HashSet<u32> = list.terms.iter().map(|(at, _)| row(*at)).collect();
        let column = table.fields[column].column;
        self.lines.get(&table.id).into_iter().flatten().any(|index| {
            let relation = &self.relations[*index as usize];
            let Shape::Lines { target, terms, columns, .. } = &relation.shape else { return false };
            relation.operation == Operation::Sum
                && *target != row(list.target)
                && terms.len() > 2
                && terms.contains(&(row(list.target), 1))
                && terms.iter().filter(|(term, _)| parts.contains(term)).count() >= 2
                && columns.iter().position(|own| *own == column).is_some_and(|ordinal| {
                    evaluate(self.packet, relation, ordinal).verdict == Verdict::Holds
                })
        })
    }

    /// Whether another line is the sum of the same parts in more columns than this one.
    fn is_anothers(&self, table: &Table, list: &List, own: u32, holds: u32) -> bool {
        let rows: BTreeSet<u32> = list.terms.iter().map(|(at, _)| table.lines[*at].row).collect();
        self.lines.get(&table.id).into_iter().flatten().any(|index| {
            let relation = &self.relations[*index as usize];
            let Shape::Lines { target, terms, .. } = &relation.shape else { return false };
            *index != own
                && relation.operation == Operation::Sum
                && *target != table.lines[list.target].row
                && relation.support.0 > holds + 1
                && terms.len() == rows.len()
                && terms.iter().all(|(row, _)| rows.contains(row))
        })
    }

    /// What the lines of a table say of a sum along them.
    fn across(&self, relation: u32, view: &View<'_>, list: &List, alone: bool) -> Rc<Across> {
        if let Some(known) = self.across.borrow().get(&relation) {
            return Rc::clone(known);
        }
        let lines = &view.table.lines;
        // A line whose columns add up over its own parts is off by what they are: it says nothing of its own.
        let is_carried = |at: usize| {
            tries(&Row(view, at), list.target, &list.terms) == Trial::Fails
                && self.parts_that_add_up(view, list, at).is_some()
        };
        let carried: Vec<bool> =
            (0..lines.len()).map(|at| lines[at].role.is_data() && is_carried(at)).collect();
        let rows: Vec<Row> = (0..lines.len())
            .filter(|at| lines[*at].role.is_data() && !carried[*at])
            .map(|at| Row(view, at))
            .collect();
        let elsewhere = self.elsewhere(rows.iter().map(|row| row as &dyn Axis), list, alone);
        let across = Rc::new(Across { carried, elsewhere });
        self.across.borrow_mut().insert(relation, Rc::clone(&across));
        across
    }

    /// The lines right above a line, some at least, whose sum is what it states.
    fn sum_above(&self, view: &View<'_>, axis: &Column<'_>, line: usize) -> Option<Vec<usize>> {
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

    /// In how many other columns or lines the same cells tie, and in how many they do not.
    fn elsewhere<'o>(
        &self,
        others: impl Iterator<Item = &'o dyn Axis>,
        list: &List,
        alone: bool,
    ) -> Elsewhere {
        let (mut holds, mut fails, mut bits) = (0, 0, 0);
        let mut seen: HashSet<Decimal> = HashSet::new();
        let mut are_copies = true;
        for axis in others {
            let trial = tries(axis, list.target, &list.terms);
            match trial {
                Trial::Single if !alone => {}
                Trial::Holds | Trial::Single => {
                    are_copies &= trial == Trial::Single;
                    // A column that repeats another one proves nothing more.
                    let stated = number(axis, list.target);
                    if seen.insert(stated.normalize()) {
                        holds += 1;
                        bits += proof(self.beliefs, axis, list.target, &list.terms);
                    }
                }
                Trial::Fails => fails += 1,
                _ => {}
            }
        }
        // One copy of an only part is no sum.
        if are_copies && holds == 1 {
            bits = 0;
        }
        Elsewhere { holds, fails, bits }
    }

    /// Takes what other columns or lines say as a witness, where they prove enough.
    fn told(&self, elsewhere: Elsewhere, claim: &mut Claim) -> (u32, u32) {
        let Elsewhere { holds, fails, bits } = elsewhere;
        if holds >= fails.max(1) && bits >= self.beliefs.numbers.value {
            claim.witnesses.push(Witness::Numbers { holds, fails });
        }
        (holds, fails)
    }

    /// How many other lists of the table that are read in the same way add up, and how many do not.
    fn alike(&self, table: &Table, list: &List, own: u32) -> (u32, u32) {
        let target = &table.lines[list.target];
        let form = |line: &Line| {
            let total = matches!(line.role, LineRole::Total | LineRole::Subtotal);
            (total, line.numbering, line.code.as_ref().map(String::len), line.level)
        };
        let (mut holds, mut fails) = (0, 0);
        // A list of this one, or of which this one is a line, shares its fault.
        let shares = |row: u32, terms: &[(u32, i32)]| {
            terms.iter().any(|(term, _)| *term == target.row)
                || list.terms.iter().any(|(at, _)| table.lines[*at].row == row)
        };
        let mut count = |other: &Table, index: u32| {
            let relation = &self.relations[index as usize];
            let Shape::Lines { target: row, terms, .. } = &relation.shape else { return };
            let is_here = other.id == table.id;
            if index == own || relation.operation != Operation::Sum || is_here && *row == target.row
            {
                return;
            }
            let Some(line) = other.line_at(*row) else { return };
            // Codes are one system at all their levels, and in all blocks of one form.
            let coded = line.code.is_some() && target.code.is_some();
            if !coded && (!is_here || form(line) != form(target)) {
                return;
            }
            let (held, tried) = relation.support;
            if held * 2 > tried {
                holds += 1;
            } else if tried > 0 && !(is_here && shares(*row, terms)) {
                fails += 1;
            }
        };
        for id in std::iter::once(table.id).chain(beside(self.packet, table.id)) {
            for &index in self.lines.get(&id).into_iter().flatten() {
                count(&self.packet.tables[id as usize], index);
            }
        }
        (holds, fails)
    }

    /// Whether the list begins with 其中, and parts of just these names are all of another line.
    fn has_twin(&self, table: &Table, list: &List) -> bool {
        let Some((first, _)) = list.terms.first() else { return false };
        if table.lines[*first].role != LineRole::OfWhich {
            return false;
        }
        let own = list.terms.iter().map(|(at, _)| Some(table.lines[*at].name.as_str()));
        self.lines.get(&table.id).into_iter().flatten().any(|index| {
            let relation = &self.relations[*index as usize];
            let Shape::Lines { target, terms, .. } = &relation.shape else { return false };
            let (held, tried) = relation.support;
            let names = terms.iter().map(|(row, _)| Some(table.line_at(*row)?.name.as_str()));
            relation.operation == Operation::Sum
                && *target != table.lines[list.target].row
                && held > 0
                && held == tried
                && names.eq(own.clone())
        })
    }

    /// Other checks of the same cell in the same direction that hold.
    fn known_rivals(
        &self,
        own: u32,
        view: &View<'_>,
        list: &List,
        others: &Others<'_>,
        outcome: &Outcome,
        by_line: bool,
    ) -> Vec<Objection> {
        let table = view.table;
        let place = outcome.target.place;
        let families = if by_line { &self.lines } else { &self.fields };
        let families = families.get(&table.id).into_iter().flatten().copied();
        let singles = self.cells.get(&place).into_iter().flatten().copied();
        let mut found = Vec::new();
        for index in families.chain(singles) {
            let relation = &self.relations[index as usize];
            if index == own || relation.operation != Operation::Sum {
                continue;
            }
            let ordinal = match &relation.shape {
                Shape::Lines { target, columns, .. } if *target == place.cell.row => {
                    columns.iter().position(|column| *column == place.cell.column)
                }
                Shape::Fields { target, rows, .. } if *target == place.cell.column => {
                    rows.iter().position(|row| *row == place.cell.row)
                }
                Shape::Cells { .. } => Some(0),
                _ => None,
            };
            let Some(ordinal) = ordinal else { continue };
            let other = evaluate(self.packet, relation, ordinal);
            let along = |operand: &Place| {
                if by_line {
                    operand.cell.column == place.cell.column && operand.sheet == place.sheet
                } else {
                    operand.cell.row == place.cell.row && operand.sheet == place.sheet
                }
            };
            let ties = matches!(other.verdict, Verdict::Holds | Verdict::Rounding);
            if !ties || !other.terms.iter().all(|term| along(&term.place)) {
                continue;
            }
            let parts: Vec<Place> = other.terms.iter().map(|term| term.place).collect();
            let positions: Option<Vec<(usize, i32)>> = other
                .terms
                .iter()
                .map(|term| {
                    let Place { cell, .. } = term.place;
                    let at = if by_line {
                        table.line_index(cell.row)
                    } else {
                        table.fields.iter().position(|field| field.column == cell.column)
                    };
                    Some((at?, term.coefficient))
                })
                .collect();
            if positions.as_ref().is_some_and(|rival| self.decided_elsewhere(list, rival, others)) {
                continue;
            }
            if relation.evidence.contains(Origin::Formula) {
                found.insert(0, Objection::Formula);
                continue;
            }
            let own_proof = if ties_as_stored(&other) {
                self.beliefs.most.value
            } else {
                // What ties to the last digit proves as much as its digits, be the printed ones rounded or not.
                let exact = other.difference.is_some_and(|difference| difference.is_zero());
                let figure = self.packet.figure(place, Some(table.id));
                let slack = if exact { Some(figure.half_unit()) } else { other.tolerance };
                belief::bits(
                    self.beliefs,
                    other.stated.unwrap_or_default(),
                    slack.unwrap_or_default(),
                    Decimal::new(1, 2),
                )
            };
            // Of a claim that ties nowhere, what the other reading proves in the other columns counts, too.
            let never = || {
                others.iter().all(|other| tries(other, list.target, &list.terms) != Trial::Holds)
            };
            let beside: u32 = positions
                .iter()
                .filter(|_| own_proof > 0 && never())
                .flat_map(|rival| others.iter().map(move |other| (rival, other)))
                .filter(|(rival, other)| tries(*other, list.target, rival) == Trial::Holds)
                .map(|(rival, other)| proof(self.beliefs, other, list.target, rival))
                .sum();
            if parts.len() >= 2 && own_proof + beside >= self.beliefs.rival.value {
                found.push(Objection::Rival { parts });
            }
        }
        found
    }

    /// Readings by one mark of the lines (numbering, indent, length of code, total) that tie at this very cell.
    fn rivals(
        &self,
        list: &List,
        axis: &dyn Axis,
        others: &Others<'_>,
        sets: impl Fn() -> Vec<Set>,
        place: &dyn Fn(usize) -> Place,
    ) -> Option<Objection> {
        let sets = sets();
        let present = list.present(axis);
        let chance = belief::choice(sets.len());
        sets.into_iter().find_map(|set| {
            if !self.may_look(set.len()) {
                return None;
            }
            let parts: Vec<(usize, i32)> = set.iter().map(|at| (*at, 1)).collect();
            let stated: BTreeSet<usize> =
                set.iter().copied().filter(|at| is_stated(axis, *at)).collect();
            // Columns in which it ties and the claim does not prove it together.
            let elsewhere = || {
                let tells = |other: &&dyn Axis| {
                    tries(*other, list.target, &parts) == Trial::Holds
                        && tries(*other, list.target, &list.terms) == Trial::Fails
                };
                others
                    .iter()
                    .filter(tells)
                    .map(|other| proof(self.beliefs, other, list.target, &parts))
                    .sum::<u32>()
            };
            let ties = tries(axis, list.target, &parts) == Trial::Holds
                && is_exact(axis, list.target, &parts)
                && stated != present
                && proof(self.beliefs, axis, list.target, &parts) + elsewhere()
                    >= self.beliefs.rival.value + chance
                && !self.decided_elsewhere(list, &parts, others);
            ties.then(|| Objection::Rival { parts: stated.into_iter().map(place).collect() })
        })
    }

    /// Figures of the list's reach that are no part of it and make up the difference.
    fn left_out(
        &self,
        list: &List,
        axis: &dyn Axis,
        others: &Others<'_>,
        outcome: &Outcome,
        scope: &Set,
        place: &dyn Fn(usize) -> Place,
    ) -> Option<Objection> {
        let difference = outcome.difference?;
        let parts: BTreeSet<usize> = list.terms.iter().map(|(at, _)| *at).collect();
        let first = (*parts.first()?).min(list.target);
        let last = (*parts.last()?).max(list.target);
        // The lines right behind the list may be its last ones.
        let behind = scope.iter().copied().filter(|at| *at > last).take(parts.len().min(8)).last();
        let reach = first..=behind.unwrap_or(last);
        let rest: Vec<usize> = scope
            .iter()
            .copied()
            .filter(|at| reach.contains(at) && *at != list.target && !parts.contains(at))
            .filter(|at| axis.at(*at).value().is_some_and(|value| !value.is_zero()))
            .collect();
        let inside: Vec<usize> = rest.iter().copied().filter(|at| *at <= last).collect();
        let mut runs: Vec<Vec<usize>> = Vec::new();
        runs.push(inside);
        for from in 0..rest.len() {
            for to in from + 1..=rest.len().min(from + 12) {
                runs.push(rest[from..to].to_vec());
            }
        }
        let off = (difference, outcome.tolerance.unwrap_or_default());
        self.explaining(list, axis, others, off, runs, 1)
            .map(|run| Objection::LeftOut { cells: run.into_iter().map(place).collect() })
    }

    /// Parts that stand deeper than the rest, or follow the part that they make up, and make up the difference.
    fn counted_twice(
        &self,
        table: &Table,
        list: &List,
        axis: &dyn Axis,
        others: &Others<'_>,
        outcome: &Outcome,
        place: &dyn Fn(usize) -> Place,
    ) -> Option<Objection> {
        let difference = -outcome.difference?;
        let parts: Vec<usize> =
            list.terms.iter().map(|(at, _)| *at).filter(|at| is_stated(axis, *at)).collect();
        let least = parts.iter().map(|at| table.lines[*at].indent).min()?;
        let mut runs: Vec<Vec<usize>> = vec![
            parts.iter().copied().filter(|at| table.lines[*at].indent > least).collect(),
            parts.iter().copied().filter(|at| table.lines[*at].of_which).collect(),
        ];
        for from in 0..parts.len() {
            for to in from + 1..=parts.len().min(from + 12) {
                let run = &parts[from..to];
                // A part, and behind it those that it adds up: they are its own.
                let before = from.checked_sub(1).map(|at| parts[at]);
                let sum: Decimal = run.iter().map(|at| number(axis, *at)).sum();
                let own = before.is_some_and(|before| number(axis, before) == sum)
                    || parts.get(to).is_some_and(|after| number(axis, *after) == sum);
                if run.len() >= 2 && own
                    || run.iter().all(|at| table.lines[*at].role == LineRole::OfWhich)
                    || run.iter().all(|at| table.lines[*at].indent > least)
                {
                    runs.push(run.to_vec());
                }
            }
        }
        let off = (difference, outcome.tolerance.unwrap_or_default());
        self.explaining(list, axis, others, off, runs, -1)
            .map(|run| Objection::CountedTwice { cells: run.into_iter().map(place).collect() })
    }

    /// The first run of positions whose sum is the difference, where that is no accident.
    fn explaining(
        &self,
        list: &List,
        axis: &dyn Axis,
        others: &Others<'_>,
        (difference, tolerance): (Decimal, Decimal),
        runs: Vec<Vec<usize>>,
        coefficient: i32,
    ) -> Option<Vec<usize>> {
        let chance = belief::choice(runs.len());
        let grain = grain(axis.at(list.target).half());
        runs.into_iter().filter(|run| !run.is_empty()).find(|run| {
            if !self.may_look(run.len()) {
                return false;
            }
            let sum: Decimal = run.iter().map(|at| number(axis, *at)).sum();
            // To the last digit, or within what the printed digits of the whole list leave, which proves less.
            let slack = if sum == difference { Decimal::ZERO } else { tolerance };
            if (sum - difference).abs() > slack
                || belief::bits(self.beliefs, sum, slack, grain)
                    < self.beliefs.rival.value + chance.min(6)
            {
                return false;
            }
            let mut parts = list.terms.clone();
            if coefficient > 0 {
                parts.extend(run.iter().map(|at| (*at, 1)));
            } else {
                parts.retain(|(at, _)| !run.contains(at));
            }
            !self.decided_elsewhere(list, &parts, others)
        })
    }

    /// Whether other columns or lines tell the claim from its rival, and for the claim.
    fn decided_elsewhere(&self, list: &List, rival: &[(usize, i32)], others: &Others<'_>) -> bool {
        let live = |axis: &dyn Axis, parts: &[(usize, i32)]| -> BTreeSet<usize> {
            parts.iter().map(|(at, _)| *at).filter(|at| is_stated(axis, *at)).collect()
        };
        let (mut own, mut theirs, mut both, mut apart) = (0, 1, HashSet::new(), false);
        for axis in others.iter() {
            let claim = tries(axis, list.target, &list.terms);
            let other = tries(axis, list.target, rival);
            own += u32::from(claim == Trial::Holds && other == Trial::Fails);
            theirs += u32::from(other == Trial::Holds && claim == Trial::Fails);
            if claim != Trial::Holds || other != Trial::Holds {
                continue;
            }
            let (ours, rivals) = (live(axis, &list.terms), live(axis, rival));
            if ours != rivals {
                let some = list.terms.iter().take(3).map(|(at, _)| number(axis, *at).normalize());
                both.insert(some.collect::<Vec<Decimal>>());
            }
            apart |= ours.is_disjoint(&rivals)
                && proof(self.beliefs, axis, list.target, rival) >= self.beliefs.numbers.value;
        }
        // Two ways to make up one total that both tie elsewhere, each by figures of its own, are both meant: that the other
        // one ties here says that a part is wrong.
        own >= theirs || theirs == 1 && (both.len() >= TOGETHER || apart)
    }

    /// The parts whose own lists fail by what this list is off, in one column.
    fn cancelling(
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
    fn above(&self, table: &Table, list: &List, own: u32) -> Option<List> {
        let row = table.lines[list.target].row;
        self.lines.get(&table.id)?.iter().filter(|index| **index != own).find_map(|index| {
            let relation = &self.relations[*index as usize];
            let Shape::Lines { target, terms, .. } = &relation.shape else { return None };
            let is_part = relation.operation == Operation::Sum
                && terms.iter().any(|(term, coefficient)| *term == row && *coefficient == 1);
            if is_part { List::of_lines(table, *target, terms) } else { None }
        })
    }

    /// Whether a total adds up with the parts of a list in the place of the line that lists them.
    fn is_passed_over(&self, table: &Table, list: &List, column: usize) -> bool {
        let stated = |at: usize| is_stated(&Column(&self.views[&table.id], column), at);
        let (own, column) = (table.lines[list.target].row, table.fields[column].column);
        self.lines.get(&table.id).into_iter().flatten().any(|index| {
            let relation = &self.relations[*index as usize];
            let Shape::Lines { target, terms, columns, .. } = &relation.shape else { return false };
            let counts = |row: u32| terms.iter().any(|(term, sign)| *term == row && *sign == 1);
            let total =
                Place { file: table.file, sheet: table.sheet, cell: CellRef::new(*target, column) };
            relation.operation == Operation::Sum
                && terms.len() > list.terms.len()
                && *target != own
                && !counts(own)
                && columns.contains(&column)
                && relation.support.0 > 0
                && !self.gaps.contains_key(&(total, true))
                && list.terms.iter().all(|(at, _)| counts(table.lines[*at].row) || !stated(*at))
        })
    }

    /// A line between two lists that is off in both by the same: in one column it is a wrong figure, and both lists speak for
    /// each other; in several, or in several parts at once, lines are counted one level up.
    fn between(
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

    /// Whether a line without a name bears a number of its own in the first column, as those above it do: that of a pupil or a
    /// voucher, which no line of means has.
    fn bears_number(&self, table: &Table, list: &List, line: usize) -> bool {
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
    fn is_named_otherwise(&self, table: &Table, list: &List, axis: &Column<'_>) -> bool {
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
    fn stands_beside(&self, view: &View<'_>, list: &List, column: usize) -> bool {
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

    /// Whether the figures of a column are balances, each carried on from the line before: 余额 of a ledger, whose total is the
    /// last of them.
    fn is_carried_on(&self, table: &Table, column: usize) -> bool {
        const ENOUGH: u32 = 3;
        let column = (table.id, table.fields[column].column);
        self.rolled.get(&column).is_some_and(|times| *times >= ENOUGH)
    }

    /// Whether nothing in a column adds up though several lists were tried, and other columns do. One wrong figure breaks
    /// every list that it is in, each by the same amount.
    fn never_adds(&self, table: &Table, column: usize) -> bool {
        let column = table.fields[column].column;
        let (mut holds, mut fails, mut elsewhere) = (0, 0, 0);
        // What each figure would have to change by for all lists to add up.
        let mut wrong: Option<HashMap<CellRef, Decimal>> = None;
        for &index in self.lines.get(&table.id).into_iter().flatten() {
            let relation = &self.relations[index as usize];
            let Shape::Lines { columns, .. } = &relation.shape else { continue };
            if relation.operation != Operation::Sum {
                continue;
            }
            elsewhere += u32::from(relation.support.0 > 0);
            let Some(ordinal) = columns.iter().position(|own| *own == column) else { continue };
            let outcome = evaluate(self.packet, relation, ordinal);
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
        let is_one = wrong.is_some_and(|changes| !changes.is_empty());
        holds == 0 && fails >= 2 && elsewhere >= 2 && !is_one
    }

    /// Whether a column is added up with others along the lines, and the list holds in each of these: then it holds in this one,
    /// or one of its figures is wrong.
    fn adds_with_others(&self, view: &View<'_>, list: &List, column: usize) -> bool {
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
    fn adds_up_otherwise(&self, table: &Table, list: &List, column: usize) -> bool {
        const ENOUGH: usize = 2;
        let (row, column) = (table.lines[list.target].row, table.fields[column].column);
        let holds = |index: &&u32| {
            let relation = &self.relations[**index as usize];
            let Shape::Lines { target, terms, columns, .. } = &relation.shape else { return false };
            let is_other = *target != row
                && !terms.iter().any(|(term, _)| *term == row)
                && relation.operation == Operation::Sum;
            let ordinal = columns.iter().position(|own| *own == column).filter(|_| is_other);
            ordinal.is_some_and(|ordinal| {
                let outcome = evaluate(self.packet, relation, ordinal);
                let parts = outcome.terms.iter().filter(|term| {
                    let figure = self.packet.figure(term.place, term.table);
                    figure.number().is_some_and(|number| !number.is_zero())
                });
                outcome.verdict == Verdict::Holds && parts.take(2).count() == 2
            })
        };
        let relations = self.lines.get(&table.id).into_iter().flatten();
        relations.filter(holds).take(ENOUGH).count() == ENOUGH
    }

    fn may_look(&self, count: usize) -> bool {
        let left = self.looks.get();
        self.looks.set(left.saturating_sub(count));
        left > 0
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

/// Columns or lines in which two readings of one total must tie together to be both meant.
const TOGETHER: usize = 2;

/// What was spent and what is left over come to the adjusted budget, too: a tie of other cells shows an identity's target
/// right, and is no other reading of it.
fn confirmed(claim: &mut Claim, outcome: &Outcome) {
    let is_term = |place: &Place| outcome.terms.iter().any(|term| term.place == *place);
    claim.against.retain(|objection| match objection {
        Objection::Rival { parts } => parts.iter().any(is_term),
        _ => true,
    });
}

/// Parts that say something in two places at least where the sum ties without them, and in none where it ties with them.
fn uncounted<'o>(axes: impl Iterator<Item = &'o dyn Axis>, list: &List) -> Vec<usize> {
    if list.terms.len() < 2 {
        return Vec::new();
    }
    let mut without = vec![0_u32; list.terms.len()];
    let mut with = vec![false; list.terms.len()];
    for axis in axes {
        let trial = tries(axis, list.target, &list.terms);
        if !matches!(trial, Trial::Holds | Trial::Single | Trial::Fails) {
            continue;
        }
        let (over, slack) = surplus(axis, list);
        for (at, (term, times)) in list.terms.iter().enumerate() {
            let own = number(axis, *term) * Decimal::from(*times);
            if own.abs() <= slack {
                continue;
            }
            match trial {
                Trial::Fails => without[at] += u32::from((own - over).abs() <= slack),
                _ => with[at] = true,
            }
        }
    }
    let is_one = |at: &usize| without[*at] >= 2 && !with[*at];
    (0..list.terms.len()).filter(is_one).map(|at| list.terms[at].0).collect()
}

/// By how much the parts exceed what is stated, and what their printed digits allow for.
fn surplus(axis: &dyn Axis, list: &List) -> (Decimal, Decimal) {
    let target = axis.at(list.target);
    let (mut over, mut slack) = (-target.value().unwrap_or_default(), target.half());
    for (at, times) in &list.terms {
        let cell = axis.at(*at);
        over += cell.value().unwrap_or_default() * Decimal::from(*times);
        slack += cell.half() * Decimal::from(times.abs());
    }
    (over, slack)
}

/// Stages of a budget that come to each other by definition.
fn is_identity(relation: &Relation) -> bool {
    matches!(relation.rule.as_str(), "A01" | "A03" | "A05")
        && relation.evidence.contains(Origin::Kind)
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

/// Whether what is stated lies among its parts, which are all of one size: a mean, not a sum.
fn is_mean(known: &Beliefs, axis: &dyn Axis, list: &List) -> bool {
    let parts: Vec<Decimal> =
        list.terms.iter().map(|(at, _)| number(axis, *at)).filter(|n| !n.is_zero()).collect();
    let (Some(least), Some(most)) = (parts.iter().min(), parts.iter().max()) else { return false };
    let stated = number(axis, list.target);
    parts.len() >= known.mean.value as usize
        && *least > Decimal::ZERO
        && *most <= *least * Decimal::from(known.spread.value)
        && (*least..=*most).contains(&stated)
}

/// Whether a sum ties in more digits than anybody writes.
fn is_beyond_print(outcome: &Outcome) -> bool {
    let (Some(stated), Some(off)) = (outcome.stated, outcome.difference) else { return false };
    off.abs() <= stated.abs() * Decimal::new(1, 9)
}

/// Whether what is stated is the product or the quotient of two of its parts: orders × cost per order, value ÷ shares.
fn is_product(known: &Beliefs, axis: &dyn Axis, list: &List) -> bool {
    const MOST: usize = 6;
    let parts: Vec<Decimal> =
        list.terms.iter().map(|(at, _)| number(axis, *at)).filter(|n| !n.is_zero()).collect();
    let stated = number(axis, list.target);
    let half = axis.at(list.target).half();
    let chance = belief::choice(parts.len() * parts.len().saturating_sub(1) / 2);
    let is_it = |result: Option<Decimal>| {
        result.is_some_and(|result| (result - stated).abs() <= half)
            && belief::bits(known, stated, half, grain(half)) >= known.numbers.value + chance
    };
    let unit = |factor: Decimal| factor.abs() == Decimal::ONE;
    (2..=MOST).contains(&parts.len())
        && parts.iter().enumerate().any(|(at, one)| {
            let others = parts[at + 1..].iter().filter(|other| !unit(*one) && !unit(**other));
            others.into_iter().any(|other| {
                is_it(one.checked_mul(*other))
                    || is_it(one.checked_div(*other))
                    || is_it(other.checked_div(*one))
            })
        })
}

/// Whether what is stated lies between the least and the largest of enough parts of one sign.
fn lies_among(known: &Beliefs, axis: &dyn Axis, list: &List) -> bool {
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

fn lines_above(table: &Table, axis: &dyn Axis, line: usize) -> Vec<usize> {
    (0..line)
        .rev()
        .take_while(|at| !is_total(&table.lines[*at]))
        .filter(|at| table.lines[*at].role.is_data() && is_stated(axis, *at))
        .collect()
}

/// Whether a line lies, in every column of a list, among the figures above it: their mean, middle or greatest.
fn is_statistic(view: &View<'_>, list: &List, line: usize) -> bool {
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
fn extends_digits(outcome: &Outcome) -> bool {
    let (Some(part), Some(whole)) = (outcome.stated, outcome.computed) else { return false };
    let whole = whole.normalize();
    let (part, whole) = (part.normalize().to_string(), whole.to_string());
    whole.len() >= 3
        && part.len() >= whole.len() + 2
        && part.starts_with(&whole)
        && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a sum ties in digits that are stored and that nobody typed: it was computed, as it stands.
fn ties_as_stored(outcome: &Outcome) -> bool {
    const TYPED: u32 = 5;
    const SHARE: i64 = 1_000_000_000;
    let (Some(stated), Some(difference)) = (outcome.stated, outcome.difference) else {
        return false;
    };
    stated.normalize().scale() > TYPED && difference.abs() * Decimal::from(SHARE) <= stated.abs()
}

/// What a family was found to hold elsewhere.
fn numbers(relation: &Relation) -> Witness {
    let (holds, tried) = relation.support;
    Witness::Numbers { holds, fails: tried.saturating_sub(holds) }
}

/// One unit of the last printed digit.
fn grain(half: Decimal) -> Decimal {
    if half.is_zero() { Decimal::new(1, 2) } else { half + half }
}

/// Bits that a tie proves.
fn proof(known: &Beliefs, axis: &dyn Axis, target: usize, parts: &[(usize, i32)]) -> u32 {
    let stated = axis.at(target);
    let slack = parts.iter().map(|(at, _)| axis.at(*at).half()).sum::<Decimal>() + stated.half();
    belief::bits(known, number(axis, target), slack, grain(stated.half()))
}

/// Whether a sum ties to the last digit.
fn is_exact(axis: &dyn Axis, target: usize, parts: &[(usize, i32)]) -> bool {
    let sum: Decimal =
        parts.iter().map(|(at, coefficient)| number(axis, *at) * Decimal::from(*coefficient)).sum();
    sum == number(axis, target)
}

fn is_stated(axis: &dyn Axis, at: usize) -> bool {
    !number(axis, at).is_zero()
}

/// The fields whose figures may add up over lines.
fn additive(table: &Table) -> impl Iterator<Item = usize> + '_ {
    table
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| {
            matches!(field.role, FieldRole::Amount | FieldRole::Quantity)
                && !field.says.not_additive
        })
        .map(|(at, _)| at)
}

/// A target and its parts, as positions in the table.
struct List {
    target: usize,
    terms: Vec<(usize, i32)>,
}

impl List {
    fn of_lines(table: &Table, target: u32, terms: &[(u32, i32)]) -> Option<Self> {
        Some(Self {
            target: table.line_index(target)?,
            terms: terms
                .iter()
                .map(|(row, coefficient)| Some((table.line_index(*row)?, *coefficient)))
                .collect::<Option<_>>()?,
        })
    }

    fn of_fields(table: &Table, target: u32, terms: &[(u32, i32)]) -> Option<Self> {
        let at = |column: u32| table.fields.iter().position(|field| field.column == column);
        Some(Self {
            target: at(target)?,
            terms: terms
                .iter()
                .map(|(column, coefficient)| Some((at(*column)?, *coefficient)))
                .collect::<Option<_>>()?,
        })
    }

    /// The parts that state anything but zero.
    fn present(&self, axis: &dyn Axis) -> BTreeSet<usize> {
        self.terms.iter().map(|(at, _)| *at).filter(|at| is_stated(axis, *at)).collect()
    }
}

fn is_total(line: &Line) -> bool {
    matches!(line.role, LineRole::Total | LineRole::Subtotal)
}

/// The lines that a total can speak of: since the last total, up to the next.
fn scopes(lines: &[Line], at: usize) -> [std::ops::Range<usize>; 2] {
    let stops = |line: &Line| is_total(line) || line.role == LineRole::Section;
    let start = lines[..at].iter().rposition(stops).map_or(0, |stop| stop + 1);
    let end = lines[at + 1..].iter().position(stops).map_or(lines.len(), |stop| at + 1 + stop);
    [start..at, at + 1..end]
}

/// Whether the list is all of the section that its total closes by name.
fn closes_section(view: &View<'_>, list: &List) -> bool {
    let parts: Vec<usize> = list.terms.iter().map(|(at, _)| *at).collect();
    list.terms.iter().all(|(_, coefficient)| *coefficient == 1)
        && view.closes_section(list.target, &parts)
}

/// Whether the list leaves no line on its total's side that is no part of it and stands under none, in a table whose totals
/// all stand on one side.
fn is_sole(table: &Table, list: &List) -> bool {
    let lines = &table.lines;
    if !is_total(&lines[list.target]) || list.terms.iter().any(|(_, c)| *c != 1) {
        return false;
    }
    let data = |at: &usize| lines[*at].role.is_data();
    let (first, last) = ((0..lines.len()).find(data), (0..lines.len()).rfind(data));
    let at_top = first.is_some_and(|first| is_total(&lines[first]));
    let at_bottom = last.is_some_and(|last| is_total(&lines[last]));
    let [above, below] = scopes(lines, list.target);
    let scope = match (at_top, at_bottom) {
        (false, true) => above,
        (true, false) => below,
        _ => return false,
    };
    let parts: BTreeSet<usize> = list.terms.iter().map(|(at, _)| *at).collect();
    let form = |at: usize| {
        let line = &lines[at];
        (line.numbering, line.indent, line.code.as_ref().map(String::len))
    };
    let Some(like) = parts.first().map(|at| form(*at)) else { return false };
    // Under the part before it: deeper by one mark at least, and outer by none.
    let under = |at: usize| {
        let (own, outer) =
            (&lines[at], &lines[parts.range(..at).next_back().copied().unwrap_or(at)]);
        let numbering = match (outer.numbering, own.numbering) {
            (Some(outer), Some(own)) => own.cmp(&outer),
            (Some(_), None) => std::cmp::Ordering::Greater,
            (None, Some(_)) => std::cmp::Ordering::Less,
            (None, None) => std::cmp::Ordering::Equal,
        };
        let code = match (&outer.code, &own.code) {
            (Some(outer), Some(own)) => own.len().cmp(&outer.len()),
            _ => std::cmp::Ordering::Equal,
        };
        let marks = [numbering, own.indent.cmp(&outer.indent), code];
        own.role == LineRole::OfWhich
            || marks.contains(&std::cmp::Ordering::Greater)
                && !marks.contains(&std::cmp::Ordering::Less)
    };
    parts.len() >= 2
        && parts.iter().all(|at| scope.contains(at) && form(*at) == like)
        && scope.filter(data).all(|at| parts.contains(&at) || under(at))
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

/// The tables that stand beside one, in the same lines under the same header: blocks of one form.
fn beside(packet: &Packet, table: u32) -> impl Iterator<Item = u32> {
    let own = &packet.tables[table as usize];
    let is_beside = move |other: &&Table| {
        other.id != own.id
            && (other.file, other.sheet, other.header) == (own.file, own.sheet, own.header)
            && own.header.is_some()
    };
    // Tables of a sheet have ids that follow one another.
    let (before, after) = packet.tables.split_at(table as usize);
    let of_sheet = |other: &&Table| (other.file, other.sheet) == (own.file, own.sheet);
    let before = before.iter().rev().take_while(of_sheet);
    before.chain(after.iter().take_while(of_sheet)).filter(is_beside).map(|other| other.id)
}

/// The lines without those that 其中 lists, where the claim counts none of these.
fn in_one_list(lines: &[Line], list: &List, found: Vec<usize>) -> Vec<usize> {
    let counted = list.terms.iter().any(|(at, _)| lines[*at].role == LineRole::OfWhich);
    found.into_iter().filter(|at| counted || lines[*at].role != LineRole::OfWhich).collect()
}

/// What indents alone say stands under a line, or outermost beside a total.
fn by_indents(lines: &[Line], list: &List) -> Option<Set> {
    let own = lines[list.target].indent;
    if is_total(&lines[list.target]) {
        return outermost(lines, list, |line| Some(line.indent));
    }
    let under: Vec<usize> = (list.target + 1..lines.len())
        .filter(|at| lines[*at].role.is_data())
        .take_while(|at| lines[*at].indent > own && !is_total(&lines[*at]))
        .collect();
    let under = in_one_list(lines, list, under);
    let least = under.iter().map(|at| lines[*at].indent).min()?;
    // 其中：甲 over 乙, which stands where 甲 does: whether it is beside or under it, indents do not say.
    if let [first, rest @ ..] = under.as_slice()
        && lines[*first].role == LineRole::OfWhich
        && !rest.is_empty()
        && rest.iter().all(|at| lines[*at].indent > lines[*first].indent)
    {
        return None;
    }
    // The first one says how deep the parts stand.
    (lines[*under.first()?].indent == least)
        .then(|| under.into_iter().filter(|at| lines[*at].indent == least).collect())
}

/// What numbering alone says.
fn by_numbering(lines: &[Line], list: &List) -> Option<Set> {
    if is_total(&lines[list.target]) {
        return outermost(lines, list, |line| line.numbering);
    }
    let own = lines[list.target].numbering?;
    let under: Vec<usize> = (list.target + 1..lines.len())
        .filter(|at| lines[*at].role.is_data())
        .take_while(|at| {
            !is_total(&lines[*at]) && lines[*at].numbering.is_none_or(|other| other > own)
        })
        .collect();
    let under = in_one_list(lines, list, under);
    let least = under.iter().filter_map(|at| lines[*at].numbering).min();
    let set: Set = under.into_iter().filter(|at| lines[*at].numbering == least).collect();
    (!set.is_empty()).then_some(set)
}

/// The lines of a total's side that bear the outermost mark, where marks differ.
fn outermost<T: Ord>(
    lines: &[Line],
    list: &List,
    mark: impl Fn(&Line) -> Option<T>,
) -> Option<Set> {
    let (first, last) = (list.terms.first()?.0, list.terms.last()?.0);
    let [above, below] = scopes(lines, list.target);
    let scope = if last < list.target {
        first.min(above.start)..above.end
    } else {
        below.start..below.end.max(last + 1)
    };
    let items: Vec<usize> = scope.filter(|at| lines[*at].role.is_data()).collect();
    let items = in_one_list(lines, list, items);
    let least = items.iter().filter_map(|at| mark(&lines[*at])).min()?;
    let most = items.iter().filter_map(|at| mark(&lines[*at])).max()?;
    let bare = items.iter().any(|at| mark(&lines[*at]).is_none());
    (least < most || bare).then(|| {
        items.into_iter().filter(|at| mark(&lines[*at]).as_ref() == Some(&least)).collect()
    })
}

/// What codes alone say.
fn by_codes(lines: &[Line], list: &List) -> Option<Set> {
    let own = lines[list.target].code.as_deref();
    if own.is_none() && !is_total(&lines[list.target]) {
        return None;
    }
    let own = own.unwrap_or_default();
    let coded: Vec<(usize, &str)> = lines
        .iter()
        .enumerate()
        .filter(|(at, line)| *at != list.target && line.role.is_data())
        .filter_map(|(at, line)| Some((at, line.code.as_deref()?)))
        .filter(|(_, code)| code.len() > own.len() && code.starts_with(own))
        .collect();
    if coded.len() > 2_000 {
        return None;
    }
    let codes: HashSet<&str> = coded.iter().map(|(_, code)| *code).collect();
    let nested = |code: &str| {
        (own.len() + 1..code.len())
            .any(|end| code.get(..end).is_some_and(|head| codes.contains(head)))
    };
    let set: Set = coded.iter().filter(|(_, code)| !nested(code)).map(|(at, _)| *at).collect();
    (!set.is_empty()).then_some(set)
}

/// Lines that bear one mark, in the reaches that a line may add up.
fn level_sets(lines: &[Line], target: usize) -> Vec<Set> {
    let [above, below] = scopes(lines, target);
    let reaches = [above, below, 0..target, target + 1..lines.len()];
    let mut sets: BTreeSet<Set> = BTreeSet::new();
    for reach in reaches {
        let data: Vec<usize> = reach.filter(|at| lines[*at].role.is_data()).collect();
        let mut by_mark: HashMap<(u8, u32), Set> = HashMap::new();
        for at in data {
            let line = &lines[at];
            let code = line.code.as_ref().map_or(0, |code| code.len() as u32);
            let marks = [
                (0, line.numbering.map_or(0, |numbering| numbering as u32 + 1)),
                (1, line.indent),
                (2, code),
                (3, u32::from(is_total(line))),
                (4, u32::from(line.level)),
                (5, u32::from(line.bold)),
                (6, 0),
            ];
            for mark in marks {
                by_mark.entry(mark).or_default().push(at);
            }
        }
        sets.extend(by_mark.into_values().filter(|set| set.len() >= 2));
    }
    sets.into_iter().collect()
}
