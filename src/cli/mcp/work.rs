//! The child that does one call: told on standard input, answers on standard output, refuses on standard error.

use std::io::{self, BufRead as _};
use std::path::PathBuf;

use clap::Args;
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Map, Value, json};

use super::super::args::{Knowledge, Passwords, Rules};
use super::super::limits::{ChildArgs, LimitArgs};
use super::super::settings::{self, Settings};
use super::super::trouble::Trouble;
use super::super::words::{language, say};
use super::super::{Exit, inputs, inspect, output, rules};
use super::tools::{Check, Task};
use crate::model::Report;
use crate::web::bounds;
use crate::write;
use crate::write::clean::Clean;

/// Text of an answer past this is left out, with a word on what to do: it would crowd out everything else.
const LENGTH: usize = 60_000;
/// Checks that could not be made which are named.
const UNVERIFIABLE: usize = 50;

/// `gouji mcp-worker`, started by the server alone.
#[derive(Debug, Args)]
pub(in super::super) struct WorkerArgs {
    #[command(flatten)]
    child: ChildArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    passwords: Passwords,
    #[command(flatten)]
    knowledge: Knowledge,
}

/// Does one call.
pub(in super::super) fn work(command: &WorkerArgs) -> Result<Exit, Trouble> {
    let mut order = String::new();
    io::stdin().lock().read_line(&mut order).map_err(|error| failed(&error))?;
    bounds::end_with_parent();
    let bounds = command.child.bounds(super::PATIENCE);
    bounds::bound_memory(bounds.memory).map_err(|error| failed(&error))?;
    let task: Task = serde_json::from_str(&order).map_err(|error| failed(&error))?;
    let answer = match &task {
        Task::Explain(task) => {
            let cards =
                settings::rulebook(&command.knowledge, &[PathBuf::from(".")])?.cards.clone();
            plain_text(write::rules::page(rules::card(&cards, &task.code)?, language()))
        }
        Task::Check(task) => check(&report(command, &task.paths, task)?.0, task)?,
        Task::Inspect(task) => {
            let (report, _) = report(command, &task.paths, &Check::default())?;
            let seen = write::inspect::inspect(&report, language());
            plain_text(text(|out| write::inspect::write_text(&seen, language(), out))?)
        }
        Task::Cell(task) => {
            let (report, settings) = report(command, &task.paths, &Check::default())?;
            let mut told = unread(&report);
            for place in inspect::places(&report, &task.cell)? {
                told += &inspect::about(&report, &settings, place);
            }
            plain_text(told)
        }
        Task::Tables(task) => {
            let (report, _) = report(command, &task.paths, &Check::default())?;
            tables(&report, task.table)?
        }
    };
    output::print_data(|out| serde_json::to_writer(out, &answer).map_err(io::Error::from))?;
    Ok(Exit::Clean)
}

fn report(
    command: &WorkerArgs,
    paths: &[String],
    wanted: &Check,
) -> Result<(Report, Settings), Trouble> {
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    let rules = Rules {
        select: wanted.select.clone(),
        ignore: wanted.ignore.clone(),
        knowledge: command.knowledge.clone(),
        ..Rules::default()
    };
    let settings = Settings::load(&rules, &paths)?;
    let limits = command.limits.limits();
    let loaded = inputs::load(inputs::find(&paths)?, &limits);
    let report = loaded.check(&settings.options, &limits, &command.passwords)?;
    Ok((report, settings))
}

fn check(report: &Report, wanted: &Check) -> Result<CallToolResult, Trouble> {
    let style = write::text::Style { language: language(), color: false, width: 100 };
    let mut told = text(|out| write::text::write(report, style, out))?;
    cut(&mut told);
    let mut whole = data(report)?;
    let unverifiable: Vec<Value> = whole
        .get_mut("checks")
        .and_then(Value::as_array_mut)
        .map(std::mem::take)
        .unwrap_or_default()
        .into_iter()
        .filter(|check| check["outcome"] == "unverifiable")
        .take(UNVERIFIABLE)
        .map(|mut check| {
            json!({"rule": check["rule"], "target": check["target"].take(), "reason": check["reason"]})
        })
        .collect();
    let mut findings: Vec<Value> = whole
        .remove("findings")
        .and_then(|mut findings| findings.as_array_mut().map(std::mem::take))
        .unwrap_or_default();
    // Causes name findings by their number; the gravest come first.
    for (id, finding) in findings.iter_mut().enumerate() {
        finding["id"] = id.into();
    }
    findings.sort_by_key(|finding| match finding["severity"].as_str() {
        Some("error") => 0,
        Some("warning") => 1,
        _ => 2,
    });
    let total = findings.len();
    let listed: Vec<Value> =
        findings.into_iter().skip(wanted.offset).take(wanted.limit.clamp(1, 500)).collect();
    let mut answer = Map::new();
    for part in ["summary", "coverage", "files", "causes"] {
        answer.insert(part.into(), whole.remove(part).unwrap_or_default());
    }
    let next = wanted.offset + listed.len();
    answer.insert("findings".into(), listed.into());
    answer.insert("findings_in_all".into(), total.into());
    if next < total {
        answer.insert("next_offset".into(), next.into());
    }
    answer.insert("unverifiable".into(), unverifiable.into());
    // The text tells all there is room for; further pages are for programs.
    Ok(if wanted.offset == 0 {
        both(told, answer.into())
    } else {
        CallToolResult::structured(answer.into())
    })
}

fn tables(report: &Report, wanted: Option<u32>) -> Result<CallToolResult, Trouble> {
    let answer = match wanted {
        None => {
            let mut whole = data(report)?;
            let mut take = |part: &str| whole.remove(part).unwrap_or_default();
            json!({"files": take("files"), "tables": take("tables")})
        }
        Some(id) => {
            let figures = write::figures::figures(&report.packet, id).ok_or_else(|| {
                Trouble::new(format!("没有编号为 {id} 的表格"), format!("there is no table {id}"))
                    .hint("不带 table 调用可得到编号", "call it without `table` for the ids")
            })?;
            serde_json::to_value(figures).map_err(|error| failed(&error))?
        }
    };
    Ok(CallToolResult::structured(answer))
}

/// The report as its JSON, with the failing checks alone.
fn data(report: &Report) -> Result<Map<String, Value>, Trouble> {
    let mut bytes = Vec::new();
    write::json::write(report, write::json::Checks::Failing, language(), &mut bytes)
        .map_err(|error| failed(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| failed(&error))
}

/// Files that were not read, in front of an answer that would be silent about them.
fn unread(report: &Report) -> String {
    let mut told = String::new();
    for error in report.packet.files.iter().filter_map(|file| file.error.as_ref()) {
        told += say("未读：", "not read: ");
        told += error.message.get(language());
        told.push('\n');
    }
    told
}

/// What is written for people, without anything that acts on a terminal.
fn text(write: impl FnOnce(&mut Clean<&mut Vec<u8>>) -> io::Result<()>) -> Result<String, Trouble> {
    let mut bytes = Vec::new();
    write(&mut Clean::new(&mut bytes)).map_err(|error| failed(&error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn plain_text(mut text: String) -> CallToolResult {
    cut(&mut text);
    CallToolResult::success(vec![ContentBlock::text(text)])
}

fn both(text: String, data: Value) -> CallToolResult {
    let mut result = CallToolResult::structured(data);
    result.content = vec![ContentBlock::text(text)];
    result
}

/// Keeps a text to a length that an answer can have.
fn cut(text: &mut String) {
    if text.len() <= LENGTH {
        return;
    }
    let end = (0..=LENGTH).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    let end = text[..end].rfind('\n').map_or(end, |line| line + 1);
    let rest = text[end..].lines().count();
    text.truncate(end);
    text.push_str(&say(
        format!("……其余 {rest} 行从略：请少给几个文件或规则\n"),
        format!("… {rest} more lines left out: name fewer files or rules\n"),
    ));
}

fn failed(error: &impl std::fmt::Display) -> Trouble {
    Trouble::new(format!("未能回答：{error}"), format!("no answer: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_at_a_line_and_say_so() {
        let mut text = "一行文字\n".repeat(10_000);
        cut(&mut text);
        assert!(text.len() < LENGTH + 100);
        assert!(text.contains("从略"), "{}", &text[text.len() - 60..]);
        let mut short = "短\n".to_owned();
        cut(&mut short);
        assert_eq!(short, "短\n");
    }
}
