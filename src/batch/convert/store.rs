//! The folder of a dataset: its lock, its chunks, and what they say of themselves.
//!
//! A chunk is a folder that is renamed into place when whole. Its record is forced to the disk before; sizes and checksums
//! in it tell whether the rest arrived there too, so that one flush a chunk is enough.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ConvertError;
use super::chunk::{self, Done};
use super::plan::Plan;
use super::walk::{STATE, Stamp};
use crate::model::ReadErrorCode;
use crate::write::dataset::{Batch, Listed, Sheaf, parquet};

/// What stands beside the rows of a chunk.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Record {
    pub(super) done: Done,
    pub(super) stamps: Vec<Stamp>,
    /// Paths for messages.
    pub(super) paths: Vec<String>,
}

/// What the name of a chunk ends with that is not whole yet, and of one that another takes the place of.
const PART: &str = "-part";
const OLD: &str = "-old";

/// The state of one dataset, held by this process alone.
pub(super) struct Store {
    folder: PathBuf,
    _lock: File,
}

/// The order of the chunks of the whole, for `gouji merge`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Order {
    pub(super) job: String,
    pub(super) chunks: Vec<String>,
    pub(super) left_out: u64,
}

impl Store {
    /// Opens the state in a folder, which is made.
    pub(super) fn open(output: &Path) -> Result<Self, ConvertError> {
        let folder = output.join(STATE);
        let chunks = folder.join("chunks");
        fs::create_dir_all(&chunks).map_err(|error| failed(&chunks, error))?;
        let path = folder.join("lock");
        let lock = claim(&path)
            .map_err(|error| failed(&path, error))?
            .ok_or_else(|| ConvertError::Busy(output.to_owned()))?;
        let store = Self { folder, _lock: lock };
        store.tidy().map_err(|error| failed(&chunks, error))?;
        Ok(store)
    }

    /// The folder itself.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn chunk(&self, name: &str) -> PathBuf {
        self.folder.join("chunks").join(name)
    }

    /// Where a chunk is written before it is whole.
    pub(super) fn part(&self, name: &str) -> PathBuf {
        self.folder.join("chunks").join(format!("{name}{PART}"))
    }

    fn old(&self, name: &str) -> PathBuf {
        self.folder.join("chunks").join(format!("{name}{OLD}"))
    }

    /// The names of all chunks.
    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.folder.join("chunks"))? {
            names.extend(entry?.file_name().into_string());
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Takes away what a killed run left half-done.
    fn tidy(&self) -> io::Result<()> {
        for name in self.names()? {
            if let Some(whole) = name.strip_suffix(OLD) {
                if self.chunk(whole).exists() {
                    fs::remove_dir_all(self.old(whole))?;
                } else {
                    fs::rename(self.old(whole), self.chunk(whole))?;
                }
            } else if name.ends_with(PART) {
                fs::remove_dir_all(self.chunk(&name))?;
            }
        }
        let _ = fs::remove_dir_all(self.folder.join("new"));
        Ok(())
    }

    /// What a chunk says of itself; none where it is not there or says nothing that can be read.
    pub(super) fn record(&self, name: &str) -> Option<Record> {
        serde_json::from_slice(&fs::read(self.chunk(name).join("chunk.json")).ok()?).ok()
    }

    /// Whether the files of a chunk are those that it says.
    pub(super) fn is_whole(&self, name: &str, record: &Record) -> bool {
        let folder = self.chunk(name);
        let whole = |(sheaf, (bytes, sum)): (Sheaf, &(u64, u32))| {
            let path = folder.join(chunk::file(sheaf));
            summed(&path).is_ok_and(|found| found == (*bytes, *sum))
        };
        record.done.parts.len() == Sheaf::ALL.len()
            && Sheaf::ALL.into_iter().zip(&record.done.parts).all(whole)
    }

    /// Makes an empty folder for a chunk to be written in.
    pub(super) fn begin(&self, name: &str) -> Result<(), ConvertError> {
        let path = self.part(name);
        fs::create_dir(&path).map_err(|error| failed(&path, error))
    }

    /// Gives up a chunk that is not whole.
    pub(super) fn abandon(&self, name: &str) {
        let _ = fs::remove_dir_all(self.part(name));
    }

    /// Takes a chunk in: from here on it is part of the dataset.
    pub(super) fn commit(&self, name: &str, record: &Record) -> Result<(), ConvertError> {
        let (part, chunk, old) = (self.part(name), self.chunk(name), self.old(name));
        let path = part.join("chunk.json");
        let written = serde_json::to_vec(record).map_err(io::Error::from).and_then(|bytes| {
            let mut file = File::create(&path)?;
            file.write_all(&bytes)?;
            file.sync_all()
        });
        written.map_err(|error| failed(&path, error))?;
        if chunk.exists() {
            fs::rename(&chunk, &old).map_err(|error| failed(&chunk, error))?;
        }
        fs::rename(&part, &chunk).map_err(|error| failed(&chunk, error))?;
        let _ = fs::remove_dir_all(&old);
        Ok(())
    }

    /// Takes away a chunk that is no longer part of the dataset.
    pub(super) fn remove(&self, name: &str) {
        let _ = fs::remove_dir_all(self.chunk(name));
    }

    /// Writes down what was found, before any of it is read.
    pub(super) fn put_manifest(&self, plan: &Plan) -> Result<(), ConvertError> {
        let mut rows = Batch::new(Sheaf::Manifest);
        for chunk in &plan.chunks {
            for at in chunk.range.clone() {
                let source = &plan.sources[at];
                let error = source.refused.as_ref().and_then(|error| word(error.code));
                Listed {
                    id: &source.id,
                    path: &source.path,
                    path_bytes: source.path_bytes.as_deref(),
                    bytes: source.bytes,
                    modified: source.stamp.microseconds(),
                    duplicate_of: plan.duplicates[at].as_ref().map(|(twin, _)| twin.as_str()),
                    error: error.as_deref(),
                    chunk: &chunk.name,
                    shard: chunk.shard,
                }
                .push(&mut rows);
            }
        }
        let (path, part) =
            (self.folder.join("manifest.parquet"), self.folder.join("manifest.parquet.part"));
        let written = File::create(&part).and_then(|file| {
            let mut writer = parquet::Writer::new(Sheaf::Manifest, file).map_err(parquet::plain)?;
            writer.write(&rows).and_then(|()| writer.finish()).map_err(parquet::plain)
        });
        written.and_then(|_| fs::rename(&part, &path)).map_err(|error| failed(&path, error))
    }

    /// Writes the order of the chunks down.
    pub(super) fn put_order(&self, order: &Order) -> Result<(), ConvertError> {
        let (path, part) = (self.folder.join("order.json"), self.folder.join("order.json.part"));
        let written = serde_json::to_vec(order)
            .map_err(io::Error::from)
            .and_then(|bytes| fs::write(&part, bytes))
            .and_then(|()| fs::rename(&part, &path));
        written.map_err(|error| failed(&path, error))
    }

    /// The order of the chunks, where one was written down.
    pub(super) fn order(&self) -> Option<Order> {
        serde_json::from_slice(&fs::read(self.folder.join("order.json")).ok()?).ok()
    }
}

/// Opens the lock for this run alone; `None` while another has it.
fn claim(path: &Path) -> io::Result<Option<File>> {
    let file = File::options().create(true).write(true).truncate(false).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Size and checksum of a file.
fn summed(path: &Path) -> io::Result<(u64, u32)> {
    let mut file = File::open(path)?;
    let (mut bytes, mut sum) = (0, flate2::Crc::new());
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, sum.sum()));
        }
        sum.update(&buffer[..read]);
        bytes += read as u64;
    }
}

pub(super) fn failed(path: &Path, error: io::Error) -> ConvertError {
    ConvertError::Write { path: path.to_owned(), error }
}

/// The word of a code in reports.
fn word(code: ReadErrorCode) -> Option<String> {
    serde_json::to_value(code).ok()?.as_str().map(str::to_owned)
}
