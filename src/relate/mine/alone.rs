//! Sums of lines in one column alone: a column whose totals reach over other rows than those of its neighbours.
//!
//! What the columns together have shown is taken as given; what is left in a column is read like a column of its own, where
//! only the digits of the figures can prove a sum.

use super::axis::{Axis, Direction, unit as dividing_all};
use super::choose::Chosen;
use super::family::Family;
use super::grid::{Grid, Scaled};
use super::runs::{Pass, comes_to};
use super::{LEVELS, Limits, fold, runs};
use crate::model::Operation;

/// Fewest columns: with one, the whole axis is that column.
const LEAST_COLUMNS: usize = 2;
/// Most lines in which single columns are read.
const MOST_LINES: usize = 2_000;

/// The sums that hold in one column only, each a family with one instance.
pub(super) fn find(grid: &Grid, limits: &Limits, known: &[Family]) -> Vec<Family> {
    if grid.columns.len() < LEAST_COLUMNS || grid.rows.len() > MOST_LINES {
        return vec![];
    }
    let alone = Limits { run: limits.alone, ..limits.clone() };
    (0..grid.columns.len()).flat_map(|column| of_column(grid, &alone, known, column)).collect()
}

fn of_column(grid: &Grid, limits: &Limits, known: &[Family], column: usize) -> Vec<Family> {
    if grid.columns[column].excluded {
        return vec![];
    }
    let mut hidden = vec![false; grid.rows.len()];
    let mut explained = vec![false; grid.rows.len()];
    for family in known {
        let holds = family.holds.binary_search(&(column as u32)).is_ok();
        if !holds || !matches!(family.operation, Operation::Sum | Operation::Average) {
            continue;
        }
        explained[family.target as usize] = true;
        if family.operation == Operation::Sum && family.minus == 0 {
            for term in &family.terms {
                hidden[*term as usize] = true;
            }
        }
    }
    if !any_run(grid, column, &hidden, &explained) {
        return vec![];
    }
    let axis = Axis::new(&grid.column(column), Direction::Lines);
    if axis.live.len() < 3 {
        return vec![];
    }
    let mut chosen = Chosen::new(&axis);
    for level in 0..LEVELS {
        let open: Vec<usize> = axis.live.iter().copied().filter(|s| !hidden[*s]).collect();
        let mut found = runs::find(&axis, limits, &open, Pass::plain(level));
        found.retain(|sum| !explained[sum.target] && sum.operation == Operation::Sum);
        let fresh = chosen.runs(found, level);
        if fresh.is_empty() || !fold(&mut hidden, &fresh) {
            break;
        }
    }
    super::choose::operations(&axis, chosen.into_inner(&axis), &[])
        .into_iter()
        .map(|family| Family { holds: vec![column as u32], fails: vec![], ..family })
        .collect()
}

/// Whether some figure of a column may be the sum of those right above or below it: most columns hold none, and need not be
/// read like a table.
fn any_run(grid: &Grid, column: usize, hidden: &[bool], explained: &[bool]) -> bool {
    let at = |row: usize| if grid.rows[row].excluded { None } else { grid.at(row, column) };
    let figures: Vec<Scaled> = (0..grid.rows.len()).filter_map(at).collect();
    let mut unit = 1;
    if !figures.iter().all(|cell| is_narrow(*cell, grid.rows.len())) {
        // Amounts beside rates of many decimals end in zeros.
        unit = dividing_all(figures.iter());
        let narrow = |cell: &Scaled| Scaled { value: cell.value / unit, half: cell.half / unit };
        if !figures.iter().all(|cell| is_narrow(narrow(cell), grid.rows.len())) {
            return true;
        }
    }
    let growing = figures.iter().all(|cell| cell.value >= 0);
    // 128 bits are divided by calling a function.
    let narrow = |whole: i128| if unit == 1 { whole as i64 } else { (whole / unit) as i64 };
    let open: Vec<(bool, [i64; 2])> = (0..grid.rows.len())
        .filter(|row| !hidden[*row])
        .filter_map(|row| {
            let cell = at(row)?;
            Some((explained[row], [narrow(cell.value), narrow(cell.half)]))
        })
        .collect();
    open.iter().enumerate().filter(|(_, (explained, _))| !explained).any(|(at, (_, target))| {
        comes_to(*target, growing, open[..at].iter().rev().map(|(_, cell)| *cell))
            || comes_to(*target, growing, open[at + 1..].iter().map(|(_, cell)| *cell))
    })
}

/// Whether sums of so many figures of this size stay within 64 bits.
fn is_narrow(cell: Scaled, count: usize) -> bool {
    let most = i128::from(i64::MAX) / (count as i128 + 4);
    cell.value.abs() + cell.half < most
}

impl Grid {
    /// One column as a grid of its own.
    fn column(&self, column: usize) -> Self {
        let columns = vec![self.columns[column].clone()];
        let cells = (0..self.rows.len()).map(|row| self.at(row, column)).collect();
        Self { rows: self.rows.clone(), columns, scale: self.scale, cells }
    }
}
