//! 前后稿对比: what became of every difference of the last draft, and every figure, line and table that is another one now.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::super::drafts::{self, Change, Drafts, Fate, Followed};
use super::differences;
use super::page::{Page, Show, internal};
use super::work::Work;
use crate::model::{Language, Line, Operand, Packet, PaperSheet as Part, Place, Report, Table};
use crate::number::{Decimal, Unit, round_half_away};

/// Changes that are listed; the rest are counted.
const LISTED: usize = 5_000;

/// Both drafts and what they have in common.
struct Both<'a> {
    work: &'a Work<'a>,
    before: &'a Report,
    drafts: Drafts,
}

/// Writes the sheet; `None` where no earlier draft was given.
pub(super) fn write(work: &Work) -> Result<Option<Worksheet>, XlsxError> {
    let Some(before) = work.options.earlier.as_deref() else { return Ok(None) };
    let drafts = drafts::compare(before, work.report);
    let both = Both { work, before, drafts };
    let amount = work.amounts().max(14);
    let widths = vec![7, 6, 18, 34, amount, amount, amount, amount, 15, 18];
    let mut page = work.page(Part::Drafts, widths)?;
    page.line(&both.told())?;
    both.findings(&mut page)?;
    both.tables(&mut page)?;
    both.changes(&mut page)?;
    Ok(Some(page.finish()?))
}

/// What became of a finding, in a word.
fn word(work: &Work, fate: Fate) -> &'static str {
    match fate {
        Fate::Open => work.t("仍存在", "open"),
        Fate::New => work.t("新出现", "new"),
        Fate::Mended => work.t("已改正", "mended"),
        Fate::Unchecked => work.t("未再核对", "unchecked"),
    }
}

impl Both<'_> {
    fn told(&self) -> String {
        let (work, drafts) = (self.work, &self.drafts);
        let [open, new, mended, unchecked] = [Fate::Open, Fate::New, Fate::Mended, Fate::Unchecked]
            .map(|fate| self.listed().filter(|one| one.fate == fate).count());
        let (tables, compared, changes) =
            (drafts.tables.len(), drafts.compared, drafts.changes.len());
        let files = self.before.packet.files.len();
        match work.language() {
            Language::Zh => format!(
                "与上一稿（{files} 个文件）相比：对应的表 {tables} 张，同一数字 {compared} 个，变动 {changes} 处。上一稿的差异：仍存在 {open} 项，已改正 {mended} 项，未再核对 {unchecked} 项；新出现 {new} 项。表、行、栏按名称对应，不按位置。",
            ),
            Language::En => format!(
                "Against the last draft (files: {files}): tables in both {tables}, figures in both {compared}, changes {changes}. Differences of the last draft: open {open}, mended {mended}, not checked again {unchecked}; new {new}. Tables, lines and columns are matched by their names, not by their places.",
            ),
        }
    }

    /// One row a matter, as the other sheets tell them.
    fn listed(&self) -> impl Iterator<Item = &Followed> {
        self.drafts.findings.iter().filter(|one| match (one.before, one.now) {
            (_, Some(now)) => !self.work.report.is_told_elsewhere(now as usize),
            (Some(before), None) => !self.before.is_told_elsewhere(before as usize),
            (None, None) => false,
        })
    }

    fn findings(&self, page: &mut Page) -> Result<(), XlsxError> {
        let work = self.work;
        page.section(work.t("差异的前后情况", "What became of the differences"))?;
        let mut listed: Vec<&Followed> = self.listed().collect();
        if listed.is_empty() {
            return page.line(work.t("两稿都没有差异。", "Neither draft has a difference."));
        }
        page.headings(&[
            work.t("情况", "Now"),
            work.t("规则", "Rule"),
            work.t("表", "Table"),
            work.t("差异", "Difference"),
            work.t("上一稿申报", "Stated before"),
            work.t("上一稿核对", "Computed before"),
            work.t("本稿申报", "Stated now"),
            work.t("本稿核对", "Computed now"),
            work.t("本稿索引", "See"),
            work.t("上一稿位置", "Place before"),
        ])?;
        let numbers = differences::told(work);
        let severity = |one: &Followed| match (one.now, one.before) {
            (Some(now), _) => Some(work.report.findings[now as usize].severity),
            (None, Some(before)) => Some(self.before.findings[before as usize].severity),
            (None, None) => None,
        };
        listed.sort_by_key(|one| (one.fate, std::cmp::Reverse(severity(one))));
        for one in listed {
            self.finding(page, one, &numbers)?;
        }
        Ok(())
    }

    fn finding(&self, page: &mut Page, one: &Followed, numbers: &[usize]) -> Result<(), XlsxError> {
        let work = self.work;
        let text = work.style.text();
        let now = one.now.map(|at| at as usize);
        let (report, finding) = match (now, one.before) {
            (Some(at), _) => (work.report, &work.report.findings[at]),
            (None, Some(at)) => (self.before, &self.before.findings[at as usize]),
            (None, None) => return Ok(()),
        };
        let place = finding.place;
        let table = place.and_then(|place| report.packet.table_of(place, None));
        let fill = match one.fate {
            Fate::Open => work.style.wrong,
            Fate::New => work.style.doubtful,
            Fate::Mended => work.style.heading,
            Fate::Unchecked => work.style.total,
        };
        let mut cells = vec![
            (Show::text(word(work, one.fate)), work.style.middle().set_background_color(fill)),
            (Show::text(finding.rule.clone()), work.style.middle()),
            (
                Show::Text(table.map(|table| title(&report.packet, table)).unwrap_or_default()),
                text.clone(),
            ),
            (Show::text(finding.message.get(work.language())), text.clone()),
        ];
        cells.extend(self.figures_before(one));
        let check = now.and_then(|at| work.check_of(at));
        match check {
            Some(check) => cells.extend(work.figures(check, page.row, 6).into_iter().take(2)),
            None => cells.extend([(Show::Blank, text.clone()), (Show::Blank, text.clone())]),
        }
        let number = now.and_then(|at| numbers.iter().position(|other| *other == at));
        cells.push(match number {
            Some(number) => {
                let target =
                    internal(work.name(Part::Differences), differences::TOP + number as u32, 0);
                let words = format!("{}-{}", Part::Differences.index(), number + 1);
                (Show::Link(target, words), work.style.link())
            }
            None => (Show::Blank, text.clone()),
        });
        let before = one.before.and_then(|at| self.before.findings[at as usize].place);
        cells.push((Show::Text(before.map(|at| self.place(at)).unwrap_or_default()), text));
        page.cells(&cells)
    }

    /// What was stated and computed in the last draft.
    fn figures_before(&self, one: &Followed) -> Vec<(Show, Format)> {
        let work = self.work;
        let finding = one.before.map(|at| &self.before.findings[at as usize]);
        let Some((_, _, outcome)) = finding.and_then(|finding| self.before.outcome(finding)) else {
            return vec![(Show::Blank, work.style.text()), (Show::Blank, work.style.text())];
        };
        let format = self.format(&outcome.target);
        vec![(Show::maybe(outcome.stated), format.clone()), (Show::maybe(outcome.computed), format)]
    }

    /// How a figure of the last draft prints.
    fn format(&self, operand: &Operand) -> Format {
        let packet = &self.before.packet;
        let decimals = packet.figure(operand.place, operand.table).decimals;
        if packet.unit(operand.place, operand.table) == Some(&Unit::Percent) {
            self.work.style.percent((decimals - 2).max(1))
        } else {
            self.work.style.number(decimals.max(0))
        }
    }

    /// File, sheet and cell of the last draft, in words.
    fn place(&self, place: Place) -> String {
        let packet = &self.before.packet;
        let path = packet.files.get(place.file as usize).map_or("", |file| file.path.as_str());
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
        match packet.sheet_name(place) {
            Some(sheet) => format!("{file}›{sheet}!{}", place.cell),
            None => format!("{file}!{}", place.cell),
        }
    }

    fn changes(&self, page: &mut Page) -> Result<(), XlsxError> {
        let work = self.work;
        page.section(work.t("数字、文字和行的变动", "Figures, words and lines that changed"))?;
        if self.drafts.changes.is_empty() {
            return page.line(work.t("没有变动。", "Nothing changed."));
        }
        page.headings(&[
            work.t("序号", "No."),
            work.t("变动", "What"),
            work.t("表", "Table"),
            work.t("项目", "Line, column"),
            work.t("上一稿", "Before"),
            work.t("本稿", "Now"),
            work.t("增减", "Change"),
            work.t("单位", "Unit"),
            work.t("本稿位置", "Place now"),
            work.t("上一稿位置", "Place before"),
        ])?;
        page.repeat_latest()?;
        for (number, change) in self.drafts.changes.iter().take(LISTED).enumerate() {
            let mut cells =
                vec![(Show::Number(Decimal::from(number as u64 + 1)), work.style.number(0))];
            cells.extend(self.change(page.row, change));
            page.cells(&cells)?;
        }
        let beyond = self.drafts.changes.len().saturating_sub(LISTED);
        if beyond > 0 {
            page.line(&work.t(
                format!("另有 {beyond} 处变动未列出。"),
                format!("{beyond} more are not listed."),
            ))?;
        }
        Ok(())
    }

    fn change(&self, row: u32, change: &Change) -> Vec<(Show, Format)> {
        let (work, old, new) = (self.work, &self.before.packet, self.work.packet());
        let text = work.style.text();
        match change {
            Change::Figure { before, now } => {
                let mut cells = vec![
                    (Show::text(work.t("数字", "figure")), work.style.middle()),
                    self.table_now(now.table),
                    (Show::Text(work.label(now)), text.clone()),
                ];
                cells.extend(self.figures(row, before, now));
                cells.push(work.link(now));
                cells.push((Show::Text(self.place(before.place)), text));
                cells
            }
            Change::Words { before, now } => vec![
                (Show::text(work.t("文字", "words")), work.style.middle()),
                self.table_now(now.table),
                (Show::Text(work.label(now)), text.clone()),
                (Show::Text(words(old, before.place)), text.clone()),
                (Show::Text(words(new, now.place)), text.clone()),
                (Show::Blank, text.clone()),
                (Show::Blank, text.clone()),
                work.link(now),
                (Show::Text(self.place(before.place)), text),
            ],
            Change::Renamed { before, now } => {
                let line = |packet: &Packet, (table, line): (u32, u32)| {
                    packet.tables[table as usize].lines[line as usize].label.clone()
                };
                let mut cells = self.line(work.t("改名", "renamed"), Some(*now), Some(*before));
                cells[3].0 = Show::Text(line(old, *before));
                cells[4].0 = Show::Text(line(new, *now));
                cells
            }
            Change::Added { table, line } => {
                let mut cells = self.line(work.t("增行", "added"), Some((*table, *line)), None);
                let table = &new.tables[*table as usize];
                if let Some(operand) = first_amount(new, table, &table.lines[*line as usize]) {
                    let value = new.figure(operand.place, operand.table).number();
                    let live = work.layout.reference(new, &operand);
                    cells[4] = (
                        match (live, value) {
                            (Some(formula), Some(value)) => Show::live(formula, value),
                            (_, value) => Show::maybe(value),
                        },
                        work.format(&operand, 0),
                    );
                    cells[6].0 = Show::Text(work.unit(&operand));
                }
                cells
            }
            Change::Dropped { table, line } => {
                let mut cells = self.line(work.t("删行", "dropped"), None, Some((*table, *line)));
                let table = &old.tables[*table as usize];
                if let Some(operand) = first_amount(old, table, &table.lines[*line as usize]) {
                    let value = old.figure(operand.place, operand.table).number();
                    cells[3] = (Show::maybe(value), self.format(&operand));
                    let unit = old.unit(operand.place, operand.table);
                    cells[6].0 =
                        Show::Text(unit.map(|unit| work.unit_word(unit)).unwrap_or_default());
                }
                cells
            }
        }
    }

    /// 上一稿, 本稿, 增减, 单位. What stood in another unit of money is brought to today's.
    fn figures(&self, row: u32, before: &Operand, now: &Operand) -> Vec<(Show, Format)> {
        let (work, old, new) = (self.work, &self.before.packet, self.work.packet());
        let units = (old.unit(before.place, before.table), new.unit(now.place, now.table));
        let factors = (units.0.and_then(Unit::yuan), units.1.and_then(Unit::yuan));
        let was = old.figure(before.place, before.table).number().and_then(|value| match factors {
            (Some(f), Some(g)) if f != g => value.checked_mul(f)?.checked_div(g),
            _ => Some(value),
        });
        let is = new.figure(now.place, now.table).number();
        let format = work.format(now, 0);
        let difference = match (was, is) {
            (Some(was), Some(is)) => is.checked_sub(was).map(|value| round_half_away(value, 8)),
            _ => None,
        };
        let line = row + 1;
        let blank = |packet: &Packet, operand: &Operand| {
            let said = words(packet, operand.place);
            Show::Text(if said.is_empty() {
                work.t("（空）", "(blank)").to_owned()
            } else {
                said
            })
        };
        let current = match (is, work.layout.reference(new, now)) {
            (Some(value), Some(formula)) => Show::live(formula, value),
            (Some(value), None) => Show::Number(value),
            (None, _) => blank(new, now),
        };
        vec![
            (was.map_or_else(|| blank(old, before), Show::Number), format.clone()),
            (current, format.clone()),
            (
                difference.map_or(Show::Blank, |value| {
                    Show::live(format!("ROUND(F{line}-E{line},8)"), value)
                }),
                format,
            ),
            (Show::Text(work.unit(now)), work.style.middle()),
        ]
    }

    /// A whole line that was added, dropped or renamed.
    fn line(
        &self,
        what: &str,
        now: Option<(u32, u32)>,
        before: Option<(u32, u32)>,
    ) -> Vec<(Show, Format)> {
        let work = self.work;
        let text = || work.style.text();
        let of = |packet: &Packet, (table, line): (u32, u32)| -> (String, Place, String) {
            let table = &packet.tables[table as usize];
            let line = &table.lines[line as usize];
            (line.label.clone(), at(table, line), title(packet, table))
        };
        let there = now.map(|now| of(work.packet(), now));
        let was = before.map(|before| of(&self.before.packet, before));
        let (label, table) = there
            .as_ref()
            .or(was.as_ref())
            .map_or_else(Default::default, |(label, _, table)| (label.clone(), table.clone()));
        let place_now = match (now, &there) {
            (Some((table, _)), Some((_, place, _))) => super::pairs::place(work, table, *place),
            _ => (Show::Blank, text()),
        };
        vec![
            (Show::text(what), work.style.middle()),
            match now {
                Some((table, _)) => self.table_now(Some(table)),
                None => (Show::Text(table), text()),
            },
            (Show::Text(label), text()),
            (Show::Blank, text()),
            (Show::Blank, text()),
            (Show::Blank, text()),
            (Show::Blank, work.style.middle()),
            place_now,
            (Show::Text(was.map(|(_, place, _)| self.place(place)).unwrap_or_default()), text()),
        ]
    }

    fn table_now(&self, table: Option<u32>) -> (Show, Format) {
        let work = self.work;
        let name = work.table(table).map(|table| work.table_name(table));
        (Show::Text(name.unwrap_or_default()), work.style.text())
    }

    /// Tables of one draft only.
    fn tables(&self, page: &mut Page) -> Result<(), XlsxError> {
        let (work, drafts) = (self.work, &self.drafts);
        if drafts.dropped.is_empty() && drafts.added.is_empty() {
            return Ok(());
        }
        page.section(work.t("只在一稿中的表（未比较）", "Tables of one draft only, not compared"))?;
        page.headings(&[work.t("情况", "Now"), "", work.t("表", "Table"), work.t("来源", "From")])?;
        let sides = [
            (&drafts.added, work.packet(), work.t("新增", "new")),
            (&drafts.dropped, &self.before.packet, work.t("删去", "gone")),
        ];
        for (ids, packet, what) in sides {
            for id in ids {
                let table = &packet.tables[*id as usize];
                let path = &packet.files[table.file as usize].path;
                let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
                let sheet = packet.table_sheet(table).map_or("", |sheet| sheet.name.as_str());
                page.cells(&[
                    (Show::text(what), work.style.middle()),
                    (Show::Blank, work.style.text()),
                    (Show::Text(title(packet, table)), work.style.text()),
                    (Show::Text(format!("{file}›{sheet}!{}", table.range)), work.style.text()),
                ])?;
            }
        }
        Ok(())
    }
}

/// Its title, or its sheet's name.
fn title(packet: &Packet, table: &Table) -> String {
    table.title.clone().unwrap_or_else(|| super::layout::short_title(packet, table))
}

/// Where a line's name stands.
fn at(table: &Table, line: &Line) -> Place {
    let cell = line.label_cell.unwrap_or(crate::model::CellRef::new(line.row, 0));
    Place { file: table.file, sheet: table.sheet, cell }
}

/// The first figure of a line.
fn first_amount(packet: &Packet, table: &Table, line: &Line) -> Option<Operand> {
    table.figure_fields().find_map(|field| {
        let cell = crate::model::CellRef::new(line.row, field.column);
        let place = Place { file: table.file, sheet: table.sheet, cell };
        packet.figure(place, Some(table.id)).number()?;
        Some(Operand { place, table: Some(table.id), coefficient: 1 })
    })
}

/// What a cell says in words.
fn words(packet: &Packet, place: Place) -> String {
    let Some(sheet) = packet.sheet(place.file, place.sheet) else { return String::new() };
    match sheet.value(place.cell) {
        crate::model::Value::Text(id) => sheet.texts.get(id).trim().to_owned(),
        crate::model::Value::Number(number) => number.normalize().to_string(),
        _ => String::new(),
    }
}
