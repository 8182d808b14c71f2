//! The stages in order: the only place that knows them all.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::lexicon::Rulebook;
use crate::model::{
    Format, InputFile, KindName, Override, Packet, ReadError, ReadErrorCode, Relation, Report,
    Severity, Status, Supposition, Suppression, Table, Text, Trust, Workbook, hexadecimal,
};
use crate::read::Limits;
use crate::write::annotate::{self, WriteErrorCode};
use crate::write::fingerprint;
use crate::{check, diagnose, formula, normalize, parallel, read, recognize, relate};

/// One file as a door hands it in: its name in reports, and its bytes or why there are none.
pub struct Input {
    /// The path as given.
    pub path: String,
    /// Bytes, or the error of getting them.
    pub bytes: Result<Vec<u8>, ReadError>,
}

/// What the caller wants of a check.
#[derive(Clone, Debug)]
pub struct Options {
    /// What is known about tables.
    pub rulebook: Arc<Rulebook>,
    /// How far the numbers of tables are searched for relations, and what it takes to believe what they hold.
    pub mining: relate::mine::Limits,
    /// Only rules whose code starts with one of these; empty for all.
    pub select: Vec<String>,
    /// No rules whose code starts with one of these.
    pub ignore: Vec<String>,
    /// What a person says of tables that were recognized otherwise.
    pub overrides: Vec<Override>,
    /// Numbers that cells are taken to hold; what rests on them by formulas follows.
    pub suppositions: Vec<Supposition>,
    /// Which cells a person believes before others.
    pub trust: Trust,
    /// Which findings a person has explained.
    pub suppressions: Vec<Suppression>,
    /// Drafted reports whose figures are compared with those of the tables: name and text.
    pub narratives: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rulebook: Rulebook::ours(),
            mining: relate::mine::Limits::default(),
            select: Vec::new(),
            ignore: Vec::new(),
            overrides: Vec::new(),
            suppositions: Vec::new(),
            trust: Trust::default(),
            suppressions: Vec::new(),
            narratives: Vec::new(),
        }
    }
}

/// Checks one packet, reading in this process.
#[expect(clippy::result_large_err, reason = "an error is rare, and carries what a person needs")]
pub fn run(inputs: &[Input], options: &Options, limits: &Limits) -> Report {
    run_with(inputs, options, |name, bytes| read::read(name, bytes, limits))
}

/// Checks one packet with the reader that the door chose (in a child process, say).
pub fn run_with(
    inputs: &[Input],
    options: &Options,
    read: impl Fn(&str, &[u8]) -> Result<Workbook, ReadError> + Sync,
) -> Report {
    let bytes: usize =
        inputs.iter().filter_map(|input| Some(input.bytes.as_ref().ok()?.len())).sum();
    parallel::alone(bytes <= SMALL, || {
        let files = read_all(inputs, read);
        check_twice(files, options, &|file, wanted| {
            if !options.suppositions.is_empty() {
                // The file does not hold what is supposed.
                return None;
            }
            read::read_again(inputs.get(file)?.bytes.as_ref().ok()?, wanted)
        })
    })
}

/// Bytes of a packet up to which one thread does all of it. Zipped they are a few thousand cells and a few milliseconds: what
/// the other cores would save of them is less than waking them costs.
const SMALL: usize = 32 << 10;

/// Bytes of a file from which it is read while they are summed.
const LARGE: usize = 1 << 20;

/// Checks files that are read already.
pub fn check_files(files: Vec<InputFile>, options: &Options) -> Report {
    check_twice(files, options, &|_, _| None)
}

/// The same with a second reader for the cells of findings.
fn check_twice(files: Vec<InputFile>, options: &Options, again: &check::Again<'_>) -> Report {
    let rulebook = &*options.rulebook;
    let mut files = files;
    refuse_without_rules(&mut files, rulebook);
    suppose(&mut files, &options.suppositions);
    let mut packet = Packet::new(files);
    packet.trust = options.trust.clone();
    for (file, input) in packet.files.iter().enumerate() {
        let Some(workbook) = &input.workbook else { continue };
        for sheet in 0..workbook.sheets.len() as u32 {
            let headers: Vec<_> = options
                .overrides
                .iter()
                .filter(|said| (said.file, said.sheet) == (file as u32, sheet))
                .filter_map(|said| Some((said.cell, said.header?)))
                .collect();
            for mut table in recognize::recognize(rulebook, workbook, sheet, &headers) {
                (table.file, table.sheet) = (file as u32, sheet);
                table.id = packet.tables.len() as u32;
                packet.tables.push(table);
            }
        }
    }
    for said in &options.overrides {
        for table in packet.tables.iter_mut().filter(|table| is_about(said, table)) {
            table.unit = said.unit.clone().or(table.unit.take());
            table.kind = said.kind.clone().or(table.kind.take());
        }
    }
    normalize::normalize(rulebook, &mut packet);
    let years: Vec<i32> = packet.tables.iter().filter_map(|table| table.year).collect();
    let year = years.first().copied().filter(|first| years.iter().all(|year| year == first));
    packet.narratives = options
        .narratives
        .iter()
        .map(|(name, text)| normalize::narrative(rulebook, name, text, year))
        .collect();
    packet.settle();
    let mut relations = relate::relate(rulebook, &options.mining, &packet);
    let chosen = |rule: &str| {
        (options.select.is_empty()
            || options.select.iter().any(|code| rule.starts_with(code.as_str())))
            && !options.ignore.iter().any(|code| rule.starts_with(code.as_str()))
    };
    relations.retain(|relation| chosen(&relation.rule));
    let check = |packet: &Packet, relations: &mut [Relation]| {
        check::check_weighing(rulebook, packet, relations, |packet, relations, failing| {
            relate::weigh(rulebook, packet, relations, failing)
        })
    };
    let mut checked = check(&packet, &mut relations);
    if check::mark_unrounded(&mut packet, &relations, &checked.rounding) {
        packet.settle();
        for relation in &mut relations {
            relation.claims.clear();
        }
        checked = check(&packet, &mut relations);
    }
    let mut findings = diagnose::diagnose(&packet, &relations, &checked.failing);
    findings.extend(checked.findings.into_iter().filter(|finding| chosen(&finding.rule)));
    findings.sort_by(|a, b| {
        (a.file.or(a.place.map(|p| p.file)), a.place, &a.rule).cmp(&(
            b.file.or(b.place.map(|p| p.file)),
            b.place,
            &b.rule,
        ))
    });
    check::read_twice(&packet, &relations, &mut findings, again);
    diagnose::tell_hidden(&packet, &mut findings);
    let matters = diagnose::matters(&packet, &relations, &mut findings);
    let deduced = diagnose::deduced(&packet, &relations, checked.summary.unverifiable);
    let mut summary = checked.summary;
    summary.files = packet.files.len() as u64;
    summary.tables = packet.tables.len() as u64;
    let mut report = Report {
        packet,
        relations,
        findings,
        suppressed: BTreeMap::new(),
        lapsed: BTreeMap::new(),
        matters,
        deduced,
        coverage: checked.coverage,
        summary,
        rules: Arc::clone(&rulebook.cards),
        kinds: rulebook
            .kinds
            .iter()
            .map(|kind| KindName {
                id: kind.id.clone(),
                name: kind.name.clone(),
                english: kind.english.clone(),
            })
            .collect(),
    };
    (report.suppressed, report.lapsed) = explained(&report, &options.suppressions);
    count_findings(&mut report);
    report
}

/// Explanations of findings, by their index.
type Explained = BTreeMap<u32, Suppression>;

/// The findings that a person has explained, and those explained when their numbers were others; the last word on a finding
/// counts.
fn explained(report: &Report, said: &[Suppression]) -> (Explained, Explained) {
    if said.is_empty() {
        return Default::default();
    }
    let said: HashMap<&str, &Suppression> =
        said.iter().map(|one| (one.finding.as_str(), one)).collect();
    let names = fingerprint::all(report).into_iter().zip(&report.findings);
    let found = (0..).zip(names).filter_map(|(at, (name, finding))| {
        let said = *said.get(name.as_str())?;
        let stands = said
            .numbers
            .as_ref()
            .is_none_or(|numbers| *numbers == fingerprint::numbers(report, finding));
        Some((at, said.clone(), stands))
    });
    let (mut standing, mut lapsed) = (Explained::new(), Explained::new());
    for (at, said, stands) in found {
        let list = if stands { &mut standing } else { &mut lapsed };
        list.insert(at, said);
    }
    (standing, lapsed)
}

fn count_findings(report: &mut Report) {
    let summary = &mut report.summary;
    for (at, finding) in report.findings.iter().enumerate() {
        if report.suppressed.contains_key(&(at as u32)) {
            summary.suppressed += 1;
            continue;
        }
        match finding.severity {
            Severity::Error => summary.error += 1,
            Severity::Warning => summary.warning += 1,
            Severity::Info => summary.info += 1,
        }
    }
}

/// Refuses every file where the program's own rules cannot be read: a packet checked by none would look clean.
fn refuse_without_rules(files: &mut [InputFile], rulebook: &Rulebook) {
    let Some(mistake) = rulebook.mistakes.first() else { return };
    let said = mistake.text();
    for file in files {
        file.workbook = None;
        file.status = Status::Refused;
        file.error = Some(ReadError::new(
            ReadErrorCode::Crashed,
            Text::new(
                format!("程序自带的规则有误，无法核对：{}", said.zh),
                format!("the program's own rules are wrong, nothing can be checked: {}", said.en),
            ),
            Text::new("请重新安装 gouji", "install gouji again"),
        ));
    }
}

/// Puts the numbers that cells are taken to hold into the workbooks.
fn suppose(files: &mut [InputFile], suppositions: &[Supposition]) {
    for (index, file) in (0..).zip(files) {
        let of_file = suppositions.iter().filter(|supposed| supposed.file == index);
        let changes: Vec<_> =
            of_file.map(|supposed| (supposed.sheet, supposed.cell, supposed.value)).collect();
        if let (Some(workbook), false) = (&mut file.workbook, changes.is_empty()) {
            formula::suppose(workbook, &changes);
        }
    }
}

/// Whether a person's word is about this table.
fn is_about(said: &Override, table: &Table) -> bool {
    (said.file, said.sheet) == (table.file, table.sheet) && table.range.contains(said.cell)
}

/// Reads a workbook; of a marked copy of ours, the workbook without our marks, which are no figures of the submitter.
///
/// # Errors
/// As `read`, which is the reader that the door chose.
#[expect(clippy::result_large_err, reason = "an error is rare, and carries what a person needs")]
pub fn read_unmarked(
    name: &str,
    bytes: &[u8],
    read: impl Fn(&str, &[u8]) -> Result<Workbook, ReadError>,
) -> Result<Workbook, ReadError> {
    // Read first: only what kept the reader's limits is looked at any further.
    let mut workbook = read(name, bytes)?;
    match bytes.starts_with(b"PK").then(|| annotate::bare(bytes)) {
        Some(Ok(Some(bare))) => {
            workbook = read(name, &bare)?;
            workbook.remarks.push(Text::new(
                "这是 gouji 的标注副本，按去掉标注后的内容核对",
                "a marked copy made by gouji: read without its marks",
            ));
        }
        Some(Err(error)) if error.code == WriteErrorCode::NotAnnotated => {
            workbook.remarks.push(Text::new(
                "这是 gouji 的标注副本，之后又被编辑保存过，标注无法去除，连同标注一起读取；请尽量使用原始文件",
                "a marked copy made by gouji and edited since: read with its marks; better use the original",
            ));
        }
        _ => {}
    }
    Ok(workbook)
}

#[expect(clippy::result_large_err, reason = "an error is rare, and carries what a person needs")]
fn read_all(
    inputs: &[Input],
    read: impl Fn(&str, &[u8]) -> Result<Workbook, ReadError> + Sync,
) -> Vec<InputFile> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut files = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.iter().enumerate() {
        let mut file = InputFile {
            path: input.path.clone(),
            format: Format::Unknown,
            sha256: String::new(),
            status: Status::Refused,
            error: None,
            workbook: None,
            same_as: None,
        };
        match &input.bytes {
            Err(error) => file.error = Some(error.clone()),
            Ok(bytes) => {
                let sum = || hexadecimal(&Sha256::digest(bytes));
                let mut workbook = None;
                if inputs.len() == 1 && bytes.len() > LARGE {
                    let read = || read_unmarked(&input.path, bytes, &read);
                    let (known, sum) = parallel::join(read, sum);
                    (workbook, file.sha256) = (Some(known), sum);
                } else {
                    file.sha256 = sum();
                }
                if let Some(&first) = seen.get(&file.sha256) {
                    let twin: &InputFile = &files[first as usize];
                    (file.format, file.status, file.error) =
                        (twin.format, twin.status, twin.error.clone());
                    file.same_as = Some(first);
                } else {
                    seen.insert(file.sha256.clone(), index as u32);
                    let read = || read_unmarked(&input.path, bytes, &read);
                    match workbook.unwrap_or_else(read) {
                        Ok(workbook) => {
                            file.format = workbook.format;
                            file.status = if workbook.refused_sheets.is_empty() {
                                Status::Read
                            } else {
                                Status::Partial
                            };
                            file.workbook = Some(workbook);
                        }
                        Err(error) => file.error = Some(error),
                    }
                }
            }
        }
        files.push(file);
    }
    files
}
