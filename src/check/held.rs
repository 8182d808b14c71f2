//! What the fields of tables hold in the lines that may hold figures: most rules look for what is in none of a long list's
//! cells, and need not walk it to find that out.

use crate::model::Coverage;

/// How many cells of a field hold what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// Numbers, dates among them.
    pub(super) numbers: u64,
    /// Numbers that are shown as dates.
    pub(super) dates: u64,
    pub(super) texts: u64,
    /// TRUE and FALSE.
    pub(super) truths: u64,
    pub(super) errors: u64,
}

/// The same of some lines of a table, field by field, and which of their numbers took part in a check.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) fields: Vec<Held>,
    pub(super) coverage: Coverage,
}

impl Tally {
    pub(super) fn new(fields: usize) -> Self {
        Self { fields: vec![Held::default(); fields], coverage: Coverage::default() }
    }

    /// With what other lines hold.
    pub(super) fn and(mut self, other: &Self) -> Self {
        for (own, more) in self.fields.iter_mut().zip(&other.fields) {
            own.numbers += more.numbers;
            own.dates += more.dates;
            own.texts += more.texts;
            own.truths += more.truths;
            own.errors += more.errors;
        }
        self.coverage.numbers += other.coverage.numbers;
        self.coverage.checked += other.coverage.checked;
        self
    }
}
