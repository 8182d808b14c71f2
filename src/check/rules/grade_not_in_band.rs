//! P08 `grade-not-in-band`: the grade beside a total score is not that of its band.
//!
//! 优 [90,100], 良 [80,90), 中 [60,80), 差 [0,60), as the Ministry's budget department publishes them. Places have bands of their
//! own, so it asks. Only forms of 100 points are looked at.
//!
//! ```toml
//! [P08]
//! name = "grade-not-in-band"
//! severity = "warning"
//! source = "Bands as published by the Ministry's budget department: 优 90–100, 良 80–89, 中 60–79, 差 0–59; local standards go before"
//! zh.title = "等级与得分不符"
//! zh.source = "财政部预算司公布的等级：优 90–100，良 80–89，中 60–79，差 0–59；地方另有规定的从其规定"
//! zh.checks = "优 [90,100]，良 [80,90)，中 [60,80)，差 [0,60)；当地另有标准的从其规定。"
//! zh.example = "82.01 分应为“良”。"
//! zh.remedy = "改正等级，或注明当地标准。"
//! en.title = "the grade does not fit the score"
//! en.checks = "优 [90,100], 良 [80,90), 中 [60,80), 差 [0,60), unless a local standard says otherwise."
//! en.example = "82.01 is 良."
//! en.remedy = "Correct the grade, or name the local standard."
//! ```

use super::{Context, Rule};
use crate::lexicon::List;
use crate::model::{
    CellRef, Field, Finding, LineRole, Place, Severity, Sheet, Table, Text, Value, words,
};
use crate::number::Decimal;

pub(super) static RULE: Rule = Rule { code: "P08", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let known = &context.rulebook.words;
    // Without a column of scores there is nothing to grade, and a long list need not be walked.
    let scores = |table: &Table| {
        let is_one = |field: &Field| {
            field.id.as_deref() == Some("score") || known.score_headers.stand_in(&field.label)
        };
        table.fields.iter().any(is_one)
    };
    context
        .tables()
        .filter(|(table, _)| scores(table))
        .flat_map(|(table, sheet)| {
            let totals = table.lines.iter().filter(|line| {
                line.role == LineRole::Total || known.score_totals.has(&words::key(&line.label))
            });
            totals.filter_map(move |line| of_line(context, table, sheet, line.row))
        })
        .collect()
}

fn of_line(context: &Context, table: &Table, sheet: &Sheet, row: u32) -> Option<Finding> {
    let known = &context.rulebook.words;
    let field = |id: &str, headers: &List| {
        let by_id = table.fields.iter().find(|field| field.id.as_deref() == Some(id));
        by_id.or_else(|| table.fields.iter().find(|field| headers.stand_in(&field.label)))
    };
    let number = |column: u32| {
        let place = Place { file: table.file, sheet: table.sheet, cell: CellRef::new(row, column) };
        Some((context.packet.figure(place, Some(table.id)).number()?, place))
    };
    let (score, place) = number(field("score", &known.score_headers)?.column)?;
    let points = field("weight", &known.weight_headers).and_then(|field| number(field.column));
    let hundred = points.is_none_or(|(points, _)| points == Decimal::ONE_HUNDRED);
    if !hundred || score > Decimal::ONE_HUNDRED || score.is_sign_negative() {
        return None;
    }
    let grades = [
        (90, &known.grades_excellent),
        (80, &known.grades_good),
        (60, &known.grades_fair),
        (0, &known.grades_poor),
    ];
    let (grade, cell) = sheet.row(row).find_map(|(column, value, _)| {
        let Value::Text(id) = value else { return None };
        let text = words::key(sheet.texts.get(id));
        let grade = grades.iter().find(|(_, spellings)| spellings.has(&text))?;
        Some((grade, CellRef::new(row, column)))
    })?;
    let band = grades.iter().find(|(least, _)| score >= Decimal::from(*least))?;
    let (right, grade) = (band.1.first()?, grade.1.first()?);
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
