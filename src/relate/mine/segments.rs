//! Sums of whole blocks of lines without totals of their own, some of them taken away: what came in less what went out, where
//! headings part the blocks.
//!
//! A block is all that stands between two gaps. How the nearest ones are added or taken away is asked of a few instances;
//! what gives the target in one is tried in all.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "evidence is weighed here, never an amount"
)]

use super::Limits;
use super::apart::{independent, of_one_whole};
use super::axis::{Axis, Direction};
use super::evidence::{log2, tally_sum};
use super::family::{Candidate, Form, Terms};
use super::signed::{CHOICE, is_worded};
use super::words::Word;
use crate::model::Operation;

/// How many blocks before the target may be added, taken away or left out.
const BLOCKS: usize = 7;
/// Longest list that is searched.
const LONGEST: usize = 240;
/// Most lines of all these blocks together.
const LINES: usize = 80;
/// Instances that are asked: in one, a stray figure may stand among the lines.
const PIVOTS: usize = 3;
/// Choices that give the target in one instance, past which its figures are too small to tell.
const MOST_HITS: usize = 8;

/// The best choice of blocks for each target that `open` leaves to be explained.
pub(super) fn find(
    axis: &Axis,
    limits: &Limits,
    list: &[usize],
    open: impl Fn(usize) -> bool,
) -> Vec<Candidate> {
    if axis.direction == Direction::Fields || list.len() > LONGEST || axis.instances < 2 {
        return vec![];
    }
    let blocks = blocks(axis, list);
    if blocks.len() < 2 {
        return vec![];
    }
    let mut found = vec![];
    for (at, &target) in list.iter().enumerate() {
        if !open(target) {
            continue;
        }
        let own = blocks.partition_point(|block| block.end <= at);
        // The block that the target closes, and those before it.
        let mut near: Vec<&[usize]> = vec![];
        let before = blocks.get(own).map_or(at..at, |block| block.start..at);
        let earlier = blocks[..own].iter().rev().cloned();
        for block in std::iter::once(before).chain(earlier).filter(|block| !block.is_empty()) {
            let lines = near.iter().map(|block| block.len()).sum::<usize>() + block.len();
            if near.len() == BLOCKS || lines > LINES {
                break;
            }
            near.push(&list[block]);
        }
        if near.len() >= 2 {
            let mut tried = pivots(axis, target).into_iter();
            found.extend(tried.find_map(|pivot| best(axis, limits, target, &near, pivot)));
        }
    }
    found
}

/// Stretches of the list without a gap.
fn blocks(axis: &Axis, list: &[usize]) -> Vec<std::ops::Range<usize>> {
    let mut blocks: Vec<std::ops::Range<usize>> = vec![];
    for (at, &series) in list.iter().enumerate() {
        match blocks.last_mut() {
            Some(block) if !axis.series[series].after_gap => block.end = at + 1,
            _ => blocks.push(at..at + 1),
        }
    }
    blocks
}

/// The instances in which the target says most.
fn pivots(axis: &Axis, target: usize) -> Vec<usize> {
    let size = |at: usize| axis.at(target, at).map_or(0, |cell| cell.value.abs());
    let mut pivots: Vec<usize> = (0..axis.instances).filter(|at| size(*at) != 0).collect();
    pivots.sort_by_key(|at| std::cmp::Reverse(size(*at)));
    pivots.truncate(PIVOTS);
    pivots
}

fn best(
    axis: &Axis,
    limits: &Limits,
    target: usize,
    near: &[&[usize]],
    pivot: usize,
) -> Option<Candidate> {
    let stated = axis.at(target, pivot)?;
    let mut slack = stated.half + axis.noise * 8;
    let mut sums = vec![];
    for block in near {
        let figures = || block.iter().filter_map(|series| axis.at(*series, pivot));
        slack += figures().map(|cell| cell.half).sum::<i128>();
        sums.push(figures().map(|cell| cell.value).sum::<i128>());
    }
    let mut hits = vec![];
    choices(&sums, stated.value, slack, &mut vec![], &mut hits);
    if hits.len() > MOST_HITS {
        return None;
    }
    let candidates = hits.iter().filter_map(|signs| candidate(axis, limits, target, near, signs));
    candidates.max_by(|a, b| a.score.total_cmp(&b.score))
}

/// The signs of blocks whose sum is what is left to explain; more than is asked for are not looked for.
fn choices(sums: &[i128], left: i128, slack: i128, signs: &mut Vec<i8>, hits: &mut Vec<Vec<i8>>) {
    let Some((first, rest)) = sums.split_first() else {
        let taken = signs.iter().filter(|sign| **sign != 0).count();
        if left.abs() <= slack && taken >= 2 && signs.contains(&1) {
            hits.push(signs.clone());
        }
        return;
    };
    let all: &[i8] = if *first == 0 { &[0] } else { &[0, 1, -1] };
    for sign in all {
        if hits.len() > MOST_HITS {
            return;
        }
        signs.push(*sign);
        choices(rest, left - first * i128::from(*sign), slack, signs, hits);
        signs.pop();
    }
}

fn candidate(
    axis: &Axis,
    limits: &Limits,
    target: usize,
    near: &[&[usize]],
    signs: &[i8],
) -> Option<Candidate> {
    let pick = |wanted: i8| {
        near.iter().zip(signs).filter(move |(_, sign)| **sign == wanted).flat_map(|(b, _)| *b)
    };
    let minus = pick(-1).count();
    let terms = Terms { all: pick(1).chain(pick(-1)).copied().collect(), minus };
    let (tally, _, _) = tally_sum(axis, target, terms.slice(), false);
    if terms.all.len() < 3
        || f64::from(tally.holds) < limits.signed_share * f64::from(tally.tried)
        || minus > 0 && of_one_whole(axis, target, terms.slice())
    {
        return None;
    }
    let tally = independent(axis, target, terms.slice(), false, tally);
    let percent = |series: usize| axis.says(series, Word::Percent);
    if terms.all.iter().any(|term| percent(*term) != percent(target)) {
        return None;
    }
    let worded = axis.says(target, Word::Total) || is_worded(axis, target);
    let far = signs.iter().rposition(|sign| *sign != 0).unwrap_or(0) + 1;
    let score = tally.score() - 3.0 - CHOICE * far as f64 - log2(near.len());
    let (floor, distinct) = if worded {
        (limits.signed, limits.listed_distinct)
    } else {
        (limits.listed, limits.apart_distinct)
    };
    (score >= floor && tally.distinct >= distinct).then_some(Candidate {
        operation: Operation::Sum,
        target,
        terms: terms.all,
        minus,
        factor: 1,
        form: Form::Signed,
        score,
        tally,
    })
}
