//! Paths → the files of a packet: folders walked, everything that goes wrong kept as a row of the report.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::args::Passwords;
use super::nearest::nearest;
use super::trouble::{Trouble, reason, tell};
use super::words::{language, say};
use crate::batch;
use crate::model::{ReadError, ReadErrorCode, Report, Text, many};
use crate::pipeline::Options;
use crate::pipeline::{self, Input};
use crate::read::{self, ENDINGS, Limits};

/// Folders deeper than this are not entered.
const DEPTH: u32 = 64;

/// The files of a call.
pub(super) struct Found {
    /// Files in the order given, folders replaced by what is in them, sorted by name. A copy of the packet as an archive beside
    /// its files is common, and would be checked twice: archives are opened where they are named.
    pub(super) files: Vec<PathBuf>,
    /// What was left out, and why.
    remarks: Vec<Text>,
}

/// Finds the files behind the paths of the command line.
///
/// A path that does not exist stays in the list, so that the report has a row for it.
pub(super) fn find(paths: &[PathBuf]) -> Result<Found, Trouble> {
    let mut found = Found { files: Vec::new(), remarks: Vec::new() };
    for path in paths {
        if path.is_dir() {
            let mut left_out = LeftOut::default();
            walk(path, DEPTH, &mut found, &mut left_out)
                .map_err(|(path, error)| Trouble::reading(&path, &error))?;
            left_out.remark(path, &mut found.remarks);
        } else {
            found.files.push(path.clone());
        }
    }
    Ok(found)
}

/// The packets of some folders: one of each folder in them, but for the one that results go to. What lies beside the folders is
/// told and left out.
pub(super) fn packets(
    roots: &[PathBuf],
    except: Option<&Path>,
) -> Result<Vec<batch::folders::Folder>, Trouble> {
    let except = except.and_then(|path| fs::canonicalize(path).ok());
    let mut packets = Vec::new();
    for root in roots {
        let (folders, loose) =
            batch::folders::packets(root).map_err(|error| Trouble::reading(root, &error))?;
        packets.extend(
            folders
                .into_iter()
                .filter(|folder| except.is_none() || fs::canonicalize(&folder.path).ok() != except),
        );
        if !loose.is_empty() {
            let (count, first, root) = (loose.len(), &loose[0], root.display());
            tell(&say(
                format!(
                    "说明：“{root}”下有 {count} 个文件不在任何子文件夹里，未核对（{first} 等）"
                ),
                format!(
                    "note: {} of `{root}` in none of its folders, not checked ({first}, …)",
                    many(count, "file")
                ),
            ));
        }
    }
    if packets.is_empty() {
        return Err(Trouble::new("没有子文件夹可核对", "there is no folder to check").hint(
            "--packet-per-folder 后面的文件夹里，每个单位应有一个子文件夹",
            "each unit has a folder of its own in the folder named",
        ));
    }
    Ok(packets)
}

/// What a folder holds that is not read.
#[derive(Default)]
struct LeftOut {
    hidden: Vec<String>,
    locks: Vec<String>,
    archives: Vec<String>,
    others: Vec<String>,
    ours: Vec<String>,
    links: Vec<String>,
}

impl LeftOut {
    fn remark(&self, folder: &Path, remarks: &mut Vec<Text>) {
        for (names, zh, en) in [
            (&self.locks, "Office 打开文件时留下的锁文件", "lock files left by an open Office"),
            (&self.hidden, "隐藏文件", "hidden files"),
            (&self.ours, "gouji 自己写出的文件", "files written by gouji itself"),
            (&self.links, "符号链接", "symbolic links"),
            (
                &self.archives,
                "压缩包（要核对其中的表格，请直接指定它）",
                "archives (name one to check the workbooks in it)",
            ),
            (&self.others, "不是表格的文件", "files that are no workbooks"),
        ] {
            if let Some(first) = names.first() {
                let (folder, count) = (folder.display(), names.len());
                remarks.push(Text::new(
                    format!(
                        "“{folder}”中略过{zh} {count} 个（{first}{}）",
                        if count > 1 { " 等" } else { "" }
                    ),
                    format!(
                        "skipped in `{folder}`: {count} {en} ({first}{})",
                        if count > 1 { ", …" } else { "" }
                    ),
                ));
            }
        }
    }
}

fn walk(
    folder: &Path,
    depth: u32,
    found: &mut Found,
    left_out: &mut LeftOut,
) -> Result<(), (PathBuf, io::Error)> {
    let at = |error| (folder.to_owned(), error);
    let mut entries =
        fs::read_dir(folder).map_err(at)?.collect::<Result<Vec<_>, _>>().map_err(at)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let names: Vec<String> =
        entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    for (entry, name) in entries.iter().zip(&names) {
        let kind = entry.file_type().map_err(at)?;
        let ending =
            Path::new(name).extension().unwrap_or_default().to_string_lossy().to_lowercase();
        if name.starts_with("~$") || name.starts_with(".~") {
            left_out.locks.push(name.clone());
        } else if name.starts_with('.') {
            left_out.hidden.push(name.clone());
        } else if kind.is_symlink() {
            left_out.links.push(name.clone());
        } else if kind.is_dir() {
            if depth > 0 {
                walk(&entry.path(), depth - 1, found, left_out)?;
            }
        } else if batch::is_archive(name) {
            left_out.archives.push(name.clone());
        } else if name == super::settings::NAME {
            // What is asked of the workbooks beside it.
        } else if !ENDINGS.contains(&ending.as_str()) {
            left_out.others.push(name.clone());
        } else if super::output::is_ours(name, &names) {
            left_out.ours.push(name.clone());
        } else {
            found.files.push(entry.path());
        }
    }
    Ok(())
}

/// The files of a call, read.
pub(super) struct Loaded {
    /// As the pipeline takes them: archives replaced by the workbooks in them.
    pub(super) inputs: Vec<Input>,
    /// For each, the path that its results are named after: the file itself, and for a member of an archive
    /// `archive/path.xlsx` beside the archive.
    pub(super) places: Vec<PathBuf>,
    /// What was left out of folders and archives, and why.
    remarks: Vec<Text>,
}

impl Loaded {
    /// Says on standard error what was left out.
    pub(super) fn tell(&self) {
        for remark in &self.remarks {
            tell(&format!("{}{}", say("说明：", "note: "), remark.get(language())));
        }
    }

    /// Checks them: one packet.
    pub(super) fn check(
        &self,
        options: &Options,
        limits: &Limits,
        passwords: &Passwords,
    ) -> Result<Report, Trouble> {
        let passwords = match &passwords.password_file {
            Some(path) => {
                let text =
                    fs::read_to_string(path).map_err(|error| Trouble::reading(path, &error))?;
                text.trim_start_matches('\u{feff}').lines().map(str::to_owned).collect()
            }
            None => Vec::new(),
        };
        #[expect(clippy::result_large_err, reason = "the pipeline keeps the error beside the file")]
        let read =
            |name: &str, bytes: &[u8]| read::read_with_passwords(name, bytes, limits, &passwords);
        Ok(pipeline::run_with(&self.inputs, options, read))
    }
}

/// Reads the files.
pub(super) fn load(found: Found, limits: &Limits) -> Loaded {
    let Found { files, mut remarks } = found;
    let given = files
        .iter()
        .map(|path| Input {
            path: shown(path),
            bytes: fs::read(path).map_err(|error| refusal(path, &error)),
        })
        .collect();
    let unpacked = batch::unpacked(given, limits);
    remarks.extend(unpacked.remarks);
    let places = unpacked
        .inputs
        .iter()
        .zip(unpacked.origins)
        .map(|(input, origin)| {
            let path = &files[origin];
            match input.path.strip_prefix(&shown(path)).and_then(|rest| rest.strip_prefix("!/")) {
                Some(inner) => beside_archive(path, inner),
                None => path.clone(),
            }
        })
        .collect();
    Loaded { inputs: unpacked.inputs, places, remarks }
}

/// `送审.zip` and `预算/表.xlsx` → `送审/预算/表.xlsx`. Names in archives are anybody's: nothing leads out of that folder.
fn beside_archive(archive: &Path, inner: &str) -> PathBuf {
    let mut place = archive.with_extension("");
    for part in inner.replace("!/", "/").split('/') {
        let part: String =
            part.chars().map(|c| if r#"<>:"|?*\"#.contains(c) { '_' } else { c }).collect();
        if !matches!(part.as_str(), "" | "." | "..") {
            place.push(part);
        }
    }
    place
}

/// The sheet's name as it is written in front of a cell: `'它''s 表'` is 它's 表.
pub(super) fn sheet_named(word: &str) -> String {
    word.strip_prefix('\'')
        .and_then(|word| word.strip_suffix('\''))
        .map_or_else(|| word.to_owned(), |quoted| quoted.replace("''", "'"))
}

/// A path as reports show it: with `/` on every system.
pub(super) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '\\' { text.replace('\\', "/") } else { text.into_owned() }
}

/// What to do where there is no such file: the names beside it that are most like it.
fn not_there(path: &Path) -> Text {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let beside =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let typed = path.file_name().unwrap_or_default().to_string_lossy();
    let alike = nearest(&typed, beside.map(|name| name.to_string_lossy().into_owned()));
    if alike.is_empty() {
        return Text::new("请检查文件名和所在位置", "check the name and the place of the file");
    }
    Text::new(
        format!("同一文件夹中有相近的名称：{}", alike.join("、")),
        format!("names like it in the same folder: {}", alike.join(", ")),
    )
}

fn refusal(path: &Path, error: &io::Error) -> ReadError {
    let shown = path.display();
    let (code, hint) = match error.kind() {
        io::ErrorKind::NotFound => (ReadErrorCode::NotFound, not_there(path)),
        io::ErrorKind::PermissionDenied => (
            ReadErrorCode::Io,
            Text::new(
                "请关闭正在打开此文件的程序，或检查文件的权限",
                "close the program that has it open, or check its permissions",
            ),
        ),
        _ => (
            ReadErrorCode::Io,
            Text::new(
                "请检查磁盘或网络位置后重试",
                "check the disk or network place and try again",
            ),
        ),
    };
    let reason = reason(error);
    ReadError::new(
        code,
        Text::new(
            format!("无法读取“{shown}”：{}", reason.zh),
            format!("cannot read `{shown}`: {}", reason.en),
        ),
        hint,
    )
}

/// The words of a drafted report, and its name.
pub(super) fn report(path: &Path, limits: &Limits) -> Result<(String, String), Trouble> {
    let bytes = fs::read(path).map_err(|error| Trouble::reading(path, &error))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match read::document(&name, &bytes, limits) {
        Ok(text) => Ok((name, text)),
        Err(error) => {
            let shown = path.display();
            Err(Trouble::new(
                format!("读不了报告“{shown}”：{}", error.message.zh),
                format!("cannot read the report `{shown}`: {}", error.message.en),
            )
            .hint("另存为 .docx 或 .txt 再试", "save it as .docx or .txt and try again"))
        }
    }
}
