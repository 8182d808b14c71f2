//! Packet → relations: from labels, from the sheet's own formulas, from the kind's declaration, between tables, and mined
//! from the numbers; merged, so that the same cells in the same operation are one.

mod across;
mod belief;
mod beside;
mod claims;
mod columns;
mod declared;
mod formulas;
mod labels;
mod merge;
pub mod mine;
mod totals;
mod view;

pub use claims::{claims_about, weigh};

use crate::lexicon::Rulebook;
use crate::model::{Packet, Relation};
use crate::parallel;
use view::View;

/// The relations asserted of a packet, in the order in which checks are numbered.
pub fn relate(rulebook: &Rulebook, packet: &Packet) -> Vec<Relation> {
    let mut relations = formulas::relations(packet);
    for table in &packet.tables {
        let view = View::new(rulebook, packet, table);
        let (lines, fields) = parallel::join(|| labels::relate(&view), || columns::relate(&view));
        relations.extend(lines);
        relations.extend(fields);
    }
    relations.extend(beside::relate(rulebook, packet));
    relations.extend(declared::relate(rulebook, packet));
    relations.extend(across::relate(packet));
    let totals = totals::relate(packet, &relations);
    relations.extend(totals);
    let mined = mine::relate(packet, &relations);
    relations.extend(mined);
    declared::specialize(rulebook, packet, &mut relations);
    merge::merge(packet, relations)
}
