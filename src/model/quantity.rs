//! The figures of a packet with their meanings, ready to be compared: whose, of which year and stage, of what, and how much in
//! yuan.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    CellRef, Class, Facet, FieldRole, Funds, Item, LineRole, Meaning, Measure, Names, Operand,
    Packet, Place, ReadFrom, Side, Stage, Sureness, Table, TotalWord,
};
use crate::number::{Decimal, Unit, significant_digits};

/// Lines past which a table's lines are entries, not quantities.
const LINES: usize = 3_000;
/// Figures past which they are: ten columns of so many lines. What compares quantities takes each with many others.
const FIGURES: usize = 10 * LINES;

/// A figure of money and what it means.
#[derive(Clone, Debug)]
pub(crate) struct Quantity {
    pub(crate) table: u32,
    pub(crate) line: usize,
    pub(crate) place: Place,
    /// Which stage; a column of money without one is no quantity.
    pub(crate) stage: Stage,
    pub(crate) sure: Sureness,
    pub(crate) year: Option<i32>,
    /// An index into the entities of the packet.
    pub(crate) entity: Option<u32>,
    pub(crate) draft: Option<u32>,
    pub(crate) side: Option<Side>,
    pub(crate) class: Option<Class>,
    /// Where the class was read.
    pub(crate) class_source: Option<ReadFrom>,
    pub(crate) funds: Funds,
    pub(crate) item: Item,
    /// A grand total: 收入总计 beside 本年收入合计.
    pub(crate) grand: bool,
    /// In yuan where the unit is known.
    pub(crate) amount: Decimal,
    /// Half a unit of the last printed digit.
    pub(crate) half: Decimal,
    /// Its unit of money is known, as stated or by its figures.
    pub(crate) has_unit: bool,
    /// Its unit of money is stated.
    pub(crate) unit_known: bool,
}

/// Whether two amounts agree, given before their half units, told on integers; `None` where they do not fit.
fn agree(numbers: [Decimal; 4]) -> Option<bool> {
    const POWERS: [i64; 7] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
    let scale = numbers[0].scale().max(numbers[1].scale());
    let scale = scale.max(numbers[2].scale()).max(numbers[3].scale());
    let whole = |number: Decimal| {
        let power = POWERS.get((scale - number.scale()) as usize)?;
        let whole = i64::try_from(number.mantissa()).ok()?.checked_mul(*power)?;
        (whole.unsigned_abs() < 1 << 60).then_some(whole)
    };
    let slack = whole(numbers[2])? + whole(numbers[3])?;
    Some((whole(numbers[0])? - whole(numbers[1])?).abs() <= slack)
}

impl Quantity {
    pub(crate) fn operand(&self, coefficient: i32) -> Operand {
        Operand { place: self.place, table: Some(self.table), coefficient }
    }

    /// Whether two figures agree within their printed digits.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        agree([self.amount, other.amount, self.half, other.half])
            .unwrap_or_else(|| (self.amount - other.amount).abs() <= self.half + other.half)
    }

    /// Whether both tables are of one entity and draft; unknown is any.
    pub(crate) fn same_house(&self, other: &Self) -> bool {
        let fits = |a: Option<u32>, b: Option<u32>| a.is_none() || b.is_none() || a == b;
        fits(self.entity, other.entity) && fits(self.draft, other.draft)
    }

    /// Whether both are of one entity, year and draft; unknown is any.
    pub(crate) fn same_scope(&self, other: &Self) -> bool {
        fn fits<T: Copy + PartialEq>(a: Option<T>, b: Option<T>) -> bool {
            a.is_none() || b.is_none() || a == b
        }
        fits(self.entity, other.entity)
            && fits(self.year, other.year)
            && fits(self.draft, other.draft)
    }

    /// Whether the number has at least so many significant digits, so that another one will hardly equal it by chance.
    pub(crate) fn has_digits(&self, least: u32) -> bool {
        significant_digits(self.amount) >= 10_u128.pow(least - 1)
    }
}

/// Names that stand for one another get one number; 某局 and 某局机关 are the same house.
struct Numbers(Vec<String>);

impl Numbers {
    fn of(&mut self, names: &Names, name: &str) -> u32 {
        let key = names.key(name).name;
        let same = |known: &String| {
            *known == key || known.starts_with(&key) || key.starts_with(known.as_str())
        };
        let at = self.0.iter().position(same).unwrap_or_else(|| {
            self.0.push(key.clone());
            self.0.len() - 1
        });
        at as u32
    }
}

/// The quantities of one entity, year and draft together.
pub(crate) fn by_scope(quantities: &[Vec<Quantity>]) -> Vec<Vec<&Quantity>> {
    let mut groups: BTreeMap<_, Vec<&Quantity>> = BTreeMap::new();
    let key = |quantity: &Quantity| (quantity.entity, quantity.year, quantity.draft);
    // Those of a table are nearly all of one.
    for same in quantities.iter().flat_map(|table| table.chunk_by(|a, b| key(a) == key(b))) {
        groups.entry(key(&same[0])).or_default().extend(same);
    }
    groups.into_values().collect()
}

/// All quantities, table by table; of a packet that is settled they are made once.
pub(crate) fn quantities(packet: &Packet) -> Arc<Vec<Vec<Quantity>>> {
    if packet.arenas.len() != packet.tables.len() {
        return Arc::new(made(packet));
    }
    Arc::clone(packet.quantities.get_or_init(|| Arc::new(made(packet))))
}

fn made(packet: &Packet) -> Vec<Vec<Quantity>> {
    let mut entities = Numbers(Vec::new());
    let mut drafts: Vec<String> = Vec::new();
    let years: Vec<i32> = packet.tables.iter().filter_map(|table| table.year).collect();
    // What does not say its year is of the packet's only one.
    let only = years.first().copied().filter(|first| years.iter().all(|year| year == first));
    packet
        .tables
        .iter()
        .map(|table| {
            let entity = table.entity.as_deref().map(|name| entities.of(&packet.names, name));
            let draft = table.draft.as_ref().map(|name| {
                let at = drafts.iter().position(|known| known == name).unwrap_or_else(|| {
                    drafts.push(name.clone());
                    drafts.len() - 1
                });
                at as u32
            });
            let mut found = Vec::new();
            let figures = table.lines.len() * table.figure_fields().count();
            if table.lines.len() <= LINES && figures <= FIGURES {
                of_table(packet, table, &mut found);
            }
            for quantity in &mut found {
                quantity.entity = entity;
                quantity.draft = draft;
                quantity.year = quantity.year.or(only);
            }
            found
        })
        .collect()
}

fn of_table(packet: &Packet, table: &Table, found: &mut Vec<Quantity>) {
    let names = &*packet.names;
    let whose = Whose {
        project: table.project.as_deref().map(|name| names.key(name).name),
        own: table.entity.as_deref().map(|name| Item::Named(names.key(name).name)),
        unit_known: !table.unit_is_guessed(),
    };
    // In a register the lines are of documents, and another column names their projects.
    let things = table
        .fields
        .iter()
        .find(|field| field.id.as_deref() == Some("project") && field.role == FieldRole::Text);
    let sheet = packet.table_sheet(table);
    // Beside the year's total its months are parts of the quantity.
    let monthly = table.has_months();
    for at in (0..table.lines.len()).filter(|at| table.lines[*at].role.is_data()) {
        let mut item = None;
        for field in table.fields.iter().filter(|field| field.role == FieldRole::Amount) {
            if field.says.not_additive || (monthly && field.says.of_month) {
                continue;
            }
            let item = item.get_or_insert_with(|| table.lines[at].item(names)).clone();
            let Some(meaning) = table.meaning_of(names, at, field.column, item) else { continue };
            if meaning.measure.is_some_and(|facet| facet.value != Measure::Money) {
                continue;
            }
            let mut meaning = meaning;
            let line = &table.lines[at];
            if let Some(things) = things.filter(|_| line.role == LineRole::Item)
                && let Some(name) =
                    sheet.and_then(|sheet| sheet.text(CellRef::new(line.row, things.column)))
            {
                meaning.item = Item::Named(names.key(name).name);
            }
            found.extend(quantity(packet, table, &whose, (at, field.column), meaning));
        }
    }
    for one in &table.beside {
        let at = one.line as usize;
        let reading = &one.reading;
        let meaning = Meaning {
            measure: None,
            stage: reading.stage,
            year: reading.year.or(table.reading.year),
            draft: None,
            entity: None,
            side: reading.side,
            class: reading.class,
            funds: reading.funds,
            item: table.lines[at].item(names),
        };
        found.extend(quantity(packet, table, &whose, (at, one.column), meaning));
    }
}

/// The figure of an entry of a ledger, as of a stage and a thing.
pub(crate) fn entry_quantity(
    packet: &Packet,
    table: &Table,
    (line, column): (usize, u32),
    stage: Stage,
    item: Item,
) -> Option<Quantity> {
    let whose = Whose { project: None, own: None, unit_known: !table.unit_is_guessed() };
    let stage = Facet { value: stage, source: ReadFrom::Above, sure: Sureness::Likely };
    let meaning = Meaning {
        measure: None,
        stage: Some(stage),
        year: table.reading.year,
        draft: None,
        entity: None,
        side: None,
        class: None,
        funds: None,
        item,
    };
    quantity(packet, table, &whose, (line, column), meaning)
}

/// What a table is about.
struct Whose {
    project: Option<String>,
    own: Option<Item>,
    unit_known: bool,
}

fn quantity(
    packet: &Packet,
    table: &Table,
    whose: &Whose,
    (at, column): (usize, u32),
    meaning: Meaning,
) -> Option<Quantity> {
    let line = &table.lines[at];
    let stage = meaning.stage?;
    let place =
        Place { file: table.file, sheet: table.sheet, cell: CellRef::new(line.row, column) };
    let figure = packet.figure(place, Some(table.id));
    let number = figure.number()?;
    let unit = packet.unit(place, Some(table.id)).and_then(Unit::yuan);
    let has_unit = unit.is_some();
    let unit = unit.unwrap_or(Decimal::ONE);
    let item = match (meaning.item, &whose.project) {
        (Item::Whole, Some(name)) => Item::Named(name.clone()),
        // A line of the unit itself, above or instead of 合计.
        (item, _) if Some(&item) == whose.own.as_ref() => Item::Whole,
        (item, _) => item,
    };
    Some(Quantity {
        table: table.id,
        line: at,
        place,
        stage: stage.value,
        sure: stage.sure,
        year: meaning.year.map(|facet: Facet<i32>| facet.value),
        entity: None,
        draft: None,
        side: meaning.side.map(|facet| facet.value),
        class: meaning.class.map(|facet| facet.value),
        class_source: meaning.class.map(|facet| facet.source),
        funds: meaning.funds.map_or(Funds::default(), |facet| facet.value),
        item,
        grand: line.total == Some(TotalWord::Grand),
        amount: number.checked_mul(unit)?,
        half: figure.half_unit().checked_mul(unit)?,
        has_unit,
        unit_known: whose.unit_known && has_unit,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number() -> impl Strategy<Value = Decimal> {
        let digits = prop_oneof![4 => -3_000_i64..3_000, 1 => any::<i64>()];
        (digits, 0_u32..9).prop_map(|(digits, scale)| Decimal::new(digits, scale))
    }

    proptest! {
        #[test]
        fn integers_agree_as_decimals_do(
            amounts in [number(), number()],
            halves in [number(), number()],
        ) {
            let halves = halves.map(|half| half.abs());
            let fast = agree([amounts[0], amounts[1], halves[0], halves[1]]);
            let slow = (amounts[0] - amounts[1]).abs() <= halves[0] + halves[1];
            prop_assert!(fast.is_none_or(|fast| fast == slow));
        }
    }
}
