//! Standard output that a closed pipe does not disturb, and the names of the files that a run writes.

use std::collections::HashSet;
use std::io::{self, BufWriter, StdoutLock, Write as _};
use std::path::{Path, PathBuf};

use super::trouble::Trouble;
use super::words::{language, say};
use crate::model::Report;
use crate::write::annotate::MARKED;
use crate::write::clean::Clean;
use crate::write::drafts::Drafts;
use crate::write::json::Checks;
use crate::write::output::{Output, Wanted};
use crate::write::text;

/// Prints words through one buffer and flushes it; nothing of what others wrote acts on the screen.
pub(super) fn print(
    write: impl FnOnce(&mut Clean<&mut BufWriter<StdoutLock<'static>>>) -> io::Result<()>,
) -> Result<(), Trouble> {
    print_data(|out| write(&mut Clean::new(out)))
}

/// Prints data as it is.
pub(super) fn print_data(
    write: impl FnOnce(&mut BufWriter<StdoutLock<'static>>) -> io::Result<()>,
) -> Result<(), Trouble> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    write(&mut out).and_then(|()| out.flush()).map_err(|error| Trouble::printing(&error))
}

/// What was printed by a run that writes files: that nobody reads it any more (`| head`) is no reason to stop before they are.
pub(super) fn heard(printed: Result<(), Trouble>) -> Result<(), Trouble> {
    printed.or_else(|trouble| if trouble.is_broken_pipe() { Ok(()) } else { Err(trouble) })
}

/// Prints the report: for people in colour on a terminal that wants it, as wide as the terminal is.
pub(super) fn print_report(report: &Report, form: &Output, checks: Checks) -> Result<(), Trouble> {
    let stdout = io::stdout();
    let color = anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
    let style = text::Style { language: language(), color, width: width() };
    if color && form.on_screen {
        // Old Windows consoles must be asked to understand colour.
        let _ = anstyle_query::windows::enable_ansi_colors();
    }
    print_data(|out| form.write(report, &Wanted { style, checks }, out))
}

/// Prints what became of the last draft.
pub(super) fn print_drafts(
    report: &Report,
    before: &Report,
    drafts: &Drafts,
) -> Result<(), Trouble> {
    let color = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
    let style = text::Style { language: language(), color, width: width() };
    print_data(|out| text::write_drafts(report, before, drafts, style, out))
}

/// Prints the name of the packet that follows.
pub(super) fn print_heading(name: &str) -> Result<(), Trouble> {
    print(|out| writeln!(out, "== {name}\n"))
}

/// Says on standard error what could not be read and what the check came to, as `check` does.
pub(super) fn tell_summary(report: &Report) {
    let stderr = io::stderr();
    let color = anstream::AutoStream::choice(&stderr) != anstream::ColorChoice::Never;
    let style = text::Style { language: language(), color, width: width() };
    // A closed standard error is no reason to stop.
    let _ = text::write_summary(report, style, &mut stderr.lock());
}

/// Columns of the terminal; a page's worth where there is none.
fn width() -> usize {
    let columns = terminal_size::terminal_size().map(|(terminal_size::Width(columns), _)| columns);
    columns.map_or(100, |columns| usize::from(columns).clamp(40, 160))
}

/// The names of the evaluation workbook, in both languages.
const EVALUATIONS: [&str; 2] = ["评价底稿.xlsx", "gouji-evaluation.xlsx"];

/// The name of the evaluation workbook in the language of this run.
pub(super) fn evaluation() -> &'static str {
    say(EVALUATIONS[0], EVALUATIONS[1])
}

/// Names for what a run writes: never an input's, never the same one twice.
pub(super) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// Names other than those of the inputs.
    pub(super) fn keeping(inputs: &[PathBuf]) -> Self {
        Self { taken: inputs.iter().map(|path| key(path)).collect() }
    }

    /// Whether this is an input, or was given away already.
    pub(super) fn takes(&self, path: &Path) -> bool {
        self.taken.contains(&key(path))
    }

    /// The name wanted, or the same with a number.
    pub(super) fn free(&mut self, wanted: &Path) -> PathBuf {
        let mut path = wanted.to_owned();
        let mut number = 2;
        while !self.taken.insert(key(&path)) {
            path = numbered(wanted, number);
            number += 1;
        }
        path
    }
}

/// `表.xlsx` → `表(2).xlsx`
pub(super) fn numbered(path: &Path, number: u32) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = match path.extension() {
        Some(ending) => format!("{stem}({number}).{}", ending.to_string_lossy()),
        None => format!("{stem}({number})"),
    };
    path.with_file_name(name)
}

/// What two names of one file have in common, on systems that do not tell capitals apart too.
fn key(path: &Path) -> String {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    folder.join(path.file_name().unwrap_or_default()).to_string_lossy().to_lowercase()
}

/// Whether a file of a folder was written by us: a marked copy beside its original, or the evaluation workbook.
///
/// Reading them again would count every figure twice.
pub(super) fn is_ours(name: &str, beside: &[String]) -> bool {
    fn stem(name: &str) -> &str {
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }
    let own = without_number(stem(name));
    // A locked workbook's results are in a workbook of their own.
    let original =
        [MARKED, "-核对结果", "-核对-results"].iter().find_map(|end| own.strip_suffix(end));
    EVALUATIONS.iter().any(|name| own == stem(name))
        || original.is_some_and(|original| beside.iter().any(|other| stem(other) == original))
}

/// `表(2)` → `表`
fn without_number(stem: &str) -> &str {
    let number = stem.strip_suffix(')').and_then(|rest| rest.rsplit_once('('));
    match number {
        Some((plain, digits)) if digits.parse::<u32>().is_ok() => plain,
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_input_is_overwritten_and_no_output_twice() {
        let mut names = Names::keeping(&["a/表.xlsx".into(), "a/表-核对.xlsx".into()]);
        assert_eq!(names.free(Path::new("a/表-核对.xlsx")), PathBuf::from("a/表-核对(2).xlsx"));
        assert_eq!(names.free(Path::new("a/表-核对.xlsx")), PathBuf::from("a/表-核对(3).xlsx"));
        assert_eq!(names.free(Path::new("b/表-核对.xlsx")), PathBuf::from("b/表-核对.xlsx"));
        assert_eq!(
            names.free(Path::new("B/表-核对.XLSX")),
            PathBuf::from("B/表-核对(2).XLSX"),
            "capitals make no other file on Windows"
        );
    }

    #[test]
    fn what_we_wrote_is_told_by_its_original_beside_it() {
        let beside = ["表.xls", "表-核对.xlsx", "预算-核对.xlsx"].map(str::to_owned);
        assert!(is_ours("表-核对.xlsx", &beside));
        assert!(!is_ours("预算-核对.xlsx", &beside), "a submission may be called so");
        assert!(!is_ours("表.xls", &beside));
        for name in EVALUATIONS {
            assert!(is_ours(name, &beside));
        }
        for name in
            ["评价底稿(2).xlsx", "表-核对(2).xlsx", "表-核对结果.xlsx", "表-核对-results.xlsx"]
        {
            assert!(is_ours(name, &beside), "{name}");
        }
        assert!(!is_ours("表(2).xls", &beside));
    }
}
