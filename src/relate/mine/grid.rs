//! The figures of one region as a grid of scaled integers, with what words and looks say about its rows and columns.
//!
//! All figures share one scale, and are held doubled, so that half a unit of the last printed digit is an integer too.

use std::sync::Arc;

use super::axis::Direction;
use super::words::Says;
use crate::lexicon::Words;
use crate::model::{self, Figure, Packed};
use crate::number::Decimal;

/// What the words or the looks of a row or column say about its figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// Its label, header words joined; empty when it has none.
    pub label: String,
    /// What the words of the label mean.
    pub(super) says: Says,
    /// Depth in the tree of its axis, or its indentation; 0 is outermost.
    pub level: u16,
    /// What it shares with others of its axis that may be added up over what lies between: its look, its depth.
    pub classes: Vec<u32>,
    /// Its figures take no part: serial numbers, codes, years, dates.
    pub excluded: bool,
}

impl Hint {
    /// What a label says.
    pub fn new(known: &Words, label: String) -> Self {
        Self { says: Says::of(known, &label), label, ..Self::default() }
    }

    /// Gives it a label, unless it has one.
    pub(super) fn label(&mut self, known: &Words, label: impl FnOnce() -> String) -> bool {
        let unlabelled = self.label.is_empty();
        if unlabelled {
            self.label = label();
            self.says = Says::of(known, &self.label);
        }
        unlabelled
    }
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
    pub rows: Vec<Arc<Hint>>,
    /// What is known of the columns.
    pub columns: Vec<Arc<Hint>>,
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
            .map(|(value, half)| decimals(*value, *half))
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
        Self { rows: shared(rows), columns: shared(columns), scale, cells }
    }

    /// A grid of figures given row by row, those that are no numbers left out.
    pub(super) fn of(rows: Vec<Hint>, columns: Vec<Hint>, figures: &[Option<Figure>]) -> Self {
        debug_assert_eq!(figures.len(), rows.len() * columns.len());
        let figures: Vec<Option<Figure>> =
            figures.iter().map(|figure| figure.map(as_stored)).collect();
        let figures = &figures[..];
        let (scale, cells) = scaled(figures);
        Self { rows: shared(rows), columns: shared(columns), scale, cells }
    }

    /// The figure at a row and column of the grid.
    pub fn at(&self, row: usize, column: usize) -> Option<Scaled> {
        self.cells[row * self.columns.len() + column]
    }

    /// The figure of a series in an instance.
    pub(super) fn along(&self, direction: Direction, series: u32, instance: u32) -> Option<Scaled> {
        let (row, column) = direction.cell(series, instance);
        self.at(row as usize, column as usize)
    }

    /// What is known of the series of a direction.
    pub(super) fn hints(&self, direction: Direction) -> &[Arc<Hint>] {
        match direction {
            Direction::Fields => &self.columns,
            Direction::Lines => &self.rows,
        }
    }
}

/// A figure with the digits that prove something. One or two, with more behind them that nobody sees, tie with anything: what
/// was computed ties in the digits that are stored.
fn as_stored(figure: Figure) -> Figure {
    // One digit more may be typed and left out of sight.
    const MORE: u32 = 2;
    // What is computed from rounded figures ties in no more than these.
    const MOST: u32 = 3;
    let Ok(shows) = u32::try_from(figure.decimals) else { return figure };
    let Some(number) = figure.number() else { return figure };
    // The digits are counted only where there may be too many: nearly all figures are stored as they show.
    if figure.exact || number.scale() < shows + MORE || number.abs() >= Decimal::new(100, shows) {
        return figure;
    }
    let stored = number.normalize().scale();
    if stored < shows + MORE {
        return figure;
    }
    Figure { decimals: stored.min(shows + MOST) as i32, ..figure }
}

/// The same hints stand over every part of a grid that is read by itself.
fn shared(hints: Vec<Hint>) -> Vec<Arc<Hint>> {
    hints.into_iter().map(Arc::new).collect()
}

/// A figure on its way into a grid: its number and a whole unit of its last digit, or half of one.
enum Part {
    /// Integers of the finest scale.
    Whole([i64; 2]),
    /// Of too many digits or decimals for these.
    Long(Decimal, Decimal),
}

/// The least scale that holds all figures, and the figures in it; decimal arithmetic is done only of those that integers do
/// not hold.
fn scaled(figures: &[Option<Figure>]) -> (u32, Vec<Option<Scaled>>) {
    let mut parts: Vec<Option<Part>> = Vec::with_capacity(figures.len());
    // The largest power of ten that divides all integers.
    let (mut power, mut scale, mut longest) = (10_i64.pow(MOST_DECIMALS), 0, 0);
    for figure in figures {
        let Some(figure) = figure else {
            parts.push(None);
            continue;
        };
        parts.push(match Packed::new(*figure).scaled() {
            Some(model::Scaled::Missing | model::Scaled::Unusable) => None,
            Some(model::Scaled::Number { value, half }) => {
                let whole = 2 * half;
                for part in [value, whole] {
                    while part % power != 0 {
                        power /= 10;
                        scale += 1;
                    }
                }
                Some(Part::Whole([value, whole]))
            }
            None => figure.number().map(|value| {
                let half = figure.half_unit();
                longest = longest.max(decimals(value, half));
                Part::Long(value, half)
            }),
        });
    }
    let scale = scale.max(longest.min(MOST_DECIMALS));
    let power = 10_i64.pow(MOST_DECIMALS - scale);
    let cell = |part: Part| match part {
        Part::Whole([value, whole]) => {
            Some(Scaled { value: 2 * i128::from(value / power), half: i128::from(whole / power) })
        }
        Part::Long(value, half) => {
            Some(Scaled { value: doubled(value, scale)?, half: doubled(half, scale)? })
        }
    };
    (scale, parts.into_iter().map(|part| part.and_then(cell)).collect())
}

/// Decimals that a number and its half unit need when doubled: the half unit has one more than the value prints, which
/// doubling takes back.
fn decimals(value: Decimal, half: Decimal) -> u32 {
    value.normalize().scale().max(half.normalize().scale().saturating_sub(1))
}

/// Twice `value` in units of the `scale`th decimal.
fn doubled(value: Decimal, scale: u32) -> Option<i128> {
    let value = (value * Decimal::TWO).normalize().round_dp(scale);
    value.mantissa().checked_mul(10_i128.checked_pow(scale - value.scale())?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::State;

    proptest! {
        #[test]
        fn integers_make_the_grid_that_decimals_make(
            figures in prop::collection::vec(
                (
                    prop_oneof![-10_000_000_i64..10_000_000, any::<i64>()],
                    prop_oneof![0_u32..9, 0_u32..19],
                    -1_i32..9,
                    any::<bool>(),
                    any::<bool>(),
                ),
                1..20,
            ),
        ) {
            let figures: Vec<Option<Figure>> = figures
                .into_iter()
                .map(|(digits, scale, decimals, exact, held)| {
                    let state = State::Number(Decimal::new(digits, scale));
                    held.then_some(Figure { state, decimals, from_text: false, exact, fives: false })
                })
                .collect();
            let hints = || vec![Hint::default(); figures.len()];
            let fast = Grid::of(vec![Hint::default()], hints(), &figures);
            let decimals: Vec<Option<(Decimal, Decimal)>> = figures
                .iter()
                .map(|figure| figure.map(as_stored))
                .map(|figure| figure.map(|f| (f.number().unwrap_or_default(), f.half_unit())))
                .collect();
            let slow = Grid::new(vec![Hint::default()], hints(), &decimals);
            prop_assert_eq!((fast.scale, fast.cells), (slow.scale, slow.cells));
        }
    }
}
