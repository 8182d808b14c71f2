//! `gouji inspect`: what the program sees in a file.

use std::io::Write as _;

use clap::{Args, ValueEnum};

use super::args::{Inputs, Knowledge, Passwords};
use super::settings::Settings;
use super::trouble::Trouble;
use super::words::{language, say};
use super::{Exit, inputs, output};
use crate::model::{CellRef, Place, Report};
use crate::{relate, write};

/// `gouji inspect`
#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    knowledge: Knowledge,
    #[command(flatten)]
    passwords: Passwords,
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "text|json",
        hide_possible_values = true,
        hide_default_value = true,
        help = say("结果的格式：text 供人阅读（默认），json 供程序读取", "text for people (default) or json for programs"),
    )]
    format: Format,
    #[arg(
        long,
        value_name = "SHEET!CELL",
        help = say(
            "只说明一个单元格：哪些核对涉及它、依据什么、结果如何，如 --why 支出表!C5",
            "explain one cell: which checks touch it, on what grounds, and what came of them (--why Sheet1!C5)",
        ),
    )]
    why: Option<String>,
}

/// The form of what is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Shows what is seen.
pub(super) fn run(command: &InspectArgs) -> Result<Exit, Trouble> {
    let settings = Settings::known(&command.knowledge, &command.inputs.paths)?;
    let limits = command.inputs.limits.limits();
    let loaded = inputs::load(inputs::find(&command.inputs.paths)?, &limits);
    let report = loaded.check(&settings.options, &limits, &command.passwords)?;
    loaded.tell();
    if let Some(cell) = &command.why {
        let places = places(&report, cell)?;
        output::print(|out| {
            for place in places {
                write!(out, "{}", about(&report, &settings, place))?;
            }
            Ok(())
        })?;
        return Ok(Exit::Clean);
    }
    let seen = write::inspect::inspect(&report, language());
    output::print(|out| match command.format {
        Format::Json => write::inspect::write_json(&seen, out),
        Format::Text => write::inspect::write_text(&seen, language(), out),
    })?;
    let refused = report.packet.files.iter().any(|file| file.error.is_some());
    Ok(if refused { Exit::Failed } else { Exit::Clean })
}

/// What is claimed about a cell.
pub(super) fn about(report: &Report, settings: &Settings, place: Place) -> String {
    let rulebook = &settings.options.rulebook;
    let about = relate::claims_about(rulebook, &report.packet, &report.relations, place);
    write::why::why(report, &about, place, language())
}

/// The cell in each file that has that sheet; without a sheet's name on the first sheet.
pub(super) fn places(report: &Report, said: &str) -> Result<Vec<Place>, Trouble> {
    let (sheet, cell) = match said.rsplit_once('!') {
        Some((sheet, cell)) => (Some(inputs::sheet_named(sheet)), cell),
        None => (None, said),
    };
    let cell: CellRef = cell.trim().parse().map_err(|()| {
        Trouble::new(
            format!("“{said}”不是单元格；请写成 工作表!C5"),
            format!("`{said}` is no cell; write it as Sheet1!C5"),
        )
    })?;
    let mut places = Vec::new();
    for (file, input) in report.packet.files.iter().enumerate() {
        let Some(workbook) = &input.workbook else { continue };
        let found = match &sheet {
            Some(name) => workbook.sheets.iter().position(|own| own.name == *name),
            None => (!workbook.sheets.is_empty()).then_some(0),
        };
        places.extend(found.map(|index| Place { file: file as u32, sheet: index as u32, cell }));
    }
    if places.is_empty() {
        let name = sheet.unwrap_or_default();
        return Err(Trouble::new(
            format!("没有名为“{name}”的工作表"),
            format!("there is no sheet called `{name}`"),
        ));
    }
    Ok(places)
}
