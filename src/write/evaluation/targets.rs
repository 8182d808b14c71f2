//! 绩效指标: targets with their measures; where the form has weights and scores, their sums and the grade 优良中差.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::kinds::{Kind, kind};
use super::page::{Page, Show};
use super::style;
use super::tables::{cell_text, number_text};
use super::work::Work;
use crate::model::{CellRef, Field, FieldRole, Line, LineRole, Operand, Place, Table};
use crate::number::Decimal;

/// Columns of a table that are shown.
const SHOWN: usize = 9;

/// Writes the sheet; `None` without a table of targets.
pub(super) fn write(work: &Work) -> Result<Option<Worksheet>, XlsxError> {
    let tables: Vec<&Table> =
        work.packet().tables.iter().filter(|table| is_of_targets(table)).collect();
    if tables.is_empty() {
        return Ok(None);
    }
    let name = work.names.targets;
    let columns = tables.iter().map(|table| shown(table).len()).max().unwrap_or(1);
    let mut widths = vec![6];
    widths.extend(columns_widths(&tables, columns));
    let mut page = Page::new(name, "H", name, widths, work.language())?;
    let explanation = work.t(
        "指标照录，合并单元格逐行写出。表中有分值、得分的，合计由公式求和并按 优[90,100] 良[80,90) 中[60,80) 差[0,60) 定级。",
        "Targets as submitted, merged cells written out. Weights and scores are summed and graded 优 [90,100], 良 [80,90), 中 [60,80), 差 [0,60).",
    );
    page.lead(work.names.overview, explanation)?;
    for table in tables {
        block(work, &mut page, table)?;
    }
    Ok(Some(page.sheet))
}

/// A table of performance targets, by its kind or, where that is unknown, by the words of its header.
fn is_of_targets(table: &Table) -> bool {
    if table.kind.is_some() || kind(table).is_some() {
        return kind(table) == Some(Kind::Targets);
    }
    let has = |word: &str| table.fields.iter().any(|field| field.path.join("").contains(word));
    has("指标") && (has("分值") || has("权重") || has("得分") || has("目标值") || has("指标值"))
}

fn shown(table: &Table) -> Vec<&Field> {
    let kept = |field: &&Field| !matches!(field.role, FieldRole::Blank | FieldRole::Serial);
    table.fields.iter().filter(kept).take(SHOWN).collect()
}

fn columns_widths(tables: &[&Table], columns: usize) -> Vec<u16> {
    (0..columns)
        .map(|at| {
            let longest =
                tables.iter().filter_map(|table| shown(table).get(at).map(|f| (*table, *f)));
            let width = longest.map(|(table, field)| match field.role {
                FieldRole::Label => table
                    .lines
                    .iter()
                    .map(|line| unicode_width::UnicodeWidthStr::width(line.label.as_str()) + 2)
                    .max()
                    .unwrap_or(20)
                    .clamp(16, 46),
                role if role.is_figure() => 14,
                _ => 26,
            });
            width.max().unwrap_or(20) as u16
        })
        .collect()
}

fn block(work: &Work, page: &mut Page, table: &Table) -> Result<(), XlsxError> {
    page.section(&work.table_name(table))?;
    let fields = shown(table);
    let mut headings = vec![work.t("序", "No.")];
    headings.extend(fields.iter().map(|field| field.label.as_str()));
    page.headings(&headings)?;
    let top = page.row;
    let is_target = |line: &&Line| matches!(line.role, LineRole::Item | LineRole::OfWhich);
    let mut above: Vec<String> = vec![String::new(); fields.len()];
    for (number, line) in table.lines.iter().filter(is_target).enumerate() {
        let mut cells: Vec<(Show, Format)> =
            vec![(Show::Number(Decimal::from(number as u64 + 1)), style::middle())];
        for (at, field) in fields.iter().enumerate() {
            cells.push(cell(work, table, line, field, &mut above[at]));
        }
        page.cells(&cells)?;
    }
    scores(work, page, table, &fields, top)
}

fn cell(
    work: &Work,
    table: &Table,
    line: &Line,
    field: &Field,
    above: &mut String,
) -> (Show, Format) {
    let at = CellRef::new(line.row, field.column);
    let place = Place { file: table.file, sheet: table.sheet, cell: at };
    let operand = Operand { place, table: Some(table.id), coefficient: 1 };
    if field.role.is_figure()
        && let Some(value) = work.packet().figure(place, Some(table.id)).number()
    {
        let show = match work.layout.reference(work.packet(), &operand) {
            Some(reference) => Show::live(reference, value),
            None => Show::Number(value),
        };
        return (show, work.format(&operand, 0));
    }
    if field.role == FieldRole::Label && !line.label.is_empty() {
        return (Show::text(line.label.clone()), style::text());
    }
    let mut text = cell_text(work, place).unwrap_or_else(|| number_text(work, place));
    // A merged cell holds its text in its first row only.
    if text.is_empty() && is_merged(work, table, at) {
        text.clone_from(above);
    } else {
        above.clone_from(&text);
    }
    (Show::Text(text), style::text())
}

fn is_merged(work: &Work, table: &Table, cell: CellRef) -> bool {
    let Some(sheet) = work.packet().table_sheet(table) else { return false };
    sheet.merges.iter().any(|merge| merge.contains(cell) && merge.start.row < cell.row)
}

/// Sums of weights and scores, and the grade of the total score.
fn scores(
    work: &Work,
    page: &mut Page,
    table: &Table,
    fields: &[&Field],
    top: u32,
) -> Result<(), XlsxError> {
    let find = |words: &[&str]| {
        fields.iter().position(|field| {
            field.role.is_figure() && words.iter().any(|word| field.path.join("").contains(word))
        })
    };
    let (weight, score) = (find(&["分值", "权重"]), find(&["得分"]));
    if weight.is_none() && score.is_none() || page.row == top {
        return page.line(work.t(
            "表内没有分值、得分，未计算总分和等级。",
            "No weights or scores in the table: no total and no grade.",
        ));
    }
    let bold = style::number(2).set_bold().set_background_color(style::GREY);
    let mut cells = vec![(Show::text(work.t("计", "Sum")), style::middle().set_bold())];
    cells.extend(fields.iter().map(|_| (Show::Blank, style::text())));
    let mut total = None;
    for at in [weight, score].into_iter().flatten() {
        let sum = column_sum(work, table, fields[at].column);
        let letter = CellRef::column_letters(at as u32 + 1);
        let formula = format!("SUM({letter}{}:{letter}{})", top + 1, page.row);
        cells[at + 1] = (Show::live(formula, sum), bold.clone());
        if Some(at) == score {
            total = Some(sum);
        }
    }
    page.cells(&cells)?;
    let Some(total) = total else { return Ok(()) };
    let text = format!(
        "{}：{total}　{}：{}",
        work.t("总分", "Score"),
        work.t("等级", "Grade"),
        grade(total)
    );
    page.line(&text)
}

fn column_sum(work: &Work, table: &Table, column: u32) -> Decimal {
    table
        .lines
        .iter()
        .filter(|line| matches!(line.role, LineRole::Item | LineRole::OfWhich))
        .filter_map(|line| {
            let cell = CellRef::new(line.row, column);
            let place = Place { file: table.file, sheet: table.sheet, cell };
            work.packet().figure(place, Some(table.id)).number()
        })
        .sum()
}

/// 优 [90,100], 良 [80,90), 中 [60,80), 差 [0,60); nothing outside.
fn grade(score: Decimal) -> &'static str {
    let at_least = |bound: i64| score >= Decimal::from(bound);
    match () {
        () if at_least(90) && score <= Decimal::ONE_HUNDRED => "优",
        () if at_least(90) || score.is_sign_negative() => "—",
        () if at_least(80) => "良",
        () if at_least(60) => "中",
        () => "差",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_by_the_bands_of_the_ministry() {
        for (score, word) in [
            ("100", "优"),
            ("90", "优"),
            ("89.99", "良"),
            ("82.01", "良"),
            ("80", "良"),
            ("79.9", "中"),
            ("60", "中"),
            ("59.99", "差"),
            ("0", "差"),
            ("101", "—"),
            ("-1", "—"),
        ] {
            assert_eq!(grade(score.parse().unwrap()), word, "{score}");
        }
    }
}
