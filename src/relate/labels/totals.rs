//! Lines that totals are, and the readings of what they add up.

use super::{Proposer, Reading, Score};
use crate::model::{LineRole, TotalWord, words};
use std::ops::Range;

/// Whether the list that a total closes adds up nearly everywhere, though another list does so in more columns: one total of
/// two lists, of which the one above it has a wrong figure.
fn adds_up_too(list: &[usize], own: &Score, chosen: &[usize], other: &Score) -> bool {
    /// Columns in which both lists must come to the total.
    const TOGETHER: usize = 2;
    list.len() >= 2
        && !list.iter().any(|part| chosen.contains(part))
        && own.holds.len() >= 2 * own.fails.len()
        && own.holds.iter().filter(|column| other.holds.contains(column)).count() >= TOGETHER
}

impl Proposer<'_> {
    /// Subtotals, totals, grand totals, in that order.
    pub(super) fn totals(&mut self) {
        let count = self.lines().len();
        for rank in [TotalWord::Subtotal, TotalWord::Total, TotalWord::Grand] {
            let mut order: Vec<usize> =
                (0..count).filter(|at| self.total_word(*at) == Some(rank)).collect();
            if rank == TotalWord::Total {
                // 本年收入合计 before the 合计 that adds it to others: nearest to their items first.
                order.sort_by_key(|at| (self.lines()[*at].level, *at));
            }
            let open: Vec<usize> =
                order.into_iter().filter(|at| !self.total(*at, rank, None)).collect();
            // What supports none of its readings is read as the others are.
            let below_first = self.parts_below(rank);
            for at in open {
                self.total(at, rank, Some(below_first));
            }
        }
    }

    /// Whether totals of a rank have their parts below them, by those that add up.
    fn parts_below(&self, rank: TotalWord) -> bool {
        const ENOUGH: usize = 2;
        let lists = self.accepted.iter().filter(|list| {
            self.total_word(list.target) == Some(rank) && !list.score.holds.is_empty()
        });
        let (mut above, mut below) = (0, 0);
        for list in lists {
            above += usize::from(list.parts.iter().all(|part| *part < list.target));
            below += usize::from(list.parts.iter().all(|part| *part > list.target));
        }
        above == 0 && below >= ENOUGH
    }

    /// Finds the parts of a total; says whether that is done. As long as `parts_below` does not say where such totals have their parts,
    /// only what the numbers support is taken.
    fn total(&mut self, at: usize, rank: TotalWord, parts_below: Option<bool>) -> bool {
        let (mut above, above_all, below, below_all) = self.scopes(at, rank);
        let section = self.view.named_section(at);
        if let Some(section) = section {
            above.start = above.start.max(section + 1);
        }
        let mut readings = Vec::new();
        let above_roots = self.roots(&above, at);
        let below_roots = self.roots(&below, at);
        let own_above = above_roots.iter().filter(|line| self.view.any_number(**line)).count();
        let own_below = below_roots.iter().filter(|line| self.view.any_number(**line)).count();
        let below_first = parts_below == Some(true);
        let bottom = own_above > 0 && !below_first;
        // What is likeliest by the words and holds in every column needs no rivals: of many subtotals each would be held
        // against the whole table.
        let likeliest = if above_roots.is_empty() { &below_roots } else { &above_roots };
        let likeliest: Vec<usize> =
            likeliest.iter().copied().filter(|part| self.may_add(*part, at, rank)).collect();
        let mut closed = Score::default();
        if !likeliest.is_empty() {
            closed = self.score(at, &likeliest, true);
            if self.holds_throughout(at, &closed) {
                self.accept(at, likeliest, closed, false);
                return true;
            }
        }
        readings
            .push(Reading { parts: above_roots.clone(), prior: if below_first { 50 } else { 90 } });
        readings.push(Reading { parts: below_roots.clone(), prior: if bottom { 50 } else { 85 } });
        let whole = self.lines().len() * self.columns.len();
        let reach = self.wide >= whole;
        if reach {
            self.wide -= whole;
            let wide_above = self.roots(&above_all, at);
            let wide_below = self.roots(&below_all, at);
            readings.push(Reading { parts: wide_above, prior: 60 });
            readings.push(Reading { parts: wide_below, prior: if bottom { 40 } else { 70 } });
        }
        // Where a list under one of the lines is known to add up, taking every line would count it twice.
        let nested = |scope: &Range<usize>| self.adds_up[scope.clone()].contains(&true);
        for (scope, prior) in [(&above, 45), (&below, 35), (&above_all, 30), (&below_all, 25)]
            .into_iter()
            .take(if reach { 4 } else { 2 })
        {
            if !nested(scope) {
                readings.push(Reading { parts: self.leaves(scope), prior });
                readings.push(Reading { parts: self.flat(scope), prior: prior - 1 });
            }
            readings.push(Reading { parts: self.outermost_numbered(scope), prior: prior - 2 });
            readings.push(Reading { parts: self.of_total(scope, at), prior: prior - 3 });
            readings.push(Reading { parts: self.least_indent(scope), prior: prior - 4 });
        }
        let opened = self.opened_by_of_which(&below);
        readings.push(Reading { parts: opened.clone(), prior: 65 });
        for reading in &mut readings {
            reading.parts.retain(|part| self.may_add(*part, at, rank));
        }
        // What it names is what it adds up, whatever else it is equal to.
        if let Some(section) = section.filter(|_| !above_roots.is_empty()) {
            readings.retain(|reading| {
                reading.parts.iter().all(|part| (section + 1..at).contains(part))
            });
        }
        let Some((reading, score)) = self.choose(at, readings) else { return true };
        if score.holds.is_empty() && parts_below.is_none() {
            return false;
        }
        if bottom && adds_up_too(&likeliest, &closed, &reading.parts, &score) {
            self.accept(at, likeliest, closed, false);
        }
        if !score.holds.is_empty()
            && (score.holds.len() * 2 >= score.fails.len() || reading.prior >= 85)
        {
            self.accept(at, reading.parts, score, false);
            return true;
        }
        if score.fails.is_empty() {
            if score.trivial.is_empty() && reading.prior < 70 {
                return true;
            }
            self.accept(at, reading.parts, score, false);
            return true;
        }
        // No column supports any reading. The words must leave no other one.
        if !bottom && !opened.is_empty() {
            return true;
        }
        let parts = if bottom { above_roots } else { below_roots };
        if parts.len() < 2 || parts.iter().any(|part| self.is_apiece(*part)) {
            return true;
        }
        let clear = if bottom {
            own_below == 0
                || rank == TotalWord::Subtotal
                || self.closed_below(at)
                || self.view.closes_section(at, &parts)
        } else {
            true
        };
        let same_form = self.one_form(&parts);
        let explained = self.explains(&parts, if bottom { &above } else { &below });
        let score = self.score(at, &parts, true);
        // Wrong in three columns at once is a total of something else, not three slips.
        let exact = self.view.rulebook.words.plain_totals.has(&words::key(&self.lines()[at].label));
        let few = score.tried() <= 2 || exact;
        if clear && (same_form || explained) && score.tried() > 0 && few && !self.are_unlike(&parts)
        {
            self.accept(at, parts, score, true);
        }
        true
    }

    /// Whether a line may be a part of a total: a subtotal is no sum of totals.
    fn may_add(&self, part: usize, target: usize, rank: TotalWord) -> bool {
        part != target
            && self.total_word(part).is_none_or(|word| word <= rank)
            && !self.says_rate(part)
    }

    /// Whether a line is a rate, a mean or a price by its name or unit, which no total adds up.
    fn says_rate(&self, line: usize) -> bool {
        let rates = &self.view.rulebook.words.rate_lines;
        let key = words::key(&self.lines()[line].label);
        rates.begin(&key)
            || rates.end(&key)
            || self.is_apiece(line)
            || self.view.is_in_percent(line)
    }

    /// Whether a reading holds in every column in which its line states anything but zero, so that none can hold in more.
    fn holds_throughout(&self, target: usize, score: &Score) -> bool {
        let stated = |column: &&usize| {
            self.view.cell(target, **column).value().is_some_and(|value| !value.is_zero())
        };
        let columns = self.columns.iter().filter(stated).count();
        columns > 0 && score.holds.len() == columns
    }

    /// The lines of a list that 其中 opens: it stands on its first line for all of them.
    fn opened_by_of_which(&self, scope: &Range<usize>) -> Vec<usize> {
        let lines: Vec<usize> = scope
            .clone()
            .filter(|line| matches!(self.role(*line), LineRole::Item | LineRole::OfWhich))
            .collect();
        let Some(&first) = lines.first() else { return Vec::new() };
        let (role, parent) = (self.role(first), self.lines()[first].parent);
        if role != LineRole::OfWhich {
            return Vec::new();
        }
        lines.into_iter().filter(|line| self.lines()[*line].parent == parent).collect()
    }

    /// Whether every line of the scope that has figures is one of the parts, or in a list that is known to add up.
    fn explains(&self, parts: &[usize], scope: &Range<usize>) -> bool {
        scope.clone().all(|line| {
            !matches!(self.role(line), LineRole::Item | LineRole::Subtotal | LineRole::Total)
                || !self.view.any_number(line)
                || parts.binary_search(&line).is_ok()
                || self.covered[line].is_some()
        })
    }

    /// Whether the lines below a bottom total belong to another total.
    fn closed_below(&self, at: usize) -> bool {
        (at + 1..self.lines().len()).any(|line| self.total_word(line).is_some())
    }
}
