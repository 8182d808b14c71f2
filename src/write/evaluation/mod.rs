//! Report → evaluation workbook: the working paper of an evaluator, with every check's arithmetic alive.
//!
//! The default layout is ours, not an official form. All text that came from a submission is written as text, so that
//! none of it is ever taken for a formula or a link. The same report gives the same bytes.

mod assets;
mod checks;
mod coverage;
mod differences;
mod flow;
mod formula;
mod kinds;
mod layout;
mod money;
mod overview;
mod page;
mod pairs;
mod projects;
mod rules;
mod style;
mod tables;
mod targets;
mod work;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};

use self::overview::Entry;
use self::work::Work;
use crate::model::{Language, Packet, Report};
use crate::number::Unit;

/// How the working paper is to be made.
#[derive(Clone, Debug, Default)]
pub struct EvaluationOptions {
    /// The language of sheets and phrases.
    pub language: Language,
    /// The day printed on the first sheet, as `2022-12-31`; none when the caller does not say.
    pub date: Option<String>,
    /// For each file of the packet, what opens it from the folder in which the workbook will stand; see [`relative_links`].
    pub links: Vec<Option<String>>,
}

/// Why the workbook could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The writer refused: a limit of the format.
    #[error("the evaluation workbook could not be made: {0}")]
    Xlsx(#[from] XlsxError),
}

/// Makes the evaluation workbook of a report.
///
/// # Errors
/// When the workbook would break a limit of the format.
pub fn write(report: &Report, options: &EvaluationOptions) -> Result<Vec<u8>, WriteError> {
    let work = Work::new(report, options);
    let unit = unit(&report.packet);
    let flows = flow::flows(&report.packet);
    let mentions = projects::mentions(&report.packet);
    let matches = projects::matches(&mentions);
    let grouped = projects::projects(&mentions, &matches, &flows);
    let (money, places) = money::write(&work, &flows, &grouped, &unit)?;
    let mut sheets: Vec<Worksheet> = vec![differences::write(&work)?, checks::write(&work)?];
    let mut index: Vec<Entry> = vec![
        entry(
            "B",
            work.names.differences,
            work.t(
                "须更正、须说明的差异，带链接、疑似原因和建议表述",
                "what to correct or explain, with links, causes and wording",
            ),
        ),
        entry(
            "C",
            work.names.checks,
            work.t("全部核对，包括相符的，公式可重算", "every check with live formulas"),
        ),
    ];
    let mut add = |number: &str, name: &str, about: &str, sheet: Option<Worksheet>| {
        if let Some(sheet) = sheet {
            index.push(entry(number, name, about));
            sheets.push(sheet);
        }
    };
    let names = &work.names;
    add(
        "D",
        names.between,
        work.t("不同表之间的勾稽关系", "checks between tables"),
        checks::write_between(&work)?,
    );
    add(
        "E",
        names.money,
        work.t(
            "年初预算、调整、支出、结转，及各项目资金",
            "budget, adjustment, expenditure, balance; each project",
        ),
        Some(money),
    );
    add(
        "F",
        names.projects,
        work.t(
            "可能是同一项目的名称，把握与理由",
            "names that may be one project, how sure and why",
        ),
        pairs::write(&work, &mentions, &matches, &unit)?,
    );
    add(
        "G",
        names.assets,
        work.t("资产表的核对与试算", "checks of the asset tables, and trials"),
        assets::write(&work)?,
    );
    add(
        "H",
        names.targets,
        work.t("绩效指标、分值与等级", "targets, scores and grade"),
        targets::write(&work)?,
    );
    for sheet in &work.layout.sheets {
        let table = &report.packet.tables[sheet.table];
        let about = format!(
            "{}：{}",
            work.t("规范表", "normalized table"),
            table.title.clone().unwrap_or_else(|| layout::short_title(&report.packet, table))
        );
        let written = tables::write(&work, sheet)?;
        add(&sheet.index, &sheet.name, &about, Some(written));
    }
    add(
        "Y",
        names.coverage,
        work.t("读了什么，哪些数字没有核对，为什么", "what was read, what was not checked and why"),
        Some(coverage::write(&work)?),
    );
    add(
        "Z",
        names.rules,
        work.t("标识、判断方法、规则来源", "marks, judgement, sources of rules"),
        Some(rules::write(&work)?),
    );
    let first = overview::write(&work, &places, &unit, &index)?;
    Ok(assemble(&work, first, sheets)?)
}

fn entry(number: &str, name: &str, about: &str) -> Entry {
    (number.to_owned(), name.to_owned(), about.to_owned())
}

fn assemble(work: &Work, first: Worksheet, sheets: Vec<Worksheet>) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(work)?);
    for sheet in std::iter::once(first).chain(sheets) {
        workbook.push_worksheet(sheet);
    }
    workbook.save_to_buffer()
}

/// The clock is the caller's: without a date the document is of a fixed day.
fn properties(work: &Work) -> Result<DocProperties, XlsxError> {
    let created = match work.options.date.as_deref().and_then(parse_date) {
        Some(date) => date,
        None => ExcelDateTime::from_ymd(2000, 1, 1)?,
    };
    Ok(DocProperties::new()
        .set_title(work.t("勾稽核对评价底稿", "Evaluation working paper"))
        .set_author("gouji")
        .set_comment(format!("gouji {}", env!("CARGO_PKG_VERSION")))
        .set_creation_datetime(&created))
}

/// Whether a file is an evaluation workbook as it was written here, not saved by a person since.
///
/// Excel and WPS write the day and the name of who saves; we write the same day twice and our own name.
pub fn is_untouched(bytes: &[u8]) -> bool {
    use std::io::Read as _;
    let mut core = String::new();
    let read = zip::ZipArchive::new(std::io::Cursor::new(bytes))
        .and_then(|mut archive| {
            let part = archive.by_name("docProps/core.xml")?;
            Ok(part.take(1 << 16).read_to_string(&mut core)?)
        })
        .is_ok();
    let value = |tag: &str| {
        let at = core.find(&format!("<{tag}"))?;
        core[at..].split('>').nth(1)?.split('<').next()
    };
    read && value("dc:creator") == Some("gouji")
        && value("cp:lastModifiedBy") == Some("gouji")
        && value("dcterms:created") == value("dcterms:modified")
}

/// `2022-12-31`
fn parse_date(date: &str) -> Option<ExcelDateTime> {
    let mut parts = date.splitn(3, '-');
    let year: u16 = parts.next()?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let day: u8 = parts.next()?.parse().ok()?;
    ExcelDateTime::from_ymd(year, month, day).ok()
}

/// The unit of money that most tables speak.
fn unit(packet: &Packet) -> Unit {
    let mut counts: std::collections::BTreeMap<&Unit, usize> = std::collections::BTreeMap::new();
    for unit in
        packet.tables.iter().filter_map(|table| table.unit.as_ref()).filter(|unit| unit.is_money())
    {
        *counts.entry(unit).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(unit, count)| (*count, std::cmp::Reverse((*unit).clone())))
        .map_or(Unit::Yuan, |(unit, _)| unit.clone())
}

/// What opens each file of the packet from the folder of `output`: a relative path, where both are given alike.
///
/// Members of archives have none. Paths are compared by their words alone; no file is looked at.
pub fn relative_links(packet: &Packet, output: &std::path::Path) -> Vec<Option<String>> {
    let folder: Vec<_> = normal(output.parent().unwrap_or(std::path::Path::new("")));
    packet
        .files
        .iter()
        .map(|file| {
            let path = std::path::Path::new(&file.path);
            if file.path.contains("!/") || path.is_absolute() != output.is_absolute() {
                return None;
            }
            let target = normal(path);
            if target.first().is_some_and(|part| part == "..")
                != folder.first().is_some_and(|part| part == "..")
            {
                return None;
            }
            let common = folder.iter().zip(&target).take_while(|(a, b)| a == b).count();
            // Another drive cannot be reached by a relative path, nor a name with the mark that begins a place.
            if path.is_absolute() && common == 0 || file.path.contains('#') {
                return None;
            }
            let mut parts: Vec<&str> = vec![".."; folder.len() - common];
            parts.extend(target[common..].iter().map(String::as_str));
            Some(parts.join("/"))
        })
        .collect()
}

/// A path's parts, `.` left out.
fn normal(path: &std::path::Path) -> Vec<String> {
    path.components()
        .filter(|part| !matches!(part, std::path::Component::CurDir))
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect()
}
