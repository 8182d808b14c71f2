//! A generator of departments' workbooks with known truth, and what the program makes of them.
//!
//! A department's money is drawn at random, put into the tables that departments hand in, laid out one of the many ways
//! that clerks lay them out, and written to real .xlsx or .csv bytes. Every figure's relations are known, so that recall
//! and false alarms can be counted; one error is planted, so that detection and diagnosis can be.

#![expect(unreachable_pub, reason = "shared by a test and an example")]

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
