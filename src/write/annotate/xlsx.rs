//! The patcher of OOXML workbooks: .xlsx, .xlsm, .xltx, transitional and strict.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};

use super::container::{Archive, Builder, Packed};
use super::package::{self, Book, Package};
use super::plan::{Origin, Plan};
use super::sheet::{Facts, Job};
use super::splice::Cut;
use super::styles::{Paint, Painter, Palette, StyleSheet};
use super::undo::{self, Record};
use super::walk::Walk;
use super::xml::TagKind;
use super::{
    Annotated, WriteError, WriteErrorCode, ahead, container, notes, sheet, sheet_title, styles,
    summary, vml, xml,
};
use crate::model::{CellRef, Text};

const WORKSHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml";
const STYLES: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml";
const COMMENTS: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml";
const VML: &str = "application/vnd.openxmlformats-officedocument.vmlDrawing";
const CUSTOM_PROPERTIES: &str =
    "application/vnd.openxmlformats-officedocument.customXmlProperties+xml";

/// A cell to be marked: its fill, and the lines of its note.
#[derive(Clone, Debug)]
struct Target {
    paint: Paint,
    notes: Vec<String>,
}

type Targets = BTreeMap<CellRef, Target>;

/// Marks a workbook that has no marks of ours.
pub(super) fn annotate(archive: &Archive<'_>, plan: &Plan) -> Result<Annotated, WriteError> {
    let mut package = Package::new(archive);
    let book = Book::open(&package)?;
    let by_sheet = targets(&book, plan)?;
    let mut work = Work::open(&mut package, &book, plan)?;
    work.drop_signatures()?;
    let title = free_title(&book, sheet_title(plan.language));
    let rows = if book.locked { BTreeMap::new() } else { summary::places(plan) };
    for (index, targets) in by_sheet {
        let links = rows
            .iter()
            .filter(|((name, _), _)| *name == book.sheets[index].name)
            .map(|((_, cell), row)| (*cell, summary::location(&title, CellRef::new(row - 1, 0))))
            .collect();
        work.mark_sheet(index, targets, links)?;
    }
    let separate = work.add_summary(&title)?;
    work.finish_styles()?;
    let Work { remarks, painted, noted, .. } = work;
    let bytes = assemble(archive, package, &book, &plan.summary.origin)?;
    Ok(Annotated {
        bytes,
        extension: extension(archive, &book),
        converted: false,
        again: false,
        separate_summary: separate,
        remarks,
        marked: painted,
        noted,
    })
}

/// The extension by the main part's content type.
fn extension(archive: &Archive<'_>, book: &Book) -> &'static str {
    let types = archive
        .find("[Content_Types].xml")
        .and_then(|entry| archive.read(entry).ok())
        .unwrap_or_default();
    let own = xml::tags(&types).find_map(|(_, tag)| {
        let name = tag.value("PartName")?;
        name.trim_start_matches('/')
            .eq_ignore_ascii_case(&book.part)
            .then(|| tag.value("ContentType").map(std::borrow::Cow::into_owned))?
    });
    match own.as_deref() {
        Some(found) if found.contains("template.macroEnabled") => "xltm",
        Some(found) if found.contains("macroEnabled") => "xlsm",
        Some(found) if found.contains("template") => "xltx",
        _ => "xlsx",
    }
}

/// Marks by sheet, several on one cell joined.
fn targets(book: &Book, plan: &Plan) -> Result<BTreeMap<usize, Targets>, WriteError> {
    let mut by_sheet: BTreeMap<usize, Targets> = BTreeMap::new();
    for mark in &plan.marks {
        let known = book
            .sheet(&mark.sheet)
            .and_then(|sheet| book.sheets.iter().position(|other| std::ptr::eq(other, sheet)));
        let Some(index) = known.filter(|_| mark.cell.on_grid()) else {
            return Err(no_such_cell(&mark.sheet, mark.cell));
        };
        let target = by_sheet
            .entry(index)
            .or_default()
            .entry(mark.cell)
            .or_insert(Target { paint: Paint::Term, notes: Vec::new() });
        target.paint = target.paint.max(mark.kind.paint());
        target.notes.extend(mark.note.clone());
    }
    Ok(by_sheet)
}

pub(super) fn no_such_cell(sheet: &str, cell: CellRef) -> WriteError {
    WriteError::new(
        WriteErrorCode::NoSuchCell,
        Text::new(format!("没有单元格 {sheet}!{cell}"), format!("there is no cell {sheet}!{cell}")),
        Text::new("请核对工作表名和单元格地址", "check the sheet's name and the cell's address"),
    )
}

/// A sheet name that no sheet has.
pub(super) fn free_title(book: &Book, wanted: &str) -> String {
    let taken: BTreeSet<String> =
        book.sheets.iter().map(|sheet| sheet.name.to_lowercase()).collect();
    std::iter::once(wanted.to_owned())
        .chain((2_u32..).map(|number| format!("{wanted} ({number})")))
        .find(|name| !taken.contains(&name.to_lowercase()))
        .unwrap_or_default()
}

struct Work<'w, 'a> {
    package: &'w mut Package<'a>,
    book: &'w Book,
    plan: &'w Plan,
    styles_part: String,
    styles: StyleSheet,
    palette: Palette,
    /// It was said that there are too many formats.
    exhausted: bool,
    /// The workbook had no style sheet.
    new_styles: bool,
    ids: Option<vml::Ids>,
    remarks: Vec<Text>,
    painted: usize,
    noted: usize,
}

impl<'w, 'a> Work<'w, 'a> {
    fn open(
        package: &'w mut Package<'a>,
        book: &'w Book,
        plan: &'w Plan,
    ) -> Result<Self, WriteError> {
        let known = book.relationships.iter().find(|relationship| {
            relationship.kind == "styles" && package.has(&relationship.target)
        });
        let (part, bytes) = match known {
            Some(relationship) => {
                let bytes = package.read(&relationship.target)?;
                package::check_text(&relationship.target, &bytes)?;
                (relationship.target.clone(), bytes)
            }
            None => (
                // The name that readers expect who do not follow relationships.
                if package.has("xl/styles.xml") {
                    package.free_name("xl/styles", ".xml")
                } else {
                    "xl/styles.xml".to_owned()
                },
                styles::blank(book.namespace()).into_bytes(),
            ),
        };
        Ok(Self {
            styles: StyleSheet::parse(bytes)?,
            styles_part: part,
            palette: Palette::default(),
            exhausted: false,
            new_styles: known.is_none(),
            package,
            book,
            plan,
            ids: None,
            remarks: Vec::new(),
            painted: 0,
            noted: 0,
        })
    }

    /// A signature cannot survive any change: it goes, and that is said.
    fn drop_signatures(&mut self) -> Result<(), WriteError> {
        let root = self.package.relationships("")?;
        let Some(origin) = root
            .iter()
            .find(|relationship| relationship.uri.ends_with("/digital-signature/origin"))
        else {
            return Ok(());
        };
        let folder = origin.target.rsplit_once('/').map_or("_xmlsignatures", |(folder, _)| folder);
        let inside = format!("{}/", folder.to_ascii_lowercase());
        let gone: Vec<String> = self
            .package
            .archive
            .entries
            .iter()
            .map(|entry| entry.part_name().to_ascii_lowercase())
            .filter(|name| name.starts_with(&inside))
            .collect();
        for part in &gone {
            self.package.drop_part(part);
        }
        remove_tags(self.package.patch("_rels/.rels")?, |tag| {
            tag.value("Id").as_deref() == Some(&origin.id)
        });
        remove_tags(self.package.patch("[Content_Types].xml")?, |tag| {
            tag.value("PartName").is_some_and(|name| {
                gone.contains(&name.trim_start_matches('/').to_ascii_lowercase())
            })
        });
        self.remarks.push(Text::new(
            "原文件带有数字签名；任何改动都会使签名失效，因此标注副本中已去除签名，原文件未动。",
            "The file is digitally signed; any change breaks a signature, so the copy carries none. The original is untouched.",
        ));
        Ok(())
    }

    fn mark_sheet(
        &mut self,
        index: usize,
        mut targets: Targets,
        links: BTreeMap<CellRef, String>,
    ) -> Result<(), WriteError> {
        let entry = &self.book.sheets[index];
        if !entry.worksheet || !self.package.has(&entry.part) {
            self.remarks.push(Text::new(
                format!("工作表“{}”不是普通工作表，未加标注，见核对结果。", entry.name),
                format!("“{}” is no worksheet and is not marked; see the results.", entry.name),
            ));
            return Ok(());
        }
        let part = entry.part.clone();
        let related = self.package.relationships(&part)?;
        let find = |kind: &str| {
            related
                .iter()
                .find(|relationship| relationship.kind == kind && !relationship.external)
                .map(|relationship| relationship.target.clone())
                .filter(|target| self.package.has(target))
        };
        let comments = find("comments");
        let drawing = self.package.free_id(&part)?;
        let wants_drawing =
            |targets: &Targets| targets.iter().any(|(_, target)| !target.notes.is_empty());
        let mut job = Job {
            marks: BTreeMap::new(),
            drawing: None,
            links,
            tooltip: match self.plan.language {
                crate::model::Language::Zh => "查看核对结果",
                crate::model::Language::En => "See the results",
            },
            relationships: self.book.relationships_namespace(),
            insert: true,
            dimension: None,
        };
        let mut drawing_forbidden = false;
        let (packed, cuts, facts) = loop {
            job.marks = rows_of(&targets);
            job.drawing = (!drawing_forbidden && wants_drawing(&targets)).then(|| drawing.clone());
            let (packed, cuts, facts) = self.stream(&part, &job)?;
            if !facts.moved.is_empty() {
                move_targets(&mut targets, &facts.moved);
                move_links(&mut job.links, &facts.moved);
            } else if facts.unordered && job.insert {
                job.insert = false;
            } else if facts.dimension.is_some() && job.dimension.is_none() {
                job.dimension = facts.dimension;
            } else if facts.drawing.is_some() && facts.drawing_added {
                drawing_forbidden = true;
            } else {
                let linked: BTreeMap<CellRef, u32> = facts
                    .strings
                    .iter()
                    .filter(|(cell, _)| job.links.contains_key(cell))
                    .map(|(cell, index)| (*cell, *index))
                    .collect();
                let empty = self.empty_strings(&linked.values().copied().collect());
                if !linked.values().any(|index| empty.contains(index)) {
                    break (packed, cuts, facts);
                }
                job.links.retain(|cell, _| !linked.get(cell).is_some_and(|at| empty.contains(at)));
            }
        };
        self.painted += facts.painted.len();
        if !cuts.is_empty() {
            self.package.put_stream(&part, packed, cuts);
        }
        self.write_notes(&part, comments, &targets, &facts, &drawing, &related)
    }

    /// Which of some shared strings are empty. The part is gone through as far as the last of them.
    fn empty_strings(&self, wanted: &BTreeSet<u32>) -> BTreeSet<u32> {
        let mut empty = wanted.clone();
        let Some(last) = wanted.last() else { return empty };
        let archive = self.package.archive;
        let relationship = self.book.relationships.iter().find(|r| r.kind == "sharedStrings");
        let reader = relationship
            .and_then(|relationship| archive.find(&relationship.target))
            .and_then(|entry| archive.stream(entry).ok());
        let Some(reader) = reader else { return BTreeSet::new() };
        let mut walk = Walk::new(reader);
        let mut next = 0_u32;
        while let Ok(true) = walk.advance() {
            let tag = walk.tag();
            if tag.opens(b"si") {
                if next > *last {
                    break;
                }
                next += 1;
            } else if tag.opens(b"t") && tag.kind == TagKind::Start {
                walk.keep_text(true);
            } else if tag.closes(b"t") {
                if !walk.text.is_empty() {
                    empty.remove(&next.wrapping_sub(1));
                }
                walk.keep_text(false);
            }
        }
        empty
    }

    fn stream(
        &mut self,
        part: &str,
        job: &Job<'_>,
    ) -> Result<(Packed, Vec<Cut>, Facts), WriteError> {
        let entry = self.package.archive.find(part).ok_or_else(|| WriteError::damaged(part))?;
        let mut head = Vec::new();
        self.package
            .archive
            .stream(entry)?
            .take(200)
            .read_to_end(&mut head)
            .map_err(|error| WriteError::damaged(format!("{part} ({error})")))?;
        package::check_text(part, &head)?;
        let reader = self.package.archive.stream(entry)?;
        let mut painter = Painter::new(&mut self.styles, &mut self.palette);
        let (packed, (cuts, facts)) = ahead::deflated(entry.size, |sink| {
            let (sink, cuts, facts) = sheet::patch(reader, sink, job, &mut painter)
                .map_err(|error| io::Error::new(error.kind(), format!("{part} ({error})")))?;
            Ok((sink, (cuts, facts)))
        })?;
        if self.palette.exhausted && !self.exhausted {
            self.exhausted = true;
            self.remarks.push(Text::new(
                "工作簿的单元格格式已达上限，部分标注只有批注、没有底色。",
                "The workbook has as many cell formats as Excel allows; some marks have a note but no fill.",
            ));
        }
        Ok((packed, cuts, facts))
    }

    fn write_notes(
        &mut self,
        part: &str,
        comments: Option<String>,
        targets: &Targets,
        facts: &Facts,
        drawing: &str,
        related: &[package::Relationship],
    ) -> Result<(), WriteError> {
        let notes: BTreeMap<CellRef, String> = targets
            .iter()
            .filter(|(_, target)| !target.notes.is_empty())
            .map(|(cell, target)| (*cell, notes::fitted(&target.notes.join("\n\n"))))
            .collect();
        if notes.is_empty() {
            return Ok(());
        }
        let mut existing_drawing = facts.drawing.as_ref().map(|id| {
            related.iter().find(|relationship| relationship.id == *id).map(|r| r.target.clone())
        });
        // A drawing that is referred to and not there is made in its place.
        let missing = existing_drawing.clone().flatten().filter(|found| !self.package.has(found));
        // So is one whose relationship is not there.
        let dangling = facts.drawing.clone().filter(|id| related.iter().all(|own| own.id != *id));
        if missing.is_some() || dangling.is_some() {
            existing_drawing = None;
        }
        if let Some(found) = &existing_drawing
            && !found.as_ref().is_some_and(|found| self.drawing_is_understood(found))
        {
            self.remarks.push(Text::new(
                "一个工作表的批注图形无法识别，该表只加底色、未加批注，见核对结果。",
                "The note shapes of a sheet are not understood: it has fills but no notes; see the results.",
            ));
            return Ok(());
        }
        let language = self.plan.language;
        // Notes that some programs write without shapes get them, so that they are seen again; those that have shapes in a
        // drawing that the sheet does not show get new ones as well.
        let mut shapeless: BTreeMap<CellRef, String> = match &comments {
            Some(comments) => notes::texts(&self.package.read(comments)?),
            None => BTreeMap::new(),
        };
        if let Some(found) = existing_drawing.as_ref().and_then(Option::as_ref) {
            let shown = vml::cells(&self.package.patch(found)?.bytes);
            shapeless.retain(|cell, _| !shown.contains(cell));
        }
        let written = if let Some(comments) = comments {
            notes::extend(self.package.patch(&comments)?, &notes, language)?
        } else {
            let name = self.package.free_name("xl/comments", ".xml");
            let content = notes::create(self.book.namespace(), &notes, language);
            self.package.add(name.clone(), content.as_bytes())?;
            self.package.declare(&name, COMMENTS)?;
            let id = self.other_id(part, drawing)?;
            self.package.relate(part, &id, self.book.uri("comments"), &name);
            notes::Written { added: notes.keys().copied().collect(), ..Default::default() }
        };
        if !written.threaded.is_empty() {
            let cells: Vec<String> = written.threaded.iter().map(ToString::to_string).collect();
            self.remarks.push(Text::new(
                format!("{} 已有会话批注，未改动该批注，见核对结果。", cells.join("、")),
                format!(
                    "{}: the threaded comment is left as it is; see the results.",
                    cells.join(", ")
                ),
            ));
        }
        self.noted += written.added.len() + written.extended.len();
        let mut shapes: BTreeMap<CellRef, String> =
            notes.into_iter().filter(|(cell, _)| written.added.contains(cell)).collect();
        for (cell, text) in shapeless {
            let text = written.extended.get(&cell).cloned().unwrap_or(text);
            shapes.entry(cell).or_insert(text);
        }
        self.learn_ids()?;
        let ids = self.ids.get_or_insert_default();
        match existing_drawing.flatten() {
            Some(vml_part) => {
                let patch = self.package.patch(&vml_part)?;
                vml::extend(patch, &shapes, &written.extended, &facts.grid, ids);
            }
            None if facts.drawing_added || missing.is_some() || dangling.is_some() => {
                let content = vml::create(&shapes, &facts.grid, ids);
                let name = match &missing {
                    Some(name) => name.clone(),
                    None => self.package.free_name("xl/drawings/vmlDrawing", ".vml"),
                };
                self.package.add(name.clone(), content.as_bytes())?;
                self.package.declare_extension(&name, "vml", VML)?;
                if missing.is_none() {
                    let id = dangling.as_deref().unwrap_or(drawing);
                    self.package.relate(part, id, self.book.uri("vmlDrawing"), &name);
                }
            }
            None => {}
        }
        Ok(())
    }

    /// An id other than the one kept for the drawing.
    fn other_id(&self, part: &str, kept: &str) -> Result<String, WriteError> {
        let id = self.package.free_id(part)?;
        Ok(if id == kept { format!("{id}c") } else { id })
    }

    fn drawing_is_understood(&mut self, part: &str) -> bool {
        let Ok(patch) = self.package.patch(part) else { return false };
        memchr::memmem::rfind(&patch.bytes, b"</xml>").is_some()
            && xml::tags(&patch.bytes).any(|(_, tag)| tag.opens(b"xml"))
    }

    /// The ids of all drawings, which share one space.
    fn learn_ids(&mut self) -> Result<(), WriteError> {
        if self.ids.is_some() {
            return Ok(());
        }
        let mut ids = vml::Ids::default();
        let archive = self.package.archive;
        for entry in &archive.entries {
            if entry.part_name().to_ascii_lowercase().ends_with(".vml") {
                ids.learn(&archive.read(entry)?);
            }
        }
        self.ids = Some(ids);
        Ok(())
    }

    /// Adds 核对结果 as the last sheet; where the structure is locked, gives a workbook of its own instead.
    fn add_summary(&mut self, title: &str) -> Result<Option<Vec<u8>>, WriteError> {
        if self.book.locked {
            self.remarks.push(Text::new(
                "工作簿结构受保护，未添加工作表；核对结果另存为单独的工作簿。",
                "The workbook's structure is locked, so no sheet was added; the results are in a workbook of their own.",
            ));
            return separate_summary(self.plan, &self.remarks).map(Some);
        }
        let language = self.plan.language;
        let extra: Vec<String> =
            self.remarks.iter().map(|remark| remark.get(language).to_owned()).collect();
        let sheet =
            summary::build(self.plan, &mut self.styles, self.book.namespace(), true, &extra);
        let name = self.package.free_name("xl/worksheets/sheet", ".xml");
        self.package.add(name.clone(), sheet.content.as_bytes())?;
        self.package.declare(&name, WORKSHEET)?;
        let id = self.package.free_id(&self.book.part)?;
        self.package.relate(&self.book.part, &id, self.book.uri("worksheet"), &name);
        self.list_sheet(title, &id, sheet.heading)?;
        Ok(None)
    }

    /// Adds the sheet to the workbook's list, and the row that is printed on each page.
    fn list_sheet(&mut self, title: &str, id: &str, heading: u32) -> Result<(), WriteError> {
        let number = free_sheet_id(&self.book.sheets.iter().map(|sheet| sheet.id).collect());
        let index = self.book.sheets.len();
        let namespace = self.book.relationships_namespace();
        let patch = self.package.patch(&self.book.part)?;
        let Some((_, root)) = xml::tags(&patch.bytes).find(|(_, tag)| tag.opens(b"workbook"))
        else {
            return Err(WriteError::damaged(&self.book.part));
        };
        let prefix = String::from_utf8_lossy(root.prefix()).into_owned();
        let reference = match xml::prefix_of(&root, &[namespace]) {
            Some(own) if !own.is_empty() => format!("{own}id=\"{id}\""),
            _ => format!("xmlns:r=\"{namespace}\" r:id=\"{id}\""),
        };
        patch.append_to(
            b"sheets",
            &format!(
                "<{prefix}sheet name=\"{}\" sheetId=\"{number}\" {reference}/>",
                xml::escape(title)
            ),
        )?;
        let quoted = title.replace('\'', "''");
        let name = format!(
            "<{prefix}definedName name=\"_xlnm.Print_Titles\" localSheetId=\"{index}\">'{}'!${heading}:${heading}</{prefix}definedName>",
            xml::escape(&quoted)
        );
        if xml::tags(&patch.bytes).any(|(_, tag)| tag.opens(b"definedNames")) {
            return patch.append_to(b"definedNames", &name);
        }
        let Some(at) = after_sheets(&patch.bytes) else {
            return Err(WriteError::damaged(&self.book.part));
        };
        patch.insert(at, format!("<{prefix}definedNames>{name}</{prefix}definedNames>"));
        Ok(())
    }

    fn finish_styles(&mut self) -> Result<(), WriteError> {
        let blank = StyleSheet::parse(styles::blank(self.book.namespace()).into_bytes())?;
        let patch = std::mem::replace(&mut self.styles, blank).into_patch();
        if !self.new_styles {
            self.package.put_patch(&self.styles_part, patch);
            return Ok(());
        }
        let (bytes, _) = patch.apply();
        let part = self.styles_part.clone();
        self.package.add(part.clone(), &bytes)?;
        self.package.declare(&part, STYLES)?;
        let id = self.package.free_id(&self.book.part)?;
        self.package.relate(&self.book.part, &id, self.book.uri("styles"), &part);
        Ok(())
    }
}

/// A number that no sheet has, greater than all where that is allowed.
fn free_sheet_id(taken: &BTreeSet<u32>) -> u32 {
    let next = taken.last().map_or(1, |last| last.saturating_add(1));
    if next <= 65_534 {
        return next;
    }
    (1..=65_534).find(|number| !taken.contains(number)).unwrap_or(next)
}

/// Where `definedNames` goes in a workbook that has none: behind the sheets and what belongs to them.
fn after_sheets(bytes: &[u8]) -> Option<usize> {
    const BEFORE: [&[u8]; 3] = [b"sheets", b"functionGroups", b"externalReferences"];
    let mut after = None;
    for (at, tag) in xml::tags(bytes) {
        let whole = tag.kind == xml::TagKind::End || tag.kind == xml::TagKind::Empty;
        if whole && BEFORE.contains(&tag.local()) {
            after = Some(at + tag.raw.len());
        }
    }
    after
}

fn remove_tags(patch: &mut super::splice::Patch, unwanted: impl Fn(&xml::Tag<'_>) -> bool) {
    let ranges: Vec<std::ops::Range<usize>> = xml::tags(&patch.bytes)
        .filter(|(_, tag)| tag.kind == xml::TagKind::Empty && unwanted(tag))
        .map(|(at, tag)| at..at + tag.raw.len())
        .collect();
    for range in ranges {
        patch.replace(range, "");
    }
}

fn rows_of(targets: &Targets) -> BTreeMap<u32, BTreeMap<u32, Paint>> {
    let mut rows: BTreeMap<u32, BTreeMap<u32, Paint>> = BTreeMap::new();
    for (cell, target) in targets {
        rows.entry(cell.row).or_default().insert(cell.column, target.paint);
    }
    rows
}

/// Marks inside a merged range go to its first cell, which is the one that shows.
fn move_targets(targets: &mut Targets, moved: &BTreeMap<CellRef, CellRef>) {
    for (from, to) in moved {
        let Some(target) = targets.remove(from) else { continue };
        match targets.get_mut(to) {
            Some(there) => {
                there.paint = there.paint.max(target.paint);
                there.notes.extend(target.notes);
            }
            None => {
                targets.insert(*to, target);
            }
        }
    }
}

fn move_links(links: &mut BTreeMap<CellRef, String>, moved: &BTreeMap<CellRef, CellRef>) {
    for (from, to) in moved {
        if let Some(link) = links.remove(from) {
            links.entry(*to).or_insert(link);
        }
    }
}

/// Puts the parts together, with the record by which they can be taken apart again.
fn assemble(
    archive: &Archive<'_>,
    mut package: Package<'_>,
    book: &Book,
    origin: &Origin,
) -> Result<Vec<u8>, WriteError> {
    let item = package.free_name("customXml/item", ".xml");
    let properties = package.free_name("customXml/itemProps", ".xml");
    package.reserve(&item);
    package.reserve(&properties);
    let id = package.free_id(&book.part)?;
    package.relate(&book.part, &id, book.uri("customXml"), &item);
    package.relate(&item, "rId1", book.uri("customXmlProps"), &properties);
    package.declare_extension(&item, "xml", "application/xml")?;
    package.declare(&properties, CUSTOM_PROPERTIES)?;
    let namespace = if book.strict {
        "http://purl.oclc.org/ooxml/officeDocument/customXml"
    } else {
        "http://schemas.openxmlformats.org/officeDocument/2006/customXml"
    };
    let store = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<ds:datastoreItem ds:itemID=\"{{6C1B4D0E-3A52-4B7F-9E0D-676F756A6901}}\" xmlns:ds=\"{namespace}\"><ds:schemaRefs><ds:schemaRef ds:uri=\"{}\"/></ds:schemaRefs></ds:datastoreItem>",
        undo::NAMESPACE
    );
    package.add(properties, store.as_bytes())?;
    undo::assemble(archive, &package.finish()?, origin, &item)
}

/// The record that a copy of ours carries, and `None` where there is none.
pub(super) fn record(archive: &Archive<'_>) -> Option<Record> {
    if archive.entries.iter().all(|entry| is_usual(&entry.name)) {
        return None;
    }
    let package = Package::new(archive);
    let book = Book::open(&package).ok()?;
    book.relationships
        .iter()
        .filter(|relationship| relationship.kind == "customXml" && !relationship.external)
        .find_map(|relationship| {
            let entry = archive.find(&relationship.target)?;
            Record::parse(&archive.read(entry).ok()?)
        })
}

/// Whether a part is one that nearly every workbook has, so that nothing of ours hides behind its name: then relationships
/// need not be read.
fn is_usual(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 4] =
        [b"[Content_Types].xml", b"xl/workbook.xml", b"xl/styles.xml", b"xl/sharedStrings.xml"];
    const FOLDERS: [&[u8]; 6] = [
        b"_rels/",
        b"docProps/",
        b"xl/_rels/",
        b"xl/theme/",
        b"xl/worksheets/",
        b"xl/printerSettings/",
    ];
    NAMES.contains(&name) || FOLDERS.iter().any(|folder| name.starts_with(folder))
}

/// 核对结果 in a workbook of its own.
pub(super) fn separate_summary(plan: &Plan, remarks: &[Text]) -> Result<Vec<u8>, WriteError> {
    let namespace = package::MAIN;
    let mut styles = StyleSheet::parse(styles::blank(namespace).into_bytes())?;
    let extra: Vec<String> =
        remarks.iter().map(|remark| remark.get(plan.language).to_owned()).collect();
    let sheet = summary::build(plan, &mut styles, namespace, false, &extra);
    let title = sheet_title(plan.language);
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
    let relationships = package::RELATIONSHIPS;
    let main = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";
    let (styles, _) = styles.into_patch().apply();
    let mut builder = Builder::default();
    for (name, content) in [
        (
            "[Content_Types].xml",
            format!(
                "{head}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"{main}\"/><Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"{WORKSHEET}\"/><Override PartName=\"/xl/styles.xml\" ContentType=\"{STYLES}\"/></Types>"
            ),
        ),
        (
            "_rels/.rels",
            format!(
                "{head}<Relationships xmlns=\"{}\"><Relationship Id=\"rId1\" Type=\"{relationships}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
                package::PACKAGE_RELATIONSHIPS
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "{head}<workbook xmlns=\"{namespace}\" xmlns:r=\"{relationships}\"><sheets><sheet name=\"{title}\" sheetId=\"1\" r:id=\"rId1\"/></sheets><definedNames><definedName name=\"_xlnm.Print_Titles\" localSheetId=\"0\">'{title}'!${0}:${0}</definedName></definedNames></workbook>",
                sheet.heading
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "{head}<Relationships xmlns=\"{}\"><Relationship Id=\"rId1\" Type=\"{relationships}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"{relationships}/styles\" Target=\"styles.xml\"/></Relationships>",
                package::PACKAGE_RELATIONSHIPS
            ),
        ),
        ("xl/worksheets/sheet1.xml", sheet.content),
    ] {
        builder.add(name, &container::pack(content.as_bytes())?)?;
    }
    builder.add("xl/styles.xml", &container::pack(&styles)?)?;
    builder.finish()
}
