//! The words by which clerks say what a row or a column is, in lists that have names.
//!
//! Words are compared with keys: text without spaces, in one width, lower case (`model::words::key`).

use std::ops::Deref;

use serde::Deserialize;

use crate::model::words::key;

/// A list of words, as keys.
#[derive(Clone, Debug, Default)]
pub struct List(Vec<String>);

impl List {
    /// Whether a key is one of the words.
    pub fn has(&self, key: &str) -> bool {
        self.0.iter().any(|word| word == key)
    }

    /// Whether one of the words stands in a key.
    pub fn stand_in(&self, key: &str) -> bool {
        self.0.iter().any(|word| key.contains(word.as_str()))
    }

    /// Adds a word; one behind `!` is taken out.
    pub(super) fn add(&mut self, word: &str) {
        let (out, word) = match word.trim().strip_prefix(['!', '！']) {
            Some(word) => (true, key(word)),
            None => (false, key(word)),
        };
        self.0.retain(|known| *known != word);
        if !out {
            self.0.push(word);
        }
    }
}

impl Deref for List {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut list = Self::default();
        for word in Vec::<String>::deserialize(deserializer)? {
            list.add(&word);
        }
        Ok(list)
    }
}

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident,)*) => {
        /// Every list of words.
        #[derive(Clone, Debug, Default)]
        pub struct Words {
            $($(#[doc = $doc])+ pub $name: List,)*
        }

        impl Words {
            /// The names of the lists.
            pub const NAMES: &[&str] = &[$(stringify!($name)),*];

            /// Every list with its name and what it is for.
            pub fn lists(&self) -> impl Iterator<Item = (&'static str, &'static str, &List)> {
                [$((stringify!($name), concat!($($doc),+).trim_ascii_start(), &self.$name)),*].into_iter()
            }

            pub(super) fn list(&mut self, name: &str) -> Option<&mut List> {
                match name {
                    $(stringify!($name) => Some(&mut self.$name),)*
                    _ => None,
                }
            }
        }
    };
}

words! {
    /// Headers of columns that remark on lines: 备注.
    remark_headers,
    /// Headers, besides those with a total word, of columns that add up others: 总额.
    total_headers,
}

/// A difference that words announce: 净值 = 原值 − 折旧.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// In the header of what is left.
    pub target: List,
    /// Not in it.
    #[serde(default)]
    pub not: List,
    /// In that of what it is taken from.
    pub plus: List,
    /// In that of what comes in.
    #[serde(default)]
    pub more: List,
    /// In that of what is taken.
    pub minus: List,
    /// 逻辑性: nothing can stand between.
    #[serde(default)]
    pub strict: bool,
}
