//! What the rows of a table are for whoever adds them up: path, text columns, codes, and which rows are leaves.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::whose;
use crate::model::{
    CellRef, Field, FieldRole, Line, LineRole, Operation, Packet, Relation, Shape, Sheet, Table,
    Value, Workbook, words,
};
use crate::write::shown;

/// A table as data.
pub(super) struct Reading<'a> {
    table: &'a Table,
    workbook: &'a Workbook,
    sheet: &'a Sheet,
    /// Cells covered by a merge that goes down, with the cell whose text they show.
    merged: BTreeMap<CellRef, CellRef>,
    /// Text columns with what their header says.
    columns: Vec<(u32, String, What)>,
    /// Whether no two of them bear the same header.
    unlike: bool,
    leaves: Vec<bool>,
    parents: Vec<Option<usize>>,
    totals: BTreeSet<u32>,
    /// Bytes of long texts that may still be given whole.
    room: Cell<usize>,
}

/// Bytes of texts longer than any name that a table's lines give whole. One text may stand in very many cells, and a few
/// kilobytes of a file would become gigabytes; beyond, their start is given.
const WHOLE: usize = 16 << 20;

/// What a text column is known to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Function,
    Economic,
    Project,
    Region,
    /// 科目编码 that does not say of what.
    Subject,
    /// A unit; whether it is the one whose line it is, and not one above it.
    Entity(bool),
    Other,
}

/// The codes of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Codes {
    pub(super) function: Option<String>,
    pub(super) economic: Option<String>,
    pub(super) project: Option<String>,
    pub(super) region: Option<String>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(
        packet: &'a Packet,
        table: &'a Table,
        relations: &[Relation],
    ) -> Option<Self> {
        let workbook = packet.workbook(table.file)?;
        let sheet = packet.table_sheet(table)?;
        let merged = merges_down(table, sheet);
        let columns = text_columns(table);
        let mut headers: Vec<&str> = columns.iter().map(|(_, header, _)| header.as_str()).collect();
        headers.sort_unstable();
        let unlike = headers.windows(2).all(|pair| pair[0] != pair[1]);
        let sums = sums(table, relations);
        let parents = parents(table, &sums);
        let leaves = leaves(table, &parents, &sums);
        let (totals, room) = (sums.fields, Cell::new(WHOLE));
        Some(Self {
            table,
            workbook,
            sheet,
            merged,
            columns,
            unlike,
            leaves,
            parents,
            totals,
            room,
        })
    }

    pub(super) fn is_leaf(&self, line: usize) -> bool {
        self.leaves[line]
    }

    pub(super) fn parent(&self, line: usize) -> Option<usize> {
        self.parents[line]
    }

    /// The year of the amount that a line is, and whether its own words say it, not those of a line that it is part of:
    /// 2021年债务限额, and 其中：一般债务 below it, in a table of 2020.
    pub(super) fn year(&self, line: usize) -> Option<(i32, bool)> {
        let mut at = Some(line);
        while let Some(index) = at {
            if let Some(year) = dated(&self.table.lines[index]) {
                return Some((year, index == line));
            }
            at = self.parents[index];
        }
        None
    }

    /// Whether a column is the sum of others.
    pub(super) fn is_total(&self, field: &Field) -> bool {
        self.totals.contains(&field.column)
    }

    /// The text that a cell shows, its merge's where it is covered by one that goes down.
    fn text(&self, cell: CellRef) -> Cow<'_, str> {
        let cell = self.merged.get(&cell).copied().unwrap_or(cell);
        match self.sheet.value(cell) {
            Value::Empty => Cow::Borrowed(""),
            Value::Text(id) => Cow::Borrowed(self.sheet.texts.get(id).trim()),
            _ => Cow::Owned(shown::cell(self.workbook, self.sheet, cell)),
        }
    }

    /// The names from the outermost line to this one, with what is merged down beside them.
    pub(super) fn path(&self, line: usize) -> String {
        let mut names = Vec::new();
        let mut at = Some(line);
        while let Some(index) = at {
            names.push(self.table.lines[index].label.trim().to_owned());
            at = self.parents[index];
        }
        names.reverse();
        let own = &self.table.lines[line];
        let column = own.label_cell.map_or(u32::MAX, |cell| cell.column);
        let mut before = Vec::new();
        let named = |what: What| matches!(what, What::Entity(_) | What::Other);
        for (at, ..) in self.columns.iter().filter(|(at, _, what)| *at < column && named(*what)) {
            let cell = CellRef::new(own.row, *at);
            let goes_down = self.merged.contains_key(&cell)
                || self.merged.contains_key(&CellRef::new(own.row + 1, *at));
            let text = self.text(cell);
            let text = words::start(&text);
            if goes_down && !text.is_empty() && !names.iter().any(|name| *name == text) {
                before.push(text.to_owned());
            }
        }
        before.extend(names.into_iter().filter(|name| !name.is_empty()));
        before.join(" / ")
    }

    /// The text columns of a line as a JSON object; `None` where there are none.
    pub(super) fn texts(&self, line: usize) -> Option<String> {
        let mut out = Vec::new();
        self.write_texts(line, &mut out).then(|| String::from_utf8(out).ok()).flatten()
    }

    /// Writes what [`texts`](Self::texts) tells; whether there is anything.
    pub(super) fn write_texts(&self, line: usize, out: &mut Vec<u8>) -> bool {
        if !self.unlike {
            let texts = self.texts_by_header(line);
            out.extend_from_slice(texts.as_deref().unwrap_or_default().as_bytes());
            return texts.is_some();
        }
        let Line { row, label_cell, .. } = self.table.lines[line];
        let start = out.len();
        for (column, header, _) in &self.columns {
            let cell = CellRef::new(row, *column);
            let text = self.text(cell);
            if text.is_empty() || label_cell == Some(cell) {
                continue;
            }
            out.push(if out.len() > start { b',' } else { b'{' });
            json(header, out);
            out.push(b':');
            json(&self.fitted(&text), out);
        }
        if out.len() == start {
            return false;
        }
        out.push(b'}');
        true
    }

    /// The same where columns bear the same header.
    fn texts_by_header(&self, line: usize) -> Option<String> {
        let row = self.table.lines[line].row;
        let mut object = serde_json::Map::new();
        for (column, header, _) in &self.columns {
            let cell = CellRef::new(row, *column);
            let text = self.text(cell);
            if text.is_empty() || self.table.lines[line].label_cell == Some(cell) {
                continue;
            }
            let key = (2..).map(|n| format!("{header} {n}"));
            let key =
                std::iter::once(header.clone()).chain(key).find(|key| !object.contains_key(key));
            object.insert(key.unwrap_or_default(), self.fitted(&text).as_ref().into());
        }
        (!object.is_empty()).then(|| serde_json::Value::Object(object).to_string())
    }

    /// A text as a line gives it: whole, or its start where there is no room for more.
    fn fitted<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let start = words::start(text);
        if start.len() == text.len() {
            return Cow::Borrowed(text);
        }
        match self.room.get().checked_sub(text.len()) {
            Some(left) => {
                self.room.set(left);
                Cow::Borrowed(text)
            }
            None => Cow::Owned(format!("{start}…")),
        }
    }

    /// The unit that a line names in a column of its own: whose it is before who is above.
    pub(super) fn entity(&self, line: usize) -> Option<String> {
        let row = self.table.lines[line].row;
        let named = |wanted: bool| {
            let mut columns =
                self.columns.iter().filter(|(_, _, what)| *what == What::Entity(wanted));
            columns.find_map(|(column, ..)| {
                Some(self.text(CellRef::new(row, *column))).filter(|text| whose::is_unit(text))
            })
        };
        let entity = named(true).or_else(|| named(false))?;
        Some(words::start(&entity).to_owned())
    }

    /// Codes by the headers of their columns; the line's own by its title and digits.
    pub(super) fn codes(&self, line: usize) -> Codes {
        let own = &self.table.lines[line];
        let mut codes = Codes::default();
        let mut put = |what: What, code: &str| {
            let slot = match what {
                What::Function => &mut codes.function,
                What::Economic => &mut codes.economic,
                What::Project => &mut codes.project,
                What::Region => &mut codes.region,
                What::Subject if is_function(code) => &mut codes.function,
                What::Subject if is_economic(code) => &mut codes.economic,
                _ => return,
            };
            if slot.is_none() && !code.is_empty() {
                *slot = Some(code.to_owned());
            }
        };
        for (column, _, what) in &self.columns {
            if matches!(what, What::Entity(_) | What::Other) {
                continue;
            }
            let text = self.text(CellRef::new(own.row, *column));
            let glued = crate::model::words::glued_code(&text).map(|(code, _)| code.to_owned());
            let code = glued.as_deref().unwrap_or(&text);
            let is_code = matches!(what, What::Project) || code.chars().all(|c| c.is_ascii_digit());
            if is_code {
                put(*what, code);
            }
        }
        if let Some(code) = own.code.as_deref() {
            let title = self.table.title.as_deref().unwrap_or_default();
            let what = if title.contains("经济") { What::Economic } else { What::Subject };
            if what == What::Subject || is_economic(code) {
                put(what, code);
            }
        }
        codes
    }

    /// The header of a column from top to bottom; what stands over it where recognition found no words of its own.
    pub(super) fn field_path(&self, field: &Field) -> String {
        let path: Vec<&str> =
            field.path.iter().map(|word| word.trim()).filter(|word| !word.is_empty()).collect();
        if !path.is_empty() {
            return path.join(" / ");
        }
        if !field.label.trim().is_empty() {
            return field.label.trim().to_owned();
        }
        let Some((first, last)) = self.table.header else { return String::new() };
        let mut words: Vec<String> = Vec::new();
        for row in first..=last {
            let cell = CellRef::new(row, field.column);
            let over = self.sheet.merge_over(cell);
            let text = self.text(over.map_or(cell, |merge| merge.start)).into_owned();
            if !text.is_empty() && words.last() != Some(&text) {
                words.push(text);
            }
        }
        words.join(" / ")
    }
}

/// Writes a text as JSON.
fn json(text: &str, out: &mut Vec<u8>) {
    // Memory takes everything.
    let written = serde_json::to_writer(out, text);
    debug_assert!(written.is_ok());
}

/// 201, 20101, 2010101; 230 and the like are functions too.
fn is_function(code: &str) -> bool {
    code.starts_with('2') && matches!(code.len(), 3 | 5 | 7)
}

/// 301, 30101 (departments); 501, 50101 (governments).
fn is_economic(code: &str) -> bool {
    code.starts_with(['3', '5']) && matches!(code.len(), 3 | 5)
}

fn merges_down(table: &Table, sheet: &Sheet) -> BTreeMap<CellRef, CellRef> {
    let mut merged = BTreeMap::new();
    let rows = table.range.start.row..=table.range.end.row;
    for merge in &sheet.merges {
        if merge.start.row == merge.end.row || !rows.contains(&merge.start.row) {
            continue;
        }
        for row in merge.start.row + 1..=merge.end.row.min(*rows.end()) {
            merged.insert(CellRef::new(row, merge.start.column), merge.start);
        }
    }
    merged
}

fn text_columns(table: &Table) -> Vec<(u32, String, What)> {
    let wanted = |field: &&Field| {
        matches!(
            field.role,
            FieldRole::Text
                | FieldRole::Code
                | FieldRole::Label
                | FieldRole::Note
                | FieldRole::Date
        )
    };
    let columns = table.fields.iter().filter(wanted).map(|field| {
        let header = match field.path.concat() {
            path if path.trim().is_empty() => field.label.clone(),
            _ => field.path.join(" / "),
        };
        let header =
            if header.trim().is_empty() { CellRef::column_letters(field.column) } else { header };
        let what = what(&header, field.role);
        (field.column, header, what)
    });
    columns.collect()
}

fn what(header: &str, role: FieldRole) -> What {
    let coded = ["编码", "代码", "编号"].iter().any(|word| header.contains(word))
        || role == FieldRole::Code;
    let said = |word: &str| header.contains(word);
    if said("区划") || said("地区") && coded {
        What::Region
    } else if said("项目") && coded && !said("科目") {
        What::Project
    } else if said("功能") && !said("功能区") {
        What::Function
    } else if said("经济分类") || said("经济科目") {
        What::Economic
    } else if coded && (said("科目") || said("编码") || said("代码")) && !said("单位") {
        What::Subject
    } else if !coded && OWN.iter().any(|word| said(word)) {
        What::Entity(true)
    } else if !coded && ABOVE.iter().any(|word| said(word)) {
        What::Entity(false)
    } else {
        What::Other
    }
}

/// Headers of columns that name a line's own unit, and the department above it.
const OWN: &[&str] = &["单位名称", "预算单位", "使用单位", "实施单位", "执行单位"];
const ABOVE: &[&str] = &["主管部门", "部门名称", "部门（单位）", "主管单位"];

/// Last words of amounts that are of the year in front of them. What a thing is called with a year (2021年公租房维修) is paid
/// for in another one.
const OF_A_YEAR: &[&str] = &[
    "限额",
    "余额",
    "赤字",
    "结余",
    "结转",
    "发行额",
    "发行数",
    "还本额",
    "还本数",
    "付息额",
    "付息数",
    "执行数",
    "实际数",
    "预算数",
    "决算数",
];

/// The year that a line's label says its amount is of.
fn dated(line: &Line) -> Option<i32> {
    let label = line.label.trim_end();
    OF_A_YEAR.iter().any(|word| label.ends_with(word)).then(|| words::year(label)).flatten()
}

/// The line that each is part of; a deeper line below one without a stated parent is part of it all the same. Lines that add up
/// to another stand side by side, whatever their indent: 省本级 and, further right, its cities.
fn parents(table: &Table, sums: &Sums) -> Vec<Option<usize>> {
    let mut open: Vec<usize> = Vec::new();
    let mut parents = Vec::with_capacity(table.lines.len());
    for (at, line) in table.lines.iter().enumerate() {
        let stated = line.parent.map(|parent| parent as usize).filter(|parent| *parent != at);
        if !(line.role.is_data() || line.role == LineRole::Section) {
            parents.push(None);
            continue;
        }
        open.retain(|above| table.lines[*above].level < line.level);
        parents.push(stated.or(open.last().copied()));
        open.push(at);
    }
    // What adds up to its parent is part of it all the same.
    let made_of: BTreeSet<(u32, u32)> = sums
        .lines
        .iter()
        .flat_map(|(target, terms)| terms.iter().map(|row| (*target, *row)))
        .collect();
    let row = |at: usize| table.lines[at].row;
    for (_, terms) in &sums.lines {
        let among: BTreeSet<usize> =
            terms.iter().filter_map(|row| table.line_index(*row)).collect();
        for at in &among {
            let beside = |parent: &usize| {
                among.contains(parent) && !made_of.contains(&(row(*parent), row(*at)))
            };
            while let Some(parent) = parents[*at].filter(beside) {
                parents[*at] = parents[parent].filter(|next| next != at);
            }
        }
    }
    // Totals at the bottom may be parents of lines above, never of themselves.
    for at in 0..parents.len() {
        let mut seen = 0;
        let mut next = parents[at];
        while let Some(parent) = next {
            seen += 1;
            if parent == at || seen > parents.len() {
                parents[at] = None;
                break;
            }
            next = parents[parent];
        }
    }
    parents
}

/// What the table's relations say is a sum.
#[derive(Default)]
struct Sums {
    /// Rows, with the rows they are made of.
    lines: Vec<(u32, Vec<u32>)>,
    /// Columns.
    fields: BTreeSet<u32>,
}

fn sums(table: &Table, relations: &[Relation]) -> Sums {
    let mut sums = Sums::default();
    for relation in relations.iter().filter(|relation| relation.operation == Operation::Sum) {
        match &relation.shape {
            Shape::Lines { table: of, target, terms, .. }
                if *of == table.id && terms.iter().all(|(_, coefficient)| *coefficient == 1) =>
            {
                sums.lines.push((*target, terms.iter().map(|(row, _)| *row).collect()));
            }
            Shape::Fields { table: of, target, terms, .. }
                if *of == table.id
                    && terms.len() > 1
                    && terms.iter().all(|(_, coefficient)| *coefficient == 1) =>
            {
                sums.fields.insert(*target);
            }
            _ => {}
        }
    }
    sums
}

/// Lines that add up to the whole without counting anything twice.
///
/// A total, a subtotal, what a sum is stated for and what has lines of its own below are no leaves; nor is an 其中 list,
/// which names only some parts of a line that stays a leaf itself.
fn leaves(table: &Table, parents: &[Option<usize>], sums: &Sums) -> Vec<bool> {
    let mut leaves: Vec<bool> =
        table.lines.iter().map(|line| line.role == LineRole::Item).collect();
    let mut inside: Vec<bool> =
        table.lines.iter().map(|line| line.role == LineRole::OfWhich).collect();
    for (at, line) in table.lines.iter().enumerate() {
        let mut next = parents[at];
        while let Some(parent) = next {
            inside[at] |= table.lines[parent].role == LineRole::OfWhich;
            next = parents[parent];
        }
        if inside[at] {
            leaves[at] = false;
        } else if line.role.is_data()
            && let Some(parent) = parents[at]
        {
            leaves[parent] = false;
        }
    }
    let index = |row: u32| table.line_index(row);
    // A stated 其中 list keeps its line a leaf. The first decomposition of a line stands; another one of the same line counts the same money again.
    let mut targets: BTreeMap<u32, &Vec<u32>> = BTreeMap::new();
    for (target, terms) in &sums.lines {
        let Some(at) = index(*target) else { continue };
        if terms.iter().filter_map(|row| index(*row)).all(|part| inside[part]) {
            continue;
        }
        leaves[at] = false;
        if let Some(first) = targets.get(target) {
            let again =
                terms.iter().filter(|row| !first.contains(row)).filter_map(|row| index(*row));
            if terms.iter().all(|row| !first.contains(row)) {
                again.for_each(|at| leaves[at] = false);
            }
        } else {
            targets.insert(*target, terms);
        }
    }
    leaves
}
