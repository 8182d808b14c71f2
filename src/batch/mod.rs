//! Many packets, unattended.

mod archive;
#[cfg(feature = "parquet")]
pub mod convert;
pub mod folders;
pub mod watch;

pub use self::archive::{Unpacked, is_archive, unpacked};
