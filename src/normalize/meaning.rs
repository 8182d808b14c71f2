//! Gives titles, columns and lines their readings, and settles what only their neighbours decide.

use std::collections::{BTreeMap, HashMap};

use super::words;
use crate::lexicon::{List, Rulebook, Words};
use crate::model::{
    Beside, CellRef, Facet, Field, FieldRole, Funds, LineRole, Packet, ReadFrom, Reading, Sheet,
    Side, Stage, Sureness, Table, TotalWord, Value, words as labels,
};

/// Lines past which their labels are not read: a ledger's lines are entries, not quantities.
const LINES: usize = 20_000;

/// Bytes from which a label's reading is remembered.
const LONG: usize = 256;

/// Reads every table of the packet.
pub(super) fn read(rulebook: &Rulebook, packet: &mut Packet) {
    let mut tables = std::mem::take(&mut packet.tables);
    for table in &mut tables {
        let file = packet.files.get(table.file as usize).map_or("", |file| file.path.as_str());
        if let Some(sheet) = packet.sheet(table.file, table.sheet) {
            table.reading = title(rulebook, table, sheet, file);
            let kind = table.kind.as_deref().and_then(|id| rulebook.kind(id));
            table.reading.measure = kind.and_then(|kind| kind.measure).map(|value| Facet {
                value,
                source: ReadFrom::Title,
                sure: Sureness::Likely,
            });
            if let (None, Some(stage)) = (table.reading.stage, kind.and_then(|kind| kind.stage)) {
                let source = ReadFrom::Title;
                table.reading.stage = Some(Facet { value: stage, source, sure: Sureness::Guessed });
            }
            headers(rulebook, table);
            lines(rulebook, table, sheet);
            table.beside = beside(rulebook, table, sheet);
            table.project = table.project.take().or_else(|| project(rulebook, table, sheet));
        }
    }
    of_budget(&rulebook.words, &mut tables);
    packet.tables = tables;
}

/// Tables of money that say no stage, in a workbook whose other tables all state a budget, state it, too: 支出总表 beside
/// 收支总表 of 2024年预算.
fn of_budget(known: &Words, tables: &mut [Table]) {
    fn said(table: &Table) -> Option<bool> {
        let of_year = |year: Option<Facet<i32>>| {
            year.is_none_or(|year| table.year.is_none_or(|own| year.value == own))
        };
        let fields = table
            .fields
            .iter()
            .filter(|field| field.role == FieldRole::Amount && of_year(field.reading.year))
            .filter_map(|field| field.reading.stage);
        let lines = table.lines.iter().filter_map(|line| line.reading.as_deref()?.stage);
        let moves = |facet: &Facet<Stage>| {
            !matches!(facet.value, Stage::CarriedIn | Stage::CarriedOver)
                && facet.sure > Sureness::Guessed
        };
        let mut stages = fields.chain(lines).chain(table.reading.stage).filter(moves).peekable();
        stages.peek()?;
        Some(stages.all(|facet| matches!(facet.value, Stage::Budget | Stage::Initial)))
    }
    let facts: Vec<Option<bool>> = tables.iter().map(said).collect();
    // Of each file, whether some table states a budget, and whether one states anything else.
    let mut files: BTreeMap<u32, [bool; 2]> = BTreeMap::new();
    for (table, fact) in tables.iter().zip(&facts) {
        if let Some(budget) = fact {
            files.entry(table.file).or_default()[usize::from(!budget)] = true;
        }
    }
    for (table, fact) in tables.iter_mut().zip(facts) {
        if fact.is_none()
            && about_money(known, table.title.as_deref().unwrap_or_default(), &table.reading)
            && files.get(&table.file) == Some(&[true, false])
        {
            table.reading.stage = Some(Facet {
                value: Stage::Budget,
                source: ReadFrom::Neighbour,
                sure: Sureness::Guessed,
            });
        }
    }
}

/// Whether a title is of income, expenditure or a part of them.
fn about_money(known: &Words, title: &str, reading: &Reading) -> bool {
    reading.side.is_some()
        || reading.class.is_some()
        || reading.funds.is_some()
        || known.both_sides.stand_in(title)
}

/// What the title says, and the names of sheet and file where it does not.
fn title(rulebook: &Rulebook, table: &Table, sheet: &Sheet, file: &str) -> Reading {
    let (meanings, known) = (&rulebook.meanings, &rulebook.words);
    let own = table.title.as_deref().unwrap_or_default();
    let mut reading = words::read(meanings, own, ReadFrom::Title, table.year);
    for (name, source) in
        [(sheet.name.as_str(), ReadFrom::Sheet), (super::stem(file), ReadFrom::File)]
    {
        // A file that holds several tables says little of each.
        let other = words::read(meanings, name, source, table.year);
        let likely = |mut facet: Facet<_>| {
            facet.sure = facet.sure.min(Sureness::Likely);
            facet
        };
        if own.is_empty() && reading.stage.is_none() && other.stage.is_some() {
            reading.stage = other.stage.map(likely);
        }
        // 支出总表 in a workbook called 2022年部门预算
        if reading.stage.is_none()
            && about_money(known, own, &reading)
            && other
                .stage
                .is_some_and(|stage| matches!(stage.value, Stage::Budget | Stage::Initial))
        {
            reading.stage = other.stage.map(|facet| Facet { sure: Sureness::Guessed, ..facet });
        }
        if source == ReadFrom::Sheet || own.is_empty() {
            reading.class = reading.class.or(other.class);
            reading.funds = reading.funds.or(other.funds);
            reading.side = reading.side.or(other.side);
        }
    }
    // A title's year is the table's; a comparison's years are its columns'.
    reading.year =
        table.year.map(|value| Facet { value, source: ReadFrom::Title, sure: Sureness::Sure });
    reading.stage = reading.stage.and_then(|facet| of_title(known, facet, own, &sheet.name));
    reading
}

/// The stage of a table whose columns say none: 预算安排情况表 is the initial budget, 预算调整表 is of no one stage.
fn of_title(known: &Words, facet: Facet<Stage>, own: &str, sheet: &str) -> Option<Facet<Stage>> {
    let stage = match facet.value {
        Stage::Budget => Stage::Initial,
        // 支出明细表 lists what was spent, 支出预算表 does not come here; 支出总表 is either.
        Stage::Executed if facet.sure == Sureness::Guessed => {
            if !(known.listings.stand_in(own) || known.listings.stand_in(sheet)) {
                return None;
            }
            Stage::Executed
        }
        // 预算调整表, 收支结转情况表
        Stage::Adjustment | Stage::Adjusted if facet.sure != Sureness::Sure => return None,
        stage => stage,
    };
    Some(Facet { value: stage, sure: facet.sure.min(Sureness::Likely), ..facet })
}

fn headers(rulebook: &Rulebook, table: &mut Table) {
    let year = table.year;
    for field in &mut table.fields {
        field.reading = header(rulebook, field, year);
    }
    settle(table);
}

/// What a header says: its last words first, those above it where it says nothing of a facet.
fn header(rulebook: &Rulebook, field: &Field, year: Option<i32>) -> Reading {
    let meanings = &rulebook.meanings;
    let mut reading = Reading::default();
    for level in field.path.iter().rev() {
        let above = words::read(meanings, level, ReadFrom::Header, year);
        reading.measure = reading.measure.or(above.measure);
        reading.stage = match (reading.stage, above.stage) {
            // 年初预算 over 项目支出; 调整情况 over 年初 and 调整后.
            (None | Some(Facet { sure: Sureness::Guessed, .. }), Some(stage)) => Some(stage),
            // 预算数 under 年初 and 调整后.
            (Some(Facet { value: Stage::Budget, .. }), Some(stage))
                if matches!(stage.value, Stage::Initial | Stage::Adjusted) =>
            {
                Some(stage)
            }
            (own, _) => own,
        };
        reading.year = reading.year.or(above.year);
        reading.side = reading.side.or(above.side);
        reading.class = reading.class.or(above.class);
        reading.funds = match (reading.funds, above.funds) {
            (Some(a), Some(b)) => Some(Facet { value: a.value.and(b.value), ..a }),
            (a, b) => a.or(b),
        };
        reading.total |= above.total;
        if reading.name.is_empty() {
            reading.name = above.name;
        }
    }
    // 财政拨款 | 其他: money from elsewhere.
    if reading.funds.is_none() && rulebook.words.other_funds.has(&labels::key(&reading.name)) {
        let (source, sure) = (ReadFrom::Header, Sureness::Likely);
        reading.funds = Some(Facet { value: Funds::OTHER, source, sure });
    }
    if reading.measure.is_some_and(|facet| {
        !matches!(facet.value, crate::model::Measure::Balance | crate::model::Measure::Quantity)
    }) {
        reading.stage = None;
    }
    // 支出 over 项目 is a heading of one half of the table; 基本支出 says which part.
    if reading.stage.is_some_and(|stage| stage.sure == Sureness::Guessed) {
        reading.stage = None;
    }
    reading.year = reading.year.or(field.year.map(|value| Facet {
        value,
        source: ReadFrom::Header,
        sure: Sureness::Sure,
    }));
    reading
}

/// What only the columns beside one decide: 预算数 alone in a budget is the initial budget, beside 年初预算 the adjusted one.
fn settle(table: &mut Table) {
    let has = |stage: Stage| {
        table.fields.iter().any(|field| {
            field.role == FieldRole::Amount
                && field.reading.stage.is_some_and(|facet| facet.value == stage)
                && field.reading.year.is_none_or(|year| Some(year.value) == table.year)
        })
    };
    let (initial, adjusted) = (has(Stage::Initial), has(Stage::Adjusted));
    let executed = has(Stage::Executed);
    let moved = has(Stage::Increase) || has(Stage::Decrease) || has(Stage::Adjustment);
    // What is listed month by month was spent: a plan by months says that it is one.
    if table.has_months()
        && let Some(Facet { value: Stage::Executed, sure, .. }) = &mut table.reading.stage
    {
        *sure = (*sure).max(Sureness::Likely);
    }
    let budgeted = initial || adjusted || has(Stage::Budget);
    // 全年支出 beside 全年预算 is what was spent.
    let is_spent =
        |side: Option<Facet<Side>>| side.is_some_and(|side| side.value == Side::Expenditure);
    let table_side = table.reading.side;
    if budgeted && !executed {
        let spent = |field: &&mut Field| {
            let reading = &field.reading;
            field.role == FieldRole::Amount
                && reading.stage.is_none()
                && reading.measure.is_none()
                && reading.class.is_none()
                && reading.name.is_empty()
                && (is_spent(reading.side) || reading.total && is_spent(table_side))
        };
        for field in table.fields.iter_mut().filter(spent) {
            let (value, source) = (Stage::Executed, ReadFrom::Neighbour);
            field.reading.stage = Some(Facet { value, source, sure: Sureness::Guessed });
        }
    }
    let titled = table.reading.stage.map(|facet| facet.value);
    for field in &mut table.fields {
        let Some(facet) = &mut field.reading.stage else { continue };
        if facet.value != Stage::Budget {
            continue;
        }
        let settled = match (initial, adjusted) {
            (true, false) => Some((Stage::Adjusted, Sureness::Guessed)),
            (false, true) => Some((Stage::Initial, Sureness::Likely)),
            _ if moved => Some((Stage::Initial, Sureness::Guessed)),
            _ if titled == Some(Stage::Initial) && !executed => {
                Some((Stage::Initial, Sureness::Likely))
            }
            _ => None,
        };
        if let Some((value, sure)) = settled {
            *facet = Facet { value, source: ReadFrom::Neighbour, sure };
        }
    }
}

fn lines(rulebook: &Rulebook, table: &mut Table, sheet: &Sheet) {
    if table.lines.len() > LINES {
        return;
    }
    let meanings = &rulebook.meanings;
    let year = table.year;
    let beside: Vec<u32> = table
        .fields
        .iter()
        .filter(|field| matches!(field.role, FieldRole::Label | FieldRole::Text))
        .map(|field| field.column)
        .collect();
    let mut section: Option<Reading> = None;
    // What stands beside lines is the same in many of them.
    let mut known: HashMap<String, Reading> = HashMap::new();
    // Long labels take long to read, and are repeated where a sheet was made by copying.
    let mut long: HashMap<String, Reading> = HashMap::new();
    for at in 0..table.lines.len() {
        let line = &table.lines[at];
        let mut reading = if line.label.len() < LONG {
            label(rulebook, &line.label, year)
        } else if let Some(reading) = long.get(&line.label) {
            reading.clone()
        } else {
            let reading = label(rulebook, &line.label, year);
            long.insert(line.label.clone(), reading.clone());
            reading
        };
        if line.role == LineRole::Section {
            section = Some(reading.clone());
            table.lines[at].reading = Some(Box::new(reading));
            continue;
        }
        if !line.role.is_data() {
            continue;
        }
        if line.role == LineRole::Total {
            reading.total = true;
            section = section.filter(|_| line.total == Some(TotalWord::Subtotal));
        }
        let own = line.label_cell.map(|cell| cell.column);
        let cells = beside
            .iter()
            .filter(|column| Some(**column) != own)
            .filter_map(|column| over(sheet, line.row, *column));
        let mut above: Vec<Reading> = Vec::new();
        for (text, merged) in cells {
            if !known.contains_key(&text) {
                let said = words::read(meanings, &text, ReadFrom::Above, year);
                known.insert(text.clone(), said);
            }
            let said = &known[&text];
            if said.is_meaning_only() && (!said.total || said.stage.is_some()) {
                above.push(said.clone());
            } else if merged && reading.is_meaning_only() && !said.name.is_empty() {
                // Words of meaning in a name are part of it: 救灾物资采购.
                above.push(Reading { of: Some(text), ..Reading::default() });
            }
        }
        if let Some(parent) = line.parent
            && let Some(parent) = table.lines[parent as usize].reading.as_deref()
            && parent.name.is_empty()
        {
            above.push(parent.clone());
        }
        above.extend(section.clone());
        for said in &above {
            inherit(&mut reading, said);
        }
        table.lines[at].reading = Some(Box::new(reading));
    }
}

/// Lines past which a table is no form.
const FORM: usize = 60;

/// Figures outside the columns of money whose words stand left of them: 实际支出 | 4990.00 in the second half of a form.
fn beside(rulebook: &Rulebook, table: &Table, sheet: &Sheet) -> Vec<Beside> {
    let mut found = Vec::new();
    if table.lines.len() > FORM {
        return found;
    }
    let data = table.lines.iter().enumerate().filter(|(_, line)| line.role.is_data());
    for (at, line) in data {
        for field in table.fields.iter().filter(|field| field.role != FieldRole::Amount) {
            let (row, column) = (line.row, field.column);
            let left = column.checked_sub(1).filter(|left| table.field_at(*left).is_some());
            let is_number = matches!(sheet.value(CellRef::new(row, column)), Value::Number(_));
            let Some(text) = left.filter(|_| is_number).and_then(|left| over(sheet, row, left))
            else {
                continue;
            };
            let reading = label(rulebook, &text.0, table.year);
            let staged = reading.stage.is_some_and(|stage| stage.sure > Sureness::Guessed);
            if reading.is_meaning_only() && staged && reading.measure.is_none() {
                found.push(Beside { line: at as u32, column, reading });
            }
        }
    }
    found
}

/// What the label of a line says. Words of meaning in a thing's name are part of the name (计划生育扶助, 供热补贴追加), unless the
/// label ends as a measure does: 2020年发行预计执行数.
fn label(rulebook: &Rulebook, text: &str, year: Option<i32>) -> Reading {
    let reading = words::read(&rulebook.meanings, text, ReadFrom::Line, year);
    let measured = || {
        let key = labels::key(text);
        let stage = reading.stage.is_some_and(|stage| stage.sure == Sureness::Sure);
        stage && rulebook.words.measure_ends.end(&key)
    };
    if reading.name.is_empty() {
        reading
    } else if let Some(plain) = without_brackets(text)
        .map(|plain| words::read(&rulebook.meanings, &plain, ReadFrom::Line, year))
        .filter(Reading::is_meaning_only)
    {
        // 执行中追加预算（含上级转移支付）
        plain
    } else if measured() {
        Reading { class: None, funds: None, ..reading }
    } else {
        Reading { name: reading.name, total: reading.total, ..Reading::default() }
    }
}

/// A label without what stands in brackets behind it, where something does.
fn without_brackets(text: &str) -> Option<String> {
    let text = text.trim();
    let end = text.strip_suffix(['）', ')'])?;
    let start = end.rfind(['（', '('])?;
    let plain = end[..start].trim();
    (!plain.is_empty()).then(|| plain.to_owned())
}

/// Facets that a line has from what stands over it.
fn inherit(reading: &mut Reading, above: &Reading) {
    fn lifted<T: Copy>(own: Option<Facet<T>>, above: Option<Facet<T>>) -> Option<Facet<T>> {
        own.or(above.map(|facet| Facet { source: ReadFrom::Above, ..facet }))
    }
    reading.stage = match (reading.stage, above.stage) {
        (Some(Facet { sure: Sureness::Guessed, .. }) | None, Some(stage)) => {
            Some(Facet { source: ReadFrom::Above, ..stage })
        }
        (own, _) => own,
    };
    reading.class = lifted(reading.class, above.class);
    reading.funds = lifted(reading.funds, above.funds);
    reading.year = lifted(reading.year, above.year);
    reading.side = lifted(reading.side, above.side);
    if reading.of.is_none() {
        reading.of.clone_from(&above.of);
    }
}

/// The text of a cell, or of the cell merged over it; and whether it spans several lines.
fn over(sheet: &Sheet, row: u32, column: u32) -> Option<(String, bool)> {
    let cell = CellRef::new(row, column);
    let merge = sheet.merge_over(cell);
    let start = merge.map_or(cell, |merge| merge.start);
    let spans = merge.is_some_and(|merge| merge.end.row > merge.start.row);
    let text = sheet.text(start)?.trim().to_owned();
    (!text.is_empty() && text.chars().count() <= 40).then_some((text, spans))
}

/// Whether a cell is the header of a column of names, which stand below it and not beside. In a form the name is merged over
/// all that is left of the row.
fn heads_names(heads: &List, table: &Table, row: u32, column: u32) -> bool {
    let mut others = table
        .fields
        .iter()
        .filter(|field| field.column != column)
        .map(|field| field.path.last().map(String::as_str));
    if let Some(first) = others.next()
        && table.fields.len() > 2
        && others.all(|other| other == first)
    {
        return false;
    }
    let within = table.header.is_some_and(|(first, last)| (first..=last).contains(&row));
    let of_words = |field: &Field| {
        matches!(field.role, FieldRole::Label | FieldRole::Text)
            && field.path.last().is_some_and(|last| heads.has(&labels::key(last)))
    };
    within && table.field_at(column).is_some_and(of_words)
}

/// 项目名称 in a form above the table: 义务教育学校校舍维修改造.
fn project(rulebook: &Rulebook, table: &Table, sheet: &Sheet) -> Option<String> {
    let heads = &rulebook.words.project_heads;
    let form =
        table.range.start.row..=table.header.map_or(table.range.start.row, |(first, _)| first);
    for row in form {
        for column in table.range.start.column..=table.range.end.column {
            let Some(text) = sheet.text(CellRef::new(row, column)) else { continue };
            let key = labels::key(text);
            let behind =
                heads.iter().find_map(|head| key.strip_prefix(head.as_str())?.strip_prefix(':'));
            if let Some(name) = behind.filter(|name| name.chars().count() >= 3) {
                return Some(name.to_owned());
            }
            if !heads.has(&key) || heads_names(heads, table, row, column) {
                continue;
            }
            let next = (column + 1..=table.range.end.column)
                .find_map(|column| sheet.text(CellRef::new(row, column)))
                .filter(|text| text.trim().chars().count() >= 3)?;
            // A header of names has names below it, not beside.
            let reading = words::read(&rulebook.meanings, next, ReadFrom::Line, None);
            if !reading.name.is_empty() {
                return Some(next.trim().to_owned());
            }
        }
    }
    None
}
