//! Where tables begin and end on a sheet: preface, header, body.

use super::grid::{CellKind, Grid, Numbers, PIECE};
use crate::lexicon::Words;
use crate::model::words;
use crate::number::Unit;
use crate::parallel;

/// The rows of one table, as indexes into the grid's rows; `body` is never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Region {
    /// Titles, units, who and when.
    pub(super) preface: std::ops::Range<usize>,
    /// Header rows.
    pub(super) header: std::ops::Range<usize>,
    /// Lines, notes below included.
    pub(super) body: std::ops::Range<usize>,
}

/// Splits a sheet into the rows of its tables.
pub(super) fn regions(grid: &Grid<'_>) -> Vec<Region> {
    let pieces = parallel::map_pieces(grid.height(), PIECE, |rows| {
        rows.map(|row| is_data(grid, row)).collect::<Vec<bool>>()
    });
    let data = pieces.concat();
    let Some(first) = data.iter().position(|data| *data) else {
        return text_table(grid).into_iter().collect();
    };
    let mut regions = Vec::new();
    let mut start = 0;
    let mut begin = first;
    loop {
        let mut region = open(grid, start, begin);
        // The body goes on until a run of rows without figures announces another table.
        let mut row = begin;
        let end = loop {
            while row < grid.height() && data[row] {
                row += 1;
            }
            let run = row;
            while row < grid.height() && !data[row] {
                row += 1;
            }
            if row == grid.height() {
                break (run, row);
            }
            if let Some(next) = next_table(grid, &region, run, row) {
                break (next, row);
            }
        };
        let (body_end, next_data) = end;
        let last = next_data == grid.height();
        region.body.end = if last { trim_notes(grid, &region, body_end) } else { body_end };
        regions.push(region);
        if last {
            break;
        }
        start = body_end;
        begin = next_data;
    }
    regions
}

/// Rows behind the last figures still belong to the table when they are its lines or its notes.
fn trim_notes(grid: &Grid<'_>, region: &Region, figures_end: usize) -> usize {
    let mut end = figures_end.max(region.body.start + 1);
    while end < grid.height() && !(grid.gap_above(end) && grid.filled(end).count() > 1) {
        end += 1;
    }
    end
}

/// A table whose preface and header are somewhere in `start..data`, and whose body begins at `data` or a section row above.
fn open(grid: &Grid<'_>, start: usize, data: usize) -> Region {
    // The last row of the header may have figures beside it: 数量 | 单价 | 金额 | | 0.00.
    let data = if heads_beside_figures(grid, start, data) { data + 1 } else { data };
    let mut bottom = data;
    // Section rows between header and first figures: 一、基本支出 alone.
    while bottom > start + 1
        && (is_section(grid, bottom - 1)
            || is_lone_unit(grid, bottom - 1)
            || says_instead(grid, bottom - 1)
            || misspells_its_amount(grid, start, bottom - 1))
        && has_header_above(grid, start, bottom - 1)
    {
        bottom -= 1;
    }
    let mut top = bottom;
    while top > start && bottom - top < 6 && is_header_row(grid, top - 1, top < bottom, bottom) {
        top -= 1;
        if grid.gap_above(top) && top < bottom && is_meta_or_title(grid, top.saturating_sub(1)) {
            break;
        }
    }
    Region { preface: start..top, header: top..bottom, body: bottom..bottom }
}

/// Whether a row with figures is the last one of a header all the same: more names than figures, right below names, over columns
/// that hold figures from the next row on.
fn heads_beside_figures(grid: &Grid<'_>, start: usize, row: usize) -> bool {
    const NAMES: usize = 4;
    if row == start || row + 2 >= grid.height() || text_count(grid, row - 1) < 2 {
        return false;
    }
    let kind = |row: usize, column: usize| grid.kind(row, column);
    let figures = grid.filled(row).filter(|column| kind(row, *column).is_figure()).count();
    let over = grid
        .filled(row)
        .filter(|column| kind(row, *column) == CellKind::Text)
        .filter(|column| (1..=2).any(|below| kind(row + below, *column).is_figure()))
        .count();
    let name = grid.filled(row + 1).find(|column| kind(row + 1, *column) == CellKind::Text);
    let names_none = name.is_none_or(|name| {
        kind(row, name) == CellKind::Empty || is_label_header(grid.words(), grid.str(row, name))
    });
    !is_meta(grid, row - 1) && over >= NAMES && over > figures && names_none
}

fn has_header_above(grid: &Grid<'_>, start: usize, row: usize) -> bool {
    (start..row).rev().take(3).any(|above| {
        text_count(grid, above) >= 2 && !is_meta(grid, above)
            || text_count(grid, above) > 0 && is_numbered_header(grid, above)
    })
}

/// A unit alone, right of the names: | (in thousands) |, between the names of the columns and the first line.
fn is_lone_unit(grid: &Grid<'_>, row: usize) -> bool {
    let mut filled = grid.filled(row);
    let (Some(column), None) = (filled.next(), filled.next()) else { return false };
    if column == 0 || grid.kind(row, column) != CellKind::Text {
        return false;
    }
    let text = grid.text(row, column);
    let text = text.trim();
    let bracketed = text.starts_with(['(', '（']) && text.ends_with([')', '）']);
    bracketed || Unit::parse(text).is_some() || grid.words().declared_unit(text).is_some()
}

/// A lone text in the label column, not merged over others.
fn is_section(grid: &Grid<'_>, row: usize) -> bool {
    let mut filled = grid.filled(row);
    let (Some(column), None) = (filled.next(), filled.next()) else { return false };
    if grid.kind(row, column) != CellKind::Text || column > 2 || is_meta(grid, row) {
        return false;
    }
    let text = grid.text(row, column);
    let wide = grid.merge(row, column).is_some_and(|merge| merge.size().1 > 2);
    let key = words::key(&text);
    let known = grid.words();
    let title = known.tables.stand_in(&key) && !known.no_tables.stand_in(&key);
    words::numbering(&text).is_some() && !title
        || !wide && !title && width(&text) <= HEADING && grid.words().declared_unit(&text).is_none()
}

/// How wide the name of a section may be, in ideographs.
const HEADING: usize = 20;

/// How wide a text is printed, in ideographs: three Latin letters say as much as one of these.
fn width(text: &str) -> usize {
    let narrow = text.chars().filter(char::is_ascii).count();
    text.chars().count() - narrow + narrow.div_ceil(3)
}

/// A line whose figures are words in place of figures: 基本支出 | 详见附表.
fn says_instead(grid: &Grid<'_>, row: usize) -> bool {
    let mut filled = grid.filled(row);
    let named = filled.next().is_some_and(|column| grid.kind(row, column) == CellKind::Text);
    let mut rest = filled.peekable();
    named
        && rest.peek().is_some()
        && rest.all(|column| {
            let key = words::key(grid.str(row, column));
            grid.kind(row, column) == CellKind::Dash
                || grid.kind(row, column) == CellKind::Text
                    && key.chars().count() <= 12
                    && grid.words().instead_of_figures.begin(&key)
        })
}

/// A line under 项目 | 金额 whose one amount is none: 项目支出 | 2024-01-01, 项目支出 | 1,00O. Taken for a header it would
/// take the line out of its total.
fn misspells_its_amount(grid: &Grid<'_>, start: usize, row: usize) -> bool {
    let filled: Vec<usize> = grid.filled(row).collect();
    let [name, amount] = filled[..] else { return false };
    let heads = |row: usize| {
        let text = grid.str(row, name);
        grid.kind(row, name) == CellKind::Text
            && (is_label_header(grid.words(), text) || heads_names(grid.words(), text))
    };
    let no_amount = match grid.kind(row, amount) {
        CellKind::Date => true,
        CellKind::Text => is_broken_number(grid.str(row, amount)),
        _ => false,
    };
    no_amount
        && grid.kind(row, name) == CellKind::Text
        && !heads(row)
        && (start..row).rev().take(3).any(|above| text_count(grid, above) >= 2 && heads(above))
}

/// A text of digits that is no number, and names no year, period, column or relation.
fn is_broken_number(text: &str) -> bool {
    let text = text.trim();
    let signs = text.chars().filter(|c| !c.is_whitespace()).count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let named = |c: char| {
        c.is_ascii_alphabetic() && !matches!(c, 'O' | 'o' | 'l' | 'I') || "年月季=＝+＋".contains(c)
    };
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let years = numbers.all(|part| part.len() == 4 && matches!(&part[..2], "18" | "19" | "20"));
    digits * 2 > signs && signs <= 24 && !text.contains(named) && !years
}

fn text_count(grid: &Grid<'_>, row: usize) -> usize {
    grid.kinds(row).iter().filter(|kind| **kind == CellKind::Text).count()
}

/// Whether a row above the figures belongs to the header. `below` says that a header row was found below it already.
fn is_header_row(grid: &Grid<'_>, row: usize, below: bool, bottom: usize) -> bool {
    if is_meta(grid, row) || is_note(grid, row) {
        return false;
    }
    let filled: Vec<usize> = grid.filled(row).collect();
    let Some(&first) = filled.first() else { return false };
    if filled.len() >= 2 {
        // A row of long sentences is no header.
        return filled.iter().all(|column| grid.text(row, *column).chars().count() <= 60);
    }
    if !below {
        // 项目 alone above unnamed figures: a header only when it stands in the label column directly above the data.
        let text = grid.text(row, first);
        return row + 1 == bottom
            && grid.width() >= 2
            && text.chars().count() <= 8
            && !grid.words().tables.stand_in(&words::key(&text))
            && !grid.gap_above(bottom)
            && is_label_header(grid.words(), &text);
    }
    // One cell over several columns, which begins right of the label column: a group's header. Over all: a title.
    let left = grid.filled(row + 1).next().unwrap_or(0);
    first > left
        && (grid.merge(row, first).is_none_or(|merge| merge.size().1 < grid.width() as u32))
}

/// The words that head the column of names.
pub(super) fn is_label_header(known: &Words, text: &str) -> bool {
    known.label_headers.stand_in(&words::key(text))
}

/// A header of the column of names, by itself: 项目, 科目名称, 序号.
fn heads_names(known: &Words, text: &str) -> bool {
    let key = words::key(text);
    known.name_headers.end(&key) && key.chars().count() <= 12 && words::numbering(text).is_none()
}

/// Whether a row holds figures of a table.
fn is_data(grid: &Grid<'_>, row: usize) -> bool {
    let kinds = grid.kinds(row);
    let figures = kinds.iter().filter(|kind| kind.is_figure()).count();
    let texts = kinds.iter().filter(|kind| **kind == CellKind::Text).count();
    if figures == 0 {
        let dashes = kinds.iter().filter(|kind| **kind == CellKind::Dash).count();
        return dashes > 0 && texts > 0 && dashes >= texts && !is_meta(grid, row);
    }
    if is_meta(grid, row) || is_note(grid, row) {
        return false;
    }
    !is_numbered_header(grid, row)
}

/// A header row that holds numbers: years over columns, 栏次 1 2 3, 公式 A=B+C.
pub(super) fn is_numbered_header(grid: &Grid<'_>, row: usize) -> bool {
    let texts = || grid.filled(row).filter(|column| grid.kind(row, *column) == CellKind::Text);
    if is_numbering_row(grid, row) {
        return true;
    }
    let numbers = || grid.filled(row).filter(|column| grid.kind(row, *column).is_figure());
    let count = numbers().count();
    if count == 0 {
        return false;
    }
    // An entry has a day of its own: 2024-03-08 | 农村户厕改造 | 2080.00.
    let dated = grid.kinds(row).contains(&CellKind::Date);
    let years = !dated && numbers().all(|column| is_year(grid, row, column));
    // 名称 | 2023 under 项目 | 本年.
    let heads = |column: usize| {
        let key = words::key(grid.str(row, column));
        grid.words().label_headers.has(&key) || grid.words().name_headers.has(&key)
    };
    let under_names = || {
        row > 0
            && texts().any(heads)
            && numbers().all(|column| grid.kind(row - 1, column) == CellKind::Text)
    };
    if years && (count >= 2 || texts().nth(1).is_some() || under_names()) {
        // Years down the first column are lines, not headers; so are years that more years follow below.
        let first = grid.filled(row).next();
        let below_is_year =
            |column: usize| row + 1 < grid.height() && is_year(grid, row + 1, column);
        let is_below_corner = first.is_some_and(|first| names_follow(grid, row, first));
        let leads = |column: usize| Some(column) == first && !is_below_corner;
        let in_turn =
            count >= 3 && follow_each_other(numbers().filter_map(|at| grid.whole(row, at)));
        // Under years in turn stand figures, though all of them may be years: 1978 | 2012 under 2010 | 2015.
        let year = |row: usize, column: usize| grid.whole(row, column);
        let is_under_years = row > 0
            && numbers().all(|column| is_year(grid, row - 1, column))
            && numbers().any(|column| year(row, column) != year(row - 1, column));
        return !numbers().any(|column| leads(column) || below_is_year(column) && !in_turn)
            && (in_turn || !is_under_years);
    }
    // Year 0 1 2 3: periods that are counted.
    let (mut names, mut ordinals) = (texts().peekable(), numbers().map(|at| grid.whole(row, at)));
    let first = ordinals.next().flatten();
    if count >= 3
        && names.peek().is_some()
        && names.all(|column| grid.words().period_heads.has(&words::key(grid.str(row, column))))
        && first.is_some_and(|first| {
            first <= 1 && ordinals.zip(first + 1..).all(|(own, next)| own == Some(next))
        })
    {
        return true;
    }
    // 1 2 3 … n under every column.
    count >= 3
        && numbers().zip(1..).all(|(column, number)| grid.whole(row, column) == Some(number))
        && texts().all(|column| {
            let text = grid.str(row, column);
            text.contains(['=', '＝']) || text.trim().chars().count() <= 2
        })
        || counts_columns(grid, row)
}

/// Whether years go up or down by the same step: 2019 2020 2021, 2010 2015 2020.
fn follow_each_other(years: impl Iterator<Item = u32>) -> bool {
    let years: Vec<i64> = years.map(i64::from).collect();
    let mut steps = years.windows(2).map(|pair| pair[1] - pair[0]);
    let first = steps.next().unwrap_or(0);
    first != 0 && steps.all(|step| step == first)
}

/// Whether the first row of figures below names a line left of a column, where this row has an empty corner, and states a figure in
/// the column. Between them may stand units and the name of a section: | 2019 | 2018, | $'000 | $'000, Equity: | |.
fn names_follow(grid: &Grid<'_>, row: usize, column: usize) -> bool {
    const BETWEEN: usize = 3;
    let has_figures = |row: &usize| grid.kinds(*row).iter().any(|kind| kind.is_figure());
    let reach = row + 1..grid.height().min(row + 2 + BETWEEN);
    reach.into_iter().find(has_figures).is_some_and(|below| {
        (0..column).any(|left| grid.kind(below, left) == CellKind::Text)
            && grid.kind(below, column).is_figure()
    })
}

/// ** 1 1 1 2 3 4: numbers of columns, where several are added into one, beside marks that are no words.
fn counts_columns(grid: &Grid<'_>, row: usize) -> bool {
    let mut last = 0;
    let mut count = 0;
    for column in grid.filled(row) {
        match grid.whole(row, column) {
            Some(number) if number == last || number == last + 1 => {
                last = number;
                count += 1;
            }
            Some(_) => return false,
            None => {
                let text = grid.text(row, column);
                if count > 0 || text.chars().any(char::is_alphanumeric) {
                    return false;
                }
            }
        }
    }
    // Three numbers of their own, and hardly a column without one: a line of figures seldom counts up so.
    last >= 3 && count >= 4 && count + 1 >= grid.filled(row).count()
}

fn is_year(grid: &Grid<'_>, row: usize, column: usize) -> bool {
    grid.whole(row, column).is_some_and(|year| (1950..=2100).contains(&year))
}

/// 栏次, 公式: heads the row that numbers the columns, or a column of formulas.
pub(super) fn numbers_columns(grid: &Grid<'_>, text: &str) -> bool {
    let list = &grid.words().numbering_rows;
    list.may_be(text) && list.may_be_in(text) && list.has(&words::key(text))
}

/// Whether a row says that it numbers the columns: 栏次, 1, 2; 公式, A=B+C. 公式 among names of columns (项目, 公式, 本级) heads a
/// column of formulas.
pub(super) fn is_numbering_row(grid: &Grid<'_>, row: usize) -> bool {
    let mut texts = grid
        .filled(row)
        .filter(|column| grid.kind(row, *column) == CellKind::Text)
        .map(|column| numbers(grid, row, column));
    let mut any = false;
    texts.all(|text| {
        any |= text == Numbers::Heads;
        text != Numbers::Names
    }) && any
}

/// What the text of a cell of text is to rows that number columns.
pub(super) fn numbers(grid: &Grid<'_>, row: usize, column: usize) -> Numbers {
    grid.numbering(row, column, |text| {
        let is_name = || {
            let plain = !text.contains(['=', '＝']) && !text.contains(|c: char| c.is_ascii_digit());
            plain && text.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()).count() >= 2
        };
        if numbers_columns(grid, text) {
            Numbers::Heads
        } else if is_name() {
            Numbers::Names
        } else {
            Numbers::Neither
        }
    })
}

/// Unit lines, who and when: 编制单位：… 单位：万元.
pub(super) fn is_meta(grid: &Grid<'_>, row: usize) -> bool {
    let kinds = grid.kinds(row);
    if kinds.iter().any(|kind| !matches!(kind, CellKind::Empty | CellKind::Text | CellKind::Date)) {
        return false;
    }
    let texts = || grid.filled(row).filter(|column| grid.kind(row, *column) == CellKind::Text);
    let meta = texts().filter(|column| is_meta_text(grid.words(), grid.str(row, *column))).count();
    meta > 0 && meta * 2 >= texts().count()
}

fn is_meta_text(known: &Words, text: &str) -> bool {
    let key = words::key(text);
    if known.declared_unit(text).is_some() {
        return key.chars().count() <= 60;
    }
    let Some((head, _)) = key.split_once(':') else { return false };
    known.meta_heads.end(head) && head.chars().count() <= 16
}

/// Notes, signatures: 注：… 填表人：…
pub(super) fn is_note(grid: &Grid<'_>, row: usize) -> bool {
    let Some(column) = grid.filled(row).next() else { return false };
    if grid.kind(row, column) != CellKind::Text {
        return false;
    }
    is_note_text(grid.words(), grid.str(row, column))
}

pub(super) fn is_note_text(known: &Words, text: &str) -> bool {
    let key = words::key(text);
    let key = key.trim_start_matches(['*', '※', '(', '【', '[']);
    known.notes.begin(key)
}

fn is_meta_or_title(grid: &Grid<'_>, row: usize) -> bool {
    is_meta(grid, row) || is_title(grid, row)
}

/// One text for the whole width, or one that names a table.
pub(super) fn is_title(grid: &Grid<'_>, row: usize) -> bool {
    let mut filled = grid.filled(row);
    let (Some(column), None) = (filled.next(), filled.next()) else { return false };
    if grid.kind(row, column) != CellKind::Text || is_note(grid, row) {
        return false;
    }
    let text = grid.text(row, column);
    let key = words::key(&text);
    let wide =
        grid.merge(row, column).is_some_and(|merge| merge.size().1 as usize >= grid.width().min(3));
    let known = grid.words();
    let named = (known.title_ends.end(&key)
        || known.table_titles.stand_in(&key)
        || known.title_begins.begin(&key))
        && key.chars().count() <= 50;
    wide && words::numbering(&text).is_none() || named
}

/// Where in the run `run..data` of rows without figures another table begins; `None` when the run belongs to the table.
fn next_table(grid: &Grid<'_>, region: &Region, run: usize, data: usize) -> Option<usize> {
    if run == data {
        return None;
    }
    let figure_columns = figure_columns(grid, region.body.start, run);
    let header: Vec<String> = region
        .header
        .clone()
        .flat_map(|row| grid.filled(row).map(move |column| (row, column)))
        .map(|(row, column)| words::key(&grid.text(row, column)).into_owned())
        .collect();
    let candidate = (run..data).find(|row| {
        let texts: Vec<usize> =
            grid.filled(*row).filter(|column| grid.kind(*row, *column) == CellKind::Text).collect();
        if texts.len() < 2 || is_meta(grid, *row) || is_note(grid, *row) || says_instead(grid, *row)
        {
            return false;
        }
        let over_figures = texts.iter().filter(|column| figure_columns.contains(column)).count();
        // Below a table of words no column says where figures were: a title behind a gap announces the next one.
        let anew = || {
            figure_columns.is_empty()
                && (run..*row).any(|above| is_title(grid, above) && grid.gap_above(above))
        };
        if over_figures == 0 && !anew() {
            return false;
        }
        let repeated = texts
            .iter()
            .filter(|column| header.contains(&words::key(&grid.text(*row, **column)).into_owned()))
            .count();
        // Figures above the header: sums that somebody keeps an eye on.
        let bare = region.header.is_empty()
            && run - region.body.start <= 2
            && texts.len() >= 3
            && grid.filled(*row).count() == texts.len();
        let announced = bare
            || (run..*row).any(|above| is_meta_or_title(grid, above))
            || (run..=*row).any(|above| grid.gap_above(above));
        announced
            || repeated * 2 >= texts.len()
            || heads_names(grid.words(), &grid.text(*row, texts[0]))
                && over_figures * 2 >= figure_columns.len()
    })?;
    // The same header again is a page break, unless a title or a unit line announces a table of its own.
    let same = !header.is_empty() && {
        let texts: Vec<String> = grid
            .filled(candidate)
            .map(|column| words::key(&grid.text(candidate, column)).into_owned())
            .collect();
        texts.iter().all(|text| header.contains(text))
    };
    let titled = (run..candidate).any(|row| {
        let first = grid.filled(row).next().unwrap_or(0);
        is_title(grid, row) && !grid.words().continued.stand_in(&words::key(&grid.text(row, first)))
    });
    if same && !titled && !(run..=candidate).any(|row| grid.gap_above(row)) {
        return None;
    }
    if same && !titled && !closes_with_total(grid, region, run) {
        return None;
    }
    // Notes and closing lines of the table above stay with it.
    let begin = (run..=candidate).find(|row| {
        *row == candidate
            || is_meta_or_title(grid, *row) && !is_note(grid, *row)
            || grid.gap_above(*row) && !is_note(grid, *row)
    });
    Some(begin.unwrap_or(candidate))
}

fn closes_with_total(grid: &Grid<'_>, region: &Region, end: usize) -> bool {
    (region.body.start..end).rev().take(2).any(|row| {
        grid.filled(row).any(|column| {
            grid.kind(row, column) == CellKind::Text
                && grid.words().total(&grid.text(row, column)).is_some()
        })
    })
}

/// Columns that mostly hold figures or dashes in the rows.
pub(super) fn figure_columns(grid: &Grid<'_>, from: usize, to: usize) -> Vec<usize> {
    (0..grid.width())
        .filter(|column| {
            let (mut figures, mut others) = (0_usize, 0_usize);
            for row in from..to {
                match grid.kind(row, *column) {
                    CellKind::Number | CellKind::Percent | CellKind::Error | CellKind::Dash => {
                        figures += 1;
                    }
                    CellKind::Text | CellKind::Date => others += 1,
                    CellKind::Empty => {}
                }
            }
            figures > 0 && figures * 2 > others * 3
        })
        .collect()
}

/// A sheet without figures that still is a table of words (a list of targets): a header and rows as wide.
fn text_table(grid: &Grid<'_>) -> Option<Region> {
    let header =
        (0..grid.height()).find(|row| grid.filled(*row).count() >= 2 && !is_meta(grid, *row))?;
    let below = (header + 1..grid.height()).filter(|row| grid.filled(*row).count() >= 2).count();
    (below >= 2).then(|| Region {
        preface: 0..header,
        header: header..header + 1,
        body: header + 1..grid.height(),
    })
}
