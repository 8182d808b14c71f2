//! What it takes to be believed: thresholds with their reasons, as `schemas/beliefs.toml` has them.

use serde::Deserialize;

use crate::model::Text;

/// A threshold as the file holds it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Belief {
    /// What it is.
    pub value: u32,
    /// The least that it may be set to.
    pub least: u32,
    /// The most.
    pub most: u32,
    zh: String,
    en: String,
}

impl Belief {
    /// Why it is so.
    pub fn reason(&self) -> Text {
        Text::new(&*self.zh, &*self.en)
    }
}

macro_rules! beliefs {
    ($($(#[doc = $doc:literal])+ $name:ident,)*) => {
        /// Every threshold.
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Beliefs {
            $($(#[doc = $doc])+ pub $name: Belief,)*
        }

        impl Beliefs {
            /// Their names.
            pub const NAMES: &[&str] = &[$(stringify!($name)),*];

            /// Every threshold with its name.
            pub fn all(&self) -> impl Iterator<Item = (&'static str, &Belief)> {
                [$((stringify!($name), &self.$name)),*].into_iter()
            }

            pub(super) fn belief(&mut self, name: &str) -> Option<&mut Belief> {
                match name {
                    $(stringify!($name) => Some(&mut self.$name),)*
                    _ => None,
                }
            }
        }
    };
}

beliefs! {
    /// Independent witnesses that an error needs.
    witnesses,
    /// Bits that figures elsewhere must prove together before they count as a witness.
    numbers,
    /// Bits that a rival reading must prove at the very cell, over those it took to find it among its like.
    rival,
    /// The most that one tie can prove.
    most,
    /// Columns in which a list that ties nowhere may fail before it is taken for a list of something else.
    everywhere,
    /// One in how many lines of a family of quotients may fail.
    part,
    /// Parts that what lies among them is taken for a mean of.
    mean,
    /// How many times the least of them the greatest may be.
    spread,
    /// How many times what is stated its parts must come to before it is no sum of them, where a part is more than it.
    below,
    /// How many instances of what only the numbers say must hold for each of several that do not.
    mined,
    /// Lines right above that must add up before they are another reading of a line.
    above,
    /// Figures looked at for the rivals of one packet.
    looks,
}
