//! One sheet of the working paper: its head, its columns, its rows, its print setup.

use rust_xlsxwriter::{Format, Formula, Url, Worksheet, XlsxError};

use super::style;
use crate::model::Language;
use crate::number::Decimal;
use crate::write::clean::clean;

/// Past so many links Excel calls a sheet damaged.
const LINKS: u32 = 60_000;
/// Excel's longest text of a cell.
const LONGEST: usize = 32_000;

/// A sheet being written, from top to bottom.
pub(super) struct Page {
    pub(super) sheet: Worksheet,
    /// The next free row.
    pub(super) row: u32,
    widths: Vec<u16>,
    language: Language,
    links: u32,
    /// The heading's row and the columns it spans, once it stands.
    heading: Option<u32>,
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
    /// A sheet `name` with its index, its title and its columns' widths.
    pub(super) fn new(
        name: &str,
        index: &str,
        title: &str,
        widths: Vec<u16>,
        language: Language,
    ) -> Result<Self, XlsxError> {
        let mut sheet = Worksheet::new();
        sheet
            .set_name(name)?
            .set_landscape()
            .set_paper_size(9)
            .set_print_fit_to_pages(1, 0)
            .set_margins(0.4, 0.4, 0.6, 0.6, 0.3, 0.3)
            .set_screen_gridlines(false);
        for (column, width) in (0..).zip(&widths) {
            sheet.set_column_width(column, *width)?;
        }
        let mut page = Self { sheet, row: 0, widths, language, links: 0, heading: None };
        let marks = page.t(
            "✓ 相符  ※ 尾差  ≠ 不符  ？ 未能核对",
            "✓ agrees  ※ rounding  ≠ differs  ? not verifiable",
        );
        let pages = page.t("第 &P 页 共 &N 页", "page &P of &N");
        let number = page.t("索引号", "Index");
        page.sheet.set_header(format!("&L&9 {}&R&9 {number} {index}", header_text(title)));
        page.sheet.set_footer(format!("&L&9 {marks}&R&9 {pages}"));
        page.sheet.write_string_with_format(0, 0, clip(title), &style::title())?;
        page.sheet.set_row_height(0, 30)?;
        page.row = 1;
        Ok(page)
    }

    /// The phrase in the page's language.
    pub(super) fn t<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    /// A link back to the first sheet, and a line of explanation beside it.
    pub(super) fn lead(&mut self, overview: &str, explanation: &str) -> Result<(), XlsxError> {
        let back = self.t("← 总览", "← overview");
        let url = Url::new(internal(overview, 0, 0)).set_text(back);
        let format =
            style::link().set_border(rust_xlsxwriter::FormatBorder::None).unset_text_wrap();
        self.sheet.write_url_with_format(self.row, 0, url, &format)?;
        self.row += 1;
        if !explanation.is_empty() {
            self.line(explanation)?;
        }
        Ok(())
    }

    /// A line of plain text over the whole width.
    pub(super) fn line(&mut self, text: &str) -> Result<(), XlsxError> {
        let last = self.widths.len() as u16 - 1;
        let width: u16 = self.widths.iter().sum();
        let format = style::plain().set_text_wrap();
        if last == 0 {
            self.sheet.write_string_with_format(self.row, 0, clip(text), &format)?;
        } else {
            self.sheet.merge_range(self.row, 0, self.row, last, &clip(text), &format)?;
        }
        self.sheet.set_row_height(self.row, style::height(style::lines(text, width)))?;
        self.row += 1;
        Ok(())
    }

    /// A heading inside the sheet.
    pub(super) fn section(&mut self, text: &str) -> Result<(), XlsxError> {
        if self.row > 2 {
            self.row += 1;
        }
        self.sheet.write_string_with_format(self.row, 0, clip(text), &style::section())?;
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
                &style::heading(),
            )?;
            lines = lines.max(style::lines(heading, *width));
        }
        self.sheet.set_row_height(self.row, style::height(lines) + 4)?;
        if self.heading.is_none() {
            self.heading = Some(self.row);
        }
        self.row += 1;
        Ok(())
    }

    /// Keeps the rows above the next one, and so many columns, in sight, and repeats the headings in print.
    pub(super) fn freeze(&mut self, columns: u16) -> Result<(), XlsxError> {
        self.sheet.set_freeze_panes(self.row, columns)?;
        if let Some(heading) = self.heading {
            self.sheet.set_repeat_rows(heading, heading)?;
        }
        Ok(())
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
            let width = self.widths.get(usize::from(column)).copied().unwrap_or(10);
            if let Show::Text(text) | Show::Link(_, text) = show {
                lines = lines.max(style::lines(text, width));
            }
        }
        self.sheet.set_row_height(self.row, style::height(lines))?;
        self.row += 1;
        Ok(())
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
            Show::Blank => self.sheet.write_blank(row, column, format)?,
            Show::Text(text) => {
                self.sheet.write_string_with_format(row, column, clip(text), format)?
            }
            Show::Number(value) => {
                self.sheet.write_number_with_format(row, column, binary(*value), format)?
            }
            Show::Formula(formula, given) => {
                let result = match given {
                    Given::Number(value) => digits(*value),
                    Given::Word(word) => word.clone(),
                };
                let formula = Formula::new(format!("={formula}")).set_result(result);
                self.sheet.write_formula_with_format(row, column, formula, format)?
            }
            Show::Link(target, text) => {
                self.links += 1;
                // Excel's limits on addresses; past them the words stand alone.
                let fits = self.links <= LINKS && target.chars().count() < 1000;
                let words = clean(text).chars().take(250).collect::<String>();
                let url = Url::new(target.as_str()).set_text(words);
                let linked = fits
                    && !text.is_empty()
                    && self.sheet.write_url_with_format(row, column, url, format).is_ok();
                if linked {
                    return Ok(());
                }
                self.sheet.write_string_with_format(row, column, clip(text), &style::text())?
            }
        };
        Ok(())
    }
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

fn clip(text: &str) -> String {
    // In units of UTF-16, in which Excel counts: a character outside the basic plane is two.
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= LONGEST
    };
    let text = clean(text);
    let mut clipped: String = text.chars().take_while(fits).collect();
    if clipped.len() < text.len() {
        clipped.push_str("……（过长，已截断）");
    }
    clipped
}

/// Text for a printed header, where & begins a code and 255 characters is the most.
fn header_text(text: &str) -> String {
    clean(text).chars().take(60).collect::<String>().replace('&', "&&")
}
