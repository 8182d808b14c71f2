//! What the page draws: verdicts, findings and the windows of the sheets around them.
//!
//! This is beside the report's contract, not part of it: both languages at once, so that the switch needs no second
//! check, and only the cells that a screen can use, so that a sheet of 200,000 rows stays a small answer.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::model::{
    CellRef, Finding, Language, Operand, Outcome, Place, ReadErrorCode, Report, Severity, Sheet,
    Status, Summary, Suppression, Table, Text, Value, Verdict, Visibility, Workbook,
    why_unverifiable,
};
use crate::number::Decimal;
use crate::write::{fingerprint, shown};

mod cells;

/// Rows of a sheet that is shown whole.
const WHOLE_ROWS: u32 = 400;
/// Columns of a sheet that is shown whole.
const WHOLE_COLUMNS: u32 = 60;
/// Cells of all windows together; past it only the lines with findings are shown.
const CELLS: usize = 150_000;
/// Findings that the page lists one by one.
const FINDINGS: usize = 5_000;
/// Terms of one check that are listed one by one.
const TERMS: usize = 400;
/// Characters of a cell's text.
const TEXT: usize = 400;

/// Everything that the page draws.
#[derive(Serialize)]
pub struct View {
    gouji: &'static str,
    summary: Summary,
    coverage: crate::model::Coverage,
    files: Vec<FileView>,
    /// What was left out of archives.
    remarks: Vec<Both>,
    /// Checks that could not be done, by reason, the most frequent first.
    unverified: Vec<UnverifiedView>,
    /// Where there are several, what was found for each.
    entities: Vec<EntityView>,
    tables: Vec<TableView>,
    sheets: Vec<SheetView>,
    findings: Vec<FindingView>,
    /// Findings past the limit, which the report has and the page does not list.
    unlisted: usize,
    rules: BTreeMap<String, RuleView>,
    kinds: Vec<KindView>,
}

#[derive(Serialize)]
struct Both {
    zh: String,
    en: String,
}

impl From<&Text> for Both {
    fn from(text: &Text) -> Self {
        Self { zh: text.zh.clone(), en: text.en.clone() }
    }
}

#[derive(Serialize)]
struct FileView {
    path: String,
    format: &'static str,
    status: Status,
    error: Option<ErrorView>,
    same_as: Option<u32>,
    remarks: Vec<Both>,
    counts: Counts,
    refused_sheets: Vec<RefusedSheet>,
    /// A marked copy can be asked for.
    can_mark: bool,
}

#[derive(Serialize)]
struct ErrorView {
    code: ReadErrorCode,
    message: Both,
    hint: Both,
}

#[derive(Serialize)]
struct RefusedSheet {
    name: String,
    error: ErrorView,
}

/// Checks whose target is in a file, and its findings.
#[derive(Clone, Copy, Default, Serialize)]
struct Counts {
    holds: u64,
    rounding: u64,
    fails: u64,
    unverifiable: u64,
    error: u64,
    warning: u64,
    info: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.holds += other.holds;
        self.rounding += other.rounding;
        self.fails += other.fails;
        self.unverifiable += other.unverifiable;
        self.error += other.error;
        self.warning += other.warning;
        self.info += other.info;
    }
}

#[derive(Serialize)]
struct TableView {
    file: u32,
    sheet: u32,
    range: String,
    title: Option<String>,
    kind: Option<String>,
    unit: Option<String>,
    unit_cell: Option<String>,
    year: Option<i32>,
    entity: Option<String>,
    /// First and last row of the header, as Excel counts.
    header: Option<(u32, u32)>,
    evidence: Vec<String>,
}

#[derive(Serialize)]
struct SheetView {
    file: u32,
    sheet: u32,
    name: Option<String>,
    hidden: bool,
    /// Column, width in characters, hidden.
    columns: Vec<(u32, Option<f32>, bool)>,
    rows: Vec<RowView>,
    /// First row, first column, last row, last column.
    merges: Vec<(u32, u32, u32, u32)>,
    /// Rows and columns of the whole sheet.
    size: (u32, u32),
}

#[derive(Serialize)]
struct RowView {
    row: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    hidden: bool,
    cells: Vec<CellView>,
}

/// Column, text, flags (1 number, 2 bold, 4 centred, 8 number typed as text), formula.
#[derive(Serialize)]
#[serde(untagged)]
enum CellView {
    Plain(u32, String, u8),
    Formula(u32, String, u8, String),
}

/// Checks that could not be done for one reason.
#[derive(Serialize)]
struct UnverifiedView {
    reason: Both,
    count: u64,
    /// The first of their cells.
    first: Vec<Spot>,
}

/// What was found for one department.
#[derive(Serialize)]
struct EntityView {
    /// Its name as its tables give it, else the folder of its files.
    name: String,
    files: Vec<u32>,
    counts: Counts,
    /// Files that could not be read.
    unread: u64,
}

#[derive(Serialize)]
struct RuleView {
    title: Both,
    docs: Both,
    source: String,
}

#[derive(Serialize)]
struct KindView {
    id: String,
    title: String,
}

#[derive(Serialize)]
struct FindingView {
    /// The same in the next draft; see [`fingerprint::all`].
    key: String,
    rule: String,
    severity: Severity,
    file: Option<u32>,
    at: Option<Spot>,
    related: Vec<Spot>,
    message: Both,
    /// Why a person lets it stand; it is for information then.
    explained: Option<String>,
    /// Findings with the same number share their likeliest cause.
    cause: Option<u32>,
    diagnoses: Vec<DiagnosisView>,
    check: Option<CheckView>,
}

/// A cell as the page finds it.
#[derive(Serialize)]
struct Spot {
    file: u32,
    sheet: u32,
    row: u32,
    column: u32,
    cell: String,
}

impl From<Place> for Spot {
    fn from(place: Place) -> Self {
        Self {
            file: place.file,
            sheet: place.sheet,
            row: place.cell.row,
            column: place.cell.column,
            cell: place.cell.to_string(),
        }
    }
}

#[derive(Serialize)]
struct DiagnosisView {
    kind: crate::model::DiagnosisKind,
    text: Both,
    changes: Vec<ChangeView>,
    repairs: u32,
    rivals: u32,
}

#[derive(Serialize)]
struct ChangeView {
    at: Spot,
    value: String,
}

#[derive(Serialize)]
struct CheckView {
    id: u64,
    operation: crate::model::Operation,
    verdict: Verdict,
    unit: Option<String>,
    target: OperandView,
    terms: Vec<OperandView>,
    /// Terms past the limit.
    unlisted: usize,
    stated: Option<String>,
    computed: Option<String>,
    difference: Option<String>,
    tolerance: Option<String>,
    reason: Option<Both>,
}

#[derive(Serialize)]
struct OperandView {
    #[serde(flatten)]
    at: Spot,
    label: String,
    value: Option<String>,
    unit: Option<String>,
    coefficient: i32,
}

/// What the page draws of a report.
pub fn view(report: &Report, remarks: &[Text]) -> View {
    let listed = report.findings.len().min(FINDINGS);
    let findings: Vec<FindingView> = report.findings[..listed]
        .iter()
        .zip(fingerprint::all(report))
        .map(|(finding, key)| finding_view(report, finding, &key))
        .collect();
    let mut rules = BTreeMap::new();
    for finding in &report.findings[..listed] {
        if let Some(card) = report.rule(&finding.rule) {
            rules.entry(finding.rule.clone()).or_insert_with(|| RuleView {
                title: (&card.titles()).into(),
                docs: (&Text::new(card.docs(Language::Zh), card.docs(Language::En))).into(),
                source: card.source.clone(),
            });
        }
    }
    let files = files(report);
    View {
        gouji: env!("CARGO_PKG_VERSION"),
        summary: report.summary,
        coverage: report.coverage,
        entities: entities(report, &files),
        files,
        remarks: remarks.iter().map(Both::from).collect(),
        unverified: unverified(report),
        tables: report.packet.tables.iter().map(table_view).collect(),
        sheets: windows(report, &findings),
        findings,
        unlisted: report.findings.len() - listed,
        rules,
        kinds: kinds(report),
    }
}

/// Reasons for checks that could not be done.
const REASONS: usize = 100;

/// Checks that could not be done, and why.
fn unverified(report: &Report) -> Vec<UnverifiedView> {
    let mut reasons: BTreeMap<(String, String), UnverifiedView> = BTreeMap::new();
    report.each_check(|id, relation, outcome| {
        if outcome.verdict != Verdict::Unverifiable {
            return;
        }
        let ordinal = (id - relation.first_check) as usize;
        let reason = why_unverifiable(&report.packet, relation, ordinal, &outcome);
        let one = reasons.entry((reason.zh.clone(), reason.en.clone())).or_insert_with(|| {
            UnverifiedView { reason: (&reason).into(), count: 0, first: Vec::new() }
        });
        one.count += 1;
        if one.first.len() < 20 {
            one.first.push(outcome.target.place.into());
        }
    });
    let mut reasons: Vec<_> = reasons.into_values().collect();
    reasons.sort_by_key(|one| std::cmp::Reverse(one.count));
    reasons.truncate(REASONS);
    reasons
}

/// The kinds that can be chosen by hand.
fn kinds(report: &Report) -> Vec<KindView> {
    report
        .kinds
        .iter()
        .map(|kind| KindView { id: kind.id.clone(), title: kind.name.clone() })
        .collect()
}

/// The files by department, where there is more than one; what names none stands under its folder.
fn entities(report: &Report, files: &[FileView]) -> Vec<EntityView> {
    let mut entities: Vec<EntityView> = Vec::new();
    for (index, file) in (0..).zip(files) {
        let mut named = report.packet.tables.iter().filter(|table| table.file == index);
        let name = named.find_map(|table| table.entity.clone()).unwrap_or_else(|| {
            file.path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned()
        });
        let at = entities.iter().position(|entity| entity.name == name).unwrap_or_else(|| {
            entities.push(EntityView {
                name,
                files: Vec::new(),
                counts: Counts::default(),
                unread: 0,
            });
            entities.len() - 1
        });
        let entity = &mut entities[at];
        entity.files.push(index);
        entity.counts.add(file.counts);
        entity.unread += u64::from(file.error.is_some());
    }
    if entities.len() > 1 { entities } else { Vec::new() }
}

fn files(report: &Report) -> Vec<FileView> {
    let mut counts = vec![Counts::default(); report.packet.files.len()];
    report.each_check(|_, _, outcome| {
        if let Some(counts) = counts.get_mut(outcome.target.place.file as usize) {
            match outcome.verdict {
                Verdict::Holds => counts.holds += 1,
                Verdict::Rounding => counts.rounding += 1,
                Verdict::Fails => counts.fails += 1,
                Verdict::Unverifiable => counts.unverifiable += 1,
                Verdict::NotApplicable => {}
            }
        }
    });
    for finding in &report.findings {
        let file = finding.place.map(|place| place.file).or(finding.file);
        let Some(counts) = file.and_then(|file| counts.get_mut(file as usize)) else { continue };
        match severity(report, finding) {
            Severity::Error => counts.error += 1,
            Severity::Warning => counts.warning += 1,
            Severity::Info => counts.info += 1,
        }
    }
    let files = report.packet.files.iter().zip(counts);
    files
        .map(|(file, counts)| FileView {
            path: file.path.clone(),
            format: file.format.name(),
            status: file.status,
            error: file.error.as_ref().map(error_view),
            same_as: file.same_as,
            remarks: file.workbook.iter().flat_map(|book| &book.remarks).map(Both::from).collect(),
            counts,
            refused_sheets: file
                .workbook
                .iter()
                .flat_map(|book| &book.refused_sheets)
                .map(|sheet| RefusedSheet {
                    name: sheet.name.clone(),
                    error: error_view(&sheet.error),
                })
                .collect(),
            can_mark: file.workbook.is_some(),
        })
        .collect()
}

fn error_view(error: &crate::model::ReadError) -> ErrorView {
    ErrorView { code: error.code, message: (&error.message).into(), hint: (&error.hint).into() }
}

fn table_view(table: &Table) -> TableView {
    TableView {
        file: table.file,
        sheet: table.sheet,
        range: table.range.to_string(),
        title: table.title.clone(),
        kind: table.kind.clone(),
        unit: table.unit.as_ref().map(ToString::to_string),
        unit_cell: table.unit_cell.map(|cell| cell.to_string()),
        year: table.year,
        entity: table.entity.clone(),
        header: table.header.map(|(first, last)| (first + 1, last + 1)),
        evidence: table.evidence.clone(),
    }
}

/// What a person has explained is for information.
fn severity(report: &Report, finding: &Finding) -> Severity {
    if report.explained(finding).is_some() { Severity::Info } else { finding.severity }
}

fn finding_view(report: &Report, finding: &Finding, key: &str) -> FindingView {
    FindingView {
        key: key.to_owned(),
        rule: finding.rule.clone(),
        severity: severity(report, finding),
        file: finding.place.map(|place| place.file).or(finding.file),
        at: finding.place.map(Spot::from),
        related: finding.related.iter().map(|place| (*place).into()).collect(),
        message: (&finding.message).into(),
        explained: report.explained(finding).map(Suppression::told),
        cause: finding.matter.filter(|_| report.also(finding).next().is_some()),
        diagnoses: finding
            .diagnoses
            .iter()
            .map(|diagnosis| DiagnosisView {
                kind: diagnosis.kind,
                text: (&diagnosis.text).into(),
                changes: diagnosis
                    .changes
                    .iter()
                    .map(|change| ChangeView {
                        at: change.place.into(),
                        value: number(change.value),
                    })
                    .collect(),
                repairs: diagnosis.repairs,
                rivals: diagnosis.rivals,
            })
            .collect(),
        check: report.outcome(finding).map(|(id, relation, outcome)| {
            let look = look_of(report, &outcome);
            CheckView {
                id,
                operation: relation.operation,
                verdict: outcome.verdict,
                unit: report
                    .packet
                    .unit(outcome.target.place, outcome.target.table)
                    .map(ToString::to_string),
                target: operand(report, &outcome.target),
                terms: outcome.terms.iter().take(TERMS).map(|term| operand(report, term)).collect(),
                unlisted: outcome.terms.len().saturating_sub(TERMS),
                stated: outcome.stated.map(number),
                computed: outcome.computed.map(|value| number(look.round(value))),
                difference: difference(&outcome, look).map(number),
                tolerance: outcome.tolerance.map(number),
                reason: relation.reason.as_ref().map(Both::from),
            }
        }),
    }
}

/// How the figures of a check are printed: with the digits of the sheet, and more only where two that differ would read
/// alike.
fn look_of(report: &Report, outcome: &Outcome) -> shown::Look {
    let look = shown::look(&report.packet, outcome.target.place, outcome.target.table);
    match (outcome.stated, outcome.computed) {
        (Some(stated), Some(computed)) => look.beside(stated, computed),
        _ => look,
    }
}

/// What the figures printed differ by, so that a reader who subtracts them finds the same.
fn difference(outcome: &Outcome, look: shown::Look) -> Option<Decimal> {
    match (outcome.stated, outcome.computed) {
        (Some(stated), Some(computed)) => stated.checked_sub(look.round(computed)),
        _ => outcome.difference,
    }
}

fn operand(report: &Report, operand: &Operand) -> OperandView {
    let figure = report.packet.figure(operand.place, operand.table);
    OperandView {
        at: operand.place.into(),
        label: report.packet.shown_label(operand.place, operand.table),
        value: figure.number().map(number),
        unit: report.packet.unit(operand.place, operand.table).map(ToString::to_string),
        coefficient: operand.coefficient,
    }
}

fn number(value: Decimal) -> String {
    value.normalize().to_string()
}

/// The windows of all sheets with a table or a finding, in the packet's order.
fn windows(report: &Report, findings: &[FindingView]) -> Vec<SheetView> {
    let mut wanted: BTreeMap<(u32, u32), BTreeSet<CellRef>> = BTreeMap::new();
    for table in &report.packet.tables {
        let cells = wanted.entry((table.file, table.sheet)).or_default();
        cells.insert(table.range.start);
        if let Some((first, last)) = table.header {
            cells.extend((first..=last).map(|row| CellRef::new(row, table.range.start.column)));
        }
    }
    for finding in findings {
        let check =
            finding.check.iter().flat_map(|check| check.terms.iter().chain([&check.target]));
        let changes = finding.diagnoses.iter().flat_map(|diagnosis| &diagnosis.changes);
        for spot in check
            .map(|operand| &operand.at)
            .chain(&finding.at)
            .chain(&finding.related)
            .chain(changes.map(|change| &change.at))
        {
            wanted
                .entry((spot.file, spot.sheet))
                .or_default()
                .insert(CellRef::new(spot.row, spot.column));
        }
    }
    let mut left = CELLS;
    let mut sheets = Vec::new();
    for ((file, at), cells) in wanted {
        let (Some(workbook), Some(sheet)) =
            (report.packet.workbook(file), report.packet.sheet(file, at))
        else {
            continue;
        };
        let name = report.packet.sheet_name(Place { file, sheet: at, cell: CellRef::default() });
        let Some(view) = window(workbook, sheet, &cells, &mut left) else { continue };
        sheets.push(SheetView { file, sheet: at, name: name.map(str::to_owned), ..view });
    }
    sheets
}

/// The part of a sheet that is shown; `None` for an empty sheet.
fn window(
    workbook: &Workbook,
    sheet: &Sheet,
    wanted: &BTreeSet<CellRef>,
    left: &mut usize,
) -> Option<SheetView> {
    let used = sheet.used()?;
    let whole = sheet.cell_count() <= *left;
    let rows = chosen(
        (used.start.row, used.end.row),
        &wanted.iter().map(|cell| cell.row).collect(),
        if whole { WHOLE_ROWS } else { 0 },
    );
    let columns = chosen(
        (used.start.column, used.end.column),
        &wanted.iter().map(|cell| cell.column).collect(),
        WHOLE_COLUMNS,
    );
    let shown: BTreeSet<u32> = columns.iter().copied().collect();
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let cells: Vec<CellView> = sheet
            .row(row)
            .filter(|(column, ..)| shown.contains(column))
            .filter_map(|(column, value, style)| {
                cell_view(workbook, sheet, CellRef::new(row, column), value, style)
            })
            .collect();
        *left = left.saturating_sub(cells.len());
        views.push(RowView { row, hidden: sheet.row_hidden(row), cells });
    }
    Some(SheetView {
        file: 0,
        sheet: 0,
        name: None,
        hidden: sheet.visibility != Visibility::Visible,
        columns: columns
            .into_iter()
            .map(|column| {
                (
                    column,
                    sheet.columns.get(&column).and_then(|c| c.width),
                    sheet.column_hidden(column),
                )
            })
            .collect(),
        rows: views,
        merges: sheet
            .merges
            .iter()
            .take(20_000)
            .map(|m| (m.start.row, m.start.column, m.end.row, m.end.column))
            .collect(),
        size: (used.end.row + 1, used.end.column + 1),
    })
}

/// All of a span when it is at most `whole` long, else its beginning, its end and what lies around the wanted.
fn chosen((first, last): (u32, u32), wanted: &BTreeSet<u32>, whole: u32) -> Vec<u32> {
    if last - first < whole {
        return (first..=last).collect();
    }
    let mut chosen: BTreeSet<u32> = (first..=last.min(first + 5)).collect();
    chosen.extend(last.saturating_sub(2).max(first)..=last);
    for at in wanted {
        chosen.extend(at.saturating_sub(2).max(first)..=(at + 2).min(last));
    }
    chosen.into_iter().take(5_000).collect()
}

fn cell_view(
    workbook: &Workbook,
    sheet: &Sheet,
    cell: CellRef,
    value: Value,
    style: u16,
) -> Option<CellView> {
    let style = workbook.style(style);
    let mut text = cells::text(sheet, style, cell, value, workbook.date_1904);
    let formula = sheet.formula(cell).map(|formula| clipped(&formula.text));
    if text.is_empty() && formula.is_none() {
        return None;
    }
    if text.len() > TEXT {
        text = clipped(&text);
    }
    let number = matches!(value, Value::Number(_));
    let typed = matches!(value, Value::Text(_)) && crate::number::parse(&text).is_some();
    let centred = matches!(
        style.horizontal,
        crate::model::HorizontalAlignment::Center | crate::model::HorizontalAlignment::CenterAcross
    );
    let flags = u8::from(number)
        | u8::from(style.bold) << 1
        | u8::from(centred) << 2
        | u8::from(typed) << 3;
    Some(match formula {
        Some(formula) => CellView::Formula(cell.column, text, flags, formula),
        None => CellView::Plain(cell.column, text, flags),
    })
}

fn clipped(text: &str) -> String {
    match text.char_indices().nth(TEXT) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
