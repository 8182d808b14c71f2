//! Other readings of a total that tie where the claim does not.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::Weigher;
use super::axes::{
    Axis, List, Others, Set, grain, is_exact, is_stated, number, proof, surplus, tries,
};
use crate::model::{
    CellRef, LineRole, Objection, Operand, Operation, Origin, Outcome, Packet, Place, Relation,
    Shape, Table, Verdict, evaluate, words,
};
use crate::number::Decimal;
use crate::relate::belief;
use crate::relate::view::{Trial, View};

impl Weigher<'_> {
    /// A claim with a part that is itself, in this very line, the sum of the target and something else, or its multiple.
    pub(super) fn part_of_its_part(
        &self,
        table: &Table,
        list: &List,
        outcome: &Outcome,
    ) -> Option<Objection> {
        let own = table.fields[list.target].column;
        let row = outcome.target.place.cell.row;
        let is_part = |column: u32| {
            list.terms.iter().any(|(at, times)| *times == 1 && table.fields[*at].column == column)
        };
        self.fields.get(&table.id)?.iter().find_map(|index| {
            let relation = &self.relations[*index as usize];
            let Shape::Fields { target, terms, rows, .. } = &relation.shape else { return None };
            if !matches!(relation.operation, Operation::Sum | Operation::Product)
                || terms.len() < 2
                || !terms.contains(&(own, 1))
                || !is_part(*target)
            {
                return None;
            }
            let outcome = evaluate(self.packet, relation, rows.iter().position(|own| *own == row)?);
            matches!(outcome.verdict, Verdict::Holds | Verdict::Rounding).then(|| {
                Objection::Rival { parts: outcome.terms.iter().map(|term| term.place).collect() }
            })
        })
    }

    /// A part that the claim counts and no total does: wherever it says something, the total ties without it. It is part of
    /// another part, 其中 by another name. A claim that finds nothing but such a part here says nothing either.
    pub(super) fn never_counted(
        &self,
        relation: u32,
        list: &List,
        axis: &dyn Axis,
        others: &Others<'_>,
        place: &dyn Fn(usize) -> Place,
    ) -> Option<Objection> {
        let known = self.uncounted.borrow().get(&relation).cloned();
        let uncounted = known.unwrap_or_else(|| {
            let axes = std::iter::once(axis).chain(others.iter());
            let found: Rc<[usize]> = uncounted(axes, list).into();
            self.uncounted.borrow_mut().insert(relation, Rc::clone(&found));
            found
        });
        if uncounted.is_empty() {
            return None;
        }
        let (over, slack) = surplus(axis, list);
        let is_it = |at: &&usize| {
            let term = list.terms.iter().find(|(term, _)| term == *at);
            term.is_some_and(|(_, times)| {
                (number(axis, **at) * Decimal::from(*times) - over).abs() <= slack
            })
        };
        let present = list.present(axis);
        let alone = |at: &&usize| present.len() == 1 && present.contains(at);
        uncounted
            .iter()
            .find(|at| is_it(at) || alone(at))
            .map(|at| Objection::CountedTwice { cells: vec![place(*at)] })
    }

    /// A part that the claim adds though its name says that it is taken off, where it ties taken off.
    pub(super) fn taken_off(
        &self,
        table: &Table,
        list: &List,
        axis: &dyn Axis,
        place: &dyn Fn(usize) -> Place,
    ) -> Option<Objection> {
        let (over, slack) = surplus(axis, list);
        let is_it = |(at, times): &&(usize, i32)| {
            let twice = number(axis, *at) * Decimal::TWO;
            *times == 1
                && !twice.is_zero()
                && (twice - over).abs() <= slack
                && self.words.taken_off.begin(&words::key(&table.lines[*at].label))
        };
        list.terms.iter().find(is_it)?;
        let stated = list.terms.iter().map(|(at, _)| *at).filter(|at| is_stated(axis, *at));
        Some(Objection::Rival { parts: stated.map(place).collect() })
    }

    /// Other checks of the same cell in the same direction that hold.
    pub(super) fn known_rivals(
        &self,
        own: u32,
        view: &View<'_>,
        list: &List,
        others: &Others<'_>,
        outcome: &Outcome,
        by_line: bool,
    ) -> Vec<Objection> {
        let table = view.table;
        let place = outcome.target.place;
        let families = if by_line { &self.lines } else { &self.fields };
        let families = families.get(&table.id).into_iter().flatten().copied();
        let singles = self.cells.get(&place).into_iter().flatten().copied();
        let mut found = Vec::new();
        for index in families.chain(singles) {
            let relation = &self.relations[index as usize];
            if index == own || relation.operation != Operation::Sum {
                continue;
            }
            let ordinal = match &relation.shape {
                Shape::Lines { target, columns, .. } if *target == place.cell.row => {
                    columns.iter().position(|column| *column == place.cell.column)
                }
                Shape::Fields { target, rows, .. } if *target == place.cell.column => {
                    rows.iter().position(|row| *row == place.cell.row)
                }
                Shape::Cells { .. } => Some(0),
                _ => None,
            };
            let Some(ordinal) = ordinal else { continue };
            let other = evaluate(self.packet, relation, ordinal);
            let along = |operand: &Place| {
                if by_line {
                    operand.cell.column == place.cell.column && operand.sheet == place.sheet
                } else {
                    operand.cell.row == place.cell.row && operand.sheet == place.sheet
                }
            };
            let ties = matches!(other.verdict, Verdict::Holds | Verdict::Rounding);
            if !ties || !other.terms.iter().all(|term| along(&term.place)) {
                continue;
            }
            let parts: Vec<Place> = other.terms.iter().map(|term| term.place).collect();
            let positions: Option<Vec<(usize, i32)>> = other
                .terms
                .iter()
                .map(|term| {
                    let Place { cell, .. } = term.place;
                    let at = if by_line {
                        table.line_index(cell.row)
                    } else {
                        table.fields.iter().position(|field| field.column == cell.column)
                    };
                    Some((at?, term.coefficient))
                })
                .collect();
            if positions.as_ref().is_some_and(|rival| self.decided_elsewhere(list, rival, others)) {
                continue;
            }
            if relation.evidence.contains(Origin::Formula) {
                found.insert(0, Objection::Formula);
                continue;
            }
            if by_line && self.is_list_of_another(outcome, &other) {
                continue;
            }
            let own_proof = if ties_as_stored(&other) {
                self.beliefs.most.value
            } else {
                // What ties to the last digit proves as much as its digits, be the printed ones rounded or not.
                let exact = other.difference.is_some_and(|difference| difference.is_zero());
                let figure = self.packet.figure(place, Some(table.id));
                let slack = if exact { Some(figure.half_unit()) } else { other.tolerance };
                belief::bits(
                    self.beliefs,
                    other.stated.unwrap_or_default(),
                    slack.unwrap_or_default(),
                    Decimal::new(1, 2),
                )
            };
            // Of a claim that ties nowhere, what the other reading proves in the other columns counts, too.
            let never = || {
                others.iter().all(|other| tries(other, list.target, &list.terms) != Trial::Holds)
            };
            let beside: u32 = positions
                .iter()
                .filter(|_| own_proof > 0 && never())
                .flat_map(|rival| others.iter().map(move |other| (rival, other)))
                .filter(|(rival, other)| tries(*other, list.target, rival) == Trial::Holds)
                .map(|(rival, other)| proof(self.beliefs, other, list.target, rival))
                .sum();
            if parts.len() >= 2 && own_proof + beside >= self.beliefs.rival.value {
                found.push(Objection::Rival { parts });
            }
        }
        found
    }

    /// Whether a rival down a column, no part of which the claim counts, is the list of another total, which stands nearer to it and
    /// states the same: 支出合计 of what comes to 收入合计, too.
    fn is_list_of_another(&self, own: &Outcome, rival: &Outcome) -> bool {
        let place = own.target.place;
        let counted = |part: &Operand| own.terms.iter().any(|term| term.place == part.place);
        if rival.terms.iter().any(counted) {
            return false;
        }
        let parts: BTreeSet<(u32, i32)> =
            rival.terms.iter().map(|term| (term.place.cell.row, term.coefficient)).collect();
        let away = |total: u32| parts.iter().map(|(row, _)| row.abs_diff(total)).min();
        let Some((first, _)) = parts.first() else { return false };
        let listed = self.listed.get_or_init(|| sums_by_part(self.packet, self.relations));
        let lists = listed.get(&place.at(*first, 0)).map_or(&[][..], Vec::as_slice);
        self.may_look(lists.len())
            && lists.iter().any(|index| {
                let relation = &self.relations[*index as usize];
                let Shape::Lines { target, terms, columns, .. } = &relation.shape else {
                    return false;
                };
                let holds =
                    |ordinal| evaluate(self.packet, relation, ordinal).verdict == Verdict::Holds;
                away(*target) < away(place.cell.row)
                    && parts.is_subset(&terms.iter().copied().collect())
                    && columns.iter().position(|own| *own == place.cell.column).is_some_and(holds)
            })
    }

    /// Readings by one mark of the lines (numbering, indent, length of code, total) that tie at this very cell.
    pub(super) fn rivals(
        &self,
        list: &List,
        axis: &dyn Axis,
        others: &Others<'_>,
        sets: impl Fn() -> Vec<Set>,
        place: &dyn Fn(usize) -> Place,
    ) -> Option<Objection> {
        let sets = sets();
        let present = list.present(axis);
        let chance = belief::choice(sets.len());
        sets.into_iter().find_map(|set| {
            if !self.may_look(set.len()) {
                return None;
            }
            let parts: Vec<(usize, i32)> = set.iter().map(|at| (*at, 1)).collect();
            let stated: BTreeSet<usize> =
                set.iter().copied().filter(|at| is_stated(axis, *at)).collect();
            // Columns in which it ties and the claim does not prove it together.
            let elsewhere = || {
                let tells = |other: &&dyn Axis| {
                    tries(*other, list.target, &parts) == Trial::Holds
                        && tries(*other, list.target, &list.terms) == Trial::Fails
                };
                others
                    .iter()
                    .filter(tells)
                    .map(|other| proof(self.beliefs, other, list.target, &parts))
                    .sum::<u32>()
            };
            let ties = tries(axis, list.target, &parts) == Trial::Holds
                && is_exact(axis, list.target, &parts)
                && stated != present
                && proof(self.beliefs, axis, list.target, &parts) + elsewhere()
                    >= self.beliefs.rival.value + chance
                && !self.decided_elsewhere(list, &parts, others);
            ties.then(|| Objection::Rival { parts: stated.into_iter().map(place).collect() })
        })
    }

    /// Figures of the list's reach that are no part of it and make up the difference.
    pub(super) fn left_out(
        &self,
        list: &List,
        axis: &dyn Axis,
        others: &Others<'_>,
        outcome: &Outcome,
        scope: &Set,
        place: &dyn Fn(usize) -> Place,
    ) -> Option<Objection> {
        let difference = outcome.difference?;
        let parts: BTreeSet<usize> = list.terms.iter().map(|(at, _)| *at).collect();
        let first = (*parts.first()?).min(list.target);
        let last = (*parts.last()?).max(list.target);
        // The lines right behind the list may be its last ones.
        let behind = scope.iter().copied().filter(|at| *at > last).take(parts.len().min(8)).last();
        let reach = first..=behind.unwrap_or(last);
        let rest: Vec<usize> = scope
            .iter()
            .copied()
            .filter(|at| reach.contains(at) && *at != list.target && !parts.contains(at))
            .filter(|at| axis.at(*at).value().is_some_and(|value| !value.is_zero()))
            .collect();
        let inside: Vec<usize> = rest.iter().copied().filter(|at| *at <= last).collect();
        let mut runs: Vec<Vec<usize>> = Vec::new();
        runs.push(inside);
        for from in 0..rest.len() {
            for to in from + 1..=rest.len().min(from + 12) {
                runs.push(rest[from..to].to_vec());
            }
        }
        let off = (difference, outcome.tolerance.unwrap_or_default());
        self.explaining(list, axis, others, off, runs, 1)
            .map(|run| Objection::LeftOut { cells: run.into_iter().map(place).collect() })
    }

    /// Parts that stand deeper than the rest, or follow the part that they make up, and make up the difference.
    pub(super) fn counted_twice(
        &self,
        table: &Table,
        list: &List,
        axis: &dyn Axis,
        others: &Others<'_>,
        outcome: &Outcome,
        place: &dyn Fn(usize) -> Place,
    ) -> Option<Objection> {
        let difference = -outcome.difference?;
        let parts: Vec<usize> =
            list.terms.iter().map(|(at, _)| *at).filter(|at| is_stated(axis, *at)).collect();
        let least = parts.iter().map(|at| table.lines[*at].indent).min()?;
        let mut runs: Vec<Vec<usize>> = vec![
            parts.iter().copied().filter(|at| table.lines[*at].indent > least).collect(),
            parts.iter().copied().filter(|at| table.lines[*at].of_which).collect(),
        ];
        for from in 0..parts.len() {
            for to in from + 1..=parts.len().min(from + 12) {
                let run = &parts[from..to];
                // A part, and behind it those that it adds up: they are its own.
                let before = from.checked_sub(1).map(|at| parts[at]);
                let sum: Decimal = run.iter().map(|at| number(axis, *at)).sum();
                let own = before.is_some_and(|before| number(axis, before) == sum)
                    || parts.get(to).is_some_and(|after| number(axis, *after) == sum);
                if run.len() >= 2 && own
                    || run.iter().all(|at| table.lines[*at].role == LineRole::OfWhich)
                    || run.iter().all(|at| table.lines[*at].indent > least)
                {
                    runs.push(run.to_vec());
                }
            }
        }
        // One line that the total does without: part of another one without a mark. What is called 合计 leaves none out.
        if !self.words.plain_totals.has(&words::key(&table.lines[list.target].label)) {
            runs.extend(parts.iter().map(|part| vec![*part]));
        }
        let off = (difference, outcome.tolerance.unwrap_or_default());
        self.explaining(list, axis, others, off, runs, -1)
            .or_else(|| self.done_without(list, axis, others, &parts, difference))
            .map(|run| Objection::CountedTwice { cells: run.into_iter().map(place).collect() })
    }

    /// Several parts that the total does without: it is the sum of some lines, and the others are parts of these. All choices
    /// are tried, which the digits must outweigh.
    fn done_without(
        &self,
        list: &List,
        axis: &dyn Axis,
        others: &Others<'_>,
        parts: &[usize],
        difference: Decimal,
    ) -> Option<Vec<usize>> {
        const MOST: usize = 12;
        // Rounded each to its last digit they may be off by one of these.
        let figures = parts.iter().map(|at| axis.at(*at)).chain([axis.at(list.target)]);
        let digits = figures.filter_map(|cell| cell.value()).map(|value| value.normalize().scale());
        let slack = Decimal::new(1, digits.max().unwrap_or_default());
        let needed = self.beliefs.rival.value + parts.len() as u32;
        if !(4..=MOST).contains(&parts.len())
            || belief::bits(self.beliefs, difference, slack, slack) < needed
            || !self.may_look(1 << parts.len())
        {
            return None;
        }
        let values: Vec<Decimal> = parts.iter().map(|at| number(axis, *at)).collect();
        let chosen = |choice: u32| (0..parts.len()).filter(move |at| choice >> at & 1 == 1);
        // Two lines at least are kept, and two at least left out.
        let choices = (0_u32..1 << parts.len())
            .filter(|choice| (2..=parts.len() as u32 - 2).contains(&choice.count_ones()));
        choices
            .filter(|choice| {
                let sum: Decimal = chosen(*choice).map(|at| values[at]).sum();
                (sum - difference).abs() <= slack
            })
            .map(|choice| chosen(choice).map(|at| parts[at]).collect::<Vec<usize>>())
            .find(|left| {
                let kept: Vec<(usize, i32)> =
                    list.terms.iter().copied().filter(|(at, _)| !left.contains(at)).collect();
                !self.decided_elsewhere(list, &kept, others)
            })
    }

    /// The first run of positions whose sum is the difference, where that is no accident.
    fn explaining(
        &self,
        list: &List,
        axis: &dyn Axis,
        others: &Others<'_>,
        (difference, tolerance): (Decimal, Decimal),
        runs: Vec<Vec<usize>>,
        coefficient: i32,
    ) -> Option<Vec<usize>> {
        let chance = belief::choice(runs.len());
        let grain = grain(axis.at(list.target).half());
        runs.into_iter().filter(|run| !run.is_empty()).find(|run| {
            if !self.may_look(run.len()) {
                return false;
            }
            let sum: Decimal = run.iter().map(|at| number(axis, *at)).sum();
            // To the last digit, or within what the printed digits of the whole list leave, which proves less.
            let slack = if sum == difference { Decimal::ZERO } else { tolerance };
            if (sum - difference).abs() > slack
                || belief::bits(self.beliefs, sum, slack, grain)
                    < self.beliefs.rival.value + chance.min(6)
            {
                return false;
            }
            let mut parts = list.terms.clone();
            if coefficient > 0 {
                parts.extend(run.iter().map(|at| (*at, 1)));
            } else {
                parts.retain(|(at, _)| !run.contains(at));
            }
            !self.decided_elsewhere(list, &parts, others)
        })
    }

    /// Whether other columns or lines tell the claim from its rival, and for the claim.
    fn decided_elsewhere(&self, list: &List, rival: &[(usize, i32)], others: &Others<'_>) -> bool {
        let live = |axis: &dyn Axis, parts: &[(usize, i32)]| -> BTreeSet<usize> {
            parts.iter().map(|(at, _)| *at).filter(|at| is_stated(axis, *at)).collect()
        };
        let (mut own, mut theirs, mut both, mut apart) = (0, 1, HashSet::new(), false);
        for axis in others.iter() {
            let claim = tries(axis, list.target, &list.terms);
            let other = tries(axis, list.target, rival);
            own += u32::from(claim == Trial::Holds && other == Trial::Fails);
            theirs += u32::from(other == Trial::Holds && claim == Trial::Fails);
            if claim != Trial::Holds || other != Trial::Holds {
                continue;
            }
            let (ours, rivals) = (live(axis, &list.terms), live(axis, rival));
            if ours != rivals {
                let some = list.terms.iter().take(3).map(|(at, _)| number(axis, *at).normalize());
                both.insert(some.collect::<Vec<Decimal>>());
            }
            apart |= ours.is_disjoint(&rivals)
                && proof(self.beliefs, axis, list.target, rival) >= self.beliefs.numbers.value;
        }
        // Two ways to make up one total that both tie elsewhere, each by figures of its own, are both meant: that the other
        // one ties here says that a part is wrong.
        own >= theirs || theirs == 1 && (both.len() >= TOGETHER || apart)
    }
}

/// Columns or lines in which two readings of one total must tie together to be both meant.
const TOGETHER: usize = 2;

/// The sums along lines of a packet, by the first cell of each row that they count.
fn sums_by_part(packet: &Packet, relations: &[Relation]) -> HashMap<Place, Vec<u32>> {
    let mut sums: HashMap<Place, Vec<u32>> = HashMap::new();
    for (index, relation) in relations.iter().enumerate() {
        let Shape::Lines { table, terms, .. } = &relation.shape else { continue };
        if relation.operation != Operation::Sum {
            continue;
        }
        let (file, sheet) = packet.place_of(*table);
        for (row, _) in terms {
            let place = Place { file, sheet, cell: CellRef::new(*row, 0) };
            sums.entry(place).or_default().push(index as u32);
        }
    }
    sums
}

/// Parts that say something in two places at least where the sum ties without them, and in none where it ties with them.
pub(super) fn uncounted<'o>(axes: impl Iterator<Item = &'o dyn Axis>, list: &List) -> Vec<usize> {
    if list.terms.len() < 2 {
        return Vec::new();
    }
    let mut without = vec![0_u32; list.terms.len()];
    let mut with = vec![false; list.terms.len()];
    for axis in axes {
        let trial = tries(axis, list.target, &list.terms);
        if !matches!(trial, Trial::Holds | Trial::Single | Trial::Fails) {
            continue;
        }
        let (over, slack) = surplus(axis, list);
        for (at, (term, times)) in list.terms.iter().enumerate() {
            let own = number(axis, *term) * Decimal::from(*times);
            if own.abs() <= slack {
                continue;
            }
            match trial {
                Trial::Fails => without[at] += u32::from((own - over).abs() <= slack),
                _ => with[at] = true,
            }
        }
    }
    let is_one = |at: &usize| without[*at] >= 2 && !with[*at];
    (0..list.terms.len()).filter(is_one).map(|at| list.terms[at].0).collect()
}

/// Whether a sum ties in digits that are stored and that nobody typed: it was computed, as it stands.
fn ties_as_stored(outcome: &Outcome) -> bool {
    const TYPED: u32 = 5;
    const SHARE: i64 = 1_000_000_000;
    let (Some(stated), Some(difference)) = (outcome.stated, outcome.difference) else {
        return false;
    };
    stated.normalize().scale() > TYPED && difference.abs() * Decimal::from(SHARE) <= stated.abs()
}
