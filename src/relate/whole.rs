//! What the parts of the money come to, across tables: 年初预算 = 基本支出 + 项目支出, 收入总计 = 支出总计 printed on two sheets,
//! and what one year carries out against what the next carries in.

use std::collections::HashSet;

use super::slip::{is_slip_between, is_slip_within};
use crate::model::{
    Class, Funds, Item, Operation, Origin, Packet, Place, Quantity, ReadFrom, Relation, Severity,
    Shape, Side, Stage, Sureness, Text,
};
use crate::number::Decimal;

/// Relations between totals; `known` are relations found otherwise, which are not told again.
pub(super) fn relate(
    packet: &Packet,
    quantities: &[Vec<Quantity>],
    known: &[Relation],
) -> Vec<Relation> {
    let wholes: Vec<&Quantity> = quantities
        .iter()
        .flatten()
        .filter(|quantity| quantity.item == Item::Whole && !quantity.amount.is_zero())
        .collect();
    let mut relations = parts(&wholes, &sums_of_two(packet, known));
    relations.extend(balance(packet, &wholes));
    relations.extend(carried(&wholes));
    relations.extend(sources(&wholes));
    relations.extend(spent(&wholes));
    relations.extend(restored(&wholes));
    relations
}

/// 调整后预算 = 支出 + 结转结余 of another table, or what the tables of expenditure come to together: shown where it holds, since
/// what was left over need not be stated.
fn spent(wholes: &[&Quantity]) -> Vec<Relation> {
    let mut relations = Vec::new();
    let plain = |one: &Quantity| {
        one.class.is_none() && one.side != Some(Side::Income) && one.item == Item::Whole
    };
    let adjusted = wholes
        .iter()
        .filter(|one| one.stage == Stage::Adjusted && one.funds.is_all() && plain(one));
    let at_stage = |stage: Stage| -> Vec<&Quantity> {
        wholes.iter().copied().filter(|one| one.stage == stage && plain(one)).collect()
    };
    let (spent, left_over) = (at_stage(Stage::Executed), at_stage(Stage::CarriedOver));
    for target in adjusted {
        let fits = |one: &&Quantity| {
            one.table != target.table && one.has_unit == target.has_unit && one.same_scope(target)
        };
        let executed: Vec<&Quantity> = spent.iter().copied().filter(fits).collect();
        let mut sets: Vec<Vec<&Quantity>> = executed.iter().map(|one| vec![*one]).collect();
        for one in &executed {
            let left = left_over
                .iter()
                .copied()
                .find(|left| fits(left) && left.table == one.table && left.funds == one.funds);
            sets.extend(left.map(|left| vec![*one, left]));
        }
        let mut tables: Vec<u32> = executed.iter().map(|one| one.table).collect();
        tables.dedup();
        if executed.len() > 1 && tables.len() == executed.len() {
            sets.push(executed.clone());
        }
        let holds = sets.into_iter().find(|set| {
            let sum: Decimal = set.iter().map(|one| one.amount).sum();
            let slack: Decimal = target.half + set.iter().map(|one| one.half).sum::<Decimal>();
            (sum - target.amount).abs() <= slack && target.has_digits(3)
        });
        let Some(set) = holds else { continue };
        let terms: Vec<_> = set.iter().map(|one| one.operand(1)).collect();
        let operation = if terms.len() == 1 { Operation::Equal } else { Operation::Sum };
        let shape = Shape::Cells { target: target.operand(1), terms };
        relations.push(
            Relation::new("A05", operation, shape, Origin::Label)
                .of_severity(Severity::Warning)
                .because(Text::new(
                    "调整后预算应为支出与结转结余之和",
                    "the adjusted budget is what was spent and what is carried over",
                )),
        );
    }
    relations
}

/// 支出 = 本级资金支出 + 上级专项支出, each stated by itself.
fn sources(wholes: &[&Quantity]) -> Vec<Relation> {
    let mut relations = Vec::new();
    let executed =
        || wholes.iter().filter(|one| one.stage == Stage::Executed && one.class.is_none());
    let of_source: Vec<&Quantity> = executed()
        .copied()
        .filter(|one| [Funds::LOCAL, Funds::UPPER].contains(&one.funds))
        .collect();
    for target in executed().filter(|one| one.funds.is_all() && one.side != Some(Side::Income)) {
        let part = |funds: Funds| {
            let mut found = of_source.iter().filter(|one| {
                one.funds == funds && one.table != target.table && one.same_scope(target)
            });
            let first = found.next()?;
            found.all(|other| other.agrees(first)).then_some(*first)
        };
        let (Some(local), Some(upper)) = (part(Funds::LOCAL), part(Funds::UPPER)) else {
            continue;
        };
        let sum = local.amount + upper.amount;
        let slack = target.half + local.half + upper.half;
        let sure = target.sure.min(local.sure).min(upper.sure) >= Sureness::Likely;
        if (target.amount - sum).abs() <= slack || sure && slips(target, &[local, upper]) {
            let terms = vec![local.operand(1), upper.operand(1)];
            let shape = Shape::Cells { target: target.operand(1), terms };
            relations.push(
                Relation::new("A04", Operation::Sum, shape, Origin::Label)
                    .of_severity(Severity::Warning)
                    .because(Text::new(
                        "支出应为本级资金支出与上级专项支出之和",
                        "expenditure is that of local money and of money from above",
                    )),
            );
        }
    }
    relations
}

/// 本级调增 = 本级支出 − 人员 − 公用 − 年初项目: shown where it holds, since it need not where money is left over or came from
/// above at the start.
fn restored(wholes: &[&Quantity]) -> Vec<Relation> {
    let mut relations = Vec::new();
    for target in wholes.iter().filter(|one| {
        one.stage == Stage::Increase && one.funds == Funds::LOCAL && one.class.is_none()
    }) {
        let only = |stage: Stage, class: Option<Class>, funds: Funds| {
            let mut found = wholes.iter().filter(|one| {
                (one.stage, one.class, one.funds) == (stage, class, funds)
                    && one.side != Some(Side::Income)
                    && one.same_scope(target)
            });
            let first = found.next()?;
            found.all(|other| other.agrees(first)).then_some(*first)
        };
        let terms = (|| {
            let local = |class: Option<Class>| {
                only(Stage::Executed, class, Funds::LOCAL)
                    .or_else(|| only(Stage::Executed, class, Funds::default()))
            };
            Some([
                (only(Stage::Executed, None, Funds::LOCAL)?, 1),
                (local(Some(Class::Staff))?, -1),
                (local(Some(Class::Operating))?, -1),
                (only(Stage::Initial, Some(Class::Project), Funds::default())?, -1),
            ])
        })();
        let Some(terms) = terms else { continue };
        let sum: Decimal = terms.iter().map(|(one, sign)| one.amount * Decimal::from(*sign)).sum();
        let slack: Decimal = target.half + terms.iter().map(|(one, _)| one.half).sum::<Decimal>();
        if (sum - target.amount).abs() <= slack {
            let terms = terms.iter().map(|(one, sign)| one.operand(*sign)).collect();
            let shape = Shape::Cells { target: target.operand(1), terms };
            relations.push(
                Relation::new("A08", Operation::Sum, shape, Origin::Label)
                    .of_severity(Severity::Warning)
                    .because(Text::new(
                        "本级支出扣除人员公用经费和年初项目，应为本级调增",
                        "local expenditure without staff, operating and budgeted projects is the local increase",
                    )),
            );
        }
    }
    relations
}

/// 年初预算 = 基本支出 + 项目支出 and 基本支出 = 人员经费 + 公用经费, each of its own table or all of one.
fn parts(wholes: &[&Quantity], known: &HashSet<[Place; 3]>) -> Vec<Relation> {
    let stages = [Stage::Initial, Stage::Adjusted, Stage::Executed];
    let mut relations = Vec::new();
    let of_a_class: Vec<&Quantity> =
        wholes.iter().copied().filter(|one| one.class.is_some()).collect();
    for target in wholes {
        let classes = match target.class {
            None => [Class::Basic, Class::Project],
            Some(Class::Basic) => [Class::Staff, Class::Operating],
            Some(_) => continue,
        };
        if !target.funds.is_all()
            || target.side == Some(Side::Income)
            || !stages.contains(&target.stage)
        {
            continue;
        }
        let of_class = |class: Class| {
            of_a_class.iter().copied().filter(move |quantity| {
                quantity.class == Some(class)
                    && quantity.stage == target.stage
                    && quantity.same_scope(target)
            })
        };
        // A table that is about the part as a whole says it best.
        let elsewhere = |class: Class| {
            let all = || of_class(class).filter(|quantity| quantity.table != target.table);
            let titled = |quantity: &&Quantity| {
                matches!(quantity.class_source, Some(ReadFrom::Title | ReadFrom::Sheet))
            };
            all().find(titled).or_else(|| all().next())
        };
        // Parts below or beside their whole: one of each in its column or line.
        let at_hand = |class: Class| {
            let mut found = of_class(class).filter(|quantity| {
                let (own, whole) = (quantity.place.cell, target.place.cell);
                quantity.table == target.table
                    && quantity.funds == target.funds
                    && quantity.year == target.year
                    && (own.column == whole.column || own.row == whole.row)
            });
            let only = found.next()?;
            found.next().is_none().then_some(only)
        };
        let pairs = [classes.map(elsewhere), classes.map(at_hand)];
        for pair in pairs {
            let [Some(first), Some(second)] = pair else { continue };
            let mut cells = [target.place, first.place, second.place];
            cells[1..].sort_unstable();
            let told =
                known.contains(&cells) || target.class.is_some() && first.table != target.table;
            let sum = first.amount + second.amount;
            let slack = target.half + first.half + second.half;
            let holds = (target.amount - sum).abs() <= slack;
            let sure = [*target, first, second].iter().all(|one| one.sure >= Sureness::Likely);
            if !told && (holds || sure && slips(target, &[first, second])) {
                let code = if target.class.is_some() { "B15" } else { "B05" };
                let terms = vec![first.operand(1), second.operand(1)];
                let shape = Shape::Cells { target: target.operand(1), terms };
                let reason = if target.class.is_some() {
                    Text::new(
                        "基本支出应为人员经费与公用经费之和",
                        "basic expenditure is that for staff and for operating",
                    )
                } else {
                    Text::new(
                        "合计应为基本支出与项目支出之和",
                        "the whole is basic plus project expenditure",
                    )
                };
                relations.push(
                    Relation::new(code, Operation::Sum, shape, Origin::Label)
                        .of_severity(Severity::Warning)
                        .because(reason),
                );
            }
        }
    }
    relations
}

/// The checks of a total and two parts that lines or columns make: target first.
fn sums_of_two(packet: &Packet, known: &[Relation]) -> HashSet<[Place; 3]> {
    let mut found = HashSet::new();
    let mut terms = Vec::new();
    for relation in known.iter().filter(|relation| relation.operation == Operation::Sum) {
        let two = match &relation.shape {
            Shape::Lines { terms, .. } | Shape::Fields { terms, .. } => terms.len() == 2,
            Shape::Cells { .. } => false,
        };
        for at in (0..relation.check_count()).filter(|_| two) {
            let target = relation.operands(at, |table| packet.place_of(table), &mut terms);
            if let [a, b] = terms.as_slice() {
                let (a, b) = (a.place.min(b.place), a.place.max(b.place));
                found.insert([target.place, a, b]);
            }
        }
    }
    found
}

/// Whether one of a total and its parts, as the others would have it, is a slip of the pen.
fn slips(target: &Quantity, parts: &[&Quantity]) -> bool {
    let sum: Decimal = parts.iter().map(|one| one.amount).sum();
    let halves = || parts.iter().map(|one| one.half).chain([target.half]);
    let (half, slack) = (halves().max().unwrap_or_default(), halves().sum());
    is_slip_within(target.amount, sum, half, slack)
        || parts.iter().any(|part| {
            is_slip_within(part.amount, target.amount - (sum - part.amount), half, slack)
        })
}

/// 各项收入合计 on one sheet and 各项支出合计 on the next, where they balance or nearly do.
fn balance(packet: &Packet, wholes: &[&Quantity]) -> Vec<Relation> {
    let mut relations = Vec::new();
    for income in wholes.iter().filter(|one| one.side == Some(Side::Income) && one.grand) {
        for spent in wholes.iter().filter(|one| one.side == Some(Side::Expenditure) && one.grand) {
            let (a, b) =
                (&packet.tables[income.table as usize], &packet.tables[spent.table as usize]);
            let apart = (a.file, a.sheet) != (b.file, b.sheet);
            if !apart
                || income.stage != spent.stage
                || !income.same_scope(spent)
                || (income.class, income.funds) != (spent.class, spent.funds)
            {
                continue;
            }
            let close = is_slip_between(income, spent);
            if income.agrees(spent) && income.has_digits(3) || close {
                relations.push(
                    Relation::new(
                        "B01",
                        Operation::Equal,
                        Shape::Cells { target: income.operand(1), terms: vec![spent.operand(1)] },
                        Origin::Label,
                    )
                    .of_severity(Severity::Warning)
                    .because(Text::new("收入总计应等于支出总计", "income balances expenditure")),
                );
            }
        }
    }
    relations
}

/// 本年“年初结转和结余” = 上年“年末结转和结余”.
fn carried(wholes: &[&Quantity]) -> Vec<Relation> {
    let of = |stage: Stage| wholes.iter().filter(move |one| one.stage == stage);
    let mut relations = Vec::new();
    for came in of(Stage::CarriedIn) {
        for left in of(Stage::CarriedOver) {
            let (Some(now), Some(before)) = (came.year, left.year) else { continue };
            if before + 1 != now
                || came.table == left.table
                || !came.same_house(left)
                || (came.class, came.funds) != (left.class, left.funds)
                || came.side.is_some() && left.side.is_some() && came.side == left.side
            {
                continue;
            }
            // The year before may have been corrected since: a difference is a question, and only where both are alone.
            let alone = of(Stage::CarriedOver)
                .filter(|other| {
                    other.year == left.year && other.same_house(left) && !other.agrees(left)
                })
                .count()
                == 0;
            if came.agrees(left) || alone && is_slip_between(came, left) {
                relations.push(
                    Relation::new(
                        "F13",
                        Operation::Equal,
                        Shape::Cells { target: came.operand(1), terms: vec![left.operand(1)] },
                        Origin::Label,
                    )
                    .of_severity(Severity::Warning)
                    .because(Text::new(
                        "本年年初结转应为上年年末结转",
                        "what this year carries in is what the year before carried out",
                    )),
                );
            }
        }
    }
    relations
}
