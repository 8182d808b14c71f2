//! What the words of a row or column say about the arithmetic of its figures, in Chinese and English.

use std::collections::BTreeSet;
use std::sync::LazyLock;

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
}

/// A set of meanings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Words(u8);

/// Chinese words are looked for anywhere; English ones only whole.
const VOCABULARY: &[(Word, &[&str], &[&str])] = &[
    (
        Word::Total,
        &["合计", "总计", "小计", "共计", "总额", "总数", "总和", "合 计", "总 计", "小 计"],
        &[
            "total",
            "totals",
            "subtotal",
            "subtotals",
            "sum",
            "overall",
            "grand",
            "combined",
            "all",
            "gesamt",
            "insgesamt",
            "yhteensä",
            "totaux",
            "ensemble",
            "tot",
            "aggregate",
            "together",
        ],
    ),
    (
        Word::Average,
        &["平均", "均值", "人均"],
        &["average", "averages", "avg", "ave", "mean", "means"],
    ),
    (
        Word::Rate,
        &["占比", "比重", "比例", "比率", "率", "人均", "%", "％"],
        &[
            "percent",
            "percentage",
            "pct",
            "share",
            "shares",
            "rate",
            "rates",
            "ratio",
            "ratios",
            "per",
            "proportion",
            "prop",
            "yield",
            "margin",
        ],
    ),
    (
        Word::Change,
        &["增减", "增长", "增幅", "变动", "同比", "环比", "比上年", "增加", "减少", "涨幅"],
        &[
            "change",
            "changes",
            "growth",
            "increase",
            "decrease",
            "variance",
            "yoy",
            "chg",
            "var",
            "incr",
            "inc",
            "dec",
            "change/prev",
            "gain",
        ],
    ),
    (
        Word::Difference,
        &["结余", "净", "差额", "余额", "差异", "盈余"],
        &["net", "difference", "balance", "surplus", "deficit", "remaining", "diff", "variance"],
    ),
    (Word::Percent, &["%", "％", "占比", "比重", "百分"], &["percent", "percentage", "pct"]),
];

/// What the words looked for anywhere begin with.
static BEGINNINGS: LazyLock<BTreeSet<char>> = LazyLock::new(|| {
    let parts = VOCABULARY.iter().flat_map(|(_, parts, _)| parts.iter());
    parts.filter_map(|part| part.chars().next()).collect()
});

impl Words {
    /// The meanings in a label.
    pub(super) fn of(label: &str) -> Self {
        let label = label.to_lowercase();
        let mut set = 0;
        // Most labels hold no character that any of the words begins with.
        let chinese = label.chars().any(|c| BEGINNINGS.contains(&c));
        let tokens: Vec<&str> = label
            .split(|c: char| !c.is_alphabetic())
            .filter(|token| token.starts_with(|c: char| c.is_ascii_lowercase()))
            .collect();
        let formula = is_formula(&label);
        if !chinese && tokens.is_empty() && !formula {
            return Self::default();
        }
        for (word, parts, whole) in VOCABULARY {
            let found = chinese && parts.iter().any(|part| label.contains(part))
                || tokens.iter().any(|token| whole.contains(token));
            if found || formula && *word == Word::Difference {
                set |= 1 << *word as u8;
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
fn is_formula(label: &str) -> bool {
    label.contains("-(") || label.contains("-（")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_begin_as_tokens_do() {
        for (_, _, whole) in VOCABULARY {
            for word in *whole {
                assert!(word.starts_with(|c: char| c.is_ascii_lowercase()), "{word}");
            }
        }
    }

    #[test]
    fn words_mean_what_they_say() {
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
        ] {
            assert_eq!(Words::of(label).has(word), found, "{label} {word:?}");
        }
    }
}
