//! What one mark of the lines alone says that a line adds up: indent, numbering, code.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::axes::{List, Set, is_total};
use crate::model::{Line, LineRole, Table};

/// The lines that a total can speak of: since the last total, up to the next.
fn scopes(lines: &[Line], at: usize) -> [std::ops::Range<usize>; 2] {
    let stops = |line: &Line| is_total(line) || line.role == LineRole::Section;
    let start = lines[..at].iter().rposition(stops).map_or(0, |stop| stop + 1);
    let end = lines[at + 1..].iter().position(stops).map_or(lines.len(), |stop| at + 1 + stop);
    [start..at, at + 1..end]
}

/// Whether the list leaves no line on its total's side that is no part of it and stands under none, in a table whose totals
/// all stand on one side.
pub(super) fn is_sole(table: &Table, list: &List) -> bool {
    let lines = &table.lines;
    if !is_total(&lines[list.target]) || list.terms.iter().any(|(_, c)| *c != 1) {
        return false;
    }
    let data = |at: &usize| lines[*at].role.is_data();
    let (first, last) = ((0..lines.len()).find(data), (0..lines.len()).rfind(data));
    let at_top = first.is_some_and(|first| is_total(&lines[first]));
    let at_bottom = last.is_some_and(|last| is_total(&lines[last]));
    let [above, below] = scopes(lines, list.target);
    let scope = match (at_top, at_bottom) {
        (false, true) => above,
        (true, false) => below,
        _ => return false,
    };
    let parts: BTreeSet<usize> = list.terms.iter().map(|(at, _)| *at).collect();
    let form = |at: usize| {
        let line = &lines[at];
        (line.numbering, line.indent, line.code.as_ref().map(String::len))
    };
    let Some(like) = parts.first().map(|at| form(*at)) else { return false };
    // Under the part before it: deeper by one mark at least, and outer by none.
    let under = |at: usize| {
        let (own, outer) =
            (&lines[at], &lines[parts.range(..at).next_back().copied().unwrap_or(at)]);
        let numbering = match (outer.numbering, own.numbering) {
            (Some(outer), Some(own)) => own.cmp(&outer),
            (Some(_), None) => std::cmp::Ordering::Greater,
            (None, Some(_)) => std::cmp::Ordering::Less,
            (None, None) => std::cmp::Ordering::Equal,
        };
        let code = match (&outer.code, &own.code) {
            (Some(outer), Some(own)) => own.len().cmp(&outer.len()),
            _ => std::cmp::Ordering::Equal,
        };
        let marks = [numbering, own.indent.cmp(&outer.indent), code];
        own.role == LineRole::OfWhich
            || marks.contains(&std::cmp::Ordering::Greater)
                && !marks.contains(&std::cmp::Ordering::Less)
    };
    parts.len() >= 2
        && parts.iter().all(|at| scope.contains(at) && form(*at) == like)
        && scope.filter(data).all(|at| parts.contains(&at) || under(at))
}

/// The lines without those that 其中 lists, where the claim counts none of these.
fn in_one_list(lines: &[Line], list: &List, found: Vec<usize>) -> Vec<usize> {
    let counted = list.terms.iter().any(|(at, _)| lines[*at].role == LineRole::OfWhich);
    found.into_iter().filter(|at| counted || lines[*at].role != LineRole::OfWhich).collect()
}

/// What indents alone say stands under a line, or outermost beside a total.
pub(super) fn by_indents(lines: &[Line], list: &List) -> Option<Set> {
    let own = lines[list.target].indent;
    if is_total(&lines[list.target]) {
        return outermost(lines, list, |line| Some(line.indent));
    }
    let under: Vec<usize> = (list.target + 1..lines.len())
        .filter(|at| lines[*at].role.is_data())
        .take_while(|at| lines[*at].indent > own && !is_total(&lines[*at]))
        .collect();
    let under = in_one_list(lines, list, under);
    let least = under.iter().map(|at| lines[*at].indent).min()?;
    // 其中：甲 over 乙, which stands where 甲 does: whether it is beside or under it, indents do not say.
    if let [first, rest @ ..] = under.as_slice()
        && lines[*first].role == LineRole::OfWhich
        && !rest.is_empty()
        && rest.iter().all(|at| lines[*at].indent > lines[*first].indent)
    {
        return None;
    }
    // The first one says how deep the parts stand.
    (lines[*under.first()?].indent == least)
        .then(|| under.into_iter().filter(|at| lines[*at].indent == least).collect())
}

/// What numbering alone says.
pub(super) fn by_numbering(lines: &[Line], list: &List) -> Option<Set> {
    if is_total(&lines[list.target]) {
        return outermost(lines, list, |line| line.numbering);
    }
    let own = lines[list.target].numbering?;
    let under: Vec<usize> = (list.target + 1..lines.len())
        .filter(|at| lines[*at].role.is_data())
        .take_while(|at| {
            !is_total(&lines[*at]) && lines[*at].numbering.is_none_or(|other| other > own)
        })
        .collect();
    let under = in_one_list(lines, list, under);
    let least = under.iter().filter_map(|at| lines[*at].numbering).min();
    let set: Set = under.into_iter().filter(|at| lines[*at].numbering == least).collect();
    (!set.is_empty()).then_some(set)
}

/// The lines of a total's side that bear the outermost mark, where marks differ.
fn outermost<T: Ord>(
    lines: &[Line],
    list: &List,
    mark: impl Fn(&Line) -> Option<T>,
) -> Option<Set> {
    let (first, last) = (list.terms.first()?.0, list.terms.last()?.0);
    let [above, below] = scopes(lines, list.target);
    let scope = if last < list.target {
        first.min(above.start)..above.end
    } else {
        below.start..below.end.max(last + 1)
    };
    let items: Vec<usize> = scope.filter(|at| lines[*at].role.is_data()).collect();
    let items = in_one_list(lines, list, items);
    let least = items.iter().filter_map(|at| mark(&lines[*at])).min()?;
    let most = items.iter().filter_map(|at| mark(&lines[*at])).max()?;
    let bare = items.iter().any(|at| mark(&lines[*at]).is_none());
    (least < most || bare).then(|| {
        items.into_iter().filter(|at| mark(&lines[*at]).as_ref() == Some(&least)).collect()
    })
}

/// What codes alone say.
pub(super) fn by_codes(lines: &[Line], list: &List) -> Option<Set> {
    let own = lines[list.target].code.as_deref();
    if own.is_none() && !is_total(&lines[list.target]) {
        return None;
    }
    let own = own.unwrap_or_default();
    let coded: Vec<(usize, &str)> = lines
        .iter()
        .enumerate()
        .filter(|(at, line)| *at != list.target && line.role.is_data())
        .filter_map(|(at, line)| Some((at, line.code.as_deref()?)))
        .filter(|(_, code)| code.len() > own.len() && code.starts_with(own))
        .collect();
    if coded.len() > 2_000 {
        return None;
    }
    let codes: HashSet<&str> = coded.iter().map(|(_, code)| *code).collect();
    let nested = |code: &str| {
        (own.len() + 1..code.len())
            .any(|end| code.get(..end).is_some_and(|head| codes.contains(head)))
    };
    let set: Set = coded.iter().filter(|(_, code)| !nested(code)).map(|(at, _)| *at).collect();
    (!set.is_empty()).then_some(set)
}

/// Lines that bear one mark, in the reaches that a line may add up.
pub(super) fn level_sets(lines: &[Line], target: usize) -> Vec<Set> {
    let [above, below] = scopes(lines, target);
    let reaches = [above, below, 0..target, target + 1..lines.len()];
    let mut sets: BTreeSet<Set> = BTreeSet::new();
    for reach in reaches {
        let data: Vec<usize> = reach.filter(|at| lines[*at].role.is_data()).collect();
        let mut by_mark: HashMap<(u8, u32), Set> = HashMap::new();
        for at in data {
            let line = &lines[at];
            let code = line.code.as_ref().map_or(0, |code| code.len() as u32);
            let marks = [
                (0, line.numbering.map_or(0, |numbering| numbering as u32 + 1)),
                (1, line.indent),
                (2, code),
                (3, u32::from(is_total(line))),
                (4, u32::from(line.level)),
                (5, u32::from(line.bold)),
                (6, 0),
            ];
            for mark in marks {
                by_mark.entry(mark).or_default().push(at);
            }
        }
        sets.extend(by_mark.into_values().filter(|set| set.len() >= 2));
    }
    sets.into_iter().collect()
}
