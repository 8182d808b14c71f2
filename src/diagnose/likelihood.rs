//! What the other figures of a sheet say about a change: whether the value fits in where the stated one does not.
//!
//! Several cells can often be changed so that a sum ties. A change that makes its line move like the whole does from
//! column to column, or that gives a round figure where the column's figures are round, is likelier than one that does
//! the contrary; of blanks and zeros the odd one out is the likelier slip. All of it only shifts the weight of
//! explanations that the arithmetic allows.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::cause::{Weight, ways};
use super::network::Network;
use crate::model::{CellRef, Change, Operand, Operation, Place, Shape};
use crate::number::Decimal;

/// Lines of a column that are looked at.
const SCANNED: usize = 300;

/// Neighbouring columns (or lines) whose share is compared, on either side.
const PEERS: usize = 2;

/// How much one step of closeness weighs: a step from “another size” to “the same” is taken for about a factor of ten. Ours;
/// no corpus was measured for it.
const STEP: Weight = 3;

/// How much all this may shift a weight, either way: by less than a factor of a hundred.
const MOST: Weight = 18;

/// Past this multiple of all other figures of its column a value is out of scale.
const SCALE: u64 = 1_000;

/// What the figures of a column are like, the judged one left out.
struct Column {
    values: Vec<(u32, Decimal)>,
    blanks: usize,
    decimals: u32,
}

/// The likelihood of changes, with what was looked up.
pub(super) struct Likelihood<'n, 'a> {
    network: &'n Network<'a>,
    columns: RefCell<HashMap<(u32, u32), Rc<Column>>>,
}

impl<'n, 'a> Likelihood<'n, 'a> {
    pub(super) fn new(network: &'n Network<'a>) -> Self {
        Self { network, columns: RefCell::default() }
    }

    /// How much likelier a change becomes by the figures around; `of` is the failing check that asked for it.
    pub(super) fn shift(&self, change: &Change, of: Option<usize>) -> Weight {
        let operand = self.network.operand(change.place);
        let stated = self.network.stated(&operand);
        let share = of.map_or(0, |at| self.share(at, change, stated));
        let column = self.column(&operand);
        let own = column.as_ref().map_or(0, |column| {
            roundness(column, change, stated)
                + scale(column, change, stated)
                + self.nothing(column, &operand, change, stated)
        });
        (share + own).clamp(-MOST, MOST)
    }

    fn column(&self, operand: &Operand) -> Option<Rc<Column>> {
        let id = operand.table?;
        let key = (id, operand.place.cell.column);
        if let Some(column) = self.columns.borrow().get(&key) {
            return Some(Rc::clone(column));
        }
        let table = &self.network.packet.tables[id as usize];
        let mut column = Column {
            values: Vec::new(),
            blanks: 0,
            decimals: table.field_at(key.1).map_or(0, |field| field.decimals).min(8),
        };
        for line in table.lines.iter().filter(|line| line.role.is_data()).take(SCANNED) {
            let place = operand.place.at(line.row, key.1);
            match self.network.stated(&Operand { place, ..*operand }) {
                Some(value) => column.values.push((line.row, value)),
                None => column.blanks += 1,
            }
        }
        let column = Rc::new(column);
        self.columns.borrow_mut().insert(key, Rc::clone(&column));
        Some(column)
    }

    /// A part has about the same share of its total in the next column (or line).
    fn share(&self, at: usize, change: &Change, stated: Option<Decimal>) -> Weight {
        let (relation, ordinal, outcome) = &self.network.failing[at];
        let relation = &self.network.relations[*relation as usize];
        if relation.operation != Operation::Sum || change.place == outcome.target.place {
            return 0;
        }
        let Some(total) = outcome.stated.filter(|total| !total.is_zero()) else { return 0 };
        let (others, by_column) = match &relation.shape {
            Shape::Lines { columns, .. } => (columns, true),
            Shape::Fields { rows, .. } => (rows, false),
            Shape::Cells { .. } => return 0,
        };
        let (at, home) = (*ordinal as usize, outcome.target.place.cell);
        let near = others[at.saturating_sub(PEERS)..at]
            .iter()
            .chain(others.get(at + 1..(at + 1 + PEERS).min(others.len())).unwrap_or_default());
        let value = |cell: CellRef| {
            let place = Place { cell, ..change.place };
            let value = self.network.stated(&Operand { place, ..outcome.target });
            value.filter(|value| !value.is_zero())
        };
        let shares = near.filter_map(|other| {
            let moved = |cell: CellRef| {
                if by_column {
                    CellRef::new(cell.row, *other)
                } else {
                    CellRef::new(*other, cell.column)
                }
            };
            value(moved(change.place.cell))?.checked_div(value(moved(home))?)
        });
        let shares: Vec<Decimal> = shares.collect();
        let closest = |value: Decimal| {
            let share = value.checked_div(total)?;
            shares.iter().map(|other| apart(share, *other)).min()
        };
        let before = closest(stated.unwrap_or_default());
        before.zip(closest(change.value)).map_or(0, |(before, after)| STEP * (before - after))
    }

    /// Of blanks and zeros the rarer kind is the slip; and a line that says something in the next columns lacks a figure
    /// rather than one that says nothing anywhere.
    fn nothing(
        &self,
        column: &Column,
        operand: &Operand,
        change: &Change,
        stated: Option<Decimal>,
    ) -> Weight {
        if stated.is_some_and(|value| !value.is_zero()) || change.value.is_zero() {
            return 0;
        }
        let zeros = column.values.iter().filter(|(_, value)| value.is_zero()).count();
        let odd = match stated {
            Some(_) => ways(column.blanks + 1) - ways(zeros.max(1)),
            None => ways(zeros + 1) - ways(column.blanks.max(1)),
        };
        let Some(table) = operand.table.map(|id| &self.network.packet.tables[id as usize]) else {
            return odd.clamp(-8, 8);
        };
        let beside: Vec<Option<Decimal>> = table
            .figure_fields()
            .filter(|field| field.column.abs_diff(change.place.cell.column) <= 2)
            .filter(|field| field.column != change.place.cell.column)
            .map(|field| {
                let place = change.place.at(change.place.cell.row, field.column);
                self.network.stated(&Operand { place, ..*operand })
            })
            .collect();
        let line = match beside.as_slice() {
            [] => 0,
            some if some.iter().flatten().any(|value| !value.is_zero()) => 5,
            _ => -8,
        };
        odd.clamp(-8, 8) + line
    }
}

/// How unlike two shares are, from 0 (the same within half a hundredth) to 6 (another size altogether, or none).
fn apart(one: Decimal, other: Decimal) -> Weight {
    const BANDS: [(i64, u32); 6] = [(1005, 3), (103, 2), (110, 2), (130, 2), (2, 0), (5, 0)];
    if one.is_sign_negative() != other.is_sign_negative() {
        return 6;
    }
    let (large, small) = (one.abs().max(other.abs()), one.abs().min(other.abs()));
    let Some(ratio) = large.checked_div(small) else { return 6 };
    let within = |(band, scale): &(i64, u32)| ratio <= Decimal::new(*band, *scale);
    BANDS.iter().position(within).map_or(6, |band| band as Weight)
}

/// How much likelier the column makes a figure with as many zeros at its end than chance would.
fn roundness(column: &Column, change: &Change, stated: Option<Decimal>) -> Weight {
    let Some(stated) = stated.filter(|value| !value.is_zero()) else { return 0 };
    if column.values.len() < 6 || change.value.is_zero() {
        return 0;
    }
    let others = || {
        let own = change.place.cell.row;
        column.values.iter().filter(move |(row, value)| *row != own && !value.is_zero())
    };
    let count = others().count();
    let score = |value: Decimal| {
        let zeros = zeros(value, column.decimals);
        let as_round = others().filter(|(_, value)| self::zeros(*value, column.decimals) >= zeros);
        ways(2 * as_round.count() + 1) - ways(2 * count + 2) + 10 * zeros
    };
    (score(change.value) - score(stated)).clamp(-8, 8)
}

/// Zeros at the end of a figure printed with so many decimals.
fn zeros(value: Decimal, decimals: u32) -> Weight {
    let mut value = value.normalize();
    if value.scale() < decimals {
        value.rescale(decimals);
    }
    let mut mantissa = value.mantissa().unsigned_abs();
    let mut zeros = 0;
    while mantissa != 0 && mantissa.is_multiple_of(10) && zeros < 6 {
        mantissa /= 10;
        zeros += 1;
    }
    zeros
}

/// A value a thousand times larger than everything else in its column.
fn scale(column: &Column, change: &Change, stated: Option<Decimal>) -> Weight {
    let own = change.place.cell.row;
    let others = column.values.iter().filter(|(row, _)| *row != own).map(|(_, value)| value.abs());
    let Some(most) = others.max().filter(|most| !most.is_zero()) else { return 0 };
    let Some(limit) = most.checked_mul(Decimal::from(SCALE)) else { return 0 };
    match (stated.unwrap_or_default().abs() > limit, change.value.abs() > limit) {
        (false, true) => -15,
        (true, false) => 10,
        _ => 0,
    }
}
