//! `gouji rules` and `gouji explain CODE`: the catalogue, in short and in full.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use unicode_width::UnicodeWidthStr as _;

use super::args::Knowledge;
use super::nearest::nearest;
use super::trouble::Trouble;
use super::words::{language, say};
use super::{Exit, output, settings};
use crate::model::RuleCard;
use crate::write;

/// `gouji explain`
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    #[arg(
        required = true,
        value_name = say("代码", "CODE"),
        help = say("规则代码（如 T01），或它的英文名", "the code of a rule (T01), or its name"),
    )]
    codes: Vec<String>,
    #[command(flatten)]
    knowledge: Knowledge,
}

/// Lists every rule, one a line.
pub(super) fn list(knowledge: &Knowledge) -> Result<Exit, Trouble> {
    let rulebook = settings::rulebook(knowledge, &[PathBuf::from(".")])?;
    output::print(|out| {
        for card in rulebook.cards.values() {
            let severity = card.severity.label();
            let severity = severity.get(language());
            let gap = " ".repeat(8_usize.saturating_sub(severity.width()));
            writeln!(out, "{}  {severity}{gap}{}", card.code, card.title(language()))?;
        }
        writeln!(out, "\n{}", say("数量关系的形式（forms）", "Forms of relations"))?;
        for form in &rulebook.forms {
            writeln!(out, "  {}  {}", form.codes.join("、"), form.text().get(language()))?;
        }
        writeln!(out, "\n{}", say("详细说明：gouji explain 代码", "in full: gouji explain CODE"))
    })?;
    Ok(Exit::Clean)
}

/// The rule of that code or name.
pub(super) fn card<'a>(
    cards: &'a BTreeMap<String, RuleCard>,
    wanted: &str,
) -> Result<&'a RuleCard, Trouble> {
    let card = cards.values().find(|card| {
        numbered(&card.code) == numbered(wanted) || card.name.eq_ignore_ascii_case(wanted)
    });
    card.ok_or_else(|| {
        let near =
            nearest(wanted, cards.values().flat_map(|card| [card.code.clone(), card.name.clone()]));
        let trouble = Trouble::new(
            format!("没有代码为“{wanted}”的规则"),
            format!("there is no rule `{wanted}`"),
        );
        match near.as_slice() {
            [] => {
                trouble.hint("运行 gouji rules 查看全部规则", "see `gouji rules` for all of them")
            }
            near => trouble.hint(
                format!("是不是 {}？全部规则见 gouji rules", near.join("、")),
                format!("did you mean {}? See `gouji rules` for all", near.join(", ")),
            ),
        }
    })
}

/// T01, t01 and T1 are one code.
fn numbered(code: &str) -> (String, String) {
    let code = code.trim().to_uppercase();
    let letters = code.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (family, number) = code.split_at(letters);
    (family.to_owned(), number.trim_start_matches('0').to_owned())
}

/// Explains rules in full.
pub(super) fn explain(command: &ExplainArgs) -> Result<Exit, Trouble> {
    let cards = settings::rulebook(&command.knowledge, &[PathBuf::from(".")])?.cards.clone();
    let mut chosen = Vec::new();
    for wanted in &command.codes {
        chosen.push(card(&cards, wanted)?);
    }
    output::print(|out| {
        for (at, card) in chosen.into_iter().enumerate() {
            if at > 0 {
                writeln!(out)?;
            }
            write!(out, "{}", write::rules::page(card, language()))?;
        }
        Ok(())
    })?;
    Ok(Exit::Clean)
}
