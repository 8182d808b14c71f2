//! Rules 2, 3, 4, 13, 15, 29 and 39: parts, their types and relationships, and that each is XML.

use std::collections::{BTreeMap, BTreeSet};

use super::{Changed, Findings, View, each};
use crate::write::annotate::container::{Archive, Entry};
use crate::write::annotate::package::{self, RELATIONSHIPS, RELATIONSHIPS_STRICT, Relationship};
use crate::write::annotate::walk::Walk;
use crate::write::annotate::xml::{self, Tag};

const TYPES: &str = "[Content_Types].xml";

/// Content types by lower-case part name and by extension.
struct Types {
    parts: BTreeMap<String, String>,
    extensions: BTreeMap<String, String>,
}

impl Types {
    fn of(&self, part: &str) -> Option<&str> {
        let lower = part.to_lowercase();
        self.parts
            .get(&lower)
            .or_else(|| self.extensions.get(lower.rsplit_once('.')?.1))
            .map(String::as_str)
    }
}

pub(super) fn check(view: &View<'_>, changed: Option<&Changed>, findings: &mut Findings) {
    let types = content_types(view, findings);
    let targets = targets(view);
    for entry in &view.archive.entries {
        let name = entry.part_name();
        if entry.is_folder() || name == TYPES {
            continue;
        }
        // Litter that nothing leads to does no harm.
        let reached = is_relationships(&name) || targets.contains(&name.to_lowercase());
        if reached && types.as_ref().is_some_and(|types| types.of(&name).is_none()) {
            findings.add(2, &name, "no content type");
        }
        let lower = name.to_ascii_lowercase();
        let own = changed.is_none_or(|changed| changed.contains_key(&lower));
        if own && !sheet_like(&name, types.as_ref()) {
            part(view, entry, &name, types.as_ref(), findings);
        }
        if is_relationships(&name) && own {
            relationships(view, &name, types.as_ref(), findings);
        }
    }
    signature(view, findings);
}

/// Whether a part holds relationships.
fn is_relationships(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".rels")
}

/// All that relationships lead to.
fn targets(view: &View<'_>) -> BTreeSet<String> {
    view.archive
        .entries
        .iter()
        .map(Entry::part_name)
        .filter(|name| is_relationships(name))
        .flat_map(|name| view.related(&source_of(&name)))
        .filter(|relationship| !relationship.external)
        .map(|relationship| relationship.target.to_lowercase())
        .collect()
}

/// Worksheets are walked by their own check.
fn sheet_like(name: &str, types: Option<&Types>) -> bool {
    types
        .and_then(|types| types.of(name))
        .is_some_and(|found| found.ends_with("spreadsheetml.worksheet+xml"))
}

fn content_types(view: &View<'_>, findings: &mut Findings) -> Option<Types> {
    let Some(bytes) = view.read(TYPES) else {
        findings.add(2, TYPES, "missing");
        return None;
    };
    let mut types = Types { parts: BTreeMap::new(), extensions: BTreeMap::new() };
    for (_, tag) in each(&bytes) {
        let Some(content_type) = tag.value("ContentType") else { continue };
        let twice = if let Some(name) = tag.value("PartName") {
            if !name.starts_with('/') {
                findings.add(2, TYPES, format!("{name}: no leading slash"));
            }
            let name = package::resolve("", &name).to_lowercase();
            types.parts.insert(name.clone(), content_type.into_owned()).map(|_| name)
        } else if let Some(extension) = tag.value("Extension") {
            let extension = extension.to_lowercase();
            types.extensions.insert(extension.clone(), content_type.into_owned()).map(|_| extension)
        } else {
            None
        };
        if let Some(name) = twice {
            findings.add(2, TYPES, format!("{name} declared twice"));
        }
    }
    Some(types)
}

/// The content type that a part must have by the kind of relationship that leads to it.
fn expected(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "worksheet" => "spreadsheetml.worksheet+xml",
        "styles" => "spreadsheetml.styles+xml",
        "sharedStrings" => "spreadsheetml.sharedStrings+xml",
        "comments" => "spreadsheetml.comments+xml",
        "vmlDrawing" => "officedocument.vmldrawing",
        "table" => "spreadsheetml.table+xml",
        "calcChain" => "spreadsheetml.calcchain+xml",
        "drawing" => "drawing+xml",
        "theme" => "theme+xml",
        "chart" => "drawingml.chart+xml",
        _ => return None,
    })
}

fn relationships(view: &View<'_>, name: &str, types: Option<&Types>, findings: &mut Findings) {
    let Some(bytes) = view.read(name) else { return };
    let source = source_of(name);
    if !source.is_empty() && view.archive.find(&source).is_none() {
        // Left over from a part that is gone: nobody reads it.
        return;
    }
    let mut ids = BTreeSet::new();
    for relationship in package::parse_relationships(&source, &bytes) {
        if !ids.insert(relationship.id.clone()) {
            findings.add(3, name, format!("{} twice", relationship.id));
        }
        if !is_name(&relationship.id) {
            findings.add(3, name, format!("id {}", relationship.id));
        }
        if !relationship.external && !relationship.target.is_empty() {
            target(view, name, &relationship, types, findings);
        }
    }
    if !source.is_empty() && !sheet_like(&source, types) {
        used_ids(view, &source, &ids, findings);
    }
}

fn target(
    view: &View<'_>,
    name: &str,
    relationship: &Relationship,
    types: Option<&Types>,
    findings: &mut Findings,
) {
    let target = &relationship.target;
    let found = view.archive.find(target).is_some();
    // A target within the same part (#Sheet1!A1) is no part.
    if !found && !target.is_empty() && target != "NULL" {
        findings.add(3, name, format!("{} → {target}", relationship.id));
        return;
    }
    let (Some(types), Some(wanted)) = (types, expected(&relationship.kind)) else { return };
    if let Some(own) = types.of(target)
        && !own.to_lowercase().ends_with(&wanted.to_lowercase())
    {
        findings.add(2, target, format!("{own} for {}", relationship.kind));
    }
}

/// `xl/_rels/workbook.xml.rels` → `xl/workbook.xml`
fn source_of(name: &str) -> String {
    let plain = name.strip_suffix(".rels").unwrap_or(name);
    match plain.rsplit_once("_rels/") {
        Some((folder, file)) => format!("{folder}{file}"),
        None => plain.to_owned(),
    }
}

fn is_name(id: &str) -> bool {
    let mut characters = id.chars();
    characters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && characters.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// Ids that a part uses but its relationships do not have. Worksheets are looked at by their own check.
fn used_ids(view: &View<'_>, part: &str, ids: &BTreeSet<String>, findings: &mut Findings) {
    let Some(entry) = view.archive.find(part) else { return };
    if !part.to_ascii_lowercase().ends_with(".xml") {
        return;
    }
    let Ok(bytes) = view.archive.read(entry) else { return };
    let mut prefix: Option<Vec<u8>> = None;
    let mut known = false;
    for (_, tag) in each(&bytes) {
        if !known || memchr::memmem::find(tag.raw, b"xmlns").is_some() {
            known = true;
            if let Some(found) = xml::prefix_of(&tag, &[RELATIONSHIPS, RELATIONSHIPS_STRICT]) {
                prefix = Some(found.into_bytes());
            }
        }
        let Some(prefix) = prefix.as_ref().filter(|prefix| !prefix.is_empty()) else { continue };
        for (name, range) in tag.attributes() {
            let local = name.strip_prefix(&prefix[..]);
            if !matches!(local, Some(b"id" | b"embed" | b"link" | b"pict")) {
                continue;
            }
            let id = xml::unescape(&tag.raw[range]);
            if !id.is_empty() && !ids.contains(id.as_ref()) {
                findings.add(3, part, format!("{id} undefined"));
            }
        }
    }
}

/// One part: well-formed, its ignorable prefixes declared.
fn part(
    view: &View<'_>,
    entry: &Entry,
    name: &str,
    types: Option<&Types>,
    findings: &mut Findings,
) {
    let _lower = name.to_ascii_lowercase();
    let xml_type = types
        .and_then(|types| types.of(name))
        .is_some_and(|found| found.ends_with("+xml") || found.ends_with("/xml"));
    if !xml_type && !is_relationships(name) {
        // Checksums of pictures, macros and old drawings.
        match view.archive.stream(entry) {
            Ok(mut reader) => {
                if let Err(error) = std::io::copy(&mut reader, &mut std::io::sink()) {
                    findings.add(5, name, error.to_string());
                }
            }
            Err(error) => findings.add(5, name, error.message.en),
        }
        return;
    }
    let Ok(bytes) = view.archive.read(entry) else {
        findings.add(5, name, "cannot be inflated");
        return;
    };
    if !xml::is_utf8(&bytes[..bytes.len().min(200)]) || bytes.is_empty() {
        // Other encodings are legal, and never ours.
        return;
    }
    let mut walk = Walk::new(&bytes[..]);
    let mut first = true;
    loop {
        match walk.advance() {
            Ok(true) => {
                if std::mem::take(&mut first) {
                    ignorable(&walk.tag(), name, findings);
                }
            }
            Ok(false) => return,
            Err(fault) => return findings.add(39, name, fault.0),
        }
    }
}

/// The changed parts of an `OpenDocument` copy are XML.
pub(super) fn well_formed(archive: &Archive<'_>, changed: &Changed, findings: &mut Findings) {
    for name in changed.keys() {
        let Some(reader) = archive.find(name).and_then(|entry| archive.stream(entry).ok()) else {
            findings.add(40, name, "missing");
            continue;
        };
        let mut walk = Walk::new(reader);
        loop {
            match walk.advance() {
                Ok(true) => {}
                Ok(false) => break,
                Err(fault) => {
                    findings.add(39, name, fault.0);
                    break;
                }
            }
        }
    }
}

/// The prefixes of `mc:Ignorable` must be bound.
pub(super) fn ignorable(root: &Tag<'_>, part: &str, findings: &mut Findings) {
    let Some(list) = root.local_value("Ignorable") else { return };
    for prefix in list.split_ascii_whitespace() {
        if root.raw_value(&format!("xmlns:{prefix}")).is_none() {
            findings.add(29, part, prefix);
        }
    }
}

/// A signature is whole, or not there at all.
fn signature(view: &View<'_>, findings: &mut Findings) {
    let origin = view
        .related("")
        .into_iter()
        .find(|relationship| relationship.uri.ends_with("/digital-signature/origin"));
    let parts = view
        .archive
        .entries
        .iter()
        .map(|entry| entry.part_name().to_ascii_lowercase())
        .filter(|name| name.starts_with("_xmlsignatures/"))
        .count();
    match origin {
        Some(origin) if view.archive.find(&origin.target).is_none() => {
            findings.add(15, &origin.target, "missing");
        }
        None if parts > 0 => findings.add(15, "_xmlsignatures", "no relationship leads here"),
        _ => {}
    }
}
