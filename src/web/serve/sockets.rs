//! Connections: how many, how long, and which to give up when there are too many.
//!
//! A computer that opens a thousand sockets and says nothing must not lock the others out: when all places are taken,
//! the connection that has been idle longest makes room. A connection is idle until its request's headers are whole.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

/// Connections at once: the browsers of forty people open up to six each, and one more must not cost one that works.
const PLACES: usize = 256;
/// Connections at once from one other computer.
const PLACES_OF_ONE: usize = 8;
/// How long the headers of a request may take.
const HEADERS: Duration = Duration::from_secs(10);
/// How long a connection may stay open between requests.
const IDLE: Duration = Duration::from_secs(30);
/// How long a request and its answer may take.
const REQUEST: Duration = Duration::from_mins(10);
/// How long running answers may go on after the stop.
const FAREWELL: Duration = Duration::from_secs(3);

pub(super) async fn serve(
    listener: TcpListener,
    app: Router,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let places = Arc::new(Places::default());
    let (stopping, stopped) = watch::channel(false);
    let mut stop = pin!(stop);
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = tick.tick() => places.sweep(),
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    if let Some(place) = Place::take(&places, peer.ip()) {
                        tokio::spawn(speak(stream, peer.ip(), app.clone(), place, stopped.clone()));
                    }
                }
                // Out of file handles, or the peer left already: wait for some to close.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
        }
    }
    drop(listener);
    let _ = stopping.send(true);
    let end = Instant::now() + FAREWELL;
    while places.count() > 0 && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// The computer that a request comes from, as an extension of the request.
#[derive(Clone, Copy)]
pub(super) struct Sender(pub(super) IpAddr);

async fn speak(
    stream: TcpStream,
    peer: IpAddr,
    app: Router,
    place: Place,
    mut stopped: watch::Receiver<bool>,
) {
    let _ = stream.set_nodelay(true);
    let app = TowerToHyperService::new(app);
    let place = Arc::new(place);
    let answered = Arc::clone(&place);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Sender(peer));
        let busy = Busy::new(&answered);
        let answer = app.call(request);
        async move {
            let response: Response =
                answer.await.unwrap_or_else(|never: Infallible| match never {});
            Ok::<_, Infallible>(response.map(|inner| Body::new(Busily { inner, _busy: busy })))
        }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS)
            .max_headers(64)
            .max_buf_size(32 << 10)
            .serve_connection(TokioIo::new(stream), service)
    );
    tokio::select! {
        _ = &mut connection => {}
        () = place.given_up.notified() => {}
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = tokio::time::timeout(FAREWELL, connection).await;
        }
    }
}

/// The connections that are open.
#[derive(Default)]
struct Places(Mutex<(u64, BTreeMap<u64, Taken>)>);

struct Taken {
    peer: IpAddr,
    /// When it was opened, or its last request began or ended.
    since: Instant,
    busy: bool,
    given_up: Arc<Notify>,
}

impl Places {
    fn lock(&self) -> MutexGuard<'_, (u64, BTreeMap<u64, Taken>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self) -> usize {
        self.lock().1.len()
    }

    /// Gives up connections that have taken too long.
    fn sweep(&self) {
        for taken in self.lock().1.values() {
            if taken.since.elapsed() > if taken.busy { REQUEST } else { IDLE } {
                taken.given_up.notify_one();
            }
        }
    }
}

/// One connection's place among the others.
struct Place {
    places: Arc<Places>,
    number: u64,
    given_up: Arc<Notify>,
}

impl Place {
    /// A place for a new connection, if need be that of one that idles; `None` when all are busy.
    fn take(places: &Arc<Places>, peer: IpAddr) -> Option<Self> {
        let mut guard = places.lock();
        let (next, taken) = &mut *guard;
        let of_peer = |other: &Taken| other.peer == peer;
        let own = taken.values().filter(|other| of_peer(other)).count();
        if !peer.is_loopback() && own >= PLACES_OF_ONE {
            make_room(taken, of_peer)?;
        } else if taken.len() >= PLACES {
            make_room(taken, |_| true)?;
        }
        *next += 1;
        let given_up = Arc::new(Notify::new());
        taken.insert(
            *next,
            Taken { peer, since: Instant::now(), busy: false, given_up: Arc::clone(&given_up) },
        );
        Some(Self { places: Arc::clone(places), number: *next, given_up })
    }

    fn set_busy(&self, busy: bool) {
        if let Some(taken) = self.places.lock().1.get_mut(&self.number) {
            (taken.busy, taken.since) = (busy, Instant::now());
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.lock().1.remove(&self.number);
    }
}

/// Gives up the connection that has been idle longest among those; `None` when none is idle.
fn make_room(taken: &mut BTreeMap<u64, Taken>, among: impl Fn(&Taken) -> bool) -> Option<()> {
    let (&number, _) = taken
        .iter()
        .filter(|(_, other)| !other.busy && among(other))
        .min_by_key(|(_, other)| other.since)?;
    taken.remove(&number)?.given_up.notify_one();
    Some(())
}

/// A request that is being answered.
struct Busy(Arc<Place>);

impl Busy {
    fn new(place: &Arc<Place>) -> Self {
        place.set_busy(true);
        Self(Arc::clone(place))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.set_busy(false);
    }
}

/// A body whose connection is busy until it is sent.
struct Busily {
    inner: Body,
    _busy: Busy,
}

impl HttpBody for Busily {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_other_computer_gets_eight_places_and_all_together_have_an_end() {
        let places = Arc::new(Places::default());
        let busily = |peer: [u8; 4]| {
            let place = Place::take(&places, IpAddr::from(peer))?;
            place.set_busy(true);
            Some(place)
        };
        let eight: Vec<Place> =
            (0..PLACES_OF_ONE).filter_map(|_| busily([192, 168, 0, 2])).collect();
        assert_eq!(eight.len(), PLACES_OF_ONE);
        assert!(busily([192, 168, 0, 2]).is_none(), "a ninth");
        let others: Vec<Place> = (3..=255).filter_map(|last| busily([192, 168, 0, last])).collect();
        assert_eq!(eight.len() + others.len(), PLACES);
        assert!(busily([127, 0, 0, 1]).is_none(), "all are busy");
        // One that idles makes room.
        eight[3].set_busy(false);
        assert!(busily([127, 0, 0, 1]).is_some());
        drop((eight, others));
        assert_eq!(places.count(), 0);
    }
}
