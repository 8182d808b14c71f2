//! 总览: whose packet, the verdict, the key figures, the chart, the files and the index of sheets.

use rust_xlsxwriter::{FormatAlign, FormatBorder, Worksheet, XlsxError};

use super::checks;
use super::money::{self, Places};
use super::page::{Page, Show, internal, reference};
use super::style;
use super::work::Work;
use crate::model::{Language, Severity, Status};
use crate::number::{Decimal, Unit};

/// A sheet for the index: its number, its name, what it holds.
pub(super) type Entry = (String, String, String);

/// Rows that the chart covers.
const CHART_ROWS: u32 = 20;
/// The last column.
const LAST: u16 = 6;

/// Writes the sheet.
pub(super) fn write(
    work: &Work,
    places: &Places,
    unit: &Unit,
    index: &[Entry],
) -> Result<Worksheet, XlsxError> {
    let (entity, year) = work.whose();
    let title = title(work, year);
    let widths = vec![24, 18, 28, 3, 24, 12, 44];
    let mut page = Page::new(work.names.overview, "A", &title, widths, work.language())?;
    page.sheet.set_portrait().set_print_fit_to_pages(1, 1);
    heading_block(work, &mut page, entity.as_deref(), year)?;
    verdict(work, &mut page)?;
    page.row += 1;
    figures(work, &mut page, places, unit)?;
    if let Some(chart) = money::chart(work, places) {
        page.row += 1;
        page.sheet.insert_chart_with_offset(page.row, 0, &chart, 4, 4)?;
        page.row += CHART_ROWS;
    }
    sheets(work, &mut page, index)?;
    files(work, &mut page)?;
    Ok(page.sheet)
}

fn title(work: &Work, year: Option<i32>) -> String {
    let year = year.map(|year| year.to_string()).unwrap_or_default();
    match work.language() {
        Language::Zh if year.is_empty() => "报表勾稽核对评价底稿".to_owned(),
        Language::Zh => format!("{year}年度报表勾稽核对评价底稿"),
        Language::En => format!("{year} evaluation working paper").trim().to_owned(),
    }
}

/// Unit, period, preparer, reviewer: the head of every working paper.
fn heading_block(
    work: &Work,
    page: &mut Page,
    entity: Option<&str>,
    year: Option<i32>,
) -> Result<(), XlsxError> {
    let missing = work.t("未注明", "not stated");
    let blank = "";
    let year = year.map_or_else(|| missing.to_owned(), |year| year.to_string());
    let date = work.options.date.clone().unwrap_or_default();
    let tool = format!("gouji {}", env!("CARGO_PKG_VERSION"));
    let rows = [
        [
            work.t("被评价单位", "Unit"),
            entity.unwrap_or(missing),
            work.t("编制人", "Prepared by"),
            blank,
        ],
        [work.t("年度", "Year"), &year, work.t("复核人", "Reviewed by"), blank],
        [work.t("编制日期", "Date"), &date, work.t("工具", "Tool"), &tool],
    ];
    for [a, b, c, d] in rows {
        let label = style::middle().set_background_color(style::PALE_BLUE);
        page.sheet.write_string_with_format(page.row, 0, a, &label)?;
        page.sheet.merge_range(page.row, 1, page.row, 2, b, &style::text())?;
        page.sheet.write_string_with_format(page.row, 4, c, &label)?;
        page.sheet.merge_range(page.row, 5, page.row, LAST, d, &style::text())?;
        page.sheet.set_row_height(page.row, 20)?;
        page.row += 1;
    }
    page.row += 1;
    Ok(())
}

/// The verdict in one sentence, and the line of counts.
fn verdict(work: &Work, page: &mut Page) -> Result<(), XlsxError> {
    let (sentence, fill) = sentence(work);
    let format = style::text()
        .set_font_name("黑体")
        .set_font_size(13)
        .set_align(FormatAlign::Center)
        .set_border(FormatBorder::Medium)
        .set_background_color(fill);
    page.sheet.merge_range(page.row, 0, page.row, LAST, &sentence, &format)?;
    page.sheet.set_row_height(page.row, 34)?;
    page.row += 1;
    let line = style::text().set_align(FormatAlign::Center);
    page.sheet.merge_range(page.row, 0, page.row, LAST, &counts_line(work), &line)?;
    page.sheet.set_row_height(page.row, 22)?;
    page.row += 1;
    Ok(())
}

fn sentence(work: &Work) -> (String, rust_xlsxwriter::Color) {
    let summary = &work.report.summary;
    let unread = work.packet().files.iter().filter(|file| file.status != Status::Read).count();
    let (mut text, fill) = if summary.checks() == 0 && summary.error == 0 {
        (work.t("没有可以核对的内容", "Nothing could be checked").to_owned(), style::GREY)
    } else if summary.error > 0 {
        let text = match work.language() {
            Language::Zh => {
                format!("有 {} 处错误须更正，{} 处须说明", summary.error, summary.warning)
            }
            Language::En => format!(
                "{} errors to correct, {} points to explain",
                summary.error, summary.warning
            ),
        };
        (text, style::ORANGE)
    } else if summary.warning > 0 {
        let text = match work.language() {
            Language::Zh => format!("未发现须更正的错误，{} 处须说明", summary.warning),
            Language::En => format!("No errors; {} points to explain", summary.warning),
        };
        (text, style::PALE_ORANGE)
    } else {
        (work.t("所核对的数字全部相符", "All figures checked agree").to_owned(), style::PALE_BLUE)
    };
    if unread > 0 {
        let unread = unread.to_string();
        let (before, after) = match work.language() {
            Language::Zh => ("；", " 个文件未能完整读取"),
            Language::En => ("; ", " files not wholly read"),
        };
        text.extend([before, &unread, after]);
    }
    (text, fill)
}

fn counts_line(work: &Work) -> String {
    let (summary, coverage) = (&work.report.summary, work.report.coverage);
    match work.language() {
        Language::Zh => format!(
            "核对 {} 项：相符 {}，尾差 {}，不符 {}，未能核对 {}；{} 个数字中 {} 个参与核对。",
            summary.checks(),
            summary.holds,
            summary.rounding,
            summary.fails,
            summary.unverifiable,
            coverage.numbers,
            coverage.checked
        ),
        Language::En => format!(
            "{} checks: {} agree, {} rounding, {} differ, {} not verifiable; {} of {} numbers checked.",
            summary.checks(),
            summary.holds,
            summary.rounding,
            summary.fails,
            summary.unverifiable,
            coverage.checked,
            coverage.numbers
        ),
    }
}

/// Key figures on the left, counts of checks and findings on the right.
fn figures(work: &Work, page: &mut Page, places: &Places, unit: &Unit) -> Result<(), XlsxError> {
    let top = page.row;
    let amount_heading = format!("{}（{unit}）", work.t("金额", "Amount"));
    for (column, text) in [
        (0, work.t("主要数字", "Key figures")),
        (1, amount_heading.as_str()),
        (2, work.t("说明", "Remark")),
        (4, work.t("核对结果", "Results")),
        (5, work.t("项数", "Count")),
        (6, work.t("说明", "Remark")),
    ] {
        page.sheet.write_string_with_format(top, column, text, &style::heading())?;
    }
    page.sheet.set_row_height(top, 22)?;
    let keys = key_figures(work, places);
    for (row, key) in (top + 1..).zip(&keys) {
        key_row(work, page, row, key)?;
    }
    let counts = counts(work);
    for (row, (label, count, formula, remark)) in (top + 1..).zip(&counts) {
        let value = Decimal::from(*count);
        let show = match formula {
            Some(formula) => Show::live(formula.clone(), value),
            None => Show::Number(value),
        };
        page.put(row, 4, &Show::text(*label), &style::text())?;
        page.put(row, 5, &show, &style::number(0))?;
        page.put(row, 6, &Show::text(*remark), &style::text())?;
    }
    let rows = keys.len().max(counts.len()) as u32;
    for row in top + 1..=top + rows {
        page.sheet.set_row_height(row, 20)?;
    }
    page.row = top + 1 + rows;
    Ok(())
}

struct Key {
    label: &'static str,
    at: Option<(u32, Decimal)>,
    remark: String,
    /// A rate: the formula and its value.
    rate: Option<(String, Decimal)>,
}

fn key_figures(work: &Work, places: &Places) -> Vec<Key> {
    let money = |row: u32| reference(work.names.money, row, money::AMOUNT);
    let key = |zh: &'static str, en: &'static str, at: Option<(u32, Decimal)>| Key {
        label: match work.language() {
            Language::Zh => zh,
            Language::En => en,
        },
        at,
        remark: String::new(),
        rate: None,
    };
    let mut keys = vec![
        key("年初预算", "Initial budget", places.initial),
        key("预算调整", "Adjustment", places.adjustment),
        key("调整后预算", "Adjusted budget", places.adjusted),
        key("实际支出", "Expenditure", places.spent),
        key("年末结转结余", "Carried over", places.carried),
    ];
    if let Some(why) = &places.contradiction {
        keys.push(Key { remark: why.clone(), ..key("预算执行率", "Execution rate", None) });
    } else if let (Some((spent, a)), Some((adjusted, b))) = (places.spent, places.adjusted)
        && let Some(rate) = a.checked_div(b)
    {
        let formula = format!("{}/{}", money(spent), money(adjusted));
        keys.push(Key {
            rate: Some((formula, rate)),
            remark: work.t("支出 ÷ 调整后预算", "expenditure ÷ adjusted").to_owned(),
            ..key("预算执行率", "Execution rate", None)
        });
    }
    if let (Some((initial, a)), Some((adjusted, b))) = (places.initial, places.adjusted)
        && let Some(rate) = b.checked_sub(a).and_then(|d| d.checked_div(a))
    {
        let formula = format!("({}-{})/{}", money(adjusted), money(initial), money(initial));
        keys.push(Key {
            rate: Some((formula, rate)),
            remark: work.t("（调整后 − 年初）÷ 年初", "(adjusted − initial) ÷ initial").to_owned(),
            ..key("预算调整率", "Adjustment rate", None)
        });
    }
    keys
}

fn key_row(work: &Work, page: &mut Page, row: u32, key: &Key) -> Result<(), XlsxError> {
    page.put(row, 0, &Show::text(key.label), &style::text())?;
    let mut remark = Show::text(key.remark.clone());
    let mut remark_format = style::text();
    match (key.at, &key.rate) {
        (Some((at, value)), _) => {
            let formula = reference(work.names.money, at, money::AMOUNT);
            page.put(row, 1, &Show::live(formula, value), &style::number(2))?;
            let target = internal(work.names.money, at, money::AMOUNT);
            remark = Show::Link(target, work.t("见资金流向", "see money flow").to_owned());
            remark_format = style::link();
        }
        (None, Some((formula, value))) => {
            page.put(row, 1, &Show::live(formula.clone(), *value), &style::percent(2))?;
        }
        (None, None) => {
            let missing = style::middle().set_background_color(style::GREY);
            page.put(row, 1, &Show::text(work.t("未取得", "not stated")), &missing)?;
        }
    }
    page.put(row, 2, &remark, &remark_format)
}

type Count = (&'static str, u64, Option<String>, &'static str);

/// Counts of verdicts, alive over the marks of 核对总表, and of findings.
fn counts(work: &Work) -> Vec<Count> {
    let summary = &work.report.summary;
    let zh = work.language() == Language::Zh;
    let word = |z: &'static str, e: &'static str| if zh { z } else { e };
    let live = |mark: &str| {
        let last = checks::TOP + work.checks.len() as u32;
        (work.unlisted == 0 && !work.checks.is_empty()).then(|| {
            let first = reference(work.names.checks, checks::TOP, checks::MARKS);
            let end = crate::model::CellRef::new(last - 1, u32::from(checks::MARKS));
            format!("COUNTIF({first}:{end},\"{mark}\")")
        })
    };
    let warned = |severity: Severity| summary.findings(severity);
    vec![
        (word("✓ 相符", "✓ agree"), summary.holds, live("✓"), word("完全一致", "exactly")),
        (
            word("※ 尾差", "※ rounding"),
            summary.rounding,
            live("※"),
            word("印出位数允许之内", "within the printed digits"),
        ),
        (word("≠ 不符", "≠ differ"), summary.fails, live("≠"), word("超出尾差", "beyond rounding")),
        (
            word("？ 未能核对", "? not verifiable"),
            summary.unverifiable,
            live("？"),
            word("缺数或不是数字，见覆盖情况", "see coverage"),
        ),
        (word("错误", "Errors"), warned(Severity::Error), None, word("须更正", "to be corrected")),
        (
            word("核实", "Warnings"),
            warned(Severity::Warning),
            None,
            word("须说明或更正", "to be explained or corrected"),
        ),
        (word("提示", "Remarks"), warned(Severity::Info), None, word("供参考", "for information")),
    ]
}

fn sheets(work: &Work, page: &mut Page, index: &[Entry]) -> Result<(), XlsxError> {
    page.section(work.t("索引目录", "Index of sheets"))?;
    for (column, text) in [
        (0, work.t("索引号", "Index")),
        (1, work.t("工作表", "Sheet")),
        (4, work.t("内容", "What it holds")),
    ] {
        page.sheet.write_string_with_format(page.row, column, text, &style::heading())?;
    }
    page.sheet.merge_range(
        page.row,
        1,
        page.row,
        2,
        work.t("工作表", "Sheet"),
        &style::heading(),
    )?;
    page.sheet.merge_range(
        page.row,
        4,
        page.row,
        LAST,
        work.t("内容", "What it holds"),
        &style::heading(),
    )?;
    page.row += 1;
    for (number, name, about) in index {
        page.put(page.row, 0, &Show::text(number.clone()), &style::middle())?;
        page.sheet.merge_range(page.row, 1, page.row, 2, "", &style::link())?;
        page.put(page.row, 1, &Show::Link(internal(name, 0, 0), name.clone()), &style::link())?;
        page.sheet.merge_range(page.row, 4, page.row, LAST, about, &style::text())?;
        page.sheet.set_row_height(page.row, 18)?;
        page.row += 1;
    }
    Ok(())
}

/// The files that were given, so that the paper says what it is about.
fn files(work: &Work, page: &mut Page) -> Result<(), XlsxError> {
    page.section(work.t("报送文件", "Files"))?;
    for file in work.packet().files.iter().take(40) {
        page.sheet.merge_range(page.row, 0, page.row, 2, &file.path, &style::text())?;
        let words = if file.sha256.is_empty() {
            file.error.as_ref().map_or("", |error| error.message.get(work.language())).to_owned()
        } else {
            format!("SHA-256 {}", file.sha256)
        };
        let small = style::text().set_font_size(8);
        page.sheet.merge_range(page.row, 4, page.row, LAST, &words, &small)?;
        page.row += 1;
    }
    let more = work.packet().files.len().saturating_sub(40);
    if more > 0 {
        page.line(&format!("{} {more}", work.t("另有文件数：", "more files:")))?;
    }
    Ok(())
}
