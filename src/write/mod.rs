//! Reports → bytes. One file or folder an output; nothing here opens a file or a terminal.

pub mod annotate;
pub mod clean;
pub mod dataset;
pub mod drafts;
pub mod evaluation;
pub mod figures;
pub mod findings;
pub mod fingerprint;
pub mod inspect;
pub mod json;
pub mod output;
pub mod rules;
pub mod sarif;
pub mod shown;
pub mod text;
pub mod why;

use output::Output;

/// The forms of a check's report; the first is that of nobody's choice.
pub static OUTPUTS: &[&Output] = &[&text::OUTPUT, &json::OUTPUT, &sarif::OUTPUT, &findings::OUTPUT];
