//! The total is a formula, and parts of it are numbers stored as text, which Excel's SUM passes over.

use super::cause::{Cause, Gap, NO_TRAITS, Weight};
use crate::model::{DiagnosisKind, Place, Text};
use crate::number::Decimal;

pub(super) static CAUSE: Cause = Cause {
    kind: DiagnosisKind::named("stored_as_text"),
    source: "Excel: SUM ignores text in cells it refers to",
    meant: None,
    explains: None,
    gap: Some(gap),
    words: |said| {
        Text::new(
            format!("{}的公式没有计入存为文本的{}，请将其转为数字", said.label.zh, said.parts),
            format!(
                "the formula of {} passes over {}, stored as text: make numbers of them",
                said.label.en, said.parts
            ),
        )
    },
    traits: NO_TRAITS,
};

fn gap(gap: &Gap) -> Option<(Weight, Vec<Place>)> {
    let sum: Decimal = gap.texts.iter().map(|(_, amount)| *amount).sum();
    let passed_over = gap.formula && !gap.texts.is_empty() && sum == -gap.difference;
    passed_over.then(|| (-1, gap.texts.iter().map(|(place, _)| *place).collect()))
}
