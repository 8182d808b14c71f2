//! Bytes → [`Workbook`]. One file per format; the format is told by content, never by the name.
//!
//! [`read`] is pure: no files, no clock, no threads of its own unless the `parallel` feature is on. Isolation of formats
//! whose library can abort is the doors' business.

mod delimited;
mod encoding;
mod error;
mod number_format;
mod package;
mod parallel;
mod provisional;
mod serial;
mod shared_formula;
mod sniff;
mod xlsx;
mod xml;

use std::sync::Arc;

use crate::model::{CellStyle, Format, ReadError, Text, Workbook};
use error::Fault;
use sniff::Kind;

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
    /// Shared strings.
    pub strings: u64,
    /// Notes of one sheet.
    pub notes: u64,
}

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
    let mut workbook = read_kind(name, bytes, limits).map_err(|error| *error)?;
    if let Some(remark) = mismatch(name, workbook.format) {
        workbook.remarks.insert(0, remark);
    }
    Ok(workbook)
}

fn read_kind(name: &str, bytes: &[u8], limits: &Limits) -> Result<Workbook, Fault> {
    if bytes.len() as u64 > limits.container {
        return Err(error::too_large(
            ("文件字节数", "bytes of the file"),
            limits.container,
            "--max-file",
        ));
    }
    match sniff::kind(name, bytes)? {
        Kind::Zip => read_package(name, bytes, limits),
        Kind::Compound => provisional::read(name, bytes, limits).map_err(Box::new),
        Kind::Text => delimited::read(name, bytes, limits),
    }
}

/// Reads what a zip package holds.
fn read_package(name: &str, bytes: &[u8], limits: &Limits) -> Result<Workbook, Fault> {
    let package = package::Package::open(bytes, limits)?;
    let (content, main) = sniff::package(&package)?;
    match content {
        sniff::Content::Workbook(format) => xlsx::read(&package, main, format),
        _ => provisional::read(name, bytes, limits).map_err(Box::new),
    }
}

/// A workbook without sheets.
fn empty_workbook(format: Format) -> Workbook {
    Workbook {
        format,
        sheets: Vec::new(),
        refused_sheets: Vec::new(),
        styles: Arc::new(vec![CellStyle::default()]),
        names: Vec::new(),
        date_1904: false,
        precision_as_displayed: false,
        external_links: Vec::new(),
        remarks: Vec::new(),
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
