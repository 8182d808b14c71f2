//! `gouji convert`: a tree of workbooks → normalized data.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Exit;
use super::limits::LimitArgs;
use super::trouble::{Trouble, tell};
use super::words::say;
use crate::batch::convert::{self as batch, ConvertError, Converted, Found, Job};
use crate::pipeline::Options;
use crate::write::dataset::Form;

/// The arguments of `gouji convert`.
#[derive(Debug, Args)]
pub(super) struct ConvertArgs {
    #[arg(
        required = true,
        value_name = say("文件或文件夹", "PATH"),
        help = say("要转换的表格、压缩包（.zip），或放着它们的文件夹；每个文件单独核对", "workbooks, .zip archives, or folders of them; each file is checked alone"),
    )]
    paths: Vec<PathBuf>,
    #[arg(
        short,
        long,
        value_name = say("文件夹", "DIR"),
        help = say("结果放在哪个文件夹（没有则新建；同名结果会被替换）", "folder for the results (made if missing; results of the same name are replaced)"),
    )]
    output: PathBuf,
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "csv",
        value_name = "csv,jsonl",
        hide_possible_values = true,
        hide_default_value = true,
        help = say("结果的格式：csv（默认），jsonl；可同时写几种", "the forms of the results: csv (default), jsonl; several at once"),
    )]
    to: Vec<To>,
    #[arg(
        short,
        long,
        value_name = say("个数", "N"),
        value_parser = clap::value_parser!(u16).range(1..=1024),
        help = say("同时处理几个文件（默认等于处理器个数）", "files at once (default: as many as processors)"),
    )]
    jobs: Option<u16>,
    #[command(flatten)]
    limits: LimitArgs,
}

/// A form of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum To {
    /// Comma-separated.
    Csv,
    /// JSON Lines.
    Jsonl,
    /// Not yet.
    Parquet,
    /// Not yet.
    Sqlite,
    /// Not yet.
    Xlsx,
}

/// Runs the conversion.
pub(super) fn run(arguments: &ConvertArgs) -> Result<Exit, Trouble> {
    let forms = forms(&arguments.to)?;
    let limits = arguments.limits.limits();
    let skip = |path: &std::path::Path| batch::is_output(path, &arguments.output);
    let found = batch::find(&arguments.paths, &limits, &skip);
    tell_left_out(&found);
    let job = Job {
        output: arguments.output.clone(),
        forms,
        jobs: arguments.jobs.map(usize::from),
        options: Options::default(),
        limits,
    };
    let bar = bar(found.sources.len() as u64);
    let converted = batch::convert(&found.sources, &job, &|done| bar.set_position(done));
    bar.finish_and_clear();
    let converted = converted.map_err(|error| trouble(&error))?;
    summarize(&converted, arguments);
    // Refused files are rows of the result; only a tree without a single readable file is a failure.
    let nothing = converted.files == converted.refused;
    Ok(if nothing { Exit::Failed } else { Exit::Clean })
}

fn forms(to: &[To]) -> Result<BTreeSet<Form>, Trouble> {
    to.iter()
        .map(|to| match to {
            To::Csv => Ok(Form::Csv),
            To::Jsonl => Ok(Form::Jsonl),
            To::Parquet | To::Sqlite | To::Xlsx => {
                let name = to.to_possible_value().map(|value| value.get_name().to_owned());
                let name = name.unwrap_or_default();
                let trouble = Trouble::new(
                    format!("这个版本还不能转换成 {name}"),
                    format!("this version cannot write {name} yet"),
                );
                Err(trouble.hint(
                    "请用 --to csv 或 --to jsonl，再由 DuckDB、SQLite 等导入",
                    "use --to csv or --to jsonl and load that into DuckDB or SQLite",
                ))
            }
        })
        .collect()
}

fn tell_left_out(found: &Found) {
    if found.left_out > 0 {
        let count = found.left_out;
        tell(&say(
            format!("说明：略过 {count} 个文件（不是表格、隐藏文件、锁文件、链接或本次的结果）"),
            format!(
                "note: {count} files left out (no workbooks, hidden, lock files, links, or results of ours)"
            ),
        ));
    }
    for unfound in &found.unfound {
        let (path, error) = (unfound.path.display(), &unfound.error);
        tell(&say(
            format!("说明：无法打开文件夹“{path}”：{error}"),
            format!("note: cannot open folder `{path}`: {error}"),
        ));
    }
}

/// On a terminal only: a log keeps clean.
fn bar(files: u64) -> indicatif::ProgressBar {
    if !std::io::stderr().is_terminal() {
        return indicatif::ProgressBar::hidden();
    }
    let bar = indicatif::ProgressBar::new(files);
    let template = say(
        "{bar:40} {pos}/{len} 个文件，用时 {elapsed}，约剩 {eta}",
        "{bar:40} {pos}/{len} files, {elapsed}, about {eta} left",
    );
    if let Ok(style) = indicatif::ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

fn summarize(converted: &Converted, arguments: &ConvertArgs) {
    let Converted { files, refused, tables, facts, checks, findings, neutralised } = converted;
    let output = arguments.output.display();
    tell(&say(
        format!(
            "转换 {files} 个文件（未能读取 {refused}）：{tables} 个表，{facts} 个数字，{checks} 项核对，{findings} 处差异；结果在“{output}”"
        ),
        format!(
            "{files} files converted ({refused} refused): {tables} tables, {facts} numbers, {checks} checks, {findings} findings; results in `{output}`"
        ),
    ));
    if *neutralised > 0 {
        tell(&say(
            format!(
                "说明：csv 中 {neutralised} 处文字以 = + - @ 等开头，前面加了单引号，以免被当作公式"
            ),
            format!(
                "note: {neutralised} texts in the csv begin like formulas and got a single quote in front"
            ),
        ));
    }
}

fn trouble(error: &ConvertError) -> Trouble {
    match error {
        ConvertError::Write { path, error } => Trouble::writing(path, error),
        other => Trouble::new(format!("转换中止：{other}"), format!("conversion stopped: {other}")),
    }
}
