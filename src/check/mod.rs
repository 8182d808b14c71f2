//! Interval evaluation of relations, and the rules that are not relations.

pub mod rules;
mod second;

pub use second::{Again, read_twice};

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::lexicon::Rulebook;
use crate::model::{
    Claim, Coverage, Finding, Judge, Outcome, Packet, Place, Relation, Summary, Value, Verdict,
    evaluate, quantities,
};
use crate::parallel;

/// What the first pass keeps: counts, and what does not hold.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Checks that fail: relation, ordinal, outcome.
    pub failing: Vec<(u32, u32, Outcome)>,
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
    let context = rules::Context {
        rulebook,
        packet,
        quantities: quantities(packet),
        relations,
        failing: &checked.failing,
        rounding: &rounding,
    };
    checked.findings = rules::check(&context);
    for table in &packet.tables {
        let Some(sheet) = packet.table_sheet(table) else { continue };
        for line in table.lines.iter().filter(|line| line.role.is_data()) {
            for field in table.figure_fields() {
                let cell = crate::model::CellRef::new(line.row, field.column);
                let place = Place { file: table.file, sheet: table.sheet, cell };
                let number = match sheet.value(cell) {
                    Value::Empty => false,
                    Value::Number(_) => true,
                    _ => packet.figure(place, Some(table.id)).number().is_some(),
                };
                if number {
                    checked.coverage.numbers += 1;
                    checked.coverage.checked += u64::from(covered.contains(place));
                }
            }
        }
    }
    checked
}

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
        for ordinal in ordinals {
            let verdict = judge.verdict(ordinal);
            piece.summary.count(verdict);
            // What could not be verified was not checked.
            if matches!(verdict, Verdict::Holds | Verdict::Rounding) {
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
        }
        piece
    }
}

/// The cells that took part in a check: a bit for each cell that exists, since a sheet may have millions.
struct Covered<'a> {
    packet: &'a Packet,
    /// Bits of each sheet of each file.
    sheets: Vec<Vec<Vec<AtomicU64>>>,
}

impl<'a> Covered<'a> {
    fn new(packet: &'a Packet) -> Self {
        let sheets = packet
            .files
            .iter()
            .map(|file| {
                let sheets = file.workbook.iter().flat_map(|workbook| &workbook.sheets);
                sheets
                    .map(|sheet| {
                        let words = sheet.cell_count().div_ceil(64);
                        std::iter::repeat_with(AtomicU64::default).take(words).collect()
                    })
                    .collect()
            })
            .collect();
        Self { packet, sheets }
    }

    fn position(&self, place: Place) -> Option<usize> {
        self.packet.sheet(place.file, place.sheet)?.position(place.cell)
    }

    fn insert(&self, place: Place) {
        if let Some(at) = self.position(place) {
            self.bits(place)[at / 64].fetch_or(1 << (at % 64), Ordering::Relaxed);
        }
    }

    fn insert_all(&self, outcome: &Outcome) {
        self.insert(outcome.target.place);
        for term in &outcome.terms {
            self.insert(term.place);
        }
    }

    fn bits(&self, place: Place) -> &[AtomicU64] {
        &self.sheets[place.file as usize][place.sheet as usize]
    }

    fn contains(&self, place: Place) -> bool {
        self.position(place).is_some_and(|at| {
            self.bits(place)[at / 64].load(Ordering::Relaxed) >> (at % 64) & 1 == 1
        })
    }
}
