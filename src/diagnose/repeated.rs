//! A part was added twice.

use super::cause::{Cause, Gap, NO_TRAITS, Weight};
use super::omitted::subset;
use crate::model::{DiagnosisKind, Place, Text};

pub(super) static CAUSE: Cause = Cause {
    kind: DiagnosisKind::named("repeated"),
    source: "差数法 (重记): the difference is a part",
    meant: None,
    explains: None,
    gap: Some(gap),
    words: |said| {
        Text::new(
            format!("{}重复计入{}", said.label.zh, said.parts),
            format!("{} counts {} twice", said.label.en, said.parts),
        )
    },
    traits: NO_TRAITS,
};

fn gap(gap: &Gap) -> Option<(Weight, Vec<Place>)> {
    let (weight, places) = subset(&gap.parts, gap.difference)?;
    let rollup = places.iter().any(|place| gap.rollups.contains(place));
    (!rollup).then_some((weight, places))
}
