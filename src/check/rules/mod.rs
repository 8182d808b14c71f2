//! The rules that are not relations: the workbook's form, its formulas, its numbering, the make-up of the packet.
//!
//! What is a relation (T01) is data and needs no file here. A rule is a pure function, with its card at the head of its file.

mod all_full_points;
mod balance_not_counterpart;
mod books_not_parallel;
mod budget_points;
mod cumulative_decreases;
mod dimension_missing;
mod empty_without_note;
mod entries;
mod error_value;
mod external_link;
mod formula_misses_row;
mod four_sources_differ;
mod grade_not_in_band;
mod hidden_amount;
mod hidden_decimals;
mod intangible_in_fixed;
mod large_adjustment;
mod left_blank;
mod lines_counted_above;
mod long_standing_balance;
mod mixed_packet;
mod money_for_another;
mod more_carried_over;
mod not_depreciated;
mod not_written_off;
mod number_stored_as_text;
mod operating_over_budget;
mod paid_twice;
mod placeholder_in_form;
mod points_not_by_target;
mod points_not_hundred;
mod project_without_budget;
mod projects_not_evaluated;
mod quantity_without_value;
mod same_business_other_account;
mod serial_gap;
mod set_not_complete;
mod shortfall_without_reason;
mod staff_increase_not_staff;
mod stale_formula;
mod target_changed;
mod text_differs;
mod text_direction;
mod trails;
mod unit_missing;
mod unreadable_amount;
mod uses_not_receipt;
mod voucher_gap;

use std::sync::Arc;

use super::held::Held;
use crate::lexicon::Rulebook;
use crate::model::{
    CellRef, Field, Finding, Item, Outcome, Packet, Place, Quantity, QuickSet, Relation, Severity,
    Sheet, Side, Stage, Table, Text, Workbook,
};
use crate::number::{Decimal, Unit};
use crate::parallel;

/// Every rule, sorted by code.
pub static RULES: &[&Rule] = &[
    &large_adjustment::RULE,
    &staff_increase_not_staff::RULE,
    &project_without_budget::RULE,
    &more_carried_over::RULE,
    &cumulative_decreases::RULE,
    &text_differs::RULE,
    &text_direction::RULE,
    &empty_without_note::RULE,
    &set_not_complete::RULE,
    &four_sources_differ::RULE,
    &budget_points::RULE,
    &points_not_by_target::AT_LEAST,
    &points_not_by_target::AT_MOST,
    &grade_not_in_band::RULE,
    &shortfall_without_reason::RULE,
    &dimension_missing::RULE,
    &target_changed::RULE,
    &projects_not_evaluated::RULE,
    &all_full_points::RULE,
    &placeholder_in_form::RULE,
    &operating_over_budget::RULE,
    &points_not_hundred::RULE,
    &stale_formula::RULE,
    &formula_misses_row::RULE,
    &hidden_decimals::RULE,
    &serial_gap::RULE,
    &lines_counted_above::RULE,
    &voucher_gap::RULE,
    &money_for_another::RULE,
    &uses_not_receipt::RULE,
    &same_business_other_account::RULE,
    &balance_not_counterpart::RULE,
    &long_standing_balance::RULE,
    &books_not_parallel::RULE,
    &paid_twice::RULE,
    &number_stored_as_text::RULE,
    &unit_missing::RULE,
    &hidden_amount::RULE,
    &error_value::RULE,
    &external_link::RULE,
    &unreadable_amount::RULE,
    &left_blank::RULE,
    &mixed_packet::RULE,
    &not_written_off::RULE,
    &not_depreciated::RULE,
    &quantity_without_value::RULE,
    &intangible_in_fixed::RULE,
];

/// What a rule looks at.
pub struct Context<'a> {
    /// What is known about tables.
    pub rulebook: &'a Rulebook,
    /// The packet.
    pub packet: &'a Packet,
    /// Its figures of money with their meanings, table by table.
    pub(crate) quantities: Arc<Vec<Vec<Quantity>>>,
    /// What each field of each table holds in the lines that may hold figures.
    pub(super) held: Vec<Vec<Held>>,
    /// What is asserted of it.
    pub relations: &'a [Relation],
    /// The checks that fail: relation, ordinal, outcome.
    pub failing: &'a [(u32, u32, Outcome)],
    /// The checks that tie only within the printed digits: relation, ordinal.
    pub rounding: &'a [(u32, u32)],
}

/// A rule: its code in the catalogue, and what finds it.
pub struct Rule {
    /// T07
    pub code: &'static str,
    /// How grave, unless a finding says otherwise.
    severity: Severity,
    check: fn(&Context) -> Vec<Finding>,
}

impl Rule {
    /// A finding of this rule at a cell.
    fn at(&self, place: Place, message: Text) -> Finding {
        Finding {
            rule: self.code.to_owned(),
            severity: self.severity,
            check: None,
            place: Some(place),
            file: None,
            related: Vec::new(),
            consequences: Vec::new(),
            message,
            diagnoses: Vec::new(),
            matter: None,
            read_twice: None,
        }
    }

    /// A finding of this rule about a file, or about the packet.
    fn about(&self, file: Option<u32>, message: Text) -> Finding {
        Finding {
            place: None,
            file,
            ..self.at(Place { file: 0, sheet: 0, cell: CellRef::default() }, message)
        }
    }
}

/// What all rules find.
pub fn check(context: &Context) -> Vec<Finding> {
    parallel::map(RULES, |rule| (rule.check)(context)).into_iter().flatten().collect()
}

impl<'a> Context<'a> {
    /// The files that could be read, with their index.
    fn workbooks(&self) -> impl Iterator<Item = (u32, &'a Workbook)> {
        self.packet.files.iter().enumerate().filter_map(|(file, input)| {
            input.workbook.as_ref().map(|workbook| (file as u32, workbook))
        })
    }

    /// The tables with their sheets.
    fn tables(&self) -> impl Iterator<Item = (&'a Table, &'a Sheet)> {
        self.packet
            .tables
            .iter()
            .filter_map(|table| self.packet.table_sheet(table).map(|sheet| (table, sheet)))
    }

    /// What the fields of a table hold, field by field.
    fn held(&self, table: &'a Table) -> impl Iterator<Item = (&'a Field, Held)> {
        let held = self.held.get(table.id as usize).into_iter().flatten();
        table.fields.iter().zip(held.copied())
    }

    /// The targets of checks that fail.
    fn failing_targets(&self) -> QuickSet<Place> {
        self.failing.iter().map(|(_, _, outcome)| outcome.target.place).collect()
    }
}

/// The cells of a table that may hold figures, line by line.
fn figure_cells(table: &Table) -> impl Iterator<Item = Place> + '_ {
    table.lines.iter().filter(|line| line.role.is_data()).flat_map(move |line| {
        table.figure_fields().map(move |field| Place {
            file: table.file,
            sheet: table.sheet,
            cell: CellRef::new(line.row, field.column),
        })
    })
}

/// A value as the figure in its place prints: with its decimals, percentages as such.
fn printed(context: &Context, place: Place, table: Option<u32>, value: Decimal) -> String {
    let figure = context.packet.figure(place, table);
    let percent = context
        .packet
        .workbook(place.file)
        .zip(context.packet.sheet(place.file, place.sheet))
        .and_then(|(workbook, sheet)| {
            sheet.style(place.cell).map(|style| workbook.style(style).number_format.percent)
        })
        .unwrap_or(false);
    let mut shown = figure.shown(value);
    let mut decimals = figure.decimals;
    if percent {
        shown = shown.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(shown);
        decimals -= 2;
    }
    shown.rescale(decimals.clamp(0, 15) as u32);
    if percent { format!("{shown}%") } else { shown.to_string() }
}

/// The unit that a quantity's cell is in, by which a finding about it states its amounts.
struct SpokenUnit {
    yuan: Decimal,
    word: String,
}

impl SpokenUnit {
    fn of(packet: &Packet, quantity: &Quantity) -> Self {
        let unit = packet.unit(quantity.place, Some(quantity.table));
        Self {
            yuan: unit.and_then(Unit::yuan).unwrap_or(Decimal::ONE),
            word: unit.map(ToString::to_string).unwrap_or_default(),
        }
    }

    fn shown(&self, yuan: Decimal) -> Decimal {
        (yuan / self.yuan).normalize()
    }
}

/// What the tables say of all the money at a stage, where they say the same of it; what comes in is asked for by its own
/// stage only.
fn whole_at<'a>(
    quantities: impl IntoIterator<Item = &'a Quantity>,
    stage: Stage,
) -> Option<&'a Quantity> {
    let mut found = quantities.into_iter().filter(|one| {
        one.stage == stage
            && one.item == Item::Whole
            && one.class.is_none()
            && one.funds.is_all()
            && (stage == Stage::CarriedIn || one.side != Some(Side::Income))
    });
    let first = found.next()?;
    found.all(|other| other.agrees(first)).then_some(first)
}

/// `B4、B7 等 12 处` and `B4, B7 and 10 more`: the first few of some cells.
fn listed(cells: &[CellRef]) -> Text {
    const SHOWN: usize = 5;
    let names: Vec<String> = cells.iter().take(SHOWN).map(ToString::to_string).collect();
    let more = cells.len().saturating_sub(SHOWN);
    if more == 0 {
        return Text::new(names.join("、"), names.join(", "));
    }
    Text::new(
        format!("{} 等 {} 处", names.join("、"), cells.len()),
        format!("{} and {more} more", names.join(", ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_rule_has_its_card_and_a_fixture() {
        let cards = crate::lexicon::Rulebook::default().cards;
        for rule in RULES {
            let card = cards.get(rule.code);
            assert!(card.is_some(), "give {} a card at the head of its file", rule.code);
            assert_eq!(card.map(|card| card.severity), Some(rule.severity), "{}", rule.code);
            let fixture = format!("tests/rules/{}.txt", rule.code);
            assert!(Path::new(&fixture).exists(), "add {fixture}");
        }
    }

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(RULES.windows(2).all(|pair| pair[0].code < pair[1].code));
    }
}
