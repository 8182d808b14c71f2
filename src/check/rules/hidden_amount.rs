//! W03 `hidden-amounts`: hidden rows, columns or sheets whose amounts take part in a visible total.
//!
//! ```toml
//! [W03]
//! name = "hidden-amounts"
//! severity = "warning"
//! source = "General practice of auditors"
//! zh.title = "隐藏的行、列、表含有金额"
//! zh.source = "审计通行做法"
//! zh.checks = "隐藏的行、列或工作表里有数字参与合计：看表的人见到的分项加起来不等于合计。"
//! zh.example = "第 7 行被隐藏，合计里含它的 25.00。"
//! zh.remedy = "取消隐藏，或把这些数从合计中移出并说明。"
//! en.title = "hidden rows, columns or sheets hold amounts"
//! en.checks = "Hidden figures that take part in a total: what is visible does not add up to it."
//! en.example = "Row 7 is hidden; the total holds its 25.00."
//! en.remedy = "Unhide them, or take them out of the total and say so."
//! ```

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{Context, Rule};
use crate::model::{
    CellRef, Finding, Operation, Origin, Place, Severity, Sheet, Text, Verdict, Visibility,
    evaluate, many,
};

pub(super) static RULE: Rule = Rule { code: "W03", severity: Severity::Warning, check };

/// Runs of rows or columns named in the message.
const RUNS: usize = 6;

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
    /// All of it is the detail of visible figures that it adds up to.
    detail: bool,
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
            let detail = relation.operation == Operation::Sum
                && terms.iter().all(|term| hidden(term.place).is_some())
                && matches!(
                    evaluate(packet, relation, ordinal).verdict,
                    Verdict::Holds | Verdict::Rounding
                );
            for term in &terms {
                let Some(what) = hidden(term.place) else { continue };
                // The same figure stands elsewhere for all to see: nothing counts it.
                if relation.operation == Operation::Equal
                    && !relation.evidence.contains(Origin::Formula)
                {
                    continue;
                }
                let number = packet.figure(term.place, term.table).number();
                if number.is_none_or(|number| number.is_zero()) {
                    continue;
                }
                let group =
                    groups.entry((term.place.file, term.place.sheet, what)).or_insert_with(|| {
                        Group { cells: Vec::new(), total: target.place, detail: true }
                    });
                group.cells.push(term.place);
                group.detail &= detail;
            }
        }
    }
    sheets(groups).into_iter().map(|group| finding(context, group)).collect()
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

/// What is hidden of one sheet, in one way: one practice.
struct Practice {
    hidden: Vec<Hidden>,
    group: Group,
}

/// The hidden rows of a sheet are one matter, so are its hidden columns; detail that visible figures add up is another
/// than what nobody can see.
fn sheets(groups: BTreeMap<(u32, u32, Hidden), Group>) -> Vec<Practice> {
    let mut practices: BTreeMap<(u32, u32, u8, bool), Practice> = BTreeMap::new();
    for ((file, sheet, what), group) in groups {
        let kind = match what {
            Hidden::Sheet => 0,
            Hidden::Column(_) => 1,
            Hidden::Row(_) => 2,
        };
        match practices.entry((file, sheet, kind, group.detail)) {
            Entry::Vacant(free) => {
                free.insert(Practice { hidden: vec![what], group });
            }
            Entry::Occupied(mut known) => {
                known.get_mut().hidden.push(what);
                known.get_mut().group.cells.extend(group.cells);
            }
        }
    }
    practices.into_values().collect()
}

/// 6–7、9–10 of rows or columns that are hidden, the first few runs.
fn runs(hidden: &[Hidden]) -> (Vec<String>, usize) {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for index in hidden.iter().filter_map(|what| match what {
        Hidden::Row(index) | Hidden::Column(index) => Some(*index),
        Hidden::Sheet => None,
    }) {
        match runs.last_mut() {
            Some((_, last)) if index == *last + 1 => *last = index,
            _ => runs.push((index, index)),
        }
    }
    let name = |index: u32| match hidden[0] {
        Hidden::Column(_) => CellRef::column_letters(index),
        _ => (index + 1).to_string(),
    };
    let named = runs.iter().take(RUNS).map(|(first, last)| {
        if first == last { name(*first) } else { format!("{}–{}", name(*first), name(*last)) }
    });
    (named.collect(), runs.len().saturating_sub(RUNS))
}

fn finding(context: &Context, Practice { hidden, mut group }: Practice) -> Finding {
    group.cells.sort_unstable();
    group.cells.dedup();
    let (named, more) = runs(&hidden);
    let (mut range, mut english) = (named.join("、"), named.join(", "));
    if more > 0 {
        range.push_str(&format!(" 等 {} 段", named.len() + more));
        english.push_str(&format!(" and {more} more"));
    }
    let count = group.cells.len();
    let total = group.total;
    let at = if (total.file, total.sheet) == (group.cells[0].file, group.cells[0].sheet) {
        total.cell.to_string()
    } else {
        let sheet = context.packet.sheet_name(total).unwrap_or_default();
        format!("{sheet}!{}", total.cell)
    };
    let (zh, en) = match hidden[0] {
        Hidden::Sheet => ("本工作表已隐藏".to_owned(), "the sheet is hidden".to_owned()),
        Hidden::Row(_) => (format!("第 {range} 行已隐藏"), format!("row {english} is hidden")),
        Hidden::Column(_) => (format!("{range} 列已隐藏"), format!("column {english} is hidden")),
    };
    let message = if group.detail {
        Text::new(
            format!("{zh}，是可见数的明细，加起来与可见数相符（如 {at}）"),
            format!("{en}: the detail of visible figures, which it adds up to ({at}, for one)"),
        )
    } else {
        Text::new(
            format!("{zh}，其中 {count} 个金额计入了可见的合计（如 {at}）"),
            format!(
                "{en}, with {} counted in visible totals ({at}, for one)",
                many(count, "amount")
            ),
        )
    };
    let mut finding = RULE.at(group.cells[0], message);
    if group.detail {
        finding.severity = Severity::Info;
    }
    finding.related = group.cells[1..].iter().take(50).copied().chain([total]).collect();
    finding
}
