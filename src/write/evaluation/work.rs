//! What all sheets are written from: the report, where its figures stand, every check with its result, and the words.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::super::fingerprint;
use super::EvaluationOptions;
use super::formula;
use super::layout::{self, Layout, short_title};
use super::page::{Page, Show, internal};
use super::parts::PARTS;
use super::review::{self, Subject};
use super::style::Style;
use crate::model::{
    Finding, Language, Marks, Operand, Operation, Outcome, Packet, PaperSheet as Part, Place,
    Relation, Report, Severity, Shape, Table, Verdict, many,
};
use crate::number::{Decimal, Unit};

/// Checks that are listed one by one; beyond, only those that do not hold. A listed one takes some 6 KB while the workbook
/// is written, and a small file can have any number of them.
const LISTED: u64 = 30_000;
/// Cells of a paper past which its rows are put into files as they are written, not kept: some 200 bytes a cell and as much
/// again while it is packed. Texts stand in the cells of such a sheet, not in the shared list that is kept to the end.
const KEPT: u64 = 100_000;
/// Cells that a listed check takes on all sheets together.
const OF_CHECK: u64 = 40;

/// One check that is listed.
pub(super) struct Check {
    /// Its id in the report.
    pub(super) id: u64,
    /// Its relation's index.
    pub(super) relation: usize,
    /// Its result.
    pub(super) outcome: Outcome,
    /// The finding about it.
    pub(super) finding: Option<usize>,
}

/// What all sheets are written from.
pub(super) struct Work<'a> {
    pub(super) report: &'a Report,
    pub(super) options: &'a EvaluationOptions,
    pub(super) layout: Layout,
    /// Colours and fonts.
    pub(super) style: Style,
    names: BTreeMap<Part, String>,
    marks: Marks,
    whose: (Option<String>, Option<i32>),
    fingerprints: Vec<String>,
    /// File, sheet and row of what is to be corrected or explained, and whether a check says so.
    in_question: HashMap<(u32, u32, u32), bool>,
    /// Checks that are listed, by id.
    pub(super) checks: Vec<Check>,
    by_finding: HashMap<usize, usize>,
    /// Listed checks by the table of their target.
    by_table: HashMap<u32, Vec<usize>>,
    /// How wide a column of amounts must be, and one of differences.
    widest: [u16; 2],
    /// Checks that hold and are not listed, because there are too many.
    pub(super) unlisted: u64,
    /// For each figure that takes part in a check, the worst verdict of the checks it is the target of (none for parts).
    pub(super) places: HashMap<Place, Option<Verdict>>,
    /// The workbook whose sheets put their rows into files, where they are many.
    spilled: Option<RefCell<Workbook>>,
}

impl<'a> Work<'a> {
    /// Evaluates every check once.
    pub(super) fn new(report: &'a Report, options: &'a EvaluationOptions) -> Self {
        let layout = Layout::of(&report.packet);
        let by_check: HashMap<(u32, u32), usize> = report
            .findings
            .iter()
            .enumerate()
            .filter_map(|(at, finding)| Some((finding.check?, at)))
            .collect();
        let all = report.summary.checks() <= LISTED;
        let mut work = Self {
            report,
            options,
            layout,
            style: Style::of(&options.house),
            names: names(options),
            marks: marks(options),
            whose: whose(&report.packet),
            fingerprints: fingerprint::all(report),
            in_question: in_question(report),
            checks: Vec::new(),
            by_finding: HashMap::new(),
            by_table: HashMap::new(),
            widest: [12, 11],
            unlisted: 0,
            places: HashMap::new(),
            spilled: None,
        };
        let mut relation_index = 0;
        report.each_check(|id, relation, outcome| {
            while !std::ptr::eq(&raw const report.relations[relation_index], relation) {
                relation_index += 1;
            }
            let ordinal = (id - relation.first_check) as u32;
            let finding = by_check.get(&(relation_index as u32, ordinal)).copied();
            work.note_places(&outcome);
            let listed = all
                || finding.is_some()
                || !matches!(outcome.verdict, Verdict::Holds | Verdict::NotApplicable)
                    && (work.checks.len() as u64) < LISTED;
            if listed {
                if let Some(finding) = finding {
                    work.by_finding.insert(finding, work.checks.len());
                }
                if let Some(table) = outcome.target.table {
                    work.by_table.entry(table).or_default().push(work.checks.len());
                }
                for value in [outcome.stated, outcome.computed].into_iter().flatten() {
                    work.widest[0] = work.widest[0].max(width_of(value));
                }
                if relation.operation != Operation::AtMost || outcome.verdict == Verdict::Fails {
                    let wide = outcome.difference.map_or(0, width_of);
                    work.widest[1] = work.widest[1].max(wide);
                }
                work.checks.push(Check { id, relation: relation_index, outcome, finding });
            } else {
                work.unlisted += 1;
            }
        });
        let copied = work.layout.sheets.iter().map(|sheet| sheet.lines.len() * sheet.fields.len());
        let cells = copied.sum::<usize>() as u64 + OF_CHECK * work.checks.len() as u64;
        if options.sparing || cells > KEPT {
            work.spilled = Some(RefCell::default());
        }
        work
    }

    /// Whether rows go into files.
    pub(super) fn is_spilled(&self) -> bool {
        self.spilled.is_some()
    }

    /// From here on rows are kept.
    pub(super) fn keep(&mut self) {
        self.spilled = None;
    }

    /// The sheet of that index, to be written from top to bottom, and whether its rows go into a file; the overview, which is
    /// short, is written list beside list.
    pub(super) fn sheet(&self, index: &str) -> (Worksheet, bool) {
        // Where no file can be had, rows are kept after all.
        #[cfg(feature = "parquet")]
        if let Some(book) = &self.spilled
            && index != Part::Overview.index()
            && let Ok(sheet) = book.borrow_mut().new_worksheet_with_constant_memory()
        {
            return (sheet, true);
        }
        (Worksheet::new(), false)
    }

    /// The workbook that takes the sheets.
    pub(super) fn workbook(&self) -> Workbook {
        self.spilled.as_ref().map(RefCell::take).unwrap_or_default()
    }

    fn note_places(&mut self, outcome: &Outcome) {
        for term in &outcome.terms {
            self.places.entry(term.place).or_default();
        }
        let worst = self.places.entry(outcome.target.place).or_default();
        if worst.is_none_or(|worst| gravity(outcome.verdict) > gravity(worst)) {
            *worst = Some(outcome.verdict);
        }
    }

    pub(super) fn packet(&self) -> &'a Packet {
        &self.report.packet
    }

    /// The name of a sheet.
    pub(super) fn name(&self, part: Part) -> &str {
        self.names.get(&part).map_or("", String::as_str)
    }

    /// Whether the house wants the sheet at all.
    pub(super) fn has(&self, part: Part) -> bool {
        !self.options.house.without.contains(&part)
    }

    /// A sheet with its own name as its title.
    pub(super) fn page(&self, part: Part, widths: Vec<u16>) -> Result<Page, XlsxError> {
        let name = self.name(part);
        Page::new(self, name, part.index(), name, widths)
    }

    /// Preparer, day, reviewer, day, as far as they are known: of the caller, or of the paper before this one.
    pub(super) fn signed(&self, at: usize) -> &str {
        let said = if at == 1 { self.options.date.as_deref() } else { None };
        said.unwrap_or_else(|| {
            let cover = [("preparer", 0), ("preparer", 2), ("reviewer", 0), ("reviewer", 2)];
            let (who, cell) = cover[at];
            let key = review::key(Subject::Signed, who, &[]);
            let words = self.options.review.as_ref().and_then(|review| review.words(&key));
            words.and_then(|(words, _)| words.get(cell)).map_or("", String::as_str)
        })
    }

    /// The name of a finding that outlives drafts.
    pub(super) fn fingerprint(&self, finding: usize) -> &str {
        &self.fingerprints[finding]
    }

    /// What people wrote into a row before.
    pub(super) fn written<const N: usize>(&self, key: &str) -> [String; N] {
        let words = self.options.review.as_ref().and_then(|review| review.words(key));
        let mut written = [const { String::new() }; N];
        for (to, from) in written.iter_mut().zip(words.map_or(&[][..], |(words, _)| words)) {
            to.clone_from(from);
        }
        written
    }

    /// The same, as long as the numbers stand.
    pub(super) fn standing<const N: usize>(&self, key: &str) -> [String; N] {
        let words = self.options.review.as_ref().and_then(|review| review.words(key));
        if words.is_some_and(|(_, same)| same) {
            return self.written(key);
        }
        [const { String::new() }; N]
    }

    /// Conclusion, note and reviewer of a finding: as they were while its numbers stand, else a note of what they were.
    pub(super) fn review(&self, finding: usize) -> ([String; 3], String) {
        let numbers = self
            .check_of(finding)
            .map_or([None, None], |check| [check.outcome.stated, check.outcome.computed]);
        let key = review::key(Subject::Finding, self.fingerprint(finding), &numbers);
        let before = self.options.review.as_ref();
        let stands = before.and_then(|review| review.words(&key)).is_none_or(|(_, same)| same);
        let written: [String; 3] = self.written(&key);
        if stands
            && written.iter().all(String::is_empty)
            && let Some((conclusion, note)) = self.options.verdicts.get(self.fingerprint(finding))
        {
            return ([conclusion.clone(), note.clone(), String::new()], key);
        }
        // What a person let stand in the settings is accepted, with the reason.
        if written.iter().all(String::is_empty)
            && let Some(said) = self.report.suppressed.get(&(finding as u32))
        {
            let signed = said.by.iter().chain(&said.on).cloned().collect::<Vec<_>>().join(" ");
            return ([self.t("认可", "accepted").to_owned(), said.reason.clone(), signed], key);
        }
        if stands {
            return (written, key);
        }
        let was = before.and_then(|review| review.numbers(&key)).unwrap_or_default();
        let number = |at: usize| was.get(at).filter(|n| !n.is_empty()).map_or("—", String::as_str);
        let (stated, computed) = (number(0), number(1));
        let words = written.join(" ");
        let note = self.t(
            format!("上次意见“{}”时申报 {stated}、核对 {computed}，数字已变，请重新判断", words.trim()),
            format!(
                "before: \"{}\" on {stated} stated, {computed} computed; the numbers have changed, judge again",
                words.trim()
            ),
        );
        ([String::new(), note, String::new()], key)
    }

    /// The house's marks.
    pub(super) fn marks(&self) -> &Marks {
        &self.marks
    }

    pub(super) fn language(&self) -> Language {
        self.options.language
    }

    /// The phrase in the workbook's language.
    pub(super) fn t<T>(&self, zh: T, en: T) -> T {
        match self.options.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    pub(super) fn relation(&self, check: &Check) -> &'a Relation {
        &self.report.relations[check.relation]
    }

    pub(super) fn table(&self, id: Option<u32>) -> Option<&'a Table> {
        self.report.packet.tables.get(id? as usize)
    }

    /// The listed check behind a finding.
    pub(super) fn check_of(&self, finding: usize) -> Option<&Check> {
        self.by_finding.get(&finding).map(|at| &self.checks[*at])
    }

    /// Listed checks whose target stands in a table.
    pub(super) fn checks_of(&self, table: u32) -> impl Iterator<Item = &Check> {
        self.by_table.get(&table).into_iter().flatten().map(|at| &self.checks[*at])
    }

    /// How many listed checks come before the one with this id.
    pub(super) fn position(&self, id: u64) -> usize {
        self.checks.binary_search_by_key(&id, |check| check.id).unwrap_or(0)
    }

    /// How wide a column of amounts must be.
    pub(super) fn amounts(&self) -> u16 {
        self.widest[0].min(20)
    }

    /// How wide a column of differences must be.
    pub(super) fn differences(&self) -> u16 {
        self.widest[1].min(20)
    }

    /// Whether a finding that is to be corrected or explained is about a cell of the row of a place.
    pub(super) fn is_in_question(&self, at: Place) -> bool {
        self.in_question.contains_key(&(at.file, at.sheet, at.cell.row))
    }

    /// Whether a check says that a figure of the row is wrong.
    pub(super) fn is_doubted(&self, at: Place) -> bool {
        self.in_question.get(&(at.file, at.sheet, at.cell.row)) == Some(&true)
    }

    /// What a check is about: the declared relation's words, or what is compared. The titles of rules name what is wrong, and
    /// would say of a figure that agrees that it does not.
    pub(super) fn subject(&self, relation: &Relation) -> String {
        if let Some(reason) = &relation.reason {
            return reason.get(self.language()).to_owned();
        }
        let across = matches!(relation.shape, Shape::Fields { .. });
        let subject = match relation.operation {
            Operation::Sum if across => self.t("横向各栏合计", "sum across the columns"),
            Operation::Sum => self.t("合计与分项之和", "total and the sum of its parts"),
            Operation::Ratio => self.t("比率", "ratio"),
            Operation::Product => self.t("乘积", "product"),
            Operation::Average => self.t("平均数", "average"),
            Operation::RelativeChange => self.t("增减率", "rate of change"),
            Operation::Equal => self.t("同一数额前后一致", "one figure in two places"),
            Operation::AtMost => self.t("其中数不大于上级数", "part at most the whole"),
        };
        subject.to_owned()
    }

    /// The title of a rule, or its code where it is not in the catalogue.
    pub(super) fn rule_title(&self, code: &str) -> String {
        self.report
            .rule(code)
            .map_or_else(|| code.to_owned(), |card| card.title(self.language()).to_owned())
    }

    /// The place in words: 固定资产情况表!C4, with the file's name where there are several.
    pub(super) fn place(&self, place: Place) -> String {
        let packet = self.packet();
        match packet.sheet_name(place) {
            Some(sheet) => format!("{sheet}!{}", place.cell),
            None => format!("{}!{}", self.file_name(place.file), place.cell),
        }
    }

    /// The last part of a file's path.
    pub(super) fn file_name(&self, file: u32) -> String {
        let path = self.packet().files.get(file as usize).map_or("", |file| file.path.as_str());
        path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
    }

    /// A link to the figure's normalized cell, or its words alone.
    pub(super) fn link(&self, operand: &Operand) -> (Show, Format) {
        let words = self.place(operand.place);
        match self.layout.spot(self.packet(), operand) {
            Some((sheet, row, column)) => {
                (Show::Link(internal(&sheet.name, row, column), words), self.style.link())
            }
            None => (Show::Text(words), self.style.text()),
        }
    }

    /// A link to the cell in the submitted file, or its words alone.
    pub(super) fn source_link(&self, place: Place) -> (Show, Format) {
        let words = format!("{}›{}", self.file_name(place.file), self.place(place));
        let target = self.options.links.get(place.file as usize).and_then(Option::as_ref);
        match target {
            Some(target) => {
                let at = self
                    .packet()
                    .sheet_name(place)
                    .map(|sheet| format!("#'{}'!{}", sheet.replace('\'', "''"), place.cell));
                let target = format!("file:///{target}{}", at.unwrap_or_default());
                (Show::Link(target, words), self.style.link())
            }
            None => (Show::Text(words), self.style.text()),
        }
    }

    /// How a figure of that operand prints.
    pub(super) fn format(&self, operand: &Operand, more: i32) -> Format {
        let packet = self.packet();
        let figure = packet.figure(operand.place, operand.table);
        if packet.unit(operand.place, operand.table) == Some(&Unit::Percent) {
            self.style.percent((figure.decimals - 2).max(0) + more)
        } else {
            self.style.number(self.decimals(operand).max(figure.decimals) + more)
        }
    }

    /// The most decimals of the figure's column, so that a column prints alike.
    fn decimals(&self, operand: &Operand) -> i32 {
        self.table(operand.table)
            .and_then(|table| table.field_at(operand.place.cell.column))
            .map_or(0, |field| field.decimals.cast_signed())
    }

    /// A unit in the paper's language; what is no money stays as the sheet has it.
    pub(super) fn unit_word(&self, unit: &Unit) -> String {
        let english = match unit {
            Unit::Yuan => "yuan",
            Unit::ThousandYuan => "thousand yuan",
            Unit::TenThousandYuan => "ten thousand yuan",
            Unit::MillionYuan => "million yuan",
            Unit::HundredMillionYuan => "hundred million yuan",
            Unit::Percent | Unit::Other(_) => return unit.to_string(),
        };
        self.t(unit.to_string(), english.to_owned())
    }

    /// 单位：万元
    pub(super) fn unit_line(&self, unit: &Unit) -> String {
        format!("{}{}", self.t("单位：", "Unit: "), self.money_word(unit))
    }

    /// The unit of the paper's amounts; that none is stated, where none is.
    pub(super) fn money_word(&self, unit: &Unit) -> String {
        if super::known::units_are_stated(self.packet()) {
            return self.unit_word(unit);
        }
        self.t("报送表未注明", "not stated").to_owned()
    }

    /// The unit's word.
    pub(super) fn unit(&self, operand: &Operand) -> String {
        self.packet()
            .unit(operand.place, operand.table)
            .map(|unit| self.unit_word(unit))
            .unwrap_or_default()
    }

    /// 合计 / 原值
    pub(super) fn label(&self, operand: &Operand) -> String {
        self.packet().shown_label(operand.place, operand.table)
    }

    /// 申报数, 核对数, 差异, 允差, 标识 of a check that stands in `row` from `column` on, all of them alive where they can be.
    pub(super) fn figures(&self, check: &Check, row: u32, column: u16) -> Vec<(Show, Format)> {
        self.figures_marked(check, row, column, None)
    }

    /// The same with another mark where the check holds.
    pub(super) fn figures_marked(
        &self,
        check: &Check,
        row: u32,
        column: u16,
        holding: Option<&str>,
    ) -> Vec<(Show, Format)> {
        let (packet, outcome) = (self.packet(), &check.outcome);
        let relation = self.relation(check);
        let cell =
            |offset: u16| crate::model::CellRef::new(row, u32::from(column + offset)).to_string();
        let (stated_cell, computed_cell) = (cell(0), cell(1));
        let reference = self.layout.reference(packet, &outcome.target);
        let stated = match (outcome.stated, reference) {
            (Some(value), Some(reference)) => Show::live(reference, value),
            (value, _) => Show::maybe(value),
        };
        let computed =
            match (outcome.computed, formula::computed(&self.layout, packet, relation, outcome)) {
                (Some(value), Some(formula)) => Show::live(formula, value),
                (value, _) => Show::maybe(value),
            };
        // What is at most its whole differs from it by right: only what is above is a difference.
        let bound = relation.operation == Operation::AtMost;
        let difference = match formula::difference(outcome) {
            Some(value) => {
                let formula = formula::difference_formula(&stated_cell, &computed_cell);
                if bound {
                    Show::live(format!("MAX(0,{formula})"), value.max(Decimal::ZERO))
                } else {
                    Show::live(formula, value)
                }
            }
            None => Show::Blank,
        };
        let marks = self.marks();
        let word = formula::mark(marks, outcome.verdict, holding.unwrap_or(&marks.holds));
        let mark = formula::mark_formula(
            packet,
            relation,
            outcome,
            (&cell(2), &cell(3)),
            (marks, holding.unwrap_or(&marks.holds)),
        )
        .map_or_else(|| Show::text(word), |formula| Show::live_word(formula, word));
        let exact = self.format(&outcome.target, 0);
        let finer =
            if is_quotient(relation) { self.format(&outcome.target, 2) } else { exact.clone() };
        let tolerance = if outcome.tolerance.is_some_and(|t| t.is_zero()) {
            exact.clone()
        } else {
            self.format(&outcome.target, if is_quotient(relation) { 2 } else { 1 })
        };
        let mark_format = self.verdict_format(self.style.middle(), check);
        vec![
            (stated, exact.clone()),
            (computed, finer.clone()),
            (difference, finer),
            (Show::maybe(outcome.tolerance), tolerance),
            (mark, mark_format),
        ]
    }

    /// Where the relation comes from, in words.
    pub(super) fn evidence(&self, relation: &Relation) -> String {
        use crate::model::Origin;
        let words: Vec<&str> = relation
            .evidence
            .iter()
            .map(|origin| match origin {
                Origin::User => self.t("自定", "own rule"),
                Origin::Kind => self.t("表类", "kind"),
                Origin::Packet => self.t("表间", "packet"),
                Origin::Formula => self.t("公式", "formula"),
                Origin::Label => self.t("名称", "labels"),
                Origin::Mined => self.t("数字", "numbers"),
            })
            .collect();
        words.join(self.t("、", ", "))
    }

    /// The unit that most tables are of.
    pub(super) fn entity(&self) -> Option<&str> {
        self.whose.0.as_deref()
    }

    /// The same for people; where the packet is of several units, it says so.
    pub(super) fn entity_words(&self) -> Option<String> {
        let own = self.entity()?;
        let mut others: Vec<&str> = Vec::new();
        for name in self.packet().tables.iter().filter_map(|table| table.entity.as_deref()) {
            let known = |other: &&str| super::projects::is_same_house(other, name);
            if !known(&own) && !others.iter().any(known) {
                others.push(name);
            }
        }
        let more = others.len();
        Some(match more {
            0 => own.to_owned(),
            _ => self.t(
                format!("{own}（另有 {more} 个单位）"),
                format!("{own} (and {})", many(more, "other unit")),
            ),
        })
    }

    /// 伊金霍洛旗…中心 · 2022年度
    pub(super) fn whose(&self) -> (Option<String>, Option<i32>) {
        self.whose.clone()
    }

    /// The name of a table's kind, as people know it.
    pub(super) fn kind_name(&self, table: &Table) -> Option<String> {
        let id = table.kind.as_deref()?;
        let known = self.report.kinds.iter().find(|kind| kind.id == id);
        let name = known.map(|kind| self.t(&kind.name, &kind.english));
        Some(
            name.filter(|name| !name.is_empty()).map_or_else(|| id.replace('_', " "), Clone::clone),
        )
    }

    /// The name of a table: its index number and title.
    pub(super) fn table_name(&self, table: &Table) -> String {
        match self.layout.sheet(table.id) {
            Some(sheet) => sheet.name.clone(),
            None => short_title(self.packet(), table),
        }
    }

    /// Findings, gravest first, then by how much is at stake.
    pub(super) fn findings_by_weight(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.report.findings.len()).collect();
        let weight = |at: usize| -> (std::cmp::Reverse<Severity>, std::cmp::Reverse<Decimal>) {
            let finding: &Finding = &self.report.findings[at];
            let yuan = self.check_of(at).and_then(|check| {
                let unit =
                    self.packet().unit(check.outcome.target.place, check.outcome.target.table);
                let factor = unit.and_then(Unit::yuan).unwrap_or(Decimal::new(1, 6));
                check.outcome.difference?.abs().checked_mul(factor)
            });
            (std::cmp::Reverse(finding.severity), std::cmp::Reverse(yuan.unwrap_or_default()))
        };
        order.sort_by_cached_key(|at| weight(*at));
        order
    }
}

/// The house's marks; the usual one for another table is a Chinese word, which an English paper does not have.
fn marks(options: &EvaluationOptions) -> Marks {
    let mut marks = options.house.marks.clone();
    if options.language == Language::En && marks.between == Marks::default().between {
        "↔".clone_into(&mut marks.between);
    }
    marks
}

/// The rows that grave findings, and what would mend them, are about.
fn in_question(report: &Report) -> HashMap<(u32, u32, u32), bool> {
    let mut rows = HashMap::new();
    let grave = report.standing().filter(|finding| finding.severity >= Severity::Warning);
    for finding in grave {
        let changed = finding.diagnoses.first().into_iter().flat_map(|cause| &cause.changes);
        for place in finding.place.into_iter().chain(changed.map(|change| change.place)) {
            let row = rows.entry((place.file, place.sheet, place.cell.row)).or_default();
            *row = *row || finding.check.is_some();
        }
    }
    rows
}

/// The characters of an amount with two decimals, its commas and the room after it.
fn width_of(value: Decimal) -> u16 {
    let digits = value.trunc().abs().to_string().len() as u16;
    digits + digits.saturating_sub(1) / 3 + 5 + u16::from(value.is_sign_negative())
}

/// The names of the sheets: the house's, as far as Excel takes them and no two are alike.
fn names(options: &EvaluationOptions) -> BTreeMap<Part, String> {
    let mut names: BTreeMap<Part, String> = BTreeMap::new();
    for part in PARTS {
        let usual = part.name(options.language);
        let wanted = options.house.names.get(&part).map(|name| layout::clean_name(name));
        let free = |name: &String| {
            !name.is_empty()
                && !names.values().any(|other| other.to_lowercase() == name.to_lowercase())
        };
        let name = wanted.filter(free).unwrap_or_else(|| usual.to_owned());
        names.insert(part, name);
    }
    names
}

/// The entity and the year that most tables are of.
pub(super) fn whose(packet: &Packet) -> (Option<String>, Option<i32>) {
    let mut entities: BTreeMap<&str, usize> = BTreeMap::new();
    let mut years: BTreeMap<i32, usize> = BTreeMap::new();
    for table in &packet.tables {
        if let Some(entity) = &table.entity {
            *entities.entry(entity).or_default() += 1;
        }
        if let Some(year) = table.year {
            *years.entry(year).or_default() += 1;
        }
    }
    let entity = entities.iter().max_by_key(|(name, count)| (**count, std::cmp::Reverse(**name)));
    let year = years.iter().max_by_key(|(year, count)| (**count, **year));
    (entity.map(|(name, _)| (*name).to_owned()), year.map(|(year, _)| *year))
}

impl Work<'_> {
    /// Orange where something must be corrected, paler where it must be explained.
    pub(super) fn verdict_format(&self, format: Format, check: &Check) -> Format {
        let severity = check.finding.map(|at| self.report.findings[at].severity);
        match (severity, check.outcome.verdict) {
            (Some(Severity::Error), _) => format.set_background_color(self.style.wrong).set_bold(),
            (Some(_), _) | (None, Verdict::Fails) => {
                format.set_background_color(self.style.doubtful).set_bold()
            }
            (None, Verdict::Rounding | Verdict::Unverifiable) => {
                format.set_background_color(self.style.total)
            }
            _ => format,
        }
    }

    /// The fill of a severity.
    pub(super) fn severity_format(&self, format: Format, severity: Severity) -> Format {
        match severity {
            Severity::Error => format.set_background_color(self.style.wrong).set_bold(),
            Severity::Warning => format.set_background_color(self.style.doubtful),
            Severity::Info => format.set_background_color(self.style.total),
        }
    }
}

fn is_quotient(relation: &Relation) -> bool {
    use crate::model::Operation;
    matches!(
        relation.operation,
        Operation::Ratio | Operation::RelativeChange | Operation::Average | Operation::Product
    )
}

/// Which verdict is shown where a figure is the target of several checks.
pub(super) fn gravity(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Fails => 4,
        Verdict::Unverifiable => 3,
        Verdict::Rounding => 2,
        Verdict::Holds => 1,
        Verdict::NotApplicable => 0,
    }
}

impl Work<'_> {
    /// A difference in words: shares differ by percentage points, never by per cent.
    pub(super) fn difference(&self, operand: &Operand, value: Decimal) -> String {
        let words = self.amount(operand, value, 2);
        match words.strip_suffix('%') {
            Some(points) => format!("{points}{}", self.t(" 个百分点", " percentage points")),
            None => words,
        }
    }

    /// A value in words, in the operand's unit: 358.78万元, 22.9%.
    pub(super) fn amount(&self, operand: &Operand, value: Decimal, more: u32) -> String {
        let packet = self.packet();
        let decimals = packet.figure(operand.place, operand.table).decimals.max(0).unsigned_abs();
        match packet.unit(operand.place, operand.table) {
            Some(Unit::Percent) => {
                let hundredfold = value.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(value);
                let shown =
                    crate::number::round_half_away(hundredfold, decimals.saturating_sub(2) + more);
                format!("{}%", shown.normalize())
            }
            unit => {
                let decimals = decimals.max(value.normalize().scale().min(decimals + more));
                let mut shown = crate::number::round_half_away(value, decimals);
                shown.rescale(decimals);
                let shown = grouped(&shown.to_string());
                let word = unit.map(|unit| self.unit_word(unit)).unwrap_or_default();
                format!("{shown}{}{word}", if word.is_empty() { "" } else { self.t("", " ") })
            }
        }
    }
}

/// `-9525849.50` → `-9,525,849.50`
fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut text = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}
