//! P10 `dimension-missing`: a project's self-evaluation has no indicators of output, effect or satisfaction.
//!
//! ```toml
//! [P10]
//! name = "dimension-missing"
//! severity = "warning"
//! source = "财政部 forms of project performance: 产出, 效益, 满意度"
//! zh.title = "绩效指标维度不全"
//! zh.source = "财政部项目支出绩效表的体例：产出、效益、满意度"
//! zh.checks = "项目绩效目标表、自评表应有产出、效益、满意度三类指标；部门整体支出的表另有体例，不判断。"
//! zh.example = "只有产出和效益指标，没有满意度指标。"
//! zh.remedy = "补充指标，或说明不适用。"
//! en.title = "a dimension of performance is missing"
//! en.checks = "Forms of projects have indicators of output, effect and satisfaction."
//! en.example = "Output and effect, and nothing on satisfaction."
//! en.remedy = "Add one, or say why it does not apply."
//! ```

use super::{Context, Rule};
use crate::model::{CellRef, Finding, Place, Severity, Sheet, Table, Text, Value};

pub(super) static RULE: Rule = Rule { code: "P10", severity: Severity::Warning, check };

/// Indicators below which a table is no form.
const LEAST: usize = 4;

fn check(context: &Context) -> Vec<Finding> {
    context.tables().filter_map(|(table, sheet)| of_table(context, table, sheet)).collect()
}

fn of_table(context: &Context, table: &Table, sheet: &Sheet) -> Option<Finding> {
    let kind = table.kind.as_deref()?;
    if !matches!(kind, "performance_scores" | "performance_targets") {
        return None;
    }
    let words = &context.rulebook.words;
    let title = table.title.as_deref().unwrap_or(&sheet.name);
    let known = |id: &str| table.fields.iter().any(|field| field.id.as_deref() == Some(id));
    // Forms of a whole department go by other dimensions.
    if words.whole_forms.stand_in(title) || !known("indicator") || !known("target") {
        return None;
    }
    let rows = table.lines.iter().filter(|line| line.role.is_data()).count();
    if rows < LEAST {
        return None;
    }
    let mut said = String::new();
    for row in table.range.start.row..=table.range.end.row {
        for (_, value, _) in sheet.row(row) {
            if let Value::Text(id) = value {
                said.push_str(sheet.texts.get(id));
                said.push('\n');
            }
        }
    }
    let missing: Vec<(&str, &str)> = [
        (&words.output_words, ("产出", "output")),
        (&words.effect_words, ("效益", "effect")),
        (&words.satisfaction_words, ("满意度", "satisfaction")),
    ]
    .into_iter()
    .filter(|(list, _)| !list.stand_in(&said))
    .map(|(_, name)| name)
    .collect();
    if missing.is_empty() || missing.len() == 3 {
        return None;
    }
    let first = table.lines.iter().find(|line| line.role.is_data())?;
    let cell = first.label_cell.unwrap_or(CellRef::new(first.row, table.range.start.column));
    let (zh, en): (Vec<&str>, Vec<&str>) = missing.into_iter().unzip();
    let (zh, en) = (zh.join("、"), en.join(", "));
    Some(RULE.at(
        Place { file: table.file, sheet: table.sheet, cell },
        Text::new(
            format!("项目绩效指标缺少{zh}指标，请补充或说明"),
            format!("the form has no indicators of {en}"),
        ),
    ))
}
