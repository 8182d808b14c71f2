//! Rules 30 and 31: the style sheet.

use super::book::{dialect, related_part};
use super::{Facts, Findings, View, each};
use crate::write::annotate::package::Book;
use crate::write::annotate::xml::TagKind;

const ORDER: [&str; 11] = [
    "numFmts",
    "fonts",
    "fills",
    "borders",
    "cellStyleXfs",
    "cellXfs",
    "cellStyles",
    "dxfs",
    "tableStyles",
    "colors",
    "extLst",
];
const FONTS: usize = 1;
const FILLS: usize = 2;
const BORDERS: usize = 3;
const STYLE_FORMATS: usize = 4;
const FORMATS: usize = 5;
const STYLES: usize = 6;
const DIFFERENTIAL: usize = 7;
/// Formats beyond this make Excel refuse the file.
const FORMAT_LIMIT: u32 = 65_490;

/// A cell format's references, which can be checked only when all lists are counted.
struct Format {
    list: usize,
    at: u32,
    refers: [(usize, Option<u32>); 4],
    /// It was put in by us.
    ours: bool,
}

pub(super) fn check(view: &View<'_>, book: &Book, facts: &mut Facts, findings: &mut Findings) {
    let Some(part) = related_part(view, book, "styles") else { return };
    let Some(bytes) = view.read(&part) else { return };
    let mut depth = 0_u32;
    let mut list = None;
    let mut stated: [Option<u32>; ORDER.len()] = [None; ORDER.len()];
    let mut counts = [0_u32; ORDER.len()];
    let mut present = [false; ORDER.len()];
    let mut last = 0;
    let mut formats = Vec::new();
    let inserted = facts.inserted.get(&part.to_ascii_lowercase());
    for (offset, tag) in each(&bytes) {
        match tag.kind {
            TagKind::Other => continue,
            TagKind::End => {
                depth = depth.saturating_sub(1);
                if depth == 1 {
                    list = None;
                }
                continue;
            }
            TagKind::Start | TagKind::Empty => {}
        }
        match depth {
            0 => dialect(&tag, &part, facts.strict, findings),
            1 => {
                let rank = ORDER.iter().position(|name| name.as_bytes() == tag.local());
                if let Some(rank) = rank {
                    if present[rank] || rank < last {
                        findings.add(30, &part, format!("{} out of order", ORDER[rank]));
                    }
                    present[rank] = true;
                    last = last.max(rank);
                    stated[rank] = tag.number("count");
                }
                list = rank.filter(|_| tag.kind == TagKind::Start);
            }
            2 => {
                if let Some(list) = list {
                    if matches!(list, STYLE_FORMATS | FORMATS | STYLES) {
                        let refers = [
                            (FONTS, tag.number("fontId")),
                            (FILLS, tag.number("fillId")),
                            (BORDERS, tag.number("borderId")),
                            (
                                STYLE_FORMATS,
                                (list != STYLE_FORMATS).then(|| tag.number("xfId")).flatten(),
                            ),
                        ];
                        let ours = inserted.is_some_and(|spans| {
                            spans.iter().any(|span| span.contains(&(offset as u64)))
                        });
                        formats.push(Format { list, at: counts[list], refers, ours });
                    }
                    counts[list] += 1;
                }
            }
            _ => {}
        }
        depth += u32::from(tag.kind == TagKind::Start);
    }
    for (at, name) in ORDER.iter().enumerate().take(DIFFERENTIAL + 1) {
        // Excel does not mind; but we count right.
        if facts.ours && stated[at].is_some_and(|stated| stated != counts[at]) {
            findings.add(30, &part, format!("{name} count {:?}, found {}", stated[at], counts[at]));
        }
    }
    for format in formats {
        // Other writers name a style where there are none, and Excel does not mind; its validator does.
        if format.ours && counts[STYLE_FORMATS] == 0 && format.refers[3].1.is_some() {
            let detail = format!("{} {}: a style of none", ORDER[format.list], format.at);
            findings.add(31, &part, detail);
        }
        for (list, index) in format.refers {
            if counts[list] > 0 && index.is_some_and(|index| index >= counts[list]) {
                findings.add(
                    31,
                    &part,
                    format!("{} {}: {} {:?}", ORDER[format.list], format.at, ORDER[list], index),
                );
            }
        }
    }
    if counts[FORMATS] + counts[STYLE_FORMATS] > FORMAT_LIMIT {
        findings.add(31, &part, format!("{} formats", counts[FORMATS]));
    }
    facts.formats = Some(counts[FORMATS]);
    facts.differential = counts[DIFFERENTIAL];
}
