//! What is known of a region before its numbers are asked, as families of its grid.

use std::collections::BTreeSet;

use super::region::Region;
use crate::model::{Judge, Operation, Origin, Packet, Relation, Shape, Verdict};
use crate::relate::mine::axis::Direction;
use crate::relate::mine::explained::{self, Explained};
use crate::relate::mine::family::Family;

impl Region {
    /// What is known of the sheet, and which relations the numbers speak for.
    pub(super) fn explained(
        &self,
        packet: &Packet,
        known: &[&Relation],
    ) -> (Explained, Vec<usize>) {
        let none = vec![false; self.is_figure.len()];
        let mut marks = Marks { line: none.clone(), total: none.clone(), told: none };
        let (mut lines, mut fields) = (Some(vec![]), Vec::<Family>::new());
        // What the numbers speak for among both.
        let mut spoken: [Vec<usize>; 2] = Default::default();
        for (at, relation) in known.iter().enumerate() {
            if matches!(relation.shape, Shape::Cells { .. }) {
                continue;
            }
            let is_line = matches!(relation.shape, Shape::Lines { .. });
            let is_sum = relation.operation == Operation::Sum;
            let Some(family) = self.known_family(packet, relation) else {
                if is_line && is_sum {
                    lines = None;
                }
                continue;
            };
            // What words say is asked of the numbers too, but for lists that these prove already; what formulas say the numbers
            // can only repeat.
            let by_formula = relation.evidence.contains(Origin::Formula);
            let speaks = explained::speaks(&self.grid, &family);
            let is_proven_list = speaks && is_line && is_sum && family.minus == 0;
            if !(by_formula || is_proven_list) {
                continue;
            }
            marks.take(self, &family, by_formula);
            let is_taken = match &mut lines {
                Some(lines) if is_line => {
                    lines.push(family.clone());
                    true
                }
                _ if is_line || is_sum && family.minus == 0 => false,
                _ => {
                    let same = |old: &&mut Family| {
                        (old.operation, old.target) == (family.operation, family.target)
                            && old.terms == family.terms
                            && old.minus == family.minus
                    };
                    match fields.iter_mut().find(same) {
                        None => fields.push(family.clone()),
                        Some(old) => {
                            old.holds.extend_from_slice(&family.holds);
                            old.holds.sort_unstable();
                            old.holds.dedup();
                        }
                    }
                    true
                }
            };
            if is_taken && speaks {
                spoken[usize::from(is_line)].push(at);
            }
        }
        let told = marks.told_columns(self);
        fields.retain(|family| told[family.target as usize]);
        let lines = lines.filter(|sums| marks.explain_lines(self, sums, &told));
        let [mut spoken, of_lines] = spoken;
        if lines.is_some() {
            spoken.extend(of_lines);
        }
        (Explained { lines, fields, told }, spoken)
    }

    /// A sum or quotient as a family of the grid, where all of its checks hold.
    fn known_family(&self, packet: &Packet, relation: &Relation) -> Option<Family> {
        let is_ratio = matches!(relation.operation, Operation::Ratio | Operation::Product);
        let (direction, target, terms, instances) = match &relation.shape {
            Shape::Lines { target, terms, columns, .. } if !is_ratio => {
                (Direction::Lines, target, terms, columns)
            }
            Shape::Fields { target, terms, rows, .. } => (Direction::Fields, target, terms, rows),
            _ => return None,
        };
        let is_sum = relation.operation == Operation::Sum;
        if !(is_sum || is_ratio) || terms.len() < 2 || terms.iter().any(|(_, sign)| sign.abs() != 1)
        {
            return None;
        }
        let (series, others) = (self.axis(direction), self.axis(direction.across()));
        let place = |list: &[u32], at: u32| list.binary_search(&at).ok().map(|at| at as u32);
        let target = place(series, *target)?;
        let terms: Vec<(u32, i32)> = terms
            .iter()
            .map(|(term, sign)| Some((place(series, *term)?, *sign)))
            .collect::<Option<_>>()?;
        let judge = Judge::new(packet, relation);
        let mut all_hold = true;
        judge.verdicts(0..instances.len(), |_, verdict| {
            all_hold &= matches!(verdict, Verdict::Holds | Verdict::Rounding);
        });
        if !all_hold {
            return None;
        }
        let holds: Vec<u32> =
            instances.iter().map(|at| place(others, *at)).collect::<Option<_>>()?;
        Some(explained::family((direction, relation.operation), target, terms, holds))
    }
}

/// Which figures of a region are known, by position in the grid.
struct Marks {
    /// They are parts of a sum of lines that holds, or what it comes to.
    line: Vec<bool>,
    /// Their own formula says that they are what such a sum comes to.
    total: Vec<bool>,
    /// Their own formula says what they are of others of their row.
    told: Vec<bool>,
}

impl Marks {
    /// Marks the cells of a family that is said by formulas or proven.
    fn take(&mut self, region: &Region, family: &Family, by_formula: bool) {
        let cell = |row: u32, column: u32| row as usize * region.columns.len() + column as usize;
        for &instance in &family.holds {
            match family.direction {
                Direction::Fields => self.told[cell(instance, family.target)] = true,
                Direction::Lines => {
                    for row in family.terms.iter().chain([&family.target]) {
                        self.line[cell(*row, instance)] = true;
                    }
                    self.total[cell(family.target, instance)] |= by_formula;
                }
            }
        }
    }

    /// Columns whose figures are all told by their formulas, along rows or, in a line of totals, along lines.
    fn told_columns(&self, region: &Region) -> Vec<bool> {
        let width = region.columns.len();
        // A figure typed over its formula is none: what the others say is asked of it.
        let told = |column: usize| {
            let cells = (column..region.is_figure.len()).step_by(width.max(1));
            let mut figures = cells.filter(|cell| region.is_figure[*cell]).peekable();
            figures.peek().is_some() && figures.all(|cell| self.told[cell] || self.total[cell])
        };
        (0..width).map(told).collect()
    }

    /// Whether some sums of lines, of which one is that of all, leave no figure but those that their row tells.
    fn explain_lines(&self, region: &Region, sums: &[Family], told: &[bool]) -> bool {
        let width = region.columns.len();
        let terms: BTreeSet<u32> = sums.iter().flat_map(|sum| &sum.terms).copied().collect();
        let roots: BTreeSet<u32> =
            sums.iter().map(|sum| sum.target).filter(|row| !terms.contains(row)).collect();
        let known = |cell: usize| self.line[cell] || self.told[cell] && told[cell % width];
        roots.len() == 1 && (0..region.is_figure.len()).all(|at| !region.is_figure[at] || known(at))
    }
}
