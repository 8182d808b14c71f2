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
        let packed = packed(text);
        let file = |ending: &str| out.join(format!("{}.{ending}", name.replace('/', "-")));
        let (values, texts) = (file("values"), file("texts"));
        fs::write(&values, packed.values)?;
        fs::write(&texts, packed.texts)?;
        let (values, texts) = (values.to_string_lossy(), texts.to_string_lossy());
        let _ = writeln!(
            list,
            "    ({name:?}, {written}, Pack {{ values: include_bytes!({values:?}), texts: include_str!({texts:?}) }}),"
        );
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
fn packed(text: &str) -> Pack {
    let mut pack = Pack::default();
    let fits = DeTable::parse(text).is_ok_and(|table| {
        pack.span(&table.span());
        pack.table(table.get_ref()).is_some()
    });
    if fits { pack } else { Pack::default() }
}

/// Values, and the texts among them in their order.
#[derive(Default)]
struct Pack {
    values: Vec<u8>,
    texts: String,
}

impl Pack {
    fn number(&mut self, number: usize) {
        self.values.extend(u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
    }

    fn span(&mut self, span: &std::ops::Range<usize>) {
        self.number(span.start);
        self.number(span.end);
    }

    fn text(&mut self, text: &str) {
        self.values.push(b's');
        self.number(text.len());
        self.texts.push_str(text);
    }

    fn table(&mut self, table: &DeTable) -> Option<()> {
        self.values.push(b't');
        self.number(table.len());
        for (key, value) in table {
            self.span(&key.span());
            self.text(key.get_ref());
            self.value(value)?;
        }
        Some(())
    }

    fn value(&mut self, value: &Spanned<DeValue>) -> Option<()> {
        self.span(&value.span());
        match value.get_ref() {
            DeValue::String(text) => self.text(text),
            DeValue::Integer(integer) => {
                let integer = i64::from_str_radix(integer.as_str(), integer.radix()).ok()?;
                self.values.push(b'i');
                self.values.extend(integer.to_le_bytes());
            }
            DeValue::Boolean(truth) => self.values.extend([b'b', u8::from(*truth)]),
            DeValue::Array(array) => {
                self.values.push(b'a');
                self.number(array.len());
                for value in array {
                    self.value(value)?;
                }
            }
            DeValue::Table(table) => self.table(table)?,
            DeValue::Float(_) | DeValue::Datetime(_) => return None,
        }
        Some(())
    }
}
