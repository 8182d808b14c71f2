//! Words of other people on a terminal: nothing in a label, a sheet's or a file's name may act on the screen.
//!
//! Escape sequences could move the cursor, set titles, hide or forge lines; marks of direction turn what stands beside
//! them around. What is printed goes through here, and each such character becomes a sign that is seen.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter};

/// What stands for the escape sequences of our own colours until the end: characters that no text may hold.
const INKS: [(char, &str); 7] = [
    ('\u{fdd0}', "\u{1b}[0m"),
    ('\u{fdd1}', "\u{1b}[1m"),
    ('\u{fdd2}', "\u{1b}[2m"),
    ('\u{fdd3}', "\u{1b}[1;31m"),
    ('\u{fdd4}', "\u{1b}[1;33m"),
    ('\u{fdd5}', "\u{1b}[1;36m"),
    ('\u{fdd6}', "\u{1b}[1;32m"),
];

/// A text between a colour (its SGR code) and the return to none, for [`Clean`] to print.
pub(super) fn painted(code: &str, text: &str) -> String {
    let ink = INKS.iter().find(|(_, sequence)| sequence[2..sequence.len() - 1] == *code);
    match ink {
        Some((ink, _)) => format!("{ink}{text}{}", INKS[0].0),
        None => text.to_owned(),
    }
}

/// What a character is shown as, where it may not be printed itself.
fn sign(c: char) -> Option<char> {
    match c {
        '\n' | '\t' => None,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)),
        '\u{7f}' => Some('␡'),
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{206f}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{fdd0}'..='\u{fdef}'
        | '\u{e0000}'..='\u{e007f}' => Some('\u{fffd}'),
        _ => None,
    }
}

/// The text without anything that acts on a screen.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| sign(c).is_none()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| sign(c).unwrap_or(c)).collect())
}

/// The text of a JSON document whose strings hold such characters, with these escaped: its values stay what they are.
pub(super) fn escaped(json: &str) -> Cow<'_, str> {
    if json.chars().all(|c| sign(c).is_none()) {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if sign(c).is_none() {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(text)
}

/// Writes JSON in many lines, with what [`escaped`] escapes.
pub(super) fn write_json(value: &impl Serialize, out: &mut impl io::Write) -> io::Result<()> {
    let mut serializer =
        serde_json::Serializer::with_formatter(out, Indented(PrettyFormatter::new()));
    value.serialize(&mut serializer).map_err(io::Error::from)
}

struct Indented(PrettyFormatter<'static>);

/// Members that the pretty formatter writes as it does.
macro_rules! as_it_does {
    ($($name:ident($($first:ident)?)),*) => {
        $(fn $name<W: io::Write + ?Sized>(&mut self, out: &mut W $(, $first: bool)?) -> io::Result<()> {
            self.0.$name(out $(, $first)?)
        })*
    };
}

impl Formatter for Indented {
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        out.write_all(escaped(fragment).as_bytes())
    }

    as_it_does! {
        begin_array(), end_array(), begin_array_value(first), end_array_value(),
        begin_object(), end_object(), begin_object_key(first), begin_object_value(), end_object_value()
    }
}

/// A writer that prints only what [`clean`] leaves, and our own colours.
#[derive(Debug)]
pub struct Clean<W> {
    out: W,
    /// The bytes of a character that is not whole yet.
    rest: Vec<u8>,
}

impl<W: Write> Clean<W> {
    /// Over a writer.
    pub fn new(out: W) -> Self {
        Self { out, rest: Vec::new() }
    }

    fn put(&mut self, text: &str) -> io::Result<()> {
        let mut plain = 0;
        for (at, c) in text.char_indices() {
            let Some(sign) = sign(c) else { continue };
            self.out.write_all(&text.as_bytes()[plain..at])?;
            match INKS.iter().find(|(ink, _)| *ink == c) {
                Some((_, code)) => self.out.write_all(code.as_bytes())?,
                None => self.out.write_all(sign.encode_utf8(&mut [0; 4]).as_bytes())?,
            }
            plain = at + c.len_utf8();
        }
        self.out.write_all(&text.as_bytes()[plain..])
    }
}

impl<W: Write> Write for Clean<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len();
        let joined;
        let bytes = if self.rest.is_empty() {
            bytes
        } else {
            self.rest.extend_from_slice(bytes);
            joined = std::mem::take(&mut self.rest);
            &joined
        };
        let mut at = 0;
        for chunk in bytes.utf8_chunks() {
            self.put(chunk.valid())?;
            let invalid = chunk.invalid();
            // At the very end, it may only be unfinished.
            at += chunk.valid().len() + invalid.len();
            if at == bytes.len() && !invalid.is_empty() {
                self.rest = invalid.to_vec();
            } else if !invalid.is_empty() {
                self.out.write_all("\u{fffd}".as_bytes())?;
            }
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_escaped_in_json() {
        for text in ["合计\t1", "\u{7f}\u{202e}1\u{2066}", "\u{9b}31m\u{2028}", "\u{e0041}一"] {
            let json = serde_json::to_string(text).unwrap();
            let safe = escaped(&json);
            assert_eq!(clean(&safe), safe, "{text:?}");
            assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
        }
    }

    #[test]
    fn nothing_acts_on_the_screen() {
        for (text, shown) in [
            ("合计\t1\n", "合计\t1\n"),
            ("\u{1b}[31m红\u{1b}[0m", "␛[31m红␛[0m"),
            ("\u{1b}]8;;http://x\u{7}a", "␛]8;;http://x␇a"),
            ("a\0b\r\u{8}c", "a␀b␍␈c"),
            ("\u{9b}31m", "\u{fffd}31m"),
            ("\u{202e}1234\u{202c}", "\u{fffd}1234\u{fffd}"),
            ("\u{2066}x\u{2069}\u{200f}", "\u{fffd}x\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(clean(text), shown, "{text:?}");
            for step in 1..6 {
                let mut out = Clean::new(Vec::new());
                for piece in text.as_bytes().chunks(step) {
                    out.write_all(piece).unwrap();
                }
                assert_eq!(String::from_utf8(out.out).unwrap(), shown, "{text:?} by {step}");
            }
        }
        let mut out = Clean::new(Vec::new());
        out.write_all("\u{fdd3}错误\u{fdd0}".as_bytes()).unwrap();
        assert_eq!(out.out, "\u{1b}[1;31m错误\u{1b}[0m".as_bytes());
    }
}
