//! OLE compound files, the container of .xls and of encrypted packages.
//!
//! Chains of sectors are followed with a bound, so that a loop ends; nothing is allocated beyond the file's own size.

use super::bytes::{u16_at, u32_at, utf_16};
use super::{Fault, damaged, truncated};

const END: u32 = 0xFFFF_FFFA;
const NONE: u32 = 0xFFFF_FFFF;

/// An open compound file.
pub(crate) struct Compound<'a> {
    bytes: &'a [u8],
    shift: u32,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    mini_stream: Vec<u8>,
    mini_shift: u32,
    cutoff: u64,
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    kind: u8,
    left: u32,
    right: u32,
    child: u32,
    start: u32,
    size: u64,
}

fn broken() -> Fault {
    damaged("OLE 复合文件结构损坏", "the structure of the OLE compound file is damaged")
}

impl<'a> Compound<'a> {
    /// Reads the tables and the directory.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Fault> {
        let short = || truncated("OLE 复合文件不完整", "the OLE compound file is incomplete");
        let header = bytes.get(..512).ok_or_else(short)?;
        let word = |at: usize| u32_at(header, at).unwrap_or(NONE);
        let shift = u32::from(u16_at(header, 0x1E).unwrap_or(0));
        let mini_shift = u32::from(u16_at(header, 0x20).unwrap_or(0));
        if !(7..=16).contains(&shift) || mini_shift >= shift || mini_shift < 4 {
            return Err(broken());
        }
        let mut file = Self {
            bytes,
            shift,
            fat: Vec::new(),
            mini_fat: Vec::new(),
            mini_stream: Vec::new(),
            mini_shift,
            cutoff: u64::from(word(0x38)).clamp(1, 1 << 20),
            entries: Vec::new(),
        };
        let mut tables: Vec<u32> = (0..109).map(|index| word(0x4C + index * 4)).collect();
        let mut next = word(0x44);
        let mut steps = 0;
        while next < END {
            steps += 1;
            if steps > bytes.len() >> shift {
                return Err(broken());
            }
            let Some(sector) = file.sector(next) else { break };
            let numbers: Vec<u32> = words(sector).collect();
            let Some((last, list)) = numbers.split_last() else { break };
            tables.extend_from_slice(list);
            next = *last;
        }
        tables.truncate((bytes.len() >> shift) + 2);
        for table in tables.into_iter().filter(|table| *table < END) {
            // A table cut off leaves its sectors unknown; a chain through them is then refused.
            match file.sector(table) {
                Some(sector) => file.fat.extend(words(sector)),
                None => return Err(short()),
            }
        }
        let directory = file.chain(word(0x30), None)?;
        if directory.is_empty() {
            return Err(short());
        }
        file.entries = directory.chunks_exact(128).map(Entry::parse).collect();
        if word(0x3C) < END {
            file.mini_fat = words(&file.chain(word(0x3C), None)?).collect();
        }
        let root = file.entries.first().filter(|root| root.kind == 5).ok_or_else(broken)?;
        if root.start < END && root.size > 0 {
            file.mini_stream = file.chain(root.start, Some(root.size))?;
        }
        Ok(file)
    }

    fn sector(&self, number: u32) -> Option<&'a [u8]> {
        let start = (u64::from(number) + 1) << self.shift;
        let start = usize::try_from(start).ok()?;
        let end = (start + (1 << self.shift)).min(self.bytes.len());
        self.bytes.get(start..end).filter(|sector| !sector.is_empty())
    }

    /// The bytes of a chain of sectors, `size` of them where it is known.
    fn chain(&self, start: u32, size: Option<u64>) -> Result<Vec<u8>, Fault> {
        let mut out = Vec::new();
        let mut next = start;
        let mut steps = 0;
        while next < END {
            steps += 1;
            if steps > (self.bytes.len() >> self.shift) + 1 {
                return Err(broken());
            }
            let Some(sector) = self.sector(next) else { break };
            out.extend_from_slice(sector);
            if size.is_some_and(|size| out.len() as u64 >= size) {
                break;
            }
            next = *self.fat.get(next as usize).ok_or_else(broken)?;
        }
        self.cut(out, size)
    }

    fn mini_chain(&self, start: u32, size: u64) -> Result<Vec<u8>, Fault> {
        let mut out = Vec::new();
        let mut next = start;
        let mut steps = 0;
        while next < END && (out.len() as u64) < size {
            steps += 1;
            let at = (next as usize) << self.mini_shift;
            let Some(piece) = self.mini_stream.get(at..) else { break };
            if steps > self.mini_fat.len() + 1 || piece.is_empty() {
                return Err(broken());
            }
            out.extend_from_slice(&piece[..piece.len().min(1 << self.mini_shift)]);
            next = self.mini_fat.get(next as usize).copied().unwrap_or(NONE);
        }
        self.cut(out, Some(size))
    }

    fn cut(&self, mut out: Vec<u8>, size: Option<u64>) -> Result<Vec<u8>, Fault> {
        if let Some(size) = size {
            // Sizes are whole sectors at most too short at the end of a file.
            if (out.len() as u64) + (1 << self.shift) < size {
                return Err(truncated("OLE 复合文件不完整", "the OLE compound file is incomplete"));
            }
            out.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        }
        Ok(out)
    }

    /// The names in the root folder.
    fn root(&self) -> Vec<&Entry> {
        let mut found = Vec::new();
        let mut stack = vec![self.entries[0].child];
        let mut steps = 0;
        while let Some(index) = stack.pop() {
            let Some(entry) = self.entries.get(index as usize) else { continue };
            steps += 1;
            if steps > self.entries.len() {
                break;
            }
            found.push(entry);
            stack.extend([entry.left, entry.right]);
        }
        found
    }

    /// Whether the root folder holds a stream or a folder of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.root().iter().any(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// A stream of the root folder.
    pub(crate) fn stream(&self, name: &str) -> Option<Result<Vec<u8>, Fault>> {
        let root = self.root();
        let named = |entry: &&&Entry| entry.kind == 2 && entry.name.eq_ignore_ascii_case(name);
        let entry = root.iter().find(named)?;
        Some(if entry.size < self.cutoff {
            self.mini_chain(entry.start, entry.size)
        } else {
            self.chain(entry.start, Some(entry.size))
        })
    }
}

impl Entry {
    fn parse(bytes: &[u8]) -> Self {
        let length = usize::from(u16_at(bytes, 0x40).unwrap_or(0)).clamp(2, 64) - 2;
        let word = |at: usize| u32_at(bytes, at).unwrap_or(NONE);
        Self {
            name: utf_16(&bytes[..length]),
            kind: bytes[0x42],
            left: word(0x44),
            right: word(0x48),
            child: word(0x4C),
            start: word(0x74),
            size: u64::from(word(0x78)),
        }
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.chunks_exact(4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}
