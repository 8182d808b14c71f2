//! The figures of one region as a grid of scaled integers, with what words and looks say about its rows and columns.
//!
//! All figures share one scale, and are held doubled, so that half a unit of the last printed digit is an integer too.

use crate::number::Decimal;

/// What the words or the looks of a row or column say about its figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// Its label, header words joined; empty when it has none.
    pub label: String,
    /// Depth in the tree of its axis, or its indentation; 0 is outermost.
    pub level: u16,
    /// Its figures take no part: serial numbers, codes, years, dates.
    pub excluded: bool,
}

/// One figure: twice its value, and half a unit of its last printed digit doubled likewise, in the grid's scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scaled {
    /// Twice the value.
    pub value: i128,
    /// Twice the half unit; zero when exact.
    pub half: i128,
}

/// A grid of figures; a cell that holds none is `None`.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    /// What is known of the rows.
    pub rows: Vec<Hint>,
    /// What is known of the columns.
    pub columns: Vec<Hint>,
    /// Decimals of the common scale.
    pub(super) scale: u32,
    pub(super) cells: Vec<Option<Scaled>>,
}

/// Decimals past which digits are cut: no table prints more, and products of two figures must fit.
const MOST_DECIMALS: u32 = 10;

impl Grid {
    /// A grid of figures given row by row: the value and the half unit of its last printed digit.
    ///
    /// Rows must all be as long as `columns`.
    pub fn new(
        rows: Vec<Hint>,
        columns: Vec<Hint>,
        figures: &[Option<(Decimal, Decimal)>],
    ) -> Self {
        debug_assert_eq!(figures.len(), rows.len() * columns.len());
        let scale = figures
            .iter()
            .flatten()
            // The half unit has one decimal more than the value prints, which doubling takes back.
            .map(|(value, half)| {
                value.normalize().scale().max(half.normalize().scale().saturating_sub(1))
            })
            .max()
            .unwrap_or(0)
            .min(MOST_DECIMALS);
        let cells = figures
            .iter()
            .map(|figure| {
                let (value, half) = (*figure)?;
                Some(Scaled { value: doubled(value, scale)?, half: doubled(half, scale)? })
            })
            .collect();
        Self { rows, columns, scale, cells }
    }

    /// The figure at a row and column of the grid.
    pub fn at(&self, row: usize, column: usize) -> Option<Scaled> {
        self.cells[row * self.columns.len() + column]
    }
}

/// Twice `value` in units of the `scale`th decimal.
fn doubled(value: Decimal, scale: u32) -> Option<i128> {
    let value = (value * Decimal::TWO).normalize().round_dp(scale);
    value.mantissa().checked_mul(10_i128.checked_pow(scale - value.scale())?)
}
