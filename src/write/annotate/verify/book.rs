//! Rules 7 to 11, 21, 22 and 28: the workbook part, the shared strings, the calculation chain.

use std::collections::{BTreeMap, BTreeSet};

use super::{Facts, Findings, View, each};
use crate::write::annotate::package::{Book, MAIN, MAIN_STRICT};
use crate::write::annotate::walk::Walk;
use crate::write::annotate::xml::{self, TagKind};

/// The children of `workbook` in the order that the schema fixes.
const ORDER: [&str; 19] = [
    "fileVersion",
    "fileSharing",
    "workbookPr",
    "workbookProtection",
    "bookViews",
    "sheets",
    "functionGroups",
    "externalReferences",
    "definedNames",
    "calcPr",
    "oleSize",
    "customWorkbookViews",
    "pivotCaches",
    "smartTagPr",
    "smartTagTypes",
    "webPublishing",
    "fileRecoveryPr",
    "webPublishObjects",
    "extLst",
];

/// Characters that a cell can hold, in UTF-16 units.
pub(super) const TEXT_LIMIT: usize = 32_767;
/// Line feeds in a cell, at most.
const LINE_LIMIT: usize = 253;

/// What is wrong with the text of a cell.
pub(super) fn too_much(text: &str) -> Option<&'static str> {
    if text.encode_utf16().count() > TEXT_LIMIT {
        return Some("too long");
    }
    (text.bytes().filter(|byte| *byte == b'\n').count() > LINE_LIMIT).then_some("too many lines")
}

pub(super) fn check(view: &View<'_>, book: &Book, facts: &mut Facts, findings: &mut Findings) {
    let part = &book.part;
    let Some(bytes) = view.read(part) else { return };
    sheets(view, book, findings);
    order(part, &bytes, findings);
    let visible = visibility(&bytes);
    if !visible.iter().any(|visible| *visible) && !visible.is_empty() {
        findings.add(9, part, "no visible sheet");
    }
    for (_, tag) in each(&bytes) {
        if tag.opens(b"workbookView") {
            for name in ["activeTab", "firstSheet"] {
                let Some(index) = tag.number::<usize>(name) else { continue };
                match visible.get(index) {
                    None => findings.add(9, part, format!("{name} {index}")),
                    Some(false) if name == "activeTab" => {
                        findings.add(9, part, format!("{name} {index} is hidden"));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    names(part, &bytes, book.sheets.len(), findings);
    facts.strict = book.strict;
}

fn visibility(bytes: &[u8]) -> Vec<bool> {
    each(bytes)
        .filter(|(_, tag)| tag.opens(b"sheet"))
        .map(|(_, tag)| !matches!(tag.raw_value("state"), Some(b"hidden" | b"veryHidden")))
        .collect()
}

fn sheets(view: &View<'_>, book: &Book, findings: &mut Findings) {
    let part = &book.part;
    if book.sheets.is_empty() {
        findings.add(7, part, "no sheets");
    }
    let (mut ids, mut names, mut targets) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for sheet in &book.sheets {
        if sheet.id == 0 || sheet.id > 65_534 || !ids.insert(sheet.id) {
            findings.add(7, part, format!("sheetId {}", sheet.id));
        }
        if !names.insert(sheet.name.to_lowercase()) {
            findings.add(7, part, format!("“{}” twice", sheet.name));
        }
        if !valid_sheet_name(&sheet.name) {
            findings.add(7, part, format!("name “{}”", sheet.name));
        }
        if !sheet.linked {
            continue;
        }
        if sheet.part.is_empty() || view.archive.find(&sheet.part).is_none() {
            findings.add(3, part, format!("sheet “{}” has no part", sheet.name));
        } else if !targets.insert(sheet.part.to_lowercase()) {
            findings.add(3, part, format!("{} is two sheets", sheet.part));
        }
    }
}

fn valid_sheet_name(name: &str) -> bool {
    (1..=31).contains(&name.encode_utf16().count())
        && !name.contains([':', '\\', '/', '?', '*', '[', ']'])
        && !name.starts_with('\'')
        && !name.ends_with('\'')
        && !name.eq_ignore_ascii_case("history")
}

fn order(part: &str, bytes: &[u8], findings: &mut Findings) {
    let mut depth = 0_u32;
    let mut last = 0;
    let mut prefix = Vec::new();
    for (_, tag) in each(bytes) {
        match tag.kind {
            TagKind::Other => continue,
            TagKind::End => {
                depth = depth.saturating_sub(1);
                continue;
            }
            TagKind::Start | TagKind::Empty => {}
        }
        if depth == 0 {
            prefix = tag.prefix().to_vec();
        }
        if depth == 1 && tag.prefix() == prefix {
            let rank = ORDER.iter().position(|name| name.as_bytes() == tag.local());
            if let Some(rank) = rank {
                let repeated = rank == last && !matches!(ORDER[rank], "fileRecoveryPr");
                if rank < last || (repeated && last != 0) {
                    findings.add(10, part, format!("{} out of order", ORDER[rank]));
                }
                last = last.max(rank);
            }
        }
        depth += u32::from(tag.kind == TagKind::Start);
    }
}

fn names(part: &str, bytes: &[u8], sheets: usize, findings: &mut Findings) {
    let mut seen: BTreeSet<(String, Option<u32>)> = BTreeSet::new();
    let mut areas: BTreeMap<Option<u32>, BTreeSet<String>> = BTreeMap::new();
    for (_, tag) in each(bytes) {
        if !tag.opens(b"definedName") {
            continue;
        }
        let name = tag.value("name").unwrap_or_default().to_lowercase();
        let scope = tag.number::<u32>("localSheetId");
        if name.is_empty() {
            findings.add(10, part, "a name without a name");
        }
        if scope.is_some_and(|scope| scope as usize >= sheets) {
            findings.add(8, part, format!("{name}: localSheetId {}", scope.unwrap_or(0)));
        }
        areas.entry(scope).or_default().insert(name.clone());
        if !seen.insert((name.clone(), scope)) {
            findings.add(10, part, format!("{name} twice"));
        }
    }
    for names in areas.values() {
        for plain in ["print_area", "print_titles"] {
            if names.contains(plain) && names.contains(&format!("_xlnm.{plain}")) {
                findings.add(10, part, format!("{plain} twice"));
            }
        }
    }
}

/// The shared strings: how many, how long.
pub(super) fn strings(view: &View<'_>, book: &Book, facts: &mut Facts, findings: &mut Findings) {
    let Some(part) = related_part(view, book, "sharedStrings") else { return };
    let Some(entry) = view.archive.find(&part) else { return };
    let Ok(reader) = view.archive.stream(entry) else { return };
    let mut walk = Walk::new(reader);
    let mut count = 0_u32;
    let (mut length, mut lines) = (0, 0);
    while let Ok(true) = walk.advance() {
        let tag = walk.tag();
        if tag.kind != TagKind::End && walk.depth() == usize::from(tag.kind == TagKind::Start) {
            dialect(&tag, &part, facts.strict, findings);
        }
        if tag.opens(b"si") {
            count += 1;
            (length, lines) = (0, 0);
            if count <= 200_000 {
                facts.texts.push(String::new());
            }
        } else if tag.opens(b"rPh") && tag.kind == TagKind::Start {
            if walk.skip_element(u64::MAX).is_err() {
                break;
            }
        } else if tag.opens(b"t") && tag.kind == TagKind::Start {
            walk.keep_text(true);
        } else if tag.closes(b"t") {
            let text = String::from_utf8_lossy(&walk.text).into_owned();
            length += text.encode_utf16().count();
            if length > TEXT_LIMIT {
                findings.add(22, &part, format!("string {} is too long", count - 1));
            }
            lines += text.bytes().filter(|byte| *byte == b'\n').count();
            if lines > LINE_LIMIT {
                findings.add(22, &part, format!("string {} has too many lines", count - 1));
            }
            if count <= 200_000
                && let Some(last) = facts.texts.last_mut()
            {
                last.push_str(&text);
            }
            walk.keep_text(false);
        }
    }
    facts.strings = Some(count);
}

/// The root's namespace must be the workbook's dialect.
pub(super) fn dialect(root: &xml::Tag<'_>, part: &str, strict: bool, findings: &mut Findings) {
    let (own, other) = if strict { (MAIN_STRICT, MAIN) } else { (MAIN, MAIN_STRICT) };
    if xml::prefix_of(root, &[own]).is_none() {
        let what = if xml::prefix_of(root, &[other]).is_some() {
            "the other dialect"
        } else {
            "no namespace"
        };
        findings.add(13, part, what);
    }
}

pub(super) fn related_part(view: &View<'_>, book: &Book, kind: &str) -> Option<String> {
    book.relationships
        .iter()
        .find(|relationship| relationship.kind == kind && !relationship.external)
        .map(|relationship| relationship.target.clone())
        .filter(|target| view.archive.find(target).is_some())
}

/// The calculation chain, cell by cell, for the sheets to look at.
pub(super) fn chain(view: &View<'_>, book: &Book, facts: &mut Facts, findings: &mut Findings) {
    let Some(part) = related_part(view, book, "calcChain") else { return };
    let Some(bytes) = view.read(&part) else { return };
    let ids: BTreeSet<u32> = book.sheets.iter().map(|sheet| sheet.id).collect();
    let mut sheet = 0;
    for (_, tag) in each(&bytes) {
        if !tag.opens(b"c") {
            continue;
        }
        // A sheet is named once and holds until the next.
        sheet = tag.number("i").unwrap_or(sheet);
        let Some(cell) = tag.value("r").and_then(|text| text.parse().ok()) else {
            findings.add(28, &part, "a cell without an address");
            continue;
        };
        if !ids.contains(&sheet) {
            findings.add(28, &part, format!("sheet {sheet} of {cell}"));
        }
        facts.chain.entry(sheet).or_default().insert(cell);
    }
}
