//! Sheet → tables: regions, titles, units, header trees, row trees, what each row and column is.
//!
//! Nothing here looks at whether figures agree: words, places and forms only. What the numbers have to say about the row
//! tree comes later, in `relate`.

mod columns;
mod grid;
mod lines;
mod regions;

use crate::lexicon::{Rulebook, Words};
use crate::model::words;
use crate::model::{CellRef, Field, FieldRole, Range, Table, Workbook};
use crate::number::Unit;
use grid::{CellKind, Grid};
use regions::Region;

/// Recognizes the tables of one sheet. Ids and the file index are set by the pipeline.
///
/// In `headers` a person says which rows are a table's header: a cell of the table, its header's first and last row.
pub fn recognize(
    rulebook: &Rulebook,
    workbook: &Workbook,
    sheet: u32,
    headers: &[(CellRef, (u32, u32))],
) -> Vec<Table> {
    let Some(content) = workbook.sheets.get(sheet as usize) else { return Vec::new() };
    let grid = Grid::new(rulebook, workbook, content);
    if grid.height() == 0 || grid.width() == 0 {
        return Vec::new();
    }
    let mut tables = Vec::new();
    let mut regions = regions::regions(&grid);
    for (cell, header) in headers {
        set_header(&grid, &mut regions, *cell, *header);
    }
    for region in regions {
        for fields in columns::blocks(&grid, &region) {
            let lines = lines::lines(&grid, &region, &fields);
            if !lines.iter().any(|line| line.role.is_data()) {
                continue;
            }
            tables.push(table(&grid, &region, sheet, fields, lines));
        }
    }
    inherit(&mut tables);
    tables
}

/// Moves the bounds of the region around `cell` so that its header is rows `first` to `last` of the sheet.
///
/// Rows that leave no line for the body are no header, and change nothing.
fn set_header(grid: &Grid<'_>, regions: &mut [Region], cell: CellRef, (first, last): (u32, u32)) {
    let whole = |region: &Region| region.preface.start.min(region.header.start)..region.body.end;
    let holds = |region: &&mut Region| whole(region).any(|at| grid.rows[at] == cell.row);
    let Some(region) = regions.iter_mut().find(holds) else { return };
    let all = whole(region);
    let start = all.clone().find(|at| grid.rows[*at] >= first).unwrap_or(all.end);
    let end = all.clone().find(|at| grid.rows[*at] > last).unwrap_or(all.end);
    if start < end && end < all.end {
        *region = Region { preface: all.start..start, header: start..end, body: end..all.end };
    }
}

fn table(
    grid: &Grid<'_>,
    region: &Region,
    sheet: u32,
    fields: Vec<crate::model::Field>,
    lines: Vec<crate::model::Line>,
) -> Table {
    let left = fields.first().map_or(0, |field| field.column);
    let right = fields.last().map_or(0, |field| field.column);
    let top = grid.rows[region.preface.start.min(region.header.start).min(region.body.start)];
    let bottom = lines.last().map_or(top, |line| line.row);
    let header = (!region.header.is_empty())
        .then(|| (grid.rows[region.header.start], grid.rows[region.header.end - 1]));
    let (unit, unit_cell) =
        unit(grid, region).map_or((None, None), |(unit, cell)| (Some(unit), Some(cell)));
    let mut table = Table {
        id: 0,
        file: 0,
        sheet,
        range: Range::new(CellRef::new(top, left), CellRef::new(bottom, right)),
        title: title(grid, region),
        header,
        unit,
        unit_cell,
        year: None,
        entity: entity(grid, region),
        kind: None,
        fields,
        lines,
        evidence: Vec::new(),
        ..Table::default()
    };
    // Headers that all name one unit name the table's.
    if table.unit.is_none() {
        let mut units = table
            .fields
            .iter()
            .filter_map(|field| field.unit.as_ref())
            .filter(|unit| unit.is_money());
        let first = units.next().cloned();
        if units.all(|unit| Some(unit) == first.as_ref()) {
            table.unit = first;
        }
    }
    table.year = preface_texts(grid, region).find_map(|text| words::year(&text));
    if table.unit.is_none()
        && let Some(unit) =
            preface_texts(grid, region).find_map(|text| grid.words().declared_measure(&text))
    {
        count(grid.words(), &unit, &mut table.fields);
    }
    table
}

/// Makes columns that say no unit count what their table says: 单位：人.
fn count(known: &Words, unit: &Unit, fields: &mut [Field]) {
    for field in fields {
        let money = field.path.iter().any(|text| known.money_headers.stand_in(&words::key(text)));
        let counts = matches!(field.role, FieldRole::Amount | FieldRole::Quantity);
        if counts && field.unit.is_none() && !money {
            field.role = FieldRole::Quantity;
            field.unit = Some(unit.clone());
            field.says = known.header(&field.path, &unit.to_string());
        }
    }
}

fn preface_texts<'a>(grid: &'a Grid<'_>, region: &Region) -> impl Iterator<Item = String> + 'a {
    region
        .preface
        .clone()
        .flat_map(move |row| grid.filled(row).map(move |column| grid.text(row, column)))
}

/// The unit line of the preface, the header, or the first rows below it.
fn unit(grid: &Grid<'_>, region: &Region) -> Option<(Unit, CellRef)> {
    let rows = region
        .preface
        .clone()
        .rev()
        .chain(region.header.clone())
        .chain(region.body.clone().take(1))
        .chain(region.body.clone().rev().take(3));
    for row in rows {
        for column in grid.filled(row) {
            if grid.kind(row, column) == CellKind::Text {
                let text = grid.text(row, column);
                let unit = grid.words().declared_unit(&text).or_else(|| {
                    region
                        .preface
                        .contains(&row)
                        .then(|| grid.words().bracketed_unit(&text))
                        .flatten()
                        .filter(Unit::is_money)
                });
                if let Some(unit) = unit {
                    // A header's own 单位 belongs to its column, which has it already.
                    if !region.header.contains(&row)
                        || grid.words().unit_heads.stand_in(&text)
                            && !text.contains('(')
                            && !text.contains('（')
                    {
                        return Some((unit, grid.cell(row, column)));
                    }
                }
            }
        }
    }
    None
}

/// The longest text above the header that is no unit line, one that names a table before others.
fn title(grid: &Grid<'_>, region: &Region) -> Option<String> {
    let clean = |text: String| words::in_one_piece(&text);
    region
        .preface
        .clone()
        .filter(|row| !regions::is_note(grid, *row))
        .flat_map(|row| {
            // 表二 支出明细表 | | 单位：万元: a title beside the unit is one, another word there is not.
            let meta = regions::is_meta(grid, row);
            let texts = grid.filled(row).map(move |column| clean(grid.text(row, column)));
            texts.filter(move |text| !meta || names_a_table(grid.words(), text))
        })
        .filter(|text| text.chars().count() >= 3)
        .max_by_key(|text| {
            let named = grid.words().table_names.stand_in(&words::key(text));
            let long = text.chars().count() > 4 || grid.words().title_ends.end(text);
            (named && long && !is_form_number(grid.words(), text), text.chars().count())
        })
}

/// Whether a text of a unit line is the title beside it: 表二 支出明细表.
fn names_a_table(known: &Words, text: &str) -> bool {
    let plain = !text.contains([':', '：'])
        && !known.not_titles.stand_in(text)
        && known.declared_unit(text).is_none();
    plain && text.chars().count() > 4 && known.title_ends.end(text) && !is_form_number(known, text)
}

/// 公开02表, 附表3, 预算01表, 表一: the number of a form, which says nothing of what it holds.
fn is_form_number(known: &Words, text: &str) -> bool {
    let key = words::key(text);
    let numeral = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
    let head = known.title_ends.iter().find_map(|end| key.strip_suffix(end.as_str()));
    let head = head.unwrap_or(&key);
    head.ends_with(numeral) && head.trim_end_matches(numeral).chars().count() <= 5
}

/// 编制单位：某局.
fn entity(grid: &Grid<'_>, region: &Region) -> Option<String> {
    for row in region.preface.clone() {
        for column in grid.filled(row) {
            let text = grid.text(row, column);
            let Some((head, tail)) = text.split_once(['：', ':']) else { continue };
            let head = words::key(head);
            if !grid.words().entity_heads.end(&head) || grid.words().entity_not.stand_in(&head) {
                continue;
            }
            let units = grid.words().unit_heads.iter();
            let end = units.filter_map(|head| tail.find(head.as_str())).min();
            let tail = &tail[..end.unwrap_or(tail.len())];
            let name = tail.split_whitespace().next().unwrap_or_default();
            if name.chars().count() >= 3
                && grid.words().declared_unit(&text).is_none_or(|_| {
                    grid.words().unit_heads.iter().all(|unit| head.len() > unit.len())
                })
                && Unit::parse(name).is_none()
            {
                return Some(name.to_owned());
            }
        }
    }
    None
}

/// Tables stacked or side by side share a unit and a year that only the first one states.
fn inherit(tables: &mut [Table]) {
    for at in 1..tables.len() {
        let (before, rest) = tables.split_at_mut(at);
        let (above, table) = (&before[at - 1], &mut rest[0]);
        if table.unit.is_none()
            && table.fields.iter().all(|field| !field.unit.as_ref().is_some_and(Unit::is_money))
        {
            (table.unit, table.unit_cell) = (above.unit.clone(), above.unit_cell);
        }
        table.year = table.year.or(above.year);
        if table.entity.is_none() {
            table.entity.clone_from(&above.entity);
        }
    }
}
