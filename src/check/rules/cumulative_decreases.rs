//! A12 `cumulative-decreases`: a cumulative figure is less than the one before.
//!
//! ```toml
//! [A12]
//! name = "cumulative-decreases"
//! severity = "warning"
//! source = "General knowledge of public accounting; no primary source was checked"
//! zh.title = "累计数小于前期"
//! zh.source = "会计常识；未核对原始文件"
//! zh.checks = "逐月或逐季的累计数不应小于前一期；有冲回、收回的请说明。"
//! zh.example = "1–6 月累计 320.00，1–9 月累计 302.00。"
//! zh.remedy = "核对是否录错，或说明冲回的金额。"
//! en.title = "a cumulative figure is less than the one before"
//! en.checks = "Cumulative months or quarters do not decrease, unless something was reversed."
//! en.example = "320.00 by June, 302.00 by September."
//! en.remedy = "Correct the figure, or say what was reversed."
//! ```

use super::{Context, Rule};
use crate::model::{CellRef, Field, FieldRole, Finding, Place, Severity, Text, words};
use crate::number::Decimal;

pub(super) static RULE: Rule = Rule { code: "A12", severity: Severity::Warning, check };

/// Cumulative columns that a table must have before they are a row of them.
const LEAST: usize = 3;

fn check(context: &Context) -> Vec<Finding> {
    let cumulative = &context.rulebook.words.cumulative;
    // 1月, 1-3月, 第一季度, 上半年.
    let periods = &context.rulebook.words.year_parts;
    let mut findings = Vec::new();
    for (table, _) in context.tables() {
        let title = words::key(table.title.as_deref().unwrap_or_default());
        let columns: Vec<&Field> = table
            .fields
            .iter()
            .filter(|field| {
                field.role == FieldRole::Amount && periods.stand_in(&words::key(&field.label))
            })
            .filter(|field| {
                let header = field.path.concat();
                let header = words::key(&header);
                cumulative.stand_in(&header) || cumulative.stand_in(&title)
            })
            .collect();
        if columns.len() < LEAST {
            continue;
        }
        let number = |row: u32, field: &Field| -> Option<(Decimal, Place)> {
            let cell = CellRef::new(row, field.column);
            let place = Place { file: table.file, sheet: table.sheet, cell };
            Some((context.packet.figure(place, Some(table.id)).number()?, place))
        };
        let mut falls: Vec<(Place, Place, Decimal, Decimal)> = Vec::new();
        let mut steps = 0;
        for line in table.lines.iter().filter(|line| line.role.is_data()) {
            let stated: Vec<(Decimal, Place)> =
                columns.iter().filter_map(|field| number(line.row, field)).collect();
            for pair in stated.windows(2) {
                steps += 1;
                if pair[1].0 < pair[0].0 && !pair[1].0.is_zero() {
                    falls.push((pair[1].1, pair[0].1, pair[1].0, pair[0].0));
                }
            }
        }
        // Columns that fall as often as they rise are no running sums.
        if falls.is_empty() || falls.len() * 6 > steps {
            continue;
        }
        for (place, before, now, then) in falls {
            let (now, then) = (now.normalize(), then.normalize());
            let mut finding = RULE.at(
                place,
                Text::new(
                    format!("累计数 {now} 小于前一期的 {then}，请核实是否录错或有冲回"),
                    format!("a cumulative {now} is less than the {then} before"),
                ),
            );
            finding.related = vec![before];
            findings.push(finding);
        }
    }
    findings
}
