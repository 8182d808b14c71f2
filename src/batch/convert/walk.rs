//! A tree → the files to convert, in a fixed order, members of .zip archives among them.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::archive;
use crate::model::{ReadError, ReadErrorCode, Text};
use crate::read::Limits;

/// Endings that are read.
const ENDINGS: &[&str] = &[
    "xlsx", "xlsm", "xltx", "xltm", "xlsb", "xls", "xlt", "et", "ett", "ods", "csv", "tsv", "docx",
];

/// Folders deeper than this are not entered.
const DEPTH: u32 = 64;

/// One file to convert.
#[derive(Clone, Debug)]
pub struct Source {
    /// As reports name it: relative to what was given, with `/`; a member as `archive.zip!/path.xlsx`.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    place: SourcePlace,
}

#[derive(Clone, Debug)]
enum SourcePlace {
    File(PathBuf),
    Member(archive::Archive, usize),
    /// Found, and known to be unreadable.
    Refused(Box<ReadError>),
}

/// A folder that could not be looked into.
#[derive(Debug)]
pub struct Unfound {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub error: io::Error,
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Found {
    /// In the order in which they are converted.
    pub sources: Vec<Source>,
    /// How many files are of other kinds, hidden, lock files or links, and were left out.
    pub left_out: u64,
    /// Folders that could not be looked into.
    pub unfound: Vec<Unfound>,
}

/// Finds the files under the paths given. `skip` says which folders and files not to look at.
pub fn find(paths: &[PathBuf], limits: &Limits, skip: &dyn Fn(&Path) -> bool) -> Found {
    let mut found = Found::default();
    for path in paths {
        if path.is_dir() {
            walk(path, DEPTH, limits, skip, &mut found);
        } else {
            // What is named is read whatever its ending; what is missing becomes a row.
            add(path, limits, &mut found);
        }
    }
    found
}

fn walk(
    folder: &Path,
    depth: u32,
    limits: &Limits,
    skip: &dyn Fn(&Path) -> bool,
    found: &mut Found,
) {
    let unfound = |error| Unfound { path: folder.to_owned(), error };
    let entries = match fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
        Ok(entries) => entries,
        Err(error) => return found.unfound.push(unfound(error)),
    };
    let mut entries: Vec<_> = entries.into_iter().map(|entry| (entry.file_name(), entry)).collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, entry) in entries {
        let (path, name) = (entry.path(), name.to_string_lossy().into_owned());
        let Ok(kind) = entry.file_type() else { continue };
        if name.starts_with(['.', '~']) || kind.is_symlink() || skip(&path) {
            found.left_out += 1;
        } else if kind.is_dir() {
            if depth == 0 {
                found.left_out += 1;
            } else {
                walk(&path, depth - 1, limits, skip, found);
            }
        } else if is_workbook(&name) || archive::is_archive(&name) {
            add(&path, limits, found);
        } else {
            found.left_out += 1;
        }
    }
}

/// Whether a name ends like a workbook's.
pub(super) fn is_workbook(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

fn add(path: &Path, limits: &Limits, found: &mut Found) {
    let shown = shown(path);
    let bytes = match fs::metadata(path) {
        Ok(data) => data.len(),
        Err(error) => {
            let refused = SourcePlace::Refused(Box::new(unreadable(&shown, &error)));
            found.sources.push(Source { path: shown, bytes: 0, place: refused });
            return;
        }
    };
    if !archive::is_archive(&shown) {
        found.sources.push(Source {
            path: shown,
            bytes,
            place: SourcePlace::File(path.to_owned()),
        });
        return;
    }
    match archive::Archive::open(path) {
        Ok(archive) => {
            for member in archive.members(limits) {
                let path = format!("{shown}!/{}", member.name);
                match member.refused {
                    Some(error) => found.sources.push(Source {
                        path,
                        bytes: member.bytes,
                        place: SourcePlace::Refused(Box::new(error)),
                    }),
                    None if is_workbook(&member.name) => found.sources.push(Source {
                        path,
                        bytes: member.bytes,
                        place: SourcePlace::Member(archive.clone(), member.index),
                    }),
                    None => found.left_out += 1,
                }
            }
        }
        Err(error) => {
            let place = SourcePlace::Refused(Box::new(error));
            found.sources.push(Source { path: shown, bytes, place });
        }
    }
}

impl Source {
    /// The bytes, within the limit of a container.
    ///
    /// # Errors
    /// When they cannot be had.
    #[expect(
        clippy::result_large_err,
        reason = "an error ends a file; it is not passed about in loops"
    )]
    pub fn read(&self, limits: &Limits) -> Result<Vec<u8>, ReadError> {
        match &self.place {
            SourcePlace::Refused(error) => Err((**error).clone()),
            SourcePlace::Member(archive, index) => archive.read(*index, limits),
            SourcePlace::File(path) => {
                let mut bytes = Vec::new();
                File::open(path)
                    .and_then(|file| file.take(limits.container + 1).read_to_end(&mut bytes))
                    .map_err(|error| unreadable(&self.path, &error))?;
                within(bytes, limits)
            }
        }
    }
}

/// The bytes, unless they are too many.
#[expect(
    clippy::result_large_err,
    reason = "an error ends a file; it is not passed about in loops"
)]
pub(super) fn within(bytes: Vec<u8>, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    if bytes.len() as u64 <= limits.container {
        return Ok(bytes);
    }
    let limit = limits.container >> 20;
    Err(ReadError::new(
        ReadErrorCode::TooLarge,
        Text::new(format!("文件超过 {limit} MiB"), format!("the file is larger than {limit} MiB")),
        Text::new("请拆分后重试", "split it and try again"),
    ))
}

fn unreadable(path: &str, error: &io::Error) -> ReadError {
    let code = match error.kind() {
        io::ErrorKind::NotFound => ReadErrorCode::NotFound,
        _ => ReadErrorCode::Io,
    };
    ReadError::new(
        code,
        Text::new(format!("无法读取“{path}”：{error}"), format!("cannot read `{path}`: {error}")),
        Text::new("请检查文件名、位置和权限", "check its name, place and permissions"),
    )
}

/// A path with `/` on every system.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '\\' { text.replace('\\', "/") } else { text.into_owned() }
}
