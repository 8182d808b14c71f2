//! A table before it is laid out: columns with their arithmetic, a tree of lines, and the values that follow.

use std::collections::BTreeMap;

use gouji::number::{Decimal, round_half_away};

use super::book::Op;

/// What a column's figures come from. Other columns are named by their keys.
#[derive(Clone, Debug)]
pub enum Calc {
    /// Given for the leaves; parents are their sums.
    Base,
    /// Given for the leaves; parents have none (单价).
    Rate,
    /// Signed sum of other columns.
    Linear(Vec<(&'static str, i32)>),
    /// First × second for the leaves; parents are sums.
    Product(&'static str, &'static str),
    /// First ÷ second.
    Ratio(&'static str, &'static str),
    /// (second − first) ÷ first.
    Change(&'static str, &'static str),
    /// The line's part of the total line.
    Share(&'static str),
    /// Words, here and there.
    Words(&'static [&'static str]),
}

/// What a column measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// Money in the table's unit.
    Money,
    /// Pieces, people.
    Count,
    /// Money or area with so many decimals.
    Plain(u32),
    /// A share with so many decimals of percent points.
    Percent(u32),
    /// No figure.
    Words,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name among the columns.
    pub key: &'static str,
    /// Header words from top to bottom.
    pub head: Vec<String>,
    /// Where its figures come from.
    pub calc: Calc,
    /// What they measure.
    pub measure: Measure,
}

impl Column {
    /// A column of money.
    pub fn money(key: &'static str, head: &[&str], calc: Calc) -> Self {
        Self::new(key, head, calc, Measure::Money)
    }

    /// A column.
    pub fn new(key: &'static str, head: &[&str], calc: Calc, measure: Measure) -> Self {
        Self { key, head: head.iter().map(|word| (*word).to_owned()).collect(), calc, measure }
    }
}

/// Values of a leaf by column.
pub type Values = BTreeMap<&'static str, Decimal>;

/// A line and what it consists of.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Its name.
    pub label: String,
    /// Its code.
    pub code: Option<String>,
    /// Its own figures, for leaves.
    pub values: Values,
    /// Its parts, which add up to it.
    pub children: Vec<Node>,
    /// Some of what it consists of; need not add up.
    pub of_which: Vec<Node>,
    /// Its figures stand below its parts.
    pub below: bool,
    /// A heading above its parts, for those whose figures stand below.
    pub section: Option<String>,
    /// Its name needs no numbering (小计).
    pub plain: bool,
}

impl Node {
    /// A line without parts.
    pub fn leaf(label: impl Into<String>, values: Values) -> Self {
        Self { label: label.into(), values, ..Self::default() }
    }

    /// A line of parts.
    pub fn parent(label: impl Into<String>, children: Vec<Node>) -> Self {
        Self { label: label.into(), children, ..Self::default() }
    }

    /// With a code.
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    fn depth(&self) -> usize {
        1 + self.children.iter().map(Node::depth).max().unwrap_or(0)
    }
}

/// A table before it is laid out.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Its kind, for people who read failures.
    pub kind: &'static str,
    /// Its title.
    pub title: String,
    /// 万元 or 元.
    pub unit: &'static str,
    /// Decimals its money prints with.
    pub decimals: u32,
    /// Heading over the names of the lines.
    pub label_head: String,
    /// A heading over all columns (收入, 支出).
    pub band: Option<String>,
    /// Columns in their printed order.
    pub columns: Vec<Column>,
    /// Lines.
    pub roots: Vec<Node>,
    /// The name of the total line, where there is one.
    pub total: Option<String>,
    /// The total must stand below (总计 of 收支总表).
    pub total_below: bool,
    /// Never laid out with codes, numbering or categories of its own.
    pub plain: bool,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// A leaf.
    Item,
    /// A line of parts.
    Parent,
    /// The total.
    Total,
    /// A heading.
    Section,
    /// 其中
    OfWhich,
}

/// A row of the laid out tree.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is.
    pub kind: RowKind,
    /// Its name.
    pub label: String,
    /// Its code.
    pub code: Option<String>,
    /// Its depth.
    pub depth: usize,
    /// Its place among its brothers, for numbering.
    pub ordinal: usize,
    /// Needs no numbering.
    pub plain: bool,
    /// Figures by column, unrounded.
    pub values: Vec<Option<Decimal>>,
    /// The rows that add up to it.
    pub parts: Vec<usize>,
}

/// A relation among rows and columns of one form: (row, column).
#[derive(Clone, Debug)]
pub struct Logic {
    /// The arithmetic.
    pub op: Op,
    /// The target.
    pub target: (usize, usize),
    /// The terms.
    pub terms: Vec<((usize, usize), i32)>,
    /// In a word.
    pub why: &'static str,
}

impl Form {
    fn column(&self, key: &str) -> usize {
        self.columns
            .iter()
            .position(|column| column.key == key)
            .unwrap_or_else(|| panic!("{} has no column {key}", self.kind))
    }

    /// Depth of the tree.
    pub fn depth(&self) -> usize {
        self.roots.iter().map(Node::depth).max().unwrap_or(0)
    }

    /// Decimals a column prints with.
    pub fn decimals_of(&self, column: usize) -> u32 {
        match self.columns[column].measure {
            Measure::Money => self.decimals,
            Measure::Plain(decimals) | Measure::Percent(decimals) => decimals,
            Measure::Count | Measure::Words => 0,
        }
    }

    fn additive(&self, column: usize) -> bool {
        matches!(self.columns[column].calc, Calc::Base | Calc::Linear(_) | Calc::Product(..))
    }

    fn leaf_values(&self, node: &Node) -> Vec<Option<Decimal>> {
        let mut values: Vec<Option<Decimal>> = self
            .columns
            .iter()
            .map(|column| match &column.calc {
                Calc::Base | Calc::Rate => node.values.get(column.key).copied(),
                _ => None,
            })
            .collect();
        for at in 0..self.columns.len() {
            if let Calc::Product(a, b) = &self.columns[at].calc {
                let pair = values[self.column(a)].zip(values[self.column(b)]);
                values[at] = pair.map(|(a, b)| a * b);
            }
        }
        self.fill_linear(&mut values, 0);
        values
    }

    /// Signed sums, inner ones first.
    fn fill_linear(&self, values: &mut [Option<Decimal>], depth: usize) {
        let mut again = false;
        for at in 0..self.columns.len() {
            if let Calc::Linear(terms) = &self.columns[at].calc {
                let parts: Vec<(Option<Decimal>, i32)> =
                    terms.iter().map(|(key, c)| (values[self.column(key)], *c)).collect();
                let value = parts.iter().any(|(value, _)| value.is_some()).then(|| {
                    parts.iter().map(|(v, c)| v.unwrap_or_default() * Decimal::from(*c)).sum()
                });
                again |= values[at] != value;
                values[at] = value;
            }
        }
        if again && depth < 5 {
            self.fill_linear(values, depth + 1);
        }
    }

    /// Rows in their printed order and everything true of them.
    pub fn rows(&self, total_top: bool) -> (Vec<Row>, Vec<Logic>) {
        let mut rows = Vec::new();
        let mut tops = Vec::new();
        let total_row = |label: &String| Row {
            kind: RowKind::Total,
            label: label.clone(),
            code: None,
            depth: 0,
            ordinal: 0,
            plain: true,
            values: vec![],
            parts: vec![],
        };
        let top = total_top && !self.total_below;
        if let Some(label) = self.total.as_ref().filter(|_| top) {
            rows.push(total_row(label));
        }
        for (ordinal, node) in self.roots.iter().enumerate() {
            tops.push(self.push(node, 0, ordinal, &mut rows));
        }
        if let Some(label) = self.total.as_ref().filter(|_| !top) {
            rows.push(total_row(label));
        }
        let total = rows.iter().position(|row| row.kind == RowKind::Total);
        if let Some(total) = total {
            rows[total].values = self.sum(&rows, &tops);
            rows[total].parts = tops;
        }
        self.fill_shares(&mut rows, total);
        let logic = self.logic(&rows, total);
        (rows, logic)
    }

    fn push(&self, node: &Node, depth: usize, ordinal: usize, rows: &mut Vec<Row>) -> usize {
        let row = |kind, label: &str| Row {
            kind,
            label: label.to_owned(),
            code: node.code.clone(),
            depth,
            ordinal,
            plain: node.plain,
            values: vec![],
            parts: vec![],
        };
        if let Some(section) = &node.section {
            let mut heading = row(RowKind::Section, section);
            heading.values = vec![None; self.columns.len()];
            heading.plain = false;
            rows.push(heading);
        }
        let mut own = rows.len();
        let kind = if node.children.is_empty() { RowKind::Item } else { RowKind::Parent };
        if !node.below {
            rows.push(row(kind, &node.label));
        }
        let parts: Vec<usize> = node
            .children
            .iter()
            .enumerate()
            .map(|(ordinal, child)| self.push(child, depth + 1, ordinal, rows))
            .collect();
        if node.below {
            own = rows.len();
            rows.push(row(kind, &node.label));
        }
        rows[own].values =
            if parts.is_empty() { self.leaf_values(node) } else { self.sum(rows, &parts) };
        rows[own].parts = parts;
        for (ordinal, child) in node.of_which.iter().enumerate() {
            let mut part = row(RowKind::OfWhich, &child.label);
            part.depth = depth + 1;
            part.ordinal = ordinal;
            part.code.clone_from(&child.code);
            part.values = self.leaf_values(child);
            rows.push(part);
        }
        own
    }

    fn sum(&self, rows: &[Row], parts: &[usize]) -> Vec<Option<Decimal>> {
        (0..self.columns.len())
            .map(|column| {
                let values: Vec<Decimal> =
                    parts.iter().filter_map(|&part| rows[part].values[column]).collect();
                (self.additive(column) && !values.is_empty()).then(|| values.iter().sum())
            })
            .collect()
    }

    fn fill_shares(&self, rows: &mut [Row], total: Option<usize>) {
        for column in 0..self.columns.len() {
            let decimals = self.decimals_of(column)
                + if matches!(self.columns[column].measure, Measure::Percent(_)) { 2 } else { 0 };
            for at in 0..rows.len() {
                if rows[at].kind == RowKind::Section {
                    continue;
                }
                let value = |row: usize, key: &str| rows[row].values[self.column(key)];
                let quotient = match &self.columns[column].calc {
                    Calc::Ratio(a, b) => value(at, a).zip(value(at, b)),
                    Calc::Change(a, b) => {
                        value(at, a).zip(value(at, b)).map(|(old, new)| (new - old, old))
                    }
                    Calc::Share(key) => value(at, key).zip(total.and_then(|t| value(t, key))),
                    _ => continue,
                };
                let exact = quotient.and_then(|(a, b)| a.checked_div(b));
                rows[at].values[column] = exact.map(|value| round_half_away(value, decimals));
            }
        }
    }

    fn logic(&self, rows: &[Row], total: Option<usize>) -> Vec<Logic> {
        let mut logic = Vec::new();
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.kind != RowKind::Section) {
            for column in 0..self.columns.len() {
                if row.values[column].is_none() {
                    continue;
                }
                let here = |key: &&'static str| (at, self.column(key));
                let mut add = |op, terms, why| {
                    logic.push(Logic { op, target: (at, column), terms, why });
                };
                if self.additive(column) && !row.parts.is_empty() {
                    let terms = row.parts.iter().map(|&part| ((part, column), 1)).collect();
                    add(Op::Sum, terms, "rows");
                }
                match &self.columns[column].calc {
                    Calc::Linear(keys) => {
                        add(
                            Op::Sum,
                            keys.iter().map(|(key, c)| (here(key), *c)).collect(),
                            "columns",
                        );
                    }
                    Calc::Product(a, b) if row.parts.is_empty() => {
                        add(Op::Product, vec![(here(a), 1), (here(b), 1)], "product");
                    }
                    Calc::Ratio(a, b) => add(Op::Ratio, vec![(here(a), 1), (here(b), 1)], "ratio"),
                    Calc::Change(a, b) => {
                        add(Op::Change, vec![(here(a), 1), (here(b), 1)], "change");
                    }
                    Calc::Share(key) => {
                        if let Some(total) = total.filter(|total| *total != at) {
                            let whole = (total, self.column(key));
                            add(Op::Ratio, vec![(here(key), 1), (whole, 1)], "share");
                        }
                    }
                    _ => {}
                }
            }
        }
        logic
    }
}
