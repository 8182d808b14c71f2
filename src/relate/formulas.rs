//! The sheet's own formulas as relations.
//!
//! A formula that is a sum, a difference, a ratio, a product, an average, a relative change or a plain reference says
//! what must agree with what in the clerk's own words. Sums are listed cell by cell, nested ones and roundings taken
//! apart; whatever is not plainly one of these says nothing here. Such a relation holds by construction while the
//! stored values are fresh, so it confirms what words and numbers say; where the stored value is not what its cells
//! give, it is T07.

use crate::formula::{
    Area, Computed, Evaluator, FormulaBook, Freshness, Function, SheetReference, Tree, freshness,
};
use crate::model::{
    CellRef, Evidence, Operand, Operation, Packed, Packet, Place, QuickMap, QuickSet, Relation,
    Severity, Shape, Sheet, State, Table, Text, Workbook,
};
use crate::number::Decimal;

/// Terms listed for one packet; beyond it long sums (running totals down a long column) are told as not checked.
const TERMS: usize = 1_000_000;

/// A sum of at most so many terms is listed even then.
const SHORT: usize = 32;

/// What the formulas of all files assert.
pub(super) fn relations(packet: &Packet) -> Vec<Relation> {
    let mut families = Families::default();
    let mut spent = 0;
    for (file, input) in packet.files.iter().enumerate() {
        if let Some(workbook) = &input.workbook {
            of_workbook(packet, workbook, file as u32, &mut families, &mut spent);
        }
    }
    // What was found out is not asked again; where packets are related twice, the first time counts.
    packet.fresh.get_or_init(|| families.fresh);
    families.relations
}

fn of_workbook(
    packet: &Packet,
    workbook: &Workbook,
    file: u32,
    families: &mut Families,
    spent: &mut usize,
) {
    let Some(book) = packet.formulas.get(file as usize) else { return };
    if book.is_empty() {
        return;
    }
    let patterns: Vec<Option<Pattern>> =
        (0..book.form_count()).map(|form| book.tree(form as u32).and_then(pattern)).collect();
    let tables = TableMap::of(packet, file);
    let mut evaluator = Evaluator::new(workbook, book);
    let mut likes: Vec<Option<Like>> = vec![None; book.form_count()];
    for (sheet, content) in workbook.sheets.iter().enumerate() {
        let sheet = sheet as u32;
        for ((cell, formula), form) in content.formulas.iter().zip(book.forms(sheet)) {
            let Some(pattern) = &patterns[*form as usize] else { continue };
            let Some(pattern) = chosen(pattern, &mut evaluator, sheet, *cell) else { continue };
            let place = Place { file, sheet, cell: *cell };
            let like = likes[*form as usize].as_ref();
            let like = like.filter(|like| like.is_beside(packet, &tables, place, pattern));
            if let Some(like) = like {
                *spent = spent.saturating_add(like.terms.len());
            }
            let freshness = like.map(|_| freshness(packet, &mut evaluator, place, formula));
            if let (Some(like), Some(Freshness::Fresh)) = (like, freshness) {
                families.fresh.insert(place);
                families.count(like.family, cell.row, 1);
                continue;
            }
            let scene = Scene { packet, workbook, book, tables: &tables, place };
            if freshness.is_none() {
                // Counted before they are listed: a running total of 30,000 rows has 450 million terms.
                let terms = scene.size(pattern);
                *spent = spent.saturating_add(terms);
                if *spent > TERMS && terms > SHORT {
                    families.leave_out(&scene, pattern, terms);
                    continue;
                }
            }
            let Some(claim) = scene.claim(pattern) else { continue };
            let freshness = freshness.unwrap_or_else(|| {
                crate::formula::freshness(packet, &mut evaluator, place, formula)
            });
            if freshness == Freshness::Fresh {
                families.fresh.insert(place);
            }
            let like = Like::of(&scene, content, pattern, &claim);
            let family = families.add(claim, freshness);
            if let (Some(like), Some(family), Freshness::Fresh) = (like, family, freshness) {
                likes[*form as usize] = Some(Like { family, ..like });
            }
        }
    }
}

/// The last of the formulas of one form and column that say of their line what it says of other cells of the line: the next one
/// says the same of the next line.
#[derive(Clone)]
struct Like<'a> {
    pattern: &'a Pattern,
    sheet: u32,
    column: u32,
    table: u32,
    terms: Vec<u32>,
    family: usize,
}

impl<'a> Like<'a> {
    fn of(scene: &Scene, content: &Sheet, pattern: &'a Pattern, claim: &Claim) -> Option<Self> {
        let Place { sheet, cell: CellRef { row, column }, .. } = scene.place;
        let table = claim.target.table?;
        let hundred = matches!(
            pattern,
            Pattern::Ratio { hundred: true, .. } | Pattern::Change { hundred: true, .. }
        );
        let along = !hundred && pattern.parts().iter().all(|part| part.area.is_of_own_row());
        let terms: Vec<u32> = claim.terms.iter().map(|term| term.place.cell.column).collect();
        let alone = scene.tables.sheets.get(sheet as usize).is_some_and(|all| all.len() == 1);
        let own = |term: &Operand| {
            term.table == Some(table) && term.place.sheet == sheet && term.place.cell.row == row
        };
        let about = &scene.packet.tables[table as usize];
        let as_held = |column: &u32| about.field_at(*column).is_some_and(|field| !field.hundredths);
        let fits = along
            && alone
            && !content.covers()
            && !scene.packet.units_by_line(table)
            && pattern.parts().len() == terms.len()
            && terms.len() <= SHORT
            && claim.terms.iter().all(own)
            && terms.iter().chain([&column]).all(as_held);
        fits.then_some(Self { pattern, sheet, column, table, terms, family: 0 })
    }

    /// Whether a formula says the same of its line.
    fn is_beside(
        &self,
        packet: &Packet,
        tables: &TableMap<'_>,
        place: Place,
        pattern: &Pattern,
    ) -> bool {
        let Place { sheet, cell: CellRef { row, column }, .. } = place;
        if !std::ptr::eq(self.pattern, pattern) || (sheet, column) != (self.sheet, self.column) {
            return false;
        }
        let table = &packet.tables[self.table as usize];
        let is_line = table.range.contains(place.cell)
            && table.line_at(row).is_some_and(|line| line.role.is_data());
        let typed = |column: u32| {
            let place = place.at(row, column);
            packet.packed(place, self.table).and_then(Packed::is_typed_number)
        };
        is_line
            && tables.sheets[sheet as usize].len() == 1
            && typed(column) == Some(true)
            && self.terms.iter().all(|column| typed(*column).is_some())
    }
}

/// What a formula is, as far as a relation can say it.
#[derive(Clone, Debug)]
enum Pattern {
    /// A sum of areas, times a constant (a change of unit).
    Sum {
        parts: Vec<Part>,
        factor: Decimal,
    },
    /// A plain reference, times a constant (a change of unit).
    Equal {
        part: Part,
        factor: Decimal,
    },
    Average(Vec<Part>),
    /// First ÷ second, times 100 where it gives a percentage as a plain number.
    Ratio {
        parts: [Part; 2],
        hundred: bool,
    },
    /// (second − first) ÷ first.
    Change {
        parts: [Part; 2],
        hundred: bool,
    },
    Product(Vec<Part>),
    /// IF: what holds where the condition is met, and where not.
    Choice(Tree, Option<Box<Pattern>>, Option<Box<Pattern>>),
}

impl Pattern {
    /// What it refers to.
    fn parts(&self) -> &[Part] {
        match self {
            Self::Sum { parts, .. } | Self::Average(parts) | Self::Product(parts) => parts,
            Self::Equal { part, .. } => std::slice::from_ref(part),
            Self::Ratio { parts, .. } | Self::Change { parts, .. } => parts.as_slice(),
            Self::Choice(..) => &[],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    area: Area,
    coefficient: i32,
    /// Cells that are subtotals are left out (SUBTOTAL).
    skip_subtotals: bool,
}

fn pattern(tree: &Tree) -> Option<Pattern> {
    match tree {
        Tree::Call(Function::Round, arguments) => pattern(arguments.first()?),
        Tree::Call(Function::IfError | Function::IfNa, arguments) => match arguments.as_slice() {
            [inner, Tree::Number(_) | Tree::Text(_) | Tree::Missing] => pattern(inner),
            _ => None,
        },
        Tree::Call(Function::If, arguments) => {
            let branch = |at: usize| arguments.get(at).and_then(pattern).map(Box::new);
            let (met, unmet) = (branch(1), branch(2));
            (met.is_some() || unmet.is_some())
                .then(|| Pattern::Choice(arguments[0].clone(), met, unmet))
        }
        Tree::Call(Function::Average, arguments) => {
            let mut parts = Vec::new();
            for argument in arguments {
                parts.push(area(argument)?);
            }
            Some(Pattern::Average(parts))
        }
        Tree::Area(_) => Some(Pattern::Equal { part: single(tree)?, factor: Decimal::ONE }),
        Tree::Factors(factors) => of_factors(factors),
        Tree::Terms(terms) => of_change(terms, false).or_else(|| of_sum(tree)),
        _ => of_sum(tree),
    }
}

fn of_sum(tree: &Tree) -> Option<Pattern> {
    let mut parts = Vec::new();
    flatten(tree, 1, &mut parts)?;
    (!parts.is_empty()).then_some(Pattern::Sum { parts, factor: Decimal::ONE })
}

/// b ÷ a − 1.
fn of_change(terms: &[(bool, Tree)], hundred: bool) -> Option<Pattern> {
    let [(false, Tree::Factors(ratio)), (true, Tree::Number(one))] = terms else { return None };
    let [(false, now), (true, base)] = ratio.as_slice() else { return None };
    (*one == Decimal::ONE).then_some(())?;
    Some(Pattern::Change { parts: [single(base)?, single(now)?], hundred })
}

fn of_factors(factors: &[(bool, Tree)]) -> Option<Pattern> {
    let mut constant = Decimal::ONE;
    let mut rest = Vec::new();
    for (divide, factor) in factors {
        match constant_of(factor) {
            Some(value) if *divide => constant = constant.checked_div(value)?,
            Some(value) => constant = constant.checked_mul(value)?,
            None => rest.push((*divide, factor)),
        }
    }
    let hundred = constant == Decimal::ONE_HUNDRED;
    match rest.as_slice() {
        [(false, top), (true, bottom)] if constant == Decimal::ONE || hundred => {
            let bottom = single(bottom)?;
            if let Some(top) = single(top) {
                return Some(Pattern::Ratio { parts: [top, bottom], hundred });
            }
            // (b − a) ÷ a
            let Tree::Terms(terms) = top else { return None };
            let [(false, now), (true, base)] = terms.as_slice() else { return None };
            let (now, base) = (single(now)?, single(base)?);
            (base == bottom).then_some(Pattern::Change { parts: [base, now], hundred })
        }
        [(false, Tree::Terms(terms))] if hundred => of_change(terms, true),
        [(false, only)] => scaled(only, constant),
        all if constant == Decimal::ONE
            && all.len() >= 2
            && all.iter().all(|(divide, _)| !divide) =>
        {
            let parts = all.iter().map(|(_, factor)| single(factor)).collect::<Option<Vec<_>>>()?;
            Some(Pattern::Product(parts))
        }
        _ => None,
    }
}

/// A sum or reference times a constant.
fn scaled(tree: &Tree, constant: Decimal) -> Option<Pattern> {
    match pattern(tree)? {
        Pattern::Equal { part, factor } => {
            Some(Pattern::Equal { part, factor: factor.checked_mul(constant)? })
        }
        Pattern::Sum { parts, factor } => {
            Some(Pattern::Sum { parts, factor: factor.checked_mul(constant)? })
        }
        _ => None,
    }
}

fn constant_of(tree: &Tree) -> Option<Decimal> {
    match tree {
        Tree::Number(value) if !value.is_zero() => Some(*value),
        Tree::Percent(inner) => constant_of(inner)?.checked_div(Decimal::ONE_HUNDRED),
        _ => None,
    }
}

fn flatten(tree: &Tree, coefficient: i32, parts: &mut Vec<Part>) -> Option<()> {
    match tree {
        Tree::Area(area) => {
            parts.push(Part { area: *area, coefficient, skip_subtotals: false });
            Some(())
        }
        Tree::Number(value) if value.is_zero() => Some(()),
        Tree::Missing => Some(()),
        Tree::Negate(inner) => flatten(inner, -coefficient, parts),
        Tree::Terms(terms) => {
            for (minus, term) in terms {
                flatten(term, if *minus { -coefficient } else { coefficient }, parts)?;
            }
            Some(())
        }
        Tree::Call(Function::Sum, arguments) => {
            arguments.iter().try_for_each(|argument| flatten(argument, coefficient, parts))
        }
        Tree::Call(Function::Round | Function::N | Function::IfError, arguments) => {
            flatten(arguments.first()?, coefficient, parts)
        }
        Tree::Call(Function::Subtotal, arguments) => {
            let (code, areas) = arguments.split_first()?;
            let code = constant_of(code)?;
            if code != Decimal::from(9) && code != Decimal::from(109) {
                return None;
            }
            for argument in areas {
                let Part { area, .. } = area(argument)?;
                parts.push(Part { area, coefficient, skip_subtotals: true });
            }
            Some(())
        }
        _ => None,
    }
}

fn area(tree: &Tree) -> Option<Part> {
    match tree {
        Tree::Area(area) if area.sheet != SheetReference::Missing => {
            Some(Part { area: *area, coefficient: 1, skip_subtotals: false })
        }
        _ => None,
    }
}

fn single(tree: &Tree) -> Option<Part> {
    area(tree).filter(|part| part.area.is_cell())
}

/// The branch of an IF that applies to a cell.
fn chosen<'p>(
    mut pattern: &'p Pattern,
    evaluator: &mut Evaluator,
    sheet: u32,
    cell: CellRef,
) -> Option<&'p Pattern> {
    while let Pattern::Choice(condition, met, unmet) = pattern {
        let evaluation = evaluator.evaluate(condition, sheet, cell).ok()?;
        let truth = match evaluation.value {
            _ if evaluation.doubtful => return None,
            Computed::Bool(truth) => truth,
            Computed::Number(value) => !value.is_zero(),
            _ => return None,
        };
        pattern = (if truth { met } else { unmet }).as_deref()?;
    }
    Some(pattern)
}

/// Where the tables of a file are, sheet by sheet.
struct TableMap<'a> {
    sheets: Vec<Vec<&'a Table>>,
}

impl<'a> TableMap<'a> {
    fn of(packet: &'a Packet, file: u32) -> Self {
        let mut sheets: Vec<Vec<&Table>> = Vec::new();
        for table in packet.tables.iter().filter(|table| table.file == file) {
            let at = table.sheet as usize;
            if sheets.len() <= at {
                sheets.resize(at + 1, Vec::new());
            }
            sheets[at].push(table);
        }
        Self { sheets }
    }

    /// The table that has the cell in one of its lines and fields.
    fn at(&self, sheet: u32, cell: CellRef) -> Option<&'a Table> {
        let tables = self.sheets.get(sheet as usize)?;
        tables.iter().copied().find(|table| {
            table.range.contains(cell)
                && table.field_at(cell.column).is_some_and(|field| field.role.is_figure())
                && table.line_at(cell.row).is_some_and(|line| line.role.is_data())
        })
    }
}

/// One check that a formula asserts.
struct Claim {
    operation: Operation,
    target: Operand,
    terms: Vec<Operand>,
}

/// A formula's cell and what surrounds it.
struct Scene<'a> {
    packet: &'a Packet,
    workbook: &'a Workbook,
    book: &'a FormulaBook,
    tables: &'a TableMap<'a>,
    place: Place,
}

impl Scene<'_> {
    /// How many cells the areas of a pattern have, as far as their sheets are used.
    fn size(&self, pattern: &Pattern) -> usize {
        let cells = |part: &Part| {
            let (sheet, range) = part.area.resolve(self.place.sheet, self.place.cell)?;
            let (rows, columns) = self.book.clip(sheet, range)?.size();
            Some(rows as usize * columns as usize)
        };
        pattern.parts().iter().filter_map(cells).fold(0, usize::saturating_add)
    }

    fn claim(&self, pattern: &Pattern) -> Option<Claim> {
        let target = self.operand(self.place.sheet, self.place.cell, 1);
        self.packet.figure(target.place, target.table).number()?;
        let (operation, parts, factor) = match pattern {
            Pattern::Sum { parts, factor } => (Operation::Sum, parts.as_slice(), *factor),
            Pattern::Equal { part, factor } => {
                (Operation::Equal, std::slice::from_ref(part), *factor)
            }
            Pattern::Average(parts) => (Operation::Average, parts.as_slice(), Decimal::ONE),
            Pattern::Ratio { parts, .. } => (Operation::Ratio, parts.as_slice(), Decimal::ONE),
            Pattern::Change { parts, .. } => {
                (Operation::RelativeChange, parts.as_slice(), Decimal::ONE)
            }
            Pattern::Product(parts) => (Operation::Product, parts.as_slice(), Decimal::ONE),
            Pattern::Choice(..) => return None,
        };
        let mut terms = Vec::new();
        for part in parts {
            self.list(part, &mut terms)?;
        }
        if matches!(operation, Operation::Sum) {
            merge_repeated(&mut terms);
        }
        if terms.is_empty() || terms.iter().any(|term| term.place == target.place) {
            return None;
        }
        let hundred = match pattern {
            Pattern::Ratio { hundred, .. } | Pattern::Change { hundred, .. } => *hundred,
            _ => false,
        };
        let claim = Claim { operation, target, terms };
        (self.same_scale(&claim, hundred) && self.same_unit(&claim, factor)).then_some(claim)
    }

    /// What a formula asserts, of each of its areas the corners alone; `None` where it says nothing.
    fn outline(&self, pattern: &Pattern) -> Option<Claim> {
        let target = self.operand(self.place.sheet, self.place.cell, 1);
        self.packet.figure(target.place, target.table).number()?;
        let (operation, parts) = match pattern {
            Pattern::Sum { parts, .. } => (Operation::Sum, parts),
            Pattern::Average(parts) => (Operation::Average, parts),
            // All others name single cells.
            _ => return None,
        };
        let mut terms = Vec::new();
        for part in parts {
            let (sheet, range) = part.area.resolve(self.place.sheet, self.place.cell)?;
            if sheet == self.place.sheet && range.contains(self.place.cell) {
                return None;
            }
            terms.extend(
                [range.start, range.end].map(|cell| self.operand(sheet, cell, part.coefficient)),
            );
        }
        Some(Claim { operation, target, terms })
    }

    fn operand(&self, sheet: u32, cell: CellRef, coefficient: i32) -> Operand {
        let place = Place { file: self.place.file, sheet, cell };
        let table = self.tables.at(sheet, cell).map(|table| table.id);
        Operand { place, table, coefficient }
    }

    /// Lists the cells of a part: those that hold something, and the blank ones in the lines of a table.
    fn list(&self, part: &Part, terms: &mut Vec<Operand>) -> Option<()> {
        let (sheet, range) = part.area.resolve(self.place.sheet, self.place.cell)?;
        let single = range.start == range.end;
        let range = if single { range } else { self.book.clip(sheet, range)? };
        let (rows, columns) = range.size();
        if rows as usize * columns as usize > TERMS {
            return None;
        }
        let content = self.workbook.sheets.get(sheet as usize)?;
        for row in range.start.row..=range.end.row {
            for column in range.start.column..=range.end.column {
                let cell = CellRef::new(row, column);
                // The formula counts what nobody sees: it says nothing of the figures that are shown.
                if content.is_covered(cell) {
                    return None;
                }
                let operand = self.operand(sheet, cell, part.coefficient);
                if single || self.counts(part, &operand) {
                    terms.push(operand);
                }
            }
        }
        Some(())
    }

    fn counts(&self, part: &Part, operand: &Operand) -> bool {
        let (sheet, cell) = (operand.place.sheet, operand.place.cell);
        if part.skip_subtotals && self.book.is_subtotal(sheet, cell) {
            return false;
        }
        match self.packet.figure(operand.place, operand.table).state {
            // Words inside a range add nothing.
            State::Unreadable => false,
            State::Blank | State::Placeholder(_) => operand.table.is_some(),
            _ => true,
        }
    }

    /// Percentages typed as plain numbers are held as fractions: the formula must take its operands as they are held.
    fn same_scale(&self, claim: &Claim, hundred: bool) -> bool {
        // `None` of what is no number: blank ones have no scale.
        let scale = |operand: &Operand| -> Option<bool> {
            let figure = self.packet.figure(operand.place, operand.table);
            let held = figure.number()?;
            // Outside of tables a figure is held as it is stored, and nearly any number inside of them.
            let table = operand.table.map(|table| &self.packet.tables[table as usize]);
            let field = table.and_then(|table| table.field_at(operand.place.cell.column));
            let may_differ = figure.from_text || field.is_some_and(|field| field.hundredths);
            Some(
                may_differ && {
                    let stored = self.packet.figure(operand.place, None).number();
                    stored.is_some_and(|stored| held != stored)
                },
            )
        };
        let scaled = |operand: &Operand| scale(operand).unwrap_or(false);
        let target = scaled(&claim.target);
        let mut terms = claim.terms.iter().map(scaled);
        match claim.operation {
            Operation::Ratio | Operation::RelativeChange => {
                let (first, second) = (terms.next(), terms.next());
                target == hundred && first == second
            }
            Operation::Product => !target && terms.all(|scaled| !scaled),
            _ => claim.terms.iter().filter_map(scale).all(|scaled| scaled == target),
        }
    }

    /// The factor between the units that evaluation would apply must be the formula's own.
    fn same_unit(&self, claim: &Claim, factor: Decimal) -> bool {
        let yuan = |operand: &Operand| {
            self.packet.unit(operand.place, operand.table).and_then(crate::number::Unit::yuan)
        };
        let base = yuan(&claim.target);
        let applied = |operand: &Operand| match (yuan(operand), base) {
            (Some(own), Some(base)) if own != base => own / base,
            _ => Decimal::ONE,
        };
        match claim.operation {
            Operation::Ratio | Operation::RelativeChange => {
                let mut factors = claim.terms.iter().map(applied);
                factors.next() == factors.next()
            }
            _ => claim.terms.iter().all(|term| applied(term) == factor),
        }
    }
}

/// The same cell twice in a sum is one term.
fn merge_repeated(terms: &mut Vec<Operand>) {
    let mut seen: QuickMap<Place, usize> = QuickMap::default();
    seen.reserve(terms.len());
    let mut merged: Vec<Operand> = Vec::with_capacity(terms.len());
    for term in terms.iter() {
        if let Some(at) = seen.get(&term.place) {
            merged[*at].coefficient += term.coefficient;
        } else {
            seen.insert(term.place, merged.len());
            merged.push(*term);
        }
    }
    merged.retain(|term| term.coefficient != 0);
    *terms = merged;
}

/// A family's key: everything but its columns or rows.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    rule: &'static str,
    severity: u8,
    operation: u8,
    table: u32,
    by_line: bool,
    target: u32,
    terms: Vec<(u32, i32)>,
}

#[derive(Default)]
struct Families {
    relations: Vec<Relation>,
    known: QuickMap<Key, usize>,
    /// The cells whose stored values are what their formulas give.
    fresh: QuickSet<Place>,
}

impl Families {
    /// Counts one more line or column of a family, and whether it holds there (1) or not (0).
    fn count(&mut self, family: usize, member: u32, held: u32) {
        let relation = &mut self.relations[family];
        if let Shape::Lines { columns: members, .. } | Shape::Fields { rows: members, .. } =
            &mut relation.shape
        {
            members.push(member);
        }
        relation.support = (relation.support.0 + held, relation.support.1 + 1);
    }

    /// Adds a check; tells the family of those along lines that it is one of.
    fn add(&mut self, claim: Claim, freshness: Freshness) -> Option<usize> {
        let (rule, severity) = match freshness {
            Freshness::Stale { visible: false, .. } => ("T07", Severity::Warning),
            Freshness::Stale { visible: true, .. } => ("T07", Severity::Error),
            Freshness::Fresh | Freshness::Unknown | Freshness::LeftOut => {
                (rule(&claim), Severity::Error)
            }
        };
        let held = u32::from(rule != "T07");
        let Some((key, member)) = family(&claim, rule, severity) else {
            let shape = Shape::Cells { target: claim.target, terms: claim.terms };
            self.push(rule, severity, claim.operation, shape, held);
            return None;
        };
        let along_lines = !key.by_line;
        let known = self.known.get(&key).copied();
        let at = known.unwrap_or(self.relations.len());
        if known.is_some() {
            self.count(at, member, held);
        } else {
            let (table, target, terms) = (key.table, key.target, key.terms.clone());
            let shape = if key.by_line {
                Shape::Lines { table, target, terms, columns: vec![member] }
            } else {
                Shape::Fields { table, target, terms, rows: vec![member] }
            };
            self.known.insert(key, at);
            self.push(rule, severity, claim.operation, shape, held);
        }
        along_lines.then_some(at)
    }

    /// Counts a sum that is too long to be listed among what could not be checked, with the reason.
    fn leave_out(&mut self, scene: &Scene, pattern: &Pattern, count: usize) {
        let Some(claim) = scene.outline(pattern) else { return };
        let rule = rule(&claim);
        let shape = Shape::Cells { target: claim.target, terms: Vec::new() };
        self.push(rule, Severity::Error, claim.operation, shape, 0);
        let doubt = Text::new(
            format!(
                "公式要看 {count} 个单元格：全部公式合计超过 {TERMS} 个以后，长的公式不再逐格核对"
            ),
            format!(
                "its formula looks at {count} cells: beyond {TERMS} for all formulas long ones are not checked cell by cell"
            ),
        );
        let doubted = crate::model::Claim { doubt: Some(doubt), ..Default::default() };
        if let Some(relation) = self.relations.last_mut() {
            relation.claims.push((0, doubted));
        }
    }

    fn push(
        &mut self,
        rule: &str,
        severity: Severity,
        operation: Operation,
        shape: Shape,
        held: u32,
    ) {
        self.relations.push(
            Relation::new(rule, operation, shape, Evidence::Formula)
                .of_severity(severity)
                .supported(held, 1),
        );
    }
}

/// The catalogue's general code for what a formula asserts.
fn rule(claim: &Claim) -> &'static str {
    let signs = claim.terms.iter().all(|term| term.coefficient > 0);
    let row = claim.target.place.cell.row;
    let same_row = claim
        .terms
        .iter()
        .all(|term| term.place.sheet == claim.target.place.sheet && term.place.cell.row == row);
    match claim.operation {
        Operation::Equal => "X01",
        Operation::Sum if !signs => "T03",
        Operation::Sum if same_row => "T02",
        Operation::Sum | Operation::AtMost => "T01",
        Operation::Ratio | Operation::RelativeChange | Operation::Average | Operation::Product => {
            "T04"
        }
    }
}

/// The family that a claim inside one table belongs to, and its column or row in it.
fn family(claim: &Claim, rule: &'static str, severity: Severity) -> Option<(Key, u32)> {
    let target = claim.target;
    let table = target.table?;
    if claim.terms.iter().any(|term| term.table != target.table) {
        return None;
    }
    let cell = target.place.cell;
    let by_line = claim.terms.iter().all(|term| term.place.cell.column == cell.column);
    let by_field = claim.terms.iter().all(|term| term.place.cell.row == cell.row);
    if !by_line && !by_field {
        return None;
    }
    let terms = claim
        .terms
        .iter()
        .map(|term| {
            let at = if by_line { term.place.cell.row } else { term.place.cell.column };
            (at, term.coefficient)
        })
        .collect();
    let (target, member) = if by_line { (cell.row, cell.column) } else { (cell.column, cell.row) };
    let (severity, operation) = (severity as u8, claim.operation as u8);
    Some((Key { rule, severity, operation, table, by_line, target, terms }, member))
}
