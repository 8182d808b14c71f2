//! Runs the program on generated workbooks and counts what it saw.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use gouji::model::{CellRef, Finding, Operation, Outcome, Place, Report, Severity, Verdict};
use gouji::number::Decimal;
use gouji::pipeline::Options;
use gouji::pipeline::{Input, run};
use gouji::read::Limits;

use super::book::{Book, Op, Spot, TrueRelation, name};
use super::compose;
use super::oracle;
use super::plant::{Planted, plant};
use super::rng::Rng;

/// A count of hits.
#[derive(Clone, Copy, Debug, Default)]
pub struct Share {
    /// Hits.
    pub hit: usize,
    /// Tries.
    pub of: usize,
}

impl Share {
    /// Counts one try.
    pub fn add(&mut self, hit: bool) {
        self.hit += usize::from(hit);
        self.of += 1;
    }

    /// In thousandths.
    pub fn permille(self) -> usize {
        (self.hit * 1000).checked_div(self.of).unwrap_or(1000)
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}.{} % ({} of {})",
            self.permille() / 10,
            self.permille() % 10,
            self.hit,
            self.of
        )
    }
}

/// Everything counted.
#[derive(Debug, Default)]
pub struct Figures {
    /// True relations that the program checks too.
    pub recall: Share,
    /// The same by the kind of table and of relation.
    pub recall_by: BTreeMap<String, Share>,
    /// Arithmetic findings on workbooks without an error.
    pub false_alarms: usize,
    /// Workbooks with any.
    pub alarmed: usize,
    /// Workbooks.
    pub books: usize,
    /// Planted errors with a finding whose check has the planted cell; a cell left blank may be asked for instead.
    pub detected: Share,
    /// By what was planted.
    pub detected_by: BTreeMap<String, Share>,
    /// Planted errors whose first finding's first diagnosis names the planted cell.
    pub named: Share,
    /// By what was planted.
    pub named_by: BTreeMap<String, Share>,
    /// Any finding's first diagnosis names it.
    pub named_by_any: Share,
    /// The first diagnosis gives the true value.
    pub restored: Share,
    /// Any finding's first diagnosis does.
    pub restored_by_any: Share,
    /// First diagnoses that would break a check that held.
    pub breaking: usize,
    /// What went wrong, for people.
    pub failures: Vec<String>,
    /// The truth is told to the program, so that only the diagnosis is measured.
    pub told: bool,
}

/// Runs the program on a workbook.
pub fn check(book: &Book) -> Report {
    let (path, bytes) = book.bytes();
    let input = Input { path: path.to_owned(), bytes: Ok(bytes) };
    run(&[input], &Options::default(), &Limits::default())
}

fn place(spot: Spot) -> Place {
    Place { file: 0, sheet: spot.0 as u32, cell: CellRef::new(spot.1, spot.2) }
}

type Key = (Op, BTreeSet<(Place, i64)>);

/// The same for 结余 = 预算 − 支出 and 预算 = 支出 + 结余; cells without a figure left out.
fn key(op: Op, target: Place, terms: &[(Place, i64)], stated: impl Fn(Place) -> bool) -> Key {
    if !matches!(op, Op::Sum | Op::Equal) {
        let cells = terms.iter().enumerate().map(|(at, (term, _))| (*term, at as i64 + 1));
        return (op, cells.chain([(target, 0)]).collect());
    }
    let mut cells: Vec<(Place, i64)> =
        terms.iter().copied().filter(|(cell, c)| *c != 0 && stated(*cell)).collect();
    cells.push((target, -1));
    cells.sort_unstable();
    let flip = cells.first().is_some_and(|(_, c)| *c < 0);
    let cells = cells.into_iter().map(|(cell, c)| (cell, if flip { -c } else { c }));
    (Op::Sum, cells.collect())
}

fn checks(report: &Report) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    let packet = &report.packet;
    report.each_check(|_, relation, outcome: Outcome| {
        let op = match relation.operation {
            Operation::Sum => Op::Sum,
            Operation::Equal => Op::Equal,
            Operation::Ratio => Op::Ratio,
            Operation::RelativeChange => Op::Change,
            Operation::Product => Op::Product,
            Operation::Average | Operation::AtMost => return,
        };
        let terms: Vec<(Place, i64)> =
            outcome.terms.iter().map(|term| (term.place, i64::from(term.coefficient))).collect();
        let tables: BTreeMap<Place, Option<u32>> = outcome
            .terms
            .iter()
            .chain([&outcome.target])
            .map(|operand| (operand.place, operand.table))
            .collect();
        let stated = |cell: Place| packet.figure(cell, tables[&cell]).number().is_some();
        keys.insert(key(op, outcome.target.place, &terms, stated));
    });
    keys
}

fn true_key(book: &Book, relation: &TrueRelation) -> Key {
    let terms: Vec<(Place, i64)> =
        relation.terms.iter().map(|(spot, c)| (place(*spot), i64::from(*c))).collect();
    let stated = |cell: Place| {
        let spot = (cell.sheet as usize, cell.cell.row, cell.cell.column);
        book.figures.get(&spot).is_some_and(|figure| figure.value.is_some())
    };
    key(relation.op, place(relation.target), &terms, stated)
}

fn spell(book: &Book, relation: &TrueRelation) -> String {
    let terms: Vec<String> = relation
        .terms
        .iter()
        .map(|(spot, c)| format!("{}{}", if *c < 0 { "-" } else { "+" }, name(*spot)))
        .collect();
    let sheet = &book.sheets[relation.target.0].name;
    format!(
        "{sheet}!{} = {:?} {} ({})",
        name(relation.target),
        relation.op,
        terms.join(""),
        relation.why
    )
}

fn spell_finding(report: &Report, finding: &Finding) -> String {
    let mut text = format!(
        "{} {:?} {} {}",
        finding.rule,
        finding.severity,
        finding.place.map_or(String::new(), |place| format!("{}!{}", place.sheet, place.cell)),
        finding.message.zh
    );
    if let Some((_, relation, outcome)) = report.outcome(finding) {
        let terms: Vec<String> =
            outcome.terms.iter().map(|t| format!("{:+}·{}", t.coefficient, t.place.cell)).collect();
        let _ = write!(
            text,
            " [{:?} {} by {:?}, support {:?}]",
            relation.operation,
            terms.join(" "),
            relation.evidence.iter().collect::<Vec<_>>(),
            relation.support
        );
    }
    for diagnosis in &finding.diagnoses {
        let changes: Vec<String> =
            diagnosis.changes.iter().map(|c| format!("{}→{}", c.place.cell, c.value)).collect();
        let _ = write!(
            text,
            "\n        {:?} {} repairs {} breaks {} rivals {}",
            diagnosis.kind,
            changes.join(" "),
            diagnosis.repairs,
            diagnosis.breaks,
            diagnosis.rivals
        );
    }
    text
}

/// Findings of arithmetic, as against remarks on form.
pub fn arithmetic(report: &Report) -> Vec<&Finding> {
    report
        .findings
        .iter()
        .filter(|finding| finding.check.is_some() && finding.severity != Severity::Info)
        .collect()
}

impl Figures {
    /// Measures the clean workbook of a seed.
    pub fn clean(&mut self, seed: u64, show: bool) {
        let book = compose::book(seed);
        for relation in &book.truth {
            let excess = book.excess(relation);
            assert!(
                excess.is_some_and(|excess| excess.is_zero()),
                "seed {seed}: the generator is wrong: {} is off by {excess:?}\n{}",
                spell(&book, relation),
                book.show()
            );
        }
        let report = check(&book);
        let found = checks(&report);
        let mut missed = Vec::new();
        for relation in &book.truth {
            let hit = found.contains(&true_key(&book, relation));
            self.recall_by
                .entry(format!("{} {}", relation.why, relation.kind))
                .or_default()
                .add(hit);
            if relation.why == "balance" {
                continue;
            }
            self.recall.add(hit);
            if !hit {
                missed.push(spell(&book, relation));
            }
        }
        let alarms: Vec<String> =
            arithmetic(&report).into_iter().map(|f| spell_finding(&report, f)).collect();
        self.books += 1;
        self.false_alarms += alarms.len();
        self.alarmed += usize::from(!alarms.is_empty());
        if show && !(missed.is_empty() && alarms.is_empty()) {
            let mut text = format!("seed {seed}, clean\n{}", book.show());
            for relation in missed.iter().take(8) {
                let _ = writeln!(text, "    missed {relation}");
            }
            if missed.len() > 8 {
                let _ = writeln!(text, "    missed {} more", missed.len() - 8);
            }
            for alarm in alarms {
                let _ = writeln!(text, "    false alarm {alarm}");
            }
            self.failures.push(text);
        }
    }

    /// Measures the workbook of a seed with one error planted in it.
    pub fn planted(&mut self, seed: u64, show: bool) {
        let mut book = compose::book(seed);
        let Some(planted) = plant(&mut book, &mut Rng::new(seed ^ 0x5EED)) else { return };
        let report = if self.told { oracle::check(&book) } else { check(&book) };
        let findings = arithmetic(&report);
        let cell = place(planted.spot);
        let touches = |finding: &&&Finding| {
            report.outcome(finding).is_some_and(|(_, _, outcome)| {
                outcome.verdict == Verdict::Fails
                    && (outcome.target.place == cell
                        || outcome.terms.iter().any(|term| term.place == cell))
            })
        };
        let asked = report
            .findings
            .iter()
            .any(|finding| finding.rule == "W07" && finding.place == Some(cell));
        let detected = asked || findings.iter().any(|finding| touches(&finding));
        let kind = format!("{:?}", planted.slip);
        self.detected.add(detected);
        self.detected_by.entry(kind.clone()).or_default().add(detected);
        let names = |finding: &&Finding| {
            finding.diagnoses.first().is_some_and(|d| d.changes.iter().any(|c| c.place == cell))
        };
        let restores = |finding: &&Finding| {
            finding.diagnoses.first().is_some_and(|diagnosis| {
                diagnosis.changes.iter().any(|change| {
                    change.place == cell
                        && (change.value == planted.truth
                            || change.value == planted.truth * Decimal::ONE_HUNDRED)
                })
            })
        };
        let first = findings.first();
        let named = asked || first.is_some_and(&names);
        let restored = first.is_some_and(&restores);
        self.named.add(named);
        self.named_by.entry(kind).or_default().add(named);
        self.restored.add(restored);
        self.named_by_any.add(findings.iter().any(names));
        self.restored_by_any.add(findings.iter().any(restores));
        self.breaking += findings
            .iter()
            .filter(|finding| finding.diagnoses.first().is_some_and(|d| d.breaks > 0))
            .count();
        if show && !(detected && named && restored) {
            let mut text = format!(
                "seed {seed}, planted {:?} at {}!{}, true value {}; {}\n{}",
                planted.slip,
                book.sheets[planted.spot.0].name,
                name(planted.spot),
                planted.truth,
                match (detected, named, restored) {
                    (false, ..) => "NOT DETECTED",
                    (_, false, _) => "NOT NAMED",
                    _ => "NOT RESTORED",
                },
                book.show()
            );
            for &at in &planted.broken {
                let _ = writeln!(text, "    broken {}", spell(&book, &book.truth[at]));
            }
            for finding in &findings {
                let _ = writeln!(text, "    found {}", spell_finding(&report, finding));
            }
            self.failures.push(text);
        }
    }

    /// In words.
    pub fn summary(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "relation recall        {}", self.recall);
        for (kind, share) in &self.recall_by {
            if share.hit < share.of {
                let _ = writeln!(text, "    {kind:<28} {share}");
            }
        }
        let _ = writeln!(
            text,
            "false alarms           {} in {} of {} clean workbooks",
            self.false_alarms, self.alarmed, self.books
        );
        let _ = writeln!(text, "detected               {}", self.detected);
        for (kind, share) in &self.detected_by {
            let _ = writeln!(text, "    {kind:<28} {share}; named {}", self.named_by[kind]);
        }
        let _ = writeln!(text, "first names the cell   {}; any {}", self.named, self.named_by_any);
        let _ = writeln!(
            text,
            "first restores value   {}; any {}",
            self.restored, self.restored_by_any
        );
        let _ = writeln!(text, "first diagnoses that break a check: {}", self.breaking);
        text
    }
}

/// One planted error, for those who only want to look.
pub fn planted_book(seed: u64) -> (Book, Option<Planted>) {
    let mut book = compose::book(seed);
    let planted = plant(&mut book, &mut Rng::new(seed ^ 0x5EED));
    (book, planted)
}
