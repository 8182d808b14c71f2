//! Work side by side on all cores, where the `parallel` feature allows it; results always in order.

use std::cell::Cell;
use std::ops::Range;

thread_local! {
    static ALONE: Cell<bool> = const { Cell::new(false) };
}

/// Does work that is too small to be shared on this thread alone: to hand over a piece of it costs more than it takes.
pub(crate) fn alone<R>(small: bool, work: impl FnOnce() -> R) -> R {
    /// Also where the work ends in a panic.
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            ALONE.set(self.0);
        }
    }
    let _before = Before(ALONE.get());
    ALONE.set(small || ALONE.get());
    work()
}

/// Whether there is anybody to share work with.
#[cfg(feature = "parallel")]
pub(crate) fn is_shared() -> bool {
    !ALONE.get() && rayon::current_num_threads() > 1
}

/// Applies `work` to all items.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        if items.len() > 1 && is_shared() {
            return items.par_iter().map(&work).collect();
        }
    }
    items.iter().map(work).collect()
}

/// Lets `work` fill a slice, a piece of at most `piece` items at a time, told where the piece begins.
pub(crate) fn fill<T: Send>(items: &mut [T], piece: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        if items.len() > piece && is_shared() {
            let pieces = items.par_chunks_mut(piece).enumerate();
            pieces.for_each(|(at, items)| work(at * piece, items));
            return;
        }
    }
    for (at, items) in items.chunks_mut(piece).enumerate() {
        work(at * piece, items);
    }
}

/// Both results of two works.
pub(crate) fn join<A: Send, B: Send>(
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    #[cfg(feature = "parallel")]
    if is_shared() {
        return rayon::join(one, other);
    }
    (one(), other())
}

/// Applies `work` to `0..length` in pieces of at most `piece`; one piece stays on this thread.
pub(crate) fn map_pieces<R: Send>(
    length: usize,
    piece: usize,
    work: impl Fn(Range<usize>) -> R + Sync,
) -> Vec<R> {
    let pieces: Vec<Range<usize>> =
        (0..length).step_by(piece).map(|from| from..(from + piece).min(length)).collect();
    map(&pieces, |range| work(range.clone()))
}
