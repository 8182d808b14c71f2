//! The listing of a run as rows: what was found, before any of it is read.

use super::batch::Batch;
use super::schema::Sheaf;

/// A file that was found.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// Its id: see [`super::file_id`].
    pub id: &'a str,
    /// Its path as reports give it.
    pub path: &'a str,
    /// The bytes of its path in hexadecimal, where they are not UTF-8.
    pub path_bytes: Option<&'a str>,
    /// Its size.
    pub bytes: u64,
    /// When it was changed last, in microseconds since 1970.
    pub modified: i64,
    /// The file with the same bytes whose data stand for this one's.
    pub duplicate_of: Option<&'a str>,
    /// Why it cannot be read, where that is known without opening it.
    pub error: Option<&'a str>,
    /// The chunk that it belongs to.
    pub chunk: &'a str,
    /// The part of the whole, the first being 0.
    pub shard: u32,
}

impl Listed<'_> {
    /// Adds it to a batch of [`Sheaf::Manifest`].
    pub fn push(&self, manifest: &mut Batch) {
        debug_assert_eq!(manifest.sheaf, Sheaf::Manifest);
        manifest
            .row()
            .text(self.id)
            .text(self.path)
            .maybe(self.path_bytes)
            .count(i64::try_from(self.bytes).ok())
            .count(Some(self.modified))
            .maybe(self.duplicate_of)
            .maybe(self.error)
            .text(self.chunk)
            .count(Some(i64::from(self.shard) + 1))
            .end();
    }
}
