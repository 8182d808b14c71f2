//! Sums that a label writes out: 结余（收入-支出）, Stock-(need+reserve).
//!
//! A label with operators between names says how many are added and how many taken away; the names that are labels of other
//! series say which. What is left open, the figures decide.
#![expect(clippy::float_arithmetic, reason = "evidence is weighed here, never an amount")]

use std::collections::BTreeMap;

use super::Limits;
use super::apart::independent;
use super::axis::Axis;
use super::evidence::{log2, tally_sum};
use super::family::{Candidate, Form, Terms};
use crate::model::Operation;
use crate::model::words;

/// Names that no label bears may be so many: each is looked for among all series.
const MOST_OPEN: usize = 2;
/// Longest list in which they are looked for.
const LONGEST: usize = 200;

/// The best reading of each label that writes out a sum.
pub(super) fn find(axis: &Axis, limits: &Limits, list: &[usize]) -> Vec<Candidate> {
    if list.len() < 3 || list.len() > LONGEST {
        return vec![];
    }
    let written: Vec<(usize, Operands)> = list
        .iter()
        .filter_map(|target| Some((*target, operands(last(&axis.series[*target].hint.label))?)))
        .collect();
    if written.is_empty() {
        return vec![];
    }
    let mut named: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for &series in list {
        let name = words::key(last(&axis.series[series].hint.label)).into_owned();
        if !name.is_empty() {
            named.entry(name).or_default().push(series);
        }
    }
    written
        .into_iter()
        .filter_map(|(target, operands)| best(axis, limits, list, &named, target, operands))
        .collect()
}

fn best(
    axis: &Axis,
    limits: &Limits,
    list: &[usize],
    named: &BTreeMap<String, Vec<usize>>,
    target: usize,
    (operands, grouped): Operands,
) -> Option<Candidate> {
    let mut terms = Terms { all: vec![], minus: 0 };
    let (mut added, mut taken, mut open) = (vec![], vec![], vec![]);
    for (name, minus) in &operands {
        let side = if *minus { &mut taken } else { &mut added };
        match named.get(&*words::key(name)).map(Vec::as_slice) {
            Some([only]) if *only != target => side.push(*only),
            _ => open.push(*minus),
        }
    }
    // Year-end is no difference: a name or a bracket shows that it is one.
    if open.len() > MOST_OPEN || open.len() == operands.len() && !grouped {
        return None;
    }
    terms.minus = taken.len() + open.iter().filter(|minus| **minus).count();
    let mut best: Option<Candidate> = None;
    let mut chosen = vec![0; open.len()];
    loop {
        let pick = |wanted: bool| {
            open.iter()
                .zip(&chosen)
                .filter(move |(minus, _)| **minus == wanted)
                .map(|(_, at)| list[*at])
        };
        terms.all = added.iter().copied().chain(pick(false)).collect();
        terms.all.extend(taken.iter().copied().chain(pick(true)));
        let mut different = terms.all.clone();
        different.push(target);
        different.sort_unstable();
        if different.windows(2).all(|pair| pair[0] != pair[1])
            && let Some(candidate) = candidate(axis, limits, list, target, &terms, open.len())
            && best.as_ref().is_none_or(|best| candidate.score > best.score + 1e-9)
        {
            best = Some(candidate);
        }
        let Some(next) = chosen.iter().position(|at| at + 1 < list.len()) else { return best };
        chosen[..next].fill(0);
        chosen[next] += 1;
    }
}

fn candidate(
    axis: &Axis,
    limits: &Limits,
    list: &[usize],
    target: usize,
    terms: &Terms,
    open: usize,
) -> Option<Candidate> {
    let (tally, _, _) = tally_sum(axis, target, terms.slice(), false);
    if tally.distinct < 1.0 || f64::from(tally.holds) < limits.signed_share * f64::from(tally.tried)
    {
        return None;
    }
    let tally = independent(axis, target, terms.slice(), false, tally);
    let mut cost = 3.0;
    for _ in 0..open {
        cost += log2(list.len());
    }
    let score = tally.score() - cost;
    (score >= limits.worded_signed).then(|| Candidate {
        operation: Operation::Sum,
        target,
        terms: terms.all.clone(),
        minus: terms.minus,
        factor: 1,
        form: Form::Signed,
        score,
        tally,
    })
}

/// The lowest level of a path of header words.
fn last(label: &str) -> &str {
    label.rsplit(" / ").next().unwrap_or(label)
}

/// The names that a label adds and takes away, and whether brackets show that it is a formula.
type Operands = (Vec<(String, bool)>, bool);

/// What is added, taken away or put in brackets, however it is written.
const SIGNS: [char; 11] = ['+', '-', '(', ')', '（', '）', '－', '−', '—', '–', '＋'];

/// Whether a label may write out a sum, told without taking it apart: it has signs, and where it has neither brackets nor an
/// equals sign, a letter in each part.
fn may_be_written_out(label: &str) -> bool {
    let is_sign = |c: char| SIGNS.contains(&c);
    if !label.contains(is_sign) {
        return false;
    }
    let is_name = |part: &str| part.trim().is_empty() || part.contains(char::is_alphabetic);
    label.contains(['(', ')', '（', '）', '=', '＝']) || label.split(is_sign).all(is_name)
}

fn operands(label: &str) -> Option<Operands> {
    if !may_be_written_out(label) {
        return None;
    }
    let label: String = label
        .chars()
        .map(|c| match c {
            '（' => '(',
            '）' => ')',
            '－' | '−' | '—' | '–' => '-',
            '＋' => '+',
            '＝' => '=',
            other => other,
        })
        .collect();
    let label = label.rsplit('=').next().unwrap_or(&label).trim();
    let expression = inside(label).unwrap_or(label);
    let grouped = expression.contains("-(");
    let mut operands: Vec<(String, bool)> = vec![];
    let mut signs = vec![false];
    let (mut minus, mut name) = (false, String::new());
    let mut close = |name: &mut String, minus: bool| {
        let own = name.trim();
        if own.is_empty() {
            return true;
        }
        let says = own.chars().any(char::is_alphabetic);
        operands.push((own.to_owned(), minus));
        name.clear();
        says
    };
    for c in expression.chars() {
        let outer = signs.last().copied().unwrap_or(false);
        match c {
            '+' | '-' => {
                if !close(&mut name, minus != outer) {
                    return None;
                }
                minus = c == '-';
            }
            '(' => {
                if !name.trim().is_empty() {
                    return None;
                }
                signs.push(outer != minus);
                minus = false;
            }
            ')' => {
                if !close(&mut name, minus != outer) || signs.len() < 2 {
                    return None;
                }
                signs.pop();
                minus = false;
            }
            other => name.push(other),
        }
    }
    let outer = signs.last().copied().unwrap_or(false);
    (close(&mut name, minus != outer) && operands.len() >= 2 && !operands[0].1)
        .then_some((operands, grouped))
}

/// What a label says in brackets behind its name, where that holds an operator.
fn inside(label: &str) -> Option<&str> {
    let open = label.find('(')?;
    let before = label[..open].trim_end();
    let inner = label[open + 1..].strip_suffix(')')?;
    (!before.is_empty()
        && !before.contains(['+', '-'])
        && inner.contains(['+', '-'])
        && !inner.contains(['(', ')']))
    .then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_write_out_what_is_taken_from_what() {
        let read = |label: &str| {
            operands(label).map(|(operands, grouped)| {
                let signed: Vec<String> = operands
                    .iter()
                    .map(|(name, minus)| format!("{}{name}", if *minus { '-' } else { '+' }))
                    .collect();
                (signed.join(" "), grouped)
            })
        };
        for (label, says, grouped) in [
            ("Stock-(need+reserve)", "+Stock -need -reserve", true),
            ("Stock+due-(need+reserve)", "+Stock +due -need -reserve", true),
            ("结余（收入－支出）", "+收入 -支出", false),
            ("年末=年初+增加-减少", "+年初 +增加 -减少", false),
            ("Year-end stock", "+Year -end stock", false),
        ] {
            assert_eq!(read(label), Some((says.to_owned(), grouped)), "{label}");
        }
        for label in ["Stock", "2003-04", "a(b)", "-", "(3)=(1)-(2)"] {
            assert_eq!(read(label), None, "{label}");
        }
    }
}
