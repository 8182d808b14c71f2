//! The figures right above each line of one column, added up once for all lines that ask which of them it is the sum of.

use std::collections::HashMap;

use crate::number::Decimal;

/// One column of a table, down to each line.
pub(super) struct Above {
    /// The lines that count, in order.
    lines: Vec<usize>,
    /// Their sums up to each, from the top, at one scale.
    sums: Vec<i128>,
    /// Where each of these sums stands, in order.
    at: HashMap<i128, Vec<usize>>,
    /// The lines that end a list.
    ends: Vec<usize>,
    scale: u32,
}

impl Above {
    /// `figures` are those of all lines, `counts` and `ends` tell which of them count and which end a list. `None` where the
    /// sums would need more digits than decimals have, which are then rounded on the way.
    pub(super) fn new(
        figures: &[Decimal],
        counts: impl Fn(usize) -> bool,
        ends: impl Fn(usize) -> bool,
    ) -> Option<Self> {
        let scale = figures.iter().map(Decimal::scale).max().unwrap_or_default();
        let mut most = 0_i128;
        let (mut lines, mut sums) = (Vec::new(), vec![0]);
        for (line, figure) in figures.iter().enumerate() {
            let figure = scaled(*figure, scale)?;
            most = most.checked_add(figure.abs())?;
            if counts(line) {
                lines.push(line);
                sums.push(sums.last().copied().unwrap_or_default() + figure);
            }
        }
        if most >= 1 << 96 {
            return None;
        }
        let mut at: HashMap<i128, Vec<usize>> = HashMap::new();
        for (index, sum) in sums.iter().enumerate() {
            at.entry(*sum).or_default().push(index);
        }
        let ends = (0..figures.len()).filter(|line| ends(*line)).collect();
        Some(Self { lines, sums, at, ends, scale })
    }

    /// The fewest lines right above one that come to what is stated there, nearest first, and how many could be among them.
    pub(super) fn sum(&self, line: usize, stated: Decimal) -> Option<(Vec<usize>, usize)> {
        let stated = scaled(stated, self.scale)?;
        let end = self.lines.partition_point(|at| *at < line);
        let before = self.ends.partition_point(|at| *at < line);
        let last = before.checked_sub(1).map(|at| self.ends[at]);
        let start = last.map_or(0, |last| self.lines.partition_point(|at| *at < last));
        let places = self.at.get(&(self.sums[end] - stated))?;
        let place = *places.get(places.partition_point(|at| *at < end).checked_sub(1)?)?;
        (place >= start)
            .then(|| (self.lines[place..end].iter().rev().copied().collect(), end - start))
    }
}

fn scaled(figure: Decimal, scale: u32) -> Option<i128> {
    let factor = 10_i128.checked_pow(scale.checked_sub(figure.scale())?)?;
    figure.mantissa().checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_run_is_the_one_that_adding_up_finds(
            figures in prop::collection::vec((-4_i64..9, 0_u32..2), 1..30),
            ends in prop::collection::vec(prop::bool::weighted(0.1), 30),
        ) {
            let figures: Vec<Decimal> =
                figures.into_iter().map(|(digits, scale)| Decimal::new(digits, scale)).collect();
            let counts = |line: usize| !ends[line] && !figures[line].is_zero();
            let above = Above::new(&figures, counts, |line| ends[line]).expect("few digits");
            for line in 0..figures.len() {
                let lines: Vec<usize> =
                    (0..line).rev().take_while(|at| !ends[*at]).filter(|at| counts(*at)).collect();
                let mut sum = Decimal::ZERO;
                let count = lines.iter().position(|at| {
                    sum += figures[*at];
                    sum == figures[line]
                });
                let run = count.map(|at| (lines[..=at].to_vec(), lines.len()));
                prop_assert_eq!(above.sum(line, figures[line]), run);
            }
        }
    }
}
