//! Rows → .csv.
//!
//! A text that a spreadsheet would take for a formula gets a single quote in front, as OWASP asks; a number never does,
//! so that −5 stays a number.

use std::io::Write as _;

use super::batch::{Batch, Datum};
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
    let neutralised = batch
        .data(row)
        .enumerate()
        .map(|(at, datum)| {
            if at > 0 {
                out.push(b',');
            }
            datum_to(datum, out)
        })
        .sum();
    out.extend_from_slice(b"\r\n");
    neutralised
}

/// Memory takes everything that is written to it.
fn datum_to(datum: Datum, out: &mut Vec<u8>) -> u64 {
    match datum {
        Datum::Null => {}
        Datum::Number(value) => drop(write!(out, "{value}")),
        Datum::Count(value) => drop(write!(out, "{value}")),
        Datum::Truth(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Datum::Text(text) => {
            let dangerous = is_dangerous(text);
            field(text, dangerous, out);
            return u64::from(dangerous);
        }
    }
    0
}

/// Whether a spreadsheet may take the text for a formula. A text that reads as a plain number is none.
pub(in crate::write) fn is_dangerous(text: &str) -> bool {
    let starts =
        text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠']);
    starts && text.parse::<f64>().is_err()
}

fn field(text: &str, neutralise: bool, out: &mut Vec<u8>) {
    let quote = neutralise || text.contains([',', '"', '\r', '\n', '\t']);
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
        let changed = datum_to(Datum::Text(text), &mut out);
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
