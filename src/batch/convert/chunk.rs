//! One chunk: some files → one folder with a file of rows for each kind. The unit of work, of commit and of resuming.
//!
//! A task and what came of it are plain data, so that a child process can do it.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::walk::Source;
use crate::batch::archive::Opener;
use crate::batch::archive::Place;
use crate::model::{ReadError, ReadErrorCode, Text, hexadecimal};
use crate::pipeline::{self, Input, Options};
use crate::read::Limits;
use crate::write::dataset::{self, Batch, Form, Rows, Sheaf, Subject, kept, parquet};

/// Rows of a kind, and bytes of their texts, that are held before they are written out.
const HELD: (usize, usize) = (65_536, 32 << 20);

/// Rows of which lines are made at once: few enough that what they are made of is still at hand.
const LINED: usize = 512;

/// Bytes after which lines that are made piece by piece go into their file.
pub(super) const POURED: usize = 1 << 20;

/// What to do.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Task {
    /// The folder of the chunk; it exists and is empty.
    pub(super) folder: PathBuf,
    pub(super) files: Vec<TaskFile>,
    /// The forms of lines that are wanted beside the rows.
    #[serde(default)]
    pub(super) lines: BTreeSet<Form>,
}

/// One file of a task.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TaskFile {
    pub(super) id: String,
    pub(super) path: String,
    pub(super) path_bytes: Option<String>,
    pub(super) place: Place,
    pub(super) refused: Option<Refusal>,
    /// The file whose data stand for this one's, and the sum of both.
    pub(super) duplicate_of: Option<(String, String)>,
    pub(super) bytes: u64,
}

/// A [`ReadError`] as plain data.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Refusal {
    code: ReadErrorCode,
    message: (String, String),
    hint: (String, String),
}

impl From<&ReadError> for Refusal {
    fn from(error: &ReadError) -> Self {
        let pair = |text: &Text| (text.zh.clone(), text.en.clone());
        Self { code: error.code, message: pair(&error.message), hint: pair(&error.hint) }
    }
}

impl Refusal {
    fn error(&self) -> ReadError {
        let text = |(zh, en): &(String, String)| Text::new(zh.as_str(), en.as_str());
        ReadError::new(self.code, text(&self.message), text(&self.hint))
    }
}

impl Task {
    /// Files whose rows are to be written into a folder, which exists and is empty.
    pub fn new(folder: PathBuf, files: Vec<TaskFile>) -> Self {
        Self { folder, files, lines: BTreeSet::new() }
    }

    /// How many files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The path of a file as reports give it.
    pub fn path(&self, file: usize) -> &str {
        &self.files[file].path
    }

    /// Says that a file cannot be read, for instance because a process died of it.
    pub fn refuse(&mut self, file: usize, error: &ReadError) {
        self.files[file].refused = Some(error.into());
    }

    /// The files.
    pub fn into_files(self) -> Vec<TaskFile> {
        self.files
    }

    /// Empties the folder for another try.
    ///
    /// # Errors
    /// When it cannot be emptied.
    pub fn clear(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            fs::remove_file(entry?.path())?;
        }
        Ok(())
    }
}

impl TaskFile {
    /// Its id: see [`crate::write::dataset::file_id`].
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its path as reports give it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its size when it was listed.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn new(source: &Source, duplicate_of: Option<(String, String)>) -> Self {
        Self {
            id: source.id.clone(),
            path: source.path.clone(),
            path_bytes: source.path_bytes.clone(),
            place: source.place.clone(),
            refused: source.refused.as_deref().map(Refusal::from),
            duplicate_of,
            bytes: source.bytes,
        }
    }
}

/// What came of a task.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Done {
    pub(super) files: Vec<DoneFile>,
    /// Size and checksum of each kind's file.
    pub(super) parts: Vec<(u64, u32)>,
    /// Rows of each kind.
    pub(super) rows: Vec<u64>,
    /// How many texts were changed in the lines that stand beside the rows. Those are for this run alone: no sum says that
    /// they are whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) changed: Option<u64>,
}

/// What came of one file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct DoneFile {
    pub(super) id: String,
    pub(super) bytes: u64,
    pub(super) sha256: Option<String>,
    pub(super) error: Option<ReadErrorCode>,
    pub(super) duplicate_of: Option<String>,
}

impl DoneFile {
    /// Why it could not be read.
    pub fn error(&self) -> Option<ReadErrorCode> {
        self.error
    }

    /// Its size.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Something that happens during a task.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum Step {
    /// A file is begun.
    Begun(usize),
    /// A file is done.
    Ended(usize, DoneFile),
}

/// Does a task in this process.
///
/// # Errors
/// When the chunk cannot be written.
pub fn perform(
    task: &Task,
    options: &Options,
    limits: &Limits,
    told: &mut dyn FnMut(Step),
) -> Result<Done, (PathBuf, io::Error)> {
    let mut writing = Writing::new(&task.folder, &task.lines)?;
    let mut opener = Opener::new(limits);
    let mut files = Vec::with_capacity(task.files.len());
    for (at, file) in task.files.iter().enumerate() {
        told(Step::Begun(at));
        let done = one(file, options, limits, &mut opener, &mut writing);
        if let Some(error) = writing.failed.take() {
            return Err(error);
        }
        told(Step::Ended(at, done.clone()));
        files.push(done);
    }
    let (parts, rows, changed) = writing.finish()?;
    let changed = (!task.lines.is_empty()).then_some(changed);
    Ok(Done { files, parts, rows, changed })
}

fn one(
    file: &TaskFile,
    options: &Options,
    limits: &Limits,
    opener: &mut Opener,
    writing: &mut Writing,
) -> DoneFile {
    let mut subject = Subject {
        id: &file.id,
        path: &file.path,
        path_bytes: file.path_bytes.as_deref(),
        bytes: Some(file.bytes),
        duplicate_of: None,
    };
    let mut done = DoneFile {
        id: file.id.clone(),
        bytes: file.bytes,
        sha256: None,
        error: None,
        duplicate_of: None,
    };
    if let Some((twin, sha256)) = &file.duplicate_of {
        subject.duplicate_of = Some(twin);
        writing.rows.add_duplicate(&subject, sha256);
        done.sha256 = Some(sha256.clone());
        done.duplicate_of = Some(twin.clone());
        return done;
    }
    let read = match &file.refused {
        Some(refusal) => Err(refusal.error()),
        None => opener.read(&file.place),
    };
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(error) => {
            writing.rows.add_refused(&subject, "", &error);
            done.error = Some(error.code);
            return done;
        }
    };
    // Size and sum are of the bytes that are read, whatever became of the file since it was listed.
    done.bytes = bytes.len() as u64;
    subject.bytes = Some(done.bytes);
    let input = [Input { path: file.path.clone(), bytes: Ok(bytes) }];
    // A defect in a reader costs one file, not the archive.
    let checked = catch_unwind(AssertUnwindSafe(|| pipeline::run(&input, options, limits)));
    if let Ok(report) = checked {
        let whole = report.packet.files.first();
        done.sha256 = whole.map(|file| file.sha256.clone());
        done.error = whole.and_then(|file| file.error.as_ref()).map(|error| error.code);
        let Writing { rows, parts, buffer, failed } = writing;
        rows.add(&subject, &report, &mut |rows| {
            if let Err(error) = flush(rows, parts, buffer, false)
                && failed.is_none()
            {
                *failed = Some(error);
            }
        });
    } else {
        let error = crashed();
        let [Input { bytes, .. }] = &input;
        let sha256 = bytes.as_ref().map(|bytes| hexadecimal(&Sha256::digest(bytes)));
        let sha256 = sha256.unwrap_or_default();
        writing.rows.add_refused(&subject, &sha256, &error);
        done.error = Some(error.code);
        done.sha256 = Some(sha256);
    }
    done
}

fn crashed() -> ReadError {
    ReadError::new(
        ReadErrorCode::Crashed,
        Text::new("处理此文件时程序出错，已跳过", "the program failed on this file and went on"),
        Text::new("请把文件发给维护者", "please send the file to the maintainers"),
    )
}

/// The file of a chunk that holds rows of one kind.
pub(super) fn file(sheaf: Sheaf) -> String {
    format!("{}.rows", sheaf.name())
}

/// Makes .parquet of the rows that a task has left in its folder, and takes those away: what other programs read.
///
/// # Errors
/// When the rows cannot be read or the files not be written.
pub fn publish(folder: &Path) -> Result<(), (PathBuf, io::Error)> {
    for sheaf in Sheaf::ALL {
        let (from, to) = (folder.join(file(sheaf)), folder.join(Form::Parquet.file(sheaf)));
        let made = || -> io::Result<()> {
            let rows = File::open(&from)?;
            let length = rows.metadata()?.len();
            let out = File::create(&to)?;
            let mut writer = parquet::Writer::new(sheaf, out).map_err(parquet::plain)?;
            for packed in kept::Reader::new(sheaf, rows, length)? {
                writer.write(&packed?.batch()?).map_err(parquet::plain)?;
            }
            writer.finish().map_err(parquet::plain)?.sync_all()
        };
        made().map_err(|error| (to, error))?;
        fs::remove_file(&from).map_err(|error| (from, error))?;
    }
    Ok(())
}

/// The files of a chunk while they are written.
struct Writing {
    rows: Rows,
    parts: Vec<Part>,
    /// Where rows are put together.
    buffer: Vec<u8>,
    failed: Option<(PathBuf, io::Error)>,
}

thread_local! {
    /// The memory of the chunk before, empty: the next one needs as much.
    static SPARE: Cell<Option<(Rows, Vec<u8>)>> = const { Cell::new(None) };
}

struct Part {
    path: PathBuf,
    writer: kept::Writer<Summed<File>>,
    rows: u64,
    lines: Vec<Lines>,
    /// Of how many of the rows that are held the lines are written.
    lined: usize,
}

/// The rows of a part in a form of lines.
struct Lines {
    path: PathBuf,
    form: Form,
    file: File,
    changed: u64,
}

impl Lines {
    fn new(folder: &Path, form: Form, sheaf: Sheaf) -> Result<Self, (PathBuf, io::Error)> {
        let path = folder.join(form.file(sheaf));
        match File::create_new(&path) {
            Ok(file) => Ok(Self { path, form, file, changed: 0 }),
            Err(error) => Err((path, error)),
        }
    }

    /// Writes rows piece by piece, put together in memory that is there for it.
    fn write(&mut self, batch: &Batch, rows: Range<usize>, piece: &mut Vec<u8>) -> io::Result<()> {
        piece.clear();
        self.changed += dataset::push_lines(self.form, batch, rows, piece, |piece| {
            if piece.len() < POURED {
                return Ok(());
            }
            let written = self.file.write_all(piece);
            piece.clear();
            written
        })?;
        self.file.write_all(piece)
    }
}

impl Writing {
    fn new(folder: &Path, lines: &BTreeSet<Form>) -> Result<Self, (PathBuf, io::Error)> {
        let parts = Sheaf::ALL.into_iter().map(|sheaf| {
            let path = folder.join(file(sheaf));
            let made = File::create_new(&path);
            let lines = lines.iter().filter(|form| form.is_lines());
            let lines =
                lines.map(|form| Lines::new(folder, *form, sheaf)).collect::<Result<_, _>>();
            match made.and_then(|file| kept::Writer::new(sheaf, Summed::new(file))) {
                Ok(writer) => Ok(Part { path, writer, rows: 0, lines: lines?, lined: 0 }),
                Err(error) => Err((path, error)),
            }
        });
        let parts = parts.collect::<Result<_, _>>()?;
        let (rows, buffer) = SPARE.take().unwrap_or_default();
        Ok(Self { rows, parts, buffer, failed: None })
    }

    fn finish(mut self) -> Result<(Vec<(u64, u32)>, Vec<u64>, u64), (PathBuf, io::Error)> {
        flush(&mut self.rows, &mut self.parts, &mut self.buffer, true)?;
        SPARE.set(Some((self.rows, self.buffer)));
        let mut sums = Vec::new();
        let mut rows = Vec::new();
        let mut changed = 0;
        for part in self.parts {
            sums.push(part.writer.finish().finish());
            rows.push(part.rows);
            changed += part.lines.iter().map(|lines| lines.changed).sum::<u64>();
        }
        Ok((sums, rows, changed))
    }
}

/// Writes out what is held: all of it, or where it has become much.
fn flush(
    rows: &mut Rows,
    parts: &mut [Part],
    buffer: &mut Vec<u8>,
    all: bool,
) -> Result<(), (PathBuf, io::Error)> {
    for (sheaf, part) in Sheaf::ALL.into_iter().zip(parts) {
        let batch = rows.of(sheaf);
        let much =
            batch.rows() >= HELD.0 || batch.rows().is_multiple_of(1024) && batch.weight() >= HELD.1;
        if all || much || batch.rows() >= part.lined + LINED {
            let new = part.lined..batch.rows();
            for lines in &mut part.lines {
                let written = lines.write(batch, new.clone(), buffer);
                written.map_err(|error| (lines.path.clone(), error))?;
            }
            part.lined = new.end;
        }
        if !(all || much) {
            continue;
        }
        part.rows += batch.rows() as u64;
        part.writer.write(batch, buffer).map_err(|error| (part.path.clone(), error))?;
        rows.clear(sheaf);
        part.lined = 0;
    }
    Ok(())
}

/// Counts and sums what goes through.
struct Summed<W> {
    inner: W,
    bytes: u64,
    sum: flate2::Crc,
}

impl<W> Summed<W> {
    fn new(inner: W) -> Self {
        Self { inner, bytes: 0, sum: flate2::Crc::new() }
    }

    fn finish(self) -> (u64, u32) {
        (self.bytes, self.sum.sum())
    }
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.sum.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Whether a file was read.
pub(super) fn is_read(file: &DoneFile) -> bool {
    file.error.is_none()
}
