//! `gouji kinds`: the table kinds that are known, by what titles, with which fields and relations.

use std::io::Write as _;

use super::trouble::Trouble;
use super::words::say;
use super::{Exit, output};
use crate::lexicon::Rulebook;

/// Lists every table kind, then the relations between kinds.
pub(super) fn list() -> Result<Exit, Trouble> {
    let rulebook = Rulebook::default();
    output::print(|out| {
        for kind in &rulebook.kinds {
            writeln!(out, "{}  {}", kind.name, kind.id)?;
            let titles: Vec<String> = kind.title.iter().map(|group| group.join("…")).collect();
            writeln!(out, "  {} {}", say("标题含：", "title has:"), titles.join(say("；", "; ")))?;
            for field in &kind.fields {
                writeln!(out, "  .{}  {}", field.id, field.headers.join("、"))?;
            }
            for declared in &kind.relations {
                writeln!(out, "  {}  {}", declared.code, declared.relation)?;
            }
            writeln!(out)?;
        }
        writeln!(out, "{}", say("表间关系", "Between tables"))?;
        for declared in &rulebook.relations {
            writeln!(out, "  {}  {}", declared.code, declared.relation)?;
        }
        Ok(())
    })?;
    Ok(Exit::Clean)
}
