//! A figure stated half as large as it is.

use super::cause::{Cause, NO_TRAITS, Stated, Traits, Weight};
use crate::model::{DiagnosisKind, Text};
use crate::number::Decimal;

pub(super) static CAUSE: Cause = Cause {
    kind: DiagnosisKind::named("halved"),
    source: "the reverse of a figure entered twice",
    meant: Some(meant),
    explains: None,
    gap: None,
    words: |said| {
        Text::new(
            format!("{}少计一半", said.label.zh),
            format!("{} is stated halved", said.label.en),
        )
    },
    traits: Traits { of_line: true, ..NO_TRAITS },
};

fn meant(stated: &Stated, into: &mut Vec<(Decimal, Weight)>) {
    if let Some(value) = stated.value.filter(|value| !value.is_zero()) {
        into.extend(value.checked_mul(Decimal::TWO).map(|value| (value, -18)));
    }
}
