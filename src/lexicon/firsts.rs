//! What words begin with, told at once.

/// A bit for each of some characters, folded.
#[derive(Clone, Debug)]
pub(super) struct Firsts([u64; 64]);

impl Default for Firsts {
    fn default() -> Self {
        Self([0; 64])
    }
}

impl Firsts {
    fn place(c: char) -> (usize, u32) {
        let place = u32::from(c) % 4096;
        ((place / 64) as usize, place % 64)
    }

    /// Adds a character.
    pub(super) fn add(&mut self, c: char) {
        let (word, bit) = Self::place(c);
        self.0[word] |= 1 << bit;
    }

    /// Whether a character may be one of them.
    #[inline]
    pub(super) fn may_hold(&self, c: char) -> bool {
        let (word, bit) = Self::place(c);
        self.0[word] >> bit & 1 == 1
    }
}
