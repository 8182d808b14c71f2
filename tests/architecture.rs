//! The rooms import only whom they may.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room, and the rooms it may import.
const ROOMS: &[(&str, &[&str])] = &[
    ("number", &[]),
    ("model", &["number"]),
    ("read", &["model", "number"]),
    ("recognize", &["model", "number"]),
    ("normalize", &["model", "number"]),
    ("relate", &["model", "number"]),
    ("check", &["model", "number"]),
    ("diagnose", &["model", "number"]),
    ("write", &["model", "number"]),
    ("batch", &["pipeline", "read", "model", "number", "write"]),
];

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
        let names: Vec<&str> = if let Some(group) = tail.strip_prefix('{') {
            let mut depth = 0;
            group
                .split(|c| {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    c == ',' && depth == 0 || depth < 0
                })
                .take_while(|name| !name.contains(';'))
                .collect()
        } else {
            vec![tail]
        };
        for name in names {
            let name: String =
                name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !name.is_empty() {
                rooms.insert(name);
            }
        }
    }
    rooms
}

#[test]
fn stages_meet_only_in_the_model() {
    for (room, allowed) in ROOMS {
        let mut files = Vec::new();
        let folder = Path::new("src").join(room);
        if folder.exists() {
            sources(&folder, &mut files);
        }
        for file in files {
            let source = fs::read_to_string(&file).expect("a readable source");
            for import in imports(&source) {
                let known = ROOMS.iter().any(|(name, _)| *name == import)
                    || matches!(import.as_str(), "pipeline" | "cli" | "web");
                let fine = import == *room || allowed.contains(&import.as_str());
                assert!(
                    !known || fine,
                    "{} imports crate::{import}, which {room} must not",
                    file.display()
                );
            }
        }
    }
}
