//! Rows → .csv.
//!
//! A text that a spreadsheet would take for a formula gets a single quote in front, as OWASP asks; a number never does,
//! so that −5 stays a number.

use super::batch::{Batch, Values, write_count, write_decimal};
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

/// Appends a row; returns how many texts were neutralised.
pub(super) fn push(batch: &Batch, row: usize, out: &mut Vec<u8>) -> u64 {
    let mut neutralised = 0;
    for (at, values) in batch.columns.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        match values {
            Values::Text(texts) => {
                neutralised += texts.get(row).map_or(0, |text| text_to(text, out));
            }
            Values::Number(numbers) => {
                numbers[row].into_iter().for_each(|number| write_decimal(number, out));
            }
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
    neutralised
}

/// Appends a text; returns whether it was neutralised.
fn text_to(text: &str, out: &mut Vec<u8>) -> u64 {
    let dangerous = is_dangerous(text);
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

fn field(text: &str, neutralise: bool, out: &mut Vec<u8>) {
    let breaks = |byte: u8| matches!(byte, b',' | b'"' | b'\r' | b'\n' | b'\t');
    let quote = neutralise || text.bytes().any(breaks);
    if !quote {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    if neutralise {
        out.push(b'\'');
    }
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> (String, u64) {
        let mut out = Vec::new();
        let changed = text_to(text, &mut out);
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
