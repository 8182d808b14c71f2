//! Rules as the catalogue lists them.

use super::Text;

/// How grave a finding is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// 提示
    Info,
    /// 核实性: may stand if explained.
    Warning,
    /// 逻辑性: must hold.
    Error,
}

impl Severity {
    /// The word that people read.
    pub fn label(self) -> Text {
        match self {
            Self::Info => Text::new("提示", "info"),
            Self::Warning => Text::new("核实", "warning"),
            Self::Error => Text::new("错误", "error"),
        }
    }
}

/// What the catalogue says of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCard {
    /// T01
    pub code: String,
    /// Named for what is wrong: total-not-sum.
    pub name: String,
    /// 合计不等于分项之和
    pub title: Text,
    /// How grave, unless the relation says otherwise.
    pub severity: Severity,
    /// Where the rule comes from.
    pub source: String,
    /// What it checks, an example, what to do.
    pub docs: Text,
}
