//! `styles.xml`: what each style index of a cell means.

use std::collections::HashMap;

use crate::model::{CellStyle, HorizontalAlignment, NumberFormat};
use crate::read::error::Fault;
use crate::read::number_format;
use crate::read::xml::{Event, Scanner, Tag, unescape};

/// Styles by index, in the file's order; index 0 always exists.
pub(super) fn read(scanner: &mut Scanner) -> Result<Vec<CellStyle>, Fault> {
    let mut tables = Tables::default();
    let mut styles = Vec::new();
    loop {
        match scanner.next()? {
            Event::Start(tag) if scanner.depth() == 2 => match scanner.bytes(tag.name) {
                b"numFmts" => each(scanner, b"numFmt", |scanner, tag| {
                    let id = number(scanner, tag, b"numFmtId");
                    let code = scanner.text_attribute(tag, b"formatCode").unwrap_or_default();
                    tables.formats.insert(id, code);
                    Ok(())
                })?,
                b"fonts" => each(scanner, b"font", |scanner, _| {
                    tables.bold.push(font(scanner)?);
                    Ok(())
                })?,
                b"fills" => each(scanner, b"fill", |scanner, _| {
                    tables.fills.push(fill(scanner)?);
                    Ok(())
                })?,
                b"borders" => each(scanner, b"border", |scanner, _| {
                    tables.borders.push(border(scanner)?);
                    Ok(())
                })?,
                b"cellXfs" => each(scanner, b"xf", |scanner, tag| {
                    styles.push(tables.style(scanner, tag)?);
                    Ok(())
                })?,
                _ => scanner.skip()?,
            },
            Event::Eof => break,
            _ => {}
        }
    }
    if styles.is_empty() {
        styles.push(CellStyle::default());
    }
    Ok(styles)
}

#[derive(Default)]
struct Tables {
    formats: HashMap<u32, String>,
    parsed: HashMap<u32, NumberFormat>,
    bold: Vec<bool>,
    fills: Vec<Option<u32>>,
    borders: Vec<[bool; 4]>,
}

impl Tables {
    fn style(&mut self, scanner: &mut Scanner, tag: Tag) -> Result<CellStyle, Fault> {
        let index = |name: &[u8]| number(scanner, tag, name) as usize;
        let format = number(scanner, tag, b"numFmtId");
        let mut style = CellStyle {
            number_format: self.format(format),
            bold: self.bold.get(index(b"fontId")).copied().unwrap_or(false),
            fill: self.fills.get(index(b"fillId")).copied().flatten(),
            borders: self.borders.get(index(b"borderId")).copied().unwrap_or_default(),
            ..CellStyle::default()
        };
        style.invisible = number_format::invisible(&style.number_format.code);
        let outside = scanner.depth() - 1;
        loop {
            match scanner.next()? {
                Event::Start(tag) if scanner.bytes(tag.name) == b"alignment" => {
                    style.indent = number(scanner, tag, b"indent").min(250);
                    style.wrap = scanner.flag(tag, b"wrapText");
                    style.horizontal = scanner
                        .attribute(tag, b"horizontal")
                        .map_or(HorizontalAlignment::General, alignment);
                }
                Event::End(_) if scanner.depth() == outside => return Ok(style),
                _ => {}
            }
        }
    }

    fn format(&mut self, id: u32) -> NumberFormat {
        if let Some(known) = self.parsed.get(&id) {
            return known.clone();
        }
        let code =
            self.formats.get(&id).map(String::as_str).or(number_format::builtin(id)).unwrap_or("");
        let format = number_format::parse(code);
        self.parsed.insert(id, format.clone());
        format
    }
}

/// Calls `take` for every child of that name of the element just met.
fn each(
    scanner: &mut Scanner,
    name: &[u8],
    mut take: impl FnMut(&mut Scanner, Tag) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let outside = scanner.depth() - 1;
    loop {
        match scanner.next()? {
            Event::Start(tag) => {
                if scanner.bytes(tag.name) == name {
                    let inside = scanner.depth() - 1;
                    take(scanner, tag)?;
                    if scanner.depth() > inside {
                        scanner.skip()?;
                    }
                } else if !matches!(scanner.bytes(tag.name), b"AlternateContent" | b"Choice") {
                    scanner.skip()?;
                }
            }
            Event::End(_) if scanner.depth() == outside => return Ok(()),
            _ => {}
        }
    }
}

fn font(scanner: &mut Scanner) -> Result<bool, Fault> {
    let outside = scanner.depth() - 1;
    let mut bold = false;
    loop {
        match scanner.next()? {
            Event::Start(tag) if scanner.bytes(tag.name) == b"b" => {
                bold = scanner.attribute(tag, b"val").is_none_or(crate::read::xml::truth);
            }
            Event::End(_) if scanner.depth() == outside => return Ok(bold),
            _ => {}
        }
    }
}

fn fill(scanner: &mut Scanner) -> Result<Option<u32>, Fault> {
    let outside = scanner.depth() - 1;
    let (mut solid, mut colour) = (false, None);
    loop {
        match scanner.next()? {
            Event::Start(tag) => match scanner.bytes(tag.name) {
                b"patternFill" => {
                    solid = scanner.attribute(tag, b"patternType") == Some(b"solid");
                }
                b"fgColor" => {
                    colour = scanner
                        .attribute(tag, b"rgb")
                        .and_then(|rgb| u32::from_str_radix(&unescape(rgb), 16).ok())
                        .map(|argb| argb & 0x00FF_FFFF);
                }
                _ => {}
            },
            Event::End(_) if scanner.depth() == outside => {
                return Ok(if solid { colour } else { None });
            }
            _ => {}
        }
    }
}

fn border(scanner: &mut Scanner) -> Result<[bool; 4], Fault> {
    let outside = scanner.depth() - 1;
    let mut sides = [false; 4];
    loop {
        match scanner.next()? {
            Event::Start(tag) => {
                let side = match scanner.bytes(tag.name) {
                    b"left" | b"start" => 0,
                    b"right" | b"end" => 1,
                    b"top" => 2,
                    b"bottom" => 3,
                    _ => continue,
                };
                sides[side] = scanner
                    .attribute(tag, b"style")
                    .is_some_and(|style| !style.is_empty() && style != b"none");
            }
            Event::End(_) if scanner.depth() == outside => return Ok(sides),
            _ => {}
        }
    }
}

fn alignment(word: &[u8]) -> HorizontalAlignment {
    match word {
        b"left" => HorizontalAlignment::Left,
        b"center" => HorizontalAlignment::Center,
        b"right" => HorizontalAlignment::Right,
        b"fill" => HorizontalAlignment::Fill,
        b"justify" => HorizontalAlignment::Justify,
        b"centerContinuous" => HorizontalAlignment::CenterAcross,
        b"distributed" => HorizontalAlignment::Distributed,
        _ => HorizontalAlignment::General,
    }
}

fn number(scanner: &Scanner, tag: Tag, name: &[u8]) -> u32 {
    scanner
        .attribute(tag, name)
        .and_then(|value| std::str::from_utf8(value).ok()?.trim().parse().ok())
        .unwrap_or(0)
}
