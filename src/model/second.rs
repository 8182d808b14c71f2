//! What a second reader is asked for, and what it sees.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::CellRef;
use crate::number::Decimal;

/// What a second reader sees in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    Empty,
    /// A number, a date or a time.
    Number(Decimal),
    /// A text.
    Text(String),
    /// A truth value or an error.
    Other,
}

/// The cells wanted, by the name of their sheet.
pub type Wanted = BTreeMap<String, BTreeSet<CellRef>>;

/// What was seen in them.
pub type Found = HashMap<(String, CellRef), Seen>;
