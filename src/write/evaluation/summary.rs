//! The summary across many packets: ranking, what is wrong in common, the money of all, and what was not done.
//!
//! It is made of what is kept of each packet, a few numbers, so that no more than one packet is ever held.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::money::in_unit;
use super::page::{Page, Show};
use super::work::Work;
use super::{EvaluationOptions, WriteError, flow};
use crate::model::{Coverage, Report, RuleCard, Status, Summary, Text, many};
use crate::number::{Decimal, Unit};

/// Units that are named beside a rule.
const NAMED: usize = 8;

/// What is kept of a packet.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// The folder: whose packet it is.
    folder: String,
    entity: Option<String>,
    year: Option<i32>,
    /// The name of its workbook.
    paper: String,
    summary: Summary,
    coverage: Coverage,
    /// 年初, 调整, 调整后, 支出, 结转, in yuan.
    money: [Option<Decimal>; 5],
    /// No table states the balance: it is what is left of the budget.
    left_is_computed: bool,
    /// Budget, expenditure and balance do not fit together.
    contradicted: bool,
    /// What is to be said of its money.
    remark: Option<Text>,
    /// The unit that most of its tables speak.
    unit: Option<Unit>,
    /// Findings to be corrected or explained, by rule: how many, and the rule's title.
    rules: BTreeMap<String, (u64, Text)>,
    /// Files that were not wholly read.
    unread: Vec<String>,
    /// Why nothing could be done.
    failure: Option<Text>,
}

impl Standing {
    /// What is kept of a report, whose workbook is `paper`.
    pub fn of(report: &Report, folder: &str, paper: &str) -> Self {
        let (entity, year) = super::work::whose(&report.packet);
        let flows = flow::flows(&report.packet);
        let mut money = [None; 5];
        let principal = flow::principal(&report.packet, &flows);
        let remark = match principal {
            None => Some(Text::new(
                "表中没有本年度的预算和支出",
                "no table states budget or expenditure of the year",
            )),
            Some(flow) => {
                let yuan =
                    |amount: &Option<flow::Amount>| amount.as_ref().map(|amount| amount.yuan);
                money = [
                    yuan(&flow.initial),
                    flow.adjustment(),
                    yuan(&flow.adjusted),
                    flow.spent(),
                    yuan(&flow.carried).or_else(|| flow.left()),
                ];
                let unknown = &flow.unknown;
                let more = || {
                    let rest = flows.len() - 1;
                    (rest > 0).then(|| {
                        Text::new(
                            format!("另有 {rest} 组单位或年度，见其底稿"),
                            format!("{} or year more: see its workbook", many(rest, "unit")),
                        )
                    })
                };
                flow.contradiction()
                    .or_else(|| unknown.executed.clone())
                    .or_else(|| unknown.adjusted.clone())
                    .or_else(more)
            }
        };
        let mut rules: BTreeMap<String, (u64, Text)> = BTreeMap::new();
        for finding in &report.findings {
            if finding.severity >= crate::model::Severity::Warning {
                let title = report.rule(&finding.rule).map(RuleCard::titles);
                rules.entry(finding.rule.clone()).or_insert((0, title.unwrap_or_default())).0 += 1;
            }
        }
        let unread = report.packet.files.iter().filter(|file| file.status != Status::Read);
        Self {
            folder: folder.to_owned(),
            entity,
            year,
            paper: paper.to_owned(),
            summary: report.summary,
            coverage: report.coverage,
            left_is_computed: principal.is_some_and(|flow| flow.carried.is_none()),
            contradicted: principal.is_some_and(|flow| flow.contradiction().is_some()),
            money,
            remark,
            unit: Some(super::unit(&report.packet)),
            rules,
            unread: unread.map(|file| file.path.clone()).collect(),
            failure: None,
        }
    }

    /// A packet of which nothing could be made.
    pub fn failed(folder: &str, why: Text) -> Self {
        Self { folder: folder.to_owned(), failure: Some(why), ..Self::default() }
    }

    /// Whether nothing could be made of it.
    pub fn is_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Whether there is nothing to correct or explain.
    pub fn is_clean(&self) -> bool {
        !self.is_failed() && self.summary.error == 0 && self.summary.warning == 0
    }

    fn name(&self) -> String {
        match &self.entity {
            Some(entity) if *entity != self.folder => format!("{} · {entity}", self.folder),
            _ => self.folder.clone(),
        }
    }
}

/// Makes the summary.
///
/// # Errors
/// When the workbook would break a limit of the format.
pub fn summary(standings: &[Standing], options: &EvaluationOptions) -> Result<Vec<u8>, WriteError> {
    let report = Report::default();
    let work = Work::new(&report, options);
    let mut ranked: Vec<&Standing> = standings.iter().filter(|one| !one.is_failed()).collect();
    ranked.sort_by(|a, b| {
        let weight = |one: &Standing| (one.summary.error, one.summary.warning);
        weight(b).cmp(&weight(a)).then_with(|| a.folder.cmp(&b.folder))
    });
    let mut sheets = vec![
        ranking(&work, &ranked, standings.len())?,
        defects(&work, &ranked)?,
        money(&work, &ranked)?,
    ];
    sheets.extend(undone(&work, standings)?);
    let mut workbook = work.workbook();
    workbook.set_properties(&super::properties(&work)?);
    for sheet in sheets {
        workbook.push_worksheet(sheet);
    }
    Ok(workbook.save_to_buffer()?)
}

/// A sheet without the head of one unit's paper.
fn page(
    work: &Work,
    index: &str,
    name: &str,
    explanation: &str,
    widths: Vec<u16>,
) -> Result<Page, XlsxError> {
    let mut page = Page::bare(work, name, index, name, widths)?;
    page.sheet.write_string_with_format(0, 0, name, &work.style.title())?;
    page.sheet.set_row_height(0, 30)?;
    page.row = 1;
    page.line(explanation)?;
    Ok(page)
}

fn total(
    work: &Work,
    page: &Page,
    label: &str,
    columns: &[(u16, Option<Decimal>)],
    decimals: i32,
    first: u32,
) -> Vec<(Show, Format)> {
    let grey = |format: Format| format.set_bold().set_background_color(work.style.total);
    let last = columns.iter().map(|(column, _)| *column).max().unwrap_or(0);
    let mut cells: Vec<(Show, Format)> =
        (0..=last).map(|_| (Show::Blank, grey(work.style.text()))).collect();
    cells[1].0 = Show::text(label);
    for (column, value) in columns {
        let letter = crate::model::CellRef::column_letters(u32::from(*column));
        let formula = format!("ROUND(SUM({letter}{}:{letter}{}),6)", first + 1, page.row);
        let show = value.map_or(Show::Blank, |value| Show::live(formula, value));
        cells[usize::from(*column)] = (show, grey(work.style.number(decimals)));
    }
    cells
}

/// Who has how much to correct, most first.
fn ranking(work: &Work, ranked: &[&Standing], all: usize) -> Result<Worksheet, XlsxError> {
    let failed = all - ranked.len();
    let clean = ranked.iter().filter(|one| one.is_clean()).count();
    let explanation = work.t(
        format!("共 {all} 套材料，{clean} 套未发现须更正或说明的问题，{failed} 套未能完成。按错误、核实项数从多到少排列。"),
        format!("{}, {clean} with nothing to correct or explain, {failed} not done. Most errors first.", many(all, "packet")),
    );
    let widths = vec![6, 40, 7, 9, 9, 9, 9, 9, 9, 9, 9, 9, 8];
    let mut page = page(work, "S-1", work.t("汇总排名", "Ranking"), &explanation, widths)?;
    page.headings(&[
        work.t("排名", "Rank"),
        work.t("单位（点开其底稿）", "Unit (opens its workbook)"),
        work.t("年度", "Year"),
        work.t("核对项", "Checks"),
        work.t("相符", "Agree"),
        work.t("尾差", "Rounding"),
        work.t("不符", "Differ"),
        work.t("未能核对", "Open"),
        work.t("错误", "Errors"),
        work.t("核实", "Warnings"),
        work.t("数字", "Numbers"),
        work.t("已核对", "Checked"),
        work.t("覆盖率", "Share"),
    ])?;
    page.freeze(2)?;
    let first = page.row;
    let mut sums = [Decimal::ZERO; 9];
    for (rank, one) in ranked.iter().enumerate() {
        let counts = [
            one.summary.checks(),
            one.summary.holds,
            one.summary.rounding,
            one.summary.fails,
            one.summary.unverifiable,
            one.summary.error,
            one.summary.warning,
            one.coverage.numbers,
            one.coverage.checked,
        ];
        let severe = if one.summary.error > 0 {
            work.style.link().set_background_color(work.style.wrong)
        } else {
            work.style.link()
        };
        let link = Show::Link(format!("file:///{}", one.paper), one.name());
        let year = one.year.map_or(Show::Blank, Show::count);
        let mut cells = vec![
            (Show::count(rank + 1), work.style.count()),
            (link, severe),
            (year, work.style.count()),
        ];
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += Decimal::from(count);
            cells.push((Show::Number(Decimal::from(count)), work.style.number(0)));
        }
        let line = page.row + 1;
        let share = Decimal::from(counts[8]).checked_div(Decimal::from(counts[7]));
        cells.push((
            share.map_or(Show::Blank, |share| Show::live(format!("L{line}/K{line}"), share)),
            work.style.percent(0),
        ));
        page.cells(&cells)?;
    }
    page.filter()?;
    let columns: Vec<(u16, Option<Decimal>)> =
        (3..12).zip(sums).map(|(column, sum)| (column, Some(sum))).collect();
    let cells = total(work, &page, work.t("合计", "Total"), &columns, 0, first);
    page.cells(&cells)?;
    page.finish()
}

/// The rules that most units break.
fn defects(work: &Work, ranked: &[&Standing]) -> Result<Worksheet, XlsxError> {
    let mut rules: BTreeMap<&str, (&Text, Vec<(&Standing, u64)>)> = BTreeMap::new();
    for one in ranked {
        for (code, (count, title)) in &one.rules {
            rules.entry(code).or_insert((title, Vec::new())).1.push((one, *count));
        }
    }
    let mut rules: Vec<_> = rules.into_iter().collect();
    rules.sort_by_key(|(code, (_, units))| (std::cmp::Reverse(units.len()), *code));
    let explanation = work.t(
        "各规则涉及的单位数和项数，只计须更正、须说明的；涉及单位多的，往往是报表格式或口径的共性问题。",
        "How many units a rule is about, errors and warnings only; what many units have in common is often a matter of the form.",
    );
    let name = work.t("共性问题", "Common defects");
    let mut page = page(work, "S-2", name, explanation, vec![8, 44, 9, 9, 9, 60])?;
    page.headings(&[
        work.t("规则", "Rule"),
        work.t("问题", "What"),
        work.t("单位数", "Units"),
        work.t("占比", "Share"),
        work.t("项数", "Findings"),
        work.t("单位", "Which"),
    ])?;
    page.freeze(2)?;
    for (code, (title, units)) in &rules {
        let count: u64 = units.iter().map(|(_, count)| count).sum();
        let share = Decimal::from(units.len() as u64) / Decimal::from(ranked.len() as u64);
        let mut names: Vec<String> = units
            .iter()
            .take(NAMED)
            .map(|(one, count)| format!("{}({count})", one.folder))
            .collect();
        if units.len() > NAMED {
            names.push("…".to_owned());
        }
        page.cells(&[
            (Show::text(*code), work.style.middle()),
            (Show::text(title.get(work.language())), work.style.text()),
            (Show::Number(Decimal::from(units.len() as u64)), work.style.number(0)),
            (Show::Number(share), work.style.percent(0)),
            (Show::Number(Decimal::from(count)), work.style.number(0)),
            (Show::Text(names.join(work.t("、", ", "))), work.style.text()),
        ])?;
    }
    if rules.is_empty() {
        page.line(work.t("没有。", "None."))?;
    }
    page.finish()
}

/// The money of all, and how far each spent its budget.
fn money(work: &Work, ranked: &[&Standing]) -> Result<Worksheet, XlsxError> {
    let mut counts: BTreeMap<&Unit, usize> = BTreeMap::new();
    for unit in ranked.iter().filter_map(|one| one.unit.as_ref()) {
        *counts.entry(unit).or_default() += 1;
    }
    let unit =
        counts.into_iter().max_by_key(|(_, count)| *count).map_or(Unit::Yuan, |(u, _)| u.clone());
    let unit_word = work.unit_word(&unit);
    let explanation = work.t(
        format!("单位：{unit_word}。取自各底稿的资金流向；未取得的不作推算，也不计入合计；表中未列结转结余的，按 调整后 − 支出 计算，以斜体列出。执行率 = 支出 ÷ 调整后预算，两数俱全才计算。"),
        format!("Unit: {unit_word}. From each workbook's money flow; what is not stated is neither guessed nor added up; a balance that no table states is adjusted − expenditure, in italics. Execution rate = expenditure ÷ adjusted budget, where both are known."),
    );
    let name = work.t("资金汇总", "Money");
    let mut page = page(work, "S-3", name, &explanation, vec![6, 36, 16, 16, 16, 16, 14, 10, 34])?;
    page.headings(&[
        work.t("序号", "No."),
        work.t("单位", "Unit"),
        work.t("年初预算", "Initial budget"),
        work.t("预算调整", "Adjustment"),
        work.t("调整后预算", "Adjusted"),
        work.t("支出", "Expenditure"),
        work.t("结转结余", "Carried over"),
        work.t("执行率", "Rate"),
        work.t("说明", "Remark"),
    ])?;
    page.freeze(2)?;
    let first = page.row;
    let mut sums: [Option<Decimal>; 5] = [None; 5];
    let (mut both, mut spent_of, mut adjusted_of) = (0_u32, Decimal::ZERO, Decimal::ZERO);
    for (number, one) in ranked.iter().enumerate() {
        let mut cells = vec![
            (Show::count(number + 1), work.style.count()),
            (Show::Text(one.name()), work.style.text()),
        ];
        for (at, (sum, yuan)) in sums.iter_mut().zip(one.money).enumerate() {
            let computed = at == 4 && one.left_is_computed;
            if let Some(value) = yuan.and_then(|yuan| in_unit(yuan, &unit)) {
                *sum = Some(sum.unwrap_or_default() + value);
                let format = work.style.number(2);
                let format = if computed { format.set_italic() } else { format };
                cells.push((Show::Number(value), format));
            } else {
                let missing = work.style.middle().set_background_color(work.style.total);
                cells.push((Show::text(work.t("未取得", "not stated")), missing));
            }
        }
        let line = page.row + 1;
        let rate = match (one.money[2], one.money[3]) {
            (Some(adjusted), Some(spent)) if !one.contradicted => {
                spent.checked_div(adjusted).inspect(|_| {
                    both += 1;
                    spent_of += in_unit(spent, &unit).unwrap_or_default();
                    adjusted_of += in_unit(adjusted, &unit).unwrap_or_default();
                })
            }
            _ => None,
        };
        cells.push((
            rate.map_or(Show::Blank, |rate| Show::live(format!("F{line}/E{line}"), rate)),
            work.style.percent(2),
        ));
        let remark = one.remark.as_ref().map_or("", |text| text.get(work.language()));
        cells.push((Show::text(remark), work.style.text()));
        page.cells(&cells)?;
    }
    page.filter()?;
    let last = page.row;
    let columns: Vec<(u16, Option<Decimal>)> = (2..7).zip(sums).collect();
    let mut cells = total(work, &page, work.t("合计", "Total"), &columns, 2, first);
    let rate = spent_of.checked_div(adjusted_of);
    let range = |letter: &str| format!("{letter}{}:{letter}{last}", first + 1);
    let formula = format!(
        "SUMIF({0},\">-1\",{1})/SUMIF({0},\">-1\",{2})",
        range("H"),
        range("F"),
        range("E")
    );
    let grey = |format: Format| format.set_bold().set_background_color(work.style.total);
    cells.push((
        rate.map_or(Show::Blank, |rate| Show::live(formula, rate)),
        grey(work.style.percent(2)),
    ));
    cells.push((
        Show::Text(work.t(
            format!("执行率按两数俱全的 {both} 个单位计算"),
            format!("rate of the {} stating both", many(both, "unit")),
        )),
        grey(work.style.text()),
    ));
    page.cells(&cells)?;
    page.finish()
}

/// Packets that failed, and files that were not wholly read; `None` where there are none.
fn undone(work: &Work, standings: &[Standing]) -> Result<Option<Worksheet>, XlsxError> {
    if standings.iter().all(|one| !one.is_failed() && one.unread.is_empty()) {
        return Ok(None);
    }
    let name = work.t("未完成", "Not done");
    let explanation = work.t(
        "未能完成的材料和未能完整读取的文件；没有核对的，不等于正确。",
        "Packets that could not be done and files not wholly read. What was not checked is not thereby right.",
    );
    let mut page = page(work, "S-4", name, explanation, vec![36, 60, 44])?;
    page.headings(&[work.t("单位", "Unit"), work.t("文件", "File"), work.t("原因", "Why")])?;
    page.freeze(0)?;
    for one in standings {
        if let Some(why) = &one.failure {
            page.cells(&[
                (Show::text(one.folder.clone()), work.style.text()),
                (Show::Blank, work.style.text()),
                (Show::text(why.get(work.language())), work.style.text()),
            ])?;
        }
        for file in &one.unread {
            page.cells(&[
                (Show::text(one.folder.clone()), work.style.text()),
                (Show::text(file.clone()), work.style.text()),
                (
                    Show::text(work.t(
                        "未能完整读取，见其底稿的覆盖情况",
                        "not wholly read: see its workbook",
                    )),
                    work.style.text(),
                ),
            ])?;
        }
    }
    Ok(Some(page.finish()?))
}
