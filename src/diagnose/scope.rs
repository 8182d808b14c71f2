//! The two sides do not speak of the same money: one has 上年结转, or money from other sources, the other not.

use super::cause::{Cause, Gap, NO_TRAITS, Traits, Weight, ways};
use crate::model::{DiagnosisKind, Place, Text};

pub(super) static CAUSE: Cause = Cause {
    kind: DiagnosisKind::named("scope"),
    source: "the difference is a line of carried-over money outside the relation (含、不含结转)",
    meant: None,
    explains: None,
    gap: Some(gap),
    words: |said| {
        Text::new(
            format!("{}与分项口径不同（是否含{}）", said.label.zh, said.parts),
            format!(
                "{} and its parts differ in scope (with or without {})",
                said.label.en, said.parts
            ),
        )
    },
    traits: Traits { idle: true, ..NO_TRAITS },
};

fn gap(gap: &Gap) -> Option<(Weight, Vec<Place>)> {
    let (place, _) = gap
        .outside
        .iter()
        .find(|(_, amount)| *amount == gap.difference || -*amount == gap.difference)?;
    Some((-12 - ways(gap.outside.len() * 2), vec![*place]))
}
