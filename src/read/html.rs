//! Tables of HTML, which web systems and statistics databases name .xls; and MHTML, the same in an envelope of mail.
//!
//! As Excel does, all tables of a page go on one sheet, one below the other; a table inside a cell becomes rows of its
//! own. Cells keep their text; a number that Excel wrote beside it (`x:num`) is the value, at the format of the style.
//! HTML is not XML: tags may be left open, so that this has a scanner of its own. What a browser does not show is no part
//! of a cell: hidden elements, templates, options that are not selected; nor is what is struck through ([`super::runs`]).

use std::collections::HashMap;
use std::sync::Arc;

use quoted_printable::ParseMode;

use super::crypto::base64;
use super::encoding::decode;
use super::entities::unescape;
use super::error::{Fault, beyond_grid, fault, hostile, too_large};
use super::runs::{self, Mark, Runs};
use super::{Limits, number_format};
use crate::model::{
    CellRef, CellStyle, Format, Range, ReadErrorCode, RowFormat, SheetBuilder, Texts, Value,
    Workbook,
};
use crate::number;

/// Reads a page of HTML.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Workbook, Fault> {
    let text = page_text(bytes, "")?;
    let mut book = HtmlBook::new(Format::Html, limits);
    book.page(&text, None)?;
    book.finish()
}

/// Reads MHTML: every page in it that has tables is a sheet.
pub(super) fn read_mhtml(bytes: &[u8], limits: &Limits) -> Result<Workbook, Fault> {
    let mut book = HtmlBook::new(Format::Mhtml, limits);
    let mut names = Vec::new();
    let mut pages = Vec::new();
    for part in mime_parts(bytes) {
        if !part.kind.starts_with("text/html") && !part.kind.is_empty() {
            continue;
        }
        let text = page_text(&part.body, &part.kind)?;
        names.extend(sheet_names(&text));
        if text.to_ascii_lowercase().contains("<table") {
            pages.push(text);
        }
    }
    for (index, page) in pages.iter().enumerate() {
        book.page(page, names.get(index).cloned())?;
    }
    book.finish()
}

/// A page's text in the encoding that it or its envelope declares, or the one it seems to be in.
fn page_text(bytes: &[u8], kind: &str) -> Result<String, Fault> {
    let head = &bytes[..bytes.len().min(4096)];
    // GB2312 on a page means GBK; what is declared wrongly shows as faults.
    for encoding in [charset(head), charset(kind.as_bytes())].into_iter().flatten() {
        let (text, _, faulty) = encoding.decode(bytes);
        if !faulty {
            return Ok(text.into_owned());
        }
    }
    Ok(decode(bytes)?.text)
}

/// The encoding named behind `charset=`.
fn charset(text: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let at = memchr::memmem::find(&text.to_ascii_lowercase(), b"charset=")?;
    let label: Vec<u8> = text[at + 8..]
        .iter()
        .copied()
        .skip_while(|b| matches!(b, b'"' | b'\'' | b' '))
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        .collect();
    encoding_rs::Encoding::for_label(&label)
}

struct Part {
    kind: String,
    body: Vec<u8>,
}

/// The parts of a message, their transfer encodings undone.
fn mime_parts(bytes: &[u8]) -> Vec<Part> {
    let (headers, body) = headers(bytes);
    let kind = headers.get("content-type").cloned().unwrap_or_default();
    let boundary = kind
        .to_ascii_lowercase()
        .find("boundary=")
        .map(|at| kind[at + 9..].trim_start_matches('"'))
        .map(|rest| rest.split(['"', ';']).next().unwrap_or_default().trim().to_owned());
    let Some(boundary) = boundary.filter(|boundary| !boundary.is_empty()) else {
        return vec![single(&headers, body)];
    };
    let mark = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut starts: Vec<usize> = memchr::memmem::find_iter(body, mark.as_bytes()).collect();
    starts.push(body.len());
    for pair in starts.windows(2).take(1024) {
        let part = &body[(pair[0] + mark.len()).min(pair[1])..pair[1]];
        if part.starts_with(b"--") {
            break;
        }
        let part = part.trim_ascii_start();
        let (headers, body) = self::headers(part);
        parts.push(single(&headers, body));
    }
    parts
}

fn single(headers: &HashMap<String, String>, body: &[u8]) -> Part {
    let header = |name: &str| headers.get(name).map(|v| v.to_ascii_lowercase()).unwrap_or_default();
    let encoding = header("content-transfer-encoding");
    let body = if encoding.contains("quoted-printable") {
        quoted_printable::decode(body, ParseMode::Robust).unwrap_or_else(|_| body.to_vec())
    } else if encoding.contains("base64") {
        base64(&String::from_utf8_lossy(body))
    } else {
        body.to_vec()
    };
    Part { kind: header("content-type"), body }
}

/// Header lines, folded ones joined, and what follows the blank line.
fn headers(bytes: &[u8]) -> (HashMap<String, String>, &[u8]) {
    let mut headers = HashMap::new();
    let mut rest = bytes;
    let mut last = String::new();
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let line = String::from_utf8_lossy(&rest[..end]).trim_end().to_owned();
        rest = &rest[end..];
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some(value) = headers.get_mut(&last) {
                let value: &mut String = value;
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            last = name.trim().to_ascii_lowercase();
            headers.insert(last.clone(), value.trim().to_owned());
        }
    }
    (headers, rest)
}

/// The sheets' names as Excel writes them into its pages.
fn sheet_names(text: &str) -> Vec<String> {
    text.split("<x:Name>")
        .skip(1)
        .filter_map(|rest| rest.split_once("</x:Name>"))
        .map(|(name, _)| unescape(name.trim()))
        .collect()
}

struct HtmlBook<'l> {
    workbook: Workbook,
    styles: Vec<CellStyle>,
    by_format: HashMap<String, u16>,
    limits: &'l Limits,
    cells: u64,
    /// Spans looked at, row by row.
    spans: u64,
    /// Texts of which a part does not count.
    shortened: u64,
}

impl<'l> HtmlBook<'l> {
    fn new(format: Format, limits: &'l Limits) -> Self {
        Self {
            workbook: Workbook::empty(format),
            styles: vec![CellStyle::default()],
            by_format: HashMap::new(),
            limits,
            cells: 0,
            spans: 0,
            shortened: 0,
        }
    }

    fn page(&mut self, text: &str, name: Option<String>) -> Result<(), Fault> {
        let number = self.workbook.sheets.len() + 1;
        let name = name
            .or_else(|| sheet_names(text).into_iter().next())
            .unwrap_or_else(|| format!("Sheet{number}"));
        let mut page = Page {
            classes: classes(text),
            builder: SheetBuilder::new(name, Texts::default()),
            row: 0,
            open: Vec::new(),
            effects: Vec::new(),
            book: self,
        };
        page.read(text)?;
        let sheet = page.builder.finish();
        if sheet.cell_count() > 0 {
            self.workbook.sheets.push(sheet);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Workbook, Fault> {
        if self.workbook.sheets.is_empty() {
            return Err(fault(
                ReadErrorCode::NotAWorkbook,
                "网页里没有表格",
                "the page has no tables",
            ));
        }
        self.workbook.styles = Arc::new(self.styles);
        self.workbook.remarks.extend(runs::remark(self.shortened));
        Ok(self.workbook)
    }

    /// The style of a number format as pages write it: characters escaped, or one of a few words.
    fn style(&mut self, format: &str, bold: bool) -> u16 {
        let key = format!("{bold}{format}");
        if let Some(index) = self.by_format.get(&key) {
            return *index;
        }
        let code = match format.trim_matches('"') {
            "General" | "" => String::new(),
            "Fixed" => "0.00".to_owned(),
            "Standard" => "#,##0.00".to_owned(),
            "Percent" => "0.00%".to_owned(),
            "Scientific" => "0.00E+00".to_owned(),
            "Short Date" | "Medium Date" | "Long Date" => "yyyy/m/d".to_owned(),
            "Short Time" | "Medium Time" | "Long Time" => "h:mm".to_owned(),
            escaped => unescape_css(escaped),
        };
        let style = CellStyle {
            number_format: number_format::parse(&code),
            invisible: number_format::invisible(&code),
            bold,
            ..CellStyle::default()
        };
        let index = u16::try_from(self.styles.len()).unwrap_or(0);
        if index > 0 {
            self.styles.push(style);
        }
        self.by_format.insert(key, index);
        index
    }
}

/// Undoes the escapes of a style sheet: a backslash before every sign, or before a code of four digits.
fn unescape_css(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        let mut code = String::new();
        while let Some(digit) =
            characters.peek().filter(|c| c.is_ascii_hexdigit() && code.len() < 4)
        {
            code.push(*digit);
            characters.next();
        }
        match u32::from_str_radix(&code, 16)
            .ok()
            .filter(|_| code.len() == 4)
            .and_then(char::from_u32)
        {
            Some(character) => out.push(character),
            None if code.is_empty() => out.extend(characters.next()),
            None => out.push_str(&code),
        }
    }
    out
}

/// What a class says of those who bear it.
#[derive(Debug, Default)]
struct Class {
    format: Option<String>,
    effect: Option<Effect>,
}

/// Classes of the page's style sheet that say anything of interest.
fn classes(text: &str) -> HashMap<String, Class> {
    let mut found: HashMap<String, Class> = HashMap::new();
    for rule in text.split('}').take(10_000) {
        let Some((selectors, body)) = rule.rsplit_once('{') else { continue };
        // A rule is short; what is long is the page itself.
        if body.len() > 1 << 16 {
            continue;
        }
        let (format, effect) = (css_value(body, "mso-number-format"), effect_of(body));
        if format.is_none() && effect.is_none() {
            continue;
        }
        let start = selectors.rfind(['>', ';']).map_or(0, |at| at + 1);
        for selector in selectors[start..].split(',').take(100) {
            let Some(class) = selector.trim().rsplit(['.', '\n', ' ']).next() else { continue };
            let class = found.entry(class.trim().to_owned()).or_default();
            class.format = format.clone().or(class.format.take());
            class.effect = effect.or(class.effect);
        }
    }
    found
}

/// What an element does to the text in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// It is not shown.
    Hide,
    Mark(Mark),
    /// A style says that it is shown after all.
    Show,
}

/// What declarations of style do to the text they are for.
fn effect_of(declarations: &str) -> Option<Effect> {
    let value = |property: &str| {
        css_value(declarations, property).map(|value| value.trim().to_ascii_lowercase())
    };
    if !declarations.contains(':') {
        return None;
    }
    let display = value("display");
    if display.as_deref().is_some_and(|display| display.starts_with("none"))
        || value("visibility").is_some_and(|seen| seen.starts_with("hidden"))
        || value("mso-hide").is_some_and(|hide| hide.starts_with("all"))
    {
        return Some(Effect::Hide);
    }
    if value("text-decoration").is_some_and(|line| line.contains("line-through"))
        || value("text-decoration-line").is_some_and(|line| line.contains("line-through"))
    {
        return Some(Effect::Mark(Mark::Struck));
    }
    if value("vertical-align").is_some_and(|at| at.starts_with("super") || at.starts_with("sub")) {
        return Some(Effect::Mark(Mark::Raised));
    }
    display.map(|_| Effect::Show)
}

/// The value of a property in a list of declarations; quotes may hold semicolons. Of two the last one holds.
fn css_value(declarations: &str, property: &str) -> Option<String> {
    let mut found = None;
    let mut rest = declarations;
    while let Some((name, tail)) = rest.split_once(':') {
        let name = name.rsplit([';', '{']).next().unwrap_or_default().trim();
        let value = tail.trim_start();
        let end = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].find(quote).map_or(value.len(), |end| end + 2),
            _ => value.find(';').unwrap_or(value.len()),
        };
        if name.eq_ignore_ascii_case(property) {
            found = Some(value[..end].trim().trim_matches(['"', '\'']).to_owned());
        }
        rest = &value[end..];
    }
    found
}

/// A cell being collected.
#[derive(Default)]
struct Cell {
    text: Runs,
    /// The last character of the text, if it has any.
    last: Option<char>,
    columns: u32,
    rows: u32,
    number: Option<String>,
    format: String,
    bold: bool,
    /// The place is there, but shows nothing.
    blank: bool,
    /// The place is not there.
    gone: bool,
}

impl Cell {
    fn push(&mut self, character: char, mark: Mark) {
        self.text.push(character.encode_utf8(&mut [0; 4]), mark);
        self.last = Some(character);
    }
}

/// A table being read: the places that cells from above reach into, by row and column.
#[derive(Default)]
struct Table {
    row: Vec<Cell>,
    cell: Option<Cell>,
    /// Its row is hidden.
    hidden: bool,
    /// All of it is.
    all_hidden: bool,
    /// The group of rows is.
    group_hidden: bool,
    /// Columns that cells from above reach into, in order.
    taken: Vec<Taken>,
}

/// Columns that a cell takes in rows below its own.
#[derive(Clone, Copy)]
struct Taken {
    first: u32,
    last: u32,
    rows: u32,
}

struct Page<'b, 'l> {
    classes: HashMap<String, Class>,
    builder: SheetBuilder,
    row: u32,
    open: Vec<Table>,
    /// Elements inside the cell that are still open, and what they do to its text.
    effects: Vec<(String, Option<Effect>)>,
    book: &'b mut HtmlBook<'l>,
}

/// Tables inside tables go no deeper than this.
const DEPTH: usize = 32;

impl Page<'_, '_> {
    fn read(&mut self, text: &str) -> Result<(), Fault> {
        let mut rest = text;
        while let Some(at) = rest.find('<') {
            self.text(&rest[..at]);
            rest = &rest[at..];
            if let Some(comment) = rest.strip_prefix("<!--") {
                rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
                continue;
            }
            let Some(end) = tag_end(rest) else { break };
            let tag = &rest[1..end];
            rest = &rest[end + 1..];
            let name_end = tag
                .char_indices()
                .skip(1)
                .find(|(_, c)| !c.is_ascii_alphanumeric() && *c != ':')
                .map_or(tag.len(), |(at, _)| at);
            let name = tag[..name_end].to_ascii_lowercase();
            if matches!(
                name.as_str(),
                "script"
                    | "style"
                    | "template"
                    | "noscript"
                    | "select"
                    | "datalist"
                    | "svg"
                    | "math"
            ) && !tag.ends_with('/')
            {
                let inside = find_ignoring_case(rest, &format!("</{name}"));
                // Of a list, what is chosen is shown.
                if name == "select" {
                    self.choice(&rest[..inside.unwrap_or(rest.len())]);
                }
                // What only a script closes or nothing does must not take the rest of the page with it.
                let swallow = matches!(name.as_str(), "script" | "style" | "template");
                rest = match inside {
                    Some(end) => &rest[end..],
                    None if swallow => "",
                    None => rest,
                };
                continue;
            }
            self.tag(&name, &tag[name_end..])?;
        }
        // A page may end with the text of its last cell.
        if !rest.starts_with('<') {
            self.text(rest);
        }
        while !self.open.is_empty() {
            self.close_table()?;
        }
        Ok(())
    }

    fn text(&mut self, raw: &str) {
        let mut mark = Mark::Plain;
        for (_, effect) in &self.effects {
            match effect {
                Some(Effect::Hide) => {
                    self.book.shortened += u64::from(!raw.trim().is_empty());
                    return;
                }
                Some(Effect::Mark(own)) => mark = *own,
                _ => {}
            }
        }
        if let Some(cell) = self.open.last_mut().and_then(|table| table.cell.as_mut()) {
            // Runs of blanks and line ends are one blank, as a browser shows them.
            for character in unescape(raw).chars() {
                let blank = matches!(character, ' ' | '\t' | '\n' | '\r');
                if !blank {
                    cell.push(character, mark);
                } else if cell.last.is_some_and(|last| last != ' ' && last != '\n') {
                    cell.push(' ', mark);
                }
            }
        }
    }

    /// Shows the selected option of a list, or the first one.
    fn choice(&mut self, list: &str) {
        let mut shown = "";
        for (number, option) in split_ignoring_case(list, "<option").skip(1).enumerate() {
            let Some(end) = tag_end(option) else { continue };
            let (attributes, text) = (&option[..end], &option[end + 1..]);
            let selected = attribute(attributes, "selected").is_some();
            if number == 0 || selected {
                shown = text.split('<').next().unwrap_or_default();
            }
            if selected {
                break;
            }
        }
        self.text(shown);
    }

    /// Notes an element that stands inside a cell, and what it does to the text in it.
    fn inline(&mut self, name: &str, attributes: &str) {
        if let Some(closed) = name.strip_prefix('/') {
            if let Some(at) = self.effects.iter().rposition(|(open, _)| open == closed) {
                self.effects.truncate(at);
            }
            return;
        }
        if attributes.ends_with('/') || VOID.contains(&name) {
            return;
        }
        // A paragraph ends where the next one begins.
        if matches!(name, "p" | "li" | "rt" | "rp")
            && self.effects.last().is_some_and(|(open, _)| open == name)
        {
            self.effects.pop();
        }
        let effect = self.effect(name, attributes);
        let matters = effect.is_some() || self.effects.iter().any(|(_, effect)| effect.is_some());
        if matters && self.effects.len() < 1024 {
            self.effects.push((name.to_owned(), effect));
        }
    }

    /// What an element does to the text in it: by its own style, its class, its attributes, its name.
    fn effect(&self, name: &str, attributes: &str) -> Option<Effect> {
        let own = attribute(attributes, "style").and_then(|style| effect_of(&style));
        let by_class = || {
            let class = attribute(attributes, "class")?;
            class.split_whitespace().find_map(|class| self.classes.get(class)?.effect)
        };
        let by_name = || match name {
            "del" | "rt" | "rp" => Some(Effect::Hide),
            "s" | "strike" => Some(Effect::Mark(Mark::Struck)),
            "sup" | "sub" => Some(Effect::Mark(Mark::Raised)),
            _ => None,
        };
        let hidden = || attribute(attributes, "hidden").map(|_| Effect::Hide);
        own.or_else(by_class).or_else(hidden).or_else(by_name)
    }

    fn tag(&mut self, name: &str, attributes: &str) -> Result<(), Fault> {
        match name {
            "table" => {
                if self.open.len() >= DEPTH {
                    return Err(too_large(
                        ("表格嵌套层数", "levels of tables"),
                        DEPTH as u64,
                        "--max-depth",
                    ));
                }
                // A table in something hidden is there all the same, its rows hidden.
                let around = self.effects.iter().any(|(_, effect)| *effect == Some(Effect::Hide));
                let hidden = around
                    || self.effect(name, attributes) == Some(Effect::Hide)
                    || self.open.last().is_some_and(|table| table.hidden || table.all_hidden);
                self.effects.clear();
                self.open.push(Table { all_hidden: hidden, ..Table::default() });
            }
            "/table" => self.close_table()?,
            "tr" => {
                self.close_row()?;
                let hidden = self.effect(name, attributes) == Some(Effect::Hide);
                if let Some(table) = self.open.last_mut() {
                    table.hidden = hidden || table.all_hidden || table.group_hidden;
                }
            }
            "tbody" | "thead" | "tfoot" => {
                self.close_row()?;
                let hidden = self.effect(name, attributes) == Some(Effect::Hide);
                if let Some(table) = self.open.last_mut() {
                    table.group_hidden = hidden;
                }
            }
            "/tr" => self.close_row()?,
            "td" | "th" => {
                self.close_cell();
                self.effects.clear();
                let cell = self.cell(name, attributes);
                if let Some(table) = self.open.last_mut() {
                    table.cell = Some(cell);
                }
            }
            "/td" | "/th" => self.close_cell(),
            "br" | "br/" | "p" | "div" | "li" => {
                self.inline(name, attributes);
                if let Some(cell) = self.open.last_mut().and_then(|table| table.cell.as_mut())
                    && cell.last.is_some_and(|last| last != '\n')
                {
                    cell.push('\n', Mark::Plain);
                }
            }
            "input" => {
                let word = |name: &str| attribute(attributes, name).unwrap_or_default();
                let kind = word("type").to_ascii_lowercase();
                if !matches!(
                    kind.as_str(),
                    "hidden"
                        | "checkbox"
                        | "radio"
                        | "password"
                        | "button"
                        | "submit"
                        | "reset"
                        | "image"
                        | "file"
                ) && self.effect(name, attributes) != Some(Effect::Hide)
                {
                    self.text(&word("value").replace('&', "&amp;"));
                }
            }
            "b" | "strong" => {
                if let Some(cell) = self.open.last_mut().and_then(|table| table.cell.as_mut()) {
                    cell.bold |= cell.last.is_none();
                }
                self.inline(name, attributes);
            }
            _ => self.inline(name, attributes),
        }
        Ok(())
    }

    fn cell(&self, name: &str, attributes: &str) -> Cell {
        let span = |name: &str| {
            attribute(attributes, name).and_then(|n| n.trim().parse::<u32>().ok()).unwrap_or(1)
        };
        let style = attribute(attributes, "style").unwrap_or_default();
        let class = attribute(attributes, "class").unwrap_or_default();
        let format = css_value(&style, "mso-number-format")
            .or_else(|| class.split(' ').find_map(|class| self.classes.get(class)?.format.clone()));
        let hidden = self.effect(name, attributes) == Some(Effect::Hide);
        let kept = css_value(&style, "visibility").is_some();
        Cell {
            text: Runs::default(),
            last: None,
            columns: span("colspan").clamp(1, 16_384),
            rows: span("rowspan").clamp(1, 65_536),
            number: attribute(attributes, "x:num").filter(|number| !number.is_empty()),
            format: format.unwrap_or_default(),
            bold: name == "th",
            blank: hidden && kept,
            gone: hidden && !kept,
        }
    }

    fn close_cell(&mut self) {
        self.effects.clear();
        if let Some(table) = self.open.last_mut()
            && let Some(cell) = table.cell.take()
        {
            if cell.gone || cell.blank {
                self.book.shortened += u64::from(cell.last.is_some());
            }
            if !cell.gone {
                table.row.push(cell);
            }
        }
    }

    fn close_row(&mut self) -> Result<(), Fault> {
        self.close_cell();
        let Some(table) = self.open.last_mut() else { return Ok(()) };
        if table.row.is_empty() {
            return Ok(());
        }
        let cells = std::mem::take(&mut table.row);
        let taken = std::mem::take(&mut table.taken);
        let hidden = table.hidden;
        self.book.spans += taken.len() as u64;
        if self.book.spans > self.book.limits.cells.saturating_mul(4) {
            return Err(hostile("跨行单元格过多", "cells that go down over rows are too many"));
        }
        let mut next: Vec<Taken> = taken
            .iter()
            .filter(|span| span.rows > 1)
            .map(|span| Taken { rows: span.rows - 1, ..*span })
            .collect();
        let mut blocked = taken.into_iter().peekable();
        let mut column = 0;
        for cell in cells {
            while let Some(span) = blocked.next_if(|span| span.first <= column) {
                column = column.max(span.last + 1);
            }
            let place = CellRef::new(self.row, column);
            let end = CellRef::new(
                (self.row + cell.rows - 1).min(1_048_575),
                (column + cell.columns - 1).min(16_383),
            );
            if !place.on_grid() {
                return Err(beyond_grid());
            }
            if end != place {
                self.builder.sheet.merges.push(Range::new(place, end));
            }
            if cell.rows > 1 {
                next.push(Taken { first: column, last: end.column, rows: cell.rows - 1 });
            }
            column = end.column + 1;
            self.keep(place, cell)?;
        }
        if hidden {
            let format = RowFormat { hidden: true, ..RowFormat::default() };
            self.builder.sheet.rows.insert(self.row, format);
        }
        next.sort_by_key(|span| span.first);
        if let Some(table) = self.open.last_mut() {
            table.taken = next;
        }
        self.row += 1;
        Ok(())
    }

    fn keep(&mut self, place: CellRef, cell: Cell) -> Result<(), Fault> {
        if cell.blank {
            return Ok(());
        }
        let (text, less) = cell.text.value();
        self.book.shortened += u64::from(less);
        let text = text.trim_end_matches([' ', '\n']);
        if text.is_empty() && cell.number.is_none() {
            return Ok(());
        }
        self.book.cells += 1;
        if self.book.cells > self.book.limits.cells {
            return Err(too_large(("单元格数", "cells"), self.book.limits.cells, "--max-cells"));
        }
        let style = if cell.format.is_empty() && !cell.bold {
            0
        } else {
            self.book.style(&cell.format, cell.bold)
        };
        match cell.number.as_deref().and_then(number::stored_text) {
            Some(number) => self.builder.push(place, Value::Number(number), style),
            None => self.builder.push_text(place, text, style),
        }
        Ok(())
    }

    fn close_table(&mut self) -> Result<(), Fault> {
        self.close_row()?;
        if let Some(table) = self.open.pop() {
            // Cells that reach below the last row do not push what follows down.
            drop(table);
        }
        Ok(())
    }
}

/// Position of the `>` that ends the tag, quotes respected.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') if at > 0 && text.as_bytes()[at - 1] == b'=' => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
        // A quote that never ends would swallow the page.
        if at > 1 << 16 {
            return text.find('>');
        }
    }
    text.find('>')
}

fn find_ignoring_case(text: &str, needle: &str) -> Option<usize> {
    text.as_bytes()
        .windows(needle.len())
        .position(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}

/// The pieces of `text` between places where `mark` stands.
fn split_ignoring_case<'t>(text: &'t str, mark: &'t str) -> impl Iterator<Item = &'t str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let found = find_ignoring_case(text, mark);
        rest = found.map(|at| &text[at + mark.len()..]);
        Some(&text[..found.unwrap_or(text.len())])
    })
}

/// Elements without content.
const VOID: &[&str] = &["br", "hr", "img", "input", "col", "wbr", "meta", "link", "area", "base"];

/// The value of an attribute; empty where it has none.
fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes.trim_start();
    while !rest.is_empty() {
        let end =
            rest.find(|c: char| c == '=' || c.is_whitespace() || c == '/').unwrap_or(rest.len());
        let found = &rest[..end];
        let tail = rest[end..].trim_start();
        let (value, after) = match tail.strip_prefix('=') {
            None => ("", tail.strip_prefix('/').unwrap_or(tail)),
            Some(value) => {
                let value = value.trim_start();
                match value.chars().next() {
                    Some(quote @ ('"' | '\'')) => {
                        let inner = &value[1..];
                        match inner.find(quote) {
                            Some(end) => (&inner[..end], &inner[end + 1..]),
                            None => (inner, ""),
                        }
                    }
                    _ => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
                }
            }
        };
        if found.eq_ignore_ascii_case(name) {
            return Some(unescape(value));
        }
        rest = after.trim_start();
    }
    None
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn shown(workbook: &Workbook) -> String {
        let mut out = String::new();
        for sheet in &workbook.sheets {
            write!(out, "[{}]", sheet.name).unwrap();
            for (cell, value, style) in sheet.cells() {
                let value = match value {
                    Value::Text(id) => sheet.texts.get(id).replace('\n', "|"),
                    Value::Number(number) => format!("#{number}"),
                    _ => "?".to_owned(),
                };
                write!(out, " {cell}={value}").unwrap();
                if style > 0 {
                    write!(out, "({})", workbook.style(style).number_format.code).unwrap();
                }
            }
            for merge in &sheet.merges {
                write!(out, " {merge}").unwrap();
            }
        }
        out
    }

    #[test]
    fn pages_become_sheets() {
        let page = r#"<html><head><meta charset="utf-8"><style>.xl24{mso-number-format:"0\.00";}</style></head>
<body><script>if (a<b) x("<table>")</script><table><tr><th colspan=2>收支<br>总表<tr><td rowspan="2">甲</td>
<td class=xl24 x:num="120.5">120.50</td></tr><tr><td>&nbsp;1,234.50 </td></tr></table>
<TABLE><TR><TD>x<TABLE><TR><TD>inner</TD></TR></TABLE></TD></TR></TABLE></body></html>"#;
        let workbook = read(page.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(
            shown(&workbook),
            "[Sheet1] A1=收支|总表() A2=甲 B2=#120.5(0.00) B3=\u{a0}1,234.50 A4=inner A5=x A1:B1 A2:A3"
        );
    }

    #[test]
    fn mail_envelopes_are_opened() {
        let message = "MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n boundary=\"XX\"\r\n\r\n--XX\r\nContent-Type: text/html; charset=\"gb2312\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<x:Name>=CA=D5=C8=EB</x:Name><table><tr><td>=BA=CF=\r\n=BC=C6</td></tr></table>\r\n--XX--\r\n";
        let workbook = read_mhtml(message.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(shown(&workbook), "[收入] A1=合计");
    }

    #[test]
    fn what_a_browser_does_not_show_is_no_part_of_a_cell() {
        for (inside, value) in [
            ("<span style='display: none'>9</span>2000", "2000"),
            ("<SPAN STYLE=DISPLAY:NONE>9<span>9</span>9</SPAN>2000", "2000"),
            ("<i class=\"a hide\">9</i>2000", "2000"),
            ("<b hidden>9</b>2000", "2000"),
            ("<s>1</s>2000", "2000"),
            ("<s>1</s>2<b>000</b>", "2000"),
            ("<span style='text-decoration:line-through'>1</span>2000", "2000"),
            ("<del>1</del>2000", "2000"),
            ("<del>1000</del>", ""),
            ("<s>1000</s>", "1000"),
            ("2000<sup>1</sup>", "2000"),
            ("2000<span style='mso-text-raise:2;vertical-align:super'>注1</span>", "2000"),
            ("m<sup>2</sup>", "m2"),
            ("2000<template>7</template>", "2000"),
            ("2000<noscript>7</noscript>", "2000"),
            ("<select><option>1<option selected>2000</select>", "2000"),
            ("<SELECT><OPTION value=3>2000</OPTION><option>1</SELECT>", "2000"),
            ("<input value=2000>", "2000"),
            ("<input type=hidden value=9><input type='text' value='2,000'/>", "2,000"),
            ("<textarea>2000</textarea>", "2000"),
            ("<ruby>合<rt>he</rt>计<rt>ji</rt></ruby>", "合计"),
            ("<p>1<p style=display:none>2<p>3", "1|3"),
            ("&minus;2&ensp;000&zwnj;", "\u{2212}2\u{2002}000\u{200c}"),
        ] {
            let page = format!(
                "<html><style>.hide, .x {{ display:none }}</style><table><tr><td>{inside}</td><td>末"
            );
            let workbook = read(page.as_bytes(), &Limits::default()).unwrap();
            let sheet = &workbook.sheets[0];
            let found = sheet.text(CellRef::new(0, 0)).unwrap_or_default().replace('\n', "|");
            assert_eq!(found, value, "{inside}");
            assert_eq!(sheet.text(CellRef::new(0, 1)), Some("末"), "{inside}");
        }
    }

    #[test]
    fn hidden_cells_rows_and_tables_are_known() {
        let page = "<table><tr><td>甲<td style='display:none'>8<td>1<tr style='display:none'><td>乙<td>2<tr><td>丙<td style='visibility:hidden'>9<td>3</table><div style='display:none'><table><tr><td>丁</table></div><table><tr><td>戊</table>";
        let workbook = read(page.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(shown(&workbook), "[Sheet1] A1=甲 B1=1 A2=乙 B2=2 A3=丙 C3=3 A4=丁 A5=戊");
        let sheet = &workbook.sheets[0];
        let hidden: Vec<u32> = (0..5).filter(|row| sheet.row_hidden(*row)).collect();
        assert_eq!(hidden, [1, 3]);
    }

    #[test]
    fn a_page_without_tables_is_no_workbook() {
        let error = read(b"<html><p>404</html>", &Limits::default()).err().unwrap();
        assert_eq!(error.code, ReadErrorCode::NotAWorkbook);
    }
}
