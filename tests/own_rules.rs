//! The tutorial `docs/own-rules.md`, kept true: its rules and tables do what it says.

mod common;

use std::fs;
use std::sync::Arc;

use gouji::lexicon::{Rulebook, Source};
use gouji::model::Report;
use gouji::pipeline::{self, Options};

fn tutorial() -> String {
    fs::read_to_string("docs/own-rules.md").expect("the tutorial")
}

/// The block behind a fence that ends with `name`.
fn block(text: &str, name: &str) -> String {
    let from = text.find(&format!("{name}\n")).expect("a block of that name") + name.len() + 1;
    let to = text[from..].find("```").expect("its end");
    text[from..from + to].to_owned()
}

fn rulebook(text: &str) -> Result<Rulebook, Vec<String>> {
    let source = Source::new("gouji.toml", "gouji.toml", text);
    Rulebook::of(&[source])
        .map_err(|mistakes| mistakes.iter().map(|mistake| mistake.text().zh).collect())
}

fn report(tables: &str, rulebook: Rulebook) -> Report {
    let options = Options { rulebook: Arc::new(rulebook), ..Options::default() };
    pipeline::check_files(common::case(tables).input(), &options)
}

#[test]
fn the_tables_of_the_tutorial_break_its_relation_until_they_are_mended() {
    let text = tutorial();
    let (rules, tables) = (block(&text, "```toml gouji.toml"), block(&text, "```text 表格"));
    let found = |tables: &str| {
        let report = report(tables, rulebook(&rules).expect("the tutorial's rules"));
        let own = report.findings.iter().filter(|finding| finding.rule == "U01");
        own.map(|finding| common::place(&report, finding.place.expect("a place")))
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&tables), ["工会.xlsx!工会!C6"]);
    assert!(found(&tables.replace("5.30", "5.50").replace("12.30", "12.50")).is_empty());
    // Without the file nobody knows of it.
    let report = report(&tables, Rulebook::default());
    assert!(report.findings.iter().all(|finding| finding.rule != "U01"));
}

#[test]
fn the_mistakes_of_the_tutorial_are_told_as_it_says() {
    let text = tutorial();
    let rules = block(&text, "```toml gouji.toml");
    let mut told = 0;
    for row in text.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = row.trim_matches('|').split(" | ").map(str::trim);
        let (line, said) = (cells.next().expect("a line"), cells.next().expect("what is said"));
        let line = line.trim_matches('`');
        let key = line.split(" = ").next().expect("a key").replace("titel", "title");
        let broken: Vec<&str> = rules
            .lines()
            .map(|own| if own.starts_with(&format!("{key} = ")) { line } else { own })
            .collect();
        let mistakes = rulebook(&broken.join("\n")).expect_err("a mistake");
        assert!(
            mistakes.iter().any(|mistake| mistake.contains(said)),
            "the tutorial says {said}, the program {mistakes:?}"
        );
        told += 1;
    }
    assert_eq!(told, 3);
}
