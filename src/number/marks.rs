//! Which marks group digits and which one starts the decimals, inferred from all numbers of a table.
//!
//! 1,234.5 · 1.234,5 · 1 234,5 · 1'234.5 are the same number; 1,234 alone is told only by its neighbours.

use super::literal::{Literal, parse};

/// How a table writes its numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// The decimals start at a comma; points and spaces group.
    pub decimal_comma: bool,
}

impl Marks {
    /// What the numbers among `texts` say together; points for decimals where they say nothing.
    pub fn infer<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let (mut comma, mut point) = (0_i64, 0_i64);
        for text in texts {
            let (for_comma, for_point) = votes(text);
            comma += i64::from(for_comma);
            point += i64::from(for_point);
        }
        // Lists such as 1,2 are no numbers: a few of them must not turn a sheet over.
        Self { decimal_comma: comma >= 3 && comma > 2 * point }
    }

    /// Reads `text` as one number in these marks; `None` when it is none.
    pub fn parse(self, text: &str) -> Option<Literal> {
        if self.decimal_comma && text.contains([',', '.']) {
            let turned: String = text
                .chars()
                .map(|c| match c {
                    ',' => '.',
                    '.' => ',',
                    c => c,
                })
                .collect();
            return parse(&turned);
        }
        parse(text)
    }
}

/// How many votes `text` gives to the decimal comma and to the decimal point.
fn votes(text: &str) -> (u8, u8) {
    let text = text.trim_matches(|c: char| !c.is_ascii_digit());
    if text.is_empty()
        || text.len() > 32
        || !text
            .chars()
            .all(|c| c.is_ascii_digit() || c.is_whitespace() || matches!(c, ',' | '.' | '\''))
    {
        return (0, 0);
    }
    let (commas, points) = (text.matches(',').count(), text.matches('.').count());
    let tail = |mark: char| text.rsplit(mark).next().map_or(0, str::len);
    let spaced = text.contains(char::is_whitespace);
    if spaced && !is_spaced(text) {
        return (0, 0);
    }
    match (commas, points) {
        (0, 0) => (0, 0),
        // The last of two different marks starts the decimals.
        (1.., 1..) => {
            if text.rfind(',') > text.rfind('.') {
                (2, 0)
            } else {
                (0, 2)
            }
        }
        (1, 0) if spaced || tail(',') != 3 => (1, 0),
        (0, 1) if spaced || tail('.') != 3 => (0, 1),
        (1, 0) => {
            // 0,125 cannot be grouped.
            if text.starts_with("0,") { (1, 0) } else { (0, 0) }
        }
        (0, 1) => {
            if text.starts_with("0.") {
                (0, 1)
            } else {
                (0, 0)
            }
        }
        // A mark that repeats groups.
        (_, 0) => (0, 1),
        (0, _) => (1, 0),
    }
}

/// Whether spaces in `text` group the digits before its mark by three (1 234,5); those of a date (2, 2019) or a list do not.
fn is_spaced(text: &str) -> bool {
    let (whole, fraction) = text.split_once([',', '.']).unwrap_or((text, ""));
    let mut groups = whole.split(char::is_whitespace);
    groups.next().is_some_and(|first| (1..=3).contains(&first.len()))
        && groups.all(|group| group.len() == 3)
        && !fraction.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_how_it_writes_numbers() {
        for (texts, comma) in [
            (&["1,234.5", "1,234"][..], false),
            (&["1.234,5", "1.234", "0,7"], true),
            (&["1 234,5", "12,50", "7,5"], true),
            (&["1,2", "12.50"], false),
            (&["1,234", "5,678"], false),
            (&["1.234.567", "8.900", "1.200,5"], true),
            (&["3.14", "2,718"], false),
            (&["March 2, 2019", "March 3, 2018", "April 2, 2017", "1,234"], false),
            (&["8. 9", "1, 12", "2, 15", "3, 18"], false),
            (&[], false),
        ] {
            assert_eq!(Marks::infer(texts.iter().copied()).decimal_comma, comma, "{texts:?}");
        }
        let marks = Marks { decimal_comma: true };
        for (text, value) in
            [("1.234,5", "1234.5"), ("1 234,5", "1234.5"), ("-0,7", "-0.7"), ("12", "12")]
        {
            assert_eq!(marks.parse(text).unwrap().value.to_string(), value, "{text}");
        }
        assert_eq!(marks.parse("a,b"), None);
    }
}
