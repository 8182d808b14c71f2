//! The verdicts of a relation's checks on integers, many times faster than [`evaluate`] and never another: what integers
//! cannot say beyond doubt is left to it.

use super::arena::{Packed, Scaled, has_own_unit};
use super::outcome::{Verdict, evaluate};
use super::packet::Packet;
use super::place::{CellRef, Place};
use super::relation::{Operation, Relation, Shape};

/// Judges the checks of one relation.
pub(crate) struct Judge<'a> {
    packet: &'a Packet,
    relation: &'a Relation,
    /// All figures of a check are in one unit.
    one_unit: bool,
}

impl<'a> Judge<'a> {
    /// For the checks of a relation.
    pub(crate) fn new(packet: &'a Packet, relation: &'a Relation) -> Self {
        Self { packet, relation, one_unit: has_one_unit(packet, relation) }
    }

    /// What [`evaluate`] comes to for check `ordinal`.
    pub(crate) fn verdict(&self, ordinal: usize) -> Verdict {
        match self.quick(ordinal) {
            // Of a failure more is known than integers say.
            None | Some(Verdict::Fails) => evaluate(self.packet, self.relation, ordinal).verdict,
            Some(verdict) => verdict,
        }
    }

    fn quick(&self, ordinal: usize) -> Option<Verdict> {
        if !self.one_unit {
            return None;
        }
        match &self.relation.shape {
            Shape::Fields { table, target, terms, rows } => {
                let row = rows[ordinal];
                self.judged(*target, terms, |column| self.packed(*table, CellRef::new(row, column)))
            }
            Shape::Lines { table, target, terms, columns } => {
                let column = columns[ordinal];
                self.judged(*target, terms, |row| self.packed(*table, CellRef::new(row, column)))
            }
            Shape::Cells { .. } => None,
        }
    }

    fn packed(&self, table: u32, cell: CellRef) -> Option<Packed> {
        let (file, sheet) = self.packet.place_of(table);
        self.packet.packed(Place { file, sheet, cell }, table)
    }

    fn judged(
        &self,
        target: u32,
        terms: &[(u32, i32)],
        at: impl Fn(u32) -> Option<Packed>,
    ) -> Option<Verdict> {
        let scaled = |series: u32| at(series)?.scaled();
        match self.relation.operation {
            Operation::Sum | Operation::AtMost => {
                let at_most = self.relation.operation == Operation::AtMost;
                sum(scaled(target)?, terms, scaled, at_most)
            }
            Operation::Ratio if terms.len() == 2 && terms[0].1 == 1 => {
                ratio(at(target)?.rough()?, scaled(terms[0].0)?, scaled(terms[1].0)?)
            }
            _ => None,
        }
    }
}

/// Whether the unit of a check's figures is the same for all checks of a relation.
fn has_one_unit(packet: &Packet, relation: &Relation) -> bool {
    match &relation.shape {
        // Down a column only lines differ.
        Shape::Lines { table, columns, .. } => {
            let about = &packet.tables[*table as usize];
            !packet.units_by_line(*table)
                || columns.iter().all(|column| has_own_unit(about, *column))
        }
        Shape::Fields { table, target, terms, rows } => {
            let about = &packet.tables[*table as usize];
            let Some(&row) = rows.first() else { return false };
            let unit = |column: u32| about.unit_at(CellRef::new(row, column));
            let mut all = terms.iter().map(|(column, _)| *column).chain([*target]);
            let fixed =
                !packet.units_by_line(*table) || all.clone().all(|own| has_own_unit(about, own));
            let quotient = relation.operation == Operation::Ratio;
            // A quotient's own unit says nothing of those of its terms.
            let of = if quotient { terms.first().map_or(*target, |term| term.0) } else { *target };
            fixed && all.all(|own| quotient && own == *target || unit(own) == unit(of))
        }
        Shape::Cells { .. } => false,
    }
}

fn sum(
    target: Scaled,
    terms: &[(u32, i32)],
    at: impl Fn(u32) -> Option<Scaled>,
    at_most: bool,
) -> Option<Verdict> {
    let (mut sum, mut slack, mut any) = (0_i128, 0_i128, false);
    for (term, coefficient) in terms {
        match at(*term)? {
            Scaled::Unusable => return Some(Verdict::Unverifiable),
            Scaled::Missing => {}
            Scaled::Number { value, half } => {
                any = true;
                sum += i128::from(value) * i128::from(*coefficient);
                slack += i128::from(half) * i128::from(coefficient.unsigned_abs());
            }
        }
    }
    let Scaled::Number { value: stated, half } = target else {
        return Some(Verdict::Unverifiable);
    };
    if !any {
        return Some(Verdict::Unverifiable);
    }
    let off = i128::from(stated) - sum;
    let off = if at_most { off.max(0) } else { off.abs() };
    Some(match off {
        0 => Verdict::Holds,
        _ if off <= slack + i128::from(half) => Verdict::Rounding,
        _ => Verdict::Fails,
    })
}

/// Holds where the quotient lies well within what the target prints: decimals, which end after 28 digits, say so too.
fn ratio((target, rough): (Scaled, bool), first: Scaled, second: Scaled) -> Option<Verdict> {
    let (
        Scaled::Number { value: stated, half },
        Scaled::Number { value: above, .. },
        Scaled::Number { value: below, half: loose },
    ) = (target, first, second)
    else {
        return None;
    };
    if below.unsigned_abs() <= loose.unsigned_abs() {
        return None;
    }
    let (above, below, sign) =
        (i128::from(above), i128::from(below).abs(), i128::from(below.signum()));
    let wanted = above * sign * Scaled::ONE;
    let spare = wanted.abs() >> 40 | 1 << 10;
    // Cut down, what is stated is up to one unit more.
    let low = (i128::from(stated) + i128::from(rough) - i128::from(half)).checked_mul(below)?;
    let high = (i128::from(stated) + i128::from(half)).checked_mul(below)?;
    (low.checked_add(spare)? <= wanted && wanted <= high.checked_sub(spare)?)
        .then_some(Verdict::Holds)
}
