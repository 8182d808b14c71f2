//! How a house wants its working papers: its name, the order and the names of sheets, marks, words, colours and fonts.
//!
//! A section `[paper]` of the rulebook holds it; what it does not say stays as the default layout has it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A sheet of the working paper, or a kind of sheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "named in settings and explained by the sheets themselves")]
pub enum PaperSheet {
    Cover,
    Index,
    Overview,
    Checks,
    Differences,
    Feedback,
    /// One a table that is checked.
    Lead,
    Between,
    Money,
    Projects,
    Assets,
    Targets,
    Vouchers,
    Drafts,
    Coverage,
    Rules,
    /// One a table.
    Tables,
}

impl PaperSheet {
    /// Whether a house may do without it: no other sheet refers to it.
    pub fn may_be_left_out(self) -> bool {
        !matches!(
            self,
            Self::Overview
                | Self::Checks
                | Self::Differences
                | Self::Money
                | Self::Coverage
                | Self::Rules
                | Self::Tables
        )
    }
}

/// What a house wants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct House {
    /// The firm, on the cover and in every header.
    pub firm: Option<String>,
    /// A picture (png, jpeg) for the cover: its path beside the settings.
    pub logo: Option<String>,
    /// Sheets in this order; those not named come after, in the usual one.
    pub order: Vec<PaperSheet>,
    /// Sheets that are left out.
    pub without: Vec<PaperSheet>,
    /// Other names of sheets.
    pub names: BTreeMap<PaperSheet, String>,
    /// Marks.
    pub marks: Marks,
    /// Phrases.
    pub words: Phrases,
    /// Colours as `FCE0C5`.
    pub colours: Colours,
    /// Fonts, which are named and never shipped.
    pub fonts: Fonts,
}

/// The marks of a working paper, which differ by house.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names of verdicts and of what was added up")]
pub struct Marks {
    pub holds: String,
    pub rounding: String,
    pub fails: String,
    pub unverifiable: String,
    pub not_applicable: String,
    /// A column adds up.
    pub down: String,
    /// A row adds up.
    pub across: String,
    /// Recomputed within the table: a rate, a product, an average.
    pub recomputed: String,
    /// Agrees with another table.
    pub between: String,
}

impl Default for Marks {
    fn default() -> Self {
        let of = str::to_owned;
        Self {
            holds: of("✓"),
            rounding: of("※"),
            fails: of("≠"),
            unverifiable: of("？"),
            not_applicable: of("○"),
            down: of("∧"),
            across: of("‹"),
            recomputed: of("∑"),
            between: of("表"),
        }
    }
}

/// Phrases that a house words in its own way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Phrases {
    /// The title on cover and overview.
    pub title: Option<String>,
    /// The title of the letter to the unit.
    pub letter_title: Option<String>,
    /// Its first lines.
    pub letter_opening: Option<String>,
    /// What ends a point that must be corrected.
    pub correct: Option<String>,
    /// What ends a point that must be explained.
    pub explain: Option<String>,
    /// What ends a remark.
    pub note: Option<String>,
}

/// Colours as six hexadecimal digits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "what each colours is said in docs/own-rules.md")]
pub struct Colours {
    pub ink: Option<String>,
    pub heading: Option<String>,
    pub wrong: Option<String>,
    pub doubtful: Option<String>,
    pub total: Option<String>,
}

impl Colours {
    /// Those that are no colour.
    pub fn unreadable(&self) -> Vec<&str> {
        [&self.ink, &self.heading, &self.wrong, &self.doubtful, &self.total]
            .into_iter()
            .flatten()
            .filter(|colour| rgb(colour).is_none())
            .map(String::as_str)
            .collect()
    }
}

/// `FCE0C5` or `#FCE0C5` as a number.
pub fn rgb(colour: &str) -> Option<u32> {
    let digits = colour.trim().trim_start_matches('#');
    (digits.len() == 6).then(|| u32::from_str_radix(digits, 16).ok())?
}

/// Fonts by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "what each is for is said in docs/own-rules.md")]
pub struct Fonts {
    pub title: Option<String>,
    pub heading: Option<String>,
    pub body: Option<String>,
    pub figures: Option<String>,
}
