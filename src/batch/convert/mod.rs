//! Archives: a tree of workbooks → normalized data, in chunks that are done once, in a fixed order, nothing half-written.
//!
//! Each file is a packet of its own. The listing is cut into chunks; each is written into the dataset's own
//! folder and taken in by a rename, and that is all that a run leaves behind when it is stopped. The next run takes what
//! is there and does the rest; the outputs are made from the chunks at the end. A file that cannot be read is one row with
//! its error.

mod chunk;
mod derive;
mod plan;
mod store;
mod walk;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::ScopedJoinHandle;

use rayon::prelude::*;

pub use self::chunk::{Done, DoneFile, Step, Task, TaskFile, perform, publish};
use self::plan::{Chunk, Known, Plan};
use self::store::{Order, Record, Store};
pub use self::walk::{Found, Source, find};
pub use super::archive::Place;
use crate::model::ReadErrorCode;
use crate::pipeline::Options;
use crate::read::Limits;
use crate::write::dataset::{Form, Sheaf};

/// What to convert into, and how.
pub struct Job {
    /// The folder of the dataset; it is made.
    pub output: PathBuf,
    /// The forms of the outputs; those that stand there already are made anew too.
    pub forms: BTreeSet<Form>,
    /// Chunks at once; as many as there are processors when none.
    pub jobs: Option<usize>,
    /// Bounds against hostile files.
    pub limits: Limits,
    /// What is known about tables, and what is wanted of a check.
    pub options: Options,
    /// Which part of how many, the first being 0.
    pub shard: (u32, u32),
    /// An older dataset may be replaced by one that holds less.
    pub replace: bool,
    /// The first file that cannot be read ends the run.
    pub fail_fast: bool,
}

/// Whoever does tasks, one after the other.
pub trait Worker: Send {
    /// Does a task, telling its steps.
    ///
    /// # Errors
    /// When the chunk cannot be written.
    fn perform(
        &mut self,
        task: &mut Task,
        told: &mut dyn FnMut(Step),
    ) -> Result<Done, ConvertError>;
}

/// Works in this process.
#[derive(Clone)]
pub struct InProcess {
    /// Bounds against hostile files.
    pub limits: Limits,
    /// What is known about tables, and what is wanted of a check.
    pub options: Options,
}

impl Worker for InProcess {
    fn perform(
        &mut self,
        task: &mut Task,
        told: &mut dyn FnMut(Step),
    ) -> Result<Done, ConvertError> {
        perform(task, &self.options, &self.limits, told)
            .map_err(|(path, error)| ConvertError::Write { path, error })
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files done in this run.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Those that could not be read.
    pub refused: u64,
    /// Files that this run has to do.
    pub of_files: u64,
    /// Their bytes.
    pub of_bytes: u64,
    /// Files that were done before.
    pub kept: u64,
}

/// What a run would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planned {
    /// Files found.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files with the same bytes as another.
    pub duplicates: u64,
    /// Files known to be unreadable without being opened.
    pub refused: u64,
    /// Files in chunks that stand and still hold.
    pub kept: u64,
    /// Files to do, with their bytes.
    pub to_do: (u64, u64),
    /// Files of the dataset that are gone.
    pub gone: u64,
    /// Files left out.
    pub left_out: u64,
}

/// What came of a conversion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Converted {
    /// Rows of each kind, in the order of [`Sheaf::ALL`].
    pub rows: [u64; 6],
    /// Files that could not be read.
    pub refused: u64,
    /// Files with the same bytes as another.
    pub duplicates: u64,
    /// Files whose chunks were done before.
    pub kept: u64,
    /// Chunks of the whole that are not there, because other parts make them.
    pub missing: u64,
    /// Texts that got a quote in front, so that no spreadsheet takes them for a formula.
    pub neutralised: u64,
}

impl Converted {
    /// Rows of one kind.
    pub fn of(&self, sheaf: Sheaf) -> u64 {
        self.rows[sheaf as usize]
    }
}

/// Why a conversion stopped. What was done stays; the outputs are as they were before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// Something could not be written.
    #[error("cannot write `{}`: {error}", path.display())]
    Write {
        /// What.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A process that reads files could not be had.
    #[error("cannot start a process: {0}")]
    Process(io::Error),
    /// There is nothing to convert.
    #[error("no files found")]
    Nothing,
    /// The results would stand where the files come from.
    #[error("`{}` is inside the folder of the results", .0.display())]
    Input(PathBuf),
    /// A file of that name is there, and no dataset of ours.
    #[error("`{}` was not written by this program", .0.display())]
    Foreign(PathBuf),
    /// Another run writes to the folder.
    #[error("another conversion writes to `{}`", .0.display())]
    Busy(PathBuf),
    /// The dataset that stands there holds more than the new one would.
    #[error("{count} files of the dataset would be lost, `{first}` among them")]
    Less {
        /// How many files that were read are gone or cannot be read now.
        count: u64,
        /// One of them.
        first: String,
    },
    /// A file could not be read, and the first such was to end the run.
    #[error("`{path}` cannot be read")]
    Refused {
        /// Which.
        path: String,
        /// Why.
        code: ReadErrorCode,
    },
    /// A dataset to be merged is no part of the same whole, or a part is missing.
    #[error("{0}")]
    Parts(String),
}

/// Chunks with what their records say, in the order of the whole.
struct State {
    plan: Plan,
    job: String,
    /// Records of the chunks that stand and still hold.
    standing: Vec<Option<Record>>,
}

impl State {
    fn new(sources: Vec<Source>, job: &Job, store: Option<&Store>) -> Self {
        let said = plan::job(&job.limits, &job.options);
        let names = store.and_then(|store| store.names().ok()).unwrap_or_default();
        let mut records: HashMap<String, Record> = names
            .into_iter()
            .filter_map(|name| Some((name.clone(), store?.record(&name)?)))
            .collect();
        let known = known(records.values());
        let plan = Plan::new(sources, &said, job.shard.1.max(1), &job.limits, &known);
        let found: Vec<_> = plan.chunks.iter().map(|chunk| records.remove(&chunk.name)).collect();
        let standing = found
            .into_par_iter()
            .zip(&plan.chunks)
            .map(|(record, chunk)| {
                let record = record?;
                let whole = store?.is_whole(&chunk.name, &record);
                (whole && plan.still_holds(chunk, &record, &job.limits)).then_some(record)
            })
            .collect();
        Self { plan, job: said, standing }
    }

    fn is_mine(chunk: &Chunk, job: &Job) -> bool {
        chunk.shard == job.shard.0
    }

    /// The chunks that this run has to do.
    fn pending(&self, job: &Job) -> Vec<usize> {
        let chunks = self.plan.chunks.iter().zip(&self.standing).enumerate();
        let mine =
            chunks.filter(|(_, (chunk, record))| record.is_none() && Self::is_mine(chunk, job));
        mine.map(|(at, _)| at).collect()
    }
}

fn known<'a>(records: impl Iterator<Item = &'a Record>) -> Known {
    let mut known = Known::new();
    for record in records {
        for (file, stamp) in record.done.files.iter().zip(&record.stamps) {
            if let Some(sum) = &file.sha256 {
                known.insert(file.id.clone(), (*stamp, sum.clone()));
            }
        }
    }
    known
}

/// The files as tasks have them, those with the same bytes told of: what another program needs to spread the work over
/// many machines.
pub fn listed(found: Found, limits: &Limits) -> Vec<TaskFile> {
    let plan = Plan::new(found.sources, "", 1, limits, &Known::new());
    let files = plan.sources.iter().zip(plan.duplicates);
    files.map(|(source, twin)| TaskFile::new(source, twin)).collect()
}

/// Says what [`convert`] would do, and changes nothing.
///
/// # Errors
/// As [`convert`], as far as that is known beforehand.
pub fn plan(found: Found, job: &Job) -> Result<Planned, ConvertError> {
    check(&found.sources, job)?;
    let stands = job.output.join(walk::STATE).is_dir();
    let store = if stands { Some(Store::open(&job.output)?) } else { None };
    let left_out = found.left_out;
    let state = State::new(found.sources, job, store.as_ref());
    let plan = &state.plan;
    let mut planned = Planned {
        files: plan.sources.len() as u64,
        bytes: plan.sources.iter().map(|source| source.bytes).sum(),
        duplicates: plan.duplicates.iter().flatten().count() as u64,
        refused: plan.sources.iter().filter(|source| source.refused.is_some()).count() as u64,
        left_out,
        ..Planned::default()
    };
    for record in state.standing.iter().flatten() {
        planned.kept += record.done.files.len() as u64;
    }
    for at in state.pending(job) {
        let chunk = &plan.chunks[at];
        planned.to_do.0 += chunk.range.len() as u64;
        planned.to_do.1 += chunk.bytes;
    }
    if let Some(store) = &store {
        let lost = lost(store, plan, |_| true)?;
        planned.gone = lost.len() as u64;
    }
    Ok(planned)
}

/// Converts the files found; `progress` is told how far it is, each time a file is done.
///
/// # Errors
/// When an output cannot be written, or a dataset that stands there would be harmed.
pub fn convert(
    found: Found,
    job: &Job,
    workers: &(dyn Fn() -> Result<Box<dyn Worker>, ConvertError> + Sync),
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Converted, ConvertError> {
    check(&found.sources, job)?;
    let store = Store::open(&job.output)?;
    let left_out = found.left_out;
    let mut state = State::new(found.sources, job, Some(&store));
    if !job.replace {
        refuse_less(&lost(&store, &state.plan, |_| true)?)?;
    }
    store.put_manifest(&state.plan)?;
    store.put_order(&Order {
        job: state.job.clone(),
        chunks: state.plan.chunks.iter().map(|chunk| chunk.name.clone()).collect(),
        left_out,
    })?;
    let kept = state.standing.iter().flatten().map(|record| record.done.files.len() as u64).sum();
    // The lines of each chunk are made where its rows are, unless some chunks have none.
    let mut lines = BTreeSet::new();
    if state.standing.iter().all(Option::is_none) {
        lines = outputs(&job.output, &job.forms);
        lines.retain(|form| form.is_lines());
    }
    let mut changed = 0;
    for (at, (record, texts)) in work(&state, job, &store, workers, progress, (kept, &lines))? {
        changed += texts;
        state.standing[at] = Some(record);
    }
    if !job.replace {
        let read = read_files(&state);
        refuse_less(&lost(&store, &state.plan, |id| read.contains(id))?)?;
    }
    let chunks: Vec<&str> = state
        .plan
        .chunks
        .iter()
        .zip(&state.standing)
        .filter(|(_, record)| record.is_some())
        .map(|(chunk, _)| chunk.name.as_str())
        .collect();
    let mut converted = count(state.standing.iter().flatten());
    converted.kept = kept;
    converted.missing = (state.plan.chunks.len() - chunks.len()) as u64;
    converted.neutralised = changed;
    let made = (&job.forms, &lines);
    finish(&job.output, &store, &chunks, made, jobs(job.jobs), &mut converted)?;
    Ok(converted)
}

/// The forms to be made: those that are asked for and those that stand there.
fn outputs(output: &Path, forms: &BTreeSet<Form>) -> BTreeSet<Form> {
    forms.union(&derive::standing(output)).copied().collect()
}

/// Makes the outputs, of which the chunks have those of `lines`, and takes away the chunks that are in them no longer.
fn finish(
    output: &Path,
    store: &Store,
    chunks: &[&str],
    (forms, lines): (&BTreeSet<Form>, &BTreeSet<Form>),
    jobs: usize,
    converted: &mut Converted,
) -> Result<(), ConvertError> {
    let forms = outputs(output, forms);
    let more = serde_json::json!({
        "complete": converted.missing == 0,
        "refused": converted.refused,
        "duplicates": converted.duplicates,
    });
    derive::derive(output, store, chunks, (&forms, lines), jobs, converted, &more)?;
    let current: HashSet<&str> = chunks.iter().copied().collect();
    for name in store.names().map_err(|error| store::failed(store.folder(), error))? {
        if !current.contains(name.as_str()) {
            store.remove(&name);
        }
    }
    Ok(())
}

fn count<'a>(records: impl Iterator<Item = &'a Record>) -> Converted {
    let mut converted = Converted::default();
    for record in records {
        for (all, rows) in converted.rows.iter_mut().zip(&record.done.rows) {
            *all += rows;
        }
        for file in &record.done.files {
            converted.refused += u64::from(file.error.is_some());
            converted.duplicates += u64::from(file.duplicate_of.is_some());
        }
    }
    converted
}

fn read_files(state: &State) -> HashSet<String> {
    let files = state.standing.iter().flatten().flat_map(|record| &record.done.files);
    files.filter(|file| chunk::is_read(file)).map(|file| file.id.clone()).collect()
}

/// The paths of files that the dataset of before has read and the new one would not have.
fn lost(
    store: &Store,
    plan: &Plan,
    reads: impl Fn(&str) -> bool,
) -> Result<Vec<String>, ConvertError> {
    let planned: HashSet<&str> = plan.sources.iter().map(|source| source.id.as_str()).collect();
    let mut lost = Vec::new();
    for name in store.names().map_err(|error| store::failed(store.folder(), error))? {
        let Some(record) = store.record(&name) else { continue };
        for (file, path) in record.done.files.iter().zip(&record.paths) {
            if chunk::is_read(file) && !(planned.contains(file.id.as_str()) && reads(&file.id)) {
                lost.push(path.clone());
            }
        }
    }
    Ok(lost)
}

fn refuse_less(lost: &[String]) -> Result<(), ConvertError> {
    match lost.first() {
        None => Ok(()),
        Some(first) => Err(ConvertError::Less { count: lost.len() as u64, first: first.clone() }),
    }
}

/// Refuses what would harm files that are not ours to write.
fn check(sources: &[Source], job: &Job) -> Result<(), ConvertError> {
    if sources.is_empty() {
        return Err(ConvertError::Nothing);
    }
    if let Ok(output) = job.output.canonicalize() {
        let mut seen = None;
        for source in sources {
            // The folder is looked at, for the file itself may be a link out of it; once for all files of it.
            let folder = source.place.file.parent();
            if seen.replace(folder) == Some(folder) {
                continue;
            }
            let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new(".")).canonicalize();
            if folder.is_ok_and(|folder| folder.starts_with(&output)) {
                return Err(ConvertError::Input(source.place.file.clone()));
            }
        }
    }
    if !job.output.join(walk::STATE).is_dir() && !job.replace {
        let names = derive::names(&job.forms).into_iter().chain([derive::DESCRIPTION.to_owned()]);
        for path in names.map(|name| job.output.join(name)) {
            if path.symlink_metadata().is_ok() {
                return Err(ConvertError::Foreign(path));
            }
        }
    }
    Ok(())
}

/// Does what is pending, several chunks at once; tells of each how many texts were changed in the lines made beside its rows.
fn work(
    state: &State,
    job: &Job,
    store: &Store,
    workers: &(dyn Fn() -> Result<Box<dyn Worker>, ConvertError> + Sync),
    progress: &(dyn Fn(Progress) + Sync),
    (kept, lines): (u64, &BTreeSet<Form>),
) -> Result<Vec<(usize, (Record, u64))>, ConvertError> {
    let mut pending = state.pending(job);
    let jobs = jobs(job.jobs).min(pending.len());
    if jobs > 1 {
        // The long ones first, so that none is still at work when the others have nothing left to do.
        pending.sort_by_key(|at| Reverse(state.plan.chunks[*at].weight()));
    }
    let chunks = pending.iter().map(|at| &state.plan.chunks[*at]);
    let far = Mutex::new(Progress {
        of_files: chunks.clone().map(|chunk| chunk.range.len() as u64).sum(),
        of_bytes: chunks.map(|chunk| chunk.bytes).sum(),
        kept,
        ..Progress::default()
    });
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let told = |step: Step| {
        let Step::Ended(_, file) = step else { return };
        let Ok(mut far) = far.lock() else { return };
        far.files += 1;
        far.bytes += file.bytes();
        far.refused += u64::from(file.error().is_some());
        progress(*far);
    };
    let one = || -> Result<Vec<_>, ConvertError> {
        let mut worker = workers()?;
        std::thread::scope(|scope| {
            let (mut done, mut settling) = (Vec::new(), None);
            while let Some(at) = pending.get(next.fetch_add(1, Ordering::Relaxed))
                && !stop.load(Ordering::Relaxed)
            {
                let made = do_chunk(state, *at, job, (store, lines), &mut *worker, &told);
                let made = made.and_then(|made| settled(&mut settling, &mut done).map(|()| made));
                let made = made.inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
                // It is brought to the disk while the next one is made.
                let name = &state.plan.chunks[*at].name;
                settling = Some(scope.spawn(move || {
                    let taken = store.commit(name, &made.0);
                    taken.inspect_err(|_| store.abandon(name)).map(|()| (*at, made))
                }));
            }
            let last = settled(&mut settling, &mut done);
            last.inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
            Ok(done)
        })
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(one)).collect();
        let mut all = Vec::new();
        let mut first = None;
        for thread in threads {
            match thread.join() {
                Ok(Ok(done)) => all.extend(done),
                Ok(Err(error)) => first = first.or(Some(error)),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        first.map_or(Ok(all), Err)
    })
}

/// A chunk that is made, and how many texts were changed in its lines.
type Made = (usize, (Record, u64));

/// Waits until the chunk before is taken in.
fn settled(
    settling: &mut Option<ScopedJoinHandle<'_, Result<Made, ConvertError>>>,
    done: &mut Vec<Made>,
) -> Result<(), ConvertError> {
    if let Some(thread) = settling.take() {
        done.push(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
    }
    Ok(())
}

/// How many do something at once: as many as there are processors where nothing is said.
fn jobs(said: Option<usize>) -> usize {
    let said = said.or_else(|| std::thread::available_parallelism().ok().map(usize::from));
    said.unwrap_or(1).max(1)
}

/// Makes a chunk that is still to be taken in.
fn do_chunk(
    state: &State,
    at: usize,
    job: &Job,
    (store, lines): (&Store, &BTreeSet<Form>),
    worker: &mut dyn Worker,
    told: &dyn Fn(Step),
) -> Result<(Record, u64), ConvertError> {
    let chunk = &state.plan.chunks[at];
    store.begin(&chunk.name)?;
    let mut task = state.plan.task(chunk, store, lines);
    let done = worker.perform(&mut task, &mut |step| told(step));
    let sources = &state.plan.sources[chunk.range.clone()];
    let record = done.and_then(|mut done| {
        let changed = done.changed.take().unwrap_or(0);
        let record = Record {
            stamps: sources.iter().map(|source| source.stamp).collect(),
            paths: sources.iter().map(|source| source.path.clone()).collect(),
            done,
        };
        let files = || record.done.files.iter().zip(&record.paths);
        if job.fail_fast
            && let Some((file, path)) = files().find(|(file, _)| file.error.is_some())
            && let Some(code) = file.error
        {
            return Err(ConvertError::Refused { path: path.clone(), code });
        }
        // What was read before and is not any more would be lost with the chunk that this one replaces.
        if !job.replace
            && let Some(before) = store.record(&chunk.name)
        {
            let now = record.done.files.iter().zip(&before.done.files);
            let worse: Vec<String> = now
                .zip(&record.paths)
                .filter(|((now, before), _)| chunk::is_read(before) && !chunk::is_read(now))
                .map(|(_, path)| path.clone())
                .collect();
            refuse_less(&worse)?;
        }
        Ok((record, changed))
    });
    if record.is_err() {
        store.abandon(&chunk.name);
    }
    record
}

/// Puts the parts of a whole together, each made with another `--shard`.
///
/// # Errors
/// When they are no parts of the same whole, when one is missing, or when something cannot be written.
pub fn merge(
    parts: &[PathBuf],
    output: &Path,
    forms: &BTreeSet<Form>,
    replace: bool,
) -> Result<Converted, ConvertError> {
    let mut opened = Vec::new();
    for part in parts {
        if part.canonicalize().ok() == output.canonicalize().ok() && output.exists() {
            return Err(ConvertError::Input(part.clone()));
        }
        if !part.join(walk::STATE).is_dir() {
            return Err(ConvertError::Parts(format!("`{}` is no dataset", part.display())));
        }
        opened.push(Store::open(part)?);
    }
    let orders: Vec<_> = opened.iter().map(Store::order).collect();
    let Some(Some(order)) = orders.first() else { return Err(ConvertError::Nothing) };
    if let Some(at) = orders.iter().position(|other| other.as_ref() != Some(order)) {
        let said = format!(
            "`{}` and `{}` were made from different listings of files",
            parts[0].display(),
            parts[at].display()
        );
        return Err(ConvertError::Parts(said));
    }
    let has = |name: &String| opened.iter().position(|store| store.record(name).is_some());
    let missing = order.chunks.iter().filter(|name| has(name).is_none()).count();
    if missing > 0 {
        let said = format!("{missing} of {} chunks are in none of the parts", order.chunks.len());
        return Err(ConvertError::Parts(said));
    }
    if !output.join(walk::STATE).is_dir() && !replace {
        for path in derive::names(forms).into_iter().map(|name| output.join(name)) {
            if path.exists() {
                return Err(ConvertError::Foreign(path));
            }
        }
    }
    let store = Store::open(output)?;
    let mut records = Vec::new();
    for name in &order.chunks {
        let Some(from) = has(name).map(|at| &opened[at]) else { continue };
        let Some(record) = from.record(name) else { continue };
        if store.record(name).is_none() {
            store.begin(name)?;
            for sheaf in Sheaf::ALL {
                let file = chunk::file(sheaf);
                let (from, to) = (from.chunk(name).join(&file), store.part(name).join(&file));
                let copied =
                    std::fs::hard_link(&from, &to).or_else(|_| std::fs::copy(&from, &to).map(drop));
                copied.map_err(|error| store::failed(&to, error))?;
            }
            store.commit(name, &record)?;
        }
        records.push(record);
    }
    if !replace {
        let current: HashSet<&str> = records
            .iter()
            .flat_map(|record| &record.done.files)
            .map(|file| file.id.as_str())
            .collect();
        let mut gone = Vec::new();
        for name in store.names().map_err(|error| store::failed(store.folder(), error))? {
            let Some(record) = store.record(&name) else { continue };
            let files = record.done.files.iter().zip(&record.paths);
            let files = files
                .filter(|(file, _)| chunk::is_read(file) && !current.contains(file.id.as_str()));
            gone.extend(files.map(|(_, path)| path.clone()));
        }
        refuse_less(&gone)?;
    }
    store.put_order(order)?;
    let chunks: Vec<&str> = order.chunks.iter().map(String::as_str).collect();
    let mut converted = count(records.iter());
    converted.kept = records.iter().map(|record| record.done.files.len() as u64).sum();
    let made = (forms, &BTreeSet::new());
    finish(output, &store, &chunks, made, jobs(None), &mut converted)?;
    Ok(converted)
}
