//! The figures of one table, taken out of its sheet once, so that many hypotheses can be tried on them.

use std::sync::OnceLock;

use crate::model::{CellRef, Field, Figure, Line, Packet, Place, Table, half_unit};
use crate::number::Decimal;
use crate::parallel;

/// A figure reduced to what a trial needs; a sheet may have millions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    number: Decimal,
    /// Decimals printed, as in [`Figure::decimals`].
    decimals: i8,
    exact: bool,
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
    const MISSING: Self =
        Self { number: Decimal::ZERO, decimals: 0, exact: true, state: State::Missing };

    /// The number; `None` for blanks and dashes.
    pub(super) fn value(&self) -> Option<Decimal> {
        (self.state == State::Number).then_some(self.number)
    }

    /// Half a unit of the last printed digit.
    pub(super) fn half(&self) -> Decimal {
        half_unit(self.exact, i32::from(self.decimals))
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
            decimals: figure.decimals.clamp(-28, 28) as i8,
            exact: figure.exact,
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

/// Lines taken out in one go.
const PIECE: usize = 4096;

/// The figures of a table by line and field, taken out of the sheet where they are first asked for: of a long table that
/// nothing is said of a few lines are enough.
pub(super) struct View<'a> {
    packet: &'a Packet,
    pub(super) table: &'a Table,
    /// The figures of [`PIECE`] lines each, field by field.
    pieces: Vec<OnceLock<Vec<Cell>>>,
}

impl<'a> View<'a> {
    pub(super) fn new(packet: &'a Packet, table: &'a Table) -> Self {
        let pieces = vec![OnceLock::new(); table.lines.len().div_ceil(PIECE)];
        Self { packet, table, pieces }
    }

    /// Takes out all figures at once, on all cores.
    pub(super) fn load(&self) {
        parallel::map_pieces(self.pieces.len(), 1, |pieces| {
            pieces.for_each(|piece| {
                self.piece(piece);
            });
        });
    }

    fn piece(&self, piece: usize) -> &[Cell] {
        self.pieces[piece].get_or_init(|| {
            let from = piece * PIECE;
            let lines = &self.table.lines[from..self.table.lines.len().min(from + PIECE)];
            let mut cells = vec![Cell::MISSING; lines.len() * self.table.fields.len()];
            for (at, line) in lines.iter().enumerate() {
                for (field_at, field) in self.table.fields.iter().enumerate() {
                    cells[field_at * lines.len() + at] = self.figure(line, field);
                }
            }
            cells
        })
    }

    fn figure(&self, line: &Line, field: &Field) -> Cell {
        if !line.role.is_data() || !field.role.is_figure() {
            return Cell::MISSING;
        }
        let place = Place {
            file: self.table.file,
            sheet: self.table.sheet,
            cell: CellRef::new(line.row, field.column),
        };
        self.packet.figure(place, Some(self.table.id)).into()
    }

    pub(super) fn cell(&self, line: usize, field: usize) -> Cell {
        let piece = line / PIECE;
        let lines = (self.table.lines.len() - piece * PIECE).min(PIECE);
        self.piece(piece)[field * lines + line % PIECE]
    }

    /// Whether the line has a number or the word for none in any figure column.
    pub(super) fn any_number(&self, line: usize) -> bool {
        (0..self.table.fields.len()).any(|field| self.cell(line, field).state == State::Number)
    }

    /// target = Σ coefficient × part, down one column.
    pub(super) fn try_lines(&self, field: usize, target: usize, parts: &[(usize, i32)]) -> Trial {
        trial(
            self.cell(target, field),
            parts.iter().map(|(line, coefficient)| (self.cell(*line, field), *coefficient)),
        )
    }

    /// target = Σ coefficient × part, along one line.
    pub(super) fn try_fields(&self, line: usize, target: usize, parts: &[(usize, i32)]) -> Trial {
        trial(
            self.cell(line, target),
            parts.iter().map(|(field, coefficient)| (self.cell(line, *field), *coefficient)),
        )
    }
}

fn trial(target: Cell, parts: impl Iterator<Item = (Cell, i32)> + Clone) -> Trial {
    if target.state != State::Number {
        return Trial::Untried;
    }
    let (mut present, mut nonzero) = (0, 0);
    for (part, _) in parts.clone() {
        match part.state {
            State::Unusable => return Trial::Untried,
            State::Missing => {}
            State::Number => {
                present += 1;
                nonzero += usize::from(!part.number.is_zero());
            }
        }
    }
    if present == 0 {
        return Trial::Untried;
    }
    let numbers = parts.filter(|(part, _)| part.state == State::Number);
    let Comparison { fits, beyond_slack } = compare_integers(target, numbers.clone())
        .unwrap_or_else(|| compare_decimals(target, numbers));
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

/// What is stated beside what the parts come to.
struct Comparison {
    /// They differ by no more than the printed digits allow.
    fits: bool,
    /// What is stated is more than the printed digits allow for.
    beyond_slack: bool,
}

fn compare_decimals(target: Cell, parts: impl Iterator<Item = (Cell, i32)>) -> Comparison {
    let mut sum = Decimal::ZERO;
    let mut slack = target.half();
    for (part, coefficient) in parts {
        let weight = Decimal::from(coefficient);
        sum += part.number * weight;
        slack += part.half() * weight.abs();
    }
    Comparison {
        fits: (target.number - sum).abs() <= slack,
        beyond_slack: target.number.abs() > slack,
    }
}

/// Decimals of the scale on which integers are compared: figures of up to nine decimals, and half of their last digit.
const SCALE: u32 = 10;

const POWERS: [i64; SCALE as usize + 1] = {
    let mut powers = [1; SCALE as usize + 1];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// The same, many times faster, in units of the [`SCALE`]th decimal; `None` where a figure has more decimals or digits.
fn compare_integers(target: Cell, parts: impl Iterator<Item = (Cell, i32)>) -> Option<Comparison> {
    let stated = scaled(target.number)?;
    let mut sum = 0_i128;
    let mut slack = i128::from(scaled_half(target)?);
    for (part, coefficient) in parts {
        sum += i128::from(scaled(part.number)?) * i128::from(coefficient);
        slack += i128::from(scaled_half(part)?) * i128::from(coefficient.unsigned_abs());
    }
    let stated = i128::from(stated);
    Some(Comparison { fits: (stated - sum).abs() <= slack, beyond_slack: stated.abs() > slack })
}

fn scaled(number: Decimal) -> Option<i64> {
    let power = POWERS[SCALE.checked_sub(number.scale())? as usize];
    i64::try_from(number.mantissa()).ok()?.checked_mul(power)
}

fn scaled_half(cell: Cell) -> Option<i64> {
    if cell.exact {
        return Some(0);
    }
    let decimals = u32::try_from(cell.decimals).ok()?;
    Some(5 * POWERS[SCALE.checked_sub(decimals + 1)? as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_compare_as_decimals_do() {
        let cell = |number: &str, decimals: i8, exact: bool| Cell {
            number: number.parse().unwrap(),
            decimals,
            exact,
            state: State::Number,
        };
        for (target, parts) in [
            (
                cell("26027.24", 2, false),
                vec![(cell("5706.39", 2, false), 1), (cell("20320.85", 2, true), 1)],
            ),
            (cell("0.01", 2, true), vec![(cell("0.02", 2, true), 1), (cell("0.01", 2, true), -1)]),
            (cell("100", 0, false), vec![(cell("99.2", 1, false), 1), (cell("1.4", 1, false), 1)]),
            (cell("0.4", 0, false), vec![(cell("0.1", 0, false), 1), (cell("0.2", 0, false), 1)]),
            (cell("7", 9, false), vec![(cell("3.5", 9, false), 2)]),
        ] {
            let fast = compare_integers(target, parts.iter().copied()).unwrap();
            let slow = compare_decimals(target, parts.iter().copied());
            assert_eq!(
                (fast.fits, fast.beyond_slack),
                (slow.fits, slow.beyond_slack),
                "{target:?}"
            );
        }
        // Too many decimals, tens of thousands printed, too many digits: left to decimals.
        for odd in [
            cell("0.00000000001", 2, true),
            cell("1", -4, false),
            cell("1000000000000000000", 2, true),
        ] {
            assert!(compare_integers(odd, std::iter::empty()).is_none(), "{odd:?}");
        }
    }
}
