//! Who does the work of a job: this process, or a child that may die of it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use super::jobs::{Job, Stage};
use crate::pipeline::{Input, Options};
use crate::read::Limits;
use crate::web::bounds::{ASKS_FOR_LITTLE, Bounds, Death, Deaths, SEARCH};
use crate::web::desk::{Desk, NoOutput, Request};

/// Where packets are checked.
#[derive(Clone, Debug)]
pub enum Engine {
    /// In this process: a file that kills its reader kills the server. For tests.
    Here,
    /// In a child that calls [`work`]: its program and arguments, to which the folder and the task are added.
    Child {
        /// The program.
        program: PathBuf,
        /// The arguments before the folder.
        arguments: Vec<OsString>,
    },
}

/// What is kept beside an output.
#[derive(Deserialize, Serialize)]
pub(super) struct Label {
    pub(super) name: String,
    pub(super) mime: String,
}

pub(super) const NAMES: &str = "names.json";
pub(super) const REQUEST: &str = "request.json";
pub(super) const VIEW: &str = "view.json";
/// Which files kill whoever checks them; of the files, and so kept when they are checked again.
pub(super) const DEATHS: &str = "deaths.json";
const ALONE: &str = "alone-";

/// Why a task was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undone {
    /// The job was thrown away.
    Stopped,
    /// Whoever did it died of it.
    Died(Death),
}

impl Undone {
    /// As a word for the page.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Died(death) => death.word(),
        }
    }
}

const CRASHED: Undone = Undone::Died(Death::Crashed);

impl Engine {
    /// Checks a job. Files on which the check dies are refused, so that the others are checked.
    pub(super) async fn check(
        &self,
        job: &Arc<Job>,
        limits: &Limits,
        bounds: Bounds,
    ) -> Result<(), Undone> {
        let Err(undone) = self.run(job, "check", limits, bounds).await else { return Ok(()) };
        let Undone::Died(death) = undone else { return Err(undone) };
        // After an earlier check of these files, those that kill are known.
        if job.folder().join(DEATHS).exists() {
            return Err(undone);
        }
        let deaths = self.search(job, limits, bounds, death).await?;
        if deaths.is_empty() {
            return Err(undone);
        }
        serde_json::to_vec(&deaths)
            .map_err(io::Error::other)
            .and_then(|bytes| put(job.folder(), DEATHS, &bytes))
            .map_err(|_| CRASHED)?;
        job.set(Stage::Running(0, String::new()));
        self.run(job, "check", limits, bounds).await
    }

    /// The files on which a child dies alone.
    async fn search(
        &self,
        job: &Arc<Job>,
        limits: &Limits,
        bounds: Bounds,
        death: Death,
    ) -> Result<Deaths, Undone> {
        let files = super::jobs::lock(&job.names).len();
        if files == 1 {
            return Ok(Deaths::from([(0, death)]));
        }
        let end = Instant::now() + bounds.patience * SEARCH;
        let mut deaths = Deaths::new();
        for file in 0..files {
            if Instant::now() > end {
                return Err(Undone::Died(death));
            }
            job.set(Stage::Running(file, String::new()));
            match self.run(job, &format!("{ALONE}{file}"), limits, bounds).await {
                Ok(()) => {}
                Err(Undone::Died(death)) => {
                    deaths.insert(file, death);
                }
                Err(stopped) => return Err(stopped),
            }
        }
        Ok(deaths)
    }

    /// Does one task of a job.
    pub(super) async fn run(
        &self,
        job: &Arc<Job>,
        task: &str,
        limits: &Limits,
        bounds: Bounds,
    ) -> Result<(), Undone> {
        let work = async {
            match self {
                Self::Here => here(job, task, limits, bounds).await,
                Self::Child { program, arguments } => child(program, arguments, job, task).await,
            }
        };
        tokio::select! {
            biased;
            () = job.dropped() => Err(Undone::Stopped),
            result = tokio::time::timeout(bounds.patience, work) => {
                result.unwrap_or(Err(Death::Timeout)).map_err(Undone::Died)
            }
        }
    }
}

async fn here(job: &Arc<Job>, task: &str, limits: &Limits, bounds: Bounds) -> Result<(), Death> {
    let (job, task, limits) = (Arc::clone(job), task.to_owned(), limits.clone());
    tokio::task::spawn_blocking(move || {
        work(job.folder(), &task, &Options::default(), &limits, bounds, |name| begun(&job, name))
            .map_err(|_| Death::Crashed)
    })
    .await
    .unwrap_or(Err(Death::Crashed))
}

async fn child(
    program: &Path,
    arguments: &[OsString],
    job: &Arc<Job>,
    task: &str,
) -> Result<(), Death> {
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .arg(job.folder())
        .arg(task)
        .env(ASKS_FOR_LITTLE.0, ASKS_FOR_LITTLE.1)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|_| Death::Crashed)?;
    // Waiting would close it, and the child ends when it is closed.
    let _held = child.stdin.take();
    let said = child.stderr.take().map(|stream| tokio::spawn(last_words(stream)));
    if let Some(output) = child.stdout.take() {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Ok(name) = serde_json::from_str::<String>(&line) {
                begun(job, &name);
            }
        }
    }
    let status = child.wait().await.map_err(|_| Death::Crashed)?;
    if status.success() {
        return Ok(());
    }
    let said = match said {
        Some(said) => said.await.unwrap_or_default(),
        None => Vec::new(),
    };
    Err(Death::by_last_words(&said))
}

/// The end of what a child says; a talkative one is not waited for by a full pipe.
async fn last_words(mut stream: tokio::process::ChildStderr) -> Vec<u8> {
    let mut said = Vec::new();
    let mut buffer = [0; 4_096];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        said.extend_from_slice(&buffer[..count]);
        said.drain(..said.len().saturating_sub(buffer.len()));
    }
    said
}

/// Counts a file that is being read now.
fn begun(job: &Job, name: &str) {
    let mut stage = super::jobs::lock(&job.stage);
    if let Stage::Running(count, last) = &mut *stage {
        *count += 1;
        name.clone_into(last);
    }
}

/// Does one task on a job's folder: `check`, `alone-3` (a check of that file alone, of which nothing is kept), or an
/// output of [`Desk::output`].
///
/// # Errors
/// When the folder is not a job's, or cannot be written.
pub fn work(
    folder: &Path,
    task: &str,
    known: &Options,
    limits: &Limits,
    bounds: Bounds,
    tell: impl Fn(&str) + Sync,
) -> io::Result<()> {
    let names: Vec<String> = serde_json::from_slice(&fs::read(folder.join(NAMES))?)?;
    let request: Request = serde_json::from_slice(&fs::read(folder.join(REQUEST))?)?;
    if let Some(number) = task.strip_prefix(ALONE) {
        let number: usize = number.parse().map_err(io::Error::other)?;
        let path = names.into_iter().nth(number).ok_or(io::ErrorKind::NotFound)?;
        let bytes = Ok(fs::read(folder.join(format!("in-{number}")))?);
        Desk::check(vec![Input { path, bytes }], known, &Request::default(), limits, tell);
        return Ok(());
    }
    let deaths: Deaths = match fs::read(folder.join(DEATHS)) {
        Ok(bytes) => serde_json::from_slice(&bytes)?,
        Err(_) => Deaths::new(),
    };
    let mut inputs = Vec::with_capacity(names.len());
    for (number, path) in names.into_iter().enumerate() {
        let bytes = match deaths.get(&number) {
            Some(death) => Err(death.refusal(bounds)),
            None => Ok(fs::read(folder.join(format!("in-{number}")))?),
        };
        inputs.push(Input { path, bytes });
    }
    let desk = Desk::check(inputs, known, &request, limits, tell);
    if task == "check" {
        return put(folder, VIEW, &serde_json::to_vec(&desk.view())?);
    }
    match desk.output(task) {
        Ok(output) => {
            let label = Label { name: output.name, mime: output.mime.to_owned() };
            put(folder, &format!("{task}.label"), &serde_json::to_vec(&label)?)?;
            put(folder, &format!("{task}.out"), &output.bytes)
        }
        Err(NoOutput(text)) => {
            put(folder, &format!("{task}.none"), &serde_json::to_vec(&[text.zh, text.en])?)
        }
    }
}

/// Writes a file so that it is there whole or not at all.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let partial = folder.join(format!("{name}.part"));
    super::private::write(&partial, bytes)?;
    fs::rename(partial, folder.join(name))
}
