//! A stream of tags that is checked for well-formedness as it goes by: nesting, attributes, entities, prefixes.

use std::io::{self, Read};

use memchr::{memchr, memmem};

use crate::write::annotate::xml::{self, Tag, TagKind};

const CHUNK: usize = 64 << 10;
const TOKEN_LIMIT: usize = 64 << 20;
const DEPTH_LIMIT: usize = 256;

/// Why a part is not well-formed.
#[derive(Debug)]
pub(super) struct Fault(pub(super) String);

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

fn fault<T>(what: impl Into<String>) -> Result<T, Fault> {
    Err(Fault(what.into()))
}

/// See the module.
pub(super) struct Walk<R> {
    inner: R,
    buffer: Vec<u8>,
    /// Where the current tag begins and ends.
    start: usize,
    pos: usize,
    end: usize,
    ended: bool,
    /// The offset of the buffer's first byte.
    base: u64,
    /// Names of open elements, one after the other, and where each begins.
    names: Vec<u8>,
    marks: Vec<usize>,
    /// Declared prefixes with the depth of their element.
    prefixes: Vec<(usize, Vec<u8>)>,
    /// Text of the current element, where wanted.
    pub(super) text: Vec<u8>,
    keep: bool,
    rooted: bool,
    /// Bytes proven to be UTF-8.
    proven: usize,
}

impl<R: Read> Walk<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            buffer: vec![0; CHUNK],
            start: 0,
            pos: 0,
            end: 0,
            ended: false,
            base: 0,
            names: Vec::new(),
            marks: Vec::new(),
            prefixes: vec![(0, b"xml".to_vec())],
            text: Vec::new(),
            keep: false,
            rooted: false,
            proven: 0,
        }
    }

    /// The stream behind the tags.
    pub(super) fn inner(&mut self) -> &mut R {
        &mut self.inner
    }

    /// The current tag.
    pub(super) fn tag(&self) -> Tag<'_> {
        Tag::new(&self.buffer[self.start..self.pos])
    }

    /// Open elements, the current start tag's own included.
    pub(super) fn depth(&self) -> usize {
        self.marks.len()
    }

    /// The offset of the current tag.
    pub(super) fn offset(&self) -> u64 {
        self.base + self.start as u64
    }

    /// Whether the text is kept from here on; it is cleared.
    pub(super) fn keep_text(&mut self, keep: bool) {
        self.keep = keep;
        self.text.clear();
    }

    fn fill(&mut self) -> Result<bool, Fault> {
        if self.ended {
            return Ok(false);
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.base += self.start as u64;
            self.end -= self.start;
            self.pos -= self.start;
            self.proven = self.proven.saturating_sub(self.start);
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            if self.buffer.len() >= TOKEN_LIMIT {
                return fault("token too long");
            }
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let count = self.inner.read(&mut self.buffer[self.end..])?;
        self.ended = count == 0;
        self.end += count;
        match std::str::from_utf8(&self.buffer[self.proven..self.end]) {
            Ok(_) => self.proven = self.end,
            Err(error) if error.error_len().is_some() || self.ended => {
                return fault("not UTF-8");
            }
            Err(error) => self.proven += error.valid_up_to(),
        }
        Ok(!self.ended)
    }

    /// The next start, empty or end tag; false at the end of the part.
    pub(super) fn advance(&mut self) -> Result<bool, Fault> {
        loop {
            if !self.find_markup()? {
                return self.finish();
            }
            let (start, pos) = (self.start, self.pos);
            let tag = Tag::new(&self.buffer[start..pos]);
            match tag.kind {
                TagKind::Other => {
                    if tag.raw.starts_with(b"<!DOCTYPE") {
                        return fault("DOCTYPE");
                    }
                    if tag.raw.starts_with(b"<![CDATA[") {
                        if self.marks.is_empty() {
                            return fault("text outside the root");
                        }
                        if self.keep {
                            let inner = start + 9..pos - 3;
                            self.text.extend_from_slice(&self.buffer[inner]);
                        }
                    }
                    continue;
                }
                TagKind::End => self.close()?,
                TagKind::Start | TagKind::Empty => self.open()?,
            }
            return Ok(true);
        }
    }

    fn finish(&self) -> Result<bool, Fault> {
        if !self.marks.is_empty() {
            return fault("an element is not closed");
        }
        if !self.rooted {
            return fault("no root element");
        }
        Ok(false)
    }

    fn find_markup(&mut self) -> Result<bool, Fault> {
        loop {
            let ahead = &self.buffer[self.pos..self.end];
            let found = memchr(b'<', ahead);
            let length = found.unwrap_or(ahead.len());
            if found.is_none() && !self.ended {
                // Text may hold an entity that is cut by the window's end.
                self.start = self.pos;
                if self.fill()? || !self.ended {
                    continue;
                }
                continue;
            }
            self.check_text(self.pos..self.pos + length)?;
            self.pos += length;
            self.start = self.pos;
            if found.is_none() {
                return Ok(false);
            }
            break;
        }
        loop {
            if let Some(length) = xml::markup_end(&self.buffer[self.start..self.end]) {
                self.pos = self.start + length;
                return Ok(true);
            }
            if !self.fill()? {
                return fault("a tag is not closed");
            }
        }
    }

    fn check_text(&mut self, range: std::ops::Range<usize>) -> Result<(), Fault> {
        let text = &self.buffer[range];
        if self.marks.is_empty() {
            let blank = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
            if blank.iter().any(|byte| !byte.is_ascii_whitespace()) {
                return fault("text outside the root");
            }
            return Ok(());
        }
        check_characters(text)?;
        if self.keep {
            self.text.extend_from_slice(xml::unescape(text).as_bytes());
        }
        Ok(())
    }

    fn open(&mut self) -> Result<(), Fault> {
        let (start, pos) = (self.start, self.pos);
        let tag = Tag::new(&self.buffer[start..pos]);
        let name = tag.name();
        if name.is_empty() || name[0].is_ascii_digit() || memchr(b'<', &tag.raw[1..]).is_some() {
            return fault(format!("bad tag {}", String::from_utf8_lossy(tag.raw)));
        }
        let depth = self.marks.len();
        if depth == 0 && self.rooted {
            return fault("two root elements");
        }
        if depth > DEPTH_LIMIT {
            return fault("too deep");
        }
        self.rooted = true;
        let mut seen: [&[u8]; 32] = [&[]; 32];
        let mut last = tag.name_end();
        for (count, (name, range)) in tag.attributes().enumerate() {
            if !tag.raw[last].is_ascii_whitespace() {
                return fault("attributes run together");
            }
            if seen[..count.min(32)].contains(&name) {
                return fault(format!("attribute {} twice", String::from_utf8_lossy(name)));
            }
            if count < 32 {
                seen[count] = name;
            }
            last = range.end + 1;
            if let Some(prefix) = name.strip_prefix(b"xmlns:") {
                self.prefixes.push((depth + 1, prefix.to_vec()));
            }
            check_characters(&tag.raw[range])?;
        }
        let rest = &tag.raw[last.min(tag.raw.len())..];
        if rest.iter().any(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>')) {
            return fault(format!("bad attribute in {}", String::from_utf8_lossy(tag.raw)));
        }
        for (name, _) in std::iter::once((tag.name(), 0..0)).chain(tag.attributes()) {
            let Some(at) = memchr(b':', name) else { continue };
            let prefix = &name[..at];
            if prefix != b"xmlns" && !self.prefixes.iter().any(|(_, known)| known == prefix) {
                return fault(format!("prefix {} undeclared", String::from_utf8_lossy(prefix)));
            }
        }
        if tag.kind == TagKind::Start {
            self.marks.push(self.names.len());
            self.names.extend_from_slice(name);
        } else {
            self.forget(depth + 1);
        }
        Ok(())
    }

    fn forget(&mut self, depth: usize) {
        while self.prefixes.last().is_some_and(|(own, _)| *own >= depth && *own > 0) {
            self.prefixes.pop();
        }
    }

    fn close(&mut self) -> Result<(), Fault> {
        let (start, pos) = (self.start, self.pos);
        let tag = Tag::new(&self.buffer[start..pos]);
        let Some(mark) = self.marks.pop() else { return fault("an end tag too many") };
        if &self.names[mark..] != tag.name() {
            return fault(format!(
                "</{}> closes <{}>",
                String::from_utf8_lossy(tag.name()),
                String::from_utf8_lossy(&self.names[mark..])
            ));
        }
        self.names.truncate(mark);
        let depth = self.marks.len() + 1;
        self.forget(depth);
        Ok(())
    }

    /// Goes past the end tag of the element just opened, without reading what is in it. Gives the offset behind it,
    /// or `None`, having gone nowhere, when that would pass `limit`.
    pub(super) fn skip_element(&mut self, limit: u64) -> Result<Option<u64>, Fault> {
        let needle = [b"</", self.tag().name(), b">"].concat();
        let finder = memmem::Finder::new(&needle);
        loop {
            let from = self.pos;
            if let Some(at) = finder.find(&self.buffer[from..self.end]) {
                let behind = self.base + (from + at + needle.len()) as u64;
                if behind > limit {
                    return Ok(None);
                }
                self.pos = from + at;
                self.start = self.pos;
                // The end tag itself goes the usual way.
                self.advance()?;
                return Ok(Some(behind));
            }
            if !self.fill()? {
                return fault("an element is not closed");
            }
        }
    }
}

/// Characters that XML does not allow, and entities that nobody declared.
fn check_characters(text: &[u8]) -> Result<(), Fault> {
    if text.iter().any(|byte| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) {
        return fault("control character");
    }
    let mut rest = text;
    while let Some(at) = memchr(b'&', rest) {
        rest = &rest[at + 1..];
        let end = memchr(b';', rest).filter(|end| *end > 0 && *end < 12);
        let Some(end) = end else { return fault("a bare &") };
        let entity = &rest[..end];
        let fine = matches!(entity, b"lt" | b"gt" | b"amp" | b"quot" | b"apos")
            || entity.strip_prefix(b"#x").is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
            || entity
                .strip_prefix(b"#")
                .is_some_and(|number| number.iter().all(u8::is_ascii_digit));
        if !fine {
            return fault(format!("entity &{};", String::from_utf8_lossy(entity)));
        }
        let value = xml::unescape(&text[text.len() - rest.len() - 1..][..end + 2]).into_owned();
        if value.chars().any(|c| c < ' ' && !matches!(c, '\t' | '\n' | '\r')) {
            return fault("control character");
        }
        rest = &rest[end + 1..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(text: &str) -> Result<usize, Fault> {
        let mut walk = Walk::new(text.as_bytes());
        let mut count = 0;
        while walk.advance()? {
            count += 1;
        }
        Ok(count)
    }

    #[test]
    fn what_is_well_formed_passes() {
        assert_eq!(walk("<?xml version=\"1.0\"?>\n<a xmlns:b=\"u\"><b:c d='1' e=\"&lt;&#x1F4;\"/>t<![CDATA[<]]><!--<--></a>\n").unwrap(), 3);
    }

    #[test]
    fn what_is_not_does_not() {
        for text in [
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a b=\"1\" b=\"2\"/>",
            "<a>&bogus;</a>",
            "<a>& </a>",
            "<a>\u{1}</a>",
            "<a>&#1;</a>",
            "<x:a/>",
            "<a x:b=\"1\"/>",
            "text<a/>",
            "<a b=1/>",
            "",
            "<a b=\"1\"c=\"2\"/>",
            "<!DOCTYPE a><a/>",
            "<a></a></a>",
            "<a b></a>",
        ] {
            assert!(walk(text).is_err(), "{text}");
        }
    }
}
