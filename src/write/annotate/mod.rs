//! The annotated copy: the submitted workbook with our marks, and nothing else changed.
//!
//! The file is patched, never read and written anew. Entries of the zip that need no change are copied as their
//! compressed bytes; in the others bytes are put in and a few replaced, and what was there is remembered in a part of
//! ours, so that [`unmark`] gives back every part to the byte. Whoever wants another look at a sheet should know that
//! Excel refuses or "repairs" a workbook for small reasons, forty of which are checked by [`verify`].

#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "XML is put together from short pieces; one allocation more each does not show"
)]
#![expect(clippy::maybe_infinite_iter, reason = "numbers are tried until one is free")]

mod ahead;
mod container;
mod convert;
mod error;
mod notes;
mod ods;
mod ods_summary;
mod package;
mod plan;
mod sheet;
mod splice;
mod styles;
mod summary;
mod text;
mod undo;
mod verify;
mod vml;
mod walk;
mod xlsx;

pub use convert::{Converted, annotate_converted, annotate_input, convert};
pub use error::{WriteError, WriteErrorCode};
pub use plan::{Mark, MarkKind, Origin, Plan, Row, Summary, plan};
pub use verify::{Breach, RULES, verify, verify_copy};

use container::Archive;

use crate::model::{Language, Text};
use crate::office::markup as xml;

/// A marked copy.
#[derive(Clone, Debug)]
pub struct Annotated {
    /// The copy.
    pub bytes: Vec<u8>,
    /// The extension that fits the bytes, without a dot.
    pub extension: &'static str,
    /// The copy is a conversion of another format, not the submitted file itself.
    pub converted: bool,
    /// What was given was a copy of ours already, with its marks.
    pub again: bool,
    /// 核对结果 in a workbook of its own, where it could not be added to the copy.
    pub separate_summary: Option<Vec<u8>>,
    /// What the user should know of this copy.
    pub remarks: Vec<Text>,
    /// Cells that have a fill of ours.
    pub marked: usize,
    /// Cells that have a note of ours.
    pub noted: usize,
}

/// The name of the added sheet.
fn sheet_title(language: Language) -> &'static str {
    match language {
        Language::Zh => "核对结果",
        Language::En => "gouji results",
    }
}

/// What the name of a copy ends with, before its extension.
pub const MARKED: &str = "-核对";

/// How hard changed parts are compressed again: the least that leaves a copy about as large as the original.
fn compression() -> flate2::Compression {
    flate2::Compression::new(2)
}

/// Marks a copy of a workbook.
///
/// Marks of ours that are there already are replaced; of which file that is a copy, it remembers.
///
/// # Errors
/// When the file cannot be patched without touching anything else, or a mark names a cell that is not there.
pub fn annotate(original: &[u8], plan: &Plan) -> Result<Annotated, WriteError> {
    refuse_compound(original)?;
    let archive = Archive::open(original)?;
    let Some((bare, origin)) = unmarked(&archive)? else { return patch(&archive, plan) };
    let mut plan = plan.clone();
    // Copies made by hand know no name.
    if !origin.name.is_empty() {
        plan.summary.origin = origin;
    }
    let conversion = plan.summary.origin.conversion.clone();
    let mut annotated = patch(&Archive::open(&bare)?, &plan)?;
    annotated.again = true;
    annotated.converted = !conversion.is_empty();
    annotated.remarks.splice(0..0, conversion);
    Ok(annotated)
}

/// Patches, and reads what was written again before it is handed out.
fn patch(original: &Archive<'_>, plan: &Plan) -> Result<Annotated, WriteError> {
    let ods = ods::is_ods(original);
    let annotated =
        if ods { ods::annotate(original, plan)? } else { xlsx::annotate(original, plan)? };
    let breaches = verify::verify_copy_of(original, &annotated.bytes)?;
    match breaches.first() {
        None => Ok(annotated),
        Some(breach) => Err(broken_rule(breach)),
    }
}

fn broken_rule(breach: &Breach) -> WriteError {
    let (rule, name, part, detail) = (breach.rule, breach.name(), &breach.part, &breach.detail);
    WriteError::new(
        WriteErrorCode::BrokenRule,
        Text::new(
            format!(
                "副本未通过自检，未写出：规则 {rule}（{}），{part}：{detail}",
                breach.title().zh
            ),
            format!("the copy broke rule {rule} ({name}) and was not written: {part}: {detail}"),
        ),
        Text::new(
            "这是 gouji 的问题：请把文件（或其结构）反馈给我们；核对结果仍可用 gouji check 查看",
            "this is a fault of gouji: please report it; gouji check still shows the results",
        ),
    )
}

/// A copy of ours without its marks; `None` for a file that has none.
///
/// # Errors
/// When the copy was edited since, so that its marks cannot be told from its contents.
pub fn bare(bytes: &[u8]) -> Result<Option<Vec<u8>>, WriteError> {
    refuse_compound(bytes)?;
    Ok(unmarked(&Archive::open(bytes)?)?.map(|(bare, _)| bare))
}

/// Of which file a copy of ours was made; `None` for any other file, and for a copy that was edited since.
pub fn origin(bytes: &[u8]) -> Option<Origin> {
    let archive = Archive::open(bytes).ok()?;
    record(&archive).filter(|record| record.is_current(&archive)).map(|record| record.origin)
}

/// A copy of ours without its marks, and what it is a copy of.
fn unmarked(archive: &Archive<'_>) -> Result<Option<(Vec<u8>, Origin)>, WriteError> {
    let Some(record) = record(archive) else { return Ok(None) };
    if !record.is_current(archive) {
        return Err(undo::edited());
    }
    Ok(Some((record.undo(archive)?, record.origin)))
}

/// Takes our marks off: every part is as it was before, to the byte.
///
/// # Errors
/// When the file has no marks of ours, or was edited since.
pub fn unmark(annotated: &[u8]) -> Result<Vec<u8>, WriteError> {
    bare(annotated)?.ok_or_else(undo::not_annotated)
}

/// What a copy of ours remembers of its original.
fn record(archive: &Archive<'_>) -> Option<undo::Record> {
    if ods::is_ods(archive) { ods::record(archive) } else { xlsx::record(archive) }
}

fn encrypted() -> WriteError {
    WriteError::new(
        WriteErrorCode::Encrypted,
        Text::new("文件已加密，无法加注", "the file is encrypted and cannot be marked"),
        Text::new(
            "请在 Excel 或 WPS 中取消密码（或权限限制）后另存，再试一次",
            "save a copy without a password (or rights management) and try again",
        ),
    )
}

/// Encrypted workbooks are compound files, as old ones are.
fn refuse_compound(bytes: &[u8]) -> Result<(), WriteError> {
    if !bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Ok(());
    }
    let package: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if memchr::memmem::find(bytes, &package).is_some() {
        return Err(encrypted());
    }
    Err(package::not_a_workbook())
}
