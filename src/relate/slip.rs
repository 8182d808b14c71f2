//! Slips of the pen between two amounts: one digit, two neighbours swapped, the point elsewhere.

use crate::model::Quantity;
use crate::number::{Decimal, round_half_away, significant_digits};

/// Digits that two amounts must share before one is the other with its point elsewhere.
const DIGITS: u32 = 4;
/// Digits that two amounts must have before one wrong among them is a slip.
const DIGITS_OF_SLIP: u32 = 5;

/// Whether the significant digits of a number are at least so many.
fn has_digits(digits: u128, least: u32) -> bool {
    digits >= 10_u128.pow(least - 1)
}

/// Whether one amount is the other with one digit wrong, two neighbours swapped, or the point elsewhere.
pub(super) fn is_slip(one: Decimal, other: Decimal) -> bool {
    if one.is_zero() || other.is_zero() || one.is_sign_negative() != other.is_sign_negative() {
        return false;
    }
    if !may_be_slip(one, other) {
        return false;
    }
    let (first, second) = (significant_digits(one), significant_digits(other));
    if first == second {
        return has_digits(first, DIGITS);
    }
    // 20,000 and 30,000 differ in one digit, too.
    if !has_digits(first, DIGITS_OF_SLIP) || !has_digits(second, DIGITS_OF_SLIP) {
        return false;
    }
    // Digits stand beside each other at one scale; most amounts are of another length.
    let (one, other) = (one.abs().normalize(), other.abs().normalize());
    let scale = one.scale().max(other.scale());
    let at_scale = |mut value: Decimal| {
        value.rescale(scale);
        value.mantissa().unsigned_abs()
    };
    let (one, other) = (at_scale(one), at_scale(other));
    if let (Ok(one), Ok(other)) = (u64::try_from(one), u64::try_from(other))
        && one.ilog10() != other.ilog10()
    {
        return false;
    }
    digits_slip(one.to_string().as_bytes(), other.to_string().as_bytes())
}

/// Whether one amount, not nought, may be the other with a slip of the pen, from their digits at one scale: what one wrong digit
/// or two swapped neighbours make is one or two digits and noughts, and one with its point elsewhere divides the other. Most
/// pairs are told by this to be none.
pub(super) fn may_slip(one: u64, other: u64) -> bool {
    const SWAPPED: u64 = 81;
    let (less, more) = (one.min(other), one.max(other));
    if more % less == 0 {
        return true;
    }
    let mut difference = more - less;
    while difference > SWAPPED && difference % 10 == 0 {
        difference /= 10;
    }
    difference <= SWAPPED
}

/// The same of two amounts, as far as their digits are few enough to tell.
fn may_be_slip(one: Decimal, other: Decimal) -> bool {
    let scale = one.scale().max(other.scale());
    let at_scale = |value: Decimal| {
        let digits = u64::try_from(value.mantissa().unsigned_abs()).ok()?;
        digits.checked_mul(10_u64.checked_pow(scale - value.scale())?)
    };
    at_scale(one).zip(at_scale(other)).is_none_or(|(one, other)| may_slip(one, other))
}

/// Printed values that are tried for what others come to.
const ROUNDED: i64 = 4;

/// The same of two quantities printed in units of their own: 303.99 万元 beside 3,009,882 元 is a slip of 300.99.
pub(super) fn is_slip_between(a: &Quantity, b: &Quantity) -> bool {
    let half = a.half.max(b.half);
    is_slip(a.amount, b.amount)
        || a.half != b.half && is_slip(rounded(a.amount, half), rounded(b.amount, half))
}

/// The same of a printed amount and what others come to, which rounding may put `slack` apart; `half` is half a unit of the
/// last digit of the most coarsely printed.
pub(super) fn is_slip_within(one: Decimal, other: Decimal, half: Decimal, slack: Decimal) -> bool {
    let (one, nearest) = (rounded(one, half), rounded(other, half));
    (-ROUNDED..=ROUNDED)
        .map(|step| nearest + Decimal::from(step) * (half + half))
        .any(|near| (near - other).abs() <= slack && is_slip(one, near))
}

/// An amount as it is printed where half a unit of the last digit is so much.
fn rounded(amount: Decimal, half: Decimal) -> Decimal {
    let grain = half + half;
    amount.checked_div(grain).map_or(amount, |steps| round_half_away(steps, 0) * grain)
}

/// Whether one amount, not nought, is the other without one of its digits.
pub(super) fn leaves_digit_out(whole: Decimal, short: Decimal) -> bool {
    if short <= Decimal::ZERO || whole <= short {
        return false;
    }
    let scale = whole.scale().max(short.scale());
    let at_scale = |mut value: Decimal| {
        value.rescale(scale);
        value.mantissa().unsigned_abs()
    };
    let (whole, short) = (at_scale(whole), at_scale(short));
    (0..=whole.ilog10()).any(|place| {
        let below = 10_u128.pow(place);
        whole / below / 10 * below + whole % below == short
    })
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

    #[test]
    fn no_slip_is_passed_over() {
        let amount = |digits: &[u8], scale: u32| {
            let digits: i64 = std::str::from_utf8(digits).unwrap().parse().unwrap();
            Decimal::new(digits, scale)
        };
        let digits = b"30417205";
        for at in 0..digits.len() {
            for other in b'0'..=b'9' {
                let mut wrong = *digits;
                wrong[at] = other;
                assert!(may_be_slip(amount(digits, 2), amount(&wrong, 2)), "{at} {other}");
            }
            let mut swapped = *digits;
            swapped.swap(at, (at + 1).min(digits.len() - 1));
            assert!(may_be_slip(amount(digits, 3), amount(&swapped, 3)), "{at}");
            let point = amount(digits, at as u32);
            assert!(may_be_slip(amount(digits, 2), point) && may_be_slip(point, amount(digits, 2)));
        }
        assert!(!may_be_slip(amount(digits, 2), amount(b"30417317", 2)));
    }

    #[test]
    fn slips_are_told_where_one_table_rounds() {
        for (one, other, half, slip) in [
            // 303.99 万元 beside 3,009,882.00 元.
            ("3039900", "3009882", "50", true),
            ("3009900", "3039882", "50", true),
            // Another amount.
            ("3039900", "3119882", "50", false),
            ("3039900", "3009882", "0.005", false),
        ] {
            let (one, other, half) =
                (one.parse().unwrap(), other.parse().unwrap(), half.parse().unwrap());
            assert_eq!(is_slip_within(one, other, half, half), slip, "{one} {other}");
        }
    }

    #[test]
    fn a_digit_left_out_is_told() {
        for (whole, short, left_out) in [
            ("1680", "168", true),
            ("1680", "680", true),
            ("1680.25", "180.25", true),
            ("1680.25", "1680.2", false),
            ("5", "0", false),
            ("1680", "86", false),
            ("168", "1680", false),
        ] {
            let (whole, short) = (whole.parse().unwrap(), short.parse().unwrap());
            assert_eq!(leaves_digit_out(whole, short), left_out, "{whole} {short}");
        }
    }
}
