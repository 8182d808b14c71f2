//! What must agree with what.
//!
//! A relation is a family: one form over vectors of lines or fields, never an object per cell.

use super::place::{CellRef, Place};
use super::rule::Severity;

/// The arithmetic of a relation.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// target = Σ coefficient × term
    Sum,
    /// target = first ÷ second
    Ratio,
    /// target = first × second × …
    Product,
    /// target = mean of the terms
    Average,
    /// target = (second − first) ÷ first
    RelativeChange,
    /// target = the only term
    Equal,
    /// target ≤ Σ terms
    AtMost,
}

/// Where a relation comes from, strongest last.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Held by the numbers of the table.
    Mined,
    /// Words: 合计, 其中, numbering, indents.
    Label,
    /// The sheet's own formulas.
    Formula,
    /// Declared between tables.
    Packet,
    /// Declared for the table kind.
    Kind,
    /// The user's own file.
    User,
}

/// The sources that support a relation: the same words as [`Origin`].
pub type Evidence = Origin;

/// A set of [`Evidence`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EvidenceSet(u8);

impl EvidenceSet {
    /// Only this one.
    pub fn of(evidence: Evidence) -> Self {
        Self(1 << evidence as u8)
    }

    /// With one more.
    #[must_use]
    pub fn with(self, evidence: Evidence) -> Self {
        Self(self.0 | 1 << evidence as u8)
    }

    /// All of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it holds this one.
    pub fn contains(self, evidence: Evidence) -> bool {
        self.0 & (1 << evidence as u8) != 0
    }

    /// Strongest first.
    pub fn iter(self) -> impl Iterator<Item = Evidence> {
        [Origin::User, Origin::Kind, Origin::Packet, Origin::Formula, Origin::Label, Origin::Mined]
            .into_iter()
            .filter(move |evidence| self.contains(*evidence))
    }

    /// The strongest.
    pub fn strongest(self) -> Origin {
        self.iter().next().unwrap_or(Origin::Mined)
    }
}

impl From<Evidence> for EvidenceSet {
    fn from(evidence: Evidence) -> Self {
        Self::of(evidence)
    }
}

/// One cell of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operand {
    /// The cell.
    pub place: Place,
    /// The table it belongs to, which gives its unit and label.
    pub table: Option<u32>,
    /// In sums, 1 or −1 (or a whole number). In ratios and changes that of the first term multiplies the result: 100 for
    /// percentages printed without their sign.
    pub coefficient: i32,
}

/// Which cells a family of checks covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One row against others, once in each column. Rows and columns are the sheet's.
    Lines {
        /// Index of the table.
        table: u32,
        /// The target row.
        target: u32,
        /// The term rows with their coefficients, in the operation's order.
        terms: Vec<(u32, i32)>,
        /// The columns checked.
        columns: Vec<u32>,
    },
    /// One column against others, once in each row.
    Fields {
        /// Index of the table.
        table: u32,
        /// The target column.
        target: u32,
        /// The term columns with their coefficients, in the operation's order.
        terms: Vec<(u32, i32)>,
        /// The rows checked.
        rows: Vec<u32>,
    },
    /// One check of cells anywhere.
    Cells {
        /// The target.
        target: Operand,
        /// The terms, in the operation's order.
        terms: Vec<Operand>,
    },
}

/// A family of checks with one meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    /// The rule's code (T01).
    pub rule: String,
    /// How grave a failure is.
    pub severity: Severity,
    /// Everything that supports it; the strongest is the report's `origin`.
    pub evidence: EvidenceSet,
    /// The arithmetic.
    pub operation: Operation,
    /// The cells.
    pub shape: Shape,
    /// In how many checks of the family the numbers hold, and in how many they could be tried, when it was proposed.
    pub support: (u32, u32),
    /// Said to people where the rule's own title is too general: the declared relation in words.
    pub reason: Option<super::Text>,
    /// The id of its first check; the others follow. Set by `check`.
    pub first_check: u64,
    /// What was found when failing checks were weighed, by ordinal, in order.
    pub claims: Vec<(u32, super::Claim)>,
}

impl Relation {
    /// A relation that one witness proposes: an error where it fails, and not yet tried on numbers.
    pub fn new(
        rule: impl Into<String>,
        operation: Operation,
        shape: Shape,
        evidence: impl Into<EvidenceSet>,
    ) -> Self {
        Self {
            rule: rule.into(),
            severity: Severity::Error,
            evidence: evidence.into(),
            operation,
            shape,
            support: (0, 0),
            reason: None,
            first_check: 0,
            claims: Vec::new(),
        }
    }

    /// With the gravity of a failure.
    #[must_use]
    pub fn of_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// With the number of checks that hold, of those that could be tried.
    #[must_use]
    pub fn supported(mut self, holds: u32, tried: u32) -> Self {
        self.support = (holds, tried);
        self
    }

    /// With what people are told of it.
    #[must_use]
    pub fn because(mut self, reason: super::Text) -> Self {
        self.reason = Some(reason);
        self
    }

    /// What was found when check `ordinal` was weighed: only checks that do not hold are.
    pub fn claim(&self, ordinal: usize) -> Option<&super::Claim> {
        let at = self.claims.binary_search_by_key(&(ordinal as u32), |(at, _)| *at).ok()?;
        Some(&self.claims[at].1)
    }

    /// Why a failure of check `ordinal` is not told as an error.
    pub fn doubt(&self, ordinal: usize) -> Option<&super::Text> {
        self.claim(ordinal)?.doubt.as_ref()
    }

    /// How many checks it is.
    pub fn check_count(&self) -> usize {
        match &self.shape {
            Shape::Lines { columns, .. } => columns.len(),
            Shape::Fields { rows, .. } => rows.len(),
            Shape::Cells { .. } => 1,
        }
    }

    /// The relation with those of its checks alone that are to be kept; `keep` says it of each, in their order.
    pub(crate) fn with_checks(mut self, keep: &[bool]) -> Option<Self> {
        let mut at = keep.iter();
        let mut kept = |_: &u32| at.next().copied().unwrap_or(false);
        match &mut self.shape {
            Shape::Lines { columns, .. } => columns.retain(&mut kept),
            Shape::Fields { rows, .. } => rows.retain(&mut kept),
            Shape::Cells { .. } => return keep[0].then_some(self),
        }
        (self.check_count() > 0).then_some(self)
    }

    /// How many checks are worth a core's while: those of some ten thousand cells.
    pub(crate) fn piece(&self) -> usize {
        let terms = match &self.shape {
            Shape::Lines { terms, .. } | Shape::Fields { terms, .. } => terms.len(),
            Shape::Cells { .. } => return 1,
        };
        (16_384 / (terms + 1)).max(1)
    }

    /// The target and terms of check `ordinal`, in the file and sheet given by `place_of` (table index → file, sheet).
    ///
    /// `terms` is cleared and filled, so that a caller can use one buffer for all.
    pub fn operands(
        &self,
        ordinal: usize,
        place_of: impl Fn(u32) -> (u32, u32),
        terms: &mut Vec<Operand>,
    ) -> Operand {
        terms.clear();
        match &self.shape {
            Shape::Lines { table, target, terms: rows, columns } => {
                let (file, sheet) = place_of(*table);
                let column = columns[ordinal];
                let operand = |row: u32, coefficient: i32| Operand {
                    place: Place { file, sheet, cell: CellRef::new(row, column) },
                    table: Some(*table),
                    coefficient,
                };
                terms.extend(rows.iter().map(|(row, coefficient)| operand(*row, *coefficient)));
                operand(*target, 1)
            }
            Shape::Fields { table, target, terms: columns, rows } => {
                let (file, sheet) = place_of(*table);
                let row = rows[ordinal];
                let operand = |column: u32, coefficient: i32| Operand {
                    place: Place { file, sheet, cell: CellRef::new(row, column) },
                    table: Some(*table),
                    coefficient,
                };
                terms.extend(
                    columns.iter().map(|(column, coefficient)| operand(*column, *coefficient)),
                );
                operand(*target, 1)
            }
            Shape::Cells { target, terms: operands } => {
                terms.extend_from_slice(operands);
                *target
            }
        }
    }
}
