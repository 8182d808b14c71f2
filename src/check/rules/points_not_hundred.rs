//! P17 `points-not-hundred`: the points of a form come to nearly 100, and not to 100.
//!
//! Forms of 60, 90 (without the 10 of the budget's execution), 110 or 120 points are in use: only a sum that is no round number
//! near 100 is asked about. Where the total is not the sum of its items either, that is told instead.
//!
//! ```toml
//! [P17]
//! name = "points-not-hundred"
//! severity = "warning"
//! source = "财政部项目支出绩效自评表: 100 points, those of the budget's execution included"
//! zh.title = "分值合计不等于 100"
//! zh.source = "财政部项目支出绩效自评表：满分 100 分（含预算执行率分值）"
//! zh.checks = "绩效表的分值（权重）合计，含预算执行率的分值，应为 100。合计为整十数的（如另有加分、不含预算执行率），视为另有规定，不提出。"
//! zh.example = "各项指标分值加预算执行率分值合计 95。"
//! zh.remedy = "核对是否有一项分值填错或漏填。"
//! en.title = "points do not come to 100"
//! en.checks = "The points of a performance form, those of the budget's execution included, come to 100. Other round numbers are taken for another design."
//! en.example = "Points of 95 in all."
//! en.remedy = "See whether an indicator's points are mistyped or left out."
//! ```

use super::{Context, Rule};
use crate::model::{
    CellRef, Field, FieldRole, Finding, LineRole, Measure, Place, QuickSet, Severity, Table, Text,
    counted_rows,
};
use crate::number::Decimal;

pub(super) static RULE: Rule = Rule { code: "P17", severity: Severity::Warning, check };

/// Indicators that a form must have before its points are taken for all of them.
const LEAST: usize = 4;
/// How far from 100 points still are those of a form of 100.
const NEAR: u32 = 20;

fn check(context: &Context) -> Vec<Finding> {
    let failing = context.failing_targets();
    let tables = &context.packet.tables;
    let sheets = tables.chunk_by(|a, b| (a.file, a.sheet) == (b.file, b.sheet));
    sheets.flat_map(|sheet| of_sheet(context, sheet, &failing)).collect()
}

/// A column of points in a table.
struct Points<'a> {
    table: &'a Table,
    field: &'a Field,
}

impl<'a> Points<'a> {
    fn of(table: &'a Table) -> Option<Self> {
        table.only(Measure::Weight).map(|field| Self { table, field })
    }

    fn place(&self, row: u32) -> Place {
        let cell = CellRef::new(row, self.field.column);
        Place { file: self.table.file, sheet: self.table.sheet, cell }
    }

    /// In points, though it may be printed in per cent.
    fn number(&self, context: &Context, row: u32) -> Option<Decimal> {
        let number = context.packet.figure(self.place(row), Some(self.table.id)).number()?;
        let percent = self.field.role == FieldRole::Percent;
        if percent { number.checked_mul(Decimal::ONE_HUNDRED) } else { Some(number) }
    }
}

fn of_sheet(context: &Context, sheet: &[Table], failing: &QuickSet<Place>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut open: Vec<Points> = Vec::new();
    for points in sheet.iter().filter_map(Points::of) {
        let total = points.table.lines.iter().rfind(|line| line.role == LineRole::Total);
        let stated = total.and_then(|line| Some((line.row, points.number(context, line.row)?)));
        match stated {
            Some((row, sum)) if !failing.contains(&points.place(row)) => {
                let items = counted_rows(context.packet, points.table, points.field.column);
                findings.extend(of_form(&points, row, items.len(), sum));
                open.clear();
            }
            Some(_) => open.clear(),
            None => open.push(points),
        }
    }
    // No total closes them: what is listed is all there is.
    let listed: Vec<(&Points, u32)> = open
        .iter()
        .flat_map(|one| {
            let rows = counted_rows(context.packet, one.table, one.field.column);
            rows.into_iter().map(move |row| (one, row))
        })
        .collect();
    let numbers = listed.iter().map(|(one, row)| one.number(context, *row));
    if let (Some((last, row)), Some(sum)) = (listed.last(), numbers.sum::<Option<Decimal>>()) {
        findings.extend(of_form(last, *row, listed.len(), sum));
    }
    findings
}

fn of_form(points: &Points, row: u32, items: usize, sum: Decimal) -> Option<Finding> {
    let near = (sum - Decimal::ONE_HUNDRED).abs() <= Decimal::from(NEAR);
    if items < LEAST || !near || (sum % Decimal::TEN).is_zero() {
        return None;
    }
    let sum = sum.normalize();
    Some(RULE.at(
        points.place(row),
        Text::new(
            format!("分值合计为 {sum}，不等于 100，请核对各项指标和预算执行率的分值"),
            format!("the points come to {sum}, not to 100"),
        ),
    ))
}
