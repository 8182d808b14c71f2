//! The style sheet: read as byte ranges, extended at the ends of its lists, never renumbered.
//!
//! A painted cell gets a clone of its own format with another fill: fonts, number formats, borders, alignment and
//! protection stay. Bold or a conditional format would not do: bold turned amounts into ### in trials, and a rule did
//! not show under a data bar.

use std::collections::BTreeMap;
use std::ops::Range;

use super::WriteError;
use super::splice::Patch;
use super::xml::{self, Tag, TagKind};

/// Formats beyond this make Excel refuse the file.
const FORMAT_LIMIT: u32 = 65_430;
/// Fills beyond this are too many for some readers.
const FILL_LIMIT: u32 = 256;
/// Number formats beyond this make Excel repair the file.
const NUMBER_FORMAT_LIMIT: u32 = 200;

/// How a cell is marked; stronger ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Paint {
    Term,
    Info,
    Warning,
    Error,
}

impl Paint {
    /// The fill under dark type, and under light type.
    pub(super) fn colours(self) -> (&'static str, &'static str) {
        match self {
            Self::Error => ("FFF8B878", "FFC55A11"),
            Self::Warning => ("FFFFF2A8", "FF7F6000"),
            Self::Info => ("FFC9E1F5", "FF1F4E79"),
            Self::Term => ("FFE4E4E4", "FF595959"),
        }
    }
}

/// A list of the style sheet.
#[derive(Clone, Debug, Default)]
struct List {
    /// Its start tag; empty when there is none.
    tag: Range<usize>,
    /// Where children are added: the end tag, or the whole tag when the element is empty.
    end: usize,
    empty: bool,
    children: Vec<Range<usize>>,
}

const LISTS: [&str; 7] =
    ["numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles"];
const NUMBER_FORMATS: usize = 0;
const FONTS: usize = 1;
const FILLS: usize = 2;
const BORDERS: usize = 3;
const STYLE_FORMATS: usize = 4;
const FORMATS: usize = 5;

/// A style sheet and what is added to it.
pub(super) struct StyleSheet {
    bytes: Vec<u8>,
    prefix: String,
    lists: [List; LISTS.len()],
    added: [Vec<String>; LISTS.len()],
    /// Where a list that is missing is put: behind the last list before it.
    root_end: usize,
    /// The root is `<styleSheet/>`.
    bare: Option<String>,
}

impl StyleSheet {
    /// Reads the lists of a style sheet.
    pub(super) fn parse(bytes: Vec<u8>) -> Result<Self, WriteError> {
        let mut sheet = Self {
            bytes,
            prefix: String::new(),
            lists: Default::default(),
            added: Default::default(),
            root_end: 0,
            bare: None,
        };
        let bytes = std::mem::take(&mut sheet.bytes);
        let mut depth = 0_u32;
        let mut list: Option<usize> = None;
        let mut child = 0;
        for (at, tag) in xml::tags(&bytes) {
            let end = at + tag.raw.len();
            match tag.kind {
                TagKind::Other => {}
                TagKind::Start | TagKind::Empty => {
                    match depth {
                        0 => {
                            sheet.prefix = String::from_utf8_lossy(tag.prefix()).into_owned();
                            sheet.root_end = end;
                            if tag.kind == TagKind::Empty {
                                sheet.bare = Some(String::from_utf8_lossy(tag.name()).into_owned());
                            }
                        }
                        1 => list = sheet.open_list(at, &tag),
                        2 => child = at,
                        _ => {}
                    }
                    if tag.kind == TagKind::Start {
                        depth += 1;
                    } else if let (2, Some(list)) = (depth, list) {
                        sheet.lists[list].children.push(at..end);
                    }
                }
                TagKind::End => {
                    depth = depth.saturating_sub(1);
                    match (depth, list) {
                        (2, Some(list)) => sheet.lists[list].children.push(child..end),
                        (1, Some(open)) => {
                            sheet.lists[open].end = at;
                            list = None;
                        }
                        _ => {}
                    }
                }
            }
        }
        sheet.bytes = bytes;
        if sheet.root_end == 0 || depth != 0 {
            return Err(WriteError::damaged("styles.xml"));
        }
        Ok(sheet)
    }

    fn open_list(&mut self, at: usize, tag: &Tag<'_>) -> Option<usize> {
        let list = LISTS.iter().position(|name| name.as_bytes() == tag.local())?;
        if self.lists[list].tag.is_empty() {
            let own = &mut self.lists[list];
            own.tag = at..at + tag.raw.len();
            own.empty = tag.kind == TagKind::Empty;
            own.end = own.tag.end;
            return (!own.empty).then_some(list);
        }
        None
    }

    fn count(&self, list: usize) -> u32 {
        (self.lists[list].children.len() + self.added[list].len()) as u32
    }

    fn push(&mut self, list: usize, text: String) -> u32 {
        self.added[list].push(text);
        self.count(list) - 1
    }

    fn p(&self) -> &str {
        &self.prefix
    }

    /// Adds a font, given its children with `{p}` for the prefix.
    pub(super) fn font(&mut self, children: &str) -> u32 {
        if self.count(FONTS) == 0 {
            // Number 0 is the workbook's own.
            self.element(FONTS, "font", "<{p}sz val=\"11\"/><{p}name val=\"Calibri\"/>");
        }
        self.element(FONTS, "font", children)
    }

    /// Adds a border.
    pub(super) fn border(&mut self, children: &str) -> u32 {
        if self.count(BORDERS) == 0 {
            self.element(BORDERS, "border", "");
        }
        self.element(BORDERS, "border", children)
    }

    fn element(&mut self, list: usize, name: &str, children: &str) -> u32 {
        let text = format!("<{{p}}{name}>{children}</{{p}}{name}>").replace("{p}", self.p());
        self.push(list, text)
    }

    /// Adds a solid fill; `None` when there are too many.
    pub(super) fn fill(&mut self, colour: &str) -> Option<u32> {
        while self.count(FILLS) < 2 {
            // Numbers 0 and 1 are fixed.
            let pattern = if self.count(FILLS) == 0 { "none" } else { "gray125" };
            self.element(FILLS, "fill", &format!("<{{p}}patternFill patternType=\"{pattern}\"/>"));
        }
        if self.count(FILLS) >= FILL_LIMIT {
            return None;
        }
        let solid = format!(
            "<{{p}}patternFill patternType=\"solid\"><{{p}}fgColor rgb=\"{colour}\"/><{{p}}bgColor indexed=\"64\"/></{{p}}patternFill>"
        );
        Some(self.element(FILLS, "fill", &solid))
    }

    /// Adds a number format; `None` when there are too many.
    pub(super) fn number_format(&mut self, code: &str) -> Option<u32> {
        if self.count(NUMBER_FORMATS) >= NUMBER_FORMAT_LIMIT {
            return None;
        }
        let own = self.lists[NUMBER_FORMATS]
            .children
            .iter()
            .filter_map(|range| first_tag(&self.bytes[range.clone()]).number::<u32>("numFmtId"))
            .max()
            .unwrap_or(0);
        let id = own.max(175) + 1 + self.added[NUMBER_FORMATS].len() as u32;
        let text = format!(
            "<{}numFmt numFmtId=\"{id}\" formatCode=\"{}\"/>",
            self.prefix,
            xml::escape(code)
        );
        self.push(NUMBER_FORMATS, text);
        Some(id)
    }

    /// Adds a cell format; `None` when there are too many.
    pub(super) fn format(&mut self, text: &str) -> Option<u32> {
        self.first_format();
        if self.count(FORMATS) >= FORMAT_LIMIT {
            return None;
        }
        let mut text = text.replace("{p}", &self.prefix);
        if self.count(STYLE_FORMATS) == 0 {
            text = without_style(&text);
        }
        Some(self.push(FORMATS, text))
    }

    /// Number 0 is what cells without a style have; what it refers to must be there.
    fn first_format(&mut self) {
        if self.count(FONTS) == 0 {
            self.element(FONTS, "font", "<{p}sz val=\"11\"/><{p}name val=\"Calibri\"/>");
        }
        if self.count(BORDERS) == 0 {
            self.element(BORDERS, "border", "");
        }
        if self.count(FORMATS) == 0 {
            let text = format!(
                "<{}xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>",
                self.prefix
            );
            self.push(FORMATS, text);
        }
    }

    /// The text of a cell format; `None` when there is no such format.
    fn format_text(&self, index: u32) -> Option<&str> {
        let own = self.lists[FORMATS].children.len();
        let index = index as usize;
        match self.lists[FORMATS].children.get(index) {
            Some(range) => std::str::from_utf8(&self.bytes[range.clone()]).ok(),
            None => self.added[FORMATS].get(index - own).map(String::as_str),
        }
    }

    /// Whether a format's type is light, so that a light fill would make it unreadable.
    fn light_type(&self, format: &Tag<'_>) -> bool {
        let font = format.number::<usize>("fontId").unwrap_or(0);
        let Some(range) = self.lists[FONTS].children.get(font) else { return false };
        xml::tags(&self.bytes[range.clone()])
            .find(|(_, tag)| tag.opens(b"color"))
            .is_some_and(|(_, tag)| is_light(&tag))
    }

    /// The style sheet as a patch of the original.
    pub(super) fn into_patch(mut self) -> Patch {
        let mut patch = Patch::new(std::mem::take(&mut self.bytes));
        if let Some(name) = &self.bare {
            let lists: String = (0..LISTS.len())
                .filter(|at| !self.added[*at].is_empty())
                .map(|at| {
                    let (list, count) = (LISTS[at], self.added[at].len());
                    let p = &self.prefix;
                    format!("<{p}{list} count=\"{count}\">{}</{p}{list}>", self.added[at].concat())
                })
                .collect();
            patch.replace(self.root_end - 2..self.root_end, format!(">{lists}</{name}>"));
            return patch;
        }
        let mut after = self.root_end;
        for (at, list) in self.lists.iter().enumerate() {
            let added = self.added[at].concat();
            let name = format!("{}{}", self.prefix, LISTS[at]);
            let count = list.children.len() + self.added[at].len();
            if list.tag.is_empty() {
                if !added.is_empty() {
                    patch.insert(after, format!("<{name} count=\"{count}\">{added}</{name}>"));
                }
                continue;
            }
            let tag = Tag::new(&patch.bytes[list.tag.clone()]);
            let close = if list.empty { list.tag.end } else { list.end + name.len() + 3 };
            after = after.max(close);
            if added.is_empty() {
                continue;
            }
            if list.empty {
                patch.replace(
                    list.tag.clone(),
                    format!("<{name} count=\"{count}\">{added}</{name}>"),
                );
                continue;
            }
            if let Some(value) = tag.value_range("count") {
                let start = list.tag.start;
                patch.replace(start + value.start..start + value.end, count.to_string());
            }
            patch.insert(list.end, added);
        }
        patch
    }
}

fn first_tag(bytes: &[u8]) -> Tag<'_> {
    xml::tags(bytes).next().map_or(Tag::new(b"<none/>"), |(_, tag)| tag)
}

/// The tag of a cell format, which may stand in alternatives.
fn format_tag(bytes: &[u8]) -> Tag<'_> {
    xml::tags(bytes)
        .find(|(_, tag)| tag.opens(b"xf"))
        .map_or_else(|| first_tag(bytes), |(_, tag)| tag)
}

/// Whether a colour is light. Themes are taken as usual: 0 and 2 are the light ones.
fn is_light(colour: &Tag<'_>) -> bool {
    if let Some(theme) = colour.number::<u32>("theme") {
        let shaded = colour.raw_value("tint").is_some_and(|tint| tint.starts_with(b"-0.5"));
        return matches!(theme, 0 | 2) && !shaded;
    }
    if let Some(index) = colour.number::<u32>("indexed") {
        return matches!(index, 1 | 9 | 26 | 27 | 41 | 42 | 43);
    }
    let Some(rgb) = colour.value("rgb") else { return false };
    let Ok(value) = u32::from_str_radix(&rgb[rgb.len().saturating_sub(6)..], 16) else {
        return false;
    };
    let [_, red, green, blue] = value.to_be_bytes().map(u32::from);
    (red * 299 + green * 587 + blue * 114) / 1000 > 170
}

/// The twins and fills given so far, for all sheets.
#[derive(Debug, Default)]
pub(super) struct Palette {
    fills: BTreeMap<(Paint, bool), Option<u32>>,
    twins: BTreeMap<(u32, Paint), Option<u32>>,
    /// A limit was met: some marks have no fill.
    pub(super) exhausted: bool,
}

/// Gives painted twins of formats, each once.
pub(super) struct Painter<'a> {
    sheet: &'a mut StyleSheet,
    palette: &'a mut Palette,
}

impl<'a> Painter<'a> {
    pub(super) fn new(sheet: &'a mut StyleSheet, palette: &'a mut Palette) -> Self {
        Self { sheet, palette }
    }

    /// The index of the painted twin; `None` past a limit, or for a format that does not exist.
    pub(super) fn paint(&mut self, format: u32, paint: Paint) -> Option<u32> {
        if let Some(known) = self.palette.twins.get(&(format, paint)) {
            return *known;
        }
        let twin = self.twin(format, paint);
        self.palette.exhausted |= twin.is_none();
        self.palette.twins.insert((format, paint), twin);
        twin
    }

    fn twin(&mut self, format: u32, paint: Paint) -> Option<u32> {
        self.sheet.first_format();
        let text = self.sheet.format_text(format)?.to_owned();
        let light = self.sheet.light_type(&format_tag(text.as_bytes()));
        let sheet = &mut *self.sheet;
        let fill = *self.palette.fills.entry((paint, light)).or_insert_with(|| {
            let (under_dark, under_light) = paint.colours();
            sheet.fill(if light { under_light } else { under_dark })
        });
        self.sheet.format(&with_fill(&text, fill?))
    }
}

/// A cell format with another fill. One in alternatives (`mc:AlternateContent`) is changed in each of them.
fn with_fill(text: &str, fill: u32) -> String {
    let mut edits = Vec::new();
    for (at, tag) in xml::tags(text.as_bytes()).filter(|(_, tag)| tag.opens(b"xf")) {
        let mut missing = String::new();
        for (name, value) in [("fillId", fill.to_string()), ("applyFill", "1".to_owned())] {
            match tag.value_range(name) {
                Some(range) => edits.push((at + range.start..at + range.end, value)),
                None => missing.push_str(&format!(" {name}=\"{value}\"")),
            }
        }
        edits.push((at + tag.name_end()..at + tag.name_end(), missing));
    }
    edited(text, edits)
}

/// A cell format that does not name a style, where there are none to name.
fn without_style(text: &str) -> String {
    let ranges =
        xml::tags(text.as_bytes()).filter(|(_, tag)| tag.opens(b"xf")).filter_map(|(at, tag)| {
            let value = tag.value_range("xfId")?;
            let start = text[..at + value.start].rfind("xfId")?;
            Some((start..at + value.end + 1, String::new()))
        });
    edited(text, ranges.collect())
}

/// A text with places replaced.
fn edited(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut changed = text.to_owned();
    for (range, value) in edits {
        changed.replace_range(range, &value);
    }
    changed
}

/// The style sheet of a workbook that has none.
pub(super) fn blank(namespace: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<styleSheet xmlns=\"{namespace}\">\
<fonts count=\"1\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>\
<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>\
<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
<cellXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/></cellXfs>\
<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHEET: &str = "<styleSheet xmlns=\"m\"><fonts count=\"2\"><font><sz val=\"11\"/></font><font><color rgb=\"FFFFFFFF\"/></font></fonts><fills count=\"2\"><fill/><fill/></fills><borders count=\"1\"><border/></borders><cellXfs count=\"9\"><xf numFmtId=\"4\" fontId=\"0\" fillId=\"0\" applyFill=\"0\"><alignment wrapText=\"1\"/></xf><xf fontId=\"1\"/></cellXfs></styleSheet>";

    fn painted(of: &[(u32, Paint)]) -> (Vec<Option<u32>>, String) {
        let mut sheet = StyleSheet::parse(SHEET.as_bytes().to_vec()).unwrap();
        let mut palette = Palette::default();
        let mut painter = Painter::new(&mut sheet, &mut palette);
        let twins = of.iter().map(|(format, paint)| painter.paint(*format, *paint)).collect();
        (twins, String::from_utf8(sheet.into_patch().apply().0).unwrap())
    }

    #[test]
    fn a_twin_keeps_all_but_the_fill() {
        let (twins, text) = painted(&[(0, Paint::Error), (0, Paint::Error), (1, Paint::Error)]);
        assert_eq!(twins, [Some(2), Some(2), Some(3)]);
        assert!(text.contains("<xf numFmtId=\"4\" fontId=\"0\" fillId=\"2\" applyFill=\"1\"><alignment wrapText=\"1\"/></xf>"));
        assert!(text.contains("<xf fillId=\"3\" applyFill=\"1\" fontId=\"1\"/>"), "{text}");
        assert!(text.contains("<cellXfs count=\"4\">"), "the count that was wrong is right");
        assert!(text.contains("<fills count=\"4\">"));
    }

    #[test]
    fn a_format_in_alternatives_is_filled_in_each() {
        let text = "<mc:AlternateContent xmlns:mc=\"c\"><mc:Choice Requires=\"h\"><x:xf fillId=\"0\" xfId=\"3\" h:a=\"1\"/></mc:Choice><mc:Fallback><x:xf fontId=\"1\"/></mc:Fallback></mc:AlternateContent>";
        assert_eq!(
            with_fill(text, 7),
            "<mc:AlternateContent xmlns:mc=\"c\"><mc:Choice Requires=\"h\"><x:xf applyFill=\"1\" fillId=\"7\" xfId=\"3\" h:a=\"1\"/></mc:Choice><mc:Fallback><x:xf fillId=\"7\" applyFill=\"1\" fontId=\"1\"/></mc:Fallback></mc:AlternateContent>"
        );
        assert!(!without_style(text).contains("xfId"));
    }

    #[test]
    fn a_format_names_no_style_where_there_is_none() {
        let mut sheet = StyleSheet::parse(SHEET.as_bytes().to_vec()).unwrap();
        sheet.format("<{p}xf fontId=\"0\" xfId=\"0\" applyFont=\"1\"/>");
        let text = String::from_utf8(sheet.into_patch().apply().0).unwrap();
        assert!(text.contains("<xf fontId=\"0\"  applyFont=\"1\"/>"), "{text}");
    }

    #[test]
    fn a_format_that_does_not_exist_is_not_painted() {
        assert_eq!(painted(&[(7, Paint::Info)]).0, [None]);
    }

    #[test]
    fn lists_that_are_missing_are_made_in_order() {
        let text = "<styleSheet xmlns=\"m\"><extLst/></styleSheet>";
        let mut sheet = StyleSheet::parse(text.as_bytes().to_vec()).unwrap();
        let mut palette = Palette::default();
        assert_eq!(Painter::new(&mut sheet, &mut palette).paint(0, Paint::Info), Some(1));
        sheet.font("<{p}b/>");
        let text = String::from_utf8(sheet.into_patch().apply().0).unwrap();
        let places: Vec<usize> = ["<fonts", "<fills", "<cellXfs", "<extLst"]
            .iter()
            .map(|name| text.find(name).unwrap())
            .collect();
        assert!(places.is_sorted(), "{text}");
    }
}
