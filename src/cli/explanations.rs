//! What people say of findings, in a small file that they keep beside a packet.
//!
//! ```toml
//! [[explained]]
//! finding = "9f2c4e1a7b3d5c60"      # the finding's name, which outlives drafts
//! numbers = "358.78/427.87"         # what it spoke of: with other numbers the explanation lapses
//! reason = "已核实：……"              # empty: not explained yet
//! by = "张三"
//! on = "2024-03-05"
//! ```

use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;

use super::trouble::{Trouble, tell};
use super::words::{language, say};
use super::{annotate, settings};
use crate::model::{Report, Suppression};
use crate::write::fingerprint;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    explained: Vec<Suppression>,
}

/// The explanations of a file; none where it is not there yet, and none without a reason.
pub(super) fn read(path: &Path) -> Result<Vec<Suppression>, Trouble> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = settings::read(path)?;
    let file: File = toml::from_str(&text).map_err(|error| {
        let shown = path.display();
        Trouble::new(
            format!("说明文件“{shown}”有误：{error}"),
            format!("the explanations `{shown}` are wrong: {error}"),
        )
        .hint(
            "每条说明写成 [[explained]]，有 finding、numbers、reason、by、on 五项",
            "each is an [[explained]] with finding, numbers, reason, by and on",
        )
    })?;
    let filled = |word: Option<String>| word.filter(|word| !word.trim().is_empty());
    let explained = file.explained.into_iter().filter(|one| !one.reason.trim().is_empty());
    Ok(explained.map(|one| Suppression { by: filled(one.by), on: filled(one.on), ..one }).collect())
}

/// Writes a file to be filled in, where there is none.
pub(super) fn begin(path: &Path, report: &Report) -> Result<(), Trouble> {
    if path.exists() {
        return Ok(());
    }
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut text = say(
        "# 逐条填写 reason（为什么可以不改）、by（谁）、on（何时）。numbers 不要改：数字变了，说明即失效。\n",
        "# Fill in reason, by and on. Leave numbers alone: with other numbers an explanation lapses.\n",
    )
    .to_owned();
    for (finding, name) in report.findings.iter().zip(fingerprint::all(report)) {
        let place = finding.place.map(|place| {
            let sheet = report.packet.sheet_name(place).unwrap_or_default();
            format!("{sheet} {} ", place.cell)
        });
        let message = finding.message.get(language()).replace(['\n', '\r'], " ");
        let numbers = quoted(&fingerprint::numbers(report, finding));
        let _ = write!(
            text,
            "\n# {} {}{message}\n[[explained]]\nfinding = \"{name}\"\nnumbers = {numbers}\nreason = \"\"\nby = \"\"\non = \"\"\n",
            finding.rule,
            place.unwrap_or_default(),
        );
    }
    annotate::save(path, text.as_bytes())?;
    let shown = path.display();
    tell(&say(
        format!("说明：已写出待填的说明文件“{shown}”"),
        format!("note: `{shown}` was written, to be filled in"),
    ));
    Ok(())
}
