//! gouji (勾稽) ties together the figures of the workbooks that budget units submit.
//!
//! A workbook flows one way, and each stage turns one model type into the next:
//!
//! ```text
//! bytes ─read→ Workbook ─recognize→ Tables ─normalize→ Packet ─relate→ Relations ─check→ Outcomes ─diagnose→ Findings ─write→ .xlsx, .json, page
//! ```
//!
//! Stages meet only in [`model`] and [`number`]; [`pipeline`] joins them.

pub mod batch;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod diagnose;
pub mod formula;
pub mod lexicon;
pub mod model;
pub mod normalize;
pub mod number;
mod office;
mod parallel;
pub mod pipeline;
pub mod read;
pub mod recognize;
pub mod relate;
pub mod web;
pub mod write;
