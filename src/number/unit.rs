//! Units of measure as tables declare them.

use rust_decimal::Decimal;
use std::fmt;

/// The unit that a figure is written in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// 元
    Yuan,
    /// 千元
    ThousandYuan,
    /// 万元
    TenThousandYuan,
    /// 百万元
    MillionYuan,
    /// 亿元
    HundredMillionYuan,
    /// A percentage; its values are kept as fractions.
    Percent,
    /// Anything that is not money: 个, 台, 平方米, 人, 分.
    Other(String),
}

impl Unit {
    /// Reads a unit word (万元, 人民币万元, 亿元, RMB, %). `None` when it is no unit of money or share known here.
    pub fn parse(text: &str) -> Option<Self> {
        let counts = |c: &char| !c.is_whitespace() && !"()（）：:。，,".contains(*c);
        // Most texts end as no unit does.
        if !"元整圆圓BY万萬亿億%％比".contains(text.chars().rev().find(counts)?) {
            return None;
        }
        let text: String = text.chars().filter(counts).collect();
        let text = text.trim_start_matches("人民币").trim_start_matches("人民幣");
        Some(match text {
            "元" | "人民币元" | "元整" | "圆" | "圓" | "RMB" | "CNY" => Self::Yuan,
            "千元" | "仟元" | "千圓" => Self::ThousandYuan,
            "万元" | "萬元" | "萬圓" | "万" | "萬" | "万元整" => Self::TenThousandYuan,
            "百万元" | "百萬元" => Self::MillionYuan,
            "亿元" | "億元" | "億圓" | "亿" | "億" => Self::HundredMillionYuan,
            "%" | "％" | "百分比" => Self::Percent,
            _ => return None,
        })
    }

    /// How many yuan one of this unit is; `None` when it is not money.
    pub fn yuan(&self) -> Option<Decimal> {
        Some(Decimal::from(match self {
            Self::Yuan => 1_u64,
            Self::ThousandYuan => 1_000,
            Self::TenThousandYuan => 10_000,
            Self::MillionYuan => 1_000_000,
            Self::HundredMillionYuan => 100_000_000,
            Self::Percent | Self::Other(_) => return None,
        }))
    }

    /// Whether this is a unit of money.
    pub fn is_money(&self) -> bool {
        self.yuan().is_some()
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yuan => "元",
            Self::ThousandYuan => "千元",
            Self::TenThousandYuan => "万元",
            Self::MillionYuan => "百万元",
            Self::HundredMillionYuan => "亿元",
            Self::Percent => "%",
            Self::Other(word) => word,
        })
    }
}
