//! The listing → chunks, each the same whatever was converted before and whoever converts it.
//!
//! A chunk ends where the id of a file says so, so that a file that comes or goes changes one chunk and not all behind it.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::chunk::{Task, TaskFile};
use super::store::{Record, Store};
use super::walk::Source;
use crate::batch::archive::Opener;
use crate::model::{ReadErrorCode, hexadecimal};
use crate::pipeline::Options;
use crate::read::Limits;
use crate::write::dataset::{self, Form};

/// Files of a chunk on average, and at most, and their bytes together at most. One of much more than others would be what all
/// other jobs wait for at the end.
const FILES: (u64, usize) = (96, 128);
const BYTES: u64 = 64 << 20;

/// All that is to be done.
pub(super) struct Plan {
    pub(super) sources: Vec<Source>,
    pub(super) chunks: Vec<Chunk>,
    /// The file whose data stand for a source's, and the sum of both.
    pub(super) duplicates: Vec<Option<(String, String)>>,
}

/// Neighbouring sources.
pub(super) struct Chunk {
    /// Says which files, and how they are read.
    pub(super) name: String,
    pub(super) range: Range<usize>,
    pub(super) bytes: u64,
    /// Which part of the whole it belongs to, from zero.
    pub(super) shard: u32,
}

impl Chunk {
    /// What it costs, about: a file costs something however small it is.
    pub(super) fn weight(&self) -> u64 {
        self.bytes + self.range.len() as u64 * 8192
    }
}

impl Plan {
    /// Cuts the listing. `job` says how files are read; `known` gives sums of files that have not changed since.
    pub(super) fn new(
        sources: Vec<Source>,
        job: &str,
        shards: u32,
        limits: &Limits,
        known: &Known,
    ) -> Self {
        let duplicates = duplicates(&sources, limits, known);
        let mut chunks = cut(&sources, job);
        let whole: u64 = chunks.iter().map(|chunk| chunk.bytes + 1).sum();
        let mut before = 0_u64;
        for chunk in &mut chunks {
            let middle = u128::from(before + chunk.bytes.div_ceil(2));
            chunk.shard = (middle * u128::from(shards) / u128::from(whole.max(1))) as u32;
            before += chunk.bytes + 1;
        }
        Self { sources, chunks, duplicates }
    }

    /// What to do for a chunk; `lines` are the forms that are wanted beside its rows.
    pub(super) fn task(&self, chunk: &Chunk, store: &Store, lines: &BTreeSet<Form>) -> Task {
        let files = chunk
            .range
            .clone()
            .map(|at| TaskFile::new(&self.sources[at], self.duplicates[at].clone()))
            .collect();
        Task { folder: store.part(&chunk.name), files, lines: lines.clone() }
    }

    /// Whether what was done still holds: the same files with the same contents.
    pub(super) fn still_holds(&self, chunk: &Chunk, record: &Record, limits: &Limits) -> bool {
        let sources = &self.sources[chunk.range.clone()];
        let twins = &self.duplicates[chunk.range.clone()];
        let mut opener = Opener::new(limits);
        sources.len() == record.done.files.len()
            && sources.iter().zip(twins).zip(&record.done.files).zip(&record.stamps).all(
                |(((source, twin), done), stamp)| {
                    // What the disk refused may be there now.
                    let passing =
                        matches!(done.error, Some(ReadErrorCode::Io | ReadErrorCode::NotFound));
                    source.id == done.id
                        && twin.as_ref().map(|(twin, _)| twin) == done.duplicate_of.as_ref()
                        && !passing
                        && (source.stamp == *stamp
                            || done.sha256.is_some() && sum(source, &mut opener) == done.sha256)
                },
            )
    }
}

fn cut(sources: &[Source], job: &str) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (at, source) in sources.iter().enumerate() {
        if at > start && bytes + source.bytes > BYTES {
            chunks.push(chunk(&sources[start..at], start, bytes, job));
            (start, bytes) = (at, 0);
        }
        bytes += source.bytes;
        let tail = source.id.get(8..).and_then(|tail| u64::from_str_radix(tail, 16).ok());
        let ends = tail.is_some_and(|tail| tail.is_multiple_of(FILES.0));
        if ends || at + 1 - start == FILES.1 || at + 1 == sources.len() {
            chunks.push(chunk(&sources[start..=at], start, bytes, job));
            (start, bytes) = (at + 1, 0);
        }
    }
    chunks
}

fn chunk(sources: &[Source], start: usize, bytes: u64, job: &str) -> Chunk {
    let mut hasher = Sha256::new();
    hasher.update(job);
    for source in sources {
        hasher.update(&source.id);
    }
    let name = hexadecimal(&hasher.finalize()[..12]);
    Chunk { name, range: start..start + sources.len(), bytes, shard: 0 }
}

/// How files are read and what is known, in a few letters: chunks that were read otherwise are done again.
pub(super) fn job(limits: &Limits, options: &Options) -> String {
    let form = (dataset::VERSION, dataset::kept::FORM);
    let said = format!("{} {form:?} {limits:?}", env!("CARGO_PKG_VERSION"));
    let mut hasher = Sha256::new();
    hasher.update(said);
    options.rulebook.own.iter().for_each(|source| hasher.update(source.text.as_bytes()));
    hexadecimal(&hasher.finalize()[..8])
}

/// Sums of files that have been read, by id.
pub(super) type Known = HashMap<String, (super::walk::Stamp, String)>;

/// Only files of the same size can be the same: those are read once more than the others.
fn duplicates(sources: &[Source], limits: &Limits, known: &Known) -> Vec<Option<(String, String)>> {
    let mut of_size: HashMap<u64, u32> = HashMap::new();
    let readable = |source: &&Source| source.refused.is_none() && source.bytes > 0;
    for source in sources.iter().filter(readable) {
        *of_size.entry(source.bytes).or_default() += 1;
    }
    let twin =
        |source: &Source| readable(&source) && of_size.get(&source.bytes).is_some_and(|n| *n > 1);
    let sums: Vec<Option<String>> = sources
        .par_chunks(64)
        .flat_map_iter(|sources| {
            let mut opener = Opener::new(limits);
            let sums: Vec<_> = sources
                .iter()
                .map(|source| {
                    if !twin(source) {
                        return None;
                    }
                    match known.get(&source.id) {
                        Some((stamp, sum)) if *stamp == source.stamp => Some(sum.clone()),
                        _ => sum(source, &mut opener),
                    }
                })
                .collect();
            sums
        })
        .collect();
    let mut first: HashMap<&str, &str> = HashMap::new();
    sources
        .iter()
        .zip(&sums)
        .map(|(source, sum)| {
            let sum = sum.as_deref()?;
            let twin = *first.entry(sum).or_insert(&source.id);
            (twin != source.id).then(|| (twin.to_owned(), sum.to_owned()))
        })
        .collect()
}

fn sum(source: &Source, opener: &mut Opener) -> Option<String> {
    let bytes = opener.read(&source.place).ok()?;
    Some(hexadecimal(&Sha256::digest(bytes)))
}
