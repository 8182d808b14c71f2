//! The rooms import only whom they may.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room, and the rooms it may import.
const ROOMS: &[(&str, &[&str])] = &[
    ("number", &[]),
    ("parallel", &[]),
    ("model", &["number"]),
    ("lexicon", &["model", "number"]),
    ("formula", &["model", "number"]),
    ("office", &["model", "number", "parallel"]),
    ("read", &["office", "model", "number", "parallel"]),
    ("recognize", &["lexicon", "model", "number", "parallel"]),
    ("normalize", &["lexicon", "model", "number", "parallel"]),
    ("relate", &["formula", "lexicon", "model", "number", "parallel"]),
    ("check", &["formula", "lexicon", "model", "number", "parallel"]),
    ("diagnose", &["formula", "model", "number", "parallel"]),
    ("write", &["office", "formula", "model", "number", "parallel"]),
    (
        "pipeline",
        &[
            "formula",
            "read",
            "recognize",
            "normalize",
            "relate",
            "check",
            "diagnose",
            "lexicon",
            "write",
            "model",
            "number",
            "parallel",
        ],
    ),
    ("batch", &["pipeline", "read", "model", "number", "write", "parallel"]),
    ("web", ANY),
    ("cli", ANY),
    ("main", ANY),
    ("lib", &[]),
];

/// The doors may import every room.
const ANY: &[&str] = &["*"];

fn sources(path: &Path, into: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a readable folder") {
            sources(&entry.expect("a readable entry").path(), into);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        into.push(path.to_owned());
    }
}

/// The rooms named behind `crate::` in a source, groups such as `crate::{model, read}` taken apart.
fn imports(source: &str) -> BTreeSet<String> {
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut rooms = BTreeSet::new();
    for tail in code.split("crate::").skip(1) {
        for name in tail.strip_prefix('{').map_or_else(|| vec![tail], group) {
            let name: String =
                name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !name.is_empty() {
                rooms.insert(name);
            }
        }
    }
    rooms
}

/// The members of a group of imports, up to its closing brace.
fn group(tail: &str) -> Vec<&str> {
    let (mut names, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in tail.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                names.push(&tail[start..at]);
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    names
}

#[test]
fn stages_meet_only_in_the_model() {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    for file in files {
        let inside = file.strip_prefix("src").expect("a source");
        let room = inside.iter().next().map(Path::new).and_then(Path::file_stem);
        let room = room.and_then(|room| room.to_str()).expect("a room with a name");
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            panic!("{}: the room {room} is not listed here, nor who may import it", file.display());
        };
        let source = fs::read_to_string(&file).expect("a readable source");
        for import in imports(&source) {
            assert!(
                import == room || *allowed == ANY || allowed.contains(&import.as_str()),
                "{} imports crate::{import}, which {room} must not",
                file.display()
            );
        }
    }
}

#[test]
fn imports_are_read_from_groups_too() {
    let rooms = |source| imports(source).into_iter().collect::<Vec<_>>();
    assert_eq!(rooms("use crate::model::{Packet, Table};"), ["model"]);
    assert_eq!(
        rooms("use crate::{\n    model::{A, B},\n    read,\n};\nuse std::fs;"),
        ["model", "read"]
    );
    assert_eq!(rooms("// crate::cli\nfn f() { crate::write::json() }"), ["write"]);
}

/// The stages that decide what a table means.
const STAGES: [&str; 5] = ["recognize", "normalize", "relate", "model", "check"];

/// Forms of writing, which are code: numerals, days, months and years, units of money, numbering and signs. Words are
/// in the rulebook.
const FORMS: [&str; 20] = [
    "日",
    "月",
    "年",
    "年度",
    "度",
    "初",
    "元",
    "万元",
    "千元",
    "亿元",
    "（元）",
    "第",
    "部分",
    "等",
    "行",
    "为",
    "减",
    "加",
    "甲",
    "上午/下午",
];

/// What stands in front of a text that another one is compared with.
const COMPARED: [&str; 13] = [
    ".contains(",
    ".starts_with(",
    ".ends_with(",
    ".strip_prefix(",
    ".strip_suffix(",
    ".trim_start_matches(",
    ".trim_end_matches(",
    ".find(",
    ".split_once(",
    ".split(",
    "== ",
    "!= ",
    "[",
];

/// The literal that a text begins with.
fn literal(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text[1..].split_once(quote).map(|(literal, _)| literal)
}

/// Texts with a Chinese word in them that a source compares others with.
fn compared(source: &str) -> Vec<&str> {
    let code = source.split("#[cfg(test)]").next().unwrap_or(source);
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let behind = lines.flat_map(|line| {
        COMPARED
            .iter()
            .flat_map(move |sign| line.match_indices(sign).map(|(at, _)| &line[at + sign.len()..]))
    });
    let chinese = |text: &&str| text.contains(|c: char| ('\u{4e00}'..='\u{9fff}').contains(&c));
    behind.filter_map(literal).filter(chinese).collect()
}

#[test]
fn stages_have_no_words_of_their_own() {
    let mut files = Vec::new();
    for room in STAGES {
        sources(&Path::new("src").join(room), &mut files);
    }
    assert!(files.len() > 50, "the stages are where they were");
    for file in files {
        let source = fs::read_to_string(&file).expect("a readable source");
        let words: Vec<&str> =
            compared(&source).into_iter().filter(|word| !FORMS.contains(word)).collect();
        assert!(
            words.is_empty(),
            "{}: give {words:?} a list in schemas/words.toml",
            file.display()
        );
    }
    assert_eq!(
        compared("if name.contains(\"执行\") || [\"资金\", \"x\"].has(name) {}"),
        ["执行", "资金"]
    );
}
