//! The sheet 核对结果: verdict, findings, what was not checked; and its links.
//!
//! All cells hold values, texts as inline strings, so that neither the shared strings nor the calculation chain of the
//! file is touched.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr;

use super::notes;
use super::plan::{MarkKind, Plan, Row};
use super::styles::{Paint, StyleSheet};
use super::{text, xml};
use crate::model::{CellRef, Language};
use crate::number::Decimal;
use crate::write::clean::clean;

/// The columns: heading in both languages, width in characters.
///
/// The cell's address has a column of its own: it is a link, and `LibreOffice` does not wrap linked texts, so that behind a
/// long sheet name it would be cut off.
pub(super) const COLUMNS: [(&str, &str, u32); 12] = [
    ("序号", "No.", 6),
    ("结论", "Result", 10),
    ("规则", "Rule", 8),
    ("工作表", "Sheet", 20),
    ("单元格", "Cell", 11),
    ("事项", "What", 26),
    ("申报数", "Stated", 15),
    ("核对数", "Computed", 15),
    ("差异", "Difference", 15),
    ("单位", "Unit", 8),
    ("说明", "Finding", 44),
    ("错账线索（疑似）", "Likely cause", 44),
];

/// Cell formats of the sheet.
struct Looks {
    title: u32,
    line: u32,
    heading: u32,
    centre: u32,
    text: u32,
    link: u32,
    amount: u32,
    percent: u32,
    section: u32,
    painted: BTreeMap<Paint, u32>,
}

impl Looks {
    fn new(styles: &mut StyleSheet, language: Language) -> Self {
        let family = match language {
            Language::Zh => {
                "<{p}name val=\"宋体\"/><{p}family val=\"3\"/><{p}charset val=\"134\"/>"
            }
            Language::En => "<{p}name val=\"Calibri\"/><{p}family val=\"2\"/>",
        };
        let font = |styles: &mut StyleSheet, before: &str, size: u32, colour: &str| {
            styles.font(&format!(
                "{before}<{{p}}sz val=\"{size}\"/><{{p}}color rgb=\"{colour}\"/>{family}"
            ))
        };
        let plain = font(styles, "", 10, "FF000000");
        let bold = font(styles, "<{p}b/>", 10, "FF000000");
        let big = font(styles, "<{p}b/>", 16, "FF000000");
        let linked = font(styles, "<{p}u/>", 10, "FF0B5CAD");
        let edge = |name: &str| {
            format!("<{{p}}{name} style=\"thin\"><{{p}}color rgb=\"FF8C8C8C\"/></{{p}}{name}>")
        };
        let border = styles.border(&["left", "right", "top", "bottom"].map(edge).concat());
        let heading_fill = styles.fill("FFE7ECF3").unwrap_or(0);
        let mut add = |number: u32, font: u32, fill: u32, border: u32, alignment: &str| {
            styles
                .format(&format!(
                    "<{{p}}xf numFmtId=\"{number}\" fontId=\"{font}\" fillId=\"{fill}\" borderId=\"{border}\" xfId=\"0\" applyNumberFormat=\"1\" applyFont=\"1\" applyFill=\"1\" applyBorder=\"1\" applyAlignment=\"1\"><{{p}}alignment {alignment}/></{{p}}xf>"
                ))
                .unwrap_or(0)
        };
        let wrapped = "vertical=\"center\" wrapText=\"1\"";
        let middle = "horizontal=\"center\" vertical=\"center\" wrapText=\"1\"";
        let mut looks = Self {
            title: add(0, big, 0, 0, "vertical=\"center\""),
            line: add(0, plain, 0, 0, wrapped),
            heading: add(0, bold, heading_fill, border, middle),
            centre: add(0, plain, 0, border, middle),
            text: add(0, plain, 0, border, wrapped),
            link: add(0, linked, 0, border, middle),
            amount: add(4, plain, 0, border, "horizontal=\"right\" vertical=\"center\""),
            percent: add(10, plain, 0, border, "horizontal=\"right\" vertical=\"center\""),
            section: add(0, bold, 0, 0, "vertical=\"center\""),
            painted: BTreeMap::new(),
        };
        for paint in [Paint::Error, Paint::Warning, Paint::Info, Paint::Term] {
            let fill = styles.fill(paint.colours().0).unwrap_or(0);
            let format = styles.format(&format!(
                "<{{p}}xf numFmtId=\"0\" fontId=\"{plain}\" fillId=\"{fill}\" borderId=\"{border}\" xfId=\"0\" applyFont=\"1\" applyFill=\"1\" applyBorder=\"1\" applyAlignment=\"1\"><{{p}}alignment {middle}/></{{p}}xf>"
            ));
            looks.painted.insert(paint, format.unwrap_or(0));
        }
        // More decimals than two only where a figure has them.
        looks.amount = styles
            .number_format("#,##0.00####")
            .and_then(|id| {
                styles.format(&format!(
                    "<{{p}}xf numFmtId=\"{id}\" fontId=\"{plain}\" fillId=\"0\" borderId=\"{border}\" xfId=\"0\" applyNumberFormat=\"1\" applyFont=\"1\" applyBorder=\"1\" applyAlignment=\"1\"><{{p}}alignment horizontal=\"right\" vertical=\"center\"/></{{p}}xf>"
                ))
            })
            .unwrap_or(looks.amount);
        looks
    }
}

/// The sheet, and where it is to be linked to.
pub(super) struct Sheet {
    /// The part's content.
    pub(super) content: String,
    /// The row of headings (from one), repeated on each printed page.
    pub(super) heading: u32,
}

/// The row (from one) where each place is first told of.
pub(super) fn places(plan: &Plan) -> BTreeMap<(String, CellRef), u32> {
    // Below the title and these lines are a gap and the headings.
    let first = 1 + head(plan).len() as u32 + 3;
    let mut rows = BTreeMap::new();
    for (at, row) in plan.summary.rows.iter().enumerate() {
        if let Some((sheet, cell)) = &row.place
            && row.other_file.is_none()
        {
            for place in row.also.iter().chain([&(sheet.clone(), *cell)]) {
                rows.entry(place.clone()).or_insert(first + at as u32);
            }
        }
    }
    rows
}

struct Writer {
    text: String,
    row: u32,
    merges: Vec<String>,
    links: String,
}

impl Writer {
    fn open(&mut self, height: u32) {
        self.row += 1;
        self.text.push_str(&format!("<row r=\"{}\" ht=\"{height}\" customHeight=\"1\">", self.row));
    }

    fn close(&mut self) {
        self.text.push_str("</row>");
    }

    fn cell(&self, column: usize) -> CellRef {
        CellRef::new(self.row - 1, column as u32)
    }

    fn words(&mut self, column: usize, format: u32, words: &str) {
        let cell = self.cell(column);
        if words.is_empty() {
            self.text.push_str(&format!("<c r=\"{cell}\" s=\"{format}\"/>"));
            return;
        }
        self.text.push_str(&format!(
            "<c r=\"{cell}\" s=\"{format}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>",
            xml::escape(&notes::fitted(&clean(words)))
        ));
    }

    fn number(&mut self, column: usize, format: u32, number: Option<Decimal>) {
        let cell = self.cell(column);
        match number {
            Some(number) => {
                self.text.push_str(&format!("<c r=\"{cell}\" s=\"{format}\"><v>{number}</v></c>"));
            }
            None => self.text.push_str(&format!("<c r=\"{cell}\" s=\"{format}\"/>")),
        }
    }

    /// A line over all columns.
    fn line(&mut self, format: u32, words: &str, least: u32) {
        let total = COLUMNS.iter().map(|(_, _, width)| width).sum::<u32>();
        self.open(height(&[(words, total)]).max(least));
        self.words(0, format, words);
        self.close();
        let last = CellRef::column_letters(COLUMNS.len() as u32 - 1);
        self.merges.push(format!("A{0}:{last}{0}", self.row));
    }
}

/// The height in points of a row of wrapped texts in columns of some width.
fn height(cells: &[(&str, u32)]) -> u32 {
    let lines = cells
        .iter()
        .map(|(text, width)| {
            // A little less than the whole width: words and full stops do not break anywhere.
            let room = (width * 9 / 10).max(1) as usize;
            text.lines().map(|line| line.width_cjk().div_ceil(room).max(1)).sum::<usize>()
        })
        .max()
        .unwrap_or(1);
    // Excel's rows end at 409 points.
    (lines as u32 * 14 + 6).clamp(20, 409)
}

/// Makes the sheet, adding its formats to the style sheet. `links` is off in a workbook of its own.
pub(super) fn build(
    plan: &Plan,
    styles: &mut StyleSheet,
    namespace: &str,
    links: bool,
    extra: &[String],
) -> Sheet {
    let looks = Looks::new(styles, plan.language);
    let zh = plan.language == Language::Zh;
    let summary = &plan.summary;
    let mut writer =
        Writer { text: String::new(), row: 0, merges: Vec::new(), links: String::new() };
    writer.line(looks.title, super::sheet_title(plan.language), 30);
    for line in head(plan) {
        writer.line(looks.line, &line, 18);
    }
    writer.open(8);
    writer.close();
    writer.open(24);
    for (column, (chinese, english, _)) in COLUMNS.iter().enumerate() {
        writer.words(column, looks.heading, if zh { chinese } else { english });
    }
    writer.close();
    let heading = writer.row;
    for (at, row) in summary.rows.iter().enumerate() {
        finding(&mut writer, &looks, plan.language, at + 1, row, links);
    }
    if summary.rows.is_empty() {
        let words = if zh { "没有需要列出的事项。" } else { "Nothing to list." };
        writer.line(looks.line, words, 20);
    }
    let not_checked = if zh { "未核对的内容" } else { "What was not checked" };
    let remarks = if zh { "本副本的说明" } else { "About this copy" };
    for (title, lines) in [(not_checked, &summary.unchecked[..]), (remarks, extra)] {
        if lines.is_empty() {
            continue;
        }
        writer.open(8);
        writer.close();
        writer.line(looks.section, title, 20);
        for line in lines {
            writer.line(looks.line, line, 18);
        }
    }
    legend(&mut writer, &looks, plan);
    Sheet { content: part(&writer, namespace, heading, zh), heading }
}

fn finding(
    writer: &mut Writer,
    looks: &Looks,
    language: Language,
    number: usize,
    row: &Row,
    links: bool,
) {
    let (sheet, cell) = place(row);
    writer.open(height(&[
        (&sheet, COLUMNS[3].2),
        (&row.what, COLUMNS[5].2),
        (&row.message, COLUMNS[10].2),
        (&row.cause, COLUMNS[11].2),
    ]));
    let paint = looks.painted.get(&row.kind.paint()).copied().unwrap_or(0);
    writer.words(0, looks.centre, &number.to_string());
    writer.words(1, paint, &row.kind.label(language));
    writer.words(2, looks.centre, &row.rule);
    writer.words(3, looks.text, &sheet);
    match (&row.place, &row.other_file) {
        (Some((own, at)), None) if links => {
            writer.words(4, looks.link, &cell);
            let from = writer.cell(4);
            writer.links.push_str(&format!(
                "<hyperlink ref=\"{from}\" location=\"{}\" display=\"{cell}\"/>",
                xml::escape(&location(own, *at)),
            ));
        }
        _ => writer.words(4, looks.centre, &cell),
    }
    writer.words(5, looks.text, &row.what);
    let figures = if row.percent { looks.percent } else { looks.amount };
    for (column, figure) in [(6, row.stated), (7, row.computed), (8, row.difference)] {
        writer.number(column, figures, figure);
    }
    writer.words(9, looks.centre, &row.unit);
    writer.words(10, looks.text, &row.message);
    writer.words(11, looks.text, &row.cause);
    writer.close();
}

fn legend(writer: &mut Writer, looks: &Looks, plan: &Plan) {
    let zh = plan.language == Language::Zh;
    writer.open(8);
    writer.close();
    writer.line(looks.section, if zh { "标识说明" } else { "Marks" }, 20);
    for kind in [MarkKind::Error, MarkKind::Warning, MarkKind::Info, MarkKind::Term] {
        let words = meaning(kind, plan.language);
        writer.open(20);
        writer.words(0, 0, "");
        let paint = looks.painted.get(&kind.paint()).copied().unwrap_or(0);
        writer.words(1, paint, &kind.label(plan.language));
        writer.words(2, looks.line, words);
        writer.close();
        let last = CellRef::column_letters(COLUMNS.len() as u32 - 1);
        writer.merges.push(format!("C{0}:{last}{0}", writer.row));
    }
}

/// What a mark means.
pub(super) fn meaning(kind: MarkKind, language: Language) -> &'static str {
    let (chinese, english) = match kind {
        MarkKind::Error => (
            "必须相符而不符；表内对应单元格为橙色，并附批注。",
            "must agree and does not; the cell is orange and has a note.",
        ),
        MarkKind::Warning => (
            "可能成立，需核实或说明；黄色，并附批注。",
            "may stand if explained; the cell is yellow and has a note.",
        ),
        MarkKind::Info => {
            ("提示；蓝色，并附批注。", "for information; the cell is blue and has a note.")
        }
        MarkKind::Term => (
            "参与所核对合计的单元格；灰色（仅在要求时标出）。",
            "a cell that was added up; grey (only on demand).",
        ),
    };
    match language {
        Language::Zh => chinese,
        Language::En => english,
    }
}

fn part(writer: &Writer, namespace: &str, heading: u32, zh: bool) -> String {
    let columns: String = COLUMNS
        .iter()
        .enumerate()
        .map(|(at, (_, _, width))| {
            format!(
                "<col min=\"{0}\" max=\"{0}\" width=\"{width}.7109375\" customWidth=\"1\"/>",
                at + 1
            )
        })
        .collect();
    let merges: String =
        writer.merges.iter().map(|range| format!("<mergeCell ref=\"{range}\"/>")).collect();
    let links = if writer.links.is_empty() {
        String::new()
    } else {
        format!("<hyperlinks>{}</hyperlinks>", writer.links)
    };
    let last = CellRef::column_letters(COLUMNS.len() as u32 - 1);
    let top = heading + 1;
    let footer = if zh {
        "&amp;L核对结果&amp;R第 &amp;P 页 共 &amp;N 页"
    } else {
        "&amp;LResults&amp;R&amp;P / &amp;N"
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<worksheet xmlns=\"{namespace}\"><sheetPr><tabColor rgb=\"FF0B5CAD\"/><pageSetUpPr fitToPage=\"1\"/></sheetPr><dimension ref=\"A1:{last}{}\"/><sheetViews><sheetView showGridLines=\"0\" workbookViewId=\"0\"><pane ySplit=\"{heading}\" topLeftCell=\"A{top}\" activePane=\"bottomLeft\" state=\"frozen\"/><selection pane=\"bottomLeft\" activeCell=\"A{top}\" sqref=\"A{top}\"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight=\"15\"/><cols>{columns}</cols><sheetData>{}</sheetData><mergeCells count=\"{}\">{merges}</mergeCells>{links}<pageMargins left=\"0.4\" right=\"0.4\" top=\"0.6\" bottom=\"0.6\" header=\"0.3\" footer=\"0.3\"/><pageSetup paperSize=\"9\" orientation=\"landscape\" fitToHeight=\"0\"/><headerFooter><oddFooter>{footer}</oddFooter></headerFooter></worksheet>",
        writer.row,
        writer.text,
        writer.merges.len(),
    )
}

/// The lines under the title: which file, with what result, and whether this is a conversion of it.
pub(super) fn head(plan: &Plan) -> Vec<String> {
    let origin = &plan.summary.origin;
    let mut lines = vec![text::subject(origin, plan.language)];
    lines.extend(plan.summary.lines.iter().cloned());
    lines.extend(origin.conversion.iter().map(|remark| remark.get(plan.language).to_owned()));
    lines
}

/// What the columns of sheet and cell say; the sheet with its file, where that is another one.
pub(super) fn place(row: &Row) -> (String, String) {
    match (&row.place, &row.other_file) {
        (Some((sheet, cell)), None) => (sheet.clone(), cell.to_string()),
        (Some((sheet, cell)), Some(file)) => (format!("{file} › {sheet}"), cell.to_string()),
        (None, file) => (file.clone().unwrap_or_default(), String::new()),
    }
}

/// The place of a cell as a link within a workbook names it.
pub(super) fn location(sheet: &str, cell: CellRef) -> String {
    format!("'{}'!{cell}", sheet.replace('\'', "''"))
}
