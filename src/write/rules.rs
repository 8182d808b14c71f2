//! Rule cards → the pages that `gouji explain` prints and `docs/rules/` keeps.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::{Language, RuleCard};

/// The page of a rule in one language.
pub fn page(card: &RuleCard, language: Language) -> String {
    let (severity, source) = match language {
        Language::Zh => ("级别", "依据"),
        Language::En => ("severity", "source"),
    };
    format!(
        "# {} {}\n\n`{}` · {severity}: {}\n\n{}\n{source}: {}\n",
        card.code,
        card.title.get(language),
        card.name,
        card.severity.label().get(language),
        card.docs.get(language),
        card.source,
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
        let RuleCard { code, title, severity, .. } = card;
        let severity = severity.label().zh;
        let _ =
            writeln!(list, "| [{code}]({code}.md) | {severity} | {} | {} |", title.zh, title.en);
    }
    pages.insert("README.md".to_owned(), list);
    pages
}
