//! What is worth a person's time.

use super::place::Place;
use super::rule::Severity;
use crate::number::Decimal;

/// A sentence in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// Both languages.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        let (mut zh, mut en) = (zh.into(), en.into());
        // A file may have very many of them, and what is formatted has half as much room again.
        zh.shrink_to_fit();
        en.shrink_to_fit();
        Self { zh, en }
    }

    /// The sentence in one language.
    pub fn get(&self, language: super::Language) -> &str {
        match language {
            super::Language::Zh => &self.zh,
            super::Language::En => &self.en,
        }
    }
}

/// `1 file`, `2 files`: for English sentences.
pub fn many(count: impl TryInto<u64>, one: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

/// One thing found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule's code.
    pub rule: String,
    /// How grave.
    pub severity: Severity,
    /// The failing check: its relation and its ordinal there. `None` for what is not arithmetic.
    pub check: Option<(u32, u32)>,
    /// The cell; `None` for a whole file or packet.
    pub place: Option<Place>,
    /// The file, where the finding is about a file as a whole.
    pub file: Option<u32>,
    /// Cells that belong to it: explained ones, targets of failures that follow from this one.
    pub related: Vec<Place>,
    /// Those of them that are wrong only because of it.
    pub consequences: Vec<Place>,
    /// What is wrong.
    pub message: Text,
    /// Likely causes, best first.
    pub diagnoses: Vec<Diagnosis>,
    /// The matter that it is told under: an index into [`super::Report::matters`].
    pub matter: Option<u32>,
    /// Whether a second reader sees the same values in the cells of its check; `None` where none could look.
    pub read_twice: Option<ReadTwice>,
}

/// What a second, independent reader of the file says of the cells of a finding.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ReadTwice {
    /// The same values.
    Agree,
    /// Other values: the finding is told as a remark.
    Differ,
}

/// One cause with all that it explains: what screen, page, copy and working paper tell as one.
#[derive(Clone, Debug, PartialEq)]
pub struct Matter {
    /// That of its gravest finding.
    pub severity: Severity,
    /// What is wrong, in one sentence.
    pub text: Text,
    /// The cell to look at first.
    pub place: Option<Place>,
    /// What would have to change, where that could be told.
    pub changes: Vec<Change>,
    /// Its findings, as indexes into [`super::Report::findings`]; the one that tells of it first.
    pub findings: Vec<u32>,
    /// Cells that are wrong only because of it.
    pub consequences: Vec<Place>,
    /// How many explanations do as well, this one included: one where it is asserted.
    pub one_of: u32,
}

/// What seems to have been done to a stated value, by the name of the cause that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct DiagnosisKind(&'static str);

#[expect(missing_docs, non_upper_case_globals, reason = "the kinds that others ask for by name")]
impl DiagnosisKind {
    pub const Omitted: Self = Self("omitted");
    pub const Misplaced: Self = Self("misplaced");
    pub const Exchanged: Self = Self("exchanged");
    pub const Unexplained: Self = Self("unexplained");
}

impl DiagnosisKind {
    /// The kind of that name: a cause is named in its own file.
    pub const fn named(name: &'static str) -> Self {
        Self(name)
    }

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl schemars::JsonSchema for DiagnosisKind {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DiagnosisKind".into()
    }

    /// The names are added by whoever knows all causes.
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "What seems to have been done to a stated value.",
            "type": "string",
            "enum": [],
        })
    }
}

/// A cell and the value that would make it tie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The cell.
    pub place: Place,
    /// The value, in the cell's own unit; a fraction for percentages.
    pub value: Decimal,
}

/// One explanation: changes that would make the figures tie.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// What seems to have happened.
    pub kind: DiagnosisKind,
    /// One cell, or the same row in two columns; empty where nothing need change (scope).
    pub changes: Vec<Change>,
    /// In words, as 疑似.
    pub text: Text,
    /// Failing checks that the changes mend.
    pub repairs: u32,
    /// Holding checks that they would break.
    pub breaks: u32,
    /// Other explanations that repair as many.
    pub rivals: u32,
    /// Those of them that are about as likely; with none the changes are asserted.
    pub equals: u32,
    /// The changes that every equally good explanation shares: all where there is only one.
    pub asserted: Vec<Change>,
}
