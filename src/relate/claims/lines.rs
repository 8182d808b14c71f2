//! Sums down a column: what speaks for and against them.

use std::collections::{BTreeSet, HashSet};

use super::amounts::{
    has_more_digits, is_added_below, is_below_parts, is_beyond_print, is_doubled, is_greatest,
    is_mean, is_product, own_lines,
};
use super::axes::{Axis, Column, List, Others, additive, is_stated, surplus, tries};
use super::marks::{by_codes, by_indents, by_numbering, is_sole, level_sets};
use super::{Weigher, beside, confirmed, is_identity};
use crate::model::{
    CellRef, Claim, Line, LineRole, Objection, Operation, Origin, Outcome, Place, Shape, Table,
    Verdict, Witness, words,
};
use crate::relate::view::{Trial, View};

impl Weigher<'_> {
    /// Whether a claim counts a line and what that line itself adds up, by its name or formula: what stands below the closing
    /// total of a list is no sum of them all.
    fn counts_a_total(&self, table: &Table, list: &List) -> bool {
        let parts: HashSet<u32> = list.terms.iter().map(|(at, _)| table.lines[*at].row).collect();
        self.lines.get(&table.id).into_iter().flatten().any(|index| {
            let relation = &self.relations[*index as usize];
            let Shape::Lines { target, terms, .. } = &relation.shape else { return false };
            relation.operation == Operation::Sum
                && parts.contains(target)
                && relation.support.0 > 0
                && [Origin::Formula, Origin::Label]
                    .iter()
                    .any(|origin| relation.evidence.contains(*origin))
                && terms.iter().filter(|(row, _)| parts.contains(row)).count() >= 2
        })
    }

    /// Whether every line between the first and what it comes to says its sign, both signs among them: 余额, 加：, 减：,
    /// 调节后余额.
    fn says_signs(&self, table: &Table, list: &List) -> bool {
        let key = |at: usize| words::key(&table.lines[at].label);
        let mut terms: Vec<usize> = list.terms.iter().map(|(at, _)| *at).collect();
        terms.sort_unstable();
        let Some((first, signed)) = terms.split_first() else { return false };
        let adds = signed.iter().filter(|at| self.words.added.begin(&key(**at))).count();
        let takes = signed.iter().filter(|at| self.words.deducted.begin(&key(**at))).count();
        *first < list.target
            && list.target > signed.last().copied().unwrap_or_default()
            && adds > 0
            && takes > 0
            && adds + takes == signed.len()
            && self.words.outcomes.stand_in(&key(list.target))
    }

    /// A list down one column.
    pub(super) fn lines(
        &self,
        relation: u32,
        view: &View<'_>,
        list: &List,
        column: usize,
        outcome: &Outcome,
        claim: &mut Claim,
    ) {
        let table = view.table;
        let own = &self.relations[relation as usize];
        let target = &table.lines[list.target];
        let axis = Column(view, column);
        if target.formula.is_some() {
            claim.witnesses.push(Witness::Declared);
        }
        if own.evidence.contains(Origin::Formula) {
            claim.witnesses.push(Witness::Formulas);
        }
        // T03: 减： and 净值 say so.
        if matches!(target.role, LineRole::Total | LineRole::Subtotal)
            || own.rule == "T03"
            || self.words.class_heads.has(&target.name)
            || self.has_twin(table, list)
        {
            claim.witnesses.push(Witness::Word);
        }
        if own.rule == "T06" {
            claim.witnesses.push(Witness::Mined);
        }
        let present: BTreeSet<usize> = list.present(&axis);
        for (witness, set) in [
            (Witness::Indents, by_indents(&table.lines, list)),
            (Witness::Numbering, by_numbering(&table.lines, list)),
            (Witness::Codes, by_codes(&table.lines, list)),
        ] {
            let Some(set) = set else { continue };
            let says: BTreeSet<usize> =
                set.into_iter().filter(|at| is_stated(&axis, *at)).collect();
            if says == present {
                claim.witnesses.push(witness);
            } else if !says.is_empty() && witness != Witness::Numbering && own.rule != "T03" {
                claim.against.push(Objection::Structure);
            }
        }
        let closes_section = closes_section(view, list);
        if claim.against.is_empty()
            && (is_sole(table, list)
                || closes_section
                || own.rule == "T03" && view.carries_on(list.target)
                || self.says_signs(table, list))
        {
            claim.witnesses.push(Witness::Sole);
        }
        let others = Others::new(|| {
            let others = additive(table).filter(|field| *field != column);
            others.map(|field| Box::new(Column(view, field)) as Box<dyn Axis>).collect()
        });
        let (holds, fails) = self.told(self.elsewhere(others.iter(), list, false), claim);
        let exact = view.rulebook.words.plain_totals.has(&words::key(&target.label));
        let grounded = claim
            .witnesses
            .iter()
            .any(|witness| matches!(witness, Witness::Declared | Witness::Formulas));
        let (alike, unlike) = self.alike(table, list, relation);
        let many = fails + 1 >= self.beliefs.everywhere.value && holds <= fails;
        // What ties in no column and is off by another amount in each needs other lists to be read so.
        let never = || {
            own.rule == "T01"
                && holds == 0
                && fails > Self::off_alike(&axis, &others, list)
                && alike <= fails + 1
        };
        if (many || never()) && !exact && !grounded {
            claim.against.push(Objection::MostlyFails { holds, fails: fails + 1 });
        }
        if own.rule == "T06" && self.is_often_broken(outcome, holds, fails) {
            claim.against.push(Objection::MostlyFails { holds, fails: fails + 1 });
        }
        if alike > unlike {
            claim.witnesses.push(Witness::Alike { holds: alike, fails: unlike });
        } else if alike == 0 && unlike > 0 && holds <= fails && !exact && !grounded {
            claim.against.push(Objection::MostlyFails { holds, fails: unlike + 1 });
        }
        let scope = (0..table.lines.len()).filter(|at| table.lines[*at].role.is_data()).collect();
        let place = |at: usize| Place {
            file: table.file,
            sheet: table.sheet,
            cell: CellRef::new(table.lines[at].row, table.fields[column].column),
        };
        let mut against = self.known_rivals(relation, view, list, &others, outcome, true);
        if closes_section {
            // What other lines come to, too, is no other reading of a section that its total names.
            let is_own = |part: &Place| list.terms.iter().any(|(at, _)| place(*at) == *part);
            against.retain(
                |other| !matches!(other, Objection::Rival { parts } if !parts.iter().any(is_own)),
            );
        }
        let sets = || level_sets(&table.lines, list.target);
        let cell = |at: usize, field: usize| {
            outcome.target.place.at(table.lines[at].row, table.fields[field].column)
        };
        // A wrong figure between two lists makes its parts tie with the list above: that is no other reading of it.
        if let [wrong] = self.cancelling(list, column, &cell)[..] {
            let replaces = |parts: &[Place]| {
                let kept = list.terms.iter().map(|(at, _)| place(*at)).filter(|own| *own != wrong);
                !parts.contains(&wrong) && kept.into_iter().all(|own| parts.contains(&own))
            };
            against.retain(|other| !matches!(other, Objection::Rival { parts } if replaces(parts)));
        } else {
            against.extend(self.rivals(list, &axis, &others, sets, &place));
        }
        against.extend(self.left_out(list, &axis, &others, outcome, &scope, &place));
        against.extend(self.counted_twice(table, list, &axis, &others, outcome, &place));
        against.extend(self.never_counted(relation, list, &axis, &others, &place));
        against.extend(self.taken_off(table, list, &axis, &place));
        let blank = self.blank_part(table, list, column, outcome);
        let blank = blank
            .or_else(|| self.blank_line(table, list, column, outcome))
            .or_else(|| self.blank_beside(table, list, column, outcome));
        if let Some(objection) = blank {
            against.insert(0, objection);
        }
        if self.is_passed_over(table, list, column) {
            claim.witnesses.push(Witness::Numbers { holds: 1, fails: 0 });
        }
        match self.between(table, list, column, relation, &cell) {
            Some(Ok(witness)) => claim.witnesses.push(witness),
            Some(Err(objection)) => against.insert(0, objection),
            None => {}
        }
        let is_mean =
            || is_mean(self.beliefs, &axis, list) || self.lies_among(relation, view, list, column);
        if let Some(last) = self.last_balance(table, list, &axis) {
            against.push(Objection::Rival { parts: vec![place(last)] });
        }
        if self.is_carried_on(table, column)
            || self.never_adds(table, column)
            || is_product(self.beliefs, &axis, list)
            || has_more_digits(&axis, list)
            || is_greatest(self.beliefs, &axis, list)
            || self.mixes_percents(table, list, own, &place)
            || is_mean()
                && !self.adds_with_others(view, list, column)
                && !self.adds_up_otherwise(table, list, column)
        {
            against.push(Objection::NoAmount);
        }
        if holds <= fails && self.is_anothers(table, list, relation, holds) {
            against.push(Objection::Structure);
        }
        if is_beyond_print(outcome) {
            against.push(Objection::NoAmount);
        }
        against.extend(self.withheld(outcome));
        if is_doubled(outcome) {
            against.push(Objection::Doubled);
        }
        if !grounded && self.is_far_below(view, list, column, outcome) {
            against.push(Objection::NoAmount);
        }
        if holds == 0
            && !grounded
            && let Some(lines) = own_lines(self.beliefs, &axis, list)
        {
            let cells = lines.into_iter().map(place).collect();
            against.push(Objection::CountedTwice { cells });
        }
        if holds == 0 && is_below_parts(&axis, list) {
            against.push(Objection::BelowParts);
        }
        if own.rule == "T01" && !grounded && is_of_section_below(table, list) {
            claim.against.push(Objection::Structure);
        }
        if let Some(sum) = self.part_of_its_part_down(table, list, column) {
            against.push(sum);
        }
        // Nought is a part of anything.
        if is_stated(&axis, list.target) && self.is_part_beside(table, list, column) {
            against.push(Objection::Structure);
        }
        if self.is_named_otherwise(table, list, &axis)
            || is_added_below(self.beliefs, &axis, list)
            || self.stands_beside(view, list, column)
            || own.rule != "T06" && self.counts_a_total(table, list)
        {
            against.push(Objection::Structure);
        }
        if self.is_carried(view, list, column, outcome) {
            against.push(Objection::Carried);
        }
        claim.against.splice(0..0, against);
        if is_identity(own) {
            confirmed(claim, outcome);
        }
    }

    /// In how many other columns a list is off by the same amount: one slip shows in the column of all months, too.
    fn off_alike(axis: &dyn Axis, others: &Others<'_>, list: &List) -> u32 {
        let (own, own_slack) = surplus(axis, list);
        let is_same = |other: &&dyn Axis| {
            let (over, slack) = surplus(*other, list);
            (over - own).abs() <= slack + own_slack
                && tries(*other, list.target, &list.terms) == Trial::Fails
        };
        others.iter().filter(is_same).count() as u32
    }

    /// Whether what is taken for a total stands among its own parts in a list that adds up in this column.
    fn is_part_beside(&self, table: &Table, list: &List, column: usize) -> bool {
        let row = |at: usize| table.lines[at].row;
        let parts: HashSet<u32> = list.terms.iter().map(|(at, _)| row(*at)).collect();
        self.sums_down(table, column).any(|sum| {
            sum.target != row(list.target)
                && sum.terms.len() > 2
                && sum.terms.contains(&(row(list.target), 1))
                && sum.terms.iter().filter(|(term, _)| parts.contains(term)).count() >= 2
                && sum.outcome().verdict == Verdict::Holds
        })
    }

    /// A part that is itself, in this very column, the sum of the target and other parts: 8,395 days less 293 off hire are 8,102.
    fn part_of_its_part_down(
        &self,
        table: &Table,
        list: &List,
        column: usize,
    ) -> Option<Objection> {
        let row = |at: usize| table.lines[at].row;
        let parts: HashSet<u32> = list.terms.iter().map(|(at, _)| row(*at)).collect();
        let sum = self.sums_down(table, column).find(|sum| {
            parts.contains(&sum.target)
                && sum.terms.len() >= 2
                && sum.terms.contains(&(row(list.target), 1))
                && sum
                    .terms
                    .iter()
                    .all(|(term, _)| *term == row(list.target) || parts.contains(term))
                && sum.outcome().verdict == Verdict::Holds
        })?;
        Some(Objection::Rival {
            parts: sum.outcome().terms.iter().map(|term| term.place).collect(),
        })
    }

    /// Whether another line is the sum of the same parts in more columns than this one.
    fn is_anothers(&self, table: &Table, list: &List, own: u32, holds: u32) -> bool {
        let rows: BTreeSet<u32> = list.terms.iter().map(|(at, _)| table.lines[*at].row).collect();
        self.lines.get(&table.id).into_iter().flatten().any(|index| {
            let relation = &self.relations[*index as usize];
            let Shape::Lines { target, terms, .. } = &relation.shape else { return false };
            *index != own
                && relation.operation == Operation::Sum
                && *target != table.lines[list.target].row
                && relation.support.0 > holds + 1
                && terms.len() == rows.len()
                && terms.iter().all(|(row, _)| rows.contains(row))
        })
    }

    /// How many other lists of the table that are read in the same way add up, and how many do not.
    pub(super) fn alike(&self, table: &Table, list: &List, own: u32) -> (u32, u32) {
        let target = &table.lines[list.target];
        let form = |line: &Line| {
            let total = matches!(line.role, LineRole::Total | LineRole::Subtotal);
            // A total closes its list whatever it is part of itself.
            let level = if total { 0 } else { line.level };
            (total, line.numbering, line.code.as_ref().map(String::len), level)
        };
        let below = list.terms.first().is_some_and(|(at, _)| *at > list.target);
        let mined = self.relations[own as usize].rule == "T06";
        let (mut holds, mut fails) = (0, 0);
        // A list of this one, or of which this one is a line, shares its fault.
        let shares = |row: u32, terms: &[(u32, i32)]| {
            terms.iter().any(|(term, _)| *term == target.row)
                || list.terms.iter().any(|(at, _)| table.lines[*at].row == row)
        };
        let mut count = |other: &Table, index: u32| {
            let relation = &self.relations[index as usize];
            let Shape::Lines { target: row, terms, .. } = &relation.shape else { return };
            let is_here = other.id == table.id;
            // What only the numbers say was read by no mark.
            if index == own
                || relation.operation != Operation::Sum
                || !mined && relation.rule == "T06"
                || is_here && *row == target.row
            {
                return;
            }
            let Some(line) = other.line_at(*row) else { return };
            let is_below = terms.first().is_some_and(|(term, _)| term > row);
            if !mined && is_below != below {
                return;
            }
            // Codes are one system at all their levels, and in all blocks of one form.
            let coded = line.code.is_some() && target.code.is_some();
            if !coded && (!is_here || form(line) != form(target)) {
                return;
            }
            let (held, tried) = relation.support;
            if held * 2 > tried {
                holds += 1;
            } else if tried > 0 && !(is_here && shares(*row, terms)) {
                fails += 1;
            }
        };
        for id in std::iter::once(table.id).chain(beside(self.packet, table.id)) {
            for &index in self.lines.get(&id).into_iter().flatten() {
                count(&self.packet.tables[id as usize], index);
            }
        }
        (holds, fails)
    }

    /// Whether the list begins with 其中, and parts of just these names are all of another line.
    fn has_twin(&self, table: &Table, list: &List) -> bool {
        let Some((first, _)) = list.terms.first() else { return false };
        if table.lines[*first].role != LineRole::OfWhich {
            return false;
        }
        let own = list.terms.iter().map(|(at, _)| Some(table.lines[*at].name.as_str()));
        self.lines.get(&table.id).into_iter().flatten().any(|index| {
            let relation = &self.relations[*index as usize];
            let Shape::Lines { target, terms, .. } = &relation.shape else { return false };
            let (held, tried) = relation.support;
            let names = terms.iter().map(|(row, _)| Some(table.line_at(*row)?.name.as_str()));
            relation.operation == Operation::Sum
                && *target != table.lines[list.target].row
                && held > 0
                && held == tried
                && names.eq(own.clone())
        })
    }

    /// Whether a total adds up with the parts of a list in the place of the line that lists them.
    fn is_passed_over(&self, table: &Table, list: &List, column: usize) -> bool {
        let stated = |at: usize| is_stated(&Column(&self.views[&table.id], column), at);
        let (own, column) = (table.lines[list.target].row, table.fields[column].column);
        self.lines.get(&table.id).into_iter().flatten().any(|index| {
            let relation = &self.relations[*index as usize];
            let Shape::Lines { target, terms, columns, .. } = &relation.shape else { return false };
            let counts = |row: u32| terms.iter().any(|(term, sign)| *term == row && *sign == 1);
            let total =
                Place { file: table.file, sheet: table.sheet, cell: CellRef::new(*target, column) };
            relation.operation == Operation::Sum
                && terms.len() > list.terms.len()
                && *target != own
                && !counts(own)
                && columns.contains(&column)
                && relation.support.0 > 0
                && !self.gaps.contains_key(&(total, true))
                && list.terms.iter().all(|(at, _)| counts(table.lines[*at].row) || !stated(*at))
        })
    }
}

/// Whether a heading stands between a total and the lines below it that it would add up: these are of the heading.
fn is_of_section_below(table: &Table, list: &List) -> bool {
    let first = list.terms.iter().map(|(at, _)| *at).min().unwrap_or_default();
    first > list.target
        && table.lines[list.target..first]
            .iter()
            .any(|line| line.role == LineRole::Section && !line.of_which)
}

/// Whether the list is all of the section that its total closes by name.
fn closes_section(view: &View<'_>, list: &List) -> bool {
    let parts: Vec<usize> = list.terms.iter().map(|(at, _)| *at).collect();
    list.terms.iter().all(|(_, coefficient)| *coefficient == 1)
        && view.closes_section(list.target, &parts)
}
