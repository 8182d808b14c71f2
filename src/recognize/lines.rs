//! What each row is: item, subtotal, total, 其中, note; its name, code, numbering, indent; and the row tree.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::OnceLock;

use super::columns::symbol_and_formula;
use super::grid::{CellKind, Grid, Numbers, PIECE};
use super::regions::{self, Region};
use crate::lexicon::{Signs, Words};
use crate::model::words::{self, Numbering};
use crate::model::{Field, FieldRole, Line, LineRole, QuickMap, Sheet, TextId, TotalWord, Value};
use crate::number::Unit;
use crate::parallel;

/// The lines of one table.
pub(super) fn lines(grid: &Grid<'_>, region: &Region, fields: &[Field]) -> Vec<Line> {
    let reader = LineReader::new(grid, region, fields);
    let mut lines = vec![Line::default(); region.body.len()];
    parallel::fill(&mut lines, PIECE, |from, lines| {
        let mut labels = Labels::default();
        for (line, row) in lines.iter_mut().zip(region.body.start + from..) {
            *line = reader.line(row, &mut labels);
        }
    });
    let numbers = fields
        .iter()
        .find(|field| grid.words().number_columns.has(&words::key(&field.label)))
        .and_then(|field| grid.columns.binary_search(&field.column).ok());
    let number = |row: u32| {
        let at = grid.rows.binary_search(&row).ok()?;
        let text = grid.text(at, numbers?);
        let text = words::key(&text);
        (!text.is_empty() && text.len() <= 3 && text.chars().all(|c| c.is_ascii_digit()))
            .then(|| text.into_owned())
    };
    formulas_in_names(&mut lines, &number);
    blank_items(&mut lines);
    let mut under = under_heads(grid.words(), &lines);
    under_names(&lines, &mut under);
    tree(&mut lines, &under);
    lines
}

/// Reads rows as lines, each by itself; columns are the grid's.
struct LineReader<'a> {
    grid: &'a Grid<'a>,
    body: Range<usize>,
    label: Option<usize>,
    serial: Option<usize>,
    /// The column of the sheet's own 行次 and 公式.
    symbol: Option<usize>,
    figures: Vec<usize>,
    /// All columns of the table.
    own: Vec<usize>,
    /// Columns before the figures that may hold a name.
    names: Vec<usize>,
    codes: Vec<usize>,
    /// What stands over each column, as [`words::key`] folds it, and over several.
    header: Vec<String>,
    groups: HashSet<String>,
    /// The first row of the notes below the figures.
    notes: usize,
    /// Characters of a name that are kept.
    longest: usize,
    /// What the names say that a long table repeats.
    repeated: Repeated,
    /// What tells of most labels what they are not.
    signs: Signs,
}

/// The texts that name several lines of a long table, and what their words say, found out once.
#[derive(Default)]
struct Repeated {
    /// Of each text of the sheet the place of its words; [`Repeated::ONCE`] where it names one line at most. Empty for a table
    /// that is not long.
    places: Vec<u32>,
    words: Vec<OnceLock<LabelWords>>,
}

impl Repeated {
    const ONCE: u32 = u32::MAX;
    const AGAIN: u32 = u32::MAX - 1;
    /// Past so many names each is looked at where it stands.
    const MOST: usize = 20_000;

    /// Those of the texts in one column.
    fn of(grid: &Grid<'_>, body: &Range<usize>, column: usize) -> Self {
        let mut places = vec![Self::ONCE; grid.sheet.texts.len()];
        let mut seen = vec![false; grid.sheet.texts.len()];
        let mut count = 0;
        for row in body.clone() {
            let Value::Text(id) = grid.sheet.value(grid.cell(row, column)) else { continue };
            let at = grid.sheet.texts.index(id);
            if !seen[at] {
                seen[at] = true;
            } else if places[at] == Self::ONCE {
                places[at] = if count < Self::MOST { count as u32 } else { Self::AGAIN };
                count = (count + 1).min(Self::MOST);
            }
        }
        let words = std::iter::repeat_with(OnceLock::new).take(count).collect();
        Self { places, words }
    }
}

/// Characters of names that all lines of a workbook may come to: a line keeps its name in several forms, and what is short
/// when packed is not when it stands in every line. Below two thousand lines each has all that may be a name; the cell keeps
/// its text in any case.
const NAMES: usize = 2_000_000;

/// Characters of a name that are kept in any case.
const NAME: usize = 80;

/// Bytes of names cut so far past which half as much of each is kept: a hundred thousand lines all of whose names are that long.
const CROWDED: usize = 24 << 20;

/// Characters of each line's name in a workbook, by the texts of the column that holds them.
fn longest(grid: &Grid<'_>, body: &Range<usize>, label: Option<usize>) -> usize {
    let rows: usize = grid.workbook.sheets.iter().map(Sheet::row_count).sum();
    let longest = (NAMES / rows.max(1)).max(NAME);
    let kept = |row: usize| label.map_or(0, |at| grid.str(row, at).len().min(3 * NAME));
    let is_crowded = longest == NAME && body.clone().map(kept).sum::<usize>() > CROWDED;
    if is_crowded { NAME / 2 } else { longest }
}

impl<'a> LineReader<'a> {
    fn new(grid: &'a Grid<'a>, region: &Region, fields: &[Field]) -> Self {
        let index = |field: &Field| grid.columns.binary_search(&field.column).ok();
        let columns = |wanted: &dyn Fn(&Field) -> bool| -> Vec<usize> {
            fields.iter().filter(|field| wanted(field)).filter_map(index).collect()
        };
        let first = |wanted: &dyn Fn(&Field) -> bool| -> Option<usize> {
            fields.iter().find(|field| wanted(field)).and_then(index)
        };
        let first_figure = first(&|field| field.role.is_figure());
        let mut names = columns(&|field| {
            matches!(
                field.role,
                FieldRole::Text
                    | FieldRole::Serial
                    | FieldRole::Code
                    | FieldRole::Label
                    | FieldRole::Date
                    | FieldRole::Note
                    | FieldRole::Blank
            )
        });
        names.retain(|column| first_figure.is_none_or(|first| *column < first));
        let mut reader = Self {
            grid,
            body: region.body.clone(),
            label: first(&|field| field.role == FieldRole::Label),
            // 行次 counts all lines of a form, whatever stands under what.
            serial: first(&|field| {
                field.role == FieldRole::Serial
                    && !grid.words().line_numbers.has(&words::key(&field.label))
            }),
            symbol: first(&|field| regions::numbers_columns(grid, &field.label)),
            figures: columns(&|field| field.role.is_figure()),
            own: columns(&|_| true),
            names,
            codes: columns(&|field| field.role == FieldRole::Code),
            header: fields.iter().map(|field| own_header(field).into_owned()).collect(),
            groups: fields.iter().flat_map(groups).collect(),
            notes: region.body.end,
            longest: 0,
            repeated: Repeated::default(),
            signs: grid.words().signs(),
        };
        let named = reader.label.or(reader.names.first().copied());
        reader.longest = longest(grid, &reader.body, named);
        if let Some(label) = reader.label.filter(|_| region.body.len() > PIECE) {
            reader.repeated = Repeated::of(grid, &region.body, label);
        }
        let last_figures = region
            .body
            .clone()
            .rev()
            .find(|row| reader.has_figures(*row) || reader.has_dashes(*row));
        if let Some(last) = last_figures {
            reader.notes = (last + 1..region.body.end)
                .find(|row| regions::is_note(grid, *row) || grid.gap_above(*row))
                .unwrap_or(region.body.end);
        }
        reader
    }

    fn has_figures(&self, row: usize) -> bool {
        self.figures.iter().any(|column| self.grid.kind(row, *column).is_figure())
    }

    fn has_dashes(&self, row: usize) -> bool {
        self.figures.iter().any(|column| self.grid.kind(row, *column) == CellKind::Dash)
    }

    fn line(&self, row: usize, labels: &mut Labels) -> Line {
        let grid = self.grid;
        let mut line = Line { row: grid.rows[row], ..Line::default() };
        let named = self.label.filter(|column| is_named(grid, row, *column)).or_else(|| {
            self.names.iter().copied().find(|column| grid.kind(row, *column) == CellKind::Text)
        });
        if let Some(column) = named {
            let words = labels.words(self, row, column);
            line.label_cell = Some(grid.cell(row, column));
            describe(grid, row, column, words, &mut line);
        }
        if let Some(serial) = self.serial
            && line.numbering.is_none()
        {
            line.numbering = if grid.whole(row, serial).is_some_and(|n| n < 100_000_000) {
                Some(Numbering::Arabic)
            } else {
                words::serial_numbering(&grid.text(row, serial))
            };
        }
        line.code = code(grid, row, &self.codes).or(line.code);
        if let Some(column) = self.symbol
            && let Some((symbol, formula)) =
                symbol_and_formula(&words::key(&grid.text(row, column)))
        {
            line.symbol = Some(symbol);
            line.formula = formula;
        }
        line.role = self.role(row, named, (line.total, line.of_which));
        line
    }

    fn role(
        &self,
        row: usize,
        named: Option<usize>,
        (total, of_which): (Option<TotalWord>, bool),
    ) -> LineRole {
        let grid = self.grid;
        let (has_figures, has_dashes) = (self.has_figures(row), self.has_dashes(row));
        let filled =
            self.own.iter().filter(|column| grid.kind(row, **column) != CellKind::Empty).count();
        if filled == 0 {
            return LineRole::Blank;
        }
        let note = || {
            named.is_some_and(|column| regions::is_note_text(grid.words(), grid.str(row, column)))
        };
        if !has_figures && (row >= self.notes || note()) {
            return LineRole::Note;
        }
        let numbers_columns = |column: &usize| {
            grid.kind(row, *column) == CellKind::Text
                && regions::numbers(grid, row, *column) == Numbers::Heads
        };
        if self.repeats_header(row)
            || self.own.iter().any(numbers_columns)
            || !has_figures && regions::is_meta(grid, row)
            || !has_figures
                && !has_dashes
                && regions::is_title(grid, row)
                && row > self.body.start + 1
                && grid.words().tables.stand_in(&words::key(grid.str(row, self.own[0])))
        {
            return LineRole::Header;
        }
        match total {
            Some(TotalWord::Subtotal) => LineRole::Subtotal,
            Some(_) => LineRole::Total,
            None if !has_figures && !has_dashes && filled == 1 && !self.figures.is_empty() => {
                LineRole::Section
            }
            None if of_which => LineRole::OfWhich,
            None => LineRole::Item,
        }
    }

    /// Whether a row holds the header's words once more, and its years and numbers each in its own column.
    fn repeats_header(&self, row: usize) -> bool {
        let grid = self.grid;
        let filled = || {
            let columns = self.own.iter().zip(&self.header);
            columns.filter(|(column, _)| grid.kind(row, **column) != CellKind::Empty)
        };
        let is_text = |column: usize| grid.kind(row, column) == CellKind::Text;
        let is_own = |column: usize, header: &str| {
            header.contains(|c: char| c.is_ascii_digit())
                && words::key(&grid.text(row, column)) == header
        };
        if filled().any(|(column, header)| !is_text(*column) && !is_own(*column, header)) {
            return false;
        }
        let known = |column: usize| {
            let key = words::key(grid.str(row, column));
            self.header.iter().any(|header| *header == key) || self.groups.contains(&*key)
        };
        let words = filled().filter(|(column, _)| is_text(**column)).count();
        let repeats = filled().filter(|(column, _)| is_text(**column) && known(**column)).count();
        let numbers = filled().count() - words;
        words + numbers >= 2 && repeats > 0 && (repeats + numbers) * 3 >= (words + numbers) * 2
    }
}

/// What stands over a column itself.
fn own_header(field: &Field) -> Cow<'_, str> {
    words::key(field.path.last().unwrap_or(&field.label))
}

/// What stands over a column and others.
fn groups(field: &Field) -> impl Iterator<Item = String> {
    field.path.iter().rev().skip(1).map(|text| words::key(text).into_owned())
}

/// 利润（1-2-3）, 七、年末余额（七=二+六）: what a line's own name says it is, by the numbers of other lines.
fn formulas_in_names(lines: &mut [Line], number: &dyn Fn(u32) -> Option<String>) {
    if !lines.iter().any(|line| words::formula_in(&line.label).is_some()) {
        return;
    }
    let found: Vec<Option<String>> =
        lines.iter().map(|line| words::formula_in(&line.label)).collect();
    for (line, formula) in lines.iter_mut().zip(found) {
        if line.symbol.is_none() {
            line.symbol = number(line.row).or_else(|| words::number_of(&line.label));
        }
        if line.formula.is_none() {
            line.formula = formula;
        }
    }
    // A number that two lines bear names neither.
    let mut bearers: HashMap<String, usize> = HashMap::new();
    for symbol in lines.iter().filter_map(|line| line.symbol.clone()) {
        *bearers.entry(symbol).or_default() += 1;
    }
    for line in lines {
        line.symbol.take_if(|symbol| bearers[symbol.as_str()] > 1);
    }
}

/// A name without figures heads a section only when lines of another form follow it; before a total or between its like it
/// is an item whose figures were left blank.
fn blank_items(lines: &mut [Line]) {
    for at in 0..lines.len() {
        if lines[at].role != LineRole::Section {
            continue;
        }
        let next = lines[at + 1..].iter().find(|line| line.role != LineRole::Blank);
        let item = match next {
            None => true,
            Some(next) => match next.role {
                LineRole::Total | LineRole::Subtotal | LineRole::Note => true,
                LineRole::Item | LineRole::Section => {
                    lines[at].numbering.is_some() && next.numbering == lines[at].numbering
                        || is_among_its_like(lines, at, next)
                        || stands_above(next, &lines[at])
                }
                _ => false,
            },
        };
        if item {
            lines[at].role = if lines[at].of_which { LineRole::OfWhich } else { LineRole::Item };
        }
    }
}

/// Whether a line is of a higher rank than the one before it, which heads nothing then: 二、非税收入 behind 15．其他税收收入.
fn stands_above(next: &Line, before: &Line) -> bool {
    match (next.numbering, before.numbering) {
        (Some(next), Some(before)) => next < before,
        (None, None) => next.indent < before.indent,
        _ => false,
    }
}

/// Whether a line stands between items of its own indent, under a line further left: a heading would stand further left
/// than what it heads.
fn is_among_its_like(lines: &[Line], at: usize, next: &Line) -> bool {
    let line = &lines[at];
    let is_like = |other: &Line| {
        (other.indent, other.numbering, other.bold) == (line.indent, line.numbering, line.bold)
    };
    let before = lines[..at].iter().rfind(|line| line.role != LineRole::Blank);
    line.indent > 0
        && is_like(next)
        && before.is_some_and(|before| before.role.is_data() && is_like(before))
        && lines[..at]
            .iter()
            .rfind(|other| other.role.is_data() && other.indent < line.indent)
            .is_some()
}

/// Whether a cell holds a name: words, but codes and years too.
fn is_named(grid: &Grid<'_>, row: usize, column: usize) -> bool {
    match grid.kind(row, column) {
        CellKind::Text | CellKind::Date => true,
        CellKind::Number => grid.sheet.value(grid.cell(row, column)) != Value::Empty,
        _ => false,
    }
}

/// What the words of a label say.
#[derive(Clone, Default)]
struct LabelWords {
    /// As [`Line::label`].
    label: String,
    name: String,
    leading_spaces: u32,
    numbering: Option<Numbering>,
    unit: Option<Unit>,
    code: Option<String>,
    total: Option<TotalWord>,
    of_which: bool,
}

impl LabelWords {
    fn of(known: &Words, signs: &Signs, text: &str) -> Self {
        let told = signs.told(text);
        let label = if told.spaces {
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        } else {
            text.to_owned()
        };
        let unit = || {
            known
                .bracketed_unit(text)
                .filter(|unit| matches!(unit, Unit::Other(_)) || unit.is_money())
        };
        Self {
            name: words::bare_name(text, &known.of_which),
            leading_spaces: words::leading_spaces(text),
            numbering: words::numbering(known.without_of_which(text)).map(|(style, _)| style),
            unit: told.unit.then(unit).flatten(),
            code: words::glued_code(text).map(|(code, _)| code.to_owned()),
            total: told.total.then(|| known.total(&label)).flatten(),
            of_which: told.of_which && known.is_of_which(&label),
            label,
        }
    }
}

/// The words of labels seen before: ledgers name the same few things in many rows.
#[derive(Default)]
struct Labels(QuickMap<TextId, LabelWords>);

impl Labels {
    /// Past so many different labels a table names each thing once, and nothing is gained by remembering.
    const MOST: usize = 20_000;

    fn words(&mut self, reader: &LineReader<'_>, row: usize, column: usize) -> LabelWords {
        let (grid, signs) = (reader.grid, &reader.signs);
        let Value::Text(id) = grid.sheet.value(grid.cell(row, column)) else {
            return LabelWords::of(grid.words(), signs, &grid.text(row, column));
        };
        let words = || {
            let text = words::first(grid.sheet.texts.get(id), reader.longest);
            LabelWords::of(grid.words(), signs, text)
        };
        match reader.repeated.places.get(grid.sheet.texts.index(id)) {
            None | Some(&Repeated::AGAIN) => {}
            Some(&Repeated::ONCE) => return words(),
            Some(place) => {
                return reader.repeated.words[*place as usize].get_or_init(words).clone();
            }
        }
        if let Some(known) = self.0.get(&id) {
            return known.clone();
        }
        let words = words();
        if self.0.len() < Self::MOST {
            self.0.insert(id, words.clone());
        }
        words
    }
}

fn describe(grid: &Grid<'_>, row: usize, column: usize, words: LabelWords, line: &mut Line) {
    let style = grid.sheet.style(grid.cell(row, column)).map(|style| grid.workbook.style(style));
    let sheet_row = grid.sheet.rows.get(&grid.rows[row]);
    line.label = words.label;
    line.name = words.name;
    line.total = words.total;
    line.of_which = words.of_which;
    line.indent = words.leading_spaces + style.map_or(0, |style| style.indent * 2);
    if let Some(format) = sheet_row {
        // An outline's deeper rows are its details.
        line.indent += u32::from(format.outline) * 2;
    }
    line.bold = style.is_some_and(|style| style.bold);
    line.numbering = words.numbering;
    line.unit = words.unit;
    line.code = words.code;
}

/// The code of a line: from one column, or joined from 类, 款, 项.
fn code(grid: &Grid<'_>, row: usize, columns: &[usize]) -> Option<String> {
    let mut code = String::new();
    for column in columns {
        let mut text = grid.written(row, *column);
        if text.contains(char::is_whitespace) {
            text = text.chars().filter(|c| !c.is_whitespace()).collect();
        }
        let digits = text.trim_end_matches(".0");
        if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
            continue;
        }
        // Split columns lose leading zeros: 款 1 is 01.
        if columns.len() > 1 && !code.is_empty() && digits.len() == 1 {
            code.push('0');
        }
        if columns.len() > 1 && !code.is_empty() && digits.starts_with(code.as_str()) {
            code.clear();
        }
        code.push_str(digits);
    }
    (code.len() >= 2).then_some(code)
}

/// Which lines stand under a class of the budget's own classification that looks like them: 税收收入 above 增值税 and
/// 企业所得税, 非税收入 above 专项收入, all without numbers, codes and indents.
fn under_heads(known: &Words, lines: &[Line]) -> Vec<bool> {
    let mut under = vec![false; lines.len()];
    let form = |line: &Line| (line.numbering, line.indent);
    let is_head = |line: &&Line| {
        line.role == LineRole::Item
            && line.code.is_none()
            && line.numbering.is_none()
            && known.class_heads.has(&line.name)
    };
    let mut heads = lines.iter().filter(is_head);
    let Some(first) = heads.next() else { return under };
    let mut others = heads.peekable();
    if others.peek().is_none() || others.any(|head| head.indent != first.indent) {
        return under;
    }
    let mut open = false;
    for (line, under) in lines.iter().zip(&mut under) {
        if is_head(&line) {
            open = true;
        } else if !matches!(line.role, LineRole::Item | LineRole::OfWhich | LineRole::Blank)
            || line.role == LineRole::Item && form(line) != form(first)
        {
            // Whatever stands out by itself has its own place.
            open &= line.role == LineRole::Item && line.indent > first.indent;
        } else {
            *under = open && line.role == LineRole::Item;
        }
    }
    under
}

/// Marks lines that bear the name of the line that they follow, or whose list they are in, and a name of their own behind it:
/// Finance over Finance: Banks and Finance: Funds.
fn under_names(lines: &[Line], under: &mut [bool]) {
    let mut head: Option<&Line> = None;
    for (line, under) in lines.iter().zip(under) {
        if line.role != LineRole::Item {
            if line.role != LineRole::Blank {
                head = None;
            }
            continue;
        }
        let begins = |head: &&Line| {
            let rest = line.label.strip_prefix(head.label.as_str());
            let own = rest.and_then(|rest| rest.trim_start().strip_prefix([':', '：']));
            (head.indent, head.numbering) == (line.indent, line.numbering)
                && !head.label.is_empty()
                && own.is_some_and(|own| !own.trim().is_empty())
        };
        if head.as_ref().is_some_and(begins) {
            *under = true;
        } else {
            head = Some(line);
        }
    }
}

/// Sets level and parent of each line; those `under` a head of their own look count as further right.
pub(super) fn tree(lines: &mut [Line], under: &[bool]) {
    if codes_rule(lines) {
        by_codes(lines);
    } else {
        by_form(lines, under);
    }
}

/// Whether most items have codes, and some are prefixes of others.
fn codes_rule(lines: &[Line]) -> bool {
    let (mut items, mut coded, mut nested) = (0_usize, 0_usize, false);
    let mut before = "";
    for line in lines {
        if !matches!(line.role, LineRole::Item | LineRole::Section) {
            continue;
        }
        items += 1;
        if let Some(code) = line.code.as_deref() {
            nested |= coded > 0 && code.len() > before.len() && code.starts_with(before);
            coded += 1;
            before = code;
        }
    }
    coded >= 2 && coded * 3 >= items * 2 && nested
}

fn by_codes(lines: &mut [Line]) {
    let mut stack: Vec<usize> = Vec::new();
    for at in 0..lines.len() {
        if !matches!(lines[at].role, LineRole::Item | LineRole::Section | LineRole::OfWhich) {
            if matches!(lines[at].role, LineRole::Total | LineRole::Subtotal) {
                stack.clear();
            }
            continue;
        }
        let (before, rest) = lines.split_at_mut(at);
        let line = &mut rest[0];
        let Some(code) = line.code.as_deref() else { continue };
        while let Some(&top) = stack.last() {
            let parent = before[top].code.as_deref().unwrap_or_default();
            // A code of another branch that stands further right is listed here all the same (transfers: 230…).
            let indented = line.indent > before[top].indent && code.len() > parent.len();
            if code.len() > parent.len() && code.starts_with(parent) || indented {
                break;
            }
            stack.pop();
        }
        line.parent = stack.last().map(|top| *top as u32);
        line.level = stack.len() as u16;
        stack.push(at);
    }
}

/// How a line stands in the outline: its numbering, or without one its indent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Numbered(Numbering),
    Plain(u32),
}

/// A line under which others may stand.
#[derive(Clone, Copy, Debug)]
struct Open {
    form: Form,
    indent: u32,
    at: usize,
    /// It is in a list that 其中 opened.
    listed: bool,
}

/// Closes what a line of this form ends.
fn close(stack: &mut Vec<Open>, form: Form) {
    match form {
        Form::Numbered(_) => {
            let same = stack.iter().rposition(|top| top.form == form);
            if let Some(found) =
                same.or_else(|| stack.iter().position(|top| outranks(form, top.form)))
            {
                stack.truncate(found);
            }
        }
        Form::Plain(own) => {
            // Under a numbered line a plain one is its part, unless it stands further left.
            while stack.last().is_some_and(|top| match top.form {
                Form::Plain(other) => other >= own,
                Form::Numbered(_) => top.indent > own,
            }) {
                stack.pop();
            }
        }
    }
}

/// By numbering and indents. A new form opens a level under the line above; a form seen before closes what is deeper.
fn by_form(lines: &mut [Line], under: &[bool]) {
    let mut stack: Vec<Open> = Vec::new();
    // The numberings and indents of the lines that stand under one in a list of 其中.
    let mut lists: HashMap<usize, Vec<(Option<Numbering>, u32)>> = HashMap::new();
    // The number that the last line at the outermost level has in each numbering.
    let mut reached: HashMap<Numbering, u32> = HashMap::new();
    for at in 0..lines.len() {
        match lines[at].role {
            LineRole::Item | LineRole::OfWhich => {}
            LineRole::Section | LineRole::Total | LineRole::Subtotal => {
                stack.clear();
                continue;
            }
            _ => continue,
        }
        let of_which = lines[at].of_which;
        let indent = lines[at].indent + u32::from(under[at]);
        let form = lines[at].numbering.map_or(Form::Plain(indent), Form::Numbered);
        // What follows 其中 further right, aligned behind the colon, is in the same list: 其中：甲 / 　　　乙.
        let continues = !of_which
            && matches!(form, Form::Plain(_))
            && stack.last().is_some_and(|top| {
                top.listed && matches!(top.form, Form::Plain(_)) && indent > top.indent
            });
        if continues {
            stack.pop();
        } else if of_which {
            // 其中 opens a list under the last line that is in no list at its own indent or further right.
            while stack
                .last()
                .is_some_and(|top| top.indent > indent || top.listed && top.indent >= indent)
            {
                stack.pop();
            }
        } else {
            close(&mut stack, form);
            // 四 after lines without a number goes on where 三 was: they are its parts, not what it is under.
            if let (Form::Numbered(numbering), Some(own)) = (form, words::ordinal(&lines[at].label))
            {
                if reached.get(&numbering).is_some_and(|last| own == last + 1)
                    && stack.iter().all(|top| matches!(top.form, Form::Plain(_)))
                {
                    stack.clear();
                }
                if stack.is_empty() {
                    reached.insert(numbering, own);
                }
            }
        }
        let parent = stack.last().map(|top| top.at);
        lines[at].parent = parent.map(|parent| parent as u32);
        lines[at].level = stack.len() as u16;
        // Behind 其中, what stands under the same line in the same form is in the same list.
        let listed = of_which
            || continues
            || parent.is_some_and(|parent| {
                lines[parent].role == LineRole::OfWhich
                    || lists.get(&parent).into_iter().flatten().any(|(numbering, own)| {
                        numbering.is_some() && *numbering == lines[at].numbering
                            || numbering.is_none()
                                && lines[at].numbering.is_none()
                                && *own == indent
                                && indent > lines[parent].indent
                    })
            });
        if listed {
            lines[at].role = LineRole::OfWhich;
            if let Some(parent) = parent {
                let list = lists.entry(parent).or_default();
                let own = (lines[at].numbering, indent);
                if !list.contains(&own) {
                    list.push(own);
                }
            }
        }
        stack.push(Open { form, indent, at, listed });
    }
}

/// Whether one numbering stands above another in every outline: 一 over （一） over 1 over (1) over ①.
fn outranks(form: Form, other: Form) -> bool {
    match (form, other) {
        (Form::Numbered(a), Form::Numbered(b)) => a < b,
        _ => false,
    }
}
