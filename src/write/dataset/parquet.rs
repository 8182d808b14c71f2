//! Rows ↔ .parquet: row groups that are made apart, on several cores, and put together without being decoded.
//!
//! A file holds nothing that depends on when or where it was written: the same rows give the same bytes.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::column::reader::ColumnReader;
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int64Type,
};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::file::reader::{ChunkReader, FileReader as _};
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use super::batch::{Batch, NULL, SCALE, Values};
use super::schema::{ColumnKind, Sheaf, VERSION};

/// Digits of a number.
const PRECISION: i32 = 38;

/// A .parquet being written.
pub struct Writer<W: Write + Send> {
    file: SerializedFileWriter<W>,
}

impl<W: Write + Send> Writer<W> {
    /// A file for rows of one kind.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(sheaf: Sheaf, out: W) -> Result<Self> {
        let file = SerializedFileWriter::new(out, schema(sheaf)?, properties())?;
        Ok(Self { file })
    }

    /// Writes rows as a row group.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, batch: &Batch) -> Result<()> {
        if batch.rows() == 0 {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        for values in &batch.columns {
            let Some(mut column) = group.next_column()? else { break };
            match values {
                Values::Text(texts) => {
                    let bytes = Bytes::copy_from_slice(&texts.bytes);
                    let (levels, spans) =
                        present(&texts.spans, |span| (*span != NULL).then_some(*span));
                    let values: Vec<ByteArray> = spans
                        .into_iter()
                        .map(|(start, end)| bytes.slice(start as usize..end as usize).into())
                        .collect();
                    column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
                }
                Values::Number(numbers) => {
                    let mut levels = Vec::with_capacity(batch.rows());
                    let mut bytes = Vec::with_capacity(batch.rows() * 16);
                    for number in numbers.scaled() {
                        levels.push(i16::from(number.is_some()));
                        bytes.extend(number.into_iter().flat_map(i128::to_be_bytes));
                    }
                    let bytes = Bytes::from(bytes);
                    let value =
                        |at: usize| ByteArray::from(bytes.slice(at * 16..at * 16 + 16)).into();
                    let values: Vec<FixedLenByteArray> = (0..bytes.len() / 16).map(value).collect();
                    column.typed::<FixedLenByteArrayType>().write_batch(
                        &values,
                        Some(&levels),
                        None,
                    )?;
                }
                Values::Count(counts) => {
                    let (levels, values) = present(counts, |count| *count);
                    column.typed::<Int64Type>().write_batch(&values, Some(&levels), None)?;
                }
                Values::Truth(truths) => {
                    let (levels, values) = present(truths, |truth| *truth);
                    column.typed::<BoolType>().write_batch(&values, Some(&levels), None)?;
                }
            }
            column.close()?;
        }
        group.close()?;
        Ok(())
    }

    /// Appends the row groups of a file of the same kind, one of [`packed`], as they stand.
    ///
    /// # Errors
    /// When it is no such file, or cannot be written.
    pub fn append(&mut self, file: &Bytes) -> Result<()> {
        let reader = SerializedFileReader::new(file.clone())?;
        for group in reader.metadata().row_groups() {
            let mut out = self.file.next_row_group()?;
            for column in group.columns() {
                let close = ColumnCloseResult {
                    bytes_written: column.compressed_size() as u64,
                    rows_written: group.num_rows() as u64,
                    metadata: column.clone(),
                    bloom_filter: None,
                    column_index: None,
                    offset_index: None,
                };
                out.append_column(file, close)?;
            }
            out.close()?;
        }
        Ok(())
    }

    /// Ends the file and gives back what it was written to.
    ///
    /// # Errors
    /// When its end cannot be written.
    pub fn finish(self) -> Result<W> {
        self.file.into_inner()
    }
}

/// The error of the system behind one of Parquet's.
pub fn plain(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        error => io::Error::other(error),
    }
}

/// Rows as a whole .parquet in memory, to be [appended](Writer::append).
///
/// # Errors
/// When it cannot be made.
pub fn packed(batch: &Batch) -> Result<Bytes> {
    let mut writer = Writer::new(batch.sheaf, Vec::new())?;
    writer.write(batch)?;
    writer.finish().map(Bytes::from)
}

/// Opens a .parquet.
///
/// # Errors
/// When it is none.
pub fn open(file: &File) -> Result<SerializedFileReader<File>> {
    SerializedFileReader::new(
        file.try_clone().map_err(|error| ParquetError::External(error.into()))?,
    )
}

/// Calls `visit` with the rows of each row group.
///
/// # Errors
/// When the file cannot be read, or `visit` fails.
pub fn read<R: ChunkReader + 'static>(
    sheaf: Sheaf,
    reader: &SerializedFileReader<R>,
    mut visit: impl FnMut(&Batch) -> Result<()>,
) -> Result<()> {
    if reader.metadata().file_metadata().schema() != schema(sheaf)?.as_ref() {
        return Err(ParquetError::General("the columns are of another version".to_owned()));
    }
    for at in 0..reader.num_row_groups() {
        let group = reader.get_row_group(at)?;
        let rows = group.metadata().num_rows() as usize;
        let mut batch = Batch::new(sheaf);
        batch.set_rows(rows);
        for (column, values) in batch.columns.iter_mut().enumerate() {
            fill(group.get_column_reader(column)?, rows, values)?;
        }
        visit(&batch)?;
    }
    Ok(())
}

fn fill(reader: ColumnReader, rows: usize, into: &mut Values) -> Result<()> {
    let mut levels = Vec::with_capacity(rows);
    match (reader, into) {
        (ColumnReader::ByteArrayColumnReader(mut reader), Values::Text(texts)) => {
            let mut values = Vec::new();
            reader.read_records(rows, Some(&mut levels), None, &mut values)?;
            let mut values = values.iter();
            for level in levels {
                match (level > 0).then(|| values.next()).flatten() {
                    Some(value) => texts.push(value.data()),
                    None => texts.spans.push(NULL),
                }
            }
        }
        (ColumnReader::FixedLenByteArrayColumnReader(mut reader), Values::Number(numbers)) => {
            let mut values = Vec::new();
            reader.read_records(rows, Some(&mut levels), None, &mut values)?;
            let values = values.iter().filter_map(|value| value.data().try_into().ok());
            let mut values = values.map(i128::from_be_bytes);
            for level in &levels {
                numbers.push_scaled((*level > 0).then(|| values.next()).flatten());
            }
        }
        (ColumnReader::Int64ColumnReader(mut reader), Values::Count(counts)) => {
            let mut values = Vec::new();
            reader.read_records(rows, Some(&mut levels), None, &mut values)?;
            absent(&levels, values.into_iter(), counts);
        }
        (ColumnReader::BoolColumnReader(mut reader), Values::Truth(truths)) => {
            let mut values = Vec::new();
            reader.read_records(rows, Some(&mut levels), None, &mut values)?;
            absent(&levels, values.into_iter(), truths);
        }
        _ => return Err(ParquetError::General("a column of another type".to_owned())),
    }
    Ok(())
}

fn absent<T>(levels: &[i16], mut values: impl Iterator<Item = T>, into: &mut Vec<Option<T>>) {
    into.extend(levels.iter().map(|level| (*level > 0).then(|| values.next()).flatten()));
}

/// Which values are there, and those that are.
fn present<T, V>(all: &[T], value: impl Fn(&T) -> Option<V>) -> (Vec<i16>, Vec<V>) {
    let mut levels = Vec::with_capacity(all.len());
    let mut values = Vec::with_capacity(all.len());
    for one in all {
        let value = value(one);
        levels.push(i16::from(value.is_some()));
        values.extend(value);
    }
    (levels, values)
}

fn properties() -> WriterPropertiesPtr {
    let version = KeyValue::new("gouji.schema".to_owned(), VERSION.to_string());
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(concat!("gouji ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_offset_index_disabled(true)
        .set_key_value_metadata(Some(vec![version]))
        .build();
    Arc::new(properties)
}

/// The columns as Parquet describes them. All may be empty, so that every reader treats them alike.
fn schema(sheaf: Sheaf) -> Result<TypePtr> {
    let fields = sheaf.columns().iter().map(|column| {
        let (physical, logical) = match column.kind {
            ColumnKind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            ColumnKind::Number => {
                let decimal = LogicalType::decimal(SCALE as i32, PRECISION);
                (Physical::FIXED_LEN_BYTE_ARRAY, Some(decimal))
            }
            ColumnKind::Count => (Physical::INT64, None),
            ColumnKind::Truth => (Physical::BOOLEAN, None),
        };
        let mut builder = Type::primitive_type_builder(column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical);
        if column.kind == ColumnKind::Number {
            builder = builder.with_length(16).with_precision(PRECISION).with_scale(SCALE as i32);
        }
        Ok(Arc::new(builder.build()?))
    });
    let fields = fields.collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(Type::group_type_builder(sheaf.name()).with_fields(fields).build()?))
}
