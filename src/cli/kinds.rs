//! `gouji kinds` and `gouji words`: the table kinds that are known, by what titles, with which fields and relations.

use std::io::Write as _;
use std::path::PathBuf;

use super::args::Knowledge;
use super::trouble::Trouble;
use super::words::{language, say};
use super::{Exit, output, settings};

/// Lists every table kind, then the relations between kinds.
pub(super) fn list(knowledge: &Knowledge) -> Result<Exit, Trouble> {
    let rulebook = settings::rulebook(knowledge, &[PathBuf::from(".")])?;
    output::print(|out| {
        for kind in &rulebook.kinds {
            let name =
                if kind.english.is_empty() { &kind.name } else { say(&kind.name, &kind.english) };
            writeln!(out, "{name}  {}", kind.id)?;
            let titles: Vec<String> = kind.title.iter().map(|group| group.join("…")).collect();
            writeln!(out, "  {} {}", say("标题含：", "title has:"), titles.join(say("；", "; ")))?;
            for field in &kind.fields {
                writeln!(out, "  .{}  {}", field.id, field.headers.join(say("、", ", ")))?;
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

/// Lists every list of words, then the differences that words announce.
pub(super) fn words(knowledge: &Knowledge) -> Result<Exit, Trouble> {
    let rulebook = settings::rulebook(knowledge, &[PathBuf::from(".")])?;
    output::print(|out| {
        for (name, about, words) in rulebook.words.lists() {
            writeln!(out, "{name}  {}", about.get(language()))?;
            writeln!(out, "  {}\n", words.join(say("、", ", ")))?;
        }
        writeln!(
            out,
            "{}\n",
            say("含义（meanings）：名称由这些字词组成", "Meanings: what labels are made of")
        )?;
        for (name, about, words) in rulebook.meanings.lists() {
            writeln!(out, "{name}  {}", about.get(language()))?;
            writeln!(out, "  {}\n", words.join(say("、", ", ")))?;
        }
        writeln!(out, "{}", say("名称的比较（names）", "How names are compared"))?;
        let endings = rulebook.names.endings().join(say("、", ", "));
        writeln!(out, "  {}{endings}", say("不计的结尾：", "endings that do not count: "))?;
        for (short, long) in rulebook.names.short() {
            writeln!(out, "  {short} = {long}")?;
        }
        writeln!(out)?;
        writeln!(out, "{}", say("差额（differences）", "Differences"))?;
        for form in &rulebook.differences {
            let side = |sign: &str, words: &[String]| {
                if words.is_empty() {
                    String::new()
                } else {
                    format!(" {sign} ({})", words.join("|"))
                }
            };
            writeln!(
                out,
                "  ({}){}{}{}",
                form.target.join("|"),
                side("=", &form.plus),
                side("+", &form.more),
                side("-", &form.minus)
            )?;
        }
        writeln!(out, "\n{}", say("判断标准（beliefs）", "Beliefs"))?;
        for (name, belief) in rulebook.beliefs.all() {
            writeln!(out, "  {name} = {}  {}", belief.value, belief.reason().get(language()))?;
        }
        Ok(())
    })?;
    Ok(Exit::Clean)
}
