//! Lists that a line of another look closes or opens: items in plain type, and below or above them the bold line that they
//! come to.
//!
//! One such list over two columns proves little, and nothing where it is off in one of them. That the bold lines of a sheet
//! are what stands above them proves the form of the sheet: a list that holds beside the place where it fails is meant there.
#![expect(clippy::float_arithmetic, reason = "evidence is weighed here, never an amount")]

use std::collections::BTreeMap;

use super::axis::{Axis, Direction, common_grain};
use super::evidence::{Verdict, test_sum};
use super::family::{Family, Form};
use super::grid::Grid;
use super::words::Word;
use crate::model::Operation;

/// The class of lines in bold type.
pub(super) const BOLD: u32 = 1;

/// Most lines of a sheet in which such lists are looked for.
const MOST_LINES: usize = 2_000;
/// Bits that the lists of a sheet must come to, less what it takes to say how each is read: one chance in
/// sixty-five thousand.
const LEAST_FORM: f64 = 16.0;
/// Bits that say how a list is read: from the last bold line or from the last gap, with that line or without.
const READING: f64 = 2.0;
/// Lists of a sheet that hold, for each bold line that nothing above it comes to.
const LISTS_PER_OTHER: usize = 3;
/// Columns in which lists hold, for each fault.
const HOLDS_PER_FAULT: usize = 3;
/// Faults past which the form is another.
const MOST_FAULTS: usize = 2;
/// Gain under which a column says nothing: copies of an only part.
const TELLING: f64 = 3.0;

/// A line that closes a list, and in which columns it does.
struct List {
    target: usize,
    terms: Vec<usize>,
    gain: f64,
    holds: Vec<u32>,
    fails: Vec<u32>,
}

/// The lists of a sheet whose form is proven, that close or that open with such a line; `fails` holds only what is a fault
/// for certain. `axis` are the lines of the grid.
pub(super) fn find(grid: &Grid, axis: &Axis, known: &[Family]) -> Vec<Family> {
    let ends =
        |row: usize| grid.rows[row].classes.contains(&BOLD) || grid.rows[row].says.has(Word::Total);
    if grid.rows.len() > MOST_LINES || !(0..grid.rows.len()).any(ends) {
        return vec![];
    }
    let mut found = of_form(axis, known, &ends, closed_by);
    found.extend(of_form(axis, known, &ends, opened_by));
    found
}

/// The lists of one form: `readings` gives what a line may be the sum of.
fn of_form<E: Fn(usize) -> bool>(
    axis: &Axis,
    known: &[Family],
    ends: &E,
    readings: fn(&Axis, usize, &E) -> Vec<Vec<usize>>,
) -> Vec<Family> {
    let (mut lists, mut others) = (vec![], 0);
    for &target in axis.live.iter().filter(|row| ends(**row)) {
        let tried: Vec<List> = readings(axis, target, ends)
            .into_iter()
            .map(|terms| read(axis, target, terms))
            .collect();
        let any = tried.iter().any(|list| !list.holds.is_empty() || !list.fails.is_empty());
        let best = tried
            .into_iter()
            .filter(|list| !list.holds.is_empty() && list.holds.len() >= list.fails.len())
            .max_by(|a, b| a.gain.total_cmp(&b.gain).then(b.terms.len().cmp(&a.terms.len())));
        match best {
            Some(list) => lists.push(list),
            None => others += usize::from(any),
        }
    }
    let bits: f64 = lists.iter().map(|list| list.gain - READING).sum();
    if lists.len() < 2 || bits < LEAST_FORM || lists.len() < LISTS_PER_OTHER * others {
        return vec![];
    }
    let faults = faults(axis, &lists);
    let says_more = |list: &List, fails: &[u32]| {
        !fails.is_empty()
            || !known.iter().any(|family| {
                family.direction == Direction::Lines
                    && family.operation == Operation::Sum
                    && family.target as usize == list.target
                    && list.holds.iter().all(|at| family.holds.contains(at))
            })
    };
    lists
        .into_iter()
        .zip(faults)
        .filter(|(list, fails)| says_more(list, fails))
        .map(|(list, fails)| Family {
            direction: Direction::Lines,
            operation: Operation::Sum,
            target: list.target as u32,
            terms: list.terms.iter().map(|term| *term as u32).collect(),
            minus: 0,
            factor: 1,
            holds: list.holds,
            fails,
            score: bits,
            worded: axis.says(list.target, Word::Total),
            form: Form::Closed,
        })
        .collect()
}

/// What a line may close: the lines since the last one that closes a list, or since the last gap, each with that line or
/// without.
fn closed_by(axis: &Axis, target: usize, ends: &impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let above = axis.live.partition_point(|row| *row < target);
    let last = axis.live[..above].iter().rposition(|row| ends(*row));
    let open = &axis.live[last.map_or(0, |at| at + 1)..above];
    let gap = open.windows(2).rposition(|pair| pair[1] > pair[0] + 1).map_or(0, |at| at + 1);
    let carried = last.map(|at| axis.live[at]);
    let mut found: Vec<Vec<usize>> = vec![];
    for items in [open, &open[gap..]] {
        for before in [None, carried] {
            let terms: Vec<usize> = before.into_iter().chain(items.iter().copied()).collect();
            if !items.is_empty() && terms.len() >= 2 && !found.contains(&terms) {
                found.push(terms);
            }
        }
    }
    found
}

/// What a line may open: the lines up to the next one that opens a list, or up to the next gap.
fn opened_by(axis: &Axis, target: usize, ends: &impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let below = axis.live.partition_point(|row| *row <= target);
    let rest = &axis.live[below..];
    let open = &rest[..rest.iter().position(|row| ends(*row)).unwrap_or(rest.len())];
    let gap = open.windows(2).position(|pair| pair[1] > pair[0] + 1);
    let near = &open[..gap.map_or(open.len(), |at| at + 1)];
    let mut found: Vec<Vec<usize>> =
        [open, near].into_iter().filter(|items| items.len() >= 2).map(<[usize]>::to_vec).collect();
    found.dedup();
    found
}

/// What the columns say of a reading.
fn read(axis: &Axis, target: usize, terms: Vec<usize>) -> List {
    let mut list = List { target, terms, gain: 0.0, holds: vec![], fails: vec![] };
    for instance in 0..axis.instances {
        match test_sum(axis, target, (&list.terms).into(), instance, false) {
            Verdict::Holds(gain) if gain >= TELLING => {
                list.gain += gain;
                list.holds.push(instance as u32);
            }
            Verdict::Fails => list.fails.push(instance as u32),
            _ => {}
        }
    }
    list
}

/// Where each list fails though it is meant: nowhere, where more than a fault or two are off.
fn faults(axis: &Axis, lists: &[List]) -> Vec<Vec<u32>> {
    let mut failing: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, list) in lists.iter().enumerate() {
        for column in &list.fails {
            failing.entry(*column).or_default().push(at);
        }
    }
    // Two that are off together are one fault where one counts the other.
    let counts = |a: usize, b: usize| lists[a].terms.contains(&lists[b].target);
    let one = |lists: &[usize]| match *lists {
        [_] => true,
        [a, b] => counts(a, b) || counts(b, a),
        _ => false,
    };
    let holds: usize = lists.iter().map(|list| list.holds.len()).sum();
    let none = vec![vec![]; lists.len()];
    if failing.len() > MOST_FAULTS
        || holds < HOLDS_PER_FAULT * failing.len()
        || !failing.values().all(|lists| one(lists))
    {
        return none;
    }
    let mut found = none;
    for (column, failing) in failing {
        let adds_up = lists.iter().any(|list| list.holds.contains(&column));
        for at in failing {
            let list = &lists[at];
            if (adds_up || list.holds.len() >= 2) && !may_be_rounded(axis, list, column) {
                found[at].push(column);
            }
        }
    }
    found
}

/// Whether each figure rounded by itself might make the difference.
fn may_be_rounded(axis: &Axis, list: &List, column: u32) -> bool {
    let at = |row: usize| axis.at(row, column as usize).map_or(0, |cell| cell.value);
    let all = || list.terms.iter().chain([&list.target]);
    let grain = common_grain(all().map(|row| at(*row)));
    let gap = at(list.target) - list.terms.iter().map(|row| at(*row)).sum::<i128>();
    2 * gap.abs() <= grain * all().count() as i128
}
