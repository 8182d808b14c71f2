//! Everything that a writer needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::outcome::{Outcome, Verdict, evaluate};
use super::packet::Packet;
use super::relation::Relation;
use super::{CellRef, Change, Finding, Matter, RuleCard, Severity, Suppression};
use crate::number::{Decimal, Unit};

/// The language of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

/// What a person says of a table; what is `None` stays as recognized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Index into [`Packet::files`].
    pub file: u32,
    /// Index into [`super::Workbook::sheets`].
    pub sheet: u32,
    /// A cell of the table.
    pub cell: CellRef,
    /// The unit of its money.
    pub unit: Option<Unit>,
    /// The table kind.
    pub kind: Option<String>,
    /// The header's rows on the sheet, first and last.
    pub header: Option<(u32, u32)>,
}

/// A number that a cell is taken to hold, to see what would agree then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supposition {
    /// Index into [`Packet::files`].
    pub file: u32,
    /// Index into [`super::Workbook::sheets`].
    pub sheet: u32,
    /// The cell.
    pub cell: CellRef,
    /// As the cell would store it: 0.228 for 22.8 %.
    pub value: Decimal,
}

/// How many figures there are, and how many took part in a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Coverage {
    /// Numeric cells of all tables.
    pub numbers: u64,
    /// Those in at least one asserted check.
    pub checked: u64,
}

/// Counts for the verdict line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[expect(missing_docs, reason = "the names are those of the verdicts and severities")]
pub struct Summary {
    pub files: u64,
    pub tables: u64,
    pub holds: u64,
    pub rounding: u64,
    pub fails: u64,
    pub unverifiable: u64,
    pub not_applicable: u64,
    pub error: u64,
    pub warning: u64,
    pub info: u64,
    /// Findings that a person has explained: error, warning and info do not count them.
    #[serde(skip_serializing_if = "is_zero")]
    pub suppressed: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Summary {
    /// Counts a verdict.
    pub fn count(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Holds => &mut self.holds,
            Verdict::Rounding => &mut self.rounding,
            Verdict::Fails => &mut self.fails,
            Verdict::Unverifiable => &mut self.unverifiable,
            Verdict::NotApplicable => &mut self.not_applicable,
        } += 1;
    }

    /// Adds the counts of verdicts of other checks.
    pub fn add_verdicts(&mut self, other: &Self) {
        self.holds += other.holds;
        self.rounding += other.rounding;
        self.fails += other.fails;
        self.unverifiable += other.unverifiable;
        self.not_applicable += other.not_applicable;
    }

    /// How many checks.
    pub fn checks(&self) -> u64 {
        self.holds + self.rounding + self.fails + self.unverifiable + self.not_applicable
    }

    /// Findings of a severity.
    pub fn findings(&self, severity: Severity) -> u64 {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Info => self.info,
        }
    }
}

/// A table kind, as people choose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindName {
    /// `expenditure`
    pub id: String,
    /// 支出明细表
    pub name: String,
    /// The same in English; empty where nobody named it.
    pub english: String,
}

/// A whole check of a packet.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Files and tables.
    pub packet: Packet,
    /// Asserted relations, in the order of their checks' ids.
    pub relations: Vec<Relation>,
    /// Findings, sorted by file, sheet, cell.
    pub findings: Vec<Finding>,
    /// Findings that a person has explained, by their index, and why.
    pub suppressed: BTreeMap<u32, Suppression>,
    /// Findings that a person had explained, and whose numbers are others now.
    pub lapsed: BTreeMap<u32, Suppression>,
    /// What the findings come to, each cause once; gravest first.
    pub matters: Vec<Matter>,
    /// Blank cells whose value the equalities around them determine.
    pub deduced: Vec<Change>,
    /// Which numbers were checked.
    pub coverage: Coverage,
    /// Counts.
    pub summary: Summary,
    /// Every rule by its code.
    pub rules: Arc<BTreeMap<String, RuleCard>>,
    /// The table kinds that were known.
    pub kinds: Vec<KindName>,
}

impl Report {
    /// Every check in the order of its id, evaluated when asked for: id, relation, outcome.
    pub fn checks(&self) -> impl Iterator<Item = (u64, &Relation, Outcome)> {
        self.relations.iter().flat_map(move |relation| {
            (0..relation.check_count()).map(move |ordinal| {
                let outcome = evaluate(&self.packet, relation, ordinal);
                (relation.first_check + ordinal as u64, relation, outcome)
            })
        })
    }

    /// Calls `visit` with every check in the order of its id: id, relation, outcome.
    pub fn each_check(&self, mut visit: impl FnMut(u64, &Relation, Outcome)) {
        for (id, relation, outcome) in self.checks() {
            visit(id, relation, outcome);
        }
    }

    /// The outcome behind a finding.
    pub fn outcome(&self, finding: &Finding) -> Option<(u64, &Relation, Outcome)> {
        let (relation, ordinal) = finding.check?;
        let relation = &self.relations[relation as usize];
        Some((
            relation.first_check + u64::from(ordinal),
            relation,
            evaluate(&self.packet, relation, ordinal as usize),
        ))
    }

    /// The matter that a finding is told under.
    pub fn matter(&self, finding: &Finding) -> Option<&Matter> {
        self.matters.get(finding.matter? as usize)
    }

    /// Whether a finding (by its index) is told by another of the same matter.
    pub fn is_told_elsewhere(&self, at: usize) -> bool {
        self.findings
            .get(at)
            .and_then(|finding| self.matter(finding))
            .is_some_and(|matter| matter.findings.first() != Some(&(at as u32)))
    }

    /// The other findings of the same matter, told by this one.
    pub fn also<'a>(&'a self, finding: &'a Finding) -> impl Iterator<Item = &'a Finding> {
        let all = self.matter(finding).map_or(&[][..], |matter| &matter.findings);
        all.iter()
            .map(|at| &self.findings[*at as usize])
            .filter(|other| !std::ptr::eq(*other, finding))
    }

    /// Findings that nobody has explained.
    pub fn standing(&self) -> impl Iterator<Item = &Finding> {
        let explained = |at: usize| self.suppressed.contains_key(&(at as u32));
        self.findings.iter().enumerate().filter(move |(at, _)| !explained(*at)).map(|(_, one)| one)
    }

    /// Why a person lets a finding of this report stand.
    pub fn explained(&self, finding: &Finding) -> Option<&Suppression> {
        let is_it = |at: &u32| std::ptr::eq(&raw const self.findings[*at as usize], finding);
        self.suppressed.iter().find_map(|(at, said)| is_it(at).then_some(said))
    }

    /// The card of a rule.
    pub fn rule(&self, code: &str) -> Option<&RuleCard> {
        self.rules.get(code)
    }
}
