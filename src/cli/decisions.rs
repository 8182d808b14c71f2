//! Which names are one project's, in a small file that people keep beside a packet and use again.
//!
//! ```toml
//! [[project]]
//! names = ["柳沟经适房B区", "柳沟经济适用房B区"]
//! same = "否"               # 是：同一项目；否：不是；空着：还没有定
//! reason = "一为续建，一为回购"
//! by = "张三"
//! on = "2024-03-05"
//! ```

use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;

use super::trouble::{Trouble, tell};
use super::words::{language, say};
use super::{annotate, settings};
use crate::model::{Decision, Report, many};
use crate::write::evaluation;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    project: Vec<Said>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    names: Vec<String>,
    #[serde(default = "open")]
    same: toml::Value,
    reason: Option<String>,
    by: Option<String>,
    on: Option<String>,
}

fn open() -> toml::Value {
    toml::Value::String(String::new())
}

/// The decisions of a file; none where it is not there yet, and none of those still open.
pub(super) fn read(path: &Path) -> Result<Vec<Decision>, Trouble> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = settings::read(path)?;
    let wrong = |zh: String, en: String| {
        let shown = path.display();
        Trouble::new(
            format!("项目认定文件“{shown}”有误：{zh}"),
            format!("the decisions `{shown}` are wrong: {en}"),
        )
        .hint(
            "每条写成 [[project]]：names 为两个以上的项目名称，same 填“是”或“否”，reason、by、on 可不填",
            "each is a [[project]] with two names or more, same (yes or no), and reason, by and on as you like",
        )
    };
    let file: File =
        toml::from_str(&text).map_err(|error| wrong(error.to_string(), error.to_string()))?;
    let mut decisions = Vec::new();
    for said in file.project {
        let shown = said.names.join("、");
        if said.names.len() < 2 {
            return Err(wrong(
                format!("“{shown}”只有一个名称"),
                format!("`{shown}` is one name only"),
            ));
        }
        let word = match said.same {
            toml::Value::String(word) => word,
            other => other.to_string(),
        };
        let Some(same) = Decision::word(&word) else {
            if word.trim().is_empty() {
                continue;
            }
            return Err(wrong(
                format!("“{shown}”的 same 写的是“{word}”，应为“是”或“否”"),
                format!("`same` of `{shown}` is `{word}`, neither yes nor no"),
            ));
        };
        let filled = |word: Option<String>| word.filter(|word| !word.trim().is_empty());
        decisions.push(Decision {
            names: said.names,
            same,
            reason: filled(said.reason),
            by: filled(said.by),
            on: filled(said.on),
        });
    }
    Ok(decisions)
}

/// Writes a file to be filled in, where there is none and there is something to ask; otherwise says which pairs of names
/// the file says nothing of yet.
pub(super) fn begin(path: &Path, report: &Report) -> Result<(), Trouble> {
    let open = evaluation::open_pairs(&report.packet);
    let (shown, count) = (path.display(), open.len());
    if path.exists() {
        if count > 0 {
            let [a, b] = &open[0].names;
            tell(&say(
                format!(
                    "说明：还有 {count} 对疑似同一项目的名称未在“{shown}”中认定（“{a}”与“{b}”{}）",
                    if count > 1 { " 等" } else { "" }
                ),
                format!(
                    "note: `{shown}` says nothing of {} of names that may be one project ({a} / {b}{})",
                    many(count, "pair"),
                    if count > 1 { ", …" } else { "" }
                ),
            ));
        }
        return Ok(());
    }
    if count == 0 {
        tell(&say(
            format!("说明：没有疑似同一项目的不同名称，未写“{shown}”"),
            format!("note: no different names may be one project; `{shown}` was not written"),
        ));
        return Ok(());
    }
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut text = say(
        "# 名称不同、疑似同一项目的，逐条认定：same 填“是”（同一项目）或“否”（不是），空着照旧推断。reason（理由）、by（谁）、on（何时）可不填。\n",
        "# Different names that may be one project. Fill in same: yes or no; left empty, it is guessed as before. Reason, by and on as you like.\n",
    )
    .to_owned();
    for one in &open {
        let place = |at: usize| {
            let place = one.places[at];
            let path = Path::new(&report.packet.files[place.file as usize].path);
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            let sheet = report.packet.sheet_name(place).unwrap_or_default();
            let words = [file.as_ref(), sheet].map(|word| word.replace(['\n', '\r'], " "));
            format!("{} {}", words.join(" ").trim_end(), place.cell)
        };
        let why = one.why.get(language()).replace(['\n', '\r'], " ");
        let until = if one.taken {
            say("，未认定前按同一项目", ", taken for one until then")
        } else {
            ""
        };
        let [a, b] = one.names.each_ref().map(|name| quoted(name));
        let _ = write!(
            text,
            "\n# {}；{}：{why}{until}\n[[project]]\nnames = [{a}, {b}]\nsame = \"\"\nreason = \"\"\nby = \"\"\non = \"\"\n",
            place(0),
            place(1),
        );
    }
    annotate::save(path, text.as_bytes())?;
    tell(&say(
        format!("说明：已写出待认定的项目名称“{shown}”，共 {count} 对"),
        format!("note: `{shown}` was written, to be filled in: {} of names", many(count, "pair")),
    ));
    Ok(())
}
