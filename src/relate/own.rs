//! What a cell's own formula says against a claim about it that does not hold.
//!
//! Sums in the claim's direction are relations themselves and are weighed as such. Here are the others: a quotient in a line
//! of totals is a price or a mean, a product or a reference to another table is reckoned from elsewhere. Where such a formula
//! gives just what is stored, the cell is right by its author's reckoning, and the claim is what is in doubt.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use crate::formula::{Evaluator, Freshness, Function, Tree, freshness};
use crate::model::{CellRef, Operand, Operation, Outcome, Packet, Place, Range, Shape, Value};

/// The formulas of a packet's files, evaluated where they are asked for.
pub(super) struct OwnFormulas<'a> {
    packet: &'a Packet,
    evaluators: RefCell<HashMap<u32, Evaluator<'a>>>,
}

/// Cells of a range that are looked at one by one; a larger one is no list of parts.
const CELLS: u64 = 4_096;

impl<'a> OwnFormulas<'a> {
    pub(super) fn new(packet: &'a Packet) -> Self {
        Self { packet, evaluators: RefCell::default() }
    }

    /// Whether the target's own formula reads otherwise than the claim, and holds; `total` where its name says that it is one.
    pub(super) fn object(
        &self,
        outcome: &Outcome,
        shape: &Shape,
        operation: Operation,
        total: bool,
    ) -> bool {
        self.reads_otherwise(outcome, shape, operation, total).unwrap_or(false)
            && self.is_fresh(outcome.target.place)
    }

    fn reads_otherwise(
        &self,
        outcome: &Outcome,
        shape: &Shape,
        operation: Operation,
        total: bool,
    ) -> Option<bool> {
        let place = outcome.target.place;
        let workbook = self.packet.workbook(place.file)?;
        let book = self.packet.formulas.get(place.file as usize)?;
        let tree = book.tree(book.form_at(workbook, place.sheet, place.cell)?)?;
        let mut areas: Vec<(u32, Range)> = Vec::new();
        let mut known = true;
        tree.each(&mut |tree| {
            if let Tree::Area(area) = tree {
                match area.resolve(place.sheet, place.cell) {
                    Some(found) => areas.push(found),
                    None => known = false,
                }
            }
        });
        if !known || areas.is_empty() {
            return Some(false);
        }
        let parts: BTreeSet<Place> = outcome.terms.iter().map(|term| term.place).collect();
        let is_within =
            |(sheet, range): &(u32, Range)| self.is_within(place, *sheet, *range, &parts);
        if areas.iter().all(is_within) {
            // The same cells, added up as they are stored, are in one unit, whichever they were read in; with all signs
            // turned, or multiplied with each other, they are meant so.
            let unit = |operand: &Operand| self.packet.unit(operand.place, operand.table);
            let own = unit(&outcome.target);
            let sum = outcome.stated.zip(outcome.computed);
            let is_turned = sum.is_some_and(|(own, sum)| own == -sum);
            let in_units = || outcome.terms.iter().any(|term| unit(term) != own);
            let otherwise = multiplies(tree) || is_sum(tree) && (is_turned || in_units());
            return Some(operation == Operation::Sum && otherwise);
        }
        let by_line = matches!(shape, Shape::Lines { .. });
        let along = areas.iter().all(|(sheet, range)| {
            *sheet == place.sheet
                && range.start.row == place.cell.row
                && range.end.row == place.cell.row
        });
        let sum = is_sum(tree);
        let is_in_own_column = |(sheet, range): &(u32, Range)| {
            let columns = range.start.column..=range.end.column;
            *sheet == place.sheet && columns.contains(&place.cell.column)
        };
        let in_own_column = areas.iter().any(is_in_own_column);
        // It reckons with figures of this very column that are no parts.
        let with_others = || areas.iter().any(|area| is_in_own_column(area) && !is_within(area));
        Some(match operation {
            Operation::Sum if has_quotient(tree) => true,
            // Down the column a total is the sum of its lines as well, and both have to come to the same.
            Operation::Sum if !by_line => along && !sum,
            Operation::Sum if !sum && with_others() => true,
            // What is reckoned from other columns is told where it arises, in these.
            Operation::Sum if matches!(tree, Tree::Area(_)) || !sum => !total,
            // A sum of another column is carried over from there.
            Operation::Sum => along || !total && !in_own_column,
            Operation::Ratio | Operation::RelativeChange => has_factors(tree),
            _ => false,
        })
    }

    /// Whether all figures of a range are parts of the claim.
    fn is_within(&self, own: Place, sheet: u32, range: Range, parts: &BTreeSet<Place>) -> bool {
        let (rows, columns) = range.size();
        if u64::from(rows) * u64::from(columns) > CELLS {
            return false;
        }
        let Some(content) =
            self.packet.workbook(own.file).and_then(|book| book.sheets.get(sheet as usize))
        else {
            return false;
        };
        let single = range.start == range.end;
        (range.start.row..=range.end.row).all(|row| {
            (range.start.column..=range.end.column).all(|column| {
                let cell = CellRef::new(row, column);
                parts.contains(&Place { sheet, cell, ..own })
                    || !single && !matches!(content.cell(cell), Some((Value::Number(_), _)))
            })
        })
    }

    fn is_fresh(&self, place: Place) -> bool {
        let packet = self.packet;
        let (Some(workbook), Some(book)) =
            (packet.workbook(place.file), packet.formulas.get(place.file as usize))
        else {
            return false;
        };
        let sheet = workbook.sheets.get(place.sheet as usize);
        let Some(formula) = sheet.and_then(|sheet| sheet.formula(place.cell)) else { return false };
        let mut evaluators = self.evaluators.borrow_mut();
        let evaluator =
            evaluators.entry(place.file).or_insert_with(|| Evaluator::new(workbook, book));
        freshness(packet, evaluator, place, formula) == Freshness::Fresh
    }
}

/// Whether it only adds up cells.
fn is_sum(tree: &Tree) -> bool {
    match tree {
        Tree::Area(_) | Tree::Missing => true,
        Tree::Number(value) => value.is_zero(),
        Tree::Negate(inner) => is_sum(inner),
        Tree::Terms(terms) => terms.iter().all(|(_, term)| is_sum(term)),
        Tree::Call(Function::Sum | Function::N, arguments) => arguments.iter().all(is_sum),
        Tree::Call(Function::Round | Function::IfError, arguments) => {
            arguments.first().is_some_and(is_sum)
        }
        Tree::Call(Function::Subtotal, arguments) => arguments.iter().skip(1).all(is_sum),
        _ => false,
    }
}

fn has_area(tree: &Tree) -> bool {
    let mut found = false;
    tree.each(&mut |tree| found |= matches!(tree, Tree::Area(_)));
    found
}

/// Whether something is divided by a cell.
fn has_quotient(tree: &Tree) -> bool {
    factors_of_cells(tree, |factors| factors.contains(&true))
}

/// Whether cells are multiplied with each other, or divided by each other.
fn multiplies(tree: &Tree) -> bool {
    factors_of_cells(tree, |factors| factors.len() > 1)
}

/// Whether cells are multiplied or divided.
fn has_factors(tree: &Tree) -> bool {
    factors_of_cells(tree, |factors| !factors.is_empty())
}

/// Whether some product or quotient has such factors that are made of cells: of each whether it divides.
fn factors_of_cells(tree: &Tree, such: impl Fn(&[bool]) -> bool) -> bool {
    let mut found = false;
    tree.each(&mut |tree| {
        if let Tree::Factors(factors) = tree {
            let of_cells = factors.iter().filter(|(_, factor)| has_area(factor));
            found |= such(&of_cells.map(|(divides, _)| *divides).collect::<Vec<bool>>());
        }
    });
    found
}
