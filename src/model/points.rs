//! The points of a form of 100: which of its figures count towards the whole.

use super::packet::Packet;
use super::place::{CellRef, Place};
use super::table::{LineRole, Table};
use crate::number::Decimal;

/// The rows of a column of points (分值, 得分) that a total of the whole form counts. Where one row states what the others
/// add up to (年度资金总额 10, of it 财政拨款 8 and 其他资金 2), it alone counts.
pub fn counted_rows(packet: &Packet, table: &Table, column: u32) -> Vec<u32> {
    let stated: Vec<(u32, Decimal)> = table
        .lines
        .iter()
        .filter(|line| matches!(line.role, LineRole::Item | LineRole::OfWhich))
        .filter_map(|line| {
            let cell = CellRef::new(line.row, column);
            let place = Place { file: table.file, sheet: table.sheet, cell };
            Some((line.row, packet.figure(place, Some(table.id)).number()?))
        })
        .filter(|(_, points)| !points.is_zero())
        .collect();
    let sum: Decimal = stated.iter().map(|(_, points)| *points).sum();
    let whole = stated.first().filter(|(_, points)| stated.len() >= 3 && *points + *points == sum);
    match whole {
        Some((row, _)) => vec![*row],
        None => stated.into_iter().map(|(row, _)| row).collect(),
    }
}
