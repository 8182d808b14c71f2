//! The page over loopback HTTP, with the native engine behind it.
//!
//! Loopback is no access control on a shared computer, so that every request needs the token that the program printed;
//! `--lan` only widens the addresses. A packet is checked in a child process, so that a file that kills its reader, or
//! takes too long, costs one job and not the server. Nothing is kept: results live in a temporary folder under a random
//! name that only the program's owner can look into, for an hour at most, and go with the program; what a killed one left
//! goes when the next one starts.

mod api;
mod assets;
mod engine;
mod guard;
mod jobs;
mod private;
mod sockets;
mod spool;

use std::fmt::Write as _;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post, put};
use tokio::net::TcpListener;

pub use engine::{Engine, work};
use jobs::Jobs;

use crate::read::Limits;
use crate::web::bounds::{self, Bounds};

/// How long one check may take, unless said otherwise.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// What a server may spend, and whom it lets in.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The port; 0 for any free one.
    pub port: u16,
    /// Reachable from other computers of the network.
    pub lan: bool,
    /// Names besides the addresses under which it is called (`budget-pc`).
    pub hosts: Vec<String>,
    /// Who does the checking.
    pub engine: Engine,
    /// Bounds of one file.
    pub limits: Limits,
    /// Files of one job.
    pub files: usize,
    /// Jobs kept at once.
    pub jobs: usize,
    /// Jobs checked at once.
    pub workers: usize,
    /// Jobs that may wait for their turn.
    pub waiting: usize,
    /// Bytes on disk of all jobs.
    pub disk: u64,
    /// How long a job is kept after its last use.
    pub keep: Duration,
    /// What one check may take.
    pub bounds: Bounds,
}

impl Settings {
    /// The usual bounds, with that engine.
    pub fn new(engine: Engine) -> Self {
        Self {
            port: 0,
            lan: false,
            hosts: Vec::new(),
            engine,
            limits: limits(),
            files: 1_000,
            jobs: 100,
            workers: std::thread::available_parallelism().map_or(2, usize::from),
            waiting: 64,
            disk: 5 << 30,
            keep: Duration::from_hours(1),
            bounds: Bounds { memory: bounds::MEMORY, patience: PATIENCE },
        }
    }
}

/// Bounds of files that come from anyone who has the page.
pub fn limits() -> Limits {
    Limits {
        container: 64 << 20,
        inflated: 512 << 20,
        part: 256 << 20,
        cells: 5_000_000,
        ..Limits::default()
    }
}

/// What all handlers share.
struct Shared {
    settings: Settings,
    token: String,
    cookie: String,
    hosts: Vec<String>,
    jobs: Jobs,
}

/// A server that has its port and waits to be run.
pub struct Server {
    listener: TcpListener,
    shared: Arc<Shared>,
    addresses: Vec<SocketAddr>,
}

impl Server {
    /// Takes the port and makes the token.
    ///
    /// # Errors
    /// When the port is taken, or the system gives no randomness or no temporary folder.
    pub async fn bind(settings: Settings) -> io::Result<Self> {
        let address: IpAddr =
            if settings.lan { Ipv4Addr::UNSPECIFIED.into() } else { Ipv4Addr::LOCALHOST.into() };
        let listener = TcpListener::bind((address, settings.port)).await?;
        let port = listener.local_addr()?.port();
        let mut addresses = vec![SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)];
        if settings.lan {
            addresses.extend(own_address().map(|own| SocketAddr::new(own, port)));
        }
        let mut hosts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        hosts.push(SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port).to_string());
        hosts.push(format!("localhost:{port}"));
        hosts.extend(
            settings.hosts.iter().map(|name| format!("{}:{port}", name.to_ascii_lowercase())),
        );
        let shared = Arc::new(Shared {
            token: jobs::random_name()?,
            cookie: format!("gouji_{port}"),
            hosts,
            jobs: Jobs::new(&settings)?,
            settings,
        });
        Ok(Self { listener, shared, addresses })
    }

    /// The addresses to open, loopback first, with the token.
    pub fn urls(&self) -> Vec<String> {
        self.addresses
            .iter()
            .map(|address| format!("http://{address}/?token={}", self.shared.token))
            .collect()
    }

    /// What to hand to the browser's opener, whose arguments other users of the computer can read on Unix: a page in the
    /// server's own folder that leads on to the address with the token. On Windows they cannot, and it is that address.
    ///
    /// # Errors
    /// When the page cannot be written.
    pub fn to_open(&self) -> io::Result<std::ffi::OsString> {
        let url = self.urls().swap_remove(0);
        if cfg!(windows) {
            return Ok(url.into());
        }
        let path = self.shared.jobs.root().ok_or(io::ErrorKind::NotFound)?.join("open.html");
        let mut page = String::from("<!DOCTYPE html><meta charset=\"utf-8\"><title>gouji</title>");
        let _ = write!(
            page,
            "<meta http-equiv=\"refresh\" content=\"0;url={url}\"><a href=\"{url}\">gouji</a>"
        );
        private::write(&path, page.as_bytes())?;
        Ok(path.into())
    }

    /// Serves until `stop` is done, then lets running answers finish for a moment and deletes all results.
    ///
    /// # Errors
    /// When the socket fails for good.
    pub async fn run(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let broom = tokio::spawn(jobs::sweep(Arc::clone(&self.shared)));
        let result = sockets::serve(self.listener, app(Arc::clone(&self.shared)), stop).await;
        broom.abort();
        self.shared.jobs.clear();
        result
    }
}

/// The address under which other computers of the network see this one. No packet is sent for it.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let own = socket.local_addr().ok()?.ip();
    (!own.is_unspecified() && !own.is_loopback()).then_some(own)
}

fn app(shared: Arc<Shared>) -> Router {
    let routes = Router::new()
        .route("/", get(assets::index))
        .route("/page/{name}", get(assets::asset))
        .route("/api/about", get(api::about))
        .route("/api/jobs", post(api::create))
        .route("/api/jobs/{id}", get(api::state).delete(api::delete))
        .route("/api/jobs/{id}/files/{number}", put(api::upload).get(api::original))
        .route("/api/jobs/{id}/check", post(api::check))
        .route("/api/jobs/{id}/view", get(api::view))
        .route("/api/jobs/{id}/out/{what}", get(api::output))
        .fallback(assets::nothing)
        .with_state(Arc::clone(&shared));
    // As a fallback of an outer router, so that the guard stands before any routing.
    Router::new()
        .fallback_service(routes)
        .layer(axum::middleware::from_fn_with_state(shared, guard::guard))
}
