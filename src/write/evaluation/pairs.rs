//! 项目对照: one row a project with its places below, and the pairs of names that may be one project, for a person to confirm.

use rust_xlsxwriter::{DataValidation, Format, Worksheet, XlsxError};

use super::money::{in_unit, live};
use super::page::{Page, Show, internal};
use super::projects::{Match, Mention, Project, Role, Sureness};
use super::review::{self, Subject};
use super::work::Work;
use crate::model::{PaperSheet as Part, Place};
use crate::number::{Decimal, Unit};

/// The column that a person fills in, and the hidden key after it.
const CONFIRMED: u16 = 11;

/// Writes the sheet; `None` where no table names projects. `first` is the row of the first project on 资金流向.
pub(super) fn write(
    work: &Work,
    mentions: &[Mention],
    matches: &[Match],
    (projects, first): (&[Project], Option<u32>),
    unit: &Unit,
) -> Result<Option<Worksheet>, XlsxError> {
    if projects.is_empty() && matches.is_empty() {
        return Ok(None);
    }
    let amount = work.amounts();
    let widths = vec![6, 24, 9, 17, amount, 24, 9, 17, amount, 6, 22, 7];
    let mut page = work.page(Part::Projects, widths)?;
    page.line(&format!(
        "{}{}",
        work.t(
            "按名称与金额对照，只作提示，不作认定：同一项目可能有几种写法，名称相同也可能是几笔付款。",
            "Matched by name and amount; shown, not asserted: one project may be written in several ways. ",
        ),
        work.unit_line(unit),
    ))?;
    // A pair of names is asked once, by its surest match, however often both are written.
    let mut asked = std::collections::BTreeSet::new();
    let apart: Vec<&Match> = matches
        .iter()
        .filter(|one| {
            let (a, b) = (&mentions[one.left].name, &mentions[one.right].name);
            a != b && asked.insert((a.min(b), a.max(b)))
        })
        .collect();
    if !apart.is_empty() {
        pairs(work, &mut page, mentions, &apart, unit)?;
    }
    listed(work, &mut page, mentions, (projects, first), unit)?;
    page.sheet.set_column_hidden(CONFIRMED + 1)?;
    Ok(Some(page.finish()?))
}

/// One row a project: its money; below, where each of its names stands.
fn listed(
    work: &Work,
    page: &mut Page,
    mentions: &[Mention],
    (projects, first): (&[Project], Option<u32>),
    unit: &Unit,
) -> Result<(), XlsxError> {
    page.section(work.t("各项目及其在各表中的位置", "Projects, and where each stands"))?;
    page.headings(&[
        work.t("序号", "No."),
        work.t("项目／表中名称", "Project, name in the table"),
        work.t("出处", "In"),
        work.t("位置", "Place"),
        work.t("金额", "Amount"),
        work.t("提示", "Remark"),
        work.t("笔数", "Payments"),
        work.t("年初预算", "Initial budget"),
        work.t("支出合计", "Spent"),
    ])?;
    page.repeat_latest()?;
    let grey = |format: Format| format.set_bold().set_background_color(work.style.total);
    for (number, project) in projects.iter().enumerate() {
        let sum = |yuan: Option<Decimal>| yuan.and_then(|yuan| in_unit(yuan, unit));
        // The sums are those of 资金流向, whose projects stand in the same order.
        let on_money = |column: u16, value: Option<Decimal>| match (value, first) {
            (Some(value), Some(first)) => Show::live(
                super::page::reference(work.name(Part::Money), first + number as u32, column),
                value,
            ),
            (value, _) => Show::maybe(value),
        };
        let initial = project.initial.as_ref().map(|amount| amount.yuan);
        page.cells(&[
            (Show::count(number + 1), grey(work.style.count())),
            (Show::text(project.names[0].clone()), grey(work.style.text())),
            (Show::Blank, grey(work.style.text())),
            (Show::Blank, grey(work.style.text())),
            (Show::Blank, grey(work.style.text())),
            (Show::text(project.remark(work, mentions)), grey(work.style.text())),
            (Show::Number(Decimal::from(project.payments as u64)), grey(work.style.number(0))),
            (on_money(1, sum(initial)), grey(work.style.number(2))),
            (
                on_money(4, sum(project.has_spent().then(|| project.spent()))),
                grey(work.style.number(2)),
            ),
        ])?;
        for at in &project.members {
            let mut cells = vec![(Show::Blank, work.style.text())];
            cells.extend(side(work, &mentions[*at], unit));
            cells[1].1 = work.style.text().set_indent(1);
            page.cells(&cells)?;
        }
    }
    Ok(())
}

/// Pairs of different names that may be one project.
fn pairs(
    work: &Work,
    page: &mut Page,
    mentions: &[Mention],
    matches: &[&Match],
    unit: &Unit,
) -> Result<(), XlsxError> {
    page.section(work.t(
        "名称不同、疑似同一项目的，请在末列确认",
        "Different names that may be one project: please confirm in the last column",
    ))?;
    page.headings(&[
        work.t("把握", "Sure"),
        work.t("名称甲", "Name A"),
        work.t("出处", "In"),
        work.t("位置", "Place"),
        work.t("金额甲", "Amount A"),
        work.t("名称乙", "Name B"),
        work.t("出处", "In"),
        work.t("位置", "Place"),
        work.t("金额乙", "Amount B"),
        work.t("相似", "Alike"),
        work.t("理由", "Why"),
        work.t("是否同一", "Same?"),
    ])?;
    let top = page.row;
    for one in matches {
        row(work, page, mentions, one, unit)?;
    }
    let choices = [work.t("是", "yes"), work.t("否", "no"), work.t("待定", "open")];
    let list = DataValidation::new().allow_list_strings(&choices)?;
    page.sheet.add_data_validation(top, CONFIRMED, page.row - 1, CONFIRMED, &list)?;
    Ok(())
}

fn row(
    work: &Work,
    page: &mut Page,
    mentions: &[Mention],
    one: &Match,
    unit: &Unit,
) -> Result<(), XlsxError> {
    let (sure, fill) = match one.sureness {
        _ if one.decision.is_some() => (work.t("认定", "decided"), work.style.heading),
        Sureness::High => (work.t("高", "high"), work.style.heading),
        Sureness::Medium => (work.t("中", "medium"), work.style.total),
        Sureness::Low => (work.t("低", "low"), work.style.doubtful),
    };
    let mut cells = vec![(Show::text(sure), work.style.middle().set_background_color(fill))];
    cells.extend(side(work, &mentions[one.left], unit));
    cells.extend(side(work, &mentions[one.right], unit));
    let alike = match one.decision {
        None => Show::Text(format!("{}%", one.likeness)),
        Some(_) => Show::Blank,
    };
    cells.push((alike, work.style.middle()));
    cells.push((Show::text(one.why.get(work.language())), work.style.text()));
    let (a, b) = (&mentions[one.left], &mentions[one.right]);
    let amount = |mention: &Mention| mention.amount.as_ref().map(|amount| amount.yuan);
    let key =
        review::key(Subject::Pair, &format!("{}／{}", a.name, b.name), &[amount(a), amount(b)]);
    let [mut confirmed] = work.standing(&key);
    if confirmed.is_empty() {
        confirmed = match one.decision {
            Some(true) => work.t("是", "yes").to_owned(),
            Some(false) => work.t("否", "no").to_owned(),
            None => confirmed,
        };
    }
    cells.push((Show::Text(confirmed), work.style.middle()));
    cells.push((Show::Text(key), work.style.plain()));
    page.cells(&cells)
}

fn side(work: &Work, mention: &Mention, unit: &Unit) -> Vec<(Show, Format)> {
    let role = match mention.role {
        Role::Initial => work.t("年初预算", "budget"),
        Role::Reason => work.t("调整事由", "reason"),
        Role::Executed => work.t("支出", "spent"),
    };
    let amount = mention.amount.as_ref().and_then(|amount| {
        let value = in_unit(amount.yuan, unit)?;
        Some(
            live(work, amount, unit)
                .map_or(Show::Number(value), |formula| Show::live(formula, value)),
        )
    });
    vec![
        (Show::text(mention.name.clone()), work.style.text()),
        (Show::text(role), work.style.middle()),
        place(work, mention.table, mention.place),
        (amount.unwrap_or(Show::Blank), work.style.number(2)),
    ]
}

/// A link to the line of a name.
pub(super) fn place(work: &Work, table: u32, place: Place) -> (Show, Format) {
    let words = work.place(place);
    let target = work.layout.sheet(table).and_then(|sheet| {
        let line = work.packet().tables[sheet.table].line_index(place.cell.row)?;
        let row = sheet.lines.binary_search(&line).ok()? as u32;
        Some(internal(&sheet.name, super::layout::TOP + row, sheet.front() - 1))
    });
    match target {
        Some(target) => (Show::Link(target, words), work.style.link()),
        None => (Show::Text(words), work.style.text()),
    }
}
