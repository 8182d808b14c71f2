//! What headers say about columns: 合计 and its parts, differences, rates, shares, growth.
//!
//! As with rows, words propose and numbers choose. Every row is a trial, so that support is usually large.

use std::collections::BTreeSet;

use super::view::{Trial, View};
use crate::model::words;
use crate::model::{
    CellRef, EvidenceSet, Field, FieldRole, LineRole, Operand, Operation, Origin, Place, Relation,
    Severity, Shape, Table,
};
use crate::number::{Decimal, Unit};

/// Past so many columns of amounts a table is a matrix, and what its headers say is left to mining.
const MOST_COLUMNS: usize = 200;

/// Columns that a subtotal without a group of its own may reach over.
const MOST_PARTS: usize = 12;

/// Relations between the columns of a table.
pub(super) fn relate(view: &View<'_>) -> Vec<Relation> {
    let rows: Vec<usize> =
        (0..view.table.lines.len()).filter(|line| view.table.lines[*line].role.is_data()).collect();
    let reader = Reader { view, rows };
    if reader.amounts().len() > MOST_COLUMNS {
        return reader.declared();
    }
    let mut relations = reader.sums();
    relations.extend(reader.declared());
    relations.extend(reader.differences());
    relations.extend(reader.neighbours(&relations));
    let products = reader.products();
    // 单价 as a quotient says again what 数量 × 单价 = 金额 says.
    let ratios = reader
        .ratios()
        .into_iter()
        .filter(|ratio| !products.iter().any(|product| fields_of(product) == fields_of(ratio)));
    relations.extend(ratios);
    relations.extend(products);
    relations.extend(reader.of_which(&relations));
    relations
}

/// The columns that a relation ties, in their order.
fn fields_of(relation: &Relation) -> Option<Vec<u32>> {
    let Shape::Fields { target, terms, .. } = &relation.shape else { return None };
    let mut columns: Vec<u32> = terms.iter().map(|(column, _)| *column).chain([*target]).collect();
    columns.sort_unstable();
    Some(columns)
}

struct Reader<'a> {
    view: &'a View<'a>,
    rows: Vec<usize>,
}

/// A proposed right-hand side: fields with coefficients.
type Parts = Vec<(usize, i32)>;

#[derive(Default)]
struct Score {
    holds: u32,
    /// One part equals the target beside empty ones.
    single: u32,
    trivial: u32,
    fails: u32,
}

impl Score {
    fn tried(&self) -> u32 {
        self.holds + self.single + self.fails
    }

    /// With the rows where one part alone equals the target: good support where the words propose the parts.
    fn worded(&self) -> u32 {
        self.holds + self.single
    }

    fn count(&mut self, trial: Trial) {
        match trial {
            Trial::Holds => self.holds += 1,
            Trial::Single => self.single += 1,
            Trial::Trivial => self.trivial += 1,
            Trial::Fails => self.fails += 1,
            Trial::Untried => {}
        }
    }

    /// What a reading is ranked by; a row adds one at most.
    fn weight(&self) -> i64 {
        i64::from(self.worded()) - 3 * i64::from(self.fails)
    }

    /// Whether the numbers support it well enough that a failing row is worth a finding.
    fn convinces(&self) -> bool {
        let holds = self.worded();
        holds >= 2 && holds >= 3 * self.fails
            || holds == 1 && self.fails == 0
            || holds >= 2 && self.fails == 1
    }
}

impl Reader<'_> {
    fn fields(&self) -> &[Field] {
        &self.view.table.fields
    }

    fn key(&self, field: usize) -> String {
        words::key(&self.fields()[field].label)
    }

    fn amounts(&self) -> Vec<usize> {
        (0..self.fields().len())
            .filter(|at| matches!(self.fields()[*at].role, FieldRole::Amount | FieldRole::Quantity))
            .collect()
    }

    fn score(&self, target: usize, parts: &Parts) -> Score {
        self.view.load();
        let mut score = Score::default();
        self.rows.iter().for_each(|row| score.count(self.view.try_fields(*row, target, parts)));
        score
    }

    /// The score over all rows, or `None` as soon as it can no longer reach a weight of `least`.
    fn score_of_at_least(&self, least: i64, target: usize, parts: &Parts) -> Option<Score> {
        let mut score = Score::default();
        for (at, &row) in self.rows.iter().enumerate() {
            score.count(self.view.try_fields(row, target, parts));
            if score.weight() + ((self.rows.len() - at - 1) as i64) < least {
                return None;
            }
        }
        Some(score)
    }

    /// Total columns and their parts, by the header tree.
    fn sums(&self) -> Vec<Relation> {
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
                let clear = score.worded() == 0
                    && score.tried() == 1
                    && path.len() == 1
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
        // 购置及运行费小计 | 购置费 | 运行费 | 接待费: where one header follows the other, nothing says how far a subtotal reaches.
        readings.extend((2..right.len().min(MOST_PARTS)).map(|end| plain(&right[..end])));
        readings.extend(
            (1..left.len().saturating_sub(1)).rev().take(MOST_PARTS).map(|at| plain(&left[at..])),
        );
        readings
    }

    fn is_total(&self, field: usize) -> bool {
        is_total_header(&self.fields()[field].path)
    }

    fn same_measure(&self, field: usize, other: usize) -> bool {
        let (a, b) = (&self.fields()[field], &self.fields()[other]);
        a.role == b.role
            && (a.unit == b.unit || a.unit.is_none() || b.unit.is_none())
            && !words::is_not_additive(&a.path)
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

    fn best(&self, target: usize, proposals: Vec<Parts>) -> Option<(Parts, Score)> {
        let mut seen: BTreeSet<Parts> = BTreeSet::new();
        let proposals: Vec<Parts> = proposals
            .into_iter()
            .filter(|parts| {
                !parts.is_empty()
                    && parts.iter().all(|(at, _)| *at != target)
                    && seen.insert(parts.clone())
            })
            .collect();
        let mut promising = self.promising(target, &proposals);
        let mut least = promising.as_ref().map_or(i64::MIN, |(_, score)| score.weight());
        let mut best: Option<(Parts, Score)> = None;
        for (at, parts) in proposals.into_iter().enumerate() {
            let known = promising.take_if(|(known, _)| *known == at).map(|(_, score)| score);
            let Some(score) = known.or_else(|| self.score_of_at_least(least, target, &parts))
            else {
                continue;
            };
            // Zeros and single parts support nothing, but they contradict nothing either.
            let rank = |score: &Score| (score.weight(), score.trivial.min(1));
            let better = best.as_ref().is_none_or(|(_, best)| {
                rank(&score) > rank(best) && (score.worded() > 0 || score.fails == 0)
            });
            if better {
                least = least.max(score.weight());
                best = Some((parts, score));
            }
        }
        best
    }

    /// The proposal that a few rows of a long table speak for, with its score: others need not be tried to the end once they
    /// can no longer reach it.
    fn promising(&self, target: usize, proposals: &[Parts]) -> Option<(usize, Score)> {
        const FEW: usize = 64;
        if self.rows.len() <= 2 * FEW {
            return None;
        }
        let few = self.rows.iter().step_by(self.rows.len() / FEW);
        let at = (0..proposals.len()).max_by_key(|at| {
            let mut score = Score::default();
            let parts = &proposals[*at];
            few.clone().for_each(|row| score.count(self.view.try_fields(*row, target, parts)));
            score.weight()
        })?;
        let score = self.score(target, &proposals[at]);
        (score.worded() > 0 || score.fails == 0).then_some((at, score))
    }

    /// The sheet's own 公式 and 栏次 lines: A=B+C.
    fn declared(&self) -> Vec<Relation> {
        let mut relations = Vec::new();
        for (target, field) in self.fields().iter().enumerate() {
            let (Some(formula), true) = (&field.formula, field.role.is_figure()) else { continue };
            let find = |symbol: &str| {
                self.fields().iter().position(|field| {
                    field.symbol.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(symbol))
                })
            };
            if let Some(parts) = linear(formula, find) {
                let score = self.score(target, &parts);
                if score.convinces() || score.holds > score.fails {
                    let rule = if parts.iter().all(|(_, coefficient)| *coefficient > 0) {
                        "T02"
                    } else {
                        "T03"
                    };
                    relations.extend(self.fields_relation(
                        rule,
                        Severity::Error,
                        Operation::Sum,
                        target,
                        parts,
                        &score,
                    ));
                }
            }
        }
        let table = self.view.table;
        for (target, line) in table.lines.iter().enumerate() {
            let (Some(formula), true) = (&line.formula, line.role.is_data()) else { continue };
            let find = |symbol: &str| {
                table.lines.iter().position(|line| {
                    line.role.is_data()
                        && line
                            .symbol
                            .as_deref()
                            .is_some_and(|own| own.eq_ignore_ascii_case(symbol))
                })
            };
            let Some(parts) = linear(formula, find) else { continue };
            let (mut holds, mut fails) = (0, 0);
            let mut columns = Vec::new();
            for at in self.amounts() {
                match self.view.try_lines(at, target, &parts) {
                    Trial::Holds | Trial::Single | Trial::Trivial => holds += 1,
                    Trial::Fails => fails += 1,
                    Trial::Untried => continue,
                }
                columns.push(table.fields[at].column);
            }
            // What the sheet itself says of one figure needs no other to confirm it.
            if holds > fails || columns.len() == 1 {
                relations.push(Relation {
                    rule: if parts.iter().all(|(_, coefficient)| *coefficient > 0) {
                        "T01"
                    } else {
                        "T03"
                    }
                    .to_owned(),
                    severity: Severity::Error,
                    evidence: EvidenceSet::of(Origin::Label),
                    operation: Operation::Sum,
                    shape: Shape::Lines {
                        table: table.id,
                        target: line.row,
                        terms: parts
                            .iter()
                            .map(|(at, coefficient)| (table.lines[*at].row, *coefficient))
                            .collect(),
                        columns,
                    },
                    support: (holds, holds + fails),
                    reason: None,
                    first_check: 0,
                });
            }
        }
        relations
    }

    /// 结余 = 预算 − 支出, 净值 = 原值 − 折旧, 调整后 = 年初 + 增 − 减, 增减额 = 本年 − 上年.
    fn differences(&self) -> Vec<Relation> {
        let amounts = self.amounts();
        let mut relations = Vec::new();
        for &target in &amounts {
            let key = self.key(target);
            let Some(form) = DIFFERENCES.iter().find(|form| {
                form.target.iter().any(|word| key.contains(word))
                    && !form.not.iter().any(|word| key.contains(word))
            }) else {
                continue;
            };
            let with = |list: &[&str]| -> Vec<usize> {
                amounts
                    .iter()
                    .copied()
                    .filter(|at| *at != target && self.same_measure(*at, target))
                    .filter(|at| {
                        let key = words::key(&self.fields()[*at].path.concat());
                        list.iter().any(|word| key.contains(word))
                    })
                    .collect()
            };
            let (plus, minus) = (with(form.plus), with(form.minus));
            let more = with(form.more);
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
            if let Some((parts, score)) = self.best(target, proposals)
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

    /// Signed sums of the columns beside a target, found by the numbers of many rows: 期初 + 新增 − 偿还 = 期末.
    ///
    /// Columns that a total column covers already are stepped over, so that a difference runs over the totals.
    fn neighbours(&self, found: &[Relation]) -> Vec<Relation> {
        let table = self.view.table;
        let targets: BTreeSet<u32> = found
            .iter()
            .filter_map(|relation| match &relation.shape {
                Shape::Fields { target, .. } if relation.operation == Operation::Sum => {
                    Some(*target)
                }
                _ => None,
            })
            .collect();
        let covered: BTreeSet<u32> = found
            .iter()
            .flat_map(|relation| match &relation.shape {
                Shape::Fields { terms, .. } if relation.operation == Operation::Sum => {
                    terms.iter().map(|(column, _)| *column).collect()
                }
                _ => Vec::new(),
            })
            .collect();
        let amounts: Vec<usize> = self
            .amounts()
            .into_iter()
            .filter(|at| !words::is_not_additive(&table.fields[*at].path))
            .collect();
        let mut relations: Vec<Relation> = Vec::new();
        let mut taken: BTreeSet<u32> = BTreeSet::new();
        for &target in amounts.iter().rev() {
            let column = table.fields[target].column;
            if targets.contains(&column) || taken.contains(&column) {
                continue;
            }
            let beside: Vec<usize> = amounts
                .iter()
                .copied()
                .filter(|at| *at != target && self.same_measure(*at, target))
                .filter(|at| {
                    !covered.contains(&table.fields[*at].column) || covered.contains(&column)
                })
                .collect();
            let mut proposals = signed_windows(&beside, target);
            // A pair anywhere, for differences.
            for &a in &beside {
                for &b in &beside {
                    if a != b && beside.len() <= 24 {
                        let mut pair = vec![(a, 1), (b, -1)];
                        pair.sort_unstable();
                        proposals.push(pair);
                    }
                }
            }
            let Some((parts, score)) = self.first_convincing(target, proposals) else { continue };
            // Without a word for what is left or what became of it, the numbers alone must speak: that is mining's work.
            let worded = DIFFERENCES
                .iter()
                .any(|form| form.target.iter().any(|word| self.key(target).contains(word)));
            if !worded {
                continue;
            }
            // One relation among the same columns, seen from one of them.
            taken.extend(parts.iter().map(|(at, _)| table.fields[*at].column));
            taken.insert(column);
            let strong = score.convinces();
            let severity = if strong { Severity::Error } else { Severity::Warning };
            let rule =
                if parts.iter().all(|(_, coefficient)| *coefficient > 0) { "T02" } else { "T03" };
            if let Some(mut relation) =
                self.fields_relation(rule, severity, Operation::Sum, target, parts, &score)
            {
                relation.evidence = EvidenceSet::of(Origin::Label).with(Origin::Mined);
                relations.push(relation);
            }
        }
        relations
    }

    /// A column 其中：… is at most the total column before it, or the column before it.
    fn of_which(&self, found: &[Relation]) -> Vec<Relation> {
        let table = self.view.table;
        let amounts = self.amounts();
        let starts = |at: usize| self.fields()[at].path.iter().any(|head| words::is_of_which(head));
        let mut relations = Vec::new();
        for &at in amounts.iter().filter(|at| starts(**at)) {
            let before =
                || {
                    amounts.iter().rev().copied().filter(|other| {
                        *other < at && !starts(*other) && self.same_measure(*other, at)
                    })
                };
            let Some(whole) =
                before().find(|other| self.is_total(*other)).or_else(|| before().next())
            else {
                continue;
            };
            let (own, of) = (table.fields[at].column, table.fields[whole].column);
            let rest = |field: usize| {
                ["净", "余", "差", "增减", "结转"]
                    .iter()
                    .any(|word| self.fields()[field].label.contains(word))
            };
            let summed = found.iter().any(|relation| {
                matches!(&relation.shape, Shape::Fields { target, terms, .. }
                    if *target == of && terms.contains(&(own, 1)))
            });
            if summed || rest(at) || rest(whole) {
                continue;
            }
            let (mut holds, mut fails) = (0_u32, 0_u32);
            let mut rows = Vec::new();
            for &row in &self.rows {
                let (Some(part), Some(all)) =
                    (self.view.cell(row, at).value(), self.view.cell(row, whole).value())
                else {
                    continue;
                };
                if part.is_sign_negative() || all.is_sign_negative() {
                    continue;
                }
                if part <= all {
                    holds += 1;
                } else {
                    fails += 1;
                }
                rows.push(table.lines[row].row);
            }
            // More than one row against it, and 其中 speaks of something else.
            if rows.is_empty() || fails > 1 || fails == 1 && holds < 3 {
                continue;
            }
            relations.push(Relation {
                rule: "T05".to_owned(),
                severity: Severity::Error,
                evidence: EvidenceSet::of(Origin::Label),
                operation: Operation::AtMost,
                shape: Shape::Fields { table: table.id, target: own, terms: vec![(of, 1)], rows },
                support: (holds, holds + fails),
                reason: None,
                first_check: 0,
            });
        }
        relations
    }

    /// Whether each part is other than zero in some row: one that never is could have either sign.
    fn every_part_counts(&self, parts: &Parts) -> bool {
        parts.iter().all(|(at, _)| {
            self.rows
                .iter()
                .any(|row| self.view.cell(*row, *at).value().is_some_and(|value| !value.is_zero()))
        })
    }

    /// The first proposal that many rows support, tried on a few rows before all.
    fn first_convincing(&self, target: usize, proposals: Vec<Parts>) -> Option<(Parts, Score)> {
        let telling: Vec<usize> = self
            .rows
            .iter()
            .copied()
            .filter(|row| {
                self.view.cell(*row, target).value().is_some_and(|value| !value.is_zero())
            })
            .take(12)
            .collect();
        let mut seen: BTreeSet<Parts> = BTreeSet::new();
        let mut best: Option<(Parts, Score)> = None;
        for parts in proposals {
            if parts.iter().all(|(_, coefficient)| *coefficient < 0) || !seen.insert(parts.clone())
            {
                continue;
            }
            let (mut holds, mut fails) = (0, 0);
            for &row in &telling {
                match self.view.try_fields(row, target, &parts) {
                    Trial::Holds => holds += 1,
                    Trial::Fails => fails += 1,
                    _ => {}
                }
                if fails > 2 {
                    break;
                }
            }
            if fails > 2 || holds < 2 || holds < 2 * fails {
                continue;
            }
            let score = self.score(target, &parts);
            let every_part_counts = self.every_part_counts(&parts);
            if score.holds >= 3
                && score.holds >= 4 * score.fails
                && every_part_counts
                && best.as_ref().is_none_or(|(_, best)| score.holds > best.holds)
            {
                best = Some((parts, score));
            }
        }
        best
    }

    /// 单价 × 数量 = 金额.
    fn products(&self) -> Vec<Relation> {
        let figures: Vec<usize> = (0..self.fields().len())
            .filter(|at| matches!(self.fields()[*at].role, FieldRole::Amount | FieldRole::Quantity))
            .collect();
        let named = |words: &[&str]| -> Vec<usize> {
            figures
                .iter()
                .copied()
                .filter(|at| words.iter().any(|word| self.key(*at).contains(word)))
                .collect()
        };
        let prices = named(&["单价", "标准", "均价"]);
        let quantities = named(&[
            "数量", "人数", "面积", "台数", "辆数", "户数", "月数", "件数", "个数", "次数", "规模",
        ]);
        let amounts = named(&[
            "金额", "合计", "小计", "总价", "预算", "经费", "费用", "补助", "补贴", "资金",
        ]);
        let mut best: Option<(usize, usize, usize, Vec<u32>, u32, u32)> = None;
        for &amount in &amounts {
            for &price in prices.iter().filter(|price| **price != amount) {
                for &quantity in
                    quantities.iter().filter(|quantity| **quantity != amount && **quantity != price)
                {
                    let (mut holds, mut fails) = (0, 0);
                    let mut rows = Vec::new();
                    for &row in &self.rows {
                        let line = &self.view.table.lines[row];
                        if matches!(line.role, LineRole::Total | LineRole::Subtotal) {
                            continue;
                        }
                        let (Some(a), Some(p), Some(q)) = (
                            self.view.cell(row, amount).value(),
                            self.view.cell(row, price).value(),
                            self.view.cell(row, quantity).value(),
                        ) else {
                            continue;
                        };
                        let times = self.units_of(row, price, amount);
                        let Some(product) =
                            p.checked_mul(q).and_then(|product| product.checked_mul(times))
                        else {
                            continue;
                        };
                        rows.push(line.row);
                        let counted = q.is_integer() && self.fields()[quantity].counts_things();
                        let loose = if counted {
                            Decimal::ZERO
                        } else {
                            self.view.cell(row, quantity).half()
                        };
                        let slack = self.view.cell(row, amount).half()
                            + (self.view.cell(row, price).half() * q.abs() + loose * p.abs())
                                * times;
                        if (a - product).abs() <= slack { holds += 1 } else { fails += 1 }
                    }
                    if holds >= 2
                        && holds >= 3 * fails
                        && best.as_ref().is_none_or(|best| holds > best.4)
                    {
                        best = Some((amount, price, quantity, rows, holds, fails));
                    }
                }
            }
        }
        let Some((amount, price, quantity, rows, holds, fails)) = best else { return Vec::new() };
        let table = self.view.table;
        vec![Relation {
            rule: "T03".to_owned(),
            severity: Severity::Error,
            evidence: EvidenceSet::of(Origin::Label).with(Origin::Mined),
            operation: Operation::Product,
            shape: Shape::Fields {
                table: table.id,
                target: table.fields[amount].column,
                terms: vec![
                    (table.fields[price.min(quantity)].column, 1),
                    (table.fields[price.max(quantity)].column, 1),
                ],
                rows,
            },
            support: (holds, holds + fails),
            reason: None,
            first_check: 0,
        }]
    }

    /// How many of one column's units of money one of another's is: 0.0001 from 元 to 万元.
    fn units_of(&self, row: usize, from: usize, to: usize) -> Decimal {
        let table = self.view.table;
        let yuan = |field: usize| {
            let cell = CellRef::new(table.lines[row].row, table.fields[field].column);
            table.unit_at(cell).and_then(Unit::yuan)
        };
        match (yuan(from), yuan(to)) {
            (Some(from), Some(to)) => from / to,
            _ => Decimal::ONE,
        }
    }

    /// Columns of percentages: rates of two columns, growth between two, shares of a total.
    fn ratios(&self) -> Vec<Relation> {
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
        let mut best: Option<(i64, Operation, usize, usize, RatioScore)> = None;
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
                    if best.as_ref().is_none_or(|best| rank > best.0) {
                        best = Some((rank, operation, a, b, score));
                    }
                }
            }
        }
        let (_, operation, a, b, score) = best?;
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
        Some(vec![Relation {
            rule: "T04".to_owned(),
            severity: Severity::Error,
            evidence: EvidenceSet::of(Origin::Label).with(Origin::Mined),
            operation,
            shape: Shape::Fields {
                table: table.id,
                target: table.fields[target].column,
                terms: vec![(table.fields[a].column, 1), (table.fields[b].column, 1)],
                rows,
            },
            support: (score.holds + score.near, score.tried()),
            reason: None,
            first_check: 0,
        }])
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

    /// Shares of a total line: 占比.
    fn share(&self, target: usize) -> Option<Vec<Relation>> {
        let table = self.view.table;
        let totals: Vec<usize> = self
            .rows
            .iter()
            .copied()
            .filter(|row| {
                matches!(table.lines[*row].role, LineRole::Total | LineRole::Subtotal)
                    || table.lines[*row].level == 0
            })
            .collect();
        let mut best: Option<(u32, usize, usize, RatioScore)> = None;
        for at in self.amounts() {
            for &total in totals.iter().take(12) {
                let Some(whole) =
                    self.view.cell(total, at).value().filter(|value| !value.is_zero())
                else {
                    continue;
                };
                let mut score = RatioScore::default();
                for &row in self.rows.iter().filter(|row| **row != total) {
                    let (Some(stated), Some(part)) =
                        (self.view.cell(row, target).value(), self.view.cell(row, at).value())
                    else {
                        continue;
                    };
                    let Some(computed) = part.checked_div(whole) else { continue };
                    let half = self.view.cell(row, target).half();
                    let input = self.view.cell(row, at).half()
                        + self.view.cell(total, at).half() * computed.abs();
                    score.count(
                        stated,
                        computed,
                        half + input.checked_div(whole.abs()).unwrap_or_default(),
                        half,
                    );
                }
                let explicit = matches!(table.lines[total].role, LineRole::Total);
                if score.tried() >= 2 && score.convinces() && (explicit || score.holds >= 2) {
                    let rank = (score.holds + score.near) * 2 + u32::from(explicit);
                    if best.as_ref().is_none_or(|best| rank > best.0) {
                        best = Some((rank, at, total, score));
                    }
                }
            }
        }
        let (_, at, total, score) = best?;
        let operand = |row: usize, field: usize| Operand {
            place: Place {
                file: table.file,
                sheet: table.sheet,
                cell: CellRef::new(table.lines[row].row, table.fields[field].column),
            },
            table: Some(table.id),
            coefficient: 1,
        };
        Some(
            self.rows
                .iter()
                .copied()
                .filter(|row| {
                    self.view.cell(*row, target).value().is_some()
                        && self.view.cell(*row, at).value().is_some()
                        // The whole's own share says something where the others are known to be shares of it.
                        && (*row != total || score.holds >= 2)
                })
                .map(|row| Relation {
                    rule: "T04".to_owned(),
                    severity: Severity::Error,
                    evidence: EvidenceSet::of(Origin::Label).with(Origin::Mined),
                    operation: Operation::Ratio,
                    shape: Shape::Cells {
                        target: operand(row, target),
                        terms: vec![operand(row, at), operand(total, at)],
                    },
                    support: (score.holds + score.near, score.tried()),
                    reason: None,
                    first_check: 0,
                })
                .collect(),
        )
    }

    /// Turns `c = d − b` into `d = b + c` where `c` is left blank in rows that `d` states: a check needs its target.
    fn orient(&self, target: usize, parts: Parts) -> (usize, Parts) {
        let blanks = |field: usize| {
            self.rows
                .iter()
                .filter(|row| {
                    self.view.cell(**row, field).value().is_none()
                        && parts.iter().any(|(at, _)| self.view.cell(**row, *at).value().is_some())
                })
                .count()
        };
        if parts.iter().all(|(_, coefficient)| *coefficient > 0) || blanks(target) == 0 {
            return (target, parts);
        }
        let Some(&(fuller, _)) =
            parts.iter().find(|(at, coefficient)| *coefficient == 1 && blanks(*at) == 0)
        else {
            return (target, parts);
        };
        let mut turned: Parts = parts
            .iter()
            .filter(|(at, _)| *at != fuller)
            .map(|(at, coefficient)| (*at, -coefficient))
            .collect();
        turned.push((target, 1));
        turned.sort_unstable();
        (fuller, turned)
    }

    fn fields_relation(
        &self,
        rule: &str,
        severity: Severity,
        operation: Operation,
        target: usize,
        parts: Parts,
        score: &Score,
    ) -> Option<Relation> {
        let (target, parts) = self.orient(target, parts);
        let table: &Table = self.view.table;
        let rows: Vec<u32> = self
            .rows
            .iter()
            .copied()
            .filter(|row| {
                self.view.cell(*row, target).value().is_some()
                    || parts.iter().any(|(at, _)| self.view.cell(*row, *at).value().is_some())
            })
            .map(|row| table.lines[row].row)
            .collect();
        if rows.is_empty() {
            return None;
        }
        let mut evidence = EvidenceSet::of(Origin::Label);
        if score.holds >= 2 {
            evidence = evidence.with(Origin::Mined);
        }
        Some(Relation {
            rule: rule.to_owned(),
            severity,
            evidence,
            operation,
            shape: Shape::Fields {
                table: table.id,
                target: table.fields[target].column,
                terms: parts
                    .iter()
                    .map(|(at, coefficient)| (table.fields[*at].column, *coefficient))
                    .collect(),
                rows,
            },
            support: (score.holds, score.tried()),
            reason: None,
            first_check: 0,
        })
    }
}

/// Whether a header says that its column adds up others.
pub(super) fn is_total_header(path: &[String]) -> bool {
    let Some(own) = path.last() else { return false };
    words::total_word(own).is_some()
        || matches!(
            words::key(own).as_str(),
            "总额"
                | "总数"
                | "金额合计"
                | "合计金额"
                | "总金额"
                | "资金总额"
                | "总收入"
                | "总支出"
                | "全年"
                | "全年累计"
        )
}

/// All signs over the runs of columns that touch the target, or begin or end the table.
fn signed_windows(beside: &[usize], target: usize) -> Vec<Parts> {
    let split = beside.partition_point(|at| *at < target);
    let mut windows = Vec::new();
    for width in 2..=6 {
        for start in 0..beside.len().saturating_sub(width - 1) {
            let touches = start + width == split || start == split;
            let edge = start == 0 || start + width == beside.len();
            if !(touches || edge && width <= 3) {
                continue;
            }
            let window = &beside[start..start + width];
            for signs in 0..1_u32 << width {
                let parts: Parts = window
                    .iter()
                    .enumerate()
                    .map(|(at, field)| (*field, if signs >> at & 1 == 0 { 1 } else { -1 }))
                    .collect();
                if parts.iter().any(|(_, coefficient)| *coefficient > 0) {
                    windows.push(parts);
                }
            }
        }
    }
    windows
}

/// Trials of a rate. `near` counts those within one unit of the last printed digit, as people round by hand.
#[derive(Debug, Default)]
struct RatioScore {
    holds: u32,
    near: u32,
    fails: u32,
}

impl RatioScore {
    fn count(&mut self, stated: Decimal, computed: Decimal, slack: Decimal, half: Decimal) {
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

    fn tried(&self) -> u32 {
        self.holds + self.near + self.fails
    }

    fn convinces(&self) -> bool {
        let good = self.holds + self.near;
        good >= 2 && good >= 3 * self.fails
            || good == 1 && self.fails == 0
            || good >= 2 && self.fails == 1
    }
}

/// A difference that words announce.
struct Difference {
    target: &'static [&'static str],
    not: &'static [&'static str],
    plus: &'static [&'static str],
    more: &'static [&'static str],
    minus: &'static [&'static str],
    /// 逻辑性: nothing can stand between.
    strict: bool,
}

const DIFFERENCES: &[Difference] = &[
    Difference {
        target: &["净值", "账面价值", "净额"],
        not: &[],
        plus: &["原值", "原价", "账面余额"],
        more: &[],
        minus: &["折旧", "摊销", "减值"],
        strict: true,
    },
    Difference {
        target: &["调整后", "调整预算", "变动后", "预算调整数", "全年预算", "现预算"],
        not: &["%", "率", "增", "减"],
        plus: &["年初", "原预算", "批复", "当初", "期初", "上年", "预算数"],
        more: &["调增", "增加", "追加", "调整", "变动", "结转", "增减"],
        minus: &["调减", "减少", "追减", "核减", "压减", "收回", "交回", "盘活", "统筹"],
        strict: true,
    },
    Difference {
        target: &["年末", "期末", "余额", "期末数", "年末数"],
        not: &["限额", "%", "率"],
        plus: &["年初", "期初", "上年末", "上年结转", "年初数"],
        more: &["增加", "收入", "借方", "新增", "本年", "本期"],
        minus: &["减少", "支出", "贷方", "偿还", "还本", "处置"],
        strict: true,
    },
    Difference {
        target: &[
            "结余",
            "结转",
            "余额",
            "剩余",
            "未支",
            "未执行",
            "差额",
            "节余",
            "未完成",
            "可用",
        ],
        not: &["%", "率", "上年", "年初", "期初"],
        plus: &[
            "预算",
            "收入",
            "指标",
            "下达",
            "计划",
            "拨款",
            "到位",
            "安排",
            "调整后",
            "可支配",
            "合同",
        ],
        more: &["上年结转", "年初结转", "上年结余", "收入", "年初结余"],
        minus: &["支出", "执行", "支付", "决算", "使用", "付款", "实际"],
        strict: false,
    },
    Difference {
        target: &[
            "增减",
            "增加额",
            "增长额",
            "变动",
            "差异",
            "差额",
            "比上年",
            "较上年",
            "增（减）",
            "增(减)",
            "超支",
            "净增",
            "调整数",
            "调增数",
        ],
        not: &["%", "率", "幅"],
        plus: &[
            "本年",
            "今年",
            "决算",
            "执行",
            "调整后",
            "当年",
            "实际",
            "年末",
            "期末",
            "支出",
            "预算",
            "完成",
        ],
        more: &[],
        minus: &["上年", "去年", "预算", "年初", "期初", "上期", "计划", "目标", "决算"],
        strict: false,
    },
];

/// `B+C-D` as positions with signs; `None` when it is anything else, or a symbol is unknown.
fn linear(formula: &str, find: impl Fn(&str) -> Option<usize>) -> Option<Parts> {
    let mut parts = Vec::new();
    let mut sign = 1;
    let mut symbol = String::new();
    for c in formula.chars().chain(['+']) {
        match c {
            '+' | '-' => {
                if symbol.is_empty() {
                    return None;
                }
                parts.push((find(&symbol)?, sign));
                symbol.clear();
                sign = if c == '+' { 1 } else { -1 };
            }
            c if c.is_alphanumeric() => symbol.push(c),
            _ => return None,
        }
    }
    (parts.len() >= 2 || !parts.is_empty() && formula.len() <= 3)
        .then_some(parts)
        .filter(|parts| parts.len() >= 2)
}
