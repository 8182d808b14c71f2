//! A zip package: its directory, checked; its parts, inflated as a stream and counted while they inflate.
//!
//! The directory is read by [`zip`] and checked here, not by a library, because a reader must see what a library forgives:
//! names twice, entries over each other, local headers that say something else than the directory.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::{Crc, Decompress, FlushDecompress, Status};
use percent_encoding::percent_decode_str;

use super::xml::{Limit, Scanner, Source};
use super::zip::{self, DEFLATED, Directory, STORED};
use super::{Fault, Limits, damaged, encrypted, hostile, too_large, truncated, unsupported};

/// One file of the package.
#[derive(Debug)]
pub(crate) struct Part {
    /// Its name as written, with `/` between folders.
    pub(crate) name: String,
    start: usize,
    compressed: usize,
    /// Inflated bytes, as the directory says.
    pub(crate) size: u64,
    crc: u32,
    deflated: bool,
}

/// An open package.
#[derive(Debug)]
pub(crate) struct Package<'a> {
    bytes: &'a [u8],
    parts: Vec<Part>,
    by_name: HashMap<String, usize>,
    /// Parts whose names have escapes, by what these stand for.
    by_plain_name: HashMap<String, usize>,
    limits: Limits,
    inflated: AtomicU64,
}

impl<'a> Package<'a> {
    /// Reads the directory.
    pub(crate) fn open(bytes: &'a [u8], limits: Limits) -> Result<Self, Fault> {
        let directory = Directory::find(bytes).map_err(refused)?;
        if directory.entries > limits.parts {
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
        let mut at = directory.start;
        for _ in 0..directory.entries {
            let (entry, next) = zip::Entry::read(bytes, at).map_err(refused)?;
            package.add(&entry, &mut spans)?;
            at = next;
        }
        spans.push((directory.start, at));
        spans.sort_unstable();
        if spans.windows(2).any(|pair| pair[0].1 > pair[1].0) {
            return Err(hostile(
                "压缩包内的文件互相重叠",
                "entries of the zip package overlap each other",
            ));
        }
        Ok(package)
    }

    /// Takes an entry of the directory for a part, or refuses it.
    fn add(&mut self, entry: &zip::Entry, spans: &mut Vec<(usize, usize)>) -> Result<(), Fault> {
        if entry.local_name(self.bytes) != Some(&entry.name[..]) {
            return Err(hostile(
                "压缩包目录与文件头所记的名称不一致",
                "the zip directory and a file header disagree about a name",
            ));
        }
        let stop = usize::try_from(entry.compressed)
            .ok()
            .and_then(|length| entry.data.checked_add(length))
            .filter(|stop| *stop <= self.bytes.len())
            .ok_or_else(|| refused(zip::Broken::Damaged))?;
        spans.push((entry.header, stop));

        let name = String::from_utf8_lossy(&entry.name).replace('\\', "/");
        if name.ends_with('/') {
            return Ok(());
        }
        if entry.is_encrypted() {
            return Err(encrypted("ZIP"));
        }
        let method = entry.method;
        if method != STORED && method != DEFLATED {
            return Err(unsupported(
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
            start: entry.data,
            compressed: stop - entry.data,
            size: entry.size,
            crc: entry.crc,
            deflated: method == DEFLATED,
        });
        Ok(())
    }

    /// The part of that name, upper and lower case alike, escaped (`sheet%201.xml`) or not.
    pub(crate) fn part(&self, name: &str) -> Option<&Part> {
        let key = key(name);
        let index = self.by_name.get(&key).or_else(|| {
            let plain = unescaped(&key);
            self.by_name.get(&plain).or_else(|| self.by_plain_name.get(&plain))
        })?;
        Some(&self.parts[*index])
    }

    /// All parts, in the directory's order.
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// A part's bytes, whole.
    pub(crate) fn bytes(&self, part: &Part) -> Result<Vec<u8>, Fault> {
        let mut source = self.stream(part)?;
        let mut bytes = Vec::new();
        while source.fill(&mut bytes)? {}
        Ok(bytes)
    }

    /// A part as a stream of inflated bytes.
    pub(crate) fn stream<'p>(&'p self, part: &'p Part) -> Result<Inflate<'p>, Fault> {
        if part.size > self.limits.part {
            return Err(self.part_too_large());
        }
        Ok(Inflate {
            package: self,
            part,
            input: &self.bytes[part.start..part.start + part.compressed],
            inflater: part.deflated.then(Inflater::new),
            crc: Crc::new(),
            written: 0,
            done: false,
        })
    }

    /// A part as XML.
    pub(crate) fn xml<'p>(&'p self, part: &'p Part) -> Result<Scanner<'p>, Fault> {
        Scanner::new(Box::new(self.stream(part)?), Limit { depth: self.limits.depth })
    }

    /// The limits it was opened with.
    pub(crate) fn limits(&self) -> Limits {
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

/// What inflates a part. Its tables and window are kept for the next one on the same thread: to make them costs more than to
/// inflate a small part.
struct Inflater(Option<Decompress>);

thread_local! {
    static IDLE: RefCell<Vec<Decompress>> = const { RefCell::new(Vec::new()) };
}

/// How many idle ones a thread keeps: as many as it has parts open at a time.
const MOST_IDLE: usize = 4;

impl Inflater {
    fn new() -> Self {
        let idle = IDLE.with_borrow_mut(Vec::pop).map(|mut idle| {
            idle.reset(false);
            idle
        });
        Self(Some(idle.unwrap_or_else(|| Decompress::new(false))))
    }
}

impl Drop for Inflater {
    fn drop(&mut self) {
        let used = self.0.take();
        // A thread that ends keeps nothing.
        let _ = IDLE.try_with(|idle| {
            let mut idle = idle.borrow_mut();
            if idle.len() < MOST_IDLE {
                idle.extend(used);
            }
        });
    }
}

/// A part on its way out of the package.
pub(crate) struct Inflate<'p> {
    package: &'p Package<'p>,
    part: &'p Part,
    input: &'p [u8],
    inflater: Option<Inflater>,
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
        match self.inflater.as_mut().and_then(|inflater| inflater.0.as_mut()) {
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

/// Why there is no directory to go by, as people are told.
fn refused(broken: zip::Broken) -> Fault {
    match broken {
        zip::Broken::NoDirectory => truncated(
            "压缩包没有结尾目录，文件不完整",
            "the zip package has no directory: the file is incomplete",
        ),
        zip::Broken::Truncated => truncated("压缩包不完整", "the zip package is incomplete"),
        zip::Broken::Prefixed => {
            hostile("压缩包前面附有其他数据", "other data stand in front of the zip package")
        }
        zip::Broken::Damaged => {
            damaged("压缩包目录损坏", "the directory of the zip package is damaged")
        }
    }
}

fn key(name: &str) -> String {
    name.trim_start_matches('/').to_lowercase()
}

/// A name with its percent escapes undone.
fn unescaped(name: &str) -> String {
    percent_decode_str(name).decode_utf8_lossy().to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use super::*;
    use crate::office::zip::END;

    const LIMITS: Limits = Limits { inflated: 1 << 20, part: 1 << 20, parts: 9, depth: 9 };

    fn zipped(names: &[&str], comment: &[u8]) -> Vec<u8> {
        let mut zip = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            zip.start_file(*name, ::zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(name.as_bytes()).unwrap();
        }
        zip.set_raw_comment(comment.to_vec().into_boxed_slice()).unwrap();
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn comments_may_look_like_what_ends_a_package() {
        let mut inner = END.to_le_bytes().to_vec();
        inner.extend([0; 18]);
        for comment in
            [&b"made"[..], &END.to_le_bytes(), &inner, &[b"x", inner.as_slice(), b"y"].concat()]
        {
            let bytes = zipped(&["a.xml"], comment);
            let package = Package::open(&bytes, LIMITS).unwrap();
            assert_eq!(package.parts().len(), 1, "{comment:?}");
        }
    }

    #[test]
    fn names_are_found_with_their_escapes_and_without() {
        let bytes =
            zipped(&["xl/sheet%201.xml", "xl/sheet 2.xml", "xl/%E8%A1%A8.xml", "a%zz.xml"], b"");
        let package = Package::open(&bytes, LIMITS).unwrap();
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
