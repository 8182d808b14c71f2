//! Standard output that a closed pipe does not disturb.

use std::io::{self, BufWriter, StdoutLock, Write as _};

use super::trouble::Trouble;
use super::words::language;
use crate::model::Report;
use crate::write::text;

/// Prints through one buffer and flushes it.
pub(super) fn print(
    write: impl FnOnce(&mut BufWriter<StdoutLock<'static>>) -> io::Result<()>,
) -> Result<(), Trouble> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    write(&mut out).and_then(|()| out.flush()).map_err(|error| Trouble::printing(&error))
}

/// Prints the report for people: in colour on a terminal that wants it, as wide as the terminal is.
pub(super) fn print_text(report: &Report) -> Result<(), Trouble> {
    let stdout = io::stdout();
    let color = anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
    let style = text::Style { language: language(), color, width: width() };
    if color {
        // Old Windows consoles must be asked to understand colour.
        let _ = anstyle_query::windows::enable_ansi_colors();
    }
    print(|out| text::write(report, style, out))
}

/// Columns of the terminal; a page's worth where there is none.
fn width() -> usize {
    let columns = terminal_size::terminal_size().map(|(terminal_size::Width(columns), _)| columns);
    columns.map_or(100, |columns| usize::from(columns).clamp(40, 160))
}

/// What is added to the name of a marked copy.
pub(super) const MARKED: &str = "-核对";
/// The name of the evaluation workbook.
pub(super) const EVALUATION: &str = "评价底稿.xlsx";

/// Whether a file of a folder was written by us: a marked copy beside its original, or the evaluation workbook.
///
/// Reading them again would count every figure twice.
pub(super) fn is_ours(name: &str, beside: &[String]) -> bool {
    let stem =
        |name: &str| name.rsplit_once('.').map_or(name.to_owned(), |(stem, _)| stem.to_owned());
    name == EVALUATION
        || stem(name)
            .strip_suffix(MARKED)
            .is_some_and(|original| beside.iter().any(|other| stem(other) == original))
}
