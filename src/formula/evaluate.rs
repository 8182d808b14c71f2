//! What a tree comes to, over the values that a workbook stores.
//!
//! A cell's stored value counts, as Excel left it; only where a formula was never calculated does what was computed here
//! stand in. So a stale value is told at the cell that is stale, not at all that follow from it.

use std::cmp::Ordering;

use super::functions;
use super::lookups::Lookups;
use super::sums::Sums;
use crate::model::{
    Area, CellError, CellRef, Comparison, Computed, FormulaBook, QuickMap, Range, Tree, Value,
    Workbook,
};
use crate::number::{self, Decimal};

/// Why a formula was not evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// A function, name or construct that is not known here.
    NotSupported,
    /// It refers to another file.
    External,
    /// It refers to itself, or to a cell that could not be calculated.
    NotCalculated,
    /// Its numbers are out of range.
    Overflow,
    /// The work allowed for one workbook is spent.
    Budget,
}

/// A value, and how sure it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The value.
    pub value: Computed,
    /// The largest number met on the way: binary arithmetic may be off by about 10⁻¹⁵ of it.
    pub magnitude: Decimal,
    /// A rounding or comparison fell so near its boundary that binary arithmetic may decide otherwise.
    pub doubtful: bool,
}

impl Evaluation {
    /// Whether a stored number is this value, binary noise aside; true where that is in doubt.
    pub fn agrees_with(&self, stored: Decimal) -> bool {
        let Some(value) = self.value.number() else { return false };
        self.doubtful || near(value, stored, self.magnitude)
    }
}

/// Whether two numbers differ by no more than what binary arithmetic on numbers of that magnitude leaves.
pub(super) fn near(a: Decimal, b: Decimal, magnitude: Decimal) -> bool {
    let Some(difference) = a.checked_sub(b) else { return false };
    let scale = magnitude.max(a.abs()).max(b.abs());
    difference.abs() <= scale.checked_mul(Decimal::new(1, 11)).unwrap_or(Decimal::ZERO)
}

/// Why evaluation of a part stops: an error value, which a formula may catch, or not knowing, which nothing may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Error(CellError),
    Unknown(Unknown),
}

pub(super) const UNSUPPORTED: Stop = Stop::Unknown(Unknown::NotSupported);
const OVERFLOW: Stop = Stop::Unknown(Unknown::Overflow);

pub(super) type Step<T> = Result<T, Stop>;

/// Evaluates the formulas of one workbook within a bounded amount of work.
pub struct Evaluator<'a> {
    pub(super) workbook: &'a Workbook,
    pub(super) book: &'a FormulaBook,
    /// Values computed so far for cells without a stored one.
    pub(super) known: QuickMap<(u32, CellRef), Computed>,
    /// Values that cells are supposed to hold instead of their own.
    supposed: QuickMap<(u32, CellRef), Decimal>,
    pub(super) sheet: u32,
    pub(super) host: CellRef,
    budget: u64,
    /// What the formula at hand may still do that is not taken from the budget.
    allowance: u64,
    pub(super) sums: Sums,
    pub(super) lookups: Lookups,
    pub(super) magnitude: Decimal,
    doubtful: bool,
}

/// Cells that every formula may look at: many small formulas are no more work than their file has formulas, and are evaluated
/// though a few large ones have spent the budget.
const ALLOWANCE: u64 = 64;

impl<'a> Evaluator<'a> {
    /// An evaluator over a workbook and its formulas.
    pub fn new(workbook: &'a Workbook, book: &'a FormulaBook) -> Self {
        let cells: usize = workbook.sheets.iter().map(crate::model::Sheet::cell_count).sum();
        Self {
            workbook,
            book,
            known: QuickMap::default(),
            supposed: QuickMap::default(),
            sheet: 0,
            host: CellRef::default(),
            budget: 2_000_000 + 12 * cells as u64,
            allowance: 0,
            sums: Sums::default(),
            lookups: Lookups::default(),
            magnitude: Decimal::ZERO,
            doubtful: false,
        }
    }

    /// What `tree` comes to in a cell.
    ///
    /// # Errors
    /// When it cannot be known.
    pub fn evaluate(
        &mut self,
        tree: &Tree,
        sheet: u32,
        host: CellRef,
    ) -> Result<Evaluation, Unknown> {
        (self.sheet, self.host) = (sheet, host);
        (self.magnitude, self.doubtful) = (Decimal::ZERO, false);
        self.allowance = ALLOWANCE;
        let value = match self.value(tree) {
            // A formula that gives an empty cell shows 0.
            Ok(Computed::Blank) => Computed::Number(Decimal::ZERO),
            Ok(value) => value,
            Err(Stop::Error(error)) => Computed::Error(error),
            Err(Stop::Unknown(unknown)) => return Err(unknown),
        };
        Ok(Evaluation { value, magnitude: self.magnitude, doubtful: self.doubtful })
    }

    /// What the formula of a cell comes to.
    ///
    /// # Errors
    /// When there is none, or it cannot be known.
    pub fn evaluate_cell(&mut self, sheet: u32, cell: CellRef) -> Result<Evaluation, Unknown> {
        let tree = self.tree_at(sheet, cell).ok_or(Unknown::NotSupported)?;
        self.evaluate(tree, sheet, cell)
    }

    /// Takes a cell to hold a value from now on, whatever is stored there.
    pub fn suppose(&mut self, sheet: u32, cell: CellRef, value: Decimal) {
        self.sums.clear();
        self.lookups.clear();
        self.supposed.insert((sheet, cell), value);
    }

    /// Whether all cells are taken to hold what is stored in them.
    pub(super) fn holds_own_values(&self) -> bool {
        self.supposed.is_empty()
    }

    /// The formula of a cell.
    pub(super) fn tree_at(&self, sheet: u32, cell: CellRef) -> Option<&'a Tree> {
        let book = self.book;
        book.form_at(self.workbook, sheet, cell).and_then(|form| book.tree(form))
    }

    /// Takes all cells as they are stored again.
    pub fn suppose_nothing(&mut self) {
        self.sums.clear();
        self.lookups.clear();
        self.supposed.clear();
    }

    /// Takes `work` from what the formula may do, then from the budget; false when both are spent.
    pub(super) fn spend(&mut self, work: u64) -> bool {
        if let Some(left) = self.allowance.checked_sub(work) {
            self.allowance = left;
            return true;
        }
        self.budget = self.budget.saturating_sub(work);
        self.budget > 0
    }

    pub(super) fn doubt(&mut self) {
        self.doubtful = true;
    }

    /// A value that is no error.
    pub(super) fn value(&mut self, tree: &Tree) -> Step<Computed> {
        Ok(match tree {
            Tree::Number(value) => self.noted(*value),
            Tree::Text(text) => Computed::Text(text.clone()),
            Tree::Bool(value) => Computed::Bool(*value),
            Tree::Error(error) => return Err(Stop::Error(*error)),
            Tree::Missing => Computed::Blank,
            Tree::External => return Err(Stop::Unknown(Unknown::External)),
            Tree::Opaque => return Err(UNSUPPORTED),
            Tree::Area(area) => {
                let (sheet, range) = self.resolve(area)?;
                if range.start != range.end {
                    return Err(UNSUPPORTED);
                }
                match self.cell(sheet, range.start)? {
                    Computed::Error(error) => return Err(Stop::Error(error)),
                    value => value,
                }
            }
            Tree::Negate(inner) => Computed::Number(-self.number(inner)?),
            Tree::Percent(inner) => {
                Computed::Number(multiply(self.number(inner)?, Decimal::new(1, 2))?)
            }
            Tree::Terms(parts) => self.terms(parts)?,
            Tree::Factors(parts) => self.factors(parts)?,
            Tree::Power(base, exponent) => {
                let (base, exponent) = (self.number(base)?, self.number(exponent)?);
                Computed::Number(power(base, exponent)?)
            }
            Tree::Join(parts) => {
                let mut text = String::new();
                for part in parts {
                    text.push_str(&self.text(part)?);
                }
                Computed::Text(text.into())
            }
            Tree::Compare(comparison, a, b) => {
                let (a, b) = (self.value(a)?, self.value(b)?);
                Computed::Bool(self.compare(*comparison, &a, &b)?)
            }
            Tree::Call(function, arguments) => functions::call(self, *function, arguments)?,
        })
    }

    fn noted(&mut self, value: Decimal) -> Computed {
        self.magnitude = self.magnitude.max(value.abs());
        Computed::Number(value)
    }

    fn terms(&mut self, parts: &[(bool, Tree)]) -> Step<Computed> {
        let mut sum = Decimal::ZERO;
        for (minus, part) in parts {
            let value = self.number(part)?;
            let value = if *minus { -value } else { value };
            sum = sum.checked_add(value).ok_or(OVERFLOW)?;
        }
        Ok(Computed::Number(sum))
    }

    fn factors(&mut self, parts: &[(bool, Tree)]) -> Step<Computed> {
        let mut product = Decimal::ONE;
        for (divide, part) in parts {
            let value = self.number(part)?;
            product = if *divide { divide_by(product, value)? } else { multiply(product, value)? };
        }
        Ok(Computed::Number(product))
    }

    /// A value as a number, as + and × take it.
    pub(super) fn number(&mut self, tree: &Tree) -> Step<Decimal> {
        let value = self.value(tree)?;
        to_number(&value)
    }

    /// A value as a text, as & takes it.
    pub(super) fn text(&mut self, tree: &Tree) -> Step<String> {
        Ok(match self.value(tree)? {
            Computed::Text(text) => text.into(),
            Computed::Number(value) if value.scale() <= 10 => value.normalize().to_string(),
            Computed::Blank => String::new(),
            Computed::Bool(value) => (if value { "TRUE" } else { "FALSE" }).to_owned(),
            Computed::Error(error) => return Err(Stop::Error(error)),
            Computed::Number(_) => return Err(UNSUPPORTED),
        })
    }

    /// A value as a condition.
    pub(super) fn truth(&mut self, tree: &Tree) -> Step<bool> {
        match self.value(tree)? {
            Computed::Bool(value) => Ok(value),
            Computed::Number(value) => Ok(!value.is_zero()),
            Computed::Blank => Ok(false),
            Computed::Error(error) => Err(Stop::Error(error)),
            Computed::Text(_) => Err(Stop::Error(CellError::Value)),
        }
    }

    /// Whether a comparison holds.
    pub(super) fn compare(
        &mut self,
        comparison: Comparison,
        a: &Computed,
        b: &Computed,
    ) -> Step<bool> {
        let order = match (a, b) {
            (Computed::Number(a), Computed::Number(b)) => self.order(*a, *b),
            (Computed::Number(a), Computed::Blank) => self.order(*a, Decimal::ZERO),
            (Computed::Blank, Computed::Number(b)) => self.order(Decimal::ZERO, *b),
            (Computed::Text(a), Computed::Text(b)) => text_order(comparison, a, b)?,
            (Computed::Text(a), Computed::Blank) => text_order(comparison, a, "")?,
            (Computed::Blank, Computed::Text(b)) => text_order(comparison, "", b)?,
            (Computed::Bool(a), Computed::Bool(b)) => a.cmp(b),
            (Computed::Blank, Computed::Blank) => Ordering::Equal,
            (Computed::Error(error), _) | (_, Computed::Error(error)) => {
                return Err(Stop::Error(*error));
            }
            // Numbers come before texts, texts before TRUE and FALSE.
            _ => rank(a).cmp(&rank(b)),
        };
        Ok(comparison.holds(order))
    }

    fn order(&mut self, a: Decimal, b: Decimal) -> Ordering {
        if a != b && near(a, b, self.magnitude) {
            self.doubtful = true;
        }
        a.cmp(&b)
    }

    pub(super) fn resolve(&self, area: &Area) -> Step<(u32, Range)> {
        area.resolve(self.sheet, self.host).ok_or(Stop::Error(CellError::Reference))
    }

    /// What a cell holds.
    pub(super) fn cell(&mut self, sheet: u32, cell: CellRef) -> Step<Computed> {
        if !self.spend(1) {
            return Err(Stop::Unknown(Unknown::Budget));
        }
        if let Some(value) = self.supposed.get(&(sheet, cell)).copied() {
            return Ok(self.noted(value));
        }
        let Some(found) = self.workbook.sheets.get(sheet as usize) else { return Err(UNSUPPORTED) };
        Ok(match found.stored(cell) {
            Value::Number(value) => self.noted(value),
            Value::Text(id) => Computed::Text(found.texts.get(id).into()),
            Value::Bool(value) => Computed::Bool(value),
            Value::Error(error) => Computed::Error(error),
            Value::Empty if self.book.is_uncalculated(sheet, cell) => {
                let key = (sheet, cell);
                let value = self.known.get(&key).or_else(|| self.book.computed(sheet, cell));
                match value.cloned().ok_or(Stop::Unknown(Unknown::NotCalculated))? {
                    Computed::Number(value) => self.noted(value),
                    value => value,
                }
            }
            Value::Empty => Computed::Blank,
        })
    }

    /// Calls `visit` with the cells of a range that may hold something.
    pub(super) fn each_cell(
        &mut self,
        sheet: u32,
        range: Range,
        mut visit: impl FnMut(&mut Self, CellRef, Computed) -> Step<()>,
    ) -> Step<()> {
        let Some(range) = self.book.clip(sheet, range) else { return Ok(()) };
        for row in range.start.row..=range.end.row {
            for column in range.start.column..=range.end.column {
                let cell = CellRef::new(row, column);
                let value = self.cell(sheet, cell)?;
                visit(self, cell, value)?;
            }
        }
        Ok(())
    }
}

/// A value as + and × take it: a text that is plainly a number counts, another is #VALUE!.
pub(super) fn to_number(value: &Computed) -> Step<Decimal> {
    match value {
        Computed::Number(value) => Ok(*value),
        Computed::Blank => Ok(Decimal::ZERO),
        Computed::Bool(value) => Ok(Decimal::from(u8::from(*value))),
        Computed::Error(error) => Err(Stop::Error(*error)),
        Computed::Text(text) => match plain_number(text) {
            Some(value) => Ok(value),
            // Excel reads dates, times and money there; they are left alone.
            None if text.chars().any(char::is_numeric) => Err(UNSUPPORTED),
            None => Err(Stop::Error(CellError::Value)),
        },
    }
}

/// A text of digits, with a point or a minus at most.
pub(super) fn plain_number(text: &str) -> Option<Decimal> {
    let text = text.trim_matches(' ');
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    if plain { number::exact_text(text) } else { None }
}

pub(super) fn multiply(a: Decimal, b: Decimal) -> Step<Decimal> {
    a.checked_mul(b).ok_or(OVERFLOW)
}

pub(super) fn add(a: Decimal, b: Decimal) -> Step<Decimal> {
    a.checked_add(b).ok_or(OVERFLOW)
}

pub(super) fn divide_by(a: Decimal, b: Decimal) -> Step<Decimal> {
    if b.is_zero() {
        return Err(Stop::Error(CellError::DivideByZero));
    }
    a.checked_div(b).ok_or(OVERFLOW)
}

/// Whole powers only.
pub(super) fn power(base: Decimal, exponent: Decimal) -> Step<Decimal> {
    let whole: i32 = exponent
        .fract()
        .is_zero()
        .then(|| exponent.trunc().to_string().parse().ok())
        .flatten()
        .filter(|whole: &i32| whole.abs() <= 64)
        .ok_or(UNSUPPORTED)?;
    if base.is_zero() && whole <= 0 {
        let error = if whole == 0 { CellError::Number } else { CellError::DivideByZero };
        return Err(Stop::Error(error));
    }
    let mut result = Decimal::ONE;
    for _ in 0..whole.abs() {
        result = multiply(result, base)?;
    }
    if whole < 0 { divide_by(Decimal::ONE, result) } else { Ok(result) }
}

/// Texts are equal whatever their case; which comes first depends on the reader's language.
fn text_order(comparison: Comparison, a: &str, b: &str) -> Step<Ordering> {
    if !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
        return Err(UNSUPPORTED);
    }
    Ok(if a.to_lowercase() == b.to_lowercase() { Ordering::Equal } else { Ordering::Less })
}

fn rank(value: &Computed) -> u8 {
    match value {
        Computed::Number(_) | Computed::Blank => 0,
        Computed::Text(_) => 1,
        _ => 2,
    }
}
