//! The page's door: one desk on which a packet is checked, and two ways to reach it.
//!
//! [`desk`] and [`view`] are pure and compile to WebAssembly, where the page calls them in a worker; `serve` (feature
//! `serve`) puts the same desk behind loopback HTTP. The page itself lives in `web/page/`.

pub mod bounds;
pub mod desk;
mod names;
pub mod view;

#[cfg(feature = "serve")]
pub mod serve;
