//! `gouji watch`: what lands in a folder is checked, and its results are put into another.
//!
//! Each packet is checked in a child process (`gouji watch-worker`), so that a file that kills its reader, or takes for
//! ever, costs one packet and not the watch.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;

use super::trouble::{Trouble, tell};
use super::words::{language, say};
use super::{Exit, output};
use crate::batch::watch::{Entry, Outcome, Refused, STATUS, Stage, Watch};
use crate::model::{Language, ReadError, ReadErrorCode, Text};
use crate::pipeline::Input;
use crate::read::Limits;
use crate::web::desk::{Desk, Request};

/// `gouji watch`
#[derive(Debug, Args)]
pub(super) struct WatchArgs {
    #[arg(
        value_name = say("收件文件夹", "INBOX"),
        help = say("报送的表格放进这里；其中每个文件、每个子文件夹各算一套材料", "where workbooks land; each file, and each folder in it, is one packet"),
    )]
    inbox: PathBuf,
    #[arg(
        value_name = say("结果文件夹", "OUTBOX"),
        help = say("标注副本、评价底稿、报告和状态文件 gouji-status.json 写到这里", "where marked copies, reports and gouji-status.json go"),
    )]
    outbox: PathBuf,
    #[arg(
        long,
        default_value_t = 2,
        hide_default_value = true,
        value_name = say("秒", "SECONDS"),
        help = say("隔多少秒看一次（默认 2）", "seconds between looks (default 2)"),
    )]
    interval: u64,
    #[arg(
        long,
        default_value_t = 3,
        hide_default_value = true,
        value_name = say("次", "LOOKS"),
        help = say("连续多少次看到大小和时间不变才算复制完成（默认 3）", "looks in a row without a change before a file counts as whole (default 3)"),
    )]
    settle: u32,
    #[arg(
        long,
        default_value_t = 600,
        hide_default_value = true,
        value_name = say("秒", "SECONDS"),
        help = say("一套材料最多核对多少秒（默认 600）", "seconds that one packet may take (default 600)"),
    )]
    timeout: u64,
    #[arg(long, help = say("处理完现有的文件就结束", "end when everything that is there is done"))]
    once: bool,
}

/// `gouji watch-worker`, started by the watch alone.
#[derive(Debug, Args)]
pub(super) struct WatchWorkerArgs {
    /// A JSON list of pairs: the name to show, the path.
    list: PathBuf,
    folder: PathBuf,
}

/// Watches until it is stopped.
pub(super) fn run(command: &WatchArgs) -> Result<Exit, Trouble> {
    let program =
        std::env::current_exe().map_err(|error| Trouble::reading(Path::new("gouji"), &error))?;
    let mut watch =
        Watch::open(&command.inbox, &command.outbox, command.settle).map_err(|error| {
            Trouble::new(
                format!("无法监视“{}”：{error}", command.inbox.display()),
                format!("cannot watch `{}`: {error}", command.inbox.display()),
            )
            .hint(
                "两个文件夹都要存在，且互不包含",
                "both folders must exist, and neither lie in the other",
            )
        })?;
    tell(&say(
        format!(
            "正在监视“{}”，结果写到“{}”，状态见 {STATUS}。按 Ctrl-C 停止。",
            command.inbox.display(),
            command.outbox.display()
        ),
        format!(
            "Watching `{}`; results go to `{}`, the state is in {STATUS}. Ctrl-C stops.",
            command.inbox.display(),
            command.outbox.display()
        ),
    ));
    let mut told: Vec<(String, Entry)> =
        watch.entries().map(|(name, entry)| (name.to_owned(), entry.clone())).collect();
    loop {
        let look = watch.look(|files, folder| {
            in_child(&program, files, folder, Duration::from_secs(command.timeout))
        });
        match look {
            Ok(look) if command.once && look.landing == 0 => {
                report(&watch, &mut told)?;
                return Ok(Exit::Clean);
            }
            Ok(_) => report(&watch, &mut told)?,
            // A network share may come back.
            Err(error) => {
                let words =
                    (format!("暂时无法访问：{error}"), format!("not reachable now: {error}"));
                tell(&say(words.0, words.1));
            }
        }
        thread::sleep(Duration::from_secs(command.interval.max(1)));
    }
}

/// Prints a line for each packet that is new or changed.
fn report(watch: &Watch, told: &mut Vec<(String, Entry)>) -> Result<(), Trouble> {
    for (name, entry) in watch.entries() {
        if told.iter().any(|(known, before)| known == name && before == entry) {
            continue;
        }
        told.retain(|(known, _)| known != name);
        told.push((name.to_owned(), entry.clone()));
        let line = line(name, entry);
        output::print(|out| writeln!(out, "{line}"))?;
    }
    Ok(())
}

fn line(name: &str, entry: &Entry) -> String {
    let name: String = name.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    if let (Stage::Done, Some(outcome)) = (entry.stage, &entry.outcome) {
        let Outcome { errors, warnings, infos, refused } = outcome;
        let refused = refused.len();
        return say(
            format!("{name}：错误 {errors}，核实 {warnings}，提示 {infos}，未能读取 {refused}"),
            format!(
                "{name}: {errors} errors, {warnings} warnings, {infos} notes, {refused} not read"
            ),
        );
    }
    let reason = entry.reason.clone().unwrap_or_default();
    say(format!("{name}：未能核对（{reason}）"), format!("{name}: not checked ({reason})"))
}

/// Checks a packet in a child and waits for it.
fn in_child(
    program: &Path,
    files: &[(String, PathBuf)],
    folder: &Path,
    patience: Duration,
) -> Result<Outcome, String> {
    let broken = |error: std::io::Error| error.to_string();
    let list = folder.join("files.json");
    fs::write(&list, serde_json::to_vec(files).map_err(|error| error.to_string())?)
        .map_err(broken)?;
    let lang = match language() {
        Language::Zh => "zh",
        Language::En => "en",
    };
    let mut child = Command::new(program)
        .args(["watch-worker", "--lang", lang])
        .args([&list, folder])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(broken)?;
    let end = Instant::now() + patience;
    let status = loop {
        match child.try_wait().map_err(broken)? {
            Some(status) => break status,
            None if Instant::now() < end => thread::sleep(Duration::from_millis(10)),
            None => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(say("超过时限", "it took too long").to_owned());
            }
        }
    };
    fs::remove_file(list).map_err(broken)?;
    if !status.success() {
        return Err(say("核对程序意外中断", "the check broke").to_owned());
    }
    let mut told = Vec::new();
    child.stdout.take().map_or(Ok(0), |mut out| out.read_to_end(&mut told)).map_err(broken)?;
    serde_json::from_slice(&told).map_err(|error| error.to_string())
}

/// Checks one packet, fills its folder and tells the outcome on standard output.
pub(super) fn work(command: &WatchWorkerArgs) -> Result<Exit, Trouble> {
    let list = fs::read(&command.list).map_err(|error| Trouble::reading(&command.list, &error))?;
    let files: Vec<(String, PathBuf)> = serde_json::from_slice(&list)
        .map_err(|error| Trouble::reading(&command.list, &std::io::Error::other(error)))?;
    let inputs = files
        .into_iter()
        .map(|(name, path)| Input {
            path: name,
            bytes: fs::read(path).map_err(|error| unread(&error)),
        })
        .collect();
    let desk = Desk::check(inputs, &Request::default(), &Limits::default(), |_| {});
    for output in desk.outputs(language()) {
        let path = command.folder.join(&output.name);
        fs::write(&path, &output.bytes).map_err(|error| Trouble::writing(&path, &error))?;
    }
    let outcome = outcome(&desk);
    output::print(|out| serde_json::to_writer(out, &outcome).map_err(Into::into))?;
    Ok(Exit::Clean)
}

fn outcome(desk: &Desk) -> Outcome {
    let report = desk.checked();
    Outcome {
        errors: report.summary.error,
        warnings: report.summary.warning,
        infos: report.summary.info,
        refused: report
            .packet
            .files
            .iter()
            .filter_map(|file| {
                let reason = file.error.as_ref()?.message.get(language()).to_owned();
                Some(Refused { file: file.path.clone(), reason })
            })
            .collect(),
    }
}

fn unread(error: &std::io::Error) -> ReadError {
    ReadError::new(
        ReadErrorCode::Io,
        Text::new(format!("文件读不出来：{error}"), format!("the file cannot be read: {error}")),
        Text::default(),
    )
}
