//! A09 `increase-not-as-stated`: the budget was increased for staff, and the expenditure shows that a part went elsewhere.
//!
//! What staff and operating expenditure grew by is only known where one table states the basic budget by economic class, or by
//! 人员经费 and 公用经费, and another what was spent on both. Both grew by the increase in all: only then is its split asked
//! about.

use std::sync::LazyLock;

use super::{Context, Rule};
use crate::model::{
    Class, Finding, Item, Packet, Place, Quantity, Severity, Side, Stage, Table, Text, by_scope,
    names, words,
};
use crate::number::{Decimal, Unit};

pub(super) static RULE: Rule = Rule { code: "A09", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let groups = by_scope(&context.quantities);
    groups.iter().filter_map(|group| of_group(context.packet, group)).collect()
}

fn of_group(packet: &Packet, group: &[&Quantity]) -> Option<Finding> {
    let only = |stage: Stage, class: Class| {
        let mut found = group.iter().filter(|one| {
            one.stage == stage
                && one.class == Some(class)
                && one.item == Item::Whole
                && one.side != Some(Side::Income)
        });
        let first = found.next()?;
        found.all(|other| other.agrees(first)).then_some(*first)
    };
    let increase = only(Stage::Increase, Class::Staff)?;
    let (staff, operating) =
        (only(Stage::Executed, Class::Staff)?, only(Stage::Executed, Class::Operating)?);
    let stated = only(Stage::Initial, Class::Staff).zip(only(Stage::Initial, Class::Operating));
    let (of_staff, of_operating, from) = match stated {
        Some((a, b)) => (a.amount, b.amount, a.place),
        None => by_economic_class(packet, group)?,
    };
    let (more_staff, more_operating) = (staff.amount - of_staff, operating.amount - of_operating);
    let slack = increase.half + staff.half + operating.half;
    let all_of_it = (more_staff + more_operating - increase.amount).abs() <= slack;
    if !all_of_it || more_operating <= slack || increase.amount <= Decimal::ZERO {
        return None;
    }
    let unit = packet.unit(operating.place, Some(operating.table));
    let scale = unit.and_then(Unit::yuan).unwrap_or(Decimal::ONE);
    let shown = |yuan: Decimal| (yuan / scale).normalize();
    let word = unit.map(ToString::to_string).unwrap_or_default();
    let (total, a, b) = (shown(increase.amount), shown(more_staff), shown(more_operating));
    let mut finding = RULE.at(
        operating.place,
        Text::new(
            format!("调增事由为人员经费 {total} {word}；按支出与年初预算比较，人员经费增加 {a}，公用经费增加 {b}，请说明公用经费增加的依据"),
            format!("the increase of {total} {word} is stated to be for staff; against the initial budget staff grew by {a} and operating expenditure by {b}: on what basis?"),
        ),
    );
    finding.related = vec![increase.place, staff.place, from];
    Some(finding)
}

/// The economic classes by which basic expenditure is budgeted, that are neither staff nor benefits: the names of 302 and 310.
static OPERATING: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    include_str!("../../../schemas/meaning/operating.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
});

/// The same for 301 and 303.
static STAFF: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    include_str!("../../../schemas/meaning/staff.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
});

/// Staff and operating money of a table of the basic budget whose every line is an economic class.
pub(super) fn by_economic_class(
    packet: &Packet,
    group: &[&Quantity],
) -> Option<(Decimal, Decimal, Place)> {
    let tables: std::collections::BTreeSet<u32> = group.iter().map(|one| one.table).collect();
    tables.into_iter().find_map(|table| {
        let own: Vec<&&Quantity> =
            group.iter().filter(|one| one.table == table && one.stage == Stage::Initial).collect();
        let total =
            own.iter().find(|one| one.item == Item::Whole && one.class == Some(Class::Basic))?;
        let lines: Vec<&&&Quantity> = own
            .iter()
            .filter(|one| {
                one.place.cell.column == total.place.cell.column && one.item != Item::Whole
            })
            .collect();
        let (mut staff, mut operating) = (Decimal::ZERO, Decimal::ZERO);
        for one in &lines {
            match class(&packet.tables[table as usize], one)? {
                Class::Staff => staff += one.amount,
                _ => operating += one.amount,
            }
        }
        let ties = (staff + operating - total.amount).abs() <= total.half;
        (lines.len() >= 4 && ties).then_some((staff, operating, total.place))
    })
}

fn class(table: &Table, quantity: &Quantity) -> Option<Class> {
    let line = &table.lines[quantity.line];
    if let Some(code) = line.code.as_deref().filter(|code| code.len() == 5) {
        return match code.get(..3)? {
            "301" | "303" => Some(Class::Staff),
            "302" | "309" | "310" => Some(Class::Operating),
            _ => None,
        };
    }
    let name = words::key(&line.name);
    let is = |known: &&str| {
        name == words::key(known) || names::key(&name).name == names::key(known).name
    };
    if STAFF.iter().any(is) {
        Some(Class::Staff)
    } else {
        OPERATING.iter().any(is).then_some(Class::Operating)
    }
}
