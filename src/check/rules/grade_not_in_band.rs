//! P08 `grade-not-in-band`: the grade beside a total score is not that of its band.
//!
//! 优 [90,100], 良 [80,90), 中 [60,80), 差 [0,60), as the Ministry's budget department publishes them. Places have bands of their
//! own, so it asks. Only forms of 100 points are looked at.

use super::{Context, Rule};
use crate::model::{CellRef, Finding, LineRole, Place, Severity, Sheet, Table, Text, Value, words};
use crate::number::Decimal;

pub(super) static RULE: Rule = Rule { code: "P08", severity: Severity::Warning, check };

const GRADES: [(&str, &[&str]); 4] = [
    ("优", &["优", "优秀"]),
    ("良", &["良", "良好"]),
    ("中", &["中", "中等", "合格"]),
    ("差", &["差", "较差", "不合格"]),
];

fn check(context: &Context) -> Vec<Finding> {
    context
        .tables()
        .flat_map(|(table, sheet)| {
            let totals = table
                .lines
                .iter()
                .filter(|line| line.role == LineRole::Total || words::key(&line.label) == "总分");
            totals.filter_map(move |line| of_line(context, table, sheet, line.row))
        })
        .collect()
}

fn of_line(context: &Context, table: &Table, sheet: &Sheet, row: u32) -> Option<Finding> {
    let field = |id: &str, header: &str| {
        let by_id = table.fields.iter().find(|field| field.id.as_deref() == Some(id));
        by_id.or_else(|| table.fields.iter().find(|field| field.label.contains(header)))
    };
    let number = |column: u32| {
        let place = Place { file: table.file, sheet: table.sheet, cell: CellRef::new(row, column) };
        Some((context.packet.figure(place, Some(table.id)).number()?, place))
    };
    let (score, place) = number(field("score", "得分")?.column)?;
    let points = field("weight", "分值").and_then(|field| number(field.column));
    let hundred = points.is_none_or(|(points, _)| points == Decimal::ONE_HUNDRED);
    if !hundred || score > Decimal::ONE_HUNDRED || score.is_sign_negative() {
        return None;
    }
    let (grade, cell) = sheet.row(row).find_map(|(column, value, _)| {
        let Value::Text(id) = value else { return None };
        let text = words::key(sheet.texts.get(id));
        let grade = GRADES.iter().find(|(_, spellings)| spellings.contains(&text.as_str()))?;
        Some((grade.0, CellRef::new(row, column)))
    })?;
    let right = match score {
        score if score >= Decimal::from(90) => "优",
        score if score >= Decimal::from(80) => "良",
        score if score >= Decimal::from(60) => "中",
        _ => "差",
    };
    if right == grade {
        return None;
    }
    let mut finding = RULE.at(
        Place { cell, ..place },
        Text::new(
            format!(
                "得分 {} 按 90、80、60 分档应为“{right}”，表中为“{grade}”，当地另有标准的请注明",
                score.normalize()
            ),
            format!(
                "a score of {} is {right} by the bands of 90, 80 and 60; the form says {grade}",
                score.normalize()
            ),
        ),
    );
    finding.related = vec![place];
    Some(finding)
}
