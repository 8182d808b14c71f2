//! .csv, .tsv and .txt: one sheet of text cells.
//!
//! Cells keep their text as written: what is a number is decided where tables are recognized. Rows are physical
//! records, blank lines included, so that B4 is what a person counts to in an editor; a quoted line break is inside its
//! record. The separator is the one under which the first records have the same number of fields, more than one.

use super::Limits;
use super::encoding::{Decoded, decode};
use super::error::{Fault, beyond_grid, fault, too_large};
use crate::model::{CellRef, Format, ReadErrorCode, SheetBuilder, Text, Texts, Workbook, many};

/// Separators that are tried, likeliest first.
const SEPARATORS: [char; 5] = [',', '\t', ';', '|', '，'];

/// How many records the separator is judged by.
const SAMPLE: usize = 200;

/// A quoted field is no longer than this; what seems longer has a stray quote.
const QUOTED: usize = 1 << 17;

/// Characters that a cell holds in Excel.
const LONGEST: usize = 32_767;

/// Reads a delimited text.
pub(super) fn read(name: &str, bytes: &[u8], limits: &Limits) -> Result<Workbook, Fault> {
    let Decoded { text, encoding, guessed } = decode(bytes)?;
    let (text, nuls) = without_nuls(text);
    refuse_binary(&text)?;
    if text.trim().is_empty() {
        return Err(fault(ReadErrorCode::Empty, "文件是空的", "the file is empty"));
    }
    let (separator, body) = separator(&text);
    let mut builder = SheetBuilder::new(stem(name), Texts::default());
    let offset = u32::from(body.len() != text.len());
    let mut cut = 0;
    for (index, record) in Records::new(body, separator).enumerate() {
        let row = index as u32 + offset;
        for (column, field) in record.into_iter().enumerate() {
            if field.is_empty() {
                continue;
            }
            let cell = CellRef::new(row, column as u32);
            if !cell.on_grid() {
                return Err(beyond_grid());
            }
            let field = unguarded(field);
            let kept = longest(&field);
            cut += usize::from(kept < field.len());
            builder.push_text(cell, &field[..kept], 0);
        }
        if builder.len() as u64 > limits.cells {
            return Err(too_large(("单元格数", "cells"), limits.cells, "--max-cells"));
        }
    }
    let mut workbook = Workbook::empty(Format::Csv);
    if guessed {
        workbook.remarks.push(Text::new(
            format!("文本编码按内容推断为 {}", encoding.name()),
            format!("the encoding was inferred to be {}", encoding.name()),
        ));
    }
    if nuls > 0 {
        workbook.remarks.push(Text::new(
            format!("文本中有 {nuls} 个空字符（NUL），读取时略去"),
            format!("the text holds {nuls} NUL characters, which are left out"),
        ));
    }
    if cut > 0 {
        workbook.remarks.push(Text::new(
            format!("{cut} 个单元格的文字超过 {LONGEST} 个字符（Excel 的上限），读取时截断"),
            format!(
                "cut to {LONGEST} characters, which is all that Excel holds: the text of {}",
                many(cut, "cell")
            ),
        ));
    }
    workbook.sheets.push(builder.finish());
    Ok(workbook)
}

/// Bytes of a text that a cell holds.
fn longest(text: &str) -> usize {
    let all = text.len();
    if all <= LONGEST { all } else { text.char_indices().nth(LONGEST).map_or(all, |(end, _)| end) }
}

/// The text of a field that programs write as a formula (`="001"`) so that a spreadsheet takes it as text.
fn unguarded(field: String) -> String {
    let inner = field.trim().strip_prefix("=\"").and_then(|inner| inner.strip_suffix('"'));
    match inner {
        Some(inner) if !inner.replace("\"\"", "").contains('"') => inner.replace("\"\"", "\""),
        _ => field,
    }
}

/// A text without the few NUL characters that a faulty export leaves in it, and how many there were.
fn without_nuls(text: String) -> (String, usize) {
    if !text.contains('\0') {
        return (text, 0);
    }
    let bare = text.trim_end_matches('\0');
    let padding = text.len() - bare.len();
    let inside = bare.matches('\0').count();
    // Many of them are no fault of an export but another kind of file.
    if inside > 2 && inside * 100 > bare.len() {
        return (text, 0);
    }
    (bare.replace('\0', ""), inside + padding)
}

/// The name of a file without folder and extension.
pub(super) fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\', '!']).next().unwrap_or(name);
    file.rsplit_once('.').map_or(file, |(stem, _)| if stem.is_empty() { file } else { stem })
}

fn refuse_binary(text: &str) -> Result<(), Fault> {
    let controls = text
        .chars()
        .take(65_536)
        .filter(|c| {
            c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{b}' | '\u{1a}')
        })
        .count();
    if controls > 0 {
        return Err(fault(
            ReadErrorCode::NotAWorkbook,
            "不是电子表格，也不是文本",
            "neither a spreadsheet nor a text",
        ));
    }
    Ok(())
}

/// The separator, and the text behind a `sep=;` line.
fn separator(text: &str) -> (char, &str) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    if let Some(named) = first.trim().strip_prefix("sep=") {
        let mut characters = named.chars();
        if let (Some(separator), None) = (characters.next(), characters.next()) {
            return (separator, rest);
        }
    }
    let mut best = (0_usize, ',');
    for candidate in SEPARATORS {
        let mut counts: Vec<usize> = Records::new(text, candidate)
            .take(SAMPLE)
            .map(|record| record.len())
            .filter(|fields| *fields > 1)
            .collect();
        counts.sort_unstable();
        let Some(&middle) = counts.get(counts.len() / 2) else { continue };
        let same = counts.iter().filter(|count| **count == middle).count();
        // Records that agree count most; a comma inside amounts rarely agrees with itself.
        let score = same * same * 1000 / counts.len() + middle.min(50);
        if score > best.0 {
            best = (score, candidate);
        }
    }
    (best.1, text)
}

/// The records of a text: fields between separators, quoted ones with their quotes taken off.
struct Records<'t> {
    rest: &'t str,
    separator: char,
}

impl<'t> Records<'t> {
    fn new(text: &'t str, separator: char) -> Self {
        Self { rest: text, separator }
    }

    fn field(&mut self) -> (String, bool) {
        let open = self.rest.trim_start_matches(' ');
        if let Some(inner) = open.strip_prefix('"')
            && let Some((field, after)) = self.quoted(inner)
        {
            self.rest = after;
            let ended = self.close();
            return (field, ended);
        }
        let separator = self.separator;
        let end = self.rest.find([separator, '\n', '\r']);
        let end = end.unwrap_or(self.rest.len());
        let field = self.rest[..end].to_owned();
        self.rest = &self.rest[end..];
        let ended = self.close();
        (field, ended)
    }

    /// A quoted field and what follows its closing quote; `None` when the quote is only a character of the field.
    fn quoted(&self, inner: &'t str) -> Option<(String, &'t str)> {
        let mut field = String::new();
        let mut rest = inner;
        loop {
            let near = &rest.as_bytes()[..rest.len().min(QUOTED)];
            let quote = memchr::memchr(b'"', near)?;
            field.push_str(&rest[..quote]);
            if field.len() > QUOTED {
                return None;
            }
            rest = &rest[quote + 1..];
            if let Some(after) = rest.strip_prefix('"') {
                field.push('"');
                rest = after;
                continue;
            }
            let after = rest.trim_start_matches(' ');
            let closed = after.is_empty() || after.starts_with([self.separator, '\n', '\r']);
            return closed.then_some((field, after));
        }
    }

    /// Steps over the separator or the line end; true at a record's end.
    fn close(&mut self) -> bool {
        if let Some(after) = self.rest.strip_prefix(self.separator) {
            self.rest = after;
            return false;
        }
        if let Some(after) = self.rest.strip_prefix("\r\n") {
            self.rest = after;
        } else if let Some(after) = self.rest.strip_prefix(['\n', '\r']) {
            self.rest = after;
        }
        true
    }
}

impl Iterator for Records<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        if self.rest.is_empty() || self.rest == "\u{1a}" {
            return None;
        }
        let mut record = Vec::new();
        loop {
            let (field, ended) = self.field();
            record.push(field);
            if ended {
                return Some(record);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<(String, String)> {
        let workbook = read("表.csv", text.as_bytes(), &Limits::default()).unwrap();
        let sheet = &workbook.sheets[0];
        sheet
            .cells()
            .map(|(cell, _, _)| (cell.to_string(), sheet.text(cell).unwrap().to_owned()))
            .collect()
    }

    fn joined(text: &str) -> String {
        cells(text)
            .iter()
            .map(|(cell, text)| format!("{cell}={text}"))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn records_are_counted_as_a_person_counts_lines() {
        assert_eq!(joined("a,b\n\n1,2\r\n3,4"), "A1=a B1=b A3=1 B3=2 A4=3 B4=4");
        assert_eq!(joined("a,\"x\ny\"\n1,2\n"), "A1=a B1=x\ny A2=1 B2=2");
        assert_eq!(joined("sep=;\na;b\n1;2"), "A2=a B2=b A3=1 B3=2");
    }

    #[test]
    fn separators_are_told_by_agreement() {
        assert_eq!(joined("a\tb\n1,5\t2\n2\t3,7\n"), "A1=a B1=b A2=1,5 B2=2 A3=2 B3=3,7");
        assert_eq!(joined("a;b\n1,5;2\n"), "A1=a B1=b A2=1,5 B2=2");
        assert_eq!(
            joined("项目,金额\n甲,\"1,234.50\"\n乙,5.00\n"),
            "A1=项目 B1=金额 A2=甲 B2=1,234.50 A3=乙 B3=5.00"
        );
        assert_eq!(joined("only\nwords\n"), "A1=only A2=words");
    }

    #[test]
    fn quotes_inside_fields_are_characters() {
        assert_eq!(
            joined("a,5\" pipe\nb,\"say \"\"hi\"\"\"\n"),
            "A1=a B1=5\" pipe A2=b B2=say \"hi\""
        );
        assert_eq!(joined("a,\"open\nb,c\n"), "A1=a B1=\"open A2=b B2=c");
    }

    #[test]
    fn guarded_fields_and_stray_nuls_are_read_as_shown() {
        assert_eq!(joined("=\"001\",\"=\"\"1,000\"\"\"\n"), "A1=001 B1=1,000");
        assert_eq!(joined("=1+1,=\"a\"&\"b\"\n"), "A1==1+1 B1==\"a\"&\"b\"");
        assert_eq!(joined("甲,1\u{0}0\n乙,2\n\0\0\0"), "A1=甲 B1=10 A2=乙 B2=2");
        assert_eq!(
            joined("Item,Amount\nA,100\nTotal,999\n\0\0,"),
            "A1=Item B1=Amount A2=A B2=100 A3=Total B3=999"
        );
    }

    #[test]
    fn binary_and_empty_files_are_refused() {
        for (bytes, code) in [
            (&b"\x00\x01\x02abc"[..], ReadErrorCode::NotAWorkbook),
            (&b" \n\n"[..], ReadErrorCode::Empty),
        ] {
            assert_eq!(read("x.csv", bytes, &Limits::default()).err().unwrap().code, code);
        }
    }
}
