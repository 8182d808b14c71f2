//! Figures by themselves that a whole column or line of figures elsewhere on the sheet comes to: what was spent in all, told
//! above the table or beside it.
//!
//! Of all figures and all such columns and lines some pair is equal by accident; what their number makes likely is owed. Several
//! figures of a sheet that are each such a sum prove the form together.
#![expect(clippy::float_arithmetic, reason = "evidence is weighed here, never an amount")]

use std::collections::BTreeSet;
use std::ops::Range;

use super::axis::{FINEST, common_grain};
use super::evidence::{bits, log2};
use super::grid::Grid;

/// Fewest figures of a column or line, and of a run past which none of its figures stands by itself.
const LEAST_PARTS: usize = 3;
const LONGEST_ALONE: usize = 3;
/// Bits that one of several such figures must prove beyond what is owed.
const LEAST_ONE: f64 = 2.0;
/// Pairs that are looked at.
const MOST_PAIRS: usize = 1_000_000;

/// A figure and what it is the sum of.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Whole {
    /// Row and column in the grid.
    pub(super) target: (u32, u32),
    /// Those of its parts.
    pub(super) parts: Vec<(u32, u32)>,
    /// How many figures of the sheet are such sums.
    pub(super) support: (u32, u32),
}

/// A whole column or line of figures, or a stretch of it between gaps.
struct Stretch {
    places: Vec<(usize, usize)>,
    sum: i128,
    half: i128,
    grain: i128,
}

/// The figures that are such sums; `is_total` says by their places which are known to be sums, `is_told` the same of those that
/// are known otherwise, which is asked of few.
pub(super) fn find(
    grid: &Grid,
    least: f64,
    is_total: &[bool],
    is_told: impl Fn((u32, u32)) -> bool,
) -> Vec<Whole> {
    let (rows, width) = (grid.rows.len(), grid.columns.len());
    let at = |row: usize, column: usize| {
        let excluded = grid.rows[row].excluded || grid.columns[column].excluded;
        if excluded { None } else { grid.at(row, column) }
    };
    let is_total = |row: usize, column: usize| is_total[row * width + column];
    let place = |series: usize, instance: usize| {
        if series < width { (instance, series) } else { (series - width, instance) }
    };
    let length = |series: usize| if series < width { rows } else { width };
    // Where runs of figures begin and end, by column and line.
    let mut runs: Vec<(usize, Range<usize>)> = vec![];
    let mut in_run = vec![false; rows * width];
    for series in 0..width + rows {
        let mut from = None;
        for instance in 0..=length(series) {
            let figure = instance < length(series) && {
                let (row, column) = place(series, instance);
                at(row, column).is_some()
            };
            match from {
                None if figure => from = Some(instance),
                Some(first) if !figure => {
                    if instance - first > LONGEST_ALONE {
                        for (row, column) in (first..instance).map(|at| place(series, at)) {
                            in_run[row * width + column] = true;
                        }
                    }
                    runs.push((series, first..instance));
                    from = None;
                }
                _ => {}
            }
        }
    }
    let mut alone = vec![];
    let mut sums = BTreeSet::new();
    for (row, column) in (0..rows).flat_map(|row| (0..width).map(move |column| (row, column))) {
        let Some(cell) = at(row, column).filter(|cell| cell.value != 0) else { continue };
        if is_total(row, column) {
            sums.insert(cell.value);
        } else if !in_run[row * width + column] {
            alone.push((row, column, cell));
        }
    }
    if alone.is_empty() {
        return vec![];
    }
    let mut stretches: Vec<Stretch> = vec![];
    for of_series in runs.chunk_by(|one, next| one.0 == next.0) {
        let open = |(series, run): &(usize, Range<usize>)| -> Vec<(usize, usize)> {
            let all = run.clone().map(|at| place(*series, at));
            all.filter(|(row, column)| !is_total(*row, *column)).collect()
        };
        stretches.extend(of_series.iter().filter_map(|run| stretch(&at, open(run))));
        if of_series.len() > 1 {
            stretches.extend(stretch(&at, of_series.iter().flat_map(open).collect()));
        }
    }
    // What a total states already is told there.
    stretches.retain(|stretch| !sums.contains(&stretch.sum));
    if stretches.is_empty() || alone.len() * stretches.len() > MOST_PAIRS {
        return vec![];
    }
    let noise = if grid.scale >= FINEST { 4 } else { 0 };
    let owed = log2(alone.len()) + log2(stretches.len());
    let mut found: Vec<(f64, (usize, usize), &Stretch)> = vec![];
    for &(row, column, cell) in &alone {
        let holds = |stretch: &&Stretch| {
            (stretch.sum - cell.value).abs() <= stretch.half + cell.half + noise
                && !stretch.places.contains(&(row, column))
        };
        let far = |stretch: &&Stretch| {
            let distance = |(r, c): &(usize, usize)| r.abs_diff(row) + c.abs_diff(column);
            stretch.places.iter().map(distance).min()
        };
        if let Some(stretch) = stretches.iter().filter(holds).min_by_key(far) {
            // What ties to the last stored digit proves all of them.
            let exact = (stretch.sum - cell.value).abs() <= noise;
            let width = if exact { noise } else { 2 * (stretch.half + cell.half) };
            let grain = stretch.grain.min(common_grain([cell.value]));
            let gain = bits(cell.value, width.max(grain)) - owed;
            if gain >= LEAST_ONE && !is_told((row as u32, column as u32)) {
                found.push((gain, (row, column), stretch));
            }
        }
    }
    let all: f64 = found.iter().map(|(gain, ..)| gain).sum();
    if all < least {
        return vec![];
    }
    let support = (found.len() as u32, found.len() as u32);
    let place = |(row, column): (usize, usize)| (row as u32, column as u32);
    found
        .into_iter()
        .map(|(_, target, stretch)| Whole {
            target: place(target),
            parts: stretch.places.iter().copied().map(place).collect(),
            support,
        })
        .collect()
}

/// A stretch of figures with their sum, where there are enough of them.
fn stretch(
    at: &impl Fn(usize, usize) -> Option<super::Scaled>,
    places: Vec<(usize, usize)>,
) -> Option<Stretch> {
    let cells = || places.iter().filter_map(|(row, column)| at(*row, *column));
    if places.len() < LEAST_PARTS || cells().filter(|cell| cell.value != 0).count() < 2 {
        return None;
    }
    let sum = cells().map(|cell| cell.value).sum();
    let half = cells().map(|cell| cell.half).sum();
    let grain = common_grain(cells().map(|cell| cell.value));
    Some(Stretch { places, sum, half, grain })
}
