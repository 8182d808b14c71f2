//! The forms in which labels are written: numbering, codes, units, years, and the key by which labels are compared.
//!
//! What words mean is no business of these forms: that stands in the rulebook (`lexicon`). All functions take text as it
//! stands in the cell and fold width and spaces themselves.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::traditional::{is_traditional, simplified};
use crate::number::Unit;

/// Text for comparing: NFKC, without spaces, lower case, traditional characters simplified.
pub fn key(text: &str) -> Cow<'_, str> {
    if is_folded(text) {
        let upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
        return if upper { text.to_ascii_lowercase().into() } else { text.into() };
    }
    let mut folded = folded(text);
    if folded.chars().all(|c| c.is_ascii() || is_plain(c)) {
        folded.make_ascii_lowercase();
        return folded.into();
    }
    folded.chars().filter(|c| *c != '\u{200b}').flat_map(char::to_lowercase).collect()
}

/// Whether a text is its own [`key`].
pub(crate) fn is_key(text: &str) -> bool {
    is_folded(text) && !text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// The same, without spaces but those between words of letters.
pub fn spaced_key(text: &str) -> String {
    if is_folded(text) {
        return text.to_ascii_lowercase();
    }
    let mut spaced = String::with_capacity(text.len());
    for part in text.split_whitespace().map(key) {
        let letter = |c: char| c.is_ascii_alphanumeric();
        if spaced.ends_with(letter) && part.starts_with(letter) {
            spaced.push(' ');
        }
        spaced.push_str(&part);
    }
    spaced
}

/// What the name of a sheet says of a month, quarter, week or day.
#[derive(Clone, Debug)]
pub struct Period {
    /// What stands before the period, the period, and what stands behind it.
    apart: Option<[String; 3]>,
    /// The month that it begins with.
    month: Option<usize>,
}

impl Period {
    /// Whether two names are of different ones, and otherwise alike: one form filled in for each.
    pub fn is_beside(&self, other: &Self) -> bool {
        if let (Some(one), Some(other)) = (&self.apart, &other.apart) {
            return (&one[0], &one[2]) == (&other[0], &other[2]) && one[1] != other[1];
        }
        matches!((self.month, other.month), (Some(one), Some(other)) if one != other)
    }
}

/// Whether two sheets are named after different months, quarters, weeks or days, and otherwise alike.
pub fn are_periods(one: &str, other: &str) -> bool {
    period(one).is_beside(&period(other))
}

/// The period that a sheet is named after.
pub fn period(name: &str) -> Period {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    fn is_numeral(c: char) -> bool {
        c.is_ascii_digit() || "一二三四五六七八九十".contains(c)
    }
    fn apart(name: &str) -> Option<[String; 3]> {
        let unit = name
            .char_indices()
            .find(|(at, c)| "月季周旬日".contains(*c) && name[..*at].ends_with(is_numeral))?
            .0;
        let before = name[..unit].trim_end_matches(is_numeral);
        Some([before, &name[before.len()..unit], &name[unit..]].map(str::to_owned))
    }
    let name = key(name);
    let month = MONTHS.iter().position(|month| name.starts_with(month));
    Period { apart: apart(&name), month }
}

/// A label in one piece: in Chinese, where spaces spread words over a cell, without any; in Western words with one between two.
pub fn in_one_piece(label: &str) -> String {
    let chinese = label.chars().any(|c| ('\u{2e80}'..='\u{ffef}').contains(&c));
    label.split_whitespace().collect::<Vec<_>>().join(if chinese { "" } else { " " })
}

/// Characters of a text that may be a name: no title, header or label has as many, and a longer one costs its length at every
/// figure that it stands over, beside or above.
const NAME: usize = 1_000;

/// A text as far as it may be a name.
pub fn start(text: &str) -> &str {
    first(text, NAME)
}

/// Whether a name ends where names are cut, so that it went on where it was read.
pub fn goes_on(name: &str) -> bool {
    name.len() >= NAME && name.chars().count() == NAME
}

/// The first so many characters of a text, and no more than may be a name.
pub fn first(text: &str, most: usize) -> &str {
    let most = most.min(NAME);
    if text.len() <= most {
        return text;
    }
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

/// Characters of a name on the screen, in a list or a sheet: who reads of a longer one finds it by its cell.
const SHOWN: usize = 80;

/// The same within a sentence, which very many findings may say of one label.
const NAMED: usize = 48;

/// A label as people are shown it, cut where nobody reads on.
pub fn shown(label: &str) -> Cow<'_, str> {
    cut(label, SHOWN)
}

/// A label as a sentence names it.
pub fn named(label: &str) -> String {
    cut(&in_one_piece(label), NAMED).into_owned()
}

fn cut(label: &str, most: usize) -> Cow<'_, str> {
    match label.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &label[..end])),
        None => Cow::Borrowed(label),
    }
}

/// Whether a text is what it folds to, but for the case of its letters: most are.
fn is_folded(text: &str) -> bool {
    text.chars().all(|c| if c.is_ascii() { !c.is_whitespace() } else { is_plain(c) })
}

/// Text with one form for each character (NFKC), without spaces.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{3000}' => {}
            '\u{ff01}'..='\u{ff5e}' => {
                folded.extend(char::from_u32(u32::from(c) - 0xff01 + 0x21));
            }
            c if c.is_ascii() && c.is_whitespace() => {}
            c if c.is_ascii() || is_plain(c) => folded.push(c),
            c if is_traditional(c) => folded.push(simplified(c)),
            _ => {
                return text.nfkc().filter(|c| !c.is_whitespace()).map(simplified).collect();
            }
        }
    }
    folded
}

/// What nearly all labels are made of: characters that NFKC leaves alone, that have no case and are no space.
fn is_plain(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '、' | '。' | '《' | '》' | '“' | '”' | '—')
        && !is_traditional(c)
}

/// Whether a character may stand for another one under [`key`]: all but ideographs, digits and plain marks of ASCII may,
/// letters for their case.
///
/// Most labels are told by this not to be what is looked for, without folding them.
pub(crate) fn may_fold(c: char) -> bool {
    !(is_plain(c) || c.is_ascii() && !c.is_ascii_alphabetic())
}

/// The label without one of some words (其中) in front.
pub fn without<'a>(label: &'a str, words: &[String]) -> &'a str {
    let trimmed = label.trim_start();
    let rest = words.iter().find_map(|word| trimmed.strip_prefix(word.as_str()));
    rest.map_or(trimmed, |rest| rest.trim_start_matches([':', '：', ' ', '\u{3000}', '，', ',']))
}

/// Styles of numbering, outermost first as Chinese documents use them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Numbering {
    /// 第一部分
    Part,
    /// 一、
    Chinese,
    /// （一）
    ChineseBracketed,
    /// 1. or 1、
    Arabic,
    /// 1.1
    ArabicSecond,
    /// 1.1.1
    ArabicThird,
    /// (1) or 1)
    ArabicBracketed,
    /// ①
    Circled,
    /// I. or Ⅰ、
    Roman,
    /// A.
    Letter,
    /// a.
    SmallLetter,
}

fn is_chinese_digit(c: char) -> bool {
    matches!(
        c,
        '一' | '二'
            | '三'
            | '四'
            | '五'
            | '六'
            | '七'
            | '八'
            | '九'
            | '十'
            | '廿'
            | '卅'
            | '百'
            | '零'
            | '〇'
            | '壹'
            | '贰'
            | '叁'
            | '肆'
            | '伍'
            | '陆'
            | '柒'
            | '捌'
            | '玖'
            | '拾'
    )
}

/// The number that a label's numbering says, up to 99: 四、, （四）, 4., 廿四、; none for letters and circles.
pub fn ordinal(label: &str) -> Option<u32> {
    let mut tens = None;
    let mut ones = None;
    for c in label
        .chars()
        .skip_while(|c| c.is_whitespace() || matches!(c, '(' | '（' | '〔' | '[' | '第'))
    {
        if let Some(digit) = c.to_digit(10) {
            ones = Some(ones.unwrap_or(0_u32).saturating_mul(10).saturating_add(digit));
        } else if let Some(at) = "一二三四五六七八九".chars().position(|one| one == c) {
            ones = Some(at as u32 + 1);
        } else if let Some(many) = match c {
            '十' => Some(ones.take().unwrap_or(1)),
            '廿' => Some(2),
            '卅' => Some(3),
            _ => None,
        } {
            tens = Some(many);
        } else {
            break;
        }
    }
    let number = tens.unwrap_or(0_u32).saturating_mul(10).saturating_add(ones.unwrap_or(0));
    (1..100).contains(&number).then_some(number)
}

/// The numbering a label begins with, and the rest.
pub fn numbering(label: &str) -> Option<(Numbering, &str)> {
    let text =
        label.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{3000}' || c == '\u{a0}');
    let end_of = |set: &dyn Fn(char) -> bool| text.find(|c: char| !set(c)).unwrap_or(text.len());
    let is_chinese = is_chinese_digit;
    if let Some(rest) = text.strip_prefix('第') {
        let end = rest.find(|c: char| !is_chinese(c)).unwrap_or(rest.len());
        if end > 0
            && let Some(tail) = rest[end..].strip_prefix("部分")
        {
            return Some((Numbering::Part, tail.trim_start_matches([':', '：', '、', ' '])));
        }
    }
    let first = text.chars().next()?;
    if is_chinese(first) {
        let end = end_of(&is_chinese);
        let rest = &text[end..];
        for mark in ['、', '.', '．', '，', '：', ':'] {
            if let Some(tail) = rest.strip_prefix(mark) {
                return Some((Numbering::Chinese, tail.trim_start()));
            }
        }
        return None;
    }
    if matches!(first, '(' | '（' | '〔' | '[') {
        let inner = &text[first.len_utf8()..];
        let close = inner.find([')', '）', '〕', ']'])?;
        let (mark, rest) = (&inner[..close], &inner[close..]);
        let rest = &rest[rest.chars().next().map_or(0, char::len_utf8)..];
        let rest = rest.trim_start_matches(['、', '.', ' ', '\u{3000}']);
        let mark = mark.trim();
        if mark.is_empty() || mark.chars().count() > 3 {
            return None;
        }
        if mark.chars().all(is_chinese) {
            return Some((Numbering::ChineseBracketed, rest));
        }
        if mark.chars().all(|c| c.is_ascii_digit() || ('０'..='９').contains(&c)) {
            return Some((Numbering::ArabicBracketed, rest));
        }
        if mark.len() == 1 && mark.chars().all(|c| c.is_ascii_lowercase()) {
            return Some((Numbering::SmallLetter, rest));
        }
        return None;
    }
    if ('①'..='⑳').contains(&first) {
        return Some((
            Numbering::Circled,
            text[first.len_utf8()..].trim_start_matches(['、', '.', ' ']),
        ));
    }
    if ('㈠'..='㈩').contains(&first) {
        return Some((
            Numbering::ChineseBracketed,
            text[first.len_utf8()..].trim_start_matches(['、', '.', ' ']),
        ));
    }
    if ('⑴'..='⒇').contains(&first) {
        return Some((
            Numbering::ArabicBracketed,
            text[first.len_utf8()..].trim_start_matches(['、', '.', ' ']),
        ));
    }
    if ('⒈'..='⒛').contains(&first) {
        return Some((
            Numbering::Arabic,
            text[first.len_utf8()..].trim_start_matches(['、', '.', ' ']),
        ));
    }
    if ('Ⅰ'..='Ⅻ').contains(&first) {
        return Some((
            Numbering::Roman,
            text[first.len_utf8()..].trim_start_matches(['、', '.', ' ']),
        ));
    }
    let digit = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    if digit(first) {
        let end = end_of(&digit);
        if text[..end].chars().count() > 3 {
            return None;
        }
        let rest = &text[end..];
        let mark = rest.chars().next()?;
        let tail = &rest[mark.len_utf8()..];
        return match mark {
            '、' => Some((Numbering::Arabic, tail.trim_start())),
            ')' | '）' => Some((Numbering::ArabicBracketed, tail.trim_start())),
            '.' | '．' => {
                // 1.1 and 1.1.1 are levels; 1.5 alone is a number and never comes here with a name behind it.
                let mut levels = 1;
                let mut rest = tail;
                loop {
                    let end = rest.find(|c: char| !digit(c)).unwrap_or(rest.len());
                    if end == 0 || end > 2 {
                        break;
                    }
                    levels += 1;
                    rest = &rest[end..];
                    match rest.strip_prefix(['.', '．']) {
                        Some(tail) => rest = tail,
                        None => break,
                    }
                }
                let rest = rest.trim_start_matches(['、', ' ', '\u{3000}']);
                if rest.is_empty() {
                    return None;
                }
                let style = match levels {
                    1 => Numbering::Arabic,
                    2 => Numbering::ArabicSecond,
                    _ => Numbering::ArabicThird,
                };
                Some((style, rest))
            }
            _ => None,
        };
    }
    if first.is_ascii_uppercase() {
        let rest = &text[1..];
        if let Some(tail) = rest.strip_prefix(['、', '．']).or_else(|| rest.strip_prefix(". ")) {
            return Some((Numbering::Letter, tail.trim_start()));
        }
    }
    None
}

/// The numbering that a cell of a serial column is: 一, （一）, 1, 1.1, without a name behind it.
pub fn serial_numbering(text: &str) -> Option<Numbering> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 8 {
        return None;
    }
    if text.chars().all(is_chinese_digit) {
        return Some(Numbering::Chinese);
    }
    if text.chars().all(|c| c.is_ascii_digit()) {
        return Some(Numbering::Arabic);
    }
    if let Some((style, rest)) = numbering(&format!("{text} 甲"))
        && rest == "甲"
    {
        return Some(style);
    }
    numbering(&format!("{text}、甲")).filter(|(_, rest)| *rest == "甲").map(|(style, _)| style)
}

/// The number in front of a label: 七 of 七、年末余额, 3 of 3.支出.
pub fn number_of(label: &str) -> Option<String> {
    let text = key(label);
    let digits: String =
        text.chars().take_while(|c| is_chinese_digit(*c) || c.is_ascii_digit()).collect();
    let marked = text[digits.len()..].starts_with(['、', '.', ',', ':']);
    (!digits.is_empty() && marked).then_some(digits)
}

/// What a label says in brackets that its line is: `1-2-3` of 利润（1-2-3）, `二+六` of 余额（七=二+六）.
pub fn formula_in(label: &str) -> Option<String> {
    if !label.trim_end().ends_with(|c| c == ')' || may_fold(c)) {
        return None;
    }
    let text = key(label);
    let inside = text.strip_suffix(')')?;
    let inside = &inside[inside.rfind('(')? + 1..];
    let (equals, formula) =
        inside.split_once('=').map_or((false, inside), |(_, formula)| (true, formula));
    let formula: String = formula
        .chars()
        .filter(|c| !matches!(c, '行' | '第' | '项'))
        .map(|c| match c {
            '－' | '—' | '–' | '−' | '减' => '-',
            '加' => '+',
            c => c,
        })
        .collect();
    let mut symbols = 0;
    for symbol in formula.split(['+', '-']) {
        let numeral = !symbol.is_empty()
            && (symbol.chars().all(|c| c.is_ascii_digit()) || symbol.chars().all(is_chinese_digit));
        if !numeral || symbol.chars().count() > 3 {
            return None;
        }
        symbols += 1;
    }
    // 2021-2023 and 3-5 are spans unless something says that they are not.
    let plain = formula.contains('+') || symbols >= 3 || equals;
    (symbols >= 2 && plain).then_some(formula)
}

/// Leading spaces of a label in half-width steps.
pub fn leading_spaces(label: &str) -> u32 {
    label
        .chars()
        .take_while(|c| c.is_whitespace() || matches!(c, '\u{3000}' | '\u{a0}'))
        .map(|c| match c {
            '\u{3000}' => 2,
            '\t' => 4,
            _ => 1,
        })
        .sum()
}

/// A code glued in front of a name: 2010101—行政运行, 201 一般公共服务支出, `[2010101]行政运行`. The code and the name.
pub fn glued_code(label: &str) -> Option<(&str, &str)> {
    let text = label.trim_start().trim_start_matches(['[', '【']);
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if !(3..=12).contains(&end) {
        return None;
    }
    let (code, rest) = text.split_at(end);
    let name = rest.trim_start_matches(|c: char| " \u{3000}\u{a0}-—－–_:：、.．]】\t".contains(c));
    // 2022年公租房维修 begins with a year, not with a code; 100万元以上 is an amount.
    let first = name.chars().next()?;
    let separated = name.len() != rest.len();
    // 2040506—“两庭”建设
    let quoted = separated && "“\"（(《【".contains(first);
    if !(first.is_alphabetic() || quoted)
        || (!separated && "年月日万亿元个台辆人户套平项%周季度".contains(first))
        || (separated && end == 4 && first == '年')
    {
        return None;
    }
    Some((code, name))
}

/// A name without numbering, code, words such as 其中 in front, spaces, brackets of units: for matching.
pub fn bare_name(label: &str, of_which: &[String]) -> String {
    let text = without(label, of_which);
    let text = numbering(text).map_or(text, |(_, rest)| rest);
    let text = without(text, of_which);
    let text = glued_code(text).map_or(text, |(_, name)| name);
    let is_mark = |c: char| matches!(c, '：' | ':' | '、' | '-' | '—' | '*');
    key(text).trim_matches(is_mark).to_owned()
}

/// A year named in text: 2022年, 2022年度, 二〇二二年, FY2022 when alone. The first one.
pub fn year(text: &str) -> Option<i32> {
    let folded = folded(text);
    let chars: Vec<char> = folded.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        if *c != '年' || at < 4 {
            continue;
        }
        let digits: Option<String> = chars[at - 4..at]
            .iter()
            .map(|c| match c {
                '0'..='9' => Some(*c),
                '〇' | '零' | '○' => Some('0'),
                _ => "一二三四五六七八九"
                    .chars()
                    .position(|d| d == *c)
                    .and_then(|i| char::from_digit(i as u32 + 1, 10)),
            })
            .collect();
        if let Some(year) =
            digits.and_then(|d| d.parse::<i32>().ok()).filter(|y| (1949..=2100).contains(y))
        {
            return Some(year);
        }
    }
    None
}

/// A unit declared in a line such as 单位：万元, 金额单位:元, (单位：人民币万元), or bracketed in a header: 金额（元）.
pub fn declared_unit(text: &str, heads: &[String]) -> Option<Unit> {
    let folded: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    for rest in behind(&folded, heads) {
        let end = rest
            .find(|c: char| !("人民币元千仟万萬百亿億%整RMBCNY圆".contains(c)))
            .unwrap_or(rest.len());
        if let Some(unit) = Unit::parse(&rest[..end]) {
            return Some(unit);
        }
    }
    None
}

/// What a line says that a table counts: 单位：人, （单位：台）.
pub fn declared_measure(text: &str, heads: &[String], measures: &[String]) -> Option<Unit> {
    let folded: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    behind(&folded, heads)
        .map(|rest| rest.trim_end_matches(')'))
        .find(|rest| measures.iter().any(|measure| measure == rest))
        .map(|measure| Unit::Other(measure.to_owned()))
}

/// What stands behind a head and its colon.
fn behind<'a>(folded: &'a str, heads: &'a [String]) -> impl Iterator<Item = &'a str> {
    heads
        .iter()
        .flat_map(|head| folded.match_indices(head.as_str()).map(|(at, head)| at + head.len()))
        .map(|at| folded[at..].trim_start_matches([':', '为', '是', ')']))
}

/// A unit in brackets, or after a mark at the end, of a header or a label: 金额（元）, 房屋（平方米）, 增长(%), 单价[元/台],
/// 单价/元, 金额：万元, 预算数万元.
pub fn bracketed_unit(text: &str, heads: &[String], measures: &[String]) -> Option<Unit> {
    if !text.contains(|c| is_unit_mark(c) || may_fold(c)) {
        return None;
    }
    let folded = if is_folded(text) { Cow::Borrowed(text) } else { Cow::Owned(folded(text)) };
    for (at, open) in folded.match_indices(['(', '[', '【', '〔']).rev() {
        let Some(inner) = bracketed(&folded[at + open.len()..]) else { continue };
        let head = heads.iter().find_map(|head| inner.strip_prefix(head.as_str()));
        let inner = head.map_or(inner, |rest| rest.trim_start_matches(':'));
        if let Some(unit) = money_or_share(inner, measures) {
            return Some(unit);
        }
        if is_measure(inner, measures) {
            return Some(Unit::Other(inner.to_owned()));
        }
    }
    if let Some((name, last)) = folded.rsplit_once(['/', ':', '-', '_', '—'])
        && !name.is_empty()
    {
        return Unit::parse(last);
    }
    ["亿元", "万元", "千元"]
        .into_iter()
        .find(|unit| {
            let name = folded.strip_suffix(unit).unwrap_or_default();
            name.ends_with(|c: char| c.is_alphabetic() && !"一二三四五六七八九十百千".contains(c))
        })
        .and_then(Unit::parse)
}

/// Whether a character may lead to the unit that a label has, or end it.
pub(crate) fn is_unit_mark(c: char) -> bool {
    matches!(c, '(' | '[' | '/' | ':' | '-' | '_' | '—' | '元')
}

/// What stands up to the closing bracket, or the end; `None` when that is longer than any unit.
fn bracketed(text: &str) -> Option<&str> {
    const LONGEST: usize = 64;
    let mut characters = text.char_indices().take(LONGEST);
    match characters.find(|(_, c)| matches!(c, ')' | ']' | '】' | '〕')) {
        Some((end, _)) => Some(&text[..end]),
        None => text.chars().nth(LONGEST).is_none().then_some(text),
    }
}

/// 元, %, and 元 in 元/台 or 万元/年: the unit of a price.
fn money_or_share(text: &str, measures: &[String]) -> Option<Unit> {
    Unit::parse(text).or_else(|| {
        let (money, measure) = text.split_once('/')?;
        is_measure(measure, measures).then(|| Unit::parse(money))?
    })
}

/// One of the measures (个, 台, 平方米), or several joined by 、.
pub fn is_measure(text: &str, measures: &[String]) -> bool {
    let text = text.trim_end_matches('等');
    !text.is_empty()
        && text
            .split(['、', '/', ',', '，', '或'])
            .all(|word| measures.iter().any(|known| *known == key(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinal_is_below_a_hundred_however_many_digits_stand_there() {
        let said = ["四、教育", "（廿四）", "12.", "5555555555555、", "5555555555十、", "A."];
        assert_eq!(said.map(ordinal), [Some(4), Some(24), Some(12), None, None, None]);
    }

    #[test]
    fn common_text_folds_as_any_other() {
        for text in [
            "（一）ＡＢ c　合 计：",
            "合\u{b}计",
            "2026年…",
            "㎡ Ⅳ",
            "e\u{301}Ａ",
            "İ",
            "甲\u{200b}乙",
            "“—”《、。》",
        ] {
            let full: String = text
                .nfkc()
                .filter(|c| !c.is_whitespace() && *c != '\u{200b}')
                .flat_map(char::to_lowercase)
                .collect();
            assert_eq!(key(text), full, "{text}");
        }
    }

    #[test]
    fn numbering_is_read_in_all_styles() {
        for (label, style, rest) in [
            ("一、税收收入", Numbering::Chinese, "税收收入"),
            ("（二）通用设备", Numbering::ChineseBracketed, "通用设备"),
            ("1.车辆", Numbering::Arabic, "车辆"),
            ("2、政府性基金", Numbering::Arabic, "政府性基金"),
            ("(3)其他", Numbering::ArabicBracketed, "其他"),
            ("①差旅费", Numbering::Circled, "差旅费"),
            ("1.1 工资", Numbering::ArabicSecond, "工资"),
        ] {
            assert_eq!(numbering(label), Some((style, rest)), "{label}");
        }
        for label in ["2022年公租房维修", "一般公共服务支出", "五七干校", "100", "1.5", "三公经费"]
        {
            assert_eq!(numbering(label), None, "{label}");
        }
    }

    #[test]
    fn codes_and_years_are_found() {
        assert_eq!(glued_code("2010101—行政运行"), Some(("2010101", "行政运行")));
        assert_eq!(glued_code("201一般公共服务支出"), Some(("201", "一般公共服务支出")));
        assert_eq!(glued_code("2040506—“两庭”建设"), Some(("2040506", "“两庭”建设")));
        assert_eq!(glued_code("2022年公租房维修"), None);
        assert_eq!(year("伊旗2022年度部门支出表"), Some(2022));
        assert_eq!(year("二〇二一年"), Some(2021));
    }
}
