//! Rules 17 to 26, 28, 31, 32 and 35: one sheet, streamed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::ops::Range as Span;

use super::book::{dialect, too_much};
use super::{Facts, Findings, Header, Seen, Touched, View, each, parts};
use crate::model::{CellRef, Range};
use crate::write::annotate::ahead;
use crate::write::annotate::package::{
    RELATIONSHIPS, RELATIONSHIPS_STRICT, Relationship, SheetEntry,
};
use crate::write::annotate::sheet::{ORDER, rank};
use crate::write::annotate::splice::Audit;
use crate::write::annotate::walk::{Fault, Walk};
use crate::write::annotate::xml::{self, Tag, TagKind};

/// Checks a sheet; of a copy, only the rows that our bytes are in.
pub(super) fn check(
    view: &View<'_>,
    entry: &SheetEntry,
    facts: &Facts,
    touched: Option<&Touched>,
    findings: &mut Findings,
) -> Seen {
    let Some(part) = view.archive.find(&entry.part) else { return Seen::default() };
    let Ok(reader) = view.archive.stream(part) else {
        findings.add(5, &entry.part, "cannot be inflated");
        return Seen::default();
    };
    ahead::read_ahead(part.size, reader, |reader| {
        check_stream(view, entry, reader, facts, touched, findings)
    })
}

/// The same, of a sheet that is inflated meanwhile.
fn check_stream(
    view: &View<'_>,
    entry: &SheetEntry,
    reader: &mut dyn Read,
    facts: &Facts,
    touched: Option<&Touched>,
    findings: &mut Findings,
) -> Seen {
    let mut seen = Seen::default();
    let back = touched.and_then(|touched| touched.back.as_ref());
    let reader = Audit::new(reader, back.map_or(&[], |back| &back.cuts[..]));
    let cuts = touched.map(|touched| &touched.spans[..]);
    let ids = view.related(&entry.part).into_iter().map(|r| r.id).collect();
    let mut pass = Pass {
        walk: Walk::new(reader),
        part: &entry.part,
        facts,
        cuts,
        inserted: facts.inserted.get(&entry.part.to_ascii_lowercase()).map(|spans| &spans[..]),
        findings,
        seen: &mut seen,
        ids,
        prefix: Vec::new(),
        relationship_prefix: None,
        row: 0,
        formulas: facts.chain.get(&entry.id).cloned().unwrap_or_default(),
        priorities: BTreeSet::new(),
    };
    let result = pass.run();
    let chain = std::mem::take(&mut pass.formulas);
    let restored = pass.walk.inner().restored();
    if let Err(Fault(what)) = result {
        let bytes = view.archive.find(&entry.part).and_then(|part| view.archive.read(part).ok());
        let encoded = bytes.is_some_and(|bytes| !xml::is_utf8(&bytes[..bytes.len().min(200)]));
        if !encoded {
            findings.add(39, &entry.part, what);
        }
        return seen;
    }
    if back.is_some_and(|back| back.before != restored) {
        findings.add(40, &entry.part, "changed elsewhere than at our marks");
    }
    if cuts.is_none() {
        for cell in chain {
            findings.add(28, &entry.part, format!("{cell} has no formula"));
        }
    }
    overlaps(&entry.part, &seen.merges, findings);
    seen
}

struct Pass<'a, 'v> {
    walk: Walk<Audit<'a, &'v mut dyn Read>>,
    part: &'a str,
    facts: &'a Facts,
    cuts: Option<&'a [Span<u64>]>,
    inserted: Option<&'a [Span<u64>]>,
    findings: &'a mut Findings,
    seen: &'a mut Seen,
    ids: BTreeSet<String>,
    prefix: Vec<u8>,
    relationship_prefix: Option<String>,
    row: u32,
    /// Cells of the calculation chain that no formula was found for so far.
    formulas: BTreeSet<CellRef>,
    priorities: BTreeSet<i64>,
}

impl Pass<'_, '_> {
    fn add(&mut self, rule: u8, detail: impl Into<String>) {
        self.findings.add(rule, self.part, detail);
    }

    fn run(&mut self) -> Result<(), Fault> {
        let mut last = 0;
        while self.walk.advance()? {
            let depth = self.walk.depth();
            let tag = self.walk.tag();
            let opened = tag.kind == TagKind::Start;
            let level = depth - usize::from(opened);
            if tag.kind == TagKind::End {
                continue;
            }
            if level == 0 {
                self.root();
                continue;
            }
            let own = tag.prefix() == self.prefix;
            if level == 1 {
                let place = if own { rank(tag.local()) } else { None };
                if let Some(place) = place {
                    let name = ORDER[place];
                    let many = matches!(name, "cols" | "conditionalFormatting");
                    if place < last || (place == last && !many && last > 0) {
                        self.add(35, format!("{name} after {}", ORDER[last]));
                    }
                    last = last.max(place);
                }
                if own && self.walk.tag().local() == b"sheetData" {
                    if opened {
                        self.rows()?;
                    }
                    continue;
                }
            }
            if own {
                self.around_cells(level);
            }
            self.used_id();
        }
        Ok(())
    }

    fn root(&mut self) {
        let tag = self.walk.tag();
        self.prefix = tag.prefix().to_vec();
        self.relationship_prefix = xml::prefix_of(&tag, &[RELATIONSHIPS, RELATIONSHIPS_STRICT]);
        dialect(&tag, self.part, self.facts.strict, self.findings);
        parts::ignorable(&tag, self.part, self.findings);
    }

    /// An id that is used must be defined.
    fn used_id(&mut self) {
        let tag = self.walk.tag();
        let local = xml::prefix_of(&tag, &[RELATIONSHIPS, RELATIONSHIPS_STRICT]);
        let Some(prefix) = local.as_ref().or(self.relationship_prefix.as_ref()) else { return };
        if prefix.is_empty() {
            return;
        }
        let id = tag.value(&format!("{prefix}id")).map(std::borrow::Cow::into_owned);
        if let Some(id) = id.filter(|id| !id.is_empty() && !self.ids.contains(id)) {
            self.add(3, format!("{id} undefined"));
        }
    }

    fn around_cells(&mut self, level: usize) {
        let tag = self.walk.tag();
        match (level, tag.local()) {
            (1, b"dimension") => {
                let text = tag.value("ref").unwrap_or_default().replace('$', "");
                if text.parse::<Range>().is_err() {
                    self.add(24, text);
                }
            }
            (2, b"col") => {
                let (first, last) = (tag.number::<u32>("min"), tag.number::<u32>("max"));
                let style = tag.number::<u32>("style");
                if !matches!((first, last), (Some(first), Some(last)) if first >= 1 && first <= last && last <= 16_384)
                {
                    self.add(32, format!("col {first:?}:{last:?}"));
                }
                self.style(style, 32, "col");
            }
            (2, b"mergeCell") => {
                let text = tag.value("ref").unwrap_or_default().into_owned();
                match text.parse::<Range>() {
                    Ok(range) => self.seen.merges.push(range),
                    Err(()) => self.add(23, text),
                }
            }
            (2, b"cfRule") => self.conditional(),
            (_, b"legacyDrawing") => {
                self.seen.legacy_drawing =
                    Some(tag.local_value("id").unwrap_or_default().into_owned());
            }
            _ => {}
        }
    }

    fn conditional(&mut self) {
        let tag = self.walk.tag();
        let (priority, format) = (tag.number::<i64>("priority"), tag.number::<u32>("dxfId"));
        match priority {
            Some(priority) if priority >= 1 => {
                self.priorities.insert(priority);
            }
            other => self.add(26, format!("priority {other:?}")),
        }
        if format.is_some_and(|format| format >= self.facts.differential) {
            self.add(26, format!("dxfId {}", format.unwrap_or(0)));
        }
    }

    fn style(&mut self, style: Option<u32>, rule: u8, what: &str) {
        if let (Some(style), Some(count)) = (style, self.facts.formats)
            && style >= count.max(1)
        {
            self.add(rule, format!("{what}: style {style} of {count}"));
        }
    }

    /// Whether one of our bytes is in that span.
    fn is_ours(&self, span: Span<u64>) -> bool {
        let Some(cuts) = self.cuts else { return true };
        let at = cuts.partition_point(|cut| cut.end < span.start);
        cuts.get(at).is_some_and(|cut| cut.start <= span.end)
    }

    /// Whether what begins there was put in by us.
    fn is_inserted(&self, offset: u64) -> bool {
        self.inserted.is_some_and(|spans| {
            let at = spans.partition_point(|span| span.end <= offset);
            spans.get(at).is_some_and(|span| span.start <= offset)
        })
    }

    fn next_cut(&self, from: u64) -> u64 {
        let Some(cuts) = self.cuts else { return 0 };
        let at = cuts.partition_point(|cut| cut.end < from);
        cuts.get(at).map_or(u64::MAX, |cut| cut.start)
    }

    fn rows(&mut self) -> Result<(), Fault> {
        let level = self.walk.depth();
        while self.walk.advance()? {
            let tag = self.walk.tag();
            if tag.kind == TagKind::End {
                if self.walk.depth() < level {
                    return Ok(());
                }
                continue;
            }
            if tag.local() != b"row" || tag.prefix() != self.prefix {
                continue;
            }
            let open = tag.kind == TagKind::Start;
            let offset = self.walk.offset();
            let number = tag.number::<u32>("r").unwrap_or(self.row + 1);
            let stated = tag.raw_value("r").is_some();
            if number <= self.row
                || number > 1_048_576
                || (stated && tag.number::<u32>("r").is_none())
            {
                let last = self.row;
                self.add(17, format!("row {number} after {last}"));
            }
            self.row = number;
            let limit = self.next_cut(offset);
            if open && limit > 0 && self.walk.skip_element(limit)?.is_some() {
                continue;
            }
            if self.is_ours(offset..u64::MAX) {
                let tag = self.walk.tag();
                let style = tag.flag("customFormat").then(|| tag.number("s")).flatten();
                self.style(style, 32, "row");
            }
            if open {
                self.cells(number)?;
            }
        }
        Ok(())
    }

    fn cells(&mut self, row: u32) -> Result<(), Fault> {
        let level = self.walk.depth();
        let spans = self.spans();
        let mut next = 0_u32;
        while self.walk.advance()? {
            let tag = self.walk.tag();
            if tag.kind == TagKind::End {
                if self.walk.depth() < level {
                    return Ok(());
                }
                continue;
            }
            if tag.local() != b"c" || tag.prefix() != self.prefix {
                continue;
            }
            let open = tag.kind == TagKind::Start;
            let offset = self.walk.offset();
            let stated = tag.raw_value("r");
            let parsed =
                stated.and_then(|text| std::str::from_utf8(text).ok()).map(str::parse::<CellRef>);
            let cell = match parsed {
                Some(Ok(cell)) => cell,
                Some(Err(())) => {
                    let text = String::from_utf8_lossy(stated.unwrap_or_default()).into_owned();
                    self.add(17, format!("cell {text} in row {row}"));
                    CellRef::new(row.saturating_sub(1), next)
                }
                None => CellRef::new(row.saturating_sub(1), next),
            };
            if cell.column < next || cell.row + 1 != row {
                self.add(17, format!("cell {cell} in row {row}"));
            }
            next = cell.column + 1;
            // Other writers get spans wrong without harm; a cell that we put in must not be denied.
            if let Some((first, last)) = spans
                && !(first..=last).contains(&next)
                && self.is_inserted(offset)
            {
                self.add(19, format!("{cell} outside its row's spans"));
            }
            let tag = self.walk.tag();
            let (style, kind) =
                (tag.number::<u32>("s"), tag.value("t").map(std::borrow::Cow::into_owned));
            self.style(style, 31, "cell");
            if open {
                self.content(cell, kind.as_deref())?;
            }
        }
        Ok(())
    }

    fn spans(&self) -> Option<(u32, u32)> {
        let tag = self.walk.tag();
        let text = tag.value("spans")?;
        let (first, last) = text.split_once(':')?;
        Some((first.parse().ok()?, last.parse().ok()?))
    }

    fn content(&mut self, cell: CellRef, kind: Option<&str>) -> Result<(), Fault> {
        let level = self.walk.depth();
        let mut words = String::new();
        while self.walk.advance()? {
            let tag = self.walk.tag();
            let (local, tag_kind) = (tag.local().to_vec(), tag.kind);
            match (tag_kind, &local[..]) {
                (TagKind::Start, b"v" | b"t") => self.walk.keep_text(true),
                (TagKind::Start | TagKind::Empty, b"f") => {
                    let tag = self.walk.tag();
                    let range = tag.value("ref").and_then(|text| text.parse::<Range>().ok());
                    match range {
                        // An array formula stands in its first cell for all.
                        Some(range) if tag.raw_value("t") != Some(b"shared") => {
                            self.formulas.retain(|cell| !range.contains(*cell));
                        }
                        _ => {
                            self.formulas.remove(&cell);
                        }
                    }
                }
                (TagKind::End, b"v") => {
                    let text = String::from_utf8_lossy(&self.walk.text).into_owned();
                    self.walk.keep_text(false);
                    self.value(cell, kind, &text);
                }
                (TagKind::End, b"t") => {
                    words.push_str(&String::from_utf8_lossy(&self.walk.text));
                    self.walk.keep_text(false);
                }
                (TagKind::End, b"c") if self.walk.depth() < level => {
                    if kind == Some("inlineStr") {
                        self.words(cell, words);
                    }
                    return Ok(());
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn value(&mut self, cell: CellRef, kind: Option<&str>, text: &str) {
        match kind {
            Some("s") => {
                let index = text.trim().parse::<u32>().ok();
                // Of a copy, the strings are not counted: no index is ours.
                if self.cuts.is_none() {
                    let count = self.facts.strings.unwrap_or(0);
                    match index {
                        Some(index) if index < count => {
                            self.seen.headers.insert(cell, Header::Shared(index));
                        }
                        _ => self.add(21, format!("{cell}: string {text} of {count}")),
                    }
                }
            }
            Some("str") => self.words(cell, text.to_owned()),
            Some("b" | "e" | "d") => {}
            None | Some("n") => {
                if !text.trim().is_empty() && text.trim().parse::<f64>().is_err() {
                    self.add(20, format!("{cell}: number “{text}”"));
                }
            }
            Some(other) => {
                if other != "inlineStr" {
                    self.add(20, format!("{cell}: type {other}"));
                }
            }
        }
    }

    fn words(&mut self, cell: CellRef, text: String) {
        if let Some(why) = too_much(&text) {
            self.add(22, format!("{cell}: {why}"));
        }
        if self.cuts.is_none() && self.seen.headers.len() < 1_000_000 {
            self.seen.headers.insert(cell, Header::Text(text));
        }
    }
}

/// Merged ranges, by a sweep over their rows.
fn overlaps(part: &str, merges: &[Range], findings: &mut Findings) {
    let mut sorted: Vec<&Range> = merges.iter().collect();
    sorted.sort();
    let mut open: BTreeMap<u32, &Range> = BTreeMap::new();
    for range in sorted {
        open.retain(|_, other| other.end.row >= range.start.row);
        let left = open.range(..=range.end.column).next_back();
        if let Some((_, other)) = left
            && other.end.column >= range.start.column
        {
            findings.add(23, part, format!("{range} over {other}"));
        }
        open.insert(range.start.column, range);
    }
}

/// What tables of the whole workbook share.
#[derive(Debug, Default)]
pub(super) struct Tables {
    ids: BTreeSet<u32>,
    names: BTreeSet<String>,
}

/// Rule 25.
pub(super) fn tables(
    view: &View<'_>,
    entry: &SheetEntry,
    related: &[Relationship],
    seen: &Seen,
    facts: &Facts,
    tables: &mut Tables,
    findings: &mut Findings,
) {
    for relationship in related.iter().filter(|relationship| relationship.kind == "table") {
        let part = &relationship.target;
        let Some(bytes) = view.read(part) else { continue };
        let Some((_, root)) = each(&bytes).find(|(_, tag)| tag.opens(b"table")) else {
            findings.add(25, part, "no table");
            continue;
        };
        identity(&root, part, tables, findings);
        let Some(range) = root.value("ref").and_then(|text| text.parse::<Range>().ok()) else {
            findings.add(25, part, "no range");
            continue;
        };
        for merge in &seen.merges {
            if meets(*merge, range) {
                findings.add(23, &entry.part, format!("{merge} in table {range}"));
            }
        }
        let columns: Vec<String> = each(&bytes)
            .filter(|(_, tag)| tag.opens(b"tableColumn"))
            .map(|(_, tag)| tag.value("name").unwrap_or_default().into_owned())
            .collect();
        if columns.len() as u32 != range.size().1 {
            findings.add(25, part, format!("{} columns in {range}", columns.len()));
            continue;
        }
        if root.number::<u32>("headerRowCount") == Some(0) {
            continue;
        }
        for (at, name) in columns.iter().enumerate() {
            let cell = CellRef::new(range.start.row, range.start.column + at as u32);
            let text = match seen.headers.get(&cell) {
                Some(Header::Text(text)) => Some(text.as_str()),
                Some(Header::Shared(index)) => facts.texts.get(*index as usize).map(String::as_str),
                None => None,
            };
            if text.is_some_and(|text| !same_header(text, name)) {
                findings.add(25, part, format!("{cell} “{}” is not “{name}”", text.unwrap_or("")));
            }
        }
    }
}

/// Line breaks and escapes are written differently in the two places.
fn same_header(cell: &str, column: &str) -> bool {
    let plain = |text: &str| {
        text.replace("_x000a_", "\n")
            .replace("_x000A_", "\n")
            .replace("_x000d_", "")
            .replace("_x000D_", "")
            .replace('\r', "")
            .split_whitespace()
            .collect::<String>()
    };
    plain(cell).eq_ignore_ascii_case(&plain(column)) || plain(cell) == plain(column)
}

fn identity(root: &Tag<'_>, part: &str, tables: &mut Tables, findings: &mut Findings) {
    let id = root.number::<u32>("id").unwrap_or(0);
    if id == 0 || !tables.ids.insert(id) {
        findings.add(25, part, format!("id {id}"));
    }
    let name = root.value("displayName").or_else(|| root.value("name")).unwrap_or_default();
    if !tables.names.insert(name.to_lowercase()) {
        findings.add(25, part, format!("name {name} twice"));
    }
    if name.is_empty() || name.parse::<CellRef>().is_ok() || name.contains(' ') {
        findings.add(25, part, format!("name “{name}”"));
    }
}

fn meets(a: Range, b: Range) -> bool {
    a.start.row <= b.end.row
        && b.start.row <= a.end.row
        && a.start.column <= b.end.column
        && b.start.column <= a.end.column
}
