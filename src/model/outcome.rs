//! The result of one check, and the interval arithmetic that gives it.

use super::figure::{Figure, State};
use super::finding::Text;
use super::packet::Packet;
use super::place::Place;
use super::relation::{Operand, Operation, Relation};
use super::table::Field;
use crate::number::{Decimal, Interval, Unit};

/// What came of a check.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// 一致
    Holds,
    /// 尾差: within what the printed digits allow.
    Rounding,
    /// 不符
    Fails,
    /// 未能核对: a term is missing.
    Unverifiable,
    /// Its condition is not met.
    NotApplicable,
}

/// One check with its cells and its result. Numbers are in the target's unit; percentages are fractions.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The target.
    pub target: Operand,
    /// The terms, in the operation's order.
    pub terms: Vec<Operand>,
    /// The result.
    pub verdict: Verdict,
    /// What the target says.
    pub stated: Option<Decimal>,
    /// What the terms give.
    pub computed: Option<Decimal>,
    /// stated − computed.
    pub difference: Option<Decimal>,
    /// How far they may lie apart: the summed half-digits.
    pub tolerance: Option<Decimal>,
}

impl Outcome {
    /// Whether a sum is off by more than rounding so many figures will leave: by over three standard deviations, each figure
    /// being off by anything up to half a unit of its last digit. It is rounding still.
    pub fn is_large_rounding(&self, packet: &Packet) -> bool {
        let (Verdict::Rounding, Some(difference), Some(tolerance)) =
            (self.verdict, self.difference, self.tolerance)
        else {
            return false;
        };
        let is_rounded = |operand: &&Operand| {
            let figure = packet.figure(operand.place, operand.table);
            figure.number().is_some() && !figure.half_unit().is_zero()
        };
        let rounded = [self.target].iter().chain(&self.terms).filter(is_rounded).count();
        // Half a unit is tolerance ÷ count, and the variance of their sum count × (half a unit)² ÷ 3.
        let square = |value: Decimal| value.checked_mul(value);
        let large =
            square(difference).and_then(|square| square.checked_mul(Decimal::from(rounded)));
        let usual = square(tolerance).and_then(|square| square.checked_mul(Decimal::from(3)));
        large.zip(usual).is_some_and(|(large, usual)| large > usual)
    }
}

/// Evaluates check `ordinal` of a relation.
pub fn evaluate(packet: &Packet, relation: &Relation, ordinal: usize) -> Outcome {
    evaluate_with(packet, relation, ordinal, &|_| None)
}

/// Evaluates check `ordinal` of a relation as if some cells held other numbers (in the cells' own units, percentages as
/// fractions).
pub fn evaluate_with(
    packet: &Packet,
    relation: &Relation,
    ordinal: usize,
    changed: &dyn Fn(Place) -> Option<Decimal>,
) -> Outcome {
    let mut terms = Vec::new();
    let target = relation.operands(ordinal, |table| packet.place_of(table), &mut terms);
    let seen = |operand: &Operand| {
        let figure = packet.figure(operand.place, operand.table);
        match changed(operand.place) {
            Some(value) => figure.holding(value),
            None => figure,
        }
    };
    let figure = seen(&target);
    // A mean is printed with digits of its own, whatever it is the mean of.
    let figure =
        Figure { exact: figure.exact && relation.operation != Operation::Average, ..figure };
    let figures: Vec<Figure> = terms.iter().map(seen).collect();
    let mut outcome = Outcome {
        target,
        terms,
        verdict: Verdict::Unverifiable,
        stated: figure.number(),
        computed: None,
        difference: None,
        tolerance: None,
    };
    let unit = |operand: &Operand| packet.unit(operand.place, operand.table);
    let base = unit(&outcome.target);
    // How many of the target's units one of the term's units is.
    let factor = |operand: &Operand| -> Decimal {
        let own = unit(operand);
        match (own.and_then(Unit::yuan), base.and_then(Unit::yuan)) {
            _ if own == base => Decimal::ONE,
            (Some(own), Some(base)) => own / base,
            _ => Decimal::ONE,
        }
    };
    // Blanks come to nought where that is stated; of anything else they say nothing.
    let sums_to_nought =
        relation.operation == Operation::Sum && outcome.stated == Some(Decimal::ZERO);
    if figures.iter().any(Figure::is_unusable)
        || figures.iter().all(Figure::is_missing) && !sums_to_nought
    {
        return outcome;
    }
    // A part that is blank or a dash adds nothing to a sum; it is missing anywhere else.
    let interval = |at: usize| -> Option<Interval> {
        let value = if figures[at].is_missing() {
            Interval::point(Decimal::ZERO)
        } else {
            figures[at].interval()?
        };
        let factor = factor(&outcome.terms[at]);
        if factor == Decimal::ONE { Some(value) } else { value.scale(factor) }
    };
    let computed = match relation.operation {
        Operation::Sum | Operation::AtMost => sum(&outcome.terms, &figures, &factor),
        Operation::Average => {
            let count = figures.iter().filter(|figure| !figure.is_missing()).count();
            sum(&outcome.terms, &figures, &factor).and_then(|(value, interval)| {
                let count = Decimal::from(count as u64);
                let inverse = Interval::point(count);
                Some((value.checked_div(count)?, interval.divide(inverse)?))
            })
        }
        _ if figures.iter().any(Figure::is_missing) => None,
        Operation::Equal => {
            interval(0).zip(figures[0].number()).map(|(i, v)| (v * factor(&outcome.terms[0]), i))
        }
        Operation::Ratio if figures.len() == 2 => ratio(
            &figures,
            interval(0),
            interval(1),
            factor(&outcome.terms[0]),
            factor(&outcome.terms[1]),
        ),
        Operation::RelativeChange if figures.len() == 2 => {
            let (base, now) = (interval(0), interval(1));
            // (now − base) ÷ base = now ÷ base − 1
            now.zip(base).and_then(|(now, base)| {
                let value = exact_ratio(
                    &figures[1],
                    &figures[0],
                    factor(&outcome.terms[1]),
                    factor(&outcome.terms[0]),
                )?;
                let interval = now.divide(base)?;
                Some((
                    value - Decimal::ONE,
                    Interval {
                        low: interval.low - Decimal::ONE,
                        high: interval.high - Decimal::ONE,
                    },
                ))
            })
        }
        Operation::Product => product(packet, &outcome.terms, &figures, &factor),
        _ => None,
    };
    let times = outcome.terms[0].coefficient;
    let computed = match relation.operation {
        // A percentage printed without its sign is a hundred times the quotient.
        Operation::Ratio | Operation::RelativeChange if times != 1 => {
            let times = Decimal::from(times);
            computed.and_then(|(value, interval)| {
                Some((value.checked_mul(times)?, interval.scale(times)?))
            })
        }
        _ => computed,
    };
    let Some((computed, allowed)) = computed else { return outcome };
    outcome.computed = Some(computed);
    let (Some(stated), Some(own)) = (figure.number(), figure.interval()) else { return outcome };
    outcome.difference = stated.checked_sub(computed);
    let mut tolerance = figure.half_unit() + allowed.half_width();
    if relation.operation == Operation::AtMost {
        tolerance = tolerance.normalize();
    }
    outcome.tolerance = Some(tolerance);
    outcome.verdict = match relation.operation {
        Operation::AtMost if stated <= computed => Verdict::Holds,
        Operation::AtMost if own.low <= allowed.high => Verdict::Rounding,
        Operation::AtMost if relation.doubt(ordinal).is_some() => Verdict::Unverifiable,
        Operation::AtMost => Verdict::Fails,
        _ if stated == computed => Verdict::Holds,
        // A quotient rarely ends: printed at the target's own digits it holds when it rounds to what is printed.
        Operation::Ratio | Operation::RelativeChange | Operation::Average
            if own.contains(computed) =>
        {
            Verdict::Holds
        }
        _ if own.meets(allowed) => Verdict::Rounding,
        // A failure is told only where it was not found that the claim may be at fault.
        _ if relation.doubt(ordinal).is_some() => Verdict::Unverifiable,
        _ => Verdict::Fails,
    };
    outcome
}

fn sum(
    terms: &[Operand],
    figures: &[Figure],
    factor: &impl Fn(&Operand) -> Decimal,
) -> Option<(Decimal, Interval)> {
    let mut value = Decimal::ZERO;
    let mut half = Decimal::ZERO;
    for (term, figure) in terms.iter().zip(figures) {
        let Some(number) = figure.number() else { continue };
        let factor = factor(term);
        if factor == Decimal::ONE && term.coefficient == 1 {
            value = value.checked_add(number)?;
            half = half.checked_add(figure.half_unit())?;
            continue;
        }
        let weight = factor.checked_mul(Decimal::from(term.coefficient))?;
        value = value.checked_add(number.checked_mul(weight)?)?;
        half = half.checked_add(figure.half_unit().checked_mul(weight.abs())?)?;
    }
    Some((value, Interval::around(value, half)))
}

fn exact_ratio(
    first: &Figure,
    second: &Figure,
    first_factor: Decimal,
    second_factor: Decimal,
) -> Option<Decimal> {
    first
        .number()?
        .checked_mul(first_factor)?
        .checked_div(second.number()?.checked_mul(second_factor)?)
}

fn ratio(
    figures: &[Figure],
    first: Option<Interval>,
    second: Option<Interval>,
    a: Decimal,
    b: Decimal,
) -> Option<(Decimal, Interval)> {
    Some((exact_ratio(&figures[0], &figures[1], a, b)?, first?.divide(second?)?))
}

fn product(
    packet: &Packet,
    terms: &[Operand],
    figures: &[Figure],
    factor: &impl Fn(&Operand) -> Decimal,
) -> Option<(Decimal, Interval)> {
    let mut value = Decimal::ONE;
    let mut interval = Interval::point(Decimal::ONE);
    for (term, figure) in terms.iter().zip(figures) {
        let number = figure.number()?;
        let field = term
            .table
            .and_then(|table| packet.tables[table as usize].field_at(term.place.cell.column));
        // Twelve printers are twelve, not twelve and a half.
        let counted = number.is_integer() && field.is_some_and(Field::counts_things);
        let own = if counted { Interval::point(number) } else { figure.interval()? };
        let times = factor(term);
        value = value.checked_mul(number)?.checked_mul(times)?;
        interval = interval.multiply(own)?.scale(times)?;
    }
    Some((value, interval))
}

/// Why a check could not be done.
pub fn why_unverifiable(
    packet: &Packet,
    relation: &Relation,
    ordinal: usize,
    outcome: &Outcome,
) -> Text {
    if let Some(doubt) = relation.doubt(ordinal) {
        return doubt.clone();
    }
    let figure = |operand: &Operand| packet.figure(operand.place, operand.table);
    let (target, terms) = (figure(&outcome.target), outcome.terms.iter().map(figure));
    let terms: Vec<Figure> = terms.collect();
    if terms.iter().chain([&target]).any(|figure| figure.state == State::Error) {
        return Text::new("有单元格是错误值", "a cell holds an error value");
    }
    if terms.iter().chain([&target]).any(Figure::is_unusable) {
        return Text::new(
            "有单元格不是数字，或公式没有算出的值",
            "a cell is no number, or a formula without a value",
        );
    }
    if target.is_missing() {
        return Text::new("应填的数是空白或 ——", "the figure itself is blank or a dash");
    }
    if terms.iter().all(Figure::is_missing) {
        return Text::new("各组成数都是空白或 ——", "all its parts are blank or dashes");
    }
    Text::new("有组成数是空白或 ——", "a part is blank or a dash")
}
