//! A line of one table and the total of another that is about it (X01): General Fund of a summary, and the table of the
//! General Fund; 第一小学 among a bureau's units, and the school's own workbook.
//!
//! The title or the entity of the one names the line of the other. That is shown where the amounts agree; where one figure
//! does not, it is said only beside another of the same line that does, and where the difference is a slip of the pen.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::slip::is_slip;
use crate::model::{
    CellRef, EvidenceSet, Field, FieldRole, Line, LineRole, Operand, Operation, Origin, Packet,
    Place, Relation, Severity, Shape, Side, Table, Text, words,
};
use crate::number::{Decimal, Unit, significant_digits};

/// Tables of a packet past which nothing is tried, and lines past which a table is no summary.
const TABLES: usize = 200;
const LINES: usize = 300;
/// Tables past which a word names none.
const MOST_NAMED: usize = 8;
/// Digits that two amounts must share before they are one.
const DIGITS: u32 = 5;

/// A figure and what is known of it here.
struct Figure {
    operand: Operand,
    yuan: Decimal,
    half: Decimal,
    side: Option<Side>,
    stage: Option<crate::model::Stage>,
    year: Option<i32>,
}

/// Ties of lines and the tables that are about them; `known` are relations found otherwise.
pub(super) fn relate(packet: &Packet, known: &[Relation]) -> Vec<Relation> {
    if !(2..=TABLES).contains(&packet.tables.len()) {
        return Vec::new();
    }
    let tied: HashSet<(Place, Place)> = known
        .iter()
        .filter_map(|relation| match &relation.shape {
            Shape::Cells { target, terms } if terms.len() == 1 => {
                Some((target.place.min(terms[0].place), target.place.max(terms[0].place)))
            }
            _ => None,
        })
        .collect();
    let about = Subjects::of(packet);
    let mut relations = Vec::new();
    for summary in packet.tables.iter().filter(|table| table.lines.len() <= LINES) {
        for line in summary.lines.iter().filter(|line| line.role == LineRole::Item) {
            let name = words::key(&line.name);
            if !is_telling(&name) {
                continue;
            }
            let tables = about.named(&name);
            // A word that is in every title names nothing, and its own table's none of the others.
            if tables.len() > MOST_NAMED || tables.contains(&summary.id) {
                continue;
            }
            let pairs: Vec<(Figure, Figure)> = tables
                .iter()
                .flat_map(|id| compared(packet, summary, line, &packet.tables[*id as usize]))
                .collect();
            let agree = |a: &Figure, b: &Figure| (a.yuan - b.yuan).abs() <= a.half + b.half;
            let yes: Vec<usize> = (0..pairs.len())
                .filter(|at| agree(&pairs[*at].0, &pairs[*at].1) && long(pairs[*at].0.yuan))
                .collect();
            for (at, (a, b)) in pairs.iter().enumerate() {
                let holds = yes.contains(&at);
                let elsewhere = yes.iter().any(|other| {
                    let (x, y) = &pairs[*other];
                    x.operand.place == a.operand.place || y.operand.place == b.operand.place
                });
                let slip = !holds
                    && !elsewhere
                    && !yes.is_empty()
                    && a.side.is_some()
                    && a.side == b.side
                    && (a.stage, a.year) == (b.stage, b.year)
                    && is_slip(a.yuan, b.yuan);
                let key =
                    (a.operand.place.min(b.operand.place), a.operand.place.max(b.operand.place));
                if (holds || slip) && !tied.contains(&key) {
                    relations.push(relation(a, b, yes.len() as u32, pairs.len() as u32));
                }
            }
        }
    }
    relations
}

fn relation(a: &Figure, b: &Figure, holds: u32, tried: u32) -> Relation {
    let shape = Shape::Cells { target: a.operand, terms: vec![b.operand] };
    let evidence = EvidenceSet::of(Origin::Label).with(Origin::Mined);
    Relation::new("X01", Operation::Equal, shape, evidence)
        .of_severity(Severity::Warning)
        .supported(holds, tried)
        .because(Text::new(
            "汇总表的一行与该项自己的表应一致",
            "a line of a summary is the total of the table about it",
        ))
}

/// What tables are about: the titles are looked up by what a name in them may begin with.
struct Subjects {
    /// Title and entity of each table.
    of: Vec<(String, String)>,
    /// The tables whose titles have these characters in a row, and those of an entity that begins with them.
    by_start: HashMap<[char; START], BTreeSet<u32>>,
}

/// Characters of the shortest telling name.
const START: usize = 4;

impl Subjects {
    fn of(packet: &Packet) -> Self {
        let of: Vec<(String, String)> =
            packet.tables.iter().map(|table| names(packet, table)).collect();
        let mut by_start: HashMap<[char; START], BTreeSet<u32>> = HashMap::new();
        for (id, (title, entity)) in (0..).zip(&of) {
            let title: Vec<char> = title.chars().collect();
            let entity: Vec<char> = entity.chars().take(START).collect();
            let starts = title.windows(START).chain(entity.windows(START));
            for start in starts.filter_map(|start| start.try_into().ok()) {
                by_start.entry(start).or_default().insert(id);
            }
        }
        Self { of, by_start }
    }

    /// The tables that a telling name is about.
    fn named(&self, name: &str) -> Vec<u32> {
        let start: Vec<char> = name.chars().take(START).collect();
        let start: Option<[char; START]> = start.try_into().ok();
        let tables = start.and_then(|start| self.by_start.get(&start)).into_iter().flatten();
        let is_about = |id: &u32| {
            let (title, entity) = &self.of[*id as usize];
            title.contains(name) || entity == name
        };
        tables.copied().filter(is_about).collect()
    }
}

/// The words of a table's title (and its sheet's name), and its entity.
fn names(packet: &Packet, table: &Table) -> (String, String) {
    let sheet = packet.table_sheet(table).map_or("", |sheet| sheet.name.as_str());
    let title = table.title.as_deref().unwrap_or(sheet);
    (
        words::key(title).into_owned(),
        words::key(table.entity.as_deref().unwrap_or_default()).into_owned(),
    )
}

/// Whether a name is long enough to be met in a title for a reason: 第一小学, General Fund.
fn is_telling(name: &str) -> bool {
    let least = if name.is_ascii() { 2 * START } else { START };
    name.chars().count() >= least
}

fn long(amount: Decimal) -> bool {
    significant_digits(amount) >= 10_u128.pow(DIGITS - 1)
}

/// The figures of a line against those of another table's last total, where sides, stages and years do not differ.
fn compared(packet: &Packet, summary: &Table, line: &Line, table: &Table) -> Vec<(Figure, Figure)> {
    let Some(total) = table.lines.iter().rev().find(|line| line.role == LineRole::Total) else {
        return Vec::new();
    };
    let fits = |a: &Figure, b: &Figure| {
        fn open<T: Copy + PartialEq>(a: Option<T>, b: Option<T>) -> bool {
            a.is_none() || b.is_none() || a == b
        }
        open(a.side, b.side) && open(a.stage, b.stage) && open(a.year, b.year)
    };
    let mut pairs = Vec::new();
    for field in &summary.fields {
        let Some(_) = figure(packet, summary, line, field) else { continue };
        for other in &table.fields {
            let own = figure(packet, summary, line, field);
            if let (Some(a), Some(b)) = (own, figure(packet, table, total, other))
                && fits(&a, &b)
            {
                pairs.push((a, b));
            }
        }
    }
    pairs
}

fn figure(packet: &Packet, table: &Table, line: &Line, field: &Field) -> Option<Figure> {
    if field.role != FieldRole::Amount || field.reading.measure.is_some() {
        return None;
    }
    let cell = CellRef::new(line.row, field.column);
    let place = Place { file: table.file, sheet: table.sheet, cell };
    let seen = packet.figure(place, Some(table.id));
    let unit = packet.unit(place, Some(table.id)).and_then(Unit::yuan).unwrap_or(Decimal::ONE);
    let said = &table.reading;
    Some(Figure {
        operand: Operand { place, table: Some(table.id), coefficient: 1 },
        yuan: seen.number()?.checked_mul(unit).filter(|yuan| !yuan.is_zero())?,
        half: seen.half_unit().checked_mul(unit)?,
        side: field.reading.side.or(said.side).map(|facet| facet.value),
        stage: field.reading.stage.or(said.stage).map(|facet| facet.value),
        year: field.reading.year.map(|facet| facet.value).or(table.year),
    })
}
