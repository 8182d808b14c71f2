//! The directory of a zip file, as it stands: the one parser for those who read and those who patch.

use super::bytes::{u16_at, u32_at, u64_at};

pub(crate) const LOCAL: u32 = 0x0403_4b50;
pub(crate) const CENTRAL: u32 = 0x0201_4b50;
pub(crate) const END: u32 = 0x0605_4b50;
const END64: u32 = 0x0606_4b50;
const LOCATOR64: u32 = 0x0706_4b50;
/// Bytes of the end record without its comment, and of the records before their names.
const END_LENGTH: usize = 22;
const CENTRAL_LENGTH: usize = 46;
const LOCAL_LENGTH: usize = 30;

/// The method of what is not compressed.
pub(crate) const STORED: u16 = 0;
/// The method of what is.
pub(crate) const DEFLATED: u16 = 8;

/// What is wrong with a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// There is none.
    NoDirectory,
    /// It says more than there is.
    Truncated,
    /// Other data stand in front of the package.
    Prefixed,
    /// It contradicts the format.
    Damaged,
}

/// Where the central directory is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Directory {
    pub(crate) start: usize,
    pub(crate) entries: u64,
}

/// One entry, as the central directory tells it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The name as stored.
    pub(crate) name: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) time: u16,
    pub(crate) date: u16,
    pub(crate) crc: u32,
    pub(crate) compressed: u64,
    pub(crate) size: u64,
    /// Offset of the local header.
    pub(crate) header: usize,
    /// Offset of the compressed bytes.
    pub(crate) data: usize,
}

impl Directory {
    /// Finds the end record and what it says.
    pub(crate) fn find(bytes: &[u8]) -> Result<Self, Broken> {
        let earliest = bytes.len().saturating_sub(END_LENGTH + 0xFFFF);
        let tail = &bytes[earliest..];
        // The comment that follows the record may hold its signature: the record is the one whose comment ends the file.
        let whole = |at: &usize| {
            u16_at(tail, at + 20)
                .is_some_and(|comment| at + END_LENGTH + usize::from(comment) == tail.len())
        };
        let signature = END.to_le_bytes();
        let at = memchr::memmem::find_iter(tail, &signature)
            .find(whole)
            .or_else(|| memchr::memmem::rfind(tail, &signature))
            .map(|found| found + earliest)
            .filter(|at| at + END_LENGTH <= bytes.len())
            .ok_or(Broken::NoDirectory)?;
        let short = |offset| u16_at(bytes, at + offset).map(u64::from).ok_or(Broken::Damaged);
        let long = |offset| u32_at(bytes, at + offset).map(u64::from).ok_or(Broken::Damaged);
        let (mut entries, mut size, mut offset) = (short(10)?, long(12)?, long(16)?);
        let mut end = at;
        if let Some(wide) = wide_end(bytes, at) {
            let quad = |offset| u64_at(bytes, wide + offset).ok_or(Broken::Damaged);
            (entries, size, offset) = (quad(32)?, quad(40)?, quad(48)?);
            end = wide;
        }
        let start = usize::try_from(offset).map_err(|_| Broken::Damaged)?;
        let stop = offset.checked_add(size).ok_or(Broken::Damaged)?;
        if stop > end as u64 {
            return Err(Broken::Truncated);
        }
        if entries > 0 && u32_at(bytes, start) != Some(CENTRAL) {
            return Err(if stop < end as u64 { Broken::Prefixed } else { Broken::Damaged });
        }
        Ok(Self { start, entries })
    }
}

/// Where the end record of a zip64 file is, which a locator in front of the plain one says.
fn wide_end(bytes: &[u8], end: usize) -> Option<usize> {
    let locator = end.checked_sub(20).filter(|at| u32_at(bytes, *at) == Some(LOCATOR64))?;
    let wide = usize::try_from(u64_at(bytes, locator + 8)?).ok()?;
    (u32_at(bytes, wide) == Some(END64) && bytes.get(wide..wide.checked_add(56)?).is_some())
        .then_some(wide)
}

impl Entry {
    /// The entry at that place of the directory, and where the next one begins.
    pub(crate) fn read(bytes: &[u8], at: usize) -> Result<(Self, usize), Broken> {
        if u32_at(bytes, at) != Some(CENTRAL) {
            return Err(Broken::Damaged);
        }
        let short = |offset| u16_at(bytes, at + offset).ok_or(Broken::Damaged);
        let long = |offset| u32_at(bytes, at + offset).ok_or(Broken::Damaged);
        let length = |offset| short(offset).map(usize::from);
        let name_at = at + CENTRAL_LENGTH;
        let extra_at = name_at + length(28)?;
        let comment_at = extra_at + length(30)?;
        let name = bytes.get(name_at..extra_at).ok_or(Broken::Damaged)?.to_vec();
        let extra = bytes.get(extra_at..comment_at).ok_or(Broken::Damaged)?;
        let mut size = u64::from(long(24)?);
        let mut compressed = u64::from(long(20)?);
        let mut header = u64::from(long(42)?);
        wide_sizes(extra, [&mut size, &mut compressed, &mut header]);
        let header = usize::try_from(header).map_err(|_| Broken::Damaged)?;
        if u32_at(bytes, header) != Some(LOCAL) {
            return Err(if header >= bytes.len() { Broken::Truncated } else { Broken::Damaged });
        }
        let local = |offset| u16_at(bytes, header + offset).map(usize::from).ok_or(Broken::Damaged);
        let data = header + LOCAL_LENGTH + local(26)? + local(28)?;
        let entry = Self {
            name,
            flags: short(8)?,
            method: short(10)?,
            time: short(12)?,
            date: short(14)?,
            crc: long(16)?,
            compressed,
            size,
            header,
            data,
        };
        Ok((entry, comment_at + length(32)?))
    }

    /// The name that the local header says.
    pub(crate) fn local_name<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let length = usize::from(u16_at(bytes, self.header + 26)?);
        let at = self.header + LOCAL_LENGTH;
        bytes.get(at..at + length)
    }

    /// Whether it needs a password.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.flags & 1 != 0
    }
}

/// Takes the 64-bit sizes from an extra field where the 32-bit ones are full.
fn wide_sizes(mut extra: &[u8], slots: [&mut u64; 3]) {
    while let (Some(id), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let end = 4 + usize::from(length);
        let Some(field) = extra.get(4..end) else { return };
        if id == 1 {
            let mut values = (0..).step_by(8).map_while(|at| u64_at(field, at));
            for slot in slots {
                if *slot == u64::from(u32::MAX)
                    && let Some(value) = values.next()
                {
                    *slot = value;
                }
            }
            return;
        }
        extra = &extra[end..];
    }
}
