//! Refusals, in both languages.
//!
//! Every one says what happened and what the person at the keyboard can do; limits are named with their value and the
//! option that raises them. Errors travel boxed: they are big and rare.

use super::Limits;
use crate::model::{CellRef, ReadError, ReadErrorCode, SheetBuilder, Text};
use crate::office::{self, Wrong, says_encrypted, says_too_large};

/// A refusal on its way out.
pub(super) type Fault = Box<ReadError>;

impl From<office::Fault> for Fault {
    fn from(container: office::Fault) -> Self {
        let (wrong, said) = container.into_parts();
        let code = match wrong {
            Wrong::Damaged => ReadErrorCode::Damaged,
            Wrong::Truncated => ReadErrorCode::Truncated,
            Wrong::Hostile => ReadErrorCode::Hostile,
            Wrong::Encrypted => ReadErrorCode::Encrypted,
            Wrong::Unsupported => ReadErrorCode::UnsupportedFormat,
            Wrong::TooLarge(_) => ReadErrorCode::TooLarge,
        };
        let hint = match wrong {
            Wrong::TooLarge(option) => raise(option),
            _ => hint(code),
        };
        Box::new(ReadError::new(code, said, hint))
    }
}

/// A refusal of that kind; the hint follows from the kind.
pub(super) fn fault(code: ReadErrorCode, zh: impl Into<String>, en: impl Into<String>) -> Fault {
    Box::new(ReadError::new(code, Text::new(zh, en), hint(code)))
}

/// Something in the file contradicts the format.
pub(super) fn damaged(zh: impl Into<String>, en: impl Into<String>) -> Fault {
    fault(ReadErrorCode::Damaged, zh, en)
}

/// The file ends before it should.
pub(super) fn truncated(zh: impl Into<String>, en: impl Into<String>) -> Fault {
    fault(ReadErrorCode::Truncated, zh, en)
}

/// The file does what no honest writer does.
pub(super) fn hostile(zh: impl Into<String>, en: impl Into<String>) -> Fault {
    fault(ReadErrorCode::Hostile, zh, en)
}

/// Encrypted in the way that `scheme` names.
pub(super) fn encrypted(scheme: &str) -> Fault {
    let [zh, en] = says_encrypted(scheme);
    fault(ReadErrorCode::Encrypted, zh, en)
}

/// A limit is exceeded. `what` names it in both languages, `option` is the command line's option that sets it.
pub(super) fn too_large(what: (&str, &str), limit: u64, option: &str) -> Fault {
    let [zh, en] = says_too_large(what, limit, option);
    Box::new(ReadError::new(ReadErrorCode::TooLarge, Text::new(zh, en), raise(option)))
}

/// A table has more rows or columns than a sheet may have, which no option changes.
pub(super) fn beyond_grid() -> Fault {
    let said = Text::new(
        "表格超出 1048576 行、16384 列，任何电子表格程序都放不下",
        "the table has more than 1048576 rows or 16384 columns, which is more than a sheet can hold",
    );
    let hint = Text::new("请拆成几个文件再核对", "split it into several files");
    Box::new(ReadError::new(ReadErrorCode::TooLarge, said, hint))
}

/// How a limit is raised.
fn raise(option: &str) -> Text {
    Text::new(
        format!("确认文件可信后，可用 {option} 提高上限"),
        format!("raise the limit with {option} if you trust the file"),
    )
}

/// Refuses a sheet in which a cell is stored twice with different values.
pub(super) fn refuse_contradiction(builder: &SheetBuilder) -> Result<(), Fault> {
    match builder.contradiction() {
        None => Ok(()),
        Some(cell) => Err(damaged(
            "同一单元格存了两个不同的值，无法确定以哪个为准",
            "the cell is stored twice with different values, and which one holds cannot be told",
        )
        .at_cell(cell)),
    }
}

/// Refuses formats of rows or columns that repeat each other without end.
pub(super) fn refuse_too_many_formats(entries: usize) -> Result<(), Fault> {
    if entries > 1 << 22 {
        return Err(hostile(
            "行列格式重复过多",
            "the formats of rows or columns repeat each other too often",
        ));
    }
    Ok(())
}

/// Refuses more sheets than a file may have parts: an element of a few bytes would cost a thousand each.
pub(super) fn refuse_too_many_sheets(count: usize, limits: &Limits) -> Result<(), Fault> {
    if count as u64 > limits.parts {
        return Err(too_large(("工作表数", "sheets"), limits.parts, "--max-parts"));
    }
    Ok(())
}

/// What an error is about, added where it is known.
pub(super) trait Located {
    /// Names the sheet, unless one is named already.
    fn in_sheet(self, name: &str) -> Self;
    /// Names the cell, unless one is named already.
    fn at_cell(self, cell: CellRef) -> Self;
}

impl Located for Fault {
    fn in_sheet(mut self, name: &str) -> Self {
        if self.sheet.is_none() {
            self.sheet = Some(name.to_owned());
            self.message.zh = format!("工作表“{name}”：{}", self.message.zh);
            self.message.en = format!("sheet \"{name}\": {}", self.message.en);
        }
        self
    }

    fn at_cell(mut self, cell: CellRef) -> Self {
        if self.cell.is_none() {
            self.cell = Some(cell);
            self.message.zh = format!("单元格 {cell}：{}", self.message.zh);
            self.message.en = format!("cell {cell}: {}", self.message.en);
        }
        self
    }
}

fn hint(code: ReadErrorCode) -> Text {
    use ReadErrorCode as C;
    let (zh, en) = match code {
        C::NotFound => ("检查路径", "check the path"),
        C::NotAWorkbook => (
            "请提供电子表格（.xlsx、.xls、.et、.ods、.csv 等）",
            "give a spreadsheet (.xlsx, .xls, .et, .ods, .csv …)",
        ),
        C::Encrypted => (
            "另存一份不设密码的副本，或用 --password-file 给出密码",
            "save a copy without a password, or give the password with --password-file",
        ),
        C::RightsManaged => (
            "文件受权限管理（IRM）保护，请由有权限的人另存一份不受限制的副本",
            "the file is under rights management: have someone with rights save an unrestricted copy",
        ),
        C::Truncated => (
            "文件不完整，请重新下载或向提交人索取",
            "the file is incomplete: download it again or ask for it again",
        ),
        C::Damaged => (
            "用 Excel 或 WPS 打开并另存一份；仍打不开时请向提交人索取",
            "open it in Excel or WPS and save a copy; if that fails, ask for the file again",
        ),
        C::TooLarge => {
            ("文件过大，请拆分或删去无用的工作表", "the file is too large: split it or drop sheets")
        }
        C::Hostile => (
            "文件结构异常，正常软件不会产生；请核实来源，用 Excel 或 WPS 另存后再试",
            "no honest program writes such a file: check where it came from, save it anew in Excel or WPS",
        ),
        C::UnsupportedFormat => {
            ("用 Excel 或 WPS 打开后另存为 .xlsx", "open it in Excel or WPS and save it as .xlsx")
        }
        C::UnknownEncoding => ("另存为 UTF-8 编码后再试", "save it as UTF-8 and try again"),
        C::Empty => ("文件中没有可核对的内容", "there is nothing to check in the file"),
        C::MacroOnly => {
            ("文件只含宏表，没有普通工作表", "the file has macro sheets only and no worksheet")
        }
        C::LockFile => (
            "这是 Excel/WPS 打开文件时留下的临时文件，可忽略",
            "this is the temporary file that Excel or WPS leaves while a workbook is open: ignore it",
        ),
        C::Timeout | C::Crashed | C::Io => ("请单独重试该文件", "try this file again by itself"),
    };
    Text::new(zh, en)
}
