//! What a figure means: which quantity, of which stage of the money, whose, of which year, of which part.
//!
//! A [`Reading`] is what one text says (a title, a header, the label of a line); the [`Meaning`] of a figure is put together
//! from the readings of its line, its field and its table, nearest first. Each facet remembers where it was read and how
//! sure that is, so that what is guessed asks and never alarms.

use super::names::Names;
use super::packet::Packet;
use super::place::Place;
use super::table::{Field, FieldRole, Line, Stage, Table};

/// Where a facet was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReadFrom {
    /// The label of the figure's own line.
    Line,
    /// A cell left of it that is merged over several lines, or a heading line above.
    Above,
    /// The header of its column.
    Header,
    /// The table's title.
    Title,
    /// The name of the sheet.
    Sheet,
    /// The name of the file or its folder.
    File,
    /// The table's other columns: 预算数 beside 支出数.
    Neighbour,
    /// The packet's other tables.
    Packet,
}

/// How sure a facet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sureness {
    /// By what is usual.
    Guessed,
    /// The words say it, and could say another thing.
    Likely,
    /// The words say it and nothing else.
    Sure,
}

/// A value, where it was read and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Facet<T> {
    /// What was read.
    pub value: T,
    /// Where.
    pub source: ReadFrom,
    /// How sure.
    pub sure: Sureness,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Money, of a stage or not.
    Money,
    /// 率, 占比, 增减%
    Rate,
    /// 增减额 against another year: no stage of the money's way.
    Comparison,
    /// 原值
    AssetValue,
    /// 累计折旧
    Depreciation,
    /// 净值
    NetValue,
    /// 数量, 面积
    Quantity,
    /// 单价, 人均
    Price,
    /// 分值, 权重
    Weight,
    /// 得分
    Score,
    /// 借方
    Debit,
    /// 贷方
    Credit,
    /// 余额 of an account.
    Balance,
}

/// Money that comes in or goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// 收入
    Income,
    /// 支出
    Expenditure,
}

/// What the money is for, where a table speaks of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// 基本支出
    Basic,
    /// 项目支出
    Project,
    /// 人员经费
    Staff,
    /// 公用经费
    Operating,
    /// “三公”经费
    ThreePublic,
    /// 政府采购
    Procurement,
}

/// The sources of money that words narrow a figure to; none for all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Funds(u16);

impl Funds {
    /// 一般公共预算
    pub const GENERAL: Self = Self(1);
    /// 政府性基金
    pub const FUND: Self = Self(1 << 1);
    /// 国有资本经营
    pub const CAPITAL: Self = Self(1 << 2);
    /// 财政拨款
    pub const FISCAL: Self = Self(1 << 3);
    /// 财政专户
    pub const SPECIAL_ACCOUNT: Self = Self(1 << 4);
    /// 事业收入, 经营收入
    pub const OPERATION: Self = Self(1 << 5);
    /// 其他资金, 自有资金
    pub const OTHER: Self = Self(1 << 6);
    /// 本级
    pub const LOCAL: Self = Self(1 << 7);
    /// 上级专项, 转移支付
    pub const UPPER: Self = Self(1 << 8);
    /// 债券
    pub const BOND: Self = Self(1 << 9);

    /// Whether no source is named.
    pub fn is_all(self) -> bool {
        self.0 == 0
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether one says no more than the other: the same sources, or some of them.
    pub fn within(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What one text says. Made by `normalize` from words, never from whole labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Which quantity.
    pub measure: Option<Facet<Measure>>,
    /// Which stage of the money's way.
    pub stage: Option<Facet<Stage>>,
    /// The year it speaks of.
    pub year: Option<Facet<i32>>,
    /// Income or expenditure.
    pub side: Option<Facet<Side>>,
    /// The part of the money by what it is for.
    pub class: Option<Facet<Class>>,
    /// The part of the money by where it comes from.
    pub funds: Option<Facet<Funds>>,
    /// It names a total: 合计, 总计.
    pub total: bool,
    /// What is left when the words above are taken out: the name of a thing. Empty where the text is nothing but meaning.
    pub name: String,
    /// The name of the thing that a cell merged over the line, or a heading above, says the line is of.
    pub of: Option<String>,
}

impl Reading {
    /// Whether the text is made of words of meaning alone, and says anything by them.
    pub fn is_meaning_only(&self) -> bool {
        self.name.is_empty()
            && (self.stage.is_some() || self.class.is_some() || self.funds.is_some() || self.total)
    }
}

/// What a figure's line is within its table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// The whole of what its table, column and class speak of: a total line.
    Whole,
    /// A line by its code (2080505).
    Code(String),
    /// A line by its name as compared ([`super::Names::key`]).
    Named(String),
}

/// The meaning of one figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Meaning {
    /// Which quantity.
    pub measure: Option<Facet<Measure>>,
    /// Which stage; `None` where nothing says it.
    pub stage: Option<Facet<Stage>>,
    /// Which year.
    pub year: Option<Facet<i32>>,
    /// Which draft (一稿, 二稿), where files come in several.
    pub draft: Option<String>,
    /// Whose.
    pub entity: Option<String>,
    /// Income or expenditure.
    pub side: Option<Facet<Side>>,
    /// What for.
    pub class: Option<Facet<Class>>,
    /// From where.
    pub funds: Option<Facet<Funds>>,
    /// Which line.
    pub item: Item,
}

impl Meaning {
    /// How sure the whole is: as its least sure facet; guessed without a stage.
    pub fn sure(&self) -> Sureness {
        let stage = self.stage.map_or(Sureness::Guessed, |facet| facet.sure);
        [
            Some(stage),
            self.year.map(|facet| facet.sure),
            self.class.map(|facet| facet.sure),
            self.funds.map(|facet| facet.sure),
        ]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(Sureness::Guessed)
    }
}

impl Packet {
    /// What the figure of a cell means; `None` where the table has no such line or column of figures.
    pub fn meaning(&self, place: Place, table: u32) -> Option<Meaning> {
        let table = self.tables.get(table as usize)?;
        table.meaning(&self.names, table.line_index(place.cell.row)?, place.cell.column)
    }
}

impl Table {
    /// What the figure of a line (by index) and a sheet's column means.
    pub fn meaning(&self, names: &Names, line: usize, column: u32) -> Option<Meaning> {
        let item = self.lines.get(line)?.item(names);
        self.meaning_of(names, line, column, item)
    }

    /// The same for who knows already what the line is of.
    pub(super) fn meaning_of(
        &self,
        names: &Names,
        line: usize,
        column: u32,
        item: Item,
    ) -> Option<Meaning> {
        let field = self.field_at(column).filter(|field| field.role.is_figure())?;
        let own = self.lines.get(line)?;
        let (line, header, title) = (own.reading.as_deref(), &field.reading, &self.reading);
        let said = said(own);
        let class = said
            .and_then(|reading| reading.class)
            .or_else(|| {
                line.and_then(|reading| reading.class.filter(|c| c.source == ReadFrom::Above))
            })
            .or(header.class)
            .or(title.class);
        let funds = [said.and_then(|reading| reading.funds), header.funds, title.funds];
        let funds = funds.into_iter().flatten().reduce(|a, b| Facet {
            value: a.value.and(b.value),
            source: a.source,
            sure: a.sure.min(b.sure),
        });
        Some(Meaning {
            measure: header
                .measure
                .or_else(|| said.and_then(|reading| reading.measure))
                .or(title.measure),
            stage: self.stage_of(own, field),
            year: self.year_of(own, field),
            draft: self.draft.clone(),
            entity: self.entity.clone(),
            side: said.and_then(|reading| reading.side).or(header.side).or(title.side),
            class,
            funds,
            item: match item {
                Item::Whole => self.thing_of(names, own, field).unwrap_or(Item::Whole),
                item => item,
            },
        })
    }

    /// The stage of the figure of a line and a field: see [`Self::meaning`].
    pub fn stage_of(&self, line: &Line, field: &Field) -> Option<Facet<Stage>> {
        // What stands over or beside a thing's name says its stage, and so does a name that ends in one.
        let own = line.reading.as_deref().and_then(|reading| reading.stage);
        match (own, field.reading.stage) {
            // 年初预算 below 金额, 支出 below 年初预算数: the line's own words are nearer.
            (Some(line), None) => Some(line),
            (Some(line), Some(header)) if line.sure > header.sure => Some(line),
            // 追加 beside 指标金额: which part of the budget it is.
            (Some(line), Some(header))
                if (header.value == Stage::Budget || header.source == ReadFrom::Neighbour)
                    && line.source == ReadFrom::Above
                    && matches!(
                        line.value,
                        Stage::Initial | Stage::Increase | Stage::Decrease | Stage::Adjusted
                    ) =>
            {
                Some(line)
            }
            // 年末结转和结余 below 决算数 was carried over, not spent.
            (Some(line), Some(header))
                if header.value == Stage::Executed
                    && matches!(line.value, Stage::CarriedOver | Stage::CarriedIn) =>
            {
                Some(line)
            }
            (_, Some(header)) => Some(header),
            (None, None) => self.reading.stage,
        }
    }

    /// The year of the figure of a line and a field, where their words or the table's say one: see [`Self::meaning`].
    pub fn year_of(&self, line: &Line, field: &Field) -> Option<Facet<i32>> {
        let own = line.reading.as_deref();
        said(line)
            .or(own.filter(|reading| reading.stage.is_some()))
            .and_then(|reading| reading.year)
            .or(field.reading.year)
            .or(self.reading.year)
    }

    /// The thing that a column is of, where lines are stages and columns things: 年初预算数 | 农机补贴 | 畜禽防疫.
    fn thing_of(&self, names: &Names, line: &Line, field: &Field) -> Option<Item> {
        let thing = |field: &Field| {
            let reading = &field.reading;
            field.role == FieldRole::Amount
                && !reading.name.is_empty()
                && !reading.total
                && reading.stage.is_none()
                && reading.measure.is_none()
        };
        let staged = line.reading.as_deref().is_some_and(|reading| reading.stage.is_some());
        // One column of an odd name is the only one of its table; things are several.
        (staged && thing(field) && self.fields.iter().filter(|field| thing(field)).count() > 1)
            .then(|| Item::Named(names.key(&field.label).name))
    }
}

/// What a label says that is nothing but meaning. A thing's name may hold words of meaning too (供热补贴追加).
fn said(line: &Line) -> Option<&Reading> {
    line.reading.as_deref().filter(|reading| reading.name.is_empty())
}
