//! Report → evaluation workbook: the working paper of an evaluator, with every check's arithmetic alive.
//!
//! The default layout is ours, not an official form. All text that came from a submission is written as text, so that
//! none of it is ever taken for a formula or a link. The same report gives the same bytes.

mod assets;
mod charts;
mod checks;
mod contents;
mod cover;
mod coverage;
mod differences;
mod drafts;
mod feedback;
mod flow;
mod formula;
mod kinds;
mod known;
mod layout;
mod leads;
mod letter;
mod money;
mod overview;
mod page;
mod pairs;
mod parts;
mod projects;
mod review;
mod rules;
mod style;
mod summary;
mod tables;
mod targets;
mod vouchers;
mod work;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Worksheet, XlsxError};

use self::contents::Entry;
pub use self::letter::letter;
use self::parts::PARTS;
pub use self::projects::{OpenPair, open_pairs};
pub use self::review::Review;
pub use self::summary::{Standing, summary};
use self::work::Work;
use crate::model::{House, Language, Packet, PaperSheet as Part, Report};
use crate::number::Unit;

/// How the working paper is to be made.
#[derive(Clone, Debug, Default)]
pub struct EvaluationOptions {
    /// The language of sheets and phrases.
    pub language: Language,
    /// The day printed on the cover, as `2022-12-31`; none when the caller does not say.
    pub date: Option<String>,
    /// For each file of the packet, what opens it from the folder in which the workbook will stand; see [`relative_links`].
    pub links: Vec<Option<String>>,
    /// What people wrote into the paper before this one.
    pub review: Option<Review>,
    /// The report on the last draft of the packet, to compare this one with.
    pub earlier: Option<Arc<Report>>,
    /// What was said of findings elsewhere (on the page): conclusion and note by the finding's fingerprint. It fills what the
    /// paper before says nothing of.
    pub verdicts: BTreeMap<String, (String, String)>,
    /// How the house wants its papers.
    pub house: House,
    /// The house's picture: png or jpeg.
    pub logo: Option<Vec<u8>>,
    /// Rows are put into files as they are written, also where they are few.
    pub sparing: bool,
}

/// Why the workbook could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The writer refused: a limit of the format.
    #[error("the evaluation workbook could not be made: {0}")]
    Xlsx(#[from] XlsxError),
    /// The letter could not be packed.
    #[error("the letter to the unit could not be made: {0}")]
    Letter(String),
}

/// The sheets as they are made, and those that the packet has nothing for.
struct PaperBook<'a> {
    work: &'a Work<'a>,
    sheets: Vec<(Part, Entry, Worksheet)>,
    left_out: Vec<(Part, &'static str)>,
}

impl PaperBook<'_> {
    /// Takes a sheet, or the reason why there is none.
    fn add(&mut self, part: Part, sheet: Option<Worksheet>) {
        let (about, why) = part.about(self.work.language());
        match sheet {
            Some(sheet) if self.work.has(part) => {
                let name = self.work.name(part).to_owned();
                let entry = Entry { index: part.index().to_owned(), name, about: about.to_owned() };
                self.sheets.push((part, entry, sheet));
            }
            Some(_) => {}
            None => self.left_out.push((part, why)),
        }
    }

    /// The sheets of tables: the lead sheets, then the tables as submitted.
    fn tables(&mut self) -> Result<(), XlsxError> {
        let work = self.work;
        let mut leads = 0;
        for sheet in &work.layout.sheets {
            let table = &work.packet().tables[sheet.table];
            let title = table
                .title
                .clone()
                .unwrap_or_else(|| layout::short_title(&work.report.packet, table));
            let about =
                |part: Part| format!("{}{}{title}", part.name(work.language()), work.t("：", ": "));
            if work.has(Part::Lead)
                && let Some(lead) = leads::write(work, sheet)?
            {
                let (index, name) = leads::names(sheet);
                leads += 1;
                self.sheets.push((
                    Part::Lead,
                    Entry { index, name, about: about(Part::Lead) },
                    lead,
                ));
            }
            let entry = Entry {
                index: sheet.index.clone(),
                name: sheet.name.clone(),
                about: about(Part::Tables),
            };
            self.sheets.push((Part::Tables, entry, tables::write(work, sheet)?));
        }
        if leads == 0 && work.has(Part::Lead) {
            self.left_out.push((Part::Lead, Part::Lead.about(work.language()).1));
        }
        if work.layout.sheets.is_empty() {
            self.left_out.push((Part::Tables, Part::Tables.about(work.language()).1));
        }
        Ok(())
    }
}

/// Makes the evaluation workbook of a report.
///
/// # Errors
/// When the workbook would break a limit of the format.
pub fn write(report: &Report, options: &EvaluationOptions) -> Result<Vec<u8>, WriteError> {
    let mut work = Work::new(report, options);
    if work.is_spilled() {
        // The library ends the program where a file takes no more; then the rows are kept.
        if let Ok(made) = catch_unwind(AssertUnwindSafe(|| make(&work))) {
            return made;
        }
        work.keep();
    }
    make(&work)
}

fn make(work: &Work) -> Result<Vec<u8>, WriteError> {
    let report = work.report;
    let unit = unit(&report.packet);
    let flows = flow::flows(&report.packet);
    let mentions = projects::mentions(&report.packet, work.entity());
    let matches = projects::matches(&report.packet.names, &mentions);
    let grouped = projects::projects(&mentions, &matches, &flows);
    let (money, places) = money::write(work, &flows, (&grouped, &mentions), &unit)?;
    let charts = charts::draw(work, &places, &grouped, &unit)?;
    let mut book = PaperBook { work, sheets: Vec::new(), left_out: Vec::new() };
    book.add(Part::Cover, Some(cover::write(work)?));
    book.add(Part::Overview, Some(overview::write(work, &places, &unit, &charts.charts)?));
    book.add(Part::Checks, checks::write(work)?);
    book.add(Part::Differences, differences::write(work)?);
    book.add(Part::Feedback, feedback::write(work)?);
    book.tables()?;
    book.add(Part::Between, checks::write_between(work)?);
    book.add(Part::Money, money);
    let listed = (grouped.as_slice(), places.projects.map(|(first, _)| first));
    book.add(Part::Projects, pairs::write(work, &mentions, &matches, listed, &unit)?);
    book.add(Part::Assets, assets::write(work)?);
    book.add(Part::Targets, targets::write(work)?);
    book.add(Part::Vouchers, vouchers::write(work, &mentions, &grouped, &unit)?);
    book.add(Part::Drafts, drafts::write(work)?);
    book.add(Part::Coverage, Some(coverage::write(work)?));
    book.add(Part::Rules, Some(rules::write(work)?));
    Ok(assemble(book, charts.data)?)
}

/// The sheets in the house's order, the index among them, and the hidden sheet of the charts.
fn assemble(book: PaperBook, charts: Worksheet) -> Result<Vec<u8>, XlsxError> {
    let PaperBook { work, mut sheets, left_out } = book;
    let order = &work.options.house.order;
    let rank = |part: Part| {
        let own = order.iter().position(|other| *other == part).unwrap_or(order.len());
        (own, PARTS.iter().position(|other| *other == part))
    };
    if work.has(Part::Index) {
        let name = work.name(Part::Index).to_owned();
        let about = Part::Index.about(work.language()).0.to_owned();
        let index = Part::Index.index().to_owned();
        sheets.push((Part::Index, Entry { index, name, about }, Worksheet::new()));
    }
    sheets.sort_by_key(|(part, _, _)| rank(*part));
    let (mut entries, mut written) = (Vec::new(), Vec::new());
    for (part, entry, sheet) in sheets {
        entries.push(entry);
        written.push((part, sheet));
    }
    for (_, sheet) in written.iter_mut().filter(|(part, _)| *part == Part::Index) {
        *sheet = contents::write(work, &entries, &left_out)?;
    }
    let mut workbook = work.workbook();
    workbook.set_properties(&properties(work)?);
    for (_, sheet) in written {
        workbook.push_worksheet(sheet);
    }
    workbook.push_worksheet(charts);
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
    let mut counts: BTreeMap<&Unit, usize> = BTreeMap::new();
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
