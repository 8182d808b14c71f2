//! W03 `hidden-amounts`: hidden rows, columns or sheets whose amounts take part in a visible total.

use std::collections::BTreeMap;

use super::{Context, Rule, counted};
use crate::model::{CellRef, Finding, Operation, Place, Severity, Sheet, Text, Visibility};

pub(super) static RULE: Rule = Rule { code: "W03", severity: Severity::Warning, check };

/// What is hidden: the whole sheet, a column, or a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Hidden {
    Sheet,
    Column(u32),
    Row(u32),
}

/// Cells with amounts in something hidden, and a visible total over them.
struct Group {
    cells: Vec<Place>,
    total: Place,
}

fn check(context: &Context) -> Vec<Finding> {
    let packet = context.packet;
    let nothing_hidden = context.workbooks().all(|(_, workbook)| {
        workbook.sheets.iter().all(|sheet| {
            sheet.visibility == Visibility::Visible
                && sheet.rows.values().all(|row| !row.hidden)
                && sheet.columns.values().all(|column| !column.hidden)
        })
    });
    if nothing_hidden {
        return Vec::new();
    }
    let hidden = |place: Place| {
        packet.sheet(place.file, place.sheet).and_then(|sheet| hidden(sheet, place.cell))
    };
    let mut groups: BTreeMap<(u32, u32, Hidden), Group> = BTreeMap::new();
    let mut terms = Vec::new();
    for relation in context.relations {
        if !matches!(relation.operation, Operation::Sum | Operation::Equal) {
            continue;
        }
        for ordinal in 0..relation.check_count() {
            let target = relation.operands(ordinal, |table| packet.place_of(table), &mut terms);
            if hidden(target.place).is_some() {
                continue;
            }
            for term in &terms {
                let Some(what) = hidden(term.place) else { continue };
                let number = packet.figure(term.place, term.table).number();
                if number.is_none_or(|number| number.is_zero()) {
                    continue;
                }
                let group = groups
                    .entry((term.place.file, term.place.sheet, what))
                    .or_insert_with(|| Group { cells: Vec::new(), total: target.place });
                group.cells.push(term.place);
            }
        }
    }
    joined(groups).into_iter().map(|(what, group)| finding(context, what, group)).collect()
}

fn hidden(sheet: &Sheet, cell: CellRef) -> Option<Hidden> {
    if sheet.visibility != Visibility::Visible {
        Some(Hidden::Sheet)
    } else if sheet.column_hidden(cell.column) {
        Some(Hidden::Column(cell.column))
    } else {
        sheet.row_hidden(cell.row).then_some(Hidden::Row(cell.row))
    }
}

/// Rows, or columns, that are hidden side by side and counted in totals are one matter.
fn joined(groups: BTreeMap<(u32, u32, Hidden), Group>) -> Vec<((Hidden, Hidden), Group)> {
    let mut joined: Vec<((u32, u32), (Hidden, Hidden), Group)> = Vec::new();
    for ((file, sheet, what), group) in groups {
        if let Some((home, (_, last), known)) = joined.last_mut() {
            let next = match (*last, what) {
                (Hidden::Row(a), Hidden::Row(b)) | (Hidden::Column(a), Hidden::Column(b)) => {
                    b == a + 1
                }
                _ => false,
            };
            if *home == (file, sheet) && next {
                *last = what;
                known.cells.extend(group.cells);
                continue;
            }
        }
        joined.push(((file, sheet), (what, what), group));
    }
    joined.into_iter().map(|(_, what, group)| (what, group)).collect()
}

fn finding(context: &Context, (first, last): (Hidden, Hidden), mut group: Group) -> Finding {
    group.cells.sort_unstable();
    group.cells.dedup();
    let name = |what: Hidden| match what {
        Hidden::Sheet => String::new(),
        Hidden::Row(row) => (row + 1).to_string(),
        Hidden::Column(column) => CellRef::column_letters(column),
    };
    let range =
        if first == last { name(first) } else { format!("{}–{}", name(first), name(last)) };
    let count = group.cells.len();
    let total = group.total;
    let at = if (total.file, total.sheet) == (group.cells[0].file, group.cells[0].sheet) {
        total.cell.to_string()
    } else {
        let sheet = context.packet.sheet_name(total).unwrap_or_default();
        format!("{sheet}!{}", total.cell)
    };
    let (zh, en) = match first {
        Hidden::Sheet => ("本工作表已隐藏".to_owned(), "the sheet is hidden".to_owned()),
        Hidden::Row(_) => (format!("第 {range} 行已隐藏"), format!("row {range} is hidden")),
        Hidden::Column(_) => (format!("{range} 列已隐藏"), format!("column {range} is hidden")),
    };
    let message = Text::new(
        format!("{zh}，其中 {count} 个金额计入了可见的合计（如 {at}）"),
        format!(
            "{en}, with {} counted in visible totals ({at}, for one)",
            counted(count, "amount")
        ),
    );
    let mut finding = RULE.at(group.cells[0], message);
    finding.related = group.cells[1..].iter().take(50).copied().chain([total]).collect();
    finding
}
