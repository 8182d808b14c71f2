//! The families that the numbers of a region hold, as relations: which of them, and of their checks, are told.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::region::Region;
use crate::model::{
    CellRef, FieldRole, Judge, LineRole, Operand, Operation, Origin, Packet, Place, QuickMap,
    Relation, Severity, Shape, Verdict,
};
use crate::parallel;
use crate::relate::mine::axis::Direction;
use crate::relate::mine::broken::{TOGETHER, is_list, shares};
use crate::relate::mine::explained::Explained;
use crate::relate::mine::family::{Family, Form};
use crate::relate::mine::rolls::{self, Roll};
use crate::relate::mine::stairs::Step;
use crate::relate::mine::summed::{self, Whole};
use crate::relate::mine::words::Word;
use crate::relate::mine::{Limits, broken, families_beside, steps};

/// Checks per sheet that are confirmed one by one.
const MOST_CONFIRMED: usize = 100_000;

impl Region {
    /// The families as relations; `known` are those found otherwise, which may speak against an alarm.
    pub(super) fn relations(
        &self,
        limits: &Limits,
        packet: &Packet,
        known: &[&Relation],
        explained: &Explained,
    ) -> Vec<Relation> {
        let families = families_beside(&self.grid, limits, explained);
        let broken = broken(&self.grid, &families);
        let mut relations = vec![];
        let mut budget = MOST_CONFIRMED;
        let mut take = |relation: Relation, failing: Failing<'_>| {
            let count = relation.check_count();
            if count <= budget {
                budget -= count;
                relations.extend(confirmed(packet, relation, failing));
            }
        };
        // What is known otherwise of a cell, which is asked of few.
        let by_target = OnceCell::new();
        let checks_of = |place: Place| {
            let by_target = by_target.get_or_init(|| targets(packet, known));
            by_target.get(&place).map_or(&[][..], Vec::as_slice)
        };
        for (family, mut broken) in families.iter().zip(broken) {
            if family.form == Form::Said {
                continue;
            }
            // Rates beside amounts add up to nothing, whatever the columns of another table above them are.
            let rate = |at: &u32| is_rate(packet, self.target(family, *at));
            if family.direction == Direction::Lines && !family.holds.iter().all(rate) {
                broken.retain(|at| !rate(at));
            }
            broken.retain(|at| {
                let checks = checks_of(self.target(family, *at).place);
                !checks.iter().any(|(relation, ordinal)| {
                    speaks_against(packet, relation, *ordinal, family.direction)
                        && !self.hold_together(packet, family, relation)
                })
            });
            let failing = self.failing(family, &broken);
            let of_table = match family.form {
                Form::Closed => Failing::Proven(&failing),
                // Its place has proven it.
                _ if family.holds.len() == 1 => Failing::Proven(&failing),
                _ => Failing::At(&failing),
            };
            for (relation, own) in self.family(family, &broken) {
                take(relation, if own { Failing::Known } else { of_table });
            }
        }
        let mut stepped = vec![];
        if explained.lines.is_none() {
            for step in steps(&self.grid, limits) {
                take(self.step(&step), if step.broken { Failing::Known } else { Failing::None });
                stepped.push(step.target);
            }
        }
        let mut is_total = vec![false; self.grid.rows.len() * self.columns.len()];
        let of_families = families.iter().filter(|family| sum_of(family)).flat_map(|family| {
            let all = family.holds.iter().chain(&family.fails);
            all.map(|at| family.direction.cell(family.target, *at))
        });
        for (row, column) in of_families.chain(stepped) {
            is_total[row as usize * self.columns.len() + column as usize] = true;
        }
        let is_told = |cell: (u32, u32)| {
            let checks = checks_of(self.operand(cell, 1).place);
            checks.iter().any(|(relation, _)| relation.operation == Operation::Sum)
        };
        for whole in summed::find(&self.grid, limits.summed, &is_total, is_told) {
            take(self.summed(&whole), Failing::None);
        }
        for roll in rolls::find(&self.grid, limits, &families, explained) {
            for &step in &roll.holds {
                take(self.roll(&roll, step), Failing::None);
            }
            for (to, parts) in roll.sums(&self.grid) {
                take(self.cumulation(&roll, to, &parts), Failing::None);
            }
            // A total that is the sum of its parts is carried on from nothing.
            let is_sum = |at: u32| {
                let balance = &self.grid.hints(roll.direction)[roll.series as usize];
                balance.says.has(Word::Total)
                    && families.iter().any(|family| {
                        let (series, instance) = if family.direction == roll.direction {
                            (roll.series, at)
                        } else {
                            (at, roll.series)
                        };
                        sum_of(family)
                            && family.target == series
                            && family.holds.binary_search(&instance).is_ok()
                    })
            };
            for &step in roll.broken.iter().filter(|step| !is_sum(step.1)) {
                take(self.roll(&roll, step), Failing::Known);
            }
        }
        relations
    }

    /// Whether a family and a relation of the same target hold together elsewhere, each by figures that the other one does
    /// not count: both are meant, and that the one holds where the other fails says that a part is wrong.
    fn hold_together(&self, packet: &Packet, family: &Family, known: &Relation) -> bool {
        let (terms, instances, at, series) = match &known.shape {
            Shape::Lines { terms, columns, .. } => (terms, columns, &self.columns, &self.rows),
            Shape::Fields { terms, rows, .. } => (terms, rows, &self.rows, &self.columns),
            Shape::Cells { .. } => return false,
        };
        if known.evidence.contains(Origin::Formula) || !is_list(family) {
            return false;
        }
        let known_terms: Option<Vec<u32>> = terms
            .iter()
            .map(|(term, _)| series.binary_search(term).ok().map(|at| at as u32))
            .collect();
        let Some(known_terms) = known_terms else { return false };
        let judge = Judge::new(packet, known);
        let filled = |series: u32, instance: u32| {
            let figure = self.grid.along(family.direction, series, instance);
            figure.is_some_and(|cell| cell.value != 0)
        };
        let live = |terms: &[u32], instance: u32| -> BTreeSet<u32> {
            terms.iter().copied().filter(|term| filled(*term, instance)).collect()
        };
        let both = family.holds.iter().filter(|instance| {
            let ordinal = instances.iter().position(|own| *own == at[**instance as usize]);
            ordinal.is_some_and(|ordinal| {
                matches!(judge.verdict(ordinal), Verdict::Holds | Verdict::Rounding)
                    && live(&family.terms, **instance) != live(&known_terms, **instance)
            })
        });
        let different: BTreeSet<[i128; 2]> =
            both.map(|instance| shares(&self.grid, family, *instance)).collect();
        different.len() >= TOGETHER
    }

    /// Rows or columns of the sheet where a family fails though it is meant.
    fn failing(&self, family: &Family, broken: &[u32]) -> Vec<u32> {
        let axis = self.axis(family.direction.across());
        broken.iter().map(|at| axis[*at as usize]).collect()
    }

    /// The target of a family in an instance.
    fn target(&self, family: &Family, instance: u32) -> Operand {
        self.operand(family.direction.cell(family.target, instance), 1)
    }

    /// A total beside the column of its parts.
    fn step(&self, step: &Step) -> Relation {
        let target = self.operand(step.target, 1);
        let terms = step.rows.iter().map(|row| self.operand((*row, step.column), 1)).collect();
        mined(Operation::Sum, Shape::Cells { target, terms }, step.support)
    }

    /// A figure by itself and the column or line that it is the sum of.
    fn summed(&self, whole: &Whole) -> Relation {
        let operand = |place: (u32, u32)| self.operand(place, 1);
        let terms = whole.parts.iter().map(|part| operand(*part)).collect();
        let shape = Shape::Cells { target: operand(whole.target), terms };
        mined(Operation::Sum, shape, whole.support)
    }

    /// A balance and what it is carried on from.
    fn roll(&self, roll: &Roll, (from, to): (u32, u32)) -> Relation {
        let at = |series: u32, instance: u32, coefficient: i32| {
            self.operand(roll.direction.cell(series, instance), coefficient)
        };
        let mut terms = vec![at(roll.series, from, 1)];
        terms.extend(roll.terms.iter().map(|(series, coefficient)| at(*series, to, *coefficient)));
        let shape = Shape::Cells { target: at(roll.series, to, 1), terms };
        mined(Operation::Sum, shape, roll.support)
    }

    /// A cumulation as the sum of all that was added up to it.
    fn cumulation(&self, roll: &Roll, to: u32, parts: &[u32]) -> Relation {
        let at =
            |series: u32, instance: u32| self.operand(roll.direction.cell(series, instance), 1);
        let terms = parts.iter().map(|part| at(roll.terms[0].0, *part)).collect();
        mined(Operation::Sum, Shape::Cells { target: at(roll.series, to), terms }, roll.support)
    }

    /// The relations of a family: one per table that all its cells lie in, single checks where they do not; with each whether
    /// it is a check that may fail though it stands alone, because others of its very tables hold.
    fn family(&self, family: &Family, broken: &[u32]) -> Vec<(Relation, bool)> {
        let mut by_table: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let mut relations = vec![];
        let mut singles: BTreeMap<Vec<Option<u32>>, Vec<(u32, Shape)>> = BTreeMap::new();
        let mut instances: Vec<u32> = family.holds.iter().chain(broken).copied().collect();
        instances.sort_unstable();
        for instance in instances {
            let at = |series: u32, coefficient: i32| {
                self.operand(family.direction.cell(series, instance), coefficient)
            };
            let target = at(family.target, 1);
            let sum = family.operation == Operation::Sum;
            let terms: Vec<Operand> = family
                .terms
                .iter()
                .enumerate()
                .filter(|(_, term)| {
                    !sum || self.says_anything(family.direction, family.target, **term)
                })
                .map(|(place, term)| at(*term, coefficient(family, place)))
                .collect();
            match target.table {
                Some(table) if terms.iter().all(|term| term.table == target.table) => {
                    by_table.entry(table).or_default().push(instance);
                }
                _ => {
                    let tables = terms.iter().chain([&target]).map(|operand| operand.table);
                    let shape = Shape::Cells { target, terms: terms.clone() };
                    singles.entry(tables.collect()).or_default().push((instance, shape));
                }
            }
        }
        for group in singles.into_values() {
            let fails = group.iter().filter(|(at, _)| broken.contains(at)).count();
            let own = group.len() >= fails * (LEAST_OWN_SUMS + 1);
            relations.extend(group.into_iter().map(|(at, shape)| {
                (relation(family, shape), own && sum_of(family) && broken.contains(&at))
            }));
        }
        let sheet_of = |series: u32| self.axis(family.direction)[series as usize];
        let sum = family.operation == Operation::Sum;
        let terms: Vec<(u32, i32)> = family
            .terms
            .iter()
            .enumerate()
            .filter(|(_, term)| !sum || self.says_anything(family.direction, family.target, **term))
            .map(|(place, term)| (sheet_of(*term), coefficient(family, place)))
            .collect();
        let target = sheet_of(family.target);
        for (table, instances) in by_table {
            let terms = terms.clone();
            let shape = match family.direction {
                Direction::Fields => Shape::Fields {
                    table,
                    target,
                    terms,
                    rows: instances.iter().map(|at| self.rows[*at as usize]).collect(),
                },
                Direction::Lines => Shape::Lines {
                    table,
                    target,
                    terms,
                    columns: instances.iter().map(|at| self.columns[*at as usize]).collect(),
                },
            };
            relations.push((relation(family, shape), false));
        }
        relations
    }
}

/// The targets of what is known of a sheet otherwise: relation and check.
fn targets<'k>(
    packet: &Packet,
    known: &[&'k Relation],
) -> QuickMap<Place, Vec<(&'k Relation, usize)>> {
    let mut terms = vec![];
    let mut targets: QuickMap<Place, Vec<(&Relation, usize)>> = QuickMap::default();
    for relation in known {
        for ordinal in 0..relation.check_count() {
            let place = relation.operands(ordinal, |id| packet.place_of(id), &mut terms).place;
            targets.entry(place).or_default().push((relation, ordinal));
        }
    }
    targets
}

/// Whether a check speaks against an alarm at its target: the cell's own formula says what it is, or another reading of the
/// same direction holds.
fn speaks_against(
    packet: &Packet,
    relation: &Relation,
    ordinal: usize,
    direction: Direction,
) -> bool {
    let same = match relation.shape {
        Shape::Lines { .. } => direction == Direction::Lines,
        Shape::Fields { .. } => direction == Direction::Fields,
        Shape::Cells { .. } => false,
    };
    relation.evidence.contains(Origin::Formula)
        || same
            && relation.operation == Operation::Sum
            && matches!(
                Judge::new(packet, relation).verdict(ordinal),
                Verdict::Holds | Verdict::Rounding
            )
}

/// Which checks of a relation may fail.
#[derive(Clone, Copy)]
pub(super) enum Failing<'a> {
    /// None: what is not confirmed is left out.
    None,
    /// Those in these rows or columns, where the rest of the relation holds.
    At(&'a [u32]),
    /// Those in these columns: other lists of the sheet have proven it, or where it stands.
    Proven(&'a [u32]),
    /// The only one: others of its kind hold.
    Known,
}

fn sum_of(family: &Family) -> bool {
    family.operation == Operation::Sum
}

/// Percentages printed without a sign are a hundred times the quotient: the first term's coefficient says so.
pub(super) fn coefficient(family: &Family, place: usize) -> i32 {
    if place >= family.terms.len() - family.minus {
        -1
    } else if place == 0 {
        i32::try_from(family.factor).unwrap_or(1)
    } else {
        1
    }
}

/// Checks that must hold in the failing check's own table, for each that fails.
const LEAST_OWN: usize = 8;

/// The same for sums, which prove more.
const LEAST_OWN_SUMS: usize = 2;

pub(super) fn relation(family: &Family, shape: Shape) -> Relation {
    let tried = (family.holds.len() + family.fails.len()) as u32;
    mined(family.operation, shape, (family.holds.len() as u32, tried))
}

fn mined(operation: Operation, shape: Shape, (holds, tried): (u32, u32)) -> Relation {
    Relation::new("T06", operation, shape, Origin::Mined)
        .of_severity(Severity::Warning)
        .supported(holds, tried)
}

/// Whether a figure stands in a column of rates or prices.
fn is_rate(packet: &Packet, operand: Operand) -> bool {
    let table = operand.table.and_then(|id| packet.tables.get(id as usize));
    table
        .and_then(|table| table.field_at(operand.place.cell.column))
        .is_some_and(|field| field.role == FieldRole::Percent || field.says.not_additive)
}

/// A relation without the checks that the evaluation, which knows units and exactness, does not confirm, but for those that
/// may fail. `None` when nothing is left.
pub(super) fn confirmed(
    packet: &Packet,
    relation: Relation,
    failing: Failing<'_>,
) -> Option<Relation> {
    let broken = match failing {
        Failing::At(list) | Failing::Proven(list) => list,
        _ => &[],
    };
    let proven = matches!(failing, Failing::Proven(_));
    let judge = Judge::new(packet, &relation);
    let target = |ordinal: usize| match &relation.shape {
        Shape::Lines { target, columns, .. } => CellRef::new(*target, columns[ordinal]),
        Shape::Fields { target, rows, .. } => CellRef::new(rows[ordinal], *target),
        Shape::Cells { target, .. } => target.place.cell,
    };
    let verdicts = parallel::map_pieces(relation.check_count(), relation.piece(), |ordinals| {
        let mut all: Vec<(Verdict, CellRef)> = Vec::with_capacity(ordinals.len());
        judge.verdicts(ordinals, |ordinal, verdict| all.push((verdict, target(ordinal))));
        all
    })
    .concat();
    let count = |verdict| verdicts.iter().filter(|(own, _)| *own == verdict).count();
    // What agrees only to the printed digits (a balance close to its limit) is no pattern to hold others to.
    // And the pattern must be this table's own: a family of a sheet runs over tables that lie in the same columns.
    let sum = relation.operation == Operation::Sum;
    let least = if sum { LEAST_OWN_SUMS } else { LEAST_OWN };
    let fits = count(Verdict::Holds) + if sum { count(Verdict::Rounding) } else { 0 };
    let own = fits >= least && fits >= least * count(Verdict::Fails);
    let exact = proven || own && (sum || count(Verdict::Holds) > 4 * count(Verdict::Rounding));
    let keep: Vec<bool> = verdicts
        .iter()
        .map(|(verdict, cell)| match (verdict, &relation.shape) {
            (Verdict::Holds | Verdict::Rounding, _) => true,
            (Verdict::Fails, Shape::Fields { table, .. }) => {
                exact && broken.contains(&cell.row) && (sum || is_plain(packet, *table, cell.row))
            }
            (Verdict::Fails, Shape::Lines { .. }) => exact && broken.contains(&cell.column),
            (Verdict::Fails, Shape::Cells { .. }) => matches!(failing, Failing::Known),
            _ => false,
        })
        .collect();
    relation.with_checks(&keep)
}

/// Whether a line is a thing of its own: totals may well follow other patterns than their parts.
fn is_plain(packet: &Packet, table: u32, row: u32) -> bool {
    packet.tables[table as usize].line_at(row).is_some_and(|line| line.role == LineRole::Item)
}
