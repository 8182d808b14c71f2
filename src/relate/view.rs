//! The figures of one table by line and field, and the trying of hypotheses on them.

use std::borrow::Cow;

use crate::lexicon::Rulebook;
use crate::model::{
    Arena, CellRef, FieldRole, Figure, Line, LineRole, Narrow, Packed, Packet, PlainSum, Scaled,
    Table, Value, half_unit, words,
};
use crate::number::Decimal;
use crate::parallel;

/// A figure reduced to what a trial needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    number: Decimal,
    /// Decimals printed, as in [`Figure::decimals`].
    decimals: i32,
    exact: bool,
    fives: bool,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing, or a dash.
    Missing,
    Number,
    /// An error value, unreadable text or a formula never calculated.
    Unusable,
}

impl Cell {
    const MISSING: Self = Self {
        number: Decimal::ZERO,
        decimals: 0,
        exact: true,
        fives: false,
        state: State::Missing,
    };

    /// The number; `None` for blanks and dashes.
    pub(super) fn value(&self) -> Option<Decimal> {
        (self.state == State::Number).then_some(self.number)
    }

    /// Half a unit of the last printed digit.
    pub(super) fn half(&self) -> Decimal {
        half_unit(self.exact, self.fives, self.decimals)
    }
}

impl From<Figure> for Cell {
    fn from(figure: Figure) -> Self {
        let state = if figure.is_unusable() {
            State::Unusable
        } else if figure.number().is_some() {
            State::Number
        } else {
            State::Missing
        };
        Self {
            number: figure.number().unwrap_or_default(),
            decimals: figure.decimals,
            exact: figure.exact,
            fives: figure.fives,
            state,
        }
    }
}

/// How one trial of a hypothesis went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trial {
    /// Holds exactly or within the printed digits, and says something: at least two parts, or one that is not zero.
    Holds,
    /// Holds by one part that equals the target, the others being zero or missing.
    Single,
    /// Holds because all is zero, or within the slack of any number.
    Trivial,
    /// Does not hold.
    Fails,
    /// Nothing to try: the target, or every part, is missing.
    Untried,
}

/// The figures of a table by line and field, taken out of the sheet where they are first asked for: of a long table that
/// nothing is said of a few lines are enough.
pub(super) struct View<'a> {
    pub(super) rulebook: &'a Rulebook,
    packet: &'a Packet,
    pub(super) table: &'a Table,
    arena: Cow<'a, Arena>,
    /// Where each field's figures are; `None` for a field that holds none.
    columns: Vec<Option<usize>>,
    /// Whether each line may hold figures.
    data: Vec<bool>,
}

impl<'a> View<'a> {
    pub(super) fn new(rulebook: &'a Rulebook, packet: &'a Packet, table: &'a Table) -> Self {
        let arena = packet.arena(table);
        let columns = table.fields.iter().map(|field| arena.column(field.column)).collect();
        let data: Vec<bool> = table.lines.iter().map(|line| line.role.is_data()).collect();
        Self { rulebook, packet, table, arena, columns, data }
    }

    /// The text of a line in a column of words; empty where there is none.
    pub(super) fn text(&self, line: usize, field: usize) -> &'a str {
        let cell = CellRef::new(self.table.lines[line].row, self.table.fields[field].column);
        let Some(sheet) = self.packet.table_sheet(self.table) else { return "" };
        match sheet.value(cell) {
            Value::Text(id) => sheet.texts.get(id),
            _ => "",
        }
    }

    /// The section above a total that names it, where no other total stands between: 流动资产：, …, 流动资产合计.
    pub(super) fn named_section(&self, target: usize) -> Option<usize> {
        let lines = &self.table.lines;
        let ends = |line: &Line| {
            matches!(line.role, LineRole::Section | LineRole::Total | LineRole::Subtotal)
        };
        let section = lines[..target].iter().rposition(ends)?;
        (lines[section].role == LineRole::Section
            && self.is_total_of(&lines[target].name, &lines[section].name))
        .then_some(section)
    }

    /// Whether a total names the section above it, and its parts are all that stands between: nothing else can be meant, whatever
    /// follows.
    pub(super) fn closes_section(&self, target: usize, parts: &[usize]) -> bool {
        let lines = &self.table.lines;
        let Some(section) = self.named_section(target) else { return false };
        let between = section + 1..target;
        let is_part = |at: usize| {
            parts.contains(&at)
                || lines[at].parent.is_some_and(|parent| parts.contains(&(parent as usize)))
        };
        parts.len() >= 2
            && parts.iter().all(|at| between.contains(at))
            && between.into_iter().all(|at| !lines[at].role.is_data() || is_part(at))
    }

    /// Whether a name is another one and a word of a total.
    fn is_total_of(&self, total: &str, name: &str) -> bool {
        let words = &self.rulebook.words;
        // Total revenues closes Revenue, and total revenue closes Revenues.
        let name = name.strip_suffix('s').unwrap_or(name);
        let Some((before, after)) = total.split_once(name).filter(|_| !name.is_empty()) else {
            return false;
        };
        let rest = [before, after.strip_prefix('s').unwrap_or(after)].concat();
        [&words.subtotals, &words.totals, &words.grand_totals].iter().any(|list| list.has(&rest))
    }

    /// Whether a line states what there is in the end, and the two right above it what there was at first and what was left
    /// in between, in either order: Net increase in cash, Cash at beginning of year, Cash at end of year.
    pub(super) fn carries_on(&self, target: usize) -> bool {
        let known = &self.rulebook.words;
        let lines = &self.table.lines;
        let Some(before) = target.checked_sub(2) else { return false };
        let is_like =
            |at: usize| lines[at].role.is_data() && lines[at].parent == lines[target].parent;
        if !(before..=target).all(is_like) {
            return false;
        }
        let opens = |key: &str| known.opening_words.stand_in(key);
        let closes = |key: &str| known.closing_words.stand_in(key);
        let flows = |key: &str| known.rest_words.stand_in(key) && !opens(key) && !closes(key);
        let key = |at: usize| words::key(&lines[at].label);
        let last = key(target);
        if !closes(&last) || opens(&last) {
            return false;
        }
        let (first, second) = (key(before), key(before + 1));
        opens(&first) && flows(&second) || flows(&first) && opens(&second)
    }

    /// Takes out all figures at once, on all cores.
    pub(super) fn load(&self) {
        let Some(column) = self.columns.iter().flatten().next() else { return };
        parallel::map_pieces(self.data.len(), Arena::PIECE, |lines| {
            self.packed(lines.start, *column);
        });
    }

    fn packed(&self, line: usize, column: usize) -> Packed {
        self.arena.at(self.packet, self.table, (line, column))
    }

    /// A figure as integers; `None` where only decimals will do.
    pub(super) fn scaled(&self, line: usize, field: usize) -> Option<Scaled> {
        match self.columns[field] {
            Some(column) if self.data[line] => self
                .narrow(line / Arena::PIECE, field)
                .and_then(|narrow| narrow.at(line % Arena::PIECE))
                .or_else(|| self.packed(line, column).scaled()),
            _ => Some(Scaled::Missing),
        }
    }

    /// The same, as [`Packed::rough`] gives it.
    pub(super) fn rough(&self, line: usize, field: usize) -> Option<(Scaled, bool)> {
        match self.columns[field] {
            Some(column) if self.data[line] => self.packed(line, column).rough(),
            _ => Some((Scaled::Missing, false)),
        }
    }

    pub(super) fn cell(&self, line: usize, field: usize) -> Cell {
        match self.columns[field] {
            Some(column) if self.data[line] => {
                let figure = self.packed(line, column).figure().unwrap_or_else(|| {
                    let (row, column) =
                        (self.table.lines[line].row, self.table.fields[field].column);
                    self.packet.look_up_in(self.table, CellRef::new(row, column))
                });
                figure.into()
            }
            _ => Cell::MISSING,
        }
    }

    /// Whether the line has a number or the word for none in any figure column.
    pub(super) fn any_number(&self, line: usize) -> bool {
        (0..self.table.fields.len()).any(|field| self.states(line, field))
    }

    /// Whether every figure that a line states in columns of amounts is written with a %: shares of what is in other lines.
    pub(super) fn is_in_percent(&self, line: usize) -> bool {
        let fields = &self.table.fields;
        let amounts = |field: &usize| {
            matches!(fields[*field].role, FieldRole::Amount | FieldRole::Quantity)
                && self.states(line, *field)
        };
        let mut amounts = (0..fields.len()).filter(amounts).peekable();
        amounts.peek().is_some()
            && amounts.all(|field| {
                let cell = CellRef::new(self.table.lines[line].row, fields[field].column);
                self.packet.is_percent(self.table, cell)
            })
    }

    /// Whether a cell has a [`Cell::value`].
    pub(super) fn states(&self, line: usize, field: usize) -> bool {
        match self.columns[field] {
            Some(column) if self.data[line] => self
                .packed(line, column)
                .is_number()
                .unwrap_or_else(|| self.cell(line, field).state == State::Number),
            _ => false,
        }
    }

    /// Whether its value is another than zero.
    pub(super) fn counts(&self, line: usize, field: usize) -> bool {
        match self.columns[field] {
            Some(column) if self.data[line] => {
                self.packed(line, column).is_nonzero().unwrap_or_else(|| {
                    self.cell(line, field).value().is_some_and(|value| !value.is_zero())
                })
            }
            _ => false,
        }
    }

    /// The figures of a piece of the lines of a field as integers; `None` where their half units differ.
    fn narrow(&self, piece: usize, field: usize) -> Option<&Narrow> {
        self.arena.narrow(self.packet, self.table, (piece, self.columns[field]?))
    }

    /// target = Σ coefficient × part along each of some lines that may hold figures, in order, for as long as `count` wants
    /// more.
    pub(super) fn try_each(
        &self,
        lines: &[usize],
        target: usize,
        parts: &[(usize, i32)],
        mut count: impl FnMut(Trial) -> bool,
    ) {
        let mut columns: Vec<(&Narrow, i32)> = Vec::with_capacity(parts.len());
        for lines in lines.chunk_by(|a, b| a / Arena::PIECE == b / Arena::PIECE) {
            let piece = lines[0] / Arena::PIECE;
            columns.clear();
            columns.extend(
                parts.iter().map_while(|(field, sign)| Some((self.narrow(piece, *field)?, *sign))),
            );
            let stated = self.narrow(piece, target).filter(|_| columns.len() == parts.len());
            let sum = stated.and_then(|stated| PlainSum::new(stated, &columns));
            if let Some(sum) = sum {
                for line in lines {
                    let at = line % Arena::PIECE;
                    let trial = if self.data[*line] {
                        let (off, slack) = (sum.off(at).unsigned_abs(), sum.slack().unsigned_abs());
                        let beyond = sum.stated(at).unsigned_abs() > slack;
                        told(off <= slack, beyond, sum.nonzero(at))
                    } else {
                        Trial::Untried
                    };
                    if !count(trial) {
                        return;
                    }
                }
                continue;
            }
            for line in lines {
                let at = line % Arena::PIECE;
                let fast = stated.filter(|_| self.data[*line]).and_then(|stated| {
                    let parts = columns.iter().map(|(part, sign)| (part.at(at), *sign));
                    trial_of_integers(stated.at(at), parts)
                });
                if !count(fast.unwrap_or_else(|| self.try_fields(*line, target, parts))) {
                    return;
                }
            }
        }
    }

    /// target = Σ coefficient × part, down one column.
    pub(super) fn try_lines(&self, field: usize, target: usize, parts: &[(usize, i32)]) -> Trial {
        let numbers =
            parts.iter().map(|(line, coefficient)| (self.scaled(*line, field), *coefficient));
        trial_of_integers(self.scaled(target, field), numbers).unwrap_or_else(|| {
            trial(
                self.cell(target, field),
                parts.iter().map(|(line, coefficient)| (self.cell(*line, field), *coefficient)),
            )
        })
    }

    /// target = Σ coefficient × part, along one line.
    pub(super) fn try_fields(&self, line: usize, target: usize, parts: &[(usize, i32)]) -> Trial {
        let numbers =
            parts.iter().map(|(field, coefficient)| (self.scaled(line, *field), *coefficient));
        trial_of_integers(self.scaled(line, target), numbers).unwrap_or_else(|| {
            trial(
                self.cell(line, target),
                parts.iter().map(|(field, coefficient)| (self.cell(line, *field), *coefficient)),
            )
        })
    }
}

/// What a percentage may be of two figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotient {
    /// The first ÷ the second.
    Ratio,
    /// (the second − the first) ÷ the first.
    Change,
    /// The first ÷ the second, which is the whole of all that are tried.
    Share,
}

/// How one trial of a quotient went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoted {
    /// Within the printed digits; 100 % and 0 % tie by themselves too often to support anything, so that only others tell.
    Holds {
        /// It is not zero.
        telling: bool,
    },
    /// Within one unit of the last printed digit beyond that, as people round by hand.
    Near,
    Fails,
}

impl View<'_> {
    /// target = quotient of two figures, each a line and a field; `None` where there is nothing to try.
    pub(super) fn try_quotient(
        &self,
        form: Quotient,
        [target, first, second]: [(usize, usize); 3],
    ) -> Option<Quoted> {
        let scaled = |(line, field): (usize, usize)| self.scaled(line, field);
        let stated = self.rough(target.0, target.1);
        if let (Some((target, rough)), Some(first), Some(second)) =
            (stated, scaled(first), scaled(second))
        {
            let numbers = [target, first, second].map(|figure| match figure {
                Scaled::Number { value, half } => Some([i128::from(value), i128::from(half)]),
                _ => None,
            });
            let [Some(target), Some(first), Some(second)] = numbers else { return None };
            let divisor = if form == Quotient::Change { first[0] } else { second[0] };
            if divisor == 0 {
                return None;
            }
            if let Some(quoted) = quoted_integers(form, (target, rough), first, second) {
                return Some(quoted);
            }
        }
        let cell = |(line, field): (usize, usize)| self.cell(line, field);
        quoted(form, cell(target), cell(first), cell(second))
    }
}

fn quoted(form: Quotient, target: Cell, first: Cell, second: Cell) -> Option<Quoted> {
    let (stated, a, b) = (target.value()?, first.value()?, second.value()?);
    let (divisor, computed) = match form {
        Quotient::Change => (a, b.checked_div(a)? - Decimal::ONE),
        _ => (b, a.checked_div(b)?),
    };
    let half = target.half();
    let beside = if form == Quotient::Share { Decimal::ZERO } else { Decimal::ONE };
    let input = first.half() + second.half() * (computed.abs() + beside);
    let slack = half + input.checked_div(divisor.abs()).unwrap_or_default();
    let gap = (stated - computed).abs();
    Some(if gap <= slack {
        Quoted::Holds { telling: !stated.is_zero() }
    } else if gap <= slack + half + half {
        Quoted::Near
    } else {
        Quoted::Fails
    })
}

/// The same on integers (a number and its half unit each), both sides multiplied by the divisor; `None` where it is so close
/// that decimals, which end after 28 digits, might round to the other side.
pub(super) fn quoted_integers(
    form: Quotient,
    ([stated, half], rough): ([i128; 2], bool),
    [first, first_half]: [i128; 2],
    [second, second_half]: [i128; 2],
) -> Option<Quoted> {
    let (above, below) = match form {
        Quotient::Change => (second - first, first),
        _ => (first, second),
    };
    let wanted = above * Scaled::ONE;
    let gap = (stated.checked_mul(below)? - wanted).abs();
    let below = below.abs();
    if rough && stated == 0 {
        return None;
    }
    // What is stated and its half unit may each be a unit more where they are rough.
    let spare = (1 << 12) + if rough { 8 * below } else { 0 };
    // Most readings are wrong, and fail by far more than any rounding: no division is needed to say so.
    let share = (above.abs() >> (127 - below.leading_zeros())) + 2;
    let most = half
        .checked_mul(3 * below)?
        .checked_add(first_half * Scaled::ONE)?
        .checked_add((second_half * Scaled::ONE).checked_mul(share)?)?;
    if gap > most.checked_mul(2)? + (wanted.abs() >> 60) + spare {
        return Some(Quoted::Fails);
    }
    let mut input =
        first_half * Scaled::ONE + (second_half * Scaled::ONE).checked_mul(above.abs())? / below;
    if form != Quotient::Share {
        input += second_half * Scaled::ONE;
    }
    let slack = half.checked_mul(below)?.checked_add(input)?;
    let near = slack.checked_add(half.checked_mul(2 * below)?)?;
    let spare = (wanted.abs() >> 60) + (near >> 60) + spare;
    let close = |bound: i128| (gap - bound).abs() <= spare;
    if close(slack) || close(near) {
        return None;
    }
    Some(if gap <= slack {
        Quoted::Holds { telling: stated != 0 }
    } else if gap <= near {
        Quoted::Near
    } else {
        Quoted::Fails
    })
}

/// A trial on integers, many times faster than [`trial`]; `None` where a figure has too many decimals or digits.
#[inline]
fn trial_of_integers(
    target: Option<Scaled>,
    parts: impl Iterator<Item = (Option<Scaled>, i32)>,
) -> Option<Trial> {
    let Scaled::Number { value: stated, half } = target? else { return Some(Trial::Untried) };
    let (mut sum, mut slack) = (0_i128, i128::from(half));
    let (mut present, mut nonzero) = (0, 0);
    for (part, coefficient) in parts {
        match part? {
            Scaled::Unusable => return Some(Trial::Untried),
            Scaled::Missing => {}
            Scaled::Number { value, half } => {
                present += 1;
                nonzero += usize::from(value != 0);
                sum += i128::from(value) * i128::from(coefficient);
                slack += i128::from(half) * i128::from(coefficient.unsigned_abs());
            }
        }
    }
    if present == 0 {
        return Some(Trial::Untried);
    }
    let stated = i128::from(stated);
    Some(told((stated - sum).abs() <= slack, stated.abs() > slack, nonzero))
}

/// What a trial says: whether the sum fits what is stated, and whether that is more than the printed digits allow for.
fn told(fits: bool, beyond_slack: bool, nonzero: usize) -> Trial {
    if !fits {
        return Trial::Fails;
    }
    // A sum of many rounded parts holds by chance when the parts are smaller than the slack.
    match nonzero {
        2.. if beyond_slack => Trial::Holds,
        1 if beyond_slack => Trial::Single,
        _ => Trial::Trivial,
    }
}

pub(super) fn trial(target: Cell, parts: impl Iterator<Item = (Cell, i32)>) -> Trial {
    if target.state != State::Number {
        return Trial::Untried;
    }
    let (mut present, mut nonzero) = (0, 0);
    let mut sum = Decimal::ZERO;
    let mut slack = target.half();
    for (part, coefficient) in parts {
        match part.state {
            State::Unusable => return Trial::Untried,
            State::Missing => {}
            State::Number => {
                present += 1;
                nonzero += usize::from(!part.number.is_zero());
                let weight = Decimal::from(coefficient);
                sum += part.number * weight;
                slack += part.half() * weight.abs();
            }
        }
    }
    if present == 0 {
        return Trial::Untried;
    }
    told((target.number - sum).abs() <= slack, target.number.abs() > slack, nonzero)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model;

    fn figure() -> impl Strategy<Value = Figure> {
        let number = (any::<i64>(), 0_u32..8, 0_u32..18).prop_map(|(digits, scale, fewer)| {
            model::State::Number(Decimal::new(digits / 10_i64.pow(fewer), scale))
        });
        let small = (-30_i64..30, 0_u32..3)
            .prop_map(|(digits, scale)| model::State::Number(Decimal::new(digits, scale)));
        let state = prop_oneof![
            4 => number,
            8 => small,
            1 => Just(model::State::Blank),
            1 => Just(model::State::Error),
        ];
        (state, -2_i32..11, any::<bool>()).prop_map(|(state, decimals, exact)| Figure {
            state,
            decimals,
            from_text: false,
            exact,
            fives: false,
        })
    }

    proptest! {
        #[test]
        fn narrow_figures_are_those_they_were(figures in prop::collection::vec(figure(), 0..9)) {
            let scaled: Vec<Option<Scaled>> =
                figures.into_iter().map(|figure| Packed::new(figure).scaled()).collect();
            if let Some(narrow) = Narrow::new(scaled.iter().copied()) {
                for (at, scaled) in scaled.into_iter().enumerate() {
                    prop_assert!(narrow.at(at).is_none() || narrow.at(at) == scaled);
                }
            }
        }

        #[test]
        fn integers_try_as_decimals_do(
            target in figure(),
            parts in prop::collection::vec((figure(), -3_i32..=3), 1..5),
        ) {
            let scaled = |figure: Figure| Packed::new(figure).scaled();
            let fast = trial_of_integers(
                scaled(target),
                parts.iter().map(|(part, coefficient)| (scaled(*part), *coefficient)),
            );
            let slow = trial(
                target.into(),
                parts.iter().map(|(part, coefficient)| ((*part).into(), *coefficient)),
            );
            if let Some(fast) = fast {
                prop_assert_eq!(fast, slow);
            }
        }

        #[test]
        fn integers_divide_as_decimals_do(
            target in figure(),
            first in figure(),
            second in figure(),
            form in prop_oneof![
                Just(Quotient::Ratio),
                Just(Quotient::Change),
                Just(Quotient::Share),
            ],
            rounded in 0_u32..18,
        ) {
            // Half of the time the quotient itself, as it would be printed.
            let (a, b) = (Cell::from(first), Cell::from(second));
            let mut target = target;
            if let (Some(a), Some(b)) = (a.value(), b.value())
                && let Some(quotient) = a.checked_div(b).filter(|_| rounded > 0)
            {
                target.state = model::State::Number(quotient.round_dp(rounded));
                target.decimals = (rounded as i32).min(target.decimals.max(0));
            }
            let number = |scaled: Scaled| match scaled {
                Scaled::Number { value, half } => Some([value, half].map(i128::from)),
                _ => None,
            };
            let scaled = |figure: Figure| Packed::new(figure).scaled().and_then(number);
            let stated = Packed::new(target).rough();
            let stated = stated.and_then(|(scaled, rough)| Some((number(scaled)?, rough)));
            if let (Some(stated), Some(above), Some(below)) =
                (stated, scaled(first), scaled(second))
                && above[0] != 0
                && below[0] != 0
                && let Some(fast) = quoted_integers(form, stated, above, below)
            {
                prop_assert_eq!(Some(fast), quoted(form, target.into(), a, b));
            }
        }

        #[test]
        fn a_packed_figure_is_the_figure(figure in figure()) {
            prop_assert_eq!(Packed::new(figure).figure(), Some(figure));
        }
    }
}
