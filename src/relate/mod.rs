//! Packet → relations: from labels, from the sheet's own formulas, from the kind's declaration, between tables, and mined
//! from the numbers; merged, so that the same cells in the same operation are one.

pub mod mine;

use crate::model::{Packet, Relation};

/// The relations asserted of a packet, in the order in which checks are numbered.
pub fn relate(_packet: &Packet) -> Vec<Relation> {
    Vec::new()
}
