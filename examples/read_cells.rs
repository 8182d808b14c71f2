//! Reads workbooks whole with this crate or with calamine and prints how many cells they hold: the process that
//! `benches/compare.py` times.

use std::path::Path;
use std::process::ExitCode;

use calamine::Reader;
use gouji::read::{Limits, read};

fn with_gouji(path: &Path) -> Result<usize, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let workbook = read(&path.display().to_string(), &bytes, &Limits::default())
        .map_err(|error| error.message.en)?;
    Ok(workbook.sheets.iter().map(gouji::model::Sheet::cell_count).sum())
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
        _ => {
            eprintln!("usage: read_cells gouji|calamine FILE…");
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
