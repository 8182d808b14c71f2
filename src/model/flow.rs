//! The way of the money: 年初 → 调增, 调减 → 调整后 → 支出 → 结转, of one entity and year, in all and by project.
//!
//! Only figures whose year, scope and stage are known take part. What no table says, or two say differently, stays unknown
//! with the reason; nothing is made up, and a part never stands for the whole.

use std::collections::BTreeMap;

use super::{
    Class, Funds, Item, Operand, Packet, Quantity, Side, Stage, Sureness, Text, quantities,
};
use crate::number::Decimal;

/// What a flow is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// All the money of the entity.
    Whole,
    /// A part by what it is for: 基本支出, 项目支出.
    Class(Class),
    /// A part by where it comes from: 本级, 上级.
    Funds(Funds),
    /// One project, by its name as the tables first write it.
    Project(String),
}

/// A figure of the flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// In yuan.
    pub yuan: Decimal,
    /// The cells that it is the sum of: one, or those of several tables.
    pub cells: Vec<Operand>,
    /// How many tables state it.
    pub stated: usize,
}

/// A step of the flow: known, or why not.
pub type Step = Result<Known, Text>;

/// The money's way.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Whose.
    pub entity: Option<String>,
    /// Of which year.
    pub year: Option<i32>,
    /// Of which draft.
    pub draft: Option<String>,
    /// Of what.
    pub scope: Scope,
    /// 上年结转
    pub carried_in: Step,
    /// 年初预算
    pub initial: Step,
    /// 调增
    pub increase: Step,
    /// 调减, as a positive amount.
    pub decrease: Step,
    /// 调整 as one amount with its sign, where no table parts it into 调增 and 调减.
    pub adjustment: Step,
    /// 调整后预算
    pub adjusted: Step,
    /// 支出
    pub executed: Step,
    /// 结转结余
    pub carried_over: Step,
}

/// The flows of a packet: for each entity, year and draft the whole, its classes, and every project.
pub fn flows(packet: &Packet) -> Vec<Flow> {
    let all = quantities(packet);
    let mut groups: BTreeMap<(Option<u32>, Option<i32>, Option<u32>), Vec<&Quantity>> =
        BTreeMap::new();
    for quantity in all.iter().flatten() {
        let key = (quantity.entity, quantity.year, quantity.draft);
        groups.entry(key).or_default().push(quantity);
    }
    let mut flows = Vec::new();
    for ((_, year, _), of) in groups {
        let table = &packet.tables[of[0].table as usize];
        let make = |scope: Scope, of: &[&Quantity]| Flow {
            entity: table.entity.clone(),
            year,
            draft: table.draft.clone(),
            scope,
            carried_in: step(of, Stage::CarriedIn),
            initial: step(of, Stage::Initial),
            increase: step(of, Stage::Increase),
            decrease: step(of, Stage::Decrease),
            adjustment: step(of, Stage::Adjustment),
            adjusted: step(of, Stage::Adjusted),
            executed: step(of, Stage::Executed),
            carried_over: step(of, Stage::CarriedOver),
        };
        let spent = || {
            of.iter().filter(|one| one.side != Some(Side::Income) && one.sure > Sureness::Guessed)
        };
        let whole = |class: Option<Class>, funds: Funds| -> Vec<&Quantity> {
            spent()
                .filter(|one| one.item == Item::Whole && one.class == class && one.funds == funds)
                .copied()
                .collect()
        };
        let partial = narrow_tables(&of);
        let mut full = whole(None, Funds::default());
        full.retain(|one| !partial.contains(&one.table));
        let mut flow = make(Scope::Whole, &full);
        for (at, stage) in
            [Stage::Initial, Stage::Increase, Stage::Decrease, Stage::Adjusted, Stage::Executed]
                .into_iter()
                .enumerate()
        {
            let step = [
                &mut flow.initial,
                &mut flow.increase,
                &mut flow.decrease,
                &mut flow.adjusted,
                &mut flow.executed,
            ]
            .into_iter()
            .nth(at);
            if let Some(step) = step
                && step.is_err()
                && full.iter().all(|one| one.stage != stage)
                && let Some(sum) = of_parts(&whole, stage)
            {
                *step = Ok(sum);
            }
        }
        fit_together(&mut flow, &full);
        flows.push(flow);
        for class in [Class::Basic, Class::Project] {
            let of_class = whole(Some(class), Funds::default());
            if !of_class.is_empty() {
                flows.push(make(Scope::Class(class), &of_class));
            }
        }
        for funds in [Funds::LOCAL, Funds::UPPER] {
            let of_funds = whole(None, funds);
            if !of_funds.is_empty() {
                flows.push(make(Scope::Funds(funds), &of_funds));
            }
        }
        let mut projects: BTreeMap<&str, Vec<&Quantity>> = BTreeMap::new();
        for one in spent().filter(|one| one.funds.is_all()) {
            if let Item::Named(name) = &one.item {
                projects.entry(name).or_default().push(one);
            }
        }
        for (name, of) in projects {
            // A name met in one stage only has no way to show.
            let stages = |stage: Stage| of.iter().any(|one| one.stage == stage);
            let moves = stages(Stage::Executed) || stages(Stage::Adjusted);
            if moves && (stages(Stage::Initial) || stages(Stage::Increase)) {
                let first = &packet.tables[of[0].table as usize].lines[of[0].line];
                let name = if first.name.is_empty() { name } else { first.name.as_str() };
                flows.push(make(Scope::Project(name.to_owned()), &of));
            }
        }
    }
    flows.retain(|flow| flow.initial.is_ok() || flow.adjusted.is_ok() || flow.executed.is_ok());
    flows
}

/// Chooses among what the tables say of the whole by what fits: an initial budget that leads to the adjusted one, several
/// tables of expenditure that together spend it, and a balance of the year's end, not the one that a budget plans.
fn fit_together(flow: &mut Flow, full: &[&Quantity]) {
    let of = |stage: Stage| full.iter().copied().filter(move |one| one.stage == stage);
    let yuan = |step: &Step| step.as_ref().map_or(Decimal::ZERO, |known| known.yuan);
    if let Ok(adjusted) = &flow.adjusted {
        let before = adjusted.yuan - yuan(&flow.increase) + yuan(&flow.decrease).abs();
        let known = flow.increase.is_ok() || flow.decrease.is_ok();
        let fits = of(Stage::Initial).find(|one| (one.amount - before).abs() <= one.half);
        if let Some(one) = fits.filter(|_| known) {
            let stated = of(Stage::Initial).filter(|other| other.agrees(one)).count();
            flow.initial = Ok(Known { yuan: one.amount, cells: vec![one.operand(1)], stated });
        }
        if flow.executed.is_err() {
            let spent: Vec<&Quantity> = of(Stage::Executed).collect();
            let mut tables: Vec<u32> = spent.iter().map(|one| one.table).collect();
            tables.dedup();
            let sum: Decimal = spent.iter().map(|one| one.amount).sum();
            if spent.len() > 1 && tables.len() == spent.len() && sum == adjusted.yuan {
                let cells = spent.iter().map(|one| one.operand(1)).collect();
                flow.executed = Ok(Known { yuan: sum, cells, stated: 1 });
            }
        }
    }
    let of_execution = |known: &Known| {
        let table = known.cells.first().and_then(|cell| cell.table);
        let stages = [Stage::Executed, Stage::Adjusted];
        full.iter().any(|one| Some(one.table) == table && stages.contains(&one.stage))
    };
    if flow.carried_over.as_ref().is_ok_and(|known| !of_execution(known)) {
        flow.carried_over = Err(Text::new(
            "未取得：只有预算中的结转，没有年末的",
            "not obtained: only a planned balance is stated, not that of the year's end",
        ));
    }
}

/// Tables whose totals are a part of the money that they do not name: their total is what another table says of a part.
fn narrow_tables(of: &[&Quantity]) -> Vec<u32> {
    let wholes = || of.iter().filter(|one| one.item == Item::Whole && one.has_digits(4));
    let mut tables: Vec<u32> = wholes()
        .filter(|one| one.class.is_none() && one.funds.is_all())
        .filter(|one| {
            let part = wholes().any(|other| {
                other.table != one.table
                    && other.stage == one.stage
                    && other.class.is_some()
                    && other.agrees(one)
            });
            let whole = wholes().any(|other| {
                other.table != one.table
                    && other.stage == one.stage
                    && other.class.is_none()
                    && other.funds.is_all()
                    && other.agrees(one)
            });
            part && !whole
        })
        .map(|one| one.table)
        .collect();
    tables.dedup();
    tables
}

/// What the tables say of a stage, where they agree.
fn step(of: &[&Quantity], stage: Stage) -> Step {
    let mut stated: Vec<&&Quantity> = of.iter().filter(|one| one.stage == stage).collect();
    // 总计 of an account beside 本年支出合计 holds the balance that was not spent.
    if stage == Stage::Executed {
        let year: Vec<u32> = stated.iter().filter(|one| !one.grand).map(|one| one.table).collect();
        stated.retain(|one| !one.grand || !year.contains(&one.table));
    }
    let Some(first) = stated.first() else {
        return Err(Text::new("未取得：没有表格列出", "not obtained: no table states it"));
    };
    let agreeing = |one: &Quantity| stated.iter().filter(|other| other.agrees(one)).count();
    let best = stated.iter().max_by_key(|one| agreeing(one)).unwrap_or(first);
    let count = agreeing(best);
    // Two against one is an answer; one against one is a question.
    if count < stated.len() && count * 2 <= stated.len() {
        return Err(Text::new(
            "未取得：各表所列不一致",
            "not obtained: the tables state it differently",
        ));
    }
    Ok(Known { yuan: best.amount, cells: vec![best.operand(1)], stated: count })
}

/// A whole that is stated by its parts only: 基本 + 项目, or 本级 + 上级, each in its own table.
fn of_parts<'a>(
    whole: &dyn Fn(Option<Class>, Funds) -> Vec<&'a Quantity>,
    stage: Stage,
) -> Option<Known> {
    let sum = |parts: [Vec<&'a Quantity>; 2]| -> Option<Known> {
        let [a, b] = parts.map(|part| step(&part, stage).ok());
        let (a, b) = (a?, b?);
        Some(Known {
            yuan: a.yuan.checked_add(b.yuan)?,
            cells: [a.cells, b.cells].concat(),
            stated: a.stated.min(b.stated),
        })
    };
    let classes = [Class::Basic, Class::Project];
    sum(classes.map(|class| whole(Some(class), Funds::default())))
        .or_else(|| sum([Funds::LOCAL, Funds::UPPER].map(|funds| whole(None, funds))))
}
