//! The same quantity in two tables of a packet (X01): one meaning, entity, year and draft are one amount, whatever the layout,
//! the unit and the spelling of a name.
//!
//! That two figures mean the same is read from words, and words err. So agreement is shown, and disagreement is said only
//! where something independent of it stands beside: other things of the same two columns agree, other stages of the same
//! thing agree, or other tables agree with one of the two. A total that equals a part of the other table is that part, not a
//! wrong whole.

use std::cell::{LazyCell, OnceCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::mem::replace;
use std::ops::Range;

use super::amount::{Amount, without_decimals};
use super::slip::is_slip_between;
use crate::model::words::Period;
use crate::model::{
    Class, EvidenceSet, Funds, Item, Names, Operation, Origin, Packet, Place, Quantity, QuickMap,
    QuickSet, ReadFrom, Relation, Severity, Shape, Side, Stage, Sureness, Table, Text,
};
use crate::number::Decimal;

/// Tables of a packet past which pairs are not tried: an archive is no packet.
const TABLES: usize = 600;
/// Digits that two totals must share before they are taken for one where words alone do not say so.
const DIGITS: u32 = 4;
/// Digits of amounts that anchor two names that are alike.
const ANCHORS: u32 = 2;
/// Digits of one amount that anchor two names of which only a part is alike.
const LONG: u32 = 6;
/// Neighbouring characters that two names share before most of one is in the other.
const RUN: usize = 4;
/// Pairs of names past which only equal names are matched.
const NAMES: usize = 40_000;

/// Ties of equal quantities; `known` are relations found otherwise, which are not told again.
pub(super) fn relate(
    packet: &Packet,
    quantities: &[Vec<Quantity>],
    known: &[Relation],
) -> Vec<Relation> {
    if !(2..=TABLES).contains(&packet.tables.len()) {
        return Vec::new();
    }
    let tied: QuickSet<(Place, Place)> = known.iter().filter_map(tie).collect();
    let mut known_layouts = Known::default();
    let layouts: Vec<Layout> =
        quantities.iter().map(|own| Layout::of(packet, own, &mut known_layouts)).collect();
    // Asked for where two tables may state one thing, which those of one form filled in several times never do.
    let votes = LazyCell::new(|| Votes::of(quantities));
    let tabled: Vec<OnceCell<Tabled>> = layouts.iter().map(|_| OnceCell::new()).collect();
    let of = |at: usize| tabled[at].get_or_init(|| Tabled::of(layouts[at].all));
    let index = LazyCell::new(|| {
        let all = (0..layouts.len()).filter(|at| !layouts[*at].all.is_empty());
        Index::of(all.map(|at| (at, of(at))))
    });
    let mut common = vec![Common::default(); layouts.len()];
    let mut relations = Vec::new();
    for (at, left) in layouts.iter().enumerate().filter(|(_, side)| !side.all.is_empty()) {
        let rest = layouts.iter().enumerate().skip(at + 1);
        let mut asked = false;
        for (other, right) in rest.filter(|(_, side)| !side.all.is_empty()) {
            if !left.all[0].same_house(&right.all[0])
                || side_by_side(packet, left.all, right.all)
                || siblings(left, right)
            {
                continue;
            }
            let (left, right) = (of(at), of(other));
            if !replace(&mut asked, true) {
                index.common(at, left, &mut common);
            }
            let mut pairs = named(&packet.names, left, right, &common[other], &votes);
            pairs.extend(wholes(left, right, &votes));
            pairs.sort_by_key(|pair| (pair.right.place, pair.left.place));
            relations.extend(
                pairs
                    .iter()
                    .filter(|pair| !tied.contains(&ordered(pair.left.place, pair.right.place)))
                    .map(Pair::relation),
            );
        }
    }
    relations
}

/// The two cells that a relation says are equal.
fn tie(relation: &Relation) -> Option<(Place, Place)> {
    match &relation.shape {
        Shape::Cells { target, terms } if relation.operation == Operation::Equal => {
            terms.first().map(|term| ordered(target.place, term.place))
        }
        _ => None,
    }
}

fn ordered(a: Place, b: Place) -> (Place, Place) {
    (a.min(b), a.max(b))
}

/// Halves of one printed table are not two statements of one thing.
fn side_by_side(packet: &Packet, left: &[Quantity], right: &[Quantity]) -> bool {
    let table = |side: &[Quantity]| &packet.tables[side[0].table as usize];
    let (left, right) = (table(left), table(right));
    (left.file, left.sheet) == (right.file, right.sheet)
        && left.header == right.header
        && left.header.is_some()
}

/// Lines and columns that two tables must share before they are one form filled in twice.
const SHARED: usize = 6;

/// One form filled in for several months or houses, a sheet each: of the cells that stand in the same place most differ.
fn siblings<'a>(left: &'a Layout, right: &'a Layout) -> bool {
    let (Some(a), Some(b)) = (left.table, right.table) else { return false };
    // Were all that is left the same, most would still differ.
    let is_sure = |shared, same, rest| shared >= SHARED && (same + rest) * 2 < shared + rest;
    let alike = || {
        let (a, b) = (a.figure_fields(), b.figure_fields());
        a.map(|field| &field.label).eq(b.map(|field| &field.label))
    };
    if a.file != b.file || a.sheet == b.sheet || !alike() {
        return false;
    }
    if left.period.as_ref().zip(right.period.as_ref()).is_some_and(|(a, b)| a.is_beside(b)) {
        return true;
    }
    let (mut shared, mut same) = (0, 0);
    if left.form.is_some() && left.form == right.form {
        for (at, ((_, one), (_, other))) in left.by_cell.iter().zip(&right.by_cell).enumerate() {
            if one.is_zero() {
                continue;
            }
            shared += 1;
            same += usize::from(other.agrees(one));
            if is_sure(shared, same, left.by_cell.len() - at - 1) {
                return true;
            }
        }
        return shared >= SHARED && same * 2 < shared;
    }
    // Tables with names of their own share at most the last of one and the first of the other.
    let from = |cells: &'a [((u32, u32), Amount)], first: &(u32, u32)| {
        &cells[cells.partition_point(|(cell, _)| cell < first)..]
    };
    let Some((first, _)) = right.by_cell.first() else { return false };
    let own = from(&left.by_cell, first);
    let Some((first, _)) = own.first() else { return false };
    let mut rest = from(&right.by_cell, first);
    for (at, (cell, one)) in own.iter().enumerate() {
        let from = rest.iter().position(|(other, _)| other >= cell).unwrap_or(rest.len());
        rest = &rest[from..];
        if rest.is_empty() {
            break;
        }
        let mut others = rest.iter().take_while(|(other, _)| other == cell).peekable();
        if one.is_zero() || others.peek().is_none() {
            continue;
        }
        shared += 1;
        same += usize::from(others.any(|(_, other)| other.agrees(one)));
        if is_sure(shared, same, own.len() - at - 1) {
            return true;
        }
    }
    shared >= SHARED && same * 2 < shared
}

/// Two figures that should be equal.
struct Pair<'a> {
    left: &'a Quantity,
    right: &'a Quantity,
    /// How many of what was compared beside it agree, and how many were compared.
    support: (u32, u32),
    severity: Severity,
}

impl Pair<'_> {
    fn relation(&self) -> Relation {
        let named = self.left.item != Item::Whole;
        let reason = if named {
            Text::new(
                "两表所列同一项目的数额应一致",
                "two tables state the amount of the same item",
            )
        } else {
            Text::new("两表所列同一口径的合计应一致", "two tables state the same total")
        };
        let shape =
            Shape::Cells { target: self.right.operand(1), terms: vec![self.left.operand(1)] };
        let evidence = EvidenceSet::of(Origin::Label).with(Origin::Mined);
        Relation::new("X01", Operation::Equal, shape, evidence)
            .of_severity(self.severity)
            .supported(self.support.0, self.support.1)
            .because(reason)
    }
}

/// Sure by words on both sides: a failure is an error, otherwise to be verified.
fn severity(left: &Quantity, right: &Quantity) -> Severity {
    if left.sure.min(right.sure) >= Sureness::Likely && left.stage == right.stage {
        Severity::Error
    } else {
        Severity::Warning
    }
}

/// How far two stages are one: by their words, or as 预算数 that does not say which.
fn same_stage(left: &Quantity, right: &Quantity) -> Option<bool> {
    let either = |stage: Stage| matches!(stage, Stage::Initial | Stage::Adjusted | Stage::Budget);
    if left.stage == right.stage {
        Some(left.stage != Stage::Budget)
    } else {
        let open = left.stage == Stage::Budget || right.stage == Stage::Budget;
        (open && either(left.stage) && either(right.stage)).then_some(false)
    }
}

fn same_side(left: &Quantity, right: &Quantity) -> bool {
    let side = |quantity: &Quantity| quantity.side.unwrap_or(Side::Expenditure);
    side(left) == side(right)
}

/// What several tables state alike.
struct Votes<'a> {
    /// By meaning: the amounts stated.
    stated: BTreeMap<Meaning<'a>, Stated<'a>>,
}

/// The different amounts of one meaning.
#[derive(Default)]
struct Stated<'a> {
    /// The smallest first, but for their decimals.
    amounts: Vec<Vote<'a>>,
    /// No half unit of theirs is larger.
    most_half: Decimal,
}

/// An amount, and the tables that state it.
struct Vote<'a> {
    /// Without decimals.
    whole: i64,
    /// Which one of its meaning it was, in the order of the packet.
    order: usize,
    first: &'a Quantity,
    tables: BTreeSet<u32>,
}

impl<'a> Stated<'a> {
    fn add(&mut self, quantity: &'a Quantity) {
        let reach = self.near(quantity);
        let near = self.amounts[reach.clone()].iter_mut();
        let known = near.filter(|vote| vote.first.agrees(quantity)).min_by_key(|vote| vote.order);
        if let Some(vote) = known {
            vote.tables.insert(quantity.table);
            return;
        }
        let whole = without_decimals(quantity.amount);
        let at = reach.start + self.amounts[reach].partition_point(|vote| vote.whole < whole);
        let order = self.amounts.len();
        let tables = [quantity.table].into();
        self.amounts.insert(at, Vote { whole, order, first: quantity, tables });
        self.most_half = self.most_half.max(quantity.half);
    }

    /// Where the amounts lie that may agree with one.
    fn near(&self, quantity: &Quantity) -> Range<usize> {
        let own = without_decimals(quantity.amount);
        let spare = spare(self.most_half, quantity.half);
        let from = self.amounts.partition_point(|vote| vote.whole < own - spare);
        from..from + self.amounts[from..].partition_point(|vote| vote.whole <= own + spare)
    }

    /// The amounts that agree with one.
    fn agreeing(&self, quantity: &Quantity) -> impl Iterator<Item = &Vote<'a>> {
        self.amounts[self.near(quantity)].iter().filter(|vote| vote.first.agrees(quantity))
    }
}

type Meaning<'a> =
    (Stage, Option<i32>, Option<u32>, Option<u32>, Option<Class>, Funds, bool, &'a Item);

fn meaning(quantity: &Quantity) -> Meaning<'_> {
    let whole = quantity.item == Item::Whole;
    (
        quantity.stage,
        quantity.year,
        quantity.entity,
        quantity.draft,
        quantity.class.filter(|_| whole),
        quantity.funds,
        quantity.side == Some(Side::Income),
        &quantity.item,
    )
}

impl<'a> Votes<'a> {
    fn of(quantities: &'a [Vec<Quantity>]) -> Self {
        let mut stated: BTreeMap<Meaning, Stated> = BTreeMap::new();
        for quantity in quantities.iter().flatten() {
            stated.entry(meaning(quantity)).or_default().add(quantity);
        }
        Self { stated }
    }

    /// In how many tables the amount stands with this meaning.
    fn for_amount(&self, quantity: &Quantity) -> usize {
        let stated = self.stated.get(&meaning(quantity));
        let votes = stated.into_iter().flat_map(|stated| stated.agreeing(quantity));
        votes.map(|vote| vote.tables.len()).max().unwrap_or(0)
    }

    /// Whether two tables or more state the one amount and only one the other, and nobody a third: where tables differ by more
    /// than one they are of different things, months or copies of a form.
    fn against_one(&self, a: &Quantity, b: &Quantity) -> bool {
        let stated = |of: &Quantity| self.stated.get(&meaning(of)).map_or(0, |s| s.amounts.len());
        let (a_for, b_for) = (self.for_amount(a), self.for_amount(b));
        a_for.max(b_for) >= 2 && a_for.min(b_for) <= 1 && stated(a).max(stated(b)) <= 2
    }

    /// Whether the amount is what some other table says of another part at the same stage: then it is that part. Beside a slip
    /// of the pen, 一般公共预算 of a house that has no other money is no other part.
    fn is_another_part(&self, quantity: &Quantity, slip: bool) -> bool {
        quantity.has_digits(DIGITS)
            && self.stated.iter().any(|(other, stated)| {
                other.0 == quantity.stage
                    && *other.7 == Item::Whole
                    && (other.1, other.2, other.3)
                        == (quantity.year, quantity.entity, quantity.draft)
                    && (other.4, other.5) != (quantity.class, quantity.funds)
                    && !(slip && other.4 == quantity.class)
                    && stated
                        .agreeing(quantity)
                        .any(|vote| vote.tables.iter().any(|table| *table != quantity.table))
            })
    }
}

/// What other tables say of a total: asked once, not for each other total that it is compared with.
#[derive(Default)]
struct Voted {
    for_amount: OnceCell<usize>,
    /// Whether it is another part, and whether it is one beside a slip of the pen.
    is_another_part: [OnceCell<bool>; 2],
}

impl Voted {
    fn for_amount(&self, total: &Quantity, votes: &Votes) -> usize {
        *self.for_amount.get_or_init(|| votes.for_amount(total))
    }

    fn is_another_part(&self, total: &Quantity, slip: bool, votes: &Votes) -> bool {
        let known = &self.is_another_part[usize::from(slip)];
        *known.get_or_init(|| votes.is_another_part(total, slip))
    }
}

/// Where the quantities of one table stand.
struct Layout<'a> {
    /// `None` where it has no quantities.
    table: Option<&'a Table>,
    /// The month or the like that its sheet is named after.
    period: Option<Period>,
    all: &'a [Quantity],
    /// The figures by the number of their line's name, the same for the same name, and their column; in order.
    by_cell: Vec<((u32, u32), Amount)>,
    /// The same number for the same names and columns; `None` where two figures have one name and column.
    form: Option<usize>,
}

/// The names of lines and the forms of tables so far, and their numbers.
#[derive(Default)]
struct Known<'a> {
    names: HashMap<&'a str, u32>,
    forms: HashMap<Vec<(u32, u32)>, usize>,
}

impl<'a> Layout<'a> {
    fn of(packet: &'a Packet, all: &'a [Quantity], known: &mut Known<'a>) -> Self {
        let table = all.first().map(|one| &packet.tables[one.table as usize]);
        let mut by_cell = Vec::with_capacity(all.len());
        if let Some(table) = table {
            // Those of one line follow each other.
            let names = &mut known.names;
            let mut last = None;
            by_cell.extend(all.iter().map(|one| {
                let number = match last {
                    Some((line, number)) if line == one.line => number,
                    _ => {
                        let next = names.len() as u32;
                        *names.entry(&table.lines[one.line].name).or_insert(next)
                    }
                };
                last = Some((one.line, number));
                ((number, one.place.cell.column), Amount::new(one.amount, one.half))
            }));
            by_cell.sort_by_key(|(cell, _)| *cell);
        }
        let form = by_cell.is_sorted_by(|(one, _), (next, _)| one < next).then(|| {
            let next = known.forms.len();
            *known.forms.entry(by_cell.iter().map(|(cell, _)| *cell).collect()).or_insert(next)
        });
        Self { table, period: table.and_then(|table| packet.period(table)), all, by_cell, form }
    }
}

/// The quantities of one table, by what they are of.
struct Tabled<'a> {
    /// Those of total lines, and what other tables say of each.
    wholes: Vec<&'a Quantity>,
    totals: Vec<Amount>,
    voted: Vec<Voted>,
    /// Those of other lines, by code or name.
    named: BTreeMap<&'a Item, Vec<&'a Quantity>>,
    /// A number made of each code or name: most tables have none in common.
    marks: Vec<u64>,
    /// Things whose stages stand in several lines: a block of stages a thing, things in columns.
    spread: BTreeSet<&'a Item>,
    /// Those of other lines by name, the smallest first.
    by_amount: Vec<&'a Quantity>,
    /// Their amounts without decimals: what lies near none of them is told by these.
    whole: Vec<i64>,
    /// Whether they have digits enough to anchor a name.
    telling: Vec<bool>,
    /// No half unit of theirs is larger.
    most_half: Decimal,
}

/// Where the figures of one thing stand: its line, or where the first of them stands.
type Thing = (usize, u32);
/// What figures of several things have in common: their column, or their stage.
type Series = u32;

impl<'a> Tabled<'a> {
    fn of(all: &'a [Quantity]) -> Self {
        let mut named: BTreeMap<&Item, Vec<&Quantity>> = BTreeMap::new();
        let mut wholes = Vec::new();
        for quantity in all {
            match &quantity.item {
                Item::Whole => wholes.push(quantity),
                item => named.entry(item).or_default().push(quantity),
            }
        }
        let spread = named
            .iter()
            .filter(|(_, own)| {
                let stages: BTreeSet<(Stage, Funds, Option<i32>)> =
                    own.iter().map(|one| (one.stage, one.funds, one.year)).collect();
                stages.len() == own.len() && own.iter().any(|one| one.line != own[0].line)
            })
            .map(|(item, _)| *item)
            .collect();
        let is_named = |one: &&Quantity| matches!(one.item, Item::Named(_));
        let mut by_amount: Vec<&Quantity> = all.iter().filter(is_named).collect();
        by_amount.sort_by_key(|one| one.amount);
        let whole = by_amount.iter().map(|one| without_decimals(one.amount)).collect();
        let most_half = by_amount.iter().map(|one| one.half).max().unwrap_or_default();
        let telling = by_amount.iter().map(|one| one.has_digits(ANCHORS)).collect();
        let voted = wholes.iter().map(|_| Voted::default()).collect();
        let totals = wholes.iter().map(|one| Amount::new(one.amount, one.half)).collect();
        let marks = named.keys().map(|item| mark(item)).collect();
        Self { wholes, totals, voted, named, marks, spread, by_amount, whole, telling, most_half }
    }

    fn thing(&self, of: &Quantity) -> Thing {
        match self.named.get(&of.item) {
            Some(own) if self.spread.contains(&of.item) => (own[0].line, own[0].place.cell.column),
            _ => (of.line, u32::MAX),
        }
    }

    fn series(&self, of: &Quantity) -> Series {
        if self.spread.contains(&of.item) {
            // Past the columns of any sheet.
            (1 << 20) + of.stage as u32
        } else {
            of.place.cell.column
        }
    }

    /// The figures of named lines that may agree with one, whose amount without decimals is `middle`.
    fn agreeing(&self, one: &Quantity, middle: i64, spare: i64) -> &[&'a Quantity] {
        // Integers tell where they may lie, and that mostly none is there.
        let from = self.whole.partition_point(|other| *other < middle - spare);
        let to = from + self.whole[from..].partition_point(|other| *other <= middle + spare);
        let near = &self.by_amount[from..to];
        if near.is_empty() {
            return near;
        }
        // More than their half units, which decimals of many digits may be rounded by.
        let reach = one.half + self.most_half + Decimal::ONE;
        let from = near.partition_point(|other| other.amount < one.amount - reach);
        let rest = &near[from..];
        &rest[..rest.partition_point(|other| other.amount <= one.amount + reach)]
    }

    /// How far what agrees with its figures may lie from them, less what the other table's reach.
    fn reach(&self) -> i64 {
        without_decimals(self.most_half) + 2
    }

    /// Whether only one line is called so, among those of the same sources of money.
    fn unique(&self, of: &Quantity) -> bool {
        let block = self.spread.contains(&of.item);
        self.named.get(&of.item).is_some_and(|all| {
            block || all.iter().all(|other| other.line == of.line || other.funds != of.funds)
        })
    }
}

/// What named lines of one table have in common with those of another.
#[derive(Clone, Default)]
struct Common {
    /// Its telling figures near which one of the other lies, by their places in `by_amount`.
    near: Vec<usize>,
    /// A code or name is the same.
    names: bool,
}

/// The figures and names of all tables: each is asked once what it has in common with others, which is mostly nothing.
#[derive(Default)]
struct Index {
    /// By how far they reach, each figure of `by_amount` with its table, the smallest first.
    amounts: BTreeMap<i64, Vec<(i64, usize)>>,
    names: QuickMap<u64, Vec<usize>>,
}

impl Index {
    fn of<'a>(tables: impl Iterator<Item = (usize, &'a Tabled<'a>)>) -> Self {
        let mut index = Self::default();
        for (at, table) in tables {
            let amounts = index.amounts.entry(table.reach()).or_default();
            amounts.extend(table.whole.iter().map(|one| (*one, at)));
            for mark in &table.marks {
                index.names.entry(*mark).or_default().push(at);
            }
        }
        index.amounts.values_mut().for_each(|amounts| amounts.sort_unstable());
        index
    }

    /// What a table has in common with each later one.
    fn common(&self, at: usize, table: &Tabled, common: &mut [Common]) {
        for common in &mut common[at + 1..] {
            common.near.clear();
            common.names = false;
        }
        let own = || table.whole.iter().enumerate().filter(|(at, _)| table.telling[*at]);
        for (reach, amounts) in &self.amounts {
            let spare = table.reach() + reach;
            for (place, middle) in own() {
                let from = amounts.partition_point(|(other, _)| *other < middle - spare);
                let near = amounts[from..].iter().take_while(|(one, _)| *one <= middle + spare);
                for &(_, other) in near.filter(|(_, other)| *other > at) {
                    let near = &mut common[other].near;
                    if near.last() != Some(&place) {
                        near.push(place);
                    }
                }
            }
        }
        for mark in &table.marks {
            let others = self.names.get(mark).into_iter().flatten();
            others.filter(|other| **other > at).for_each(|other| common[*other].names = true);
        }
    }
}

/// The same number for the same code or name.
fn mark(item: &Item) -> u64 {
    let mut hasher = DefaultHasher::new();
    item.hash(&mut hasher);
    hasher.finish()
}

/// What amounts without decimals may be apart where those agree that have no larger half units.
fn spare(half: Decimal, other: Decimal) -> i64 {
    without_decimals(half + other + Decimal::ONE) + 2
}

/// Of some pairs how many agree and how many do not.
#[derive(Clone, Copy, Default)]
struct Count {
    yes: usize,
    no: usize,
}

impl Count {
    fn add(&mut self, agrees: bool) {
        if agrees { self.yes += 1 } else { self.no += 1 }
    }

    /// The same without one of them.
    fn without(mut self, agrees: bool) -> Self {
        if agrees {
            self.yes -= 1;
        } else {
            self.no -= 1;
        }
        self
    }
}

/// Lines of the same code or name in two tables.
fn named<'a>(
    names: &Names,
    left: &Tabled<'a>,
    right: &Tabled<'a>,
    common: &Common,
    votes: &Votes,
) -> Vec<Pair<'a>> {
    if !common.names && common.near.is_empty() {
        return Vec::new();
    }
    let mut candidates: Vec<(&Quantity, &Quantity, bool)> = Vec::new();
    for (item, (other, exact)) in matched(names, left, right, common) {
        for a in &left.named[item] {
            for b in &right.named[other] {
                if same_stage(a, b).is_some()
                    && a.has_unit == b.has_unit
                    && a.same_scope(b)
                    && same_side(a, b)
                    && (a.funds.within(b.funds) || b.funds.within(a.funds))
                {
                    candidates.push((a, b, exact));
                }
            }
        }
    }
    if candidates.is_empty() {
        return Vec::new();
    }
    // What was compared in the same two columns, in the same two lines, and how often each figure was compared.
    let mut columns: QuickMap<(Series, Series), Count> = QuickMap::default();
    let mut lines: QuickMap<(Thing, Thing), Count> = QuickMap::default();
    let mut often: QuickMap<(Place, Funds), usize> = QuickMap::default();
    // Nought, and what a rougher unit cannot tell from it, agrees with anything.
    let counts = |a: &Quantity, b: &Quantity| {
        let slack = a.half + b.half;
        a.amount.abs() > slack || b.amount.abs() > slack
    };
    let column = |a: &Quantity, b: &Quantity| (left.series(a), right.series(b));
    let row = |a: &Quantity, b: &Quantity| (left.thing(a), right.thing(b));
    // 年度资金总额 and 其中：财政拨款 below it may state one amount twice: it is compared once.
    let mut told: QuickSet<(bool, u32, Place, Decimal)> = QuickSet::default();
    let mut twice: QuickSet<(Place, Place)> = QuickSet::default();
    for (a, b, _) in &candidates {
        let once = told.insert((true, a.place.cell.column, b.place, a.amount))
            & told.insert((false, b.place.cell.column, a.place, b.amount));
        if !once {
            twice.insert((a.place, b.place));
        }
    }
    // A source that is less than the whole says nothing against it.
    let counts = |a: &Quantity, b: &Quantity| {
        counts(a, b) && !twice.contains(&(a.place, b.place)) && (a.funds == b.funds || a.agrees(b))
    };
    // What a stage is open of speaks for the row where it agrees, and never against it.
    let by_row = |a: &Quantity, b: &Quantity| {
        !a.amount.is_zero()
            && !b.amount.is_zero()
            && (a.stage == b.stage || a.has_digits(DIGITS) && a.agrees(b))
    };
    for (a, b, _) in &candidates {
        *often.entry((a.place, b.funds)).or_default() += 1;
        *often.entry((b.place, a.funds)).or_default() += 1;
        if counts(a, b) {
            columns.entry(column(a, b)).or_default().add(a.agrees(b));
        }
        if by_row(a, b) {
            lines.entry(row(a, b)).or_default().add(a.agrees(b));
        }
    }
    let settled: QuickSet<Place> = candidates
        .iter()
        .filter(|(a, b, _)| !a.amount.is_zero() && a.agrees(b))
        .flat_map(|(a, b, _)| [a.place, b.place])
        .collect();
    let mut pairs = Vec::new();
    for (a, b, exact) in &candidates {
        let sure_stage = same_stage(a, b) == Some(true);
        let agrees = a.agrees(b);
        let of_column = columns.get(&column(a, b)).copied().unwrap_or_default();
        let of_column = if counts(a, b) { of_column.without(agrees) } else { of_column };
        let of_row = lines.get(&row(a, b)).copied().unwrap_or_default();
        let of_row = if by_row(a, b) { of_row.without(agrees) } else { of_row };
        let support = (
            (of_column.yes + of_row.yes) as u32,
            (of_column.yes + of_column.no + of_row.yes + of_row.no) as u32,
        );
        if agrees {
            let beside = of_column.yes > 0;
            let shown = if a.amount.is_zero() {
                beside
            } else {
                a.has_digits(3) || beside || of_row.yes > 0
            };
            if shown && (sure_stage || beside || a.has_digits(DIGITS)) {
                pairs.push(Pair { left: a, right: b, support, severity: severity(a, b) });
            }
            continue;
        }
        // One name in two lines of a table, or one line in two columns of a stage: which of them is meant is open.
        let once = |side: &Quantity, other: &Quantity| {
            often.get(&(side.place, other.funds)).is_some_and(|times| *times == 1)
        };
        // Projects that no adjustment touched agree at any stage: where one stage is open, only a slip is one, and only
        // where neither figure agrees with another of the other table.
        let slip = LazyCell::new(|| is_slip_between(a, b));
        let told = if sure_stage {
            once(a, b) && once(b, a)
        } else {
            let settled = settled.contains(&a.place) || settled.contains(&b.place);
            of_column.no <= of_column.yes && !settled && *slip
        };
        if !told
            || a.unit_known != b.unit_known
            || a.funds != b.funds && !(of_column.yes > 0 && of_column.no == 0 && *slip)
            || !left.unique(a)
            || !right.unique(b)
        {
            continue;
        }
        let few = of_column.no <= of_column.yes;
        let by_column = of_column.yes >= 2 && (of_column.no + 1) * 2 <= of_column.yes + 1;
        let by_row = of_row.yes >= 1 && of_row.no == 0 && few;
        let by_votes = *exact && few && votes.against_one(a, b);
        let by_slip = *exact && few && *slip;
        if by_column && (*exact || of_row.yes > 0) || by_row || by_votes || by_slip {
            pairs.push(Pair { left: a, right: b, support, severity: severity(a, b) });
        }
    }
    pairs
}

/// Amounts of one stage that two things have in common.
#[derive(Default)]
struct Anchors {
    amounts: BTreeSet<Decimal>,
    /// One of them has digits enough to hardly agree by chance.
    fair: bool,
    /// One of them has so many that names hardly count.
    long: bool,
}

fn shorter(one: &str, other: &str) -> usize {
    one.chars().count().min(other.chars().count())
}

/// Which name of the right table each of the left is: the same, or one that is like it and anchored by an amount; whether it
/// is the same.
fn matched<'a>(
    names: &Names,
    left: &Tabled<'a>,
    right: &Tabled<'a>,
    common: &Common,
) -> BTreeMap<&'a Item, (&'a Item, bool)> {
    let (of_left, of_right) = (&left.named, &right.named);
    let mut matched: BTreeMap<&Item, (&Item, bool)> = BTreeMap::new();
    let mut taken: BTreeSet<&Item> = BTreeSet::new();
    let mut others = of_right.keys().peekable();
    let shared = if common.names { Some(of_left) } else { None };
    for item in shared.into_iter().flat_map(BTreeMap::keys) {
        while others.next_if(|other| *other < item).is_some() {}
        if let Some(same) = others.next_if(|other| *other == item) {
            matched.insert(item, (same, true));
            taken.insert(same);
        }
    }
    if of_left.len() * of_right.len() > NAMES {
        return matched;
    }
    // 农村厕所革命 and 农村户厕改造: the amounts say what the names alone do not. They are asked first: most names share none.
    let mut anchors: BTreeMap<(&Item, &Item), Anchors> = BTreeMap::new();
    let of_one_name = |x: &Quantity, y: &Quantity| {
        let stages = same_stage(x, y);
        (stages == Some(true) || stages == Some(false) && x.has_digits(DIGITS))
            && x.same_scope(y)
            && x.agrees(y)
    };
    let spare = spare(left.most_half, right.most_half);
    for (x, middle) in common.near.iter().map(|at| (left.by_amount[*at], left.whole[*at])) {
        if matched.contains_key(&x.item) {
            continue;
        }
        for &y in right.agreeing(x, middle, spare).iter().filter(|y| of_one_name(x, y)) {
            if !taken.contains(&y.item) {
                let found = anchors.entry((&x.item, &y.item)).or_default();
                found.amounts.insert(x.amount);
                found.fair |= x.has_digits(DIGITS);
                found.long |= x.has_digits(LONG);
            }
        }
    }
    let mut likely: Vec<(u32, &Item, &Item)> = Vec::new();
    for ((a, b), Anchors { amounts, fair, long }) in anchors {
        let (Item::Named(one), Item::Named(other)) = (a, b) else { continue };
        let like = names.likeness(one, other);
        let near = like.score >= 50 || like.contained || like.in_order;
        // 托养服务补助 and 残疾人托养服务 share most of a name.
        let most = like.run >= RUN && like.run * 3 >= 2 * shorter(one, other);
        if near || like.score > 0 && (most && fair || amounts.len() >= 2 || long) {
            likely.push((like.score, a, b));
        }
    }
    likely.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    for (_, a, b) in likely {
        if !matched.contains_key(a) && !taken.contains(b) {
            matched.insert(a, (b, false));
            taken.insert(b);
        }
    }
    matched
}

/// Totals of one part of the money in two tables.
fn wholes<'a>(left: &Tabled<'a>, right: &Tabled<'a>, votes: &Votes) -> Vec<Pair<'a>> {
    // Two totals by their places, whether their stages are surely one, and whether they agree.
    let mut candidates: Vec<(usize, usize, bool, bool)> = Vec::new();
    for (at, a) in left.wholes.iter().enumerate() {
        for (other, b) in right.wholes.iter().enumerate() {
            let Some(sure) = same_stage(a, b) else { continue };
            if a.has_unit == b.has_unit && a.same_scope(b) && same_side(a, b) {
                let agrees = left.totals[at].agrees(&right.totals[other]);
                candidates.push((at, other, sure, agrees));
            }
        }
    }
    let exact = |a: &Quantity, b: &Quantity| (a.class, a.funds) == (b.class, b.funds);
    let voted = |at: usize, other: usize| {
        let one = left.voted[at].for_amount(left.wholes[at], votes);
        one.max(right.voted[other].for_amount(right.wholes[other], votes)) >= 2
    };
    let near = |at: usize, other: usize| left.totals[at].near(&right.totals[other]);
    let is_slip = |at: usize, other: usize| {
        left.totals[at].may_be_slip(&right.totals[other])
            && is_slip_between(left.wholes[at], right.wholes[other])
    };
    // Where none agrees, only a slip of the pen can be told, and what is near to what others state.
    let may_be_told = |at: usize, other: usize| {
        exact(left.wholes[at], right.wholes[other])
            && (near(at, other) && voted(at, other) || is_slip(at, other))
    };
    if !candidates.iter().any(|(at, other, _, agrees)| *agrees || may_be_told(*at, *other)) {
        return Vec::new();
    }
    let candidates: Vec<_> = candidates
        .into_iter()
        .map(|(at, other, sure, agrees)| {
            (left.wholes[at], right.wholes[other], sure, [at, other], agrees)
        })
        .collect();
    let worth = |a: &Quantity| a.has_digits(DIGITS);
    // What agrees settles both figures: what else might have been meant by them is not asked.
    let settled: BTreeSet<Place> = candidates
        .iter()
        .filter(|(a, b, _, _, agrees)| *agrees && !a.amount.is_zero() && (exact(a, b) || worth(a)))
        .flat_map(|(a, b, ..)| [a.place, b.place])
        .collect();
    let agreeing = Agreeing::of(
        candidates.iter().filter(|(a, .., agrees)| *agrees && worth(a)).map(|(a, b, ..)| (*a, *b)),
    );
    // Candidates of the same part, by either figure.
    let mut of_figure: QuickMap<(bool, Place), Vec<(&Quantity, &Quantity)>> = QuickMap::default();
    for (a, b, ..) in candidates.iter().filter(|(a, b, ..)| exact(a, b)) {
        of_figure.entry((true, a.place)).or_default().push((a, b));
        of_figure.entry((false, b.place)).or_default().push((a, b));
    }
    let rivals = |a: &Quantity, b: &Quantity| {
        let of = |key| of_figure.get(&key).into_iter().flatten();
        of((true, a.place))
            .chain(of((false, b.place)).filter(|(x, _)| x.place != a.place))
            .filter(|(x, _)| x.stage == a.stage && (x.class, x.funds) == (a.class, a.funds))
            .count()
    };
    let mut pairs = Vec::new();
    for (a, b, sure, [at, other], agrees) in &candidates {
        let others = agreeing.beside(a, b);
        let support = (others as u32, others as u32 + 1);
        if *agrees {
            // 0 = 0 says little, and a part that equals the whole is worth its digits.
            let shown = !a.amount.is_zero()
                && (exact(a, b) || worth(a) && related(a, b))
                && (*sure || worth(a));
            if shown {
                pairs.push(Pair { left: a, right: b, support, severity: severity(a, b) });
            }
            continue;
        }
        if a.unit_known != b.unit_known
            || !exact(a, b)
            || a.amount.is_zero()
            || b.amount.is_zero()
            || settled.contains(&a.place)
            || settled.contains(&b.place)
            || rivals(a, b) != 1
        {
            continue;
        }
        // 预算数 that does not say which is compared with either, where the difference is a slip of the pen.
        let slip = is_slip(*at, *other);
        let sure_of_both = others >= 1 || slip;
        if !(*sure || slip)
            || !(sure_of_both || near(*at, *other))
            || left.voted[*at].is_another_part(a, slip, votes)
            || right.voted[*other].is_another_part(b, slip, votes)
            || is_sum(a, &right.wholes)
            || is_sum(b, &left.wholes)
        {
            continue;
        }
        if sure_of_both || voted(*at, *other) {
            pairs.push(Pair { left: a, right: b, support, severity: severity(a, b) });
        }
    }
    pairs
}

/// The parts of the money that two totals are of.
type Parts = (Option<Class>, Funds, Option<Class>, Funds);

fn parts(a: &Quantity, b: &Quantity) -> Parts {
    (a.class, a.funds, b.class, b.funds)
}

/// Agreeing totals of two tables, by the parts that they are of.
#[derive(Default)]
struct Agreeing {
    /// Pairs of one part.
    exact: usize,
    /// The others.
    others: BTreeMap<Parts, usize>,
    /// All of them, by their cells.
    at: QuickMap<(Place, Place), Vec<Parts>>,
}

impl Agreeing {
    fn of<'a>(pairs: impl Iterator<Item = (&'a Quantity, &'a Quantity)>) -> Self {
        let mut agreeing = Self::default();
        for (a, b) in pairs {
            let parts = parts(a, b);
            if is_one_part(parts) {
                agreeing.exact += 1;
            } else {
                *agreeing.others.entry(parts).or_default() += 1;
            }
            agreeing.at.entry((a.place, b.place)).or_default().push(parts);
        }
        agreeing
    }

    /// How many other pairs show that the one total may be the other: those of one part, and those of the same two parts.
    fn beside(&self, a: &Quantity, b: &Quantity) -> usize {
        let wanted = parts(a, b);
        let shows = |parts: Parts| is_one_part(parts) || parts == wanted;
        let same_parts = if is_one_part(wanted) { None } else { self.others.get(&wanted) };
        let own = self.at.get(&(a.place, b.place));
        let own = own.map_or(0, |all| all.iter().filter(|parts| shows(**parts)).count());
        self.exact + same_parts.copied().unwrap_or(0) - own
    }
}

fn is_one_part((class, funds, other_class, other_funds): Parts) -> bool {
    (class, funds) == (other_class, other_funds)
}

/// Whether one total may be a part of the other that its table does not name: 项目支出 in a table of projects, 财政拨款 of a
/// unit that has no other money.
fn related(a: &Quantity, b: &Quantity) -> bool {
    let classes = a.class == b.class || a.class.is_none() || b.class.is_none();
    let titled = |quantity: &Quantity| {
        quantity.class.is_none() || quantity.class_source != Some(ReadFrom::Line)
    };
    classes
        && (a.funds.within(b.funds) || b.funds.within(a.funds))
        && (a.class == b.class || titled(a) || titled(b))
}

/// Whether a total is the sum of two totals of the other table: its scope is another.
fn is_sum(total: &Quantity, other: &[&Quantity]) -> bool {
    let parts: Vec<&&Quantity> = other
        .iter()
        .filter(|part| {
            part.stage == total.stage && part.same_scope(total) && !part.amount.is_zero()
        })
        .take(24)
        .collect();
    parts.iter().enumerate().any(|(at, a)| {
        parts[at + 1..].iter().any(|b| {
            // 基本 + 项目 is the whole itself: beside a wrong total it shows that total wrong, not of another scope.
            let both = [a.class, b.class];
            let makes = |one: Class, other: Class| {
                both == [Some(one), Some(other)] || both == [Some(other), Some(one)]
            };
            if total.class.is_none() && makes(Class::Basic, Class::Project)
                || total.class == Some(Class::Basic) && makes(Class::Staff, Class::Operating)
            {
                return false;
            }
            let slack = total.half + a.half + b.half;
            (a.amount + b.amount - total.amount).abs() <= slack
        })
    })
}
