//! Interval evaluation of relations, and the rules that are not relations.

mod covered;
mod held;
pub mod rules;
mod second;
mod unrounded;

pub use second::{Again, read_twice};
pub use unrounded::mark_unrounded;

use std::ops::Range;

use crate::lexicon::Rulebook;
use crate::model::{
    Claim, Coverage, Finding, Judge, Outcome, Packet, Relation, Summary, Verdict, evaluate,
    quantities,
};
use crate::parallel;
use covered::Covered;
use held::Tally;

/// What the first pass keeps: counts, and what does not hold.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Checks that fail: relation, ordinal, outcome.
    pub failing: Vec<(u32, u32, Outcome)>,
    /// Checks that tie only within the printed digits: relation, ordinal.
    pub rounding: Vec<(u32, u32)>,
    /// Findings of the rules that are not relations.
    pub findings: Vec<Finding>,
    /// Counts of verdicts; findings are counted by the pipeline.
    pub summary: Summary,
    /// Which numbers took part.
    pub coverage: Coverage,
}

/// Numbers the checks, evaluates them all and keeps what does not hold, every failure as good as any other.
pub fn check(rulebook: &Rulebook, packet: &Packet, relations: &mut [Relation]) -> Checked {
    let unweighed = |_: &Packet, _: &[Relation], failing: &[(u32, u32, Outcome)]| {
        vec![Claim::default(); failing.len()]
    };
    check_weighing(rulebook, packet, relations, unweighed)
}

/// The same, where `weigh` says of each failing check what speaks for and against it; those in doubt are unverifiable.
pub fn check_weighing(
    rulebook: &Rulebook,
    packet: &Packet,
    relations: &mut [Relation],
    weigh: impl FnOnce(&Packet, &[Relation], &[(u32, u32, Outcome)]) -> Vec<Claim>,
) -> Checked {
    let mut checked = Checked::default();
    let mut next = 0;
    let covered = Covered::new(packet);
    let mut rounding = Vec::new();
    for (index, relation) in relations.iter_mut().enumerate() {
        relation.first_check = next;
        next += relation.check_count() as u64;
        let relation = &*relation;
        let judge = Judge::new(packet, relation);
        let pieces = parallel::map_pieces(relation.check_count(), relation.piece(), |ordinals| {
            Piece::of(packet, relation, &judge, ordinals, &covered)
        });
        let index = index as u32;
        for piece in pieces {
            checked.summary.add_verdicts(&piece.summary);
            rounding.extend(piece.rounding.into_iter().map(|ordinal| (index, ordinal)));
            let failing = piece.failing.into_iter();
            checked.failing.extend(failing.map(|(ordinal, outcome)| (index, ordinal, outcome)));
        }
    }
    let claims = weigh(packet, relations, &checked.failing);
    let failing = std::mem::take(&mut checked.failing);
    for ((relation, ordinal, outcome), claim) in failing.into_iter().zip(claims) {
        let doubted = claim.doubt.is_some();
        relations[relation as usize].claims.push((ordinal, claim));
        if doubted {
            checked.summary.fails -= 1;
            checked.summary.unverifiable += 1;
        } else {
            covered.insert_all(&outcome);
            checked.failing.push((relation, ordinal, outcome));
        }
    }
    let tallies: Vec<Tally> = packet
        .tables
        .iter()
        .map(|table| {
            let pieces =
                parallel::map_pieces(table.lines.len(), LINES, |lines| covered.tally(table, lines));
            pieces.iter().fold(Tally::new(table.fields.len()), Tally::and)
        })
        .collect();
    for Tally { coverage, .. } in &tallies {
        checked.coverage.numbers += coverage.numbers;
        checked.coverage.checked += coverage.checked;
    }
    let context = rules::Context {
        rulebook,
        packet,
        quantities: quantities(packet),
        held: tallies.into_iter().map(|tally| tally.fields).collect(),
        relations,
        failing: &checked.failing,
        rounding: &rounding,
    };
    checked.findings = rules::check(&context);
    checked.rounding = rounding;
    checked
}

/// Lines that are counted in one go.
const LINES: usize = 4096;

/// What some checks of one relation come to.
#[derive(Default)]
struct Piece {
    summary: Summary,
    failing: Vec<(u32, Outcome)>,
    rounding: Vec<u32>,
}

impl Piece {
    fn of(
        packet: &Packet,
        relation: &Relation,
        judge: &Judge,
        ordinals: Range<usize>,
        covered: &Covered,
    ) -> Self {
        let mut piece = Self::default();
        let mut terms = Vec::new();
        let mut lines = covered.lines(relation);
        judge.verdicts(ordinals, |ordinal, verdict| {
            piece.summary.count(verdict);
            // What could not be verified was not checked.
            if matches!(verdict, Verdict::Holds | Verdict::Rounding)
                && !lines.as_mut().is_some_and(|lines| covered.take(lines, ordinal))
            {
                let target = relation.operands(ordinal, |id| packet.place_of(id), &mut terms);
                covered.insert(target.place);
                for term in &terms {
                    covered.insert(term.place);
                }
            }
            match verdict {
                Verdict::Rounding => piece.rounding.push(ordinal as u32),
                Verdict::Fails => {
                    piece.failing.push((ordinal as u32, evaluate(packet, relation, ordinal)));
                }
                _ => {}
            }
        });
        if let Some(lines) = &lines {
            covered.insert_lines(lines);
        }
        piece
    }
}
