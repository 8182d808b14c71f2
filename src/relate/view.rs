//! The figures of one table, taken out of its sheet once, so that many hypotheses can be tried on them.

use crate::model::{CellRef, Figure, Packet, Place, Table};
use crate::number::Decimal;

/// A figure reduced to what a trial needs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cell {
    /// The number; `None` for blanks and dashes.
    pub(super) value: Option<Decimal>,
    /// Half a unit of the last printed digit.
    pub(super) half: Decimal,
    /// An error value, unreadable text or a formula never calculated.
    pub(super) unusable: bool,
}

/// How one trial of a hypothesis went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trial {
    /// Holds exactly or within the printed digits, and says something: at least two parts, or one that is not zero.
    Holds,
    /// Holds by one part that equals the target, the others being zero or missing.
    Single,
    /// Holds because all is zero, or within the slack of any number.
    Trivial,
    /// Does not hold.
    Fails,
    /// Nothing to try: the target, or every part, is missing.
    Untried,
}

/// The figures of a table by line and field.
pub(super) struct View<'a> {
    pub(super) table: &'a Table,
    width: usize,
    cells: Vec<Cell>,
}

impl<'a> View<'a> {
    pub(super) fn new(packet: &Packet, table: &'a Table) -> Self {
        let width = table.fields.len();
        let mut cells = vec![Cell::default(); width * table.lines.len()];
        for (at, line) in table.lines.iter().enumerate() {
            if !line.role.is_data() {
                continue;
            }
            for (field_at, field) in table.fields.iter().enumerate() {
                if field.role.is_figure() {
                    let place = Place {
                        file: table.file,
                        sheet: table.sheet,
                        cell: CellRef::new(line.row, field.column),
                    };
                    cells[at * width + field_at] = cell(packet.figure(place, Some(table.id)));
                }
            }
        }
        Self { table, width, cells }
    }

    pub(super) fn cell(&self, line: usize, field: usize) -> Cell {
        self.cells[line * self.width + field]
    }

    /// Whether the line has a number or the word for none in any figure column.
    pub(super) fn any_number(&self, line: usize) -> bool {
        self.cells[line * self.width..(line + 1) * self.width]
            .iter()
            .any(|cell| cell.value.is_some())
    }

    /// target = Σ coefficient × part, down one column.
    pub(super) fn try_lines(&self, field: usize, target: usize, parts: &[(usize, i32)]) -> Trial {
        trial(
            self.cell(target, field),
            parts.iter().map(|(line, coefficient)| (self.cell(*line, field), *coefficient)),
        )
    }

    /// target = Σ coefficient × part, along one line.
    pub(super) fn try_fields(&self, line: usize, target: usize, parts: &[(usize, i32)]) -> Trial {
        trial(
            self.cell(line, target),
            parts.iter().map(|(field, coefficient)| (self.cell(line, *field), *coefficient)),
        )
    }
}

fn cell(figure: Figure) -> Cell {
    Cell { value: figure.number(), half: figure.half_unit(), unusable: figure.is_unusable() }
}

fn trial(target: Cell, parts: impl Iterator<Item = (Cell, i32)>) -> Trial {
    let Some(stated) = target.value else { return Trial::Untried };
    let mut sum = Decimal::ZERO;
    let mut slack = target.half;
    let (mut present, mut nonzero) = (0, 0);
    for (part, coefficient) in parts {
        if part.unusable {
            return Trial::Untried;
        }
        let Some(value) = part.value else { continue };
        present += 1;
        nonzero += usize::from(!value.is_zero());
        let weight = Decimal::from(coefficient);
        sum += value * weight;
        slack += part.half * weight.abs();
    }
    if present == 0 {
        return Trial::Untried;
    }
    if (stated - sum).abs() > slack {
        return Trial::Fails;
    }
    // A sum of many rounded parts holds by chance when the parts are smaller than the slack.
    match nonzero {
        2.. if stated.abs() > slack => Trial::Holds,
        1 if stated.abs() > slack => Trial::Single,
        _ => Trial::Trivial,
    }
}
