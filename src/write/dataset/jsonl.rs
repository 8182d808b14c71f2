//! Rows → JSON Lines: an object a line, its keys in the columns' order; decimals are strings, so that no reader makes floats
//! of them.

use std::io::Write as _;

use super::batch::{Batch, Datum};

/// Appends a row.
pub(super) fn push(batch: &Batch, row: usize, out: &mut Vec<u8>) {
    out.push(b'{');
    for (at, (column, datum)) in batch.sheaf.columns().iter().zip(batch.data(row)).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        string(column.name, out);
        out.push(b':');
        match datum {
            Datum::Null => out.extend_from_slice(b"null"),
            Datum::Text(text) => string(text, out),
            Datum::Number(value) => drop(write!(out, "\"{value}\"")),
            Datum::Count(value) => drop(write!(out, "{value}")),
            Datum::Truth(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        }
    }
    out.extend_from_slice(b"}\n");
}

fn string(text: &str, out: &mut Vec<u8>) {
    // A string cannot fail to be written to memory.
    let written = serde_json::to_writer(&mut *out, text);
    debug_assert!(written.is_ok());
}
