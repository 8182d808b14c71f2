//! Tables → workbooks, with the merges, borders and formats of a clerk's hand.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet,
    XlsxError,
};

use crate::tables::{Cell, ENTITY, ENTITY_LINE, Look, Row, SIGNATURES, Table, UNIT_LINE};

/// One sheet for each sheet name, tables of the same one below each other.
pub(crate) fn one_sheet_each(tables: &[Table]) -> Result<Workbook, XlsxError> {
    let mut workbook = new_workbook()?;
    let mut open: Option<(&str, Worksheet, u32)> = None;
    for table in tables {
        let (name, mut sheet, row) = match open.take() {
            Some((name, sheet, row)) if name == table.sheet => (name, sheet, row + 1),
            other => {
                if let Some((_, sheet, _)) = other {
                    workbook.push_worksheet(sheet);
                }
                (table.sheet, new_sheet(table.sheet)?, 0)
            }
        };
        for (column, width) in (0..).zip(&table.widths) {
            sheet.set_column_width(column, *width)?;
        }
        let end = draw(&mut sheet, row, table, &table.widths)?;
        open = Some((name, sheet, end));
    }
    if let Some((_, sheet, _)) = open {
        workbook.push_worksheet(sheet);
    }
    Ok(workbook)
}

/// All tables on one sheet, two empty rows between them.
pub(crate) fn stacked(name: &str, tables: &[Table]) -> Result<Workbook, XlsxError> {
    let mut workbook = new_workbook()?;
    let mut sheet = new_sheet(name)?;
    let widths = [48, 40, 40, 20, 12];
    for (column, width) in (0..).zip(&widths) {
        sheet.set_column_width(column, *width)?;
    }
    let mut row = 0;
    for table in tables {
        row = draw(&mut sheet, row, table, &widths)? + 2;
    }
    workbook.push_worksheet(sheet);
    Ok(workbook)
}

fn new_workbook() -> Result<Workbook, XlsxError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2023, 1, 10)?;
    workbook
        .set_properties(&DocProperties::new().set_author(ENTITY).set_creation_datetime(&created));
    Ok(workbook)
}

fn new_sheet(name: &str) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(name)?.set_paper_size(9).set_print_fit_to_pages(1, 0);
    Ok(sheet)
}

/// Draws a table from `top`; returns the row behind it.
fn draw(sheet: &mut Worksheet, top: u32, table: &Table, widths: &[u16]) -> Result<u32, XlsxError> {
    let last = table.widths.len() as u16 - 1;
    let mut row = top;
    if !table.title.is_empty() {
        let title = Format::new()
            .set_font_name("黑体")
            .set_font_size(16)
            .set_align(FormatAlign::Center)
            .set_align(FormatAlign::VerticalCenter);
        sheet.merge_range(row, 0, row, last, table.title, &title)?.set_row_height(row, 30)?;
        row += 1;
    }
    row = unit_line(sheet, row, last, table)?;
    row = header(sheet, row, table)?;
    for (at, (kind, cells)) in (row..).zip(&table.rows) {
        sheet.set_row_height(at, height(cells, widths))?;
        for (column, cell) in (0..).zip(cells) {
            let look = look(*kind);
            // Targets are words and figures alike: they stand in the middle.
            let target = !table.money && column >= 2;
            let look = if target { look.set_align(FormatAlign::Center) } else { look };
            write(sheet, at, column, *cell, look, last)?;
        }
        // A total's word stands across the columns before its figures.
        if let (Row::Total, [Cell::Text(word), Cell::Blank, ..]) = (kind, cells.as_slice()) {
            sheet.merge_range(at, 0, at, 1, word, &look(*kind).set_align(FormatAlign::Center))?;
        }
    }
    for (first, end) in &table.merges {
        if let Cell::Text(word) = table.rows[*first as usize].1[0] {
            let format = look(Row::Item).set_align(FormatAlign::Center);
            sheet.merge_range(row + first, 0, row + end, 0, word, &format)?;
        }
    }
    row += table.rows.len() as u32;
    if table.signed {
        sheet.write_string_with_format(row, 0, SIGNATURES, &plain())?;
        row += 1;
    }
    Ok(row)
}

/// High enough for the longest wrapped text.
fn height(cells: &[Cell], widths: &[u16]) -> u32 {
    let lines = cells.iter().zip(widths).map(|(cell, width)| match cell {
        // A Chinese character is two of the units in which widths are counted.
        Cell::Text(text) => (text.chars().count() * 2).div_ceil(usize::from(*width) - 1),
        _ => 1,
    });
    lines.max().unwrap_or(1).max(1) as u32 * 15 + 4
}

fn unit_line(sheet: &mut Worksheet, row: u32, last: u16, table: &Table) -> Result<u32, XlsxError> {
    if !table.title.is_empty() {
        sheet.write_string_with_format(row, 0, ENTITY_LINE, &plain())?;
    }
    if table.money {
        let right = plain().set_align(FormatAlign::Right);
        sheet.write_string_with_format(row, last, UNIT_LINE, &right)?;
    }
    Ok(row + 1)
}

fn header(sheet: &mut Worksheet, top: u32, table: &Table) -> Result<u32, XlsxError> {
    let format = look(Row::Total)
        .set_align(FormatAlign::Center)
        .set_text_wrap()
        .set_background_color(0x00F2_F2F2);
    let mut depth = 0;
    for (word, row, column, end, last) in &table.header {
        let (first_row, last_row) = (top + u32::from(*row), top + u32::from(*end));
        if (row, column) == (end, last) {
            sheet.write_string_with_format(first_row, *column, *word, &format)?;
        } else {
            sheet.merge_range(first_row, *column, last_row, *last, word, &format)?;
        }
        depth = depth.max(u32::from(*end) + 1);
    }
    Ok(top + depth)
}

fn write(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: Cell,
    format: Format,
    last: u16,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Blank => sheet.write_blank(row, column, &format)?,
        Cell::Text(word) => {
            let middle = word == "——" || (word == "合计" && column == 0);
            let mut format = if middle { format.set_align(FormatAlign::Center) } else { format };
            if column == last || word.chars().count() > 22 {
                format = format.set_text_wrap();
            }
            sheet.write_string_with_format(row, column, word, &format)?
        }
        Cell::Number(number, look) => {
            // A serial number stands in the middle.
            let serial = column == 0;
            let format =
                if serial { format.set_align(FormatAlign::Center) } else { numeric(format, look) };
            sheet.write_number_with_format(row, column, value(number), &format)?
        }
        Cell::Sum(count, result, look) => {
            let letter = char::from(b'A' + column as u8);
            let formula = format!("=SUM({letter}{}:{letter}{row})", row + 1 - count);
            let formula = Formula::new(formula).set_result(result);
            sheet.write_formula_with_format(row, column, formula, &numeric(format, look))?
        }
    };
    Ok(())
}

/// The binary number that Excel would store for a typed one.
fn value(number: &str) -> f64 {
    number.parse().expect("a number in the tables")
}

fn numeric(format: Format, look: Look) -> Format {
    match look {
        Look::General => format,
        Look::Money => format.set_num_format("#,##0.00"),
        Look::Percent => format.set_num_format("0%"),
        Look::PercentOne => format.set_num_format("0.0%"),
    }
}

fn plain() -> Format {
    Format::new().set_font_name("宋体").set_font_size(11).set_align(FormatAlign::VerticalCenter)
}

fn look(kind: Row) -> Format {
    let format = plain().set_border(FormatBorder::Thin);
    if kind == Row::Total { format.set_bold() } else { format }
}
