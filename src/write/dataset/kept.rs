//! Rows as a chunk keeps them: by column, as they lie in memory, so that to write and to read them costs little more than to
//! copy them. Every form of output is made from these.
//!
//! A file begins with what it holds; batches follow, each with its length. Texts and whole numbers that repeat those of the
//! row before take one byte.

use std::io::{self, Read, Write};

use super::batch::{Batch, LONG, NONE, NULL, Numbers, Values};
use super::schema::{ColumnKind, Sheaf, VERSION};

/// The version of how rows are kept: chunks of another are made anew.
pub const FORM: u8 = 1;

/// Bytes of a batch in front of its columns: rows, and the length of what follows.
const FRONT: usize = 12;

/// What stands in place of a value.
mod mark {
    /// None.
    pub(super) const NONE: u8 = 0;
    /// That of the row before.
    pub(super) const SAME: u8 = 1;
    /// One of its own: a text's length, a number, yes.
    pub(super) const OWN: u8 = 2;
    /// A text that stands further up: where it begins and ends.
    pub(super) const AGAIN: u8 = 3;
}

/// What a file of one kind of rows begins with.
fn head(sheaf: Sheaf) -> Vec<u8> {
    let kinds = sheaf.columns().iter().map(|column| match column.kind {
        ColumnKind::Text => b't',
        ColumnKind::Number => b'n',
        ColumnKind::Count => b'c',
        ColumnKind::Truth => b'y',
    });
    let mut head = format!("gouji {FORM} {VERSION} {} ", sheaf.name()).into_bytes();
    head.extend(kinds);
    head.push(b'\n');
    head
}

/// Rows of one kind being kept.
pub struct Writer<W> {
    out: W,
}

impl<W: Write> Writer<W> {
    /// A file for rows of one kind.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(sheaf: Sheaf, mut out: W) -> io::Result<Self> {
        out.write_all(&head(sheaf))?;
        Ok(Self { out })
    }

    /// Adds rows, put together in memory that is there for it.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, batch: &Batch, buffer: &mut Vec<u8>) -> io::Result<()> {
        if batch.rows() == 0 {
            return Ok(());
        }
        buffer.clear();
        buffer.extend((batch.rows() as u32).to_le_bytes());
        buffer.extend([0; FRONT - 4]);
        for values in &batch.columns {
            put(values, buffer);
        }
        let length = (buffer.len() - FRONT) as u64;
        buffer[4..FRONT].copy_from_slice(&length.to_le_bytes());
        self.out.write_all(buffer)
    }

    /// Gives back what was written to.
    pub fn finish(self) -> W {
        self.out
    }
}

fn put(values: &Values, out: &mut Vec<u8>) {
    let mut more = Vec::new();
    match values {
        Values::Text(texts) => {
            let (mut last, mut end) = (NULL, 0);
            out.extend(texts.spans.iter().map(|&span| {
                if span == NULL {
                    return mark::NONE;
                }
                if span == last {
                    return mark::SAME;
                }
                last = span;
                if span.0 == end {
                    more.extend((span.1 - span.0).to_le_bytes());
                    end = span.1;
                    return mark::OWN;
                }
                more.extend(span.0.to_le_bytes());
                more.extend(span.1.to_le_bytes());
                mark::AGAIN
            }));
            put_bytes(&more, out);
            put_bytes(&texts.bytes, out);
        }
        Values::Number(numbers) => {
            out.extend(&numbers.scales);
            let digits = numbers.digits.iter().zip(&numbers.scales);
            let known = digits.filter(|(_, scale)| **scale != NONE).map(|(digits, _)| digits);
            put_words(known, out);
            out.extend((numbers.long.len() as u32).to_le_bytes());
            numbers.long.iter().for_each(|long| out.extend(long.to_le_bytes()));
        }
        Values::Count(counts) => {
            let mut last = None;
            out.extend(counts.iter().map(|count| match count {
                None => mark::NONE,
                Some(_) if *count == last => mark::SAME,
                Some(own) => {
                    more.extend(own.to_le_bytes());
                    last = *count;
                    mark::OWN
                }
            }));
            out.extend(more);
        }
        Values::Truth(truths) => out.extend(truths.iter().map(|truth| match truth {
            None => mark::NONE,
            Some(false) => mark::SAME,
            Some(true) => mark::OWN,
        })),
    }
}

/// Puts integers that are not more than the column has rows.
fn put_words<'a>(words: impl Iterator<Item = &'a i64>, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + 8 * words.size_hint().1.unwrap_or_default(), 0);
    let mut places = out[start..].chunks_exact_mut(8);
    let mut count = 0;
    for (word, place) in words.zip(&mut places) {
        place.copy_from_slice(&word.to_le_bytes());
        count += 1;
    }
    out.truncate(start + 8 * count);
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Kept rows being read.
pub struct Reader<R> {
    file: R,
    sheaf: Sheaf,
    /// Bytes that are left of it.
    left: u64,
}

/// A batch that is read but not taken apart.
pub struct Packed {
    sheaf: Sheaf,
    rows: usize,
    bytes: Vec<u8>,
}

impl<R: Read> Reader<R> {
    /// Opens rows of one kind, `length` bytes in all.
    ///
    /// # Errors
    /// When they are of another kind or version.
    pub fn new(sheaf: Sheaf, mut file: R, length: u64) -> io::Result<Self> {
        let wanted = head(sheaf);
        let mut found = vec![0; wanted.len()];
        file.read_exact(&mut found)?;
        if found != wanted {
            return Err(damaged("rows of another kind or version"));
        }
        let left = length.saturating_sub(wanted.len() as u64);
        Ok(Self { file, sheaf, left })
    }

    /// The next batch, read into memory that is there for it.
    pub fn next_in(&mut self, mut room: Vec<u8>) -> Option<io::Result<Packed>> {
        (self.left > 0).then(|| {
            let mut front = [0; FRONT];
            self.file.read_exact(&mut front)?;
            let [a, b, c, d, length @ ..] = front;
            let (rows, length) = (u32::from_le_bytes([a, b, c, d]), u64::from_le_bytes(length));
            let left =
                self.left.checked_sub(FRONT as u64).and_then(|left| left.checked_sub(length));
            self.left = left.ok_or_else(|| damaged("rows end too early"))?;
            room.clear();
            let read = self.file.by_ref().take(length).read_to_end(&mut room)?;
            if read as u64 != length {
                return Err(damaged("rows end too early"));
            }
            Ok(Packed { sheaf: self.sheaf, rows: rows as usize, bytes: room })
        })
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = io::Result<Packed>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_in(Vec::new())
    }
}

impl Packed {
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The rows.
    ///
    /// # Errors
    /// When they are damaged.
    pub fn batch(self) -> io::Result<Batch> {
        let mut batch = Batch::new(self.sheaf);
        self.batch_into(&mut batch)?;
        Ok(batch)
    }

    /// The rows, in the memory of others of their kind; gives back the memory that they were read into.
    ///
    /// # Errors
    /// When they are damaged.
    pub fn batch_into(self, batch: &mut Batch) -> io::Result<Vec<u8>> {
        batch.clear();
        batch.set_rows(self.rows);
        let mut rest = self.bytes.as_slice();
        for values in &mut batch.columns {
            take(values, self.rows, &mut rest).ok_or_else(|| damaged("rows that are none"))?;
        }
        if rest.is_empty() { Ok(self.bytes) } else { Err(damaged("more than rows")) }
    }
}

fn damaged(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Takes a column out of what is left, into one that is empty.
fn take(values: &mut Values, rows: usize, rest: &mut &[u8]) -> Option<()> {
    let marks = rest.split_off(..rows)?;
    match values {
        Values::Text(texts) => {
            let mut more = bytes(rest)?;
            let (mut last, mut end) = (NULL, 0_u32);
            texts.spans.resize(rows, NULL);
            for (span, mark) in texts.spans.iter_mut().zip(marks) {
                match *mark {
                    mark::NONE => continue,
                    mark::SAME => {}
                    mark::OWN => {
                        let start = end;
                        end = start.checked_add(number(&mut more)?)?;
                        last = (start, end);
                    }
                    _ => last = (number(&mut more)?, number(&mut more)?),
                }
                *span = last;
            }
            texts.bytes.extend_from_slice(bytes(rest)?);
        }
        Values::Number(numbers) => {
            let Numbers { digits, scales, long } = numbers;
            digits.resize(rows, 0);
            scales.extend_from_slice(marks);
            for (digits, scale) in digits.iter_mut().zip(marks) {
                if *scale != NONE {
                    *digits = i64::from_le_bytes(fixed(rest)?);
                }
            }
            for _ in 0..number(rest)? {
                long.push(i128::from_le_bytes(fixed(rest)?));
            }
            let known = |(scale, at): (&u8, &i64)| {
                *scale != LONG || usize::try_from(*at).is_ok_and(|at| at < long.len())
            };
            if !marks.iter().zip(digits.iter()).all(known) {
                return None;
            }
        }
        Values::Count(counts) => {
            let mut last = None;
            counts.resize(rows, None);
            for (count, mark) in counts.iter_mut().zip(marks) {
                match *mark {
                    mark::NONE => continue,
                    mark::SAME => {}
                    _ => last = Some(i64::from_le_bytes(fixed(rest)?)),
                }
                *count = last;
            }
        }
        Values::Truth(truths) => truths.extend(marks.iter().map(|mark| match *mark {
            mark::NONE => None,
            mark::SAME => Some(false),
            _ => Some(true),
        })),
    }
    Some(())
}

/// Bytes behind their length.
fn bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = number(rest)?;
    rest.split_off(..length as usize)
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(fixed(rest)?))
}

fn fixed<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    rest.split_off(..N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::super::batch::Datum;
    use super::*;
    use crate::number::Decimal;

    /// Rows of lines: texts that repeat, return and are not there, counts, yes and no.
    fn rows() -> Batch {
        let mut batch = Batch::new(Sheaf::Lines);
        for row in 0..40_i64 {
            let mut put = batch.row();
            put.text("f0").count(Some(row / 7)).count((row % 3 > 0).then_some(row - 20));
            for column in 3..7 {
                put.maybe((row % column > 0).then_some(["合计", "", "甲"][row as usize % 3]));
            }
            put.count(Some(i64::MIN)).count(None).truth(row % 2 == 0);
            for column in 10..18 {
                put.maybe((row > column).then_some("同"));
            }
            put.end();
        }
        batch
    }

    fn kept(batches: &[Batch]) -> Vec<u8> {
        let mut writer = Writer::new(batches[0].sheaf, Vec::new()).unwrap();
        for batch in batches {
            writer.write(batch, &mut Vec::new()).unwrap();
        }
        writer.finish()
    }

    fn read(sheaf: Sheaf, bytes: &[u8]) -> io::Result<Vec<Batch>> {
        let reader = Reader::new(sheaf, bytes, bytes.len() as u64)?;
        reader.map(|packed| packed?.batch()).collect()
    }

    fn data(batch: &Batch) -> Vec<Vec<Datum<'_>>> {
        (0..batch.rows()).map(|row| batch.data(row).collect()).collect()
    }

    #[test]
    fn rows_come_back_as_they_went() {
        let mut numbers = Batch::new(Sheaf::Checks);
        for text in ["0", "-12.50", "0.000000000000000001", "99999999999999999999.99", "5e-20"] {
            let value = Decimal::from_scientific(text).or_else(|_| text.parse()).ok();
            let mut put = numbers.row();
            put.text("f").count(None).count(None).count(Some(1));
            for _ in 4..13 {
                put.maybe(Some(text));
            }
            put.number(value).number(None).number(value).number(None).text("").end();
        }
        for batch in [rows(), numbers, Batch::new(Sheaf::Facts)] {
            let bytes = kept(&[batch.clone(), batch.clone()]);
            let again = read(batch.sheaf, &bytes).unwrap();
            assert_eq!(again.len(), if batch.rows() > 0 { 2 } else { 0 });
            for read in &again {
                assert_eq!(data(read), data(&batch));
                assert_eq!(kept(std::slice::from_ref(read)), kept(std::slice::from_ref(&batch)));
            }
        }
    }

    #[test]
    fn a_text_that_stands_further_up_is_kept_once() {
        let mut batch = rows();
        if let Values::Text(texts) = &mut batch.columns[4] {
            let first = texts.spans.iter().copied().find(|span| *span != NULL).unwrap();
            texts.spans[39] = first;
        }
        let again = read(Sheaf::Lines, &kept(std::slice::from_ref(&batch))).unwrap();
        assert_eq!(data(&again[0]), data(&batch));
    }

    #[test]
    fn what_is_cut_or_of_another_kind_is_told() {
        let bytes = kept(&[rows()]);
        for end in 0..bytes.len() {
            let cut = read(Sheaf::Lines, &bytes[..end]);
            assert!(cut.is_err() || end == head(Sheaf::Lines).len(), "{end}");
        }
        assert!(read(Sheaf::Facts, &bytes).is_err());
        // Whatever a byte says, nothing breaks.
        for at in head(Sheaf::Lines).len()..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 0xFF;
            if let Ok(batches) = read(Sheaf::Lines, &other) {
                for batch in &batches {
                    let _ = data(batch);
                }
            }
        }
    }
}
