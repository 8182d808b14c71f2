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
    /// The things counted in them, in order: 10 台, 918 套, 8万平米.
    pub counts: Vec<Counted>,
}

/// A number of things in a sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// Index into the sentences.
    pub sentence: u32,
    /// As it is written, with its measure.
    pub written: String,
    /// How many.
    pub value: Decimal,
    /// Of what.
    pub measure: CountMeasure,
    /// The words of the clause in front of it.
    pub before: String,
    /// The words behind it, to the end of the clause.
    pub after: String,
}

/// What things are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountMeasure {
    /// 辆, 台
    Vehicle,
    /// 套, 户, 间
    Dwelling,
    /// 个, 项
    Piece,
    /// 平方米
    Area,
}

/// A number in a sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// Index into the sentences.
    pub sentence: u32,
    /// Where it begins there.
    pub start: usize,
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
