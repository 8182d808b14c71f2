//! Findings that a person has explained: they stay in every report, and no longer count.

use serde::Deserialize;

/// Why a finding may stand, by a person's word.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    /// The fingerprint of the finding.
    pub finding: String,
    /// Why; never empty.
    pub reason: String,
    /// Who said so.
    #[serde(default)]
    pub by: Option<String>,
    /// When, as it was written.
    #[serde(default)]
    pub on: Option<String>,
    /// The numbers that the finding spoke of then: with others it is another finding, and the explanation lapses.
    #[serde(default)]
    pub numbers: Option<String>,
}

impl Suppression {
    /// The reason with who and when, on one line.
    pub fn told(&self) -> String {
        let signed: Vec<&str> = self.by.iter().chain(&self.on).map(String::as_str).collect();
        match signed.as_slice() {
            [] => self.reason.clone(),
            signed => format!("{} ({})", self.reason, signed.join(", ")),
        }
    }
}
