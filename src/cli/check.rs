//! `gouji check`: findings on the screen.

use super::args::{Check, ChecksListed, FailOn};
use super::settings::Settings;
use super::trouble::Trouble;
use super::{Exit, inputs, output};
use crate::model::{Report, Severity};
use crate::write;

pub(super) fn run(command: &Check) -> Result<Exit, Trouble> {
    let mut settings = Settings::load(&command.rules, &command.inputs.paths)?;
    let limits = command.inputs.limits.limits();
    for path in &command.report {
        settings.options.narratives.push(inputs::report(path, &limits)?);
    }
    let loaded = inputs::load(inputs::find(&command.inputs.paths)?, &limits);
    let report = loaded.check(&settings.options, &limits, &command.passwords)?;
    loaded.tell();
    settings.tell_unused(&report);
    let checks = match command.checks {
        ChecksListed::All => write::json::Checks::All,
        ChecksListed::Failing => write::json::Checks::Failing,
    };
    output::print_report(&report, command.format, checks)?;
    Ok(exit(&report, settings.fail_on))
}

/// What a report means for the exit code.
pub(super) fn exit(report: &Report, fail_on: FailOn) -> Exit {
    if report.packet.files.iter().all(|file| file.error.is_some()) {
        return Exit::Failed;
    }
    let least = match fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Info => Severity::Info,
        FailOn::Never => return Exit::Clean,
    };
    if report.standing().any(|finding| finding.severity >= least) {
        Exit::Findings
    } else {
        Exit::Clean
    }
}
