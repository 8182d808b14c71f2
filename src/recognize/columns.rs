//! What each column holds, and where one table stands beside another.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::ops::{Range, RangeInclusive};

use super::grid::{CellKind, Grid, PIECE};
use super::regions::{self, Region};
use crate::lexicon::Words;
use crate::model::words;
use crate::model::{Field, FieldRole, Value};
use crate::number::{self, Unit};
use crate::parallel;

/// What the cells of a column are, over the body.
struct Profile<'a> {
    grid: &'a Grid<'a>,
    rows: &'a [usize],
    column: usize,
    numbers: usize,
    percents: usize,
    dashes: usize,
    texts: usize,
    dates: usize,
    filled: usize,
    /// See [`Profile::distinct`].
    distinct: OnceCell<BTreeSet<Cow<'a, str>>>,
    total_words: usize,
    numbered: usize,
    characters: usize,
}

/// Different values of a column that are looked at.
const DISTINCT: usize = 64;

impl<'a> Profile<'a> {
    /// The first different names and numbers of the column, as they stand. Of most columns of figures nobody asks.
    fn distinct(&self) -> &BTreeSet<Cow<'a, str>> {
        self.distinct.get_or_init(|| {
            let mut distinct = BTreeSet::new();
            for &row in self.rows {
                let kind = self.grid.kind(row, self.column);
                if matches!(kind, CellKind::Number | CellKind::Error | CellKind::Text) {
                    distinct.insert(self.grid.written(row, self.column));
                }
                if distinct.len() == DISTINCT {
                    break;
                }
            }
            distinct
        })
    }

    fn figures(&self) -> bool {
        let figures = self.numbers + self.percents + self.dashes;
        self.numbers + self.percents > 0 && figures * 2 > (self.texts + self.dates) * 3
            || self.dashes > 0 && self.texts + self.dates + self.numbers + self.percents == 0
    }

    fn words(&self) -> bool {
        self.texts > 0 && !self.figures()
    }
}

/// The columns of a region, split into tables that stand side by side.
pub(super) fn blocks(grid: &Grid<'_>, region: &Region) -> Vec<Vec<Field>> {
    // A long column says what it is in its first thousand rows.
    let rows = region.body.clone().take(1000);
    let rows: Vec<usize> = rows.filter(|row| !regions::is_note(grid, *row)).collect();
    let profiles: Vec<Profile<'_>> =
        (0..grid.width()).map(|column| profile(grid, &rows, column)).collect();
    let paths = header_paths(grid, region);
    let used: Vec<usize> = (0..grid.width())
        .filter(|column| profiles[*column].filled > 0 || !paths[*column].is_empty())
        .collect();
    split(grid.words(), &used, &profiles, &paths)
        .into_iter()
        .map(|columns| {
            let mut fields: Vec<Field> = columns
                .iter()
                .map(|column| field(grid, region, *column, &profiles[*column], &paths[*column]))
                .collect();
            figures(grid, region, &columns, &mut fields);
            choose_label(grid.words(), &mut fields, &columns, &profiles);
            formula_row(grid, region, &columns, &mut fields);
            disambiguate(&mut fields);
            fields
        })
        .collect()
}

fn profile<'a>(grid: &'a Grid<'a>, rows: &'a [usize], column: usize) -> Profile<'a> {
    let mut profile = Profile {
        grid,
        rows,
        column,
        numbers: 0,
        percents: 0,
        dashes: 0,
        texts: 0,
        dates: 0,
        filled: 0,
        distinct: OnceCell::new(),
        total_words: 0,
        numbered: 0,
        characters: 0,
    };
    for &row in rows {
        let kind = grid.kind(row, column);
        if kind == CellKind::Empty {
            continue;
        }
        profile.filled += 1;
        match kind {
            CellKind::Number | CellKind::Error => profile.numbers += 1,
            CellKind::Percent => profile.percents += 1,
            CellKind::Dash => profile.dashes += 1,
            CellKind::Date => profile.dates += 1,
            CellKind::Text => {
                profile.texts += 1;
                let text = grid.written(row, column);
                profile.total_words += usize::from(grid.words().total(&text).is_some());
                profile.numbered += usize::from(
                    words::numbering(&text).is_some() || grid.words().is_of_which(&text),
                );
                profile.characters += text.chars().count();
            }
            CellKind::Empty => {}
        }
    }
    profile
}

/// The header texts over each column, top to bottom, groups repeated over their columns.
fn header_paths(grid: &Grid<'_>, region: &Region) -> Vec<Vec<String>> {
    let rows: Vec<usize> = region
        .header
        .clone()
        .filter(|row| !regions::is_numbered_header(grid, *row) || !has_column_numbers(grid, *row))
        .collect();
    let mut paths = vec![Vec::new(); grid.width()];
    for (depth, row) in rows.iter().enumerate() {
        let last = depth + 1 == rows.len();
        let mut carried: Option<(String, usize)> = None;
        for column in 0..grid.width() {
            let mut text = clean_header(&grid.seen(*row, column));
            if grid.merge(*row, column).is_some() {
                carried = None;
            } else if !text.is_empty() {
                carried = Some((text.clone(), column));
            } else if !last {
                // Without merges (text files, converted copies) a group's name stands over its first column only. It
                // reaches on over columns whose own name stands below, up to the next name at its height.
                if let Some((group, from)) = &carried {
                    let named_below = rows[depth + 1..]
                        .iter()
                        .any(|below| !clean_header(&grid.seen(*below, column)).is_empty());
                    let group_splits = rows[depth + 1..]
                        .iter()
                        .any(|below| !clean_header(&grid.seen(*below, *from)).is_empty());
                    let fresh =
                        depth == 0 || paths[column] == paths[*from][..paths[*from].len() - 1];
                    if named_below && group_splits && fresh {
                        text.clone_from(group);
                    } else {
                        carried = None;
                    }
                }
            }
            let path: &mut Vec<String> = &mut paths[column];
            if !text.is_empty() && path.last() != Some(&text) {
                path.push(text);
            }
        }
    }
    paths
}

fn has_column_numbers(grid: &Grid<'_>, row: usize) -> bool {
    // Years over columns are part of the header; 栏次 and 公式 rows are not.
    regions::is_numbering_row(grid, row)
        || grid
            .filled(row)
            .filter(|column| grid.kind(row, *column).is_figure())
            .all(|column| grid.text(row, column).trim().parse::<u32>().is_ok_and(|n| n < 1000))
}

/// A header without line breaks and without the spaces that spread two characters over a cell.
fn clean_header(text: &str) -> String {
    let joined: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let ideographs = joined.chars().filter(|c| !c.is_ascii()).count();
    if ideographs * 2 > joined.chars().count() {
        joined.replace([' ', '\u{3000}'], "")
    } else {
        joined
    }
}

/// Groups of columns, one a table.
fn split(
    known: &Words,
    used: &[usize],
    profiles: &[Profile<'_>],
    paths: &[Vec<String>],
) -> Vec<Vec<usize>> {
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    let mut block: Vec<usize> = Vec::new();
    let mut label_header: Option<Cow<'_, str>> = None;
    for (at, &column) in used.iter().enumerate() {
        let profile = &profiles[column];
        let has_figures = block.iter().any(|c| {
            profiles[*c].figures() && !is_serial_or_code(known, &profiles[*c], paths[*c].last())
        });
        let figures_follow = used[at + 1..]
            .iter()
            .take_while(|c| !profiles[**c].words() || **c == column)
            .any(|c| profiles[*c].figures());
        let own_header = paths[column].last().map(|text| words::key(text));
        let repeats = own_header.is_some() && own_header == label_header;
        let names = profile.total_words > 0 || profile.numbered * 2 > profile.texts;
        let variety = || profile.distinct().len() * 10 >= profile.texts * 7;
        if profile.words()
            && has_figures
            && figures_follow
            && (repeats || names)
            && profile.texts >= 2
            && variety()
        {
            // Serial and code columns right before the names belong to the new block.
            let mut moved = Vec::new();
            while let Some(&last) = block.last() {
                if is_serial_or_code(known, &profiles[last], paths[last].last())
                    || profiles[last].filled == 0
                {
                    moved.insert(0, last);
                    block.pop();
                } else {
                    break;
                }
            }
            blocks.push(std::mem::take(&mut block));
            block = moved;
            label_header = own_header;
        } else if profile.words() && label_header.is_none() {
            label_header = own_header;
        }
        block.push(column);
    }
    blocks.push(block);
    blocks.retain(|block| !block.is_empty());
    blocks
}

fn is_serial_header(known: &Words, header: &str) -> bool {
    known.serial_headers.has(words::key(header).trim_matches('.'))
}

fn is_code_header(known: &Words, header: &str) -> bool {
    let key = words::key(header);
    known.code_headers.stand_in(&key) || known.code_levels.has(&key)
}

/// 科目 over codes alone, with the names in the next column, or codes under no header.
fn is_of_codes(known: &Words, profile: &Profile<'_>, header: &str) -> bool {
    (header.is_empty() || known.coded_headers.end(&words::key(header)))
        && looks_like_codes(known, profile)
}

fn is_serial_or_code(known: &Words, profile: &Profile<'_>, header: Option<&String>) -> bool {
    let is_one = |header: &String| {
        is_serial_header(known, header)
            || is_code_header(known, header)
            || !header.is_empty() && is_of_codes(known, profile, header)
    };
    header.is_some_and(is_one) && profile.percents == 0
}

fn field(
    grid: &Grid<'_>,
    region: &Region,
    column: usize,
    profile: &Profile<'_>,
    path: &[String],
) -> Field {
    let known = grid.words();
    let header = path.last().cloned().unwrap_or_default();
    let joined = path.concat();
    let key = words::key(&joined);
    let own = words::key(&header);
    let unit = path
        .iter()
        .rev()
        .find_map(|text| known.bracketed_unit(text).or_else(|| known.declared_unit(text)));
    let measure = match &unit {
        Some(Unit::Other(measure)) => measure.as_str(),
        _ => "",
    };
    let says = known.header(path, measure);
    let percent_header = known.percent_headers.stand_in(&own) || unit == Some(Unit::Percent);
    let role = if profile.filled == 0 {
        FieldRole::Blank
    } else if is_serial_header(known, &header)
        || is_counting(grid, region, column, profile)
            && (header.is_empty() || known.serial_marks.stand_in(&own))
    {
        FieldRole::Serial
    } else if is_code_header(known, &header) || is_of_codes(known, profile, &header) {
        FieldRole::Code
    } else if profile.dates > profile.numbers + profile.percents && profile.dates >= profile.texts {
        FieldRole::Date
    } else if profile.figures() && known.note_numbers.has(&own) && are_note_numbers(profile) {
        FieldRole::Note
    } else if profile.figures() {
        if profile.numbers > 0
            && (known.year_headers.stand_in(&own)
                && profile.distinct().iter().all(|text| text.len() == 4)
                || known.year_names.has(&own) && are_years(profile))
        {
            FieldRole::Date
        } else if profile.percents > profile.numbers
            || percent_header && !known.amount_headers.stand_in(&own)
        {
            FieldRole::Percent
        } else if known.quantity_headers.stand_in(&own)
            || counts_things(known, path)
            || unit.as_ref().is_some_and(|unit| !unit.is_money())
        {
            FieldRole::Quantity
        } else {
            FieldRole::Amount
        }
    } else if are_written_dates(known, profile) {
        FieldRole::Date
    } else if known.remark_headers.stand_in(&own) || known.remark_groups.stand_in(&key) {
        FieldRole::Note
    } else {
        FieldRole::Text
    };
    Field {
        column: grid.columns[column],
        path: path.to_vec(),
        label: header,
        role,
        unit: unit.filter(|unit| *unit != Unit::Percent),
        year: words::year(&joined),
        says,
        ..Field::default()
    }
}

/// Whether all figures are small whole numbers, as notes and references bear them.
fn are_note_numbers(profile: &Profile<'_>) -> bool {
    let is_number =
        |text: &Cow<'_, str>| text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit());
    profile.percents == 0 && profile.distinct().iter().all(is_number)
}

/// Whether all figures are years.
fn are_years(profile: &Profile<'_>) -> bool {
    let is_year = |text: &Cow<'_, str>| {
        text.len() == 4 && text.parse::<u32>().is_ok_and(|year| (1500..=2100).contains(&year))
    };
    profile.percents == 0 && profile.dashes == 0 && profile.distinct().iter().all(is_year)
}

/// Days down a column, and 合计 below them.
fn are_written_dates(known: &Words, profile: &Profile<'_>) -> bool {
    let (dates, others): (Vec<_>, Vec<_>) =
        profile.distinct().iter().partition(|text| is_written_date(text));
    profile.texts > 0 && !dates.is_empty() && others.iter().all(|text| known.total(text).is_some())
}

/// A day as people type it: 2024-03-08, 2024/3/8, 2024.3.8, 2024年3月8日.
fn is_written_date(text: &str) -> bool {
    let text = text.trim().trim_end_matches('日');
    let mut parts = text.split(['-', '/', '.', '年', '月']);
    let mut next = |among: RangeInclusive<u32>| {
        parts.next().and_then(|part| part.parse().ok()).is_some_and(|part| among.contains(&part))
    };
    next(1990..=2100) && next(1..=12) && next(1..=31) && parts.next().is_none()
}

/// Whether a group's header says that its columns count things: 人数 over 小计, 在职, 退休.
fn counts_things(known: &Words, path: &[String]) -> bool {
    let own = path.last().map(|text| words::key(text)).unwrap_or_default();
    !known.money_headers.stand_in(&own)
        && path
            .iter()
            .map(|text| words::key(text))
            .any(|key| known.quantity_headers.begin(&key) || known.quantity_headers.end(&key))
}

/// What the figures of a column look like.
#[derive(Clone, Copy, Default)]
struct Look {
    decimals: u32,
    /// In a column of percentages, numbers that are none by their own format, and those among them past 1.5.
    plain: u32,
    large: u32,
}

impl Look {
    /// Adds a figure of a column of that role.
    fn add(&mut self, role: FieldRole, value: number::Decimal, decimals: u32, percent: bool) {
        self.decimals = self.decimals.max(decimals);
        if role == FieldRole::Percent && !percent {
            self.plain += 1;
            self.large += u32::from(value.abs() > number::Decimal::new(15, 1));
        }
    }

    fn merge(&mut self, other: Self) {
        self.decimals = self.decimals.max(other.decimals);
        self.plain += other.plain;
        self.large += other.large;
    }
}

/// Printed decimals, and whether percentages are typed as plain numbers.
fn figures(grid: &Grid<'_>, region: &Region, columns: &[usize], fields: &mut [Field]) {
    let pieces = parallel::map_pieces(region.body.len(), PIECE, |rows| {
        let rows = region.body.start + rows.start..region.body.start + rows.end;
        looks(grid, rows, columns, fields)
    });
    for (at, field) in fields.iter_mut().enumerate() {
        let mut look = Look::default();
        for piece in &pieces {
            look.merge(piece[at]);
        }
        field.decimals = look.decimals;
        if field.role == FieldRole::Percent && look.plain > 0 {
            // Under a % sign one number past 1.5 tells that all are hundredths; under the word alone most must be.
            let signed = field.path.iter().any(|text| text.contains(['%', '％']));
            // A few things grow by more than once and a half, written out as fractions with all their digits.
            let fractions = look.decimals >= WRITTEN_OUT
                && look.large * 4 < look.plain
                && is_change(grid.words(), &field.path);
            field.hundredths =
                signed && look.large > 0 && !fractions || look.large * 2 >= look.plain;
        }
    }
}

/// Decimals of a fraction that was divided and not rounded for print.
const WRITTEN_OUT: u32 = 4;

/// Whether a header speaks of a change.
fn is_change(known: &Words, path: &[String]) -> bool {
    path.iter().any(|text| {
        let text = text.to_lowercase();
        let is_there = |word: &str| {
            if word.is_ascii() {
                text.split(|c: char| !c.is_alphabetic()).any(|token| token == word)
            } else {
                text.contains(word)
            }
        };
        known.change_words.iter().any(|word| is_there(word))
    })
}

/// What the figures of each column look like in some rows.
fn looks(grid: &Grid<'_>, rows: Range<usize>, columns: &[usize], fields: &[Field]) -> Vec<Look> {
    let mut looks = vec![Look::default(); fields.len()];
    // Where each of the sheet's columns of figures is among the fields.
    let mut places: Vec<Option<usize>> = Vec::new();
    for (at, (&column, field)) in columns.iter().zip(fields).enumerate() {
        if field.role.is_figure() {
            let column = grid.columns[column] as usize;
            places.resize(places.len().max(column + 1), None);
            places[column] = Some(at);
        }
    }
    // What people see of numbers in each style: its decimals, where it says so, and whether it is a percentage.
    let styles: Vec<(Option<u32>, bool)> = grid
        .workbook
        .styles
        .iter()
        .map(|style| (style.number_format.decimals, style.number_format.percent))
        .collect();
    // Line by line, as the sheet lies in memory.
    for row in rows {
        for (column, value, style) in grid.sheet.row(grid.rows[row]) {
            let Some(&Some(at)) = places.get(column as usize) else { continue };
            match value {
                Value::Number(value) => {
                    let (explicit, percent) =
                        styles.get(usize::from(style)).copied().unwrap_or_default();
                    // Digits beyond what people print are the noise of a formula: they do not set the column's decimals.
                    let own = explicit
                        .unwrap_or_else(|| if value.scale() <= 6 { value.scale() } else { 0 });
                    let decimals = own + if percent { 2 } else { 0 };
                    looks[at].add(fields[at].role, value, decimals, percent);
                }
                Value::Text(id) => {
                    if let Some(literal) = grid.sheet.marks.parse(grid.sheet.texts.get(id)) {
                        let percent = literal.unit == Some(Unit::Percent);
                        let decimals = literal.decimals.min(8);
                        looks[at].add(fields[at].role, literal.value, decimals, percent);
                    }
                }
                _ => {}
            }
        }
    }
    looks
}

/// 1, 2, 3 … down the column, or on from where another sheet ended: 9, 10, 11, 12.
fn is_counting(grid: &Grid<'_>, region: &Region, column: usize, profile: &Profile<'_>) -> bool {
    if profile.numbers < 2 || profile.percents > 0 {
        return false;
    }
    let mut first = None;
    let mut expected = None;
    let mut steps = 0;
    for row in region.body.clone().take(1000) {
        if grid.kind(row, column) != CellKind::Number {
            continue;
        }
        let value = match grid.sheet.value(grid.cell(row, column)) {
            Value::Number(number) if number.is_integer() => i64::try_from(number).ok(),
            Value::Number(_) => None,
            _ => grid.written(row, column).trim().parse().ok(),
        };
        let Some(value) = value else { return false };
        if let Some(expected) = expected {
            if value != expected && value != 1 {
                return false;
            }
            steps += 1;
        } else {
            first = Some(value);
        }
        expected = Some(value + 1);
    }
    match first {
        Some(..=1) => steps >= 1,
        // Years go on one by one, too.
        Some(first) => steps >= CONTINUED && !(1900..=2100).contains(&first),
        None => false,
    }
}

/// Steps of a count that does not begin with 1.
const CONTINUED: usize = 4;

/// Whole numbers of 3, 5 and 7 digits, or those of which the longer begin with a shorter one.
fn looks_like_codes(known: &Words, profile: &Profile<'_>) -> bool {
    let distinct = profile.distinct();
    let codes: Vec<&str> = distinct
        .iter()
        .map(|text| text.trim())
        .filter(|text| known.total(text).is_none())
        .collect();
    if profile.filled < 3
        || distinct.len() < 3
        || !codes.iter().all(|code| code.bytes().all(|b| b.is_ascii_digit()))
    {
        return false;
    }
    let of_functions = codes.iter().all(|code| matches!(code.len(), 3 | 5 | 7))
        && codes.iter().any(|code| matches!(code.len(), 5 | 7));
    of_functions || is_tree_of_codes(&codes)
}

/// Codes of levels, as of places: 15, 1508, 150802. Each beyond the shortest begins with one that is there.
fn is_tree_of_codes(codes: &[&str]) -> bool {
    let Some(shortest) = codes.iter().map(|code| code.len()).min() else { return false };
    let begins =
        |code: &&str| codes.iter().any(|other| other.len() < code.len() && code.starts_with(other));
    let below = codes.iter().filter(|code| code.len() > shortest).count();
    shortest >= 2 && below >= 3 && codes.iter().filter(|code| code.len() > shortest).all(begins)
}

/// The column of names: of the words before the first figures the one that names most; further ones are words.
fn choose_label(known: &Words, fields: &mut [Field], columns: &[usize], profiles: &[Profile<'_>]) {
    let first_figure =
        fields.iter().position(|field| field.role.is_figure()).unwrap_or(fields.len());
    let tongues: Vec<Option<Tongue>> =
        columns.iter().map(|column| tongue(&profiles[*column])).collect();
    // Of the same names in two languages the Chinese ones carry 其中 and the indents.
    let translated = |at: usize| {
        let names = |at: usize| profiles[columns[at]].distinct().len();
        tongues[at] == Some(Tongue::Chinese)
            && (0..fields.len()).any(|other| {
                tongues[other] == Some(Tongue::Western) && names(at) * 4 >= names(other) * 3
            })
    };
    let score = |at: usize| -> (usize, usize) {
        let profile = &profiles[columns[at]];
        let headed = regions::is_label_header(known, &fields[at].label);
        let mut score =
            profile.distinct().len().min(40) * 4 + profile.total_words * 6 + profile.numbered * 4;
        if headed {
            score += score / 2 + 2;
        }
        if profile.texts > 0 && profile.characters / profile.texts > 40 {
            score /= 4;
        }
        if translated(at) {
            score *= 2;
        }
        (score, usize::MAX - at)
    };
    let is_text =
        |at: &usize| fields[*at].role == FieldRole::Text && profiles[columns[*at]].texts > 0;
    let best = |among: std::ops::Range<usize>| among.filter(is_text).max_by_key(|at| score(*at));
    // Years or codes down the first column are names too.
    let of_codes = || {
        (0..fields.len().min(2))
            .find(|at| matches!(fields[*at].role, FieldRole::Date | FieldRole::Code))
    };
    // So are bare numbers over a word for a total: ages of a forest, 0, 10, 20, …, 合计.
    let of_numbers = || {
        let first = fields.first().is_some_and(|field| field.role.is_figure());
        (first && profiles[columns[0]].total_words > 0).then_some(0)
    };
    let label = best(0..first_figure)
        .or_else(|| best(first_figure..fields.len()))
        .or_else(of_codes)
        .or_else(|| years_down_the_first(fields, columns, profiles))
        .or_else(of_numbers);
    if let Some(label) = label {
        fields[label].role = FieldRole::Label;
    }
}

/// The language that names are in.
#[derive(Clone, Copy, PartialEq)]
enum Tongue {
    Chinese,
    Western,
}

/// The language of a column of names, where nearly all are in one; codes and models of a few letters are in none.
fn tongue(profile: &Profile<'_>) -> Option<Tongue> {
    const WORD: usize = 4;
    let chinese =
        |text: &&Cow<'_, str>| text.chars().any(|c| ('\u{3400}'..='\u{9fff}').contains(&c));
    let western = |text: &&Cow<'_, str>| {
        let mut letters = 0;
        !chinese(text)
            && text.chars().any(|c| {
                letters = if c.is_alphabetic() { letters + 1 } else { 0 };
                letters >= WORD
            })
    };
    if !profile.words() {
        return None;
    }
    let (all, words) = (profile.distinct().len(), profile.distinct());
    if all < 3 {
        None
    } else if words.iter().filter(chinese).count() * 4 >= all * 3 {
        Some(Tongue::Chinese)
    } else if words.iter().filter(western).count() * 4 >= all * 3 {
        Some(Tongue::Western)
    } else {
        None
    }
}

fn years_down_the_first(
    fields: &[Field],
    columns: &[usize],
    profiles: &[Profile<'_>],
) -> Option<usize> {
    let first = fields.first()?;
    let profile = &profiles[*columns.first()?];
    let years = profile.distinct().iter().all(
        |text| matches!(text.trim().parse::<u32>(), Ok(year) if (1900..=2100).contains(&year)),
    );
    (first.role.is_figure() && profile.numbers >= 3 && years && profile.dashes == 0).then_some(0)
}

/// The sheet's own formulas in words: a row 公式 A=B+C, or 栏次 3=1+2.
fn formula_row(grid: &Grid<'_>, region: &Region, columns: &[usize], fields: &mut [Field]) {
    let row = region.header.clone().chain(region.body.clone().take(1)).find(|row| {
        let texts: Vec<String> = grid
            .filled(*row)
            .map(|column| words::key(&grid.text(*row, column)).into_owned())
            .collect();
        regions::is_numbering_row(grid, *row)
            || texts.iter().filter(|text| text.contains('=')).count() > 0
                && texts.iter().all(|text| symbol_and_formula(text).is_some())
    });
    let Some(row) = row else { return };
    for (field, column) in fields.iter_mut().zip(columns) {
        let text = grid.text(row, *column);
        let text = words::key(&text);
        if let Some((symbol, formula)) = symbol_and_formula(&text) {
            field.symbol = Some(symbol);
            field.formula = formula;
        }
    }
}

/// `a=b+c` is symbol `a` with formula `b+c`; `3` is a symbol alone.
pub(super) fn symbol_and_formula(text: &str) -> Option<(String, Option<String>)> {
    let text = text.trim_matches(['(', ')', '（', '）']);
    let (symbol, formula) = text
        .split_once(['=', '＝'])
        .map_or((text, None), |(symbol, formula)| (symbol, Some(formula)));
    let plain = |symbol: &str| {
        !symbol.is_empty() && symbol.len() <= 3 && symbol.chars().all(|c| c.is_ascii_alphanumeric())
    };
    let shaped = |formula: &str| {
        formula.chars().all(|c| c.is_ascii_alphanumeric() || "+-－—*×/÷()%".contains(c))
            && !formula.is_empty()
    };
    if !plain(symbol) || formula.is_some_and(|formula| !shaped(formula)) {
        return None;
    }
    Some((symbol.to_owned(), formula.map(|formula| formula.replace(['－', '—'], "-"))))
}

/// Gives columns of the same last header their group's name too.
fn disambiguate(fields: &mut [Field]) {
    let mut counts: HashMap<String, u32> = HashMap::new();
    for field in fields.iter() {
        *counts.entry(field.label.clone()).or_default() += 1;
    }
    for field in fields.iter_mut() {
        if counts[&field.label] > 1 && field.path.len() > 1 {
            field.label = field.path.join("·");
        }
    }
}
