//! Many packets, unattended.

#[cfg(feature = "parallel")]
pub mod convert;
pub mod watch;
