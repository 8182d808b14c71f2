//! A generator of departments' workbooks with known truth, and what the program makes of them.
//!
//! A department's money is drawn at random, put into the tables that departments hand in, laid out one of the many ways
//! that clerks lay them out, and written to real .xlsx or .csv bytes. Every figure's relations are known, so that recall
//! and false alarms can be counted; one error is planted, so that detection and diagnosis can be.

#![allow(
    unreachable_pub,
    dead_code,
    reason = "shared by a test and an example, each with its own part"
)]
#![allow(
    clippy::cast_possible_wrap,
    clippy::bool_to_int_with_if,
    clippy::struct_excessive_bools,
    clippy::option_option,
    reason = "a generator of tests: small numbers, and choices that read as they are laid out"
)]

pub mod book;
pub mod compose;
pub mod department;
pub mod form;
pub mod forms;
pub mod layout;
pub mod measure;
pub mod oracle;
pub mod plant;
pub mod rng;
