//! What a printed number stands for, and the arithmetic of that.

use rust_decimal::Decimal;

/// All values that a printed number can stand for, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The least value.
    pub low: Decimal,
    /// The greatest value.
    pub high: Decimal,
}

impl Interval {
    /// Exactly this value.
    pub fn point(value: Decimal) -> Self {
        Self { low: value, high: value }
    }

    /// The values that print as `value` with `decimals` decimals: half a unit of the last digit on either side.
    pub fn printed(value: Decimal, decimals: u32) -> Self {
        let half = half_unit(decimals);
        Self { low: value - half, high: value + half }
    }

    /// The values within `half` of `value`.
    pub fn around(value: Decimal, half: Decimal) -> Self {
        Self { low: value - half, high: value + half }
    }

    /// Sum; `None` on overflow.
    #[expect(clippy::should_implement_trait, reason = "it may fail")]
    pub fn add(self, other: Self) -> Option<Self> {
        Some(Self {
            low: self.low.checked_add(other.low)?,
            high: self.high.checked_add(other.high)?,
        })
    }

    /// Product with an exact number; `None` on overflow.
    pub fn scale(self, factor: Decimal) -> Option<Self> {
        let (a, b) = (self.low.checked_mul(factor)?, self.high.checked_mul(factor)?);
        Some(Self { low: a.min(b), high: a.max(b) })
    }

    /// Product; `None` on overflow.
    pub fn multiply(self, other: Self) -> Option<Self> {
        // Of what is not negative the lower ends give the least and the upper ends the greatest.
        if !self.low.is_sign_negative() && !other.low.is_sign_negative() {
            let high = self.high.checked_mul(other.high)?;
            return Some(Self { low: self.low.checked_mul(other.low)?, high });
        }
        let mut ends = [Decimal::ZERO; 4];
        for (end, (a, b)) in ends.iter_mut().zip([
            (self.low, other.low),
            (self.low, other.high),
            (self.high, other.low),
            (self.high, other.high),
        ]) {
            *end = a.checked_mul(b)?;
        }
        Some(Self { low: ends.into_iter().min()?, high: ends.into_iter().max()? })
    }

    /// Quotient; `None` when the divisor may be zero, or on overflow.
    pub fn divide(self, other: Self) -> Option<Self> {
        if other.low <= Decimal::ZERO && other.high >= Decimal::ZERO {
            return None;
        }
        let inverse = Self {
            low: Decimal::ONE.checked_div(other.high)?,
            high: Decimal::ONE.checked_div(other.low)?,
        };
        self.multiply(inverse)
    }

    /// Whether the two have a value in common.
    pub fn meets(self, other: Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }

    /// Whether `value` is one of the values.
    pub fn contains(self, value: Decimal) -> bool {
        self.low <= value && value <= self.high
    }

    /// Half the distance between the ends.
    pub fn half_width(self) -> Decimal {
        (self.high - self.low) / Decimal::TWO
    }
}

/// Half a unit of the last of `decimals` printed digits.
pub(super) fn half_unit(decimals: u32) -> Decimal {
    Decimal::new(5, decimals.min(27) + 1)
}
