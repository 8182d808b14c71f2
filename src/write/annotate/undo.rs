//! What an annotated copy remembers, so that its marks can be taken off: every part is what it was to the byte; the zip
//! around them is packed anew, so that the file as a whole may differ.
//!
//! A small part of our own lists, for each part that was changed, where bytes were put in and what was there before. A
//! part that somebody changed since is known by its checksum in the zip directory.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::container::{Archive, Builder, PartWriter};
use super::package::Changes;
use super::plan::Origin;
use super::splice::{Cut, Restore};
use super::{WriteError, WriteErrorCode, container, xml};
use crate::model::{Text, bytes_of_hexadecimal, hexadecimal};

/// The namespace of our part, by which it is known.
pub(super) const NAMESPACE: &str = "urn:gouji:marks:1";

/// One changed part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// Checksum and size before.
    pub(super) before: (u32, u64),
    /// Checksum and size as we wrote it.
    after: (u32, u64),
    pub(super) cuts: Vec<Cut>,
}

/// The archive with its changes, and the record of them as one more part of that name.
pub(super) fn assemble(
    archive: &Archive<'_>,
    changes: &Changes,
    origin: &Origin,
    part: &str,
) -> Result<Vec<u8>, WriteError> {
    let mut record = Record::of(archive, changes, origin)?;
    record.added.insert(part.to_owned());
    let capacity: usize = archive.entries.iter().map(|entry| entry.compressed as usize + 200).sum();
    let mut builder = Builder::with_capacity(capacity);
    for entry in &archive.entries {
        let key = entry.part_name().to_ascii_lowercase();
        if changes.dropped.contains(&key) {
            continue;
        }
        match changes.parts.get(&key) {
            Some((packed, _)) => builder.replace(entry, packed)?,
            None => builder.copy(archive, entry)?,
        }
    }
    for (name, packed) in &changes.added {
        builder.add(name, packed)?;
    }
    builder.add(part, &container::pack(record.to_xml().as_bytes())?)?;
    builder.finish()
}

/// All that is needed to go back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) parts: BTreeMap<String, Part>,
    pub(super) added: BTreeSet<String>,
    /// Parts that were left out (a signature): place among the entries, name, content.
    removed: Vec<(usize, String, Vec<u8>)>,
    /// The submitted file.
    pub(super) origin: Origin,
}

impl Record {
    /// What to remember of a change.
    fn of(archive: &Archive<'_>, changes: &Changes, origin: &Origin) -> Result<Self, WriteError> {
        let mut record = Self { origin: origin.clone(), ..Self::default() };
        for (index, entry) in archive.entries.iter().enumerate() {
            let name = entry.part_name();
            let key = name.to_ascii_lowercase();
            if changes.dropped.contains(&key) {
                record.removed.push((index, name, archive.read(entry)?));
            } else if let Some((packed, cuts)) = changes.parts.get(&key) {
                let part = Part {
                    before: (entry.crc, entry.size),
                    after: (packed.crc, packed.size),
                    cuts: cuts.clone(),
                };
                record.parts.insert(name, part);
            }
        }
        record.added = changes.added.iter().map(|(name, _)| name.clone()).collect();
        Ok(record)
    }

    /// The record as our part's content.
    pub(super) fn to_xml(&self) -> String {
        let mut text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<marks xmlns=\"{NAMESPACE}\"{}>",
            self.origin_attributes()
        );
        for remark in &self.origin.conversion {
            text.push_str(&format!(
                "<conversion zh=\"{}\" en=\"{}\"/>",
                xml::escape(&remark.zh),
                xml::escape(&remark.en)
            ));
        }
        for (name, part) in &self.parts {
            text.push_str(&format!(
                "<part name=\"{}\" before=\"{:08x}:{}\" after=\"{:08x}:{}\">",
                xml::escape(name),
                part.before.0,
                part.before.1,
                part.after.0,
                part.after.1
            ));
            for cut in &part.cuts {
                text.push_str(&format!("<cut at=\"{}\" take=\"{}\"", cut.at, cut.take));
                if !cut.put.is_empty() {
                    text.push_str(&format!(" put=\"{}\"", hexadecimal(&cut.put)));
                }
                text.push_str("/>");
            }
            text.push_str("</part>");
        }
        for name in &self.added {
            text.push_str(&format!("<added name=\"{}\"/>", xml::escape(name)));
        }
        for (index, name, content) in &self.removed {
            text.push_str(&format!(
                "<removed index=\"{index}\" name=\"{}\" content=\"{}\"/>",
                xml::escape(name),
                hexadecimal(content)
            ));
        }
        text.push_str("</marks>");
        text
    }

    fn origin_attributes(&self) -> String {
        let Origin { name, sha256, .. } = &self.origin;
        if name.is_empty() {
            return String::new();
        }
        format!(" name=\"{}\" sha256=\"{}\"", xml::escape(name), xml::escape(sha256))
    }

    /// Reads our part; `None` when it is not ours.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut record = Self::default();
        let mut root = false;
        let mut open: Option<(String, Part)> = None;
        for (_, tag) in xml::tags(bytes) {
            match (tag.kind, tag.local()) {
                (xml::TagKind::Other, _) => {}
                (xml::TagKind::Start | xml::TagKind::Empty, b"marks") => {
                    root = tag.raw_value("xmlns") == Some(NAMESPACE.as_bytes());
                    record.origin.name = tag.value("name").unwrap_or_default().into_owned();
                    record.origin.sha256 = tag.value("sha256").unwrap_or_default().into_owned();
                }
                _ if !root => return None,
                (xml::TagKind::Start, b"part") => {
                    let pair = |name: &str| {
                        let text = tag.value(name)?;
                        let (crc, size) = text.split_once(':')?;
                        Some((u32::from_str_radix(crc, 16).ok()?, size.parse().ok()?))
                    };
                    let part =
                        Part { before: pair("before")?, after: pair("after")?, cuts: Vec::new() };
                    open = Some((tag.value("name")?.into_owned(), part));
                }
                (xml::TagKind::Empty, b"cut") => open.as_mut()?.1.cuts.push(Cut {
                    at: tag.number("at")?,
                    take: tag.number("take")?,
                    put: bytes_of_hexadecimal(tag.raw_value("put").unwrap_or_default())?,
                }),
                (xml::TagKind::End, b"part") => {
                    let (name, part) = open.take()?;
                    record.parts.insert(name, part);
                }
                (xml::TagKind::Empty, b"conversion") => record.origin.conversion.push(Text::new(
                    tag.value("zh").unwrap_or_default(),
                    tag.value("en").unwrap_or_default(),
                )),
                (xml::TagKind::Empty, b"added") => {
                    record.added.insert(tag.value("name")?.into_owned());
                }
                (xml::TagKind::Empty, b"removed") => record.removed.push((
                    tag.number("index")?,
                    tag.value("name")?.into_owned(),
                    bytes_of_hexadecimal(tag.raw_value("content")?)?,
                )),
                _ => {}
            }
        }
        root.then_some(record)
    }

    /// Whether every part that we changed is as we wrote it.
    pub(super) fn is_current(&self, archive: &Archive<'_>) -> bool {
        self.parts.iter().all(|(name, part)| {
            archive.find(name).is_some_and(|entry| (entry.crc, entry.size) == part.after)
        })
    }

    /// The workbook as it was before.
    pub(super) fn undo(&self, archive: &Archive<'_>) -> Result<Vec<u8>, WriteError> {
        let mut builder = Builder::with_capacity(1 << 16);
        let mut removed = self.removed.iter().peekable();
        let mut place = 0;
        for entry in &archive.entries {
            while let Some((_, name, content)) = removed.next_if(|(at, ..)| *at == place) {
                builder.add(name, &super::container::pack(content)?)?;
                place += 1;
            }
            let name = entry.part_name();
            if self.added.contains(&name) {
                continue;
            }
            place += 1;
            let Some(part) = self.parts.get(&name) else {
                builder.copy(archive, entry)?;
                continue;
            };
            let mut back = Restore::new(archive.stream(entry)?, &part.cuts);
            let mut writer = PartWriter::new();
            io::copy(&mut back, &mut writer)
                .map_err(|error| WriteError::damaged(error.to_string()))?;
            let packed = writer.finish()?;
            if (packed.crc, packed.size) != part.before {
                return Err(WriteError::damaged(name));
            }
            builder.replace(entry, &packed)?;
        }
        for (_, name, content) in removed {
            builder.add(name, &super::container::pack(content)?)?;
        }
        builder.finish()
    }
}

/// There is nothing of ours in the file.
pub(super) fn not_annotated() -> WriteError {
    WriteError::new(
        WriteErrorCode::NotAnnotated,
        Text::new("文件中没有 gouji 的标注", "there are no marks of gouji in this file"),
        Text::new("请给出由 gouji annotate 生成的副本", "give a copy made by gouji annotate"),
    )
}

/// The copy was saved by another program since.
pub(super) fn edited() -> WriteError {
    WriteError::new(
        WriteErrorCode::NotAnnotated,
        Text::new(
            "标注副本之后又被编辑保存过，无法恢复各部件的原样",
            "the annotated copy was edited and saved since, so its parts cannot be restored to the byte",
        ),
        Text::new("请使用原始文件", "use the original file"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back() {
        let mut record = Record::default();
        let cuts = vec![
            Cut { at: 5, take: 2, put: b"1".to_vec() },
            Cut { at: 9, take: 3, put: Vec::new() },
        ];
        record.parts.insert(
            "xl/表\"1.xml".to_owned(),
            Part { before: (0xdead_beef, 10), after: (7, 14), cuts },
        );
        record.added.insert("xl/a.xml".to_owned());
        record.removed.push((3, "_xmlsignatures/sig1.xml".to_owned(), vec![0, 255]));
        record.origin = Origin {
            name: "决算\"1\".xls".to_owned(),
            sha256: "00ff".to_owned(),
            conversion: vec![Text::new("转换", "converted")],
        };
        assert_eq!(Record::parse(record.to_xml().as_bytes()), Some(record));
        assert_eq!(Record::parse(b"<other/>"), None);
    }
}
