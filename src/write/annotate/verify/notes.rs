//! Rules 33, 34 and 36 to 38: notes, their shapes, threaded comments.

use std::collections::{BTreeMap, BTreeSet};

use memchr::memmem;

use super::book::TEXT_LIMIT;
use super::{Findings, Seen, View, each};
use crate::model::CellRef;
use crate::write::annotate::package::{Relationship, SheetEntry};
use crate::write::annotate::xml::{self, TagKind};

/// Drawings that a sheet was found for.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    pub(super) owners: BTreeMap<String, String>,
    /// Held to what we write ourselves.
    pub(super) ours: bool,
}

pub(super) fn check(
    view: &View<'_>,
    entry: &SheetEntry,
    related: &[Relationship],
    seen: &Seen,
    shapes: &mut Shapes,
    findings: &mut Findings,
) {
    let drawing = drawing(view, entry, related, seen, shapes, findings);
    let comments: Vec<&Relationship> =
        related.iter().filter(|relationship| relationship.kind == "comments").collect();
    if comments.len() > 1 {
        findings.add(34, &entry.part, "two comments parts");
    }
    let mut threads = BTreeMap::new();
    if let Some(bytes) = comments.first().and_then(|comments| view.read(&comments.target)) {
        let part = &comments[0].target;
        let cells = notes(part, &bytes, &mut threads, findings);
        if !cells.is_empty() && seen.legacy_drawing.is_none() {
            findings.add(34, &entry.part, "comments without legacyDrawing");
        }
        if let Some((vml, drawn)) = &drawing {
            for cell in cells.difference(drawn) {
                findings.add(37, vml, format!("{cell} has no shape"));
            }
        }
    } else if let Some((vml, drawn)) = &drawing
        && !drawn.is_empty()
    {
        findings.add(34, vml, "note shapes without comments");
    }
    threaded(view, related, &threads, findings);
}

/// The notes' cells; authors and doubles checked.
fn notes(
    part: &str,
    bytes: &[u8],
    threads: &mut BTreeMap<CellRef, String>,
    findings: &mut Findings,
) -> BTreeSet<CellRef> {
    let mut authors: Vec<String> = Vec::new();
    let mut open = None;
    let mut cells = BTreeSet::new();
    let mut waiting = Vec::new();
    let (mut text, mut length) = (None, 0);
    for (at, tag) in each(bytes) {
        match (tag.kind, tag.local()) {
            (TagKind::Start, b"author") => open = Some(at + tag.raw.len()),
            (TagKind::Empty, b"author") => authors.push(String::new()),
            (TagKind::End, b"author") => {
                authors.push(xml::unescape(&bytes[open.take().unwrap_or(at)..at]).into_owned());
            }
            (TagKind::Start | TagKind::Empty, b"comment") => {
                let text = tag.value("ref").unwrap_or_default().into_owned();
                let Ok(cell) = text.parse::<CellRef>() else {
                    findings.add(33, part, format!("ref “{text}”"));
                    continue;
                };
                if !cells.insert(cell) {
                    findings.add(33, part, format!("{cell} twice"));
                }
                waiting.push((cell, tag.number::<usize>("authorId")));
                length = 0;
            }
            (TagKind::Start, b"t") => text = Some(at + tag.raw.len()),
            (TagKind::End, b"t") => {
                let words = xml::unescape(&bytes[text.take().unwrap_or(at)..at]);
                length += words.encode_utf16().count();
                if length > TEXT_LIMIT {
                    findings.add(22, part, format!("note {} is too long", cells.len()));
                }
            }
            _ => {}
        }
    }
    for (cell, author) in waiting {
        match author.and_then(|author| authors.get(author)) {
            Some(name) => {
                if let Some(id) = name.strip_prefix("tc=") {
                    threads.insert(cell, id.to_owned());
                }
            }
            None => {
                findings.add(33, part, format!("{cell}: author {author:?} of {}", authors.len()));
            }
        }
    }
    cells
}

/// The sheet's own drawing, and the cells of its note shapes.
fn drawing(
    view: &View<'_>,
    entry: &SheetEntry,
    related: &[Relationship],
    seen: &Seen,
    shapes: &mut Shapes,
    findings: &mut Findings,
) -> Option<(String, BTreeSet<CellRef>)> {
    let id = seen.legacy_drawing.as_ref()?;
    let relationship = related.iter().find(|relationship| relationship.id == *id)?;
    let part = relationship.target.clone();
    if relationship.kind != "vmlDrawing" {
        findings.add(34, &entry.part, format!("legacyDrawing leads to {}", relationship.kind));
    }
    let bytes = view.read(&part)?;
    if let Some(other) = shapes.owners.insert(part.to_lowercase(), entry.part.clone()) {
        findings.add(34, &part, format!("drawing of {other} and {}", entry.part));
    }
    if memmem::rfind(&bytes, b"</xml>").is_none() {
        findings.add(37, &part, "not closed");
    }
    let types = each(&bytes)
        .filter(|(_, tag)| tag.opens(b"shapetype") && tag.raw_value("id") == Some(b"_x0000_t202"))
        .count();
    let notes = note_cells(&bytes, &part, shapes.ours, findings);
    if types > 1 && shapes.ours {
        findings.add(37, &part, "shapetype _x0000_t202 twice");
    }
    let used = each(&bytes)
        .any(|(_, tag)| tag.opens(b"shape") && tag.raw_value("type") == Some(b"#_x0000_t202"));
    if types == 0 && used && shapes.ours {
        findings.add(37, &part, "shapetype _x0000_t202 missing");
    }
    Some((part, notes))
}

/// The cells of note shapes; each cell once.
fn note_cells(bytes: &[u8], part: &str, ours: bool, findings: &mut Findings) -> BTreeSet<CellRef> {
    let mut cells = BTreeSet::new();
    let (mut note, mut row, mut column) = (false, None, None);
    let mut open = 0;
    for (at, tag) in each(bytes) {
        match (tag.kind, tag.local()) {
            (TagKind::Start, b"ClientData") => {
                note = tag.raw_value("ObjectType") == Some(b"Note");
                (row, column) = (None, None);
            }
            (TagKind::Start, b"Row" | b"Column" | b"Anchor") => open = at + tag.raw.len(),
            (TagKind::End, name @ (b"Row" | b"Column" | b"Anchor")) => {
                let text = String::from_utf8_lossy(&bytes[open..at]).into_owned();
                match name {
                    b"Row" => row = text.trim().parse::<u32>().ok(),
                    b"Column" => column = text.trim().parse::<u32>().ok(),
                    _ => {
                        if note
                            && text.split(',').filter(|n| n.trim().parse::<i64>().is_ok()).count()
                                != 8
                        {
                            findings.add(37, part, format!("anchor {text}"));
                        }
                    }
                }
            }
            (TagKind::End, b"ClientData") if note => match (row, column) {
                (Some(row), Some(column)) => {
                    let cell = CellRef::new(row, column);
                    if !cells.insert(cell) && ours || !cell.on_grid() {
                        findings.add(37, part, format!("shape of {cell} twice"));
                    }
                }
                _ => findings.add(37, part, "a note shape without a cell"),
            },
            _ => {}
        }
    }
    cells
}

/// Threaded comments: each has its twin among the notes, each twin its thread.
fn threaded(
    view: &View<'_>,
    related: &[Relationship],
    twins: &BTreeMap<CellRef, String>,
    findings: &mut Findings,
) {
    let part = related.iter().find(|relationship| relationship.kind == "threadedComment");
    let Some(part) = part else {
        return;
    };
    let Some(bytes) = view.read(&part.target) else { return };
    let mut threads = BTreeMap::new();
    for (_, tag) in each(&bytes) {
        if tag.opens(b"threadedComment") && tag.raw_value("parentId").is_none() {
            let cell = tag.value("ref").and_then(|text| text.parse::<CellRef>().ok());
            if let (Some(cell), Some(id)) = (cell, tag.value("id")) {
                threads.insert(cell, id.into_owned());
            }
        }
    }
    for (cell, id) in &threads {
        if twins.get(cell).is_none_or(|twin| !twin.eq_ignore_ascii_case(id)) {
            findings.add(38, &part.target, format!("{cell} has no twin note"));
        }
    }
    for cell in twins.keys().filter(|cell| !threads.contains_key(cell)) {
        findings.add(38, &part.target, format!("the twin note of {cell} has no thread"));
    }
}

/// Rule 36: blocks and ids of all drawings.
pub(super) fn ids(view: &View<'_>, findings: &mut Findings) {
    let mut blocks: BTreeMap<u32, String> = BTreeMap::new();
    let mut shapes: BTreeMap<String, String> = BTreeMap::new();
    for entry in &view.archive.entries {
        let part = entry.part_name();
        if !part.to_ascii_lowercase().ends_with(".vml") {
            continue;
        }
        let Ok(bytes) = view.archive.read(entry) else { continue };
        let mut own = BTreeSet::new();
        for (_, tag) in each(&bytes) {
            if tag.opens(b"idmap") {
                let list = tag.value("data").unwrap_or_default().into_owned();
                own.extend(list.split(',').filter_map(|number| number.trim().parse::<u32>().ok()));
            } else if tag.opens(b"shape")
                && let Some(id) = tag.value("id")
                && let Some(number) = id.strip_prefix("_x0000_s")
            {
                let number = number.parse::<u32>().unwrap_or(0);
                if number < 1024 {
                    // Numbers of other writers, outside any block.
                    continue;
                }
                if let Some(other) = shapes.insert(id.clone().into_owned(), part.clone()) {
                    findings.add(36, &part, format!("{id} also in {other}"));
                }
                if !own.is_empty() && !own.contains(&(number / 1024)) {
                    findings.add(36, &part, format!("{id} outside its blocks"));
                }
            }
        }
        for block in own {
            if let Some(other) = blocks.insert(block, part.clone()) {
                findings.add(36, &part, format!("block {block} also in {other}"));
            }
        }
    }
}
