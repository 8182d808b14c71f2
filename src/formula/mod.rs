//! The sheet's own formulas: a tree, and what it comes to.
//!
//! Everything here is in decimals and never guesses: a function that is not known, a reference into another file or a
//! value in doubt is [`Unknown`], never a wrong number. References are kept relative to their cell, so that the formulas
//! of a filled column are one form, parsed once ([`FormulaBook`]). The types are `model`'s.

mod book;
mod criteria;
mod evaluate;
mod freshness;
mod functions;
mod lexer;
mod lookups;
mod parser;
mod plain;
mod sums;
mod supposed;

pub use crate::model::{
    Area, Comparison, Computed, Coordinate, FormulaBook, Function, SheetReference, Tree,
};
pub use evaluate::{Evaluation, Evaluator, Unknown};
pub use freshness::{Freshness, freshness};
pub use parser::{Names, parse};
pub use supposed::suppose;
