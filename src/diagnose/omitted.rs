//! A part was left out: its cell is blank though the total has it, or the total was added up without it.

use super::cause::{Cause, Gap, NO_TRAITS, Stated, Weight, significant, ways};
use crate::model::{DiagnosisKind, Place, Text};
use crate::number::Decimal;

pub(super) static CAUSE: Cause = Cause {
    kind: DiagnosisKind::Omitted,
    source: "差数法 (漏记): the difference is a part",
    meant: None,
    explains: Some(explains),
    gap: Some(gap),
    words: |said| {
        if said.parts.is_empty() {
            Text::new(format!("{}漏填", said.label.zh), format!("{} was left out", said.label.en))
        } else {
            Text::new(
                format!("{}漏计{}", said.label.zh, said.parts),
                format!("{} leaves out {}", said.label.en, said.parts),
            )
        }
    },
    traits: NO_TRAITS,
};

/// Any value could have stood in a blank cell: the more digits it needs, the likelier it is a story.
fn explains(stated: &Stated, needed: Decimal) -> Option<Weight> {
    let blank = stated.value.is_none_or(|value| value.is_zero());
    (blank && !needed.is_zero()).then(|| {
        let zero = if stated.value.is_some() { -5 } else { 0 };
        -12 + zero - 8 * significant(needed).min(7)
    })
}

fn gap(gap: &Gap) -> Option<(Weight, Vec<Place>)> {
    let (weight, places) = subset(&gap.parts, -gap.difference)?;
    (places.len() < gap.parts.len()).then_some((weight, places))
}

/// One part, or two, that make an amount; more would be a story.
pub(super) fn subset(parts: &[(Place, Decimal)], amount: Decimal) -> Option<(Weight, Vec<Place>)> {
    if amount.is_zero() {
        return None;
    }
    let count = parts.len();
    if let Some((place, _)) = parts.iter().find(|(_, part)| *part == amount) {
        return Some((-10 - ways(count), vec![*place]));
    }
    if !(3..=60).contains(&count) {
        return None;
    }
    let pairs = count * (count - 1) / 2;
    for (at, (first, one)) in parts.iter().enumerate() {
        for (second, other) in &parts[at + 1..] {
            if *one + *other == amount {
                return Some((-24 - ways(pairs), vec![*first, *second]));
            }
        }
    }
    None
}
