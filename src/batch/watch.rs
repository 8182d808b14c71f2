//! A folder that is watched: what lands in it is checked once, when it has landed whole.
//!
//! There is no event for "the copy is finished", least of all over a network share. So the folder is looked at again and
//! again, and what has the same size and time in several looks is taken for whole. A copy that stalls for longer is
//! checked too early, and then again, because it changes. What was done is in the status file beside the results, so that
//! a restart does nothing twice; every write is a rename, so that the program may be killed at any time.
//!
//! A file in the inbox is a packet of its own; a folder in it is one packet with all that is inside.
//!
//! Names in the inbox are the sender's choice and the outbox may hold other things. A folder of results carries a mark
//! that says whose results they are ([`MARK`]); only a folder with the mark of the same packet is ever replaced or
//! cleared away, anything else stays and the results go beside it under another name.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::read::ENDINGS;

/// The status file's name in the outbox.
pub const STATUS: &str = "gouji-status.json";
/// Folders deeper than this are not entered.
const DEPTH: u32 = 16;
/// Names of files that other programs have not finished.
const UNFINISHED: &[&str] =
    &["tmp", "temp", "part", "partial", "crdownload", "download", "filepart", "swp"];

/// Size and time of everything in a packet, as far as it tells whether something changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
struct Print {
    files: u64,
    bytes: u64,
    /// Nanoseconds since 1970 of the youngest file.
    changed: u64,
    /// A sum over names, sizes and times.
    sum: u64,
}

/// How far a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// It has changed since it was looked at before.
    Landing,
    /// Results are there.
    Done,
    /// No results could be made.
    Failed,
    /// Some results are there, others could not be made.
    Partial,
    /// It is no workbook.
    Skipped,
}

/// What came of a packet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Outcome {
    /// Findings that must be mended.
    pub errors: u64,
    /// Findings that may stand if explained.
    pub warnings: u64,
    /// Hints.
    pub infos: u64,
    /// Files that could not be read, and why.
    pub refused: Vec<Refused>,
    /// Results that could not be made, and why.
    #[serde(default)]
    pub missing: Vec<Refused>,
}

/// A file that could not be read, or a result that could not be made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Refused {
    /// Its name.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// A line of the status file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Entry {
    /// The state.
    pub stage: Stage,
    #[serde(flatten)]
    print: Print,
    /// The folder of the results, in the outbox.
    pub results: Option<String>,
    /// What was found.
    pub outcome: Option<Outcome>,
    /// Why there are no results.
    pub reason: Option<String>,
}

/// What the mark of a folder of results says.
#[derive(Debug, Deserialize, PartialEq, Eq, Serialize)]
struct Mark {
    /// Whose results these are.
    packet: String,
    /// The folder that they belong in.
    folder: String,
}

impl Mark {
    /// The mark of a folder; `None` where it has none, and is not ours.
    fn of(folder: &Path) -> Option<Self> {
        if !fs::symlink_metadata(folder).ok()?.is_dir() {
            return None;
        }
        serde_json::from_slice(&fs::read(folder.join(MARK)).ok()?).ok()
    }
}

#[derive(Default, Deserialize, Serialize)]
struct Status {
    gouji: String,
    packets: BTreeMap<String, Entry>,
}

/// The watched folder and where its results go.
pub struct Watch {
    inbox: PathBuf,
    outbox: PathBuf,
    /// In how many looks in a row a packet must be the same.
    looks: u32,
    status: Status,
    /// What is landing: its print, and in how many looks it was the same.
    landing: BTreeMap<String, (Print, u32)>,
    /// Why what is no workbook was left alone, in words.
    skipped: String,
}

/// What a look at the folder came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Packets that were checked in this look.
    pub checked: usize,
    /// Packets that have not landed yet.
    pub landing: usize,
}

impl Watch {
    /// Watches `inbox`, with what an earlier run left in `outbox`.
    ///
    /// # Errors
    /// When a folder is not there or cannot be written, or one lies in the other.
    pub fn open(inbox: &Path, outbox: &Path, looks: u32) -> io::Result<Self> {
        fs::create_dir_all(outbox)?;
        let (inbox, outbox) = (inbox.canonicalize()?, outbox.canonicalize()?);
        if inbox.starts_with(&outbox) || outbox.starts_with(&inbox) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "one folder lies in the other",
            ));
        }
        let status = match fs::read(outbox.join(STATUS)) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Status::default(),
            Err(error) => return Err(error),
        };
        let landing = BTreeMap::new();
        let skipped = "不是表格，略过".to_owned();
        let watch = Self { inbox, outbox, looks: looks.max(1), status, landing, skipped };
        watch.sweep()?;
        watch.save()?;
        Ok(watch)
    }

    /// Says in these words why a file that is no workbook was left alone.
    #[must_use]
    pub fn skipping(self, why: &str) -> Self {
        Self { skipped: why.to_owned(), ..self }
    }

    /// Looks once, and checks what has landed. `work` gets a packet's files, with the names to show, and the folder
    /// that it fills with results; its error is kept as the reason.
    ///
    /// # Errors
    /// When the inbox cannot be listed or the outbox not be written: a share that is gone comes back, so try again.
    pub fn look(
        &mut self,
        mut work: impl FnMut(&[(String, PathBuf)], &Path) -> Result<Outcome, String>,
    ) -> io::Result<Look> {
        let mut look = Look::default();
        let present = self.packets()?;
        self.landing.retain(|name, _| present.contains_key(name));
        for (name, files) in present {
            if files.is_empty() {
                self.skip(name)?;
                continue;
            }
            let Some(print) = print(&files) else {
                look.landing += 1;
                continue;
            };
            if self.is_settled(&name, &print) {
                continue;
            }
            let seen = match self.landing.get(&name) {
                Some((before, seen)) if *before == print => seen + 1,
                _ => 1,
            };
            if seen < self.looks || !files.iter().all(|(_, path)| can_be_read(path)) {
                self.landing.insert(name, (print, seen));
                look.landing += 1;
                continue;
            }
            self.landing.remove(&name);
            let entry = self.check(&name, print, &files, &mut work)?;
            self.status.packets.insert(name, entry);
            self.save()?;
            look.checked += 1;
        }
        Ok(look)
    }

    /// The lines of the status file.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.status.packets.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// Notes a file that is no workbook, so that who sent it sees that it was not overlooked.
    fn skip(&mut self, name: String) -> io::Result<()> {
        if self.status.packets.contains_key(&name) {
            return Ok(());
        }
        let entry = Entry {
            stage: Stage::Skipped,
            print: Print::default(),
            results: None,
            outcome: None,
            reason: Some(self.skipped.clone()),
        };
        self.status.packets.insert(name, entry);
        self.save()
    }

    /// Whether this very packet was checked before, and its results are still there.
    fn is_settled(&self, name: &str, print: &Print) -> bool {
        self.status.packets.get(name).is_some_and(|entry| {
            entry.print == *print
                && entry.results.as_ref().is_none_or(|folder| {
                    // Results of before there were marks have none.
                    Mark::of(&self.outbox.join(folder))
                        .map_or(self.outbox.join(folder).is_dir(), |mark| mark.packet == name)
                })
        })
    }

    fn check(
        &self,
        name: &str,
        print: Print,
        files: &[(String, PathBuf)],
        work: &mut impl FnMut(&[(String, PathBuf)], &Path) -> Result<Outcome, String>,
    ) -> io::Result<Entry> {
        let folder = self.results_of(name);
        let partial = self.outbox.join(PARTIAL);
        clear(&partial)?;
        fs::create_dir(&partial)?;
        let mark = Mark { packet: name.to_owned(), folder: folder.clone() };
        fs::write(partial.join(MARK), serde_json::to_vec(&mark)?)?;
        let done = work(files, &partial);
        if let Err(reason) = done {
            clear(&partial)?;
            return Ok(Entry {
                stage: Stage::Failed,
                print,
                results: None,
                outcome: None,
                reason: Some(reason),
            });
        }
        self.put_in_place(&partial, &folder)?;
        let outcome = done.ok();
        let whole = outcome.as_ref().is_some_and(|outcome| outcome.missing.is_empty());
        Ok(Entry {
            stage: if whole { Stage::Done } else { Stage::Partial },
            print,
            results: Some(folder),
            outcome,
            reason: None,
        })
    }

    /// The folder of a packet's results: its name without the ending; where that is something else's, its whole name,
    /// or one with a number.
    fn results_of(&self, name: &str) -> String {
        let stem = Path::new(name)
            .file_stem()
            .map_or(name.into(), |stem| stem.to_string_lossy().into_owned());
        let known = self.status.packets.get(name).and_then(|entry| entry.results.clone());
        let numbered = (2_u64..).map(|number| format!("{} ({number})", harmless(name)));
        let mut names = known.into_iter().chain([harmless(&stem), harmless(name)]).chain(numbered);
        names.find(|folder| self.is_free_for(name, folder)).unwrap_or_default()
    }

    /// Whether a packet's results may be put into a folder of that name: it is not there, or holds that packet's results.
    fn is_free_for(&self, name: &str, folder: &str) -> bool {
        let lower = folder.to_lowercase();
        let claimed = self.status.packets.iter().any(|(other, entry)| {
            other != name
                && entry.results.as_ref().is_some_and(|results| results.to_lowercase() == lower)
        });
        let place = self.outbox.join(folder);
        !claimed
            && (fs::symlink_metadata(&place).is_err()
                || Mark::of(&place).is_some_and(|mark| mark.packet == name))
    }

    /// Replaces a packet's folder of results by a new one.
    fn put_in_place(&self, partial: &Path, folder: &str) -> io::Result<()> {
        let place = self.outbox.join(folder);
        if fs::symlink_metadata(&place).is_err() {
            return fs::rename(partial, place);
        }
        let old = self.outbox.join(OLD);
        clear(&old)?;
        fs::rename(&place, &old)?;
        fs::rename(partial, place)?;
        clear(&old)
    }

    /// The packets that are in the inbox now, with their files in order.
    fn packets(&self) -> io::Result<BTreeMap<String, Vec<(String, PathBuf)>>> {
        let mut packets = BTreeMap::new();
        for entry in fs::read_dir(&self.inbox)? {
            let entry = entry?;
            let (name, kind) =
                (entry.file_name().to_string_lossy().into_owned(), entry.file_type()?);
            let mut files = Vec::new();
            if kind.is_dir() && !name.starts_with('.') {
                files_in(&entry.path(), "", DEPTH, &mut files)?;
                files.sort();
                if files.is_empty() {
                    continue;
                }
            } else if kind.is_file() && is_workbook(&name) {
                files.push((name.clone(), entry.path()));
            } else if !kind.is_file() || is_passing(&name) {
                continue;
            }
            packets.insert(name, files);
        }
        Ok(packets)
    }

    fn save(&self) -> io::Result<()> {
        let status = Status {
            gouji: env!("CARGO_PKG_VERSION").to_owned(),
            packets: self
                .status
                .packets
                .iter()
                .map(|(name, entry)| (name.clone(), entry.clone()))
                .collect(),
        };
        let partial = self.outbox.join(format!("{PARTIAL}{STATUS}"));
        let mut file = File::create(&partial)?;
        serde_json::to_writer_pretty(&mut file, &status)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(partial, self.outbox.join(STATUS))
    }

    /// Clears away what a killed run had begun.
    fn sweep(&self) -> io::Result<()> {
        clear(&self.outbox.join(PARTIAL))?;
        let status = self.outbox.join(format!("{PARTIAL}{STATUS}"));
        if fs::symlink_metadata(&status).is_ok_and(|data| data.is_file()) {
            fs::remove_file(status)?;
        }
        let old = self.outbox.join(OLD);
        if let Some(mark) = Mark::of(&old) {
            // Killed between the two renames: the old results are all there is.
            let place = self.outbox.join(&mark.folder);
            let inside = Path::new(&mark.folder).components().count() == 1;
            if inside && fs::symlink_metadata(&place).is_err() {
                fs::rename(old, place)?;
            } else {
                clear(&old)?;
            }
        }
        Ok(())
    }
}

/// Where results are made, and where replaced ones stand for a moment.
const PARTIAL: &str = ".gouji-part-";
const OLD: &str = ".gouji-old-";
/// The file that makes a folder one of ours.
pub const MARK: &str = ".gouji-results";

/// Deletes a folder of ours, if there is one: it has our mark, or nothing else in it. The mark goes last, so that a folder
/// whose deletion was cut short is still ours.
fn clear(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?.collect::<io::Result<Vec<_>>>()?,
    };
    let others: Vec<_> = entries.iter().filter(|entry| entry.file_name() != MARK).collect();
    if !others.is_empty() && Mark::of(folder).is_none() {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{} is not of gouji's making", folder.display()),
        ));
    }
    for entry in others {
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_dir_all(folder)
}

/// A name that a folder can have everywhere and that is none of our own.
fn harmless(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_control() || r#"\/:*?"<>|"#.contains(c) { '_' } else { c })
        .collect();
    let mut plain = plain.trim_end_matches(['.', ' ']).to_owned();
    // Names have at most 255 bytes, and a number may follow.
    while plain.len() > 200 {
        plain.pop();
    }
    let stem = plain.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || stem.len() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT"));
    let own = plain.starts_with('.') || plain.to_ascii_lowercase().starts_with("gouji-status");
    if plain.is_empty() || device || own { format!("_{plain}") } else { plain }
}

fn files_in(
    folder: &Path,
    prefix: &str,
    depth: u32,
    into: &mut Vec<(String, PathBuf)>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name().to_string_lossy().into_owned(), entry.file_type()?);
        if kind.is_dir() && depth > 0 && !name.starts_with('.') {
            files_in(&entry.path(), &format!("{prefix}{name}/"), depth - 1, into)?;
        } else if kind.is_file() && is_workbook(&name) {
            into.push((format!("{prefix}{name}"), entry.path()));
        }
    }
    Ok(())
}

/// Whether a file is a workbook by its name, and neither hidden nor a lock.
fn is_workbook(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    !is_passing(name) && ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// Whether a file is hidden, a lock, or not yet what it will be, and no reason to say anything.
fn is_passing(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    name.starts_with('.')
        || name.starts_with("~$")
        || matches!(name, "Thumbs.db" | "desktop.ini")
        || ending.is_some_and(|ending| UNFINISHED.contains(&ending.as_str()))
}

/// `None` while a file of the packet is empty or cannot be looked at.
fn print(files: &[(String, PathBuf)]) -> Option<Print> {
    let mut print =
        Print { files: files.len() as u64, sum: 0xcbf2_9ce4_8422_2325, ..Print::default() };
    for (name, path) in files {
        let metadata = fs::metadata(path).ok()?;
        if metadata.len() == 0 {
            return None;
        }
        let changed = metadata
            .modified()
            .ok()?
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos() as u64);
        print.bytes += metadata.len();
        print.changed = print.changed.max(changed);
        for byte in name.bytes().chain(metadata.len().to_le_bytes()).chain(changed.to_le_bytes()) {
            // FNV-1a, which does not change between versions of Rust.
            print.sum = (print.sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    Some(print)
}

/// Whether no other program holds the file for itself, as Windows lets it while copying.
fn can_be_read(path: &Path) -> bool {
    File::open(path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (inbox, outbox) = (folder.path().join("in"), folder.path().join("out"));
        fs::create_dir(&inbox).unwrap();
        (folder, inbox, outbox)
    }

    #[expect(clippy::unnecessary_wraps, reason = "the signature of a real check")]
    fn write_result(files: &[(String, PathBuf)], folder: &Path) -> Result<Outcome, String> {
        let all: Vec<u8> = files.iter().flat_map(|(_, path)| fs::read(path).unwrap()).collect();
        fs::write(folder.join("result"), all).unwrap();
        Ok(Outcome { errors: 1, ..Outcome::default() })
    }

    #[test]
    fn a_file_is_checked_once_when_it_is_whole() {
        let (_folder, inbox, outbox) = watched();
        let mut watch = Watch::open(&inbox, &outbox, 2).unwrap();
        fs::write(inbox.join("a.csv"), "1").unwrap();
        assert_eq!(watch.look(write_result).unwrap(), Look { checked: 0, landing: 1 });
        fs::write(inbox.join("a.csv"), "12").unwrap();
        assert_eq!(
            watch.look(write_result).unwrap(),
            Look { checked: 0, landing: 1 },
            "still growing"
        );
        assert_eq!(watch.look(write_result).unwrap(), Look { checked: 1, landing: 0 });
        assert_eq!(fs::read(outbox.join("a/result")).unwrap(), b"12");
        assert_eq!(watch.look(write_result).unwrap(), Look::default(), "only once");
    }

    #[test]
    fn a_restart_does_nothing_twice_and_a_change_is_checked_again() {
        let (_folder, inbox, outbox) = watched();
        fs::write(inbox.join("a.csv"), "1").unwrap();
        let mut watch = Watch::open(&inbox, &outbox, 1).unwrap();
        assert_eq!(watch.look(write_result).unwrap().checked, 1);
        // What a kill leaves behind.
        fs::create_dir(outbox.join(PARTIAL)).unwrap();
        fs::write(outbox.join(PARTIAL).join(MARK), "{\"pack").unwrap();
        fs::create_dir(outbox.join(OLD)).unwrap();
        let mark = Mark { packet: "c.csv".to_owned(), folder: "c".to_owned() };
        fs::write(outbox.join(OLD).join(MARK), serde_json::to_vec(&mark).unwrap()).unwrap();
        let mut watch = Watch::open(&inbox, &outbox, 1).unwrap();
        assert!(!outbox.join(PARTIAL).exists() && outbox.join("c").exists());
        assert_eq!(watch.look(write_result).unwrap(), Look::default());
        fs::write(inbox.join("a.csv"), "123").unwrap();
        assert_eq!(watch.look(write_result).unwrap().checked, 1);
        assert_eq!(fs::read(outbox.join("a/result")).unwrap(), b"123");
        fs::remove_dir_all(outbox.join("a")).unwrap();
        assert_eq!(
            watch.look(write_result).unwrap().checked,
            1,
            "results that were taken away are made again"
        );
    }

    #[test]
    fn a_folder_is_one_packet_and_a_failure_is_kept() {
        let (_folder, inbox, outbox) = watched();
        fs::create_dir_all(inbox.join("局/内")).unwrap();
        fs::write(inbox.join("局/a.csv"), "1").unwrap();
        fs::write(inbox.join("局/内/b.xlsx"), "2").unwrap();
        fs::write(inbox.join("局/~$b.xlsx"), "lock").unwrap();
        fs::write(inbox.join("c.xlsx.part"), "3").unwrap();
        fs::write(inbox.join("empty.xlsx"), "").unwrap();
        let mut watch = Watch::open(&inbox, &outbox, 1).unwrap();
        let mut seen = Vec::new();
        let look = watch
            .look(|files, _| {
                seen.push(files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>());
                Err("broken".to_owned())
            })
            .unwrap();
        assert_eq!(seen, [["a.csv", "内/b.xlsx"]]);
        assert_eq!(look, Look { checked: 1, landing: 1 });
        let (name, entry) = watch.entries().next().unwrap();
        assert_eq!(
            (name, entry.stage, entry.reason.as_deref()),
            ("局", Stage::Failed, Some("broken"))
        );
        assert_eq!(
            watch.look(write_result).unwrap().checked,
            0,
            "a failure is not tried again until it changes"
        );
    }

    #[test]
    fn two_packets_of_one_stem_do_not_share_a_folder() {
        let (_folder, inbox, outbox) = watched();
        fs::write(inbox.join("a.csv"), "1").unwrap();
        fs::write(inbox.join("a.xlsx"), "2").unwrap();
        let mut watch = Watch::open(&inbox, &outbox, 1).unwrap();
        assert_eq!(watch.look(write_result).unwrap().checked, 2);
        assert_eq!(fs::read(outbox.join("a/result")).unwrap(), b"1");
        assert_eq!(fs::read(outbox.join("a.xlsx/result")).unwrap(), b"2");
    }

    #[test]
    fn names_of_senders_touch_nothing_that_is_not_theirs() {
        let (_folder, inbox, outbox) = watched();
        fs::create_dir_all(outbox.join("存档")).unwrap();
        fs::write(outbox.join("存档/2023.txt"), "precious").unwrap();
        fs::write(outbox.join("readme"), "precious").unwrap();
        fs::create_dir(outbox.join("nearly")).unwrap();
        fs::write(outbox.join("nearly").join(MARK), "{\"packet\":\"x\",\"folder\":\"nearly\"}")
            .unwrap();
        let names = [
            "存档.csv",
            "readme.csv",
            "nearly.csv",
            "gouji-status.json.csv",
            ".gouji-part-.csv",
            "a.xlsx.csv",
            "a.csv",
            "a.xlsx",
            "con.csv",
            "A.et",
        ];
        let mut watch = Watch::open(&inbox, &outbox, 1).unwrap();
        for name in names {
            fs::write(inbox.join(name), name).unwrap();
            watch.look(write_result).unwrap();
        }
        // Twice, and after a restart: names once given stay.
        fs::write(inbox.join("a.csv"), "a.csv again").unwrap();
        let mut watch = Watch::open(&inbox, &outbox, 1).unwrap();
        watch.look(write_result).unwrap();
        let mut shown = Vec::new();
        for (name, entry) in watch.entries() {
            let folder = entry.results.as_deref().unwrap_or("none");
            let result = fs::read_to_string(outbox.join(folder).join("result")).unwrap();
            assert!(result.starts_with(name), "{name}: {result}");
            shown.push(format!("{name} → {folder}"));
        }
        assert_eq!(
            shown,
            [
                "A.et → A.et",
                "a.csv → a",
                "a.xlsx → a.xlsx (2)",
                "a.xlsx.csv → a.xlsx",
                "con.csv → _con",
                "gouji-status.json.csv → _gouji-status.json",
                "nearly.csv → nearly.csv",
                "readme.csv → readme.csv",
                "存档.csv → 存档.csv",
            ]
        );
        assert_eq!(fs::read(outbox.join("存档/2023.txt")).unwrap(), b"precious");
        assert_eq!(fs::read(outbox.join("readme")).unwrap(), b"precious");
        assert_eq!(fs::read_dir(outbox.join("nearly")).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_workbook_is_told_and_what_passes_by_is_not() {
        let (_folder, inbox, outbox) = watched();
        for name in ["说明.pdf", "图.png", "~$a.xlsx", ".hidden", "b.xlsx.part", "页.html"] {
            fs::write(inbox.join(name), "1").unwrap();
        }
        let mut watch = Watch::open(&inbox, &outbox, 1).unwrap();
        assert_eq!(watch.look(write_result).unwrap(), Look { checked: 1, landing: 0 });
        let why =
            |name| watch.entries().find(|one| one.0 == name).and_then(|one| one.1.reason.clone());
        assert_eq!(why("说明.pdf").as_deref(), Some("不是表格，略过"));
        let told: Vec<_> = watch.entries().map(|(name, entry)| (name, entry.stage)).collect();
        assert_eq!(
            told,
            [("图.png", Stage::Skipped), ("说明.pdf", Stage::Skipped), ("页.html", Stage::Done)]
        );
    }

    #[test]
    fn the_outbox_is_not_in_the_inbox() {
        let (_folder, inbox, _) = watched();
        assert!(Watch::open(&inbox, &inbox.join("out"), 1).is_err());
        assert!(Watch::open(&inbox, &inbox, 1).is_err());
    }
}
