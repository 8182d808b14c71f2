//! Tables whose figures were rounded, each by itself, to fives: censuses publish counts of people so, and their parts come to
//! the total but for a few fives.
//!
//! That every figure ends in 0 or 5 does not show it, for budgets do too and add up exactly. That their lists come close, and
//! miss by fives, does.

use crate::model::{CellRef, FieldRole, Packet, Table};
use crate::number::{Decimal, Unit};

/// Figures that a table must have: with fewer it is an accident that all are multiples of five.
const LEAST_FIGURES: usize = 20;
/// Of so many figures one must end in 5: otherwise they are tens.
const ODD_SHARE: usize = 6;
/// Longest table that is looked at.
const MOST_LINES: usize = 2_000;
/// Lines of other figures that are passed over before the first of counts, and then for each of these.
const PASSED_OVER: usize = 3;
/// Longest list.
const LONGEST: usize = 60;
/// Bits that the ties of a list in all columns must come to, past those that say which list it is.
const LEAST_BITS: u32 = 16;
/// Sums of such lists that miss by fives, where the figures are money: budgets are made in round sums. Of people and things one
/// does.
const LEAST_MISSES: usize = 3;
/// For how many that hold to the last digit one must miss.
const HOLDS_PER_MISS: usize = 4;

/// What `inspect` says of such a table.
const ROUNDED: &str =
    "its figures end in 0 or 5, and its lists miss their totals by fives: rounded each to fives";

/// Marks the tables of a packet whose figures were rounded to fives.
pub(super) fn find(packet: &mut Packet) {
    for at in 0..packet.tables.len() {
        let table = &packet.tables[at];
        let units = table.fields.iter().map(|field| &field.unit).chain([&table.unit]);
        let money = units.flatten().any(Unit::is_money);
        let misses = if money { LEAST_MISSES } else { 1 };
        if figures(packet, table).is_some_and(|grid| is_rounded(&grid, misses)) {
            let table = &mut packet.tables[at];
            table.fives = true;
            table.evidence.push(ROUNDED.to_owned());
        }
    }
}

/// The figures line by line in units of five; `None` for a table that holds another number, or too few.
fn figures(packet: &Packet, table: &Table) -> Option<Vec<Vec<Option<i64>>>> {
    let columns: Vec<u32> = table
        .fields
        .iter()
        .filter(|field| matches!(field.role, FieldRole::Amount | FieldRole::Quantity))
        .map(|field| field.column)
        .collect();
    if table.lines.len() > MOST_LINES || columns.is_empty() {
        return None;
    }
    let (mut grid, mut count, mut odd, mut passed) = (vec![], 0, 0, 0);
    for line in table.lines.iter().filter(|line| line.role.is_data()) {
        let number =
            |column: &u32| packet.look_up_in(table, CellRef::new(line.row, *column)).number();
        let numbers: Vec<Option<Decimal>> = columns.iter().map(number).collect();
        let whole = |number: &Decimal| {
            let number = number.normalize();
            i64::try_from(number.mantissa()).ok().filter(|_| number.scale() == 0)
        };
        let year = |number: &Decimal| whole(number).is_some_and(|n| (1900..=2100).contains(&n));
        // Means beside the counts are no counts, nor is a year over them.
        if numbers.iter().flatten().any(|number| whole(number).is_none())
            || numbers.iter().flatten().all(year)
        {
            passed += 1;
            if passed > PASSED_OVER * (grid.len() + 1) {
                return None;
            }
            continue;
        }
        let mut row = Vec::with_capacity(columns.len());
        for number in numbers {
            let Some(number) = number else {
                row.push(None);
                continue;
            };
            let whole = whole(&number).filter(|whole| whole % 5 == 0)?;
            if whole != 0 {
                count += 1;
                odd += usize::from(whole % 2 != 0);
            }
            row.push(Some(whole / 5));
        }
        grid.push(row);
    }
    (count >= LEAST_FIGURES && odd * ODD_SHARE >= count).then_some(grid)
}

/// Whether lists along lines or columns come close to their totals and miss them.
fn is_rounded(lines: &[Vec<Option<i64>>], misses: usize) -> bool {
    let width = lines.first().map_or(0, Vec::len);
    let columns: Vec<Vec<Option<i64>>> =
        (0..width).map(|at| lines.iter().map(|line| line[at]).collect()).collect();
    let mut seen = Sums::default();
    seen.of_lists(lines);
    seen.of_lists(&columns);
    seen.miss >= misses && seen.hold <= HOLDS_PER_MISS * seen.miss
}

/// Sums of lists that come close to their totals.
#[derive(Default)]
struct Sums {
    hold: usize,
    miss: usize,
}

impl Sums {
    /// Takes each of some series as the total of those right behind or before it.
    fn of_lists(&mut self, series: &[Vec<Option<i64>>]) {
        for (at, total) in series.iter().enumerate() {
            let before: Vec<&[Option<i64>]> =
                series[..at].iter().rev().take(LONGEST).map(Vec::as_slice).collect();
            let behind: Vec<&[Option<i64>]> =
                series[at + 1..].iter().take(LONGEST).map(Vec::as_slice).collect();
            for parts in [before, behind] {
                let best = (2..=parts.len())
                    .filter_map(|length| of_list(total, &parts[..length]))
                    .max_by_key(|(bits, ..)| *bits);
                if let Some((_, hold, miss)) = best {
                    self.hold += hold;
                    self.miss += miss;
                }
            }
        }
    }
}

/// The bits that a list proves, and in how many instances it holds exactly and nearly; `None` where it fails in one, or
/// proves too little.
fn of_list(total: &[Option<i64>], parts: &[&[Option<i64>]]) -> Option<(u32, usize, usize)> {
    let (mut bits, mut hold, mut miss) = (0, 0, 0);
    for (at, stated) in total.iter().enumerate() {
        let own = || parts.iter().filter_map(|part| part[at]).filter(|part| *part != 0);
        let (Some(stated), true) = (*stated, own().nth(1).is_some()) else { continue };
        let off = (stated - own().sum::<i64>()).unsigned_abs();
        let figures = own().count() as u64 + 1;
        // Half a five each.
        if 2 * off > figures {
            return None;
        }
        bits += (stated.unsigned_abs() / figures).max(1).ilog2();
        if off == 0 {
            hold += 1;
        } else {
            miss += 1;
        }
    }
    let which = 2 * (parts.len() as u32).ilog2() + 2;
    (bits >= LEAST_BITS + which).then_some((bits, hold, miss))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(lines: &[&[i64]]) -> Vec<Vec<Option<i64>>> {
        lines.iter().map(|line| line.iter().map(|figure| Some(figure / 5)).collect()).collect()
    }

    #[test]
    fn lists_that_miss_by_fives_show_it() {
        let rounded = grid(&[
            &[20_355, 9_130, 4_785],
            &[12_340, 5_115, 2_240],
            &[6_225, 3_380, 1_905],
            &[1_785, 640, 635],
        ]);
        assert!(is_rounded(&rounded, LEAST_MISSES));
    }

    #[test]
    fn lists_that_hold_or_fail_do_not() {
        let exact = grid(&[
            &[20_350, 9_135, 4_780],
            &[12_340, 5_115, 2_240],
            &[6_225, 3_380, 1_905],
            &[1_785, 640, 635],
        ]);
        assert!(!is_rounded(&exact, 1));
        let others = grid(&[
            &[20_400, 9_035, 4_980],
            &[12_340, 5_115, 2_240],
            &[6_225, 3_380, 1_905],
            &[1_785, 640, 635],
        ]);
        assert!(!is_rounded(&others, 1));
    }
}
