//! `gouji check`: findings on the screen.

use std::path::PathBuf;

use super::args::{Check, ChecksListed, FailOn};
use super::settings::Settings;
use super::trouble::{Trouble, tell};
use super::words::{language, say};
use super::{Exit, inputs, output};
use crate::batch::folders::Folder;
use crate::model::{Report, Severity};
use crate::write::drafts::{self, Drafts};
use crate::write::json;

pub(super) fn run(command: &Check) -> Result<Exit, Trouble> {
    let mut settings = Settings::load(&command.rules, &command.inputs.paths)?;
    let limits = command.inputs.limits.limits();
    for path in &command.report {
        settings.options.narratives.push(inputs::report(path, &limits)?);
    }
    if command.packet_per_folder {
        return many(command, &settings);
    }
    let report = checked(command, &settings, &command.inputs.paths)?;
    let earlier = earlier(command, &settings, &command.previous)?;
    settings.after(&report)?;
    match &earlier {
        Some(before) if is(command, "json") => {
            let drafts = drafts::compare(before, &report);
            let checks = listed(command);
            output::print_data(|out| {
                json::write_compared(&report, before, &drafts, checks, language(), out)
            })?;
        }
        _ if is(command, "text") => told(command, &report, earlier.as_ref())?,
        _ => output::print_report(&report, command.format, listed(command))?,
    }
    let exit = exit(&report, settings.fail_on);
    // The process is about to end, which frees millions of cells and names at once.
    std::mem::forget((report, earlier));
    Ok(exit)
}

fn listed(command: &Check) -> json::Checks {
    match command.checks {
        ChecksListed::All => json::Checks::All,
        ChecksListed::Failing => json::Checks::Failing,
    }
}

fn is(command: &Check, output: &str) -> bool {
    command.format.name == output
}

/// The report for people, and what became of the last draft.
fn told(command: &Check, report: &Report, earlier: Option<&Report>) -> Result<(), Trouble> {
    output::print_report(report, command.format, listed(command))?;
    if let Some(before) = earlier {
        let drafts: Drafts = drafts::compare(before, report);
        output::print_drafts(report, before, &drafts)?;
    }
    Ok(())
}

fn checked(command: &Check, settings: &Settings, paths: &[PathBuf]) -> Result<Report, Trouble> {
    let limits = command.inputs.limits.limits();
    let loaded = inputs::load(inputs::find(paths)?, &limits);
    let report = loaded.check(&settings.options, &limits, &command.passwords)?;
    loaded.tell();
    Ok(report)
}

/// The last draft, where one is named.
fn earlier(
    command: &Check,
    settings: &Settings,
    paths: &[PathBuf],
) -> Result<Option<Report>, Trouble> {
    let Some(first) = paths.first() else { return Ok(None) };
    let report = checked(command, settings, paths)?;
    if report.packet.files.iter().all(|file| file.workbook.is_none()) {
        let shown = first.display();
        return Err(Trouble::new(
            format!("上一稿“{shown}”中没有能读取的表格，无法对比"),
            format!(
                "no workbook of the last draft, `{shown}`, can be read: nothing to compare with"
            ),
        )
        .hint(
            "--previous 后面请写上一稿材料的文件夹或文件",
            "after --previous name the folder or the files of the last draft",
        ));
    }
    Ok(Some(report))
}

/// One packet of each folder, one after the other.
fn many(command: &Check, settings: &Settings) -> Result<Exit, Trouble> {
    if !is(command, "json") && !is(command, "text") {
        return Err(Trouble::new(
            "--packet-per-folder 只能与 text、json 格式同用",
            "--packet-per-folder goes with the formats text and json",
        )
        .hint("逐个文件夹核对，或改用 json", "check folder by folder, or use json"));
    }
    let packets = inputs::packets(&command.inputs.paths, None)?;
    let mut worst = Exit::Clean;
    let (mut clean, mut failed) = (0, 0);
    for folder in &packets {
        match one(command, settings, folder) {
            Ok(Exit::Clean) => clean += 1,
            Ok(Exit::Failed) => failed += 1,
            Ok(exit) => worst = exit,
            // One packet that fails keeps the others from nothing.
            Err(trouble) => {
                let (name, text) = (&folder.name, trouble.text());
                let text = text.get(language());
                tell(&say(format!("{name}：{text}"), format!("{name}: {text}")));
                failed += 1;
            }
        }
    }
    let all = packets.len();
    tell(&say(
        format!("共 {all} 套材料：{clean} 套没有问题，{failed} 套未能核对。"),
        format!(
            "{}: {clean} without findings, {failed} not checked.",
            crate::model::many(all, "packet")
        ),
    ));
    Ok(match (failed, worst) {
        (failed, _) if failed == all => Exit::Failed,
        (0, worst) => worst,
        _ => Exit::Findings,
    })
}

fn one(command: &Check, settings: &Settings, folder: &Folder) -> Result<Exit, Trouble> {
    let report = checked(command, settings, std::slice::from_ref(&folder.path))?;
    let before: Vec<PathBuf> = command
        .previous
        .iter()
        .map(|previous| previous.join(&folder.name))
        .filter(|path| path.is_dir())
        .collect();
    let earlier = earlier(command, settings, &before)?;
    if is(command, "json") {
        output::print_data(|out| {
            let checks = listed(command);
            let mut bytes = Vec::new();
            match &earlier {
                None => json::write(&report, checks, language(), &mut bytes)?,
                Some(before) => {
                    let drafts = drafts::compare(before, &report);
                    let bytes = &mut bytes;
                    json::write_compared(&report, before, &drafts, checks, language(), bytes)?;
                }
            }
            json::line(&folder.name, &bytes, out)
        })?;
    } else {
        output::print_heading(&folder.name)?;
        told(command, &report, earlier.as_ref())?;
    }
    Ok(exit(&report, settings.fail_on))
}

/// What a report means for the exit code.
pub(super) fn exit(report: &Report, fail_on: FailOn) -> Exit {
    if report.packet.files.iter().all(|file| file.error.is_some()) {
        return Exit::Failed;
    }
    let least = match fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Info => Severity::Info,
        FailOn::Never => return Exit::Clean,
    };
    if report.standing().any(|finding| finding.severity >= least) {
        Exit::Findings
    } else {
        Exit::Clean
    }
}
