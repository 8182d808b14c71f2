//! Members of .zip and .7z archives, and of archives inside them.
//!
//! Names of a .zip are bytes: Chinese archivers write GBK without saying so. They are decoded first and split at separators
//! after, because a GBK character may end in the byte of a backslash. A name only ever stands in reports; nothing is
//! extracted to disk.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::walk::{Place, open_regular, unreadable, within};
use crate::model::{ReadError, ReadErrorCode, Text};
use crate::read::Limits;

/// Members that are looked at.
const MEMBERS: usize = 2_000_000;
/// Archives inside archives are opened this deep; no honest submission goes deeper.
pub(super) const DEPTH: usize = 3;
/// Bytes of decoded members of a .7z that are kept for the reads that follow: its members are packed together.
#[cfg(feature = "sevenz")]
const KEPT: u64 = 256 << 20;

/// Whether a name ends like that of an archive that is opened.
pub(super) fn is_archive(name: &str) -> bool {
    matches!(ending(name).as_str(), "zip" | "7z")
}

/// Whether a name ends like that of an archive that is told of, but not opened.
pub(super) fn is_closed(name: &str) -> bool {
    ending(name) == "rar" || cfg!(not(feature = "sevenz")) && ending(name) == "7z"
}

fn ending(name: &str) -> String {
    name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default()
}

/// The refusal of an archive that is not opened.
pub(super) fn closed() -> ReadError {
    ReadError::new(
        ReadErrorCode::UnsupportedFormat,
        Text::new("这种压缩包不能打开", "archives of this kind are not opened"),
        Text::new(
            "请解压后再转换，或重新压缩成 .zip、.7z",
            "unpack it first, or pack it as .zip or .7z",
        ),
    )
}

/// Reads members by their place, keeping the last archive open.
pub(super) struct Opener {
    limits: Limits,
    last: Option<(PathBuf, Vec<u32>, Archive)>,
}

enum Archive {
    Zip(ZipArchive<Input>),
    #[cfg(feature = "sevenz")]
    Seven(Box<Seven>),
}

/// A member, by its name.
pub(super) struct Member {
    pub(super) index: u32,
    pub(super) name: String,
    pub(super) bytes: u64,
    /// Why it cannot be read, where that is known from its entry.
    pub(super) refused: Option<ReadError>,
}

#[expect(
    clippy::result_large_err,
    reason = "an error ends a file; it is not passed about in loops"
)]
impl Opener {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { limits: limits.clone(), last: None }
    }

    /// The bytes of a file, or of a member, within the limit of a container.
    pub(super) fn read(&mut self, place: &Place) -> Result<Vec<u8>, ReadError> {
        let Some((member, archive)) = place.members.split_last() else {
            return self.file(&place.file);
        };
        let limits = self.limits.clone();
        match self.open(&place.file, archive)? {
            Archive::Zip(zip) => {
                let file = zip.by_index(*member as usize).map_err(|error| damaged(&error))?;
                let mut bytes = Vec::new();
                let read = file.take(limits.container + 1).read_to_end(&mut bytes);
                read.map_err(|error| damaged(&ZipError::Io(error)))?;
                within(bytes, &limits)
            }
            #[cfg(feature = "sevenz")]
            Archive::Seven(seven) => seven.read(*member, &limits),
        }
    }

    fn file(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        let shown = path.display().to_string();
        for last in [false, true] {
            let mut file = open_regular(path).map_err(|error| unreadable(&shown, &error))?;
            let mut read = || -> io::Result<(Vec<u8>, bool)> {
                let before = file.metadata()?;
                let mut bytes =
                    Vec::with_capacity(before.len().min(self.limits.container) as usize);
                (&mut file).take(self.limits.container + 1).read_to_end(&mut bytes)?;
                let after = file.metadata()?;
                let same = before.len() == after.len()
                    && before.modified().ok() == after.modified().ok()
                    && (bytes.len() as u64 == after.len() || after.len() > self.limits.container);
                Ok((bytes, same))
            };
            let (bytes, same) = read().map_err(|error| unreadable(&shown, &error))?;
            if same {
                return within(bytes, &self.limits);
            }
            if last {
                break;
            }
        }
        Err(ReadError::new(
            ReadErrorCode::Io,
            Text::new("读取时文件正在被改动", "the file was being changed while it was read"),
            Text::new("请等写完后再运行一次", "run again when it is written"),
        ))
    }

    /// The files in an archive, sorted by name.
    pub(super) fn members(
        &mut self,
        file: &Path,
        archive: &[u32],
    ) -> Result<Vec<Member>, ReadError> {
        let limits = self.limits.clone();
        let depth = archive.len() + 1;
        let mut members = match self.open(file, archive)? {
            Archive::Zip(zip) => zip_members(zip, depth, &limits)?,
            #[cfg(feature = "sevenz")]
            Archive::Seven(seven) => seven.members(depth, &limits)?,
        };
        members.sort_by(|a, b| a.name.cmp(&b.name).then(a.index.cmp(&b.index)));
        Ok(members)
    }

    /// The archive at a place: a file, or a member of one.
    fn open(&mut self, file: &Path, members: &[u32]) -> Result<&mut Archive, ReadError> {
        let known = self.last.as_ref().is_some_and(|(path, at, _)| path == file && at == members);
        if !known {
            let input = if members.is_empty() {
                let opened = open_regular(file);
                Input::File(BufReader::new(
                    opened.map_err(|error| unreadable(&file.display().to_string(), &error))?,
                ))
            } else {
                let place = Place { file: file.to_owned(), members: members.to_vec() };
                Input::Memory(Cursor::new(self.read(&place)?))
            };
            self.last = Some((file.to_owned(), members.to_vec(), Archive::new(input)?));
        }
        match &mut self.last {
            Some((_, _, archive)) => Ok(archive),
            None => Err(damaged(&ZipError::FileNotFound)),
        }
    }
}

#[expect(
    clippy::result_large_err,
    reason = "an error ends a file; it is not passed about in loops"
)]
impl Archive {
    /// Told by its first bytes, not by its name.
    fn new(mut input: Input) -> Result<Self, ReadError> {
        let mut magic = Vec::new();
        let looked = (&mut input).take(6).read_to_end(&mut magic).and_then(|_| input.rewind());
        looked.map_err(|error| damaged(&ZipError::Io(error)))?;
        if magic.starts_with(b"Rar!") {
            return Err(closed());
        }
        if magic == b"7z\xbc\xaf\x27\x1c" {
            #[cfg(feature = "sevenz")]
            return Seven::new(input).map(|seven| Self::Seven(Box::new(seven)));
            #[cfg(not(feature = "sevenz"))]
            return Err(closed());
        }
        ZipArchive::new(input).map(Self::Zip).map_err(|error| damaged(&error))
    }
}

#[expect(
    clippy::result_large_err,
    reason = "an error ends a file; it is not passed about in loops"
)]
fn zip_members(
    zip: &mut ZipArchive<Input>,
    depth: usize,
    limits: &Limits,
) -> Result<Vec<Member>, ReadError> {
    if zip.has_duplicate_names() {
        return Err(same_names());
    }
    let mut members = Vec::new();
    for index in 0..zip.len().min(MEMBERS) {
        let Ok(file) = zip.by_index_raw(index) else { continue };
        if file.is_dir() {
            continue;
        }
        let unicode = file.extra_data().and_then(|extra| unicode_path(&extra, file.name_raw()));
        let name = unicode.unwrap_or_else(|| decode(file.name_raw()));
        if is_noise(&name) {
            continue;
        }
        let link = file.unix_mode().map_or(0, |mode| mode & 0o170_000) == 0o120_000;
        let about = Entry { name: &name, bytes: file.size(), link, encrypted: file.encrypted() };
        let refused = about.refusal(depth, limits);
        members.push(Member { index: index as u32, bytes: file.size(), refused, name });
    }
    Ok(members)
}

fn same_names() -> ReadError {
    ReadError::new(
        ReadErrorCode::Hostile,
        Text::new("压缩包中有同名的成员", "the archive has members of the same name"),
        Text::new("请重新压缩", "pack it again"),
    )
}

/// A .7z, and what was decoded on the way to a member that was asked for.
#[cfg(feature = "sevenz")]
struct Seven {
    reader: sevenz_rust2::ArchiveReader<Input>,
    names: HashMap<String, u32>,
    decoded: HashMap<u32, Vec<u8>>,
}

#[cfg(feature = "sevenz")]
#[expect(
    clippy::result_large_err,
    reason = "an error ends a file; it is not passed about in loops"
)]
impl Seven {
    fn new(input: Input) -> Result<Self, ReadError> {
        let password = sevenz_rust2::Password::empty();
        let mut reader = sevenz_rust2::ArchiveReader::new_with_memory_limit(
            input,
            password,
            (KEPT >> 10) as usize,
        )
        .map_err(|error| seven_damaged(&error))?;
        reader.set_thread_count(1);
        let files = reader.archive().files.iter().enumerate();
        let names: HashMap<_, _> =
            files.map(|(index, file)| (file.name.clone(), index as u32)).collect();
        if names.len() != reader.archive().files.len() {
            return Err(same_names());
        }
        Ok(Self { reader, names, decoded: HashMap::new() })
    }

    fn members(&self, depth: usize, limits: &Limits) -> Result<Vec<Member>, ReadError> {
        let archive = self.reader.archive();
        let mut seen = BTreeSet::new();
        let mut members = Vec::new();
        for (index, file) in archive.files.iter().enumerate().take(MEMBERS) {
            let name = tidy(&file.name);
            if file.is_directory || file.is_anti_item || is_noise(&name) {
                continue;
            }
            if !seen.insert(name.clone()) {
                return Err(same_names());
            }
            let encrypted = archive.is_file_encrypted(index);
            let about = Entry { name: &name, bytes: file.size, link: false, encrypted };
            let refused = about.refusal(depth, limits);
            members.push(Member { index: index as u32, bytes: file.size, refused, name });
        }
        Ok(members)
    }

    /// Members are packed together: all behind the one asked for are kept, as far as they fit, for they are asked for next.
    fn read(&mut self, member: u32, limits: &Limits) -> Result<Vec<u8>, ReadError> {
        if let Some(bytes) = self.decoded.remove(&member) {
            return within(bytes, limits);
        }
        self.decoded.clear();
        let (names, mut kept, mut found) = (&self.names, HashMap::new(), None);
        let mut weight = 0;
        let decoded = self.reader.for_each_entries(|entry, reader| {
            let Some(index) = names.get(&entry.name).copied() else { return Ok(true) };
            let wanted = index == member;
            let next = super::walk::is_workbook(&entry.name) && weight + entry.size <= KEPT;
            if wanted || next {
                let mut bytes = Vec::new();
                reader.take(limits.container + 1).read_to_end(&mut bytes)?;
                if wanted {
                    found = Some(bytes);
                } else {
                    weight += bytes.len() as u64;
                    kept.insert(index, bytes);
                }
            }
            Ok(true)
        });
        self.decoded = kept;
        match found {
            Some(bytes) => within(bytes, limits),
            None => match decoded {
                Err(error) => Err(seven_damaged(&error)),
                Ok(()) => Err(damaged(&ZipError::FileNotFound)),
            },
        }
    }
}

#[cfg(feature = "sevenz")]
fn seven_damaged(error: &sevenz_rust2::Error) -> ReadError {
    use sevenz_rust2::Error;
    let (code, zh, en) = match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => {
            (ReadErrorCode::Encrypted, "压缩包有密码", "the archive has a password")
        }
        Error::UnsupportedCompressionMethod(_)
        | Error::Unsupported(_)
        | Error::ExternalUnsupported => (
            ReadErrorCode::UnsupportedFormat,
            "压缩方式不支持",
            "the archive uses a method that is not supported",
        ),
        Error::MaxMemLimited { .. } => {
            (ReadErrorCode::TooLarge, "解压需要的内存过多", "it needs too much memory to unpack")
        }
        _ => (ReadErrorCode::Damaged, "压缩包损坏", "the archive is damaged"),
    };
    ReadError::new(
        code,
        Text::new(format!("{zh}：{error}"), format!("{en}: {error}")),
        Text::new("请重新压缩或解压后再试", "pack it again, or unpack it first"),
    )
}

/// What an archive says of a member.
struct Entry<'a> {
    name: &'a str,
    bytes: u64,
    link: bool,
    encrypted: bool,
}

impl Entry<'_> {
    fn refusal(&self, depth: usize, limits: &Limits) -> Option<ReadError> {
        let refuse = |code, zh: &str, en: &str| {
            Some(ReadError::new(code, Text::new(zh, en), Text::new("", "")))
        };
        if is_closed(self.name) {
            return Some(closed());
        }
        let archive = is_archive(self.name);
        if archive && depth >= DEPTH {
            return refuse(
                ReadErrorCode::UnsupportedFormat,
                "压缩包套了太多层，未打开",
                "archives inside archives, too deep to be opened",
            );
        }
        if !archive && !super::walk::is_workbook(self.name) {
            return None;
        }
        if self.link {
            return refuse(
                ReadErrorCode::Hostile,
                "压缩包中的符号链接",
                "a symbolic link in an archive",
            );
        }
        if self.encrypted {
            return refuse(
                ReadErrorCode::Encrypted,
                "压缩包成员有密码",
                "the member has a password",
            );
        }
        if self.bytes > limits.container {
            return refuse(ReadErrorCode::TooLarge, "压缩包成员过大", "the member is too large");
        }
        None
    }
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
    tidy(&text)
}

fn tidy(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches('/').chars().filter(|c| !c.is_control()).collect()
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

/// Where an archive is read from.
enum Input {
    File(BufReader<File>),
    Memory(Cursor<Vec<u8>>),
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Memory(bytes) => bytes.read(buffer),
        }
    }
}

impl Seek for Input {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Memory(bytes) => bytes.seek(to),
        }
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
