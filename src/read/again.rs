//! A second, independent reader for the cells of findings: calamine, over parts that were inflated and counted here.
//!
//! An alarm that rests on a value which only one program sees there is no alarm. Only .xlsx and .xlsm are read again, cell
//! by cell as a stream: of the other formats the library makes a rectangle of a sheet, or follows chains of sectors, which
//! a hostile file can make endless. What it is handed is a package made anew of the few parts that it needs, checked and
//! within bounds, so that it inflates nothing and finds no name twice; the one size that it takes from a file (the count
//! of shared strings) is taken out before. Of a sheet whose rows and cells say plainly where they stand it is handed the cells
//! alone that are asked for.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Cursor};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader as _, Xlsx};
use zip::write::SimpleFileOptions;

use super::package::Package;
use super::xml::Source as _;
use super::{Limits, sniff, xlsx};
use crate::model::{CellRef, Found, Seen, Wanted};
use crate::number::{self, Decimal};

/// Bytes of a file that is read again, its parts inflated, and cells looked at: some seconds at most.
const CONTAINER: usize = 32 << 20;
const INFLATED: u64 = 256 << 20;
const CELLS: usize = 5_000_000;

/// What is inflated is held. Sheets unfold to ten or twenty times their bytes; where a file unfolds to more than so many, it
/// is read again only while that is little.
const UNFOLDED: u64 = 40;
const LITTLE: u64 = 24 << 20;

/// The values of some cells of an .xlsx as the second reader sees them; `None` where it cannot read the file, or the file
/// is beyond its bounds. Cells that it finds nothing in are [`Seen::Empty`].
pub fn read_again(bytes: &[u8], wanted: &Wanted) -> Option<Found> {
    if bytes.len() > CONTAINER {
        return None;
    }
    let package = anew(bytes, wanted)?;
    // The library indexes and adds without asking; what panics there was not read.
    catch_unwind(AssertUnwindSafe(|| cells(package, wanted))).ok().flatten()
}

/// A package of the parts that are needed, stored.
fn anew(bytes: &[u8], wanted: &Wanted) -> Option<Vec<u8>> {
    let inflated = INFLATED.min((bytes.len() as u64 * UNFOLDED).max(LITTLE));
    let limits = Limits { inflated, part: inflated, ..Limits::default() };
    let package = Package::open(bytes, limits.of_package()).ok()?;
    let parts = Parts::of(&package, wanted).unwrap_or_default();
    let whole: u64 = package.parts().iter().map(|part| part.size).sum();
    let room = whole.min(inflated) as usize + bytes.len() / 8;
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::with_capacity(room)));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for part in package.parts() {
        let name = part.name.to_ascii_lowercase();
        let is_xml = name.rsplit_once('.').is_some_and(|(_, ending)| ending == "xml");
        let is_relations = name.rsplit_once('.').is_some_and(|(_, ending)| ending == "rels");
        let is_needed = is_relations
            || is_xml
                && ["workbook", "sharedstrings", "worksheets/", "[content_types]"]
                    .iter()
                    .any(|word| name.contains(word));
        let is_strings = name.contains("sharedstrings");
        if !is_needed || parts.others.contains(&part.name) || is_strings && !parts.texts {
            continue;
        }
        out.start_file(&part.name, stored).ok()?;
        if let Some((_, cells)) = parts.cut.iter().find(|(name, _)| *name == part.name) {
            put(&mut out, cells)?;
            continue;
        }
        if is_strings {
            let mut content = package.bytes(part).ok()?;
            forget_count(&mut content);
            put(&mut out, &content)?;
            continue;
        }
        let mut stream = package.stream(part).ok()?;
        let mut piece = Vec::new();
        while stream.fill(&mut piece).ok()? {
            put(&mut out, &piece)?;
            piece.clear();
        }
    }
    Some(out.finish().ok()?.into_inner())
}

/// What of the sheets need not be read.
struct Parts {
    /// The parts of those in which nothing is looked for.
    others: Vec<String>,
    /// The parts of others, with the cells alone that are looked for.
    cut: Vec<(String, Vec<u8>)>,
    /// Whether any cell may be a shared text.
    texts: bool,
}

impl Default for Parts {
    /// Where nothing is known everything is read.
    fn default() -> Self {
        Self { others: Vec::new(), cut: Vec::new(), texts: true }
    }
}

/// Bytes of a sheet up to which it is held whole.
const HELD: u64 = 4 << 20;

impl Parts {
    fn of(package: &Package, wanted: &Wanted) -> Option<Self> {
        let (_, main) = sniff::package(package).ok()?;
        let (looked, others): (Vec<_>, Vec<_>) = xlsx::sheet_parts(package, main)
            .ok()?
            .into_iter()
            .partition(|(name, _)| wanted.contains_key(name));
        let is_looked = |part: &String| looked.iter().any(|(_, other)| other == part);
        let others = others.into_iter().map(|(_, part)| part).filter(|part| !is_looked(part));
        let mut parts = Self { others: others.collect(), ..Self::default() };
        for (sheet, name) in &looked {
            let part = package.part(name).filter(|part| part.size <= HELD && part.name == *name);
            // Two sheets of one part are looked at as a whole.
            let only = looked.iter().filter(|(_, other)| other == name).count() == 1;
            if let (Some(part), Some(cells), true) = (part, wanted.get(sheet), only) {
                let content = package.bytes(part).ok()?;
                parts.cut.extend(cut(&content, cells).map(|cut| (name.clone(), cut)));
            }
        }
        let is_text = |cells: &[u8]| memchr::memmem::find(cells, b" t=\"s\"").is_some();
        parts.texts =
            parts.cut.len() < looked.len() || parts.cut.iter().any(|(_, cells)| is_text(cells));
        Some(parts)
    }
}

/// A sheet with some of its cells alone; `None` where its bytes do not say plainly which cells these are.
fn cut(content: &[u8], cells: &BTreeSet<CellRef>) -> Option<Vec<u8>> {
    const DATA: &[u8] = b"<sheetData>";
    let find = |from: usize, what: &[u8]| {
        memchr::memmem::find(content.get(from..)?, what).map(|at| from + at)
    };
    // What stands in a comment may look like a cell.
    if content.contains(&0) || find(0, b"<!").is_some() {
        return None;
    }
    let mut at = find(0, DATA)? + DATA.len();
    let end = at + memchr::memmem::rfind(&content[at..], b"</sheetData>")?;
    let mut out = content[..at].to_vec();
    let last = cells.last()?.row;
    let rows = memchr::memmem::Finder::new(b"<row");
    while let Some(row) = rows.find(&content[at..end]).map(|row| at + row) {
        let digits = content[row..].strip_prefix(b"<row r=\"")?;
        let length = digits.iter().take(8).position(|byte| *byte == b'"')?;
        let number: u32 = std::str::from_utf8(&digits[..length]).ok()?.parse().ok()?;
        let number = number.checked_sub(1)?;
        if number > last {
            break;
        }
        let own = || cells.iter().skip_while(|cell| cell.row < number);
        if own().next().is_none_or(|cell| cell.row != number) {
            at = row + 1;
            continue;
        }
        let inner = row + memchr::memchr(b'>', &content[row..end])? + 1;
        if content[inner - 2] == b'/' {
            at = inner;
            continue;
        }
        let close = find(inner, b"</row>").filter(|close| *close < end)?;
        out.extend_from_slice(&content[row..inner]);
        let mut from = inner;
        while from < close {
            let after = content[from..close].strip_prefix(b"<c r=\"")?;
            let length = after.iter().take(12).position(|byte| *byte == b'"')?;
            let cell: CellRef = std::str::from_utf8(&after[..length]).ok()?.parse().ok()?;
            let next = memchr::memmem::find(&content[from + 1..close], b"<c ");
            let next = next.map_or(close, |next| from + 1 + next);
            if cells.contains(&cell) {
                out.extend_from_slice(&content[from..next]);
            }
            from = next;
        }
        out.extend_from_slice(b"</row>");
        at = close;
    }
    out.extend_from_slice(&content[end..]);
    Some(out)
}

/// Writes on, where bytes mean what they look like.
fn put(out: &mut impl io::Write, content: &[u8]) -> Option<()> {
    if content.contains(&0) {
        return None;
    }
    out.write_all(content).ok()
}

/// Renames the count that the library would make room for.
fn forget_count(content: &mut [u8]) {
    const COUNT: &[u8] = b"uniqueCount";
    let end = memchr::memmem::find(content, b"<si").unwrap_or(content.len());
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&content[from..end], COUNT) {
        content[from + at] = b'n';
        from += at + COUNT.len();
    }
}

fn cells(package: Vec<u8>, wanted: &Wanted) -> Option<Found> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(package)).ok()?;
    let mut seen = HashMap::new();
    let mut looked = 0;
    for (sheet, cells) in wanted {
        let last = cells.last()?.row;
        for cell in cells {
            seen.insert((sheet.clone(), *cell), Seen::Empty);
        }
        let mut reader = book.worksheet_cells_reader(sheet).ok()?;
        while let Some(cell) = reader.next_cell().ok()? {
            looked += 1;
            let (row, column) = cell.get_position();
            if looked > CELLS {
                return None;
            }
            if row > last {
                break;
            }
            let at = CellRef::new(row, column);
            if cells.contains(&at) {
                seen.insert((sheet.clone(), at), value(cell.get_value())?);
            }
        }
    }
    Some(seen)
}

fn value(value: &DataRef<'_>) -> Option<Seen> {
    Some(match value {
        DataRef::Empty => Seen::Empty,
        DataRef::Int(number) => Seen::Number(Decimal::from(*number)),
        DataRef::Float(number) => Seen::Number(number::exact(*number)?),
        DataRef::DateTime(time) => Seen::Number(number::exact(time.as_f64())?),
        DataRef::String(text) => Seen::Text(text.clone()),
        DataRef::SharedString(text) => Seen::Text((*text).to_owned()),
        _ => Seen::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn book(strings: &str) -> Vec<u8> {
        let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let parts = [
            (
                "[Content_Types].xml",
                r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#,
            ),
            (
                "_rels/.rels",
                r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
            ),
            (
                "xl/workbook.xml",
                r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="表" sheetId="1" r:id="r1"/></sheets></workbook>"#,
            ),
            (
                "xl/_rels/workbook.xml.rels",
                r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
            ),
            ("xl/sharedStrings.xml", strings),
            (
                "xl/worksheets/sheet1.xml",
                r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>120.50000000000001</v></c></row></sheetData></worksheet>"#,
            ),
        ];
        for (name, content) in parts {
            out.start_file(name, SimpleFileOptions::default()).unwrap();
            out.write_all(content.as_bytes()).unwrap();
        }
        out.finish().unwrap().into_inner()
    }

    fn look(bytes: &[u8]) -> Option<Vec<Seen>> {
        let cells: BTreeSet<CellRef> =
            ["A1", "B1", "C9"].iter().map(|name| name.parse().unwrap()).collect();
        let seen = read_again(bytes, &Wanted::from([("表".to_owned(), cells.clone())]))?;
        Some(cells.iter().map(|cell| seen[&("表".to_owned(), *cell)].clone()).collect())
    }

    #[test]
    fn cells_are_seen_as_they_are_stored() {
        let strings = "<sst uniqueCount=\"1\"><si><t>合计</t></si></sst>";
        let seen = look(&book(strings)).unwrap();
        let number = Seen::Number("120.5".parse().unwrap());
        assert_eq!(seen, [Seen::Text("合计".to_owned()), number, Seen::Empty]);
    }

    #[test]
    fn of_a_sheet_the_cells_alone_are_kept_that_are_looked_for() {
        let cells: BTreeSet<CellRef> =
            ["B2", "C9"].iter().map(|name| name.parse().unwrap()).collect();
        let kept = |sheet: &str| {
            cut(sheet.as_bytes(), &cells).map(|bytes| String::from_utf8(bytes).unwrap())
        };
        let sheet = r#"<w><sheetData><row r="1"><c r="B1"><v>1</v></c></row><row r="2" ht="9"><c r="A2"/><c r="B2" t="s"><f>A1</f><v>2</v></c><c r="C2"><v>3</v></c></row><row r="9"/></sheetData><m/></w>"#;
        let wanted = r#"<w><sheetData><row r="2" ht="9"><c r="B2" t="s"><f>A1</f><v>2</v></c></row></sheetData><m/></w>"#;
        assert_eq!(kept(sheet).as_deref(), Some(wanted));
        for odd in [
            sheet.replace("<row r=\"2\"", "<row ht=\"1\" r=\"2\""),
            sheet.replace("<c r=\"A2\"/>", "<c s=\"1\" r=\"A2\"/>"),
            sheet.replace("<m/>", "<!-- -->"),
            sheet.replace("sheetData", "x:sheetData"),
        ] {
            assert_eq!(kept(&odd), None, "{odd}");
        }
    }

    #[test]
    fn a_count_that_a_file_claims_is_not_believed() {
        let strings = "<sst count='1' uniqueCount='9999999999999'><si><t>合计</t></si></sst>";
        assert_eq!(look(&book(strings)).map(|seen| seen.len()), Some(3));
    }

    #[test]
    fn what_is_no_package_is_not_read_again() {
        assert_eq!(look(b"PK\x03\x04 and no more"), None);
        let whole = book("<sst/>");
        assert_eq!(look(&whole[..whole.len() / 2]), None);
    }
}
