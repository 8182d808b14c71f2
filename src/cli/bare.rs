//! `gouji FILE…`: what dropping files on the program does.
//!
//! Findings on the screen, a marked copy of each workbook, and the evaluation workbook of the packet, beside the files
//! or in the folder named, and the one of them that says most opened. The files themselves are never touched.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::args::{self, Passwords, Rules};
use super::limits::LimitArgs;
use super::nearest::nearest;
use super::settings::Settings;
use super::trouble::{Trouble, tell};
use super::words::{language, say};
use super::{Exit, annotate, check, evaluate, inputs, opening, output};
use crate::model::Report;
use crate::write::OUTPUTS;
use crate::write::json::Checks;

/// Bare `gouji`
#[derive(Debug, Default, Args)]
pub(super) struct BareArgs {
    #[arg(
        value_name = say("文件或文件夹", "PATH"),
        help = say("要核对的表格：在屏幕上列出问题，并写出标注副本和评价底稿", "workbooks to check: lists what is wrong and writes marked copies and an evaluation workbook"),
    )]
    pub(super) paths: Vec<PathBuf>,
    #[arg(
        short,
        long,
        value_name = say("文件夹", "DIR"),
        help = say("写到哪个文件夹；不指定时写在原文件旁边", "where to write; by default beside the files"),
    )]
    output: Option<PathBuf>,
    #[arg(
        long,
        help = say("不自动打开结果（也可设 GOUJI_NO_OPEN=1）", "do not open the result (or set GOUJI_NO_OPEN=1)"),
    )]
    no_open: bool,
    #[command(flatten)]
    passwords: Passwords,
    #[command(flatten)]
    rules: Rules,
    #[command(flatten)]
    limits: LimitArgs,
}

impl BareArgs {
    /// Whether any of them was given.
    pub(super) fn is_given(&self) -> bool {
        self.output.is_some()
            || !self.paths.is_empty()
            || self.rules.is_given()
            || self.no_open
            || self.passwords.password_file.is_some()
            || self.limits.is_given()
    }
}

/// Checks, prints and writes.
pub(super) fn run(command: &BareArgs) -> Result<Exit, Trouble> {
    if let Some(trouble) = misspelt_command(&command.paths) {
        return Err(trouble);
    }
    let settings = Settings::load(&command.rules, &command.paths)?;
    let limits = command.limits.limits();
    let found = inputs::find(&command.paths)?;
    let mut names = output::Names::keeping(&found.files);
    let beside = found.files.first().and_then(|first| first.parent()).map(Path::to_owned);
    let loaded = inputs::load(found, &limits);
    let report = loaded.check(&settings.options, &limits, &command.passwords)?;
    loaded.tell();
    settings.after(&report)?;
    output::heard(output::print_report(&report, OUTPUTS[0], Checks::default()))?;
    let readable = report.packet.files.iter().filter(|file| file.error.is_none()).count();
    if readable == 0 {
        return Ok(Exit::Failed);
    }
    output::heard(output::print(|out| writeln!(out, "\n{}", say("已写出：", "Written:"))))?;
    let folder = command.output.as_deref();
    let copies = copies(&report, &loaded, folder, &mut names)?;
    let target = folder.unwrap_or(beside.as_deref().unwrap_or(Path::new("")));
    let making = evaluate::Making::of(&settings.options.rulebook, None)?;
    let paper = working_paper(&report, target, &making, &mut names)?;
    let complete = copies.len() == readable;
    opening::show(command.no_open, opening::best(&copies, &paper));
    Ok(if complete { check::exit(&report, settings.fail_on) } else { Exit::Failed })
}

/// `gouji chekc 表.xlsx`: the first word is no file, and nearly a command.
fn misspelt_command(paths: &[PathBuf]) -> Option<Trouble> {
    let first = paths.first().filter(|path| !path.exists())?;
    let typed = first.to_str().filter(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()))?;
    let meant = nearest(typed, args::command_names());
    if meant.is_empty() {
        return None;
    }
    let names = |between: &str| {
        meant.iter().map(|name| format!("gouji {name}")).collect::<Vec<_>>().join(between)
    };
    Some(
        Trouble::new(
            format!("没有“{typed}”这个命令，也没有叫这个名称的文件"),
            format!("there is neither a command nor a file `{typed}`"),
        )
        .hint(format!("是不是 {}？", names("、")), format!("did you mean {}?", names(", "))),
    )
}

/// A marked copy of each file that was read and could be copied.
fn copies(
    report: &Report,
    loaded: &inputs::Loaded,
    folder: Option<&Path>,
    names: &mut output::Names,
) -> Result<Vec<PathBuf>, Trouble> {
    let mut written = Vec::new();
    for (index, (path, input)) in loaded.places.iter().zip(&loaded.inputs).enumerate() {
        if report.packet.files[index].error.is_some() {
            // Said in the report already.
            continue;
        }
        let plan = crate::write::annotate::plan(report, index as u32, language(), false);
        match annotate::copy(&report.packet, index as u32, input, &plan) {
            Ok(annotated) => written.push(annotate::write_copy(path, folder, &annotated, names)?),
            Err(complaint) => annotate::complain(path, &complaint.message, &complaint.hint),
        }
    }
    Ok(written)
}

fn working_paper(
    report: &Report,
    folder: &Path,
    making: &evaluate::Making,
    names: &mut output::Names,
) -> Result<PathBuf, Trouble> {
    let target = names.free(&folder.join(output::evaluation()));
    let bytes = evaluate::workbook(report, &target, making)?;
    let target = sparing(&target, &bytes, names);
    let written = annotate::save(&target, &bytes)?;
    annotate::announce(&written)?;
    Ok(written)
}

/// Another name where a working paper stands already: a reviewer's conclusions may be in it.
fn sparing(wanted: &Path, bytes: &[u8], names: &mut output::Names) -> PathBuf {
    let mut target = wanted.to_owned();
    let mut number = 2;
    while fs::read(&target).is_ok_and(|there| there != bytes) {
        target = names.free(&output::numbered(wanted, number));
        number += 1;
    }
    if target != wanted {
        tell(say(
            "说明：已有一份评价底稿（里面可能填了复核意见），未覆盖，另存为新的一份",
            "note: there is an evaluation workbook already, perhaps with a reviewer's conclusions: it was left alone",
        ));
    }
    target
}
