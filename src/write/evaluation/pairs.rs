//! 项目对照: the pairs of names that may be one project, how sure and why, for a person to confirm.

use rust_xlsxwriter::{DataValidation, Format, Worksheet, XlsxError};

use super::money::{in_unit, live};
use super::page::{Page, Show, internal};
use super::projects::{Match, Mention, Role, Sureness};
use super::style;
use super::work::Work;
use crate::model::Place;
use crate::number::Unit;

/// Writes the sheet; `None` when no two names may be one.
pub(super) fn write(
    work: &Work,
    mentions: &[Mention],
    matches: &[Match],
    unit: &Unit,
) -> Result<Option<Worksheet>, XlsxError> {
    if matches.is_empty() {
        return Ok(None);
    }
    let name = work.names.projects;
    let widths = vec![7, 36, 11, 26, 14, 36, 11, 26, 14, 9, 34, 12];
    let mut page = Page::new(name, "F", name, widths, work.language())?;
    let explanation = format!(
        "{}{}：{unit}",
        work.t(
            "按名称与金额对照，只作提示，不作认定：同一项目可能有几种写法，名称相同也可能是几笔付款。请在末列确认。",
            "Matched by name and amount; shown, not asserted. Please confirm in the last column. ",
        ),
        work.t("单位", "Unit"),
    );
    page.lead(work.names.overview, &explanation)?;
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
        work.t("名称相似", "Alike"),
        work.t("理由", "Why"),
        work.t("是否同一", "Same?"),
    ])?;
    let top = page.row;
    page.freeze(2)?;
    for one in matches {
        row(work, &mut page, mentions, one, unit)?;
    }
    page.filter()?;
    let choices = [work.t("是", "yes"), work.t("否", "no"), work.t("待定", "open")];
    let list = DataValidation::new().allow_list_strings(&choices)?;
    page.sheet.add_data_validation(top, 11, page.row - 1, 11, &list)?;
    Ok(Some(page.sheet))
}

fn row(
    work: &Work,
    page: &mut Page,
    mentions: &[Mention],
    one: &Match,
    unit: &Unit,
) -> Result<(), XlsxError> {
    let (sure, fill) = match one.sureness {
        Sureness::High => (work.t("高", "high"), style::PALE_BLUE),
        Sureness::Medium => (work.t("中", "medium"), style::GREY),
        Sureness::Low => (work.t("低", "low"), style::PALE_ORANGE),
    };
    let mut cells = vec![(Show::text(sure), style::middle().set_background_color(fill))];
    cells.extend(side(work, &mentions[one.left], unit));
    cells.extend(side(work, &mentions[one.right], unit));
    cells.push((Show::Text(format!("{}%", one.likeness)), style::middle()));
    cells.push((Show::text(one.why.get(work.language())), style::text()));
    cells.push((Show::Blank, style::middle()));
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
        (Show::text(mention.name.clone()), style::text()),
        (Show::text(role), style::middle()),
        place(work, mention.table, mention.place),
        (amount.unwrap_or(Show::Blank), style::number(2)),
    ]
}

/// A link to the line of a name.
fn place(work: &Work, table: u32, place: Place) -> (Show, Format) {
    let words = work.place(place);
    let target = work.layout.sheet(table).and_then(|sheet| {
        let line = work.packet().tables[sheet.table].line_index(place.cell.row)?;
        let row = sheet.lines.binary_search(&line).ok()? as u32;
        Some(internal(&sheet.name, super::layout::TOP + row, sheet.front() - 1))
    });
    match target {
        Some(target) => (Show::Link(target, words), style::link()),
        None => (Show::Text(words), style::text()),
    }
}
