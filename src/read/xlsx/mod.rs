//! .xlsx, .xlsm and .xltx: our own streaming reader.
//!
//! Parts are found by relationship types, of the transitional and the strict namespace alike, and targets are resolved
//! forgivingly, for real files write them absolute, relative, with backslashes and in the wrong case. Sheets are read
//! side by side; a big one is inflated on one thread while it is scanned on another.

mod notes;
mod sheet;
mod strings;
mod styles;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::{Fault, Located, damaged, fault, refuse_too_many_sheets};
use super::package::{Package, Part};
use super::runs;

use super::xml::{Event, Scanner};
use super::{Limits, parallel, sheets};
use crate::model::{
    CellStyle, DefinedName, Format, ReadErrorCode, Sheet, SheetError, Text, Visibility, Workbook,
};

/// Reads the workbook whose main part is `main`.
pub(super) fn read(
    package: &Package,
    main: &Part,
    format: Format,
    limits: &Limits,
) -> Result<Workbook, Fault> {
    let relations = relations(package, &main.name)?;
    let mut book = XlsxBook::default();
    book.read(&mut package.xml(main)?)?;
    refuse_too_many_sheets(book.sheets.len(), limits)?;

    let (strings, shortened) = match find(package, &relations, "/sharedStrings") {
        Some(part) => strings::read(&mut package.xml(part)?, limits)?,
        None => (Vec::new(), 0),
    };
    let styles = match find(package, &relations, "/styles") {
        Some(part) => styles::read(&mut package.xml(part)?)?,
        None => vec![CellStyle::default()],
    };
    let context = sheet::Context {
        cells: AtomicU64::new(strings.iter().map(|text| limits.text_cost(text)).sum()),
        strings: Arc::new(strings),
        limits,
        shortened: AtomicU64::new(shortened),
        date_1904: book.date_1904,
        styles: &styles,
        uncalculated: book.full_calculation,
    };

    let mut entries = Vec::new();
    let mut other_kinds = (false, false);
    for entry in &book.sheets {
        let relation = relations.iter().find(|relation| relation.id == entry.relation);
        match relation.map(|relation| relation.kind.as_str()) {
            Some("/chartsheet" | "/dialogsheet") => other_kinds.0 = true,
            Some("/xlMacrosheet" | "/xlIntlMacrosheet") => other_kinds.1 = true,
            _ => entries.push((entry, relation)),
        }
    }
    let again = || context.shortened.store(shortened, Ordering::Relaxed);
    let (read, written) = sheets::read(&entries, limits, &context.cells, again, |found, room| {
        let (entry, relation) = found;
        let part =
            relation.and_then(|relation| package.part(&relation.target)).ok_or_else(|| {
                damaged("工作表的部件不存在", "the sheet's part is missing").in_sheet(&entry.name)
            })?;
        let (mut sheet, remarks) = parallel::with_scanner(package, part, |scanner| {
            sheet::read(scanner, &entry.name, &context, room)
        })
        .map_err(|error| error.in_sheet(&entry.name))?;
        sheet.visibility = entry.visibility;
        add_notes(package, part, &mut sheet, limits)
            .map_err(|error| error.in_sheet(&entry.name))?;
        Ok::<(Sheet, Vec<Text>), Fault>((sheet, remarks))
    });

    let shortened = context.shortened.into_inner();
    let mut workbook = Workbook {
        styles: Arc::new(styles),
        date_1904: book.date_1904,
        precision_as_displayed: book.precision_as_displayed,
        external_links: external_links(package, &relations),
        ..Workbook::empty(format)
    };
    let mut positions = vec![None; book.sheets.len()];
    for ((number, (entry, _)), result) in entries.into_iter().enumerate().zip(read) {
        match result {
            Ok((mut sheet, remarks)) => {
                written.settle(number, &mut sheet);
                positions[entry.index] = Some(workbook.sheets.len() as u32);
                workbook.sheets.push(sheet);
                workbook.remarks.extend(remarks);
            }
            Err(error) => {
                workbook
                    .refused_sheets
                    .push(SheetError { name: entry.name.clone(), error: *error });
            }
        }
    }
    workbook.remarks.extend(written.remark());
    workbook.remarks.extend(runs::remark(shortened));
    workbook.names = book.names(&positions);
    workbook.remarks.extend(remark_uncalculated(&workbook, book.full_calculation));
    refuse_if_nothing(workbook, other_kinds)
}

/// The names of the sheets of a workbook, each with the part that holds it.
#[cfg(feature = "twice")]
pub(super) fn sheet_parts(package: &Package, main: &Part) -> Result<Vec<(String, String)>, Fault> {
    let relations = relations(package, &main.name)?;
    let mut book = XlsxBook::default();
    book.read(&mut package.xml(main)?)?;
    let part = |entry: Entry| {
        let relation = relations.iter().find(|relation| relation.id == entry.relation)?;
        Some((entry.name, package.part(&relation.target)?.name.clone()))
    };
    Ok(book.sheets.into_iter().filter_map(part).collect())
}

/// Says that zeros beside formulas are not taken as values, where a workbook asks to be calculated when opened.
pub(super) fn remark_uncalculated(workbook: &Workbook, asked: bool) -> Option<Text> {
    // Without formulas there is nothing to calculate, and nothing to say.
    let calculates = workbook.sheets.iter().any(|sheet| !sheet.formulas.is_empty());
    (asked && calculates).then(|| {
        Text::new(
            "文件要求打开时重新计算：公式旁存储的 0 不作为数值",
            "the file asks to be calculated when opened: zeros stored beside formulas are not taken as values",
        )
    })
}

/// A workbook without a single sheet read is an error: the first sheet's, if there is one.
fn refuse_if_nothing(workbook: Workbook, other_kinds: (bool, bool)) -> Result<Workbook, Fault> {
    if !workbook.sheets.is_empty() {
        return Ok(workbook);
    }
    if let Some(first) = workbook.refused_sheets.into_iter().next() {
        return Err(Box::new(first.error));
    }
    Err(match other_kinds {
        (_, true) => {
            fault(ReadErrorCode::MacroOnly, "文件只含宏表", "the workbook has macro sheets only")
        }
        (true, false) => {
            fault(ReadErrorCode::Empty, "文件只含图表工作表", "the workbook has chart sheets only")
        }
        _ => fault(ReadErrorCode::Empty, "文件中没有工作表", "the workbook has no sheets"),
    })
}

/// One relationship of a part.
pub(super) struct Relation {
    pub(super) id: String,
    /// The end of its type, from the last slash: `/worksheet`.
    pub(super) kind: String,
    /// The part's name in the package, or the address of something outside.
    pub(super) target: String,
    pub(super) external: bool,
}

/// The relationships of the part of that name.
pub(super) fn relations(package: &Package, name: &str) -> Result<Vec<Relation>, Fault> {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    let path = if folder.is_empty() {
        format!("_rels/{file}.rels")
    } else {
        format!("{folder}/_rels/{file}.rels")
    };
    let Some(part) = package.part(&path) else { return Ok(Vec::new()) };
    let mut scanner = package.xml(part)?;
    let mut relations = Vec::new();
    loop {
        match scanner.next()? {
            Event::Start(tag) if scanner.bytes(tag.name) == b"Relationship" => {
                let text = |name: &[u8]| scanner.text_attribute(tag, name).unwrap_or_default();
                let kind = text(b"Type");
                let target = text(b"Target");
                let external = text(b"TargetMode").eq_ignore_ascii_case("external");
                relations.push(Relation {
                    id: text(b"Id"),
                    kind: kind.rfind('/').map_or(kind.clone(), |at| kind[at..].to_owned()),
                    target: if external { target } else { resolve(package, folder, &target) },
                    external,
                });
            }
            Event::Eof => return Ok(relations),
            _ => {}
        }
    }
}

/// A target as the name of a part: relative to the folder, absolute, or, where that leads nowhere, taken the other way.
fn resolve(package: &Package, folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let target = target.split(['#', '?']).next().unwrap_or_default();
    let relative = join(folder, target);
    let absolute = join("", target);
    let (first, second) =
        if target.starts_with('/') { (absolute, relative) } else { (relative, absolute) };
    if package.part(&first).is_none() && package.part(&second).is_some() { second } else { first }
}

fn join(folder: &str, target: &str) -> String {
    let mut path: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            step => path.push(step),
        }
    }
    path.join("/")
}

fn find<'p>(package: &'p Package, relations: &[Relation], kind: &str) -> Option<&'p Part> {
    relations
        .iter()
        .find(|relation| relation.kind.eq_ignore_ascii_case(kind))
        .and_then(|relation| package.part(&relation.target))
}

fn add_notes(
    package: &Package,
    part: &Part,
    sheet: &mut Sheet,
    limits: &Limits,
) -> Result<(), Fault> {
    for relation in relations(package, &part.name)? {
        if relation.kind == "/comments"
            && let Some(part) = package.part(&relation.target)
        {
            sheet.notes.extend(notes::read(&mut package.xml(part)?, limits.notes)?);
        }
    }
    Ok(())
}

/// The files that the workbook refers to. A broken link is no reason to refuse a workbook.
pub(super) fn external_links(package: &Package, relations: &[Relation]) -> Vec<String> {
    let mut links = Vec::new();
    for relation in relations.iter().filter(|relation| relation.kind == "/externalLink") {
        for outer in self::relations(package, &relation.target).unwrap_or_default() {
            if outer.external {
                links.push(outer.target);
            }
        }
    }
    links
}

struct Entry {
    index: usize,
    name: String,
    relation: String,
    visibility: Visibility,
}

/// What `workbook.xml` says.
#[derive(Default)]
struct XlsxBook {
    sheets: Vec<Entry>,
    defined: Vec<(DefinedName, Option<usize>)>,
    date_1904: bool,
    precision_as_displayed: bool,
    full_calculation: bool,
}

impl XlsxBook {
    fn read(&mut self, scanner: &mut Scanner) -> Result<(), Fault> {
        loop {
            match scanner.next()? {
                Event::Start(tag) => match scanner.bytes(tag.name) {
                    b"workbook" | b"sheets" | b"definedNames" => {}
                    b"workbookPr" => {
                        self.date_1904 = scanner.flag(tag, b"date1904");
                        scanner.skip()?;
                    }
                    b"calcPr" => {
                        self.precision_as_displayed = scanner
                            .attribute(tag, b"fullPrecision")
                            .is_some_and(|value| !super::xml::truth(value));
                        self.full_calculation = scanner.flag(tag, b"fullCalcOnLoad");
                        scanner.skip()?;
                    }
                    b"sheet" => {
                        let text =
                            |name: &[u8]| scanner.text_attribute(tag, name).unwrap_or_default();
                        self.sheets.push(Entry {
                            index: self.sheets.len(),
                            name: text(b"name"),
                            relation: text(b"id"),
                            visibility: match text(b"state").as_str() {
                                "hidden" => Visibility::Hidden,
                                "veryHidden" => Visibility::VeryHidden,
                                _ => Visibility::Visible,
                            },
                        });
                        scanner.skip()?;
                    }
                    b"definedName" => {
                        let name = scanner.text_attribute(tag, b"name").unwrap_or_default();
                        let sheet = scanner
                            .text_attribute(tag, b"localSheetId")
                            .and_then(|id| id.parse::<usize>().ok());
                        let hidden = scanner.flag(tag, b"hidden");
                        let formula = scanner.text_content()?;
                        self.defined
                            .push((DefinedName { name, formula, sheet: None, hidden }, sheet));
                    }
                    _ => scanner.skip()?,
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    /// Defined names, their sheets counted among those that were read; names of a sheet that was not are left out.
    fn names(&mut self, positions: &[Option<u32>]) -> Vec<DefinedName> {
        std::mem::take(&mut self.defined)
            .into_iter()
            .filter_map(|(mut name, sheet)| {
                if let Some(sheet) = sheet {
                    name.sheet = Some((*positions.get(sheet)?)?);
                }
                Some(name)
            })
            .collect()
    }
}
