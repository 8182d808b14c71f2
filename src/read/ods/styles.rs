//! Named styles of `OpenDocument`, made into indexed cell styles as they are used.

use std::collections::HashMap;

use crate::model::{CellStyle, HorizontalAlignment, NumberFormat};
use crate::read::error::Fault;
use crate::read::number_format;
use crate::read::runs::Mark;
use crate::read::serial::Moments;
use crate::read::xml::{Event, Scanner, Tag};

#[derive(Clone, Debug, Default)]
struct Named {
    parent: Option<String>,
    format: Option<String>,
    bold: Option<bool>,
    indent: Option<u32>,
    horizontal: Option<HorizontalAlignment>,
    wrap: Option<bool>,
    borders: [Option<bool>; 4],
    /// No fill is stated as such.
    fill: Option<Fill>,
}

/// How a run of text is written that is not plain.
#[derive(Clone, Copy, Debug)]
pub(super) enum Run {
    /// It is not shown.
    Unseen,
    Marked(Mark),
}

/// What the properties of a text style do to its runs; `None` where nothing.
fn run(scanner: &Scanner, tag: Tag) -> Option<Run> {
    let text = |name: &[u8]| scanner.text_attribute(tag, name);
    if text(b"display").is_some_and(|display| display == "none") {
        return Some(Run::Unseen);
    }
    let line = text(b"text-line-through-style").or_else(|| text(b"text-line-through-type"));
    if line.is_some_and(|line| line != "none") {
        return Some(Run::Marked(Mark::Struck));
    }
    let position = text(b"text-position")?;
    let place = position.split(' ').next().unwrap_or_default();
    let raised = matches!(place, "super" | "sub")
        || place.strip_suffix('%').is_some_and(|share| share.trim_matches('-') != "0");
    raised.then_some(Run::Marked(Mark::Raised))
}

/// A fill, or the statement that there is none.
type Fill = Option<u32>;

/// All named styles, and those that cells use.
#[derive(Debug)]
pub(super) struct Styles {
    named: HashMap<String, Named>,
    /// Number formats as codes of Excel.
    formats: HashMap<String, String>,
    hidden_tables: HashMap<String, bool>,
    indexes: HashMap<String, u16>,
    moments: Moments,
    used: Vec<CellStyle>,
    /// How runs of text are written that are not plain.
    runs: HashMap<String, Run>,
    /// More styles than can be indexed.
    pub(super) approximate: bool,
    /// Texts of which a part does not count.
    pub(super) shortened: u64,
}

impl Default for Styles {
    fn default() -> Self {
        Self {
            named: HashMap::new(),
            formats: HashMap::new(),
            hidden_tables: HashMap::new(),
            indexes: HashMap::new(),
            moments: Moments::default(),
            used: vec![CellStyle::default()],
            runs: HashMap::new(),
            approximate: false,
            shortened: 0,
        }
    }
}

impl Styles {
    /// Reads the `styles` or `automatic-styles` element whose start was just met.
    pub(super) fn read(&mut self, scanner: &mut Scanner) -> Result<(), Fault> {
        let outside = scanner.depth() - 1;
        loop {
            match scanner.next()? {
                Event::Start(tag) => match scanner.bytes(tag.name) {
                    b"style" | b"default-style" => self.style(scanner, tag)?,
                    b"number-style" | b"currency-style" | b"percentage-style" | b"date-style"
                    | b"time-style" | b"text-style" | b"boolean-style" => {
                        self.format(scanner, tag)?;
                    }
                    _ => scanner.skip()?,
                },
                Event::End(_) if scanner.depth() == outside => return Ok(()),
                _ => {}
            }
        }
    }

    fn style(&mut self, scanner: &mut Scanner, tag: Tag) -> Result<(), Fault> {
        let text = |name: &[u8]| scanner.text_attribute(tag, name);
        let family = text(b"family").unwrap_or_default();
        let name = text(b"name").unwrap_or_default();
        let mut named = Named {
            parent: text(b"parent-style-name"),
            format: text(b"data-style-name"),
            ..Named::default()
        };
        let outside = scanner.depth() - 1;
        loop {
            match scanner.next()? {
                Event::Start(tag) => match scanner.bytes(tag.name) {
                    b"table-properties" => {
                        let hidden = scanner.attribute(tag, b"display") == Some(b"false");
                        self.hidden_tables.insert(name.clone(), hidden);
                    }
                    b"text-properties" => {
                        if let Some(weight) = scanner.text_attribute(tag, b"font-weight") {
                            let heavy = weight.parse::<u32>().is_ok_and(|weight| weight >= 600);
                            named.bold = Some(weight == "bold" || heavy);
                        }
                        if family == "text"
                            && let Some(run) = run(scanner, tag)
                        {
                            self.runs.insert(name.clone(), run);
                        }
                    }
                    b"paragraph-properties" => {
                        named.indent = scanner
                            .text_attribute(tag, b"margin-left")
                            .and_then(|length| indent(&length));
                        named.horizontal =
                            scanner.attribute(tag, b"text-align").and_then(alignment);
                    }
                    b"table-cell-properties" => cell_properties(scanner, tag, &mut named),
                    _ => {}
                },
                Event::End(_) if scanner.depth() == outside => break,
                _ => {}
            }
        }
        if family == "table-cell" {
            self.named.insert(name, named);
        }
        Ok(())
    }

    /// Reads a data style into the code that Excel would use.
    fn format(&mut self, scanner: &mut Scanner, tag: Tag) -> Result<(), Fault> {
        let name = scanner.text_attribute(tag, b"name").unwrap_or_default();
        let outside = scanner.depth() - 1;
        let mut code = String::new();
        let mut general = false;
        let mut conditions = Vec::new();
        loop {
            match scanner.next()? {
                Event::Start(tag) => {
                    let number = |name: &[u8]| {
                        scanner
                            .text_attribute(tag, name)
                            .and_then(|value| value.parse::<usize>().ok())
                    };
                    let long = scanner.attribute(tag, b"style") == Some(b"long");
                    match scanner.bytes(tag.name) {
                        b"number" => {
                            let places = number(b"decimal-places");
                            general |= places.is_none();
                            code.push_str(&digits(scanner, tag, places.unwrap_or(0).min(30)));
                        }
                        b"scientific-number" => {
                            let places = number(b"decimal-places").unwrap_or(0).min(30);
                            code.push_str("0.");
                            code.push_str(&"0".repeat(places));
                            code.push_str("E+00");
                        }
                        b"fraction" => code.push_str("# ?/?"),
                        b"text" | b"currency-symbol" => {
                            let text = scanner.text_content()?;
                            code.push_str(&literal(&text));
                        }
                        b"text-content" => code.push('@'),
                        b"boolean" => code.push('0'),
                        b"year" => code.push_str(if long { "yyyy" } else { "yy" }),
                        b"month" => code.push_str(if long { "mm" } else { "m" }),
                        b"day" => code.push_str(if long { "dd" } else { "d" }),
                        b"day-of-week" => code.push_str("aaa"),
                        b"era" | b"quarter" | b"week-of-year" => code.push('e'),
                        b"hours" => code.push('h'),
                        b"minutes" => code.push_str("mm"),
                        b"seconds" => code.push_str("ss"),
                        b"am-pm" => code.push_str("AM/PM"),
                        b"map" => {
                            conditions.extend(scanner.text_attribute(tag, b"apply-style-name"));
                        }
                        _ => {}
                    }
                }
                Event::End(_) if scanner.depth() == outside => break,
                _ => {}
            }
        }
        if general && code == "0" {
            code.replace_range(.., "General");
        }
        // Positive numbers follow the first condition; the style itself is for what is left.
        if let Some(first) = conditions.first().and_then(|name| self.formats.get(name)) {
            code = format!("{first};{code}");
        }
        self.formats.insert(name, code);
        Ok(())
    }

    /// How a run of that style is written, where it is not plain.
    pub(super) fn run(&self, name: &str) -> Option<Run> {
        self.runs.get(name).copied()
    }

    /// Whether the table style of that name hides its table.
    pub(super) fn hides(&self, name: &str) -> bool {
        self.hidden_tables.get(name).copied().unwrap_or(false)
    }

    /// The index of the cell style of that name.
    pub(super) fn index(&mut self, name: &str) -> u16 {
        if let Some(index) = self.indexes.get(name) {
            return *index;
        }
        let index = if self.used.len() > usize::from(u16::MAX) {
            self.approximate = true;
            0
        } else {
            let style = self.resolve(name);
            self.used.push(style);
            (self.used.len() - 1) as u16
        };
        self.indexes.insert(name.to_owned(), index);
        index
    }

    /// The style of a cell that is a date or a time by its type.
    pub(super) fn moment(&mut self, own: u16, time: bool) -> u16 {
        self.moments.style(&mut self.used, own, time)
    }

    pub(super) fn into_cell_styles(self) -> Vec<CellStyle> {
        self.used
    }

    /// A style with what it inherits.
    fn resolve(&self, name: &str) -> CellStyle {
        let mut chain = Vec::new();
        let mut next = Some(name);
        while let Some(named) = next.and_then(|name| self.named.get(name)) {
            chain.push(named);
            next = named.parent.as_deref();
            if chain.len() > 32 {
                break;
            }
        }
        let mut style = CellStyle::default();
        for named in chain.into_iter().rev() {
            if let Some(code) = named.format.as_ref().and_then(|name| self.formats.get(name)) {
                style.number_format = number_format::parse(code);
                style.invisible = number_format::invisible(code);
            } else if named.format.is_some() {
                style.number_format = NumberFormat::default();
            }
            style.bold = named.bold.unwrap_or(style.bold);
            style.indent = named.indent.unwrap_or(style.indent);
            style.horizontal = named.horizontal.unwrap_or(style.horizontal);
            style.wrap = named.wrap.unwrap_or(style.wrap);
            style.fill = named.fill.unwrap_or(style.fill);
            for (side, value) in style.borders.iter_mut().zip(named.borders) {
                *side = value.unwrap_or(*side);
            }
        }
        style
    }
}

fn digits(scanner: &Scanner, tag: Tag, places: usize) -> String {
    let mut code = if scanner.flag(tag, b"grouping") { "#,##0".to_owned() } else { "0".to_owned() };
    if places > 0 {
        code.push('.');
        code.push_str(&"0".repeat(places));
    }
    // A display factor of 1000 is one trailing comma.
    let factor = scanner.text_attribute(tag, b"display-factor").unwrap_or_default();
    let zeros = factor.split('.').next().unwrap_or_default().strip_prefix('1');
    if let Some(zeros) = zeros.filter(|zeros| zeros.bytes().all(|b| b == b'0')) {
        code.push_str(&",".repeat(zeros.len() / 3));
    }
    code
}

fn literal(text: &str) -> String {
    if text == "%" { text.to_owned() } else { format!("\"{}\"", text.replace('"', "")) }
}

fn cell_properties(scanner: &Scanner, tag: Tag, named: &mut Named) {
    for (name, value) in scanner.attributes(tag) {
        let drawn = Some(!value.is_empty() && value != b"none");
        match name {
            b"border" => named.borders = [drawn; 4],
            b"border-left" => named.borders[0] = drawn,
            b"border-right" => named.borders[1] = drawn,
            b"border-top" => named.borders[2] = drawn,
            b"border-bottom" => named.borders[3] = drawn,
            b"wrap-option" => named.wrap = Some(value == b"wrap"),
            b"background-color" => {
                named.fill = Some(
                    value
                        .strip_prefix(b"#")
                        .and_then(|hex| std::str::from_utf8(hex).ok())
                        .and_then(|hex| u32::from_str_radix(hex, 16).ok()),
                );
            }
            _ => {}
        }
    }
}

/// A left margin in steps of Excel's indent: ten points each, as `LibreOffice` converts them.
fn indent(length: &str) -> Option<u32> {
    let end = length.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let number: rust_decimal::Decimal = length[..end].parse().ok()?;
    let step = match &length[end..] {
        "pt" => rust_decimal::Decimal::new(10, 0),
        "cm" => rust_decimal::Decimal::new(3528, 4),
        "mm" => rust_decimal::Decimal::new(3528, 3),
        "in" => rust_decimal::Decimal::new(1389, 4),
        _ => return None,
    };
    u32::try_from(number.checked_div(step)?.round()).ok().map(|steps| steps.min(250))
}

fn alignment(word: &[u8]) -> Option<HorizontalAlignment> {
    Some(match word {
        b"start" | b"left" => HorizontalAlignment::Left,
        b"center" => HorizontalAlignment::Center,
        b"end" | b"right" => HorizontalAlignment::Right,
        b"justify" => HorizontalAlignment::Justify,
        _ => return None,
    })
}
