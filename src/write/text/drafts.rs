//! What became of the last draft, for people at a terminal.

use std::io::{self, Write as _};

use super::{Ink, Style, Writer, wrap};
use crate::model::{Finding, Operand, Report, many};
use crate::write::clean::Clean;
use crate::write::drafts::{Drafts, Fate};

/// Findings or figures of one sort past which the rest is only counted.
const SHOWN: usize = 20;

/// Writes what was mended, what is still open, what is new, and which figures changed without anybody asking.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_drafts(
    report: &Report,
    before: &Report,
    drafts: &Drafts,
    style: Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let writer = Writer::of(report, style);
    let earlier = Writer::of(before, style);
    let out = &mut Clean::new(out);
    let figures = drafts.figures(before, report);
    let unasked = figures.iter().filter(|one| !one.asked).count();
    let count = |fate: Fate| drafts.count(fate);
    let (tables, compared, changed) = (drafts.tables.len(), drafts.compared, figures.len());
    let (mended, open, new) = (count(Fate::Mended), count(Fate::Open), count(Fate::New));
    let unknown = count(Fate::Unchecked);
    let head = writer.say(
        format!(
            "与上一稿相比：对上 {tables} 张表、{compared} 个数字，改了 {changed} 个数，其中 {unasked} 个上一稿未提出问题；\
             问题已改正 {mended}，仍在 {open}，新出现 {new}，无从判断 {unknown}。"
        ),
        format!(
            "compared with the last draft: {} and {} are in both, {changed} changed, \
             {unasked} of them unasked; findings mended {mended}, open {open}, new {new}, unknown {unknown}.",
            many(tables, "table"),
            many(compared, "figure"),
        ),
    );
    writeln!(out)?;
    for line in writer.plain(&head, Ink::Info) {
        writeln!(out, "{line}")?;
    }
    let told = |writer: &Writer, finding: &Finding| {
        let place = finding.place.map(|place| writer.place(place)).unwrap_or_default();
        let message = finding.message.get(style.language);
        format!("{} {place} {message}", finding.rule)
    };
    for (fate, zh, en) in [
        (Fate::Mended, "已改正", "mended"),
        (Fate::Open, "仍在", "open"),
        (Fate::New, "新出现", "new"),
        (Fate::Unchecked, "无从判断", "unknown"),
    ] {
        let lines: Vec<String> = drafts
            .findings
            .iter()
            .filter(|one| one.fate == fate)
            .filter_map(|one| match (one.now, one.before) {
                (Some(now), _) => Some(told(&writer, report.findings.get(now as usize)?)),
                (None, Some(at)) => Some(told(&earlier, before.findings.get(at as usize)?)),
                (None, None) => None,
            })
            .collect();
        writer.drafted(writer.say(zh, en), &lines, out)?;
    }
    let number = |report: &Report, operand: &Operand| {
        let figure = report.packet.figure(operand.place, operand.table);
        figure.number().map_or_else(
            || writer.say("空".to_owned(), "blank".to_owned()),
            |number| number.normalize().to_string(),
        )
    };
    let lines: Vec<String> = figures
        .iter()
        .filter(|one| !one.asked)
        .map(|one| {
            let label = report.packet.shown_label(one.now.place, one.now.table);
            let (was, is) = (number(before, &one.before), number(report, &one.now));
            format!("{} {label} {was} → {is}", writer.place(one.now.place))
        })
        .collect();
    writer.drafted(writer.say("未提问题而改", "changed unasked"), &lines, out)
}

impl Writer<'_> {
    fn drafted(&self, head: &str, lines: &[String], out: &mut impl io::Write) -> io::Result<()> {
        for line in lines.iter().take(SHOWN) {
            let text = format!("{head} {line}");
            for line in wrap::wrap(&text, self.style.width.max(24)) {
                writeln!(out, "{line}")?;
            }
        }
        let more = lines.len().saturating_sub(SHOWN);
        if more > 0 {
            let text = self.say(format!("{head} 另有 {more} 处"), format!("{head}: {more} more"));
            writeln!(out, "{text}")?;
        }
        Ok(())
    }
}
