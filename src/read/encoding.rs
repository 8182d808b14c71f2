//! Which encoding a text is in: a byte order mark, strict UTF-8, UTF-16 by its zeros, then what the bytes look like.
//!
//! Chinese text without a mark is GB18030 far more often than Big5; the detector decides between them, and a text that
//! decodes without a fault in neither is refused rather than guessed, since a wrong guess shows wrong words.

use encoding_rs::{BIG5, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::error::{Fault, fault};
use crate::model::ReadErrorCode;

/// A text and the encoding that it was in; `guessed` when neither a mark nor strict UTF-8 proved it.
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) encoding: &'static Encoding,
    pub(super) guessed: bool,
}

/// Decodes a text of unknown encoding.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, faulty) = encoding.decode_without_bom_handling(&bytes[mark..]);
        if faulty && encoding == UTF_8 {
            // A mark that lies: seen where programs put it in front of GBK.
            return guess(&bytes[mark..]);
        }
        return Ok(Decoded { text: text.into_owned(), encoding, guessed: false });
    }
    if let Some(encoding) = utf_16_by_zeros(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(bytes);
        return Ok(Decoded { text: text.into_owned(), encoding, guessed: true });
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Decoded { text: text.to_owned(), encoding: UTF_8, guessed: false });
    }
    guess(bytes)
}

fn guess(bytes: &[u8]) -> Result<Decoded, Fault> {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(&bytes[..bytes.len().min(1 << 20)], bytes.len() <= 1 << 20);
    let likely = detector.guess(Some(b"cn"), chardetng::Utf8Detection::Deny);
    let order = if likely == BIG5 { [BIG5, GB18030] } else { [GB18030, BIG5] };
    for encoding in order {
        let (text, faulty) = encoding.decode_without_bom_handling(bytes);
        if !faulty && plausible(&text) {
            return Ok(Decoded { text: text.into_owned(), encoding, guessed: true });
        }
    }
    Err(fault(
        ReadErrorCode::UnknownEncoding,
        "文本编码无法识别（不是 UTF-8、UTF-16、GB18030 或 Big5）",
        "the encoding of the text is unknown (not UTF-8, UTF-16, GB18030 or Big5)",
    ))
}

/// Whether a decoded text holds no characters that only a wrong guess gives.
fn plausible(text: &str) -> bool {
    let odd = text
        .chars()
        .filter(|c| matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{80}'..='\u{9F}' | '\u{FFFD}'))
        .count();
    odd * 20 <= text.chars().count()
}

/// UTF-16 without a mark: every second byte of the plain characters is zero.
fn utf_16_by_zeros(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(4096) & !1];
    if head.len() < 4 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let likely = |high: usize, zeros: usize, other: usize| {
        // Of the signs that make a table, nearly all have a zero beside them; those that do not are parts of others.
        let (mut with, mut without) = (0_usize, 0_usize);
        for pair in head.chunks_exact(2) {
            if matches!(pair[1 - high], b',' | b'\t' | b'\n' | b'\r' | b';' | b'.' | b'0'..=b'9') {
                *(if pair[high] == 0 { &mut with } else { &mut without }) += 1;
            }
        }
        zeros * 10 >= head.len() / 2 && other == 0 && with > without
    };
    if likely(1, odd, even) {
        return Some(UTF_16LE);
    }
    likely(0, even, odd).then_some(UTF_16BE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_text_is_read_in_every_encoding() {
        let text = "项目名称,金额（万元）\n人员经费,120.50\n公用经费,30.20\n";
        let utf_16 = |f: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(f).collect::<Vec<u8>>();
        let big = "項目名稱,金額（萬元）\n人員經費,120.50\n";
        for (bytes, expected, encoding) in [
            (text.as_bytes().to_vec(), text, UTF_8),
            ([b"\xEF\xBB\xBF", text.as_bytes()].concat(), text, UTF_8),
            (GB18030.encode(text).0.into_owned(), text, GB18030),
            (BIG5.encode(big).0.into_owned(), big, BIG5),
            ([vec![0xFF, 0xFE], utf_16(u16::to_le_bytes)].concat(), text, UTF_16LE),
            ([vec![0xFE, 0xFF], utf_16(u16::to_be_bytes)].concat(), text, UTF_16BE),
            (utf_16(u16::to_le_bytes), text, UTF_16LE),
        ] {
            let decoded = decode(&bytes).unwrap();
            assert_eq!((decoded.text.as_str(), decoded.encoding), (expected, encoding));
        }
        for stray in ["a,1\0\n\0b,22\n", "a,1\n\0\0b,2\n\0\0", "ab,1\nTotal,9\n\0,\0,"] {
            assert_eq!(decode(stray.as_bytes()).unwrap().encoding, UTF_8, "{stray:?}");
        }
        let error = decode(b"a,\xFF\xFF\xFF,\x81\n").err().unwrap();
        assert_eq!(error.code, ReadErrorCode::UnknownEncoding);
    }
}
