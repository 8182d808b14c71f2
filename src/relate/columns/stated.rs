//! The sheet's own 公式 and 栏次 lines: A=B+C.

use super::{Parts, Proposer};
use crate::model::{Operation, Origin, Relation, Severity, Shape};
use crate::relate::view::Trial;

impl Proposer<'_> {
    /// The sheet's own 公式 and 栏次 lines: A=B+C.
    pub(super) fn declared(&self) -> Vec<Relation> {
        let mut relations = Vec::new();
        for (target, field) in self.fields().iter().enumerate() {
            let (Some(formula), true) = (&field.formula, field.role.is_figure()) else { continue };
            let find = |symbol: &str| {
                self.fields().iter().position(|field| {
                    field.symbol.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(symbol))
                })
            };
            if let Some(parts) = linear(formula, find) {
                let score = self.score(target, &parts);
                if score.convinces() || score.holds > score.fails {
                    let rule = if parts.iter().all(|(_, coefficient)| *coefficient > 0) {
                        "T02"
                    } else {
                        "T03"
                    };
                    relations.extend(self.fields_relation(
                        rule,
                        Severity::Error,
                        Operation::Sum,
                        target,
                        parts,
                        &score,
                    ));
                }
            }
        }
        let table = self.view.table;
        for (target, line) in table.lines.iter().enumerate() {
            let (Some(formula), true) = (&line.formula, line.role.is_data()) else { continue };
            let find = |symbol: &str| {
                table.lines.iter().position(|line| {
                    line.role.is_data()
                        && line
                            .symbol
                            .as_deref()
                            .is_some_and(|own| own.eq_ignore_ascii_case(symbol))
                })
            };
            let Some(parts) = linear(formula, find) else { continue };
            let (mut holds, mut fails) = (0, 0);
            let mut columns = Vec::new();
            for at in self.amounts() {
                match self.view.try_lines(at, target, &parts) {
                    Trial::Holds | Trial::Single | Trial::Trivial => holds += 1,
                    Trial::Fails => fails += 1,
                    Trial::Untried => continue,
                }
                columns.push(table.fields[at].column);
            }
            // What the sheet itself says of one figure needs no other to confirm it; of several one in two does.
            if holds > 0 && holds >= fails || columns.len() == 1 {
                relations.push(
                    Relation::new(
                        if parts.iter().all(|(_, coefficient)| *coefficient > 0) {
                            "T01"
                        } else {
                            "T03"
                        },
                        Operation::Sum,
                        Shape::Lines {
                            table: table.id,
                            target: line.row,
                            terms: parts
                                .iter()
                                .map(|(at, coefficient)| (table.lines[*at].row, *coefficient))
                                .collect(),
                            columns,
                        },
                        Origin::Label,
                    )
                    .supported(holds, holds + fails),
                );
            }
        }
        relations
    }
}

/// `B+C-D` as positions with signs; `None` when it is anything else, or a symbol is unknown.
fn linear(formula: &str, find: impl Fn(&str) -> Option<usize>) -> Option<Parts> {
    let mut parts = Vec::new();
    let mut sign = 1;
    let mut symbol = String::new();
    for c in formula.chars().chain(['+']) {
        match c {
            '+' | '-' => {
                if symbol.is_empty() {
                    return None;
                }
                parts.push((find(&symbol)?, sign));
                symbol.clear();
                sign = if c == '+' { 1 } else { -1 };
            }
            c if c.is_alphanumeric() => symbol.push(c),
            _ => return None,
        }
    }
    (parts.len() >= 2 || !parts.is_empty() && formula.len() <= 3)
        .then_some(parts)
        .filter(|parts| parts.len() >= 2)
}
