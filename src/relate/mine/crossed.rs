//! Failures that one wrong figure explains: sums that hold elsewhere and fail here by the same, with one cell in common.
//!
//! That two sums of different figures, a row and a column or a list and its regrouping, are off by the very same is no accident
//! where one cell stands in both and mends both. What each of them lacks as a witness by itself, the other is.

use std::collections::{BTreeMap, BTreeSet};

use super::broken::{cell, gap, grain, is_tried, tells, witnesses};
use super::family::Family;
use super::grid::Grid;
use crate::model::Operation;

/// Failures of a sum past which it means something else there.
const MOST_FAILURES: usize = 2;
/// Instances that hold, for each that does not.
const HOLDS_PER_FAILURE: usize = 2;
/// The same of a sum that is off by a figure of many digits: that another is off by the very same is no accident.
const MOST_FAILURES_OFF_BY_MUCH: usize = 4;
/// A figure of so many units of its last digit has many digits.
const MUCH: i128 = 1_000;
/// Least score of a sum that is taken for one.
const LEAST_SCORE: f64 = 12.0;
/// Instances that hold where one figure beside the total is enough to try it: a total of one part is its copy.
const COPIES: usize = 8;

/// A sum that fails in an instance.
#[derive(Clone, Copy)]
struct Failure {
    family: usize,
    at: u32,
    /// What the cell in question would have to be more.
    more: i128,
    /// What the printed digits let pass.
    slack: i128,
}

/// The instances in which each family fails by what one cell explains together with another family's failure.
///
/// `adds_up` tells whether figures of an instance of a family add up at all.
pub(super) fn find(
    grid: &Grid,
    families: &[Family],
    adds_up: impl Fn(&Family, u32) -> bool,
) -> Vec<Vec<u32>> {
    let mut found = vec![vec![]; families.len()];
    let by_cell = failures(grid, families, adds_up);
    let mut told: BTreeSet<(usize, u32)> = BTreeSet::new();
    for (wrong, failures) in &by_cell {
        if failures.len() < 2 || !agree(failures) || holds_with(grid, families, *wrong) {
            continue;
        }
        let cells = |failure: &Failure| cells(grid, &families[failure.family], failure.at);
        let mut common = cells(&failures[0]);
        for failure in &failures[1..] {
            let own = cells(failure);
            common.retain(|cell| own.contains(cell));
        }
        // What several cells would mend may be what stands in none of them.
        if common.len() == 1 {
            told.extend(failures.iter().map(|failure| (failure.family, failure.at)));
        }
    }
    for (family, at) in told {
        found[family].push(at);
    }
    found
}

/// The failures of sums that hold elsewhere, by each cell that may be wrong.
fn failures(
    grid: &Grid,
    families: &[Family],
    adds_up: impl Fn(&Family, u32) -> bool,
) -> BTreeMap<(u32, u32), Vec<Failure>> {
    let mut by_cell: BTreeMap<(u32, u32), Vec<Failure>> = BTreeMap::new();
    for (index, family) in families.iter().enumerate() {
        let fails = &family.fails;
        if family.operation != Operation::Sum
            || family.terms.len() < 2
            || fails.is_empty()
            || fails.len() > MOST_FAILURES_OFF_BY_MUCH
            || family.holds.len() < HOLDS_PER_FAILURE.max(fails.len() + 1)
            || family.score < LEAST_SCORE
            || witnesses(grid, family) < HOLDS_PER_FAILURE
        {
            continue;
        }
        let few =
            fails.len() <= MOST_FAILURES && family.holds.len() >= HOLDS_PER_FAILURE * fails.len();
        let checked = family.holds.iter().take(HOLDS_PER_FAILURE * MOST_FAILURES).copied();
        let grain = grain(grid, family, checked);
        for &at in fails {
            let Some(gap) = gap(grid, family, at) else { continue };
            let stated = || family.terms.iter().any(|term| cell(grid, family, *term, at).is_some());
            let tried = is_tried(grid, family, at) || family.holds.len() >= COPIES && stated();
            if !tried || !adds_up(family, at) || !few && gap.abs() < MUCH * grain {
                continue;
            }
            let added = family.terms.len() - family.minus;
            let signs = (0..).map(|place| if place < added { 1 } else { -1 });
            let parts = family.terms.iter().copied().zip(signs);
            let half = |series| cell(grid, family, series, at).map_or(0, |cell| cell.half);
            let all = parts.chain([(family.target, -1)]);
            let slack = all.clone().map(|(series, _)| half(series)).sum();
            for (series, sign) in all {
                if cell(grid, family, series, at).is_some() {
                    let failure = Failure { family: index, at, more: gap * sign, slack };
                    by_cell.entry(family.direction.cell(series, at)).or_default().push(failure);
                }
            }
        }
    }
    by_cell
}

/// Whether all failures of a cell ask the same of it, which is more than the printed digits may be off by.
fn agree(failures: &[Failure]) -> bool {
    let first = failures[0];
    failures.iter().all(|other| {
        (other.more - first.more).abs() <= other.slack + first.slack
            && other.more.abs() > 2 * (other.slack + first.slack)
    })
}

/// The cells of a family in an instance that hold a figure.
fn cells(grid: &Grid, family: &Family, at: u32) -> BTreeSet<(u32, u32)> {
    let series = family.terms.iter().chain([&family.target]);
    let filled = series.filter(|series| cell(grid, family, **series, at).is_some());
    filled.map(|series| family.direction.cell(*series, at)).collect()
}

/// Whether a sum holds with the cell as it is, and says something.
fn holds_with(grid: &Grid, families: &[Family], wrong: (u32, u32)) -> bool {
    families.iter().filter(|family| family.operation == Operation::Sum).any(|family| {
        // Turned round, a row and a column are a series and an instance.
        let (series, at) = family.direction.cell(wrong.0, wrong.1);
        (family.target == series || family.terms.contains(&series))
            && family.holds.binary_search(&at).is_ok()
            && tells(grid, family, at)
    })
}
