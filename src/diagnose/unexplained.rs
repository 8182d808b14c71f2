//! No known slip explains the difference.

use super::cause::{Cause, NO_TRAITS};
use crate::model::{DiagnosisKind, Text};

pub(super) static CAUSE: Cause = Cause {
    kind: DiagnosisKind::Unexplained,
    source: "a guard of ours: no story is told where none is better than chance",
    meant: None,
    explains: None,
    gap: None,
    words: |said| {
        Text::new(
            format!("{}有误，原因未能判断", said.label.zh),
            format!("{} is wrong; why could not be told", said.label.en),
        )
    },
    traits: NO_TRAITS,
};
