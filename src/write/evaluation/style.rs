//! The looks of the working paper: fonts, fills, number formats, and how high a row of wrapped text must be.
//!
//! Orange, blue and grey only, always beside a word or a mark, so that a black-and-white print says the same. Fonts are
//! named, never shipped; where 方正小标宋 is absent Excel takes 宋体. A house may have other colours and fonts.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};
use unicode_width::UnicodeWidthStr;

use crate::model::{House, rgb};

/// Columns of the charts: levels, increases, decreases.
pub(super) const BARS: [Color; 3] =
    [Color::RGB(0x0044_72A8), Color::RGB(0x008F_B4DC), Color::RGB(0x00E0_8E3C)];
/// Lines between cells.
const LINE: Color = Color::RGB(0x00A6_A6A6);

/// Colours and fonts.
#[derive(Clone, Debug)]
pub(super) struct Style {
    /// Text on headings.
    pub(super) ink: Color,
    /// Fill of headings.
    pub(super) heading: Color,
    /// Fill of what does not agree.
    pub(super) wrong: Color,
    /// Fill of what must be explained.
    pub(super) doubtful: Color,
    /// Fill of totals.
    pub(super) total: Color,
    title_font: String,
    heading_font: String,
    pub(super) body_font: String,
    figure_font: String,
}

impl Style {
    /// The looks that a house wants.
    pub(super) fn of(house: &House) -> Self {
        let colour = |own: &Option<String>, usual: u32| {
            Color::RGB(own.as_deref().and_then(rgb).unwrap_or(usual))
        };
        let font = |own: &Option<String>, usual: &str| own.as_deref().unwrap_or(usual).to_owned();
        let (colours, fonts) = (&house.colours, &house.fonts);
        Self {
            ink: colour(&colours.ink, 0x001F_3864),
            heading: colour(&colours.heading, 0x00DD_E6F2),
            wrong: colour(&colours.wrong, 0x00FC_E0C5),
            doubtful: colour(&colours.doubtful, 0x00FE_F2E4),
            total: colour(&colours.total, 0x00F2_F2F2),
            title_font: font(&fonts.title, "方正小标宋简体"),
            heading_font: font(&fonts.heading, "黑体"),
            body_font: font(&fonts.body, "宋体"),
            figure_font: font(&fonts.figures, "Times New Roman"),
        }
    }

    /// Text in a bordered cell.
    pub(super) fn text(&self) -> Format {
        self.plain().set_border(FormatBorder::Thin).set_border_color(LINE).set_text_wrap()
    }

    /// Text in the middle of a bordered cell.
    pub(super) fn middle(&self) -> Format {
        self.text().set_align(FormatAlign::Center)
    }

    /// A figure with that many decimals.
    pub(super) fn number(&self, decimals: i32) -> Format {
        self.figure(&amount_code(decimals))
    }

    /// A share with that many decimals of the percentage.
    pub(super) fn percent(&self, decimals: i32) -> Format {
        self.figure(&format!("0{}%_ ", zeros(decimals)))
    }

    fn figure(&self, code: &str) -> Format {
        self.text()
            .set_font_name(&self.figure_font)
            .set_align(FormatAlign::Right)
            .set_num_format(code)
            .unset_text_wrap()
    }

    /// An ordinal, a row number or a year in the middle of a bordered cell.
    pub(super) fn count(&self) -> Format {
        self.middle().set_num_format("0")
    }

    /// A column's heading.
    pub(super) fn heading(&self) -> Format {
        self.middle()
            .set_font_name(&self.heading_font)
            .set_font_color(self.ink)
            .set_background_color(self.heading)
    }

    /// A link in a bordered cell.
    pub(super) fn link(&self) -> Format {
        self.text()
            .set_font_color(Color::RGB(0x0005_63C1))
            .set_underline(rust_xlsxwriter::FormatUnderline::Single)
    }

    /// The name of a sheet, at its head.
    pub(super) fn title(&self) -> Format {
        Format::new()
            .set_font_name(&self.title_font)
            .set_font_size(18)
            .set_font_color(self.ink)
            .set_align(FormatAlign::VerticalCenter)
    }

    /// A heading inside a sheet.
    pub(super) fn section(&self) -> Format {
        Format::new()
            .set_font_name(&self.heading_font)
            .set_font_size(12)
            .set_font_color(self.ink)
            .set_align(FormatAlign::VerticalCenter)
    }

    /// Text without a border.
    pub(super) fn plain(&self) -> Format {
        Format::new()
            .set_font_name(&self.body_font)
            .set_font_size(10)
            .set_align(FormatAlign::VerticalCenter)
    }

    /// Unit, preparer, reviewer at the head of a sheet.
    pub(super) fn block(&self) -> Format {
        self.plain().set_font_size(9).set_border_bottom(FormatBorder::Hair).set_border_color(LINE)
    }
}

/// `#,##0.00_ `: the space keeps a figure off the text to its right.
fn amount_code(decimals: i32) -> String {
    format!("#,##0{0}_ ;-#,##0{0}_ ", zeros(decimals))
}

fn zeros(decimals: i32) -> String {
    match decimals {
        ..=0 => String::new(),
        some => format!(".{}", "0".repeat(some.min(10).unsigned_abs() as usize)),
    }
}

/// How many lines `text` takes in a column of that width.
pub(super) fn lines(text: &str, width: u16) -> u32 {
    let room = usize::from(width.saturating_sub(1)).max(1);
    let lines: usize = text.lines().map(|line| line.width().max(1).div_ceil(room)).sum();
    lines.clamp(1, 28) as u32
}

/// The height, in points, of a row of so many lines.
pub(super) fn height(lines: u32) -> u32 {
    (lines * 14 + 4).clamp(18, 400)
}
