//! Rules 6, 11, 12, 14, 15, 18, 20, 27 and 40, of a copy against its original.

use std::collections::BTreeSet;
use std::io::{self, Read};

use super::{Changed, Findings, Touched};
use crate::write::annotate::container::{Archive, Entry};
use crate::write::annotate::package::{Book, Package};
use crate::write::annotate::splice::{Cut, Restore};
use crate::write::annotate::{self, ahead, xml};

/// Compares, and tells where our bytes are.
pub(super) fn check(before: &Archive<'_>, after: &Archive<'_>, findings: &mut Findings) -> Changed {
    let mut changed = Changed::new();
    let Some(record) = annotate::record(after) else {
        findings.add(40, "", "the record is missing");
        return changed;
    };
    order(before, after, &record.added, findings);
    let sheets = sheets(after);
    for entry in &before.entries {
        let name = entry.part_name();
        let Some(copy) = after.find(&name) else {
            let lower = name.to_ascii_lowercase();
            if !lower.starts_with("_xmlsignatures/") && !lower.ends_with("documentsignatures.xml") {
                findings.add(40, &name, "missing");
            }
            continue;
        };
        match record.parts.get(&name) {
            None => same(before, entry, after, copy, &name, findings),
            Some(part) => {
                let spans = part.cuts.iter().map(|cut| cut.at..cut.at + cut.take).collect();
                // A sheet is turned back while its rows are checked; its checksum stands for the original, which was
                // proven to have it when it was read.
                let streamed = sheets.contains(&name.to_ascii_lowercase())
                    && part.before == (entry.crc, entry.size);
                if !streamed {
                    restored(before, entry, after, copy, &part.cuts, &name, findings);
                }
                let back = streamed.then(|| part.clone());
                changed.insert(name.to_ascii_lowercase(), Touched { spans, back });
            }
        }
    }
    for name in &record.added {
        let spans = std::iter::once(0..u64::MAX).collect();
        changed.insert(name.to_ascii_lowercase(), Touched { spans, back: None });
    }
    structure(before, after, findings);
    style_only(after, &record.parts, findings);
    changed
}

/// The worksheets that the copy's own check goes through.
fn sheets(after: &Archive<'_>) -> BTreeSet<String> {
    let book = Book::open(&Package::new(after));
    book.map(|book| {
        book.sheets
            .iter()
            .filter(|sheet| sheet.worksheet)
            .map(|sheet| sheet.part.to_ascii_lowercase())
            .collect()
    })
    .unwrap_or_default()
}

/// The entries of the original come in their order, ours behind them.
fn order(
    before: &Archive<'_>,
    after: &Archive<'_>,
    added: &BTreeSet<String>,
    findings: &mut Findings,
) {
    let kept: Vec<&[u8]> = after
        .entries
        .iter()
        .filter(|entry| !added.contains(&entry.part_name()))
        .map(|entry| &entry.name[..])
        .collect();
    let wanted: Vec<&[u8]> = before
        .entries
        .iter()
        .filter(|entry| after.find(&entry.part_name()).is_some())
        .map(|entry| &entry.name[..])
        .collect();
    if kept != wanted {
        findings.add(6, "", "order of entries");
    }
}

/// An untouched part: the same compressed bytes, or at least the same content.
fn same(
    before: &Archive<'_>,
    entry: &Entry,
    after: &Archive<'_>,
    copy: &Entry,
    name: &str,
    findings: &mut Findings,
) {
    if let (Ok(one), Ok(other)) = (before.raw(entry), after.raw(copy))
        && one == other
        && (entry.crc, entry.size, entry.method) == (copy.crc, copy.size, copy.method)
    {
        return;
    }
    let rule = if name.to_ascii_lowercase().contains("vba") { 14 } else { 40 };
    findings.add(rule, name, "changed");
}

/// A touched part, our bytes taken out, must be the original.
fn restored(
    before: &Archive<'_>,
    entry: &Entry,
    after: &Archive<'_>,
    copy: &Entry,
    cuts: &[Cut],
    name: &str,
    findings: &mut Findings,
) {
    let result = before
        .stream(entry)
        .and_then(|one| Ok((one, after.stream(copy)?)))
        .map_err(|error| error.message.en)
        .and_then(|(one, other)| {
            // What is in the copy is inflated here, what is in the original on another thread.
            ahead::read_ahead(entry.size, one, |one| equal(one, Restore::new(other, cuts)))
                .map_err(|error| error.to_string())
        });
    match result {
        Ok(true) => {}
        Ok(false) => findings.add(40, name, "changed elsewhere than at our marks"),
        Err(error) => findings.add(5, name, error),
    }
}

fn equal(mut one: impl Read, mut other: impl Read) -> io::Result<bool> {
    let (mut a, mut b) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    loop {
        let count = fill(&mut one, &mut a)?;
        if fill(&mut other, &mut b[..])? != count || a[..count] != b[..count] {
            return Ok(false);
        }
        if count < a.len() {
            return Ok(true);
        }
    }
}

fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < buffer.len() {
        match reader.read(&mut buffer[count..])? {
            0 => break,
            more => count += more,
        }
    }
    Ok(count)
}

/// No sheet in a locked structure, no signature in a copy, dates as they were.
fn structure(before: &Archive<'_>, after: &Archive<'_>, findings: &mut Findings) {
    let (one, other) = (Package::new(before), Package::new(after));
    let (Ok(old), Ok(new)) = (Book::open(&one), Book::open(&other)) else { return };
    if old.locked && (!new.locked || new.sheets.len() != old.sheets.len()) {
        findings.add(11, &new.part, "locked");
    }
    if new.strict != old.strict {
        findings.add(13, &new.part, "dialect");
    }
    let names = |book: &Book| -> Vec<String> {
        book.sheets.iter().map(|sheet| sheet.name.clone()).collect()
    };
    let (kept, added) = (names(&old), names(&new));
    if added.len() > kept.len() + 1 || !added.starts_with(&kept) {
        findings.add(8, &new.part, "sheets moved");
    }
    if other
        .relationships("")
        .is_ok_and(|all| all.iter().any(|r| r.uri.ends_with("/digital-signature/origin")))
    {
        findings.add(15, "_rels/.rels", "signature");
    }
    for (rule, name) in [
        (27, "date1904"),
        (12, "readOnlyRecommended"),
        (12, "fullPrecision"),
        (12, "filterPrivacy"),
    ] {
        let read = |package: &Package<'_>, book: &Book| {
            let bytes = package.read(&book.part).ok()?;
            xml::tags(&bytes).find_map(|(_, tag)| tag.value(name).map(std::borrow::Cow::into_owned))
        };
        if read(&one, &old) != read(&other, &new) {
            findings.add(rule, &new.part, name);
        }
    }
}

/// In the cells of a sheet, what we replaced is a style index, and what we put in is one, or a cell without content.
fn style_only(
    after: &Archive<'_>,
    parts: &std::collections::BTreeMap<String, super::super::undo::Part>,
    findings: &mut Findings,
) {
    let package = Package::new(after);
    let Ok(book) = Book::open(&package) else { return };
    for sheet in book.sheets.iter().filter(|sheet| sheet.worksheet) {
        let known = parts.iter().find(|(name, _)| name.eq_ignore_ascii_case(&sheet.part));
        let Some((name, part)) = known else { continue };
        for cut in &part.cuts {
            let plain = cut.put.iter().all(u8::is_ascii_digit)
                || cut.put == b"/>"
                || std::str::from_utf8(&cut.put).is_ok_and(|text| {
                    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b':' || b == b'$')
                });
            if !plain {
                findings.add(20, name, format!("replaced {}", String::from_utf8_lossy(&cut.put)));
            }
        }
    }
}
