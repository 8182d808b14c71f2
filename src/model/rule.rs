//! Rules as the catalogue lists them.

use super::{Language, Text};

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
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleCard {
    /// T01
    #[serde(skip)]
    pub code: String,
    /// Named for what is wrong: total-not-sum.
    pub name: String,
    /// How grave, unless the relation says otherwise.
    pub severity: Severity,
    /// Where the rule comes from.
    pub source: String,
    /// In Chinese.
    pub zh: RuleText,
    /// In English.
    pub en: RuleText,
    /// What can raise it, never empty in a rulebook: a card that nothing raises promises a check that is not made.
    #[serde(skip)]
    pub raised_by: Vec<RaisedBy>,
}

/// What is said of a rule in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    /// 合计不等于分项之和
    pub title: String,
    /// Where the rule comes from, for people, where the card's own source is in the other language.
    #[serde(default)]
    pub source: String,
    /// What it checks.
    pub checks: String,
    /// An example.
    pub example: String,
    /// What to do.
    pub remedy: String,
}

impl RuleCard {
    fn said(&self, language: Language) -> &RuleText {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }

    /// What is wrong, in a few words.
    pub fn title(&self, language: Language) -> &str {
        &self.said(language).title
    }

    /// The same in both languages.
    pub fn titles(&self) -> Text {
        Text::new(&*self.zh.title, &*self.en.title)
    }

    /// Where the rule comes from, for people.
    pub fn basis(&self, language: Language) -> &str {
        match language {
            Language::Zh if !self.zh.source.is_empty() => &self.zh.source,
            _ => &self.source,
        }
    }

    /// What it checks, an example, what to do, as far as it is said: Markdown with a heading each.
    pub fn docs(&self, language: Language) -> String {
        let RuleText { checks, example, remedy, .. } = self.said(language);
        let sections: Vec<String> = [
            (Text::new("核对什么", "What it checks"), checks),
            (Text::new("例", "Example"), example),
            (Text::new("怎么办", "What to do"), remedy),
        ]
        .iter()
        .filter(|(_, said)| !said.is_empty())
        .map(|(heading, said)| format!("## {}\n{said}\n", heading.get(language)))
        .collect();
        sections.join("\n")
    }
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
