//! Tables side by side on the same rows: 收入总计 = 支出总计, and a total that is written once under several blocks of one form.

use std::collections::HashSet;

use crate::lexicon::{List, Rulebook};
use crate::model::words;
use crate::model::{
    CellRef, Field, FieldRole, Line, LineRole, Operand, Operation, Origin, Packet, Place, Relation,
    Shape, Table, TotalWord,
};

/// Adds the balance of income and expenditure tables that share their rows, and totals of blocks that do.
pub(super) fn relate(rulebook: &Rulebook, packet: &Packet, relations: &mut Vec<Relation>) {
    let pairs = packet.tables.windows(2).filter(|pair| share_rows(&pair[0], &pair[1]));
    relations.extend(pairs.flat_map(|pair| balances(rulebook, packet, &pair[0], &pair[1])));
    let blocks = packet.tables.chunk_by(share_rows).filter(|blocks| blocks.len() > 1);
    let totals: Vec<((u32, u32), Relation)> =
        blocks.flat_map(|blocks| totals_of_blocks(rulebook, packet, blocks)).collect();
    if totals.is_empty() {
        return;
    }
    // The first block's own total has no figure.
    let lines: HashSet<(u32, u32)> = totals.iter().map(|(line, _)| *line).collect();
    relations.retain(|relation| match relation.shape {
        Shape::Lines { table, target, .. } => !lines.contains(&(table, target)),
        _ => true,
    });
    relations.extend(totals.into_iter().map(|(_, total)| total));
}

/// 公用经费合计 whose name reaches over the next blocks of its group in the header to the figure behind the last of them: it
/// adds up the outermost lines of all. With each the table and the row where its name stands.
fn totals_of_blocks(
    rulebook: &Rulebook,
    packet: &Packet,
    blocks: &[Table],
) -> Vec<((u32, u32), Relation)> {
    let mut relations = Vec::new();
    for (at, first) in blocks.iter().enumerate() {
        let kind = first.kind.as_deref().and_then(|id| rulebook.kind(id));
        let (Some(kind), Some(sheet)) = (kind, packet.table_sheet(first)) else { continue };
        let code = kind.total_code.as_deref().unwrap_or("T01");
        for line in first.lines.iter().filter(|line| line.role == LineRole::Total) {
            let name = line.label_cell.and_then(|cell| sheet.merge_over(cell));
            let Some(reach) = name.map(|merge| merge.end.column) else { continue };
            let Some(count) = blocks[at..].iter().position(|block| {
                block.range.start.column <= reach && reach < block.range.end.column
            }) else {
                continue;
            };
            let own = &blocks[at..=at + count];
            let (Some(last), true) = (own.last(), count > 0 && is_one_group(own)) else { continue };
            // The name stands in the first block.
            let target = stated(packet, last, line.row)
                .map(|target| Operand { table: Some(first.id), ..target });
            let Some(target) = target else { continue };
            let terms: Vec<Operand> = own
                .iter()
                .flat_map(|block| {
                    let roots = block.lines.iter().take_while(|part| part.row < line.row);
                    roots.filter(|part| is_outermost(block, part)).map(move |part| (block, part))
                })
                .filter_map(|(block, part)| stated(packet, block, part.row))
                .collect();
            if terms.len() >= 2 {
                let shape = Shape::Cells { target, terms };
                let total = Relation::new(code, Operation::Sum, shape, Origin::Label);
                relations.push(((first.id, line.row), total));
            }
        }
    }
    relations
}

/// Whether blocks stand under one group of the header and have one column of amounts each.
fn is_one_group(blocks: &[Table]) -> bool {
    let group = |block: &Table| -> Option<String> {
        let mut amounts = block.fields.iter().filter(|field| field.role == FieldRole::Amount);
        match (amounts.next(), amounts.next()) {
            (Some(only), None) if only.path.len() > 1 => only.path.first().cloned(),
            _ => None,
        }
    };
    let first = blocks.first().and_then(group);
    first.is_some() && blocks.iter().all(|block| group(block) == first)
}

fn is_outermost(block: &Table, line: &Line) -> bool {
    let parent = line.parent.and_then(|parent| block.lines.get(parent as usize));
    matches!(line.role, LineRole::Item) && !parent.is_some_and(|parent| parent.role.is_data())
}

/// The amount that a block states in a row.
fn stated(packet: &Packet, block: &Table, row: u32) -> Option<Operand> {
    let field = block.fields.iter().find(|field| field.role == FieldRole::Amount)?;
    let cell = CellRef::new(row, field.column);
    let place = Place { file: block.file, sheet: block.sheet, cell };
    packet.figure(place, Some(block.id)).number()?;
    Some(Operand { place, table: Some(block.id), coefficient: 1 })
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
    let known = &rulebook.words;
    for line in left.lines.iter().filter(|line| line.role.is_data()) {
        let Some(other) = right.line_at(line.row) else { continue };
        let is_total = line.role == LineRole::Total && other.role == LineRole::Total;
        let balanced = |line: &Line| known.balanced.stand_in(&words::key(&line.label));
        if !(is_total || balanced(line) && balanced(other)) {
            continue;
        }
        let (own, twin) = (words::key(&line.label), words::key(&other.label));
        let grand = !is_total
            || line.total == Some(TotalWord::Grand) && other.total == Some(TotalWord::Grand);
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
    let header = |field: &Field| field.path.last().map(|last| words::key(last).into_owned());
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
