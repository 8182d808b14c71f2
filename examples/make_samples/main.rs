//! Makes `samples/`: the packet that a department would have submitted, from the figures of a published report.
//!
//! The report is the 2022 整体支出绩效评价报告 of 伊金霍洛旗住房保障综合服务中心; every figure is as printed there, its errors
//! included. `samples/README.md` says how to run this. The bytes are the same on every run.

mod tables;
mod text;
mod workbook;

use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let (packet, formats) = (samples.join("packet"), samples.join("formats"));
    fs::create_dir_all(&packet)?;
    fs::create_dir_all(&formats)?;
    for (name, tables) in tables::files() {
        let path = packet.join(format!("{name}.xlsx"));
        workbook::one_sheet_each(&tables)?.save(&path)?;
    }
    let all: Vec<tables::Table> = tables::files().into_iter().flat_map(|(_, t)| t).collect();
    workbook::stacked("2022年度报表", &all)?.save(formats.join("整套报表（一页）.xlsx"))?;
    fs::write(formats.join("整套报表.csv"), text::gbk(&all)?)?;
    // What LibreOffice turns into .xls and .ods.
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/samples");
    fs::create_dir_all(&source)?;
    workbook::one_sheet_each(&all)?.save(source.join("整套报表.xlsx"))?;
    Ok(())
}
