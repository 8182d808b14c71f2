//! Report → rows of normalized data: files, tables, facts, checks, findings; as .csv or JSON Lines.
//!
//! One row of `facts` is one number, traceable to file (by SHA-256), sheet and cell. Values are decimal strings, never
//! floats. Columns are only ever added at the end.

mod csv;
mod jsonl;
mod rows;

pub(super) use csv::is_dangerous;
pub use rows::{Subject, refused, rows};

/// The kinds of rows, in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sheaf {
    /// One row a file, refused ones too.
    Files,
    /// One row a table.
    Tables,
    /// One row a number.
    Facts,
    /// One row a check.
    Checks,
    /// One row a finding.
    Findings,
}

impl Sheaf {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Files, Self::Tables, Self::Facts, Self::Checks, Self::Findings];

    /// The name of its output, without ending.
    pub fn name(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Tables => "tables",
            Self::Facts => "facts",
            Self::Checks => "checks",
            Self::Findings => "findings",
        }
    }

    /// The names of its columns.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Files => rows::FILES,
            Self::Tables => rows::TABLES,
            Self::Facts => rows::FACTS,
            Self::Checks => rows::CHECKS,
            Self::Findings => rows::FINDINGS,
        }
    }
}

/// What stands in a column of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum {
    /// Nothing known.
    Null,
    /// Words.
    Text(String),
    /// A decimal, written as it is.
    Number(crate::number::Decimal),
    /// A count or an id.
    Count(u64),
    /// A whole number that may be below zero.
    Whole(i64),
    /// Yes or no.
    Truth(bool),
}

/// One row, as many data as its kind has columns.
pub type Row = Vec<Datum>;

/// The form of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// Comma-separated, UTF-8 with a byte order mark, CR LF, so that Excel opens it as it is.
    Csv,
    /// One JSON object a line, UTF-8.
    Jsonl,
}

impl Form {
    /// The ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    /// What stands before the first row.
    pub fn head(self, sheaf: Sheaf) -> Vec<u8> {
        match self {
            Self::Csv => csv::head(sheaf.columns()),
            Self::Jsonl => Vec::new(),
        }
    }

    /// Appends a row; returns how many texts were changed so that no spreadsheet takes them for a formula.
    pub fn push(self, sheaf: Sheaf, row: &Row, out: &mut Vec<u8>) -> u64 {
        debug_assert_eq!(row.len(), sheaf.columns().len(), "{}", sheaf.name());
        match self {
            Self::Csv => csv::push(row, out),
            Self::Jsonl => {
                jsonl::push(sheaf.columns(), row, out);
                0
            }
        }
    }
}
