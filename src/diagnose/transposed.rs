//! Two neighbouring digits changed places: 5706 for 5760.
//!
//! The difference is nine times a power of ten times the digits' difference, but one difference in nine is divisible by
//! nine, so that only digits that really change into each other count.

use super::cause::{Cause, NO_TRAITS, Stated, Weight, digits, undigits, ways};
use crate::model::{DiagnosisKind, Text};
use crate::number::Decimal;

pub(super) static CAUSE: Cause = Cause {
    kind: DiagnosisKind::named("transposed"),
    source: "Kester, Accounting Theory and Practice I, pp. 87–89; 除9法",
    meant: Some(meant),
    explains: None,
    gap: None,
    words: |said| {
        Text::new(
            format!("{}相邻数字颠倒", said.label.zh),
            format!("neighbouring digits of {} changed places", said.label.en),
        )
    },
    traits: NO_TRAITS,
};

fn meant(stated: &Stated, into: &mut Vec<(Decimal, Weight)>) {
    let Some(value) = stated.value else { return };
    let decimals = stated.decimals.max(value.normalize().scale());
    let mut digits = digits(value, decimals);
    // 0.78 may have been 7.08 no more than 78 may have been 078.
    let count = digits.windows(2).filter(|pair| pair[0] != pair[1]).count();
    for at in 0..digits.len().saturating_sub(1) {
        if digits[at] == digits[at + 1] || at == 0 && digits[1] == b'0' {
            continue;
        }
        digits.swap(at, at + 1);
        into.extend(undigits(&digits, decimals, value).map(|value| (value, -10 - ways(count))));
        digits.swap(at, at + 1);
    }
    // Places one digit apart change places more rarely: 5706 for 5607 is one slip of two keys.
    for at in 0..digits.len().saturating_sub(2) {
        if digits[at] == digits[at + 2] || at == 0 && digits[2] == b'0' {
            continue;
        }
        digits.swap(at, at + 2);
        into.extend(undigits(&digits, decimals, value).map(|value| (value, -22 - ways(count))));
        digits.swap(at, at + 2);
    }
}
