//! What the program sees in a file: sheets and what is hidden on them, tables, what each row and column was taken for
//! and why, and every relation with its evidence.
//!
//! For people who wonder why a figure was, or was not, checked; and for those who teach the recognizer.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;

use super::clean;
use crate::model::{
    CellRef, Field, Language, Line, Operation, Origin, Place, Relation, Report, Severity, Shape,
    Sheet, Stage, Status, Table, Verdict, Visibility, Workbook, evaluate, many,
};

/// More rows of a table than this are left out of the text, never out of the JSON.
const ROWS: usize = 300;

/// What is seen in all files of a report.
#[derive(Serialize)]
pub struct Inspection {
    files: Vec<FileSeen>,
    relations: Vec<RelationSeen>,
}

#[derive(Serialize)]
struct FileSeen {
    id: u32,
    path: String,
    format: &'static str,
    sha256: Option<String>,
    status: Status,
    error: Option<String>,
    remarks: Vec<String>,
    date_1904: bool,
    precision_as_displayed: bool,
    external_links: Vec<String>,
    names: Vec<NameSeen>,
    refused_sheets: Vec<String>,
    sheets: Vec<SheetSeen>,
}

#[derive(Serialize)]
struct NameSeen {
    name: String,
    formula: String,
    hidden: bool,
}

#[derive(Serialize)]
struct SheetSeen {
    name: String,
    visibility: &'static str,
    used: Option<String>,
    cells: usize,
    formulas: usize,
    formulas_without_value: usize,
    merges: Vec<String>,
    hidden_rows: String,
    hidden_columns: String,
    notes: usize,
    protected: bool,
    filter: Option<String>,
    tables: Vec<TableSeen>,
}

#[derive(Serialize)]
struct TableSeen {
    id: u32,
    range: String,
    title: Option<String>,
    header: Option<String>,
    kind: Option<String>,
    unit: Option<String>,
    unit_cell: Option<String>,
    year: Option<i32>,
    entity: Option<String>,
    evidence: Vec<String>,
    fields: Vec<FieldSeen>,
    lines: Vec<LineSeen>,
}

#[derive(Serialize)]
struct FieldSeen {
    column: String,
    label: String,
    path: Vec<String>,
    role: &'static str,
    unit: Option<String>,
    decimals: u32,
    id: Option<String>,
    stage: Option<&'static str>,
    year: Option<i32>,
}

#[derive(Serialize)]
struct LineSeen {
    row: u32,
    label: String,
    code: Option<String>,
    role: &'static str,
    level: u16,
    parent: Option<u32>,
}

#[derive(Serialize)]
struct RelationSeen {
    rule: String,
    severity: Severity,
    origin: Origin,
    evidence: Vec<Origin>,
    operation: Operation,
    /// In words: `固定资产情况表.xlsx › 固定资产情况表: 5 = 6 + 13`.
    says: String,
    /// In how many instances the numbers held when it was proposed, and in how many they could be tried.
    support: (u32, u32),
    reason: Option<String>,
    first_check: u64,
    checks: usize,
    holds: u64,
    rounding: u64,
    fails: u64,
    unverifiable: u64,
    not_applicable: u64,
}

/// Gathers what is seen.
pub fn inspect(report: &Report, language: Language) -> Inspection {
    Inspection {
        files: (0..report.packet.files.len()).map(|id| file(report, id, language)).collect(),
        relations: report.relations.iter().map(|one| relation(report, one, language)).collect(),
    }
}

/// Writes it as JSON.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_json(inspection: &Inspection, out: &mut impl io::Write) -> io::Result<()> {
    clean::write_json(inspection, out)?;
    out.write_all(b"\n")
}

/// Writes it for people.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_text(
    inspection: &Inspection,
    language: Language,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let words = Words(language);
    for file in &inspection.files {
        out.write_all(words.file(file).as_bytes())?;
    }
    let heading = words.say("关系", "Relations");
    writeln!(out, "{heading} ({})", inspection.relations.len())?;
    for relation in &inspection.relations {
        out.write_all(words.relation(relation).as_bytes())?;
    }
    Ok(())
}

fn file(report: &Report, id: usize, language: Language) -> FileSeen {
    let file = &report.packet.files[id];
    let book = file.workbook.as_ref();
    FileSeen {
        id: id as u32,
        path: file.path.clone(),
        format: file.format.name(),
        sha256: (!file.sha256.is_empty()).then(|| file.sha256.clone()),
        status: file.status,
        error: file.error.as_ref().map(|error| error.message.get(language).to_owned()),
        remarks: book.map_or(vec![], |book| {
            book.remarks.iter().map(|remark| remark.get(language).to_owned()).collect()
        }),
        date_1904: book.is_some_and(|book| book.date_1904),
        precision_as_displayed: book.is_some_and(|book| book.precision_as_displayed),
        external_links: book.map_or(vec![], |book| book.external_links.clone()),
        names: book.map_or(vec![], names),
        refused_sheets: book.map_or(vec![], |book| {
            let refused = book.refused_sheets.iter();
            refused
                .map(|one| format!("{}: {}", one.name, one.error.message.get(language)))
                .collect()
        }),
        sheets: book.map_or(vec![], |book| {
            let sheets = book.sheets.iter().enumerate();
            sheets.map(|(at, one)| sheet(report, (id as u32, at as u32), one)).collect()
        }),
    }
}

fn names(book: &Workbook) -> Vec<NameSeen> {
    let names = book.names.iter();
    names
        .map(|one| NameSeen {
            name: one.name.clone(),
            formula: one.formula.clone(),
            hidden: one.hidden,
        })
        .collect()
}

fn sheet(report: &Report, (file, at): (u32, u32), sheet: &Sheet) -> SheetSeen {
    let rows: Vec<u32> =
        sheet.rows.iter().filter(|(_, one)| one.hidden).map(|(row, _)| row + 1).collect();
    let columns: Vec<u32> =
        sheet.columns.iter().filter(|(_, one)| one.hidden).map(|(column, _)| *column).collect();
    SheetSeen {
        name: sheet.name.clone(),
        visibility: match sheet.visibility {
            Visibility::Visible => "visible",
            Visibility::Hidden => "hidden",
            Visibility::VeryHidden => "very_hidden",
        },
        used: sheet.used().map(|range| range.to_string()),
        cells: sheet.cell_count(),
        formulas: sheet.formulas.len(),
        formulas_without_value: sheet.formulas.iter().filter(|(_, one)| !one.cached).count(),
        merges: sheet.merges.iter().map(ToString::to_string).collect(),
        hidden_rows: spans(&rows, |row| row.to_string()),
        hidden_columns: spans(&columns, CellRef::column_letters),
        notes: sheet.notes.len(),
        protected: sheet.protected,
        filter: sheet.filter.map(|range| range.to_string()),
        tables: report
            .packet
            .tables
            .iter()
            .filter(|table| (table.file, table.sheet) == (file, at))
            .map(table)
            .collect(),
    }
}

fn table(table: &Table) -> TableSeen {
    TableSeen {
        id: table.id,
        range: table.range.to_string(),
        title: table.title.clone(),
        header: table.header.map(|(first, last)| format!("{}:{}", first + 1, last + 1)),
        kind: table.kind.clone(),
        unit: table.unit.as_ref().map(ToString::to_string),
        unit_cell: table.unit_cell.map(|cell| cell.to_string()),
        year: table.year,
        entity: table.entity.clone(),
        evidence: table.evidence.clone(),
        fields: table.fields.iter().map(field).collect(),
        lines: table.lines.iter().map(line).collect(),
    }
}

fn field(field: &Field) -> FieldSeen {
    FieldSeen {
        column: CellRef::column_letters(field.column),
        label: field.label.clone(),
        path: field.path.clone(),
        role: field.role.name(),
        unit: field.unit.as_ref().map(ToString::to_string),
        decimals: field.decimals,
        id: field.id.clone(),
        stage: field.stage.map(|stage| match stage {
            Stage::Initial => "initial",
            Stage::Adjustment => "adjustment",
            Stage::Increase => "increase",
            Stage::Decrease => "decrease",
            Stage::CarriedIn => "carried_in",
            Stage::Budget => "budget",
            Stage::Adjusted => "adjusted",
            Stage::Executed => "executed",
            Stage::CarriedOver => "carried_over",
        }),
        year: field.year,
    }
}

fn line(line: &Line) -> LineSeen {
    LineSeen {
        row: line.row + 1,
        label: line.label.clone(),
        code: line.code.clone(),
        role: line.role.name(),
        level: line.level,
        parent: line.parent,
    }
}

fn relation(report: &Report, relation: &Relation, language: Language) -> RelationSeen {
    let mut counts = crate::model::Summary::default();
    for ordinal in 0..relation.check_count() {
        counts.count(evaluate(&report.packet, relation, ordinal).verdict);
    }
    RelationSeen {
        rule: relation.rule.clone(),
        severity: relation.severity,
        origin: relation.evidence.strongest(),
        evidence: relation.evidence.iter().collect(),
        operation: relation.operation,
        says: says(report, relation),
        support: relation.support,
        reason: relation.reason.as_ref().map(|reason| reason.get(language).to_owned()),
        first_check: relation.first_check,
        checks: relation.check_count(),
        holds: counts.holds,
        rounding: counts.rounding,
        fails: counts.fails,
        unverifiable: counts.unverifiable,
        not_applicable: counts.not_applicable,
    }
}

/// The relation as an equation of rows, of columns or of cells.
fn says(report: &Report, relation: &Relation) -> String {
    let packet = &report.packet;
    let on = |table: u32| {
        let (file, sheet) = packet.place_of(table);
        let place = Place { file, sheet, cell: CellRef::default() };
        let path = &packet.files[file as usize].path;
        packet.sheet_name(place).map_or_else(|| path.clone(), |name| format!("{path} › {name}"))
    };
    match &relation.shape {
        Shape::Lines { table, target, terms, columns } => {
            let row = |row: u32| {
                let known = packet.tables.get(*table as usize);
                let label = known.and_then(|table| table.line_at(row)).map(|line| &line.label);
                format!("{} {}", row + 1, label.map_or("", String::as_str)).trim_end().to_owned()
            };
            let equation = equation(relation.operation, &row(*target), terms, row);
            let columns = spans(columns, CellRef::column_letters);
            format!("{}: {equation}  [{columns}]", on(*table))
        }
        Shape::Fields { table, target, terms, rows } => {
            let column = |column: u32| {
                let known = packet.tables.get(*table as usize);
                let label = known.and_then(|t| t.field_at(column)).map(|field| &field.label);
                let letters = CellRef::column_letters(column);
                format!("{letters} {}", label.map_or("", String::as_str)).trim_end().to_owned()
            };
            let equation = equation(relation.operation, &column(*target), terms, column);
            let rows: Vec<u32> = rows.iter().map(|row| row + 1).collect();
            format!("{}: {equation}  [{}]", on(*table), spans(&rows, |row| row.to_string()))
        }
        Shape::Cells { target, terms } => {
            let cell = |at: u32| {
                let operand = if at == 0 { target } else { &terms[at as usize - 1] };
                let label = packet.shown_label(operand.place, operand.table);
                let place = operand.table.map(on).unwrap_or_default();
                format!("{place} › {} {label}", operand.place.cell).trim_end().to_owned()
            };
            let numbered: Vec<(u32, i32)> = terms
                .iter()
                .enumerate()
                .map(|(at, one)| (at as u32 + 1, one.coefficient))
                .collect();
            equation(relation.operation, &cell(0), &numbered, cell)
        }
    }
}

fn equation(
    operation: Operation,
    target: &str,
    terms: &[(u32, i32)],
    name: impl Fn(u32) -> String,
) -> String {
    let names: Vec<String> = terms.iter().map(|(at, _)| name(*at)).collect();
    match operation {
        Operation::Sum | Operation::AtMost | Operation::Equal => {
            let sign = if operation == Operation::AtMost { "≤" } else { "=" };
            let mut text = format!("{target} {sign}");
            for (at, ((_, coefficient), name)) in terms.iter().zip(&names).enumerate() {
                let plus = match (*coefficient < 0, at) {
                    (true, _) => " -",
                    (false, 0) => "",
                    (false, _) => " +",
                };
                let times = match coefficient.abs() {
                    1 => String::new(),
                    times => format!(" {times} ×"),
                };
                let _ = write!(text, "{plus}{times} {name}");
            }
            text
        }
        Operation::Ratio => format!("{target} = {}", names.join(" ÷ ")),
        Operation::Product => format!("{target} = {}", names.join(" × ")),
        Operation::Average => format!("{target} = mean({})", names.join(", ")),
        Operation::RelativeChange => match names.as_slice() {
            [before, after] => format!("{target} = ({after} - {before}) ÷ {before}"),
            _ => format!("{target} = change({})", names.join(", ")),
        },
    }
}

/// 3, 5–7, 9
fn spans(numbers: &[u32], name: impl Fn(u32) -> String) -> String {
    let mut parts: Vec<(u32, u32)> = Vec::new();
    for &number in numbers {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => parts.push((number, number)),
        }
    }
    let named = parts.iter().map(|(first, last)| {
        if first == last { name(*first) } else { format!("{}–{}", name(*first), name(*last)) }
    });
    named.collect::<Vec<_>>().join(", ")
}

/// The words around the facts.
struct Words(Language);

impl Words {
    fn say<T>(&self, zh: T, en: T) -> T {
        match self.0 {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    fn file(&self, file: &FileSeen) -> String {
        let mut text = format!("{}  {}", file.path, file.format);
        if let Some(sha256) = &file.sha256 {
            let _ = write!(text, "  SHA-256 {sha256}");
        }
        text.push('\n');
        let mut item = |label: &str, what: &str| {
            if !what.is_empty() {
                let _ = writeln!(text, "  {label} {what}");
            }
        };
        item(self.say("未读", "refused"), file.error.as_deref().unwrap_or_default());
        for remark in &file.remarks {
            item(self.say("说明", "note"), remark);
        }
        for refused in &file.refused_sheets {
            item(self.say("未读工作表", "refused sheet"), refused);
        }
        item(self.say("外部链接", "external links"), &file.external_links.join(", "));
        if file.date_1904 {
            item(self.say("日期", "dates"), "1904");
        }
        if file.precision_as_displayed {
            item(self.say("精度", "precision"), self.say("以显示精度为准", "as displayed"));
        }
        for name in &file.names {
            let hidden = if name.hidden { self.say("（隐藏）", " (hidden)") } else { "" };
            let says = format!("{} = {}{hidden}", name.name, name.formula);
            item(self.say("名称", "name"), &says);
        }
        for sheet in &file.sheets {
            text.push_str(&self.sheet(sheet));
        }
        text.push('\n');
        text
    }

    fn sheet(&self, sheet: &SheetSeen) -> String {
        let mut facts =
            vec![self.say(format!("{} 个单元格", sheet.cells), many(sheet.cells, "cell"))];
        let mut fact = |count: usize, zh: &str, en: &str| {
            if count > 0 {
                facts.push(self.say(format!("{zh} {count}"), format!("{count} {en}")));
            }
        };
        fact(sheet.formulas, "公式", "formulas");
        fact(sheet.formulas_without_value, "无存储值的公式", "formulas without a value");
        fact(sheet.merges.len(), "合并", "merges");
        fact(sheet.notes, "批注", "notes");
        let mut other = |shown: bool, zh: String, en: String| {
            if shown {
                facts.push(self.say(zh, en));
            }
        };
        let visibility = sheet.visibility;
        other(visibility != "visible", "隐藏".into(), visibility.replace('_', " "));
        other(sheet.protected, "受保护".into(), "protected".into());
        let filter = sheet.filter.clone().unwrap_or_default();
        other(sheet.filter.is_some(), format!("筛选 {filter}"), format!("filter {filter}"));
        let (rows, columns) = (&sheet.hidden_rows, &sheet.hidden_columns);
        other(!rows.is_empty(), format!("隐藏行 {rows}"), format!("hidden rows {rows}"));
        other(
            !columns.is_empty(),
            format!("隐藏列 {columns}"),
            format!("hidden columns {columns}"),
        );
        let mut text = format!(
            "  {} {}  {}  {}\n",
            self.say("工作表", "Sheet"),
            sheet.name,
            sheet.used.as_deref().unwrap_or("-"),
            facts.join(self.say("，", ", "))
        );
        for table in &sheet.tables {
            text.push_str(&self.table(table));
        }
        text
    }

    fn table(&self, table: &TableSeen) -> String {
        let mut facts = vec![table.range.clone()];
        let mut fact = |zh: &str, en: &str, value: Option<String>| {
            if let Some(value) = value {
                facts.push(format!("{} {value}", self.say(zh, en)));
            }
        };
        fact("标题", "title", table.title.clone());
        fact("表头", "header", table.header.clone());
        fact("种类", "kind", table.kind.clone());
        let at = table.unit_cell.as_ref().map_or(String::new(), |cell| format!("({cell})"));
        fact("单位", "unit", table.unit.as_ref().map(|unit| format!("{unit}{at}")));
        fact("年度", "year", table.year.map(|year| year.to_string()));
        fact("单位名称", "entity", table.entity.clone());
        let mut text =
            format!("    {} {}  {}\n", self.say("表", "Table"), table.id, facts.join("  "));
        for evidence in &table.evidence {
            let _ = writeln!(text, "      {} {evidence}", self.say("依据", "because"));
        }
        for field in &table.fields {
            let _ = write!(
                text,
                "      {:>3}  {:<8}  {}",
                field.column,
                field.role,
                field.path.join(" / ")
            );
            for fact in [
                field.id.clone(),
                field.unit.clone(),
                field.stage.map(str::to_owned),
                field.year.map(|year| year.to_string()),
            ]
            .into_iter()
            .flatten()
            {
                let _ = write!(text, "  {fact}");
            }
            text.push('\n');
        }
        for line in table.lines.iter().take(ROWS) {
            let indent = "  ".repeat(usize::from(line.level));
            let code = line.code.as_deref().map_or(String::new(), |code| format!("  {code}"));
            let _ = writeln!(
                text,
                "      {:>3}  {:<8}  {indent}{}{code}",
                line.row, line.role, line.label
            );
        }
        if table.lines.len() > ROWS {
            let more = table.lines.len() - ROWS;
            let _ = writeln!(
                text,
                "      …  {}",
                self.say(format!("另有 {more} 行"), many(more, "more row"))
            );
        }
        text
    }

    fn relation(&self, relation: &RelationSeen) -> String {
        let evidence: Vec<&str> = relation.evidence.iter().map(|one| origin(*one)).collect();
        let counts: Vec<String> = [
            (Verdict::Holds, relation.holds),
            (Verdict::Rounding, relation.rounding),
            (Verdict::Fails, relation.fails),
            (Verdict::Unverifiable, relation.unverifiable),
            (Verdict::NotApplicable, relation.not_applicable),
        ]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| format!("{} {count}", self.verdict(verdict)))
        .collect();
        let (held, tried) = relation.support;
        format!(
            "  {} {}\n      #{}  {}  {} {held}/{tried}  {}\n",
            relation.rule,
            relation.says,
            relation.first_check,
            evidence.join("+"),
            self.say("支持", "support"),
            counts.join(self.say("，", ", ")),
        )
    }

    fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Holds => self.say("相符", "hold"),
            Verdict::Rounding => self.say("尾差", "rounding"),
            Verdict::Fails => self.say("不符", "fail"),
            Verdict::Unverifiable => self.say("未能核对", "unverifiable"),
            Verdict::NotApplicable => self.say("不适用", "not applicable"),
        }
    }
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Mined => "mined",
        Origin::Label => "label",
        Origin::Formula => "formula",
        Origin::Packet => "packet",
        Origin::Kind => "kind",
        Origin::User => "user",
    }
}
