//! Two figures stand in each other's place: 串行, 串栏, or a part where its total belongs.
//!
//! The pattern needs two cells, so that it is tried on pairs of them; see `joint`.

use super::cause::{Cause, NO_TRAITS};
use crate::model::{DiagnosisKind, Text};

pub(super) static CAUSE: Cause = Cause {
    kind: DiagnosisKind::Exchanged,
    source: "串户、串行: two entries written in each other's place; Scholtus (2008) on interchanged values",
    meant: None,
    explains: None,
    gap: None,
    words: |said| {
        Text::new(
            format!("{}与另一格的数互相填反", said.label.zh),
            format!("{} and another figure stand in each other's place", said.label.en),
        )
    },
    traits: NO_TRAITS,
};
