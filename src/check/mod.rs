//! Interval evaluation of relations, and the rules that are not relations.

mod catalogue;
pub mod rules;

pub use catalogue::catalogue;

use crate::model::{
    Coverage, Finding, Outcome, Packet, Place, Relation, Summary, Value, Verdict, evaluate,
};

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

/// Numbers the checks, evaluates them all and keeps what does not hold.
pub fn check(packet: &Packet, relations: &mut [Relation]) -> Checked {
    let mut checked = Checked::default();
    let mut next = 0;
    let mut covered = Covered::new(packet);
    let mut rounding = Vec::new();
    for (index, relation) in relations.iter_mut().enumerate() {
        relation.first_check = next;
        next += relation.check_count() as u64;
        for ordinal in 0..relation.check_count() {
            let outcome = evaluate(packet, relation, ordinal);
            checked.summary.count(outcome.verdict);
            // What could not be verified was not checked.
            if !matches!(outcome.verdict, Verdict::Unverifiable | Verdict::NotApplicable) {
                covered.insert(outcome.target.place);
                for term in &outcome.terms {
                    covered.insert(term.place);
                }
            }
            if outcome.verdict == Verdict::Rounding {
                rounding.push((index as u32, ordinal as u32));
            }
            if outcome.verdict == Verdict::Fails {
                checked.failing.push((index as u32, ordinal as u32, outcome));
            }
        }
    }
    let context =
        rules::Context { packet, relations, failing: &checked.failing, rounding: &rounding };
    checked.findings = rules::check(&context);
    for table in &packet.tables {
        let Some(sheet) = packet.table_sheet(table) else { continue };
        for line in table.lines.iter().filter(|line| line.role.is_data()) {
            for field in table.figure_fields() {
                let cell = crate::model::CellRef::new(line.row, field.column);
                let place = Place { file: table.file, sheet: table.sheet, cell };
                if sheet.value(cell) != Value::Empty
                    && packet.figure(place, Some(table.id)).number().is_some()
                {
                    checked.coverage.numbers += 1;
                    checked.coverage.checked += u64::from(covered.contains(place));
                }
            }
        }
    }
    checked
}

/// The cells that took part in a check: a bit for each cell that exists, since a sheet may have millions.
struct Covered<'a> {
    packet: &'a Packet,
    /// Bits of each sheet of each file.
    sheets: Vec<Vec<Vec<u64>>>,
}

impl<'a> Covered<'a> {
    fn new(packet: &'a Packet) -> Self {
        let sheets = packet
            .files
            .iter()
            .map(|file| {
                let sheets = file.workbook.iter().flat_map(|workbook| &workbook.sheets);
                sheets.map(|sheet| vec![0; sheet.cell_count().div_ceil(64)]).collect()
            })
            .collect();
        Self { packet, sheets }
    }

    fn position(&self, place: Place) -> Option<usize> {
        self.packet.sheet(place.file, place.sheet)?.position(place.cell)
    }

    fn insert(&mut self, place: Place) {
        if let Some(at) = self.position(place) {
            self.sheets[place.file as usize][place.sheet as usize][at / 64] |= 1 << (at % 64);
        }
    }

    fn contains(&self, place: Place) -> bool {
        self.position(place).is_some_and(|at| {
            self.sheets[place.file as usize][place.sheet as usize][at / 64] >> (at % 64) & 1 == 1
        })
    }
}
