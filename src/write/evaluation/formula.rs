//! A check's arithmetic as a live formula over the normalized sheets.
//!
//! Excel computes in binary; where a difference is shown it is rounded to ten decimals, so that 0.1 + 0.2 − 0.3 is nothing
//! there too. SUM and N pass over ——, as our own arithmetic does.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::layout::Layout;
use super::page::reference;
use crate::model::{Marks, Operand, Operation, Outcome, Packet, Relation, Verdict};
use crate::number::{Decimal, Unit, round_half_away};

/// Excel's longest formula is 8,192 characters, its longest list of arguments 255.
const LONGEST: usize = 7_000;

/// Decimals to which differences are rounded.
const NOISE: u32 = 10;

/// What the terms give, as a formula without `=`; `None` when a term is not on a sheet, or the formula would be too long.
pub(super) fn computed(
    layout: &Layout,
    packet: &Packet,
    relation: &Relation,
    outcome: &Outcome,
) -> Option<String> {
    outcome.computed?;
    let base = packet.unit(outcome.target.place, outcome.target.table);
    let term = |operand: &Operand| -> Option<Term> {
        let (sheet, row, column) = layout.spot(packet, operand)?;
        let own = packet.unit(operand.place, operand.table);
        Some(Term {
            sheet: &sheet.name,
            row,
            column,
            coefficient: operand.coefficient,
            factor: factor(own, base)?,
        })
    };
    let terms: Vec<Term> = outcome.terms.iter().map(term).collect::<Option<_>>()?;
    let formula = match relation.operation {
        Operation::Sum | Operation::AtMost => sum(&terms),
        Operation::Equal => scaled(&format!("N({})", terms.first()?.cell()), &terms[0].factor),
        Operation::Average if same_unit(&terms) => {
            scaled(&format!("AVERAGE({})", list(&terms)), &terms.first()?.factor)
        }
        Operation::Product => format!("PRODUCT({})", list(&terms)),
        Operation::Ratio => {
            let [a, b] = terms.as_slice() else { return None };
            format!("{}/{}", scaled(&a.cell(), &a.factor), divisor(b))
        }
        Operation::RelativeChange => {
            let [a, b] = terms.as_slice() else { return None };
            format!("{}/{}-1", scaled(&b.cell(), &b.factor), divisor(a))
        }
        Operation::Average => return None,
    };
    (formula.len() <= LONGEST).then_some(formula)
}

/// A term where it stands.
struct Term<'a> {
    sheet: &'a str,
    row: u32,
    column: u16,
    coefficient: i32,
    factor: Factor,
}

impl Term<'_> {
    fn cell(&self) -> String {
        reference(self.sheet, self.row, self.column)
    }
}

/// How many of the target's units (the base) one of the term's units is, as a whole number times or through.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Factor {
    One,
    Times(Decimal),
    Through(Decimal),
}

pub(super) fn factor(own: Option<&Unit>, base: Option<&Unit>) -> Option<Factor> {
    let (Some(own), Some(base)) = (own.and_then(Unit::yuan), base.and_then(Unit::yuan)) else {
        return Some(Factor::One);
    };
    Some(match own.cmp(&base) {
        Ordering::Equal => Factor::One,
        Ordering::Greater => Factor::Times(own.checked_div(base)?),
        Ordering::Less => Factor::Through(base.checked_div(own)?),
    })
}

pub(super) fn scaled(text: &str, factor: &Factor) -> String {
    match factor {
        Factor::One => text.to_owned(),
        Factor::Times(by) => format!("{text}*{by}"),
        Factor::Through(by) => format!("{text}/{by}"),
    }
}

fn divisor(term: &Term) -> String {
    match term.factor {
        Factor::One => term.cell(),
        _ => format!("({})", scaled(&term.cell(), &term.factor)),
    }
}

fn same_unit(terms: &[Term]) -> bool {
    terms.windows(2).all(|pair| pair[0].factor == pair[1].factor)
}

/// Terms of one coefficient and unit are one SUM; contiguous cells are one range in it.
fn sum(terms: &[Term]) -> String {
    let mut groups: Vec<(i32, Factor, Vec<&Term>)> = Vec::new();
    for term in terms {
        match groups.iter_mut().find(|(c, f, _)| (*c, *f) == (term.coefficient, term.factor)) {
            Some((_, _, members)) => members.push(term),
            None => groups.push((term.coefficient, term.factor, vec![term])),
        }
    }
    let mut formula = String::new();
    for (coefficient, factor, members) in groups {
        let sign = match coefficient {
            ..0 => "-",
            _ if formula.is_empty() => "",
            _ => "+",
        };
        formula.push_str(sign);
        if coefficient.unsigned_abs() != 1 {
            let _ = write!(formula, "{}*", coefficient.unsigned_abs());
        }
        formula.push_str(&scaled(&format!("SUM({})", ranges(&members)), &factor));
    }
    formula
}

fn list(terms: &[Term]) -> String {
    ranges(&terms.iter().collect::<Vec<_>>())
}

/// Cells below or beside each other in the given order are written as one range; no cell is added or left out.
fn ranges(terms: &[&Term]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut at = 0;
    while at < terms.len() {
        let first = terms[at];
        let mut down = at;
        while next_to(terms, down, 1, 0) {
            down += 1;
        }
        let mut right = at;
        while next_to(terms, right, 0, 1) {
            right += 1;
        }
        let end = down.max(right);
        if end - at >= 2 {
            let last = terms[end];
            let corner = crate::model::CellRef::new(last.row, u32::from(last.column));
            parts.push(format!("{}:{corner}", first.cell()));
            at = end + 1;
        } else {
            parts.push(first.cell());
            at += 1;
        }
    }
    // SUM takes no more than 255 arguments.
    if parts.len() <= 250 {
        return parts.join(",");
    }
    parts.chunks(250).map(|chunk| format!("SUM({})", chunk.join(","))).collect::<Vec<_>>().join(",")
}

fn next_to(terms: &[&Term], at: usize, rows: u32, columns: u16) -> bool {
    terms.get(at + 1).is_some_and(|next| {
        let this = terms[at];
        next.sheet == this.sheet
            && next.row == this.row + rows
            && next.column == this.column + columns
    })
}

/// stated − computed as the sheet shows it.
pub(super) fn difference(outcome: &Outcome) -> Option<Decimal> {
    outcome.difference.map(|difference| round_half_away(difference, NOISE))
}

/// The formula of the difference between two cells.
pub(super) fn difference_formula(stated: &str, computed: &str) -> String {
    format!("ROUND({stated}-{computed},{NOISE})")
}

/// The mark of a verdict, with the one for what holds.
pub(super) fn mark<'a>(marks: &'a Marks, verdict: Verdict, holds: &'a str) -> &'a str {
    match verdict {
        Verdict::Holds => holds,
        Verdict::Rounding => &marks.rounding,
        Verdict::Fails => &marks.fails,
        Verdict::Unverifiable => &marks.unverifiable,
        Verdict::NotApplicable => &marks.not_applicable,
    }
}

/// The mark as a formula over the difference's and the tolerance's cells, where that gives the verdict's own mark.
///
/// The intervals of quotients are not symmetric, so that at their very edge the two may part; then the mark is a word.
pub(super) fn mark_formula(
    packet: &Packet,
    relation: &Relation,
    outcome: &Outcome,
    (difference_cell, tolerance_cell): (&str, &str),
    (marks, good): (&Marks, &str),
) -> Option<String> {
    let tolerance = outcome.tolerance?;
    let shown = difference(outcome)?;
    let (test, holds) = match relation.operation {
        Operation::AtMost => (format!("{difference_cell}<=0"), shown <= Decimal::ZERO),
        Operation::Ratio | Operation::RelativeChange | Operation::Average => {
            let half = packet.figure(outcome.target.place, outcome.target.table).half_unit();
            (format!("ABS({difference_cell})<={half}"), shown.abs() <= half)
        }
        _ => (format!("{difference_cell}=0"), shown.is_zero()),
    };
    let given = match (holds, shown.abs() <= tolerance) {
        (true, _) => Verdict::Holds,
        (false, true) => Verdict::Rounding,
        (false, false) => Verdict::Fails,
    };
    (given == outcome.verdict).then(|| {
        let word = |word: &str| format!("\"{}\"", word.replace('"', "\"\""));
        format!(
            "IF({test},{},IF(ABS({difference_cell})<={tolerance_cell},{},{}))",
            word(good),
            word(&marks.rounding),
            word(&marks.fails)
        )
    })
}

/// The arithmetic in words a person can follow in the submitted sheet: C12 + C18 − C19.
pub(super) fn in_words(packet: &Packet, relation: &Relation, outcome: &Outcome) -> String {
    let name = |operand: &Operand| place_words(packet, outcome, operand);
    let terms = &outcome.terms;
    match relation.operation {
        Operation::Sum | Operation::AtMost => {
            let mut words =
                if relation.operation == Operation::AtMost { "≤ " } else { "= " }.to_owned();
            let run = terms.len() > 6 && terms.iter().all(|term| term.coefficient == 1);
            if run {
                let _ = write!(
                    words,
                    "Σ {} … {} ({})",
                    name(&terms[0]),
                    name(&terms[terms.len() - 1]),
                    terms.len()
                );
                return words;
            }
            for (at, term) in terms.iter().enumerate() {
                let sign = match (term.coefficient, at) {
                    (..0, 0) => "−",
                    (..0, _) => " − ",
                    (_, 0) => "",
                    _ => " + ",
                };
                words.push_str(sign);
                if term.coefficient.unsigned_abs() != 1 {
                    let _ = write!(words, "{}×", term.coefficient.unsigned_abs());
                }
                words.push_str(&name(term));
            }
            words
        }
        Operation::Ratio => joined(terms, name, " ÷ "),
        Operation::Product => joined(terms, name, " × "),
        Operation::Equal => joined(terms, name, ""),
        Operation::Average => {
            format!("= AVERAGE({})", terms.iter().map(name).collect::<Vec<_>>().join(", "))
        }
        Operation::RelativeChange => {
            let [first, second] = terms.as_slice() else { return String::new() };
            format!("= {} ÷ {} − 1", name(second), name(first))
        }
    }
}

fn joined(terms: &[Operand], name: impl Fn(&Operand) -> String, by: &str) -> String {
    format!("= {}", terms.iter().map(name).collect::<Vec<_>>().join(by))
}

/// C12, or 支出明细!C12 when on another sheet than the target.
fn place_words(packet: &Packet, outcome: &Outcome, operand: &Operand) -> String {
    let (target, place) = (outcome.target.place, operand.place);
    if (place.file, place.sheet) == (target.file, target.sheet) {
        return place.cell.to_string();
    }
    let sheet = packet.sheet(place.file, place.sheet).map_or("", |sheet| sheet.name.as_str());
    format!("{sheet}!{}", place.cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(row: u32, column: u16, coefficient: i32) -> Term<'static> {
        Term { sheet: "T1 表", row, column, coefficient, factor: Factor::One }
    }

    #[test]
    fn contiguous_parts_are_one_range_and_nothing_else_is() {
        let terms = [term(5, 3, 1), term(6, 3, 1), term(7, 3, 1), term(9, 3, 1), term(8, 4, -1)];
        assert_eq!(sum(&terms), "SUM('T1 表'!D6:D8,'T1 表'!D10)-SUM('T1 表'!E9)");
        let beside = [term(5, 3, 1), term(5, 4, 1), term(5, 5, 1)];
        assert_eq!(sum(&beside), "SUM('T1 表'!D6:F6)");
        let upward = [term(7, 3, 1), term(6, 3, 1), term(5, 3, 1)];
        assert_eq!(sum(&upward), "SUM('T1 表'!D8,'T1 表'!D7,'T1 表'!D6)");
    }

    #[test]
    fn units_are_brought_to_the_targets() {
        let own = factor(Some(&Unit::TenThousandYuan), Some(&Unit::Yuan)).unwrap();
        assert_eq!(scaled("SUM(A1)", &own), "SUM(A1)*10000");
        let own = factor(Some(&Unit::Yuan), Some(&Unit::TenThousandYuan)).unwrap();
        assert_eq!(scaled("SUM(A1)", &own), "SUM(A1)/10000");
        assert!(factor(Some(&Unit::Percent), Some(&Unit::Yuan)) == Some(Factor::One));
    }
}
