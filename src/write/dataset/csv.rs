//! Rows → .csv.
//!
//! A text that a spreadsheet would take for a formula gets a single quote in front, as OWASP asks; a number never does,
//! so that −5 stays a number.

use super::batch::{Batch, NULL, Values, write_count, write_number};
use super::schema::Sheaf;

/// Byte order mark and headings.
pub(super) fn head(sheaf: Sheaf) -> Vec<u8> {
    let mut out = "\u{feff}".as_bytes().to_vec();
    for (at, column) in sheaf.columns().iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(column.name.as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// Appends all rows of a batch, calling `full` after each; returns how many texts were neutralised.
///
/// A text that stands in one row after the other is looked at and written out once: the same bytes are copied.
pub(super) fn push<E>(
    batch: &Batch,
    out: &mut Vec<u8>,
    mut full: impl FnMut(&mut Vec<u8>) -> Result<(), E>,
) -> Result<u64, E> {
    let mut neutralised = 0;
    // Of each column the text last written, how often it counts, and where it begins and ends in a row.
    let mut last: Vec<Written> = vec![Written::default(); batch.columns.len()];
    let mut row_before = 0;
    for row in 0..batch.rows() {
        let start = out.len();
        for (at, (values, last)) in batch.columns.iter().zip(&mut last).enumerate() {
            if at > 0 {
                out.push(b',');
            }
            match values {
                Values::Text(texts) => {
                    let span = texts.spans[row];
                    let from = out.len();
                    if span == NULL {
                        continue;
                    }
                    if row > 0 && last.span == span && last.row + 1 == row {
                        let before = row_before + last.start;
                        out.extend_from_within(before..row_before + last.end);
                    } else {
                        last.changed = texts.at(row).map_or(0, |text| text_to(text, out));
                    }
                    neutralised += last.changed;
                    (last.span, last.row) = (span, row);
                    (last.start, last.end) = (from - start, out.len() - start);
                }
                Values::Number(numbers) => write_number(numbers.get(row), out),
                Values::Count(counts) => {
                    counts[row].into_iter().for_each(|count| write_count(count, out));
                }
                Values::Truth(truths) => {
                    let word = truths[row].map_or("", |truth| if truth { "true" } else { "false" });
                    out.extend_from_slice(word.as_bytes());
                }
            }
        }
        out.extend_from_slice(b"\r\n");
        row_before = start;
        let before = out.len();
        full(out)?;
        if out.len() != before {
            // What was written is gone.
            last.iter_mut().for_each(|last| last.span = NULL);
        }
    }
    Ok(neutralised)
}

/// A text of a column as it was written last.
#[derive(Clone)]
struct Written {
    span: (u32, u32),
    row: usize,
    start: usize,
    end: usize,
    changed: u64,
}

impl Default for Written {
    fn default() -> Self {
        Self { span: NULL, row: 0, start: 0, end: 0, changed: 0 }
    }
}

/// Appends a text; returns whether it was neutralised.
fn text_to(text: &[u8], out: &mut Vec<u8>) -> u64 {
    // Nearly all texts begin with what no formula begins with: an ideograph, a letter or a digit.
    let may_be =
        matches!(text.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n' | 0 | 0xEF));
    let dangerous = may_be && std::str::from_utf8(text).is_ok_and(is_dangerous);
    field(text, dangerous, out);
    u64::from(dangerous)
}

/// Whether a spreadsheet may take the text for a formula. A text that reads as a plain number is none.
pub(in crate::write) fn is_dangerous(text: &str) -> bool {
    let starts = matches!(
        text.chars().next(),
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\0' | '＝' | '＋' | '－' | '＠')
    );
    starts && text.parse::<f64>().is_err()
}

fn field(text: &[u8], neutralise: bool, out: &mut Vec<u8>) {
    let breaks = |byte: &u8| matches!(byte, b',' | b'"' | b'\r' | b'\n' | b'\t');
    let quote = neutralise || text.iter().any(breaks);
    if !quote {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    if neutralise {
        out.push(b'\'');
    }
    for byte in text {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> (String, u64) {
        let mut out = Vec::new();
        let changed = text_to(text.as_bytes(), &mut out);
        (String::from_utf8(out).unwrap(), changed)
    }

    #[test]
    fn formulas_are_disarmed_and_numbers_are_not() {
        for text in ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "＝1", "－x", "\tx", "\u{0}x"] {
            let (out, changed) = written(text);
            assert_eq!((out.starts_with("\"'"), changed), (true, 1), "{text:?} → {out}");
        }
        for text in ["-5", "+5", "-0.25", "合计", "a=b", "——"] {
            assert_eq!(written(text), (text.to_owned(), 0));
        }
    }

    #[test]
    fn what_would_break_a_record_is_quoted() {
        assert_eq!(written("a,\"b\"\nc"), ("\"a,\"\"b\"\"\nc\"".to_owned(), 0));
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader("\"a,\"\"b\"\"\nc\"\r\n".as_bytes());
        assert_eq!(&reader.records().next().unwrap().unwrap()[0], "a,\"b\"\nc");
    }
}
