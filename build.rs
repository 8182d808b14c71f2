//! Lists the files of `schemas/` for embedding, so that a new table kind needs no line of Rust, and takes the cards of rules
//! out of the heads of their files. Each is embedded as it is written, and as it was read: see `src/lexicon/packed.rs`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs, io};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
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
    let mut embed = |name: &str, text: &str, written: &str| {
        let packed = out.join(format!("{}.packed", name.replace('/', "-")));
        fs::write(&packed, packed_text(text))?;
        let packed = packed.to_string_lossy();
        let _ = writeln!(list, "    ({name:?}, {written}, include_bytes!({packed:?})),");
        io::Result::Ok(())
    };
    for path in files {
        let name =
            path.strip_prefix(&schemas).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&path)?;
        embed(&name, &text, &format!("include_str!({:?})", path.to_string_lossy()))?;
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
            embed(&format!("{RULES}/{name}"), &card, &format!("{card:?}"))?;
        }
    }
    list.push_str("]\n");
    fs::write(out.join("schemas.rs"), list)
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

/// What a text holds, packed; nothing where it is wrong, which who reads the text says better.
fn packed_text(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let fits = DeTable::parse(text).is_ok_and(|table| {
        pack_span(&table.span(), &mut out);
        pack_table(table.get_ref(), &mut out).is_some()
    });
    if fits { out } else { Vec::new() }
}

fn pack_number(number: usize, out: &mut Vec<u8>) {
    out.extend(u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

fn pack_span(span: &std::ops::Range<usize>, out: &mut Vec<u8>) {
    pack_number(span.start, out);
    pack_number(span.end, out);
}

fn pack_text(text: &str, out: &mut Vec<u8>) {
    out.push(b's');
    pack_number(text.len(), out);
    out.extend(text.as_bytes());
}

fn pack_table(table: &DeTable, out: &mut Vec<u8>) -> Option<()> {
    out.push(b't');
    pack_number(table.len(), out);
    for (key, value) in table {
        pack_span(&key.span(), out);
        pack_text(key.get_ref(), out);
        pack(value, out)?;
    }
    Some(())
}

fn pack(value: &Spanned<DeValue>, out: &mut Vec<u8>) -> Option<()> {
    pack_span(&value.span(), out);
    match value.get_ref() {
        DeValue::String(text) => pack_text(text, out),
        DeValue::Integer(integer) => {
            let integer = i64::from_str_radix(integer.as_str(), integer.radix()).ok()?;
            out.push(b'i');
            out.extend(integer.to_le_bytes());
        }
        DeValue::Boolean(truth) => out.extend([b'b', u8::from(*truth)]),
        DeValue::Array(array) => {
            out.push(b'a');
            pack_number(array.len(), out);
            for value in array {
                pack(value, out)?;
            }
        }
        DeValue::Table(table) => pack_table(table, out)?,
        DeValue::Float(_) | DeValue::Datetime(_) => return None,
    }
    Some(())
}
