//! Maps and sets of what this program makes itself: places, numbers of series, figures looked up again and again.
//!
//! Their hash is a multiplication for each word. It keeps nobody from making words that collide, so that texts of files are
//! not looked up by it; and as with all such maps, nothing may depend on their order.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A map by quick hashes.
pub(crate) type QuickMap<K, V> = HashMap<K, V, BuildHasherDefault<Quick>>;

/// A set by quick hashes.
pub(crate) type QuickSet<K> = HashSet<K, BuildHasherDefault<Quick>>;

/// Folds the two halves of a product together, word by word.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Quick(u64);

impl Quick {
    fn word(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ 0x9e37_79b9_7f4a_7c15) * 0xa076_1d64_78bd_642f;
        self.0 = self.0.rotate_left(23) ^ product as u64 ^ (product >> 64) as u64;
    }
}

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.word(u64::from_le_bytes(word));
        }
        self.word(bytes.len() as u64);
    }

    fn write_u8(&mut self, word: u8) {
        self.word(word.into());
    }

    fn write_u16(&mut self, word: u16) {
        self.word(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.word(word.into());
    }

    fn write_u64(&mut self, word: u64) {
        self.word(word);
    }

    fn write_u128(&mut self, word: u128) {
        self.word(word as u64);
        self.word((word >> 64) as u64);
    }

    fn write_usize(&mut self, word: usize) {
        self.word(word as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CellRef, Place};

    #[test]
    fn places_side_by_side_have_hashes_of_their_own() {
        let mut seen = HashSet::new();
        for (row, column) in (0..300).flat_map(|row| (0..300).map(move |column| (row, column))) {
            let place = Place { file: 0, sheet: 1, cell: CellRef::new(row, column) };
            let mut hasher = Quick::default();
            std::hash::Hash::hash(&place, &mut hasher);
            // Maps take a place by the lowest bits and a mark by the highest.
            assert!(seen.insert(hasher.finish()), "{row} {column}");
        }
        let low: HashSet<u64> = seen.iter().map(|hash| hash & 0xffff).collect();
        assert!(low.len() > 40_000, "{}", low.len());
    }
}
