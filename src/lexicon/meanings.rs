//! The words that labels are made of, and what each means: 年初 + 预算 is the initial budget.
//!
//! A text is read from its beginning, the longest word first ([`Meanings::begin`]); what the words say together is put
//! together by `normalize`. A word means one thing: added to one list, it leaves every other.

use std::collections::BTreeMap;

use super::firsts::Firsts;
use crate::model::Text;
use crate::model::words::spaced_key;

macro_rules! meanings {
    ($($word:ident $name:literal: $zh:literal, $en:literal;)*) => {
        /// A word, by what it means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Word {
            $(#[doc = $en] $word,)*
        }

        impl Word {
            /// The names of the lists.
            pub const NAMES: &[&str] = &[$($name),*];

            /// Every meaning, with the name of its list and what its words say.
            fn all() -> impl Iterator<Item = (Self, &'static str, Text)> {
                [$((Self::$word, $name, Text::new($zh, $en))),*].into_iter()
            }

            pub(super) fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$word),)*
                    _ => None,
                }
            }
        }
    };
}

meanings! {
    // Of a year.
    Opening "opening": "年初、期初", "At the beginning of the year";
    Closing "closing": "年末、期末", "At its end";
    Previous "previous": "上年", "Of the year before";
    Next "next": "下年", "Of the year after";
    Current "current": "本年、年中", "Of this year";
    // Of a budget.
    Before "before": "调整之前", "Before it was adjusted";
    After "after": "调整之后", "After it was adjusted";
    Final "final": "最终、全年", "What it came to";
    Up "up": "增加", "Raised";
    Down "down": "减少", "Lowered";
    Adjust "adjust": "调整", "Changed, either way";
    Net "net": "净额", "After what goes off";
    Budget "budget": "预算", "Budgeted";
    Execute "execute": "执行、支出、决算", "Spent";
    Carry "carry": "结转、结余", "Carried over";
    // No amounts of money, or amounts of something else.
    Rate "rate": "比率", "A rate";
    Compare "compare": "比较", "A comparison";
    Price "price": "单价、人均", "A price";
    Standard "standard": "单独成名时是单价", "A price where it stands alone";
    Quantity "quantity": "数量", "A count or measure";
    Weight "weight": "分值、权重", "Points that can be had";
    Score "score": "得分", "Points that were had";
    AssetValue "asset_value": "资产原值", "The original value of assets";
    Depreciation "depreciation": "折旧、摊销", "What was written off";
    NetValue "net_value": "资产净值", "What is left of their value";
    Debit "debit": "借方", "Debit";
    Credit "credit": "贷方", "Credit";
    Balance "balance": "余额", "A balance";
    // Sides.
    Income "income": "收入", "Income";
    Expenditure "expenditure": "支出", "Expenditure";
    // What for.
    Basic "basic": "基本支出", "Basic expenditure";
    Project "project": "项目支出", "Projects";
    Staff "staff": "人员经费", "Staff";
    Operating "operating": "公用经费", "Operating expenditure";
    ThreePublic "three_public": "“三公”经费", "Travel abroad, cars and receptions";
    Procurement "procurement": "政府采购", "Procurement";
    // From where.
    General "general": "一般公共预算", "The general public budget";
    Fund "fund": "政府性基金", "Government funds";
    Capital "capital": "国有资本经营预算", "The budget of state capital";
    Fiscal "fiscal": "财政拨款", "Fiscal money";
    SpecialAccount "special_account": "财政专户", "Special fiscal accounts";
    Operation "operation": "事业收入、经营收入", "What a unit earns";
    Other "other": "其他资金", "Other money";
    Local "local": "本级资金", "Money of the same level of government";
    Upper "upper": "上级资金", "Money from above";
    Bond "bond": "债券", "Bonds";
    // Others.
    Total "total": "合计", "A total";
    Not "not": "否定：未支出即结余", "Turns what follows: what is not spent is left";
    Filler "filler": "本身不说明什么", "Says nothing by itself";
}

/// Words with their meanings.
#[derive(Clone, Debug, Default)]
pub struct Meanings {
    /// By their first character, longest first.
    words: BTreeMap<char, Vec<(String, Word)>>,
    /// A bit for each first character, folded: most characters of labels begin no word.
    firsts: Firsts,
}

impl Meanings {
    /// The longest word that a text begins with, as [`spaced_key`] gives texts; what it means, and its length in bytes.
    pub fn begin(&self, text: &str) -> Option<(Word, usize)> {
        let first = text.chars().next()?;
        if !self.firsts.may_hold(first) {
            return None;
        }
        // An English word ends where its letters do: no net in cabinet.
        let ends = |word: &str| {
            !first.is_ascii_alphabetic()
                || !text[word.len()..].starts_with(|next: char| next.is_ascii_alphabetic())
        };
        self.words.get(&first)?.iter().find_map(|(word, meaning)| {
            (text.starts_with(word.as_str()) && ends(word)).then_some((*meaning, word.len()))
        })
    }

    /// Every list of words with its name and what its words say.
    pub fn lists(&self) -> impl Iterator<Item = (&'static str, Text, Vec<&str>)> {
        Word::all().map(|(meaning, name, about)| {
            let words = self.words.values().flatten().filter(|(_, own)| *own == meaning);
            (name, about, words.map(|(word, _)| word.as_str()).collect())
        })
    }

    /// Gives a word its meaning; one behind `!` loses it.
    pub(super) fn add(&mut self, meaning: Word, word: &str) {
        let (out, word) = match word.trim().strip_prefix(['!', '！']) {
            Some(word) => (true, spaced_key(word)),
            None => (false, spaced_key(word)),
        };
        let Some(first) = word.chars().next() else { return };
        let words = self.words.entry(first).or_default();
        words.retain(|(known, own)| *known != word || out && *own != meaning);
        if !out {
            self.firsts.add(first);
            words.push((word, meaning));
            words.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::Rulebook;

    #[test]
    fn every_meaning_has_words_and_no_word_has_two() {
        let meanings = Rulebook::default().meanings;
        for (name, _, words) in meanings.lists() {
            assert!(!words.is_empty(), "give {name} words in schemas/meanings.toml");
        }
        let written = include_str!("../../schemas/meanings.toml");
        let words = written.lines().filter(|line| !line.starts_with('#')).flat_map(|line| {
            line.split('"').skip(1).step_by(2).map(spaced_key).collect::<Vec<_>>()
        });
        let mut seen = std::collections::BTreeSet::new();
        for word in words {
            assert!(seen.insert(word.clone()), "{word} stands in two lists");
        }
    }

    #[test]
    fn the_longest_word_is_found_and_can_be_taken_out() {
        let mut meanings = Rulebook::default().meanings;
        assert_eq!(meanings.begin("预算数"), Some((Word::Budget, "预算".len())));
        assert_eq!(meanings.begin("netting"), None);
        meanings.add(Word::Filler, "预算");
        assert_eq!(meanings.begin("预算数"), Some((Word::Filler, "预算".len())));
        meanings.add(Word::Budget, "!预算");
        assert_eq!(meanings.begin("预算数").map(|found| found.0), Some(Word::Filler));
        meanings.add(Word::Filler, "!预算");
        assert_eq!(meanings.begin("预算数"), None);
    }
}
