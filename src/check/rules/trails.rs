//! Where money came from and what it was used for, as a drafted report tells it: 收到甲资金 420万元，支出到乙 70万元、丙 343.81万元.
//!
//! A receipt and its uses stand in one part of a sentence, up to the semicolon.

use super::Context;
use crate::model::{Mention, Narrative};

/// A receipt and what a text says it was used for.
pub(super) struct Trail<'a> {
    pub(super) narrative: &'a Narrative,
    pub(super) receipt: &'a Mention,
    /// What the money was received for.
    pub(super) source: String,
    /// The uses with their names.
    pub(super) uses: Vec<(&'a Mention, String)>,
}

/// The trails of all drafted reports.
pub(super) fn trails<'a>(context: &Context<'a>) -> Vec<Trail<'a>> {
    let known = &context.rulebook.words;
    let behind = |text: &str, list: &crate::lexicon::List| {
        let ends = list.iter().filter_map(|word| Some(text.rfind(word.as_str())? + word.len()));
        ends.max().map(|end| text[end..].to_owned())
    };
    let mut found: Vec<Trail> = Vec::new();
    for narrative in &context.packet.narratives {
        let mut open: Option<(Trail, (u32, usize))> = None;
        for mention in narrative.mentions.iter().filter(|mention| !mention.percent) {
            let sentence = &narrative.sentences[mention.sentence as usize];
            let part = sentence[..mention.start].matches(['；', ';']).count();
            let here = (mention.sentence, part);
            if let Some(source) = behind(&mention.before, &known.received_words) {
                found.extend(open.take().map(|(trail, _)| trail));
                if !source.is_empty() {
                    let trail = Trail { narrative, receipt: mention, source, uses: Vec::new() };
                    open = Some((trail, here));
                }
                continue;
            }
            let Some((trail, at)) = &mut open else { continue };
            let used = behind(&mention.before, &known.used_words);
            // The first use says that it is one; those listed behind it need not.
            let name = match used {
                Some(name) => Some(name),
                None if !trail.uses.is_empty() => Some(mention.before.clone()),
                None => None,
            };
            match name.filter(|name| *at == here && !name.is_empty()) {
                Some(name) => trail.uses.push((mention, name)),
                None => found.extend(open.take().map(|(trail, _)| trail)),
            }
        }
        found.extend(open.take().map(|(trail, _)| trail));
    }
    found.retain(|trail| !trail.uses.is_empty());
    found
}
