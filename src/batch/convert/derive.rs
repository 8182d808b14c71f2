//! Chunks → the outputs: everything here can be made again at any time.
//!
//! Outputs are written beside the chunks and renamed when all are whole; what describes them comes last.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::mem::take;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use super::chunk::{self, POURED};
use super::store::{Store, failed};
use super::{ConvertError, Converted};
use crate::write::dataset::kept::{self, Packed};
use crate::write::dataset::{self, Batch, Form, Sheaf, parquet};

/// What describes the outputs.
pub(super) const DESCRIPTION: &str = "datapackage.json";

/// Writes every form from the chunks, in their order, into the folder of the dataset. Of the forms in `lines` each chunk has its
/// lines.
pub(super) fn derive(
    output: &Path,
    store: &Store,
    chunks: &[&str],
    (forms, lines): (&BTreeSet<Form>, &BTreeSet<Form>),
    jobs: usize,
    converted: &mut Converted,
    more: &serde_json::Value,
) -> Result<(), ConvertError> {
    let new = store.folder().join("new");
    let made = fs::create_dir(&new);
    made.map_err(|error| failed(&new, error))?;
    let made = forms.intersection(lines).copied().collect();
    let rest = forms.difference(lines).copied().collect();
    let written = join(&new, store, chunks, &made, jobs);
    let written = written.and_then(|()| write(&new, store, chunks, &rest, jobs, converted));
    let written = written.and_then(|()| {
        let path = new.join(DESCRIPTION);
        let text = serde_json::to_vec_pretty(&describe(&new, forms, more)).map_err(io::Error::from);
        text.and_then(|text| fs::write(&path, text)).map_err(|error| failed(&path, error))
    });
    if let Err(error) = written {
        // What was not finished is taken away; the outputs of before stand.
        let _ = fs::remove_dir_all(&new);
        return Err(error);
    }
    for name in names(forms).into_iter().chain([DESCRIPTION.to_owned()]) {
        let (from, to) = (new.join(&name), output.join(&name));
        let placed = File::open(&from).and_then(|file| file.sync_all());
        placed.and_then(|()| fs::rename(&from, &to)).map_err(|error| failed(&to, error))?;
    }
    fs::remove_dir_all(&new).map_err(|error| failed(&new, error))
}

/// The names of all outputs.
pub(super) fn names(forms: &BTreeSet<Form>) -> BTreeSet<String> {
    forms.iter().flat_map(|form| Sheaf::ALL.map(|sheaf| form.file(sheaf))).collect()
}

/// The forms in which the dataset of a folder stands there already.
pub(super) fn standing(output: &Path) -> BTreeSet<Form> {
    let described = fs::read(output.join(DESCRIPTION)).ok();
    let described: Option<serde_json::Value> =
        described.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let resources = described.as_ref().and_then(|all| all["resources"].as_array());
    let formats: BTreeSet<&str> = resources
        .into_iter()
        .flatten()
        .filter_map(|resource| resource["format"].as_str())
        .collect();
    Form::ALL.into_iter().filter(|form| formats.contains(form.ending())).collect()
}

fn describe(new: &Path, forms: &BTreeSet<Form>, more: &serde_json::Value) -> serde_json::Value {
    let mut outputs = Vec::new();
    for form in forms {
        outputs.extend(Sheaf::ALL.map(|sheaf| (sheaf, form.file(sheaf), form.ending())));
    }
    let mut package = dataset::datapackage(&outputs, more);
    for resource in package["resources"].as_array_mut().into_iter().flatten() {
        let size = resource["path"].as_str().and_then(|path| fs::metadata(new.join(path)).ok());
        resource["bytes"] = size.map(|data| data.len()).into();
    }
    package
}

/// Puts lines that the chunks have one after the other, on as many cores as there are jobs.
fn join(
    new: &Path,
    store: &Store,
    chunks: &[&str],
    forms: &BTreeSet<Form>,
    jobs: usize,
) -> Result<(), ConvertError> {
    let mut outputs = Vec::new();
    for form in forms {
        // The kinds with the most rows come last.
        outputs.extend(Sheaf::ALL.into_iter().rev().map(|sheaf| (*form, sheaf)));
    }
    let one = |form: Form, sheaf| {
        let mut output = Lines::new(new, form, sheaf)?;
        for chunk in chunks {
            let path = store.chunk(chunk).join(form.file(sheaf));
            let copied = File::open(&path).and_then(|mut lines| {
                output.bytes += io::copy(&mut lines, &mut output.file)? as usize;
                fs::remove_file(&path)
            });
            copied.map_err(|error| failed(&path, error))?;
        }
        Ok(output)
    };
    let next = AtomicUsize::new(0);
    let some = || -> Result<Settling, ConvertError> {
        let mut settling = Settling::default();
        while let Some((form, sheaf)) = outputs.get(next.fetch_add(1, Ordering::Relaxed)) {
            settling.add(one(*form, *sheaf)?);
        }
        Ok(settling)
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..jobs.min(outputs.len())).map(|_| scope.spawn(some)).collect();
        let mut all = vec![some()];
        for other in others {
            all.push(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        all.into_iter().try_for_each(|settling| {
            settling?.end();
            Ok(())
        })
    })
}

fn write(
    new: &Path,
    store: &Store,
    chunks: &[&str],
    forms: &BTreeSet<Form>,
    jobs: usize,
    converted: &mut Converted,
) -> Result<(), ConvertError> {
    if forms.is_empty() {
        return Ok(());
    }
    #[cfg(feature = "sqlite")]
    let database = new.join(Form::Sqlite.file(Sheaf::Files));
    #[cfg(feature = "sqlite")]
    let mut sqlite = if forms.contains(&Form::Sqlite) {
        Some(dataset::sqlite::Writer::new(&database).map_err(|error| odd(&database, error))?)
    } else {
        None
    };
    let workbook = new.join(Form::Xlsx.file(Sheaf::Files));
    let mut xlsx = if forms.contains(&Form::Xlsx) {
        Some(dataset::xlsx::Writer::new().map_err(|error| odd(&workbook, error))?)
    } else {
        None
    };
    let mut settling = Settling::default();
    for sheaf in Sheaf::ALL {
        if let Some(xlsx) = &mut xlsx {
            xlsx.begin(sheaf).map_err(|error| odd(&workbook, error))?;
        }
        let mut lines = Vec::new();
        for form in forms.iter().filter(|form| form.is_lines()) {
            lines.push(Lines::new(new, *form, sheaf)?);
        }
        let mut joined =
            if forms.contains(&Form::Parquet) { Some(Joined::new(new, sheaf)?) } else { None };
        let mut queue = Queue::new(store, chunks, sheaf);
        let next = |room| queue.next(room);
        let make = |packed, ahead, spare| make(packed, forms, ahead, spare);
        in_order(sheaf, next, jobs, make, |made| {
            let Made { batch, bytes, written, parquet } = made;
            for (at, output) in lines.iter_mut().enumerate() {
                converted.neutralised += match written.get(at) {
                    Some((bytes, changed)) => output.put(bytes).map(|()| *changed)?,
                    None => output.write(&batch)?,
                };
            }
            if let (Some(joined), Some(parquet)) = (&mut joined, &parquet) {
                joined.append(parquet)?;
            }
            #[cfg(feature = "sqlite")]
            if let Some(sqlite) = &mut sqlite {
                sqlite.write(&batch).map_err(|error| odd(&database, error))?;
            }
            if let Some(xlsx) = &mut xlsx {
                xlsx.write(&batch).map_err(|error| odd(&workbook, error))?;
            }
            Ok(Spare { batch, written, bytes })
        })?;
        if let Some(joined) = joined {
            joined.finish()?;
        }
        for lines in lines {
            settling.add(lines);
        }
    }
    settling.end();
    #[cfg(feature = "sqlite")]
    if let Some(sqlite) = sqlite {
        sqlite.finish().map_err(|error| odd(&database, error))?;
    }
    if let Some(xlsx) = xlsx {
        xlsx.finish(&workbook).map_err(|error| odd(&workbook, error))?;
    }
    Ok(())
}

/// Some rows, and what was made of them on any core.
struct Made {
    batch: Batch,
    /// Where they were read into.
    bytes: Vec<u8>,
    /// The lines of each form of lines, with how many texts were changed; nothing where they are written piece by piece: they are
    /// too long, or there is one core to make and to write them.
    written: Vec<(Vec<u8>, u64)>,
    parquet: Option<bytes::Bytes>,
}

/// What earlier rows of a kind have used, so that memory is not asked for and given back with each chunk.
struct Spare {
    batch: Batch,
    written: Vec<(Vec<u8>, u64)>,
    /// Where they were read into.
    bytes: Vec<u8>,
}

impl Spare {
    fn new(sheaf: Sheaf) -> Self {
        Self { batch: Batch::new(sheaf), written: Vec::new(), bytes: Vec::new() }
    }
}

/// The rows of one kind in all chunks, in order.
struct Queue<'a> {
    store: &'a Store,
    chunks: std::slice::Iter<'a, &'a str>,
    sheaf: Sheaf,
    /// The file that is being read.
    open: Option<(PathBuf, kept::Reader<File>)>,
}

impl<'a> Queue<'a> {
    fn new(store: &'a Store, chunks: &'a [&'a str], sheaf: Sheaf) -> Self {
        Self { store, chunks: chunks.iter(), sheaf, open: None }
    }

    /// The next batch, read into memory that is there for it.
    fn next(&mut self, room: Vec<u8>) -> Option<Result<(PathBuf, Packed), ConvertError>> {
        let mut room = Some(room);
        loop {
            if let Some((path, reader)) = &mut self.open
                && let Some(packed) = reader.next_in(room.take().unwrap_or_default())
            {
                let packed = packed.map_err(|error| failed(path, error));
                return Some(packed.map(|packed| (path.clone(), packed)));
            }
            let path = self.store.chunk(self.chunks.next()?).join(chunk::file(self.sheaf));
            let opened = File::open(&path).and_then(|file| {
                let length = file.metadata()?.len();
                kept::Reader::new(self.sheaf, file, length)
            });
            match opened {
                Ok(reader) => self.open = Some((path, reader)),
                Err(error) => return Some(Err(failed(&path, error))),
            }
        }
    }
}

/// Makes what is written of all batches, on as many cores as there are jobs, and hands it over in their order. `make` is told
/// whether that is done ahead of writing it; `put` gives the memory back.
fn in_order<T: Send>(
    sheaf: Sheaf,
    mut queue: impl FnMut(Vec<u8>) -> Option<Result<(PathBuf, T), ConvertError>> + Send,
    jobs: usize,
    make: impl Fn(T, bool, Spare) -> io::Result<Made> + Sync,
    mut put: impl FnMut(Made) -> Result<Spare, ConvertError>,
) -> Result<(), ConvertError> {
    // Whatever becomes of a batch is told: the others would wait for it, and for its memory.
    let made = |packed: Result<(PathBuf, T), _>, ahead, spare| {
        let (path, packed) = packed?;
        let made = catch_unwind(AssertUnwindSafe(|| make(packed, ahead, spare)));
        let made = made.unwrap_or_else(|_| Err(io::Error::other("the program failed on its rows")));
        made.map_err(|error| failed(&path, error))
    };
    if jobs == 1 {
        let mut spare = Spare::new(sheaf);
        while let Some(packed) = queue(take(&mut spare.bytes)) {
            spare = put(made(packed, false, spare)?)?;
        }
        return Ok(());
    }
    // A batch is taken with memory for it: none runs further ahead of the writing than there is memory.
    let (give, spares) = channel();
    (0..=jobs).for_each(|_| drop(give.send(Spare::new(sheaf))));
    let waiting = Mutex::new((queue, spares, 0));
    let (tell, told) = channel();
    let work = |tell: Sender<_>| {
        let next = || {
            let mut waiting = waiting.lock().ok()?;
            let (queue, spares, count) = &mut *waiting;
            let mut spare = spares.recv().ok()?;
            let packed = queue(take(&mut spare.bytes))?;
            *count += 1;
            Some((*count - 1, packed, spare))
        };
        while let Some((at, packed, spare)) = next() {
            if tell.send((at, made(packed, true, spare))).is_err() {
                break;
            }
        }
    };
    let work = &work;
    thread::scope(|scope| {
        for _ in 0..jobs {
            let tell = tell.clone();
            scope.spawn(move || work(tell));
        }
        drop(tell);
        // Gone when this ends, so that nobody waits for more of it.
        let give = give;
        let mut early = BTreeMap::new();
        let mut next = 0;
        for (at, made) in told {
            early.insert(at, made);
            while let Some(made) = early.remove(&next) {
                next += 1;
                let _ = give.send(put(made?)?);
            }
        }
        Ok(())
    })
}

/// Makes rows, and where that is to be done `ahead` of writing them, what is written.
fn make(packed: Packed, forms: &BTreeSet<Form>, ahead: bool, spare: Spare) -> io::Result<Made> {
    let Spare { mut batch, written: mut used, .. } = spare;
    let bytes = packed.batch_into(&mut batch)?;
    let mut written = Vec::new();
    let unfolded = if ahead { batch.unfolded() } else { 0 };
    if ahead && unfolded <= UNFOLDED {
        let never = |_: &mut Vec<u8>| Ok::<(), std::convert::Infallible>(());
        for form in forms.iter().filter(|form| form.is_lines()) {
            let mut out = used.pop().unwrap_or_default().0;
            out.clear();
            // About as much as it takes: to grow it would copy it several times.
            out.reserve(unfolded as usize + batch.rows() * BESIDE);
            let Ok(changed) = dataset::push_lines(*form, &batch, 0..batch.rows(), &mut out, never);
            written.push((out, changed));
        }
    }
    let parquet = forms.contains(&Form::Parquet).then(|| parquet::packed(&batch)).transpose();
    Ok(Made { batch, bytes, written, parquet: parquet.map_err(parquet::plain)? })
}

fn odd(path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> ConvertError {
    failed(path, io::Error::other(error))
}

/// Bytes of texts up to which the lines of a batch are made in memory.
const UNFOLDED: u64 = 64 << 20;

/// Bytes of a line besides its texts, about: numbers and what stands between columns.
const BESIDE: usize = 96;

/// An output of lines of one kind of rows.
struct Lines {
    path: PathBuf,
    form: Form,
    file: File,
    /// A piece that is being made.
    piece: Vec<u8>,
    bytes: usize,
}

impl Lines {
    fn new(new: &Path, form: Form, sheaf: Sheaf) -> Result<Self, ConvertError> {
        let path = new.join(form.file(sheaf));
        let file = File::create_new(&path).map_err(|error| failed(&path, error))?;
        let mut lines = Self { path, form, file, piece: Vec::new(), bytes: 0 };
        if form == Form::Csv {
            lines.put(&dataset::csv_head(sheaf))?;
        }
        Ok(lines)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), ConvertError> {
        self.bytes += bytes.len();
        self.file.write_all(bytes).map_err(|error| failed(&self.path, error))
    }

    /// Writes rows piece by piece: texts that a batch holds once may stand in every row.
    fn write(&mut self, batch: &Batch) -> Result<u64, ConvertError> {
        let mut piece = std::mem::take(&mut self.piece);
        let form = self.form;
        let changed = dataset::push_lines(form, batch, 0..batch.rows(), &mut piece, |piece| {
            if piece.len() >= POURED {
                self.put(piece)?;
                piece.clear();
            }
            Ok(())
        })?;
        self.put(&piece)?;
        piece.clear();
        self.piece = piece;
        Ok(changed)
    }
}

/// Files that are brought to the disk while others are made.
#[derive(Default)]
struct Settling(Vec<thread::JoinHandle<io::Result<()>>>);

impl Settling {
    /// Bytes from which on a file is worth it.
    const LARGE: usize = 4 << 20;

    fn add(&mut self, lines: Lines) {
        if lines.bytes >= Self::LARGE {
            self.0.push(thread::spawn(move || lines.file.sync_all()));
        }
    }

    /// Waits for all. What went wrong is told where the file is put in its place.
    fn end(self) {
        for thread in self.0 {
            let _ = thread.join();
        }
    }
}

/// A .parquet made of row groups.
struct Joined {
    path: PathBuf,
    writer: parquet::Writer<BufWriter<File>>,
}

impl Joined {
    fn new(new: &Path, sheaf: Sheaf) -> Result<Self, ConvertError> {
        let path = new.join(Form::Parquet.file(sheaf));
        let file = File::create_new(&path).map_err(|error| failed(&path, error))?;
        let writer = parquet::Writer::new(sheaf, BufWriter::with_capacity(1 << 18, file));
        let writer = writer.map_err(|error| failed(&path, parquet::plain(error)))?;
        Ok(Self { path, writer })
    }

    fn append(&mut self, file: &bytes::Bytes) -> Result<(), ConvertError> {
        let appended = self.writer.append(file);
        appended.map_err(|error| failed(&self.path, parquet::plain(error)))
    }

    fn finish(self) -> Result<(), ConvertError> {
        let path = self.path;
        let written = self.writer.finish().map_err(parquet::plain);
        written.and_then(|mut file| file.flush()).map_err(|error| failed(&path, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Batches of no rows, of which one fails as it is told.
    fn run(jobs: usize, fails: impl Fn() -> io::Result<()> + Sync) -> (usize, bool) {
        let mut left = 40;
        let next = |_| {
            left -= 1;
            (left >= 0).then(|| Ok((PathBuf::from("rows"), left)))
        };
        let make = |at, _, spare: Spare| {
            if at == 20 {
                fails()?;
            }
            Ok(Made {
                batch: spare.batch,
                bytes: spare.bytes,
                written: spare.written,
                parquet: None,
            })
        };
        let mut count = 0;
        let put = |made: Made| {
            count += 1;
            Ok(Spare { batch: made.batch, written: made.written, bytes: made.bytes })
        };
        let ended = in_order(Sheaf::Files, next, jobs, make, put).is_ok();
        (count, ended)
    }

    #[test]
    fn what_fails_on_rows_ends_the_run() {
        for jobs in [1, 2, 5] {
            assert_eq!(run(jobs, || Ok(())), (40, true));
            assert_eq!(run(jobs, || Err(io::Error::other("full"))), (19, false));
            assert_eq!(run(jobs, || panic!("a defect")), (19, false));
        }
    }
}
