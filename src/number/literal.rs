//! Numbers as people spell them in cells of text.
//!
//! Read here: thousands separators, full-width digits, minus in all its forms (-, －, −, △, ▲, parentheses), suffixes
//! 万 and 亿, %, ‰, and amounts in Chinese capitals (壹万贰仟元整). The words that stand for nothing (——, /, 无) are
//! [`Placeholder`]s, which are neither zero nor blank.

use rust_decimal::Decimal;

use super::exact::exact_text;
use super::unit::Unit;

/// A number found in text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// Its value; 22.8 % is 0.228. A suffix unit (1.2亿元) is not multiplied in: see `unit`.
    pub value: Decimal,
    /// Decimals printed, of `value`: 3 for 22.8 %.
    pub decimals: u32,
    /// The unit written behind the digits (万, 亿元, %), if any.
    pub unit: Option<Unit>,
    /// How it was spelled.
    pub spelling: Spelling,
}

/// How a number was spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// 1234.5
    Plain,
    /// 1,234.5
    Grouped,
    /// △1234.5 or (1,234.5)
    MarkedNegative,
    /// 22.8%
    Percent,
    /// 壹万贰仟元整
    Chinese,
}

/// A word that stands for no figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// ——, —, -, －, …
    Dash,
    /// / or \
    Slash,
    /// 无, N/A, 不适用
    None,
    /// *, **, 密: withheld
    Withheld,
}

/// The placeholder that `text` is, if it is one.
pub fn placeholder(text: &str) -> Option<Placeholder> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{3000}' || c == '\u{a0}');
    if text.is_empty() {
        return None;
    }
    if text.chars().all(|c| "-－—–―─−_.…·．".contains(c)) {
        return Some(Placeholder::Dash);
    }
    if text.chars().all(|c| "/／\\".contains(c)) {
        return Some(Placeholder::Slash);
    }
    if text.chars().all(|c| "*＊×xX".contains(c)) {
        return Some(Placeholder::Withheld);
    }
    matches!(text, "无" | "N/A" | "n/a" | "NA" | "n.a." | "不适用" | "空")
        .then_some(Placeholder::None)
}

/// Reads `text` as one number; `None` when it is none, or holds anything besides.
pub fn parse(text: &str) -> Option<Literal> {
    // The common case first: a name.
    if text.trim_start().starts_with(|c| is_ideograph(c) && !NUMERALS.contains(c)) {
        return None;
    }
    let folded = fold(text);
    let mut rest = folded.as_str();
    if rest.is_empty() || rest.len() > 64 {
        return None;
    }
    let mut negative = false;
    let mut marked = false;
    if let Some(inner) = rest.strip_prefix('(').and_then(|r| r.strip_suffix(')')) {
        (rest, negative, marked) = (inner, true, true);
    }
    for sign in ["△", "▲", "负", "-", "+"] {
        if let Some(tail) = rest.strip_prefix(sign) {
            if marked {
                return None;
            }
            negative = sign != "+";
            marked = sign != "-" && sign != "+";
            rest = tail;
            break;
        }
    }
    rest = rest.strip_prefix(['¥', '￥', '$']).unwrap_or(rest);
    let digits_end =
        rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',')).unwrap_or(rest.len());
    let (digits, suffix) = rest.split_at(digits_end);
    if digits.is_empty() {
        return chinese(rest).map(|value| Literal {
            value: if negative { -value } else { value },
            decimals: value.scale(),
            unit: rest.contains(['元', '圆']).then_some(Unit::Yuan),
            spelling: Spelling::Chinese,
        });
    }
    let (plain, grouped) = ungroup(digits)?;
    let decimals = plain.split_once('.').map_or(0, |(_, fraction)| fraction.len() as u32);
    let mut value = exact_text(&plain)?;
    if negative {
        value = -value;
    }
    let percent = match suffix {
        "" => 0,
        "%" => 2,
        "‰" => 3,
        _ => {
            let unit = Unit::parse(suffix)?;
            let spelling = if grouped { Spelling::Grouped } else { Spelling::Plain };
            return Some(Literal { value, decimals, unit: Some(unit), spelling });
        }
    };
    if percent > 0 {
        return Some(Literal {
            value: value.checked_mul(Decimal::new(1, percent))?,
            decimals: decimals + percent,
            unit: Some(Unit::Percent),
            spelling: Spelling::Percent,
        });
    }
    let spelling = match (marked, grouped) {
        (true, _) => Spelling::MarkedNegative,
        (false, true) => Spelling::Grouped,
        (false, false) => Spelling::Plain,
    };
    Some(Literal { value, decimals, unit: None, spelling })
}

/// The ideographs that a number may begin with.
const NUMERALS: &str =
    "负零〇一壹二贰两貳三叁參四肆五伍六陆陸七柒八捌九玖十拾百佰千仟万萬亿億点元圆角分整正";

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// Half-width, without spaces and quotes.
fn fold(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}' | '\u{feff}' | '\'' | '’'))
        .map(|c| match c {
            '０'..='９' | '．' | '，' | '％' | '（' | '）' | '＋' | '－' | '／' => {
                char::from_u32(c as u32 - 0xFEE0).unwrap_or(c)
            }
            '−' | '–' | '—' | '﹣' => '-',
            '、' => '、',
            _ => c,
        })
        .collect()
}

/// Takes thousands separators out; `None` when the commas do not stand where separators stand.
fn ungroup(digits: &str) -> Option<(String, bool)> {
    if digits.matches('.').count() > 1
        || digits.starts_with(',')
        || !digits.contains(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    if fraction.is_some_and(|f| f.contains(',')) {
        return None;
    }
    let grouped = whole.contains(',');
    if grouped {
        let mut groups = whole.split(',');
        let first = groups.next()?;
        // Groups of three, or of four as some ledgers print them.
        let widths: Vec<usize> = groups.map(str::len).collect();
        let width = widths[0];
        if !(width == 3 || width == 4)
            || widths.iter().any(|w| *w != width)
            || first.is_empty()
            || first.len() > width
        {
            return None;
        }
    }
    let mut plain = whole.replace(',', "");
    if plain.is_empty() {
        plain.push('0');
    }
    if let Some(fraction) = fraction {
        plain.push('.');
        plain.push_str(fraction);
    }
    Some((plain, grouped))
}

/// Chinese numerals, everyday and capital, with 元角分 or 点: 壹万贰仟元整, 五千七百零六点三九.
fn chinese(text: &str) -> Option<Decimal> {
    let text = text.trim_end_matches(['整', '正']);
    let mut total = 0_i64;
    let mut section = 0_i64;
    let mut digit: Option<i64> = None;
    let mut fraction = Decimal::ZERO;
    let mut tail: Option<u32> = None;
    let mut any = false;
    let mut cents = false;
    for c in text.chars() {
        let value = match c {
            '零' | '〇' => Some(0),
            '一' | '壹' => Some(1),
            '二' | '贰' | '两' | '貳' => Some(2),
            '三' | '叁' | '參' => Some(3),
            '四' | '肆' => Some(4),
            '五' | '伍' => Some(5),
            '六' | '陆' | '陸' => Some(6),
            '七' | '柒' => Some(7),
            '八' | '捌' => Some(8),
            '九' | '玖' => Some(9),
            _ => None,
        };
        if let Some(value) = value {
            any = true;
            if let Some(scale) = tail.as_mut() {
                *scale += 1;
                if *scale > 10 {
                    return None;
                }
                fraction += Decimal::new(value, *scale);
            } else if digit.is_some_and(|d| d != 0) {
                return None;
            } else {
                digit = Some(value);
            }
            continue;
        }
        match c {
            '十' | '拾' | '百' | '佰' | '千' | '仟' => {
                let weight = match c {
                    '十' | '拾' => 10,
                    '百' | '佰' => 100,
                    _ => 1000,
                };
                if tail.is_some() || cents {
                    return None;
                }
                any = true;
                section += digit.take().unwrap_or(1).max(1) * weight;
            }
            '万' | '萬' | '亿' | '億' => {
                let weight: i64 = if matches!(c, '万' | '萬') { 10_000 } else { 100_000_000 };
                section += digit.take().unwrap_or(0);
                if weight == 100_000_000 {
                    total = total.checked_add(section)?.checked_mul(weight)?;
                } else {
                    total = total.checked_add(section.checked_mul(weight)?)?;
                }
                section = 0;
            }
            '点' => tail = Some(0),
            '元' | '圆' => {
                section += digit.take().unwrap_or(0);
                cents = true;
            }
            '角' | '分' => {
                cents = true;
                fraction += Decimal::new(digit.take()?, if c == '角' { 1 } else { 2 });
            }
            _ => return None,
        }
    }
    // A lone word such as 万 or 元 is no amount, and 一 to 十 alone are serial marks, not amounts.
    if !any || text.chars().count() < 2 {
        return None;
    }
    let whole = total.checked_add(section)?.checked_add(digit.unwrap_or(0))?;
    Some(Decimal::from(whole) + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_number_is_read() {
        for (text, value, decimals) in [
            ("1304.39", "1304.39", 2),
            ("14,534.54", "14534.54", 2),
            ("11,492.7", "11492.7", 1),
            (" ５７０６．３９ ", "5706.39", 2),
            ("－12", "-12", 0),
            ("△3.50", "-3.5", 2),
            ("(1,234)", "-1234", 0),
            ("（5）", "-5", 0),
            ("22.8%", "0.228", 3),
            ("100％", "1", 2),
            ("5‰", "0.005", 3),
            ("1.2亿元", "1.2", 1),
            ("壹万贰仟元整", "12000", 0),
            ("五千七百零六点三九", "5706.39", 2),
            ("壹佰元伍角贰分", "100.52", 2),
            ("￥1,000.00", "1000", 2),
        ] {
            let literal = parse(text).unwrap_or_else(|| panic!("{text} is a number"));
            assert_eq!(literal.value.normalize().to_string(), value, "{text}");
            assert_eq!(literal.decimals, decimals, "{text}");
        }
    }

    #[test]
    fn words_codes_and_dates_are_no_numbers() {
        for text in [
            "",
            "合计",
            "2022年",
            "1.2.3",
            "12,34",
            "≥90%",
            "10#",
            "(一)",
            "一",
            "1-2",
            "2022-01-01",
            "元",
            "A1",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn dashes_are_placeholders() {
        assert_eq!(placeholder("——"), Some(Placeholder::Dash));
        assert_eq!(placeholder(" - "), Some(Placeholder::Dash));
        assert_eq!(placeholder("/"), Some(Placeholder::Slash));
        assert_eq!(placeholder("无"), Some(Placeholder::None));
        assert_eq!(placeholder("合计"), None);
        assert_eq!(placeholder(""), None);
    }
}
