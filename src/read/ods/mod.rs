//! .ods and flat .fods: `OpenDocument`, read with the scanner of the .xlsx reader.
//!
//! Formats, bold, indents and hidden things are in named styles, which come first; repeated cells are written out only
//! where they hold something, so that a million repeated blanks cost nothing.

mod formula;
mod sheet;
mod styles;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::error::{Fault, encrypted, fault, refuse_too_many_sheets};
use super::package::{Package, Part};
use super::written::Written;
use super::xml::{Event, Limit, Scanner, Tag};
use super::{Limits, parallel};
use crate::model::{DefinedName, Format, Range, ReadErrorCode, Text, Workbook};
use styles::Styles;

/// Reads the package whose content part is `content`.
pub(super) fn read(package: &Package, content: &Part, limits: &Limits) -> Result<Workbook, Fault> {
    if let Some(manifest) = package.part("META-INF/manifest.xml") {
        let mut scanner = package.xml(manifest)?;
        loop {
            match scanner.next()? {
                Event::Start(tag) if scanner.bytes(tag.name) == b"encryption-data" => {
                    return Err(encrypted("OpenDocument"));
                }
                Event::Eof => break,
                _ => {}
            }
        }
    }
    let mut document = Document::new(limits);
    if let Some(part) = package.part("styles.xml") {
        document.read(&mut package.xml(part)?)?;
    }
    parallel::with_scanner(package, content, |scanner| document.read(scanner))?;
    document.finish()
}

/// Reads a flat document.
pub(super) fn read_flat(bytes: &[u8], limits: &Limits) -> Result<Workbook, Fault> {
    let mut document = Document::new(limits);
    document.read(&mut Scanner::over(bytes, Limit { depth: limits.depth })?)?;
    document.finish()
}

struct Document<'l> {
    limits: &'l Limits,
    styles: Styles,
    workbook: Workbook,
    cells: AtomicU64,
    written: Written,
}

impl<'l> Document<'l> {
    fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            styles: Styles::default(),
            workbook: Workbook::empty(Format::Ods),
            cells: AtomicU64::new(0),
            written: Written::new(limits, 1),
        }
    }

    /// Reads one part, or a flat document: both have the same elements inside the root.
    fn read(&mut self, scanner: &mut Scanner) -> Result<(), Fault> {
        loop {
            match scanner.next()? {
                Event::Start(tag) => match scanner.bytes(tag.name) {
                    b"styles" | b"automatic-styles" if scanner.depth() == 2 => {
                        self.styles.read(scanner)?;
                    }
                    b"body" | b"spreadsheet" | b"named-expressions" | b"database-ranges" => {}
                    b"null-date" => {
                        self.workbook.date_1904 =
                            scanner.attribute(tag, b"date-value") == Some(b"1904-01-01");
                    }
                    b"calculation-settings" => {
                        self.workbook.precision_as_displayed =
                            scanner.attribute(tag, b"precision-as-shown") == Some(b"true");
                    }
                    b"table" => {
                        let sheet = sheet::read(
                            scanner,
                            tag,
                            &mut self.styles,
                            self.limits,
                            &self.cells,
                            self.written.room(0),
                            self.workbook.date_1904,
                        )?;
                        self.workbook.sheets.push(sheet);
                        refuse_too_many_sheets(self.workbook.sheets.len(), self.limits)?;
                    }
                    b"named-range" | b"named-expression" => {
                        let name = named(scanner, tag);
                        self.workbook.names.push(name);
                    }
                    b"database-range" => self.filter(scanner, tag),
                    _ if scanner.depth() > 1 => scanner.skip()?,
                    _ => {}
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn filter(&mut self, scanner: &Scanner, tag: Tag) {
        if !scanner.flag(tag, b"display-filter-buttons") {
            return;
        }
        let address = scanner.text_attribute(tag, b"target-range-address").unwrap_or_default();
        let Some((sheet, range)) = formula::address(&address) else { return };
        if let Some(sheet) = self.workbook.sheets.iter_mut().find(|found| found.name == sheet) {
            sheet.filter = range.parse::<Range>().ok();
        }
    }

    fn finish(mut self) -> Result<Workbook, Fault> {
        if self.workbook.sheets.is_empty() {
            return Err(fault(
                ReadErrorCode::Empty,
                "文件中没有工作表",
                "the document has no sheets",
            ));
        }
        if self.styles.approximate {
            self.workbook.remarks.push(Text::new(
                "样式种类过多，部分格式未能保留",
                "there are too many styles: some formats were not kept",
            ));
        }
        self.workbook.remarks.extend(self.written.remark());
        self.workbook.remarks.extend(super::runs::remark(self.styles.shortened));
        self.workbook.styles = Arc::new(self.styles.into_cell_styles());
        Ok(self.workbook)
    }
}

fn named(scanner: &Scanner, tag: Tag) -> DefinedName {
    let text = |name: &[u8]| scanner.text_attribute(tag, name);
    let formula = match text(b"cell-range-address") {
        Some(address) => match formula::address(&address) {
            Some((sheet, range)) => format!("{}!{range}", super::biff::formula::quoted(&sheet)),
            None => address,
        },
        None => formula::translate(&text(b"expression").unwrap_or_default()),
    };
    DefinedName { name: text(b"name").unwrap_or_default(), formula, sheet: None, hidden: false }
}
