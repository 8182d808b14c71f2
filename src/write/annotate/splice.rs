//! A changed part: its original bytes, what is cut out and what is put in; and how to turn it back.

use std::ops::Range;

use flate2::Crc;
use memchr::memmem;

use super::WriteError;
use super::xml::{self, TagKind};

/// Turns one change of a part back: at `at` of the changed part, `take` bytes go and `put` comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) at: u64,
    pub(super) take: u64,
    pub(super) put: Vec<u8>,
}

/// A part being changed by inserting and replacing bytes.
#[derive(Clone, Debug)]
pub(super) struct Patch {
    pub(super) bytes: Vec<u8>,
    edits: Vec<(Range<usize>, Vec<u8>)>,
}

impl Patch {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, edits: Vec::new() }
    }

    pub(super) fn is_changed(&self) -> bool {
        !self.edits.is_empty()
    }

    /// Puts `text` before the byte at `at`; after what was inserted there before.
    pub(super) fn insert(&mut self, at: usize, text: impl Into<Vec<u8>>) {
        self.edits.push((at..at, text.into()));
    }

    /// Puts `text` in the place of `range`.
    pub(super) fn replace(&mut self, range: Range<usize>, text: impl Into<Vec<u8>>) {
        self.edits.push((range, text.into()));
    }

    /// Whether what was put in so far holds `text`.
    pub(super) fn mentions(&self, text: &str) -> bool {
        self.edits.iter().any(|(_, put)| memmem::find(put, text.as_bytes()).is_some())
    }

    /// Puts `text` in front of the end tag of the first element `local`, opening it where it is `<local/>`.
    ///
    /// # Errors
    /// When the part has no such element.
    pub(super) fn append_to(&mut self, local: &[u8], text: &str) -> Result<(), WriteError> {
        let missing = || WriteError::damaged(format!("<{}>", String::from_utf8_lossy(local)));
        let (at, tag) =
            xml::tags(&self.bytes).find(|(_, tag)| tag.opens(local)).ok_or_else(missing)?;
        if tag.kind == TagKind::Empty {
            let name = String::from_utf8_lossy(tag.name()).into_owned();
            let slash = at + tag.raw.len() - 2;
            let end = slash..slash + 2;
            match self.edits.iter_mut().find(|(range, _)| *range == end) {
                Some((_, put)) => {
                    let close = put.len() - name.len() - 3;
                    put.splice(close..close, text.bytes());
                }
                None => self.replace(end, format!(">{text}</{name}>")),
            }
            return Ok(());
        }
        let close = format!("</{}", String::from_utf8_lossy(tag.name()));
        let end = memmem::rfind(&self.bytes, close.as_bytes()).ok_or_else(missing)?;
        self.insert(end, text);
        Ok(())
    }

    /// The changed bytes, and how to turn them back.
    pub(super) fn apply(mut self) -> (Vec<u8>, Vec<Cut>) {
        self.edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut bytes = Vec::with_capacity(
            self.bytes.len() + self.edits.iter().map(|(_, text)| text.len()).sum::<usize>(),
        );
        let mut cuts = Vec::with_capacity(self.edits.len());
        let mut from = 0;
        for (range, text) in self.edits {
            debug_assert!(range.start >= from, "edits overlap");
            bytes.extend_from_slice(&self.bytes[from..range.start]);
            cuts.push(Cut {
                at: bytes.len() as u64,
                take: text.len() as u64,
                put: self.bytes[range.clone()].to_vec(),
            });
            bytes.extend_from_slice(&text);
            from = range.end;
        }
        bytes.extend_from_slice(&self.bytes[from..]);
        (bytes, cuts)
    }
}

/// Turns a changed part back, as a stream.
pub(super) struct Restore<'a, R> {
    inner: R,
    cuts: std::slice::Iter<'a, Cut>,
    next: Option<&'a Cut>,
    at: u64,
    pending: &'a [u8],
}

impl<'a, R: std::io::Read> Restore<'a, R> {
    pub(super) fn new(inner: R, cuts: &'a [Cut]) -> Self {
        let mut cuts = cuts.iter();
        let next = cuts.next();
        Self { inner, cuts, next, at: 0, pending: &[] }
    }
}

impl<R: std::io::Read> std::io::Read for Restore<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        loop {
            if into.is_empty() {
                return Ok(0);
            }
            if !self.pending.is_empty() {
                return self.pending.read(into);
            }
            let Some(cut) = self.next else { return self.inner.read(into) };
            if self.at == cut.at {
                let mut skipped = (&mut self.inner).take(cut.take);
                let gone = std::io::copy(&mut skipped, &mut std::io::sink())?;
                if gone != cut.take {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
                self.at += cut.take;
                self.pending = &cut.put;
                self.next = self.cuts.next();
                continue;
            }
            let Some(room) = cut.at.checked_sub(self.at) else {
                return Err(std::io::ErrorKind::InvalidData.into());
            };
            let room = usize::try_from(room).unwrap_or(usize::MAX).min(into.len());
            let count = self.inner.read(&mut into[..room])?;
            self.at += count as u64;
            return Ok(count);
        }
    }
}

/// Passes a changed part on, and tells at its end the checksum and size that it has when it is turned back.
///
/// Whoever reads the part anyway can so check it against the original without inflating that again.
pub(super) struct Audit<'a, R> {
    inner: R,
    cuts: std::slice::Iter<'a, Cut>,
    next: Option<&'a Cut>,
    at: u64,
    /// Bytes of the current cut still to be passed over.
    skip: u64,
    crc: Crc,
    size: u64,
}

impl<'a, R: std::io::Read> Audit<'a, R> {
    pub(super) fn new(inner: R, cuts: &'a [Cut]) -> Self {
        let mut cuts = cuts.iter();
        let next = cuts.next();
        Self { inner, cuts, next, at: 0, skip: 0, crc: Crc::new(), size: 0 }
    }

    /// Checksum and size of what was passed on so far, turned back.
    pub(super) fn restored(&mut self) -> (u32, u64) {
        self.open_cuts();
        (self.crc.sum(), self.size)
    }

    fn count(&mut self, bytes: &[u8]) {
        self.crc.update(bytes);
        self.size += bytes.len() as u64;
    }

    /// What was there before, for each cut that begins here.
    fn open_cuts(&mut self) {
        while self.skip == 0
            && let Some(cut) = self.next.filter(|cut| cut.at == self.at)
        {
            self.skip = cut.take;
            self.count(&cut.put);
            self.next = self.cuts.next();
        }
    }

    fn pass(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            self.open_cuts();
            let room = if self.skip > 0 {
                self.skip
            } else {
                self.next.map_or(u64::MAX, |cut| cut.at.saturating_sub(self.at).max(1))
            };
            let (first, rest) =
                bytes.split_at(bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX)));
            if self.skip > 0 {
                self.skip -= first.len() as u64;
            } else {
                self.count(first);
            }
            self.at += first.len() as u64;
            bytes = rest;
        }
    }
}

impl<R: std::io::Read> std::io::Read for Audit<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(into)?;
        self.pass(&into[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_patch_turns_back() {
        let original = b"<a><b s=\"1\"/></a>".to_vec();
        let mut patch = Patch::new(original.clone());
        patch.replace(9..10, "23");
        patch.append_to(b"a", "<c/>").unwrap();
        patch.append_to(b"a", "<d/>").unwrap();
        let (changed, cuts) = patch.apply();
        assert_eq!(changed, b"<a><b s=\"23\"/><c/><d/></a>");
        let mut back = Vec::new();
        Restore::new(&changed[..], &cuts).read_to_end(&mut back).unwrap();
        assert_eq!(back, original);
        let mut crc = Crc::new();
        crc.update(&original);
        for piece in 1..8 {
            let mut audit = Audit::new(&changed[..], &cuts);
            let mut buffer = vec![0; piece];
            while audit.read(&mut buffer).unwrap() > 0 {}
            assert_eq!(audit.restored(), (crc.sum(), original.len() as u64));
        }
    }

    #[test]
    fn an_empty_element_is_opened_once() {
        let mut patch = Patch::new(b"<x:a n=\"1\"/>".to_vec());
        patch.append_to(b"a", "<c/>").unwrap();
        patch.append_to(b"a", "<d/>").unwrap();
        assert_eq!(patch.apply().0, b"<x:a n=\"1\"><c/><d/></x:a>");
    }
}
