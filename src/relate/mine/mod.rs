//! Relations that the numbers of a table hold by themselves, words or no words.
//!
//! The engine works on a [`Grid`] alone. Along each axis it proposes families (one column against others in every row, one
//! row against others in every column), weighs each by how unlikely it is to hold by chance (`evidence`), and chooses among
//! rival readings. The idea of proposing by adjacency, folding away the parts of totals and pruning by support is that of
//! `AggreCol` (EDBT 2022); weighing in bits, words as priors and the lookups are ours.

mod alone;
mod apart;
mod axis;
mod blocks;
mod broken;
mod choose;
mod closed;
mod crossed;
mod evidence;
mod explained;
mod family;
mod grid;
mod listed;
mod meet;
mod quotients;
mod rolls;
mod runs;
mod segments;
mod sheet;
mod signed;
mod span;
mod stairs;
mod summed;
mod words;
mod written;

pub use axis::Direction;
pub use broken::broken;
pub use explained::Explained;
pub use family::{Family, Form};
pub use grid::{Grid, Hint, Scaled};
pub use rolls::Roll;
pub use stairs::Step;

pub(super) use sheet::relate;
pub(super) use span::Span;

use axis::Axis;
use explained::Said;
use family::Candidate;
use runs::Pass;
use words::Word;

use crate::model::Operation;

/// How far the search goes and what it takes to be believed. Scores are bits.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Least score of a sum or mean of neighbours.
    pub run: f64,
    /// Least score of a sum of neighbours whose target is called a total.
    pub worded_run: f64,
    /// Least share of tried instances that hold for a sum of neighbours that no word calls a total.
    pub run_share: f64,
    /// Least score of a sum of neighbours once parts are folded away.
    pub folded: f64,
    /// The same, where they reach back to the total before, which they go on from.
    pub goes_on: f64,
    /// Least score of a sum of series of one label.
    pub siblings: f64,
    /// Least share of tried instances that hold for a sum of series of one label.
    pub siblings_share: f64,
    /// Least score of a sum away from its target.
    pub apart: f64,
    /// Least share of tried instances that hold for a sum away from its target.
    pub apart_share: f64,
    /// How many different instances must hold for a run or pair away from its target.
    pub apart_distinct: f64,
    /// Least score of a sum with signs.
    pub signed: f64,
    /// Least score of one whose target is called a total, a difference or a change.
    pub worded_signed: f64,
    /// Least share of tried instances that hold for a sum with signs.
    pub signed_share: f64,
    /// Least score of a sum of lines of one look, what lies between left out.
    pub alike: f64,
    /// Least score of a block of sums of other blocks, all its targets together.
    pub block: f64,
    /// Least share of tried instances that hold at each of its targets.
    pub block_share: f64,
    /// Fewest targets of a block.
    pub block_length: usize,
    /// Least score of a sum of chosen series without a look in common.
    pub listed: f64,
    /// The same, where some are taken away and no word says so.
    pub listed_signed: f64,
    /// Least share of tried instances that hold for it.
    pub listed_share: f64,
    /// How many different instances must hold for it.
    pub listed_distinct: f64,
    /// The same, where some are taken away and no word says so.
    pub listed_signed_distinct: f64,
    /// Least score of a sum in one instance alone.
    pub alone: f64,
    /// Bits that figures by themselves must prove together, which whole columns and lines elsewhere come to.
    pub summed: f64,
    /// Least score of a mean without a word.
    pub mean: f64,
    /// Least score of a ratio or change that words speak for.
    pub quotient: f64,
    /// Least share of tried instances that hold for it.
    pub quotient_share: f64,
    /// Least score of one that no word speaks for.
    pub bare_quotient: f64,
    /// Least share of tried instances that hold for it.
    pub bare_quotient_share: f64,
    /// Least score of a change that no word speaks for.
    pub bare_change: f64,
    /// Least number of instances that hold for a quotient.
    pub quotient_holds: u32,
    /// Least score of a balance that is carried on.
    pub carried: f64,
    /// The same under 余额 or 累计, or where it is carried on by even steps from nothing.
    pub worded_carried: f64,
    /// Least share of its steps that hold.
    pub carried_share: f64,
    /// Least score of one that neither its form nor a word calls a balance.
    pub bare_carried: f64,
    /// Least share of its steps that hold.
    pub bare_carried_share: f64,
    /// How many different steps of it must hold.
    pub bare_carried_distinct: f64,
    /// Longest run of terms.
    pub longest_run: usize,
    /// Most candidates tried in full, per axis and search.
    pub tries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            run: 4.5,
            worded_run: 4.0,
            run_share: 0.4,
            folded: 14.0,
            goes_on: 9.0,
            siblings: 14.0,
            siblings_share: 0.6,
            apart: 26.0,
            apart_share: 0.8,
            apart_distinct: 3.0,
            signed: 16.0,
            worded_signed: 8.0,
            signed_share: 0.75,
            alike: 12.0,
            block: 40.0,
            block_share: 0.6,
            block_length: 3,
            listed: 24.0,
            listed_signed: 64.0,
            listed_share: 0.6,
            listed_distinct: 2.5,
            listed_signed_distinct: 4.0,
            alone: 9.0,
            summed: 8.0,
            mean: 20.0,
            quotient: 10.0,
            quotient_share: 0.5,
            bare_quotient: 24.0,
            bare_quotient_share: 0.8,
            bare_change: 64.0,
            quotient_holds: 3,
            carried: 24.0,
            worded_carried: 16.0,
            carried_share: 0.75,
            bare_carried: 32.0,
            bare_carried_share: 0.85,
            bare_carried_distinct: 6.0,
            longest_run: 600,
            tries: 20_000,
        }
    }
}

impl Limits {
    /// How many neighbours a search over pairs looks at, so that it stays linear in long tables.
    fn reach(series: usize) -> usize {
        if series <= 160 { series } else { (25_600 / series).max(16) }
    }
}

/// Most levels of totals over totals.
const LEVELS: usize = 8;

/// Levels of totals that are told before anything else is known.
const LEVELS_OF_TOTALS: usize = 2;

/// The families that the numbers of a grid support, best first.
pub fn families(grid: &Grid, limits: &Limits) -> Vec<Family> {
    families_beside(grid, limits, &Explained::default())
}

/// The same where something is known already, which is among them and has not been looked for.
fn families_beside(grid: &Grid, limits: &Limits, explained: &Explained) -> Vec<Family> {
    let mut fields = Axis::new(grid, Direction::Fields);
    fields.said = Said::of(&explained.fields);
    fields.told.clone_from(&explained.told);
    if let Some(lines) = &explained.lines {
        for sum in lines {
            fields.follows[sum.target as usize] = true;
        }
        let mut found = families_along(grid, limits, &fields, &explained.fields);
        found.extend_from_slice(lines);
        return found;
    }
    let mut lines = Axis::new(grid, Direction::Lines);
    fields.follows = lines_of_totals(&lines, limits);
    let mut found = families_along(grid, limits, &fields, &explained.fields);
    for column in columns_of_totals(&found) {
        lines.follows[column as usize] = true;
    }
    found.extend(families_along(grid, limits, &lines, &[]));
    let closed = closed::find(grid, &lines, &found);
    found.extend(closed);
    for family in &mut found {
        leave_out_idle(grid, family);
    }
    found
}

/// Leaves out the parts of a sum that nowhere come to more than the printed digits let pass, and without which it agrees
/// better: the earnings a share among those of the house, a rate among amounts.
fn leave_out_idle(grid: &Grid, family: &mut Family) {
    if family.operation != Operation::Sum || family.minus > 0 || family.form == Form::Said {
        return;
    }
    let at = |series: u32, instance: u32| grid.along(family.direction, series, instance);
    // What each instance that holds is off by, and what it may be.
    let mut off: Vec<(u32, i128, i128)> = vec![];
    for &instance in &family.holds {
        let cells = || family.terms.iter().chain([&family.target]);
        let cells = || cells().filter_map(|series| at(*series, instance));
        let sum: i128 = cells().map(|cell| cell.value).sum();
        let stated = at(family.target, instance).map_or(0, |cell| cell.value);
        off.push((instance, sum - 2 * stated, cells().map(|cell| cell.half).sum()));
    }
    if off.iter().all(|(_, off, _)| *off == 0) {
        return;
    }
    let value = |term: u32, instance: u32| at(term, instance).map_or(0, |cell| cell.value);
    let small = |term: &u32| off.iter().all(|(at, _, slack)| value(*term, *at).abs() <= *slack);
    let idle: Vec<u32> = family.terms.iter().copied().filter(small).collect();
    let noise = if grid.scale >= axis::FINEST { 4 } else { 0 };
    let agrees = off.iter().all(|(at, off, _)| {
        let own: i128 = idle.iter().map(|term| value(*term, *at)).sum();
        (off - own).abs() <= noise
    });
    if agrees && family.terms.len() >= idle.len() + 2 {
        family.terms.retain(|term| !idle.contains(term));
    }
}

/// The sums of a grid whose parts stand in another column than their total.
pub fn steps(grid: &Grid, limits: &Limits) -> Vec<Step> {
    stairs::find(grid, limits)
}

/// The balances of a grid that are carried on from row to row or from column to column.
pub fn rolls(grid: &Grid, limits: &Limits, families: &[Family]) -> Vec<Roll> {
    rolls::find(grid, limits, families, &Explained::default())
}

/// Whether each row is the sum of rows next to it, or of such sums.
fn lines_of_totals(axis: &Axis, limits: &Limits) -> Vec<bool> {
    let mut follows = vec![false; axis.series.len()];
    let mut hidden = follows.clone();
    for level in 0..LEVELS_OF_TOTALS {
        let open: Vec<usize> = axis.live.iter().copied().filter(|row| !hidden[*row]).collect();
        let found = runs::find(axis, limits, &open, Pass::plain(level));
        if level == 0 {
            // Asked for again where totals are looked for.
            axis.runs.get_or_init(|| found.clone());
        }
        let mut fresh = runs::choose(found);
        fresh.retain(|candidate| candidate.operation == Operation::Sum);
        for candidate in &fresh {
            follows[candidate.target] = true;
        }
        if !fold(&mut hidden, &fresh) {
            break;
        }
    }
    follows
}

/// The columns that are sums of other columns in more rows than not, one for each independent sum.
fn columns_of_totals(families: &[Family]) -> Vec<u32> {
    let mut span = Span::default();
    let mut totals = vec![];
    for family in families {
        let added = family.terms.len() - family.minus;
        let terms = family.terms.iter().enumerate();
        let sign = |place: usize| if place < added { 1 } else { -1 };
        if family.operation == Operation::Sum
            && family.holds.len() > family.fails.len()
            && span.add(
                terms
                    .map(|(place, term)| (*term as usize, sign(place)))
                    .chain([(family.target as usize, -1)]),
            )
        {
            totals.push(family.target);
        }
    }
    totals
}

/// The families along one axis, best first; those that are said otherwise before all others.
fn families_along(grid: &Grid, limits: &Limits, axis: &Axis, said: &[Family]) -> Vec<Family> {
    let mut all = quotients::find(axis, limits);
    let mut rates = rates(axis, &all);
    for quotient in said.iter().filter(|family| family.operation == Operation::Ratio) {
        let target = quotient.target as usize;
        rates[target] |= axis.says(target, Word::Rate) && axis.is_told(target);
    }
    // Rates stand between amounts but add up with none of them, at most with each other; what looks like a rate by its words
    // may still be an amount, so that all together come last.
    let mut chosen = choose::Chosen::new(axis);
    for of_rates in [Some(false), Some(true), None] {
        let list: Vec<usize> = axis
            .live
            .iter()
            .copied()
            .filter(|series| of_rates.is_none_or(|of_rates| rates[*series] == of_rates))
            .collect();
        if list.len() >= 2 && (of_rates.is_some() || rates.contains(&true)) {
            sums(axis, limits, &list, &mut chosen);
        }
    }
    all.extend(chosen.into_inner(axis));
    let mut families = choose::operations(axis, all, said);
    if axis.direction == Direction::Lines {
        families.extend(alone::find(grid, limits, &families));
    }
    families
}

/// The series that are rates of others, by their words or by a quotient beyond doubt.
fn rates(axis: &Axis, quotients: &[Candidate]) -> Vec<bool> {
    let mut rates: Vec<bool> =
        (0..axis.series.len()).map(|series| axis.says(series, Word::Percent)).collect();
    for quotient in quotients {
        let worded =
            axis.says(quotient.target, Word::Rate) || axis.says(quotient.target, Word::Change);
        rates[quotient.target] |= worded && quotient.score >= SURE_RATE;
    }
    rates
}

/// Score of a quotient beyond doubt.
const SURE_RATE: f64 = 20.0;

/// Sums and means among the series of `list`. The parts of an accepted total are folded away, so that the next pass sees
/// subtotals next to their grand total; when neighbours yield nothing more, sums away from their target are looked for, and
/// then neighbours again.
fn sums(axis: &Axis, limits: &Limits, list: &[usize], chosen: &mut choose::Chosen) {
    let mut hidden = vec![false; axis.series.len()];
    let open = |hidden: &[bool]| -> Vec<usize> {
        list.iter().copied().filter(|series| !hidden[*series]).collect()
    };
    chosen.apart(written::find(axis, limits, list), false);
    chosen.apart(blocks::find(axis, limits, list), false);
    chosen.apart(signed::noughts(axis, limits, list), false);
    // Those of the whole list, where they were looked for with nothing folded.
    let mut of_all = None;
    for level in 0..LEVELS {
        let open_now = open(&hidden);
        let known = axis.runs.get().filter(|_| level == 0 && open_now == axis.live);
        let found = known.cloned();
        let totals = chosen.totals(axis.series.len());
        let pass = Pass { number: level, totals: &totals };
        let found = found.unwrap_or_else(|| runs::find(axis, limits, &open_now, pass));
        let fresh = chosen.runs(found, level);
        let fresh = if fresh.is_empty() {
            let open = open(&hidden);
            let found = apart::find(axis, limits, &open);
            if open.len() == list.len() {
                of_all = Some(found.clone());
            }
            chosen.apart(found, true)
        } else {
            fresh
        };
        let fresh = if fresh.is_empty() {
            chosen.runs(runs::alike(axis, limits, &open(&hidden), Pass::plain(level)), level)
        } else {
            fresh
        };
        let fresh = if fresh.is_empty() {
            let open = open(&hidden);
            chosen
                .apart(listed::find(axis, limits, &open, |series| chosen.leaves_open(series)), true)
        } else {
            fresh
        };
        let fresh = if fresh.is_empty() {
            let open = open(&hidden);
            let leaves = |series| chosen.leaves_open(series);
            chosen.apart(segments::find(axis, limits, &open, leaves), true)
        } else {
            fresh
        };
        if fresh.is_empty() || !fold(&mut hidden, &fresh) {
            break;
        }
    }
    // A part of something further away was folded before its own parts were known.
    for target in chosen.parts_without_sum() {
        let mut list = open(&hidden);
        if let Err(at) = list.binary_search(&target) {
            list.insert(at, target);
            let found = runs::find_for(axis, limits, &list, Pass::plain(LEVELS), target);
            if chosen.runs(found, LEVELS).is_empty() {
                chosen.apart(listed::find(axis, limits, &list, |series| series == target), false);
            }
        }
    }
    let found = of_all.unwrap_or_else(|| apart::find(axis, limits, list));
    chosen.apart(found, false);
    let signed = signed::find(axis, limits, list, |series| chosen.leaves_open(series));
    chosen.apart(signed, false);
    // What the next result of a statement goes on from was folded, too.
    for target in chosen.first_parts() {
        let mut list = open(&hidden);
        if let Err(at) = list.binary_search(&target) {
            list.insert(at, target);
            let totals = chosen.totals(axis.series.len());
            let pass = Pass { number: 1, totals: &totals };
            let mut found = runs::find_for(axis, limits, &list, pass, target);
            found.retain(|sum| sum.operation == Operation::Sum && runs::goes_on(sum, pass));
            chosen.runs(found, LEVELS);
        }
    }
    // A total may stand for some of the parts of another one: what is held back of those that are taken off.
    let worded = |series: usize| axis.says(series, Word::Total) && chosen.leaves_open(series);
    let mut found = listed::find(axis, limits, list, worded);
    found.retain(|sum| sum.minus == 0);
    chosen.apart(found, false);
    // Parts that are what is left of others are folded where these are read the other way round: funds of which losses are
    // taken off, and a result among them.
    for target in chosen.parts_of_no_list() {
        let mut found = listed::find(axis, limits, list, |series| series == target);
        found.retain(|sum| sum.minus > 0 && sum.terms.len() > 2);
        chosen.apart(found, false);
    }
}

/// Folds away the parts of totals, and lines of means; whether anything new was.
fn fold(hidden: &mut [bool], fresh: &[Candidate]) -> bool {
    let mut any = false;
    for candidate in fresh {
        // A line of means is no part of anything beyond it.
        let mean = [candidate.target];
        let parts: &[usize] =
            if candidate.operation == Operation::Sum { &candidate.terms } else { &mean };
        for &part in parts {
            any |= !std::mem::replace(&mut hidden[part], true);
        }
    }
    any
}
