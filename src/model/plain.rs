//! Figures of workbooks in which a value is stored beside each formula, told from value and style alone: nearly all cells hold a
//! number whose format says how many decimals it prints, and need not be looked up one by one.

use super::cell::{NumberFormat, Value};
use super::figure::{Figure, State};
use super::formula::FormulaBook;
use super::packet::{Packet, is_exact, is_of_fives, kept};
use super::table::{Field, FieldRole, Line, Table};
use crate::number::Unit;

/// What tells the figures of one table.
pub(crate) struct Plain<'a> {
    table: &'a Table,
    first_column: u32,
    /// What is known of each of the sheet's columns from the first on.
    columns: Vec<Option<Column<'a>>>,
    /// How numbers print in each style.
    styles: Vec<&'a NumberFormat>,
}

struct Column<'a> {
    field: &'a Field,
    /// Its unit is 元, or another; `None` where lines may say so.
    in_yuan: Option<bool>,
}

impl<'a> Plain<'a> {
    /// `None` where formulas stand on the sheet, unless each of the workbook has a value.
    pub(crate) fn new(packet: &'a Packet, table: &'a Table) -> Option<Self> {
        // Whether a figure prints what it holds is asked of each.
        if table.unrounded {
            return None;
        }
        let workbook = packet.workbook(table.file)?;
        let (book, sheet) =
            (packet.formulas.get(table.file as usize), workbook.sheets.get(table.sheet as usize)?);
        // Under a merged range a formula without a value may stand beside one with it.
        let calculated = book.is_some_and(FormulaBook::is_calculated) && !sheet.covers();
        if !calculated && !sheet.formulas.is_empty() {
            return None;
        }
        let first_column = table.fields.first()?.column;
        let mut columns = Vec::new();
        for field in &table.fields {
            columns.resize_with(field.column.checked_sub(first_column)? as usize, || None);
            let in_yuan = match (&field.unit, field.role) {
                (_, FieldRole::Percent) => Some(false),
                (Some(unit), _) => Some(*unit == Unit::Yuan),
                _ => None,
            };
            columns.push(Some(Column { field, in_yuan }));
        }
        let styles = workbook.styles.iter().map(|style| &style.number_format).collect();
        Some(Self { table, first_column, columns, styles })
    }

    /// The figure of a cell of a line that exists; `None` where it must be looked up.
    #[inline]
    pub(crate) fn figure(
        &self,
        line: &Line,
        column: u32,
        value: Value,
        style: u16,
    ) -> Option<Figure> {
        let Value::Number(value) = value else { return None };
        let format = self.styles.get(usize::from(style))?;
        let at = column.checked_sub(self.first_column)? as usize;
        let Column { field, in_yuan } = self.columns.get(at)?.as_ref()?;
        if format.date || field.hundredths && !format.percent {
            return None;
        }
        let scale = value.scale();
        let decimals = match format.decimals {
            Some(decimals) => {
                decimals as i32 + if format.percent { 2 } else { 0 } - format.scale as i32
            }
            None => kept(field, scale) as i32,
        };
        let fives = is_of_fives(self.table, Some(field), value);
        let in_yuan = || in_yuan.unwrap_or_else(|| self.in_yuan(line, field));
        let exact = !fives && is_exact(Some(field), scale, decimals, in_yuan, || Some(line));
        Some(Figure { state: State::Number(value), decimals, from_text: false, exact, fives })
    }

    /// Whether a column without a unit of its own is in 元 in a line.
    fn in_yuan(&self, line: &Line, field: &Field) -> bool {
        let of_table = || self.table.unit.as_ref().filter(|_| field.role != FieldRole::Quantity);
        line.unit.as_ref().or_else(of_table) == Some(&Unit::Yuan)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::model::{
        CellRef, CellStyle, Format, HeaderWords, InputFile, LineRole, Place, Range, SheetBuilder,
        Status, Texts, Workbook,
    };
    use crate::number::Decimal;

    fn style() -> impl Strategy<Value = CellStyle> {
        let decimals = prop_oneof![Just(None), (0_u32..4).prop_map(Some)];
        (decimals, any::<bool>(), 0_u32..5, 0..6).prop_map(|(decimals, percent, scale, date)| {
            let number_format = NumberFormat {
                decimals,
                percent,
                scale: if scale == 4 { 4 } else { 0 },
                date: date == 0,
                ..NumberFormat::default()
            };
            CellStyle { number_format, ..CellStyle::default() }
        })
    }

    fn field() -> impl Strategy<Value = Field> {
        let roles = prop_oneof![
            Just(FieldRole::Amount),
            Just(FieldRole::Percent),
            Just(FieldRole::Quantity)
        ];
        (roles, 0_u32..4, any::<[bool; 3]>(), unit()).prop_map(
            |(role, decimals, [hundredths, counted, stated], unit)| Field {
                role,
                decimals,
                hundredths,
                unit: unit.filter(|_| stated),
                says: HeaderWords { counted, ..HeaderWords::default() },
                ..Field::default()
            },
        )
    }

    fn unit() -> impl Strategy<Value = Option<Unit>> {
        prop_oneof![Just(None), Just(Some(Unit::Yuan)), Just(Some(Unit::TenThousandYuan))]
    }

    proptest! {
        /// The figures of a table that are taken out many at a time are those that are looked up.
        #[test]
        fn figures_of_rows_are_those_of_cells(
            styles in prop::collection::vec(style(), 1..4),
            mut fields in prop::collection::vec(field(), 1..5),
            units in prop::collection::vec(unit(), 1..9),
            of_table in unit(),
            fives in any::<bool>(),
            unrounded in any::<bool>(),
            cells in prop::collection::vec((0_u32..9, 0_u32..5, -2000_i64..2000, 0_u32..9, 0_u16..5), 0..40),
        ) {
            let mut builder = SheetBuilder::new("表", Texts::default());
            let mut cells = cells;
            cells.sort_by_key(|(row, column, ..)| (*row, *column));
            cells.dedup_by_key(|(row, column, ..)| (*row, *column));
            for (row, column, digits, decimals, style) in cells {
                let cell = CellRef::new(row, column);
                match decimals {
                    8 if digits % 2 == 0 => builder.push(cell, Value::Empty, style),
                    8 => builder.push_text(cell, if digits > 0 { "12.5" } else { "——" }, style),
                    _ => builder.push(cell, Value::Number(Decimal::new(digits, decimals)), style),
                }
            }
            let workbook = Workbook {
                sheets: vec![builder.finish()],
                styles: Arc::new(styles),
                ..Workbook::empty(Format::Xlsx)
            };
            let file = InputFile {
                path: "a.xlsx".to_owned(),
                format: Format::Xlsx,
                sha256: String::new(),
                status: Status::Read,
                error: None,
                workbook: Some(workbook),
                same_as: None,
            };
            for (column, field) in (0..).zip(&mut fields) {
                field.column = column;
            }
            let lines = (0..).zip(units).map(|(row, unit)| {
                Line { row, role: LineRole::Item, unit, ..Line::default() }
            });
            let table = Table {
                range: Range::new(CellRef::new(0, 0), CellRef::new(8, 4)),
                unit: of_table,
                fields,
                lines: lines.collect(),
                fives,
                unrounded,
                ..Table::default()
            };
            let mut packet = Packet { files: vec![file], tables: vec![table], ..Packet::default() };
            packet.settle();
            let table = &packet.tables[0];
            for line in &table.lines {
                for field in &table.fields {
                    let cell = CellRef::new(line.row, field.column);
                    let place = Place { file: 0, sheet: 0, cell };
                    prop_assert_eq!(packet.figure(place, Some(0)), packet.look_up_in(table, cell));
                }
            }
        }
    }
}
