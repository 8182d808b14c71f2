//! Inflating beside scanning, where the `parallel` feature allows it.

use super::Fault;
use super::package::{Package, Part};
use super::xml::Scanner;

/// Scans a part; a big one is inflated on a thread of its own meanwhile.
pub(crate) fn with_scanner<R, E: From<Fault>>(
    package: &Package,
    part: &Part,
    scan: impl FnOnce(&mut Scanner) -> Result<R, E>,
) -> Result<R, E> {
    #[cfg(feature = "parallel")]
    if part.size > piped::WORTHWHILE && rayon::current_num_threads() > 1 {
        return piped::with_scanner(package, part, scan);
    }
    scan(&mut package.xml(part)?)
}

#[cfg(feature = "parallel")]
mod piped {
    use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

    use super::{Fault, Package, Part, Scanner};
    use crate::office::package::Inflate;
    use crate::office::xml::{Limit, Source};

    /// Below this many bytes a thread costs more than it saves.
    pub(crate) const WORTHWHILE: u64 = 2 << 20;

    /// Bytes handed over at a time. Each time may wake a thread, which a small chunk is not worth.
    const BATCH: usize = 256 << 10;

    /// Batches under way at a time.
    const AHEAD: usize = 4;

    type Chunk = Result<Vec<u8>, Fault>;

    pub(crate) fn with_scanner<R, E: From<Fault>>(
        package: &Package,
        part: &Part,
        scan: impl FnOnce(&mut Scanner) -> Result<R, E>,
    ) -> Result<R, E> {
        let inflate = package.stream(part)?;
        let limit = Limit { depth: package.limits().depth };
        std::thread::scope(|scope| {
            let (chunks, incoming) = sync_channel(AHEAD);
            let (used, empties) = channel();
            scope.spawn(move || pump(inflate, &chunks, &empties));
            let mut scanner = Scanner::new(Box::new(Piped { incoming, used }), limit)?;
            scan(&mut scanner)
        })
    }

    /// Inflates until the part ends, or until nobody listens any more.
    fn pump(mut inflate: Inflate, chunks: &SyncSender<Chunk>, empties: &Receiver<Vec<u8>>) {
        loop {
            let mut buffer = empties.try_recv().unwrap_or_default();
            buffer.clear();
            let mut outcome = Ok(true);
            while buffer.len() < BATCH && matches!(outcome, Ok(true)) {
                outcome = inflate.fill(&mut buffer);
            }
            // What came before an error is scanned first, as it is without this thread.
            if !buffer.is_empty() && chunks.send(Ok(buffer)).is_err() {
                return;
            }
            match outcome {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    // The other side may be done already.
                    let _ = chunks.send(Err(error));
                    return;
                }
            }
        }
    }

    struct Piped {
        incoming: Receiver<Chunk>,
        used: Sender<Vec<u8>>,
    }

    impl Source for Piped {
        fn fill(&mut self, into: &mut Vec<u8>) -> Result<bool, Fault> {
            let Ok(chunk) = self.incoming.recv() else { return Ok(false) };
            let chunk = chunk?;
            into.extend_from_slice(&chunk);
            // The other side may be done already.
            let _ = self.used.send(chunk);
            Ok(true)
        }
    }
}
