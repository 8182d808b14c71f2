//! The verdicts of a relation's checks on integers, many times faster than [`evaluate`] and never another: what integers
//! cannot say beyond doubt is left to it.

use std::ops::Range;

use super::arena::{Arena, Packed, Scaled, has_own_unit};
use super::narrow::{Narrow, PlainSum};
use super::outcome::{Outcome, Verdict, evaluate};
use super::packet::Packet;
use super::place::{CellRef, Place};
use super::relation::{Operation, Relation, Shape};
use super::table::Table;

/// Judges the checks of one relation.
pub(crate) struct Judge<'a> {
    packet: &'a Packet,
    relation: &'a Relation,
    /// All figures of a check are in one unit.
    one_unit: bool,
    /// Where the figures of its checks lie, those of the terms in order and the target's last.
    columns: Option<Columns<'a>>,
}

/// The columns of figures that a relation along lines looks at.
struct Columns<'a> {
    table: &'a Table,
    arena: &'a Arena,
    at: Vec<usize>,
}

impl<'a> Columns<'a> {
    fn new(packet: &'a Packet, shape: &Shape) -> Option<Self> {
        let Shape::Fields { table, target, terms, .. } = shape else { return None };
        let arena = packet.arenas.get(*table as usize)?;
        let table = packet.tables.get(*table as usize)?;
        let all = terms.iter().map(|(column, _)| *column).chain([*target]);
        let at = all.map(|column| arena.column(column)).collect::<Option<_>>()?;
        Some(Self { table, arena, at })
    }

    /// The sums of a piece of the lines, where integers hold all their figures and each is a number.
    fn sum(&self, packet: &Packet, terms: &[(u32, i32)], piece: usize) -> Option<PlainSum<'_>> {
        let narrow = |at: usize| self.arena.narrow(packet, self.table, (piece, self.at[at]));
        let parts: Vec<(&Narrow, i32)> = terms
            .iter()
            .enumerate()
            .map(|(at, (_, coefficient))| Some((narrow(at)?, *coefficient)))
            .collect::<Option<_>>()?;
        PlainSum::new(narrow(terms.len())?, &parts)
    }
}

impl<'a> Judge<'a> {
    /// For the checks of a relation.
    pub(crate) fn new(packet: &'a Packet, relation: &'a Relation) -> Self {
        let one_unit = has_one_unit(packet, relation);
        let columns = Columns::new(packet, &relation.shape).filter(|_| one_unit);
        Self { packet, relation, one_unit, columns }
    }

    /// What [`evaluate`] comes to for check `ordinal`.
    pub(crate) fn verdict(&self, ordinal: usize) -> Verdict {
        match self.quick(ordinal) {
            None => evaluate(self.packet, self.relation, ordinal).verdict,
            // As [`evaluate`]: a failure is told only where it was not found that the claim may be at fault.
            Some(Verdict::Fails) if self.relation.doubt(ordinal).is_some() => Verdict::Unverifiable,
            Some(verdict) => verdict,
        }
    }

    /// Tells the verdicts of some checks, each with its ordinal, in order.
    pub(crate) fn verdicts(&self, ordinals: Range<usize>, mut tell: impl FnMut(usize, Verdict)) {
        let mut next = ordinals.start;
        if let (Some(columns), Shape::Fields { terms, rows, .. }) =
            (&self.columns, &self.relation.shape)
            && matches!(self.relation.operation, Operation::Sum | Operation::AtMost)
        {
            let line = |row: u32| columns.arena.line(columns.table, row);
            while let Some(first) = rows[next..ordinals.end].first().and_then(|row| line(*row)) {
                let piece = first / Arena::PIECE;
                let of_piece =
                    |row: &&u32| line(**row).is_some_and(|at| at / Arena::PIECE == piece);
                let count = rows[next..ordinals.end].iter().take_while(of_piece).count();
                if let Some(sum) = columns.sum(self.packet, terms, piece) {
                    for (ordinal, row) in (next..).zip(&rows[next..next + count]) {
                        let Some(at) = line(*row) else { continue };
                        let verdict = self.of_plain(&sum, at % Arena::PIECE);
                        tell(ordinal, verdict.unwrap_or_else(|| self.verdict(ordinal)));
                    }
                } else {
                    (next..next + count).for_each(|ordinal| tell(ordinal, self.verdict(ordinal)));
                }
                next += count;
            }
        }
        (next..ordinals.end).for_each(|ordinal| tell(ordinal, self.verdict(ordinal)));
    }

    /// The verdict on a line in which all figures are numbers; `None` where it fails, of which more is to be said.
    #[inline]
    fn of_plain(&self, sum: &PlainSum<'_>, line: usize) -> Option<Verdict> {
        let off = sum.off(line);
        let off = if self.relation.operation == Operation::AtMost { off.max(0) } else { off };
        match off.unsigned_abs() {
            0 => Some(Verdict::Holds),
            off if off <= sum.slack().unsigned_abs() => Some(Verdict::Rounding),
            _ => None,
        }
    }

    /// What [`evaluate`] comes to for check `ordinal`; its decimals may have zeros at their ends that those of `evaluate` have
    /// not.
    pub(crate) fn outcome(&self, ordinal: usize) -> Outcome {
        self.sum(ordinal).unwrap_or_else(|| evaluate(self.packet, self.relation, ordinal))
    }

    /// The same of a sum that integers hold, unless it fails.
    fn sum(&self, ordinal: usize) -> Option<Outcome> {
        let (Shape::Fields { table, .. } | Shape::Lines { table, .. }) = &self.relation.shape
        else {
            return None;
        };
        if !self.one_unit || self.relation.operation != Operation::Sum {
            return None;
        }
        let mut terms = Vec::new();
        let target = self.relation.operands(ordinal, |id| self.packet.place_of(id), &mut terms);
        let stated = self.packet.packed(target.place, *table)?;
        let Scaled::Number { value, half } = stated.scaled()? else { return None };
        let (mut sum, mut slack, mut any) = (0_i128, i128::from(half), false);
        for term in &terms {
            match self.packet.packed(term.place, *table)?.scaled()? {
                Scaled::Unusable => return None,
                Scaled::Missing => {}
                Scaled::Number { value, half } => {
                    any = true;
                    sum += i128::from(value) * i128::from(term.coefficient);
                    slack += i128::from(half) * i128::from(term.coefficient.unsigned_abs());
                }
            }
        }
        let off = i128::from(value) - sum;
        if !any && value != 0 || off.abs() > slack {
            return None;
        }
        Some(Outcome {
            target,
            terms,
            verdict: if off == 0 { Verdict::Holds } else { Verdict::Rounding },
            stated: stated.figure()?.number(),
            computed: Some(Scaled::decimal(sum)?),
            difference: Some(Scaled::decimal(off)?),
            tolerance: Some(Scaled::decimal(slack)?),
        })
    }

    #[inline]
    fn quick(&self, ordinal: usize) -> Option<Verdict> {
        if !self.one_unit {
            return None;
        }
        match &self.relation.shape {
            Shape::Fields { table, target, terms, rows } => {
                let row = rows[ordinal];
                if let Some(columns) = &self.columns {
                    let line = columns.arena.line_at(self.packet, columns.table, row)?;
                    return self.judged(terms, |place| Some(line.at(columns.at[place])));
                }
                let at = |column: u32| self.packed(*table, CellRef::new(row, column));
                self.judged(terms, |place| at(terms.get(place).map_or(*target, |term| term.0)))
            }
            Shape::Lines { table, target, terms, columns } => {
                let column = columns[ordinal];
                let at = |row: u32| self.packed(*table, CellRef::new(row, column));
                self.judged(terms, |place| at(terms.get(place).map_or(*target, |term| term.0)))
            }
            Shape::Cells { .. } => None,
        }
    }

    fn packed(&self, table: u32, cell: CellRef) -> Option<Packed> {
        let (file, sheet) = self.packet.place_of(table);
        self.packet.packed(Place { file, sheet, cell }, table)
    }

    /// The verdict on figures given by the place of their terms; the target's comes behind the last.
    #[inline]
    fn judged(
        &self,
        terms: &[(u32, i32)],
        at: impl Fn(usize) -> Option<Packed>,
    ) -> Option<Verdict> {
        let scaled = |place: usize| at(place)?.scaled();
        let target = terms.len();
        match self.relation.operation {
            Operation::Sum | Operation::AtMost => {
                let at_most = self.relation.operation == Operation::AtMost;
                sum(scaled(target)?, terms, scaled, at_most)
            }
            Operation::Ratio if terms.len() == 2 && terms[0].1 == 1 => {
                ratio(at(target)?.rough()?, scaled(0)?, scaled(1)?)
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

#[inline]
fn sum(
    target: Scaled,
    terms: &[(u32, i32)],
    at: impl Fn(usize) -> Option<Scaled>,
    at_most: bool,
) -> Option<Verdict> {
    let (mut sum, mut slack, mut any) = (0_i128, 0_i128, false);
    for (place, (_, coefficient)) in terms.iter().enumerate() {
        match at(place)? {
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
    // Of blanks nothing is known but that they come to nought.
    if !any && (at_most || stated != 0) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{
        Field, FieldRole, Format, InputFile, Line, LineRole, Origin, Range, SheetBuilder, Status,
        Table, Texts, Value, Workbook,
    };
    use crate::number::{Decimal, Unit};

    /// A table of one sheet: figures line by line, `None` for a blank; what a text reads as is found when it is asked for.
    fn packet(lines: &[Vec<Option<(i64, u32)>>], fields: Vec<Field>, unit: Option<Unit>) -> Packet {
        let mut builder = SheetBuilder::new("表", Texts::default());
        for (row, line) in lines.iter().enumerate() {
            for (column, figure) in line.iter().enumerate() {
                let cell = CellRef::new(row as u32, column as u32);
                match figure {
                    Some((digits, 12..)) => {
                        let word = if digits % 2 == 0 { "——" } else { "待定" };
                        builder.push_text(cell, word, 0);
                    }
                    Some((digits, decimals)) => {
                        builder.push(cell, Value::Number(Decimal::new(*digits, *decimals)), 0);
                    }
                    None => {}
                }
            }
        }
        let workbook = Workbook { sheets: vec![builder.finish()], ..Workbook::empty(Format::Xlsx) };
        let file = InputFile {
            path: "a.xlsx".to_owned(),
            format: Format::Xlsx,
            sha256: String::new(),
            status: Status::Read,
            error: None,
            workbook: Some(workbook),
            same_as: None,
        };
        let end = CellRef::new(lines.len() as u32 - 1, fields.len() as u32 - 1);
        let rows = 0..lines.len() as u32;
        let line = |row| Line { row, role: LineRole::Item, ..Line::default() };
        let table = Table {
            range: Range::new(CellRef::new(0, 0), end),
            unit,
            fields,
            lines: rows.map(line).collect(),
            ..Table::default()
        };
        let mut packet = Packet { files: vec![file], tables: vec![table], ..Packet::default() };
        packet.settle();
        packet
    }

    fn line() -> impl Strategy<Value = Vec<Option<(i64, u32)>>> {
        let small = (-40_i64..40, 0_u32..3);
        let large =
            (any::<i64>(), 0_u32..13).prop_map(|(digits, decimals)| (digits / 1000, decimals));
        let figure = prop_oneof![
            6 => small.prop_map(Some),
            1 => large.prop_map(Some),
            1 => Just(None),
        ];
        prop::collection::vec(figure, 5)
    }

    fn field() -> impl Strategy<Value = (u32, bool, bool)> {
        (0_u32..4, any::<bool>(), any::<bool>())
    }

    proptest! {
        #[test]
        fn integers_judge_as_decimals_do(
            lines in prop::collection::vec(line(), 1..12),
            said in prop::collection::vec(field(), 5),
            total in 0_u8..3,
            unit in prop_oneof![Just(None), Just(Some(Unit::Yuan)), Just(Some(Unit::TenThousandYuan))],
        ) {
            let fields = said.iter().enumerate().map(|(column, (decimals, percent, own))| Field {
                column: column as u32,
                role: if *percent && column == 0 { FieldRole::Percent } else { FieldRole::Amount },
                decimals: *decimals,
                unit: (*own && column > 2).then_some(Unit::Yuan),
                ..Field::default()
            });
            let mut lines = lines;
            // Half of the sums hold, as most do.
            for (at, line) in lines.iter_mut().enumerate().filter(|(at, _)| at % 2 == 0) {
                let sum: i64 = line[1..4].iter().flatten().map(|(digits, _)| *digits % 1000).sum();
                line[0] = Some((sum + (at % 4 / 2) as i64, 1));
                line[1..4].iter_mut().flatten().for_each(|figure| *figure = (figure.0 % 1000, 1));
            }
            let packet = packet(&lines, fields.collect(), unit);
            let (operation, terms) = match total {
                0 => (Operation::Sum, vec![(1, 1), (2, 1), (3, 1)]),
                1 => (Operation::Sum, vec![(1, 1), (2, -1), (4, 2)]),
                _ => (Operation::Ratio, vec![(1, 1), (2, 1)]),
            };
            let rows = (0..lines.len() as u32).collect();
            let shape = Shape::Fields { table: 0, target: 0, terms, rows };
            let relation = Relation::new("T02", operation, shape, Origin::Label);
            let judge = Judge::new(&packet, &relation);
            let mut told = Vec::new();
            judge.verdicts(0..relation.check_count(), |ordinal, verdict| told.push((ordinal, verdict)));
            prop_assert_eq!(told.len(), relation.check_count());
            for (ordinal, told) in told.into_iter().enumerate() {
                let slow = evaluate(&packet, &relation, ordinal);
                prop_assert_eq!(told, (ordinal, slow.verdict));
                prop_assert_eq!(judge.verdict(ordinal), slow.verdict);
                prop_assert_eq!(judge.outcome(ordinal), slow);
            }
        }
    }
}
