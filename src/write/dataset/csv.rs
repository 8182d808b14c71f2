//! Rows → .csv.
//!
//! A text that a spreadsheet would take for a formula gets a single quote in front, as OWASP asks; a number never does,
//! so that −5 stays a number.

use std::ops::Range;

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

/// The most columns that rows of a kind have.
const COLUMNS: usize = 64;

/// Appends some rows of a batch, calling `full` after each; returns how many texts were neutralised.
///
/// What stands in one row after the other is written out once: of columns side by side that are as they were in the row
/// before, the bytes are copied in one go. So is what a fact says of its field where another one of that field said it.
pub(super) fn push<E>(
    batch: &Batch,
    rows: Range<usize>,
    out: &mut Vec<u8>,
    mut full: impl FnMut(&mut Vec<u8>) -> Result<(), E>,
) -> Result<u64, E> {
    let width = batch.columns.len();
    let breaks: Vec<bool> = batch.columns.iter().map(|values| breaks(values, &rows)).collect();
    let mut tails = Tails::of(batch);
    let same = same(&batch.columns[..tails.key], &rows);
    let mut neutralised = 0;
    // Where each column of the last row begins in it, its comma included, and of which the text was changed, a bit each.
    let mut starts = [0_u32; COLUMNS + 1];
    let mut changed = 0_u64;
    let mut before = out.len();
    // The columns whose beginnings are known, a bit each; none where the row before is gone.
    let mut known = 0;
    for (row, same) in rows.zip(same) {
        let same = same & known;
        let start = out.len();
        changed &= same;
        let (slot, twin) = tails.find(row);
        let end = if twin.is_some() { tails.key } else { width };
        let mut at = 0;
        while at < end {
            let run = ((same >> at).trailing_ones() as usize).min(end - at);
            if run > 0 {
                let (from, to) = (starts[at], starts[at + run]);
                let moved = (out.len() - start) as u32;
                out.extend_from_within(before + from as usize..before + to as usize);
                if moved != from {
                    let shift = moved.wrapping_sub(from);
                    for begin in &mut starts[at..at + run] {
                        *begin = begin.wrapping_add(shift);
                    }
                }
                at += run;
            } else {
                starts[at] = (out.len() - start) as u32;
                if at > 0 {
                    out.push(b',');
                }
                changed |= value(&batch.columns[at], row, breaks[at], out) << at;
                at += 1;
            }
        }
        starts[end] = (out.len() - start) as u32;
        known = below(end);
        if let Some(tail) = twin {
            out.extend_from_within(tail.bytes.clone());
            changed = changed & known | tail.changed;
        }
        let tail = start + starts[tails.key.min(end)] as usize..out.len();
        tails.keep(slot, Tail { row, bytes: tail, changed: changed & !below(tails.key) });
        out.extend_from_slice(b"\r\n");
        neutralised += u64::from(changed.count_ones());
        before = start;
        let length = out.len();
        full(out)?;
        if out.len() != length {
            known = 0;
            tails.forget();
        }
    }
    Ok(neutralised)
}

/// A bit for each of the first columns.
fn below(column: usize) -> u64 {
    u64::MAX.checked_shr((COLUMNS - column) as u32).unwrap_or(0)
}

/// Fields whose tails are kept.
const SLOTS: usize = 64;

/// What facts say of their fields: the columns from that of the field on.
struct Tails<'a> {
    /// The first of these columns.
    key: usize,
    texts: Vec<&'a [(u32, u32)]>,
    counts: Vec<&'a [Option<i64>]>,
    truths: Vec<&'a [Option<bool>]>,
    last: [Option<Tail>; SLOTS],
}

/// What a row says of its field.
struct Tail {
    row: usize,
    /// Where it is written.
    bytes: Range<usize>,
    /// Of which of its columns the text was changed, a bit each.
    changed: u64,
}

impl<'a> Tails<'a> {
    fn of(batch: &'a Batch) -> Self {
        let is_facts = batch.sheaf == Sheaf::Facts;
        let key = batch.sheaf.columns().iter().position(|column| column.name == "field");
        let mut key = key.filter(|_| is_facts).unwrap_or(batch.columns.len());
        let (mut texts, mut counts, mut truths) = (Vec::new(), Vec::new(), Vec::new());
        for values in &batch.columns[key..] {
            match values {
                Values::Text(column) => texts.push(&*column.spans),
                Values::Count(column) => counts.push(&**column),
                Values::Truth(column) => truths.push(&**column),
                Values::Number(_) => key = batch.columns.len(),
            }
        }
        Self { key, texts, counts, truths, last: [const { None }; SLOTS] }
    }

    /// Where the tail of a row is kept, and the same one that is written already.
    #[inline]
    fn find(&self, row: usize) -> (usize, Option<&Tail>) {
        let Some(fields) = self.texts.first() else { return (0, None) };
        let slot = (fields[row].0.wrapping_mul(0x9E37_79B1) >> 26) as usize % SLOTS;
        let twin = self.last[slot].as_ref().filter(|tail| {
            let other = tail.row;
            self.texts.iter().all(|spans| spans[other] == spans[row])
                && self.truths.iter().all(|truths| truths[other] == truths[row])
                && self.counts.iter().all(|counts| counts[other] == counts[row])
        });
        (slot, twin)
    }

    #[inline]
    fn keep(&mut self, slot: usize, tail: Tail) {
        if !self.texts.is_empty() {
            self.last[slot] = Some(tail);
        }
    }

    fn forget(&mut self) {
        self.last = [const { None }; SLOTS];
    }
}

/// Whether some text of a column may break a record: one look at all of them together is cheap.
fn breaks(values: &Values, rows: &Range<usize>) -> bool {
    let Values::Text(texts) = values else { return false };
    // What is no text begins behind all others.
    let start = texts.spans[rows.clone()].iter().map(|span| span.0).min();
    let Some(bytes) = start.and_then(|start| texts.bytes.get(start as usize..)) else {
        return false;
    };
    memchr::memchr3(b',', b'"', b'\n', bytes).is_some()
        || memchr::memchr2(b'\r', b'\t', bytes).is_some()
}

/// Of each row the columns, a bit each, in which stands what stood in the row before; none in the first.
fn same(columns: &[Values], rows: &Range<usize>) -> Vec<u64> {
    let mut same = vec![0; rows.len()];
    for (at, values) in columns.iter().enumerate() {
        match values {
            Values::Text(texts) => mark(&mut same, at, &texts.spans[rows.clone()]),
            Values::Number(numbers) => {
                let (digits, scales) =
                    (&numbers.digits[rows.clone()], &numbers.scales[rows.clone()]);
                let pairs = digits.windows(2).zip(scales.windows(2));
                for (same, (digits, scales)) in same.iter_mut().skip(1).zip(pairs) {
                    *same |= u64::from(digits[0] == digits[1] && scales[0] == scales[1]) << at;
                }
            }
            Values::Count(counts) => mark(&mut same, at, &counts[rows.clone()]),
            Values::Truth(truths) => mark(&mut same, at, &truths[rows.clone()]),
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
    use super::super::batch::Shared;
    use super::super::schema::ColumnKind;
    use super::*;
    use crate::number::Decimal;
    use crate::write::dataset::Rows;

    /// Facts of some fields, of which some say what the row before or the same field said.
    fn facts(seed: u64) -> Batch {
        let mut state = seed;
        let mut next = move |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        let mut batch = Rows::default().take(Sheaf::Facts);
        let words = ["合计", "=1", "a,b", "", "支出"];
        let mut shared = vec![[Shared::default(); 5]; batch.columns.len()];
        for row in 0..40 {
            let fields = 1 + next(5);
            let mut put = batch.row();
            let mut of_field = false;
            for (at, column) in Sheaf::Facts.columns().iter().enumerate() {
                of_field |= column.name == "field";
                let odd = next(if of_field { 40 } else { 2 }) == 0;
                let nth = if odd { next(4) } else { row % fields };
                let word = Some(words[nth as usize]).filter(|_| nth != 3);
                match column.kind {
                    ColumnKind::Text => put.repeated(&mut shared[at][nth as usize], word),
                    ColumnKind::Number => put.number(Some(Decimal::new(nth as i64 - 2, 1))),
                    ColumnKind::Count => put.count(Some(nth as i64).filter(|_| nth != 3)),
                    ColumnKind::Truth => put.truth(nth > 1),
                };
            }
            put.end();
        }
        batch
    }

    #[test]
    fn what_is_copied_is_what_would_be_written() {
        for seed in 0..60 {
            let batch = facts(seed);
            let (mut plain, mut changed) = (Vec::new(), 0);
            for row in 0..batch.rows() {
                for (at, values) in batch.columns.iter().enumerate() {
                    if at > 0 {
                        plain.push(b',');
                    }
                    changed += value(values, row, true, &mut plain);
                }
                plain.extend_from_slice(b"\r\n");
            }
            // In pieces of several rows, taken away at odd places.
            let (mut all, mut out, mut found, mut from) = (Vec::new(), Vec::new(), 0, 0);
            while from < batch.rows() {
                let rows = from..(from + 1 + seed as usize % 17).min(batch.rows());
                from = rows.end;
                let never = |out: &mut Vec<u8>| {
                    if out.len().is_multiple_of(3) {
                        all.append(out);
                    }
                    Ok::<(), std::convert::Infallible>(())
                };
                let Ok(changed) = push(&batch, rows, &mut out, never);
                found += changed;
            }
            all.append(&mut out);
            assert_eq!(String::from_utf8(all), String::from_utf8(plain), "{seed}");
            assert_eq!(found, changed, "{seed}");
        }
    }

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
