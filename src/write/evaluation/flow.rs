//! The money's way through a packet: 年初预算 → 调整 → 调整后 → 支出 → 结转.
//!
//! Figures are looked up, never made up: by the stage of a field, by the kind of a table, by the words of a line. What no
//! table says is `None`; only the remainder (调整后 − 支出) is computed where it is not stated, and then it says so.

use super::kinds::{Kind, is_adjusted, is_initial, kind};
use crate::model::{CellRef, FieldRole, Line, LineRole, Operand, Packet, Place, Stage, Table};
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
    pub(super) label: String,
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
}

impl Flow {
    /// Whether nothing is known.
    fn is_empty(&self) -> bool {
        self.initial.is_none()
            && self.adjustments.is_empty()
            && self.adjusted.is_none()
            && self.executed.is_empty()
    }

    /// All that was spent.
    pub(super) fn spent(&self) -> Option<Decimal> {
        if self.executed.is_empty() {
            return None;
        }
        self.executed.iter().try_fold(Decimal::ZERO, |sum, step| sum.checked_add(step.amount.yuan))
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

/// The flows of a packet, one for each entity and year that says anything.
pub(super) fn flows(packet: &Packet) -> Vec<Flow> {
    let mut groups: Vec<(Option<String>, Option<i32>)> = Vec::new();
    for table in &packet.tables {
        let key = (table.entity.clone(), table.year);
        if !groups.contains(&key) {
            groups.push(key);
        }
    }
    // What does not say whose it is belongs to the only one that does.
    let certain: Vec<_> =
        groups.iter().filter(|(e, y)| e.is_some() && y.is_some()).cloned().collect();
    let groups = match certain.len() {
        0 if groups.is_empty() => return Vec::new(),
        0 => vec![(None, None)],
        _ => certain,
    };
    let only = groups.len() == 1;
    groups
        .into_iter()
        .map(|(entity, year)| {
            let belongs = |table: &&Table| {
                let fits = |same: bool, unknown: bool| same || unknown && only;
                (entity.is_none() || fits(table.entity == entity, table.entity.is_none()))
                    && (year.is_none() || fits(table.year == year, table.year.is_none()))
            };
            let tables: Vec<&Table> = packet.tables.iter().filter(belongs).collect();
            Flow { entity: entity.clone(), year, ..flow(packet, &tables) }
        })
        .filter(|flow| !flow.is_empty())
        .collect()
}

fn flow(packet: &Packet, tables: &[&Table]) -> Flow {
    let mut flow = Flow::default();
    if let Some(table) = tables.iter().find(|table| kind(table) == Some(Kind::Adjustment)) {
        adjustment_by_lines(packet, table, &mut flow);
        if flow.initial.is_none() && flow.adjusted.is_none() {
            adjustment_by_fields(packet, table, &mut flow);
        }
    }
    if flow.initial.is_none() {
        flow.initial = initial_budget(packet, tables);
    }
    flow.executed = executed(packet, tables);
    if flow.carried.is_none() {
        flow.carried = tables.iter().find_map(|table| {
            field_of_stage(table, Stage::CarriedOver).and_then(|f| total(packet, table, f))
        });
    }
    flow
}

/// The sign of a line of adjustment: added or taken away.
fn adjustment_sign(name: &str) -> Option<i32> {
    if ["调减", "追减", "减少", "核减"].iter().any(|word| name.contains(word)) {
        Some(-1)
    } else if ["调增", "追加", "增加", "调整"].iter().any(|word| name.contains(word)) {
        Some(1)
    } else {
        None
    }
}

/// 年初 / 调增 / 其中… / 调整后 below each other.
fn adjustment_by_lines(packet: &Packet, table: &Table, flow: &mut Flow) {
    let Some(column) = main_amount(table) else { return };
    let mut parent: Option<(usize, i32)> = None;
    let mut parts_of: Vec<(usize, Vec<Step>)> = Vec::new();
    for (at, line) in table.lines.iter().enumerate().filter(|(_, line)| line.role.is_data()) {
        let Some(amount) = amount(packet, table, line, column, 1) else { continue };
        if is_initial(&line.name) && flow.initial.is_none() {
            (flow.initial, parent) = (Some(amount), None);
        } else if is_adjusted(&line.name) {
            (flow.adjusted, parent) = (Some(amount), None);
        } else if is_part(table, at, parent) {
            let (_, sign) = parent.unwrap_or((0, 1));
            let amount = signed(amount, sign);
            if let Some((_, parts)) = parts_of.last_mut() {
                parts.push(Step { label: line.name.clone(), amount });
            }
        } else if let Some(sign) = adjustment_sign(&line.name) {
            parent = Some((at, sign));
            flow.adjustments.push(Step { label: line.name.clone(), amount: signed(amount, sign) });
            parts_of.push((flow.adjustments.len() - 1, Vec::new()));
        } else if line.name.contains("结转") || line.name.contains("结余") {
            (flow.carried, parent) = (Some(amount), None);
        }
    }
    // Parts stand for their whole only where they add up to it.
    let mut steps = Vec::new();
    for (at, step) in std::mem::take(&mut flow.adjustments).into_iter().enumerate() {
        let parts = parts_of.iter().find(|(of, _)| *of == at).map(|(_, parts)| parts);
        match parts {
            Some(parts)
                if parts.iter().map(|part| part.amount.yuan).sum::<Decimal>()
                    == step.amount.yuan =>
            {
                steps.extend(parts.iter().cloned());
            }
            _ => steps.push(step),
        }
    }
    flow.adjustments = steps;
}

/// Whether a line is a part of the adjustment line above. Parts of parts do too: then the sum does not come out, and the
/// whole stands for itself.
fn is_part(table: &Table, at: usize, parent: Option<(usize, i32)>) -> bool {
    let Some((parent, _)) = parent else { return false };
    let line = &table.lines[at];
    line.role == LineRole::OfWhich || line.level > table.lines[parent].level
}

/// 年初 | 调增 | 调减 | 调整后 side by side.
fn adjustment_by_fields(packet: &Packet, table: &Table, flow: &mut Flow) {
    flow.initial = field_of_stage(table, Stage::Initial).and_then(|f| total(packet, table, f));
    flow.adjusted = field_of_stage(table, Stage::Adjusted).and_then(|f| total(packet, table, f));
    flow.carried = field_of_stage(table, Stage::CarriedOver).and_then(|f| total(packet, table, f));
    for field in &table.fields {
        if field.stage == Some(Stage::Adjustment) && field.role == FieldRole::Amount {
            let sign = adjustment_sign(&field.path.join("")).unwrap_or(1);
            if let Some(amount) = total(packet, table, field.column) {
                let step = Step { label: field.label.clone(), amount: signed(amount, sign) };
                flow.adjustments.push(step);
            }
        }
    }
}

/// 年初预算 where no adjustment table says it: the shares' total, or basic and project expenditure together.
fn initial_budget(packet: &Packet, tables: &[&Table]) -> Option<Amount> {
    let of_kind = |wanted: Kind| {
        tables
            .iter()
            .filter(|table| kind(table) == Some(wanted))
            .filter_map(|table| total(packet, table, main_amount(table)?))
            .collect::<Vec<_>>()
    };
    if let [only] = of_kind(Kind::BudgetShare).as_slice() {
        return Some(only.clone());
    }
    match (of_kind(Kind::BudgetBasic).as_slice(), of_kind(Kind::BudgetProject).as_slice()) {
        ([basic], [project]) => sum(&[basic.clone(), project.clone()]),
        _ => tables.iter().find_map(|table| {
            let column = field_of_stage(table, Stage::Initial)?;
            total(packet, table, column)
        }),
    }
}

/// 支出, one step for each table of it; a table that only repeats the others' sum is left out.
fn executed(packet: &Packet, tables: &[&Table]) -> Vec<Step> {
    let of_kind: Vec<&&Table> =
        tables.iter().filter(|table| kind(table) == Some(Kind::Expenditure)).collect();
    let mut steps: Vec<Step> = of_kind
        .iter()
        .filter_map(|table| {
            let column = field_of_stage(table, Stage::Executed).or_else(|| main_amount(table))?;
            Some(Step { label: words(table), amount: total(packet, table, column)? })
        })
        .collect();
    if steps.is_empty() {
        steps.extend(tables.iter().find_map(|table| {
            let column = field_of_stage(table, Stage::Executed)?;
            Some(Step { label: words(table), amount: total(packet, table, column)? })
        }));
    }
    if steps.len() > 2 {
        let all: Decimal = steps.iter().map(|step| step.amount.yuan).sum();
        let summary = steps.iter().position(|step| step.amount.yuan * Decimal::TWO == all);
        if let Some(at) = summary {
            steps.remove(at);
        }
    }
    steps
}

/// What a table of expenditure is of: the heading of its names where that says more than 项目, or its title.
pub(super) fn words(table: &Table) -> String {
    let heading = table
        .fields
        .iter()
        .find(|field| field.role == FieldRole::Label)
        .map(|field| field.label.as_str())
        .filter(|label| label.contains("支出") || label.contains("资金") || label.contains("经费"));
    heading.or(table.title.as_deref()).map_or_else(|| "支出".to_owned(), str::to_owned)
}

/// The column of money that a table is about: the first whose field has a stage or an id, or the first of all.
pub(super) fn main_amount(table: &Table) -> Option<u32> {
    let amounts = || table.fields.iter().filter(|field| field.role == FieldRole::Amount);
    amounts()
        .find(|field| field.stage.is_some())
        .or_else(|| amounts().next())
        .map(|field| field.column)
}

fn field_of_stage(table: &Table, stage: Stage) -> Option<u32> {
    table
        .fields
        .iter()
        .find(|field| field.stage == Some(stage) && field.role == FieldRole::Amount)
        .map(|field| field.column)
}

/// A table's total in a column: its last outermost total line, or the sum of its outermost lines.
pub(super) fn total(packet: &Packet, table: &Table, column: u32) -> Option<Amount> {
    let totals: Vec<&Line> =
        table.lines.iter().filter(|line| line.role == LineRole::Total).collect();
    let outermost = totals.iter().map(|line| line.level).min();
    let stated = totals
        .iter()
        .rev()
        .filter(|line| Some(line.level) == outermost)
        .find_map(|line| amount(packet, table, line, column, 1));
    if stated.is_some() {
        return stated;
    }
    let items: Vec<Amount> = table
        .lines
        .iter()
        .filter(|line| {
            line.role.is_data() && line.role != LineRole::OfWhich && line.parent.is_none()
        })
        .filter_map(|line| amount(packet, table, line, column, 1))
        .collect();
    sum(&items)
}

fn sum(amounts: &[Amount]) -> Option<Amount> {
    let mut all = Amount { cells: Vec::new(), yuan: Decimal::ZERO };
    for amount in amounts {
        all.yuan = all.yuan.checked_add(amount.yuan)?;
        all.cells.extend(&amount.cells);
    }
    (!all.cells.is_empty()).then_some(all)
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
