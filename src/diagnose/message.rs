//! What a failing check says to people, in the unit and the printed digits of its sheet.

use super::wording::{both, cell, field, figure, is_percent, line, spell, unit};
use crate::model::{Figure, Operand, Operation, Outcome, Packet, Relation, Shape, Text};
use crate::number::{Decimal, round_half_away};

/// The message of a failing check.
pub(super) fn message(packet: &Packet, relation: &Relation, outcome: &Outcome) -> Text {
    let target = &outcome.target;
    let own = packet.figure(target.place, target.table);
    let percent = is_percent(packet, target);
    let computed = outcome.computed.unwrap_or_default();
    let quotient = matches!(
        relation.operation,
        Operation::Ratio | Operation::RelativeChange | Operation::Average
    );
    let digits = |value: Decimal| figure(shown(value, &own, quotient), &own, percent);
    let said = Said {
        packet,
        relation,
        outcome,
        own,
        stated: digits(outcome.stated.unwrap_or_default()),
        computed: match digits(computed) {
            // What differs only behind the printed digits is said with more of them.
            same if Some(same.as_str()) == outcome.stated.map(digits).as_deref() => {
                figure(shown(computed, &own, false), &own, percent)
            }
            computed => computed,
        },
        off: digits(outcome.difference.unwrap_or_default()),
        unit: unit(packet, target),
    };
    let text = match relation.operation {
        Operation::Sum => said.sum(),
        Operation::Equal => said.equal(),
        Operation::Ratio | Operation::RelativeChange => said.ratio(percent),
        Operation::Product => said.formula("×"),
        Operation::Average => said.average(),
        Operation::AtMost => said.at_most(),
    };
    match &relation.reason {
        Some(reason) => Text::new(
            format!("{}（{}）", text.zh, reason.zh),
            format!("{} ({})", text.en, reason.en),
        ),
        None => text,
    }
}

/// A computed value at the digits that the cell prints; sums keep theirs, quotients do not end.
fn shown(value: Decimal, own: &Figure, quotient: bool) -> Decimal {
    let decimals = own.decimals.max(0).cast_unsigned();
    match value.normalize().scale() {
        _ if quotient => round_half_away(value, decimals),
        scale if scale > decimals + 4 => round_half_away(value, decimals + 2),
        _ => value,
    }
}

struct Said<'a> {
    packet: &'a Packet,
    relation: &'a Relation,
    outcome: &'a Outcome,
    own: Figure,
    stated: String,
    computed: String,
    off: String,
    unit: Text,
}

impl Said<'_> {
    fn label(&self) -> String {
        both(self.packet, &self.outcome.target)
    }

    /// `，相差 -69.09 万元`
    fn zh(&self, opening: &str) -> String {
        format!("{opening}，相差 {}{}", self.off, self.unit.zh)
    }

    fn en(&self, opening: &str) -> String {
        format!("{opening}, off by {}{}", self.off, self.unit.en)
    }

    fn sum(&self) -> Text {
        if self.outcome.terms.iter().any(|term| term.coefficient != 1)
            || self.outcome.terms.len() == 1
        {
            return self.formula("+");
        }
        let (zh, en) = match &self.relation.shape {
            Shape::Lines { .. } if self.relation.rule == "Z01" => {
                ("各类之和", "the sum of its classes")
            }
            Shape::Fields { .. } => ("横向各项之和", "the sum of its columns"),
            _ => ("各分项之和", "the sum of its parts"),
        };
        // 合计 358.78: the column is told by the cell, and named where the line is not.
        let target = &self.outcome.target;
        let label = match (&self.relation.shape, line(self.packet, target)) {
            (Shape::Lines { .. }, line) if !line.is_empty() => line,
            _ => self.label(),
        };
        let Self { stated, computed, .. } = self;
        Text::new(
            self.zh(&format!("{label} {stated} 与{zh} {computed} 不符")),
            self.en(&format!("{label} {stated} is not {en} {computed}")),
        )
    }

    /// 净值 = 原值 − 累计折旧
    fn formula(&self, joint: &str) -> Text {
        let label = self.label();
        let Self { stated, computed, .. } = self;
        let words = self.terms(joint);
        Text::new(
            self.zh(&format!("{label} {stated}，按 {words} 应为 {computed}")),
            self.en(&format!("{label} {stated}, should be {words} = {computed}")),
        )
    }

    /// 年初预算 + 调增 − 调减; cells where names would say the same twice or are too many.
    fn terms(&self, joint: &str) -> String {
        let terms = &self.outcome.terms;
        let name = |term: &Operand| {
            let name = match &self.relation.shape {
                Shape::Fields { .. } => field(self.packet, term),
                Shape::Lines { .. } => line(self.packet, term),
                Shape::Cells { .. } => String::new(),
            };
            let name = if name.is_empty() { both(self.packet, term) } else { name };
            if name.is_empty() {
                cell(self.packet, term.place, self.outcome.target.place)
            } else {
                name
            }
        };
        let mut words = String::new();
        for (at, term) in terms.iter().take(6).enumerate() {
            let sign = match (term.coefficient, joint) {
                (c, "+") if c < 0 => "−",
                _ => joint,
            };
            if at > 0 || sign == "−" {
                words.extend([" ", sign, " "]);
            }
            words.push_str(&name(term));
        }
        if terms.len() > 6 {
            words.push_str(" …");
        }
        words.trim_start().to_owned()
    }

    fn equal(&self) -> Text {
        let label = self.label();
        let Some(term) = self.outcome.terms.first() else { return self.formula("+") };
        let Self { stated, computed, packet, .. } = self;
        let other = both(packet, term);
        let place = cell(packet, term.place, self.outcome.target.place);
        Text::new(
            self.zh(&format!("{label} {stated} 与 {place} {other} {computed} 不一致")),
            self.en(&format!("{label} {stated} differs from {place} {other} {computed}")),
        )
    }

    fn ratio(&self, percent: bool) -> Text {
        let label = self.label();
        let Self { stated, computed, .. } = self;
        if !percent {
            return self.formula("÷");
        }
        let (zh, en) = self.last_digit().unwrap_or_default();
        Text::new(
            format!("{label} {stated}，按表内数应为 {computed}{zh}"),
            format!("{label} {stated}, by the table's figures {computed}{en}"),
        )
    }

    /// Why a rate is off by one in its last printed digit.
    fn last_digit(&self) -> Option<(String, String)> {
        let (stated, computed) = (self.outcome.stated?, self.outcome.computed?);
        let decimals = self.own.decimals.max(0).cast_unsigned();
        let rounded = round_half_away(computed, decimals);
        if (stated - rounded).abs() > Decimal::new(1, decimals) {
            return None;
        }
        let truncated = computed.trunc_with_scale(decimals) == stated;
        Some(if truncated {
            ("（末位截尾，未四舍五入）".into(), " (truncated, not rounded)".into())
        } else if self.completes_hundred() {
            ("（末位系为凑足 100% 而倒挤）".into(), " (made to add up to 100 %)".into())
        } else {
            ("（末位差一）".into(), " (off by one in the last digit)".into())
        })
    }

    /// Whether the shares of the same column, this one included, add up to exactly one.
    fn completes_hundred(&self) -> bool {
        let target = self.outcome.target;
        let Some(table) = target.table.map(|table| &self.packet.tables[table as usize]) else {
            return false;
        };
        let sum: Decimal = table
            .lines
            .iter()
            .take(500)
            .filter(|line| matches!(line.role, crate::model::LineRole::Item))
            .filter_map(|line| {
                let mut place = target.place;
                place.cell.row = line.row;
                self.packet.figure(place, target.table).number()
            })
            .sum();
        sum == Decimal::ONE
    }

    fn average(&self) -> Text {
        let label = self.label();
        let Self { stated, computed, .. } = self;
        let count = self.outcome.terms.len();
        Text::new(
            self.zh(&format!("{label} {stated}，按 {count} 项平均应为 {computed}")),
            self.en(&format!("{label} {stated}, the mean of {count} figures is {computed}")),
        )
    }

    fn at_most(&self) -> Text {
        let label = self.label();
        let Self { stated, computed, unit, .. } = self;
        let over = spell(
            self.outcome.difference.unwrap_or_default(),
            self.own.decimals.max(0).cast_unsigned(),
        );
        let parent = match self.outcome.terms.as_slice() {
            [term] => both(self.packet, term),
            _ => self.terms("+"),
        };
        let over =
            if is_percent(self.packet, &self.outcome.target) { self.off.clone() } else { over };
        Text::new(
            format!(
                "其中数大于上级数：{label} {stated} 超过 {parent} {computed}，多 {over}{}",
                unit.zh
            ),
            format!(
                "part larger than its whole: {label} {stated} exceeds {parent} {computed} by {over}{}",
                unit.en
            ),
        )
    }
}
