//! Opening a result with the program that the desktop has for it: for people, never for scripts.
//!
//! A person sits there where the console window is the program's own (files dropped on it, on Windows) or where both
//! streams are a terminal; a build server, a pipe, a machine without a screen, and whoever says so get no window.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use super::console;
use super::trouble::tell;
use super::words::say;

/// What tells whether somebody is there to look.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one fact about the place, none follows from another"
)]
#[derive(Clone, Copy, Debug, Default)]
struct Surroundings {
    /// `--no-open` or `GOUJI_NO_OPEN`.
    unwanted: bool,
    /// Dropped on the program: the window is its own.
    own_window: bool,
    terminal: bool,
    /// `CI`, which all build servers set.
    build_server: bool,
    screen: bool,
}

impl Surroundings {
    fn now(no_open: bool) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Self {
            unwanted: no_open || set("GOUJI_NO_OPEN"),
            own_window: console::is_own(),
            terminal: std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
            build_server: set("CI"),
            screen: cfg!(any(windows, target_os = "macos"))
                || set("DISPLAY")
                || set("WAYLAND_DISPLAY"),
        }
    }

    fn somebody_looks(self) -> bool {
        !self.unwanted && (self.own_window || self.terminal && self.screen && !self.build_server)
    }
}

/// Of what was written, what to look at first: the marked copy of a single workbook, else the working paper of all.
pub(super) fn best<'a>(copies: &'a [PathBuf], paper: &'a Path) -> &'a Path {
    match copies {
        [only] => only,
        _ => paper,
    }
}

/// Opens a result, where somebody is there to look.
pub(super) fn show(no_open: bool, path: &Path) {
    if !Surroundings::now(no_open).somebody_looks() {
        return;
    }
    // Desktop programs start in another folder.
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if open::that_detached(whole).is_err() {
        tell(say(
            "未能自动打开结果，请手工打开上面列出的文件。",
            "The result could not be opened: open the files listed above.",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_person_gets_a_window() {
        let person = Surroundings { terminal: true, screen: true, ..Surroundings::default() };
        let dropped = Surroundings { own_window: true, ..Surroundings::default() };
        assert!(person.somebody_looks());
        assert!(dropped.somebody_looks());
        assert!(!Surroundings { terminal: false, ..person }.somebody_looks(), "a pipe");
        assert!(!Surroundings { screen: false, ..person }.somebody_looks(), "over ssh");
        assert!(!Surroundings { build_server: true, ..person }.somebody_looks());
        assert!(!Surroundings { unwanted: true, ..person }.somebody_looks());
        assert!(!Surroundings { unwanted: true, ..dropped }.somebody_looks());
    }

    #[test]
    fn one_workbook_is_shown_itself_and_a_packet_by_its_working_paper() {
        let paper = Path::new("评价底稿.xlsx");
        let one = [PathBuf::from("资产-核对.xlsx")];
        assert_eq!(best(&one, paper), one[0]);
        assert_eq!(best(&[one[0].clone(), "预算-核对.xlsx".into()], paper), paper);
        assert_eq!(best(&[], paper), paper);
    }
}
