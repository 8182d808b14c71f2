//! The choice among rival readings of the same cells.
#![expect(clippy::float_arithmetic, reason = "evidence is weighed here, never an amount")]

use std::collections::{BTreeMap, BTreeSet};

use super::axis::Axis;
use super::evidence::{Verdict, tally_sum, test_sum};
use super::family::{Candidate, Family, Form, Slice};
use super::quotients;
use super::runs;
use super::span::Span;
use super::words::{Word, is_formula};
use crate::model::Operation;

/// Those among `found` whose terms do not hold all terms of another one: that one is to be folded first.
fn innermost(found: Vec<Candidate>) -> Vec<Candidate> {
    let outer: Vec<bool> = found
        .iter()
        .map(|outer| {
            found.iter().take(MOST_COMPARED).any(|inner| {
                (unfolded(inner, outer) || unfolds_signed(inner, outer))
                    && inner.score * 4.0 > outer.score
                    && !rivals(inner, outer)
            })
        })
        .collect();
    found.into_iter().zip(outer).filter(|(_, outer)| !outer).map(|(found, _)| found).collect()
}

/// The sums and means chosen so far along one axis.
pub(super) struct Chosen {
    span: Span,
    kept: Vec<Candidate>,
    /// Series that repeat another one.
    repeats: BTreeSet<usize>,
    /// Those that are said otherwise.
    said: Vec<Candidate>,
}

impl Chosen {
    pub(super) fn new(axis: &Axis) -> Self {
        let mut span = Span::default();
        for &(one, other) in copies(axis) {
            span.add([(one, -1), (other, 1)]);
        }
        for sum in &axis.said.sums {
            span.add(sum.equation());
        }
        let repeats = copies(axis).iter().map(|(one, _)| *one).collect();
        Self { span, kept: vec![], repeats, said: axis.said.sums.clone() }
    }

    /// Takes runs of neighbours; gives back those kept.
    pub(super) fn runs(&mut self, mut fresh: Vec<Candidate>, level: usize) -> Vec<Candidate> {
        fresh.retain(|candidate| {
            !self.kept.iter().any(|old| {
                old.target == candidate.target
                    && (old.operation == candidate.operation || level > 0)
                    && old.before() == candidate.before()
            })
        });
        let fresh = runs::choose(fresh);
        for candidate in fresh.iter().filter(|c| c.operation == Operation::Sum) {
            self.span.add(candidate.equation());
        }
        self.kept.extend_from_slice(&fresh);
        fresh
    }

    /// Takes sums and means away from their target, where no better one explains or implies them; gives back those kept.
    ///
    /// With `once`, a term may be used by one of them only: what else uses it is better read after folding.
    pub(super) fn apart(&mut self, mut found: Vec<Candidate>, once: bool) -> Vec<Candidate> {
        found.sort_by(Candidate::best_first);
        let mut fresh: Vec<Candidate> = vec![];
        if once {
            found = innermost(found);
        }
        for candidate in found {
            let mut known = self.kept.iter().chain(&self.said);
            if known.any(|old| rivals(old, &candidate) || unfolded(old, &candidate)) {
                continue;
            }
            let used = |old: &Candidate| old.terms.iter().any(|t| candidate.terms.contains(t));
            if once && fresh.iter().any(used) {
                continue;
            }
            let new = candidate.operation != Operation::Sum || self.span.add(candidate.equation());
            // What follows from others is told again only where it is beyond doubt and its target has no sum yet: the last of
            // several regroupings of one total follows from the rest.
            let weak = matches!(candidate.form, Form::Apart | Form::Pair | Form::Signed);
            let sure = matches!(candidate.form, Form::Apart | Form::Pair)
                && (candidate.score >= SURE || self.completes(candidate.target))
                && self.leaves_open(candidate.target);
            if new || !weak || sure {
                self.kept.push(candidate.clone());
                fresh.push(candidate);
            }
        }
        fresh
    }

    /// Whether a series is the last of a list whose other lines are each put together from what stands elsewhere, or repeat a
    /// line there: what regroups all the others regroups it too.
    fn completes(&self, series: usize) -> bool {
        let sums = || self.kept.iter().filter(|kept| kept.operation == Operation::Sum);
        let repeats = |other: usize| self.repeats.contains(&other);
        sums().filter(|list| list.minus == 0 && list.terms.contains(&series)).any(|list| {
            let regrouped = |other: usize| {
                sums().any(|sum| {
                    sum.target == other
                        && matches!(sum.form, Form::Apart | Form::Pair | Form::Listed)
                        && !sum.terms.iter().any(|term| list.terms.contains(term))
                })
            };
            let others = || list.terms.iter().copied().filter(|other| *other != series);
            others().filter(|other| regrouped(*other)).count() >= LEAST_REGROUPED
                && others().all(|other| regrouped(other) || repeats(other))
        })
    }

    /// Parts of totals next to them that stand first in their list and are no sum, so far: a statement goes on from them.
    pub(super) fn first_parts(&self) -> Vec<usize> {
        const LONGEST: usize = 6;
        let near = |kept: &&Candidate| {
            kept.operation == Operation::Sum
                && kept.before()
                && kept.terms.len() <= LONGEST
                && matches!(kept.form, Form::Run | Form::Folded)
        };
        let firsts = self.kept.iter().filter(near).filter_map(|kept| kept.terms.last().copied());
        let mut firsts: Vec<usize> = firsts.filter(|first| self.leaves_open(*first)).collect();
        firsts.sort_unstable();
        firsts.dedup();
        firsts.truncate(MOST_COMPARED);
        firsts
    }

    /// Which of so many series are sums.
    pub(super) fn totals(&self, count: usize) -> Vec<bool> {
        let mut totals = vec![false; count];
        for kept in self.kept.iter().filter(|kept| kept.operation == Operation::Sum) {
            totals[kept.target] = true;
        }
        totals
    }

    /// Whether no sum has the series for its target.
    pub(super) fn leaves_open(&self, series: usize) -> bool {
        let mut known = self.kept.iter().chain(&self.said);
        !known.any(|kept| kept.target == series && kept.operation == Operation::Sum)
    }

    /// Parts of totals away from them that are no total themselves, so far.
    pub(super) fn parts_without_sum(&self) -> Vec<usize> {
        let away = |kept: &&Candidate| {
            kept.operation == Operation::Sum && !matches!(kept.form, Form::Run | Form::Folded)
        };
        let mut parts: Vec<usize> = self
            .kept
            .iter()
            .filter(away)
            .flat_map(|kept| kept.terms.iter().copied())
            .filter(|term| self.leaves_open(*term))
            .collect();
        parts.sort_unstable();
        parts.dedup();
        parts.truncate(MOST_COMPARED);
        parts
    }

    /// Those that no sum of neighbours counts: of these it is known what they are, and any other sum turns it round.
    pub(super) fn parts_of_no_list(&self) -> Vec<usize> {
        let mut parts = self.parts_without_sum();
        let is_list = |kept: &&Candidate| {
            kept.operation == Operation::Sum && matches!(kept.form, Form::Run | Form::Folded)
        };
        let counted: BTreeSet<usize> =
            self.kept.iter().filter(is_list).flat_map(|kept| kept.terms.iter().copied()).collect();
        parts.retain(|part| !counted.contains(part));
        parts
    }

    /// What is left to tell: sums in their shortest form, one for each of several copies.
    pub(super) fn into_inner(self, axis: &Axis) -> Vec<Candidate> {
        nearest_copies(axis, shortest(axis, told_once(self.kept)))
    }
}

/// Sums without those in which their target copies an only part below it, where it closes a list of several: the next line
/// repeats it, and nothing in between adds to it.
fn told_once(kept: Vec<Candidate>) -> Vec<Candidate> {
    let is_plain = |sum: &Candidate| sum.operation == Operation::Sum && sum.minus == 0;
    let closing: BTreeSet<usize> = kept
        .iter()
        .filter(|sum| is_plain(sum) && sum.before() && sum.tally.several > 0)
        .map(|sum| sum.target)
        .collect();
    let copies = |sum: &Candidate| {
        is_plain(sum) && !sum.before() && sum.tally.several == 0 && closing.contains(&sum.target)
    };
    kept.into_iter().filter(|sum| !copies(sum)).collect()
}

/// Sums put together from series here and there, in their shortest form: what other sums and copies say is taken into them,
/// as of readings that hold in the same instances the one with the fewest terms is meant. Runs stand, what they add up being
/// told by where it lies, and what a label writes out.
fn shortest(axis: &Axis, kept: Vec<Candidate>) -> Vec<Candidate> {
    let of_sums = kept.iter().filter(|c| c.operation == Operation::Sum && c.terms.len() > 1);
    let mut known: Vec<Vec<(usize, i32)>> = of_sums.map(|c| c.equation().collect()).collect();
    known.extend(copies(axis).iter().map(|(one, other)| vec![(*one, 1), (*other, -1)]));
    let mut short: Vec<Candidate> = vec![];
    for mut candidate in kept {
        if candidate.may_be_shortened() && !is_formula(&axis.series[candidate.target].hint.label) {
            while let Some(shorter) =
                known.iter().find_map(|equation| shortened(axis, &candidate, equation))
            {
                candidate = shorter;
            }
        }
        let said = |other: &Candidate| {
            other.target == candidate.target
                && other.operation == candidate.operation
                && sorted_terms(other) == sorted_terms(&candidate)
        };
        if !short.iter().any(said) {
            short.push(candidate);
        }
    }
    short
}

/// A candidate with an equation taken into it, where it then has fewer terms and holds wherever it did.
fn shortened(axis: &Axis, candidate: &Candidate, known: &[(usize, i32)]) -> Option<Candidate> {
    let own = |series: usize| {
        candidate.equation().find(|(term, _)| *term == series).map_or(0, |(_, sign)| sign)
    };
    if known.len() > candidate.terms.len() + 1 {
        return None;
    }
    // All of it but one are terms, with its signs or all of them turned.
    let (mut turn, mut new) = (0, None);
    for &(series, sign) in known {
        match own(series) * sign {
            _ if series == candidate.target => return None,
            0 if new.is_none() => new = Some((series, sign)),
            0 => return None,
            same if turn == 0 || turn == same => turn = same,
            _ => return None,
        }
    }
    let is_known = |series: usize| known.iter().any(|(known, _)| *known == series);
    let left =
        candidate.equation().filter(|(term, _)| !is_known(*term) && *term != candidate.target);
    let all: Vec<(usize, i32)> =
        left.chain(new.map(|(series, sign)| (series, -turn * sign))).collect();
    let (added, taken): (Vec<(usize, i32)>, Vec<(usize, i32)>) =
        all.iter().partition(|(_, sign)| *sign > 0);
    let minus = taken.len();
    if added.is_empty() || !(2..candidate.terms.len()).contains(&all.len()) {
        return None;
    }
    let terms: Vec<usize> = added.into_iter().chain(taken).map(|(series, _)| series).collect();
    let (_, held, _) = tally_sum(axis, candidate.target, candidate.slice(), false);
    let (tally, holds, _) = tally_sum(axis, candidate.target, Slice { all: &terms, minus }, false);
    let fits = held.iter().all(|instance| holds.binary_search(instance).is_ok());
    fits.then(|| Candidate { terms, minus, tally, ..candidate.clone() })
}

fn sorted_terms(of: &Candidate) -> (Vec<usize>, Vec<usize>) {
    let (added, taken) = of.terms.split_at(of.terms.len() - of.minus);
    let sorted = |terms: &[usize]| {
        let mut terms = terms.to_vec();
        terms.sort_unstable();
        terms
    };
    (sorted(added), sorted(taken))
}

/// How many series may stand between a target and its terms beside it: a copy of it, as is often drawn up at the margin.
const NEXT: usize = 1;

/// Of lines that repeat each other figure by figure, as both sides of a balance do, each is told as the total of its own list:
/// that of the next one, or of the nearest, is left to that, as is what is listed behind a line that closes a list.
fn nearest_copies(axis: &Axis, kept: Vec<Candidate>) -> Vec<Candidate> {
    let mut first: BTreeMap<usize, usize> = copies(axis).iter().copied().collect();
    first.extend(first.values().map(|first| (*first, *first)).collect::<Vec<_>>());
    let mut by_figures: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, sum) in kept.iter().enumerate() {
        if sum.operation == Operation::Sum
            && sum.minus == 0
            && let Some(first) = first.get(&sum.target)
        {
            by_figures.entry(*first).or_default().push(at);
        }
    }
    let gap = |at: usize| {
        let sum = &kept[at];
        sum.terms.iter().map(|term| axis.between(*term, sum.target)).min().unwrap_or(0)
    };
    let mut repeats = vec![false; kept.len()];
    for mut alike in by_figures.into_values().filter(|alike| alike.len() > 1) {
        alike.sort_by_key(|at| (gap(*at), *at));
        // Whether the line closes a list apart from this one, which stands behind it or further away and proves less.
        let closes_another = |sum: &Candidate| {
            alike.iter().map(|at| &kept[*at]).any(|own| {
                own.target == sum.target
                    && own.score > sum.score
                    && own.form == Form::Run
                    && own.before()
                    && !(sum.form == Form::Run && sum.before())
                    && !own.terms.iter().any(|term| sum.terms.contains(term))
            })
        };
        for (place, &at) in alike.iter().enumerate() {
            let sum = &kept[at];
            let follows = |other: &usize| {
                let of = &kept[*other];
                !repeats[*other]
                    && of.target != sum.target
                    && sum.terms.iter().all(|term| of.terms.contains(term))
            };
            repeats[at] = gap(at) > NEXT && alike[..place].iter().any(follows)
                || closes_another(sum)
                    && alike.iter().any(|other| follows(other) && !closes_another(&kept[*other]));
        }
    }
    kept.into_iter().zip(repeats).filter(|(_, repeats)| !repeats).map(|(kept, _)| kept).collect()
}

/// Series that repeat another one nearly figure by figure.
fn copies(axis: &Axis) -> &[(usize, usize)] {
    axis.copies.get_or_init(|| find_copies(axis))
}

fn find_copies(axis: &Axis) -> Vec<(usize, usize)> {
    // Only so many are compared: in long tables, repeated rows are ordinary.
    let live = &axis.live[..axis.live.len().min(MOST_COMPARED)];
    let shared = shared(axis, live);
    // Which series that repeat no other have each shared figure.
    let mut having: Vec<Vec<usize>> = vec![vec![]; shared.figures];
    let mut copies = vec![];
    for (&series, figures) in live.iter().zip(&shared.of_series) {
        let alike: BTreeSet<usize> =
            figures.iter().flat_map(|figure| &having[*figure]).copied().collect();
        if let Some(first) = alike.into_iter().find(|first| copy(axis, *first, series)) {
            copies.push((series, first));
        } else {
            for figure in figures {
                having[*figure].push(series);
            }
        }
    }
    copies
}

/// Figures that several series have in the same instance: what repeats a series has at least one with it.
struct Shared {
    /// How many there are.
    figures: usize,
    /// Those of each series, by their number.
    of_series: Vec<Vec<usize>>,
}

fn shared(axis: &Axis, live: &[usize]) -> Shared {
    let mut shared = Shared { figures: 0, of_series: vec![vec![]; live.len()] };
    let mut figures: Vec<(u64, u32)> = Vec::with_capacity(live.len());
    for instance in 0..axis.instances {
        figures.clear();
        figures.extend((0..).zip(live).filter_map(|(at, series)| {
            let value = axis.at(*series, instance)?.value;
            // Those whose last 64 bits are equal are compared in full afterwards.
            (value != 0).then_some((value as u64, at))
        }));
        figures.sort_unstable();
        for equal in figures.chunk_by(|a, b| a.0 == b.0).filter(|equal| equal.len() > 1) {
            for (_, at) in equal {
                shared.of_series[*at as usize].push(shared.figures);
            }
            shared.figures += 1;
        }
    }
    shared
}

const MOST_COMPARED: usize = 400;

/// Whether a series repeats another one nearly figure by figure.
pub(super) fn copy(axis: &Axis, a: usize, b: usize) -> bool {
    let (mut same, mut other) = (0, 0);
    for instance in 0..axis.instances {
        match (axis.at(a, instance), axis.at(b, instance)) {
            (Some(a), Some(b)) if a.value == b.value => same += usize::from(a.value != 0),
            (Some(_), Some(_)) => other += 1,
            _ => {}
        }
        if other > 3 && other > same {
            return false;
        }
    }
    same > 0 && same >= 4 * other
}

/// Whether two families of one target use the same term, or are the same three series the other way round.
fn rivals(old: &Candidate, new: &Candidate) -> bool {
    if old.target == new.target {
        return old.terms.iter().any(|term| new.terms.contains(term));
    }
    old.operation == new.operation
        && old.terms.contains(&new.target)
        && new.terms.contains(&old.target)
}

/// Whether `new` has all parts of another total among its terms, in the total's stead.
fn unfolded(old: &Candidate, new: &Candidate) -> bool {
    old.minus == 0 && has_parts_of(old, new)
}

/// The same of a list some of whose lines are taken away: where `new` counts all of them as it does, or all the other way.
fn unfolds_signed(old: &Candidate, new: &Candidate) -> bool {
    old.minus > 0 && old.terms.len() > 2 && has_parts_of(old, new) && has_signs_of(old, new)
}

fn has_parts_of(old: &Candidate, new: &Candidate) -> bool {
    old.operation == Operation::Sum
        && old.target != new.target
        && old.terms.len() < new.terms.len()
        && old.terms.len() >= 2
        && old.terms.iter().all(|term| new.terms.contains(term))
}

/// Whether a sum counts the parts of another one as that does, or all of them the other way.
fn has_signs_of(old: &Candidate, new: &Candidate) -> bool {
    let sign = |of: &Candidate, series: usize| {
        of.equation().find(|(term, _)| *term == series).map_or(0, |(_, sign)| sign)
    };
    let mut turns = old.terms.iter().map(|term| sign(old, *term) * sign(new, *term));
    turns.next().is_some_and(|first| turns.all(|turn| turn == first))
}

/// Of all families of one axis, those whose targets no better family of another operation explains.
pub(super) fn operations(axis: &Axis, mut all: Vec<Candidate>, said: &[Family]) -> Vec<Family> {
    all.sort_by(Candidate::best_first);
    // Products add up like any amounts: a product may be the sum of others, too.
    let is_product = |family: &&Family| family.operation == Operation::Product;
    let mut kept: Vec<Family> = said.iter().filter(|family| !is_product(family)).cloned().collect();
    let mut taken: BTreeMap<usize, Vec<(Operation, Vec<u32>)>> = BTreeMap::new();
    for family in &kept {
        let claims = taken.entry(family.target as usize).or_default();
        claims.push((family.operation, family.holds.clone()));
    }
    for candidate in all {
        let family = family(axis, &candidate);
        if family.holds.is_empty() {
            continue;
        }
        let claims = taken.entry(candidate.target).or_default();
        let clash = claims.iter().any(|(operation, holds)| {
            *operation != candidate.operation && {
                let shared = family.holds.iter().filter(|i| holds.binary_search(i).is_ok()).count();
                shared * 2 > family.holds.len()
            }
        });
        if !clash {
            claims.push((candidate.operation, family.holds.clone()));
            kept.push(family);
        }
    }
    kept
}

fn family(axis: &Axis, candidate: &Candidate) -> Family {
    let (mut holds, mut fails) = (vec![], vec![]);
    for instance in 0..axis.instances {
        let verdict = match candidate.operation {
            Operation::Sum | Operation::Average => test_sum(
                axis,
                candidate.target,
                candidate.slice(),
                instance,
                candidate.operation == Operation::Average,
            ),
            _ => quotients::verdict(axis, candidate, instance),
        };
        match verdict {
            Verdict::Untried => {}
            Verdict::Holds(_) => holds.push(instance as u32),
            Verdict::Fails => fails.push(instance as u32),
        }
    }
    let target = candidate.target;
    let worded = match candidate.operation {
        Operation::Sum => axis.says(target, Word::Total),
        Operation::Average => axis.says(target, Word::Average),
        Operation::RelativeChange => axis.says(target, Word::Change),
        _ => axis.says(target, Word::Rate),
    };
    Family {
        direction: axis.direction,
        operation: candidate.operation,
        target: target as u32,
        terms: candidate.terms.iter().map(|t| *t as u32).collect(),
        minus: candidate.minus,
        factor: candidate.factor,
        holds,
        fails,
        score: candidate.score,
        worded,
        form: candidate.form,
    }
}

/// Lines of a list that show that all of it regroups another.
const LEAST_REGROUPED: usize = 2;

/// Score of a sum beyond doubt.
const SURE: f64 = 60.0;
