//! Texts of BIFF: bytes of a code page in BIFF5; in BIFF8 one or two bytes a character, cut wherever a record is full.

use encoding_rs::Encoding;

use crate::model::ReadErrorCode;
use crate::read::bytes::{u16_at, u32_at, utf_16};
use crate::read::error::{Fault, fault};
use crate::read::runs::{Mark, Runs};

/// The code page of a BIFF5 workbook.
#[derive(Clone, Copy, Debug)]
pub(super) enum Charset {
    Known(&'static Encoding),
    /// This code page is not known; only ASCII can be read.
    Unknown(u16),
    /// None is stated.
    Unstated,
}

impl Default for Charset {
    fn default() -> Self {
        Self::Known(encoding_rs::WINDOWS_1252)
    }
}

impl Charset {
    pub(super) fn of_page(page: Option<u16>) -> Self {
        let Some(page) = page else { return Self::Unstated };
        Self::Known(match page {
            936 | 20936 | 10008 => encoding_rs::GBK,
            54936 => encoding_rs::GB18030,
            950 | 10002 => encoding_rs::BIG5,
            932 | 10001 => encoding_rs::SHIFT_JIS,
            949 | 10003 => encoding_rs::EUC_KR,
            874 => encoding_rs::WINDOWS_874,
            1250 => encoding_rs::WINDOWS_1250,
            1251 => encoding_rs::WINDOWS_1251,
            1252 | 32769 | 367 => encoding_rs::WINDOWS_1252,
            1253 => encoding_rs::WINDOWS_1253,
            1254 => encoding_rs::WINDOWS_1254,
            1255 => encoding_rs::WINDOWS_1255,
            1256 => encoding_rs::WINDOWS_1256,
            1257 => encoding_rs::WINDOWS_1257,
            1258 => encoding_rs::WINDOWS_1258,
            866 => encoding_rs::IBM866,
            10000 | 32768 => encoding_rs::MACINTOSH,
            65001 => encoding_rs::UTF_8,
            _ => return Self::Unknown(page),
        })
    }

    pub(super) fn decode(self, raw: &[u8]) -> Result<String, Fault> {
        if let Ok(text) = std::str::from_utf8(raw)
            && text.is_ascii()
        {
            return Ok(text.to_owned());
        }
        match self {
            Self::Known(encoding) => Ok(encoding.decode_without_bom_handling(raw).0.into_owned()),
            Self::Unstated => {
                let (text, faulty) = encoding_rs::GBK.decode_without_bom_handling(raw);
                let text = if faulty { encoding_rs::WINDOWS_1252.decode(raw).0 } else { text };
                Ok(text.into_owned())
            }
            Self::Unknown(page) => Err(fault(
                ReadErrorCode::UnknownEncoding,
                format!("未知的代码页 {page}"),
                format!("the code page {page} is not known"),
            )),
        }
    }
}

/// A text with a length of 16 bits, within one record.
pub(super) fn unicode(payload: &[u8]) -> Option<String> {
    Segments::new(&[payload], 0).string()
}

/// A text with a length of 8 bits.
pub(super) fn short_unicode(payload: &[u8]) -> Option<String> {
    let length = usize::from(*payload.first()?);
    let wide = payload.get(1)? & 1 != 0;
    let raw = payload.get(2..)?;
    let raw = raw.get(..if wide { length * 2 } else { length }).unwrap_or(raw);
    Some(if wide { utf_16(raw) } else { latin(raw) })
}

fn latin(raw: &[u8]) -> String {
    raw.iter().map(|b| char::from(*b)).collect()
}

/// Texts one after the other in a record and the CONTINUE records behind it.
pub(super) struct Segments<'s> {
    pieces: Vec<&'s [u8]>,
    piece: usize,
    at: usize,
}

impl<'s> Segments<'s> {
    pub(super) fn new(pieces: &[&'s [u8]], at: usize) -> Self {
        Self { pieces: pieces.to_vec(), piece: 0, at }
    }

    fn rest(&self) -> &'s [u8] {
        self.pieces.get(self.piece).and_then(|piece| piece.get(self.at..)).unwrap_or_default()
    }

    /// Goes on to the next record when this one is used up; false at the end.
    fn refill(&mut self) -> bool {
        while self.rest().is_empty() {
            if self.piece + 1 >= self.pieces.len() {
                return false;
            }
            self.piece += 1;
            self.at = 0;
        }
        true
    }

    fn skip(&mut self, mut count: usize) -> Option<()> {
        while count > 0 {
            if !self.refill() {
                return None;
            }
            let step = count.min(self.rest().len());
            self.at += step;
            count -= step;
        }
        Some(())
    }

    /// The next text with a length of 16 bits.
    pub(super) fn string(&mut self) -> Option<String> {
        self.rich().map(|(text, _)| text)
    }

    /// The next text, and its runs: where each begins, in units of UTF-16, and its font.
    pub(super) fn rich(&mut self) -> Option<(String, Vec<(u16, u16)>)> {
        self.refill();
        let rest = self.rest();
        let length = usize::from(u16_at(rest, 0)?);
        let flags = *rest.get(2)?;
        self.at += 3;
        let mut tail = 0_usize;
        let mut count = 0;
        if flags & 0x08 != 0 {
            count = usize::from(u16_at(self.rest(), 0)?);
            self.at += 2;
        }
        if flags & 0x04 != 0 {
            tail = tail.checked_add(u32_at(self.rest(), 0)? as usize)?;
            self.at += 4;
        }
        let text = self.characters(length, flags & 1 != 0)?;
        let mut runs = Vec::new();
        for _ in 0..count {
            let mut bytes = [0; 4];
            for byte in &mut bytes {
                if !self.refill() {
                    return None;
                }
                *byte = self.rest()[0];
                self.at += 1;
            }
            runs.push((
                u16::from_le_bytes([bytes[0], bytes[1]]),
                u16::from_le_bytes([bytes[2], bytes[3]]),
            ));
        }
        self.skip(tail)?;
        Some((text, runs))
    }

    /// `length` characters; where a record ends among them, the next begins with a flag of its own.
    pub(super) fn characters(&mut self, mut length: usize, mut wide: bool) -> Option<String> {
        let mut text = String::new();
        while length > 0 {
            if self.rest().is_empty() {
                if !self.refill() {
                    return None;
                }
                wide = self.rest()[0] & 1 != 0;
                self.at += 1;
                continue;
            }
            let size = if wide { 2 } else { 1 };
            let count = length.min(self.rest().len() / size);
            if count == 0 {
                return None;
            }
            let raw = &self.rest()[..count * size];
            if wide {
                text.push_str(&utf_16(raw));
            } else {
                text.extend(raw.iter().map(|b| char::from(*b)));
            }
            self.at += count * size;
            length -= count;
        }
        Some(text)
    }
}

/// The value of a text of runs, by how each font is written, and whether it is less than the text.
pub(in crate::read) fn valued(
    text: String,
    runs: &[(u16, u16)],
    font: impl Fn(u16) -> Mark,
) -> (String, bool) {
    if runs.iter().all(|(_, index)| font(*index) == Mark::Plain) {
        return (text, false);
    }
    let mut pieces = Runs::default();
    let mut mark = Mark::Plain;
    let mut ahead = runs.iter().peekable();
    let mut at = 0_usize;
    for character in text.chars() {
        while let Some((_, index)) = ahead.next_if(|(start, _)| usize::from(*start) <= at) {
            mark = font(*index);
        }
        pieces.push(character.encode_utf8(&mut [0; 4]), mark);
        at += character.len_utf16();
    }
    pieces.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_a_text_are_read_across_records() {
        // 9050 and 5071, the latter's runs cut by the end of the record.
        let first = [
            4, 0, 8, 1, 0, b'9', b'0', b'5', b'0', 0, 0, 7, 0, 4, 0, 8, 2, 0, b'5', b'0', b'7',
            b'1', 0, 0,
        ];
        let second = [0, 0, 2, 0, 8, 0];
        let mut segments = Segments::new(&[&first, &second], 0);
        let font = |index| match index {
            7 => Mark::Struck,
            8 => Mark::Raised,
            _ => Mark::Plain,
        };
        let (text, runs) = segments.rich().unwrap();
        assert_eq!((text.as_str(), runs.as_slice()), ("9050", &[(0, 7)][..]));
        assert_eq!(valued(text, &runs, font), ("9050".to_owned(), false), "struck from end to end");
        let (text, runs) = segments.rich().unwrap();
        assert_eq!(valued(text, &runs, font), ("50".to_owned(), true));
        let runs = [(0, 7), (2, 0)];
        assert_eq!(valued("9050".to_owned(), &runs, font), ("50".to_owned(), true));
    }

    #[test]
    fn texts_go_on_in_the_next_record() {
        let first = [3, 0, 0, b'a', b'b', b'c', 4, 0, 1, 0x2D, 0x4E];
        let second = [0, b'x', b'y', b'z', 1, 0, 8, 1, 0, b'q', 0, 0];
        let third = [0, 0, 2, 0, 0, b'e', b'f'];
        let mut segments = Segments::new(&[&first, &second, &third], 0);
        for expected in ["abc", "中xyz", "q", "ef"] {
            assert_eq!(segments.string().as_deref(), Some(expected));
        }
        assert_eq!(segments.string(), None);
    }
}
