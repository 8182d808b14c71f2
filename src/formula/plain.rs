//! Whether a plain sum or quotient of cells gives what is stored beside it, told by integers. Nearly all formulas of budget
//! tables are such, and nearly all give it; whatever integers do not say is left to evaluation.

use super::evaluate::Evaluator;
use crate::model::{Area, CellRef, Function, Tree, Value};
use crate::number::Decimal;

/// Cells that a formula may look at: fewer than what evaluation takes from no budget.
const CELLS: u32 = 60;

/// More than any figure has digits, and few enough for a [`Decimal`] to hold them all.
const MOST: u128 = 10_u128.pow(27);

impl Evaluator<'_> {
    /// Whether a formula, seen from its cell, plainly gives a number: then it can be evaluated, and what it comes to
    /// [agrees](super::Evaluation::agrees_with) with the number.
    pub(super) fn plainly_gives(
        &self,
        tree: &Tree,
        sheet: u32,
        host: CellRef,
        stored: Decimal,
    ) -> bool {
        let mut plain = Plain { evaluator: self, sheet, host, left: CELLS };
        self.holds_own_values() && plain.gives(tree, stored) == Some(true)
    }
}

/// A formula's cell, and how many cells it may still look at.
struct Plain<'a> {
    evaluator: &'a Evaluator<'a>,
    sheet: u32,
    host: CellRef,
    left: u32,
}

/// A number as an integer of decimals.
#[derive(Clone, Copy)]
struct Digits {
    digits: i128,
    scale: u32,
}

impl Digits {
    const ZERO: Self = Self { digits: 0, scale: 0 };

    fn of(value: Decimal) -> Self {
        Self { digits: value.mantissa(), scale: value.scale() }
    }

    /// The digits with so many decimals; `None` where they are too many.
    fn at(self, scale: u32) -> Option<i128> {
        match scale.checked_sub(self.scale)? {
            0 => Some(self.digits),
            more => self.digits.checked_mul(10_i128.checked_pow(more)?),
        }
    }

    fn plus(self, other: Self, sign: i128) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let digits = self.at(scale)?.checked_add(sign * other.at(scale)?)?;
        (digits.unsigned_abs() < MOST).then_some(Self { digits, scale })
    }

    fn is(self, other: Self) -> Option<bool> {
        let scale = self.scale.max(other.scale);
        Some(self.at(scale)? == other.at(scale)?)
    }

    /// The whole part of its size.
    fn whole(self) -> Option<i128> {
        Some(self.digits.abs() / 10_i128.checked_pow(self.scale)?)
    }
}

impl Plain<'_> {
    /// Whether it gives a number; `None` where that is not plain.
    fn gives(&mut self, tree: &Tree, stored: Decimal) -> Option<bool> {
        match tree {
            Tree::Call(Function::If, arguments) => {
                let [Tree::Compare(comparison, a, b), met, rest @ ..] = arguments.as_slice() else {
                    return None;
                };
                let (a, b) = (self.cell_or_number(a)?, self.cell_or_number(b)?);
                // Where they are nearly equal evaluation is in doubt, and agrees with any number.
                let branch = if comparison.holds(a.cmp(&b)) { met } else { rest.first()? };
                if rest.len() > 1 { None } else { self.gives(branch, stored) }
            }
            Tree::Factors(factors) => {
                let [(false, above), (true, below)] = factors.as_slice() else { return None };
                let (above, below) = (self.cell_or_number(above)?, self.cell_or_number(below)?);
                is_quotient(Digits::of(stored), Digits::of(above), Digits::of(below))
            }
            _ => self.sum(tree)?.is(Digits::of(stored)),
        }
    }

    fn sum(&mut self, tree: &Tree) -> Option<Digits> {
        match tree {
            Tree::Terms(terms) => terms.iter().try_fold(Digits::ZERO, |sum, (minus, term)| {
                sum.plus(self.sum(term)?, if *minus { -1 } else { 1 })
            }),
            Tree::Call(Function::Sum, arguments) => {
                arguments.iter().try_fold(Digits::ZERO, |sum, argument| match argument {
                    Tree::Area(area) => sum.plus(self.sum_of(area)?, 1),
                    _ => None,
                })
            }
            _ => Digits::ZERO.plus(Digits::of(self.cell_or_number(tree)?), 1),
        }
    }

    /// The sum of a range, texts and truths left out.
    fn sum_of(&mut self, area: &Area) -> Option<Digits> {
        let (sheet, range) = area.resolve(self.sheet, self.host)?;
        let Some(range) = self.evaluator.book.clip(sheet, range) else { return Some(Digits::ZERO) };
        let (rows, columns) = range.size();
        self.left = self.left.checked_sub(rows.checked_mul(columns)?)?.checked_sub(1)?;
        let content = self.evaluator.workbook.sheets.get(sheet as usize)?;
        let mut sum = Digits::ZERO;
        for row in range.start.row..=range.end.row {
            for column in range.start.column..=range.end.column {
                let cell = CellRef::new(row, column);
                match content.stored(cell) {
                    Value::Number(value) => sum = sum.plus(Digits::of(value), 1)?,
                    Value::Error(_) => return None,
                    Value::Empty if self.evaluator.book.is_uncalculated(sheet, cell) => {
                        return None;
                    }
                    Value::Empty | Value::Text(_) | Value::Bool(_) => {}
                }
            }
        }
        Some(sum)
    }

    fn cell_or_number(&mut self, tree: &Tree) -> Option<Decimal> {
        let area = match tree {
            Tree::Number(value) => return Some(*value),
            Tree::Area(area) => area,
            _ => return None,
        };
        let (sheet, range) = area.resolve(self.sheet, self.host)?;
        if range.start != range.end {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        match self.evaluator.workbook.sheets.get(sheet as usize)?.stored(range.start) {
            Value::Number(value) => Some(value),
            Value::Empty if !self.evaluator.book.is_uncalculated(sheet, range.start) => {
                Some(Decimal::ZERO)
            }
            _ => None,
        }
    }
}

/// Whether a number is a quotient, within half of what binary arithmetic is allowed to leave of the larger of its terms: both
/// sides multiplied by the divisor.
fn is_quotient(stored: Digits, above: Digits, below: Digits) -> Option<bool> {
    let magnitude = above.whole()?.max(below.whole()?);
    if magnitude == 0 || below.whole()? == 0 || magnitude.unsigned_abs() >= MOST >> 40 {
        return None;
    }
    // In units of so many decimals.
    let scale = below.scale + stored.scale;
    let above = if above.scale > scale { return None } else { above.at(scale)? };
    let gap = above.checked_sub(stored.digits.checked_mul(below.digits)?)?.abs();
    // 5 × 10⁻¹² of the larger one, times the divisor.
    let slack = below.digits.abs().checked_mul(magnitude)?.checked_mul(5)?;
    let slack = match stored.scale.checked_sub(12) {
        Some(more) => slack.checked_mul(10_i128.checked_pow(more)?)?,
        None => slack / 10_i128.pow(12 - stored.scale),
    };
    Some(gap <= slack)
}

#[cfg(test)]
mod tests {

    use proptest::prelude::*;

    use super::*;
    use crate::model::{Format, Formula, FormulaBook, SheetBuilder, Texts, Value, Workbook};

    const FORMULAS: [&str; 8] = [
        "A1+B1-C1",
        "SUM(A1:D1)",
        "IF(A1=0,0,B1/A1)",
        "IF(A1>B1,C1,D1/B1)",
        "A1/B1",
        "SUM(A1:B1,D1)-C1",
        "A1",
        "SUM(A1:B1)/C1",
    ];

    const HOST: CellRef = CellRef::new(0, 4);

    /// Cells in a row, blanks and words among them, and a formula behind them.
    fn workbook(cells: &[Option<(i64, u32)>], formula: &str) -> Workbook {
        let mut builder = SheetBuilder::new("表", Texts::default());
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Some((digits, scale)) => {
                    let value = Value::Number(Decimal::new(*digits, *scale));
                    builder.push(CellRef::new(0, column), value, 0);
                }
                None if column % 2 == 0 => builder.push_text(CellRef::new(0, column), "无", 0),
                None => {}
            }
        }
        let mut sheet = builder.finish();
        let formula = Formula { text: formula.into(), cached: true, array: false };
        sheet.formulas = vec![(HOST, formula)];
        Workbook { sheets: vec![sheet], ..Workbook::empty(Format::Xlsx) }
    }

    fn cell() -> impl Strategy<Value = Option<(i64, u32)>> {
        let small = (-40_i64..40, 0_u32..3).prop_map(Some);
        let large = (any::<i64>(), 0_u32..18).prop_map(Some);
        prop_oneof![6 => small, 4 => (-10_000_000_i64..10_000_000, Just(2)).prop_map(Some), 2 => large, 1 => Just(None)]
    }

    proptest! {
        #[test]
        fn what_is_plain_is_what_evaluation_says(
            cells in prop::collection::vec(cell(), 4),
            formula in prop::sample::select(&FORMULAS[..]),
            off in prop_oneof![4 => Just(0_i64), 1 => -1000_i64..1000],
            digits in 6_u32..20,
        ) {
            let workbook = workbook(&cells, formula);
            let book = FormulaBook::new(&workbook);
            let mut evaluator = Evaluator::new(&workbook, &book);
            let evaluation = evaluator.evaluate_cell(0, HOST);
            let given = evaluation.as_ref().ok().and_then(|all| all.value.number());
            // Mostly what it gives, as it would be stored, or nearly that.
            let stored = given.unwrap_or_default().round_dp(digits)
                + Decimal::new(off, digits.min(14));
            let tree = evaluator.tree_at(0, HOST).unwrap();
            if evaluator.plainly_gives(tree, 0, HOST, stored) {
                prop_assert!(evaluation.unwrap().agrees_with(stored), "{formula} {stored}");
            }
        }
    }

    #[test]
    fn what_tables_hold_is_plain() {
        let cells = [Some((120_350, 2)), Some((3_020, 2)), Some((150, 2)), Some((7, 0))];
        for (formula, stored) in [
            ("A1+B1-C1", "1232.20"),
            ("SUM(A1:D1)", "1242.2"),
            ("IF(A1=0,0,B1/A1)", "0.0250934773576236"),
            ("A1/B1", "39.8509933774834"),
        ] {
            let workbook = workbook(&cells, formula);
            let book = FormulaBook::new(&workbook);
            let evaluator = Evaluator::new(&workbook, &book);
            let tree = evaluator.tree_at(0, HOST).unwrap();
            let gives = |stored: Decimal| evaluator.plainly_gives(tree, 0, HOST, stored);
            let stored: Decimal = stored.parse().unwrap();
            assert!(gives(stored), "{formula}");
            assert!(!gives(stored + Decimal::new(1, 2)), "{formula}");
        }
    }
}
