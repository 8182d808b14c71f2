//! The notes part (comments): made, or extended, never rewritten.

use std::collections::BTreeMap;

use super::WriteError;
use super::splice::Patch;
use super::xml::{self, TagKind};
use crate::model::{CellRef, Language};

/// Who writes our notes; also how they are known again.
pub(super) const AUTHOR: &str = "gouji";
/// Characters that a cell or note can hold, in UTF-16 units.
const TEXT_LIMIT: usize = 32_767;
/// Line feeds that a cell or note can hold.
const LINE_LIMIT: usize = 253;
/// Stands between a note that was there and ours.
pub(super) const SEPARATOR: &str = "\n————————\n";

/// What became of the notes of a sheet.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// New notes: they need a shape.
    pub(super) added: Vec<CellRef>,
    /// Existing notes that were extended, and all that they say now.
    pub(super) extended: BTreeMap<CellRef, String>,
    /// Cells with a threaded comment, which is left alone.
    pub(super) threaded: Vec<CellRef>,
}

/// Cuts a text to what a cell or note can hold.
pub(super) fn fitted(text: &str) -> String {
    let mut units = 0;
    let mut lines = 0;
    let mut fitted = String::with_capacity(text.len());
    for character in text.chars() {
        units += character.len_utf16();
        lines += usize::from(character == '\n');
        // Room for the ellipsis, and for escapes, which Excel counts as written.
        if units > TEXT_LIMIT - 256 || lines > LINE_LIMIT - 1 {
            fitted.push('…');
            break;
        }
        fitted.push(character);
    }
    fitted
}

fn run(prefix: &str, text: &str, language: Language) -> String {
    let font = match language {
        Language::Zh => format!(
            "<{prefix}rFont val=\"宋体\"/><{prefix}family val=\"3\"/><{prefix}charset val=\"134\"/>"
        ),
        Language::En => format!("<{prefix}rFont val=\"Tahoma\"/><{prefix}family val=\"2\"/>"),
    };
    format!(
        "<{prefix}r><{prefix}rPr><{prefix}sz val=\"9\"/><{prefix}color indexed=\"81\"/>{font}</{prefix}rPr><{prefix}t xml:space=\"preserve\">{}</{prefix}t></{prefix}r>",
        xml::escape(text)
    )
}

fn comment(prefix: &str, cell: CellRef, author: usize, text: &str, language: Language) -> String {
    format!(
        "<{prefix}comment ref=\"{cell}\" authorId=\"{author}\"><{prefix}text>{}</{prefix}text></{prefix}comment>",
        run(prefix, &fitted(text), language)
    )
}

/// A notes part for a sheet that has none.
pub(super) fn create(
    namespace: &str,
    notes: &BTreeMap<CellRef, String>,
    language: Language,
) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<comments xmlns=\"{namespace}\"><authors><author>{AUTHOR}</author></authors><commentList>"
    );
    for (cell, note) in notes {
        text.push_str(&comment("", *cell, 0, note, language));
    }
    text.push_str("</commentList></comments>");
    text
}

/// A note that is there already.
struct Existing {
    cell: CellRef,
    author: usize,
    /// Where our text goes: before `</text>` or its phonetic part.
    at: usize,
    /// `<text/>`, which has to be opened.
    empty: Option<std::ops::Range<usize>>,
    said: String,
}

/// Adds notes to a part that is there already.
pub(super) fn extend(
    patch: &mut Patch,
    notes: &BTreeMap<CellRef, String>,
    language: Language,
) -> Result<Written, WriteError> {
    let mut authors: Vec<String> = Vec::new();
    let mut existing: Vec<Existing> = Vec::new();
    let mut prefix = String::new();
    let mut open_author = None;
    let mut in_text = false;
    let mut text_from = None;
    for (at, tag) in xml::tags(&patch.bytes) {
        let end = at + tag.raw.len();
        if let Some(from) = text_from.take()
            && let Some(last) = existing.last_mut()
            && tag.closes(b"t")
        {
            last.said.push_str(&xml::unescape(&patch.bytes[from..at]));
        }
        match (tag.kind, tag.local()) {
            (TagKind::Start, b"comments") => {
                prefix = String::from_utf8_lossy(tag.prefix()).into_owned();
            }
            (TagKind::Start, b"author") => open_author = Some(end),
            (TagKind::Empty, b"author") => authors.push(String::new()),
            (TagKind::End, b"author") => {
                let from = open_author.take().unwrap_or(at);
                authors.push(xml::unescape(&patch.bytes[from..at]).into_owned());
            }
            (TagKind::Start, b"comment") => {
                let cell = tag.value("ref").and_then(|text| text.parse().ok());
                existing.push(Existing {
                    cell: cell.unwrap_or(CellRef::new(u32::MAX, 0)),
                    author: tag.number("authorId").unwrap_or(usize::MAX),
                    at: 0,
                    empty: None,
                    said: String::new(),
                });
            }
            (TagKind::Start, b"text") => in_text = true,
            (TagKind::Empty, b"text") => {
                if let Some(last) = existing.last_mut() {
                    last.empty = Some(end - 2..end);
                }
            }
            (TagKind::End, b"text") | (TagKind::Start | TagKind::Empty, b"rPh" | b"phoneticPr")
                if in_text =>
            {
                in_text = false;
                if let Some(last) = existing.last_mut() {
                    last.at = at;
                }
            }
            (TagKind::Start, b"t") if in_text => text_from = Some(end),
            _ => {}
        }
    }
    let by_cell: BTreeMap<CellRef, Existing> =
        existing.into_iter().map(|note| (note.cell, note)).collect();
    let ours = authors.iter().position(|author| author == AUTHOR);
    let author = ours.unwrap_or(authors.len());
    let mut written = Written::default();
    let mut new = String::new();
    for (cell, note) in notes {
        match by_cell.get(cell) {
            None => {
                new.push_str(&comment(&prefix, *cell, author, note, language));
                written.added.push(*cell);
            }
            Some(old) if is_threaded(&authors, old) => written.threaded.push(*cell),
            Some(old) => {
                let text = format!("{SEPARATOR}{note}");
                let text = run(&prefix, &fitted(&text), language);
                match (&old.empty, old.at) {
                    (Some(range), _) => {
                        patch.replace(range.clone(), format!(">{text}</{prefix}text>"));
                    }
                    (None, 0) => return Err(WriteError::damaged("comments")),
                    (None, at) => patch.insert(at, text),
                }
                written.extended.insert(*cell, format!("{}{SEPARATOR}{note}", old.said));
            }
        }
    }
    if !new.is_empty() {
        if ours.is_none() {
            patch.append_to(b"authors", &format!("<{prefix}author>{AUTHOR}</{prefix}author>"))?;
        }
        patch.append_to(b"commentList", &new)?;
    }
    Ok(written)
}

fn is_threaded(authors: &[String], note: &Existing) -> bool {
    authors.get(note.author).is_some_and(|author| author.starts_with("tc="))
        || note.said.starts_with("[Threaded comment]")
}

/// The cells that have a note, and what each says.
pub(super) fn texts(bytes: &[u8]) -> BTreeMap<CellRef, String> {
    let mut texts: BTreeMap<CellRef, String> = BTreeMap::new();
    let mut cell = None;
    let mut from = None;
    for (at, tag) in xml::tags(bytes) {
        if tag.opens(b"comment") {
            cell = tag.value("ref").and_then(|text| text.parse().ok());
            if let Some(cell) = cell {
                texts.entry(cell).or_default();
            }
        } else if tag.opens(b"t") && tag.kind == TagKind::Start {
            from = Some(at + tag.raw.len());
        } else if tag.closes(b"t")
            && let (Some(from), Some(cell)) = (from.take(), cell)
        {
            texts.entry(cell).or_default().push_str(&xml::unescape(&bytes[from..at]));
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extended(part: &str, cells: &[&str]) -> (Written, String) {
        let notes = cells.iter().map(|cell| (cell.parse().unwrap(), "≠ <1>".to_owned())).collect();
        let mut patch = Patch::new(part.as_bytes().to_vec());
        let written = extend(&mut patch, &notes, Language::Zh).unwrap();
        (written, String::from_utf8(patch.apply().0).unwrap())
    }

    #[test]
    fn a_note_that_is_there_is_extended_and_a_thread_left_alone() {
        let part = "<x:comments xmlns:x=\"m\"><x:authors><x:author>王</x:author><x:author>tc={1}</x:author></x:authors><x:commentList><x:comment ref=\"A1\" authorId=\"0\"><x:text><x:t>旧</x:t><x:phoneticPr/></x:text></x:comment><x:comment ref=\"B1\" authorId=\"1\"><x:text><x:t>帖</x:t></x:text></x:comment></x:commentList></x:comments>";
        let (written, text) = extended(part, &["A1", "B1", "C1"]);
        assert_eq!(written.added, ["C1".parse().unwrap()]);
        assert_eq!(written.threaded, ["B1".parse().unwrap()]);
        assert_eq!(written.extended.values().next().unwrap(), "旧\n————————\n≠ <1>");
        assert!(text.contains("</x:r><x:phoneticPr/>"), "{text}");
        assert!(text.contains("<x:author>gouji</x:author></x:authors>"));
        assert!(text.contains("<x:comment ref=\"C1\" authorId=\"2\">"));
        assert_eq!(text.matches("<x:comment ").count(), 3);
    }

    #[test]
    fn long_texts_are_cut() {
        assert!(fitted(&"数".repeat(40_000)).encode_utf16().count() < TEXT_LIMIT);
        assert!(fitted(&"a\n".repeat(400)).matches('\n').count() <= LINE_LIMIT);
    }
}
