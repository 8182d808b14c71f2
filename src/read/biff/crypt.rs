//! Encrypted record streams: only payloads are encrypted, but the key stream counts the record heads too.

use super::formula::Dialect;
use super::{Records, record};
use crate::read::bytes::u16_at;
use crate::read::crypto::{StreamKey, candidates, stream_key};
use crate::read::error::{Fault, encrypted};

/// Records that are never encrypted: BOF, FILEPASS, USREXCL, FILELOCK, INTERFACEHDR, RRDINFO, RRDHEAD.
const PLAIN: [u16; 7] = [record::BOF, record::FILEPASS, 0x0194, 0x0195, 0x00E1, 0x0196, 0x0138];

/// Decrypts the stream in place, if it is encrypted and one of the passwords opens it.
pub(super) fn decrypt(
    stream: &mut [u8],
    dialect: Dialect,
    passwords: &[String],
) -> Result<(), Fault> {
    let header = Records::new(stream, 0)
        .take_while(|(kind, _)| *kind != record::EOF)
        .find(|(kind, _)| *kind == record::FILEPASS)
        .map(|(_, payload)| payload.to_vec());
    let Some(header) = header else { return Ok(()) };
    let obfuscation = match dialect {
        Dialect::Biff5 => Some(&header[..]),
        _ if u16_at(&header, 0) == Some(0) => Some(&header[2..]),
        _ => None,
    };
    if let Some(header) = obfuscation {
        let key = xor_key(header, passwords)?;
        for_payloads(stream, |at, payload| {
            let length = payload.len();
            for (index, byte) in payload.iter_mut().enumerate() {
                *byte = (*byte ^ key[(at + length + index) % 16]).rotate_left(3);
            }
        });
        return Ok(());
    }
    let key = stream_key(header.get(2..).unwrap_or_default(), passwords)?;
    let mut blocks = Blocks { key: &key, number: u32::MAX, bytes: [0; BLOCK] };
    for_payloads(stream, |at, payload| {
        for (index, byte) in payload.iter_mut().enumerate() {
            *byte ^= blocks.byte(at + index);
        }
    });
    Ok(())
}

const BLOCK: usize = 1024;

/// The key stream, a block at a time.
struct Blocks<'k> {
    key: &'k StreamKey,
    number: u32,
    bytes: [u8; BLOCK],
}

impl Blocks<'_> {
    fn byte(&mut self, at: usize) -> u8 {
        let number = (at / BLOCK) as u32;
        if number != self.number {
            let mut cipher = self.key.block(number);
            self.bytes.fill_with(|| cipher.byte());
            self.number = number;
        }
        self.bytes[at % BLOCK]
    }
}

/// Calls `change` with the encrypted bytes of each record and where they start.
fn for_payloads(stream: &mut [u8], mut change: impl FnMut(usize, &mut [u8])) {
    let mut at = 0;
    while let (Some(kind), Some(length)) = (u16_at(stream, at), u16_at(stream, at + 2)) {
        let start = at + 4;
        let end = (start + usize::from(length)).min(stream.len());
        if !PLAIN.contains(&kind) {
            // The place of a sheet in the stream stays readable. The key stream of the other methods goes by the place
            // alone; that of obfuscation by the record's length too.
            let skip = if kind == record::BOUNDSHEET { 4.min(end - start) } else { 0 };
            if skip > 0 {
                let kept: [u8; 4] = stream[start..start + 4].try_into().unwrap_or_default();
                change(start, &mut stream[start..end]);
                stream[start..start + 4].copy_from_slice(&kept);
            } else {
                change(start, &mut stream[start..end]);
            }
        }
        at = end;
    }
}

const INITIAL: [u16; 15] = [
    0xE1F0, 0x1D0F, 0xCC9C, 0x84C0, 0x110C, 0x0E10, 0xF1CE, 0x313E, 0x1872, 0xE139, 0xD40F, 0x84F9,
    0x280C, 0xA96A, 0x4EC3,
];

const MATRIX: [u16; 105] = [
    0xAEFC, 0x4DD9, 0x9BB2, 0x2745, 0x4E8A, 0x9D14, 0x2A09, 0x7B61, 0xF6C2, 0xFDA5, 0xEB6B, 0xC6F7,
    0x9DCF, 0x2BBF, 0x4563, 0x8AC6, 0x05AD, 0x0B5A, 0x16B4, 0x2D68, 0x5AD0, 0x0375, 0x06EA, 0x0DD4,
    0x1BA8, 0x3750, 0x6EA0, 0xDD40, 0xD849, 0xA0B3, 0x5147, 0xA28E, 0x553D, 0xAA7A, 0x44D5, 0x6F45,
    0xDE8A, 0xAD35, 0x4A4B, 0x9496, 0x390D, 0x721A, 0xEB23, 0xC667, 0x9CEF, 0x29FF, 0x53FE, 0xA7FC,
    0x5FD9, 0x47D3, 0x8FA6, 0x0F6D, 0x1EDA, 0x3DB4, 0x7B68, 0xF6D0, 0xB861, 0x60E3, 0xC1C6, 0x93AD,
    0x377B, 0x6EF6, 0xDDEC, 0x45A0, 0x8B40, 0x06A1, 0x0D42, 0x1A84, 0x3508, 0x6A10, 0xAA51, 0x4483,
    0x8906, 0x022D, 0x045A, 0x08B4, 0x1168, 0x76B4, 0xED68, 0xCAF1, 0x85C3, 0x1BA7, 0x374E, 0x6E9C,
    0x3730, 0x6E60, 0xDCC0, 0xA9A1, 0x4363, 0x86C6, 0x1DAD, 0x3331, 0x6662, 0xCCC4, 0x89A9, 0x0373,
    0x06E6, 0x0DCC, 0x1021, 0x2042, 0x4084, 0x8108, 0x1231, 0x2462, 0x48C4,
];

const PADDING: [u8; 15] =
    [0xBB, 0xFF, 0xFF, 0xBA, 0xFF, 0xFF, 0xB9, 0x80, 0x00, 0xBE, 0x0F, 0x00, 0xBF, 0x0F, 0x00];

/// The sixteen bytes of XOR obfuscation, if one of the passwords fits the key and the verifier that are stored.
fn xor_key(header: &[u8], passwords: &[String]) -> Result<[u8; 16], Fault> {
    let stored = (u16_at(header, 0), u16_at(header, 2));
    for password in candidates(passwords) {
        let (bytes, _, _) = encoding_rs::GBK.encode(password);
        let bytes = &bytes[..bytes.len().min(15)];
        if bytes.is_empty() {
            continue;
        }
        let key = key_of(bytes);
        if stored != (Some(key), Some(verifier_of(bytes))) {
            continue;
        }
        let mut out = [0_u8; 16];
        let filled = bytes.iter().chain(&PADDING);
        for (index, (slot, byte)) in out.iter_mut().zip(filled).enumerate() {
            *slot = (byte ^ key.to_le_bytes()[index % 2]).rotate_right(1);
        }
        return Ok(out);
    }
    Err(encrypted("XOR"))
}

fn key_of(password: &[u8]) -> u16 {
    let mut key = INITIAL[password.len() - 1];
    let mut element = MATRIX.len();
    for byte in password.iter().rev() {
        let mut byte = *byte;
        for _ in 0..7 {
            element -= 1;
            if byte & 0x40 != 0 {
                key ^= MATRIX[element];
            }
            byte <<= 1;
        }
    }
    key
}

fn verifier_of(password: &[u8]) -> u16 {
    let step = |verifier: u16, byte: u8| {
        (u16::from(verifier & 0x4000 != 0) | (verifier << 1 & 0x7FFF)) ^ u16::from(byte)
    };
    let verifier = password.iter().rev().fold(0, |verifier, byte| step(verifier, *byte));
    step(verifier, password.len() as u8) ^ 0xCE4B
}
