//! Colour, where it is wanted.

use crate::write::clean::painted;

/// What a piece of text is, which gives its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Error,
    Warning,
    Info,
    Good,
}

/// Puts colour on text, or leaves it alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    /// Colour is wanted.
    pub(super) on: bool,
}

impl Paint {
    pub(super) fn ink(self, ink: Ink, text: &str) -> String {
        self.code(
            match ink {
                Ink::Error => "1;31",
                Ink::Warning => "1;33",
                Ink::Info => "1;36",
                Ink::Good => "1;32",
            },
            text,
        )
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.code("1", text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.code("2", text)
    }

    fn code(self, code: &str, text: &str) -> String {
        if self.on && !text.is_empty() { painted(code, text) } else { text.to_owned() }
    }
}
