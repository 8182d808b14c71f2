//! A workbook of another format as an .xlsx, so that it can be marked: .xls, .et, .xlsb, .csv, HTML.
//!
//! Values, formulas, number formats, alignment, borders, fills, merges, widths, heights, hidden rows, columns and
//! sheets, outlines, defined names, filters and notes are carried over; charts, pictures, macros and whatever the model does not hold are not. The copy
//! says of itself that it is a conversion.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Formula, Note, Worksheet};

use super::plan::Plan;
use super::{Annotated, Archive, WriteError, WriteErrorCode, notes, patch};
use crate::formula::{Names, parse};
use crate::model::{
    CellRef, CellStyle, Format as FileFormat, HorizontalAlignment, Packet, ReadError,
    ReadErrorCode, Sheet, Text, Value, Visibility, Workbook,
};
use crate::number::{self, Decimal};
use crate::write::clean::clean;

/// Cells of merged ranges that every workbook may have, besides those for each of its cells.
const MERGED: u64 = 200_000;

/// A converted workbook.
pub struct Converted {
    /// The .xlsx.
    pub bytes: Vec<u8>,
    /// What was left behind.
    pub remarks: Vec<Text>,
    /// The sheets' names, which Excel may not allow as they were: old, new.
    names: BTreeMap<String, String>,
}

/// Converts a workbook as read.
///
/// # Errors
/// When the writer refuses it.
pub fn convert(workbook: &Workbook) -> Result<Converted, WriteError> {
    let mut work = Work {
        workbook,
        formats: workbook.styles.iter().map(format).collect(),
        parsed_names: Names::of(workbook),
        values_for_formulas: 0,
        left_names: 0,
        room: workbook.sheets.iter().map(Sheet::cell_count).sum::<usize>() as u64 * 4 + MERGED,
        left_merges: 0,
        names: BTreeMap::new(),
    };
    let mut book = rust_xlsxwriter::Workbook::new();
    let mut taken = BTreeSet::new();
    let names: Vec<String> =
        workbook.sheets.iter().map(|sheet| valid_name(&sheet.name, &mut taken)).collect();
    for (sheet, name) in workbook.sheets.iter().zip(&names) {
        work.names.insert(sheet.name.clone(), name.clone());
    }
    let shown = workbook.sheets.iter().any(|sheet| sheet.visibility == Visibility::Visible);
    let mut first = true;
    for (index, sheet) in workbook.sheets.iter().enumerate() {
        let target = book.add_worksheet().set_name(&names[index]).map_err(failed)?;
        work.sheet(index as u32, sheet, target).map_err(failed)?;
        outlines(sheet, target).map_err(failed)?;
        match sheet.visibility {
            Visibility::Visible => {
                if std::mem::take(&mut first) {
                    target.set_active(true);
                    target.set_first_tab(true);
                }
            }
            _ if !shown => {}
            Visibility::Hidden => {
                target.set_hidden(true);
            }
            Visibility::VeryHidden => {
                target.set_very_hidden(true);
            }
        }
    }
    work.define_names(&mut book);
    let bytes = book.save_to_buffer().map_err(failed)?;
    Ok(Converted { bytes, remarks: work.remarks(), names: work.names })
}

/// Marks one file of a packet: patched where its format allows, else as a converted copy.
///
/// # Errors
/// As [`super::annotate`].
pub fn annotate_input(
    packet: &Packet,
    file: u32,
    bytes: &[u8],
    plan: &Plan,
) -> Result<Annotated, WriteError> {
    let own = packet.files.get(file as usize);
    let workbook = own.and_then(|own| packet.workbook(own.same_as.unwrap_or(file)));
    let patched = own.is_none_or(|own| {
        matches!(
            own.format,
            FileFormat::Xlsx
                | FileFormat::Xlsm
                | FileFormat::Xltx
                | FileFormat::Ods
                | FileFormat::Unknown
        )
    });
    // A workbook under Excel's own default password is read, but it is no zip.
    match workbook {
        Some(workbook) if !patched || !bytes.starts_with(b"PK") => {
            annotate_converted(workbook, plan)
        }
        _ => super::annotate(bytes, plan).map_err(|error| {
            let refused = own.and_then(|own| own.error.as_ref());
            refused.filter(|_| error.code != WriteErrorCode::BrokenRule).map_or(error, unread)
        }),
    }
}

/// Of a file that cannot be read, why so says more than that it cannot be marked.
fn unread(refused: &ReadError) -> WriteError {
    let code = match refused.code {
        ReadErrorCode::Encrypted => WriteErrorCode::Encrypted,
        _ => WriteErrorCode::NotAWorkbook,
    };
    WriteError::new(code, refused.message.clone(), refused.hint.clone())
}

/// Marks a converted copy of a workbook that cannot be patched.
///
/// # Errors
/// As [`super::annotate`].
pub fn annotate_converted(workbook: &Workbook, plan: &Plan) -> Result<Annotated, WriteError> {
    let converted = convert(workbook)?;
    let mut plan = plan.clone();
    let rename = |name: &mut String| {
        if let Some(new) = converted.names.get(name) {
            name.clone_from(new);
        }
    };
    for mark in &mut plan.marks {
        rename(&mut mark.sheet);
    }
    for row in &mut plan.summary.rows {
        if let (Some((sheet, _)), None) = (&mut row.place, &row.other_file) {
            rename(sheet);
        }
    }
    plan.summary.origin.conversion.clone_from(&converted.remarks);
    let mut annotated = patch(&Archive::open(&converted.bytes)?, &plan)?;
    annotated.converted = true;
    annotated.remarks.splice(0..0, converted.remarks);
    Ok(annotated)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: rust_xlsxwriter::XlsxError) -> WriteError {
    WriteError::new(
        WriteErrorCode::Unsupported,
        Text::new(
            format!("无法转换为 .xlsx：{error}"),
            format!("cannot be converted to .xlsx: {error}"),
        ),
        Text::new(
            "请用 Excel 或 WPS 另存为 .xlsx 后再试",
            "save it as .xlsx in Excel or WPS and try again",
        ),
    )
}

/// A sheet name that Excel allows and no other sheet has.
fn valid_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    let plain: String = clean(name)
        .chars()
        .map(|c| if matches!(c, ':' | '\\' | '/' | '?' | '*' | '[' | ']') { '_' } else { c })
        .filter(|c| !c.is_control())
        .collect();
    let plain = plain.trim_matches('\'').trim();
    let plain =
        if plain.is_empty() || plain.eq_ignore_ascii_case("history") { "Sheet" } else { plain };
    let cut = |units: usize| {
        let mut left = units;
        plain
            .chars()
            .take_while(|c| {
                let fits = c.len_utf16() <= left;
                left = left.saturating_sub(c.len_utf16());
                fits
            })
            .collect::<String>()
            .trim_end_matches('\'')
            .to_owned()
    };
    let mut chosen = cut(31);
    let mut number = 2;
    while !taken.insert(chosen.to_lowercase()) {
        chosen = format!("{} ({number})", cut(24));
        number += 1;
    }
    chosen
}

fn format(style: &CellStyle) -> Format {
    let mut format = Format::new();
    let code = &style.number_format.code;
    if !code.is_empty() && !code.eq_ignore_ascii_case("general") {
        format = format.set_num_format(code);
    }
    if style.bold {
        format = format.set_bold();
    }
    if style.wrap {
        format = format.set_text_wrap();
    }
    let align = match style.horizontal {
        HorizontalAlignment::General => None,
        HorizontalAlignment::Left => Some(FormatAlign::Left),
        HorizontalAlignment::Center => Some(FormatAlign::Center),
        HorizontalAlignment::Right => Some(FormatAlign::Right),
        HorizontalAlignment::Fill => Some(FormatAlign::Fill),
        HorizontalAlignment::Justify => Some(FormatAlign::Justify),
        HorizontalAlignment::CenterAcross => Some(FormatAlign::CenterAcross),
        HorizontalAlignment::Distributed => Some(FormatAlign::Distributed),
    };
    if let Some(align) = align {
        format = format.set_align(align);
    }
    if style.indent > 0 {
        format = format.set_indent(style.indent.min(15) as u8);
    }
    let [left, right, top, bottom] = style.borders;
    if left {
        format = format.set_border_left(FormatBorder::Thin);
    }
    if right {
        format = format.set_border_right(FormatBorder::Thin);
    }
    if top {
        format = format.set_border_top(FormatBorder::Thin);
    }
    if bottom {
        format = format.set_border_bottom(FormatBorder::Thin);
    }
    if let Some(fill) = style.fill {
        format = format.set_background_color(Color::RGB(fill & 0x00ff_ffff));
    }
    format
}

struct Work<'a> {
    workbook: &'a Workbook,
    formats: Vec<Format>,
    parsed_names: Names<'a>,
    /// Formulas of which only the value was carried over.
    values_for_formulas: u64,
    /// Defined names that could not be carried over.
    left_names: u64,
    /// Cells that merged ranges may still have: each is written out.
    room: u64,
    left_merges: u64,
    names: BTreeMap<String, String>,
}

/// Rows and columns grouped as they were; what is hidden of them is hidden already.
fn outlines(sheet: &Sheet, target: &mut Worksheet) -> Result<(), rust_xlsxwriter::XlsxError> {
    for level in 1..=7_u8 {
        let rows = sheet.rows.iter().filter(|(_, own)| own.outline >= level).map(|(row, _)| *row);
        for (first, last) in runs(rows) {
            target.group_rows(first, last)?;
        }
        let columns =
            sheet.columns.iter().filter(|(_, own)| own.outline >= level).map(|(column, _)| *column);
        for (first, last) in runs(columns) {
            if let (Ok(first), Ok(last)) = (u16::try_from(first), u16::try_from(last)) {
                target.group_columns(first, last)?;
            }
        }
    }
    Ok(())
}

/// Ascending numbers as runs without a gap.
fn runs(numbers: impl Iterator<Item = u32>) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    runs
}

impl Work<'_> {
    fn remarks(&self) -> Vec<Text> {
        let format = self.workbook.format.name();
        let mut remarks = vec![Text::new(
            format!(
                "本副本由 .{format} 转换为 .xlsx：数值、公式、格式、合并单元格和列宽已保留，图表、图片、宏等未保留；原文件未动。"
            ),
            format!(
                "This copy was converted from .{format} to .xlsx: values, formulas, formats, merged cells and widths are kept; charts, pictures and macros are not. The original is untouched."
            ),
        )];
        if self.values_for_formulas > 0 {
            let count = self.values_for_formulas;
            remarks.push(Text::new(
                format!("{count} 个公式（引用其他文件、数组公式等）在副本中只保留了结果。"),
                format!(
                    "Of {count} formulas (to other files, arrays) the copy has the result only."
                ),
            ));
        }
        if self.left_merges > 0 {
            let count = self.left_merges;
            remarks.push(Text::new(
                format!("{count} 个合并单元格过大或过多，未保留合并。"),
                format!("{count} merged ranges are too large or too many and are not kept."),
            ));
        }
        if self.left_names > 0 {
            let count = self.left_names;
            remarks.push(Text::new(
                format!("{count} 个定义名称（引用其他文件、已失效等）未保留。"),
                format!("{count} defined names (to other files, or leading nowhere) are not kept."),
            ));
        }
        remarks
    }

    fn sheet(
        &mut self,
        index: u32,
        sheet: &Sheet,
        target: &mut Worksheet,
    ) -> Result<(), rust_xlsxwriter::XlsxError> {
        for (column, own) in &sheet.columns {
            let Ok(column) = u16::try_from(*column) else { continue };
            if let Some(width) = own.width.filter(|width| (0.0..=255.0).contains(width)) {
                target.set_column_width(column, f64::from(width))?;
            }
            if own.hidden {
                target.set_column_hidden(column)?;
            }
        }
        for (row, own) in &sheet.rows {
            if let Some(height) = own.height.filter(|height| (0.0..=409.5).contains(height)) {
                target.set_row_height(*row, f64::from(height))?;
            }
            if own.hidden {
                target.set_row_hidden(*row)?;
            }
        }
        for range in &sheet.merges {
            let (Ok(left), Ok(right)) =
                (u16::try_from(range.start.column), u16::try_from(range.end.column))
            else {
                continue;
            };
            let style = sheet.style(range.start).unwrap_or(0);
            let format = self.formats.get(usize::from(style)).cloned().unwrap_or_default();
            let (rows, columns) = range.size();
            let Some(room) = self.room.checked_sub(u64::from(rows) * u64::from(columns)) else {
                self.left_merges += 1;
                continue;
            };
            self.room = room;
            // Ranges that overlap are nobody's to keep.
            let _ = target.merge_range(range.start.row, left, range.end.row, right, "", &format);
        }
        if let Some(range) = sheet.filter
            && let (Ok(left), Ok(right)) =
                (u16::try_from(range.start.column), u16::try_from(range.end.column))
        {
            // A filter outside the sheet is nobody's to keep.
            let _ = target.autofilter(range.start.row, left, range.end.row, right);
        }
        for (cell, _, style) in sheet.cells() {
            let value = sheet.stored(cell);
            self.cell(index, sheet, cell, value, style, target)?;
        }
        for (cell, note) in &sheet.notes {
            let note = Note::new(notes::fitted(&note.text))
                .set_author(&note.author)
                .add_author_prefix(false);
            if let Ok(column) = u16::try_from(cell.column) {
                let _ = target.insert_note(cell.row, column, &note);
            }
        }
        Ok(())
    }

    fn cell(
        &mut self,
        index: u32,
        sheet: &Sheet,
        cell: CellRef,
        value: Value,
        style: u16,
        target: &mut Worksheet,
    ) -> Result<(), rust_xlsxwriter::XlsxError> {
        let Ok(column) = u16::try_from(cell.column) else { return Ok(()) };
        let row = cell.row;
        let fallback = Format::new();
        let format = self.formats.get(usize::from(style)).unwrap_or(&fallback);
        if let Some(formula) = sheet.formula(cell) {
            if !formula.array && self.is_portable(&formula.text, index, cell) {
                let mut written = Formula::new(format!("={}", formula.text));
                written = match value {
                    Value::Number(number) => written.set_result(number.to_string()),
                    Value::Text(id) => written.set_result(sheet.texts.get(id)),
                    Value::Bool(true) => written.set_result("TRUE"),
                    Value::Bool(false) => written.set_result("FALSE"),
                    Value::Error(error) => written.set_result(error.text()),
                    Value::Empty => written.set_result(""),
                };
                target.write_formula_with_format(row, column, written, format)?;
                return Ok(());
            }
            self.values_for_formulas += 1;
        }
        match value {
            Value::Empty => target.write_blank(row, column, format)?,
            Value::Number(number) => {
                // Days since 1904 as days since 1900.
                let days = if self.workbook.date_1904 && self.is_date(style) { 1462 } else { 0 };
                let number = number.checked_add(Decimal::from(days)).unwrap_or(number);
                target.write_with_format(row, column, number, format)?
            }
            Value::Bool(value) => target.write_boolean_with_format(row, column, value, format)?,
            Value::Error(error) => {
                let written = Formula::new(format!("={}", error.text())).set_result(error.text());
                target.write_formula_with_format(row, column, written, format)?
            }
            Value::Text(id) => {
                let text = sheet.texts.get(id);
                match self.figure(text) {
                    Some((number, code)) => {
                        let format = format.clone().set_num_format(code);
                        target.write_with_format(row, column, number, &format)?
                    }
                    None => {
                        target.write_string_with_format(row, column, notes::fitted(text), format)?
                    }
                }
            }
        };
        Ok(())
    }

    /// Whether a formula can stand in the copy as it is: understood, within this file, its sheets named as before.
    fn is_portable(&self, text: &str, sheet: u32, host: CellRef) -> bool {
        let renamed = || {
            self.names
                .iter()
                .any(|(old, new)| old != new && !old.is_empty() && text.contains(old.as_str()))
        };
        text.len() < 8000
            && parse(text, sheet, host, &self.parsed_names).is_some_and(|tree| !tree.is_external())
            && !renamed()
    }

    /// Defined names, but for those that Excel makes itself and those that lead nowhere.
    fn define_names(&mut self, book: &mut rust_xlsxwriter::Workbook) {
        for name in &self.workbook.names {
            let builtin = name.name.starts_with("_xlnm.");
            let scope = name.sheet.map(|index| self.workbook.sheets.get(index as usize));
            if builtin
                || scope.is_some_and(|sheet| sheet.is_none())
                || name.formula.contains("#REF!")
                || !self.is_portable(&name.formula, name.sheet.unwrap_or(0), CellRef::new(0, 0))
            {
                self.left_names += u64::from(!builtin);
                continue;
            }
            let full = match scope.flatten() {
                Some(sheet) => {
                    let own = self.names.get(&sheet.name).unwrap_or(&sheet.name);
                    format!("'{}'!{}", own.replace('\'', "''"), name.name)
                }
                None => name.name.clone(),
            };
            let formula = format!("={}", name.formula);
            if book.define_name(full, &formula).is_err() {
                self.left_names += 1;
            }
        }
    }

    fn is_date(&self, style: u16) -> bool {
        self.workbook.style(style).number_format.date
    }

    /// A field of a text file that is a plain number, with the format that prints it as it was.
    ///
    /// Codes (leading zeros, long runs of digits) stay text.
    fn figure(&self, text: &str) -> Option<(Decimal, String)> {
        if !matches!(self.workbook.format, FileFormat::Csv | FileFormat::Html | FileFormat::Mhtml) {
            return None;
        }
        let plain = text.trim();
        let digits = plain.bytes().filter(u8::is_ascii_digit).count();
        let code = plain.trim_start_matches('-');
        let zeros = code.len() > 1 && code.starts_with('0') && !code.starts_with("0.");
        let fine = plain.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'-'));
        if !fine
            || zeros
            || digits == 0
            || digits > 15
            || (digits > 11 && !plain.contains(['.', ',']))
        {
            return None;
        }
        let literal = number::parse(plain)?;
        let mut code = if plain.contains(',') { "#,##0".to_owned() } else { "0".to_owned() };
        if literal.decimals > 0 {
            code.push('.');
            code.push_str(&"0".repeat(literal.decimals as usize));
        }
        Some((literal.value, code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheet_names_are_made_valid_and_distinct() {
        let mut taken = BTreeSet::new();
        for (name, valid) in [
            ("收支[表]", "收支_表_"),
            ("收支:表:", "收支_表_ (2)"),
            ("", "Sheet"),
            ("'a'", "a"),
            ("\u{202e}预算\u{1b}", "\u{fffd}预算␛"),
            ("A", "A (2)"),
        ] {
            assert_eq!(valid_name(name, &mut taken), valid);
        }
        assert_eq!(valid_name(&"长".repeat(40), &mut taken).chars().count(), 31);
    }
}
