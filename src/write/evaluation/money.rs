//! 资金流向: the stages of the money with their cells alive, the running balance, and each project's
//! money from budget to expenditure.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::flow::{Amount, Flow, Step, Unknown, principal};
use super::formula;
use super::page::{Page, Show};
use super::projects::{Basis, Mention, Project};
use super::work::Work;
use crate::model::{CellRef, Operand, PaperSheet as Part, Text};
use crate::number::{Decimal, Unit};

/// A row of the flow as a chart draws it.
#[derive(Clone)]
pub(super) struct Bar {
    /// The row on the sheet.
    pub(super) row: u32,
    pub(super) label: String,
    pub(super) kind: Move,
    /// The formula of its invisible base, over the cells of the sheet, and its value.
    pub(super) base: Option<(String, Decimal)>,
    /// How high it is.
    pub(super) size: Decimal,
}

/// What a row of the flow does to the balance.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    /// A balance as stated.
    Level,
    /// Something added.
    Rise,
    /// Something spent or taken away.
    Fall,
}

/// Where the figures of the flow stand, for the overview and the chart.
#[derive(Clone, Default)]
pub(super) struct Places {
    /// Row of 年初预算.
    pub(super) initial: Option<(u32, Decimal)>,
    /// Row of all adjustments.
    pub(super) adjustment: Option<(u32, Decimal)>,
    /// Row of 调整后预算.
    pub(super) adjusted: Option<(u32, Decimal)>,
    /// Row of all expenditure.
    pub(super) spent: Option<(u32, Decimal)>,
    /// Row of 年末结转结余.
    pub(super) carried: Option<(u32, Decimal)>,
    /// The rows of the first flow, for the chart.
    pub(super) bars: Vec<Bar>,
    /// Rows of the projects, for the chart.
    pub(super) projects: Option<(u32, u32)>,
    /// No table states the balance: it is what is left of the budget.
    pub(super) left_is_computed: bool,
    /// Why a stage is not there.
    pub(super) unknown: Unknown,
    /// Why budget, expenditure and balance of the first flow do not fit together.
    pub(super) contradiction: Option<String>,
    /// The balance runs below zero, which columns on an invisible base cannot show.
    pub(super) below_zero: bool,
}

/// The column of amounts.
pub(super) const AMOUNT: u16 = 1;

/// Writes the sheet; returns where the first flow's figures stand. No sheet where no table states any of it.
pub(super) fn write(
    work: &Work,
    flows: &[Flow],
    (projects, mentions): (&[Project], &[Mention]),
    unit: &Unit,
) -> Result<(Option<Worksheet>, Places), XlsxError> {
    let mut first = Places::default();
    if flows.is_empty() && projects.is_empty() {
        return Ok((None, first));
    }
    let amount = work.amounts();
    let widths = vec![33, amount, amount, amount, amount, amount, 6, 33];
    let mut page = work.page(Part::Money, widths)?;
    let explanation = format!(
        "{}{}",
        work.unit_line(unit),
        work.t(
            "。金额取自规范表，表中没有的写“未取得”，不作推算；年末结转未列时按 调整后 − 支出 计算并注明。",
            ". Amounts come from the normalized tables; what no table states is \"not stated\", never guessed. A balance that is not stated is computed and says so.",
        )
    );
    page.line(&explanation)?;
    let principal = principal(work.packet(), flows);
    for flow in flows {
        let places = flow_block(work, &mut page, flow, unit)?;
        if principal.is_some_and(|principal| std::ptr::eq(principal, flow)) {
            first = places;
        }
    }
    if !projects.is_empty() {
        let spent = spending_words(work, principal);
        let rows = project_block(work, &mut page, (projects, mentions), &spent, unit)?;
        first.projects = Some(rows);
    }
    Ok((Some(page.finish()?), first))
}

/// One row of the flow before it is written.
struct Row {
    label: String,
    amount: Option<Amount>,
    kind: Move,
    /// Why there is no amount.
    unknown: Option<Text>,
}

fn rows_of(work: &Work, flow: &Flow) -> Vec<Row> {
    let level = |label: &str, amount: &Option<Amount>, unknown: &Option<Text>| Row {
        label: label.to_owned(),
        amount: amount.clone(),
        kind: Move::Level,
        unknown: unknown.clone(),
    };
    let step = |step: &Step, spent: bool| Row {
        label: step.label.get(work.language()).to_owned(),
        amount: Some(step.amount.clone()),
        kind: if spent || step.amount.yuan.is_sign_negative() { Move::Fall } else { Move::Rise },
        unknown: None,
    };
    let unknown = &flow.unknown;
    let mut rows =
        vec![level(work.t("年初预算", "Initial budget"), &flow.initial, &unknown.initial)];
    rows.extend(flow.adjustments.iter().map(|one| step(one, false)));
    rows.push(level(work.t("调整后预算", "Adjusted budget"), &flow.adjusted, &unknown.adjusted));
    let alone = flow.executed.len() == 1;
    rows.extend(flow.executed.iter().map(|one| {
        let row = step(one, true);
        let label = work.t("实际支出", "Expenditure");
        if alone { Row { label: label.to_owned(), ..row } } else { row }
    }));
    if flow.executed.is_empty() {
        rows.push(Row {
            label: work.t("实际支出", "Expenditure").to_owned(),
            amount: None,
            kind: Move::Fall,
            unknown: unknown.executed.clone(),
        });
    }
    rows.push(level(work.t("年末结转结余", "Carried over"), &flow.carried, &unknown.carried));
    rows
}

fn flow_block(work: &Work, page: &mut Page, flow: &Flow, unit: &Unit) -> Result<Places, XlsxError> {
    let whose = flow.entity.clone().unwrap_or_default();
    let year = flow.year.map_or(String::new(), |year| format!("{year}{} ", work.t("年度", "")));
    let draft = flow.draft.as_ref().map(|draft| format!("（{draft}）")).unwrap_or_default();
    page.section(format!("{year}{whose}{draft}").trim())?;
    page.headings(&[work.t("环节", "Stage"), work.t("金额", "Amount"), work.t("累计", "Balance")])?;
    beside(page, page.row - 1, &Show::text(work.t("来源", "From")), &work.style.heading())?;
    let mut places = Places::default();
    let top = page.row;
    let mut balance = Some(Decimal::ZERO);
    for row in rows_of(work, flow) {
        balance = flow_row(work, page, flow, &row, balance, unit, top, &mut places)?;
    }
    places.unknown = flow.unknown.clone();
    places.left_is_computed = flow.carried.is_none();
    summary_rows(work, page, flow, unit, top, &mut places)?;
    Ok(places)
}

#[expect(
    clippy::too_many_arguments,
    reason = "a row needs its page, its flow and the balance so far"
)]
fn flow_row(
    work: &Work,
    page: &mut Page,
    flow: &Flow,
    row: &Row,
    balance: Option<Decimal>,
    unit: &Unit,
    top: u32,
    places: &mut Places,
) -> Result<Option<Decimal>, XlsxError> {
    let at = page.row;
    let line = at + 1;
    let number = work.style.number(2);
    let derived = row.amount.is_none()
        && row.label == work.t("年末结转结余", "Carried over")
        && flow.adjusted.is_some()
        && !flow.executed.is_empty();
    let value = match &row.amount {
        Some(amount) => in_unit(amount.yuan, unit),
        None if derived => balance,
        None => None,
    };
    let Some(value) = value else {
        let missing = work.t("未取得", "not stated");
        let cells = [
            (Show::text(row.label.clone()), work.style.text()),
            (Show::text(missing), work.style.middle().set_background_color(work.style.total)),
            (Show::Blank, work.style.text()),
        ];
        let why = row.unknown.as_ref().map_or("", |why| why.get(work.language()));
        page.cells(&cells)?;
        beside(page, at, &Show::text(why), &work.style.text())?;
        // What comes after an unknown amount stands on nothing.
        return Ok(None);
    };
    let amount = match &row.amount {
        Some(amount) => match live(work, amount, unit) {
            Some(formula) => Show::live(formula, value),
            None => Show::Number(value),
        },
        None => Show::live(format!("C{at}"), value),
    };
    // Falls are shown as positive amounts spent; cuts of the budget keep their sign.
    let cut = row.kind == Move::Fall && value.is_sign_negative();
    let size = value.abs();
    let previous = balance.filter(|_| at > top);
    let (running, formula) = match row.kind {
        Move::Level => (Some(value), format!("B{line}")),
        Move::Rise => (previous.map(|p| p + size), format!("C{at}+B{line}")),
        Move::Fall if cut => (previous.map(|p| p - size), format!("C{at}+B{line}")),
        Move::Fall => (previous.map(|p| p - size), format!("C{at}-B{line}")),
    };
    let rounded = |formula: &str| format!("ROUND({formula},6)");
    let base = match row.kind {
        Move::Level => Some(("0".to_owned(), Decimal::ZERO)),
        Move::Rise => previous.map(|previous| (format!("C{at}"), previous)),
        Move::Fall => running.map(|running| (format!("C{line}"), running)),
    };
    if base.as_ref().is_some_and(|(_, base)| base.is_sign_negative() && !base.is_zero()) {
        places.below_zero = true;
    }
    places.bars.push(Bar { row: at, label: row.label.clone(), kind: row.kind, base, size });
    let from = match &row.amount {
        Some(amount) => source(work, amount),
        None => work.t("计算：调整后 − 支出", "computed: adjusted − spent").to_owned(),
    };
    let bold = |format: Format| if row.kind == Move::Level { format.set_bold() } else { format };
    let indent = u8::from(row.kind != Move::Level);
    let cells = [
        (Show::text(row.label.clone()), bold(work.style.text().set_indent(indent))),
        (amount, bold(number.clone())),
        (running.map_or(Show::Blank, |r| Show::live(rounded(&formula), r)), number.clone()),
    ];
    let (source, format) = match row.amount.as_ref().and_then(|amount| amount.cells.first()) {
        Some(cell) => match work.link(cell) {
            (Show::Link(target, _), format) => (Show::Link(target, from), format),
            (_, format) => (Show::Text(from), format),
        },
        None => (Show::Text(from), work.style.text()),
    };
    note_place(work, row, at, value, places);
    page.cells(&cells)?;
    beside(page, at, &source, &format)?;
    Ok(running)
}

/// What stands beside the three columns of a flow, over the rest of the row.
fn beside(page: &mut Page, row: u32, show: &Show, format: &Format) -> Result<(), XlsxError> {
    page.sheet.merge_range(row, 3, row, 7, "", format)?;
    page.put(row, 3, show, format)?;
    let text = match show {
        Show::Text(text) | Show::Link(_, text) => text.as_str(),
        _ => "",
    };
    let lines = super::style::lines(text, 80);
    if lines > 1 {
        page.sheet.set_row_height(row, super::style::height(lines))?;
    }
    Ok(())
}

fn note_place(work: &Work, row: &Row, at: u32, value: Decimal, places: &mut Places) {
    if row.kind != Move::Level {
        return;
    }
    let spot = Some((at, value));
    if row.label == work.t("年初预算", "Initial budget") {
        places.initial = spot;
    } else if row.label == work.t("调整后预算", "Adjusted budget") {
        places.adjusted = spot;
    } else {
        places.carried = spot;
    }
}

/// 调整合计, 支出合计, 预算调整率, 预算执行率 below the flow.
fn summary_rows(
    work: &Work,
    page: &mut Page,
    flow: &Flow,
    unit: &Unit,
    top: u32,
    places: &mut Places,
) -> Result<(), XlsxError> {
    let added = (top + 2, flow.adjustments.len() as u32);
    let spent = (added.0 + added.1 + 1, flow.executed.len() as u32);
    for (label, (first, count), yuan, place) in [
        (work.t("调整合计", "All adjustments"), added, flow.adjustment(), &mut places.adjustment),
        (work.t("支出合计", "All expenditure"), spent, flow.spent(), &mut places.spent),
    ] {
        let Some(value) = yuan.and_then(|yuan| in_unit(yuan, unit)) else { continue };
        *place = Some((page.row, value));
        // A SUM of some of the column's amounts looks like a mistake to office programs.
        let parts: Vec<String> = (first..first + count).map(|row| format!("B{row}")).collect();
        let formula = if count > 100 {
            format!("SUM(B{first}:B{})", first + count - 1)
        } else {
            parts.join("+")
        };
        summary(work, page, label, &formula, value, &work.style.number(2))?;
    }
    if let (Some((initial, a)), Some((adjusted, b))) = (places.initial, places.adjusted)
        && let Some(rate) = b.checked_sub(a).and_then(|d| d.checked_div(a))
    {
        let formula = format!("(B{}-B{})/B{}", adjusted + 1, initial + 1, initial + 1);
        summary(
            work,
            page,
            work.t("预算调整率", "Adjustment rate"),
            &formula,
            rate,
            &work.style.percent(2),
        )?;
    }
    places.contradiction = contradiction(work, flow, unit);
    if let Some(why) = &places.contradiction {
        page.line(why)?;
    } else if let (Some((spent, a)), Some((adjusted, b))) = (places.spent, places.adjusted)
        && let Some(rate) = a.checked_div(b)
    {
        let formula = format!("B{}/B{}", spent + 1, adjusted + 1);
        summary(
            work,
            page,
            work.t("预算执行率", "Execution rate"),
            &formula,
            rate,
            &work.style.percent(2),
        )?;
    }
    Ok(())
}

/// What is said in place of a rate where the tables' own balance is not what is left of the budget: then budget and
/// expenditure may be of different money.
fn contradiction(work: &Work, flow: &Flow, unit: &Unit) -> Option<String> {
    let why = flow.contradiction()?;
    let said = || Some(why.get(work.language()).to_owned());
    let (Some(adjusted), Some(spent), Some(carried)) =
        (&flow.adjusted, flow.spent(), &flow.carried)
    else {
        return said();
    };
    let (adjusted, stated) = (adjusted.yuan, carried.yuan);
    let left = adjusted.checked_sub(spent)?;
    if left == stated {
        return said();
    }
    let shown = |yuan: Decimal| in_unit(yuan, unit).unwrap_or(yuan);
    let (left, stated) = (shown(left), shown(stated));
    let unit = work.unit_word(unit);
    Some(work.t(
        format!("调整后预算 − 支出 = {left}{unit}，而表列结转结余 {stated}{unit}：口径可能不同，不计算执行率，请核实。"),
        format!(
            "Adjusted budget − expenditure = {left} {unit}, but the tables state {stated} {unit} as carried over: perhaps not the same money, so no execution rate; verify."
        ),
    ))
}

fn summary(
    work: &Work,
    page: &mut Page,
    label: &str,
    formula: &str,
    value: Decimal,
    format: &Format,
) -> Result<(), XlsxError> {
    page.cells(&[
        (Show::text(label), work.style.text().set_background_color(work.style.total)),
        (Show::live(formula, value), format.clone().set_background_color(work.style.total)),
    ])
}

/// An amount of yuan in a unit.
pub(super) fn in_unit(yuan: Decimal, unit: &Unit) -> Option<Decimal> {
    yuan.checked_div(unit.yuan()?).map(|value| value.normalize())
}

/// The cells of an amount as a formula in `unit`.
pub(super) fn live(work: &Work, amount: &Amount, unit: &Unit) -> Option<String> {
    let packet = work.packet();
    let mut formula = String::new();
    for cell in &amount.cells {
        let reference = work.layout.reference(packet, cell)?;
        // A table without a unit was taken at face value, as yuan.
        let own = packet.unit(cell.place, cell.table).unwrap_or(&Unit::Yuan);
        let factor = formula::factor(Some(own), Some(unit))?;
        formula.push_str(match (cell.coefficient < 0, formula.is_empty()) {
            (true, _) => "-",
            (false, true) => "",
            (false, false) => "+",
        });
        formula.push_str(&formula::scaled(&reference, &factor));
    }
    (formula.len() < 7_000).then_some(formula)
}

fn source(work: &Work, amount: &Amount) -> String {
    let name =
        |cell: &Operand| format!("{}!{}", work.file_name(cell.place.file), work.place(cell.place));
    let words: Vec<String> = amount.cells.iter().take(3).map(name).collect();
    let more = if amount.cells.len() > 3 { " …" } else { "" };
    format!("{}{more}", words.join(" + "))
}

/// What the two columns of spending are called: after the tables, where two of them make up the whole.
fn spending_words(work: &Work, flow: Option<&Flow>) -> [String; 2] {
    let own = |step: &Step| step.label.get(work.language()).to_owned();
    match flow.map(|flow| flow.executed.as_slice()) {
        Some([first, second]) => [own(first), own(second)],
        Some([first, ..]) if flow.is_some_and(|flow| flow.executed.len() > 2) => {
            [own(first), work.t("其他支出表", "Other tables").to_owned()]
        }
        _ => [
            work.t("支出表列支", "Spent").to_owned(),
            work.t("其他支出表", "Other tables").to_owned(),
        ],
    }
}

/// Each project's money, from budget through the adjustment's words to expenditure.
fn project_block(
    work: &Work,
    page: &mut Page,
    (projects, mentions): (&[Project], &[Mention]),
    [first, others]: &[String; 2],
    unit: &Unit,
) -> Result<(u32, u32), XlsxError> {
    page.section(work.t(
        "项目资金一览（名称相同或疑似同一项目的合并为一行，供核实）",
        "Projects (same or probably same names in one row, to be verified)",
    ))?;
    page.headings(&[
        work.t("项目", "Project"),
        work.t("年初预算", "Initial budget"),
        first,
        others,
        work.t("支出合计", "Spent"),
        work.t("支出−年初", "Spent − initial"),
        work.t("笔数", "Payments"),
        work.t("预算依据与提示", "Basis and remarks"),
    ])?;
    page.repeat_latest()?;
    let top = page.row;
    for project in projects {
        project_row(work, page, (project, mentions), unit)?;
    }
    let last = page.row - 1;
    total_row(work, page, (projects, mentions), unit, top)?;
    Ok((top, last))
}

fn project_row(
    work: &Work,
    page: &mut Page,
    (project, mentions): (&Project, &[Mention]),
    unit: &Unit,
) -> Result<(), XlsxError> {
    let line = page.row + 1;
    let number = work.style.number(2);
    let cell = |amount: &Option<Amount>| -> (Show, Format) {
        let Some(amount) = amount else { return (Show::Blank, number.clone()) };
        let Some(value) = in_unit(amount.yuan, unit) else { return (Show::Blank, number.clone()) };
        let show = match live(work, amount, unit) {
            Some(formula) => Show::live(formula, value),
            None => Show::Number(value),
        };
        (show, number.clone())
    };
    let spent = in_unit(project.spent(), unit).unwrap_or_default();
    let initial = project.initial.as_ref().and_then(|amount| in_unit(amount.yuan, unit));
    let known = project.has_spent();
    let difference = initial.filter(|_| known).map(|initial| spent - initial);
    let sum = if known {
        (Show::live(format!("ROUND(C{line}+D{line},6)"), spent), number.clone())
    } else {
        let missing = work.style.middle().set_background_color(work.style.total);
        (Show::text(work.t("未取得", "not stated")), missing)
    };
    let remark = project.remark(work, mentions);
    let looks = match project.basis {
        Basis::None => work.style.text().set_background_color(work.style.doubtful),
        _ => work.style.text(),
    };
    page.cells(&[
        (Show::text(project.names.join("／")), work.style.text()),
        cell(&project.initial),
        cell(&project.first),
        cell(&project.others),
        sum,
        (
            difference.map_or(Show::Blank, |d| Show::live(format!("ROUND(E{line}-B{line},6)"), d)),
            number.clone(),
        ),
        (Show::Number(Decimal::from(project.payments as u64)), work.style.number(0)),
        (Show::text(remark), looks),
    ])
}

fn total_row(
    work: &Work,
    page: &mut Page,
    (projects, mentions): (&[Project], &[Mention]),
    unit: &Unit,
    top: u32,
) -> Result<(), XlsxError> {
    let sum = |amounts: &dyn Fn(&Project) -> Decimal| {
        in_unit(projects.iter().map(amounts).sum(), unit).unwrap_or_default()
    };
    let yuan =
        |amount: &Option<Amount>| amount.as_ref().map_or(Decimal::ZERO, |amount| amount.yuan);
    let values = [
        sum(&|project| yuan(&project.initial)),
        sum(&|project| yuan(&project.first)),
        sum(&|project| yuan(&project.others)),
        sum(&|project| project.spent()),
    ];
    let bold = work.style.number(2).set_bold().set_background_color(work.style.total);
    let mut cells = vec![(
        Show::text(work.t("合计", "Total")),
        work.style.middle().set_bold().set_background_color(work.style.total),
    )];
    for (column, value) in (1..).zip(values) {
        let letter = CellRef::column_letters(column);
        let formula = format!("ROUND(SUM({letter}{}:{letter}{}),6)", top + 1, page.row);
        cells.push((Show::live(formula, value), bold.clone()));
    }
    if projects.iter().any(|project| project.is_doubted(work, mentions)) {
        let text = "含差异清单所涉金额，更正前不作依据";
        let remark = work
            .t(text, "holds figures in question: not to be relied on before they are corrected");
        cells.extend([(Show::Blank, bold.clone()), (Show::Blank, bold.clone())]);
        cells.push((Show::text(remark), work.style.text()));
    }
    page.cells(&cells)
}
