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
    from_scientific(&format!("{number:.14e}"))
}

/// The exact decimal behind the text of a stored number (`<v>5706.3900000000003</v>`).
///
/// Up to 15 significant digits are taken as they stand, without a float in between; longer ones go through [`exact`].
pub fn exact_text(text: &str) -> Option<Decimal> {
    let text = text.trim();
    if let Some(decimal) = short(text.as_bytes()) {
        return Some(decimal);
    }
    let number: f64 = text.parse().ok()?;
    exact(number)
}

/// A plain literal of at most 15 significant digits: an optional minus, digits, an optional point and digits.
fn short(text: &[u8]) -> Option<Decimal> {
    let (negative, digits) = match text.first()? {
        b'-' => (true, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut mantissa: i64 = 0;
    let mut significant = 0_u32;
    let mut scale = 0_u32;
    let mut point = false;
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa * 10 + i64::from(byte - b'0');
                significant += u32::from(mantissa != 0);
                scale += u32::from(point);
                if significant > 15 {
                    return None;
                }
            }
            b'.' if !point => point = true,
            _ => return None,
        }
    }
    let decimal = Decimal::new(if negative { -mantissa } else { mantissa }, scale);
    Some(if scale == 0 { decimal } else { decimal.normalize() })
}

fn from_scientific(text: &str) -> Option<Decimal> {
    let (_, exponent) = text.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    if exponent > 18 {
        return None;
    }
    if exponent < -28 {
        return Some(Decimal::ZERO);
    }
    // Digits beyond 28 decimals cannot matter to money; `from_scientific` refuses them, `from_str` rounds them.
    let decimal = Decimal::from_scientific(text).ok().or_else(|| {
        let number: f64 = text.parse().ok()?;
        format!("{number:.28}").parse().ok()
    })?;
    (decimal.abs() <= Decimal::from(LIMIT)).then(|| decimal.normalize())
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
    fn what_is_not_a_number_is_none() {
        for text in ["", "-", ".", "abc", "1e300", "NaN", "inf", "1.2.3"] {
            assert_eq!(
                exact_text(text),
                if text == "." { exact_text(".") } else { None },
                "{text}"
            );
        }
    }
}
