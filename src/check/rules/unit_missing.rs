//! W02 `unit-missing-or-contradicting`: a table of money says no unit, says two, or is 10⁴ off from figures that it repeats.
//!
//! Tables of one workbook may well have different units (元, and 万元 for 三公), and a column may have its own; neither
//! is said. Tables of counts and scores need no unit of money.
//!
//! ```toml
//! [W02]
//! name = "unit-missing-or-contradicting"
//! severity = "warning"
//! source = "Units as declared in the sheet; an amount 10⁴ off from the same amount elsewhere hints at 元 beside 万元"
//! zh.title = "单位缺失或矛盾"
//! zh.source = "报送表注明的单位；与别处同一数额相差一万倍的，可能是元与万元混用"
//! zh.checks = "一张金额表没有写明单位，或写了两种单位，或有多个数字与另一张表相同、按所注单位却恰好相差一万倍（元与万元混用）。不同的表用不同单位、某列另注单位，是正常的。"
//! zh.example = "标题写“（万元）”，右上角写“单位：元”。"
//! zh.remedy = "在表的右上角写明一种单位，全表统一。"
//! en.title = "a unit is missing or contradicts another"
//! en.checks = "A table of money without a unit, with two, or off by 10,000 from the same amount elsewhere. Different units in different tables, or of one column, are fine."
//! en.example = "（万元） in the title and 单位：元 above the table."
//! en.remedy = "State one unit above the table and keep to it."
//! ```

use std::collections::BTreeMap;

use super::{Context, Rule, figure_cells};
use crate::lexicon::Words;
use crate::model::{
    CellRef, FieldRole, Finding, Packed, Place, Severity, Sheet, Table, Text, Value,
};
use crate::number::{self, Decimal, Unit};

pub(super) static RULE: Rule = Rule { code: "W02", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    // Where another table states a unit, the silent one is an exception; where none does, it is how this submission is made.
    let stated = context.packet.tables.iter().any(|table| {
        let money = table.unit.as_ref().is_some_and(Unit::is_money);
        money && !table.unit_is_guessed()
    });
    let severity = if stated { Severity::Warning } else { Severity::Info };
    let mut findings: Vec<Finding> = context
        .tables()
        .filter_map(|(table, sheet)| {
            let missing =
                || missing(context, table, sheet).map(|finding| Finding { severity, ..finding });
            contradictory(context, table, sheet).or_else(missing)
        })
        .collect();
    findings.extend(off_by_ten_thousand(context));
    findings
}

fn missing(context: &Context, table: &Table, sheet: &Sheet) -> Option<Finding> {
    let workbook = context.packet.workbook(table.file)?;
    let stated = table.unit.is_some() && !table.unit_is_guessed();
    if workbook.format == crate::model::Format::Csv || stated {
        return None;
    }
    let amounts: Vec<_> =
        table.fields.iter().filter(|field| field.role == FieldRole::Amount).collect();
    // Without a word of money in its title and headers a table may count anything.
    let known = &context.rulebook.words;
    let money = |text: &str| known.money_titles.stand_in(text);
    let unit_known = amounts.iter().any(|field| field.unit.is_some())
        || table.lines.iter().any(|line| line.unit.is_some());
    let of_money = amounts.iter().any(|field| field.path.iter().any(|text| money(text)))
        && table.title.as_deref().is_some_and(money);
    if unit_known || !of_money {
        return None;
    }
    // Somewhere near the table a unit may be said in a way that was not understood.
    let says_unit = |text: &str| {
        known.unit_heads.stand_in(text) && text.contains('元')
            || text.contains("万元")
            || text.contains("（元）")
    };
    let top = table.range.start.row.saturating_sub(4);
    let said = (top..=table.range.end.row).any(|row| {
        sheet.row(row).any(|(_, value, _)| match value {
            Value::Text(id) => says_unit(sheet.texts.get(id)),
            _ => false,
        })
    });
    let figures = figure_cells(table)
        .filter(|place| context.packet.figure(*place, Some(table.id)).number().is_some())
        .count();
    if said || figures < 3 {
        return None;
    }
    let row = table.header.map_or(table.range.start.row, |(first, _)| first);
    let column = amounts.last()?.column;
    let place = Place { file: table.file, sheet: table.sheet, cell: CellRef::new(row, column) };
    Some(RULE.at(
        place,
        Text::new(
            "本表没有注明金额单位（元、万元），请在表头注明",
            "the table states no unit of money (元, 万元)",
        ),
    ))
}

/// Two units of money above one table: in its title and in its unit line.
fn contradictory(context: &Context, table: &Table, sheet: &Sheet) -> Option<Finding> {
    let (header, _) = table.header?;
    let mut said: Vec<(CellRef, Unit)> = Vec::new();
    for row in table.range.start.row..header {
        for (column, value, _) in sheet.row(row) {
            let Value::Text(id) = value else { continue };
            if !(table.range.start.column..=table.range.end.column).contains(&column) {
                continue;
            }
            said.extend(
                stated(&context.rulebook.words, sheet.texts.get(id))
                    .map(|unit| (CellRef::new(row, column), unit)),
            );
        }
    }
    let (first, unit) = said.first()?.clone();
    let (cell, other) = said.iter().find(|(_, other)| *other != unit)?;
    let place = |cell: CellRef| Place { file: table.file, sheet: table.sheet, cell };
    let mut finding = RULE.at(
        place(*cell),
        Text::new(
            format!("本表注明了两个单位：{first} 为{unit}，{cell} 为{other}"),
            format!("the table states two units: {unit} in {first}, {other} in {cell}"),
        ),
    );
    finding.related = vec![place(first)];
    Some(finding)
}

/// The unit of money that a title or unit line states: 单位：万元, （万元）.
fn stated(known: &Words, text: &str) -> Option<Unit> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let behind = |head: &String| {
        let marks = ["：", ":"].map(|mark| format!("{head}{mark}"));
        marks.iter().find_map(|mark| text.split_once(mark.as_str())).map(|(_, rest)| rest)
    };
    let behind = known.unit_heads.iter().find_map(behind).map(|rest| {
        rest.split(['）', ')', '，', ',', '；', ';']).next().unwrap_or_default().to_owned()
    });
    let bracketed = || {
        let (_, rest) = text.rsplit_once(['（', '('])?;
        rest.strip_suffix(['）', ')']).map(ToOwned::to_owned)
    };
    let unit = Unit::parse(&behind.or_else(bracketed)?)?;
    unit.is_money().then_some(unit)
}

/// Figures with at least this many digits are no coincidence.
const DIGITS: u32 = 5;

/// So many repeated figures are no coincidence either.
const REPEATED: usize = 3;

/// Pairs of tables that repeat figures which differ by exactly 10⁴ under their units, and none that agree.
fn off_by_ten_thousand(context: &Context) -> Vec<Finding> {
    // Figures with the same digits stand together, tables in their order.
    let mut known: Vec<(u128, u32, Decimal, Place)> = Vec::new();
    for (table, place) in repeated(context) {
        known.extend(long_amount(context, &context.packet.tables[table as usize], place));
    }
    known.sort_unstable();
    known.dedup_by_key(|(digits, table, yuan, _)| (*digits, *table, *yuan));
    let mut pairs: BTreeMap<(u32, u32), (usize, usize, Vec<Place>)> = BTreeMap::new();
    let same = known.chunk_by(|one, next| one.0 == next.0);
    for figures in same.filter(|figures| (2..=8).contains(&figures.len())) {
        for (at, (_, table, yuan, place)) in figures.iter().enumerate() {
            for (_, other, other_yuan, other_place) in &figures[at + 1..] {
                if table == other {
                    continue;
                }
                let pair = pairs.entry((*table, *other)).or_default();
                let (large, small) =
                    (yuan.abs().max(other_yuan.abs()), yuan.abs().min(other_yuan.abs()));
                if large == small {
                    pair.0 += 1;
                } else if small.checked_mul(Decimal::from(10_000)) == Some(large) {
                    pair.1 += 1;
                    pair.2.extend([*other_place, *place]);
                }
            }
        }
    }
    pairs
        .into_iter()
        .filter(|(_, (equal, off, _))| *equal == 0 && *off >= REPEATED)
        .map(|((table, _), (_, off, places))| {
            let other = &context.packet.tables[table as usize];
            let sheet = context.packet.table_sheet(other).map(|sheet| sheet.name.as_str());
            let title = other.title.as_deref().or(sheet).unwrap_or_default();
            let mut finding = RULE.at(
                places[0],
                Text::new(
                    format!("本表有 {off} 个数字与“{title}”相同，但按各自注明的单位恰好相差一万倍，请核实单位"),
                    format!("{off} figures repeat those of {title}, but are 10,000 times off under the units stated"),
                ),
            );
            finding.related = places[1..].iter().take(20).copied().collect();
            finding
        })
        .collect()
}

/// The figures whose digits stand in several tables: nearly none do. A unit of money adds zeros to them and nothing else.
fn repeated(context: &Context) -> Vec<(u32, Place)> {
    let packet = context.packet;
    let mut all: Vec<(u128, u32, Place)> = Vec::new();
    if packet.tables.len() > 1 {
        for table in &packet.tables {
            for place in figure_cells(table) {
                let short = packet.packed(place, table.id).and_then(Packed::digits);
                let digits = short.or_else(|| Some(long_amount(context, table, place)?.0));
                all.extend(digits.filter(|own| is_long(*own)).map(|own| (own, table.id, place)));
            }
        }
    }
    // Told by the lower half of their digits first: few are left to be put in order as a whole.
    let half = |digits: u128| digits as u64;
    let mut halves: Vec<u64> = all.iter().map(|(digits, ..)| half(*digits)).collect();
    halves.sort_unstable();
    let mut again: Vec<u64> =
        halves.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    again.dedup();
    all.retain(|(digits, ..)| again.binary_search(&half(*digits)).is_ok());
    all.sort_unstable_by_key(|(digits, table, _)| (*digits, *table));
    let same = all.chunk_by(|one, next| one.0 == next.0);
    let several = |figures: &&[(u128, u32, Place)]| {
        figures.first().map(|figure| figure.1) != figures.last().map(|figure| figure.1)
    };
    same.filter(several).flatten().map(|(_, table, place)| (*table, *place)).collect()
}

/// Whether so many digits are no coincidence.
fn is_long(digits: u128) -> bool {
    digits >= 10_u128.pow(DIGITS - 1)
}

/// An amount of enough digits to be told again: its digits, its table, yuan and cell.
fn long_amount(
    context: &Context,
    table: &Table,
    place: Place,
) -> Option<(u128, u32, Decimal, Place)> {
    let unit = context.packet.unit(place, Some(table.id)).and_then(Unit::yuan)?;
    let number = context.packet.figure(place, Some(table.id)).number()?;
    let yuan = number.checked_mul(unit)?;
    let digits = number::significant_digits(yuan);
    is_long(digits).then_some((digits, table.id, yuan, place))
}
