//! The console window that Windows opens for a program that was double-clicked, and closes when it ends.

#[cfg(windows)]
use super::words::say;

/// Whether the window is the program's own, so that all it printed is gone when it ends.
#[cfg(windows)]
pub(super) fn is_own() -> bool {
    use std::io::IsTerminal as _;
    // The list has four places, and zeros where nobody else is.
    std::io::stdin().is_terminal()
        && win32console::console::WinConsole::get_process_list()
            .is_ok_and(|list| list.iter().filter(|process| **process != 0).count() == 1)
}

/// Keeps the window until Enter is pressed, where it is the program's own.
#[cfg(windows)]
pub(super) fn linger() {
    if is_own() {
        super::trouble::tell(say(
            "\n按 Enter 键关闭本窗口。",
            "\nPress Enter to close this window.",
        ));
        let _ = std::io::stdin().read_line(&mut String::new());
    }
}

/// Elsewhere no program has a window of its own.
#[cfg(not(windows))]
pub(super) fn is_own() -> bool {
    false
}

/// Elsewhere nothing closes.
#[cfg(not(windows))]
pub(super) fn linger() {}
