//! A subtotal was added beside its own parts, or 其中 lines beside the line that they belong to.

use super::cause::{Cause, Gap, NO_TRAITS, Weight, ways};
use super::omitted::subset;
use crate::model::{DiagnosisKind, Place, Text};
use crate::number::Decimal;

pub(super) static CAUSE: Cause = Cause {
    kind: DiagnosisKind::named("rollup_counted"),
    source: "the difference is an existing subtotal, or an 其中 line",
    meant: None,
    explains: None,
    gap: Some(gap),
    words: |said| {
        Text::new(
            format!("{}把{}与其明细重复相加", said.label.zh, said.parts),
            format!("{} adds {} beside its own parts", said.label.en, said.parts),
        )
    },
    traits: NO_TRAITS,
};

fn gap(gap: &Gap) -> Option<(Weight, Vec<Place>)> {
    if let Some((weight, places)) = subset(&gap.parts, gap.difference)
        && places.iter().all(|place| gap.rollups.contains(place))
    {
        return Some((weight, places));
    }
    let all: Decimal = gap.parts.iter().map(|(_, amount)| *amount).sum();
    if gap.rollups.len() > 1 && gap.rollups.len() == gap.parts.len() && all == gap.difference {
        return Some((-8, gap.rollups.clone()));
    }
    let every: Decimal = gap.of_which.iter().map(|(_, amount)| *amount).sum();
    if gap.of_which.len() > 1 && every == gap.difference {
        return Some((-14, gap.of_which.iter().map(|(place, _)| *place).collect()));
    }
    let (place, _) = gap.of_which.iter().find(|(_, amount)| *amount == gap.difference)?;
    Some((-16 - ways(gap.of_which.len()), vec![*place]))
}
