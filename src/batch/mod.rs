//! Many packets, unattended.

pub mod watch;
