//! Rows → .csv.
//!
//! A text that a spreadsheet would take for a formula gets a single quote in front, as OWASP asks; a number never does,
//! so that −5 stays a number.

use super::batch::{Batch, Values, write_count, write_number};
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
/// What stands in one row after the other is written out once: of columns side by side that are as they were in the row
/// before, the bytes are copied in one go.
pub(super) fn push<E>(
    batch: &Batch,
    out: &mut Vec<u8>,
    mut full: impl FnMut(&mut Vec<u8>) -> Result<(), E>,
) -> Result<u64, E> {
    let width = batch.columns.len();
    let same = same(batch);
    // Of each column whether none of its texts breaks a record: one look at all of them together is cheap.
    let breaks = |values: &Values| match values {
        Values::Text(texts) => {
            memchr::memchr3(b',', b'"', b'\n', &texts.bytes).is_some()
                || memchr::memchr2(b'\r', b'\t', &texts.bytes).is_some()
        }
        _ => false,
    };
    let breaks: Vec<bool> = batch.columns.iter().map(breaks).collect();
    let mut neutralised = 0;
    // Where each column of the last row begins in it, its comma included, and of which the text was changed, a bit each.
    let mut starts = vec![0; width + 1];
    let mut changed = 0_u64;
    let mut before = out.len();
    // Whether the row before is still there.
    let mut stands = false;
    for (row, same) in same.into_iter().enumerate() {
        let same = if stands { same } else { 0 };
        let start = out.len();
        changed &= same;
        let mut at = 0;
        while at < width {
            let run = ((same >> at).trailing_ones() as usize).min(width - at);
            if run > 0 {
                let (from, to) = (starts[at], starts[at + run]);
                let moved = out.len() - start;
                out.extend_from_within(before + from..before + to);
                if moved != from {
                    for begin in &mut starts[at..at + run] {
                        *begin = *begin - from + moved;
                    }
                }
                at += run;
            } else {
                starts[at] = out.len() - start;
                if at > 0 {
                    out.push(b',');
                }
                changed |= value(&batch.columns[at], row, breaks[at], out) << at;
                at += 1;
            }
        }
        starts[width] = out.len() - start;
        out.extend_from_slice(b"\r\n");
        neutralised += u64::from(changed.count_ones());
        before = start;
        let length = out.len();
        full(out)?;
        stands = out.len() == length;
    }
    Ok(neutralised)
}

/// Of each row the columns, a bit each, in which stands what stood in the row before.
fn same(batch: &Batch) -> Vec<u64> {
    let mut same = vec![0; batch.rows()];
    for (at, values) in batch.columns.iter().enumerate() {
        match values {
            Values::Text(texts) => mark(&mut same, at, &texts.spans),
            Values::Number(numbers) => {
                let mut digits = vec![0; same.len()];
                mark(&mut digits, at, &numbers.digits);
                let mut scales = vec![0; same.len()];
                mark(&mut scales, at, &numbers.scales);
                let both = digits.into_iter().zip(scales).map(|(digits, scale)| digits & scale);
                same.iter_mut().zip(both).for_each(|(same, both)| *same |= both);
            }
            Values::Count(counts) => mark(&mut same, at, counts),
            Values::Truth(truths) => mark(&mut same, at, truths),
        }
    }
    same
}

/// Marks the rows in which a column holds what it held in the row before.
fn mark<T: PartialEq>(same: &mut [u64], at: usize, values: &[T]) {
    for (same, pair) in same.iter_mut().skip(1).zip(values.windows(2)) {
        *same |= u64::from(pair[0] == pair[1]) << at;
    }
}

/// Appends one value, of a column where a text may break a record or none does; returns whether it was neutralised.
fn value(values: &Values, row: usize, breaks: bool, out: &mut Vec<u8>) -> u64 {
    match values {
        Values::Text(texts) => return texts.at(row).map_or(0, |text| text_to(text, breaks, out)),
        Values::Number(numbers) => write_number(numbers.get(row), out),
        Values::Count(counts) => {
            counts[row].into_iter().for_each(|count| write_count(count, out));
        }
        Values::Truth(truths) => {
            let word = truths[row].map_or("", |truth| if truth { "true" } else { "false" });
            out.extend_from_slice(word.as_bytes());
        }
    }
    0
}

/// Appends a text; returns whether it was neutralised.
fn text_to(text: &[u8], breaks: bool, out: &mut Vec<u8>) -> u64 {
    // Nearly all texts begin with what no formula begins with: an ideograph, a letter or a digit.
    let may_be = text.first().is_some_and(|first| FORMULA[*first as usize]);
    let dangerous = may_be && std::str::from_utf8(text).is_ok_and(is_dangerous);
    if dangerous || breaks {
        field(text, dangerous, out);
    } else {
        out.extend_from_slice(text);
    }
    u64::from(dangerous)
}

/// The bytes with which a formula begins, those of ＝ among them.
const FORMULA: [bool; 256] = among(b"=+-@\t\r\n\0\xEF");

/// The bytes that break a record.
const BREAKS: [bool; 256] = among(b",\"\r\n\t");

const fn among(bytes: &[u8]) -> [bool; 256] {
    let mut among = [false; 256];
    let mut at = 0;
    while at < bytes.len() {
        among[bytes[at] as usize] = true;
        at += 1;
    }
    among
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
    if !(neutralise || text.iter().any(|byte| BREAKS[*byte as usize])) {
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
        let changed = text_to(text.as_bytes(), true, &mut out);
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
