//! 核对结果 as a table of an `OpenDocument` spreadsheet.

use super::ods::{KINDS, colour, location};
use super::plan::{Plan, Row};
use super::{summary, text, xml};
use crate::model::{Language, Text};
use crate::number::Decimal;

const EDGE: &str = "fo:border=\"0.5pt solid #8c8c8c\"";
const MIDDLE: &str = "style:vertical-align=\"middle\"";

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
        "<number:number-style style:name=\"goujiN\"><number:number number:decimal-places=\"2\" number:min-integer-digits=\"1\" number:grouping=\"true\"/></number:number-style><number:percentage-style style:name=\"goujiP\"><number:number number:decimal-places=\"2\" number:min-integer-digits=\"1\"/><number:text>%</number:text></number:percentage-style><style:style style:name=\"goujiRow\" style:family=\"table-row\"><style:table-row-properties style:use-optimal-row-height=\"true\"/></style:style>",
    );
    for (at, (_, _, width)) in summary::COLUMNS.iter().enumerate() {
        text.push_str(&format!(
            "<style:style style:name=\"goujiCol{at}\" style:family=\"table-column\"><style:table-column-properties style:column-width=\"{}mm\"/></style:style>",
            width * 2
        ));
    }
    let mut cell = |name: &str, data: &str, properties: &str, words: &str, letters: &str| {
        text.push_str(&format!(
            "<style:style style:name=\"{name}\" style:family=\"table-cell\" style:parent-style-name=\"Default\"{data}><style:table-cell-properties {properties}/><style:paragraph-properties fo:text-align=\"{words}\"/><style:text-properties fo:color=\"#000000\" fo:font-size=\"10pt\" style:font-size-asian=\"10pt\" fo:font-family=\"{font}\" style:font-family-asian=\"{font}\" {letters}/></style:style>"
        ));
    };
    let wrapped = format!("{EDGE} {MIDDLE} fo:wrap-option=\"wrap\"");
    let bold = "fo:font-weight=\"bold\" style:font-weight-asian=\"bold\"";
    cell("goujiLine", "", MIDDLE, "start", "");
    cell("goujiHead", "", &format!("{wrapped} fo:background-color=\"#e7ecf3\""), "center", bold);
    cell("goujiTitle", "", MIDDLE, "start", bold);
    cell("goujiText", "", &wrapped, "start", "");
    cell("goujiMid", "", &wrapped, "center", "");
    cell("goujiNum", " style:data-style-name=\"goujiN\"", &format!("{EDGE} {MIDDLE}"), "end", "");
    cell("goujiPct", " style:data-style-name=\"goujiP\"", &format!("{EDGE} {MIDDLE}"), "end", "");
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

impl Writer {
    fn row(&mut self, cells: &str) {
        self.text.push_str(&format!(
            "<table:table-row table:style-name=\"goujiRow\">{cells}</table:table-row>"
        ));
    }

    fn line(&mut self, style: &str, words: &str) {
        self.row(&cell(style, words));
    }
}

fn cell(style: &str, words: &str) -> String {
    if words.is_empty() {
        return format!("<table:table-cell table:style-name=\"{style}\"/>");
    }
    let lines: String =
        words.lines().map(|line| format!("<text:p>{}</text:p>", xml::escape(line))).collect();
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
    for at in 0..summary::COLUMNS.len() {
        writer.text.push_str(&format!("<table:table-column table:style-name=\"goujiCol{at}\"/>"));
    }
    writer.line("goujiTitle", title);
    writer.line("goujiLine", &plan.summary.subject);
    for line in &plan.summary.lines {
        writer.line("goujiLine", line);
    }
    let headings: String = summary::COLUMNS
        .iter()
        .map(|(chinese, english, _)| cell("goujiHead", if zh { chinese } else { english }))
        .collect();
    writer.row(&headings);
    for (at, row) in plan.summary.rows.iter().enumerate() {
        let cells = finding(at + 1, row, plan.language);
        writer.row(&cells);
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
        let cells = format!(
            "{}{}",
            cell("goujiLine", ""),
            cell(&format!("gouji{kind:?}"), &kind.label(plan.language))
        );
        writer.row(&format!("{cells}{}", cell("goujiLine", summary::meaning(kind, plan.language))));
    }
    writer.text.push_str("</table:table>");
    writer.text
}

fn finding(number: usize, row: &Row, language: Language) -> String {
    let place = match (&row.place, &row.other_file) {
        (Some((sheet, at)), None) => format!(
            "<table:table-cell table:style-name=\"goujiText\" office:value-type=\"string\"><text:p><text:a xlink:type=\"simple\" xlink:href=\"{}\">{}</text:a></text:p></table:table-cell>",
            xml::escape(&location(sheet, *at)),
            xml::escape(&format!("{sheet}!{at}"))
        ),
        (Some((sheet, at)), Some(file)) => cell("goujiText", &format!("{file} › {sheet}!{at}")),
        (None, file) => cell("goujiText", file.as_deref().unwrap_or_default()),
    };
    [
        cell("goujiMid", &number.to_string()),
        cell(&format!("gouji{:?}", row.kind), &row.kind.label(language)),
        cell("goujiMid", &row.rule),
        place,
        cell("goujiText", &row.what),
        figure(row.stated, row.percent),
        figure(row.computed, row.percent),
        figure(row.difference, row.percent),
        cell("goujiMid", &row.unit),
        cell("goujiText", &row.message),
        cell("goujiText", &row.cause),
    ]
    .concat()
}
