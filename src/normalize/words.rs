//! What a text means, put together from the words in it.

use crate::lexicon::{Meanings, Word};
use crate::model::{Class, Facet, Funds, Measure, ReadFrom, Reading, Side, Stage, Sureness, words};

/// The words of a text in order, the years in it, and what is left.
struct Parsed {
    words: Vec<Word>,
    years: Vec<i32>,
    rest: String,
}

fn parse(meanings: &Meanings, text: &str) -> Parsed {
    let bare = words::numbering(text).map_or(text, |(_, rest)| rest);
    let key = words::spaced_key(bare);
    let rest = String::with_capacity(key.len());
    let mut parsed = Parsed { words: Vec::new(), years: Vec::new(), rest };
    let mut at = 0;
    while let Some(c) = key[at..].chars().next() {
        let tail = &key[at..];
        if begins_year(c)
            && let Some((year, length)) = year(tail)
        {
            parsed.years.push(year);
            at += length;
            continue;
        }
        if let Some((word, length)) = meanings.begin(tail) {
            parsed.words.push(word);
            at += length;
            continue;
        }
        if c.is_ascii_alphabetic() {
            let end = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
            parsed.rest.push_str(&tail[..end]);
            at += end;
        } else {
            if is_in_name(c) {
                parsed.rest.push(c);
            }
            at += c.len_utf8();
        }
    }
    parsed
}

/// Letters and digits; ideographs, which nearly all are, are told at once.
#[inline]
fn is_in_name(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}') || c.is_alphanumeric()
}

/// Whether a year may begin with a character.
fn begins_year(c: char) -> bool {
    matches!(c, '1' | '2' | '一' | '二')
}

/// A year in front of a text, and how many bytes it takes: 2023年度, 2023年, 二〇二三年, 2023.
fn year(text: &str) -> Option<(i32, usize)> {
    let mut chars = text.char_indices();
    let mut value = 0;
    for _ in 0..4 {
        let (_, c) = chars.next()?;
        let digit = match c {
            '〇' | '零' | '○' => 0,
            c => c.to_digit(10).or_else(|| {
                "一二三四五六七八九".chars().position(|d| d == c).map(|at| at as u32 + 1)
            })?,
        };
        value = value * 10 + digit as i32;
    }
    if !(1990..=2100).contains(&value) {
        return None;
    }
    let end = chars.next().map_or(text.len(), |(at, _)| at);
    let rest = &text[end..];
    if rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    for suffix in ["年度", "年"] {
        if let Some(tail) = rest.strip_prefix(suffix) {
            // 2023年末 is a day of the year: 末 belongs to the next word.
            let eaten = if tail.starts_with(['初', '末', '底', '中', '终']) && suffix == "年"
            {
                end
            } else {
                end + suffix.len()
            };
            return Some((value, eaten));
        }
    }
    Some((value, end))
}

/// What a text says. `current` is the year that 本年 and 上年 are counted from.
pub(super) fn read(
    meanings: &Meanings,
    text: &str,
    source: ReadFrom,
    current: Option<i32>,
) -> Reading {
    fn surely<T>(value: Option<T>, source: ReadFrom) -> Option<Facet<T>> {
        value.map(|value| Facet { value, source, sure: Sureness::Sure })
    }
    let parsed = parse(meanings, text);
    if parsed.words.is_empty() {
        // A name, and what year it is of.
        let year = match parsed.years.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        return Reading { year: surely(year, source), name: parsed.rest, ..Reading::default() };
    }
    let said = parsed.words.iter().fold(0, |said, word| said | mark(*word));
    let price = parsed.rest.is_empty() && said & mark(Word::Standard) != 0;
    let has = |word: Word| said & mark(word) != 0 || word == Word::Price && price;
    let money = !(has(Word::Rate) || has(Word::Compare) || has(Word::Price));
    let measure = surely(measure(&has), source);
    let stage = if money { stage(&parsed.words) } else { None };
    let first = |pairs: &[(Word, Class)]| {
        pairs.iter().find(|(word, _)| has(*word)).map(|(_, class)| *class)
    };
    // 人员经费 of 基本支出: the narrower word says what it is.
    let class = first(&[
        (Word::ThreePublic, Class::ThreePublic),
        (Word::Procurement, Class::Procurement),
        (Word::Staff, Class::Staff),
        (Word::Operating, Class::Operating),
        (Word::Basic, Class::Basic),
        (Word::Project, Class::Project),
    ]);
    let both = |a: Word, b: Word| has(a) && has(b);
    // 基本支出和项目支出 together are no part.
    let class =
        class.filter(|_| !(both(Word::Basic, Word::Project) || both(Word::Staff, Word::Operating)));
    let class = if both(Word::Staff, Word::Operating) && !has(Word::Project) {
        Some(Class::Basic)
    } else {
        class
    };
    let funds = [
        (Word::General, Funds::GENERAL),
        (Word::Fund, Funds::FUND),
        (Word::Capital, Funds::CAPITAL),
        (Word::Fiscal, Funds::FISCAL),
        (Word::SpecialAccount, Funds::SPECIAL_ACCOUNT),
        (Word::Operation, Funds::OPERATION),
        (Word::Other, Funds::OTHER),
        (Word::Local, Funds::LOCAL),
        (Word::Upper, Funds::UPPER),
        (Word::Bond, Funds::BOND),
    ]
    .iter()
    .filter(|(word, _)| has(*word))
    .map(|(_, fund)| *fund)
    .reduce(Funds::and);
    let side = match (has(Word::Income) || has(Word::Operation), has(Word::Expenditure)) {
        (true, false) => Some(Side::Income),
        (false, true) => Some(Side::Expenditure),
        _ => None,
    };
    let year = match parsed.years.as_slice() {
        [only] => Some(*only),
        // 2023年比2022年 speaks of both.
        [] if has(Word::Previous) && money => current.map(|year| year - 1),
        [] if has(Word::Next) && money => current,
        _ => None,
    };
    // What last year left, and what is carried into the next, are figures of this year.
    let carried = stage.is_some_and(|(stage, _)| {
        matches!(stage, Stage::CarriedIn | Stage::CarriedOver) && parsed.years.is_empty()
    });
    Reading {
        measure,
        stage: stage.map(|(value, sure)| Facet { value, source, sure }),
        year: surely(year.filter(|_| !carried), source),
        side: surely(side, source),
        class: surely(class, source),
        funds: surely(funds, source),
        total: has(Word::Total),
        name: parsed.rest,
        of: None,
    }
}

/// A bit for a word.
fn mark(word: Word) -> u64 {
    1 << word as u64
}

fn measure(has: &dyn Fn(Word) -> bool) -> Option<Measure> {
    let order = [
        (Word::Rate, Measure::Rate),
        (Word::Compare, Measure::Comparison),
        (Word::Price, Measure::Price),
        (Word::Weight, Measure::Weight),
        (Word::Score, Measure::Score),
        (Word::Depreciation, Measure::Depreciation),
        (Word::NetValue, Measure::NetValue),
        (Word::AssetValue, Measure::AssetValue),
        (Word::Quantity, Measure::Quantity),
        (Word::Debit, Measure::Debit),
        (Word::Credit, Measure::Credit),
        (Word::Balance, Measure::Balance),
    ];
    order.iter().find(|(word, _)| has(*word)).map(|(_, measure)| *measure)
}

/// The stage that the words say together.
fn stage(words: &[Word]) -> Option<(Stage, Sureness)> {
    use Sureness::{Guessed, Likely, Sure};
    let said = words.iter().fold(0, |said, word| said | mark(*word));
    let has = |word: Word| said & mark(word) != 0;
    let budget = has(Word::Budget);
    let about_assets = [Word::AssetValue, Word::Depreciation, Word::NetValue, Word::Quantity];
    if about_assets.into_iter().any(has) {
        return None;
    }
    if has(Word::Carry) {
        let came = has(Word::Previous) || has(Word::Opening);
        return Some((if came { Stage::CarriedIn } else { Stage::CarriedOver }, Sure));
    }
    if has(Word::Not) && (has(Word::Execute) || has(Word::Expenditure)) {
        return Some((Stage::CarriedOver, Sure));
    }
    if has(Word::After) {
        return Some((Stage::Adjusted, Sure));
    }
    if has(Word::Before) {
        return Some((Stage::Initial, if budget { Sure } else { Likely }));
    }
    let up = has(Word::Up);
    let down = has(Word::Down);
    if up && down || has(Word::Net) && (up || down || has(Word::Adjust)) {
        return Some((Stage::Adjustment, Likely));
    }
    let moved = has(Word::Adjust) || budget || has(Word::Current);
    if up || down {
        // 年初预算调增 is an increase; 比上年增加 never comes here.
        let stage = if up { Stage::Increase } else { Stage::Decrease };
        return Some((stage, if moved { Sure } else { Likely }));
    }
    if has(Word::Final) && budget && !has(Word::Execute) {
        return Some((Stage::Adjusted, Sure));
    }
    if has(Word::Closing) && budget {
        return Some((Stage::Adjusted, Likely));
    }
    if has(Word::Execute) {
        return Some((Stage::Executed, Sure));
    }
    if has(Word::Adjust) {
        // 调整预算数 is what the budget came to, 预算调整数 what it was changed by.
        let at = |word: Word| words.iter().position(|other| *other == word);
        return match (at(Word::Adjust), at(Word::Budget)) {
            (Some(adjust), Some(budget)) if adjust < budget => Some((Stage::Adjusted, Likely)),
            _ => Some((Stage::Adjustment, Likely)),
        };
    }
    if has(Word::Opening) {
        return Some((Stage::Initial, if budget { Sure } else { Likely }));
    }
    if budget {
        return Some((Stage::Budget, Likely));
    }
    // 支出 alone is what a table is about as often as what was spent.
    has(Word::Expenditure).then_some((Stage::Executed, Guessed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Reading {
        let meanings = crate::lexicon::Rulebook::default().meanings;
        read(&meanings, text, ReadFrom::Header, Some(2024))
    }

    #[test]
    fn stages_are_composed_of_words() {
        for (text, stage) in [
            ("年初预算", Stage::Initial),
            ("年初部门预算批复数", Stage::Initial),
            ("调整前预算", Stage::Initial),
            ("原预算数", Stage::Initial),
            ("年初数", Stage::Initial),
            ("调增合计", Stage::Increase),
            ("年中追加数", Stage::Increase),
            ("本年预算调整增加额", Stage::Increase),
            ("本年调减", Stage::Decrease),
            ("预算调减（核减）", Stage::Decrease),
            ("年中收回", Stage::Decrease),
            ("预算调整数", Stage::Adjustment),
            ("调整预算数", Stage::Adjusted),
            ("调整后预算", Stage::Adjusted),
            ("追加后预算总额", Stage::Adjusted),
            ("全年预算数", Stage::Adjusted),
            ("全年执行数", Stage::Executed),
            ("预算执行数", Stage::Executed),
            ("实际支出", Stage::Executed),
            ("决算数", Stage::Executed),
            ("2024年支付金额", Stage::Executed),
            ("上年结转", Stage::CarriedIn),
            ("年末结转和结余", Stage::CarriedOver),
            ("结转下年", Stage::CarriedOver),
            ("预算数", Stage::Budget),
        ] {
            let reading = said(text);
            assert_eq!(reading.stage.map(|facet| facet.value), Some(stage), "{text}");
            assert_eq!(reading.name, "", "{text}");
        }
        for text in ["执行率", "增减%", "比上年增加", "金额", "占比", "单价"] {
            assert_eq!(said(text).stage, None, "{text}");
        }
    }

    #[test]
    fn parts_sources_and_years_are_read() {
        assert_eq!(said("基本支出").class.map(|f| f.value), Some(Class::Basic));
        assert_eq!(said("二、项目支出").class.map(|f| f.value), Some(Class::Project));
        assert_eq!(said("其中：人员经费").class.map(|f| f.value), Some(Class::Staff));
        assert_eq!(said("2022年执行数").year.map(|f| f.value), Some(2022));
        assert_eq!(said("上年执行数").year.map(|f| f.value), Some(2023));
        assert_eq!(said("上年结转").year, None);
        assert_eq!(said("上级专项资金").funds.map(|f| f.value), Some(Funds::UPPER));
        assert_eq!(said("一般公共预算").stage, None);
        assert_eq!(said("小学校舍维修").name, "小学校舍维修");
        assert!(said("收入总计").total);
    }
}
