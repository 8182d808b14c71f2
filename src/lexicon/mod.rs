//! The rulebook: what is known about tables before any is seen.
//!
//! One value, read once at the door and passed by reference through the stages. It is embedded from `schemas/`, and
//! extended by what a person puts beside the files: `gouji.toml`, a folder `gouji/` of the same shape as `schemas/`, or a
//! folder named on the command line. Whatever is wrong in such a file is a [`Mistake`] with its place; nothing is skipped.

mod beliefs;
mod firsts;
mod forms;
mod kinds;
mod language;
mod meanings;
mod packed;
mod read;
mod words;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::model::{House, Names, RuleCard};

use packed::Pack;

pub use beliefs::{Belief, Beliefs};
pub use forms::Form;
pub use kinds::{Declared, KindField, TableKind};
pub use language::{Formula, SyntaxError, TOTAL, Term, parse};
pub use meanings::{Meanings, Word};
pub use read::{Mistake, Source};
pub use words::{Beginnings, Difference, List, Signs, Words};

/// The files of `schemas/`, by their names there: their texts, and what these hold, packed.
const EMBEDDED: &[(&str, &str, Pack)] = include!(concat!(env!("OUT_DIR"), "/schemas.rs"));

/// What is known about tables.
#[derive(Clone, Debug)]
pub struct Rulebook {
    /// The catalogue: what every code means.
    pub cards: Arc<BTreeMap<String, RuleCard>>,
    /// Table kinds, in the order in which titles are tried.
    pub kinds: Vec<TableKind>,
    /// Relations between the tables of a packet.
    pub relations: Vec<Declared>,
    /// Differences that words announce, in the order in which they are tried.
    pub differences: Vec<Difference>,
    /// The words by which clerks say what a row or a column is: apart, since they are too many for a small stack.
    pub words: Box<Words>,
    /// The words that labels are made of, with their meanings.
    pub meanings: Meanings,
    /// How names of things are compared.
    pub names: Arc<Names>,
    /// The forms of relations that are code.
    pub forms: Vec<Form>,
    /// What it takes to be believed.
    pub beliefs: Beliefs,
    /// What a person put into it, so that it can be told whether what was done before was done by the same.
    pub own: Vec<Source>,
    /// How working papers are wanted.
    pub house: House,
    /// What is wrong in the embedded text. Whoever checks by such a rulebook says this instead.
    pub mistakes: Vec<Mistake>,
}

impl Default for Rulebook {
    /// The embedded rulebook; where its own text is wrong it knows nothing but that, and nothing is checked by it.
    fn default() -> Self {
        Self::of(&[]).unwrap_or_else(|mistakes| Self { mistakes, ..Self::empty() })
    }
}

impl Rulebook {
    /// The embedded rulebook, extended and overridden by sources, later ones last.
    ///
    /// # Errors
    /// Everything that is wrong in them.
    pub fn of(sources: &[Source]) -> Result<Self, Vec<Mistake>> {
        let embedded: Vec<Source> =
            EMBEDDED.iter().map(|(name, text, pack)| Source::embedded(name, text, *pack)).collect();
        let book = read::rulebook(embedded.iter().chain(sources))?;
        Ok(Self { own: sources.to_vec(), ..book })
    }

    /// The embedded rulebook, which a process reads once.
    pub fn ours() -> Arc<Self> {
        static OURS: LazyLock<Arc<Rulebook>> = LazyLock::new(Arc::default);
        Arc::clone(&OURS)
    }

    fn empty() -> Self {
        Self {
            cards: Arc::default(),
            kinds: Vec::new(),
            relations: Vec::new(),
            differences: Vec::new(),
            words: Box::default(),
            meanings: Meanings::default(),
            names: Arc::default(),
            forms: Vec::new(),
            beliefs: Beliefs::default(),
            own: Vec::new(),
            house: House::default(),
            mistakes: Vec::new(),
        }
    }

    /// The kind of that id.
    pub fn kind(&self, id: &str) -> Option<&TableKind> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_project_have_one_key() {
        let names = Rulebook::default().names;
        for (one, other) in [
            ("2022年公租房维修", "公共租赁住房维修项目"),
            ("柳沟经适房B区", "柳沟经济适用房Ｂ区"),
            ("疾控中心能力建设", "疾病预防控制中心能力建设经费"),
            ("（一）河湖长制经费", "河长制"),
            ("其中：农饮工程", "农村饮水"),
            ("设备维修（护）费", "设备维修维护"),
        ] {
            assert_eq!(names.key(one).name, names.key(other).name, "{one} {other}");
        }
        assert_ne!(names.key("小学改造").name, names.key("中学改造").name);
    }

    #[test]
    fn the_catalogue_is_well_formed() {
        let cards = Rulebook::default().cards;
        let mut names = std::collections::BTreeSet::new();
        for (code, card) in &*cards {
            let (family, number) = code.split_at(1);
            assert!(family.chars().all(|c| c.is_ascii_uppercase()), "{code}");
            assert!(number.len() == 2 && number.parse::<u32>().is_ok(), "{code}");
            assert!(names.insert(&card.name), "{} is the name of two rules", card.name);
            let plain = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(card.name.chars().all(plain), "{} is no kebab-case name", card.name);
            for text in [&card.source, &card.zh.title, &card.en.title] {
                assert!(!text.trim().is_empty(), "{code} leaves something unsaid");
            }
        }
    }
}
