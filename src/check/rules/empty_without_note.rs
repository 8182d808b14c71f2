//! B30 `empty-without-note`: a table of a published budget without a figure and without a note that says so.
//!
//! ```toml
//! [B30]
//! name = "empty-without-note"
//! severity = "info"
//! source = "Form of published department budgets; also checked by GovBudgetChecker (BUD-106)"
//! zh.title = "空表说明与表不符"
//! zh.source = "部门预算公开表的体例"
//! zh.checks = "整张表没有数字的，应注明“本表为空”；注明为空而表中有数字的，请核对。"
//! zh.example = "政府性基金预算支出表没有数字，也没有说明。"
//! zh.remedy = "补写说明，或改正说明。"
//! en.title = "an empty table without a note, or a note beside figures"
//! en.checks = "A table without figures says that it is empty; a table that says so has none."
//! en.example = "A fund table without figures and without a note."
//! en.remedy = "Add the note, or correct it."
//! ```

use super::{Context, Rule};
use crate::model::{CellRef, FieldRole, Finding, Place, Severity, Text, Value, words};

pub(super) static RULE: Rule = Rule { code: "B30", severity: Severity::Info, check };

fn check(context: &Context) -> Vec<Finding> {
    let notes = &context.rulebook.words.empty_notes;
    let mut findings = Vec::new();
    for (table, sheet) in context.tables() {
        let kind = table.kind.as_deref().unwrap_or_default();
        if !matches!(kind, "fund_budget" | "capital_budget" | "accounts_fund" | "three_public") {
            continue;
        }
        let stated = table.lines.iter().filter(|line| line.role.is_data()).any(|line| {
            table.fields.iter().filter(|field| field.role == FieldRole::Amount).any(|field| {
                let cell = CellRef::new(line.row, field.column);
                let place = Place { file: table.file, sheet: table.sheet, cell };
                let number = context.packet.figure(place, Some(table.id)).number();
                number.is_some_and(|number| !number.is_zero())
            })
        });
        // A note stands below the table as often as in it.
        let said = (table.range.start.row..=table.range.end.row + 4).any(|row| {
            sheet.row(row).any(|(_, value, _)| {
                let Value::Text(id) = value else { return false };
                notes.stand_in(&words::key(sheet.texts.get(id)))
            })
        });
        let at = Place { file: table.file, sheet: table.sheet, cell: table.range.start };
        if !stated && !said {
            findings.push(RULE.at(
                at,
                Text::new(
                    "本表没有数字，也没有注明“本表为空”",
                    "the table has no figures, and no note that says so",
                ),
            ));
        } else if stated && said {
            findings.push(RULE.at(
                at,
                Text::new(
                    "注明本表为空，表中却有数字，请核对",
                    "a note says that the table is empty, and it has figures",
                ),
            ));
        }
    }
    findings
}
