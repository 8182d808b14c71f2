//! The criteria of SUMIF and its kin: `">=10"`, `"<>"`, `"人员*"`, 301.

use super::evaluate::{Step, UNSUPPORTED, plain_number};
use crate::model::{Comparison, Computed};
use crate::number::Decimal;

pub(super) enum Criterion {
    /// A number in this relation to this one.
    Number(Comparison, Decimal),
    /// A text like this pattern (lower case), or unlike it.
    Text(bool, Vec<char>),
    /// Anything in the cell, or nothing.
    Filled(bool),
}

impl Criterion {
    /// Reads a criterion as a formula states it.
    pub(super) fn read(value: &Computed) -> Step<Self> {
        match value {
            Computed::Number(value) => Ok(Self::Number(Comparison::Equal, *value)),
            Computed::Text(text) => Self::read_text(text),
            _ => Err(UNSUPPORTED),
        }
    }

    fn read_text(text: &str) -> Step<Self> {
        let (comparison, rest) = [
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<>", Comparison::NotEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
            ("=", Comparison::Equal),
        ]
        .into_iter()
        .find_map(|(sign, comparison)| text.strip_prefix(sign).map(|rest| (comparison, rest)))
        .unwrap_or((Comparison::Equal, text));
        if rest.is_empty() {
            return match comparison {
                Comparison::NotEqual => Ok(Self::Filled(true)),
                Comparison::Equal if !text.is_empty() => Ok(Self::Filled(false)),
                _ => Err(UNSUPPORTED),
            };
        }
        if let Some(number) = plain_number(rest) {
            return Ok(Self::Number(comparison, number));
        }
        let like = match comparison {
            Comparison::Equal => true,
            Comparison::NotEqual => false,
            _ => return Err(UNSUPPORTED),
        };
        // Dates, percentages and escaped wildcards are not read.
        if rest.contains('~')
            || rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains(['%', '-', '/'])
        {
            return Err(UNSUPPORTED);
        }
        Ok(Self::Text(like, rest.to_lowercase().chars().collect()))
    }

    /// Whether a cell meets it; an error where programs differ: a name with blanks around it is the same name to some.
    pub(super) fn surely_meets(&self, value: &Computed) -> Step<bool> {
        let meets = self.meets(value);
        if let (Self::Text(like, pattern), Computed::Text(text)) = (self, value)
            && meets != *like
            && (has_blank_ends(pattern.first(), pattern.last())
                || has_blank_ends(text.chars().next().as_ref(), text.chars().last().as_ref()))
        {
            let text: Vec<char> = text.to_lowercase().chars().collect();
            if fits(trimmed(pattern), trimmed(&text)) {
                return Err(UNSUPPORTED);
            }
        }
        Ok(meets)
    }

    /// Whether a cell meets it.
    pub(super) fn meets(&self, value: &Computed) -> bool {
        match self {
            Self::Filled(filled) => (*value != Computed::Blank) == *filled,
            Self::Number(comparison, wanted) => {
                let number = match value {
                    Computed::Number(number) => Some(*number),
                    // Codes kept as text equal the number that they spell.
                    Computed::Text(text) if *comparison == Comparison::Equal => plain_number(text),
                    _ => None,
                };
                match number {
                    Some(number) => comparison.holds(number.cmp(wanted)),
                    None => *comparison == Comparison::NotEqual,
                }
            }
            Self::Text(like, pattern) => {
                let matches = match value {
                    Computed::Text(text) => {
                        let text: Vec<char> = text.to_lowercase().chars().collect();
                        fits(pattern, &text)
                    }
                    _ => false,
                };
                matches == *like
            }
        }
    }
}

fn has_blank_ends(first: Option<&char>, last: Option<&char>) -> bool {
    [first, last].into_iter().flatten().any(|c| c.is_whitespace())
}

/// A text without the blanks around it.
fn trimmed(text: &[char]) -> &[char] {
    let start = text.iter().take_while(|c| c.is_whitespace()).count();
    let end = text[start..].iter().rev().take_while(|c| c.is_whitespace()).count();
    &text[start..text.len() - end]
}

/// Whether a text fits a pattern with `*` and `?`.
fn fits(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    p = at + 1;
                    t = taken + 1;
                    star = Some((at, taken + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}
