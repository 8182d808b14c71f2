//! What the caller wants: the settings file, and the arguments over it.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::args::{FailOn, Rules};
use super::trouble::Trouble;
use crate::pipeline::Options;

/// The name under which a settings file is looked for.
const NAME: &str = "gouji.toml";

/// The settings of a run.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// For the pipeline.
    pub(super) options: Options,
    /// When findings make the run fail.
    pub(super) fail_on: FailOn,
}

/// `gouji.toml`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct File {
    select: Vec<String>,
    ignore: Vec<String>,
    fail_on: Option<FailOn>,
}

impl Settings {
    /// The settings file named, else the one beside the first path, else none; arguments win over it.
    pub(super) fn load(rules: &Rules, paths: &[PathBuf]) -> Result<Self, Trouble> {
        let path = rules.config.clone().or_else(|| beside(paths));
        let file = path.map(|path| read(&path)).transpose()?.unwrap_or_default();
        let or = |given: &[String], file: Vec<String>| {
            if given.is_empty() { file } else { given.to_vec() }
        };
        Ok(Self {
            options: Options {
                select: or(&rules.select, file.select),
                ignore: or(&rules.ignore, file.ignore),
                ..Options::default()
            },
            fail_on: rules.fail_on.or(file.fail_on).unwrap_or_default(),
        })
    }
}

fn beside(paths: &[PathBuf]) -> Option<PathBuf> {
    let first = paths.first()?;
    let folder = if first.is_dir() { first } else { first.parent()? };
    let path = folder.join(NAME);
    path.is_file().then_some(path)
}

fn read(path: &Path) -> Result<File, Trouble> {
    let text = fs::read_to_string(path).map_err(|error| Trouble::reading(path, &error))?;
    toml::from_str(&text).map_err(|error| {
        Trouble::new(
            format!("设置文件“{}”有误：{error}", path.display()),
            format!("settings file `{}` is wrong: {error}", path.display()),
        )
    })
}
