//! The forms of relations that are code, as `schemas/forms.toml` tells of them.

use serde::Deserialize;

use crate::model::Text;

/// A form as the file holds it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Its name: `lines-sum`.
    #[serde(skip)]
    pub id: String,
    /// The codes that it raises, unless a kind has a code of its own for them.
    pub codes: Vec<String>,
    /// Where it is.
    pub file: String,
    pub(super) zh: String,
    pub(super) en: String,
}

impl Form {
    /// What it asserts.
    pub fn text(&self) -> Text {
        Text::new(&*self.zh, &*self.en)
    }
}
