//! Rows held by column: what is between a report and every form of output.

use std::io::Write as _;

use super::schema::{Kind, Sheaf};
use crate::number::{Decimal, round_half_away};

/// Decimals that a number keeps.
pub(super) const SCALE: u32 = 18;

/// Rows of one kind.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Their kind.
    pub sheaf: Sheaf,
    rows: usize,
    pub(super) columns: Vec<Values>,
}

/// One column.
#[derive(Clone, Debug)]
pub(super) enum Values {
    Text(Texts),
    /// Units of 10⁻¹⁸.
    Number(Vec<Option<i128>>),
    Count(Vec<Option<i64>>),
    Truth(Vec<Option<bool>>),
}

/// Texts side by side in one piece of memory; one that repeats the last is kept once.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    pub(super) bytes: Vec<u8>,
    /// Where each begins and ends; [`NULL`] where there is none.
    pub(super) spans: Vec<(u32, u32)>,
    last: (u32, u32),
}

/// No text.
pub(super) const NULL: (u32, u32) = (u32::MAX, 0);

/// What stands in a row's column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datum<'a> {
    /// Nothing known.
    Null,
    /// Words.
    Text(&'a str),
    /// A decimal.
    Number(Decimal),
    /// A whole number.
    Count(i64),
    /// Yes or no.
    Truth(bool),
}

impl Texts {
    pub(super) fn push(&mut self, text: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(text);
        self.close(start);
    }

    /// Takes what was written behind `start` as one text.
    fn close(&mut self, start: usize) {
        let (a, b) = (self.last.0 as usize, self.last.1 as usize);
        if b == start && self.bytes[a..b] == self.bytes[start..] && b > a {
            self.bytes.truncate(start);
        } else {
            self.last = (start as u32, self.bytes.len() as u32);
        }
        self.spans.push(self.last);
    }

    fn get(&self, row: usize) -> Option<&str> {
        let (start, end) = self.spans[row];
        let bytes = self.bytes.get(start as usize..end as usize)?;
        std::str::from_utf8(bytes).ok()
    }
}

impl Batch {
    /// No rows yet.
    pub fn new(sheaf: Sheaf) -> Self {
        let columns = sheaf
            .columns()
            .iter()
            .map(|column| match column.kind {
                Kind::Text => Values::Text(Texts::default()),
                Kind::Number => Values::Number(Vec::new()),
                Kind::Count => Values::Count(Vec::new()),
                Kind::Truth => Values::Truth(Vec::new()),
            })
            .collect();
        Self { sheaf, rows: 0, columns }
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes that its texts take.
    pub fn weight(&self) -> usize {
        let texts = |values: &Values| match values {
            Values::Text(texts) => texts.bytes.len(),
            _ => 0,
        };
        self.columns.iter().map(texts).sum()
    }

    /// Begins a row; its columns are put in order.
    pub(super) fn row(&mut self) -> Put<'_> {
        self.rows += 1;
        Put { batch: self, at: 0 }
    }

    #[cfg(feature = "parquet")]
    pub(super) fn set_rows(&mut self, rows: usize) {
        self.rows = rows;
    }

    /// What stands in a row's columns.
    pub fn data(&self, row: usize) -> impl Iterator<Item = Datum<'_>> {
        self.columns.iter().map(move |values| match values {
            Values::Text(texts) => texts.get(row).map_or(Datum::Null, Datum::Text),
            Values::Number(values) => {
                values[row].and_then(decimal).map_or(Datum::Null, Datum::Number)
            }
            Values::Count(values) => values[row].map_or(Datum::Null, Datum::Count),
            Values::Truth(values) => values[row].map_or(Datum::Null, Datum::Truth),
        })
    }

    /// What stands in one place.
    pub fn datum(&self, row: usize, column: usize) -> Datum<'_> {
        self.data(row).nth(column).unwrap_or(Datum::Null)
    }
}

/// A row being put. Each method fills the next column.
pub(super) struct Put<'a> {
    batch: &'a mut Batch,
    at: usize,
}

impl Put<'_> {
    fn next(&mut self) -> &mut Values {
        self.at += 1;
        &mut self.batch.columns[self.at - 1]
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.maybe(Some(text))
    }

    pub(super) fn maybe(&mut self, text: Option<&str>) -> &mut Self {
        match (self.next(), text) {
            (Values::Text(texts), Some(text)) => texts.push(text.as_bytes()),
            (Values::Text(texts), None) => texts.spans.push(NULL),
            _ => debug_assert!(false, "a column of texts"),
        }
        self
    }

    /// A text that is written where it will stay.
    pub(super) fn shown(&mut self, value: Option<impl std::fmt::Display>) -> &mut Self {
        let Some(value) = value else { return self.maybe(None) };
        if let Values::Text(texts) = self.next() {
            let start = texts.bytes.len();
            // Memory takes everything.
            let _ = write!(texts.bytes, "{value}");
            texts.close(start);
        }
        self
    }

    pub(super) fn number(&mut self, value: Option<Decimal>) -> &mut Self {
        if let Values::Number(values) = self.next() {
            values.push(value.and_then(scaled));
        }
        self
    }

    pub(super) fn count(&mut self, value: Option<i64>) -> &mut Self {
        if let Values::Count(values) = self.next() {
            values.push(value);
        }
        self
    }

    pub(super) fn truth(&mut self, value: bool) -> &mut Self {
        if let Values::Truth(values) = self.next() {
            values.push(Some(value));
        }
        self
    }

    pub(super) fn end(&mut self) {
        debug_assert_eq!(self.at, self.batch.columns.len(), "{}", self.batch.sheaf.name());
    }
}

/// A decimal in units of 10⁻¹⁸; none where it has more than 38 digits then.
fn scaled(value: Decimal) -> Option<i128> {
    let value = if value.scale() > SCALE { round_half_away(value, SCALE) } else { value };
    let scaled = value.mantissa().checked_mul(10_i128.pow(SCALE - value.scale()))?;
    (scaled.unsigned_abs() < 10_u128.pow(38)).then_some(scaled)
}

/// The decimal again, without zeros at its end.
fn decimal(mut scaled: i128) -> Option<Decimal> {
    let mut scale = SCALE;
    while scale > 0 && scaled % 10 == 0 {
        scaled /= 10;
        scale -= 1;
    }
    Decimal::try_from_i128_with_scale(scaled, scale).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_come_back_as_they_went() {
        for text in ["0", "-12.5", "0.000000000000000001", "999999999999999999.99", "1e18"] {
            let value = Decimal::from_scientific(text).or_else(|_| text.parse()).unwrap();
            assert_eq!(decimal(scaled(value).unwrap()), Some(value), "{text}");
        }
        let long: Decimal = "0.2222222222222222222".parse().unwrap();
        assert_eq!(decimal(scaled(long).unwrap()).unwrap().to_string(), "0.222222222222222222");
    }

    #[test]
    fn texts_that_repeat_are_kept_once() {
        let mut texts = Texts::default();
        for text in ["合计", "合计", "", "甲", "甲"] {
            texts.push(text.as_bytes());
        }
        texts.spans.push(NULL);
        let all: Vec<_> = (0..6).map(|row| texts.get(row)).collect();
        assert_eq!(all, [Some("合计"), Some("合计"), Some(""), Some("甲"), Some("甲"), None]);
        assert_eq!(texts.bytes.len(), "合计甲".len());
    }
}
