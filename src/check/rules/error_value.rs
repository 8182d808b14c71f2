//! W04 `error-value`: #REF!, #DIV/0! and the like where a table's figure should stand.
//!
//! ```toml
//! [W04]
//! name = "error-value"
//! severity = "error"
//! source = "Excel's error values"
//! zh.title = "单元格为错误值"
//! zh.source = "Excel 的错误值"
//! zh.checks = "表内单元格为 #REF!、#DIV/0!、#N/A、#VALUE! 等：用到它的核对都无法进行。"
//! zh.example = "执行率一格为 #DIV/0!，因为预算数为 0。"
//! zh.remedy = "修复公式所引用的单元格；无意义的比率请改填“——”。"
//! en.title = "a cell holds an error value"
//! en.checks = "#REF!, #DIV/0!, #N/A, #VALUE! inside a table: no check with it can be done."
//! en.example = "An execution rate of #DIV/0! because the budget is 0."
//! en.remedy = "Mend the references; write —— where a rate means nothing."
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, Held, Rule, figure_cells, listed};
use crate::formula::Tree;
use crate::model::{CellError, CellRef, Field, Finding, Place, Severity, State, Text, Value};

pub(super) static RULE: Rule = Rule { code: "W04", severity: Severity::Error, check };

fn check(context: &Context) -> Vec<Finding> {
    let mut errors: BTreeMap<Place, CellError> = BTreeMap::new();
    for (table, sheet) in context.tables() {
        let no_error = |(field, held): (&Field, Held)| held.errors == 0 || !field.role.is_figure();
        // Where all formulas have their values, nothing was computed.
        let book = context.packet.formulas.get(table.file as usize);
        let computed = book.is_some_and(|book| book.all_computed().next().is_some());
        if !computed && context.held(table).all(no_error) {
            continue;
        }
        for place in figure_cells(table) {
            let stored = match sheet.value(place.cell) {
                Value::Error(error) => Some(error),
                _ => None,
            };
            let computed = match context.packet.computed(place) {
                Some(crate::formula::Computed::Error(error)) => Some(*error),
                _ => None,
            };
            let Some(error) = stored.or(computed) else { continue };
            if context.packet.figure(place, Some(table.id)).state == State::Error {
                errors.insert(place, error);
            }
        }
    }
    let mut groups: BTreeMap<(u32, u32, &str, u32), Vec<Place>> = BTreeMap::new();
    let mut followers: BTreeMap<Place, BTreeSet<Place>> = BTreeMap::new();
    for (place, error) in &errors {
        match root(context, *place, &errors) {
            Some(root) => {
                followers.entry(root).or_default().insert(*place);
            }
            None => groups
                .entry((place.file, place.sheet, error.text(), place.cell.column))
                .or_default()
                .push(*place),
        }
    }
    // A formula copied over many columns has one cause.
    let mut blocks: BTreeMap<(u32, u32, &str, Vec<u32>), Vec<Vec<Place>>> = BTreeMap::new();
    for ((file, sheet, error, _), places) in groups {
        let rows = places.iter().map(|place| place.cell.row).collect();
        blocks.entry((file, sheet, error, rows)).or_default().push(places);
    }
    let mut findings = Vec::new();
    for ((_, _, error, _), mut columns) in blocks {
        if columns.len() >= COPIED {
            columns = vec![columns.concat()];
            columns[0].sort_unstable();
        }
        findings.extend(columns.iter().map(|places| finding(error, places, &followers)));
    }
    findings
}

/// Columns with errors in just the same rows, past which they are told as one.
const COPIED: usize = 4;

fn finding(error: &str, places: &[Place], followers: &BTreeMap<Place, BTreeSet<Place>>) -> Finding {
    let cells: Vec<CellRef> = places.iter().map(|place| place.cell).collect();
    let mut related: Vec<Place> = places[1..].to_vec();
    for place in places {
        related.extend(followers.get(place).into_iter().flatten());
    }
    let following = related.len() + 1 - places.len();
    let cells = listed(&cells);
    let mut message = Text::new(
        format!("{} 为错误值 {error}，没有可核对的数字", cells.zh),
        format!("{} holds {error}: no figure to check", cells.en),
    );
    if following > 0 {
        message.zh.push_str(&format!("；另有 {following} 个单元格因此出错"));
        message.en.push_str(&format!("; {following} more follow from it"));
    }
    let mut finding = RULE.at(places[0], message);
    finding.related = related;
    finding
}

/// The error that this one follows from, some steps up; `None` where it begins here.
fn root(context: &Context, place: Place, errors: &BTreeMap<Place, CellError>) -> Option<Place> {
    let mut at = place;
    // A circle of errors begins nowhere: it is cut after some steps.
    for _ in 0..16 {
        match cause(context, at, errors) {
            Some(next) if next != place => at = next,
            _ => break,
        }
    }
    (at != place).then_some(at)
}

/// A cell with an error that the formula of this one refers to.
fn cause(context: &Context, place: Place, errors: &BTreeMap<Place, CellError>) -> Option<Place> {
    let book = context.packet.formulas.get(place.file as usize)?;
    let workbook = context.packet.workbook(place.file)?;
    let tree = book.tree(book.form_at(workbook, place.sheet, place.cell)?)?;
    let mut found = None;
    tree.each(&mut |part| {
        let Tree::Area(area) = part else { return };
        let Some((sheet, range)) = area.resolve(place.sheet, place.cell) else { return };
        let from = Place { file: place.file, sheet, cell: range.start };
        let to = Place { file: place.file, sheet, cell: range.end };
        if found.is_none() {
            found = errors
                .range(from..=to)
                .map(|(other, _)| *other)
                .find(|other| range.contains(other.cell) && *other != place);
        }
    });
    found
}
