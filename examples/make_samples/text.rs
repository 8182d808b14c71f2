//! Tables → one .csv in GBK, numbers as Excel shows them.

use std::error::Error;

use crate::tables::{Cell, ENTITY_LINE, Look, SIGNATURES, Table, UNIT_LINE};

/// All tables one below the other, two empty records between them.
pub(crate) fn gbk(tables: &[Table]) -> Result<Vec<u8>, Box<dyn Error>> {
    let width = tables.iter().map(|table| table.widths.len()).max().unwrap_or(1);
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![]);
    let mut put = |cells: Vec<String>| {
        let mut cells = cells;
        cells.resize(width, String::new());
        writer.write_record(&cells)
    };
    for (at, table) in tables.iter().enumerate() {
        if at > 0 {
            put(vec![])?;
            put(vec![])?;
        }
        let mut unit_line = vec![String::new(); table.widths.len()];
        if !table.title.is_empty() {
            put(vec![table.title.to_owned()])?;
            ENTITY_LINE.clone_into(&mut unit_line[0]);
        }
        if table.money {
            UNIT_LINE.clone_into(&mut unit_line[table.widths.len() - 1]);
        }
        put(unit_line)?;
        let depth = table.header.iter().map(|(_, _, _, end, _)| end + 1).max().unwrap_or(0);
        for row in 0..depth {
            let mut cells = vec![String::new(); table.widths.len()];
            for (word, at, column, _, _) in &table.header {
                if *at == row {
                    (*word).clone_into(&mut cells[usize::from(*column)]);
                }
            }
            put(cells)?;
        }
        for (_, cells) in &table.rows {
            put(cells.iter().map(|cell| shown(*cell)).collect())?;
        }
        if table.signed {
            put(vec![SIGNATURES.to_owned()])?;
        }
    }
    let text = String::from_utf8(writer.into_inner()?)?;
    let (bytes, _, unmappable) = encoding_rs::GBK.encode(&text);
    assert!(!unmappable, "a character that GBK lacks");
    Ok(bytes.into_owned())
}

fn shown(cell: Cell) -> String {
    match cell {
        Cell::Blank => String::new(),
        Cell::Text(word) => word.to_owned(),
        Cell::Number(number, look) | Cell::Sum(_, number, look) => match look {
            Look::General => number.to_owned(),
            Look::Money => grouped(number),
            Look::Percent => format!("{}%", hundredfold(number).trim_end_matches(".0")),
            Look::PercentOne => format!("{}%", hundredfold(number)),
        },
    }
}

/// 14534.54 as 14,534.54; 30 as 30.00.
fn grouped(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut shown = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            shown.push(',');
        }
        shown.push(digit);
    }
    format!("{shown}.{fraction:0<2}")
}

/// A fraction in hundredths with one decimal: 0.627 as 62.7, 1 as 100.0.
fn hundredfold(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction:0<3}");
    let (whole, tenth) = digits.split_at(digits.len() - 1);
    let whole = whole.trim_start_matches('0');
    format!("{}.{tenth}", if whole.is_empty() { "0" } else { whole })
}
