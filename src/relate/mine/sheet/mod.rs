//! Mining a packet: the grid of each sheet, and the families found there as relations.
//!
//! A sheet of ordinary size is mined as one grid, tables and what lies around them alike, because a total may stand apart
//! from its parts. A long table is mined on sampled rows; what they support is then verified in all.

mod known;
mod long;
mod region;
mod single;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use super::Limits;
use crate::lexicon::Words;
use crate::model::{Origin, Packet, Relation, Shape, Sheet, Table, Value};
use region::Region;

/// Most filled cells of a sheet that is mined as a whole.
const MOST_CELLS: usize = 60_000;

/// Most places of its grid, filled or not: a stray cell far out makes a small table wide.
const MOST_PLACES: usize = 240_000;

/// The relations that the numbers of a packet hold by themselves. `known` are those found otherwise: in long tables they are
/// not proposed again.
pub(in crate::relate) fn relate(
    words: &Words,
    limits: &Limits,
    packet: &Packet,
    known: &mut [Relation],
) -> Vec<Relation> {
    let mut by_sheet: BTreeMap<(u32, u32), Vec<&Table>> = BTreeMap::new();
    for table in &packet.tables {
        by_sheet.entry((table.file, table.sheet)).or_default().push(table);
    }
    let mut by_target: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
    for (at, relation) in known.iter().enumerate() {
        let sheet = match &relation.shape {
            Shape::Lines { table, .. } | Shape::Fields { table, .. } => packet.place_of(*table),
            Shape::Cells { target, .. } => (target.place.file, target.place.sheet),
        };
        by_target.entry(sheet).or_default().push(at);
    }
    let mut relations = vec![];
    for ((file, index), tables) in by_sheet {
        let Some(sheet) = packet.sheet(file, index) else { continue };
        let of_sheet = by_target.remove(&(file, index)).unwrap_or_default();
        let Some(area) = Area::of(sheet, &tables) else {
            for table in tables {
                relations.extend(long::relate(words, limits, packet, table, known));
            }
            continue;
        };
        let parts: Vec<(Area, &Table)> =
            tables.iter().filter_map(|table| Some((area.part(table)?, *table))).collect();
        let region = Region::whole(words, packet, sheet, (file, index), &tables, area);
        let own: Vec<&Relation> = of_sheet.iter().map(|at| &known[*at]).collect();
        let (explained, spoken) = region.explained(packet, &own);
        let found = region.relations(limits, packet, &own, &explained);
        let single = single::relate((words, limits), packet, sheet, (&region, parts), &own, &found);
        relations.extend(found.into_iter().chain(single));
        for at in spoken {
            let known = &mut known[of_sheet[at]];
            known.evidence = known.evidence.with(Origin::Mined);
        }
    }
    relations
}

/// The rows and columns of a sheet that is mined as a whole.
struct Area {
    rows: Vec<u32>,
    columns: Vec<u32>,
}

impl Area {
    /// All that is used; where that is too much, what holds anything but formats: whole rows may be coloured.
    fn of(sheet: &Sheet, tables: &[&Table]) -> Option<Self> {
        let used = sheet.used()?;
        let width = used.size().1 as usize;
        if sheet.cell_count() <= MOST_CELLS && sheet.row_numbers().count() * width <= MOST_PLACES {
            let rows = with_gaps(sheet.row_numbers());
            let columns = (used.start.column..=used.end.column).collect();
            return Some(Self { rows, columns });
        }
        let is_filled = |(_, value, _): &(u32, Value, u16)| !matches!(value, Value::Empty);
        let mut filled = 0;
        for row in sheet.row_numbers() {
            filled += sheet.row(row).filter(is_filled).count();
            if filled > MOST_CELLS {
                return None;
            }
        }
        let (mut rows, mut columns) = (BTreeSet::new(), BTreeSet::new());
        for table in tables {
            rows.extend(table.lines.iter().map(|line| line.row));
            rows.extend(table.header.iter().flat_map(|(first, last)| *first..=*last));
            columns.extend(table.fields.iter().map(|field| field.column));
        }
        for row in sheet.row_numbers() {
            for (column, ..) in sheet.row(row).filter(is_filled) {
                columns.insert(column);
                rows.insert(row);
            }
        }
        let (rows, columns) = (with_gaps(rows.into_iter()), with_gaps(columns.into_iter()));
        (rows.len() * columns.len() <= MOST_PLACES).then_some(Self { rows, columns })
    }
}

/// Row numbers with one number in place of every stretch of missing ones, so that gaps stay gaps.
fn with_gaps(rows: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut all: Vec<u32> = vec![];
    for row in rows {
        if all.last().is_some_and(|last| last + 1 < row) {
            all.push(row - 1);
        }
        all.push(row);
    }
    all
}
