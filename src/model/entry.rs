//! A cell of a sheet in sixteen bytes: a sheet may have millions, and is walked again and again.

use super::cell::{CellError, Value};
use super::workbook::TextId;
use crate::number::Decimal;

/// What a cell holds, where it stands in its row, and its style.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// The digits of a number without its point, or what tells the text, the truth or the error.
    digits: u64,
    pub(super) column: u16,
    pub(super) style: u16,
    kind: Kind,
    /// Decimals of a number; the upper bit says that it is negative.
    scale: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Empty,
    Number,
    /// A number of more digits, kept apart.
    Wide,
    Text,
    Truth,
    Error,
}

const NEGATIVE: u8 = 0x80;

const ERRORS: [CellError; 8] = [
    CellError::DivideByZero,
    CellError::NotAvailable,
    CellError::Name,
    CellError::Null,
    CellError::Number,
    CellError::Reference,
    CellError::Value,
    CellError::Other,
];

impl Entry {
    /// A cell; numbers of more digits than fit are put behind the others in `wide`.
    #[inline]
    pub(super) fn new(value: Value, column: u16, style: u16, wide: &mut Vec<Decimal>) -> Self {
        let (kind, digits, scale) = match value {
            Value::Empty => (Kind::Empty, 0, 0),
            Value::Number(number) => {
                let scale = number.scale() as u8;
                let sign = if number.is_sign_negative() { NEGATIVE } else { 0 };
                match u64::try_from(number.mantissa().unsigned_abs()) {
                    Ok(digits) if digits != 0 || sign == 0 => (Kind::Number, digits, scale | sign),
                    _ => {
                        wide.push(number);
                        (Kind::Wide, wide.len() as u64 - 1, 0)
                    }
                }
            }
            Value::Text(id) => (Kind::Text, u64::from(id.0), 0),
            Value::Bool(truth) => (Kind::Truth, u64::from(truth), 0),
            Value::Error(error) => (Kind::Error, error as u64, 0),
        };
        Self { digits, column, style, kind, scale }
    }

    /// What it holds.
    #[inline]
    pub(super) fn value(&self, wide: &[Decimal]) -> Value {
        match self.kind {
            Kind::Empty => Value::Empty,
            Kind::Number => {
                let (low, middle) = (self.digits as u32, (self.digits >> 32) as u32);
                let scale = u32::from(self.scale & !NEGATIVE);
                let negative = self.scale & NEGATIVE != 0;
                Value::Number(Decimal::from_parts(low, middle, 0, negative, scale))
            }
            Kind::Wide => Value::Number(wide[self.digits as usize]),
            Kind::Text => Value::Text(TextId(self.digits as u32)),
            Kind::Truth => Value::Bool(self.digits != 0),
            Kind::Error => Value::Error(ERRORS[self.digits as usize]),
        }
    }

    /// Whether it holds nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.kind == Kind::Empty
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cell_takes_sixteen_bytes() {
        assert_eq!(size_of::<Entry>(), 16);
    }

    #[test]
    fn an_error_is_kept() {
        for error in ERRORS {
            let entry = Entry::new(Value::Error(error), 0, 0, &mut Vec::new());
            assert_eq!(entry.value(&[]), Value::Error(error));
        }
    }

    proptest! {
        #[test]
        fn what_is_put_in_comes_out(digits in any::<i128>(), fewer in 32_u32..127, scale in 0_u32..=28) {
            let number = Decimal::try_from_i128_with_scale(digits >> fewer, scale).unwrap();
            let mut zero = Decimal::new(0, scale);
            zero.set_sign_negative(true);
            for number in [number, zero] {
                let mut wide = Vec::new();
                let entry = Entry::new(Value::Number(number), 3, 4, &mut wide);
                let Value::Number(found) = entry.value(&wide) else { panic!("no number") };
                prop_assert_eq!(found.serialize(), number.serialize());
                prop_assert_eq!((entry.column, entry.style), (3, 4));
            }
        }
    }
}
