//! `comments1.xml`: the notes on cells. A threaded comment has a twin here, whose author begins with `tc=`.

use std::collections::BTreeMap;

use super::strings::rich_text;
use crate::model::{CellRef, Note};
use crate::read::error::{Fault, too_large};
use crate::read::xml::{Event, Scanner};

/// The notes by cell.
pub(super) fn read(scanner: &mut Scanner, limit: u64) -> Result<BTreeMap<CellRef, Note>, Fault> {
    let mut notes = BTreeMap::new();
    let mut authors: Vec<String> = Vec::new();
    let mut place: Option<CellRef> = None;
    let mut author = String::new();
    loop {
        match scanner.next()? {
            Event::Start(tag) => match scanner.bytes(tag.name) {
                b"author" => authors.push(scanner.text_content()?),
                b"comment" => {
                    place = scanner.text_attribute(tag, b"ref").and_then(|text| text.parse().ok());
                    author = scanner
                        .text_attribute(tag, b"authorId")
                        .and_then(|id| authors.get(id.parse::<usize>().ok()?).cloned())
                        .unwrap_or_default();
                }
                b"text" => {
                    let text = rich_text(scanner)?;
                    let Some(cell) = place.take() else { continue };
                    if notes.len() as u64 >= limit {
                        return Err(too_large(
                            ("一张工作表的批注数", "notes of one sheet"),
                            limit,
                            "--max-notes",
                        ));
                    }
                    let threaded = author.starts_with("tc=");
                    notes
                        .insert(cell, Note { author: std::mem::take(&mut author), text, threaded });
                }
                _ => {}
            },
            Event::Eof => return Ok(notes),
            _ => {}
        }
    }
}
