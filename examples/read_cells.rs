//! Reads workbooks whole with this crate or with calamine and prints how many cells they hold: the process that
//! `benches/compare.py` times. `dump` prints every cell as a line of JSON, for `.ci/long/values.py`.

use std::io::{BufWriter, Write as _, stdout};
use std::path::Path;
use std::process::ExitCode;

use calamine::Reader;
use gouji::model::Value;
use gouji::read::{Limits, read};

fn with_gouji(path: &Path) -> Result<usize, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let workbook = read(&path.display().to_string(), &bytes, &Limits::default())
        .map_err(|error| error.message.en)?;
    Ok(workbook.sheets.iter().map(gouji::model::Sheet::cell_count).sum())
}

/// Prints the cells of a file: `["sheet", row, column, kind, value]`, rows and columns from one.
fn dump(path: &Path) -> Result<usize, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let workbook = read(&path.display().to_string(), &bytes, &Limits::default())
        .map_err(|error| format!("{:?}: {}", error.code, error.message.en))?;
    let mut out = BufWriter::new(stdout().lock());
    let mut count = 0;
    for sheet in &workbook.sheets {
        for (cell, _, style) in sheet.cells() {
            let format = &workbook.style(style).number_format;
            let (kind, value) = match sheet.stored(cell) {
                Value::Empty => continue,
                Value::Number(number) if format.date => ("date", number.normalize().to_string()),
                Value::Number(number) => ("number", number.normalize().to_string()),
                Value::Text(id) => ("text", sheet.texts.get(id).to_owned()),
                Value::Bool(truth) => ("bool", truth.to_string()),
                Value::Error(error) => ("error", error.text().to_owned()),
            };
            let line = serde_json::json!([sheet.name, cell.row + 1, cell.column + 1, kind, value]);
            writeln!(out, "{line}").map_err(|error| error.to_string())?;
            count += 1;
        }
    }
    for remark in &workbook.remarks {
        eprintln!("remark: {}", remark.en);
    }
    Ok(count)
}

fn with_calamine(path: &Path) -> Result<usize, String> {
    let mut book = calamine::open_workbook_auto(path).map_err(|error| error.to_string())?;
    let mut cells = 0;
    for name in book.sheet_names() {
        let range = book.worksheet_range(&name).map_err(|error| error.to_string())?;
        cells += range.used_cells().count();
    }
    Ok(cells)
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let reader: fn(&Path) -> Result<usize, String> = match arguments.next().as_deref() {
        Some("gouji") => with_gouji,
        Some("calamine") => with_calamine,
        Some("dump") => dump,
        _ => {
            eprintln!("usage: read_cells gouji|calamine|dump FILE…");
            return ExitCode::from(2);
        }
    };
    let mut cells = 0;
    for path in arguments {
        match reader(Path::new(&path)) {
            Ok(count) => cells += count,
            Err(error) => eprintln!("{path}: {error}"),
        }
    }
    #[expect(clippy::print_stdout, reason = "the count is the result")]
    {
        println!("{cells}");
    }
    ExitCode::SUCCESS
}
