//! A formula's text as tokens, of Excel's notation and of `OpenDocument`'s (`of:=SUM([.A1:.A5];1)`).
//!
//! References come out relative to the formula's cell, so that equal token lists mean equal forms ([`write_key`]).

use std::str::Chars;

use crate::model::{CellError, CellRef, Comparison, Coordinate, LAST};

/// A corner of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Corner {
    pub row: Coordinate,
    pub column: Coordinate,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Number(&'a str),
    /// Between its quotes, doubled ones not yet undone.
    Text(&'a str),
    Word(&'a str),
    /// A sheet's name before `!`, quotes gone, doubled ones not yet undone.
    Sheet(&'a str),
    Cell(Corner),
    Columns(Coordinate, Coordinate),
    Rows(Coordinate, Coordinate),
    Error(CellError),
    External,
    Opaque,
    Compare(Comparison),
    Plus,
    Minus,
    Times,
    Divide,
    Power,
    Join,
    Percent,
    Colon,
    Comma,
    Open,
    Close,
}

/// Longer formulas than Excel allows are not read.
const LONGEST: usize = 16_384;

/// Where a formula's text names rows by how far they are from its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    /// Where the digits begin and end, and the row that they are.
    places: Vec<(usize, usize, u32)>,
    /// Whether no others are named in any other way.
    all: bool,
}

/// A formula that was read, by which those of other rows of its column are known that say the same of their row.
pub(super) struct Sample<'a> {
    text: &'a str,
    row: u32,
    rows: Rows,
}

impl<'a> Sample<'a> {
    /// The formula of a row; `None` where its text alone does not tell what others are like it.
    pub(super) fn new(text: &'a str, row: u32, rows: &Rows) -> Option<Self> {
        rows.all.then(|| Self { text, row, rows: rows.clone() })
    }

    /// Whether a formula of another row of the column has the same tokens: the same text, but for rows as far away from its own.
    pub(super) fn is_said_by(&self, text: &str, row: u32) -> bool {
        let (own, mut rest) = (self.text.as_bytes(), text.as_bytes());
        let step = i64::from(row) - i64::from(self.row);
        let mut from = 0;
        for (start, end, named) in &self.rows.places {
            let Some(tail) = rest.strip_prefix(&own[from..*start]) else { return false };
            let (mut number, mut length) = (0_i64, 0);
            for digit in tail.iter().take_while(|byte| byte.is_ascii_digit()).take(8) {
                number = number * 10 + i64::from(digit - b'0');
                length += 1;
            }
            // Of more digits, or behind the last row, nothing is a cell.
            let is_row = (1..=7).contains(&length) && number <= i64::from(LAST.row) + 1;
            if !is_row || number != i64::from(*named) + step {
                return false;
            }
            (rest, from) = (&tail[length..], *end);
        }
        rest == &own[from..]
    }
}

/// The tokens of a formula in cell `host`; `None` where it cannot be read.
pub(super) fn tokens<'a>(text: &'a str, host: CellRef, into: &mut Vec<Token<'a>>) -> Option<()> {
    tokens_and_rows(text, host, into, &mut Rows::default())
}

/// The same, and where rows are named.
pub(super) fn tokens_and_rows<'a>(
    text: &'a str,
    host: CellRef,
    into: &mut Vec<Token<'a>>,
    rows: &mut Rows,
) -> Option<()> {
    into.clear();
    rows.places.clear();
    rows.all = true;
    let whole = text.trim_start();
    let before = text.len() - whole.len();
    let whole = whole.trim_end();
    let mut text = whole;
    for prefix in ["of:", "oooc:", "msoxl:"] {
        text = text.strip_prefix(prefix).unwrap_or(text);
    }
    text = text.strip_prefix('=').unwrap_or(text);
    if text.len() > LONGEST {
        return None;
    }
    let mut lexer = Lexer { rest: text, end: before + whole.len(), host, into, rows };
    while lexer.next()? {}
    Some(())
}

/// Writes tokens as bytes that are equal exactly where the tokens are.
pub(super) fn write_key(tokens: &[Token], key: &mut Vec<u8>) {
    key.clear();
    for token in tokens {
        let (tag, text) = match token {
            Token::Number(text) => (1, *text),
            Token::Text(text) => (2, *text),
            Token::Word(text) => (3, *text),
            Token::Sheet(text) => (4, *text),
            Token::Cell(corner) => {
                key.push(5);
                write_coordinate(corner.row, key);
                write_coordinate(corner.column, key);
                continue;
            }
            Token::Columns(a, b) | Token::Rows(a, b) => {
                key.push(if matches!(token, Token::Columns(..)) { 6 } else { 7 });
                write_coordinate(*a, key);
                write_coordinate(*b, key);
                continue;
            }
            Token::Error(error) => (8, error.text()),
            Token::External => (9, ""),
            Token::Opaque => (10, ""),
            Token::Compare(comparison) => {
                key.extend([11, *comparison as u8]);
                continue;
            }
            Token::Plus => (12, ""),
            Token::Minus => (13, ""),
            Token::Times => (14, ""),
            Token::Divide => (15, ""),
            Token::Power => (16, ""),
            Token::Join => (17, ""),
            Token::Percent => (18, ""),
            Token::Colon => (19, ""),
            Token::Comma => (20, ""),
            Token::Open => (21, ""),
            Token::Close => (22, ""),
        };
        key.push(tag);
        if tag <= 8 {
            key.extend((text.len() as u32).to_le_bytes());
            key.extend(text.as_bytes());
        }
    }
}

fn write_coordinate(coordinate: Coordinate, key: &mut Vec<u8>) {
    key.push(u8::from(coordinate.absolute));
    key.extend(coordinate.value.to_le_bytes());
}

struct Lexer<'a, 'b> {
    rest: &'a str,
    /// Where that ends in the formula's text.
    end: usize,
    host: CellRef,
    into: &'b mut Vec<Token<'a>>,
    rows: &'b mut Rows,
}

impl<'a> Lexer<'a, '_> {
    /// Reads one token; false at the end.
    fn next(&mut self) -> Option<bool> {
        self.rest = self.rest.trim_start();
        let Some(first) = self.rest.chars().next() else { return Some(false) };
        let (token, length) = match first {
            '"' => self.text()?,
            '\'' => self.quoted_sheet()?,
            '[' => return self.bracket().map(|()| true),
            '#' => self.error()?,
            '{' => (Token::Opaque, self.rest.find('}')? + 1),
            '0'..='9' | '.' => self.number()?,
            '$' => self.reference()?,
            '+' => (Token::Plus, 1),
            '-' => (Token::Minus, 1),
            '*' => (Token::Times, 1),
            '/' => (Token::Divide, 1),
            '^' => (Token::Power, 1),
            '&' => (Token::Join, 1),
            '%' => (Token::Percent, 1),
            ':' => (Token::Colon, 1),
            ',' | ';' => (Token::Comma, 1),
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '=' => (Token::Compare(Comparison::Equal), 1),
            '<' if self.rest.starts_with("<>") => (Token::Compare(Comparison::NotEqual), 2),
            '<' if self.rest.starts_with("<=") => (Token::Compare(Comparison::LessOrEqual), 2),
            '<' => (Token::Compare(Comparison::Less), 1),
            '>' if self.rest.starts_with(">=") => (Token::Compare(Comparison::GreaterOrEqual), 2),
            '>' => (Token::Compare(Comparison::Greater), 1),
            c if c.is_alphabetic() || c == '_' || c == '\\' => self.word()?,
            _ => return None,
        };
        match token {
            Token::Cell(corner) if !corner.row.absolute => self.note(length, corner),
            Token::Rows(..) => self.rows.all = false,
            _ => {}
        }
        self.into.push(token);
        self.rest = &self.rest[length..];
        Some(true)
    }

    /// Notes where the cell that comes next names its row: its last digits.
    fn note(&mut self, length: usize, corner: Corner) {
        let cell = &self.rest.as_bytes()[..length];
        let digits = cell.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let end = self.end - self.rest.len() + length;
        // Sheets count rows from one.
        let row = corner.row.value + self.host.row as i32 + 1;
        self.rows.places.push((end - digits, end, row as u32));
    }

    fn text(&self) -> Option<(Token<'a>, usize)> {
        let end = closing_quote(self.rest, b'"')?;
        Some((Token::Text(&self.rest[1..end]), end + 1))
    }

    fn quoted_sheet(&self) -> Option<(Token<'a>, usize)> {
        let end = closing_quote(self.rest, b'\'')?;
        if self.rest.as_bytes().get(end + 1) != Some(&b'!') {
            return None;
        }
        let name = &self.rest[1..end];
        if name.contains('[') || name.contains(':') {
            return Some((self.outside(name), self.behind_reference(end + 2)));
        }
        Some((Token::Sheet(name), end + 2))
    }

    /// What a sheet prefix with a file name (`[1]表`) or of several sheets (`一月:三月`) makes of its reference.
    #[expect(clippy::unused_self, reason = "reads as part of the lexer")]
    fn outside(&self, name: &str) -> Token<'a> {
        if name.contains('[') { Token::External } else { Token::Opaque }
    }

    /// The length up to the end of the reference that begins at `from`.
    fn behind_reference(&self, from: usize) -> usize {
        let tail = &self.rest[from..];
        let end = tail
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '$' | ':' | '_' | '.')))
            .unwrap_or(tail.len());
        from + end
    }

    /// `[1]Sheet!A1` of Excel, or a reference of `OpenDocument`: `[.A1:.B5]`, `['表 1'.A1]`.
    fn bracket(&mut self) -> Option<()> {
        self.rows.all = false;
        let inner_end = closing_bracket(self.rest)?;
        let inner = &self.rest[1..inner_end];
        let tail = &self.rest[inner_end + 1..];
        if inner.chars().all(|c| c.is_ascii_digit()) && !inner.is_empty() {
            // A number of an external link, then sheet or name.
            let bang = tail.find('!')?;
            let length = self.behind_reference(inner_end + 1 + bang + 1);
            self.into.push(Token::External);
            self.rest = &self.rest[length..];
            return Some(());
        }
        self.open_document(inner)?;
        self.rest = tail;
        Some(())
    }

    fn open_document(&mut self, inner: &'a str) -> Option<()> {
        if inner.contains('#') && !inner.contains("#REF!") {
            self.into.push(Token::External);
            return Some(());
        }
        if inner.contains("#REF!") {
            self.into.push(Token::Error(CellError::Reference));
            return Some(());
        }
        let mut rest = inner;
        let mut first = true;
        loop {
            rest = rest.strip_prefix('$').unwrap_or(rest);
            let dot = if rest.starts_with('\'') {
                let end = closing_quote(rest, b'\'')?;
                if first {
                    self.into.push(Token::Sheet(&rest[1..end]));
                } else {
                    // A range over several sheets.
                    self.into.push(Token::Opaque);
                    return Some(());
                }
                end + 1
            } else {
                let dot = rest.find('.')?;
                if dot > 0 && first {
                    self.into.push(Token::Sheet(&rest[..dot]));
                } else if dot > 0 {
                    self.into.push(Token::Opaque);
                    return Some(());
                }
                dot
            };
            rest = rest[dot..].strip_prefix('.')?;
            let end = rest.find(':').unwrap_or(rest.len());
            let corner = corner(&rest[..end], self.host)?;
            self.into.push(Token::Cell(corner));
            rest = &rest[end..];
            match rest.strip_prefix(':') {
                Some(tail) if first => {
                    self.into.push(Token::Colon);
                    (rest, first) = (tail, false);
                }
                Some(_) => return None,
                None => return rest.is_empty().then_some(()),
            }
        }
    }

    fn error(&self) -> Option<(Token<'a>, usize)> {
        const ERRORS: [&str; 7] =
            ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"];
        let text = ERRORS.iter().find(|text| self.rest.starts_with(**text))?;
        Some((Token::Error(CellError::parse(text)?), text.len()))
    }

    fn number(&self) -> Option<(Token<'a>, usize)> {
        let bytes = self.rest.as_bytes();
        let mut end = bytes.iter().position(|b| !(b.is_ascii_digit() || *b == b'.'));
        let mut at = end.unwrap_or(bytes.len());
        if bytes.get(at) == Some(&b':') {
            return self.reference();
        }
        if matches!(bytes.get(at), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
            let digits = bytes[at + 1 + sign..].iter().take_while(|b| b.is_ascii_digit()).count();
            if digits == 0 {
                return None;
            }
            at += 1 + sign + digits;
            end = Some(at);
        }
        let end = end.unwrap_or(bytes.len());
        Some((Token::Number(&self.rest[..end]), end))
    }

    /// Something with a `$`, or rows such as `3:5`.
    fn reference(&self) -> Option<(Token<'a>, usize)> {
        let end = run(self.rest.chars());
        if let Some(corner) = corner(&self.rest[..end], self.host) {
            return Some((Token::Cell(corner), end));
        }
        self.lines(end)
    }

    /// Whole columns or rows whose first half ends at `end`.
    fn lines(&self, end: usize) -> Option<(Token<'a>, usize)> {
        let tail = self.rest[end..].strip_prefix(':')?;
        let second = run(tail.chars());
        let (a, b) = (&self.rest[..end], &tail[..second]);
        let length = end + 1 + second;
        if let (Some(a), Some(b)) = (column(a, self.host), column(b, self.host)) {
            return Some((Token::Columns(a, b), length));
        }
        let (a, b) = (row(a, self.host)?, row(b, self.host)?);
        Some((Token::Rows(a, b), length))
    }

    /// A function, a name, a cell, columns or a sheet's name.
    fn word(&self) -> Option<(Token<'a>, usize)> {
        let end = self
            .rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '\\' | '?')))
            .unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        match self.rest[end..].chars().next() {
            Some('!') => return Some((Token::Sheet(word), end + 1)),
            Some('(') => return Some((Token::Word(word), end)),
            // A table's column.
            Some('[') => {
                let length = closing_bracket(&self.rest[end..])? + 1;
                return Some((Token::Opaque, end + length));
            }
            Some(':') => {
                if let Some(lines) = self.lines(end) {
                    return Some(lines);
                }
                // 一月:三月!A1
                let tail = &self.rest[end + 1..];
                let second = tail
                    .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.')))
                    .unwrap_or(tail.len());
                if tail[second..].starts_with('!') {
                    let length = self.behind_reference(end + 1 + second + 1);
                    return Some((Token::Opaque, length));
                }
            }
            // A$1
            Some('$') => {
                let end = run(self.rest.chars());
                let corner = corner(&self.rest[..end], self.host)?;
                return Some((Token::Cell(corner), end));
            }
            _ => {}
        }
        Some((corner(word, self.host).map_or(Token::Word(word), Token::Cell), end))
    }
}

/// The length of a run of letters, digits and `$`.
fn run(chars: Chars) -> usize {
    chars.take_while(|c| c.is_ascii_alphanumeric() || *c == '$').count()
}

/// Where the quote that `text` begins with closes; doubled quotes do not.
fn closing_quote(text: &str, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        if bytes[at] == quote {
            if bytes.get(at + 1) != Some(&quote) {
                return Some(at);
            }
            at += 1;
        }
        at += 1;
    }
    None
}

/// Where the bracket that `text` begins with closes; nested ones and quoted names are passed over.
fn closing_bracket(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// `B4`, `$B4`, `B$4`.
fn corner(text: &str, host: CellRef) -> Option<Corner> {
    let digits = text.find(|c: char| c.is_ascii_digit())?;
    let split = if text[..digits].ends_with('$') && digits > 1 { digits - 1 } else { digits };
    Some(Corner { row: row(&text[split..], host)?, column: column(&text[..split], host)? })
}

fn column(text: &str, host: CellRef) -> Option<Coordinate> {
    let (absolute, letters) = match text.strip_prefix('$') {
        Some(letters) => (true, letters),
        None => (false, text),
    };
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let mut index = 0_i32;
    for letter in letters.bytes() {
        if !letter.is_ascii_alphabetic() {
            return None;
        }
        index = index * 26 + i32::from(letter.to_ascii_uppercase() - b'A') + 1;
    }
    coordinate(index - 1, LAST.column, absolute, host.column)
}

fn row(text: &str, host: CellRef) -> Option<Coordinate> {
    let (absolute, digits) = match text.strip_prefix('$') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    if digits.is_empty() || digits.len() > 7 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    coordinate(number - 1, LAST.row, absolute, host.row)
}

fn coordinate(index: i32, last: u32, absolute: bool, host: u32) -> Option<Coordinate> {
    if index < 0 || index as u32 > last {
        return None;
    }
    let value = if absolute { index } else { index - host as i32 };
    Some(Coordinate { value, absolute })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str, host: CellRef) -> Option<Vec<u8>> {
        let (mut list, mut key) = (Vec::new(), Vec::new());
        tokens(text, host, &mut list)?;
        write_key(&list, &mut key);
        Some(key)
    }

    /// A text with every number in it moved.
    fn moved(text: &str, step: u64) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            let digits = rest[start..].find(|c: char| !c.is_ascii_digit());
            let end = digits.map_or(rest.len(), |length| start + length);
            let number: u64 = rest[start..end].parse().unwrap();
            out += &format!("{}{}", &rest[..start], number + step);
            rest = &rest[end..];
        }
        out + rest
    }

    #[test]
    fn what_says_the_same_of_its_row_has_the_same_tokens() {
        let plain = [
            "D4+E4-F4",
            " =IF(G4=H4,A4,H4/G4) ",
            "SUM(A3:A9)",
            "SUM(\"A\",$B4:C5)",
            "'本年'!B4*C99",
        ];
        let odd = [
            "D4*0.5",
            "LOG10(A4)",
            "B$4+A4",
            "$A$4+A4",
            "3:5",
            "SUM(A:A)",
            "'4月'!B4",
            "\"A4\"&A4",
            "A1048574",
            "[.A4]+1",
            "表4!A4",
            "A04",
            "A4:B7",
            "[1]表!A4",
            "Q4_X",
            "R1C1",
            "A4A5",
            "{1,2}+A4",
            "A9+A10",
            "XFD1+XFE1",
            "A4:4",
            "-A4%",
        ];
        for text in plain.into_iter().chain(odd) {
            let host = CellRef::new(3, 6);
            let (mut list, mut rows) = (Vec::new(), Rows::default());
            if tokens_and_rows(text, host, &mut list, &mut rows).is_none() {
                continue;
            }
            let Some(sample) = Sample::new(text, host.row, &rows) else { continue };
            assert!(sample.is_said_by(text, host.row), "{text}");
            for step in 0..9 {
                let below = CellRef::new(host.row + step, host.column);
                let like = moved(text, step.into());
                assert!(!plain.contains(&text) || sample.is_said_by(&like, below.row), "{like}");
                for other in [text, &like, &moved(text, u64::from(step) + 1), &moved(text, 1 << 20)]
                {
                    if sample.is_said_by(other, below.row) {
                        assert_eq!(key(text, host), key(other, below), "{text} | {other} + {step}");
                    }
                }
            }
        }
    }
}
