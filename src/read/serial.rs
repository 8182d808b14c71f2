//! Dates as the serial numbers that spreadsheets count.

use std::collections::HashMap;

use super::number_format;
use crate::model::{CellStyle, civil_days};
use crate::number::Decimal;

/// The serial number of an ISO 8601 date, time or both; `None` when it is neither.
pub(super) fn iso_serial(text: &str, date_1904: bool) -> Option<Decimal> {
    let text = text.trim_end_matches('Z');
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (Some(date), Some(time)),
        None if text.contains(':') => (None, Some(text)),
        None => (Some(text), None),
    };
    let days = date.map_or(Some(0), |date| days(date, date_1904))?;
    let fraction = time.map_or(Some(Decimal::ZERO), seconds_of_day)?;
    let day = fraction.checked_div(Decimal::from(86_400))?;
    Some(Decimal::from(days).checked_add(day.round_dp(12))?.normalize())
}

/// The serial number of an ISO 8601 duration such as `PT10H30M00S`.
pub(super) fn duration_serial(text: &str) -> Option<Decimal> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut rest = text.strip_prefix('P')?;
    let mut seconds = Decimal::ZERO;
    let mut in_time = false;
    while !rest.is_empty() {
        if let Some(tail) = rest.strip_prefix('T') {
            in_time = true;
            rest = tail;
            continue;
        }
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number: Decimal = rest[..end].parse().ok()?;
        let unit = match (rest.as_bytes()[end], in_time) {
            (b'D', false) => 86_400,
            (b'H', true) => 3_600,
            (b'M', true) => 60,
            (b'S', true) => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(Decimal::from(unit))?)?;
        rest = &rest[end + 1..];
    }
    let serial = seconds.checked_div(Decimal::from(86_400))?.round_dp(12).normalize();
    Some(if negative { -serial } else { serial })
}

fn days(date: &str, date_1904: bool) -> Option<i64> {
    let mut parts = date.splitn(3, '-');
    let year: i32 = parts.next()?.parse().ok().filter(|year| (0..=9999).contains(year))?;
    let month: u32 = parts.next()?.parse().ok()?;
    let day: u32 = parts.next()?.parse().ok()?;
    let number = civil_days(year, month, day)?;
    if date_1904 {
        return Some(number - civil_days(1904, 1, 1)?);
    }
    let serial = number - civil_days(1899, 12, 30)?;
    // Excel counts a 29 February 1900 that never was.
    Some(if serial < 61 { serial - 1 } else { serial })
}

fn seconds_of_day(time: &str) -> Option<Decimal> {
    let mut parts = time.splitn(3, ':');
    let hours: u32 = parts.next()?.parse().ok()?;
    let minutes: u32 = parts.next()?.parse().ok()?;
    let seconds: Decimal = parts.next().unwrap_or("0").parse().ok()?;
    if hours > 9999 || minutes > 59 || seconds >= Decimal::from(61) || seconds < Decimal::ZERO {
        return None;
    }
    Decimal::from(hours * 3600 + minutes * 60).checked_add(seconds)
}

/// Styles for cells that are dates or times by their type, though the format of their own style does not say so: without one
/// the number that stands for the day would be an amount.
#[derive(Debug, Default)]
pub(super) struct Moments(HashMap<(u16, bool), u16>);

impl Moments {
    /// The style of such a cell: its own where that shows dates, or one like it that does.
    pub(super) fn style(&mut self, styles: &mut Vec<CellStyle>, own: u16, time: bool) -> u16 {
        let Some(style) = styles.get(usize::from(own)) else { return own };
        if style.number_format.date {
            return own;
        }
        let style = style.clone();
        *self.0.entry((own, time)).or_insert_with(|| {
            let code = if time { "hh:mm:ss" } else { "yyyy-mm-dd" };
            let style = CellStyle { number_format: number_format::parse(code), ..style };
            styles.push(style);
            u16::try_from(styles.len() - 1).unwrap_or(own)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_become_serial_numbers() {
        for (text, serial) in [
            ("1900-01-01", "1"),
            ("1900-02-28", "59"),
            ("1900-03-01", "61"),
            ("2022-12-31", "44926"),
            ("2022-12-31T12:00:00", "44926.5"),
            ("2022-12-31T06:00:00.000Z", "44926.25"),
            ("18:00", "0.75"),
        ] {
            assert_eq!(iso_serial(text, false).unwrap().to_string(), serial, "{text}");
        }
        for (text, serial) in
            [("PT12H00M00S", "0.5"), ("-PT6H", "-0.25"), ("P1DT30M", "1.020833333333")]
        {
            assert_eq!(duration_serial(text).unwrap().to_string(), serial, "{text}");
        }
        assert_eq!(duration_serial("PT5X"), None);
        assert_eq!(iso_serial("1904-01-02", true).unwrap().to_string(), "1");
        for text in ["", "x", "2022-13-01", "2022-02-30", "2022-1", "25:61"] {
            assert_eq!(iso_serial(text, false), None, "{text}");
        }
    }
}
