//! What an output of a check is: one file of this room, and its line in [`super::OUTPUTS`].

use std::io;

use super::json::Checks;
use super::text::Style;
use crate::model::{Report, Text};

/// How a report is wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Its language, and its looks on a screen.
    pub style: Style,
    /// Which checks are listed, where checks are.
    pub checks: Checks,
}

/// A form of the report.
#[derive(Debug)]
pub struct Output {
    /// `json`
    pub name: &'static str,
    /// For whom it is, in Chinese and English.
    pub(super) about: [&'static str; 2],
    /// It is for people on a screen, not for programs.
    pub on_screen: bool,
    /// Writes it.
    pub(super) write: fn(&Report, &Wanted, &mut dyn io::Write) -> io::Result<()>,
}

impl Output {
    /// For whom it is.
    pub fn about(&self) -> Text {
        Text::new(self.about[0], self.about[1])
    }

    /// Writes the report.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn write(
        &self,
        report: &Report,
        wanted: &Wanted,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        (self.write)(report, wanted, out)
    }
}
