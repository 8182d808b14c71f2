//! Forms of 100 points in several tables: 预算执行 (10 分) stands in a block of its own above the indicators (90 分), and 总分
//! below the indicators counts both. A list of self-evaluations states the score that each project's own form comes to.

use super::slip::is_slip;
use crate::model::{
    CellRef, EvidenceSet, Field, Item, LineRole, Measure, Operand, Operation, Origin, Packet,
    Place, Relation, Severity, Shape, Table, Text, counted_rows,
};
use crate::number::Decimal;

/// What the weights of a whole form add up to.
const FULL: Decimal = Decimal::ONE_HUNDRED;

/// Gives the totals of forms the parts that stand in the blocks above, where the weights say that they count them.
pub(super) fn relate(packet: &Packet, relations: &mut Vec<Relation>) {
    let sheets = packet.tables.chunk_by(|a, b| (a.file, a.sheet) == (b.file, b.sheet));
    for sheet in sheets {
        let mut above: Vec<&Table> = Vec::new();
        for table in sheet.iter().filter(|table| is_of_points(table)) {
            above.retain(|block| block.range.end.row < table.range.start.row);
            let total = table.lines.iter().rfind(|line| line.role == LineRole::Total);
            if let Some(total) = total {
                let form = Form { packet, table, total: total.row, above: &above };
                form.relate(relations);
                above.clear();
            } else {
                above.push(table);
            }
        }
    }
}

/// X01 of scores: a project's line in a list of self-evaluations, and the total of the form about it.
///
/// They are one by the project's name. A score that differs is told beside others of the list that agree, or where it is a slip
/// of the pen: a list may state the score after review.
pub(super) fn listed(packet: &Packet) -> Vec<Relation> {
    let mut forms: Vec<(Item, Operand, &Table)> = Vec::new();
    let sheets = packet.tables.chunk_by(|a, b| (a.file, a.sheet) == (b.file, b.sheet));
    for sheet in sheets {
        // A form names its project once, above all of its tables.
        let mut project = None;
        for table in sheet {
            project = table.project.as_deref().or(project);
            let total = table.lines.iter().rfind(|line| line.role == LineRole::Total);
            if let (Some(name), Some(total), Some(score)) =
                (project, total, table.only(Measure::Score))
            {
                let item = Item::Named(packet.names.key(name).name);
                forms.push((item, operand(table, total.row, score.column), table));
            }
        }
    }
    let mut relations = Vec::new();
    for list in &packet.tables {
        let is_form =
            forms.iter().any(|(.., form)| (form.file, form.sheet) == (list.file, list.sheet));
        let Some(score) = list.only(Measure::Score).filter(|_| !is_form) else { continue };
        let mut pairs: Vec<(Operand, Operand)> = Vec::new();
        for line in list.lines.iter().filter(|line| line.role == LineRole::Item) {
            let item = line.item(&packet.names);
            let same = |a: Option<i32>, b: Option<i32>| a.is_none() || b.is_none() || a == b;
            let mut about = forms.iter().filter(|(project, _, form)| {
                *project == item && same(form.year, list.year) && form.draft == list.draft
            });
            if let (Some((_, total, _)), None) = (about.next(), about.next()) {
                pairs.push((operand(list, line.row, score.column), *total));
            }
        }
        let number = |one: &Operand| packet.figure(one.place, one.table).number();
        let known: Vec<(Operand, Operand, Decimal, Decimal)> = pairs
            .into_iter()
            .filter_map(|(own, total)| Some((own, total, number(&own)?, number(&total)?)))
            .collect();
        let agree = known.iter().filter(|(.., a, b)| a == b).count();
        for (own, total, a, b) in &known {
            let told = a == b || agree * 2 >= known.len() || is_slip(*a, *b);
            if told {
                let shape = Shape::Cells { target: *own, terms: vec![*total] };
                let evidence = EvidenceSet::of(Origin::Label).with(Origin::Mined);
                relations.push(
                    Relation::new("X01", Operation::Equal, shape, evidence)
                        .of_severity(Severity::Warning)
                        .supported(agree as u32, known.len() as u32)
                        .because(Text::new(
                            "汇总表所列得分应与该项目自评表的总分一致",
                            "a list states the score of the project's own form",
                        )),
                );
            }
        }
    }
    relations
}

fn is_of_points(table: &Table) -> bool {
    table.fields.iter().any(|field| field.is_of(Measure::Weight) || field.is_of(Measure::Score))
}

/// A table with the total of its form, and the blocks above it that no total closes.
struct Form<'a> {
    packet: &'a Packet,
    table: &'a Table,
    total: u32,
    above: &'a [&'a Table],
}

/// What a column of points comes to: the table's own rows, the blocks above, and the total as stated.
struct Sums {
    own: Decimal,
    extra: Decimal,
    stated: Decimal,
}

impl Form<'_> {
    fn relate(&self, relations: &mut Vec<Relation>) {
        if self.above.is_empty() {
            return;
        }
        let rows = self.rows(relations);
        if !self.counts_all(&rows) {
            return;
        }
        for field in &self.table.fields {
            let Some(measure) =
                [Measure::Weight, Measure::Score].into_iter().find(|one| field.is_of(*one))
            else {
                continue;
            };
            let target = operand(self.table, self.total, field.column);
            let extra = self.extra(measure, field);
            if self.number(&target).is_none() || extra.is_empty() {
                continue;
            }
            self.take(relations, field.column);
            let own = rows.iter().map(|row| operand(self.table, *row, field.column));
            relations.push(Relation::new(
                if measure == Measure::Score { "P07" } else { "P01" },
                Operation::Sum,
                Shape::Cells { target, terms: extra.into_iter().chain(own).collect() },
                Origin::Kind,
            ));
        }
    }

    /// The rows that the words of the table say its total adds up; else its items.
    fn rows(&self, relations: &[Relation]) -> Vec<u32> {
        let worded = relations.iter().find_map(|relation| match &relation.shape {
            Shape::Lines { table, target, terms, .. }
                if (*table, *target) == (self.table.id, self.total)
                    && relation.operation == Operation::Sum
                    && relation.evidence.contains(Origin::Label) =>
            {
                Some(terms.iter().map(|(row, _)| *row).collect())
            }
            _ => None,
        });
        let items = self.table.lines.iter().filter(|line| line.role == LineRole::Item);
        worded.unwrap_or_else(|| items.map(|line| line.row).collect())
    }

    /// Whether the total counts the blocks above. The weights say it; without them the scores do. Where the weights of the
    /// indicators alone come to what is stated for all, and those of the whole form to 100, the scores tell which is meant.
    fn counts_all(&self, rows: &[u32]) -> bool {
        let scores = self.sums(Measure::Score, rows);
        let by_scores = |sums: &Sums| sums.own + sums.extra == sums.stated;
        match self.sums(Measure::Weight, rows) {
            Some(weights) if weights.own == weights.stated => {
                weights.own + weights.extra == FULL && scores.as_ref().is_some_and(by_scores)
            }
            Some(_) => true,
            None => scores.is_some_and(|sums| sums.own != sums.stated),
        }
    }

    /// What a column comes to without and with the blocks above; `None` where no figure tells them apart.
    fn sums(&self, measure: Measure, rows: &[u32]) -> Option<Sums> {
        self.table.fields.iter().filter(|field| field.is_of(measure)).find_map(|field| {
            let number = |row: u32| self.number(&operand(self.table, row, field.column));
            let own: Decimal = rows.iter().filter_map(|row| number(*row)).sum();
            let extra: Decimal =
                self.extra(measure, field).iter().filter_map(|one| self.number(one)).sum();
            let stated = match measure {
                Measure::Weight => number(self.total).unwrap_or(FULL),
                _ => number(self.total)?,
            };
            (!own.is_zero() && !extra.is_zero()).then_some(Sums { own, extra, stated })
        })
    }

    /// The points of the blocks above.
    fn extra(&self, measure: Measure, like: &Field) -> Vec<Operand> {
        let mut found = Vec::new();
        for table in self.above {
            // Ten points and ten per cent are not added up.
            let alike = |field: &&Field| field.is_of(measure) && field.role == like.role;
            let Some(field) = table.fields.iter().find(alike) else { continue };
            let rows = counted_rows(self.packet, table, field.column);
            found.extend(rows.into_iter().map(|row| operand(table, row, field.column)));
        }
        found
    }

    /// Takes a column out of what was said of the total so far.
    fn take(&self, relations: &mut Vec<Relation>, column: u32) {
        relations.retain_mut(|relation| {
            if relation.operation != Operation::Sum {
                return true;
            }
            match &mut relation.shape {
                Shape::Lines { table, target, columns, .. }
                    if (*table, *target) == (self.table.id, self.total) =>
                {
                    columns.retain(|own| *own != column);
                    !columns.is_empty()
                }
                _ => true,
            }
        });
    }

    fn number(&self, operand: &Operand) -> Option<Decimal> {
        self.packet.figure(operand.place, operand.table).number()
    }
}

fn operand(table: &Table, row: u32, column: u32) -> Operand {
    let place = Place { file: table.file, sheet: table.sheet, cell: CellRef::new(row, column) };
    Operand { place, table: Some(table.id), coefficient: 1 }
}
