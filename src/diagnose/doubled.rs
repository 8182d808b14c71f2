//! A figure stated twice as large as it is.

use super::cause::{Cause, NO_TRAITS, Stated, Traits, Weight};
use crate::model::{DiagnosisKind, Text};
use crate::number::Decimal;

pub(super) static CAUSE: Cause = Cause {
    kind: DiagnosisKind::named("doubled"),
    source: "seen in a published evaluation report: one class of assets stated doubled in two columns",
    meant: Some(meant),
    explains: None,
    gap: None,
    words: |said| {
        Text::new(
            format!("{}多计一倍", said.label.zh),
            format!("{} is stated doubled", said.label.en),
        )
    },
    traits: Traits { of_line: true, ..NO_TRAITS },
};

fn meant(stated: &Stated, into: &mut Vec<(Decimal, Weight)>) {
    let Some(value) = stated.value.filter(|value| !value.is_zero()) else { return };
    let half = (value / Decimal::TWO).normalize();
    if half.scale() <= stated.decimals {
        into.push((half, -10));
    }
}
