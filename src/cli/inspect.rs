//! `gouji inspect`: what the program sees in a file.

use clap::{Args, ValueEnum};

use super::args::{Inputs, Passwords, Rules};
use super::settings::Settings;
use super::trouble::Trouble;
use super::words::{language, say};
use super::{Exit, inputs, output};
use crate::write;

/// `gouji inspect`
#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    #[command(flatten)]
    inputs: Inputs,
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
    let settings = Settings::load(&Rules::default(), &command.inputs.paths)?;
    let found = inputs::find(&command.inputs.paths)?;
    let report = inputs::check(
        &found.files,
        &settings.options,
        &command.inputs.limits.limits(),
        &command.passwords,
    )?;
    found.tell();
    let seen = write::inspect::inspect(&report, language());
    output::print(|out| match command.format {
        Format::Json => write::inspect::write_json(&seen, out),
        Format::Text => write::inspect::write_text(&seen, language(), out),
    })?;
    let refused = report.packet.files.iter().any(|file| file.error.is_some());
    Ok(if refused { Exit::Failed } else { Exit::Clean })
}
