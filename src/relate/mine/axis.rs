//! A grid seen along one of its axes: series (the columns, or the rows) over instances (the rows, or the columns).
//!
//! A relation between series holds or fails once in each instance, so that rows and columns are mined by the same code.
#![expect(clippy::float_arithmetic, reason = "evidence is weighed here, never an amount")]

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::explained::Said;
use super::family::Candidate;
use super::grid::{Grid, Hint, Scaled};
use super::words::Word;

/// Which way relations run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// A column against others, once in each row.
    Fields,
    /// A row against others, once in each column.
    Lines,
}

impl Direction {
    /// Row and column of a series in an instance.
    pub fn cell(self, series: u32, instance: u32) -> (u32, u32) {
        match self {
            Self::Fields => (instance, series),
            Self::Lines => (series, instance),
        }
    }

    /// The other one.
    pub(super) fn across(self) -> Self {
        match self {
            Self::Fields => Self::Lines,
            Self::Lines => Self::Fields,
        }
    }
}

/// A grid along one axis.
pub(super) struct Axis {
    pub(super) direction: Direction,
    /// How many instances.
    pub(super) instances: usize,
    pub(super) series: Vec<Series>,
    /// How much each figure counts as evidence, by series once it is asked for: repeated figures count less, in 1/256.
    weights: Vec<OnceLock<Vec<u16>>>,
    /// Series that hold figures and take part, in order.
    pub(super) live: Vec<usize>,
    /// How many live series come before each.
    rank: Vec<usize>,
    /// One in the grid's scale (doubled like all figures).
    pub(super) one: i128,
    /// What the last stored digit of a figure may be off by: binary fractions cut at the finest scale.
    pub(super) noise: i128,
    cells: Cells,
    pub(super) walk: Walk,
    /// Whether an instance holds no negative figure.
    nonnegative: Vec<bool>,
    /// The largest power of ten that divides all figures of an instance: counts stand in a column beside their shares.
    pub(super) steps: Vec<i128>,
    /// Whether an instance is the sum of others: what holds in these holds in it.
    pub(super) follows: Vec<bool>,
    /// Instances by how many different figures they hold, most first.
    rich: OnceLock<Vec<(usize, usize)>>,
    /// The parts of each label, as numbers that are the same for the same words.
    parts: OnceLock<Vec<Vec<u32>>>,
    /// The runs among all live series, where they were looked for.
    pub(super) runs: OnceLock<Vec<Candidate>>,
    /// Series that repeat another one, and which, once they are asked for.
    pub(super) copies: OnceLock<Vec<(usize, usize)>>,
    /// The sums and quotients that are said otherwise.
    pub(super) said: Said,
    /// Series whose figures are all told by others; none where that was not asked.
    pub(super) told: Vec<bool>,
}

/// The figures, series by series: in 64 bits each where they fit, as nearly always, since all of them are looked at again and
/// again.
enum Cells {
    /// Value and half unit; [`NO_FIGURE`] where there is none.
    Narrow(Vec<[i64; 2]>),
    Wide(Vec<Option<Scaled>>),
}

const NO_FIGURE: i64 = i64::MIN;

/// The figures once more in 64 bits, instance by instance, for walks along an instance. Amounts beside rates of many decimals
/// end in zeros: each instance is in a unit that divides all its figures.
pub(super) struct Walk {
    cells: Vec<[i64; 2]>,
    series: usize,
    /// By instance, the unit and what no figure with its half unit is larger than, in this unit: more than can be added where
    /// figures need more than 64 bits.
    units: Vec<(i128, i64)>,
}

impl Walk {
    fn new(cells: &Cells, series: usize, instances: usize) -> Self {
        let mut walk = Self {
            cells: Vec::with_capacity(series * instances),
            series,
            units: Vec::with_capacity(instances),
        };
        for instance in 0..instances {
            match cells {
                Cells::Narrow(cells) => {
                    let own = cells.iter().skip(instance).step_by(instances);
                    walk.cells.extend(own.copied());
                    walk.close(1);
                }
                Cells::Wide(cells) => {
                    let own = || cells.iter().skip(instance).step_by(instances);
                    let unit = unit(own().flatten());
                    let narrow = |whole: i128| match i64::try_from(whole / unit) {
                        Ok(part) if part != NO_FIGURE => part,
                        _ => i64::MAX,
                    };
                    walk.cells.extend(own().map(|cell| {
                        cell.map_or([NO_FIGURE, 0], |cell| [narrow(cell.value), narrow(cell.half)])
                    }));
                    walk.close(unit);
                }
            }
        }
        walk
    }

    /// Ends an instance whose figures are in `unit`.
    fn close(&mut self, unit: i128) {
        let size = |[value, half]: &[i64; 2]| {
            if *value == NO_FIGURE { 0 } else { value.saturating_abs().saturating_add(*half) }
        };
        let most = self.cells[self.units.len() * self.series..].iter().map(size).max();
        self.units.push((unit, most.unwrap_or(0)));
    }

    /// Value and half unit of a figure.
    #[inline]
    pub(super) fn at(&self, series: usize, instance: usize) -> Option<[i64; 2]> {
        let cell = self.cells[instance * self.series + series];
        (cell[0] != NO_FIGURE).then_some(cell)
    }

    /// What the figures of an instance are multiples of, and given in.
    #[inline]
    pub(super) fn unit(&self, instance: usize) -> i128 {
        self.units[instance].0
    }

    /// Whether sums of so many figures of an instance stay far within 64 bits.
    #[inline]
    pub(super) fn sums(&self, instance: usize, count: usize) -> bool {
        i64::try_from(count + 2)
            .ok()
            .and_then(|count| count.checked_mul(self.units[instance].1))
            .is_some_and(|sum| sum < i64::MAX / 4)
    }
}

/// The largest power of ten that divides all figures and their half units.
pub(super) fn unit<'a>(cells: impl Iterator<Item = &'a Scaled>) -> i128 {
    let mut unit = LARGEST_UNIT;
    for part in cells.flat_map(|cell| [cell.value, cell.half]) {
        if unit == 1 {
            break;
        }
        // 128 bits are divided by calling a function, 64 are not.
        match i64::try_from(part) {
            Ok(part) => {
                while part % (unit as i64) != 0 {
                    unit /= 10;
                }
            }
            Err(_) => {
                while part % unit != 0 {
                    unit /= 10;
                }
            }
        }
    }
    unit
}

/// More zeros than figures end in.
const LARGEST_UNIT: i128 = 10_i128.pow(18);

impl Cells {
    fn new(cells: Vec<Option<Scaled>>) -> Self {
        let narrow = |cell: &Option<Scaled>| match cell {
            None => Some([NO_FIGURE, 0]),
            Some(cell) => {
                let value = i64::try_from(cell.value).ok().filter(|value| *value != NO_FIGURE)?;
                Some([value, i64::try_from(cell.half).ok()?])
            }
        };
        match cells.iter().map(narrow).collect() {
            Some(cells) => Self::Narrow(cells),
            None => Self::Wide(cells),
        }
    }
}

/// Decimals from which on a stored figure is a binary fraction written out rather than a number that somebody typed.
pub(super) const FINEST: u32 = 9;

/// What is known of one series.
pub(super) struct Series {
    pub(super) hint: Arc<Hint>,
    /// The largest power of ten (in the grid's scale, doubled) that divides all its figures.
    pub(super) grain: i128,
    /// How many figures.
    pub(super) count: usize,
    /// Runs must not pass in front of this series: the one before holds no figures.
    pub(super) after_gap: bool,
}

impl Axis {
    pub(super) fn new(grid: &Grid, direction: Direction) -> Self {
        let (hints, others) = (grid.hints(direction), grid.hints(direction.across()));
        let instances = others.len();
        let mut cells = Vec::with_capacity(grid.cells.len());
        for (series, hint) in (0..).zip(hints) {
            for (instance, other) in (0..).zip(others) {
                let cell = grid.along(direction, series, instance);
                cells.push(if hint.excluded || other.excluded { None } else { cell });
            }
        }
        let mut nonnegative = vec![true; instances];
        for row in cells.chunks(instances.max(1)) {
            for (flag, cell) in nonnegative.iter_mut().zip(row) {
                *flag &= cell.is_none_or(|cell| cell.value >= 0);
            }
        }
        let figures = |instance: usize| cells.iter().skip(instance).step_by(instances).flatten();
        let steps = (0..instances)
            .map(|instance| match (direction, figures(instance).count()) {
                (Direction::Lines, ENOUGH..) => grain(figures(instance)),
                // A few figures are round by accident, and figures of a row have little in common.
                _ => 2,
            })
            .collect();
        let mut series = Vec::with_capacity(hints.len());
        let mut gap = false;
        for (hint, row) in hints.iter().zip(cells.chunks(instances.max(1))) {
            let one = Series::new(hint, row, gap);
            gap = one.count == 0;
            series.push(one);
        }
        let live: Vec<usize> = (0..series.len()).filter(|at| series[*at].count > 0).collect();
        let weights = vec![OnceLock::new(); series.len()];
        let rank = (0..series.len()).map(|at| live.partition_point(|s| *s < at)).collect();
        let one = 2 * 10_i128.pow(grid.scale);
        let noise = if grid.scale >= FINEST { 2 } else { 0 };
        let cells = Cells::new(cells);
        let walk = Walk::new(&cells, hints.len(), instances);
        let (rich, parts) = (OnceLock::new(), OnceLock::new());
        Self {
            direction,
            instances,
            series,
            weights,
            live,
            rank,
            one,
            noise,
            cells,
            walk,
            nonnegative,
            steps,
            follows: vec![false; instances],
            rich,
            parts,
            runs: OnceLock::new(),
            copies: OnceLock::new(),
            said: Said::default(),
            told: vec![],
        }
    }

    #[inline]
    pub(super) fn at(&self, series: usize, instance: usize) -> Option<Scaled> {
        let at = series * self.instances + instance;
        match &self.cells {
            Cells::Narrow(cells) => {
                let [value, half] = cells[at];
                (value != NO_FIGURE)
                    .then(|| Scaled { value: i128::from(value), half: i128::from(half) })
            }
            Cells::Wide(cells) => cells[at],
        }
    }

    /// Whether all figures of a series are told by others.
    pub(super) fn is_told(&self, series: usize) -> bool {
        self.told.get(series).copied().unwrap_or(false)
    }

    pub(super) fn nonnegative(&self, instance: usize) -> bool {
        self.nonnegative[instance]
    }

    /// How many series with figures lie between two.
    pub(super) fn between(&self, a: usize, b: usize) -> usize {
        self.rank[a].abs_diff(self.rank[b]).saturating_sub(1)
    }

    pub(super) fn says(&self, series: usize, word: Word) -> bool {
        self.series[series].hint.says.has(word)
    }

    /// What the figure of `series` in `instance` counts as evidence, against 1 for one never repeated.
    pub(super) fn weight(&self, series: usize, instance: usize) -> f64 {
        let weights = self.weights[series].get_or_init(|| self.weigh(series));
        f64::from(weights[instance]) / 256.0
    }

    /// The instances richest in different figures, best first: where candidates are looked for.
    pub(super) fn pivots(&self, most: usize) -> Vec<usize> {
        let ranked = self.rich.get_or_init(|| self.by_richness());
        // Spread over the instances that are about as rich as the richest, so that one odd block does not decide.
        let floor = ranked.first().map_or(0, |(rich, _)| rich * 4 / 5);
        let rich = ranked.iter().take_while(|(r, _)| *r >= floor).count();
        let step = (rich / most.max(1)).max(1);
        let mut chosen: Vec<usize> =
            ranked.iter().take(rich).step_by(step).take(most).map(|(_, i)| *i).collect();
        for (_, instance) in ranked {
            if chosen.len() >= most {
                break;
            }
            if !chosen.contains(instance) {
                chosen.push(*instance);
            }
        }
        chosen
    }

    /// The parts of each label, as numbers that are the same for the same words whatever their case.
    pub(super) fn label_parts(&self) -> &[Vec<u32>] {
        self.parts.get_or_init(|| {
            let mut known: BTreeMap<String, u32> = BTreeMap::new();
            let parts = |series: &Series| {
                let label = series.hint.label.trim().to_lowercase();
                let parts = label.split(" / ").filter(|part| !part.is_empty());
                let next = |part: &str| {
                    if let Some(number) = known.get(part) {
                        return *number;
                    }
                    let number = known.len() as u32;
                    known.insert(part.to_owned(), number);
                    number
                };
                parts.map(next).collect()
            };
            self.series.iter().map(parts).collect()
        })
    }

    /// How many different figures, and which instance: those with two and more, richest first.
    fn by_richness(&self) -> Vec<(usize, usize)> {
        let mut ranked: Vec<(usize, usize)> = (0..self.instances)
            .map(|instance| {
                let figures = self.live.iter().filter_map(|series| self.at(*series, instance));
                (different(figures.map(|cell| cell.value.unsigned_abs())), instance)
            })
            .filter(|(rich, _)| *rich >= 2)
            .collect();
        ranked.sort_by_key(|(rich, instance)| (std::cmp::Reverse(*rich), *instance));
        ranked
    }
}

impl Series {
    fn new(hint: &Arc<Hint>, cells: &[Option<Scaled>], after_gap: bool) -> Self {
        let count = cells.iter().flatten().count();
        Self { hint: Arc::clone(hint), grain: grain(cells.iter().flatten()), count, after_gap }
    }
}

/// Figures that an instance has when what divides them all is no accident.
const ENOUGH: usize = 6;

/// The largest 2·10ⁿ that divides all figures; 2 where there are none but zeros.
fn grain<'a>(cells: impl Iterator<Item = &'a Scaled>) -> i128 {
    let grain = common_grain(cells.map(|cell| cell.value));
    if grain == COARSEST { 2 } else { grain }
}

/// 2·10ⁿ past any figure.
const COARSEST: i128 = 2 * 10_i128.pow(24);

/// The largest 2·10ⁿ that divides all figures, which are doubled; one past any of them where all are noughts.
pub(super) fn common_grain(figures: impl IntoIterator<Item = i128>) -> i128 {
    figures.into_iter().fold(COARSEST, dividing)
}

/// The largest 2·10ⁿ up to `grain`, itself one, that divides a figure; 2 where none does.
fn dividing(mut grain: i128, figure: i128) -> i128 {
    // 128 bits are divided by calling a function, 64 are not.
    if let Ok(figure) = i64::try_from(figure) {
        let mut narrow = i64::try_from(grain).unwrap_or(2 * 10_i64.pow(18));
        if figure != 0 {
            while narrow > 2 && figure % narrow != 0 {
                narrow /= 10;
            }
            return i128::from(narrow);
        }
    }
    while grain > 2 && figure % grain != 0 {
        grain /= 10;
    }
    grain
}

/// How many of some sizes differ, zero left out.
fn different(sizes: impl Iterator<Item = u128> + Clone) -> usize {
    fn count<T: Ord>(mut sizes: Vec<T>) -> usize {
        sizes.sort_unstable();
        sizes.dedup();
        sizes.len()
    }
    let sizes = sizes.filter(|size| *size != 0);
    match sizes.clone().map(|size| u64::try_from(size).ok()).collect() {
        Some(narrow) => count::<u64>(narrow),
        None => count(sizes.collect()),
    }
}

/// How many neighbours on either side tell whether a figure is the repetition of another.
const NEIGHBOURS: usize = 2;

/// What one that stands there once counts.
const ONCE: u16 = 256;

impl Axis {
    /// A figure that stands there m times with the same neighbours counts (1 + ¼ log₂ m) ÷ m each time.
    fn weigh(&self, series: usize) -> Vec<u16> {
        let instances = self.instances;
        let mut weights = vec![0; instances];
        let rank = self.rank[series];
        let near =
            &self.live[rank.saturating_sub(NEIGHBOURS)..self.live.len().min(rank + NEIGHBOURS + 1)];
        let value =
            |series: usize, instance: usize| self.at(series, instance).map(|cell| cell.value);
        let mut alone = true;
        let mut order: Vec<(u64, u32)> = Vec::with_capacity(instances);
        for instance in 0..instances {
            if value(series, instance).is_some() {
                // What tells figures with other neighbours apart; those that it does not are compared.
                let mark = near.iter().fold(0_u64, |mark, other| {
                    let own = value(*other, instance).map_or(u64::MAX, |value| value as u64);
                    (mark.rotate_left(23) ^ own).wrapping_mul(0x9e37_79b9_7f4a_7c15)
                });
                alone &= order.is_empty();
                order.push((mark, instance as u32));
            }
        }
        if alone {
            for (_, at) in &order {
                weights[*at as usize] = ONCE;
            }
            return weights;
        }
        order.sort_unstable();
        let key = |instance: u32| near.iter().map(move |series| value(*series, instance as usize));
        for same in order.chunk_by(|a, b| a.0 == b.0 && key(a.1).eq(key(b.1))) {
            let count = same.len() as u64;
            let weight = (64 * (4 + u64::from(count.ilog2())) / count).min(u64::from(ONCE)) as u16;
            for (_, at) in same {
                weights[*at as usize] = weight;
            }
        }
        weights
    }
}
