//! Explanations of failing checks: a named cell, a concrete value, and what it does to every check around it.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::CAUSES;
use super::cause::{Gap, Stated, Weight, significant, traits};
use super::likelihood::Likelihood;
use super::network::{Effect, Known, Network};
use crate::model::{
    CellRef, Change, DiagnosisKind, Field, Figure, LineRole, Operand, Operation, Origin, Place,
    Shape, Stage, TrustLevel, Value,
};
use crate::number::{Decimal, round_half_away};

/// Below this no one need believe it; it is no rival either.
pub(super) const IMPLAUSIBLE: Weight = -100;

/// A value that ties only within the printed digits is a little less likely meant.
const ROUNDING: Weight = -6;

/// A figure typed where the cells above and below are calculated.
const TYPED: Weight = 40;

/// A blank cell filled with what a check that nobody could verify asks for.
const CONFIRMED: Weight = 15;

/// A blank cell filled against such a check.
const DENIED: Weight = 25;

/// Terms of one check that are all tried; of longer sums only known slips and cells that fail elsewhere too.
pub(super) const SHORT: usize = 64;

/// Terms looked at in all; past this only targets are tried.
pub(super) const BUDGET: usize = 400_000;

/// Lines of a column looked at for figures below zero.
const SCANNED: usize = 300;

/// Changes that may be tried on the network.
const TRIALS: usize = 200_000;

/// One explanation.
#[derive(Clone, Debug)]
pub(super) struct Explanation {
    /// What would have to change.
    pub(super) changes: Vec<Change>,
    /// The pattern.
    pub(super) kind: DiagnosisKind,
    /// How likely, in tenths of a power of ten.
    pub(super) weight: Weight,
    /// How much of it the figures around gave.
    pub(super) shift: Weight,
    /// The same before the checks around had their say.
    own: Weight,
    /// Parts that the pattern names.
    pub(super) parts: Vec<Place>,
    /// What the change does.
    pub(super) effect: Effect,
}

impl Explanation {
    /// The cells, for telling explanations apart.
    pub(super) fn cells(&self) -> Vec<Place> {
        self.changes.iter().map(|change| change.place).collect()
    }

    /// Whether it mends something, breaks nothing and can be believed at all.
    pub(super) fn stands(&self) -> bool {
        self.effect.breaks == 0 && !self.effect.repairs.is_empty() && self.weight > IMPLAUSIBLE
    }
}

/// A change to the last digit: its cell, the digits and their scale.
type Written = (Place, i128, u32);

fn written(change: &Change) -> Written {
    (change.place, change.value.mantissa(), change.value.scale())
}

/// Cells with their amounts.
type Amounts = Vec<(Place, Decimal)>;

/// What was meant by a stated value, by any cause.
type Meanings = Rc<[(Decimal, DiagnosisKind, Weight)]>;

pub(super) struct Search<'n, 'a> {
    pub(super) network: &'n Network<'a>,
    meanings: RefCell<HashMap<Place, Meanings>>,
    /// How many figures of a table's column are below zero.
    negatives: RefCell<HashMap<(u32, u32), usize>>,
    pub(super) found: Vec<Explanation>,
    seen: HashMap<(Vec<Place>, Vec<Decimal>), usize>,
    /// What changes do that mend nothing they were tried for: a total of many shares is asked about by each of them.
    idle: HashMap<Vec<Written>, Effect>,
    pub(super) looked: usize,
    tried: usize,
    likelihood: Likelihood<'n, 'a>,
    /// Failing checks that were left alone, since there are too many.
    unsolved: BTreeSet<usize>,
}

/// What was found.
pub(super) struct Explained {
    /// Every explanation of every failing check, in no order.
    pub(super) explanations: Vec<Explanation>,
    /// Failing checks that were left alone, since there are too many.
    pub(super) unsolved: BTreeSet<usize>,
}

/// Explains every failing check.
pub(super) fn explanations(network: &Network<'_>) -> Explained {
    let mut search = Search {
        network,
        meanings: RefCell::default(),
        negatives: RefCell::default(),
        found: Vec::new(),
        seen: HashMap::new(),
        idle: HashMap::new(),
        looked: 0,
        tried: 0,
        likelihood: Likelihood::new(network),
        unsolved: BTreeSet::new(),
    };
    for at in 0..network.failing.len() {
        search.single(at);
    }
    search.joint();
    Explained { explanations: search.found, unsolved: search.unsolved }
}

impl Search<'_, '_> {
    /// One cell of one failing check.
    fn single(&mut self, at: usize) {
        let known = self.network.failed(at);
        let relation = &self.network.relations[self.network.failing[at].0 as usize];
        let target = known.outcome.target;
        if relation.operation != Operation::AtMost
            && let Some(computed) = known.outcome.computed
        {
            let figure = self.figure(&target);
            let gap = known.is_sum().then(|| self.gap(at, &known));
            let value = match &gap {
                Some(gap) if gap.hidden => computed,
                _ => fit(computed, self.decimals(&target, &figure)),
            };
            let best = self.judge(&target, &figure, value, gap.as_ref());
            self.keep(vec![Change { place: target.place, value }], best, Some(at));
        }
        match relation.operation {
            Operation::Sum | Operation::Equal | Operation::Average => self.sum_terms(at, &known),
            Operation::Product => {
                for term in &known.outcome.terms {
                    if let Some(value) = self.factor(&known, term) {
                        let figure = self.figure(term);
                        let best = self.judge(term, &figure, value, None);
                        self.keep(vec![Change { place: term.place, value }], best, Some(at));
                    }
                }
                self.meant_terms(at, &known);
            }
            Operation::Ratio | Operation::RelativeChange => self.meant_terms(at, &known),
            Operation::AtMost => {
                self.meant_terms(at, &known);
                self.meant(at, &target);
            }
        }
    }

    fn sum_terms(&mut self, at: usize, known: &Known) {
        let terms = &known.outcome.terms;
        self.looked += terms.len();
        if self.looked > BUDGET {
            self.unsolved.insert(at);
            return;
        }
        let Some(difference) = known.outcome.difference else { return };
        let long = terms.len() > SHORT;
        let tolerance = known.outcome.tolerance.unwrap_or_default();
        for term in terms {
            let weight = known.weight(term.place);
            let figure = self.figure(term);
            let Some(step) = difference.checked_div(weight) else { continue };
            let Some(exact) = figure.number().unwrap_or_default().checked_add(step) else {
                continue;
            };
            let decimals = self.decimals(term, &figure);
            let value = fit(exact, decimals);
            let best = self.judge(term, &figure, value, None);
            let named = best.1 != DiagnosisKind::Unexplained;
            if (value == exact || !tolerance.is_zero())
                && (named || !long || self.network.failures_near(term.place) > 1)
            {
                self.keep(vec![Change { place: term.place, value }], best, Some(at));
            }
            // A blank total among the parts is also asked for by its own parts.
            if figure.is_missing() && !long {
                for check in self.network.near(term.place).iter() {
                    let own = self.network.known(*check);
                    if own.outcome.target.place == term.place
                        && let Some(computed) = own.outcome.computed
                    {
                        let value = fit(computed, decimals);
                        let best = self.judge(term, &figure, value, None);
                        self.keep(vec![Change { place: term.place, value }], best, Some(at));
                    }
                }
            }
            // Where printed digits leave slack, the value meant need not make the sum tie to the last of them.
            if !named && !tolerance.is_zero() && !long {
                let slack = tolerance / weight.abs();
                for (meant, kind, weight) in self.meanings(term, &figure).iter() {
                    if (*meant - exact).abs() <= slack {
                        let change = Change { place: term.place, value: *meant };
                        self.keep(vec![change], (*weight, *kind, vec![]), Some(at));
                    }
                }
            }
        }
    }

    /// The value of a factor that makes a product right, where it ends within the printed digits.
    fn factor(&self, known: &Known, term: &Operand) -> Option<Decimal> {
        let figure = self.figure(term);
        let (stated, computed) = (known.outcome.stated?, known.outcome.computed?);
        let others = computed.checked_div(figure.number()?)?;
        let value = stated.checked_div(others)?.normalize();
        (value.scale() <= self.decimals(term, &figure)).then_some(value)
    }

    fn meant_terms(&mut self, at: usize, known: &Known) {
        for term in known.outcome.terms.iter().take(SHORT) {
            self.meant(at, term);
        }
    }

    /// Values that may have been meant by a cell of a quotient, where no sum holds the cell in place.
    fn meant(&mut self, at: usize, operand: &Operand) {
        if self.network.is_held(operand.place) {
            return;
        }
        let figure = self.figure(operand);
        let signed = figure.number().is_some_and(|value| value < Decimal::ZERO)
            || self.has_negatives(operand);
        let relation = &self.network.relations[self.network.failing[at].0 as usize];
        // Anything smaller keeps a limit, so that only slips of size say something about one.
        let limit = relation.operation == Operation::AtMost;
        for (value, kind, weight) in self.meanings(operand, &figure).iter() {
            let size = traits(*kind).of_size;
            if *value < Decimal::ZERO && !signed || limit && !size {
                continue;
            }
            let changes = vec![Change { place: operand.place, value: *value }];
            self.keep(changes, (*weight, *kind, vec![]), Some(at));
        }
    }

    /// Tries changes on the network and keeps them when they mend something (and the check they were made for).
    pub(super) fn keep(
        &mut self,
        changes: Vec<Change>,
        (weight, kind, parts): (Weight, DiagnosisKind, Vec<Place>),
        of: Option<usize>,
    ) {
        let mut sorted = changes.clone();
        sorted.sort_by_key(|change| change.place);
        let key = (
            sorted.iter().map(|change| change.place).collect(),
            sorted.iter().map(|change| change.value.normalize()).collect(),
        );
        if let Some(&at) = self.seen.get(&key) {
            let known = &mut self.found[at];
            if weight > known.own {
                known.weight += weight - known.own;
                (known.own, known.kind, known.parts) = (weight, kind, parts);
            }
            return;
        }
        self.tried += 1;
        if self.tried > TRIALS {
            self.unsolved.extend(of);
            return;
        }
        let trust = &self.network.packet.trust;
        let trusts = || changes.iter().map(|change| trust.level(self.network.packet, change.place));
        if trusts().any(|level| level == Some(TrustLevel::Locked)) {
            return;
        }
        let trusted: Weight = trusts().map(trusted).sum();
        let exact: Vec<Written> = changes.iter().map(written).collect();
        let effect = self.idle.remove(&exact).unwrap_or_else(|| self.network.effect(&changes));
        if effect.repairs.is_empty() || of.is_some_and(|at| !effect.repairs.contains(&at)) {
            self.idle.insert(exact, effect);
            return;
        }
        let own = weight;
        let shift = match (changes.as_slice(), kind) {
            ([change], kind) if !traits(kind).idle => self.likelihood.shift(change, of),
            _ => 0,
        };
        let weight = weight
            + trusted
            + shift
            + ROUNDING * times(effect.roundings)
            + CONFIRMED * times(effect.confirms)
            - DENIED * times(effect.denies);
        self.seen.insert(key, self.found.len());
        self.found.push(Explanation { changes, kind, weight, shift, own, parts, effect });
    }

    /// The likeliest cause by which a cell came to say what it says instead of `needed`.
    pub(super) fn judge(
        &self,
        operand: &Operand,
        figure: &Figure,
        needed: Decimal,
        gap: Option<&Gap>,
    ) -> (Weight, DiagnosisKind, Vec<Place>) {
        let stated = Stated { value: figure.number(), decimals: self.decimals(operand, figure) };
        // A zero tells no more of what was meant than a blank does.
        let told = stated.value.filter(|value| !value.is_zero());
        let digits = significant(told.unwrap_or(needed)).min(6);
        let mut best = (-30 - 10 * digits, DiagnosisKind::Unexplained, Vec::new());
        if stated.value == Some(needed) {
            return (IMPLAUSIBLE, DiagnosisKind::Unexplained, Vec::new());
        }
        let mut offer = |weight: Weight, kind, parts: Vec<Place>| {
            if weight > best.0 {
                best = (weight, kind, parts);
            }
        };
        if !self.is_formula(operand.place) {
            if stated.value.is_some_and(|value| resembles(value, needed)) {
                for (value, kind, weight) in self.meanings(operand, figure).iter() {
                    if *value == needed {
                        offer(*weight, *kind, Vec::new());
                    }
                }
            }
            for cause in CAUSES {
                if let Some(weight) = cause.explains.and_then(|judge| judge(&stated, needed)) {
                    offer(weight, cause.kind, Vec::new());
                }
            }
        }
        for (cause, gap) in CAUSES.iter().zip(std::iter::repeat(gap)) {
            let judged = cause.gap.zip(gap).and_then(|(judge, gap)| judge(gap));
            if let Some((weight, parts)) = judged {
                offer(weight, cause.kind, parts);
            }
        }
        if self.is_typed_among_formulas(operand.place) {
            best.0 += TYPED;
        }
        // Money below zero among money above is no repair but another error.
        let below = |value: Decimal| value.is_sign_negative() && !value.is_zero();
        if below(needed) && !stated.value.is_some_and(below) && !self.has_negatives(operand) {
            best.0 = IMPLAUSIBLE;
        }
        if stated.value.is_some_and(below) && !below(needed) {
            best.0 += traits(best.1).from_below_zero;
        }
        best
    }

    fn meanings(&self, operand: &Operand, figure: &Figure) -> Meanings {
        if let Some(meanings) = self.meanings.borrow().get(&operand.place) {
            return Rc::clone(meanings);
        }
        let stated = Stated { value: figure.number(), decimals: self.decimals(operand, figure) };
        let mut all = Vec::new();
        let mut own = Vec::new();
        for cause in CAUSES {
            if let Some(meant) = cause.meant {
                meant(&stated, &mut own);
                all.extend(
                    own.drain(..).map(|(value, weight)| (value.normalize(), cause.kind, weight)),
                );
            }
        }
        all.retain(|(value, ..)| Some(*value) != stated.value);
        let meanings: Meanings = all.into();
        self.meanings.borrow_mut().insert(operand.place, Rc::clone(&meanings));
        meanings
    }

    pub(super) fn figure(&self, operand: &Operand) -> Figure {
        self.network.packet.figure(operand.place, operand.table)
    }

    /// Decimals that a value in this cell may print: its own, or its column's where those are more, since a figure may
    /// end in zeros that nobody wrote.
    pub(super) fn decimals(&self, operand: &Operand, figure: &Figure) -> u32 {
        let own = figure.decimals.max(0).cast_unsigned();
        let field = operand.table.and_then(|table| {
            let table = &self.network.packet.tables[table as usize];
            table.field_at(operand.place.cell.column).map(|field| field.decimals)
        });
        own.max(field.unwrap_or(if figure.number().is_some() { 0 } else { 2 }))
    }

    /// Whether a figure was typed where the cells above and below are calculated.
    fn is_typed_among_formulas(&self, place: Place) -> bool {
        let CellRef { row, column } = place.cell;
        let beside = |row: u32| self.is_formula(place.at(row, column));
        !self.is_formula(place) && row > 0 && beside(row - 1) && beside(row + 1)
    }

    fn is_formula(&self, place: Place) -> bool {
        let sheet = self.network.packet.sheet(place.file, place.sheet);
        sheet.is_some_and(|sheet| sheet.formula(place.cell).is_some())
    }

    fn is_text(&self, place: Place) -> bool {
        let sheet = self.network.packet.sheet(place.file, place.sheet);
        sheet.is_some_and(|sheet| matches!(sheet.value(place.cell), Value::Text(_)))
    }

    /// Whether another figure of the same column is below zero, or its header names a change, which may go either way.
    fn has_negatives(&self, operand: &Operand) -> bool {
        let packet = self.network.packet;
        let Some(id) = operand.table else { return true };
        let column = operand.place.cell.column;
        let field = packet.tables[id as usize].fields.iter().find(|field| field.column == column);
        if field.is_some_and(is_change) {
            return true;
        }
        let below = |row: u32| {
            let place = operand.place.at(row, column);
            packet.figure(place, operand.table).number().is_some_and(|value| value < Decimal::ZERO)
        };
        let lines = &packet.tables[id as usize].lines;
        let count =
            *self.negatives.borrow_mut().entry((id, column)).or_insert_with(|| {
                lines.iter().take(SCANNED).filter(|line| below(line.row)).count()
            });
        let row = operand.place.cell.row;
        let own = lines.iter().take(SCANNED).next_back().is_some_and(|last| row <= last.row);
        count > usize::from(own && below(row))
    }

    fn gap(&self, at: usize, known: &Known) -> Gap {
        let outcome = &known.outcome;
        let relation = &self.network.relations[self.network.failing[at].0 as usize];
        let mut parts = Vec::new();
        let mut rollups = Vec::new();
        let mut texts = Vec::new();
        for term in outcome.terms.iter().take(2000) {
            let Some(value) = self.network.stated(term).filter(|value| !value.is_zero()) else {
                continue;
            };
            let part = (term.place, value * known.weight(term.place));
            parts.push(part);
            if self.is_text(term.place) {
                texts.push(part);
            }
            let near = self.network.near(term.place);
            let is_rollup = near.iter().any(|check| {
                let other = &self.network.relations[check.0 as usize];
                other.operation == Operation::Sum
                    && match (&relation.shape, &other.shape) {
                        (Shape::Fields { .. }, Shape::Fields { target, .. }) => {
                            *target == term.place.cell.column
                        }
                        (Shape::Fields { .. }, Shape::Lines { .. })
                        | (Shape::Lines { .. }, Shape::Fields { .. }) => false,
                        (_, Shape::Lines { target, .. }) => *target == term.place.cell.row,
                        (_, Shape::Fields { target, .. }) => *target == term.place.cell.column,
                        (_, Shape::Cells { target, .. }) => target.place == term.place,
                    }
            });
            if is_rollup {
                rollups.push(term.place);
            }
        }
        let (of_which, outside) = self.beside(known);
        let printed = |operand: &Operand| {
            let figure = self.figure(operand);
            let decimals = figure.decimals.max(0).cast_unsigned();
            figure.number().map(|value| round_half_away(value, decimals))
        };
        let shown: Decimal = outcome
            .terms
            .iter()
            .filter_map(|term| Some(printed(term)? * known.weight(term.place)))
            .sum();
        let formula = self.is_formula(outcome.target.place);
        Gap {
            difference: outcome.difference.unwrap_or_default(),
            parts,
            rollups,
            of_which,
            outside,
            // Calculated again, it would pass over them again.
            stale: formula && texts.is_empty() && relation.evidence.contains(Origin::Formula),
            texts,
            formula,
            hidden: printed(&outcome.target) == Some(shown),
        }
    }

    /// 其中 lines and lines of carried-over money in the target's column that are no terms.
    fn beside(&self, known: &Known) -> (Amounts, Amounts) {
        const WORDS: [&str; 6] = ["结转", "结余", "上年", "年初", "年末", "以前年度"];
        let (mut of_which, mut outside) = (Vec::new(), Vec::new());
        let target = known.outcome.target;
        let Some(table) = target.table.map(|table| &self.network.packet.tables[table as usize])
        else {
            return (of_which, outside);
        };
        if known.outcome.terms.iter().any(|term| term.place.cell.column != target.place.cell.column)
        {
            return (of_which, outside);
        }
        for line in table.lines.iter().take(2000) {
            let carried = WORDS.iter().any(|word| line.label.contains(word));
            if line.row == target.place.cell.row || !(carried || line.role == LineRole::OfWhich) {
                continue;
            }
            let place = target.place.at(line.row, target.place.cell.column);
            let value = self.network.packet.figure(place, target.table).number();
            let Some(value) = value.filter(|value| !value.is_zero()) else { continue };
            if !known.weight(place).is_zero() {
                continue;
            }
            if line.role == LineRole::OfWhich {
                of_which.push((place, value));
            } else if line.role.is_data() {
                outside.push((place, value));
            }
        }
        (of_which, outside)
    }
}

/// Whether a column holds changes: 调整数, 增减额, 差额.
fn is_change(field: &Field) -> bool {
    const WORDS: [&str; 6] = ["调整数", "调整额", "增减", "变动", "差额", "差异"];
    field.stage == Some(Stage::Adjustment)
        && !["调增", "调减", "增加", "减少", "追加"].iter().any(|word| field.label.contains(word))
        || WORDS.iter().any(|word| field.label.contains(word))
}

/// What it weighs that a cell is trusted more, or less, than others.
fn trusted(level: Option<TrustLevel>) -> Weight {
    match level {
        Some(TrustLevel::Locked) => IMPLAUSIBLE,
        Some(TrustLevel::High) => -20,
        Some(TrustLevel::Low) => 10,
        None => 0,
    }
}

/// How often something weighs in: twice at most.
fn times(count: u32) -> Weight {
    count.min(2).cast_signed()
}

/// Whether one value may come of the other by a slip at all, told without trying the slips: cells of long columns are
/// judged by the hundred thousand.
fn resembles(stated: Decimal, needed: Decimal) -> bool {
    let (mut a, mut b) = (stated.normalize(), needed.normalize());
    if a.mantissa().unsigned_abs() == b.mantissa().unsigned_abs() {
        return true;
    }
    let scale = a.scale().max(b.scale());
    a.rescale(scale);
    b.rescale(scale);
    if a.scale() != b.scale() {
        return true;
    }
    let (a, b) = (a.mantissa().unsigned_abs(), b.mantissa().unsigned_abs());
    if a == b * 2 || b == a * 2 {
        return true;
    }
    // A digit of a run too many or too few.
    if a.checked_ilog10() != b.checked_ilog10() {
        let (long, short) = (a.max(b), a.min(b));
        return long / 20 < short.max(1);
    }
    let mut apart = a.abs_diff(b);
    while apart.is_multiple_of(10) {
        apart /= 10;
    }
    apart < 10 || apart <= 81 && apart.is_multiple_of(9) || apart <= 891 && apart.is_multiple_of(99)
}

/// A value as it can be printed with so many decimals.
pub(super) fn fit(value: Decimal, decimals: u32) -> Decimal {
    round_half_away(value, decimals).normalize()
}
