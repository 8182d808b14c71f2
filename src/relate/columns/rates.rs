//! Rates of two columns, growth between two, amounts a head.

use super::Proposer;
use crate::model::words;
use crate::model::{EvidenceSet, FieldRole, Operation, Origin, Relation, Shape};
use crate::number::Decimal;

/// Two columns that give a third as their rate or change.
struct Rate {
    rank: i64,
    operation: Operation,
    a: usize,
    b: usize,
    score: RatioScore,
}

impl Proposer<'_> {
    /// Columns of percentages: rates of two columns, growth between two, shares of a total.
    pub(super) fn ratios(&self) -> Vec<Relation> {
        let percents: Vec<usize> = (0..self.fields().len())
            .filter(|at| self.fields()[*at].role == FieldRole::Percent)
            .collect();
        let mut relations = Vec::new();
        for target in percents {
            relations.extend(self.rate(target).or_else(|| self.share(target)).unwrap_or_default());
        }
        // 人均经费 = 经费 ÷ 人数.
        for target in self.amounts() {
            let key = self.key(target);
            if ["人均", "均价", "单位成本", "平均", "户均", "单价"]
                .iter()
                .any(|word| key.contains(word))
            {
                relations.extend(self.rate(target).unwrap_or_default());
            }
        }
        relations
    }

    fn rate(&self, target: usize) -> Option<Vec<Relation>> {
        let amounts = self.amounts();
        let key = words::key(&self.fields()[target].path.concat());
        let growth = ["增", "减", "变动", "比上年", "同比", "调整率", "growth", "change"]
            .iter()
            .any(|word| key.contains(word));
        let per_unit = self.fields()[target].role != FieldRole::Percent;
        let mut best: Option<Rate> = None;
        for &a in &amounts {
            for &b in &amounts {
                let alike = self.fields()[a].role == self.fields()[b].role;
                if a == b || a == target || b == target || per_unit && alike {
                    continue;
                }
                for operation in [Operation::Ratio, Operation::RelativeChange] {
                    if per_unit && operation == Operation::RelativeChange {
                        continue;
                    }
                    let score = self.ratio_score(operation, target, a, b);
                    if score.holds < 1 || !score.convinces() {
                        continue;
                    }
                    let worded = i64::from((operation == Operation::RelativeChange) == growth);
                    // Nearest columns win between equals.
                    let near =
                        -((a as i64 - target as i64).abs() + (b as i64 - target as i64).abs());
                    let rank = i64::from(score.holds + score.near) * 1000 + worded * 100 + near;
                    if best.as_ref().is_none_or(|best| rank > best.rank) {
                        best = Some(Rate { rank, operation, a, b, score });
                    }
                }
            }
        }
        let Rate { operation, a, b, score, .. } = best?;
        let table = self.view.table;
        let rows: Vec<u32> = self
            .rows
            .iter()
            .copied()
            .filter(|row| self.view.cell(*row, target).value().is_some())
            .filter(|row| [a, b].iter().all(|at| self.view.cell(*row, *at).value().is_some()))
            .filter(|row| {
                let divisor = if operation == Operation::Ratio { b } else { a };
                self.view.cell(*row, divisor).value().is_some_and(|value| !value.is_zero())
            })
            .map(|row| table.lines[row].row)
            .collect();
        Some(vec![
            Relation::new(
                "T04",
                operation,
                Shape::Fields {
                    table: table.id,
                    target: table.fields[target].column,
                    terms: vec![(table.fields[a].column, 1), (table.fields[b].column, 1)],
                    rows,
                },
                EvidenceSet::of(Origin::Label).with(Origin::Mined),
            )
            .supported(score.holds + score.near, score.tried()),
        ])
    }

    fn ratio_score(&self, operation: Operation, target: usize, a: usize, b: usize) -> RatioScore {
        let mut score = RatioScore::default();
        for &row in &self.rows {
            let (Some(stated), Some(x), Some(y)) = (
                self.view.cell(row, target).value(),
                self.view.cell(row, a).value(),
                self.view.cell(row, b).value(),
            ) else {
                continue;
            };
            let computed = match operation {
                Operation::Ratio => x.checked_div(y),
                _ => y.checked_div(x).map(|ratio| ratio - Decimal::ONE),
            };
            let Some(computed) = computed else { continue };
            let half = self.view.cell(row, target).half();
            let divisor = if operation == Operation::Ratio { y } else { x };
            let input = self.view.cell(row, a).half()
                + self.view.cell(row, b).half() * (computed.abs() + Decimal::ONE);
            let slack = half + input.checked_div(divisor.abs()).unwrap_or_default();
            score.count(stated, computed, slack, half);
        }
        score
    }
}

/// Trials of a rate. `near` counts those within one unit of the last printed digit, as people round by hand.
#[derive(Debug, Default)]
pub(super) struct RatioScore {
    pub(super) holds: u32,
    pub(super) near: u32,
    pub(super) fails: u32,
}

impl RatioScore {
    pub(super) fn count(
        &mut self,
        stated: Decimal,
        computed: Decimal,
        slack: Decimal,
        half: Decimal,
    ) {
        let gap = (stated - computed).abs();
        // 100 % and 0 % tie by themselves too often to support anything.
        let telling = !stated.is_zero();
        if gap <= slack {
            self.holds += u32::from(telling);
        } else if gap <= slack + half + half {
            self.near += 1;
        } else {
            self.fails += 1;
        }
    }

    pub(super) fn tried(&self) -> u32 {
        self.holds + self.near + self.fails
    }

    pub(super) fn convinces(&self) -> bool {
        let good = self.holds + self.near;
        good >= 2 && good >= 3 * self.fails
            || good == 1 && self.fails == 0
            || good >= 2 && self.fails == 1
    }
}
