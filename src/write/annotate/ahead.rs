//! The two halves of a stream on two threads: what reads and changes it, and what deflates or compares it.
//!
//! Pieces go through a short queue, so that memory does not grow with the part. Without the `parallel` feature, and for
//! small parts, all happens on one thread, with the same bytes as result.

use std::io::{self, Read, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use super::WriteError;
use super::container::{Packed, PartWriter};
use crate::office::ahead::is_worthwhile;
#[cfg(feature = "parallel")]
use crate::office::ahead::{Pieces, made_ahead};

const PIECE: usize = 256 << 10;
/// Pieces under way: as much as is deflated in one go.
const QUEUE: usize = 16;

/// The end of a queue that is written to.
pub(super) enum Sink {
    Here(Box<PartWriter>),
    There { sender: SyncSender<Vec<u8>>, piece: Vec<u8> },
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Here(writer) => writer.write(bytes),
            Self::There { sender, piece } => {
                piece.extend_from_slice(bytes);
                if piece.len() >= PIECE {
                    let full = std::mem::replace(piece, Vec::with_capacity(PIECE + 4096));
                    sender.send(full).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
                }
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs `work`, which writes a part of about `size` bytes and hands the sink back, and deflates what it writes.
pub(super) fn deflated<T>(
    size: u64,
    work: impl FnOnce(Sink) -> io::Result<(Sink, T)>,
) -> Result<(Packed, T), WriteError> {
    let damaged = |error: io::Error| WriteError::damaged(error.to_string());
    if !is_worthwhile(size) {
        let (sink, result) = work(Sink::Here(Box::new(PartWriter::new()))).map_err(damaged)?;
        let Sink::Here(writer) = sink else { return Err(WriteError::damaged("sink")) };
        return Ok((writer.finish()?, result));
    }
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel::<Vec<u8>>(QUEUE);
        let deflater = scope.spawn(move || {
            let mut writer = PartWriter::new();
            for piece in receiver {
                writer.write_all(&piece).map_err(damaged)?;
            }
            writer.finish()
        });
        let sink = Sink::There { sender, piece: Vec::with_capacity(PIECE + 4096) };
        let (sink, result) = work(sink).map_err(damaged)?;
        if let Sink::There { sender, piece } = sink {
            sender.send(piece).map_err(|_| WriteError::damaged("deflate"))?;
        }
        let packed = deflater.join().map_err(|_| WriteError::damaged("deflate"))??;
        Ok((packed, result))
    })
}

/// A stream that another thread reads ahead.
#[cfg(feature = "parallel")]
struct Ahead {
    pieces: Pieces<io::Error>,
    piece: Vec<u8>,
    at: usize,
}

#[cfg(feature = "parallel")]
impl Read for Ahead {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            self.piece.clear();
            self.at = 0;
            if !self.pieces.append(&mut self.piece)? {
                return Ok(0);
            }
        }
        let count = (&self.piece[self.at..]).read(into)?;
        self.at += count;
        Ok(count)
    }
}

/// Runs `work` with a stream of about `size` bytes that is read ahead.
pub(super) fn read_ahead<T>(
    size: u64,
    mut inner: impl Read + Send,
    work: impl FnOnce(&mut dyn Read) -> T,
) -> T {
    #[cfg(feature = "parallel")]
    if is_worthwhile(size) {
        let fill =
            move |into: &mut Vec<u8>| Ok(inner.by_ref().take(PIECE as u64).read_to_end(into)? > 0);
        return made_ahead(fill, |pieces| work(&mut Ahead { pieces, piece: Vec::new(), at: 0 }));
    }
    let _ = size;
    work(&mut inner)
}
