//! What people wrote into a working paper, for the next one: conclusions stand as long as the numbers do.
//!
//! A row that people fill in ends with a hidden key: what it is about, and the numbers it was judged by. The cells before the
//! key are theirs, wherever rows were sorted to or columns inserted.

use std::collections::BTreeMap;

use crate::model::{CellRef, Decision, Sheet, Value, Workbook};
use crate::number::Decimal;

/// What every key begins with.
const KEY: &str = "gouji";

/// What a row's key says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// A row of 差异清单: conclusion, note, reviewer.
    Finding,
    /// A row of 问题核实反馈单: the unit's answer, a remark.
    Answer,
    /// A pair of names that may be one project.
    Pair,
    /// A line whose voucher is to be drawn.
    Voucher,
    /// A line of the cover: who, when.
    Signed,
}

impl Subject {
    const ALL: [Self; 5] = [Self::Finding, Self::Answer, Self::Pair, Self::Voucher, Self::Signed];

    fn letter(self) -> &'static str {
        match self {
            Self::Finding => "finding",
            Self::Answer => "answer",
            Self::Pair => "pair",
            Self::Voucher => "voucher",
            Self::Signed => "signed",
        }
    }

    /// How many cells before the key people fill in.
    fn cells(self) -> u32 {
        match self {
            Self::Finding | Self::Signed => 3,
            Self::Answer => 2,
            Self::Pair => 1,
            Self::Voucher => 4,
        }
    }
}

/// The hidden key of a row: what it is about, and the numbers it is judged by.
pub(super) fn key(subject: Subject, about: &str, numbers: &[Option<Decimal>]) -> String {
    let about: String = about.chars().filter(|c| !c.is_control() && *c != '|').take(150).collect();
    let mut key = format!("{KEY}|{}|{about}", subject.letter());
    for number in numbers {
        key.push('|');
        key.extend(number.map(|number| number.normalize().to_string()));
    }
    key
}

/// A row that people filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    numbers: Vec<String>,
    words: Vec<String>,
}

/// What people wrote into a working paper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    rows: BTreeMap<(Subject, String), Kept>,
    /// Rows with a key, filled in or not.
    keys: usize,
}

impl Review {
    /// Reads a working paper of ours; `None` where the workbook is none.
    pub fn of(paper: &Workbook) -> Option<Self> {
        let mut review = Self::default();
        for sheet in &paper.sheets {
            review.read(sheet);
        }
        (review.keys > 0).then_some(review)
    }

    /// What people decided of pairs of names: 是 or 否 beside two names that may be one project.
    pub fn decisions(&self) -> Vec<Decision> {
        let pairs = self.rows.iter().filter(|((subject, _), _)| *subject == Subject::Pair);
        pairs
            .filter_map(|((_, about), kept)| {
                let same = Decision::word(kept.words.first()?)?;
                let names: Vec<String> = about.split('／').map(str::to_owned).collect();
                // A name that holds the stroke itself cannot be told from two.
                (names.len() == 2).then_some(Decision {
                    names,
                    same,
                    reason: None,
                    by: None,
                    on: None,
                })
            })
            .collect()
    }

    /// How many rows people filled in.
    pub fn filled(&self) -> usize {
        self.rows.keys().filter(|(subject, _)| *subject != Subject::Signed).count()
    }

    fn read(&mut self, sheet: &Sheet) {
        for (cell, value, _) in sheet.cells() {
            let Value::Text(id) = value else { continue };
            let Some((subject, about, numbers)) = parse(sheet.texts.get(id)) else { continue };
            self.keys += 1;
            let first = cell.column.saturating_sub(subject.cells());
            let words: Vec<String> =
                (first..cell.column).map(|column| words(sheet, cell.row, column)).collect();
            if words.iter().any(|word| !word.is_empty()) {
                self.rows.insert((subject, about), Kept { numbers, words });
            }
        }
    }

    /// What was written in the row of a key, and whether its numbers are those of today.
    pub(super) fn words(&self, key: &str) -> Option<(&[String], bool)> {
        let (subject, about, numbers) = parse(key)?;
        let kept = self.rows.get(&(subject, about))?;
        Some((&kept.words, kept.numbers == numbers))
    }

    /// The numbers by which the row of a key was judged.
    pub(super) fn numbers(&self, key: &str) -> Option<&[String]> {
        let (subject, about, _) = parse(key)?;
        self.rows.get(&(subject, about)).map(|kept| kept.numbers.as_slice())
    }
}

fn parse(key: &str) -> Option<(Subject, String, Vec<String>)> {
    let mut parts = key.split('|');
    if parts.next() != Some(KEY) {
        return None;
    }
    let word = parts.next()?;
    let subject = Subject::ALL.into_iter().find(|subject| subject.letter() == word)?;
    let about = parts.next()?.to_owned();
    Some((subject, about, parts.map(str::to_owned).collect()))
}

fn words(sheet: &Sheet, row: u32, column: u32) -> String {
    match sheet.value(CellRef::new(row, column)) {
        Value::Text(id) => sheet.texts.get(id).trim().to_owned(),
        Value::Number(number) => number.normalize().to_string(),
        Value::Bool(_) | Value::Error(_) | Value::Empty => String::new(),
    }
}
