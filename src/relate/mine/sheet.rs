//! Mining a packet: the grid of each sheet, and the families found there as relations.
//!
//! A sheet of ordinary size is mined as one grid, tables and what lies around them alike, because a total may stand apart
//! from its parts. A long table is mined on sampled rows; what they support is then verified in all.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::{Axis, Direction};
use super::broken::{TOGETHER, is_list, shares};
use super::closed::BOLD;
use super::explained::{self, Explained};
use super::family::{Family, Form};
use super::grid::{Grid, Hint};
use super::rolls::Roll;
use super::stairs::Step;
use super::words::Word;
use super::{Limits, broken, families_along, families_beside, rolls, steps};
use crate::lexicon::Words;
use crate::model::words::start;
use crate::model::{
    CellRef, FieldRole, Figure, Judge, Line, LineRole, Operand, Operation, Origin, Packet, Place,
    QuickMap, Relation, Severity, Shape, Sheet, Table, Value, Verdict,
};
use crate::number::Decimal;
use crate::parallel;

/// Most filled cells of a sheet that is mined as a whole.
const MOST_CELLS: usize = 60_000;
/// Most places of its grid, filled or not: a stray cell far out makes a small table wide.
const MOST_PLACES: usize = 240_000;
/// Rows of a long table that families are proposed on.
const SAMPLED_ROWS: usize = 240;
/// Checks per sheet that are confirmed one by one.
const MOST_CONFIRMED: usize = 100_000;

/// The relations that the numbers of a packet hold by themselves. `known` are those found otherwise: in long tables they are
/// not proposed again.
pub(in crate::relate) fn relate(
    words: &Words,
    limits: &Limits,
    packet: &Packet,
    known: &mut [Relation],
) -> Vec<Relation> {
    let mut by_sheet: BTreeMap<(u32, u32), Vec<&Table>> = BTreeMap::new();
    for table in &packet.tables {
        by_sheet.entry((table.file, table.sheet)).or_default().push(table);
    }
    let mut by_target: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
    for (at, relation) in known.iter().enumerate() {
        let sheet = match &relation.shape {
            Shape::Lines { table, .. } | Shape::Fields { table, .. } => packet.place_of(*table),
            Shape::Cells { target, .. } => (target.place.file, target.place.sheet),
        };
        by_target.entry(sheet).or_default().push(at);
    }
    let mut relations = vec![];
    for ((file, index), tables) in by_sheet {
        let Some(sheet) = packet.sheet(file, index) else { continue };
        let of_sheet = by_target.remove(&(file, index)).unwrap_or_default();
        if let Some(area) = Area::of(sheet, &tables) {
            let parts: Vec<(Area, &Table)> =
                tables.iter().filter_map(|table| Some((area.part(table)?, *table))).collect();
            let region = Region::whole(words, packet, sheet, (file, index), &tables, area);
            let own: Vec<&Relation> = of_sheet.iter().map(|at| &known[*at]).collect();
            let (explained, spoken) = region.explained(packet, &own);
            let mut found = region.relations(limits, packet, &own, &explained);
            for at in spoken {
                let known = &mut known[of_sheet[at]];
                known.evidence = known.evidence.with(Origin::Mined);
            }
            let own: Vec<&Relation> = of_sheet.iter().map(|at| &known[*at]).collect();
            // What a table says is drowned by others in the same rows or columns.
            for (area, table) in parts {
                let region = Region::whole(words, packet, sheet, (file, index), &[table], area);
                let of_table = |relation: &&Relation| match &relation.shape {
                    Shape::Lines { table: id, .. } | Shape::Fields { table: id, .. } => {
                        *id == table.id
                    }
                    Shape::Cells { target, .. } => target.table == Some(table.id),
                };
                let of_both = own.iter().copied().chain(&found);
                let said: Vec<&Relation> = of_both.filter(of_table).collect();
                if !region.is_open(packet, &said) {
                    continue;
                }
                let (explained, _) = region.explained(packet, &own);
                let alone = region.relations(limits, packet, &own, &explained);
                let fresh = unsaid(packet, &found, alone);
                found.extend(fresh);
            }
            relations.extend(found);
        } else {
            for table in tables {
                relations.extend(table_relations(words, limits, packet, table, known));
            }
        }
    }
    relations
}

/// The rows and columns of a sheet that is mined as a whole.
struct Area {
    rows: Vec<u32>,
    columns: Vec<u32>,
}

impl Area {
    /// All that is used; where that is too much, what holds anything but formats: whole rows may be coloured.
    fn of(sheet: &Sheet, tables: &[&Table]) -> Option<Self> {
        let used = sheet.used()?;
        let width = used.size().1 as usize;
        if sheet.cell_count() <= MOST_CELLS && sheet.row_numbers().count() * width <= MOST_PLACES {
            let rows = with_gaps(sheet.row_numbers());
            let columns = (used.start.column..=used.end.column).collect();
            return Some(Self { rows, columns });
        }
        let is_filled = |(_, value, _): &(u32, Value, u16)| !matches!(value, Value::Empty);
        let mut filled = 0;
        for row in sheet.row_numbers() {
            filled += sheet.row(row).filter(is_filled).count();
            if filled > MOST_CELLS {
                return None;
            }
        }
        let (mut rows, mut columns) = (BTreeSet::new(), BTreeSet::new());
        for table in tables {
            rows.extend(table.lines.iter().map(|line| line.row));
            rows.extend(table.header.iter().flat_map(|(first, last)| *first..=*last));
            columns.extend(table.fields.iter().map(|field| field.column));
        }
        for row in sheet.row_numbers() {
            for (column, ..) in sheet.row(row).filter(is_filled) {
                columns.insert(column);
                rows.insert(row);
            }
        }
        let (rows, columns) = (with_gaps(rows.into_iter()), with_gaps(columns.into_iter()));
        (rows.len() * columns.len() <= MOST_PLACES).then_some(Self { rows, columns })
    }

    /// That of one of several tables, where it leaves out rows or columns in which others stand.
    fn part(&self, table: &Table) -> Option<Self> {
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

/// Fewest rows and columns of a table that is asked by itself.
const LEAST_OF_A_PART: usize = 3;

/// Figures of a table that nothing ties yet, and one of how many, for it to be asked by itself.
const LEAST_OPEN: usize = 6;
const OPEN_OF: usize = 3;

/// Those of some relations that hold and tie no cells that others tie already, nor a cell that another one explains in the same
/// direction.
fn unsaid(packet: &Packet, known: &[Relation], found: Vec<Relation>) -> Vec<Relation> {
    let mut terms = vec![];
    let mut tied: BTreeSet<Vec<CellRef>> = BTreeSet::new();
    let mut told: BTreeSet<(CellRef, bool)> = BTreeSet::new();
    // Cells with a figure other than nought, and whether all stand in one row.
    let mut of = |relation: &Relation, ordinal: usize| {
        let target = relation.operands(ordinal, |id| packet.place_of(id), &mut terms);
        let across = terms.iter().all(|term| term.place.cell.row == target.place.cell.row);
        let mut cells: Vec<CellRef> = terms
            .iter()
            .chain([&target])
            .filter(|operand| {
                let figure = packet.figure(operand.place, operand.table);
                figure.number().is_some_and(|number| !number.is_zero())
            })
            .map(|operand| operand.place.cell)
            .collect();
        cells.sort_unstable();
        (cells, (target.place.cell, across))
    };
    for relation in known {
        for ordinal in 0..relation.check_count() {
            let (cells, target) = of(relation, ordinal);
            tied.insert(cells);
            if relation.operation == Operation::Sum {
                told.insert(target);
            }
        }
    }
    let fresh = found.into_iter().filter_map(|relation| {
        let judge = Judge::new(packet, &relation);
        let is_sum = relation.operation == Operation::Sum;
        let signs = match &relation.shape {
            Shape::Lines { terms, .. } | Shape::Fields { terms, .. } => {
                terms.len() > 2 && terms.iter().any(|(_, sign)| *sign < 0)
            }
            Shape::Cells { terms, .. } => {
                terms.len() > 3 && terms.iter().any(|term| term.coefficient < 0)
            }
        };
        let keep: Vec<bool> = (0..relation.check_count())
            .map(|ordinal| {
                let (cells, target) = of(&relation, ordinal);
                // Few figures prove no pattern that others are held to, nor signs.
                let holds = matches!(judge.verdict(ordinal), Verdict::Holds | Verdict::Rounding);
                let is_said = tied.contains(&cells) || is_sum && told.contains(&target);
                holds && !is_said && !(is_sum && signs)
            })
            .collect();
        relation.with_checks(&keep)
    });
    fresh.collect()
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

/// A grid and where its rows and columns lie on the sheet.
struct Region {
    file: u32,
    sheet: u32,
    grid: Grid,
    rows: Vec<u32>,
    columns: Vec<u32>,
    /// The table of each cell, by position in the grid.
    tables: Vec<Option<u32>>,
    /// Whether each cell holds a number, by position in the grid.
    is_figure: Vec<bool>,
    /// Columns of words among which a few numbers stand.
    of_words: Vec<bool>,
}

impl Region {
    fn whole(
        words: &Words,
        packet: &Packet,
        sheet: &Sheet,
        (file, index): (u32, u32),
        tables: &[&Table],
        Area { rows, columns }: Area,
    ) -> Self {
        let width = columns.len();
        let column_at: QuickMap<u32, usize> =
            columns.iter().enumerate().map(|(at, column)| (*column, at)).collect();
        let row_at: QuickMap<u32, usize> =
            rows.iter().enumerate().map(|(at, row)| (*row, at)).collect();
        let mut owner: Vec<Option<u32>> = vec![None; rows.len() * width];
        let mut left_out = vec![false; rows.len() * width];
        let mut row_hints = vec![Hint::default(); rows.len()];
        let mut column_hints = vec![Hint::default(); width];
        for table in tables {
            let counts = counts(sheet, table);
            for field in &table.fields {
                let hint = &mut column_hints[column_at[&field.column]];
                hint.label(words, || label(&field.path, &field.label));
            }
            for line in &table.lines {
                let Some(&at) = row_at.get(&line.row) else { continue };
                let hint = &mut row_hints[at];
                if hint.label(words, || line.label.clone()) {
                    hint.level = line.level;
                    hint.classes = classes(line);
                }
                for field in &table.fields {
                    let cell = at * width + column_at[&field.column];
                    owner[cell] = Some(table.id);
                    left_out[cell] = !takes_part(field.role) && !counts.contains(&field.column)
                        || !may_hold_figures(line.role);
                }
            }
            if let Some((first, last)) = table.header {
                for at in (first..=last).filter_map(|row| row_at.get(&row)) {
                    for field in &table.fields {
                        left_out[at * width + column_at[&field.column]] = true;
                    }
                }
            }
        }
        let mut figures = vec![None; rows.len() * width];
        let mut texts = vec![0_usize; width];
        for (at, &row) in rows.iter().enumerate() {
            for (column, value, _) in sheet.row(row) {
                let Some(column_at) = column_at.get(&column) else { continue };
                let cell = at * width + column_at;
                if !left_out[cell] && !is_code(sheet, value) {
                    let place = Place { file, sheet: index, cell: CellRef::new(row, column) };
                    figures[cell] = figure(packet, place, owner[cell]);
                    let word = owner[cell].is_some() && matches!(value, Value::Text(_));
                    texts[*column_at] += usize::from(word && figures[cell].is_none());
                }
            }
            row_hints[at].label(words, || texts_before(sheet, row));
        }
        for (hint, figures) in row_hints.iter_mut().zip(figures.chunks(width.max(1))) {
            hint.excluded |= are_years(figures) || are_numbers_of_columns(figures);
        }
        let is_figure: Vec<bool> = figures.iter().map(Option::is_some).collect();
        let numbers = |column: usize| {
            is_figure.iter().skip(column).step_by(width.max(1)).filter(|figure| **figure).count()
        };
        let of_words = (0..width).map(|at| texts[at] > 4 * numbers(at)).collect();
        let grid = Grid::of(row_hints, column_hints, &figures);
        Self { file, sheet: index, grid, rows, columns, tables: owner, is_figure, of_words }
    }

    fn operand(&self, row: usize, column: usize, coefficient: i32) -> Operand {
        let cell = CellRef::new(self.rows[row], self.columns[column]);
        Operand {
            place: Place { file: self.file, sheet: self.sheet, cell },
            table: self.tables[row * self.columns.len() + column],
            coefficient,
        }
    }

    /// Whether many figures are left that some relations do not tie.
    fn is_open(&self, packet: &Packet, known: &[&Relation]) -> bool {
        let mut terms = vec![];
        let mut tied: BTreeSet<CellRef> = BTreeSet::new();
        for relation in known {
            for ordinal in 0..relation.check_count() {
                let target = relation.operands(ordinal, |id| packet.place_of(id), &mut terms);
                tied.extend(terms.iter().chain([&target]).map(|operand| operand.place.cell));
            }
        }
        let width = self.columns.len();
        let figures = (0..self.is_figure.len()).filter(|at| self.is_figure[*at]);
        let (mut count, mut open) = (0, 0);
        for at in figures {
            count += 1;
            let cell = CellRef::new(self.rows[at / width], self.columns[at % width]);
            open += usize::from(!tied.contains(&cell));
        }
        open >= LEAST_OPEN && open * OPEN_OF >= count
    }

    /// What is known of the sheet, and which relations the numbers speak for.
    fn explained(&self, packet: &Packet, known: &[&Relation]) -> (Explained, Vec<usize>) {
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
        let (series, others) = match direction {
            Direction::Fields => (&self.columns, &self.rows),
            Direction::Lines => (&self.rows, &self.columns),
        };
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

    /// Whether a row or column is a line of the table: notes, blank rows and columns of words between the parts of a sum are
    /// no parts, nor are rows that state something only in columns in which the target does not.
    fn says_anything(&self, direction: Direction, target: u32, series: u32) -> bool {
        let width = self.columns.len();
        match direction {
            Direction::Fields => !self.of_words[series as usize],
            Direction::Lines => {
                let (row, own) = (series as usize * width, target as usize * width);
                (0..width).any(|at| self.is_figure[row + at] && self.is_figure[own + at])
            }
        }
    }

    /// The families as relations; `known` are those found otherwise, which may speak against an alarm.
    fn relations(
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
        let any = broken.iter().any(|list| !list.is_empty());
        let targets = if any { targets(packet, known) } else { QuickMap::default() };
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
                let checks = targets.get(&self.target(family, *at).place);
                !checks.into_iter().flatten().any(|(relation, ordinal)| {
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
        if explained.lines.is_none() {
            for step in steps(&self.grid, limits) {
                take(self.step(&step), if step.broken { Failing::Known } else { Failing::None });
            }
        }
        for roll in rolls::find(&self.grid, &families, explained) {
            for &step in &roll.holds {
                take(self.roll(&roll, step), Failing::None);
            }
            for (to, parts) in roll.sums(&self.grid) {
                take(self.cumulation(&roll, to, &parts), Failing::None);
            }
            // A total that is the sum of its parts is carried on from nothing.
            let is_sum = |at: u32| {
                let across = match roll.direction {
                    Direction::Fields => &self.grid.columns[roll.series as usize],
                    Direction::Lines => &self.grid.rows[roll.series as usize],
                };
                across.says.has(Word::Total)
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
            let (row, column) = match family.direction {
                Direction::Fields => (instance, series),
                Direction::Lines => (series, instance),
            };
            self.grid.at(row as usize, column as usize).is_some_and(|cell| cell.value != 0)
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
        let axis = match family.direction {
            Direction::Fields => &self.rows,
            Direction::Lines => &self.columns,
        };
        broken.iter().map(|at| axis[*at as usize]).collect()
    }

    /// The target of a family in an instance.
    fn target(&self, family: &Family, instance: u32) -> Operand {
        match family.direction {
            Direction::Fields => self.operand(instance as usize, family.target as usize, 1),
            Direction::Lines => self.operand(family.target as usize, instance as usize, 1),
        }
    }

    /// A total beside the column of its parts.
    fn step(&self, step: &Step) -> Relation {
        let target = self.operand(step.target.0 as usize, step.target.1 as usize, 1);
        let terms = step
            .rows
            .iter()
            .map(|row| self.operand(*row as usize, step.column as usize, 1))
            .collect();
        mined(Operation::Sum, Shape::Cells { target, terms }, step.support)
    }

    /// A balance and what it is carried on from.
    fn roll(&self, roll: &Roll, (from, to): (u32, u32)) -> Relation {
        let at = |series: u32, instance: u32, coefficient: i32| match roll.direction {
            Direction::Fields => self.operand(instance as usize, series as usize, coefficient),
            Direction::Lines => self.operand(series as usize, instance as usize, coefficient),
        };
        let mut terms = vec![at(roll.series, from, 1)];
        terms.extend(roll.terms.iter().map(|(series, coefficient)| at(*series, to, *coefficient)));
        let shape = Shape::Cells { target: at(roll.series, to, 1), terms };
        mined(Operation::Sum, shape, roll.support)
    }

    /// A cumulation as the sum of all that was added up to it.
    fn cumulation(&self, roll: &Roll, to: u32, parts: &[u32]) -> Relation {
        let at = |series: u32, instance: u32| match roll.direction {
            Direction::Fields => self.operand(instance as usize, series as usize, 1),
            Direction::Lines => self.operand(series as usize, instance as usize, 1),
        };
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
            let at = |series: u32, coefficient: i32| match family.direction {
                Direction::Fields => self.operand(instance as usize, series as usize, coefficient),
                Direction::Lines => self.operand(series as usize, instance as usize, coefficient),
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
        let sheet_of = |series: u32| match family.direction {
            Direction::Fields => self.columns[series as usize],
            Direction::Lines => self.rows[series as usize],
        };
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

/// Which checks of a relation may fail.
#[derive(Clone, Copy)]
enum Failing<'a> {
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

/// Row numbers with one number in place of every stretch of missing ones, so that gaps stay gaps.
fn with_gaps(rows: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut all: Vec<u32> = vec![];
    for row in rows {
        if all.last().is_some_and(|last| last + 1 < row) {
            all.push(row - 1);
        }
        all.push(row);
    }
    all
}

fn label(path: &[String], label: &str) -> String {
    if path.is_empty() { label.to_owned() } else { path.join(" / ") }
}

fn takes_part(role: FieldRole) -> bool {
    !matches!(role, FieldRole::Serial | FieldRole::Code | FieldRole::Date | FieldRole::Note)
}

/// Columns called by a word for serial numbers (No.) whose numbers do not run on from line to line: they count things.
fn counts(sheet: &Sheet, table: &Table) -> Vec<u32> {
    let runs_on = |column: u32| {
        let numbers: Vec<Decimal> = table
            .lines
            .iter()
            .filter(|line| line.role.is_data())
            .filter_map(|line| match sheet.value(CellRef::new(line.row, column)) {
                Value::Number(number) => Some(number),
                _ => None,
            })
            .collect();
        let steps = numbers.windows(2).filter(|pair| pair[1] - pair[0] == Decimal::ONE).count();
        numbers.len() < 3 || steps * 2 >= numbers.len() - 1
    };
    let serial = table.fields.iter().filter(|field| field.role == FieldRole::Serial);
    serial.map(|field| field.column).filter(|column| !runs_on(*column)).collect()
}

/// What a line shares with others that a total may add up over what lies between: bold type, depth, numbering, its role, and
/// that nothing is written in front of its figures.
fn classes(line: &Line) -> Vec<u32> {
    let mut classes = vec![16 + u32::from(line.level)];
    if line.bold {
        classes.push(BOLD);
    }
    match line.role {
        LineRole::Total => classes.push(2),
        LineRole::Subtotal => classes.push(3),
        _ => {}
    }
    if line.label.is_empty() {
        classes.push(4);
    }
    if line.indent != u32::from(line.level) {
        classes.push((1 << 17) + line.indent);
    }
    if let Some(numbering) = line.numbering {
        classes.push((1 << 18) + numbering as u32);
    }
    classes
}

fn may_hold_figures(role: LineRole) -> bool {
    !matches!(role, LineRole::Header | LineRole::Note)
}

fn figure(packet: &Packet, place: Place, table: Option<u32>) -> Option<Figure> {
    let figure = packet.figure(place, table);
    figure.number().is_some().then_some(figure)
}

/// Figures of a row that make it one of years.
const YEARS: usize = 3;

/// Whether the figures of a row are years, one after the other.
fn are_years(figures: &[Option<Figure>]) -> bool {
    let numbers = || figures.iter().flatten().filter_map(Figure::number);
    let is_year = |number: Decimal| {
        number.is_integer() && (Decimal::from(1900)..=Decimal::from(2100)).contains(&number)
    };
    numbers().count() >= YEARS && numbers().all(is_year) && numbers().is_sorted_by(|a, b| a < b)
}

/// Figures of a row that count on one by one and make it one of numbers of columns.
const COUNTED: usize = 6;

/// Whether the figures of a row count its columns: 1, 2, 3 …
fn are_numbers_of_columns(figures: &[Option<Figure>]) -> bool {
    let numbers: Vec<Decimal> = figures.iter().flatten().filter_map(Figure::number).collect();
    numbers.len() >= COUNTED
        && numbers[0] >= Decimal::ZERO
        && numbers.iter().all(Decimal::is_integer)
        && numbers.windows(2).all(|pair| pair[1] - pair[0] == Decimal::ONE)
}

/// Whether a text begins with a zero that no number has: 0033, $000.
fn is_code(sheet: &Sheet, value: Value) -> bool {
    let Value::Text(id) = value else { return false };
    let text = sheet.texts.get(id).trim().trim_start_matches(['$', '¥', '￥']);
    text.strip_prefix('0').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The texts of a row in front of its first number.
fn texts_before(sheet: &Sheet, row: u32) -> String {
    let mut texts: Vec<&str> = vec![];
    for (_, value, _) in sheet.row(row) {
        match value {
            Value::Text(id) => texts.push(start(sheet.texts.get(id).trim())),
            Value::Empty => {}
            _ => break,
        }
        if texts.len() > 3 {
            break;
        }
    }
    texts.join(" ")
}

/// Percentages printed without a sign are a hundred times the quotient: the first term's coefficient says so.
fn coefficient(family: &Family, place: usize) -> i32 {
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

fn relation(family: &Family, shape: Shape) -> Relation {
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
fn confirmed(packet: &Packet, relation: Relation, failing: Failing<'_>) -> Option<Relation> {
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

/// The relations between the columns of a long table: proposed on sampled rows, verified in all.
fn table_relations(
    words: &Words,
    limits: &Limits,
    packet: &Packet,
    table: &Table,
    known: &[Relation],
) -> Vec<Relation> {
    let fields: Vec<usize> =
        (0..table.fields.len()).filter(|at| table.fields[*at].role.is_figure()).collect();
    let data: Vec<u32> =
        table.lines.iter().filter(|line| line.role.is_data()).map(|line| line.row).collect();
    if fields.len() < 3 || data.is_empty() {
        return vec![];
    }
    let figure_at = |row: u32, field: usize| {
        let cell = CellRef::new(row, table.fields[field].column);
        figure(packet, Place { file: table.file, sheet: table.sheet, cell }, Some(table.id))
    };
    let step = data.len().div_ceil(SAMPLED_ROWS).max(1);
    let sample: Vec<u32> = data.iter().step_by(step).copied().collect();
    let figures: Vec<Option<Figure>> = sample
        .iter()
        .flat_map(|row| fields.iter().map(move |field| (*row, *field)))
        .map(|(row, field)| figure_at(row, field))
        .collect();
    let hints = fields
        .iter()
        .map(|at| Hint::new(words, label(&table.fields[*at].path, &table.fields[*at].label)))
        .collect();
    let grid = Grid::of(vec![Hint::default(); sample.len()], hints, &figures);
    let axis = Axis::new(&grid, Direction::Fields);
    let mut relations = vec![];
    for family in families_along(&grid, limits, &axis, &[]) {
        let column = |series: u32| table.fields[fields[series as usize]].column;
        let target = column(family.target);
        let terms: Vec<(u32, i32)> = family
            .terms
            .iter()
            .enumerate()
            .map(|(place, term)| (column(*term), coefficient(&family, place)))
            .collect();
        let sure = family.fails.len() * 20 <= family.holds.len() && family.holds.len() >= 20;
        if !sure || is_known(known, table.id, family.operation, target, &terms) {
            continue;
        }
        let shape = Shape::Fields { table: table.id, target, terms, rows: data.clone() };
        relations.extend(confirmed(packet, relation(&family, shape), Failing::None));
    }
    relations
}

fn is_known(
    known: &[Relation],
    id: u32,
    operation: Operation,
    wanted: u32,
    parts: &[(u32, i32)],
) -> bool {
    let all = |target: u32, terms: &[(u32, i32)]| {
        let mut all: Vec<u32> = terms.iter().map(|term| term.0).chain([target]).collect();
        all.sort_unstable();
        all
    };
    known.iter().any(|relation| match &relation.shape {
        Shape::Fields { table, target, terms, .. } => {
            *table == id
                && relation.operation == operation
                && all(*target, terms) == all(wanted, parts)
        }
        _ => false,
    })
}
