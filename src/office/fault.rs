//! What is wrong with a container, in both languages. Whoever opened it says what the person at the keyboard can do.

use crate::model::Text;

/// In what way a container cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It contradicts its format.
    Damaged,
    /// It ends before it should.
    Truncated,
    /// It does what no honest writer does.
    Hostile,
    /// It needs a password.
    Encrypted,
    /// It is of a form that is not read.
    Unsupported,
    /// It exceeds a limit, which an option of the command line sets.
    TooLarge(&'static str),
}

/// A refusal on its way out, boxed: it is big and rare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault(Box<(Wrong, Text)>);

impl Fault {
    fn new(wrong: Wrong, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self(Box::new((wrong, Text::new(zh, en))))
    }

    /// What is wrong, and the sentence that says it.
    pub(crate) fn into_parts(self) -> (Wrong, Text) {
        *self.0
    }
}

/// Something in the file contradicts the format.
pub(super) fn damaged(zh: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault::new(Wrong::Damaged, zh, en)
}

/// The file ends before it should.
pub(super) fn truncated(zh: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault::new(Wrong::Truncated, zh, en)
}

/// The file does what no honest writer does.
pub(super) fn hostile(zh: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault::new(Wrong::Hostile, zh, en)
}

/// Of a form that is not read.
pub(super) fn unsupported(zh: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault::new(Wrong::Unsupported, zh, en)
}

/// Encrypted in the way that `scheme` names.
pub(super) fn encrypted(scheme: &str) -> Fault {
    let [zh, en] = says_encrypted(scheme);
    Fault::new(Wrong::Encrypted, zh, en)
}

/// A limit is exceeded. `what` names it in both languages, `option` is the command line's option that sets it.
pub(super) fn too_large(what: (&str, &str), limit: u64, option: &'static str) -> Fault {
    let [zh, en] = says_too_large(what, limit, option);
    Fault::new(Wrong::TooLarge(option), zh, en)
}

/// That a file needs a password.
pub(crate) fn says_encrypted(scheme: &str) -> [String; 2] {
    [
        format!("文件设有打开密码（{scheme}）"),
        format!("the file needs a password to open ({scheme})"),
    ]
}

/// That a limit is exceeded.
pub(crate) fn says_too_large(what: (&str, &str), limit: u64, option: &str) -> [String; 2] {
    [
        format!("{}超过上限 {limit}（{option}）", what.0),
        format!("{} exceed the limit of {limit} ({option})", what.1),
    ]
}
