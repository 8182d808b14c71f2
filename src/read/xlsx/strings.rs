//! `sharedStrings.xml`: the texts that cells share.

use crate::read::error::{Fault, too_large};
use crate::read::xml::{Event, Scanner, unescape};

/// The texts, in order; phonetic guides are left out.
pub(super) fn read(scanner: &mut Scanner, limit: u64) -> Result<Vec<Box<str>>, Fault> {
    let mut strings = Vec::new();
    loop {
        match scanner.next()? {
            Event::Start(tag) if scanner.depth() == 2 => {
                if scanner.bytes(tag.name) == b"si" {
                    if strings.len() as u64 >= limit {
                        return Err(too_large(
                            ("共享字符串数", "shared strings"),
                            limit,
                            "--max-strings",
                        ));
                    }
                    strings.push(rich_text(scanner)?.into_boxed_str());
                } else {
                    scanner.skip()?;
                }
            }
            Event::Eof => return Ok(strings),
            _ => {}
        }
    }
}

/// The text of the `si`, `is` or `text` element whose start was just met: its runs put together.
pub(super) fn rich_text(scanner: &mut Scanner) -> Result<String, Fault> {
    let outside = scanner.depth() - 1;
    let mut text = String::new();
    let mut inside = false;
    loop {
        match scanner.next()? {
            Event::Start(tag) => match scanner.bytes(tag.name) {
                b"t" => inside = true,
                b"rPh" => scanner.skip()?,
                _ => {}
            },
            Event::Text(span) if inside => text.push_str(&unescape(scanner.bytes(span))),
            Event::Cdata(span) if inside => {
                text.push_str(&String::from_utf8_lossy(scanner.bytes(span)));
            }
            Event::End(_) if scanner.depth() == outside => break,
            Event::End(name) if scanner.bytes(name) == b"t" => inside = false,
            _ => {}
        }
    }
    Ok(if text.contains("_x") { unescape_controls(&text) } else { text })
}

/// Resolves `_x000D_`, by which characters that XML cannot hold are written.
pub(super) fn unescape_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let code = rest
            .get(2..6)
            .filter(|hex| {
                rest.as_bytes().get(6) == Some(&b'_') && hex.bytes().all(|b| b.is_ascii_hexdigit())
            })
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .and_then(char::from_u32);
        if let Some(character) = code {
            out.push(character);
            rest = &rest[7..];
        } else {
            out.push_str("_x");
            rest = &rest[2..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_resolved() {
        for (stored, shown) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_x12", "_x12"),
            ("_xZZZZ_", "_xZZZZ_"),
            ("_x中文字_", "_x中文字_"),
            ("x_x0041__x0042_", "xAB"),
        ] {
            assert_eq!(unescape_controls(stored), shown, "{stored}");
        }
    }
}
