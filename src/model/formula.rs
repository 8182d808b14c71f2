//! What a formula says, with references relative to the cell it stands in, and the formulas of a workbook.
//!
//! Chains of + and −, × and ÷, & are flat lists, so that the depth of a tree is that of its parentheses. Types only: the
//! `formula` room reads and evaluates them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::cell::CellError;
use super::place::{CellRef, LAST, Range};
use super::workbook::Workbook;
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

    /// Whether it is a cell in the row of the formula's own, on its sheet.
    pub fn is_of_own_row(&self) -> bool {
        let own = |(a, _): (Coordinate, Coordinate)| !a.absolute && a.value == 0;
        self.is_cell() && self.sheet == SheetReference::Own && self.rows.is_some_and(own)
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

/// What a formula comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Computed {
    /// A number.
    Number(Decimal),
    /// A text.
    Text(Box<str>),
    /// TRUE or FALSE.
    Bool(bool),
    /// An error value.
    Error(CellError),
    /// An empty cell.
    Blank,
}

impl Computed {
    /// The number, where it is one.
    pub fn number(&self) -> Option<Decimal> {
        match self {
            Self::Number(value) => Some(*value),
            _ => None,
        }
    }
}

/// The formulas of a workbook.
#[derive(Clone, Debug, Default)]
pub struct FormulaBook {
    /// The formulas as all cells of a filled column share them.
    pub(crate) forms: Vec<Option<Tree>>,
    /// For each sheet, the form of each of its formulas, in their order.
    pub(crate) sheets: Vec<Vec<u32>>,
    /// The used rectangle of each sheet.
    pub(crate) used: Vec<Option<Range>>,
    /// The cells whose formula has no stored value: sheet and column → rows, in order.
    pub(crate) uncalculated: HashMap<(u32, u32), Vec<u32>>,
    pub(crate) subtotals: HashSet<(u32, CellRef)>,
    pub(crate) computed: BTreeMap<(u32, CellRef), Computed>,
    /// How many formulas were too long to be parsed beside so many others.
    pub(crate) long: u64,
}

impl FormulaBook {
    /// Whether the workbook has no formula.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// Whether a value is stored beside each formula.
    pub(crate) fn is_calculated(&self) -> bool {
        self.uncalculated.is_empty() && self.computed.is_empty()
    }

    /// How many distinct forms there are.
    pub fn form_count(&self) -> usize {
        self.forms.len()
    }

    /// The forms of a sheet's formulas, in the order of [`super::Sheet::formulas`].
    pub fn forms(&self, sheet: u32) -> &[u32] {
        self.sheets.get(sheet as usize).map_or(&[], Vec::as_slice)
    }

    /// The tree of a form; `None` where it could not be understood.
    pub fn tree(&self, form: u32) -> Option<&Tree> {
        self.forms.get(form as usize)?.as_ref()
    }

    /// The form of a cell's formula.
    pub fn form_at(&self, workbook: &Workbook, sheet: u32, cell: CellRef) -> Option<u32> {
        let formulas = &workbook.sheets.get(sheet as usize)?.formulas;
        let at = formulas.binary_search_by_key(&cell, |(cell, _)| *cell).ok()?;
        self.forms(sheet).get(at).copied()
    }

    /// What a cell without a stored value comes to, at 15 significant digits.
    pub fn computed(&self, sheet: u32, cell: CellRef) -> Option<&Computed> {
        self.computed.get(&(sheet, cell))
    }

    /// All cells without a stored value that could be computed.
    pub fn all_computed(&self) -> impl Iterator<Item = (u32, CellRef, &Computed)> {
        self.computed.iter().map(|((sheet, cell), value)| (*sheet, *cell, value))
    }

    /// Whether a cell's formula has no stored value.
    pub fn is_uncalculated(&self, sheet: u32, cell: CellRef) -> bool {
        self.uncalculated
            .get(&(sheet, cell.column))
            .is_some_and(|rows| rows.binary_search(&cell.row).is_ok())
    }

    /// Whether a cell's formula is a SUBTOTAL, which other subtotals leave out.
    pub fn is_subtotal(&self, sheet: u32, cell: CellRef) -> bool {
        self.subtotals.contains(&(sheet, cell))
    }

    /// The part of a range that may hold something.
    pub fn clip(&self, sheet: u32, range: Range) -> Option<Range> {
        let used = (*self.used.get(sheet as usize)?)?;
        let start = CellRef::new(
            range.start.row.max(used.start.row),
            range.start.column.max(used.start.column),
        );
        let end =
            CellRef::new(range.end.row.min(used.end.row), range.end.column.min(used.end.column));
        (start.row <= end.row && start.column <= end.column).then(|| Range::new(start, end))
    }
}
