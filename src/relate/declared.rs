//! Relations that `schemas/` declares: inside a table kind, and between the tables of a packet.

use super::slip::is_slip;
use crate::lexicon::{Declared, Formula, Rulebook, TOTAL, Term, Words};
use crate::model::{
    CellRef, Evidence, FieldRole, Line, LineRole, Measure, Operand, Operation, Origin, Packet,
    Place, Relation, Shape, Table, TotalWord, Verdict, evaluate, words,
};

/// Relations declared for the kinds of the packet's tables, and between them.
pub(super) fn relate(rulebook: &Rulebook, packet: &Packet) -> Vec<Relation> {
    let mut relations = Vec::new();
    for table in &packet.tables {
        let Some(kind) = table.kind.as_deref().and_then(|id| rulebook.kind(id)) else {
            continue;
        };
        for declared in &kind.relations {
            relations.extend(
                in_table(&rulebook.words, packet, table, declared)
                    .filter(|one| is_wanted(packet, declared, one)),
            );
        }
    }
    for declared in &rulebook.relations {
        let found = between(&rulebook.words, packet, declared);
        relations.extend(found.into_iter().filter(|one| is_wanted(packet, declared, one)));
    }
    relations
}

/// Whether a relation is asserted: one that other things may enter only where it holds.
fn is_wanted(packet: &Packet, declared: &Declared, relation: &Relation) -> bool {
    let holds = |at: usize| {
        let outcome = evaluate(packet, relation, at);
        let slip = || match (outcome.stated, outcome.computed) {
            (Some(stated), Some(computed)) => declared.or_slip && is_slip(stated, computed),
            _ => false,
        };
        matches!(outcome.verdict, Verdict::Holds | Verdict::Rounding) || slip()
    };
    !declared.only_where_it_holds || (0..relation.check_count()).all(holds)
}

/// Gives general relations the specific code of their table's kind.
pub(super) fn specialize(rulebook: &Rulebook, packet: &Packet, relations: &mut Vec<Relation>) {
    for relation in relations.iter_mut().filter(|relation| relation.rule == "X01") {
        // What is a code of one side's kind is told by it: money of a self-evaluation against the tables.
        let Shape::Cells { target, terms } = &relation.shape else { continue };
        let is_money = |operand: &Operand| {
            let table = operand.table.map(|id| &packet.tables[id as usize]);
            let field = table.and_then(|table| table.field_at(operand.place.cell.column));
            field.is_some_and(|field| field.role == FieldRole::Amount)
        };
        if !is_money(target) {
            continue;
        }
        let code =
            terms.iter().chain([target]).filter_map(|operand| operand.table).find_map(|id| {
                let kind = packet.tables[id as usize].kind.as_deref()?;
                rulebook.kind(kind)?.same_code.clone()
            });
        if let Some(code) = code {
            relation.rule = code;
        }
    }
    for relation in relations.iter_mut() {
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
        // Only the outermost total is what the specific code speaks of.
        let outermost = match &relation.shape {
            Shape::Lines { table, target, .. } if relation.rule == "T01" => packet.tables
                [*table as usize]
                .line_at(*target)
                .is_some_and(|line| line.role == LineRole::Total),
            _ => true,
        };
        let code = match relation.rule.as_str() {
            "T01" if lines && outermost => kind.total_code.as_ref(),
            "T01" if lines => kind.level_code.as_ref(),
            "T02" => kind.column_total_code.as_ref(),
            "T03" if relation.operation == Operation::Sum => kind.difference_code.as_ref(),
            "T04" if matches!(relation.shape, Shape::Fields { .. }) => kind.ratio_code.as_ref(),
            "T04" => kind.share_code.as_ref(),
            "T05" => kind.of_which_code.as_ref(),
            _ => None,
        };
        if let Some(code) = code {
            relation.rule.clone_from(code);
        }
    }
    let scores: Vec<Relation> = relations
        .iter_mut()
        .filter_map(|relation| scores_apart(rulebook, packet, relation))
        .collect();
    relations.extend(scores);
}

/// Takes the columns of scores out of a total of points, and makes the same of them under their own code.
fn scores_apart(rulebook: &Rulebook, packet: &Packet, relation: &mut Relation) -> Option<Relation> {
    let Shape::Lines { table, columns, .. } = &mut relation.shape else { return None };
    let table = &packet.tables[*table as usize];
    let kind = table.kind.as_deref().and_then(|id| rulebook.kind(id))?;
    let code = kind.score_code.as_ref()?;
    if Some(&relation.rule) != kind.total_code.as_ref() {
        return None;
    }
    let is_score = |column: &u32| {
        let field = table.field_at(*column);
        field.and_then(|field| field.reading.measure).is_some_and(|m| m.value == Measure::Score)
    };
    let scores: Vec<u32> = columns.iter().copied().filter(is_score).collect();
    if scores.is_empty() {
        return None;
    }
    if scores.len() == columns.len() {
        relation.rule.clone_from(code);
        return None;
    }
    columns.retain(|column| !is_score(column));
    let mut own = relation.clone();
    own.rule.clone_from(code);
    if let Shape::Lines { columns, .. } = &mut own.shape {
        *columns = scores;
    }
    Some(own)
}

/// A relation of one table: of its columns in every line (`.net = .original - .depreciation`), of its lines in every column
/// (`[总计] = [本年收入合计] + [上年结转]?`), or of single cells (`[合计].staff = [301].amount + [303].amount?`).
fn in_table(
    known: &Words,
    packet: &Packet,
    table: &Table,
    declared: &Declared,
) -> Option<Relation> {
    let formula = &declared.formula;
    let all = || formula.terms.iter().chain([&formula.target]);
    let operation = if formula.at_most {
        Operation::AtMost
    } else if formula.terms.len() == 1 {
        Operation::Equal
    } else {
        Operation::Sum
    };
    let shape = if all().all(|term| term.lines.is_empty()) {
        of_columns(packet, table, formula)?
    } else if all().all(|term| term.field.is_none()) {
        of_lines(known, table, formula)?
    } else {
        of_cells(known, packet, table, formula)?
    };
    Some(relation(declared, Origin::Kind, operation, shape))
}

fn of_lines(known: &Words, table: &Table, formula: &Formula) -> Option<Shape> {
    let target = line(known, table, &formula.target.lines)?;
    let mut terms = Vec::new();
    for term in &formula.terms {
        match line(known, table, &term.lines) {
            Some(found) => terms.push((table.lines[found].row, term.coefficient)),
            None if term.optional => {}
            None => return None,
        }
    }
    let few = terms.len() < 2 && !formula.at_most;
    if terms.iter().any(|(row, _)| *row == table.lines[target].row) || few {
        return None;
    }
    let columns: Vec<u32> = table
        .fields
        .iter()
        .filter(|field| field.role == FieldRole::Amount)
        .map(|field| field.column)
        .collect();
    Some(Shape::Lines { table: table.id, target: table.lines[target].row, terms, columns })
}

fn of_columns(packet: &Packet, table: &Table, formula: &Formula) -> Option<Shape> {
    let column = |term: &Term| {
        let mut named =
            table.fields.iter().filter(|field| field.id == term.field && field.role.is_figure());
        named.next().map(|field| field.column)
    };
    let target = column(&formula.target)?;
    let mut terms = Vec::new();
    for term in &formula.terms {
        match column(term) {
            Some(found) => terms.push((found, term.coefficient)),
            None if term.optional => {}
            None => return None,
        }
    }
    // Lines that state all of them: what a form leaves empty is not asked for.
    let stated = |line: &&Line| {
        terms.iter().map(|(column, _)| *column).chain([target]).all(|column| {
            let cell = CellRef::new(line.row, column);
            let place = Place { file: table.file, sheet: table.sheet, cell };
            packet.figure(place, Some(table.id)).number().is_some()
        })
    };
    let rows: Vec<u32> = table
        .lines
        .iter()
        .filter(|line| line.role.is_data())
        .filter(stated)
        .map(|line| line.row)
        .collect();
    (!rows.is_empty()).then_some(Shape::Fields { table: table.id, target, terms, rows })
}

fn of_cells(known: &Words, packet: &Packet, table: &Table, formula: &Formula) -> Option<Shape> {
    let cell = |term: &Term| {
        let at = line(known, table, &term.lines)?;
        let field = table
            .fields
            .iter()
            .find(|field| field.id == term.field && field.role == FieldRole::Amount)?;
        let cell = CellRef::new(table.lines[at].row, field.column);
        let place = Place { file: table.file, sheet: table.sheet, cell };
        packet.figure(place, Some(table.id)).number()?;
        Some(Operand { place, table: Some(table.id), coefficient: term.coefficient })
    };
    let target = cell(&formula.target)?;
    let mut terms = Vec::new();
    for term in &formula.terms {
        match cell(term) {
            Some(found) => terms.push(found),
            None if term.optional => {}
            None => return None,
        }
    }
    let odd = terms.is_empty() || terms.iter().any(|term| term.place == target.place);
    (!odd).then_some(Shape::Cells { target, terms })
}

/// The line of one of the names: exactly so named first, then the only one that contains it.
fn line(known: &Words, table: &Table, names: &[String]) -> Option<usize> {
    let figures = |at: &usize| table.lines[*at].role.is_data();
    for name in names {
        let key = words::key(name);
        if key == TOTAL {
            // The total of the table: the last that is called so alone, else its only total.
            let totals: Vec<usize> = (0..table.lines.len())
                .filter(|at| table.lines[*at].role == LineRole::Total)
                .collect();
            let plain =
                totals.iter().rev().find(|at| known.plain_totals.has(&table.lines[**at].name));
            if let Some(found) = plain.or(if totals.len() == 1 { totals.first() } else { None }) {
                return Some(*found);
            }
            continue;
        }
        let coded = key.chars().all(|c| c.is_ascii_digit());
        let called = |line: &Line| line.name == key || coded && line.code.as_deref() == Some(&*key);
        if let Some(found) =
            (0..table.lines.len()).filter(figures).find(|at| called(&table.lines[*at]))
        {
            return Some(found);
        }
    }
    for name in names.iter().filter(|name| words::key(name) != TOTAL && name.chars().count() >= 3) {
        let key = words::key(name);
        // 一般公共预算收入总计 is more than 一般公共预算收入.
        let is_grand = known.total(name) == Some(TotalWord::Grand);
        let is_more = |line: &Line| line.total == Some(TotalWord::Grand) && !is_grand;
        let mut found = (0..table.lines.len())
            .filter(figures)
            .filter(|at| table.lines[*at].name.contains(&*key) && !is_more(&table.lines[*at]));
        if let (Some(only), None) = (found.next(), found.next()) {
            return Some(only);
        }
    }
    None
}

/// A relation between tables, for every entity, year and draft that states its target once; each term is then in exactly one
/// table of the same (or in all of a kind, behind Σ).
fn between(known: &Words, packet: &Packet, declared: &Declared) -> Vec<Relation> {
    let formula = &declared.formula;
    let found: Vec<Vec<Operand>> =
        formula.terms.iter().map(|term| cells(known, packet, term)).collect();
    let targets = cells(known, packet, &formula.target);
    let once = |target: &Operand| {
        targets.iter().filter(|other| !apart(packet, target, other)).count() == 1
    };
    targets
        .iter()
        .filter(|target| once(target))
        .filter_map(|target| {
            let mut terms = Vec::new();
            for (term, found) in formula.terms.iter().zip(&found) {
                // Only what speaks of the same year and the same unit of account is compared.
                let own: Vec<Operand> =
                    found.iter().filter(|one| !apart(packet, target, one)).copied().collect();
                match own.len() {
                    0 if term.optional => {}
                    0 => return None,
                    1 => terms.extend(own),
                    _ if term.all => terms.extend(own),
                    _ => return None,
                }
            }
            let operation = if formula.at_most {
                Operation::AtMost
            } else if terms.len() == 1 && terms[0].coefficient == 1 {
                Operation::Equal
            } else {
                Operation::Sum
            };
            let shape = Shape::Cells { target: *target, terms };
            Some(relation(declared, Origin::Packet, operation, shape))
        })
        .collect()
}

/// Whether two cells are of tables of other entities, years or drafts.
fn apart(packet: &Packet, a: &Operand, b: &Operand) -> bool {
    let (Some(a), Some(b)) = (a.table, b.table) else { return false };
    let (a, b) = (&packet.tables[a as usize], &packet.tables[b as usize]);
    differ(a.year.as_ref(), b.year.as_ref())
        || differ(a.entity.as_ref(), b.entity.as_ref())
        || differ(a.draft.as_ref(), b.draft.as_ref())
}

fn differ<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
    a.is_some() && b.is_some() && a != b
}

/// The cells of a term in all tables of its kind.
fn cells(known: &Words, packet: &Packet, term: &Term) -> Vec<Operand> {
    packet
        .tables
        .iter()
        .filter(|table| table.kind == term.kind)
        .filter_map(|table| {
            let at = line(known, table, &term.lines)?;
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
