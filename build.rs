//! Lists the files of `schemas/` for embedding, so that a new table kind needs no line of Rust, and takes the cards of rules
//! out of the heads of their files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let schemas = root.join("schemas");
    println!("cargo:rerun-if-changed=schemas");
    let mut files = Vec::new();
    for folder in [schemas.clone(), schemas.join("kinds")] {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut list = String::from("&[\n");
    for path in files {
        let name =
            path.strip_prefix(&schemas).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let _ = writeln!(list, "    ({name:?}, include_str!({:?})),", path.to_string_lossy());
    }
    println!("cargo:rerun-if-changed={RULES}");
    let mut rules = Vec::new();
    for entry in fs::read_dir(root.join(RULES))? {
        rules.push(entry?.path());
    }
    rules.sort();
    for path in rules {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(card) = card(&fs::read_to_string(&path)?) {
            let _ = writeln!(list, "    ({:?}, {card:?}),", format!("{RULES}/{name}"));
        }
    }
    list.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(Path::new(&out).join("schemas.rs"), list)
}

const RULES: &str = "src/check/rules";

/// The card at the head of a rule: its block of TOML, each line where it stands in the file, so that mistakes have their place.
fn card(source: &str) -> Option<String> {
    let mut card = String::new();
    let (mut inside, mut any) = (false, false);
    for line in source.lines().map_while(|line| line.strip_prefix("//!")) {
        match line.trim() {
            "```toml" => (inside, any) = (true, true),
            "```" => inside = false,
            _ if inside => card.push_str(&line.replacen(' ', "    ", 1)),
            _ => {}
        }
        card.push('\n');
    }
    any.then_some(card)
}
