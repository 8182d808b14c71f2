//! What one cell holds, and how it is shown.

use super::workbook::TextId;
use crate::number::Decimal;

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// Nothing, though the cell exists (it has a style, or a formula never calculated).
    Empty,
    /// A number at its 15 significant digits. Dates are numbers whose style says so.
    Number(Decimal),
    /// A text of the sheet's [`super::Texts`].
    Text(TextId),
    /// TRUE or FALSE.
    Bool(bool),
    /// An error value.
    Error(CellError),
}

/// The error values of spreadsheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of Excel")]
pub enum CellError {
    DivideByZero,
    NotAvailable,
    Name,
    Null,
    Number,
    Reference,
    Value,
    Other,
}

impl CellError {
    /// The error whose text this is (`#REF!`).
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "#DIV/0!" => Self::DivideByZero,
            "#N/A" => Self::NotAvailable,
            "#NAME?" => Self::Name,
            "#NULL!" => Self::Null,
            "#NUM!" => Self::Number,
            "#REF!" => Self::Reference,
            "#VALUE!" => Self::Value,
            "#GETTING_DATA" | "#SPILL!" | "#CALC!" | "#FIELD!" | "#BLOCKED!" | "#CONNECT!"
            | "#UNKNOWN!" => Self::Other,
            _ => return None,
        })
    }

    /// As Excel shows it.
    pub fn text(self) -> &'static str {
        match self {
            Self::DivideByZero => "#DIV/0!",
            Self::NotAvailable => "#N/A",
            Self::Name => "#NAME?",
            Self::Null => "#NULL!",
            Self::Number => "#NUM!",
            Self::Reference => "#REF!",
            Self::Value => "#VALUE!",
            Self::Other => "#UNKNOWN!",
        }
    }
}

/// What a number format makes of a number, as far as checking needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberFormat {
    /// The format's code as stored (`#,##0.00`); empty for General.
    pub code: String,
    /// Decimals printed, of the number as printed; `None` under General, text and dates.
    pub decimals: Option<u32>,
    /// The number is shown × 100 with a %.
    pub percent: bool,
    /// Powers of ten the number is divided by when shown: 3 for `#,##0,`, 4 for `0!.0,`-like 万 formats.
    pub scale: u32,
    /// Dates and times.
    pub date: bool,
    /// `@`
    pub text: bool,
}

/// Where a cell's text stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum HorizontalAlignment {
    #[default]
    General,
    Left,
    Center,
    Right,
    Fill,
    Justify,
    CenterAcross,
    Distributed,
}

/// The looks of a cell that carry meaning, or that a converted copy keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CellStyle {
    /// How numbers print.
    pub number_format: NumberFormat,
    /// Bold type.
    pub bold: bool,
    /// Alignment indent, in Excel's steps.
    pub indent: u32,
    /// Horizontal alignment.
    pub horizontal: HorizontalAlignment,
    /// Text wraps.
    pub wrap: bool,
    /// Borders on left, right, top, bottom.
    pub borders: [bool; 4],
    /// Fill colour as RRGGBB, where it is a plain one.
    pub fill: Option<u32>,
    /// The content is hidden by `;;;`.
    pub invisible: bool,
}
