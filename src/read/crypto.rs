//! Encrypted workbooks, opened with a password: Excel's built-in one first, which Excel and WPS try without asking.
//!
//! [MS-OFFCRYPTO]: RC4 and RC4 `CryptoAPI` of .xls, standard (AES-ECB) and agile (AES-CBC) of packages. The spin count is
//! the file's own, so that it is bounded.

use aes::cipher::{Array, BlockCipherDecrypt, KeyInit};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use data_encoding::BASE64_MIME_PERMISSIVE;

use super::bytes::{u16_at, u32_at, u64_at};
use super::compound::Compound;
use super::error::{Fault, damaged, encrypted, fault, hostile, truncated};
use super::xml::{Event, Limit, Scanner};
use crate::model::ReadErrorCode;

/// The password that Excel and WPS try by themselves.
pub(super) const BUILT_IN: &str = "VelvetSweatshop";

/// The built-in password, then those given.
pub(super) fn candidates(given: &[String]) -> impl Iterator<Item = &str> {
    std::iter::once(BUILT_IN).chain(given.iter().map(String::as_str))
}

/// A hash function over pieces.
type Hash = fn(&[&[u8]]) -> Vec<u8>;

fn digest<D: Digest>(pieces: &[&[u8]]) -> Vec<u8> {
    let mut hasher = D::new();
    for piece in pieces {
        hasher.update(piece);
    }
    hasher.finalize().to_vec()
}

/// A password in UTF-16.
fn units(password: &str) -> Vec<u8> {
    password.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// RC4.
pub(super) struct Rc4 {
    state: [u8; 256],
    i: u8,
    j: u8,
}

impl Rc4 {
    pub(super) fn new(key: &[u8]) -> Self {
        let mut state = [0_u8; 256];
        for (index, slot) in state.iter_mut().enumerate() {
            *slot = index as u8;
        }
        let mut j = 0_u8;
        for i in 0..256 {
            j = j.wrapping_add(state[i]).wrapping_add(key[i % key.len()]);
            state.swap(i, usize::from(j));
        }
        Self { state, i: 0, j: 0 }
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.i = self.i.wrapping_add(1);
        self.j = self.j.wrapping_add(self.state[usize::from(self.i)]);
        self.state.swap(usize::from(self.i), usize::from(self.j));
        let sum = self.state[usize::from(self.i)].wrapping_add(self.state[usize::from(self.j)]);
        self.state[usize::from(sum)]
    }

    fn apply(&mut self, data: &[u8]) -> Vec<u8> {
        data.iter().map(|byte| byte ^ self.byte()).collect()
    }
}

/// How a stream of records is encrypted, with the key that fits.
pub(super) enum StreamKey {
    /// The five bytes that block keys are made of.
    Rc4(Vec<u8>),
    /// The hash and the length of keys in bytes.
    CryptoApi(Vec<u8>, usize),
}

impl StreamKey {
    /// The cipher of the block of 1,024 bytes with that number.
    pub(super) fn block(&self, number: u32) -> Rc4 {
        match self {
            Self::Rc4(base) => Rc4::new(&digest::<Md5>(&[base, &number.to_le_bytes()])),
            Self::CryptoApi(hash, length) => {
                let mut key = digest::<Sha1>(&[hash, &number.to_le_bytes()]);
                key.truncate(*length);
                if *length == 5 {
                    key.resize(16, 0);
                }
                Rc4::new(&key)
            }
        }
    }
}

/// Finds the key of an RC4 header of a .xls, if one of the passwords opens it; the error names the scheme.
pub(super) fn stream_key(header: &[u8], passwords: &[String]) -> Result<StreamKey, Fault> {
    let cut = || truncated("加密信息不完整", "the encryption header is incomplete");
    let major = u16_at(header, 0).ok_or_else(cut)?;
    let minor = u16_at(header, 2).ok_or_else(cut)?;
    if (major, minor) == (1, 1) {
        let salt = header.get(4..20).ok_or_else(cut)?;
        let verifier = header.get(20..36).ok_or_else(cut)?;
        let verifier_hash = header.get(36..52).ok_or_else(cut)?;
        for password in candidates(passwords) {
            let first = digest::<Md5>(&[&units(password)]);
            let repeated: Vec<u8> = [&first[..5], salt].concat().repeat(16);
            let key = StreamKey::Rc4(digest::<Md5>(&[&repeated])[..5].to_vec());
            let mut cipher = key.block(0);
            let plain = cipher.apply(verifier);
            if digest::<Md5>(&[&plain]) == cipher.apply(verifier_hash) {
                return Ok(key);
            }
        }
        return Err(encrypted("RC4"));
    }
    if minor == 2 && (2..=4).contains(&major) {
        let parsed = BinaryHeader::parse(&header[4..]).ok_or_else(cut)?;
        for password in candidates(passwords) {
            let hash = digest::<Sha1>(&[parsed.salt, &units(password)]);
            let key = StreamKey::CryptoApi(hash, parsed.key_bytes(40));
            let mut cipher = key.block(0);
            let plain = cipher.apply(parsed.verifier);
            let expected = cipher.apply(parsed.verifier_hash);
            if expected.len() >= 20 && digest::<Sha1>(&[&plain]) == expected[..20] {
                return Ok(key);
            }
        }
        return Err(encrypted("RC4 CryptoAPI"));
    }
    Err(encrypted(&format!("{major}.{minor}")))
}

/// The header of RC4 `CryptoAPI` and of standard encryption.
struct BinaryHeader<'h> {
    algorithm: u32,
    key_bits: u32,
    salt: &'h [u8],
    verifier: &'h [u8],
    verifier_hash: &'h [u8],
}

impl<'h> BinaryHeader<'h> {
    /// Reads what follows the version: flags, size, header, verifier.
    fn parse(bytes: &'h [u8]) -> Option<Self> {
        let size = u32_at(bytes, 4)? as usize;
        let header = bytes.get(8..8_usize.checked_add(size)?)?;
        let rest = &bytes[8 + size..];
        let salt_size = u32_at(rest, 0)? as usize;
        let salt = rest.get(4..4_usize.checked_add(salt_size)?)?;
        let rest = &rest[4 + salt_size..];
        Some(Self {
            algorithm: u32_at(header, 8)?,
            key_bits: u32_at(header, 16)?,
            salt,
            verifier: rest.get(..16)?,
            verifier_hash: rest.get(20..)?,
        })
    }

    fn key_bytes(&self, default_bits: u32) -> usize {
        let bits = if self.key_bits == 0 { default_bits } else { self.key_bits };
        (bits / 8).clamp(5, 32) as usize
    }
}

/// Decrypts the package in a compound file.
pub(super) fn package(file: &Compound, passwords: &[String]) -> Result<Vec<u8>, Fault> {
    let Some(info) = file.stream("EncryptionInfo") else {
        return Err(fault(
            ReadErrorCode::RightsManaged,
            "文件受权限管理（IRM）保护",
            "the file is under rights management (IRM)",
        ));
    };
    let info = info?;
    let data = file
        .stream("EncryptedPackage")
        .ok_or_else(|| damaged("缺少加密数据", "the encrypted package is missing"))??;
    let cut = || truncated("加密数据不完整", "the encrypted package is incomplete");
    let size = u64_at(&data, 0).ok_or_else(cut)?;
    let body = &data[8..];
    let version = (u16_at(&info, 0).unwrap_or(0), u16_at(&info, 2).unwrap_or(0));
    let mut plain = match version {
        (4, 4) => agile(info.get(8..).unwrap_or_default(), body, passwords)?,
        (2..=4, 2) => standard(info.get(4..).unwrap_or_default(), body, passwords)?,
        (3 | 4, 3) => return Err(encrypted("extensible")),
        (major, minor) => return Err(encrypted(&format!("{major}.{minor}"))),
    };
    if (plain.len() as u64) < size {
        return Err(cut());
    }
    plain.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    Ok(plain)
}

fn standard(info: &[u8], body: &[u8], passwords: &[String]) -> Result<Vec<u8>, Fault> {
    let header = BinaryHeader::parse(info)
        .ok_or_else(|| truncated("加密信息不完整", "the encryption header is incomplete"))?;
    if header.algorithm == 0x6801 {
        return Err(encrypted("RC4 CryptoAPI"));
    }
    for password in candidates(passwords) {
        let mut hash = digest::<Sha1>(&[header.salt, &units(password)]);
        for round in 0..50_000_u32 {
            hash = digest::<Sha1>(&[&round.to_le_bytes(), &hash]);
        }
        hash = digest::<Sha1>(&[&hash, &0_u32.to_le_bytes()]);
        let derive = |pad: u8| {
            let mut block = [pad; 64];
            for (slot, byte) in block.iter_mut().zip(&hash) {
                *slot ^= byte;
            }
            digest::<Sha1>(&[&block])
        };
        let mut key = [derive(0x36), derive(0x5C)].concat();
        key.truncate(header.key_bytes(128));
        let Some(cipher) = Aes::new(&key) else { return Err(encrypted("AES")) };
        let plain = cipher.ecb(header.verifier);
        let expected = cipher.ecb(header.verifier_hash);
        if expected.len() >= 20 && digest::<Sha1>(&[&plain]) == expected[..20] {
            return Ok(cipher.ecb(body));
        }
    }
    Err(encrypted("ECMA-376 standard"))
}

/// The attributes of an agile header.
#[derive(Default)]
struct Agile {
    data_salt: Vec<u8>,
    data_block: usize,
    data_hash: String,
    spins: u32,
    salt: Vec<u8>,
    block: usize,
    key_bits: usize,
    hash: String,
    cipher: String,
    verifier_input: Vec<u8>,
    verifier_value: Vec<u8>,
    key_value: Vec<u8>,
}

impl Agile {
    fn read(xml: &[u8]) -> Result<Self, Fault> {
        let mut header = Self::default();
        let mut scanner = Scanner::over(xml, Limit { depth: 32 })?;
        loop {
            match scanner.next()? {
                Event::Start(tag) => {
                    let text = |name: &[u8]| scanner.text_attribute(tag, name).unwrap_or_default();
                    let number = |name: &[u8]| text(name).parse::<usize>().unwrap_or(0);
                    match scanner.bytes(tag.name) {
                        b"keyData" => {
                            header.data_salt = base64(&text(b"saltValue"));
                            header.data_block = number(b"blockSize");
                            header.data_hash = text(b"hashAlgorithm");
                            header.cipher = text(b"cipherAlgorithm") + &text(b"cipherChaining");
                        }
                        b"encryptedKey" => {
                            header.spins = number(b"spinCount") as u32;
                            header.salt = base64(&text(b"saltValue"));
                            header.block = number(b"blockSize");
                            header.key_bits = number(b"keyBits");
                            header.hash = text(b"hashAlgorithm");
                            header.verifier_input = base64(&text(b"encryptedVerifierHashInput"));
                            header.verifier_value = base64(&text(b"encryptedVerifierHashValue"));
                            header.key_value = base64(&text(b"encryptedKeyValue"));
                        }
                        _ => {}
                    }
                }
                Event::Eof => return Ok(header),
                _ => {}
            }
        }
    }
}

/// Rounds of hashing that are done; Office writes 100,000.
const SPINS: u32 = 1_000_000;

fn agile(xml: &[u8], body: &[u8], passwords: &[String]) -> Result<Vec<u8>, Fault> {
    let header = Agile::read(xml)?;
    let scheme = format!("ECMA-376 agile {}", header.hash);
    let (Some(hash), Some(data_hash)) = (hash_of(&header.hash), hash_of(&header.data_hash)) else {
        return Err(encrypted(&scheme));
    };
    if header.cipher != "AESChainingModeCBC" || header.block != 16 || header.data_block != 16 {
        return Err(encrypted(&scheme));
    }
    if header.spins > SPINS {
        return Err(hostile(
            format!("加密要求散列 {} 次", header.spins),
            format!("the encryption asks for {} rounds of hashing", header.spins),
        ));
    }
    for password in candidates(passwords) {
        let mut spun = hash(&[&header.salt, &units(password)]);
        for round in 0..header.spins {
            spun = hash(&[&round.to_le_bytes(), &spun]);
        }
        let open = |block_key: [u8; 8], data: &[u8]| {
            let mut key = hash(&[&spun, &block_key]);
            key.resize(header.key_bits / 8, 0x36);
            Some(Aes::new(&key)?.cbc(&fit(&header.salt), data))
        };
        let input = open([0xFE, 0xA7, 0xD2, 0x76, 0x3B, 0x4B, 0x9E, 0x79], &header.verifier_input);
        let value = open([0xD7, 0xAA, 0x0F, 0x6D, 0x30, 0x61, 0x34, 0x4E], &header.verifier_value);
        let key = open([0x14, 0x6E, 0x0B, 0xE7, 0xAB, 0xAC, 0xD0, 0xD6], &header.key_value);
        let (Some(input), Some(value), Some(mut key)) = (input, value, key) else {
            return Err(encrypted(&scheme));
        };
        let expected = hash(&[&input]);
        if value.len() < expected.len() || value[..expected.len()] != expected[..] {
            continue;
        }
        key.truncate(header.key_bits / 8);
        let Some(cipher) = Aes::new(&key) else { return Err(encrypted(&scheme)) };
        let mut plain = Vec::with_capacity(body.len());
        for (number, segment) in body.chunks(4096).enumerate() {
            let vector = data_hash(&[&header.data_salt, &(number as u32).to_le_bytes()]);
            plain.extend(cipher.cbc(&fit(&vector), segment));
        }
        return Ok(plain);
    }
    Err(encrypted(&scheme))
}

fn hash_of(name: &str) -> Option<Hash> {
    Some(match name {
        "SHA1" | "SHA-1" => digest::<Sha1>,
        "SHA256" | "SHA-256" => digest::<Sha256>,
        "SHA384" | "SHA-384" => digest::<Sha384>,
        "SHA512" | "SHA-512" => digest::<Sha512>,
        "MD5" => digest::<Md5>,
        _ => return None,
    })
}

/// Sixteen bytes, filled up with 0x36.
fn fit(bytes: &[u8]) -> [u8; 16] {
    let mut out = [0x36; 16];
    for (slot, byte) in out.iter_mut().zip(bytes) {
        *slot = *byte;
    }
    out
}

enum Aes {
    Short(aes::Aes128),
    Middle(aes::Aes192),
    Long(aes::Aes256),
}

impl Aes {
    fn new(key: &[u8]) -> Option<Self> {
        Some(match key.len() {
            16 => Self::Short(aes::Aes128::new_from_slice(key).ok()?),
            24 => Self::Middle(aes::Aes192::new_from_slice(key).ok()?),
            32 => Self::Long(aes::Aes256::new_from_slice(key).ok()?),
            _ => return None,
        })
    }

    fn block(&self, block: &mut [u8; 16]) {
        let mut array = Array::from(*block);
        match self {
            Self::Short(cipher) => cipher.decrypt_block(&mut array),
            Self::Middle(cipher) => cipher.decrypt_block(&mut array),
            Self::Long(cipher) => cipher.decrypt_block(&mut array),
        }
        *block = array.into();
    }

    /// Whole blocks only; what is left over is dropped.
    fn ecb(&self, data: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(data.len());
        for chunk in data.chunks_exact(16) {
            let mut block = [0; 16];
            block.copy_from_slice(chunk);
            self.block(&mut block);
            out.extend_from_slice(&block);
        }
        out
    }

    fn cbc(&self, vector: &[u8; 16], data: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(data.len());
        let mut previous = *vector;
        for chunk in data.chunks_exact(16) {
            let mut block = [0; 16];
            block.copy_from_slice(chunk);
            let cipher = block;
            self.block(&mut block);
            out.extend(block.iter().zip(previous).map(|(byte, mask)| byte ^ mask));
            previous = cipher;
        }
        out
    }
}

/// Base64 without its blanks; what is no base64 ends it.
pub(super) fn base64(text: &str) -> Vec<u8> {
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut letters: Vec<u8> =
        text.bytes().filter(|byte| !byte.is_ascii_whitespace()).take_while(letter).collect();
    // A letter alone is less than a byte, and the last bytes are often not padded.
    if letters.len() % 4 == 1 {
        letters.pop();
    }
    letters.resize(letters.len().next_multiple_of(4), b'=');
    BASE64_MIME_PERMISSIVE.decode(&letters).unwrap_or_default()
}
