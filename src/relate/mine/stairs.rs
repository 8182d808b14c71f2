//! Totals one column further out than their parts, as statements print them: the items in an inner column, what they come to
//! beside it.
//!
//! The two columns are read as one in which the outer figures are the totals. One such sum proves little; that most of the
//! outer column's figures are what stands above them in the inner one proves the form. So does that most of them are what
//! begins or ends in their own line, or what stands under them up to the next.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "evidence is weighed here, never an amount"
)]

use super::Limits;
use super::axis::{Axis, Direction, FINEST, common_grain};
use super::evidence::{Verdict, bits, test_sum};
use super::family::Candidate;
use super::grid::Grid;
use super::runs::{self, Pass};
use super::words::Word;
use crate::model::Operation;

/// How many columns out a total may stand.
const FURTHEST: usize = 2;
/// Most lines of a sheet in which stairs are looked for.
const MOST_LINES: usize = 2_000;
/// Bits that all sums of two columns must come to.
const LEAST_SUM: f64 = 24.0;
/// Least share of the outer column's figures that must be such totals.
const LEAST_SHARE: f64 = 0.5;
/// Least score of one sum among them: nearly any, once the form is proved.
const LEAST_ONE: f64 = -2.0;

/// A sum whose parts stand in another column than it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Row and column of the total in the grid.
    pub target: (u32, u32),
    /// Rows of the parts, all in one column.
    pub rows: Vec<u32>,
    /// The column of the parts.
    pub column: u32,
    /// How many figures of the outer column are such totals, and how many it has.
    pub support: (u32, u32),
    /// It does not tie, though all others of these columns are made like it.
    pub broken: bool,
}

/// The sums over columns side by side.
pub(super) fn find(grid: &Grid, limits: &Limits) -> Vec<Step> {
    let width = grid.columns.len();
    if grid.rows.len() > MOST_LINES {
        return vec![];
    }
    let mut found = vec![];
    let count =
        |column: usize| (0..grid.rows.len()).filter(|row| grid.at(*row, column).is_some()).count();
    let counts: Vec<usize> = (0..width).map(count).collect();
    for outer in 0..width {
        let figures = counts[outer];
        if figures < 2 || grid.columns[outer].excluded {
            continue;
        }
        let near = outer.saturating_sub(FURTHEST)..width.min(outer + FURTHEST + 1);
        let best = near
            .filter(|inner| *inner != outer && !grid.columns[*inner].excluded)
            .map(|inner| between(grid, limits, inner, outer, figures))
            .max_by_key(Vec::len)
            .filter(|best| !best.is_empty());
        let best = best.or_else(|| {
            let near = outer.saturating_sub(FURTHEST)..width.min(outer + FURTHEST + 1);
            let inner = near.filter(|inner| {
                *inner != outer
                    && !grid.columns[*inner].excluded
                    && figures >= LEAST_PLAIN
                    && counts[*inner] >= 2 * figures
            });
            let forms = inner.flat_map(|inner| Stretch::ALL.map(|form| (inner, form)));
            let found = forms.map(|(inner, form)| (inner, stretches(grid, inner, outer, form)));
            let best = found.min_by_key(|(inner, steps)| {
                (std::cmp::Reverse(steps.len()), inner.abs_diff(outer))
            });
            best.map(|(_, steps)| steps)
        });
        found.extend(best.unwrap_or_default());
    }
    found
}

/// Where the parts of a total that stands beside their column lie.
#[derive(Clone, Copy)]
enum Stretch {
    /// They end in its own line, and begin after the total before.
    Closing,
    /// They begin in its own line, and end before the next total.
    Opening,
    /// They begin right under it, and end before the next total.
    Under,
}

impl Stretch {
    const ALL: [Self; 3] = [Self::Closing, Self::Opening, Self::Under];
}

/// The figures of a column that are each the sum of a stretch of another one, as the totals part it, where most are.
fn stretches(grid: &Grid, inner: usize, outer: usize, form: Stretch) -> Vec<Step> {
    let rows = grid.rows.len();
    let totals: Vec<usize> = (0..rows).filter(|row| grid.at(*row, outer).is_some()).collect();
    let figures = |column: usize| (0..rows).filter_map(move |row| grid.at(row, column));
    let grain = common_grain(figures(inner).chain(figures(outer)).map(|cell| cell.value));
    let noise = if grid.scale >= FINEST { 4 } else { 0 };
    let mut found = vec![];
    let mut proof = 0.0;
    for (at, &row) in totals.iter().enumerate() {
        let next = totals.get(at + 1).copied().unwrap_or(rows);
        let range = match form {
            Stretch::Closing => at.checked_sub(1).map_or(0, |before| totals[before] + 1)..row + 1,
            Stretch::Opening => row..next,
            Stretch::Under => row + 1..next,
        };
        let own = grid.at(row, inner).is_some();
        if own == matches!(form, Stretch::Under) {
            continue;
        }
        // A line in which nothing is written ends a stretch.
        let is_blank =
            |row: &usize| grid.at(*row, inner).is_none() && grid.rows[*row].label.is_empty();
        let stretch: Vec<usize> = match form {
            Stretch::Closing => range.rev().take_while(|row| !is_blank(row)).collect(),
            _ => range.take_while(|row| !is_blank(row)).collect(),
        };
        let terms: Vec<usize> =
            stretch.into_iter().filter(|row| grid.at(*row, inner).is_some()).collect();
        let cells = || terms.iter().filter_map(|row| grid.at(*row, inner));
        let Some(stated) = grid.at(row, outer) else { continue };
        let tolerance = stated.half + cells().map(|cell| cell.half).sum::<i128>() + noise;
        let off = cells().map(|cell| cell.value).sum::<i128>() - stated.value;
        if cells().filter(|cell| cell.value != 0).count() >= 2 && off.abs() <= tolerance {
            proof += bits(stated.value, (2 * tolerance).max(grain));
            found.push((row, terms));
        }
    }
    let most = found.len() as f64 >= LEAST_SHARE * totals.len() as f64;
    if found.len() < LEAST_PLAIN || proof < LEAST_SUM || !most {
        return vec![];
    }
    let support = (found.len() as u32, totals.len() as u32);
    found
        .into_iter()
        .map(|(target, terms)| Step {
            target: (target as u32, outer as u32),
            rows: terms.into_iter().map(|term| term as u32).collect(),
            column: inner as u32,
            support,
            broken: false,
        })
        .collect()
}

fn between(grid: &Grid, limits: &Limits, inner: usize, outer: usize, figures: usize) -> Vec<Step> {
    let is_total = |row: usize| grid.at(row, outer).is_some();
    let items = (0..grid.rows.len())
        .filter(|row| !is_total(*row) && grid.at(*row, inner).is_some())
        .count();
    if items < 2 * LEAST_TOTALS || items < figures {
        return vec![];
    }
    let axis = Axis::new(&grid.folded(inner, outer), Direction::Lines);
    let loose = Limits { run: LEAST_ONE, worded_run: LEAST_ONE, ..limits.clone() };
    let mut sums: Vec<Candidate> = runs::find(&axis, &loose, &axis.live, Pass::plain(0));
    sums.retain(|sum| {
        sum.operation == Operation::Sum
            && is_total(sum.target)
            && !sum.terms.iter().any(|term| is_total(*term))
    });
    sums.sort_by(|a, b| {
        (a.target, b.score).partial_cmp(&(b.target, a.score)).unwrap_or(std::cmp::Ordering::Equal)
    });
    sums.dedup_by_key(|sum| sum.target);
    // The stretch of items right above a total.
    let above = |target: usize| -> Vec<usize> {
        (0..target)
            .rev()
            .skip_while(|row| grid.at(*row, inner).is_none() && !is_total(*row))
            .take_while(|row| !is_total(*row))
            // A line left blank among the items ends them only where nothing is written in front of it either.
            .take_while(|row| grid.at(*row, inner).is_some() || !grid.rows[*row].label.is_empty())
            .filter(|row| grid.at(*row, inner).is_some())
            .collect()
    };
    let share = |count: usize| count as f64 >= LEAST_SHARE * figures as f64;
    let proof: f64 = sums.iter().map(|sum| sum.score.max(0.0)).sum();
    if sums.len() < LEAST_TOTALS || proof < LEAST_SUM || !share(sums.len()) {
        // Round figures prove little of a stretch that had to be found; those whose place is told by the layout prove the form.
        let plain: Vec<(usize, Vec<usize>, f64)> = (0..grid.rows.len())
            .filter(|row| is_total(*row) && grid.at(*row, inner).is_none())
            .filter_map(|row| {
                let terms = above(row);
                match test_sum(&axis, row, (&terms).into(), 0, false) {
                    Verdict::Holds(gain) if gain > 0.0 && terms.len() >= 2 => {
                        Some((row, terms, gain))
                    }
                    _ => None,
                }
            })
            .collect();
        let proof: f64 = plain.iter().map(|(.., gain)| gain).sum();
        if plain.len() < LEAST_PLAIN || proof < LEAST_SUM || !share(plain.len()) {
            return vec![];
        }
        let support = (plain.len() as u32, figures as u32);
        return plain
            .into_iter()
            .map(|(target, terms, _)| Step {
                target: (target as u32, outer as u32),
                rows: terms.into_iter().map(|term| term as u32).collect(),
                column: inner as u32,
                support,
                broken: false,
            })
            .collect();
    }
    let support = (sums.len() as u32, figures as u32);
    let step = |target: usize, terms: &[usize], broken: bool| Step {
        target: (target as u32, outer as u32),
        rows: terms.iter().map(|term| *term as u32).collect(),
        column: inner as u32,
        support,
        broken,
    };
    let mut steps: Vec<Step> = sums.iter().map(|sum| step(sum.target, &sum.terms, false)).collect();
    // Where each takes exactly the stretch of items above it, another such stretch and total are meant so too.
    let plain = sums.iter().filter(|sum| above(sum.target) == sum.terms).count();
    if plain == sums.len() && plain >= LEAST_MADE_SO {
        let others = (0..grid.rows.len()).filter(|row| is_total(*row)).filter(|row| {
            grid.at(*row, inner).is_none()
                && axis.says(*row, Word::Total)
                && !sums.iter().any(|sum| sum.target == *row)
        });
        let others = others.map(|row| (row, above(row))).filter(|(_, terms)| terms.len() >= 2);
        steps.extend(others.map(|(row, terms)| step(row, &terms, true)));
    }
    steps
}

/// Totals that must all be made alike before another one is held to their form.
const LEAST_MADE_SO: usize = 4;

/// Fewest totals of the stretch right above them that make a form.
const LEAST_PLAIN: usize = 3;

/// Fewest totals that make a form.
const LEAST_TOTALS: usize = 2;

impl Grid {
    /// Two columns as one: the outer one's figures where it has any.
    fn folded(&self, inner: usize, outer: usize) -> Self {
        let columns = vec![self.columns[outer].clone()];
        let cell = |row: usize| self.at(row, outer).or_else(|| self.at(row, inner));
        let cells = (0..self.rows.len()).map(cell).collect();
        Self { rows: self.rows.clone(), columns, scale: self.scale, cells }
    }
}
