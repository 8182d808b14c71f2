//! Weighs checks that do not hold: who speaks for the claim, who against.
//!
//! Whoever proposed a claim, the same witnesses are asked about its exact cells, each by itself: words, indents, numbering,
//! codes, the same cells along other columns or lines, other lists of the table, formulas, declarations. Against it stand
//! readings that tie where the claim does not.

mod amounts;
mod axes;
mod blanks;
mod carried;
mod fields;
mod lines;
mod marks;
mod quotients;
mod rivals;

use std::cell::{Cell as Counter, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::above::Above;
use super::belief;
use super::own::OwnFormulas;
use super::slip;
use super::view::{Trial, View};
use crate::lexicon::{Beliefs, Rulebook, Words};
use crate::model::{
    Claim, Objection, Operand, Operation, Origin, Outcome, Packet, Place, Relation, Shape, Table,
    Verdict, Witness, evaluate, words,
};
use crate::number::Decimal;
use amounts::extends_digits;
use axes::{Axis, List, Row, is_total, number, proof, tries};

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
    /// The sums along lines of all tables, by the first cell of each row that they count.
    listed: OnceCell<HashMap<Place, Vec<u32>>>,
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

/// A sum along lines, as it is checked in one column.
struct SumDown<'a> {
    packet: &'a Packet,
    relation: &'a Relation,
    ordinal: usize,
    /// The row of the total.
    target: u32,
    /// The rows of the parts, with their signs.
    terms: &'a [(u32, i32)],
}

impl SumDown<'_> {
    fn outcome(&self) -> Outcome {
        evaluate(self.packet, self.relation, self.ordinal)
    }
}

/// In how many columns or lines a sum ties, in how many it does not, and the bits that this proves.
#[derive(Clone, Copy)]
struct Elsewhere {
    holds: u32,
    fails: u32,
    bits: u32,
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
            listed: OnceCell::new(),
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
                } else {
                    claim.against.extend(self.change_in_points(outcome));
                }
                self.own_formula(relation, outcome, false, &mut claim);
                belief::rule(self.beliefs, &mut claim);
            }
            (Shape::Fields { .. }, Operation::Product) => {
                if let Some(objection) = self.spans_lines(outcome) {
                    claim.doubt = Some(objection.text());
                    claim.against.push(objection);
                }
            }
            _ => {}
        }
        claim
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

    /// Whether what only the numbers say is broken in more places than slips would be, by those besides the one that is
    /// weighed (one of these may be a rate), and not by a slip of the pen in this one.
    fn is_often_broken(&self, outcome: &Outcome, holds: u32, fails: u32) -> bool {
        fails > 1 && (fails + 1) * self.beliefs.mined.value > holds && !self.is_off_by_slip(outcome)
    }

    /// Whether what a sum is off by is what one wrong digit or two swapped neighbours make, or a turned sign or a point moved in
    /// one of its figures.
    fn is_off_by_slip(&self, outcome: &Outcome) -> bool {
        let Some(off) = outcome.difference else { return false };
        let digits = off.normalize().mantissa().unsigned_abs();
        let is_digit = |digits: u128| (1..=9).contains(&digits);
        let times = [Decimal::TWO, Decimal::new(9, 1), Decimal::new(99, 2), 9.into(), 99.into()];
        is_digit(digits)
            || digits.is_multiple_of(9) && is_digit(digits / 9)
            || outcome.terms.iter().chain([&outcome.target]).any(|operand| {
                let value = self.packet.figure(operand.place, operand.table).number();
                value.is_some_and(|value| {
                    let moved = |times: &Decimal| value.checked_mul(*times);
                    times.iter().filter_map(moved).any(|moved| moved.abs() == off.abs())
                })
            })
    }

    /// Whether what a sum is off by is a digit that was left out of what is stated, or put too many into a part, or the point
    /// moved further.
    fn is_off_by_digit(&self, outcome: &Outcome) -> bool {
        let (Some(stated), Some(computed)) = (outcome.stated, outcome.computed) else {
            return false;
        };
        let left_out = |whole: Decimal, short: Decimal| slip::leaves_digit_out(whole, short);
        let moved = (1..=8).any(|places| {
            let off = stated.checked_mul(Decimal::from(10_u64.pow(places)));
            off.is_some_and(|off| off.trunc() == computed.trunc())
        });
        // Stored amounts have more digits than they print: a point moved, or a sign turned, in one of them ties nearly.
        let off = computed - stated;
        let slack = outcome.tolerance.unwrap_or_default().max(off.abs() * Decimal::new(1, 9));
        let nearly = |value: Decimal| {
            let times =
                [Decimal::TWO, Decimal::new(9, 1), Decimal::new(99, 2), 9.into(), 99.into()];
            times
                .iter()
                .filter_map(|times| value.checked_mul(*times))
                .any(|moved| (moved.abs() - off.abs()).abs() <= slack)
        };
        let is_moved = |operand: &Operand| {
            self.packet.figure(operand.place, operand.table).number().is_some_and(nearly)
        };
        moved
            || outcome.terms.iter().chain([&outcome.target]).any(is_moved)
            || left_out(computed, stated)
            || outcome.terms.iter().any(|term| {
                let value = self.packet.figure(term.place, term.table).number();
                value.is_some_and(|value| left_out(value, value - (computed - stated)))
            })
    }

    /// Where the target of a check stands in its table.
    fn position(&self, outcome: &Outcome) -> Option<(&View<'a>, usize, usize)> {
        let view = self.views.get(&outcome.target.table?)?;
        let cell = outcome.target.place.cell;
        let field = view.table.fields.iter().position(|field| field.column == cell.column)?;
        Some((view, view.table.line_index(cell.row)?, field))
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
        let place = outcome.target.place.at(next.row, outcome.target.place.cell.column);
        let figure = self.packet.figure(place, Some(table.id));
        let off = part.checked_add(figure.number()?)?.checked_sub(whole)?;
        (off.abs() <= outcome.tolerance? + figure.half_unit())
            .then(|| Objection::Rival { parts: vec![outcome.target.place, place] })
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

    /// The sums along the lines of a table that are checked in one column.
    fn sums_down(&self, table: &Table, column: usize) -> impl Iterator<Item = SumDown<'a>> {
        let column = table.fields[column].column;
        self.lines.get(&table.id).into_iter().flatten().filter_map(move |index| {
            let relation = &self.relations[*index as usize];
            let Shape::Lines { target, terms, columns, .. } = &relation.shape else { return None };
            let ordinal = columns.iter().position(|own| *own == column)?;
            let (packet, target) = (self.packet, *target);
            (relation.operation == Operation::Sum).then_some(SumDown {
                packet,
                relation,
                ordinal,
                target,
                terms,
            })
        })
    }

    fn may_look(&self, count: usize) -> bool {
        let left = self.looks.get();
        self.looks.set(left.saturating_sub(count));
        left > 0
    }
}

/// What was spent and what is left over come to the adjusted budget, too: a tie of other cells shows an identity's target
/// right, and is no other reading of it.
fn confirmed(claim: &mut Claim, outcome: &Outcome) {
    let is_term = |place: &Place| outcome.terms.iter().any(|term| term.place == *place);
    claim.against.retain(|objection| match objection {
        Objection::Rival { parts } => parts.iter().any(is_term),
        _ => true,
    });
}

/// Stages of a budget that come to each other by definition.
fn is_identity(relation: &Relation) -> bool {
    matches!(relation.rule.as_str(), "A01" | "A03" | "A05")
        && relation.evidence.contains(Origin::Kind)
}

/// What a family was found to hold elsewhere.
fn numbers(relation: &Relation) -> Witness {
    let (holds, tried) = relation.support;
    Witness::Numbers { holds, fails: tried.saturating_sub(holds) }
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
