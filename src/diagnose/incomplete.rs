//! A list that lacks a line, or a line of headers that lacks a column: its total fails in many places by unlike amounts.
//!
//! That is one thing to say, not one for every column. It is said only where no slip of a cell explains any of the
//! failures, and all of them lack on the same side: a slip would have been one cell's.

use std::collections::BTreeMap;

use super::network::Network;
use super::wording::{cell, field, figure, is_percent, line};
use crate::model::{CellRef, Diagnosis, DiagnosisKind, Finding, Operation, Severity, Shape, Text};
use crate::number::Decimal;

/// Failures of one list that are one thing.
const LEAST: usize = 3;

/// Rows below a table in which its notes stand.
const BELOW: u32 = 6;

/// Shown by name in the message.
const NAMED: usize = 8;

/// Makes the failures of a list that lacks something one finding, the first; the others become places related to it.
/// `into` says for each failing check under which it is told.
pub(super) fn group(network: &Network<'_>, findings: &mut [Option<Finding>], into: &mut [usize]) {
    let mut lists: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, (relation, ..)) in network.failing.iter().enumerate() {
        lists.entry(*relation).or_default().push(at);
    }
    for (relation, list) in lists {
        let relation = &network.relations[relation as usize];
        let by_columns = matches!(relation.shape, Shape::Lines { .. });
        if relation.operation != Operation::Sum
            || matches!(relation.shape, Shape::Cells { .. })
            || list.len() < LEAST
            || !list.iter().all(|at| is_untold(findings[*at].as_ref()))
        {
            continue;
        }
        let gaps: Vec<Decimal> =
            list.iter().filter_map(|at| network.failing[*at].2.difference).collect();
        let lacks = |gap: &Decimal| gap.is_sign_positive() && !gap.is_zero();
        if gaps.len() != list.len() || !gaps.iter().all(lacks) {
            continue;
        }
        fold(network, findings, &list, by_columns);
        for at in &list {
            into[*at] = list[0];
        }
    }
}

/// A finding that stands by itself and names no cell.
pub(super) fn is_untold(finding: Option<&Finding>) -> bool {
    finding.is_some_and(|finding| {
        finding.diagnoses.iter().all(|diagnosis| diagnosis.kind == DiagnosisKind::Unexplained)
            && finding.diagnoses.iter().all(|diagnosis| diagnosis.changes.is_empty())
    })
}

fn fold(network: &Network<'_>, findings: &mut [Option<Finding>], list: &[usize], by_columns: bool) {
    let from = network.failing[list[0]].2.target.place;
    let packet = network.packet;
    let mut lacking = Vec::new();
    for at in list.iter().take(NAMED) {
        let outcome = &network.failing[*at].2;
        let own = packet.figure(outcome.target.place, outcome.target.table);
        let name =
            if by_columns { field(packet, &outcome.target) } else { line(packet, &outcome.target) };
        let amount = figure(
            outcome.difference.unwrap_or_default(),
            &own,
            is_percent(packet, &outcome.target),
        );
        lacking.push(format!("{name}（{}）{amount}", cell(packet, outcome.target.place, from)));
    }
    let more = if list.len() > NAMED { "……" } else { "" };
    let lacking = lacking.join("、");
    let count = list.len();
    let text = if by_columns {
        Text::new(
            format!(
                "疑似分项未列全：同一合计有 {count} 列都少计，像是少列了一行或几行：{lacking}{more}"
            ),
            format!(
                "perhaps the list lacks a line: the same total exceeds its parts in {count} columns: {lacking}{more}"
            ),
        )
    } else {
        Text::new(
            format!(
                "疑似分栏未列全：同一合计栏有 {count} 行都少计，像是少列了一栏：{lacking}{more}"
            ),
            format!(
                "perhaps a column is missing: the same total column exceeds its parts in {count} rows: {lacking}{more}"
            ),
        )
    };
    let mut related = Vec::new();
    for at in &list[1..] {
        if let Some(finding) = findings[*at].take() {
            related.extend(finding.place);
            related.extend(finding.related);
        }
    }
    if let Some(first) = findings[list[0]].as_mut() {
        for place in related {
            if !first.related.contains(&place) {
                first.related.push(place);
                first.consequences.push(place);
            }
        }
        if says_incomplete(network, first) {
            first.severity = first.severity.min(Severity::Warning);
        }
        first.diagnoses = vec![Diagnosis {
            kind: DiagnosisKind::Omitted,
            changes: Vec::new(),
            text,
            repairs: count as u32,
            breaks: 0,
            rivals: 0,
            equals: 0,
            asserted: Vec::new(),
        }];
    }
}

/// Whether a note below the table says that not everything is listed.
fn says_incomplete(network: &Network<'_>, finding: &Finding) -> bool {
    const NOTES: [&str; 4] = ["注", "说明", "备注", "Note"];
    const WORDS: [&str; 10] = [
        "只列",
        "仅列",
        "未列",
        "部分",
        "不含",
        "不包括",
        "未包括",
        "可公开",
        "only",
        "not includ",
    ];
    let Some(place) = finding.place else { return false };
    let Some(sheet) = network.packet.sheet(place.file, place.sheet) else { return false };
    let own = network.packet.tables.iter().filter(|table| {
        (table.file, table.sheet) == (place.file, place.sheet) && table.range.contains(place.cell)
    });
    own.flat_map(|table| {
        let from = table.range.start;
        let rows = table.lines.iter().filter(|line| !line.role.is_data()).map(|line| line.row);
        let below = table.range.end.row + 1..=table.range.end.row.saturating_add(BELOW);
        rows.chain(below).map(move |row| CellRef::new(row, from.column))
    })
    .filter_map(|cell| sheet.text(cell))
    .any(|text| {
        NOTES.iter().any(|word| text.trim_start().starts_with(word))
            && WORDS.iter().any(|word| text.contains(word))
    })
}
