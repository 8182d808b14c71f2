//! T08 `formula-misses-row`: a SUM that misses a row at its edge or counts a subtotal again, and a constant among formulas.
//!
//! Each needs strong evidence. A missed row must be an item of the table right beside the range, with a number there,
//! and belong to the total by the row tree or by the formulas of the columns beside it. A subtotal counts twice only
//! where its own parts are in the same range. A constant must be alone among filled formulas, over cells with figures.
//!
//! ```toml
//! [T08]
//! name = "formula-misses-row"
//! severity = "warning"
//! source = "The workbook's own formulas compared with its labels and with the formulas beside them"
//! zh.title = "公式漏行、多行，或公式列中夹有手工数"
//! zh.source = "报送表的公式与行列名称、相邻公式比较"
//! zh.checks = "SUM 的范围漏掉首尾的行、把小计又加一遍，或同一列（行）都是公式而其中一格是手工填的数。"
//! zh.example = "明细在第 4 至 10 行，合计为 =SUM(B4:B9)。"
//! zh.remedy = "改正公式范围；手工填的数改回公式。"
//! en.title = "a formula misses or swallows a row, or a constant stands among formulas"
//! en.checks = "A SUM range that leaves out an edge row or takes in a subtotal, or a typed number among formulas."
//! en.example = "Details in rows 4 to 10, total =SUM(B4:B9)."
//! en.remedy = "Correct the range; put the formula back."
//! ```

use std::collections::BTreeMap;

use super::{Context, Rule, listed, printed};
use crate::formula::{Area, FormulaBook, Function, SheetReference, Tree};
use crate::model::{
    CellRef, Evidence, Finding, LineRole, Operation, Place, QuickMap, QuickSet, Range, Severity,
    Shape, Sheet, Table, Text, Value,
};
use crate::number::Decimal;

pub(super) static RULE: Rule = Rule { code: "T08", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (table, sheet) in context.tables() {
        let Some(book) = context.packet.formulas.get(table.file as usize) else { continue };
        if sheet.formulas.is_empty() {
            continue;
        }
        let scene = Scene::of(context, table, sheet, book);
        findings.extend(scene.edges());
        findings.extend(scene.doubled());
        findings.extend(scene.constants());
    }
    findings
}

/// A column sum of the table: its cell and the rows it takes.
struct ColumnSum {
    cell: CellRef,
    rows: Range,
}

struct Scene<'a> {
    context: &'a Context<'a>,
    table: &'a Table,
    sheet: &'a Sheet,
    book: &'a FormulaBook,
    /// The formulas of the table's cells, and their forms.
    forms: QuickMap<CellRef, u32>,
    sums: Vec<ColumnSum>,
}

impl<'a> Scene<'a> {
    fn of(context: &'a Context, table: &'a Table, sheet: &'a Sheet, book: &'a FormulaBook) -> Self {
        let fields: QuickSet<u32> = table.figure_fields().map(|field| field.column).collect();
        let mut forms = QuickMap::default();
        let mut sums = Vec::new();
        let from = sheet.formulas.partition_point(|(cell, _)| *cell < table.range.start);
        let list = sheet.formulas.iter().zip(book.forms(table.sheet)).skip(from);
        for ((cell, _), form) in list.take_while(|((cell, _), _)| *cell <= table.range.end) {
            if !fields.contains(&cell.column) {
                continue;
            }
            forms.insert(*cell, *form);
            let rows = book.tree(*form).and_then(|tree| column_range(tree, table.sheet, *cell));
            sums.extend(rows.map(|rows| ColumnSum { cell: *cell, rows }));
        }
        Self { context, table, sheet, book, forms, sums }
    }

    fn place(&self, cell: CellRef) -> Place {
        Place { file: self.table.file, sheet: self.table.sheet, cell }
    }

    fn number(&self, cell: CellRef) -> Option<Decimal> {
        self.context.packet.figure(self.place(cell), Some(self.table.id)).number()
    }

    /// How many sums of a total's row take that row in.
    fn takers(&self, total: u32, row: u32) -> usize {
        let sums = self.sums.iter().filter(|sum| sum.cell.row == total);
        sums.filter(|sum| (sum.rows.start.row..=sum.rows.end.row).contains(&row)).count()
    }

    fn printed(&self, cell: CellRef, value: Decimal) -> String {
        printed(self.context, self.place(cell), Some(self.table.id), value)
    }

    /// Sums that miss the item at their edge, one finding for a row of them.
    fn edges(&self) -> Vec<Finding> {
        let mut missed: BTreeMap<(u32, u32), Vec<CellRef>> = BTreeMap::new();
        for sum in &self.sums {
            let (top, bottom) = (sum.rows.start.row, sum.rows.end.row);
            let below = sum.cell.row > bottom;
            let candidates = [top.checked_sub(1), Some(bottom + 1)]
                .into_iter()
                .flatten()
                .filter(|row| *row != sum.cell.row && (*row < sum.cell.row) == below);
            for row in candidates {
                if self.belongs(sum, row) {
                    missed.entry((sum.cell.row, row)).or_default().push(sum.cell);
                }
            }
        }
        missed
            .into_iter()
            .filter(|((total, row), cells)| {
                self.takers(*total, *row) == 0 || self.takers(*total, *row) >= cells.len()
            })
            .filter(|((_, row), cells)| !self.are_added_up(cells[0], *row))
            .map(|((_, row), cells)| self.missed_row(row, &cells))
            .collect()
    }

    /// Whether another formula of the sheet adds the sum and the cell beside its range: then it was left out on purpose.
    fn are_added_up(&self, sum: CellRef, row: u32) -> bool {
        let beside = CellRef::new(row, sum.column);
        let formulas = self.sheet.formulas.iter().zip(self.book.forms(self.table.sheet));
        formulas.into_iter().any(|((cell, _), form)| {
            let (mut whole, mut part) = (false, false);
            let Some(tree) = self.book.tree(*form).filter(|_| *cell != sum) else { return false };
            tree.each(&mut |tree| {
                let Tree::Area(area) = tree else { return };
                if let Some((sheet, range)) = area.resolve(self.table.sheet, *cell)
                    && sheet == self.table.sheet
                {
                    let (holds_sum, holds_part) = (range.contains(sum), range.contains(beside));
                    // A range over both takes them as lines like any other.
                    whole |= holds_sum && !holds_part;
                    part |= holds_part && !holds_sum;
                }
            });
            whole && part
        })
    }

    /// Whether the row beside a sum's range should have been in it.
    fn belongs(&self, sum: &ColumnSum, row: u32) -> bool {
        let column = sum.cell.column;
        let Some(at) = self.table.line_index(row) else { return false };
        let line = &self.table.lines[at];
        let beside = CellRef::new(row, column);
        let amount = self.number(beside).filter(|number| !number.is_zero());
        if line.role != LineRole::Item || amount.is_none() {
            return false;
        }
        // A sum over only some of the rows is no total of the rest.
        if sum.rows.size().0 < 2 {
            return false;
        }
        // Another total takes it.
        let taken = self.sums.iter().any(|other| {
            other.cell != sum.cell
                && other.cell.column == column
                && other.rows.contains(beside)
                && !sum.rows.contains(CellRef::new(other.cell.row, column))
        });
        let total = self.table.line_index(sum.cell.row);
        let by_tree = total.is_some()
            && line.parent == total.map(|total| total as u32)
            && (sum.rows.start.row..=sum.rows.end.row).any(|inside| {
                self.table.line_at(inside).is_some_and(|inside| inside.parent == line.parent)
            });
        let by_neighbours = self
            .sums
            .iter()
            .filter(|other| other.cell.row == sum.cell.row && other.cell.column != column)
            .any(|other| {
                other.rows.contains(CellRef::new(row, other.cell.column))
                    && other.rows.start.row <= sum.rows.start.row
                    && other.rows.end.row >= sum.rows.end.row
            });
        if by_neighbours {
            return true;
        }
        !taken && (by_tree && self.is_only_part_outside(sum) || self.is_part_by_words(sum, row))
    }

    /// Whether a relation of the table's words has the row among the total's parts, with all rows of the range.
    fn is_part_by_words(&self, sum: &ColumnSum, row: u32) -> bool {
        self.context.relations.iter().any(|relation| {
            let Shape::Lines { table, target, terms, columns } = &relation.shape else {
                return false;
            };
            let has = |row: u32| terms.iter().any(|(term, _)| *term == row);
            relation.operation == Operation::Sum
                && relation.evidence.contains(Evidence::Label)
                && (*table, *target) == (self.table.id, sum.cell.row)
                && columns.contains(&sum.cell.column)
                && has(row)
                && terms.len() == sum.rows.size().0 as usize + 1
                && (sum.rows.start.row..=sum.rows.end.row).all(has)
        })
    }

    /// Whether all direct parts of the total but one are in its range.
    fn is_only_part_outside(&self, sum: &ColumnSum) -> bool {
        let Some(total) = self.table.line_index(sum.cell.row) else { return false };
        let outside = self.table.children(total).filter(|child| {
            let row = self.table.lines[*child].row;
            !sum.rows.contains(CellRef::new(row, sum.cell.column))
        });
        outside.count() == 1
    }

    fn missed_row(&self, row: u32, cells: &[CellRef]) -> Finding {
        let label = self.table.line_at(row).map(|line| line.label.clone()).unwrap_or_default();
        let beside = CellRef::new(row, cells[0].column);
        let amount = self.printed(beside, self.number(beside).unwrap_or_default());
        let names = listed(cells);
        let mut finding = RULE.at(
            self.place(cells[0]),
            Text::new(
                format!("{} 的求和区域漏掉了第 {} 行“{label}”（{}）", names.zh, row + 1, amount),
                format!(
                    "the range of {} leaves out row {}, {label} ({})",
                    names.en,
                    row + 1,
                    amount
                ),
            ),
        );
        finding.related = cells[1..]
            .iter()
            .copied()
            .chain(cells.iter().map(|cell| CellRef::new(row, cell.column)))
            .map(|cell| self.place(cell))
            .collect();
        finding
    }

    /// Sums whose range holds a subtotal together with all its parts.
    fn doubled(&self) -> Vec<Finding> {
        let mut by_column: QuickMap<u32, Vec<&ColumnSum>> = QuickMap::default();
        for sum in &self.sums {
            by_column.entry(sum.cell.column).or_default().push(sum);
        }
        let mut found: BTreeMap<(u32, u32), Vec<CellRef>> = BTreeMap::new();
        for sum in &self.sums {
            for inner in &by_column[&sum.cell.column] {
                let inside = inner.cell != sum.cell
                    && sum.rows.contains(inner.cell)
                    && sum.rows.contains(inner.rows.start)
                    && sum.rows.contains(inner.rows.end);
                let amount = self.number(inner.cell).filter(|number| !number.is_zero());
                // Of two sums that hold each other's cell, neither is the subtotal.
                if inside && amount.is_some() && !inner.rows.contains(sum.cell) {
                    found.entry((sum.cell.row, inner.cell.row)).or_default().push(sum.cell);
                }
            }
        }
        found
            .into_iter()
            .map(|((_, row), cells)| {
                let label =
                    self.table.line_at(row).map(|line| line.label.clone()).unwrap_or_default();
                let names = listed(&cells);
                let mut finding = RULE.at(
                    self.place(cells[0]),
                    Text::new(
                        format!(
                            "{} 的求和区域既含第 {} 行“{label}”，又含其各项，重复计算",
                            names.zh,
                            row + 1
                        ),
                        format!(
                            "the range of {} holds row {}, {label}, and its parts too: they count twice",
                            names.en,
                            row + 1
                        ),
                    ),
                );
                finding.related = cells[1..]
                    .iter()
                    .copied()
                    .chain(cells.iter().map(|cell| CellRef::new(row, cell.column)))
                    .map(|cell| self.place(cell))
                    .collect();
                finding
            })
            .collect()
    }

    /// Numbers typed where all their neighbours in the row, or in the column, are one formula.
    fn constants(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let rows: Vec<u32> =
            self.table.lines.iter().filter(|l| l.role.is_data()).map(|l| l.row).collect();
        let columns: Vec<u32> = self.table.figure_fields().map(|field| field.column).collect();
        for &row in &rows {
            let cells: Vec<CellRef> =
                columns.iter().map(|column| CellRef::new(row, *column)).collect();
            findings.extend(self.constant(&cells));
        }
        for &column in &columns {
            let cells: Vec<CellRef> = rows.iter().map(|row| CellRef::new(*row, column)).collect();
            findings.extend(self.constant(&cells));
        }
        findings
    }

    fn constant(&self, cells: &[CellRef]) -> Option<Finding> {
        // One form has to rule: all but one of at least six cells, the one not at an end, where series begin and
        // totals stand.
        let is_typed = |cell: &&CellRef| {
            !self.forms.contains_key(*cell) && self.sheet.value(**cell) != Value::Empty
        };
        let mut typed = cells.iter().filter(is_typed);
        let (constant, None) = (*typed.next()?, typed.next()) else { return None };
        let filled: Vec<CellRef> = cells
            .iter()
            .copied()
            .filter(|cell| self.sheet.value(*cell) != Value::Empty || self.forms.contains_key(cell))
            .collect();
        let mut forms = filled.iter().filter_map(|cell| self.forms.get(cell));
        let form = *forms.next()?;
        let at_an_end = filled.first() == Some(&constant) || filled.last() == Some(&constant);
        if filled.len() < 6 || at_an_end || forms.any(|other| *other != form) {
            return None;
        }
        let tree = self.book.tree(form)?;
        let stated = self.number(constant).filter(|number| !number.is_zero())?;
        let workbook = self.context.packet.workbook(self.table.file)?;
        let mut evaluator = crate::formula::Evaluator::new(workbook, self.book);
        let value = evaluator.evaluate(tree, self.table.sheet, constant).ok()?.value.number()?;
        // A formula over empty cells would say 0 where somebody knows the figure: that is no slip.
        if value.is_zero() || !refers_to_figures(tree) || self.is_referred_to(&filled, constant) {
            return None;
        }
        let computed = self.printed(constant, value);
        let stated = self.printed(constant, stated);
        // A figure that is what the formula gives is at most untidy.
        if stated == computed {
            return None;
        }
        Some(RULE.at(
            self.place(constant),
            Text::new(
                format!("同行（列）的 {} 个单元格都是同一公式，此处却是手工填的 {stated}，按公式应为 {computed}", filled.len() - 1),
                format!("{stated} is typed where {} neighbours are one formula, which would give {computed} here", filled.len() - 1),
            ),
        ))
    }
}

impl Scene<'_> {
    /// Whether the formula of any of the cells refers to the constant: then it is their beginning.
    fn is_referred_to(&self, cells: &[CellRef], constant: CellRef) -> bool {
        cells.iter().filter_map(|cell| self.forms.get(cell).map(|form| (cell, form))).any(
            |(cell, form)| {
                let mut found = false;
                if let Some(tree) = self.book.tree(*form) {
                    tree.each(&mut |part| {
                        let Tree::Area(area) = part else { return };
                        let resolved = area.resolve(self.table.sheet, *cell);
                        found |= resolved.is_some_and(|(sheet, range)| {
                            sheet == self.table.sheet && range.contains(constant)
                        });
                    });
                }
                found
            },
        )
    }
}

/// Whether a formula refers to any cell at all.
fn refers_to_figures(tree: &Tree) -> bool {
    let mut found = false;
    tree.each(&mut |part| found |= matches!(part, Tree::Area(_)));
    found
}

/// The rows that a plain SUM over one range of its own column takes.
fn column_range(tree: &Tree, sheet: u32, cell: CellRef) -> Option<Range> {
    let Tree::Call(Function::Sum, arguments) = tree else { return None };
    let [Tree::Area(area)] = arguments.as_slice() else { return None };
    let Area { sheet: SheetReference::Own, rows: Some(_), columns: Some(_) } = area else {
        return None;
    };
    let (_, range) = area.resolve(sheet, cell)?;
    let own = range.start.column == cell.column && range.end.column == cell.column;
    (own && !range.contains(cell)).then_some(range)
}
