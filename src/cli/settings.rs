//! What the caller wants: the settings file, and the arguments over it.

#[cfg(feature = "serve")]
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::args::{FailOn, Knowledge, Rules};
use super::trouble::{Trouble, tell};
use super::words::say;
use super::{decisions, explanations};
use crate::lexicon::{Mistake, Rulebook, Source};
use crate::model::{Decision, Report, Suppression, Text, Trust, TrustRule};
use crate::pipeline::Options;

/// The name under which a settings file is looked for.
pub(super) const NAME: &str = "gouji.toml";

/// The name under which a folder of rules is looked for.
const FOLDER: &str = "gouji";

/// The settings of a run.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// For the pipeline.
    pub(super) options: Options,
    /// When findings make the run fail.
    pub(super) fail_on: FailOn,
    /// The file of explanations.
    explanations: Option<PathBuf>,
    /// The file of decisions on projects.
    projects: Option<PathBuf>,
}

/// The settings among what `gouji.toml` holds; the rest is the rulebook's, which refuses what neither knows.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct File {
    select: Vec<String>,
    ignore: Vec<String>,
    fail_on: Option<FailOn>,
    trust: Vec<TrustRule>,
    suppress: Vec<Suppression>,
}

impl Settings {
    /// What is known and wanted without arguments about rules: from settings and folders alone.
    pub(super) fn known(knowledge: &Knowledge, paths: &[PathBuf]) -> Result<Self, Trouble> {
        Self::load(&Rules { knowledge: knowledge.clone(), ..Rules::default() }, paths)
    }

    /// After a check: says which explanations are about nothing, and writes a file of them to be filled in where it is
    /// wanted and not there.
    pub(super) fn after(&self, report: &Report) -> Result<(), Trouble> {
        self.tell_unused(report);
        if let Some(path) = &self.explanations {
            explanations::begin(path, report)?;
        }
        self.projects.as_deref().map_or(Ok(()), |path| decisions::begin(path, report))
    }

    /// For the pipeline, with what people decided of the names of projects elsewhere.
    pub(super) fn deciding(&self, decisions: &[Decision]) -> Options {
        let mut options = self.options.clone();
        decide(&mut options, decisions);
        options
    }

    /// Says on standard error which explanations are about nothing: the finding is mended, or was never there.
    fn tell_unused(&self, report: &Report) {
        for one in &self.options.suppressions {
            let Suppression { finding, reason, .. } = one;
            let mut met = report.suppressed.values().chain(report.lapsed.values());
            if !met.any(|used| used.finding == *finding) {
                tell(&say(
                    format!(
                        "说明：没有编号为 {finding} 的发现，设置文件中的这条说明已无用（{reason}）"
                    ),
                    format!(
                        "note: there is no finding {finding}; its explanation is of no use any more ({reason})"
                    ),
                ));
            }
        }
    }

    /// The settings file named, else the one beside the first path, else none; arguments win over it.
    pub(super) fn load(rules: &Rules, paths: &[PathBuf]) -> Result<Self, Trouble> {
        let path = settings_file(&rules.knowledge, paths);
        let text = path.as_deref().map(read).transpose()?;
        let rulebook = rulebook(&rules.knowledge, paths)?;
        // Its mistakes are told by the rulebook, with their place.
        let file: File = match (&path, &text) {
            (Some(path), Some(text)) => toml::from_str(text).map_err(|error| {
                Trouble::new(
                    format!("设置文件“{}”有误：{error}", path.display()),
                    format!("settings file `{}` is wrong: {error}", path.display()),
                )
            })?,
            _ => File::default(),
        };
        let or = |given: &[String], file: Vec<String>| {
            let wanted = if given.is_empty() { file } else { given.to_vec() };
            wanted.iter().map(|code| known(&rulebook, code)).collect::<Result<Vec<_>, _>>()
        };
        let mut suppressions = reasoned(file.suppress)?;
        if let Some(path) = &rules.explanations {
            suppressions.extend(explanations::read(path)?);
        }
        let decided = rules.projects.as_deref().map_or(Ok(Vec::new()), decisions::read)?;
        let (select, ignore) = (or(&rules.select, file.select)?, or(&rules.ignore, file.ignore)?);
        let mut options = Options {
            select,
            ignore,
            rulebook,
            trust: Trust(file.trust),
            suppressions,
            ..Options::default()
        };
        decide(&mut options, &decided);
        Ok(Self {
            options,
            fail_on: rules.fail_on.or(file.fail_on).unwrap_or_default(),
            explanations: rules.explanations.clone(),
            projects: rules.projects.clone(),
        })
    }
}

fn decide(options: &mut Options, decisions: &[Decision]) {
    if !decisions.is_empty() {
        let book = Arc::make_mut(&mut options.rulebook);
        book.names = Arc::new(book.names.with_decisions(decisions));
    }
}

/// Findings are explained with a reason or not at all.
fn reasoned(said: Vec<Suppression>) -> Result<Vec<Suppression>, Trouble> {
    match said.iter().find(|one| one.reason.trim().is_empty()) {
        None => Ok(said),
        Some(one) => {
            let finding = &one.finding;
            Err(Trouble::new(
                format!("设置文件中对“{finding}”的说明（[[suppress]]）没有写理由（reason）"),
                format!("a [[suppress]] of the settings file gives no reason for `{finding}`"),
            )
            .hint("写明为什么可以不改，再运行", "write down why it may stand, and run again"))
        }
    }
}

/// The rulebook: ours, what stands in `gouji.toml` and in the folder `gouji` beside the first path, then the folder named.
pub(super) fn rulebook(knowledge: &Knowledge, paths: &[PathBuf]) -> Result<Arc<Rulebook>, Trouble> {
    let mut sources = Vec::new();
    if let Some(path) = settings_file(knowledge, paths) {
        sources.push(source(&path, NAME)?);
    }
    for folder in folder_beside(paths).iter().chain(&knowledge.rules) {
        sources.extend(folder_of_rules(folder)?);
    }
    if sources.is_empty() {
        let ours = Rulebook::ours();
        return if ours.mistakes.is_empty() { Ok(ours) } else { Err(told(&ours.mistakes)) };
    }
    Rulebook::of(&sources).map(Arc::new).map_err(|mistakes| told(&mistakes))
}

fn told(mistakes: &[Mistake]) -> Trouble {
    let texts: Vec<Text> = mistakes.iter().map(Mistake::text).collect();
    let lines = |of: fn(&Text) -> &str| texts.iter().map(of).collect::<Vec<_>>().join("\n  ");
    Trouble::new(
        format!("规则文件有误：\n  {}", lines(|text| &text.zh)),
        format!("the files of rules are wrong:\n  {}", lines(|text| &text.en)),
    )
    .hint(
        "改正后再运行；写法见 docs/own-rules.md，现有内容见 gouji kinds、gouji words、gouji rules",
        "mend them and run again; docs/own-rules.md says how, `gouji kinds`, `gouji words` and `gouji rules` what there is",
    )
}

/// The files of a folder of rules, its folder `kinds` included, by name.
fn folder_of_rules(folder: &Path) -> Result<Vec<Source>, Trouble> {
    let mut names = Vec::new();
    for within in ["", "kinds"] {
        let inner = folder.join(within);
        if !within.is_empty() && !inner.is_dir() {
            continue;
        }
        let entries = fs::read_dir(&inner).map_err(|error| Trouble::reading(&inner, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| Trouble::reading(&inner, &error))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let hidden = name.starts_with(['.', '~']);
            let toml = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
            if path.is_file() && !hidden && toml {
                names.push(Path::new(within).join(name));
            }
        }
    }
    names.sort();
    if names.is_empty() {
        return Err(Trouble::new(
            format!("规则文件夹“{}”里没有 .toml 文件", folder.display()),
            format!("there is no .toml file in the folder of rules `{}`", folder.display()),
        ));
    }
    names
        .iter()
        .map(|name| source(&folder.join(name), &name.to_string_lossy().replace('\\', "/")))
        .collect()
}

fn source(path: &Path, within: &str) -> Result<Source, Trouble> {
    Ok(Source::new(path.display().to_string(), within, read(path)?))
}

/// The text of a file in TOML.
pub(super) fn read(path: &Path) -> Result<String, Trouble> {
    let text = fs::read_to_string(path).map_err(|error| Trouble::reading(path, &error))?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

/// The beginning of codes that a person means: as it is, in capitals, or the code of the rule so named.
fn known(rulebook: &Rulebook, wanted: &str) -> Result<String, Trouble> {
    let code = wanted.trim().to_uppercase();
    if !code.is_empty() && rulebook.codes(&code).next().is_some() {
        return Ok(code);
    }
    let named = rulebook.cards.values().find(|card| card.name.eq_ignore_ascii_case(wanted.trim()));
    named.map(|card| card.code.clone()).ok_or_else(|| {
        let near = rulebook.nearest(wanted.trim());
        let trouble = Trouble::new(
            format!("没有代码为“{wanted}”的规则"),
            format!("there is no rule `{wanted}`"),
        );
        if near.is_empty() {
            trouble.hint("运行 gouji rules 查看全部规则", "see `gouji rules` for all of them")
        } else {
            trouble.hint(
                format!("是不是 {}？全部规则见 gouji rules", near.join("、")),
                format!("did you mean {}? see `gouji rules` for all", near.join(", ")),
            )
        }
    })
}

fn settings_file(knowledge: &Knowledge, paths: &[PathBuf]) -> Option<PathBuf> {
    knowledge.config.clone().or_else(|| {
        let path = beside(paths)?.join(NAME);
        path.is_file().then_some(path)
    })
}

/// The folder of rules beside the first path, where there is one.
fn folder_beside(paths: &[PathBuf]) -> Option<PathBuf> {
    beside(paths).map(|folder| folder.join(FOLDER)).filter(|folder| folder.is_dir())
}

/// The arguments by which a child process, which sees no workbooks beside it, knows the same.
#[cfg(feature = "serve")]
pub(super) fn arguments(knowledge: &Knowledge, paths: &[PathBuf]) -> Vec<OsString> {
    let file = settings_file(knowledge, paths).map(|path| ["--config".into(), path.into()]);
    let folders = folder_beside(paths).into_iter().chain(knowledge.rules.iter().cloned());
    let folders = folders.map(|folder| ["--rules".into(), folder.into()]);
    file.into_iter().chain(folders).flatten().collect()
}

fn beside(paths: &[PathBuf]) -> Option<&Path> {
    let first = paths.first()?;
    if first.is_dir() { Some(first) } else { first.parent() }
}
