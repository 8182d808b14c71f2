//! One packet on the desk: checked once, then asked for the page's view, the report and the marked copies.
//!
//! Pure: bytes in, bytes out. The same code runs in the browser's worker and in the server's child process, which is why
//! the two engines cannot disagree.

use std::collections::{BTreeMap, HashSet};
use std::io::{Cursor, Write as _};

use serde::Deserialize;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::names;
use super::view::{self, View};
use crate::batch::{self, Unpacked};
use crate::model::{CellRef, House, Language, Override, Report, Supposition, Text};
use crate::number::{self, Unit};
use crate::pipeline::Options;
use crate::pipeline::{self, Input};
use crate::read::{self, Limits};
use crate::write::annotate::{self, MARKED};
use crate::write::evaluation::{self, EvaluationOptions};
use crate::write::json;

/// What the page asks for, besides the files.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// What a person says of tables that were recognized otherwise.
    pub corrections: Vec<Correction>,
    /// Numbers typed into the page to see what would agree; the files are not changed.
    pub typed: Vec<Typed>,
    /// Tried on files with a password.
    pub passwords: Vec<String>,
    /// What an evaluator says of findings, for the working paper.
    pub reviews: Vec<Reviewed>,
}

/// What an evaluator says of a finding.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reviewed {
    /// The finding's [`crate::write::fingerprint`].
    pub finding: String,
    /// 认可, 需整改, 待补证.
    pub conclusion: String,
    /// Why.
    pub note: String,
}

/// A number typed over a cell.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Typed {
    /// The file's index among those checked.
    pub file: u32,
    /// The sheet's index in the workbook.
    pub sheet: u32,
    /// The cell (`C5`).
    pub cell: String,
    /// As a person types it: `1,304.39`, `22.8%`.
    pub value: String,
}

impl Typed {
    /// As the pipeline takes it; `None` when it is no cell or no number.
    fn as_supposition(&self) -> Option<Supposition> {
        let cell = self.cell.parse().ok()?;
        let value = number::parse(&self.value)?.value;
        Some(Supposition { file: self.file, sheet: self.sheet, cell, value })
    }
}

/// A table, named by a cell of it, and what is to be taken for true.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Correction {
    /// The file's index among those checked.
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

const JSON: &str = "application/json";

/// A checked packet.
pub struct Desk {
    /// Archives replaced by the workbooks in them.
    inputs: Vec<Input>,
    /// What was left out of archives.
    remarks: Vec<Text>,
    report: Report,
    /// What an evaluator says of findings: conclusion and note by fingerprint.
    verdicts: BTreeMap<String, (String, String)>,
    /// How the house wants its papers; its picture is a file, which only the command line opens.
    house: House,
}

impl Desk {
    /// Checks a packet by what is known (`known`) and what the page asks for. `progress` is told the name of each file before it is read.
    #[expect(
        clippy::result_large_err,
        reason = "one error a file, which carries its sentences in both languages"
    )]
    pub fn check(
        given: Vec<Input>,
        known: &Options,
        request: &Request,
        limits: &Limits,
        progress: impl Fn(&str) + Sync,
    ) -> Self {
        let options = Options {
            overrides: request.corrections.iter().filter_map(Correction::as_override).collect(),
            suppositions: request.typed.iter().filter_map(Typed::as_supposition).collect(),
            ..known.clone()
        };
        let Unpacked { inputs, remarks, .. } = batch::unpacked(given, limits);
        let report = pipeline::run_with(&inputs, &options, |name, bytes| {
            progress(name);
            read::read_with_passwords(name, bytes, limits, &request.passwords)
        });
        let verdicts = request
            .reviews
            .iter()
            .map(|said| (said.finding.clone(), (said.conclusion.clone(), said.note.clone())))
            .collect();
        let house = known.rulebook.house.clone();
        Self { inputs, remarks, report, verdicts, house }
    }

    /// Gives the files back, for another check of them.
    pub fn into_inputs(self) -> Vec<Input> {
        self.inputs
    }

    /// What the page draws.
    pub fn view(&self) -> View {
        view::view(&self.report, &self.remarks)
    }

    /// The output of that name: `report-zh`, `marked-0-zh`, `all-en`.
    ///
    /// # Errors
    /// When there is none of that name, or it cannot be made of these files.
    pub fn output(&self, name: &str) -> Result<Output, NoOutput> {
        let (what, language) = match name.rsplit_once('-') {
            Some((what, "zh")) => (what, Language::Zh),
            Some((what, "en")) => (what, Language::En),
            _ => return Err(unknown()),
        };
        match what.split_once('-') {
            Some(("marked", number)) => {
                self.marked(number.parse().map_err(|_| unknown())?, language)
            }
            None if what == "report" => self.json(language),
            None if what == "evaluation" => self.evaluation(language),
            None if what == "all" => self.all(language),
            _ => Err(unknown()),
        }
    }

    /// The report by its contract, the same bytes that `gouji check --format json` prints.
    fn json(&self, language: Language) -> Result<Output, NoOutput> {
        let mut bytes = Vec::new();
        json::write(&self.report, json::Checks::All, language, &mut bytes).map_err(|error| {
            NoOutput(Text::new(
                format!("无法写出报告：{error}"),
                format!("the report cannot be written: {error}"),
            ))
        })?;
        let name = pick(language, "核对报告.json", "gouji-report.json");
        Ok(Output { name: name.to_owned(), mime: JSON, bytes })
    }

    /// The evaluation workbook of the packet.
    fn evaluation(&self, language: Language) -> Result<Output, NoOutput> {
        let (verdicts, house) = (self.verdicts.clone(), self.house.clone());
        let options =
            EvaluationOptions { language, verdicts, house, ..EvaluationOptions::default() };
        let bytes = evaluation::write(&self.report, &options).map_err(|error| {
            NoOutput(Text::new(
                format!("无法生成评价底稿：{error}"),
                format!("the evaluation workbook cannot be made: {error}"),
            ))
        })?;
        let name = pick(language, "评价底稿.xlsx", "gouji-evaluation.xlsx");
        Ok(Output { name: name.to_owned(), mime: mime("xlsx"), bytes })
    }

    /// The marked copy of one file; with a summary that could not go into it, both in one .zip.
    fn marked(&self, file: u32, language: Language) -> Result<Output, NoOutput> {
        let mut outputs = self.marked_parts(file, language)?;
        if outputs.len() > 1 {
            let name = names::derived(&outputs[0].name, ".zip");
            return zipped(name, &outputs);
        }
        outputs.pop().ok_or_else(unknown)
    }

    fn marked_parts(&self, file: u32, language: Language) -> Result<Vec<Output>, NoOutput> {
        let input = self.inputs.get(file as usize).ok_or_else(unknown)?;
        let bytes = input.bytes.as_ref().map_err(|error| NoOutput(error.message.clone()))?;
        let plan = annotate::plan(&self.report, file, language, false);
        let annotated = annotate::annotate_input(&self.report.packet, file, bytes, &plan)
            .map_err(|error| NoOutput(error.message))?;
        let stem = names::derived(&input.path, "");
        // A copy that is marked again keeps its name.
        let stem = stem.strip_suffix(MARKED).filter(|_| annotated.again).unwrap_or(&stem);
        let named = |ending: &str| names::derived(&format!("{stem}.x"), ending);
        let mut outputs = vec![Output {
            name: named(&format!("{MARKED}.{}", annotated.extension)),
            mime: mime(annotated.extension),
            bytes: annotated.bytes,
        }];
        outputs.extend(annotated.separate_summary.map(|bytes| Output {
            name: named(&format!("{MARKED}结果.xlsx")),
            mime: mime("xlsx"),
            bytes,
        }));
        Ok(outputs)
    }

    /// The report behind it all.
    pub fn checked(&self) -> &Report {
        &self.report
    }

    /// Everything that can be made, under names that differ; and what cannot, with the reason.
    pub fn outputs(&self, language: Language) -> (Vec<Output>, Vec<(String, NoOutput)>) {
        let mut outputs = Vec::new();
        let mut missing = Vec::new();
        let evaluation = pick(language, "评价底稿.xlsx", "gouji-evaluation.xlsx");
        let report = pick(language, "核对报告.json", "gouji-report.json");
        for (name, made) in [(evaluation, self.evaluation(language)), (report, self.json(language))]
        {
            match made {
                Ok(output) => outputs.push(output),
                Err(why) => missing.push((name.to_owned(), why)),
            }
        }
        for file in 0..self.inputs.len() as u32 {
            if self.report.packet.workbook(file).is_some() {
                match self.marked_parts(file, language) {
                    Ok(parts) => outputs.extend(parts),
                    Err(why) => {
                        let name = names::derived(&self.inputs[file as usize].path, "");
                        missing.push((format!("{name}{MARKED}"), why));
                    }
                }
            }
        }
        let mut taken = HashSet::new();
        for output in &mut outputs {
            output.name = names::distinct(std::mem::take(&mut output.name), &mut taken);
        }
        (outputs, missing)
    }

    fn all(&self, language: Language) -> Result<Output, NoOutput> {
        let name = pick(language, "核对结果.zip", "gouji-results.zip");
        zipped(name.to_owned(), &self.outputs(language).0)
    }
}

fn pick(language: Language, zh: &'static str, en: &'static str) -> &'static str {
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

fn mime(extension: &str) -> &'static str {
    match extension {
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsm" => "application/vnd.ms-excel.sheet.macroEnabled.12",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

fn zipped(name: String, outputs: &[Output]) -> Result<Output, NoOutput> {
    let pack = || -> Result<Vec<u8>, zip::result::ZipError> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        // No time of day: the same files give the same bytes.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default());
        for output in outputs {
            archive.start_file(output.name.as_str(), options)?;
            archive.write_all(&output.bytes)?;
        }
        Ok(archive.finish()?.into_inner())
    };
    let bytes = pack().map_err(|error| {
        NoOutput(Text::new(format!("无法打包：{error}"), format!("cannot be zipped: {error}")))
    })?;
    Ok(Output { name, mime: mime("zip"), bytes })
}

fn unknown() -> NoOutput {
    NoOutput(Text::new("没有这项结果", "there is no such result"))
}

/// Why there is no such output.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.zh)]
pub struct NoOutput(pub Text);
