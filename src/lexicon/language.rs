//! The relation language, which reads aloud: `[调整后预算] = [年初预算] + [调增] - [调减]?` says it of the lines of one table,
//! `adjustment[年初].amount = budget_share[合计].amount` of cells of two. Errors point at the place.

use crate::model::Text;

/// The name by which relations call the total of a table, whatever the table calls it.
pub const TOTAL: &str = "合计";

/// A side of a declared relation, one term of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// −1 behind a minus.
    pub coefficient: i32,
    /// Over all tables of the kind.
    pub all: bool,
    /// The kind; `None` for the table at hand.
    pub kind: Option<String>,
    /// Names of the line, best first; empty for every line.
    pub lines: Vec<String>,
    /// The field; `None` for every amount.
    pub field: Option<String>,
    /// May be missing.
    pub optional: bool,
}

/// A declared relation, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formula {
    /// What must be equal to the sum.
    pub target: Term,
    /// The target must not exceed the sum: ≤ instead of =.
    pub at_most: bool,
    /// The sum.
    pub terms: Vec<Term>,
}

/// Where a relation cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} (at character {at} of `{text}`)", .message.en)]
pub struct SyntaxError {
    /// What was expected.
    pub message: Text,
    /// Characters from the start, from 1.
    pub at: usize,
    /// The relation.
    pub text: String,
}

/// Reads a relation.
///
/// # Errors
/// When it is not in the language; the error says where.
pub fn parse(text: &str) -> Result<Formula, SyntaxError> {
    let mut parser = Parser { text, at: 0 };
    let target = parser.term(1)?;
    let at_most = parser.take('≤');
    if !at_most {
        parser.expect('=')?;
    }
    let mut terms = Vec::new();
    let mut sign = 1;
    loop {
        terms.push(parser.term(sign)?);
        sign = match parser.peek() {
            Some('+') => 1,
            Some('-' | '−') => -1,
            None => return Ok(Formula { target, at_most, terms }),
            Some(_) => {
                return Err(parser.error("这里应为 +、- 或结束", "expected + or - or the end"));
            }
        };
        parser.advance();
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn peek(&mut self) -> Option<char> {
        while let Some(c) = self.text[self.at..].chars().next() {
            if !c.is_whitespace() {
                return Some(c);
            }
            self.at += c.len_utf8();
        }
        None
    }

    fn advance(&mut self) {
        if let Some(c) = self.text[self.at..].chars().next() {
            self.at += c.len_utf8();
        }
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, wanted: char) -> Result<(), SyntaxError> {
        if self.take(wanted) {
            Ok(())
        } else {
            Err(self.error(&format!("这里应为 {wanted}"), &format!("expected {wanted}")))
        }
    }

    fn error(&self, zh: &str, en: &str) -> SyntaxError {
        SyntaxError {
            message: Text::new(zh, en),
            at: self.text[..self.at].chars().count() + 1,
            text: self.text.to_owned(),
        }
    }

    fn word(&mut self) -> Option<String> {
        self.peek();
        let rest = &self.text[self.at..];
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let word = rest[..end].to_owned();
        self.at += end;
        (!word.is_empty()).then_some(word)
    }

    fn term(&mut self, coefficient: i32) -> Result<Term, SyntaxError> {
        let all = self.take('Σ');
        let kind = self.word();
        let mut lines = Vec::new();
        if self.take('[') {
            let rest = &self.text[self.at..];
            let end = rest.find(']').ok_or_else(|| self.error("缺少 ]", "expected ]"))?;
            lines = rest[..end].split('|').map(|name| name.trim().to_owned()).collect();
            self.at += end + 1;
        }
        let field = if self.take('.') {
            Some(self.word().ok_or_else(|| self.error("这里应为字段名", "expected a field"))?)
        } else {
            None
        };
        if lines.is_empty() && field.is_none() {
            return Err(self.error("这里应为 [行名] 或 .字段", "expected [line] or .field"));
        }
        let optional = self.take('?');
        Ok(Term { coefficient, all, kind, lines, field, optional })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_point_at_the_place() {
        assert_eq!(parse("[甲] = [乙] * [丙]").unwrap_err().at, 11);
        assert!(parse("[甲] = ").is_err());
        assert!(parse("[甲").is_err());
        assert!(parse(".depreciation ≤ .original").is_ok_and(|formula| formula.at_most));
        assert!(parse("Σ a[合计].b = c[合计].d - e[合计].f?").is_ok());
    }
}
