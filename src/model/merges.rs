//! Which merged range lies over a cell, where a sheet has thousands of them.

use std::sync::OnceLock;

use super::place::{CellRef, Range};
use super::quick::QuickMap;

/// Fewer ranges are looked through.
const FEW: usize = 16;
/// Ranges of more rows are looked through, too: there cannot be many.
const TALL: u32 = 64;

/// The merged ranges of a sheet by their rows, once they are asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Merges(OnceLock<ByRow>);

#[derive(Clone, Debug)]
struct ByRow {
    /// How many there were.
    count: usize,
    rows: QuickMap<u32, Vec<u32>>,
    tall: Vec<u32>,
}

impl Merges {
    /// The first of the ranges of a sheet that contains a cell.
    pub(super) fn over<'a>(&self, merges: &'a [Range], cell: CellRef) -> Option<&'a Range> {
        let first = || merges.iter().find(|merge| merge.contains(cell));
        if merges.len() <= FEW {
            return first();
        }
        let known = self.0.get_or_init(|| ByRow::of(merges));
        if known.count != merges.len() {
            return first();
        }
        let of_row = known.rows.get(&cell.row).map_or(&[][..], Vec::as_slice);
        let found =
            |list: &[u32]| list.iter().copied().find(|at| merges[*at as usize].contains(cell));
        let at = [found(of_row), found(&known.tall)].into_iter().flatten().min()?;
        merges.get(at as usize)
    }
}

impl ByRow {
    fn of(merges: &[Range]) -> Self {
        let mut known = Self { count: merges.len(), rows: QuickMap::default(), tall: Vec::new() };
        for (at, merge) in (0..).zip(merges) {
            if merge.size().0 > TALL {
                known.tall.push(at);
                continue;
            }
            for row in merge.start.row..=merge.end.row {
                known.rows.entry(row).or_default().push(at);
            }
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_range_over_a_cell_is_found(
            ranges in prop::collection::vec((0_u32..200, 0_u32..6, 0_u32..100, 0_u32..3), 0..60),
            cells in prop::collection::vec((0_u32..320, 0_u32..10), 20),
        ) {
            let range = |(row, column, height, width): (u32, u32, u32, u32)| {
                Range::new(CellRef::new(row, column), CellRef::new(row + height, column + width))
            };
            let ranges: Vec<Range> = ranges.into_iter().map(range).collect();
            let merges = Merges::default();
            for (row, column) in cells {
                let cell = CellRef::new(row, column);
                let slow = ranges.iter().find(|range| range.contains(cell));
                prop_assert_eq!(merges.over(&ranges, cell), slow);
            }
        }
    }
}
