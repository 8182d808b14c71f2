//! Work side by side on all cores, where the `parallel` feature allows it; results always in order.

use std::ops::Range;

/// Applies `work` to all items.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        if items.len() > 1 {
            return items.par_iter().map(&work).collect();
        }
    }
    items.iter().map(work).collect()
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
