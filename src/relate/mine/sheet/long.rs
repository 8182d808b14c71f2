//! A table that is too long to be mined as a whole: its columns, on sampled rows.

use super::region::{figure, label};
use super::told::{Failing, coefficient, confirmed, relation};
use crate::lexicon::Words;
use crate::model::{CellRef, Figure, Operation, Packet, Place, Relation, Shape, Table};
use crate::relate::mine::axis::{Axis, Direction};
use crate::relate::mine::grid::{Grid, Hint};
use crate::relate::mine::{Limits, families_along};

/// Rows of a long table that families are proposed on.
const SAMPLED_ROWS: usize = 240;

/// The relations between the columns of a long table: proposed on sampled rows, verified in all.
pub(super) fn relate(
    words: &Words,
    limits: &Limits,
    packet: &Packet,
    table: &Table,
    known: &[Relation],
) -> Vec<Relation> {
    let fields: Vec<usize> =
        (0..table.fields.len()).filter(|at| table.fields[*at].role.is_figure()).collect();
    let data: Vec<u32> =
        table.lines.iter().filter(|line| line.role.is_data()).map(|line| line.row).collect();
    if fields.len() < 3 || data.is_empty() {
        return vec![];
    }
    let figure_at = |row: u32, field: usize| {
        let cell = CellRef::new(row, table.fields[field].column);
        figure(packet, Place { file: table.file, sheet: table.sheet, cell }, Some(table.id))
    };
    let step = data.len().div_ceil(SAMPLED_ROWS).max(1);
    let sample: Vec<u32> = data.iter().step_by(step).copied().collect();
    let figures: Vec<Option<Figure>> = sample
        .iter()
        .flat_map(|row| fields.iter().map(move |field| (*row, *field)))
        .map(|(row, field)| figure_at(row, field))
        .collect();
    let hints = fields
        .iter()
        .map(|at| Hint::new(words, label(&table.fields[*at].path, &table.fields[*at].label)))
        .collect();
    let grid = Grid::of(vec![Hint::default(); sample.len()], hints, &figures);
    let axis = Axis::new(&grid, Direction::Fields);
    let mut relations = vec![];
    for family in families_along(&grid, limits, &axis, &[]) {
        let column = |series: u32| table.fields[fields[series as usize]].column;
        let target = column(family.target);
        let terms: Vec<(u32, i32)> = family
            .terms
            .iter()
            .enumerate()
            .map(|(place, term)| (column(*term), coefficient(&family, place)))
            .collect();
        let sure = family.fails.len() * 20 <= family.holds.len() && family.holds.len() >= 20;
        if !sure || is_known(known, table.id, family.operation, target, &terms) {
            continue;
        }
        let shape = Shape::Fields { table: table.id, target, terms, rows: data.clone() };
        relations.extend(confirmed(packet, relation(&family, shape), Failing::None));
    }
    relations
}

fn is_known(
    known: &[Relation],
    id: u32,
    operation: Operation,
    wanted: u32,
    parts: &[(u32, i32)],
) -> bool {
    let all = |target: u32, terms: &[(u32, i32)]| {
        let mut all: Vec<u32> = terms.iter().map(|term| term.0).chain([target]).collect();
        all.sort_unstable();
        all
    };
    known.iter().any(|relation| match &relation.shape {
        Shape::Fields { table, target, terms, .. } => {
            *table == id
                && relation.operation == operation
                && all(*target, terms) == all(wanted, parts)
        }
        _ => false,
    })
}
