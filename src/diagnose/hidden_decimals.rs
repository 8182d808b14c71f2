//! The printed digits agree, the stored ones do not.

use super::cause::{Cause, Gap, NO_TRAITS, Traits, Weight};
use crate::model::{DiagnosisKind, Place, Text};

pub(super) static CAUSE: Cause = Cause {
    kind: DiagnosisKind::named("hidden_decimals"),
    source: "usdr-gost #377: displayed sum ties, stored does not",
    meant: None,
    explains: None,
    gap: Some(gap),
    words: |said| {
        Text::new(
            format!("{}显示的数字相符，存储的小数不符", said.label.zh),
            format!("{} ties as printed; decimals that are not shown differ", said.label.en),
        )
    },
    traits: Traits { idle: true, ..NO_TRAITS },
};

fn gap(gap: &Gap) -> Option<(Weight, Vec<Place>)> {
    gap.hidden.then(|| (-5, Vec::new()))
}
