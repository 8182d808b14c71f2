//! Mined sums that say nothing beyond what is said already.
//!
//! A sum whose figures are those of a sum that words or formulas read, blanks and zeros aside, is that sum. One with signs
//! that follows from others of its table, or in which figures that are always equal cancel, is arithmetic that any table has.
//! Left out is only what agrees: a check that does not is weighed like any other.

use super::merge::key_of_sum;
use super::mine::Span;
use crate::model::{
    Judge, Operand, Operation, Packed, Packet, Place, QuickMap, QuickSet, Relation, Shape, Verdict,
};

/// Most checks of a relation, and most sums of a table, that are asked: longer ones are registers, where little is mined.
const MOST_CHECKS: usize = 2_000;
const MOST_SUMS: usize = 400;

/// The mined relations that say something of their own; those that say again what is known speak for it.
pub(super) fn without(
    packet: &Packet,
    known: &mut [Relation],
    mined: Vec<Relation>,
) -> Vec<Relation> {
    let said = Said::of(packet, known, &mined);
    let mined: Vec<Relation> =
        mined.into_iter().filter_map(|relation| said.rest(packet, known, relation)).collect();
    let mut tables: QuickMap<(u32, bool), Vec<&Relation>> = QuickMap::default();
    for relation in known.iter().chain(&mined).filter(|relation| !is_signed(relation)) {
        if let Some(system) = System::of(relation) {
            tables.entry((system.table, system.by_line)).or_default().push(relation);
        }
    }
    let says_more: Vec<bool> = mined
        .iter()
        .map(|relation| {
            let Some(system) = System::of(relation).filter(|_| is_signed(relation)) else {
                return true;
            };
            let others = tables.entry((system.table, system.by_line)).or_default();
            let judge = Judge::new(packet, relation);
            let implied = others.len() <= MOST_SUMS
                && relation.check_count() <= MOST_CHECKS
                && (system.follows(others) || cancels(packet, relation))
                && (0..relation.check_count()).all(|ordinal| agrees(&judge, ordinal));
            if !implied {
                others.push(relation);
            }
            !implied
        })
        .collect();
    let kept = mined.into_iter().zip(says_more).filter(|(_, more)| *more);
    kept.map(|(relation, _)| relation).collect()
}

fn agrees(judge: &Judge<'_>, ordinal: usize) -> bool {
    matches!(judge.verdict(ordinal), Verdict::Holds | Verdict::Rounding)
}

/// Whether a sum was mined and takes figures away.
fn is_signed(relation: &Relation) -> bool {
    let terms = match &relation.shape {
        Shape::Lines { terms, .. } | Shape::Fields { terms, .. } => terms,
        Shape::Cells { .. } => return false,
    };
    relation.rule == "T06" && terms.len() > 2 && terms.iter().any(|(_, sign)| *sign < 0)
}

/// The key of live cells with their coefficients, brought to one side.
type Live = (u64, u64);

/// The figures other than zero of a check; `None` where there are too few to tell it from others.
fn live(packet: &Packet, target: Operand, terms: &[Operand]) -> Option<Live> {
    let target = Operand { coefficient: -1, ..target };
    let is_live = |operand: &&Operand| {
        let packed = operand.table.and_then(|table| packet.packed(operand.place, table));
        packed.and_then(Packed::is_nonzero).unwrap_or_else(|| {
            let figure = packet.figure(operand.place, operand.table);
            figure.number().is_some_and(|number| !number.is_zero())
        })
    };
    let mut live: Vec<(Place, i32)> = Vec::with_capacity(terms.len() + 1);
    let all = terms.iter().chain([&target]);
    live.extend(all.filter(is_live).map(|operand| (operand.place, operand.coefficient)));
    (live.len() >= 3).then(|| key_of_sum(&live))
}

/// What is said of the targets of mined sums otherwise, and by which relation.
struct Said(QuickMap<Live, usize>);

impl Said {
    fn of(packet: &Packet, known: &[Relation], mined: &[Relation]) -> Self {
        let mut terms = Vec::new();
        let mut targets: [QuickSet<Place>; 3] = Default::default();
        for relation in mined.iter().filter(|relation| is_asked(relation)) {
            let of_way = &mut targets[way(&relation.shape)];
            for ordinal in 0..relation.check_count() {
                let target = relation.operands(ordinal, |table| packet.place_of(table), &mut terms);
                of_way.extend(terms.iter().chain([&target]).map(|operand| operand.place));
            }
        }
        let mut said = QuickMap::default();
        for (at, relation) in known.iter().enumerate() {
            if relation.operation != Operation::Sum {
                continue;
            }
            // What adds up along a line and what does down a column have one cell in common at most.
            let across = 1 - way(&relation.shape).min(1);
            let is_any = matches!(relation.shape, Shape::Cells { .. });
            let fitting = || {
                let ways = targets.iter().enumerate();
                ways.filter(|(way, set)| (is_any || *way != across) && !set.is_empty())
            };
            if fitting().next().is_none() {
                continue;
            }
            for ordinal in 0..relation.check_count() {
                let target = relation.operands(ordinal, |table| packet.place_of(table), &mut terms);
                if fitting().any(|(_, set)| set.contains(&target.place)) {
                    said.extend(live(packet, target, &terms).map(|live| (live, at)));
                }
            }
        }
        Self(said)
    }

    /// A relation without the checks that agree and are said otherwise: it speaks for those that say them.
    fn rest(
        &self,
        packet: &Packet,
        known: &mut [Relation],
        relation: Relation,
    ) -> Option<Relation> {
        if !is_asked(&relation) || self.0.is_empty() {
            return Some(relation);
        }
        let mut terms = Vec::new();
        let judge = Judge::new(packet, &relation);
        let keep: Vec<bool> = (0..relation.check_count())
            .map(|ordinal| {
                let target = relation.operands(ordinal, |table| packet.place_of(table), &mut terms);
                let said = live(packet, target, &terms).and_then(|live| self.0.get(&live));
                let said = said.filter(|_| agrees(&judge, ordinal));
                if let Some(at) = said {
                    known[*at].evidence = known[*at].evidence.union(relation.evidence);
                }
                said.is_none()
            })
            .collect();
        relation.with_checks(&keep)
    }
}

/// Whether a sum runs along a line (0) or down a column (1); 2 of one that may run anywhere.
fn way(shape: &Shape) -> usize {
    match shape {
        Shape::Fields { .. } => 0,
        Shape::Lines { .. } => 1,
        Shape::Cells { .. } => 2,
    }
}

fn is_asked(relation: &Relation) -> bool {
    relation.operation == Operation::Sum && relation.check_count() <= MOST_CHECKS
}

/// A sum of lines or of columns of one table.
struct System<'a> {
    table: u32,
    by_line: bool,
    target: u32,
    terms: &'a [(u32, i32)],
    instances: &'a [u32],
}

impl<'a> System<'a> {
    fn of(relation: &'a Relation) -> Option<Self> {
        if relation.operation != Operation::Sum {
            return None;
        }
        match &relation.shape {
            Shape::Lines { table, target, terms, columns } => Some(Self {
                table: *table,
                by_line: true,
                target: *target,
                terms,
                instances: columns,
            }),
            Shape::Fields { table, target, terms, rows } => Some(Self {
                table: *table,
                by_line: false,
                target: *target,
                terms,
                instances: rows,
            }),
            Shape::Cells { .. } => None,
        }
    }

    fn equation(&self) -> impl Iterator<Item = (usize, i32)> {
        let terms = self.terms.iter().map(|(term, sign)| (*term as usize, *sign));
        terms.chain([(self.target as usize, -1)])
    }

    /// Whether the sum follows from others that are said wherever it is.
    fn follows(&self, others: &[&Relation]) -> bool {
        let mut span = Span::default();
        for other in others.iter().filter_map(|other| System::of(other)) {
            if self.instances.iter().all(|at| other.instances.contains(at)) {
                span.add(other.equation());
            }
        }
        !span.add(self.equation())
    }
}

/// Whether a figure that is added equals one that is taken away in every check.
fn cancels(packet: &Packet, relation: &Relation) -> bool {
    let mut operands = Vec::new();
    let mut equal: Option<QuickSet<(usize, usize)>> = None;
    for ordinal in 0..relation.check_count() {
        relation.operands(ordinal, |table| packet.place_of(table), &mut operands);
        let value = |at: usize| packet.figure(operands[at].place, operands[at].table).number();
        let pairs = match equal.take() {
            Some(pairs) => pairs,
            None => (0..operands.len())
                .flat_map(|one| (0..operands.len()).map(move |other| (one, other)))
                .filter(|(one, other)| {
                    operands[*one].coefficient > 0 && operands[*other].coefficient < 0
                })
                .collect(),
        };
        let still = pairs.into_iter().filter(|(one, other)| {
            value(*one).unwrap_or_default() == value(*other).unwrap_or_default()
        });
        equal = Some(still.collect());
    }
    equal.is_some_and(|pairs| !pairs.is_empty())
}
