//! Archives: a tree of workbooks → normalized data, in parallel, in a fixed order, nothing half-written.
//!
//! Each file is a packet of its own. Files are found and numbered first, so that the same tree gives the same bytes whatever
//! the number of threads; chunks of them are read and checked in parallel and written in order, each output to a temporary
//! file that is renamed when all is done. A file that cannot be read is one row with its error.

mod archive;
mod outputs;
mod walk;

use std::collections::BTreeSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use self::outputs::Outputs;
pub use self::walk::{Found, Source, Unfound, find};
use crate::model::{ReadError, ReadErrorCode, Text};
use crate::pipeline::Options;
use crate::pipeline::{self, Input};
use crate::read::Limits;
use crate::write::dataset::{Form, Row, Sheaf, Subject, refused, rows};

/// Files of a chunk, and their bytes together: what is in memory at once.
const CHUNK: (usize, u64) = (256, 64 << 20);

/// What to convert, and how.
pub struct Job {
    /// The folder of the outputs; it is made.
    pub output: PathBuf,
    /// The forms of the outputs.
    pub forms: BTreeSet<Form>,
    /// Threads; as many as there are processors when none.
    pub jobs: Option<usize>,
    /// Which rules.
    pub options: Options,
    /// Bounds against hostile files.
    pub limits: Limits,
}

/// What came of a conversion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Converted {
    /// Files, members of archives among them.
    pub files: u64,
    /// Those that could not be read.
    pub refused: u64,
    /// Tables.
    pub tables: u64,
    /// Numbers.
    pub facts: u64,
    /// Checks.
    pub checks: u64,
    /// Findings.
    pub findings: u64,
    /// Texts that got a quote in front, so that no spreadsheet takes them for a formula.
    pub neutralised: u64,
}

/// Why a conversion stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// An output could not be written.
    #[error("cannot write `{}`: {error}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The threads could not be started.
    #[error("cannot start threads: {0}")]
    Threads(String),
}

/// Converts the files found; `progress` is told how many are done.
///
/// # Errors
/// When an output cannot be written. Nothing of the outputs is left behind then.
pub fn convert(
    found: &[Source],
    job: &Job,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Converted, ConvertError> {
    let mut builder = rayon::ThreadPoolBuilder::new();
    if let Some(jobs) = job.jobs {
        builder = builder.num_threads(jobs);
    }
    let pool = builder.build().map_err(|error| ConvertError::Threads(error.to_string()))?;
    let mut outputs = Outputs::create(&job.output, &job.forms)?;
    let mut converted = Converted::default();
    let mut done = 0;
    for (first, chunk) in chunks(found) {
        let work = || -> Vec<Done> {
            chunk
                .par_iter()
                .enumerate()
                .map(|(at, source)| one(first + at as u64, source, job))
                .collect()
        };
        for file in pool.install(work) {
            outputs.append(&file.written)?;
            converted.add(&file);
            done += 1;
            progress(done);
        }
    }
    outputs.finish()?;
    Ok(converted)
}

/// Neighbouring files whose bytes together stay within bounds, with the number of the first.
fn chunks(found: &[Source]) -> impl Iterator<Item = (u64, &[Source])> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = &found[start..];
        let mut bytes = 0;
        let mut count = 0;
        for source in rest.iter().take(CHUNK.0) {
            bytes += source.bytes;
            if count > 0 && bytes > CHUNK.1 {
                break;
            }
            count += 1;
        }
        let first = start as u64;
        start += count;
        (count > 0).then(|| (first, &rest[..count]))
    })
}

/// What one file gave.
struct Done {
    /// Rows in every form, for every kind of row.
    written: Vec<(Form, Sheaf, Vec<u8>)>,
    counts: [u64; 5],
    refused: bool,
    neutralised: u64,
}

impl Converted {
    fn add(&mut self, file: &Done) {
        let [files, tables, facts, checks, findings] = file.counts;
        self.files += files;
        self.tables += tables;
        self.facts += facts;
        self.checks += checks;
        self.findings += findings;
        self.refused += u64::from(file.refused);
        self.neutralised += file.neutralised;
    }
}

fn one(id: u64, source: &Source, job: &Job) -> Done {
    let subject = Subject { id, path: &source.path, bytes: Some(source.bytes) };
    // A defect in a reader costs one file, not the archive.
    let rendered = catch_unwind(AssertUnwindSafe(|| match source.read(&job.limits) {
        Ok(bytes) => {
            let input = Input { path: source.path.clone(), bytes: Ok(bytes) };
            let report = pipeline::run(&[input], &job.options, &job.limits);
            let refused = report.packet.files.iter().any(|file| file.error.is_some());
            render(job, refused, |put| rows(&subject, &report, put))
        }
        Err(error) => render(job, true, |put| put(Sheaf::Files, refused(&subject, &error))),
    }));
    rendered.unwrap_or_else(|_| {
        let row = refused(&subject, &crashed());
        render(job, true, |put| put(Sheaf::Files, row.clone()))
    })
}

fn crashed() -> ReadError {
    ReadError::new(
        ReadErrorCode::Crashed,
        Text::new("处理此文件时程序出错，已跳过", "the program failed on this file and went on"),
        Text::new("请把文件发给维护者", "please send the file to the maintainers"),
    )
}

fn render(job: &Job, refused: bool, fill: impl Fn(&mut dyn FnMut(Sheaf, Row))) -> Done {
    let mut written: Vec<(Form, Sheaf, Vec<u8>)> = Vec::new();
    for form in &job.forms {
        written.extend(Sheaf::ALL.iter().map(|sheaf| (*form, *sheaf, Vec::new())));
    }
    let (mut counts, mut neutralised) = ([0; 5], 0);
    fill(&mut |sheaf, row| {
        counts[sheaf as usize] += 1;
        for (form, of, out) in &mut written {
            if *of == sheaf {
                neutralised += form.push(sheaf, &row, out);
            }
        }
    });
    Done { written, counts, refused, neutralised }
}

/// Whether `path` is inside the folder of the outputs, which must not be read while it is written.
pub fn is_output(path: &Path, output: &Path) -> bool {
    match (path.canonicalize(), output.canonicalize()) {
        (Ok(path), Ok(output)) => path.starts_with(output),
        _ => false,
    }
}
