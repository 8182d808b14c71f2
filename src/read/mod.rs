//! Bytes → [`Workbook`]. One file per format; the format is told by content, never by the name.
//!
//! [`read`] is pure: no files, no clock, no threads of its own unless the `parallel` feature is on. Isolation of formats
//! whose library can abort is the doors' business.

#[cfg(feature = "twice")]
mod again;
mod biff;
mod crypto;
mod delimited;
mod docx;
mod encoding;
mod entities;
mod error;
mod html;
mod number_format;
mod ods;
mod runs;
mod serial;
mod shared_formula;
mod sheets;
mod sniff;
mod spreadsheetml;
mod written;
mod xlsb;
mod xlsx;

#[cfg(feature = "twice")]
pub use again::read_again;

use crate::model::{CellRef, Format, ReadError, ReadErrorCode, Sheet, Text, Workbook, many, words};
use crate::office::{self, ahead as parallel, bytes, compound, package, xml};
use error::Fault;
use sniff::FileKind;

/// Endings of files that a folder or an archive is searched for. A file that is named is read whatever its ending.
pub const ENDINGS: &[&str] = &[
    "xlsx", "xlsm", "xltx", "xltm", "xlsb", "xls", "xlt", "et", "ett", "ods", "ots", "fods", "csv",
    "tsv", "docx", "docm", "html", "htm", "mht", "mhtml", "xml",
];

/// Bounds against hostile files, counted while reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub container: u64,
    /// Inflated bytes of all parts.
    pub inflated: u64,
    /// Inflated bytes of one part.
    pub part: u64,
    /// Parts of the container.
    pub parts: u64,
    /// Depth of XML elements.
    pub depth: u32,
    /// Cells of all sheets.
    pub cells: u64,
    /// A file may hold no more cells than its size makes likely either, where each row counts as some, and long texts, too.
    pub likely: bool,
    /// Shared strings.
    pub strings: u64,
    /// Notes of one sheet.
    pub notes: u64,
}

impl Limits {
    /// Those on a zip package.
    fn of_package(&self) -> office::Limits {
        let Self { inflated, part, parts, depth, .. } = *self;
        office::Limits { inflated, part, parts, depth }
    }

    /// Those of a file of so many bytes.
    fn of_size(&self, bytes: u64) -> Self {
        let (small, more) = (bytes.min(SMALL), bytes.saturating_sub(SMALL));
        let cells = CELLS + small / BYTES_OF_CELL + more.saturating_mul(CELLS_PER_BYTE);
        let cells = if self.likely { self.cells.min(cells) } else { self.cells };
        Self { container: self.container.min(bytes), cells, ..self.clone() }
    }

    /// What a row costs besides its cells, counted in cells.
    fn row_cost(&self) -> u64 {
        if self.likely { CELLS_OF_ROW } else { 0 }
    }

    /// What a text costs besides its cell, counted in cells.
    fn text_cost(&self, text: &str) -> u64 {
        if self.likely { text.len() as u64 / BYTES_OF_TEXT } else { 0 }
    }

    /// Refuses so many cells, as they are counted here, where they are too many.
    fn allow_cells(&self, cells: u64) -> Result<(), Fault> {
        if cells <= self.cells {
            return Ok(());
        }
        let what = if self.likely {
            ("单元格数（行与长文字折算在内）", "cells, rows and long texts counted with them,")
        } else {
            ("单元格数", "cells")
        };
        Err(error::too_large(what, self.cells, "--max-cells"))
    }
}

/// Files below this size hold few cells that differ; what is packed a thousandfold in them is made to hurt.
const SMALL: u64 = 1 << 20;
/// Cells that every file may have: a sheet of them takes some 200 MiB to check, to mark or to convert.
const CELLS: u64 = 1_800_000;
/// Bytes of a small file that hold a cell more.
const BYTES_OF_CELL: u64 = 8;
/// Cells for each byte beyond: honest files hold one in a byte at most, where all are alike.
const CELLS_PER_BYTE: u64 = 16;
/// A line of a table takes what four more cells take.
const CELLS_OF_ROW: u64 = 4;
/// Bytes of a text that take what a cell takes.
const BYTES_OF_TEXT: u64 = 64;

impl Default for Limits {
    /// The command line's limits.
    fn default() -> Self {
        Self {
            container: 256 << 20,
            inflated: 2 << 30,
            part: 1 << 30,
            parts: 4096,
            depth: 256,
            cells: 50_000_000,
            likely: true,
            strings: 4_000_000,
            notes: 10_000,
        }
    }
}

/// Reads a workbook of any supported format. `name` is used for messages and for the sheet name of a .csv only.
///
/// # Errors
/// When nothing of the file can be read; a sheet that cannot be read while others can is in `refused_sheets`.
#[expect(
    clippy::result_large_err,
    reason = "the caller keeps the error beside the file's other facts"
)]
pub fn read(name: &str, bytes: &[u8], limits: &Limits) -> Result<Workbook, ReadError> {
    read_with_passwords(name, bytes, limits, &[])
}

/// The same, trying these passwords on a file that needs one, after the one built into Excel.
///
/// # Errors
/// As [`read`].
#[expect(
    clippy::result_large_err,
    reason = "the caller keeps the error beside the file's other facts"
)]
pub fn read_with_passwords(
    name: &str,
    bytes: &[u8],
    limits: &Limits,
    passwords: &[String],
) -> Result<Workbook, ReadError> {
    // What a file may grow to is measured by its own size, too.
    let own = limits.of_size(bytes.len() as u64);
    let limits = if bytes.len() as u64 > limits.container { limits } else { &own };
    let job = Job { name, limits, passwords };
    let mut workbook = job.read(bytes).map_err(|error| *error)?;
    workbook.remarks.extend(odd_cells(&workbook));
    let cut = cut_names(&mut workbook);
    workbook.remarks.extend(cut);
    if let Some(remark) = mismatch(name, workbook.format) {
        workbook.remarks.insert(0, remark);
    }
    Ok(workbook)
}

/// Cuts names of sheets that are longer than any name: each figure of a sheet is told with it.
fn cut_names(workbook: &mut Workbook) -> Option<Text> {
    let own = workbook.sheets.iter_mut().map(|sheet| &mut sheet.name);
    let names = own.chain(workbook.refused_sheets.iter_mut().map(|sheet| &mut sheet.name));
    let mut cut = false;
    for name in names {
        let end = words::start(name).len();
        cut |= end < name.len();
        name.truncate(end);
    }
    cut.then(|| {
        Text::new(
            "工作表名过长，只取前 1,000 字",
            "a sheet's name is too long: its first 1,000 characters are given",
        )
    })
}

/// Reads the words of a drafted report: a Word document without its tables, or a text.
///
/// # Errors
/// When it is neither.
#[expect(
    clippy::result_large_err,
    reason = "the caller keeps the error beside the file's other facts"
)]
pub fn document(name: &str, bytes: &[u8], limits: &Limits) -> Result<String, ReadError> {
    let read = || -> Result<String, Fault> {
        let kind = sniff::kind(name, bytes)?;
        if matches!(kind, FileKind::Zip) {
            let package = package::Package::open(bytes, limits.of_package())?;
            if let (sniff::Content::Document, main) = sniff::package(&package)? {
                return docx::paragraphs(&package, main, limits);
            }
        } else if matches!(kind, FileKind::Text) {
            return Ok(encoding::decode(bytes)?.text);
        }
        Err(error::fault(
            ReadErrorCode::UnsupportedFormat,
            "报告应为 .docx、.txt 或 .md",
            "a report is a .docx, .txt or .md",
        ))
    };
    read().map_err(|error| *error)
}

/// Says what is not kept as it is stored.
fn odd_cells(workbook: &Workbook) -> Vec<Text> {
    let total = |which: fn(&Sheet) -> Option<(u32, CellRef)>| {
        let mut found = workbook.sheets.iter().filter_map(|sheet| Some((sheet, which(sheet)?)));
        let (sheet, (mut count, cell)) = found.next()?;
        count += found.map(|(_, (count, _))| count).sum::<u32>();
        Some((count, format!("{}!{cell}", sheet.name)))
    };
    let mut remarks = Vec::new();
    if let Some((count, first)) = total(|sheet| sheet.rounded) {
        remarks.push(Text::new(
            format!("{count} 个数字的小数超过 28 位，读取时保留 28 位（第一处 {first}）"),
            format!(
                "read with 28 decimals, of which they have more: {} (the first at {first})",
                many(count, "number")
            ),
        ));
    }
    if let Some((count, first)) = total(|sheet| sheet.covered) {
        remarks.push(Text::new(
            format!("{count} 个被合并单元格盖住的单元格另有内容，表面看不到，没有计入（第一处 {first}）"),
            format!("left out, because it is under a merged range and not shown: what {} held (the first at {first})", many(count, "cell")),
        ));
    }
    if let Some((count, first)) = total(|sheet| sheet.oversized) {
        remarks.push(Text::new(
            format!("{count} 个数字大于 10^18，不作为金额，按文字保留（第一处 {first}）"),
            format!("larger than 10^18 and so kept as text, not as an amount: {} (the first at {first})", many(count, "number")),
        ));
    }
    remarks
}

/// There is no second reader in this build.
#[cfg(not(feature = "twice"))]
pub fn read_again(_: &[u8], _: &crate::model::Wanted) -> Option<crate::model::Found> {
    None
}

/// What reading one file needs besides its bytes.
struct Job<'j> {
    name: &'j str,
    limits: &'j Limits,
    passwords: &'j [String],
}

impl Job<'_> {
    fn read(&self, bytes: &[u8]) -> Result<Workbook, Fault> {
        let limit = self.limits.container;
        if bytes.len() as u64 > limit {
            return Err(error::too_large(("文件字节数", "bytes of the file"), limit, "--max-file"));
        }
        match sniff::kind(self.name, bytes)? {
            FileKind::Zip => self.package(bytes),
            FileKind::Compound => self.compound(bytes),
            FileKind::Records => {
                biff::read_stream(self.name, bytes.to_vec(), self.limits, self.passwords)
            }
            FileKind::FlatOpenDocument => ods::read_flat(bytes, self.limits),
            FileKind::SpreadsheetMl => spreadsheetml::read(bytes, self.limits),
            FileKind::Html => html::read(bytes, self.limits),
            FileKind::Mhtml => html::read_mhtml(bytes, self.limits),
            FileKind::Text => delimited::read(self.name, bytes, self.limits),
        }
    }

    /// Reads what a zip package holds.
    fn package(&self, bytes: &[u8]) -> Result<Workbook, Fault> {
        let package = package::Package::open(bytes, self.limits.of_package())?;
        let (content, main) = sniff::package(&package)?;
        match content {
            sniff::Content::Workbook(format) => xlsx::read(&package, main, format, self.limits),
            sniff::Content::Binary => xlsb::read(&package, main, self.limits),
            sniff::Content::OpenDocument => ods::read(&package, main, self.limits),
            sniff::Content::Document => docx::read(&package, main, self.limits),
        }
    }

    /// Reads what an OLE compound file holds: records, or an encrypted package.
    fn compound(&self, bytes: &[u8]) -> Result<Workbook, Fault> {
        let file = compound::Compound::open(bytes)?;
        if file.has("EncryptedPackage") {
            let package = crypto::package(&file, self.passwords)?;
            if !package.starts_with(b"PK") {
                return Err(error::damaged(
                    "解密后的内容不是工作簿",
                    "what was decrypted is no workbook",
                ));
            }
            return self.package(&package);
        }
        if file.has("\u{9}DRMContent") {
            return Err(error::fault(
                ReadErrorCode::RightsManaged,
                "文件受权限管理（IRM）保护",
                "the file is under rights management (IRM)",
            ));
        }
        biff::read(self.name, &file, self.limits, self.passwords)
    }
}

/// Says that a file's extension promises another format than its content has.
fn mismatch(name: &str, format: Format) -> Option<Text> {
    let (_, extension) = name.rsplit_once('.')?;
    let extension = extension.to_ascii_lowercase();
    let fitting: &[&str] = match format {
        Format::Xlsx => &["xlsx", "et"],
        Format::Xlsm => &["xlsm", "xlam", "xltm"],
        Format::Xltx => &["xltx", "ett"],
        Format::Xlsb => &["xlsb"],
        Format::Xls | Format::Et => &["xls", "et", "xlt", "ett"],
        Format::Ods => &["ods", "ots", "fods"],
        Format::Csv => &["csv", "tsv", "txt", "tab"],
        Format::Html => &["html", "htm"],
        Format::Mhtml => &["mht", "mhtml"],
        Format::SpreadsheetMl => &["xml"],
        Format::Docx => &["docx", "docm"],
        Format::Unknown => return None,
    };
    (!fitting.contains(&extension.as_str())).then(|| {
        Text::new(
            format!("扩展名是 .{extension}，内容是 {}", format.name()),
            format!("the extension is .{extension}, the content is {}", format.name()),
        )
    })
}
