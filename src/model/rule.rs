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
    /// The same for people, in both languages.
    pub basis: Text,
    /// What it checks, an example, what to do.
    pub docs: Text,
    /// What can raise it, never empty in a rulebook: a card that nothing raises promises a check that is not made.
    pub raised_by: Vec<RaisedBy>,
}

/// What raises a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RaisedBy {
    /// Relations of a form that words, formulas, numbers or meanings propose: what it asserts.
    Made(Text),
    /// A rule that is no relation.
    Rule,
    /// A form in the tables of one kind, which gives it this code of its own.
    Kind(String),
    /// A declared relation, as it is written.
    Relation(String),
}

impl RaisedBy {
    /// As `gouji explain` says it.
    pub fn text(&self) -> Text {
        match self {
            Self::Made(text) => text.clone(),
            Self::Rule => Text::new("逐格检查", "a look at every cell"),
            Self::Kind(name) => {
                Text::new(format!("{name}里的此类关系"), format!("such relations in {name}"))
            }
            Self::Relation(text) => {
                Text::new(format!("声明的关系 {text}"), format!("the declared relation {text}"))
            }
        }
    }
}
