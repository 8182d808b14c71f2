//! What a table is for the working paper: its kind, or, where none was recognized, what its title and headings say.
//!
//! Only the working paper's own views are chosen by it; no check rests on it.

use crate::model::{FieldRole, Stage, Table};

/// The views that the working paper has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PaperView {
    /// A budget of shares or of basic expenditure: known, and without a view of its own.
    Budget,
    BudgetProject,
    Adjustment,
    Expenditure,
    Assets,
    Targets,
}

/// The kind of a table.
pub(super) fn kind(table: &Table) -> Option<PaperView> {
    match table.kind.as_deref() {
        Some("budget_share" | "budget_basic") => Some(PaperView::Budget),
        Some("budget_project") => Some(PaperView::BudgetProject),
        Some("adjustment") => Some(PaperView::Adjustment),
        Some("expenditure") => Some(PaperView::Expenditure),
        Some("assets") => Some(PaperView::Assets),
        Some(kind) if kind.starts_with("performance") => Some(PaperView::Targets),
        Some(_) => None,
        None => by_words(table),
    }
}

fn by_words(table: &Table) -> Option<PaperView> {
    let title = table.title.as_deref().unwrap_or_default();
    let headings = |role: FieldRole| -> String {
        table
            .fields
            .iter()
            .filter(|field| field.role == role)
            .map(|field| field.path.join(""))
            .collect()
    };
    let (names, amounts) = (headings(FieldRole::Label), headings(FieldRole::Amount));
    let has = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(title, &["资产"]) || has(&names, &["资产类别", "资产名称"]) {
        return Some(PaperView::Assets);
    }
    if has(title, &["绩效"]) && has(title, &["目标", "指标", "自评"]) {
        return Some(PaperView::Targets);
    }
    if has_stages(table) {
        return Some(PaperView::Adjustment);
    }
    let shares =
        table.fields.iter().any(|f| f.role == FieldRole::Percent && f.label.contains("占比"));
    let budget = has(title, &["预算"]) && !has(title, &["决算", "执行", "调整"]);
    if budget && shares {
        return Some(PaperView::Budget);
    }
    if budget && has(title, &["项目支出"]) && names.contains("项目") {
        return Some(PaperView::BudgetProject);
    }
    if budget && has(title, &["基本支出"]) {
        return Some(PaperView::Budget);
    }
    let spent = has(&amounts, &["支出数", "实际支出", "执行数", "决算数"]);
    (!budget && spent && has(&format!("{title}{names}"), &["支出"]))
        .then_some(PaperView::Expenditure)
}

/// Whether a table leads from the initial to the adjusted budget, by its lines or by its columns.
fn has_stages(table: &Table) -> bool {
    let line = |test: fn(&str) -> bool| table.lines.iter().any(|line| test(&line.name));
    let field = |stage: Stage| table.fields.iter().any(|field| field.stage == Some(stage));
    line(is_initial) && line(is_adjusted) || field(Stage::Initial) && field(Stage::Adjusted)
}

/// 年初预算
pub(super) fn is_initial(name: &str) -> bool {
    name.contains("年初预算") || name.contains("年初部门预算") || name == "年初" || name == "年初数"
}

/// 调整后预算
pub(super) fn is_adjusted(name: &str) -> bool {
    ["调整后", "调整预算数", "全年预算", "最终预算"].iter().any(|word| name.contains(word))
}
