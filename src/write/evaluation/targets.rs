//! 绩效指标: targets with their measures; where the form has weights and scores, their sums and the grade 优良中差.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::kinds::{PaperView, kind};
use super::page::{Page, Show};
use super::tables::{cell_text, number_text};
use super::work::Work;
use crate::model::{
    CellRef, Field, FieldRole, Line, LineRole, Operand, PaperSheet as Part, Place, Table,
    counted_rows,
};
use crate::number::Decimal;

/// Columns of a table that are shown.
const SHOWN: usize = 9;
/// What the weights of a whole form add up to.
const FULL: Decimal = Decimal::ONE_HUNDRED;

/// Sums of a block's weights and scores: where they stand on the sheet, and what they are.
struct Sums {
    weight: Option<(String, Decimal)>,
    score: Option<(String, Decimal)>,
}

/// Writes the sheet; `None` without a table of targets.
pub(super) fn write(work: &Work) -> Result<Option<Worksheet>, XlsxError> {
    let tables: Vec<&Table> =
        work.packet().tables.iter().filter(|table| is_of_targets(table)).collect();
    if tables.is_empty() {
        return Ok(None);
    }
    let columns = tables.iter().map(|table| shown(table).len()).max().unwrap_or(1);
    let mut widths = vec![6];
    widths.extend(columns_widths(&tables, columns));
    fit(&mut widths);
    let mut page = work.page(Part::Targets, widths)?;
    let explanation = work.t(
        "指标照录，合并单元格逐行写出。表中有分值、得分的，合计由公式求和并按 优[90,100] 良[80,90) 中[60,80) 差[0,60) 定级。",
        "Targets as submitted, merged cells written out. Weights and scores are summed and graded excellent [90,100], good [80,90), fair [60,80), poor [0,60).",
    );
    page.line(explanation)?;
    for form in tables.chunk_by(|a, b| (a.file, a.sheet) == (b.file, b.sheet)) {
        let scored = form.iter().any(|table| shown(table).into_iter().any(is_score));
        if !scored {
            page.line(work.t(
                "下表内没有得分，不计算总分和等级。",
                "No scores in this table: no total and no grade.",
            ))?;
        }
        let mut sums = Vec::new();
        for table in form {
            sums.extend(block(work, &mut page, table)?.map(|sums| (*table, sums)));
        }
        if !scored {
            continue;
        }
        let whole = |sums: &Sums| sums.weight.as_ref().is_some_and(|(_, sum)| *sum == FULL);
        if sums.iter().any(|(_, sums)| whole(sums)) {
            for one in &sums {
                verdict(work, &mut page, std::slice::from_ref(one))?;
            }
        } else {
            verdict(work, &mut page, &sums)?;
        }
    }
    Ok(Some(page.finish()?))
}

/// A table of performance targets, by its kind or, where that is unknown, by the words of its header.
fn is_of_targets(table: &Table) -> bool {
    if table.kind.is_some() || kind(table).is_some() {
        return kind(table) == Some(PaperView::Targets);
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

/// Text columns give way until all fit on a page; the head of a sheet needs four columns.
fn fit(widths: &mut Vec<u16>) {
    widths.resize(widths.len().max(4), 20);
    while widths.iter().sum::<u16>() > 140
        && let Some(widest) = widths.iter_mut().max().filter(|width| **width > 14)
    {
        *widest -= 1;
    }
}

fn block(work: &Work, page: &mut Page, table: &Table) -> Result<Option<Sums>, XlsxError> {
    page.section(&work.table_name(table))?;
    let fields = shown(table);
    let mut headings = vec![work.t("序", "No.")];
    headings.extend(fields.iter().map(|field| field.label.as_str()));
    page.headings(&headings)?;
    let top = page.row;
    let mut above: Vec<String> = vec![String::new(); fields.len()];
    for (number, line) in table.lines.iter().filter(|line| is_target_line(line)).enumerate() {
        let mut cells: Vec<(Show, Format)> =
            vec![(Show::Number(Decimal::from(number as u64 + 1)), work.style.middle())];
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
        return (Show::text(line.label.clone()), work.style.text());
    }
    let mut text = cell_text(work, place, usize::MAX).unwrap_or_else(|| number_text(work, place));
    // A merged cell holds its text in its first row only.
    if text.is_empty() && is_merged(work, table, at) {
        text.clone_from(above);
    } else {
        above.clone_from(&text);
    }
    (Show::Text(text), work.style.text())
}

fn is_merged(work: &Work, table: &Table, cell: CellRef) -> bool {
    let Some(sheet) = work.packet().table_sheet(table) else { return false };
    sheet.merges.iter().any(|merge| merge.contains(cell) && merge.start.row < cell.row)
}

/// Sums of weights and scores; `None` where the table has neither.
fn scores(
    work: &Work,
    page: &mut Page,
    table: &Table,
    fields: &[&Field],
    top: u32,
) -> Result<Option<Sums>, XlsxError> {
    let is_weight = |field: &&Field| {
        let header = field.path.join("");
        field.role.is_figure() && ["分值", "权重"].iter().any(|word| header.contains(word))
    };
    let weight = fields.iter().position(is_weight);
    let score = fields.iter().position(|field| is_score(field));
    if weight.is_none() && score.is_none() || page.row == top {
        return Ok(None);
    }
    let bold = work.style.number(2).set_bold().set_background_color(work.style.total);
    let mut cells = vec![(Show::text(work.t("计", "Sum")), work.style.middle().set_bold())];
    cells.extend(fields.iter().map(|_| (Show::Blank, work.style.text())));
    let mut sum_of = |at: usize| {
        let counted = counted_rows(work.packet(), table, fields[at].column);
        let sum = column_sum(work, table, fields[at].column, &counted);
        let letter = CellRef::column_letters(at as u32 + 1);
        let mut targets = table.lines.iter().filter(|line| is_target_line(line));
        // One row that states the sum of the others counts alone.
        let formula = match counted.as_slice() {
            [row] => {
                let at = targets.position(|line| line.row == *row).unwrap_or(0) as u32;
                format!("{letter}{}", top + 1 + at)
            }
            _ => format!("SUM({letter}{}:{letter}{})", top + 1, page.row),
        };
        cells[at + 1] = (Show::live(formula, sum), bold.clone());
        (format!("{letter}{}", page.row + 1), sum)
    };
    let sums = Sums { weight: weight.map(&mut sum_of), score: score.map(&mut sum_of) };
    page.cells(&cells)?;
    Ok(Some(sums))
}

/// The total score of a form and its grade. A form has several tables where 预算执行 (10 分) stands in one of its own: then
/// none of them is graded alone, and a form whose weights do not add up to 100 has no grade.
fn verdict(work: &Work, page: &mut Page, blocks: &[(&Table, Sums)]) -> Result<(), XlsxError> {
    let sum = |pick: fn(&Sums) -> &Option<(String, Decimal)>| -> Option<(String, Decimal)> {
        let found: Vec<&(String, Decimal)> =
            blocks.iter().filter_map(|(_, sums)| pick(sums).as_ref()).collect();
        let formula = found.iter().map(|(cell, _)| cell.as_str()).collect::<Vec<_>>().join("+");
        (!found.is_empty()).then(|| (formula, found.iter().map(|(_, sum)| *sum).sum()))
    };
    let (weight, score) = (sum(|sums| &sums.weight), sum(|sums| &sums.score));
    let Some((formula, total)) = score else {
        return page.line(work.t(
            "表内没有得分，未计算总分和等级。",
            "No scores in the table: no total and no grade.",
        ));
    };
    let bold = || work.style.middle().set_bold().set_background_color(work.style.total);
    let at = format!("B{}", page.row + 1);
    let mut cells = vec![
        (Show::text(work.t("总分", "Score")), bold()),
        (Show::live(formula, total), work.style.number(2).set_bold()),
    ];
    let remark = match weight {
        Some((_, weight)) if weight != FULL => work.t(
            format!("分值合计 {}，不等于 100，未定级。", weight.normalize()),
            format!("The weights add up to {}, not 100: no grade.", weight.normalize()),
        ),
        _ => {
            cells.push((Show::text(work.t("等级", "Grade")), bold()));
            cells.push((
                Show::live_word(grade_formula(&at, grades(work)), grade(total, grades(work))),
                bold(),
            ));
            stated_otherwise(work, blocks, total)
        }
    };
    page.cells(&cells)?;
    if remark.is_empty() { Ok(()) } else { page.line(&remark) }
}

/// What the form's own total line says, where it says another thing.
fn stated_otherwise(work: &Work, blocks: &[(&Table, Sums)], total: Decimal) -> String {
    let stated = blocks.iter().flat_map(|(table, _)| {
        let score = shown(table).into_iter().find(|field| is_score(field));
        let totals = table.lines.iter().filter(|line| line.role == LineRole::Total);
        totals.filter_map(move |line| {
            let cell = CellRef::new(line.row, score?.column);
            let place = Place { file: table.file, sheet: table.sheet, cell };
            Some((place, work.packet().figure(place, Some(table.id)).number()?))
        })
    });
    match stated.last() {
        Some((place, value)) if value != total => {
            let (place, value) = (work.place(place), value.normalize());
            work.t(
                format!(
                    "表列总分 {value}（{place}），与各项得分之和 {} 不一致。",
                    total.normalize()
                ),
                format!(
                    "The form states {value} ({place}); its scores add up to {}.",
                    total.normalize()
                ),
            )
        }
        _ => String::new(),
    }
}

fn is_score(field: &Field) -> bool {
    field.role.is_figure() && field.path.join("").contains("得分")
}

fn is_target_line(line: &Line) -> bool {
    matches!(line.role, LineRole::Item | LineRole::OfWhich)
}

fn column_sum(work: &Work, table: &Table, column: u32, rows: &[u32]) -> Decimal {
    rows.iter()
        .filter_map(|row| {
            let cell = CellRef::new(*row, column);
            let place = Place { file: table.file, sheet: table.sheet, cell };
            work.packet().figure(place, Some(table.id)).number()
        })
        .sum()
}

/// The four grades, best first.
type Grades = [&'static str; 4];

const CHINESE: Grades = ["优", "良", "中", "差"];

fn grades(work: &Work) -> Grades {
    work.t(CHINESE, ["excellent", "good", "fair", "poor"])
}

/// [`grade`] as a formula over a cell.
fn grade_formula(cell: &str, [best, good, fair, poor]: Grades) -> String {
    format!(
        "IF(OR({cell}>100,{cell}<0),\"—\",IF({cell}>=90,\"{best}\",IF({cell}>=80,\"{good}\",IF({cell}>=60,\"{fair}\",\"{poor}\"))))"
    )
}

/// 优 [90,100], 良 [80,90), 中 [60,80), 差 [0,60); nothing outside.
fn grade(score: Decimal, [best, good, fair, poor]: Grades) -> &'static str {
    let at_least = |bound: i64| score >= Decimal::from(bound);
    match () {
        () if at_least(90) && score <= Decimal::ONE_HUNDRED => best,
        () if at_least(90) || score.is_sign_negative() => "—",
        () if at_least(80) => good,
        () if at_least(60) => fair,
        () => poor,
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
            assert_eq!(grade(score.parse().unwrap(), CHINESE), word, "{score}");
        }
    }
}
