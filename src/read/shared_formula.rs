//! Formulas that many cells share, written out for each of them.
//!
//! The master's text is cut into the references that move and the rest; a reference that leaves the grid becomes
//! `#REF!`, as in Excel.

use crate::model::CellRef;

const ROWS: i64 = 1_048_576;
const COLUMNS: i64 = 16_384;

/// The formula of the cell `rows` and `columns` away from the one that `text` was written for.
pub(super) fn translate(text: &str, rows: i64, columns: i64) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() + 8);
    let mut at = 0;
    let mut copied = 0;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'\'') => at = after_quote(bytes, at, quote),
            b'[' => at = after_bracket(bytes, at),
            b'$' | b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'\\' | b'.' | 0x80.. => {
                let end = word_end(bytes, at);
                if let Some(moved) = reference(text, at, end, rows, columns) {
                    out.push_str(&text[copied..at]);
                    out.push_str(&moved.text);
                    copied = moved.end;
                    at = moved.end;
                } else {
                    at = end;
                }
            }
            _ => at += 1,
        }
    }
    out.push_str(&text[copied..]);
    out
}

struct Moved {
    text: String,
    end: usize,
}

/// The reference that starts at the word from `at` to `end`, moved; `None` when that word is none.
fn reference(text: &str, at: usize, end: usize, rows: i64, columns: i64) -> Option<Moved> {
    let bytes = text.as_bytes();
    let word = &text[at..end];
    let next = bytes.get(end);
    if let Some(cell) = Corner::parse(word) {
        // LOG10( is a function and Sheet1! a sheet.
        if matches!(next, Some(b'(' | b'!')) {
            return None;
        }
        return Some(Moved { text: cell.moved(rows, columns), end });
    }
    // Whole columns (A:C) and whole rows (1:3) come in pairs.
    if next != Some(&b':') {
        return None;
    }
    let other_end = word_end(bytes, end + 1);
    if other_end == end + 1 || matches!(bytes.get(other_end), Some(b'(' | b'!')) {
        return None;
    }
    let other = &text[end + 1..other_end];
    let moved = match (whole(word)?, whole(other)?) {
        (Whole::Column(a), Whole::Column(b)) => {
            format!("{}:{}", column_moved(word, a, columns)?, column_moved(other, b, columns)?)
        }
        (Whole::Row(a), Whole::Row(b)) => {
            format!("{}:{}", row_moved(word, a, rows)?, row_moved(other, b, rows)?)
        }
        _ => return None,
    };
    Some(Moved { text: moved, end: other_end })
}

enum Whole {
    Column(i64),
    Row(i64),
}

fn whole(word: &str) -> Option<Whole> {
    let bare = word.strip_prefix('$').unwrap_or(word);
    if bare.is_empty() {
        return None;
    }
    if bare.bytes().all(|b| b.is_ascii_digit()) && bare.len() <= 7 {
        return Some(Whole::Row(bare.parse::<i64>().ok()? - 1));
    }
    (bare.len() <= 3 && bare.bytes().all(|b| b.is_ascii_alphabetic()))
        .then(|| Whole::Column(column_number(bare)))
}

fn column_moved(word: &str, column: i64, by: i64) -> Option<String> {
    if word.starts_with('$') {
        return Some(word.to_owned());
    }
    let column = column + by;
    u32::try_from(column).ok().filter(|_| column < COLUMNS).map(CellRef::column_letters)
}

fn row_moved(word: &str, row: i64, by: i64) -> Option<String> {
    if word.starts_with('$') {
        return Some(word.to_owned());
    }
    let row = row + by;
    (0..ROWS).contains(&row).then(|| (row + 1).to_string())
}

struct Corner {
    column: i64,
    row: i64,
    fixed_column: bool,
    fixed_row: bool,
}

impl Corner {
    fn parse(word: &str) -> Option<Self> {
        let fixed_column = word.starts_with('$');
        let rest = word.strip_prefix('$').unwrap_or(word);
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        if letters == 0 || letters > 3 {
            return None;
        }
        let (column, rest) = rest.split_at(letters);
        let fixed_row = rest.starts_with('$');
        let digits = rest.strip_prefix('$').unwrap_or(rest);
        if digits.is_empty() || digits.len() > 7 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let row = digits.parse::<i64>().ok()? - 1;
        let column = column_number(column);
        ((0..ROWS).contains(&row) && column < COLUMNS).then_some(Self {
            column,
            row,
            fixed_column,
            fixed_row,
        })
    }

    fn moved(&self, rows: i64, columns: i64) -> String {
        let column = if self.fixed_column { self.column } else { self.column + columns };
        let row = if self.fixed_row { self.row } else { self.row + rows };
        if !(0..COLUMNS).contains(&column) || !(0..ROWS).contains(&row) {
            return "#REF!".to_owned();
        }
        format!(
            "{}{}{}{}",
            if self.fixed_column { "$" } else { "" },
            CellRef::column_letters(u32::try_from(column).unwrap_or(0)),
            if self.fixed_row { "$" } else { "" },
            row + 1
        )
    }
}

fn column_number(letters: &str) -> i64 {
    letters.bytes().fold(0, |n, b| n * 26 + i64::from(b.to_ascii_uppercase() - b'A') + 1) - 1
}

fn word_end(bytes: &[u8], start: usize) -> usize {
    let mut end = start;
    while bytes.get(end).is_some_and(|b| {
        b.is_ascii_alphanumeric() || matches!(b, b'$' | b'_' | b'.' | b'\\' | b'?' | 0x80..)
    }) {
        end += 1;
    }
    end
}

fn after_quote(bytes: &[u8], at: usize, quote: u8) -> usize {
    let mut end = at + 1;
    while let Some(found) = bytes.get(end..).and_then(|rest| memchr::memchr(quote, rest)) {
        end += found + 1;
        if bytes.get(end) == Some(&quote) {
            end += 1;
        } else {
            return end;
        }
    }
    bytes.len()
}

fn after_bracket(bytes: &[u8], at: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, byte) in bytes[at..].iter().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + offset + 1;
                }
            }
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_move_and_nothing_else_does() {
        for (text, rows, columns, expected) in [
            ("A1+B2", 1, 1, "B2+C3"),
            ("$A$1+$A1+A$1", 2, 1, "$A$1+$A3+B$1"),
            ("SUM(A1:B3)", 10, 0, "SUM(A11:B13)"),
            ("SUM(A:B)+SUM($1:3)", 1, 1, "SUM(B:C)+SUM($1:4)"),
            ("LOG10(A1)", 1, 0, "LOG10(A2)"),
            ("Sheet1!A1+'AB12 x'!B1", 1, 0, "Sheet1!A2+'AB12 x'!B2"),
            ("收入2!C3", 1, 0, "收入2!C4"),
            ("\"A1\"&A1", 1, 0, "\"A1\"&A2"),
            ("'it''s A1'!A1", 1, 0, "'it''s A1'!A2"),
            ("Table1[[#This Row],[A1]]+A1", 1, 0, "Table1[[#This Row],[A1]]+A2"),
            ("[1]Sheet1!A1", 1, 0, "[1]Sheet1!A2"),
            ("A1", -1, 0, "#REF!"),
            ("XFD1", 0, 1, "#REF!"),
            ("x.A1+name_A1+1E5+1.5", 1, 0, "x.A1+name_A1+1E5+1.5"),
            ("IF(A1>0,TRUE,A1%)", 1, 0, "IF(A2>0,TRUE,A2%)"),
            ("ABC1234567+ZZZ1", 1, 0, "ABC1234567+ZZZ1"),
        ] {
            assert_eq!(translate(text, rows, columns), expected, "{text}");
        }
    }
}
