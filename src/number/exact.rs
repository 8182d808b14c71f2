//! From what a workbook stores to the decimal that a person sees.

use rust_decimal::{Decimal, RoundingStrategy};

/// Past this magnitude no number is taken, so that sums of a whole sheet cannot overflow.
pub const LIMIT: i64 = 10_i64.pow(18);

/// The exact decimal behind a cell's binary float, at the 15 significant digits that Excel shows.
///
/// 5706.3900000000003 is 5706.39. `None` when not finite or past [`LIMIT`].
pub fn exact(number: f64) -> Option<Decimal> {
    if !number.is_finite() {
        return None;
    }
    from_scientific(&format!("{number:.14e}")).map(|decimal| decimal.normalize())
}

/// The same of a number as a file stores it: where digits were lost because they stand more than 28 places behind the
/// point, the decimal has a scale of 28, a zero too, so that who keeps it can say so.
pub fn stored(number: f64) -> Option<Decimal> {
    fifteen_digits(number).or_else(|| written_out(number))
}

fn written_out(number: f64) -> Option<Decimal> {
    if !number.is_finite() {
        return None;
    }
    from_scientific(&format!("{number:.14e}"))
}

/// What [`written_out`] makes of a number from 0.0001 to a few hundred trillions, as nearly all are: its 15 digits by integers
/// alone. `None` for any other, and where the digits behind them are exactly a half.
fn fifteen_digits(number: f64) -> Option<Decimal> {
    let bits = number.to_bits();
    // number = fraction ÷ 2^shift
    let fraction = (bits & ((1 << 52) - 1)) | (1 << 52);
    let shift = 1075 - ((bits >> 52) & 0x7FF) as i32;
    if !(3..=66).contains(&shift) {
        return None;
    }
    // The decimal logarithm, or one less.
    let magnitude = ((52 - shift) * 1233) >> 12;
    let mut scale = u32::try_from(14 - magnitude).ok()?;
    let scaled = |scale: u32| u128::from(fraction) * u128::from(10_u64.pow(scale));
    let mut product = scaled(scale);
    if (product >> shift) as u64 >= DIGITS_15 {
        scale = scale.checked_sub(1)?;
        product = scaled(scale);
    }
    let (rest, half) = (product & ((1 << shift) - 1), 1 << (shift - 1));
    if rest == half {
        return None;
    }
    let mut mantissa = (product >> shift) as u64 + u64::from(rest > half);
    for places in [8, 4, 2, 1, 1] {
        if scale >= places && mantissa.is_multiple_of(10_u64.pow(places)) {
            mantissa /= 10_u64.pow(places);
            scale -= places;
        }
    }
    let (low, middle) = (mantissa as u32, (mantissa >> 32) as u32);
    Some(Decimal::from_parts(low, middle, 0, number.is_sign_negative(), scale))
}

/// The exact decimal behind the text of a stored number (`<v>5706.3900000000003</v>`).
///
/// Up to 15 significant digits are taken as they stand, without a float in between; longer ones are what [`exact`] makes
/// of the float nearest to them.
pub fn exact_text(text: &str) -> Option<Decimal> {
    stored_text(text).map(|decimal| decimal.normalize())
}

/// The same, of lost digits as [`stored`] has it.
pub fn stored_text(text: &str) -> Option<Decimal> {
    let text = text.trim();
    if let Some((decimal, length)) = exact_prefix(text.as_bytes())
        && length == text.len()
    {
        return Some(decimal);
    }
    stored(text.parse().ok()?)
}

/// The plain literal that bytes begin with (an optional minus, digits, an optional point and digits), as [`exact_text`]
/// takes it, and its length.
///
/// `None` where there is none, and where only the float could tell: more than 17 significant digits, or a 16th and 17th
/// so near to the half that the float nearest to the literal may round the other way.
#[inline]
pub fn exact_prefix(text: &[u8]) -> Option<(Decimal, usize)> {
    let negative = text.first() == Some(&b'-');
    let start = usize::from(negative);
    let (mut mantissa, mut at) = digits_from(text, start, 0);
    let mut count = at - start;
    let mut scale = 0;
    if text.get(at) == Some(&b'.') {
        let point = at;
        (mantissa, at) = digits_from(text, at + 1, mantissa);
        scale = at - point - 1;
        count += scale;
    }
    // 19 digits cannot have overflowed.
    if count == 0 || count > 19 {
        return None;
    }
    if mantissa >= DIGITS_15 {
        let surplus = if mantissa < DIGITS_15 * 10 { 1 } else { 2 };
        mantissa = round_to_15(mantissa, surplus)?;
        scale = scale.checked_sub(surplus)?;
    }
    while scale > 0 && mantissa.is_multiple_of(10) {
        mantissa /= 10;
        scale -= 1;
    }
    let negative = negative && mantissa != 0;
    let (low, middle) = (mantissa as u32, (mantissa >> 32) as u32);
    Some((Decimal::from_parts(low, middle, 0, negative, scale as u32), at))
}

/// The first integer of more than 15 digits.
const DIGITS_15: u64 = 10_u64.pow(15);

/// Appends the digits from `at` on to a number; gives it, wrapped where it overflows, and where they end.
#[inline]
fn digits_from(text: &[u8], mut at: usize, mut number: u64) -> (u64, usize) {
    while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0'))
        && digit < 10
    {
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    (number, at)
}

/// Takes one or two digits too many off a number, unless they are near the half.
///
/// The float nearest to the literal is off by at most 2⁻⁵³ of it, which is 11.2 of its 17th digit.
fn round_to_15(mantissa: u64, surplus: usize) -> Option<u64> {
    let (unit, near) = if surplus == 1 { (10, 1) } else { (100, 12) };
    let (kept, rest) = (mantissa / unit, mantissa % unit);
    if mantissa >= DIGITS_15 * 100 || rest.abs_diff(unit / 2) <= near {
        return None;
    }
    Some(kept + u64::from(rest > unit / 2))
}

fn from_scientific(text: &str) -> Option<Decimal> {
    let (digits, exponent) = text.split_once('e')?;
    if digits.bytes().all(|b| matches!(b, b'-' | b'0' | b'.')) {
        return Some(Decimal::ZERO);
    }
    let exponent: i32 = exponent.parse().ok()?;
    if exponent > 18 {
        return None;
    }
    if exponent < -28 {
        return Some(Decimal::new(0, LOST));
    }
    // Zeros at the end are no digits to lose.
    let plain = digits.trim_end_matches('0').trim_end_matches('.');
    let decimal = if let Ok(decimal) = Decimal::from_scientific(&format!("{plain}e{exponent}")) {
        decimal.normalize()
    } else {
        // Digits beyond 28 decimals cannot matter to money; `from_scientific` refuses them, `from_str` rounds them.
        let number: f64 = text.parse().ok()?;
        let mut decimal: Decimal = format!("{number:.28}").parse().ok()?;
        decimal.rescale(LOST);
        decimal
    };
    (decimal.abs() <= Decimal::from(LIMIT)).then_some(decimal)
}

/// The scale of a decimal whose digits did not all find a place.
pub const LOST: u32 = 28;

/// The digits of a number as an integer, without its sign, its point and the zeros at its ends: 138 for −0.01380; 0 for 0.
pub fn significant_digits(value: Decimal) -> u128 {
    let mut digits = value.mantissa().unsigned_abs();
    // 128 bits are divided by calling a function, 64 are not.
    if let Ok(mut narrow) = u64::try_from(digits) {
        while narrow != 0 && narrow.is_multiple_of(10) {
            narrow /= 10;
        }
        return u128::from(narrow);
    }
    while digits != 0 && digits.is_multiple_of(10) {
        digits /= 10;
    }
    digits
}

/// Rounds half away from zero, as Excel and people do.
pub fn round_half_away(value: Decimal, decimals: u32) -> Decimal {
    value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_noise_is_not_money() {
        for (stored, shown) in [
            ("5706.3900000000003", "5706.39"),
            ("0.30000000000000004", "0.3"),
            ("26.699999999999996", "26.7"),
            ("1.0049999999999999", "1.005"),
            ("2.6749999999999998", "2.675"),
            ("123456789012345680", "123456789012346000"),
            ("1E-7", "0.0000001"),
            ("-12.50", "-12.5"),
            ("0", "0"),
            ("1.5e3", "1500"),
            ("2.2204460492503131E-16", "0.000000000000000222044604925"),
        ] {
            assert_eq!(exact_text(stored).unwrap().normalize().to_string(), shown, "{stored}");
        }
    }

    #[test]
    fn integers_give_the_digits_that_writing_out_gives() {
        let mut state = 7_u64;
        let mut next = || {
            state =
                state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
            state >> 11
        };
        let mut taken = 0;
        for round in 0..100_000 {
            let (digits, places) = (next() % 10_u64.pow(1 + round % 16), next() % 9);
            let amount: f64 = format!("{digits}e-{places}").parse().unwrap();
            let any = f64::from_bits(((1003 + next() % 75) << 52) | (next() >> 1));
            let near = f64::from_bits(
                10_u64.pow(round % 17).to_string().parse::<f64>().unwrap().to_bits() - 1
                    + next() % 3,
            );
            for number in [amount, any, -any, near] {
                if let Some(quick) = fifteen_digits(number) {
                    let slow = written_out(number).unwrap();
                    let same = (quick.mantissa(), quick.scale()) == (slow.mantissa(), slow.scale());
                    assert!(same, "{number:e}: {quick} {slow}");
                    taken += 1;
                }
            }
        }
        assert!(taken > 300_000, "{taken}");
        for number in [0.0, -0.0, 0.5, 1.0, 100.0, 0.0001, 1e14, 9.5, 0.1, 4_503_599_627_370_497.5]
        {
            let slow = written_out(number).unwrap();
            assert_eq!(stored(number).unwrap().unpack(), slow.unpack(), "{number}");
        }
    }

    #[test]
    fn lost_digits_are_told() {
        for (text, value, lost) in [
            ("1e-30", "0", true),
            ("-1E-300", "0", true),
            ("1.2345e-25", "0.0000000000000000000000001234", true),
            ("1e-20", "0.00000000000000000001", false),
            ("5e-28", "0.0000000000000000000000000005", false),
            ("0", "0", false),
            ("0e-40", "0", false),
            ("0.1", "0.1", false),
        ] {
            let found = stored_text(text).unwrap();
            assert_eq!(found.normalize().abs().to_string(), value, "{text}");
            assert_eq!(found.scale() == LOST && text != "5e-28", lost, "{text}");
            assert!(exact_text(text).unwrap().scale() < LOST || !lost || value != "0", "{text}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_none() {
        for text in ["", "-", ".", "abc", "1e300", "NaN", "inf", "1.2.3"] {
            assert_eq!(exact_text(text), None, "{text}");
        }
    }

    #[test]
    fn a_prefix_ends_where_its_digits_end() {
        for (text, number, length) in
            [("12.50</v>", "12.5", 5), ("-0.00<", "0", 5), ("7", "7", 1), (".5x", "0.5", 2)]
        {
            let (found, end) = exact_prefix(text.as_bytes()).unwrap();
            assert_eq!((found.to_string().as_str(), end), (number, length), "{text}");
        }
        for text in ["", "<", "-", ".", "abc", "123456789012345678", "1234567890123450"] {
            assert_eq!(exact_prefix(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn longer_literals_round_as_their_floats_do() {
        // A linear congruential generator: the same numbers each time.
        let mut state = 42_u64;
        let mut next = |below: u64| {
            state =
                state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
            (state >> 11) % below
        };
        let mut taken = 0;
        for _ in 0..200_000 {
            let digits = 16 + next(2) as u32;
            let mantissa = 10_u64.pow(digits - 1) + next(9 * 10_u64.pow(digits - 1));
            let text = mantissa.to_string();
            let (whole, part) = text.split_at(1 + next(12) as usize);
            let text = format!("{whole}.{part}");
            if let Some((found, length)) = exact_prefix(text.as_bytes()) {
                assert_eq!(length, text.len());
                assert_eq!(Some(found), exact(text.parse().unwrap()), "{text}");
                taken += 1;
            }
        }
        assert!(taken > 100_000, "{taken}");
    }
}
