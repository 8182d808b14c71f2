//! What a workbook would say, had some of its cells held other numbers.

use std::collections::BTreeMap;

use super::evaluate::Evaluator;
use crate::model::{CellRef, Computed, FormulaBook, Value, Workbook};
use crate::number::Decimal;

/// Formulas that feed formulas are followed this far; a chain longer than this stays as stored from there on.
const STEPS: usize = 64;

/// Puts numbers into cells in place of what they hold, formulas included, and calculates again what rests on them.
///
/// A formula that cannot be calculated keeps its stored value. `changes` are cells by sheet index.
pub fn suppose(workbook: &mut Workbook, changes: &[(u32, CellRef, Decimal)]) {
    let mut held: BTreeMap<(u32, CellRef), Decimal> =
        changes.iter().map(|(sheet, cell, value)| ((*sheet, *cell), *value)).collect();
    for key in held.keys() {
        if let Some(sheet) = workbook.sheets.get_mut(key.0 as usize) {
            sheet.formulas.retain(|(cell, _)| *cell != key.1);
        }
    }
    let followed = follow(workbook, &held);
    held.extend(followed);
    for ((sheet, cell), value) in held {
        if let Some(sheet) = workbook.sheets.get_mut(sheet as usize) {
            sheet.put(cell, Value::Number(value));
        }
    }
}

/// The formulas whose values follow from other values of cells, and those values.
fn follow(
    workbook: &Workbook,
    typed: &BTreeMap<(u32, CellRef), Decimal>,
) -> BTreeMap<(u32, CellRef), Decimal> {
    let book = FormulaBook::new(workbook);
    let mut evaluator = Evaluator::new(workbook, &book);
    let formulas: Vec<(u32, CellRef)> = workbook
        .sheets
        .iter()
        .zip(0..)
        .flat_map(|(sheet, index)| sheet.formulas.iter().map(move |(cell, _)| (index, *cell)))
        .collect();
    let number = |evaluator: &mut Evaluator<'_>, (sheet, cell): (u32, CellRef)| {
        evaluator.evaluate_cell(sheet, cell).ok().and_then(|found| match found.value {
            Computed::Number(value) => Some(value),
            _ => None,
        })
    };
    let before: Vec<Option<Decimal>> =
        formulas.iter().map(|key| number(&mut evaluator, *key)).collect();
    for ((sheet, cell), value) in typed {
        evaluator.suppose(*sheet, *cell, *value);
    }
    let mut followed: BTreeMap<(u32, CellRef), Decimal> = BTreeMap::new();
    for _ in 0..STEPS {
        let mut settled = true;
        for (key, before) in formulas.iter().zip(&before) {
            let Some(value) = number(&mut evaluator, *key) else { continue };
            let stands = followed.get(key).or(before.as_ref());
            if stands != Some(&value) {
                followed.insert(*key, value);
                evaluator.suppose(key.0, key.1, value);
                settled = false;
            }
        }
        if settled {
            break;
        }
    }
    followed
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::model::{Format, Formula, Sheet, SheetBuilder, Texts};

    /// A1 = 1, A2 = 2, A3 = SUM(A1:A2), B3 = A3 * 2, and C3 a total that rests on nothing of these.
    fn workbook() -> Workbook {
        let mut builder = SheetBuilder::new("表", Texts::default());
        for (row, column, value) in [(0, 0, 1), (1, 0, 2), (2, 0, 3), (2, 1, 6), (2, 2, 9)] {
            builder.push(CellRef::new(row, column), Value::Number(Decimal::from(value)), 0);
        }
        let mut sheet: Sheet = builder.finish();
        let formula = |text: &str| Formula { text: text.into(), cached: true, array: false };
        sheet.formulas = vec![
            (CellRef::new(2, 0), formula("SUM(A1:A2)")),
            (CellRef::new(2, 1), formula("A3*2")),
        ];
        Workbook { sheets: vec![sheet], ..Workbook::empty(Format::Xlsx) }
    }

    fn values(workbook: &Workbook, cells: &[(u32, u32)]) -> Vec<Value> {
        cells
            .iter()
            .map(|(row, column)| workbook.sheets[0].value(CellRef::new(*row, *column)))
            .collect()
    }

    fn number(value: i64) -> Value {
        Value::Number(Decimal::from(value))
    }

    #[test]
    fn what_rests_on_a_cell_follows_it() {
        let mut book = workbook();
        suppose(&mut book, &[(0, CellRef::new(1, 0), Decimal::from(5))]);
        assert_eq!(values(&book, &[(1, 0), (2, 0), (2, 1), (2, 2)]), [5, 6, 12, 9].map(number));
    }

    #[test]
    fn a_number_typed_over_a_formula_stays() {
        let mut book = workbook();
        suppose(&mut book, &[(0, CellRef::new(2, 0), Decimal::from(4))]);
        assert_eq!(values(&book, &[(2, 0), (2, 1)]), [4, 8].map(number));
        assert!(book.sheets[0].formula(CellRef::new(2, 0)).is_none());
    }

    #[test]
    fn a_number_may_be_typed_where_there_was_no_cell() {
        let mut book = workbook();
        for (row, column) in [(1, 1), (7, 0), (0, 3)] {
            suppose(&mut book, &[(0, CellRef::new(row, column), Decimal::from(8))]);
            assert_eq!(values(&book, &[(row, column), (0, 0), (2, 2)]), [8, 1, 9].map(number));
        }
        assert_eq!(book.sheets[0].used().map(|used| used.end), Some(CellRef::new(7, 3)));
    }
}
