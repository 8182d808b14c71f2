//! What one table lists in several lines against what another states in one: the payments of a project and its expenditure, the
//! documents of a budget register and the adjustment.
//!
//! The lines of one name, stage and column are added up, and the sum is looked for under that name in the other tables of the
//! same entity, year and draft. Names that are only alike are anchored by the sum. That sums agree is shown; that one does not
//! is said only where those beside it do, or where the difference is a slip of the pen: payments may be an extract.

use std::collections::BTreeMap;

use super::slip::is_slip_within;
use crate::lexicon::Rulebook;
use crate::model::{
    EvidenceSet, Item, LineRole, Names, Operation, Origin, Packet, Quantity, Relation, Severity,
    Shape, Side, Stage, Text,
};
use crate::number::Decimal;

/// Lines of one name past which a sum is not made.
const LINES: usize = 400;
/// Tables of a packet past which nothing is tried, and names past which only equal ones are compared.
const TABLES: usize = 300;
const NAMES: usize = 20_000;

/// Lines of a table that are of one thing, in one column.
pub(super) struct Sum<'a> {
    item: &'a Item,
    lines: Vec<&'a Quantity>,
    amount: Decimal,
    half: Decimal,
}

impl<'a> Sum<'a> {
    pub(super) fn of(item: &'a Item, lines: Vec<&'a Quantity>) -> Self {
        let amount = lines.iter().map(|line| line.amount).sum();
        let half = lines.iter().map(|line| line.half).sum();
        Self { item, lines, amount, half }
    }

    fn agrees(&self, other: &Quantity) -> bool {
        (self.amount - other.amount).abs() <= self.half + other.half
    }

    fn slips(&self, other: &Quantity) -> bool {
        let halves = self.lines.iter().map(|line| line.half);
        let half = halves.fold(other.half, Decimal::max);
        is_slip_within(self.amount, other.amount, half, self.half + other.half)
    }
}

/// Sums of lines, and what other tables state of the same.
pub(super) fn relate(
    rulebook: &Rulebook,
    packet: &Packet,
    quantities: &[Vec<Quantity>],
) -> Vec<Relation> {
    if !(2..=TABLES).contains(&packet.tables.len()) {
        return Vec::new();
    }
    let mut relations = Vec::new();
    for (at, own) in quantities.iter().enumerate() {
        if !names_repeat(own) {
            continue;
        }
        let kind = packet.tables[at].kind.as_deref().and_then(|id| rulebook.kind(id));
        let code = kind.and_then(|kind| kind.entries_code.as_deref()).unwrap_or("X01");
        for (column, sums) in sums(packet, own) {
            if sums.iter().all(|sum| sum.lines.len() < 2) {
                continue;
            }
            for (other, theirs) in quantities.iter().enumerate().filter(|(other, _)| *other != at) {
                let stated = stated(packet, other, theirs, column.0, sums[0].lines[0]);
                if stated.first().is_some_and(|(_, one)| one.same_scope(sums[0].lines[0])) {
                    relations.extend(compared(&packet.names, &sums, &stated, code));
                }
            }
        }
    }
    relations
}

/// Whether any two lines may be of one thing: mostly each is of its own.
fn names_repeat(all: &[Quantity]) -> bool {
    let named = all.iter().filter(|one| one.item != Item::Whole);
    let mut items: Vec<(&Item, usize)> = named.map(|one| (&one.item, one.line)).collect();
    // Those of one line follow each other.
    items.dedup();
    items.sort_unstable();
    items.windows(2).any(|pair| pair[0].0 == pair[1].0)
}

type Column = (Stage, u32);

/// The lines of each column and stage, by what they are of; nothing where a line is part of another.
fn sums<'a>(packet: &Packet, all: &'a [Quantity]) -> BTreeMap<Column, Vec<Sum<'a>>> {
    let mut columns: BTreeMap<Column, BTreeMap<&Item, Vec<&Quantity>>> = BTreeMap::new();
    for one in all {
        let line = &packet.tables[one.table as usize].lines[one.line];
        let listed = line.role == LineRole::Item && line.parent.is_none();
        if listed && one.item != Item::Whole && !one.amount.is_zero() {
            let column = (one.stage, one.place.cell.column);
            columns.entry(column).or_default().entry(&one.item).or_default().push(one);
        }
    }
    columns
        .into_iter()
        .map(|(column, items)| {
            let sums = items.into_iter().filter(|(_, lines)| lines.len() <= LINES);
            (column, sums.map(|(item, lines)| Sum::of(item, lines)).collect())
        })
        .filter(|(_, sums): &(Column, Vec<Sum>)| !sums.is_empty())
        .collect()
}

/// What a table states of a stage, once for each thing.
pub(super) fn stated<'a>(
    packet: &Packet,
    table: usize,
    all: &'a [Quantity],
    stage: Stage,
    like: &Quantity,
) -> Vec<(&'a Item, &'a Quantity)> {
    let mut found: BTreeMap<&Item, Vec<&Quantity>> = BTreeMap::new();
    for one in all.iter().filter(|one| {
        one.stage == stage
            && one.item != Item::Whole
            && one.side != Some(Side::Income)
            && one.same_scope(like)
    }) {
        found.entry(&one.item).or_default().push(one);
    }
    // 支出数 | 其中：本级资金 | 上级资金: all of it is what was paid.
    for lines in found.values_mut() {
        if lines.len() > 1 && lines.iter().any(|one| one.funds.is_all()) {
            lines.retain(|one| one.funds.is_all());
        }
    }
    let once = |lines: &[&Quantity]| {
        let role = packet.tables[table].lines[lines[0].line].role;
        lines.len() == 1 && role != LineRole::Total
    };
    found.into_iter().filter(|(_, lines)| once(lines)).map(|(item, l)| (item, l[0])).collect()
}

/// Sums of one table against what another states.
pub(super) fn compared(
    names: &Names,
    sums: &[Sum],
    stated: &[(&Item, &Quantity)],
    code: &str,
) -> Vec<Relation> {
    let mut pairs: Vec<(&Sum, &Quantity, bool)> = Vec::new();
    for sum in sums {
        let same = stated.iter().find(|(item, _)| *item == sum.item);
        if let Some((_, one)) = same {
            pairs.push((sum, one, true));
        } else if sums.len() * stated.len() <= NAMES
            && let Some(one) = alike(names, sum, stated)
        {
            pairs.push((sum, one, false));
        }
    }
    let agree = |sum: &Sum, one: &Quantity| sum.agrees(one);
    let yes = pairs.iter().filter(|(sum, one, _)| agree(sum, one)).count();
    let no = pairs.len() - yes;
    let mut relations = Vec::new();
    for (sum, one, exact) in pairs.iter().filter(|(sum, ..)| sum.lines.len() > 1) {
        let holds = agree(sum, one);
        // One of several lines of a name may be the one meant: 公共租赁住房维修 25.62 and 374.38.
        let single = sum.lines.iter().any(|line| line.agrees(one));
        let most = yes >= 2 && (no == 1 || no * 4 <= yes);
        // 本级资金支出 of a project need not be all that was paid for it.
        let said =
            *exact && one.funds == sum.lines[0].funds && (most || sum.slips(one) && no <= yes + 1);
        if holds && one.has_digits(3) || !holds && !single && said {
            relations.push(relation(sum, one, code, (yes as u32, pairs.len() as u32)));
        }
    }
    relations
}

/// The only thing of a like name whose amount is the sum.
fn alike<'a>(names: &Names, sum: &Sum, stated: &[(&Item, &'a Quantity)]) -> Option<&'a Quantity> {
    let Item::Named(name) = sum.item else { return None };
    let mut found = stated.iter().filter(|(item, one)| {
        let Item::Named(other) = item else { return false };
        let like = names.likeness(name, other);
        (like.score >= 50 || like.contained || like.in_order)
            && sum.agrees(one)
            && one.has_digits(3)
    });
    let first = found.next()?;
    found.next().is_none().then_some(first.1)
}

fn relation(sum: &Sum, one: &Quantity, code: &str, support: (u32, u32)) -> Relation {
    let terms = sum.lines.iter().map(|line| line.operand(1)).collect();
    let shape = Shape::Cells { target: one.operand(1), terms };
    let evidence = EvidenceSet::of(Origin::Label).with(Origin::Mined);
    Relation::new(code, Operation::Sum, shape, evidence)
        .of_severity(Severity::Warning)
        .supported(support.0, support.1)
        .because(Text::new(
            "分笔所列之和应为另一表所列该项目的数额",
            "the lines of one item come to what another table states of it",
        ))
}
