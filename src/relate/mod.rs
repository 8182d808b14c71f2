//! Packet → relations: from labels, from the sheet's own formulas, from the kind's declaration, between tables, and mined
//! from the numbers; merged, so that the same cells in the same operation are one.

mod above;
mod across;
mod amount;
mod belief;
mod beside;
mod claims;
mod columns;
mod declared;
mod entries;
mod formulas;
mod identity;
mod implied;
mod labels;
mod ledgers;
mod merge;
pub mod mine;
mod own;
mod portions;
mod same;
mod scores;
mod slip;
mod subject;
mod view;
mod whole;

pub use claims::{claims_about, weigh};

use crate::lexicon::Rulebook;
use crate::model::{Packet, Relation, quantities};
use crate::parallel;
use view::View;

/// The relations asserted of a packet, `mining` being what it takes to believe its numbers, in the order in which checks are numbered.
pub fn relate(rulebook: &Rulebook, mining: &mine::Limits, packet: &Packet) -> Vec<Relation> {
    let mut relations = formulas::relations(packet);
    for table in &packet.tables {
        let view = View::new(rulebook, packet, table);
        let (mut lines, fields) =
            parallel::join(|| labels::relate(&view), || columns::relate(&view));
        portions::add(packet, &mut lines, &fields);
        relations.extend(lines);
        relations.extend(fields);
    }
    beside::relate(rulebook, packet, &mut relations);
    relations.extend(declared::relate(rulebook, packet));
    let quantities = quantities(packet);
    relations.extend(identity::relate(packet, &quantities));
    let same = same::relate(packet, &quantities, &relations);
    relations.extend(same);
    let subjects = subject::relate(packet, &relations);
    relations.extend(subjects);
    relations.extend(scores::listed(packet));
    relations.extend(entries::relate(rulebook, packet, &quantities));
    relations.extend(ledgers::relate(packet, &quantities));
    let whole = whole::relate(packet, &quantities, &relations);
    relations.extend(whole);
    relations.extend(across::relate(packet));
    let mined = mine::relate(&rulebook.words, mining, packet, &mut relations);
    let mined = labels::without_balances(&rulebook.words, packet, mined);
    let mined = implied::without(packet, &mut relations, mined);
    relations.extend(mined);
    relations.retain(|relation| !identity::crosses_stages(packet, relation));
    identity::drop_rival_totals(packet, &mut relations);
    identity::name_sources(packet, &mut relations);
    declared::specialize(rulebook, packet, &mut relations);
    scores::relate(packet, &mut relations);
    merge::merge(packet, relations)
}
