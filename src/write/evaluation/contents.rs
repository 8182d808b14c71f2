//! 索引目录: every sheet with its index number and a link, and the sheets that this paper has no need of, with the reason.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::page::{Show, internal};
use super::work::Work;
use crate::model::PaperSheet as Part;

/// A sheet for the index.
pub(super) struct Entry {
    /// Its index number.
    pub(super) index: String,
    /// Its name.
    pub(super) name: String,
    /// What it holds.
    pub(super) about: String,
}

/// Writes the sheet.
pub(super) fn write(
    work: &Work,
    entries: &[Entry],
    left_out: &[(Part, &str)],
) -> Result<Worksheet, XlsxError> {
    let mut page = work.page(Part::Index, vec![10, 34, 54, 16, 28])?;
    page.headings(&[
        work.t("索引号", "Index"),
        work.t("工作表", "Sheet"),
        work.t("内容", "What it holds"),
        work.t("复核", "Reviewed"),
        work.t("备注", "Remark"),
    ])?;
    page.freeze(0)?;
    for entry in entries {
        page.cells(&[
            (Show::text(entry.index.clone()), work.style.middle()),
            (Show::Link(internal(&entry.name, 0, 0), entry.name.clone()), work.style.link()),
            (Show::text(entry.about.clone()), work.style.text()),
            (Show::Blank, work.style.text()),
            (Show::Blank, work.style.text()),
        ])?;
    }
    if left_out.is_empty() {
        return page.finish();
    }
    page.section(work.t("本底稿未设的表", "Sheets that this paper has no need of"))?;
    for (part, why) in left_out {
        page.cells(&[
            (Show::text(part.index()), work.style.middle()),
            (Show::text(work.name(*part)), work.style.text()),
            (Show::text(*why), work.style.text()),
            (Show::Blank, work.style.text()),
            (Show::Blank, work.style.text()),
        ])?;
    }
    page.finish()
}
