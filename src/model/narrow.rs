//! The figures of a column as integers of one half unit, asked for again and again.

use super::arena::Scaled;

/// The figures of some lines of a column.
#[derive(Clone, Debug)]
pub(crate) struct Narrow {
    half: i64,
    /// The largest of the numbers, whatever their sign.
    most: u64,
    /// All of them are numbers.
    all_numbers: bool,
    values: Box<[i64]>,
}

/// What stands in place of a number: a figure that only decimals tell, none, and one that no check can be trusted with.
const BY_DECIMALS: i64 = i64::MIN;
const MISSING: i64 = i64::MIN + 1;
const UNUSABLE: i64 = i64::MIN + 2;

impl Narrow {
    /// `None` where the half units differ.
    pub(crate) fn new(figures: impl Iterator<Item = Option<Scaled>>) -> Option<Self> {
        let mut common = None;
        let (mut most, mut all_numbers) = (0, true);
        let mut narrow = |figure: Option<Scaled>| {
            let narrow = match figure {
                None => BY_DECIMALS,
                Some(Scaled::Missing) => MISSING,
                Some(Scaled::Unusable) => UNUSABLE,
                Some(Scaled::Number { value, half }) => {
                    if value <= UNUSABLE {
                        BY_DECIMALS
                    } else if *common.get_or_insert(half) == half {
                        value
                    } else {
                        return None;
                    }
                }
            };
            if narrow <= UNUSABLE {
                all_numbers = false;
            } else {
                most = narrow.unsigned_abs().max(most);
            }
            Some(narrow)
        };
        let values = figures.map(&mut narrow).collect::<Option<_>>()?;
        Some(Self { half: common.unwrap_or(0), most, all_numbers, values })
    }

    /// The figure of a line; `None` where only decimals will do.
    #[inline]
    pub(crate) fn at(&self, line: usize) -> Option<Scaled> {
        match self.values[line] {
            BY_DECIMALS => None,
            MISSING => Some(Scaled::Missing),
            UNUSABLE => Some(Scaled::Unusable),
            value => Some(Scaled::Number { value, half: self.half }),
        }
    }

    /// The numbers of all lines; `None` where some have none.
    #[inline]
    pub(crate) fn numbers(&self) -> Option<&[i64]> {
        self.all_numbers.then_some(&*self.values)
    }
}

/// A sum of columns in which every line states a number, so that 64 bits hold what it is off by.
pub(crate) struct PlainSum<'a> {
    target: &'a [i64],
    terms: Vec<(&'a [i64], i64)>,
    slack: i64,
}

impl<'a> PlainSum<'a> {
    /// `None` where some line states no number, or where the numbers are too large.
    pub(crate) fn new(target: &'a Narrow, terms: &[(&'a Narrow, i32)]) -> Option<Self> {
        let times = |number: u64, coefficient: i32| {
            number.checked_mul(u64::from(coefficient.unsigned_abs()))
        };
        let (mut most, mut slack) = (target.most, u64::try_from(target.half).ok()?);
        let mut columns = Vec::with_capacity(terms.len());
        for (term, coefficient) in terms {
            most = most.checked_add(times(term.most, *coefficient)?)?;
            slack = slack.checked_add(times(u64::try_from(term.half).ok()?, *coefficient)?)?;
            columns.push((term.numbers()?, i64::from(*coefficient)));
        }
        let fits = !terms.is_empty() && i64::try_from(most).is_ok();
        let slack = i64::try_from(slack).ok().filter(|_| fits)?;
        Some(Self { target: target.numbers()?, terms: columns, slack })
    }

    /// What a line states beyond the sum of its terms.
    #[inline]
    pub(crate) fn off(&self, line: usize) -> i64 {
        self.terms
            .iter()
            .fold(self.target[line], |off, (term, coefficient)| off - term[line] * coefficient)
    }

    /// How far both may lie apart by the digits that are printed.
    #[inline]
    pub(crate) fn slack(&self) -> i64 {
        self.slack
    }

    /// What a line states.
    #[inline]
    pub(crate) fn stated(&self, line: usize) -> i64 {
        self.target[line]
    }

    /// How many of the terms are not zero in a line.
    #[inline]
    pub(crate) fn nonzero(&self, line: usize) -> usize {
        self.terms.iter().filter(|(term, _)| term[line] != 0).count()
    }
}
