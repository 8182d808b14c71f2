//! The money's way through a packet: 年初预算 → 调整 → 调整后 → 支出 → 结转.
//!
//! Figures are looked up by their meaning, never made up: what no table says of the whole of an entity and a year, or two say
//! differently, is unknown and says why. Only the remainder (调整后 − 支出) is computed where it is not stated, and says so.

use super::known::refusal;
use crate::model::{
    self, CellRef, FieldRole, Line, LineRole, Operand, Packet, Place, Scope, Table, Text,
};
use crate::number::{Decimal, Unit};

/// An amount as a sum of cells, in yuan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Amount {
    /// Its cells, with their signs.
    pub(super) cells: Vec<Operand>,
    /// What they come to, in yuan.
    pub(super) yuan: Decimal,
}

/// One part of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// In the table's words.
    pub(super) label: Text,
    /// How much; what was taken away is negative.
    pub(super) amount: Amount,
}

/// The money of one entity and year.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Flow {
    /// Whose.
    pub(super) entity: Option<String>,
    /// Of which year.
    pub(super) year: Option<i32>,
    /// Of which draft, where the packet itself holds several.
    pub(super) draft: Option<String>,
    /// 年初预算
    pub(super) initial: Option<Amount>,
    /// 调整, in its parts.
    pub(super) adjustments: Vec<Step>,
    /// 调整后预算
    pub(super) adjusted: Option<Amount>,
    /// 支出, in its parts.
    pub(super) executed: Vec<Step>,
    /// 年末结转结余, where a table states it.
    pub(super) carried: Option<Amount>,
    /// Why a stage is unknown.
    pub(super) unknown: Unknown,
}

/// Why each stage is unknown; nothing where it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unknown {
    /// 年初预算
    pub(super) initial: Option<Text>,
    /// 调整后预算
    pub(super) adjusted: Option<Text>,
    /// 支出
    pub(super) executed: Option<Text>,
    /// 年末结转结余
    pub(super) carried: Option<Text>,
}

impl Flow {
    /// Whether it is of an entity and a year; what says neither is of any.
    fn is_of(&self, entity: Option<&str>, year: Option<i32>) -> bool {
        let differ = |a: Option<&str>, b: Option<&str>| a.is_some() && b.is_some() && a != b;
        !differ(self.entity.as_deref(), entity)
            && (self.year.is_none() || year.is_none() || self.year == year)
    }

    /// All that was spent.
    pub(super) fn spent(&self) -> Option<Decimal> {
        if self.executed.is_empty() {
            return None;
        }
        self.executed.iter().try_fold(Decimal::ZERO, |sum, step| sum.checked_add(step.amount.yuan))
    }

    /// What is left of the adjusted budget, where both are known: the balance that no table states.
    pub(super) fn left(&self) -> Option<Decimal> {
        self.adjusted.as_ref()?.yuan.checked_sub(self.spent()?)
    }

    /// Why budget, expenditure and balance do not fit together, where they do not: then no rate is told.
    pub(super) fn contradiction(&self) -> Option<Text> {
        if let (Some(initial), Some(adjusted), Some(change)) =
            (&self.initial, &self.adjusted, self.adjustment())
            && initial.yuan.checked_add(change) != Some(adjusted.yuan)
        {
            return Some(Text::new(
                "年初预算加调整不等于调整后预算：各表口径可能不同，或其中有误，不计算执行率，请核实。",
                "Initial budget and adjustment do not make the adjusted budget: perhaps not the same money, or one is wrong; no execution rate; verify.",
            ));
        }
        let left = self.adjusted.as_ref()?.yuan.checked_sub(self.spent()?)?;
        (left != self.carried.as_ref()?.yuan).then(|| {
            Text::new(
                "调整后预算 − 支出不等于表列结转结余：口径可能不同，不计算执行率，请核实。",
                "Adjusted budget − expenditure is not what the tables state as carried over: perhaps not the same money, so no execution rate; verify.",
            )
        })
    }

    /// All that was added or taken away.
    pub(super) fn adjustment(&self) -> Option<Decimal> {
        if self.adjustments.is_empty() {
            return None;
        }
        self.adjustments
            .iter()
            .try_fold(Decimal::ZERO, |sum, step| sum.checked_add(step.amount.yuan))
    }
}

/// The flows of a packet: all the money of each entity and year. Money of a part never stands for the whole.
///
/// First comes that of the unit and the year that the paper is about: its latest draft.
pub(super) fn flows(packet: &Packet) -> Vec<Flow> {
    let (entity, year) = super::work::whose(packet);
    let mut flows = all(packet);
    flows.sort_by_key(|flow| {
        let own = flow.is_of(entity.as_deref(), year);
        (!own, flow.entity != entity, std::cmp::Reverse(draft_rank(flow.draft.as_deref())))
    });
    flows
}

/// The flow of the unit and the year that the paper is about; other years' money never stands in its key figures.
pub(super) fn principal<'a>(packet: &Packet, flows: &'a [Flow]) -> Option<&'a Flow> {
    let (entity, year) = super::work::whose(packet);
    flows.first().filter(|flow| flow.is_of(entity.as_deref(), year))
}

/// 一稿, 二稿, …, 终稿: which comes later; what names no draft is what is meant to stand.
fn draft_rank(draft: Option<&str>) -> usize {
    let Some(draft) = draft else { return 100 };
    if ["终", "定稿", "final"].iter().any(|word| draft.contains(word)) {
        return 99;
    }
    let digits: String = draft.chars().filter(char::is_ascii_digit).collect();
    let numeral = "一二三四五六七八九十".chars().position(|c| draft.contains(c));
    digits.parse().ok().or(numeral.map(|at| at + 1)).unwrap_or(0).min(98)
}

fn all(packet: &Packet) -> Vec<Flow> {
    model::flows(packet)
        .into_iter()
        .filter(|flow| flow.scope == Scope::Whole)
        .map(|flow| {
            let known = |step, spent| known(packet, step, spent);
            let (initial, no_initial) = known(flow.initial, false);
            let (adjusted, no_adjusted) = known(flow.adjusted, false);
            let (executed, no_executed) = known(flow.executed, true);
            let (carried, no_carried) = known(flow.carried_over, true);
            let mut adjustments = Vec::new();
            for (amount, sign, label) in [
                (flow.increase, 1, Text::new("预算调增", "Increase")),
                (flow.decrease, -1, Text::new("预算调减", "Decrease")),
            ] {
                if let Some(amount) = known(amount, false).0.filter(|amount| !amount.yuan.is_zero())
                {
                    adjustments.extend(parts_of(packet, signed(amount, sign), &label));
                }
            }
            if adjustments.is_empty()
                && let Some(amount) =
                    known(flow.adjustment, false).0.filter(|one| !one.yuan.is_zero())
            {
                let label = Text::new("预算调整", "Adjustment");
                adjustments.extend(parts_of(packet, amount, &label));
            }
            Flow {
                entity: flow.entity,
                year: flow.year,
                draft: flow.draft,
                initial,
                adjustments,
                adjusted,
                executed: executed.map_or_else(Vec::new, |amount| by_table(packet, amount)),
                carried,
                unknown: Unknown {
                    initial: no_initial,
                    adjusted: no_adjusted,
                    executed: no_executed,
                    carried: no_carried,
                },
            }
        })
        .collect()
}

fn known(packet: &Packet, step: model::Step, spent: bool) -> (Option<Amount>, Option<Text>) {
    match step {
        Ok(known) => match known.cells.iter().find_map(|cell| refusal(packet, cell, spent)) {
            Some(why) => (None, Some(why)),
            None => (Some(Amount { cells: known.cells, yuan: known.yuan }), None),
        },
        Err(why) => (None, Some(why)),
    }
}

/// One step for each table that the amount is the sum of.
fn by_table(packet: &Packet, amount: Amount) -> Vec<Step> {
    let steps: Vec<Step> = amount
        .cells
        .iter()
        .filter_map(|cell| {
            let table = packet.tables.get(cell.table? as usize)?;
            let line = table.line_at(cell.place.cell.row)?;
            let part = self::amount(packet, table, line, cell.place.cell.column, cell.coefficient)?;
            Some(Step { label: words(table), amount: part })
        })
        .collect();
    let sum: Decimal = steps.iter().map(|step| step.amount.yuan).sum();
    if sum == amount.yuan {
        steps
    } else {
        vec![Step { label: Text::new("支出", "Expenditure"), amount }]
    }
}

/// An adjustment in the parts that its table lists below it, where they add up to it.
fn parts_of(packet: &Packet, amount: Amount, label: &Text) -> Vec<Step> {
    let listed = amount.cells.first().and_then(|cell| {
        let table = packet.tables.get(cell.table? as usize)?;
        let at = table.line_index(cell.place.cell.row)?;
        let sign = cell.coefficient;
        let steps: Vec<Step> = table.lines[at + 1..]
            .iter()
            .take_while(|line| line.role == LineRole::OfWhich || line.level > table.lines[at].level)
            .filter(|line| line.role.is_data())
            .filter_map(|line| {
                let part = self::amount(packet, table, line, cell.place.cell.column, sign)?;
                Some(Step { label: Text::new(&line.name, &line.name), amount: part })
            })
            .collect();
        let sum: Decimal = steps.iter().map(|step| step.amount.yuan).sum();
        (amount.cells.len() == 1 && steps.len() > 1 && sum == amount.yuan).then_some(steps)
    });
    listed.unwrap_or_else(|| vec![Step { label: label.clone(), amount }])
}

/// What a table of expenditure is of: the heading of its names where that says more than 项目, or its title.
pub(super) fn words(table: &Table) -> Text {
    let heading = table
        .fields
        .iter()
        .find(|field| field.role == FieldRole::Label)
        .map(|field| field.label.as_str())
        .filter(|label| label.contains("支出") || label.contains("资金") || label.contains("经费"));
    heading
        .or(table.title.as_deref())
        .map_or_else(|| Text::new("支出", "Expenditure"), |words| Text::new(words, words))
}

fn signed(amount: Amount, sign: i32) -> Amount {
    Amount {
        cells: amount
            .cells
            .into_iter()
            .map(|cell| Operand { coefficient: cell.coefficient * sign, ..cell })
            .collect(),
        yuan: amount.yuan * Decimal::from(sign),
    }
}

/// One cell as an amount; `None` when it is no number, or not of money.
pub(super) fn amount(
    packet: &Packet,
    table: &Table,
    line: &Line,
    column: u32,
    coefficient: i32,
) -> Option<Amount> {
    let cell = CellRef::new(line.row, column);
    let place = Place { file: table.file, sheet: table.sheet, cell };
    let value = packet.figure(place, Some(table.id)).number()?;
    let unit = packet.unit(place, Some(table.id));
    // A table without a unit is taken at face value, like all its neighbours.
    let factor = unit.map_or(Some(Decimal::ONE), Unit::yuan)?;
    let yuan = value.checked_mul(factor)?.checked_mul(Decimal::from(coefficient))?;
    Some(Amount { cells: vec![Operand { place, table: Some(table.id), coefficient }], yuan })
}
