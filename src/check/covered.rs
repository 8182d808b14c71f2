//! Which cells took part in a check, and what the fields of each table hold, counted in one walk over its lines.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::held::{Held, Tally};
use crate::model::{Outcome, Packet, Place, Relation, Shape, Table, Value};

/// The cells that took part in a check: a bit for each cell that exists, since a sheet may have millions, and for families
/// along lines a bit for each line of each column of figures, which are set many at a time.
pub(super) struct Covered<'a> {
    packet: &'a Packet,
    /// Bits of each sheet of each file.
    sheets: Vec<Vec<Vec<AtomicU64>>>,
    /// Bits of the lines of each table, column after column.
    tables: Vec<Vec<AtomicU64>>,
}

fn bits(count: usize) -> Vec<AtomicU64> {
    std::iter::repeat_with(AtomicU64::default).take(count).collect()
}

impl<'a> Covered<'a> {
    pub(super) fn new(packet: &'a Packet) -> Self {
        let sheets = packet
            .files
            .iter()
            .map(|file| {
                let sheets = file.workbook.iter().flat_map(|workbook| &workbook.sheets);
                sheets.map(|sheet| bits(sheet.cell_count().div_ceil(64))).collect()
            })
            .collect();
        let tables = packet
            .tables
            .iter()
            .zip(&packet.arenas)
            .map(|(table, arena)| bits(table.lines.len().div_ceil(64) * arena.width()))
            .collect();
        Self { packet, sheets, tables }
    }

    fn position(&self, place: Place) -> Option<usize> {
        self.packet.sheet(place.file, place.sheet)?.position(place.cell)
    }

    pub(super) fn insert(&self, place: Place) {
        if let Some(at) = self.position(place) {
            self.bits(place.file, place.sheet)[at / 64].fetch_or(1 << (at % 64), Ordering::Relaxed);
        }
    }

    pub(super) fn insert_all(&self, outcome: &Outcome) {
        self.insert(outcome.target.place);
        for term in &outcome.terms {
            self.insert(term.place);
        }
    }

    fn bits(&self, file: u32, sheet: u32) -> &[AtomicU64] {
        &self.sheets[file as usize][sheet as usize]
    }

    /// Takes up the lines whose checks of a family along lines hold; `None` where its cells are to be told one by one.
    pub(super) fn lines<'r>(&self, relation: &'r Relation) -> Option<Lines<'r>> {
        let Shape::Fields { table, target, terms, rows } = &relation.shape else { return None };
        let arena = self.packet.arenas.get(*table as usize)?;
        let all = terms.iter().map(|(column, _)| *column).chain([*target]);
        let columns = all.map(|column| arena.column(column)).collect::<Option<_>>()?;
        Some(Lines { rows, table: *table as usize, columns, first: 0, words: Vec::new() })
    }

    /// Whether the line in which a check of such a family stands is one of its table; it is taken up.
    pub(super) fn take(&self, lines: &mut Lines<'_>, ordinal: usize) -> bool {
        let table = &self.packet.tables[lines.table];
        let row = lines.rows[ordinal];
        let Some(at) = self.packet.arenas[lines.table].line(table, row) else { return false };
        let word = at / 64;
        if lines.words.is_empty() {
            lines.first = word;
        }
        let Some(place) = word.checked_sub(lines.first) else { return false };
        if place >= lines.words.len() {
            lines.words.resize(place + 1, 0);
        }
        lines.words[place] |= 1 << (at % 64);
        true
    }

    /// Says that the cells of the lines taken up took part.
    pub(super) fn insert_lines(&self, lines: &Lines<'_>) {
        let height = self.packet.tables[lines.table].lines.len().div_ceil(64);
        for column in &lines.columns {
            let of_column = &self.tables[lines.table][column * height..][..height];
            for (word, bits) in of_column[lines.first.min(height)..].iter().zip(&lines.words) {
                word.fetch_or(*bits, Ordering::Relaxed);
            }
        }
    }

    /// Counts what some lines of a table hold in each field, and which of their numbers took part.
    pub(super) fn tally(&self, table: &Table, lines: Range<usize>) -> Tally {
        let mut tally = Tally::new(table.fields.len());
        let (Some(workbook), Some(sheet)) =
            (self.packet.workbook(table.file), self.packet.table_sheet(table))
        else {
            return tally;
        };
        let arena = self.packet.arenas.get(table.id as usize);
        let of_lines = self.tables.get(table.id as usize).map_or(&[][..], Vec::as_slice);
        let height = table.lines.len().div_ceil(64);
        let of_cells = self.bits(table.file, table.sheet);
        let is_set = |bits: &[AtomicU64], at: usize| {
            bits[at / 64].load(Ordering::Relaxed) >> (at % 64) & 1 == 1
        };
        let is_date: Vec<bool> =
            workbook.styles.iter().map(|style| style.number_format.date).collect();
        let first = table.fields.first().map_or(0, |field| field.column);
        let mut places: Vec<Option<(usize, Option<usize>)>> = Vec::new();
        for (at, field) in table.fields.iter().enumerate() {
            places.resize(field.column.saturating_sub(first) as usize, None);
            let column = arena.and_then(|arena| arena.column(field.column));
            places.push(Some((at, column)));
        }
        for at in lines {
            let line = &table.lines[at];
            if !line.role.is_data() {
                continue;
            }
            let start = sheet.row_range(line.row).start;
            for (place, (column, value, style)) in (start..).zip(sheet.row(line.row)) {
                let offset = column.wrapping_sub(first) as usize;
                let Some(&Some((field, own))) = places.get(offset) else { continue };
                let held: &mut Held = &mut tally.fields[field];
                match value {
                    Value::Empty => continue,
                    Value::Number(_) => {
                        held.numbers += 1;
                        held.dates +=
                            u64::from(is_date.get(usize::from(style)).copied().unwrap_or_default());
                    }
                    Value::Text(_) => held.texts += 1,
                    Value::Bool(_) => held.truths += 1,
                    Value::Error(_) => held.errors += 1,
                }
                if !table.fields[field].role.is_figure() {
                    continue;
                }
                let is_number = matches!(value, Value::Number(_)) || {
                    let cell = crate::model::CellRef::new(line.row, column);
                    let place = Place { file: table.file, sheet: table.sheet, cell };
                    self.packet.figure(place, Some(table.id)).number().is_some()
                };
                if is_number {
                    tally.coverage.numbers += 1;
                    let by_line =
                        own.is_some_and(|own| is_set(&of_lines[own * height..][..height], at));
                    tally.coverage.checked += u64::from(by_line || is_set(of_cells, place));
                }
            }
        }
        tally
    }
}

/// Lines in which checks of a family hold.
pub(super) struct Lines<'a> {
    rows: &'a [u32],
    table: usize,
    columns: Vec<usize>,
    /// The first of the words.
    first: usize,
    words: Vec<u64>,
}
