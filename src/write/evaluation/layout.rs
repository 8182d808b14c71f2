//! Where each figure of the packet stands in the normalized sheets, so that every other sheet can point at it.
//!
//! A table's sheet keeps one row for each of its lines and one column for each of its fields that hold something; the
//! columns in front (row of the source, what the line is, its code, its name) are ours.

use std::collections::HashSet;

use super::page::reference;
use crate::model::{CellRef, Field, FieldRole, Line, LineRole, Operand, Packet, Table};
use crate::write::clean::clean;

/// The first row of lines on a normalized sheet.
pub(super) const TOP: u32 = 6;
/// Fields of a table that are copied: Excel has 16,384 columns, some of which stand before and behind them.
pub(super) const FIELDS: usize = 16_000;
/// Cells of all normalized sheets together; what is beyond is listed, not copied.
const CELLS: u64 = 2_000_000;

/// The normalized sheet of a table.
pub(super) struct TableSheet {
    /// The table's index.
    pub(super) table: usize,
    /// The sheet's name.
    pub(super) name: String,
    /// The index number of the sheet: T1.
    pub(super) index: String,
    /// Lines that are copied, as indexes into the table's.
    pub(super) lines: Vec<usize>,
    /// Fields that are copied, as indexes into the table's.
    pub(super) fields: Vec<usize>,
    /// The lines have codes, which take a column.
    pub(super) codes: bool,
}

impl TableSheet {
    /// Columns in front of the fields.
    pub(super) fn front(&self) -> u16 {
        3 + u16::from(self.codes)
    }

    fn spot(&self, table: &Table, cell: CellRef) -> Option<(u32, u16)> {
        let line = table.line_index(cell.row)?;
        let row = self.lines.binary_search(&line).ok()? as u32;
        let field =
            self.fields.binary_search_by_key(&cell.column, |at| table.fields[*at].column).ok()?;
        Some((TOP + row, self.front() + field as u16))
    }
}

/// Where the figures stand.
pub(super) struct Layout {
    /// One for each table that is copied, in the tables' order.
    pub(super) sheets: Vec<TableSheet>,
    by_table: Vec<Option<usize>>,
}

impl Layout {
    /// Lays out the packet's tables.
    pub(super) fn of(packet: &Packet) -> Self {
        let mut layout = Self { sheets: Vec::new(), by_table: vec![None; packet.tables.len()] };
        let mut names = HashSet::new();
        let mut cells = 0_u64;
        for (at, table) in packet.tables.iter().enumerate() {
            let lines: Vec<usize> = indexes(&table.lines, is_copied);
            let mut fields: Vec<usize> = indexes(&table.fields, is_shown);
            fields.truncate(FIELDS);
            cells += lines.len() as u64 * (fields.len() as u64 + 4);
            if cells > CELLS || lines.is_empty() || layout.sheets.len() >= 250 {
                continue;
            }
            let index = format!("T{}", at + 1);
            let mut name = sheet_name(&index, &short_title(packet, table));
            if !names.insert(name.to_lowercase()) {
                name.clone_from(&index);
            }
            let codes = table.lines.iter().any(|line| line.code.is_some());
            layout.by_table[at] = Some(layout.sheets.len());
            layout.sheets.push(TableSheet { table: at, name, index, lines, fields, codes });
        }
        layout
    }

    /// The sheet of a table.
    pub(super) fn sheet(&self, table: u32) -> Option<&TableSheet> {
        self.by_table.get(table as usize).copied().flatten().map(|at| &self.sheets[at])
    }

    /// Sheet, row and column of a figure; `None` when it is not copied.
    pub(super) fn spot(
        &self,
        packet: &Packet,
        operand: &Operand,
    ) -> Option<(&TableSheet, u32, u16)> {
        let sheet = self.sheet(operand.table?)?;
        let table = &packet.tables[sheet.table];
        let (row, column) = sheet.spot(table, operand.place.cell)?;
        Some((sheet, row, column))
    }

    /// `'T1 支出明细'!D9`
    pub(super) fn reference(&self, packet: &Packet, operand: &Operand) -> Option<String> {
        let (sheet, row, column) = self.spot(packet, operand)?;
        Some(reference(&sheet.name, row, column))
    }
}

fn indexes<T>(items: &[T], keep: impl Fn(&T) -> bool) -> Vec<usize> {
    items.iter().enumerate().filter(|(_, item)| keep(item)).map(|(at, _)| at).collect()
}

fn is_copied(line: &Line) -> bool {
    line.role.is_data() || line.role == LineRole::Section
}

fn is_shown(field: &Field) -> bool {
    !matches!(field.role, FieldRole::Label | FieldRole::Serial | FieldRole::Code | FieldRole::Blank)
}

/// A name for a table that a person knows it by: its title without the year, or its sheet's name.
pub(super) fn short_title(packet: &Packet, table: &Table) -> String {
    let sheet = packet.table_sheet(table).map(|sheet| sheet.name.clone()).unwrap_or_default();
    let siblings = packet
        .tables
        .iter()
        .filter(|other| (other.file, other.sheet) == (table.file, table.sheet))
        .count();
    match &table.title {
        Some(title) if siblings > 1 || sheet.is_empty() || is_generic(&sheet) => {
            let start = title
                .find(['年', '度'])
                .filter(|at| title[..*at].chars().all(|c| c.is_ascii_digit()) && *at <= 4)
                .map_or(0, |at| at + '年'.len_utf8());
            title[start..].trim_start_matches('度').to_owned()
        }
        None if siblings > 1 => label_heading(table).unwrap_or(sheet),
        _ => sheet,
    }
}

/// The heading of the names, where it says more than 项目 or 名称.
fn label_heading(table: &Table) -> Option<String> {
    let field = table.fields.iter().find(|field| field.role == FieldRole::Label)?;
    (field.label.chars().count() > 4).then(|| field.label.clone())
}

/// Sheet1, 工作表2.
fn is_generic(name: &str) -> bool {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    matches!(stem.to_lowercase().as_str(), "sheet" | "工作表" | "")
}

/// At most 31 units of UTF-16, without the characters that Excel forbids.
fn sheet_name(index: &str, title: &str) -> String {
    clean_name(&format!("{index} {title}"))
}

/// The same of a name without an index.
pub(super) fn clean_name(name: &str) -> String {
    let name = clean(name);
    let plain: String =
        name.chars().filter(|c| !"[]:*?/\\'".contains(*c) && !c.is_control()).collect();
    let mut name = plain.trim().to_owned();
    while name.encode_utf16().count() > 31 {
        name.pop();
    }
    name.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheet_names_fit_excel() {
        assert_eq!(sheet_name("T1", "收支/总表[1]"), "T1 收支总表1");
        let long = sheet_name("T12", &"很长的表名".repeat(10));
        assert_eq!(long.encode_utf16().count(), 31);
        assert!(long.starts_with("T12 很长的表名"));
        assert_eq!(sheet_name("T2", "''"), "T2");
        assert_eq!(sheet_name("T3", "\u{202e}支出\u{1b}[31m"), "T3 \u{fffd}支出␛31m");
    }
}
