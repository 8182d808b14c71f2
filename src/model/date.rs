//! Days of the calendar, counted from 1970-01-01; what spreadsheets count is told from it where they do.

use chrono::{Datelike as _, NaiveDate};

/// 1970-01-01 counted from the first day of year 1.
const EPOCH: i64 = 719_163;

/// Year, month and day of a day.
pub(crate) fn civil(days: i64) -> Option<(i32, u32, u32)> {
    let date = NaiveDate::from_num_days_from_ce_opt(i32::try_from(days + EPOCH).ok()?)?;
    Some((date.year(), date.month(), date.day()))
}

/// The day of a date; `None` where there is no such date.
pub(crate) fn days(year: i32, month: u32, day: u32) -> Option<i64> {
    let date = NaiveDate::from_ymd_opt(year, month, day)?;
    Some(i64::from(date.num_days_from_ce()) - EPOCH)
}
