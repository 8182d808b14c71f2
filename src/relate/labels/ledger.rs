//! Balances of a ledger, which no total adds up.

use crate::lexicon::Words;
use crate::model::{Field, FieldRole, Judge, Packet, Relation, Shape, Table, Verdict, words};

/// Columns past which a table is no ledger.
const LEDGER: usize = 64;

/// 余额 of a ledger, beside dates and what came in and went out: each is what was left that day, and they are not added.
pub(super) fn is_running_balance(known: &Words, table: &Table, field: &Field) -> bool {
    let is_balance = |field: &Field| known.rest_words.stand_in(&words::key(&field.label));
    let is_flow = |field: &&Field| field.role == FieldRole::Amount && !is_balance(field);
    table.fields.len() <= LEDGER
        && is_balance(field)
        && table.fields.iter().any(|field| field.role == FieldRole::Date)
        && table.fields.iter().filter(is_flow).count() >= 2
}

/// Mined sums of lines without the balances of a ledger that they do not give.
pub(in crate::relate) fn without_balances(
    known: &Words,
    packet: &Packet,
    mined: Vec<Relation>,
) -> Vec<Relation> {
    let kept = |relation: Relation| {
        let Shape::Lines { table, columns, .. } = &relation.shape else { return Some(relation) };
        let table = &packet.tables[*table as usize];
        let is_balance = |column: &u32| {
            table.field_at(*column).is_some_and(|field| is_running_balance(known, table, field))
        };
        if !columns.iter().any(is_balance) {
            return Some(relation);
        }
        let judge = Judge::new(packet, &relation);
        let keep: Vec<bool> = (0..)
            .zip(columns)
            .map(|(at, column)| !is_balance(column) || judge.verdict(at) != Verdict::Fails)
            .collect();
        relation.with_checks(&keep)
    };
    mined.into_iter().filter_map(kept).collect()
}
