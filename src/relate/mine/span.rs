//! The linear span of sums: tells which ones follow from others.

use std::collections::BTreeMap;

/// A prime below 2³¹, for exact elimination.
const PRIME: i64 = 2_147_483_647;

/// What sums that are known imply.
#[derive(Default)]
pub(in crate::relate) struct Span {
    rows: BTreeMap<usize, BTreeMap<usize, i64>>,
}

impl Span {
    /// Adds an equation, cells with their coefficients that come to nought; false when it follows from what is there.
    pub(in crate::relate) fn add(
        &mut self,
        equation: impl IntoIterator<Item = (usize, i32)>,
    ) -> bool {
        let mut row: BTreeMap<usize, i64> = BTreeMap::new();
        for (cell, coefficient) in equation {
            let entry = row.entry(cell).or_insert(0);
            *entry = (*entry + i64::from(coefficient)).rem_euclid(PRIME);
        }
        loop {
            row.retain(|_, value| *value % PRIME != 0);
            let Some((&lead, &value)) = row.iter().next() else { return false };
            let Some(known) = self.rows.get(&lead) else {
                let inverse = power(value, PRIME - 2);
                for value in row.values_mut() {
                    *value = *value * inverse % PRIME;
                }
                self.rows.insert(lead, row);
                return true;
            };
            for (&at, &own) in known {
                let entry = row.entry(at).or_insert(0);
                *entry = (*entry + (PRIME - value) * own) % PRIME;
            }
        }
    }
}

fn power(mut base: i64, mut exponent: i64) -> i64 {
    let mut result = 1;
    base %= PRIME;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % PRIME;
        }
        base = base * base % PRIME;
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::Span;

    #[test]
    fn what_follows_is_told_from_what_is_new() {
        let mut span = Span::default();
        // 4 = 1 + 2 + 3 and 6 = 4 + 5.
        assert!(span.add([(4, -1), (1, 1), (2, 1), (3, 1)]));
        assert!(span.add([(6, -1), (4, 1), (5, 1)]));
        // 1 = 6 - 2 - 3 - 5 follows; 1 = 6 - 2 does not.
        assert!(!span.add([(1, -1), (6, 1), (2, -1), (3, -1), (5, -1)]));
        assert!(span.add([(1, -1), (6, 1), (2, -1)]));
    }
}
