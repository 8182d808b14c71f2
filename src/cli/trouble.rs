//! Why the program could not do what was asked, and what the person at the keyboard can do.

use std::io::{self, Write as _};
use std::path::Path;

use super::words::{language, say};
use crate::model::Text;
use crate::write::clean::clean;

/// A failure of the program as a whole; a wrong figure is a finding, a file that cannot be read a row of the report.
#[derive(Debug)]
pub(super) struct Trouble {
    what: Text,
    hint: Option<Text>,
    broken_pipe: bool,
}

impl Trouble {
    /// What happened.
    pub(super) fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { what: Text::new(zh, en), hint: None, broken_pipe: false }
    }

    /// What to do.
    #[must_use]
    pub(super) fn hint(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.hint = Some(Text::new(zh, en));
        self
    }

    /// What happened and what to do, as one text.
    pub(super) fn text(&self) -> Text {
        match &self.hint {
            Some(hint) => Text::new(
                format!("{}。{}", self.what.zh, hint.zh),
                format!("{}; {}", self.what.en, hint.en),
            ),
            None => self.what.clone(),
        }
    }

    /// A failure to print.
    pub(super) fn printing(error: &io::Error) -> Self {
        let mut trouble = Self::new(
            format!("无法输出结果：{}", reason(error).zh),
            format!("cannot print the result: {}", reason(error).en),
        );
        trouble.broken_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        trouble
    }

    /// A failure to write a file.
    pub(super) fn writing(path: &Path, error: &io::Error) -> Self {
        let reason = reason(error);
        let trouble = Self::new(
            format!("无法写入“{}”：{}", path.display(), reason.zh),
            format!("cannot write `{}`: {}", path.display(), reason.en),
        );
        match error.kind() {
            io::ErrorKind::PermissionDenied => trouble.hint(
                "请关闭正在打开此文件的程序，或用 -o 指定另一个可写的位置",
                "close the program that has the file open, or name another place with -o",
            ),
            io::ErrorKind::FileTooLarge => trouble.hint(
                "请提高单个文件的大小上限（ulimit -f），或用 -o 指定一个允许大文件的磁盘",
                "raise the limit on the size of files (ulimit -f), or name a disk that takes larger ones with -o",
            ),
            io::ErrorKind::StorageFull => trouble.hint(
                "请清理磁盘，或用 -o 指定另一个位置",
                "free some space, or name another place with -o",
            ),
            _ => {
                trouble.hint("请用 -o 指定另一个可写的位置", "name another, writable place with -o")
            }
        }
    }

    /// A failure to read a file that the run cannot do without.
    pub(super) fn reading(path: &Path, error: &io::Error) -> Self {
        let reason = reason(error);
        Self::new(
            format!("无法读取“{}”：{}", path.display(), reason.zh),
            format!("cannot read `{}`: {}", path.display(), reason.en),
        )
    }

    pub(super) fn is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }

    /// Tells the person, on standard error.
    pub(super) fn print(&self) {
        tell(&format!("{}{}", say("错误：", "error: "), self.what.get(language())));
        if let Some(hint) = &self.hint {
            tell(&format!("{}{}", say("提示：", "hint: "), hint.get(language())));
        }
    }
}

/// What the operating system's error means to a person.
pub(super) fn reason(error: &io::Error) -> Text {
    let (zh, en) = match error.kind() {
        io::ErrorKind::NotFound => ("找不到该文件或文件夹", "no such file or folder"),
        io::ErrorKind::PermissionDenied => ("没有权限，或文件正被占用", "permission denied"),
        io::ErrorKind::IsADirectory => ("这是一个文件夹", "it is a folder"),
        io::ErrorKind::NotADirectory => {
            ("路径中有一段不是文件夹", "part of the path is not a folder")
        }
        io::ErrorKind::StorageFull => ("磁盘已满", "the disk is full"),
        io::ErrorKind::FileTooLarge => (
            "超过系统或磁盘允许的文件大小",
            "the file would be larger than the system or the disk allows",
        ),
        io::ErrorKind::ReadOnlyFilesystem => ("磁盘为只读", "the disk is read-only"),
        io::ErrorKind::InvalidFilename => ("文件名不合法", "the file name is not valid"),
        io::ErrorKind::AlreadyExists => ("文件已存在", "it exists already"),
        _ => return Text::new(error.to_string(), error.to_string()),
    };
    Text::new(zh, en)
}

/// Says something on standard error; a closed one is no reason to stop.
pub(super) fn tell(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", clean(line));
}
