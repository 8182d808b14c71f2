//! The containers of office files: zip packages and their parts, XML, compound files; under those who read and those who
//! write.
//!
//! Nothing here knows what a workbook is. Everything is taken from the slice of the whole file, in bounds, and nothing is
//! allocated by a size that the file claims; what is refused is a [`Fault`].

pub(crate) mod ahead;
pub(crate) mod bytes;
pub(crate) mod compound;
mod fault;
pub(crate) mod markup;
pub(crate) mod package;
pub(crate) mod xml;
pub(crate) mod zip;

pub(crate) use fault::{Fault, Wrong, says_encrypted, says_too_large};
use fault::{damaged, encrypted, hostile, too_large, truncated, unsupported};

/// Bounds on a container.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Inflated bytes of all parts.
    pub(crate) inflated: u64,
    /// Inflated bytes of one part.
    pub(crate) part: u64,
    /// Parts.
    pub(crate) parts: u64,
    /// Depth of XML elements.
    pub(crate) depth: u32,
}
