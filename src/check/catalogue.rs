//! The rule catalogue: `schemas/rules.toml` as cards.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::{RuleCard, Severity, Text};

/// Read once a process. That the text is well-formed is a test's business, not a run's.
static CARDS: LazyLock<BTreeMap<String, RuleCard>> =
    LazyLock::new(|| read(include_str!("../../schemas/rules.toml")).unwrap_or_default());

/// Every rule by its code.
pub fn catalogue() -> BTreeMap<String, RuleCard> {
    CARDS.clone()
}

/// A card as the file holds it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Card {
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
    checks: String,
    example: String,
    remedy: String,
}

impl Sections {
    fn docs(&self, [checks, example, remedy]: [&str; 3]) -> String {
        format!(
            "## {checks}\n{}\n\n## {example}\n{}\n\n## {remedy}\n{}\n",
            self.checks, self.example, self.remedy
        )
    }
}

fn read(text: &str) -> Result<BTreeMap<String, RuleCard>, toml::de::Error> {
    let cards: BTreeMap<String, Card> = toml::from_str(text)?;
    Ok(cards
        .into_iter()
        .map(|(code, card)| {
            let docs = Text::new(
                card.zh.docs(["核对什么", "例", "怎么办"]),
                card.en.docs(["What it checks", "Example", "What to do"]),
            );
            let card = RuleCard {
                code: code.clone(),
                name: card.name,
                title: Text::new(card.zh.title, card.en.title),
                severity: card.severity,
                source: card.source,
                docs,
            };
            (code, card)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_well_formed() {
        let cards = read(include_str!("../../schemas/rules.toml")).unwrap();
        let mut names = std::collections::BTreeSet::new();
        for (code, card) in &cards {
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
        assert_eq!(cards.len(), catalogue().len());
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        assert!(read("[T99]\nname = \"x\"\nfoo = 1\n").is_err());
    }
}
