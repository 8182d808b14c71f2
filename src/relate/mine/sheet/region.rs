//! The grid of a sheet, or of one of its tables: its figures, what its rows and columns say, and whose cells they are.

use super::Area;
use crate::lexicon::Words;
use crate::model::words::start;
use crate::model::{
    CellRef, FieldRole, Figure, Line, LineRole, Operand, Packet, Place, QuickMap, Sheet, Table,
    Value,
};
use crate::number::Decimal;
use crate::relate::mine::axis::Direction;
use crate::relate::mine::closed::BOLD;
use crate::relate::mine::grid::{Grid, Hint};

/// A grid and where its rows and columns lie on the sheet.
pub(super) struct Region {
    pub(super) file: u32,
    pub(super) sheet: u32,
    pub(super) grid: Grid,
    pub(super) rows: Vec<u32>,
    pub(super) columns: Vec<u32>,
    /// The table of each cell, by position in the grid.
    pub(super) tables: Vec<Option<u32>>,
    /// Whether each cell holds a number, by position in the grid.
    pub(super) is_figure: Vec<bool>,
    /// Columns of words among which a few numbers stand.
    pub(super) of_words: Vec<bool>,
}

impl Region {
    pub(super) fn whole(
        words: &Words,
        packet: &Packet,
        sheet: &Sheet,
        (file, index): (u32, u32),
        tables: &[&Table],
        Area { rows, columns }: Area,
    ) -> Self {
        let width = columns.len();
        let column_at: QuickMap<u32, usize> =
            columns.iter().enumerate().map(|(at, column)| (*column, at)).collect();
        let row_at: QuickMap<u32, usize> =
            rows.iter().enumerate().map(|(at, row)| (*row, at)).collect();
        let mut owner: Vec<Option<u32>> = vec![None; rows.len() * width];
        let mut left_out = vec![false; rows.len() * width];
        let mut row_hints = vec![Hint::default(); rows.len()];
        let mut column_hints = vec![Hint::default(); width];
        for table in tables {
            let counts = counts(sheet, table);
            for field in &table.fields {
                let hint = &mut column_hints[column_at[&field.column]];
                hint.label(words, || label(&field.path, &field.label));
            }
            for line in &table.lines {
                let Some(&at) = row_at.get(&line.row) else { continue };
                let hint = &mut row_hints[at];
                if hint.label(words, || line.label.clone()) {
                    hint.level = line.level;
                    hint.classes = classes(line);
                }
                for field in &table.fields {
                    let cell = at * width + column_at[&field.column];
                    owner[cell] = Some(table.id);
                    left_out[cell] = !takes_part(field.role) && !counts.contains(&field.column)
                        || !may_hold_figures(line.role);
                }
            }
            if let Some((first, last)) = table.header {
                for at in (first..=last).filter_map(|row| row_at.get(&row)) {
                    for field in &table.fields {
                        left_out[at * width + column_at[&field.column]] = true;
                    }
                }
            }
        }
        let mut figures = vec![None; rows.len() * width];
        let mut texts = vec![0_usize; width];
        for (at, &row) in rows.iter().enumerate() {
            for (column, value, _) in sheet.row(row) {
                let Some(column_at) = column_at.get(&column) else { continue };
                let cell = at * width + column_at;
                if !left_out[cell] && !is_code(sheet, value) {
                    let place = Place { file, sheet: index, cell: CellRef::new(row, column) };
                    figures[cell] = figure(packet, place, owner[cell]);
                    let word = owner[cell].is_some() && matches!(value, Value::Text(_));
                    texts[*column_at] += usize::from(word && figures[cell].is_none());
                }
            }
            row_hints[at].label(words, || texts_before(sheet, row));
        }
        for (hint, figures) in row_hints.iter_mut().zip(figures.chunks(width.max(1))) {
            hint.excluded |= are_years(figures) || are_numbers_of_columns(figures);
        }
        let is_figure: Vec<bool> = figures.iter().map(Option::is_some).collect();
        let numbers = |column: usize| {
            is_figure.iter().skip(column).step_by(width.max(1)).filter(|figure| **figure).count()
        };
        let of_words = (0..width).map(|at| texts[at] > 4 * numbers(at)).collect();
        let grid = Grid::of(row_hints, column_hints, &figures);
        Self { file, sheet: index, grid, rows, columns, tables: owner, is_figure, of_words }
    }

    /// Whether a cell of the sheet holds a number that takes part.
    pub(super) fn is_figure_at(&self, cell: CellRef) -> bool {
        let row = self.rows.binary_search(&cell.row);
        let column = self.columns.binary_search(&cell.column);
        row.ok()
            .zip(column.ok())
            .is_some_and(|(row, column)| self.is_figure[row * self.columns.len() + column])
    }

    /// The columns or rows of the sheet that the series of a direction are.
    pub(super) fn axis(&self, direction: Direction) -> &[u32] {
        match direction {
            Direction::Fields => &self.columns,
            Direction::Lines => &self.rows,
        }
    }

    /// The cell at a row and column of the grid.
    pub(super) fn operand(&self, (row, column): (u32, u32), coefficient: i32) -> Operand {
        let (row, column) = (row as usize, column as usize);
        let cell = CellRef::new(self.rows[row], self.columns[column]);
        Operand {
            place: Place { file: self.file, sheet: self.sheet, cell },
            table: self.tables[row * self.columns.len() + column],
            coefficient,
        }
    }

    /// Whether a row or column is a line of the table: notes, blank rows and columns of words between the parts of a sum are
    /// no parts, nor are rows that state something only in columns in which the target does not.
    pub(super) fn says_anything(&self, direction: Direction, target: u32, series: u32) -> bool {
        let width = self.columns.len();
        match direction {
            Direction::Fields => !self.of_words[series as usize],
            Direction::Lines => {
                let (row, own) = (series as usize * width, target as usize * width);
                (0..width).any(|at| self.is_figure[row + at] && self.is_figure[own + at])
            }
        }
    }
}

pub(super) fn label(path: &[String], label: &str) -> String {
    if path.is_empty() { label.to_owned() } else { path.join(" / ") }
}

fn takes_part(role: FieldRole) -> bool {
    !matches!(role, FieldRole::Serial | FieldRole::Code | FieldRole::Date | FieldRole::Note)
}

/// Columns called by a word for serial numbers (No.) whose numbers do not run on from line to line: they count things.
fn counts(sheet: &Sheet, table: &Table) -> Vec<u32> {
    let runs_on = |column: u32| {
        let numbers: Vec<Decimal> = table
            .lines
            .iter()
            .filter(|line| line.role.is_data())
            .filter_map(|line| match sheet.value(CellRef::new(line.row, column)) {
                Value::Number(number) => Some(number),
                _ => None,
            })
            .collect();
        let steps = numbers.windows(2).filter(|pair| pair[1] - pair[0] == Decimal::ONE).count();
        numbers.len() < 3 || steps * 2 >= numbers.len() - 1
    };
    let serial = table.fields.iter().filter(|field| field.role == FieldRole::Serial);
    serial.map(|field| field.column).filter(|column| !runs_on(*column)).collect()
}

/// What a line shares with others that a total may add up over what lies between: bold type, depth, numbering, its role, and
/// that nothing is written in front of its figures.
fn classes(line: &Line) -> Vec<u32> {
    let mut classes = vec![16 + u32::from(line.level)];
    if line.bold {
        classes.push(BOLD);
    }
    match line.role {
        LineRole::Total => classes.push(2),
        LineRole::Subtotal => classes.push(3),
        _ => {}
    }
    if line.label.is_empty() {
        classes.push(4);
    }
    if line.indent != u32::from(line.level) {
        classes.push((1 << 17) + line.indent);
    }
    if let Some(numbering) = line.numbering {
        classes.push((1 << 18) + numbering as u32);
    }
    classes
}

fn may_hold_figures(role: LineRole) -> bool {
    !matches!(role, LineRole::Header | LineRole::Note)
}

pub(super) fn figure(packet: &Packet, place: Place, table: Option<u32>) -> Option<Figure> {
    let figure = packet.figure(place, table);
    figure.number().is_some().then_some(figure)
}

/// Figures of a row that make it one of years.
const YEARS: usize = 3;

/// Whether the figures of a row are years, one after the other.
fn are_years(figures: &[Option<Figure>]) -> bool {
    let numbers = || figures.iter().flatten().filter_map(Figure::number);
    let is_year = |number: Decimal| {
        number.is_integer() && (Decimal::from(1900)..=Decimal::from(2100)).contains(&number)
    };
    numbers().count() >= YEARS && numbers().all(is_year) && numbers().is_sorted_by(|a, b| a < b)
}

/// Figures of a row that count on one by one and make it one of numbers of columns.
const COUNTED: usize = 6;

/// Whether the figures of a row count its columns: 1, 2, 3 …
fn are_numbers_of_columns(figures: &[Option<Figure>]) -> bool {
    let numbers: Vec<Decimal> = figures.iter().flatten().filter_map(Figure::number).collect();
    numbers.len() >= COUNTED
        && numbers[0] >= Decimal::ZERO
        && numbers.iter().all(Decimal::is_integer)
        && numbers.windows(2).all(|pair| pair[1] - pair[0] == Decimal::ONE)
}

/// Whether a text begins with a zero that no number has: 0033, $000.
fn is_code(sheet: &Sheet, value: Value) -> bool {
    let Value::Text(id) = value else { return false };
    let text = sheet.texts.get(id).trim().trim_start_matches(['$', '¥', '￥']);
    text.strip_prefix('0').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The texts of a row in front of its first number.
fn texts_before(sheet: &Sheet, row: u32) -> String {
    let mut texts: Vec<&str> = vec![];
    for (_, value, _) in sheet.row(row) {
        match value {
            Value::Text(id) => texts.push(start(sheet.texts.get(id).trim())),
            Value::Empty => {}
            _ => break,
        }
        if texts.len() > 3 {
            break;
        }
    }
    texts.join(" ")
}
