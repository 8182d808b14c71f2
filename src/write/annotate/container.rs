//! The zip container, read and written by us, so that an untouched entry is copied as its compressed bytes.
//!
//! The `zip` crate would do most of it, but not all that Excel asks for: sizes in every local header with bit 3
//! cleared, no zip64 unless needed, no extra fields, and the same bytes for the same input. Names are kept as bytes.

use std::collections::HashMap;
use std::io::{self, Read, Write};

use flate2::Crc;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use percent_encoding::percent_decode_str;

use super::WriteError;
pub(super) use crate::office::zip::Entry;
use crate::office::zip::{CENTRAL, DEFLATED, Directory, END, LOCAL, STORED};
use crate::parallel;

/// Inflated bytes of one part.
pub(super) const PART_LIMIT: u64 = 1 << 30;
/// Entries of a container.
const ENTRY_LIMIT: u64 = 65_000;

/// 1980-01-01, so that the same input gives the same bytes.
const DOS_DATE: u16 = 0x0021;

impl Entry {
    /// The name as parts are looked up: forward slashes, no leading one.
    pub(super) fn part_name(&self) -> String {
        part_name(&self.name)
    }

    pub(super) fn is_folder(&self) -> bool {
        self.name.ends_with(b"/")
    }
}

/// A name in the form in which parts are looked up.
pub(super) fn part_name(raw: &[u8]) -> String {
    String::from_utf8_lossy(raw).replace('\\', "/").trim_start_matches('/').to_owned()
}

/// A zip file in memory.
#[derive(Debug)]
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    pub(super) entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
    /// Entries whose names have escapes, by what these stand for.
    by_plain_name: HashMap<String, usize>,
}

/// A name with its percent escapes undone.
pub(super) fn percent_decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

impl<'a> Archive<'a> {
    /// Reads the central directory.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, WriteError> {
        let damaged = |_| WriteError::damaged("zip");
        let directory = Directory::find(bytes).map_err(damaged)?;
        let (count, mut at) = (directory.entries, directory.start);
        if count > ENTRY_LIMIT {
            return Err(WriteError::too_large(format!("{count} parts")));
        }
        let mut archive = Self {
            bytes,
            entries: Vec::new(),
            by_name: HashMap::new(),
            by_plain_name: HashMap::new(),
        };
        for _ in 0..count {
            let (entry, next) = Entry::read(bytes, at).map_err(damaged)?;
            let name = entry.part_name().to_ascii_lowercase();
            let index = archive.entries.len();
            if name.contains('%') {
                let plain = percent_decoded(&name).to_ascii_lowercase();
                archive.by_plain_name.entry(plain).or_insert(index);
            }
            archive.by_name.entry(name).or_insert(index);
            archive.entries.push(entry);
            at = next;
        }
        Ok(archive)
    }

    /// The entry of a part, its name compared without case and, where there is none of that name, without escapes
    /// (`sheet%201.xml` is `sheet 1.xml`).
    pub(super) fn find(&self, part: &str) -> Option<&Entry> {
        let name = part.trim_start_matches('/').to_ascii_lowercase();
        let at = self.by_name.get(&name).or_else(|| {
            let plain = percent_decoded(&name);
            self.by_name.get(&plain).or_else(|| self.by_plain_name.get(&plain))
        })?;
        self.entries.get(*at)
    }

    /// The whole file.
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The compressed bytes of an entry.
    pub(super) fn raw(&self, entry: &Entry) -> Result<&'a [u8], WriteError> {
        let end = entry.data.checked_add(entry.compressed as usize);
        end.and_then(|end| self.bytes.get(entry.data..end))
            .ok_or_else(|| WriteError::damaged(entry.part_name()))
    }

    /// A stream of the inflated bytes, its size and checksum proven at its end.
    pub(super) fn stream(&self, entry: &Entry) -> Result<PartReader<'a>, WriteError> {
        if entry.is_encrypted() {
            return Err(WriteError::unsupported("zip encryption"));
        }
        if entry.size > PART_LIMIT {
            return Err(WriteError::too_large(entry.part_name()));
        }
        let raw = self.raw(entry)?;
        let inner = match entry.method {
            // Some writers leave even the two bytes of an empty stream out.
            DEFLATED if raw.is_empty() => Inner::Stored(raw),
            STORED => Inner::Stored(raw),
            DEFLATED => {
                Inner::Deflated(Box::new(DeflateDecoder::new_with_buf(raw, vec![0; 32 * 1024])))
            }
            other => return Err(WriteError::unsupported(format!("zip method {other}"))),
        };
        Ok(PartReader { inner, crc: Crc::new(), wanted: entry.crc, left: entry.size, done: false })
    }

    /// The inflated bytes of an entry.
    pub(super) fn read(&self, entry: &Entry) -> Result<Vec<u8>, WriteError> {
        let mut content = Vec::with_capacity((entry.size as usize).min(1 << 24));
        self.stream(entry)?
            .read_to_end(&mut content)
            .map_err(|error| WriteError::damaged(format!("{} ({error})", entry.part_name())))?;
        Ok(content)
    }
}

enum Inner<'a> {
    Stored(&'a [u8]),
    Deflated(Box<DeflateDecoder<&'a [u8]>>),
}

/// Inflates one entry; an error at the end when size or checksum differ from the directory's.
pub(super) struct PartReader<'a> {
    inner: Inner<'a>,
    crc: Crc,
    wanted: u32,
    left: u64,
    done: bool,
}

impl Read for PartReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.done || into.is_empty() {
            return Ok(0);
        }
        let count = match &mut self.inner {
            Inner::Stored(raw) => raw.read(into)?,
            Inner::Deflated(decoder) => decoder.read(into)?,
        };
        let broken = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        if count == 0 {
            self.done = true;
            if self.left != 0 {
                return Err(broken("size"));
            }
            if self.crc.sum() != self.wanted {
                return Err(broken("CRC"));
            }
            return Ok(0);
        }
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| broken("size"))?;
        self.crc.update(&into[..count]);
        Ok(count)
    }
}

/// Bytes that are deflated by themselves, so that a large part is deflated on all cores. What comes out depends on where a
/// part is cut, and the same content must give the same bytes: pieces always begin at multiples of this.
const PIECE: usize = 1 << 20;

/// Bytes gathered before they are deflated: a piece for each of some cores.
const BATCH: usize = 4 * PIECE;

/// A part of ours, deflated while it is written.
pub(super) struct PartWriter {
    pending: Vec<u8>,
    deflated: Vec<u8>,
    crc: Crc,
    size: u64,
}

/// A part of ours, ready to be put into a container.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    deflated: Vec<u8>,
    pub(super) crc: u32,
    pub(super) size: u64,
}

impl PartWriter {
    pub(super) fn new() -> Self {
        Self { pending: Vec::new(), deflated: Vec::new(), crc: Crc::new(), size: 0 }
    }

    pub(super) fn finish(mut self) -> Result<Packed, WriteError> {
        let damaged = |error: io::Error| WriteError::damaged(error.to_string());
        self.deflate_pieces().map_err(damaged)?;
        let last = deflate(&self.pending, true).map_err(damaged)?;
        self.deflated.extend(last);
        Ok(Packed { deflated: self.deflated, crc: self.crc.sum(), size: self.size })
    }

    /// Deflates the whole pieces that are pending and keeps the rest, which may be the last of the part.
    fn deflate_pieces(&mut self) -> io::Result<()> {
        let whole = self.pending.len().saturating_sub(1) / PIECE;
        let pieces = parallel::map_pieces(whole, 1, |at| {
            deflate(&self.pending[at.start * PIECE..at.end * PIECE], false)
        });
        for piece in pieces {
            self.deflated.extend(piece?);
        }
        self.pending.drain(..whole * PIECE);
        Ok(())
    }
}

impl Write for PartWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pending.extend_from_slice(bytes);
        self.crc.update(bytes);
        self.size += bytes.len() as u64;
        if self.pending.len() > BATCH {
            self.deflate_pieces()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One piece deflated by itself; what is not the last of a stream ends at a whole byte, so that the next can follow.
fn deflate(piece: &[u8], is_last: bool) -> io::Result<Vec<u8>> {
    let room = Vec::with_capacity(piece.len() / 3 + 64);
    let mut encoder = DeflateEncoder::new(room, super::compression());
    encoder.write_all(piece)?;
    if is_last {
        return encoder.finish();
    }
    encoder.flush()?;
    Ok(std::mem::take(encoder.get_mut()))
}

/// Deflates a whole part.
pub(super) fn pack(content: &[u8]) -> Result<Packed, WriteError> {
    let mut writer = PartWriter::new();
    writer.write_all(content).map_err(|error| WriteError::damaged(error.to_string()))?;
    writer.finish()
}

/// Writes a container into memory.
#[derive(Debug, Default)]
pub(super) struct Builder {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    count: u32,
}

/// What a header says.
struct Header<'a> {
    name: &'a [u8],
    utf8: bool,
    method: u16,
    time: u16,
    date: u16,
    crc: u32,
    compressed: u64,
    size: u64,
}

impl Builder {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ..Self::default() }
    }

    /// Copies an entry as it is compressed; its time stays, its extra fields and data descriptor go.
    pub(super) fn copy(&mut self, archive: &Archive<'_>, entry: &Entry) -> Result<(), WriteError> {
        let raw = archive.raw(entry)?;
        self.put(
            &Header {
                name: &entry.name,
                utf8: entry.flags & 0x800 != 0,
                method: entry.method,
                time: entry.time,
                date: entry.date,
                crc: entry.crc,
                compressed: entry.compressed,
                size: entry.size,
            },
            raw,
        )
    }

    /// Puts a changed part in the place of an entry, whose name and time stay.
    pub(super) fn replace(&mut self, entry: &Entry, part: &Packed) -> Result<(), WriteError> {
        self.put(
            &Header {
                name: &entry.name,
                utf8: entry.flags & 0x800 != 0,
                method: DEFLATED,
                time: entry.time,
                date: entry.date,
                crc: part.crc,
                compressed: part.deflated.len() as u64,
                size: part.size,
            },
            &part.deflated,
        )
    }

    /// Adds a part of ours.
    pub(super) fn add(&mut self, name: &str, part: &Packed) -> Result<(), WriteError> {
        self.put(
            &Header {
                name: name.trim_start_matches('/').as_bytes(),
                utf8: !name.is_ascii(),
                method: DEFLATED,
                time: 0,
                date: DOS_DATE,
                crc: part.crc,
                compressed: part.deflated.len() as u64,
                size: part.size,
            },
            &part.deflated,
        )
    }

    fn put(&mut self, header: &Header<'_>, data: &[u8]) -> Result<(), WriteError> {
        let narrow = |value: u64| {
            u32::try_from(value)
                .ok()
                .filter(|value| *value != u32::MAX)
                .ok_or_else(|| WriteError::too_large("4 GiB"))
        };
        let offset = narrow(self.bytes.len() as u64)?;
        let mut common = Vec::with_capacity(26);
        common.extend_from_slice(&20_u16.to_le_bytes());
        common.extend_from_slice(&(u16::from(header.utf8) << 11).to_le_bytes());
        common.extend_from_slice(&header.method.to_le_bytes());
        common.extend_from_slice(&header.time.to_le_bytes());
        common.extend_from_slice(&header.date.to_le_bytes());
        common.extend_from_slice(&header.crc.to_le_bytes());
        common.extend_from_slice(&narrow(header.compressed)?.to_le_bytes());
        common.extend_from_slice(&narrow(header.size)?.to_le_bytes());
        common.extend_from_slice(&(header.name.len() as u16).to_le_bytes());
        common.extend_from_slice(&0_u16.to_le_bytes());
        self.bytes.extend_from_slice(&LOCAL.to_le_bytes());
        self.bytes.extend_from_slice(&common);
        self.bytes.extend_from_slice(header.name);
        self.bytes.extend_from_slice(data);
        self.directory.extend_from_slice(&CENTRAL.to_le_bytes());
        self.directory.extend_from_slice(&20_u16.to_le_bytes());
        self.directory.extend_from_slice(&common);
        // Comment length, disk, attributes: none.
        self.directory.extend_from_slice(&[0; 10]);
        self.directory.extend_from_slice(&offset.to_le_bytes());
        self.directory.extend_from_slice(header.name);
        self.count += 1;
        Ok(())
    }

    /// The container's bytes.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, WriteError> {
        let (Ok(count), Ok(offset)) = (u16::try_from(self.count), u32::try_from(self.bytes.len()))
        else {
            return Err(WriteError::too_large("zip"));
        };
        self.bytes.extend_from_slice(&self.directory);
        self.bytes.extend_from_slice(&END.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 4]);
        self.bytes.extend_from_slice(&count.to_le_bytes());
        self.bytes.extend_from_slice(&count.to_le_bytes());
        self.bytes.extend_from_slice(&(self.directory.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(&offset.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 2]);
        Ok(self.bytes)
    }
}
