//! The report for people at a terminal.
//!
//! A finding reads like a good compiler's message: the rule, the place, the piece of the table with the wrong figure
//! underlined, what is stated and what it should be, the cells that were added, the likeliest cause. Then the verdict,
//! and what was not checked.

mod drafts;
mod paint;
mod window;
mod wrap;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write as _};

pub use drafts::write_drafts;

use super::output::Output;
use super::shown::{self, Look};
use crate::model::{
    Diagnosis, Finding, Language, Operand, Operation, Outcome, Packet, Place, ReadTwice, Relation,
    Report, Severity, Shape, Verdict, Visibility, many,
};
use crate::number::{Decimal, Unit};
use crate::write::clean::Clean;
use paint::{Ink, Paint};

pub(super) static OUTPUT: Output = Output {
    name: "text",
    about: ["供人阅读", "for people"],
    on_screen: true,
    write: |report, wanted, mut out| write(report, wanted.style, &mut out),
};

/// How the report looks.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// The language of the sentences.
    pub language: Language,
    /// With terminal colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { language: Language::Zh, color: false, width: 100 }
    }
}

/// More terms than this are abbreviated.
const TERMS: usize = 9;
/// Names of terms are cut at so many columns.
const NAME: usize = 28;
/// More cells of one cause are only counted.
const ALSO: usize = 6;
/// More unverifiable checks, unchecked tables or remarks than this are only counted.
const LISTED: usize = 5;

/// Writes the report.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &Report, style: Style, out: &mut impl io::Write) -> io::Result<()> {
    let writer = Writer::of(report, style);
    let out = &mut Clean::new(out);
    let mut file = None;
    let mut explained = BTreeSet::new();
    for (at, finding) in report.findings.iter().enumerate() {
        if report.is_told_elsewhere(at) {
            continue;
        }
        let own = finding.file.or(finding.place.map(|place| place.file));
        if own.is_some() && own != file {
            writer.file_heading(own.unwrap_or_default(), out)?;
        }
        file = own;
        let mut lines = writer.finding(finding);
        if explained.insert(&finding.rule) && report.rule(&finding.rule).is_some() {
            let command = format!("gouji explain {}", finding.rule);
            lines.extend(writer.item(writer.say("说明", "explain"), &command));
        }
        for line in lines {
            writeln!(out, "{line}")?;
        }
        writeln!(out)?;
    }
    write_summary(report, style, out)
}

/// Writes the end of the report alone: what could not be read, the verdict, what was not checked.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_summary(report: &Report, style: Style, out: &mut impl io::Write) -> io::Result<()> {
    let writer = Writer::of(report, style);
    for line in writer.refusals().into_iter().chain(writer.verdict()).chain(writer.unchecked()) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

struct Writer<'a> {
    report: &'a Report,
    style: Style,
    paint: Paint,
}

impl<'a> Writer<'a> {
    fn of(report: &'a Report, style: Style) -> Self {
        Self { report, style, paint: Paint { on: style.color } }
    }
}

impl Writer<'_> {
    fn say<T>(&self, zh: T, en: T) -> T {
        match self.style.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    fn packet(&self) -> &Packet {
        &self.report.packet
    }

    /// A labelled sentence, wrapped with the continuation under its beginning.
    fn item(&self, label: &str, text: &str) -> Vec<String> {
        self.labelled(label, wrap::wrap(text, self.room(label)))
    }

    /// The same of pieces that are not to be broken.
    fn pieces(&self, label: &str, pieces: &[String]) -> Vec<String> {
        self.labelled(label, wrap::wrap_pieces(pieces, self.room(label)))
    }

    fn room(&self, label: &str) -> usize {
        self.style.width.saturating_sub(wrap::width(label) + 3).max(24)
    }

    fn labelled(&self, label: &str, lines: Vec<String>) -> Vec<String> {
        let indent = wrap::width(label) + 3;
        lines
            .into_iter()
            .enumerate()
            .map(|(at, line)| {
                if at == 0 {
                    format!("  {} {line}", self.paint.bold(label))
                } else {
                    format!("{}{line}", " ".repeat(indent))
                }
            })
            .collect()
    }

    fn file_heading(&self, file: u32, out: &mut impl io::Write) -> io::Result<()> {
        let counts = [Severity::Error, Severity::Warning, Severity::Info].map(|severity| {
            let count = self
                .report
                .findings
                .iter()
                .filter(|finding| finding.severity == severity)
                .filter(|finding| finding.file.or(finding.place.map(|p| p.file)) == Some(file))
                .count();
            (count > 0).then(|| format!("{} {count}", severity.label().get(self.style.language)))
        });
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        let path = &self.packet().files[file as usize].path;
        let heading = format!("── {path} ── {}", counts.join(self.say("，", ", ")));
        writeln!(out, "{}", self.paint.dim(&heading))
    }

    fn finding(&self, finding: &Finding) -> Vec<String> {
        let language = self.style.language;
        let outcome = self.report.outcome(finding);
        let title = self.report.rule(&finding.rule).map_or_else(
            || finding.message.get(language).to_owned(),
            |card| card.title(language).to_owned(),
        );
        let severity = format!("{} {}", finding.severity.label().get(language), finding.rule);
        let severity = self.paint.ink(window::ink(finding.severity), &severity);
        let mut lines = vec![format!("{severity} {}", self.paint.bold(&title))];
        let table = outcome.as_ref().and_then(|(_, _, outcome)| outcome.target.table);
        if let Some(place) = finding.place {
            let known = self.packet().table_of(place, table).map(|table| table.id);
            let label = self.packet().shown_label(place, known);
            let at = self.place(place);
            // A place is one word to terminals and people who copy it: it is never broken, its label may move below.
            if wrap::width(&at) + wrap::width(&label) + 4 <= self.style.width {
                lines.push(format!("  {at}  {label}").trim_end().to_owned());
            } else {
                lines.push(format!("  {at}"));
                lines.push(format!("  {label}"));
            }
        }
        let shape = outcome.as_ref().map(|(_, relation, outcome)| (&relation.shape, outcome));
        lines.extend(
            window::window(
                self.packet(),
                finding,
                shape,
                self.style.width.saturating_sub(2),
                |place| self.suspected(finding, place),
                self.paint,
            )
            .into_iter()
            .map(|line| format!("  {line}")),
        );
        match &outcome {
            Some((_, relation, outcome)) => {
                lines.extend(self.arithmetic(finding, relation, outcome));
                if finding.read_twice == Some(ReadTwice::Differ) {
                    lines.extend(
                        self.item(self.say("发现", "found"), finding.message.get(language)),
                    );
                }
            }
            None if finding.message.get(language) != title => {
                lines.extend(self.item(self.say("发现", "found"), finding.message.get(language)));
            }
            None => {}
        }
        for diagnosis in &finding.diagnoses {
            lines.extend(self.diagnosis(diagnosis));
        }
        if let Some(said) = self.report.explained(finding) {
            lines.extend(self.item(self.say("已说明", "explained"), &said.told()));
        }
        lines.extend(self.also(finding));
        let after = self.report.matter(finding).map_or(&[][..], |matter| &matter.consequences);
        if !after.is_empty() {
            let places: Vec<String> =
                after.iter().map(|place| self.beside(finding.place, *place)).collect();
            let label = self.say("随之", "so also");
            let places = abbreviate(&places, self.say("、", ", "), 8);
            let said = self
                .say(format!("{places} 同由此而不符"), format!("{places} disagree because of it"));
            lines.extend(self.item(label, &said));
        }
        let related: Vec<Place> =
            finding.related.iter().filter(|place| !after.contains(place)).copied().collect();
        if !related.is_empty() {
            let places: Vec<String> =
                related.iter().map(|place| self.beside(finding.place, *place)).collect();
            lines.extend(
                self.item(
                    self.say("相关", "related"),
                    &abbreviate(&places, self.say("、", ", "), 8),
                ),
            );
        }
        lines
    }

    /// Other findings of the same matter: their cells, with what is stated and what it should be.
    fn also(&self, finding: &Finding) -> Vec<String> {
        let others: Vec<&Finding> = self.report.also(finding).collect();
        if others.is_empty() {
            return Vec::new();
        }
        let told = |other: &&&Finding| {
            let place = other.place?;
            let at = self.beside(finding.place, place);
            let Some((_, relation, outcome)) = self.report.outcome(other) else { return Some(at) };
            let look = shown::look(self.packet(), place, outcome.target.table);
            let (Some(stated), Some(computed)) = (outcome.stated, outcome.computed) else {
                return Some(at);
            };
            let computed = self.computed(relation.operation, look, stated, computed);
            let stated = look.show(stated);
            Some(self.say(
                format!("{at} {stated}（应为 {computed}）"),
                format!("{at} {stated} (computed {computed})"),
            ))
        };
        let mut places: Vec<String> = others.iter().take(ALSO).filter_map(|o| told(&o)).collect();
        if others.len() > ALSO {
            let more = others.len() - ALSO;
            places.push(self.say(format!("…… 另有 {more} 处"), format!("… {more} more")));
        }
        let count = others.len() + 1;
        let joined = places.join(self.say("、", ", "));
        self.item(
            self.say("同因", "same"),
            &self.say(
                format!("同一原因共 {count} 处，另有 {joined}"),
                format!("one cause in {count} places: {joined}"),
            ),
        )
    }

    /// 资产.xlsx › 固定资产情况表 › C4
    fn place(&self, place: Place) -> String {
        let path = self.packet().files.get(place.file as usize).map_or("", |file| &file.path);
        let sheet = self.packet().sheet(place.file, place.sheet);
        match self.packet().sheet_name(place) {
            Some(name) if sheet.is_some_and(|own| own.visibility != Visibility::Visible) => {
                let hidden = self.say("（隐藏的工作表）", " (hidden sheet)");
                format!("{path} › {name}{hidden} › {}", place.cell)
            }
            Some(sheet) => format!("{path} › {sheet} › {}", place.cell),
            None => format!("{path} › {}", place.cell),
        }
    }

    /// A place as named beside another: only what differs.
    fn beside(&self, other: Option<Place>, place: Place) -> String {
        match other {
            Some(other) if (other.file, other.sheet) == (place.file, place.sheet) => {
                place.cell.to_string()
            }
            Some(other) if other.file == place.file => match self.packet().sheet_name(place) {
                Some(sheet) => format!("{sheet}!{}", place.cell),
                None => place.cell.to_string(),
            },
            _ => self.place(place),
        }
    }

    /// The value that the first diagnosis would put at a place.
    fn suspected(&self, finding: &Finding, place: Place) -> Option<String> {
        let change =
            finding.diagnoses.first()?.changes.iter().find(|change| change.place == place)?;
        let table = self.packet().table_of(place, None).map(|table| table.id);
        let look = shown::look(self.packet(), place, table);
        let stated = self.packet().figure(place, table).number().unwrap_or_default();
        let look = look.beside(stated, change.value);
        Some(format!("{} {}", self.say("疑应为", "perhaps"), look.show(change.value)))
    }

    /// Stated, computed, difference; and what was computed from what.
    fn arithmetic(&self, finding: &Finding, relation: &Relation, outcome: &Outcome) -> Vec<String> {
        let mut lines = Vec::new();
        let target = &outcome.target;
        let look = shown::look(self.packet(), target.place, target.table);
        let unit = self.packet().unit(target.place, target.table);
        let at_most = relation.operation == Operation::AtMost;
        let stated = outcome
            .stated
            .map_or_else(|| self.say("（空）", "(none)").to_owned(), |value| look.show(value));
        let own = outcome.stated.unwrap_or_default();
        let computed =
            outcome.computed.map(|value| self.computed(relation.operation, look, own, value));
        let mut line = format!("  {} {stated}", self.paint.bold(self.say("申报", "stated")));
        if let Some(computed) = &computed {
            let label = if at_most {
                self.say("不应超过", "at most")
            } else {
                self.say("应为", "computed")
            };
            let _ = write!(line, "   {} {computed}", self.paint.bold(label));
        }
        if let Some(difference) = self.difference(relation.operation, outcome, look, unit) {
            let label =
                if at_most { self.say("超出", "over by") } else { self.say("相差", "off by") };
            let tinted = self.paint.ink(window::ink(finding.severity), &difference);
            let _ = write!(line, "   {} {tinted}", self.paint.bold(label));
        }
        if finding.read_twice == Some(ReadTwice::Agree) {
            line.push_str(&self.paint.dim(self.say("   两读一致", "   read twice alike")));
        }
        lines.push(line);
        let label = if at_most {
            self.say("上限 =", "limit =")
        } else {
            self.say("应为 =", "computed =")
        };
        lines.extend(self.pieces(label, &self.formula(relation, outcome)));
        if let Some(reason) = &relation.reason {
            lines.extend(self.item(self.say("依据", "because"), reason.get(self.style.language)));
        }
        lines
    }

    /// A quotient at the sheet's digits, with one digit more in brackets where that explains it.
    fn computed(
        &self,
        operation: Operation,
        look: Look,
        stated: Decimal,
        value: Decimal,
    ) -> String {
        if !is_quotient(operation) {
            return look.beside(stated, value).show(value);
        }
        let (short, long) = (look.show(value), look.fitting(value, 1).show(value));
        if short == long {
            short
        } else {
            self.say(format!("{short}（{long}）"), format!("{short} ({long})"))
        }
    }

    fn difference(
        &self,
        operation: Operation,
        outcome: &Outcome,
        look: Look,
        unit: Option<&Unit>,
    ) -> Option<String> {
        let computed = outcome.computed?;
        let computed = if is_quotient(operation) { look.round(computed) } else { computed };
        let difference = outcome.stated?.checked_sub(computed)?;
        let text = if look.percent {
            let look = look.beside(Decimal::ZERO, difference);
            let points = look.show(difference);
            let points = points.trim_end_matches('%');
            self.say(format!("{points} 个百分点"), format!("{points} percentage points"))
        } else {
            let number = look.fitting(difference, 4).show(difference);
            match unit {
                Some(unit) if *unit != Unit::Percent => format!("{number} {unit}"),
                _ => number,
            }
        };
        Some(text)
    }

    /// C12 通用设备 125.03 + C18 无形资产 138.18, as pieces each of which begins with its sign.
    fn formula(&self, relation: &Relation, outcome: &Outcome) -> Vec<String> {
        let by_field = matches!(relation.shape, Shape::Fields { .. });
        let term = |operand: &Operand| self.term(operand, &outcome.target, by_field);
        let terms = &outcome.terms;
        let joined = |sign: &str| {
            let pieces = terms.iter().enumerate();
            pieces
                .map(|(at, o)| if at == 0 { term(o) } else { format!("{sign} {}", term(o)) })
                .collect::<Vec<_>>()
        };
        let mut pieces = match relation.operation {
            Operation::Ratio => joined("÷"),
            Operation::Product => joined("×"),
            Operation::RelativeChange if terms.len() == 2 => vec![
                format!("({}", term(&terms[1])),
                format!("- {})", term(&terms[0])),
                format!("÷ {}", term(&terms[0])),
            ],
            Operation::Average => {
                let mut pieces = self.sum(terms, term);
                pieces.insert(0, self.say("平均：", "mean of ").to_owned());
                pieces
            }
            _ => self.sum(terms, term),
        };
        let last = pieces.len().saturating_sub(1);
        for piece in pieces.iter_mut().take(last) {
            if !piece.ends_with([' ', '：']) {
                piece.push(' ');
            }
        }
        pieces
    }

    /// The terms of a sum with their signs; of a long one those that add something, the middle left out.
    fn sum(&self, terms: &[Operand], term: impl Fn(&Operand) -> String) -> Vec<String> {
        let adds = |operand: &&Operand| {
            let figure = self.packet().figure(operand.place, operand.table);
            figure.number().is_some_and(|value| !value.is_zero())
        };
        let long = terms.len() > TERMS;
        let shown: Vec<&Operand> = terms.iter().filter(|operand| !long || adds(operand)).collect();
        let cut = shown.len() > TERMS;
        let mut pieces = Vec::new();
        for (at, operand) in shown.iter().enumerate() {
            if cut && at >= TERMS - 2 && at + 1 < shown.len() {
                if at == TERMS - 2 {
                    pieces.push("+ …".to_owned());
                }
                continue;
            }
            let mut piece = match (operand.coefficient < 0, at) {
                (true, _) => "- ".to_owned(),
                (false, 0) => String::new(),
                (false, _) => "+ ".to_owned(),
            };
            if operand.coefficient.abs() != 1 {
                let _ = write!(piece, "{} × ", operand.coefficient.abs());
            }
            pieces.push(piece + &term(operand));
        }
        if long {
            let count = terms.len();
            pieces.push(self.say(format!("（共 {count} 项）"), format!("({count} terms)")));
        }
        pieces
    }

    /// C18 无形资产 138.18
    fn term(&self, operand: &Operand, target: &Operand, by_field: bool) -> String {
        let packet = self.packet();
        let mut text = self.beside(Some(target.place), operand.place);
        let table = operand.table.and_then(|id| packet.tables.get(id as usize));
        let (line, field) = table.map_or((None, None), |table| {
            (table.line_at(operand.place.cell.row), table.field_at(operand.place.cell.column))
        });
        let same_sheet =
            (operand.place.file, operand.place.sheet) == (target.place.file, target.place.sheet);
        let label = match (by_field, same_sheet) {
            (true, _) => field.map(|field| field.label.clone()),
            (false, true) if operand.place.cell.column == target.place.cell.column => {
                line.map(|line| line.label.clone())
            }
            _ => Some(packet.shown_label(operand.place, operand.table)),
        };
        if let Some(label) = label.filter(|label| !label.is_empty()) {
            text.push(' ');
            text.push_str(&wrap::cut(without_bracket(&label), NAME));
        }
        text.push(' ');
        text.push_str(&match packet.figure(operand.place, operand.table).number() {
            Some(value) => {
                let look = shown::look(packet, operand.place, operand.table);
                if look.percent { look.show(value) } else { look.fitting(value, 4).show(value) }
            }
            None => self.words(operand.place),
        });
        let unit = |operand: &Operand| packet.unit(operand.place, operand.table).cloned();
        if let (Some(own), Some(base)) = (unit(operand), unit(target))
            && own != base
            && own.is_money()
            && base.is_money()
        {
            let _ = write!(text, " {own}");
        }
        text
    }

    /// What a cell without a number shows.
    fn words(&self, place: Place) -> String {
        let packet = self.packet();
        let sheet = packet.workbook(place.file).zip(packet.sheet(place.file, place.sheet));
        match sheet.map(|(book, sheet)| shown::cell(book, sheet, place.cell)) {
            Some(text) if !text.is_empty() => wrap::cut(&text, NAME),
            _ => self.say("（空）", "(blank)").to_owned(),
        }
    }

    fn diagnosis(&self, diagnosis: &Diagnosis) -> Vec<String> {
        let text = diagnosis.text.get(self.style.language);
        let label = self.say("疑似", "perhaps");
        let text = text.strip_prefix(label).unwrap_or(text);
        self.item(label, text.trim_start_matches(['：', ':', ' ']))
    }

    fn refusals(&self) -> Vec<String> {
        let language = self.style.language;
        let mut lines = Vec::new();
        let mut refused = |what: &str, error: &crate::model::ReadError| {
            let word = self.paint.ink(Ink::Error, self.say("未读", "unread"));
            lines.push(format!("{word} {what}"));
            lines.extend(self.item(self.say("原因", "reason"), error.message.get(language)));
            if !error.hint.get(language).is_empty() {
                lines.extend(self.item(self.say("办法", "remedy"), error.hint.get(language)));
            }
        };
        for file in &self.packet().files {
            if let Some(error) = &file.error {
                refused(&file.path, error);
            }
            for sheet in file.workbook.iter().flat_map(|workbook| &workbook.refused_sheets) {
                refused(&format!("{} › {}", file.path, sheet.name), &sheet.error);
            }
        }
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines
    }

    fn verdict(&self) -> Vec<String> {
        let summary = &self.report.summary;
        let coverage = &self.report.coverage;
        let checks = summary.checks() - summary.not_applicable;
        let files = &self.packet().files;
        if files.iter().all(|file| file.error.is_some()) {
            let text = self.say("没有读到任何表格。", "No workbook could be read.");
            return self.plain(text, Ink::Error);
        }
        if checks == 0 && self.report.findings.is_empty() {
            let text = self.say(
                "没有可核对的内容：未发现表内或表间的数字关系。",
                "Nothing to check: no relation between figures was found.",
            );
            return self.plain(text, Ink::Warning);
        }
        let (error, warning, info) = (summary.error, summary.warning, summary.info);
        let (holds, rounding) = (summary.holds, summary.rounding);
        let (fails, unverifiable) = (summary.fails, summary.unverifiable);
        let text = self.say(
            format!(
                "核对 {checks} 项：相符 {holds}，尾差 {rounding}，不符 {fails}，未能核对 {unverifiable}；\
                 {} 个数字中 {} 个参与核对。发现：错误 {error}，核实 {warning}，提示 {info}。",
                coverage.numbers, coverage.checked
            ),
            format!(
                "{}: {holds} hold, {rounding} within rounding, {fails} fail, {unverifiable} could not be \
                 verified; {} of {} took part. Found: {}, {}, {}.",
                many(checks, "check"), coverage.checked, many(coverage.numbers, "number"), many(error, "error"),
                many(warning, "warning"), many(info, "note")
            ),
        );
        let text = match summary.suppressed {
            0 => text,
            count => self.say(
                format!("{text}另有 {count} 处已说明理由，不计在内。"),
                format!("{text} Explained and not counted: {count} more."),
            ),
        };
        let text = match self.report.lapsed.len() {
            0 => text,
            count => self.say(
                format!("{text}有 {count} 处曾说明理由而数字已变，须重新说明。"),
                format!("{text} Explained before, with other numbers now: {count}; explain again."),
            ),
        };
        let (findings, matters) = (self.report.findings.len(), self.report.matters.len());
        let text = if matters > 0 && matters < findings {
            self.say(
                format!("{text}{findings} 处发现归为 {matters} 个原因。"),
                format!("{text} The {findings} findings have {matters} causes."),
            )
        } else {
            text
        };
        let ink = match (error, warning) {
            (0, 0) => Ink::Good,
            (0, _) => Ink::Warning,
            _ => Ink::Error,
        };
        self.plain(&text, ink)
    }

    fn plain(&self, text: &str, ink: Ink) -> Vec<String> {
        wrap::wrap(text, self.style.width.max(24))
            .iter()
            .map(|line| self.paint.ink(ink, line))
            .collect()
    }

    /// What was not checked: sheets without tables, tables without checks, checks without figures.
    fn unchecked(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let packet = self.packet();
        let sheets: Vec<String> = self
            .sheets()
            .filter(|(file, sheet, _)| {
                !packet.tables.iter().any(|table| (table.file, table.sheet) == (*file, *sheet))
            })
            .map(|(_, _, name)| name)
            .collect();
        self.list(self.say("未识别出表格", "no table found"), &sheets, &mut lines);
        let used = self.tables_checked();
        let tables: Vec<String> = packet
            .tables
            .iter()
            .filter(|table| !used.contains(&table.id) && table.figure_fields().next().is_some())
            .map(|table| {
                let place = Place { file: table.file, sheet: table.sheet, cell: table.range.start };
                match &table.title {
                    Some(title) => {
                        format!("{} {}", self.place(place), crate::model::words::shown(title))
                    }
                    None => self.place(place),
                }
            })
            .collect();
        self.list(self.say("未核对的表格", "tables not checked"), &tables, &mut lines);
        if self.report.summary.unverifiable > 0 {
            let checks: Vec<String> = self
                .report
                .checks()
                .filter(|(_, _, outcome)| outcome.verdict == Verdict::Unverifiable)
                .take(LISTED + 1)
                .map(|(_, relation, outcome)| {
                    let target = &outcome.target;
                    let label = self.packet().shown_label(target.place, target.table);
                    let deduced = self.deduced(target.place);
                    format!("{} {} {label}{deduced}", relation.rule, self.place(target.place))
                })
                .collect();
            self.list(self.say("未能核对", "not verifiable"), &checks, &mut lines);
        }
        let twins: Vec<String> = packet
            .files
            .iter()
            .filter_map(|file| {
                let first = &packet.files[file.same_as? as usize].path;
                Some(self.say(
                    format!("{}（与 {first} 内容相同）", file.path),
                    format!("{} (same as {first})", file.path),
                ))
            })
            .collect();
        self.list(self.say("只读一次", "read once"), &twins, &mut lines);
        let remarks = self.remarks();
        self.list(self.say("读取说明", "reading"), &remarks, &mut lines);
        lines
    }

    /// What a blank must hold, where equalities determine it.
    fn deduced(&self, place: Place) -> String {
        let known = self.report.deduced.iter().find(|one| one.place == place);
        let table = self.packet().table_of(place, None).map(|table| table.id);
        let look = shown::look(self.packet(), place, table);
        known.map_or_else(String::new, |one| {
            let value = look.fitting(one.value, 4).show(one.value);
            self.say(
                format!("（漏填，按等式推算为 {value}）"),
                format!(" (left blank; deduced: {value})"),
            )
        })
    }

    /// What is worth saying about the reading, the same of several files once.
    fn remarks(&self) -> Vec<String> {
        let mut remarks: Vec<(&str, Vec<&str>)> = Vec::new();
        for file in &self.packet().files {
            for remark in file.workbook.iter().flat_map(|workbook| &workbook.remarks) {
                let text = remark.get(self.style.language);
                match remarks.iter_mut().find(|(known, _)| *known == text) {
                    Some((_, files)) => files.push(&file.path),
                    None => remarks.push((text, vec![&file.path])),
                }
            }
        }
        remarks
            .into_iter()
            .map(|(text, files)| {
                let count = files.len();
                let colon = self.say("：", ": ");
                match count {
                    1 => format!("{}{colon}{text}", files[0]),
                    _ => self.say(
                        format!("{} 等 {count} 个文件{colon}{text}", files[0]),
                        format!("{} and {} more{colon}{text}", files[0], count - 1),
                    ),
                }
            })
            .collect()
    }

    fn list(&self, label: &str, things: &[String], lines: &mut Vec<String>) {
        for thing in things.iter().take(LISTED) {
            lines.extend(self.item(label, thing));
        }
        if things.len() > LISTED {
            let more = things.len() - LISTED;
            lines.extend(
                self.item(label, &self.say(format!("…… 另有 {more} 处"), format!("… {more} more"))),
            );
        }
    }

    /// Sheets with any number: file, index, name as people read it.
    fn sheets(&self) -> impl Iterator<Item = (u32, u32, String)> + '_ {
        self.packet().files.iter().enumerate().flat_map(move |(file, input)| {
            input.workbook.iter().flat_map(move |workbook| {
                workbook.sheets.iter().enumerate().map(move |(index, sheet)| {
                    let name = match workbook.format {
                        crate::model::Format::Csv => input.path.clone(),
                        _ => format!("{} › {}", input.path, sheet.name),
                    };
                    (file as u32, index as u32, name)
                })
            })
        })
    }

    /// Tables that some check speaks of.
    fn tables_checked(&self) -> BTreeSet<u32> {
        let mut used = BTreeSet::new();
        for relation in &self.report.relations {
            match &relation.shape {
                Shape::Lines { table, .. } | Shape::Fields { table, .. } => {
                    used.insert(*table);
                }
                Shape::Cells { target, terms } => {
                    used.extend(target.table);
                    used.extend(terms.iter().filter_map(|term| term.table));
                }
            }
        }
        used
    }
}

fn is_quotient(operation: Operation) -> bool {
    matches!(operation, Operation::Ratio | Operation::RelativeChange | Operation::Average)
}

/// A label without the bracket at its end: 通用设备（个、台、辆等） is 通用设备.
fn without_bracket(label: &str) -> &str {
    match label.strip_suffix(['）', ')']).and_then(|rest| rest.rfind(['（', '('])) {
        Some(at) if at > 0 => label[..at].trim_end(),
        _ => label,
    }
}

/// The first ones and the last one of a long list.
fn abbreviate(things: &[String], joint: &str, most: usize) -> String {
    if things.len() <= most {
        return things.join(joint);
    }
    let head = things[..most - 2].join(joint);
    format!("{head}{joint}…{joint}{}", things[things.len() - 1])
}
