//! A cell seen as a figure: its value, its printed digits, its unit.

use crate::number::{Decimal, Interval, Placeholder, round_half_away};

/// What a cell is to a check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum State {
    /// A number.
    Number(Decimal),
    /// No cell, an empty one, or spaces.
    Blank,
    /// A word that stands for no figure (——).
    Placeholder(Placeholder),
    /// A formula whose value was never stored and could not be computed here.
    NotCalculated,
    /// An error value (#REF!).
    Error,
    /// Text that is no number.
    Unreadable,
}

/// A cell seen as a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// What it holds.
    pub state: State,
    /// Decimals printed, of the value as held here (22.8 % is 0.228 with 3). May be negative for 万 formats: −4 means whole ten-thousands.
    pub decimals: i32,
    /// The figure is stored as text.
    pub from_text: bool,
    /// Exact to the last digit (元 with two decimals): no slack.
    pub exact: bool,
    /// A whole number that was rounded to the next five, as the others of its table were.
    pub fives: bool,
}

impl Figure {
    /// The number, where it is one.
    pub fn number(&self) -> Option<Decimal> {
        match self.state {
            State::Number(value) => Some(value),
            _ => None,
        }
    }

    /// The same cell, had it held this number; longer decimals than it prints would be printed.
    #[must_use]
    pub fn holding(mut self, value: Decimal) -> Self {
        self.state = State::Number(value);
        self.decimals = self.decimals.max(value.normalize().scale() as i32);
        self
    }

    /// Whether it adds nothing to a sum without making it unverifiable.
    pub fn is_missing(&self) -> bool {
        matches!(self.state, State::Blank | State::Placeholder(_))
    }

    /// Whether no check with this cell can be trusted.
    pub fn is_unusable(&self) -> bool {
        matches!(self.state, State::Error | State::Unreadable | State::NotCalculated)
    }

    /// Half a unit of the last printed digit; zero when exact.
    pub fn half_unit(&self) -> Decimal {
        half_unit(self.exact, self.fives, self.decimals)
    }

    /// A value as this figure's printed digits show it.
    pub fn shown(&self, value: Decimal) -> Decimal {
        let Ok(decimals) = u32::try_from(self.decimals) else {
            let step = Decimal::from(10_u64.pow(self.decimals.unsigned_abs().min(17)));
            return round_half_away(value / step, 0) * step;
        };
        round_half_away(value, decimals).normalize()
    }

    /// What the printed number stands for; `None` when it is none.
    pub fn interval(&self) -> Option<Interval> {
        Some(Interval::around(self.number()?, self.half_unit()))
    }
}

/// Half a unit of the last printed digit of a figure with so many printed decimals; zero when exact, half of five where it was
/// rounded to fives.
pub fn half_unit(exact: bool, fives: bool, decimals: i32) -> Decimal {
    if fives {
        return Decimal::new(25, 1);
    }
    if exact {
        return Decimal::ZERO;
    }
    if decimals >= 0 {
        Decimal::new(5, decimals.min(27) as u32 + 1)
    } else {
        Decimal::from(5) * Decimal::from(10_u64.pow((-decimals - 1).min(17) as u32))
    }
}
