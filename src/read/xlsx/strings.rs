//! `sharedStrings.xml`: the texts that cells share.

use memchr::{memchr, memchr3};

use crate::read::Limits;
use crate::read::error::{Fault, too_large};
use crate::read::runs::{Mark, Runs};
use crate::read::xml::{Event, Scanner, truth, unescape};

/// The texts, in order, and how many of them have parts that do not count; phonetic guides are left out.
pub(super) fn read(scanner: &mut Scanner, limits: &Limits) -> Result<(Vec<Box<str>>, u64), Fault> {
    let mut strings = Vec::new();
    let mut shortened = 0;
    let mut cost = 0;
    let mut keep = |text: Box<str>| {
        if strings.len() as u64 >= limits.strings {
            return Err(too_large(
                ("共享字符串数", "shared strings"),
                limits.strings,
                "--max-strings",
            ));
        }
        cost += limits.text_cost(&text);
        limits.allow_cells(cost)?;
        strings.push(text);
        Ok(())
    };
    loop {
        scanner.ensure(256)?;
        if scanner.depth() == 1 && scanner.at_rest() {
            let mut taken = 0;
            while let Some((text, length)) = plain(&scanner.window()[taken..]) {
                keep(text.into())?;
                taken += length;
            }
            scanner.advance(taken);
        }
        match scanner.next()? {
            Event::Start(tag) if scanner.depth() == 2 => {
                if scanner.bytes(tag.name) == b"si" {
                    let (text, less) = value(scanner)?;
                    shortened += u64::from(less);
                    keep(text.into_boxed_str())?;
                } else {
                    scanner.skip()?;
                }
            }
            Event::Eof => return Ok((strings, shortened)),
            _ => {}
        }
    }
}

/// A text of one plain run, as nearly all are, at the start of the window, and the length of its element. `None` for any other,
/// and where something in it stands for something else.
fn plain(window: &[u8]) -> Option<(&str, usize)> {
    let rest = window.strip_prefix(b"<si><t")?;
    let rest = rest.strip_prefix(b" xml:space=\"preserve\"").unwrap_or(rest).strip_prefix(b">")?;
    let end = memchr(b'<', rest)?;
    let (text, rest) = (&rest[..end], rest[end..].strip_prefix(b"</t></si>")?);
    if memchr3(b'&', b'\r', b'_', text).is_some() {
        return None;
    }
    Some((std::str::from_utf8(text).ok()?, window.len() - rest.len()))
}

/// The text of the `text` element whose start was just met: its runs put together.
pub(super) fn rich_text(scanner: &mut Scanner) -> Result<String, Fault> {
    let mut text = String::new();
    each_run(scanner, |run, _| text.push_str(run))?;
    Ok(if text.contains("_x") { unescape_controls(&text) } else { text })
}

/// The value of the `si` or `is` element whose start was just met, and whether parts of it do not count.
pub(super) fn value(scanner: &mut Scanner) -> Result<(String, bool), Fault> {
    let mut runs = Runs::default();
    each_run(scanner, |run, mark| runs.push(run, mark))?;
    let (text, less) = runs.value();
    Ok((if text.contains("_x") { unescape_controls(&text) } else { text }, less))
}

/// Calls `take` for every piece of text inside the element whose start was just met, with how its run is written.
fn each_run(scanner: &mut Scanner, mut take: impl FnMut(&str, Mark)) -> Result<(), Fault> {
    let outside = scanner.depth() - 1;
    let mut inside = false;
    let mut mark = Mark::Plain;
    loop {
        match scanner.next()? {
            Event::Start(tag) => match scanner.bytes(tag.name) {
                b"t" => inside = true,
                b"r" => mark = Mark::Plain,
                b"strike" if scanner.attribute(tag, b"val").is_none_or(truth) => {
                    mark = Mark::Struck;
                }
                b"vertAlign"
                    if mark == Mark::Plain
                        && scanner.attribute(tag, b"val") != Some(b"baseline") =>
                {
                    mark = Mark::Raised;
                }
                b"rPh" => scanner.skip()?,
                _ => {}
            },
            Event::Text(span) if inside => take(&unescape(scanner.bytes(span)), mark),
            Event::Cdata(span) if inside => {
                take(&String::from_utf8_lossy(scanner.bytes(span)), mark);
            }
            Event::End(_) if scanner.depth() == outside => return Ok(()),
            Event::End(name) if scanner.bytes(name) == b"t" => inside = false,
            _ => {}
        }
    }
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
    fn struck_and_raised_runs_do_not_count() {
        use crate::read::xml::Limit;
        for (runs, text, less) in [
            ("<r><rPr><strike/></rPr><t>90</t></r><r><t>50</t></r>", "50", true),
            ("<r><rPr><strike val=\"0\"/></rPr><t>90</t></r><r><t>50</t></r>", "9050", false),
            (
                "<r><t>50</t></r><r><rPr><vertAlign val=\"superscript\"/></rPr><t>1</t></r>",
                "50",
                true,
            ),
            (
                "<r><t>50</t></r><r><rPr><vertAlign val=\"baseline\"/></rPr><t>1</t></r>",
                "501",
                false,
            ),
            ("<r><rPr><b/><strike/></rPr><t>50</t></r>", "50", false),
            ("<t>合计</t><rPh sb=\"0\" eb=\"1\"><t>ごう</t></rPh>", "合计", false),
        ] {
            let xml = format!("<is>{runs}</is>");
            let mut scanner = Scanner::over(xml.as_bytes(), Limit { depth: 9 }).unwrap();
            scanner.next().unwrap();
            assert_eq!(value(&mut scanner).unwrap(), (text.to_owned(), less), "{runs}");
        }
    }

    #[test]
    fn plain_texts_are_read_as_any_other() {
        use crate::read::xml::Limit;
        let texts = [
            "<t>合计</t>",
            "<t xml:space=\"preserve\"> 小计 </t>",
            "<t></t>",
            "<t/>",
            "<t>a_x0041_</t>",
            "<t>甲&amp;乙</t>",
            "<t>甲\r\n乙</t>",
            "<r><t>甲</t></r><r><t>乙</t></r>",
            "<t>甲</t><rPh sb=\"0\" eb=\"1\"><t>ごう</t></rPh>",
            "",
        ];
        for gap in ["", "\n"] {
            let items: Vec<String> = texts.iter().map(|text| format!("<si>{text}</si>")).collect();
            let xml = format!("<sst>{}{gap}</sst>", items.join(gap));
            let mut scanner = Scanner::over(xml.as_bytes(), Limit { depth: 9 }).unwrap();
            let (strings, _) = read(&mut scanner, &Limits::default()).unwrap();
            for (text, found) in texts.iter().zip(&strings) {
                let item = format!("<si>{text}</si>");
                let mut scanner = Scanner::over(item.as_bytes(), Limit { depth: 9 }).unwrap();
                scanner.next().unwrap();
                assert_eq!(**found, *value(&mut scanner).unwrap().0, "{text}");
            }
            assert_eq!(strings.len(), texts.len());
        }
    }

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
