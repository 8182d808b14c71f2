//! Tokens → tree, by precedence: comparison, &, + −, × ÷, ^, sign, %.

use std::collections::HashMap;

use super::lexer::{Token, tokens};
use crate::model::{
    Area, CellRef, Comparison, Coordinate, Function, SheetReference, Tree, Workbook,
};
use crate::number;

/// Parentheses, arguments and signs nest no deeper; Excel allows 64 levels.
const DEEPEST: u32 = 64;

/// Names inside names are followed no further.
const DEEPEST_NAME: u32 = 4;

/// The sheets and defined names that formulas of one workbook may refer to.
#[derive(Debug, Default)]
pub struct Names<'a> {
    sheets: HashMap<String, u32>,
    names: HashMap<(Option<u32>, String), &'a str>,
}

impl<'a> Names<'a> {
    /// The names of a workbook.
    pub fn of(workbook: &'a Workbook) -> Self {
        let mut names = Self::default();
        for (index, sheet) in workbook.sheets.iter().enumerate() {
            names.sheets.entry(sheet.name.to_lowercase()).or_insert(index as u32);
        }
        for name in &workbook.names {
            names.names.insert((name.sheet, name.name.to_lowercase()), name.formula.as_str());
        }
        names
    }

    fn sheet(&self, name: &str) -> SheetReference {
        let name = name.replace("''", "'").to_lowercase();
        self.sheets
            .get(&name)
            .map_or(SheetReference::Missing, |index| SheetReference::Index(*index))
    }

    fn name(&self, name: &str, sheet: u32) -> Option<&'a str> {
        let name = name.to_lowercase();
        let local = self.names.get(&(Some(sheet), name.clone()));
        local.or_else(|| self.names.get(&(None, name))).copied()
    }
}

/// The tree of a formula that stands in cell `host` of sheet `sheet`; `None` where its text cannot be understood.
pub fn parse(text: &str, sheet: u32, host: CellRef, names: &Names) -> Option<Tree> {
    let mut list = Vec::new();
    tokens(text, host, &mut list)?;
    tree(&list, sheet, names)
}

/// The tree of tokens.
pub(super) fn tree(tokens: &[Token], sheet: u32, names: &Names) -> Option<Tree> {
    named(tokens, sheet, names, 0)
}

fn named(tokens: &[Token], sheet: u32, names: &Names, level: u32) -> Option<Tree> {
    let mut parser = Parser { tokens, at: 0, depth: 0, sheet, names, level };
    let tree = parser.comparison()?;
    (parser.at == tokens.len()).then_some(tree)
}

struct Parser<'a, 'n> {
    tokens: &'a [Token<'a>],
    at: usize,
    depth: u32,
    sheet: u32,
    names: &'a Names<'n>,
    level: u32,
}

impl<'a> Parser<'a, '_> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    fn take(&mut self, token: Token) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    /// Goes one level deeper.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= DEEPEST {
            return None;
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn comparison(&mut self) -> Option<Tree> {
        self.nested(|parser| {
            let mut left = parser.join()?;
            let mut chain = 0;
            while let Some(Token::Compare(comparison)) = parser.peek() {
                parser.at += 1;
                chain += 1;
                if chain > 4 {
                    return None;
                }
                let right = parser.join()?;
                left = Tree::Compare(comparison, Box::new(left), Box::new(right));
            }
            Some(left)
        })
    }

    fn join(&mut self) -> Option<Tree> {
        let first = self.terms()?;
        let mut parts = vec![first];
        while self.take(Token::Join) {
            parts.push(self.terms()?);
        }
        if parts.len() == 1 { parts.pop() } else { Some(Tree::Join(parts)) }
    }

    fn terms(&mut self) -> Option<Tree> {
        let mut parts = vec![(false, self.factors()?)];
        loop {
            let minus = self.peek() == Some(Token::Minus);
            if !minus && self.peek() != Some(Token::Plus) {
                break;
            }
            self.at += 1;
            parts.push((minus, self.factors()?));
        }
        if parts.len() == 1 { parts.pop().map(|(_, tree)| tree) } else { Some(Tree::Terms(parts)) }
    }

    fn factors(&mut self) -> Option<Tree> {
        let mut parts = vec![(false, self.power()?)];
        loop {
            let divide = self.peek() == Some(Token::Divide);
            if !divide && self.peek() != Some(Token::Times) {
                break;
            }
            self.at += 1;
            parts.push((divide, self.power()?));
        }
        if parts.len() == 1 {
            parts.pop().map(|(_, tree)| tree)
        } else {
            Some(Tree::Factors(parts))
        }
    }

    fn power(&mut self) -> Option<Tree> {
        let mut base = self.signed()?;
        let mut chain = 0;
        while self.take(Token::Power) {
            chain += 1;
            if chain > 4 {
                return None;
            }
            base = Tree::Power(Box::new(base), Box::new(self.signed()?));
        }
        Some(base)
    }

    fn signed(&mut self) -> Option<Tree> {
        let mut negative = false;
        while let Some(token @ (Token::Plus | Token::Minus)) = self.peek() {
            negative ^= token == Token::Minus;
            self.at += 1;
        }
        let mut tree = self.primary()?;
        let mut percents = 0;
        while self.take(Token::Percent) {
            percents += 1;
            if percents > 4 {
                return None;
            }
            tree = Tree::Percent(Box::new(tree));
        }
        Some(if negative { Tree::Negate(Box::new(tree)) } else { tree })
    }

    fn primary(&mut self) -> Option<Tree> {
        let token = self.peek()?;
        self.at += 1;
        Some(match token {
            Token::Number(text) => Tree::Number(number::exact_text(text)?),
            Token::Text(text) => Tree::Text(text.replace("\"\"", "\"").into()),
            Token::Error(error) => Tree::Error(error),
            Token::External => Tree::External,
            Token::Opaque => {
                // What follows a range over sheets or a table's column belongs to it.
                while self.take(Token::Colon) {
                    self.at += 1;
                }
                Tree::Opaque
            }
            Token::Open => {
                let inner = self.comparison()?;
                // A union of references, (A1,B2), is not understood.
                if !self.take(Token::Close) {
                    return None;
                }
                inner
            }
            Token::Sheet(name) => {
                let sheet = self.names.sheet(name);
                match self.peek()? {
                    Token::Word(_) => {
                        self.at += 1;
                        Tree::Opaque
                    }
                    Token::Error(error) => {
                        self.at += 1;
                        Tree::Error(error)
                    }
                    token => {
                        self.at += 1;
                        self.area(token, sheet)?
                    }
                }
            }
            Token::Word(word) => self.word(word)?,
            token => self.area(token, SheetReference::Own)?,
        })
    }

    fn area(&mut self, token: Token, sheet: SheetReference) -> Option<Tree> {
        let area = match token {
            Token::Columns(a, b) => Area { sheet, rows: None, columns: Some((a, b)) },
            Token::Rows(a, b) => Area { sheet, rows: Some((a, b)), columns: None },
            Token::Cell(first) => {
                let mut last = first;
                if self.take(Token::Colon) {
                    // Sheet1!A1:Sheet1!B2 says its sheet twice.
                    if matches!(self.peek(), Some(Token::Sheet(_))) {
                        self.at += 1;
                    }
                    let Some(Token::Cell(corner)) = self.peek() else {
                        return None;
                    };
                    self.at += 1;
                    last = corner;
                }
                Area {
                    sheet,
                    rows: Some((first.row, last.row)),
                    columns: Some((first.column, last.column)),
                }
            }
            _ => return None,
        };
        // A1:INDEX(…) and the like.
        if self.peek() == Some(Token::Colon) {
            return None;
        }
        Some(Tree::Area(area))
    }

    fn word(&mut self, word: &str) -> Option<Tree> {
        if self.take(Token::Open) {
            return self.call(word);
        }
        if word.eq_ignore_ascii_case("TRUE") {
            return Some(Tree::Bool(true));
        }
        if word.eq_ignore_ascii_case("FALSE") {
            return Some(Tree::Bool(false));
        }
        let Some(formula) = self.names.name(word, self.sheet) else { return Some(Tree::Opaque) };
        if self.level >= DEEPEST_NAME {
            return Some(Tree::Opaque);
        }
        let mut list = Vec::new();
        // Relative references of a name mean another cell in each cell; such names are not followed.
        if tokens(formula, CellRef::new(0, 0), &mut list).is_none() {
            return Some(Tree::Opaque);
        }
        let tree = named(&list, self.sheet, self.names, self.level + 1);
        Some(tree.filter(is_fixed).unwrap_or(Tree::Opaque))
    }

    fn call(&mut self, word: &str) -> Option<Tree> {
        let function = Function::named(word);
        let mut arguments = Vec::new();
        if self.take(Token::Close) {
            return Some(Tree::Call(function, arguments));
        }
        loop {
            let missing = matches!(self.peek(), Some(Token::Comma | Token::Close));
            arguments.push(if missing { Tree::Missing } else { self.comparison()? });
            if self.take(Token::Close) {
                return Some(Tree::Call(function, arguments));
            }
            if !self.take(Token::Comma) {
                return None;
            }
        }
    }
}

/// Whether all references are absolute.
fn is_fixed(tree: &Tree) -> bool {
    let mut fixed = true;
    let absolute =
        |pair: Option<(Coordinate, Coordinate)>| pair.is_none_or(|(a, b)| a.absolute && b.absolute);
    tree.each(&mut |part| {
        if let Tree::Area(area) = part {
            fixed &= absolute(area.rows) && absolute(area.columns);
        }
    });
    fixed
}

impl Comparison {
    /// Whether it holds of two things in this order.
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}
