//! What a formula says, with references relative to the cell it stands in.
//!
//! Chains of + and −, × and ÷, & are flat lists, so that the depth of a tree is that of its parentheses.

use super::super::cell::CellError;
use super::super::place::{CellRef, LAST, Range};
use crate::number::Decimal;

/// A row or column of a reference: an index from zero, or the distance from the formula's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Coordinate {
    /// The index or distance.
    pub value: i32,
    /// An index (`$`), not a distance.
    pub absolute: bool,
}

impl Coordinate {
    /// The index as seen from `host`; `None` off the sheet.
    pub fn from(self, host: u32) -> Option<u32> {
        if self.absolute {
            u32::try_from(self.value).ok()
        } else {
            host.checked_add_signed(self.value)
        }
    }
}

/// The sheet of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SheetReference {
    /// The formula's own.
    Own,
    /// Sheet `index` of the workbook.
    Index(u32),
    /// A sheet that the workbook does not have, or that could not be read.
    Missing,
}

/// A reference to a cell, a rectangle, whole columns or whole rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Area {
    /// On which sheet.
    pub sheet: SheetReference,
    /// First and last row; `None` for whole columns.
    pub rows: Option<(Coordinate, Coordinate)>,
    /// First and last column; `None` for whole rows.
    pub columns: Option<(Coordinate, Coordinate)>,
}

impl Area {
    /// Sheet and rectangle as seen from a cell of sheet `own`; `None` off the grid or on a missing sheet.
    pub fn resolve(&self, own: u32, host: CellRef) -> Option<(u32, Range)> {
        let sheet = match self.sheet {
            SheetReference::Own => own,
            SheetReference::Index(index) => index,
            SheetReference::Missing => return None,
        };
        let (top, bottom) = match self.rows {
            Some((a, b)) => (a.from(host.row)?, b.from(host.row)?),
            None => (0, LAST.row),
        };
        let (left, right) = match self.columns {
            Some((a, b)) => (a.from(host.column)?, b.from(host.column)?),
            None => (0, LAST.column),
        };
        let start = CellRef::new(top.min(bottom), left.min(right));
        let end = CellRef::new(top.max(bottom), left.max(right));
        end.on_grid().then_some((sheet, Range::new(start, end)))
    }

    /// Whether it is written as one cell.
    pub fn is_cell(&self) -> bool {
        let same = |pair: Option<(Coordinate, Coordinate)>| pair.is_some_and(|(a, b)| a == b);
        same(self.rows) && same(self.columns)
    }
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The functions that are evaluated here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are Excel's")]
pub enum Function {
    Sum,
    Subtotal,
    Product,
    SumProduct,
    SumIf,
    SumIfs,
    Average,
    AverageIf,
    Max,
    Min,
    Count,
    CountA,
    CountBlank,
    CountIf,
    CountIfs,
    Round,
    RoundUp,
    RoundDown,
    Int,
    Trunc,
    Abs,
    Sign,
    Mod,
    Power,
    If,
    IfError,
    IfNa,
    And,
    Or,
    Not,
    True,
    False,
    IsError,
    IsNumber,
    IsText,
    IsBlank,
    N,
    Value,
    Len,
    Left,
    Right,
    Mid,
    Trim,
    Concatenate,
    Exact,
    Row,
    Column,
    VLookup,
    Index,
    Match,
    /// Any other.
    Unknown,
}

impl Function {
    /// The function of that name, `_xlfn.` prefixes and case aside.
    pub fn named(name: &str) -> Self {
        let upper = name.to_ascii_uppercase();
        let upper = upper.trim_start_matches("_XLFN.").trim_start_matches("_XLWS.");
        match upper {
            "SUM" => Self::Sum,
            "SUBTOTAL" => Self::Subtotal,
            "PRODUCT" => Self::Product,
            "SUMPRODUCT" => Self::SumProduct,
            "SUMIF" => Self::SumIf,
            "SUMIFS" => Self::SumIfs,
            "AVERAGE" => Self::Average,
            "AVERAGEIF" => Self::AverageIf,
            "MAX" => Self::Max,
            "MIN" => Self::Min,
            "COUNT" => Self::Count,
            "COUNTA" => Self::CountA,
            "COUNTBLANK" => Self::CountBlank,
            "COUNTIF" => Self::CountIf,
            "COUNTIFS" => Self::CountIfs,
            "ROUND" => Self::Round,
            "ROUNDUP" => Self::RoundUp,
            "ROUNDDOWN" => Self::RoundDown,
            "INT" => Self::Int,
            "TRUNC" => Self::Trunc,
            "ABS" => Self::Abs,
            "SIGN" => Self::Sign,
            "MOD" => Self::Mod,
            "POWER" => Self::Power,
            "IF" => Self::If,
            "IFERROR" => Self::IfError,
            "IFNA" => Self::IfNa,
            "AND" => Self::And,
            "OR" => Self::Or,
            "NOT" => Self::Not,
            "TRUE" => Self::True,
            "FALSE" => Self::False,
            "ISERROR" => Self::IsError,
            "ISNUMBER" => Self::IsNumber,
            "ISTEXT" => Self::IsText,
            "ISBLANK" => Self::IsBlank,
            "N" => Self::N,
            "VALUE" => Self::Value,
            "LEN" => Self::Len,
            "LEFT" => Self::Left,
            "RIGHT" => Self::Right,
            "MID" => Self::Mid,
            "TRIM" => Self::Trim,
            "CONCATENATE" | "CONCAT" => Self::Concatenate,
            "EXACT" => Self::Exact,
            "ROW" => Self::Row,
            "COLUMN" => Self::Column,
            "VLOOKUP" => Self::VLookup,
            "INDEX" => Self::Index,
            "MATCH" => Self::Match,
            _ => Self::Unknown,
        }
    }
}

/// A formula.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// A literal number.
    Number(Decimal),
    /// A literal text.
    Text(Box<str>),
    /// TRUE or FALSE.
    Bool(bool),
    /// A literal error (#REF!).
    Error(CellError),
    /// An argument left out.
    Missing,
    /// A reference.
    Area(Area),
    /// A reference into another file.
    External,
    /// A name, structured reference or array that is not understood.
    Opaque,
    /// −x
    Negate(Box<Tree>),
    /// x%
    Percent(Box<Tree>),
    /// a + b − c: true where subtracted.
    Terms(Vec<(bool, Tree)>),
    /// a × b ÷ c: true where divided by.
    Factors(Vec<(bool, Tree)>),
    /// a ^ b
    Power(Box<Tree>, Box<Tree>),
    /// a & b
    Join(Vec<Tree>),
    /// a ≤ b
    Compare(Comparison, Box<Tree>, Box<Tree>),
    /// SUM(…)
    Call(Function, Vec<Tree>),
}

impl Tree {
    /// Calls `visit` with this tree and all below it.
    pub fn each<'a>(&'a self, visit: &mut impl FnMut(&'a Tree)) {
        visit(self);
        match self {
            Self::Negate(inner) | Self::Percent(inner) => inner.each(visit),
            Self::Terms(parts) | Self::Factors(parts) => {
                for (_, part) in parts {
                    part.each(visit);
                }
            }
            Self::Power(a, b) | Self::Compare(_, a, b) => {
                a.each(visit);
                b.each(visit);
            }
            Self::Join(parts) | Self::Call(_, parts) => {
                for part in parts {
                    part.each(visit);
                }
            }
            _ => {}
        }
    }

    /// Whether any part of it refers to another file.
    pub fn is_external(&self) -> bool {
        let mut found = false;
        self.each(&mut |tree| found |= matches!(tree, Self::External));
        found
    }
}
