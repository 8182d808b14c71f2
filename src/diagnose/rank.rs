//! Which explanation comes first, who its rivals are, and which failure only follows from another.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::cause::{Said, Weight, of_kind, traits};
use super::explain::{Explained, Explanation};
use super::message::message;
use super::network::{Check, Network};
use super::wording::{both, cell, field, figure, is_percent, line};
use super::{elsewhere, follows, incomplete};
use crate::model::{
    Change, Diagnosis, DiagnosisKind, Finding, Operand, Operation, Outcome, Packet, Place,
    Relation, Severity, Text, half_unit, many,
};
use crate::number::Decimal;

/// Explanations shown for one finding.
const SHOWN: usize = 3;

/// Failing checks past which a finding shows its likeliest explanation alone: nobody weighs the others of so many, and a small
/// file can have any number of them.
const MANY: usize = 5_000;

/// Terms of a check that may contradict another; of many some can always be changed.
const FEW: usize = 12;

/// An explanation this much less likely than another is no rival of it in what is asserted: a hundred times.
const MARGIN: Weight = 20;

/// Other blanks in a sum beside which one may still be named.
const MOST_BLANKS: usize = 3;

/// The findings, in the order of the failing checks.
pub(super) fn findings(network: &Network<'_>, explained: &Explained) -> Vec<Finding> {
    let explanations = explained.explanations.as_slice();
    let of = by_check(network, explanations);
    // Under which failing check each one is told; under itself, to begin with.
    let mut into: Vec<usize> = (0..network.failing.len()).collect();
    for (at, root) in roots(network, explanations, &of).into_iter().enumerate() {
        let root = root.or_else(|| follows::below(network, at));
        if let Some(root) = root.filter(|root| end(&into, *root) != at) {
            into[at] = root;
        }
    }
    let mut findings: Vec<Option<Finding>> = (0..network.failing.len())
        .map(|at| (into[at] == at).then(|| finding(network, at, explained, &of[at])))
        .collect();
    elsewhere::group(network, &mut findings, &mut into);
    incomplete::group(network, &mut findings, &mut into);
    for at in 0..findings.len() {
        // Columns that share an explanation are findings of their own.
        if incomplete::is_untold(findings[at].as_ref())
            && let Some(root) = follows::beside(network, at).filter(|root| end(&into, *root) != at)
        {
            into[at] = root;
            findings[at] = None;
        }
    }
    for at in 0..findings.len() {
        let follower = network.failing[at].2.target.place;
        if let Some(root) = findings[end(&into, at)].as_mut()
            && root.place != Some(follower)
        {
            if !root.related.contains(&follower) {
                root.related.push(follower);
            }
            if !root.consequences.contains(&follower) {
                root.consequences.push(follower);
            }
        }
    }
    findings.into_iter().flatten().collect()
}

/// Where following leads to.
fn end(into: &[usize], mut at: usize) -> usize {
    for _ in 0..into.len() {
        if into[at] == at {
            break;
        }
        at = into[at];
    }
    at
}

/// For each failing check the explanations that stand, best first.
fn by_check(network: &Network<'_>, explanations: &[Explanation]) -> Vec<Vec<usize>> {
    let mut of = vec![Vec::new(); network.failing.len()];
    for (index, explanation) in explanations.iter().enumerate().filter(|(_, e)| e.stands()) {
        for &at in &explanation.effect.repairs {
            of[at].push(index);
        }
    }
    for list in &mut of {
        list.sort_by_cached_key(|&index| {
            let explanation = &explanations[index];
            (
                Reverse(explanation.effect.repairs.len()),
                Reverse(explanation.weight),
                explanation.changes.len(),
                explanation.cells(),
            )
        });
    }
    of
}

/// Whether an explanation is worth naming: a known slip, or one cell that mends several checks, or the only one that can
/// be changed at all because the checks around hold all others in place.
fn is_told(explanation: &Explanation, is_alone: bool) -> bool {
    explanation.kind != DiagnosisKind::Unexplained
        || (explanation.effect.repairs.len() > 1 || is_alone) && explanation.changes.len() == 1
        || explanation.changes.len() == 2 && explanation.effect.repairs.len() > 2
}

/// For each failing check the one it follows from: where the likeliest culprit is the total of one check and a part of
/// another, the other only passes the error on; of a line that is wrong in several columns, each column by itself.
fn roots(
    network: &Network<'_>,
    explanations: &[Explanation],
    of: &[Vec<usize>],
) -> Vec<Option<usize>> {
    let mut roots = vec![None; network.failing.len()];
    for at in 0..network.failing.len() {
        let Some(&best) = of[at].first() else { continue };
        let explanation = &explanations[best];
        let own = &network.failing[at].2;
        if !is_told(explanation, false)
            || explanation.changes.iter().any(|change| change.place == own.target.place)
        {
            continue;
        }
        let is_part = |change: &&Change| own.terms.iter().any(|term| term.place == change.place);
        let change = match explanation.changes.as_slice() {
            [change] => change,
            several => match several.iter().find(is_part) {
                Some(change) => change,
                None => continue,
            },
        };
        roots[at] = explanation.effect.repairs.iter().copied().find(|&root| {
            network.failing[root].2.target.place == change.place && of[root].first() == Some(&best)
        });
    }
    roots
}

fn finding(network: &Network<'_>, at: usize, explained: &Explained, of: &[usize]) -> Finding {
    let explanations = explained.explanations.as_slice();
    let (relation_index, ordinal, outcome) = &network.failing[at];
    let relation = &network.relations[*relation_index as usize];
    let most = of.first().map_or(0, |&best| explanations[best].effect.repairs.len());
    let mut cells: BTreeSet<Vec<Place>> = BTreeSet::new();
    for &index in of {
        if explanations[index].effect.repairs.len() == most {
            cells.insert(explanations[index].cells());
        }
    }
    // What is out of all scale is no rival of what brings a figure back into it.
    let is_alone = of.first().is_none_or(|&best| {
        let best = &explanations[best];
        of.iter()
            .map(|other| &explanations[*other])
            .all(|other| other.cells() == best.cells() || other.shift + MARGIN <= best.shift)
    });
    let mut diagnoses = Vec::new();
    let mut shown: BTreeSet<Vec<Place>> = BTreeSet::new();
    let mut blank_told = false;
    let at_most = if network.failing.len() > MANY { 1 } else { SHOWN };
    // That its total might be another is all that is known of a check whose parts were not tried.
    let is_untried = explained.unsolved.contains(&at);
    for &index in of {
        let explanation = &explanations[index];
        let own = explanation.effect.repairs.len();
        if diagnoses.len() == at_most
            || !is_told(explanation, is_alone)
            || is_untried && explanation.kind == DiagnosisKind::Unexplained
            || !shown.insert(explanation.cells())
        {
            continue;
        }
        if is_contradicted(network, explanation) {
            continue;
        }
        let blanks = other_blanks(network, explanations, of, index);
        if is_blank(network, explanation) {
            // Of many blanks none is the likelier one, and one of a few stands for all of them.
            if blank_told || blanks.len() > MOST_BLANKS {
                continue;
            }
            blank_told = !blanks.is_empty();
        }
        // Others that mend as much as the best do are its rivals; a lesser one has all of those against it.
        let rivals = if own == most { cells.len() - 1 } else { cells.len() };
        let mut diagnosis = diagnosis(network, at, explanation, rivals as u32);
        (diagnosis.equals, diagnosis.asserted) = asserted(explanations, of, index);
        if diagnosis.changes.is_empty() {
            diagnosis.asserted = Vec::new();
        }
        if !blanks.is_empty() {
            say_blanks(network, at, &blanks, &mut diagnosis.text);
        }
        diagnoses.push(diagnosis);
    }
    if diagnoses.is_empty() {
        diagnoses.push(if is_untried { unsolved() } else { unexplained(cells.len() as u32) });
    }
    let mut related = Vec::new();
    for change in diagnoses.first().into_iter().flat_map(|diagnosis| &diagnosis.changes) {
        let inside = outcome.terms.iter().any(|term| term.place == change.place);
        if inside && !related.contains(&change.place) {
            related.push(change.place);
        }
    }
    Finding {
        rule: relation.rule.clone(),
        severity: severity(network.packet, relation, outcome),
        check: Some((*relation_index, *ordinal)),
        place: Some(outcome.target.place),
        file: None,
        related,
        consequences: Vec::new(),
        message: message(network.packet, relation, outcome),
        diagnoses,
        matter: None,
        read_twice: None,
    }
}

/// Whether what a change leaves failing at its own cell could not be mended by any further change: two checks that ask
/// for different values of the same few cells contradict each other, and neither says what is wrong.
fn is_contradicted(network: &Network<'_>, explanation: &Explanation) -> bool {
    let [change] = explanation.changes.as_slice() else { return false };
    let left = network.near(change.place);
    let mut left = left.iter().copied().filter(|check| {
        network.failing_index(*check).is_some_and(|at| !explanation.effect.repairs.contains(&at))
    });
    left.any(|check| {
        let known = network.known(check);
        known.is_sum()
            && known.outcome.terms.len() <= FEW
            && !could_hold(network, change, check, &explanation.effect.repairs)
    })
}

/// Whether one more change makes a check hold, after a first one and without undoing what that mended.
fn could_hold(network: &Network<'_>, first: &Change, check: Check, mended: &[usize]) -> bool {
    let known = network.known(check);
    let outcome = &known.outcome;
    let Some(difference) = outcome.difference else { return true };
    let moved = {
        let stated = network.stated(&network.operand(first.place)).unwrap_or_default();
        let by = first.value - stated;
        let own = if first.place == outcome.target.place { by } else { Decimal::ZERO };
        own - by * known.weight(first.place)
    };
    let left = difference + moved;
    let others = outcome.terms.iter().chain([&outcome.target]);
    others.filter(|operand| operand.place != first.place).any(|operand| {
        let by = if operand.place == outcome.target.place {
            Some(-left)
        } else {
            left.checked_div(known.weight(operand.place))
        };
        by.is_some_and(|by| {
            let value = network.stated(operand).unwrap_or_default() + by;
            let effect = network.effect(&[*first, Change { place: operand.place, value }]);
            let at = network.failing_index(check);
            effect.breaks == 0
                && at.is_some_and(|at| effect.repairs.contains(&at))
                && mended.iter().all(|at| effect.repairs.contains(at))
        })
    })
}

/// How many others do as well as an explanation, and what all of them would change alike.
fn asserted(explanations: &[Explanation], of: &[usize], index: usize) -> (u32, Vec<Change>) {
    let own = &explanations[index];
    let equals = || {
        of.iter().map(|other| &explanations[*other]).filter(|other| {
            other.effect.repairs.len() >= own.effect.repairs.len()
                && other.weight + MARGIN > own.weight
                && other.changes != own.changes
        })
    };
    let is_shared = |change: &&Change| equals().all(|other| other.changes.contains(*change));
    (equals().count() as u32, own.changes.iter().filter(is_shared).copied().collect())
}

/// Whether all that an explanation does is fill a blank.
fn is_blank(network: &Network<'_>, explanation: &Explanation) -> bool {
    let [change] = explanation.changes.as_slice() else { return false };
    explanation.kind == DiagnosisKind::Omitted
        && explanation.parts.is_empty()
        && network.stated(&network.operand(change.place)).is_none_or(|value| value.is_zero())
}

/// Other blanks that would do as well, filled, as the one of an explanation: nothing in the sheet tells them apart.
fn other_blanks(
    network: &Network<'_>,
    explanations: &[Explanation],
    of: &[usize],
    index: usize,
) -> Vec<Place> {
    let explanation = &explanations[index];
    if !is_blank(network, explanation) {
        return Vec::new();
    }
    let alike = |other: &&usize| {
        let other = &explanations[**other];
        other.effect.repairs == explanation.effect.repairs
            && other.weight + 5 > explanation.weight
            && other.changes[0].place != explanation.changes[0].place
            && is_blank(network, other)
    };
    let places: BTreeSet<Place> =
        of.iter().filter(alike).map(|other| explanations[*other].changes[0].place).collect();
    places.into_iter().collect()
}

fn say_blanks(network: &Network<'_>, at: usize, blanks: &[Place], text: &mut Text) {
    let from = network.failing[at].2.target.place;
    let cells: Vec<String> =
        blanks.iter().map(|place| cell(network.packet, *place, from)).collect();
    text.zh.push_str(&format!("；{} 同为空白或 0，也可能是其漏填", cells.join("、")));
    text.en.push_str(&format!("; {} is blank too and would do as well", cells.join(", ")));
}

/// Parts that a clause names.
const NAMED: usize = 4;

/// Nothing was tried: the failures have too many cells.
fn unsolved() -> Diagnosis {
    let text = Text::new(
        "未能求解：不符的核对涉及的单元格过多，未逐一试算",
        "not solved: the failing checks have too many cells to try them all",
    );
    Diagnosis { text, ..unexplained(0) }
}

fn unexplained(rivals: u32) -> Diagnosis {
    let text = if rivals > 1 {
        Text::new(
            format!("原因未能判断（改动 {rivals} 处中的任何一处都能使其相符，均非已知差错）"),
            format!(
                "why could not be told (any of {} could be changed to make it tie, none by a known slip)",
                many(rivals, "cell")
            ),
        )
    } else {
        Text::new("原因未能判断", "why could not be told")
    };
    Diagnosis {
        kind: DiagnosisKind::Unexplained,
        changes: Vec::new(),
        text,
        repairs: 0,
        breaks: 0,
        rivals,
        equals: 0,
        asserted: Vec::new(),
    }
}

fn diagnosis(
    network: &Network<'_>,
    at: usize,
    explanation: &Explanation,
    rivals: u32,
) -> Diagnosis {
    // Of a scope that differs, and of digits that are not shown, nothing need change.
    let idle = traits(explanation.kind).idle;
    Diagnosis {
        kind: explanation.kind,
        changes: if idle { Vec::new() } else { explanation.changes.clone() },
        text: text(network, at, explanation, rivals, idle),
        repairs: explanation.effect.repairs.len() as u32,
        breaks: explanation.effect.breaks,
        rivals,
        equals: 0,
        asserted: Vec::new(),
    }
}

fn text(
    network: &Network<'_>,
    at: usize,
    explanation: &Explanation,
    rivals: u32,
    idle: bool,
) -> Text {
    let packet = network.packet;
    let from = network.failing[at].2.target.place;
    let operands: Vec<Operand> =
        explanation.changes.iter().map(|change| network.operand(change.place)).collect();
    let first = &operands[0];
    // The same slip in every column is the line's; else the first is to blame and the others follow from it.
    let is_one_slip = explanation.changes.windows(2).all(|pair| pair[0].value == pair[1].value)
        || traits(explanation.kind).of_line;
    let label = match (operands.len(), line(packet, first)) {
        (2.., name)
            if is_one_slip
                && !name.is_empty()
                && operands.iter().all(|o| o.place.cell.row == first.place.cell.row) =>
        {
            name
        }
        _ => both(packet, first),
    };
    let more = explanation.parts.len().saturating_sub(NAMED);
    let parts: Vec<String> = explanation
        .parts
        .iter()
        .take(NAMED)
        .map(|part| {
            let table = if (part.file, part.sheet) == (from.file, from.sheet) {
                network.failing[at].2.target.table
            } else {
                network.operand(*part).table
            };
            let operand = Operand { table, ..network.operand(*part) };
            let name = if part.cell.row == from.cell.row {
                field(packet, &operand)
            } else {
                line(packet, &operand)
            };
            let cell = cell(packet, *part, from);
            if name.is_empty() { cell } else { format!("{name}（{cell}）") }
        })
        .collect();
    let cause = of_kind(explanation.kind);
    let rest = if more > 0 { format!("…（+{more}）") } else { String::new() };
    let parts = format!("{}{rest}", parts.join("、"));
    let said = Said { label: Text::new(label.clone(), label), parts };
    let clause = match cause {
        _ if is_last_digit(network, at, explanation) => Text::new(
            format!("{}末位取舍不同", said.label.zh),
            format!("the last digit of {} was rounded otherwise", said.label.en),
        ),
        Some(cause) => (cause.words)(&said),
        None => Text::default(),
    };
    let (rivals_zh, rivals_en) = match rivals {
        0 => (String::new(), String::new()),
        n => (format!("（另有 {n} 种解释）"), format!(" ({})", many(n, "other explanation"))),
    };
    if idle {
        return Text::new(
            format!("疑似 {}{rivals_zh}", clause.zh),
            format!("perhaps {}{rivals_en}", clause.en),
        );
    }
    let (change_zh, change_en) = changes(network, explanation, &operands, from);
    let (all_zh, all_en) = mended(network, explanation, &operands);
    Text::new(
        format!("疑似 {}：{change_zh}，{all_zh}，且不影响其他核对{rivals_zh}", clause.zh),
        format!(
            "perhaps {}: {change_en}; {all_en}, and no other check breaks{rivals_en}",
            clause.en
        ),
    )
}

/// A rate within one unit of its last printed digit may be rounded by hand, cut off, or made to add up to 100: 核实性; and so may
/// the only sum of a table that misses by last digits be.
fn severity(packet: &Packet, relation: &Relation, outcome: &Outcome) -> Severity {
    if is_last_digits(packet, relation, outcome) {
        return relation.severity.min(Severity::Warning);
    }
    let rate = matches!(relation.operation, Operation::Ratio | Operation::RelativeChange);
    let own = packet.figure(outcome.target.place, outcome.target.table);
    let step = Decimal::new(1, own.decimals.clamp(0, 28).cast_unsigned());
    let slack = outcome.tolerance.unwrap_or_default() + step;
    match outcome.difference {
        Some(difference) if rate && difference.abs() <= slack => {
            relation.severity.min(Severity::Warning)
        }
        _ => relation.severity,
    }
}

/// Whether a sum of a table whose figures were not rounded misses by no more than rounding might leave elsewhere.
fn is_last_digits(packet: &Packet, relation: &Relation, outcome: &Outcome) -> bool {
    let table = outcome.target.table.map(|table| &packet.tables[table as usize]);
    let own = packet.figure(outcome.target.place, outcome.target.table);
    let half = half_unit(false, false, own.decimals);
    let figures = Decimal::from(outcome.terms.len() + 1);
    relation.operation == Operation::Sum
        && table.is_some_and(|table| table.unrounded)
        && outcome.difference.is_some_and(|difference| difference.abs() <= half * figures)
}

/// Whether a rate is off by one in its last printed digit: cut off, or made to add up, rather than mistyped.
fn is_last_digit(network: &Network<'_>, at: usize, explanation: &Explanation) -> bool {
    let (relation, _, outcome) = &network.failing[at];
    let operation = network.relations[*relation as usize].operation;
    let [change] = explanation.changes.as_slice() else { return false };
    if !matches!(operation, Operation::Ratio | Operation::RelativeChange)
        || change.place != outcome.target.place
    {
        return false;
    }
    let own = network.packet.figure(change.place, outcome.target.table);
    let step = Decimal::new(1, own.decimals.max(0).cast_unsigned());
    outcome.stated.is_some_and(|stated| (stated - change.value).abs() <= step)
}

/// C18、D18 由 138.18 改为 69.09
fn changes(
    network: &Network<'_>,
    explanation: &Explanation,
    operands: &[Operand],
    from: Place,
) -> (String, String) {
    let packet = network.packet;
    let words: Vec<(String, String, String)> = explanation
        .changes
        .iter()
        .zip(operands)
        .map(|(change, operand)| {
            let own = packet.figure(operand.place, operand.table);
            let percent = is_percent(packet, operand);
            let stated =
                own.number().map_or_else(String::new, |value| figure(value, &own, percent));
            let value = figure(change.value, &own, percent);
            (cell(packet, change.place, from), stated, value)
        })
        .collect();
    let alike =
        words.iter().all(|(_, stated, value)| (stated, value) == (&words[0].1, &words[0].2));
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    let mut say = |cells: &[&str], stated: &str, value: &str| {
        let (chinese, english) = (cells.join("、"), cells.join(", "));
        if stated.is_empty() {
            zh.push(format!("{chinese} 填 {value}"));
            en.push(format!("{english} blank → {value}"));
        } else {
            zh.push(format!("{chinese} 由 {stated} 改为 {value}"));
            en.push(format!("{english} {stated} → {value}"));
        }
    };
    if alike {
        let cells: Vec<&str> = words.iter().map(|(cell, ..)| cell.as_str()).collect();
        say(&cells, &words[0].1, &words[0].2);
    } else {
        for (cell, stated, value) in &words {
            say(&[cell], stated, value);
        }
    }
    (zh.join("，"), en.join(", "))
}

/// 原值、在用两列均相符, or how many checks agree then.
fn mended(
    network: &Network<'_>,
    explanation: &Explanation,
    operands: &[Operand],
) -> (String, String) {
    let count = explanation.effect.repairs.len();
    if operands.len() > 1 {
        let fields: Vec<String> =
            operands.iter().map(|operand| field(network.packet, operand)).collect();
        if fields.iter().all(|name| !name.is_empty()) && fields[0] != fields[1] {
            let zh =
                if count == 2 { "两列".to_owned() } else { format!(" {} 列", operands.len()) };
            return (
                format!("{}{zh}均相符", fields.join("、")),
                format!("{} agree then", fields.join(" and ")),
            );
        }
    }
    match count {
        1 => ("即相符".to_owned(), "it ties then".to_owned()),
        n => (format!("{n} 项核对均相符"), format!("{n} checks agree then")),
    }
}
