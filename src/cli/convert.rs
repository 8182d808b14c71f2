//! `gouji convert`: a tree of workbooks → normalized data; `gouji merge`: parts of one → the whole.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use super::args::Knowledge;
use super::limits::LimitArgs;
use super::output::is_ours;
#[cfg(feature = "serve")]
use super::settings;
use super::settings::Settings;
use super::trouble::{Trouble, tell};
use super::words::say;
use super::{Exit, convert_worker};
use crate::batch::convert::{self as batch, ConvertError, Converted, Job, Planned, Progress};
use crate::model::many;
use crate::write::dataset::{Form, Sheaf};

/// The arguments of `gouji convert`.
#[derive(Debug, Args)]
pub(super) struct ConvertArgs {
    #[arg(
        required = true,
        value_name = say("文件或文件夹", "PATH"),
        help = say("要转换的表格、压缩包（.zip、.7z），或放着它们的文件夹；每个文件单独核对", "workbooks, archives (.zip, .7z), or folders of them; each file is checked alone"),
    )]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    into: IntoArgs,
    #[arg(
        short,
        long,
        value_name = say("个数", "N"),
        value_parser = clap::value_parser!(u16).range(1..=1024),
        help = say("同时处理几批文件（默认等于处理器个数）", "chunks of files at once (default: as many as processors)"),
    )]
    jobs: Option<u16>,
    #[arg(
        long,
        value_name = say("i/n", "I/N"),
        value_parser = shard,
        default_value = "1/1",
        hide_default_value = true,
        help = say("只做 n 份中的第 i 份，各份再由 gouji merge 合并", "do only part i of n; gouji merge puts the parts together"),
    )]
    shard: (u32, u32),
    #[arg(long, help = say("只说要做什么，不读不写", "say what would be done, and do nothing"))]
    dry_run: bool,
    #[arg(long, help = say("遇到第一个不能读的文件就停", "stop at the first file that cannot be read"))]
    fail_fast: bool,
    #[command(flatten)]
    knowledge: Knowledge,
    #[command(flatten)]
    limits: LimitArgs,
    #[cfg(feature = "serve")]
    #[command(flatten)]
    child: super::limits::ChildArgs,
}

/// The arguments of `gouji merge`.
#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    #[arg(
        required = true,
        value_name = say("数据文件夹", "DIR"),
        help = say("gouji convert --shard 的各份结果", "the results of gouji convert --shard"),
    )]
    parts: Vec<PathBuf>,
    #[command(flatten)]
    into: IntoArgs,
}

/// Where the data go, and in which form.
#[derive(Debug, Args)]
struct IntoArgs {
    #[arg(
        short,
        long,
        value_name = say("文件夹", "DIR"),
        help = say("结果放在哪个文件夹（没有则新建；已有的数据集接着做）", "folder for the results (made if missing; a dataset that is there is gone on with)"),
    )]
    output: PathBuf,
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "parquet",
        value_name = "parquet,sqlite,csv,jsonl,xlsx",
        hide_possible_values = true,
        hide_default_value = true,
        help = say("结果的格式：parquet（默认），sqlite，csv，jsonl，xlsx；可同时写几种", "the forms of the results: parquet (default), sqlite, csv, jsonl, xlsx; several at once"),
    )]
    to: Vec<To>,
    #[arg(long, help = say("新结果比原有的少也照样替换", "replace older results even by less"))]
    replace: bool,
}

/// A form of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum To {
    /// The form in which chunks are kept.
    Parquet,
    /// One database.
    #[cfg(feature = "sqlite")]
    Sqlite,
    /// Comma-separated.
    Csv,
    /// JSON Lines.
    Jsonl,
    /// One workbook.
    Xlsx,
}

impl IntoArgs {
    fn forms(&self) -> BTreeSet<Form> {
        let form = |to: &To| match to {
            To::Parquet => Form::Parquet,
            #[cfg(feature = "sqlite")]
            To::Sqlite => Form::Sqlite,
            To::Csv => Form::Csv,
            To::Jsonl => Form::Jsonl,
            To::Xlsx => Form::Xlsx,
        };
        self.to.iter().map(form).collect()
    }
}

/// `2/5` is the second of five.
fn shard(text: &str) -> Result<(u32, u32), String> {
    let wrong =
        || say("写成 2/5 这样：5 份中的第 2 份", "write it as 2/5: the second of five").to_owned();
    let (part, of) = text.split_once('/').ok_or_else(wrong)?;
    match (part.trim().parse::<u32>(), of.trim().parse::<u32>()) {
        (Ok(part), Ok(of)) if (1..=of).contains(&part) => Ok((part - 1, of)),
        _ => Err(wrong()),
    }
}

/// Runs the conversion.
pub(super) fn run(arguments: &ConvertArgs) -> Result<Exit, Trouble> {
    let limits = arguments.limits.limits();
    let found = batch::find(&arguments.paths, &limits, &is_ours);
    let left_out = found.left_out;
    let job = Job {
        output: arguments.into.output.clone(),
        forms: arguments.into.forms(),
        jobs: arguments.jobs.map(usize::from),
        limits,
        options: Settings::known(&arguments.knowledge, &arguments.paths)?.options,
        shard: arguments.shard,
        replace: arguments.into.replace,
        fail_fast: arguments.fail_fast,
    };
    if arguments.dry_run {
        let planned = batch::plan(found, &job).map_err(|error| trouble(&error))?;
        tell_planned(&planned);
        return Ok(Exit::Clean);
    }
    tell_left_out(left_out);
    let show = Show::new();
    #[cfg(feature = "serve")]
    let workers = {
        let known = settings::arguments(&arguments.knowledge, &arguments.paths);
        convert_worker::workers(&arguments.limits, arguments.child, known, &job)
    };
    #[cfg(not(feature = "serve"))]
    let workers = convert_worker::workers(&job);
    let converted = batch::convert(found, &job, &workers, &|progress| show.tell(progress));
    show.end();
    let converted = converted.map_err(|error| trouble(&error))?;
    Ok(summarize(&converted, &arguments.into.output))
}

/// Puts parts together.
pub(super) fn merge(arguments: &MergeArgs) -> Result<Exit, Trouble> {
    let IntoArgs { output, replace, .. } = &arguments.into;
    let converted = batch::merge(&arguments.parts, output, &arguments.into.forms(), *replace);
    let converted = converted.map_err(|error| trouble(&error))?;
    Ok(summarize(&converted, output))
}

fn tell_left_out(count: u64) {
    if count > 0 {
        tell(&say(
            format!("说明：略过 {count} 个文件（不是表格、隐藏文件、锁文件、链接或本程序的结果）"),
            format!(
                "note: {} left out (no workbooks, hidden, lock files, links, or results of ours)",
                many(count, "file")
            ),
        ));
    }
}

fn tell_planned(planned: &Planned) {
    let Planned { files, bytes, duplicates, refused, kept, to_do, gone, left_out } = planned;
    let (mb, do_mb) = (bytes >> 20, to_do.1 >> 20);
    tell(&say(
        format!(
            "找到 {files} 个文件（{mb} MiB），其中 {duplicates} 个与别的逐字节相同，{refused} 个不能打开；略过 {left_out} 个。\n已做好 {kept} 个，要做 {} 个（{do_mb} MiB）；原数据集中有 {gone} 个文件已不在。",
            to_do.0
        ),
        format!(
            "{} found ({mb} MiB), {duplicates} of them the same bytes as another, {refused} that cannot be opened; {left_out} left out.\nDone: {kept}, to do: {} ({do_mb} MiB), gone from the dataset: {gone}.",
            many(*files, "file"),
            to_do.0
        ),
    ));
}

/// Progress: a bar on a terminal, else a line now and then.
struct Show {
    bar: Option<indicatif::ProgressBar>,
    start: Instant,
    last: Mutex<Instant>,
}

impl Show {
    fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = indicatif::ProgressBar::new(0);
            let template = "{bar:30} {msg}";
            if let Ok(style) = indicatif::ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar
        });
        let start = Instant::now();
        Self { bar, start, last: Mutex::new(start) }
    }

    fn tell(&self, progress: Progress) {
        let pause =
            if self.bar.is_some() { Duration::from_millis(100) } else { Duration::from_secs(10) };
        let Ok(mut last) = self.last.lock() else { return };
        let ended = progress.files == progress.of_files;
        if last.elapsed() < pause && !(ended && self.bar.is_some()) {
            return;
        }
        *last = Instant::now();
        let line = self.line(progress);
        match &self.bar {
            Some(bar) => {
                bar.set_length(progress.of_bytes.max(1));
                bar.set_position(progress.bytes);
                bar.set_message(line);
            }
            None => tell(&line),
        }
    }

    fn line(&self, progress: Progress) -> String {
        let Progress { files, bytes, refused, of_files, of_bytes, .. } = progress;
        let milliseconds = self.start.elapsed().as_millis().max(1);
        let rate = u128::from(files) * 1000 / milliseconds;
        // Small files take time by their number, large ones by their bytes, and a few bombs are most of the bytes and little
        // of the time: the mean of both says it better than either. In millionths.
        let share = |done: u64, of: u64| {
            if of == 0 { 1_000_000 } else { u128::from(done) * 1_000_000 / u128::from(of) }
        };
        let done = share(files, of_files).midpoint(share(bytes, of_bytes));
        let rest = milliseconds * (1_000_000 - done.min(1_000_000)) / done.max(1) / 1000;
        let (mb, of_mb) = (bytes >> 20, of_bytes >> 20);
        let left = format!("{}:{:02}", rest / 60, rest % 60);
        say(
            format!(
                "{files}/{of_files} 个文件，{mb}/{of_mb} MiB，每秒 {rate} 个，约剩 {left}，未能读取 {refused}"
            ),
            format!(
                "{files}/{of_files} files, {mb}/{of_mb} MiB, {rate} a second, about {left} left, {refused} refused"
            ),
        )
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn summarize(converted: &Converted, output: &Path) -> Exit {
    let Converted { refused, duplicates, kept, missing, neutralised, .. } = converted;
    let [files, tables, lines, facts, checks, findings] =
        Sheaf::ALL.map(|sheaf| converted.of(sheaf));
    let output = output.display();
    tell(&say(
        format!(
            "数据集共 {files} 个文件（未能读取 {refused}，与别的相同 {duplicates}，原已做好 {kept}）：{tables} 个表，{lines} 行，{facts} 个数字，{checks} 项核对，{findings} 处差异；结果在“{output}”"
        ),
        format!(
            "{} in the dataset ({refused} refused, {}, {kept} done before): {}, {}, {}, {}, {}; results in `{output}`",
            many(files, "file"),
            many(*duplicates, "duplicate"),
            many(tables, "table"),
            many(lines, "line"),
            many(facts, "number"),
            many(checks, "check"),
            many(findings, "finding")
        ),
    ));
    if *missing > 0 {
        tell(&say(
            format!("说明：这是一份；还有 {missing} 批在其他份里，做完后用 gouji merge 合并"),
            format!(
                "note: this is a part; {} in others, put together by gouji merge",
                many(*missing, "chunk")
            ),
        ));
    }
    if *neutralised > 0 {
        tell(&say(
            format!(
                "说明：csv 中 {neutralised} 处文字以 = + - @ 等开头，前面加了单引号，以免被当作公式"
            ),
            format!(
                "note: {} in the csv that would be read as formulas got a single quote in front",
                many(*neutralised, "text")
            ),
        ));
    }
    // Refused files are rows of the result; only a tree without a single readable file is a failure.
    if files == *refused && files > 0 { Exit::Failed } else { Exit::Clean }
}

fn trouble(error: &ConvertError) -> Trouble {
    match error {
        ConvertError::Write { path, error } => Trouble::writing(path, error),
        ConvertError::Nothing => Trouble::new("没有找到要转换的文件，什么也没有写", "no files found, nothing was written")
            .hint("请检查路径；链接、隐藏文件和本程序的结果不读", "check the path; links, hidden files and results of ours are not read"),
        ConvertError::Input(path) => Trouble::new(
            format!("要转换的“{}”就在放结果的文件夹里，为免覆盖，什么也没有写", path.display()),
            format!("`{}` is inside the folder of the results; nothing was written, so as not to harm it", path.display()),
        )
        .hint("请用 -o 指定另一个文件夹", "name another folder with -o"),
        ConvertError::Foreign(path) => Trouble::new(
            format!("“{}”已经有了，不是本程序这一版的数据集，没有覆盖", path.display()),
            format!("`{}` is there already and is no dataset of this program; it was left alone", path.display()),
        )
        .hint("请用 -o 指定另一个文件夹；确要替换，加 --replace", "name another folder with -o, or say --replace"),
        ConvertError::Busy(path) => Trouble::new(
            format!("另一次转换正在写入“{}”，什么也没有改动", path.display()),
            format!("another conversion writes to `{}`; nothing was changed", path.display()),
        )
        .hint("请等它结束，或用 -o 指定另一个文件夹", "wait until it is done, or name another folder with -o"),
        ConvertError::Less { count, first } => Trouble::new(
            format!("原数据集中有 {count} 个文件（如“{first}”）这次没有或读不出；原结果没有动"),
            format!("gone or not to be read now: {} of the dataset (`{first}` for one); the results were left as they are", many(*count, "file")),
        )
        .hint("请找回这些文件；确要替换成更少的，加 --replace", "bring them back, or say --replace to have less"),
        ConvertError::Refused { path, .. } => Trouble::new(
            format!("未能读取“{path}”，按 --fail-fast 停止；已做好的留待下次"),
            format!("`{path}` cannot be read, stopped as --fail-fast says; what is done is kept for the next run"),
        ),
        other => Trouble::new(format!("转换中止：{other}"), format!("conversion stopped: {other}")),
    }
}
