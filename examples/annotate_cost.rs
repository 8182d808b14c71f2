#![expect(
    clippy::float_arithmetic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measuring tool"
)]
//! What marking a large workbook costs, beside calamine's plain reading of it.
//!
//! ```text
//! cargo run --release --example annotate_cost -- make W1.xlsx      200,000 rows of 20 columns
//! cargo run --release --example annotate_cost -- calamine W1.xlsx  read all cells
//! cargo run --release --example annotate_cost -- annotate W1.xlsx  mark 40 cells, check the copy
//! cargo run --release --example annotate_cost -- pair W1.xlsx      both in turn, seven times, each a process of its own
//! ```

use std::error::Error;
use std::fs;
use std::io::{Cursor, Read as _};
use std::process::Command;
use std::time::Instant;

use calamine::Reader;
use gouji::model::CellRef;
use gouji::write::annotate::{Mark, MarkKind, Plan, annotate};

const ROWS: u32 = 200_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, what, file, ..] = &arguments[..] else {
        return Err("make, calamine, annotate or pair FILE".into());
    };
    match what.as_str() {
        "make" => make(file)?,
        "calamine" => {
            let mut book = calamine::open_workbook_auto(file)?;
            for (_, range) in book.worksheets() {
                println!("{} cells", range.used_cells().count());
            }
        }
        "annotate" => {
            let bytes = fs::read(file)?;
            let spread = arguments.get(3).and_then(|n| n.parse().ok()).unwrap_or(40);
            let start = Instant::now();
            let copy = annotate(&bytes, &plan(&first_sheet(&bytes)?, spread))?;
            println!("{} marks, {} bytes, {:?}", copy.marked, copy.bytes.len(), start.elapsed());
            fs::write(format!("{file}.marked.xlsx"), copy.bytes)?;
        }
        "pair" => pair(file)?,
        other => return Err(format!("{other}?").into()),
    }
    Ok(())
}

/// The name of the first sheet, of a workbook whose names hold no entities.
fn first_sheet(bytes: &[u8]) -> Result<String, Box<dyn Error>> {
    let mut book = String::new();
    zip::ZipArchive::new(Cursor::new(bytes))?
        .by_name("xl/workbook.xml")?
        .read_to_string(&mut book)?;
    let name = book.split_once("<sheet name=\"").and_then(|(_, rest)| rest.split_once('"'));
    Ok(name.ok_or("no sheet")?.0.to_owned())
}

/// Marks spread evenly over the sheet.
fn plan(sheet: &str, count: u32) -> Plan {
    let mut plan = Plan::default();
    for at in 0..count {
        plan.marks.push(Mark {
            sheet: sheet.to_owned(),
            cell: CellRef::new(1 + at * (ROWS / count), 4 + at % 16),
            kind: MarkKind::Error,
            note: Some("≠ 错误 T01 合计不等于分项之和".to_owned()),
        });
    }
    plan
}

fn make(file: &str) -> Result<(), Box<dyn Error>> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let money = rust_xlsxwriter::Format::new().set_num_format("#,##0.00");
    let sheet = book.add_worksheet().set_name("明细")?;
    for row in 0..ROWS {
        sheet.write_string(row, 0, format!("单位{}", row % 500))?;
        sheet.write_string(row, 1, format!("项目支出{}", row % 9000))?;
        sheet.write_string(row, 2, format!("20{:05}", row % 700))?;
        sheet.write_string(row, 3, if row % 3 == 0 { "基本支出" } else { "项目支出" })?;
        for column in 4..20_u16 {
            let cents = (u64::from(row) * 7919 + u64::from(column) * 104_729) % 100_000_000;
            sheet.write_number_with_format(row, column, cents as f64 / 100.0, &money)?;
        }
    }
    book.save(file)?;
    Ok(())
}

fn pair(file: &str) -> Result<(), Box<dyn Error>> {
    let own = std::env::current_exe()?;
    let mut ratios = Vec::new();
    for _ in 0..7 {
        let mut seconds = [0.0_f64; 2];
        for (at, what) in ["calamine", "annotate"].into_iter().enumerate() {
            let start = Instant::now();
            let done = Command::new(&own).args([what, file]).output()?;
            assert!(done.status.success(), "{what}");
            seconds[at] = start.elapsed().as_secs_f64();
        }
        println!(
            "calamine {:.2} s, annotate {:.2} s, ratio {:.2}",
            seconds[0],
            seconds[1],
            seconds[1] / seconds[0]
        );
        ratios.push(seconds[1] / seconds[0]);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.2}", ratios[ratios.len() / 2]);
    Ok(())
}
