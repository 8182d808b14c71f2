//! A table on a sheet, as recognized and normalized.

use super::meaning::{Item, Measure, Reading};
use super::names::Names;
use super::place::{CellRef, Range};
use crate::number::Unit;

/// What a column holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldRole {
    /// 序号
    Serial,
    /// 科目编码, 项目编码
    Code,
    /// The names of the lines.
    Label,
    /// Money or another quantity that adds up.
    Amount,
    /// A share, rate or growth, held as a fraction.
    Percent,
    /// A count, area or other measure that is not money: 数量, 人数, 平方米.
    Quantity,
    /// A date or a year.
    Date,
    /// Words.
    #[default]
    Text,
    /// Remarks: 备注, 说明.
    Note,
    /// Nothing.
    Blank,
}

impl FieldRole {
    /// Whether its cells are figures that can be checked.
    pub fn is_figure(self) -> bool {
        matches!(self, Self::Amount | Self::Percent | Self::Quantity)
    }

    /// The word for it in data: `amount`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Serial => "serial",
            Self::Code => "code",
            Self::Label => "label",
            Self::Amount => "amount",
            Self::Percent => "percent",
            Self::Quantity => "quantity",
            Self::Date => "date",
            Self::Text => "text",
            Self::Note => "note",
            Self::Blank => "blank",
        }
    }
}

/// Which stage of the money's way a field speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// 年初预算
    Initial,
    /// 调整 (增加, 减少)
    Adjustment,
    /// 调增, 追加
    Increase,
    /// 调减, 追减
    Decrease,
    /// 调整后预算, 全年预算数
    Adjusted,
    /// 支出, 执行数, 决算数
    Executed,
    /// 结转, 结余
    CarriedOver,
    /// 上年结转
    CarriedIn,
    /// 预算数, without a word on whether before or after adjustment.
    Budget,
}

/// A column of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Field {
    /// The sheet's column.
    pub column: u32,
    /// The header from top to bottom, merged cells repeated: [账面数, 原值].
    pub path: Vec<String>,
    /// The header's last word, or the path joined where that alone says nothing.
    pub label: String,
    /// What it holds.
    pub role: FieldRole,
    /// Its unit, where the header or the table says one.
    pub unit: Option<Unit>,
    /// Decimals its figures print with, where a cell's own format says nothing.
    pub decimals: u32,
    /// The field of the table kind (`paid`), where the kind is known.
    pub id: Option<String>,
    /// The stage of money.
    pub stage: Option<Stage>,
    /// The year it speaks of, where other than the table's.
    pub year: Option<i32>,
    /// A percentage typed as a plain number: 98.5 under 完成预算% is 0.985.
    pub hundredths: bool,
    /// The letter, or number, by which the sheet's own 公式 or 栏次 line calls the column.
    pub symbol: Option<String>,
    /// What that line says the column is: B+C.
    pub formula: Option<String>,
    /// What its header means.
    pub reading: Reading,
    /// What its header's words say of its arithmetic.
    pub says: HeaderWords,
}

/// What the words of a header say of the arithmetic of its column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "words that are there or not, each by itself")]
pub struct HeaderWords {
    /// It adds up other columns: 合计.
    pub total: bool,
    /// It, or one above, begins with 其中.
    pub of_which: bool,
    /// It does not add up over lines: a price, an average, a rank.
    pub not_additive: bool,
    /// It, or its measure, speaks of what does not come whole: an area, a weight, a length.
    pub measured: bool,
    /// It counts things one by one: 人数, 台数.
    pub counted: bool,
    /// It is of one month or quarter: 3月, 第二季度.
    pub of_month: bool,
}

impl Field {
    /// Whether it holds figures of a measure.
    pub fn is_of(&self, measure: Measure) -> bool {
        self.role.is_figure() && self.reading.measure.is_some_and(|facet| facet.value == measure)
    }

    /// Whether it holds the points of indicators (分值, 得分), given and not measured: 9 points are 9.
    pub fn is_of_points(&self) -> bool {
        self.is_of(Measure::Weight) || self.is_of(Measure::Score)
    }

    /// Whether it counts things, which come whole: 台, 人, 批次; not areas, weights or lengths.
    #[must_use]
    pub fn counts_things(&self) -> bool {
        let measured = matches!(&self.unit, Some(unit) if !matches!(unit, Unit::Other(_)));
        self.role == FieldRole::Quantity && !measured && !self.says.measured
    }

    /// Whether it counts whole things (数量, 人数, 台数): 12 printers are 12, not 11.5 to 12.5.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.role == FieldRole::Quantity && self.says.counted
    }
}

/// What kind of total a label announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TotalWord {
    /// 小计, subtotal
    Subtotal,
    /// 合计, 共计, total
    Total,
    /// 总计, 累计, grand total
    Grand,
}

/// What a row is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineRole {
    /// A thing of its own.
    #[default]
    Item,
    /// 小计, or an item with parts listed.
    Subtotal,
    /// 合计, 总计
    Total,
    /// 其中 and what follows under it: part of the line above, not added to the total again.
    OfWhich,
    /// A heading inside the table, without figures.
    Section,
    /// A repeated header, 续表.
    Header,
    /// 注, 填表人 and the like.
    Note,
    /// No content.
    Blank,
}

impl LineRole {
    /// Whether the row may hold figures of the table.
    pub fn is_data(self) -> bool {
        matches!(self, Self::Item | Self::Subtotal | Self::Total | Self::OfWhich)
    }

    /// The word for it in data: `subtotal`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Subtotal => "subtotal",
            Self::Total => "total",
            Self::OfWhich => "of_which",
            Self::Section => "section",
            Self::Header => "header",
            Self::Note => "note",
            Self::Blank => "blank",
        }
    }
}

/// A row of a table, in one side-by-side block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// The sheet's row.
    pub row: u32,
    /// Its name, trimmed, numbering kept.
    pub label: String,
    /// The name without numbering, spaces and 其中, for matching.
    pub name: String,
    /// Where the name stands.
    pub label_cell: Option<CellRef>,
    /// Its code (2080505), where it has one.
    pub code: Option<String>,
    /// Depth in the row tree; 0 is outermost.
    pub level: u16,
    /// What it is.
    pub role: LineRole,
    /// The total that its label announces.
    pub total: Option<TotalWord>,
    /// Its label begins with 其中.
    pub of_which: bool,
    /// The line it is part of, an index into [`Table::lines`].
    pub parent: Option<u32>,
    /// The unit its label names (房屋（平方米）), where one.
    pub unit: Option<Unit>,
    /// Numbering in front of the name or in the serial column.
    pub numbering: Option<super::words::Numbering>,
    /// Indent in half-width steps: leading spaces, alignment, outline.
    pub indent: u32,
    /// Bold.
    pub bold: bool,
    /// The letter by which the sheet's own 公式 or 行次 column calls the row.
    pub symbol: Option<String>,
    /// What that column says the row is: B+C.
    pub formula: Option<String>,
    /// What its label means, and what a cell merged over it or a heading above adds; tables of very many lines have none.
    pub reading: Option<Box<Reading>>,
}

impl Line {
    /// What the line is within its table.
    pub fn item(&self, names: &Names) -> Item {
        match (&self.code, &self.reading) {
            (Some(code), _) if code.len() >= 3 => Item::Code(code.clone()),
            (_, Some(reading)) if reading.name.is_empty() => match &reading.of {
                Some(of) => Item::Named(names.key(of).name),
                None => Item::Whole,
            },
            _ => Item::Named(names.key(&self.name).name),
        }
    }
}

/// A table: its place, its meaning, its columns and its rows.
///
/// Tables side by side that share their rows (收入 | 支出) are two tables here, so that a table has one label column tree.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Index in [`super::Packet::tables`].
    pub id: u32,
    /// Index in [`super::Packet::files`].
    pub file: u32,
    /// Index in the workbook's sheets.
    pub sheet: u32,
    /// From title or header to the last row.
    pub range: Range,
    /// Its title.
    pub title: Option<String>,
    /// The header's rows on the sheet, first and last; `None` for a table without header.
    pub header: Option<(u32, u32)>,
    /// The unit of its money.
    pub unit: Option<Unit>,
    /// Where the unit was read.
    pub unit_cell: Option<CellRef>,
    /// The year it speaks of.
    pub year: Option<i32>,
    /// Whose table it is.
    pub entity: Option<String>,
    /// The table kind (`expenditure`).
    pub kind: Option<String>,
    /// Which draft of a packet it is from (一稿, 二稿).
    pub draft: Option<String>,
    /// The project that the whole table is about, as a self-evaluation form names it.
    pub project: Option<String>,
    /// What its title, the sheet's name and the file's mean.
    pub reading: Reading,
    /// Columns, left to right.
    pub fields: Vec<Field>,
    /// Rows, top to bottom.
    pub lines: Vec<Line>,
    /// Figures of a form that the words left of them name: 预算数 | 5054.40 | 实际支出 | 4990.00.
    pub beside: Vec<Beside>,
    /// Its whole numbers were rounded, each by itself, to fives.
    pub fives: bool,
    /// Its figures were added up as they stand, none was rounded: all its sums but those of one cell tie to the last digit.
    pub unrounded: bool,
    /// How the parts were recognized, for `inspect`.
    pub evidence: Vec<String>,
}

/// A figure of a form and what the words left of it mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beside {
    /// Its line, an index into [`Table::lines`].
    pub line: u32,
    /// The sheet's column.
    pub column: u32,
    /// What the words say.
    pub reading: Reading,
}

/// What `evidence` says of a unit that no text states and the figures of other tables show.
pub(crate) const UNIT_OF_FIGURES: &str = "unit shown by figures that other tables repeat";

impl Table {
    /// Whether it lists money month by month beside a column for all of them.
    #[must_use]
    pub fn has_months(&self) -> bool {
        let months = |of_month: bool| {
            self.fields
                .iter()
                .filter(|field| field.role == FieldRole::Amount && field.says.of_month == of_month)
                .count()
        };
        months(true) >= 2 && months(false) >= 1
    }

    /// Whether no text states the unit: other tables' figures show it.
    pub(crate) fn unit_is_guessed(&self) -> bool {
        self.evidence.iter().any(|said| said == UNIT_OF_FIGURES)
    }

    /// The only column of figures of a measure: where each level has its own, none is the table's.
    pub fn only(&self, measure: Measure) -> Option<&Field> {
        let mut fields = self.fields.iter().filter(|field| field.is_of(measure));
        fields.next().filter(|_| fields.next().is_none())
    }

    /// The field at a sheet's column.
    pub fn field_at(&self, column: u32) -> Option<&Field> {
        // Fields are in the sheet's order, and mostly without gaps.
        let guess = column.checked_sub(self.fields.first()?.column)? as usize;
        if let Some(field) = self.fields.get(guess).filter(|field| field.column == column) {
            return Some(field);
        }
        self.fields
            .binary_search_by_key(&column, |field| field.column)
            .ok()
            .map(|at| &self.fields[at])
    }

    /// The index of the line at a sheet's row.
    pub fn line_index(&self, row: u32) -> Option<usize> {
        // Lines are in the sheet's order, and mostly without gaps.
        let guess = row.checked_sub(self.lines.first()?.row)? as usize;
        if self.lines.get(guess).is_some_and(|line| line.row == row) {
            return Some(guess);
        }
        self.lines.binary_search_by_key(&row, |line| line.row).ok()
    }

    /// The line at a sheet's row.
    pub fn line_at(&self, row: u32) -> Option<&Line> {
        self.line_index(row).map(|at| &self.lines[at])
    }

    /// The columns that hold figures.
    pub fn figure_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.role.is_figure())
    }

    /// Indexes of the direct parts of a line.
    pub fn children(&self, line: usize) -> impl Iterator<Item = usize> + '_ {
        self.lines
            .iter()
            .enumerate()
            .filter(move |(_, child)| child.parent == Some(line as u32))
            .map(|(index, _)| index)
    }
}
