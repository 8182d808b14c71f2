//! `gouji evaluate`: the evaluation workbook of a packet.

use std::path::{Path, PathBuf};

use clap::Args;

use super::args::{Inputs, Passwords, Rules};
use super::settings::Settings;
use super::trouble::Trouble;
use super::words::{language, say};
use super::{Exit, annotate, check, inputs, output};
use crate::model::Report;
use crate::write::evaluation::{self, EvaluationOptions};

/// `gouji evaluate`
#[derive(Debug, Args)]
pub(super) struct EvaluateArgs {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    passwords: Passwords,
    #[command(flatten)]
    rules: Rules,
    #[arg(
        short,
        long,
        value_name = say("文件", "FILE"),
        help = say("评价底稿写到哪个文件（默认为当前文件夹的 评价底稿.xlsx）", "the workbook to write (default 评价底稿.xlsx in this folder)"),
    )]
    output: Option<PathBuf>,
    #[arg(
        long,
        value_name = say("年-月-日", "YYYY-MM-DD"),
        help = say("印在首页的编制日期；不指定时留空", "the day printed on the first sheet; left blank by default"),
    )]
    date: Option<String>,
    #[arg(
        long,
        help = say("同名文件已存在且不是 gouji 原样写出的，也覆盖", "replace a file of that name even if it is not as gouji wrote it"),
    )]
    force: bool,
}

/// Writes the evaluation workbook.
pub(super) fn run(command: &EvaluateArgs) -> Result<Exit, Trouble> {
    let target = command.output.clone().unwrap_or_else(|| PathBuf::from(output::EVALUATION));
    if target.is_dir() {
        let shown = target.display();
        return Err(Trouble::new(
            format!("“{shown}”是一个文件夹"),
            format!("`{shown}` is a folder"),
        )
        .hint(
            "-o 后面请写文件名，如 评价底稿.xlsx",
            "name a file after -o, such as evaluation.xlsx",
        ));
    }
    let settings = Settings::load(&command.rules, &command.inputs.paths)?;
    let found = inputs::find(&command.inputs.paths)?;
    if output::Names::keeping(&found.files).takes(&target) {
        let shown = target.display();
        return Err(Trouble::new(
            format!("“{shown}”是要核对的表格之一，不能覆盖"),
            format!("`{shown}` is one of the workbooks to check and will not be overwritten"),
        )
        .hint("请用 -o 指定另一个文件名", "name another file with -o"));
    }
    if !command.force && std::fs::read(&target).is_ok_and(|old| !evaluation::is_untouched(&old)) {
        let shown = target.display();
        return Err(Trouble::new(
            format!("“{shown}”已存在，且不是 gouji 原样写出的评价底稿，没有覆盖"),
            format!("`{shown}` exists and is not an evaluation workbook as gouji wrote it: it was not replaced"),
        )
        .hint(
            "请用 -o 指定另一个文件名；确要覆盖时加 --force",
            "name another file with -o, or add --force to replace it",
        ));
    }
    let limits = command.inputs.limits.limits();
    let loaded = inputs::load(found, &limits);
    let report = loaded.check(&settings.options, &limits, &command.passwords)?;
    loaded.tell();
    let bytes = workbook(&report, &target, command.date.clone())?;
    annotate::announce(&annotate::save(&target, &bytes)?)?;
    output::tell_summary(&report);
    Ok(check::exit(&report, settings.fail_on))
}

/// The workbook as it will stand at `target`, to which its links are relative.
pub(super) fn workbook(
    report: &Report,
    target: &Path,
    date: Option<String>,
) -> Result<Vec<u8>, Trouble> {
    let links = evaluation::relative_links(&report.packet, target);
    let options = EvaluationOptions { language: language(), date, links };
    evaluation::write(report, &options).map_err(|error| {
        Trouble::new(
            format!("无法生成评价底稿：{error}"),
            format!("no evaluation workbook: {error}"),
        )
    })
}
