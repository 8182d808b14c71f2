//! A minus lost or gained, or a part subtracted that should be added.

use super::cause::{Cause, Gap, NO_TRAITS, Stated, Traits, Weight, ways};
use crate::model::{DiagnosisKind, Place, Text};
use crate::number::Decimal;

pub(super) static CAUSE: Cause = Cause {
    kind: DiagnosisKind::named("sign"),
    source: "除2法: the difference is twice the figure on the wrong side",
    meant: Some(meant),
    explains: None,
    gap: Some(gap),
    words: |said| {
        if said.parts.is_empty() {
            Text::new(
                format!("{}正负号相反", said.label.zh),
                format!("{} has the wrong sign", said.label.en),
            )
        } else {
            Text::new(
                format!("{}计算时{}加减方向相反", said.label.zh, said.parts),
                format!("{} was added up with {} on the wrong side", said.label.en, said.parts),
            )
        }
    },
    traits: Traits { from_below_zero: 5, ..NO_TRAITS },
};

fn meant(stated: &Stated, into: &mut Vec<(Decimal, Weight)>) {
    if let Some(value) = stated.value.filter(|value| !value.is_zero()) {
        into.push((-value, -10));
    }
}

fn gap(gap: &Gap) -> Option<(Weight, Vec<Place>)> {
    let twice = |amount: &Decimal| -amount * Decimal::TWO == gap.difference;
    let (place, _) = gap.parts.iter().find(|(_, amount)| twice(amount))?;
    Some((-20 - ways(gap.parts.len()), vec![*place]))
}
