//! Rule cards: what a code means, where it comes from, what to do about it.

use serde::Deserialize;

use crate::model::{RuleCard, Severity, Text};

/// A card as the file holds it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Card {
    name: String,
    severity: Severity,
    source: String,
    zh: Sections,
    en: Sections,
}

/// What is said in one language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sections {
    title: String,
    /// The source in this language, where the card's own is in the other one.
    #[serde(default)]
    source: String,
    checks: String,
    example: String,
    remedy: String,
}

impl Sections {
    fn docs(&self, [checks, example, remedy]: [&str; 3]) -> String {
        [
            ["## ", checks, "\n", &self.checks, "\n\n"].concat(),
            ["## ", example, "\n", &self.example, "\n\n"].concat(),
            ["## ", remedy, "\n", &self.remedy, "\n"].concat(),
        ]
        .concat()
    }
}

impl Card {
    pub(super) fn of(self, code: &str) -> RuleCard {
        RuleCard {
            code: code.to_owned(),
            docs: Text::new(
                self.zh.docs(["核对什么", "例", "怎么办"]),
                self.en.docs(["What it checks", "Example", "What to do"]),
            ),
            basis: Text::new(
                if self.zh.source.is_empty() { &self.source } else { &self.zh.source },
                &self.source,
            ),
            name: self.name,
            title: Text::new(self.zh.title, self.en.title),
            severity: self.severity,
            source: self.source,
            raised_by: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lexicon::Rulebook;

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
            for text in [&card.source, &card.title.zh, &card.title.en] {
                assert!(!text.trim().is_empty(), "{code} leaves something unsaid");
            }
        }
    }
}
