//! Whether the value stored beside a formula is what its cells give.

use super::evaluate::{Evaluator, Unknown};
use crate::model::{Formula, Packet, Place};
use crate::number::Decimal;

/// What a stored value is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Freshness {
    /// It is what the cells give, binary noise aside.
    Fresh,
    /// It is not.
    Stale {
        /// What the cells give.
        value: Decimal,
        /// Whether the printed digits would change.
        visible: bool,
    },
    /// Nothing was stored, no number was, or the formula could not be evaluated.
    Unknown,
    /// The work that all formulas of a workbook may do was spent before it.
    LeftOut,
}

/// Compares a stored number with what its formula gives over the stored values of its cells.
pub fn freshness(
    packet: &Packet,
    evaluator: &mut Evaluator,
    place: Place,
    formula: &Formula,
) -> Freshness {
    let figure = packet.figure(place, None);
    let (Some(stored), Some(workbook)) = (figure.number(), packet.workbook(place.file)) else {
        return Freshness::Unknown;
    };
    if !formula.cached || formula.array || figure.from_text {
        return Freshness::Unknown;
    }
    let tree = evaluator.tree_at(place.sheet, place.cell);
    if tree.is_some_and(|tree| evaluator.plainly_gives(tree, place.sheet, place.cell, stored)) {
        return Freshness::Fresh;
    }
    let evaluation = match evaluator.evaluate_cell(place.sheet, place.cell) {
        Ok(evaluation) => evaluation,
        Err(Unknown::Budget) => return Freshness::LeftOut,
        Err(_) => return Freshness::Unknown,
    };
    let Some(value) = evaluation.value.number() else { return Freshness::Unknown };
    if evaluation.agrees_with(stored) {
        return Freshness::Fresh;
    }
    let visible = figure.shown(value) != figure.shown(stored);
    if workbook.precision_as_displayed && !visible {
        return Freshness::Fresh;
    }
    Freshness::Stale { value, visible }
}
