//! Rule cards → the pages that `gouji explain` prints and `docs/rules/` keeps.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::{Language, RaisedBy, RuleCard};

/// The page of a rule in one language.
pub fn page(card: &RuleCard, language: Language) -> String {
    let (severity, source, raised_by) = match language {
        Language::Zh => ("级别", "依据", "由何提出"),
        Language::En => ("severity", "source", "raised by"),
    };
    let raisers = card.raised_by.iter().map(RaisedBy::text);
    let raisers: Vec<String> = raisers.map(|text| text.get(language).to_owned()).collect();
    format!(
        "# {} {}\n\n`{}` · {severity}: {}\n\n{}\n{source}: {}\n\n{raised_by}: {}\n",
        card.code,
        card.title(language),
        card.name,
        card.severity.label().get(language),
        card.docs(language),
        card.source,
        raisers.join(match language {
            Language::Zh => "；",
            Language::En => "; ",
        }),
    )
}

/// The pages of `docs/rules/` by file name: one a rule, in both languages, and a list of all.
pub fn pages(cards: &BTreeMap<String, RuleCard>) -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    let mut list = String::from(
        "# 规则 · Rules\n\n\
         由 `schemas/rules.toml` 生成。Made from `schemas/rules.toml`: `UPDATE_GENERATED=1 cargo test --test rules`.\n\n\
         | 代码 | 级别 | 规则 | rule |\n|---|---|---|---|\n",
    );
    for card in cards.values() {
        let (zh, en) = (page(card, Language::Zh), page(card, Language::En));
        pages.insert(format!("{}.md", card.code), format!("{zh}\n---\n\n{en}"));
        let RuleCard { code, severity, zh, en, .. } = card;
        let severity = severity.label().zh;
        let _ =
            writeln!(list, "| [{code}]({code}.md) | {severity} | {} | {} |", zh.title, en.title);
    }
    pages.insert("README.md".to_owned(), list);
    pages
}
