//! Chunks → the outputs: everything here can be made again at any time.
//!
//! Outputs are written beside the chunks and renamed when all are whole; what describes them comes last.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::chunk::plain;
use super::store::{Store, failed};
use super::{ConvertError, Converted};
use crate::write::dataset::{self, Form, Sheaf, parquet};

/// What describes the outputs.
pub(super) const DESCRIPTION: &str = "datapackage.json";

/// Writes every form from the chunks, in their order, into the folder of the dataset.
pub(super) fn derive(
    output: &Path,
    store: &Store,
    chunks: &[&str],
    forms: &BTreeSet<Form>,
    converted: &mut Converted,
    more: &serde_json::Value,
) -> Result<(), ConvertError> {
    let new = store.folder().join("new");
    let made = fs::create_dir(&new);
    made.map_err(|error| failed(&new, error))?;
    let written = write(&new, store, chunks, forms, converted).and_then(|()| {
        let path = new.join(DESCRIPTION);
        let text = serde_json::to_vec_pretty(&describe(&new, forms, more)).map_err(io::Error::from);
        text.and_then(|text| fs::write(&path, text)).map_err(|error| failed(&path, error))
    });
    if let Err(error) = written {
        // What was not finished is taken away; the outputs of before stand.
        let _ = fs::remove_dir_all(&new);
        return Err(error);
    }
    for name in names(forms).into_iter().chain([DESCRIPTION.to_owned()]) {
        let (from, to) = (new.join(&name), output.join(&name));
        let placed = File::open(&from).and_then(|file| file.sync_all());
        placed.and_then(|()| fs::rename(&from, &to)).map_err(|error| failed(&to, error))?;
    }
    fs::remove_dir_all(&new).map_err(|error| failed(&new, error))
}

/// The names of all outputs.
pub(super) fn names(forms: &BTreeSet<Form>) -> BTreeSet<String> {
    forms.iter().flat_map(|form| Sheaf::ALL.map(|sheaf| form.file(sheaf))).collect()
}

/// The forms in which the dataset of a folder stands there already.
pub(super) fn standing(output: &Path) -> BTreeSet<Form> {
    let described = fs::read(output.join(DESCRIPTION)).ok();
    let described: Option<serde_json::Value> =
        described.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let resources = described.as_ref().and_then(|all| all["resources"].as_array());
    let formats: BTreeSet<&str> = resources
        .into_iter()
        .flatten()
        .filter_map(|resource| resource["format"].as_str())
        .collect();
    Form::ALL.into_iter().filter(|form| formats.contains(form.ending())).collect()
}

fn describe(new: &Path, forms: &BTreeSet<Form>, more: &serde_json::Value) -> serde_json::Value {
    let mut outputs = Vec::new();
    for form in forms {
        outputs.extend(Sheaf::ALL.map(|sheaf| (sheaf, form.file(sheaf), form.ending())));
    }
    let mut package = dataset::datapackage(&outputs, more);
    for resource in package["resources"].as_array_mut().into_iter().flatten() {
        let size = resource["path"].as_str().and_then(|path| fs::metadata(new.join(path)).ok());
        resource["bytes"] = size.map(|data| data.len()).into();
    }
    package
}

/// An output of one kind of rows.
struct Lines {
    path: PathBuf,
    form: Form,
    file: BufWriter<File>,
    buffer: Vec<u8>,
}

fn write(
    new: &Path,
    store: &Store,
    chunks: &[&str],
    forms: &BTreeSet<Form>,
    converted: &mut Converted,
) -> Result<(), ConvertError> {
    #[cfg(feature = "sqlite")]
    let database = new.join(Form::Sqlite.file(Sheaf::Files));
    #[cfg(feature = "sqlite")]
    let mut sqlite = if forms.contains(&Form::Sqlite) {
        Some(dataset::sqlite::Writer::new(&database).map_err(|error| odd(&database, error))?)
    } else {
        None
    };
    let workbook = new.join(Form::Xlsx.file(Sheaf::Files));
    let mut xlsx = if forms.contains(&Form::Xlsx) {
        Some(dataset::xlsx::Writer::new().map_err(|error| odd(&workbook, error))?)
    } else {
        None
    };
    for (kind, sheaf) in Sheaf::ALL.into_iter().enumerate() {
        if let Some(xlsx) = &mut xlsx {
            xlsx.begin(sheaf).map_err(|error| odd(&workbook, error))?;
        }
        let mut lines = Vec::new();
        for form in forms.iter().filter(|form| matches!(form, Form::Csv | Form::Jsonl)) {
            lines.push(Lines::new(new, *form, sheaf)?);
        }
        let mut joined =
            if forms.contains(&Form::Parquet) { Some(Joined::new(new, sheaf)?) } else { None };
        let decodes = forms.iter().any(|form| *form != Form::Parquet);
        for chunk in chunks {
            let path = store.chunk(chunk).join(format!("{}.parquet", sheaf.name()));
            let file = File::open(&path).map_err(|error| failed(&path, error))?;
            let reader = parquet::open(&file).map_err(|error| failed(&path, plain(error)))?;
            if let Some(joined) = &mut joined {
                let appended = joined.writer.append(&file, &reader);
                appended.map_err(|error| failed(&joined.path, plain(error)))?;
            }
            let rows = reader_rows(&reader);
            converted.rows[kind] += rows;
            if !decodes || rows == 0 {
                continue;
            }
            let mut trouble = None;
            let read = parquet::read(sheaf, &reader, |batch| {
                let mut put = || -> Result<(), ConvertError> {
                    for output in &mut lines {
                        converted.neutralised += output.write(batch)?;
                    }
                    #[cfg(feature = "sqlite")]
                    if let Some(sqlite) = &mut sqlite {
                        sqlite.write(batch).map_err(|error| odd(&database, error))?;
                    }
                    if let Some(xlsx) = &mut xlsx {
                        xlsx.write(batch).map_err(|error| odd(&workbook, error))?;
                    }
                    Ok(())
                };
                put().map_err(|error| {
                    trouble = Some(error);
                    ::parquet::errors::ParquetError::General(String::new())
                })
            });
            if let Some(error) = trouble {
                return Err(error);
            }
            read.map_err(|error| failed(&path, plain(error)))?;
        }
        for output in lines {
            output.finish()?;
        }
        if let Some(joined) = joined {
            joined.finish()?;
        }
    }
    #[cfg(feature = "sqlite")]
    if let Some(sqlite) = sqlite {
        sqlite.finish().map_err(|error| odd(&database, error))?;
    }
    if let Some(xlsx) = xlsx {
        xlsx.finish(&workbook).map_err(|error| odd(&workbook, error))?;
    }
    Ok(())
}

fn reader_rows(reader: &impl ::parquet::file::reader::FileReader) -> u64 {
    reader.metadata().file_metadata().num_rows().try_into().unwrap_or(0)
}

fn odd(path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> ConvertError {
    failed(path, io::Error::other(error))
}

/// Bytes after which lines go into their file.
const POURED: usize = 1 << 20;

impl Lines {
    fn new(new: &Path, form: Form, sheaf: Sheaf) -> Result<Self, ConvertError> {
        let path = new.join(form.file(sheaf));
        let file = File::create_new(&path).map_err(|error| failed(&path, error))?;
        let buffer = if form == Form::Csv { dataset::csv_head(sheaf) } else { Vec::new() };
        Ok(Self { path, form, file: BufWriter::with_capacity(1 << 18, file), buffer })
    }

    fn write(&mut self, batch: &dataset::Batch) -> Result<u64, ConvertError> {
        let mut changed = 0;
        for row in 0..batch.rows() {
            if self.form == Form::Csv {
                changed += dataset::push_csv(batch, row, &mut self.buffer);
            } else {
                dataset::push_jsonl(batch, row, &mut self.buffer);
            }
            // Texts that a batch holds once may stand in every row.
            if self.buffer.len() >= POURED {
                self.pour()?;
            }
        }
        self.pour()?;
        Ok(changed)
    }

    fn pour(&mut self) -> Result<(), ConvertError> {
        let poured = self.file.write_all(&self.buffer);
        self.buffer.clear();
        poured.map_err(|error| failed(&self.path, error))
    }

    fn finish(mut self) -> Result<(), ConvertError> {
        self.pour()?;
        self.file.flush().map_err(|error| failed(&self.path, error))
    }
}

/// A .parquet made of those of the chunks.
struct Joined {
    path: PathBuf,
    writer: parquet::Writer<BufWriter<File>>,
}

impl Joined {
    fn new(new: &Path, sheaf: Sheaf) -> Result<Self, ConvertError> {
        let path = new.join(Form::Parquet.file(sheaf));
        let file = File::create_new(&path).map_err(|error| failed(&path, error))?;
        let writer = parquet::Writer::new(sheaf, BufWriter::with_capacity(1 << 18, file));
        let writer = writer.map_err(|error| failed(&path, plain(error)))?;
        Ok(Self { path, writer })
    }

    fn finish(self) -> Result<(), ConvertError> {
        let path = self.path;
        let written = self.writer.finish().map_err(plain).and_then(|mut file| file.flush());
        written.map_err(|error| failed(&path, error))
    }
}
