//! Report → rows of normalized data: files, tables, lines, facts, checks, findings; as Parquet, `SQLite`, .csv, JSON Lines, .xlsx.
//!
//! One row of `facts` is one number, traceable to file (by SHA-256), sheet and cell. Values are decimals, never floats.
//! Rows are held by column ([`Batch`]); every form of output is written from those.

mod batch;
mod csv;
mod jsonl;
#[cfg(feature = "parquet")]
pub mod kept;
mod lines;
mod manifest;
#[cfg(feature = "parquet")]
pub mod parquet;
mod rows;
mod schema;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod whose;
#[cfg(feature = "parquet")]
pub mod xlsx;

use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::model::hexadecimal;

pub use batch::{Batch, Datum};
pub(super) use csv::is_dangerous;
pub use manifest::Listed;
pub use rows::{Rows, Subject};
pub use schema::{Column, ColumnKind, Sheaf, VERSION, datapackage};

/// The form of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
pub enum Form {
    /// One .parquet for each kind of rows.
    Parquet,
    /// One `SQLite` file with a table for each kind of rows.
    Sqlite,
    /// Comma-separated, UTF-8 with a byte order mark, CR LF, so that Excel opens it as it is.
    Csv,
    /// One JSON object a line, UTF-8.
    Jsonl,
    /// One workbook with a sheet for each kind of rows.
    Xlsx,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Parquet, Self::Sqlite, Self::Csv, Self::Jsonl, Self::Xlsx];

    /// Whether it is lines one after the other, so that the rows of some files can be written apart from the others'.
    pub fn is_lines(self) -> bool {
        matches!(self, Self::Csv | Self::Jsonl)
    }

    /// The ending of its files, which is its name too.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Sqlite => "sqlite",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Xlsx => "xlsx",
        }
    }

    /// The file of one kind of rows; a form that keeps all kinds in one file has one name.
    pub fn file(self, sheaf: Sheaf) -> String {
        match self {
            Self::Parquet | Self::Csv | Self::Jsonl => {
                format!("{}.{}", sheaf.name(), self.ending())
            }
            Self::Sqlite | Self::Xlsx => format!("gouji.{}", self.ending()),
        }
    }
}

/// Appends some rows in a form of lines, calling `full` after each; returns how many texts were changed.
///
/// # Errors
/// Those of `full`, which may write out and clear what there is.
pub fn push_lines<E>(
    form: Form,
    batch: &Batch,
    rows: Range<usize>,
    out: &mut Vec<u8>,
    full: impl FnMut(&mut Vec<u8>) -> Result<(), E>,
) -> Result<u64, E> {
    if form == Form::Csv {
        csv::push(batch, rows, out, full)
    } else {
        push_jsonl(batch, rows, out, full).map(|()| 0)
    }
}

/// What stands before the first row of a .csv.
pub fn csv_head(sheaf: Sheaf) -> Vec<u8> {
    csv::head(sheaf)
}

/// Appends some rows as JSON Lines, calling `full` after each.
fn push_jsonl<E>(
    batch: &Batch,
    mut rows: Range<usize>,
    out: &mut Vec<u8>,
    mut full: impl FnMut(&mut Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    rows.try_for_each(|row| {
        jsonl::push(batch, row, out);
        full(out)
    })
}

/// The id of a file: the first 16 hexadecimal digits of its path's SHA-256.
///
/// It depends on nothing but the path, so that parts of a tree can be converted apart and put together.
pub fn file_id(path: &[u8]) -> String {
    hexadecimal(&Sha256::digest(path)[..8])
}
