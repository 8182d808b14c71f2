//! Sums of lines in columns of shares: what adds up in a column adds up in the shares of it, though no header says 占比 of what.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Judge, Operation, Packet, Relation, Shape, Verdict};

/// Fewest lines whose shares show that a column holds shares of another.
const LEAST_SHARES: usize = 4;

/// A column of shares: the column that they are shares of, and its lines.
type Shares = BTreeMap<u32, (u32, BTreeSet<u32>)>;

/// Sums of the lines of a table with the columns of shares in which they hold, too; `fields` are what is known between its
/// columns.
pub(super) fn add(packet: &Packet, lines: &mut [Relation], fields: &[Relation]) {
    let shares = shares(packet, fields);
    if shares.is_empty() {
        return;
    }
    let taken: BTreeSet<(u32, u32)> = lines
        .iter()
        .filter_map(checks)
        .flat_map(|(target, columns)| columns.iter().map(move |column| (target, *column)))
        .collect();
    for relation in lines {
        let Some((target, columns)) = checks(relation) else { continue };
        let Shape::Lines { table, terms, .. } = &relation.shape else { continue };
        let (table, terms) = (*table, terms.clone());
        let fits = |(own, (of, rows)): (&u32, &(u32, BTreeSet<u32>))| {
            columns.contains(of)
                && !taken.contains(&(target, *own))
                && rows.contains(&target)
                && terms.iter().all(|(row, sign)| *sign == 1 && rows.contains(row))
        };
        let fitting: Vec<u32> =
            shares.iter().filter(|share| fits(*share)).map(|(own, _)| *own).collect();
        let shape = Shape::Lines { table, target, terms, columns: fitting };
        let wanted = Relation { shape, ..relation.clone() };
        let judge = Judge::new(packet, &wanted);
        let Shape::Lines { columns: fitting, .. } = &wanted.shape else { continue };
        let holds = |at: usize| matches!(judge.verdict(at), Verdict::Holds | Verdict::Rounding);
        let holding: Vec<u32> =
            fitting.iter().enumerate().filter(|(at, _)| holds(*at)).map(|(_, own)| *own).collect();
        if let Shape::Lines { columns, .. } = &mut relation.shape {
            columns.extend(holding);
            columns.sort_unstable();
        }
    }
}

/// The target and the columns of a sum of lines.
fn checks(relation: &Relation) -> Option<(u32, &[u32])> {
    match &relation.shape {
        Shape::Lines { target, columns, .. } if relation.operation == Operation::Sum => {
            Some((*target, columns))
        }
        _ => None,
    }
}

/// The columns each of whose figures is the share of another column in one line, as quotients of single cells tell.
fn shares(packet: &Packet, fields: &[Relation]) -> Shares {
    let mut found: BTreeMap<(u32, u32, u32), BTreeSet<u32>> = BTreeMap::new();
    for relation in fields {
        let Shape::Cells { target, terms } = &relation.shape else { continue };
        let [part, whole] = terms.as_slice() else { continue };
        let (own, of) = (target.place.cell, part.place.cell);
        let is_share = relation.operation == Operation::Ratio
            && of.row == own.row
            && of.column == whole.place.cell.column
            && of.column != own.column
            && matches!(
                Judge::new(packet, relation).verdict(0),
                Verdict::Holds | Verdict::Rounding
            );
        if is_share {
            found.entry((own.column, of.column, whole.place.cell.row)).or_default().insert(own.row);
        }
    }
    found.retain(|_, rows| rows.len() >= LEAST_SHARES);
    found.into_iter().map(|((own, of, _), rows)| (own, (of, rows))).collect()
}
