//! Each of several tables of a sheet by itself, where much of it is open: what it says is drowned by others in the same rows
//! or columns.

use std::collections::{BTreeMap, BTreeSet};

use super::Area;
use super::region::Region;
use crate::lexicon::Words;
use crate::model::{
    CellRef, Judge, Operand, Operation, Packet, Relation, Shape, Sheet, Table, Verdict,
};
use crate::relate::mine::Limits;

/// Fewest rows and columns of a table that is asked by itself.
const LEAST_OF_A_PART: usize = 3;

/// Figures of a table that nothing ties yet, and one of how many, for it to be asked by itself.
const LEAST_OPEN: usize = 6;
const OPEN_OF: usize = 3;

/// What single tables say beyond the relations `known` of their sheet and those that were `found` when it was asked as a whole.
pub(super) fn relate(
    (words, limits): (&Words, &Limits),
    packet: &Packet,
    sheet: &Sheet,
    (whole, parts): (&Region, Vec<(Area, &Table)>),
    known: &[&Relation],
    found: &[Relation],
) -> Vec<Relation> {
    if parts.is_empty() {
        return vec![];
    }
    let (own, mined) = (by_table(known.iter().copied()), by_table(found));
    let mut fresh = vec![];
    let mut said: Option<Said<'_>> = None;
    for (area, table) in parts {
        let own = own.get(&table.id).map_or(&[][..], Vec::as_slice);
        let mined = mined.get(&table.id).into_iter().flatten();
        let tied = tied(packet, own.iter().chain(mined).copied());
        if !is_open(whole, &area, &tied) {
            continue;
        }
        let region = Region::whole(words, packet, sheet, (whole.file, whole.sheet), &[table], area);
        let (explained, _) = region.explained(packet, own);
        let said = said.get_or_insert_with(|| Said::of(packet, found));
        fresh.extend(said.unsaid(region.relations(limits, packet, own, &explained)));
    }
    fresh
}

impl Area {
    /// That of one of several tables, where it leaves out rows or columns in which others stand.
    pub(super) fn part(&self, table: &Table) -> Option<Self> {
        let (first, last) = (table.range.start, table.range.end);
        let within = |list: &[u32], from: u32, to: u32| -> Vec<u32> {
            list.iter().copied().filter(|at| (from..=to).contains(at)).collect()
        };
        let rows = within(&self.rows, first.row, last.row);
        let columns = within(&self.columns, first.column, last.column);
        let is_part = rows.len() >= LEAST_OF_A_PART
            && columns.len() >= LEAST_OF_A_PART
            && rows.len() * columns.len() * 4 <= self.rows.len() * self.columns.len() * 3;
        is_part.then_some(Self { rows, columns })
    }
}

/// Relations by the table that their targets stand in.
fn by_table<'r>(
    relations: impl IntoIterator<Item = &'r Relation>,
) -> BTreeMap<u32, Vec<&'r Relation>> {
    let mut by_table: BTreeMap<u32, Vec<&Relation>> = BTreeMap::new();
    for relation in relations {
        let table = match &relation.shape {
            Shape::Lines { table, .. } | Shape::Fields { table, .. } => Some(*table),
            Shape::Cells { target, .. } => target.table,
        };
        if let Some(table) = table {
            by_table.entry(table).or_default().push(relation);
        }
    }
    by_table
}

/// The cells that some relations tie.
fn tied<'r>(packet: &Packet, known: impl Iterator<Item = &'r Relation>) -> BTreeSet<CellRef> {
    let mut terms = vec![];
    let mut tied: BTreeSet<CellRef> = BTreeSet::new();
    for relation in known {
        for ordinal in 0..relation.check_count() {
            let target = relation.operands(ordinal, |id| packet.place_of(id), &mut terms);
            tied.extend(terms.iter().chain([&target]).map(|operand| operand.place.cell));
        }
    }
    tied
}

/// Whether many figures of an area are left that are not tied.
fn is_open(whole: &Region, area: &Area, tied: &BTreeSet<CellRef>) -> bool {
    let (mut count, mut open) = (0, 0);
    for row in &area.rows {
        for column in &area.columns {
            let cell = CellRef::new(*row, *column);
            if whole.is_figure_at(cell) {
                count += 1;
                open += usize::from(!tied.contains(&cell));
            }
        }
    }
    open >= LEAST_OPEN && open * OPEN_OF >= count
}

/// What is said of a sheet already.
struct Said<'a> {
    packet: &'a Packet,
    /// The cells of each check that hold a figure other than nought, in order.
    tied: BTreeSet<Vec<CellRef>>,
    /// The targets of sums, and whether all parts stand in one row.
    told: BTreeSet<(CellRef, bool)>,
}

impl<'a> Said<'a> {
    fn of(packet: &'a Packet, relations: &[Relation]) -> Self {
        let mut said = Self { packet, tied: BTreeSet::new(), told: BTreeSet::new() };
        for relation in relations {
            said.take(relation);
        }
        said
    }

    fn take(&mut self, relation: &Relation) {
        let mut terms = vec![];
        for ordinal in 0..relation.check_count() {
            let (cells, target) = self.cells(relation, ordinal, &mut terms);
            self.tied.insert(cells);
            if relation.operation == Operation::Sum {
                self.told.insert(target);
            }
        }
    }

    fn cells(
        &self,
        relation: &Relation,
        ordinal: usize,
        terms: &mut Vec<Operand>,
    ) -> (Vec<CellRef>, (CellRef, bool)) {
        let target = relation.operands(ordinal, |id| self.packet.place_of(id), terms);
        let across = terms.iter().all(|term| term.place.cell.row == target.place.cell.row);
        let says = |operand: &&Operand| {
            let figure = self.packet.figure(operand.place, operand.table);
            figure.number().is_some_and(|number| !number.is_zero())
        };
        let filled = terms.iter().chain([&target]).filter(says);
        let mut cells: Vec<CellRef> = filled.map(|operand| operand.place.cell).collect();
        cells.sort_unstable();
        (cells, (target.place.cell, across))
    }

    /// Those of some relations that hold and tie no cells that others tie already, nor a cell that another one explains in the
    /// same direction. They are said from then on.
    fn unsaid(&mut self, found: Vec<Relation>) -> Vec<Relation> {
        let fresh = found.into_iter().filter_map(|relation| self.fresh(relation));
        let fresh: Vec<Relation> = fresh.collect();
        for relation in &fresh {
            self.take(relation);
        }
        fresh
    }

    fn fresh(&self, relation: Relation) -> Option<Relation> {
        let judge = Judge::new(self.packet, &relation);
        let is_sum = relation.operation == Operation::Sum;
        let signs = match &relation.shape {
            Shape::Lines { terms, .. } | Shape::Fields { terms, .. } => {
                terms.len() > 2 && terms.iter().any(|(_, sign)| *sign < 0)
            }
            Shape::Cells { terms, .. } => {
                terms.len() > 3 && terms.iter().any(|term| term.coefficient < 0)
            }
        };
        let mut terms = vec![];
        let keep: Vec<bool> = (0..relation.check_count())
            .map(|ordinal| {
                let (cells, target) = self.cells(&relation, ordinal, &mut terms);
                // Few figures prove no pattern that others are held to, nor signs.
                let holds = matches!(judge.verdict(ordinal), Verdict::Holds | Verdict::Rounding);
                let is_said = self.tied.contains(&cells) || is_sum && self.told.contains(&target);
                holds && !is_said && !(is_sum && signs)
            })
            .collect();
        relation.with_checks(&keep)
    }
}
