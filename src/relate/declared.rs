//! Relations that `schemas/` declares: inside a table kind, and between the tables of a packet.

use crate::lexicon::{Declared, Formula, Rulebook, Term};
use crate::model::{
    CellRef, Evidence, FieldRole, LineRole, Operand, Operation, Origin, Packet, Place, Relation,
    Shape, Table, Verdict, evaluate, words,
};

/// Relations declared for the kinds of the packet's tables, and between them.
pub(super) fn relate(rulebook: &Rulebook, packet: &Packet) -> Vec<Relation> {
    let mut relations = Vec::new();
    for table in &packet.tables {
        let Some(kind) = table.kind.as_deref().and_then(|id| rulebook.kind(id)) else {
            continue;
        };
        for declared in &kind.relations {
            relations.extend(in_table(table, declared, &declared.formula));
        }
    }
    for declared in &rulebook.relations {
        let found = between(packet, declared, &declared.formula);
        relations.extend(found.filter(|relation| {
            !declared.only_where_it_holds
                || matches!(
                    evaluate(packet, relation, 0).verdict,
                    Verdict::Holds | Verdict::Rounding
                )
        }));
    }
    relations
}

/// Gives general relations the specific code of their table's kind.
pub(super) fn specialize(rulebook: &Rulebook, packet: &Packet, relations: &mut [Relation]) {
    for relation in relations {
        let table = match &relation.shape {
            Shape::Lines { table, .. } | Shape::Fields { table, .. } => Some(*table),
            Shape::Cells { target, terms } => {
                target.table.filter(|own| terms.iter().all(|term| term.table == Some(*own)))
            }
        };
        let Some(kind) = table
            .and_then(|table| packet.tables[table as usize].kind.as_deref())
            .and_then(|id| rulebook.kind(id))
        else {
            continue;
        };
        let lines = matches!(relation.shape, Shape::Lines { .. });
        let code = match relation.rule.as_str() {
            "T01" if lines => kind.total_code.as_ref(),
            "T02" => kind.column_total_code.as_ref(),
            "T03" if relation.operation == Operation::Sum => kind.difference_code.as_ref(),
            "T04" if matches!(relation.shape, Shape::Fields { .. }) => kind.ratio_code.as_ref(),
            "T05" => kind.of_which_code.as_ref(),
            _ => None,
        };
        // Only the outermost total is what the specific code speaks of.
        let outermost = match &relation.shape {
            Shape::Lines { table, target, .. } if relation.rule == "T01" => packet.tables
                [*table as usize]
                .line_at(*target)
                .is_some_and(|line| line.role == LineRole::Total),
            _ => true,
        };
        if let (Some(code), true) = (code, outermost) {
            relation.rule.clone_from(code);
        }
    }
}

fn in_table(table: &Table, declared: &Declared, formula: &Formula) -> Option<Relation> {
    let target = line(table, &formula.target.lines)?;
    let mut terms = Vec::new();
    for term in &formula.terms {
        match line(table, &term.lines) {
            Some(found) => terms.push((table.lines[found].row, term.coefficient)),
            None if term.optional => {}
            None => return None,
        }
    }
    if terms.iter().any(|(row, _)| *row == table.lines[target].row) || terms.len() < 2 {
        return None;
    }
    let columns: Vec<u32> = table
        .fields
        .iter()
        .filter(|field| field.role == FieldRole::Amount)
        .map(|field| field.column)
        .collect();
    let shape = Shape::Lines { table: table.id, target: table.lines[target].row, terms, columns };
    Some(relation(declared, Origin::Kind, Operation::Sum, shape))
}

/// The line of one of the names: exactly so named first, then the only one that contains it.
fn line(table: &Table, names: &[String]) -> Option<usize> {
    let figures = |at: &usize| table.lines[*at].role.is_data();
    for name in names {
        let key = words::key(name);
        if key == "合计" {
            // The total of the table: the last that is called so alone, else its only total.
            let totals: Vec<usize> = (0..table.lines.len())
                .filter(|at| table.lines[*at].role == LineRole::Total)
                .collect();
            let plain = totals
                .iter()
                .rev()
                .find(|at| matches!(table.lines[**at].name.as_str(), "合计" | "总计" | "共计"));
            if let Some(found) = plain.or(if totals.len() == 1 { totals.first() } else { None }) {
                return Some(*found);
            }
            continue;
        }
        if let Some(found) =
            (0..table.lines.len()).filter(figures).find(|at| table.lines[*at].name == key)
        {
            return Some(found);
        }
    }
    for name in names.iter().filter(|name| words::key(name) != "合计" && name.chars().count() >= 3)
    {
        let key = words::key(name);
        let mut found = (0..table.lines.len())
            .filter(figures)
            .filter(|at| table.lines[*at].name.contains(&key));
        if let (Some(only), None) = (found.next(), found.next()) {
            return Some(only);
        }
    }
    None
}

/// A relation between tables, where each term is in exactly one table (or in all of a kind, behind Σ).
fn between(packet: &Packet, declared: &Declared, formula: &Formula) -> Option<Relation> {
    let targets = cells(packet, &formula.target);
    let [target] = targets.as_slice() else { return None };
    let mut terms = Vec::new();
    for term in &formula.terms {
        let found = cells(packet, term);
        match found.len() {
            0 if term.optional => {}
            0 => return None,
            1 => terms.extend(found),
            _ if term.all => terms.extend(found),
            _ => return None,
        }
    }
    // Only what speaks of the same year and the same unit of account is compared.
    let year =
        |operand: &Operand| operand.table.and_then(|table| packet.tables[table as usize].year);
    let entity = |operand: &Operand| {
        operand.table.and_then(|table| packet.tables[table as usize].entity.clone())
    };
    for term in &terms {
        if differ(year(target).as_ref(), year(term).as_ref())
            || differ(entity(target).as_ref(), entity(term).as_ref())
        {
            return None;
        }
    }
    let operation = if terms.len() == 1 && terms[0].coefficient == 1 {
        Operation::Equal
    } else {
        Operation::Sum
    };
    Some(relation(declared, Origin::Packet, operation, Shape::Cells { target: *target, terms }))
}

fn differ<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
    a.is_some() && b.is_some() && a != b
}

/// The cells of a term in all tables of its kind.
fn cells(packet: &Packet, term: &Term) -> Vec<Operand> {
    packet
        .tables
        .iter()
        .filter(|table| table.kind == term.kind)
        .filter_map(|table| {
            let at = line(table, &term.lines)?;
            let field = table
                .fields
                .iter()
                .find(|field| field.id == term.field && field.role == FieldRole::Amount)?;
            let place = Place {
                file: table.file,
                sheet: table.sheet,
                cell: CellRef::new(table.lines[at].row, field.column),
            };
            packet.figure(place, Some(table.id)).number()?;
            Some(Operand { place, table: Some(table.id), coefficient: term.coefficient })
        })
        .collect()
}

fn relation(declared: &Declared, origin: Evidence, operation: Operation, shape: Shape) -> Relation {
    let origin = if declared.own { Origin::User } else { origin };
    let mut relation = Relation::new(declared.code.clone(), operation, shape, origin)
        .of_severity(declared.severity);
    relation.reason.clone_from(&declared.reason);
    relation
}
