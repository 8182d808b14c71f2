//! Tables side by side on the same rows: 收入总计 = 支出总计.

use crate::lexicon::{List, Rulebook};
use crate::model::words;
use crate::model::{
    CellRef, Field, FieldRole, LineRole, Operand, Operation, Origin, Packet, Place, Relation,
    Shape, Table, TotalWord,
};

/// The balance of income and expenditure tables that share their rows.
pub(super) fn relate(rulebook: &Rulebook, packet: &Packet) -> Vec<Relation> {
    packet
        .tables
        .windows(2)
        .filter(|pair| share_rows(&pair[0], &pair[1]))
        .flat_map(|pair| balances(rulebook, packet, &pair[0], &pair[1]))
        .collect()
}

fn share_rows(left: &Table, right: &Table) -> bool {
    (left.file, left.sheet) == (right.file, right.sheet)
        && left.range.end.column < right.range.start.column
        && left.header == right.header
        && left.lines.first().map(|line| line.row) == right.lines.first().map(|line| line.row)
}

fn balances(rulebook: &Rulebook, packet: &Packet, left: &Table, right: &Table) -> Vec<Relation> {
    let mut relations = Vec::new();
    let columns = columns(left, right);
    let code = left
        .kind
        .as_deref()
        .and_then(|id| rulebook.kind(id)?.balance_code.as_deref())
        .unwrap_or("B01");
    for line in left.lines.iter().filter(|line| line.role == LineRole::Total) {
        let Some(other) = right.line_at(line.row).filter(|other| other.role == LineRole::Total)
        else {
            continue;
        };
        let (own, twin) = (words::key(&line.label), words::key(&other.label));
        let grand = line.total == Some(TotalWord::Grand) && other.total == Some(TotalWord::Grand);
        let known = &rulebook.words;
        let named = (speaks(left, &own, &known.income_sides)
            && speaks(right, &twin, &known.expenditure_sides))
            || own == twin;
        let place = |table: &Table, column: u32| Operand {
            place: Place {
                file: table.file,
                sheet: table.sheet,
                cell: CellRef::new(line.row, column),
            },
            table: Some(table.id),
            coefficient: 1,
        };
        for (a, b) in &columns {
            let (target, term) = (place(left, *a), place(right, *b));
            let number = |operand: &Operand| packet.figure(operand.place, operand.table).number();
            let (Some(stated), Some(twin)) = (number(&target), number(&term)) else { continue };
            // Grand totals balance by what they are; 合计 beside 合计 only where they do.
            if !(named && (grand || stated == twin)) {
                continue;
            }
            relations.push(Relation::new(
                code,
                Operation::Equal,
                Shape::Cells { target, terms: vec![term] },
                Origin::Label,
            ));
        }
    }
    relations
}

/// Whether a side's total, or the header over it, has one of the words.
fn speaks(table: &Table, total: &str, list: &List) -> bool {
    let header = |field: &Field| list.stand_in(&words::key(&field.path.concat()));
    list.stand_in(total) || table.fields.iter().any(header)
}

/// The columns of both sides that say the same of their side: of one header, or of one stage and year; where none does, the
/// 合计 of each, or its only or first amount.
fn columns(left: &Table, right: &Table) -> Vec<(u32, u32)> {
    let header = |field: &Field| field.path.last().map(|last| words::key(last));
    let meaning = |field: &Field| {
        let reading = &field.reading;
        let stage = reading.stage.map(|facet| facet.value);
        (
            stage,
            reading.year.map(|facet| facet.value).or(left.year),
            reading.measure.map(|f| f.value),
        )
    };
    let alike = |a: &Field, b: &Field| {
        header(a) == header(b) || a.reading.stage.is_some() && meaning(a) == meaning(b)
    };
    let amounts = |table: &'_ Table| -> Vec<Field> {
        table.fields.iter().filter(|field| field.role == FieldRole::Amount).cloned().collect()
    };
    let (of_left, of_right) = (amounts(left), amounts(right));
    let mut pairs = Vec::new();
    for a in &of_left {
        let twins: Vec<&Field> = of_right.iter().filter(|b| alike(a, b)).collect();
        if let [only] = twins.as_slice()
            && of_left.iter().filter(|other| alike(other, only)).count() == 1
        {
            pairs.push((a.column, only.column));
        }
    }
    if pairs.is_empty() {
        let total = |fields: &[Field]| {
            let total = fields.iter().find(|field| field.says.total);
            total.or_else(|| fields.first()).map(|field| field.column)
        };
        pairs.extend(total(&of_left).zip(total(&of_right)));
    }
    pairs
}
