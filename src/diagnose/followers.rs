//! What the sheets' own formulas make of a change: once a cell is corrected, everything calculated from it follows, so
//! that a total's correction does not count as breaking the rate that is calculated from that total.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;

use crate::formula::{Evaluator, Freshness, Tree, freshness};
use crate::model::{Change, Packet, Place, Value};
use crate::number::Decimal;

/// Formulas of a packet that are followed; beyond it none are.
const FORMULAS: usize = 300_000;

/// Columns of one area, and areas of several cells in one column, that are followed.
const WIDE: u32 = 64;
const AREAS: usize = 2_000;

/// Cells calculated anew for one change; what moves more is taken to move nothing.
const STEPS: usize = 200;

/// Decimals that are kept of what a formula gives.
const KEPT: u32 = 15;

/// A formula cell that reads some rows of a column.
struct ReadingFormula {
    rows: (u32, u32),
    place: Place,
}

/// Which formulas read which cells.
#[derive(Default)]
struct Readers {
    /// Single cells.
    cells: HashMap<Place, Vec<Place>>,
    /// Areas, by file, sheet and column.
    areas: HashMap<(u32, u32, u32), Vec<ReadingFormula>>,
}

/// The formulas that follow a change.
pub(super) struct Followers<'a> {
    packet: &'a Packet,
    readers: OnceCell<Readers>,
    /// Formula cells that read a cell and whose stored value is what they give now.
    fresh: RefCell<HashMap<Place, Rc<[Place]>>>,
    evaluators: RefCell<HashMap<u32, Evaluator<'a>>>,
}

impl<'a> Followers<'a> {
    pub(super) fn new(packet: &'a Packet) -> Self {
        Self {
            packet,
            readers: OnceCell::new(),
            fresh: RefCell::default(),
            evaluators: RefCell::default(),
        }
    }

    /// The changes, and after them those that formulas make of them.
    pub(super) fn follow(&self, changes: &[Change]) -> Vec<Change> {
        let mut all = changes.to_vec();
        let mut queue: VecDeque<Place> = changes
            .iter()
            .map(|change| change.place)
            .filter(|place| !self.readers_of(*place).is_empty())
            .collect();
        if queue.is_empty() {
            return all;
        }
        let mut raw: BTreeMap<Place, Decimal> = BTreeMap::new();
        for change in changes {
            let factor = self.factor(change.place);
            let Some(value) = change.value.checked_div(factor) else { return all };
            raw.insert(change.place, value);
        }
        let mut steps = 0;
        while let Some(from) = queue.pop_front() {
            for place in self.readers_of(from).iter() {
                steps += 1;
                if steps > STEPS {
                    return changes.to_vec();
                }
                if changes.iter().any(|change| change.place == *place) {
                    continue;
                }
                let Some(value) = self.evaluate(*place, &raw) else { continue };
                if raw.insert(*place, value) == Some(value) {
                    continue;
                }
                let value = value * self.factor(*place);
                match all.iter_mut().find(|change| change.place == *place) {
                    Some(change) => change.value = value,
                    None => all.push(Change { place: *place, value }),
                }
                queue.push_back(*place);
            }
        }
        all
    }

    /// What a formula gives where some cells hold other values.
    fn evaluate(&self, place: Place, raw: &BTreeMap<Place, Decimal>) -> Option<Decimal> {
        let mut evaluators = self.evaluators.borrow_mut();
        let evaluator = evaluator(self.packet, &mut evaluators, place.file)?;
        for (other, value) in raw.iter().filter(|(other, _)| other.file == place.file) {
            evaluator.suppose(other.sheet, other.cell, *value);
        }
        let evaluation = evaluator.evaluate_cell(place.sheet, place.cell);
        evaluator.suppose_nothing();
        Some(evaluation.ok()?.value.number()?.round_dp(KEPT).normalize())
    }

    /// What the figure of a cell is, divided by what is stored there: a hundredth where 98.5 is read as a percentage.
    fn factor(&self, place: Place) -> Decimal {
        let sheet = self.packet.sheet(place.file, place.sheet);
        let stored = match sheet.map(|sheet| sheet.value(place.cell)) {
            Some(Value::Number(value)) => Some(value),
            _ => None,
        };
        let figure = self.packet.figure(place, None).number();
        figure
            .zip(stored)
            .and_then(|(figure, stored)| figure.checked_div(stored))
            .filter(|factor| !factor.is_zero())
            .unwrap_or(Decimal::ONE)
    }

    /// The formula cells that read a cell.
    fn readers_of(&self, place: Place) -> Rc<[Place]> {
        if let Some(fresh) = self.fresh.borrow().get(&place) {
            return Rc::clone(fresh);
        }
        let readers = self.readers.get_or_init(|| readers(self.packet));
        let Place { file, sheet, cell } = place;
        let inside = |reader: &&ReadingFormula| (reader.rows.0..=reader.rows.1).contains(&cell.row);
        let areas = readers.areas.get(&(file, sheet, cell.column)).into_iter().flatten();
        let mut found: Vec<Place> = areas
            .filter(inside)
            .map(|reader| reader.place)
            .chain(readers.cells.get(&place).into_iter().flatten().copied())
            .collect();
        found.sort_unstable();
        found.dedup();
        found.truncate(STEPS + 1);
        found.retain(|place| self.is_fresh(*place));
        let fresh: Rc<[Place]> = found.into();
        self.fresh.borrow_mut().insert(place, Rc::clone(&fresh));
        fresh
    }

    fn is_fresh(&self, place: Place) -> bool {
        let mut evaluators = self.evaluators.borrow_mut();
        let formula =
            self.packet.sheet(place.file, place.sheet).and_then(|sheet| sheet.formula(place.cell));
        let Some(formula) = formula else { return false };
        evaluator(self.packet, &mut evaluators, place.file).is_some_and(|evaluator| {
            matches!(freshness(self.packet, evaluator, place, formula), Freshness::Fresh)
        })
    }
}

fn evaluator<'e, 'a>(
    packet: &'a Packet,
    evaluators: &'e mut HashMap<u32, Evaluator<'a>>,
    file: u32,
) -> Option<&'e mut Evaluator<'a>> {
    let (workbook, book) = (packet.workbook(file)?, packet.formulas.get(file as usize)?);
    Some(evaluators.entry(file).or_insert_with(|| Evaluator::new(workbook, book)))
}

fn readers(packet: &Packet) -> Readers {
    let mut readers = Readers::default();
    let books = packet.formulas.iter().enumerate();
    let books =
        books.filter_map(|(file, book)| Some((file as u32, packet.workbook(file as u32)?, book)));
    let count: usize = books
        .clone()
        .flat_map(|(_, workbook, _)| &workbook.sheets)
        .map(|sheet| sheet.formulas.len())
        .sum();
    if count > FORMULAS {
        return readers;
    }
    for (file, workbook, book) in books {
        for (sheet, content) in workbook.sheets.iter().enumerate() {
            let sheet = sheet as u32;
            for ((cell, _), form) in content.formulas.iter().zip(book.forms(sheet)) {
                let Some(tree) = book.tree(*form) else { continue };
                let place = Place { file, sheet, cell: *cell };
                tree.each(&mut |part| {
                    let Tree::Area(area) = part else { return };
                    let Some((other, range)) = area.resolve(sheet, *cell) else { return };
                    let Some(range) = book.clip(other, range) else { return };
                    if range.start == range.end {
                        let read = Place { file, sheet: other, cell: range.start };
                        readers.cells.entry(read).or_default().push(place);
                    } else if range.end.column - range.start.column < WIDE {
                        for column in range.start.column..=range.end.column {
                            let list = readers.areas.entry((file, other, column)).or_default();
                            if list.len() < AREAS {
                                list.push(ReadingFormula {
                                    rows: (range.start.row, range.end.row),
                                    place,
                                });
                            }
                        }
                    }
                });
            }
        }
    }
    readers
}
