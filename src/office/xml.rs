//! A pull scanner for the XML of office files, over bytes that arrive in chunks.
//!
//! Not a general parser: namespaces are cut off, end tags are counted and not compared, and a DOCTYPE is refused. In
//! return one buffer is reused from first to last, nothing is allocated per event, and a reader that knows what must
//! come next can look at the buffer itself ([`Scanner::window`]). An event's spans are good until the next event.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::{Fault, damaged, hostile, truncated};

/// Where bytes come from.
pub(crate) trait Source: Send {
    /// Appends more bytes; false when there are none.
    fn fill(&mut self, into: &mut Vec<u8>) -> Result<bool, Fault>;
}

/// Bytes in memory.
pub(crate) struct Memory<'a>(pub(crate) Cow<'a, [u8]>, pub(crate) usize);

impl Source for Memory<'_> {
    fn fill(&mut self, into: &mut Vec<u8>) -> Result<bool, Fault> {
        let take = (self.0.len() - self.1).min(64 << 10);
        into.extend_from_slice(&self.0[self.1..self.1 + take]);
        self.1 += take;
        Ok(take > 0)
    }
}

/// Bounds of the scanner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    /// Depth of elements.
    pub(crate) depth: u32,
}

/// A piece of the buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    start: usize,
    end: usize,
}

/// A start tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag {
    /// Its name without prefix.
    pub(crate) name: Span,
    attributes: Span,
}

/// What the scanner meets. An empty element is a start and an end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    Start(Tag),
    /// The name without prefix.
    End(Span),
    /// Text with its entities still in it.
    Text(Span),
    /// Text as it stands.
    Cdata(Span),
    Eof,
}

/// One token may be this long.
const TOKEN: usize = 32 << 20;

/// The scanner.
pub(crate) struct Scanner<'s> {
    source: Box<dyn Source + 's>,
    buffer: Vec<u8>,
    at: usize,
    drained: bool,
    depth: u32,
    limit: Limit,
    pending_end: Option<Span>,
}

impl<'s> Scanner<'s> {
    /// Starts at the first bytes, whose encoding it finds out: UTF-8, UTF-16 or what the declaration names.
    pub(crate) fn new(source: Box<dyn Source + 's>, limit: Limit) -> Result<Self, Fault> {
        let mut scanner = Self {
            source,
            buffer: Vec::new(),
            at: 0,
            drained: false,
            depth: 0,
            limit,
            pending_end: None,
        };
        while scanner.buffer.len() < 128 && scanner.more()? {}
        if let Some(encoding) = foreign_encoding(&scanner.buffer) {
            while scanner.more()? {}
            let (text, _, _) = encoding.decode(&scanner.buffer);
            let bytes = text.into_owned().into_bytes();
            scanner.source = Box::new(Memory(Cow::Owned(bytes), 0));
            scanner.buffer.clear();
            scanner.drained = false;
            scanner.more()?;
        }
        if scanner.buffer.starts_with(b"\xEF\xBB\xBF") {
            scanner.at = 3;
        }
        Ok(scanner)
    }

    /// Scans a slice.
    pub(crate) fn over(bytes: &'s [u8], limit: Limit) -> Result<Self, Fault> {
        Self::new(Box::new(Memory(Cow::Borrowed(bytes), 0)), limit)
    }

    /// The bytes of a span.
    pub(crate) fn bytes(&self, span: Span) -> &[u8] {
        &self.buffer[span.start..span.end]
    }

    /// How deep the last event stands: 1 inside the root.
    pub(crate) fn depth(&self) -> u32 {
        self.depth
    }

    /// An attribute of the tag just met, by its name without prefix, entities still in it.
    pub(crate) fn attribute(&self, tag: Tag, name: &[u8]) -> Option<&[u8]> {
        self.attributes(tag).find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// The same, as text.
    pub(crate) fn text_attribute(&self, tag: Tag, name: &[u8]) -> Option<String> {
        self.attribute(tag, name).map(|value| unescape(value).into_owned())
    }

    /// The same, as a truth value of the schema.
    pub(crate) fn flag(&self, tag: Tag, name: &[u8]) -> bool {
        self.attribute(tag, name).is_some_and(truth)
    }

    /// The attributes of the tag just met: name without prefix (declarations of namespaces left out), raw value.
    pub(crate) fn attributes(&self, tag: Tag) -> Attributes<'_> {
        Attributes { rest: self.bytes(tag.attributes) }
    }

    /// What is in the buffer from here on.
    pub(crate) fn window(&self) -> &[u8] {
        &self.buffer[self.at..]
    }

    /// Tries to have at least `wanted` bytes in the window.
    pub(crate) fn ensure(&mut self, wanted: usize) -> Result<(), Fault> {
        while self.buffer.len() - self.at < wanted && self.more()? {}
        Ok(())
    }

    /// Steps over bytes of the window that the caller has dealt with: whole elements only.
    pub(crate) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Whether the window may be looked at: no end of an empty element is still owed.
    pub(crate) fn at_rest(&self) -> bool {
        self.pending_end.is_none()
    }

    /// Whether elements may stand so many levels below the last event.
    pub(crate) fn has_levels(&self, levels: u32) -> bool {
        self.depth + levels <= self.limit.depth
    }

    fn more(&mut self) -> Result<bool, Fault> {
        if self.drained {
            return Ok(false);
        }
        if self.at > 0 {
            self.buffer.copy_within(self.at.., 0);
            self.buffer.truncate(self.buffer.len() - self.at);
            self.at = 0;
        }
        self.drained = !self.source.fill(&mut self.buffer)?;
        Ok(!self.drained)
    }

    /// Position behind the next `needle` at or after the current token's `from`; the token starts at `self.at`.
    fn find(&mut self, needle: &[u8], mut from: usize) -> Result<usize, Fault> {
        loop {
            if let Some(found) = memmem::find(&self.buffer[self.at + from..], needle) {
                return Ok(self.at + from + found + needle.len());
            }
            let length = self.buffer.len() - self.at;
            from = from.max(length.saturating_sub(needle.len() - 1));
            self.grow(length)?;
        }
    }

    fn grow(&mut self, length: usize) -> Result<(), Fault> {
        if length > TOKEN {
            return Err(hostile(
                format!("XML 中有超过 {TOKEN} 字节的单个标记"),
                format!("one token of the XML is longer than {TOKEN} bytes"),
            ));
        }
        if self.more()? { Ok(()) } else { Err(Self::ended()) }
    }

    fn ended() -> Fault {
        truncated("XML 在中途结束", "the XML ends in the middle")
    }

    /// Position behind the `>` of the tag at `self.at`, quotes respected.
    fn tag_end(&mut self) -> Result<usize, Fault> {
        let mut from = 1;
        let mut quote = 0_u8;
        loop {
            let slice = &self.buffer[self.at..];
            while let Some(&byte) = slice.get(from) {
                if quote != 0 {
                    match memchr(quote, &slice[from..]) {
                        Some(found) => {
                            from += found + 1;
                            quote = 0;
                        }
                        None => from = slice.len(),
                    }
                    continue;
                }
                from += 1;
                match byte {
                    b'>' => return Ok(self.at + from),
                    b'"' | b'\'' => quote = byte,
                    b'<' => {
                        return Err(damaged(
                            "XML 标记内出现“<”",
                            "a tag of the XML contains another \"<\"",
                        ));
                    }
                    _ => {}
                }
            }
            let length = slice.len();
            self.grow(length)?;
        }
    }

    /// The next event.
    pub(crate) fn next(&mut self) -> Result<Event, Fault> {
        if let Some(name) = self.pending_end.take() {
            self.depth -= 1;
            return Ok(Event::End(name));
        }
        loop {
            if self.buffer.len() - self.at < 2 {
                self.ensure(2)?;
            }
            let Some(&first) = self.buffer.get(self.at) else {
                return if self.depth == 0 { Ok(Event::Eof) } else { Err(Self::ended()) };
            };
            if first != b'<' {
                if let Some(text) = self.text()? {
                    return Ok(Event::Text(text));
                }
                continue;
            }
            match self.buffer.get(self.at + 1) {
                Some(b'?') => self.at = self.find(b"?>", 2)?,
                Some(b'!') => {
                    if let Some(event) = self.declaration()? {
                        return Ok(event);
                    }
                }
                Some(b'/') => {
                    let end = self.tag_end()?;
                    let name = self.local(self.at + 2, end - 1);
                    self.at = end;
                    self.depth = self.depth.checked_sub(1).ok_or_else(|| {
                        damaged("XML 结束标记多余", "the XML has an end tag too many")
                    })?;
                    return Ok(Event::End(name));
                }
                Some(_) => return self.start(),
                None => return Err(Self::ended()),
            }
        }
    }

    fn text(&mut self) -> Result<Option<Span>, Fault> {
        let mut from = 0;
        loop {
            if let Some(found) = memchr(b'<', &self.buffer[self.at + from..]) {
                let span = Span { start: self.at, end: self.at + from + found };
                self.at = span.end;
                return Ok(Some(span));
            }
            from = self.buffer.len() - self.at;
            if from > TOKEN {
                self.grow(from)?;
            } else if !self.more()? {
                // Blanks, or zeros that padded a block, may follow the root; anything else is a cut.
                if self.depth > 0 {
                    return Err(Self::ended());
                }
                self.at = self.buffer.len();
                return Ok(None);
            }
        }
    }

    fn declaration(&mut self) -> Result<Option<Event>, Fault> {
        self.ensure(9)?;
        let window = self.window();
        if window.starts_with(b"<!--") {
            self.at = self.find(b"-->", 4)?;
            return Ok(None);
        }
        if window.starts_with(b"<![CDATA[") {
            let end = self.find(b"]]>", 9)?;
            let span = Span { start: self.at + 9, end: end - 3 };
            self.at = end;
            return Ok(Some(Event::Cdata(span)));
        }
        Err(hostile(
            "XML 含有 DOCTYPE 声明，电子表格不会有",
            "the XML has a DOCTYPE, which no spreadsheet has",
        ))
    }

    fn start(&mut self) -> Result<Event, Fault> {
        let end = self.tag_end()?;
        let empty = self.buffer[end - 2] == b'/' && end - 2 > self.at;
        let inner_end = if empty { end - 2 } else { end - 1 };
        let inner = &self.buffer[self.at + 1..inner_end];
        let name_length = inner
            .iter()
            .position(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
            .unwrap_or(inner.len());
        let name_end = self.at + 1 + name_length;
        let name = self.local(self.at + 1, name_end);
        let tag = Tag { name, attributes: Span { start: name_end, end: inner_end } };
        self.at = end;
        self.depth += 1;
        if self.depth > self.limit.depth {
            return Err(super::too_large(
                ("XML 嵌套层数", "levels of XML elements"),
                u64::from(self.limit.depth),
                "--max-depth",
            ));
        }
        if empty {
            self.pending_end = Some(name);
        }
        Ok(Event::Start(tag))
    }

    /// The name between two positions, without prefix and trailing blanks.
    fn local(&self, start: usize, end: usize) -> Span {
        let mut end = end;
        while end > start && self.buffer[end - 1].is_ascii_whitespace() {
            end -= 1;
        }
        let start = memchr(b':', &self.buffer[start..end]).map_or(start, |colon| start + colon + 1);
        Span { start, end }
    }

    /// Steps over the rest of the element whose start was just met.
    pub(crate) fn skip(&mut self) -> Result<(), Fault> {
        let outside = self.depth - 1;
        loop {
            match self.next()? {
                Event::End(_) if self.depth == outside => return Ok(()),
                Event::Eof => return Err(Self::ended()),
                _ => {}
            }
        }
    }

    /// All text inside the element whose start was just met, entities resolved.
    pub(crate) fn text_content(&mut self) -> Result<String, Fault> {
        let outside = self.depth - 1;
        let mut text = String::new();
        loop {
            match self.next()? {
                Event::Text(span) => text.push_str(&unescape(self.bytes(span))),
                Event::Cdata(span) => text.push_str(&String::from_utf8_lossy(self.bytes(span))),
                Event::End(_) if self.depth == outside => return Ok(text),
                Event::Eof => return Err(Self::ended()),
                _ => {}
            }
        }
    }
}

/// Iterates over attributes.
pub(crate) struct Attributes<'b> {
    rest: &'b [u8],
}

impl<'b> Iterator for Attributes<'b> {
    type Item = (&'b [u8], &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.rest.iter().position(|b| !b.is_ascii_whitespace())?;
            let rest = &self.rest[start..];
            let equals = memchr(b'=', rest)?;
            let name = rest[..equals].trim_ascii_end();
            let value = rest[equals + 1..].trim_ascii_start();
            let quote = *value.first()?;
            if quote != b'"' && quote != b'\'' {
                return None;
            }
            let length = memchr(quote, &value[1..])?;
            self.rest = &value[length + 2..];
            if name == b"xmlns" || name.starts_with(b"xmlns:") {
                continue;
            }
            let local = memchr(b':', name).map_or(name, |colon| &name[colon + 1..]);
            return Some((local, &value[1..=length]));
        }
    }
}

/// Whether a value of the schema's boolean type is true.
pub(crate) fn truth(value: &[u8]) -> bool {
    matches!(value, b"1" | b"true" | b"on" | b"t" | b"True" | b"TRUE")
}

/// Text with its entities resolved and its line ends made `\n`. What is not UTF-8 becomes U+FFFD.
pub(crate) fn unescape(raw: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(raw);
    if memchr::memchr2(b'&', b'\r', text.as_bytes()).is_none() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find(['&', '\r']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(tail) = rest.strip_prefix('\r') {
            out.push('\n');
            rest = tail.strip_prefix('\n').unwrap_or(tail);
            continue;
        }
        // A reference is short: text full of ampersands must not be searched to its end at each.
        if let Some((character, end)) = memchr(b';', &rest.as_bytes()[..rest.len().min(13)])
            .and_then(|end| entity(&rest[1..end]).map(|character| (character, end)))
        {
            out.push(character);
            rest = &rest[end + 1..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

/// The encoding of a part that is not UTF-8.
fn foreign_encoding(head: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    match head {
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => return Some(encoding_rs::UTF_16LE),
        [0xFE, 0xFF, ..] | [0, b'<', ..] => return Some(encoding_rs::UTF_16BE),
        _ => {}
    }
    let declaration = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    if !declaration.starts_with(b"<?xml") {
        return None;
    }
    let end = memmem::find(declaration, b"?>")?;
    let at = memmem::find(&declaration[..end], b"encoding")? + 8;
    let rest = declaration[at..end].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let length = memchr(*rest.first()?, &rest[1..])?;
    let encoding = encoding_rs::Encoding::for_label(&rest[1..=length])?;
    (encoding != encoding_rs::UTF_8
        && encoding != encoding_rs::UTF_16LE
        && encoding != encoding_rs::UTF_16BE)
        .then_some(encoding)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The events of a text, fed `chunk` bytes at a time.
    fn events(text: &[u8], chunk: usize) -> Vec<String> {
        struct Drip<'a>(&'a [u8], usize);
        impl Source for Drip<'_> {
            fn fill(&mut self, into: &mut Vec<u8>) -> Result<bool, Fault> {
                let take = self.0.len().min(self.1);
                into.extend_from_slice(&self.0[..take]);
                self.0 = &self.0[take..];
                Ok(take > 0)
            }
        }
        let source = Box::new(Drip(text, chunk));
        let mut scanner = Scanner::new(source, Limit { depth: 8 }).unwrap();
        let mut seen = Vec::new();
        loop {
            match scanner.next() {
                Ok(Event::Eof) => return seen,
                Ok(Event::Start(tag)) => {
                    let mut line = format!("<{}", String::from_utf8_lossy(scanner.bytes(tag.name)));
                    for (name, value) in scanner.attributes(tag) {
                        write!(line, " {}={}", String::from_utf8_lossy(name), unescape(value))
                            .unwrap();
                    }
                    seen.push(line);
                }
                Ok(Event::End(name)) => {
                    seen.push(format!("/{}", String::from_utf8_lossy(scanner.bytes(name))));
                }
                Ok(Event::Text(text)) => seen.push(unescape(scanner.bytes(text)).into_owned()),
                Ok(Event::Cdata(text)) => {
                    seen.push(String::from_utf8_lossy(scanner.bytes(text)).into_owned());
                }
                Err(error) => {
                    seen.push(format!("{:?}", error.into_parts().0));
                    return seen;
                }
            }
        }
    }

    #[test]
    fn any_chunking_gives_the_same_events() {
        let text = "<?xml version='1.0'?><!-- a > b --><x:a b='1>2' c = \"&lt;&#20013;\"><d/>t&amp;\r\n<![CDATA[<&]]></x:a>\n";
        let whole = events(text.as_bytes(), 1000);
        assert_eq!(whole, ["<a b=1>2 c=<中", "<d", "/d", "t&\n", "<&", "/a",]);
        for chunk in 1..40 {
            assert_eq!(events(text.as_bytes(), chunk), whole, "{chunk}");
        }
    }

    #[test]
    fn what_is_cut_or_hostile_is_said() {
        assert_eq!(events(b"<a><b>", 9), ["<a", "<b", "Truncated"]);
        assert_eq!(events(b"<a", 9), ["Truncated"]);
        assert_eq!(events(b"<!DOCTYPE a><a/>", 9), ["Hostile"]);
        assert_eq!(events(b"</a>", 9), ["Damaged"]);
        assert_eq!(
            events("<a>".repeat(9).as_bytes(), 9).last().unwrap(),
            "TooLarge(\"--max-depth\")"
        );
    }

    #[test]
    fn utf_16_is_read() {
        let mut bytes = vec![0xFF, 0xFE];
        bytes.extend("<a>勾稽</a>".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(events(&bytes, 7), ["<a", "勾稽", "/a"]);
    }
}
