//! What speaks for and against a check that does not hold, and whether its failure may be told as an error.
//!
//! A check is a claim: this cell is these cells with these signs. That it fails says only that the cell is wrong or that the
//! claim is. Which of the two is weighed in `relate::belief`; here is what the weighing found, for whoever prints it.

use super::finding::{Text, many};
use super::place::Place;
use crate::number::Decimal;

/// What speaks for a claim's exact set of cells. Witnesses of one [`Source`] are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witness {
    /// A word: 合计 over or under the list, 其中, 净值.
    Word,
    /// All lines that the total closes or opens (all columns of its group) are its parts or stand under them by every mark: no
    /// other reading is left.
    Sole,
    /// Indents.
    Indents,
    /// Numbering: 一、 over （一）.
    Numbering,
    /// Codes: 208 over 20805.
    Codes,
    /// Groups of the header.
    Header,
    /// Declared for the table kind, between tables, or by the user.
    Declared,
    /// Formulas of other cells in the same pattern.
    Formulas,
    /// The same cells along other lines or columns tie.
    Numbers {
        /// In how many they do.
        holds: u32,
        /// In how many they do not.
        fails: u32,
    },
    /// It was mined, and weighed in bits against all that might tie by accident.
    Mined,
    /// Other lists of the table, read in the same way, add up.
    Alike {
        /// How many do.
        holds: u32,
        /// How many do not.
        fails: u32,
    },
}

/// Where a witness has it from: two of one source are no two witnesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are those of the witnesses")]
pub enum Source {
    Words,
    Form,
    Indents,
    Numbering,
    Codes,
    Header,
    Declared,
    Formulas,
    Numbers,
    Mined,
    Alike,
}

impl Witness {
    /// Where it has it from.
    pub fn source(&self) -> Source {
        match self {
            Self::Word => Source::Words,
            Self::Sole => Source::Form,
            Self::Indents => Source::Indents,
            Self::Numbering => Source::Numbering,
            Self::Codes => Source::Codes,
            Self::Header => Source::Header,
            Self::Declared => Source::Declared,
            Self::Formulas => Source::Formulas,
            Self::Numbers { .. } => Source::Numbers,
            Self::Mined => Source::Mined,
            Self::Alike { .. } => Source::Alike,
        }
    }

    /// Whether it is more than words and forms about this one list: an error needs one such witness.
    pub fn is_grounded(&self) -> bool {
        matches!(
            self.source(),
            Source::Form | Source::Declared | Source::Formulas | Source::Numbers | Source::Alike
        )
    }

    /// For people.
    pub fn text(&self) -> Text {
        match self {
            Self::Word => Text::new(
                "名称说明这是合计或派生数",
                "its name says that it is a total or a derived figure",
            ),
            Self::Sole => Text::new(
                "合计首尾相接，缩进、编号、编码、表头都没有其他读法",
                "the total closes the list, and no mark leaves another reading",
            ),
            Self::Indents => {
                Text::new("缩进表明这些行是它的下级", "indents say that these lines are under it")
            }
            Self::Numbering => Text::new(
                "编号表明这些行是它的下级",
                "numbering says that these lines are under it",
            ),
            Self::Codes => {
                Text::new("科目编码表明这些行是它的下级", "codes say that these lines are under it")
            }
            Self::Header => Text::new(
                "表头分组表明这些列是它的分项",
                "the header's groups say that these columns are its parts",
            ),
            Self::Declared => {
                Text::new("表种或用户规则规定", "declared for the kind of table, or by the user")
            }
            Self::Formulas => {
                Text::new("同类单元格的公式这样计算", "formulas of like cells calculate it so")
            }
            Self::Numbers { holds, fails } => Text::new(
                format!("同一关系在其他 {holds} 处成立，{fails} 处不成立"),
                format!(
                    "the same cells tie in {} and fail in {fails}",
                    many(*holds, "other place")
                ),
            ),
            Self::Mined => Text::new(
                "按有效位数衡量，其他各处相符不会是巧合",
                "by the digits of the figures, that it ties elsewhere is no accident",
            ),
            Self::Alike { holds, fails } => Text::new(
                format!("本表同样读法的其他各项 {holds} 处成立，{fails} 处不成立"),
                format!(
                    "other lists of the table read so tie in {} and fail in {fails}",
                    many(*holds, "place")
                ),
            ),
        }
    }
}

/// What speaks against a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// The cell's own formula adds up other cells, and holds.
    Formula,
    /// Another reading ties to the last digit at this very cell.
    Rival {
        /// Its parts.
        parts: Vec<Place>,
    },
    /// Figures left out of the claim make up the difference to the last digit.
    LeftOut {
        /// They.
        cells: Vec<Place>,
    },
    /// Figures that the claim counts though they stand under another part make up the difference to the last digit.
    CountedTwice {
        /// They.
        cells: Vec<Place>,
    },
    /// Indents, numbering or codes say otherwise.
    Structure,
    /// The column or line holds no amounts that add up: rates, prices, years, numbers of lines.
    NoAmount,
    /// Over a negative base both signs are in use.
    NegativeBase,
    /// The rates of this line are written with fewer digits than those of other lines, and with so many it ties.
    Coarse,
    /// The whole is what is left of several that partly cancel out: a part of it may be more.
    Net,
    /// What is missing here is too much in the parts, to the last digit: lines are counted one level up.
    CountedAbove {
        /// The parts whose own lists are too long.
        cells: Vec<Place>,
    },
    /// A cell that other lines fill was left blank, and is what is missing.
    LeftBlank {
        /// The blank.
        cell: Place,
        /// What the equality makes it.
        value: Decimal,
    },
    /// Another check of the same cell, off by the same, is told.
    SaidBefore,
    /// Every column of this line adds up by itself over its own parts: what is off is in them.
    Carried,
    /// Parts that are off from their own lists by just what is off here.
    PartsOff {
        /// They.
        cells: Vec<Place>,
    },
    /// The difference is points that the words of the form name, or that such forms give to carrying out the budget.
    InWords {
        /// How many.
        points: Decimal,
    },
    /// Parts that were not published: what is missing may be theirs.
    Withheld {
        /// They.
        cells: Vec<Place>,
    },
    /// The parts come to just twice what is stated: their own totals, or a second breakdown, are among them.
    Doubled,
    /// Several parts are more than what is stated, and none is less than nothing.
    BelowParts,
    /// A line that no word calls the whole states its own share, and not as all: the share is of something larger.
    Beyond,
    /// In more places than not, the claim does not hold.
    MostlyFails {
        /// How many hold.
        holds: u32,
        /// How many do not.
        fails: u32,
    },
}

impl Objection {
    /// The cells that it names.
    pub fn cells(&self) -> &[Place] {
        match self {
            Self::Rival { parts: cells }
            | Self::LeftOut { cells }
            | Self::CountedTwice { cells }
            | Self::PartsOff { cells }
            | Self::Withheld { cells }
            | Self::CountedAbove { cells } => cells,
            _ => &[],
        }
    }

    /// For people.
    pub fn text(&self) -> Text {
        let named = |cells: &[Place]| {
            let mut names: Vec<String> =
                cells.iter().take(4).map(|place| place.cell.to_string()).collect();
            if cells.len() > 4 {
                names.push("…".to_owned());
            }
            names.join(" + ")
        };
        match self {
            Self::Formula => Text::new(
                "单元格自己的公式按另一些单元格计算，并且相符",
                "the cell's own formula adds up other cells, and holds",
            ),
            Self::Rival { parts } => Text::new(
                format!("另一种读法恰好相符：{}", named(parts)),
                format!("another reading ties: {}", named(parts)),
            ),
            Self::LeftOut { cells } => Text::new(
                format!("差额恰好是未计入的 {}", named(cells)),
                format!("the difference is what was left out: {}", named(cells)),
            ),
            Self::CountedTwice { cells } => Text::new(
                format!("差额恰好是可能重复计入的 {}", named(cells)),
                format!("the difference is what may be counted twice: {}", named(cells)),
            ),
            Self::Structure => Text::new(
                "缩进、编号或编码表明的层次与此不同",
                "indents, numbering or codes say otherwise",
            ),
            Self::NoAmount => Text::new(
                "这一列（行）不像可以相加的金额",
                "this column or line does not look like amounts that add up",
            ),
            Self::NegativeBase => Text::new(
                "基数为负，增减率的正负号两种写法都在用",
                "over a negative base both signs are in use",
            ),
            Self::Net => Text::new(
                "上级是收支相抵后的净额，其中数可以大于它",
                "the whole is a net figure, of which a part may be more",
            ),
            Self::Coarse => Text::new(
                "这一行的比率写的位数较少，按所写的位数四舍五入相符",
                "the rates of this line are written with fewer digits, and with so many it ties",
            ),
            Self::CountedAbove { cells } => Text::new(
                format!("上级的差额恰好等于下级 {} 多列的数，可能有的行按上级统计", named(cells)),
                format!(
                    "the gap is what {} list too much: some lines may be counted one level up",
                    named(cells)
                ),
            ),
            Self::LeftBlank { cell, value } => Text::new(
                format!("{} 空白，可能漏填（按其余各数应为 {}）", cell.cell, value.normalize()),
                format!(
                    "{} is blank and may have been left out (by the other figures {})",
                    cell.cell,
                    value.normalize()
                ),
            ),
            Self::SaidBefore => Text::new(
                "同一单元格的同一差额已由另一项核对指出",
                "another check of the same cell tells the same difference",
            ),
            Self::Carried => Text::new(
                "这一行各列与其分项之和均相符，差额在分项行，不在这一行",
                "each column of this line is the sum of its parts: the difference is in these",
            ),
            Self::PartsOff { cells } => Text::new(
                format!("本数与其自身各行之和相符，差额恰好是 {} 与其各行之和的差额", named(cells)),
                format!(
                    "it is the sum of its own lines; the difference is that of {}",
                    named(cells)
                ),
            ),
            Self::InWords { points } => Text::new(
                format!("差额恰好是预算执行等另行计分的 {} 分", points.normalize()),
                format!(
                    "the difference is the {} points given elsewhere, as to carrying out the budget",
                    points.normalize()
                ),
            ),
            Self::Withheld { cells } => Text::new(
                format!("分项 {} 未公布，差额可能就是它们", named(cells)),
                format!("the parts {} were not published: the gap may be theirs", named(cells)),
            ),
            Self::Doubled => Text::new(
                "各分项之和恰好是本数的两倍：分项中可能含有小计或另一种分类",
                "the parts come to just twice the figure: their own totals or a second breakdown may be among them",
            ),
            Self::BelowParts => Text::new(
                "有两项以上的分项各自大于本数，而没有负数：它不像是这些行的合计",
                "several parts are each more than the figure and none is negative: it is no total of these",
            ),
            Self::Beyond => Text::new(
                "这一行没有写明是合计：它自己的占比可能以表外更大的数为全体",
                "no word calls this line the whole: its own share may be of something larger outside the table",
            ),
            Self::MostlyFails { holds, fails } => Text::new(
                format!("同一关系在本表 {holds} 处成立、{fails} 处不成立"),
                format!("it holds in {} of the table and fails in {fails}", many(*holds, "place")),
            ),
        }
    }
}

/// A check that does not hold, weighed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claim {
    /// What speaks for its cells.
    pub witnesses: Vec<Witness>,
    /// What speaks against them.
    pub against: Vec<Objection>,
    /// Why its failure is no error but 未能核对; `None` where it is told.
    pub doubt: Option<Text>,
}
