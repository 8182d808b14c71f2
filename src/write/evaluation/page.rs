//! One sheet of the working paper: its head, its columns, its rows, its print setup.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Format, Formula, IgnoreError, Url, Worksheet, XlsxError};

use super::style::{self, Style};
use super::work::Work;
use crate::model::{Language, PaperSheet as Part, words};
use crate::number::Decimal;
use crate::write::clean::clean;

/// Past so many links Excel calls a sheet damaged; then a formula does their work.
const LINKS: u32 = 65_000;
/// The same where rows go into files: a link is kept until all is packed, half a kilobyte each.
const KEPT_LINKS: u32 = 5_000;
/// Rows that are given a height: the library keeps half a kilobyte for each, and office programs fit the others themselves.
const HIGH: u32 = 50_000;

/// Excel's longest text of a cell.
const LONGEST: usize = 32_000;
/// Bytes of text after which a sheet shows only the beginnings of long ones: a small file may repeat one of them very often.
const PLENTY: usize = 8_000_000;
/// Characters of such a beginning.
const BRIEF: usize = 60;
/// What is wider does not fit on a page. The room between the margins of a landscape A4 is 1,075 pixels; what is a little wider
/// is made to fit, because 85 % of ten points is read without effort.
const SHRUNK: u32 = 1260;

/// Where the cover has what every sheet repeats: the preparer, the day, the reviewer, the day.
pub(super) const SIGNED: [(u32, u16); 4] = [(8, 1), (8, 3), (9, 1), (9, 3)];

/// A sheet being written, from top to bottom.
pub(super) struct Page {
    pub(super) sheet: Worksheet,
    /// The next free row.
    pub(super) row: u32,
    widths: Vec<u16>,
    language: Language,
    style: Style,
    links: u32,
    /// The heading's row and the columns it spans, once it stands.
    heading: Option<u32>,
    /// The row of the headings that were written last.
    latest: u32,
    /// Cells in which an office program would see a mistake that is none: for each column what it would see, and from which row
    /// to which.
    suspects: BTreeMap<u16, Vec<(IgnoreError, u32, u32)>>,
    /// The last column of the first printed page.
    pub(super) last: u16,
    /// Its rows go into a file as they are written.
    spilled: bool,
    /// Bytes of text that it holds.
    letters: usize,
}

/// What a cell shows.
pub(super) enum Show {
    /// Text, never taken for a formula or a link.
    Text(String),
    /// A figure.
    Number(Decimal),
    /// A formula without `=`, and what it gives.
    Formula(String, Given),
    /// A link and its words.
    Link(String, String),
    /// A cell to fill in.
    Blank,
}

/// What a formula gives.
pub(super) enum Given {
    /// A figure.
    Number(Decimal),
    /// A word.
    Word(String),
}

impl Show {
    /// Text.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// An ordinal, a row of the source, a year: a number, so that no office program marks it as one stored as text.
    pub(super) fn count(number: impl TryInto<i64>) -> Self {
        Self::Number(Decimal::from(number.try_into().unwrap_or(i64::MAX)))
    }

    /// A figure, or nothing.
    pub(super) fn maybe(value: Option<Decimal>) -> Self {
        value.map_or(Self::Blank, Self::Number)
    }

    /// A formula that gives a figure.
    pub(super) fn live(formula: impl Into<String>, value: Decimal) -> Self {
        Self::Formula(formula.into(), Given::Number(value))
    }

    /// A formula that gives a word.
    pub(super) fn live_word(formula: impl Into<String>, word: impl Into<String>) -> Self {
        Self::Formula(formula.into(), Given::Word(word.into()))
    }
}

impl Page {
    /// A sheet with its title, its print setup and its columns' widths, and the head of every working paper.
    pub(super) fn new(
        work: &Work,
        name: &str,
        index: &str,
        title: &str,
        widths: Vec<u16>,
    ) -> Result<Self, XlsxError> {
        let mut page = Self::bare(work, name, index, title, fitted(widths))?;
        page.sheet.write_string_with_format(0, 0, clip(title), &work.style.title())?;
        page.sheet.set_row_height(0, 30)?;
        page.row = 1;
        page.block(work, index)?;
        Ok(page)
    }

    /// A sheet with its print setup and its columns' widths alone.
    pub(super) fn bare(
        work: &Work,
        name: &str,
        index: &str,
        title: &str,
        widths: Vec<u16>,
    ) -> Result<Self, XlsxError> {
        let (mut sheet, spilled) = work.sheet(index);
        sheet
            .set_name(name)?
            .set_landscape()
            .set_paper_size(9)
            .set_margins(0.25, 0.25, 0.6, 0.6, 0.3, 0.3)
            .set_print_center_horizontally(true)
            .set_screen_gridlines(false);
        for (column, width) in (0..).zip(&widths) {
            sheet.set_column_width(column, *width)?;
        }
        let mut last = 0;
        let mut taken = 0;
        for (column, width) in (0..).zip(&widths) {
            taken += pixels(*width);
            if taken <= SHRUNK {
                last = column;
            }
        }
        // What is too wide for a page goes on beside it, with its names repeated.
        if taken <= SHRUNK {
            sheet.set_print_fit_to_pages(1, 0);
        } else {
            sheet.set_page_order(true);
        }
        let language = work.language();
        let style = work.style.clone();
        let mut page = Self {
            sheet,
            row: 0,
            widths,
            language,
            style,
            links: 0,
            heading: None,
            latest: 0,
            suspects: BTreeMap::new(),
            last,
            spilled,
            letters: 0,
        };
        let marks = work.marks();
        let legend = page.t(
            format!(
                "{} 相符  {} 尾差  {} 不符  {} 未能核对",
                marks.holds, marks.rounding, marks.fails, marks.unverifiable
            ),
            format!(
                "{} agrees  {} rounding  {} differs  {} not verifiable",
                marks.holds, marks.rounding, marks.fails, marks.unverifiable
            ),
        );
        let pages = page.t("第 &P 页 共 &N 页", "page &P of &N");
        let number = page.t("索引号", "Index");
        let firm = work.options.house.firm.as_deref().unwrap_or_default();
        page.sheet.set_header(format!(
            "&L&9 {}&C&9 {}&R&9 {number} {index}",
            header_text(title),
            header_text(firm)
        ));
        page.sheet.set_footer(format!("&L&9 {}&R&9 {pages}", header_text(&legend)));
        Ok(page)
    }

    /// The phrase in the page's language.
    pub(super) fn t<T>(&self, zh: T, en: T) -> T {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    /// Unit, period, preparer, reviewer and index: two lines below the title. Who prepared and reviewed is written once, on
    /// the cover.
    fn block(&mut self, work: &Work, index: &str) -> Result<(), XlsxError> {
        let (entity, (_, year)) = (work.entity_words(), work.whose());
        let missing = self.t("未注明", "not stated");
        let colon = self.t("：", ": ");
        let entity = entity.unwrap_or_else(|| missing.to_owned());
        let year = year.map_or_else(|| missing.to_owned(), |year| year.to_string());
        let said = |label: &str, value: &str| Show::Text(format!("{label}{colon}{value}"));
        let cover = work.name(Part::Cover);
        let signed = |label: &str, at: usize| {
            let words = format!("{label}{colon}");
            if !work.has(Part::Cover) {
                return Show::Text(words);
            }
            let (row, column) = SIGNED[at];
            let given = work.signed(at);
            let cell = absolute(cover, row, column);
            Show::live_word(format!("\"{words}\"&{cell}"), format!("{words}{given}"))
        };
        let back = if work.has(Part::Index) { Part::Index } else { Part::Overview };
        let back = Show::Link(
            internal(work.name(back), 0, 0),
            format!("{}{}", self.t("← ", "← "), work.name(back)),
        );
        let lines = [
            [
                said(self.t("被评价单位", "Unit"), &entity),
                signed(self.t("编制人", "Prepared by"), 0),
                signed(self.t("编制日期", "Date"), 1),
                said(self.t("索引号", "Index"), index),
            ],
            [
                said(self.t("年度", "Year"), &year),
                signed(self.t("复核人", "Reviewed by"), 2),
                signed(self.t("复核日期", "Date"), 3),
                back,
            ],
        ];
        let spans = self.quarters();
        // In a narrow table a long name of the unit takes several lines.
        let unit = format!("{}{colon}{entity}", self.t("被评价单位", "Unit"));
        let width = self.widths[..=usize::from(spans[0].1)].iter().sum();
        let heights = [13 * style::lines(&unit, width) + 4, 17];
        for (line, height) in lines.into_iter().zip(heights) {
            for ((first, last), show) in spans.iter().zip(line) {
                let mut format = self.style.block();
                if height > 17 {
                    format = format.set_text_wrap();
                }
                if matches!(show, Show::Link(..)) {
                    format = format
                        .set_font_color(rust_xlsxwriter::Color::RGB(0x0005_63C1))
                        .set_underline(rust_xlsxwriter::FormatUnderline::Single);
                }
                if last > first {
                    self.sheet.merge_range(self.row, *first, self.row, *last, "", &format)?;
                }
                self.put(self.row, *first, &show, &format)?;
            }
            self.sheet.set_row_height(self.row, height)?;
            self.row += 1;
        }
        Ok(())
    }

    /// The columns of the first printed page in four parts: the first as wide as two, for the unit's name.
    fn quarters(&self) -> [(u16, u16); 4] {
        let columns = usize::from(self.last) + 1;
        // Where each column ends.
        let ends: Vec<u32> = self.widths[..columns]
            .iter()
            .scan(0, |end, width| {
                *end += u32::from(*width);
                Some(*end)
            })
            .collect();
        let mut best = ([1, 2, 3], 0);
        for first in 1..columns.saturating_sub(2) {
            for second in first + 1..columns - 1 {
                for third in second + 1..columns {
                    let [a, b, c, d] = [first, second, third, columns].map(|to| ends[to - 1]);
                    // The unit's name is the longest.
                    let room = (a / 2).min(b - a).min(c - b).min(d - c);
                    if room > best.1 {
                        best = ([first, second, third], room);
                    }
                }
            }
        }
        let [first, second, third] = best.0.map(|at| at as u16);
        [(0, first - 1), (first, second - 1), (second, third - 1), (third, self.last.max(third))]
    }

    /// A line of plain text over the width of a printed page.
    pub(super) fn line(&mut self, text: &str) -> Result<(), XlsxError> {
        let width: u16 = self.widths[..=usize::from(self.last)].iter().sum();
        let format = self.style.plain().set_text_wrap();
        if self.last == 0 {
            self.sheet.write_string_with_format(self.row, 0, clip(text), &format)?;
        } else {
            self.sheet.merge_range(self.row, 0, self.row, self.last, &clip(text), &format)?;
        }
        self.sheet.set_row_height(self.row, style::height(style::lines(text, width)))?;
        self.row += 1;
        Ok(())
    }

    /// Repeats the first columns on pages that go on beside.
    pub(super) fn repeat_columns(&mut self, columns: u16) -> Result<(), XlsxError> {
        if usize::from(self.last) + 1 < self.widths.len() && columns > 0 {
            self.sheet.set_repeat_columns(0, columns - 1)?;
        }
        Ok(())
    }

    /// A heading inside the sheet.
    pub(super) fn section(&mut self, text: &str) -> Result<(), XlsxError> {
        if self.row > 4 {
            self.row += 1;
        }
        self.sheet.write_string_with_format(self.row, 0, clip(text), &self.style.section())?;
        self.sheet.set_row_height(self.row, 22)?;
        self.row += 1;
        Ok(())
    }

    /// A row of headings; the first one of a sheet is repeated on every printed page and stays in sight.
    pub(super) fn headings(&mut self, headings: &[&str]) -> Result<(), XlsxError> {
        let mut lines = 1;
        for ((column, heading), width) in (0..).zip(headings).zip(&self.widths) {
            self.sheet.write_string_with_format(
                self.row,
                column,
                clip(heading),
                &self.style.heading(),
            )?;
            lines = lines.max(style::lines(heading, *width));
        }
        self.sheet.set_row_height(self.row, style::height(lines) + 4)?;
        if self.heading.is_none() {
            self.heading = Some(self.row);
        }
        self.latest = self.row;
        self.row += 1;
        Ok(())
    }

    /// Repeats the first headings on every printed page.
    pub(super) fn repeat_heading(&mut self) -> Result<(), XlsxError> {
        if let Some(heading) = self.heading {
            self.sheet.set_repeat_rows(heading, heading)?;
        }
        Ok(())
    }

    /// Repeats the headings that were written last on every printed page from here on: a sheet of several lists ends with the
    /// longest.
    pub(super) fn repeat_latest(&mut self) -> Result<(), XlsxError> {
        self.sheet.set_repeat_rows(self.latest, self.latest)?;
        Ok(())
    }

    /// Keeps the rows above the next one, and so many columns, in sight, and repeats the headings in print.
    pub(super) fn freeze(&mut self, columns: u16) -> Result<(), XlsxError> {
        self.sheet.set_freeze_panes(self.row, columns)?;
        self.repeat_heading()
    }

    /// A filter over the rows since the heading.
    pub(super) fn filter(&mut self) -> Result<(), XlsxError> {
        if let Some(heading) = self.heading.filter(|heading| self.row > heading + 1) {
            let last = self.widths.len() as u16 - 1;
            self.sheet.autofilter(heading, 0, self.row - 1, last)?;
        }
        Ok(())
    }

    /// A row of cells; it is made as high as its longest wrapped text needs.
    pub(super) fn cells(&mut self, cells: &[(Show, Format)]) -> Result<(), XlsxError> {
        let mut lines = 1;
        for (column, (show, format)) in (0..).zip(cells) {
            self.put(self.row, column, show, format)?;
            // What stands beyond is hidden.
            if let (Some(width), Show::Text(text) | Show::Link(_, text)) =
                (self.widths.get(usize::from(column)), show)
            {
                lines = lines.max(style::lines(beginning(text, self.room()), *width));
            }
        }
        if self.row < HIGH {
            self.sheet.set_row_height(self.row, style::height(lines))?;
        }
        self.row += 1;
        Ok(())
    }

    /// The sheet, with its green triangles taken off: codes and years of the submission are texts there and stay texts here, and
    /// the formulas of a list differ because each points at its own cell.
    pub(super) fn finish(mut self) -> Result<Worksheet, XlsxError> {
        for (column, runs) in self.suspects {
            for (error, first, last) in runs {
                self.sheet.ignore_error_range(first, column, last, column, error)?;
            }
        }
        if self.spilled {
            // The library writes the last row into the file twice where its height is set; an empty one has none.
            self.sheet.write_blank(self.row + 1, 0, &self.style.plain())?;
        }
        Ok(self.sheet)
    }

    fn suspect(&mut self, row: u32, column: u16, error: IgnoreError) {
        let runs = self.suspects.entry(column).or_default();
        // A cell has one such mark at most: what is written twice keeps its first.
        if runs.iter().rev().any(|(_, first, last)| (*first..=*last).contains(&row)) {
            return;
        }
        match runs.last_mut() {
            Some((same, _, last)) if *same == error && *last + 1 == row => *last = row,
            _ => runs.push((error, row, row)),
        }
    }

    /// Characters that the next text may show.
    pub(super) fn room(&self) -> usize {
        if self.letters < PLENTY { LONGEST } else { BRIEF }
    }

    /// One cell.
    pub(super) fn put(
        &mut self,
        row: u32,
        column: u16,
        show: &Show,
        format: &Format,
    ) -> Result<(), XlsxError> {
        match show {
            Show::Text(text) if reads_as_number(text) => {
                self.suspect(row, column, IgnoreError::NumberStoredAsText);
            }
            Show::Formula(..) => self.suspect(row, column, IgnoreError::FormulaDiffers),
            _ => {}
        }
        match show {
            Show::Blank => self.sheet.write_blank(row, column, format)?,
            Show::Text(text) => {
                let text = clip_to(text, self.room());
                self.letters += text.len();
                self.sheet.write_string_with_format(row, column, text, format)?
            }
            Show::Number(value) => {
                self.sheet.write_number_with_format(row, column, binary(*value), format)?
            }
            Show::Formula(formula, given) => self.sheet.write_formula_with_format(
                row,
                column,
                with_result(formula, given),
                format,
            )?,
            Show::Link(target, text) => {
                // Excel's limits on addresses; past them the words stand alone.
                let words = clean(text).chars().take(250).collect::<String>();
                let fits = target.chars().count() < 1000 && !words.is_empty();
                let most = if self.spilled { KEPT_LINKS } else { LINKS };
                if fits && self.links < most {
                    let url = Url::new(target.as_str()).set_text(words.as_str());
                    if self.sheet.write_url_with_format(row, column, url, format).is_ok() {
                        self.links += 1;
                        return Ok(());
                    }
                } else if let Some(formula) = link_formula(target, &words).filter(|_| fits) {
                    let formula = Formula::new(formula).set_result(words);
                    self.sheet.write_formula_with_format(row, column, formula, format)?;
                    return Ok(());
                }
                self.sheet.write_string_with_format(row, column, clip(text), &self.style.text())?
            }
        };
        Ok(())
    }
}

/// Whether an office program would say of a text that it is a number.
fn reads_as_number(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || ".,+-%()/: $¥￥eE".contains(c))
}

/// A figure or a formula on a sheet that nobody looks at.
pub(super) fn put(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    show: &Show,
) -> Result<(), XlsxError> {
    match show {
        Show::Number(value) => sheet.write_number(row, column, binary(*value))?,
        Show::Formula(formula, given) => {
            sheet.write_formula(row, column, with_result(formula, given))?
        }
        Show::Text(text) | Show::Link(_, text) => sheet.write_string(row, column, clip(text))?,
        Show::Blank => sheet,
    };
    Ok(())
}

fn with_result(formula: &str, given: &Given) -> Formula {
    let result = match given {
        Given::Number(value) => digits(*value),
        Given::Word(word) => word.clone(),
    };
    Formula::new(format!("={formula}")).set_result(result)
}

/// The widest columns give way as far as a page needs them to; a table with very many columns goes on beside.
fn fitted(mut widths: Vec<u16>) -> Vec<u16> {
    let all = |widths: &[u16]| widths.iter().map(|width| pixels(*width)).sum::<u32>();
    let wanted = widths.clone();
    while all(&widths) > SHRUNK {
        match widths.iter_mut().max().filter(|width| **width > 16) {
            Some(widest) => *widest -= 1,
            None => return wanted,
        }
    }
    widths
}

/// How wide a column of so many characters is drawn.
fn pixels(width: u16) -> u32 {
    7 * u32::from(width) + 5
}

/// A link as a formula; `None` where a text is longer than formulas may hold.
fn link_formula(target: &str, words: &str) -> Option<String> {
    let target = match target.strip_prefix("internal:") {
        Some(place) => format!("#{place}"),
        None => target.strip_prefix("file:///").unwrap_or(target).to_owned(),
    };
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let (target, words) = (quoted(&target), quoted(words));
    (target.encode_utf16().count() < 250 && words.encode_utf16().count() < 250)
        .then(|| format!("=HYPERLINK({target},{words})"))
}

/// `'封面'!$C$9`
pub(super) fn absolute(sheet: &str, row: u32, column: u16) -> String {
    let letters = crate::model::CellRef::column_letters(u32::from(column));
    format!("'{}'!${letters}${}", sheet.replace('\'', "''"), row + 1)
}

/// A link to a cell of a sheet of the same workbook.
pub(super) fn internal(sheet: &str, row: u32, column: u16) -> String {
    format!("internal:{}", reference(sheet, row, column))
}

/// `'支出明细'!C13`
pub(super) fn reference(sheet: &str, row: u32, column: u16) -> String {
    let cell = crate::model::CellRef::new(row, u32::from(column));
    format!("'{}'!{cell}", sheet.replace('\'', "''"))
}

/// The binary number that Excel stores for a decimal.
fn binary(value: Decimal) -> f64 {
    value.to_string().parse().unwrap_or_default()
}

/// A formula's result at the 15 digits that Excel shows.
fn digits(value: Decimal) -> String {
    crate::number::exact(binary(value)).unwrap_or(value).normalize().to_string()
}

/// Text as a cell holds it.
pub(super) fn clip(text: &str) -> String {
    clip_to(text, LONGEST)
}

/// Text of so many characters at most, and what says that there is more.
fn clip_to(text: &str, most: usize) -> String {
    // In units of UTF-16, in which Excel counts: a character outside the basic plane is two.
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= most
    };
    let own = beginning(text, most);
    let cleaned = clean(own);
    let mut clipped: String = cleaned.chars().take_while(fits).collect();
    if clipped.len() < cleaned.len() || own.len() < text.len() || words::goes_on(own) {
        clipped.push_str("……（过长，已截断）");
    }
    clipped
}

/// The first so many characters.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

/// Text for a printed header, where & begins a code and 255 characters is the most.
fn header_text(text: &str) -> String {
    clean(text).chars().take(60).collect::<String>().replace('&', "&&")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use rust_xlsxwriter::Workbook;

    use super::super::EvaluationOptions;
    use super::*;
    use crate::model::Report;

    #[test]
    fn a_text_past_its_room_is_cut_and_says_so() {
        let long = "绩".repeat(70);
        assert_eq!(clip(&long), long);
        assert_eq!(clip_to(&long, BRIEF), format!("{}……（过长，已截断）", "绩".repeat(60)));
        // Two units of UTF-16 each.
        assert_eq!(
            clip_to(&"𠀀".repeat(40), BRIEF),
            format!("{}……（过长，已截断）", "𠀀".repeat(30))
        );
        assert_eq!(clip_to(&"绩".repeat(60), BRIEF), "绩".repeat(60));
        // A label was cut where it was read.
        let label = "绩".repeat(32_767);
        let label = words::start(&label);
        assert_eq!(clip(label), format!("{label}……（过长，已截断）"));
    }

    #[test]
    fn beyond_the_links_that_a_sheet_may_have_a_formula_does_their_work() {
        let (report, options) = (Report::default(), EvaluationOptions::default());
        let work = Work::new(&report, &options);
        let mut page = Page::bare(&work, "表", "X", "表", vec![10]).unwrap();
        let format = work.style.link();
        for row in 0..LINKS + 20 {
            let link = Show::Link(internal("表", row, 0), format!("第{row}行"));
            page.put(row, 0, &link, &format).unwrap();
        }
        let mut workbook = Workbook::new();
        workbook.push_worksheet(page.finish().unwrap());
        let bytes = workbook.save_to_buffer().unwrap();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut sheet = String::new();
        archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
        assert_eq!(sheet.matches("<hyperlink ").count(), LINKS as usize);
        assert_eq!(sheet.matches("HYPERLINK(").count(), 20);
        assert!(sheet.contains(&format!("HYPERLINK(\"#'表'!A{}\",\"第{LINKS}行\")", LINKS + 1)));
    }

    #[test]
    fn what_office_programs_mark_is_told_to_be_no_mistake() {
        for text in ["2050101", "2023", "3.5%", "1,304.39", "-4"] {
            assert!(reads_as_number(text), "{text}");
        }
        for text in ["", "A1", "2023年", "——"] {
            assert!(!reads_as_number(text), "{text}");
        }
        let (report, options) = (Report::default(), EvaluationOptions::default());
        let work = Work::new(&report, &options);
        let mut page = Page::bare(&work, "表", "X", "表", vec![10, 10]).unwrap();
        for row in 0..4 {
            let code = Show::text(if row == 2 { "无" } else { "2050101" });
            page.put(row, 0, &code, &work.style.text()).unwrap();
            page.put(
                row,
                1,
                &Show::live(format!("A{}", 9 - row), Decimal::ONE),
                &work.style.text(),
            )
            .unwrap();
        }
        assert_eq!(
            page.suspects[&0],
            [(IgnoreError::NumberStoredAsText, 0, 1), (IgnoreError::NumberStoredAsText, 3, 3)]
        );
        assert_eq!(page.suspects[&1], [(IgnoreError::FormulaDiffers, 0, 3)]);
    }
}
