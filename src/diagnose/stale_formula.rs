//! The total is a formula, and the value stored beside it is not what its cells give.

use super::cause::{Cause, Gap, NO_TRAITS, Weight};
use crate::model::{DiagnosisKind, Place, Text};

pub(super) static CAUSE: Cause = Cause {
    kind: DiagnosisKind::named("stale_formula"),
    source: "workbooks saved without recalculation, or written by programs that do not calculate",
    meant: None,
    explains: None,
    gap: Some(gap),
    words: |said| {
        Text::new(
            format!("{}的公式未重新计算", said.label.zh),
            format!("the formula of {} was not recalculated", said.label.en),
        )
    },
    traits: NO_TRAITS,
};

fn gap(gap: &Gap) -> Option<(Weight, Vec<Place>)> {
    gap.stale.then(|| (-3, Vec::new()))
}
