//! XML seen as bytes: where a tag begins and ends, where an attribute's value lies.
//!
//! Nothing is parsed into a tree and written again: a part is patched by inserting bytes, so that all that we do not
//! understand stays as it is. Names are compared by their local part; prefixes are the file's own.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memmem};

pub(crate) use super::xml::unescape;

/// The kinds of markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagKind {
    /// `<a>`
    Start,
    /// `<a/>`
    Empty,
    /// `</a>`
    End,
    /// A comment, CDATA section, processing instruction or document type.
    Other,
}

/// One piece of markup, `<` to `>`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag<'a> {
    pub(crate) raw: &'a [u8],
    pub(crate) kind: TagKind,
    name_end: usize,
}

/// The end of the markup that begins with the `<` at the front; `None` when it is not there yet.
pub(crate) fn markup_end(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? {
        b'!' => {
            if bytes.len() < 9 {
                // Too short to tell what it is; a document type is longer.
                return None;
            }
            if bytes.starts_with(b"<!--") {
                memmem::find(&bytes[4..], b"-->").map(|at| at + 7)
            } else if bytes.starts_with(b"<![CDATA[") {
                memmem::find(bytes, b"]]>").map(|at| at + 3)
            } else {
                memchr(b'>', bytes).map(|at| at + 1)
            }
        }
        b'?' => memmem::find(bytes, b"?>").map(|at| at + 2),
        _ => {
            let mut quote = 0_u8;
            for (at, &byte) in bytes.iter().enumerate() {
                if quote != 0 {
                    if byte == quote {
                        quote = 0;
                    }
                } else if byte == b'>' {
                    return Some(at + 1);
                } else if byte == b'"' || byte == b'\'' {
                    quote = byte;
                }
            }
            None
        }
    }
}

impl<'a> Tag<'a> {
    /// The tag in `raw`, which runs from `<` to `>`.
    pub(crate) fn new(raw: &'a [u8]) -> Self {
        let kind = match raw.get(1) {
            Some(b'/') => TagKind::End,
            Some(b'!' | b'?') => TagKind::Other,
            _ if raw.ends_with(b"/>") => TagKind::Empty,
            _ => TagKind::Start,
        };
        let start = if kind == TagKind::End { 2 } else { 1 };
        let name_end = raw[start.min(raw.len())..]
            .iter()
            .position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'>' | b'/'))
            .map_or(raw.len(), |at| at + start);
        Self { raw, kind, name_end }
    }

    /// The name with its prefix.
    pub(crate) fn name(&self) -> &'a [u8] {
        let start = if self.kind == TagKind::End { 2 } else { 1 };
        &self.raw[start..self.name_end]
    }

    /// The name without its prefix.
    pub(crate) fn local(&self) -> &'a [u8] {
        let name = self.name();
        memchr(b':', name).map_or(name, |at| &name[at + 1..])
    }

    /// The prefix with its colon, or nothing.
    pub(crate) fn prefix(&self) -> &'a [u8] {
        let name = self.name();
        memchr(b':', name).map_or(&[], |at| &name[..=at])
    }

    /// Where the name ends.
    pub(crate) fn name_end(&self) -> usize {
        self.name_end
    }

    /// Whether the tag opens an element (`<a>` or `<a/>`) of that local name.
    pub(crate) fn opens(&self, local: &[u8]) -> bool {
        matches!(self.kind, TagKind::Start | TagKind::Empty) && self.local() == local
    }

    /// Whether it is `</local>`.
    pub(crate) fn closes(&self, local: &[u8]) -> bool {
        self.kind == TagKind::End && self.local() == local
    }

    /// The attributes: name, and the range of the value within `raw`, quotes excluded.
    pub(crate) fn attributes(&self) -> Attributes<'a> {
        Attributes { raw: self.raw, at: self.name_end }
    }

    /// Where an attribute's value lies within `raw`.
    pub(crate) fn value_range(&self, name: &str) -> Option<Range<usize>> {
        self.attributes().find(|(found, _)| *found == name.as_bytes()).map(|(_, range)| range)
    }

    /// An attribute's value as written, by its full name.
    pub(crate) fn raw_value(&self, name: &str) -> Option<&'a [u8]> {
        self.value_range(name).map(|range| &self.raw[range])
    }

    /// An attribute's value, entities resolved, by its full name.
    pub(crate) fn value(&self, name: &str) -> Option<Cow<'a, str>> {
        self.raw_value(name).map(unescape)
    }

    /// An attribute's value by its local name, whatever its prefix.
    pub(crate) fn local_value(&self, local: &str) -> Option<Cow<'a, str>> {
        self.attributes()
            .find(|(name, _)| {
                let at = memchr(b':', name).map_or(0, |at| at + 1);
                &name[at..] == local.as_bytes()
            })
            .map(|(_, range)| unescape(&self.raw[range]))
    }

    /// An attribute's value as a number.
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        std::str::from_utf8(self.raw_value(name)?).ok()?.trim().parse().ok()
    }

    /// Whether a boolean attribute is set.
    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(self.raw_value(name), Some(b"1" | b"true" | b"on"))
    }
}

/// Iterates over the attributes of a tag.
#[derive(Clone, Debug)]
pub(crate) struct Attributes<'a> {
    raw: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a [u8], Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let raw = self.raw;
        let mut at = self.at;
        while raw.get(at)?.is_ascii_whitespace() {
            at += 1;
        }
        let start = at;
        while !matches!(raw.get(at)?, b'=' | b' ' | b'\t' | b'\r' | b'\n' | b'>') {
            at += 1;
        }
        let name = &raw[start..at];
        if name.is_empty() || name == b"/" || name == b"?" {
            return None;
        }
        while raw.get(at)?.is_ascii_whitespace() {
            at += 1;
        }
        if *raw.get(at)? != b'=' {
            return None;
        }
        at += 1;
        while raw.get(at)?.is_ascii_whitespace() {
            at += 1;
        }
        let quote = *raw.get(at)?;
        if quote != b'"' && quote != b'\'' {
            return None;
        }
        let end = at + 1 + memchr(quote, &raw[at + 1..])?;
        self.at = end + 1;
        Some((name, at + 1..end))
    }
}

/// The markup of a part in memory, with its offset.
pub(crate) fn tags(bytes: &[u8]) -> Tags<'_> {
    Tags { bytes, at: 0 }
}

/// See [`tags`].
#[derive(Clone, Debug)]
pub(crate) struct Tags<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Tags<'a> {
    type Item = (usize, Tag<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at + memchr(b'<', &self.bytes[self.at..])?;
        let end = start + markup_end(&self.bytes[start..])?;
        self.at = end;
        Some((start, Tag::new(&self.bytes[start..end])))
    }
}

/// Text for an element or an attribute of a spreadsheet.
///
/// Control characters that XML cannot hold are written as Excel writes them (`_x000B_`), and text that looks like that
/// already is escaped the same way, so that it reads back as it was.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let bytes = text.as_bytes();
    for (at, character) in text.char_indices() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '_' if looks_escaped(&bytes[at..]) => escaped.push_str("_x005F_"),
            '\n' | '\t' => escaped.push(character),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push_str(&format!("_x{:04X}_", u32::from(character)));
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

fn looks_escaped(bytes: &[u8]) -> bool {
    bytes.len() >= 7
        && bytes[1] == b'x'
        && bytes[6] == b'_'
        && bytes[2..6].iter().all(u8::is_ascii_hexdigit)
}

/// Whether a part is written in UTF-8 (or ASCII), which is all that we patch.
pub(crate) fn is_utf8(head: &[u8]) -> bool {
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) || head.contains(&0) {
        return false;
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if !head.starts_with(b"<?xml") {
        return true;
    }
    let end = memmem::find(head, b"?>").unwrap_or(head.len());
    let declaration = String::from_utf8_lossy(&head[..end]).to_ascii_lowercase();
    match declaration.split_once("encoding") {
        Some((_, rest)) => {
            let name = rest.trim_start_matches([' ', '\t', '\r', '\n', '=', '"', '\'']);
            name.starts_with("utf-8") || name.starts_with("utf8") || name.starts_with("us-ascii")
        }
        None => true,
    }
}

/// Whether a document type is declared, which a workbook has no use for.
pub(crate) fn has_doctype(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    memmem::find(head, b"<!DOCTYPE").is_some()
}

/// The prefix (with its colon) that the root binds to one of these namespaces; `None` when it binds none.
pub(crate) fn prefix_of(root: &Tag<'_>, namespaces: &[&str]) -> Option<String> {
    root.attributes().find_map(|(name, range)| {
        let bound = &root.raw[range];
        if !namespaces.iter().any(|namespace| namespace.as_bytes() == bound) {
            return None;
        }
        if name == b"xmlns" {
            return Some(String::new());
        }
        let prefix = name.strip_prefix(b"xmlns:")?;
        Some(format!("{}:", String::from_utf8_lossy(prefix)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_ends_outside_its_quotes() {
        let text = br#"<a b="x>y" c='"'/>tail"#;
        let end = markup_end(text).unwrap();
        let tag = Tag::new(&text[..end]);
        assert_eq!(tag.kind, TagKind::Empty);
        assert_eq!(tag.value("b").unwrap(), "x>y");
        assert_eq!(tag.value("c").unwrap(), "\"");
        assert_eq!(markup_end(b"<a b=\"x>"), None);
    }

    #[test]
    fn comments_and_character_data_are_one_piece() {
        let text = b"<!-- <c> --><![CDATA[<c>]]><c/>";
        let kinds: Vec<TagKind> = tags(text).map(|(_, tag)| tag.kind).collect();
        assert_eq!(kinds, [TagKind::Other, TagKind::Other, TagKind::Empty]);
    }

    #[test]
    fn text_survives_escaping() {
        assert_eq!(escape("a\u{b}<_x000B_>_x"), "a_x000B_&lt;_x005F_x000B_&gt;_x");
        assert_eq!(unescape(b"&#x6838;&amp;&lt;&bogus;"), "核&<&bogus;");
    }

    #[test]
    fn attributes_are_found_by_name_and_by_local_name() {
        let tag = Tag::new(b"<x:sheet name=\"a\" r:id = 'rId1' />");
        assert_eq!(tag.local(), b"sheet");
        assert_eq!(tag.prefix(), b"x:");
        assert_eq!(tag.local_value("id").unwrap(), "rId1");
        assert_eq!(tag.raw_value("r:id").unwrap(), b"rId1");
        assert_eq!(tag.raw_value("id"), None);
    }
}
