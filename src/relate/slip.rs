//! Slips of the pen between two amounts: one digit, two neighbours swapped, the point elsewhere.

use crate::number::{Decimal, significant_digits};

/// Digits that two amounts must share before one is the other with its point elsewhere.
const DIGITS: u32 = 4;
/// Digits that two amounts must have before one wrong among them is a slip.
const DIGITS_OF_SLIP: u32 = 5;

/// Whether a number has at least so many digits.
fn has_digits(value: Decimal, least: u32) -> bool {
    significant_digits(value) >= 10_u128.pow(least - 1)
}

/// Whether one amount is the other with one digit wrong, two neighbours swapped, or the point elsewhere.
pub(super) fn is_slip(one: Decimal, other: Decimal) -> bool {
    if one.is_zero() || other.is_zero() || one.is_sign_negative() != other.is_sign_negative() {
        return false;
    }
    if significant_digits(one) == significant_digits(other) {
        return has_digits(one, DIGITS);
    }
    // 20,000 and 30,000 differ in one digit, too.
    if !has_digits(one, DIGITS_OF_SLIP) || !has_digits(other, DIGITS_OF_SLIP) {
        return false;
    }
    // Digits stand beside each other at one scale.
    let scale = one.normalize().scale().max(other.normalize().scale());
    let at_scale = |value: Decimal| {
        let mut value = value.abs().normalize();
        value.rescale(scale);
        value.mantissa().to_string().into_bytes()
    };
    digits_slip(&at_scale(one), &at_scale(other))
}

/// Whether two rows of digits differ in one, or in two neighbours swapped.
pub(in crate::relate) fn digits_slip(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let wrong: Vec<usize> = (0..a.len()).filter(|at| a[*at] != b[*at]).collect();
    match wrong.as_slice() {
        [_] => true,
        [first, second] => {
            second - first == 1 && a[*first] == b[*second] && a[*second] == b[*first]
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_other_amounts() {
        for (one, other, slip) in [
            ("26027.24", "26072.24", true),
            ("26027.24", "26027.34", true),
            ("26027.24", "2602.724", true),
            ("26027.24", "36037.24", false),
            ("26027.24", "20320.85", false),
            ("12.5", "12.6", false),
            ("20000.00", "30000.00", false),
            ("26027.24", "-26027.24", false),
            ("0", "26027.24", false),
        ] {
            let (one, other) = (one.parse().unwrap(), other.parse().unwrap());
            assert_eq!(is_slip(one, other), slip, "{one} {other}");
        }
    }
}
