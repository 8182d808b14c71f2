//! A first reader over calamine.

use std::io::Cursor;
use std::sync::Arc;

use calamine::{Data, Reader, open_workbook_auto_from_rs};

use super::Limits;
use crate::model::{
    CellRef, CellStyle, Format, Formula, Range, ReadError, ReadErrorCode, SheetBuilder, Text,
    Texts, Value, Workbook,
};
use crate::number;

pub(super) fn read(name: &str, bytes: &[u8], _limits: &Limits) -> Result<Workbook, ReadError> {
    let mut workbook = Workbook {
        format: Format::Xlsx,
        sheets: vec![],
        refused_sheets: vec![],
        styles: Arc::new(vec![CellStyle::default()]),
        names: vec![],
        date_1904: false,
        precision_as_displayed: false,
        external_links: vec![],
        remarks: vec![],
    };
    if !bytes.starts_with(b"PK") && !bytes.starts_with(&[0xD0, 0xCF]) {
        workbook.format = Format::Csv;
        let stem = name.rsplit('/').next().unwrap_or(name).split('.').next().unwrap_or(name);
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
            Err(_) => encoding_rs::GB18030.decode(bytes).0.into_owned(),
        };
        let mut builder = SheetBuilder::new(stem, Texts::default());
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        for record in reader.records().flatten() {
            let row = record.position().map_or(0, |p| p.line() - 1) as u32;
            for (column, field) in record.iter().enumerate() {
                if !field.is_empty() {
                    builder.push_text(CellRef::new(row, column as u32), field, 0);
                }
            }
        }
        workbook.sheets.push(builder.finish());
        return Ok(workbook);
    }
    let damaged = |e: &dyn std::fmt::Display| {
        ReadError::new(
            ReadErrorCode::Damaged,
            Text::new(format!("{e}"), format!("{e}")),
            Text::new("", ""),
        )
    };
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
    for sheet_name in book.sheet_names() {
        let Ok(range) = book.worksheet_range(&sheet_name) else { continue };
        let mut builder = SheetBuilder::new(&sheet_name, Texts::default());
        let (top, left) = range.start().unwrap_or((0, 0));
        for (row, column, data) in range.cells() {
            let cell = CellRef::new(top + row as u32, left + column as u32);
            match data {
                Data::Int(i) => builder.push(cell, Value::Number((*i).into()), 0),
                Data::Float(f) => {
                    if let Some(d) = number::exact(*f) {
                        builder.push(cell, Value::Number(d), 0);
                    }
                }
                Data::String(s) => builder.push_text(cell, s.as_str(), 0),
                Data::Bool(b) => builder.push(cell, Value::Bool(*b), 0),
                _ => {}
            }
        }
        if let Ok(formulas) = book.worksheet_formula(&sheet_name) {
            let (top, left) = formulas.start().unwrap_or((0, 0));
            for (row, column, text) in formulas.used_cells() {
                builder.sheet.formulas.push((
                    CellRef::new(top + row as u32, left + column as u32),
                    Formula { text: text.as_str().into(), cached: true, array: false },
                ));
            }
        }
        if let calamine::Sheets::Xlsx(xlsx) = &mut book {
            for m in
                xlsx.worksheet_merge_cells(&sheet_name).and_then(Result::ok).unwrap_or_default()
            {
                builder.sheet.merges.push(Range::new(
                    CellRef::new(m.start.0, m.start.1),
                    CellRef::new(m.end.0, m.end.1),
                ));
            }
        }
        workbook.sheets.push(builder.finish());
    }
    Ok(workbook)
}
