//! Members of .zip and .7z archives, and of archives inside them.
//!
//! Names of a .zip are bytes: Chinese archivers write GBK without saying so. They are decoded first and split at separators
//! after, because a GBK character may end in the byte of a backslash. A name only ever stands in reports; nothing is
//! extracted to disk.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::model::{ReadError, ReadErrorCode, Text, bytes_of_hexadecimal, hexadecimal, many};
use crate::pipeline;
use crate::read::{ENDINGS, Limits};

/// Members that are looked at.
const MEMBERS: usize = 2_000_000;
/// Archives inside archives are opened this deep; no honest submission goes deeper.
pub(in crate::batch) const DEPTH: usize = 3;
/// Bytes of decoded members of a .7z that are kept for the reads that follow: its members are packed together.
#[cfg(feature = "sevenz")]
const KEPT: u64 = 256 << 20;

/// Whether a name ends like that of an archive that is opened.
pub fn is_archive(name: &str) -> bool {
    matches!(ending(name).as_str(), "zip" | "7z")
}

/// Whether a name ends like that of an archive that is told of, but not opened.
pub(in crate::batch) fn is_closed(name: &str) -> bool {
    ending(name) == "rar" || cfg!(not(feature = "sevenz")) && ending(name) == "7z"
}

fn ending(name: &str) -> String {
    name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default()
}

/// The refusal of an archive that is not opened.
pub(in crate::batch) fn closed() -> ReadError {
    ReadError::new(
        ReadErrorCode::UnsupportedFormat,
        Text::new("这种压缩包不能打开", "archives of this kind are not opened"),
        Text::new(
            "请解压后再转换，或重新压缩成 .zip、.7z",
            "unpack it first, or pack it as .zip or .7z",
        ),
    )
}

/// Where bytes are: a file, or a member of an archive, or of an archive in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file on disk.
    pub file: PathBuf,
    /// The places of the member in its archives, outermost first.
    pub members: Vec<u32>,
}

/// What was given, archives replaced by the workbooks in them.
pub struct Unpacked {
    /// In the order given; a member is named `archive.zip!/path.xlsx`.
    pub inputs: Vec<pipeline::Input>,
    /// For each, which of those given it came from.
    pub origins: Vec<usize>,
    /// What was left out of archives.
    pub remarks: Vec<Text>,
}

/// Opens the archives among the files of a packet, and archives in them, in memory.
///
/// What cannot be opened stays as a file that cannot be read. All members together are bounded by `limits.inflated`.
pub fn unpacked(given: Vec<pipeline::Input>, limits: &Limits) -> Unpacked {
    let mut unpacking = Unpacking {
        done: Unpacked { inputs: Vec::new(), origins: Vec::new(), remarks: Vec::new() },
        limits,
        left: limits.inflated,
    };
    for (origin, input) in given.into_iter().enumerate() {
        match input.bytes {
            Ok(bytes) if is_closed(&input.path) => {
                drop(bytes);
                unpacking.push(origin, input.path, Err(closed()));
            }
            Ok(bytes) if is_archive(&input.path) && !is_workbook_by_content(&bytes) => {
                let before = unpacking.done.inputs.len();
                let left_out = unpacking.open(origin, &input.path, bytes, 1);
                if unpacking.done.inputs.len() == before {
                    unpacking.push(origin, input.path, Err(without_workbooks()));
                } else if left_out > 0 {
                    unpacking.done.remarks.push(left_out_of(&input.path, left_out));
                }
            }
            bytes => unpacking.push(origin, input.path, bytes),
        }
    }
    unpacking.done
}

struct Unpacking<'a> {
    done: Unpacked,
    limits: &'a Limits,
    /// Bytes that may still be unpacked.
    left: u64,
}

impl Unpacking<'_> {
    fn push(&mut self, origin: usize, path: String, bytes: Result<Vec<u8>, ReadError>) {
        self.done.inputs.push(pipeline::Input { path, bytes });
        self.done.origins.push(origin);
    }

    /// An archive that cannot be opened; nothing in it was left out.
    fn refuse(&mut self, origin: usize, path: &str, error: ReadError) -> usize {
        self.push(origin, path.to_owned(), Err(error));
        0
    }

    /// Takes in what an archive holds; gives how many members are no workbooks.
    fn open(&mut self, origin: usize, path: &str, bytes: Vec<u8>, depth: usize) -> usize {
        let mut archive = match Archive::new(Input::Memory(Cursor::new(bytes))) {
            Ok(archive) => archive,
            Err(error) => return self.refuse(origin, path, error),
        };
        let members = match archive.members(depth, self.limits) {
            Ok(members) => members,
            Err(error) => return self.refuse(origin, path, error),
        };
        let mut left_out = 0;
        for member in members {
            let inner = format!("{path}!/{}", member.name);
            if let Some(refused) = member.refused {
                self.push(origin, inner, Err(refused));
            } else if !is_workbook(&member.name) && !is_archive(&member.name) {
                left_out += 1;
            } else if member.bytes > self.left {
                self.push(origin, inner, Err(too_much(self.limits)));
            } else {
                match archive.read(member.index, self.limits) {
                    Err(error) => self.push(origin, inner, Err(error)),
                    Ok(bytes) => {
                        self.left = self.left.saturating_sub(bytes.len() as u64);
                        if is_archive(&member.name) {
                            left_out += self.open(origin, &inner, bytes, depth + 1);
                        } else {
                            self.push(origin, inner, Ok(bytes));
                        }
                    }
                }
            }
        }
        left_out
    }
}

/// A workbook whose name ends like an archive's.
fn is_workbook_by_content(bytes: &[u8]) -> bool {
    ZipArchive::new(Cursor::new(bytes)).is_ok_and(|zip| {
        ["[Content_Types].xml", "mimetype"].iter().any(|part| zip.index_for_name(part).is_some())
    })
}

fn without_workbooks() -> ReadError {
    ReadError::new(
        ReadErrorCode::NotAWorkbook,
        Text::new("压缩包里没有表格", "the archive holds no workbook"),
        Text::new("请检查是否选对了文件", "check that it is the right file"),
    )
}

fn too_much(limits: &Limits) -> ReadError {
    let limit = limits.inflated >> 20;
    ReadError::new(
        ReadErrorCode::TooLarge,
        Text::new(
            format!("压缩包里的表格合计超过 {limit} MiB，这一个没有读"),
            format!(
                "the workbooks of the archive exceed {limit} MiB together: this one was not read"
            ),
        ),
        Text::new("请解压后分批核对", "unpack it and check in parts"),
    )
}

fn left_out_of(path: &str, count: usize) -> Text {
    Text::new(
        format!("“{path}”中略过不是表格的文件 {count} 个"),
        format!("skipped in `{path}`: {} of another kind than workbooks", many(count, "file")),
    )
}

/// Reads members by their place, keeping the last archive open.
pub(in crate::batch) struct Opener {
    limits: Limits,
    last: Option<(PathBuf, Vec<u32>, Archive)>,
}

enum Archive {
    Zip(ZipArchive<Input>),
    #[cfg(feature = "sevenz")]
    Seven(Box<Seven>),
}

/// A member, by its name.
pub(in crate::batch) struct Member {
    pub(in crate::batch) index: u32,
    pub(in crate::batch) name: String,
    pub(in crate::batch) bytes: u64,
    /// Why it cannot be read, where that is known from its entry.
    pub(in crate::batch) refused: Option<ReadError>,
}

#[expect(
    clippy::result_large_err,
    reason = "an error ends a file; it is not passed about in loops"
)]
impl Opener {
    pub(in crate::batch) fn new(limits: &Limits) -> Self {
        Self { limits: limits.clone(), last: None }
    }

    /// The bytes of a file, or of a member, within the limit of a container.
    pub(in crate::batch) fn read(&mut self, place: &Place) -> Result<Vec<u8>, ReadError> {
        let Some((member, archive)) = place.members.split_last() else {
            return self.file(&place.file);
        };
        let limits = self.limits.clone();
        self.open(&place.file, archive)?.read(*member, &limits)
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
    pub(in crate::batch) fn members(
        &mut self,
        file: &Path,
        archive: &[u32],
    ) -> Result<Vec<Member>, ReadError> {
        let limits = self.limits.clone();
        let depth = archive.len() + 1;
        self.open(file, archive)?.members(depth, &limits)
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

    /// The files in it, sorted by name.
    fn members(&mut self, depth: usize, limits: &Limits) -> Result<Vec<Member>, ReadError> {
        let mut members = match self {
            Self::Zip(zip) => zip_members(zip, depth, limits)?,
            #[cfg(feature = "sevenz")]
            Self::Seven(seven) => seven.members(depth, limits)?,
        };
        members.sort_by(|a, b| a.name.cmp(&b.name).then(a.index.cmp(&b.index)));
        Ok(members)
    }

    /// The bytes of a member, within the limit of a container.
    fn read(&mut self, member: u32, limits: &Limits) -> Result<Vec<u8>, ReadError> {
        match self {
            Self::Zip(zip) => {
                let file = zip.by_index(member as usize).map_err(|error| damaged(&error))?;
                let mut bytes = Vec::new();
                let read = file.take(limits.container + 1).read_to_end(&mut bytes);
                read.map_err(|error| damaged(&ZipError::Io(error)))?;
                within(bytes, limits)
            }
            #[cfg(feature = "sevenz")]
            Self::Seven(seven) => seven.read(member, limits),
        }
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
            let next = is_workbook(&entry.name) && weight + entry.size <= KEPT;
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
        if !archive && !is_workbook(self.name) {
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

/// Whether a name ends like a workbook's.
pub(in crate::batch) fn is_workbook(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// Opens a file that is one: not a pipe, which would keep us waiting, nor a device.
pub(in crate::batch) fn open_regular(path: &Path) -> io::Result<File> {
    let irregular = || io::Error::new(io::ErrorKind::InvalidInput, "not a regular file");
    if !fs::metadata(path)?.is_file() {
        return Err(irregular());
    }
    let file = File::open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(irregular()) }
}

/// The bytes, unless they are too many.
#[expect(
    clippy::result_large_err,
    reason = "an error ends a file; it is not passed about in loops"
)]
pub(in crate::batch) fn within(bytes: Vec<u8>, limits: &Limits) -> Result<Vec<u8>, ReadError> {
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

pub(in crate::batch) fn unreadable(path: &str, error: &io::Error) -> ReadError {
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

/// The bytes of a path that is not UTF-8.
pub(in crate::batch) fn raw(path: &Path) -> Option<Vec<u8>> {
    if path.to_str().is_some() {
        return None;
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        Some(path.as_os_str().as_bytes().to_vec())
    }
    #[cfg(not(unix))]
    {
        // The encoding of the standard library: UTF-8 with lone surrogates.
        Some(path.as_os_str().as_encoded_bytes().to_vec())
    }
}

/// A file that is told to another process.
impl Serialize for Place {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = raw(&self.file).map(|raw| hexadecimal(&raw));
        (self.file.to_str(), raw, &self.members).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (text, raw, members) =
            <(Option<String>, Option<String>, Vec<u32>)>::deserialize(deserializer)?;
        let file = match (text, raw) {
            (Some(text), _) => Some(PathBuf::from(text)),
            (None, Some(raw)) => from_raw(&raw),
            (None, None) => None,
        };
        let file = file.ok_or_else(|| serde::de::Error::custom("no path"))?;
        Ok(Self { file, members })
    }
}

fn from_raw(hexadecimal: &str) -> Option<PathBuf> {
    let bytes = bytes_of_hexadecimal(hexadecimal.as_bytes());
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt as _;
        Some(std::ffi::OsString::from_vec(bytes?).into())
    }
    #[cfg(not(unix))]
    {
        String::from_utf8(bytes?).ok().map(PathBuf::from)
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
