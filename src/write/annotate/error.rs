//! Why no annotated copy could be made.

use crate::model::{Language, Text};

/// Why a copy could not be written. Both languages, with what the person at the keyboard can do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", message.zh)]
pub struct WriteError {
    /// The kind of trouble.
    pub code: WriteErrorCode,
    /// What happened.
    pub message: Text,
    /// What to do.
    pub hint: Text,
}

/// The kinds of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WriteErrorCode {
    /// Password-protected, or under rights management.
    Encrypted,
    /// No workbook of a format that can be patched.
    NotAWorkbook,
    /// The container or a part that must be touched is damaged.
    Damaged,
    /// A part that must be touched is written in a way that we do not change (an odd encoding, say).
    Unsupported,
    /// Past a limit.
    TooLarge,
    /// A mark names a sheet or cell that is not there.
    NoSuchCell,
    /// Our own output broke one of the rules of `verify`; nothing was written.
    BrokenRule,
    /// There are no marks of ours to take off.
    NotAnnotated,
    /// Reading or writing failed.
    Io,
}

impl WriteError {
    /// An error with its hint.
    pub fn new(code: WriteErrorCode, message: Text, hint: Text) -> Self {
        Self { code, message, hint }
    }

    /// The message in one language.
    pub fn text(&self, language: Language) -> &str {
        self.message.get(language)
    }

    pub(super) fn damaged(what: impl std::fmt::Display) -> Self {
        Self::new(
            WriteErrorCode::Damaged,
            Text::new(format!("文件已损坏：{what}"), format!("the file is damaged: {what}")),
            Text::new(
                "请用 Excel 或 WPS 打开并另存为新的 .xlsx，再试一次",
                "open it in Excel or WPS, save it as a new .xlsx, and try again",
            ),
        )
    }

    /// A part in another encoding than UTF-8: whole, readable, but not to be changed byte by byte.
    pub(super) fn encoding(part: impl std::fmt::Display) -> Self {
        Self::new(
            WriteErrorCode::Unsupported,
            Text::new(
                format!("文件没有损坏，但部件 {part} 的文字编码不是 UTF-8，不能在副本中加注"),
                format!(
                    "the file is not damaged, but {part} is not in UTF-8 and cannot be marked in a copy"
                ),
            ),
            Text::new(
                "请用 Excel 或 WPS 打开并另存为新的 .xlsx，再试一次；核对结果可用 gouji check 查看",
                "open it in Excel or WPS, save it as a new .xlsx, and try again; gouji check shows the findings",
            ),
        )
    }

    pub(super) fn unsupported(what: impl std::fmt::Display) -> Self {
        Self::new(
            WriteErrorCode::Unsupported,
            Text::new(
                format!("无法在不改动其他内容的前提下加注：{what}"),
                format!("cannot be marked without touching anything else: {what}"),
            ),
            Text::new(
                "请用 Excel 或 WPS 另存为 .xlsx 后再试",
                "save it as .xlsx in Excel or WPS and try again",
            ),
        )
    }

    pub(super) fn too_large(what: impl std::fmt::Display) -> Self {
        Self::new(
            WriteErrorCode::TooLarge,
            Text::new(format!("文件过大：{what}"), format!("too large: {what}")),
            Text::new("请拆分工作簿后再试", "split the workbook and try again"),
        )
    }
}
