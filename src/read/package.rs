//! A zip package: its directory, checked; its parts, inflated as a stream and counted while they inflate.
//!
//! The directory is read here and not by a library because a reader must see what a library forgives: names twice,
//! entries over each other, local headers that say something else than the directory. Everything is taken from the
//! slice of the whole file; nothing is allocated by a size that the file claims.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::Limits;
use super::error::{Fault, damaged, encrypted, fault, hostile, too_large, truncated};
use super::xml::{Limit, Scanner, Source};
use crate::model::ReadErrorCode;

/// One file of the package.
#[derive(Debug)]
pub(super) struct Part {
    /// Its name as written, with `/` between folders.
    pub(super) name: String,
    start: usize,
    compressed: usize,
    /// Inflated bytes, as the directory says.
    pub(super) size: u64,
    crc: u32,
    deflated: bool,
}

/// An open package.
#[derive(Debug)]
pub(super) struct Package<'a> {
    bytes: &'a [u8],
    parts: Vec<Part>,
    by_name: HashMap<String, usize>,
    /// Parts whose names have escapes, by what these stand for.
    by_plain_name: HashMap<String, usize>,
    limits: &'a Limits,
    inflated: AtomicU64,
}

const END: u32 = 0x0605_4b50;
const END64: u32 = 0x0606_4b50;
const LOCATOR64: u32 = 0x0706_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const LOCAL: u32 = 0x0403_4b50;

impl<'a> Package<'a> {
    /// Reads the directory.
    pub(super) fn open(bytes: &'a [u8], limits: &'a Limits) -> Result<Self, Fault> {
        let end = End::find(bytes)?;
        if end.entries > limits.parts {
            return Err(too_large(("压缩包内文件数", "parts"), limits.parts, "--max-parts"));
        }
        let mut package = Self {
            bytes,
            parts: Vec::new(),
            by_name: HashMap::new(),
            by_plain_name: HashMap::new(),
            limits,
            inflated: AtomicU64::new(0),
        };
        let mut spans = Vec::new();
        let mut at = end.directory;
        for _ in 0..end.entries {
            at = package.entry(at, &mut spans)?;
        }
        spans.push((end.directory, at));
        spans.sort_unstable();
        if spans.windows(2).any(|pair| pair[0].1 > pair[1].0) {
            return Err(hostile(
                "压缩包内的文件互相重叠",
                "entries of the zip package overlap each other",
            ));
        }
        Ok(package)
    }

    /// Reads one entry of the directory; gives where the next one starts.
    fn entry(&mut self, at: usize, spans: &mut Vec<(usize, usize)>) -> Result<usize, Fault> {
        let bytes = self.bytes;
        let broken = || damaged("压缩包目录损坏", "the directory of the zip package is damaged");
        if u32_at(bytes, at) != Some(CENTRAL) {
            return Err(broken());
        }
        let header = bytes.get(at..at + 46).ok_or_else(broken)?;
        let flags = u16_in(header, 8);
        let method = u16_in(header, 10);
        let crc = u32_in(header, 16);
        let mut compressed = u64::from(u32_in(header, 20));
        let mut size = u64::from(u32_in(header, 24));
        let name_length = usize::from(u16_in(header, 28));
        let extra_length = usize::from(u16_in(header, 30));
        let comment_length = usize::from(u16_in(header, 32));
        let mut offset = u64::from(u32_in(header, 42));
        let raw_name = bytes.get(at + 46..at + 46 + name_length).ok_or_else(broken)?;
        let extra_start = at + 46 + name_length;
        let extra = bytes.get(extra_start..extra_start + extra_length).ok_or_else(broken)?;
        wide_sizes(extra, &mut size, &mut compressed, &mut offset);
        let next = extra_start + extra_length + comment_length;

        let local = usize::try_from(offset).map_err(|_| broken())?;
        if u32_at(bytes, local) != Some(LOCAL) {
            return Err(if local >= bytes.len() {
                truncated("压缩包不完整", "the zip package is incomplete")
            } else {
                broken()
            });
        }
        let head = bytes.get(local..local + 30).ok_or_else(broken)?;
        let local_name_length = usize::from(u16_in(head, 26));
        let start = local + 30 + local_name_length + usize::from(u16_in(head, 28));
        let local_name = bytes.get(local + 30..local + 30 + local_name_length);
        if local_name != Some(raw_name) {
            return Err(hostile(
                "压缩包目录与文件头所记的名称不一致",
                "the zip directory and a file header disagree about a name",
            ));
        }
        let stop = usize::try_from(compressed)
            .ok()
            .and_then(|length| start.checked_add(length))
            .filter(|stop| *stop <= bytes.len())
            .ok_or_else(broken)?;
        spans.push((local, stop));

        let name = String::from_utf8_lossy(raw_name).replace('\\', "/");
        if name.ends_with('/') {
            return Ok(next);
        }
        if flags & 1 != 0 {
            return Err(encrypted("ZIP"));
        }
        if method != 0 && method != 8 {
            return Err(fault(
                ReadErrorCode::UnsupportedFormat,
                format!("压缩包内“{name}”采用不支持的压缩方法 {method}"),
                format!("\"{name}\" in the zip package uses compression method {method}"),
            ));
        }
        let index = self.parts.len();
        if self.by_name.insert(key(&name), index).is_some() {
            return Err(hostile(
                format!("压缩包内有两个同名文件“{name}”"),
                format!("the zip package holds \"{name}\" twice"),
            ));
        }
        if name.contains('%') {
            self.by_plain_name.entry(unescaped(&key(&name))).or_insert(index);
        }
        self.parts.push(Part {
            name,
            start,
            compressed: stop - start,
            size,
            crc,
            deflated: method == 8,
        });
        Ok(next)
    }

    /// The part of that name, upper and lower case alike, escaped (`sheet%201.xml`) or not.
    pub(super) fn part(&self, name: &str) -> Option<&Part> {
        let key = key(name);
        let index = self.by_name.get(&key).or_else(|| {
            let plain = unescaped(&key);
            self.by_name.get(&plain).or_else(|| self.by_plain_name.get(&plain))
        })?;
        Some(&self.parts[*index])
    }

    /// All parts, in the directory's order.
    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// A part's bytes, whole.
    pub(super) fn bytes(&self, part: &Part) -> Result<Vec<u8>, Fault> {
        let mut source = self.stream(part)?;
        let mut bytes = Vec::new();
        while source.fill(&mut bytes)? {}
        Ok(bytes)
    }

    /// A part as a stream of inflated bytes.
    pub(super) fn stream<'p>(&'p self, part: &'p Part) -> Result<Inflate<'p>, Fault> {
        if part.size > self.limits.part {
            return Err(self.part_too_large());
        }
        Ok(Inflate {
            package: self,
            part,
            input: &self.bytes[part.start..part.start + part.compressed],
            inflater: part.deflated.then(|| Decompress::new(false)),
            crc: Crc::new(),
            written: 0,
            done: false,
        })
    }

    /// A part as XML.
    pub(super) fn xml<'p>(&'p self, part: &'p Part) -> Result<Scanner<'p>, Fault> {
        Scanner::new(Box::new(self.stream(part)?), Limit { depth: self.limits.depth })
    }

    /// The limits it was opened with.
    pub(super) fn limits(&self) -> &'a Limits {
        self.limits
    }

    fn part_too_large(&self) -> Fault {
        too_large(
            ("单个部件解压后的字节数", "inflated bytes of one part"),
            self.limits.part,
            "--max-part",
        )
    }

    fn count(&self, bytes: usize, written: u64) -> Result<(), Fault> {
        if written > self.limits.part {
            return Err(self.part_too_large());
        }
        let total = self.inflated.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64;
        if total > self.limits.inflated {
            return Err(too_large(
                ("解压后的总字节数", "inflated bytes"),
                self.limits.inflated,
                "--max-inflated",
            ));
        }
        Ok(())
    }
}

/// How much is inflated at a time: small enough to stay in the cache.
const CHUNK: usize = 64 << 10;

/// A part on its way out of the package.
pub(super) struct Inflate<'p> {
    package: &'p Package<'p>,
    part: &'p Part,
    input: &'p [u8],
    inflater: Option<Decompress>,
    crc: Crc,
    written: u64,
    done: bool,
}

impl Source for Inflate<'_> {
    fn fill(&mut self, into: &mut Vec<u8>) -> Result<bool, Fault> {
        if self.done {
            return Ok(false);
        }
        let before = into.len();
        into.reserve(CHUNK);
        match &mut self.inflater {
            None => {
                let take = self.input.len().min(CHUNK);
                into.extend_from_slice(&self.input[..take]);
                self.input = &self.input[take..];
                self.done = self.input.is_empty();
            }
            Some(inflater) => {
                let consumed = inflater.total_in();
                let status = inflater
                    .decompress_vec(self.input, into, FlushDecompress::None)
                    .map_err(|_| broken(self.part))?;
                let taken = (inflater.total_in() - consumed) as usize;
                self.input = &self.input[taken..];
                self.done = status == Status::StreamEnd;
                if !self.done && taken == 0 && into.len() == before {
                    return Err(broken(self.part));
                }
            }
        }
        let fresh = &into[before..];
        self.written += fresh.len() as u64;
        self.crc.update(fresh);
        self.package.count(fresh.len(), self.written)?;
        if self.done && self.crc.sum() != self.part.crc {
            return Err(damaged(
                format!("部件“{}”的校验和不符", self.part.name),
                format!("the checksum of part \"{}\" does not match", self.part.name),
            ));
        }
        Ok(!self.done || into.len() > before)
    }
}

fn broken(part: &Part) -> Fault {
    damaged(
        format!("部件“{}”无法解压", part.name),
        format!("part \"{}\" cannot be inflated", part.name),
    )
}

/// The end record: where the directory is and how many entries it has.
struct End {
    directory: usize,
    entries: u64,
}

impl End {
    fn find(bytes: &[u8]) -> Result<Self, Fault> {
        let earliest = bytes.len().saturating_sub(22 + 0xFFFF);
        let tail = &bytes[earliest..];
        // The comment that follows the record may hold its signature: the record is the one whose comment ends the file.
        let whole = |at: &usize| {
            tail.get(*at..*at + 22)
                .is_some_and(|record| at + 22 + usize::from(u16_in(record, 20)) == tail.len())
        };
        let signature = END.to_le_bytes();
        let at = memchr::memmem::find_iter(tail, &signature)
            .find(whole)
            .or_else(|| memchr::memmem::rfind(tail, &signature))
            .map(|found| found + earliest)
            .filter(|at| at + 22 <= bytes.len())
            .ok_or_else(|| {
                truncated(
                    "压缩包没有结尾目录，文件不完整",
                    "the zip package has no directory: the file is incomplete",
                )
            })?;
        let record = &bytes[at..at + 22];
        let mut entries = u64::from(u16_in(record, 10));
        let mut size = u64::from(u32_in(record, 12));
        let mut offset = u64::from(u32_in(record, 16));
        let mut end = at;
        if let Some(locator) = at.checked_sub(20).filter(|l| u32_at(bytes, *l) == Some(LOCATOR64)) {
            let wide = usize::try_from(u64_in(&bytes[locator..], 8)).unwrap_or(usize::MAX);
            if u32_at(bytes, wide) == Some(END64)
                && let Some(record) = bytes.get(wide..wide.saturating_add(56))
            {
                (entries, size, offset) =
                    (u64_in(record, 32), u64_in(record, 40), u64_in(record, 48));
                end = wide;
            }
        }
        let broken = || damaged("压缩包目录损坏", "the directory of the zip package is damaged");
        let directory = usize::try_from(offset).map_err(|_| broken())?;
        let stop = offset.checked_add(size).ok_or_else(broken)?;
        if stop > end as u64 {
            return Err(truncated("压缩包不完整", "the zip package is incomplete"));
        }
        if entries > 0 && u32_at(bytes, directory) != Some(CENTRAL) {
            return Err(if stop < end as u64 {
                hostile("压缩包前面附有其他数据", "other data stand in front of the zip package")
            } else {
                broken()
            });
        }
        Ok(Self { directory, entries })
    }
}

/// Takes the 64-bit sizes from an extra field where the 32-bit ones are full.
fn wide_sizes(mut extra: &[u8], size: &mut u64, compressed: &mut u64, offset: &mut u64) {
    while extra.len() >= 4 {
        let (id, length) = (u16_in(extra, 0), usize::from(u16_in(extra, 2)));
        let Some(field) = extra.get(4..4 + length) else { return };
        if id == 1 {
            let mut values = field.chunks_exact(8).map(|chunk| u64_in(chunk, 0));
            for slot in [size, compressed, offset] {
                if *slot == 0xFFFF_FFFF
                    && let Some(value) = values.next()
                {
                    *slot = value;
                }
            }
            return;
        }
        extra = &extra[4 + length..];
    }
}

fn key(name: &str) -> String {
    name.trim_start_matches('/').to_lowercase()
}

/// A name with its percent escapes undone.
fn unescaped(name: &str) -> String {
    let mut plain = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(code) if byte == b'%' => {
                plain.push(code);
                rest = &tail[2..];
            }
            _ => {
                plain.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&plain).to_lowercase()
}

fn u16_in(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_in(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_in(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_in(bytes, at)) | u64::from(u32_in(bytes, at + 4)) << 32
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?).map(|four| u32_in(four, 0))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use super::*;

    fn zipped(names: &[&str], comment: &[u8]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(name.as_bytes()).unwrap();
        }
        zip.set_raw_comment(comment.to_vec().into_boxed_slice()).unwrap();
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn comments_may_look_like_what_ends_a_package() {
        let limits = Limits::default();
        let mut inner = END.to_le_bytes().to_vec();
        inner.extend([0; 18]);
        for comment in
            [&b"made"[..], &END.to_le_bytes(), &inner, &[b"x", inner.as_slice(), b"y"].concat()]
        {
            let bytes = zipped(&["a.xml"], comment);
            let package = Package::open(&bytes, &limits).unwrap();
            assert_eq!(package.parts().len(), 1, "{comment:?}");
        }
    }

    #[test]
    fn names_are_found_with_their_escapes_and_without() {
        let limits = Limits::default();
        let bytes =
            zipped(&["xl/sheet%201.xml", "xl/sheet 2.xml", "xl/%E8%A1%A8.xml", "a%zz.xml"], b"");
        let package = Package::open(&bytes, &limits).unwrap();
        for (asked, found) in [
            ("xl/sheet%201.xml", "xl/sheet%201.xml"),
            ("xl/sheet 1.xml", "xl/sheet%201.xml"),
            ("XL/Sheet%202.xml", "xl/sheet 2.xml"),
            ("xl/表.xml", "xl/%E8%A1%A8.xml"),
            ("a%zz.xml", "a%zz.xml"),
        ] {
            assert_eq!(package.part(asked).map(|part| part.name.as_str()), Some(found), "{asked}");
        }
        assert!(package.part("xl/sheet%203.xml").is_none());
    }
}
