//! Making pieces of a stream on a thread of its own, beside what uses them, where the `parallel` feature allows it.
//!
//! Few pieces are under way at a time, so that memory does not grow with the stream; results are those of one thread.

#[cfg(feature = "parallel")]
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use super::Fault;
use super::package::{Package, Part};
use super::xml::Scanner;
#[cfg(feature = "parallel")]
use super::xml::{Limit, Source};

/// Below this many bytes a thread costs more than it saves.
#[cfg(feature = "parallel")]
const WORTHWHILE: u64 = 2 << 20;

/// Bytes handed over at a time. Each time may wake a thread, which a small piece is not worth.
#[cfg(feature = "parallel")]
const PIECE: usize = 256 << 10;

/// Pieces under way at a time.
#[cfg(feature = "parallel")]
const AHEAD: usize = 4;

/// Whether a stream of `size` bytes is worth a thread.
pub(crate) fn is_worthwhile(size: u64) -> bool {
    #[cfg(feature = "parallel")]
    return size > WORTHWHILE && crate::parallel::is_shared();
    #[cfg(not(feature = "parallel"))]
    return {
        let _ = size;
        false
    };
}

/// Scans a part; a big one is inflated on a thread of its own meanwhile.
pub(crate) fn with_scanner<R, E: From<Fault>>(
    package: &Package,
    part: &Part,
    scan: impl FnOnce(&mut Scanner) -> Result<R, E>,
) -> Result<R, E> {
    #[cfg(feature = "parallel")]
    if is_worthwhile(part.size) {
        let mut inflate = package.stream(part)?;
        let limit = Limit { depth: package.limits().depth };
        return made_ahead(
            move |into| Source::fill(&mut inflate, into),
            |pieces| scan(&mut Scanner::new(Box::new(pieces), limit)?),
        );
    }
    scan(&mut package.xml(part)?)
}

/// Runs `work` on pieces that `fill` makes meanwhile: it appends to what it is given and says whether more is to come.
#[cfg(feature = "parallel")]
pub(crate) fn made_ahead<T, E: Send>(
    fill: impl FnMut(&mut Vec<u8>) -> Result<bool, E> + Send,
    work: impl FnOnce(Pieces<E>) -> T,
) -> T {
    std::thread::scope(|scope| {
        let (pieces, incoming) = sync_channel(AHEAD);
        let (used, empties) = channel();
        scope.spawn(move || pump(fill, &pieces, &empties));
        work(Pieces { incoming, used })
    })
}

/// Makes pieces until the stream ends, or until nobody takes them any more.
#[cfg(feature = "parallel")]
fn pump<E>(
    mut fill: impl FnMut(&mut Vec<u8>) -> Result<bool, E>,
    pieces: &SyncSender<Result<Vec<u8>, E>>,
    empties: &Receiver<Vec<u8>>,
) {
    loop {
        let mut piece = empties.try_recv().unwrap_or_default();
        piece.clear();
        let mut outcome = Ok(true);
        while piece.len() < PIECE && matches!(outcome, Ok(true)) {
            outcome = fill(&mut piece);
        }
        // What came before an error is used first, as it is without this thread.
        if !piece.is_empty() && pieces.send(Ok(piece)).is_err() {
            return;
        }
        match outcome {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                // The other side may be done already.
                let _ = pieces.send(Err(error));
                return;
            }
        }
    }
}

/// The pieces of a stream, as they come. Dropped, it ends the thread that makes them.
#[cfg(feature = "parallel")]
pub(crate) struct Pieces<E> {
    incoming: Receiver<Result<Vec<u8>, E>>,
    used: Sender<Vec<u8>>,
}

#[cfg(feature = "parallel")]
impl<E> Pieces<E> {
    /// Appends the next piece, and says whether there was one.
    pub(crate) fn append(&mut self, into: &mut Vec<u8>) -> Result<bool, E> {
        let Ok(piece) = self.incoming.recv() else { return Ok(false) };
        let piece = piece?;
        into.extend_from_slice(&piece);
        // The other side may be done already.
        let _ = self.used.send(piece);
        Ok(true)
    }
}

#[cfg(feature = "parallel")]
impl Source for Pieces<Fault> {
    fn fill(&mut self, into: &mut Vec<u8>) -> Result<bool, Fault> {
        self.append(into)
    }
}
