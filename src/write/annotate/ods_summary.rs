//! 核对结果 as a table of an `OpenDocument` spreadsheet.
//!
//! How a table is printed, and what is frozen on the screen, stands in `styles.xml` and `settings.xml`, which are the
//! submitter's and stay. So the table is laid out for an upright page: what and how much on the first, why on a second
//! beside it, where the number is repeated; the headings are repeated on each.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use super::ods::{KINDS, colour, location};
use super::plan::{Plan, Row};
use super::{summary, text, xml};
use crate::model::{Language, Text};
use crate::number::Decimal;
use crate::write::clean::clean;

const EDGE: &str = "fo:border=\"0.5pt solid #8c8c8c\"";
const MIDDLE: &str = "style:vertical-align=\"middle\"";
/// Widths of the columns in millimetres. A4 within the usual margins is 170 wide: enough for what comes before the
/// difference and itself, and for the number with all that follows.
const WIDTHS: [u32; summary::COLUMNS.len()] = [8, 20, 10, 21, 14, 24, 22, 22, 22, 12, 72, 72];
/// The first column of the second page.
const SECOND: usize = 9;

/// The most lines that a row is made high for.
const LINES: usize = 40;

/// The styles, and the table.
pub(super) fn build(plan: &Plan, title: &str, remarks: &[Text]) -> (String, String) {
    (styles(plan.language), table(plan, title, remarks))
}

fn styles(language: Language) -> String {
    let font = match language {
        Language::Zh => "宋体",
        Language::En => "Calibri",
    };
    let mut text = String::from(
        "<number:number-style style:name=\"goujiN\"><number:number number:decimal-places=\"2\" number:min-integer-digits=\"1\" number:grouping=\"true\"/></number:number-style><number:percentage-style style:name=\"goujiP\"><number:number number:decimal-places=\"2\" number:min-integer-digits=\"1\"/><number:text>%</number:text></number:percentage-style>",
    );
    for (at, width) in WIDTHS.iter().enumerate() {
        let page = if at == SECOND { " fo:break-before=\"page\"" } else { "" };
        text.push_str(&format!(
            "<style:style style:name=\"goujiCol{at}\" style:family=\"table-column\"><style:table-column-properties style:column-width=\"{width}mm\"{page}/></style:style>"
        ));
    }
    // Heights are ours: programs do not work them out for merged cells, nor on paper as on the screen.
    for lines in 1..=LINES {
        text.push_str(&format!(
            "<style:style style:name=\"goujiRow{lines}\" style:family=\"table-row\"><style:table-row-properties style:row-height=\"{}mm\" style:use-optimal-row-height=\"false\"/></style:style>",
            lines * 5 + 1
        ));
    }
    let mut cell = |name: &str, data: &str, properties: &str, words: &str, letters: &str| {
        text.push_str(&format!(
            "<style:style style:name=\"{name}\" style:family=\"table-cell\" style:parent-style-name=\"Default\"{data}><style:table-cell-properties {properties}/><style:paragraph-properties fo:text-align=\"{words}\"/><style:text-properties fo:color=\"#000000\" fo:font-size=\"9pt\" style:font-size-asian=\"9pt\" fo:font-family=\"{font}\" style:font-family-asian=\"{font}\" {letters}/></style:style>"
        ));
    };
    let wrapped = format!("{EDGE} {MIDDLE} fo:wrap-option=\"wrap\"");
    let bold = "fo:font-weight=\"bold\" style:font-weight-asian=\"bold\"";
    let line = format!("{MIDDLE} fo:wrap-option=\"wrap\"");
    cell("goujiLine", "", &line, "start", "");
    cell("goujiHead", "", &format!("{wrapped} fo:background-color=\"#e7ecf3\""), "center", bold);
    cell("goujiTitle", "", MIDDLE, "start", bold);
    cell("goujiText", "", &wrapped, "start", "");
    cell("goujiMid", "", &wrapped, "center", "");
    let figure = format!("{EDGE} {MIDDLE} style:shrink-to-fit=\"true\"");
    cell("goujiNum", " style:data-style-name=\"goujiN\"", &figure, "end", "");
    cell("goujiPct", " style:data-style-name=\"goujiP\"", &figure, "end", "");
    for kind in KINDS {
        let fill = colour(kind.paint().colours().0);
        cell(
            &format!("gouji{kind:?}"),
            "",
            &format!("{wrapped} fo:background-color=\"{fill}\""),
            "center",
            "",
        );
    }
    text
}

struct Writer {
    text: String,
}

/// The lines that a text takes over some columns.
fn lines(words: &str, columns: Range<usize>) -> usize {
    // A figure or letter of 9 points is 1.6 mm wide, a Chinese character twice that; words do not break anywhere.
    let room = (WIDTHS[columns].iter().sum::<u32>() as usize * 10 / 18).max(1);
    words.lines().map(|line| line.width_cjk().div_ceil(room).max(1)).sum()
}

impl Writer {
    fn row(&mut self, lines: usize, cells: &str) {
        let lines = lines.clamp(1, LINES);
        self.text.push_str(&format!(
            "<table:table-row table:style-name=\"goujiRow{lines}\">{cells}</table:table-row>"
        ));
    }

    /// One cell from `first` to the end of the first page, behind what `before` holds.
    fn merged(&mut self, before: &str, first: usize, style: &str, words: &str) {
        let span = SECOND - first;
        let merged = cell(style, words).replacen(
            "<table:table-cell ",
            &format!("<table:table-cell table:number-columns-spanned=\"{span}\" table:number-rows-spanned=\"1\" "),
            1,
        );
        let covered =
            format!("<table:covered-table-cell table:number-columns-repeated=\"{}\"/>", span - 1);
        self.row(lines(words, first..SECOND), &format!("{before}{merged}{covered}"));
    }

    /// A line beside the column of numbers, which is on both pages.
    fn line(&mut self, style: &str, words: &str) {
        self.merged("<table:table-cell/>", 1, style, words);
    }
}

fn cell(style: &str, words: &str) -> String {
    if words.is_empty() {
        return format!("<table:table-cell table:style-name=\"{style}\"/>");
    }
    let lines: String = clean(words)
        .lines()
        .map(|line| format!("<text:p>{}</text:p>", xml::escape(line)))
        .collect();
    format!(
        "<table:table-cell table:style-name=\"{style}\" office:value-type=\"string\">{lines}</table:table-cell>"
    )
}

fn figure(value: Option<Decimal>, percent: bool) -> String {
    let style = if percent { "goujiPct" } else { "goujiNum" };
    let Some(value) = value else { return cell(style, "") };
    let kind = if percent { "percentage" } else { "float" };
    let shown = text::figure(value, percent);
    format!(
        "<table:table-cell table:style-name=\"{style}\" office:value-type=\"{kind}\" office:value=\"{value}\"><text:p>{shown}</text:p></table:table-cell>"
    )
}

fn table(plan: &Plan, title: &str, remarks: &[Text]) -> String {
    let zh = plan.language == Language::Zh;
    let mut writer =
        Writer { text: format!("<table:table table:name=\"{}\">", xml::escape(title)) };
    writer.text.push_str("<table:table-header-columns><table:table-column table:style-name=\"goujiCol0\"/></table:table-header-columns>");
    for at in 1..WIDTHS.len() {
        writer.text.push_str(&format!("<table:table-column table:style-name=\"goujiCol{at}\"/>"));
    }
    writer.line("goujiTitle", title);
    for line in summary::head(plan) {
        writer.line("goujiLine", &line);
    }
    let headings: String = summary::COLUMNS
        .iter()
        .map(|(chinese, english, _)| cell("goujiHead", if zh { chinese } else { english }))
        .collect();
    writer.text.push_str("<table:table-header-rows>");
    writer.row(1, &headings);
    writer.text.push_str("</table:table-header-rows>");
    for (at, row) in plan.summary.rows.iter().enumerate() {
        finding(&mut writer, at + 1, row, plan.language);
    }
    let extra: Vec<String> =
        remarks.iter().map(|remark| remark.get(plan.language).to_owned()).collect();
    for (heading, lines) in [
        (if zh { "未核对的内容" } else { "What was not checked" }, &plan.summary.unchecked),
        (if zh { "本副本的说明" } else { "About this copy" }, &extra),
    ] {
        if lines.is_empty() {
            continue;
        }
        writer.line("goujiTitle", heading);
        for line in lines {
            writer.line("goujiLine", line);
        }
    }
    writer.line("goujiTitle", if zh { "标识说明" } else { "Marks" });
    for kind in KINDS {
        let sign = cell(&format!("gouji{kind:?}"), &kind.label(plan.language));
        let before = format!("{}{sign}", cell("goujiLine", ""));
        writer.merged(&before, 2, "goujiLine", summary::meaning(kind, plan.language));
    }
    writer.text.push_str("</table:table>");
    writer.text
}

fn finding(writer: &mut Writer, number: usize, row: &Row, language: Language) {
    let (sheet, at) = summary::place(row);
    let address = match (&row.place, &row.other_file) {
        (Some((own, at)), None) => format!(
            "<table:table-cell table:style-name=\"goujiMid\" office:value-type=\"string\"><text:p><text:a xlink:type=\"simple\" xlink:href=\"{}\">{at}</text:a></text:p></table:table-cell>",
            xml::escape(&location(own, *at)),
        ),
        _ => cell("goujiMid", &at),
    };
    let tallest = [(3, &sheet), (5, &row.what), (10, &row.message), (11, &row.cause)]
        .map(|(column, words)| lines(words, column..column + 1))
        .into_iter()
        .max();
    let cells = [
        cell("goujiMid", &number.to_string()),
        cell(&format!("gouji{:?}", row.kind), &row.kind.label(language)),
        cell("goujiMid", &row.rule),
        cell("goujiText", &sheet),
        address,
        cell("goujiText", &row.what),
        figure(row.stated, row.percent),
        figure(row.computed, row.percent),
        figure(row.difference, row.percent),
        cell("goujiMid", &row.unit),
        cell("goujiText", &row.message),
        cell("goujiText", &row.cause),
    ]
    .concat();
    writer.row(tallest.unwrap_or(1), &cells);
}
