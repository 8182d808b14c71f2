//! The parts of an OOXML package: their types, their relationships, the workbook's sheets.

use std::collections::{BTreeMap, BTreeSet};

use super::container::{Archive, Packed, percent_decoded};
use super::splice::{Cut, Patch};
use super::xml::{self, Tag};
use super::{WriteError, WriteErrorCode, container};
use crate::model::Text;

pub(super) const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
pub(super) const MAIN_STRICT: &str = "http://purl.oclc.org/ooxml/spreadsheetml/main";
pub(super) const RELATIONSHIPS: &str =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
pub(super) const RELATIONSHIPS_STRICT: &str =
    "http://purl.oclc.org/ooxml/officeDocument/relationships";
pub(super) const PACKAGE_RELATIONSHIPS: &str =
    "http://schemas.openxmlformats.org/package/2006/relationships";

const RELS: &str = "application/vnd.openxmlformats-package.relationships+xml";

/// A relationship.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relationship {
    pub(super) id: String,
    /// The last word of its type: `worksheet`, `comments`, `vmlDrawing`.
    pub(super) kind: String,
    /// The whole type.
    pub(super) uri: String,
    /// The part's name, resolved; the address as written when external.
    pub(super) target: String,
    pub(super) external: bool,
}

/// A package being changed.
pub(super) struct Package<'a> {
    pub(super) archive: &'a Archive<'a>,
    /// Parts changed in memory, by name.
    patches: BTreeMap<String, Patch>,
    /// Parts changed in a stream, by name.
    streamed: BTreeMap<String, (Packed, Vec<Cut>)>,
    /// New parts, in the order in which they are written.
    added: Vec<(String, Packed)>,
    taken: BTreeSet<String>,
    dropped: BTreeSet<String>,
    /// Relationships to be added, by part.
    related: BTreeMap<String, (String, Vec<Relationship>)>,
}

/// What a changed package is made of.
pub(super) struct Changes {
    pub(super) parts: BTreeMap<String, (Packed, Vec<Cut>)>,
    pub(super) added: Vec<(String, Packed)>,
    pub(super) dropped: BTreeSet<String>,
}

impl<'a> Package<'a> {
    pub(super) fn new(archive: &'a Archive<'a>) -> Self {
        Self {
            archive,
            patches: BTreeMap::new(),
            streamed: BTreeMap::new(),
            added: Vec::new(),
            taken: archive.entries.iter().map(|e| e.part_name().to_ascii_lowercase()).collect(),
            dropped: BTreeSet::new(),
            related: BTreeMap::new(),
        }
    }

    /// Whether the package has a part of that name.
    pub(super) fn has(&self, part: &str) -> bool {
        self.archive.find(part).is_some()
    }

    /// The part as it was given.
    pub(super) fn read(&self, part: &str) -> Result<Vec<u8>, WriteError> {
        let entry = self.archive.find(part).ok_or_else(|| WriteError::damaged(part))?;
        self.archive.read(entry)
    }

    /// The part as it is being changed.
    ///
    /// # Errors
    /// When there is none, or when it is not in UTF-8.
    pub(super) fn patch(&mut self, part: &str) -> Result<&mut Patch, WriteError> {
        let key = key(part);
        if !self.patches.contains_key(&key) {
            let bytes = self.read(part)?;
            check_text(part, &bytes)?;
            self.patches.insert(key.clone(), Patch::new(bytes));
        }
        self.patches.get_mut(&key).ok_or_else(|| WriteError::damaged(part))
    }

    /// Puts a patch made elsewhere.
    pub(super) fn put_patch(&mut self, part: &str, patch: Patch) {
        let key = key(part);
        self.patches.insert(key, patch);
    }

    /// Puts a part that was changed in a stream.
    pub(super) fn put_stream(&mut self, part: &str, packed: Packed, cuts: Vec<Cut>) {
        let key = key(part);
        self.streamed.insert(key, (packed, cuts));
    }

    /// Keeps a name for a part that is added later.
    pub(super) fn reserve(&mut self, name: &str) {
        self.taken.insert(name.to_ascii_lowercase());
    }

    /// Adds a part; its name must come from [`Self::free_name`].
    pub(super) fn add(&mut self, name: String, content: &[u8]) -> Result<(), WriteError> {
        self.taken.insert(name.to_ascii_lowercase());
        self.added.push((name, container::pack(content)?));
        Ok(())
    }

    /// Leaves a part out.
    pub(super) fn drop_part(&mut self, part: &str) {
        self.dropped.insert(part.to_ascii_lowercase());
    }

    /// A name `before` + number + `after` that no part has.
    pub(super) fn free_name(&self, before: &str, after: &str) -> String {
        let name = |number: u32| format!("{before}{number}{after}");
        let taken = |number: u32| self.taken.contains(&name(number).to_ascii_lowercase());
        // By halves, since thousands of sheets may each want one.
        let (mut last, mut free) = (0, 1);
        while taken(free) {
            (last, free) = (free, free.saturating_mul(2));
        }
        while free - last > 1 {
            let middle = last + (free - last) / 2;
            *(if taken(middle) { &mut last } else { &mut free }) = middle;
        }
        name(free)
    }

    /// The relationships of a part (`""` for the package), as given.
    pub(super) fn relationships(&self, part: &str) -> Result<Vec<Relationship>, WriteError> {
        let name = relationships_name(part);
        if !self.has(&name) {
            return Ok(Vec::new());
        }
        let bytes = self.read(&name)?;
        check_text(&name, &bytes)?;
        let mut relationships = parse_relationships(part, &bytes);
        // A part goes by the name that its entry has, escapes and all.
        for relationship in relationships.iter_mut().filter(|relationship| !relationship.external) {
            if let Some(entry) = self.archive.find(&relationship.target) {
                relationship.target = entry.part_name();
            }
        }
        Ok(relationships)
    }

    /// An id that no relationship of a part has.
    pub(super) fn free_id(&self, part: &str) -> Result<String, WriteError> {
        let own = self.relationships(part)?;
        let pending = self.related.get(&key(part)).map(|(_, added)| added);
        let taken: BTreeSet<String> = own
            .iter()
            .chain(pending.into_iter().flatten())
            .map(|relationship| relationship.id.to_ascii_lowercase())
            .collect();
        Ok((1_u32..)
            .map(|number| format!("rIdGouji{number}"))
            .find(|id| !taken.contains(&id.to_ascii_lowercase()))
            .unwrap_or_default())
    }

    /// Adds a relationship to a part, its id from [`Self::free_id`].
    pub(super) fn relate(&mut self, part: &str, id: &str, uri: String, target: &str) {
        let kind = uri.rsplit('/').next().unwrap_or_default().to_owned();
        let key = key(part);
        let own = self.related.entry(key).or_insert_with(|| (part.to_owned(), Vec::new()));
        own.1.push(Relationship {
            id: id.to_owned(),
            kind,
            uri,
            target: target.to_owned(),
            external: false,
        });
    }

    /// Writes the relationships that were added.
    fn write_relationships(&mut self) -> Result<(), WriteError> {
        for (part, added) in std::mem::take(&mut self.related).into_values() {
            let name = relationships_name(&part);
            let old = self.has(&name);
            let prefix = if old {
                root_prefix(&self.patch(&name)?.bytes, b"Relationships")
            } else {
                String::new()
            };
            let text: String = added
                .iter()
                .map(|relationship| {
                    format!(
                        "<{prefix}Relationship Id=\"{}\" Type=\"{}\" Target=\"/{}\"/>",
                        relationship.id,
                        relationship.uri,
                        xml::escape(&relationship.target)
                    )
                })
                .collect();
            if old {
                self.patch(&name)?.append_to(b"Relationships", &text)?;
            } else {
                let whole = format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Relationships xmlns=\"{PACKAGE_RELATIONSHIPS}\">{text}</Relationships>"
                );
                self.declare_extension(&name, "rels", RELS)?;
                self.add(name, whole.as_bytes())?;
            }
        }
        Ok(())
    }

    /// Declares the content type of a new part.
    pub(super) fn declare(&mut self, part: &str, content_type: &str) -> Result<(), WriteError> {
        let patch = self.patch("[Content_Types].xml")?;
        let prefix = root_prefix(&patch.bytes, b"Types");
        patch.append_to(
            b"Types",
            &format!(
                "<{prefix}Override PartName=\"/{}\" ContentType=\"{content_type}\"/>",
                xml::escape(part)
            ),
        )
    }

    /// Declares the content type of an extension, unless it is declared with another: then of the part alone.
    pub(super) fn declare_extension(
        &mut self,
        part: &str,
        extension: &str,
        content_type: &str,
    ) -> Result<(), WriteError> {
        let patch = self.patch("[Content_Types].xml")?;
        let declared = xml::tags(&patch.bytes).find_map(|(_, tag)| {
            (tag.opens(b"Default")
                && tag
                    .value("Extension")
                    .is_some_and(|found| found.eq_ignore_ascii_case(extension)))
            .then(|| tag.value("ContentType").map(std::borrow::Cow::into_owned))?
        });
        match declared {
            Some(found) if found.eq_ignore_ascii_case(content_type) => Ok(()),
            Some(_) => self.declare(part, content_type),
            None => {
                let prefix = root_prefix(&patch.bytes, b"Types");
                let element = format!(
                    "<{prefix}Default Extension=\"{extension}\" ContentType=\"{content_type}\"/>"
                );
                if patch.mentions(&element) {
                    return Ok(());
                }
                patch.append_to(b"Types", &element)
            }
        }
    }

    /// All that is changed.
    pub(super) fn finish(mut self) -> Result<Changes, WriteError> {
        self.write_relationships()?;
        let mut parts = self.streamed;
        for (name, patch) in self.patches {
            if !patch.is_changed() {
                continue;
            }
            let (bytes, cuts) = patch.apply();
            parts.insert(name, (container::pack(&bytes)?, cuts));
        }
        Ok(Changes { parts, added: self.added, dropped: self.dropped })
    }
}

/// A part's name as it is looked up.
fn key(part: &str) -> String {
    part.trim_start_matches('/').to_ascii_lowercase()
}

/// Refuses what cannot be patched as bytes.
pub(super) fn check_text(part: &str, bytes: &[u8]) -> Result<(), WriteError> {
    if !xml::is_utf8(&bytes[..bytes.len().min(200)]) {
        return Err(WriteError::encoding(part));
    }
    if xml::has_doctype(bytes) {
        return Err(WriteError::unsupported(format!("{part}: DOCTYPE")));
    }
    Ok(())
}

fn root_prefix(bytes: &[u8], local: &[u8]) -> String {
    xml::tags(bytes)
        .find(|(_, tag)| tag.opens(local))
        .map(|(_, tag)| String::from_utf8_lossy(tag.prefix()).into_owned())
        .unwrap_or_default()
}

/// `xl/_rels/workbook.xml.rels`
pub(super) fn relationships_name(part: &str) -> String {
    let part = part.trim_start_matches('/');
    match part.rsplit_once('/') {
        Some((folder, file)) => format!("{folder}/_rels/{file}.rels"),
        None => format!("_rels/{part}.rels"),
    }
}

pub(super) fn parse_relationships(part: &str, bytes: &[u8]) -> Vec<Relationship> {
    xml::tags(bytes)
        .filter(|(_, tag)| tag.opens(b"Relationship"))
        .filter_map(|(_, tag)| {
            let uri = tag.value("Type")?.into_owned();
            let external = tag.value("TargetMode").is_some_and(|mode| mode == "External");
            let target = tag.value("Target")?;
            Some(Relationship {
                id: tag.value("Id")?.into_owned(),
                kind: uri.rsplit('/').next().unwrap_or_default().to_owned(),
                // `#Sheet1!A1` leads nowhere outside the part itself.
                target: match (external, target.starts_with('#')) {
                    (true, _) => target.into_owned(),
                    (false, true) => String::new(),
                    (false, false) => resolve(part, &target),
                },
                uri,
                external,
            })
        })
        .collect()
}

/// The part that a target names, seen from a part.
pub(super) fn resolve(part: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let target = target.split('#').next().unwrap_or_default();
    let mut path: Vec<&str> = Vec::new();
    if !target.starts_with('/') {
        path.extend(part.trim_start_matches('/').split('/'));
        path.pop();
    }
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            step => path.push(step),
        }
    }
    percent_decoded(&path.join("/"))
}

/// A sheet as the workbook lists it.
#[derive(Clone, Debug)]
pub(super) struct SheetEntry {
    pub(super) name: String,
    pub(super) id: u32,
    pub(super) part: String,
    /// The id of its relationship is given (old macro modules are listed without one).
    pub(super) linked: bool,
    /// A worksheet, not a chart sheet or a dialog.
    pub(super) worksheet: bool,
}

/// What the workbook part says.
#[derive(Clone, Debug)]
pub(super) struct Book {
    /// The workbook's part.
    pub(super) part: String,
    pub(super) sheets: Vec<SheetEntry>,
    pub(super) strict: bool,
    /// The structure is locked, so that no sheet may be added.
    pub(super) locked: bool,
    pub(super) relationships: Vec<Relationship>,
}

impl Book {
    /// Reads the workbook part.
    pub(super) fn open(package: &Package<'_>) -> Result<Self, WriteError> {
        let root = package.relationships("")?;
        let part = root
            .iter()
            .find(|relationship| relationship.kind == "officeDocument" && !relationship.external)
            .map(|relationship| relationship.target.clone())
            .ok_or_else(not_a_workbook)?;
        let bytes = package.read(&part)?;
        check_text(&part, &bytes)?;
        let relationships = package.relationships(&part)?;
        let mut book =
            Self { part, sheets: Vec::new(), strict: false, locked: false, relationships };
        let mut root = true;
        for (_, tag) in xml::tags(&bytes) {
            if tag.opens(b"workbook") && root {
                book.strict = xml::prefix_of(&tag, &[MAIN_STRICT]).is_some();
                if !book.strict && xml::prefix_of(&tag, &[MAIN]).is_none() {
                    return Err(not_a_workbook());
                }
                root = false;
            } else if tag.opens(b"workbookProtection") {
                book.locked = tag.flag("lockStructure");
            } else if tag.opens(b"sheet") {
                book.push(&tag);
            }
        }
        if root {
            return Err(not_a_workbook());
        }
        Ok(book)
    }

    fn push(&mut self, tag: &Tag<'_>) {
        let id = tag.local_value("id");
        let target = self
            .relationships
            .iter()
            .find(|relationship| id.as_deref() == Some(&relationship.id) && !relationship.external);
        self.sheets.push(SheetEntry {
            name: tag.value("name").unwrap_or_default().into_owned(),
            id: tag.number("sheetId").unwrap_or(0),
            part: target.map(|target| target.target.clone()).unwrap_or_default(),
            linked: id.as_deref().is_some_and(|id| !id.is_empty()),
            worksheet: target.is_some_and(|target| target.kind == "worksheet"),
        });
    }

    /// The type of a relationship in the workbook's own dialect.
    pub(super) fn uri(&self, kind: &str) -> String {
        // Old drawings are not part of strict OOXML; Excel keeps their old type there.
        let base =
            if self.strict && kind != "vmlDrawing" { RELATIONSHIPS_STRICT } else { RELATIONSHIPS };
        format!("{base}/{kind}")
    }

    /// The namespace of cells in the workbook's own dialect.
    pub(super) fn namespace(&self) -> &'static str {
        if self.strict { MAIN_STRICT } else { MAIN }
    }

    /// The namespace of `r:id` in the workbook's own dialect.
    pub(super) fn relationships_namespace(&self) -> &'static str {
        if self.strict { RELATIONSHIPS_STRICT } else { RELATIONSHIPS }
    }

    /// The sheet of that name, compared without case.
    pub(super) fn sheet(&self, name: &str) -> Option<&SheetEntry> {
        let lower = name.to_lowercase();
        self.sheets
            .iter()
            .find(|sheet| sheet.name == name)
            .or_else(|| self.sheets.iter().find(|sheet| sheet.name.to_lowercase() == lower))
    }
}

pub(super) fn not_a_workbook() -> WriteError {
    WriteError::new(
        WriteErrorCode::NotAWorkbook,
        Text::new("不是 Excel 工作簿", "not an Excel workbook"),
        Text::new("请提供 .xlsx、.xlsm 或 .ods 文件", "give an .xlsx, .xlsm or .ods file"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_resolved_as_readers_do() {
        for (part, target, found) in [
            ("xl/workbook.xml", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl/workbook.xml", "/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl/worksheets/sheet1.xml", "../comments1.xml", "xl/comments1.xml"),
            ("xl/worksheets/sheet1.xml", "..\\drawings\\vml1.vml", "xl/drawings/vml1.vml"),
            ("", "xl/workbook.xml", "xl/workbook.xml"),
            ("xl/workbook.xml", "worksheets/%E8%A1%A81.xml", "xl/worksheets/表1.xml"),
        ] {
            assert_eq!(resolve(part, target), found);
        }
        assert_eq!(relationships_name("xl/workbook.xml"), "xl/_rels/workbook.xml.rels");
        assert_eq!(relationships_name(""), "_rels/.rels");
    }
}
