//! Numbers as people spell them in cells of text.
//!
//! Read here: thousands separators, full-width digits, minus in all its forms (-, －, −, △, ▲, Δ, parentheses, or behind
//! the digits), currencies before or behind, suffixes 万 and 亿, %, ‰, powers of ten (1.5E+08), and amounts in Chinese
//! capitals (壹万贰仟元整). The words that stand for nothing (——, /, 无) are
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
    let blank = |c: char| c.is_whitespace() || unseen(c);
    let text = text.trim_matches(blank);
    if text.is_empty() {
        return None;
    }
    let is_dashed = |c: char| is_dash(c) || matches!(c, '―' | '─' | '_' | '.' | '…' | '·' | '．');
    if text.chars().all(|c| is_dashed(c) || blank(c)) {
        return Some(Placeholder::Dash);
    }
    if text.chars().all(|c| matches!(c, '/' | '／' | '\\')) {
        return Some(Placeholder::Slash);
    }
    if text.chars().all(|c| matches!(c, '*' | '＊' | '×' | 'x' | 'X')) {
        return Some(Placeholder::Withheld);
    }
    matches!(text, "无" | "無" | "N/A" | "n/a" | "NA" | "n.a." | "不适用" | "不適用" | "空")
        .then_some(Placeholder::None)
}

/// Signs of currencies and their names, as they stand before or behind an amount; longer ones first.
///
/// The amount keeps the unit of its table: a sign says which money, and nothing about 元 or 万元.
const CURRENCIES: &[&str] = &[
    "人民币",
    "人民幣",
    "US$",
    "HK$",
    "NT$",
    "AU$",
    "CA$",
    "RMB",
    "CNY",
    "USD",
    "HKD",
    "EUR",
    "GBP",
    "JPY",
    "TWD",
    "MOP",
    "CHF",
    "AUD",
    "CAD",
    "SGD",
    "美元",
    "美金",
    "港元",
    "港币",
    "港幣",
    "欧元",
    "歐元",
    "英镑",
    "英鎊",
    "日元",
    "¥",
    "￥",
    "$",
    "€",
    "£",
];

/// What currencies begin with, letters aside.
const BEFORE_AMOUNTS: [char; 12] =
    ['人', '美', '港', '欧', '歐', '英', '日', '¥', '￥', '$', '€', '£'];

/// Takes a currency off the front.
fn strip_currency(text: &str) -> Option<&str> {
    // What nearly all texts begin with tells that they begin with none.
    if !text.starts_with(|c: char| c.is_ascii_alphabetic() || BEFORE_AMOUNTS.contains(&c)) {
        return None;
    }
    CURRENCIES.iter().find_map(|word| strip_ignoring_case(text, word))
}

/// `text` without `word` in front, capital letters or not.
fn strip_ignoring_case<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let head = text.get(..word.len())?;
    head.eq_ignore_ascii_case(word).then(|| &text[word.len()..])
}

/// Whether an amount ends in the currency that `text` is. 元 and RMB are units and told as such.
fn is_currency(text: &str) -> bool {
    CURRENCIES.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// What stands before the digits of an amount.
#[derive(Default)]
struct Lead {
    negative: bool,
    /// By more than a plain minus: △, parentheses.
    marked: bool,
    signed: bool,
}

impl Lead {
    /// Takes sign and currency off, in whichever order they stand; `None` when a sign comes twice.
    fn take<'t>(&mut self, mut rest: &'t str) -> Option<&'t str> {
        let mut currency = false;
        loop {
            if let Some(tail) = strip_currency(rest).filter(|_| !currency) {
                currency = true;
                rest = tail;
                continue;
            }
            let sign = ["△", "▲", "Δ", "∆", "负", "負", "-", "+"]
                .iter()
                .find_map(|sign| Some((*sign, rest.strip_prefix(sign)?)));
            let Some((sign, tail)) = sign else { return Some(rest) };
            if self.signed {
                return None;
            }
            self.signed = true;
            self.negative = sign != "+";
            self.marked = sign != "-" && sign != "+";
            rest = tail;
        }
    }
}

/// Reads `text` as one number; `None` when it is none, or holds anything besides.
pub fn parse(text: &str) -> Option<Literal> {
    // The common case first: a name.
    let start = text.trim_start();
    if start.starts_with(|c| is_ideograph(c) && !NUMERALS.contains(c))
        && strip_currency(start).is_none()
    {
        return None;
    }
    // And a number of plain digits: a code, a serial number.
    if !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let value = exact_text(text)?;
        return Some(Literal { value, decimals: 0, unit: None, spelling: Spelling::Plain });
    }
    if parts_digits(text) {
        return None;
    }
    let folded = fold(text);
    let mut rest = without_notes(&folded);
    // ="1000", by which programs keep a spreadsheet from reading a number.
    if let Some(inner) = rest.strip_prefix('=') {
        rest = inner.strip_prefix('"').map_or(Some(inner), |inner| inner.strip_suffix('"'))?;
    }
    if rest.is_empty() || rest.len() > 64 {
        return None;
    }
    let mut lead = Lead::default();
    rest = lead.take(rest)?;
    let mut unit_behind = "";
    if let Some((inner, behind)) = rest.strip_prefix('(').and_then(|r| r.rsplit_once(')')) {
        if lead.signed {
            return None;
        }
        rest = lead.take(inner)?;
        if lead.signed {
            return None;
        }
        (lead.negative, lead.marked) = (true, true);
        unit_behind = behind;
    } else if let Some(tail) = rest.strip_suffix('-') {
        // 250.00-, as systems of accounts print it.
        if lead.signed || !tail.ends_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        (lead.negative, lead.marked) = (true, true);
        rest = tail;
    }
    let digits_end =
        rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',')).unwrap_or(rest.len());
    let (digits, mut suffix) = rest.split_at(digits_end);
    let sign = |value: Decimal| if lead.negative { -value } else { value };
    if digits.is_empty() {
        return chinese(rest).map(|value| Literal {
            value: sign(value),
            decimals: value.scale(),
            unit: rest.contains(['元', '圆', '圓']).then_some(Unit::Yuan),
            spelling: Spelling::Chinese,
        });
    }
    if !unit_behind.is_empty() {
        if !suffix.is_empty() {
            return None;
        }
        suffix = unit_behind;
    }
    let (plain, grouped) = ungroup(digits)?;
    let mut decimals = plain.split_once('.').map_or(0, |(_, fraction)| fraction.len() as u32);
    if let Some(power) = exponent(suffix, digits.contains('.')) {
        let value = exact_text(&format!("{plain}e{power}"))?;
        let decimals = decimals.saturating_add_signed(-power);
        return Some(Literal {
            value: sign(value),
            decimals,
            unit: None,
            spelling: Spelling::Plain,
        });
    }
    let value = sign(exact_text(&plain)?);
    let spelling = match (lead.marked, grouped) {
        (true, _) => Spelling::MarkedNegative,
        (false, true) => Spelling::Grouped,
        (false, false) => Spelling::Plain,
    };
    // 65.4%): whether (65.4%) or 65.4% was meant is open.
    if suffix.matches('(').count() != suffix.matches(')').count() {
        return None;
    }
    let unit = Unit::parse(suffix);
    let percent = match suffix {
        "" => return Some(Literal { value, decimals, unit: None, spelling }),
        "‰" => 3,
        _ if unit == Some(Unit::Percent) => 2,
        _ => {
            if unit.is_none() && !is_currency(suffix) {
                return None;
            }
            let spelling = if grouped { Spelling::Grouped } else { Spelling::Plain };
            return Some(Literal { value, decimals, unit, spelling });
        }
    };
    decimals += percent;
    Some(Literal {
        value: value.checked_mul(Decimal::new(1, percent))?,
        decimals,
        unit: Some(Unit::Percent),
        spelling: Spelling::Percent,
    })
}

/// The power of ten behind a number (E+08). A bare `1E5` is a code as often as a number: it needs a point or a sign.
fn exponent(suffix: &str, has_point: bool) -> Option<i32> {
    let power = suffix.strip_prefix(['e', 'E'])?;
    let digits = power.strip_prefix(['+', '-']).unwrap_or(power);
    let signed = digits.len() < power.len();
    let plain = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    (plain && (signed || has_point)).then(|| power.parse().ok()).flatten()
}

/// `text` without the marks of footnotes that stand raised behind it: 50¹, 50①.
fn without_notes(text: &str) -> &str {
    let note = |c: char| matches!(c, '\u{b9}' | '\u{b2}' | '\u{b3}' | '⁰' | '⁴'..='⁹' | '①'..='⑳');
    let bare = text.trim_end_matches(note);
    if bare.ends_with(|c: char| c.is_ascii_digit()) { bare } else { text }
}

/// The ideographs that a number may begin with.
const NUMERALS: &str =
    "负負零〇一壹二贰两貳三叁參四肆五伍六陆陸七柒八捌九玖十拾百佰千仟万萬亿億点元圆圓角分整正";

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// Characters that show nothing: of no width, of no direction, soft hyphens, marks of byte order.
fn unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Everything that is drawn as a horizontal stroke and typed for a minus.
fn is_dash(c: char) -> bool {
    matches!(c, '-' | '－' | '−' | '‐' | '‑' | '‒' | '–' | '—' | '﹣' | '﹘' | '⁃' | '➖')
}

/// Half-width, without spaces, quotes and what is not seen.
fn fold(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !unseen(*c) && !matches!(c, '\'' | '’'))
        .map(|c| match c {
            '０'..='９'
            | '．'
            | '，'
            | '％'
            | '（'
            | '）'
            | '＋'
            | '－'
            | '／'
            | '＄'
            | '＝'
            | '＂'
            | 'Ａ'..='Ｚ'
            | 'ａ'..='ｚ' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
            '﹢' => '+',
            '￡' => '£',
            '﹩' => '$',
            '﹪' => '%',
            '﹙' => '(',
            '﹚' => ')',
            c if is_dash(c) => '-',
            _ => c,
        })
        .collect()
}

/// Whether digits behind a space or a quote say that `text` is no number: the mark of a note at a year (2018 1), thousands of a
/// currency ($'000).
fn parts_digits(text: &str) -> bool {
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '\'' | '’');
    let Some((head, tail)) = text.trim().split_once(is_mark) else { return false };
    let digits = |text: &str, count: std::ops::RangeInclusive<usize>| {
        count.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_year = digits(head, 4..=4) && matches!(head.get(..2), Some("19" | "20"));
    is_year && digits(tail, 1..=2) || tail == "000" && !head.contains(|c: char| c.is_ascii_digit())
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
            '元' | '圆' | '圓' => {
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
    fn every_currency_is_told_by_its_first_character() {
        for word in CURRENCIES {
            assert_eq!(strip_currency(word), Some(""), "{word}");
        }
    }

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
            ("22.8(%)", "0.228", 3),
            ("100％", "1", 2),
            ("5‰", "0.005", 3),
            ("1.2亿元", "1.2", 1),
            ("壹万贰仟元整", "12000", 0),
            ("五千七百零六点三九", "5706.39", 2),
            ("壹佰元伍角贰分", "100.52", 2),
            ("￥1,000.00", "1000", 2),
            ("250.00-", "-250", 2),
            ("1,250－", "-1250", 0),
            ("¥-250", "-250", 0),
            ("-¥250.10", "-250.1", 2),
            ("$(250)", "-250", 0),
            ("($1,250.00)", "-1250", 2),
            ("\u{2011}250", "-250", 0),
            ("Δ3.5", "-3.5", 1),
            ("\u{202d}2000\u{202c}", "2000", 0),
            ("\u{200e}1,304.39", "1304.39", 2),
            ("1.5E+08", "150000000", 0),
            ("9E+08", "900000000", 0),
            ("1e-05", "0.00001", 5),
            ("=\"1000\"", "1000", 0),
            ("=\"-1,000.5\"", "-1000.5", 1),
            ("US$1,080.00", "1080", 2),
            ("HK$ 50", "50", 0),
            ("RMB 50", "50", 0),
            ("CNY-50.5", "-50.5", 1),
            ("人民币 1,000", "1000", 0),
            ("€12.50", "12.5", 2),
            ("12.50 €", "12.5", 2),
            ("£100", "100", 0),
            ("100 USD", "100", 0),
            ("＄１００", "100", 0),
            ("(5)万元", "-5", 0),
            ("負5", "-5", 0),
            ("50①", "50", 0),
            ("50²", "50", 0),
            ("壹萬貳仟圓整", "12000", 0),
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
            "2018 1",
            "US$'000",
            "65.4%)",
            "12,34",
            "≥90%",
            "10#",
            "(一)",
            "一",
            "1-2",
            "2022-01-01",
            "元",
            "A1",
            "1E5",
            "3E12",
            "--5",
            "-5-",
            "(-5)",
            "-(5)",
            "$",
            "=",
            "=A1",
            "=\"100",
            "US$",
            "RMB",
            "m²",
            "100 apples",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn dashes_are_placeholders() {
        assert_eq!(placeholder("——"), Some(Placeholder::Dash));
        assert_eq!(placeholder(" - "), Some(Placeholder::Dash));
        assert_eq!(placeholder("/"), Some(Placeholder::Slash));
        assert_eq!(placeholder("\u{2011}"), Some(Placeholder::Dash));
        assert_eq!(placeholder("− −"), Some(Placeholder::Dash));
        assert_eq!(placeholder("\u{200c}—"), Some(Placeholder::Dash));
        assert_eq!(placeholder("无"), Some(Placeholder::None));
        assert_eq!(placeholder("合计"), None);
        assert_eq!(placeholder(""), None);
    }
}
