//! 单价 × 数量 = 金额.

use super::Proposer;
use crate::lexicon::List;
use crate::model::{CellRef, EvidenceSet, FieldRole, LineRole, Operation, Origin, Relation, Shape};
use crate::number::{Decimal, Unit};

/// A price, a quantity and what they come to.
struct Product {
    amount: usize,
    price: usize,
    quantity: usize,
    rows: Vec<u32>,
    holds: u32,
    fails: u32,
}

impl Proposer<'_> {
    /// 单价 × 数量 = 金额.
    pub(super) fn products(&self) -> Vec<Relation> {
        let figures: Vec<usize> = (0..self.fields().len())
            .filter(|at| matches!(self.fields()[*at].role, FieldRole::Amount | FieldRole::Quantity))
            .collect();
        let words = &self.view.rulebook.words;
        let named = |list: &List| -> Vec<usize> {
            figures.iter().copied().filter(|at| list.stand_in(&self.key(*at))).collect()
        };
        let prices = named(&words.price_headers);
        let quantities = named(&words.counted_headers);
        let amounts = named(&words.product_headers);
        let group = |at: usize| self.fields()[at].path.split_last().map_or(&[][..], |(_, up)| up);
        let mut best: Option<Product> = None;
        for &amount in &amounts {
            for &price in prices.iter().filter(|price| **price != amount) {
                for &quantity in
                    quantities.iter().filter(|quantity| **quantity != amount && **quantity != price)
                {
                    // 期初单价 is no price of what was bought, where there is a 期初数量.
                    let in_group = |other: usize| group(other) == group(price);
                    if !in_group(quantity) && quantities.iter().any(|other| in_group(*other)) {
                        continue;
                    }
                    let (mut holds, mut fails) = (0, 0);
                    let mut rows = Vec::new();
                    for &row in &self.rows {
                        let line = &self.view.table.lines[row];
                        if matches!(line.role, LineRole::Total | LineRole::Subtotal) {
                            continue;
                        }
                        let (Some(a), Some(p), Some(q)) = (
                            self.view.cell(row, amount).value(),
                            self.view.cell(row, price).value(),
                            self.view.cell(row, quantity).value(),
                        ) else {
                            continue;
                        };
                        let times = self.units_of(row, price, amount);
                        let Some(product) =
                            p.checked_mul(q).and_then(|product| product.checked_mul(times))
                        else {
                            continue;
                        };
                        // A price or a number that was left out is no nought.
                        if product.is_zero() && !a.is_zero() {
                            continue;
                        }
                        rows.push(line.row);
                        let counted = q.is_integer() && self.fields()[quantity].counts_things();
                        let loose = if counted {
                            Decimal::ZERO
                        } else {
                            self.view.cell(row, quantity).half()
                        };
                        let slack = self.view.cell(row, amount).half()
                            + (self.view.cell(row, price).half() * q.abs() + loose * p.abs())
                                * times;
                        if (a - product).abs() > slack {
                            fails += 1;
                        } else if !a.is_zero() {
                            holds += 1;
                        }
                    }
                    if holds >= 2
                        && holds >= 3 * fails
                        && best.as_ref().is_none_or(|best| holds > best.holds)
                    {
                        best = Some(Product { amount, price, quantity, rows, holds, fails });
                    }
                }
            }
        }
        let Some(Product { amount, price, quantity, rows, holds, fails }) = best else {
            return Vec::new();
        };
        let table = self.view.table;
        vec![
            Relation::new(
                "T03",
                Operation::Product,
                Shape::Fields {
                    table: table.id,
                    target: table.fields[amount].column,
                    terms: vec![
                        (table.fields[price.min(quantity)].column, 1),
                        (table.fields[price.max(quantity)].column, 1),
                    ],
                    rows,
                },
                EvidenceSet::of(Origin::Label).with(Origin::Mined),
            )
            .supported(holds, holds + fails),
        ]
    }

    /// How many of one column's units of money one of another's is: 0.0001 from 元 to 万元.
    fn units_of(&self, row: usize, from: usize, to: usize) -> Decimal {
        let table = self.view.table;
        let yuan = |field: usize| {
            let cell = CellRef::new(table.lines[row].row, table.fields[field].column);
            table.unit_at(cell).and_then(Unit::yuan)
        };
        match (yuan(from), yuan(to)) {
            (Some(from), Some(to)) => from / to,
            _ => Decimal::ONE,
        }
    }
}
