//! Rows held by column: what is between a report and every form of output.

use std::io::Write as _;

use super::schema::{ColumnKind, Sheaf};
use crate::model::CellRef;
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
    Number(Numbers),
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

/// Decimals of up to 38 digits, 18 of them behind the point, without zeros at their ends: nearly all are an integer of 64 bits
/// and how many of its digits stand behind the point.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    /// What is written of each without its point; of a long one where it stands in `long`.
    pub(super) digits: Vec<i64>,
    /// Digits behind the point; [`LONG`] or [`NONE`] otherwise.
    pub(super) scales: Vec<u8>,
    /// Units of 10⁻¹⁸.
    pub(super) long: Vec<i128>,
}

/// In place of a scale: a number of more than 64 bits.
pub(super) const LONG: u8 = 254;
/// In place of a scale: no number.
pub(super) const NONE: u8 = 255;

/// One of [`Numbers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    None,
    /// Digits, and how many of them stand behind the point.
    Short(i64, u8),
    /// Units of 10⁻¹⁸.
    Long(i128),
}

impl Numbers {
    fn push(&mut self, value: Option<Decimal>) {
        let Some(value) = value else { return self.put(0, NONE) };
        let parts = value.unpack();
        let digits = i64::try_from(u64::from(parts.mid) << 32 | u64::from(parts.lo));
        match digits {
            Ok(digits) if parts.hi == 0 && parts.scale <= SCALE => {
                let digits = if parts.negative { -digits } else { digits };
                self.put_short(digits, parts.scale as u8);
            }
            _ => self.push_scaled(scaled(value)),
        }
    }

    /// Adds a number in units of 10⁻¹⁸.
    pub(super) fn push_scaled(&mut self, scaled: Option<i128>) {
        let Some(mut digits) = scaled else { return self.put(0, NONE) };
        let mut scale = SCALE as u8;
        while scale > 0 && digits % 10 == 0 {
            digits /= 10;
            scale -= 1;
        }
        match (i64::try_from(digits), scaled) {
            (Ok(digits), _) => self.put(digits, scale),
            (Err(_), Some(scaled)) => {
                self.put(self.long.len() as i64, LONG);
                self.long.push(scaled);
            }
            (Err(_), None) => {}
        }
    }

    fn put_short(&mut self, mut digits: i64, mut scale: u8) {
        while scale > 0 && digits % 10 == 0 {
            digits /= 10;
            scale -= 1;
        }
        self.put(digits, scale);
    }

    fn put(&mut self, digits: i64, scale: u8) {
        self.digits.push(digits);
        self.scales.push(scale);
    }

    pub(super) fn get(&self, row: usize) -> Number {
        match self.scales[row] {
            NONE => Number::None,
            LONG => {
                let long = usize::try_from(self.digits[row]).ok().and_then(|at| self.long.get(at));
                long.map_or(Number::None, |scaled| Number::Long(*scaled))
            }
            scale => Number::Short(self.digits[row], scale),
        }
    }

    /// Each in units of 10⁻¹⁸.
    #[cfg(feature = "parquet")]
    pub(super) fn scaled(&self) -> impl Iterator<Item = Option<i128>> {
        (0..self.scales.len()).map(|row| match self.get(row) {
            Number::None => None,
            Number::Short(digits, scale) => {
                Some(i128::from(digits) * POWERS[(SCALE as usize).saturating_sub(scale.into())])
            }
            Number::Long(scaled) => Some(scaled),
        })
    }
}

impl Number {
    fn decimal(self) -> Option<Decimal> {
        match self {
            Self::None => None,
            Self::Short(digits, scale) => Some(Decimal::new(digits, scale.into())),
            Self::Long(scaled) => decimal(scaled),
        }
    }
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
        let (start, end) = (self.last.0 as usize, self.last.1 as usize);
        if !(end == self.bytes.len() && end > start && self.bytes[start..] == *text) {
            self.last = (end_of(&self.bytes), 0);
            self.bytes.extend_from_slice(text);
            self.last.1 = end_of(&self.bytes);
        }
        self.spans.push(self.last);
    }

    /// Takes what was written behind `start` as one text.
    fn close(&mut self, start: usize) {
        let (a, b) = (self.last.0 as usize, self.last.1 as usize);
        if b == start && self.bytes[a..b] == self.bytes[start..] && b > a {
            self.bytes.truncate(start);
        } else {
            self.last = (start as u32, end_of(&self.bytes));
        }
        self.spans.push(self.last);
    }

    /// Adds what is written, or nothing where nothing is to be; tells where it stands.
    fn write(&mut self, write: impl FnOnce(&mut Vec<u8>) -> bool) -> (u32, u32) {
        let start = self.bytes.len();
        if write(&mut self.bytes) {
            self.close(start);
            return self.last;
        }
        self.bytes.truncate(start);
        self.spans.push(NULL);
        NULL
    }

    fn get(&self, row: usize) -> Option<&str> {
        std::str::from_utf8(self.at(row)?).ok()
    }

    /// The bytes of a row's text.
    pub(super) fn at(&self, row: usize) -> Option<&[u8]> {
        let (start, end) = self.spans[row];
        self.bytes.get(start as usize..end as usize)
    }
}

/// Where the next text begins. A batch is taken away long before its texts are 4 GiB.
fn end_of(bytes: &[u8]) -> u32 {
    bytes.len() as u32
}

impl Batch {
    /// No rows yet.
    pub fn new(sheaf: Sheaf) -> Self {
        let columns = sheaf
            .columns()
            .iter()
            .map(|column| match column.kind {
                ColumnKind::Text => Values::Text(Texts::default()),
                ColumnKind::Number => Values::Number(Numbers::default()),
                ColumnKind::Count => Values::Count(Vec::new()),
                ColumnKind::Truth => Values::Truth(Vec::new()),
            })
            .collect();
        Self { sheaf, rows: 0, columns }
    }

    /// Takes all rows away and keeps the memory for others.
    pub(super) fn clear(&mut self) {
        self.rows = 0;
        for values in &mut self.columns {
            match values {
                Values::Text(texts) => {
                    texts.bytes.clear();
                    texts.spans.clear();
                    texts.last = (0, 0);
                }
                Values::Number(numbers) => {
                    numbers.digits.clear();
                    numbers.scales.clear();
                    numbers.long.clear();
                }
                Values::Count(counts) => counts.clear(),
                Values::Truth(truths) => truths.clear(),
            }
        }
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

    /// Bytes that its texts take where each row has its own, about.
    #[cfg(feature = "parquet")]
    pub fn unfolded(&self) -> u64 {
        let size = |span: &(u32, u32)| u64::from(span.1.saturating_sub(span.0));
        let texts = |values: &Values| match values {
            Values::Text(texts) => texts.spans.iter().filter(|span| **span != NULL).map(size).sum(),
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
            Values::Number(numbers) => {
                numbers.get(row).decimal().map_or(Datum::Null, Datum::Number)
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

/// Where a text that rows share stands in its column of a batch, once it does. Of no use for another batch or column.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shared(Option<(u32, u32)>);

/// A row being put. Each method fills the next column.
pub(super) struct Put<'a> {
    batch: &'a mut Batch,
    at: usize,
}

impl Put<'_> {
    #[inline]
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

    /// A text that is written where it will stay, byte by byte.
    pub(super) fn written(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> &mut Self {
        if let Values::Text(texts) = self.next() {
            let start = texts.bytes.len();
            write(&mut texts.bytes);
            texts.close(start);
        }
        self
    }

    /// A text that many rows of this batch share: looked up or written once, and repeated from then on.
    #[inline]
    pub(super) fn shared(
        &mut self,
        known: &mut Shared,
        write: impl FnOnce(&mut Vec<u8>) -> bool,
    ) -> &mut Self {
        if let Values::Text(texts) = self.next() {
            match known.0 {
                Some(span) => texts.spans.push(span),
                None => known.0 = Some(texts.write(write)),
            }
        }
        self
    }

    /// [`shared`](Self::shared) of words that are there already, or of none.
    #[inline]
    pub(super) fn repeated(&mut self, known: &mut Shared, text: Option<&str>) -> &mut Self {
        self.shared(known, |out| {
            out.extend_from_slice(text.unwrap_or_default().as_bytes());
            text.is_some()
        })
    }

    /// A cell as sheets name it.
    pub(super) fn cell(&mut self, cell: CellRef) -> &mut Self {
        self.written(|out| write_cell(cell, out))
    }

    /// A decimal as a text, with all its digits.
    pub(super) fn digits(&mut self, value: Decimal) -> &mut Self {
        self.written(|out| write_plain(value, out))
    }

    pub(super) fn number(&mut self, value: Option<Decimal>) -> &mut Self {
        if let Values::Number(values) = self.next() {
            values.push(value);
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
    let scaled = value.mantissa().checked_mul(POWERS[(SCALE - value.scale()) as usize])?;
    (scaled.unsigned_abs() < MOST).then_some(scaled)
}

const POWERS: [i128; SCALE as usize + 1] = {
    let mut powers = [1; SCALE as usize + 1];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// One, in units of 10⁻¹⁸.
const ONE: i128 = POWERS[SCALE as usize];

/// More than 38 digits.
const MOST: u128 = 10_u128.pow(38);

/// The decimal again, without zeros at its end.
fn decimal(scaled: i128) -> Option<Decimal> {
    let (whole, mut part) = parts(scaled);
    let mut scale = SCALE;
    if part == 0 {
        return Decimal::try_from_i128_with_scale(scaled / ONE, 0).ok();
    }
    while part.is_multiple_of(10) {
        part /= 10;
        scale -= 1;
    }
    let digits = whole.checked_mul(10_u128.pow(scale))?.checked_add(part.into())?;
    let digits = i128::try_from(digits).ok()?;
    Decimal::try_from_i128_with_scale(if scaled < 0 { -digits } else { digits }, scale).ok()
}

/// What stands before the point, and the 18 digits behind it, both without the sign.
fn parts(scaled: i128) -> (u128, u64) {
    let size = scaled.unsigned_abs();
    let whole = size / ONE as u128;
    (whole, (size - whole * ONE as u128) as u64)
}

/// Writes a number as [`Decimal`] does, without zeros at its end; nothing where there is none. Most of what a conversion writes
/// is numbers.
pub(super) fn write_number(number: Number, out: &mut Vec<u8>) {
    match number {
        Number::None => {}
        Number::Short(digits, scale) => {
            write_point(digits < 0, digits.unsigned_abs(), scale.into(), out);
        }
        Number::Long(scaled) => write_decimal(scaled, out),
    }
}

/// Writes a decimal in units of 10⁻¹⁸.
fn write_decimal(scaled: i128, out: &mut Vec<u8>) {
    let (whole, mut part) = parts(scaled);
    if scaled < 0 {
        out.push(b'-');
    }
    match u64::try_from(whole) {
        Ok(whole) => write_digits(whole, 1, out),
        Err(_) => drop(write!(out, "{whole}")),
    }
    if part == 0 {
        return;
    }
    let mut digits = SCALE as usize;
    while part.is_multiple_of(10) {
        part /= 10;
        digits -= 1;
    }
    out.push(b'.');
    write_digits(part, digits, out);
}

/// Writes a decimal as it stands, zeros at its end and all.
fn write_plain(value: Decimal, out: &mut Vec<u8>) {
    let (Ok(digits), decimals) =
        (u64::try_from(value.mantissa().unsigned_abs()), value.scale() as usize)
    else {
        return drop(write!(out, "{value}"));
    };
    write_point(value.is_sign_negative(), digits, decimals, out);
}

/// Writes digits, some of them behind the point.
fn write_point(negative: bool, digits: u64, decimals: usize, out: &mut Vec<u8>) {
    if negative {
        out.push(b'-');
    }
    let decimals = decimals.min(28);
    let mut room = Room::new();
    room.put(digits, if decimals == 0 { 1 } else { decimals + 1 });
    if decimals > 0 {
        room.point(decimals);
    }
    room.write(out);
}

/// Where something short is put together from its end. It is copied as a whole, so that its length need not be asked.
struct Room {
    bytes: [u8; 2 * Self::SIZE],
    at: usize,
}

impl Room {
    /// 20 digits, or as many decimals as a `Decimal` has behind a zero, and the point.
    const SIZE: usize = 32;

    #[inline]
    fn new() -> Self {
        Self { bytes: [b'0'; 2 * Self::SIZE], at: Self::SIZE }
    }

    /// At least so many digits.
    #[inline]
    fn put(&mut self, number: u64, least: usize) {
        let at = put_digits(number, &mut self.bytes[..Self::SIZE]);
        self.at = at.min(Self::SIZE - least);
    }

    /// Puts a point before the last digits.
    #[inline]
    fn point(&mut self, decimals: usize) {
        let bytes = self.bytes;
        self.at -= 1;
        let (from, to) = (self.at + 1, self.at);
        self.bytes[to..to + Self::SIZE].copy_from_slice(&bytes[from..from + Self::SIZE]);
        let point = Self::SIZE - decimals;
        self.bytes[point - 1] = b'.';
        self.bytes[point..][..Self::SIZE].copy_from_slice(&bytes[point..][..Self::SIZE]);
    }

    #[inline]
    fn column(&mut self, column: u32) {
        let mut rest = u64::from(column) + 1;
        while rest > 0 {
            rest -= 1;
            self.at -= 1;
            self.bytes[self.at] = b'A' + (rest % 26) as u8;
            rest /= 26;
        }
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        let length = out.len() + Self::SIZE - self.at;
        out.extend_from_slice(&self.bytes[self.at..][..Self::SIZE]);
        out.truncate(length);
    }
}

/// All numbers of two digits.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut at = 0;
    while at < pairs.len() {
        pairs[at] = [b'0' + (at / 10) as u8, b'0' + (at % 10) as u8];
        at += 1;
    }
    pairs
};

/// Puts the digits of a number, one at least, at the end of a buffer; tells where they begin.
#[inline]
fn put_digits(mut number: u64, buffer: &mut [u8]) -> usize {
    let mut at = buffer.len();
    while number >= 100 {
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[(number % 100) as usize]);
        number /= 100;
    }
    if number >= 10 {
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[number as usize]);
    } else {
        at -= 1;
        buffer[at] = b'0' + number as u8;
    }
    at
}

/// Writes a cell as sheets name it: B4.
pub(super) fn write_cell(cell: CellRef, out: &mut Vec<u8>) {
    let mut room = Room::new();
    room.put(u64::from(cell.row) + 1, 1);
    room.column(cell.column);
    room.write(out);
}

/// Writes a column as sheets name it: B.
pub(super) fn write_column(column: u32, out: &mut Vec<u8>) {
    let mut room = Room::new();
    room.column(column);
    room.write(out);
}

/// Writes a whole number.
pub(super) fn write_count(count: i64, out: &mut Vec<u8>) {
    if count < 0 {
        out.push(b'-');
    }
    write_digits(count.unsigned_abs(), 1, out);
}

/// Writes at least so many digits.
fn write_digits(number: u64, least: usize, out: &mut Vec<u8>) {
    let mut room = Room::new();
    room.put(number, least);
    room.write(out);
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
    fn numbers_are_written_as_decimals_are() {
        let mut texts = vec!["0".to_owned(), "12345678901234567890.000000000000000001".to_owned()];
        for digits in ["1", "10", "305", "9007199254740993", "18446744073709551616"] {
            for decimals in [0, 1, 2, 17, 18] {
                let mut value: Decimal = digits.parse().unwrap();
                value.set_scale(decimals).unwrap();
                texts.extend([value.to_string(), (-value).to_string()]);
            }
        }
        for text in texts {
            let value: Decimal = text.parse().unwrap();
            let mut numbers = Numbers::default();
            numbers.push(Some(value));
            numbers.push_scaled(scaled(value));
            let mut out = Vec::new();
            write_decimal(scaled(value).unwrap(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), value.normalize().to_string());
            for row in 0..2 {
                let mut out = Vec::new();
                write_number(numbers.get(row), &mut out);
                assert_eq!(String::from_utf8(out).unwrap(), value.normalize().to_string());
                assert_eq!(numbers.get(row).decimal(), Some(value.normalize()));
                #[cfg(feature = "parquet")]
                assert_eq!(numbers.scaled().nth(row).unwrap(), scaled(value));
            }
            assert_eq!(decimal(scaled(value).unwrap()), Some(value.normalize()), "{text}");
        }
        for count in [0, 7, 10, -10, i64::MAX, i64::MIN] {
            let mut out = Vec::new();
            write_count(count, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), count.to_string());
        }
    }

    #[test]
    fn cells_and_decimals_are_written_as_they_are_shown() {
        for column in [0, 25, 26, 701, 702, 16_383] {
            let cell = CellRef::new(column * 7, column);
            let mut out = Vec::new();
            write_cell(cell, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), cell.to_string());
        }
        for digits in [0, 1, 5, 120, 10_i64.pow(17), i64::MAX] {
            for scale in [0, 1, 2, 19, 20, 21, 28] {
                for value in [Decimal::new(digits, scale), Decimal::new(-digits, scale)] {
                    let mut out = Vec::new();
                    write_plain(value, &mut out);
                    assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
                }
            }
        }
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
