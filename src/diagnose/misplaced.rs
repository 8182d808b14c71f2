//! An amount stands in the neighbouring column or row: two checks fail by the same amount in opposite directions (串户).
//!
//! It changes two cells, so that it is tried on pairs of failing checks; see `explain`.

use super::cause::{Cause, NO_TRAITS, Traits};
use crate::model::{DiagnosisKind, Text};

pub(super) static CAUSE: Cause = Cause {
    kind: DiagnosisKind::Misplaced,
    source: "串户: two checks off by +d and −d",
    meant: None,
    explains: None,
    gap: None,
    words: |said| {
        Text::new(
            format!("{}填错栏次（串栏）", said.label.zh),
            format!("{} stands in the wrong column or row", said.label.en),
        )
    },
    traits: Traits { of_line: true, ..NO_TRAITS },
};
