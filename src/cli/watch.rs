//! `gouji watch`: what lands in a folder is checked, and its results are put into another.
//!
//! Each packet is checked in a child process (`gouji watch-worker`), so that a file that kills its reader, or takes for
//! ever, costs one packet and not the watch.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;

use super::args::Knowledge;
use super::limits::{ChildArgs, LimitArgs};
use super::settings::Settings;
use super::trouble::{Trouble, tell};
use super::words::{language, say};
use super::{Exit, output, settings};
use crate::batch::watch::{Entry, MARK, Outcome, Refused, STATUS, Stage, Watch};
use crate::model::{Language, ReadError, ReadErrorCode, Text, many};
use crate::pipeline::Input;
use crate::web::bounds::{self, ASKS_FOR_LITTLE, Bounds, Death, SEARCH};
use crate::web::desk::{Desk, Request};

/// How long one packet may take, unless said otherwise.
const PATIENCE: Duration = Duration::from_mins(10);

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
    #[arg(long, help = say("处理完现有的文件就结束", "end when everything that is there is done"))]
    once: bool,
    #[command(flatten)]
    knowledge: Knowledge,
    #[command(flatten)]
    child: ChildArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

/// `gouji watch-worker`, started by the watch alone.
#[derive(Debug, Args)]
pub(super) struct WatchWorkerArgs {
    #[command(flatten)]
    knowledge: Knowledge,
    #[command(flatten)]
    child: ChildArgs,
    #[command(flatten)]
    limits: LimitArgs,
    /// A JSON list of what to check.
    list: PathBuf,
    folder: PathBuf,
}

/// Watches until it is stopped.
/// Why a file was left alone.
const NO_WORKBOOK: &str = "不是表格，略过";
const NO_WORKBOOK_EN: &str = "no workbook, skipped";

pub(super) fn run(command: &WatchArgs) -> Result<Exit, Trouble> {
    // What is wrong in it is told now. Only what whoever watches names: the senders' own files are no rules.
    Settings::known(&command.knowledge, &[])?;
    let children =
        Children::of(command).map_err(|error| Trouble::reading(Path::new("gouji"), &error))?;
    let mut watch = Watch::open(&command.inbox, &command.outbox, command.settle)
        .map_err(|error| {
            let zh = match error.kind() {
                io::ErrorKind::InvalidInput => "一个文件夹在另一个里面".to_owned(),
                _ => error.to_string(),
            };
            Trouble::new(
                format!("无法监视“{}”：{zh}", command.inbox.display()),
                format!("cannot watch `{}`: {error}", command.inbox.display()),
            )
            .hint(
                "两个文件夹都要存在，且互不包含",
                "both folders must exist, and neither lie in the other",
            )
        })?
        .skipping(&say(NO_WORKBOOK.to_owned(), NO_WORKBOOK_EN.to_owned()));
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
        let look = watch.look(|files, folder| children.check(files, folder));
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
    if entry.stage == Stage::Skipped {
        return say(format!("{name}：{NO_WORKBOOK}"), format!("{name}: {NO_WORKBOOK_EN}"));
    }
    if let (Stage::Done | Stage::Partial, Some(outcome)) = (entry.stage, &entry.outcome) {
        let Outcome { errors, warnings, infos, refused, missing } = outcome;
        let refused = refused.len();
        let mut line = say(
            format!("{name}：错误 {errors}，核实 {warnings}，提示 {infos}，未能读取 {refused}"),
            format!(
                "{name}: {}, {}, {}, {refused} not read",
                many(*errors, "error"),
                many(*warnings, "warning"),
                many(*infos, "note")
            ),
        );
        for Refused { file, reason } in missing {
            line.push_str(&say(
                format!("；未生成{file}（{reason}）"),
                format!("; {file} was not made ({reason})"),
            ));
        }
        return line;
    }
    let reason = entry.reason.clone().unwrap_or_default();
    say(format!("{name}：未能核对（{reason}）"), format!("{name}: not checked ({reason})"))
}

/// A file as the child is told of it: the name to show, its path, and how another child died of it alone.
type Told = (String, PathBuf, Option<Death>);

/// The children in which packets are checked.
struct Children {
    program: PathBuf,
    arguments: Vec<OsString>,
    bounds: Bounds,
}

impl Children {
    fn of(command: &WatchArgs) -> io::Result<Self> {
        let lang = match language() {
            Language::Zh => "zh",
            Language::En => "en",
        };
        let bounds = command.child.bounds(PATIENCE);
        let mut arguments: Vec<OsString> = ["watch-worker", "--lang", lang].map(Into::into).into();
        arguments.extend(ChildArgs::arguments(bounds));
        arguments.extend(command.limits.arguments());
        arguments.extend(settings::arguments(&command.knowledge, &[]));
        Ok(Self { program: std::env::current_exe()?, arguments, bounds })
    }

    /// Checks a packet and fills its folder. Files on which the check dies are refused, so that the others are checked.
    fn check(&self, files: &[(String, PathBuf)], folder: &Path) -> Result<Outcome, String> {
        let tell = |(name, path): &(String, PathBuf)| (name.clone(), path.clone(), None);
        let mut told: Vec<Told> = files.iter().map(tell).collect();
        let death = match self.run(&told, folder)? {
            Ok(outcome) => return Ok(outcome),
            Err(death) => death,
        };
        let failed = || say_text(&death.reason(self.bounds));
        if let [only] = told.as_mut_slice() {
            only.2 = Some(death);
        } else {
            self.search(&mut told, folder)?.ok_or_else(failed)?;
        }
        empty(folder).map_err(|error| error.to_string())?;
        self.run(&told, folder)?.map_err(|death| say_text(&death.reason(self.bounds)))
    }

    /// Marks the files on which a child dies alone; `None` when there is none, or the search takes too long.
    fn search(&self, told: &mut [Told], folder: &Path) -> Result<Option<()>, String> {
        let end = Instant::now() + self.bounds.patience * SEARCH;
        for file in told.iter_mut() {
            if Instant::now() > end {
                return Ok(None);
            }
            empty(folder).map_err(|error| error.to_string())?;
            file.2 = self.run(std::slice::from_ref(file), folder)?.err();
        }
        Ok(told.iter().any(|file| file.2.is_some()).then_some(()))
    }

    /// Runs one child and waits for it.
    fn run(&self, told: &[Told], folder: &Path) -> Result<Result<Outcome, Death>, String> {
        let broken = |error: io::Error| error.to_string();
        let list = folder.join("files.json");
        fs::write(&list, serde_json::to_vec(told).map_err(|error| error.to_string())?)
            .map_err(broken)?;
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .args([&list, folder])
            .env(ASKS_FOR_LITTLE.0, ASKS_FOR_LITTLE.1)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(broken)?;
        // Read as they come: a child must not wait for a full pipe.
        let said = child.stderr.take().map(|stream| thread::spawn(move || whole(stream)));
        let outcome = child.stdout.take().map(|stream| thread::spawn(move || whole(stream)));
        let end = Instant::now() + self.bounds.patience;
        let status = loop {
            match child.try_wait().map_err(broken)? {
                Some(status) => break status,
                None if Instant::now() < end => thread::sleep(Duration::from_millis(10)),
                None => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Ok(Err(Death::Timeout));
                }
            }
        };
        fs::remove_file(list).map_err(broken)?;
        let all = |thread: Option<thread::JoinHandle<Vec<u8>>>| {
            thread.and_then(|thread| thread.join().ok()).unwrap_or_default()
        };
        if status.code() == Some(2) {
            // It ended in order and says why: the disk is full, say.
            let said = all(said);
            return Err(String::from_utf8_lossy(&said).trim().to_owned());
        }
        if !status.success() {
            return Ok(Err(Death::by_last_words(&all(said))));
        }
        serde_json::from_slice(&all(outcome)).map(Ok).map_err(|error| error.to_string())
    }
}

fn whole(mut stream: impl io::Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

fn say_text(text: &Text) -> String {
    text.get(language()).to_owned()
}

/// Deletes what a child left in a folder before it died.
fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() != MARK {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Checks one packet, fills its folder and tells the outcome on standard output.
pub(super) fn work(command: &WatchWorkerArgs) -> Result<Exit, Trouble> {
    bounds::end_with_parent();
    let bounds = command.child.bounds(PATIENCE);
    bounds::bound_memory(bounds.memory).map_err(|error| {
        Trouble::new(format!("无法限定内存：{error}"), format!("cannot bound memory: {error}"))
    })?;
    let list = fs::read(&command.list).map_err(|error| Trouble::reading(&command.list, &error))?;
    let told: Vec<Told> = serde_json::from_slice(&list)
        .map_err(|error| Trouble::reading(&command.list, &io::Error::other(error)))?;
    let inputs = told
        .into_iter()
        .map(|(path, file, death)| Input {
            path,
            bytes: match death {
                Some(death) => Err(death.refusal(bounds)),
                None => fs::read(file).map_err(|error| unread(&error)),
            },
        })
        .collect();
    let known = Settings::known(&command.knowledge, &[])?.options;
    let limits = command.limits.limits();
    let desk = Desk::check(inputs, &known, &Request::default(), &limits, |_| {});
    let (outputs, missing) = desk.outputs(language());
    for output in outputs {
        let path = command.folder.join(&output.name);
        fs::write(&path, &output.bytes).map_err(|error| Trouble::writing(&path, &error))?;
    }
    let missing = missing
        .into_iter()
        .map(|(file, why)| Refused { file, reason: why.0.get(language()).to_owned() });
    let outcome = Outcome { missing: missing.collect(), ..outcome(&desk) };
    output::print_data(|out| serde_json::to_writer(out, &outcome).map_err(Into::into))?;
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
        missing: Vec::new(),
    }
}

fn unread(error: &io::Error) -> ReadError {
    ReadError::new(
        ReadErrorCode::Io,
        Text::new(format!("文件读不出来：{error}"), format!("the file cannot be read: {error}")),
        Text::default(),
    )
}
