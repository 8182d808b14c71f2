//! 总览: the verdict, the key figures, the major matters, room for the evaluator's own words, and the charts.

use rust_xlsxwriter::{Chart, FormatAlign, FormatBorder, Worksheet, XlsxError};

use super::money::{self, Places};
use super::page::{Page, Show, clip, internal, reference};
use super::work::Work;
use super::{checks, differences, style};
use crate::model::{Language, PaperSheet as Part, Severity, Status, Text, many};
use crate::number::{Decimal, Unit};

/// Height of a chart, in pixels and in rows of 20 pixels.
const CHART: (u32, u32) = (340, 18);
/// The last column.
const LAST: u16 = 6;
/// Matters that are told here; all of them stand on 差异清单.
const MATTERS: usize = 8;

/// Writes the sheet.
pub(super) fn write(
    work: &Work,
    places: &Places,
    unit: &Unit,
    charts: &[Chart],
) -> Result<Worksheet, XlsxError> {
    let (_, year) = work.whose();
    let title = title(work, year);
    let widths = vec![22, 18, 30, 3, 22, 12, 38];
    let name = work.name(Part::Overview);
    let mut page = Page::new(work, name, Part::Overview.index(), &title, widths)?;
    verdict(work, &mut page)?;
    page.row += 1;
    figures(work, &mut page, places, unit)?;
    if work.entity_words().as_deref() != work.entity() {
        page.line(&work.t(
            format!(
                "主要数字只是 {} 的；其他单位的见“{}”，其项目未列入项目资金一览。",
                work.entity().unwrap_or_default(),
                work.name(Part::Money)
            ),
            format!(
                "The key figures are of {} alone; other units stand on \"{}\", their projects are not listed.",
                work.entity().unwrap_or_default(),
                work.name(Part::Money)
            ),
        ))?;
    }
    // Before the matters, which may be many: so it stands whole on the first page.
    conclusion(work, &mut page)?;
    matters(work, &mut page)?;
    page.row += 1;
    draw(&mut page, charts)?;
    page.sheet.set_active(true);
    page.finish()
}

/// Two charts beside each other, each pair on a page of its own.
fn draw(page: &mut Page, charts: &[Chart]) -> Result<(), XlsxError> {
    let mut breaks = Vec::new();
    for pair in charts.chunks(2) {
        if breaks.len() * 2 % 4 == 0 {
            breaks.push(page.row);
        } else {
            breaks.push(0);
        }
        for (column, chart) in [0_u16, 3].into_iter().zip(pair) {
            let mut chart = chart.clone();
            let width = if pair.len() == 1 { 1040 } else { 515 };
            chart.set_width(width).set_height(CHART.0);
            page.sheet.insert_chart_with_offset(page.row, column, &chart, 4, 4)?;
        }
        page.row += CHART.1;
    }
    breaks.retain(|row| *row > 0);
    page.sheet.set_page_breaks(&breaks)?;
    Ok(())
}

/// The gravest matters, with their rows on 差异清单.
fn matters(work: &Work, page: &mut Page) -> Result<(), XlsxError> {
    let told: Vec<(usize, usize)> = differences::told(work)
        .into_iter()
        .enumerate()
        .filter(|(_, at)| work.report.findings[*at].severity >= Severity::Warning)
        .collect();
    if told.is_empty() {
        return Ok(());
    }
    page.section(work.t("重大事项说明", "Major matters"))?;
    for (number, at) in told.iter().take(MATTERS) {
        let finding = &work.report.findings[*at];
        let text = match work.report.matter(finding) {
            Some(matter) => matter.text.get(work.language()),
            None => finding.message.get(work.language()),
        };
        let index = format!("{}-{}", Part::Differences.index(), number + 1);
        let target = internal(work.name(Part::Differences), differences::TOP + *number as u32, 0);
        let severity = finding.severity;
        let format = work.severity_format(work.style.middle(), severity);
        page.put(page.row, 0, &Show::Link(target, index), &work.style.link())?;
        page.put(page.row, 1, &Show::text(severity.label().get(work.language())), &format)?;
        page.sheet.merge_range(page.row, 2, page.row, LAST, &clip(text), &work.style.text())?;
        let lines = style::lines(text, 105);
        page.sheet.set_row_height(page.row, style::height(lines))?;
        page.row += 1;
    }
    if told.len() > MATTERS {
        let (all, name) = (told.len(), work.name(Part::Differences));
        page.line(&work.t(
            format!("共 {all} 项，其余见“{name}”。"),
            format!("{all} in all; the rest are on \"{name}\"."),
        ))?;
    }
    Ok(())
}

/// Room for the evaluator's own words.
fn conclusion(work: &Work, page: &mut Page) -> Result<(), XlsxError> {
    page.section(work.t("评价结论（由评价人员填写）", "Conclusion (by the evaluator)"))?;
    page.sheet.merge_range(page.row, 0, page.row, LAST, "", &work.style.text())?;
    page.sheet.set_row_height(page.row, 64)?;
    page.row += 1;
    Ok(())
}

/// 2022年度报表勾稽核对评价底稿, or the house's own words.
pub(super) fn title(work: &Work, year: Option<i32>) -> String {
    if let Some(own) = &work.options.house.words.title {
        return own.clone();
    }
    let year = year.map(|year| year.to_string()).unwrap_or_default();
    match work.language() {
        Language::Zh if year.is_empty() => "报表勾稽核对评价底稿".to_owned(),
        Language::Zh => format!("{year}年度报表勾稽核对评价底稿"),
        Language::En => format!("{year} evaluation working paper").trim().to_owned(),
    }
}

/// The verdict in one sentence, and the line of counts.
fn verdict(work: &Work, page: &mut Page) -> Result<(), XlsxError> {
    let (sentence, fill) = sentence(work);
    let format = work
        .style
        .text()
        .set_font_name("黑体")
        .set_font_size(13)
        .set_align(FormatAlign::Center)
        .set_border(FormatBorder::Medium)
        .set_background_color(fill);
    page.sheet.merge_range(page.row, 0, page.row, LAST, &sentence, &format)?;
    page.sheet.set_row_height(page.row, 34)?;
    page.row += 1;
    let line = work.style.text().set_align(FormatAlign::Center);
    page.sheet.merge_range(page.row, 0, page.row, LAST, &counts_line(work), &line)?;
    page.sheet.set_row_height(page.row, 22)?;
    page.row += 1;
    Ok(())
}

pub(super) fn sentence(work: &Work) -> (String, rust_xlsxwriter::Color) {
    let summary = &work.report.summary;
    let unread = work.packet().files.iter().filter(|file| file.status != Status::Read).count();
    let (mut text, fill) = if summary.checks() == 0 && summary.error == 0 {
        (work.t("没有可以核对的内容", "Nothing could be checked").to_owned(), work.style.total)
    } else if summary.error > 0 {
        let text = match work.language() {
            Language::Zh => {
                format!("有 {} 处错误须更正，{} 处须说明", summary.error, summary.warning)
            }
            Language::En => format!(
                "{} to correct, {} to explain",
                many(summary.error, "error"),
                many(summary.warning, "point")
            ),
        };
        (text, work.style.wrong)
    } else if summary.warning > 0 {
        let text = match work.language() {
            Language::Zh => format!("未发现须更正的错误，{} 处须说明", summary.warning),
            Language::En => format!("No errors; {} to explain", many(summary.warning, "point")),
        };
        (text, work.style.doubtful)
    } else {
        (work.t("所核对的数字全部相符", "All figures checked agree").to_owned(), work.style.heading)
    };
    if unread > 0 {
        text.push_str(&work.t(
            format!("；{unread} 个文件未能完整读取"),
            format!("; {} not wholly read", many(unread, "file")),
        ));
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
            "{}: {} agree, {} rounding, {} differ, {} not verifiable; {} of {} numbers checked.",
            many(summary.checks(), "check"),
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
    let mut tables = work.packet().tables.iter();
    let amount_heading = if tables.any(|table| table.unit.as_ref().is_some_and(Unit::is_money)) {
        let unit = work.unit_word(unit);
        work.t(format!("金额（{unit}）"), format!("Amount ({unit})"))
    } else {
        work.t("金额", "Amount").to_owned()
    };
    for (column, text) in [
        (0, work.t("主要数字", "Key figures")),
        (1, amount_heading.as_str()),
        (2, work.t("说明", "Remark")),
        (4, work.t("核对结果", "Results")),
        (5, work.t("项数", "Count")),
        (6, work.t("说明", "Remark")),
    ] {
        page.sheet.write_string_with_format(top, column, text, &work.style.heading())?;
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
        page.put(row, 4, &Show::text(label.clone()), &work.style.text())?;
        page.put(row, 5, &show, &work.style.number(0))?;
        page.put(row, 6, &Show::text(*remark), &work.style.text())?;
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
    let money = |row: u32| reference(work.name(Part::Money), row, money::AMOUNT);
    let key = |zh: &'static str, en: &'static str, at: Option<(u32, Decimal)>| Key {
        label: work.t(zh, en),
        at,
        remark: String::new(),
        rate: None,
    };
    let unknown = &places.unknown;
    let mut keys = vec![
        Key {
            remark: why(work, unknown.initial.as_ref()),
            ..key("年初预算", "Initial budget", places.initial)
        },
        Key { remark: why(work, None), ..key("预算调整", "Adjustment", places.adjustment) },
        Key {
            remark: why(work, unknown.adjusted.as_ref()),
            ..key("调整后预算", "Adjusted budget", places.adjusted)
        },
        Key {
            remark: why(work, unknown.executed.as_ref()),
            ..key("实际支出", "Expenditure", places.spent)
        },
        Key {
            remark: match places.carried {
                Some(_) if places.left_is_computed => {
                    work.t("计算：调整后 − 支出", "computed: adjusted − spent").to_owned()
                }
                _ => why(work, unknown.carried.as_ref()),
            },
            ..key("年末结转结余", "Carried over", places.carried)
        },
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

/// Why a key figure is not there, in few words; said only where it is not.
fn why(work: &Work, unknown: Option<&Text>) -> String {
    let none = || work.t("没有表格列出本年度的数", "no table states it for the year").to_owned();
    let Some(unknown) = unknown else { return none() };
    let said = unknown.get(work.language());
    let said = said.strip_prefix("未取得：").or_else(|| said.strip_prefix("not obtained: "));
    said.map_or_else(none, str::to_owned)
}

fn key_row(work: &Work, page: &mut Page, row: u32, key: &Key) -> Result<(), XlsxError> {
    page.put(row, 0, &Show::text(key.label), &work.style.text())?;
    let mut remark = Show::text(key.remark.clone());
    let mut remark_format = work.style.text();
    match (key.at, &key.rate) {
        (Some((at, value)), _) => {
            let formula = reference(work.name(Part::Money), at, money::AMOUNT);
            page.put(row, 1, &Show::live(formula, value), &work.style.number(2))?;
            let target = internal(work.name(Part::Money), at, money::AMOUNT);
            let see = work.t("见资金流向", "see money flow").to_owned();
            let computed = work.t("计算：", "computed: ");
            remark = Show::Link(
                target,
                if key.remark.starts_with(computed) { key.remark.clone() } else { see },
            );
            remark_format = work.style.link();
        }
        (None, Some((formula, value))) => {
            page.put(row, 1, &Show::live(formula.clone(), *value), &work.style.percent(2))?;
        }
        (None, None) => {
            let missing = work.style.middle().set_background_color(work.style.total);
            page.put(row, 1, &Show::text(work.t("未取得", "not stated")), &missing)?;
        }
    }
    page.put(row, 2, &remark, &remark_format)
}

/// A label, a count, the formula that counts it on 核对总表 where it can be counted there, a remark.
type Count = (String, u64, Option<String>, &'static str);

/// Counts of verdicts, alive over the marks of 核对总表, and of findings.
fn counts(work: &Work) -> Vec<Count> {
    let (summary, marks) = (&work.report.summary, work.marks());
    let live = |mark: &str| {
        let last = checks::TOP + work.checks.len() as u32;
        // Marks that stand for several verdicts, or mean something to COUNTIF, are not counted alive.
        let plain = !mark.contains(['*', '?', '~', '<', '>', '=', '"']) && !mark.is_empty();
        (work.unlisted == 0 && !work.checks.is_empty() && plain).then(|| {
            let first = reference(work.name(Part::Checks), checks::TOP, checks::MARKS);
            let end = crate::model::CellRef::new(last - 1, u32::from(checks::MARKS));
            format!("COUNTIF({first}:{end},\"{mark}\")")
        })
    };
    let verdict = |mark: &str, zh: &str, en: &str, count: u64, remark: &'static str| -> Count {
        (format!("{mark} {}", work.t(zh, en)), count, live(mark), remark)
    };
    let warned = |severity: Severity, remark: &'static str| -> Count {
        (severity.label().get(work.language()).to_owned(), summary.findings(severity), None, remark)
    };
    vec![
        verdict(&marks.holds, "相符", "agree", summary.holds, work.t("完全一致", "exactly")),
        verdict(
            &marks.rounding,
            "尾差",
            "rounding",
            summary.rounding,
            work.t("印出位数允许之内", "within the printed digits"),
        ),
        verdict(
            &marks.fails,
            "不符",
            "differ",
            summary.fails,
            work.t("超出尾差", "beyond rounding"),
        ),
        verdict(
            &marks.unverifiable,
            "未能核对",
            "not verifiable",
            summary.unverifiable,
            work.t("缺数或不是数字，见覆盖情况", "see coverage"),
        ),
        warned(Severity::Error, work.t("须更正", "to be corrected")),
        warned(Severity::Warning, work.t("须说明或更正", "to be explained or corrected")),
        warned(Severity::Info, work.t("供参考", "for information")),
    ]
}
