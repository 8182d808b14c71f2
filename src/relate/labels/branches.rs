//! Lines and the lines under them: by indents, numbering and codes, and 其中.

use std::collections::{BTreeMap, BTreeSet};

use super::says::Says;
use super::{Accepted, Proposer, Reading};
use crate::model::{FieldRole, LineRole, Operation, Origin, Relation, Shape, words};
use crate::number::Decimal;
use crate::relate::slip::is_slip;

impl Proposer<'_> {
    /// Lines with lines under them, deepest first.
    pub(super) fn branches(&mut self, says: &Says<'_>) {
        let table = self.view.table;
        if table.lines.iter().all(|line| line.parent.is_none()) {
            return;
        }
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); table.lines.len()];
        for (at, line) in table.lines.iter().enumerate() {
            // 减：累计折旧 under 原值 is no part of it.
            let is_netted = |parent: usize| {
                self.covered[at].is_some_and(|net| self.covered[parent] == Some(net))
                    || self.covered[parent] == Some(at)
            };
            if let Some(parent) = line.parent.map(|p| p as usize).filter(|p| !is_netted(*p)) {
                children[parent].push(at);
            }
        }
        let mut parents: Vec<usize> = (0..table.lines.len())
            .filter(|at| !children[*at].is_empty() && self.role(*at).is_data())
            .collect();
        parents.sort_by_key(|at| (std::cmp::Reverse(table.lines[*at].level), *at));
        let mut pending = Vec::new();
        for parent in parents {
            // 单价 is no part of what stands above it, nor what stands below of it.
            let list: Vec<usize> =
                children[parent].iter().copied().filter(|child| !self.is_apiece(*child)).collect();
            let has_price = list.len() < children[parent].len();
            if list.is_empty() || self.is_apiece(parent) {
                continue;
            }
            let with_figures: Vec<usize> =
                list.iter().copied().filter(|child| self.view.any_number(*child)).collect();
            let of_which = list.iter().any(|child| self.role(*child) == LineRole::OfWhich);
            let coded = table.lines[parent].code.is_some()
                && list.iter().all(|child| table.lines[*child].code.is_some());
            let mut readings =
                vec![Reading { parts: list.clone(), prior: if of_which { 30 } else { 80 } }];
            // A first child 其中 that belongs to its elder sibling only: 办公用房, 其中：本单位使用, 业务用房.
            let plain: Vec<usize> = list
                .iter()
                .copied()
                .filter(|child| self.role(*child) != LineRole::OfWhich)
                .collect();
            readings.push(Reading { parts: plain, prior: 40 });
            let Some((reading, score)) = self.choose(parent, readings) else { continue };
            if with_figures.is_empty() {
                continue;
            }
            let supported = !score.holds.is_empty() && score.holds.len() >= score.fails.len();
            let silent = !score.trivial.is_empty() && score.fails.is_empty() && !of_which;
            if supported || silent {
                self.accept(parent, reading.parts, score, false);
            } else if reading.parts.len() == list.len() && score.tried() > 0 && !has_price {
                pending.push((parent, reading.parts, score, coded, of_which));
            }
        }
        // Where the table's other lists are complete, one that is not complete is worth a finding; codes are a list by law.
        let complete =
            self.accepted.iter().filter(|accepted| !accepted.score.holds.is_empty()).count();
        for (parent, parts, score, coded, of_which) in pending {
            let level = self.lines()[parent].level;
            let alike = self.levels.get(&level).copied().unwrap_or(0);
            // 减： and 加： are no list, and what follows one of them further right need not be its own.
            let has_sign = |at: usize| says.said[at].less || says.said[at].more;
            let signed = has_sign(parent) || parts.iter().any(|part| has_sign(*part));
            if !of_which && signed || self.are_unlike(&parts) {
                continue;
            }
            let believed = if of_which {
                self.has_twin(&parts) && self.slips(parent, &parts, &score.fails)
            } else {
                alike >= 1 || coded && complete >= 1 || coded && parts.len() >= 2
            };
            if believed {
                self.accept(parent, parts, score, true);
            }
        }
    }

    /// Whether another line has parts of just these names, and they are all of it: 年初预算 and 本年支出, each of 基本支出 and
    /// 项目支出.
    fn has_twin(&self, parts: &[usize]) -> bool {
        let names = |parts: &[usize]| -> Vec<&str> {
            parts.iter().map(|part| self.lines()[*part].name.as_str()).collect()
        };
        let own = names(parts);
        parts.len() >= 2
            && self.accepted.iter().any(|other| {
                !other.score.holds.is_empty()
                    && other.score.fails.is_empty()
                    && other.parts != parts
                    && names(&other.parts) == own
            })
    }

    /// Whether what the parts come to is what their whole states but for a slip of the pen, in each of some columns.
    pub(super) fn slips(&self, whole: usize, parts: &[usize], columns: &[usize]) -> bool {
        columns.iter().all(|column| {
            let value = |line: usize| self.view.cell(line, *column).value();
            let sum: Option<Decimal> = parts.iter().map(|part| value(*part)).sum();
            let (Some(sum), Some(stated)) = (sum, value(whole)) else { return false };
            is_slip(stated, sum)
                || parts
                    .iter()
                    .any(|part| value(*part).is_some_and(|own| is_slip(own, stated - (sum - own))))
        })
    }

    /// Lines whose own lists do not come to what they state, where a total adds up with these lists in their place.
    pub(super) fn passed_over(&mut self) {
        let lines = self.lines();
        let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, line) in lines.iter().enumerate() {
            let parent = line.parent.map(|parent| parent as usize);
            if let Some(parent) = parent.filter(|parent| lines[*parent].role.is_data()) {
                children.entry(parent).or_default().push(at);
            }
        }
        let known: BTreeSet<usize> = self.accepted.iter().map(|list| list.target).collect();
        children.retain(|parent, _| !known.contains(parent));
        let mut totals: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, total) in self.accepted.iter().enumerate() {
            if !total.score.holds.is_empty() {
                total.parts.iter().for_each(|part| totals.entry(*part).or_default().push(at));
            }
        }
        let mut found = Vec::new();
        for (parent, list) in children {
            let stated: Vec<usize> =
                list.iter().copied().filter(|part| self.view.any_number(*part)).collect();
            let Some(totals) = stated.first().and_then(|first| totals.get(first)) else { continue };
            let counts = |total: &&Accepted, line: usize| total.parts.binary_search(&line).is_ok();
            let counted = |total: &&Accepted| {
                !counts(total, parent) && stated.iter().all(|part| counts(total, *part))
            };
            if let Some(total) = totals.iter().map(|at| &self.accepted[*at]).find(counted) {
                let mut score = self.score(parent, &list, true);
                score.fails.retain(|column| total.score.holds.contains(column));
                if !score.fails.is_empty() {
                    found.push((parent, list, score));
                }
            }
        }
        for (parent, list, score) in found {
            self.accept(parent, list, score, true);
        }
    }

    /// 其中 items are at most what they are part of.
    pub(super) fn of_which(&self) -> Vec<Relation> {
        let table = self.view.table;
        let mut relations = Vec::new();
        for (at, line) in table.lines.iter().enumerate() {
            let Some(parent) = line.parent.map(|parent| parent as usize) else { continue };
            if line.role != LineRole::OfWhich || !table.lines[parent].role.is_data() {
                continue;
            }
            // 其中：设备（%） is no amount under an amount.
            let unit = |label: &str| self.view.rulebook.words.bracketed_unit(label);
            let own = unit(&line.label);
            if own.is_some() && own != unit(&table.lines[parent].label) {
                continue;
            }
            // A complete list is a sum already.
            if self.covered[at] == Some(parent) {
                continue;
            }
            let columns: Vec<u32> = self
                .columns
                .iter()
                .copied()
                .filter(|column| table.fields[*column].role != FieldRole::Percent)
                .filter(|column| {
                    let (own, whole) = (
                        self.view.cell(at, *column).value(),
                        self.view.cell(parent, *column).value(),
                    );
                    // What is left over (净值, 结余) can be larger in a part than in the whole.
                    let label = words::key(&table.fields[*column].label);
                    let rest = self.view.rulebook.words.rest_headers.stand_in(&label);
                    !rest
                        && own.is_some_and(|value| value.is_sign_positive())
                        && whole.is_some_and(|value| value.is_sign_positive())
                })
                .map(|column| table.fields[column].column)
                .collect();
            if columns.is_empty() {
                continue;
            }
            relations.push(Relation::new(
                "T05",
                Operation::AtMost,
                Shape::Lines {
                    table: table.id,
                    target: line.row,
                    terms: vec![(table.lines[parent].row, 1)],
                    columns,
                },
                Origin::Label,
            ));
        }
        relations
    }
}
