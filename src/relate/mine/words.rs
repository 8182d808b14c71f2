//! What the words of a row or column say about the arithmetic of its figures, in Chinese and English.

use std::borrow::Cow;

use crate::lexicon::{List, Words};
use crate::model::words::key;

/// A meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// 合计, total: a sum of others.
    Total,
    /// 平均, average.
    Average,
    /// %, 占比, rate, per: a quotient.
    Rate,
    /// 增减, change.
    Change,
    /// 结余, 净值, difference, net.
    Difference,
    /// %: printed as a percentage.
    Percent,
    /// 累计, running: added up so far.
    Running,
    /// 平衡校验, check: what comes to nought.
    Check,
}

/// A set of meanings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Says(u8);

/// The lists of words, by what they mean.
fn lists(known: &Words) -> [(Word, &List); 8] {
    [
        (Word::Total, &known.sum_words),
        (Word::Average, &known.mean_words),
        (Word::Rate, &known.quotient_words),
        (Word::Change, &known.change_words),
        (Word::Difference, &known.rest_words),
        (Word::Percent, &known.percent_words),
        (Word::Running, &known.running_words),
        (Word::Check, &known.check_words),
    ]
}

/// Whether a word counts only whole: those of letters.
fn is_whole(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
}

impl Says {
    /// The meanings in a label.
    pub(super) fn of(known: &Words, label: &str) -> Self {
        // Nothing else becomes a letter a to z, nor begins with one, in lower case.
        let has_letters = |c: char| c.is_ascii_alphabetic() || matches!(c, '\u{130}' | '\u{212a}');
        // Most labels hold no character that any of the other words begins with.
        let beginnings = known.arithmetic();
        let (mut letters, mut others) = (false, false);
        for c in label.chars() {
            letters |= has_letters(c);
            others |= !c.is_ascii_alphabetic() && beginnings.may_begin_with(c);
        }
        if !letters && !others {
            return Self(if is_formula(label) { 1 << Word::Difference as u8 } else { 0 });
        }
        let lower = if letters { label.to_lowercase() } else { String::new() };
        let tokens: Vec<&str> =
            lower.split(|c: char| !c.is_alphabetic()).filter(|token| is_whole(token)).collect();
        let lists = lists(known);
        let folded = others.then(|| key(label));
        let formula = is_formula(label);
        let mut set = 0;
        for (word, list) in lists {
            let anywhere = |folded: &Cow<'_, str>| list.stand_apart_in(folded);
            let found =
                folded.as_ref().is_some_and(anywhere) || tokens.iter().any(|token| list.has(token));
            if found || formula && word == Word::Difference {
                set |= 1 << word as u8;
            }
        }
        Self(set)
    }

    /// Whether it holds this one.
    pub(super) fn has(self, word: Word) -> bool {
        self.0 & (1 << word as u8) != 0
    }
}

/// Whether a label writes out what is taken from what: Inv-(WRMR+TR).
pub(super) fn is_formula(label: &str) -> bool {
    label.contains('-') && (label.contains("-(") || label.contains("-（"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_what_they_say() {
        let known = crate::lexicon::Rulebook::default().words;
        for (label, word, found) in [
            ("本年收入合计", Word::Total, true),
            ("Grand Total", Word::Total, true),
            ("totally", Word::Total, false),
            ("增长%", Word::Rate, true),
            ("Net income", Word::Difference, true),
            ("Network", Word::Difference, false),
            ("Stock-(need+reserve)", Word::Difference, true),
            ("Year-end stock", Word::Difference, false),
            ("Avg.", Word::Average, true),
            ("合　　計", Word::Total, true),
            ("增长％", Word::Percent, true),
            ("本年累计", Word::Running, true),
            ("Running total", Word::Running, true),
            ("Balance check", Word::Check, true),
            ("Checking account", Word::Check, false),
            ("平衡校验", Word::Check, true),
        ] {
            assert_eq!(Says::of(&known, label).has(word), found, "{label} {word:?}");
        }
    }
}
