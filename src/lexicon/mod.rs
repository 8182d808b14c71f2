//! The rulebook: what is known about tables before any is seen.
//!
//! One value, read once at the door and passed by reference through the stages. It is embedded from `schemas/`, and
//! extended by what a person puts beside the files: `gouji.toml`, a folder `gouji/` of the same shape as `schemas/`, or a
//! folder named on the command line. Whatever is wrong in such a file is a [`Mistake`] with its place; nothing is skipped.

mod beliefs;
mod cards;
mod forms;
mod kinds;
mod language;
mod read;
mod words;

use std::collections::BTreeMap;

use crate::model::{House, RuleCard};

pub use beliefs::{Belief, Beliefs};
pub use forms::Form;
pub use kinds::{Declared, Kind, KindField};
pub use language::{Formula, SyntaxError, Term, parse};
pub use read::{Mistake, Source};
pub use words::{Difference, List, Words};

/// The files of `schemas/`, by their names there.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/schemas.rs"));

/// What is known about tables.
#[derive(Clone, Debug)]
pub struct Rulebook {
    /// The catalogue: what every code means.
    pub cards: BTreeMap<String, RuleCard>,
    /// Table kinds, in the order in which titles are tried.
    pub kinds: Vec<Kind>,
    /// Relations between the tables of a packet.
    pub relations: Vec<Declared>,
    /// Differences that words announce, in the order in which they are tried.
    pub differences: Vec<Difference>,
    /// The words by which clerks say what a row or a column is.
    pub words: Words,
    /// The forms of relations that are code.
    pub forms: Vec<Form>,
    /// What it takes to be believed.
    pub beliefs: Beliefs,
    /// What a person put into it, so that it can be told whether what was done before was done by the same.
    pub own: Vec<Source>,
    /// How working papers are wanted.
    pub house: House,
}

impl Default for Rulebook {
    /// The embedded rulebook. That its text is well-formed is a test's business, not a run's.
    fn default() -> Self {
        Self::of(&[]).unwrap_or_else(|_| Self::empty())
    }
}

impl Rulebook {
    /// The embedded rulebook, extended and overridden by sources, later ones last.
    ///
    /// # Errors
    /// Everything that is wrong in them.
    pub fn of(sources: &[Source]) -> Result<Self, Vec<Mistake>> {
        let embedded: Vec<Source> =
            EMBEDDED.iter().map(|(name, text)| Source::embedded(name, text)).collect();
        let book = read::rulebook(embedded.iter().chain(sources))?;
        Ok(Self { own: sources.to_vec(), ..book })
    }

    fn empty() -> Self {
        Self {
            cards: BTreeMap::new(),
            kinds: Vec::new(),
            relations: Vec::new(),
            differences: Vec::new(),
            words: Words::default(),
            forms: Vec::new(),
            beliefs: Beliefs::default(),
            own: Vec::new(),
            house: House::default(),
        }
    }

    /// The kind of that id.
    pub fn kind(&self, id: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.id == id)
    }

    /// The codes that a beginning of a code stands for: `T` for all of its family.
    pub fn codes<'a>(&'a self, beginning: &'a str) -> impl Iterator<Item = &'a str> {
        self.cards.keys().map(String::as_str).filter(move |code| code.starts_with(beginning))
    }

    /// What somebody who wrote this code may have meant, likeliest first.
    pub fn nearest(&self, code: &str) -> Vec<&str> {
        read::nearest(code, self.cards.iter().flat_map(|(code, card)| [code, &card.name]))
            .into_iter()
            .filter_map(|found| {
                let named = |card: &&RuleCard| card.code == found || card.name == found;
                self.cards.values().find(named).map(|card| card.code.as_str())
            })
            .collect()
    }
}
