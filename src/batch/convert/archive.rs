//! Members of .zip archives.
//!
//! Names are bytes: Chinese archivers write GBK without saying so. They are decoded first and split at separators after,
//! because a GBK character may end in the byte of a backslash. A name only ever stands in reports; nothing is extracted to
//! disk. Archives inside archives are one row that says so.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::walk::within;
use crate::model::{ReadError, ReadErrorCode, Text};
use crate::read::Limits;

/// Members that are looked at.
const MEMBERS: usize = 2_000_000;

/// Whether a name ends like an archive's.
pub(super) fn is_archive(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("zip"))
}

/// An archive whose table of contents has been read; clones share it, and open the file anew.
#[derive(Clone, Debug)]
pub(super) struct Archive(ZipArchive<Reopened>);

/// A member, by its name.
pub(super) struct Member {
    pub(super) index: usize,
    pub(super) name: String,
    pub(super) bytes: u64,
    /// Why it cannot be read, where that is known from its entry.
    pub(super) refused: Option<ReadError>,
}

impl Archive {
    /// Reads the table of contents.
    #[expect(
        clippy::result_large_err,
        reason = "an error ends a file; it is not passed about in loops"
    )]
    pub(super) fn open(path: &Path) -> Result<Self, ReadError> {
        let archive = ZipArchive::new(Reopened::new(path)).map_err(|error| damaged(&error))?;
        if archive.has_duplicate_names() {
            return Err(ReadError::new(
                ReadErrorCode::Hostile,
                Text::new("压缩包中有同名的成员", "the archive has members of the same name"),
                Text::new("请重新压缩", "pack it again"),
            ));
        }
        Ok(Self(archive))
    }

    /// The files in it, sorted by name.
    pub(super) fn members(&self, limits: &Limits) -> Vec<Member> {
        let mut archive = self.0.clone();
        let mut members = Vec::new();
        for index in 0..archive.len().min(MEMBERS) {
            let Ok(file) = archive.by_index_raw(index) else { continue };
            if file.is_dir() {
                continue;
            }
            let unicode = file.extra_data().and_then(|extra| unicode_path(&extra, file.name_raw()));
            let name = unicode.unwrap_or_else(|| decode(file.name_raw()));
            if is_noise(&name) {
                continue;
            }
            let refused = refusal(&file, &name, limits);
            members.push(Member { index, name, bytes: file.size(), refused });
        }
        members.sort_by(|a, b| a.name.cmp(&b.name));
        members
    }

    /// The bytes of a member.
    #[expect(
        clippy::result_large_err,
        reason = "an error ends a file; it is not passed about in loops"
    )]
    pub(super) fn read(&self, index: usize, limits: &Limits) -> Result<Vec<u8>, ReadError> {
        let mut archive = self.0.clone();
        let file = archive.by_index(index).map_err(|error| damaged(&error))?;
        let mut bytes = Vec::new();
        let read = file.take(limits.container + 1).read_to_end(&mut bytes);
        read.map_err(|error| damaged(&ZipError::Io(error)))?;
        within(bytes, limits)
    }
}

fn refusal(
    file: &zip::read::ZipFile<'_, Reopened>,
    name: &str,
    limits: &Limits,
) -> Option<ReadError> {
    let refuse =
        |code, zh: &str, en: &str| Some(ReadError::new(code, Text::new(zh, en), Text::new("", "")));
    let kind = file.unix_mode().map_or(0, |mode| mode & 0o170_000);
    let reads = super::walk::is_workbook(name);
    if is_archive(name) {
        return refuse(
            ReadErrorCode::UnsupportedFormat,
            "压缩包里的压缩包，未打开",
            "an archive inside an archive, not opened",
        );
    }
    if !reads {
        return None;
    }
    if kind == 0o120_000 {
        return refuse(
            ReadErrorCode::Hostile,
            "压缩包中的符号链接",
            "a symbolic link in an archive",
        );
    }
    if file.encrypted() {
        return refuse(ReadErrorCode::Encrypted, "压缩包成员有密码", "the member has a password");
    }
    if file.size() > limits.container {
        return refuse(ReadErrorCode::TooLarge, "压缩包成员过大", "the member is too large");
    }
    None
}

/// Lock files, hidden files and the shadows that macOS adds.
fn is_noise(name: &str) -> bool {
    name.starts_with("__MACOSX/")
        || name.rsplit('/').next().is_some_and(|last| last.starts_with(['.', '~']))
}

/// UTF-8 where the bytes are, else GB18030, else the bytes that are no text as %XX; then `\` becomes `/`.
fn decode(raw: &[u8]) -> String {
    let text = match std::str::from_utf8(raw) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::GB18030
            .decode_without_bom_handling_and_without_replacement(raw)
            .map_or_else(|| escaped(raw), std::borrow::Cow::into_owned),
    };
    text.replace('\\', "/").trim_start_matches('/').chars().filter(|c| !c.is_control()).collect()
}

fn escaped(raw: &[u8]) -> String {
    raw.iter()
        .map(|byte| match byte {
            0x20..=0x7e => char::from(*byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// The name in extra field 0x7075, where its checksum is that of the raw name.
fn unicode_path(extra: &[u8], raw: &[u8]) -> Option<String> {
    let mut rest = extra;
    while let [a, b, c, d, tail @ ..] = rest {
        let (id, size) = (u16::from_le_bytes([*a, *b]), usize::from(u16::from_le_bytes([*c, *d])));
        let field = tail.get(..size)?;
        if id == 0x7075
            && let [1, w, x, y, z, name @ ..] = field
        {
            let mut crc = flate2::Crc::new();
            crc.update(raw);
            if crc.sum() == u32::from_le_bytes([*w, *x, *y, *z]) {
                return std::str::from_utf8(name).ok().map(|name| name.replace('\\', "/"));
            }
        }
        rest = &tail[size..];
    }
    None
}

fn damaged(error: &ZipError) -> ReadError {
    let (code, zh, en) = match error {
        ZipError::UnsupportedArchive(_) => (
            ReadErrorCode::UnsupportedFormat,
            "压缩方式不支持",
            "the archive uses a method that is not supported",
        ),
        ZipError::InvalidPassword => {
            (ReadErrorCode::Encrypted, "压缩包有密码", "the archive has a password")
        }
        _ => (ReadErrorCode::Damaged, "压缩包损坏", "the archive is damaged"),
    };
    ReadError::new(
        code,
        Text::new(format!("{zh}：{error}"), format!("{en}: {error}")),
        Text::new("请重新压缩或解压后再试", "pack it again, or unpack it first"),
    )
}

/// A file that is opened when it is first read, so that clones do not share a position.
#[derive(Debug)]
struct Reopened {
    path: PathBuf,
    file: Option<BufReader<File>>,
}

impl Reopened {
    fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), file: None }
    }

    fn file(&mut self) -> io::Result<&mut BufReader<File>> {
        if self.file.is_none() {
            self.file = Some(BufReader::new(File::open(&self.path)?));
        }
        self.file.as_mut().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

impl Clone for Reopened {
    fn clone(&self) -> Self {
        Self::new(&self.path)
    }
}

impl Read for Reopened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file()?.read(buffer)
    }
}

impl Seek for Reopened {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file()?.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded_before_they_are_split() {
        // 陰 in GBK ends in 0x5C, the byte of a backslash.
        let (raw, _, _) = encoding_rs::GBK.encode("旧档/尤里的陰謀.xlsx");
        assert!(raw.contains(&0x5c));
        assert_eq!(decode(&raw), "旧档/尤里的陰謀.xlsx");
        assert_eq!(decode("预算\\总表.xls".as_bytes()), "预算/总表.xls");
        assert_eq!(decode(b"a\xff\xff.xls"), "a%FF%FF.xls");
        assert_eq!(decode(b"/abs/\x01x.csv"), "abs/x.csv");
    }

    #[test]
    fn the_unicode_path_counts_only_with_its_checksum() {
        let raw = b"x.xlsx";
        let mut crc = flate2::Crc::new();
        crc.update(raw);
        let field = |sum: u32| {
            let name = "预算.xlsx".as_bytes();
            let mut extra = vec![0x75, 0x70];
            extra.extend((name.len() as u16 + 5).to_le_bytes());
            extra.push(1);
            extra.extend(sum.to_le_bytes());
            extra.extend(name);
            extra
        };
        assert_eq!(unicode_path(&field(crc.sum()), raw).as_deref(), Some("预算.xlsx"));
        assert_eq!(unicode_path(&field(crc.sum() ^ 1), raw), None);
        assert_eq!(unicode_path(&[1, 2, 200, 0], raw), None);
    }
}
