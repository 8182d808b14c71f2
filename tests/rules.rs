//! The catalogue: every code that can be raised has a card, and `docs/rules/` is made from the cards.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use gouji::lexicon::Rulebook;
use gouji::write::rules::pages;

const FOLDER: &str = "docs/rules";

fn files(folder: &Path, ending: &str, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, ending, into);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            into.push(path);
        }
    }
}

/// Quoted words of the shape of a code: a capital of a rule family and two digits.
fn codes(source: &str) -> BTreeSet<String> {
    source
        .split('"')
        .filter(|word| {
            word.len() == 3
                && word.starts_with(['T', 'W', 'X', 'A', 'B', 'F', 'Z', 'P', 'V', 'L', 'N'])
                && word[1..].chars().all(|c| c.is_ascii_digit())
        })
        .map(str::to_owned)
        .collect()
}

/// A source up to its unit tests, whose codes need not exist.
fn without_tests(source: &str) -> &str {
    source.split("#[cfg(test)]\nmod tests").next().unwrap_or(source)
}

#[test]
fn every_rule_that_is_raised_has_a_card() {
    let cards = Rulebook::default().cards;
    let mut sources = Vec::new();
    for room in ["relate", "check", "diagnose", "normalize"] {
        files(&Path::new("src").join(room), "rs", &mut sources);
    }
    files(Path::new("schemas/kinds"), "toml", &mut sources);
    sources.push(PathBuf::from("schemas/packet.toml"));
    let mut raised = 0;
    for path in sources {
        let Ok(source) = fs::read_to_string(&path) else { continue };
        for code in codes(without_tests(&source)) {
            raised += 1;
            assert!(
                cards.contains_key(&code),
                "{} raises {code}: add its card to schemas/rules.toml",
                path.display()
            );
        }
    }
    assert!(raised > 0 || !Path::new("schemas/packet.toml").exists(), "no code was found at all");
}

#[test]
fn the_pages_are_made_from_the_cards() {
    let wanted = pages(&Rulebook::default().cards);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        let _ = fs::remove_dir_all(FOLDER);
        fs::create_dir_all(FOLDER).expect("a writable checkout");
        for (name, text) in &wanted {
            fs::write(Path::new(FOLDER).join(name), text).expect("a writable checkout");
        }
    }
    let mut kept = BTreeMap::new();
    for entry in fs::read_dir(FOLDER).expect("docs/rules") {
        let path = entry.expect("a readable entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        kept.insert(name, fs::read_to_string(&path).expect("a page").replace("\r\n", "\n"));
    }
    assert!(kept == wanted, "run `UPDATE_GENERATED=1 cargo test --test rules` and commit {FOLDER}");
}
