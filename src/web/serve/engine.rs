//! Who does the work of a job: this process, or a child that may die of it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader};

use super::jobs::{Job, Stage};
use crate::pipeline::Input;
use crate::read::Limits;
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

impl Engine {
    /// Does one task of a job. `Err` says in one word why not: `stopped`, `timeout`, `crashed`.
    pub(super) async fn run(
        &self,
        job: &Arc<Job>,
        task: &str,
        limits: &Limits,
        patience: Duration,
    ) -> Result<(), &'static str> {
        let work = async {
            match self {
                Self::Here => here(job, task, limits).await,
                Self::Child { program, arguments } => child(program, arguments, job, task).await,
            }
        };
        tokio::select! {
            result = tokio::time::timeout(patience, work) => result.unwrap_or(Err("timeout")),
            () = job.dropped.notified() => Err("stopped"),
        }
    }
}

async fn here(job: &Arc<Job>, task: &str, limits: &Limits) -> Result<(), &'static str> {
    let (job, task, limits) = (Arc::clone(job), task.to_owned(), limits.clone());
    tokio::task::spawn_blocking(move || {
        work(job.folder(), &task, &limits, |name| begun(&job, name)).map_err(|_| "crashed")
    })
    .await
    .unwrap_or(Err("crashed"))
}

async fn child(
    program: &Path,
    arguments: &[OsString],
    job: &Arc<Job>,
    task: &str,
) -> Result<(), &'static str> {
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .arg(job.folder())
        .arg(task)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|_| "crashed")?;
    if let Some(output) = child.stdout.take() {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Ok(name) = serde_json::from_str::<String>(&line) {
                begun(job, &name);
            }
        }
    }
    let status = child.wait().await.map_err(|_| "crashed")?;
    if status.success() { Ok(()) } else { Err("crashed") }
}

/// Counts a file that is being read now.
fn begun(job: &Job, name: &str) {
    let mut stage = super::jobs::lock(&job.stage);
    if let Stage::Running(count, last) = &mut *stage {
        *count += 1;
        name.clone_into(last);
    }
}

/// Does one task on a job's folder: `check`, or an output of [`Desk::output`].
///
/// # Errors
/// When the folder is not a job's, or cannot be written.
pub fn work(
    folder: &Path,
    task: &str,
    limits: &Limits,
    tell: impl Fn(&str) + Sync,
) -> io::Result<()> {
    let names: Vec<String> = serde_json::from_slice(&fs::read(folder.join(NAMES))?)?;
    let request: Request = serde_json::from_slice(&fs::read(folder.join(REQUEST))?)?;
    let mut inputs = Vec::with_capacity(names.len());
    for (number, name) in names.into_iter().enumerate() {
        inputs
            .push(Input { path: name, bytes: Ok(fs::read(folder.join(format!("in-{number}")))?) });
    }
    let desk = Desk::check(inputs, &request, limits, tell);
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
    fs::write(&partial, bytes)?;
    fs::rename(partial, folder.join(name))
}
