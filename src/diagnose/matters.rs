//! Findings → matters: one cause told once, its cells as a list.
//!
//! Findings stay one a failing check. What they share is told once: the same changes would mend them; one practice is seen
//! in many cells of a sheet; many sums of one table agree in nothing, which is a doubt about the table and not so many
//! errors.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::model::{
    Change, DiagnosisKind, Finding, Matter, Packet, Place, Relation, Severity, Shape, Text,
    Visibility,
};

/// Unexplained sums of one table that are a doubt about its structure, where most of those relations' checks fail: fewer
/// may each be an error of its own.
const DOUBTS: usize = 5;

/// What makes findings one matter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// The same changes mend them.
    Changes(Vec<(Place, String)>),
    /// The same said of cells of one sheet, figures and cells aside.
    Practice { rule: String, severity: Severity, file: u32, sheet: u32, said: String },
    /// Sums of one table that no slip explains.
    Table(u32, String),
    /// Only itself.
    Alone(usize),
}

/// The matters of some findings, gravest first; each finding is told its own.
pub fn matters(packet: &Packet, relations: &[Relation], findings: &mut [Finding]) -> Vec<Matter> {
    let doubted = doubted(relations, findings);
    let mut groups: BTreeMap<Key, Vec<u32>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        let key = key(relations, &doubted, at, finding);
        groups.entry(key).or_default().push(at as u32);
    }
    let mut matters: Vec<Matter> =
        groups.iter().map(|(key, list)| matter(packet, key, list, findings)).collect();
    matters.sort_by_key(|matter| (Reverse(matter.severity), matter.findings[0]));
    for (id, matter) in matters.iter().enumerate() {
        for at in &matter.findings {
            findings[*at as usize].matter = Some(id as u32);
        }
    }
    matters
}

/// Says of findings on hidden sheets that the sheet is hidden.
pub fn tell_hidden(packet: &Packet, findings: &mut [Finding]) {
    for finding in findings {
        let sheet = finding.place.and_then(|place| packet.sheet(place.file, place.sheet));
        let said = finding.message.zh.contains("隐藏");
        if sheet.is_some_and(|sheet| sheet.visibility != Visibility::Visible) && !said {
            finding.message.zh.push_str("（在隐藏的工作表上）");
            finding.message.en.push_str(" (on a hidden sheet)");
        }
    }
}

/// The table of a finding whose sum no slip explains, with its rule.
fn unexplained(relations: &[Relation], finding: &Finding) -> Option<(u32, String)> {
    let (relation, _) = finding.check?;
    let table = match relations[relation as usize].shape {
        Shape::Lines { table, .. } | Shape::Fields { table, .. } => table,
        Shape::Cells { .. } => return None,
    };
    let first = finding.diagnoses.first()?;
    (first.kind == DiagnosisKind::Unexplained && first.changes.is_empty())
        .then(|| (table, finding.rule.clone()))
}

/// Tables, by rule, whose sums mostly fail without an explanation.
fn doubted(relations: &[Relation], findings: &[Finding]) -> Vec<(u32, String)> {
    let mut tables: BTreeMap<(u32, String), (usize, BTreeMap<u32, usize>)> = BTreeMap::new();
    for finding in findings {
        if let (Some(key), Some((relation, _))) = (unexplained(relations, finding), finding.check) {
            let (count, checks) = tables.entry(key).or_default();
            *count += 1;
            checks.insert(relation, relations[relation as usize].check_count());
        }
    }
    tables
        .into_iter()
        .filter(|(_, (count, checks))| {
            *count >= DOUBTS && *count * 2 > checks.values().sum::<usize>()
        })
        .map(|(key, _)| key)
        .collect()
}

fn key(relations: &[Relation], doubted: &[(u32, String)], at: usize, finding: &Finding) -> Key {
    if finding.check.is_none() {
        return match finding.place {
            Some(Place { file, sheet, .. }) if finding.severity != Severity::Error => {
                let said = without_figures(&finding.message.zh);
                let (rule, severity) = (finding.rule.clone(), finding.severity);
                Key::Practice { rule, severity, file, sheet, said }
            }
            _ => Key::Alone(at),
        };
    }
    if let Some((table, rule)) =
        unexplained(relations, finding).filter(|key| doubted.binary_search(key).is_ok())
    {
        return Key::Table(table, rule);
    }
    match finding.diagnoses.first() {
        Some(first) if !first.changes.is_empty() => Key::Changes(
            first
                .changes
                .iter()
                .map(|Change { place, value }| (*place, value.normalize().to_string()))
                .collect(),
        ),
        _ => Key::Alone(at),
    }
}

/// A sentence without its figures and cells: what is the same of two cells.
fn without_figures(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_alphanumeric() && !".,-+%，、".contains(*c)).collect()
}

fn matter(packet: &Packet, key: &Key, list: &[u32], findings: &[Finding]) -> Matter {
    let all = || list.iter().map(|at| &findings[*at as usize]);
    let first = &findings[list[0] as usize];
    let severity = all().map(|finding| finding.severity).max().unwrap_or(first.severity);
    let diagnosis = first.diagnoses.first();
    let count = list.len();
    let text = match key {
        Key::Table(table, _) => {
            let title = packet.tables[*table as usize].title.as_deref().unwrap_or_default();
            Text::new(
                format!(
                    "{title}有 {count} 处合计按所识别的上下级关系都不相符，没有单个差错能够解释：表的结构可能识别有误，请先核对结构"
                ),
                format!(
                    "{title}: {count} totals disagree with their parts as recognized, and no single slip explains them; the table's structure may have been misread"
                ),
            )
        }
        Key::Practice { .. } if count > 1 => Text::new(
            format!("{}（本表共 {count} 处）", first.message.zh),
            format!("{} ({count} such on this sheet)", first.message.en),
        ),
        _ => match diagnosis.filter(|one| one.kind != DiagnosisKind::Unexplained) {
            Some(diagnosis) => Text::new(
                format!("{}：{}", first.message.zh, diagnosis.text.zh),
                format!("{}: {}", first.message.en, diagnosis.text.en),
            ),
            None => first.message.clone(),
        },
    };
    let changes = diagnosis.map(|one| one.asserted.clone()).unwrap_or_default();
    let mut consequences: Vec<Place> =
        all().flat_map(|finding| finding.consequences.iter().copied()).collect();
    consequences.sort_unstable();
    consequences.dedup();
    consequences.retain(|place| all().all(|finding| finding.place != Some(*place)));
    Matter {
        severity,
        text,
        place: changes.first().map(|change| change.place).or(first.place),
        changes,
        findings: list.to_vec(),
        consequences,
        one_of: diagnosis.map_or(1, |one| {
            let others = if one.changes.is_empty() { one.rivals.max(1) - 1 } else { one.equals };
            1 + others
        }),
    }
}
