//! One table as rows of figures: what a program needs that wants the numbers as they were read.

use serde::Serialize;

use super::shown;
use crate::model::{CellRef, FieldRole, Packet, Place, Table};

/// A table with its figures.
#[derive(Debug, Serialize)]
pub struct Figures {
    id: u32,
    file: u32,
    sheet: String,
    range: String,
    title: Option<String>,
    unit: Option<String>,
    columns: Vec<Measure>,
    rows: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Measure {
    column: String,
    label: String,
    unit: Option<String>,
}

#[derive(Debug, Serialize)]
struct Entry {
    row: u32,
    label: String,
    code: Option<String>,
    /// In the order of `columns`; `value` is exact and in the unit written, `None` where the cell holds no number.
    cells: Vec<Figure>,
}

#[derive(Debug, Serialize)]
struct Figure {
    cell: String,
    /// As the sheet shows it.
    shown: String,
    /// The exact number, a percentage as its fraction.
    value: Option<String>,
}

/// The figures of the table with that number; `None` where there is none.
pub fn figures(packet: &Packet, id: u32) -> Option<Figures> {
    let table = packet.tables.iter().find(|table| table.id == id)?;
    let place = Place { file: table.file, sheet: table.sheet, cell: CellRef::default() };
    let fields: Vec<_> = table
        .fields
        .iter()
        .filter(|field| {
            matches!(field.role, FieldRole::Amount | FieldRole::Percent | FieldRole::Quantity)
        })
        .collect();
    Some(Figures {
        id,
        file: table.file,
        sheet: packet.sheet_name(place)?.to_owned(),
        range: table.range.to_string(),
        title: table.title.clone(),
        unit: table.unit.as_ref().map(ToString::to_string),
        columns: fields
            .iter()
            .map(|field| Measure {
                column: CellRef::column_letters(field.column),
                label: field.path.join(" / "),
                unit: field.unit.as_ref().map(ToString::to_string),
            })
            .collect(),
        rows: table
            .lines
            .iter()
            .map(|line| Entry {
                row: line.row + 1,
                label: line.label.clone(),
                code: line.code.clone(),
                cells: fields
                    .iter()
                    .map(|field| {
                        figure(packet, table, CellRef { row: line.row, column: field.column })
                    })
                    .collect(),
            })
            .collect(),
    })
}

fn figure(packet: &Packet, table: &Table, cell: CellRef) -> Figure {
    let place = Place { file: table.file, sheet: table.sheet, cell };
    let sheet = packet.workbook(place.file).zip(packet.sheet(place.file, place.sheet));
    Figure {
        cell: cell.to_string(),
        shown: sheet.map_or_else(String::new, |(book, sheet)| shown::cell(book, sheet, cell)),
        value: packet
            .figure(place, Some(table.id))
            .number()
            .map(|value| value.normalize().to_string()),
    }
}
