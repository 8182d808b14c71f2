//! The leaf that every room may import: what a number is.
//!
//! Money is decimal. A float is met only once, in [`exact`], where a stored binary number becomes the decimal that
//! Excel shows. A printed number stands for an [`Interval`], so that agreement is a question with three answers:
//! exact (一致), within the printed digits (尾差), or not (不符).

mod exact;
mod interval;
mod literal;
mod marks;
mod unit;

pub use exact::{
    LIMIT, LOST, exact, exact_prefix, exact_text, round_half_away, significant_digits, stored,
    stored_text,
};
pub use interval::Interval;
pub use literal::{Literal, Placeholder, Spelling, parse, placeholder};
pub use marks::Marks;
pub use rust_decimal::Decimal;
pub use unit::Unit;
