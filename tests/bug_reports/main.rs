//! Kinds of files that readers of spreadsheets get wrong, by what people report of them: each with its right value, and
//! with its neighbours in other formats, places and languages.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail them")]
#![expect(clippy::format_collect, clippy::format_push_string, reason = "a test builds its input")]

mod makers;
mod packages;
mod places;
mod values;
mod work;
