//! What is data: table kinds and the relations they declare, read from `schemas/` into the program.
//!
//! The relation language reads aloud: `[调整后预算] = [年初预算] + [调增] - [调减]?` says it of the lines of one table,
//! `adjustment[年初].amount = budget_share[合计].amount` of cells of two. Errors point at the place.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{Severity, Stage, Text};

/// A table kind: how it is known, what its fields are, what must hold in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// `expenditure`; the file's name.
    #[serde(skip)]
    pub id: String,
    /// 支出明细表
    pub name: String,
    /// Words of the title: one group of them must be there whole.
    pub title: Vec<Vec<String>>,
    /// Words that a title of this kind does not have.
    #[serde(default)]
    pub not_title: Vec<String>,
    /// Fields by their headers.
    #[serde(default)]
    pub fields: Vec<KindField>,
    /// Relations inside one table.
    #[serde(default)]
    pub relations: Vec<Declared>,
    /// The specific code of a total against its parts in this kind.
    pub total_code: Option<String>,
    /// Of a total column against its columns.
    pub column_total_code: Option<String>,
    /// Of a 其中 item against its whole.
    pub of_which_code: Option<String>,
    /// Of a rate.
    pub ratio_code: Option<String>,
    /// Of a difference.
    pub difference_code: Option<String>,
}

/// A field of a kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindField {
    /// `paid`
    pub id: String,
    /// Header words, best first.
    pub headers: Vec<String>,
    /// Stage of money.
    pub stage: Option<Stage>,
}

/// A declared relation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// The rule's code.
    pub code: String,
    /// In the relation language.
    pub relation: String,
    /// How grave a failure is.
    pub severity: Severity,
    /// Shown where it holds, and silent where it does not: something that the tables need not state may stand between.
    #[serde(default)]
    pub only_where_it_holds: bool,
    /// Why, in Chinese.
    pub reason: Option<String>,
    /// Why, in English.
    pub reason_en: Option<String>,
}

impl Declared {
    /// The reason in both languages.
    pub fn reason(&self) -> Option<Text> {
        let zh = self.reason.clone()?;
        let en = self.reason_en.clone().unwrap_or_else(|| zh.clone());
        Some(Text { zh, en })
    }
}

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
    /// The sum.
    pub terms: Vec<Term>,
}

/// Where a relation cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at character {at} of `{text}`)")]
pub struct SyntaxError {
    /// What was expected.
    pub message: String,
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
    parser.expect('=')?;
    let mut terms = Vec::new();
    let mut sign = 1;
    loop {
        terms.push(parser.term(sign)?);
        sign = match parser.peek() {
            Some('+') => 1,
            Some('-' | '−') => -1,
            None => return Ok(Formula { target, terms }),
            Some(_) => return Err(parser.error("expected + or - or the end")),
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
        if self.take(wanted) { Ok(()) } else { Err(self.error(&format!("expected {wanted}"))) }
    }

    fn error(&self, message: &str) -> SyntaxError {
        SyntaxError {
            message: message.to_owned(),
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
            let end = rest.find(']').ok_or_else(|| self.error("expected ]"))?;
            lines = rest[..end].split('|').map(|name| name.trim().to_owned()).collect();
            self.at += end + 1;
        }
        let field = if self.take('.') {
            Some(self.word().ok_or_else(|| self.error("expected a field"))?)
        } else {
            None
        };
        if lines.is_empty() && field.is_none() {
            return Err(self.error("expected [line] or .field"));
        }
        let optional = self.take('?');
        Ok(Term { coefficient, all, kind, lines, field, optional })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PacketRelations {
    relations: Vec<Declared>,
}

macro_rules! kinds {
    ($($id:literal),* $(,)?) => {
        &[$(($id, include_str!(concat!("../../schemas/kinds/", $id, ".toml")))),*]
    };
}

/// The folder `schemas/kinds`, most specific first: the first kind that matches a title wins.
const KINDS: &[(&str, &str)] = kinds![
    "three_public",
    "performance_scores",
    "performance_targets",
    "adjustment",
    "assets",
    "fiscal",
    "income_expenditure",
    "budget_share",
    "budget_basic",
    "budget_project",
    "general_budget",
    "spending",
    "income",
    "expenditure",
];

/// Every table kind.
pub static ALL_KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    KINDS
        .iter()
        .filter_map(|(id, text)| {
            let kind: Kind = toml::from_str(text).ok()?;
            Some(Kind { id: (*id).to_owned(), ..kind })
        })
        .collect()
});

/// Relations between the tables of a packet.
pub static PACKET_RELATIONS: LazyLock<Vec<Declared>> = LazyLock::new(|| {
    toml::from_str::<PacketRelations>(include_str!("../../schemas/packet.toml"))
        .map(|file| file.relations)
        .unwrap_or_default()
});

/// The kind of that id.
pub fn kind(id: &str) -> Option<&'static Kind> {
    ALL_KINDS.iter().find(|kind| kind.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_can_be_read() {
        for (id, text) in KINDS {
            let kind = toml::from_str::<Kind>(text).unwrap_or_else(|e| panic!("{id}: {e}"));
            for declared in kind.relations {
                parse(&declared.relation).unwrap_or_else(|e| panic!("{id}: {e}"));
            }
        }
        let packet: PacketRelations =
            toml::from_str(include_str!("../../schemas/packet.toml")).unwrap();
        for declared in packet.relations {
            let formula = parse(&declared.relation).unwrap_or_else(|e| panic!("{e}"));
            for term in formula.terms.iter().chain([&formula.target]) {
                let id = term.kind.as_deref().expect("a kind");
                let kind = kind(id).unwrap_or_else(|| panic!("no kind {id}"));
                let field = term.field.as_deref().expect("a field");
                assert!(kind.fields.iter().any(|own| own.id == field), "{id} has no field {field}");
            }
        }
        let folder = std::fs::read_dir("schemas/kinds").unwrap().count();
        assert_eq!(folder, KINDS.len(), "a kind of the folder is missing from the list");
    }

    #[test]
    fn errors_point_at_the_place() {
        assert_eq!(parse("[甲] = [乙] * [丙]").unwrap_err().at, 11);
        assert!(parse("[甲] = ").is_err());
        assert!(parse("[甲").is_err());
        assert!(parse("Σ a[合计].b = c[合计].d - e[合计].f?").is_ok());
    }
}
