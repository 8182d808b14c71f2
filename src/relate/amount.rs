//! Amounts of two tables, compared within their printed digits: as integers where they are no longer than these hold.

use crate::number::Decimal;

/// An amount and half a unit of its last digit, both in yuan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amount {
    pub(super) value: Decimal,
    half: Decimal,
    /// Both in units of the [`DECIMALS`]th decimal.
    narrow: Option<[i64; 2]>,
}

/// Decimals of the integers that amounts are compared as.
const DECIMALS: u32 = 6;

/// A number as an integer, far within 64 bits.
fn whole(number: Decimal) -> Option<i64> {
    let power = 10_i128.pow(DECIMALS.checked_sub(number.scale())?);
    let whole = i64::try_from(number.mantissa().checked_mul(power)?).ok()?;
    (whole.unsigned_abs() < 1 << 60).then_some(whole)
}

impl Amount {
    pub(super) fn new(value: Decimal, half: Decimal) -> Self {
        let narrow = whole(value).zip(whole(half)).map(|(value, half)| [value, half]);
        Self { value, half, narrow }
    }

    /// Whether two amounts agree within their digits.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        match (self.narrow, other.narrow) {
            (Some([x, dx]), Some([y, dy])) => (x - y).abs() <= dx + dy,
            _ => (self.value - other.value).abs() <= self.half + other.half,
        }
    }

    /// Whether the digits of two amounts can tell them from nought and each other.
    pub(super) fn tells(&self, other: &Self) -> bool {
        match (self.narrow, other.narrow) {
            (Some([x, dx]), Some([y, dy])) => x.abs().max(y.abs()) > dx + dy,
            _ => self.value.abs().max(other.value.abs()) > self.half + other.half,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount() -> impl Strategy<Value = Amount> {
        (-3_000_i64..3_000, 0_u32..9, 0_i64..30, 0_u32..9).prop_map(
            |(amount, scale, half, finer)| {
                Amount::new(Decimal::new(amount, scale), Decimal::new(half, finer))
            },
        )
    }

    proptest! {
        #[test]
        fn integers_are_compared_as_decimals_are(one in amount(), other in amount()) {
            let decimal = |amount: Amount| Amount { narrow: None, ..amount };
            prop_assert_eq!(one.agrees(&other), decimal(one).agrees(&decimal(other)));
            prop_assert_eq!(one.tells(&other), decimal(one).tells(&decimal(other)));
        }
    }
}
