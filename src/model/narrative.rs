//! A drafted report in words: its sentences and the numbers in them.

use super::meaning::Reading;
use crate::number::Decimal;

/// A text that speaks of the packet's figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Narrative {
    /// As messages name it.
    pub name: String,
    /// Its sentences, in order.
    pub sentences: Vec<String>,
    /// The amounts and percentages in them, in order.
    pub mentions: Vec<Mention>,
}

/// A number in a sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// Index into the sentences.
    pub sentence: u32,
    /// As it is written, with its unit.
    pub written: String,
    /// In yuan; a fraction for a percentage.
    pub value: Decimal,
    /// Half a unit of its last printed digit, in the same.
    pub half: Decimal,
    /// A percentage.
    pub percent: bool,
    /// What the words in front of it mean.
    pub reading: Reading,
    /// Those words.
    pub before: String,
}
