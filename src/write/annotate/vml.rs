//! The shapes of notes, in the old drawing language that Excel still keeps them in.
//!
//! Such parts are often not well-formed, and their ids are blocks of 1024 that the whole workbook shares; so a part is
//! only ever extended by bytes before its end tag, with ids that no other part uses.

use std::collections::{BTreeMap, BTreeSet};

use memchr::memmem;
use unicode_width::UnicodeWidthChar;

use super::sheet::Grid;
use super::splice::Patch;
use super::xml::{self, TagKind};
use crate::model::CellRef;

const BLOCK: u32 = 1024;
/// The last column and row, for boxes at the edge.
const EDGE: CellRef = CellRef { row: 1_048_575, column: 16_383 };

/// The ids in use in the whole workbook.
#[derive(Debug, Default)]
pub(super) struct Ids {
    blocks: BTreeSet<u32>,
    shapes: BTreeSet<u32>,
}

/// The blocks that a part claims: where the list stands, and what it says.
fn claimed(bytes: &[u8]) -> Option<(std::ops::Range<usize>, Vec<u32>)> {
    let (at, tag) = xml::tags(bytes).find(|(_, tag)| tag.opens(b"idmap"))?;
    let range = tag.value_range("data")?;
    let blocks = String::from_utf8_lossy(&tag.raw[range.clone()])
        .split([',', ' '])
        .filter_map(|number| number.trim().parse().ok())
        .collect();
    Some((at + range.start..at + range.end, blocks))
}

fn shapes(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    const MARK: &[u8] = b"_x0000_s";
    memmem::find_iter(bytes, MARK).filter_map(|at| {
        let digits = &bytes[at + MARK.len()..];
        let length = digits.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
        std::str::from_utf8(&digits[..length]).ok()?.parse().ok()
    })
}

impl Ids {
    /// Takes note of a part's ids.
    pub(super) fn learn(&mut self, bytes: &[u8]) {
        if let Some((_, blocks)) = claimed(bytes) {
            self.blocks.extend(blocks);
        }
        for shape in shapes(bytes) {
            self.shapes.insert(shape);
            // Number 0 of old writers is no block.
            self.blocks.insert(shape / BLOCK);
        }
    }

    fn fresh_block(&mut self) -> u32 {
        let block = self.blocks.last().map_or(1, |last| last + 1).max(1);
        self.blocks.insert(block);
        block
    }

    /// Ids for `count` shapes, first from the free ones of `blocks`, then from new blocks, which are added to it.
    fn allot(&mut self, count: usize, blocks: &mut Vec<u32>) -> Vec<u32> {
        let mut ids = Vec::with_capacity(count);
        let mut at = 0;
        while ids.len() < count {
            if at == blocks.len() {
                blocks.push(self.fresh_block());
            }
            let block = blocks[at];
            // Excel never gives out the first id of a block, and goes on after the last one used.
            let used = self.shapes.range(block * BLOCK..(block + 1) * BLOCK).next_back().copied();
            let first = used.map_or(block * BLOCK + 1, |used| used + 1);
            for id in (first..(block + 1) * BLOCK).take(count - ids.len()) {
                self.shapes.insert(id);
                ids.push(id);
            }
            at += 1;
        }
        ids
    }
}

/// How large a box a text needs, in pixels, at 9 points.
#[expect(clippy::cast_precision_loss, reason = "pixels, no amounts")]
pub(super) fn box_size(text: &str) -> (f32, f32) {
    let wide = |line: &str| -> usize {
        line.chars()
            .map(|c| if c.is_ascii() { 13 } else { c.width_cjk().unwrap_or(0) * 13 / 2 * 2 })
            .sum::<usize>()
            / 2
    };
    let longest = text.lines().map(wide).max().unwrap_or(0);
    let width = (longest + 18).clamp(150, 340);
    let lines: usize = text.lines().map(|line| wide(line).div_ceil(width - 18).max(1)).sum();
    (width as f32, (lines.clamp(1, 60) * 17 + 14) as f32)
}

/// The eight numbers of an anchor: a box beside a cell.
#[expect(clippy::float_arithmetic, reason = "pixels, no amounts")]
fn anchor(cell: CellRef, size: (f32, f32), grid: &Grid) -> String {
    let left = (cell.column + 1).min(EDGE.column);
    let top = cell.row.saturating_sub(1);
    let (column, x) = walk(left, 15.0 + size.0, EDGE.column, |column| grid.width(column));
    let (row, y) = walk(top, 4.0 + size.1, EDGE.row, |row| grid.height(row));
    format!("{left}, 15, {top}, 4, {column}, {x}, {row}, {y}")
}

/// Where a distance from the start of a column or row ends.
#[expect(clippy::float_arithmetic, reason = "pixels, no amounts")]
fn walk(start: u32, distance: f32, edge: u32, size: impl Fn(u32) -> f32) -> (u32, u32) {
    let (mut at, mut left) = (start, distance);
    // Hidden ones have no size; many of them in a row must not cost a walk over the whole sheet.
    while at < edge && at < start + 2000 {
        let own = size(at);
        if left < own {
            break;
        }
        left -= own;
        at += 1;
    }
    #[expect(clippy::cast_sign_loss, reason = "never negative")]
    (at, left.min(size(at)) as u32)
}

fn shape(id: u32, cell: CellRef, size: (f32, f32), grid: &Grid, own_names: bool) -> String {
    let names = if own_names {
        ""
    } else {
        " xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" xmlns:x=\"urn:schemas-microsoft-com:office:excel\""
    };
    #[expect(clippy::float_arithmetic, reason = "points, no amounts")]
    let (width, height) = (size.0 * 0.75, size.1 * 0.75);
    format!(
        "<v:shape{names} id=\"_x0000_s{id}\" type=\"#_x0000_t202\" style=\"position:absolute;margin-left:60pt;margin-top:2pt;width:{width:.2}pt;height:{height:.2}pt;z-index:{};visibility:hidden\" fillcolor=\"#ffffe1\" o:insetmode=\"auto\"><v:fill color2=\"#ffffe1\"/><v:shadow on=\"t\" color=\"black\" obscured=\"t\"/><v:path o:connecttype=\"none\"/><v:textbox style=\"mso-direction-alt:auto\"><div style=\"text-align:left\"></div></v:textbox><x:ClientData ObjectType=\"Note\"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{}</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{}</x:Row><x:Column>{}</x:Column></x:ClientData></v:shape>",
        id % BLOCK + 1,
        anchor(cell, size, grid),
        cell.row,
        cell.column,
    )
}

const TYPE: &str = "<v:shapetype{names} id=\"_x0000_t202\" coordsize=\"21600,21600\" o:spt=\"202\" path=\"m,l,21600r21600,l21600,xe\"><v:stroke joinstyle=\"miter\"/><v:path gradientshapeok=\"t\" o:connecttype=\"rect\"/></v:shapetype>";

/// A drawing part for the notes of a sheet that has none.
pub(super) fn create(notes: &BTreeMap<CellRef, String>, grid: &Grid, ids: &mut Ids) -> String {
    let mut blocks = Vec::new();
    let allotted = ids.allot(notes.len(), &mut blocks);
    let list: Vec<String> = blocks.iter().map(u32::to_string).collect();
    let mut text = format!(
        "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><o:shapelayout v:ext=\"edit\"><o:idmap v:ext=\"edit\" data=\"{}\"/></o:shapelayout>{}",
        list.join(","),
        TYPE.replace("{names}", "")
    );
    for ((cell, note), id) in notes.iter().zip(allotted) {
        text.push_str(&shape(id, *cell, box_size(note), grid, true));
    }
    text.push_str("</xml>");
    text
}

/// Adds shapes to a part that is there already. False when it is not understood.
pub(super) fn extend(
    patch: &mut Patch,
    notes: &BTreeMap<CellRef, String>,
    extended: &BTreeMap<CellRef, String>,
    grid: &Grid,
    ids: &mut Ids,
) -> bool {
    let Some(end) = memmem::rfind(&patch.bytes, b"</xml>") else { return false };
    let Some((_, root)) = xml::tags(&patch.bytes).find(|(_, tag)| tag.opens(b"xml")) else {
        return false;
    };
    let own_names =
        ["xmlns:v", "xmlns:o", "xmlns:x"].iter().all(|name| root.raw_value(name).is_some());
    let has_type = memmem::find(&patch.bytes, b"id=\"_x0000_t202\"").is_some()
        || memmem::find(&patch.bytes, b"id='_x0000_t202'").is_some()
        || memmem::find(&patch.bytes, b"id=_x0000_t202").is_some();
    let mut text = String::new();
    if !notes.is_empty() {
        let (range, mut blocks) = claimed(&patch.bytes).unzip();
        let claimed_before = blocks.as_ref().map_or(0, Vec::len);
        let allotted = ids.allot(notes.len(), blocks.get_or_insert_with(Vec::new));
        let blocks = blocks.unwrap_or_default();
        if let Some(range) = range
            && blocks.len() > claimed_before
        {
            let list: Vec<String> = blocks.iter().map(u32::to_string).collect();
            patch.replace(range, list.join(","));
        }
        if !has_type {
            let names = if own_names {
                ""
            } else {
                " xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\""
            };
            text.push_str(&TYPE.replace("{names}", names));
        }
        for ((cell, note), id) in notes.iter().zip(allotted) {
            text.push_str(&shape(id, *cell, box_size(note), grid, own_names));
        }
    }
    for (range, wanted) in taller(&patch.bytes, extended, grid) {
        patch.replace(range, wanted);
    }
    patch.insert(end, text);
    true
}

/// The anchors of notes whose text became longer: where they stand, and what they should be.
fn taller(
    bytes: &[u8],
    extended: &BTreeMap<CellRef, String>,
    grid: &Grid,
) -> Vec<(std::ops::Range<usize>, String)> {
    if extended.is_empty() {
        return Vec::new();
    }
    let wanted = |(cell, at): (CellRef, Option<std::ops::Range<usize>>)| {
        let (text, at) = (extended.get(&cell)?, at?);
        let old = String::from_utf8_lossy(&bytes[at.clone()]).into_owned();
        Some((at, grown(&old, text, grid)?))
    };
    anchored(bytes).into_iter().filter_map(wanted).collect()
}

/// The cells whose notes have shapes.
pub(super) fn cells(bytes: &[u8]) -> BTreeSet<CellRef> {
    anchored(bytes).into_iter().map(|(cell, _)| cell).collect()
}

/// The cell of each note that has a shape, and where its anchor stands.
fn anchored(bytes: &[u8]) -> Vec<(CellRef, Option<std::ops::Range<usize>>)> {
    let mut found = Vec::new();
    let (mut anchor_at, mut row, mut column) = (None, None, None);
    let mut open: Option<(&[u8], usize)> = None;
    for (at, tag) in xml::tags(bytes) {
        match (tag.kind, tag.local()) {
            (TagKind::Start, b"ClientData") => (anchor_at, row, column) = (None, None, None),
            (TagKind::Start, name @ (b"Anchor" | b"Row" | b"Column")) => {
                open = Some((name, at + tag.raw.len()));
            }
            (TagKind::End, b"Anchor" | b"Row" | b"Column") => {
                let Some((name, from)) = open.take() else { continue };
                let number =
                    || String::from_utf8_lossy(&bytes[from..at]).trim().parse::<u32>().ok();
                match name {
                    b"Anchor" => anchor_at = Some(from..at),
                    b"Row" => row = number(),
                    _ => column = number(),
                }
            }
            (TagKind::End, b"ClientData") => {
                if let (Some(row), Some(column)) = (row, column) {
                    found.push((CellRef::new(row, column), anchor_at.take()));
                }
            }
            _ => {}
        }
    }
    found
}

/// An anchor large enough for a text; `None` when it is already.
#[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "pixels, no amounts")]
fn grown(anchor: &str, text: &str, grid: &Grid) -> Option<String> {
    let numbers: Vec<u32> =
        anchor.split(',').map(|number| number.trim().parse().ok()).collect::<Option<_>>()?;
    let [left, x, top, y, right, x2, bottom, y2] = numbers[..] else { return None };
    // Drawn backwards, or over half the sheet: not ours to mend.
    if right < left || bottom < top || bottom - top > 2000 || right - left > 2000 {
        return None;
    }
    let width = (left..right).map(|column| grid.width(column)).sum::<f32>() + x2 as f32 - x as f32;
    let height = (top..bottom).map(|row| grid.height(row)).sum::<f32>() + y2 as f32 - y as f32;
    let (wide, high) = box_size(text);
    // A wider box than ours breaks the lines less often.
    let wanted = high * (wide / width.max(wide)).min(1.0);
    if wanted <= height && wide <= width {
        return None;
    }
    let (column, across) = walk(left, x as f32 + wide.max(width), EDGE.column, |c| grid.width(c));
    let (row, offset) = walk(top, y as f32 + wanted.max(height), EDGE.row, |r| grid.height(r));
    Some(format!("{left}, {x}, {top}, {y}, {column}, {across}, {row}, {offset}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(count: u32) -> BTreeMap<CellRef, String> {
        (0..count).map(|row| (CellRef::new(row, 0), "≠".to_owned())).collect()
    }

    #[test]
    fn many_notes_take_several_blocks() {
        let mut ids = Ids::default();
        ids.learn(b"<o:idmap v:ext=\"edit\" data=\"1,3\"/><v:shape id=\"_x0000_s3075\"/>");
        let text = create(&notes(1500), &Grid::default(), &mut ids);
        assert!(text.contains("data=\"4,5\""));
        assert!(text.contains("_x0000_s4097\"") && text.contains("_x0000_s5119\""));
        assert!(text.contains("_x0000_s5121\"") && !text.contains("_x0000_s5120\""));
    }

    #[test]
    fn a_part_is_extended_within_its_own_block() {
        let part = "<xml xmlns:v=\"v\" xmlns:o=\"o\" xmlns:x=\"x\"><o:idmap data=\"2\"/><v:shape id=\"_x0000_s2050\"/></xml>";
        let mut ids = Ids::default();
        ids.learn(part.as_bytes());
        let mut patch = Patch::new(part.as_bytes().to_vec());
        assert!(extend(&mut patch, &notes(2), &BTreeMap::new(), &Grid::default(), &mut ids));
        let text = String::from_utf8(patch.apply().0).unwrap();
        assert!(text.contains("data=\"2\"") && text.contains("_x0000_s2052\""), "{text}");
        assert_eq!(text.matches("<v:shapetype").count(), 1);
    }

    #[test]
    fn a_box_grows_for_a_longer_text() {
        let grid = Grid::default();
        assert_eq!(grown("1, 15, 0, 4, 5, 15, 9, 4", "short", &grid), None);
        let taller = grown("1, 15, 0, 4, 3, 15, 2, 4", &"数字\n".repeat(10), &grid).unwrap();
        let numbers: Vec<u32> = taller.split(", ").map(|number| number.parse().unwrap()).collect();
        assert_eq!(numbers[..4], [1, 15, 0, 4]);
        assert!(numbers[6] >= 8, "eleven lines of 17 pixels over rows of 20: {taller}");
    }
}
