//! 结余 = 预算 − 支出, 净值 = 原值 − 折旧, 调整后 = 年初 + 增 − 减: differences that words announce.

use super::neighbours::signed_windows;
use super::{Parts, Proposer, Score};
use crate::lexicon::List;
use crate::model::words;
use crate::model::{Operation, Relation, Severity};

impl Proposer<'_> {
    /// 结余 = 预算 − 支出, 净值 = 原值 − 折旧, 调整后 = 年初 + 增 − 减, 增减额 = 本年 − 上年.
    pub(super) fn differences(&self) -> Vec<Relation> {
        let amounts = self.amounts();
        let mut relations = Vec::new();
        for &target in &amounts {
            // Amounts make up no price.
            if self.fields()[target].says.not_additive {
                continue;
            }
            let key = self.key(target);
            let forms = &self.view.rulebook.differences;
            let Some(form) =
                forms.iter().find(|form| form.target.stand_in(&key) && !form.not.stand_in(&key))
            else {
                continue;
            };
            let with = |list: &List| -> Vec<usize> {
                amounts
                    .iter()
                    .copied()
                    .filter(|at| *at != target && self.same_measure(*at, target))
                    .filter(|at| list.stand_in(&words::key(&self.fields()[*at].path.concat())))
                    .collect()
            };
            let (plus, minus) = (with(&form.plus), with(&form.minus));
            let more = with(&form.more);
            let mut proposals: Vec<Parts> = Vec::new();
            // The fullest reading first: a column of zeros is part of it all the same.
            for &a in &plus {
                for &b in more.iter().filter(|b| **b != a) {
                    for &c in minus.iter().filter(|c| **c != a && **c != b) {
                        proposals.push(vec![(a, 1), (b, 1), (c, -1)]);
                    }
                }
            }
            for &a in &plus {
                proposals.extend(minus.iter().filter(|b| **b != a).map(|b| vec![(a, 1), (*b, -1)]));
                proposals.extend(more.iter().filter(|b| **b != a).map(|b| vec![(a, 1), (*b, 1)]));
            }
            proposals.truncate(400);
            for parts in &mut proposals {
                parts.sort_unstable();
            }
            let beside: Vec<usize> = amounts
                .iter()
                .copied()
                .filter(|at| *at != target && self.same_measure(*at, target))
                .collect();
            let windows: Vec<Parts> = signed_windows(&beside, target)
                .into_iter()
                .filter(|parts| self.every_part_counts(parts))
                .collect();
            // 原值, 折旧, 净值, each once: what the words define needs no majority of rows.
            let defined = form.strict && plus.len() == 1 && minus.len() == 1;
            let worded = proposals.clone();
            proposals.extend(windows);
            // Columns that only lie there prove nothing where one of them repeats the target.
            let proven = |parts: &Parts, score: &Score| {
                worded.contains(parts) || score.holds >= 2 && score.holds >= 3 * score.fails
            };
            if let Some((parts, score)) = self.best(target, proposals)
                && proven(&parts, &score)
                && (score.convinces()
                    || defined && worded.contains(&parts) && score.worded() >= score.fails)
                && score.worded() > 0
            {
                let severity = if form.strict || score.fails <= 1 && score.holds >= 3 {
                    Severity::Error
                } else {
                    Severity::Warning
                };
                relations.extend(self.fields_relation(
                    "T03",
                    severity,
                    Operation::Sum,
                    target,
                    parts,
                    &score,
                ));
            }
        }
        relations
    }
}
