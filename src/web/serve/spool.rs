//! An upload on its way to the disk, with its bounds counted as it comes: a declared length is only a promise.

use std::future::poll_fn;
use std::path::Path;
use std::pin::Pin;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

/// How long nothing may come.
const SILENCE: Duration = Duration::from_secs(10);
/// After this, the body must have come at least this fast.
const GRACE: Duration = Duration::from_secs(10);
const SLOWEST: u64 = 1 << 10;
/// How much of a refused body is read and thrown away, and for how long, so that the sender gets to read the refusal.
const DRAIN_BYTES: u64 = 512 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// Why a body was not taken.
#[derive(Debug)]
pub(super) enum Refused {
    TooLarge,
    TooSlow,
    Broken,
    Disk,
}

/// Writes a body of at most `limit` bytes to a new file and gives its size.
pub(super) async fn to_file(mut body: Body, path: &Path, limit: u64) -> Result<u64, Refused> {
    if body.size_hint().lower() > limit {
        drain(body);
        return Err(Refused::TooLarge);
    }
    let mut file = super::private::create(path).map(File::from_std).map_err(|_| Refused::Disk)?;
    let begun = Instant::now();
    let mut size = 0;
    loop {
        let bytes = match tokio::time::timeout(SILENCE, next(&mut body)).await {
            Err(_) => return Err(Refused::TooSlow),
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(Refused::Broken),
            Ok(Some(Ok(bytes))) => bytes,
        };
        size += bytes.len() as u64;
        if size > limit {
            drain(body);
            return Err(Refused::TooLarge);
        }
        let elapsed = begun.elapsed();
        if elapsed > GRACE && size < SLOWEST * elapsed.as_secs() {
            return Err(Refused::TooSlow);
        }
        file.write_all(&bytes).await.map_err(|_| Refused::Disk)?;
    }
    file.flush().await.map_err(|_| Refused::Disk)?;
    Ok(size)
}

/// Reads a small body whole; `None` when it is larger, slow or broken.
pub(super) async fn to_memory(mut body: Body, limit: usize) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    while let Some(bytes) = tokio::time::timeout(SILENCE, next(&mut body)).await.ok()? {
        all.extend_from_slice(&bytes.ok()?);
        if all.len() > limit {
            return None;
        }
    }
    Some(all)
}

/// The next bytes of a body.
async fn next(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
    loop {
        match poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await? {
            Ok(frame) => {
                if let Ok(bytes) = frame.into_data() {
                    return Some(Ok(bytes));
                }
            }
            Err(error) => return Some(Err(error)),
        }
    }
}

fn drain(mut body: Body) {
    tokio::spawn(tokio::time::timeout(DRAIN_TIME, async move {
        let mut size = 0;
        while let Some(Ok(bytes)) = next(&mut body).await {
            size += bytes.len() as u64;
            if size > DRAIN_BYTES {
                break;
            }
        }
    }));
}
