//! Outcomes → findings: which single change makes the failing checks tie and breaks none that held.
//!
//! Every explanation is a named cell and a concrete value. What mends most failing checks and breaks none comes first,
//! then what is the likeliest slip; how many others mend as much is said. A pattern without such a cell is no
//! explanation: one difference in nine is divisible by nine. All of it is worded 疑似.

mod cause;
mod decimal_slip;
mod deduced;
mod digit;
mod doubled;
mod elsewhere;
mod exchanged;
mod explain;
mod followers;
mod follows;
mod halved;
mod hidden_decimals;
mod incomplete;
mod joint;
mod likelihood;
mod matters;
mod message;
mod misplaced;
mod network;
mod omitted;
mod rank;
mod repeated;
mod rollup_counted;
mod scope;
mod sign;
mod stale_formula;
mod stored_as_text;
mod transposed;
mod unexplained;
mod unit_slip;
mod wording;

pub use cause::Cause;
pub use deduced::deduced;
pub use matters::{matters, tell_hidden};

use crate::model::{Finding, Outcome, Packet, Relation};

/// Every cause, in the order of the report's list of kinds.
pub static CAUSES: &[&Cause] = &[
    &omitted::CAUSE,
    &repeated::CAUSE,
    &sign::CAUSE,
    &transposed::CAUSE,
    &digit::CAUSE,
    &decimal_slip::CAUSE,
    &unit_slip::CAUSE,
    &doubled::CAUSE,
    &halved::CAUSE,
    &misplaced::CAUSE,
    &exchanged::CAUSE,
    &rollup_counted::CAUSE,
    &scope::CAUSE,
    &hidden_decimals::CAUSE,
    &stored_as_text::CAUSE,
    &stale_formula::CAUSE,
    &unexplained::CAUSE,
];

/// One finding for each failing check, with the likeliest causes; failures that strictly follow from another are grouped
/// under it.
pub fn diagnose(
    packet: &Packet,
    relations: &[Relation],
    failing: &[(u32, u32, Outcome)],
) -> Vec<Finding> {
    let network = network::Network::new(packet, relations, failing);
    rank::findings(&network, &explain::explanations(&network))
}
