//! The piece of a table around a wrong figure, with the figure underlined.

use super::paint::{Ink, Paint};
use super::wrap::{fit, width};
use crate::model::{
    CellRef, Finding, Outcome, Packet, Place, Severity, Shape, Sheet, Table, Workbook,
};
use crate::write::shown;

/// The widest a column of figures or a label may be.
const FIGURE: usize = 22;
const LABEL: usize = 34;

/// A row of the window.
struct Row {
    /// The sheet's row number as people count, or a word.
    gutter: String,
    label: String,
    figures: Vec<String>,
    /// Index of the figure that is underlined, with what, and what is said behind it.
    marks: Vec<(usize, char, String)>,
}

/// The window as lines, ready to print; empty where there is nothing to show.
pub(super) fn window(
    packet: &Packet,
    finding: &Finding,
    shape: Option<(&Shape, &Outcome)>,
    columns: usize,
    suspect: impl Fn(Place) -> Option<String>,
    paint: Paint,
) -> Vec<String> {
    let Some(place) = finding.place else { return Vec::new() };
    let Some((workbook, sheet)) =
        packet.workbook(place.file).zip(packet.sheet(place.file, place.sheet))
    else {
        return Vec::new();
    };
    let table = packet.table_of(place, shape.and_then(|(_, outcome)| outcome.target.table));
    let view = View { workbook, sheet, table, place };
    let changed: Vec<CellRef> = finding
        .diagnoses
        .first()
        .iter()
        .flat_map(|diagnosis| &diagnosis.changes)
        .map(|change| change.place)
        .filter(|at| (at.file, at.sheet) == (place.file, place.sheet))
        .filter(|at| table.is_none_or(|table| table.range.contains(at.cell)))
        .map(|at| at.cell)
        .collect();
    let mut rows = vec![place.cell.row];
    rows.extend(changed.iter().filter(|cell| cell.column == place.cell.column).map(|c| c.row));
    rows.sort_unstable();
    rows.dedup();
    let shown = view.columns(&rows, shape.map(|(shape, _)| shape), columns);
    let mut lines = view.rows(&rows, &shown);
    for line in &mut lines {
        line.marks = shown
            .iter()
            .enumerate()
            .filter_map(|(at, column)| {
                let row = line.gutter.parse::<u32>().ok()?.checked_sub(1)?;
                let cell = CellRef::new(row, *column);
                if cell == place.cell {
                    return Some((at, '^', String::new()));
                }
                let note = suspect(Place { cell, ..place })?;
                changed.contains(&cell).then_some((at, '~', note))
            })
            .collect();
    }
    draw(&lines, columns, ink(finding.severity), paint)
}

pub(super) fn ink(severity: Severity) -> Ink {
    match severity {
        Severity::Error => Ink::Error,
        Severity::Warning => Ink::Warning,
        Severity::Info => Ink::Info,
    }
}

struct View<'a> {
    workbook: &'a Workbook,
    sheet: &'a Sheet,
    table: Option<&'a Table>,
    place: Place,
}

impl View<'_> {
    fn text(&self, row: u32, column: u32) -> String {
        shown::cell(self.workbook, self.sheet, CellRef::new(row, column))
    }

    fn header(&self, column: u32) -> String {
        match self.table {
            Some(table) => table.field_at(column).map_or(String::new(), |f| f.label.clone()),
            None => CellRef::column_letters(column),
        }
    }

    fn label(&self, row: u32) -> String {
        self.table
            .and_then(|table| table.line_at(row))
            .map_or(String::new(), |line| line.label.clone())
    }

    fn width(&self, rows: &[u32], column: u32) -> usize {
        let cells = rows.iter().map(|row| width(&self.text(*row, column)));
        cells.chain([width(&self.header(column))]).max().unwrap_or(0).clamp(2, FIGURE)
    }

    /// The columns that fit, the target's first, then the terms', then its neighbours; left to right.
    fn columns(&self, rows: &[u32], shape: Option<&Shape>, room: usize) -> Vec<u32> {
        let target = self.place.cell.column;
        let mut wanted = vec![target];
        if let Some(Shape::Fields { terms, .. }) = shape {
            wanted.extend(terms.iter().map(|(column, _)| *column));
        }
        let mut neighbours: Vec<u32> = match self.table {
            Some(table) => table.figure_fields().map(|field| field.column).collect(),
            None => self
                .sheet
                .row(self.place.cell.row)
                .map(|(column, ..)| column)
                .filter(|column| column.abs_diff(target) <= 8)
                .collect(),
        };
        neighbours.sort_by_key(|column| (column.abs_diff(target), *column));
        wanted.extend(neighbours);
        let label = rows.iter().map(|row| width(&self.label(*row))).max().unwrap_or(0).min(LABEL);
        let mut left = room.saturating_sub(8 + label);
        let mut kept: Vec<u32> = Vec::new();
        for column in wanted {
            let need = self.width(rows, column) + 2;
            if !kept.contains(&column) && (kept.is_empty() || need <= left) {
                left = left.saturating_sub(need);
                kept.push(column);
            }
        }
        kept.sort_unstable();
        kept
    }

    fn rows(&self, rows: &[u32], columns: &[u32]) -> Vec<Row> {
        let mut lines = Vec::new();
        let row = |gutter: String, label: String, figures: Vec<String>| Row {
            gutter,
            label,
            figures,
            marks: Vec::new(),
        };
        let header = columns.iter().map(|column| self.header(*column)).collect();
        let (gutter, label) = match self.table {
            Some(table) => (
                table.header.map_or(String::new(), |(_, last)| (last + 1).to_string()),
                table
                    .fields
                    .iter()
                    .find(|field| field.role == crate::model::FieldRole::Label)
                    .map_or(String::new(), |field| field.label.clone()),
            ),
            None => (String::new(), String::new()),
        };
        lines.push(row(gutter, label, header));
        let mut last: Option<u32> = None;
        for at in rows {
            if last.is_some_and(|last| last + 1 < *at) {
                lines.push(row("…".to_owned(), String::new(), vec![String::new(); columns.len()]));
            }
            last = Some(*at);
            let figures = columns.iter().map(|column| self.text(*at, *column)).collect();
            lines.push(row((at + 1).to_string(), self.label(*at), figures));
        }
        lines
    }
}

fn draw(rows: &[Row], room: usize, ink: Ink, paint: Paint) -> Vec<String> {
    let count = rows.first().map_or(0, |row| row.figures.len());
    let gutter = rows.iter().map(|row| width(&row.gutter)).max().unwrap_or(0).max(4);
    let label = rows.iter().map(|row| width(&row.label)).max().unwrap_or(0).min(LABEL);
    let widths: Vec<usize> = (0..count)
        .map(|at| {
            rows.iter().map(|row| width(&row.figures[at])).max().unwrap_or(0).clamp(2, FIGURE)
        })
        .collect();
    let edge = |number: &str| paint.dim(&format!("{} │", fit(number, gutter, true)));
    let mut lines = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let mut line = format!(" {}", fit(&row.label, label, false));
        for (figure, columns) in row.figures.iter().zip(&widths) {
            line.push_str("  ");
            line.push_str(&fit(figure, *columns, true));
        }
        let line = line.trim_end();
        let line = if at == 0 { paint.bold(line) } else { line.to_owned() };
        lines.push(format!("{}{line}", edge(&row.gutter)));
        if let Some(under) = underline(row, label, &widths, room - gutter - 3, ink, paint) {
            lines.push(format!("{} {under}", edge("")));
        }
    }
    lines
}

/// The line of `^^^^` below a row.
fn underline(
    row: &Row,
    label: usize,
    widths: &[usize],
    room: usize,
    ink: Ink,
    paint: Paint,
) -> Option<String> {
    row.marks.first()?;
    let mut line = " ".repeat(label);
    let mut notes: Vec<&str> = Vec::new();
    let used = label + widths.iter().map(|columns| columns + 2).sum::<usize>();
    for (at, columns) in widths.iter().enumerate() {
        line.push_str("  ");
        let Some((_, sign, note)) = row.marks.iter().find(|(column, ..)| *column == at) else {
            line.push_str(&" ".repeat(*columns));
            continue;
        };
        let own = width(&row.figures[at]).clamp(1, *columns);
        line.push_str(&" ".repeat(columns - own));
        let tint = if *sign == '^' { ink } else { Ink::Info };
        line.push_str(&paint.ink(tint, &sign.to_string().repeat(own)));
        if !note.is_empty() && !notes.contains(&note.as_str()) {
            notes.push(note);
        }
    }
    let mut line = line.trim_end().to_owned();
    let notes = notes.join(" / ");
    if !notes.is_empty() && used + 1 + width(&notes) <= room {
        line.push(' ');
        line.push_str(&paint.ink(Ink::Info, &notes));
    }
    Some(line)
}
