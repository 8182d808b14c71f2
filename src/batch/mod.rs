//! Many packets, unattended.

#[cfg(feature = "parquet")]
pub mod convert;
pub mod watch;
