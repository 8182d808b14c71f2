//! A tree → the files to convert, in a fixed order, members of archives among them.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::batch::archive::{self, Opener, Place, is_workbook, open_regular, raw, unreadable};
use crate::model::{ReadError, ReadErrorCode, Text, hexadecimal};
use crate::read::Limits;
use crate::write::dataset::{self, Sheaf};

/// Folders deeper than this are not entered.
const DEPTH: u32 = 64;

/// The folder in which a dataset keeps its chunks; where it is, all beside it is a result of ours.
pub(super) const STATE: &str = ".gouji";

/// One file to convert.
#[derive(Clone, Debug)]
pub struct Source {
    /// As reports name it: as it was given, with `/`; a member as `archive.zip!/path.xlsx`; bytes that are no text as `%XX`.
    pub path: String,
    /// The bytes of the path in hexadecimal, where they are not UTF-8.
    pub path_bytes: Option<String>,
    /// See [`dataset::file_id`].
    pub id: String,
    /// Its size.
    pub bytes: u64,
    /// Where its bytes are.
    pub place: Place,
    /// Found, and known to be unreadable.
    pub refused: Option<Box<ReadError>>,
    /// The state of the file on disk.
    pub(super) stamp: Stamp,
}

/// What tells a changed file from an unchanged one without reading it. The time of the last change of its entry cannot be
/// set back, where the system keeps one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Stamp {
    bytes: u64,
    modified: i128,
    changed: i128,
}

impl Stamp {
    fn of(data: &Metadata) -> Self {
        let modified = data.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified = modified.map_or(0, |time| time.as_nanos() as i128);
        #[cfg(unix)]
        let changed = {
            use std::os::unix::fs::MetadataExt as _;
            i128::from(data.ctime()) * 1_000_000_000 + i128::from(data.ctime_nsec())
        };
        #[cfg(not(unix))]
        let changed = modified;
        Self { bytes: data.len(), modified, changed }
    }

    /// When it was changed last, in microseconds since 1970.
    pub(super) fn microseconds(self) -> i64 {
        i64::try_from(self.modified / 1_000).unwrap_or(i64::MAX)
    }
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Found {
    /// In the order in which they are converted.
    pub sources: Vec<Source>,
    /// How many files are of other kinds, hidden, lock files, links or results of ours, and were left out.
    pub left_out: u64,
}

/// Finds the files under the paths given. `ours` says of a name, among those beside it, whether we wrote it.
pub fn find(paths: &[PathBuf], limits: &Limits, ours: &dyn Fn(&str, &[String]) -> bool) -> Found {
    let mut walk = Walk { found: Found::default(), opener: Opener::new(limits), ours };
    for path in paths {
        if path.is_dir() {
            walk.folder(path, DEPTH);
        } else {
            // What is named is read whatever its ending; what is missing becomes a row.
            walk.file(path);
        }
    }
    // The same file named twice is one file.
    let mut seen = std::collections::HashSet::new();
    let count = walk.found.sources.len();
    walk.found.sources.retain(|source| seen.insert(source.id.clone()));
    walk.found.left_out += (count - walk.found.sources.len()) as u64;
    walk.found
}

struct Walk<'a> {
    found: Found,
    opener: Opener,
    ours: &'a dyn Fn(&str, &[String]) -> bool,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, depth: u32) {
        if folder.join(STATE).is_dir() {
            self.found.left_out += 1;
            return;
        }
        let entries = match fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
            Ok(entries) => entries,
            Err(error) => return self.refuse(folder, unreadable_folder(folder, &error)),
        };
        let mut entries: Vec<_> =
            entries.into_iter().map(|entry| (entry.file_name(), entry)).collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let names: Vec<String> =
            entries.iter().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
        for ((_, entry), name) in entries.iter().zip(&names) {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if name.starts_with(['.', '~']) || kind.is_symlink() {
                self.found.left_out += 1;
            } else if kind.is_dir() {
                if depth == 0 {
                    self.refuse(&path, too_deep());
                } else {
                    self.folder(&path, depth - 1);
                }
            } else if is_workbook(name) || archive::is_archive(name) || archive::is_closed(name) {
                if (self.ours)(name, &names) || is_rows(&path, name) {
                    self.found.left_out += 1;
                } else {
                    self.file(&path);
                }
            } else {
                self.found.left_out += 1;
            }
        }
    }

    fn file(&mut self, path: &Path) {
        let shown = shown(path);
        // Asked before it is opened: opening a pipe waits for its writer.
        let stamp = match fs::metadata(path) {
            Ok(data) if data.is_file() => Stamp::of(&data),
            Ok(_) => return self.refuse(path, not_regular()),
            Err(error) => return self.refuse(path, unreadable(&shown, &error)),
        };
        if archive::is_closed(&shown) {
            return self.refuse(path, archive::closed());
        }
        if archive::is_archive(&shown) {
            return self.archive(path, &[], &shown, stamp);
        }
        self.push(path, shown, Vec::new(), stamp.bytes, None, stamp);
    }

    fn archive(&mut self, file: &Path, at: &[u32], shown: &str, stamp: Stamp) {
        let members = match self.opener.members(file, at) {
            Ok(members) => members,
            Err(error) => {
                return self.push(file, shown.to_owned(), at.to_vec(), 0, Some(error), stamp);
            }
        };
        for member in members {
            let path = format!("{shown}!/{}", member.name);
            let place = [at, &[member.index]].concat();
            if member.refused.is_some() || is_workbook(&member.name) {
                self.push(file, path, place, member.bytes, member.refused, stamp);
            } else if archive::is_archive(&member.name) {
                self.archive(file, &place, &path, stamp);
            } else {
                self.found.left_out += 1;
            }
        }
    }

    fn refuse(&mut self, path: &Path, error: ReadError) {
        let stamp = fs::metadata(path).map(|data| Stamp::of(&data)).unwrap_or_default();
        self.push(path, shown(path), Vec::new(), 0, Some(error), stamp);
    }

    fn push(
        &mut self,
        file: &Path,
        path: String,
        members: Vec<u32>,
        bytes: u64,
        refused: Option<ReadError>,
        stamp: Stamp,
    ) {
        let raw = raw(file);
        let known = raw.is_some();
        let whole = match raw {
            Some(raw) if path.contains("!/") => {
                let inside = path.split_once("!/").map_or("", |(_, inside)| inside);
                [raw.as_slice(), b"!/", inside.as_bytes()].concat()
            }
            Some(raw) => raw,
            None => path.clone().into_bytes(),
        };
        let id = dataset::file_id(&whole);
        let path_bytes = known.then(|| hexadecimal(&whole));
        let place = Place { file: file.to_owned(), members };
        let refused = refused.map(Box::new);
        self.found.sources.push(Source { path, path_bytes, id, bytes, place, refused, stamp });
    }
}

/// Whether a .csv holds rows of ours: they are no submission.
fn is_rows(path: &Path, name: &str) -> bool {
    use io::Read as _;
    let Some(sheaf) = Sheaf::ALL.into_iter().find(|sheaf| name == format!("{}.csv", sheaf.name()))
    else {
        return false;
    };
    let head = dataset::csv_head(sheaf);
    let mut begins = Vec::new();
    let read =
        open_regular(path).and_then(|file| file.take(head.len() as u64).read_to_end(&mut begins));
    read.is_ok() && begins == head
}

fn unreadable_folder(path: &Path, error: &io::Error) -> ReadError {
    let path = shown(path);
    ReadError::new(
        ReadErrorCode::Io,
        Text::new(
            format!("无法打开文件夹“{path}”，里面的文件都没有读：{error}"),
            format!("cannot open folder `{path}`, nothing in it was read: {error}"),
        ),
        Text::new("请检查权限", "check its permissions"),
    )
}

fn not_regular() -> ReadError {
    ReadError::new(
        ReadErrorCode::NotAWorkbook,
        Text::new("不是普通文件（管道、设备等）", "not a regular file (a pipe, a device)"),
        Text::new("", ""),
    )
}

fn too_deep() -> ReadError {
    ReadError::new(
        ReadErrorCode::Io,
        Text::new("文件夹套得太深，没有进入", "the folder is too deep to be entered"),
        Text::new("请单独转换这个文件夹", "convert this folder on its own"),
    )
}

/// A path with `/` on every system; bytes that are no text as `%XX`, so that two names stay two.
fn shown(path: &Path) -> String {
    if let Some(raw) = raw(path) {
        let mut text = String::new();
        for chunk in raw.utf8_chunks() {
            text.push_str(chunk.valid());
            chunk.invalid().iter().for_each(|byte| text.push_str(&format!("%{byte:02X}")));
        }
        return text;
    }
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '\\' { text.replace('\\', "/") } else { text.into_owned() }
}
