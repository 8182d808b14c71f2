//! 覆盖情况: files, sheets and tables as read, and every number that no check reaches, with the reason.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::page::{Page, Show, internal};
use super::work::{Check, Work};
use crate::model::{
    CellRef, Field, FieldRole, InputFile, Line, LineRole, Operand, PaperSheet as Part, Place,
    Status, Table, Value, Verdict, many, why_unverifiable,
};
use crate::number::Decimal;

/// Unchecked numbers that are listed one by one.
const LISTED: usize = 5_000;

/// Writes the sheet.
pub(super) fn write(work: &Work) -> Result<Worksheet, XlsxError> {
    let widths = vec![30, 24, 13, 10, 9, 9, 46];
    let mut page = work.page(Part::Coverage, widths)?;
    let coverage = work.report.coverage;
    let summary = &work.report.summary;
    let explanation = match work.language() {
        crate::model::Language::Zh => format!(
            "{} 个数字中 {} 个参与核对；{} 项核对未能进行。没有核对的，不等于正确。",
            coverage.numbers, coverage.checked, summary.unverifiable
        ),
        crate::model::Language::En => format!(
            "{} of {} took part in a check; {} could not be made. What was not checked is not thereby right.",
            coverage.checked,
            many(coverage.numbers, "number"),
            many(summary.unverifiable, "check")
        ),
    };
    page.line(&explanation)?;
    files(work, &mut page)?;
    tables(work, &mut page)?;
    unverifiable(work, &mut page)?;
    unchecked(work, &mut page)?;
    page.finish()
}

fn files(work: &Work, page: &mut Page) -> Result<(), XlsxError> {
    page.section(work.t("报送文件", "Files"))?;
    page.headings(&[
        work.t("文件", "File"),
        work.t("读取情况", "Read"),
        work.t("格式", "Format"),
        work.t("工作表", "Sheets"),
        work.t("表格", "Tables"),
        work.t("数字", "Numbers"),
        work.t("SHA-256、说明", "SHA-256, remarks"),
    ])?;
    for (at, file) in work.packet().files.iter().enumerate() {
        let tables = || work.packet().tables.iter().filter(|table| table.file as usize == at);
        let numbers: u64 = tables().map(|table| count(work, table).0).sum();
        let sheets = file.workbook.as_ref().map_or(0, |book| book.sheets.len());
        let refused = !matches!(file.status, Status::Read);
        let looks = if refused {
            work.style.text().set_background_color(work.style.doubtful)
        } else {
            work.style.text()
        };
        page.cells(&[
            (Show::text(file.path.clone()), work.style.text()),
            (Show::text(status(work, file)), looks),
            (Show::text(file.format.name()), work.style.middle()),
            (Show::Number(Decimal::from(sheets as u64)), work.style.number(0)),
            (Show::Number(Decimal::from(tables().count() as u64)), work.style.number(0)),
            (Show::Number(Decimal::from(numbers)), work.style.number(0)),
            (Show::Text(remarks(work, file)), work.style.text()),
        ])?;
    }
    Ok(())
}

fn status(work: &Work, file: &InputFile) -> String {
    if let Some(twin) = file.same_as {
        return format!("{} {}", work.t("内容同", "same as"), work.file_name(twin));
    }
    match file.status {
        Status::Read => work.t("已读取", "read"),
        Status::Partial => work.t("部分工作表未读", "some sheets refused"),
        Status::Refused => work.t("未能读取", "refused"),
        Status::Killed => work.t("超限中止", "stopped by a limit"),
    }
    .to_owned()
}

fn remarks(work: &Work, file: &InputFile) -> String {
    let mut remarks = vec![file.sha256.clone()];
    if let Some(error) = &file.error {
        remarks.push(error.message.get(work.language()).to_owned());
        remarks.push(error.hint.get(work.language()).to_owned());
    }
    if let Some(book) = &file.workbook {
        remarks.extend(
            book.refused_sheets.iter().map(|sheet| {
                format!("{}：{}", sheet.name, sheet.error.message.get(work.language()))
            }),
        );
        remarks.extend(book.remarks.iter().map(|text| text.get(work.language()).to_owned()));
    }
    remarks.retain(|remark| !remark.is_empty());
    remarks.join("\n")
}

/// Numbers of a table, and those that took part.
fn count(work: &Work, table: &Table) -> (u64, u64) {
    let mut counts = (0, 0);
    each_number(work, table, |_, _, place| {
        counts.0 += 1;
        counts.1 += u64::from(work.places.contains_key(&place));
    });
    counts
}

fn each_number(work: &Work, table: &Table, mut visit: impl FnMut(&Line, &Field, Place)) {
    let Some(sheet) = work.packet().table_sheet(table) else { return };
    for line in table.lines.iter().filter(|line| line.role.is_data()) {
        for field in table.figure_fields() {
            let cell = CellRef::new(line.row, field.column);
            let place = Place { file: table.file, sheet: table.sheet, cell };
            if sheet.value(cell) != Value::Empty
                && work.packet().figure(place, Some(table.id)).number().is_some()
            {
                visit(line, field, place);
            }
        }
    }
}

fn tables(work: &Work, page: &mut Page) -> Result<(), XlsxError> {
    page.section(work.t("识别的表格", "Tables"))?;
    page.headings(&[
        work.t("表", "Table"),
        work.t("来源", "From"),
        work.t("表类", "Kind"),
        work.t("数字", "Numbers"),
        work.t("已核对", "Checked"),
        work.t("覆盖率", "Share"),
        work.t("标题", "Title"),
    ])?;
    for table in &work.packet().tables {
        let (numbers, checked) = count(work, table);
        let line = page.row + 1;
        let name = work.table_name(table);
        let link = match work.layout.sheet(table.id) {
            Some(sheet) => (Show::Link(internal(&sheet.name, 0, 0), name), work.style.link()),
            None => (Show::Text(name), work.style.text()),
        };
        let share = Decimal::from(checked).checked_div(Decimal::from(numbers));
        let sheet = work.packet().table_sheet(table).map_or("", |sheet| sheet.name.as_str());
        let from = format!("{}›{sheet}!{}", work.file_name(table.file), table.range);
        page.cells(&[
            link,
            (Show::Text(from), work.style.text()),
            (
                Show::text(work.kind_name(table).unwrap_or_else(|| "—".to_owned())),
                work.style.middle(),
            ),
            (Show::Number(Decimal::from(numbers)), work.style.number(0)),
            (Show::Number(Decimal::from(checked)), work.style.number(0)),
            (
                share.map_or(Show::Blank, |s| Show::live(format!("E{line}/D{line}"), s)),
                work.style.percent(0),
            ),
            (Show::text(table.title.clone().unwrap_or_default()), work.style.text()),
        ])?;
    }
    Ok(())
}

fn unverifiable(work: &Work, page: &mut Page) -> Result<(), XlsxError> {
    let left: Vec<_> =
        work.checks.iter().filter(|check| check.outcome.verdict == Verdict::Unverifiable).collect();
    if left.is_empty() {
        return Ok(());
    }
    page.section(work.t("未能进行的核对", "Checks that could not be made"))?;
    page.headings(&[
        work.t("项目", "Figure"),
        work.t("位置", "Place"),
        work.t("规则", "Rule"),
        work.t("申报数", "Stated"),
        work.t("单位", "Unit"),
        work.t("表", "Table"),
        work.t("原因", "Why"),
    ])?;
    for check in left.into_iter().take(LISTED) {
        let target = &check.outcome.target;
        let stated = work.packet().figure(target.place, target.table).number();
        page.cells(&[
            (Show::Text(work.label(target)), work.style.text()),
            work.link(target),
            (Show::text(work.relation(check).rule.clone()), work.style.middle()),
            (Show::maybe(stated), work.format(target, 0)),
            (Show::Text(work.unit(target)), work.style.middle()),
            (Show::text(index_of(work, target.table)), work.style.middle()),
            (Show::text(why(work, check)), work.style.text()),
        ])?;
    }
    Ok(())
}

/// T3: the index of a table's own sheet.
fn index_of(work: &Work, table: Option<u32>) -> String {
    table
        .and_then(|table| work.layout.sheet(table))
        .map_or_else(String::new, |sheet| sheet.index.clone())
}

/// Why a check could not be made, in the paper's language.
fn why(work: &Work, check: &Check) -> String {
    let relation = work.relation(check);
    let ordinal = (check.id - relation.first_check) as usize;
    let why = why_unverifiable(work.packet(), relation, ordinal, &check.outcome);
    why.get(work.language()).to_owned()
}

fn unchecked(work: &Work, page: &mut Page) -> Result<(), XlsxError> {
    page.section(work.t("没有参与任何核对的数字", "Numbers that no check reaches"))?;
    page.headings(&[
        work.t("项目", "Figure"),
        work.t("位置", "Place"),
        work.t("数值", "Value"),
        work.t("单位", "Unit"),
        work.t("行类", "Line is"),
        work.t("表", "Table"),
        work.t("原因", "Why"),
    ])?;
    page.repeat_latest()?;
    let (mut listed, mut beyond) = (0_usize, 0_u64);
    for table in &work.packet().tables {
        let whole = count(work, table).1 == 0;
        let mut rows: Vec<Vec<(Show, Format)>> = Vec::new();
        each_number(work, table, |line, field, place| {
            if work.places.contains_key(&place) {
                return;
            }
            listed += 1;
            if listed > LISTED {
                beyond += 1;
                return;
            }
            let operand = Operand { place, table: Some(table.id), coefficient: 1 };
            let value = work.packet().figure(place, Some(table.id)).number();
            rows.push(vec![
                (Show::Text(work.label(&operand)), work.style.text()),
                work.link(&operand),
                (Show::maybe(value), work.format(&operand, 0)),
                (Show::Text(work.unit(&operand)), work.style.middle()),
                (Show::text(super::tables::role(work, line.role)), work.style.middle()),
                (Show::text(index_of(work, Some(table.id))), work.style.middle()),
                (Show::text(why_unchecked(work, table, line, field, whole)), work.style.text()),
            ]);
        });
        for row in rows {
            page.cells(&row)?;
        }
    }
    if beyond > 0 {
        let more = format!("{} {beyond}", work.t("另有未列出：", "not listed:"));
        page.line(&more)?;
    } else if listed == 0 {
        page.line(
            work.t(
                "没有：每个数字都至少参与一项核对。",
                "None: every number takes part in a check.",
            ),
        )?;
    }
    Ok(())
}

fn why_unchecked(
    work: &Work,
    table: &Table,
    line: &Line,
    field: &Field,
    whole: bool,
) -> &'static str {
    if whole {
        return work.t(
            "该表没有合计、公式或已知的勾稽关系",
            "the table has no totals, formulas or known relations",
        );
    }
    if field.role == FieldRole::Quantity {
        return work.t("数量列：没有与之相加或相除的数", "a count that nothing adds up or divides");
    }
    if field.role == FieldRole::Percent {
        return work.t("比率：分子或分母不在表中", "a rate whose parts are not in the table");
    }
    if line.role == LineRole::OfWhich {
        return work.t(
            "“其中”项：不必列全，不与上级相加",
            "of-which: need not be exhaustive, is not added up",
        );
    }
    if table.lines.iter().all(|line| line.role != LineRole::Total) {
        return work.t("该表没有合计行", "the table has no total");
    }
    work.t(
        "没有识别出与之相关的合计、比率或其他表的同一数额",
        "no total, rate or twin in another table was recognized",
    )
}
