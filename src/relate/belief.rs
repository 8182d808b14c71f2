//! What it takes to be believed: the weighing by the rulebook's thresholds, and the chance that figures tie by accident.
//!
//! A check that does not hold is told as an error only where the claim behind it has two independent witnesses to its exact
//! cells, one of them grounded (figures or formulas elsewhere, a declaration, a list that leaves no other reading), and
//! nothing speaks against it. How large the difference is decides nothing: a slip may be of any size.

use crate::lexicon::Beliefs;
use crate::model::{Claim, Source, Text, Witness};
use crate::number::Decimal;

/// How unlikely it is that figures tie by accident, in bits: the size of what is stated against the width of what would
/// pass. 5,706.39 against half a cent each way is 19 bits, 3 against half a unit each way is 1.
pub(super) fn bits(known: &Beliefs, size: Decimal, slack: Decimal, grain: Decimal) -> u32 {
    let width = (slack + slack).max(grain);
    let ratio = size.abs().checked_div(width).unwrap_or_default();
    let whole = u128::try_from(ratio.trunc()).unwrap_or_default();
    whole.checked_ilog2().unwrap_or(0).min(known.most.value)
}

/// Bits that it takes to name one of so many.
pub(super) fn choice(count: usize) -> u32 {
    count.max(1).next_power_of_two().ilog2()
}

/// Decides whether the failure of a claim is told, and says why where it is not.
pub(super) fn rule(known: &Beliefs, claim: &mut Claim) {
    if let Some(objection) = claim.against.first() {
        claim.doubt = Some(objection.text());
        return;
    }
    let mut sources: Vec<Source> = claim.witnesses.iter().map(Witness::source).collect();
    sources.sort_unstable();
    sources.dedup();
    // What is declared was recognized first, which is the other witness.
    let enough =
        sources.len() >= known.witnesses.value as usize || sources.contains(&Source::Declared);
    if enough && claim.witnesses.iter().any(Witness::is_grounded) {
        return;
    }
    let said = claim.witnesses.first().map_or_else(
        || Text::new("没有可靠的依据", "nothing reliable speaks for it"),
        Witness::text,
    );
    claim.doubt = Some(Text::new(
        format!("依据不足：仅有“{}”，没有其他数据印证", said.zh),
        format!("too little to go by: {} only, and no figures elsewhere that confirm it", said.en),
    ));
}
