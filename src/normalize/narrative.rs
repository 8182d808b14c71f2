//! The text of a drafted report → its sentences and the numbers in them, each with what the words in front of it mean.

use super::words;
use crate::lexicon::{Meanings, Rulebook};
use crate::model::{CountMeasure, Counted, Mention, Narrative, ReadFrom};
use crate::number::{Decimal, Unit, exact_prefix};

/// Characters past which no more is read: a report, not a library.
const LENGTH: usize = 2_000_000;

/// Reads a report. `year` is the year that 本年 and 上年 are counted from.
pub fn narrative(rulebook: &Rulebook, name: &str, text: &str, year: Option<i32>) -> Narrative {
    let mut found = Narrative { name: name.to_owned(), ..Narrative::default() };
    let end = text.char_indices().nth(LENGTH).map_or(text.len(), |(at, _)| at);
    for sentence in text[..end].split(['。', '！', '？', '\n', '\r']) {
        let sentence = sentence.trim();
        if !sentence.chars().any(|c| c.is_ascii_digit() || ('０'..='９').contains(&c)) {
            continue;
        }
        // Full-width digits and marks as people type them.
        let plain: String = sentence
            .chars()
            .map(|c| match c {
                '０'..='９' | '．' | '％' => {
                    char::from_u32(u32::from(c) - 0xff01 + 0x21).unwrap_or(c)
                }
                c => c,
            })
            .collect();
        let at = found.sentences.len() as u32;
        let before = found.mentions.len() + found.counts.len();
        mentions(&rulebook.meanings, &plain, at, year, &mut found.mentions);
        counts(&plain, at, &mut found.counts);
        if found.mentions.len() + found.counts.len() > before {
            found.sentences.push(plain);
        }
    }
    found
}

fn mentions(
    meanings: &Meanings,
    sentence: &str,
    index: u32,
    year: Option<i32>,
    into: &mut Vec<Mention>,
) {
    let mut from = 0;
    let mut at = 0;
    while let Some((start, value, decimals)) = next_number(sentence, &mut at) {
        let rest = sentence[at..].trim_start();
        let blank = sentence[at..].len() - rest.len();
        let Some((unit, unit_length)) = unit(rest) else { continue };
        let end = at + blank + unit_length;
        let half = Decimal::new(5, decimals + 1);
        let (scale, percent) = match unit {
            Some(unit) => (unit.yuan().unwrap_or(Decimal::ONE), false),
            None => (Decimal::new(1, 2), true),
        };
        let (Some(value), Some(half)) = (value.checked_mul(scale), half.checked_mul(scale)) else {
            continue;
        };
        let words_before = clause(&sentence[from..start]);
        into.push(Mention {
            sentence: index,
            start,
            written: sentence[start..end].to_owned(),
            value,
            half,
            percent,
            reading: words::read(meanings, words_before, ReadFrom::Line, year),
            before: words_before.to_owned(),
        });
        from = end;
        at = end;
    }
}

/// What things are counted in, longest first.
const MEASURES: [(&str, CountMeasure); 10] = [
    ("平方米", CountMeasure::Area),
    ("平米", CountMeasure::Area),
    ("㎡", CountMeasure::Area),
    ("辆", CountMeasure::Vehicle),
    ("台", CountMeasure::Vehicle),
    ("套", CountMeasure::Dwelling),
    ("户", CountMeasure::Dwelling),
    ("间", CountMeasure::Dwelling),
    ("个", CountMeasure::Piece),
    ("项", CountMeasure::Piece),
];

/// Numerals behind digits.
const SCALES: [(char, i64); 2] = [('万', 10_000), ('亿', 100_000_000)];

/// The things counted in a sentence.
fn counts(sentence: &str, index: u32, into: &mut Vec<Counted>) {
    let mut from = 0;
    let mut at = 0;
    while let Some((start, value, _)) = next_number(sentence, &mut at) {
        let rest = sentence[at..].trim_start();
        let (rest, scale) = SCALES
            .iter()
            .find_map(|(word, scale)| Some((rest.strip_prefix(*word)?, Decimal::from(*scale))))
            .unwrap_or((rest, Decimal::ONE));
        let found =
            MEASURES.iter().find_map(|(word, measure)| Some((rest.strip_prefix(word)?, *measure)));
        let (Some((tail, measure)), Some(value)) = (found, value.checked_mul(scale)) else {
            continue;
        };
        let end = sentence.len() - tail.len();
        into.push(Counted {
            sentence: index,
            written: sentence[start..end].to_owned(),
            value,
            measure,
            before: clause(&sentence[from..start]).to_owned(),
            after: tail
                .split(['，', ',', '；', ';', '、', '：', ':'])
                .next()
                .unwrap_or("")
                .to_owned(),
        });
        from = end;
        at = end;
    }
}

/// The next number of a sentence from `at` on, which moves behind it: where it begins, its value, its decimals.
fn next_number(sentence: &str, at: &mut usize) -> Option<(usize, Decimal, u32)> {
    loop {
        let start = *at + sentence[*at..].find(|c: char| c.is_ascii_digit())?;
        if let Some((value, decimals, length)) = number(&sentence[start..]) {
            *at = start + length;
            return Some((start, value, decimals));
        }
        *at = start + 1;
    }
}

/// A number with its grouping commas: its value, its decimals, its length. None inside a word (2022年, A4, 3月).
fn number(text: &str) -> Option<(Decimal, u32, usize)> {
    let body = text.find(|c: char| !(c.is_ascii_digit() || c == ',' || c == '.'));
    let body = text[..body.unwrap_or(text.len())].trim_end_matches([',', '.']);
    let plain: String = body.chars().filter(|c| *c != ',').collect();
    let (value, length) = exact_prefix(plain.as_bytes())?;
    if length != plain.len() {
        return None;
    }
    let decimals = plain.split_once('.').map_or(0, |(_, tail)| tail.len() as u32);
    (decimals <= 6).then_some((value, decimals, body.len()))
}

/// The unit behind a number, and its length; `None` inside for a percentage.
fn unit(text: &str) -> Option<(Option<Unit>, usize)> {
    if text.starts_with('%') {
        return Some((None, 1));
    }
    for (word, unit) in [
        ("亿元", Unit::HundredMillionYuan),
        ("百万元", Unit::MillionYuan),
        ("万元", Unit::TenThousandYuan),
        ("千元", Unit::ThousandYuan),
        ("元", Unit::Yuan),
    ] {
        // 5 元/户 is a rate.
        if let Some(rest) = text.strip_prefix(word) {
            return (!rest.starts_with(['/', '／'])).then_some((Some(unit), word.len()));
        }
    }
    None
}

/// The words of the clause in front of a number.
fn clause(text: &str) -> &str {
    let cut = |text: &'_ str| -> usize {
        text.char_indices()
            .rev()
            .find(|(_, c)| "，,：:、（(；;".contains(*c))
            .map_or(0, |(at, c)| at + c.len_utf8())
    };
    let own = &text[cut(text)..];
    own.trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Class, Stage};

    #[test]
    fn amounts_and_shares_are_read_with_what_they_are_of() {
        let text = "2023年年初预算为5,706.39万元，其中：基本支出 1,304.39 万元，占比22.8%；共补助 35 户，每户 500元/月。";
        let found = narrative(&Rulebook::default(), "报告", text, Some(2023));
        let written: Vec<&str> =
            found.mentions.iter().map(|mention| mention.written.as_str()).collect();
        assert_eq!(written, ["5,706.39万元", "1,304.39 万元", "22.8%"]);
        let first = &found.mentions[0];
        assert_eq!(first.value, Decimal::from(57_063_900));
        assert_eq!(first.reading.stage.map(|facet| facet.value), Some(Stage::Initial));
        let class = found.mentions[1].reading.class;
        assert_eq!(class.map(|facet| facet.value), Some(Class::Basic));
        assert_eq!(found.mentions[2].half, Decimal::new(5, 4));
        assert_eq!(found.sentences.len(), 1);
    }
}
