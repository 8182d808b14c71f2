//! Amounts of two tables, compared within their printed digits: as integers where they are no longer than these hold.

use super::slip::may_slip;
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

/// What makes one of those integers.
const ROUND: i64 = 10_i64.pow(DECIMALS);

/// A number without its decimals; one of more than 18 digits is as large as there is room for.
pub(super) fn without_decimals(number: Decimal) -> i64 {
    let number = number.trunc();
    let whole = number.mantissa() / 10_i128.pow(number.scale());
    whole.clamp(-i128::from(MOST), i128::from(MOST)) as i64
}

/// What leaves room for what amounts may be apart.
const MOST: i64 = i64::MAX / 4;

impl Amount {
    pub(super) fn new(value: Decimal, half: Decimal) -> Self {
        let narrow = whole(value).zip(whole(half)).map(|(value, half)| [value, half]);
        Self { value, half, narrow }
    }

    /// About how large it is: amounts that agree are no further apart than what [`Self::reach`] says of both.
    pub(super) fn about(&self) -> i64 {
        self.narrow
            .map_or_else(|| without_decimals(self.value), |[value, _]| value.div_euclid(ROUND))
    }

    /// At least half a unit of its last digit and what [`about`](Self::about) leaves off.
    pub(super) fn reach(&self) -> i64 {
        self.narrow.map_or_else(|| without_decimals(self.half), |[_, half]| half / ROUND) + 2
    }

    /// Whether one may be the other with a slip of the pen: nearly always told by integers.
    pub(super) fn may_be_slip(&self, other: &Self) -> bool {
        if let (Some([x, half]), Some([y, same])) = (self.narrow, other.narrow)
            && half == same
        {
            let apart = x == 0 || y == 0 || (x < 0) != (y < 0);
            return !apart && may_slip(x.unsigned_abs(), y.unsigned_abs());
        }
        true
    }

    /// Whether two amounts are one tenth apart or less: another scope is mostly further off.
    pub(super) fn near(&self, other: &Self) -> bool {
        if let (Some([x, _]), Some([y, _])) = (self.narrow, other.narrow) {
            return i128::from(x - y).abs() * 10 <= x.abs().max(y.abs()).into();
        }
        let (a, b) = (self.value, other.value);
        (a - b).abs() * Decimal::from(10) <= a.abs().max(b.abs())
    }

    /// Whether two amounts agree within their digits.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        match (self.narrow, other.narrow) {
            (Some([x, dx]), Some([y, dy])) => (x - y).abs() <= dx + dy,
            _ => (self.value - other.value).abs() <= self.half + other.half,
        }
    }

    /// Whether it is nought.
    pub(super) fn is_zero(&self) -> bool {
        self.narrow.map_or_else(|| self.value.is_zero(), |[value, _]| value == 0)
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
            prop_assert_eq!(one.near(&other), decimal(one).near(&decimal(other)));
            for one in [one, decimal(one)] {
                let apart = (one.about() - other.about()).abs();
                prop_assert!(!one.agrees(&other) || apart <= one.reach() + other.reach());
            }
        }
    }
}
