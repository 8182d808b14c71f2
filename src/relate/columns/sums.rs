//! 合计 and its parts, by the header tree.

use std::collections::BTreeSet;

use super::{Parts, Proposer};
use crate::model::{Operation, Relation, Severity};

/// Columns that a subtotal without a group of its own may reach over.
const MOST_PARTS: usize = 12;

impl Proposer<'_> {
    /// Total columns and their parts, by the header tree.
    pub(super) fn sums(&self) -> Vec<Relation> {
        let amounts = self.amounts();
        let totals: Vec<usize> = amounts.iter().copied().filter(|at| self.is_total(*at)).collect();
        let mut relations = Vec::new();
        for total in totals {
            let path = &self.fields()[total].path;
            // Siblings under the same group first, then under ever wider ones.
            for depth in (0..path.len()).rev() {
                let readings = self.group_readings(&amounts, total, depth);
                // The header tree's own reading comes first.
                let tops = readings[0].clone();
                let Some((parts, score)) = self.best(total, readings) else {
                    continue;
                };
                let silent = score.worded() == 0
                    && score.fails == 0
                    && score.trivial > 0
                    && parts.len() >= 2;
                // In a form whose kind has a total of columns, the groups of the header say which they are.
                let clear = score.worded() == 0
                    && score.tried() == 1
                    && (path.len() == 1 || self.kind_adds_columns() && parts == tops)
                    && parts.len() >= 2;
                // One row that adds up says more than one that does not says against it.
                let grouped = score.worded() >= 1 && score.fails <= score.worded() && parts == tops;
                if score.convinces() || silent || clear || grouped {
                    relations.extend(self.fields_relation(
                        "T02",
                        Severity::Error,
                        Operation::Sum,
                        total,
                        parts,
                        &score,
                    ));
                    break;
                }
            }
        }
        relations
    }

    /// Whether the kind of the table knows a total of its columns.
    fn kind_adds_columns(&self) -> bool {
        let kind = self.view.table.kind.as_deref().and_then(|id| self.view.rulebook.kind(id));
        kind.is_some_and(|kind| kind.column_total_code.is_some())
    }

    /// Ways to read the parts of a total among the columns that share its header down to `depth`.
    fn group_readings(&self, amounts: &[usize], total: usize, depth: usize) -> Vec<Parts> {
        let prefix = &self.fields()[total].path[..depth];
        let inside: Vec<usize> = amounts
            .iter()
            .copied()
            .filter(|at| {
                *at != total
                    && self.fields()[*at].path.len() >= depth
                    && self.fields()[*at].path[..depth] == *prefix
            })
            .filter(|at| self.same_measure(*at, total))
            .collect();
        let plain = |columns: &[usize]| -> Parts { columns.iter().map(|at| (*at, 1)).collect() };
        let right: Vec<usize> = inside.iter().copied().filter(|at| *at > total).collect();
        let left: Vec<usize> = inside.iter().copied().filter(|at| *at < total).collect();
        // 合计 | 其中：… reaches to the next total.
        let until = right.iter().position(|at| self.is_total(*at)).unwrap_or(right.len());
        let from = left.iter().rposition(|at| self.is_total(*at)).map_or(0, |at| at + 1);
        let (totals, others): (Vec<usize>, Vec<usize>) =
            inside.iter().partition(|at| self.is_total(**at));
        let mut readings = vec![
            self.tops(&inside, depth, total),
            plain(&others),
            plain(&totals),
            plain(&right[..until]),
            self.tops(&right, depth, total),
            plain(&left[from..]),
            self.tops(&left, depth, total),
        ];
        readings.extend(self.named_parts(&others, total));
        // 购置及运行费小计 | 购置费 | 运行费 | 接待费: where one header follows the other, nothing says how far a subtotal reaches.
        readings.extend((2..right.len().min(MOST_PARTS)).map(|end| plain(&right[..end])));
        readings.extend(
            (1..left.len().saturating_sub(1)).rev().take(MOST_PARTS).map(|at| plain(&left[at..])),
        );
        readings
    }

    /// The columns that end as the total's header does behind its word: total apps of league apps and cup apps, with goals
    /// between them.
    fn named_parts(&self, others: &[usize], total: usize) -> Option<Parts> {
        let words = &self.view.rulebook.words;
        let key = self.key(total);
        let lists = [&words.subtotals, &words.totals, &words.grand_totals];
        let length = lists.iter().filter_map(|list| list.beginning(&key)).max()?;
        let rest = &key[length..];
        let parts: Parts = others
            .iter()
            .filter(|at| rest.chars().count() >= 2 && self.key(**at).ends_with(rest))
            .map(|at| (*at, 1))
            .collect();
        (parts.len() >= 2 && parts.len() < others.len()).then_some(parts)
    }

    /// One column for each child of a group: the child's own total where it has one, else its columns.
    fn tops(&self, inside: &[usize], depth: usize, total: usize) -> Parts {
        let mut parts: Parts = Vec::new();
        let mut done: BTreeSet<String> = BTreeSet::new();
        for &at in inside {
            let path = &self.fields()[at].path;
            let Some(child) = path.get(depth) else { continue };
            if path.len() == depth + 1 {
                if !self.is_total(at) {
                    parts.push((at, 1));
                }
                continue;
            }
            if !done.insert(child.clone()) || self.fields()[total].path.get(depth) == Some(child) {
                continue;
            }
            let group: Vec<usize> = inside
                .iter()
                .copied()
                .filter(|other| self.fields()[*other].path.get(depth) == Some(child))
                .collect();
            match group.iter().find(|other| self.is_total(**other)) {
                Some(own) => parts.push((*own, 1)),
                None => parts.extend(group.iter().map(|other| (*other, 1))),
            }
        }
        parts.sort_unstable();
        parts
    }
}
