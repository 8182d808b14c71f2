//! The looks of the working paper: fonts, fills, number formats, and how high a row of wrapped text must be.
//!
//! Orange, blue and grey only, always beside a word or a mark, so that a black-and-white print says the same. Fonts are
//! named, never shipped; where 方正小标宋 is absent Excel takes 宋体.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};
use unicode_width::UnicodeWidthStr;

/// Text on headings.
pub(super) const INK: Color = Color::RGB(0x001F_3864);
/// Fill of headings.
pub(super) const PALE_BLUE: Color = Color::RGB(0x00DD_E6F2);
/// Fill of what does not agree.
pub(super) const ORANGE: Color = Color::RGB(0x00FC_E0C5);
/// Fill of what must be explained.
pub(super) const PALE_ORANGE: Color = Color::RGB(0x00FE_F2E4);
/// Fill of totals.
pub(super) const GREY: Color = Color::RGB(0x00F2_F2F2);
/// Columns of the chart: levels, increases, decreases.
pub(super) const BARS: [Color; 3] =
    [Color::RGB(0x0044_72A8), Color::RGB(0x008F_B4DC), Color::RGB(0x00E0_8E3C)];

/// Text in a bordered cell.
pub(super) fn text() -> Format {
    Format::new()
        .set_font_name("宋体")
        .set_font_size(10)
        .set_border(FormatBorder::Thin)
        .set_border_color(Color::RGB(0x00A6_A6A6))
        .set_align(FormatAlign::VerticalCenter)
        .set_text_wrap()
}

/// Text in the middle of a bordered cell.
pub(super) fn middle() -> Format {
    text().set_align(FormatAlign::Center)
}

/// A figure with that many decimals.
pub(super) fn number(decimals: i32) -> Format {
    figure(&amount_code(decimals))
}

/// A share with that many decimals of the percentage.
pub(super) fn percent(decimals: i32) -> Format {
    figure(&format!("0{}%_ ", zeros(decimals)))
}

fn figure(code: &str) -> Format {
    text()
        .set_font_name("Times New Roman")
        .set_align(FormatAlign::Right)
        .set_num_format(code)
        .unset_text_wrap()
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

/// A column's heading.
pub(super) fn heading() -> Format {
    middle().set_font_name("黑体").set_font_color(INK).set_background_color(PALE_BLUE)
}

/// A link in a bordered cell.
pub(super) fn link() -> Format {
    text()
        .set_font_color(Color::RGB(0x0005_63C1))
        .set_underline(rust_xlsxwriter::FormatUnderline::Single)
}

/// The name of a sheet, at its head.
pub(super) fn title() -> Format {
    Format::new()
        .set_font_name("方正小标宋简体")
        .set_font_size(18)
        .set_font_color(INK)
        .set_align(FormatAlign::VerticalCenter)
}

/// A heading inside a sheet.
pub(super) fn section() -> Format {
    Format::new()
        .set_font_name("黑体")
        .set_font_size(12)
        .set_font_color(INK)
        .set_align(FormatAlign::VerticalCenter)
}

/// Text without a border.
pub(super) fn plain() -> Format {
    Format::new().set_font_name("宋体").set_font_size(10).set_align(FormatAlign::VerticalCenter)
}

/// How many lines `text` takes in a column of that width.
pub(super) fn lines(text: &str, width: u16) -> u32 {
    let room = usize::from(width.saturating_sub(1)).max(1);
    let lines: usize = text.lines().map(|line| line.width().max(1).div_ceil(room)).sum();
    lines.clamp(1, 24) as u32
}

/// The height, in points, of a row of so many lines.
pub(super) fn height(lines: u32) -> u32 {
    (lines * 14 + 4).clamp(18, 400)
}
