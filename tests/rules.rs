//! The catalogue: every code that can be raised has a card, and `docs/rules/` is made from the cards.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use gouji::lexicon::Rulebook;
use gouji::model::RaisedBy;
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

/// Quoted words of the shape of a code, a capital and two digits, but for those that are only compared with.
fn codes(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in source.match_indices('"') {
        let Some(word) = source.get(at + 1..at + 4) else { continue };
        let code = word.starts_with(|c: char| c.is_ascii_uppercase())
            && word[1..].chars().all(|c| c.is_ascii_digit());
        let Some(behind) = source[at + 4..].strip_prefix('"').filter(|_| code) else { continue };
        let (before, behind) = (source[..at].trim_end(), behind.trim_start());
        let compared = ["==", "!=", "|", "as_str(),"].iter().any(|sign| before.ends_with(sign))
            || ["=", "|", "if "].iter().any(|sign| behind.starts_with(sign));
        if !compared {
            found.insert(word.to_owned());
        }
    }
    found
}

/// The codes in the sources of a room, without unit tests, whose codes need not exist.
fn raised_in(folder: &str) -> BTreeSet<String> {
    let mut sources = Vec::new();
    files(Path::new(folder), "rs", &mut sources);
    assert!(!sources.is_empty(), "{folder} is where rules are raised");
    let source = |path: &PathBuf| fs::read_to_string(path).expect("a readable source");
    let tests = "#[cfg(test)]\nmod tests";
    sources.iter().flat_map(|path| codes(source(path).split(tests).next().unwrap_or(""))).collect()
}

/// The cards that are raised so.
fn cards(by: impl Fn(&RaisedBy) -> bool) -> BTreeSet<String> {
    let book = Rulebook::default();
    let cards = book.cards.values().filter(|card| card.raised_by.iter().any(&by));
    cards.map(|card| card.code.clone()).collect()
}

#[test]
fn a_rule_has_a_card_exactly_when_something_raises_it() {
    let forms = ["relate", "diagnose", "normalize"].map(|room| raised_in(&format!("src/{room}")));
    let forms: BTreeSet<String> = forms.into_iter().flatten().collect();
    let made = cards(|by| matches!(by, RaisedBy::Made(_)));
    assert_eq!(made, forms, "left: the codes of schemas/forms.toml, right: of src/relate");
    let rules = raised_in("src/check/rules");
    assert_eq!(
        cards(|by| *by == RaisedBy::Rule),
        rules,
        "left: cards at the heads of rules, right: rules"
    );
    // That relations and kinds have cards, and cards at least one of the four, the rulebook asks of itself.
    let mistakes = Rulebook::of(&[]).err().unwrap_or_default();
    assert!(mistakes.is_empty(), "{mistakes:#?}");
}

#[test]
fn a_form_is_where_it_says_and_raises_what_it_says() {
    let sources = |path: &Path| {
        let mut found = Vec::new();
        files(path, "rs", &mut found);
        if path.is_file() {
            found.push(path.to_owned());
        }
        found
    };
    for form in Rulebook::default().forms {
        let found = sources(Path::new(&form.file));
        assert!(!found.is_empty(), "{}: there is no {}", form.id, form.file);
        let text = |path: &PathBuf| fs::read_to_string(path).expect("a readable source");
        let raised: BTreeSet<String> = found.iter().flat_map(|path| codes(&text(path))).collect();
        for code in &form.codes {
            assert!(raised.contains(code), "{} raises no {code} in {}", form.id, form.file);
        }
    }
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
