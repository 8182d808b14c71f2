//! What a file is, told by its content.

use super::error::{Fault, fault};
use super::package::{Package, Part};
use super::xlsx;
use super::xml::Event;
use crate::model::{Format, ReadErrorCode};

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    /// A zip package.
    Zip,
    /// An OLE compound file.
    Compound,
    /// A bare stream of BIFF records.
    Records,
    /// `OpenDocument` as one XML file.
    FlatOpenDocument,
    /// The XML of Excel 2003.
    SpreadsheetMl,
    /// A page.
    Html,
    /// A page in an envelope of mail.
    Mhtml,
    /// None of the known: a text, perhaps.
    Text,
}

/// Files that are certainly something else, by their first bytes.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"%PDF", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG", "PNG"),
    (b"\xFF\xD8\xFF", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xBC\xAF", "7z"),
    (b"\x1F\x8B", "gzip"),
    (b"BM", "BMP"),
    (b"MZ", "EXE"),
    (b"\x7FELF", "ELF"),
    (b"SQLite format 3", "SQLite"),
    (b"PAR1", "Parquet"),
];

/// Tells a file by its first bytes.
pub(super) fn kind(name: &str, bytes: &[u8]) -> Result<FileKind, Fault> {
    let file = name.rsplit(['/', '\\', '!']).next().unwrap_or(name);
    if file.starts_with("~$") && bytes.len() < 1024 || file.starts_with(".~") && bytes.len() < 1024
    {
        return Err(fault(
            ReadErrorCode::LockFile,
            "这是打开文件时的临时锁文件",
            "this is the lock file of an open workbook",
        ));
    }
    if bytes.is_empty() {
        return Err(fault(ReadErrorCode::Empty, "文件是空的", "the file is empty"));
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Ok(FileKind::Zip);
    }
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Ok(FileKind::Compound);
    }
    if let Some([0x09, version @ (0x00 | 0x02 | 0x04 | 0x08), length, 0]) = bytes.get(..4)
        && (4..=16).contains(length)
    {
        return if *version == 0x08 { Ok(FileKind::Records) } else { Err(super::biff::legacy()) };
    }
    for (magic, what) in FOREIGN {
        if bytes.starts_with(magic) && (magic.len() > 2 || bytes.contains(&0)) {
            return Err(fault(
                ReadErrorCode::NotAWorkbook,
                format!("这是 {what} 文件，不是电子表格"),
                format!("this is a {what} file, not a spreadsheet"),
            ));
        }
    }
    Ok(markup(bytes)?.unwrap_or(FileKind::Text))
}

/// Tells what is markup by the words of its beginning, whichever of the usual encodings it is in.
fn markup(bytes: &[u8]) -> Result<Option<FileKind>, Fault> {
    let head: Vec<u8> =
        bytes.iter().take(4096).filter(|byte| **byte != 0).map(u8::to_ascii_lowercase).collect();
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head);
    let wide = head.strip_prefix(b"\xFF\xFE").or_else(|| head.strip_prefix(b"\xFE\xFF"));
    let head = wide.unwrap_or(head).trim_ascii_start();
    let has = |word: &[u8]| memchr::memmem::find(head, word).is_some();
    if head.starts_with(b"mime-version:") || has(b"\nmime-version:") && has(b"content-type:") {
        return Ok(Some(FileKind::Mhtml));
    }
    if !head.starts_with(b"<") {
        for (start, what) in
            [(&b"id;p"[..], "SYLK"), (b"table\r\n0,1", "DIF"), (b"table\n0,1", "DIF")]
        {
            if head.starts_with(start) {
                return Err(fault(
                    ReadErrorCode::UnsupportedFormat,
                    format!("不支持 {what} 格式"),
                    format!("the format {what} is not supported"),
                ));
            }
        }
        return Ok(None);
    }
    if has(b"urn:schemas-microsoft-com:office:spreadsheet") && !has(b"<html") {
        return Ok(Some(FileKind::SpreadsheetMl));
    }
    if has(b"urn:oasis:names:tc:opendocument") && has(b":document") {
        return Ok(Some(FileKind::FlatOpenDocument));
    }
    if has(b"<html") || has(b"<table") || has(b"<!doctype html") || has(b"<body") || has(b"<meta") {
        return Ok(Some(FileKind::Html));
    }
    if head.starts_with(b"<?xml") {
        return Err(fault(
            ReadErrorCode::NotAWorkbook,
            "这是 XML 文件，但不是电子表格",
            "this is XML, but no spreadsheet",
        ));
    }
    Ok(None)
}

/// What a package holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// `SpreadsheetML`.
    Workbook(Format),
    /// The binary workbook.
    Binary,
    /// `OpenDocument`.
    OpenDocument,
    /// A Word document.
    Document,
}

/// Tells a package by its parts; gives its main part too.
pub(super) fn package<'p>(package: &'p Package) -> Result<(Content, &'p Part), Fault> {
    if let Some(part) = package.part("content.xml")
        && (package.part("mimetype").is_some() || package.part("META-INF/manifest.xml").is_some())
    {
        return open_document(package, part);
    }
    let main = xlsx::relations(package, "")?
        .into_iter()
        .find(|relation| relation.kind == "/officeDocument")
        .map(|relation| relation.target);
    let part = main
        .as_deref()
        .into_iter()
        .chain(["xl/workbook.xml", "xl/workbook.bin", "word/document.xml", "workbook.xml"])
        .find_map(|name| package.part(name));
    let Some(part) = part else {
        return Err(not_a_workbook(package));
    };
    let kind = content_type(package, &part.name)?;
    let content = if part.name.to_ascii_lowercase().ends_with(".bin") {
        Content::Binary
    } else if kind.contains("wordprocessingml")
        || kind.contains("ms-word")
        || part.name.starts_with("word/")
    {
        Content::Document
    } else if kind.contains("presentationml") || part.name.starts_with("ppt/") {
        return Err(not_a_workbook(package));
    } else if kind.contains("template") && !kind.contains("macroenabled") {
        Content::Workbook(Format::Xltx)
    } else if kind.contains("macroenabled") {
        Content::Workbook(Format::Xlsm)
    } else {
        Content::Workbook(Format::Xlsx)
    };
    Ok((content, part))
}

fn open_document<'p>(package: &'p Package, part: &'p Part) -> Result<(Content, &'p Part), Fault> {
    let mimetype = match package.part("mimetype") {
        Some(mimetype) => package.bytes(mimetype)?,
        None => Vec::new(),
    };
    if !mimetype.is_empty() && !mimetype.windows(11).any(|word| word == b"spreadsheet") {
        return Err(not_a_workbook(package));
    }
    Ok((Content::OpenDocument, part))
}

fn not_a_workbook(package: &Package) -> Fault {
    if package.parts().is_empty() {
        return fault(ReadErrorCode::Empty, "压缩包是空的", "the zip package is empty");
    }
    fault(ReadErrorCode::NotAWorkbook, "压缩包里没有工作簿", "the zip package holds no workbook")
}

/// The content type of a part, in lower case; empty where none is declared.
fn content_type(package: &Package, name: &str) -> Result<String, Fault> {
    let Some(part) = package.part("[Content_Types].xml") else { return Ok(String::new()) };
    let mut scanner = package.xml(part)?;
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let (mut by_name, mut by_extension) = (None, None);
    loop {
        match scanner.next()? {
            Event::Start(tag) => {
                let text = |name: &[u8]| scanner.text_attribute(tag, name).unwrap_or_default();
                match scanner.bytes(tag.name) {
                    b"Override"
                        if text(b"PartName").trim_start_matches('/').eq_ignore_ascii_case(name) =>
                    {
                        by_name = Some(text(b"ContentType"));
                    }
                    b"Default" if text(b"Extension").eq_ignore_ascii_case(extension) => {
                        by_extension = Some(text(b"ContentType"));
                    }
                    _ => {}
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    Ok(by_name.or(by_extension).unwrap_or_default().to_ascii_lowercase())
}
