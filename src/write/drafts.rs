//! Two drafts of a packet: which table of the one is which of the other, what changed, and what became of every finding.
//!
//! Nothing rests on positions, which move: tables are known again by kind, title and names, lines by code and name, columns by
//! their headers. A finding that is gone is mended only where the same figure is there again and now agrees.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::fingerprint;
use crate::model::{
    CellRef, Field, Figure, Line, Operand, Packet, Place, Report, Table, Value, Verdict,
};
use crate::number::{Decimal, Unit};

/// Pairs of tables that are compared name by name; of packets with more, only tables with the same title or sheet are.
const COMPARED: usize = 250_000;
/// The least share of names that two tables without the same title have in common, in hundredths: with fewer they are more
/// likely two tables of one form.
const ALIKE: usize = 50;
/// Levels of totals that follow from a change.
const FOLLOWING: usize = 4;

/// What two drafts have in common, and what not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drafts {
    /// Tables that are in both, as indexes: before, now.
    pub tables: Vec<(u32, u32)>,
    /// Tables of the earlier draft alone.
    pub dropped: Vec<u32>,
    /// Tables of this draft alone.
    pub added: Vec<u32>,
    /// Figures that stand in both.
    pub compared: u64,
    /// What changed, in the order of this draft's tables and lines.
    pub changes: Vec<Change>,
    /// Every finding of either draft.
    pub findings: Vec<Followed>,
}

/// One change of a table that is in both drafts. Lines are indexes into their tables.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "before and now")]
pub enum Change {
    /// A figure is another one, or is there in one draft only.
    Figure { before: Operand, now: Operand },
    /// Words are others.
    Words { before: Operand, now: Operand },
    /// A line has another name.
    Renamed { before: (u32, u32), now: (u32, u32) },
    /// A line is new.
    Added { table: u32, line: u32 },
    /// A line is gone.
    Dropped { table: u32, line: u32 },
}

/// A figure that is another one now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Changed {
    /// In the earlier draft.
    pub before: Operand,
    /// In this one.
    pub now: Operand,
    /// A finding of the earlier draft was about it, or it is the total of figures that one was about.
    pub asked: bool,
}

/// What became of a finding.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// In both drafts.
    Open,
    /// In this draft only.
    New,
    /// Gone: its figure is there and agrees now, or what was wrong with it is not any more.
    Mended,
    /// Gone with its figure, or no longer checked: nobody can say that it was mended.
    Unchecked,
}

/// A finding through both drafts, as indexes into each report's findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Followed {
    /// What became of it.
    pub fate: Fate,
    /// In the earlier draft.
    pub before: Option<u32>,
    /// In this one.
    pub now: Option<u32>,
}

impl Drafts {
    /// How many findings met a fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.findings.iter().filter(|one| one.fate == fate).count()
    }
}

impl Drafts {
    /// The figures that changed, and whether anybody asked for it.
    pub fn figures(&self, before: &Report, now: &Report) -> Vec<Changed> {
        let mut about: HashSet<Place> = HashSet::new();
        for finding in &before.findings {
            about.extend(finding.place);
            about.extend(finding.related.iter().chain(&finding.consequences));
            let changes = finding.diagnoses.iter().flat_map(|diagnosis| &diagnosis.changes);
            about.extend(changes.map(|change| change.place));
            if let Some((_, _, outcome)) = before.outcome(finding) {
                about.extend(outcome.terms.iter().map(|term| term.place));
            }
        }
        let mut changed: Vec<Changed> = self
            .changes
            .iter()
            .filter_map(|change| match change {
                Change::Figure { before, now } => {
                    let asked = about.contains(&before.place);
                    Some(Changed { before: *before, now: *now, asked })
                }
                _ => None,
            })
            .collect();
        let mut asked: HashSet<Place> =
            changed.iter().filter(|one| one.asked).map(|one| one.now.place).collect();
        if asked.is_empty() || asked.len() == changed.len() {
            return changed;
        }
        // Totals follow from what they add up, and totals of totals from them.
        for _ in 0..FOLLOWING {
            let known = asked.len();
            let open: HashSet<Place> = changed
                .iter()
                .map(|one| one.now.place)
                .filter(|place| !asked.contains(place))
                .collect();
            now.each_check(|_, _, outcome| {
                let follows = open.contains(&outcome.target.place)
                    && outcome.terms.iter().any(|term| asked.contains(&term.place));
                if follows && outcome.verdict != Verdict::Fails {
                    asked.insert(outcome.target.place);
                }
            });
            if asked.len() == known {
                break;
            }
        }
        for one in &mut changed {
            one.asked |= asked.contains(&one.now.place);
        }
        changed
    }
}

/// Compares two drafts.
pub fn compare(before: &Report, now: &Report) -> Drafts {
    let mut drafts =
        Drafts { tables: pair_tables(&before.packet, &now.packet), ..Drafts::default() };
    let (old, new): (HashSet<u32>, HashSet<u32>) = drafts.tables.iter().copied().unzip();
    let ids = |packet: &Packet| (0..packet.tables.len() as u32).collect::<Vec<u32>>();
    drafts.dropped = ids(&before.packet).into_iter().filter(|id| !old.contains(id)).collect();
    drafts.added = ids(&now.packet).into_iter().filter(|id| !new.contains(id)).collect();
    let mut twins = HashMap::new();
    for (a, b) in drafts.tables.clone() {
        let tables = (&before.packet.tables[a as usize], &now.packet.tables[b as usize]);
        let pairs = Pairs { tables, lines: pair_lines(tables), fields: pair_fields(tables) };
        pairs.changes(&before.packet, &now.packet, &mut drafts);
        pairs.twins(&mut twins);
    }
    drafts.findings = follow(before, now, &twins);
    drafts
}

/// Text without the spaces and signs that clerks set as they like.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// A title without the word that says which draft it is of.
fn title(table: &Table) -> String {
    let title = table.title.as_deref().unwrap_or_default();
    plain(&match &table.draft {
        Some(draft) => title.replace(draft.as_str(), ""),
        None => title.to_owned(),
    })
}

/// What a table is known by.
struct Face<'a> {
    table: &'a Table,
    title: String,
    sheet: String,
    names: BTreeSet<String>,
}

impl<'a> Face<'a> {
    fn of(packet: &Packet, table: &'a Table) -> Self {
        let sheet = packet.table_sheet(table).map(|sheet| plain(&sheet.name)).unwrap_or_default();
        let lines = table.lines.iter().filter(|line| line.role.is_data() && !line.name.is_empty());
        let fields = table.figure_fields().map(header);
        let names = lines.map(|line| plain(&line.name)).chain(fields).collect();
        Self { table, title: title(table), sheet, names }
    }

    /// How much two tables look like one, higher is more; nothing where they are not.
    fn likeness(&self, other: &Self, named_only: bool) -> Option<usize> {
        let differ = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
        let (a, b) = (self.table, other.table);
        if differ(&a.kind, &b.kind)
            || differ(&a.entity, &b.entity)
            || differ(&a.project, &b.project)
            || matches!((a.year, b.year), (Some(a), Some(b)) if a != b)
        {
            return None;
        }
        let same_title = !self.title.is_empty() && self.title == other.title;
        let same_sheet = !self.sheet.is_empty() && self.sheet == other.sheet;
        if named_only && !same_title && !same_sheet {
            return None;
        }
        let all = self.names.union(&other.names).count().max(1);
        let share = 100 * self.names.intersection(&other.names).count() / all;
        let enough = match (same_title, same_sheet) {
            (true, true) => 1,
            (true, false) | (false, true) => ALIKE / 2,
            (false, false) => ALIKE,
        };
        let points = share + 40 * usize::from(same_title) + 20 * usize::from(same_sheet);
        (share >= enough).then_some(points)
    }
}

/// The surest pairs first; each table is taken once.
fn pair_tables(before: &Packet, now: &Packet) -> Vec<(u32, u32)> {
    let faces = |packet| -> Vec<Face> {
        let packet: &Packet = packet;
        packet.tables.iter().map(|table| Face::of(packet, table)).collect()
    };
    let (old, new) = (faces(before), faces(now));
    let named_only = old.len() * new.len() > COMPARED;
    let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
    for (b, after) in new.iter().enumerate() {
        for (a, earlier) in old.iter().enumerate() {
            pairs.extend(earlier.likeness(after, named_only).map(|points| (points, a, b)));
        }
    }
    // Where several look alike, the order of the files decides.
    pairs.sort_by_key(|(points, a, b)| (std::cmp::Reverse(*points), a.abs_diff(*b), *b, *a));
    let (mut taken, mut given) = (vec![false; old.len()], vec![false; new.len()]);
    let mut chosen = Vec::new();
    for (_, a, b) in pairs {
        if !taken[a] && !given[b] {
            (taken[a], given[b]) = (true, true);
            chosen.push((a as u32, b as u32));
        }
    }
    chosen.sort_by_key(|(_, b)| *b);
    chosen
}

/// The header of a column in one word.
fn header(field: &Field) -> String {
    let mut path: Vec<String> = field.path.iter().map(|part| plain(part)).collect();
    path.dedup();
    if path.is_empty() { plain(&field.label) } else { path.concat() }
}

/// Pairs items whose keys are the same, in their order; `None` where one is alone.
fn pair_by<K: std::hash::Hash + Eq>(
    before: impl Iterator<Item = (usize, K)>,
    now: impl Iterator<Item = (usize, K)>,
) -> Vec<(usize, usize)> {
    let mut places: HashMap<K, std::collections::VecDeque<usize>> = HashMap::new();
    for (at, key) in before {
        places.entry(key).or_default().push_back(at);
    }
    now.filter_map(|(at, key)| Some((places.get_mut(&key)?.pop_front()?, at))).collect()
}

fn pair_fields((before, now): (&Table, &Table)) -> Vec<(usize, usize)> {
    let keys = |table: &Table| -> Vec<(usize, String)> {
        table.fields.iter().enumerate().map(|(at, field)| (at, header(field))).collect()
    };
    let mut pairs = pair_by(keys(before).into_iter(), keys(now).into_iter());
    pairs.sort_by_key(|(_, b)| *b);
    pairs
}

/// What two lines are paired by: code, name, and the name of the line above.
type Key<'a> = &'a dyn Fn(&Table, usize) -> Option<(String, String, String)>;

fn pair_lines((before, now): (&Table, &Table)) -> Vec<(usize, usize)> {
    let data = |table: &Table| -> Vec<usize> {
        let lines = table.lines.iter().enumerate();
        lines.filter(|(_, line)| line.role.is_data()).map(|(at, _)| at).collect()
    };
    // The name with what it stands below; then the name alone; then the code.
    let full = |table: &Table, at: usize| {
        let line = &table.lines[at];
        let above = line.parent.and_then(|parent| table.lines.get(parent as usize));
        let above = above.map(|line| plain(&line.name)).unwrap_or_default();
        Some((line.code.clone().unwrap_or_default(), plain(&line.name), above))
    };
    let name = |table: &Table, at: usize| {
        let name = plain(&table.lines[at].name);
        (!name.is_empty()).then(|| (String::new(), name, String::new()))
    };
    let code = |table: &Table, at: usize| {
        let code = table.lines[at].code.clone()?;
        Some((code, String::new(), String::new()))
    };
    let keys: [Key; 3] = [&full, &name, &code];
    let (mut old, mut new) = (data(before), data(now));
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for key in keys {
        let of = |table: &Table, lines: &[usize]| -> Vec<_> {
            lines.iter().filter_map(|at| Some((*at, key(table, *at)?))).collect()
        };
        let found = pair_by(of(before, &old).into_iter(), of(now, &new).into_iter());
        let (a, b): (HashSet<usize>, HashSet<usize>) = found.iter().copied().unzip();
        old.retain(|at| !a.contains(at));
        new.retain(|at| !b.contains(at));
        pairs.extend(found);
    }
    pairs.sort_by_key(|(_, b)| *b);
    pairs.extend(renamed(&pairs, &old, &new));
    pairs.sort_by_key(|(_, b)| *b);
    pairs
}

/// Lines left alone between the same two neighbours: one on each side is one line under another name.
fn renamed(pairs: &[(usize, usize)], old: &[usize], new: &[usize]) -> Vec<(usize, usize)> {
    let neighbours = |left: &[usize], at: usize, side: &dyn Fn(&(usize, usize)) -> usize| {
        let previous = pairs.iter().rev().find(|pair| side(pair) < at);
        let next = pairs.iter().find(|pair| side(pair) > at);
        let bounds = (previous.map(side), next.map(side));
        let alone = left
            .iter()
            .filter(|other| {
                bounds.0.is_none_or(|bound| **other > bound)
                    && bounds.1.is_none_or(|bound| **other < bound)
            })
            .count()
            == 1;
        alone.then(|| (previous.copied(), next.copied()))
    };
    // With lines in another order there are no neighbours to go by.
    if !pairs.is_sorted_by_key(|(a, _)| *a) || old.len().max(new.len()) > 500 {
        return Vec::new();
    }
    let between: Vec<_> =
        old.iter().map(|at| (*at, neighbours(old, *at, &|pair| pair.0))).collect();
    new.iter()
        .filter_map(|at| {
            let here = neighbours(new, *at, &|pair| pair.1)?;
            let twin = between.iter().find(|(_, there)| *there == Some(here))?;
            Some((twin.0, *at))
        })
        .collect()
}

/// A pair of tables with what is the same in both.
struct Pairs<'a> {
    tables: (&'a Table, &'a Table),
    lines: Vec<(usize, usize)>,
    fields: Vec<(usize, usize)>,
}

fn operand(table: &Table, line: &Line, field: &Field) -> Operand {
    let cell = CellRef::new(line.row, field.column);
    let place = Place { file: table.file, sheet: table.sheet, cell };
    Operand { place, table: Some(table.id), coefficient: 1 }
}

impl Pairs<'_> {
    /// Where each cell of the earlier draft stands now.
    fn twins(&self, twins: &mut HashMap<Place, Place>) {
        let (before, now) = self.tables;
        for (a, b) in &self.lines {
            for (c, d) in &self.fields {
                let old = operand(before, &before.lines[*a], &before.fields[*c]);
                let new = operand(now, &now.lines[*b], &now.fields[*d]);
                twins.insert(old.place, new.place);
            }
            if let (Some(old), Some(new)) = (before.lines[*a].label_cell, now.lines[*b].label_cell)
            {
                let place =
                    |table: &Table, cell| Place { file: table.file, sheet: table.sheet, cell };
                twins.entry(place(before, old)).or_insert_with(|| place(now, new));
            }
        }
    }

    fn changes(&self, old: &Packet, new: &Packet, drafts: &mut Drafts) {
        let (before, now) = self.tables;
        let by_now: HashMap<usize, usize> = self.lines.iter().map(|(a, b)| (*b, *a)).collect();
        let kept: HashSet<usize> = self.lines.iter().map(|(a, _)| *a).collect();
        for (b, line) in now.lines.iter().enumerate().filter(|(_, line)| line.role.is_data()) {
            let Some(a) = by_now.get(&b).copied() else {
                drafts.changes.push(Change::Added { table: now.id, line: b as u32 });
                continue;
            };
            let earlier = &before.lines[a];
            if plain(&earlier.name) != plain(&line.name) {
                let (before, now) = ((before.id, a as u32), (now.id, b as u32));
                drafts.changes.push(Change::Renamed { before, now });
            }
            for (c, d) in &self.fields {
                let fields = (&before.fields[*c], &now.fields[*d]);
                let (was, is) = (operand(before, earlier, fields.0), operand(now, line, fields.1));
                if fields.0.role.is_figure() && fields.1.role.is_figure() {
                    figure((old, &was), (new, &is), drafts);
                } else if words(old, was.place) != words(new, is.place)
                    && !fields.1.role.is_figure()
                    && Some(was.place.cell) != earlier.label_cell
                    && fields.1.role != crate::model::FieldRole::Serial
                {
                    drafts.changes.push(Change::Words { before: was, now: is });
                }
            }
        }
        for (a, line) in before.lines.iter().enumerate() {
            if line.role.is_data() && !kept.contains(&a) {
                drafts.changes.push(Change::Dropped { table: before.id, line: a as u32 });
            }
        }
    }
}

/// Notes a figure that is another one now.
fn figure((old, was): (&Packet, &Operand), (new, is): (&Packet, &Operand), drafts: &mut Drafts) {
    let (a, b) = (old.figure(was.place, was.table), new.figure(is.place, is.table));
    let changed = match (a.number(), b.number()) {
        (Some(_), Some(_)) => {
            drafts.compared += 1;
            let units = (old.unit(was.place, was.table), new.unit(is.place, is.table));
            !is_same((&a, units.0), (&b, units.1))
        }
        // A dash for a nought is no change of money.
        (Some(value), None) | (None, Some(value)) => !value.is_zero(),
        (None, None) => false,
    };
    if changed {
        drafts.changes.push(Change::Figure { before: *was, now: *is });
    }
}

/// Whether two figures say the same: in other units, as far as the printed digits tell.
fn is_same((a, before): (&Figure, Option<&Unit>), (b, now): (&Figure, Option<&Unit>)) -> bool {
    let (Some(was), Some(is)) = (a.number(), b.number()) else { return false };
    let factors = (before.and_then(Unit::yuan), now.and_then(Unit::yuan));
    let (Some(old), Some(new)) = factors else { return was == is };
    if old == new {
        return was == is;
    }
    let half = |figure: &Figure, factor: Decimal| {
        let scale = u32::try_from(figure.decimals.max(0)).unwrap_or(0).min(12);
        Decimal::new(5, scale + 1).checked_mul(factor)
    };
    let difference = || {
        let difference = was.checked_mul(old)?.checked_sub(is.checked_mul(new)?)?.abs();
        Some(difference <= half(a, old)?.checked_add(half(b, new)?)?)
    };
    difference().unwrap_or(false)
}

/// What a cell of words says, spaces left out.
fn words(packet: &Packet, place: Place) -> String {
    let Some(sheet) = packet.sheet(place.file, place.sheet) else { return String::new() };
    match sheet.value(place.cell) {
        Value::Text(id) => sheet.texts.get(id).split_whitespace().collect(),
        Value::Number(number) => number.normalize().to_string(),
        Value::Bool(_) | Value::Error(_) | Value::Empty => String::new(),
    }
}

/// What became of every finding.
fn follow(before: &Report, now: &Report, twins: &HashMap<Place, Place>) -> Vec<Followed> {
    let names = (fingerprint::all(before), fingerprint::all(now));
    let mut by_place: HashMap<(&str, Place), u32> = HashMap::new();
    let mut by_name: HashMap<&str, u32> = HashMap::new();
    for (at, finding) in (0..).zip(&now.findings) {
        by_name.insert(&names.1[at as usize], at);
        if let Some(place) = finding.place {
            by_place.entry((&finding.rule, place)).or_insert(at);
        }
    }
    let agreeing = agreeing(before, now, twins);
    let mut met: HashSet<u32> = HashSet::new();
    let mut followed = Vec::new();
    for (at, finding) in (0..).zip(&before.findings) {
        let twin = finding.place.and_then(|place| twins.get(&place).copied());
        let same = twin
            .and_then(|place| by_place.get(&(finding.rule.as_str(), place)))
            .or_else(|| by_name.get(names.0[at as usize].as_str()))
            .copied()
            .filter(|same| met.insert(*same));
        let fate = match (same, twin) {
            (Some(_), _) => Fate::Open,
            (None, Some(place)) if finding.check.is_some() => {
                let agrees = agreeing.contains(&(finding.rule.as_str(), place));
                if agrees { Fate::Mended } else { Fate::Unchecked }
            }
            (None, Some(_)) => Fate::Mended,
            (None, None) => Fate::Unchecked,
        };
        followed.push(Followed { fate, before: Some(at), now: same });
    }
    let new = (0..now.findings.len() as u32).filter(|at| !met.contains(at));
    followed.extend(new.map(|at| Followed { fate: Fate::New, before: None, now: Some(at) }));
    followed
}

/// Figures about which the earlier draft had a finding, and of which a check of the same rule agrees now.
fn agreeing<'a>(
    before: &'a Report,
    now: &Report,
    twins: &HashMap<Place, Place>,
) -> HashSet<(&'a str, Place)> {
    let mut asked: HashMap<Place, Vec<&'a str>> = HashMap::new();
    for finding in before.findings.iter().filter(|finding| finding.check.is_some()) {
        if let Some(place) = finding.place.and_then(|place| twins.get(&place)) {
            asked.entry(*place).or_default().push(&finding.rule);
        }
    }
    let (mut agreeing, mut failing) = (HashSet::new(), HashSet::new());
    if asked.is_empty() {
        return agreeing;
    }
    now.each_check(|_, relation, outcome| {
        let place = outcome.target.place;
        let rules = asked.get(&place).map_or(&[][..], Vec::as_slice);
        if let Some(rule) = rules.iter().find(|rule| **rule == relation.rule) {
            match outcome.verdict {
                Verdict::Holds | Verdict::Rounding => agreeing.insert((*rule, place)),
                Verdict::Fails => failing.insert((*rule, place)),
                Verdict::Unverifiable | Verdict::NotApplicable => false,
            };
        }
    });
    agreeing.retain(|found| !failing.contains(found));
    agreeing
}
