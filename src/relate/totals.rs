//! The same total in two tables of a packet (X01): 调整后 of the adjustment table and 预算数 of the expenditure table, found by
//! stage of the money, year, entity and what the tables are about.
//!
//! That two totals are of one stage does not make them one quantity: a table may list a part only. So they are compared
//! where they agree, which is worth showing; where they differ, only when another total of the same two tables agrees, or
//! when they differ by a slip of the pen that two different quantities would hardly show.

use std::collections::{BTreeSet, HashSet};

use super::across::comparable;
use crate::model::{
    EvidenceSet, Field, FieldRole, Line, LineRole, Operand, Operation, Origin, Packet, Place,
    Relation, Severity, Shape, Stage, Table, Text, words,
};
use crate::number::{Decimal, Unit, significant_digits};

/// Tables of a packet past which pairs are not tried: an archive is no packet.
const TABLES: usize = 300;
/// Digits that two totals must share before they are taken for one.
const DIGITS: u32 = 4;
/// Digits that two totals must have before one wrong among them is a slip.
const DIGITS_OF_SLIP: u32 = 5;

/// Words that say which part of the money a table is about; tables of different parts are not compared.
const SUBJECTS: &[&str] = &[
    "基本支出",
    "项目支出",
    "人员",
    "公用",
    "三公",
    "采购",
    "基金",
    "国有资本",
    "社会保险",
    "社保",
    "一般公共",
    "财政拨款",
    "专户",
    "收入",
    "来源",
    "资产",
    "专项",
    "债",
    "工资",
    "会议",
    "培训",
    "购买服务",
    "下属",
    "本级",
    "汇总",
    "转移支付",
    "上级",
    "自有",
    "其他资金",
    "车",
    "房",
    "补助",
    "绩效",
    "经常",
    "建设",
    "结转",
    "结余",
    "分期",
    "季度",
    "月",
];

/// A total of one stage of the money.
struct Quantity<'a> {
    table: &'a Table,
    place: Place,
    /// The stages it may be of: 预算数 beside 支出数 is the initial or the adjusted budget.
    stages: Vec<Stage>,
    year: Option<i32>,
    subject: BTreeSet<&'static str>,
    /// In yuan where the unit is known; with half a unit of the last printed digit.
    amount: (Decimal, Decimal),
}

/// Equal totals between tables; `known` are relations found otherwise, which are not told again.
pub(super) fn relate(packet: &Packet, known: &[Relation]) -> Vec<Relation> {
    if !(2..=TABLES).contains(&packet.tables.len()) {
        return Vec::new();
    }
    let tied: HashSet<(Place, Place)> = known.iter().filter_map(tie).collect();
    let totals: Vec<Vec<Quantity>> =
        packet.tables.iter().map(|table| quantities(packet, table)).collect();
    let mut relations = Vec::new();
    for (at, left) in totals.iter().enumerate() {
        for right in &totals[at + 1..] {
            let pairs = pairs(left, right);
            relations.extend(
                pairs
                    .into_iter()
                    .filter(|(a, b)| !tied.contains(&ordered(a.place, b.place)))
                    .map(|(a, b)| relation(a, b)),
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

/// The totals of two tables that should be equal.
fn pairs<'a>(
    left: &'a [Quantity<'a>],
    right: &'a [Quantity<'a>],
) -> Vec<(&'a Quantity<'a>, &'a Quantity<'a>)> {
    let alike = |a: &Quantity, b: &Quantity| {
        comparable(a.table, b.table)
            && (a.year.is_none() || b.year.is_none() || a.year == b.year)
            && a.subject == b.subject
            && a.stages.iter().any(|stage| b.stages.contains(stage))
    };
    let all: Vec<_> = left
        .iter()
        .flat_map(|a| right.iter().map(move |b| (a, b)))
        .filter(|(a, b)| alike(a, b))
        .collect();
    let agree = |(a, b): &(&Quantity, &Quantity)| {
        (a.amount.0 - b.amount.0).abs() <= a.amount.1 + b.amount.1 && has_digits(a.amount.0, DIGITS)
    };
    let mut found: Vec<_> = all.iter().copied().filter(agree).collect();
    let settled: BTreeSet<Place> = found.iter().flat_map(|(a, b)| [a.place, b.place]).collect();
    let open =
        all.into_iter().filter(|(a, b)| !settled.contains(&a.place) && !settled.contains(&b.place));
    let plain = |quantity: &Quantity| quantity.stages.len() == 1;
    let differ = open.filter(|(a, b)| {
        let confirmed = !settled.is_empty() && plain(a) && plain(b);
        confirmed && !a.amount.0.is_zero() && !b.amount.0.is_zero()
            || is_slip(a.amount.0, b.amount.0)
    });
    found.extend(differ.collect::<Vec<_>>());
    found
}

fn relation(left: &Quantity, right: &Quantity) -> Relation {
    let operand = |quantity: &Quantity| Operand {
        place: quantity.place,
        table: Some(quantity.table.id),
        coefficient: 1,
    };
    Relation::new(
        "X01",
        Operation::Equal,
        Shape::Cells { target: operand(right), terms: vec![operand(left)] },
        EvidenceSet::of(Origin::Label).with(Origin::Mined),
    )
    .of_severity(Severity::Warning)
    .because(Text::new("两表所列同一口径的合计应一致", "two tables state the same total"))
}

/// The totals of a table whose stage its words say: of a column in the total line, or of a line (年初预算) in its one column.
fn quantities<'a>(packet: &Packet, table: &'a Table) -> Vec<Quantity<'a>> {
    let amounts: Vec<&Field> = table
        .fields
        .iter()
        .filter(|field| field.role == FieldRole::Amount && !words::is_not_additive(&field.path))
        .collect();
    let mut found = Vec::new();
    if let Some(total) = total_line(table) {
        let executes = amounts.iter().any(|field| field.stage == Some(Stage::Executed));
        let adjusts = amounts.iter().any(|field| field.stage == Some(Stage::Adjusted));
        for field in &amounts {
            let Some(stage) = field.stage else { continue };
            let same = amounts.iter().filter(|other| other.stage == Some(stage)).count();
            let stages = match stage {
                Stage::Initial if executes && !adjusts => vec![Stage::Initial, Stage::Adjusted],
                Stage::Initial | Stage::Adjusted | Stage::Executed => vec![stage],
                Stage::Adjustment | Stage::CarriedOver => continue,
            };
            if same == 1 {
                found.extend(quantity(packet, table, total, field, stages));
            }
        }
    }
    if let [field] = amounts.as_slice()
        && field.stage.is_none()
    {
        let staged: Vec<(&Line, Stage)> = table
            .lines
            .iter()
            .filter(|line| line.role.is_data())
            .filter_map(|line| Some((line, words::stage(&line.name)?)))
            .filter(|(_, stage)| matches!(stage, Stage::Initial | Stage::Adjusted))
            .collect();
        for (line, stage) in &staged {
            if staged.iter().filter(|(_, other)| other == stage).count() == 1 {
                found.extend(quantity(packet, table, line, field, vec![*stage]));
            }
        }
    }
    found
}

/// The line that adds up the whole table: its only total, or the only one that is called so and nothing else.
fn total_line(table: &Table) -> Option<&Line> {
    let totals = || table.lines.iter().filter(|line| line.role == LineRole::Total);
    let plain =
        || totals().filter(|line| matches!(line.name.as_str(), "合计" | "总计" | "共计" | "total"));
    match (totals().count(), plain().count()) {
        (1, _) => totals().next(),
        (_, 1) => plain().next(),
        _ => None,
    }
}

fn quantity<'a>(
    packet: &Packet,
    table: &'a Table,
    line: &Line,
    field: &Field,
    stages: Vec<Stage>,
) -> Option<Quantity<'a>> {
    let cell = crate::model::CellRef::new(line.row, field.column);
    let place = Place { file: table.file, sheet: table.sheet, cell };
    let figure = packet.figure(place, Some(table.id));
    let unit = packet.unit(place, Some(table.id)).and_then(Unit::yuan).unwrap_or(Decimal::ONE);
    let amount = (figure.number()?.checked_mul(unit)?, figure.half_unit().checked_mul(unit)?);
    let sheet = packet.table_sheet(table).map(|sheet| sheet.name.as_str()).unwrap_or_default();
    let said = [table.title.as_deref().unwrap_or_default(), sheet, line.name.as_str()];
    let said = said.concat() + &field.path.concat();
    let subject = SUBJECTS.iter().copied().filter(|word| said.contains(word)).collect();
    Some(Quantity { table, place, stages, year: field.year.or(table.year), subject, amount })
}

/// Whether a number has at least so many digits.
fn has_digits(value: Decimal, least: u32) -> bool {
    significant_digits(value) >= 10_u128.pow(least - 1)
}

/// Whether one total is the other with one digit wrong, two neighbours swapped, or the point elsewhere.
fn is_slip(one: Decimal, other: Decimal) -> bool {
    if one.is_zero() || other.is_zero() || one.is_sign_negative() != other.is_sign_negative() {
        return false;
    }
    if significant_digits(one) == significant_digits(other) {
        return has_digits(one, DIGITS);
    }
    // 20,000 and 30,000 differ in one digit, too.
    if !has_digits(one, DIGITS_OF_SLIP) || !has_digits(other, DIGITS_OF_SLIP) {
        return false;
    }
    // Digits stand beside each other at one scale.
    let scale = one.normalize().scale().max(other.normalize().scale());
    let at_scale = |value: Decimal| {
        let mut value = value.abs().normalize();
        value.rescale(scale);
        value.mantissa().to_string().into_bytes()
    };
    let (a, b) = (at_scale(one), at_scale(other));
    if a.len() != b.len() {
        return false;
    }
    let wrong: Vec<usize> = (0..a.len()).filter(|at| a[*at] != b[*at]).collect();
    match wrong.as_slice() {
        [_] => true,
        [first, second] => {
            second - first == 1 && a[*first] == b[*second] && a[*second] == b[*first]
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_other_amounts() {
        for (one, other, slip) in [
            ("26027.24", "26072.24", true),
            ("26027.24", "26027.34", true),
            ("26027.24", "2602.724", true),
            ("26027.24", "36037.24", false),
            ("26027.24", "20320.85", false),
            ("12.5", "12.6", false),
            ("20000.00", "30000.00", false),
            ("26027.24", "-26027.24", false),
            ("0", "26027.24", false),
        ] {
            let (one, other) = (one.parse().unwrap(), other.parse().unwrap());
            assert_eq!(is_slip(one, other), slip, "{one} {other}");
        }
    }
}
