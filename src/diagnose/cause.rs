//! What a cause is: how one file of this room explains a difference.
//!
//! Explanations are weighed against each other in tenths of a power of ten: −10 is ten times less likely. A pattern that
//! fits one value in a hundred by chance weighs less than one that fits one in ten, so that a story cannot win by having
//! many ways to come true.

use crate::model::{DiagnosisKind, Place, Text};
use crate::number::{self, Decimal};

/// Tenths of a power of ten.
pub(super) type Weight = i32;

/// A cell's figure as the causes see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stated {
    /// What it says; `None` where it is blank or a dash.
    pub(super) value: Option<Decimal>,
    /// Decimals it may print, of the value as held (22.8 % is 0.228 with 3).
    pub(super) decimals: u32,
}

/// A total that does not agree with its parts.
#[derive(Clone, Debug)]
pub(super) struct Gap {
    /// stated − computed
    pub(super) difference: Decimal,
    /// What each part that says something adds.
    pub(super) parts: Vec<(Place, Decimal)>,
    /// Which of the parts are totals of their own.
    pub(super) rollups: Vec<Place>,
    /// 其中 lines of the same column.
    pub(super) of_which: Vec<(Place, Decimal)>,
    /// Lines of the same column outside the relation that speak of carried-over or earlier money.
    pub(super) outside: Vec<(Place, Decimal)>,
    /// Those of the parts that are numbers stored as text.
    pub(super) texts: Vec<(Place, Decimal)>,
    /// The total is a formula.
    pub(super) formula: bool,
    /// The total is a formula whose stored value its own cells do not give.
    pub(super) stale: bool,
    /// The stored digits disagree where the printed ones agree.
    pub(super) hidden: bool,
}

/// How a value came to be stated: the value that was meant, with the weight of that slip.
pub(super) type Meant = fn(&Stated, &mut Vec<(Decimal, Weight)>);

/// How a total came not to agree with its parts, and which parts that names.
pub(super) type Judge = fn(&Gap) -> Option<(Weight, Vec<Place>)>;

/// What a cause says to people.
#[derive(Clone, Debug)]
pub(super) struct Said {
    /// The line, or line and column, of the changed cell.
    pub(super) label: Text,
    /// Names of the parts concerned.
    pub(super) parts: String,
}

/// One cause.
pub struct Cause {
    /// Its name in reports: `transposed`.
    pub kind: DiagnosisKind,
    /// Where the pattern is described.
    pub source: &'static str,
    /// Values that may have been meant by what is stated.
    pub(super) meant: Option<Meant>,
    /// Judges a value that is needed, where what is stated does not tell what was meant.
    pub(super) explains: Option<fn(&Stated, Decimal) -> Option<Weight>>,
    /// Judges a total that should be what its parts give; names the parts concerned.
    pub(super) gap: Option<Judge>,
    /// What it says: 无形资产多计一倍.
    pub(super) words: fn(&Said) -> Text,
    /// How it is told and weighed.
    pub(super) traits: Traits,
}

/// What sets a cause apart from others; plain slips have none of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Traits {
    /// Nothing need change: what is stated is right in its own way.
    pub(super) idle: bool,
    /// Seen in several columns of a line it is the line's, not that of one figure.
    pub(super) of_line: bool,
    /// It changes the size of a figure, so that it says something about a limit that is exceeded.
    pub(super) of_size: bool,
    /// How much likelier it is where a figure below zero should be above.
    pub(super) from_below_zero: Weight,
}

/// The traits of a plain slip.
pub(super) const NO_TRAITS: Traits =
    Traits { idle: false, of_line: false, of_size: false, from_below_zero: 0 };

/// The cause of a kind.
pub(super) fn of_kind(kind: DiagnosisKind) -> Option<&'static Cause> {
    super::CAUSES.iter().find(|cause| cause.kind == kind).copied()
}

/// The traits of a kind.
pub(super) fn traits(kind: DiagnosisKind) -> Traits {
    of_kind(kind).map_or(NO_TRAITS, |cause| cause.traits)
}

/// Ten times the logarithm of a number of ways.
pub(super) fn ways(count: usize) -> Weight {
    const STEPS: [usize; 10] = [100, 126, 158, 200, 251, 316, 398, 501, 631, 794];
    let mut rest = count.max(1) * 100;
    let mut tens = 0;
    while rest >= 1000 {
        rest /= 10;
        tens += 10;
    }
    STEPS.iter().filter(|step| rest >= **step).fold(tens - 1, |sum, _| sum + 1)
}

/// The digits of a value with all its decimals, without sign.
pub(super) fn digits(value: Decimal, decimals: u32) -> Vec<u8> {
    let mut value = value;
    value.rescale(decimals.max(value.normalize().scale()).min(20));
    value.mantissa().unsigned_abs().to_string().into_bytes()
}

/// The value of digits as [`digits`] gives them, with the sign of `like`.
pub(super) fn undigits(digits: &[u8], decimals: u32, like: Decimal) -> Option<Decimal> {
    let number: i128 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let value = Decimal::try_from_i128_with_scale(number, decimals).ok()?.normalize();
    Some(if like.is_sign_negative() { -value } else { value })
}

/// How many digits a value shows that are not zeros at its ends.
pub(super) fn significant(value: Decimal) -> Weight {
    let count = number::significant_digits(value).checked_ilog10().map_or(1, |power| power + 1);
    Weight::try_from(count).unwrap_or(Weight::MAX)
}
