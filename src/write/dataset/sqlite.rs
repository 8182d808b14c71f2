//! Rows → one `SQLite` file, a table for each kind of rows.
//!
//! `SQLite` has no decimals: numbers are texts of their exact digits, with views (`facts_real` …) whose numbers are floats for
//! quick looks.

use std::path::Path;

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Result, ToSql, params_from_iter};

use super::batch::{Batch, Datum};
use super::schema::{ColumnKind, Sheaf, VERSION};

/// A `SQLite` file being written.
pub struct Writer {
    connection: Connection,
}

struct Cell<'a>(Datum<'a>);

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Datum::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Datum::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Datum::Number(value) => ToSqlOutput::Owned(Value::Text(value.to_string())),
            Datum::Count(value) => ToSqlOutput::Owned(Value::Integer(value)),
            Datum::Truth(value) => ToSqlOutput::Owned(Value::Integer(value.into())),
        })
    }
}

impl Writer {
    /// A new file, which must not exist, with empty tables.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        // The file is renamed into place when whole: a journal would only slow it down.
        connection.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA page_size = 8192;
             PRAGMA locking_mode = EXCLUSIVE;",
        )?;
        connection.pragma_update(None, "user_version", VERSION)?;
        for sheaf in Sheaf::ALL {
            connection.execute_batch(&table(sheaf))?;
        }
        connection.execute_batch("BEGIN")?;
        Ok(Self { connection })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, batch: &Batch) -> Result<()> {
        let places = vec!["?"; batch.sheaf.columns().len()].join(",");
        let insert = format!("INSERT INTO {} VALUES ({places})", batch.sheaf.name());
        let mut insert = self.connection.prepare(&insert)?;
        for row in 0..batch.rows() {
            insert.execute(params_from_iter(batch.data(row).map(Cell)))?;
        }
        Ok(())
    }

    /// Makes the indexes and closes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<()> {
        self.connection.execute_batch("COMMIT")?;
        for sheaf in Sheaf::ALL {
            let (name, key) = (sheaf.name(), sheaf.key().join(", "));
            self.connection
                .execute_batch(&format!("CREATE UNIQUE INDEX {name}_key ON {name} ({key})"))?;
        }
        self.connection.close().map_err(|(_, error)| error)
    }
}

fn table(sheaf: Sheaf) -> String {
    let name = sheaf.name();
    let columns = sheaf.columns().iter().map(|column| {
        let kind = match column.kind {
            ColumnKind::Text | ColumnKind::Number => "TEXT",
            ColumnKind::Count | ColumnKind::Truth => "INTEGER",
        };
        format!("\"{}\" {kind}", column.name)
    });
    let mut sql = format!("CREATE TABLE {name} ({});", columns.collect::<Vec<_>>().join(", "));
    if sheaf.columns().iter().any(|column| column.kind == ColumnKind::Number) {
        let columns = sheaf.columns().iter().map(|column| match column.kind {
            ColumnKind::Number => format!("CAST(\"{0}\" AS REAL) AS \"{0}\"", column.name),
            _ => format!("\"{}\"", column.name),
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        sql.push_str(&format!("CREATE VIEW {name}_real AS SELECT {columns} FROM {name};"));
    }
    sql
}
